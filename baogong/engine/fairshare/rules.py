"""The two rules most places use instead, on the same snapshot, and the figures by which rules are compared."""

from __future__ import annotations

import numpy as np

from baogong.engine.compiled import compiled
from baogong.engine.fairshare.capacity import Rows
from baogong.engine.fairshare.flow import Bools, Floats, Ints
from baogong.engine.fairshare.problem import Statistics
from baogong.engine.fairshare.tables import Tables, totals


@compiled
def _serve_in_order(
    order: Ints, pair_class: Ints, ceiling: Ints, class_start: Ints, arc_pool: Ints, pool_carton: Ints, cartons: Ints
) -> Ints:
    got = np.zeros(len(pair_class), np.int64)
    for pair in order:
        for arc in range(class_start[pair_class[pair]], class_start[pair_class[pair] + 1]):
            pool = arc_pool[arc]
            taken = min(cartons[pool], (ceiling[pair] - got[pair]) // pool_carton[pool])
            cartons[pool] -= taken
            got[pair] += taken * pool_carton[pool]
    return got


def narrow_first(tables: Tables) -> Ints:
    """
    Shape (arcs,): each class's pools, those that fewest others may use first.

    Whoever shares out by either rule hands out what is earmarked before what is for anyone; else the rules would look
    worse than they are.
    """
    graph = tables.graph
    width = np.diff(graph.pool_start)
    return graph.arc_pool[np.lexsort((graph.arc_pool, width[graph.arc_pool], graph.arc_class))]


def first_come(tables: Tables, order: Ints) -> Ints:
    """
    Shape (pairs,), pieces: pairs in `order`, each takes whole cartons from every pool it may use, up to its ceiling;
    what fewest others may use first.
    """
    cartons = tables.whole_amount // tables.pool_carton
    return _serve_in_order(
        order,
        tables.pair_class,
        tables.columns.ceiling,
        tables.graph.class_start,
        narrow_first(tables),
        tables.pool_carton,
        cartons,
    )


@compiled
def _serve_in_order_within(
    order: Ints,
    pair_class: Ints,
    pair_requester: Ints,
    pair_item: Ints,
    ceiling: Ints,
    class_start: Ints,
    arc_pool: Ints,
    pool_carton: Ints,
    pool_site: Ints,
    cartons: Ints,
    row_site: Ints,
    rides: Bools,
    per_piece: Floats,
    room: Floats,
) -> tuple[Ints, bool]:
    got, is_held = np.zeros(len(pair_class), np.int64), False
    for pair in order:
        for arc in range(class_start[pair_class[pair]], class_start[pair_class[pair] + 1]):
            pool = arc_pool[arc]
            taken = min(cartons[pool], (ceiling[pair] - got[pair]) // pool_carton[pool])
            for row in range(len(room)):
                weight = per_piece[row, pair_item[pair]] * pool_carton[pool]
                on_row = rides[row, pair_requester[pair]] and (row_site[row] < 0 or row_site[row] == pool_site[pool])
                if on_row and taken * weight > room[row]:
                    taken, is_held = max(np.int64(0), np.int64(room[row] // weight)), True
            for row in range(len(room)):
                if rides[row, pair_requester[pair]] and (row_site[row] < 0 or row_site[row] == pool_site[pool]):
                    room[row] -= per_piece[row, pair_item[pair]] * pool_carton[pool] * taken
            cartons[pool] -= taken
            got[pair] += taken * pool_carton[pool]
    return got, is_held


def first_come_within(tables: Tables, order: Ints, rows: Rows, pool_site: Ints) -> tuple[Ints, bool]:
    """The same, each carton only where the trucks still have room for it; and whether any truck held somebody down."""
    columns = tables.columns
    return _serve_in_order_within(
        order,
        tables.pair_class,
        columns.pair_requester,
        columns.pair_item,
        columns.ceiling,
        tables.graph.class_start,
        narrow_first(tables),
        tables.pool_carton,
        pool_site,
        tables.whole_amount // tables.pool_carton,
        rows.site,
        rows.rides,
        rows.per_piece,
        rows.room * (1 + 1e-12),
    )


def pro_rata(tables: Tables, pool_amount: Ints) -> tuple[Floats, Floats]:
    """
    Each pool in turn is divided in proportion to what those who may use it still ask (up to their ceilings): the pool
    that fewest may use first.

    Returns pieces per pair and pieces per arc. Weights, floors and memory play no part: that is the rule.
    """
    graph, ceiling = tables.graph, tables.columns.ceiling.astype(np.float64)
    asked = totals(tables.pair_class, ceiling, graph.class_count)
    open_ask, arc_amount = asked.copy(), np.zeros(len(graph.arc_pool))
    for pool in np.argsort(np.diff(graph.pool_start), kind="stable"):
        arcs = graph.pool_arc[graph.pool_start[pool] : graph.pool_start[pool + 1]]
        wanted = open_ask[graph.arc_class[arcs]]
        if wanted.sum() > 0:
            arc_amount[arcs] = wanted * min(1.0, pool_amount[pool] / wanted.sum())
            open_ask[graph.arc_class[arcs]] = np.maximum(wanted - arc_amount[arcs], 0.0)
    part = np.divide(asked - open_ask, asked, out=np.zeros_like(asked), where=asked > 0)
    return ceiling * part[tables.pair_class], arc_amount


def pro_rata_within(
    tables: Tables, pool_amount: Ints, rows: Rows, pool_site: Ints
) -> tuple[Floats, tuple[Ints, Ints, Floats] | None]:
    """
    The same, and what trucks cannot carry is cut in proportion, limit by limit.

    Returns pieces per pair, and (pair, pool, pieces) where it matters which way they go.
    """
    columns, graph = tables.columns, tables.graph
    rated, along = pro_rata(tables, pool_amount)
    if rows.are_of_the_whole:
        for row in range(len(rows)):
            per_piece = rows.per_piece[row, columns.pair_item]
            load = float((per_piece * rated).sum())
            if load > rows.room[row]:
                rated = np.where(per_piece > 0, rated * (rows.room[row] / load), rated)
        return rated, None
    count = np.diff(graph.class_start)[tables.pair_class]
    pair = np.repeat(np.arange(len(rated)), count)
    arc = np.repeat(graph.class_start[tables.pair_class], count) + np.arange(len(pair))
    arc -= np.repeat(np.cumsum(count) - count, count)
    of_class = totals(graph.arc_class, along, graph.class_count)[tables.pair_class[pair]]
    pieces = np.divide(along[arc] * rated[pair], of_class, out=np.zeros(len(pair)), where=of_class > 0)
    rides = rows.riding(columns.pair_requester[pair], pool_site[graph.arc_pool[arc]])
    for row in range(len(rows)):
        per_piece = np.where(rides[row], rows.per_piece[row, columns.pair_item[pair]], 0.0)
        load = float((per_piece * pieces).sum())
        if load > rows.room[row]:
            pieces = np.where(per_piece > 0, pieces * (rows.room[row] / load), pieces)
    return totals(pair, pieces, len(rated)), (pair, graph.arc_pool[arc], pieces)


def statistics(got: Ints, need: Ints) -> Statistics:
    """
    Worst, mean, Gini coefficient and number unserved, over the pairs that ask for something (all well where there are none).

    Gini = Σ (2 k − n − 1) r_k / (n Σ r), ratios r rising, k = 1 .. n; 0 where all are equal (also all at nothing).
    """
    ratio = np.sort(got / need)
    count, whole = len(ratio), float(ratio.sum())
    if count == 0:
        return Statistics(1.0, 1.0, 0.0, 0)
    place = 2 * np.arange(1, count + 1) - count - 1
    gini = float((place * ratio).sum() / (count * whole)) if whole > 0 else 0.0
    return Statistics(float(ratio[0]), whole / count, max(gini, 0.0), int((got == 0).sum()))
