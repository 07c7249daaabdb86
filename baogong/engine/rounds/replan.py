"""
Planning again after a change, touching little: trips stay with their couriers and in their order unless the change is
about them.

Give the new problem and the old plan. Stops that are gone leave their trips; new or changed ones go where they cost least
in a trip nearby, or on one of their own; trips of a courier who is out go to whoever has time.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from baogong.engine.rounds.areas import divide
from baogong.engine.rounds.crews import Prepared, prepare
from baogong.engine.rounds.ground import DECI, Ints, plain_lengths
from baogong.engine.rounds.plan import Plan, Trip
from baogong.engine.rounds.problem import Problem
from baogong.engine.rounds.shifts import Days, Walk, walks_of
from baogong.engine.rounds.solve import in_pieces, lefts, plan_of
from baogong.engine.rounds.timing import times
from baogong.engine.rounds.work import (
    COLD_FIRST,
    IS_COLD,
    LOAD_G_MAX,
    LOAD_PIECES_MAX,
    PIECES,
    STOPS_MAX,
    TRIP_PRICE,
    WEIGHT_G,
)

TRIPS_TRIED = 8
"""A stop is offered to so many trips: those with a stop nearest to it."""


@dataclass(frozen=True, slots=True)
class Replan:
    """touched: names of trips, of the old plan or the new one, whose stops, courier or moments differ."""

    plan: Plan
    touched: tuple[str, ...]


def replan(problem: Problem, old: Plan) -> Replan:
    """A plan for the problem as it is now; check it like any other."""
    prepared = prepare(problem)
    if problem.limits.one_courier_per is not None:
        prepared = divide(prepared, old.rule, old)
    again = _Again(prepared, old)
    again.keep()
    again.give_loose()
    days, unserved = in_pieces(prepared, again.days, again.loose_walks)
    plan = plan_of(prepared, days, lefts(prepared, unserved), old.rule, old.trips)
    return Replan(plan, _touched(old, plan))


class _Again:
    """The old plan's trips as far as they still hold, and what is to be placed."""

    def __init__(self, prepared: Prepared, old: Plan) -> None:
        self.prepared, self.old = prepared, old
        problem = prepared.problem
        first = len(problem.stations)
        self.row_of = {stop.id: first + n for n, stop in enumerate(problem.stops)}
        self.crew_of = np.full(first + len(problem.stops), -1, np.int64)
        for number, crew in enumerate(prepared.crews):
            self.crew_of[crew.rows] = number
        self.days = Days(problem.couriers, problem.limits.load_s)
        self.loose: list[int] = []
        self.loose_walks: list[Walk] = []

    def keep(self) -> None:
        """Every trip that still holds, with its courier; the rest is loose."""
        number_of = {courier.id: n for n, courier in enumerate(self.prepared.problem.couriers)}
        placed = np.zeros(len(self.crew_of), np.bool_)
        for trip in self.old.trips:
            rows = np.array([self.row_of[v.stop] for v in trip.visits if v.stop in self.row_of], np.int64)
            rows = rows[self.crew_of[rows] >= 0]
            if not len(rows):
                continue
            number = int(np.bincount(self.crew_of[rows]).argmax())  # a stop that changed its crew is placed anew
            rows = rows[self.crew_of[rows] == number]
            walk = self._walk(number, rows, trip.id) or self._thinned(number, rows, trip.id)
            if walk is None:
                continue
            placed[walk.rows] = True
            courier = number_of.get(trip.courier, -1)
            if courier not in walk.couriers or not self._add(courier, walk):
                self.loose_walks.append(walk)
        self.loose = [int(row) for row in np.flatnonzero((self.crew_of >= 0) & ~placed)]

    def give_loose(self) -> None:
        """Each loose stop into the trip where it adds least, or onto a new one."""
        for row in self.loose:
            if not self._insert(row):
                self.loose_walks += self._alone(row)

    def _alone(self, row: int) -> list[Walk]:
        number = int(self.crew_of[row])
        return walks_of(self.prepared, self.prepared.crews[number], number, np.array([row]))

    def _walk(self, number: int, rows: Ints, name: str) -> Walk | None:
        """These stops as a trip of that crew, if its limits still allow them in this order."""
        crew, needs = self.prepared.crews[number], self.prepared.needs
        limits, cold = crew.limits, needs[rows, IS_COLD]
        if (
            needs[rows, WEIGHT_G].sum() > limits[LOAD_G_MAX]
            or needs[rows, PIECES].sum() > limits[LOAD_PIECES_MAX]
            or len(rows) > limits[STOPS_MAX]
            or (limits[COLD_FIRST] and (np.diff(cold) > 0).any())
        ):
            return None
        timed = times(self.prepared, crew, rows)
        return None if timed is None else Walk(number, rows, timed, crew.couriers, name)

    def _add(self, courier: int, walk: Walk) -> bool:
        given = [*self.days.walks[courier], walk]  # in the order it was, where that still holds
        walks = self.days.fits(courier, given) if self.days.leaves_ds(courier, given) is None else given
        if walks is not None:
            self.days.put(courier, walks)
        return walks is not None

    def _thinned(self, number: int, rows: Ints, name: str) -> Walk | None:
        """A trip that no longer holds without the one stop whose going leaves the shortest way; of several, one by one."""
        while len(rows) > 1:
            shorter = [self._walk(number, np.delete(rows, k), name) for k in range(len(rows))]
            held = [walk for walk in shorter if walk is not None]
            if held:
                return min(held, key=lambda walk: walk.times.busy_ds)
            rows = np.delete(rows, int(self.prepared.needs[rows, WEIGHT_G].argmax()))
        return None

    def _insert(self, row: int) -> bool:
        """Into the place of a trip nearby that adds least way and holds; False where a trip of its own adds less."""
        station, ground = int(self.prepared.station[row]), self.prepared.ground
        places = []
        for k, (_, walk) in enumerate(near := self._near(row)):
            way = plain_lengths(ground, row, np.concatenate([[station], walk.rows, [station]]))
            added = way[:-1] + way[1:] - np.array(walk.times.steps)
            places += [(int(more), k, place) for place, more in enumerate(added)]
        crew = self.prepared.crews[int(self.crew_of[row])]
        alone = 2 * int(plain_lengths(ground, row, station)) + int(crew.limits[TRIP_PRICE])
        for more, k, place in sorted(places):
            if more > alone:
                return False
            courier, walk = near[k]
            longer = self._walk(walk.crew, np.insert(walk.rows, place, row), walk.name)
            if longer is None:
                continue
            rest = [other for other in self.days.walks[courier] if other is not walk]
            walks = self.days.fits(courier, [*rest, longer])
            if walks is not None:
                self.days.put(courier, walks)
                return True
        return False

    def _near(self, row: int) -> list[tuple[int, Walk]]:
        """(courier, walk) of the stop's own crew, those with the nearest stops first."""
        own = int(self.crew_of[row])
        known = [(n, walk) for n, walks in enumerate(self.days.walks) for walk in walks if walk.crew == own]
        if not known:
            return []
        away = plain_lengths(self.prepared.ground, row, np.concatenate([walk.rows for _, walk in known]))
        starts = np.cumsum([0, *(len(walk.rows) for _, walk in known[:-1])])
        order = np.argsort(np.minimum.reduceat(away, starts), kind="stable")
        return [known[k] for k in order[:TRIPS_TRIED]]


def _touched(old: Plan, new: Plan) -> tuple[str, ...]:
    """Trips that are not what they were, those that came or went among them."""

    def kept(trip: Trip) -> tuple[object, ...]:
        return trip.courier, round(trip.leaves_s * DECI), tuple(visit.stop for visit in trip.visits)

    before, after = ({trip.id: kept(trip) for trip in plan.trips} for plan in (old, new))
    return tuple(sorted(name for name in before.keys() | after.keys() if before.get(name) != after.get(name)))
