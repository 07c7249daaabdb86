"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from baogong.ops.scenarios.own_people_2020 import staff
from baogong.ops.scenarios.own_people_2020.cast import CLOSED, LAST_DAY, ROLLS, at
from baogong.ops.scenarios.stage import Step


def _closed(day: int) -> tuple[Step, ...]:
    def disinfected(clock: str) -> Step:
        return Step(at(day, clock), "消杀 · disinfected", staff.disinfect)

    ring = Step(
        at(day, "10:00"), "逐部门电话点名 · every department is rung", lambda stage: staff.ring_everybody(stage, day)
    )
    return (
        disinfected("07:00"),
        Step(at(day, "07:20"), "体温登记 · temperatures", lambda stage: staff.read_temperatures(stage, day)),
        Step(at(day, "07:40"), "门岗 · at the gate", lambda stage: staff.stand_at_the_gate(stage, day)),
        Step(at(day, "08:30"), "点名 · the roll", lambda stage: staff.call_the_roll(stage, day)),
        *((ring,) if day in ROLLS else ()),
        disinfected("11:00"),
        disinfected("15:00"),
        Step(at(day, "18:00"), "离岗 · they leave", lambda stage: staff.leave_for_the_night(stage, day)),
        disinfected("19:00"),
    )


STEPS = (
    Step(at(2, "09:00"), "登记 · registers", staff.open_registers),
    Step(at(2, "10:00"), "员工名册 · the staff's list", staff.list_the_staff),
    Step(at(2, "14:00"), "自用物资盘点 · the company's own goods counted", staff.count_own_stock),
    Step(at(3, "09:00"), "口罩、体温计、药品发到人 · kit for everybody", staff.give_out_kit),
    Step(at(17, "17:00"), "周六排班 · who works on the last Saturday", staff.work_the_last_day),
    Step(at(LAST_DAY, "15:00"), "提前放假 · early leave", staff.let_leave_early),
    Step(at(19, "10:00"), "下架物资锁作救援 · goods off sale set aside for relief", staff.set_relief_aside),
    Step(at(19, "20:00"), "关闭园区、客服居家 · closed; the desk goes home", staff.close_the_premises),
    Step(at(19, "21:00"), "消杀加密 · disinfection four times a day", staff.plan_disinfection),
    *_closed(20),
    *_closed(21),
    *_closed(22),
    Step(at(22, "20:00"), "困难员工补助包 · packs for the hard pressed", staff.help_who_is_hard_pressed),
    *(step for day in CLOSED[3:] for step in _closed(day)),
)
