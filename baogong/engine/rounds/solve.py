"""From a problem to a plan: crews, trips, couriers, times, and what is left with its reason."""

from __future__ import annotations

from concurrent.futures import Executor
from itertools import count

from baogong.engine.rounds.crews import Crew, Prepared, prepare
from baogong.engine.rounds.ground import DECI, Ints
from baogong.engine.rounds.plan import Cost, Left, Plan, Shift, Trip
from baogong.engine.rounds.problem import Problem
from baogong.engine.rounds.reasons import left_of, trip_reason
from baogong.engine.rounds.rule import RoundsRule
from baogong.engine.rounds.shifts import Days, Walk, assign
from baogong.engine.rounds.timing import times, visits
from baogong.engine.rounds.trips import Field, trips_for
from baogong.engine.rounds.work import PIECES, SERVICE, WEIGHT_G


def solve(problem: Problem, rule: RoundsRule, executor: Executor | None = None) -> Plan:
    """
    Every stop on a trip of a courier, or left with a reason; least working time and trip prices.

    executor  runs the groups of the search; None: threads. The plan is the same whatever runs it.
    """
    prepared = prepare(problem)
    made = trips_for(Field(prepared.ground, prepared.needs), prepared.crews, rule, executor)
    walks = [walk for number, trips in enumerate(made) for trip in trips for walk in walks_of(prepared, number, trip)]
    days, late = assign(walks, problem.couriers, problem.limits.load_s)
    days, unserved = in_pieces(prepared, days, late)
    left = [left_of(prepared, row, code) for row, code in prepared.left]
    left += [left_of(prepared, row, "NO_TIME_LEFT") for row in unserved]
    return plan_of(prepared, days, left, rule)


def walks_of(prepared: Prepared, number: int, trip: Ints) -> list[Walk]:
    """A trip with its times; one that its windows forbid after all is halved until they allow it."""
    crew = prepared.crews[number]
    timed = times(prepared, crew, trip)
    if timed is not None:
        return [Walk(number, trip, timed, crew.couriers)]
    assert len(trip) > 1, "every stop of a crew is feasible alone"
    half = len(trip) // 2
    return [walk for part in (trip[:half], trip[half:]) for walk in walks_of(prepared, number, part)]


def in_pieces(prepared: Prepared, days: Days, late: list[Walk]) -> tuple[Days, list[int]]:
    """Walks that no courier has time for, halved until their parts fit somewhere; (days, rows that never do)."""
    unserved: list[int] = []
    waiting = list(late)
    while waiting:
        walk = waiting.pop()
        if days.give(walk):
            continue
        if len(walk.rows) == 1:
            unserved.append(int(walk.rows[0]))
            continue
        half = len(walk.rows) // 2
        for part in (walk.rows[:half], walk.rows[half:]):
            waiting += walks_of(prepared, walk.crew, part)
    return days, sorted(unserved)


def plan_of(prepared: Prepared, days: Days, left: list[Left], rule: RoundsRule) -> Plan:
    """The plan that these days make, with every moment of it."""
    problem, load_s = prepared.problem, prepared.problem.limits.load_s
    trips: list[Trip] = []
    shifts: list[Shift] = []
    taken = {walk.name for walks in days.walks for walk in walks}
    free = (name for number in count(1) if (name := f"T{number:04}") not in taken)
    for n, courier in enumerate(problem.couriers):
        leaves = days.leaves_ds(n, days.walks[n])
        assert leaves is not None, "only walks that fit are given away"
        own = [
            _trip(prepared, prepared.crews[walk.crew], walk, leave, courier.id, walk.name or next(free))
            for walk, leave in zip(days.walks[n], leaves, strict=True)
        ]
        trips += own
        if own:
            work_s = sum(trip.back_s - trip.leaves_s for trip in own) + load_s * len(own)
            begins_s = own[0].leaves_s - load_s
            names = tuple(trip.id for trip in own)
            shifts.append(Shift(courier.id, names, begins_s, own[-1].back_s, round(work_s, 1)))
    return Plan(tuple(trips), tuple(shifts), tuple(left), _cost(problem, trips), rule)


def _trip(prepared: Prepared, crew: Crew, walk: Walk, leaves_ds: int, courier: str, name: str) -> Trip:
    seen, waited, back = visits(prepared, walk.rows, walk.times.steps, leaves_ds)
    weight_g, pieces = (int(prepared.needs[walk.rows, column].sum()) for column in (WEIGHT_G, PIECES))
    reason = trip_reason(crew, stops=len(walk.rows), weight_g=weight_g, pieces=pieces, busy_ds=back - leaves_ds)
    walk_ds = back - leaves_ds - waited - int(prepared.needs[walk.rows, SERVICE].sum())
    return Trip(
        name,
        prepared.problem.stations[crew.station].id,
        courier,
        leaves_ds / DECI,
        back / DECI,
        seen,
        weight_g,
        pieces,
        walk_ds / DECI,
        waited / DECI,
        *reason,
    )


def _cost(problem: Problem, trips: list[Trip]) -> Cost:
    walk_s, wait_s = sum(trip.walk_s for trip in trips), sum(trip.wait_s for trip in trips)
    load_s = float(problem.limits.load_s * len(trips))
    way_s = sum(trip.back_s - trip.leaves_s for trip in trips)
    work_s = way_s + load_s
    service_s, price_s = way_s - walk_s - wait_s, work_s + problem.limits.trip_price_s * len(trips)
    return Cost(
        round(price_s, 1),
        round(work_s, 1),
        round(walk_s, 1),
        round(service_s, 1),
        round(wait_s, 1),
        load_s,
        len(trips),
    )
