"""The checker must find each kind of fault when one is planted."""

from __future__ import annotations

from dataclasses import replace

import pytest

from baogong.engine.freight import Leg, Plan, Problem, Site, check
from tests.engine.freight.story import HOUR, HUB

Relay = tuple[Problem, Plan]


def with_leg(plan: Plan, leg: Leg) -> Plan:
    return replace(plan, legs=tuple(leg if one.id == leg.id else one for one in plan.legs))


def with_stop(plan: Plan, leg: Leg, place: int, **changes: object) -> Plan:
    stops = tuple(
        replace(stop, **changes) if n == place else stop  # type: ignore[arg-type]
        for n, stop in enumerate(leg.stops)
    )
    return with_leg(plan, replace(leg, stops=stops))


def feeder(plan: Plan) -> Leg:
    return next(leg for leg in plan.legs if leg.offer == "chengdu-lorry" and leg.carries)


def relay_leg(plan: Plan) -> Leg:
    return next(leg for leg in plan.legs if leg.origin == HUB and leg.destination == "Command")


def test_a_carton_lost_on_the_way_is_found(relay: Relay) -> None:
    problem, plan = relay
    leg = feeder(plan)
    (load, cartons), *rest = leg.stops[-1].unloaded
    broken = with_stop(plan, leg, -1 % len(leg.stops), unloaded=((load, cartons - 1), *rest))
    assert any("stay aboard" in fault for fault in check(problem, broken))


def test_goods_taken_before_they_arrive_are_found(relay: Relay) -> None:
    problem, plan = relay
    leg = relay_leg(plan)
    early = replace(leg.stops[0], arrive_s=0, start_s=0, end_s=1800)
    broken = with_leg(plan, replace(leg, stops=(early, *leg.stops[1:])))
    assert any("that are not there" in fault for fault in check(problem, broken))


def test_a_drive_faster_than_the_road_is_found(relay: Relay) -> None:
    problem, plan = relay
    leg = feeder(plan)
    late_start = replace(leg.stops[0], depart_s=leg.stops[0].depart_s + HOUR)
    broken = with_leg(plan, replace(leg, stops=(late_start, *leg.stops[1:])))
    assert any("the road takes" in fault for fault in check(problem, broken))


def test_a_truck_too_full_is_found(relay: Relay) -> None:
    problem, plan = relay
    small = tuple(replace(offer, capacity_cm3=1_000_000) for offer in problem.offers)
    assert any("takes 10000000 g and 1000000 cm3" in fault for fault in check(replace(problem, offers=small), plan))


def test_crossing_the_seal_without_a_pass_is_found(relay: Relay) -> None:
    problem, plan = relay
    offers = tuple(replace(offer, has_pass=False) for offer in problem.offers)
    assert any("crosses the seal" in fault for fault in check(replace(problem, offers=offers), plan))


def test_a_departure_before_the_reported_hour_is_found(relay: Relay) -> None:
    problem, plan = relay
    loads = tuple(replace(load, leaves_from_s=load.leaves_from_s + HOUR) for load in problem.loads)
    assert any("leaves" in fault and "before" in fault for fault in check(replace(problem, loads=loads), plan))


def test_more_trucks_than_docks_are_found(relay: Relay) -> None:
    problem, plan = relay
    assert sum(leg.origin == HUB and bool(leg.carries) for leg in plan.legs) == 2
    sites = tuple(replace(site, docks_count=1) if site.id == HUB else site for site in problem.sites)
    assert any("docks of Xiantao" in fault for fault in check(replace(problem, sites=sites), plan))


def test_a_service_outside_the_windows_is_found(relay: Relay) -> None:
    problem, plan = relay
    sites = tuple(replace(site, windows=((0, HOUR),)) if site.id == "Command" else site for site in problem.sites)
    assert any("is not open" in fault for fault in check(replace(problem, sites=sites), plan))


def test_a_vehicle_in_two_places_is_found(relay: Relay) -> None:
    problem, plan = relay
    other = next(leg for leg in plan.legs if leg.offer == "qingyuan-lorry")
    broken = with_leg(plan, replace(feeder(plan), vehicle=other.vehicle, offer=other.offer))
    assert any("is at" in fault for fault in check(problem, broken))


def test_a_vehicle_that_does_not_come_home_is_found(relay: Relay) -> None:
    problem, plan = relay
    home = {leg.id for leg in plan.legs if leg.destination == "Wuhan depot"}
    broken = replace(plan, legs=tuple(leg for leg in plan.legs if leg.id not in home))
    assert any("not at home in Wuhan depot" in fault for fault in check(problem, broken))


def test_a_score_that_is_not_the_plan_s_is_found(relay: Relay) -> None:
    problem, plan = relay
    broken = replace(plan, score=replace(plan.score, cost_fen=plan.score.cost_fen - 1))
    assert any("the score is" in fault for fault in check(problem, broken))


def test_a_load_without_any_leg_is_found(relay: Relay) -> None:
    problem, plan = relay
    extra = replace(problem.loads[0], id="forgotten")
    faults = check(replace(problem, loads=(*problem.loads, extra)), plan)
    assert any("0 of 20 cartons of forgotten" in fault for fault in faults)


def test_an_unusable_problem_names_every_fault(relay: Relay) -> None:
    problem, _ = relay
    with pytest.raises(Exception, match=r"nowhere.*0 docks|0 docks.*nowhere"):
        replace(
            problem,
            sites=(*problem.sites, Site("shut", 30.0, 114.0, docks_count=0)),
            hubs=("nowhere",),
        )
