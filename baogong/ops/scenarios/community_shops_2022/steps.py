"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from baogong.ops.scenarios.community_shops_2022 import breaks, bringing, opening, ordering
from baogong.ops.scenarios.community_shops_2022.cast import SLOTS, at, before
from baogong.ops.scenarios.stage import Stage, Step


def _carry(slot: int) -> Step:
    start, end = SLOTS[slot]
    return Step(
        at(start),
        f"{start}–{end} 四家店的单一起上路 · the slot's bags of all shops, on the same rounds",
        lambda stage: bringing.carry(stage, slot),
    )


def _end(stage: Stage) -> None:
    bringing.walk_until(stage, "19:40")
    breaks.after_the_day(stage)


STEPS = (
    Step(before("09:00"), "登记 · registers", opening.open_registers),
    Step(before("10:00"), "小区、楼栋、骑手 · communities, buildings, riders", opening.open_communities),
    Step(before("14:00"), "四家店开页面 · four pages open", opening.open_pages),
    Step(at("07:30"), "当天的货 · the day's stock", opening.open_the_day),
    Step(at("07:40"), "骑手不够：截单份数 · too few riders: cut off", opening.cut_off_at_the_riders),
    Step(at("08:00"), "下单 · orders", lambda stage: ordering.take_orders(stage, "08:00", "10:50")),
    Step(at("10:50"), "最后一份，两人同时下单 · two at the last pack", ordering.contest),
    Step(at("11:00"), "截单前退单 · given up before the cut-off", ordering.give_up),
    Step(at("12:00"), "截单以后 · after the cut-off", ordering.too_late),
    Step(at("12:01"), "迟到的单 · an order too late", lambda stage: ordering.take_orders(stage, "12:00", "12:30")),
    Step(at("12:05"), "拣货、缺货换货 · picked, what is short replaced as agreed", bringing.pick),
    Step(at("12:15"), "成为包裹 · made into parcels", bringing.make_parcels),
    Step(at("12:30"), "一店的车爆胎：告知晚到 · a shop's cart breaks down: told late, and why", bringing.tell_held_up),
    Step(at("12:40"), "送到配送站 · taken in at the station", bringing.receive),
    Step(at("12:45"), "骑手体温、排班 · riders' temperatures and duties", bringing.assign_riders),
    _carry(0),
    Step(at(SLOTS[1][0]), "修好的车到站 · the mended cart comes", bringing.receive_held_up),
    *(_carry(slot) for slot in range(1, len(SLOTS))),
    Step(at("19:01"), "一天结束 · the day is over", _end),
)
