"""
One group of stops as the search sees it: a matrix, a table of needs, a row of limits. Row 0 is the station.

All times are deciseconds. Tables instead of classes, because compiled code passes them at no cost.
"""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from baogong.engine.compiled import compiled
from baogong.engine.rounds.ground import Ints, Small

# Columns of `needs`, one row per stop. `CLOSES` is the latest beginning of the service.
WEIGHT_G, PIECES, SERVICE, OPENS, CLOSES, IS_COLD = range(6)
# Entries of `limits`. `TRIP_PRICE`: what a trip costs besides its time on the way.
LOAD_G_MAX, LOAD_PIECES_MAX, STOPS_MAX, BUSY_MAX, COLD_FIRST, COLD_WITHIN, TRIP_PRICE, IS_TIMED = range(8)

FOREVER = 1 << 40
INFEASIBLE = -1


class Work(NamedTuple):
    """
    rows    shape (points,), rows of the ground; the first is the station
    matrix  shape (points, points), deciseconds
    needs   shape (points, 6), int64; the station's OPENS and CLOSES bound leaving and being back
    limits  shape (8,), int64
    community  shape (points,)
    """

    rows: Ints
    matrix: Small
    needs: Ints
    limits: Ints
    community: Small


@compiled
def times_of(matrix: Small, needs: Ints, limits: Ints, trip: Small, count: int) -> tuple[int, int, int]:
    """
    (busy, earliest, latest): the shortest time from leaving to being back, and between when one may leave for that.

    busy is INFEASIBLE where no moment of leaving meets every window and limit of time. Forward pass over (duration,
    earliest, latest) of Vidal et al., Computers & Operations Research 40 (2013), section 4.3.
    """
    busy, earliest, latest, before = np.int64(0), needs[0, OPENS], needs[0, CLOSES], 0
    for k in range(count + 1):
        stop = trip[k] if k < count else 0
        busy += matrix[before, stop]
        wait = max(np.int64(0), needs[stop, OPENS] - busy - latest)
        if wait > 0:
            earliest = latest
            busy += wait
        else:
            earliest = max(earliest, needs[stop, OPENS] - busy)
            latest = min(latest, needs[stop, CLOSES] - busy)
        if earliest > latest or earliest + busy > needs[stop, CLOSES]:
            return INFEASIBLE, 0, 0
        if needs[stop, IS_COLD] and busy > limits[COLD_WITHIN]:
            return INFEASIBLE, 0, 0
        busy += needs[stop, SERVICE]
        before = stop
    if busy > limits[BUSY_MAX]:
        return INFEASIBLE, 0, 0
    return int(busy), int(earliest), int(latest)


@compiled
def is_cold_first(needs: Ints, trip: Small, count: int) -> bool:
    """Whether no cold stop follows another kind of stop."""
    for k in range(1, count):  # noqa: SIM110 - compiled code has no generators
        if needs[trip[k], IS_COLD] and not needs[trip[k - 1], IS_COLD]:
            return False
    return True
