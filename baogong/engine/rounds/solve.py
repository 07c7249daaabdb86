"""From a problem to a plan: crews, trips, couriers, times, and what is left with its reason."""

from __future__ import annotations

from collections import defaultdict
from concurrent.futures import Executor
from dataclasses import replace
from itertools import chain, count

import numpy as np

from baogong.engine.rounds.areas import divide, wants_areas
from baogong.engine.rounds.crews import Crew, Prepared, prepare, stations_of
from baogong.engine.rounds.gaps import fill
from baogong.engine.rounds.ground import DECI, ground_of
from baogong.engine.rounds.plan import Balance, Cost, Help, Left, Plan, Shift, Trip
from baogong.engine.rounds.problem import Pair, Problem
from baogong.engine.rounds.reasons import balance_reason, left_of, trip_reason
from baogong.engine.rounds.rule import RoundsRule
from baogong.engine.rounds.shifts import Days, Walk, assign, walks_of
from baogong.engine.rounds.timing import kept_apart_by, visits
from baogong.engine.rounds.trips import Field, trips_for
from baogong.engine.rounds.work import PIECES, SERVICE, WEIGHT_G


def solve(problem: Problem, rule: RoundsRule, executor: Executor | None = None) -> Plan:
    """
    Every stop on a trip of a courier, or left with a reason; least working time and trip prices.

    executor  plans the stations side by side (any executor of `concurrent.futures`' protocol: threads, processes, a
              cluster's); None: one after the other. The plan is the same whatever runs it.
    """
    parts = parts_of(problem)
    if len(parts) < 2:
        return _solve_part(problem, rule)
    shares = [len(part.stops) / len(problem.stops) for part in parts]
    rules = [rule if rule.limit_s is None else replace(rule, limit_s=rule.limit_s * share) for share in shares]
    plans = list(map(_solve_part, parts, rules) if executor is None else executor.map(_solve_part, parts, rules))
    trips = {courier.id: list[Trip]() for courier in problem.couriers}
    for plan in plans:
        for trip in plan.trips:
            trips[trip.courier].append(trip)
    named = [replace(trip, id=f"T{n:04}") for n, trip in enumerate(chain.from_iterable(trips.values()), 1)]
    return planned(problem, named, [left for plan in plans for left in plan.left], rule)


def parts_of(problem: Problem) -> list[Problem]:
    """One problem for each station with stops: stations share no couriers. Whole where a pair lies with two of them."""
    if len(problem.stations) < 2:
        return [problem]
    station = stations_of(problem, ground_of(problem))[len(problem.stations) :]
    by_pair: dict[Pair, set[int]] = defaultdict(set)
    for stop, s in zip(problem.stops, station.tolist(), strict=True):
        pair = problem.pair_of(stop)
        if pair is not None:
            by_pair[pair].add(s)
    if any(len(some) > 1 for some in by_pair.values()):
        return [problem]
    parts = []
    for s, one in enumerate(problem.stations):
        stops = tuple(replace(problem.stops[n], station=one.id) for n in np.flatnonzero(station == s))
        inside = {stop.community for stop in stops}
        communities = tuple(c for c in problem.communities if c.id in inside)
        known = frozenset(community.id for community in communities)
        couriers = tuple(
            c if c.communities is None else replace(c, communities=c.communities & known)
            for c in problem.couriers
            if c.station == one.id
        )
        if stops:
            parts.append(Problem((one,), stops, couriers, communities, problem.limits))
    return parts


def _solve_part(problem: Problem, rule: RoundsRule) -> Plan:
    whole = prepared = prepare(problem)
    if wants_areas(problem):
        prepared = divide(whole, rule)
    made = trips_for(Field(prepared.ground, prepared.needs), prepared.crews, rule)
    walks = [
        walk
        for number, trips in enumerate(made)
        for trip in trips
        for walk in walks_of(prepared, prepared.crews[number], number, trip)
    ]
    days, late = assign(walks, problem.couriers, problem.limits.load_s)
    days, unserved = in_pieces(prepared, days, late)
    if unserved and whole is not prepared:
        prepared, unserved = _offered_to_all(prepared, whole, days, unserved)
    return plan_of(prepared, days, lefts(prepared, unserved), rule)


def _offered_to_all(prepared: Prepared, whole: Prepared, days: Days, unserved: list[int]) -> tuple[Prepared, list[int]]:
    """Stops that are no pair's and that their area's courier has no time for, to anybody who has; (with crews for that, rest)."""
    problem, first, own = prepared.problem, len(prepared.problem.stations), len(prepared.crews)
    wider = replace(prepared, crews=(*prepared.crews, *whole.crews))
    rest = []
    for row in unserved:
        number = next(n for n, crew in enumerate(whole.crews) if row in crew.rows)
        (walk,) = walks_of(whole, whole.crews[number], own + number, np.array([row]))
        if problem.pair_of(problem.stops[row - first]) is not None or not days.give(walk):
            rest.append(row)
    return wider, rest


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
            waiting += walks_of(prepared, prepared.crews[walk.crew], walk.crew, part)
    return days, sorted(unserved)


def lefts(prepared: Prepared, unserved: list[int]) -> list[Left]:
    """What is left, with its reasons; a pair that has one courier waits for nobody else."""
    problem, first = prepared.problem, len(prepared.problem.stations)

    def told(row: int, code: str, courier: str = "") -> Left:
        return left_of(problem, problem.stops[row - first], problem.stations[prepared.station[row]].id, code, courier)

    left = [told(row, code) for row, code in prepared.left]
    owner = {int(row): crew.couriers for crew in reversed(prepared.crews) for row in crew.rows} if unserved else {}
    for row in unserved:
        has_pair = problem.pair_of(problem.stops[row - first]) is not None
        code, courier = (
            ("ITS_COURIER_IS_FULL", problem.couriers[owner[row][0]].id) if has_pair else ("NO_TIME_LEFT", "")
        )
        left.append(told(row, code, courier))
    return left


def plan_of(prepared: Prepared, days: Days, left: list[Left], rule: RoundsRule, before: tuple[Trip, ...] = ()) -> Plan:
    """The plan that these days make, with every moment of it, and their gaps filled. `before`: see `fill`."""
    trips, left = fill(prepared.problem, trips_of(prepared, days, frozenset()), left, before=before)
    return planned(prepared.problem, trips, left, rule)


def trips_of(prepared: Prepared, days: Days, taken: frozenset[str]) -> list[Trip]:
    """Every courier's trips in order; new ones get names that neither `taken` nor another trip has."""
    taken |= {walk.name for walks in days.walks for walk in walks}
    free = (name for number in count(1) if (name := f"T{number:04}") not in taken)
    trips = []
    for n, courier in enumerate(prepared.problem.couriers):
        leaves = days.leaves_ds(n, days.walks[n])
        assert leaves is not None, "only walks that fit are given away"
        trips += [
            trip_of(prepared, prepared.crews[walk.crew], walk, leave, courier.id, walk.name or next(free))
            for walk, leave in zip(days.walks[n], leaves, strict=True)
        ]
    return trips


def planned(
    problem: Problem, trips: list[Trip], left: list[Left], rule: RoundsRule, helped: tuple[Help, ...] = ()
) -> Plan:
    """These trips, each courier's in order, with shifts and sums."""
    load_s = problem.limits.load_s
    own: dict[str, list[Trip]] = defaultdict(list)
    for trip in trips:
        own[trip.courier].append(trip)
    shifts = [
        Shift(
            courier,
            tuple(trip.id for trip in some),
            some[0].leaves_s - load_s,
            some[-1].back_s,
            round(sum(trip.back_s - trip.leaves_s for trip in some) + load_s * len(some), 1),
        )
        for courier, some in own.items()
    ]
    return Plan(
        tuple(trips), tuple(shifts), tuple(left), _cost(problem, trips), _balance(problem, shifts), rule, helped
    )


def _balance(problem: Problem, shifts: list[Shift]) -> Balance:
    work_s = [shift.work_s for shift in shifts] + [0.0] * (len(problem.couriers) - len(shifts))
    most_s, least_s, mean_s = max(work_s, default=0.0), min(work_s, default=0.0), sum(work_s) / (len(work_s) or 1)
    more, less = (most_s / mean_s - 1, 1 - least_s / mean_s) if mean_s else (0.0, 0.0)
    idle_count = len(problem.couriers) - len(shifts)
    words = balance_reason(more, less, idle_count, problem.limits)
    return Balance(most_s, least_s, round(mean_s, 1), round(max(more, less), 4), *words, idle_count)


def trip_of(prepared: Prepared, crew: Crew, walk: Walk, leaves_ds: int, courier: str, name: str) -> Trip:
    """A walk that leaves then."""
    seen, waited, back = visits(prepared, walk.rows, walk.times.steps, leaves_ds)
    weight_g, pieces = (int(prepared.needs[walk.rows, column].sum()) for column in (WEIGHT_G, PIECES))
    reason = trip_reason(
        crew,
        stops=len(walk.rows),
        weight_g=weight_g,
        pieces=pieces,
        busy_ds=back - leaves_ds,
        kept_apart_by=lambda: kept_apart_by(prepared, crew, walk.rows),
    )
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
