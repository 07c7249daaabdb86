"""Rounds of a day: planned and approved, walked, sprayed at every shelf, told by telephones in their own good time."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from functools import partial
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.queries import RoundView, VisitView
from baogong.delivery.services import rounds, stations
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.sync import Act
from baogong.ops.scenarios.last_mile import pace
from baogong.ops.scenarios.last_mile import rounds as last_mile
from baogong.ops.scenarios.last_mile.pace import Walked
from baogong.ops.scenarios.last_mile.rounds import Event
from baogong.ops.scenarios.shelves_2022 import breaks
from baogong.ops.scenarios.shelves_2022.cast import CALLED_UNTIL, KEEPER, STARTS, STATION, at, whole
from baogong.ops.scenarios.shelves_2022.parcels import MEANS
from baogong.ops.scenarios.stage import Stage

# At a shelf: put it there, spray it again, wait the ten minutes that the spray asks for, write the household down.
SERVICE_S = {"CONTACTLESS": 900, "WITNESSED": 180, "SIGNED": 180}
LIMITS = {"cold_first": False, "service_s": SERVICE_S}
RULE = {"turns_per_stop": 20, "passes": 1}
CART_G, CART_PIECES = 45_000, 5  # a hand cart


def plan(stage: Stage, day: int, until: str, *key: object) -> UUID:
    """For all who are planned that day, by one; a draft."""
    return rounds.plan_rounds(
        station=stage.party(STATION),
        communities=breaks.communities(stage, day),
        from_at=at(day, STARTS),
        until_at=at(day, until),
        capacity_g=CART_G,
        capacity_pieces=CART_PIECES,
        limits=LIMITS,
        rule=RULE,
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("rounds", day, *key),
    )


def plan_and_approve(stage: Stage, day: int) -> None:
    """Approved by another."""
    last_mile.approve(stage, plan(stage, day, CALLED_UNTIL[day]), "rounds", day)


def phone(stage: Stage, courier: UUID, day: int) -> DeviceView:
    """The courier's telephone of that day."""
    return last_mile.device(stage, STATION, courier, at(day, STARTS), at(day, "22:00"), keeper=KEEPER)


def walk(stage: Stage, day: int, until: datetime) -> None:
    last_mile.walk(
        stage,
        {STATION: KEEPER},
        whole(day),
        until,
        come_back=lambda one, _station: come_back(stage, one, day),
        on_the_way=lambda one, walked: at_the_shelves(stage, one, walked),
    )


def at_the_shelves(stage: Stage, one: RoundView, walked: Walked) -> Iterator[Event]:
    """What lies on a shelf is sprayed once more; the station writes it down as it is told."""
    for visit, ends_at in zip(one.visits, walked.ends_at, strict=True):
        if visit.is_shelf and not breaks.is_not_sprayed(stage, visit):
            yield ends_at, partial(_spray, stage, visit)


def _spray(stage: Stage, visit: VisitView) -> None:
    stations.disinfect(
        station=stage.party(STATION),
        what="PARCELS",
        shelf=visit.shelf,
        means=MEANS,
        scans=[carried.parcel.code for carried in visit.parcels],
        actor=stage.actors[KEEPER],
        now=stage.now,
        request_id=stage.request_id("disinfect", visit.id),
    )


def come_back(stage: Stage, one: RoundView, day: int) -> None:
    """The telephone tells; some only in the evening."""
    if not last_mile.has_no_signal(one.courier):
        tell(stage, one, day)


def tell(stage: Stage, one: RoundView, day: int) -> None:
    last_mile.tell(phone(stage, one.courier, day), acts_of(stage, delivery_.round_view(one.id), day), stage.now)


def tell_the_rest(stage: Stage, day: int) -> None:
    """In the evening: telephones that had no signal all day."""
    for one in delivery_.rounds(station=stage.party(STATION), window=whole(day), states=["STARTED"]):
        tell(stage, one, day)


def acts_of(stage: Stage, one: RoundView, day: int) -> list[Act]:
    """On the shelf, or handed over at the door; free when back."""
    found: list[Act] = []
    walked = pace.walked(stage, one)
    for visit, ends_at in zip(one.visits, walked.ends_at, strict=True):
        for carried in visit.parcels:
            code = carried.parcel.code
            if carried.taken_at is None or breaks.forgets(stage, carried.parcel.waybill):
                continue
            if breaks.lies_on_a_shelf(stage, carried.parcel, ends_at):
                continue
            if visit.shelf is not None:
                act = stage.request_id("act", one.id, code, "ON_SHELF")
                found.append(Act(act, "ON_SHELF", ends_at, code, shelf=visit.shelf))
            else:
                found.append(last_mile.handed_over(stage.request_id("act", one.id, code), visit, ends_at, code))
    free_at = breaks.free_at(stage, day, walked.back_at)
    return [*found, Act(stage.request_id("act", one.id, "free"), "FREE", free_at)]
