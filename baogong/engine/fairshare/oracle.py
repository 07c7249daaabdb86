"""
The same shares by a sequence of linear programs in HiGHS: slow, general, and written without any of the engine's ideas.

Maximise the lowest level t of the pairs still free; every pair whose level row carries a dual price cannot stand above t in
any solution, so it is fixed there; repeat. Tests and the benchmark hold the engine against it.
"""

from __future__ import annotations

import highspy
import numpy as np
from scipy.sparse import coo_array, csc_array

from baogong.engine.fairshare.capacity import Rows
from baogong.engine.fairshare.flow import Floats, Ints
from baogong.engine.fairshare.tables import Columns
from baogong.engine.highs import quiet_solver

TOLERANCE = 1e-10
"""Feasibility and optimality tolerance asked of HiGHS; its default of 1e-7 is coarser than what is compared."""


def lp_shares(columns: Columns) -> tuple[Floats, int]:
    """Shape (pairs,): leximin pieces; and how many programs were solved. Items share nothing, so each is a sequence."""
    exact = np.zeros(len(columns.need))
    programs = 0
    for item in range(columns.item_count):
        pairs = np.flatnonzero(columns.pair_item == item)
        lots = np.flatnonzero((columns.lot_item == item) & (columns.lot_amount > 0))
        if len(pairs):
            exact[pairs], solved = _sequence(columns, pairs, lots, None, None)
            programs += solved
    return exact, programs


def lp_shares_within(columns: Columns, rows: Rows, lot_site: Ints) -> tuple[Floats, int]:
    """The same where trucks limit what is brought; they couple all items, so all are one sequence."""
    lots = np.flatnonzero(columns.lot_amount > 0)
    if not len(columns.need):
        return np.zeros(0), 0
    return _sequence(columns, np.arange(len(columns.need)), lots, rows, lot_site)


def _sequence(
    columns: Columns, pairs: Ints, lots: Ints, trucks: Rows | None, lot_site: Ints | None
) -> tuple[Floats, int]:
    """
    Rows: taking of every pair (floor .. ceiling), level of every pair, stock of every lot, trucks.
    Columns: pieces along every (pair, lot) that may be used, then t.
    """
    may_use = columns.pair_item[pairs][:, None] == columns.lot_item[lots][None, :]
    may_use &= columns.opens[columns.pair_requester[pairs]][:, columns.lot_gate[lots]]
    may_use &= columns.accepts[columns.pair_set[pairs]][:, columns.lot_standard[lots]]
    who, which = np.nonzero(may_use)
    count, arcs, infinity = len(pairs), len(who), highspy.kHighsInf
    floor, ceiling = columns.floor[pairs].astype(float), columns.ceiling[pairs].astype(float)
    has_lot = may_use.any(axis=1)
    ceiling[~has_lot] = 0
    earlier, slope = columns.earlier[pairs], columns.need[pairs] * columns.weight[pairs]
    offset = earlier * columns.need[pairs]

    model = highspy.HighsLp()
    carried = _carried(columns, pairs[who], lots[which], trucks, lot_site)
    model.num_col_, model.num_row_ = arcs + 1, 2 * count + len(lots) + carried.shape[0]
    model.col_cost_ = np.append(np.zeros(arcs), -1.0)
    model.col_lower_ = np.zeros(arcs + 1)
    model.col_upper_ = np.append(np.full(arcs, infinity), float(((earlier + 1) / columns.weight[pairs]).max()))
    model.row_lower_ = np.concatenate([floor, -offset, np.full(len(lots) + carried.shape[0], -infinity)])
    model.row_upper_ = np.concatenate(
        [ceiling, np.full(count, infinity), columns.lot_amount[lots].astype(float), np.ones(carried.shape[0])]
    )
    along, level = np.arange(arcs), count + np.arange(count)
    row, way = carried.nonzero()
    entries = coo_array(
        (
            np.concatenate([np.ones(3 * arcs), -slope, carried[row, way]]),
            (
                np.concatenate([who, count + who, 2 * count + which, level, 2 * count + len(lots) + row]),
                np.concatenate([along, along, along, np.full(count, arcs), way]),
            ),
        ),
        (model.num_row_, arcs + 1),
    )
    _set_matrix(model, csc_array(entries))

    solver = quiet_solver(primal_feasibility_tolerance=TOLERANCE, dual_feasibility_tolerance=TOLERANCE)
    solver.passModel(model)
    exact, is_free, programs = np.zeros(count), np.ones(count, np.bool_), 0
    while is_free.any():
        solver.run()
        if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal:
            raise ArithmeticError(f"HiGHS stopped with {solver.getModelStatus()} in program {programs + 1}")
        programs += 1
        solution = solver.getSolution()
        lowest = solution.col_value[arcs]
        # Prices are per piece and add up, times slope, to 1 over the free pairs; what is far below its even part is noise.
        price = np.abs(np.asarray(solution.row_dual)[count : 2 * count]) * slope
        fixed = np.flatnonzero(is_free & (price > 1e-7 / count))
        if not len(fixed):  # t rests on its own bound: everyone left stands as high as anyone can
            fixed = np.flatnonzero(is_free)
        exact[fixed] = np.clip(slope[fixed] * lowest - offset[fixed], floor[fixed], ceiling[fixed])
        is_free[fixed] = False
        for pair in fixed.tolist():
            solver.changeCoeff(count + pair, arcs, 0.0)
        rows = fixed.astype(np.int32)
        solver.changeRowsBounds(len(rows), rows, exact[fixed] * (1 - 1e-12) - 1e-10, ceiling[fixed])
        solver.changeRowsBounds(len(rows), rows + count, np.full(len(rows), -infinity), np.full(len(rows), infinity))
    return exact, programs


def _carried(columns: Columns, pair: Ints, lot: Ints, trucks: Rows | None, lot_site: Ints | None) -> Floats:
    """Shape (trucks, arcs): the part of each truck that one piece takes up."""
    if trucks is None or lot_site is None:
        return np.zeros((0, len(pair)))
    part = np.zeros((len(trucks), len(pair)))
    for number in range(len(trucks)):
        for place in range(len(pair)):
            rides = trucks.rides[number, columns.pair_requester[pair[place]]]
            if rides and trucks.site[number] in (-1, lot_site[lot[place]]):
                part[number, place] = trucks.per_piece[number, columns.pair_item[pair[place]]]
        part[number] /= max(trucks.room[number], 1e-9)
    return part


def _set_matrix(model: highspy.HighsLp, entries: csc_array) -> None:
    matrix = model.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    matrix.start_, matrix.index_, matrix.value_ = entries.indptr, entries.indices, entries.data
