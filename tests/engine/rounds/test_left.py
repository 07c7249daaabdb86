"""What is left: each reason has to hold, and nothing is left for want of time that somebody has room for."""

from __future__ import annotations

import random
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
    check,
    help_early,
    replan,
    sizing,
    solve,
)
from baogong.engine.rounds.solve import planned
from tests.engine.rounds.test_areas import check_help, in_buildings
from tests.engine.rounds.towns import HOUR, town

RULE = RoundsRule("test", turns_per_stop=5)


def told(problem: Problem, plan: Plan) -> str:
    return "; ".join(check(problem, plan))


def nothing_brought(problem: Problem, code: str) -> Plan:
    return planned(problem, [], [Left(stop.id, code, "x", "x") for stop in problem.stops], RoundsRule())


@pytest.mark.parametrize("seed", range(5))
def test_a_plan_that_brings_nothing_is_no_plan(seed: int) -> None:
    problem = town(seed, stops_count=8, couriers_count=5)
    served = [visit.stop for trip in solve(problem, RULE).trips for visit in trip.visits]
    faults = check(problem, nothing_brought(problem, "NO_TIME_LEFT"))
    assert served
    assert all(any(fault.startswith(f"stop {name.split()[1]} is left as") for fault in faults) for name in served)


def three_stops(shift_s: int = HOUR) -> Problem:
    """Mei's shift: each stop 600 m out, one a trip, five minutes of loading, eight each way, one there."""
    stops = tuple(Stop(f"s{n}", 600, 0, weight_g=1000) for n in range(3))
    couriers = (Courier("Mei", "A", 1000, 9, (8 * HOUR, 8 * HOUR + shift_s)),)
    return Problem((Station("A", 0, 0),), stops, couriers)


TRIP_S = 300 + 480 + 60 + 480
"""Of `three_stops`, loading among it."""


def leaving(plan: Plan, problem: Problem, name: str) -> Plan:
    """The same plan with the trip to one stop given up for want of time."""
    trips = [trip for trip in plan.trips if trip.visits[0].stop != name]
    return planned(problem, trips, [*plan.left, Left(name, "NO_TIME_LEFT", "x", "x")], plan.rule)


@pytest.mark.parametrize("which", [0, 1, 2])
def test_room_at_the_beginning_between_trips_and_at_the_end_is_found(which: int) -> None:
    problem = three_stops(shift_s=3 * TRIP_S)
    plan = solve(problem, RULE)
    assert check(problem, plan) == []
    assert len(plan.trips) == 3
    lazy = leaving(plan, problem, plan.trips[which].visits[0].stop)
    trip = plan.trips[which]
    assert f"Mei has room for it from {trip.leaves_s - 300:.1f} to" in told(problem, lazy)


def test_a_shift_too_short_for_one_trip_more_leaves_a_stop_rightly() -> None:
    problem = three_stops(shift_s=3 * TRIP_S - 1)
    plan = solve(problem, RULE)
    assert check(problem, plan) == []
    assert [left.code for left in plan.left] == ["NO_TIME_LEFT"]


@pytest.mark.parametrize(
    ("code", "couriers", "fault"),
    [
        ("NO_COURIER", None, "A has 1"),
        ("MAY_NOT_ENTER", None, "Mei may enter"),
        ("TOO_MUCH_TO_CARRY", None, "Mei carries so much"),
        ("NOT_IN_TIME", None, "Mei can be there and back"),
        ("ITS_COURIER_IS_FULL", None, "it may be anybody's"),
        ("NOT_BY_ITS_COURIER", None, "it may be anybody's"),
        ("BECAUSE", None, "which is no reason"),
        ("NO_TIME_LEFT", (), "A has no courier"),
        ("NO_TIME_LEFT", (Courier("Mei", "A", 999, 9, (0, HOUR)),), "nobody can be there and back"),
        ("NO_TIME_LEFT", (Courier("Mei", "A", 1000, 9, (0, 900)),), "nobody can be there and back"),
    ],
)
def test_a_reason_that_is_not_true_is_a_fault(code: str, couriers: tuple[Courier, ...] | None, fault: str) -> None:
    problem = three_stops()
    problem = problem if couriers is None else replace(problem, couriers=couriers)
    assert fault in told(problem, nothing_brought(problem, code))


def paired() -> tuple[Problem, Plan]:
    """One building whose rice is Mei's, who is full with it; Bao has the whole day."""
    stops = tuple(Stop(f"s{n}", 600, 0, building="1", category="rice", weight_g=1000) for n in range(3))
    couriers = (Courier("Mei", "A", 1000, 9, (0, HOUR)), Courier("Bao", "A", 1000, 9, (0, HOUR)))
    problem = Problem((Station("A", 0, 0),), stops, couriers, limits=Limits(one_courier_per="building_category"))
    return problem, solve(problem, RULE)


def test_what_is_one_couriers_waits_for_nobody_else_but_for_that_one() -> None:
    problem, plan = paired()
    assert check(problem, plan) == []
    (left,) = plan.left
    assert left.code == "ITS_COURIER_IS_FULL"
    courier = plan.trips[0].courier
    as_told = replace(plan, left=(replace(left, code="NO_TIME_LEFT"),))
    assert f"{courier} brings the rest of its building" in told(problem, as_told)
    as_told = replace(plan, left=(replace(left, code="NOT_BY_ITS_COURIER"),))
    assert f"{courier} brings its building and category and can serve it" in told(problem, as_told)
    lazy = planned(problem, list(plan.trips[:1]), [left, replace(left, stop=plan.trips[1].visits[0].stop)], plan.rule)
    assert f"{courier} has room for it" in told(problem, lazy)


def test_a_gap_before_a_window_is_filled() -> None:
    """By their deadlines the late one would go first, and then the other would find the shift over."""
    stops = (
        Stop("noon", 60, 0, window=(4 * HOUR, 4 * HOUR + 90), weight_g=1000),
        Stop("any", 60, 0, service_s=2 * HOUR, weight_g=1000),
    )
    couriers = (Courier("Mei", "A", 1000, 9, (0, 4 * HOUR + 300)),)
    problem = Problem((Station("A", 0, 0),), stops, couriers)
    plan = solve(problem, RULE)
    assert (plan.left, check(problem, plan)) == ((), [])
    assert [trip.visits[0].stop for trip in plan.trips] == ["any", "noon"]
    assert replan(problem, plan).touched == ()
    help_ = help_early(problem, plan, 0)
    assert check_help(problem, help_.plan, plan, 0) == []
    assert sizing(problem, plan).is_enough


def test_a_stop_behind_a_gate_of_another_hour_is_brought_too() -> None:
    """The gate that is open longest is shut at the hour of this window; the other one is open."""
    gates = (Gate("main", 50, 0, ((0, 8 * HOUR),)), Gate("side", 0, 50, ((9 * HOUR, 10 * HOUR),)))
    stop = Stop("late", 60, 40, community="east", window=(9 * HOUR, 9 * HOUR + 600))
    couriers = (Courier("Mei", "A", 1000, 9, (0, 12 * HOUR)),)
    problem = Problem((Station("A", 0, 0),), (stop,), couriers, (Community("east", gates),))
    plan = solve(problem, RULE)
    assert (plan.left, check(problem, plan)) == ((), [])
    assert "NOT_IN_TIME; Mei can be there" in told(problem, nothing_brought(problem, "NOT_IN_TIME"))


def test_what_help_sets_free_is_not_before_it_began() -> None:
    """In a plan of help the morning is past: room there is nobody's."""
    problem = three_stops(shift_s=4 * TRIP_S)
    plan = leaving(solve(problem, RULE), problem, "s0")
    begins_s = problem.couriers[0].shift[0]
    assert check(problem, plan, at_s=begins_s + 3 * TRIP_S + 1) == []
    assert check(problem, plan, at_s=begins_s + 2 * TRIP_S) != []
    assert check(problem, plan, at_s=begins_s, loaded=frozenset(trip.id for trip in plan.trips)) != []
    last_s = max(trip.back_s for trip in plan.trips)
    assert check(problem, plan, at_s=begins_s + TRIP_S, until_s=last_s) == []


def small_day(seed: int, stops_count: int) -> Problem:
    """Shifts of half an hour to two and a half: not everything can be brought. A third of the days in pairs, a third equal."""
    draw = random.Random(seed)
    problem = town(seed, stops_count=stops_count, couriers_count=draw.randint(1, 4))
    couriers = tuple(replace(c, shift=(c.shift[0], c.shift[0] + draw.randint(1800, 9000))) for c in problem.couriers)
    problem = replace(problem, couriers=couriers)
    if seed % 3 == 1:
        return in_buildings(problem, seed, helping=draw.random() < 0.5)
    return replace(problem, limits=replace(problem.limits, balance=0.15 if seed % 3 else None))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 1_000_000), stops_count=st.integers(1, 30), at_s=st.integers(7 * HOUR, 15 * HOUR))
def test_of_small_days_nothing_is_left_that_somebody_has_room_for(seed: int, stops_count: int, at_s: int) -> None:
    problem = small_day(seed, stops_count)
    plan = solve(problem, RULE)
    assert check(problem, plan) == []
    assert all(left.reason_en and left.reason_zh for left in plan.left)
    fewer = replace(problem, couriers=problem.couriers[1:] or problem.couriers)
    assert check(fewer, replan(fewer, plan).plan) == []
    assert check_help(problem, help_early(problem, plan, at_s).plan, plan, at_s) == []


@settings(max_examples=40, deadline=None)
@given(seed=st.integers(0, 1_000_000), stops_count=st.integers(1, 20))
def test_of_small_days_a_trip_given_up_for_want_of_time_is_found(seed: int, stops_count: int) -> None:
    """Whoever brought a stop alone had room for it: without that trip the plan has a fault, at the very stop."""
    problem = small_day(seed, stops_count)
    plan = solve(problem, RULE)
    for trip in plan.trips:
        name = trip.visits[0].stop
        if len(trip.visits) == 1 and trip.wait_s == 0 and not any(c.gates[0].opens for c in problem.communities):
            assert any(fault.startswith(f"{name} is left as") for fault in check(problem, leaving(plan, problem, name)))


def test_who_comes_too_late_for_a_gate_reads_which_gate_shuts_when() -> None:
    gate = Gate("east", 0, 50, ((6 * 3600, 7 * 3600),))
    stop = Stop("stop", 50, 50, community="c", weight_g=1_000, pieces=1)
    courier = Courier("courier", "s", capacity_g=50_000, capacity_pieces=30, shift=(8 * 3600, 20 * 3600))
    problem = Problem((Station("s", -50, 0),), (stop,), (courier,), (Community("c", (gate,)),))
    (left,) = solve(problem, RoundsRule("test")).left
    assert left.code == "NOT_IN_TIME"
    assert left.reason_en.endswith("Gates: east 06:00–07:00.")
    assert left.reason_zh.endswith("大门开放：east 06:00–07:00。")
