"""
Documents: drawn up, signed by one or two, refused, cancelled.

A document gets its number when it is drawn up. The row of its kind's counter stays locked until the transaction ends,
so numbers have no gaps; draw documents up before posting movements, then nobody waits for one with the book's rows in
hand.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_row, require_transaction
from baogong.journal.mapping import content_hash, plain
from baogong.journal.models import Counter, Document, DocumentSubject, Signature
from baogong.journal.queries.documents import DocumentView
from baogong.journal.queries.documents import document as document_view
from baogong.journal.services.events import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.people.services.access import require_somewhere

SECOND_SIGNATURE_WITHIN = timedelta(hours=12)
SIGNERS = (Duty.APPROVER, Duty.COMMAND)
WRITERS = tuple(duty for duty in Duty if duty is not Duty.AUDITOR)
PREFIXES = {
    "WAYBILL": "WB",
    "GRN": "GRN",
    "LOSS_REPORT": "LR",
    "FOUND_AGAIN": "FA",
    "NOT_ARRIVED": "NA",
    "DAMAGE_REPORT": "DR",
    "SURPLUS": "SP",
    "PASS": "PS",
    "ALLOTMENT": "AL",
    "ACCEPTANCE": "AC",
    "SHIPMENT": "SM",
    "FREEZE_LIFT": "FL",
    "DOUBT": "DB",
    "PLAN_UNDOING": "PU",
    "PLAN_APPROVAL": "PA",
    "FREEZE": "FZ",
    "GIFT": "GF",
    "OFFER": "OF",
    "THANK_YOU": "TY",
    "CONSIGNMENT": "CS",
    "CARRIAGE_REQUEST": "CR",
    "CARRIAGE_ANSWER": "CA",
    "FAILED_STANDARD": "FS",
    "COMMUNITY_USE": "CU",
    "RETURN": "RT",
    "COUNT": "CT",
    "SHARE": "SH",
    "RE_EARMARK": "RE",
    "IMPORT": "IM",
    "MONEY_GIFT": "MG",
    "MONEY_RECEIPT": "MR",
    "PURCHASE": "PO",
    "INVOICE": "IV",
    "PAYMENT": "PY",
    "REFUND": "RF",
    "PURCHASE_CANCELLATION": "PC",
    "KIT": "KT",
    "PACKING": "PK",
    "PACKING_CLOSE": "PE",
    "PACKING_UNDO": "PX",
    "PACKING_CONSENT": "KC",
    "WEIGHING": "WG",
    "WEIGHT_STATEMENT": "WS",
    "LOAN_IN": "LI",
    "LOAN": "LN",
    "LOAN_SET_UP": "LU",
    "LOAN_BACK": "LB",
    "LOAN_HOME": "LH",
    "PACK_ACCOUNT": "KA",
    "HOURS": "HC",
    "MERGE": "ME",
    "PROOF": "PF",
    "RELEASE": "RL",
    "WINNERS": "WL",
    "GIVER_COSTS": "GC",
    "BASKET": "BR",
    "BASKET_ORDER": "BO",
    "BASKET_ARRIVAL": "BA",
    "BASKET_SHARES": "BS",
    "BASKET_OFF": "BC",
    "TRUCK_LOAD": "TL",
    "BULLETIN": "BU",
}

State = Document.State


class SameHandTwice(BaogongError):
    """One person signed, or would sign, twice."""

    kind, code = Kind.REFUSED, "journal.same-hand-twice"


class SignedForOneself(BaogongError):
    """The signer, or the place the signer works for, gains by the document."""

    kind, code = Kind.REFUSED, "journal.signed-for-oneself"


class NoPersonSigns(BaogongError):
    """Two signatures are two persons'; the house itself is none."""

    kind, code = Kind.REFUSED, "journal.no-person-signs"


class NotToBeSigned(BaogongError):
    """The document has all its signatures, or ended without."""

    kind, code = Kind.CONFLICT, "journal.not-to-be-signed"


_when_in_force: dict[str, Callable[[DocumentView, Actor, datetime], None]] = {}


def when_in_force(kind: str, act: Callable[[DocumentView, Actor, datetime], None]) -> None:
    """
    A room says at start what a document of this kind brings about. Called once, in the transaction that puts it into
    force: at drawing up (one signature, or alone on duty) or at the second signature.
    """
    _when_in_force[kind] = act


@transaction.atomic(savepoint=False)
@recorded("journal.document.drawn")
def draw_up(
    *,
    kind: str,
    title: str,
    body: dict[str, Any],
    actor: Actor,
    now: datetime,
    request_id: UUID,
    signatures_required: int = 1,
    beneficiary: UUID | None = None,
    subjects: Sequence[UUID] = (),
    sign: bool = True,
    alone: bool = False,
    signers: Sequence[Duty] = SIGNERS,
    at: UUID | None = None,
) -> UUID:
    """
    A document with the next number of its kind; joins the caller's transaction. Returns its id.

    body         plain facts of it; what is printed is made from them
    beneficiary  who gains by it; neither they nor who works for them may sign it
    subjects     whom or what it is about: found again by `queries.documents(subject=…)`
    sign         the actor signs it now; False leaves the first signature to another (a receiver, a carrier)
    alone        nobody else is on duty: in force at once, flagged, the second signature due within 12 hours
    signers, at  who may sign later: these duties, at that place (None: everywhere)
    Raises NotYourPlace, SignedForOneself, NoPersonSigns, RequestIdReused.
    """
    require_transaction()
    require_somewhere(actor, *WRITERS)
    if signatures_required not in (1, 2) or (alone and (signatures_required != 2 or not sign)):
        raise UnusableInput(
            "A document takes one signature or two, and only one of two can be signed alone. Nothing was drawn up.",
            where="signatures_required",
            found=signatures_required,
            expected="1 or 2",
        )
    content = content_hash(
        kind, title, body, actor.person_id, signatures_required, beneficiary, sorted(map(str, subjects)), sign, alone
    )
    counter = lock_numbers(kind)
    earlier = Document.objects.filter(request_id=request_id).only("id", "content_hash").first()
    if earlier is not None:
        if bytes(earlier.content_hash) != content:
            raise RequestIdReused(
                "This request drew up another document before; that one stands, this one was not drawn up.",
                where=str(request_id),
                found=title,
                cure="Send the new document under a new request id.",
            )
        return earlier.id
    if sign:
        _refuse_partial_hand(actor, beneficiary, signatures_required)
    counter.last += 1
    counter.save(update_fields=["last"])
    document = Document.objects.create(
        id=new_id(),
        kind=kind,
        number=f"{PREFIXES.get(kind, kind)}-{counter.last:04d}",
        title=title,
        body=plain(body),
        state=_state_after(1 if sign else 0, signatures_required, alone),
        signatures_required=signatures_required,
        signers=[duty.value for duty in signers],
        at_id=at,
        beneficiary_id=beneficiary,
        drawn_by_id=actor.person_id,
        drawn_by_name=actor.name,
        drawn_at=now,
        was_alone=alone,
        second_due_at=now + SECOND_SIGNATURE_WITHIN if alone else None,
        request_id=request_id,
        content_hash=content,
    )
    DocumentSubject.objects.bulk_create(
        [DocumentSubject(document=document, subject=subject) for subject in dict.fromkeys(subjects)]
    )
    if sign:
        _put_signature(document, actor, now)
    record(
        kind="journal.document.drawn",
        actor=actor,
        now=now,
        subject=beneficiary,
        document=document.id,
        data={"number": document.number, "kind": kind, "state": document.state},
    )
    _enter_force(document, actor, now)
    return document.id


@transaction.atomic
@recorded("journal.document.signed")
def sign(*, document: UUID, actor: Actor, now: datetime) -> None:
    """
    Put the actor's name under it: the signature it waits for, or the second one of what was done alone on duty.

    Raises NotYourPlace, SameHandTwice, SignedForOneself, NoPersonSigns, NotToBeSigned.
    """
    row = lock_row(Document.objects.all(), document)
    actor.require(*(Duty(duty) for duty in row.signers), at=row.at_id)
    if row.state not in (State.WAITING, State.ALONE):
        raise NotToBeSigned(
            f"{row.number} waits for no signature: {row.get_state_display()}. Nothing was changed.",
            where=row.number,
            found=row.state,
            expected=[State.WAITING.value, State.ALONE.value],
        )
    names = list(Signature.objects.filter(document=row).values_list("person_id", "name").order_by("at", "id"))
    _refuse_partial_hand(actor, row.beneficiary_id, row.signatures_required)
    if any(person == actor.person_id for person, _ in names):
        raise SameHandTwice(
            f"{row.number} bears this signature already; two signatures are two persons'. Nothing was changed.",
            where=row.number,
            found=actor.name,
            expected="another person",
            cure="Ask a second person on duty to sign.",
        )
    was_in_force = row.state == State.ALONE
    is_late = was_in_force and row.second_due_at is not None and now > row.second_due_at
    _put_signature(row, actor, now)
    row.state = _state_after(len(names) + 1, row.signatures_required, was_in_force)
    row.save(update_fields=["state"])
    record(
        kind="journal.document.signed",
        actor=actor,
        now=now,
        subject=row.beneficiary_id,
        document=row.id,
        data={"number": row.number, "kind": row.kind, "state": row.state, "late": is_late},
    )
    if not was_in_force:
        _enter_force(row, actor, now)


@transaction.atomic
@recorded("journal.document.refused")
def refuse(*, document: UUID, actor: Actor, now: datetime, why: str) -> None:
    """
    Say no to a document that waits for a signature. Raises NotYourPlace, NotToBeSigned.

    One that was put into force alone on duty keeps what it did; that it was refused stands in the shift change until
    the room that acted has corrected it.
    """
    _end(document, State.REFUSED, actor, now, why, (State.WAITING, State.ALONE), "journal.document.refused")


@transaction.atomic
@recorded("journal.document.cancelled")
def cancel(*, document: UUID, actor: Actor, now: datetime, why: str) -> None:
    """Take back a document that is not in force yet. Raises NotYourPlace, NotToBeSigned."""
    _end(document, State.CANCELLED, actor, now, why, (State.WAITING,), "journal.document.cancelled")


def lock_numbers(kind: str) -> Counter:
    """Whoever draws up a document of the kind waits until this transaction ends; so does whoever asks here."""
    Counter.objects.bulk_create([Counter(kind=kind)], ignore_conflicts=True)
    return lock_row(Counter.objects.all(), kind)


def _end(
    document: UUID, state: State, actor: Actor, now: datetime, why: str, waiting: Sequence[State], event: str
) -> None:
    row = lock_row(Document.objects.all(), document)
    is_own = state == State.CANCELLED and actor.person_id is not None and row.drawn_by_id == actor.person_id
    if not is_own:
        actor.require(*(Duty(duty) for duty in row.signers), at=row.at_id)
    if row.state not in waiting:
        raise NotToBeSigned(
            f"{row.number} cannot be ended any more: {row.get_state_display()}. Nothing was changed.",
            where=row.number,
            found=row.state,
            expected=[one.value for one in waiting],
            cure="Draw up a new document that corrects it.",
        )
    was_in_force = row.state == State.ALONE
    row.state, row.ended_at, row.ended_by_id, row.ended_why = state, now, actor.person_id, why
    row.save(update_fields=["state", "ended_at", "ended_by", "ended_why"])
    record(
        kind=event,
        actor=actor,
        now=now,
        subject=row.beneficiary_id,
        document=row.id,
        data={"number": row.number, "kind": row.kind, "why": why, "was_in_force": was_in_force},
    )


def _state_after(signatures: int, required: int, alone: bool) -> State:
    if signatures >= required:
        return State.SIGNED
    return State.ALONE if alone else State.WAITING


def _refuse_partial_hand(actor: Actor, beneficiary: UUID | None, signatures_required: int) -> None:
    if actor.person_id is None and signatures_required == 2:
        raise NoPersonSigns(
            "This document needs the signatures of two persons; nothing was changed.",
            found=actor.name,
            cure="Log in as the person who signs.",
        )
    works_for = actor.reach.values() if beneficiary is not None else ()
    if beneficiary is not None and (actor.person_id == beneficiary or any(beneficiary in at for at in works_for)):
        raise SignedForOneself(
            f"{actor.name} gains by this document, or works for who does, and cannot sign it. Nothing was changed.",
            where=str(beneficiary),
            found=actor.name,
            expected="a person who gains nothing by it",
            cure="Ask a person of another place to sign.",
        )


def _put_signature(document: Document, actor: Actor, now: datetime) -> None:
    Signature.objects.create(id=new_id(), document=document, person_id=actor.person_id, name=actor.name, at=now)


def _enter_force(document: Document, actor: Actor, now: datetime) -> None:
    act = _when_in_force.get(document.kind)
    if act is not None and document.state in (State.SIGNED, State.ALONE):
        act(document_view(document.pk), actor, now)
