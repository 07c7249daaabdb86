"""How many couriers: the answer played out holds, and with one fewer it does not."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.rounds import Courier, Limits, Problem, RoundsRule, Station, Stop, check, replan, sizing, solve
from tests.engine.rounds.towns import HOUR, town

RULE = RoundsRule("test", turns_per_stop=10)


def test_by_hand() -> None:
    """Six stops 600 m out, one a trip: 20 minutes each with loading, so a courier does three in an hour."""
    stops = tuple(Stop(f"s{n}", 600, 0, weight_g=1000, service_s=100) for n in range(6))
    couriers = tuple(Courier(f"c{n}", "A", 1000, 9, (8 * HOUR, 9 * HOUR)) for n in range(5))
    problem = Problem((Station("A", 0, 0),), stops, couriers, limits=Limits(walk_m_per_min=80, load_s=200))
    size = sizing(problem, solve(problem, RULE))
    assert (len(size.couriers), size.bound_count, size.is_enough) == (2, 2, True)
    assert (size.fewer_left_count, size.fewer_later_s) == (3, HOUR)
    assert "ends at 10:00 instead of 09:00" in size.reason_en
    assert "少一名则有3个点送不到" in size.reason_zh
    one = replace(problem, couriers=couriers[:1])
    assert sizing(one, solve(one, RULE)).is_enough is False


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 10_000))
def test_the_couriers_named_can_do_it(seed: int) -> None:
    problem = town(seed, stops_count=8, couriers_count=5)
    plan = solve(problem, RULE)
    size = sizing(problem, plan)
    assert size.is_enough is not any(left.code == "NO_TIME_LEFT" for left in plan.left)
    if size.is_enough:
        kept = replace(problem, couriers=tuple(c for c in problem.couriers if c.id in size.couriers))
        again = replan(kept, plan).plan
        assert check(kept, again) == []
        assert size.bound_count <= len(size.couriers)
        if size.couriers:
            assert size.fewer_left_count > 0
