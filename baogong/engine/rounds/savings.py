"""
First trips: Clarke and Wright's savings (Operations Research 12, 1964) along the neighbour lists.

Every stop begins as a trip of its own; the two trips whose joining saves most are joined, as long as limits hold.
"""

from __future__ import annotations

import numpy as np

from baogong.engine.compiled import compiled
from baogong.engine.rounds.ground import Ints, Small
from baogong.engine.rounds.work import (
    BUSY_MAX,
    COLD_FIRST,
    INFEASIBLE,
    IS_COLD,
    IS_TIMED,
    LOAD_G_MAX,
    LOAD_PIECES_MAX,
    PIECES,
    SERVICE,
    STOPS_MAX,
    TRIP_PRICE,
    WEIGHT_G,
    times_of,
)

NOBODY = 0


@compiled
def _head(head_of: Ints, stop: int) -> int:
    while head_of[stop] != stop:
        head_of[stop] = head_of[head_of[stop]]
        stop = head_of[stop]
    return stop


@compiled
def _walk(beside: Small, start: int, into: Small, at: int) -> int:
    """Write the chain that begins (or ends) at `start` into `into` from `at`; the index after its last stop."""
    before, stop = NOBODY, start
    while True:
        into[at] = stop
        at += 1
        following = NOBODY
        for side in range(2):
            if beside[stop, side] not in (NOBODY, before):
                following = beside[stop, side]
        if following == NOBODY:
            return at
        before, stop = stop, following


@compiled
def _best_way(matrix: Small, needs: Ints, limits: Ints, trip: Small, count: int) -> int:
    """Turn a trip round if that is the shorter way under its windows; its busy time, or INFEASIBLE."""
    forth = times_of(matrix, needs, limits, trip, count)[0]
    turned = trip[:count][::-1].copy()
    back = times_of(matrix, needs, limits, turned, count)[0]
    if back != INFEASIBLE and (forth == INFEASIBLE or back < forth):
        trip[:count] = turned
        return back
    return forth


@compiled
def savings(matrix: Small, needs: Ints, limits: Ints, near: Small, width: int) -> tuple[Small, Small]:
    """(trips of shape (trips, width), stops in each). Every stop must be feasible alone."""
    count, most = near.shape
    saved, first, second = (
        np.empty(count * most, np.int64),
        np.empty(count * most, np.int32),
        np.empty(count * most, np.int32),
    )
    filled = 0
    for i in range(1, count):
        for k in range(most):
            j = near[i, k]
            gain = np.int64(matrix[0, i]) + matrix[0, j] - matrix[i, j] + limits[TRIP_PRICE]
            if j != NOBODY and gain > 0 and not (limits[COLD_FIRST] and needs[i, IS_COLD] != needs[j, IS_COLD]):
                saved[filled], first[filled], second[filled] = -gain, i, j
                filled += 1
    order = np.argsort(saved[:filled], kind="mergesort")
    head_of = np.arange(count)
    weight, pieces, stops = needs[:, WEIGHT_G].copy(), needs[:, PIECES].copy(), np.ones(count, np.int64)
    busy = 2 * matrix[0].astype(np.int64) + needs[:, SERVICE]
    beside = np.zeros((count, 2), np.int32)
    scratch = np.zeros(count + 1, np.int32)
    for q in order:
        i, j = first[q], second[q]
        if beside[i, 1] != NOBODY or beside[j, 1] != NOBODY:
            continue
        a, b = _head(head_of, i), _head(head_of, j)
        if (
            a == b
            or weight[a] + weight[b] > limits[LOAD_G_MAX]
            or pieces[a] + pieces[b] > limits[LOAD_PIECES_MAX]
            or stops[a] + stops[b] > limits[STOPS_MAX]
        ):
            continue
        joined = busy[a] + busy[b] - matrix[0, i] - matrix[0, j] + matrix[i, j]
        if limits[IS_TIMED]:
            ends = _walk(beside, i, scratch, 0)
            scratch[:ends] = scratch[:ends][::-1].copy()
            ends = _walk(beside, j, scratch, ends)
            joined = _best_way(matrix, needs, limits, scratch, ends)
            if joined == INFEASIBLE or joined > busy[a] + busy[b] + limits[TRIP_PRICE]:
                continue
        elif joined > limits[BUSY_MAX]:
            continue
        head_of[b] = a
        weight[a] += weight[b]
        pieces[a] += pieces[b]
        stops[a] += stops[b]
        busy[a] = joined
        beside[i, 1 if beside[i, 0] != NOBODY else 0] = j
        beside[j, 1 if beside[j, 0] != NOBODY else 0] = i
    return _trips(matrix, needs, limits, beside, width)


@compiled
def _trips(matrix: Small, needs: Ints, limits: Ints, beside: Small, width: int) -> tuple[Small, Small]:
    count = len(beside)
    is_seen = np.zeros(count, np.bool_)
    ends = 0
    for stop in range(1, count):
        if beside[stop, 1] == NOBODY:
            ends += 1 if beside[stop, 0] != NOBODY else 2
    trips, counts = np.zeros((ends // 2, width), np.int32), np.zeros(ends // 2, np.int32)
    made = 0
    for stop in range(1, count):
        if is_seen[stop] or beside[stop, 1] != NOBODY:
            continue
        counts[made] = _walk(beside, stop, trips[made], 0)
        for k in range(counts[made]):
            is_seen[trips[made, k]] = True
        if limits[IS_TIMED]:
            _best_way(matrix, needs, limits, trips[made], counts[made])
        made += 1
    return trips, counts
