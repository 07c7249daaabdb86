"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from baogong.ops.scenarios.shelves_2022 import breaks, calls, ground, parcels, people, rounds, way
from baogong.ops.scenarios.shelves_2022.cast import (
    CALLED_UNTIL,
    DAYS,
    ENDS,
    EVENING,
    ONE_FEWER,
    STARTS,
    STAYS_UNTIL,
    at,
)
from baogong.ops.scenarios.stage import Stage, Step, local


def _plan(stage: Stage, day: int) -> None:
    if day == ONE_FEWER:  # a draft says that they will not be done in time
        rounds.plan(stage, day, CALLED_UNTIL[day], "until", ENDS)
        people.stay_until(stage, day, STAYS_UNTIL)
        stage.move_to(at(day, "12:50"))
    rounds.plan_and_approve(stage, day)


def _deliver(stage: Stage, day: int) -> None:
    people.sign_on(stage, day)
    rounds.walk(stage, day, at(day, "20:30"))
    people.sign_off(stage)
    stage.move_to(at(day, EVENING))
    rounds.tell_the_rest(stage, day)
    calls.call_all(stage, day)
    breaks.after_the_day(stage, day)


def _day(day: int) -> tuple[Step, ...]:
    return (
        Step(
            at(day, "07:30"),
            "核酸、抗原、体温；排班 · tests, temperatures, who works",
            lambda stage: people.start_the_day(stage, day),
        ),
        Step(
            at(day, "10:00"), "收货、第一次消杀 · parcels taken in, sprayed", lambda stage: parcels.receive(stage, day)
        ),
        Step(
            at(day, "11:30"),
            "下不来的住户 · households that cannot come down",
            lambda stage: parcels.ask_for_the_door(stage, day),
        ),
        Step(at(day, "12:30"), "路线、够不够人 · rounds, and how many it takes", lambda stage: _plan(stage, day)),
        Step(
            at(day, STARTS),
            "上架、再消杀、逐户叫号 · shelves, sprayed again, called one by one",
            lambda stage: _deliver(stage, day),
        ),
    )


STEPS = (
    Step(local("2022-04-20 09:00"), "登记 · registers", ground.open_registers),
    Step(local("2022-04-20 10:00"), "小区、单元取件架、住户 · communities, shelves, doors", ground.list_communities),
    Step(local("2022-04-20 11:00"), "从酒仙桥模式打开 · opened from the model", ground.open_like_the_model),
    Step(local("2022-04-20 14:00"), "三区通告 · the zone notice", ground.read_the_notice),
    Step(local("2022-04-20 16:00"), "二十二名骑手 · 22 couriers, passes", people.list_couriers),
    *(step for day in DAYS for step in _day(day)),
    Step(at(ONE_FEWER, "21:30"), "与模板的差异 · what differs from the model", way.keep),
)
