"""Who drives, keeps and signs on the way to the sealed city, and what a play does otherwise than planned."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import datetime
from types import MappingProxyType

from baogong.freight.queries import WaybillRow
from baogong.kernel.actor import Actor
from baogong.ops.scenarios import driving
from baogong.ops.scenarios.driving import Differences, Ways, nothing_differs
from baogong.ops.scenarios.hubei_relay_2020.cast import HUB
from baogong.ops.scenarios.stage import Stage

SIGNERS = {
    "武汉市疫情防控指挥部": "物资组 王",
    "雷神山医院工地": "项目部 李",
    "武汉市第三医院": "设备科 张",
    "武汉大学中南医院": "物资科 刘",
    "北京协和医院援鄂医疗队": "队员 陈",
}

# Who writes a carrier's trucks down; each truck has a driver of its own.
AT_THE_WHEEL = {"东行物流": "tao", "华中卡车联盟": "jin"}


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
    Do all that is due by `until`.

    asleep_until     nobody opens the hub's gate before then
    shut             receiver → nobody signs there before then
    only_to, or_to   receivers of the waybills that move; empty: all. Their trucks are loaded for every stop
    """
    wanted = {only_to, or_to} - {""}

    def due(_stage: Stage, row: WaybillRow, moment: datetime) -> datetime:
        if asleep_until and row.target_name == HUB and row.state in ("DEPARTED", "ARRIVED"):
            moment = max(moment, asleep_until)
        if row.state == "ARRIVED" and row.receiver_name in shut:
            moment = max(moment, shut[row.receiver_name])
        return moment

    def moving(rows: Sequence[WaybillRow]) -> Sequence[WaybillRow]:
        trips = {row.trip for row in rows if row.receiver_name in wanted}
        return [
            row
            for row in rows
            if not wanted or row.receiver_name in wanted or (row.state == "PLANNED" and row.trip in trips)
        ]

    ways = Ways(
        driver=lambda stage, row: stage.actors[AT_THE_WHEEL[row.carrier_name]],
        keeper=keeper,
        signer=lambda row: SIGNERS.get(row.receiver_name, "签收人"),
        at_the_store=found_at_the_hub,
        at_the_door=at_the_door,
        back_to=HUB,
        due=due,
    )
    driving.drive(stage, until, ways, moving=moving)


def keeper(stage: Stage, site_name: str) -> Actor:
    return stage.actors["bao" if site_name == HUB else "qian"]
