"""
The snapshot as arrays, and its merging.

Lots of one item that the same requesters may use become one *pool*; pairs (requester, item) that may use the same pools become
one *class*. A hundred thousand requesters who each reach three of fifty sites are a few hundred classes, and members of a class
stand at equal level in the optimum, so everything hard happens between classes and pools.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import numpy.typing as npt

from baogong.engine.fairshare.flow import Bools, Floats, Graph, Ints, graph_of


@dataclass(frozen=True, slots=True)
class Columns:
    """
    A snapshot in arrays. A pair is one need; a *gate* is one way in which lots are open to requesters (site, earmark, expiry).

    pair_*   shape (pairs,); `need`, `floor`, `ceiling` (smaller of need and cap) in pieces, `earlier` = memory × earlier_met
    lot_*    shape (lots,); `amount` in pieces, `carton` pieces per carton
    opens    shape (requesters, gates), is the requester admitted at that gate
    accepts  shape (standard sets, standards), does a need with that set accept that standard
    """

    item_count: int
    pair_requester: Ints
    pair_item: Ints
    pair_set: Ints
    need: Ints
    floor: Ints
    ceiling: Ints
    weight: Floats
    earlier: Floats
    lot_item: Ints
    lot_gate: Ints
    lot_standard: Ints
    lot_carton: Ints
    lot_amount: Ints
    opens: Bools
    accepts: Bools


@dataclass(frozen=True, slots=True)
class Tables:
    """
    Columns merged into classes and pools.

    pair_class  shape (pairs,)
    class_item  shape (classes,)
    pool_item, pool_carton, pool_amount  shape (pools,), amount in pieces
    lot_pool    shape (lots,)
    graph       which class may use which pool
    """

    columns: Columns
    pair_class: Ints
    class_item: Ints
    pool_item: Ints
    pool_carton: Ints
    pool_amount: Ints
    lot_pool: Ints
    graph: Graph

    @property
    def whole_amount(self) -> Ints:
        """Shape (pools,): pieces that lie in whole cartons."""
        cartons = self.columns.lot_amount // self.columns.lot_carton
        return totals(self.lot_pool, cartons * self.columns.lot_carton, len(self.pool_item))


def totals(group: Ints, amounts: npt.NDArray[Any], count: int) -> npt.NDArray[Any]:
    """Sum of `amounts` by group, in the amounts' own type (bincount alone would pass whole numbers through floats)."""
    summed = np.zeros(count, amounts.dtype)
    np.add.at(summed, group, amounts)
    return summed


def rank_rows(rows: Bools) -> tuple[Ints, Ints]:
    """Number equal rows alike: (rank of each row, a sample row for each rank)."""
    if rows.shape[0] == 0 or rows.shape[1] == 0:
        return np.zeros(rows.shape[0], np.int64), np.zeros(min(rows.shape[0], 1), np.int64)
    packed = np.packbits(rows, axis=1)
    words = np.zeros((rows.shape[0], -(-packed.shape[1] // 8) * 8), np.uint8)
    words[:, : packed.shape[1]] = packed
    keys = words.view(np.uint64)
    if keys.shape[1] == 1:
        _, sample, rank = np.unique(keys[:, 0], return_index=True, return_inverse=True)
    else:
        _, sample, rank = np.unique(keys, axis=0, return_index=True, return_inverse=True)
    return rank.reshape(-1).astype(np.int64), sample.astype(np.int64)


def rank_keys(keys: Ints, limit: int) -> tuple[Ints, Ints]:
    """Number equal keys (0 <= key < limit) alike: (rank of each, the distinct keys, rising)."""
    if limit > 4 * len(keys) + 1_000_000:
        distinct, rank = np.unique(keys, return_inverse=True)
        return rank.reshape(-1).astype(np.int64), distinct
    is_present = np.zeros(limit, np.bool_)
    is_present[keys] = True
    distinct = np.flatnonzero(is_present)
    rank_of_key = np.zeros(limit, np.int64)
    rank_of_key[distinct] = np.arange(len(distinct))
    return rank_of_key[keys], distinct


def merge(columns: Columns) -> Tables:
    """Pools from lots, classes from pairs; both numbered item by item."""
    lot_keys = np.stack([columns.lot_item, columns.lot_gate, columns.lot_standard, columns.lot_carton])
    pool_keys, lot_pool = np.unique(lot_keys, axis=1, return_inverse=True)
    lot_pool = lot_pool.reshape(-1).astype(np.int64)
    pool_item, pool_gate, pool_standard, pool_carton = pool_keys

    requester_kind, kind_sample = rank_rows(columns.opens)
    kinds, sets = len(kind_sample), len(columns.accepts)
    keys = (columns.pair_item * kinds + requester_kind[columns.pair_requester]) * sets + columns.pair_set
    pair_key, distinct = rank_keys(keys, columns.item_count * kinds * sets)
    key_item, rest = np.divmod(distinct, kinds * sets)
    key_kind, key_set = np.divmod(rest, sets)

    key_class = np.zeros(len(distinct), np.int64)
    class_item: list[Ints] = []
    arc_class: list[Ints] = []
    arc_pool: list[Ints] = []
    class_count = 0
    key_ends = np.searchsorted(key_item, np.arange(columns.item_count + 1))
    pool_ends = np.searchsorted(pool_item, np.arange(columns.item_count + 1))
    for item in range(columns.item_count):
        own, pools = slice(key_ends[item], key_ends[item + 1]), slice(pool_ends[item], pool_ends[item + 1])
        may_use = columns.opens[kind_sample[key_kind[own]]][:, pool_gate[pools]]
        may_use &= columns.accepts[key_set[own]][:, pool_standard[pools]]
        rank, sample = rank_rows(may_use)
        members, places = np.nonzero(may_use[sample])
        key_class[own] = class_count + rank
        class_item.append(np.full(len(sample), item, np.int64))
        arc_class.append(class_count + members)
        arc_pool.append(pool_ends[item] + places)
        class_count += len(sample)
    empty = [np.zeros(0, np.int64)]
    graph = graph_of(np.concatenate(arc_class or empty), np.concatenate(arc_pool or empty), class_count, len(pool_item))
    return Tables(
        columns,
        key_class[pair_key],
        np.concatenate(class_item or empty),
        pool_item,
        pool_carton,
        totals(lot_pool, columns.lot_amount, len(pool_item)),
        lot_pool,
        graph,
    )
