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
from baogong.places import queries as places
from baogong.tower import causes
from baogong.tower.bulletins.measures import PARCEL_ACTS, Audience, Measure, Span, measures_for
from baogong.tower.bulletins.rows import LISTS, figures_of, lists_of
from baogong.tower.queries.account import PublicName, public_names, window_of

FORM = 4
# In public a community with fewer lines than this of one thing is not told apart: five households are no longer one.
FEW = 5
CAUSES_MAX, ROWS_MAX = 200, 20_000


@dataclass(frozen=True, slots=True)
class Drawn:
    """`text`: the one JSON text of it; `upto_seq`: the last line of the book it knows (of parcels' acts: in the text)."""

    text: str
    upto_seq: int


def draw_content(day: date, audience: Audience, *, now: datetime) -> Drawn:
    """Everything that day's bulletin says to these readers, as the book and the rooms have it now."""
    window = window_of(day, day)
    assert window.start_at is not None
    assert window.end_at is not None
    upto, upto_act = book.settled_seq(), delivery.settled_act()
    acts = delivery.act_counts(PARCEL_ACTS, window, upto_seq=upto_act)
    figures = _Figures(audience, book.sums_of_steps(window, upto_seq=upto), acts)
    rows = lists_of(day, audience, now, told_apart=figures.told_apart)
    told = [*figures.of_the_book(), *figures.of_parcels(), *figures_of(rows)]
    content: dict[str, Any] = {
        "form": FORM,
        "day": day,
        "audience": audience,
        "from_at": window.start_at,
        "until_at": window.end_at,
        "taken_at": now,
        "upto_seq": upto,
        "upto_act": upto_act,
        "is_whole": now >= window.end_at,
        "figures": [{"number": number, **figure} for number, figure in enumerate(told, start=1)],
    }
    content |= {"needs_sums": _sums_of_needs(rows["needs"])}
    lists: dict[str, tuple[list[dict[str, Any]], int]] = {name: (rows[name], ROWS_MAX) for name in LISTS}
    if audience is Audience.SUPERIORS:
        if now < window.end_at:  # how it stands now is nothing of a day that is over
            lists |= {"causes": (_causes(now), CAUSES_MAX), "running_out": (_running_out(now), CAUSES_MAX)}
        content["staff"] = _staff(window, now)
    content |= {name: found[:most] for name, (found, most) in lists.items()}
    content["left_out"] = {name: max(0, len(found) - most) for name, (found, most) in lists.items()}
    items = {UUID(each["item"]) for each in _each(content, "item")}
    parties = {UUID(at) for each in told for at in each.get("at", ())}
    for named in ("place", "community", "supplier", "shop", "seller"):
        parties |= {UUID(each[named]) for each in _each(content, named)}
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

    def __init__(
        self, audience: Audience, sums: Collection[StepSum], acts: Collection[tuple[str, UUID | None, int]]
    ) -> None:
        self.is_public = audience is Audience.PUBLIC
        self.measures = measures_for(audience)
        self.sums, self.acts = sums, acts
        parties = {ref.holder for each in sums for ref in (each.step.source, each.step.target)}
        parties |= {each.step.donor for each in sums if each.step.donor is not None}
        parties |= {community for _act, community, _count in acts if community is not None}
        self.names: Mapping[UUID, PublicName] = public_names(parties)
        rows = places.communities(ids=parties) if parties else ()
        self.communities = {row.id for row in rows}
        self.where: dict[UUID, dict[str, Any]] = {row.id: _point(row.city, row.lat, row.lon) for row in rows}
        for site in places.sites():
            if site.id in parties and site.id not in self.where:
                self.where[site.id] = _point(site.city, site.lat, site.lon)

    def of_the_book(self) -> Iterator[dict[str, Any]]:
        kinds = {id: name.kind for id, name in self.names.items()}
        for measure in self.measures:
            whole: dict[UUID, _Sum] = defaultdict(_Sum)
            apart: dict[str, defaultdict[tuple[UUID, UUID | None], _Sum]] = {
                by: defaultdict(_Sum) for by in measure.apart if not (self.is_public and by == "site")
            }
            for each in self._within(measure):
                counted = measure.counts(each.step, kinds)
                sign = sum(one.sign for one in counted)
                if sign:
                    whole[each.step.item].add(sign, each)
                for by, sums in apart.items():
                    if by == "giver":
                        if sign:
                            sums[each.step.item, each.step.donor].add(sign, each)
                        continue
                    for at, signs in _by_place(counted).items():
                        sums[each.step.item, at].add(signs, each)
            for item in sorted(whole, key=str):
                if measure.span is Span.DAY or whole[item].amount:
                    yield _figure(measure.name, item, "", None, whole[item])
            for by, sums in apart.items():
                for item in sorted({item for item, _at in sums}, key=str):
                    of = {at: found for (one, at), found in sums.items() if one == item}
                    yield from self._told_apart(measure, item, by, of)

    def _within(self, measure: Measure) -> Iterator[StepSum]:
        if measure.span is Span.END:
            yield from self.sums
        else:
            yield from (each for each in self.sums if each.in_window is (measure.span is Span.DAY))

    def _told_apart(
        self, measure: Measure, item: UUID, by: str, sums: Mapping[UUID | None, _Sum]
    ) -> Iterator[dict[str, Any]]:
        if measure.span is not Span.DAY:
            sums = {at: found for at, found in sums.items() if found.amount}
        named = self._named({at: found.lines for at, found in sums.items()})
        for at in sorted(named, key=lambda at: (-sums[at].amount, self.names[at].zh, str(at))):
            yield _figure(measure.name, item, by, [at], sums[at])
        rest = [found for at, found in sums.items() if at not in named]
        if rest:
            yield _figure(measure.name, item, by, named, _Sum.of(rest), is_rest=True)

    def told_apart(self, households: Mapping[UUID, int]) -> list[UUID]:
        """Of these communities with so many households each, those that may be named."""
        self.communities |= {row.id for row in places.communities(ids=households)} if households else set()
        self.names = {**self.names, **public_names(set(households))}
        return self._named(households)

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
            at: Counter[Any] = Counter()
            for kind, community, found in self.acts:
                if kind == act:
                    at[community] += found
            if not at:
                continue
            count = at.total()
            yield _figure(f"parcels.{act}", None, "", None, _Sum(count, count))
            named = self._named(at)
            for community in sorted(named, key=lambda one: (-at[one], self.names[one].zh, str(one))):
                yield _figure(f"parcels.{act}", None, "place", [community], _Sum(at[community], at[community]))
            rest = count - sum(at[one] for one in named)
            if rest:
                yield _figure(f"parcels.{act}", None, "place", named, _Sum(rest, rest), is_rest=True)


@dataclass(slots=True)
class _Sum:
    """A line counts once in it, however it comes and goes; with the first and the last, so that nobody need look beyond."""

    amount: int = 0
    lines: int = 0
    first_seq: int | None = None
    last_seq: int = 0

    def add(self, sign: int, each: StepSum) -> None:
        self._take(_Sum(sign * each.amount, each.lines_count, each.first_seq, each.last_seq))

    @classmethod
    def of(cls, parts: Iterable[_Sum]) -> _Sum:
        found = cls()
        for each in parts:
            found._take(each)
        return found

    def _take(self, each: _Sum) -> None:
        self.amount += each.amount
        self.lines += each.lines
        if each.first_seq is not None:
            self.first_seq = each.first_seq if self.first_seq is None else min(self.first_seq, each.first_seq)
            self.last_seq = max(self.last_seq, each.last_seq)


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
    found: _Sum,
    *,
    is_rest: bool = False,
) -> dict[str, Any]:
    """`at` with `is_rest`: everywhere but there, so that nobody unnamed is listed."""
    figure: dict[str, Any] = {"what": what, "amount": found.amount, "lines": found.lines}
    if item is not None:
        figure |= {"item": str(item), "first_seq": found.first_seq, "last_seq": found.last_seq}
    if by:
        figure |= {"by": by, "at": sorted(map(str, at or ())), "is_rest": is_rest}
    return figure


def _point(city: str, lat: float | None, lon: float | None) -> dict[str, Any]:
    return {"city": city, "lat": lat, "lon": lon}


def _sums_of_needs(rows: Iterable[Mapping[str, Any]]) -> list[dict[str, Any]]:
    """By item, of every row that asks for a number, listed or not."""
    sums: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows:
        if row["asked"] is not None:
            sums[row["item"]].update({key: row[key] for key in ("asked", "promised", "met")})
    return [
        {"item": item, "asked": found["asked"], "promised": found["promised"], "met": found["met"]}
        for item, found in sums.items()
    ]


def _causes(now: datetime) -> list[dict[str, Any]]:
    """What was late or at risk when the bulletin was drawn: figures, codes and ids; words and names at reading."""
    found = (
        *causes.late_trucks(now), *causes.late_rounds(now), *causes.late_papers(now), *causes.promises(now),
        *causes.overloaded(now),
    )  # fmt: skip
    return [
        {"kind": each.kind.value, "is_grave": each.is_grave, "since": each.since, "facts": dict(each.facts)}
        for each in sorted(found, key=lambda each: (not each.is_grave, each.since, each.key))
    ]


def _running_out(now: datetime) -> list[dict[str, Any]]:
    return [
        {"place": str(each.holder), "item": str(each.item), "free": each.free, "per_day": each.per_day, "out_at": each.out_at}
        for each in causes.running_out(now)
    ]  # fmt: skip


def _staff(window: Window, now: datetime) -> list[dict[str, Any]]:
    """
    By place: how many worked that day and for how long; while it lasts, how many are there now, how many of them with a
    proof that ran out.
    """
    assert window.end_at is not None
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
        }
        if now < window.end_at:
            row |= {"here": len(crew.here(place, now)), "lapsed": len(crew.lapsed(place, now))}
        if row["worked"] or row.get("here"):
            found.append(row)
    return found
