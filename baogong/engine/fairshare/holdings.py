"""
What pairs hold when an item lies in cartons of several sizes, and the exchanges that bring them nearer to their exact shares.

A pair may take a large carton that lies unused and give small ones back: it is no worse off, and the small ones serve someone
whom no large carton fits. Nobody who is below the exact share gives anything up for it, and nobody falls below it.

For each size there is one whole-number flow between pairs and pools. It grows only, so a carton can be passed on from a pair to
another that has no other way to one, as long as the first finds an equal one elsewhere.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baogong.engine.fairshare.flow import Bools, Floats, Flow, Ints, graph_of
from baogong.engine.fairshare.tables import Tables, totals

NEARLY = 1e-7
"""Exact shares this close to a whole number of cartons, or of pieces, count as whole."""
REPACK_STEPS = 500
"""How many combinations of carton sizes are tried for one pair."""


def rank_of(remainder: Floats, is_urgent: Bools) -> Ints:
    """Equal remainders rank equal; the largest first, those still below their floor before all others."""
    reach = max(1.0, float(np.abs(remainder).max(initial=0)))
    order = np.round(remainder / reach + 3.0 * is_urgent, 9)
    _, rank = np.unique(-order, return_inverse=True)
    return rank.reshape(-1).astype(np.int64)


@dataclass(slots=True)
class Holdings:
    """
    Whole cartons in the hands of pairs, one flow per size.

    pairs    shape (nodes,): a node of the flows is one pair
    size     carton sizes, falling; flows[k] carries cartons of size[k]
    exact    shape (nodes,), pieces, not rounded
    fits     the whole pieces within the exact share; due: the least whole pieces that reach it
    ceiling, floor   shape (nodes,), pieces
    """

    pairs: Ints
    size: list[int]
    flows: list[Flow]
    exact: Floats
    fits: Ints
    due: Ints
    ceiling: Ints
    floor: Ints

    @classmethod
    def start(cls, tables: Tables, exact: Floats, floor: Ints, pairs: Ints, held: tuple[Ints, Ints, Ints]) -> Holdings:
        """`held`: pair, pool, cartons, rising by (pair, pool); all of it must belong to `pairs`, which rise."""
        graph, pools = tables.graph, tables.graph.pool_count
        group = tables.pair_class[pairs]
        count = graph.class_start[group + 1] - graph.class_start[group]
        node = np.repeat(np.arange(len(pairs)), count)
        place = np.arange(len(node)) - np.repeat(np.cumsum(count) - count, count)
        pool = graph.arc_pool[np.repeat(graph.class_start[group], count) + place]
        in_stock = tables.whole_amount // tables.pool_carton
        node, pool = node[in_stock[pool] > 0], pool[in_stock[pool] > 0]
        amount = np.zeros(len(node), np.int64)
        amount[np.searchsorted(pairs[node] * pools + pool, held[0] * pools + held[1])] = held[2]
        spare = in_stock - totals(held[1], held[2], pools)
        size = np.unique(tables.pool_carton[pool])[::-1].tolist()
        flows = []
        for carton in size:
            own = tables.pool_carton[pool] == carton
            flow = Flow.start(
                graph_of(node[own], pool[own], len(pairs), pools),
                np.where(tables.pool_carton == carton, spare, 0),
                np.zeros(len(pairs), np.int64),
            )
            flow.amount[:] = amount[own]
            flows.append(flow)
        share = exact[pairs]
        nearest = np.rint(share)
        share = np.where(np.isclose(share, nearest, rtol=1e-14, atol=NEARLY), nearest, share)
        ceiling = tables.columns.ceiling[pairs]
        fits, due = np.floor(share).astype(np.int64), np.ceil(share).astype(np.int64)
        return cls(pairs, size, flows, share, fits, due, ceiling, floor[pairs])

    def held(self) -> Ints:
        """Shape (sizes, nodes), cartons."""
        return np.stack([flow.taken() for flow in self.flows])

    def got(self) -> Ints:
        """Shape (nodes,), pieces."""
        pieces: Ints = np.array(self.size) @ self.held()
        return pieces

    def parcels(self) -> tuple[Ints, Ints, Ints]:
        """Pair, pool, cartons; no zero, no repeat, in no particular order."""
        used = [np.flatnonzero(flow.amount) for flow in self.flows]
        rows = list(zip(self.flows, used, strict=True))
        return (
            np.concatenate([self.pairs[flow.graph.arc_class[arcs]] for flow, arcs in rows]),
            np.concatenate([flow.graph.arc_pool[arcs] for flow, arcs in rows]),
            np.concatenate([flow.amount[arcs] for flow, arcs in rows]),
        )

    def settle(self) -> None:
        """
        Exchange and hand out until nobody below the exact share can be served with what is left.

        Afterwards no pair is below its exact share while a carton it may use lies unused, unless that carton would take it
        above its ceiling. No pair is further from its exact share than it was, or than one carton.
        """
        self._trim()
        self._keep_below_ceiling()
        self._fill()
        missing, before = self._missing(), -1
        while missing and missing != before:
            self._exchange()
            self._trim()
            self._fill()
            self._repack()
            missing, before = self._missing(), missing
        self._hand_out_beyond()

    def _missing(self) -> int:
        return int(np.maximum(self.due - self.got(), 0).sum())

    def _trim(self) -> None:
        """Who stands above the exact share gives back what is not needed to reach it, large cartons first."""
        over = self.got() - self.due
        for flow, size in zip(self.flows, self.size, strict=True):
            back = np.clip(over // size, 0, flow.taken())
            _give_back(flow, back)
            over -= back * size

    def _keep_below_ceiling(self) -> None:
        """
        Who stands above the ceiling gives one more carton back, the smallest.

        After `_trim` that suffices: every carton it holds is larger than what it has above the exact share. It falls less than
        this carton below the exact share.
        """
        over = self.got() > self.ceiling
        for flow in reversed(self.flows):
            back = over & (flow.taken() > 0)
            _give_back(flow, back.astype(np.int64))
            over &= ~back

    def _exchange(self) -> None:
        """From the largest size down: as many cartons as fit within the exact share; what lies above it is given back."""
        for place, (flow, size) in enumerate(zip(self.flows, self.size, strict=True)):
            if not flow.spare.any():
                continue
            held = self.held()
            larger = np.array(self.size[:place], np.int64) @ held[:place]
            flow.lacking[:] = np.maximum((self.fits - larger) // size - held[place], 0)
            flow.grow()
            more = flow.taken() - held[place]
            kept = self._acceptable(place, held, more)
            _give_back(flow, more - kept)
            _, back = self._displaced(place, held, kept)
            for smaller, cartons in zip(self.flows[place + 1 :], back, strict=True):
                _give_back(smaller, cartons)

    def _displaced(self, place: int, held: Ints, more: Ints) -> tuple[Ints, Ints]:
        """Pieces after `more` cartons of size[place]; cartons of the smaller sizes then given back, large ones first."""
        pieces = np.array(self.size) @ held + more * self.size[place]
        back = np.zeros_like(held[place + 1 :])
        for row, size in enumerate(self.size[place + 1 :]):
            back[row] = np.where(more > 0, np.clip((pieces - self.due) // size, 0, held[place + 1 + row]), 0)
            pieces = pieces - back[row] * size
        return pieces, back

    def _acceptable(self, place: int, held: Ints, more: Ints) -> Ints:
        """The most cartons, up to `more`, after which nobody is above the ceiling."""
        kept = more.copy()
        for _ in range(64):
            pieces, _ = self._displaced(place, held, kept)
            is_above = (kept > 0) & (pieces > self.ceiling)
            if not is_above.any():
                return kept
            kept[is_above] -= 1
        kept[is_above] = 0
        return kept

    def _fill(self) -> None:
        """
        Who is below the exact share takes what fits within it, from the largest size down; who still is takes one more.

        Those below their floor first, then the furthest below.
        """
        got = self.got()
        for flow, size in zip(self.flows, self.size, strict=True):
            got = self._offer(flow, size, got, np.maximum(self.fits - got, 0) // size)
        for flow, size in zip(reversed(self.flows), reversed(self.size), strict=True):
            got = self._offer(flow, size, got, ((got < self.due) & (got + size <= self.ceiling)).astype(np.int64))

    def _offer(self, flow: Flow, size: int, got: Ints, cartons: Ints) -> Ints:
        """Pieces everyone has after the offer."""
        if not flow.spare.any() or not cartons.any():
            return got
        before, nodes = flow.taken(), np.flatnonzero(cartons)
        rank = rank_of(self.exact[nodes] - got[nodes], got[nodes] < self.floor[nodes])
        flow.grow_by_rank(nodes, rank, cartons[nodes])
        return got + (flow.taken() - before) * size

    def _repack(self) -> None:
        """
        Who is still below takes other sizes, where what it holds and what lies unused adds up better: 3 × 20 for 60, not 1 × 50.
        """
        held, got = self.held(), self.got()
        short = np.flatnonzero(got < self.due)
        rank = rank_of(self.exact[short] - got[short], got[short] < self.floor[short])
        for node in short[np.lexsort((short, rank))].tolist():
            ways = [
                flow.graph.arc_pool[flow.graph.class_start[node] : flow.graph.class_start[node + 1]]
                for flow in self.flows
            ]
            unused = [int(flow.spare[pools].sum()) for flow, pools in zip(self.flows, ways, strict=True)]
            if not any(unused):
                continue
            own = held[:, node].tolist()
            at_hand = [cartons + more for cartons, more in zip(own, unused, strict=True)]
            best = closest(self.size, at_hand, int(self.due[node]), int(self.ceiling[node]))
            if sum(size * cartons for size, cartons in zip(self.size, best, strict=True)) > got[node]:
                for flow, cartons, before in zip(self.flows, best, own, strict=True):
                    _move(flow, node, cartons - before)

    def _hand_out_beyond(self) -> None:
        """What nobody needs to reach the exact share goes to those who ask for more, up to one carton above it."""
        got = self.got()
        largest = np.zeros(len(self.pairs), np.int64)
        for flow, size in zip(reversed(self.flows), reversed(self.size), strict=True):
            largest[np.diff(flow.graph.class_start) > 0] = size
        limit = np.minimum(self.ceiling, self.fits + largest)
        for flow, size in zip(self.flows, self.size, strict=True):
            got = self._offer(flow, size, got, np.maximum(limit - got, 0) // size)


def closest(size: list[int], at_hand: list[int], due: int, ceiling: int) -> list[int]:
    """
    How many cartons of each size come closest to `due` pieces and not above `ceiling`; falling short is worse than any surplus.

    size, at_hand  sizes, falling, and how many cartons there are of each
    Looks at large cartons first and, in `REPACK_STEPS` steps at most, at fewer and fewer of them.
    """
    best, best_miss = [0] * len(size), (due, 0)
    chosen, steps = [0] * len(size), 0

    def look(place: int, rest: int) -> None:
        nonlocal best, best_miss, steps
        if place == len(size) or rest <= 0:
            steps += 1
            miss = (max(rest, 0), max(-rest, 0))
            if due - rest <= ceiling and miss < best_miss:
                best, best_miss = chosen.copy(), miss
            return
        most = min(at_hand[place], -(-rest // size[place]))
        fewest = 0 if place < len(size) - 1 else max(most - 1, 0)
        for cartons in range(most, fewest - 1, -1):
            if steps >= REPACK_STEPS or best_miss == (0, 0):
                break
            chosen[place] = cartons
            look(place + 1, rest - cartons * size[place])
        chosen[place] = 0

    look(0, due)
    return best


def _move(flow: Flow, node: int, cartons: int) -> None:
    """A node takes cartons that lie unused (or gives back, below 0), from the first pool that has any, then the next."""
    for arc in range(flow.graph.class_start[node], flow.graph.class_start[node + 1]):
        pool = flow.graph.arc_pool[arc]
        moved = min(cartons, int(flow.spare[pool])) if cartons > 0 else -min(-cartons, int(flow.amount[arc]))
        flow.amount[arc] += moved
        flow.spare[pool] -= moved
        cartons -= moved


def _give_back(flow: Flow, cartons: Ints) -> None:
    """Every node gives that many cartons back to the pools it has them from; shape (nodes,)."""
    if not cartons.any():
        return
    graph = flow.graph
    before = np.cumsum(flow.amount) - flow.amount
    own = before - np.append(before, 0)[graph.class_start[graph.arc_class]]
    back = np.clip(cartons[graph.arc_class] - own, 0, flow.amount)
    flow.amount -= back
    flow.spare += totals(graph.arc_pool, back, graph.pool_count)
