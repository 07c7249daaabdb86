"""
The files of CVRPLIB: an instance (`.vrp`, EUC_2D) and a solution (`.sol`).

Customers are numbered from 1 in the order of the file, the depot left out, as `.sol` files number them. Lengths are
rounded to the nearest whole number, one by one (TSPLIB95, section 2.1).
"""

from __future__ import annotations

import re
from dataclasses import dataclass

import numpy as np

from baogong.engine.rounds.crews import Crew
from baogong.engine.rounds.ground import Floats, Ints, plain_lengths, plane
from baogong.engine.rounds.rule import RoundsRule
from baogong.engine.rounds.trips import Field, trips_for
from baogong.engine.rounds.work import (
    BUSY_MAX,
    CLOSES,
    COLD_WITHIN,
    FOREVER,
    LOAD_G_MAX,
    LOAD_PIECES_MAX,
    STOPS_MAX,
    WEIGHT_G,
)
from baogong.kernel.errors import BaogongError, Kind

_FIELD = re.compile(r"([A-Z_0-9]+)\s*:\s*(.*)")


class UnusableFile(BaogongError):
    """A file that is none of CVRPLIB's, or of a kind that is not solved here."""

    kind, code = Kind.UNUSABLE, "rounds.unusable-file"


@dataclass(frozen=True, slots=True)
class Instance:
    """x, y, demand: shape (customers + 1,), the depot first, with demand 0."""

    name: str
    x: Floats
    y: Floats
    demand: Ints
    capacity: int


@dataclass(frozen=True, slots=True)
class Solution:
    """Routes of customers, and what the file says they cost."""

    routes: tuple[tuple[int, ...], ...]
    cost: float | None


def read_instance(text: str, name: str = "the file") -> Instance:
    """Raises UnusableFile with the line where something is missing or is not understood."""
    fields: dict[str, str] = {}
    sections: dict[str, list[tuple[int, list[str]]]] = {}
    section = ""
    for number, line in enumerate(text.splitlines(), 1):
        words = line.split()
        found = _FIELD.fullmatch(line.strip())
        if not words:
            continue
        if words[0] == "EOF":
            break
        if words[0].endswith("_SECTION"):
            section = words[0]
            sections[section] = []
        elif found:
            fields[found[1]], section = found[2].strip(), ""
        elif section:
            sections[section].append((number, words))
        else:
            raise _refused(f"line {number}", line.strip(), "KEY : VALUE or a section", "Give a file of CVRPLIB.")
    for key, value in (("TYPE", "CVRP"), ("EDGE_WEIGHT_TYPE", "EUC_2D")):
        if fields.get(key) != value:
            raise _refused(
                key, fields.get(key, "nothing"), value, "Only capacitated instances in the plane are solved."
            )
    for key in ("DISTANCE", "SERVICE_TIME"):
        if key in fields:
            raise _refused(key, fields[key], "no limit of length", "Only capacity limits a route here.")
    count, capacity = (_whole(key, fields.get(key, "nothing")) for key in ("DIMENSION", "CAPACITY"))
    places = _numbered(sections, "NODE_COORD_SECTION", 2, count)
    demands = _numbered(sections, "DEMAND_SECTION", 1, count)
    depots = [words[0] for _, words in sections.get("DEPOT_SECTION", []) if words[0] != "-1"]
    if len(depots) != 1 or depots[0] not in places:
        raise _refused("DEPOT_SECTION", depots, "one node of the file", "Name one depot.")
    order = [depots[0], *(node for node in places if node != depots[0])]
    for node in order:
        if node not in demands:
            raise _refused("DEMAND_SECTION", f"nothing for node {node}", "a demand for each node", "Add the line.")
    demand = np.array([demands[node][0] for node in order])
    demand[0] = 0
    too_much = [node for node, amount in zip(order, demand, strict=True) if not 0 <= amount <= capacity]
    if too_much:
        raise _refused(f"node {too_much[0]}", demands[too_much[0]][0], f"0 to {capacity}", "No vehicle can carry it.")
    x, y = (np.array([places[node][k] for node in order]) for k in (0, 1))
    return Instance(fields.get("NAME", name), x, y, demand.astype(np.int64), capacity)


def read_solution(text: str) -> Solution:
    """Raises UnusableFile where a line is neither a route nor a cost."""
    routes, cost = [], None
    for number, line in enumerate(text.splitlines(), 1):
        found = re.fullmatch(r"\s*(?:Route\s*#?\s*\d+\s*:\s*([\d\s]*)|Cost\s*:?\s*([\d.]+))\s*", line, re.IGNORECASE)
        if found is None:
            if line.strip():
                raise _refused(f"line {number}", line.strip(), "Route #1: 4 2 3, or Cost 784", "Give a .sol file.")
        elif found[2]:
            cost = float(found[2])
        else:
            routes.append(tuple(map(int, found[1].split())))
    return Solution(tuple(routes), cost)


def solve_instance(instance: Instance, rule: RoundsRule) -> tuple[tuple[int, ...], ...]:
    """Routes of customers; as many as it takes."""
    count = len(instance.x)
    if count < 2:
        return ()
    needs = np.zeros((count, 6), np.int64)
    needs[:, WEIGHT_G], needs[:, CLOSES] = instance.demand, FOREVER
    limits = np.zeros(8, np.int64)
    limits[[LOAD_PIECES_MAX, STOPS_MAX, BUSY_MAX, COLD_WITHIN]] = FOREVER
    limits[LOAD_G_MAX] = instance.capacity
    crew = Crew(0, (), np.arange(1, count), limits, 0, FOREVER)
    (trips,) = trips_for(Field(plane(instance.x, instance.y), needs), [crew], rule)
    return tuple(tuple(trip.tolist()) for trip in trips)


def cost_of(instance: Instance, routes: tuple[tuple[int, ...], ...]) -> int:
    """The sum of the rounded lengths."""
    ground = plane(instance.x, instance.y)
    chains = [np.array([0, *route, 0]) for route in routes]
    return sum(int(plain_lengths(ground, chain[:-1], chain[1:]).sum()) for chain in chains)


def faults_of(instance: Instance, routes: tuple[tuple[int, ...], ...]) -> list[str]:
    """What makes routes no solution: a customer missed or met twice, a vehicle too full."""
    met = sorted(customer for route in routes for customer in route)
    faults = [] if met == list(range(1, len(instance.x))) else ["not every customer is met exactly once"]
    for number, route in enumerate(routes, 1):
        known = [customer for customer in route if 0 < customer < len(instance.x)]
        load = int(instance.demand[known].sum())
        if load > instance.capacity:
            faults.append(f"route {number} carries {load} of {instance.capacity}")
    return faults


def _numbered(
    sections: dict[str, list[tuple[int, list[str]]]], name: str, width: int, count: int
) -> dict[str, tuple[float, ...]]:
    rows: dict[str, tuple[float, ...]] = {}
    for number, words in sections.get(name, []):
        try:
            values = tuple(float(word) for word in words[1:])
        except ValueError:
            values = ()
        if len(values) != width or not all(abs(value) < 1e9 for value in values) or words[0] in rows:
            form = f"a node of its own and {width} numbers"
            raise _refused(f"line {number}", " ".join(words), form, f"Correct the line of {name}.")
        rows[words[0]] = values
    if len(rows) != count:
        raise _refused(name, f"{len(rows)} nodes", f"{count} nodes, as DIMENSION says", "Add the missing lines.")
    return rows


def _whole(key: str, text: str) -> int:
    if not text.isascii() or not text.isdigit() or int(text) < 1:
        raise _refused(key, text, "a whole number from 1 on", "Give a file of CVRPLIB.")
    return int(text)


def _refused(where: str, found: object, expected: str, cure: str) -> UnusableFile:
    return UnusableFile(
        f"{where}: found {found!r}, expected {expected}. Nothing was solved.",
        where=where,
        found=found,
        expected=expected,
        cure=cure,
    )
