"""Snapshot and rule in, allocation out; the same in, the same out, in whatever order requesters and lots are listed."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from baogong.engine.fairshare import rules
from baogong.engine.fairshare.checks import check_problem
from baogong.engine.fairshare.division import divide_out
from baogong.engine.fairshare.floors import refuse_infeasible_floors
from baogong.engine.fairshare.flow import Floats
from baogong.engine.fairshare.layout import fen_matrix, lay_out
from baogong.engine.fairshare.problem import ENGINE_VERSION, Allocation, FairnessRule, Problem, Share
from baogong.engine.fairshare.tables import merge, totals
from baogong.engine.fairshare.telling import Outcome, Standing, told_left, told_met
from baogong.engine.fairshare.trucks import Shared, assign_lots, other_rules, share_within


def solve(problem: Problem, *, rule: FairnessRule) -> Allocation:
    """
    Share lots between requesters by exact leximin of the weighted met share.

    First divisible (`Met.exact`), then in whole cartons within one carton of that (`Met.got`), then, where costs are given,
    from the lots that make transport cheapest. A lot's broken carton is part of the divisible shares but stays where it is;
    cartons are rounded from the leximin shares of what lies in whole cartons. Where a capacity is given, what trucks cannot
    carry is not shared.
    Raises UnusableProblem (every fault at once), InfeasibleFloors (every such floor), TooManyForTrucks.
    Sources and a worked example: docs/algorithms/fairshare.md.
    """
    check_problem(problem)
    layout = lay_out(replace(problem, capacity=None), rule)
    tables = merge(layout.columns)
    refuse_infeasible_floors(problem, layout, tables)
    levels, parcels = divide_out(tables)
    shared = Shared(layout, tables, Standing.of_levels(tables, levels), assign_lots(problem, layout, tables, parcels))
    came_first, in_proportion = other_rules(problem, layout, tables, rule)
    if problem.capacity is not None:
        shared = share_within(problem, problem.capacity, rule, shared, levels)
    layout, columns = shared.layout, shared.layout.columns
    (pair, lot, _), pieces, got = shared.assignment, shared.pieces(), shared.got()
    given = totals(lot, pieces, len(columns.lot_amount))
    assert (got <= columns.ceiling).all()
    assert (given <= columns.lot_amount).all()
    outcome = Outcome(layout, shared.tables, shared.standing, got, came_first, in_proportion, shared.crowded)
    order = np.lexsort((lot, layout.came[pair]))
    return Allocation(
        engine_version=ENGINE_VERSION,
        rule=rule,
        shares=tuple(
            Share(layout.needs[p].requester, layout.needs[p].item, layout.lots[q].id, amount)
            for p, q, amount in zip(pair[order].tolist(), lot[order].tolist(), pieces[order].tolist(), strict=True)
        ),
        met=told_met(problem, rule, outcome),
        left=told_left(outcome, columns.lot_amount - given),
        rules={
            "leximin": rules.statistics(got, columns.need),
            "pro_rata": rules.statistics(in_proportion, columns.need),
            "first_come": rules.statistics(came_first, columns.need),
        },
        transport_fen=_transport_fen(problem, shared),
        loads=shared.loads,
    )


def _transport_fen(problem: Problem, shared: Shared) -> float | None:
    if problem.cost is None:
        return None
    (pair, lot, _), layout = shared.assignment, shared.layout
    fen: Floats = fen_matrix(problem, layout)[layout.columns.pair_requester[pair], layout.lot_site[lot]]
    return float((fen * shared.pieces()).sum())
