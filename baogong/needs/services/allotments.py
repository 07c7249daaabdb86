"""Relief goods promised to a receiver: one hold each, from a site into the receiver's hands."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.engine.sheets.standards import read_standards
from baogong.journal.locks import lock_row
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.needs.errors import (
    AllotmentMoved,
    EarmarkBroken,
    NeedClosed,
    NotEnoughLeft,
    NotRelief,
    StandardNotAccepted,
)
from baogong.needs.models import Allotment, Need
from baogong.people.queries.merges import Houses, houses, root_of
from baogong.supply import queries as supply
from baogong.supply.requests import content_of
from baogong.supply.views import ReliefStock


@dataclass(frozen=True, slots=True)
class Promise:
    """
    So much of one lot at one site for one receiver.

    amount   base units, above 0
    need     the need it answers, if there is one; its standards then bind
    """

    receiver: UUID
    lot: UUID
    site: UUID
    amount: int
    need: UUID | None = None
    due_at: datetime | None = None
    urgency: int | None = None


@transaction.atomic
@recorded("needs.allotment.placed")
def allot(
    *, promise: Promise, reason: str, actor: Actor, now: datetime, request_id: UUID, document: UUID | None = None
) -> UUID:
    """
    Promise relief goods by decision or earmark; returns the allotment's id. Without a document an ALLOTMENT is drawn up
    and signed by the actor, who must neither be the receiver nor work for it.

    Raises NotRelief, EarmarkBroken, StandardNotAccepted, NotEnoughLeft, NotYourPlace, journal.SignedForOneself,
    RequestIdReused; none leaves a trace.
    """
    actor.require(Duty.COMMAND, at=promise.site)
    own = derived_id("allotment", request_id, content_of(promise=repr(promise), reason=reason))
    if Allotment.objects.filter(pk=own).exists():
        return own
    if promise.amount <= 0 or not reason.strip():
        raise UnusableInput("A promise needs an amount above 0 and a reason.", found=promise.amount, expected="≥ 1")
    house = root_of(promise.receiver)
    promise = replace(promise, receiver=house)
    need = _need_of(promise)
    stock = _stock_of(promise)
    check_fits(stock, promise.receiver, need)
    promise = replace(promise, receiver=account_for(stock, promise.receiver))
    if document is None:
        document = draw_up(
            kind="ALLOTMENT",
            title=reason[:120],
            body={
                "receiver": str(promise.receiver),
                "lot": str(promise.lot),
                "site": str(promise.site),
                "amount": promise.amount,
                "need": str(promise.need or ""),
                "reason": reason,
            },
            subjects=[promise.receiver, promise.site],
            beneficiary=house,
            actor=actor,
            now=now,
            request_id=derived_id(request_id, "document"),
        )
    hold = derived_id(request_id, "hold")
    ledger.post(
        lines=[
            ledger.hold_line(
                AccountRef(promise.site, State(stock.state)),
                AccountRef(promise.receiver, State.HANDED_OVER),
                promise.lot,
                promise.amount,
                id=hold,
            )
        ],
        actor=actor,
        reason=Reason.ALLOT,
        document=document,
        request_id=derived_id(request_id, "allot"),
        now=now,
    )
    Allotment.objects.create(
        id=own,
        need=need,
        receiver_id=promise.receiver,
        at_site_id=promise.site,
        item_id=stock.item,
        lot=promise.lot,
        amount=promise.amount,
        hold=hold,
        document=document,
        urgency=promise.urgency or (need.urgency if need else Need.Urgency.MODERATE),
        due_at=promise.due_at or (need.due_at if need else None),
        reason=reason[:400],
        placed_at=now,
    )
    record(
        kind="needs.allotment.placed",
        actor=actor,
        now=now,
        subject=promise.receiver,
        document=document,
        data={"allotment": str(own), "amount": promise.amount},
    )
    return own


@transaction.atomic
@recorded("needs.allotment.undone")
def undo_allotment(*, allotment: UUID, why: str, actor: Actor, now: datetime, request_id: UUID) -> None:
    """Take a promise back, until the first hand moves. Raises AllotmentMoved, NotFound, NotYourPlace."""
    row = lock_row(Allotment.objects.all(), allotment)
    actor.require(Duty.COMMAND, at=row.at_site_id)
    if row.undone_at is None:
        hold = book.hold(row.hold)
        if hold.open != hold.amount:
            raise AllotmentMoved(
                f"{hold.amount - hold.open} of {hold.amount} have left already; nothing was changed.",
                where=str(allotment),
                found=hold.open,
                expected=hold.amount,
                cure="Report a loss or a return for what is on its way.",
            )
        ledger.post(
            lines=[ledger.void_line(hold)],
            actor=actor,
            reason=Reason.UNDO,
            document=row.document,
            request_id=derived_id(request_id, "undo"),
            now=now,
        )
        row.undone_at = now
        row.save(update_fields=["undone_at"])
    record(
        kind="needs.allotment.undone",
        actor=actor,
        now=now,
        subject=row.receiver_id,
        document=row.document,
        data={"allotment": str(allotment), "why": why},
    )


def account_for(stock: ReliefStock, receiver: UUID, merged: Houses | None = None) -> UUID:
    """
    In whose hands these goods are put for this receiver: the name that the giver wrote, where that was merged with it.

    The book holds earmarks to the letter, and a merge rewrites nothing in it.
    """
    merged = merged or houses()
    named = sorted(party for party in stock.earmark_parties if merged.root(party) == merged.root(receiver))
    return named[0] if named and receiver not in named else receiver


def check_fits(stock: ReliefStock, receiver: UUID, need: Need | None) -> None:
    """Raises EarmarkBroken or StandardNotAccepted where the goods may not go to this receiver for this need."""
    merged = houses()
    receiver = merged.root(receiver)
    if stock.earmark_parties and receiver not in {merged.root(party) for party in stock.earmark_parties}:
        raise EarmarkBroken(
            "The giver named who these goods are for; this receiver is not among them. Nothing was promised.",
            where=str(stock.lot),
            found=str(receiver),
            expected=[str(party) for party in stock.earmark_parties],
            cure="Choose other goods, or have the earmark moved: that takes two people and the giver's word.",
        )
    if need is None:
        return
    if need.item_id != stock.item:
        raise UnusableInput(
            "The need is for another item.", where=str(need.pk), found=str(stock.item), expected=str(need.item_id)
        )
    if merged.root(need.receiver_id) != receiver:
        raise UnusableInput(
            "The need is another receiver's.", where=str(need.pk), found=str(receiver), expected=str(need.receiver_id)
        )
    if stock.is_for_community and need.use != Need.Use.COMMUNITY:
        raise EarmarkBroken(
            "These goods failed their medical standard and may only go to community use. Nothing was promised.",
            where=str(stock.lot),
            found=need.use,
            expected=Need.Use.COMMUNITY,
        )
    if not is_standard_accepted(stock.standard, need.standards):
        raise StandardNotAccepted(
            f"The need accepts {', '.join(need.standards)}; these goods meet {stock.standard or 'none that is known'}. "
            "Nothing was promised.",
            where=str(stock.lot),
            found=stock.standard,
            expected=need.standards,
            cure="Choose goods of an accepted standard, or ask the receiver.",
        )


def family_of(standard: str) -> str:
    """ "YY0469-2011" → "YY 0469"; what is no published standard stays as it is."""
    refs = read_standards(standard)
    return refs[0].family if refs else standard.strip()


def is_standard_accepted(standard: str, accepted: list[str]) -> bool:
    """A need that names none accepts any."""
    return not accepted or family_of(standard) in accepted


def _need_of(promise: Promise) -> Need | None:
    if promise.need is None:
        return None
    need = lock_row(Need.objects.all(), promise.need)
    if need.standing == Need.Standing.CANCELLED:
        raise NeedClosed("This need was cancelled; nothing was promised.", where=str(promise.need))
    return need


def _stock_of(promise: Promise) -> ReliefStock:
    item = book.lot(promise.lot).item
    here = [
        row for row in supply.relief_stock(sites=[promise.site], items=[item], is_free=False) if row.lot == promise.lot
    ]
    if not here:
        raise NotRelief(
            "This lot is no relief stock at this site; nothing was promised.",
            where=f"{promise.site} {promise.lot}",
            cure="Freeze it first, or choose goods that were given.",
        )
    best = max(here, key=lambda row: row.free)
    if best.free < promise.amount:
        raise NotEnoughLeft(
            f"{best.free} of this lot are free here; {promise.amount} were asked for. Nothing was promised.",
            where=f"{promise.site} {promise.lot}",
            found=promise.amount,
            expected=f"at most {best.free}",
            cure="Promise less, or undo another promise first.",
        )
    return best
