"""
The convoy between the rooms and the planner: a snapshot in plain JSON ⇄ the engine's problem and plan.

Inside the engine sites, offers and loads go by their names, because its sentences of reason name them; the snapshot
keeps which id each name stands for.

snapshot  {"zero_at", "problem": the engine's Problem in JSON, "sites": {name: id}, "offers": {offer: {"carrier",
          "kind", "carrier_name"}}, "loads": {load: {"parcel", "amount", "pieces_per_carton", "receiver", "is_met_at"}},
          "parcels": {id: facts}, "supersedes"}
result    {"legs", "waybills", "left", "rejected", "hub", "score", "bound", …}, times in ISO 8601; "engine_plan" and, for
          a replan, "problem" are what the next replan begins from
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import asdict
from datetime import datetime
from itertools import pairwise
from typing import Any

from baogong.engine.freight.plan import Left, Leg, Plan, Route, Score, Stop
from baogong.engine.freight.problem import Air, Closure, Lane, Load, Offer, Outage, Problem, Site
from baogong.engine.freight.roads import Roads, drive_fen

Facts = dict[str, Any]


def problem_to_json(problem: Problem) -> Facts:
    facts = asdict(problem)
    facts["zero_at"] = problem.zero_at.isoformat()
    return facts


def problem_from_json(facts: Mapping[str, Any]) -> Problem:
    """The inverse of `problem_to_json`; raises the engine's UnusableProblem."""
    return Problem(
        zero_at=datetime.fromisoformat(facts["zero_at"]),
        sites=tuple(
            Site(**{**each, "windows": tuple((start, end) for start, end in each["windows"])})
            for each in facts["sites"]
        ),
        loads=tuple(Load(**{**each, "feeds": tuple(each["feeds"])}) for each in facts["loads"]),
        offers=tuple(Offer(**each) for each in facts["offers"]),
        hubs=tuple(facts["hubs"]),
        lanes=tuple(Lane(**each) for each in facts["lanes"]),
        closures=tuple(Closure(**each) for each in facts["closures"]),
        air=tuple(Air(**each) for each in facts["air"]),
        outages=tuple(Outage(**each) for each in facts["outages"]),
        start_s=facts["start_s"],
        road_factor=facts["road_factor"],
        speed_kmh=facts["speed_kmh"],
    )


def engine_plan_from_json(facts: Mapping[str, Any]) -> Plan:
    """What a later replan begins from; the inverse of `plan_to_json(...)["engine_plan"]`."""
    return Plan(
        legs=tuple(
            Leg(
                id=each["id"],
                vehicle=each["vehicle"],
                offer=each["offer"],
                mode=each["mode"],
                equipment_count=each["equipment_count"],
                stops=tuple(
                    Stop(**{**stop, "loaded": _carries(stop["loaded"]), "unloaded": _carries(stop["unloaded"])})
                    for stop in each["stops"]
                ),
            )
            for each in facts["legs"]
        ),
        routes=tuple(Route(**{**each, "legs": tuple(each["legs"])}) for each in facts["routes"]),
        hub=facts["hub"],
        score=Score(**facts["score"]),
        bound=Score(**facts["bound"]),
        left=tuple(Left(**each) for each in facts["left"]),
        frozen=tuple(facts["frozen"]),
    )


def _carries(pairs: list[list[Any]]) -> tuple[tuple[str, int], ...]:
    return tuple((load, cartons) for load, cartons in pairs)


def _engine_plan_to_json(plan: Plan) -> Facts:
    facts = asdict(plan)
    return {name: facts[name] for name in ("legs", "routes", "hub", "score", "bound", "left", "frozen")}


def plan_to_json(problem: Problem, plan: Plan, snapshot: Mapping[str, Any]) -> Facts:
    """The result that is kept with the plan: legs with their stops, one waybill per truck and stop, reasons."""

    def at(seconds: int) -> str:
        return problem.moment(seconds).isoformat()

    def score(each: Any) -> Facts:
        return {**asdict(each), "last_arrival_at": at(each.last_arrival_s)}

    return {
        "legs": [_leg_to_json(problem, plan, leg, snapshot) for leg in plan.legs],
        "waybills": waybills_of(problem, plan, snapshot),
        "engine_plan": _engine_plan_to_json(plan),
        "hub": snapshot["sites"][plan.hub] if plan.hub else None,
        "hub_name": plan.hub,
        "score": score(plan.score),
        "bound": score(plan.bound),
        "left": [
            {
                "parcel": snapshot["loads"][each.load]["parcel"],
                "site": snapshot["sites"][each.site],
                "cartons_count": each.cartons,
                "why_en": each.why_en,
                "why_zh": each.why_zh,
            }
            for each in plan.left
        ],
        "rejected": [
            {"what": each.what, "why_en": each.why_en, "why_zh": each.why_zh, "figures": dict(each.figures)}
            for each in plan.rejected
        ],
        "rule_version": plan.rule_version,
        "stopped_because": plan.stopped_because.value,
        "moves_done": plan.moves_done,
        "gap": plan.gap,
    }


def _leg_to_json(problem: Problem, plan: Plan, leg: Leg, snapshot: Mapping[str, Any]) -> Facts:
    offer = snapshot["offers"].get(leg.offer, {})
    return {
        "id": leg.id,
        "vehicle": leg.vehicle,
        "offer": leg.offer,
        "carrier": offer.get("carrier"),
        "carrier_name": offer.get("carrier_name", ""),
        "kind": offer.get("kind"),
        "mode": leg.mode,
        "equipment_count": leg.equipment_count,
        "is_empty": not leg.carries,
        "is_frozen": leg.id in plan.frozen,
        "stops": [
            {
                "site": snapshot["sites"][stop.site],
                "site_name": stop.site,
                "arrive_at": problem.moment(stop.arrive_s).isoformat(),
                "start_at": problem.moment(stop.start_s).isoformat(),
                "end_at": problem.moment(stop.end_s).isoformat(),
                "depart_at": problem.moment(stop.depart_s).isoformat(),
                "loaded": [[load, cartons] for load, cartons in stop.loaded],
                "unloaded": [[load, cartons] for load, cartons in stop.unloaded],
            }
            for stop in leg.stops
        ],
    }


def waybills_of(problem: Problem, plan: Plan, snapshot: Mapping[str, Any]) -> list[Facts]:
    """
    One waybill for each (leg, loading stop, unloading stop, receiver), in order of departure, with its lines.

    Cartons become base units route by route: each full but a load's last, so a load's lines on any leg add up.
    """
    legs = {leg.id: leg for leg in plan.legs}
    cartons = {load.id: (load.carton_g, load.carton_cm3) for load in problem.loads}
    origins = {load.id: load.origin for load in problem.loads}
    roads = Roads(problem)
    offers = {offer.id: offer for offer in problem.offers}
    made: dict[tuple[str, int, int, str | None], Facts] = {}
    left = {name: facts["amount"] for name, facts in snapshot["loads"].items()}
    for route in plan.routes:
        facts = snapshot["loads"][route.load]
        amount = min(route.cartons * facts["pieces_per_carton"], left[route.load])
        left[route.load] -= amount
        here = origins[route.load]
        for number, leg_id in enumerate(route.legs):
            leg = legs[leg_id]
            is_last = number == len(route.legs) - 1
            following = None if is_last else legs[route.legs[number + 1]]
            start, end = _ends(route, leg, here, following, facts["is_met_at"])
            here = leg.stops[end].site
            if leg_id in plan.frozen or amount == 0:
                continue
            # A receiver signs for its own; what goes on from here is taken over by the site's keeper.
            receiver = facts["receiver"] if is_last and facts["is_handed_over"] else None
            bill = made.get((leg_id, start, end, receiver))
            if bill is None:
                bill = made[leg_id, start, end, receiver] = _waybill(problem, roads, leg, start, end, snapshot)
                bill["receiver"] = receiver
                offer = offers.get(leg.offer)
                bill["cost_fen"] = drive_fen(bill["distance_m"], offer.fen_per_km) if offer else 0
            bill["lines"].append(
                {
                    "parcel": facts["parcel"],
                    "amount": amount,
                    "pieces_per_carton": facts["pieces_per_carton"],
                    "carton_g": cartons[route.load][0],
                    "carton_cm3": cartons[route.load][1],
                    "is_last": is_last,
                }
            )
    bills = [_joined(bill) for bill in made.values()]
    return sorted(bills, key=lambda bill: (bill["depart_at"], bill["leg"], bill["stop_no"], bill["receiver"] or ""))


def _ends(route: Route, leg: Leg, here: str, following: Leg | None, receiver: str) -> tuple[int, int]:
    """
    The leg's stops, by number, where this route's cartons are loaded and unloaded.

    here  where they lie: one leg may take part of a load at its origin and another part at the hub
    """
    start = next(n for n, stop in enumerate(leg.stops) if stop.site == here and _has(stop.loaded, route.load))
    onward = (
        {receiver} if following is None else {stop.site for stop in following.stops if _has(stop.loaded, route.load)}
    )
    end = next(
        n for n, stop in enumerate(leg.stops) if n > start and _has(stop.unloaded, route.load) and stop.site in onward
    )
    return start, end


def _has(carries: tuple[tuple[str, int], ...], load: str) -> bool:
    return any(name == load for name, _ in carries)


def _waybill(problem: Problem, roads: Roads, leg: Leg, start: int, end: int, snapshot: Mapping[str, Any]) -> Facts:
    first, last = leg.stops[start], leg.stops[end]
    way: tuple[Stop, ...] = leg.stops[start : end + 1]
    sites = {site.id: site for site in problem.sites}
    leaves_from_s = sites[first.site].leaves_from_s
    offer = snapshot["offers"].get(leg.offer, {})
    return {
        "leg": leg.id,
        "stop_no": end,
        "truck": leg.vehicle,
        "mode": leg.mode,
        "carrier": offer.get("carrier"),
        "kind": offer.get("kind"),
        "origin": snapshot["sites"][first.site],
        "target": snapshot["sites"][last.site],
        "load_start_at": problem.moment(first.start_s).isoformat(),
        "depart_at": problem.moment(first.depart_s).isoformat(),
        # Where nobody has named a time before which nothing may leave, the plan's own is the earliest.
        "earliest_at": problem.moment(leaves_from_s or first.depart_s).isoformat(),
        "arrive_at": problem.moment(last.arrive_s).isoformat(),
        "unload_start_at": problem.moment(last.start_s).isoformat(),
        "unload_end_at": problem.moment(last.end_s).isoformat(),
        "distance_m": sum(roads.road(a.site, b.site).distance_m for a, b in pairwise(way)),
        "crosses_seal": any(sites[a.site].inside_seal != sites[b.site].inside_seal for a, b in pairwise(way)),
        "lines": [],
    }


def _joined(bill: Facts) -> Facts:
    """A parcel stands on one line of a waybill, however many routes it took there."""
    lines: dict[tuple[str, bool], Facts] = {}
    for line in bill["lines"]:
        known = lines.setdefault((line["parcel"], line["is_last"]), {**line, "amount": 0})
        known["amount"] += line["amount"]
    return {**bill, "lines": [lines[key] for key in sorted(lines)]}
