"""Why a need may be believed: proofs, checks, answers, figures; calls to make; needs that may be one."""

from __future__ import annotations

from datetime import datetime
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import caller, office
from baogong.api.v1.fields import Amount, Days, Number, PerPerson
from baogong.api.v1.needs import NeedOut
from baogong.api.v1.pictures import Picture, picture_in
from baogong.api.v1.requests import Key, MadeOut, WhyIn, once, once_made
from baogong.kernel.actor import Duty
from baogong.needs import queries, services
from baogong.needs.queries import calls, doubles, figures
from baogong.needs.queries.sight import require_sight
from baogong.needs.views import NeedView

router = Router(tags=["trust"])

WRITERS = (Duty.CLERK, Duty.COMMAND)
Outcome = Literal["VERIFIED", "UNREACHED", "WRONG", "FAKE"]
How = Literal["RANG_BACK", "RANG_PERSON", "SAW_PROOF", "VISITED", "OWN_NOTICE"]


class ProofIn(Schema):
    """A LETTER as text or picture, a NOTICE by its address, or what was SEEN."""

    kind: Literal["LETTER", "NOTICE", "SEEN"]
    text: str = Field("", max_length=5000)
    url: str = Field("", max_length=500)
    issuer: str = Field("", max_length=200, description="The office, never a person.")
    photo_base64: Picture = ""


class CheckIn(Schema):
    """`why` is needed with WRONG and FAKE, and where RANG_BACK names no `contact`."""

    outcome: Outcome
    how: How
    contact: UUID | None = None
    why: str = Field("", max_length=240)


class AnswerIn(Schema):
    """With CHANGED, the new amount: a quantity, or people × days."""

    answer: Literal["STILL", "CHANGED", "NO_LONGER"]
    quantity: Amount | None = None
    people_count: Number | None = Field(None, ge=1)
    days_count: Days | None = None
    daily_use_milli: PerPerson | None = None
    note: str = Field("", max_length=240)


class CheckOut(Schema):
    outcome: str
    how: str
    contact_label: str
    why: str
    at: datetime
    by_name: str


class AnswerOut(Schema):
    answer: str
    way: str
    before: int | None
    after: int | None
    note: str
    at: datetime
    by_name: str


class FigureOut(Schema):
    """For USE, `amount` is in thousandths of a base unit for `per_days` days."""

    what: str
    group: str
    amount: int
    per_days: int
    ground: str
    source: str
    is_standard: bool
    set_at: datetime
    set_by_name: str
    ended_at: datetime | None


class TrustOut(Schema):
    need: NeedOut
    figures: list[FigureOut]
    checks: list[CheckOut]
    answers: list[AnswerOut]


class ContactIn(Schema):
    kind: Literal["PUBLISHED", "PERSON"]
    label: str = Field(min_length=1, max_length=80, description="The function: switchboard, equipment department.")
    number: str = Field(min_length=5, max_length=40)
    found_at: str = Field("", max_length=240, description="Where a published number is printed.")


class ContactOut(Schema):
    """`number` is empty for a person's own: it is told once to who rings."""

    id: UUID
    kind: str
    label: str
    number: str
    found_at: str


class CallOut(Schema):
    receiver: UUID
    receiver_name: str
    city: str
    urgency: int
    reasons: list[str]
    needs: list[NeedOut]
    fresh_until: datetime
    ringing: str
    again_at: datetime | None


class CallListOut(Schema):
    items: list[CallOut]


class CallTakenOut(Schema):
    """`call` is null where nobody is to be rung."""

    call: CallOut | None
    contacts: list[ContactOut]


class DoubleOut(Schema):
    parent: NeedOut
    child: NeedOut
    is_part: bool
    score: float
    grounds: list[str]
    others: list[NeedOut]


class DoubleListOut(Schema):
    items: list[DoubleOut]


class TieIn(Schema):
    """SAME: `need` is `other` once more; PART: it is contained in it; DIFFERENT: they are two."""

    kind: Literal["SAME", "PART", "DIFFERENT"]
    need: UUID
    other: UUID
    why: str = Field("", max_length=240)


@router.get("/needs/{need}/trust", response=TrustOut, operation_id="need_trust")
def need_trust(request: HttpRequest, need: UUID) -> dict[str, Any]:
    """What a need rests on, who looked at it, and what its receiver answered since."""
    found = queries.need(need)
    require_sight(caller(request).actor, found.receiver)
    return {
        "need": found,
        "figures": figures.figures_of([need], with_past=True).get(need, ()),
        "checks": calls.checks_of(need),
        "answers": calls.renewals_of(need),
    }


@router.post("/needs/{need}/proofs", response={201: MadeOut}, operation_id="need_proof_add")
def need_proof_add(request: HttpRequest, need: UUID, key: Key, given: ProofIn) -> Status[dict[str, UUID]]:
    """A letter, an official notice or what was seen, kept with the need; returns the document."""
    who = caller(request)
    proof = services.Proof(
        services.ProofKind(given.kind),
        text=given.text,
        url=given.url,
        issuer=given.issuer,
        photo=picture_in(given.photo_base64),
    )
    made = once_made(
        request,
        key,
        lambda: services.add_proof(needs=[need], proof=proof, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, {"id": made})


@router.post("/needs/{need}/checks", response=NeedOut, operation_id="need_check")
def need_check(request: HttpRequest, need: UUID, key: Key, given: CheckIn) -> NeedView:
    """What came of looking: verified, not reached, wrong, or fake, which ends the need."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.check(need=need, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return queries.need(need)


@router.post("/needs/{need}/answers", response=NeedOut, operation_id="need_answer")
def need_answer(request: HttpRequest, need: UUID, key: Key, given: AnswerIn) -> NeedView:
    """What the receiver said by telephone: still needed, another amount, no longer."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.answer(need=need, way="PHONE", **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return queries.need(need)


@router.get("/calls", response=CallListOut, operation_id="call_list")
def call_list(request: HttpRequest) -> dict[str, Any]:
    """Whom to ring, the most urgent first; all needs of a receiver are one call."""
    who = caller(request)
    who.require_somewhere(*WRITERS)
    return {"items": calls.call_queue(who.now, actor=who.actor)}


@router.post("/calls/next", response=CallTakenOut, operation_id="call_next")
def call_next(request: HttpRequest, key: Key) -> dict[str, Any]:
    """The next receiver, the caller's for ten minutes."""
    who = caller(request)
    receiver = services.next_call(actor=who.actor, now=who.now)
    entries = calls.call_queue(who.now, actor=who.actor, receiver=receiver) if receiver else ()
    return {"call": entries[0] if entries else None, "contacts": calls.contacts_of(receiver) if receiver else []}


@router.post("/calls/{receiver}/unanswered", response=CallListOut, operation_id="call_unanswered")
def call_unanswered(request: HttpRequest, receiver: UUID, key: Key) -> dict[str, Any]:
    """Nobody picked up: it comes back after half an hour, then later. Returns the queue."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.nobody_answers(receiver=receiver, actor=who.actor, now=who.now, request_id=key),
    )
    return {"items": calls.call_queue(who.now, actor=who.actor)}


@router.post("/receivers/{receiver}/contacts", response={201: ContactOut}, operation_id="contact_add")
def contact_add(request: HttpRequest, receiver: UUID, key: Key, given: ContactIn) -> Status[calls.ContactView]:
    """A number to ring back. A person's own is enciphered and not told again here."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.add_contact(receiver=receiver, **given.dict(), actor=who.actor, now=who.now),
        {"kind": given.kind, "label": given.label},
    )
    return Status(201, next(view for view in calls.contacts_of(receiver) if view.id == made))


@router.get("/doubles", response=DoubleListOut, operation_id="double_list")
def double_list(request: HttpRequest, need: UUID | None = None) -> dict[str, Any]:
    """Needs that may be one, or part of one, with what speaks for it. A person decides."""
    office(request)
    return {"items": doubles.doubles(need=need)}


@router.post("/ties", response={201: MadeOut}, operation_id="tie_make")
def tie_make(request: HttpRequest, key: Key, given: TieIn) -> Status[dict[str, UUID]]:
    """A person says that two needs are the same, whole and part, or two. Returns the tie."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.tie(**given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, {"id": made})


@router.post("/ties/{tie}/undo", response=MadeOut, operation_id="tie_undo")
def tie_undo(request: HttpRequest, tie: UUID, key: Key, given: WhyIn) -> dict[str, UUID]:
    """Both needs count by themselves again."""
    who = caller(request)
    once(request, key, lambda: services.untie(tie=tie, why=given.why, actor=who.actor, now=who.now), given)
    return {"id": tie}
