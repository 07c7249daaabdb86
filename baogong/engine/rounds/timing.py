"""When a given trip can leave, how long it takes, and what happens on it: in plain Python, for finished trips."""

from __future__ import annotations

from dataclasses import replace
from typing import Any, NamedTuple

import numpy as np

from baogong.engine.rounds.crews import Crew, Prepared
from baogong.engine.rounds.ground import DECI, Ints, plain_lengths
from baogong.engine.rounds.plan import Visit
from baogong.engine.rounds.work import (
    CLOSES,
    COLD_FIRST,
    COLD_WITHIN,
    FOREVER,
    INFEASIBLE,
    IS_TIMED,
    LOAD_G_MAX,
    LOAD_PIECES_MAX,
    OPENS,
    PIECES,
    SERVICE,
    STOPS_MAX,
    TRIP_PRICE,
    WEIGHT_G,
    is_cold_first,
    times_of,
)

plain_times_of: Any = getattr(times_of, "py_func", times_of)
plain_is_cold_first: Any = getattr(is_cold_first, "py_func", is_cold_first)


class Times(NamedTuple):
    """
    Deciseconds. busy_ds: from leaving to being back; one may leave from earliest_ds to latest_ds.

    steps  lengths from station to first stop, between stops, and back
    """

    busy_ds: int
    earliest_ds: int
    latest_ds: int
    steps: list[int]


class _Chain:
    """The matrix of a trip whose k-th stop is number k: only steps to the next one are ever asked."""

    def __init__(self, steps: list[int]) -> None:
        self.steps = steps

    def __getitem__(self, pair: tuple[int, int]) -> int:
        return self.steps[pair[0]]


class Table:
    """A list of lists that takes `table[row, column]`, as arrays do, and gives plain numbers."""

    def __init__(self, rows: list[list[int]]) -> None:
        self.rows = rows

    def __getitem__(self, place: tuple[int, int]) -> int:
        return self.rows[place[0]][place[1]]


def times(prepared: Prepared, crew: Crew, trip: Ints) -> Times | None:
    """Of rows in order; None where no moment of leaving meets every window and limit of time."""
    chain = np.concatenate([[crew.station], trip, [crew.station]])
    steps = plain_lengths(prepared.ground, chain[:-1], chain[1:]).tolist()
    needs = [[0, 0, 0, crew.from_ds, crew.until_ds, 0], *prepared.needs[trip].tolist()]
    order = range(1, len(trip) + 1)
    busy, earliest, latest = plain_times_of(_Chain(steps), Table(needs), crew.limits.tolist(), order, len(trip))
    return None if busy == INFEASIBLE else Times(int(busy), int(earliest), int(latest), steps)


def kept_apart_by(prepared: Prepared, crew: Crew, trip: Ints) -> tuple[str, int]:
    """
    What keeps the crew's stop nearest to the trip's last out of it: WEIGHT or PIECES, with what both would come to; HOURS,
    where it would join and save time but for its hours and cold clocks; "" where none of these does.
    """
    others = crew.rows[~np.isin(crew.rows, trip)]
    if not len(others):
        return "", 0
    nearest = others[int(np.argmin(plain_lengths(prepared.ground, int(trip[-1]), others)))]
    weight_g, pieces = prepared.needs[[*trip, nearest]][:, [WEIGHT_G, PIECES]].sum(axis=0)
    if weight_g > crew.limits[LOAD_G_MAX]:
        return "WEIGHT", int(weight_g)
    if pieces > crew.limits[LOAD_PIECES_MAX]:
        return "PIECES", int(pieces)
    if not crew.limits[IS_TIMED] or len(trip) >= crew.limits[STOPS_MAX]:
        return "", 0
    return ("HOURS", 0) if _hours_keep_apart(prepared, crew, trip, nearest) else ("", 0)


def _hours_keep_apart(prepared: Prepared, crew: Crew, trip: Ints, nearest: int) -> bool:
    needs, limits = prepared.needs.copy(), crew.limits.copy()
    needs[:, OPENS], needs[:, CLOSES], limits[COLD_WITHIN] = crew.from_ds, crew.until_ds, FOREVER
    alone = [times(prepared, crew, rows) for rows in (trip, np.array([nearest]))]
    apart_ds = int(crew.limits[TRIP_PRICE]) + sum(FOREVER if one is None else one.busy_ds for one in alone)
    if _joined_ds(replace(prepared, needs=needs), replace(crew, limits=limits), trip, nearest) > apart_ds:
        return False
    return _joined_ds(prepared, crew, trip, nearest) > apart_ds


def _joined_ds(prepared: Prepared, crew: Crew, trip: Ints, row: int) -> int:
    """The shortest time on the way with this stop too; FOREVER where it has no place in the trip."""
    best_ds = FOREVER
    for place in range(len(trip) + 1):
        longer = np.insert(trip, place, row)
        if crew.limits[COLD_FIRST] and not plain_is_cold_first(prepared.needs, longer, len(longer)):
            continue
        timed = times(prepared, crew, longer)
        if timed is not None:
            best_ds = min(best_ds, timed.busy_ds)
    return best_ds


def visits(prepared: Prepared, trip: Ints, steps: list[int], leaves_ds: int) -> tuple[tuple[Visit, ...], int, int]:
    """(visits, deciseconds waited, when one is back) of a trip that leaves then."""
    now, waited, made = leaves_ds, 0, []
    first = len(prepared.problem.stations)
    for row, step in zip(trip.tolist(), steps, strict=False):
        needs = prepared.needs[row].tolist()
        arrive = now + step
        start = max(arrive, needs[OPENS])
        assert start <= needs[CLOSES], "a trip leaves between its earliest and its latest moment"
        waited += start - arrive
        now = start + needs[SERVICE]
        stop = prepared.problem.stops[row - first].id
        made.append(Visit(stop, arrive / DECI, start / DECI, now / DECI))
    return tuple(made), waited, now + steps[-1]
