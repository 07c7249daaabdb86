"""From a problem to a plan: every hub tried, the best kept, the others named with their figures."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace

from baogong.engine.freight.plan import Carry, Leg, Plan, Route, Score
from baogong.engine.freight.problem import Problem
from baogong.engine.freight.reasons import left_behind, rejections
from baogong.engine.freight.roads import Roads
from baogong.engine.freight.rule import FreightRule
from baogong.engine.freight.schedule import Draft, Played, Source, World, vehicles_of
from baogong.engine.freight.search import FAR_FUTURE_S, Search


def solve(problem: Problem, rule: FreightRule) -> Plan:
    """
    Plan all loads from their origins to their receivers: which hub if any, direct or relayed, which trucks, when.

    The score is compared in order: cartons left behind, lateness, last arrival, cost. Cartons no vehicle can bring are
    in `Plan.left` with the reason; that is a result, not an error. Same problem and rule, same plan, unless the rule's
    `limit_s` was reached (`stopped_because`).
    """
    vehicles = vehicles_of(problem)
    sources = sources_at_origins(problem)
    worlds = [World(problem, Roads(problem), hub, vehicles, sources) for hub in (None, *dict.fromkeys(problem.hubs))]
    return best_plan(worlds, rule, start=None, old=())


def sources_at_origins(problem: Problem) -> tuple[Source, ...]:
    return tuple(
        Source(load.id, load, load.origin, load.cartons, max(problem.start_s, load.ready_s), load.leaves_from_s)
        for load in problem.loads
    )


def best_plan(worlds: Sequence[World], rule: FreightRule, *, start: Draft | None, old: Sequence[Leg]) -> Plan:
    """
    The best of the worlds' plans (they differ in the hub), the earliest of equals.

    start  a draft to begin from and keep to where nothing better is found
    old    legs of an earlier plan, whose ids stay where the leg is the same
    """
    found: list[tuple[Search, Played]] = []
    for world in worlds:
        search = Search(world, rule)
        search.run(start)
        found.append((search, search.best))
    search, best = min(found, key=lambda pair: pair[1].score)
    world = search.world
    legs, routes = _written(world, search.draft, best, old)
    hub = world.hub if any(_uses(leg, world.hub) for leg in legs) else None
    plan = Plan(
        legs=legs,
        routes=routes,
        hub=hub,
        score=Score(*best.score),
        bound=_bound(search),
        left=left_behind(world.problem, search),
        rule_version=rule.version,
        stopped_because=search.stopped,
        moves_done=search.moves_done,
        gap=search.gap,
        frozen=tuple(leg.id for leg in world.frozen_legs),
    )
    others: dict[str | None, Score] = {}
    for tried, played in found:
        others.setdefault(tried.world.hub, Score(*played.score))
    return replace(plan, rejected=rejections(world.problem, plan, search, others))


def _uses(leg: Leg, hub: str | None) -> bool:
    return any(stop.site == hub and (stop.loaded or stop.unloaded) for stop in leg.stops)


def _written(
    world: World, draft: Draft, played: Played, old: Sequence[Leg]
) -> tuple[tuple[Leg, ...], tuple[Route, ...]]:
    """Legs in order of departure and the loads' routes over them."""
    known = {_likeness(leg): leg.id for leg in old}
    taken = {leg.id for leg in (*old, *world.frozen_legs)}
    fresh = max((int(name[1:]) for name in taken), default=0)
    legs, leg_of = list(world.frozen_legs), {}
    for name, journey, stops in sorted(played.runs, key=lambda run: (run[2][0].depart_s, run[2][-1].arrive_s, run[0])):
        vehicle = world.vehicles[name]
        merged = tuple(replace(stop, loaded=_merged(stop.loaded), unloaded=_merged(stop.unloaded)) for stop in stops)
        leg = Leg("", name, vehicle.offer, vehicle.mode, merged, vehicle.equipment_count)
        number = known.pop(_likeness(leg), None)
        if number is None:
            fresh += 1
            number = f"L{fresh:03d}"
        legs.append(replace(leg, id=number))
        if journey is not None:
            leg_of[journey] = number
    routes = list(world.frozen_routes)
    for number_of, shipment in sorted(draft.shipments.items()):
        if number_of in played.arrive_s:
            rode = (*shipment.source.rode, *(leg_of[journey] for _, _, journey in shipment.rides))
            routes.append(Route(shipment.source.load.id, shipment.cartons, rode, played.arrive_s[number_of]))
    ordered = sorted(legs, key=lambda leg: (leg.depart_s, leg.arrive_s, leg.vehicle))
    return tuple(ordered), tuple(sorted(routes, key=lambda route: (route.load, route.legs)))


def _merged(carries: tuple[Carry, ...]) -> tuple[Carry, ...]:
    """One line for each load, in order of its id."""
    total: dict[str, int] = {}
    for load, cartons in carries:
        total[load] = total.get(load, 0) + cartons
    return tuple(sorted(total.items()))


def _likeness(leg: Leg) -> tuple[object, ...]:
    """What makes a leg the same waybill even if its times move."""
    return leg.vehicle, tuple((stop.site, stop.loaded, stop.unloaded) for stop in leg.stops)


def _bound(search: Search) -> Score:
    """No plan can beat this: every carton travels alone, at once, on the quickest way, with vehicles and docks to spare."""
    left, late, last, cost = search.world.frozen_score
    for source in search.world.sources:
        soonest_s = search.soonest_at_receiver_s(source)
        if soonest_s >= FAR_FUTURE_S:
            left += source.cartons
            continue
        last = max(last, soonest_s)
        if source.load.due_s is not None:
            late += source.cartons * max(0, soonest_s - source.load.due_s)
    return Score(left, late, last, cost)
