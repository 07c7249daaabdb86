"""Rounds of a day: planned and approved, loaded by the keepers, walked, and told by telephones in their own good time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from functools import partial
from uuid import UUID

from baogong.crew.queries import PlanView
from baogong.delivery import queries as delivery_
from baogong.delivery.queries import RoundView
from baogong.delivery.services import rounds
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.sync import Act, sync
from baogong.kernel.windows import Window
from baogong.ops.scenarios.last_mile import pace, people
from baogong.ops.scenarios.last_mile import rounds as last_mile
from baogong.ops.scenarios.sealed_subdistrict_2022 import breaks
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import (
    COMMUNITIES,
    KEEPERS,
    STATIONS,
    TRIKE_G,
    TRIKE_PIECES,
    station_of,
)
from baogong.ops.scenarios.sealed_subdistrict_2022.people import ENDS, SHIFT, at
from baogong.ops.scenarios.stage import Stage

LIMITS = {"balance": 0.08, "cold_first": False}  # a whole round takes less than an hour
RULE = {"turns_per_stop": 20, "passes": 1}
NOBODY_AT_HOME, TRIED_ON = 97, (13, 14)  # every so manieth parcel of the first two days finds nobody
EVENING = "19:00"


def plan(stage: Stage, day: int) -> None:
    """Each community's, by one, approved by another."""
    for community in COMMUNITIES:
        made = rounds.plan_rounds(
            station=stage.party(station_of(community)),
            communities=[stage.party(community)],
            from_at=at(day, SHIFT[0]),
            until_at=at(day, SHIFT[1]),
            capacity_g=TRIKE_G,
            capacity_pieces=TRIKE_PIECES,
            limits=LIMITS,
            rule=RULE,
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("rounds", day, community),
        )
        last_mile.approve(stage, made, "rounds", day, community)
        stage.ids[f"plan {day} {community}"] = made


def device(stage: Stage, station: str, person: UUID, day: int) -> DeviceView:
    """The person's telephone of that day; given out where there is none yet."""
    return last_mile.device(stage, station, person, at(day, SHIFT[0]), at(day, ENDS), keeper=KEEPERS[station])


def walk(stage: Stage, day: int, until: datetime) -> None:
    """Everybody leaves and comes back at the own pace, up to `until`; the clock ends there."""
    last_mile.walk(
        stage,
        {station: KEEPERS[station] for station in STATIONS},
        Window(at(day, "00:00"), at(day, "23:59")),
        until,
        come_back=lambda one, station: come_back(stage, one, station, day),
        is_left=lambda one: breaks.does_anothers_round(stage, day, one.courier),
    )


def come_back(stage: Stage, one: RoundView, station: str, day: int) -> None:
    """The telephone tells; some only in the evening, some twice, some the later half first."""
    if not last_mile.has_no_signal(one.courier):
        tell(stage, one, station, day)


def tell(stage: Stage, one: RoundView, station: str, day: int) -> None:
    acts = acts_of(stage, delivery_.round_view(one.id), day)
    last_mile.tell(device(stage, station, one.courier, day), acts, stage.now)


def walk_anothers(stage: Stage, day: int) -> None:
    """Where a break left rounds to a colleague: taken at four, brought one after the other."""
    window = Window(at(day, "00:00"), at(day, "23:59"))
    for station in STATIONS:
        for one in delivery_.rounds(station=stage.party(station), window=window, states=["PLANNED"], with_visits=True):
            if not breaks.does_anothers_round(stage, day, one.courier):
                continue
            colleague = next(
                other.courier
                for other in delivery_.rounds(station=stage.party(station), window=window, states=["DONE"])
            )
            later = at(day, "16:00") - one.leaves_at
            acts = [
                replace(act, id=stage.request_id("act", "colleague", act.id), at=act.at + later)
                for act in acts_of(stage, one, day, is_taken=False)
            ]
            taken = [
                Act(stage.request_id("act", "take", act.id), "TAKEN", at(day, "16:00"), act.parcel)
                for act in acts
                if act.parcel
            ]
            sync(device=device(stage, station, colleague, day), acts=[*taken, *acts], now=stage.now)


def tell_the_rest(stage: Stage, day: int) -> None:
    """19:00: telephones that had no signal all day."""
    stage.move_to(at(day, EVENING))
    walk_anothers(stage, day)
    window = Window(at(day, "00:00"), at(day, "23:59"))
    for station in STATIONS:
        for one in delivery_.rounds(station=stage.party(station), window=window, states=["STARTED"]):
            tell(stage, one, station, day)


def acts_of(
    stage: Stage, one: RoundView, day: int, until: datetime | None = None, *, is_taken: bool = True
) -> list[Act]:
    """What the courier did on this round: at each stop what its parcels allow, and free when back."""
    found: list[Act] = []
    walked = pace.walked(stage, one)
    for visit, ends_at in zip(one.visits, walked.ends_at, strict=True):
        for carried in visit.parcels:
            if (is_taken and carried.taken_at is None) or breaks.forgets(stage, carried.parcel.waybill):
                continue
            parcel = carried.parcel
            if _nobody_is_at_home(parcel.waybill, day):
                failed, returned = (
                    stage.request_id("act", one.id, parcel.code, kind) for kind in ("FAILED", "RETURNED")
                )
                found.append(Act(failed, "FAILED", ends_at, parcel.code, why="NOBODY"))
                found.append(Act(returned, "RETURNED", walked.back_at, parcel.code))
            else:
                act = stage.request_id("act", one.id, parcel.code, "HANDED_OVER")
                found.append(last_mile.handed_over(act, visit, ends_at, parcel.code))
    found.append(Act(stage.request_id("act", one.id, "free"), "FREE", walked.back_at))
    return [act for act in found if until is None or act.at <= until]


def _nobody_is_at_home(waybill: str, day: int) -> bool:
    return int(waybill[-5:]) % NOBODY_AT_HOME == 0 and day in TRIED_ON and waybill[2:6] == f"04{day}"


def sign_on(stage: Stage, day: int) -> None:
    """10:05: who delivers and who sorts is there; each courier gets a telephone for the shift."""
    for station, (_, served) in STATIONS.items():
        come = people.sign_on(
            stage,
            station,
            (station, *served),
            day=Window(at(day, "00:00"), at(day, "23:59")),
            at_work=Window(at(day, "10:00"), at(day, "12:00")),
            keeper=KEEPERS[station],
            key=day,
            is_missing=partial(_is_in_bed, stage, day, station),
        )
        for row in come:
            if row.work == "DELIVER":
                device(stage, station, row.person, day)


def _is_in_bed(stage: Stage, day: int, station: str, row: PlanView) -> bool:
    return breaks.stays_in_bed(stage, day, row.work, station)


def sign_off(stage: Stage, day: int) -> None:
    """17:45: the shift ends for all who are still there."""
    people.sign_off(stage, {station: KEEPERS[station] for station in STATIONS})
