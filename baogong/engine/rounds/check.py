"""
The checker: reads only the problem and the plan, and shares no step with the planner.

It measures every walk anew, follows every courier through gates by the plan's own times, weighs every trip, and adds up
the cost. What it returns is a list of sentences; an empty list means the plan holds.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from heapq import heappop, heappush
from itertools import pairwise
from math import hypot

from baogong.engine.rounds.check_left import faults_of_left
from baogong.engine.rounds.plan import Plan, Trip
from baogong.engine.rounds.problem import Community, Courier, Gate, Problem, Span, Stop

TICK_S = 0.1
"""Walks are rounded to tenths of a second, so a moment may differ by one."""
SLACK_S = 1e-6
Point = tuple[float, float]


def check(
    problem: Problem,
    plan: Plan,
    *,
    at_s: float = 0.0,
    loaded: frozenset[str] = frozenset(),
    until_s: float | None = None,
) -> list[str]:
    """
    Everything that is wrong with the plan, in words; [] if it holds.

    at_s, loaded, until_s  for a plan of help: from when on it could change the day, names of trips that were loaded already,
                           and when everybody has to be back
    """
    faults = _each_once(problem, plan)
    if faults:
        return faults
    ways = Ways(problem)
    for trip in plan.trips:
        faults += _trip(problem, ways, trip)
    faults += faults_of_left(ways, plan, at_s, loaded, until_s)
    return faults + _shifts(problem, plan) + _pairs(problem, plan) + _cost(problem, plan) + _balance(problem, plan)


def _each_once(problem: Problem, plan: Plan) -> list[str]:
    """Every stop in one trip or left, every name known."""
    stops, couriers = {stop.id for stop in problem.stops}, {courier.id for courier in problem.couriers}
    stations = {station.id for station in problem.stations}
    seen = Counter([visit.stop for trip in plan.trips for visit in trip.visits] + [left.stop for left in plan.left])
    faults = [f"stop {name} is not in the plan" for name in sorted(stops - set(seen))]
    faults += [f"the plan names the unknown stop {name}" for name in sorted(set(seen) - stops)]
    faults += [f"stop {name} occurs {count} times" for name, count in sorted(seen.items()) if count > 1]
    faults += [f"trip {name} occurs {n} times" for name, n in Counter(trip.id for trip in plan.trips).items() if n > 1]
    for trip in plan.trips:
        if trip.courier not in couriers or trip.station not in stations or not trip.visits:
            faults.append(f"{trip.id}: unknown courier {trip.courier} or station {trip.station}, or no stop")
    return faults


class Ways:
    """Walks measured by the checker's own means, in metres, with the gates they lead through."""

    def __init__(self, problem: Problem) -> None:
        self.problem = problem
        self.stops = {stop.id: stop for stop in problem.stops}
        self.couriers = {courier.id: courier for courier in problem.couriers}
        self.stations = {station.id: station for station in problem.stations}
        self.communities = {community.id: community for community in problem.communities}
        self.paths = {c.id: _Paths(c) for c in problem.communities if c.paths}

    def inside_m(self, community: str, a: Point, b: Point) -> float:
        if a == b:
            return 0.0
        paths = self.paths.get(community)
        return hypot(a[0] - b[0], a[1] - b[1]) if paths is None else paths.metres(a, b)

    def walks(self, a: Stop | None, b: Stop | None, station: Point) -> list[tuple[float, list[tuple[Gate, float]]]]:
        """(metres, [(gate, metres until it)]) of every way from stop a to stop b, the shortest first; None is the station."""
        start, end = (station if stop is None else (stop.x_m, stop.y_m) for stop in (a, b))
        out_of, into = (None if stop is None else stop.community for stop in (a, b))
        if a is not None and a is b:
            return [(0.0, [])]
        if out_of is not None and out_of == into:
            return [(self.inside_m(out_of, start, end), [])]
        ways: list[tuple[float, list[tuple[Gate, float]]]] = []
        for leaving in self._gates(out_of):
            for entering in self._gates(into):
                out_m = 0.0 if leaving is None or out_of is None else self.inside_m(out_of, start, _at(leaving))
                in_m = 0.0 if entering is None or into is None else self.inside_m(into, _at(entering), end)
                p = start if leaving is None else _at(leaving)
                q = end if entering is None else _at(entering)
                street_m = self.problem.limits.street_factor * hypot(p[0] - q[0], p[1] - q[1])
                passed = [] if leaving is None else [(leaving, out_m)]
                passed += [] if entering is None else [(entering, out_m + street_m)]
                ways.append((out_m + street_m + in_m, passed))
        return sorted(ways, key=lambda way: way[0])

    def _gates(self, community: str | None) -> list[Gate | None]:
        return [None] if community is None else list(self.communities[community].gates)


def _at(gate: Gate) -> Point:
    return gate.x_m, gate.y_m


class _Paths:
    """A community's paths as a graph of corners, searched corner by corner (Dijkstra 1959)."""

    def __init__(self, community: Community) -> None:
        self.beside: dict[Point, dict[Point, float]] = defaultdict(dict)
        for path in community.paths:
            for a, b in pairwise(path):
                self.beside[a][b] = self.beside[b][a] = hypot(a[0] - b[0], a[1] - b[1])
            for corner in path:
                self.beside[corner].pop(corner, None)
        self.corners = list(dict.fromkeys(corner for path in community.paths for corner in path))
        self.known: dict[Point, dict[Point, float]] = {}

    def metres(self, a: Point, b: Point) -> float:
        p, q = (min(self.corners, key=lambda corner: hypot(at[0] - corner[0], at[1] - corner[1])) for at in (a, b))
        along = self._from(p).get(q, hypot(p[0] - q[0], p[1] - q[1]))
        return hypot(a[0] - p[0], a[1] - p[1]) + along + hypot(b[0] - q[0], b[1] - q[1])

    def _from(self, start: Point) -> dict[Point, float]:
        if start not in self.known:
            reached: dict[Point, float] = {}
            waiting = [(0.0, start)]
            while waiting:
                metres, corner = heappop(waiting)
                if corner in reached:
                    continue
                reached[corner] = metres
                for other, step in self.beside[corner].items():
                    if other not in reached:
                        heappush(waiting, (metres + step, other))
            self.known[start] = reached
        return self.known[start]


def _trip(problem: Problem, ways: Ways, trip: Trip) -> list[str]:
    limits = problem.limits
    courier = ways.couriers[trip.courier]
    stops = [ways.stops[visit.stop] for visit in trip.visits]
    faults = _carried(problem, courier, trip, stops)
    seconds_per_m = 60 / limits.walk_m_per_min
    station = (ways.stations[trip.station].x_m, ways.stations[trip.station].y_m)
    leaves_s, walk_s, wait_s = trip.leaves_s, 0.0, 0.0
    before: Stop | None = None
    for visit, stop in [*zip(trip.visits, stops, strict=True), (None, None)]:
        arrive_s = trip.back_s if visit is None else visit.arrive_s
        took_s = arrive_s - leaves_s
        walk_s += took_s
        where = "the station" if stop is None else f"stop {stop.id}"
        known = ways.walks(before, stop, station)
        taken = [way for way in known if abs(took_s - way[0] * seconds_per_m) <= TICK_S]
        if not taken:
            faults.append(f"{trip.id}: {took_s:.1f} s to {where}; the walk takes {known[0][0] * seconds_per_m:.1f} s")
        # Who would wait at the stop waits before the gate instead: it is passed just in time for the service.
        start_s = arrive_s if visit is None else visit.start_s
        closed: list[list[str]] = []
        for metres, gates in taken or known[:1]:
            shut: list[str] = []
            for n, (gate, after_m) in enumerate(gates):
                is_entered = n == len(gates) - 1 and stop is not None and stop.community is not None
                left_m = metres - after_m
                pass_s = start_s - left_m * seconds_per_m if is_entered else leaves_s + after_m * seconds_per_m
                if not _is_open(gate.opens, pass_s):
                    shut.append(f"{trip.id}: gate {gate.id} is not open at {pass_s:.1f} s, on the way to {where}")
            closed.append(shut)
        fewest = min(closed, key=len)
        faults += fewest
        if visit is None or stop is None:
            break
        faults += _service(problem, trip, stop, visit.arrive_s, visit.start_s, visit.end_s)
        wait_s += visit.start_s - visit.arrive_s
        if (
            limits.cold_within_s is not None
            and stop.cold
            and visit.start_s - trip.leaves_s > limits.cold_within_s + SLACK_S
        ):
            faults.append(
                f"{trip.id}: cold goods reach {stop.id} after {visit.start_s - trip.leaves_s:.1f} s; "
                f"{limits.cold_within_s} are allowed"
            )
        if limits.cold_first and stop.cold and before is not None and not before.cold:
            faults.append(f"{trip.id}: {stop.id} is cold and comes after {before.id}, which is not")
        leaves_s, before = visit.end_s, stop
    if abs(walk_s - trip.walk_s) > SLACK_S * 100 or abs(wait_s - trip.wait_s) > SLACK_S * 100:
        faults.append(
            f"{trip.id}: says {trip.walk_s} s of walking and {trip.wait_s} of waiting; it is {walk_s} and {wait_s}"
        )
    if limits.trip_s_max is not None and trip.back_s - trip.leaves_s > limits.trip_s_max + SLACK_S:
        faults.append(f"{trip.id}: {trip.back_s - trip.leaves_s:.1f} s on the way; {limits.trip_s_max} are allowed")
    if limits.trip_stops_max is not None and len(stops) > limits.trip_stops_max:
        faults.append(f"{trip.id}: {len(stops)} stops; {limits.trip_stops_max} are allowed")
    return faults


def _carried(problem: Problem, courier: Courier, trip: Trip, stops: list[Stop]) -> list[str]:
    """What is aboard, who carries it, and where to."""
    faults = []
    weight_g, pieces = sum(stop.weight_g for stop in stops), sum(stop.pieces for stop in stops)
    if (weight_g, pieces) != (trip.weight_g, trip.pieces):
        faults.append(f"{trip.id}: says {trip.weight_g} g and {trip.pieces} pieces; it is {weight_g} and {pieces}")
    if weight_g > courier.capacity_g:
        faults.append(f"{trip.id}: {weight_g} g; {courier.id} carries {courier.capacity_g}")
    if pieces > courier.capacity_pieces:
        faults.append(f"{trip.id}: {pieces} pieces; {courier.id} carries {courier.capacity_pieces}")
    if courier.station != trip.station:
        faults.append(f"{trip.id}: begins at {trip.station}; {courier.id} belongs to {courier.station}")
    zones = {community.id: community.zone for community in problem.communities}
    in_zones = {"" if stop.community is None else zones[stop.community] for stop in stops}
    if len(in_zones) > 1:
        faults.append(f"{trip.id}: serves the road zones {', '.join(sorted(in_zones))}; a trip serves one")
    for stop in stops:
        if courier.communities is not None and stop.community is not None and stop.community not in courier.communities:
            faults.append(f"{trip.id}: {courier.id} may not enter {stop.community}")
        if stop.station is not None and stop.station != trip.station:
            faults.append(f"{trip.id}: {stop.id} belongs to station {stop.station}")
    return faults


def _service(problem: Problem, trip: Trip, stop: Stop, arrive_s: float, start_s: float, end_s: float) -> list[str]:
    faults = []
    service_s = problem.limits.service_s[stop.handover] if stop.service_s is None else stop.service_s
    if start_s < arrive_s - SLACK_S:
        faults.append(f"{trip.id}: the service at {stop.id} begins before the courier is there")
    if abs(end_s - start_s - service_s) > SLACK_S:
        faults.append(f"{trip.id}: {end_s - start_s:.1f} s of service at {stop.id}; it takes {service_s}")
    if stop.window is not None and not (stop.window[0] <= start_s + SLACK_S and end_s <= stop.window[1] + SLACK_S):
        faults.append(f"{trip.id}: {stop.id} is served {start_s:.1f}–{end_s:.1f}, outside {stop.window}")
    return faults


def _is_open(opens: tuple[Span, ...], at_s: float) -> bool:
    return not opens or any(a - TICK_S <= at_s <= b + TICK_S for a, b in opens)


def _shifts(problem: Problem, plan: Plan) -> list[str]:
    """No courier in two places, nobody outside the shift, loading before each trip, work added up."""
    faults = []
    load_s = problem.limits.load_s
    own: dict[str, list[Trip]] = defaultdict(list)
    for trip in plan.trips:
        own[trip.courier].append(trip)
    told = {shift.courier: shift for shift in plan.shifts}
    if set(told) != set(own) or len(told) != len(plan.shifts):
        faults.append("shifts and trips name different couriers")
    for courier in problem.couriers:
        trips = sorted(own.get(courier.id, []), key=lambda trip: trip.leaves_s)
        free_s = float(courier.shift[0])
        for trip in trips:
            if trip.leaves_s - load_s < free_s - SLACK_S:
                faults.append(
                    f"{courier.id}: {trip.id} is loaded from {trip.leaves_s - load_s:.1f}, before {free_s:.1f}"
                )
            free_s = trip.back_s
        if free_s > courier.shift[1] + SLACK_S:
            faults.append(f"{courier.id}: is back at {free_s:.1f}; the shift ends at {courier.shift[1]}")
        shift = told.get(courier.id)
        if shift is None or not trips:
            continue
        work_s = sum(trip.back_s - trip.leaves_s + load_s for trip in trips)
        spans = (trips[0].leaves_s - load_s, trips[-1].back_s, work_s)
        if any(abs(a - b) > TICK_S for a, b in zip(spans, (shift.begins_s, shift.ends_s, shift.work_s), strict=True)):
            faults.append(f"{courier.id}: the shift says {shift.work_s} s of work; it is {work_s:.1f}")
        if tuple(trip.id for trip in trips) != shift.trips:
            faults.append(f"{courier.id}: the shift names {shift.trips}")
    return faults


def _pairs(problem: Problem, plan: Plan) -> list[str]:
    """Each building and category one courier's, but for stops that a helper took over before they were loaded."""
    limits = problem.limits
    helped = {help_.stop: help_ for help_ in plan.helped}
    faults = []
    if plan.helped and not (limits.one_courier_per and limits.helping):
        faults.append("stops are said to be helped with where no help is allowed")
    if limits.one_courier_per is None:
        return faults
    stops = {stop.id: stop for stop in problem.stops}
    couriers: dict[tuple[str | None, str, str], set[str]] = defaultdict(set)
    for trip in plan.trips:
        for visit in trip.visits:
            stop, help_ = stops[visit.stop], helped.get(visit.stop)
            if not stop.building:
                continue
            pair = stop.community, stop.building, stop.category
            couriers[pair].add(trip.courier if help_ is None else help_.owner)
            if help_ is None:
                continue
            if help_.helper != trip.courier or help_.helper == help_.owner:
                faults.append(
                    f"{trip.id}: {visit.stop} is said to be brought by {help_.helper} instead of {help_.owner}"
                )
            if trip.leaves_s - limits.load_s < help_.at_s - SLACK_S:
                faults.append(f"{trip.id}: is loaded before {help_.at_s} s, when {help_.helper} took {visit.stop} over")
    for (_, building, category), names in couriers.items():
        if len(names) > 1:
            faults.append(f"building {building}, {category or 'goods'}: {', '.join(sorted(names))} bring it; one may")
    return faults


def _balance(problem: Problem, plan: Plan) -> list[str]:
    work_s = dict.fromkeys((courier.id for courier in problem.couriers), 0.0)
    for trip in plan.trips:
        work_s[trip.courier] += trip.back_s - trip.leaves_s + problem.limits.load_s
    most_s, least_s = max(work_s.values(), default=0.0), min(work_s.values(), default=0.0)
    mean_s = sum(work_s.values()) / max(1, len(work_s))
    told = plan.balance
    if any(abs(a - b) > TICK_S for a, b in ((most_s, told.most_s), (least_s, told.least_s), (mean_s, told.mean_s))):
        return [f"the balance says {told.least_s} to {told.most_s} s of work; it is {least_s:.1f} to {most_s:.1f}"]
    if abs(told.spread - (max(most_s - mean_s, mean_s - least_s) / mean_s if mean_s else 0.0)) > 1e-3:
        return [
            f"the balance says {told.spread:.1%} from the mean of {mean_s:.1f} s; it is {least_s:.1f} to {most_s:.1f}"
        ]
    idle_count = len(work_s) - len({trip.courier for trip in plan.trips})
    if told.idle_count != idle_count:
        return [f"the balance says {told.idle_count} have nothing to do; it is {idle_count}"]
    return []


def _cost(problem: Problem, plan: Plan) -> list[str]:
    limits, cost = problem.limits, plan.cost
    stops = {stop.id: stop for stop in problem.stops}
    walk_s, wait_s = sum(trip.walk_s for trip in plan.trips), sum(trip.wait_s for trip in plan.trips)
    served = [stops[visit.stop] for trip in plan.trips for visit in trip.visits]
    service_s = sum(limits.service_s[stop.handover] if stop.service_s is None else stop.service_s for stop in served)
    load_s = limits.load_s * len(plan.trips)
    work_s = walk_s + wait_s + service_s + load_s
    price_s = work_s + limits.trip_price_s * len(plan.trips)
    own = (price_s, work_s, walk_s, service_s, wait_s, load_s, len(plan.trips))
    told = (cost.price_s, cost.work_s, cost.walk_s, cost.service_s, cost.wait_s, cost.load_s, cost.trips_count)
    if any(abs(a - b) > TICK_S for a, b in zip(own, told, strict=True)):
        return [f"the cost says {told}; it is {tuple(round(figure, 1) for figure in own)}"]
    return []
