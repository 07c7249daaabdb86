"""What must hold, each read from the book and from what the rooms keep as facts; a plan's output only where it is judged."""

from __future__ import annotations

from collections import Counter, defaultdict
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.queries import CallingView, ParcelView
from baogong.ops.scenarios.last_mile import measures as last_mile
from baogong.ops.scenarios.last_mile.ways import parts_that_differ
from baogong.ops.scenarios.shelves_2022 import way
from baogong.ops.scenarios.shelves_2022.cast import COMMUNITIES, DAYS, ENDS, FULL, ONE_FEWER, STATION, at, whole
from baogong.ops.scenarios.stage import LOCAL, Stage
from baogong.places import queries as places_
from baogong.planning import queries as plans_

ALL = 1_000_000


def _ids(stage: Stage) -> list[UUID]:
    return [stage.party(name) for name in COMMUNITIES]


# Who and how many


def register(_stage: Stage) -> str:
    """Communities, buildings, shelves, households, of all that are served."""
    rows = places_.communities(ids=[row.community for row in delivery_.servings()])
    return " ".join(
        str(count)
        for count in (
            len(rows),
            sum(row.buildings_count for row in rows),
            sum(row.shelves_count for row in rows),
            sum(row.households_count for row in rows),
        )
    )


def couriers_at_work(stage: Stage) -> str:
    """How many were signed on, day by day."""
    by_day = last_mile.at_work(stage, [STATION])
    return " ".join(str(len(by_day[day])) for day in DAYS)


def _sizings() -> list[dict[str, Any]]:
    """What the first plan of each day said, before anybody walked."""
    first: dict[str, Any] = {}
    for head in sorted(plans_.plans("ROUNDS"), key=lambda head: head.made_at):
        view = plans_.plan(head.id)
        first.setdefault(view.snapshot["midnight"], view.result["sizing"])
    return [said for _, said in sorted(first.items())]


def sizing_answers(_stage: Stage) -> str:
    """
    With how many couriers all is brought by the end of the shift; with a minus sign, that those who are there are too few.
    """
    return " ".join(f"{len(said['couriers']) * (1 if said['is_enough'] else -1)}" for said in _sizings())


def fewer_cannot_do_these_trips(_stage: Stage) -> str:
    """On the full day and the next one: fewer than so many could not do the trips, however they are given out."""
    return " ".join(str(said["bound_count"]) for said in _sizings()[1:])


def last_finish(stage: Stage) -> str:
    """When the last of the couriers was free on the full day."""
    found = last_mile.last_finish(stage, [STATION], whole(FULL))
    return found.astimezone(LOCAL).isoformat() if found else ""


def minutes_late_with_one_fewer(stage: Stage) -> int:
    """By how much the last of one courier fewer, with the same parcels, was free after 18:00."""
    found = last_mile.last_finish(stage, [STATION], whole(ONE_FEWER))
    return int((found - at(ONE_FEWER, ENDS)).total_seconds() // 60) if found else -1


# Shelves


def _called(stage: Stage) -> list[CallingView]:
    """Households that were reached by telephone and said that they come."""
    return [one for one in delivery_.call_list(communities=_ids(stage)) if one.called_at and one.outcome == "COMES"]


def _most_called(stage: Stage) -> dict[UUID, tuple[int, int]]:
    """Shelf → (most people told to come to it in any stretch as long as its window, how many may be)."""
    moments: defaultdict[UUID, list[datetime]] = defaultdict(list)
    for one in _called(stage):
        assert one.from_at is not None
        moments[one.shelf].append(one.from_at)
    shelves = {shelf.id: shelf for plan in places_.community_plans(_ids(stage), stage.now) for shelf in plan.shelves}
    found = {}
    for shelf, called in moments.items():
        window = timedelta(minutes=shelves[shelf].window_minutes)
        most = max(sum(begin <= other < begin + window for other in called) for begin in called)
        found[shelf] = (most, shelves[shelf].people_max)
    return found


def called_over_cap(stage: Stage) -> int:
    """People told to come to a shelf in one window beyond its cap."""
    return sum(max(0, most - cap) for most, cap in _most_called(stage).values())


def _by_code() -> dict[str, ParcelView]:
    return {one.code: one for one in delivery_.parcels(limit=ALL)}


def fetched_uncalled(stage: Stage) -> int:
    """Parcels that left their shelf into a household's hands before it was called, or without that."""
    codes = _by_code()
    called = {codes[code].id: one.called_at for one in _called(stage) for code in one.parcels}
    found = 0
    for hand in delivery_.hands(["HANDED_OVER"]):
        if hand.from_party == hand.community:
            when = called.get(hand.parcel)
            found += when is None or when > hand.at_device
    return found


def called_before_sprayed(stage: Stage) -> int:
    """Households called to a shelf on which something of theirs had not been sprayed a second time."""
    sprayed: defaultdict[UUID, list[datetime]] = defaultdict(list)
    for hand in delivery_.hands(["DISINFECTED"]):
        sprayed[hand.parcel].append(hand.at_device)
    taken = {hand.parcel: hand.at_device for hand in delivery_.hands(["TAKEN"])}
    put = {hand.parcel: hand.at_device for hand in delivery_.hands(["ON_SHELF"])}
    codes = _by_code()

    def is_sprayed_twice(parcel: UUID, called_at: datetime) -> bool:
        at_station = any(moment <= taken[parcel] for moment in sprayed[parcel])
        return at_station and any(put[parcel] <= moment <= called_at for moment in sprayed[parcel])

    return sum(
        not all(is_sprayed_twice(codes[code].id, one.called_at) for code in one.parcels)
        for one in _called(stage)
        if one.called_at is not None
    )


def _flagged(stage: Stage) -> list[ParcelView]:
    """For the door: whoever cannot come by the register or said so, and who may not leave home."""
    doors = {door.id for name in _ids(stage) for door in places_.doors_of(name, stage.now) if door.takes_at_door}
    zones = places_.zones_at(communities=_ids(stage), at=stage.now)
    return [
        one
        for one in delivery_.parcels(limit=ALL)
        if one.door in doors
        or one.wants_door
        or (one.building is not None and zones[one.unit or one.building].service == "DOOR")
    ]


def flagged_not_at_door(stage: Stage) -> int:
    """Parcels for the door that lay on a shelf, or did not go out of a courier's hands into the household's."""
    shelved = {hand.parcel for hand in delivery_.hands(["ON_SHELF"])}
    given = {hand.parcel for hand in delivery_.hands(["HANDED_OVER"]) if hand.from_party != hand.community}
    return sum(one.id in shelved or one.id not in given for one in _flagged(stage))


MEASURES: dict[str, Any] = {
    "register": register,
    "couriers_at_work": couriers_at_work,
    "sizing_answers": sizing_answers,
    "fewer_cannot_do_these_trips": fewer_cannot_do_these_trips,
    "last_finish": last_finish,
    "minutes_late_with_one_fewer": minutes_late_with_one_fewer,
    "called_over_cap": called_over_cap,
    "fetched_uncalled": fetched_uncalled,
    "called_before_sprayed": called_before_sprayed,
    "flagged_not_at_door": flagged_not_at_door,
    "parts_that_differ": lambda _stage: parts_that_differ(way.OWN),
    "not_handed_over_once": lambda _stage: last_mile.not_handed_over_once(),
    "pieces_handed_over": lambda _stage: last_mile.pieces_handed_over(),
    "pieces_unaccounted_for": lambda stage: last_mile.pieces_unaccounted_for(stage, [STATION]),
}


FACTS: dict[str, Any] = {
    "parcels_by_day": lambda _stage: " ".join(
        str(count) for _, count in sorted(Counter(one.waybill[2:6] for one in delivery_.parcels(limit=ALL)).items())
    ),
    "parcels_for_the_door": lambda stage: len(_flagged(stage)),
    "households_called": lambda stage: len(_called(stage)),
    "most_called_to_a_shelf_in_a_window": lambda stage: max(most for most, _ in _most_called(stage).values()),
    "last_finish_with_one_fewer": lambda stage: str(last_mile.last_finish(stage, [STATION], whole(ONE_FEWER))),
    "late_or_known_acts_of_telephones": lambda stage: len(delivery_.to_look_at(stage.party(STATION))),
    "ended_at": lambda stage: stage.now.astimezone(LOCAL).isoformat(),
}
