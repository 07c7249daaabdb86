"""The failures that `--break` plants: each a real wrong movement or a real omission, one for every expectation."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.queries import CallingView, ParcelView, VisitView
from baogong.ledger import queries as book
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.by_hand import move_by_hand, put_by_hand
from baogong.ops.scenarios.last_mile.people import names_in
from baogong.ops.scenarios.shelves_2022.cast import COMMUNITIES, FULL, ONE_FEWER, SMALL
from baogong.ops.scenarios.stage import Stage
from baogong.places import queries as places_
from baogong.places import services as places
from baogong.places.services import BuildingGiven

FEW = "40-tests-0421.csv"
FORGOTTEN, UNSPRAYED, UNCALLED = "JN042200011", "JN042200012", "JN042200013"
TOO_LONG, RESTS = "19:30", timedelta(minutes=50)
NOT_PLANNED = ("听涛苑", "七里香", "燕翔里")


# Before the days


def one_building_more(stage: Stage) -> None:
    if stage.broken("register", "a building was added that is not there"):
        places.add_buildings(
            community=stage.party("七里香"),
            buildings=[BuildingGiven("18号楼")],
            actor=stage.actors["wu"],
            now=stage.now,
        )


def until(stage: Stage, day: int, ends: str) -> str:
    if day == FULL and stage.broken("sizing_answers", "everybody was typed in until 19:30 on the full day"):
        return TOO_LONG
    if day == FULL and stage.broken(
        "fewer_cannot_do_these_trips", "everybody was typed in until 18:01 on the full day"
    ):
        return "18:01"
    return ends


def communities(stage: Stage, day: int) -> list[UUID]:
    """[] is all that are served."""
    if day == ONE_FEWER and stage.broken(
        "minutes_late_with_one_fewer", "three communities' parcels stayed at the station on the last day"
    ):
        return [stage.party(name) for name in COMMUNITIES if name not in NOT_PLANNED]
    return []


# At work


def is_forgotten(stage: Stage, day: int, person: UUID) -> bool:
    """The first one on the few's list."""
    return (
        day == SMALL
        and person == stage.party(names_in(stage, FEW)[0])
        and stage.broken("couriers_at_work", "nobody signed one of the couriers on")
    )


def free_at(stage: Stage, day: int, back_at: datetime) -> datetime:
    """When the courier was free again after this round."""
    if day == FULL and stage.broken("last_finish", "couriers rested before they said that they were free"):
        return back_at + RESTS
    return back_at


def is_not_sprayed(stage: Stage, visit: VisitView) -> bool:
    return any(carried.parcel.waybill == UNSPRAYED for carried in visit.parcels) and stage.broken(
        "called_before_sprayed", "one shelf was not sprayed again"
    )


def lies_on_a_shelf(stage: Stage, parcel: ParcelView, at: datetime) -> bool:
    """
    Of a parcel that is to go to the door: whether it was put on a shelf all the same, past the service that refuses it.
    """
    if stage.breaking != "flagged_not_at_door" or parcel.door is None or parcel.is_in_person or parcel.wants_door:
        return False
    plan = places_.community_plan(parcel.community, stage.now)
    if not any(door.id == parcel.door and door.takes_at_door for door in plan.doors):
        return False
    stage.broken("flagged_not_at_door", "what was to go to the doors of those who cannot come was put on shelves")
    put_by_hand(stage, parcel.id, next(shelf.id for shelf in plan.shelves if parcel.unit in shelf.units), at)
    return True


def forgets(stage: Stage, waybill: str) -> bool:
    return waybill == FORGOTTEN and stage.broken("not_handed_over_once", "one parcel stayed in its courier's bag")


def call_at(stage: Stage, day: int, one: CallingView, moment: datetime, planned: Sequence[CallingView]) -> datetime:
    if day == FULL and stage.breaking == "called_over_cap":
        busiest, _ = Counter(each.shelf for each in planned).most_common(1)[0]
        if one.shelf == busiest:
            stage.broken("called_over_cap", "one shelf's households were all called at once")
            return max(each.from_at for each in planned if each.shelf == busiest and each.from_at is not None)
    return moment


def comes_uncalled(stage: Stage, day: int, one: CallingView) -> bool:
    if day != FULL or stage.breaking != "fetched_uncalled" or delivery_.parcel(UNCALLED).code not in one.parcels:
        return False
    return stage.broken("fetched_uncalled", "a household came down without being called")


def after_the_day(stage: Stage, day: int) -> None:
    if day != ONE_FEWER:
        return
    parcel = next(one for one in delivery_.parcels(states=["HANDED_OVER"], limit=1))
    lot = next(move.lot for move in book.movements(holders=[parcel.community], limit=1))
    owner, station = AccountRef(book.lot(lot).owner, State.OUTSIDE), AccountRef(parcel.station, State.AVAILABLE)
    if stage.broken("pieces_unaccounted_for", "a piece nobody had promised was lost under no document"):
        move_by_hand(stage, "in", owner, station, lot, 1, Reason.CONSIGNMENT)
        move_by_hand(stage, "lost", station, AccountRef(parcel.station, State.LOST), lot, 1, Reason.LOSS)
    if stage.broken("pieces_handed_over", "a piece went into a household's hands that was no parcel"):
        door = AccountRef(parcel.community, State.HANDED_OVER)
        move_by_hand(stage, "in", owner, station, lot, 1, Reason.CONSIGNMENT)
        move_by_hand(stage, "door", station, door, lot, 1, Reason.HANDOVER)


def changes_the_gate(stage: Stage, community: str) -> None:
    if stage.broken("parts_that_differ", "a gate's slots were changed before the way of working was kept"):
        places.set_gate(
            community=stage.party(community), name="东门", carts_per_slot=9, actor=stage.actors["lin"], now=stage.now
        )
