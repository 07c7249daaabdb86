"""
Rounds: the last 100 metres, from stations through communities' gates to shelves and doors and back.

`solve(problem, rule)` plans, `replan(problem, plan)` plans again what a change is about, `sizing(problem, plan)` says
how many couriers it takes, `share_out(beats, couriers_count)` how many each community gets, `help_early(problem, plan, at_s)` lets who is done take over what others have not loaded (`leave_out` first what nobody is to bring any more), `check(problem, plan)` follows every courier through the result by its own means. Snapshot
in, plan out: no clock of the day, no database, seconds since a midnight.
"""

from baogong.engine.faults import Fault
from baogong.engine.rounds.check import check
from baogong.engine.rounds.helping import Helping, Moved, help_early, leave_out
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
from baogong.engine.rounds.reader import as_document, check_limits, read_problem
from baogong.engine.rounds.replan import Replan, replan
from baogong.engine.rounds.rule import RoundsRule, UnsoundRule
from baogong.engine.rounds.share_out import Beat, BeatShare, UnusableShareOut, share_out
from baogong.engine.rounds.sizing import Sizing, sizing
from baogong.engine.rounds.solve import solve

__all__ = [
    "Balance",
    "Beat",
    "BeatShare",
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
    "UnusableShareOut",
    "Visit",
    "as_document",
    "check",
    "check_limits",
    "help_early",
    "leave_out",
    "read_problem",
    "replan",
    "share_out",
    "sizing",
    "solve",
]
