"""What comes of a gift: signed for at a site, with what is short and what is damaged."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import derived_id
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.supply.errors import GiftNotAtThisStep, ReceiptMakesNoSense
from baogong.supply.models import Gift, GiftLine, GiftReceipt
from baogong.supply.requests import content_of, made_before
from baogong.supply.services.corrections import offered_now
from baogong.supply.services.gifts import line_of, lock_gift
from baogong.supply.views import COMMUNITY_USE

Verdict = GiftLine.Verdict


@dataclass(frozen=True, slots=True)
class Arrival:
    """
    What came of one line.

    arrived   base units that came, damaged ones included; damaged is the part nobody can use
    is_last   nothing more of this line is awaited: what is missing is short
    """

    no: int
    arrived: int
    damaged: int = 0
    is_last: bool = True
    pieces_per_carton: int | None = None
    note: str = ""


@transaction.atomic
@recorded("supply.gift.received")
def receive_gift(
    *, gift: UUID, site: UUID, arrivals: Sequence[Arrival], actor: Actor, now: datetime, request_id: UUID
) -> UUID:
    """
    Sign for what came of a gift at a site; returns the receipt's id. Its document is a goods received note (GRN).

    Good units come into the site's available stock, damaged ones into its spoiled; what is short is stated by line.
    Raises GiftNotAtThisStep, ReceiptMakesNoSense, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(Duty.KEEPER, Duty.COMMAND, at=site)
    content = content_of(gift=gift, site=site, arrivals=[asdict(arrival) for arrival in arrivals])
    earlier = made_before(GiftReceipt, request_id, content)
    if earlier is not None:
        return earlier.id
    row, lines = lock_gift(gift)
    for arrival in arrivals:
        _check_arrival(row, line_of(row, lines, arrival.no), arrival)
    awaited = offered_now(lines.values())
    document = draw_up(
        kind="GRN",
        title=f"{row.number} received",
        body={
            "gift": str(gift),
            "site": str(site),
            "lines": [
                {
                    **asdict(arrival),
                    "short": max(awaited[lines[arrival.no].id] - lines[arrival.no].arrived - arrival.arrived, 0),
                }
                for arrival in arrivals
            ],
        },
        subjects=[row.donor_id, site],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    receipt = GiftReceipt.objects.create(
        request_id=request_id, content=content, gift=row, site_id=site, document=document, at=now
    )
    good, broken = [], []
    outside = AccountRef(row.donor_id, State.OUTSIDE)
    for arrival in arrivals:
        line = lines[arrival.no]
        lot = lot_of(row, line, arrival, now)
        usable = arrival.arrived - arrival.damaged
        if usable:
            good.append(ledger.post_line(outside, AccountRef(site, State.AVAILABLE), lot, usable))
        if arrival.damaged:
            broken.append(ledger.post_line(outside, AccountRef(site, State.SPOILED), lot, arrival.damaged))
        line.arrived += arrival.arrived
        line.damaged += arrival.damaged
        line.is_complete = line.is_complete or arrival.is_last
        line.site_id = site
        line.save(update_fields=["arrived", "damaged", "is_complete", "site", "lot", "earmark", "pieces_per_carton"])
    came_in = Reason.CONSIGNMENT if row.terms == Gift.Terms.CONSIGNMENT else Reason.GIFT
    for movements, reason in ((good, came_in), (broken, Reason.DAMAGE)):
        if movements:
            ledger.post(
                lines=movements,
                actor=actor,
                reason=reason,
                document=document,
                request_id=derived_id(request_id, reason),
                now=now,
            )
    if all(line.is_complete or line.verdict == Verdict.DECLINED for line in lines.values()):
        row.state, row.received_at = Gift.State.RECEIVED, now
        row.save(update_fields=["state", "received_at"])
    record(
        kind="supply.gift.received",
        actor=actor,
        now=now,
        subject=row.donor_id,
        document=document,
        data={
            "gift": str(gift),
            "site": str(site),
            "arrived": sum(arrival.arrived for arrival in arrivals),
            "damaged": sum(arrival.damaged for arrival in arrivals),
        },
    )
    return receipt.id


def _check_arrival(row: Gift, line: GiftLine, arrival: Arrival) -> None:
    where = f"{row.number}/{line.no}"
    if line.verdict not in (Verdict.AS_GIVEN, Verdict.COMMUNITY):
        raise GiftNotAtThisStep(
            f"Line {line.no} of {row.number} is not accepted: {line.get_verdict_display().lower()}. Nothing was changed.",
            where=where,
            found=line.verdict,
            expected=f"{Verdict.AS_GIVEN} or {Verdict.COMMUNITY}",
            cure="Accept the line first; what fails its standard needs the giver's consent.",
        )
    if line.is_complete:
        raise GiftNotAtThisStep(
            f"Line {line.no} of {row.number} was received in full before. Nothing was changed.",
            where=where,
            cure="Enter what came on top of it as a new gift.",
        )
    if arrival.arrived < 0 or not 0 <= arrival.damaged <= arrival.arrived:
        raise ReceiptMakesNoSense(
            "More is damaged than arrived, or an amount is below 0. Nothing was changed.",
            where=where,
            found=f"{arrival.arrived} arrived, {arrival.damaged} damaged",
            expected="0 ≤ damaged ≤ arrived",
        )


def lot_of(row: Gift, line: GiftLine, arrival: Arrival, now: datetime) -> UUID:
    """The line's own lot: a gift is never mixed with another, so that it can be followed."""
    if line.lot is not None:
        return line.lot
    if line.pieces_per_carton is None:
        line.pieces_per_carton = arrival.pieces_per_carton
    line.earmark, line.lot = open_lot_of(row, line, now)
    return line.lot


def open_lot_of(row: Gift, line: GiftLine, now: datetime) -> tuple[UUID | None, UUID]:
    """
    The earmark and the lot for what the line is: as its giver named it, or, where it failed its standard and the giver
    agreed, for community use and nobody in particular.
    """
    is_for_community = line.verdict == Verdict.COMMUNITY
    earmark = None
    if is_for_community or line.receiver_id is not None or line.purpose:
        earmark = ledger.open_earmark(
            parties=[line.receiver_id] if line.receiver_id and not is_for_community else [],
            items=[line.item_id],
            purpose=COMMUNITY_USE if is_for_community else line.purpose,
            until=None,
            request_id=derived_id(line.id, "earmark", *(["community"] if is_for_community and line.lot else [])),
        )
    return earmark, ledger.open_lot(
        item=line.item_id,
        owner=row.owner_id,
        donor=row.donor_id,
        earmark=earmark,
        standard=line.standard,
        expires_on=line.expires_on,
        pieces_per_carton=line.pieces_per_carton,
        label=f"{row.number}/{line.no}",
        now=now,
    )
