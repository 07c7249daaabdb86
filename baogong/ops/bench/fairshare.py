"""
`baogong bench fairshare`: the exact fair share beside the same shares by a sequence of linear programs in HiGHS.

Requesters ask for about 70 % of the items and reach the three nearest of the sites; stock covers 60 % of all need, unevenly.
All weights are 1 and there are no floors: many equal levels, which is the case HiGHS needs fewest programs for. HiGHS gets each
item as a sequence of its own (30 s instead of 42 s for all items in one), one thread, like ours.

"bent": the largest of these sizes again with a weight for every requester, a floor for a tenth of its needs and a cap for a
seventh; a smaller one of the same kind is held against HiGHS.
"""

from __future__ import annotations

import time
from dataclasses import replace
from functools import partial
from typing import Any

import numpy as np

from baogong.engine.fairshare.cartons import round_to_cartons
from baogong.engine.fairshare.flow import Floats
from baogong.engine.fairshare.levels import exact_flow, floor_flow, solve_levels
from baogong.engine.fairshare.oracle import lp_shares
from baogong.engine.fairshare.tables import Columns, Tables, merge, totals
from baogong.ops.bench.report import Report, Target, median_s, peak_mb

SITES_REACHED = 3
CARTONS = (1, 10, 20, 50)
SHARE_COVERED = 0.6
WEIGHTS = (2.0, 1.5, 1.0, 0.5)
PEER = "HiGHS, sequence of linear programs"
BENT = "weights, floors and caps"


def instance(requesters: int, sites: int, items: int, *, seed: int = 1) -> Columns:
    """A snapshot of `requesters` × `sites` × `items`; lots are whole cartons, one carton size per item."""
    random = np.random.default_rng([seed, requesters, sites, items])
    need = np.maximum(1, random.gamma(2, 50, (requesters, items)).round()).astype(np.int64)
    need[random.random((requesters, items)) >= 0.7] = 0
    homes, depots = random.random((requesters, 2)), random.random((sites, 2))
    distance = ((homes[:, None] - depots[None]) ** 2).sum(axis=2)
    reached = min(SITES_REACHED, sites)
    opens = np.zeros((requesters, sites), np.bool_)
    opens[np.arange(requesters)[:, None], np.argpartition(distance, reached - 1, axis=1)[:, :reached]] = True
    carton = np.array(CARTONS)[np.arange(items) % len(CARTONS)]
    parts = random.dirichlet(np.full(sites, 1.5), items)
    stock = np.round(parts * need.sum(axis=0)[:, None] * SHARE_COVERED / carton[:, None]).astype(np.int64)
    who, what = np.nonzero(need)
    asked, pairs, lots = need[who, what], len(who), items * sites
    return Columns(
        item_count=items,
        pair_requester=who,
        pair_item=what,
        pair_set=np.zeros(pairs, np.int64),
        need=asked,
        floor=np.zeros(pairs, np.int64),
        ceiling=asked,
        weight=np.ones(pairs),
        earlier=np.zeros(pairs),
        lot_item=np.repeat(np.arange(items), sites),
        lot_gate=np.tile(np.arange(sites), items),
        lot_standard=np.zeros(lots, np.int64),
        lot_carton=np.repeat(carton, sites),
        lot_amount=(stock * carton[:, None]).ravel(),
        opens=opens,
        accepts=np.ones((1, 1), np.bool_),
    )


def bent(columns: Columns, *, seed: int = 1) -> Columns:
    """The same snapshot where nearly everyone's taking bends at levels of its own; the floors can be kept."""
    random = np.random.default_rng([seed, len(columns.need)])
    weight = np.array(WEIGHTS)[random.integers(0, len(WEIGHTS), len(columns.opens))][columns.pair_requester]
    part, pairs = random.random((2, len(columns.need))), len(columns.need)
    floor = np.where(random.random(pairs) < 0.1, columns.need * part[0] * 0.3, 0).astype(np.int64)
    cap = np.where(random.random(pairs) < 0.15, columns.need * (0.3 + 0.7 * part[1]), columns.need).astype(np.int64)
    return replace(columns, weight=weight, floor=floor, ceiling=np.maximum(np.maximum(cap, floor), 1))


def exact_shares(columns: Columns) -> Floats:
    """What is timed: from the snapshot's columns to exact pieces per pair."""
    tables = merge(columns)
    return solve_levels(tables, tables.pool_amount, columns.floor).exact


def whole_cartons(columns: Columns) -> tuple[Tables, Floats, Floats]:
    """Tables, exact pieces and pieces in whole cartons, per pair."""
    tables = merge(columns)
    exact = solve_levels(tables, tables.pool_amount, columns.floor).exact
    along = exact_flow(tables.graph, tables.pool_amount, totals(tables.pair_class, exact, tables.graph.class_count))
    return tables, exact, round_to_cartons(tables, exact, along, columns.floor).pieces(tables).astype(np.float64)


def run(*, quick: bool) -> Report:
    """1,000×20×5 and 3,000×50×5 once when quick; else 10,000×50×5 and 100,000×50×20, medians of three after a warm-up."""
    report = Report("fairshare", quick)
    sizes = [(1_000, 20, 5), (3_000, 50, 5)] if quick else [(1_000, 20, 5), (10_000, 50, 5), (100_000, 50, 20)]
    exact_shares(instance(100, 5, 2))  # compile outside every measurement
    seconds: list[float] = []
    furthest, difference = 0.0, 0.0
    for size in sizes:
        columns, name = instance(*size), "×".join(f"{part:,}" for part in size)
        own_s = median_s(partial(exact_shares, columns), runs=1 if quick else 3, warm_up=not quick)
        seconds.append(own_s)
        started = time.perf_counter()
        tables, exact, pieces = whole_cartons(columns)
        cartons_s = time.perf_counter() - started
        carton = tables.pool_carton[np.searchsorted(tables.pool_item, columns.pair_item)]
        furthest = max(furthest, float((np.abs(pieces - exact) / carton).max()))
        report.ours[name] = {
            "pairs": len(columns.need),
            "classes": tables.graph.class_count,
            "exact_s": own_s,
            "exact_and_cartons_s": cartons_s,
            "worst_ratio": float((exact / columns.need).min()),
        }
        report.checks[f"{name}: no pair above its need"] = bool(
            (exact <= columns.need).all() and (pieces <= columns.need).all()
        )
        report.checks[f"{name}: no item above its stock"] = _is_within_stock(columns, exact, pieces)
        if size[0] <= 10_000:
            report.peers[name] = _peer(columns, exact, own_s, runs=1 if quick else 3)
            difference = max(difference, report.peers[name]["difference"])
    difference = max(difference, _run_bent(report, sizes[-1], runs=1 if quick else 3))
    compared = "3,000×50×5" if quick else "10,000×50×5"
    growth = None if quick else seconds[-1] / seconds[-2]
    report.targets = [
        Target("oracle_difference", difference, "lower", 1e-6, 1e-8),
        Target("times_lp", report.peers[compared]["times_slower"], "higher", 100, 300),
        Target("growth_100k20_over_10k5", growth, "lower", 40, 20),
        Target("cartons_from_exact", furthest, "lower", 1, 1),
    ]
    report.checks["the same shares as the linear programs"] = difference <= 1e-6
    report.checks["everyone within one carton of the exact share"] = furthest <= 1 + 1e-6
    return report


def _run_bent(report: Report, size: tuple[int, int, int], *, runs: int) -> float:
    """The largest difference to HiGHS, on a size it solves in seconds."""
    small = bent(instance(300, 12, 3))
    theirs, programs = lp_shares(small)
    difference = float((np.abs(theirs - exact_shares(small)) / small.need).max())
    columns, name = bent(instance(*size)), f"{'×'.join(f'{part:,}' for part in size)}, {BENT}"
    tables = merge(columns)
    report.checks[f"{name}: the floors can be kept"] = not floor_flow(
        tables, tables.pool_amount, columns.floor
    ).lacking.any()
    own_s = median_s(partial(exact_shares, columns), runs=runs)
    started = time.process_time()
    exact = exact_shares(columns)
    own_cpu_s = time.process_time() - started
    tables, _, pieces = whole_cartons(columns)
    both_cpu_s = time.process_time() - started - own_cpu_s
    report.ours[name] = {
        "pairs": len(columns.need),
        "floors": int((columns.floor > 0).sum()),
        "caps": int((columns.ceiling < columns.need).sum()),
        "classes": tables.graph.class_count,
        "exact_s": own_s,
        "exact_cpu_s": own_cpu_s,
        "exact_and_cartons_cpu_s": both_cpu_s,
        "peak_mb": peak_mb(),
    }
    report.peers[f"300×12×3, {BENT}"] = {"peer": PEER, "programs": programs, "difference": difference}
    report.checks[f"{name}: between floor and cap"] = bool(
        (exact >= columns.floor - 1e-6).all()
        and (exact <= columns.ceiling + 1e-6).all()
        and (pieces <= columns.ceiling).all()
    )
    report.checks[f"{name}: no item above its stock"] = _is_within_stock(columns, exact, pieces)
    return difference


def _is_within_stock(columns: Columns, exact: Floats, pieces: Floats) -> bool:
    stock = totals(columns.lot_item, columns.lot_amount, columns.item_count)
    given = np.maximum(
        totals(columns.pair_item, exact, columns.item_count), totals(columns.pair_item, pieces, columns.item_count)
    )
    return bool((given <= stock * (1 + 1e-9)).all())


def _peer(columns: Columns, exact: Floats, own_s: float, *, runs: int) -> dict[str, Any]:
    """HiGHS on the same columns; it compiles nothing and needs no warm-up."""
    answers: list[tuple[Floats, int]] = []
    peer_s = median_s(lambda: answers.append(lp_shares(columns)), runs=runs, warm_up=False)
    theirs, programs = answers[-1]
    return {
        "peer": PEER,
        "programs": programs,
        "exact_s": peer_s,
        "difference": float((np.abs(theirs - exact) / columns.need).max()),
        "times_slower": peer_s / own_s,
    }
