"""From arrays back to names: how far every need is met and from what its reason is told, what stays and why."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field

import numpy as np

from baogong.engine.fairshare.flow import Floats, Ints
from baogong.engine.fairshare.layout import Layout, closed_lots
from baogong.engine.fairshare.levels import Levels
from baogong.engine.fairshare.problem import FairnessRule, Left, Met, Need, Problem, Requester
from baogong.engine.fairshare.reasons import Facts, FullTruck, Group
from baogong.engine.fairshare.tables import Tables, totals


@dataclass(frozen=True, slots=True)
class Standing:
    """
    Where pairs ended up in the exact shares.

    exact       shape (pairs,), pieces
    pair_group  shape (pairs,), who was levelled together; pool_group shape (pools,), with what (-1: with no group)
    level       level by group
    full        limits that held a group down, by group
    """

    exact: Floats
    pair_group: Ints
    pool_group: Ints
    level: Mapping[int, float]
    full: Mapping[int, tuple[FullTruck, ...]] = field(default_factory=dict)

    @classmethod
    def of_levels(cls, tables: Tables, levels: Levels) -> Standing:
        level = dict(zip(levels.class_group.tolist(), levels.class_level.tolist(), strict=True))
        return cls(levels.exact, levels.class_group[tables.pair_class], levels.pool_group, level)


@dataclass(frozen=True, slots=True)
class Outcome:
    """
    What was worked out for every pair, before it is told.

    crowded  pairs that lack a carton only because a truck has no room for it
    """

    layout: Layout
    tables: Tables
    standing: Standing
    got: Ints
    first_come: Ints
    pro_rata: Ints
    crowded: Mapping[int, FullTruck] = field(default_factory=dict)


def told_met(problem: Problem, rule: FairnessRule, outcome: Outcome) -> tuple[Met, ...]:
    """In the order of the snapshot's needs."""
    met: list[Met | None] = [None] * len(problem.needs)
    columns = zip(
        outcome.layout.came.tolist(),
        outcome.layout.needs,
        outcome.first_come.tolist(),
        outcome.pro_rata.tolist(),
        _facts(outcome),
        strict=True,
    )
    for came, need, first, rated, facts in columns:
        exact_ratio = facts.exact / need.amount
        met[came] = Met(
            requester=need.requester,
            item=need.item,
            need=need.amount,
            got=facts.got,
            exact=facts.exact,
            ratio=facts.got / need.amount,
            exact_ratio=exact_ratio,
            level=(facts.earlier + exact_ratio) / facts.weight,
            first_come=first,
            pro_rata=rated,
            facts=facts,
        )
    askers = {requester.id: requester for requester in problem.requesters}
    return tuple(
        told or _met_nothing(need, askers[need.requester], rule) for told, need in zip(met, problem.needs, strict=True)
    )


def _met_nothing(need: Need, asker: Requester, rule: FairnessRule) -> Met:
    """A need of 0 pieces is met by nothing."""
    level = (rule.memory * asker.earlier_met + 1.0) / asker.weight
    nothing = Facts(0, 0, 0.0, 0, 0, asker.weight, 0.0, (), (), 0, 0, Group(0, 0, (), 0, 0.0))
    return Met(need.requester, need.item, 0, 0, 0.0, 1.0, 1.0, level, 0, 0, nothing)


def _facts(outcome: Outcome) -> Iterator[Facts]:
    """What there is to tell about every pair, in the order of the columns."""
    layout, tables, columns, standing = outcome.layout, outcome.tables, outcome.layout.columns, outcome.standing
    stocked = np.flatnonzero(columns.lot_amount > 0)
    lots_of_item = np.bincount(columns.lot_item[stocked], minlength=columns.item_count)
    lots_of_pool = np.bincount(tables.lot_pool[stocked], minlength=tables.graph.pool_count)
    groups = _groups(layout, tables, standing)
    pools_of_class, class_cartons = [], []
    for group in range(tables.graph.class_count):
        pools = tables.graph.arc_pool[tables.graph.class_start[group] : tables.graph.class_start[group + 1]]
        pools_of_class.append(pools[lots_of_pool[pools] > 0])
        class_cartons.append(tuple(sorted(set(tables.pool_carton[pools_of_class[-1]].tolist()))))
    lower: dict[tuple[int, int], int] = {}
    for key in dict.fromkeys(zip(tables.pair_class.tolist(), standing.pair_group.tolist(), strict=True)):
        pools = pools_of_class[key[0]]
        taken_elsewhere = (standing.pool_group[pools] != key[1]) & (standing.pool_group[pools] >= 0)
        lower[key] = int(lots_of_pool[pools[taken_elsewhere]].sum())
    rows = zip(
        columns.need.tolist(),
        outcome.got.tolist(),
        standing.exact.tolist(),
        columns.floor.tolist(),
        columns.ceiling.tolist(),
        columns.weight.tolist(),
        columns.earlier.tolist(),
        tables.pair_class.tolist(),
        standing.pair_group.tolist(),
        map(tuple, closed_lots(layout).tolist()),
        lots_of_item[columns.pair_item].tolist(),
        strict=True,
    )
    for pair, (need, got, exact, floor, ceiling, weight, earlier, kind, group, closed, lots) in enumerate(rows):
        yield Facts(
            need=need,
            got=got,
            exact=exact,
            floor=floor,
            ceiling=ceiling,
            weight=weight,
            earlier=earlier,
            cartons=class_cartons[kind],
            closed=closed,
            lower=lower[kind, group],
            lots=lots,
            group=groups[group],
            full=standing.full.get(group, ()),
            crowded=outcome.crowded.get(pair),
        )


def _groups(layout: Layout, tables: Tables, standing: Standing) -> dict[int, Group]:
    """Every group that ended at one level, by number."""
    count = int(max(standing.pair_group.max(initial=0), standing.pool_group.max(initial=0))) + 1
    members = np.bincount(standing.pair_group, minlength=count).tolist()
    asked = totals(standing.pair_group, layout.columns.need, count).tolist()
    lot_group = standing.pool_group[tables.lot_pool]
    own = lot_group >= 0
    stock = totals(lot_group[own], layout.columns.lot_amount[own], count).tolist()
    names: dict[int, list[str]] = {}
    for lot in np.flatnonzero((layout.columns.lot_amount > 0) & own).tolist():
        names.setdefault(int(lot_group[lot]), []).append(layout.lots[lot].id)
    return {
        group: Group(members[group], asked[group], tuple(names.get(group, ())), stock[group], level)
        for group, level in standing.level.items()
    }


def told_left(outcome: Outcome, left: Ints) -> tuple[Left, ...]:
    """What stays: because nobody may use it, nobody can take more, it fills no carton, or no truck has room for it."""
    layout, tables = outcome.layout, outcome.tables
    told = []
    askers = np.diff(tables.graph.pool_start)[tables.lot_pool]
    held_down = np.isin(outcome.standing.pair_group, [group for group, full in outcome.standing.full.items() if full])
    held_down[list(outcome.crowded)] = True
    classes = np.unique(tables.pair_class[held_down & (outcome.got < layout.columns.ceiling)])
    wanted = np.unique(tables.graph.arc_pool[np.isin(tables.graph.arc_class, classes)])
    for lot in np.flatnonzero(left).tolist():
        amount, carton = int(left[lot]), int(layout.columns.lot_carton[lot])
        if not askers[lot]:
            why_en, why_zh = "Nobody who asks for this item may use it.", "提出此需求的单位都不能用它。"
        elif amount < carton:
            why_en = f"Less than a whole carton of {carton:,}. Enter it as a lot of its own with carton 1 to share it by the piece."
            why_zh = f"不足一整箱（每箱 {carton:,}）。如需拆零发放，请另立一批，每箱按 1 计。"
        elif tables.lot_pool[lot] in wanted:
            why_en = "The trucks that would bring it to those who still need it are full."
            why_zh = "还需要它的单位，去那里的车已装满。"
        else:
            why_en = (
                "Those who may use it have their share of the whole cartons, or lack less than a carton of need or cap."
            )
            why_zh = "可用它的单位均已得到整箱应得数，或距需求或上限不足一箱。"
        told.append(Left(layout.lots[lot].id, amount, why_en, why_zh))
    return tuple(told)
