"""One trip for itself: 2-opt and or-opt until nothing of the kind helps."""

from __future__ import annotations

import numpy as np

from baogong.engine.compiled import compiled
from baogong.engine.rounds.ground import Ints, Small
from baogong.engine.rounds.work import COLD_FIRST, INFEASIBLE, IS_TIMED, is_cold_first, times_of

PASSES_MAX = 60
CARRIED_MAX = 3
"""Or-opt carries up to so many stops at a time to another place of the trip."""


@compiled
def _holds(matrix: Small, needs: Ints, limits: Ints, old: Small, new: Small, count: int) -> bool:
    """Whether the new order keeps the limits and is quicker; asked only where length alone does not decide."""
    if limits[COLD_FIRST] and not is_cold_first(needs, new, count):
        return False
    if not limits[IS_TIMED]:
        return True
    busy = times_of(matrix, needs, limits, new, count)[0]
    return busy != INFEASIBLE and busy < times_of(matrix, needs, limits, old, count)[0]


@compiled
def _turn(matrix: Small, needs: Ints, limits: Ints, trip: Small, count: int, scratch: Small) -> bool:
    """2-opt: turn a stretch of the trip round wherever that shortens it."""
    is_better = False
    for i in range(count - 1):
        for j in range(i + 1, count):
            a = 0 if i == 0 else trip[i - 1]
            b = 0 if j == count - 1 else trip[j + 1]
            if matrix[a, trip[j]] + matrix[trip[i], b] >= matrix[a, trip[i]] + matrix[trip[j], b]:
                continue
            scratch[:count] = trip[:count]
            for k in range(i, j + 1):
                scratch[k] = trip[i + j - k]
            if _holds(matrix, needs, limits, trip, scratch, count):
                trip[:count] = scratch[:count]
                is_better = True
    return is_better


@compiled
def _carry(matrix: Small, needs: Ints, limits: Ints, trip: Small, count: int, size: int, scratch: Small) -> bool:
    """Or-opt: carry `size` stops that follow each other to where they cost least, either way round."""
    is_better = False
    for i in range(count - size + 1):
        a = 0 if i == 0 else trip[i - 1]
        b = 0 if i + size >= count else trip[i + size]
        first, last = trip[i], trip[i + size - 1]
        gain = matrix[a, first] + matrix[last, b] - matrix[a, b]
        best, to, is_turned = 0, -1, False
        for j in range(count + 1):
            if i <= j <= i + size:
                continue
            p = 0 if j == 0 else trip[j - 1]
            q = 0 if j == count else trip[j]
            straight = matrix[p, first] + matrix[last, q] - matrix[p, q] - gain
            turned = matrix[p, last] + matrix[first, q] - matrix[p, q] - gain
            if straight < best:
                best, to, is_turned = straight, j, False
            if turned < best:
                best, to, is_turned = turned, j, True
        if to < 0:
            continue
        at = 0
        for k in range(count + 1):
            if k == to:
                for h in range(size):
                    scratch[at] = trip[i + size - 1 - h] if is_turned else trip[i + h]
                    at += 1
            if k < count and not i <= k < i + size:
                scratch[at] = trip[k]
                at += 1
        if _holds(matrix, needs, limits, trip, scratch, count):
            trip[:count] = scratch[:count]
            is_better = True
    return is_better


@compiled
def improve_trips(matrix: Small, needs: Ints, limits: Ints, trips: Small, counts: Small) -> None:
    """Every trip to its local optimum, in place."""
    scratch = np.zeros(trips.shape[1], np.int32)
    for t in range(len(counts)):
        for _ in range(PASSES_MAX):
            is_better = _turn(matrix, needs, limits, trips[t], counts[t], scratch)
            for size in range(1, min(CARRIED_MAX, counts[t] - 1) + 1):
                is_better = _carry(matrix, needs, limits, trips[t], counts[t], size, scratch) or is_better
            if not is_better:
                break
