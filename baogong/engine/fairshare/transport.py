"""
Which lot goes to whom, once it is settled how much everyone gets: as cheap as can be (Hitchcock's transport problem).

Cartons of one item and size are exchangeable, so each (item, carton size) is a problem of its own: every pair keeps the number
of cartons it was given, every lot gives at most what it holds. The constraint matrix is totally unimodular, so a corner
solution of the linear program is whole.
"""

from __future__ import annotations

import highspy
import numpy as np

from baogong.engine.fairshare.cartons import Parcels, match_rows
from baogong.engine.fairshare.flow import Bools, Floats, Ints
from baogong.engine.fairshare.tables import Columns, Tables, totals
from baogong.engine.highs import quiet_solver

Assignment = tuple[Ints, Ints, Ints]
"""Pairs, lots, cartons: rows rising by (pair, lot)."""


def lots_in_order(tables: Tables, parcels: Parcels) -> Assignment:
    """Parcels of pools cut to lots: within a pool the earlier lot is emptied first (lots stand in order of expiry)."""
    columns = tables.columns
    by_pool = np.lexsort((parcels.pair, parcels.pool))
    lots = np.argsort(tables.lot_pool, kind="stable")
    in_lot = (columns.lot_amount // columns.lot_carton)[lots]
    used = totals(parcels.pool, parcels.cartons, len(tables.pool_item))[tables.lot_pool[lots]]
    before = np.cumsum(in_lot) - in_lot
    before -= before[np.searchsorted(tables.lot_pool[lots], tables.lot_pool[lots])]
    taken = np.clip(used - before, 0, in_lot)
    lots, taken = lots[taken > 0], taken[taken > 0]
    left, right, cartons = match_rows(parcels.cartons[by_pool], taken)
    return _sorted(parcels.pair[by_pool][left], lots[right], cartons)


def cheapest_lots(tables: Tables, parcels: Parcels, fen_per_piece: Floats, lot_site: Ints) -> Assignment:
    """
    The same cartons per pair and size at the least cost.

    fen_per_piece  shape (requesters, sites)
    lot_site       shape (lots,)
    """
    columns = tables.columns
    carton = tables.pool_carton[parcels.pool]
    kinds, kind = np.unique(np.stack([tables.pool_item[parcels.pool], carton]), axis=1, return_inverse=True)
    found: list[Assignment] = [(np.zeros(0, np.int64),) * 3]
    for number, (item, size) in enumerate(kinds.T.tolist()):
        own = kind.reshape(-1) == number
        pairs, rank = np.unique(parcels.pair[own], return_inverse=True)
        wanted = totals(rank.reshape(-1), parcels.cartons[own], len(pairs))
        lots = np.flatnonzero(
            (columns.lot_item == item) & (columns.lot_carton == size) & (columns.lot_amount >= columns.lot_carton)
        )
        who, which = np.nonzero(may_use(columns, pairs, lots))
        cost = fen_per_piece[columns.pair_requester[pairs[who]], lot_site[lots[which]]] * size
        sent = _transport(who, which, cost, wanted, columns.lot_amount[lots] // size)
        kept = sent > 0
        found.append((pairs[who[kept]], lots[which[kept]], sent[kept]))
    pair, lot, cartons = (np.concatenate(column) for column in zip(*found, strict=True))
    return _sorted(pair, lot, cartons)


def may_use(columns: Columns, pairs: Ints, lots: Ints) -> Bools:
    """Shape (pairs, lots); the caller sees to it that the items agree."""
    admitted = columns.opens[columns.pair_requester[pairs]][:, columns.lot_gate[lots]]
    accepted: Bools = columns.accepts[columns.pair_set[pairs]][:, columns.lot_standard[lots]]
    return admitted & accepted


def _sorted(pair: Ints, lot: Ints, cartons: Ints) -> Assignment:
    order = np.lexsort((lot, pair))
    return pair[order], lot[order], cartons[order]


def _transport(who: Ints, which: Ints, cost: Floats, wanted: Ints, stock: Ints) -> Ints:
    """Shape (arcs,), whole cartons: every row `who` receives exactly `wanted`, every column `which` gives at most `stock`."""
    arcs, infinity = len(who), highspy.kHighsInf
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = arcs, len(wanted) + len(stock)
    model.col_cost_, model.col_lower_, model.col_upper_ = cost, np.zeros(arcs), np.full(arcs, infinity)
    model.row_lower_ = np.append(wanted.astype(float), np.full(len(stock), -infinity))
    model.row_upper_ = np.append(wanted, stock).astype(float)
    matrix = model.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    matrix.start_ = np.arange(0, 2 * arcs + 1, 2)
    matrix.index_ = np.stack([who, len(wanted) + which], axis=1).ravel()
    matrix.value_ = np.ones(2 * arcs)
    solver = quiet_solver(solver="simplex")  # simplex ends in a corner
    solver.passModel(model)
    solver.run()
    sent = np.asarray(solver.getSolution().col_value)
    whole: Ints = np.rint(sent).astype(np.int64)
    if solver.getModelStatus() != highspy.HighsModelStatus.kOptimal or not (
        np.array_equal(totals(who, whole, len(wanted)), wanted) and (totals(which, whole, len(stock)) <= stock).all()
    ):
        raise ArithmeticError(f"the transport program ended with {solver.getModelStatus()}")
    return whole
