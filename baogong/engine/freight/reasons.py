"""What was considered and rejected, with the figures that spoke against it."""

from __future__ import annotations

from baogong.engine.freight.plan import Left, Plan, Rejected, Score
from baogong.engine.freight.problem import Air, Offer, Problem
from baogong.engine.freight.roads import Roads
from baogong.engine.freight.schedule import Source
from baogong.engine.freight.search import Search
from baogong.engine.freight.words import difference, figures, moment, span
from baogong.kernel.money import yuan


def rejections(problem: Problem, plan: Plan, search: Search, others: dict[str | None, Score]) -> tuple[Rejected, ...]:
    """
    Flights, vehicles at the seal, other ways for each origin, other hubs, and vehicles not used.

    search  the one that made the plan; asked for each alternative's score
    others  by hub (None: without one), the best score of a whole plan made for it
    """
    roads = Roads(problem)
    rows = [_air(problem, plan, air) for air in problem.air if all(leg.offer != air.id for leg in plan.legs)]
    rows += _seal(problem, roads)
    rows += _ways(problem, plan, search)
    rows += [_hub(problem, plan, hub, score) for hub, score in others.items() if hub != plan.hub]
    rows += _unused(problem, plan, search)
    return tuple(rows)


def left_behind(problem: Problem, search: Search) -> tuple[Left, ...]:
    """Cartons the best draft leaves, where they stay, and why."""
    brought: dict[str, int] = {}
    rows: dict[tuple[str, str], int] = {}
    for shipment in search.draft.shipments.values():
        source = shipment.source
        brought[source.id] = brought.get(source.id, 0) + shipment.cartons
        if shipment.rides[-1][1] != source.load.receiver:
            key = (source.load.id, shipment.rides[-1][1])
            rows[key] = rows.get(key, 0) + shipment.cartons
    reasons = {}
    for source in search.world.sources:
        missing = source.cartons - brought.get(source.id, 0)
        if missing:
            rows[source.load.id, source.site] = rows.get((source.load.id, source.site), 0) + missing
            reasons[source.load.id, source.site] = bool(search.ways(source))
    made = []
    for (load, site), cartons in sorted(rows.items()):
        receiver = next(one.receiver for one in problem.loads if one.id == load)
        if reasons.get((load, site), True):
            why = (
                f"Every vehicle that may go from {site} towards {receiver} is full or out of its time.",
                f"能从{site}驶往{receiver}的车辆都已装满或超出可用时间。",
            )
        else:
            why = (
                f"No vehicle on offer may go from {site} to {receiver}: none has both a pass and a driver who crosses "
                "the seal, or the road is closed.",
                f"没有车辆可从{site}到{receiver}：没有既有通行证又肯进封控区的车，或道路已封闭。",
            )
        made.append(Left(load, site, cartons, *why))
    return tuple(made)


def _air(problem: Problem, plan: Plan, air: Air) -> Rejected:
    arrives_s = problem.start_s + air.lead_s + air.duration_s
    waiting = [load for load in problem.loads if load.origin == air.origin]
    mine = {load.id for load in waiting}
    by_plan_s = max((route.arrive_s for route in plan.routes if route.load in mine), default=plan.score.last_arrival_s)
    due_s = min((load.due_s for load in waiting if load.due_s is not None), default=None)
    shown = [("lead_s", air.lead_s), ("earliest_arrival_s", arrives_s), ("plan_arrival_s", by_plan_s)]
    if due_s is not None:
        shown.append(("due_s", due_s))
    notice, at, road = span(air.lead_s), moment(problem, arrives_s), moment(problem, by_plan_s)
    what = f"AIR:{air.id}"
    head = (
        f"Air from {air.origin} to {air.destination} ({air.carrier}) wants {notice[0]} notice: at {air.destination} on "
        f"{at[0]} at the earliest",
        f"{air.carrier}从{air.origin}到{air.destination}的航空需提前{notice[1]}：最早{at[1]}到{air.destination}",
    )
    if not waiting:
        return Rejected(
            what, f"{head[0]}; no load waits at {air.origin}.", f"{head[1]}；{air.origin}没有货。", tuple(shown)
        )
    if due_s is not None and arrives_s > due_s:
        due, later = moment(problem, due_s), span(arrives_s - due_s)
        return Rejected(
            what,
            f"{head[0]}, {later[0]} after the goods are due ({due[0]}); the plan brings them by {road[0]}.",
            f"{head[1]}，比要求的{due[1]}晚{later[1]}；本方案{road[1]}送达。",
            tuple(shown),
        )
    if arrives_s > by_plan_s:
        later = span(arrives_s - by_plan_s)
        return Rejected(
            what,
            f"{head[0]}, {later[0]} after the plan has brought the goods to their receivers ({road[0]}).",
            f"{head[1]}，比本方案送达（{road[1]}）晚{later[1]}。",
            tuple(shown),
        )
    weight_g = sum(load.cartons * load.carton_g for load in waiting)
    fen = air.fixed_fen + -(-weight_g * air.fen_per_kg // 1000)
    shown.append(("cost_fen", fen))
    return Rejected(
        what,
        f"{head[0]}; it would cost {yuan(fen)} yuan and the plan is better as a whole without it.",
        f"{head[1]}；运费{yuan(fen)}元，整体上不用它更好。",
        tuple(shown),
    )


def _seal(problem: Problem, roads: Roads) -> list[Rejected]:
    """Each offer that may not cross, where goods must."""
    inside = [load for load in problem.loads if roads.sites[load.receiver].inside_seal]
    crossing = [load for load in inside if not roads.sites[load.origin].inside_seal]
    if not crossing:
        return []
    return [
        _at_seal(roads, offer, len({load.receiver for load in crossing}))
        for offer in problem.offers
        if not offer.can_cross
    ]


def _at_seal(roads: Roads, offer: Offer, receivers_count: int) -> Rejected:
    is_inside = roads.sites[offer.base].inside_seal
    based = ("inside", "封控区内") if is_inside else ("outside", "封控区外")
    if not offer.has_pass and not offer.may_cross_seal:
        why = ("it has no pass and its drivers will not cross", "没有通行证，司机也不进封控区")
    elif not offer.has_pass:
        why = ("it has no pass", "没有通行证")
    else:
        why = ("its drivers will not cross the seal", "司机不进封控区")
    return Rejected(
        f"SEAL:{offer.id}",
        f"{offer.count} {offer.kind} of {offer.carrier}, based {based[0]} at {offer.base}, cannot bring goods to the "
        f"{receivers_count} receivers inside the seal: {why[0]}.",
        f"{offer.carrier}的{offer.count}辆{offer.kind}（{based[1]}，{offer.base}）不能把货送到封控区内的{receivers_count}个接收方：{why[1]}。",
        (("vehicles", offer.count), ("receivers_inside", receivers_count), ("has_pass", int(offer.has_pass))),
    )


def _ways(problem: Problem, plan: Plan, search: Search) -> list[Rejected]:
    """For each origin, direct against relayed: the one not taken."""
    rows = []
    for origin in sorted({source.site for source in search.world.sources}):
        sources = [s for s in search.world.sources if s.site == origin and s.load.receiver != search.world.hub]
        for is_direct, en, zh in ((True, "direct", "直送"), (False, "relayed through the hub", "经中转仓")):
            going = [source for source in sources if search.goes(source, is_direct=not is_direct)]
            if not going or (not is_direct and search.world.hub is None):
                continue
            via = "" if is_direct else f" {search.world.hub}"
            receivers = ", ".join(sorted({source.load.receiver for source in going}))
            score = search.forced(going, is_direct=is_direct)
            what = f"ROUTE:{origin}:{'direct' if is_direct else search.world.hub}"
            if score is None:
                why = _no_vehicle(problem, search.world.roads, going, is_direct=is_direct)
                rows.append(
                    Rejected(
                        what,
                        f"{origin} {en}{via} to {receivers}: {why[0]}.",
                        f"{origin}{zh}{via}到{receivers}：{why[1]}。",
                        (("loads", len(going)), ("distance_m", _longest_m(search.world.roads, going))),
                    )
                )
            else:
                worse = difference(problem, score, plan.score)
                rows.append(
                    Rejected(
                        what,
                        f"{origin} {en}{via} to {receivers}: {worse[0]}.",
                        f"{origin}{zh}{via}到{receivers}：{worse[1]}。",
                        figures(score, plan.score),
                    )
                )
    return rows


def _longest_m(roads: Roads, going: list[Source]) -> int:
    return max(roads.road(source.site, source.load.receiver).distance_m for source in going)


def _no_vehicle(problem: Problem, roads: Roads, going: list[Source], *, is_direct: bool) -> tuple[str, str]:
    """Why nobody can make the journey: the seal, the range of those who may cross it, or roads and room."""
    far_km = -(-_longest_m(roads, going) // 1000)
    crossing = [offer for offer in problem.offers if offer.can_cross and offer.count]
    must_cross = any(roads.road(source.site, source.load.receiver).crosses_seal for source in going)
    if must_cross and not crossing:
        return (
            f"the {far_km} km end inside the seal, and no vehicle on offer has both a pass and a driver who crosses it",
            f"{far_km}公里的终点在封控区内，没有既有通行证又肯进去的车",
        )
    ranges = [(offer, offer.range_m) for offer in crossing if offer.range_m is not None]
    if must_cross and is_direct and len(ranges) == len(crossing):
        offer, range_m = max(ranges, key=lambda pair: pair[1])
        away_km = -(-max(roads.road(offer.base, source.site).distance_m for source in going) // 1000)
        if away_km * 1000 > range_m:
            return (
                f"it lies {away_km} km from {offer.base}, and the vehicles that may cross the seal work within "
                f"{range_m // 1000} km of it",
                f"距{offer.base}{away_km}公里，能进封控区的车只在{range_m // 1000}公里内作业",
            )
    return (
        f"over {far_km} km no vehicle on offer has the road, the room and the time for it",
        f"{far_km}公里，没有车辆同时具备道路、载量和时间",
    )


def _hub(problem: Problem, plan: Plan, hub: str | None, score: Score) -> Rejected:
    worse = difference(problem, score, plan.score)
    name = ("Without a hub", "不设中转仓") if hub is None else (f"With the hub at {hub}", f"在{hub}中转")
    return Rejected(
        f"HUB:{hub or 'none'}", f"{name[0]} {worse[0]}.", f"{name[1]}，{worse[1]}。", figures(score, plan.score)
    )


def _unused(problem: Problem, plan: Plan, search: Search) -> list[Rejected]:
    """Offers of which no vehicle is used, each given the journey it would spoil least."""
    used = {leg.offer for leg in plan.legs}
    rows = []
    for offer in problem.offers:
        if offer.id in used or not offer.count:
            continue
        score = search.with_offer(offer.id)
        what = f"VEHICLE:{offer.id}"
        if score is None:
            rows.append(
                Rejected(
                    what,
                    f"{offer.kind} of {offer.carrier}: no journey of the plan is one it could make "
                    f"(room for {offer.capacity_g // 1000} kg and {offer.capacity_cm3 // 1_000_000} m³).",
                    f"{offer.carrier}的{offer.kind}：方案中没有它能承担的行程（载重{offer.capacity_g // 1000}公斤，"
                    f"容积{offer.capacity_cm3 // 1_000_000}立方米）。",
                    (("capacity_g", offer.capacity_g), ("capacity_cm3", offer.capacity_cm3)),
                )
            )
        else:
            worse = difference(problem, score, plan.score)
            rows.append(
                Rejected(
                    what,
                    f"{offer.kind} of {offer.carrier} in place of a vehicle chosen: {worse[0]}.",
                    f"改用{offer.carrier}的{offer.kind}：{worse[1]}。",
                    figures(score, plan.score),
                )
            )
    return rows
