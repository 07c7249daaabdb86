"""From the snapshot's dataclasses to columns: ids become numbers in sorted order, so no answer hangs on the order of a file."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date

import numpy as np

from baogong.engine.fairshare.flow import Floats, Ints
from baogong.engine.fairshare.problem import FairnessRule, Lot, Need, Problem, Requester
from baogong.engine.fairshare.reasons import CLOSED_BY
from baogong.engine.fairshare.tables import Columns


@dataclass(frozen=True, slots=True)
class Layout:
    """
    Columns and the way back to names.

    needs       the needs above 0, in the order of the columns' pairs; requesters likewise by `pair_requester`
    came        shape (pairs,), the place of each pair in the order in which needs came in
    lots        in the order of the columns: by item, then the one that expires first, then id
    lot_site    shape (lots,), index into `sites`
    closed_by   shape (requesters, gates): 0 open, else 1 + the place in CLOSED_BY (never "standard", which is the pair's)
    """

    columns: Columns
    items: tuple[str, ...]
    requesters: tuple[Requester, ...]
    needs: tuple[Need, ...]
    came: Ints
    lots: tuple[Lot, ...]
    sites: tuple[str, ...]
    lot_site: Ints
    closed_by: Ints


def lay_out(problem: Problem, rule: FairnessRule) -> Layout:
    """The snapshot must have been checked (`check_problem`)."""
    requesters = tuple(sorted(problem.requesters, key=lambda requester: requester.id))
    requester_of = {requester.id: number for number, requester in enumerate(requesters)}
    items = tuple(sorted({need.item for need in problem.needs} | {lot.item for lot in problem.lots}))
    item_of = {item: number for number, item in enumerate(items)}
    sites = tuple(sorted({lot.site for lot in problem.lots}))
    site_of = {site: number for number, site in enumerate(sites)}
    lots = tuple(sorted(problem.lots, key=lambda lot: (lot.item, lot.expires_on or date.max, lot.id)))

    asking = [(requester_of[need.requester], item_of[need.item], place) for place, need in enumerate(problem.needs)]
    asking = sorted(entry for entry in asking if problem.needs[entry[2]].amount > 0)
    needs = tuple(problem.needs[place] for _, _, place in asking)
    askers = [requesters[number] for number, _, _ in asking]
    need_amount = [need.amount for need in needs]

    standards = {standard: number for number, standard in enumerate(sorted({lot.standard for lot in lots}))}
    sets = {accepted: number for number, accepted in enumerate(sorted({need.standards for need in needs}, key=sorted))}
    accepts = np.array([[not s or standard in s for standard in standards] for s in sets], np.bool_)
    lot_gate, closed_by = _gates(problem, requesters, requester_of, lots, site_of)
    columns = Columns(
        item_count=len(items),
        pair_requester=_whole([number for number, _, _ in asking]),
        pair_item=_whole([item for _, item, _ in asking]),
        pair_set=_whole([sets[need.standards] for need in needs]),
        need=_whole(need_amount),
        floor=_whole([asker.floor.get(need.item, 0) for asker, need in zip(askers, needs, strict=True)]),
        ceiling=_whole(
            [min(need.amount, asker.cap.get(need.item, need.amount)) for asker, need in zip(askers, needs, strict=True)]
        ),
        weight=np.array([asker.weight for asker in askers], np.float64),
        earlier=np.array([rule.memory * asker.earlier_met for asker in askers], np.float64),
        lot_item=_whole([item_of[lot.item] for lot in lots]),
        lot_gate=lot_gate,
        lot_standard=_whole([standards[lot.standard] for lot in lots]),
        lot_carton=_whole([lot.carton if rule.whole_cartons else 1 for lot in lots]),
        lot_amount=_whole([lot.amount for lot in lots]),
        opens=closed_by == 0,
        accepts=accepts.reshape(len(sets), len(standards)),
    )
    came = _whole([place for _, _, place in asking])
    lot_site = _whole([site_of[lot.site] for lot in lots])
    return Layout(columns, items, requesters, needs, came, lots, sites, lot_site, closed_by)


def _whole(numbers: list[int]) -> Ints:
    return np.array(numbers, np.int64)


def _gates(
    problem: Problem,
    requesters: tuple[Requester, ...],
    requester_of: dict[str, int],
    lots: tuple[Lot, ...],
    site_of: dict[str, int],
) -> tuple[Ints, Ints]:
    """Lots that are open to the same requesters for the same reasons share a gate: (gate per lot, closed_by)."""
    count = len(requesters)
    reached = np.full((count, len(site_of)), problem.reach is None)
    for site, requester in problem.reach or ():
        if site in site_of and requester in requester_of:
            reached[requester_of[requester], site_of[site]] = True
    knows_days = problem.arrives_on is not None or bool(problem.arrivals)
    default = problem.arrives_on.toordinal() if problem.arrives_on else 0
    arrival = np.full((count, len(site_of)), default, np.int64)
    for (site, requester), day in problem.arrivals.items():
        if site in site_of and requester in requester_of:
            arrival[requester_of[requester], site_of[site]] = day.toordinal()

    limits = problem.capacity.limits if problem.capacity else ()
    is_one_site = problem.reach is None and not problem.arrivals and all(limit.site is None for limit in limits)
    gates: dict[tuple[int, int, frozenset[str]], int] = {}
    lot_gate = []
    for lot in lots:
        last_day = lot.expires_on.toordinal() if lot.expires_on and knows_days else 0
        key = (0 if is_one_site else site_of[lot.site], last_day, lot.earmark)
        lot_gate.append(gates.setdefault(key, len(gates)))
    closed_by = np.zeros((count, len(gates)), np.int64)
    for (site_number, last_day, earmark), gate in gates.items():
        closed = np.zeros(count, np.int64)
        if last_day:
            closed[arrival[:, site_number] > last_day] = 1 + CLOSED_BY.index("expiry")
        closed[~reached[:, site_number]] = 1 + CLOSED_BY.index("reach")
        if earmark:
            is_named = np.zeros(count, np.bool_)
            is_named[[requester_of[name] for name in earmark if name in requester_of]] = True
            closed[~is_named] = 1 + CLOSED_BY.index("earmark")
        closed_by[:, gate] = closed
    return _whole(lot_gate), closed_by


def closed_lots(layout: Layout) -> Ints:
    """Shape (pairs, 4): how many lots of its item with stock are closed to each pair, by CLOSED_BY."""
    columns = layout.columns
    counts = np.zeros((len(columns.need), len(CLOSED_BY)), np.int64)
    for item in range(columns.item_count):
        pairs = np.flatnonzero(columns.pair_item == item)
        lots = np.flatnonzero((columns.lot_item == item) & (columns.lot_amount > 0))
        ways, lots_of_way = np.unique(
            np.stack([columns.lot_gate[lots], columns.lot_standard[lots]]), axis=1, return_counts=True
        )
        why = layout.closed_by[columns.pair_requester[pairs]][:, ways[0]]
        refused = ~columns.accepts[columns.pair_set[pairs]][:, ways[1]]
        why = np.where(refused & (why != 1 + CLOSED_BY.index("earmark")), 1 + CLOSED_BY.index("standard"), why)
        for place in range(len(CLOSED_BY)):
            counts[pairs, place] = (why == 1 + place) @ lots_of_way
    return counts


def fen_matrix(problem: Problem, layout: Layout) -> Floats:
    """Shape (requesters, sites): fen per piece. A way whose cost nobody named counts as dear as the dearest named one."""
    cost = problem.cost or {}
    dearest = max(cost.values(), default=0.0)
    requester_of = {requester.id: number for number, requester in enumerate(layout.requesters)}
    site_of = {site: number for number, site in enumerate(layout.sites)}
    matrix = np.full((len(layout.requesters), len(layout.sites)), dearest, np.float64)
    for (site, requester), fen in cost.items():
        if site in site_of and requester in requester_of:
            matrix[requester_of[requester], site_of[site]] = fen
    return matrix
