"""
The same search for a few dozen stops, in plain Python: nothing to compile, nothing to wait for.

Cheapest insertion, then tearing out stops that lie together and putting them back, kept where it is better.
"""

from __future__ import annotations

import random
from typing import Any

from baogong.engine.rounds.rule import RoundsRule
from baogong.engine.rounds.timing import Table, plain_times_of
from baogong.engine.rounds.work import (
    COLD_FIRST,
    INFEASIBLE,
    LOAD_G_MAX,
    LOAD_PIECES_MAX,
    PIECES,
    STOPS_MAX,
    TRIP_PRICE,
    WEIGHT_G,
    Work,
    is_cold_first,
)

plain_is_cold_first: Any = getattr(is_cold_first, "py_func", is_cold_first)

ROUNDS_PER_STOP = 12
ROUNDS_MIN = 60
BLINK, BLINKS_STOPS_MAX = 1 / 8, 6
"""
How often a trip is overlooked when a stop is put back: of a handful of stops, always where it adds least ends beside the
best plan. Of more stops every turn finds another way there by itself, and blinks make it 0.2 % worse.
"""


class _Trips:
    """Trips as lists of stops, with what they take; lists of Python numbers are quicker here than arrays."""

    def __init__(self, work: Work) -> None:
        self.matrix: list[list[int]] = work.matrix.tolist()
        self.needs: list[list[int]] = work.needs.tolist()
        self.limits: list[int] = work.limits.tolist()
        self._matrix, self._needs = Table(self.matrix), Table(self.needs)

    def busy(self, trip: list[int]) -> int:
        """Deciseconds of a trip, or INFEASIBLE."""
        limits, needs = self.limits, self.needs
        if (
            len(trip) > limits[STOPS_MAX]
            or sum(needs[stop][WEIGHT_G] for stop in trip) > limits[LOAD_G_MAX]
            or sum(needs[stop][PIECES] for stop in trip) > limits[LOAD_PIECES_MAX]
        ):
            return INFEASIBLE
        if limits[COLD_FIRST] and not plain_is_cold_first(self._needs, trip, len(trip)):
            return INFEASIBLE
        return int(plain_times_of(self._matrix, self._needs, limits, trip, len(trip))[0])

    def cost(self, trips: list[list[int]]) -> int:
        return sum(self.busy(trip) + self.limits[TRIP_PRICE] for trip in trips)

    def insert(self, trips: list[list[int]], stop: int, dice: random.Random | None = None) -> None:
        """Put a stop where it adds least, or on a trip of its own; with dice a trip is overlooked now and then."""
        best = self.busy([stop]) + self.limits[TRIP_PRICE]
        best_trip: list[int] | None = None
        best_order = [stop]
        for trip in trips:
            if dice is not None and dice.random() < BLINK:
                continue
            before = self.busy(trip)
            for place in range(len(trip) + 1):
                order = [*trip[:place], stop, *trip[place:]]
                busy = self.busy(order)
                if busy != INFEASIBLE and busy - before < best:
                    best, best_trip, best_order = busy - before, trip, order
        if best_trip is None:
            trips.append(best_order)
        else:
            best_trip[:] = best_order


def plain_trips(work: Work, rule: RoundsRule) -> list[list[int]]:
    """Trips of numbers of the work's points."""
    held = _Trips(work)
    stops = list(range(1, len(work.rows)))
    dice = random.Random(rule.seed)
    best: list[list[int]] = []
    for stop in sorted(stops, key=lambda stop: (-held.matrix[0][stop], stop)):
        held.insert(best, stop)
    best_cost = held.cost(best)
    rounds = 0 if rule.turns_per_stop == 0 else max(ROUNDS_MIN, ROUNDS_PER_STOP * len(stops))
    for _ in range(rounds):
        around = dice.choice(stops)
        size = dice.randint(1, max(1, min(len(stops), 12)))
        torn = sorted(stops, key=lambda stop: (held.matrix[around][stop], stop))[:size]
        dice.shuffle(torn)
        trips = [[stop for stop in trip if stop not in torn] for trip in best]
        trips = [trip for trip in trips if trip]
        if any(held.busy(trip) == INFEASIBLE for trip in trips):
            continue
        for stop in torn:
            held.insert(trips, stop, dice if len(stops) <= BLINKS_STOPS_MAX else None)
        cost = held.cost(trips)
        if cost <= best_cost:
            best, best_cost = trips, cost
    return best
