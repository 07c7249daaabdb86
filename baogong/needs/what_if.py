"""
What if: a share's own snapshot asked again with other weights, more goods, more rounds, fewer trucks.

Pure but for one look at how goods are boxed; nothing is written, nothing is promised. The same plan and question give the
same answer, whatever happened in the book since.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import Any

from baogong.engine import fairshare
from baogong.needs.share_problem import engine_rule, names_of, problem_of, taken_trucks
from baogong.planning.queries import PlanView

PIECES = 1_000
ROUNDS = 4


@dataclass(frozen=True, slots=True)
class Question:
    """
    rule    as a share's: weights by urgency, `receivers` how often each counts, memory, whole cartons
    trucks  weight_g, volume_cm3, site, each optional; None: whatever is shared can be brought
    pieces  how many more of one item; rounds  how often this round is played
    """

    rule: Mapping[str, Any]
    trucks: Mapping[str, Any] | None = None
    pieces: int = PIECES
    rounds: int = ROUNDS


@dataclass(frozen=True, slots=True)
class Answer:
    """
    comparison          the share as it was made, and under the question: who loses stands first
    held_back           the question without its trucks, and with them; None where it names none
    loads               what rides under the trucks' limits
    gains               for every item the goods that would help most, the best item first
    are_gains_carried   the trucks' limits are kept in `gains`; never under the limit of one site
    courses             the round played so often under each memory, stock coming anew each time; without trucks
    """

    names: fairshare.Names
    comparison: fairshare.Comparison
    held_back: fairshare.Comparison | None
    loads: tuple[fairshare.Load, ...]
    gains: tuple[fairshare.Gain, ...]
    are_gains_carried: bool
    courses: Mapping[fairshare.Memory, fairshare.Course]


def what_if(plan: PlanView, question: Question) -> Answer:
    """Raises UnusableProblem, InfeasibleFloors, TooManyForTrucks, UnsoundRule, CartonUnknown."""
    taken = {key: value for key, value in plan.snapshot.items() if key != "trucks"}
    rule = engine_rule(question.rule)
    before = fairshare.solve(problem_of(plan.snapshot, plan.rule), rule=engine_rule(plan.rule))
    free = problem_of(taken, question.rule)
    problem = free
    if question.trucks is not None:
        problem = problem_of({**taken, "trucks": taken_trucks(question.trucks, taken)}, question.rule)
    after = fairshare.solve(problem, rule=rule)
    held_back = None
    if question.trucks is not None:
        held_back = fairshare.compare_allocations(fairshare.solve(free, rule=rule), after)
    is_one_site = question.trucks is not None and bool(question.trucks.get("site"))
    gains = fairshare.marginal_gains(free if is_one_site else problem, rule=rule, pieces=question.pieces)
    best: dict[str, fairshare.Gain] = {}
    for gain in gains:
        best.setdefault(gain.item, gain)
    return Answer(
        names=names_of(taken),
        comparison=fairshare.compare_allocations(before, after),
        held_back=held_back,
        loads=after.loads,
        gains=tuple(best.values()),
        are_gains_carried=not is_one_site,
        courses=fairshare.over_days([free] * question.rounds, rule=_remembering(rule)),
    )


def _remembering(rule: fairshare.FairnessRule) -> fairshare.FairnessRule:
    """Rounds compare memories: where the share itself forgets, EARLIER_MET is played with a full one."""
    return rule if rule.memory else replace(rule, memory=1.0)
