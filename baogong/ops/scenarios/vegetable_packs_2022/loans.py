"""120 computers for test registration: taken in, lent to two offices, set up, brought back, sent home."""

from __future__ import annotations

from functools import partial
from typing import Any
from uuid import UUID

from baogong.engine.sheets.kinds import LineOutcome
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.stage import Stage, local
from baogong.ops.scenarios.vegetable_packs_2022 import breaks
from baogong.ops.scenarios.vegetable_packs_2022.asides import ask_about
from baogong.ops.scenarios.vegetable_packs_2022.cast import DISTRICT, HUB, TOWN
from baogong.supply import queries as supply_
from baogong.supply import services as supply

LIST = "60-serials.csv"
LOOK_ALIKE = ("PF3K2041O", "PF3K20410")
TO_THE_TOWN = 70
DUE = local("2022-04-28 18:00")
# borrower → (first and last of the list, engineer, room)
SET_UP = {TOWN: ("工程师 严", "淞南镇文化中心采样登记点"), DISTRICT: ("工程师 柯", "宝山体育中心采样登记点")}


def take_in(stage: Stage) -> None:
    """Two numbers that look alike wait; somebody looks at the things again, and they are two."""
    drop_in(
        stage,
        "serials",
        LIST,
        by="bao",
        decide=partial(_look_again, stage),
        misread=partial(breaks.serials, stage),
    )


def _look_again(stage: Stage, _line: LineOutcome) -> dict[str, Any]:
    if not breaks.nobody_looks_again(stage):
        ask_about(
            stage,
            "look-alike",
            "两个序列号看着一样：再看一遍机身",
            f"{LOOK_ALIKE[0]} 末位是字母 O，{LOOK_ALIKE[1]} 末位是数字 0，是两台",
            by="bao",
        )
    return {"accept": True}


def lend(stage: Stage) -> None:
    for borrower, units in _parts(stage).items():
        supply.lend(
            units=units,
            borrower=stage.party(borrower),
            site=stage.party(HUB),
            due_at=DUE,
            purpose="核酸检测登记",
            by_name=f"{borrower} 经办人",
            actor=stage.actors["bao"],
            now=stage.now,
            request_id=stage.request_id("lend", borrower),
        )


def set_up(stage: Stage) -> None:
    for borrower, units in _parts(stage).items():
        engineer, room = SET_UP[borrower]
        if breaks.one_not_set_up(stage, borrower):
            units = units[1:]
        supply.set_up(
            units=units,
            by_name=engineer,
            place=room,
            actor=stage.actors["bao"],
            now=stage.now,
            request_id=stage.request_id("set up", borrower),
        )


def bring_back(stage: Stage) -> None:
    """On the last day: one has a broken screen, one is not there yet."""
    parts = _parts(stage)
    broken, late = parts[DISTRICT][0], parts[TOWN][0]
    for borrower, units in parts.items():
        away = set() if breaks.all_written_down_in_order(stage) else {broken, late}
        _take_back(stage, borrower, [unit for unit in units if unit not in away], "GOOD")
    if not breaks.all_written_down_in_order(stage):
        _take_back(stage, "broken", [broken], "BROKEN", missing="屏幕碎裂")


def bring_the_last_one(stage: Stage) -> None:
    """Two days late, without its charger."""
    if breaks.all_written_down_in_order(stage) or breaks.never_brought_back(stage):
        return
    _take_back(stage, "late", [_parts(stage)[TOWN][0]], "GOOD", missing="电源适配器")


def _take_back(stage: Stage, name: str, units: list[UUID], condition: str, *, missing: str = "") -> None:
    supply.take_back(
        units=units,
        condition=condition,
        missing=missing,
        by_name="经办人送回",
        actor=stage.actors["bao"],
        now=stage.now,
        request_id=stage.request_id("back", name),
    )


def send_home(stage: Stage) -> None:
    units = [unit for borrowed in _parts(stage).values() for unit in borrowed]
    if breaks.never_brought_back(stage):
        units.remove(_parts(stage)[TOWN][0])
    supply.send_home(
        units=units,
        by_name="商城工程师",
        actor=stage.actors["bao"],
        now=stage.now,
        request_id=stage.request_id("home"),
    )


def _parts(stage: Stage) -> dict[str, list[UUID]]:
    """Borrower → the things lent to it: the lowest numbers to the town."""
    units = [unit.id for unit in supply_.units(site=stage.party(HUB))]
    return {TOWN: units[:TO_THE_TOWN], DISTRICT: units[TO_THE_TOWN:]}
