"""
The exact leximin shares where trucks limit what can be brought.

Every row holds for the whole round: while levels rise together nobody is held down but by stock, until a row is full; then
everyone whose goods ride it stops. So the shares are the uncoupled ones, cut at one level per row, whatever the size.

Rows of sites, of receivers or of lanes: which lot goes to whom decides how full they are. Then a sequence of linear programs in
HiGHS: maximise the lowest level t of those still free; whoever's level row carries a dual price cannot stand above t in any
solution and is fixed there; repeat.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import highspy
import numpy as np
from scipy.sparse import coo_array

from baogong.engine.compiled import compiled
from baogong.engine.fairshare.capacity import Rows
from baogong.engine.fairshare.curves import Curves, taking
from baogong.engine.fairshare.flow import Floats, Ints
from baogong.engine.fairshare.levels import Levels, curves_of, exact_at, reachable_ceiling
from baogong.engine.fairshare.oracle import TOLERANCE
from baogong.engine.fairshare.problem import TooManyForTrucks
from baogong.engine.fairshare.tables import Tables, rank_rows, totals
from baogong.engine.highs import quiet_solver

SLACK_MAX = 1e-7
"""Pieces by which a settled share may give way to rounding."""
SIZE_MAX = 10_000
"""Ways and blocks up to which the sequence of programs ends within minutes (docs/algorithms/fairshare.md)."""


@dataclass(frozen=True, slots=True)
class Coupled:
    """
    exact       shape (pairs,), pieces
    pair_group  shape (pairs,), pool_group shape (pools,) (-1: stock is left, or nobody was levelled with it)
    level       by group; full_rows  the rows that held it down
    """

    exact: Floats
    pair_group: Ints
    pool_group: Ints
    level: dict[int, float]
    full_rows: dict[int, tuple[int, ...]]


def cut_levels(tables: Tables, floor: Ints, levels: Levels, rows: Rows) -> Coupled:
    """
    Rows of the whole round only: cut the uncoupled levels where a row is full.

    Raises nothing: floors must fit the rows (`floors_beyond_trucks`).
    """
    class_level, row_of = cut_where_full(curves_of(tables, floor), levels.class_level, tables.class_item, rows)
    is_cut = row_of >= 0
    group = levels.class_group.copy()
    first = int(max(levels.class_group.max(initial=0), levels.pool_group.max(initial=0))) + 1
    group[is_cut] = first + row_of[is_cut]
    return Coupled(
        exact_at(tables, floor, class_level),
        group[tables.pair_class],
        levels.pool_group,
        dict(zip(group.tolist(), class_level.tolist(), strict=True)),
        {first + row: (row,) for row in np.unique(row_of[is_cut]).tolist()},
    )


def cut_where_full(curves: Curves, level: Floats, class_item: Ints, rows: Rows) -> tuple[Floats, Ints]:
    """Shape (classes,) each: levels under rows of the whole round; the row that cut a class, -1 where none did."""
    cut, row_of = np.full(len(level), np.inf), np.full(len(level), -1)
    while True:
        full = [
            _full_at(curves, level, cut, rows.per_piece[row, class_item], float(rows.room[row]))
            for row in range(len(rows))
        ]
        lowest, row = min(((at, row) for row, at in enumerate(full)), default=(np.inf, -1))
        rides = (rows.per_piece[row, class_item] > 0) & (cut > lowest) if np.isfinite(lowest) else np.zeros(0, np.bool_)
        if not rides.any():  # no row is full, or only as far as rounding can tell
            return np.minimum(level, cut), np.where(cut < level, row_of, -1)
        cut[rides], row_of[rides] = lowest, row


def _full_at(curves: Curves, level: Floats, cut: Floats, per_piece: Floats, room: float) -> float:
    """The level at which a row of the whole round is full; infinite where it never is."""
    return _bisect(curves.start, curves.level, curves.pieces, curves.rise, level, cut, per_piece, room)


@compiled
def _load_at(
    start: Ints, knots: Floats, pieces: Floats, rises: Floats, level: Floats, cut: Floats, per_piece: Floats, top: float
) -> float:
    load = 0.0
    for group in range(len(level)):
        if per_piece[group] > 0:
            stands = min(level[group], min(cut[group], top))
            load += per_piece[group] * taking(start, knots, pieces, rises, group, stands)
    return load


@compiled
def _bisect(
    start: Ints,
    knots: Floats,
    pieces: Floats,
    rises: Floats,
    level: Floats,
    cut: Floats,
    per_piece: Floats,
    room: float,
) -> float:
    """Halve the bracket until no float lies between its ends; the lower end, at which the row still holds."""
    if _load_at(start, knots, pieces, rises, level, cut, per_piece, np.inf) <= room * (1 + 1e-12):
        return np.inf
    low, high = 0.0, 1.0
    while _load_at(start, knots, pieces, rises, level, cut, per_piece, high) <= room:
        low, high = high, 2 * high
    for _ in range(200):
        middle = low + (high - low) / 2
        if not low < middle < high:
            break
        if _load_at(start, knots, pieces, rises, level, cut, per_piece, middle) <= room:
            low = middle
        else:
            high = middle
    return low


@dataclass(frozen=True, slots=True)
class Blocks:
    """
    A *kind* is pairs with the same lots, rows and costs; a *block* those of a kind that bend at the same levels. Pairs of a block
    stand at one level in the optimum, and it does not matter which of a kind's pools serves which of its pairs.

    kind_of_pair, block_of_pair  shape (pairs,); kind_of_block shape (blocks,)
    kind_class, kind_asker       shape (kinds,): the class, and a requester (for rows and costs)
    base, top                    shape (blocks,), sums of floors and ceilings
    slope, offset                taking(v) = slope v - offset between them; high the level at which top is reached
    """

    kind_of_pair: Ints
    block_of_pair: Ints
    kind_of_block: Ints
    kind_class: Ints
    kind_asker: Ints
    base: Floats
    top: Floats
    slope: Floats
    offset: Floats
    high: Floats

    @classmethod
    def of(cls, tables: Tables, floor: Ints, apart: Ints) -> Blocks:
        """`apart`: shape (requesters,), equal where their goods ride the same rows at the same cost."""
        columns, ceiling = tables.columns, reachable_ceiling(tables)
        key = tables.pair_class * (int(apart.max(initial=0)) + 1) + apart[columns.pair_requester]
        _, of_kind, kind = np.unique(key, return_index=True, return_inverse=True)
        low = (columns.earlier + floor / columns.need) / columns.weight
        high = (columns.earlier + ceiling / columns.need) / columns.weight
        _, sample, block = np.unique(
            np.stack([kind.astype(float), low, high]), axis=1, return_index=True, return_inverse=True
        )
        block, count = block.reshape(-1).astype(np.int64), len(sample)
        return cls(
            kind.astype(np.int64),
            block,
            kind[sample].astype(np.int64),
            tables.pair_class[of_kind],
            columns.pair_requester[of_kind],
            totals(block, floor.astype(float), count),
            totals(block, ceiling.astype(float), count),
            totals(block, columns.need * columns.weight, count),
            totals(block, columns.need * columns.earlier, count),
            high[sample],
        )

    def pieces_of_pairs(self, pieces: Floats, floor: Ints, ceiling: Ints) -> Floats:
        """What each pair has of its block's pieces: all are filled to the same part between floor and ceiling."""
        room = self.top - self.base
        part = np.divide(pieces - self.base, room, out=np.zeros_like(room), where=room > 0)
        exact: Floats = floor + np.clip(part, 0.0, 1.0)[self.block_of_pair] * (ceiling - floor)
        return exact


def _apart(rows: Rows, fen_per_piece: Floats | None) -> Ints:
    signature, _ = rank_rows(rows.rides.T)
    if fen_per_piece is None or not fen_per_piece.shape[1]:
        return signature
    _, dear = np.unique(fen_per_piece, axis=0, return_inverse=True)
    return signature * (int(dear.max(initial=0)) + 1) + dear.reshape(-1)


class Program:
    """
    Columns: pieces along every way (kind, pool), pieces of every block, t. Rows: a kind's ways bring its blocks' pieces; level of
    every block; stock of every pool; trucks.
    """

    def __init__(
        self, tables: Tables, stock: Ints, floor: Ints, rows: Rows, pool_site: Ints, fen_per_piece: Floats | None = None
    ) -> None:
        """`fen_per_piece`: shape (requesters, sites); None: one way is as good as another."""
        self.tables, self.rows, self.stock = tables, rows, stock.astype(float)
        self.floor, self.ceiling = floor, reachable_ceiling(tables)
        self.blocks = blocks = Blocks.of(tables, floor, _apart(rows, fen_per_piece))
        graph = tables.graph
        count = np.diff(graph.class_start)[blocks.kind_class]
        self.kind = np.repeat(np.arange(len(count)), count)
        place = np.arange(len(self.kind)) - np.repeat(np.cumsum(count) - count, count)
        self.pool = graph.arc_pool[np.repeat(graph.class_start[blocks.kind_class], count) + place]
        is_stocked = stock[self.pool] > 0
        self.kind, self.pool = self.kind[is_stocked], self.pool[is_stocked]
        self.ways, self.kinds, self.count = len(self.kind), len(blocks.kind_class), len(blocks.base)
        if self.ways + self.count > SIZE_MAX:
            raise TooManyForTrucks(
                f"{self.ways + self.count:,} ways and needs that differ, under limits of sites, receivers or lanes; up to "
                f"{SIZE_MAX:,} are solved. Nothing was shared.",
                where="capacity.limits",
                found=self.ways + self.count,
                expected=SIZE_MAX,
                cure="Give limits for the whole round only (any size), or share fewer goods or receivers at a time.",
            )
        self.settled, self.is_settled = np.zeros(self.count), np.zeros(self.count, np.bool_)
        self.cost = np.zeros(self.ways)
        if fen_per_piece is not None:
            self.cost = fen_per_piece[blocks.kind_asker[self.kind], pool_site[self.pool]]
        self.solver = quiet_solver(primal_feasibility_tolerance=TOLERANCE, dual_feasibility_tolerance=TOLERANCE)
        self.solver.passModel(self._model(pool_site))

    def _model(self, pool_site: Ints) -> highspy.HighsLp:
        blocks, ways, count, kinds, pools = self.blocks, self.ways, self.count, self.kinds, len(self.stock)
        infinity = highspy.kHighsInf
        rides = self.rows.riding(blocks.kind_asker[self.kind], pool_site[self.pool])
        item = self.tables.class_item[blocks.kind_class][self.kind]
        per_piece = np.where(rides, self.rows.per_piece[:, item], 0.0)
        # Grams against pieces would be lost in the solver's tolerances: count each row in pieces of its heaviest.
        heaviest = np.maximum(per_piece.max(axis=1, initial=0.0), 1e-30)
        row, way = np.nonzero(per_piece)
        model = highspy.HighsLp()
        model.num_col_, model.num_row_ = ways + count + 1, kinds + count + pools + len(self.rows)
        model.col_cost_ = np.append(np.zeros(ways + count), -1.0)
        model.col_lower_ = np.concatenate([np.zeros(ways), blocks.base, [0.0]])
        model.col_upper_ = np.append(np.full(ways + count, infinity), float(blocks.high.max(initial=0.0)))
        below = np.full(pools + len(self.rows), -infinity)
        model.row_lower_ = np.concatenate([np.zeros(kinds), -blocks.offset, below])
        model.row_upper_ = np.concatenate(
            [np.zeros(kinds), np.full(count, infinity), self.stock, self.rows.room / heaviest]
        )
        along, block = np.arange(ways), np.arange(count)
        ones, t = np.ones(count), np.full(count, ways + count)
        entries = coo_array(
            (
                np.concatenate(
                    [
                        np.ones(ways),
                        -ones,
                        ones,
                        -blocks.slope,
                        np.ones(ways),
                        (per_piece / heaviest[:, None])[row, way],
                    ]
                ),
                (
                    np.concatenate(
                        [
                            self.kind,
                            blocks.kind_of_block,
                            kinds + block,
                            kinds + block,
                            kinds + count + self.pool,
                            kinds + count + pools + row,
                        ]
                    ),
                    np.concatenate([along, ways + block, ways + block, t, along, way]),
                ),
            ),
            (model.num_row_, model.num_col_),
        ).tocsc()
        matrix = model.a_matrix_
        matrix.format_ = highspy.MatrixFormat.kColwise
        matrix.start_, matrix.index_, matrix.value_ = entries.indptr, entries.indices, entries.data
        return model

    def levels(self) -> Coupled:
        """
        The leximin shares; floors must fit.

        At a level above its `high` a block wants its top and no more, which no linear row says: those are settled at their top
        as t rises past them, and t is maximised again; it never falls.
        """
        blocks, pools = self.blocks, len(self.stock)
        pieces, is_free = blocks.top.copy(), np.ones(self.count, np.bool_)
        group_of, pool_group = np.zeros(self.count, np.int64), np.full(pools, -1, np.int64)
        level: dict[int, float] = {}
        full_rows: dict[int, tuple[int, ...]] = {}
        at_top = np.flatnonzero(blocks.top <= blocks.base)
        while is_free.any():
            group = len(level)
            group_of[at_top], is_free[at_top] = group, False
            self._settle(at_top, blocks.top[at_top])
            if not is_free.any():
                level[group] = level.get(group, float(blocks.high[at_top].max(initial=0.0)))
                break
            solution = self._run()
            t = float(solution.col_value[self.ways + self.count])
            at_top = np.flatnonzero(is_free & (blocks.high <= t + 1e-9 * max(1.0, t)))
            if len(at_top):
                continue
            duals = np.abs(np.asarray(solution.row_dual))
            price = duals[self.kinds : self.kinds + self.count] * blocks.slope
            fixed = np.flatnonzero(is_free & (price > 1e-7 / self.count))
            if not len(fixed):
                raise ArithmeticError(f"no block holds the level {t} down")
            rest = duals[self.kinds + self.count :]
            level[group] = t
            group_of[fixed], is_free[fixed] = group, False
            pool_group[(pool_group < 0) & (rest[:pools] > 1e-12)] = group
            full_rows[group] = tuple(np.flatnonzero(rest[pools:] > 1e-12).tolist())
            pieces[fixed] = np.clip(
                blocks.slope[fixed] * t - blocks.offset[fixed], blocks.base[fixed], blocks.top[fixed]
            )
            self._settle(fixed, pieces[fixed])
        level.setdefault(int(group_of.max(initial=0)), float(blocks.high.max(initial=0.0)))
        exact = blocks.pieces_of_pairs(pieces, self.floor, self.ceiling)
        return Coupled(exact, group_of[blocks.block_of_pair], pool_group, level, full_rows)

    def _run(self) -> Any:
        """Where rounding closed the program, what is settled gives way by a hair more."""
        slack = TOLERANCE
        while not self._ends_well():
            if slack >= SLACK_MAX:
                raise ArithmeticError(f"HiGHS stopped with {self.solver.getModelStatus()}")
            slack *= 10
            columns = (self.ways + np.flatnonzero(self.is_settled)).astype(np.int32)
            settled = self.settled[self.is_settled]
            least = np.maximum(settled * (1 - slack / 100) - slack, 0.0)
            self.solver.changeColsBounds(len(columns), columns, least, settled)
        return self.solver.getSolution()

    def _ends_well(self) -> bool:
        """Optimal, or there is no solution. A warm start that HiGHS loses its way from is begun again from nothing."""
        status = highspy.HighsModelStatus
        self.solver.run()
        if self.solver.getModelStatus() not in (status.kOptimal, status.kInfeasible):
            self.solver.clearSolver()
            self.solver.run()
        return bool(self.solver.getModelStatus() == status.kOptimal)

    def _settle(self, blocks: Ints, pieces: Floats) -> None:
        """These blocks take so much, whatever t is; a hair less would do, so that rounding never closes the program."""
        if not len(blocks):
            return
        columns, rows = (self.ways + blocks).astype(np.int32), (self.kinds + blocks).astype(np.int32)
        free = np.full(len(blocks), highspy.kHighsInf)
        self.settled[blocks], self.is_settled[blocks] = pieces, True
        self.solver.changeColsBounds(len(columns), columns, np.maximum(pieces * (1 - 1e-12) - TOLERANCE, 0.0), pieces)
        self.solver.changeRowsBounds(len(rows), rows, -free, free)

    def missing_floors(self) -> tuple[Ints, Ints] | None:
        """(pairs whose floors are in the way, rows that are), None where all floors can be brought. Ends the program."""
        floored = np.flatnonzero(self.blocks.base > 0)
        self._settle(np.arange(self.count), self.blocks.base)
        columns = (self.ways + floored).astype(np.int32)
        self.solver.changeColsBounds(len(floored), columns, np.zeros(len(floored)), self.blocks.base[floored])
        self.solver.changeColsCost(len(floored), columns, -np.ones(len(floored)))
        self.solver.changeColsCost(1, np.array([self.ways + self.count], np.int32), np.zeros(1))
        solution = self._run()
        brought = np.asarray(solution.col_value)[columns]
        if (self.blocks.base[floored] - brought).sum() <= 1e-6:
            return None
        # A floor is in the way where a piece less of it would let another be kept, or where it falls short itself.
        duals = np.abs(np.asarray(solution.row_dual))
        in_the_way = np.zeros(self.count, np.bool_)
        in_the_way[floored] = (duals[self.blocks.kind_of_block[floored]] > 1e-9) | (
            brought < self.blocks.base[floored] - 1e-6
        )
        pairs = np.flatnonzero(in_the_way[self.blocks.block_of_pair] & (self.floor > 0))
        return pairs, np.flatnonzero(duals[self.kinds + self.count + len(self.stock) :] > 1e-12)

    def carry_out(self, exact: Floats) -> tuple[Ints, Ints, Floats] | None:
        """(kind, pool, pieces) at these fills, at the least cost; None where the trucks do not allow it. Ends the program."""
        pieces = totals(self.blocks.block_of_pair, exact, self.count)
        slack = 1e-11 * pieces + TOLERANCE
        self._settle(np.arange(self.count), pieces)
        columns = np.arange(self.ways, self.ways + self.count, dtype=np.int32)
        self.solver.changeColsBounds(self.count, columns, np.maximum(pieces - slack, 0.0), pieces + slack)
        every = np.arange(self.ways + self.count + 1, dtype=np.int32)
        self.solver.changeColsCost(len(every), every, np.append(self.cost, np.zeros(self.count + 1)))
        if not self._ends_well():
            return None
        along = np.maximum(np.asarray(self.solver.getSolution().col_value)[: self.ways], 0.0)
        used = np.flatnonzero(along > 0)
        return self.kind[used], self.pool[used], along[used]
