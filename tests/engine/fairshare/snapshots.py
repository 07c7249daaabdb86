"""Random snapshots with everything in them: weights, memory, floors, caps, earmarks, standards, reach, arrival, cartons."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, timedelta

import numpy as np

from baogong.engine.fairshare import Capacity, FairnessRule, Limit, Lot, Need, Problem, Requester, Size
from baogong.engine.fairshare.flow import Ints
from baogong.engine.fairshare.layout import Layout, lay_out
from baogong.engine.fairshare.levels import floor_flow
from baogong.engine.fairshare.tables import Tables, merge

DAY = date(2020, 2, 10)
STANDARDS = ("", "GB19083", "EN14683")


def random_problem(seed: int, *, requesters: int = 10, lots: int = 8, cartons: tuple[int, ...] = (1, 5, 12)) -> Problem:
    """Small, and tight: stock and need are of one size. Floors may be infeasible (`with_feasible_floors`)."""
    random = np.random.default_rng(seed)
    names = [f"r{number}" for number in range(int(random.integers(1, requesters + 1)))]
    items = [f"i{number}" for number in range(int(random.integers(1, 4)))]
    sites = [f"s{number}" for number in range(int(random.integers(1, 4)))]

    def one_of(choices: tuple[float, ...]) -> float:
        return choices[int(random.integers(len(choices)))]

    def some_of(choices: list[str], part: float) -> list[str]:
        return [choice for choice in choices if random.random() < part]

    def pieces(high: int) -> int:
        return int(random.integers(0, high))

    return Problem(
        requesters=tuple(
            Requester(
                name,
                weight=one_of((1, 1, 1, 2, 0.5, 3.7)),
                floor={item: pieces(20) for item in some_of(items, 0.15)},
                cap={item: pieces(150) for item in some_of(items, 0.25)},
                earlier_met=one_of((0, 0, 0, 0.3, 0.9, 1)),
            )
            for name in names
        ),
        lots=tuple(
            Lot(
                f"l{number}",
                items[pieces(len(items))],
                pieces(400),
                sites[pieces(len(sites))],
                carton=int(one_of(cartons)),
                earmark=frozenset(some_of(names, 0.5) if random.random() < 0.3 else []),
                standard=STANDARDS[pieces(3)],
                expires_on=DAY + timedelta(days=pieces(6)) if random.random() < 0.3 else None,
            )
            for number in range(int(random.integers(1, lots + 1)))
        ),
        needs=tuple(
            Need(name, item, pieces(200), frozenset(some_of(list(STANDARDS[1:]), 0.5) if random.random() < 0.4 else []))
            for name in names
            for item in some_of(items, 0.8)
        ),
        reach=None
        if random.random() < 0.3
        else frozenset((site, name) for site in sites for name in some_of(names, 0.7)),
        cost={(site, name): pieces(90) for site in sites for name in some_of(names, 0.9)}
        if random.random() < 0.3
        else None,
        arrives_on=DAY if random.random() < 0.5 else None,
        arrivals={(sites[0], name): DAY + timedelta(days=pieces(6)) for name in some_of(names, 0.3)},
    )


def without_floors(problem: Problem) -> Problem:
    return replace(problem, requesters=tuple(replace(requester, floor={}) for requester in problem.requesters))


def with_feasible_floors(problem: Problem) -> Problem:
    """Floors that cannot be kept are lowered to what a largest flow of floors gives them."""
    layout, tables = laid_out(problem)
    kept = floor_share(layout, tables)
    floors: dict[str, dict[str, int]] = {requester.id: {} for requester in problem.requesters}
    for need, floor in zip(layout.needs, kept.tolist(), strict=True):
        floors[need.requester][need.item] = floor
    return replace(problem, requesters=tuple(replace(r, floor=floors[r.id]) for r in problem.requesters))


def laid_out(problem: Problem) -> tuple[Layout, Tables]:
    layout = lay_out(problem, FairnessRule())
    return layout, merge(layout.columns)


def floor_share(layout: Layout, tables: Tables) -> Ints:
    floor = np.minimum(layout.columns.floor, layout.columns.ceiling)
    left = floor_flow(tables, tables.pool_amount, floor).taken()
    for pair, group in enumerate(tables.pair_class.tolist()):
        floor[pair] = min(floor[pair], left[group])
        left[group] -= floor[pair]
    return floor


def with_trucks(problem: Problem, seed: int, *, of_the_whole: bool = False) -> Problem:
    """Limits of the whole, of sites, of receivers, of lanes; most of them bind. Weights and volumes of their own per item."""
    random = np.random.default_rng([seed, 7])
    items = sorted({need.item for need in problem.needs} | {lot.item for lot in problem.lots})
    sizes = {item: Size(float(random.integers(1, 9)), float(random.integers(1, 50)) / 4) for item in items}
    sites = sorted({lot.site for lot in problem.lots})
    names = [requester.id for requester in problem.requesters]
    limits = []
    for _ in range(int(random.integers(1, 4))):
        some = frozenset(name for name in names if random.random() < 0.4) if random.random() < 0.6 else frozenset[str]()
        site = sites[int(random.integers(len(sites)))] if random.random() < 0.6 else None
        part = 1.0 if of_the_whole or (not some and site is None) else 0.3
        room = float(random.integers(0, 400 * len(problem.needs) + 1)) * part
        weight = room if random.random() < 0.7 else None
        limits.append(
            Limit(
                weight_g=weight,
                volume_cm3=room if weight is None or random.random() < 0.3 else None,
                site=None if of_the_whole else site,
                requesters=frozenset() if of_the_whole else some,
            )
        )
    return replace(problem, capacity=Capacity(sizes, tuple(limits)))


def may_use(problem: Problem, requester: str, lot: Lot, need: Need) -> bool:
    """Is the lot open to this need, told from the snapshot itself."""
    arrives = problem.arrivals.get((lot.site, requester), problem.arrives_on)
    knows_days = problem.arrives_on is not None or bool(problem.arrivals)
    return (
        lot.item == need.item
        and (not lot.earmark or requester in lot.earmark)
        and (not need.standards or lot.standard in need.standards)
        and (problem.reach is None or (lot.site, requester) in problem.reach)
        and (not knows_days or lot.expires_on is None or arrives is None or arrives <= lot.expires_on)
    )
