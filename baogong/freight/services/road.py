"""On the road: leaving, being late, arriving."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.freight.errors import ArrivalStands, ArrivesTooSoon, CarrierHasNotAgreed, NoPass, NotAllLoaded, TooEarly
from baogong.freight.models import CarrierAsk, Pass, Waybill, WaybillAct
from baogong.freight.queries.waybills import SOONEST_PART
from baogong.freight.services.acts import Acted, content_hash, expect_state, find_waybill, lock_trip, replayed, sign
from baogong.freight.services.convoys import current_plan, replan_late
from baogong.journal import services as journal
from baogong.journal.clock import house_moment
from baogong.journal.services import recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.places import queries as places

REPLAN_TASK_S = 1800
PASS_TASK_S = 3600


def require_driver(actor: Actor, row: Waybill) -> None:
    """The duty DRIVER, at this vehicle or at its carrier."""
    if not actor.may(Duty.DRIVER, row.vehicle_id) and not actor.may(Duty.DRIVER, row.carrier_id):
        actor.require(Duty.DRIVER, at=row.vehicle_id)


@transaction.atomic
def let_go_early(
    *, waybill: UUID, earliest_at: datetime, reason: str, actor: Actor, now: datetime, request_id: UUID
) -> Acted:
    """A person lets a truck leave before its planned or reported time, and says why. Raises UnusableInput, WaybillMoved."""
    actor.require(Duty.COMMAND)
    content = content_hash(act="LET_GO_EARLY", waybill=waybill, earliest_at=earliest_at, reason=reason)
    trip = lock_trip(find_waybill(waybill))
    if (answer := replayed(request_id, content)) is not None:
        return answer
    row = next(each for each in trip if each.id == waybill)
    expect_state(row, Waybill.State.PLANNED, Waybill.State.LOADED)
    if not reason.strip():
        raise UnusableInput("Letting a truck go early needs a reason.", where="reason", cure="Say why.")
    before = row.earliest_depart_at
    for each in trip:
        if each.origin_id == row.origin_id and each.earliest_depart_at > earliest_at:
            each.earliest_depart_at = earliest_at
            each.save(update_fields=["earliest_depart_at"])
    journal.record(
        kind="freight.earliest.overridden",
        actor=actor,
        now=now,
        subject=row.id,
        document=row.document,
        data={
            "waybill": row.number,
            "reason": reason,
            "was": before.isoformat(),
            "is": earliest_at.isoformat(),
        },
    )
    return sign(row, WaybillAct.Act.LET_GO_EARLY, actor=actor, now=now, request_id=request_id, content=content)


@transaction.atomic
def depart(*, waybill: UUID, actor: Actor, now: datetime, request_id: UUID) -> Acted:
    """
    The truck leaves with every loaded stop of its run from here. What was still planned from here must be loaded or
    cancelled first.

    Raises NotAllLoaded, TooEarly, CarrierHasNotAgreed, NoPass, WaybillMoved, NotYourPlace; none leaves a trace.
    """
    require_driver(actor, find_waybill(waybill))
    content = content_hash(act="DEPART", waybill=waybill)
    trip = lock_trip(find_waybill(waybill))
    if (answer := replayed(request_id, content)) is not None:
        return answer
    row = next(each for each in trip if each.id == waybill)
    expect_state(row, Waybill.State.LOADED)
    leaving = [each for each in trip if each.origin_id == row.origin_id and each.state == Waybill.State.LOADED]
    waiting = [each for each in trip if each.origin_id == row.origin_id and each.state == Waybill.State.PLANNED]
    if waiting:
        numbers = ", ".join(each.number for each in waiting)
        raise NotAllLoaded(
            f"The same truck ({row.truck}) also takes {numbers} from here, not loaded yet. It has not left; nothing was "
            "changed.",
            where=row.number,
            found=[each.number for each in waiting],
            cure="Have the keeper load these too, or command cancel them.",
        )
    for each in leaving:
        refuse_early(each, now)
        refuse_without_consent(each)
        refuse_without_pass(each, now)
    return _depart(row, leaving, content=content, actor=actor, now=now, request_id=request_id)


@recorded("freight.waybill.departed")
def _depart(
    row: Waybill, leaving: list[Waybill], *, content: str, actor: Actor, now: datetime, request_id: UUID
) -> Acted:
    for each in leaving:
        each.state, each.departed_at = Waybill.State.DEPARTED, now
        each.expected_arrive_at = now + (each.planned_arrive_at - each.planned_depart_at)
        each.save(update_fields=["state", "departed_at", "expected_arrive_at"])
        journal.record(
            kind="freight.waybill.departed",
            actor=actor,
            now=now,
            subject=each.id,
            document=each.document,
            data={
                "waybill": each.number,
                "vehicle": str(each.vehicle_id),
                "expected": each.expected_arrive_at.isoformat(),
            },
        )
    return sign(
        row,
        WaybillAct.Act.DEPART,
        actor=actor,
        now=now,
        request_id=request_id,
        content=content,
        also=[each.id for each in leaving if each.id != row.id],
    )


@transaction.atomic
def arrive(*, waybill: UUID, confirmed: bool = False, actor: Actor, now: datetime, request_id: UUID) -> Acted:
    """
    The truck stands at the waybill's stop. That it has come through a seal without a valid pass is written down as it
    happened: an event, a mark on the waybill, and a task for command.

    confirmed  it has really arrived, although the road takes far longer
    Raises ArrivesTooSoon (not confirmed), WaybillMoved, NotYourPlace.
    """
    require_driver(actor, find_waybill(waybill))
    content = content_hash(act="ARRIVE", waybill=waybill)
    trip = lock_trip(find_waybill(waybill))
    if (answer := replayed(request_id, content)) is not None:
        return answer
    row = next(each for each in trip if each.id == waybill)
    expect_state(row, Waybill.State.DEPARTED)
    if not confirmed:
        refuse_too_soon(row, now)
    here = [each for each in trip if each.target_id == row.target_id and each.state == Waybill.State.DEPARTED]
    return _arrive(row, here, content=content, actor=actor, now=now, request_id=request_id)


@recorded("freight.waybill.arrived")
def _arrive(row: Waybill, here: list[Waybill], *, content: str, actor: Actor, now: datetime, request_id: UUID) -> Acted:
    expected = {each.id: each.expected_arrive_at for each in here}
    for each in here:
        each.state, each.arrived_at, each.expected_arrive_at = Waybill.State.ARRIVED, now, now
        each.without_pass = passes_missing(each, now)
        each.save(update_fields=["state", "arrived_at", "expected_arrive_at", "without_pass"])
        journal.record(
            kind="freight.waybill.arrived",
            actor=actor,
            now=now,
            subject=each.id,
            document=each.document,
            data={"waybill": each.number, "late_s": max(0, int((now - each.planned_arrive_at).total_seconds()))},
        )
    crossed = {each["area"]: each for bill in here for each in bill.without_pass}
    if crossed:
        _tell_of_seal(row, list(crossed.values()), actor=actor, now=now, request_id=request_id)
    return sign(
        row,
        WaybillAct.Act.ARRIVE,
        actor=actor,
        now=now,
        request_id=request_id,
        content=content,
        also=[each.id for each in here if each.id != row.id],
        expected=expected,
    )


@transaction.atomic
def undo_arrival(*, waybill: UUID, why: str, actor: Actor, now: datetime, request_id: UUID) -> Acted:
    """
    A truck that was written down as arrived never came: it is on its way again, with every waybill of its run that arrived
    at the same stop at the same time, and expected when it was before. Under a document that says what is taken back and
    why; the first word stays. Command's task about a seal it would have crossed without a pass ends with it.

    The keeper of the stop or command; not once anything was taken over there, or loaded there after it.
    Raises ArrivalStands, WaybillMoved, UnusableInput, NotYourPlace; none leaves a trace.
    """
    actor.require(Duty.KEEPER, Duty.COMMAND, at=find_waybill(waybill).target_id)
    content = content_hash(act="NOT_ARRIVED", waybill=waybill, why=why)
    trip = lock_trip(find_waybill(waybill))
    if (answer := replayed(request_id, content)) is not None:
        return answer
    row = next(each for each in trip if each.id == waybill)
    expect_state(row, Waybill.State.ARRIVED)
    if not why.strip():
        raise UnusableInput("Taking an arrival back needs a reason.", where="why", cure="Say how it is known.")
    together = [each for each in trip if each.target_id == row.target_id and each.arrived_at == row.arrived_at]
    _refuse_if_it_was_there(row, trip, together)
    return _undo_arrival(
        row, together, " ".join(why.split()), content=content, actor=actor, now=now, request_id=request_id
    )


def _refuse_if_it_was_there(row: Waybill, trip: list[Waybill], together: list[Waybill]) -> None:
    assert row.arrived_at is not None
    taken_over = [each.number for each in together if each.state != Waybill.State.ARRIVED]
    loaded = [
        each.number
        for each in trip
        if each.origin_id == row.target_id and each.loaded_at is not None and each.loaded_at >= row.arrived_at
    ]
    if found := [*taken_over, *loaded]:
        raise ArrivalStands(
            f"Since {row.number} arrived, {', '.join(found)} was taken over or loaded there: the truck was there. Nothing was "
            "changed.",
            where=row.number,
            found=found,
            expected="nothing taken over or loaded since",
            cure="Report what is short or damaged where the goods are received.",
        )


@recorded("freight.arrival.taken-back")
def _undo_arrival(
    row: Waybill, together: list[Waybill], why: str, *, content: str, actor: Actor, now: datetime, request_id: UUID
) -> Acted:
    assert row.arrived_at is not None
    arrived_at, arrival = row.arrived_at, _arrival(row, row.arrived_at)
    document = journal.draw_up(
        kind="NOT_ARRIVED",
        title=f"到达更正 {row.number}",
        body={
            "waybill": row.number,
            "undoes": {
                "act": WaybillAct.Act.ARRIVE.value,
                "at": arrived_at.isoformat(),
                "by": arrival.by_name if arrival else "",
            },
            "waybills": [each.number for each in together],
            "why": why,
        },
        subjects=[each.id for each in together],
        actor=actor,
        now=now,
        request_id=derived_id("not-arrived", request_id),
    )
    if arrival is not None and any(each.without_pass for each in together):
        journal.end_task(
            made_by=_pass_task(arrival.id),
            document=document,
            outcome="到达已更正：车没有到 · The arrival was taken back: the truck was not there",
            actor=actor,
            now=now,
        )
    for each in together:
        each.state, each.arrived_at, each.without_pass = Waybill.State.DEPARTED, None, []
        each.expected_arrive_at = max(now, _expected_before(each, arrival))
        each.save(update_fields=["state", "arrived_at", "without_pass", "expected_arrive_at"])
        journal.record(
            kind="freight.arrival.taken-back",
            actor=actor,
            now=now,
            subject=each.id,
            document=document,
            data={"waybill": each.number, "arrived_at": arrived_at.isoformat(), "why": why},
        )
    return sign(
        row,
        WaybillAct.Act.NOT_ARRIVED,
        actor=actor,
        now=now,
        request_id=request_id,
        content=content,
        documents=[document],
        also=[each.id for each in together if each.id != row.id],
    )


def _arrival(row: Waybill, at: datetime) -> WaybillAct | None:
    """The act that signed this arrival, on this waybill or on another of the same stop."""
    acts = WaybillAct.objects.filter(waybill__trip=row.trip, waybill__target=row.target_id, act=WaybillAct.Act.ARRIVE)
    return acts.filter(at=at).first()


def _expected_before(row: Waybill, arrival: WaybillAct | None) -> datetime:
    """As the arrival found it, delays reported on the road included; of one that kept nothing, by the planned length."""
    kept = arrival.result.get("expected", {}) if arrival else {}
    if str(row.id) in kept:
        return datetime.fromisoformat(kept[str(row.id)])
    return (row.departed_at or row.planned_depart_at) + (row.planned_arrive_at - row.planned_depart_at)


def _pass_task(arrival: UUID) -> UUID:
    return derived_id("pass-task", arrival)


def _tell_of_seal(
    row: Waybill, crossed: list[dict[str, Any]], *, actor: Actor, now: datetime, request_id: UUID
) -> None:
    """What happened stands in the book; whether it must have consequences is command's to say."""
    plate, areas = row.vehicle.plate if row.vehicle else row.truck, "、".join(each["area"] for each in crossed)
    journal.record(
        kind="freight.seal.crossed-without-pass",
        actor=actor,
        now=now,
        subject=row.id,
        document=row.document,
        data={"waybill": row.number, "vehicle": str(row.vehicle_id), "plate": plate, "crossed": crossed},
    )
    journal.add_task(
        title=f"{row.number} {plate} 未持有效通行证进出{areas}，请查明 · {plate} crossed the seal of {areas} without a valid "
        "pass: find out why",
        duty=Duty.COMMAND,
        owner=None,
        due_at=now + timedelta(seconds=PASS_TASK_S),
        actor=actor,
        now=now,
        subject=row.id,
        request_id=_pass_task(request_id),
    )


def refuse_too_soon(row: Waybill, now: datetime) -> None:
    assert row.departed_at is not None
    road, since = row.planned_arrive_at - row.planned_depart_at, now - row.departed_at
    if since * SOONEST_PART >= road:
        return
    road_min, since_min = (int(each / timedelta(minutes=1)) for each in (road, since))
    raise ArrivesTooSoon(
        f"Waybill {row.number} left {since_min} min ago; this road is planned with {road_min} min. No arrival was recorded.",
        where=row.number,
        found=now.isoformat(),
        expected=f"not before {(row.departed_at + road / SOONEST_PART).isoformat()}, or confirmed",
        cure="If the truck really stands there, confirm it; else there is nothing to do.",
        road_min=road_min,
        since_min=since_min,
    )


@dataclass(frozen=True, slots=True)
class Delayed:
    """`plan`: the house's proposal for what has not left, a draft until command approves it; None: nothing to change."""

    waybill: UUID
    number: str
    arrive_at: datetime
    plan: UUID | None
    was_replay: bool = False


@transaction.atomic
def report_delay(
    *, waybill: UUID, arrive_at: datetime, why: str, actor: Actor, now: datetime, request_id: UUID
) -> Delayed:
    """
    A truck will be late (or is, before it left). Later stops of its run move by as much; a new plan for what is not yet
    loaded is proposed, and command gets a task to look at the difference.

    Raises WaybillMoved (it has arrived), UnusableInput (in the past), NotYourPlace.
    """
    seen = find_waybill(waybill)
    if not any(actor.may(Duty.DRIVER, place) for place in (seen.vehicle_id, seen.carrier_id)):
        actor.require(Duty.DRIVER, Duty.CARRIER, Duty.COMMAND, at=seen.carrier_id)
    content = content_hash(act="DELAY", waybill=waybill, arrive_at=arrive_at, why=why)
    trip = lock_trip(seen)
    if replayed(request_id, content) is not None:
        told = WaybillAct.objects.get(id=request_id).result
        return Delayed(
            waybill,
            seen.number,
            datetime.fromisoformat(told["arrive_at"]),
            UUID(told["plan"]) if told["plan"] else None,
            was_replay=True,
        )
    row = next(each for each in trip if each.id == waybill)
    expect_state(row, Waybill.State.PLANNED, Waybill.State.LOADED, Waybill.State.DEPARTED)
    if arrive_at <= now:
        raise UnusableInput(
            f"A truck cannot be expected in the past: {house_moment(arrive_at)}.",
            where="arrive_at",
            found=arrive_at.isoformat(),
            expected=f"after {now.isoformat()}",
            cure="Give the time at which it is expected now.",
        )
    return _report_delay(row, trip, arrive_at, why, content=content, actor=actor, now=now, request_id=request_id)


@recorded("freight.waybill.delayed")
def _report_delay(
    row: Waybill,
    trip: list[Waybill],
    arrive_at: datetime,
    why: str,
    *,
    content: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> Delayed:
    by = arrive_at - row.expected_arrive_at
    for each in trip:
        is_ahead = each.state in (Waybill.State.PLANNED, Waybill.State.LOADED, Waybill.State.DEPARTED)
        if is_ahead and each.stop_no >= row.stop_no:
            each.expected_arrive_at += by
            each.save(update_fields=["expected_arrive_at"])
    plan = None
    if row.plan is not None:
        plan = replan_late(plan=current_plan(row.plan), now=now, request_id=derived_id("replan", request_id))
    late_s = int((arrive_at - row.planned_arrive_at).total_seconds())
    journal.record(
        kind="freight.waybill.delayed",
        actor=actor,
        now=now,
        subject=row.id,
        document=row.document,
        data={
            "waybill": row.number,
            "arrive_at": arrive_at.isoformat(),
            "late_s": late_s,
            "why": why,
            "plan": str(plan) if plan else None,
        },
    )
    if plan is not None:
        journal.add_task(
            title=f"{row.number} 晚点，请看改派方案 · {row.number} is late: look at the new plan",
            duty=Duty.COMMAND,
            owner=None,
            due_at=now + timedelta(seconds=REPLAN_TASK_S),
            actor=actor,
            now=now,
            subject=plan,
            request_id=derived_id("delay-task", request_id),
        )
    told: dict[str, Any] = {
        "state": row.state,
        "documents": [],
        "surpluses": [],
        "also": [],
        "arrive_at": arrive_at.isoformat(),
        "plan": str(plan) if plan else None,
    }
    WaybillAct.objects.create(
        id=request_id,
        waybill=row,
        act=WaybillAct.Act.DELAY,
        at=now,
        by_id=actor.person_id,
        by_name=actor.name,
        content_hash=content,
        result=told,
    )
    return Delayed(row.id, row.number, arrive_at, plan)


def refuse_early(row: Waybill, now: datetime) -> None:
    if now < row.earliest_depart_at:
        raise TooEarly(
            f"Waybill {row.number} leaves at {row.earliest_depart_at:%Y-%m-%d %H:%M} UTC at the earliest; it is "
            f"{now:%H:%M}. The truck was not let go.",
            where=row.number,
            found=now.isoformat(),
            expected=row.earliest_depart_at.isoformat(),
            cure="Leave then: no truck leaves before the plan's departure, or before the time named for its place. To go "
            "earlier, ring whoever is on duty in the command office, who can let it go on the waybill's page with a reason.",
        )


def refuse_without_consent(row: Waybill) -> None:
    """Goods going back need no new consent: the truck is out under an agreed plan."""
    if row.plan is None:
        return
    answer = (
        CarrierAsk.objects.filter(plan=row.plan, carrier_id=row.carrier_id).values_list("answer", flat=True).first()
    )
    if answer != CarrierAsk.Answer.ACCEPTED:
        raise CarrierHasNotAgreed(
            f"The carrier of {row.number} has not agreed to this plan; the truck was not let go.",
            where=row.number,
            found=answer or "not asked",
            expected=CarrierAsk.Answer.ACCEPTED.value,
            cure="Send the plan to the carrier, or ask its dispatcher for the answer.",
        )


def refuse_without_pass(row: Waybill, now: datetime) -> None:
    """A vehicle leaves across a seal only with a pass for that area, valid at this moment."""
    for missing in passes_missing(row, now):
        plate = row.vehicle.plate if row.vehicle else row.truck
        raise NoPass(
            f"{plate} has no pass for {missing['area']} valid at {now:%Y-%m-%d %H:%M} UTC; waybill {row.number} cannot "
            "cross the seal. Nothing was recorded.",
            where=row.number,
            found=plate,
            expected=f"a pass for {missing['area']}",
            cure="Send a vehicle based inside with a pass, or have one granted.",
        )


def passes_missing(row: Waybill, now: datetime) -> list[dict[str, Any]]:
    """
    The seals on its way for which the vehicle has no pass valid at this moment: {"area", "why", "at"}.

    why  NONE, ENDED, REVOKED or NOT_YET of the pass that holds longest; `at` when it ended or begins
    """
    missing = []
    for area, name in sealed_between(row.origin_id, row.target_id, now):
        granted = list(Pass.objects.filter(vehicle_id=row.vehicle_id, area_id=area).order_by("-valid_until_at", "id"))
        if any(each.revoked_at is None and each.valid_from_at <= now < each.valid_until_at for each in granted):
            continue
        why, at = "NONE", None
        if granted:
            last = granted[0]
            if last.revoked_at is not None:
                why, at = "REVOKED", last.revoked_at
            elif last.valid_until_at <= now:
                why, at = "ENDED", last.valid_until_at
            else:
                why, at = "NOT_YET", last.valid_from_at
        missing.append({"area": name, "why": why, "at": at.isoformat() if at else None})
    return missing


def sealed_between(origin: UUID, target: UUID, now: datetime) -> list[tuple[UUID, str]]:
    """The areas sealed at this moment that hold one end of the way and not the other: (id, name)."""
    ends = [places.site(end) for end in (origin, target)]
    if ends[0].area == ends[1].area:
        return []
    return [(end.area, end.area_name) for end in ends if end.area is not None and end.is_sealed(now)]
