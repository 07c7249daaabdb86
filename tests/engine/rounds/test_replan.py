"""Planning again: whatever changed, the plan holds, and trips that the change is not about stay as they are."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.rounds import Plan, Problem, RoundsRule, Stop, check, replan, solve
from tests.engine.rounds.towns import block, town

RULE = RoundsRule("test", turns_per_stop=10)


@pytest.fixture(scope="module")
def morning() -> tuple[Problem, Plan]:
    problem = block(3, stops_count=24, couriers_count=6)
    plan = solve(problem, RULE)
    assert len(plan.trips) > 4
    return problem, plan


def trips_of(plan: Plan) -> dict[str, tuple[str, float, tuple[str, ...]]]:
    return {trip.id: (trip.courier, trip.leaves_s, tuple(visit.stop for visit in trip.visits)) for trip in plan.trips}


def test_no_change_touches_nothing(morning: tuple[Problem, Plan]) -> None:
    problem, plan = morning
    again = replan(problem, plan)
    assert again.touched == ()
    assert trips_of(again.plan) == trips_of(plan)
    assert again.plan.cost == plan.cost


def test_a_stop_that_is_gone_leaves_its_trip_alone_changed(morning: tuple[Problem, Plan]) -> None:
    problem, plan = morning
    (gone,) = (trip.visits[0].stop for trip in plan.trips[:1])
    fewer = replace(problem, stops=tuple(stop for stop in problem.stops if stop.id != gone))
    again = replan(fewer, plan)
    assert check(fewer, again.plan) == []
    assert again.plan.cost.price_s < plan.cost.price_s
    assert gone not in {visit.stop for trip in again.plan.trips for visit in trip.visits}
    same_courier = {trip.id for trip in plan.trips if trip.courier == plan.trips[0].courier}
    assert set(again.touched) <= same_courier


def test_a_stop_more_touches_one_trip_and_what_follows_it(morning: tuple[Problem, Plan]) -> None:
    problem, plan = morning
    new = Stop("new", 50, 50, community="community 0", weight_g=500)
    more = replace(problem, stops=(*problem.stops, new))
    again = replan(more, plan)
    assert check(more, again.plan) == []
    assert not again.plan.left
    grown = [name for name in again.touched if "new" in trips_of(again.plan)[name][2]]
    assert len(grown) == 1
    courier = trips_of(again.plan)[grown[0]][0]
    assert {trips_of(again.plan)[name][0] for name in again.touched} == {courier}


def test_a_stop_grown_too_heavy_for_its_trip_moves_alone(morning: tuple[Problem, Plan]) -> None:
    problem, plan = morning
    fullest = max(plan.trips, key=lambda trip: trip.weight_g)
    grown = fullest.visits[-1].stop
    heavier = replace(problem, stops=tuple(replace(s, weight_g=15_000) if s.id == grown else s for s in problem.stops))
    again = replan(heavier, plan)
    assert check(heavier, again.plan) == []
    assert not again.plan.left


def test_a_courier_who_is_out_is_stood_in_for(morning: tuple[Problem, Plan]) -> None:
    problem, plan = morning
    out = plan.trips[0].courier
    fewer = replace(problem, couriers=tuple(courier for courier in problem.couriers if courier.id != out))
    again = replan(fewer, plan)
    assert check(fewer, again.plan) == []
    assert not again.plan.left
    before = {tuple(visit.stop for visit in trip.visits) for trip in plan.trips}
    assert {tuple(visit.stop for visit in trip.visits) for trip in again.plan.trips} == before


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 10_000), other=st.integers(0, 10_000))
def test_every_replan_holds_even_of_another_towns_plan(seed: int, other: int) -> None:
    """Stops, couriers, gates and limits of one town, trips of another: only names are the same."""
    problem = town(seed, stops_count=12)
    plan = solve(town(other, stops_count=14, couriers_count=4), RULE)
    again = replan(problem, plan)
    assert check(problem, again.plan) == []
