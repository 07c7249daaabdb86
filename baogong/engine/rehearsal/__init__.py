"""
Rehearsal: tonight's plan played many times before it is tonight, with trucks that are late and couriers who do not come.

`rehearse(night, chances, …)` says how probable each promise is and what breaks first, `cheapest_fix(…)` what would help,
`drifts(night)` how near the twin is to the plan when nothing is random. Pure: no clock, no database; seconds since the
night's zero.
"""

from baogong.engine.rehearsal.chances import NOTHING, Chances, UnusableChances, chances_of
from baogong.engine.rehearsal.fixes import Fix, Fixes, FixFound, Prices, What, cheapest_fix
from baogong.engine.rehearsal.night import (
    Call,
    Gate,
    Kind,
    Load,
    Mover,
    Night,
    Opening,
    Place,
    Promise,
    Run,
    Shelf,
    Stop,
    UnusableNight,
)
from baogong.engine.rehearsal.reader import as_document, read_night
from baogong.engine.rehearsal.report import (
    Break,
    Drift,
    PromiseFound,
    Queue,
    Report,
    RunFound,
    calm,
    drifts,
    rehearse,
)
from baogong.engine.rehearsal.twin import Broken, Outcome, run_once

__all__ = [
    "NOTHING",
    "Break",
    "Broken",
    "Call",
    "Chances",
    "Drift",
    "Fix",
    "FixFound",
    "Fixes",
    "Gate",
    "Kind",
    "Load",
    "Mover",
    "Night",
    "Opening",
    "Outcome",
    "Place",
    "Prices",
    "Promise",
    "PromiseFound",
    "Queue",
    "Report",
    "Run",
    "RunFound",
    "Shelf",
    "Stop",
    "UnusableChances",
    "UnusableNight",
    "What",
    "as_document",
    "calm",
    "chances_of",
    "cheapest_fix",
    "drifts",
    "read_night",
    "rehearse",
    "run_once",
]
