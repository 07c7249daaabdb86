"""
Which further goods would help most: for every item, site, standard and earmark, what so many pieces more would lift.

Judged as the shares themselves are: first the lowest level, then how many stand there, then the next lowest, and so on. Items
do not compete and a pool lifts nobody who stands lower than the lowest of those who may use it, so each is solved anew on
that upper part of its item alone:

    Let v be the lowest level among the classes that may use a pool. The classes below v take all stock of every pool they may
    use, this one is none of those, and leximin never takes from them; so they keep their shares whatever the pool holds.

Hence only pools that touch the classes at the lowest level can raise it. tests/engine/fairshare/test_marginal.py holds this and
every figure against solving the whole snapshot anew.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass, replace
from functools import cmp_to_key

import numpy as np

from baogong.engine.fairshare.capacity import Rows, rows_of
from baogong.engine.fairshare.checks import check_problem
from baogong.engine.fairshare.coupled import cut_where_full
from baogong.engine.fairshare.curves import Curves
from baogong.engine.fairshare.floors import refuse_infeasible_floors
from baogong.engine.fairshare.flow import Floats, Ints
from baogong.engine.fairshare.layout import Layout, lay_out
from baogong.engine.fairshare.levels import Levels, curves_of, exact_at, level_parts, reachable_ceiling, solve_levels
from baogong.engine.fairshare.problem import FairnessRule, Lot, Problem, UnsoundRule
from baogong.engine.fairshare.tables import Tables, merge
from baogong.engine.fairshare.wording import BY_ID, Names, listed_en, listed_zh, percent

NEARLY = 1e-9
"""Levels that differ by less are the same."""
NAMED = 3
"""So many of those lifted first are named."""

Events = tuple[tuple[float, int], ...]
"""How many more pairs stand at each level than before, levels rising; below 0: fewer."""


@dataclass(frozen=True, slots=True)
class Option:
    """Goods of one standard at one site; `earmark` the requesters they are for, empty: open to all."""

    site: str
    standard: str
    earmark: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Lift:
    """One pair that would rise, met share before and after."""

    requester: str
    item: str
    ratio_before: float
    ratio_after: float


@dataclass(frozen=True, slots=True)
class Gain:
    """
    What `pieces` more of an item would do; `options` all do the same, the most open first.

    lifted_from, lifted_to  the lowest level that rises, and where to; equal where nobody rises
    is_anywhere  whatever the site, the effect is the same
    lifted    the first of those who rise from there, up to NAMED; lifted_count how many do; rising_count all who rise
    falling_count  who must give way, where trucks are full
    worst     the pairs at the lowest level that goods could raise; worst_count how many, worst_lifted how many of them rise
    used      pieces of them that somebody would take; is_truck_bound: some would take more were it not for full trucks
    """

    rank: int
    item: str
    options: tuple[Option, ...]
    is_anywhere: bool
    pieces: int
    used: float
    lifted_from: float
    lifted_to: float
    lifted: tuple[Lift, ...]
    lifted_count: int
    rising_count: int
    falling_count: int
    worst: tuple[Lift, ...]
    worst_count: int
    worst_lifted: int
    is_truck_bound: bool

    @property
    def raises_worst(self) -> bool:
        """All who stand lowest would rise; with some of them only, the lowest level stays."""
        return 0 < self.worst_count == self.worst_lifted

    def what_en(self, names: Names = BY_ID) -> str:
        first = self.options[0]
        standard = f" of {first.standard}" if first.standard else ""
        earmark = (
            f", earmarked for {listed_en(sorted({names.who(who) for who in first.earmark}))}" if first.earmark else ""
        )
        where = "anywhere" if self.is_anywhere else f"at {names.site(first.site)}"
        return f"{self.pieces:,} more {names.item_en(self.item)}{standard} {where}{earmark}"

    def what_zh(self, names: Names = BY_ID) -> str:
        first = self.options[0]
        standard = f"（{first.standard}）" if first.standard else ""
        earmark = f"，定向给{listed_zh(sorted({names.who(who) for who in first.earmark}))}" if first.earmark else ""
        where = "不论何处" if self.is_anywhere else f"在{names.site(first.site)}"
        return f"{where}再添{names.item_zh(self.item)}{standard} {self.pieces:,} {names.unit(self.item).zh}{earmark}"

    def told_en(self, names: Names = BY_ID) -> str:
        """Why it stands where it stands; true by itself, ends with a full stop."""
        if not self.lifted_count:
            why = (
                "the trucks are full"
                if self.is_truck_bound
                else "all who may use it have what they asked for, or their cap"
            )
            return f"{self.what_en(names)}: lifts nobody; {why}."
        who = listed_en((names.who(lift.requester) for lift in self.lifted), self.lifted_count)
        first = self.lifted[0]
        share = f"from {percent(first.ratio_before)} to {percent(first.ratio_after)}"
        stays = f" The trucks are full: {self.falling_count:,} would get less for it." if self.falling_count else ""
        stays += f" {self.pieces - self.used:,.0f} of them would stay." if self.pieces - self.used >= 1 else ""
        if self.raises_worst:
            verb = "rises" if self.worst_count == 1 else "rise"
            return f"{self.what_en(names)}: the worst served, {who}, {verb} {share}; {self.rising_count:,} rise in all.{stays}"
        if self.worst_lifted:
            return (
                f"{self.what_en(names)}: lifts {self.worst_lifted:,} of the {self.worst_count:,} worst served ({who}) {share}; "
                f"the others it does not reach.{stays}"
            )
        low = self.worst[0] if self.worst else None
        missed = (
            f"does not reach the worst served ({names.who(low.requester)}, {names.item_en(low.item)}); " if low else ""
        )
        return f"{self.what_en(names)}: {missed}lifts {who} {share}.{stays}"

    def told_zh(self, names: Names = BY_ID) -> str:
        if not self.lifted_count:
            why = "车已装满" if self.is_truck_bound else "能用它的单位都已得足所需或达到上限"
            return f"{self.what_zh(names)}：谁也不会多得；{why}。"
        who = listed_zh((names.who(lift.requester) for lift in self.lifted), self.lifted_count)
        first = self.lifted[0]
        share = f"由 {percent(first.ratio_before)} 升到 {percent(first.ratio_after)}"
        stays = f"车已满：{self.falling_count:,} 项会因此少得。" if self.falling_count else ""
        stays += (
            f"其中 {self.pieces - self.used:,.0f} {names.unit(self.item).zh}会用不上。"
            if self.pieces - self.used >= 1
            else ""
        )
        if self.raises_worst:
            return f"{self.what_zh(names)}：满足率最低的{who}{share}；共 {self.rising_count:,} 项上升。{stays}"
        if self.worst_lifted:
            return (
                f"{self.what_zh(names)}：最低的 {self.worst_count:,} 项中有 {self.worst_lifted:,} 项（{who}）{share}；"
                f"其余够不到。{stays}"
            )
        low = self.worst[0] if self.worst else None
        missed = f"够不到满足率最低的{names.who(low.requester)}（{names.item_zh(low.item)}）；" if low else ""
        return f"{self.what_zh(names)}：{missed}{who}{share}。{stays}"


def advice_en(gains: Sequence[Gain], names: Names = BY_ID) -> str:
    """What to look for first, and what would not reach the worst served."""
    best = next(iter(gains), None)
    if best is None or not best.lifted_count:
        return "More goods would lift nobody: all who ask have what they asked for, or their cap."
    first = best.options[0]
    standard = f" of {first.standard}" if first.standard else ""
    others = sorted(
        {names.item_en(gain.item) for gain in gains} - {names.item_en(g.item) for g in gains if g.worst_lifted}
    )
    not_these = f", not {listed_en(others)}" if best.worst_lifted and others else ""
    whom = listed_en([names.who(lift.requester) for lift in best.lifted])
    return f"Look for {names.item_en(best.item)}{standard} for {whom}{not_these}."


def advice_zh(gains: Sequence[Gain], names: Names = BY_ID) -> str:
    best = next(iter(gains), None)
    if best is None or not best.lifted_count:
        return "再添物资谁也不会多得：提出需求的都已得足所需或达到上限。"
    first = best.options[0]
    standard = f"（{first.standard}）" if first.standard else ""
    others = sorted(
        {names.item_zh(gain.item) for gain in gains} - {names.item_zh(g.item) for g in gains if g.worst_lifted}
    )
    not_these = f"，而不是{'、'.join(others[:NAMED])}" if best.worst_lifted and others else ""
    whom = listed_zh([names.who(lift.requester) for lift in best.lifted])
    return f"先为{whom}找{names.item_zh(best.item)}{standard}{not_these}。"


def marginal_gains(
    problem: Problem, *, rule: FairnessRule, pieces: int = 1000, most: int | None = None
) -> tuple[Gain, ...]:
    """
    Every option, the best first; those with the same effect are one.

    pieces  how many more, 1 or more; divisible, as in the exact shares
    most    look at so many different ones only: those who serve the lowest
    Limits of trucks for the whole round are kept, so more goods may lift one and press others down. Raises UnusableProblem,
    InfeasibleFloors, UnsoundRule (pieces below 1; limits of sites, receivers or lanes, under which this is not answered).
    """
    if pieces < 1:
        raise UnsoundRule(
            f"{pieces} pieces more are none.", where="pieces", found=pieces, expected="1 or more", cure="Use 1000."
        )
    check_problem(problem)
    options = _options(problem)
    offered = tuple(
        Lot(f"\0{number}", item, 0, option.site, earmark=option.earmark, standard=option.standard)
        for number, (item, option) in enumerate(options)
    )
    layout = lay_out(replace(problem, lots=problem.lots + offered), rule)
    tables = merge(layout.columns)
    refuse_infeasible_floors(problem, layout, tables)
    rows = rows_of(problem.capacity, layout) if problem.capacity else None
    if rows is not None and not rows.are_of_the_whole:
        raise UnsoundRule(
            "Which goods more would help is not worked out under limits of sites, receivers or lanes.",
            where="capacity.limits",
            found=len(rows),
            expected="limits of the whole round, or none",
            cure="Ask without these limits.",
        )
    return _Search.start(layout, tables, rows, pieces).rank(options, most)


def _options(problem: Problem) -> list[tuple[str, Option]]:
    """Every (item that is asked for, site, standard, earmark) there could be goods of."""
    sites = sorted({lot.site for lot in problem.lots} | {site for site, _ in problem.reach or ()}) or ["?"]
    standards: dict[str, set[str]] = defaultdict(set)
    earmarks: dict[str, set[frozenset[str]]] = defaultdict(lambda: {frozenset()})
    for need in problem.needs:
        if need.amount:
            standards[need.item] |= need.standards or {""}
    for lot in problem.lots:
        if lot.item in standards:
            standards[lot.item].add(lot.standard)
            earmarks[lot.item].add(lot.earmark)
    return [
        (item, Option(site, standard, earmark))
        for item in sorted(standards)
        for earmark in sorted(earmarks[item], key=lambda names: (len(names) > 0, sorted(names)))
        for standard in sorted(standards[item])
        for site in sites
    ]


@dataclass(frozen=True, slots=True)
class _Effect:
    """What more in one pool does: `risen` the pairs that rise, the lowest first, with their levels and pieces; who falls."""

    events: Events
    risen: Ints
    level_from: Floats
    level_to: Floats
    exact_to: Floats
    falling: int
    used: float


@dataclass(frozen=True, slots=True)
class _Search:
    """
    The snapshot solved, ready to be asked about one pool at a time.

    by_class      pairs in class order; class_first where each class begins
    low, high     shape (pairs,), between which levels a pair takes more
    class_level   shape (classes,), levels under the trucks; pair_level shape (pairs,), where each stands; exact likewise, pieces
    worst         pairs at the lowest level among those that could take more
    """

    layout: Layout
    tables: Tables
    curves: Curves
    levels: Levels
    rows: Rows | None
    pieces: int
    by_class: Ints
    class_first: Ints
    low: Floats
    high: Floats
    class_level: Floats
    pair_level: Floats
    exact: Floats
    worst: Ints

    @classmethod
    def start(cls, layout: Layout, tables: Tables, rows: Rows | None, pieces: int) -> _Search:
        columns = tables.columns
        levels = solve_levels(tables, tables.pool_amount, columns.floor)
        curves, class_level, exact = curves_of(tables, columns.floor), levels.class_level, levels.exact
        if rows is not None:
            class_level, _ = cut_where_full(curves, class_level, tables.class_item, rows)
            exact = exact_at(tables, columns.floor, class_level)
        low = (columns.earlier + columns.floor / columns.need) / columns.weight
        high = (columns.earlier + columns.ceiling / columns.need) / columns.weight
        reachable = (columns.earlier + reachable_ceiling(tables) / columns.need) / columns.weight
        pair_level = np.clip(class_level[tables.pair_class], low, reachable)
        could_rise = np.flatnonzero(pair_level < high - NEARLY)
        worst = could_rise
        if len(could_rise):
            worst = could_rise[pair_level[could_rise] <= pair_level[could_rise].min() + NEARLY]
        return cls(
            layout,
            tables,
            curves,
            levels,
            rows,
            pieces,
            np.argsort(tables.pair_class, kind="stable"),
            np.append(0, np.cumsum(np.bincount(tables.pair_class, minlength=tables.graph.class_count))),
            low,
            high,
            class_level,
            pair_level,
            exact,
            worst,
        )

    def rank(self, options: Sequence[tuple[str, Option]], most: int | None) -> tuple[Gain, ...]:
        """Pools that the same classes may use are one; those that serve the lowest are looked at first."""
        graph, pool_of = self.tables.graph, self._pools(len(options))
        sites = len({option.site for _, option in options})
        alike: dict[tuple[int, ...], list[int]] = defaultdict(list)
        for number, pool in enumerate(pool_of):
            arcs = graph.pool_arc[graph.pool_start[pool] : graph.pool_start[pool + 1]]
            if len(arcs):
                alike[tuple(graph.arc_class[arcs].tolist())].append(number)
        looked_at = sorted(alike.items(), key=lambda entry: (self._serves_from(entry[0]), entry[1]))[:most]
        found = [(self._effect(pool_of[numbers[0]], classes), numbers) for classes, numbers in looked_at]
        found.sort(key=cmp_to_key(_which_first))
        return tuple(
            self._gain(rank, effect, [options[number] for number in numbers], sites)
            for rank, (effect, numbers) in enumerate(found, start=1)
        )

    def _pools(self, count: int) -> list[int]:
        """The pool of each offered lot; ids of offered lots begin with a mark no text of a person has."""
        place = {lot.id: number for number, lot in enumerate(self.layout.lots)}
        return [int(self.tables.lot_pool[place[f"\0{number}"]]) for number in range(count)]

    def _serves_from(self, classes: tuple[int, ...]) -> float:
        return float(self.levels.class_level[list(classes)].min())

    def _effect(self, pool: int, classes: tuple[int, ...]) -> _Effect:
        columns, class_level = self.tables.columns, self._levels_with(pool, self._serves_from(classes))
        moved = np.flatnonzero(np.abs(class_level - self.class_level) > NEARLY)
        pairs = np.concatenate(
            [np.zeros(0, np.int64)] + [self.by_class[self.class_first[c] : self.class_first[c + 1]] for c in moved]
        )
        level_to = np.clip(class_level[self.tables.pair_class[pairs]], self.low[pairs], self.high[pairs])
        kept = np.abs(level_to - self.pair_level[pairs]) > NEARLY
        pairs, level_to = pairs[kept], level_to[kept]
        level_from = self.pair_level[pairs]
        at = np.round(np.concatenate([level_from, level_to]), 9)
        where, which = np.unique(at, return_inverse=True)
        net = np.bincount(which.reshape(-1), np.repeat([-1.0, 1.0], len(pairs)), len(where)).astype(np.int64)
        exact_to = np.clip(
            columns.need[pairs] * (columns.weight[pairs] * level_to - columns.earlier[pairs]),
            columns.floor[pairs],
            columns.ceiling[pairs],
        )
        risen = np.flatnonzero(level_to > level_from)
        risen = risen[np.lexsort((pairs[risen], level_from[risen]))]
        same_item = columns.pair_item[pairs] == self.tables.pool_item[pool]
        used = float((exact_to - self.exact[pairs])[same_item].sum())
        return _Effect(
            tuple((float(v), int(n)) for v, n in zip(where, net, strict=True) if n),
            pairs[risen],
            level_from[risen],
            level_to[risen],
            exact_to[risen],
            len(pairs) - len(risen),
            min(max(used, 0.0), float(self.pieces)),
        )

    def _levels_with(self, pool: int, lowest: float) -> Floats:
        """Shape (classes,): levels with more in the pool, solved anew from the lowest of those who may use it upwards."""
        tables, levels = self.tables, self.levels
        item = tables.pool_item[pool]
        is_touched = (tables.class_item == item) & (levels.class_level >= lowest - NEARLY)
        is_touched &= np.diff(tables.graph.class_start) > 0
        group_level = np.full(int(max(levels.class_group.max(), levels.pool_group.max())) + 1, np.inf)
        group_level[levels.class_group] = levels.class_level
        is_open = (tables.pool_item == item) & (group_level[levels.pool_group] >= lowest - NEARLY)
        is_open[pool] = True
        stock = tables.pool_amount.astype(np.float64)
        stock[pool] += self.pieces
        parts = (~is_touched).astype(np.int64), (~is_open).astype(np.int64)
        level = np.where(is_touched, level_parts(tables.graph, self.curves, stock, *parts, 2, 1), levels.class_level)
        return level if self.rows is None else cut_where_full(self.curves, level, tables.class_item, self.rows)[0]

    def _gain(self, rank: int, effect: _Effect, options: Sequence[tuple[str, Option]], sites: int) -> Gain:
        count = len(effect.risen)
        lowest = effect.level_from <= effect.level_from[0] + NEARLY if count else np.zeros(0, np.bool_)
        first = np.flatnonzero(lowest)
        return Gain(
            rank=rank,
            item=options[0][0],
            options=tuple(option for _, option in options),
            is_anywhere=1 < sites == len({option.site for _, option in options}),
            pieces=self.pieces,
            used=effect.used,
            lifted_from=float(effect.level_from[0]) if count else 0.0,
            lifted_to=float(effect.level_to[first].min()) if count else 0.0,
            lifted=tuple(
                self._lift(int(effect.risen[place]), float(effect.exact_to[place])) for place in first[:NAMED]
            ),
            lifted_count=len(first),
            rising_count=count,
            falling_count=effect.falling,
            worst=tuple(self._lift(int(pair)) for pair in self.worst[:NAMED]),
            worst_count=len(self.worst),
            worst_lifted=int(np.isin(self.worst, effect.risen).sum()),
            is_truck_bound=bool((self.class_level < self.levels.class_level).any()),
        )

    def _lift(self, pair: int, exact_to: float | None = None) -> Lift:
        need, exact = self.layout.needs[pair], float(self.exact[pair])
        to = exact if exact_to is None else exact_to
        return Lift(need.requester, need.item, exact / need.amount, to / need.amount)


def _which_first(one: tuple[_Effect, list[int]], other: tuple[_Effect, list[int]]) -> int:
    """
    Below 0 where `one` is the fairer: fewer pairs stand at the lowest level at which the two differ.

    Of equal effect: the one that uses more of the pieces, then the order of the options.
    """
    return _fairer(one[0].events, other[0].events) or (-1 if (-one[0].used, one[1]) < (-other[0].used, other[1]) else 1)


def _fairer(one: Events, other: Events) -> int:
    for mine, theirs in zip(one, other, strict=False):
        if mine != theirs:
            if mine[0] == theirs[0]:
                return mine[1] - theirs[1]
            return mine[1] if mine[0] < theirs[0] else -theirs[1]
    if len(one) == len(other):
        return 0
    return one[len(other)][1] if len(one) > len(other) else -other[len(one)][1]
