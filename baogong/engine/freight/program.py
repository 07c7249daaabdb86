"""A mixed-integer program handed to HiGHS: one thread, a fixed seed, bounded by nodes before time."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import highspy
import numpy as np

from baogong.engine.freight.rule import FreightRule, Stopped

INFINITE = highspy.kHighsInf


@dataclass(frozen=True, slots=True)
class Answer:
    """values by column; `bound` is what no answer can go below."""

    values: tuple[float, ...]
    objective: float
    bound: float
    stopped: Stopped

    @property
    def gap(self) -> float:
        return max(0.0, self.objective - self.bound) / max(1.0, abs(self.objective))


class Program:
    """minimise Σ cost·column  subject to  lower <= Σ factor·column <= upper  for every row."""

    def __init__(self, rule: FreightRule) -> None:
        self._solver = highspy.Highs()  # type: ignore[no-untyped-call]
        self.columns_count = self._whole_count = 0
        for name, value in (
            ("output_flag", False),
            ("threads", 1),
            ("random_seed", rule.seed),
            ("mip_rel_gap", rule.mip_gap),
            ("mip_max_nodes", rule.nodes_count),
            ("time_limit", float(rule.limit_s)),
        ):
            self._solver.setOptionValue(name, value)

    def column(self, cost: float = 0.0, upper: float = INFINITE, *, whole: bool = False) -> int:
        """A variable from 0 to `upper`; its number."""
        self._solver.addCol(cost, 0.0, upper, 0, [], [])
        number = self.columns_count
        self.columns_count += 1
        if whole:
            self._whole_count += 1
            self._solver.changeColIntegrality(number, highspy.HighsVarType.kInteger)
        return number

    def row(self, lower: float, upper: float, terms: Iterable[tuple[int, float]]) -> None:
        """lower <= Σ factor·column <= upper; a column named twice has its factors added."""
        factors: dict[int, float] = {}
        for column, factor in terms:
            factors[column] = factors.get(column, 0.0) + factor
        self._solver.addRow(
            lower, upper, len(factors), np.fromiter(factors, np.int32), np.fromiter(factors.values(), np.float64)
        )

    def minimise(self, costs: dict[int, float] | None = None) -> Answer | None:
        """Solve, with new costs if given (0 for the columns not named); None where no answer satisfies the rows."""
        if costs is not None:
            for column in range(self.columns_count):
                self._solver.changeColCost(column, costs.get(column, 0.0))
        self._solver.run()
        status, info = self._solver.getModelStatus(), self._solver.getInfo()
        if info.primal_solution_status != highspy.SolutionStatus.kSolutionStatusFeasible:
            return None
        stopped = {
            highspy.HighsModelStatus.kOptimal: Stopped.PROVEN,
            highspy.HighsModelStatus.kSolutionLimit: Stopped.NODES,
        }.get(status, Stopped.TIME)
        values = tuple(self._solver.getSolution().col_value)
        objective = info.objective_function_value
        # Of a program without whole columns HiGHS states no separate bound: its optimum is the bound.
        bound = min(info.mip_dual_bound, objective) if self._whole_count else objective
        return Answer(values, objective, bound, stopped)
