"""
The last step of every plan: what was left for want of time is brought after all, on a trip of its own, by whoever still has
room for it, at the beginning, between trips or at the end. What nobody has room for keeps a reason that is true then.

Here every way in and out through a gate counts at the moment it is open, not only the gates that the search chose.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping
from dataclasses import dataclass, field
from itertools import count
from math import ceil, floor, hypot
from typing import NamedTuple

from baogong.engine.rounds.crews import stations_of
from baogong.engine.rounds.ground import DECI, Ground, ground_of
from baogong.engine.rounds.hours import ALWAYS
from baogong.engine.rounds.plan import Help, Left, Trip, Visit
from baogong.engine.rounds.problem import Courier, Pair, Problem, Span, Stop
from baogong.engine.rounds.reasons import left_of, trip_of_its_own

OF_TIME = ("NOT_IN_TIME", "NO_TIME_LEFT", "ITS_COURIER_IS_FULL", "NOT_BY_ITS_COURIER")


class Way(NamedTuple):
    """To a stop and back, in deciseconds; the service may begin in any of the spans, both ends of them included."""

    in_ds: int
    out_ds: int
    begins: tuple[Span, ...]


class Found(NamedTuple):
    """A trip to one stop: the shortest, and of those the earliest."""

    busy_ds: int
    begins_ds: int
    way: Way


@dataclass(frozen=True, slots=True)
class Since:
    """
    From when on a day can still be changed.

    at_s     what lies before is past
    loaded   names of trips that were loaded already: their courier is free when they are back
    until_s  everybody is back then; None: when the shift ends
    """

    at_s: float = 0.0
    loaded: frozenset[str] = frozenset()
    until_s: float | None = None


def fill(
    problem: Problem,
    trips: Iterable[Trip],
    left: Collection[Left],
    *,
    since: Since = Since(),
    helped: Iterable[Help] = (),
    before: Iterable[Trip] = (),
) -> tuple[list[Trip], list[Left]]:
    """
    (trips, what is left now). `helped`: as in the plan; `before`: trips of an earlier plan, whose couriers and names are
    taken up again where that is possible.
    """
    trips = list(trips)
    if not any(one.code in OF_TIME for one in left):
        return trips, list(left)
    gaps = _Gaps(problem, trips, since, helped, {t.visits[0].stop: t for t in before if len(t.visits) == 1})
    rest = [one for one in left if one.code not in OF_TIME or not gaps.bring(one.stop)]
    order = {courier.id: n for n, courier in enumerate(problem.couriers)}
    made = sorted(gaps.trips, key=lambda trip: (order[trip.courier], trip.leaves_s))
    return made, [gaps.told(one) if one.code in OF_TIME else one for one in rest]


@dataclass(slots=True)
class _Gaps:
    """Everybody's day with its gaps, and who brings which pair."""

    problem: Problem
    trips: list[Trip]
    since: Since
    helped: Iterable[Help]
    before: Mapping[str, Trip]
    owners: dict[Pair, set[str]] = field(default_factory=lambda: defaultdict(set))
    days: dict[str, list[Trip]] = field(default_factory=lambda: defaultdict(list))
    row_of: dict[str, int] = field(init=False)
    stops: dict[str, Stop] = field(init=False)
    ground: Ground = field(init=False)
    station: list[int] = field(init=False)
    couriers: dict[str, list[Courier]] = field(default_factory=lambda: defaultdict(list))
    names: Iterator[str] = field(init=False)

    def __post_init__(self) -> None:
        problem = self.problem
        self.ground = ground_of(problem)
        self.station = stations_of(problem, self.ground).tolist()
        self.row_of = {stop.id: len(problem.stations) + n for n, stop in enumerate(problem.stops)}
        self.stops = {stop.id: stop for stop in problem.stops}
        for courier in problem.couriers:
            self.couriers[courier.station].append(courier)
        owner = {one.stop: one.owner for one in self.helped}
        for trip in self.trips:
            self.days[trip.courier].append(trip)
            for visit in trip.visits:
                pair = problem.pair_of(self.stops[visit.stop])
                if pair is not None:
                    self.owners[pair].add(owner.get(visit.stop, trip.courier))
        taken = {trip.id for trip in [*self.trips, *self.before.values()]}
        self.names = (name for number in count(1) if (name := f"T{number:04}") not in taken)

    def bring(self, name: str) -> bool:
        """On a trip of its own, by the courier with least work who has room for it; False where nobody has."""
        stop, was = self.stops[name], self.before.get(name)
        ways = self._ways(stop)
        able = sorted(
            self._may_bring(stop), key=lambda c: (was is None or c.id != was.courier, self._work_s(c.id))
        )  # fmt: skip
        for courier in able:
            found = [one for gap in self._gaps(courier) if (one := self._in(gap, stop, ways)) is not None]
            if found:
                self._add(stop, courier, min(found))
                return True
        return False

    def told(self, left: Left) -> Left:
        """Why a stop that nobody has room for is left."""
        stop = self.stops[left.stop]
        ways, pair, alone = self._ways(stop), self.problem.pair_of(stop), []
        for courier in self._who_carry(stop):
            day = courier.shift[0] * DECI, courier.shift[1] * DECI
            if self._in(day, stop, ways) is not None:
                alone.append(courier.id)
        owners = self.owners.get(pair, set()) if pair is not None else set()
        code, owner = "NO_TIME_LEFT", ""
        if not alone:
            code = "NOT_IN_TIME"
        elif owners:
            owner = next((one for one in sorted(owners) if one in alone), "")
            code = "ITS_COURIER_IS_FULL" if owner else "NOT_BY_ITS_COURIER"
        elif left.code == "ITS_COURIER_IS_FULL":
            return left
        return left if code == left.code else left_of(self.problem, stop, self._station(stop), code, owner)

    def _station(self, stop: Stop) -> str:
        return self.problem.stations[self.station[self.row_of[stop.id]]].id

    def _who_carry(self, stop: Stop) -> list[Courier]:
        """Of its station, who may enter and can carry it."""
        return [
            courier
            for courier in self.couriers[self._station(stop)]
            if (stop.community is None or courier.communities is None or stop.community in courier.communities)
            and stop.weight_g <= courier.capacity_g
            and stop.pieces <= courier.capacity_pieces
        ]

    def _may_bring(self, stop: Stop) -> list[Courier]:
        """Those of them who may: whoever brings the rest of its pair, where there is such a one."""
        pair = self.problem.pair_of(stop)
        owners = self.owners.get(pair, set()) if pair is not None else set()
        return [courier for courier in self._who_carry(stop) if not owners or courier.id in owners]

    def _work_s(self, courier: str) -> float:
        return sum(trip.back_s - trip.leaves_s + self.problem.limits.load_s for trip in self.days[courier])

    def _gaps(self, courier: Courier) -> Iterator[Span]:
        """Deciseconds in which the courier is at the station and has nothing to load."""
        since, load_s = self.since, self.problem.limits.load_s
        day = sorted(self.days[courier.id], key=lambda trip: trip.leaves_s)
        free_s = max([courier.shift[0], since.at_s, *(trip.back_s for trip in day if trip.id in since.loaded)])
        until_s = courier.shift[1] if since.until_s is None else min(courier.shift[1], since.until_s)
        for trip in day:
            begins_s = trip.leaves_s - load_s
            if begins_s > free_s:
                yield ceil(round(free_s * DECI, 3)), floor(round(min(begins_s, until_s) * DECI, 3))
            free_s = max(free_s, trip.back_s)
        yield ceil(round(free_s * DECI, 3)), floor(round(until_s * DECI, 3))

    def _ways(self, stop: Stop) -> list[Way]:
        """In through each gate, out through each."""
        ground, row, limits = self.ground, self.row_of[stop.id], self.problem.limits
        station = self.problem.stations[self.station[row]]
        service = self.problem.service_s(stop) * DECI
        hours: list[tuple[Span, ...]] = [ALWAYS]
        if stop.community is not None:
            gates = next(one.gates for one in self.problem.communities if one.id == stop.community)
            hours = [gate.opens or ALWAYS for gate in gates]
        ports = []
        for k, opens in enumerate(hours):
            inside = float(ground.port_m[row, k]) * ground.per_m
            east_m, north_m = ground.port_x_m[row, k] - station.x_m, ground.port_y_m[row, k] - station.y_m
            walk_ds = int(ground.street * hypot(east_m, north_m) * ground.per_m + inside + 0.5)
            entered = tuple((ceil(a * DECI + inside), floor(b * DECI + inside)) for a, b in opens)
            left = tuple((ceil(a * DECI - inside) - service, floor(b * DECI - inside) - service) for a, b in opens)
            ports.append((walk_ds, entered, left))
        window = stop.window or ALWAYS[0]
        asked = ((window[0] * DECI, window[1] * DECI - service),)
        ways = []
        for in_ds, entered, _ in ports:
            if limits.cold_within_s is not None and stop.cold and in_ds > limits.cold_within_s * DECI:
                continue
            for out_ds, _, left in ports:
                is_short = limits.trip_s_max is None or in_ds + service + out_ds <= limits.trip_s_max * DECI
                begins = _both(_both(entered, left), asked)
                if begins and is_short:
                    ways.append(Way(in_ds, out_ds, begins))
        return ways

    def _in(self, gap: Span, stop: Stop, ways: list[Way]) -> Found | None:
        load_ds, service = self.problem.limits.load_s * DECI, self.problem.service_s(stop) * DECI
        best: Found | None = None
        for way in ways:
            busy_ds = way.in_ds + service + way.out_ds
            if gap[1] - gap[0] < load_ds + busy_ds:
                continue
            for a, b in way.begins:
                begins_ds = max(a, gap[0] + load_ds + way.in_ds)
                if begins_ds <= b and begins_ds + service + way.out_ds <= gap[1]:
                    found = Found(busy_ds, begins_ds, way)
                    best = found if best is None else min(best, found)
        return best

    def _add(self, stop: Stop, courier: Courier, found: Found) -> None:
        service, way, was = self.problem.service_s(stop) * DECI, found.way, self.before.get(stop.id)
        begins_s, ends_s = found.begins_ds / DECI, (found.begins_ds + service) / DECI
        is_kept = was is not None and was.courier == courier.id and all(trip.id != was.id for trip in self.trips)
        trip = Trip(
            was.id if was is not None and is_kept else next(self.names),
            courier.station,
            courier.id,
            (found.begins_ds - way.in_ds) / DECI,
            (found.begins_ds + service + way.out_ds) / DECI,
            (Visit(stop.id, begins_s, begins_s, ends_s),),
            stop.weight_g,
            stop.pieces,
            (way.in_ds + way.out_ds) / DECI,
            0.0,
            *trip_of_its_own(),
        )
        self.trips.append(trip)
        self.days[courier.id].append(trip)
        pair = self.problem.pair_of(stop)
        if pair is not None:
            self.owners[pair].add(courier.id)


def _both(one: tuple[Span, ...], other: tuple[Span, ...]) -> tuple[Span, ...]:
    """Moments in both, the ends among them."""
    return tuple((max(a, c), min(b, d)) for a, b in one for c, d in other if max(a, c) <= min(b, d))
