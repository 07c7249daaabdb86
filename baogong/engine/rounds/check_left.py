"""
The checker's part about stops that are left: each reason has to be true of this plan.

A stop left for want of time is a fault where a courier who can serve it has room for a trip of its own: before the first
trip, between two, or after the last. Nothing here is a step of the planner; walks are rounded to tenths of a second as every
plan's are, and gates are said to be open or shut only where that is so by a tenth.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from itertools import product
from math import floor
from typing import TYPE_CHECKING

from baogong.engine.rounds.plan import Left, Plan, Trip
from baogong.engine.rounds.problem import Courier, Span, Station, Stop

if TYPE_CHECKING:
    from baogong.engine.rounds.check import Ways

TICK_S, SLACK_S = 0.1, 1e-6
OPEN_ENDED: tuple[Span, ...] = ((0, 1 << 40),)
Spans = list[tuple[float, float]]
Tour = tuple[float, float, Spans, Spans]
"""Seconds in, seconds out, when the service surely may begin, and when it perhaps may."""


def faults_of_left(ways: Ways, plan: Plan, at_s: float, loaded: frozenset[str], until_s: float | None) -> list[str]:
    """See `check`."""
    if not plan.left:
        return []
    days = _Days(ways, plan, at_s, loaded, until_s)
    faults = []
    for left in plan.left:
        stop = ways.stops[left.stop]
        # Stations equally near: the reason has to hold of one of them.
        told = [_fault(days, left, stop, station) for station in _stations(ways, stop)]
        if all(told):
            faults.append(told[0])
    return faults


def _fault(days: _Days, left: Left, stop: Stop, station: Station) -> str:
    """What is not true of the reason; "" where it is true."""
    said = f"{stop.id} is left as {left.code}"
    here = days.couriers[station.id]
    enter = [
        c for c in here if stop.community is None or c.communities is None or stop.community in c.communities
    ]  # fmt: skip
    carry = [c for c in here if stop.weight_g <= c.capacity_g and stop.pieces <= c.capacity_pieces]
    if left.code == "NO_COURIER":
        return f"{said}; {station.id} has {len(here)}" if here else ""
    if not here:
        return f"{said}; {station.id} has no courier"
    if left.code == "MAY_NOT_ENTER":
        return f"{said}; {enter[0].id} may enter {stop.community}" if enter else ""
    if left.code == "TOO_MUCH_TO_CARRY":
        return f"{said}; {carry[0].id} carries so much" if carry else ""
    able = [courier for courier in enter if courier in carry]
    tours = days.tours(stop, station)
    if left.code == "NOT_IN_TIME":
        alone = next((c for c in able if days.fits(tours, stop, _shift(c))), None)
        return f"{said}; {alone.id} can be there and back in the shift" if alone else ""
    if left.code not in ("NO_TIME_LEFT", "ITS_COURIER_IS_FULL", "NOT_BY_ITS_COURIER"):
        return f"{said}, which is no reason"
    if not any(days.fits(tours, stop, _shift(c), perhaps=True) for c in able):
        return f"{said}; nobody can be there and back in any shift"
    owners = days.owners.get((stop.community, stop.building, stop.category), set()) if days.is_paired(stop) else set()
    if left.code != "NO_TIME_LEFT" and not days.is_paired(stop):
        return f"{said}; it may be anybody's"
    if left.code == "NO_TIME_LEFT" and owners:
        return f"{said}; {', '.join(sorted(owners))} brings the rest of its building and category"
    if left.code == "NOT_BY_ITS_COURIER" and not owners:
        return f"{said}; nobody brings its building and category"
    if owners:
        able = [courier for courier in able if courier.id in owners]
    if left.code == "NOT_BY_ITS_COURIER":
        alone = next((c for c in able if days.fits(tours, stop, _shift(c))), None)
        return f"{said}; {alone.id} brings its building and category and can serve it" if alone else ""
    for courier in able:
        for gap in days.gaps(courier):
            if days.fits(tours, stop, gap):
                return f"{said}; {courier.id} has room for it from {gap[0]:.1f} to {gap[1]:.1f} s"
    return ""


def _shift(courier: Courier) -> tuple[float, float]:
    return float(courier.shift[0]), float(courier.shift[1])


def _stations(ways: Ways, stop: Stop) -> list[Station]:
    """Its own, or the nearest to all stops of its community that name none; several where that is too close to say."""
    problem = ways.problem
    if stop.station is not None:
        return [ways.stations[stop.station]]
    if len(problem.stations) == 1:
        return list(problem.stations)
    beside = [
        other for other in problem.stops if other.station is None and other.community == stop.community is not None
    ] or [stop]
    away_m = {
        station.id: sum(ways.walks(None, other, (station.x_m, station.y_m))[0][0] for other in beside)
        for station in problem.stations
    }
    least_m = min(away_m.values())
    return [station for station in problem.stations if away_m[station.id] <= least_m + 0.001 * len(beside)]


class _Days:
    """Everybody's gaps, and who brings which building and category."""

    def __init__(self, ways: Ways, plan: Plan, at_s: float, loaded: frozenset[str], until_s: float | None) -> None:
        self.ways, self.limits = ways, ways.problem.limits
        self.at_s, self.loaded, self.until_s = at_s, loaded, until_s
        self.couriers: dict[str, list[Courier]] = defaultdict(list)
        for courier in ways.problem.couriers:
            self.couriers[courier.station].append(courier)
        self.trips: dict[str, list[Trip]] = defaultdict(list)
        self.owners: dict[tuple[str | None, str, str], set[str]] = defaultdict(set)
        owner = {help_.stop: help_.owner for help_ in plan.helped}
        for trip in sorted(plan.trips, key=lambda trip: trip.leaves_s):
            self.trips[trip.courier].append(trip)
            for visit in trip.visits:
                stop = ways.stops[visit.stop]
                if self.is_paired(stop):
                    pair = stop.community, stop.building, stop.category
                    self.owners[pair].add(owner.get(visit.stop, trip.courier))
        self.known: dict[str, Spans] = {}

    def is_paired(self, stop: Stop) -> bool:
        return self.limits.one_courier_per is not None and bool(stop.building)

    def gaps(self, courier: Courier) -> Spans:
        """Seconds in which nothing is loaded or brought."""
        if courier.id not in self.known:
            own = self.trips[courier.id]
            free_s = max([courier.shift[0], self.at_s, *(trip.back_s for trip in own if trip.id in self.loaded)])
            until_s = min(courier.shift[1], courier.shift[1] if self.until_s is None else self.until_s)
            found: Spans = []
            for trip in own:
                found.append((free_s, min(until_s, trip.leaves_s - self.limits.load_s)))
                free_s = max(free_s, trip.back_s)
            self.known[courier.id] = [*found, (free_s, until_s)]
        return self.known[courier.id]

    def tours(self, stop: Stop, station: Station) -> list[Tour]:
        """From the station to this stop alone and back, by every couple of gates."""
        at, s_per_m = (station.x_m, station.y_m), 60 / self.limits.walk_m_per_min
        service_s = self._service_s(stop)
        window = OPEN_ENDED if stop.window is None else (stop.window,)
        asked = [(float(a), float(b) - service_s) for a, b in window]
        found = []
        for (in_m, entered), (out_m, left) in product(self.ways.walks(None, stop, at), self.ways.walks(stop, None, at)):
            passed = [(gate.opens or OPEN_ENDED, (in_m - after_m) * s_per_m) for gate, after_m in entered]
            passed += [(gate.opens or OPEN_ENDED, -service_s - after_m * s_per_m) for gate, after_m in left]
            surely = perhaps = asked
            for opens, by_s in passed:
                surely = _both(surely, [(a + by_s + TICK_S, b + by_s - TICK_S) for a, b in opens])
                perhaps = _both(perhaps, [(a + by_s - TICK_S, b + by_s + TICK_S) for a, b in opens])
            found.append((_tenths(in_m * s_per_m), _tenths(out_m * s_per_m), surely, perhaps))
        return found

    def fits(self, tours: Iterable[Tour], stop: Stop, gap: tuple[float, float], *, perhaps: bool = False) -> bool:
        """Whether one of the tours can surely, or perhaps, be loaded and done within the gap."""
        limits, service_s = self.limits, self._service_s(stop)
        less_s = 3 * TICK_S if perhaps else SLACK_S
        for in_s, out_s, surely, may in tours:
            if limits.trip_s_max is not None and in_s + service_s + out_s > limits.trip_s_max + less_s:
                continue
            if limits.cold_within_s is not None and stop.cold and in_s > limits.cold_within_s + less_s:
                continue
            first_s, last_s = gap[0] + limits.load_s + in_s, gap[1] - service_s - out_s
            if any(min(b, last_s) - max(a, first_s) >= -less_s for a, b in (may if perhaps else surely)):
                return True
        return False

    def _service_s(self, stop: Stop) -> int:
        return self.limits.service_s[stop.handover] if stop.service_s is None else stop.service_s


def _tenths(seconds: float) -> float:
    """Rounded to the nearest tenth; what is between two as far as can be told, up."""
    return floor(seconds * 10 + 0.5 + SLACK_S) / 10


def _both(one: Spans, other: Iterable[tuple[float, float]]) -> Spans:
    """Spans that are empty stay, with an end before their beginning."""
    return [(max(a, c), min(b, d)) for a, b in one for c, d in other]
