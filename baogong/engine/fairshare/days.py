"""
Several days one after the other: what each rule remembers of the days before, and who is never served.

Every day has its own stock and needs; what one day leaves lies there the next, what one day does not meet is not asked for
again unless the next day's needs say so. Three rules are played on the same days:

    NONE         every day is shared as if it were the first
    EARLIER_MET  what a pair received of all it asked for so far counts as already filled
    PAUSE        who received anything waits for so many days, whatever lies there
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from enum import StrEnum

import numpy as np

from baogong.engine.fairshare import rules
from baogong.engine.fairshare.checks import check_problem
from baogong.engine.fairshare.division import divide_out
from baogong.engine.fairshare.floors import refuse_infeasible_floors
from baogong.engine.fairshare.layout import lay_out
from baogong.engine.fairshare.problem import FairnessRule, Lot, Problem, Statistics, UnsoundRule
from baogong.engine.fairshare.tables import merge, totals
from baogong.engine.fairshare.transport import lots_in_order
from baogong.engine.fairshare.wording import counted

DAYS_MAX = 60


class Memory(StrEnum):
    """What a rule keeps of earlier days."""

    NONE = "NONE"
    EARLIER_MET = "EARLIER_MET"
    PAUSE = "PAUSE"


@dataclass(frozen=True, slots=True)
class PairCourse:
    """One (requester, item) through the days; `asked` and `got` in pieces, one figure a day."""

    requester: str
    item: str
    asked: tuple[int, ...]
    got: tuple[int, ...]

    @property
    def ratio(self) -> float:
        return sum(self.got) / sum(self.asked)

    @property
    def days_served(self) -> int:
        return sum(got > 0 for got in self.got)

    @property
    def is_never_served(self) -> bool:
        return self.days_served == 0


@dataclass(frozen=True, slots=True)
class Course:
    """
    The days under one rule.

    pairs  all who ever asked, in the order in which they first did
    so_far after each day: worst, mean, Gini and unserved of everything asked for up to then
    left   pieces that lay unused after the last day
    """

    memory: Memory
    pairs: tuple[PairCourse, ...]
    so_far: tuple[Statistics, ...]
    left: int

    @property
    def figures(self) -> Statistics:
        """After the last day."""
        return self.so_far[-1]

    @property
    def never_served(self) -> tuple[PairCourse, ...]:
        return tuple(pair for pair in self.pairs if pair.is_never_served)


def over_days(
    days: Sequence[Problem], *, rule: FairnessRule, pause_days: int = 2, memories: Sequence[Memory] = tuple(Memory)
) -> dict[Memory, Course]:
    """
    Play the days under each rule; lots are what arrives that day.

    `rule.memory` scales EARLIER_MET; a requester's `earlier_met` counts as one day before the first.
    Raises UnsoundRule (no day, too many, a pause below 1), UnusableProblem, InfeasibleFloors.
    """
    if not 1 <= len(days) <= DAYS_MAX or pause_days < 1:
        raise UnsoundRule(
            f"{len(days)} days with a pause of {pause_days} cannot be played.",
            where="days",
            found=[len(days), pause_days],
            expected=f"1 to {DAYS_MAX} days, a pause of 1 day or more",
            cure="Name fewer days.",
        )
    for problem in days:
        check_problem(problem)
    return {memory: _Play(memory, rule, pause_days).run(days) for memory in memories}


def told_en(courses: Mapping[Memory, Course], pause_days: int = 2) -> str:
    """The rules beside each other in one sentence."""
    told = {
        Memory.NONE: "Without memory",
        Memory.EARLIER_MET: "counting what was received",
        Memory.PAUSE: f"pausing {counted(pause_days, 'day')} after being served",
    }
    parts = [
        f"{told[memory]}, {_never_en(course)}, Gini {course.figures.gini:.3f}" for memory, course in courses.items()
    ]
    days = len(next(iter(courses.values())).so_far)
    return f"After {counted(days, 'day')}: {'; '.join(parts)}."


def _never_en(course: Course) -> str:
    never = len(course.never_served)
    return "nobody goes without" if never == 0 else f"{never:,} never {'gets' if never == 1 else 'get'} anything"


def told_zh(courses: Mapping[Memory, Course], pause_days: int = 2) -> str:
    told = {
        Memory.NONE: "不记前几天",
        Memory.EARLIER_MET: "计入已得",
        Memory.PAUSE: f"得后停 {pause_days} 天",
    }
    parts = [
        f"{told[memory]}："
        + (f"{len(course.never_served):,} 项始终未得" if course.never_served else "没有谁始终未得")
        + f"，基尼系数 {course.figures.gini:.3f}"
        for memory, course in courses.items()
    ]
    return f"{len(next(iter(courses.values())).so_far)} 天后，{'；'.join(parts)}。"


class _Play:
    """One rule through the days; knows what each pair asked and got so far, and what lies unused."""

    def __init__(self, memory: Memory, rule: FairnessRule, pause_days: int) -> None:
        self.memory, self.rule, self.pause_days = memory, rule, pause_days
        self.asked: dict[tuple[str, str], list[int]] = {}
        self.got: dict[tuple[str, str], list[int]] = {}
        self.before: dict[
            tuple[str, str], tuple[float, int]
        ] = {}  # pieces received, pieces asked, before the first day
        self.waits_until: dict[tuple[str, str], int] = {}
        self.lying: dict[str, Lot] = {}

    def run(self, days: Sequence[Problem]) -> Course:
        so_far = []
        for number, day in enumerate(days):
            arrived = tuple(replace(lot, id=f"{number}\0{lot.id}") for lot in day.lots)
            self._share(number, replace(day, lots=(*self.lying.values(), *arrived)))
            asked = np.array([sum(row) for row in self.asked.values()], np.int64)
            so_far.append(rules.statistics(np.array([sum(row) for row in self.got.values()], np.int64), asked))
        pairs = tuple(
            PairCourse(
                requester, item, self._whole(asked, len(days)), self._whole(self.got[requester, item], len(days))
            )
            for (requester, item), asked in self.asked.items()
        )
        return Course(self.memory, pairs, tuple(so_far), sum(lot.amount for lot in self.lying.values()))

    @staticmethod
    def _whole(row: list[int], days: int) -> tuple[int, ...]:
        return tuple(row + [0] * (days - len(row)))

    def _share(self, number: int, day: Problem) -> None:
        layout = lay_out(day, self.rule)
        pairs = [(need.requester, need.item) for need in layout.needs]
        for pair, need, share in zip(pairs, layout.needs, layout.columns.earlier.tolist(), strict=True):
            self.before.setdefault(pair, (share * need.amount, need.amount if share else 0))
        earlier = np.array([self._earlier(pair) for pair in pairs], np.float64)
        waits = np.array([self.waits_until.get(pair, 0) > number for pair in pairs], np.bool_)
        columns = replace(
            layout.columns,
            earlier=earlier if self.memory is Memory.EARLIER_MET else np.zeros(len(pairs)),
            ceiling=np.where(waits, 0, layout.columns.ceiling),
            floor=np.where(waits, 0, layout.columns.floor),
        )
        tables = merge(columns)
        refuse_infeasible_floors(day, replace(layout, columns=columns), tables)
        served, lot, cartons = lots_in_order(tables, divide_out(tables)[1])
        pieces = cartons * columns.lot_carton[lot]
        got = totals(served, pieces, len(pairs))
        for who, need, amount in zip(pairs, layout.needs, got.tolist(), strict=True):
            for row, figure in ((self.asked, need.amount), (self.got, amount)):
                known = row.setdefault(who, [])
                known += [0] * (number - len(known)) + [figure]
            if amount and self.memory is Memory.PAUSE:
                self.waits_until[who] = number + 1 + self.pause_days
        left = columns.lot_amount - totals(lot, pieces, len(columns.lot_amount))
        self.lying = {
            known.id: replace(known, amount=amount)
            for known, amount in zip(layout.lots, left.tolist(), strict=True)
            if amount
        }

    def _earlier(self, pair: tuple[str, str]) -> float:
        received, wanted = self.before[pair]
        received += self.rule.memory * sum(self.got.get(pair, ()))
        wanted += sum(self.asked.get(pair, ()))
        return min(1.0, received / wanted) if wanted else 0.0
