"""
Helping at the end of the day: who is done early takes over what others have not loaded yet, so that all are done sooner.

Buildings and categories nobody has begun on go whole to another courier; the rest of one that was begun on only where
`limits.helping` allows it. Trips that were loaded by the moment in question stay as they are.
"""

from __future__ import annotations

import math
from collections import defaultdict
from dataclasses import dataclass, replace

import numpy as np

from baogong.engine.rounds.areas import Areas, Unit
from baogong.engine.rounds.crews import Prepared, days_of, prepare
from baogong.engine.rounds.ground import DECI
from baogong.engine.rounds.plan import Help, Plan, Trip
from baogong.engine.rounds.problem import Pair, Problem, Stop
from baogong.engine.rounds.rule import RoundsRule
from baogong.engine.rounds.shifts import Walk
from baogong.engine.rounds.solve import planned, trips_of
from baogong.engine.rounds.timing import times


@dataclass(frozen=True, slots=True)
class Moved:
    """A stop that another courier brings than was planned."""

    stop: str
    was: str
    now: str


@dataclass(frozen=True, slots=True)
class Helping:
    """ends_s, alone_ends_s: when the last courier is back, with the help and without it."""

    plan: Plan
    ends_s: float
    alone_ends_s: float
    moved: tuple[Moved, ...]


def help_early(problem: Problem, plan: Plan, at_s: int) -> Helping:
    """
    The plan from `at_s` on, a plan of the same problem; check it like any other.

    The last return is never later than before.
    """
    load_s = problem.limits.load_s
    begun = [trip for trip in plan.trips if trip.leaves_s - load_s <= at_s]
    ahead = [trip for trip in plan.trips if trip.leaves_s - load_s > at_s]
    while True:
        free_s = _free_s(problem, begun, at_s)
        rest = _rest(problem, ahead, free_s)
        prepared = prepare(rest, days_of(problem))
        stay = _couriers_who_stay(prepared, ahead)
        if not stay:
            break
        begun += [trip for trip in ahead if trip.courier in stay]
        ahead = [trip for trip in ahead if trip.courier not in stay]
    was = {visit.stop: trip.courier for trip in ahead for visit in trip.visits}
    areas = _areas(prepared, _pairs(problem, begun), was, free_s, plan.rule)
    _as_planned(areas, ahead)
    for couriers in _by_station(rest):
        areas.share_evenly(couriers, 0.0)
    for n in range(len(rest.couriers)):
        area = areas.area(n, areas.of(n))
        assert not area.late, "help leaves nothing out"
        areas.days.put(n, list(area.walks))
    taken = frozenset(trip.id for trip in plan.trips)
    new = trips_of(replace(prepared, crews=tuple(areas.crews)), areas.days, taken)
    order = {courier.id: n for n, courier in enumerate(problem.couriers)}
    trips = sorted([*begun, *new], key=lambda trip: (order[trip.courier], trip.leaves_s))
    moved = tuple(
        Moved(visit.stop, was[visit.stop], trip.courier)
        for trip in new
        for visit in trip.visits
        if was[visit.stop] != trip.courier
    )
    made = planned(problem, trips, list(plan.left), plan.rule, _helped(problem, plan, begun, moved, at_s))
    ends_s, alone_ends_s = (max((trip.back_s for trip in some), default=0.0) for some in (trips, plan.trips))
    return Helping(made, ends_s, alone_ends_s, moved)


def _free_s(problem: Problem, begun: list[Trip], at_s: int) -> dict[str, float]:
    """From when each courier is free: back from what was loaded, and not before the moment in question."""
    free_s = {courier.id: float(max(courier.shift[0], at_s)) for courier in problem.couriers}
    for trip in begun:
        free_s[trip.courier] = max(free_s[trip.courier], trip.back_s)
    return free_s


def _rest(problem: Problem, ahead: list[Trip], free_s: dict[str, float]) -> Problem:
    """What nobody has loaded, and couriers from the second in which they are free."""
    station_of = {visit.stop: trip.station for trip in ahead for visit in trip.visits}
    stops = tuple(replace(s, station=station_of[s.id]) for s in problem.stops if s.id in station_of)
    couriers = tuple(
        replace(courier, shift=(math.floor(free_s[courier.id]), courier.shift[1]))
        for courier in problem.couriers
        if math.floor(free_s[courier.id]) < courier.shift[1]
    )
    return replace(problem, stops=stops, couriers=couriers)


def _couriers_who_stay(prepared: Prepared, ahead: list[Trip]) -> set[str]:
    """Those with a stop that they reach in time only as a part of its trip: where paths wind, alone is not sooner."""
    rest = prepared.problem
    can = {
        (rest.stops[row - len(rest.stations)].id, rest.couriers[n].id)
        for crew in prepared.crews
        for row in crew.rows
        for n in crew.couriers
    }
    return {trip.courier for trip in ahead for visit in trip.visits if (visit.stop, trip.courier) not in can}


def _areas(
    prepared: Prepared, begun_pairs: set[Pair | None], was: dict[str, str], free_s: dict[str, float], rule: RoundsRule
) -> Areas:
    """Units of the rest with who was to bring them; a pair that was begun on is its courier's unless helping is allowed."""
    rest = prepared.problem
    number = {courier.id: n for n, courier in enumerate(rest.couriers)}
    able = {int(row): frozenset(crew.couriers) for crew in prepared.crews for row in crew.rows}
    members: dict[tuple[Pair | int, str], list[int]] = defaultdict(list)
    for row, stop in enumerate(rest.stops, len(rest.stations)):
        pair = rest.pair_of(stop)
        is_alone = pair is None or (pair in begun_pairs and rest.limits.helping)
        members[row if is_alone or pair is None else pair, was[stop.id]].append(row)
    units, owner = [], []
    for (what, courier), rows in members.items():
        common = frozenset.intersection(*(able[row] for row in rows))
        units.append(Unit(tuple(rows), frozenset({number[courier]}) if what in begun_pairs else common))
        owner.append(number[courier])
    areas = Areas(prepared, units, owner, len(rest.stops) <= rule.plain_stops)
    areas.ends_ds = {n: round(free_s[courier.id] * DECI) for n, courier in enumerate(rest.couriers)}
    areas.days.begins_ds = list(areas.ends_ds.values())
    return areas


def _pairs(problem: Problem, trips: list[Trip]) -> set[Pair | None]:
    stops: dict[str, Stop] = {stop.id: stop for stop in problem.stops}
    found = {problem.pair_of(stops[visit.stop]) for trip in trips for visit in trip.visits}
    return found - {None}


def _as_planned(areas: Areas, ahead: list[Trip]) -> None:
    """Let every courier's area be the planned trips to begin with, not trips made anew."""
    rest = areas.prepared.problem
    number = {courier.id: n for n, courier in enumerate(rest.couriers)}
    row_of = {stop.id: len(rest.stations) + n for n, stop in enumerate(rest.stops)}
    walks: dict[int, list[Walk]] = defaultdict(list)
    for trip in ahead:
        n = number[trip.courier]
        rows = np.array([row_of[visit.stop] for visit in trip.visits], np.int64)
        crew = areas.crew(n, rows)
        timed = times(areas.prepared, areas.crews[crew], rows)
        assert timed is not None, "a trip that was planned can be done"
        walks[n].append(Walk(crew, rows, timed, (n,), trip.id))
    for n in range(len(rest.couriers)):
        own = areas.measure(n, walks[n])
        areas.known[n, areas.of(n)] = own


def _by_station(problem: Problem) -> list[list[int]]:
    by_station: dict[str, list[int]] = defaultdict(list)
    for n, courier in enumerate(problem.couriers):
        by_station[courier.station].append(n)
    return list(by_station.values())


def _helped(problem: Problem, plan: Plan, begun: list[Trip], moved: tuple[Moved, ...], at_s: int) -> tuple[Help, ...]:
    """Of pairs that were begun on, those stops that another courier than the first brings."""
    stops = {stop.id: stop for stop in problem.stops}
    begun_pairs = _pairs(problem, begun)
    helped = {help_.stop: help_ for help_ in plan.helped}
    for one in moved:
        if problem.pair_of(stops[one.stop]) not in begun_pairs:
            continue
        owner = helped.pop(one.stop).owner if one.stop in helped else one.was
        if owner != one.now:
            helped[one.stop] = Help(one.stop, owner, one.now, at_s)
    return tuple(helped.values())
