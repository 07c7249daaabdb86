"""
What trucks and keepers do: everything that the approved plans say is due, in order of time, up to a moment.

The people here follow the plan's own times, as last reported; a truck that is late is acted on when it comes.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from datetime import datetime
from types import MappingProxyType

from baogong.freight import queries as freight_
from baogong.freight import services as freight
from baogong.freight.queries import WaybillRow
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Actor
from baogong.ops.scenarios.hubei_relay_2020.cast import HUB
from baogong.ops.scenarios.stage import LOCAL, Stage
from baogong.places import queries as places

OPEN = ("PLANNED", "LOADED", "DEPARTED", "ARRIVED")
SIGNERS = {
    "武汉市疫情防控指挥部": "物资组 王",
    "雷神山医院工地": "项目部 李",
    "武汉市第三医院": "设备科 张",
    "武汉大学中南医院": "物资科 刘",
    "北京协和医院援鄂医疗队": "队员 陈",
}

# Who writes a carrier's trucks down; each truck has a driver of its own.
AT_THE_WHEEL = {"东行物流": "tao", "华中卡车联盟": "jin"}

Differences = Callable[[Stage, WaybillRow], tuple[freight.LineDifference, ...]]


def nothing_differs(_stage: Stage, _row: WaybillRow) -> tuple[freight.LineDifference, ...]:
    return ()


def drive(
    stage: Stage,
    until: datetime,
    *,
    found_at_the_hub: Differences = nothing_differs,
    at_the_door: Differences = nothing_differs,
    asleep_until: datetime | None = None,
    shut: Mapping[str, datetime] = MappingProxyType({}),
    only_to: str = "",
    or_to: str = "",
) -> None:
    """
    Do all that is due by `until`, each thing at its own time; the clock ends at `until`.

    asleep_until     nobody opens the hub's gate before then
    shut             receiver → nobody signs there before then
    only_to, or_to   receivers of the waybills that move; empty: all. Their trucks are loaded for every stop
    """
    wanted = {only_to, or_to} - {""}
    while True:
        due = []
        rows = freight_.waybills(now=stage.now, states=OPEN)
        trips = {row.trip for row in rows if row.receiver_name in wanted}
        for row in rows:
            is_loaded_along = row.state == "PLANNED" and row.trip in trips
            if wanted and row.receiver_name not in wanted and not is_loaded_along:
                continue
            moment = _due(row)
            if asleep_until and row.target_name == HUB and row.state in ("DEPARTED", "ARRIVED"):
                moment = max(moment, asleep_until)
            if row.state == "ARRIVED" and row.receiver_name in shut:
                moment = max(moment, shut[row.receiver_name])
            if moment <= until:
                due.append((moment, row.number, row))
        if not due:
            break
        moment, _number, row = min(due, key=lambda found: found[:2])
        stage.move_to(moment)
        _act(stage, row, found_at_the_hub, at_the_door)
    stage.move_to(until)


def _due(row: WaybillRow) -> datetime:
    """When the next thing happens to this waybill."""
    if row.state == "PLANNED":
        return row.load_start_at
    if row.state == "LOADED":
        return row.planned_depart_at
    if row.state == "DEPARTED":
        return row.expected_arrive_at
    assert row.arrived_at is not None
    if row.receiver is not None:
        return _opening(row)  # signed for at the door
    return row.arrived_at + (row.unload_end_at - row.unload_start_at)


def _opening(row: WaybillRow) -> datetime:
    """When somebody there takes over: at once, or when the gate opens that day."""
    assert row.arrived_at is not None
    site = places.site(row.target)
    if site.opens_at is None:
        return row.arrived_at
    day = row.arrived_at.astimezone(LOCAL).date()
    return max(row.arrived_at, datetime.combine(day, site.opens_at, LOCAL))


def _act(stage: Stage, row: WaybillRow, found_at_the_hub: Differences, at_the_door: Differences) -> None:
    waybill, now, request_id = row.id, stage.now, stage.request_id(row.state, row.id)
    driver = stage.actors[AT_THE_WHEEL[row.carrier_name]]
    if row.state == "PLANNED":
        freight.load(
            waybill=waybill,
            given_to_name=row.driver_name,
            actor=keeper(stage, row.origin_name),
            now=now,
            request_id=request_id,
        )
    elif row.state == "LOADED":
        freight.depart(waybill=waybill, actor=driver, now=now, request_id=request_id)
    elif row.state == "DEPARTED":
        freight.arrive(waybill=waybill, actor=driver, now=now, request_id=request_id)
    elif row.receiver is not None:
        name = SIGNERS.get(row.receiver_name, "签收人")
        evidence = [EvidenceIn(kind="SIGNATURE", by_name=name, text=f"{row.number} 收讫")]
        differences = at_the_door(stage, row)
        freight.hand_over(
            waybill=waybill,
            signed_by=name,
            evidence=evidence,
            differences=differences,
            back_to=stage.party(HUB) if differences else None,
            actor=driver,
            now=now,
            request_id=request_id,
        )
    else:
        freight.receive(
            waybill=waybill,
            differences=found_at_the_hub(stage, row),
            given_to_name=row.driver_name,
            actor=keeper(stage, row.target_name),
            now=now,
            request_id=request_id,
        )


def keeper(stage: Stage, site_name: str) -> Actor:
    return stage.actors["bao" if site_name == HUB else "qian"]
