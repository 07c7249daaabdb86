"""The story in order of time. Each act may be run again: its requests carry the same ids."""

from __future__ import annotations

from baogong.ops.scenarios.assisted_2020 import booking, breaks, bringing, opening
from baogong.ops.scenarios.assisted_2020.cast import BOOKED, FIRST, LAST, SECOND, at
from baogong.ops.scenarios.stage import Stage, Step


def _take_calls(stage: Stage) -> None:
    booking.answer_the_telephone(stage)
    breaks.promised_past_the_admission(stage)


def _prepare(day: int) -> Step:
    def act(stage: Stage) -> None:
        bringing.make_parcels(stage)
        bringing.receive(stage, day)
        bringing.assign_everybody(stage, day)

    return Step(at(day, "07:00"), "到站、体温 · at the station, temperatures", act)


def _plan_town(day: int) -> Step:
    def act(stage: Stage) -> None:
        bringing.plan_on_foot(stage, day)
        bringing.plan_cars(stage, day)

    return Step(at(day, "08:00"), "排步行和自驾 · rounds on foot and by car", act)


def _accept(online: bool) -> Step:
    day, clock = (BOOKED, "18:00") if online else (SECOND, "06:30")
    return Step(at(day, clock), "药房接单 · the shop accepts", lambda stage: bringing.accept(stage, online=online))


STEPS = (
    Step(at(8, "09:00"), "登记 · registers", opening.open_registers),
    Step(at(8, "10:00"), "小区、片区站 · compounds, the area's station", opening.open_compounds),
    Step(at(8, "11:00"), "派送员、骑手 · couriers, riders", opening.list_crews),
    Step(at(9, "09:00"), "车、通行证、电动车 · the van, its pass, e-bikes", opening.ready_the_van),
    Step(at(9, "10:00"), "规则试算、开放 · the rule tried and opened", opening.draft_and_open),
    Step(at(9, "15:00"), "投放 · put out", opening.put_out),
    Step(at(BOOKED, "10:00"), "网上预约 · booked online", booking.book_online),
    _accept(online=True),
    Step(at(BOOKED, "19:00"), "电话预约 · booked on the telephone", _take_calls),
    _prepare(FIRST),
    Step(at(FIRST, "07:15"), "电动车借出 · bikes lent", bringing.lend_the_bikes),
    Step(at(FIRST, "07:30"), "片区专车 · the van to the area", lambda stage: bringing.drive_to_the_area(stage, FIRST)),
    _plan_town(FIRST),
    Step(at(FIRST, "14:00"), "排骑手 · riders' rounds", lambda stage: bringing.plan_riders(stage, FIRST)),
    Step(at(FIRST, "14:05"), "当面交付 · brought, in person", lambda stage: bringing.bring(stage, FIRST)),
    _accept(online=False),
    _prepare(SECOND),
    _plan_town(SECOND),
    Step(at(SECOND, "08:30"), "再次上门 · visited again", lambda stage: bringing.bring(stage, SECOND)),
    Step(at(SECOND, "20:30"), "两次不遇，留在柜台 · kept at the desk", lambda stage: bringing.give_back(stage, SECOND)),
    Step(at(LAST, "10:00"), "代取 · fetched by proxies", bringing.fetch),
    Step(at(LAST, "17:00"), "电动车归还 · bikes brought back", bringing.bring_the_bikes_back),
)
