"""
Whole cartons that fit the trucks.

What the exact shares hold in whole cartons is loaded first. What is left of stock and room then goes out carton by carton: to
those below their floor, then to those whom a carton still fits within the exact share, then one further carton each in order
of the largest remainder, as everywhere. A carton is loaded only where stock, ceiling and every truck allow it, so whatever the
shares looked like before, nothing is loaded twice and no truck is overfull.

Where the limits hold for the whole round only, the cartons of the uncoupled rounding are taken and those given beyond the exact
share are put back until the trucks close: first those that were the smallest remainders.
"""

from __future__ import annotations

import heapq
from collections.abc import Iterator
from dataclasses import dataclass

import highspy
import numpy as np
from scipy.sparse import coo_array

from baogong.engine.fairshare.capacity import Rows
from baogong.engine.fairshare.cartons import Parcels, carton_flow, round_to_cartons
from baogong.engine.fairshare.flow import Floats, Ints
from baogong.engine.fairshare.holdings import NEARLY
from baogong.engine.fairshare.tables import Tables, totals
from baogong.engine.highs import quiet_solver

FLOOR_NODES_MAX = 20_000
"""Branches after which the search for cartons that keep all floors takes the best it has: a count, so that it repeats."""


@dataclass(slots=True)
class Loading:
    """
    got     shape (pairs,), pieces
    unused  shape (pools,), cartons
    room    shape (rows,), what still fits
    loaded  (pair, pool, cartons), in the order of loading; cartons may be below 0
    crowded pairs that lack a carton only for want of room, and the row
    """

    tables: Tables
    rows: Rows
    pool_site: Ints
    exact: Floats
    floor: Ints
    got: Ints
    unused: Ints
    room: Floats
    loaded: list[tuple[Ints, Ints, Ints]]
    crowded: dict[int, int]

    @classmethod
    def empty(cls, tables: Tables, rows: Rows, pool_site: Ints, exact: Floats, floor: Ints) -> Loading:
        return cls(
            tables,
            rows,
            pool_site,
            exact,
            floor,
            np.zeros(len(exact), np.int64),
            tables.whole_amount // tables.pool_carton,
            rows.room + np.maximum(rows.room, 1.0) * 1e-12,
            [],
            {},
        )

    def parcels(self) -> Parcels:
        """All that was loaded, put together."""
        empty = [np.zeros(0, np.int64)]
        pair, pool, cartons = (np.concatenate(empty + [part[k] for part in self.loaded]) for k in range(3))
        pools = max(self.tables.graph.pool_count, 1)
        key, place = np.unique(pair * pools + pool, return_inverse=True)
        summed = totals(place.reshape(-1), cartons, len(key))
        kept = summed > 0
        return Parcels(key[kept] // pools, key[kept] % pools, summed[kept])

    def load(self, pair: Ints, pool: Ints, cartons: Ints) -> None:
        """Without asking whether it fits; below 0: put back."""
        columns = self.tables.columns
        pieces = cartons * self.tables.pool_carton[pool]
        np.add.at(self.got, pair, pieces)
        np.subtract.at(self.unused, pool, cartons)
        self.room -= self.rows.loads(
            columns.pair_requester[pair], columns.pair_item[pair], self.pool_site[pool], pieces
        )
        self.loaded.append((pair, pool, cartons))

    def load_one(self, pair: int, pool: int, cartons: int) -> int:
        """Up to so many cartons, as far as stock, ceiling and trucks allow; how many it became."""
        columns, size = self.tables.columns, int(self.tables.pool_carton[pool])
        cartons = min(cartons, int(self.unused[pool]), int(columns.ceiling[pair] - self.got[pair]) // size)
        for row, per_carton in self._riding(pair, pool):
            if cartons > 0 and self.room[row] < cartons * per_carton:
                cartons = int(self.room[row] // per_carton)
                if cartons <= 0:
                    self.crowded[pair] = row
        if cartons <= 0:
            return 0
        self.crowded.pop(pair, None)
        self.got[pair] += cartons * size
        self.unused[pool] -= cartons
        for row, per_carton in self._riding(pair, pool):
            self.room[row] -= cartons * per_carton
        self.loaded.append((np.array([pair]), np.array([pool]), np.array([cartons])))
        return cartons

    def _riding(self, pair: int, pool: int) -> Iterator[tuple[int, float]]:
        """The rows a carton of the pool for the pair takes room of, and how much."""
        columns, rows = self.tables.columns, self.rows
        own = rows.rides[:, columns.pair_requester[pair]] & ((rows.site < 0) | (rows.site == self.pool_site[pool]))
        for row in np.flatnonzero(own).tolist():
            per_carton = float(rows.per_piece[row, columns.pair_item[pair]] * self.tables.pool_carton[pool])
            if per_carton > 0:
                yield row, per_carton

    def _pools(self, pair: int) -> list[int]:
        """Pools the pair may use that hold a carton, the largest first."""
        graph, kind = self.tables.graph, self.tables.pair_class[pair]
        pools = graph.arc_pool[graph.class_start[kind] : graph.class_start[kind + 1]]
        pools = pools[self.unused[pools] > 0]
        return list(pools[np.argsort(-self.tables.pool_carton[pools], kind="stable")].tolist())

    def put_back(self) -> None:
        """Rows of the whole round: cartons go back until no row is overfull, a carton of each pair at a time."""
        for row in range(len(self.rows)):
            while self.room[row] < 0:
                chosen = self._least_missed(row)
                if not chosen:
                    break
                pair, pool = chosen
                self.load(pair, pool, -np.ones(len(pair), np.int64))

    def _least_missed(self, row: int) -> tuple[Ints, Ints] | None:
        """
        As many cartons as the row is over: those beyond the exact share whose remainder was the smallest; then of those who
        stand highest, so that floors are kept; floors last, or before those where whole cartons cannot keep them all.
        """
        parcels, columns = self.parcels(), self.tables.columns
        size = self.tables.pool_carton[parcels.pool]
        per_carton = self.rows.per_piece[row, columns.pair_item[parcels.pair]] * size
        got, exact, floor = self.got[parcels.pair], self.exact[parcels.pair], self.floor[parcels.pair]
        is_beyond, keeps_floor = got > exact + NEARLY, got - size >= floor
        floors = np.ceil(self.floor / self._smallest()[columns.pair_item]) * self._smallest()[columns.pair_item]
        floors_fit = (self.rows.per_piece[row, columns.pair_item] * floors).sum() <= self.rows.room[row]
        turn = np.where(keeps_floor, np.where(is_beyond, 0, 1 if floors_fit else 2), 2 if floors_fit else 1)
        is_candidate = (per_carton > 0) & (is_beyond | (keeps_floor & (floors_fit or not is_beyond.any())))
        over = (got - exact) / size
        candidates = np.flatnonzero(is_candidate)
        candidates = candidates[np.lexsort((parcels.pair[candidates], -over[candidates], turn[candidates]))]
        _, first = np.unique(parcels.pair[candidates], return_index=True)
        candidates = candidates[np.sort(first)]
        if not len(candidates):
            return None
        freed = np.cumsum(per_carton[candidates])
        chosen = candidates[: int(np.searchsorted(freed, -self.room[row])) + 1]
        return parcels.pair[chosen], parcels.pool[chosen]

    def _smallest(self) -> Ints:
        """Shape (items,): the smallest carton of each."""
        smallest = np.full(self.tables.columns.item_count, np.iinfo(np.int64).max)
        np.minimum.at(smallest, self.tables.pool_item, self.tables.pool_carton)
        return np.where(smallest == np.iinfo(np.int64).max, 1, smallest)

    def hand_out(self) -> None:
        """What stock and trucks still hold: to floors, within the exact share, then one carton each by remainder."""
        self._offer_floors()
        self._offer_within()
        self._offer_further()

    def _could_ride(self, pairs: Ints) -> Ints:
        """Those for whom a carton lies unused and may still fit: a quick look at rows that hold for every way."""
        graph, tables = self.tables.graph, self.tables
        has_unused = totals(graph.arc_class, (self.unused[graph.arc_pool] > 0).astype(np.int64), graph.class_count) > 0
        pairs = pairs[has_unused[tables.pair_class[pairs]]]
        for row in np.flatnonzero((self.rows.site < 0) & self.rows.rides.all(axis=1)).tolist():
            item = tables.columns.pair_item[pairs]
            fits = self.rows.per_piece[row, item] * self._smallest()[item] <= self.room[row]
            self.crowded |= dict.fromkeys(pairs[~fits].tolist(), row)
            pairs = pairs[fits]
        return pairs

    def _offer_floors(self) -> None:
        """The largest carton that fits below the floor, else the smallest that reaches it."""
        for pair in np.flatnonzero(self.got < self.floor).tolist():
            while self.got[pair] < self.floor[pair]:
                missing = self.floor[pair] - self.got[pair]
                pools = self._pools(pair)
                ordered = [p for p in pools if self.tables.pool_carton[p] <= missing]
                ordered += [p for p in reversed(pools) if self.tables.pool_carton[p] > missing]
                if not any(self.load_one(pair, pool, 1) for pool in ordered):
                    break

    def _offer_within(self) -> None:
        """Who misses most first; a carton only where it fits within the exact share."""
        fits = np.floor(self.exact + NEARLY).astype(np.int64)
        waiting = [
            (self.got[pair] - fits[pair], pair) for pair in self._could_ride(np.flatnonzero(self.got < fits)).tolist()
        ]
        heapq.heapify(waiting)
        while waiting:
            missing, pair = heapq.heappop(waiting)
            ordered = [pool for pool in self._pools(pair) if self.tables.pool_carton[pool] <= -missing]
            if any(self.load_one(pair, pool, 1) for pool in ordered):
                heapq.heappush(waiting, (self.got[pair] - fits[pair], pair))

    def _offer_further(self) -> None:
        """One carton beyond, the smallest, in order of the largest remainder."""
        short = self._could_ride(np.flatnonzero(self.got < self.exact - NEARLY))
        smallest = np.array(
            [min((self.tables.pool_carton[p] for p in self._pools(pair)), default=1) for pair in short.tolist()]
        )
        remainder = np.round((self.exact[short] - self.got[short]) / smallest, 9) if len(short) else np.zeros(0)
        for pair in short[np.lexsort((short, -remainder))].tolist():
            any(self.load_one(pair, pool, 1) for pool in reversed(self._pools(pair)))


def load_cartons(
    tables: Tables,
    rows: Rows,
    pool_site: Ints,
    exact: Floats,
    floor: Ints,
    ways: tuple[Ints, Ints, Floats] | None,
    group: Ints,
) -> Loading:
    """
    ways   (group of pairs, pool, pieces): how the exact shares can be carried out; None: rows of the whole round only
    group  shape (pairs,)
    """
    loading = Loading.empty(tables, rows, pool_site, exact, floor)
    if ways is None:
        rounded = round_to_cartons(tables, exact, carton_flow(tables, exact), floor)
        loading.load(rounded.pair, rounded.pool, rounded.cartons)
        loading.put_back()
        loading.hand_out()
        return loading
    _load_ways(loading, ways, group)
    loading.hand_out()
    if (loading.got < floor).any():
        kept = Loading.empty(tables, rows, pool_site, exact, floor)
        _load_floors(kept)
        _load_ways(kept, ways, group)
        kept.hand_out()
        if np.maximum(floor - kept.got, 0).sum() < np.maximum(floor - loading.got, 0).sum():
            return kept
    return loading


def _load_ways(loading: Loading, ways: tuple[Ints, Ints, Floats], group: Ints) -> None:
    """The whole cartons that lie in the exact shares, way by way, large ones first."""
    tables, (groups, pools, pieces) = loading.tables, ways
    cartons = np.floor(pieces / tables.pool_carton[pools] + NEARLY).astype(np.int64)
    order = np.lexsort((pools, -tables.pool_carton[pools], groups))
    members = np.argsort(group, kind="stable")
    first = np.searchsorted(group[members], np.arange(int(group.max(initial=-1)) + 2))
    fits = np.floor(loading.exact + NEARLY).astype(np.int64)
    for way in order[cartons[order] > 0].tolist():
        left, pool = int(cartons[way]), int(pools[way])
        size = int(tables.pool_carton[pool])
        for pair in members[first[groups[way]] : first[groups[way] + 1]].tolist():
            if left <= 0:
                break
            left -= loading.load_one(pair, pool, min(left, int(fits[pair] - loading.got[pair]) // size))


def _load_floors(loading: Loading) -> None:
    """Cartons for those with floors, by a whole-number program: as few pieces below the floors as can be."""
    tables, rows, floor = loading.tables, loading.rows, loading.floor
    graph, columns = tables.graph, tables.columns
    pairs = np.flatnonzero(floor > 0)
    count = np.diff(graph.class_start)[tables.pair_class[pairs]]
    who = np.repeat(np.arange(len(pairs)), count)
    place = np.arange(len(who)) - np.repeat(np.cumsum(count) - count, count)
    pool = graph.arc_pool[np.repeat(graph.class_start[tables.pair_class[pairs]], count) + place]
    carton = tables.pool_carton[pool].astype(float)
    rides = rows.riding(columns.pair_requester[pairs[who]], loading.pool_site[pool])
    weight = np.where(rides, rows.per_piece[:, columns.pair_item[pairs[who]]] * carton, 0.0)
    heaviest = np.maximum(weight.max(axis=1, initial=0.0), 1e-30)
    row, way = np.nonzero(weight)
    ways, infinity = len(who), highspy.kHighsInf
    model = highspy.HighsLp()
    model.num_col_, model.num_row_ = ways + len(pairs), len(pairs) + graph.pool_count + len(rows)
    model.col_cost_ = np.concatenate([np.zeros(ways), np.ones(len(pairs))])
    model.col_lower_ = np.zeros(ways + len(pairs))
    model.col_upper_ = np.concatenate([loading.unused[pool].astype(float), floor[pairs].astype(float)])
    model.integrality_ = [highspy.HighsVarType.kInteger] * ways + [highspy.HighsVarType.kContinuous] * len(pairs)
    # taken + missing >= floor; that nobody goes above the ceiling is seen to when loading
    model.row_lower_ = np.concatenate([floor[pairs].astype(float), np.full(graph.pool_count + len(rows), -infinity)])
    above = np.maximum(columns.ceiling[pairs], floor[pairs]).astype(float)
    model.row_upper_ = np.concatenate([above, loading.unused.astype(float), loading.room / heaviest])
    entries = coo_array(
        (
            np.concatenate([carton, np.ones(ways), (weight / heaviest[:, None])[row, way], np.ones(len(pairs))]),
            (
                np.concatenate([who, len(pairs) + pool, len(pairs) + graph.pool_count + row, np.arange(len(pairs))]),
                np.concatenate([np.arange(ways), np.arange(ways), way, ways + np.arange(len(pairs))]),
            ),
        ),
        (model.num_row_, model.num_col_),
    ).tocsc()
    matrix = model.a_matrix_
    matrix.format_ = highspy.MatrixFormat.kColwise
    matrix.start_, matrix.index_, matrix.value_ = entries.indptr, entries.indices, entries.data
    solver = quiet_solver(mip_max_nodes=FLOOR_NODES_MAX)
    solver.passModel(model)
    solver.run()
    chosen = np.rint(np.asarray(solver.getSolution().col_value)[:ways]).astype(np.int64)
    for number in np.flatnonzero(chosen).tolist():
        loading.load_one(int(pairs[who[number]]), int(pool[number]), int(chosen[number]))
