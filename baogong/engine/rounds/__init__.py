"""
Rounds: the last 100 metres, from stations through communities' gates to shelves and doors and back.

`solve(problem, rule)` plans, `replan(problem, plan)` plans again what a change is about, `sizing(problem, plan)` says
how many couriers it takes, `help_early(problem, plan, at_s)` lets who is done take over what others have not loaded, `check(problem, plan)` follows every courier through the result by its own means. Snapshot
in, plan out: no clock of the day, no database, seconds since a midnight.
"""

from baogong.engine.faults import Fault
from baogong.engine.rounds.check import check
from baogong.engine.rounds.helping import Helping, Moved, help_early
from baogong.engine.rounds.plan import Balance, Cost, Help, Left, Plan, Shift, Trip, Visit
from baogong.engine.rounds.problem import (
    Community,
    Courier,
    Gate,
    Handover,
    Limits,
    Problem,
    Station,
    Stop,
    UnusableProblem,
)
from baogong.engine.rounds.reader import as_document, read_problem
from baogong.engine.rounds.replan import Replan, replan
from baogong.engine.rounds.rule import RoundsRule, UnsoundRule
from baogong.engine.rounds.sizing import Sizing, sizing
from baogong.engine.rounds.solve import solve

__all__ = [
    "Balance",
    "Community",
    "Cost",
    "Courier",
    "Fault",
    "Gate",
    "Handover",
    "Help",
    "Helping",
    "Left",
    "Limits",
    "Moved",
    "Plan",
    "Problem",
    "Replan",
    "RoundsRule",
    "Shift",
    "Sizing",
    "Station",
    "Stop",
    "Trip",
    "UnsoundRule",
    "UnusableProblem",
    "Visit",
    "as_document",
    "check",
    "help_early",
    "read_problem",
    "replan",
    "sizing",
    "solve",
]
