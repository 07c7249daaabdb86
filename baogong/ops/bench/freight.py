"""
`baogong bench freight`: six origins, a hundred receivers, a week of six-hour slots, lateness priced.

Ours plans each origin apart (`engine.freight.consolidate`). The peer is one HiGHS model of the whole: an integer per
(origin, slot, kind) and an amount per (origin, receiver, slot). Both plans are turned into the same two tables (what
left when, which trucks) and priced by the same function, which also checks them.
"""

from __future__ import annotations

import statistics
import time
from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from numpy.typing import NDArray

from baogong.engine.freight.consolidate import Batch, TruckKind, consolidate
from baogong.engine.freight.rule import FreightRule
from baogong.ops.bench.report import Report, Target

Amounts = NDArray[np.int64]
Floats = NDArray[np.float64]

ORIGINS_COUNT = 6
SLOT_H = 6
SPEED_KMH = 65
LATE_YUAN_PER_KG_SLOT = 0.4
TRUCKS = ((10_000, 5.0), (18_000, 7.0), (30_000, 9.5))  # capacity_g in kg, yuan per km
PEER_GAP = 1e-3


@dataclass(frozen=True, slots=True)
class Instance:
    """
    size_kg, ready_slot, due_slot  shape (origins, receivers); size 0 means nothing goes there; `due_slot` is the last
                                   slot of departure that still arrives in time
    km                             shape (origins,), to the hub
    """

    size_kg: Amounts
    ready_slot: Amounts
    due_slot: Amounts
    km: Floats
    slots_count: int


@dataclass(frozen=True, slots=True)
class Answer:
    """
    shipped_kg  shape (origins, receivers, slots); trucks shape (origins, slots, kinds)
    bound_yuan  no plan costs less, as far as this side has proven
    """

    shipped_kg: Floats
    trucks: Amounts
    bound_yuan: float
    seconds: float


def instance(*, receivers_count: int, slots_count: int, seed: int) -> Instance:
    """
    Origins 300–2,000 km away; half of all (origin, receiver) pairs send 5 t on average, ready in the first third.

    A quarter of the loads is urgent: it may wait one slot at most, so waiting for a fuller truck makes it late.
    """
    draw = np.random.default_rng(seed + receivers_count)
    shape = (ORIGINS_COUNT, receivers_count)
    km = draw.uniform(300, 2000, ORIGINS_COUNT)
    drive_slots = np.ceil(km / SPEED_KMH / SLOT_H).astype(np.int64)[:, None]
    size_t = draw.gamma(2.0, 2.5, shape) * (draw.random(shape) < 0.5)
    ready = draw.integers(0, max(1, slots_count // 3), shape)
    patience = np.where(
        draw.random(shape) < 0.25, draw.integers(0, 2, shape), draw.integers(2, slots_count // 2, shape)
    )
    due_at_hub = np.minimum(slots_count + drive_slots.max(), ready + drive_slots + patience)
    return Instance(np.rint(size_t * 1000).astype(np.int64), ready, due_at_hub - drive_slots, km, slots_count)


def faults(work: Instance, answer: Answer) -> list[str]:
    """What makes an answer no plan; half a kilogram is forgiven, for the peer counts in fractions."""
    slots = np.arange(work.slots_count)
    room_kg = answer.trucks @ np.array([capacity for capacity, _ in TRUCKS])
    early = answer.shipped_kg * (slots[None, None, :] < work.ready_slot[:, :, None])
    rules = {
        "not everything is shipped once": np.abs(answer.shipped_kg.sum(axis=2) - work.size_kg).max() > 0.5,
        "a negative amount": answer.shipped_kg.min() < -0.5,
        "something leaves before it is ready": early.sum() > 0.5,
        "a truck is too full": (answer.shipped_kg.sum(axis=1) > room_kg + 0.5).any(),
    }
    return [fault for fault, is_broken in rules.items() if is_broken]


def price_yuan(work: Instance, answer: Answer) -> float:
    """Trucks by kilometre, and each kilogram by slot late: the one cost function of both sides."""
    slots = np.arange(work.slots_count)
    per_km = answer.trucks @ np.array([yuan for _, yuan in TRUCKS])
    slots_late = np.maximum(0, slots[None, None, :] - work.due_slot[:, :, None])
    return float(work.km @ per_km.sum(axis=1) + LATE_YUAN_PER_KG_SLOT * (answer.shipped_kg * slots_late).sum())


def ours(work: Instance, *, limit_s: float) -> Answer:
    """Each origin apart; the time left is shared among the origins still to plan."""
    started = time.perf_counter()
    shipped = np.zeros((*work.size_kg.shape, work.slots_count))
    trucks = np.zeros((ORIGINS_COUNT, work.slots_count, len(TRUCKS)), np.int64)
    bound = 0.0
    for origin in range(ORIGINS_COUNT):
        left_s = max(0.1, limit_s - (time.perf_counter() - started))
        plan = consolidate(
            tuple(
                Batch(
                    str(n), int(work.size_kg[origin, n]), int(work.ready_slot[origin, n]), int(work.due_slot[origin, n])
                )
                for n in np.flatnonzero(work.size_kg[origin])
            ),
            tuple(TruckKind(str(k), kg, yuan * work.km[origin]) for k, (kg, yuan) in enumerate(TRUCKS)),
            late_prices=(LATE_YUAN_PER_KG_SLOT,) * work.slots_count,
            rule=FreightRule("bench", mip_gap=1e-6, nodes_count=1_000_000, limit_s=left_s / (ORIGINS_COUNT - origin)),
        )
        assert plan is not None, "trucks are unlimited, so a plan exists"
        bound += plan.bound
        for departure in plan.departures:
            trucks[origin, departure.slot, int(departure.kind)] += 1
            for name, kg in departure.carries:
                shipped[origin, int(name), departure.slot] += kg
    return Answer(shipped, trucks, bound, time.perf_counter() - started)


def peer(work: Instance, *, limit_s: float) -> Answer:
    """One HiGHS model of all origins, in tonnes, with HiGHS's own choice of threads."""
    started = time.perf_counter()
    solver = highspy.Highs()  # type: ignore[no-untyped-call]
    solver.setOptionValue("output_flag", False)
    solver.setOptionValue("mip_rel_gap", PEER_GAP)
    trucks = {
        (o, t, k): solver.addVariable(0, 60, yuan * work.km[o], highspy.HighsVarType.kInteger)
        for o in range(ORIGINS_COUNT)
        for t in range(work.slots_count)
        for k, (_, yuan) in enumerate(TRUCKS)
    }
    pairs = [(int(o), int(n)) for o, n in np.argwhere(work.size_kg)]
    moved = {
        (o, n, t): solver.addVariable(
            0,
            work.size_kg[o, n] / 1000,
            1000 * LATE_YUAN_PER_KG_SLOT * max(0, t - int(work.due_slot[o, n])),
        )
        for o, n in pairs
        for t in range(int(work.ready_slot[o, n]), work.slots_count)
    }
    for o, n in pairs:
        leaving = [moved[o, n, t] for t in range(int(work.ready_slot[o, n]), work.slots_count)]
        solver.addConstr(solver.qsum(leaving) == work.size_kg[o, n] / 1000)
    for o in range(ORIGINS_COUNT):
        for t in range(work.slots_count):
            aboard = [moved[o, n, t] for n in range(work.size_kg.shape[1]) if (o, n, t) in moved]
            room = [kg / 1000 * trucks[o, t, k] for k, (kg, _) in enumerate(TRUCKS)]
            if aboard:
                solver.addConstr(solver.qsum(aboard) <= solver.qsum(room))
    solver.setOptionValue("time_limit", limit_s)
    solver.run()
    values = np.array(solver.getSolution().col_value)
    shipped = np.zeros((*work.size_kg.shape, work.slots_count))
    for (o, n, t), column in moved.items():
        shipped[o, n, t] = 1000 * values[column.index]
    used = np.zeros((ORIGINS_COUNT, work.slots_count, len(TRUCKS)), np.int64)
    for (o, t, k), column in trucks.items():
        used[o, t, k] = round(values[column.index])
    return Answer(shipped, used, solver.getInfo().mip_dual_bound, time.perf_counter() - started)


def compare(*, receivers_count: int, slots_count: int, seed: int, peer_s: float) -> dict[str, Any]:
    """One instance planned by both sides and priced alike."""
    work = instance(receivers_count=receivers_count, slots_count=slots_count, seed=seed)
    theirs = peer(work, limit_s=peer_s)
    # A third of the time the peer really took: it stops early where it proves its own gap.
    mine = ours(work, limit_s=theirs.seconds / 3)
    mine_yuan, theirs_yuan = price_yuan(work, mine), price_yuan(work, theirs)
    bound_yuan = max(mine.bound_yuan, theirs.bound_yuan)
    return {
        "receivers": receivers_count,
        "slots": slots_count,
        "seed": seed,
        "cost_yuan": round(mine_yuan, 2),
        "seconds": round(mine.seconds, 3),
        "peer_cost_yuan": round(theirs_yuan, 2),
        "peer_seconds": round(theirs.seconds, 3),
        "bound_yuan": round(bound_yuan, 2),
        "peer_bound_yuan": round(theirs.bound_yuan, 2),
        "cost_over_peer": mine_yuan / theirs_yuan,
        "gap_to_bound": max(0.0, mine_yuan - bound_yuan) / mine_yuan,
        "faults": faults(work, mine) + faults(work, theirs),
        "in_time": mine.seconds <= theirs.seconds / 3,
        "bounds_agree": max(mine.bound_yuan, theirs.bound_yuan) <= min(mine_yuan, theirs_yuan) * (1 + 1e-6),
    }


def run(*, quick: bool) -> Report:
    """Medians over three instances (quick: one instance of each size, the peer at 10 s)."""
    warm_up = instance(receivers_count=4, slots_count=6, seed=1)
    ours(warm_up, limit_s=5.0)
    if quick:
        small = [compare(receivers_count=10, slots_count=12, seed=3, peer_s=10.0)]
        large = [compare(receivers_count=100, slots_count=28, seed=3, peer_s=10.0)]
    else:
        small = []
        large = [compare(receivers_count=100, slots_count=28, seed=seed, peer_s=60.0) for seed in (3, 4, 5)]
    runs = small + large

    def median(name: str) -> float:
        return statistics.median(float(one[name]) for one in large)

    return Report(
        bench="freight",
        quick=quick,
        ours={"runs": runs, "cost_yuan": median("cost_yuan"), "seconds": median("seconds")},
        peers={
            "highs_whole": {
                "cost_yuan": median("peer_cost_yuan"),
                "seconds": median("peer_seconds"),
                "bound_yuan": median("peer_bound_yuan"),
            }
        },
        targets=[
            Target("cost_over_peer", median("cost_over_peer"), "lower", 1.02, 0.99),
            Target("gap_to_bound", median("gap_to_bound"), "lower", 0.05, 0.01),
        ],
        checks={
            "every plan ships everything once, not too early and within its trucks": not any(
                one["faults"] for one in runs
            ),
            "planned in a third of the peer's time": all(one["in_time"] for one in large),
            "no bound lies above a plan's cost": all(one["bounds_agree"] for one in runs),
        },
    )
