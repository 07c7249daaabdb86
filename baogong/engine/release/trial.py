"""A rule tried on a made-up city: who is served, how long they wait, who wins again and again."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from random import Random
from typing import Any
from uuid import UUID

from baogong.engine.draw.memory import Memory
from baogong.engine.release.admission import Ask, Outcome, Reserve, Slot, Tranche, Used, admit
from baogong.engine.release.rule import DOCUMENTS, Mode, Rule, Subject

PEOPLE_MOST, DAYS_MOST = 200_000, 60
AGES = ((0, 17, 0.17), (18, 39, 0.31), (40, 59, 0.32), (60, 74, 0.14), (75, 95, 0.06))
GROUPS = ("0-17", "18-39", "40-59", "60-74", "75+")


@dataclass(frozen=True, slots=True)
class City:
    """
    A made-up city: whose members live three to a household, each with a line of their own speed.

    wanting        share of those not yet served in the turn who try on a day
    units          put out each day, where the rule does not say itself
    first_on       the trial's first day
    """

    people: int = 20_000
    days: int = 15
    wanting: float = 0.5
    units: int = 5_000
    first_on: date = date(2020, 2, 3)
    seed: int = 1

    def __post_init__(self) -> None:
        if not (
            0 < self.people <= PEOPLE_MOST and 0 < self.days <= DAYS_MOST and 0 < self.wanting <= 1 and self.units >= 0
        ):
            raise ValueError(f"a trial has 1 to {PEOPLE_MOST} people and 1 to {DAYS_MOST} days")


@dataclass(frozen=True, slots=True)
class Trial:
    """
    What came of it.

    asked, admitted        claims over all days; refused: how many by code, `passed-over` where a draw's household had its winners
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
    the order of arrival, which is a matter of the line's speed; what comes within the shuffled seconds, by lot. A draw keeps
    to its own terms: winners pause, losses add weight or come first, and a household that has its winners is passed over.
    """
    random = Random(city.seed)
    people = [_person(random, at, rule, city) for at in range(city.people)]
    used: dict[tuple[Subject, bytes], Used] = {}
    refused: dict[str, int] = {}
    asked = admitted = put_out = left = again = 0
    for day in range(city.days):
        on = city.first_on + timedelta(days=day)
        units = rule.units_on(day)
        units = city.units if units is None else units
        put_out += units
        comers = [
            one
            for one in people
            if random.random() < city.wanting and not _has_had(rule, one, used, on) and not _pauses(rule, one, day)
        ]
        for one in comers:
            one.first_try = day if one.first_try is None else one.first_try
        tranche = _tranche(rule, on, units)
        placed = _in_order(rule, comers, random)
        asks = [_ask(rule, one, tranche, random) for one in placed]
        now = max(tranche.opens_at + timedelta(seconds=rule.shuffle_s), tranche.opens_at)
        verdicts, tally = admit(tranche, used, asks, now)
        used |= {
            key: new if (had := used.get(key)) is None or had.start_on != new.start_on
            else Used(had.start_on, had.units + new.units, had.claims + new.claims)
            for key, new in tally.uses.items()
        }  # fmt: skip
        asked += len(comers)
        left += units - tally.units
        if len(placed) < len(comers):
            refused["passed-over"] = refused.get("passed-over", 0) + len(comers) - len(placed)
        for one in comers:
            one.losses += 1
        for ask, verdict in zip(asks, verdicts, strict=True):
            if verdict.outcome is not Outcome.ADMITTED:
                refused[verdict.code or verdict.outcome] = refused.get(verdict.code or verdict.outcome, 0) + 1
                continue
            one = people[ask.id.int]
            admitted += 1
            again += one.rights > 0
            one.rights += 1
            one.units += ask.units
            one.first_right = day if one.first_right is None else one.first_right
            one.last_right, one.losses = day, 0
    return _summed(people, asked, admitted, refused, put_out, left, again)


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
        city.first_on - timedelta(days=366 * random.randint(low, high) + random.randint(0, 360)),
        GROUPS[group],
        random.expovariate(1 / 20) * (1 if group < 3 else 3),  # who is old types more slowly
    )


def _has_had(rule: Rule, one: _Person, used: dict[tuple[Subject, bytes], Used], on: date) -> bool:
    for quota in rule.quotas:
        had = used.get((quota.subject, one.tags[quota.subject]))
        if had is not None and quota.subject is Subject.PERSON and not quota.turn.is_over(had.start_on, on):
            return True
    return False


def _pauses(rule: Rule, one: _Person, day: int) -> bool:
    """Whether a draw's door sends a winner away."""
    pauses = rule.mode is Mode.DRAW and rule.draw.pause_days
    return bool(pauses) and one.last_right is not None and day <= one.last_right + rule.draw.pause_days


def _in_order(rule: Rule, comers: list[_Person], random: Random) -> list[_Person]:
    if rule.mode is Mode.DRAW:
        return _drawn(rule, comers, random)
    by_arrival = sorted(comers, key=lambda one: (one.delay_s, one.id))
    if rule.mode is Mode.IMPORTED:
        random.shuffle(by_arrival)
        return by_arrival
    first = [one for one in by_arrival if one.delay_s < rule.shuffle_s]
    random.shuffle(first)
    return first + by_arrival[len(first) :]


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
    per_slot = units // max(1, len(rule.slots))
    return Tranche(
        rule=rule,
        opens_at=opens_at,
        closes_at=max(rule.closes_at(on), opens_at + timedelta(seconds=rule.shuffle_s + 1)),
        units=units,
        admitted=0,
        reserves=tuple(
            Reserve(one.channel, one.units, 0, rule.moment(on, one.until), one.units_max) for one in rule.reserves
        ),
        slots={
            UUID(int=at): _slot(rule.moment(on, start), rule.slot_minutes, per_slot)
            for at, start in enumerate(rule.slots)
        },
        is_opened=True,
    )


def _slot(from_at: datetime, minutes: int, capacity: int) -> Slot:
    return Slot(from_at, from_at + timedelta(minutes=minutes), capacity, 0)


def _ask(rule: Rule, one: _Person, tranche: Tranche, random: Random) -> Ask:
    who = rule.eligibility
    region = who.regions[0] if who.regions else ""
    slots = list(tranche.slots)
    return Ask(
        id=UUID(int=one.id),
        channel="WEB",
        units=rule.units_per_claim_max,
        tags=one.tags,
        document=who.documents[0] if who.documents else DOCUMENTS[0],
        document_region=region,
        born_on=one.born_on,
        region=region,
        lists=frozenset(who.lists),
        is_address_verified=True,
        slot=random.choice(slots) if slots else None,
    )
