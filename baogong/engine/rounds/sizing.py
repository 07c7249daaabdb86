"""
How many couriers a day's trips need, and what one fewer would cost: stops left, or how much later everybody ends.

The trips stay those of the plan; couriers are taken away one after the other as long as the others still have time.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from math import ceil

import numpy as np

from baogong.engine.rounds.crews import prepare
from baogong.engine.rounds.plan import Plan
from baogong.engine.rounds.problem import Courier, Problem
from baogong.engine.rounds.reasons import clock
from baogong.engine.rounds.rule import RoundsRule
from baogong.engine.rounds.shifts import Walk, assign, walks_of
from baogong.engine.rounds.solve import in_pieces, solve

QUICK = RoundsRule("sizing", turns_per_stop=0)
LATER_MAX_S, LATER_STEP_S = 12 * 3600, 60


@dataclass(frozen=True, slots=True)
class Sizing:
    """
    couriers       whose time is enough for all stops that can be served; everybody, where it is not enough
    bound_count    fewer could not do these trips even without a minute lost
    is_enough      whether nothing is left for want of time
    fewer_left_count   stops left with one of these couriers fewer
    fewer_later_s  by how much every shift would have to end later for one fewer to do it all; None: no hour is late enough
    """

    couriers: tuple[str, ...]
    bound_count: int
    is_enough: bool
    fewer_left_count: int
    fewer_later_s: int | None
    reason_en: str
    reason_zh: str


def sizing(problem: Problem, plan: Plan) -> Sizing:
    """For the trips of a plan of this problem."""
    trips = _trips(plan)
    everybody = problem.couriers
    is_enough = not _left(problem, trips, everybody)
    kept = _fewest(problem, trips, plan) if is_enough else everybody
    fewer = kept
    if is_enough and kept:  # without the one who would be missed least
        fewer = min(_one_less(kept, plan), key=lambda some: len(_left(problem, trips, some)))
    left_count = len(_left(problem, trips, fewer))
    later_s = _later_s(problem, trips, fewer) if is_enough and fewer else None
    longest_s = max((courier.shift[1] - courier.shift[0] for courier in everybody), default=1)
    bound = ceil(plan.cost.work_s / longest_s)
    return Sizing(
        tuple(courier.id for courier in kept),
        bound,
        is_enough,
        left_count,
        later_s,
        *_words(len(kept), left_count, later_s, kept, is_enough=is_enough),
    )


def _trips(plan: Plan) -> list[list[str]]:
    """Names of stops by trip; what was left for want of time is a trip of its own."""
    trips = [[visit.stop for visit in trip.visits] for trip in plan.trips]
    return trips + [[left.stop] for left in plan.left if left.code == "NO_TIME_LEFT"]


def _left(problem: Problem, trips: list[list[str]], couriers: tuple[Courier, ...]) -> list[str]:
    """Stops of these trips that these couriers cannot serve, or have no time for."""
    now = replace(problem, couriers=couriers)
    if problem.limits.one_courier_per is not None:  # whole pairs move, and a trip holds parts of several
        plan = solve(now, QUICK)
        return [left.stop for left in plan.left]
    prepared = prepare(now)
    first = len(problem.stations)
    row_of = {stop.id: first + n for n, stop in enumerate(problem.stops)}
    crew_of = np.full(first + len(problem.stops), -1, np.int64)
    for number, crew in enumerate(prepared.crews):
        crew_of[crew.rows] = number
    walks: list[Walk] = []
    unserved: list[int] = []
    for trip in trips:
        rows = np.array([row_of[stop] for stop in trip], np.int64)
        unserved += rows[crew_of[rows] < 0].tolist()
        for number in np.unique(crew_of[rows]):
            if number >= 0:
                walks += walks_of(prepared, prepared.crews[number], int(number), rows[crew_of[rows] == number])
    days, late = assign(walks, couriers, problem.limits.load_s)
    _, never = in_pieces(prepared, days, late)
    return [problem.stops[row - first].id for row in [*unserved, *never]]


def _one_less(couriers: tuple[Courier, ...], plan: Plan) -> Iterator[tuple[Courier, ...]]:
    """The couriers without one of them, whoever has least to do first; of couriers who are alike one is tried."""
    work_s = {shift.courier: shift.work_s for shift in plan.shifts}
    tried: set[Courier] = set()
    for courier in sorted(couriers, key=lambda c: (work_s.get(c.id, 0.0), c.id)):
        kind = replace(courier, id="")
        if kind not in tried:
            tried.add(kind)
            yield tuple(other for other in couriers if other is not courier)


def _fewest(problem: Problem, trips: list[list[str]], plan: Plan) -> tuple[Courier, ...]:
    """Take couriers away as long as nothing is left."""
    kept = problem.couriers
    while True:
        fewer = next((some for some in _one_less(kept, plan) if not _left(problem, trips, some)), None)
        if fewer is None:
            return kept
        kept = fewer


def _later_s(problem: Problem, trips: list[list[str]], couriers: tuple[Courier, ...]) -> int | None:
    """The least whole minutes by which all shifts must end later, found by halving."""

    def is_done(later_s: int) -> bool:
        longer = tuple(replace(c, shift=(c.shift[0], c.shift[1] + later_s)) for c in couriers)
        return not _left(problem, trips, longer)

    if not is_done(LATER_MAX_S):
        return None
    low, high = 0, LATER_MAX_S // LATER_STEP_S
    while high - low > 1:
        middle = (low + high) // 2
        low, high = (low, middle) if is_done(middle * LATER_STEP_S) else (middle, high)
    return high * LATER_STEP_S


def _words(
    count: int, left_count: int, later_s: int | None, kept: tuple[Courier, ...], *, is_enough: bool
) -> tuple[str, str]:
    if not is_enough:
        return (
            f"The {count} couriers have no time for {left_count} stops. Add couriers or longer shifts.",
            f"{count}名配送员时间不够，还有{left_count}个点送不到。请增加配送员或延长班次。",
        )
    if not kept:
        return "There is nothing to bring.", "没有要送的点。"
    ends_s = max(courier.shift[1] for courier in kept)
    if later_s is None:
        more = ("no later end of the shifts would make up for it", "延长班次也补不回来")
    else:
        by = clock(ends_s + later_s)
        more = (f"or the day ends at {by} instead of {clock(ends_s)}", f"或者收工从{clock(ends_s)}推迟到{by}")
    return (
        f"{count} couriers are enough. With one fewer {left_count} stops are left, {more[0]}.",
        f"{count}名配送员够用。少一名则有{left_count}个点送不到，{more[1]}。",
    )
