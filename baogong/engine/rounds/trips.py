"""
Stops of one station and one crew into trips: first trips zone by zone, then search on groups of whole trips.

Groups share nothing, so they run side by side; which groups there are and their seeds do not depend on how many run at
a time, so neither does the result.
"""

from __future__ import annotations

import os
import time
from collections.abc import Iterable, Iterator
from concurrent.futures import Executor, ThreadPoolExecutor
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np

from baogong.engine.rounds.crews import Crew
from baogong.engine.rounds.cut import cut
from baogong.engine.rounds.ground import Floats, Ground, Ints, Small, lengths_between, plain_lengths
from baogong.engine.rounds.improve import improve_trips
from baogong.engine.rounds.plain import plain_trips
from baogong.engine.rounds.rule import RoundsRule
from baogong.engine.rounds.savings import savings
from baogong.engine.rounds.search import near_of, search, temperature_unit
from baogong.engine.rounds.work import (
    CLOSES,
    LOAD_G_MAX,
    LOAD_PIECES_MAX,
    OPENS,
    PIECES,
    STOPS_MAX,
    WEIGHT_G,
    Work,
)

FREE_TRIPS = 3
"""Trips more than it has that a group may open."""

PROBE_TURNS, TIMED_PASSES, ENOUGH = 4, 12, 0.97
"""
Under a limit of time: turns per stop of the pass that measures the machine, how many passes follow at least (a machine that
slows down overruns by one of them), and the share of the limit after which none begins.
"""

TRIES = 2
"""
So many searches under seeds of their own, the cheapest kept, where all stops make one group: two processors have work.
(1,000 stops: 0.5 % cheaper than the halves of the map side by side, which seldom give a trip up.)
"""

LONG_TURNS, HOTTER = 150, 4.0
"""
A search of so many turns per stop or more begins so much hotter: only then is there time to cool down again, and only a hot
one gives up a trip that the first ones have too many (1,000 stops, 230 turns, eight seeds: 29 trips instead of 31, 0.7 %
cheaper; twice as hot 0.4 %, half as hot 0.3 %).
"""

Trips = list[Ints]


@dataclass(frozen=True, slots=True)
class Field:
    """The ground, and shape (points, 6): the needs of all its points, in the columns of `work`."""

    ground: Ground
    needs: Ints


def trips_for(field: Field, crews: Iterable[Crew], rule: RoundsRule) -> list[Trips]:
    """
    For each crew its trips: rows of stops in order. Every stop must be feasible alone.

    Groups run in threads: compiled code lets go of the interpreter's lock.
    """
    started = time.perf_counter()
    crews = list(crews)
    trips: list[Trips] = [[] for _ in crews]
    dice = np.random.default_rng(rule.seed)
    if sum(len(crew.rows) for crew in crews) <= rule.plain_stops:
        for n, crew in enumerate(crews):
            work = work_of(field, crew, crew.rows, plain=True)
            trips[n] = _rows(work, plain_trips(work, rule))
        return trips
    with ThreadPoolExecutor(rule.threads or os.cpu_count() or 1) as pool:
        zones = [(n, rows) for n, crew in enumerate(crews) for rows in _zones(field, crew, rule, dice)]
        first = pool.map(lambda zone: _first_trips(work_of(field, crews[zone[0]], zone[1])), zones)
        for (n, _), made in zip(zones, first, strict=True):
            trips[n] += made
        tries = [trips] * (TRIES if len(crews) == 1 and len(crews[0].rows) <= rule.group_stops else 1)
        cost = np.zeros((len(tries), len(crews)), np.int64)
        wholes = [n for n, crew in enumerate(crews) if 0 < len(crew.rows) <= rule.group_stops]
        whole = dict(zip(wholes, pool.map(lambda n: _group(field, crews[n], trips[n]), wholes), strict=True))
        for share in _shares(rule, started):
            tries = _search_all(field, crews, tries, rule, share, dice, pool, cost, whole)
    return [tries[best][n] for n, best in enumerate(cost.argmin(axis=0))]


class Share(NamedTuple):
    """
    One pass of the search.

    turns_per_stop  may be a fraction
    hot, cold       temperatures at its beginning and its end, in the mean walk to a stop
    wants_best      the best trips met are kept; else those it ends with, for the next pass to go on from
    """

    number: int
    turns_per_stop: float
    hot: float
    cold: float
    wants_best: bool


def _shares(rule: RoundsRule, started: float) -> Iterator[Share]:
    """
    The passes of a search: temperatures fall through all of them.

    Without `limit_s` they depend on the rule alone. With it, a first pass tells how fast this machine is.
    """

    hottest = rule.hot

    def share(number: int, turns_per_stop: float, done: float, then: float) -> Share:
        hot, cold = (hottest * (rule.cold / hottest) ** at for at in (done, then))
        return Share(number, turns_per_stop, hot, cold, then >= 1)

    if rule.limit_s is None:
        if rule.turns_per_stop >= LONG_TURNS:
            hottest *= HOTTER
        for number in range(rule.passes):
            yield share(number, rule.turns_per_stop / rule.passes, number / rule.passes, (number + 1) / rule.passes)
        return
    number, turns, done, passes = 0, float(PROBE_TURNS), 0.0, max(rule.passes, TIMED_PASSES) + 1
    while True:
        began = time.perf_counter()
        then = done + (1 - done) / max(1, passes - number) if number else done
        yield share(number, turns, done, then)
        ended = time.perf_counter()
        number, done, left_s = number + 1, then, rule.limit_s - (ended - started)
        if left_s <= (1 - ENOUGH) * rule.limit_s:
            return
        if number == 1 and turns * ENOUGH * left_s / max(1e-6, ended - began) >= LONG_TURNS:
            hottest *= HOTTER
        turns *= ENOUGH * left_s / max(1, passes - number) / max(1e-6, ended - began)


def _search_all(
    field: Field,
    crews: list[Crew],
    tries: list[list[Trips]],
    rule: RoundsRule,
    share: Share,
    dice: np.random.Generator,
    pool: Executor,
    cost: Ints,
    whole: dict[int, Group],
) -> list[list[Trips]]:
    """
    One pass: every crew's trips cut into groups, each searched by itself; each try's trips anew.

    cost   shape (tries, crews), set: deciseconds and prices of what each search came to
    whole  by the numbers of crews that are one group in every pass: what their searches begin from
    """
    groups = [
        (t, n, part)
        for t, trips in enumerate(tries)
        for n in range(len(crews))
        for part in _groups(field, trips[n], rule, dice)
    ]
    found = pool.map(
        lambda k, t, n, part: _searched(field, crews[n], [tries[t][n][i] for i in part], rule, share, k, whole.get(n)),
        range(len(groups)),
        *zip(*groups, strict=True),
    )
    better: list[list[Trips]] = [[[] for _ in crews] for _ in tries]
    cost[:] = 0
    for (t, n, _), (made, reached) in zip(groups, found, strict=True):
        better[t][n] += made
        cost[t, n] += reached
    return better


def _zones(field: Field, crew: Crew, rule: RoundsRule, dice: np.random.Generator) -> list[Ints]:
    """Whole communities, up to `zone_stops` each; stops on the street count as communities of one."""
    community = field.ground.community[crew.rows].astype(np.int64)
    alone = community < 0
    community[alone] = community.max(initial=0) + 1 + np.arange(alone.sum())
    _, place, size = np.unique(community, return_inverse=True, return_counts=True)
    x_m = np.bincount(place, field.ground.x_m[crew.rows]) / size
    y_m = np.bincount(place, field.ground.y_m[crew.rows]) / size
    parts = cut(x_m, y_m, size, rule.zone_stops, dice)
    zone_of = np.zeros(len(size), np.int64)
    for number, part in enumerate(parts):
        zone_of[part] = number
    order = np.argsort(zone_of[place], kind="stable")
    bounds = np.searchsorted(zone_of[place][order], np.arange(1, len(parts)))
    return np.split(crew.rows[order], bounds)


def _groups(field: Field, trips: Trips, rule: RoundsRule, dice: np.random.Generator) -> list[Ints]:
    """Numbers of trips that lie together."""
    x_m: Floats = np.array([field.ground.x_m[trip].mean() for trip in trips])
    y_m: Floats = np.array([field.ground.y_m[trip].mean() for trip in trips])
    counts = np.array([len(trip) for trip in trips])
    return cut(x_m, y_m, counts, rule.group_stops, dice)


def work_of(field: Field, crew: Crew, rows: Ints, *, plain: bool = False) -> Work:
    """Some of a crew's stops as the search sees them."""
    points = np.concatenate([[crew.station], rows]).astype(np.int64)
    if plain:
        matrix = plain_lengths(field.ground, points[:, None], points[None, :]).astype(np.int32)
    else:
        matrix = lengths_between(field.ground, points)
    needs = field.needs[points]
    needs[0] = 0
    needs[0, OPENS], needs[0, CLOSES] = crew.from_ds, crew.until_ds
    return Work(points, matrix, needs, crew.limits, field.ground.community[points])


def _rows(work: Work, trips: Iterable[Iterable[int]]) -> Trips:
    return [work.rows[np.array(list(trip), np.int64)] for trip in trips]


def _width(work: Work) -> int:
    """Most stops that fit into one trip: the lightest ones, the smallest ones, the limit."""
    fits = [len(work.rows) - 1, int(work.limits[STOPS_MAX])]
    for need, most in ((WEIGHT_G, LOAD_G_MAX), (PIECES, LOAD_PIECES_MAX)):
        loads = np.cumsum(np.sort(work.needs[1:, need]))
        fits.append(int(np.searchsorted(loads, work.limits[most], side="right")))
    return max(1, min(fits))


def _first_trips(work: Work) -> Trips:
    trips, counts = savings(work.matrix, work.needs, work.limits, near_of(work), _width(work))
    improve_trips(work.matrix, work.needs, work.limits, trips, counts)
    return _rows(work, (trip[:count] for trip, count in zip(trips, counts, strict=True)))


def quick_trips(field: Field, crew: Crew, rows: Ints, *, plain: bool) -> Trips:
    """Good trips for some of a crew's stops without a search; plain: without the compiler."""
    work = work_of(field, crew, rows, plain=plain)
    return _rows(work, plain_trips(work, RoundsRule(turns_per_stop=0))) if plain else _first_trips(work)


class Group(NamedTuple):
    """near: of each stop its neighbours, as the search asks for them."""

    work: Work
    near: Small


def _group(field: Field, crew: Crew, trips: Trips) -> Group:
    work = work_of(field, crew, np.concatenate(trips))
    return Group(work, near_of(work))


def _searched(
    field: Field, crew: Crew, old: Trips, rule: RoundsRule, share: Share, number: int, whole: Group | None
) -> tuple[Trips, int]:
    """One group's trips after its share of the search, and what the search came to (2-opt and or-opt only lower it)."""
    work, near = whole or _group(field, crew, old)
    place = np.zeros(len(field.needs), np.int32)
    place[work.rows[1:]] = np.arange(1, len(work.rows))
    trips = np.zeros((len(old) + FREE_TRIPS, _width(work)), np.int32)
    counts = np.array([len(trip) for trip in old] + [0] * FREE_TRIPS, np.int32)
    for row, trip in zip(trips, old, strict=False):
        row[: len(trip)] = place[trip]
    unit = temperature_unit(work, trips, counts)
    trips, counts, cost = search(
        work.matrix, work.needs, work.limits, near, trips, counts,
        int(share.turns_per_stop * (len(work.rows) - 1)), share.hot * unit, share.cold * unit,
        rule.seed * 7919 + share.number * 1_000_003 + number, share.wants_best,
    )  # fmt: skip
    improve_trips(work.matrix, work.needs, work.limits, trips, counts)
    return _rows(work, (trip[:count] for trip, count in zip(trips, counts, strict=True) if count)), int(cost)
