"""Trucks for two days from the farms to the town, vans from there to the gates; everything at its own time."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from baogong.freight import queries as freight_
from baogong.freight import services as freight
from baogong.freight.queries import WaybillRow
from baogong.kernel.actor import Actor
from baogong.ops.scenarios import driving
from baogong.ops.scenarios.driving import Ways
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.stage import Stage, local
from baogong.ops.scenarios.vegetable_packs_2022 import breaks
from baogong.ops.scenarios.vegetable_packs_2022.cast import (
    AT_THE_WHEEL,
    DISPATCHER,
    DISTRICT,
    FARM,
    HUB,
    LONG_HAUL,
    STORE,
    VOLUNTEERS,
)
from baogong.people.services.parties import register_party
from baogong.planning import services as planning

PACK_ZH = "蔬菜包"
CRUSHED, GIVEN_BACK = 12, 8
MOVES = 300  # a dozen doors within one district: a short search is enough


def register_fleet(stage: Stage) -> None:
    drop_in(stage, "carriers", "45-carriers.csv", by="wu")
    number = 0
    for kind in freight_.kinds():
        for _each in range(kind.vehicles_count):
            number += 1
            plate = f"沪D{30000 + 137 * number}"
            driver = (
                stage.actors[AT_THE_WHEEL[kind.carrier_name]].person_id if _each == 0 and number in (1, 6) else None
            )
            vehicle = freight.add_vehicle(
                kind=kind.id,
                plate=plate,
                driver=driver or register_party(kind="PERSON", name=f"司机 {number:02}", now=stage.now),
                actor=stage.actors["wu"],
                now=stage.now,
                request_id=stage.request_id("vehicle", plate),
            )
            if kind.is_inside:
                freight.grant_pass(
                    vehicle=vehicle,
                    area=stage.ids["area"],
                    valid_from_at=local("2022-04-12 00:00"),
                    valid_until_at=local("2022-05-12 00:00"),
                    granted_by=stage.party(DISTRICT),
                    actor=stage.actors["lin"],
                    now=stage.now,
                    request_id=stage.request_id("pass", plate),
                )


def plan_convoy(stage: Stage, name: str, *, from_at: datetime, until_at: datetime) -> None:
    """Planned by one, agreed by both carriers, approved by another."""
    plan = freight.plan_convoy(
        from_at=from_at,
        until_at=until_at,
        hubs=[stage.party(HUB)],
        not_before={stage.party(STORE): local("2022-04-15 06:00")},
        rule={"moves_count": MOVES},
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("convoy", name),
    )
    dispatcher = {stage.party(carrier): login for carrier, login in DISPATCHER.items()}
    for ask in freight.ask_carriers(plan=plan, actor=stage.actors["lin"], now=stage.now):
        if ask.answer != "ACCEPTED":
            freight.answer_ask(
                ask=ask.ask,
                answer="ACCEPTED",
                note="同意",
                actor=stage.actors[dispatcher[ask.carrier]],
                now=stage.now,
                request_id=stage.request_id("answer", name, ask.carrier),
            )
    planning.approve(
        plan=plan, actor=stage.actors["zhao"], now=stage.now, request_id=stage.request_id("approve-convoy", name)
    )


def drive(stage: Stage, until: datetime) -> None:
    """All that is due by `until`; the clock ends there."""
    ways = Ways(
        driver=lambda stage, row: stage.actors[AT_THE_WHEEL[row.carrier_name]],
        keeper=keeper,
        signer=lambda row: f"{row.receiver_name} 收货人",
        at_the_store=_crushed,
        at_the_door=_given_back,
        back_to=HUB,
        due=breaks.due,
        insists_on_arriving=breaks.insists_on_being_there,
    )
    driving.drive(stage, until, ways)


def keeper(stage: Stage, site_name: str) -> Actor:
    return stage.actors[{FARM: "duan", STORE: "qian", HUB: "bao"}[site_name]]


def _packs_on(stage: Stage, row: WaybillRow, least: int) -> UUID | None:
    """The line with the most packs, where it has so many."""
    lines = freight_.waybill(row.id, now=stage.now).lines
    enough = [line for line in lines if line.item_zh == PACK_ZH and line.loaded >= least]
    return max(enough, key=lambda line: line.loaded).id if enough else None


def _crushed(stage: Stage, row: WaybillRow) -> tuple[freight.LineDifference, ...]:
    """Twelve packs at the bottom of the first truck's load are crushed."""
    if row.origin_name != FARM or row.carrier_name != LONG_HAUL or _another_was_unloaded(stage, row):
        return ()
    line = _packs_on(stage, row, CRUSHED)
    return (freight.LineDifference(line=line, damaged=CRUSHED, note="压在底层，漏汁"),) if line else ()


def _another_was_unloaded(stage: Stage, row: WaybillRow) -> bool:
    """Whether another truck from the farms was unloaded before."""
    closed = freight_.waybills(now=stage.now, states=("CLOSED",), limit=500)
    return any(other.origin == row.origin for other in closed)


def _given_back(stage: Stage, row: WaybillRow) -> tuple[freight.LineDifference, ...]:
    """The young volunteers keep eight packs fewer: they have a canteen now."""
    if row.receiver_name != VOLUNTEERS[1]:
        return ()
    line = _packs_on(stage, row, GIVEN_BACK)
    if line is None or _gave_back_before(stage, row):
        return ()
    return (freight.LineDifference(line=line, refused=GIVEN_BACK, note="队里有了食堂，退八份给居民"),)


def _gave_back_before(stage: Stage, row: WaybillRow) -> bool:
    return any(other.is_return for other in freight_.waybills(now=stage.now, limit=500) if other.id != row.id)
