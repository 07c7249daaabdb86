"""
The checker: reads only the problem and the plan, and shares no step with the planner but the length of a road.

It follows every carton, vehicle and dock through the legs' own times. What it returns is a list of sentences; an empty
list means the plan holds.
"""

from __future__ import annotations

from collections import Counter, defaultdict

from baogong.engine.freight.plan import Leg, Plan, Score, Stop
from baogong.engine.freight.problem import Air, Offer, Problem
from baogong.engine.freight.roads import Roads, drive_fen


def check(problem: Problem, plan: Plan) -> list[str]:
    """
    Everything that is wrong with the plan, in words; [] if it holds.

    Legs named in `plan.frozen` have already left: their times are facts, so windows, closures, notice and the moment of
    planning are not asked of them; goods, docks, capacity, passes and continuity are.
    """
    roads = Roads(problem)
    faults = _ids(plan)
    if faults:
        return faults
    for leg in plan.legs:
        faults += _leg(problem, roads, plan, leg)
    faults += _docks(problem, plan)
    faults += _stock(problem, plan)
    faults += _vehicles(problem, plan)
    faults += _routes(problem, plan)
    return faults + _score(problem, roads, plan)


def _ids(plan: Plan) -> list[str]:
    return [f"leg {name} occurs {n} times" for name, n in Counter(leg.id for leg in plan.legs).items() if n > 1]


def _kind_of(problem: Problem, leg: Leg) -> Offer | Air | None:
    kinds: dict[str, Offer | Air] = {offer.id: offer for offer in problem.offers}
    kinds.update({air.id: air for air in problem.air})
    return kinds.get(leg.offer)


def _leg(problem: Problem, roads: Roads, plan: Plan, leg: Leg) -> list[str]:
    """Times, roads, services, room and what is aboard, of one leg."""
    kind = _kind_of(problem, leg)
    if kind is None or len(leg.stops) < 2:
        return [f"{leg.id}: no such offer {leg.offer}, or fewer than two stops"]
    faults = []
    is_frozen = leg.id in plan.frozen
    loads = {load.id: load for load in problem.loads}
    for stop in leg.stops:
        site = roads.sites[stop.site]
        if not stop.arrive_s <= stop.start_s <= stop.end_s <= stop.depart_s:
            faults.append(f"{leg.id}: the times at {stop.site} run backwards")
        handles = bool(stop.loaded or stop.unloaded)
        if handles and stop.end_s - stop.start_s != site.service_s:
            faults.append(
                f"{leg.id}: {stop.end_s - stop.start_s} s at {stop.site}, whose service takes {site.service_s} s"
            )
        is_open = not site.windows or any(a <= stop.start_s and stop.end_s <= b for a, b in site.windows)
        if handles and not is_open and not is_frozen:
            faults.append(f"{leg.id}: {stop.site} is not open from {stop.start_s} to {stop.end_s}")
        if stop is not leg.stops[-1]:
            is_first = {load for load, _ in stop.loaded if loads[load].origin == stop.site}
            from_s = [loads[load].leaves_from_s for load in is_first] + [site.leaves_from_s if leg.carries else 0]
            if stop.depart_s < max(from_s) and not is_frozen:
                faults.append(f"{leg.id}: leaves {stop.site} at {stop.depart_s}, before {max(from_s)}")
    if not is_frozen and leg.stops[0].arrive_s < problem.start_s:
        faults.append(f"{leg.id}: begins at {leg.stops[0].arrive_s}, before the planning at {problem.start_s}")
    for a, b in zip(leg.stops, leg.stops[1:], strict=False):
        faults += _drive(problem, roads, leg, kind, a, b, is_frozen=is_frozen)
    return faults + _aboard(problem, leg, kind)


def _drive(
    problem: Problem, roads: Roads, leg: Leg, kind: Offer | Air, a: Stop, b: Stop, *, is_frozen: bool
) -> list[str]:
    if isinstance(kind, Air):
        if (a.site, b.site) != (kind.origin, kind.destination) or leg.mode != "AIR":
            return [f"{leg.id}: flight {kind.id} does not go from {a.site} to {b.site}"]
        faults = []
        if b.arrive_s - a.depart_s < kind.duration_s:
            faults.append(f"{leg.id}: the flight takes {kind.duration_s} s")
        if not is_frozen and a.start_s < problem.start_s + kind.lead_s:
            faults.append(f"{leg.id}: flight {kind.id} wants {kind.lead_s} s notice")
        return faults
    road = roads.road(a.site, b.site)
    faults = []
    drive_s = road.drive_s(kind.speed_kmh or problem.speed_kmh)
    if b.arrive_s - a.depart_s < drive_s:
        faults.append(f"{leg.id}: {a.site} to {b.site} in {b.arrive_s - a.depart_s} s; the road takes {drive_s} s")
    if road.crosses_seal and not (kind.has_pass and kind.may_cross_seal):
        faults.append(
            f"{leg.id}: {leg.vehicle} crosses the seal from {a.site} to {b.site} without pass or willing driver"
        )
    if kind.range_m is not None and b.site != kind.base:
        away_m = roads.road(kind.base, b.site).distance_m
        if away_m > kind.range_m and not is_frozen:
            faults.append(
                f"{leg.id}: {b.site} is {away_m} m from {kind.base}; {leg.vehicle} works within {kind.range_m} m"
            )
    for from_s, until_s in road.closed:
        if b.arrive_s > from_s and (until_s is None or a.depart_s < until_s) and not is_frozen:
            faults.append(f"{leg.id}: on the road {a.site} to {b.site} while it is closed from {from_s}")
    return faults


def _aboard(problem: Problem, leg: Leg, kind: Offer | Air) -> list[str]:
    loads = {load.id: load for load in problem.loads}
    aboard: Counter[str] = Counter()
    faults = []
    for stop in leg.stops:
        aboard.subtract(dict(_summed(stop.unloaded)))
        aboard.update(dict(_summed(stop.loaded)))
        faults += [
            f"{leg.id}: {-n} cartons of {load} unloaded that are not aboard" for load, n in aboard.items() if n < 0
        ]
        weight_g = sum(n * loads[load].carton_g for load, n in aboard.items())
        volume_cm3 = sum(n * loads[load].carton_cm3 for load, n in aboard.items())
        if weight_g > kind.capacity_g or volume_cm3 > kind.capacity_cm3:
            faults.append(
                f"{leg.id}: {weight_g} g and {volume_cm3} cm3 leave {stop.site}; "
                f"{leg.vehicle} takes {kind.capacity_g} g and {kind.capacity_cm3} cm3"
            )
    faults += [f"{leg.id}: {n} cartons of {load} stay aboard" for load, n in aboard.items() if n > 0]
    return faults


def _summed(carries: tuple[tuple[str, int], ...]) -> Counter[str]:
    total: Counter[str] = Counter()
    for load, cartons in carries:
        total[load] += cartons
    return total


def _docks(problem: Problem, plan: Plan) -> list[str]:
    """No more vehicles at docks than docks, at any moment."""
    docks = {site.id: site.docks_count for site in problem.sites}
    edges: dict[str, list[tuple[int, int]]] = defaultdict(list)
    for leg in plan.legs:
        for stop in leg.stops:
            if (stop.loaded or stop.unloaded) and stop.end_s > stop.start_s:
                edges[stop.site] += [(stop.start_s, 1), (stop.end_s, -1)]
    faults = []
    for site, moments in sorted(edges.items()):
        count, limit = 0, docks[site]
        for moment, step in sorted(moments):
            count += step
            if limit is not None and count > limit:
                faults.append(f"{count} vehicles at the {limit} docks of {site} at {moment}")
    return faults


def _stock(problem: Problem, plan: Plan) -> list[str]:
    """Cartons are only taken from where they are, not before they are ready there; receivers get what was sent."""
    loads = {load.id: load for load in problem.loads}
    events: dict[tuple[str, str], list[tuple[int, int, int]]] = defaultdict(list)
    for one in problem.loads:
        events[one.id, one.origin].append((one.ready_s, 0, one.cartons))
    may_wait = {one.id: {plan.hub, *one.feeds, one.origin, one.receiver} for one in problem.loads}
    faults = []
    for leg in plan.legs:
        for stop in leg.stops:
            for load, cartons in stop.unloaded:
                events[load, stop.site].append((stop.end_s, 0, cartons))
                if stop.site not in may_wait[load] and leg.id not in plan.frozen:
                    faults.append(f"{leg.id}: {load} is unloaded at {stop.site}, which is no place on its way")
            for load, cartons in stop.loaded:
                events[load, stop.site].append((stop.start_s, 1, -cartons))
                if stop.site == loads[load].receiver:
                    faults.append(f"{leg.id}: {load} is taken away from its receiver")
    ends: Counter[str] = Counter()
    for (load, site), rows in sorted(events.items()):
        stock = 0
        for moment, _, change in sorted(rows):
            stock += change
            if stock < 0:
                faults.append(f"{-stock} cartons of {load} leave {site} at {moment} that are not there")
                break
        if site == loads[load].receiver:
            ends[load] = stock
        else:
            said = sum(rest.cartons for rest in plan.left if (rest.load, rest.site) == (load, site))
            if stock > 0 and stock != said:
                faults.append(f"{stock} cartons of {load} stay at {site}; the plan says {said}")
    for one in problem.loads:
        left = sum(rest.cartons for rest in plan.left if rest.load == one.id)
        if ends[one.id] + left != one.cartons:
            faults.append(f"{ends[one.id]} of {one.cartons} cartons of {one.id} reach {one.receiver}; {left} are left")
    return faults


def _vehicles(problem: Problem, plan: Plan) -> list[str]:
    """Each vehicle exists, is in one place at a time, works in its hours, and comes home if it must."""
    by_vehicle: dict[str, list[Leg]] = defaultdict(list)
    for leg in plan.legs:
        by_vehicle[leg.vehicle].append(leg)
    out = {outage.vehicle: outage.until_s for outage in problem.outages}
    faults = []
    for vehicle, legs in sorted(by_vehicle.items()):
        legs.sort(key=lambda leg: (leg.stops[0].arrive_s, leg.stops[-1].end_s))
        kind = _kind_of(problem, legs[0])
        if isinstance(kind, Air):
            if vehicle != kind.id or len(legs) > 1:
                faults.append(f"flight {vehicle} is used {len(legs)} times")
            continue
        assert kind is not None
        if any(leg.offer != kind.id for leg in legs) or vehicle not in {
            f"{kind.id}-{n + 1}" for n in range(kind.count)
        }:
            faults.append(f"{vehicle} is none of the {kind.count} vehicles of {kind.id}")
        at, free_s = kind.base, kind.from_s
        for leg in legs:
            if leg.origin != at or leg.stops[0].arrive_s < free_s:
                faults.append(
                    f"{leg.id}: {vehicle} is at {at} until {free_s}, not at {leg.origin} at {leg.stops[0].arrive_s}"
                )
            at, free_s = leg.destination, leg.stops[-1].end_s
            back_s = out.get(vehicle, 0)
            if leg.id not in plan.frozen and (back_s is None or leg.stops[0].arrive_s < back_s):
                faults.append(f"{leg.id}: {vehicle} is out of service")
            if leg.equipment_count != kind.equipment_count:
                faults.append(
                    f"{leg.id}: {leg.equipment_count} of {kind.equipment_count} pieces of equipment ride along"
                )
        if kind.until_s is not None and free_s > kind.until_s and legs[-1].id not in plan.frozen:
            faults.append(f"{vehicle} works until {free_s}, after {kind.until_s}")
        if kind.returns and at != kind.base and not (vehicle in out and out[vehicle] is None):
            faults.append(f"{vehicle} ends at {at}, not at home in {kind.base}")
    return faults


def _routes(problem: Problem, plan: Plan) -> list[str]:
    """The loads' routes say the same as the legs."""
    legs = {leg.id: leg for leg in plan.legs}
    riding: Counter[tuple[str, str]] = Counter()
    faults = []
    receiver_of = {load.id: load.receiver for load in problem.loads}
    for route in plan.routes:
        for name in route.legs:
            riding[name, route.load] += route.cartons
        final = [stop for stop in legs[route.legs[-1]].stops if stop.site == receiver_of[route.load]]
        if not any(stop.arrive_s == route.arrive_s and route.load in dict(stop.unloaded) for stop in final):
            faults.append(f"{route.load} does not reach {receiver_of[route.load]} at {route.arrive_s}")
    stranded = {left.load for left in plan.left}
    for leg in plan.legs:
        for load, cartons in leg.carries:
            if riding[leg.id, load] != cartons and load not in stranded:
                faults.append(f"{leg.id}: carries {cartons} cartons of {load}; the routes say {riding[leg.id, load]}")
    return faults


def _score(problem: Problem, roads: Roads, plan: Plan) -> list[str]:
    """The score, counted again from the legs."""
    loads = {load.id: load for load in problem.loads}
    late = last = fen = 0
    used = set()
    for leg in plan.legs:
        kind = _kind_of(problem, leg)
        if isinstance(kind, Air):
            weight_g = sum(cartons * loads[load].carton_g for load, cartons in leg.carries)
            fen += kind.fixed_fen + -(-weight_g * kind.fen_per_kg // 1000)
        elif kind is not None:
            if leg.vehicle not in used:
                fen += kind.fixed_fen + kind.driver_bonus_fen
                used.add(leg.vehicle)
            for a, b in zip(leg.stops, leg.stops[1:], strict=False):
                fen += drive_fen(roads.road(a.site, b.site).distance_m, kind.fen_per_km)
        for stop in leg.stops:
            for load, cartons in stop.unloaded:
                if stop.site == loads[load].receiver:
                    last = max(last, stop.arrive_s)
                    due_s = loads[load].due_s
                    late += cartons * max(0, stop.arrive_s - due_s) if due_s is not None else 0
    counted = Score(sum(left.cartons for left in plan.left), late, last, fen)
    return [] if counted == plan.score else [f"the score is {counted}, not {plan.score}"]
