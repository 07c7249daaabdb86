"""
The division: a transport of fen from funds to lines, solved twice.

First: as much of the promised, then of the new lines as possible is paid, and among all ways to do so the tightest fund
gives the most it can, then the next, and so on. The sets of fen that funds can give together form a polymatroid, so
one linear program finds this order: any costs that rise with freedom give the same answer, and ranks are such costs.
Second: what each fund gives stays as found; as few fen as possible change from one fund to another.

Both programs are transport problems with whole supplies and needs, so their corners are whole fen.
Source: Schrijver, Combinatorial Optimization, 2003, 21.3 (integral transport) and 44.1 (greedy on polymatroids).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

import highspy
import numpy as np

from baogong.engine.funds.problem import Bar, Fund, Line, Problem
from baogong.engine.highs import quiet_solver


@dataclass(frozen=True, slots=True)
class Part:
    """So many fen of a fund for a line."""

    fund: UUID
    line: UUID
    fen: int


@dataclass(frozen=True, slots=True)
class Short:
    """So many fen of a line that no fund can pay."""

    line: UUID
    fen: int


@dataclass(frozen=True, slots=True)
class FundPlan:
    """
    parts      every line's money, ordered by fund (tightest first) and line (as given)
    short      what of new lines could not be paid
    moved_fen  promised money that comes from another fund than before
    stuck      of the parts, those that stay promised by a fund that may not pay them any more: no other fund can
    """

    parts: tuple[Part, ...]
    short: tuple[Short, ...]
    moved_fen: int
    stuck: tuple[Part, ...] = ()

    def of_line(self, line: UUID) -> dict[UUID, int]:
        """fund → fen"""
        return {part.fund: part.fen for part in self.parts if part.line == line}

    def of_fund(self, fund: UUID) -> int:
        return sum(part.fen for part in self.parts if part.fund == fund)


@dataclass(frozen=True, slots=True)
class Verdict:
    """
    What a fund says to a line.

    bars      none: its terms allow the line
    free_fen  what stands in it and is promised to no line of the problem so far
    """

    fund: UUID
    bars: tuple[Bar, ...]
    free_fen: int


def plan(problem: Problem) -> FundPlan:
    """Divide the funds among the lines. What cannot be paid is a result, not an error."""
    funds, lines = problem.by_freedom, problem.lines
    most, is_barred = _arcs(funds, lines)
    arcs = list(most)
    ranks = len(funds)
    given = _transport(
        supplies=[fund.money_fen for fund in funds],
        needs=[line.need_fen for line in lines],
        # A promise its fund may not keep is worse than any fund, a wish without money worse still, a broken one worst.
        arcs=[(f, at, most[f, at], ranks + 1 if (f, at) in is_barred else f + 1) for f, at in arcs],
        unpaid=[ranks + 2 if line.is_new else ranks + 3 for line in lines],
    )
    usage, paid = [0] * ranks, [0] * len(lines)
    stuck: dict[tuple[int, int], int] = {}
    for (f, at), fen in zip(arcs, given, strict=True):
        if (f, at) in is_barred:
            stuck[f, at] = fen
        else:
            usage[f] += fen
            paid[at] += fen
    division = _fewest_moves(funds, lines, [arc for arc in arcs if arc not in is_barred], usage, paid)
    for arc, fen in stuck.items():
        division[arc] += fen
        paid[arc[1]] += fen
    return FundPlan(
        parts=_parts(funds, lines, division),
        short=tuple(
            Short(line.id, line.need_fen - got) for line, got in zip(lines, paid, strict=True) if got < line.need_fen
        ),
        moved_fen=sum(
            max(line.held.get(fund.id, 0) - division[f, at], 0)
            for at, line in enumerate(lines)
            for f, fund in enumerate(funds)
        ),
        stuck=_parts(funds, lines, stuck),
    )


def _arcs(
    funds: Sequence[Fund], lines: Sequence[Line]
) -> tuple[dict[tuple[int, int], int], frozenset[tuple[int, int]]]:
    """(fund, line) → most fen; and which of these the fund's terms forbid, where something is promised all the same."""
    most: dict[tuple[int, int], int] = {}
    barred = set()
    for f, fund in enumerate(funds):
        for at, line in enumerate(lines):
            if not line.bars(fund):
                most[f, at] = line.need_fen
            elif line.held.get(fund.id):
                most[f, at] = min(line.held[fund.id], line.need_fen)
                barred.add((f, at))
    return most, frozenset(barred)


def _parts(funds: Sequence[Fund], lines: Sequence[Line], division: Mapping[tuple[int, int], int]) -> tuple[Part, ...]:
    return tuple(Part(funds[f].id, lines[at].id, fen) for (f, at), fen in sorted(division.items()) if fen)


def explain(problem: Problem, line: Line) -> tuple[Verdict, ...]:
    """Of every fund, the tightest first, why it may not pay the line, and what is free in it."""
    promised: dict[UUID, int] = defaultdict(int)
    for other in problem.lines:
        for fund_id, fen in other.held.items():
            promised[fund_id] += fen
    return tuple(
        Verdict(fund.id, line.bars(fund), max(fund.money_fen - promised[fund.id], 0)) for fund in problem.by_freedom
    )


def _fewest_moves(
    funds: Sequence[Fund],
    lines: Sequence[Line],
    arcs: Sequence[tuple[int, int]],
    usage: Sequence[int],
    paid: Sequence[int],
) -> dict[tuple[int, int], int]:
    """Of all divisions with these sums, one in which the fewest promised fen change their fund."""
    steps: list[tuple[int, int, int, int]] = []
    for f, at in arcs:
        kept = min(lines[at].held.get(funds[f].id, 0), lines[at].need_fen)
        if kept:
            steps.append((f, at, kept, 0))
        steps.append((f, at, lines[at].need_fen, 1))
    given = _transport(supplies=usage, needs=paid, arcs=steps, unpaid=None)
    division: dict[tuple[int, int], int] = defaultdict(int)
    for (f, at, _, _), fen in zip(steps, given, strict=True):
        division[f, at] += fen
    return division


def _transport(
    *,
    supplies: Sequence[int],
    needs: Sequence[int],
    arcs: Sequence[tuple[int, int, int, int]],
    unpaid: Sequence[int] | None,
) -> list[int]:
    """
    The cheapest flow on arcs (supply, need, most, cost per fen); whole fen for each arc.

    unpaid  what it costs to leave a fen of each need unpaid; None: every need is met
    """
    columns = len(arcs) + (len(needs) if unpaid else 0)
    if not columns:
        return []
    solver = quiet_solver(solver="simplex")  # simplex ends in a corner
    rows = len(supplies)
    program = highspy.HighsLp()
    program.num_col_, program.num_row_ = columns, rows + len(needs)
    slack = [(rows + at, need, cost) for at, (need, cost) in enumerate(zip(needs, unpaid or (), strict=False))]
    program.col_cost_ = np.array([*(cost for *_, cost in arcs), *(cost for *_, cost in slack)], float)
    program.col_lower_ = np.zeros(columns)
    program.col_upper_ = np.array([*(most for _, _, most, _ in arcs), *(need for _, need, _ in slack)], float)
    program.row_lower_ = np.array([*([-highspy.kHighsInf] * rows), *needs], float)
    program.row_upper_ = np.array([*supplies, *needs], float)
    starts, index = [0], []
    for supply, at, *_ in arcs:
        index += [supply, rows + at]
        starts.append(len(index))
    for row, *_ in slack:
        index.append(row)
        starts.append(len(index))
    program.a_matrix_.format_ = highspy.MatrixFormat.kColwise
    program.a_matrix_.start_ = np.array(starts)
    program.a_matrix_.index_ = np.array(index)
    program.a_matrix_.value_ = np.ones(len(index))
    solver.passModel(program)
    solver.run()
    assert solver.getModelStatus() == highspy.HighsModelStatus.kOptimal, solver.getModelStatus()
    flows = [round(value) for value in solver.getSolution().col_value]
    _check(flows, supplies, needs, arcs, has_slack=unpaid is not None)
    return flows[: len(arcs)]


def _check(
    flows: Sequence[int],
    supplies: Sequence[int],
    needs: Sequence[int],
    arcs: Sequence[tuple[int, int, int, int]],
    *,
    has_slack: bool,
) -> None:
    """Whole fen add up, whatever the solver's floating point did on the way."""
    used, met = [0] * len(supplies), [0] * len(needs)
    for (supply, at, most, _), fen in zip(arcs, flows, strict=False):
        assert 0 <= fen <= most, (fen, most)
        used[supply] += fen
        met[at] += fen
    if has_slack:
        for at, fen in enumerate(flows[len(arcs) :]):
            assert fen >= 0, fen
            met[at] += fen
    assert met == list(needs), (met, needs)
    assert all(took <= has for took, has in zip(used, supplies, strict=True)), (used, supplies)
