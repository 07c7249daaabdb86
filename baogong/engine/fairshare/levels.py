"""
The exact leximin shares of divisible goods.

For pair p with need n, weight w, earlier share e, pieces x between floor f and ceiling c:

    level(p) = (e + x / n) / w          leximin: raise the lowest level as far as possible, then the next lowest, and so on

At a common level v a pair takes x(v) = clip(n (w v - e), f, c). What classes can take together from pools is a polymatroid,
so the leximin vector is its lexicographically optimal base (Megiddo 1974; Fujishige 1980), found by divide and conquer
(Groenevelt 1991): solve one part as if all its stock were one heap, ask a largest flow whether that can be carried out; if
not, the smallest cut splits the part into those who must stand lower and those who will stand higher, and each is a smaller
problem of the same form. Floors and ceilings only bend x(v), a rising piecewise linear function.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baogong.engine.compiled import compiled
from baogong.engine.fairshare.curves import Curves, common_level, draw_curves, taking
from baogong.engine.fairshare.flow import Floats, Flow, Graph, Ints, fill
from baogong.engine.fairshare.tables import Tables, totals

UNITS = 2.0**52
"""Into how many whole units the stock of a part is cut for the flow: as fine as a float's own 53 bits allow."""


@dataclass(frozen=True, slots=True)
class Levels:
    """
    exact        shape (pairs,), pieces
    class_level  shape (classes,), the common level of a class before floors and ceilings
    class_group  shape (classes,), pool_group shape (pools,): the parts that ended at one level
    """

    exact: Floats
    class_level: Floats
    class_group: Ints
    pool_group: Ints


@compiled
def part_nodes(nodes: Ints, first: int, last: int, depth: Ints) -> int:
    """Put the poor nodes of nodes[first:last] (depth < 0) before the rich ones, keeping order; where the rich ones begin."""
    poor = first
    rich = np.empty(last - first, np.int64)
    rich_count = 0
    for place in range(first, last):
        node = nodes[place]
        if depth[node] < 0:
            nodes[poor] = node
            poor += 1
        else:
            rich[rich_count] = node
            rich_count += 1
    for place in range(rich_count):
        nodes[poor + place] = rich[place]
    return poor


@compiled
def divide(
    class_start: Ints,
    arc_class: Ints,
    arc_pool: Ints,
    pool_start: Ints,
    pool_arc: Ints,
    start: Ints,
    levels: Floats,
    pieces: Floats,
    rises: Floats,
    stock: Floats,
    class_part: Ints,
    pool_part: Ints,
    part_count: int,
    parts_solved: int,
    units: float,
) -> Floats:
    """
    The level of every class; `class_part` and `pool_part` come in as items and go out as groups of one level.

    stock         shape (pools,), pieces; the flow of a part runs on whole units, about `units` of them
    parts_solved  only parts numbered below it are looked at; classes of others keep level 0
    """
    class_count, pool_count = len(class_part), len(pool_part)
    level_of = np.zeros(class_count)
    classes, pools = np.argsort(class_part, kind="mergesort"), np.argsort(pool_part, kind="mergesort")
    class_ends, pool_ends = np.zeros(part_count + 1, np.int64), np.zeros(part_count + 1, np.int64)
    for node in range(class_count):
        class_ends[class_part[node] + 1] += 1
    for node in range(pool_count):
        pool_ends[pool_part[node] + 1] += 1
    class_ends, pool_ends = np.cumsum(class_ends), np.cumsum(pool_ends)
    waiting = [(class_ends[p], class_ends[p + 1], pool_ends[p], pool_ends[p + 1], p) for p in range(parts_solved)]
    spare, lacking = np.zeros(pool_count, np.int64), np.zeros(class_count, np.int64)
    flow = np.zeros(len(arc_pool), np.int64)
    class_depth, pool_depth = np.full(class_count, -1), np.full(pool_count, -1)
    class_next, pool_next = np.zeros(class_count, np.int64), np.zeros(pool_count, np.int64)
    queue, path = np.zeros(pool_count + 1, np.int64), np.zeros(2 * pool_count + 2, np.int64)
    while len(waiting) > 0:
        first_class, last_class, first_pool, last_pool, part = waiting.pop()
        if first_class == last_class:
            continue
        own_classes, own_pools = classes[first_class:last_class], pools[first_pool:last_pool]
        heap = 0.0
        for pool in own_pools:
            heap += stock[pool]
        level = common_level(start, levels, pieces, rises, own_classes, heap)
        if len(own_classes) > 1 or len(own_pools) > 1:
            scale = 2.0 ** np.floor(np.log2(units / max(heap, 1.0)))  # a power of two keeps whole pieces exact
            for pool in own_pools:
                spare[pool] = np.int64(stock[pool] * scale)
            is_short = False
            for group in own_classes:
                exact = taking(start, levels, pieces, rises, group, level) * scale
                lacking[group] = max(np.int64(0), np.int64(np.floor(exact - exact * 2.0**-50)) - 1)
                for arc in range(class_start[group], class_start[group + 1]):
                    flow[arc] = 0
            graph = (class_start, arc_class, arc_pool, pool_start, pool_arc, class_part, pool_part)
            fill(
                *graph,
                part,
                own_classes,
                own_pools,
                spare,
                lacking,
                flow,
                class_depth,
                pool_depth,
                class_next,
                pool_next,
                queue,
                path,
            )
            for group in own_classes:
                is_short = is_short or lacking[group] > 0
            if is_short:
                rich_class = part_nodes(classes, first_class, last_class, class_depth)
                rich_pool = part_nodes(pools, first_pool, last_pool, pool_depth)
                if rich_class < last_class or rich_pool < last_pool:
                    for place in range(rich_class, last_class):
                        class_part[classes[place]] = part_count
                    for place in range(rich_pool, last_pool):
                        pool_part[pools[place]] = part_count
                    waiting.append((rich_class, last_class, rich_pool, last_pool, part_count))
                    waiting.append((first_class, rich_class, first_pool, rich_pool, part))
                    part_count += 1
                    continue
        for group in own_classes:
            level_of[group] = level
    return level_of


@compiled
def pieces_at(
    pair_class: Ints, need: Ints, weight: Floats, earlier: Floats, floor: Ints, ceiling: Ints, level: Floats
) -> Floats:
    """Pieces of every pair at the level of its class."""
    exact = np.zeros(len(need))
    for pair in range(len(need)):
        wish = need[pair] * (weight[pair] * level[pair_class[pair]] - earlier[pair])
        exact[pair] = min(max(wish, np.float64(floor[pair])), np.float64(ceiling[pair]))
    return exact


def curves_of(tables: Tables, floor: Ints) -> Curves:
    """What every class takes at a level; nothing where it may use nothing."""
    columns = tables.columns
    return Curves(
        *draw_curves(
            tables.pair_class,
            columns.need,
            columns.weight,
            columns.earlier,
            floor,
            reachable_ceiling(tables),
            tables.graph.class_count,
        )
    )


def reachable_ceiling(tables: Tables) -> Ints:
    """Shape (pairs,): the ceiling, 0 where no lot may be used."""
    closed = np.diff(tables.graph.class_start) == 0
    return np.where(closed[tables.pair_class], 0, tables.columns.ceiling) if closed.any() else tables.columns.ceiling


def level_parts(
    graph: Graph, curves: Curves, stock: Floats, class_part: Ints, pool_part: Ints, part_count: int, parts_solved: int
) -> Floats:
    """Shape (classes,): levels; the parts are cut further in place (see `divide`)."""
    return divide(
        graph.class_start,
        graph.arc_class,
        graph.arc_pool,
        graph.pool_start,
        graph.pool_arc,
        curves.start,
        curves.level,
        curves.pieces,
        curves.rise,
        stock,
        class_part,
        pool_part,
        part_count,
        parts_solved,
        UNITS,
    )


def solve_levels(tables: Tables, pool_amount: Ints, floor: Ints) -> Levels:
    """
    The leximin shares, exact.

    pool_amount  shape (pools,), pieces to share
    floor        shape (pairs,), pieces; must be feasible (`floor_flow`); every need must be above 0
    """
    graph, parts = tables.graph, tables.columns.item_count + 1
    # A class that may use nothing would hold its part at level 0 for ever; it stands in a part of its own from the start.
    class_group = np.where(np.diff(graph.class_start) == 0, parts - 1, tables.class_item)
    pool_group = tables.pool_item.copy()
    stock = pool_amount.astype(np.float64)
    level = level_parts(graph, curves_of(tables, floor), stock, class_group, pool_group, parts, parts)
    return Levels(exact_at(tables, floor, level), level, class_group, pool_group)


def exact_at(tables: Tables, floor: Ints, class_level: Floats) -> Floats:
    """Shape (pairs,): pieces when every class stands at its level."""
    columns = tables.columns
    bounds = (floor, reachable_ceiling(tables))
    return pieces_at(tables.pair_class, columns.need, columns.weight, columns.earlier, *bounds, class_level)


def floor_flow(tables: Tables, pool_amount: Ints, floor: Ints) -> Flow:
    """
    A largest flow of floors; `lacking` shows which classes stay short.

    Where any does, the classes outside the rich side are those whose floors compete for stock that cannot keep them all.
    """
    wanted = totals(tables.pair_class, floor, tables.graph.class_count)
    return Flow.start(tables.graph, pool_amount, wanted)


def exact_flow(graph: Graph, pool_amount: Ints, class_amount: Floats, start: Floats | None = None) -> Floats:
    """
    Shape (arcs,): pieces along each arc when every class takes its amount (feasible up to rounding).

    start  shape (arcs,), pieces that flow already, within both amounts; every pool goes on giving at least as much
    """
    scale = unit_scale(pool_amount)
    flow = Flow.start(graph, (pool_amount * scale).astype(np.int64), np.zeros(graph.class_count, np.int64))
    if start is not None:
        flow.amount[:] = (start * scale).astype(np.int64)
        flow.spare -= totals(graph.arc_pool, flow.amount, graph.pool_count)
    flow.lacking[:] = np.maximum(np.floor(class_amount * scale).astype(np.int64) - flow.taken(), 0)
    flow.grow()
    along: Floats = flow.amount / scale
    return along


def unit_scale(pool_amount: Ints) -> float:
    """Flow units per piece, a power of two: pieces turned into units and back are the same."""
    return float(2.0 ** np.floor(np.log2(UNITS / max(float(pool_amount.sum()), 1.0))))
