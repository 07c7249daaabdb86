"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from baogong.ops.scenarios.first_come_2020 import breaks, bringing, opening, rush
from baogong.ops.scenarios.first_come_2020.cast import NEXT, OPENED, at
from baogong.ops.scenarios.stage import Stage, Step


def _judge(stage: Stage) -> None:
    rush.judge(stage)
    breaks.after_the_rush(stage)


def _plan(stage: Stage) -> None:
    bringing.assign_couriers(stage)
    bringing.plan(stage, bringing.MORNING, bringing.DONE_BY)


STEPS = (
    Step(at(3, "09:00"), "登记 · registers", opening.open_registers),
    Step(at(3, "10:00"), "小区名册 · compounds", opening.open_communities),
    Step(at(3, "11:00"), "派送员 · couriers", opening.list_couriers),
    Step(at(4, "10:00"), "规则试算、开放 · the rule tried and opened", opening.draft_and_open),
    Step(at(OPENED, "14:00"), "到货消毒、投放 · goods in, put out", opening.take_goods_in),
    Step(at(OPENED, "18:00"), "三路同时申领 · the rush through three channels", rush.rush),
    Step(at(OPENED, "18:02"), "首分钟摇序 · the opening minute judged", _judge),
    Step(at(OPENED, "19:00"), "商家接单 · the shop accepts", bringing.accept),
    Step(at(OPENED, "20:30"), "地址成包裹 · addresses become parcels", bringing.make_parcels),
    Step(at(NEXT, "07:00"), "到站 · at the station", bringing.receive),
    Step(at(NEXT, "07:30"), "排派送 · rounds planned", _plan),
    Step(at(NEXT, bringing.MORNING), "送到小区 · brought", lambda stage: bringing.bring(stage, "14:00")),
    Step(at(NEXT, "14:01"), "时限预警 · promises watched", bringing.watch),
    Step(at(NEXT, "14:02"), "送到小区 · brought", lambda stage: bringing.bring(stage, bringing.DONE_BY)),
    Step(at(NEXT, "17:00"), "时限预警 · promises watched", bringing.watch),
    Step(at(NEXT, "17:30"), "最后两户 · the last two", bringing.late_ones),
)
