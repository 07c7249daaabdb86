"""
Two mixed-integer programs in HiGHS, one after the other over the same basket:

    k[o, w]  whole cartons of offer o for want w        y[o]  1 where the offer is used at all
    m[w]     base units of the want that are served     z[f, w, d]  fen of fund f for the want's goods, drawn by day d

first    max  sum over w of weight[w] * m[w] / amount[w]         serve as much as can be
second   min  sum of carton_fen[o] * k[o, w]                     with at least as much served, as cheaply as can be
where    m[w] <= amount[w],  m[w] <= sum over o of carton[o] * k[o, w] < amount[w] + the largest carton
         cartons_min[o] * y[o] <= sum over w of k[o, w] <= cartons_max[o] * y[o]
         sum over f of z[f, w, d] = sum over o drawn by d of carton_fen[o] * k[o, w]
         sum over w, d of z[f, w, d] <= free_fen[f]

With k fixed the money is a transport of whole fen, so its corner is whole.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Mapping
from datetime import date
from typing import Any

import highspy

from baogong.engine.highs import quiet_solver
from baogong.engine.sourcing.problem import Basket, Buy, Pay, Problem, draw_on
from baogong.engine.sourcing.reasons import open_wants, verdicts

Due = tuple[int, date | None]
"""A want's place, and the day by which its money is drawn: goods that come on different days are paid apart."""

SECONDS = 20.0
SLACK = 1e-7  # of the weighted met share that the second program may give up to rounding


def solve(problem: Problem, *, seconds: float = SECONDS) -> Basket:
    """
    The cheapest of the baskets that serve most. Money that does not reach, late or unfit offers are results, not errors.

    seconds  for each of the two programs; a basket cut by time keeps every limit and says how far it may be from best
    """
    if not problem.wants or not problem.offers:
        return _basket(problem, {}, bound=0.0, gap_fen=0, was_cut=False)
    program = _Program(problem, seconds)
    served, bound, cut_first = program.serve_most()
    lowest_fen, cut_second = program.cheapest(served)
    cartons = program.cartons()
    spent = sum(problem.offers[o].carton_fen * count for (o, _w), count in cartons.items())
    was_cut = cut_first or cut_second
    return _basket(
        problem, cartons, bound=bound, gap_fen=max(0, spent - lowest_fen) if cut_second else 0, was_cut=was_cut
    )


class _Program:
    """The model both programs share; places of k, y, m, z in its columns."""

    def __init__(self, problem: Problem, seconds: float) -> None:
        self.problem = problem
        self.h: Any = quiet_solver(mip_rel_gap=0.0, mip_abs_gap=1e-6, time_limit=seconds, random_seed=0)
        wants, offers, money = problem.wants, problem.offers, problem.money
        self.arcs = [
            (o, w)
            for o, offer in enumerate(offers)
            for w, want in enumerate(wants)
            if problem.serves(offer, want) is None
        ]
        self.k = {
            (o, w): self._column(min(offers[o].cartons_max, -(-wants[w].amount // offers[o].carton)), whole=True)
            for o, w in self.arcs
        }
        self.y = {o: self._column(1, whole=True) for o in sorted({o for o, _w in self.arcs}) if offers[o].cartons_min}
        self.m = [self._column(want.amount) for want in wants]
        self.bills: dict[Due, list[int]] = defaultdict(list)
        for o, w in self.arcs:
            self.bills[w, draw_on(offers[o], wants[w])].append(o)
        self.z = {
            (f, w, day): self._column(fund.free_fen)
            for f, fund in enumerate(money)
            for w, day in self.bills
            if fund.allows(wants[w], day)
        }
        self._rows()

    def _column(self, most: float, *, whole: bool = False) -> int:
        self.h.addVar(0.0, float(most))
        column: int = self.h.getNumCol() - 1
        if whole:
            self.h.changeColIntegrality(column, highspy.HighsVarType.kInteger)
        return column

    def _row(self, low: float, high: float, terms: list[tuple[int, float]]) -> int:
        self.h.addRow(low, high, len(terms), [column for column, _ in terms], [factor for _, factor in terms])
        row: int = self.h.getNumRow() - 1
        return row

    def _rows(self) -> None:
        wants, offers, money, inf = self.problem.wants, self.problem.offers, self.problem.money, highspy.kHighsInf
        for w, want in enumerate(wants):
            ways = [o for o, at in self.arcs if at == w]
            goods = [(self.k[o, w], float(offers[o].carton)) for o in ways]
            self._row(0.0, inf, [*goods, (self.m[w], -1.0)])
            if goods:
                self._row(0.0, want.amount + max(offers[o].carton for o in ways) - 1, goods)
        for (w, day), ways in self.bills.items():
            price = [(self.k[o, w], -float(offers[o].carton_fen)) for o in ways]
            paid = [(self.z[f, w, day], 1.0) for f in range(len(money)) if (f, w, day) in self.z]
            self._row(0.0, 0.0, [*paid, *price])
        for o, offer in enumerate(offers):
            sold = [(self.k[o, w], 1.0) for at, w in self.arcs if at == o]
            if not sold:
                continue
            if o in self.y:
                self._row(0.0, inf, [*sold, (self.y[o], -float(offer.cartons_min))])
                self._row(-inf, 0.0, [*sold, (self.y[o], -float(offer.cartons_max))])
            else:
                self._row(0.0, float(offer.cartons_max), sold)
        for f, fund in enumerate(money):
            drawn = [(column, 1.0) for (at, _w, _day), column in self.z.items() if at == f]
            if drawn:
                self._row(0.0, float(fund.free_fen), drawn)

    def _share(self) -> list[tuple[int, float]]:
        return [(self.m[w], want.weight / want.amount) for w, want in enumerate(self.problem.wants)]

    def serve_most(self) -> tuple[float, float, bool]:
        """(reached, bound, whether time ran out)"""
        for column, gain in self._share():
            self.h.changeColCost(column, gain)
        self.h.changeObjectiveSense(highspy.ObjSense.kMaximize)
        was_cut = self._run()
        info = self.h.getInfo()
        reached = sum(self._value(column) * gain for column, gain in self._share())
        return reached, max(reached, float(info.mip_dual_bound)), was_cut

    def cheapest(self, served: float) -> tuple[int, bool]:
        """(no basket that serves as much costs less, whether time ran out). Begins from the first program's basket."""
        start = self.h.getSolution()
        for column, _gain in self._share():
            self.h.changeColCost(column, 0.0)
        self._row(served - SLACK * max(1.0, served), highspy.kHighsInf, self._share())
        for (o, _w), column in self.k.items():
            self.h.changeColCost(column, float(self.problem.offers[o].carton_fen))
        self.h.changeObjectiveSense(highspy.ObjSense.kMinimize)
        self.h.setSolution(start)
        was_cut = self._run()
        return int(self.h.getInfo().mip_dual_bound), was_cut

    def _run(self) -> bool:
        self.h.run()
        status = self.h.getModelStatus()
        if status == highspy.HighsModelStatus.kTimeLimit:
            return True
        assert status == highspy.HighsModelStatus.kOptimal, status  # buying nothing keeps every limit
        return False

    def _value(self, column: int) -> float:
        return float(self.h.getSolution().col_value[column])

    def cartons(self) -> dict[tuple[int, int], int]:
        values = self.h.getSolution().col_value
        return {arc: count for arc, column in self.k.items() if (count := round(values[column]))}


def _basket(
    problem: Problem, cartons: dict[tuple[int, int], int], *, bound: float, gap_fen: int, was_cut: bool
) -> Basket:
    wants, offers = problem.wants, problem.offers
    price: dict[Due, int] = defaultdict(int)
    came: dict[int, int] = defaultdict(int)
    for (o, w), count in cartons.items():
        price[w, draw_on(offers[o], wants[w])] += offers[o].carton_fen * count
        came[w] += offers[o].carton * count
    buys = tuple(Buy(offers[o].id, wants[w].id, count) for (o, w), count in sorted(cartons.items()))
    pays = _pay(problem, price)
    spent: dict[str, int] = defaultdict(int)
    for pay in pays:
        spent[pay.fund] += pay.fen
    got = {want.id: min(came[w], want.amount) for w, want in enumerate(wants)}
    return Basket(
        buys=buys,
        pays=pays,
        cost_fen=sum(price.values()),
        open=open_wants(problem, got, buys, spent),
        verdicts=verdicts(problem, got, buys, spent),
        served=sum(want.weight * got[want.id] / want.amount for want in wants),
        bound=bound,
        gap_fen=gap_fen,
        stopped_because="TIME" if was_cut else "OPTIMAL",
        spent_by_fund=dict(spent),
    )


def _pay(problem: Problem, price: Mapping[Due, int]) -> tuple[Pay, ...]:
    """Whole fen of each fund: a transport at the prices found, tightest money first."""
    bills = sorted((due for due in price if price[due]), key=lambda due: (due[0], due[1] or date.min))
    if not bills:
        return ()
    h: Any = quiet_solver(solver="simplex")  # simplex ends in a corner, and its corners are whole
    arcs = [
        (f, due)
        for f, fund in enumerate(problem.money)
        for due in bills
        if fund.allows(problem.wants[due[0]], due[1]) and fund.free_fen
    ]
    for f, due in arcs:
        h.addVar(0.0, float(min(problem.money[f].free_fen, price[due])))
        h.changeColCost(h.getNumCol() - 1, _freedom(problem, f))
    for due in bills:
        columns = [at for at, arc in enumerate(arcs) if arc[1] == due]
        h.addRow(float(price[due]), float(price[due]), len(columns), columns, [1.0] * len(columns))
    for f, fund in enumerate(problem.money):
        columns = [at for at, arc in enumerate(arcs) if arc[0] == f]
        if columns:
            h.addRow(0.0, float(fund.free_fen), len(columns), columns, [1.0] * len(columns))
    h.run()
    assert h.getModelStatus() == highspy.HighsModelStatus.kOptimal, h.getModelStatus()
    found = h.getSolution().col_value
    return tuple(
        Pay(problem.money[f].id, problem.wants[w].id, fen, day)
        for (f, (w, day)), value in zip(arcs, found, strict=True)
        if (fen := round(value))
    )


def _freedom(problem: Problem, f: int) -> float:
    fund = problem.money[f]
    return float(sum(bound is None for bound in (fund.receivers, fund.items, fund.until)))
