"""
Fair shares of scarce goods: exact leximin under earmarks, standards, reach, expiry, weights, floors, caps and memory.

`solve(problem, rule=FairnessRule())` takes a snapshot and gives an allocation; nothing is read or kept besides.
"""

from baogong.engine.fairshare.checks import check_problem
from baogong.engine.fairshare.compare import Change, Comparison, compare, compare_allocations
from baogong.engine.fairshare.days import Course, Memory, PairCourse, over_days
from baogong.engine.fairshare.floors import floors_in, infeasible_floors
from baogong.engine.fairshare.marginal import Gain, Lift, Option, advice_en, advice_zh, marginal_gains
from baogong.engine.fairshare.problem import (
    ENGINE_VERSION,
    Allocation,
    Capacity,
    FairnessRule,
    InfeasibleFloors,
    Left,
    Limit,
    Load,
    Lot,
    Met,
    Need,
    Problem,
    Requester,
    Share,
    Size,
    Statistics,
    TooManyForTrucks,
    UnsoundRule,
    UnusableProblem,
)
from baogong.engine.fairshare.reader import as_document, read_problem
from baogong.engine.fairshare.solve import solve
from baogong.engine.fairshare.wording import Names, Unit
from baogong.engine.faults import Fault

__all__ = [
    "ENGINE_VERSION",
    "Allocation",
    "Capacity",
    "Change",
    "Comparison",
    "Course",
    "FairnessRule",
    "Fault",
    "Gain",
    "InfeasibleFloors",
    "Left",
    "Lift",
    "Limit",
    "Load",
    "Lot",
    "Memory",
    "Met",
    "Names",
    "Need",
    "Option",
    "PairCourse",
    "Problem",
    "Requester",
    "Share",
    "Size",
    "Statistics",
    "TooManyForTrucks",
    "Unit",
    "UnsoundRule",
    "UnusableProblem",
    "advice_en",
    "advice_zh",
    "as_document",
    "check_problem",
    "compare",
    "compare_allocations",
    "floors_in",
    "infeasible_floors",
    "marginal_gains",
    "over_days",
    "read_problem",
    "solve",
]
