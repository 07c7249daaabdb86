"""
A giver's or owner's word that goods may be packed.

Goods carried for somebody, and goods given for somebody, go into no pack without it: they would become part of another
thing. The word is a document that two persons sign; then the book lets what lies there be turned into that pack, and
every other limit the goods have stays.
"""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.queries import DocumentView
from baogong.journal.services import draw_up, record, recorded, when_in_force
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.queries import BalanceView
from baogong.ledger.states import Reason, State
from baogong.supply.errors import ConsentMissing

KIND = "PACKING_CONSENT"


class NothingToAgreeOn(BaogongError):
    """Nothing of the lot is free at the site, or it may be packed already."""

    kind, code = Kind.CONFLICT, "supply.nothing-to-agree-on"


@transaction.atomic
@recorded("supply.packing.agreed")
def agree_to_packing(
    *,
    lot: UUID,
    site: UUID,
    pack: UUID,
    by: UUID,
    words: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    alone: bool = False,
) -> UUID:
    """
    Write down that the giver or owner agrees to what lies here being packed; returns the document, which two sign.

    pack    the item it may become part of
    by      the party that agreed: the lot's donor or owner
    words   how it was said ("by phone, 11:40")
    alone   nobody else is on duty: in force at once, the second signature due within 12 hours

    Raises ConsentMissing, NothingToAgreeOn, NotYourPlace, RequestIdReused.
    """
    actor.require(Duty.CLERK, Duty.COMMAND)
    view = book.lot(lot)
    if by not in (view.owner, view.donor) or not words.strip():
        raise ConsentMissing(
            "Only the giver or owner can agree to packing, and how it was said must be on record. Nothing was changed.",
            where=view.label or str(lot),
            found=str(by),
            expected=str(view.donor or view.owner),
            cure="Ring the giver and write down the answer.",
        )
    if not _free(lot, site) or (view.earmark is not None and pack in view.earmark.items):
        raise _nothing(view.label)
    document = draw_up(
        kind=KIND,
        title=f"{view.label or view.item}: {words}"[:120],
        body={"lot": str(lot), "site": str(site), "pack": str(pack), "by": str(by), "words": words},
        subjects=[by, site, lot],
        signatures_required=2,
        alone=alone,
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    record(
        kind="supply.packing.agreed",
        actor=actor,
        now=now,
        subject=by,
        document=document,
        data={"lot": str(lot), "site": str(site)},
    )
    return document


def _may_be_packed(document: DocumentView, actor: Actor, now: datetime) -> None:
    """The document is in force: what is free of the lot now also may become the pack."""
    lot, site, pack = (UUID(document.body[key]) for key in ("lot", "site", "pack"))
    view = book.lot(lot)
    standing = _free(lot, site)
    if not standing:
        raise _nothing(view.label)
    mark = view.earmark
    wider = ledger.open_lot(
        item=view.item,
        owner=view.owner,
        donor=view.donor,
        earmark=ledger.open_earmark(
            parties=sorted(mark.parties) if mark else [],
            items=sorted({*(mark.items if mark else ()), view.item, pack}),
            purpose=mark.purpose if mark else "",
            until=mark.until if mark else None,
            request_id=derived_id(document.id, "earmark"),
        ),
        standard=view.standard,
        expires_on=view.expires_on,
        pieces_per_carton=view.pieces_per_carton,
        label=view.label,
        now=now,
    )
    for balance in standing:
        ledger.convert(
            at_holder=site,
            parts=[(lot, balance.free)],
            into=[(wider, balance.free)],
            state=balance.state,
            actor=actor,
            document=document.id,
            request_id=derived_id(document.id, balance.state),
            now=now,
            reason=Reason.RE_EARMARK,
        )


def _free(lot: UUID, site: UUID) -> list[BalanceView]:
    views = book.balances(holders=[site], states=[State.AVAILABLE, State.FROZEN], lots=[lot])
    return [view for view in views if view.free > 0]


def _nothing(label: str) -> NothingToAgreeOn:
    return NothingToAgreeOn(
        "Nothing of this lot is free here that could not be packed already. Nothing was changed.",
        where=label,
        cure="Look at what stands here; undo promises first if it is promised.",
    )


def register() -> None:
    """Called when the room starts."""
    when_in_force(KIND, _may_be_packed)
