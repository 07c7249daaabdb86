"""The checker finds each fault that is planted in a plan that holds, and its sentence names what is wrong."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from baogong.engine.rounds import (
    Community,
    Courier,
    Gate,
    Left,
    Limits,
    Plan,
    Problem,
    RoundsRule,
    Station,
    Stop,
    Trip,
    check,
    solve,
)
from tests.engine.rounds.towns import DAY, HOUR

Planted = tuple[Problem, Plan]


@pytest.fixture(scope="module")
def sound() -> Planted:
    """Two communities in two road zones, two couriers, cold goods, a window, a gate with hours."""
    north = Community("north", (Gate("north gate", 0, 100, (DAY,)),), "upper")
    south = Community("south", (Gate("south gate", 0, -100),), "lower")
    stops = (
        Stop("n1", 10, 150, community="north", weight_g=4000, cold=True),
        Stop("n2", -10, 160, community="north", weight_g=4000),
        Stop("n3", -30, 170, community="north", weight_g=4000, window=(9 * HOUR, 10 * HOUR)),
        Stop("s1", 5, -140, community="south", weight_g=5000),
        Stop("s2", 25, -150, community="south", weight_g=5000),
    )
    couriers = (Courier("Mei", "A", 15_000, 20, DAY), Courier("Bao", "A", 15_000, 20, DAY))
    limits = Limits(trip_s_max=2 * HOUR, trip_stops_max=5, cold_within_s=HOUR)
    problem = Problem((Station("A", 0, 0),), stops, couriers, (north, south), limits)
    plan = solve(problem, RoundsRule())
    assert check(problem, plan) == []
    assert len(plan.trips) == 2
    return problem, plan


def trip_to(plan: Plan, stop: str) -> Trip:
    return next(trip for trip in plan.trips if stop in {visit.stop for visit in trip.visits})


def change_trip(plan: Plan, old: Trip, new: Trip) -> Plan:
    return replace(plan, trips=tuple(new if trip is old else trip for trip in plan.trips))


def later(trip: Trip, by_s: float) -> Trip:
    visits = tuple(
        replace(v, arrive_s=v.arrive_s + by_s, start_s=v.start_s + by_s, end_s=v.end_s + by_s) for v in trip.visits
    )
    return replace(trip, visits=visits, leaves_s=trip.leaves_s + by_s, back_s=trip.back_s + by_s)


def without_a_stop(problem: Problem, plan: Plan) -> Planted:
    trip = trip_to(plan, "s1")
    return problem, change_trip(plan, trip, replace(trip, visits=trip.visits[1:]))


def with_a_stop_twice(problem: Problem, plan: Plan) -> Planted:
    return problem, replace(plan, left=(Left("s1", "NO_TIME_LEFT", "", ""),))


def with_an_unknown_stop(problem: Problem, plan: Plan) -> Planted:
    return problem, replace(plan, left=(Left("x9", "NO_TIME_LEFT", "", ""),))


def with_less_room(problem: Problem, plan: Plan) -> Planted:
    return replace(problem, couriers=tuple(replace(c, capacity_g=9000) for c in problem.couriers)), plan


def with_room_for_fewer_pieces(problem: Problem, plan: Plan) -> Planted:
    return replace(problem, couriers=tuple(replace(c, capacity_pieces=1) for c in problem.couriers)), plan


def with_a_false_weight(problem: Problem, plan: Plan) -> Planted:
    trip = plan.trips[0]
    return problem, change_trip(plan, trip, replace(trip, weight_g=trip.weight_g - 1))


def with_a_courier_kept_out(problem: Problem, plan: Plan) -> Planted:
    return replace(problem, couriers=tuple(replace(c, communities=frozenset()) for c in problem.couriers)), plan


def with_a_courier_of_another_station(problem: Problem, plan: Plan) -> Planted:
    stations = (*problem.stations, Station("B", 1, 1))
    return replace(problem, stations=stations, couriers=tuple(replace(c, station="B") for c in problem.couriers)), plan


def across_road_zones(problem: Problem, plan: Plan) -> Planted:
    stops = tuple(replace(s, community="north") if s.id == "s1" else s for s in problem.stops)
    return replace(problem, stops=stops), plan


def with_a_walk_cut_short(problem: Problem, plan: Plan) -> Planted:
    trip = trip_to(plan, "s1")
    return problem, change_trip(plan, trip, replace(trip, leaves_s=trip.leaves_s + 30))


def with_a_service_cut_short(problem: Problem, plan: Plan) -> Planted:
    stops = tuple(replace(s, service_s=61) if s.id == "s1" else s for s in problem.stops)
    return replace(problem, stops=stops), plan


def outside_its_window(problem: Problem, plan: Plan) -> Planted:
    trip = trip_to(plan, "n3")
    return problem, change_trip(plan, trip, later(trip, 3 * HOUR))


def through_a_closed_gate(problem: Problem, plan: Plan) -> Planted:
    north = Community("north", (Gate("north gate", 0, 100, ((12 * HOUR, 13 * HOUR),)),), "upper")
    return replace(problem, communities=(north, problem.communities[1])), plan


def after_the_shift(problem: Problem, plan: Plan) -> Planted:
    trip = trip_to(plan, "s1")
    return problem, change_trip(plan, trip, later(trip, 20 * HOUR - trip.back_s + 1))


def in_two_places(problem: Problem, plan: Plan) -> Planted:
    a, b = plan.trips
    return problem, change_trip(plan, b, replace(later(b, a.leaves_s - b.leaves_s), courier=a.courier))


def with_cold_goods_last(problem: Problem, plan: Plan) -> Planted:
    stops = tuple(replace(s, cold=not s.cold) for s in problem.stops)
    return replace(problem, stops=stops), plan


def with_cold_goods_late(problem: Problem, plan: Plan) -> Planted:
    return replace(problem, limits=replace(problem.limits, cold_within_s=30)), plan


def longer_than_allowed(problem: Problem, plan: Plan) -> Planted:
    return replace(problem, limits=replace(problem.limits, trip_s_max=300)), plan


def with_more_stops_than_allowed(problem: Problem, plan: Plan) -> Planted:
    return replace(problem, limits=replace(problem.limits, trip_stops_max=1)), plan


def with_a_false_shift(problem: Problem, plan: Plan) -> Planted:
    return problem, replace(plan, shifts=tuple(replace(s, work_s=s.work_s - 60) for s in plan.shifts))


def with_a_false_cost(problem: Problem, plan: Plan) -> Planted:
    return problem, replace(plan, cost=replace(plan.cost, price_s=plan.cost.price_s - 1))


PLANTED: list[tuple[Callable[[Problem, Plan], Planted], str]] = [
    (without_a_stop, "s1 is not in the plan|s2 is not in the plan"),
    (with_a_stop_twice, "s1 occurs 2 times"),
    (with_an_unknown_stop, "unknown stop x9"),
    (with_less_room, "g; .* carries 9000"),
    (with_room_for_fewer_pieces, "pieces; .* carries 1"),
    (with_a_false_weight, "says .* g and"),
    (with_a_courier_kept_out, "may not enter"),
    (with_a_courier_of_another_station, "belongs to B"),
    (across_road_zones, "road zones lower, upper"),
    (with_a_walk_cut_short, "the walk takes"),
    (with_a_service_cut_short, "of service at s1"),
    (outside_its_window, "outside"),
    (through_a_closed_gate, "north gate is not open"),
    (after_the_shift, "the shift ends at"),
    (in_two_places, "is loaded from"),
    (with_cold_goods_last, "is cold and comes after"),
    (with_cold_goods_late, "cold goods reach n1"),
    (longer_than_allowed, "300 are allowed"),
    (with_more_stops_than_allowed, "stops; 1 are allowed"),
    (with_a_false_shift, "the shift says"),
    (with_a_false_cost, "the cost says"),
]


@pytest.mark.parametrize(("plant", "told"), PLANTED, ids=[plant.__name__ for plant, _ in PLANTED])
def test_the_fault_is_found_and_named(sound: Planted, plant: Callable[[Problem, Plan], Planted], told: str) -> None:
    faults = check(*plant(*sound))
    assert any(re.search(told, fault) for fault in faults), faults
