"""Random towns: every plan passes the checker, is the same for any number of threads, and near the best of all plans."""

from __future__ import annotations

import random
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from itertools import pairwise, permutations

import numpy as np
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from baogong.engine.rounds import Problem, RoundsRule, check, solve
from baogong.engine.rounds.crews import prepare
from baogong.engine.rounds.ground import DECI
from baogong.engine.rounds.timing import times
from tests.engine.rounds.towns import block, town, towns

QUICK = RoundsRule("test", turns_per_stop=10)
COMPILED = RoundsRule("test", turns_per_stop=10, plain_stops=0, group_stops=60, zone_stops=60)
OVER_BEST = 1.02
"""A plan of a handful of stops costs at most this many times the best of all plans."""


@settings(max_examples=60, deadline=None)
@given(problem=towns(stops_max=14))
def test_every_plan_without_the_compiler_holds(problem: Problem) -> None:
    plan = solve(problem, QUICK)
    assert check(problem, plan) == []


@settings(max_examples=40, deadline=None)
@given(problem=towns(stops_max=150))
def test_every_plan_of_the_compiled_search_holds(problem: Problem) -> None:
    plan = solve(problem, COMPILED)
    assert check(problem, plan) == []
    assert all(left.reason_en and left.reason_zh for left in plan.left)


@pytest.mark.parametrize("seed", range(4))
def test_any_number_of_threads_gives_the_same_plan(seed: int) -> None:
    problem = town(seed, stops_count=250, couriers_count=12, communities_count=9)
    alone = solve(problem, replace(COMPILED, threads=1))
    assert solve(problem, replace(COMPILED, threads=3)).trips == alone.trips
    with ThreadPoolExecutor(2) as executor:
        assert solve(problem, COMPILED, executor).trips == alone.trips
    assert solve(problem, replace(COMPILED, seed=2)).trips != alone.trips


@pytest.mark.parametrize("rule", [QUICK, COMPILED])
def test_the_doors_of_one_spot_are_visited_in_the_order_they_are_listed(rule: RoundsRule) -> None:
    """Entrances without points of their own stand where their building does: hopping between them costs the plan nothing."""
    compound = block(3, stops_count=6)
    doors = [
        replace(stop, id=f"{stop.id} {door}", weight_g=100, window=None) for stop in compound.stops for door in range(7)
    ]
    random.Random(5).shuffle(doors)
    problem = replace(compound, stops=tuple(doors))
    number = {stop.id: n for n, stop in enumerate(doors)}
    plan = solve(problem, rule)
    assert not plan.left
    for trip in plan.trips:
        stops = [doors[number[visit.stop]] for visit in trip.visits]
        for before, after in pairwise(stops):
            if (before.x_m, before.y_m, before.cold) == (after.x_m, after.y_m, after.cold):
                assert number[before.id] < number[after.id]


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), stops_count=st.integers(1, 5), is_plain=st.booleans())
@example(seed=56, stops_count=5, is_plain=True)
def test_no_other_plan_is_better_beyond_the_bound(seed: int, stops_count: int, is_plain: bool) -> None:
    problem = block(seed, stops_count=stops_count)
    rule = replace(QUICK, turns_per_stop=100) if is_plain else replace(COMPILED, turns_per_stop=200)
    plan = solve(problem, rule)
    assert not plan.left
    assert best_price_s(problem) - 0.11 <= plan.cost.price_s <= best_price_s(problem) * OVER_BEST


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 10_000), stops_count=st.integers(2, 12), which=st.integers(0, 11))
def test_a_stop_less_never_costs_more_beyond_the_bound(seed: int, stops_count: int, which: int) -> None:
    problem = block(seed, stops_count=stops_count)
    fewer = replace(problem, stops=tuple(s for n, s in enumerate(problem.stops) if n != which % stops_count))
    assert solve(fewer, QUICK).cost.price_s <= solve(problem, QUICK).cost.price_s * OVER_BEST


def best_price_s(problem: Problem) -> float:
    """Over every grouping of the stops into trips, and every order of each."""
    prepared = prepare(problem)
    (crew,) = prepared.crews
    price_ds = DECI * (problem.limits.load_s + problem.limits.trip_price_s)
    first = len(problem.stations)
    known: dict[tuple[int, ...], float] = {}
    for trip in _orders(len(problem.stops)):
        stops = [problem.stops[n] for n in trip]
        is_light = sum(stop.weight_g for stop in stops) <= 20_000
        is_cold_first = [stop.cold for stop in stops] == sorted((stop.cold for stop in stops), reverse=True)
        timed = times(prepared, crew, np.array(trip) + first) if is_light and is_cold_first else None
        if timed is not None:
            key = tuple(sorted(trip))
            known[key] = min(known.get(key, np.inf), timed.busy_ds + price_ds)
    return min(sum(known.get(part, np.inf) for part in parts) for parts in _groupings(range(len(problem.stops)))) / DECI


def _orders(count: int) -> Iterator[tuple[int, ...]]:
    for size in range(1, count + 1):
        yield from permutations(range(count), size)


def _groupings(stops: range) -> Iterator[list[tuple[int, ...]]]:
    if not stops:
        yield []
        return
    for rest in _groupings(stops[:-1]):
        yield [*rest, (stops[-1],)]
        for n, part in enumerate(rest):
            yield [*rest[:n], (*part, stops[-1]), *rest[n + 1 :]]
