"""Floors that cannot be kept: above what may be given, or together more than the lots they may use hold. Named, never bent."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
from scipy.sparse import coo_array
from scipy.sparse.csgraph import connected_components

from baogong.engine.fairshare.flow import Ints
from baogong.engine.fairshare.layout import Layout
from baogong.engine.fairshare.levels import floor_flow
from baogong.engine.fairshare.problem import InfeasibleFloors, Problem
from baogong.engine.fairshare.tables import Tables
from baogong.engine.fairshare.wording import BY_ID, Names


@dataclass(frozen=True, slots=True)
class BadFloor:
    """A floor that cannot be kept, and why."""

    requester: str
    item: str
    floor: int
    why_en: str
    why_zh: str


def floors_within(tables: Tables, stock: Ints, floor: Ints) -> Ints:
    """The floors, lowered in proportion inside a class where broken cartons leave too little stock for them."""
    flow = floor_flow(tables, stock, floor)
    if not flow.lacking.any():
        return floor
    taken = flow.taken()
    wanted = taken + flow.lacking
    lowered: Ints = floor * taken[tables.pair_class] // np.maximum(wanted[tables.pair_class], 1)
    return lowered


def refuse_infeasible_floors(problem: Problem, layout: Layout, tables: Tables) -> None:
    """Floors above what may be given, and floors that together ask more than the lots they may use hold."""
    asked = {(need.requester, need.item): need.amount for need in problem.needs}
    why: dict[tuple[str, str], BadFloor] = {}
    for requester in layout.requesters:
        for item, floor in sorted(requester.floor.items()):
            need, cap = asked.get((requester.id, item), 0), requester.cap.get(item, floor)
            if floor > need:
                texts = f"only {need:,} are asked for", f"只需要 {need:,}"
            elif floor > cap:
                texts = f"its cap is {cap:,}", f"上限为 {cap:,}"
            else:
                continue
            why[requester.id, item] = BadFloor(requester.id, item, floor, *texts)
    why = _competing_floors(layout, tables) | why
    if why:
        raise infeasible_floors([floor for _, floor in sorted(why.items())])


def infeasible_floors(floors: Sequence[BadFloor], names: Names = BY_ID) -> InfeasibleFloors:
    """The refusal, naming every floor as people call who and what it is for."""
    told = [f"{names.who(f.requester)}/{names.item_en(f.item)}: floor {f.floor:,}, {f.why_en}" for f in floors]
    told_zh = [f"{names.who(f.requester)} {names.item_zh(f.item)} 保底 {f.floor:,}，{f.why_zh}" for f in floors]
    return InfeasibleFloors(
        f"{len(told)} {'floor' if len(told) == 1 else 'floors'} cannot be kept; nothing was shared. {'; '.join(told)}.",
        where=", ".join(f"requesters[{f.requester}].floor[{f.item}]" for f in floors),
        found=told,
        expected="floors within what is asked, capped, in stock and carried",
        cure="Lower or drop these floors, or open more stock, or find more room in the trucks, for these requesters.",
        floors=[
            {"requester": f.requester, "item": f.item, "floor": f.floor, "why": f.why_en, "why_zh": f.why_zh}
            for f in floors
        ],
        told_zh="；".join(told_zh),
    )


def floors_in(refusal: InfeasibleFloors) -> list[BadFloor]:
    """What a refusal names, to be told again by other names."""
    return [BadFloor(f["requester"], f["item"], f["floor"], f["why"], f["why_zh"]) for f in refusal.data["floors"]]


def _competing_floors(layout: Layout, tables: Tables) -> dict[tuple[str, str], BadFloor]:
    """By (requester, item), every floor that stands in the way of another one or of itself."""
    columns, graph = layout.columns, tables.graph
    floor = np.minimum(columns.floor, columns.ceiling)
    flow = floor_flow(tables, tables.pool_amount, floor)
    short, reached = flow.lacking > 0, np.zeros(graph.class_count, np.bool_)
    while (
        short != reached
    ).any():  # who is short wants from its pools what others' floors take there: the smallest cut
        reached = short
        pools = np.zeros(graph.pool_count, np.bool_)
        pools[graph.arc_pool[reached[graph.arc_class]]] = True
        short = reached.copy()
        short[graph.arc_class[pools[graph.arc_pool] & (flow.amount > 0)]] = True
    arcs = np.flatnonzero(short[graph.arc_class])
    ends = (graph.arc_class[arcs], graph.class_count + graph.arc_pool[arcs])
    size = graph.class_count + graph.pool_count
    _, label = connected_components(coo_array((np.ones(len(arcs)), ends), (size, size)), directed=False)
    pair_label, pool_label = label[tables.pair_class], label[graph.class_count :]
    competing = short[tables.pair_class] & (floor > 0)
    told = {}
    for pair in np.flatnonzero(competing).tolist():
        rivals = competing & (pair_label == pair_label[pair])
        stock = int(tables.pool_amount[pool_label == pair_label[pair]].sum())
        count, together = int(rivals.sum()), int(floor[rivals].sum())
        if count == 1:
            texts = f"the lots it may use hold {stock:,}", f"它可用的库存只有 {stock:,}"
        else:
            texts = (
                f"{count} floors together ask {together:,} of lots that hold {stock:,}",
                f"{count} 项保底共要 {together:,}，可用的库存只有 {stock:,}",
            )
        need = layout.needs[pair]
        told[need.requester, need.item] = BadFloor(need.requester, need.item, int(columns.floor[pair]), *texts)
    return told
