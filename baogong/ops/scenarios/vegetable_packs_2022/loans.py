"""120 computers for test registration: taken in, lent to two offices, set up, brought back, sent home."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from baogong.catalogue.queries import item
from baogong.ops.scenarios.stage import Stage, local
from baogong.ops.scenarios.vegetable_packs_2022 import breaks
from baogong.ops.scenarios.vegetable_packs_2022.asides import ask_about
from baogong.ops.scenarios.vegetable_packs_2022.cast import COMPANY, DISTRICT, HUB, TOWN
from baogong.supply import queries as supply_
from baogong.supply import services as supply
from baogong.supply.queries.loans import serial_key
from baogong.supply.services.loans import SerialKnown

LIST = "60-serials.txt"
LOOK_ALIKE = ("PF3K2041O", "PF3K20410")
TO_THE_TOWN = 70
DUE = local("2022-04-28 18:00")
# borrower → (first and last of the list, engineer, room)
SET_UP = {TOWN: ("工程师 严", "淞南镇文化中心采样登记点"), DISTRICT: ("工程师 柯", "宝山体育中心采样登记点")}


def serials(stage: Stage) -> list[str]:
    """As typed, each once: what differs in spaces, dashes and case only is one thing."""
    lines = stage.data(LIST).decode().splitlines()
    typed = [line.strip() for line in lines if line.strip() and not line.startswith("#")]
    return list({serial_key(serial): serial for serial in reversed(typed)}.values())[::-1]


def take_in(stage: Stage) -> None:
    """Two numbers that look alike are refused; somebody looks at the things again, and they are two."""
    numbers = serials(stage)
    typed = len(stage.data(LIST).decode().splitlines()) - 1
    stage.say(f"    {LIST}: {typed} lines, {len(numbers)} things")
    left = breaks.never_written_down(stage)
    numbers = [number for number in numbers if number != left]
    if breaks.nobody_looks_again(stage):
        _take_in(stage, numbers, is_sure=True)
        return
    try:
        _take_in(stage, numbers, is_sure=False)
    except SerialKnown as refusal:
        stage.say(f"    {refusal.message}")
        with transaction.atomic():  # looked at, and taken in: both, or none
            ask_about(
                stage,
                "look-alike",
                "两个序列号看着一样：再看一遍机身",
                f"{LOOK_ALIKE[0]} 末位是字母 O，{LOOK_ALIKE[1]} 末位是数字 0，是两台",
                by="bao",
            )
            _take_in(stage, numbers, is_sure=True)


def _take_in(stage: Stage, numbers: list[str], *, is_sure: bool) -> None:
    supply.take_in(
        item=item("computer").id,
        lender=stage.party(COMPANY),
        serials=numbers,
        site=stage.party(HUB),
        is_sure=is_sure,
        note="核酸检测登记用",
        actor=stage.actors["bao"],
        now=stage.now,
        request_id=stage.request_id("loan in"),
    )


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
    """Borrower → the things lent to it: in the list's order, the town's first."""
    left = breaks.never_written_down(stage)
    units = list(supply_.units_of([number for number in serials(stage) if number != left]))
    return {TOWN: units[:TO_THE_TOWN], DISTRICT: units[TO_THE_TOWN:]}
