"""What must hold, each read from the book and from what the rooms keep as facts, never from a plan's output."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from baogong.crew import queries as crew_
from baogong.delivery import queries as delivery_
from baogong.delivery.queries import Hand
from baogong.ops.scenarios.last_mile import measures as last_mile
from baogong.ops.scenarios.last_mile.ways import differences_from_model
from baogong.ops.scenarios.one_compound_2022.cast import ALONE, CITY, COMPOUND, DAYS, HELPING, OWN_WAY, STATION, whole
from baogong.ops.scenarios.stage import LOCAL, Stage
from baogong.places import queries as places_

ALL = 1_000_000
Pair = tuple[UUID, str]
"""Building, category."""


# The compound and its ten


def households(stage: Stage) -> int:
    return places_.communities(ids=[stage.party(COMPOUND)])[0].households_count


def differs_from_the_model_in(_stage: Stage) -> str:
    """The parts in which this compound was served otherwise than the document of the other place says."""
    return " ".join(one.where for one in differences_from_model(OWN_WAY))


def couriers_from_elsewhere(stage: Stage) -> int:
    """At work on both days, at home in another city, with a bed in the compound."""
    by_day = last_mile.at_work(stage, [STATION])
    persons = by_day[ALONE] & by_day[HELPING]
    sleep_here = {stay.person for house in crew_.lodgings(stage.party(COMPOUND)) for stay in house.stays}
    homes = {member.person: member.home for member in crew_.members(persons).values()}
    return sum(bool(homes.get(one)) and not homes[one].startswith(CITY) and one in sleep_here for one in persons)


def handed_over_without_proof(stage: Stage) -> int:
    """Parcels that somebody handed over who at that moment lacked a pass, a test or a temperature."""
    hands = delivery_.hands(["HANDED_OVER"])
    return last_mile.unfit(stage, ((hand.by, hand.at_device) for hand in hands if hand.by), STATION).total()


# Who brings what


def _hands(day: int, kind: str) -> tuple[Hand, ...]:
    window = whole(day)
    return delivery_.hands([kind], since=window.start_at, until=window.end_at)


def by_pair(stage: Stage, day: int) -> dict[Pair, list[Hand]]:
    """Building and category → who handed which of its parcels over when; [] where none of its parcels was."""
    pair_of = {
        one.id: (one.building, one.category)
        for one in delivery_.parcels(station=stage.party(STATION))
        if one.building is not None
    }
    found: dict[Pair, list[Hand]] = {}
    for hand in _hands(day, "RECEIVED"):
        if hand.parcel in pair_of:
            found[pair_of[hand.parcel]] = []
    for hand in _hands(day, "HANDED_OVER"):
        if hand.parcel in pair_of:
            found.setdefault(pair_of[hand.parcel], []).append(hand)
    return found


def pairs_without_one_courier(stage: Stage) -> int:
    """On the day on which nobody helps."""
    return sum(len({hand.by for hand in hands}) != 1 for hands in by_pair(stage, ALONE).values())


def pairs_not_as_printed(stage: Stage) -> int:
    """On that day: others came than the printed list of buildings names."""
    printed = {
        (row.building, row.category): {who.person for who in row.couriers}
        for row in delivery_.who_brings(stage.party(COMPOUND), whole(ALONE))
    }
    came = {pair: {hand.by for hand in hands} for pair, hands in by_pair(stage, ALONE).items()}
    return sum(printed.get(pair) != came.get(pair) for pair in printed.keys() | came.keys())


def _owners(stage: Stage) -> dict[Pair, UUID | None]:
    """Whose each pair is, by who brought it on the day on which nobody helped: the goods are the same on both."""
    return {
        pair: Counter(hand.by for hand in hands).most_common(1)[0][0]
        for pair, hands in by_pair(stage, ALONE).items()
        if hands
    }


def _helped(stage: Stage) -> list[tuple[Pair, Hand]]:
    """On the day with helping: parcels brought by another than their pair's own courier."""
    owners = _owners(stage)
    return [
        (pair, hand) for pair, hands in by_pair(stage, HELPING).items() for hand in hands if hand.by != owners.get(pair)
    ]


def helped_before_own_done(stage: Stage) -> int:
    """Parcels that a helper brought before the last one of the helper's own pairs."""
    owners, own_last = _owners(stage), dict[UUID | None, datetime]()
    for pair, hands in by_pair(stage, HELPING).items():
        for hand in hands:
            if hand.by == owners.get(pair):
                own_last[hand.by] = max(hand.at_device, own_last.get(hand.by, hand.at_device))
    return sum(hand.by in own_last and hand.at_device <= own_last[hand.by] for _, hand in _helped(stage))


def others_before_cold(stage: Stage) -> int:
    """Rounds on which something that need not be kept cold was handed over before something cold."""
    is_cold = {one.id: one.is_cold for one in delivery_.parcels(station=stage.party(STATION), limit=ALL)}
    found = 0
    for day in DAYS:
        taken = {hand.parcel: (hand.to_party, hand.at_device) for hand in _hands(day, "TAKEN")}
        moments: defaultdict[object, dict[bool, list[datetime]]] = defaultdict(lambda: {True: [], False: []})
        for hand in _hands(day, "HANDED_OVER"):
            if hand.parcel in taken and hand.parcel in is_cold:
                moments[taken[hand.parcel]][is_cold[hand.parcel]].append(hand.at_device)
        found += sum(bool(of[True] and of[False]) and max(of[True]) > min(of[False]) for of in moments.values())
    return found


def pairs_helped_with(stage: Stage) -> int:
    return len({pair for pair, _ in _helped(stage)})


def started_at(stage: Stage) -> str:
    """When the first courier was signed on and the first parcel left the station; once where both days say the same."""
    begins = [
        min(one.start_at for one in last_mile.shifts(stage, [STATION]) if one.start_at.astimezone(LOCAL).day == day)
        for day in DAYS
    ]
    leaves = [_hands(day, "TAKEN")[0].at_device for day in DAYS]
    return " ".join(sorted({_clock(moment) for moment in (*begins, *leaves)}))


def last_finish(day: int) -> datetime:
    return max(hand.at_device for hand in _hands(day, "HANDED_OVER"))


def minutes_earlier_with_helping(_stage: Stage) -> int:
    sooner = last_finish(ALONE) + timedelta(days=HELPING - ALONE) - last_finish(HELPING)
    return int(sooner.total_seconds() // 60)


def _clock(moment: datetime) -> str:
    return f"{moment.astimezone(LOCAL):%H:%M}"


MEASURES: dict[str, Any] = {
    "households": households,
    "differs_from_the_model_in": differs_from_the_model_in,
    "couriers_from_elsewhere": couriers_from_elsewhere,
    "handed_over_without_proof": handed_over_without_proof,
    "started_at": started_at,
    "pairs_without_one_courier": pairs_without_one_courier,
    "pairs_not_as_printed": pairs_not_as_printed,
    "helped_before_own_done": helped_before_own_done,
    "pairs_helped_with": pairs_helped_with,
    "others_before_cold": others_before_cold,
    "minutes_earlier_with_helping": minutes_earlier_with_helping,
    "not_handed_over_once": lambda _stage: last_mile.not_handed_over_once(),
    "pieces_handed_over": lambda _stage: last_mile.pieces_handed_over(),
    "pieces_unaccounted_for": lambda stage: last_mile.pieces_unaccounted_for(stage, [STATION]),
}

FACTS: dict[str, Any] = {
    "cold_parcels": lambda stage: sum(
        one.is_cold for one in delivery_.parcels(station=stage.party(STATION), limit=ALL)
    ),
    "pairs": lambda stage: len(by_pair(stage, ALONE)),
    "last_finish_alone": lambda _stage: _clock(last_finish(ALONE)),
    "last_finish_with_helping": lambda _stage: _clock(last_finish(HELPING)),
    "parcels_brought_by_helpers": lambda stage: len(_helped(stage)),
    "rounds": lambda stage: sum(
        len(delivery_.rounds(station=stage.party(STATION), window=whole(day), states=("DONE",))) for day in DAYS
    ),
    "ended_at": lambda stage: stage.now.astimezone(LOCAL).isoformat(),
}
