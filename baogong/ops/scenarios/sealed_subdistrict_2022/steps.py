"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from baogong.ops.scenarios.sealed_subdistrict_2022 import breaks, ground, parcels, people, rounds, stopped, way
from baogong.ops.scenarios.sealed_subdistrict_2022.people import at
from baogong.ops.scenarios.stage import Stage, Step, local


def _morning(day: int) -> Step:
    def act(stage: Stage) -> None:
        people.take_tests(stage, day)
        people.assign_the_day(stage, day)

    return Step(at(day, "05:00"), "核酸、抗原、体温；排班 · tests, temperatures, who does what", act)


def _deliver(day: int) -> Step:
    def act(stage: Stage) -> None:
        people.assign_couriers(stage, day)
        rounds.plan(stage, day)
        stage.move_to(at(day, people.SHIFT[0]))
        rounds.sign_on(stage, day)
        if day == stopped.DAY:
            stopped.stop_and_stand_in(stage)
        rounds.walk(stage, day, at(day, people.ENDS))
        rounds.sign_off(stage, day)
        breaks.after_the_rounds(stage, day)
        rounds.tell_the_rest(stage, day)

    return Step(at(day, "09:40"), "各站路线、送到门口 · rounds planned, approved, walked", act)


def _day(day: int) -> tuple[Step, ...]:
    def evening(stage: Stage) -> None:
        people.sign_duties(stage, day)
        breaks.late_at_night(stage, day)

    return (
        Step(at(day, "06:20"), "收货 · parcels taken in outside", lambda stage: parcels.receive(stage, day)),
        Step(
            at(day, "06:40"), "按路区短驳到门口 · sorted, carried to the gates", lambda stage: parcels.carry(stage, day)
        ),
        _deliver(day),
        Step(at(day, "20:30"), "小区岗位签到表 · the communities' papers", evening),
    )


STEPS = (
    Step(local("2022-04-09 13:00"), "登记 · registers", ground.open_registers),
    Step(local("2022-04-09 14:00"), "小区、楼栋、大门 · communities, buildings, gates", ground.list_communities),
    Step(local("2022-04-09 15:00"), "三区通告 · the zone notice", ground.read_the_notice),
    Step(local("2022-04-09 18:00"), "两个内站 · two stations inside", ground.open_stations),
    Step(local("2022-04-09 20:00"), "43名骑手在里面 · 43 couriers inside", people.list_who_is_inside),
    Step(local("2022-04-10 10:00"), "问疾控 · the epidemic office is asked", ground.ask_the_office),
    Step(local("2022-04-11 15:00"), "通行证 · passes", people.ask_for_passes),
    Step(local("2022-04-12 09:00"), "招募 · volunteers called", people.call_for_volunteers),
    Step(local("2022-04-12 18:00"), "外站与三轮 · the station outside, carts", ground.open_the_outer_station),
    Step(local("2022-04-12 21:40"), "报名 · they sign up", people.sign_up),
    Step(local("2022-04-12 22:10"), "截止，定名单 · the list closes, forty on it", people.close_the_list),
    Step(local("2022-04-12 23:00"), "四十张通行证 · forty passes", people.grant_the_forty),
    Step(local("2022-04-13 05:00"), "集合、验证、入场 · muster, let in", people.muster),
    Step(local("2022-04-13 05:50"), "排班 · who does what", lambda stage: people.assign_the_day(stage, 13)),
    *_day(13),
    _morning(14),
    *_day(14),
    _morning(15),
    *_day(15),
    Step(at(15, "21:00"), "酒仙桥模式存为模板 · the way of working is kept", way.keep),
)
