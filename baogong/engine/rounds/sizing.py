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
NOT_FOR_TIME = frozenset({"NO_COURIER", "MAY_NOT_ENTER", "TOO_MUCH_TO_CARRY", "NOT_IN_TIME", "NOT_BY_ITS_COURIER"})
NOBODY_WOULD_DO = (
    "No stop can be served, however many couriers there are; why stands beside each.",
    "派送员再多也送不到任何一个点，原因写在各点旁边。",
)
LATER_MAX_S, LATER_STEP_S = 12 * 3600, 60


@dataclass(frozen=True, slots=True)
class Sizing:
    """
    couriers       whose time is enough for all stops that can be served; everybody, where it is not enough
    bound_count    fewer could not do these trips even without a minute lost; of what is left, handling and loading count only.
                   The work is that of the plan's trips: it says nothing of other trips
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
    """For the trips of a plan of this problem. What is left for another reason than time counts for nothing: no courier helps."""
    never = {one.stop for one in plan.left if one.code in NOT_FOR_TIME}
    problem = replace(problem, stops=tuple(stop for stop in problem.stops if stop.id not in never))
    if never and not problem.stops:
        return Sizing((), 0, True, 0, None, *NOBODY_WOULD_DO)
    trips = _trips(plan)
    everybody = problem.couriers
    is_alone = problem.limits.one_courier_per is None  # then what the plan leaves tells: its gaps were filled
    is_late = any(one.code == "NO_TIME_LEFT" for one in plan.left)
    is_enough = not is_late if is_alone else not _left(problem, trips, everybody)
    kept = _fewest(problem, trips, plan) if is_enough else everybody
    fewer = kept
    if is_enough and kept:  # without the one who would be missed least
        fewer = min(_one_less(kept, plan), key=lambda some: len(_left(problem, trips, some)))
    left_count = len(_left(problem, trips, fewer))
    later_s = _later_s(problem, trips, fewer) if is_enough and fewer else None
    bound = _bound(problem, plan)
    return Sizing(
        tuple(courier.id for courier in kept),
        bound,
        is_enough,
        left_count,
        later_s,
        *_words(len(kept), left_count, later_s, kept, bound, is_enough=is_enough),
    )


def _bound(problem: Problem, plan: Plan) -> int:
    """All work of these trips, in the longest shifts there are."""
    if not problem.couriers:
        return 0
    names = {left.stop for left in plan.left if left.code == "NO_TIME_LEFT"}
    left = [stop for stop in problem.stops if stop.id in names]
    pieces_most, most_g = (
        max(getattr(courier, name) for courier in problem.couriers) for name in ("capacity_pieces", "capacity_g")
    )
    loads = max(
        ceil(sum(stop.pieces for stop in left) / pieces_most) if pieces_most else 0,
        ceil(sum(stop.weight_g for stop in left) / most_g) if most_g else 0,
    )
    work_s = plan.cost.work_s + loads * problem.limits.load_s + sum(map(problem.service_s, left))
    return ceil(work_s / max(courier.shift[1] - courier.shift[0] for courier in problem.couriers))


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
    count: int, left_count: int, later_s: int | None, kept: tuple[Courier, ...], bound: int, *, is_enough: bool
) -> tuple[str, str]:
    if not is_enough:
        proof = (
            (
                f"These trips alone are the work of {bound}; others might be less.",
                f"仅这些趟次的工时就要{bound}名；换一种排法也许少些。",
            )
            if bound > count
            else ("No way was found; that there is none is not proven.", "未证明，只是没有排出来。")
        )
        who, stops = "The courier has" if count == 1 else f"The {count} couriers have", _stops(left_count)
        return (
            f"{who} no time for {stops}. {proof[0]} Add couriers or longer shifts.",
            f"{count}名派送员时间不够，还有{left_count}个点送不到。{proof[1]}请增加派送员或延长班次。",
        )
    if not kept:
        return "There is nothing to bring.", "没有要送的点。"
    ends_s = max(courier.shift[1] for courier in kept)
    if later_s is None:
        more = ("no later end of the shifts would make up for it", "延长班次也补不回来")
    else:
        by = clock(ends_s + later_s)
        more = (f"or the day ends at {by} instead of {clock(ends_s)}", f"或者收工从{clock(ends_s)}推迟到{by}")
    proof = (
        (
            "Fewer cannot do these trips; whether they could do others is not proven.",
            "这些趟次再少一名做不完；换一种排法行不行，未证明。",
        )
        if bound >= count
        else (
            f"No way was found, which proves nothing; these trips cannot be done by fewer than {bound}.",
            f"未证明，只是没有排出来；这些趟次少于{bound}名做不完。",
        )
    )
    who = "1 courier is" if count == 1 else f"{count} couriers are"
    left = f"{_stops(left_count)} {'is' if left_count == 1 else 'are'} left"
    return (
        f"{who} enough. With one fewer {left}, {more[0]}. {proof[0]}",
        f"{count}名派送员够用。少一名则有{left_count}个点送不到，{more[1]}。{proof[1]}",
    )


def _stops(count: int) -> str:
    return "1 stop" if count == 1 else f"{count} stops"
