"""CVRPLIB: instances and solutions are read, solved, weighed; a line that is not understood is named."""

from __future__ import annotations

import random
import time
from itertools import pairwise
from math import hypot

import pytest

from baogong.engine.rounds import RoundsRule
from baogong.engine.rounds.cvrplib import UnusableFile, cost_of, faults_of, read_instance, read_solution, solve_instance

SMALL = """NAME : small
COMMENT : "two clusters"
TYPE : CVRP
DIMENSION : 5
EDGE_WEIGHT_TYPE : EUC_2D
CAPACITY : 10
NODE_COORD_SECTION
1\t0\t0
2 10 0
3 10 1
4 -10 0
5 -10 2.4
DEMAND_SECTION
1 0
2 5
3 5
4 6
5 4
DEPOT_SECTION
 1
 -1
EOF
"""
RULE = RoundsRule(turns_per_stop=50, plain_stops=0)


def test_an_instance_is_solved_with_its_own_rounding() -> None:
    instance = read_instance(SMALL)
    routes = solve_instance(instance, RULE)
    assert {frozenset(route) for route in routes} == {frozenset({1, 2}), frozenset({3, 4})}
    assert cost_of(instance, routes) == (10 + 1 + 10) + (10 + 2 + 10)
    assert faults_of(instance, routes) == []


def test_a_larger_one_is_whole_and_better_than_single_trips() -> None:
    draw = random.Random(1)
    nodes = [(draw.randint(0, 1000), draw.randint(0, 1000), draw.randint(1, 100)) for _ in range(200)]
    lines = ["TYPE : CVRP", "DIMENSION : 200", "EDGE_WEIGHT_TYPE : EUC_2D", "CAPACITY : 1000", "NODE_COORD_SECTION"]
    lines += [f"{n} {x} {y}" for n, (x, y, _) in enumerate(nodes, 1)]
    lines += ["DEMAND_SECTION", *(f"{n} {load if n != 7 else 0}" for n, (_, _, load) in enumerate(nodes, 1))]
    instance = read_instance("\n".join([*lines, "DEPOT_SECTION", "7", "-1", "EOF"]))
    routes = solve_instance(instance, RULE)
    assert faults_of(instance, routes) == []
    places = [nodes[6], *nodes[:6], *nodes[7:]]  # the depot is the seventh node
    lengths = [
        int(hypot(places[a][0] - places[b][0], places[a][1] - places[b][1]) + 0.5)
        for route in routes
        for a, b in pairwise((0, *route, 0))
    ]
    assert cost_of(instance, routes) == sum(lengths)
    alone = tuple((n,) for n in range(1, 200))
    assert cost_of(instance, routes) < cost_of(instance, alone) / 3


def test_a_limit_of_time_is_kept() -> None:
    instance = read_instance(SMALL)
    solve_instance(instance, RULE)  # compiled
    started = time.perf_counter()
    routes = solve_instance(instance, RoundsRule(limit_s=0.5, plain_stops=0))
    assert time.perf_counter() - started < 5
    assert faults_of(instance, routes) == []


def test_a_solution_is_read_and_its_faults_are_named() -> None:
    instance = read_instance(SMALL)
    solution = read_solution("Route #1: 1 2\nroute #2: 3 4\nCost 43\n")
    assert (solution.routes, solution.cost) == (((1, 2), (3, 4)), 43)
    assert faults_of(instance, ((1, 2), (3,))) == ["not every customer is met exactly once"]
    assert faults_of(instance, ((1, 2, 3), (4, 9))) == [
        "not every customer is met exactly once",
        "route 1 carries 16 of 10",
    ]


@pytest.mark.parametrize(
    ("old", "new", "where"),
    [
        ("TYPE : CVRP", "TYPE : TSP", "TYPE"),
        ("EUC_2D", "GEO", "EDGE_WEIGHT_TYPE"),
        ("CAPACITY : 10\n", "", "CAPACITY"),
        ("CAPACITY : 10", "CAPACITY : ten", "CAPACITY"),
        ("CAPACITY : 10", "CAPACITY : 10\nDISTANCE : 200", "DISTANCE"),
        ("2 10 0", "2 10", "line 9"),
        ("2 10 0", "2 10 nan", "line 9"),
        ("2 10 0\n", "", "NODE_COORD_SECTION"),
        ("2 5\n", "9 5\n", "DEMAND_SECTION"),
        ("2 5\n", "2 11\n", "node 2"),
        (" 1\n -1", " 8\n -1", "DEPOT_SECTION"),
        ("NAME : small", "small", "line 1"),
    ],
)
def test_what_is_not_understood_is_named(old: str, new: str, where: str) -> None:
    assert old in SMALL
    with pytest.raises(UnusableFile) as refused:
        read_instance(SMALL.replace(old, new, 1))
    assert refused.value.where == where
    assert refused.value.cure


def test_a_solution_that_is_none_is_refused() -> None:
    with pytest.raises(UnusableFile, match="line 2"):
        read_solution("Route #1: 1 2\nRoute 2\n")
