"""
From exact pieces to whole cartons, everyone within one carton of the exact share.

Where an item comes in one carton size, a pair gets the cartons below its exact share for certain, and at most one more.
That the certain ones can be carried out, and which further ones can, is a flow on whole numbers between classes and pools; the
further ones are offered in order of largest remainder.

Where cartons of several sizes lie side by side, the exact shares are first carried out so that large cartons go where they
fit whole. The share of a pair is then laid out from its largest cartons to its smallest and cut into slots of one carton each;
every full slot receives one whole carton of a size that lies in it, the last, broken one may. A slot's carton is no larger than
any of the slot before, so the sum stays within one (largest) carton of the exact share (Shmoys and Tardos, Mathematical
Programming 62, 1993). `Holdings.settle` then exchanges small cartons for large ones that lie unused.

A rule that is not fairer for it never gives more than was asked: a carton that would go beyond the ceiling stays.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baogong.engine.fairshare.flow import Bools, Floats, Flow, Graph, Ints, graph_of
from baogong.engine.fairshare.holdings import NEARLY, Holdings, rank_of
from baogong.engine.fairshare.levels import exact_flow, unit_scale
from baogong.engine.fairshare.tables import Tables, totals


@dataclass(frozen=True, slots=True)
class Parcels:
    """Whole cartons: `cartons[k]` of pool `pool[k]` for pair `pair[k]`; rising by (pair, pool), no zero, no repeat."""

    pair: Ints
    pool: Ints
    cartons: Ints

    def pieces(self, tables: Tables) -> Ints:
        """Shape (pairs,)."""
        return totals(self.pair, self.cartons * tables.pool_carton[self.pool], len(tables.columns.need))


def round_to_cartons(tables: Tables, exact: Floats, arc_amount: Floats, floor: Ints) -> Parcels:
    """
    exact       shape (pairs,), pieces, feasible on what lies in whole cartons
    arc_amount  shape (arcs,), pieces each class takes from each pool; adds up to the exact shares of its pairs
    floor       shape (pairs,), pieces; a pair still below its floor is first in line for a further carton
    """
    size_low, size_high = _carton_range(tables)
    is_plain = (size_low == size_high)[tables.columns.pair_item]
    plain = _round_plain(tables, exact, floor, is_plain, size_high)
    mixed = _round_mixed(tables, exact, arc_amount, floor, np.flatnonzero(~is_plain & (exact > 0)))
    pair, pool = np.concatenate([plain.pair, mixed.pair]), np.concatenate([plain.pool, mixed.pool])
    order = np.lexsort((pool, pair))
    return Parcels(pair[order], pool[order], np.concatenate([plain.cartons, mixed.cartons])[order])


def carton_flow(tables: Tables, exact: Floats) -> Floats:
    """
    How the exact shares may be carried out so that few cartons break; shape (arcs,), pieces.

    The share of every pair is laid out in whole cartons of the largest size that fits, then of the next, and so on. Goods are
    drawn on from the largest cartons to the smallest, each only for parts it fits into; what cannot be had so comes from
    whichever lot still holds some.
    """
    graph, stock = tables.graph, tables.whole_amount
    ladder, step_of_pool = _ladders(tables)
    steps = ladder.shape[1]
    wanted, rest = np.zeros(graph.class_count * steps), exact.copy()
    for step in range(steps):
        size = ladder[tables.columns.pair_item, step]
        whole = np.where(size > 0, np.minimum(np.floor(rest / np.maximum(size, 1) + NEARLY) * size, rest), 0.0)
        wanted[step::steps] = totals(tables.pair_class, whole, graph.class_count)
        rest -= whole
    times = step_of_pool[graph.arc_pool] + 1
    arc = np.repeat(np.arange(len(times)), times)
    step_of_arc = np.arange(len(arc)) - np.repeat(np.cumsum(times) - times, times)
    node = graph.arc_class[arc] * steps + step_of_arc
    order = np.argsort(node, kind="stable")
    arc = arc[order]
    parts = graph_of(node[order], graph.arc_pool[arc], len(wanted), graph.pool_count)
    scale = unit_scale(stock)
    flow = Flow.start(parts, np.zeros_like(stock), np.floor(wanted * scale).astype(np.int64))
    for step in range(steps):
        opened = step_of_pool == step
        flow.spare[opened] = (stock[opened] * scale).astype(np.int64)
        flow.grow()
    start = totals(arc, flow.amount, len(graph.arc_pool)) / scale
    return exact_flow(graph, stock, totals(tables.pair_class, exact, graph.class_count), start)


def _ladders(tables: Tables) -> tuple[Ints, Ints]:
    """Carton sizes of each item, falling, filled up with 0, shape (items, steps >= 1); which step each pool stands on."""
    stocked = tables.whole_amount > 0
    kinds = np.unique(np.stack([tables.pool_item[stocked], -tables.pool_carton[stocked]]), axis=1)
    first = np.searchsorted(kinds[0], np.arange(tables.columns.item_count))
    step = np.arange(kinds.shape[1]) - first[kinds[0]]
    ladder = np.zeros((tables.columns.item_count, int(step.max(initial=0)) + 1), np.int64)
    ladder[kinds[0], step] = -kinds[1]
    step_of_pool = (ladder[tables.pool_item] > tables.pool_carton[:, None]).sum(axis=1)
    return ladder, np.minimum(step_of_pool, ladder.shape[1] - 1)


def _carton_range(tables: Tables) -> tuple[Ints, Ints]:
    """Shape (items,) each: the smallest and the largest carton among pools with stock (1, 1 where there are none)."""
    low = np.full(tables.columns.item_count, np.iinfo(np.int64).max)
    high = np.ones(tables.columns.item_count, np.int64)
    stocked = tables.whole_amount > 0
    np.minimum.at(low, tables.pool_item[stocked], tables.pool_carton[stocked])
    np.maximum.at(high, tables.pool_item[stocked], tables.pool_carton[stocked])
    return np.minimum(low, high), high


def _pool_cartons(tables: Tables) -> Ints:
    return tables.whole_amount // tables.pool_carton


def _round_plain(tables: Tables, exact: Floats, floor: Ints, is_plain: Bools, size: Ints) -> Parcels:
    """Items with one carton size: decide class by class, then by largest remainder inside each class."""
    pairs = np.flatnonzero(is_plain & (exact > 0))
    carton = size[tables.columns.pair_item[pairs]]
    group, count = tables.pair_class[pairs], tables.graph.class_count
    share = exact[pairs] / carton
    sure = np.floor(share + NEARLY).astype(np.int64)
    remainder = share - sure
    may_have_more = (remainder > NEARLY) & (tables.columns.ceiling[pairs] // carton > sure)
    is_urgent = may_have_more & (sure * carton < floor[pairs])
    rank = rank_of(remainder, is_urgent)

    plain_pool = _pool_cartons(tables) * (tables.pool_carton == size[tables.pool_item])
    due = totals(group, sure, count)
    flow = Flow.start(tables.graph, plain_pool, due)
    ones = np.ones(may_have_more.sum(), np.int64)
    flow.grow_by_rank(group[may_have_more], rank[may_have_more], ones)

    further = flow.taken() - due  # below 0 only where NEARLY promised a carton that is not there
    order = np.lexsort((pairs, rank, ~may_have_more, group))
    first = np.searchsorted(group[order], np.arange(count))
    place = np.arange(len(pairs)) - first[group[order]]
    got = sure.copy()
    got[order] += place < further[group[order]]
    lost = np.lexsort((pairs, remainder, sure == 0, group))
    got[lost] -= place < -further[group[lost]]
    return _join(pairs, group, got, tables.graph, flow.amount)


def _join(pairs: Ints, group: Ints, got: Ints, graph: Graph, arc_cartons: Ints) -> Parcels:
    """Hand what a class takes from its pools to its pairs: both in a row per class, cut at every boundary."""
    order = np.lexsort((pairs, group))
    order = order[got[order] > 0]
    arcs = np.flatnonzero(arc_cartons)
    left, right, cartons = match_rows(got[order], arc_cartons[arcs])
    return Parcels(pairs[order][left], graph.arc_pool[arcs][right], cartons)


def match_rows(left: Ints, right: Ints) -> tuple[Ints, Ints, Ints]:
    """
    Two rows of positive amounts with the same sum, laid side by side: which stretch of one lies beside which of the other.

    Returns indices into `left`, indices into `right`, amounts (all > 0).
    """
    left_ends, right_ends = np.cumsum(left), np.cumsum(right)
    ends = np.union1d(left_ends, right_ends)
    amounts = np.diff(ends, prepend=0)
    return (
        np.searchsorted(left_ends, ends).astype(np.int64),
        np.searchsorted(right_ends, ends).astype(np.int64),
        amounts.astype(np.int64),
    )


def _round_mixed(tables: Tables, exact: Floats, arc_amount: Floats, floor: Ints, pairs: Ints) -> Parcels:
    """Items with several carton sizes: pair by pair, by slots, then whatever exchange still brings someone nearer."""
    if not len(pairs):
        return Parcels(*(np.zeros(0, np.int64) for _ in range(3)))
    slotted = _fill_slots(tables, exact, arc_amount, floor, pairs)
    holdings = Holdings.start(tables, exact, floor, pairs, (slotted.pair, slotted.pool, slotted.cartons))
    holdings.settle()
    return Parcels(*holdings.parcels())


def _fill_slots(tables: Tables, exact: Floats, arc_amount: Floats, floor: Ints, pairs: Ints) -> Parcels:
    """One whole carton for every full slot, and for the broken ones as far as cartons go; some may end above their ceiling."""
    graph = tables.graph
    node_pair: list[int] = []
    node_due: list[int] = []
    arc_node: list[int] = []
    arc_pool: list[int] = []
    further_node: list[int] = []
    remainders: list[float] = []
    urgent: list[bool] = []
    groups = tables.pair_class[pairs]
    for members in np.split(pairs[np.argsort(groups, kind="stable")], np.cumsum(np.bincount(groups))[:-1]):
        if not len(members):
            continue
        group = int(tables.pair_class[members[0]])
        arcs = slice(graph.class_start[group], graph.class_start[group + 1])
        size_of_pool = tables.pool_carton[graph.arc_pool[arcs]]
        sizes = [int(size) for size in np.unique(size_of_pool[arc_amount[arcs] > 0])[::-1]]
        pools_of = [graph.arc_pool[arcs][size_of_pool == size].tolist() for size in sizes]
        amounts = [float(arc_amount[arcs][size_of_pool == size].sum()) for size in sizes]
        for pair, of_size in zip(members.tolist(), _split(exact[members], sizes, amounts).tolist(), strict=True):
            used = [place for place, amount in enumerate(of_size) if amount > NEARLY]
            certain = 0
            for due, fraction, inside in _slots([of_size[place] / sizes[place] for place in used]):
                node = len(node_pair)
                node_pair.append(pair)
                node_due.append(due)
                for pool in sorted(pool for place in inside for pool in pools_of[used[place]]):
                    arc_node.append(node)
                    arc_pool.append(pool)
                certain += due * min(sizes[used[place]] for place in inside)
                if fraction:
                    further_node.append(node)
                    remainders.append(fraction)
                    urgent.append(certain < floor[pair])
    slots = graph_of(np.array(arc_node, np.int64), np.array(arc_pool, np.int64), len(node_pair), graph.pool_count)
    flow = Flow.start(slots, _pool_cartons(tables), np.array(node_due, np.int64))
    rank = rank_of(np.array(remainders), np.array(urgent, np.bool_))
    flow.grow_by_rank(np.array(further_node, np.int64), rank, np.ones(len(rank), np.int64))
    arcs_used = np.flatnonzero(flow.amount)
    who = np.array(node_pair, np.int64)[slots.arc_class[arcs_used]]
    key, rank_of_arc = np.unique(who * max(graph.pool_count, 1) + slots.arc_pool[arcs_used], return_inverse=True)
    pair_of, pool_of = np.divmod(key, max(graph.pool_count, 1))
    return Parcels(pair_of, pool_of, totals(rank_of_arc.reshape(-1), flow.amount[arcs_used], len(key)))


def _split(exact: Floats, sizes: list[int], amounts: list[float]) -> Floats:
    """
    Divide what a class takes of each carton size among its pairs; shape (pairs, sizes).

    From the largest size down, everyone takes what fits in whole cartons; only what is over then makes broken ones, in as few
    hands as possible and where a carton is nearly full.
    """
    split, rest = np.zeros((len(exact), len(sizes))), exact.copy()
    for place, (size, amount) in enumerate(zip(sizes, amounts, strict=True)):
        whole = np.minimum(np.floor(rest / size + NEARLY) * size, rest)
        taken = _pour(whole, amount)
        over = amount - taken.sum()
        if over > NEARLY * size:
            broken = np.lexsort((np.arange(len(rest)), np.round(taken - rest, 9)))
            taken[broken] += _pour((rest - taken)[broken], over)
        split[:, place], rest = taken, rest - taken
    return split


def _pour(room: Floats, amount: float) -> Floats:
    """Fill one after the other until the amount is used up."""
    before = np.cumsum(room) - room
    poured: Floats = np.clip(amount - before, 0.0, room)
    return poured


def _slots(cartons_of_size: list[float]) -> list[tuple[int, float, list[int]]]:
    """
    Cut a row of fractional carton counts into slots of one carton.

    Returns (cartons due, fraction of a last broken slot or 0, places of the sizes inside); neighbouring full slots that lie
    inside one size are told as one entry.
    """
    slots: list[tuple[int, float, list[int]]] = []
    filled, inside = 0.0, list[int]()
    for place, count in enumerate(cartons_of_size):
        rest = count
        if filled:
            taken = min(1.0 - filled, rest)
            filled, rest = filled + taken, rest - taken
            inside.append(place)
            if filled > 1 - NEARLY:
                slots.append((1, 0.0, inside))
                filled, inside = 0.0, []
            if rest <= NEARLY:
                continue
        whole = int(rest + NEARLY)
        if whole:
            slots.append((whole, 0.0, [place]))
        if rest - whole > NEARLY:
            filled, inside = rest - whole, [place]
    if filled:
        slots.append((0, filled, inside))
    return slots
