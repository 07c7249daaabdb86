"""Distances: the compiled ones, the plain ones and the checker's own agree; gates and paths are kept to."""

from __future__ import annotations

import numpy as np
import pytest
from hypothesis import given, settings

from baogong.engine.rounds import Community, Courier, Gate, Limits, Problem, Station, Stop
from baogong.engine.rounds.check import Ways
from baogong.engine.rounds.ground import ground_of, lengths_between, plain_lengths
from tests.engine.rounds.towns import DAY, towns


@settings(max_examples=25, deadline=None)
@given(problem=towns(stops_max=20))
def test_three_ways_of_measuring_agree(problem: Problem) -> None:
    ground = ground_of(problem)
    rows = np.arange(len(problem.stations) + len(problem.stops))
    plain = plain_lengths(ground, rows[:, None], rows[None, :])
    assert np.abs(lengths_between(ground, rows) - plain).max() <= 1
    assert (plain == plain.T).all()
    ways = Ways(problem)
    first = len(problem.stations)
    for a, stop in enumerate(problem.stops):
        for b, other in enumerate(problem.stops):
            metres, _ = ways.walks(stop, other, (0.0, 0.0))[0]
            assert plain[first + a, first + b] == pytest.approx(metres * ground.per_m, abs=0.51)


def metres(community: Community, a: tuple[float, float], b: tuple[float, float]) -> float:
    """Between two stops of one community, as the planner measures it."""
    stops = tuple(Stop(f"s{n}", *place, community=community.id) for n, place in enumerate((a, b)))
    courier = Courier("Mei", "A", 1, 1, DAY)
    problem = Problem((Station("A", 0, 0),), stops, (courier,), (community,), Limits(walk_m_per_min=60))
    return int(plain_lengths(ground_of(problem), 1, 2)) / 10


def test_the_walk_keeps_to_the_paths_where_there_are_any() -> None:
    gate = Gate("gate", 0, 0)
    corner = ((0.0, 0.0), (0.0, 30.0), (40.0, 30.0))
    assert metres(Community("c", (gate,)), (0, 0), (40, 30)) == 50
    assert metres(Community("c", (gate,), paths=(corner,)), (0, 0), (40, 30)) == 70
    assert metres(Community("c", (gate,), paths=(corner, corner)), (0, 5), (40, 30)) == 75
    assert metres(Community("c", (gate,), paths=(corner[:1], corner[2:])), (0, 0), (40, 30)) == 50


def test_two_communities_are_joined_by_their_nearest_gates() -> None:
    west = Community("west", (Gate("w1", -10, 0), Gate("w2", -10, 100)))
    east = Community("east", (Gate("e1", 10, 100), Gate("e2", 10, 300)))
    stops = (Stop("a", -40, 100, community="west"), Stop("b", 40, 100, community="east"), Stop("street", 0, 100))
    courier = Courier("Mei", "A", 1, 1, DAY)
    limits = Limits(walk_m_per_min=60, street_factor=1.5)
    problem = Problem((Station("A", 0, 0),), stops, (courier,), (west, east), limits)
    ground = ground_of(problem)
    assert plain_lengths(ground, 1, 2) == 300 + 200 * 1.5 + 300
    assert plain_lengths(ground, 1, 3) == 300 + 100 * 1.5
