"""When a truck is late, breaks down or a road closes: what has left stays, the rest is planned again."""

from __future__ import annotations

from dataclasses import replace

import pytest

from baogong.engine.freight import (
    Broken,
    Closed,
    Closure,
    FreightRule,
    Late,
    Plan,
    Problem,
    Site,
    UnusableProblem,
    check,
    replan,
)
from tests.engine.freight.story import HOUR, HUB, at

Relay = tuple[Problem, Plan]
NOON = at(24, 12)
ROADSIDE = Site("roadside at Hengyang", 27.0, 113.2, service_s=1800)


def departed(plan: Plan, now_s: int) -> list[str]:
    return [leg.id for leg in plan.legs if leg.depart_s <= now_s]


def leg_from(plan: Plan, origin: str) -> str:
    return next(leg.id for leg in plan.legs if leg.origin == origin and leg.carries)


def test_legs_that_left_keep_vehicle_goods_and_departure(relay: Relay, rule: FreightRule) -> None:
    problem, plan = relay
    frozen = departed(plan, NOON)
    again = replan(problem, plan, frozen, events=[Late(leg_from(plan, "Langfang"), 8 * HOUR)], now_s=NOON, rule=rule)
    for name in frozen:
        before, after = plan.leg(name), again.plan.leg(name)
        assert (before.vehicle, before.carries, before.depart_s) == (after.vehicle, after.carries, after.depart_s)
    assert check(again.problem, again.plan) == []


def test_goods_that_are_at_the_hub_do_not_wait_for_the_late_truck(relay: Relay, rule: FreightRule) -> None:
    problem, plan = relay
    late = leg_from(plan, "Langfang")
    aboard = dict(plan.leg(late).carries)
    again = replan(problem, plan, departed(plan, NOON), events=[Late(late, 8 * HOUR)], now_s=NOON, rule=rule)
    for route in again.plan.routes:
        assert route.load in aboard or route.arrive_s <= at(25, 14, 30)
    change = next(one for one in again.changes if one.leg == late)
    assert (change.what, (change.after_s or 0) - (change.before_s or 0)) == ("LATER", 8 * HOUR)
    assert "8 h 00 min later" in change.text_en
    assert "晚8小时00分" in change.text_zh


def test_a_truck_that_has_not_left_is_late_and_another_may_take_its_goods(relay: Relay, rule: FreightRule) -> None:
    problem, plan = relay
    event = Late(leg_from(plan, "Qingyuan"), 30 * HOUR)
    again = replan(problem, plan, [], events=[event], now_s=at(23, 16), rule=rule)
    assert check(again.problem, again.plan) == []
    assert again.plan.score.late_carton_s == 0


def test_the_goods_of_a_broken_truck_are_fetched_from_the_roadside(relay: Relay, rule: FreightRule) -> None:
    problem, plan = relay
    vehicle = plan.leg(leg_from(plan, "Qingyuan")).vehicle
    event = Broken(vehicle, NOON, ROADSIDE)
    again = replan(problem, plan, departed(plan, NOON), events=[event], now_s=NOON, rule=rule)
    assert check(again.problem, again.plan) == []
    assert not again.plan.left
    assert any(leg.origin == ROADSIDE.id and leg.vehicle != vehicle for leg in again.plan.legs if leg.carries)


def test_a_truck_that_breaks_before_it_leaves_is_replaced(relay: Relay, rule: FreightRule) -> None:
    problem, plan = relay
    event = Broken("qingyuan-lorry-1", at(23, 16))
    again = replan(problem, plan, [], events=[event], now_s=at(23, 16), rule=rule)
    assert check(again.problem, again.plan) == []
    assert not again.plan.left
    assert all(leg.vehicle != "qingyuan-lorry-1" for leg in again.plan.legs)


def test_a_closed_road_is_gone_round(relay: Relay, rule: FreightRule) -> None:
    problem, plan = relay
    event = Closed(Closure(HUB, "Command", at(25, 11), at(25, 20)))
    again = replan(problem, plan, departed(plan, NOON), events=[event], now_s=NOON, rule=rule)
    assert check(again.problem, again.plan) == []
    assert not [
        1 for leg in again.plan.legs if leg.carries and (leg.stops[0].site, leg.stops[1].site) == (HUB, "Command")
    ]


def test_nothing_changes_where_nothing_happened(relay: Relay, rule: FreightRule) -> None:
    problem, plan = relay
    again = replan(problem, plan, departed(plan, NOON), events=[], now_s=NOON, rule=rule)
    assert again.changes == ()
    assert replace(again.plan.score, cost_fen=0) == replace(plan.score, cost_fen=0)


def test_a_leg_frozen_without_what_brought_its_goods_is_refused(relay: Relay, rule: FreightRule) -> None:
    problem, plan = relay
    with pytest.raises(UnusableProblem, match="is frozen, but"):
        replan(problem, plan, [leg_from(plan, HUB)], events=[], now_s=NOON, rule=rule)


def test_a_breakdown_under_way_must_say_where_the_goods_are(relay: Relay, rule: FreightRule) -> None:
    problem, plan = relay
    vehicle = plan.leg(leg_from(plan, "Qingyuan")).vehicle
    with pytest.raises(UnusableProblem, match="say where its goods are"):
        replan(problem, plan, departed(plan, NOON), events=[Broken(vehicle, NOON)], now_s=NOON, rule=rule)
