"""
Couriers' areas: what one courier brings is settled first where a building and category shall have one courier
(`limits.one_courier_per`) or all shall work equally long (`limits.balance`); trips are made inside each area after that.

Units, pairs of building and category or single stops, are shared out by cutting the map into parts of equal work. Then
units move and change places between two couriers at a time wherever that relieves the one with more, each area measured
by real trips. The same moves serve `help_early`, with the moment of being back instead of the work.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import NamedTuple

import numpy as np

from baogong.engine.rounds.crews import Crew, Prepared, crew_of
from baogong.engine.rounds.ground import DECI, Floats, Ints, plain_lengths
from baogong.engine.rounds.plan import Plan
from baogong.engine.rounds.problem import Pair, Problem
from baogong.engine.rounds.rule import RoundsRule
from baogong.engine.rounds.shifts import Days, Walk, walks_of
from baogong.engine.rounds.trips import Field, quick_trips
from baogong.engine.rounds.work import SERVICE

TARGET, OF_WANTED = 0.05, 0.5
"""
One stops at so much over the mean where no share is asked, or at so much of the share asked: the search that follows shortens
some areas more than others.
"""
LOADED, OTHERS, UNITS = 3, 12, 8
"""So many couriers at either end are looked at, each with so many others, so many units offered."""
STEPS_PER_COURIER = 40
STOPS_OF_A_TRIP = 15
"""For the first guess of a stop's share of the way."""


@dataclass(frozen=True, slots=True)
class Unit:
    """Stops that one courier brings. able: numbers of couriers who can serve all of them."""

    rows: tuple[int, ...]
    able: frozenset[int]
    pair: Pair | None = None


class Area(NamedTuple):
    """
    What a courier's units come to.

    walks       in the order they leave
    late        walks the shift has no time for
    late_count  stops of those
    load_ds     what is made equal: work, or for `help_early` the moment of being back
    """

    walks: tuple[Walk, ...]
    late: tuple[Walk, ...]
    late_count: int
    load_ds: int


def wants_areas(problem: Problem) -> bool:
    return problem.limits.one_courier_per is not None or problem.limits.balance is not None


def units_of(prepared: Prepared) -> tuple[list[Unit], list[tuple[int, str]]]:
    """
    (units, (row, code) of stops that no courier of their pair can serve).

    Where nobody can serve a whole pair, it belongs to those who can serve most of it.
    """
    problem, first = prepared.problem, len(prepared.problem.stations)
    able = {int(row): frozenset(crew.couriers) for crew in prepared.crews for row in crew.rows}
    members: dict[Pair | int, list[int]] = defaultdict(list)
    for n, stop in enumerate(problem.stops):
        if first + n in able:
            pair = problem.pair_of(stop)
            members[first + n if pair is None else pair].append(first + n)
    units, left = [], []
    for key, rows in members.items():
        counts: dict[int, int] = defaultdict(int)
        for row in rows:
            for courier in able[row]:
                counts[courier] += 1
        best = min(counts, key=lambda courier: (-counts[courier], courier))
        kept = tuple(row for row in rows if best in able[row])
        left += [(row, "NOT_BY_ITS_COURIER") for row in rows if best not in able[row]]
        common = frozenset.intersection(*(able[row] for row in kept))
        units.append(Unit(kept, common, None if isinstance(key, int) else key))
    return units, left


@dataclass(slots=True)
class Areas:
    """
    Who has which units; `owner[k]` is the courier of unit k.

    is_plain  nothing is compiled
    ends_ds  None: loads are work. Else loads are the moment of being back, and who has nothing is free from then on.
    """

    prepared: Prepared
    units: list[Unit]
    owner: list[int]
    is_plain: bool
    ends_ds: Mapping[int, int] | None = None
    crews: list[Crew] = field(default_factory=list)
    known: dict[tuple[int, frozenset[int]], Area] = field(default_factory=dict)
    number: dict[tuple[int, int], int] = field(default_factory=dict)
    middles: dict[frozenset[int], Floats] = field(default_factory=dict)
    days: Days = field(init=False)
    middle: Floats = field(init=False)

    def __post_init__(self) -> None:
        problem, ground = self.prepared.problem, self.prepared.ground
        self.days = Days(problem.couriers, problem.limits.load_s)
        self.middle = np.array(
            [(ground.x_m[list(u.rows)].mean(), ground.y_m[list(u.rows)].mean()) for u in self.units]
        ).reshape(-1, 2)

    def of(self, courier: int) -> frozenset[int]:
        return frozenset(k for k, own in enumerate(self.owner) if own == courier)

    def crew(self, courier: int, rows: Ints) -> int:
        """The number of the crew that is this courier alone, for stops of one road zone."""
        key = courier, int(self.prepared.zone[rows[0]])
        if key not in self.number:
            self.number[key] = len(self.crews)
            able = [
                crew.rows
                for crew in self.prepared.crews
                if courier in crew.couriers and self.prepared.zone[crew.rows[0]] == key[1]
            ]
            station = int(self.prepared.station[rows[0]])
            alone = crew_of(self.prepared.problem, self.prepared.needs, station, (courier,), np.concatenate(able))
            self.crews.append(alone)
        return self.number[key]

    def area(self, courier: int, units: frozenset[int]) -> Area:
        """Trips for these units of this courier, as quickly as they can be made."""
        if (courier, units) not in self.known:
            rows = np.array(sorted(row for k in units for row in self.units[k].rows), np.int64)
            walks: list[Walk] = []
            field_ = Field(self.prepared.ground, self.prepared.needs)
            for zone in np.unique(self.prepared.zone[rows]):
                own = rows[self.prepared.zone[rows] == zone]
                number = self.crew(courier, own)
                for trip in quick_trips(field_, self.crews[number], own, plain=self.is_plain):
                    walks += walks_of(self.prepared, self.crews[number], number, trip)
            self.known[courier, units] = self.measure(courier, walks)
        return self.known[courier, units]

    def measure(self, courier: int, walks: Iterable[Walk]) -> Area:
        """The walks in an order the shift allows; those it has no time for are late, the longest of them first."""
        walks = list(walks)
        ordered, late = self.days.fits_as_given(courier, walks), []
        if ordered is None:
            ordered = []
            for walk in sorted(walks, key=lambda walk: (walk.times.busy_ds, int(walk.rows[0]))):
                longer = self.days.fits(courier, [*ordered, walk])
                if longer is None:
                    late.append(walk)
                else:
                    ordered = longer
        load_ds = sum(map(self.days.weight, walks))
        if self.ends_ds is not None:
            load_ds = self.ends_ds[courier]
            if ordered:
                leaves = self.days.leaves_ds(courier, ordered)
                assert leaves is not None
                load_ds = leaves[-1] + ordered[-1].times.busy_ds
        return Area(tuple(ordered), tuple(late), sum(len(walk.rows) for walk in late), load_ds)

    def share_evenly(self, couriers: Sequence[int], wanted: float) -> None:
        """Move and swap units among these couriers of one station until all are within the wanted share of the mean."""
        units = {courier: self.of(courier) for courier in couriers}
        areas = {courier: self.area(courier, units[courier]) for courier in couriers}
        stuck: set[tuple[int, frozenset[int]]] = set()
        for _ in range(STEPS_PER_COURIER * len(couriers)):
            order = sorted(couriers, key=lambda n: (-areas[n].late_count, -areas[n].load_ds, n))
            mean = sum(areas[n].load_ds for n in couriers) / len(couriers)
            uneven = [n for n in order[:LOADED] if areas[n].late_count or areas[n].load_ds > mean * (1 + wanted)]
            short = [n for n in order[::-1][:LOADED] if areas[n].load_ds < mean * (1 - wanted)]
            if self.ends_ds is not None:
                uneven, short = order[:1], []
            tried = [n for n in [*uneven, *short] if (n, units[n]) not in stuck]
            if not tried:
                break
            n = tried[0]
            others = self._others(n, order[::-1] if n in uneven else order, units)
            step = next((found for m in others if (found := self._step(n, m, units, areas))), None)
            if step is None:
                stuck.add((n, units[n]))
                continue
            for courier, (own, area) in step.items():
                units[courier], areas[courier] = own, area
            stuck.clear()
        for courier in couriers:
            for k in units[courier]:
                self.owner[k] = courier

    def _others(self, n: int, order: list[int], units: Mapping[int, frozenset[int]]) -> list[int]:
        """With whom a courier may change: those at the other end of the order, and those whose areas lie nearest."""
        far = [m for m in order if m != n][:OTHERS]
        here = self._middle_of(n, units[n])
        away = {m: float(((self._middle_of(m, units[m]) - here) ** 2).sum()) for m in order if m != n}
        return list(dict.fromkeys([*far[: OTHERS // 2], *sorted(away, key=lambda m: (away[m], m))[:OTHERS], *far]))

    def _middle_of(self, courier: int, own: frozenset[int]) -> Floats:
        """Of a courier's area; of the station where it is empty."""
        if own:
            if own not in self.middles:
                self.middles[own] = np.asarray(self.middle[sorted(own)].mean(axis=0))
            return self.middles[own]
        name = self.prepared.problem.couriers[courier].station
        station = next(s for s in self.prepared.problem.stations if s.id == name)
        return np.array([station.x_m, station.y_m])

    def _step(
        self, n: int, m: int, units: dict[int, frozenset[int]], areas: dict[int, Area]
    ) -> dict[int, tuple[frozenset[int], Area]] | None:
        """The best move or swap between two couriers that relieves the one with more, or None."""
        more, less = sorted((n, m), key=lambda courier: (-areas[courier].late_count, -areas[courier].load_ds, courier))
        before = _worse(areas[more], areas[less])
        best = None
        out_of = self._nearest(units[more], less, units[less])
        for out in out_of:
            if less not in self.units[out].able:
                continue
            for back in (None, *self._nearest(units[less], more, units[more])[: UNITS // 2]):
                if back is not None and more not in self.units[back].able:
                    continue
                mine = units[more] - {out} | (set() if back is None else {back})
                theirs = units[less] - ({back} if back is not None else set()) | {out}
                areas_ = self.area(more, frozenset(mine)), self.area(less, frozenset(theirs))
                after = _worse(*areas_)
                if after < before:
                    before = after
                    best = {more: (frozenset(mine), areas_[0]), less: (frozenset(theirs), areas_[1])}
        return best

    def _nearest(self, own: frozenset[int], other: int, to: frozenset[int]) -> list[int]:
        """Of a courier's units those nearest to another's area."""
        if not own:
            return []
        members = np.array(sorted(own))
        goal = self._middle_of(other, to)
        away = ((self.middle[members] - goal) ** 2).sum(axis=1)
        return [int(k) for k in members[np.argsort(away, kind="stable")][:UNITS]]


def _worse(a: Area, b: Area) -> tuple[int, int, int]:
    """Stops left out first, then the load of the more loaded one, then both."""
    return a.late_count + b.late_count, max(a.load_ds, b.load_ds), a.load_ds + b.load_ds


def divide(prepared: Prepared, rule: RoundsRule, keep: Plan | None = None) -> Prepared:
    """
    The same stops in crews of one courier each.

    keep  an earlier plan: what its courier can still bring stays theirs, the rest goes to who has most time
    """
    problem = prepared.problem
    units, left = units_of(prepared)
    owner = _first_owners(prepared, units) if keep is None else _old_owners(prepared, units, keep)
    areas = Areas(prepared, units, owner, len(problem.stops) <= rule.plain_stops)
    if keep is None:
        wanted = TARGET if problem.limits.balance is None else OF_WANTED * problem.limits.balance
        for couriers in _stations(prepared, units):
            areas.share_evenly(couriers, wanted)
    members: dict[int, list[int]] = defaultdict(list)
    for unit, courier in zip(units, areas.owner, strict=True):
        rows = np.array(unit.rows, np.int64)
        members[areas.crew(courier, rows)] += unit.rows
    crews = tuple(
        crew_of(problem, prepared.needs, areas.crews[n].station, areas.crews[n].couriers, np.array(sorted(members[n])))
        for n in sorted(members, key=lambda n: (areas.crews[n].couriers, min(members[n])))
    )
    return replace(prepared, crews=crews, left=tuple(sorted([*prepared.left, *left])))


def _stations(prepared: Prepared, units: list[Unit]) -> list[list[int]]:
    """Couriers who can serve anything, station by station."""
    by_station: dict[str, list[int]] = defaultdict(list)
    for n in sorted({n for unit in units for n in unit.able}):
        by_station[prepared.problem.couriers[n].station].append(n)
    return list(by_station.values())


def _guess_ds(prepared: Prepared, unit: Unit) -> int:
    """Work of a unit before any trip is known: service, and each stop's share of the way and of loading."""
    rows = np.array(unit.rows)
    way = plain_lengths(prepared.ground, int(prepared.station[rows[0]]), rows)
    shared = (2 * way + prepared.problem.limits.load_s * DECI) // STOPS_OF_A_TRIP
    return int((prepared.needs[rows, SERVICE] + shared).sum()) + 1


def _first_owners(prepared: Prepared, units: list[Unit]) -> list[int]:
    """By area: those whom few can serve first, each group cut into parts that fill its couriers up to one level."""
    ground = prepared.ground
    guess = [_guess_ds(prepared, unit) for unit in units]
    middle = np.array([(ground.x_m[list(u.rows)].mean(), ground.y_m[list(u.rows)].mean()) for u in units]).reshape(
        -1, 2
    )
    groups: dict[frozenset[int], list[int]] = defaultdict(list)
    for k, unit in enumerate(units):
        groups[unit.able].append(k)
    owner, load = [-1] * len(units), defaultdict[int, float](float)
    for able, members in sorted(groups.items(), key=lambda group: (len(group[0]), sorted(group[0]))):
        room = _up_to_level({n: load[n] for n in sorted(able)}, sum(guess[k] for k in members))
        for n, own in _cut_up(middle, np.array(guess, np.float64), np.array(members), room):
            for k in own:
                owner[k] = n
                load[n] += guess[k]
    return owner


def _up_to_level(load: Mapping[int, float], more: float) -> dict[int, float]:
    """How much each may take so that all together take `more` and end at one level."""
    order = sorted(load, key=lambda n: (load[n], n))
    for count in range(len(order), 0, -1):
        level = (sum(load[n] for n in order[:count]) + more) / count
        if level >= load[order[count - 1]]:
            return {n: level - load[n] for n in order[:count]}
    raise AssertionError("the one with least can always take it")


def _cut_up(middle: Floats, guess: Floats, members: Ints, room: Mapping[int, float]) -> list[tuple[int, Ints]]:
    """(courier, units): the map halved across its longer side until each part is one courier's."""
    parts = []
    waiting = [(members, list(room))]
    while waiting:
        part, couriers = waiting.pop()
        if len(couriers) == 1 or not len(part):
            parts.append((couriers[0], part))
            continue
        half = len(couriers) // 2
        axis = int(np.ptp(middle[part, 1]) > np.ptp(middle[part, 0]))
        order = part[np.argsort(middle[part, axis], kind="stable")]
        filled = np.cumsum(guess[order]) - guess[order] / 2
        first = sum(room[n] for n in couriers[:half])
        share = first / (sum(room[n] for n in couriers) or 1.0)
        at = int(np.searchsorted(filled, share * guess[part].sum()))
        waiting += [(order[:at], couriers[:half]), (order[at:], couriers[half:])]
    return parts


def _old_owners(prepared: Prepared, units: list[Unit], keep: Plan) -> list[int]:
    problem, first = prepared.problem, len(prepared.problem.stations)
    number = {courier.id: n for n, courier in enumerate(problem.couriers)}
    row_of = {stop.id: first + n for n, stop in enumerate(problem.stops)}
    was: dict[int, int] = {}
    for trip in keep.trips:
        for visit in trip.visits:
            if trip.courier in number and visit.stop in row_of:
                was[row_of[visit.stop]] = number[trip.courier]
    spare = {n: (courier.shift[1] - courier.shift[0]) * DECI for n, courier in enumerate(problem.couriers)}
    owner = [-1] * len(units)
    for k, unit in enumerate(units):
        before = [was[row] for row in unit.rows if was.get(row) in unit.able]
        if before:
            owner[k] = max(sorted(set(before)), key=before.count)
            spare[owner[k]] -= _guess_ds(prepared, unit)
    for k in sorted((k for k in range(len(units)) if owner[k] < 0), key=lambda k: -_guess_ds(prepared, units[k])):
        owner[k] = max(sorted(units[k].able), key=lambda n: spare[n])
        spare[owner[k]] -= _guess_ds(prepared, units[k])
    return owner
