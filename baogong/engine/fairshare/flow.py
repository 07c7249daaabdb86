"""
Maximum flow from pools of stock to classes of askers, on whole numbers.

The graph is bipartite: every pool may give any amount to every class that may use it. An *arc* is one (class, pool) couple;
arcs stand in class order, and `pool_start`, `pool_arc` list the same arcs by pool.
Source: E. A. Dinic, 1970 (layers, then a blocking flow); whole numbers make "saturated" exact.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from baogong.engine.compiled import compiled

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Bools = npt.NDArray[np.bool_]

TIERS = 64
"""Ranked offers are made in at most this many steps, each rank by itself where there are fewer."""


@dataclass(frozen=True, slots=True)
class Graph:
    """
    Which class may use which pool.

    class_start  shape (classes + 1,); the arcs of class c are class_start[c] .. class_start[c + 1] - 1
    arc_pool     shape (arcs,), arc_class likewise
    pool_start   shape (pools + 1,); pool_arc[pool_start[p] : pool_start[p + 1]] are the arcs of pool p
    """

    class_start: Ints
    arc_class: Ints
    arc_pool: Ints
    pool_start: Ints
    pool_arc: Ints

    @property
    def class_count(self) -> int:
        return len(self.class_start) - 1

    @property
    def pool_count(self) -> int:
        return len(self.pool_start) - 1


def graph_of(arc_class: npt.NDArray[Any], arc_pool: npt.NDArray[Any], class_count: int, pool_count: int) -> Graph:
    """A graph from its arcs, which must come in class order."""
    class_start = np.zeros(class_count + 1, np.int64)
    np.cumsum(np.bincount(arc_class, minlength=class_count), out=class_start[1:])
    pool_start = np.zeros(pool_count + 1, np.int64)
    np.cumsum(np.bincount(arc_pool, minlength=pool_count), out=pool_start[1:])
    by_pool = np.argsort(arc_pool, kind="stable").astype(np.int64)
    return Graph(class_start, arc_class.astype(np.int64), arc_pool.astype(np.int64), pool_start, by_pool)


@compiled
def layer(
    class_start: Ints,
    arc_class: Ints,
    arc_pool: Ints,
    pool_start: Ints,
    pool_arc: Ints,
    class_part: Ints,
    pool_part: Ints,
    part: int,
    pools: Ints,
    spare: Ints,
    lacking: Ints,
    flow: Ints,
    class_depth: Ints,
    pool_depth: Ints,
    queue: Ints,
) -> bool:
    """
    Number the classes and pools of one part by their distance from stock to spare; True if a lacking class was reached.

    A pool reaches every class that may use it; a class reaches back every pool it takes from. If no lacking class can be
    reached the flow is largest, and the numbered nodes are the rich side of a smallest cut.
    """
    tail = 0
    for pool in pools:
        pool_depth[pool] = -1
        if spare[pool] > 0:
            pool_depth[pool] = 0
            queue[tail] = pool
            tail += 1
    head, found, last = 0, False, np.int64(0)
    while head < tail:
        pool = queue[head]
        head += 1
        depth = pool_depth[pool]
        if found and depth > last:
            break
        for place in range(pool_start[pool], pool_start[pool + 1]):
            asker = arc_class[pool_arc[place]]
            if class_part[asker] != part or class_depth[asker] >= 0:
                continue
            class_depth[asker] = depth
            if lacking[asker] > 0:
                found, last = True, depth
            if found:
                continue
            for arc in range(class_start[asker], class_start[asker + 1]):
                back = arc_pool[arc]
                if flow[arc] > 0 and pool_part[back] == part and pool_depth[back] < 0:
                    pool_depth[back] = depth + 1
                    queue[tail] = back
                    tail += 1
    return found


@compiled
def block(
    class_start: Ints,
    arc_class: Ints,
    arc_pool: Ints,
    pool_start: Ints,
    pool_arc: Ints,
    class_part: Ints,
    pool_part: Ints,
    part: int,
    pools: Ints,
    spare: Ints,
    lacking: Ints,
    flow: Ints,
    class_depth: Ints,
    pool_depth: Ints,
    class_next: Ints,
    pool_next: Ints,
    path: Ints,
) -> None:
    """Send stock along the layers until every way is blocked. `path` holds arcs: out of a pool, back into a pool, in turn."""
    for root in pools:
        if pool_depth[root] != 0:
            continue
        pool, length = root, 0
        while spare[root] > 0:
            asker = np.int64(-1)
            while pool_next[pool] < pool_start[pool + 1]:
                arc = pool_arc[pool_next[pool]]
                if class_part[arc_class[arc]] == part and class_depth[arc_class[arc]] == pool_depth[pool]:
                    asker = arc_class[arc]
                    break
                pool_next[pool] += 1
            if asker < 0:  # a dead pool: step back over the class that led here
                if length == 0:
                    break
                pool_depth[pool] = -1
                length -= 2
                pool = arc_pool[path[length]]
                continue
            path[length] = arc
            if lacking[asker] > 0:
                amount = min(spare[root], lacking[asker])
                for step in range(1, length, 2):
                    amount = min(amount, flow[path[step]])
                spare[root] -= amount
                lacking[asker] -= amount
                for step in range(length + 1):
                    flow[path[step]] += amount if step % 2 == 0 else -amount
                pool, length = root, 0
                continue
            onward = False
            while class_next[asker] < class_start[asker + 1]:
                back = class_next[asker]
                target = arc_pool[back]
                if flow[back] > 0 and pool_part[target] == part and pool_depth[target] == pool_depth[pool] + 1:
                    path[length + 1] = back
                    length += 2
                    pool = target
                    onward = True
                    break
                class_next[asker] += 1
            if not onward:
                class_depth[asker] = -1
                pool_next[pool] += 1


@compiled
def fill(
    class_start: Ints,
    arc_class: Ints,
    arc_pool: Ints,
    pool_start: Ints,
    pool_arc: Ints,
    class_part: Ints,
    pool_part: Ints,
    part: int,
    classes: Ints,
    pools: Ints,
    spare: Ints,
    lacking: Ints,
    flow: Ints,
    class_depth: Ints,
    pool_depth: Ints,
    class_next: Ints,
    pool_next: Ints,
    queue: Ints,
    path: Ints,
) -> None:
    """
    Send as much as can be sent inside one part; `spare`, `lacking` and `flow` are changed in place.

    What a class already takes is never lessened in sum. Afterwards depth >= 0 marks the rich side of the cut.
    """
    while True:
        for asker in classes:
            class_depth[asker] = -1
            class_next[asker] = class_start[asker]
        for pool in pools:
            pool_next[pool] = pool_start[pool]
        graph = (class_start, arc_class, arc_pool, pool_start, pool_arc, class_part, pool_part)
        if not layer(*graph, part, pools, spare, lacking, flow, class_depth, pool_depth, queue):
            return
        block(*graph, part, pools, spare, lacking, flow, class_depth, pool_depth, class_next, pool_next, path)


@dataclass(slots=True)
class Flow:
    """
    A largest flow that can be grown: raise `lacking`, call `grow` again, and nobody loses in sum.

    spare    shape (pools,), what each pool still holds
    lacking  shape (classes,), what each class still misses
    amount   shape (arcs,), what goes along each arc
    """

    graph: Graph
    spare: Ints
    lacking: Ints
    amount: Ints
    is_rich_class: Bools
    is_rich_pool: Bools

    @classmethod
    def start(cls, graph: Graph, spare: Ints, lacking: Ints) -> Flow:
        classes, pools = graph.class_count, graph.pool_count
        flow = cls(
            graph,
            spare.astype(np.int64).copy(),
            lacking.astype(np.int64).copy(),
            np.zeros(len(graph.arc_pool), np.int64),
            np.zeros(classes, np.bool_),
            np.zeros(pools, np.bool_),
        )
        flow.grow()
        return flow

    def grow(self) -> None:
        graph, classes, pools = self.graph, self.graph.class_count, self.graph.pool_count
        class_depth, pool_depth = np.full(classes, -1), np.full(pools, -1)
        fill(
            graph.class_start,
            graph.arc_class,
            graph.arc_pool,
            graph.pool_start,
            graph.pool_arc,
            np.zeros(classes, np.int64),
            np.zeros(pools, np.int64),
            0,
            np.arange(classes),
            np.arange(pools),
            self.spare,
            self.lacking,
            self.amount,
            class_depth,
            pool_depth,
            np.zeros(classes, np.int64),
            np.zeros(pools, np.int64),
            np.zeros(pools + 1, np.int64),
            np.zeros(2 * pools + 2, np.int64),
        )
        self.is_rich_class, self.is_rich_pool = class_depth >= 0, pool_depth >= 0

    def taken(self) -> Ints:
        """Shape (classes,): what each class takes in all."""
        totals = np.zeros(self.graph.class_count, np.int64)
        np.add.at(totals, self.graph.arc_class, self.amount)
        return totals

    def grow_by_rank(self, node: Ints, rank: Ints, offer: Ints) -> None:
        """
        Offer more to classes in order of rank; what one step gained no later one takes away.

        node, rank, offer  shape (offers,); a class may stand in several
        """
        ranks = np.unique(rank)
        for tier in np.array_split(ranks, max(1, min(TIERS, len(ranks)))):
            if not len(tier) or not self.spare.any():
                return
            within = (rank >= tier[0]) & (rank <= tier[-1])
            self.lacking[:] = 0
            np.add.at(self.lacking, node[within], offer[within])
            self.grow()
