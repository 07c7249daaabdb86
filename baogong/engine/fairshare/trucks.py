"""
Shares that trucks can carry.

What was shared as if everything could be brought stands wherever it fits under every limit. Otherwise the exact shares are
found anew under the limits (`coupled`), then loaded carton by carton (`loading`).
"""

from __future__ import annotations

from dataclasses import dataclass, field, replace

import numpy as np

from baogong.engine.fairshare import rules
from baogong.engine.fairshare.capacity import Rows, full_truck, pool_sites, rows_of, told_loads
from baogong.engine.fairshare.cartons import Parcels, round_to_cartons
from baogong.engine.fairshare.coupled import Coupled, Program, cut_levels
from baogong.engine.fairshare.floors import BadFloor, floors_within, infeasible_floors
from baogong.engine.fairshare.flow import Floats, Ints
from baogong.engine.fairshare.layout import Layout, fen_matrix, lay_out
from baogong.engine.fairshare.levels import Levels, solve_levels
from baogong.engine.fairshare.loading import load_cartons
from baogong.engine.fairshare.problem import Capacity, FairnessRule, InfeasibleFloors, Load, Problem
from baogong.engine.fairshare.reasons import FullTruck
from baogong.engine.fairshare.tables import Tables, merge, totals
from baogong.engine.fairshare.telling import Standing
from baogong.engine.fairshare.transport import Assignment, cheapest_lots, lots_in_order

_NOWHERE = Standing(np.zeros(0), np.zeros(0, np.int64), np.zeros(0, np.int64), {})
"""Of shares that are only counted, never told."""


@dataclass(frozen=True, slots=True)
class Shared:
    """The shares in arrays; pairs and lots in the order of the layout."""

    layout: Layout
    tables: Tables
    standing: Standing
    assignment: Assignment
    loads: tuple[Load, ...] = ()
    crowded: dict[int, FullTruck] = field(default_factory=dict)

    def pieces(self) -> Ints:
        _, lot, cartons = self.assignment
        pieces: Ints = cartons * self.layout.columns.lot_carton[lot]
        return pieces

    def got(self) -> Ints:
        return totals(self.assignment[0], self.pieces(), len(self.layout.columns.need))


def assign_lots(problem: Problem, layout: Layout, tables: Tables, parcels: Parcels) -> Assignment:
    """From pools to lots: in order of expiry, or where costs are given as cheap as can be."""
    if problem.cost is None:
        return lots_in_order(tables, parcels)
    return cheapest_lots(tables, parcels, fen_matrix(problem, layout), layout.lot_site)


def share_within(problem: Problem, capacity: Capacity, rule: FairnessRule, shared: Shared, levels: Levels) -> Shared:
    """
    `shared` and `levels` are of the snapshot without its capacity. Raises InfeasibleFloors, TooManyForTrucks.
    """
    rows = rows_of(capacity, shared.layout)
    loads = _loads(shared, rows)
    if not rows.is_over(loads).any() and _fits(problem, capacity, rule, shared, rows):
        return replace(shared, loads=told_loads(rows, loads, set()))
    if rows.are_of_the_whole:
        found = _within_the_whole(problem, capacity, rows, shared, levels)
    else:
        found = _within_lanes(problem, capacity, rule)
    loads = _loads(found, rows)
    assert not rows.is_over(loads).any()
    full = {truck for trucks in found.standing.full.values() for truck in trucks} | set(found.crowded.values())
    held = {row for row in range(len(rows)) if full_truck(capacity, rows, row) in full}
    return replace(found, loads=told_loads(rows, loads, held))


def other_rules(problem: Problem, layout: Layout, tables: Tables, rule: FairnessRule) -> tuple[Ints, Ints]:
    """Pieces under first come and pro rata, in whole cartons, by the same trucks; layout and tables without them."""
    came_first = rules.first_come(tables, np.argsort(layout.came))
    rated, along = rules.pro_rata(tables, tables.whole_amount)
    parcels = round_to_cartons(tables, rated, along, np.zeros_like(layout.columns.floor))
    if problem.capacity is None:
        return came_first, parcels.pieces(tables)
    apart = lay_out(problem, rule)
    apart_tables = merge(apart.columns)
    rows, site = rows_of(problem.capacity, apart), pool_sites(apart_tables, apart)
    held_first, is_held = rules.first_come_within(apart_tables, np.argsort(apart.came), rows, site)
    in_proportion = Shared(layout, tables, _NOWHERE, lots_in_order(tables, parcels))
    if not rows.is_over(_loads(in_proportion, rows)).any():
        return held_first if is_held else came_first, in_proportion.got()
    rated, ways = rules.pro_rata_within(apart_tables, apart_tables.whole_amount, rows, site)
    no_floor, own = np.zeros(len(rated), np.int64), np.arange(len(rated))
    loading = load_cartons(apart_tables, rows, site, rated, no_floor, ways, own)
    return held_first if is_held else came_first, loading.got


def _loads(shared: Shared, rows: Rows) -> Floats:
    pair, lot, _ = shared.assignment
    columns = shared.layout.columns
    return rows.loads(
        columns.pair_requester[pair], columns.pair_item[pair], shared.layout.lot_site[lot], shared.pieces()
    )


def _fits(problem: Problem, capacity: Capacity, rule: FairnessRule, shared: Shared, rows: Rows) -> bool:
    """Could the divisible shares be carried too; at most all of them, and all that lies at a site, rides a row."""
    columns, exact, lot_site = shared.layout.columns, shared.standing.exact, shared.layout.lot_site
    most = replace(rows, site=np.full(len(rows), -1)).loads(
        columns.pair_requester, columns.pair_item, np.zeros(len(exact), np.int64), exact
    )
    for row in np.flatnonzero(rows.site >= 0).tolist():
        lies = lot_site == rows.site[row]
        most[row] = min(most[row], (rows.per_piece[row, columns.lot_item[lies]] * columns.lot_amount[lies]).sum())
    if not rows.is_over(most).any():
        return True
    if rows.are_of_the_whole:
        return False
    layout = lay_out(problem, rule)
    tables = merge(layout.columns)
    apart = rows_of(capacity, layout), pool_sites(tables, layout)
    return Program(tables, tables.pool_amount, layout.columns.floor, *apart).carry_out(exact) is not None


def _within_the_whole(problem: Problem, capacity: Capacity, rows: Rows, shared: Shared, levels: Levels) -> Shared:
    layout, tables = shared.layout, shared.tables
    floor = layout.columns.floor
    for row in range(len(rows)):
        per_piece = rows.per_piece[row, layout.columns.pair_item]
        if (per_piece * floor).sum() > rows.room[row] * (1 + 1e-12):
            raise _too_heavy(capacity, rows, layout, np.flatnonzero((floor > 0) & (per_piece > 0)), [row])
    exact = cut_levels(tables, floor, levels, rows)
    target = exact
    if (tables.whole_amount < tables.pool_amount).any():
        lowered = floors_within(tables, tables.whole_amount, floor)
        target = cut_levels(tables, lowered, solve_levels(tables, tables.whole_amount, lowered), rows)
    site = np.zeros(len(tables.pool_item), np.int64)
    loading = load_cartons(tables, rows, site, target.exact, floor, None, tables.pair_class)
    return Shared(
        layout,
        tables,
        _standing(capacity, rows, exact),
        assign_lots(problem, layout, tables, loading.parcels()),
        crowded=_crowded(capacity, rows, loading.crowded, loading.got, target.exact),
    )


def _within_lanes(problem: Problem, capacity: Capacity, rule: FairnessRule) -> Shared:
    layout = lay_out(problem, rule)  # lots of several sites are pools of their own now
    tables = merge(layout.columns)
    rows, site, floor = rows_of(capacity, layout), pool_sites(tables, layout), layout.columns.floor
    fen = None if problem.cost is None else fen_matrix(problem, layout)
    program = Program(tables, tables.pool_amount, floor, rows, site, fen)
    in_the_way = program.missing_floors()
    if in_the_way is not None:
        raise _too_heavy(capacity, rows, layout, in_the_way[0], in_the_way[1].tolist())
    exact = _levels_within(tables, tables.pool_amount, floor, rows, site)
    target, lowered = exact, floor
    if (tables.whole_amount < tables.pool_amount).any():
        lowered = floors_within(tables, tables.whole_amount, floor)
        if Program(tables, tables.whole_amount, lowered, rows, site).missing_floors() is not None:
            lowered = np.zeros_like(floor)  # those below their floor are still first in line for a carton
        target = _levels_within(tables, tables.whole_amount, lowered, rows, site)
    program = Program(tables, tables.whole_amount, lowered, rows, site, fen)
    ways = program.carry_out(target.exact)
    assert ways is not None
    loading = load_cartons(tables, rows, site, target.exact, floor, ways, program.blocks.kind_of_pair)
    return Shared(
        layout,
        tables,
        _standing(capacity, rows, exact),
        lots_in_order(tables, loading.parcels()),
        crowded=_crowded(capacity, rows, loading.crowded, loading.got, target.exact),
    )


def _levels_within(tables: Tables, stock: Ints, floor: Ints, rows: Rows, site: Ints) -> Coupled:
    """The uncoupled shares where the trucks can bring them, else a sequence of programs."""
    levels = solve_levels(tables, stock, floor)
    if Program(tables, stock, floor, rows, site).carry_out(levels.exact) is None:
        return Program(tables, stock, floor, rows, site).levels()
    standing = Standing.of_levels(tables, levels)
    return Coupled(levels.exact, standing.pair_group, standing.pool_group, dict(standing.level), {})


def _standing(capacity: Capacity, rows: Rows, found: Coupled) -> Standing:
    full = {
        group: tuple(full_truck(capacity, rows, row) for row in held_by)
        for group, held_by in found.full_rows.items()
        if held_by
    }
    return Standing(found.exact, found.pair_group, found.pool_group, found.level, full)


def _crowded(capacity: Capacity, rows: Rows, crowded: dict[int, int], got: Ints, exact: Floats) -> dict[int, FullTruck]:
    return {
        pair: full_truck(capacity, rows, row) for pair, row in sorted(crowded.items()) if got[pair] < exact[pair] - 1e-6
    }


def _too_heavy(capacity: Capacity, rows: Rows, layout: Layout, pairs: Ints, held_by: list[int]) -> InfeasibleFloors:
    """Floors that stock could keep and trucks cannot bring."""
    trucks = [full_truck(capacity, rows, row) for row in held_by]
    en, zh = "; ".join(truck.en for truck in trucks), "；".join(truck.zh for truck in trucks)
    alone = len(pairs) == 1
    texts = (
        f"{'' if alone else 'with the other floors named '}it does not fit the trucks ({en})",
        f"{'' if alone else '与所列其他保底合起来，'}车装不下（{zh}）",
    )
    needs = [layout.needs[pair] for pair in pairs.tolist()]
    floors = layout.columns.floor[pairs].tolist()
    return infeasible_floors(
        [BadFloor(need.requester, need.item, floor, *texts) for need, floor in zip(needs, floors, strict=True)]
    )
