"""The carrier's agreement: a plan is put to each carrier, who accepts, counters or declines."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.freight.errors import AlreadyAnswered, NothingToMove
from baogong.freight.models import Carrier, CarrierAsk, VehicleKind
from baogong.freight.services.acts import content_hash
from baogong.freight.services.convoys import suggest_replan
from baogong.journal import services as journal
from baogong.journal.services import recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, NotFound, RequestIdReused, UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.people.services import links
from baogong.planning import queries as plans
from baogong.planning import services as planning

PAGE = "PAGE"
LINK_S = 48 * 3600
LINK_PURPOSE = "CARRIER_OFFER"
TERMS = {"vehicles_count": int, "fixed_fen": int, "fen_per_km": int, "bonus_fen": int, "available_from_at": str}


@dataclass(frozen=True, slots=True)
class Asked:
    """
    A plan put to a carrier. `token` opens the private page, once known; None where the carrier had been asked before,
    and where its part of the plan has not changed since it accepted (`answer` is then ACCEPTED).
    """

    ask: UUID
    carrier: UUID
    answer: str
    token: str | None


@dataclass(frozen=True, slots=True)
class Answered:
    """`suggested_plan`: a plan without what was declined, or on the countered terms; a person approves it, or not."""

    ask: UUID
    answer: str
    suggested_plan: UUID | None
    was_replay: bool = False


@transaction.atomic
def ask_carriers(
    *, plan: UUID, expires_at: datetime | None = None, code: str | None = None, actor: Actor, now: datetime
) -> tuple[Asked, ...]:
    """
    Put a plan to every carrier whose vehicles it uses: a private link each, in the outbox. Asked again, only carriers
    not yet asked are. A carrier that accepted all its legs in the superseded plan is not asked again.

    code  the second factor its dispatcher must type, told by telephone
    Raises NothingToMove (the plan uses no carrier), planning.AlreadyDecided (it is over), NotYourPlace.
    """
    actor.require(Duty.COMMAND)
    view = plans.plan(plan)
    if view.is_over:
        raise planning.AlreadyDecided(
            f"This plan is {view.state.lower()}; nobody was asked.",
            where=str(plan),
            found=view.state,
            cure="Put the plan that stands now to its carriers.",
        )
    legs = legs_by_carrier(view.result)
    if not legs:
        raise NothingToMove("This plan uses no carrier; there is nobody to ask.", where=str(plan))
    return tuple(
        _ask(plan, view, carrier, mine, expires_at or now + timedelta(seconds=LINK_S), code, actor=actor, now=now)
        for carrier, mine in sorted(legs.items())
    )


@transaction.atomic
def renew_link(
    *, ask: UUID, expires_at: datetime | None = None, code: str | None = None, actor: Actor, now: datetime
) -> str:
    """
    A new private link in place of a lost one; the links made before open nothing from now on. Returns its token.

    Raises AlreadyAnswered, NotFound, NotYourPlace.
    """
    actor.require(Duty.COMMAND)
    row = CarrierAsk.objects.select_for_update(of=("self",)).filter(id=ask).first()
    if row is None:
        raise NotFound("There is no such request to a carrier.", where=str(ask))
    if row.answer != CarrierAsk.Answer.ASKED:
        raise AlreadyAnswered(
            f"The carrier has answered with “{row.get_answer_display()}”; no link was made.",
            where=str(ask),
            found=row.answer,
            cure="Put a new plan to the carrier.",
        )
    ended = links.revoke_for(row.id, purpose=LINK_PURPOSE, actor=actor, now=now)
    token = _send_link(row, expires_at or now + timedelta(seconds=LINK_S), code, actor=actor, now=now)
    journal.record(
        kind="freight.carrier.link-renewed",
        actor=actor,
        now=now,
        subject=row.carrier_id,
        data={"plan": str(row.plan), "links_ended": ended},
    )
    return token


def legs_by_carrier(result: Mapping[str, Any]) -> dict[UUID, list[dict[str, Any]]]:
    """What each carrier is asked to do: its legs in order, without the planner's own numbers for them."""
    legs: dict[UUID, list[dict[str, Any]]] = {}
    for leg in result["legs"]:
        if leg["carrier"] and not leg["is_frozen"]:
            asked = {name: leg[name] for name in ("kind", "stops")}
            legs.setdefault(UUID(leg["carrier"]), []).append(asked)
    return legs


def _ask(
    plan: UUID,
    view: plans.PlanView,
    carrier: UUID,
    legs: list[dict[str, Any]],
    expires_at: datetime,
    code: str | None,
    *,
    actor: Actor,
    now: datetime,
) -> Asked:
    hashes = [content_hash(**leg) for leg in legs]
    known = CarrierAsk.objects.filter(plan=plan, carrier_id=carrier).first()
    if known is not None:
        return Asked(known.id, carrier, known.answer, None)
    earlier = view.params.get("supersedes")
    agreed = (
        CarrierAsk.objects.filter(plan=earlier, carrier_id=carrier, answer=CarrierAsk.Answer.ACCEPTED).first()
        if earlier
        else None
    )
    if agreed is not None and not set(hashes) <= set(agreed.legs):
        agreed = None
    ask = CarrierAsk.objects.create(
        plan=plan,
        carrier_id=carrier,
        legs=hashes,
        asked_at=now,
        answer=CarrierAsk.Answer.ACCEPTED if agreed else CarrierAsk.Answer.ASKED,
        answered_at=now if agreed else None,
        answered_by_id=agreed.answered_by_id if agreed else None,
    )
    token = None
    if not agreed:
        token = _send_link(ask, expires_at, code, actor=actor, now=now)
    journal.record(
        kind="freight.carrier.asked",
        actor=actor,
        now=now,
        subject=carrier,
        data={"plan": str(plan), "legs_count": len(legs), "is_unchanged": bool(agreed)},
    )
    return Asked(ask.id, carrier, ask.answer, token)


def _send_link(ask: CarrierAsk, expires_at: datetime, code: str | None, *, actor: Actor, now: datetime) -> str:
    token = links.make_link(
        purpose=LINK_PURPOSE,
        subject=ask.id,
        party=ask.carrier_id,
        expires_at=expires_at,
        actor=actor,
        now=now,
        code=code,
    )
    channel = Carrier.objects.values_list("channel", flat=True).get(party_id=ask.carrier_id)
    said = {"ask": str(ask.id), "plan": str(ask.plan), "legs_count": len(ask.legs)}
    journal.put_out(
        to_party=ask.carrier_id,
        channel=channel,
        template="carrier_offer",
        # A dispatcher who reads it on the page has a log-in: the link's secret then need not lie in the outbox.
        payload=said if channel == PAGE else {**said, "token": token},
        # One message for every link: a new link is a new message.
        dedupe_key=f"carrier-offer:{ask.id}:{new_id()}",
        now=now,
    )
    return token


@transaction.atomic
def answer_ask(
    *,
    ask: UUID,
    answer: str,
    terms: Mapping[str, Mapping[str, Any]] | None = None,
    note: str = "",
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> Answered:
    """
    The carrier's answer. A counter or a refusal gives command a task and a plan that respects it, to approve or not.

    answer  ACCEPTED, COUNTERED or DECLINED
    terms   of a counter: vehicle kind id → {"vehicles_count", "fixed_fen", "fen_per_km", "bonus_fen",
            "available_from_at" (ISO 8601)}, each left out where it stays
    Raises AlreadyAnswered, UnusableInput, NotYourPlace, RequestIdReused.
    """
    row = CarrierAsk.objects.select_for_update(of=("self",)).filter(id=ask).first()
    if row is None:
        raise NotFound("There is no such request to a carrier.", where=str(ask))
    actor.require(Duty.CARRIER, at=row.carrier_id)
    said = {kind: dict(each) for kind, each in (terms or {}).items()}
    if row.request_id == request_id:
        if (row.answer, row.terms, row.note) != (answer, said, note):
            raise RequestIdReused("This request was already made, with another answer. The first one stands.")
        return Answered(row.id, row.answer, row.suggested_plan, was_replay=True)
    if row.answer != CarrierAsk.Answer.ASKED:
        raise AlreadyAnswered(
            f"This plan was answered with “{row.get_answer_display()}” at {row.answered_at:%Y-%m-%d %H:%M} UTC.",
            where=str(ask),
            found=row.answer,
            cure="Ask command to put a new plan to you.",
        )
    _refuse_unreadable(row, answer, said)
    return _answer(row, answer, said, note, actor=actor, now=now, request_id=request_id)


def _refuse_unreadable(row: CarrierAsk, answer: str, terms: dict[str, dict[str, Any]]) -> None:
    faults = []
    if answer not in (CarrierAsk.Answer.ACCEPTED, CarrierAsk.Answer.COUNTERED, CarrierAsk.Answer.DECLINED):
        faults.append(f"“{answer}” is no answer")
    if bool(terms) != (answer == CarrierAsk.Answer.COUNTERED):
        faults.append("terms belong to a counter, and a counter has terms")
    kinds = {str(kind) for kind in VehicleKind.objects.filter(carrier=row.carrier).values_list("id", flat=True)}
    faults += [f"{kind} is no vehicle kind of this carrier" for kind in terms if kind not in kinds]
    for changed in terms.values():
        for name, value in changed.items():
            if name not in TERMS or not isinstance(value, TERMS[name]) or (isinstance(value, int) and value < 0):
                faults.append(f"{name} {value!r}")
            elif name == "available_from_at" and not _is_moment(str(value)):
                faults.append(f"{name} {value!r} is no moment with a time zone")
    if faults:
        raise UnusableInput(
            "The answer cannot be used: " + "; ".join(faults) + ".",
            where="answer",
            found=faults,
            expected=sorted(TERMS),
            cure="Correct it and send it again.",
        )


def _is_moment(text: str) -> bool:
    try:
        return datetime.fromisoformat(text).tzinfo is not None
    except ValueError:
        return False


@recorded("freight.carrier.answered")
def _answer(
    row: CarrierAsk,
    answer: str,
    terms: dict[str, dict[str, Any]],
    note: str,
    *,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> Answered:
    why_none = ""
    if answer != CarrierAsk.Answer.ACCEPTED:
        if answer == CarrierAsk.Answer.DECLINED:
            kinds = VehicleKind.objects.filter(carrier=row.carrier).values_list("id", flat=True)
            asked_for = {str(kind): {"vehicles_count": 0} for kind in kinds}
        else:
            asked_for = terms
        try:
            # A savepoint: where no plan can be made, the answer and the task still stand.
            with transaction.atomic():
                row.suggested_plan = suggest_replan(
                    plan=row.plan, terms=asked_for, now=now, request_id=derived_id("suggested", request_id)
                )
        except BaogongError as refusal:
            why_none = refusal.message
        journal.add_task(
            title=f"承运方未接受计划，需改派 · The carrier {answer.lower()} the plan: replan",
            duty=Duty.COMMAND,
            owner=None,
            due_at=now + timedelta(hours=1),
            actor=actor,
            now=now,
            subject=row.suggested_plan or row.plan,
            request_id=derived_id("replan-task", request_id),
        )
    row.answer, row.terms, row.note, row.request_id = answer, terms, note, request_id
    row.answered_at, row.answered_by_id = now, actor.person_id
    row.save(update_fields=["answer", "terms", "note", "request_id", "answered_at", "answered_by", "suggested_plan"])
    journal.record(
        kind="freight.carrier.answered",
        actor=actor,
        now=now,
        subject=row.carrier_id,
        data={
            "plan": str(row.plan),
            "answer": answer,
            "terms": terms,
            "suggested_plan": str(row.suggested_plan) if row.suggested_plan else None,
            "why_no_plan": why_none,
        },
    )
    return Answered(row.id, answer, row.suggested_plan)
