"""
`baogong bench rounds`: stops behind gates, planned by ours and by PyVRP on the same lengths with the same price of a trip.

The town is drawn: walled communities on a loose grid, one gate each, rows of buildings, two to four units each; a unit is
a stop of 40 s and 5 s for each parcel, every tenth has a door of 180 s besides. A trip carries 240 kg. Cost is seconds of
walking and the price of each trip; serving costs the same in every plan and is left out. Ours is the whole of `solve`:
distances, trips, couriers, moments; its plan must pass the checker. PyVRP gets the matrix of lengths ready made.
"""

from __future__ import annotations

import math
import os
import statistics
import time
from dataclasses import asdict, dataclass, replace
from pathlib import Path
from typing import Any

import numpy as np
import pyvrp
from pyvrp.stop import MaxRuntime

from baogong.engine.rounds import (
    Community,
    Courier,
    Gate,
    Limits,
    Plan,
    Problem,
    RoundsRule,
    Station,
    Stop,
    check,
    replan,
    solve,
)
from baogong.engine.rounds.cvrplib import cost_of, faults_of, read_instance, read_solution, solve_instance
from baogong.engine.rounds.ground import DECI, ground_of, lengths_between
from baogong.ops.bench.report import Report, Target, peak_mb

DAY = (8 * 3600, 20 * 3600)
TRIP_G, TRIP_PRICE_S, PITCH_M = 240_000, 300, 260
STOPS_PER_COMMUNITY = 24
IN_A_TWENTIETH = (1000, 3000)
FOLDER = "BAOGONG_CVRPLIB"
"""A folder of CVRPLIB's instances with their best known solutions beside them (`X-n101-k25.vrp`, `X-n101-k25.sol`)."""
XXL = ("Leuven", "Antwerp", "Ghent", "Brussels", "Flanders")


def town(stops_count: int, seed: int = 20220401) -> Problem:
    """The middle of a city first: communities are filled from the centre outwards; a fifth of the cells are parks."""
    draw = np.random.default_rng(seed + stops_count)
    side = max(2, math.ceil(math.sqrt((stops_count / STOPS_PER_COMMUNITY + 4) * 1.25)))
    cells = [(a, b) for a in range(side) for b in range(side) if draw.random() > 0.2]
    cells.sort(key=lambda cell: (cell[0] - side / 2) ** 2 + (cell[1] - side / 2) ** 2)
    communities: list[Community] = []
    stops: list[Stop] = []
    while len(stops) < stops_count:
        n = len(communities)
        column, row = cells[n] if n < len(cells) else draw.integers(0, side, 2).tolist()
        wide_m, deep_m = draw.uniform(90, 210, 2)
        x_m, y_m = (
            column * PITCH_M + draw.uniform(0, PITCH_M - wide_m),
            row * PITCH_M + draw.uniform(0, PITCH_M - deep_m),
        )
        walls = ((wide_m / 2, 0), (wide_m / 2, deep_m), (0, deep_m / 2), (wide_m, deep_m / 2))
        east_m, north_m = walls[draw.integers(4)]
        communities.append(Community(f"C{n}", (Gate(f"G{n}", x_m + east_m, y_m + north_m),)))
        stops += _units(draw, f"C{n}", x_m, y_m, wide_m, deep_m, len(stops))
    stops = stops[:stops_count]
    station = Station("A", *(sum(getattr(stop, key) for stop in stops) / stops_count + 9 for key in ("x_m", "y_m")))
    couriers = tuple(Courier(f"K{n}", "A", TRIP_G, 10_000, DAY) for n in range(8 + stops_count // 100))
    limits = Limits(load_s=TRIP_PRICE_S)
    return Problem((station,), tuple(stops), couriers, tuple(communities), limits)


def _units(
    draw: np.random.Generator, community: str, x_m: float, y_m: float, wide_m: float, deep_m: float, first: int
) -> list[Stop]:
    """One community's stops: rows of buildings, units side by side, shelves and some doors."""
    made: list[Stop] = []

    def add(east_m: float, north_m: float, kg: float, service_s: int) -> None:
        weight_g = min(max(1, int(kg)) * 1000, TRIP_G)
        made.append(Stop(f"S{first + len(made)}", east_m, north_m, community, weight_g=weight_g, service_s=service_s))

    for north_m in np.arange(15, deep_m - 10, 42.0):
        for east_m in np.arange(10, wide_m - 35, 62.0):
            if draw.random() < 0.08:
                continue
            for unit in range(draw.integers(2, 5)):
                parcels = draw.poisson(draw.integers(8, 25) * 0.33)
                at_m = x_m + east_m + 14 * unit
                if parcels:
                    add(at_m, y_m + north_m + draw.uniform(-1, 1), draw.gamma(parcels, 1.5), 40 + 5 * int(parcels))
                if draw.random() < 0.10:
                    add(at_m + 3, y_m + north_m + draw.uniform(2, 6), draw.gamma(2, 1.5), 180)
    return made


@dataclass(frozen=True, slots=True)
class Answer:
    """cost_s: walking and the price of trips."""

    cost_s: float
    trips_count: int
    seconds: float
    is_sound: bool


def ours(problem: Problem, rule: RoundsRule) -> Answer:
    started = time.perf_counter()
    plan = solve(problem, rule)
    seconds = time.perf_counter() - started
    is_sound = not plan.left and check(problem, plan) == []
    return Answer(plan.cost.price_s - plan.cost.service_s, plan.cost.trips_count, seconds, is_sound)


def peer(problem: Problem, *, limit_s: float, seed: int = 1) -> Answer:
    """PyVRP's own search with as many vehicles as it likes; the answer is weighed and counted here."""
    ground = ground_of(problem)
    rows = np.arange(len(ground.x_m))
    lengths: Any = lengths_between(ground, rows).astype(np.int64)
    places = [pyvrp.Location(x=float(ground.x_m[row]), y=float(ground.y_m[row])) for row in rows]
    clients = [pyvrp.Client(row, delivery=[stop.weight_g]) for row, stop in enumerate(problem.stops, 1)]
    price = problem.limits.load_s * DECI
    fleet = pyvrp.VehicleType(len(clients), capacity=[TRIP_G], fixed_cost=price)
    data = pyvrp.ProblemData(places, clients, [pyvrp.Depot(0)], [fleet], [lengths], [lengths * 0])
    started = time.perf_counter()
    found = pyvrp.solve(data, MaxRuntime(limit_s), seed=seed, display=False).best
    seconds = time.perf_counter() - started
    routes = [[a.idx + 1 for a in route.schedule() if a.is_client()] for route in found.routes()]
    weight_g = np.array([0, *(stop.weight_g for stop in problem.stops)])
    is_sound = sorted(v for route in routes for v in route) == list(range(1, len(rows))) and all(
        weight_g[route].sum() <= TRIP_G for route in routes
    )
    chains = [np.array([0, *route, 0]) for route in routes]
    walk = sum(int(lengths[chain[:-1], chain[1:]].sum()) for chain in chains)
    return Answer(walk / DECI + problem.limits.load_s * len(routes), len(routes), seconds, is_sound)


def after_a_change(problem: Problem, plan: Plan) -> tuple[float, int, bool]:
    """(milliseconds, trips touched, whether the plan holds) when one stop gets another 20 kg."""
    changed = problem.stops[len(problem.stops) // 2]
    heavier = replace(changed, weight_g=min(TRIP_G, changed.weight_g + 20_000))
    now = replace(problem, stops=tuple(heavier if stop is changed else stop for stop in problem.stops))
    started = time.perf_counter()
    again = replan(now, plan)
    seconds = time.perf_counter() - started
    return seconds * 1000, len(again.touched), check(now, again.plan) == [] and not again.plan.left


def gap(file: Path, limit_s: float) -> float:
    """How far ours is from the solution beside an instance, as a share."""
    instance = read_instance(file.read_text(encoding="utf-8"))
    best = read_solution(file.with_suffix(".sol").read_text(encoding="utf-8")).routes
    routes = solve_instance(instance, RoundsRule(limit_s=limit_s, plain_stops=0))
    assert not faults_of(instance, routes)
    return cost_of(instance, routes) / cost_of(instance, best) - 1


def gaps(limit_s: float = 10.0) -> dict[str, float | None]:
    """Mean percent over best known, for the set X (Uchoa et al.) and the larger one (Arnold et al.); None: not given."""
    folder = os.environ.get(FOLDER)
    files = sorted(Path(folder).rglob("*.vrp")) if folder else []
    files = [file for file in files if file.with_suffix(".sol").exists()]
    sets = {"gap_x_10s": [f for f in files if f.stem.startswith("X-")]}
    sets["gap_xxl_10s"] = [f for f in files if f.stem[:-1] in XXL]
    return {
        name: 100 * statistics.mean(gap(file, limit_s) for file in members) if members else None
        for name, members in sets.items()
    }


def run(*, quick: bool) -> Report:
    """Medians of three runs with seeds of their own; quick: one run, 300 and 1,000 stops, PyVRP 10 s each."""
    ours(town(120), RoundsRule(turns_per_stop=4))  # compiles
    sizes = (
        ((300, 10.0), (1000, 10.0)) if quick else ((75, 10.0), (300, 10.0), (1000, 60.0), (3000, 60.0), (10_000, 60.0))
    )
    report = Report("rounds", quick)
    ratios: dict[str, float] = {}
    for stops_count, peer_s in sizes:
        name = f"{stops_count}_over_pyvrp{peer_s:.0f}"
        runs = [_compare(stops_count, peer_s, seed) for seed in range(1, 2 if quick else 4)]
        share = statistics.median(mine.seconds / theirs.seconds for mine, theirs in runs)
        if quick or stops_count not in IN_A_TWENTIETH or share <= 1 / 20:
            ratios[f"cost_{name}"] = statistics.median(mine.cost_s / theirs.cost_s for mine, theirs in runs)
        report.ours[name] = [asdict(mine) for mine, _ in runs]
        report.peers.setdefault("pyvrp", {})[name] = [asdict(theirs) for _, theirs in runs]
        report.checks[f"{stops_count}: every plan of both sides holds"] = all(
            mine.is_sound and theirs.is_sound for mine, theirs in runs
        )
    problem = town(1000 if quick else 3000)
    plan = solve(problem, RoundsRule(turns_per_stop=10))
    changes = [after_a_change(problem, plan) for _ in range(1 if quick else 3)]
    report.checks["every plan after a change holds"] = all(is_sound for _, _, is_sound in changes)
    report.ours["peak_mb"] = peak_mb()
    over_bound = None
    if not quick:
        bound = math.ceil(sum(stop.weight_g for stop in problem.stops) / TRIP_G)
        over_bound = statistics.median(run["trips_count"] for run in report.ours["3000_over_pyvrp60"]) / bound
    libraries: dict[str, float | None] = {"gap_x_10s": None, "gap_xxl_10s": None} if quick else gaps()
    report.targets = [
        Target("cost_1000_over_pyvrp60", ratios.get("cost_1000_over_pyvrp60"), "lower", 1.00, 0.99),
        Target("cost_3000_over_pyvrp60", ratios.get("cost_3000_over_pyvrp60"), "lower", 1.00, 0.99),
        Target("cost_10000_over_pyvrp60", ratios.get("cost_10000_over_pyvrp60"), "lower", 0.95, 0.93),
        Target("cost_300_over_pyvrp10", ratios.get("cost_300_over_pyvrp10"), "lower", 1.005, 1.00),
        Target("cost_75_over_pyvrp10", ratios.get("cost_75_over_pyvrp10"), "lower", 1.005, 1.00),
        Target("trips_over_bound", over_bound, "lower", 1.05, 1.02),
        Target("replan_ms", None if quick else statistics.median(ms for ms, _, _ in changes), "lower", 300, 50),
        Target("replan_rounds_touched", None if quick else max(n for _, n, _ in changes), "lower", 4, 2),
        Target("gap_x_10s", libraries["gap_x_10s"], "lower", 1.5, 0.8),
        Target("gap_xxl_10s", libraries["gap_xxl_10s"], "lower", 3, 1.5),
    ]
    report.ours["ratios"] = ratios
    return report


def _compare(stops_count: int, peer_s: float, seed: int) -> tuple[Answer, Answer]:
    """Both sides on one town. Where a twentieth of the time is asked, the search gets what distances and shifts leave."""
    problem = town(stops_count)
    limit_s = peer_s / 20 * 0.9 if stops_count in IN_A_TWENTIETH and peer_s >= 60 else peer_s / 4
    mine = ours(problem, RoundsRule(seed=seed, limit_s=limit_s, plain_stops=0))
    return mine, peer(problem, limit_s=peer_s, seed=seed)
