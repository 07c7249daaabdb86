"""
Which fund pays which purchase, so that no money with narrow terms is left over while free money is spent.

`plan(problem)` divides all that may still be moved; `explain(problem, line)` says of a line why each fund may not pay it.
Snapshot in, plan out: whole fen, no clock, no database.
"""

from baogong.engine.funds.greedy import take_greedily
from baogong.engine.funds.plan import FundPlan, Part, Short, Verdict, explain, plan
from baogong.engine.funds.problem import Bar, Fund, Line, Problem, UnusableFunds

__all__ = [
    "Bar",
    "Fund",
    "FundPlan",
    "Line",
    "Part",
    "Problem",
    "Short",
    "UnusableFunds",
    "Verdict",
    "explain",
    "plan",
    "take_greedily",
]
