"""
Who can serve which stop, and so which stops may share a trip.

Stops of one station and one road zone that the same couriers can serve are planned together, for what the least of these
couriers carries; so any of them can take any of the trips.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from itertools import pairwise

import numpy as np
import numpy.typing as npt

from baogong.engine.rounds.ground import DECI, Ground, Ints, ground_of, plain_lengths
from baogong.engine.rounds.hours import ALWAYS, Choices, Gates, choices
from baogong.engine.rounds.problem import Courier, Problem, Span
from baogong.engine.rounds.work import (
    BUSY_MAX,
    CLOSES,
    COLD_FIRST,
    COLD_WITHIN,
    FOREVER,
    IS_COLD,
    IS_TIMED,
    LOAD_G_MAX,
    LOAD_PIECES_MAX,
    OPENS,
    PIECES,
    SERVICE,
    STOPS_MAX,
    TRIP_PRICE,
    WEIGHT_G,
)

Bools = npt.NDArray[np.bool_]


@dataclass(frozen=True, slots=True)
class Crew:
    """
    Stops planned together and the couriers who may take their trips.

    station   its row
    couriers  numbers of those who can serve all of them
    rows      shape (stops,), rows of the ground
    limits    shape (8,), see `work`
    from_ds, until_ds   one leaves after the first and is back before the second
    """

    station: int
    couriers: tuple[int, ...]
    rows: Ints
    limits: Ints
    from_ds: int
    until_ds: int


@dataclass(frozen=True, slots=True)
class Prepared:
    """
    The problem in tables.

    needs     shape (points, 6), see `work`; `station` shape (points,), the row of each point's station
    zone      shape (points,), the number of each stop's road zone
    crews     every stop that somebody can serve is in one of them
    left      (row, code) of the others
    """

    problem: Problem
    ground: Ground
    needs: Ints
    station: Ints
    zone: Ints
    crews: tuple[Crew, ...]
    left: tuple[tuple[int, str], ...]

    def row_of(self, stop_number: int) -> int:
        return len(self.problem.stations) + stop_number


def prepare(problem: Problem, days: Mapping[str, Span] | None = None) -> Prepared:
    """
    Distances, windows, stations, and who can serve what.

    days  by station, the hours for which gates are chosen; None: those of its couriers
    """
    ground = ground_of(problem)
    station = stations_of(problem, ground)
    needs = _needs(problem, ground, station, days_of(problem) if days is None else days)
    zone = _zones(problem)
    crews: list[Crew] = []
    left: list[tuple[int, str]] = []
    first = len(problem.stations)
    for s in range(first):
        rows = first + np.flatnonzero(station[first:] == s)
        if not len(rows):
            continue
        here = [n for n, courier in enumerate(problem.couriers) if courier.station == problem.stations[s].id]
        if not here:
            left += [(int(row), "NO_COURIER") for row in rows]
            continue
        away = plain_lengths(ground, s, rows)
        can = _can_serve(problem, ground, needs, away, rows, here)
        left += _nobody(problem, ground, needs, rows, here, can)
        crews += _grouped(problem, needs, s, rows, here, can, zone)
    return Prepared(problem, ground, needs, station, zone, tuple(crews), tuple(sorted(left)))


def _zones(problem: Problem) -> Ints:
    zones = {community.id: community.zone for community in problem.communities}
    names = ["" if stop.community is None else zones[stop.community] for stop in problem.stops]
    number = {name: n for n, name in enumerate(sorted(set(names)))}
    return np.array([-1] * len(problem.stations) + [number[name] for name in names], np.int64)


def stations_of(problem: Problem, ground: Ground) -> Ints:
    """Each point's station: its own, or the nearest to all stops of its community that name none."""
    first = len(problem.stations)
    number = {station.id: n for n, station in enumerate(problem.stations)}
    named = np.array([-1 if stop.station is None else number[stop.station] for stop in problem.stops], np.int64)
    community = ground.community[first:].astype(np.int64)
    alone = community < 0
    place = community.copy()
    place[alone] = len(problem.communities) + np.arange(alone.sum())
    free = named < 0
    least = np.full(place.max(initial=0) + 1, np.inf)
    best = np.zeros(len(least), np.int64)
    for s in range(first):
        away = plain_lengths(ground, s, np.arange(first, len(ground.x_m)))
        total = np.bincount(place[free], away[free], minlength=len(least))
        is_nearer = total < least
        least[is_nearer], best[is_nearer] = total[is_nearer], s
    return np.concatenate([np.arange(first), np.where(free, best[place], named)])


def _needs(problem: Problem, ground: Ground, station: Ints, days: Mapping[str, Span]) -> Ints:
    """Also narrows the ground: a stop of a community whose gates keep hours has only those gates it is reached through."""
    first = len(problem.stations)
    needs = np.zeros((first + len(problem.stops), 6), np.int64)
    needs[:first, CLOSES] = FOREVER
    keeps_hours = {c.id: choices(c) for c in problem.communities if any(gate.opens for gate in c.gates)}
    for n, stop in enumerate(problem.stops):
        row = first + n
        service = problem.service_s(stop) * DECI
        opens, closes = 0, FOREVER
        known = keeps_hours.get(stop.community or "")
        if known is not None:
            day = days.get(problem.stations[station[row]].id, ALWAYS[0])
            opens, closes = _through_gates(ground, row, known, stop.window, day)
        elif stop.window is not None:
            opens, closes = stop.window[0] * DECI, stop.window[1] * DECI
        needs[row] = (stop.weight_g, stop.pieces, service, opens, closes - service, stop.cold)
    return needs


def _through_gates(ground: Ground, row: int, known: Choices, window: Span | None, day: Span) -> Span:
    """When a stop may be served, in deciseconds, given the gates chosen for it; the ground keeps only those."""
    best: tuple[int, Span, Gates] | None = None
    for gates, hours in known:
        # In through the gate when it is open already, out again while it is open still.
        inside = int(np.ceil(max(ground.port_m[row, k] for k in gates) * ground.per_m))
        spans = tuple((a * DECI + inside, b * DECI - inside) for a, b in hours)
        span = _longest(spans, window)
        useful = min(span[1], day[1] * DECI) - max(span[0], day[0] * DECI)
        if best is None or useful > best[0]:
            best = useful, span, gates
    assert best is not None, "a community has a gate, and a gate is open at some time"
    _, span, gates = best
    count = len(gates)
    for ports in (ground.port_x_m, ground.port_y_m, ground.port_m):
        ports[row, :count] = ports[row, list(gates)]
    ground.port_count[row] = count
    return span


def days_of(problem: Problem) -> dict[str, Span]:
    """By station, from the first courier's beginning to the last one's end."""
    days: dict[str, Span] = {}
    for courier in problem.couriers:
        a, b = days.get(courier.station, courier.shift)
        days[courier.station] = min(a, courier.shift[0]), max(b, courier.shift[1])
    return days


def _longest(spans: tuple[Span, ...], window: Span | None) -> Span:
    """The longest of the spans inside the window; nothing at all is the span (1, 0)."""
    if window is not None:
        spans = tuple((max(a, window[0] * DECI), min(b, window[1] * DECI)) for a, b in spans)
    return max(spans, key=lambda span: (span[1] - span[0], -span[0]), default=(1, 0))


def _in_time(problem: Problem, needs: Ints, away: Ints, rows: Ints, courier: Courier) -> Bools:
    """Whether a trip to this stop alone fits into the courier's shift, its window and the limits."""
    limits = problem.limits
    walk, service = away, needs[rows, SERVICE]
    from_ds, until_ds = (courier.shift[0] + limits.load_s) * DECI, courier.shift[1] * DECI
    leaves = np.maximum(from_ds, needs[rows, OPENS] - walk)
    busy = 2 * walk + service
    fits = (leaves + walk <= needs[rows, CLOSES]) & (leaves + busy <= until_ds)
    if limits.trip_s_max is not None:
        fits &= busy <= limits.trip_s_max * DECI
    if limits.cold_within_s is not None:
        fits &= (needs[rows, IS_COLD] == 0) | (walk <= limits.cold_within_s * DECI)
    return np.asarray(fits)


def _can_carry(needs: Ints, rows: Ints, courier: Courier) -> Bools:
    return np.asarray((needs[rows, WEIGHT_G] <= courier.capacity_g) & (needs[rows, PIECES] <= courier.capacity_pieces))


def _may_enter(problem: Problem, ground: Ground, rows: Ints, courier: Courier) -> Bools:
    if courier.communities is None:
        return np.ones(len(rows), np.bool_)
    allowed = np.array([community.id in courier.communities for community in problem.communities] + [True])
    return np.asarray(allowed[ground.community[rows]])  # -1, the street, is the last


def _can_serve(problem: Problem, ground: Ground, needs: Ints, away: Ints, rows: Ints, here: list[int]) -> Bools:
    """Shape (stops, couriers): couriers who are alike are asked once."""
    known: dict[Courier, Bools] = {}
    columns = []
    for n in here:
        courier = problem.couriers[n]
        kind = replace(courier, id="")
        if kind not in known:
            known[kind] = (
                _in_time(problem, needs, away, rows, courier)
                & _can_carry(needs, rows, courier)
                & _may_enter(problem, ground, rows, courier)
            )
        columns.append(known[kind])
    return np.stack(columns, axis=1)


def _nobody(
    problem: Problem, ground: Ground, needs: Ints, rows: Ints, here: list[int], can: Bools
) -> list[tuple[int, str]]:
    """(row, code) of stops no courier can serve: the first hindrance that keeps all of them off."""
    left = []
    couriers = [problem.couriers[n] for n in here]
    for row in rows[~can.any(axis=1)]:
        one = np.array([row])
        if not any(_may_enter(problem, ground, one, courier)[0] for courier in couriers):
            code = "MAY_NOT_ENTER"
        elif not any(_can_carry(needs, one, courier)[0] for courier in couriers):
            code = "TOO_MUCH_TO_CARRY"
        else:
            code = "NOT_IN_TIME"
        left.append((int(row), code))
    return left


def _grouped(
    problem: Problem, needs: Ints, station: int, rows: Ints, here: list[int], can: Bools, zone: Ints
) -> list[Crew]:
    """Crews of one station: stops of one road zone that the same couriers can serve."""
    served = np.flatnonzero(can.any(axis=1))
    if not len(served):
        return []
    keys = np.column_stack([zone[rows[served]], np.packbits(can[served], axis=1)])
    _, place = np.unique(keys, axis=0, return_inverse=True)
    place = place.ravel()
    order = np.argsort(place, kind="stable")
    bounds = [0, *(np.flatnonzero(np.diff(place[order])) + 1).tolist(), len(order)]
    crews = []
    for a, b in pairwise(bounds):
        members = served[order[a:b]]
        able = tuple(here[k] for k in np.flatnonzero(can[members[0]]))
        crews.append(crew_of(problem, needs, station, able, rows[members]))
    return crews


def crew_of(problem: Problem, needs: Ints, station: int, able: tuple[int, ...], rows: Ints) -> Crew:
    """These couriers, numbers all of whom can serve all these rows of one road zone."""
    limits, couriers = problem.limits, [problem.couriers[n] for n in able]
    row = np.zeros(8, np.int64)
    row[LOAD_G_MAX] = min(courier.capacity_g for courier in couriers)
    row[LOAD_PIECES_MAX] = min(courier.capacity_pieces for courier in couriers)
    row[STOPS_MAX] = limits.trip_stops_max or FOREVER
    shift_s = min(courier.shift[1] - courier.shift[0] for courier in couriers) - limits.load_s
    row[BUSY_MAX] = DECI * (shift_s if limits.trip_s_max is None else min(shift_s, limits.trip_s_max))
    row[COLD_FIRST] = limits.cold_first and bool(needs[rows, IS_COLD].any()) and not needs[rows, IS_COLD].all()
    row[COLD_WITHIN] = FOREVER if limits.cold_within_s is None else limits.cold_within_s * DECI
    row[TRIP_PRICE] = (limits.load_s + limits.trip_price_s) * DECI
    from_ds = (min(courier.shift[0] for courier in couriers) + limits.load_s) * DECI
    until_ds = max(courier.shift[1] for courier in couriers) * DECI
    has_windows = (needs[rows, OPENS] > from_ds).any() or (needs[rows, CLOSES] < until_ds).any()
    has_cold_clock = limits.cold_within_s is not None and bool(needs[rows, IS_COLD].any())
    row[IS_TIMED] = has_windows or has_cold_clock
    return Crew(station, able, rows, row, from_ds, until_ds)
