"""
Freight: from origins far apart, through one hub or none, across a seal, to named receivers.

`solve(problem, rule)` plans, `replan(...)` plans again what has not left, `check(problem, plan)` follows every carton
through the result. Snapshot in, plan out: no clock, no database, whole seconds since the snapshot's zero.
"""

from baogong.engine.freight.check import check
from baogong.engine.freight.plan import Left, Leg, Plan, Rejected, Route, Score, Stop
from baogong.engine.freight.problem import (
    Air,
    Closure,
    Lane,
    Load,
    Offer,
    Outage,
    Problem,
    Site,
    UnusableProblem,
)
from baogong.engine.freight.replan import Broken, Change, Closed, Event, Late, Replan, replan
from baogong.engine.freight.rule import FreightRule, Stopped
from baogong.engine.freight.solve import solve

__all__ = [
    "Air",
    "Broken",
    "Change",
    "Closed",
    "Closure",
    "Event",
    "FreightRule",
    "Lane",
    "Late",
    "Left",
    "Leg",
    "Load",
    "Offer",
    "Outage",
    "Plan",
    "Problem",
    "Rejected",
    "Replan",
    "Route",
    "Score",
    "Site",
    "Stop",
    "Stopped",
    "UnusableProblem",
    "check",
    "replan",
    "solve",
]
