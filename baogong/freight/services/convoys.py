"""Convoys: a plan of kind CONVOY is made, put to carriers, approved into waybills, undone until a truck is loaded."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.engine.freight.plan import Plan, Rejected, Stop
from baogong.engine.freight.problem import Problem
from baogong.engine.freight.replan import Late, replan
from baogong.engine.freight.rule import FreightRule
from baogong.engine.freight.solve import solve
from baogong.freight.errors import AlreadyLoaded, TruckDoesNotFit
from baogong.freight.mapping import engine_plan_from_json, plan_to_json, problem_from_json, problem_to_json
from baogong.freight.models import CarrierAsk, Parcel, Pass, Vehicle, VehicleKind, Waybill, WaybillLine
from baogong.freight.services import drivers, loading, promises, trucks
from baogong.freight.snapshots import (
    KIND,
    PLANS_MAX,
    UNBOOKED,
    UNDERWAY,
    replaceable_waybills,
    take_replan_snapshot,
    take_snapshot,
)
from baogong.journal import queries as papers
from baogong.journal import services as journal
from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.errors import BaogongError, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger.queries import HoldView
from baogong.planning import queries as plans
from baogong.planning import services as planning

APPROVED = "APPROVED"
RULE = {"version": "2026-02"}
ROAD_FACTOR = 1.22  # road metres per great-circle metre (estimate for China's trunk roads)
SPEED_KMH = 65  # trucks with two drivers, over a whole day (estimate)


def plan_convoy(
    *,
    from_at: datetime,
    until_at: datetime,
    hubs: Sequence[UUID] = (),
    only_parcels: Sequence[UUID] = (),
    not_before: Mapping[UUID, datetime] | None = None,
    feeds: Mapping[UUID, Sequence[UUID]] | None = None,
    terms: Mapping[str, Mapping[str, Any]] | None = None,
    road_factor: float = ROAD_FACTOR,
    speed_kmh: int = SPEED_KMH,
    supersedes: UUID | None = None,
    rule: Mapping[str, Any] | None = None,
    seed: int = 1,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """
    Plan how everything promised and due before `until_at`, and not yet on a waybill, gets to its receivers.

    from_at       nothing is planned before it
    hubs          sites where goods may merge; the plan uses one of them, or none
    only_parcels  allotment holds; empty: all that are due
    not_before    site → no vehicle leaves it with goods before then
    feeds         site → origins its goods may first be brought to
    terms         vehicle kind id → changed figures of a carrier's counter (see `answer_ask`)
    supersedes    a plan whose waybills not yet loaded this one replaces
    rule          the engine's FreightRule by field; its version is kept with the plan
    Returns the plan, a draft until approved. Raises UnusableInput, NotYourPlace, the engine's UnusableProblem.
    """
    actor.require(Duty.COMMAND)
    if until_at <= from_at:
        raise UnusableInput(f"A convoy must end after it begins: {from_at} to {until_at}.", where="until_at")
    params = {
        "from_at": from_at.isoformat(),
        "until_at": until_at.isoformat(),
        "hubs": [str(each) for each in hubs],
        "only_parcels": sorted(str(each) for each in only_parcels),
        "not_before": {str(site): at.isoformat() for site, at in (not_before or {}).items()},
        "feeds": {str(site): [str(each) for each in to] for site, to in (feeds or {}).items()},
        "terms": {kind: dict(each) for kind, each in (terms or {}).items()},
        "road_factor": road_factor,
        "speed_kmh": speed_kmh,
        "supersedes": str(supersedes) if supersedes else None,
    }
    return planning.make_plan(
        kind=KIND, params=params, rule={**RULE, **(rule or {})}, seed=seed, actor=actor, now=now, request_id=request_id
    )


def suggest_replan(
    *, plan: UUID, terms: Mapping[str, Mapping[str, Any]] | None = None, now: datetime, request_id: UUID
) -> UUID:
    """
    A draft that replaces what of a plan is not yet loaded, from now on, on changed terms: the house proposes, a person
    approves. What is on the road stays as it is.
    """
    view = plans.plan(plan)
    # From what stands where now, even where the plan was itself a replan: terms are no delay.
    params = {name: value for name, value in view.params.items() if name not in ("replan_of", "at")}
    merged = {
        **params["terms"],
        **{kind: {**params["terms"].get(kind, {}), **each} for kind, each in (terms or {}).items()},
    }
    params |= {
        "from_at": max(now, datetime.fromisoformat(params["from_at"])).isoformat(),
        "terms": merged,
        "supersedes": str(plan),
    }
    return planning.make_plan(
        kind=KIND, params=params, rule=view.rule, seed=view.seed, actor=THE_HOUSE, now=now, request_id=request_id
    )


def current_plan(plan: UUID) -> UUID:
    """The approved plan that now stands for one: itself, or what superseded it."""
    following = {
        UUID(str(view.params["supersedes"])): view.id
        for view in plans.plans(kind=KIND, state=APPROVED, limit=PLANS_MAX)
        if view.params.get("supersedes")
    }
    while plan in following:
        plan = following[plan]
    return plan


def replan_late(*, plan: UUID, now: datetime, request_id: UUID) -> UUID | None:
    """
    A draft in which everything not yet loaded waits for what is late, as far as it helps; the rest stays as planned.
    None where nothing is left to plan.
    """
    if not replaceable_waybills(plan):
        return None
    view = plans.plan(plan)
    params = {**view.params, "replan_of": str(plan), "supersedes": str(plan), "at": now.isoformat()}
    return planning.make_plan(
        kind=KIND, params=params, rule=view.rule, seed=view.seed, actor=THE_HOUSE, now=now, request_id=request_id
    )


def snapshot(params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """Registered with planning. `now` plays no part: the params say from when the plan holds."""
    return take_replan_snapshot(params) if params.get("replan_of") else take_snapshot(params)


def solve_convoy(snapshot: Mapping[str, Any], rule: Mapping[str, Any], seed: int) -> dict[str, Any]:
    """
    Registered with planning: the engine's plan of a snapshot, in JSON.

    A flight that no carrier has offered is weighed like any other; a plan that would use one is made again without.
    """
    problem = problem_from_json(snapshot["problem"])
    chosen = FreightRule(**{**rule, "seed": seed})
    if "engine_plan" in snapshot:
        return _solve_again(problem, chosen, snapshot)
    plan = solve(problem, chosen)
    unbooked = {leg.offer for leg in plan.legs if leg.mode == "AIR" and leg.offer.startswith(UNBOOKED)}
    if unbooked:
        problem = replace(problem, air=tuple(air for air in problem.air if air.id not in unbooked))
        plan = _without_flights(solve(problem, chosen), unbooked)
    return plan_to_json(problem, plan, snapshot)


def _solve_again(problem: Problem, rule: FreightRule, snapshot: Mapping[str, Any]) -> dict[str, Any]:
    now_s, frozen = snapshot["now_s"], set(snapshot["frozen"])
    before = engine_plan_from_json(snapshot["engine_plan"])
    events, legs = [], []
    for leg in before.legs:
        by_s = snapshot["late"].get(leg.id, 0)
        behind_s = now_s + 1 - leg.arrive_s
        if leg.id in frozen and by_s > 0 and behind_s > 0:
            # The plan had it there by now and it is not: what is still ahead of it lies in the future.
            leg = replace(leg, stops=(leg.stops[0], *(_later(stop, behind_s) for stop in leg.stops[1:])))
            by_s = max(0, by_s - behind_s)
        legs.append(leg)
        if by_s > 0:
            events.append(Late(leg.id, by_s))
    again = replan(problem, replace(before, legs=tuple(legs)), frozen, events=events, now_s=now_s, rule=rule)
    return {**plan_to_json(again.problem, again.plan, snapshot), "problem": problem_to_json(again.problem)}


def _later(stop: Stop, by_s: int) -> Stop:
    return replace(
        stop,
        arrive_s=stop.arrive_s + by_s,
        start_s=stop.start_s + by_s,
        end_s=stop.end_s + by_s,
        depart_s=stop.depart_s + by_s,
    )


def _without_flights(plan: Plan, unbooked: set[str]) -> Plan:
    named = tuple(
        Rejected(
            f"AIR:{name}",
            f"{name} would be sooner, but no carrier has offered this flight.",
            f"{name}会更早，但没有承运方提供这个航班。",
        )
        for name in sorted(unbooked)
    )
    return replace(plan, rejected=(*named, *plan.rejected))


def on_paper(plan: plans.PlanView) -> dict[str, Any]:
    """Registered with planning: the approver's name stands under what was weighed and not taken, too."""
    return {
        "rejected": [
            {"what": each["what"], "why_zh": each["why_zh"], "why_en": each["why_en"]}
            for each in plan.result["rejected"]
        ]
    }


def made_anew(params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """
    Registered with planning: the same convoy from now on, its span kept where it is over; it replaces what now stands for
    the plan it was to replace.
    """
    if params.get("replan_of"):
        return {**params, "at": now.isoformat()}
    from_at, until_at = (datetime.fromisoformat(params[name]) for name in ("from_at", "until_at"))
    begin = max(now, from_at)
    end = until_at if until_at > begin else begin + (until_at - from_at)
    supersedes = params.get("supersedes")
    return {
        **params,
        "from_at": begin.isoformat(),
        "until_at": end.isoformat(),
        "supersedes": str(current_plan(UUID(str(supersedes)))) if supersedes else None,
    }


def still_true(plan: plans.PlanView, now: datetime) -> list[planning.Changed]:
    """
    Registered with planning: what has changed so that the plan no longer holds. More goods, more trucks or a new offer
    are no such thing; they wait for the next plan.
    """
    try:
        fresh = snapshot(plan.params, now)
    except BaogongError as refusal:
        return [planning.Changed("按现在的数据，这个方案已经做不出来", refusal.message.rstrip("."))]
    if "engine_plan" in plan.snapshot:
        changed = [name for name in ("frozen", "late") if fresh[name] != plan.snapshot[name]]
        said = planning.Changed(
            "做方案之后又有车装了货，或又报了晚点",
            "Since this was planned, trucks were loaded or more delays were reported",
        )
        return [said] if changed else []
    return _less_goods(plan.snapshot, fresh) + _fewer_trucks(plan, fresh) + _other_roads(plan.snapshot, fresh)


def _less_goods(taken: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[planning.Changed]:
    def by_place(facts: Mapping[str, Any]) -> dict[tuple[str, str], int]:
        origin = {load["id"]: load["origin"] for load in facts["problem"]["loads"]}
        found: dict[tuple[str, str], int] = {}
        for name, load in facts["loads"].items():
            key = load["parcel"], origin[name]
            found[key] = found.get(key, 0) + load["amount"]
        return found

    now_there = by_place(fresh)
    names = {(load["parcel"], origin): name for name, load, origin in _loads_with_origins(taken)}
    return [
        planning.Changed(
            f"{names[key]}：方案要运 {amount:,}，现在还在等车的只有 {now_there.get(key, 0):,}",
            f"{names[key]}: {amount:,} were to be moved, {now_there.get(key, 0):,} still wait for a truck",
        )
        for key, amount in sorted(by_place(taken).items())
        if now_there.get(key, 0) < amount
    ]


def _loads_with_origins(facts: Mapping[str, Any]) -> list[tuple[str, Mapping[str, Any], str]]:
    return [(load["id"], facts["loads"][load["id"]], load["origin"]) for load in facts["problem"]["loads"]]


def _fewer_trucks(plan: plans.PlanView, fresh: Mapping[str, Any]) -> list[planning.Changed]:
    """By kind, base and pass: the planner's names for offers may have changed hands."""
    used: dict[tuple[str, str, bool], set[str]] = {}
    said = {offer["id"]: offer for offer in plan.snapshot["problem"]["offers"]}
    for leg in plan.result["legs"]:
        if leg["kind"] and leg["mode"] == "ROAD":
            used.setdefault(_offer_key(said[leg["offer"]], leg["kind"]), set()).add(leg["vehicle"])
    there: dict[tuple[str, str, bool], int] = {}
    for offer in fresh["problem"]["offers"]:
        there[_offer_key(offer, fresh["offers"][offer["id"]]["kind"])] = offer["count"]
    return [
        planning.Changed(
            f"{'、'.join(sorted(vehicles))}：方案用 {len(vehicles)} 辆，现在可用 {there.get(key, 0)} 辆",
            f"{', '.join(sorted(vehicles))}: the plan uses {len(vehicles)}, {there.get(key, 0)} are on offer",
        )
        for key, vehicles in sorted(used.items())
        if there.get(key, 0) < len(vehicles)
    ]


def _offer_key(offer: Mapping[str, Any], kind: str) -> tuple[str, str, bool]:
    return kind, offer["base"], offer["has_pass"]


def _other_roads(taken: Mapping[str, Any], fresh: Mapping[str, Any]) -> list[planning.Changed]:
    changed = []
    for name, text in (
        ("closures", planning.Changed("有道路封闭或开放了", "A road was closed or opened")),
        ("sites", planning.Changed("封控、月台或门禁时间变了", "A seal, a dock or a gate's hours changed")),
    ):
        known = {json.dumps(each, sort_keys=True) for each in taken["problem"][name]}
        new = {json.dumps(each, sort_keys=True) for each in fresh["problem"][name]}
        if (known - new) if name == "sites" else (known != new):
            changed.append(text)
    return changed


def to_lines(plan: plans.PlanView, result: Mapping[str, Any]) -> list[planning.PlannedLine]:
    """Registered with planning: none. The goods are promised already; a convoy only says how they get there."""
    return []


def on_applied(plan: plans.PlanView, holds: Sequence[HoldView], actor: Actor, now: datetime) -> None:
    """
    Registered with planning: an approved plan becomes PLANNED waybills, one per truck and stop; those of the plan it
    supersedes that are not yet loaded are cancelled.
    """
    replaced = {
        (row.leg, row.origin_id, row.target_id, row.receiver_id): row
        for row in replaceable_waybills(plan.params.get("supersedes"))
    }
    is_replan = bool(plan.params.get("replan_of"))
    kept = [bill for bill in plan.result["waybills"] if is_replan and _stays(replaced.get(_key(bill)), bill)]
    for bill in kept:
        replaced.pop(_key(bill))
    for row in replaced.values():
        loading.cancel(row, reason=f"superseded by plan {plan.id}", actor=actor, now=now)
    _keep_parcels(plan.snapshot)
    fresh = [bill for bill in plan.result["waybills"] if bill not in kept]
    named = _vehicles_for(fresh, now)
    rows = [_write_waybill(plan, bill, *named.get(bill["truck"], (None, None)), actor=actor, now=now) for bill in fresh]
    for site in sorted({row.origin_id for row in rows}):
        parcels = WaybillLine.objects.filter(waybill__in=rows, waybill__origin=site).values_list("parcel_id", flat=True)
        promises.trim_waybills(parcels, at=site)
    journal.record(
        kind="freight.convoy.approved",
        actor=actor,
        now=now,
        subject=plan.id,
        data={
            "made": len(rows),
            "kept": len(kept),
            "cancelled": len(replaced),
            "supersedes": plan.params.get("supersedes"),
            "left": len(plan.result["left"]),
        },
    )


def _key(bill: Mapping[str, Any]) -> tuple[str, UUID, UUID, UUID | None]:
    receiver = UUID(bill["receiver"]) if bill["receiver"] else None
    return bill["leg"], UUID(bill["origin"]), UUID(bill["target"]), receiver


def _stays(row: Waybill | None, bill: Mapping[str, Any]) -> bool:
    """The waybill says what the new plan says: the carrier has agreed to it, the keeper may have printed it."""
    if row is None:
        return False
    moments = (row.load_start_at, row.planned_depart_at, row.planned_arrive_at, row.unload_start_at, row.unload_end_at)
    names = ("load_start_at", "depart_at", "arrive_at", "unload_start_at", "unload_end_at")
    if moments != tuple(datetime.fromisoformat(bill[name]) for name in names):
        return False
    lines = {(str(line.parcel_id), line.amount, line.is_last) for line in row.lines.all()}
    return lines == {(line["parcel"], line["amount"], line["is_last"]) for line in bill["lines"]}


def _keep_parcels(taken: Mapping[str, Any]) -> None:
    """What a convoy carries is kept from here on: the room that promised it lists only what has not moved."""
    place_of = {facts["parcel"]: facts["place"] for facts in taken["loads"].values()}
    Parcel.objects.bulk_create(
        [
            Parcel(
                id=UUID(parcel),
                room=facts["room"],
                room_id=facts["room_id"],
                lot=UUID(facts["lot"]),
                item_id=UUID(facts["item"]),
                amount=facts["amount"],
                origin_id=UUID(facts["origin"]),
                receiver_id=UUID(facts["receiver"]),
                place_id=UUID(place_of[parcel]),
                target_state=facts["target_state"],
                due_at=datetime.fromisoformat(facts["due_at"]) if facts["due_at"] else None,
                urgency=facts["urgency"],
            )
            for parcel, facts in sorted(taken["parcels"].items())
            if parcel in place_of
        ],
        ignore_conflicts=True,
    )


def _vehicles_for(bills: Sequence[Mapping[str, Any]], now: datetime) -> dict[str, tuple[Vehicle, UUID | None]]:
    """
    The plan's trucks matched to registered vehicles of their kind, where there are any, each with its own driver where
    no other truck keeps that person: those with a pass first to trucks that cross. A dispatcher may name others.
    """
    kinds = {bill["kind"] for bill in bills if bill["kind"]}
    trucks.lock_vehicles(list(Vehicle.objects.filter(kind__in=kinds).values_list("party_id", flat=True)))
    busy = set(
        Waybill.objects.filter(state__in=[*UNDERWAY, Waybill.State.PLANNED])
        .exclude(vehicle=None)
        .values_list("vehicle_id", flat=True)
    )
    with_pass = set(Pass.objects.filter(vehicle__kind__in=kinds, revoked_at=None).values_list("vehicle_id", flat=True))
    free: dict[str, list[Vehicle]] = {}
    for vehicle in Vehicle.objects.filter(kind__in=kinds).exclude(party__in=busy).order_by("plate"):
        free.setdefault(str(vehicle.kind_id), []).append(vehicle)
    regular = {vehicle.driver_id for each in free.values() for vehicle in each if vehicle.driver_id}
    drivers.lock_drivers(regular)
    kept = {
        driver: [(run.start_at, run.end_at) for run in runs] for driver, runs in drivers.runs_of(regular, now).items()
    }

    def is_free(vehicle: Vehicle, start_at: datetime, end_at: datetime) -> bool:
        return vehicle.driver_id is not None and not any(
            since < end_at and start_at < until for since, until in kept[vehicle.driver_id]
        )

    named: dict[str, tuple[Vehicle, UUID | None]] = {}
    for bill in bills:
        waiting = free.get(bill["kind"] or "", [])
        if bill["truck"] not in named and waiting:
            crosses, run = bill["crosses_seal"], [each for each in bills if each["truck"] == bill["truck"]]
            start_at = min(datetime.fromisoformat(each["load_start_at"]) for each in run)
            end_at = max(datetime.fromisoformat(each["unload_end_at"]) for each in run)
            ranked = [
                ((each.party_id in with_pass) != crosses, not is_free(each, start_at, end_at), each.plate)
                for each in waiting
            ]
            chosen = waiting.pop(ranked.index(min(ranked)))
            driver = chosen.driver_id if is_free(chosen, start_at, end_at) else None
            if driver is not None:
                kept[driver].append((start_at, end_at))
            named[bill["truck"]] = chosen, driver
    return named


def _write_waybill(
    plan: plans.PlanView,
    bill: Mapping[str, Any],
    vehicle: Vehicle | None,
    driver: UUID | None,
    *,
    actor: Actor,
    now: datetime,
) -> Waybill:
    if bill["kind"] is None:
        raise TruckDoesNotFit(
            f"Nobody offers {bill['truck']}; the plan was not approved.", where=bill["truck"], cure="Plan again."
        )
    kind = VehicleKind.objects.get(id=bill["kind"])
    key = (plan.id, bill["leg"], bill["origin"], bill["target"], bill["receiver"])
    document = journal.draw_up(
        kind="WAYBILL",
        title=f"运单 {bill['truck']}",
        body={**bill, "plan": str(plan.id)},
        subjects=[plan.id, *([UUID(bill["receiver"])] if bill["receiver"] else [])],
        actor=actor,
        now=now,
        request_id=derived_id("waybill", *key),
    )
    row = Waybill.objects.create(
        number=papers.document(document).number,
        document=document,
        plan=plan.id,
        trip=derived_id("trip", plan.id, bill["leg"]),
        leg=bill["leg"],
        truck=bill["truck"],
        stop_no=bill["stop_no"],
        carrier_id=kind.carrier_id,
        kind=kind,
        vehicle=vehicle,
        driver_id=driver,
        origin_id=UUID(bill["origin"]),
        target_id=UUID(bill["target"]),
        receiver_id=UUID(bill["receiver"]) if bill["receiver"] else None,
        distance_m=bill["distance_m"],
        cost_fen=bill["cost_fen"],
        earliest_depart_at=datetime.fromisoformat(bill["earliest_at"]),
        load_start_at=datetime.fromisoformat(bill["load_start_at"]),
        planned_depart_at=datetime.fromisoformat(bill["depart_at"]),
        planned_arrive_at=datetime.fromisoformat(bill["arrive_at"]),
        expected_arrive_at=datetime.fromisoformat(bill["arrive_at"]),
        unload_start_at=datetime.fromisoformat(bill["unload_start_at"]),
        unload_end_at=datetime.fromisoformat(bill["unload_end_at"]),
    )
    WaybillLine.objects.bulk_create(
        WaybillLine(
            waybill=row,
            position=position,
            parcel_id=UUID(line["parcel"]),
            amount=line["amount"],
            pieces_per_carton=line["pieces_per_carton"],
            carton_g=line["carton_g"],
            carton_cm3=line["carton_cm3"],
            is_last=line["is_last"],
        )
        for position, line in enumerate(bill["lines"], start=1)
    )
    return row


def on_undone(plan: plans.PlanView, actor: Actor, now: datetime) -> None:
    """Registered with planning: the waybills are cancelled. Raises AlreadyLoaded once a truck is."""
    loaded = (
        Waybill.objects.filter(plan=plan.id)
        .exclude(state__in=[Waybill.State.PLANNED, Waybill.State.CANCELLED])
        .order_by("number")
        .first()
    )
    if loaded is not None:
        raise AlreadyLoaded(
            f"Waybill {loaded.number} of this plan is {loaded.get_state_display().lower()}; the plan was not undone.",
            where=loaded.number,
            found=loaded.state,
            expected=Waybill.State.PLANNED.value,
            cure="Plan again: a new plan replaces what has not been loaded.",
        )
    rows = Waybill.objects.select_for_update(of=("self",)).filter(plan=plan.id, state=Waybill.State.PLANNED)
    for row in rows.order_by("id"):
        loading.cancel(row, reason="plan undone", actor=actor, now=now)
    _close_asks(plan.id, "The plan was undone before an answer.", now)


def on_ended(plan: plans.PlanHead, actor: Actor, now: datetime) -> None:
    """Registered with planning: nobody waits any more for the carriers' answers to a proposal put aside."""
    _close_asks(plan.id, "The plan was put aside before an answer.", now)


def _close_asks(plan: UUID, note: str, now: datetime) -> None:
    asked = CarrierAsk.objects.filter(plan=plan, answer=CarrierAsk.Answer.ASKED)
    asked.update(answer=CarrierAsk.Answer.DECLINED, answered_at=now, note=note)


def register() -> None:
    """Called once when the room starts."""
    planning.register(
        planning.PlanKind(
            name=KIND,
            snapshot=snapshot,
            solve=solve_convoy,
            to_lines=to_lines,
            on_applied=on_applied,
            on_undone=on_undone,
            still_true=still_true,
            on_paper=on_paper,
            on_ended=on_ended,
            made_anew=made_anew,
            proposers=(Duty.COMMAND,),
        )
    )
