"""
Planning again when something went wrong: what has left stays as it is, the rest is planned from where everything is now.

Frozen legs give the new starting point: where each vehicle will be and when, which cartons lie where, which docks are
taken, what has been spent. The rest of the old plan is the draft the search begins from, so what need not change stays.
"""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from itertools import pairwise

from baogong.engine.freight.plan import Carry, Leg, Plan, Route, Stop
from baogong.engine.freight.problem import Air, Closure, Load, Offer, Outage, Problem, Site, Span, UnusableProblem
from baogong.engine.freight.roads import Roads, drive_fen, service_start_s
from baogong.engine.freight.rule import FreightRule
from baogong.engine.freight.schedule import (
    Draft,
    Journey,
    ScoreKey,
    Shipment,
    Source,
    Vehicle,
    World,
    tidy,
    vehicles_of,
)
from baogong.engine.freight.solve import best_plan
from baogong.engine.freight.words import moment, span


@dataclass(frozen=True, slots=True)
class Late:
    """A leg reaches every stop still ahead of it `by_s` later; a leg that has not left begins so much later."""

    leg: str
    by_s: int


@dataclass(frozen=True, slots=True)
class Broken:
    """A vehicle is out from `from_s` on. If it is under way, `site` is where its goods are unloaded."""

    vehicle: str
    from_s: int
    site: Site | None = None


@dataclass(frozen=True, slots=True)
class Closed:
    """A road closes to everything that has not left."""

    closure: Closure


Event = Late | Broken | Closed


@dataclass(frozen=True, slots=True)
class Change:
    """What differs from the earlier plan in one leg; before_s, after_s are arrivals, None where there is no such leg."""

    leg: str
    what: str  # LATER, EARLIER, NEW or DROPPED
    before_s: int | None
    after_s: int | None
    text_en: str
    text_zh: str


@dataclass(frozen=True, slots=True)
class Replan:
    """The new plan, the problem it answers (give both to `check`), and what changed, in order of leg."""

    plan: Plan
    problem: Problem
    changes: tuple[Change, ...]


def replan(
    problem: Problem,
    plan: Plan,
    frozen_leg_ids: Collection[str],
    *,
    events: Sequence[Event],
    now_s: int,
    rule: FreightRule,
) -> Replan:
    """
    Plan again what has not left.

    frozen_leg_ids  legs already loaded or departed, with all that came before them in the same vehicle and all that
                    brought their goods; they keep id, vehicle, stops, goods and departure
    events          what happened; a frozen leg named in `Late` or `Broken` gets its new times
    now_s           nothing new begins before it
    Raises UnusableProblem where frozen legs hang in the air or an event names nothing known.
    """
    frozen = [leg for leg in plan.legs if leg.id in set(frozen_leg_ids)]
    _refuse_unusable(plan, frozen, set(frozen_leg_ids), events, now_s)
    changed = _changed_problem(problem, plan, {leg.id for leg in frozen}, events, now_s)
    roads = Roads(changed)
    told = _told(changed, roads, frozen, events, now_s)
    world = _world(changed, roads, plan, told)
    out_for_good = {event.vehicle for event in events if isinstance(event, Broken)}
    start = _remaining_draft(plan, world, {leg.id for leg in told}, out_for_good)
    hubs: tuple[str | None, ...] = (None, *dict.fromkeys(problem.hubs))
    if plan.hub is not None and any(stop.site == plan.hub for leg in told for stop in leg.stops):
        hubs = (plan.hub,)
    elif plan.hub is not None:
        hubs = (plan.hub, *(hub for hub in hubs if hub != plan.hub))
    old = [leg for leg in plan.legs if leg.id not in {one.id for one in told}]
    after = best_plan([replace(world, hub=hub) for hub in hubs], rule, start=start, old=old)
    return Replan(after, changed, _changes(changed, plan, after))


def _refuse_unusable(plan: Plan, frozen: list[Leg], names: set[str], events: Sequence[Event], now_s: int) -> None:
    known = {leg.id for leg in plan.legs}
    vehicles = {leg.vehicle for leg in plan.legs}
    faults = [f"leg {name} is not in the plan" for name in sorted(names - known)]
    for leg in frozen:
        before = [o.id for o in plan.legs if o.vehicle == leg.vehicle and o.stops[0].arrive_s < leg.stops[0].arrive_s]
        faults += [
            f"{leg.id} is frozen, but {name}, before it in {leg.vehicle}, is not"
            for name in before
            if name not in names
        ]
    for route in plan.routes:
        for earlier, later in pairwise(route.legs):
            if later in names and earlier not in names:
                faults.append(f"{later} is frozen, but {earlier}, which brings its {route.load}, is not")
    for event in events:
        if isinstance(event, Late) and event.leg not in known:
            faults.append(f"leg {event.leg} is late but not in the plan")
        if isinstance(event, Late) and event.leg in names and event.leg in known:
            faults += [
                f"{event.leg} is late, so {name}, which follows it, cannot have begun"
                for name in _following(plan, plan.leg(event.leg), now_s)
                if name in names
            ]
        if isinstance(event, Broken) and event.site is None:
            under_way = [leg for leg in frozen if leg.vehicle == event.vehicle and leg.stops[-1].end_s > event.from_s]
            faults += [f"{event.vehicle} breaks down during {leg.id}; say where its goods are" for leg in under_way]
        if isinstance(event, Broken) and event.vehicle not in vehicles:
            faults.append(f"vehicle {event.vehicle} is not in the plan")
    if faults:
        raise UnusableProblem(
            "This cannot be planned again: " + "; ".join(dict.fromkeys(faults)) + ".",
            where="frozen_leg_ids, events",
            found="; ".join(dict.fromkeys(faults)),
            expected="frozen legs with all that came before them, and events about legs and vehicles of the plan",
            cure="Freeze the earlier legs too, or correct the event.",
            faults=list(dict.fromkeys(faults)),
        )


def _following(plan: Plan, leg: Leg, now_s: int) -> list[str]:
    """Legs that wait for this vehicle, or for goods it has not yet put down at `now_s`."""
    ahead = {(load, stop.site) for stop in leg.stops if stop.arrive_s > now_s for load, _ in stop.unloaded}
    same = [o for o in plan.legs if o.vehicle == leg.vehicle and o.stops[0].arrive_s >= leg.stops[-1].end_s > now_s]
    goods = [
        plan.leg(later)
        for route in plan.routes
        for earlier, later in pairwise(route.legs)
        if earlier == leg.id and any((route.load, stop.site) in ahead for stop in plan.leg(later).stops)
    ]
    return list(dict.fromkeys(one.id for one in (*same, *goods) if one.id != leg.id))


def _changed_problem(problem: Problem, plan: Plan, frozen: set[str], events: Sequence[Event], now_s: int) -> Problem:
    sites, closures, outages = list(problem.sites), list(problem.closures), list(problem.outages)
    legs = {leg.id: leg for leg in plan.legs}
    for event in events:
        if isinstance(event, Closed):
            closures.append(event.closure)
        elif isinstance(event, Broken):
            outages.append(Outage(event.vehicle, None))
            if event.site is not None and event.site.id not in {site.id for site in sites}:
                sites.append(event.site)
        elif event.leg not in frozen:
            leg = legs[event.leg]
            outages.append(Outage(leg.vehicle, leg.stops[0].arrive_s + event.by_s))
    start_s = max(problem.start_s, now_s)
    booked = {leg.offer for leg in plan.legs if leg.mode == "AIR"}
    return replace(
        problem,
        # The notice of a flight the plan has booked runs on; that of any other begins now.
        air=tuple(
            replace(air, lead_s=max(0, air.lead_s - (start_s - problem.start_s))) if air.id in booked else air
            for air in problem.air
        ),
        sites=tuple(sites),
        closures=tuple(closures),
        outages=tuple(outages),
        start_s=start_s,
    )


def _told(problem: Problem, roads: Roads, frozen: list[Leg], events: Sequence[Event], now_s: int) -> list[Leg]:
    """The frozen legs as they now will be."""
    late = {event.leg: event.by_s for event in events if isinstance(event, Late)}
    broken = {event.vehicle: event for event in events if isinstance(event, Broken)}
    told: list[Leg] = []
    for leg in sorted(frozen, key=lambda leg: leg.id in late):
        event = broken.get(leg.vehicle)
        if event is not None and event.site is not None and leg.stops[-1].end_s > event.from_s:
            told.append(_cut(leg, event.from_s, event.site))
        elif leg.id in late:
            told.append(_delayed(roads, leg, late[leg.id], now_s, _docks(problem, told)))
        else:
            told.append(leg)
    return told


def _delayed(roads: Roads, leg: Leg, by_s: int, now_s: int, docks: dict[str, tuple[Span, ...]]) -> Leg:
    """Stops not reached yet are reached `by_s` later and take the next free dock."""
    stops = [leg.stops[0]]
    for stop in leg.stops[1:]:
        if stop.arrive_s <= now_s:
            stops.append(stop)
            continue
        arrive_s = stop.arrive_s + by_s
        start_s = arrive_s
        if stop.loaded or stop.unloaded:
            # A truck that has left is served whenever it comes, if need be out of hours.
            site = replace(roads.sites[stop.site], windows=())
            start_s = service_start_s(site, docks.get(stop.site, ()), arrive_s) or arrive_s
        end_s = start_s + stop.end_s - stop.start_s
        by_s = max(0, end_s - stop.depart_s)
        stops.append(replace(stop, arrive_s=arrive_s, start_s=start_s, end_s=end_s, depart_s=stop.depart_s + by_s))
    return replace(leg, stops=tuple(stops))


def _cut(leg: Leg, from_s: int, site: Site) -> Leg:
    """The leg up to its breakdown, where all that is still aboard is unloaded."""
    kept = [stop for stop in leg.stops if stop.arrive_s <= from_s] or [leg.stops[0]]
    aboard: dict[str, int] = {}
    for stop in kept:
        for load, cartons in stop.loaded:
            aboard[load] = aboard.get(load, 0) + cartons
        for load, cartons in stop.unloaded:
            aboard[load] -= cartons
    stands_s = max(from_s, kept[-1].depart_s)
    done_s = stands_s + (site.service_s if any(aboard.values()) else 0)
    carries: tuple[Carry, ...] = tuple(sorted((load, n) for load, n in aboard.items() if n))
    return replace(leg, stops=(*kept, Stop(site.id, stands_s, stands_s, done_s, done_s, (), carries)))


def _docks(problem: Problem, legs: Sequence[Leg]) -> dict[str, tuple[Span, ...]]:
    limited = {site.id for site in problem.sites if site.docks_count is not None}
    docks: dict[str, tuple[Span, ...]] = {}
    for leg in legs:
        for stop in leg.stops:
            if stop.site in limited and stop.end_s > stop.start_s:
                docks[stop.site] = (*docks.get(stop.site, ()), (stop.start_s, stop.end_s))
    return docks


def _world(problem: Problem, roads: Roads, plan: Plan, told: list[Leg]) -> World:
    sources, routes = _where_goods_are(problem, plan, {leg.id: leg for leg in told})
    return World(
        problem=problem,
        roads=roads,
        hub=plan.hub,
        vehicles=_where_vehicles_are(problem, told),
        sources=sources,
        frozen_legs=tuple(told),
        frozen_routes=routes,
        frozen_score=_spent(problem, roads, told, routes),
        frozen_docks=_docks(problem, told),
    )


def _where_vehicles_are(problem: Problem, told: list[Leg]) -> dict[str, Vehicle]:
    vehicles = vehicles_of(problem)
    for leg in sorted(told, key=lambda leg: leg.stops[-1].end_s):
        vehicle = vehicles.get(leg.vehicle)
        if vehicle is None:
            continue
        if vehicle.flight is not None:
            del vehicles[leg.vehicle]
            continue
        vehicles[leg.vehicle] = replace(
            vehicle,
            at=leg.destination,
            free_s=max(vehicle.free_s, leg.stops[-1].end_s),
            fixed_fen=0,
            is_away=vehicle.home is not None,
        )
    return vehicles


def _where_goods_are(
    problem: Problem, plan: Plan, told: dict[str, Leg]
) -> tuple[tuple[Source, ...], tuple[Route, ...]]:
    """Cartons not yet with their receivers, by place and moment; and the routes that frozen legs complete."""
    loads = {load.id: load for load in problem.loads}
    waiting: dict[tuple[str, str, int, tuple[str, ...]], int] = {}
    finished = []
    for route in plan.routes:
        load = loads[route.load]
        rode = tuple(name for name in route.legs if name in told)
        if not rode:
            key = (load.id, load.origin, max(load.ready_s, problem.start_s), rode)
            waiting[key] = waiting.get(key, 0) + route.cartons
            continue
        stop = _put_down(told[rode[-1]], load, told, route.legs[len(rode) : len(rode) + 1], plan)
        if stop.site == load.receiver:
            finished.append(replace(route, legs=rode, arrive_s=stop.arrive_s))
        else:
            key = (load.id, stop.site, max(stop.end_s, problem.start_s), rode)
            waiting[key] = waiting.get(key, 0) + route.cartons
    for left in plan.left:
        load = loads[left.load]
        key = (left.load, left.site, max(load.ready_s, problem.start_s), ())
        waiting[key] = waiting.get(key, 0) + left.cartons
    sources = tuple(
        Source(
            id=f"{load}@{site}/{number}",
            load=loads[load],
            site=site,
            cartons=cartons,
            ready_s=ready_s,
            leaves_from_s=loads[load].leaves_from_s if site == loads[load].origin else 0,
            rode=rode,
        )
        for number, ((load, site, ready_s, rode), cartons) in enumerate(sorted(waiting.items()), 1)
    )
    return sources, tuple(finished)


def _put_down(leg: Leg, load: Load, told: dict[str, Leg], following: tuple[str, ...], plan: Plan) -> Stop:
    """Where the leg unloads the cartons: at the next leg's pick-up if it has one, else at the receiver, else anywhere."""
    places = [stop for stop in leg.stops if load.id in dict(stop.unloaded)]
    wanted = {load.receiver}
    if following:
        wanted = {stop.site for stop in plan.leg(following[0]).stops if load.id in dict(stop.loaded)}
    return next((stop for stop in places if stop.site in wanted), places[-1])


def _spent(problem: Problem, roads: Roads, told: list[Leg], routes: tuple[Route, ...]) -> ScoreKey:
    """What the frozen legs have already decided: lateness, last arrival, fen."""
    loads = {load.id: load for load in problem.loads}
    kinds: dict[str, Offer | Air] = {offer.id: offer for offer in problem.offers}
    kinds.update({air.id: air for air in problem.air})
    late = sum(
        route.cartons * max(0, route.arrive_s - (loads[route.load].due_s or route.arrive_s))
        if loads[route.load].due_s is not None
        else 0
        for route in routes
    )
    fen, used = 0, set()
    for leg in told:
        kind = kinds[leg.offer]
        if isinstance(kind, Air):
            weight_g = sum(cartons * loads[load].carton_g for load, cartons in leg.carries)
            fen += kind.fixed_fen + -(-weight_g * kind.fen_per_kg // 1000)
            continue
        if leg.vehicle not in used:
            fen += kind.fixed_fen + kind.driver_bonus_fen
            used.add(leg.vehicle)
        for a, b in pairwise(leg.stops):
            fen += drive_fen(roads.road(a.site, b.site).distance_m, kind.fen_per_km)
    return 0, late, max((route.arrive_s for route in routes), default=0), fen


def _remaining_draft(plan: Plan, world: World, told: set[str], out: set[str]) -> Draft:
    """The part of the old plan that has not left, as a draft; rides of vehicles that are out, and what follows, fall away."""
    left = [leg for leg in plan.legs if leg.id not in told and leg.vehicle not in out and leg.carries]
    number_of = {leg.id: number for number, leg in enumerate(left, 1)}
    journeys: dict[int, Journey] = {}
    turns: dict[str, tuple[int, ...]] = {}
    for leg in left:
        number = number_of[leg.id]
        picks = tuple(stop.site for stop in leg.stops if stop.loaded)
        journeys[number] = Journey(picks, tuple(stop.site for stop in leg.stops if stop.unloaded))
        turns[leg.vehicle] = (*turns.get(leg.vehicle, ()), number)
    room = {source.id: source.cartons for source in world.sources}
    shipments: dict[int, Shipment] = {}
    for route in plan.routes:
        rode = tuple(name for name in route.legs if name in told)
        source = next(
            (s for s in world.sources if (s.load.id, s.rode) == (route.load, rode) and room[s.id] >= route.cartons),
            None,
        )
        if source is None:
            continue
        rides: list[tuple[str, str, int]] = []
        at = source.site
        for name in route.legs[len(rode) :]:
            leg = plan.leg(name)
            to = _put_down(leg, source.load, {}, route.legs[route.legs.index(name) + 1 :][:1], plan).site
            if name not in number_of or at not in journeys[number_of[name]].picks:
                break
            rides.append((at, to, number_of[name]))
            at = to
        if rides:
            room[source.id] -= route.cartons
            shipments[len(shipments) + 1] = Shipment(source, route.cartons, tuple(rides))
    return tidy(Draft(journeys, turns, shipments))


def _changes(problem: Problem, before: Plan, after: Plan) -> tuple[Change, ...]:
    old, new = {leg.id: leg for leg in before.legs}, {leg.id: leg for leg in after.legs}
    changes = []
    for name in sorted(old.keys() | new.keys()):
        a, b = old.get(name), new.get(name)
        if a is None and b is not None:
            at = moment(problem, b.depart_s), moment(problem, b.arrive_s)
            en = f"New leg {name}: {b.vehicle} leaves {b.origin} on {at[0][0]} and reaches {b.destination} on {at[1][0]}."
            zh = f"新增{name}：{b.vehicle}{at[0][1]}从{b.origin}出发，{at[1][1]}到{b.destination}。"
            changes.append(Change(name, "NEW", None, b.arrive_s, en, zh))
        elif b is None and a is not None:
            en = f"Leg {name} of {a.vehicle} from {a.origin} to {a.destination} is dropped."
            zh = f"取消{name}：{a.vehicle}从{a.origin}到{a.destination}。"
            changes.append(Change(name, "DROPPED", a.arrive_s, None, en, zh))
        elif a is not None and b is not None and a.stops != b.stops:
            by_s = b.arrive_s - a.arrive_s
            what = "LATER" if by_s >= 0 else "EARLIER"
            word, zh_word = ("later", "晚") if by_s >= 0 else ("earlier", "早")
            by, to = span(abs(by_s)), moment(problem, b.arrive_s)
            en = f"Leg {name} of {b.vehicle} reaches {b.destination} on {to[0]}, {by[0]} {word}."
            zh = f"{name}（{b.vehicle}）{to[1]}到{b.destination}，{zh_word}{by[1]}。"
            changes.append(Change(name, what, a.arrive_s, b.arrive_s, en, zh))
    return tuple(changes)
