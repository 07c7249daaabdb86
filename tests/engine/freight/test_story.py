"""The relay of 24 and 25 January 2020: every reported hour met or bettered, under the reported constraints."""

from __future__ import annotations

from dataclasses import replace

import pytest

from baogong.engine.freight import Closure, FreightRule, Lane, Load, Plan, Problem, Score, Site, check, solve
from tests.engine.freight.story import FLIGHT, HUB, LOADS, SITES, at, load, problem

Relay = tuple[Problem, Plan]


def test_the_checker_finds_nothing_wrong(relay: Relay) -> None:
    assert check(*relay) == []


def test_everything_reaches_the_command_office_by_the_reported_hour(relay: Relay) -> None:
    _, plan = relay
    receiver = {one.id: one.receiver for one in LOADS}
    assert not plan.left
    assert all(route.arrive_s <= at(25, 14, 30) for route in plan.routes if receiver[route.load] == "Command")
    assert plan.score.late_carton_s == 0


def test_no_plan_could_bring_the_last_carton_sooner(relay: Relay) -> None:
    _, plan = relay
    assert plan.score.last_arrival_s == plan.bound.last_arrival_s


def test_nothing_leaves_before_its_reported_hour(relay: Relay) -> None:
    _, plan = relay
    hours = {one.id: (one.origin, one.leaves_from_s) for one in LOADS}
    for leg in plan.legs:
        for stop in leg.stops[:-1]:
            assert all(stop.depart_s >= hours[name][1] for name, _ in stop.loaded if hours[name][0] == stop.site)
            assert not leg.carries or stop.site != HUB or stop.depart_s >= at(25, 12)


def test_the_first_arrival_at_the_hub_is_on_the_24th(relay: Relay) -> None:
    _, plan = relay
    first = min(stop.arrive_s for leg in plan.legs for stop in leg.stops if stop.site == HUB and stop.unloaded)
    assert at(24, 0) <= first < at(25, 0)


def test_only_vehicles_from_inside_with_a_pass_cross_the_seal(relay: Relay) -> None:
    _, plan = relay
    inside = {site.id for site in SITES if site.inside_seal}
    crossing = {leg.offer for leg in plan.legs for stop in leg.stops if stop.site in inside}
    assert crossing == {"wuhan-box"}


def test_relay_vehicles_come_home_with_their_roll_cages(relay: Relay) -> None:
    _, plan = relay
    legs = [leg for leg in plan.legs if leg.offer == "wuhan-box"]
    last = {leg.vehicle: leg for leg in sorted(legs, key=lambda leg: leg.depart_s)}
    assert last
    assert all((leg.destination, leg.equipment_count) == ("Wuhan depot", 6) for leg in last.values())


def test_a_relay_vehicle_does_not_wait_through_the_night_for_the_hour_it_may_leave(relay: Relay) -> None:
    _, plan = relay
    loading = [leg.stops[0].start_s for leg in plan.legs if leg.offer == "wuhan-box" and leg.carries]
    assert all(start_s >= at(25, 11) for start_s in loading)


def test_air_is_rejected_because_its_notice_is_longer_than_the_goods_can_wait(relay: Relay) -> None:
    _, plan = relay
    air = next(one for one in plan.rejected if one.what == f"AIR:{FLIGHT.id}")
    assert dict(air.figures)["earliest_arrival_s"] == at(30, 18)
    assert "168 h 00 min notice" in air.why_en
    assert "30 Jan 18:00" in air.why_en
    assert "1月30日18:00" in air.why_zh


def test_vehicles_from_outside_are_rejected_at_the_seal(relay: Relay) -> None:
    _, plan = relay
    seal = next(one for one in plan.rejected if one.what == "SEAL:langfang-lorry")
    assert "no pass" in seal.why_en
    assert "没有通行证" in seal.why_zh


def test_every_origin_s_other_way_is_named_with_its_reason(relay: Relay) -> None:
    _, plan = relay
    ways = {one.what.split(":")[1]: one for one in plan.rejected if one.what.startswith("ROUTE:")}
    assert set(ways) == {one.origin for one in LOADS}
    assert "work within 200 km" in ways["Chengdu"].why_en
    assert "yuan more" in ways["Ezhou"].why_en
    assert all(one.why_zh.endswith("。") for one in plan.rejected)


URGENT = (load("masks Ezhou", "Ezhou", "Command", 40, (9_000, 59_280), leaves_from_s=at(24, 6), due_s=at(24, 8)),)


def test_ezhou_goes_direct_by_a_wuhan_vehicle_with_a_pass_when_the_hub_is_too_late(rule: FreightRule) -> None:
    work = problem(loads=URGENT)
    plan = solve(work, rule)
    assert check(work, plan) == []
    assert plan.hub is None
    assert [(leg.offer, leg.origin, leg.destination) for leg in plan.legs if leg.carries] == [
        ("wuhan-box", "Ezhou", "Command")
    ]
    relayed = next(one for one in plan.rejected if one.what == "HUB:Xiantao" or one.what.startswith("ROUTE:Ezhou"))
    assert relayed.figures


def test_without_a_pass_nothing_enters_and_the_plan_says_why(rule: FreightRule) -> None:
    work = problem(has_pass=False, loads=URGENT)
    plan = solve(work, rule)
    assert check(work, plan) == []
    assert sum(left.cartons for left in plan.left) == 40
    assert "pass" in plan.left[0].why_en
    assert not [leg for leg in plan.legs if leg.destination == "Command"]


def test_the_other_hub_is_rejected_with_its_figures(rule: FreightRule) -> None:
    work = problem(loads=LOADS[:3], hubs=(HUB, "Xiaogan"))
    plan = solve(work, rule)
    other = next(one for one in plan.rejected if one.what.startswith("HUB:") and one.what != "HUB:none")
    figures = dict(other.figures)
    mine = (figures["plan_late_carton_s"], figures["plan_last_arrival_s"], figures["plan_cost_fen"])
    assert mine == (plan.score.late_carton_s, plan.score.last_arrival_s, plan.score.cost_fen)
    assert mine <= (figures["late_carton_s"], figures["last_arrival_s"], figures["cost_fen"])


def test_a_flight_is_taken_when_its_notice_is_short_and_the_road_too_slow(rule: FreightRule) -> None:
    goods = (load("masks Jiaxing", "Jiaxing", HUB, 5, (9_000, 59_280), due_s=at(23, 22)),)
    work = replace(problem(loads=goods), air=(replace(FLIGHT, lead_s=3_600),))
    plan = solve(work, rule)
    assert check(work, plan) == []
    assert [(leg.mode, leg.arrive_s) for leg in plan.legs if leg.carries] == [("AIR", at(23, 19, 30))]


def test_a_pick_up_far_from_every_lorry_feeds_an_origin_and_rides_on_from_there(rule: FreightRule) -> None:
    masks = load("masks Xinxiang", "Xinxiang", "Command", 10, (9_000, 59_280), feeds=("Langfang",))
    work = problem(loads=(masks, LOADS[5]))
    van = replace(work.offers[0], id="van", base="Xinxiang", count=1, range_m=700_000)
    offers = (*(offer for offer in work.offers if offer.base in ("Langfang", "Wuhan depot")), van)
    work = replace(
        work,
        offers=offers,
        lanes=(Lane("Xinxiang", HUB, distance_m=900_000),),
        closures=tuple(Closure(site, "Xinxiang", 0) for site in ("Langfang", HUB, "Wuhan depot")),
    )
    plan = solve(work, rule)
    assert check(work, plan) == []
    assert not plan.left
    route = next(route for route in plan.routes if route.load == masks.id)
    assert [plan.leg(name).origin for name in route.legs] == ["Xinxiang", "Langfang", HUB]
    stranded = solve(replace(work, loads=(replace(masks, feeds=()), LOADS[5])), rule)
    assert [(left.load, left.site, left.cartons) for left in stranded.left] == [(masks.id, "Xinxiang", 10)]


def test_the_same_problem_gives_the_same_plan(rule: FreightRule) -> None:
    work = problem(loads=LOADS[:4])
    assert solve(work, rule) == solve(work, rule)


def test_a_search_cut_short_says_so_and_is_repeated_exactly(rule: FreightRule) -> None:
    work = problem(loads=LOADS[:4])
    cut = solve(work, replace(rule, moves_count=60))
    assert cut.stopped_because.value == "MOVES"
    assert check(work, cut) == []
    assert solve(work, replace(rule, moves_count=60)) == cut


def test_many_receivers_inside_are_served_in_tours(rule: FreightRule) -> None:
    doors = tuple(
        Site(f"door {n:02d}", 30.50 + 0.012 * (n % 5), 114.20 + 0.02 * (n // 5), inside_seal=True, service_s=600)
        for n in range(15)
    )
    goods = tuple(Load(f"masks {n:02d}", "Ezhou", f"door {n:02d}", 4, 9_000, 59_280) for n in range(15))
    work = replace(problem(loads=()), sites=(*SITES, *doors), loads=goods)
    plan = solve(work, replace(rule, moves_count=400))
    assert check(work, plan) == []
    assert not plan.left
    assert plan.score >= Score(0, 0, plan.bound.last_arrival_s, 0)


@pytest.mark.parametrize("docks", [1, 2])
def test_no_more_trucks_unload_at_the_hub_than_it_has_docks(docks: int, rule: FreightRule) -> None:
    sites = tuple(replace(site, docks_count=docks) if site.id == HUB else site for site in SITES)
    work = replace(problem(loads=LOADS[:5]), sites=sites)
    assert check(work, solve(work, replace(rule, moves_count=600))) == []
