"""Gates of one community with different hours: each counts while it is open."""

from __future__ import annotations

from dataclasses import replace

from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.rounds import (
    Community,
    Courier,
    Gate,
    Problem,
    RoundsRule,
    Station,
    Stop,
    check,
    solve,
)
from baogong.engine.rounds.hours import choices
from tests.engine.rounds.towns import HOUR, town

RULE = RoundsRule("test", turns_per_stop=10)
MAIN = Gate("main", 0, 100, ((6 * HOUR, 22 * HOUR),))
SIDE = Gate("side", 60, 0, ((8 * HOUR, 10 * HOUR),))


def behind(*gates: Gate, window: tuple[int, int] | None = None) -> Problem:
    """A station beside the side gate; the main gate is a long way round."""
    community = Community("c", gates)
    stop = Stop("a", 70, 20, "c", window=window)
    courier = Courier("Mei", "A", 9000, 9, (8 * HOUR, 18 * HOUR))
    return Problem((Station("A", 60, -20),), (stop,), (courier,), (community,))


def walk_s(problem: Problem) -> float:
    plan = solve(problem, RULE)
    assert check(problem, plan) == []
    assert not plan.left
    return plan.cost.walk_s


def test_the_choices_are_the_gates_that_are_open_together() -> None:
    assert choices(Community("c", (MAIN, SIDE))) == (
        ((0, 1), ((8 * HOUR, 10 * HOUR),)),
        ((0,), ((6 * HOUR, 22 * HOUR),)),
    )
    always = replace(MAIN, opens=())
    assert [gates for gates, _ in choices(Community("c", (always, SIDE)))] == [(0, 1), (0,)]


def test_while_the_side_gate_is_open_it_is_taken() -> None:
    short = walk_s(behind(MAIN, SIDE, window=(8 * HOUR + 1800, 9 * HOUR + 1800)))
    assert short == walk_s(behind(replace(SIDE, opens=())))


def test_when_the_side_gate_is_shut_one_goes_round_by_the_main_gate() -> None:
    long = walk_s(behind(MAIN, SIDE, window=(14 * HOUR, 15 * HOUR)))
    assert long == walk_s(behind(MAIN))
    assert long > 2 * walk_s(behind(replace(SIDE, opens=())))


def test_the_checker_refuses_the_short_way_when_it_is_shut() -> None:
    problem = behind(MAIN, replace(SIDE, opens=()), window=(14 * HOUR, 15 * HOUR))
    plan = solve(problem, RULE)
    shut = behind(MAIN, SIDE, window=(14 * HOUR, 15 * HOUR))
    assert any("gate side is not open" in fault for fault in check(shut, plan))


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    hours=st.lists(st.tuples(st.integers(6, 12), st.integers(1, 9)), min_size=2, max_size=4),
)
def test_every_plan_through_gates_of_all_hours_holds(seed: int, hours: list[tuple[int, int]]) -> None:
    problem = town(seed, stops_count=25, couriers_count=4)
    communities = tuple(
        replace(
            community,
            gates=tuple(
                Gate(
                    f"{community.id} {n}",
                    community.gates[0].x_m + 30 * n,
                    community.gates[0].y_m,
                    ((a * HOUR, (a + b) * HOUR),),
                )
                for n, (a, b) in enumerate(hours)
            ),
        )
        for community in problem.communities
    )
    problem = replace(problem, communities=communities)
    plan = solve(problem, RULE)
    assert check(problem, plan) == []
