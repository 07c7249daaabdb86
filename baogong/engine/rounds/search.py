"""
Slack induction by string removals: tear strings out of trips that lie together, put the stops back where they cost least,
keep the result by simulated annealing.

Source: J. Christiaens and G. Vanden Berghe, Transportation Science 54 (2020). Strings here may be as long as a trip:
behind gates half a trip seldom fits anywhere else (10 stops at most, as in the source, measured 6 % worse).

Trips are rows of a table; `figures` holds what is summed over each, `where` the trip and place of each stop. An iteration
keeps the trips it touches in `Before`'s arrays, so that a rejected one costs only those.
"""

from __future__ import annotations

import math

import numpy as np

from baogong.engine.compiled import compiled, inlined
from baogong.engine.rounds.ground import Floats, Ints, Small, Words
from baogong.engine.rounds.neighbours import near_lists
from baogong.engine.rounds.work import (
    BUSY_MAX,
    COLD_FIRST,
    FOREVER,
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
    Work,
    times_of,
)

# Columns of `figures`, one row per trip, and of `where`, one row per stop.
LOAD_G, LOAD_PIECES, BUSY, COUNT, COLDS = range(5)
TRIP, PLACE = range(2)
NOWHERE = -1

BLINK_BITS, BLINKS_PER_DRAW = np.uint64(7), 8
BLINK = np.uint64(127)
"""One place in 128 is overlooked; one draw of 64 bits serves eight neighbours."""

STRING_STOPS = 40.0
"""Stops torn out in an iteration on average, and the longest string."""


@inlined
def _step(bits: np.uint64) -> np.uint64:
    """The next 64 random bits (xorshift64, Marsaglia 2003); the low ones are the weak ones."""
    bits ^= bits << np.uint64(13)
    bits ^= bits >> np.uint64(7)
    bits ^= bits << np.uint64(17)
    return bits


@inlined
def _fraction(dice: Words) -> float:
    """In [0, 1)."""
    dice[0] = _step(dice[0])
    return float(dice[0] >> np.uint64(11)) * (1.0 / 9007199254740992.0)


@compiled
def _keep(
    trip: int, turn: int, touched: Ints, marks: Ints, trips: Small, figures: Ints, old_trips: Small, old_figures: Ints
) -> None:
    """Remember a trip as it was before this iteration. touched[0] counts the others that follow it."""
    marks[trip] = turn
    touched[0] += 1
    touched[touched[0]] = trip
    for k in range(figures[trip, COUNT]):
        old_trips[trip, k] = trips[trip, k]
    for k in range(figures.shape[1]):
        old_figures[trip, k] = figures[trip, k]


@compiled
def _tear(
    matrix: Small,
    needs: Ints,
    trips: Small,
    figures: Ints,
    where: Small,
    dice: Words,
    around: int,
    longest: float,
    torn: Small,
    torn_count: int,
) -> int:
    """
    Take a string of stops that holds `around` out of its trip; half the time one inner stop stays.

    Returns how many stops of `torn` are filled now. Windows are not looked at: what is left only gains time.
    """
    trip = where[around, TRIP]
    count = figures[trip, COUNT]
    size = min(count, int(_fraction(dice) * min(float(count), longest) + 1.0))
    has_stay = 1 < size < count and _fraction(dice) < 0.5
    span = size + 1 if has_stay else size
    earliest, latest = max(0, where[around, PLACE] - span + 1), min(where[around, PLACE], count - span)
    start = earliest + int(_fraction(dice) * (latest - earliest + 1))
    stays = start + int(_fraction(dice) * span) if has_stay else -1
    before = 0 if start == 0 else trips[trip, start - 1]
    old, new, at, last_kept = 0, 0, start, before
    previous = before
    for k in range(start, count):
        stop = trips[trip, k]
        if k < start + span:
            old += matrix[previous, stop]
            previous = stop
        if k < start + span and k != stays:
            where[stop, TRIP] = NOWHERE
            torn[torn_count] = stop
            torn_count += 1
            figures[trip, LOAD_G] -= needs[stop, WEIGHT_G]
            figures[trip, LOAD_PIECES] -= needs[stop, PIECES]
            figures[trip, COLDS] -= needs[stop, IS_COLD]
            figures[trip, BUSY] -= needs[stop, SERVICE]
        else:
            if k == stays:
                new += matrix[last_kept, stop]
                last_kept = stop
            trips[trip, at] = stop
            where[stop, PLACE] = at
            at += 1
    after = 0
    if start + span < count:
        after = trips[trip, start + 1] if has_stay else trips[trip, start]
    old += matrix[previous, after]
    new += matrix[last_kept, after]
    figures[trip, BUSY] += new - old
    figures[trip, COUNT] = at
    return torn_count


@compiled
def _sort(matrix: Small, needs: Ints, dice: Words, torn: Small, count: int, keys: Floats) -> None:
    """The order in which stops are put back: at random, the heaviest first, the farthest first, or the nearest first."""
    bits = _step(dice[0])
    kind = (bits >> np.uint64(11)) % np.uint64(11)
    for k in range(count):
        stop = torn[k]
        if kind < 4:
            bits = _step(bits)
            keys[k] = float(bits >> np.uint64(11))
        elif kind < 8:
            keys[k] = -needs[stop, WEIGHT_G]
        elif kind < 10:
            keys[k] = -matrix[0, stop]
        else:
            keys[k] = matrix[0, stop]
    dice[0] = bits
    for k in range(1, count):
        key, stop, at = keys[k], torn[k], k
        while at > 0 and keys[at - 1] > key:
            keys[at], torn[at] = keys[at - 1], torn[at - 1]
            at -= 1
        keys[at], torn[at] = key, stop


@compiled
def _time_added(
    matrix: Small,
    needs: Ints,
    limits: Ints,
    trips: Small,
    figures: Ints,
    trip: int,
    stop: int,
    place: int,
    added: int,
    scratch: Small,
) -> int:
    """What a stop adds to a trip's time at a place, given the way it adds; FOREVER where limits forbid it."""
    if limits[COLD_FIRST]:
        if needs[stop, IS_COLD]:
            if place > figures[trip, COLDS]:
                return FOREVER
        elif place < figures[trip, COLDS]:
            return FOREVER
    if limits[IS_TIMED]:
        count = figures[trip, COUNT]
        for k in range(place):
            scratch[k] = trips[trip, k]
        scratch[place] = stop
        for k in range(place, count):
            scratch[k + 1] = trips[trip, k]
        busy = times_of(matrix, needs, limits, scratch, count + 1)[0]
        return FOREVER if busy == INFEASIBLE else busy - figures[trip, BUSY] - needs[stop, SERVICE]
    return FOREVER if figures[trip, BUSY] + added + needs[stop, SERVICE] > limits[BUSY_MAX] else added


@compiled
def _place_beside(
    matrix: Small,
    needs: Ints,
    limits: Ints,
    near: Small,
    trips: Small,
    figures: Ints,
    where: Small,
    dice: Words,
    stop: int,
    scratch: Small,
) -> tuple[int, int, int]:
    """
    (trip, place, time added) beside one of the stop's neighbours; now and then a place is overlooked ("blink").

    (NOWHERE, 0, FOREVER) where no neighbour's trip can take it. The innermost loop of all: it calls a function only
    where limits need a closer look, for a call counts references of every array it passes.
    """
    best, best_trip, best_place, looks, bits = FOREVER, NOWHERE, 0, 0, dice[0]
    blinks = bits
    load_g_max = limits[LOAD_G_MAX] - needs[stop, WEIGHT_G]
    load_pieces_max = limits[LOAD_PIECES_MAX] - needs[stop, PIECES]
    busy_max = limits[BUSY_MAX] - needs[stop, SERVICE]
    stops_max, needs_care = limits[STOPS_MAX], limits[IS_TIMED] or limits[COLD_FIRST]
    for k in range(near.shape[1]):
        beside = near[stop, k]
        way = np.int64(matrix[beside, stop])
        if beside == 0 or way >= 2 * best:
            break
        trip = where[beside, TRIP]
        if trip == NOWHERE or figures[trip, LOAD_G] > load_g_max or figures[trip, LOAD_PIECES] > load_pieces_max:
            continue
        count = figures[trip, COUNT]
        if count >= stops_max:
            continue
        if looks % BLINKS_PER_DRAW == 0:
            bits = _step(bits)
            blinks = bits
        looks += 1
        blinks >>= BLINK_BITS
        if blinks & BLINK == np.uint64(0):
            continue
        place = where[beside, PLACE]
        for side in range(2):
            if side == 0:
                other = 0 if place == 0 else trips[trip, place - 1]
            else:
                other = 0 if place + 1 == count else trips[trip, place + 1]
            added = way + matrix[other, stop] - matrix[other, beside]
            if added >= best:
                continue
            if needs_care:
                added = _time_added(matrix, needs, limits, trips, figures, trip, stop, place + side, added, scratch)
            elif figures[trip, BUSY] + added > busy_max:
                continue
            if added < best:
                best, best_trip, best_place = added, trip, place + side
    dice[0] = bits
    return best_trip, best_place, best


@compiled
def _place_anywhere(
    matrix: Small,
    needs: Ints,
    limits: Ints,
    trips: Small,
    figures: Ints,
    stop: int,
    scratch: Small,
) -> tuple[int, int, int]:
    """The same over all places of all trips, a trip of its own among them; (NOWHERE, 0, FOREVER): no trip is free."""
    best, best_trip, best_place, free = FOREVER, NOWHERE, 0, NOWHERE
    for trip in range(len(trips)):
        count = figures[trip, COUNT]
        if count == 0:
            if free == NOWHERE:
                free = trip
            continue
        if (
            figures[trip, LOAD_G] + needs[stop, WEIGHT_G] > limits[LOAD_G_MAX]
            or figures[trip, LOAD_PIECES] + needs[stop, PIECES] > limits[LOAD_PIECES_MAX]
            or count >= limits[STOPS_MAX]
        ):
            continue
        a = 0
        for place in range(count + 1):
            b = 0 if place == count else trips[trip, place]
            added = np.int64(matrix[a, stop]) + matrix[stop, b] - matrix[a, b]
            a = b
            if added < best:
                added = _time_added(matrix, needs, limits, trips, figures, trip, stop, place, added, scratch)
                if added < best:
                    best, best_trip, best_place = added, trip, place
    alone = 2 * np.int64(matrix[0, stop])
    if free != NOWHERE and best > alone + limits[TRIP_PRICE]:
        return free, 0, int(alone)
    return best_trip, best_place, best


@compiled
def _put(needs: Ints, trips: Small, figures: Ints, where: Small, stop: int, trip: int, place: int, added: int) -> None:
    for k in range(figures[trip, COUNT], place, -1):
        moved = trips[trip, k - 1]
        trips[trip, k] = moved
        where[moved, PLACE] = k
    trips[trip, place] = stop
    where[stop, TRIP], where[stop, PLACE] = trip, place
    figures[trip, COUNT] += 1
    figures[trip, LOAD_G] += needs[stop, WEIGHT_G]
    figures[trip, LOAD_PIECES] += needs[stop, PIECES]
    figures[trip, COLDS] += needs[stop, IS_COLD]
    figures[trip, BUSY] += added + needs[stop, SERVICE]


@compiled
def _undo(touched: Ints, trips: Small, figures: Ints, where: Small, old_trips: Small, old_figures: Ints) -> None:
    for k in range(1, touched[0] + 1):
        trip = touched[k]
        for h in range(figures.shape[1]):
            figures[trip, h] = old_figures[trip, h]
        for h in range(figures[trip, COUNT]):
            stop = old_trips[trip, h]
            trips[trip, h] = stop
            where[stop, TRIP], where[stop, PLACE] = trip, h


@compiled
def _sum_up(matrix: Small, needs: Ints, limits: Ints, trips: Small, counts: Small, figures: Ints, where: Small) -> None:
    for trip in range(len(trips)):
        figures[trip, COUNT] = counts[trip]
        before = 0
        for k in range(counts[trip]):
            stop = trips[trip, k]
            where[stop, TRIP], where[stop, PLACE] = trip, k
            figures[trip, LOAD_G] += needs[stop, WEIGHT_G]
            figures[trip, LOAD_PIECES] += needs[stop, PIECES]
            figures[trip, COLDS] += needs[stop, IS_COLD]
            figures[trip, BUSY] += matrix[before, stop] + needs[stop, SERVICE]
            before = stop
        figures[trip, BUSY] += matrix[before, 0]
        if limits[IS_TIMED] and counts[trip]:
            figures[trip, BUSY] = times_of(matrix, needs, limits, trips[trip], counts[trip])[0]


@compiled
def cost_of(needs: Ints, limits: Ints, figures: Ints) -> int:
    """Deciseconds on the way and waiting, and the price of each trip; services are the same in every plan."""
    cost = -int(needs[1:, SERVICE].sum())
    for trip in range(len(figures)):
        if figures[trip, COUNT]:
            cost += int(figures[trip, BUSY] + limits[TRIP_PRICE])
    return cost


@compiled
def search(
    matrix: Small,
    needs: Ints,
    limits: Ints,
    near: Small,
    trips: Small,
    counts: Small,
    turns: int,
    hot: float,
    cold: float,
    seed: int,
    wants_best: bool,
) -> tuple[Small, Small, int]:
    """
    `turns` iterations from the trips given; (trips, stops in each, cost) of the best met, or of the last.

    hot, cold   temperatures at the beginning and the end, in the unit of cost; falls geometrically
    """
    rows, points = len(trips), len(matrix)
    trips = trips.copy()
    figures, where = np.zeros((rows, 5), np.int64), np.full((points, 2), NOWHERE, np.int32)
    _sum_up(matrix, needs, limits, trips, counts, figures, where)
    old_trips, old_figures = trips.copy(), figures.copy()
    marks, touched = np.zeros(rows, np.int64), np.zeros(rows + 1, np.int64)
    torn, keys = np.zeros(points, np.int32), np.zeros(points)
    scratch = np.zeros(trips.shape[1] + 1, np.int32)
    dice = np.array([seed * 2654435761 + 88172645463325252], np.uint64)
    used = (figures[:, COUNT] > 0).sum()
    cost = cost_of(needs, limits, figures)
    best, best_trips, best_counts, is_stale = cost, trips.copy(), counts.copy(), np.zeros(rows, np.bool_)
    cooling = (cold / hot) ** (1.0 / max(1, turns))
    warmth = hot
    for turn in range(1, turns + 1):
        warmth *= cooling
        touched[0] = 0
        longest = min(STRING_STOPS, (points - 1) / max(1, used))
        strings = int(_fraction(dice) * (4.0 * STRING_STOPS / (1.0 + longest) - 1.0) + 1.0)
        around = 1 + int(_fraction(dice) * (points - 1))
        torn_count = 0
        for k in range(-1, near.shape[1]):
            stop = around if k < 0 else near[around, k]
            if stop == 0 or touched[0] >= strings:
                break
            trip = where[stop, TRIP]
            if trip == NOWHERE or marks[trip] == turn:
                continue
            _keep(trip, turn, touched, marks, trips, figures, old_trips, old_figures)
            torn_count = _tear(matrix, needs, trips, figures, where, dice, stop, longest, torn, torn_count)
            if limits[IS_TIMED]:
                figures[trip, BUSY] = times_of(matrix, needs, limits, trips[trip], figures[trip, COUNT])[0]
        _sort(matrix, needs, dice, torn, torn_count, keys)
        most = -warmth * math.log(_fraction(dice) + 1e-16)
        so_far, can_stop = 0, limits[IS_TIMED] == 0
        for k in range(1, touched[0] + 1):
            trip = touched[k]
            so_far += figures[trip, BUSY] - old_figures[trip, BUSY]
            if figures[trip, COUNT] == 0:
                so_far -= limits[TRIP_PRICE]
        is_whole = True
        for k in range(touched[0]):
            if figures[touched[k + 1], BUSY] == INFEASIBLE:
                is_whole = False
        for k in range(torn_count):
            if not is_whole:
                break
            trip, place, added = _place_beside(
                matrix, needs, limits, near, trips, figures, where, dice, torn[k], scratch
            )
            if trip == NOWHERE:
                trip, place, added = _place_anywhere(matrix, needs, limits, trips, figures, torn[k], scratch)
            if trip == NOWHERE:
                is_whole = False
                break
            so_far += added + needs[torn[k], SERVICE]
            if figures[trip, COUNT] == 0:
                so_far += limits[TRIP_PRICE]
            if can_stop and so_far >= most:  # every further stop only adds to it
                is_whole = False
                break
            if marks[trip] != turn:
                _keep(trip, turn, touched, marks, trips, figures, old_trips, old_figures)
            _put(needs, trips, figures, where, torn[k], trip, place, added)
            if limits[IS_TIMED] and figures[trip, COUNT] == 1:
                figures[trip, BUSY] = times_of(matrix, needs, limits, trips[trip], 1)[0]
        change, opened = 0, 0
        for k in range(touched[0]):
            trip = touched[k + 1]
            if figures[trip, COUNT]:
                change += figures[trip, BUSY]
                opened += 1
            if old_figures[trip, COUNT]:
                change -= old_figures[trip, BUSY]
                opened -= 1
        change += opened * limits[TRIP_PRICE]
        if not is_whole or change >= most:
            _undo(touched, trips, figures, where, old_trips, old_figures)
            continue
        cost += change
        used += opened
        for k in range(1, touched[0] + 1):
            is_stale[touched[k]] = True
        if cost < best:
            best = cost
            for trip in range(rows):
                if is_stale[trip]:
                    best_counts[trip] = figures[trip, COUNT]
                    best_trips[trip, : best_counts[trip]] = trips[trip, : best_counts[trip]]
                    is_stale[trip] = False
    if not wants_best:
        return trips, figures[:, COUNT].astype(np.int32), cost
    return best_trips, best_counts, best


def temperature_unit(work: Work, trips: Small, counts: Small) -> float:
    """Cost on the way for each stop of these trips: what temperatures are measured in."""
    total = 0
    for row, count in zip(trips, counts, strict=True):
        chain = np.concatenate([[0], row[:count], [0]])
        total += int(work.matrix[chain[:-1], chain[1:]].sum())
    return max(1.0, total / max(1, len(work.rows) - 1))


def near_of(work: Work) -> Small:
    return near_lists(work.matrix, work.community)
