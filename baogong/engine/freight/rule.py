"""The planner's dated parameters and limits, kept beside every plan so that it can be run again."""

from __future__ import annotations

from dataclasses import dataclass
from enum import Enum

from baogong.kernel.errors import UnusableInput


class Stopped(Enum):
    """Why a search ended."""

    PROVEN = "PROVEN"  # no better answer exists within `mip_gap`
    SETTLED = "SETTLED"  # no move of the local search improves it
    MOVES = "MOVES"  # `moves_count` was used up
    NODES = "NODES"  # `nodes_count` was used up
    TIME = "TIME"  # `limit_s` ran out: the one limit under which a repeat may differ


@dataclass(frozen=True, slots=True)
class FreightRule:
    """
    What the planner may spend. All but `limit_s` count work, not time: the same input then gives the same plan.

    version      the dated name kept with the plan
    mip_gap      share of the cost within which an integer program counts as solved, >= 0
    nodes_count  branch-and-bound nodes for one integer program, >= 1
    moves_count  complete schedules the local search may try, for one hub, >= 0
    limit_s      wall seconds for one integer program or one hub's search, a guard only; > 0
    seed         for HiGHS, PyVRP and the order of the search's disturbances
    """

    version: str
    mip_gap: float = 1e-4
    nodes_count: int = 20_000
    moves_count: int = 4_000
    limit_s: float = 120.0
    seed: int = 1

    def __post_init__(self) -> None:
        wrong = [
            name
            for name, fits in (
                ("version", bool(self.version)),
                ("mip_gap", 0 <= self.mip_gap < 1),
                ("nodes_count", self.nodes_count >= 1),
                ("moves_count", self.moves_count >= 0),
                ("limit_s", self.limit_s > 0),
                ("seed", self.seed >= 0),
            )
            if not fits
        ]
        if wrong:
            raise UnusableInput(
                f"The freight rule cannot be used: {', '.join(wrong)}.",
                where=", ".join(wrong),
                found=str(self),
                expected="a version; 0 <= mip_gap < 1; counts of at least 1 (moves: 0); limit_s above 0; seed >= 0",
                cure="Correct these values in the rule's file.",
            )
