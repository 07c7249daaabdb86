"""
A day's bulletin as it is drawn: figures, each with what it is and how many lines it is made of, and what the rooms say.

No person's name is ever in it, for whomever it is: organisations, sites and visiting teams are named, without contacts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from typing import Any
from uuid import UUID

from baogong.catalogue import queries as catalogue
from baogong.crew import queries as crew
from baogong.delivery import queries as delivery
from baogong.journal.mapping import canonical
from baogong.kernel.windows import Window
from baogong.ledger import queries as book
from baogong.ledger.queries import StepSum
from baogong.needs import queries as needs
from baogong.places import queries as places
from baogong.tower import causes
from baogong.tower.bulletins.measures import PARCEL_ACTS, Audience, Measure, Span, measures_for
from baogong.tower.queries.account import PublicName, public_names, window_of

FORM = 1
# In public a community with fewer lines than this of one thing is not told apart: five households are no longer one.
FEW = 5
CAUSES_MAX, NEEDS_MAX = 200, 500


@dataclass(frozen=True, slots=True)
class Drawn:
    """`text`: the one JSON text of it; `upto_seq`: the last line of the book it knows."""

    text: str
    upto_seq: int


def draw_content(day: date, audience: Audience, *, now: datetime) -> Drawn:
    """Everything that day's bulletin says to these readers, as the book and the rooms have it now."""
    window = window_of(day, day)
    assert window.start_at is not None
    assert window.end_at is not None
    upto = book.settled_seq()
    figures = _Figures(audience, book.sums_of_steps(window, upto_seq=upto), _hands(window, now))
    told = [*figures.of_the_book(), *figures.of_parcels()]
    content: dict[str, Any] = {
        "form": FORM,
        "day": day,
        "audience": audience,
        "from_at": window.start_at,
        "until_at": window.end_at,
        "taken_at": now,
        "upto_seq": upto,
        "is_whole": now >= window.end_at,
        "figures": [{"number": number, **figure} for number, figure in enumerate(told, start=1)],
        "needs": _needs(audience, now),
    }
    if audience is Audience.SUPERIORS:
        content |= {"causes": _causes(now), "running_out": _running_out(now), "staff": _staff(window, now)}
    items = {UUID(each["item"]) for each in _each(content, "item")}
    parties = {UUID(at) for each in told for at in each.get("at", ())}
    parties |= {UUID(each["place"]) for each in _each(content, "place")}
    money, goods = catalogue.money_items(), {item.id: item for item in catalogue.items()}
    content["items"] = {
        str(id): {"zh": goods[id].name_zh, "en": goods[id].name_en, "unit": goods[id].unit, "is_money": id in money}
        for id in sorted(items, key=lambda id: (id in money, goods[id].sort_key))
    }
    content["parties"] = {
        str(id): {"kind": name.kind, "zh": name.zh, "en": name.en, **figures.where.get(id, {})}
        for id, name in public_names(parties).items()
    }
    content["communities"] = sorted(map(str, figures.communities))
    return Drawn(canonical(content), upto)


def _each(content: Mapping[str, Any], key: str) -> Iterator[Mapping[str, Any]]:
    """Every row of the content's lists that has this key."""
    for rows in content.values():
        if isinstance(rows, list):
            yield from (row for row in rows if isinstance(row, dict) and row.get(key))


class _Figures:
    """The day's figures for one kind of reader."""

    def __init__(self, audience: Audience, sums: Collection[StepSum], hands: Collection[delivery.Hand]) -> None:
        self.is_public = audience is Audience.PUBLIC
        self.measures = measures_for(audience)
        self.sums, self.hands = sums, hands
        parties = {ref.holder for each in sums for ref in (each.step.source, each.step.target)}
        parties |= {each.step.donor for each in sums if each.step.donor is not None}
        parties |= {hand.community for hand in hands}
        self.names: Mapping[UUID, PublicName] = public_names(parties)
        rows = places.communities(ids=parties) if parties else ()
        self.communities = {row.id for row in rows}
        self.where: dict[UUID, dict[str, Any]] = {row.id: _point(row.city, row.lat, row.lon) for row in rows}
        for site in places.sites():
            if site.id in parties and site.id not in self.where:
                self.where[site.id] = _point(site.city, site.lat, site.lon)

    def of_the_book(self) -> Iterator[dict[str, Any]]:
        for measure in self.measures:
            whole: Counter[UUID] = Counter()
            lines: Counter[UUID] = Counter()
            apart: dict[str, _Apart] = {by: _Apart() for by in measure.apart if not (self.is_public and by == "site")}
            for each in self._within(measure):
                counted = measure.counts(each.step)
                sign = sum(one.sign for one in counted)
                if sign:
                    whole[each.step.item] += sign * each.amount
                    lines[each.step.item] += each.lines_count
                for by, sums in apart.items():
                    if by == "giver":
                        if sign:
                            sums.add(each.step.item, each.step.donor, sign, each)
                        continue
                    for at, signs in _by_place(counted).items():
                        sums.add(each.step.item, at, signs, each)
            for item in sorted(lines, key=str):
                if measure.span is Span.DAY or whole[item]:
                    yield _figure(measure.name, item, "", None, whole[item], lines[item])
            for by, sums in apart.items():
                for item in sorted(sums.lines, key=str):
                    yield from self._told_apart(measure, item, by, sums)

    def _within(self, measure: Measure) -> Iterator[StepSum]:
        if measure.span is Span.END:
            yield from self.sums
        else:
            yield from (each for each in self.sums if each.in_window is (measure.span is Span.DAY))

    def _told_apart(self, measure: Measure, item: UUID, by: str, sums: _Apart) -> Iterator[dict[str, Any]]:
        amounts, lines = sums.amounts[item], sums.lines[item]
        if measure.span is not Span.DAY:
            lines = Counter({at: count for at, count in lines.items() if amounts[at]})
        named = self._named(lines)
        for at in sorted(named, key=lambda at: (-amounts[at], self.names[at].zh, str(at))):
            yield _figure(measure.name, item, by, [at], amounts[at], lines[at])
        rest = [at for at in lines if at not in named]
        if rest:
            amount, count = sum(amounts[at] for at in rest), sum(lines[at] for at in rest)
            yield _figure(measure.name, item, by, named, amount, count, is_rest=True)

    def _named(self, lines: Mapping[Any, int]) -> list[UUID]:
        """Who may be told apart. If one alone would be left unnamed, or few lines, the next smallest goes unnamed too."""
        named = [at for at in lines if at is not None and at in self.names and self.names[at].zh]
        if not self.is_public:
            return named
        small = sorted((at for at in named if at in self.communities), key=lambda at: (lines[at], str(at)))
        hidden: list[UUID] = []
        for at in small:
            if lines[at] >= FEW and (not hidden or (len(hidden) > 1 and sum(lines[one] for one in hidden) >= FEW)):
                break
            hidden.append(at)
        return [at for at in named if at not in hidden]

    def of_parcels(self) -> Iterator[dict[str, Any]]:
        for act in PARCEL_ACTS:
            at: Counter[UUID] = Counter(hand.community for hand in self.hands if hand.kind == act)
            if not at:
                continue
            count = at.total()
            yield _figure(f"parcels.{act}", None, "", None, count, count)
            named = self._named(at)
            for community in sorted(named, key=lambda one: (-at[one], self.names[one].zh, str(one))):
                yield _figure(f"parcels.{act}", None, "place", [community], at[community], at[community])
            rest = count - sum(at[one] for one in named)
            if rest:
                yield _figure(f"parcels.{act}", None, "place", named, rest, rest, is_rest=True)


class _Apart:
    """Sums by item and party; a line counts once at a party, however it comes and goes there."""

    def __init__(self) -> None:
        self.amounts: dict[UUID, Counter[Any]] = defaultdict(Counter)
        self.lines: dict[UUID, Counter[Any]] = defaultdict(Counter)

    def add(self, item: UUID, at: UUID | None, sign: int, each: StepSum) -> None:
        self.amounts[item][at] += sign * each.amount
        self.lines[item][at] += each.lines_count


def _by_place(counted: Iterable[Any]) -> dict[UUID, int]:
    signs: Counter[UUID] = Counter()
    for one in counted:
        signs[one.at] += one.sign
    return {at: sign for at, sign in signs.items() if sign}


def _figure(
    what: str,
    item: UUID | None,
    by: str,
    at: Collection[UUID] | None,
    amount: int,
    lines: int,
    *,
    is_rest: bool = False,
) -> dict[str, Any]:
    """`at` with `is_rest`: everywhere but there, so that nobody unnamed is listed."""
    figure: dict[str, Any] = {"what": what, "amount": amount, "lines": lines}
    if item is not None:
        figure["item"] = str(item)
    if by:
        figure |= {"by": by, "at": sorted(map(str, at or ())), "is_rest": is_rest}
    return figure


def _point(city: str, lat: float | None, lon: float | None) -> dict[str, Any]:
    return {"city": city, "lat": lat, "lon": lon}


def _hands(window: Window, now: datetime) -> tuple[delivery.Hand, ...]:
    """Acts of the day that the book has heard of by now."""
    found = delivery.hands(PARCEL_ACTS, since=window.start_at, until=window.end_at)
    return tuple(hand for hand in found if hand.at <= now)


def _needs(audience: Audience, now: datetime) -> list[dict[str, Any]]:
    """
    What is asked, promised and signed for, as it stood when the bulletin was drawn: in public as the list of needs has it
    (verified, no persons), to superiors all that count.
    """
    if audience is Audience.PUBLIC:
        return [
            {
                "item": str(need.item), "receiver": need.receiver_name, "city": need.city, "asked": need.quantity,
                "promised": need.promised, "met": need.signed,
            }
            for need in needs.public_needs(now)[:NEEDS_MAX]
        ]  # fmt: skip
    rows = needs.served()[:NEEDS_MAX]
    names = public_names({row.receiver for row in rows})
    return [
        {
            "item": str(row.item), "receiver": names[row.receiver].zh if row.receiver in names else "", "city": "",
            "asked": row.asked, "promised": row.committed, "met": row.met,
        }
        for row in rows
    ]  # fmt: skip


def _causes(now: datetime) -> list[dict[str, Any]]:
    """What was late or at risk when the bulletin was drawn: figures, codes and ids; words and names at reading."""
    found = (
        *causes.late_trucks(now), *causes.late_rounds(now), *causes.late_papers(now), *causes.promises(now),
        *causes.overloaded(now),
    )  # fmt: skip
    return [
        {"kind": each.kind.value, "is_grave": each.is_grave, "since": each.since, "facts": dict(each.facts)}
        for each in sorted(found, key=lambda each: (not each.is_grave, each.since, each.key))[:CAUSES_MAX]
    ]


def _running_out(now: datetime) -> list[dict[str, Any]]:
    return [
        {"place": str(each.holder), "item": str(each.item), "free": each.free, "per_day": each.per_day, "out_at": each.out_at}
        for each in causes.running_out(now)[:CAUSES_MAX]
    ]  # fmt: skip


def _staff(window: Window, now: datetime) -> list[dict[str, Any]]:
    """By place: how many worked that day and for how long, how many are there now, how many with a proof that ran out."""
    found = []
    for place in sorted(crew.places(), key=str):
        shifts = [
            each for each in crew.shifts(places=[place], since=window.start_at, until=window.end_at) if not each.is_void
        ]
        hours = crew.hours(shifts, since=window.start_at, until=window.end_at)
        row = {
            "place": str(place),
            "worked": len({each.person for each in shifts}),
            "minutes": sum(each.minutes for each in hours),
            "here": len(crew.here(place, now)),
            "lapsed": len(crew.lapsed(place, now)),
        }
        if row["worked"] or row["here"]:
            found.append(row)
    return found
