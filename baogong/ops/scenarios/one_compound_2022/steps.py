"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from baogong.ops.scenarios.one_compound_2022 import opening, parcels, people, rounds
from baogong.ops.scenarios.one_compound_2022.cast import ALONE, HELPING, STARTS, at
from baogong.ops.scenarios.stage import Step


def _day(day: int, title: str) -> tuple[Step, ...]:
    return (
        Step(at(day, "05:30"), "核酸、抗原、体温 · tests, temperatures", lambda stage: people.take_tests(stage, day)),
        Step(at(day, "06:00"), "收货、消杀 · parcels taken in", lambda stage: parcels.receive(stage, day)),
        Step(at(day, "06:40"), "一栋一类一人 · who brings what", lambda stage: rounds.plan(stage, day)),
        Step(at(day, STARTS), title, lambda stage: rounds.deliver(stage, day)),
    )


STEPS = (
    Step(at(14, "09:00"), "登记 · registers", opening.open_registers),
    Step(at(14, "10:00"), "照酒仙桥模式开小区 · opened from the model", opening.open_from_the_model),
    Step(at(14, "15:00"), "外市来的十名骑手 · ten from another city", people.list_the_team),
    Step(at(14, "20:00"), "住处 · beds", people.give_beds),
    *_day(ALONE, "各送各的 · each their own"),
    *_day(HELPING, "送完的帮别的楼 · who is done helps"),
    Step(at(HELPING, "20:00"), "与酒仙桥模式的不同 · what differs from the model", opening.keep_our_own),
)
