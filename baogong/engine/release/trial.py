"""A rule tried on a made-up city: who is served, how long they wait, who wins again and again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from itertools import pairwise
from random import Random
from typing import Any
from uuid import UUID

from baogong.engine.draw.memory import Memory
from baogong.engine.release.admission import (
    Ask,
    Head,
    Outcome,
    Reserve,
    Slot,
    Tally,
    Tranche,
    Used,
    Verdict,
    admit,
    refusal_of,
)
from baogong.engine.release.rule import CHOSEN_MODES, DOCUMENTS, UNITS_MOST, Mode, Rule, Subject

PEOPLE_MOST, DAYS_MOST = 200_000, 60
TELEPHONE, COUNTER, RUSH = 0.1, 0.1, 0.5  # invented: no notice of 2020 says by which road its people came
AGES = ((0, 17, 0.17), (18, 39, 0.31), (40, 59, 0.32), (60, 74, 0.14), (75, 95, 0.06))
GROUPS = ("0-17", "18-39", "40-59", "60-74", "75+")
_OWN = (Subject.PERSON, Subject.PHONE)  # of which everybody knows what is used up


@dataclass(frozen=True, slots=True)
class City:
    """
    A made-up city: whose members live three to a household, each with a line of their own speed.

    wanting        share of those whose own turn leaves them something who try on a day
    units          put out each day, where the rule does not say itself
    first_on       the trial's first day
    telephone, counter   shares of the people who telephone, and who go to a clerk; all others come on the net
    rush           share of those on the net who come as it opens; whoever else comes does so over its hours
    """

    people: int = 20_000
    days: int = 15
    wanting: float = 0.5
    units: int = 5_000
    first_on: date = date(2020, 2, 3)
    seed: int = 1
    telephone: float = TELEPHONE
    counter: float = COUNTER
    rush: float = RUSH

    def __post_init__(self) -> None:
        if not (
            0 < self.people <= PEOPLE_MOST and 0 < self.days <= DAYS_MOST and 0 < self.wanting <= 1 and self.units >= 0
        ):
            raise ValueError(f"a trial has 1 to {PEOPLE_MOST} people and 1 to {DAYS_MOST} days")
        if min(self.telephone, self.counter) < 0 or self.telephone + self.counter > 1 or not 0 <= self.rush <= 1:
            raise ValueError("shares of a city's people lie between 0 and 1, and together make up no more than all")


@dataclass(frozen=True, slots=True)
class Trial:
    """
    What came of it.

    asked, admitted        people who asked, day by day, and those of them who got something
    refused                how many of the others by code: `none-left` where they came back for a reserve in vain too,
                           `passed-over` where a draw's household had its winners, STANDBY who stood by until the end
    served                 people who got something at least once
    never_served           share of those who tried and never got anything
    days_waited            mean days from the first try to the first right, of those served
    again                  share of the rights that went to somebody who had had one before
    top_tenth              share of all units that went to the tenth that got most
    units_put_out, units_left
    by_age                 group → (tried, served)
    fast_served, slow_served   share served of the quicker and the slower half of lines
    """

    asked: int
    admitted: int
    refused: dict[str, int]
    served: int
    never_served: float
    days_waited: float
    again: float
    top_tenth: float
    units_put_out: int
    units_left: int
    by_age: dict[str, tuple[int, int]]
    fast_served: float
    slow_served: float

    def as_dict(self) -> dict[str, Any]:
        return {name: getattr(self, name) for name in self.__slots__} | {
            "by_age": {group: list(pair) for group, pair in self.by_age.items()}
        }


@dataclass(slots=True)
class _Person:
    id: int
    tags: dict[Subject, bytes]
    born_on: date
    group: str
    delay_s: float
    channel: str
    first_try: int | None = None
    first_right: int | None = None
    last_right: int | None = None
    losses: int = 0
    rights: int = 0
    units: int = 0


def try_rule(rule: Rule, city: City) -> Trial:
    """
    Play the rule day by day with the judge that real claims meet. Same arguments, same answer.

    Everybody is of the rule's region and lists: what is tried is the sharing, not the register. First come is judged in
    the order of arrival: as it opens, a matter of the line's speed (what comes within the shuffled seconds, by lot), and over
    the day whoever telephones, goes to a clerk or takes their time. What a reserve keeps falls free at its hour: first to who
    stands by, then to who was told that nothing was left and comes back. An appointment is any time that has room. A draw keeps
    to its own terms: winners pause, losses add weight or come first, and a household that has its winners is passed over.
    """
    random = Random(city.seed)
    people = [_person(random, at, rule, city) for at in range(city.people)]
    used: dict[tuple[Subject, bytes], Used] = {}
    refused: Counter[str] = Counter()
    asked = admitted = put_out = left = again = 0
    for day in range(city.days):
        on = city.first_on + timedelta(days=day)
        units = rule.units_on(day)
        units = city.units if units is None else units
        if not units:
            continue  # nobody comes for nothing
        put_out += units
        endless = replace(_tranche(rule, on, UNITS_MOST), reserves=())
        comers = [
            one
            for one in people
            if random.random() < city.wanting
            and (not one.rights or _may_again(endless, one, used))
            and not _pauses(rule, one, day)
        ]
        for one in comers:
            one.first_try = day if one.first_try is None else one.first_try
        asked += len(comers)
        played = _Day(_tranche(rule, on, units), used, random)
        if rule.mode in CHOSEN_MODES:
            played.choose(comers)
        else:
            played.serve(comers, city.rush)
        left += played.tranche.units - played.tranche.admitted
        refused.update(code for code in played.fates.values() if code)
        for one in comers:
            if played.fates[one.id]:
                continue
            admitted += 1
            again += one.rights > 0
            one.rights += 1
            one.units += rule.units_per_claim_max
            one.first_right = day if one.first_right is None else one.first_right
            one.last_right, one.losses = day, 0
    return _summed(people, asked, admitted, dict(refused), put_out, left, again)


def says_too_little(rule: Rule, city: Mapping[str, Any], outcome: Mapping[str, Any]) -> str:
    """
    Why a trial that was kept shows nothing of who is left out; "" where it does.

    nothing-put-out   it had no units
    too-few-people    no more people tried than one day's units make claims of: there was enough for everybody
    """
    if not outcome["units_put_out"]:
        return "nothing-put-out"
    tried = sum(whole for whole, _served in outcome["by_age"].values())
    units = (city["units"] if (said := rule.units_on(day)) is None else said for day in range(city["days"]))
    is_enough = tried <= max(units) // rule.units_per_claim_max
    return "too-few-people" if is_enough and city["people"] < PEOPLE_MOST else ""


class _Day:
    """
    One day's tranche as the claims so far have left it.

    fates  person → why refused, "" where admitted; STANDBY: stands by
    """

    def __init__(self, tranche: Tranche, used: dict[tuple[Subject, bytes], Used], random: Random) -> None:
        self.tranche, self.rule, self.used, self.random = tranche, tranche.rule, used, random
        self.fates: dict[int, str] = {}
        self._standing: list[Ask] = []

    def choose(self, comers: Sequence[_Person]) -> None:
        """Who gets it is drawn, or chosen by another office: of those who may claim, at the day's end."""
        now = self.tranche.closes_at - timedelta(microseconds=1)  # still this day
        entered = []
        for one in comers:
            refusal = refusal_of(self.rule, _ask(self.rule, one), self.rule.day_of(now))
            if refusal is None:
                entered.append(one)
            else:
                self.fates[one.id] = refusal.code
        if self.rule.mode is Mode.DRAW:
            placed = _drawn(self.rule, entered, self.random)
            for one in entered:
                one.losses += 1
                self.fates[one.id] = "passed-over"
        else:
            placed = list(entered)
            self.random.shuffle(placed)
        self._judge([replace(_ask(self.rule, one), is_checked=True) for one in placed], now)

    def serve(self, comers: Sequence[_Person], rush: float) -> None:
        """First come: in the order of arrival, hour by hour as reserves fall free and times pass."""
        opens_at, closes_at = self.tranche.opens_at, self.tranche.closes_at
        judged_at = opens_at + timedelta(seconds=self.rule.shuffle_s)
        slots = self.tranche.slots.values()
        last_at = min(closes_at, max((one.from_at for one in slots), default=closes_at))
        arrivals = []
        for one in comers:
            if one.channel == "WEB" and self.random.random() < rush:
                at = opens_at + timedelta(seconds=one.delay_s)
            else:
                at = opens_at + self.random.random() * max(last_at - opens_at, timedelta(0))
            lot = self.random.random() if at < judged_at else 0.0
            arrivals.append((max(at, judged_at), lot, one.id, one))
        arrivals.sort()
        hours = {one.until_at for one in self.tranche.reserves} | {one.until_at for one in slots}
        end = datetime.max.replace(tzinfo=closes_at.tzinfo)
        marks = [judged_at, *sorted(at for at in hours if judged_at < at < closes_at), end]
        turned: list[_Person] = []
        for since, until in pairwise(marks):
            came = [(at, one) for at, _lot, _id, one in arrivals if since <= at < until]
            if any(one.until_at == since and one.taken < one.units for one in self.tranche.reserves):
                self._move_up(since)
                came = [*((since, one) for one in turned), *came]
                turned = []
            self._ask_all(came, since)
            turned += [one for _at, one in came if self.fates[one.id] == "none-left"]
        self._move_up(closes_at)  # what a reserve still kept for its channel, which claims no more

    def _ask_all(self, came: Iterable[tuple[datetime, _Person]], now: datetime) -> None:
        """Everybody asks once; whose time is full takes another that has room, as long as there is one."""
        asking = list(came)
        while asking:
            asks = [_ask(self.rule, one, self._slot_from(at)) for at, one in asking]
            self._judge(asks, now)
            asking = [(at, one) for at, one in asking if self.fates[one.id] == "slot-full" and self._open_slots(at)]

    def _slot_from(self, at: datetime) -> UUID | None:
        found = self._open_slots(at) or list(self.tranche.slots)
        return self.random.choice(found) if found else None

    def _open_slots(self, at: datetime) -> list[UUID]:
        """As the page offers them: those that have room and have not begun."""
        return [id for id, one in self.tranche.slots.items() if one.taken < one.capacity and one.from_at > at]

    def _move_up(self, now: datetime) -> None:
        """Who stands by gets what has become free, strictly in order."""
        standing, self._standing = self._standing, []
        self.tranche = replace(self.tranche, heads=())
        self._judge(standing, now)

    def _judge(self, asks: Sequence[Ask], now: datetime) -> None:
        verdicts, tally = admit(self.tranche, self.used, asks, now)
        for ask, verdict in zip(asks, verdicts, strict=True):
            self.fates[ask.id.int] = _fate(verdict)
            if verdict.outcome is Outcome.STANDBY:
                self._standing.append(replace(ask, is_checked=True, number=verdict.number))
        heads: dict[str, Head] = {}
        for ask in self._standing:
            assert ask.number is not None
            heads.setdefault(ask.channel, Head(ask.number, ask.channel, ask.units))
        self.tranche = replace(_left_by(self.tranche, tally), heads=tuple(heads.values()))
        for key, new in tally.uses.items():
            had = self.used.get(key)
            goes_on = had is not None and had.start_on == new.start_on
            self.used[key] = (
                Used(had.start_on, had.units + new.units, had.claims + new.claims) if goes_on and had else new
            )


def _fate(verdict: Verdict) -> str:
    return "" if verdict.outcome is Outcome.ADMITTED else verdict.code or verdict.outcome.value


def _left_by(tranche: Tranche, tally: Tally) -> Tranche:
    return replace(
        tranche,
        admitted=tranche.admitted + tally.units,
        standing=tranche.standing + tally.standing,
        standby_next=tranche.standby_next + tally.numbered,
        reserves=tuple(replace(one, taken=one.taken + tally.channels.get(one.channel, 0)) for one in tranche.reserves),
        slots={id: replace(one, taken=one.taken + tally.slots.get(id, 0)) for id, one in tranche.slots.items()},
    )


def _summed(
    people: list[_Person], asked: int, admitted: int, refused: dict[str, int], put_out: int, left: int, again: int
) -> Trial:
    tried = [one for one in people if one.first_try is not None]
    served = [one for one in tried if one.rights]
    waits = [(one.first_right or 0) - (one.first_try or 0) for one in served]
    most = sorted((one.units for one in tried), reverse=True)
    by_speed = sorted(tried, key=lambda one: (one.delay_s, one.id))
    half = len(by_speed) // 2
    return Trial(
        asked=asked,
        admitted=admitted,
        refused=dict(sorted(refused.items())),
        served=len(served),
        never_served=_share(len(tried) - len(served), len(tried)),
        days_waited=round(sum(waits) / len(waits), 2) if waits else 0.0,
        again=_share(again, admitted),
        top_tenth=_share(sum(most[: (len(most) + 9) // 10]), sum(most)),
        units_put_out=put_out,
        units_left=left,
        by_age={
            group: (sum(one.group == group for one in tried), sum(one.group == group for one in served))
            for group in GROUPS
        },
        fast_served=_share(sum(one.rights > 0 for one in by_speed[:half]), half),
        slow_served=_share(sum(one.rights > 0 for one in by_speed[half:]), len(by_speed) - half),
    )


def _share(part: int, whole: int) -> float:
    return round(part / whole, 4) if whole else 0.0


def _person(random: Random, at: int, rule: Rule, city: City) -> _Person:
    group = random.choices(range(len(AGES)), [weight for _low, _high, weight in AGES])[0]
    low, high, _weight = AGES[group]
    household = at // 3
    return _Person(
        at,
        {
            Subject.PERSON: at.to_bytes(32, "big"),
            Subject.HOUSEHOLD: household.to_bytes(32, "big"),
            Subject.PHONE: at.to_bytes(32, "big"),
            Subject.ADDRESS: household.to_bytes(32, "big"),
        },
        city.first_on - timedelta(days=int(365.25 * random.randint(low, high)) + 1 + random.randint(0, 363)),
        GROUPS[group],
        random.expovariate(1 / 20) * (1 if group < 3 else 3),  # who is old types more slowly
        random.choices(
            ("PHONE", "CLERK", "WEB"), (city.telephone, city.counter, max(0, 1 - city.telephone - city.counter))
        )[0],
    )


def _may_again(endless: Tranche, one: _Person, used: Mapping[tuple[Subject, bytes], Used]) -> bool:
    """Whether the person's own turn leaves them a claim of a tranche in which enough is left for everybody."""
    own = {key: used[key] for subject in _OWN if (key := (subject, one.tags[subject])) in used}
    ask = replace(_ask(endless.rule, one, next(iter(endless.slots), None)), is_checked=True)
    (verdict,), _tally = admit(endless, own, [ask], endless.opens_at)
    return verdict.outcome is Outcome.ADMITTED


def _pauses(rule: Rule, one: _Person, day: int) -> bool:
    """Whether a draw's door sends a winner away."""
    pauses = rule.mode is Mode.DRAW and rule.draw.pause_days
    return bool(pauses) and one.last_right is not None and day <= one.last_right + rule.draw.pause_days


def _drawn(rule: Rule, comers: list[_Person], random: Random) -> list[_Person]:
    """As a draw orders them: stratum, then the least of `weight` lots; without whom it passes over for the household."""
    terms = rule.draw
    memory = Memory(terms.pause_days, terms.weight_per_loss, terms.weight_max, terms.by_waiting)
    keyed = []
    for one in comers:
        losses = min(one.losses, terms.losses_max)
        lot = min(random.random() for _each in range(memory.weight(losses)))
        keyed.append((memory.stratum(losses, terms.losses_max), lot, one.id, one))
    ordered = [one for *_key, one in sorted(keyed)]
    if not terms.household_winners_max:
        return ordered
    seen: Counter[bytes] = Counter()
    placed = []
    for one in ordered:
        household = one.tags[Subject.HOUSEHOLD]
        if seen[household] < terms.household_winners_max:
            seen[household] += 1
            placed.append(one)
    return placed


def _tranche(rule: Rule, on: date, units: int) -> Tranche:
    opens_at = rule.opens_at(on)
    return Tranche(
        rule=rule,
        opens_at=opens_at,
        closes_at=max(rule.closes_at(on), opens_at + timedelta(seconds=rule.shuffle_s + 1)),
        units=units,
        admitted=0,
        reserves=tuple(
            Reserve(one.channel, kept, 0, rule.moment(on, one.until), one.units_max)
            for one, kept in zip(rule.reserves, rule.kept_of(units), strict=True)
        ),
        slots={
            UUID(int=at): _slot(rule.moment(on, start), rule.slot_minutes, claims)
            for at, (start, claims) in enumerate(zip(rule.slots, rule.claims_by_slot(units), strict=True))
        }
        if rule.mode is Mode.APPOINTMENT
        else {},
        is_opened=True,
    )


def _slot(from_at: datetime, minutes: int, capacity: int) -> Slot:
    return Slot(from_at, from_at + timedelta(minutes=minutes), capacity, 0)


def _ask(rule: Rule, one: _Person, slot: UUID | None = None) -> Ask:
    who = rule.eligibility
    region = who.regions[0] if who.regions else ""
    return Ask(
        id=UUID(int=one.id),
        channel=one.channel,
        units=rule.units_per_claim_max,
        tags=one.tags,
        document=who.documents[0] if who.documents else DOCUMENTS[0],
        document_region=region,
        born_on=one.born_on,
        region=region,
        lists=frozenset(who.lists),
        is_address_verified=True,
        slot=slot,
    )
