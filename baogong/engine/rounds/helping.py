"""
Helping at the end of the day: who is done early takes over what others have not loaded yet, so that all are done sooner.

Who has trips of their own to load takes nothing over. Buildings and categories nobody has begun on go whole to another
courier; the rest of one that was begun on only where `limits.helping` allows it. Trips that were loaded by the moment in
question stay as they are.
"""

from __future__ import annotations

import math
from collections import defaultdict
from collections.abc import Collection, Mapping
from dataclasses import dataclass, replace

import numpy as np

from baogong.engine.rounds.areas import Areas, Unit
from baogong.engine.rounds.crews import Prepared, crew_of, days_of, prepare
from baogong.engine.rounds.gaps import Since, fill
from baogong.engine.rounds.ground import DECI
from baogong.engine.rounds.plan import Help, Plan, Trip
from baogong.engine.rounds.problem import Pair, Problem, Stop
from baogong.engine.rounds.rule import RoundsRule
from baogong.engine.rounds.shifts import Walk
from baogong.engine.rounds.solve import planned, trip_of, trips_of
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


def help_early(problem: Problem, plan: Plan, at_s: int, loaded: frozenset[str] = frozenset()) -> Helping:
    """
    The plan from `at_s` on, a plan of the same problem; check it like any other.

    loaded  names of trips that were loaded already, though planned for later
    What was left for want of time is brought where the help made room for it. The last return is never later than before.
    """
    load_s = problem.limits.load_s
    ahead = [trip for trip in plan.trips if trip.leaves_s - load_s > at_s and trip.id not in loaded]
    begun = [trip for trip in plan.trips if trip.leaves_s - load_s <= at_s or trip.id in loaded]
    while True:
        free_s = _free_s(problem, begun, at_s)
        rest = _rest(problem, ahead, free_s)
        prepared = prepare(rest, days_of(problem))
        stay = _couriers_who_stay(prepared, ahead) or _not_as_measured(prepared, ahead, free_s)
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
    helped = _helped(problem, plan, begun, moved, at_s)
    since = since_of(plan, at_s, loaded)
    trips, left = fill(problem, trips, plan.left, since=since, helped=helped)
    made = planned(problem, trips, left, plan.rule, helped)
    ends_s, alone_ends_s = (max((trip.back_s for trip in some), default=0.0) for some in (trips, plan.trips))
    return Helping(made, ends_s, alone_ends_s, moved)


def leave_out(
    problem: Problem, plan: Plan, gone: Collection[str], loaded: frozenset[str] = frozenset()
) -> tuple[Problem, Plan]:
    """
    The same without stops to which nothing is to be brought any more, but for those of trips that were loaded. A trip leaves
    when it was to, or later where it would have to wait, and is back no later.

    gone  ids of stops; one without which its trip would not hold stays in both, and its courier passes by in vain
    What is brought to the other stops may be less than before, never more; service takes as long as it did.
    """
    prepared, trips, goes = prepare(problem), list[Trip](), {left.stop for left in plan.left}.intersection(gone)
    for trip in plan.trips:
        theirs = {visit.stop for visit in trip.visits}.intersection(gone)
        shorter = trip if trip.id in loaded or not theirs else _without(prepared, trip, theirs)
        if shorter is not trip:
            goes |= theirs
        if shorter is not None:
            trips.append(shorter)
    rest = replace(problem, stops=tuple(stop for stop in problem.stops if stop.id not in goes))
    stops = {stop.id: stop for stop in rest.stops}
    left = [one for one in plan.left if one.stop not in goes]
    helped = tuple(one for one in plan.helped if one.stop not in goes)
    return rest, planned(rest, [_carrying(stops, trip) for trip in trips], left, plan.rule, helped)


def _without(prepared: Prepared, trip: Trip, gone: Collection[str]) -> Trip | None:
    """None where no stop of it stays; the trip itself where the others cannot be reached in time without these."""
    problem, names = prepared.problem, [visit.stop for visit in trip.visits if visit.stop not in gone]
    if not names:
        return None
    row_of = {stop.id: prepared.row_of(n) for n, stop in enumerate(problem.stops)}
    rows = np.array([row_of[name] for name in names], np.int64)
    courier = next(n for n, one in enumerate(problem.couriers) if one.id == trip.courier)
    crew = crew_of(problem, prepared.needs, int(prepared.station[rows[0]]), (courier,), rows)
    timed = times(prepared, crew, rows)
    if timed is None:
        return trip
    leaves_ds = max(round(trip.leaves_s * DECI), timed.earliest_ds)
    if leaves_ds > timed.latest_ds or leaves_ds + timed.busy_ds > round(trip.back_s * DECI):
        return trip
    return trip_of(prepared, crew, Walk(0, rows, timed, (courier,)), leaves_ds, trip.courier, trip.id)


def _carrying(stops: Mapping[str, Stop], trip: Trip) -> Trip:
    """With what its stops are brought now."""
    its = [stops[visit.stop] for visit in trip.visits]
    return replace(trip, weight_g=sum(stop.weight_g for stop in its), pieces=sum(stop.pieces for stop in its))


def since_of(plan: Plan, at_s: float, loaded: frozenset[str] = frozenset()) -> Since:
    """What help from then on may fill of a plan's day: nobody is back later than the last one was to be."""
    return Since(at_s, loaded, max((trip.back_s for trip in plan.trips), default=0.0))


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


def _not_as_measured(prepared: Prepared, ahead: list[Trip], free_s: dict[str, float]) -> set[str]:
    """Those whose trips go through gates at hours that the search does not reckon with."""
    areas = Areas(prepared, [], [], is_plain=True)
    areas.days.begins_ds = [round(free_s[courier.id] * DECI) for courier in prepared.problem.couriers]
    stay = set()
    for n, courier in enumerate(prepared.problem.couriers):
        walks = _walks(areas, n, [trip for trip in ahead if trip.courier == courier.id])
        if walks is None or areas.days.fits_as_given(n, walks) is None:
            stay.add(courier.id)
    return stay


def _walks(areas: Areas, courier: int, trips: list[Trip]) -> list[Walk] | None:
    """A courier's planned trips as they were; None where one cannot be done by the search's measure."""
    rest = areas.prepared.problem
    row_of = {stop.id: len(rest.stations) + n for n, stop in enumerate(rest.stops)}
    walks = []
    for trip in sorted(trips, key=lambda trip: trip.leaves_s):
        rows = np.array([row_of[visit.stop] for visit in trip.visits], np.int64)
        crew = areas.crew(courier, rows)
        timed = times(areas.prepared, areas.crews[crew], rows)
        if timed is None:
            return None
        walks.append(Walk(crew, rows, timed, (courier,), trip.id))
    return walks


def _areas(
    prepared: Prepared, begun_pairs: set[Pair | None], was: dict[str, str], free_s: dict[str, float], rule: RoundsRule
) -> Areas:
    """
    Units of the rest with who was to bring them, who may keep them or give them to whoever has nothing left to load; a pair
    that was begun on is its courier's unless helping is allowed.
    """
    rest = prepared.problem
    number = {courier.id: n for n, courier in enumerate(rest.couriers)}
    able = {int(row): frozenset(crew.couriers) for crew in prepared.crews for row in crew.rows}
    done = frozenset(number.values()) - {number[courier] for courier in was.values()}
    members: dict[tuple[Pair | int, str], list[int]] = defaultdict(list)
    for row, stop in enumerate(rest.stops, len(rest.stations)):
        pair = rest.pair_of(stop)
        is_alone = pair is None or (pair in begun_pairs and rest.limits.helping)
        members[row if is_alone or pair is None else pair, was[stop.id]].append(row)
    units, owner = [], []
    for (what, courier), rows in members.items():
        may = frozenset() if what in begun_pairs else done.intersection(*(able[row] for row in rows))
        units.append(Unit(tuple(rows), may | {number[courier]}))
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
    for n, courier in enumerate(areas.prepared.problem.couriers):
        walks = _walks(areas, n, [trip for trip in ahead if trip.courier == courier.id])
        assert walks is not None, "a trip that was planned can be done"
        areas.known[n, areas.of(n)] = areas.measure(n, walks)


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
