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


def _trips_of(minutes: list[int], couriers_count: int, shift_min: int) -> Problem:
    """A stop a trip beside the station, so many minutes each."""
    stops = tuple(Stop(f"s{n}", 0, 0, weight_g=1000, service_s=60 * each) for n, each in enumerate(minutes))
    shift = (8 * HOUR, 8 * HOUR + 60 * shift_min)
    couriers = tuple(Courier(f"c{n}", "A", 1000, 9, shift) for n in range(couriers_count))
    return Problem((Station("A", 0, 0),), stops, couriers, limits=Limits(load_s=0))


def test_trips_that_the_longest_first_leave_over_are_packed() -> None:
    """30 + 30 and 20 + 20 + 20: the longest first, each to whoever has least, leave 20 over."""
    problem = _trips_of([30, 30, 20, 20, 20], 3, 60)
    size = sizing(problem, solve(problem, RULE))
    assert (len(size.couriers), size.bound_count) == (2, 2)
    assert "Fewer cannot do these trips; whether they could do others is not proven." in size.reason_en
    two = replace(problem, couriers=problem.couriers[:2])
    plan = solve(two, RULE)
    assert (plan.left, check(two, plan)) == ((), [])


def test_a_tight_packing_of_many_trips_is_found() -> None:
    """Eight shifts without a minute to spare, cut into three or four trips each at other places."""
    minutes = [part for n in range(8) for part in ((50 + n, 40 + 2 * n, 70 - 3 * n) if n % 2 else (35 + n, 45, 80 - n))]
    problem = _trips_of(minutes, 9, 160)
    size = sizing(problem, solve(problem, RULE))
    assert (sum(minutes), len(size.couriers), size.bound_count) == (8 * 160, 8, 8)


def test_what_is_not_proven_is_called_so() -> None:
    """Three trips of 40 minutes: two hours of work, but no two of them fit into an hour."""
    problem = _trips_of([40, 40, 40], 3, 60)
    size = sizing(problem, solve(problem, RULE))
    assert (len(size.couriers), size.bound_count) == (3, 2)
    assert "these trips cannot be done by fewer than 2" in size.reason_en
    assert "这些趟次少于2名做不完" in size.reason_zh
    assert "已证明" not in size.reason_zh
    two = replace(problem, couriers=problem.couriers[:2])
    unproven = sizing(two, solve(two, RULE))
    assert (unproven.is_enough, unproven.bound_count) == (False, 2)
    assert "未证明，只是没有排出来" in unproven.reason_zh
    one = replace(problem, couriers=problem.couriers[:1])
    more = sizing(one, solve(one, RULE))
    assert (more.is_enough, more.bound_count) == (False, 2)
    assert "仅这些趟次的工时就要2名" in more.reason_zh
    assert "已证明" not in more.reason_zh


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
