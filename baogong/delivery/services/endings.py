"""Parcels that no household gets: sent back to their sender, or lost."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.delivery.errors import ParcelUnusable
from baogong.delivery.models import Parcel, ParcelAct
from baogong.delivery.services import custody
from baogong.delivery.services.stations import KEEPERS, Scanned, find, nothing
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.people.queries.parties import party_names

SOMEWHERE = (
    Parcel.State.AT_STATION,
    Parcel.State.ON_CART,
    Parcel.State.WITH_COURIER,
    Parcel.State.ON_SHELF,
)


@transaction.atomic
def send_back(
    *, station: UUID, scans: Sequence[str], words: str, actor: Actor, now: datetime, request_id: UUID
) -> Scanned:
    """
    Parcels that stand at the station leave it for their senders: their promises end, the goods are RETURNED.

    words  why, and who took them along
    A share's goods have no sender and stay. The same request again gives the same answer.
    Raises NotYourPlace, UnusableInput (no words), ParcelUnusable (no sender), AlreadyHandedOver, WithSomebodyElse, NotHere,
    NoSuchParcels.
    """
    actor.require(*KEEPERS, at=station)
    found, unknown = find(scans)
    before = custody.done_before(request_id)
    if before:
        return Scanned(tuple(row.code for row in before), unknown=tuple(unknown))
    if not found:
        raise nothing(unknown, "can be sent back")
    rows = custody.lock_parcels(row.id for row in found.values())
    known = [row for row in rows.values() if row.state == Parcel.State.SENT_BACK and row.station_id == station]
    gone = {row.id for row in known}
    leaving = [row for row in rows.values() if row.id not in gone]
    for row in leaving:
        custody.refuse_elsewhere(row, at=station, states=(Parcel.State.AT_STATION,))
    words = _said(words)
    nobodys = [row.code for row in leaving if row.sender_id is None]
    if nobodys:
        raise ParcelUnusable(
            f"Nobody is known to have sent {', '.join(nobodys[:10])}. Nothing was sent back.",
            where=nobodys[0],
            found=nobodys[:50],
            expected="parcels with a sender",
            cure="Leave these out: they stay at the station, or are given out anew.",
        )
    if leaving:
        _send_back(leaving, station, words, actor=actor, now=now, request_id=request_id)
    return Scanned(tuple(row.code for row in leaving), tuple(row.code for row in known), tuple(unknown))


@recorded("delivery.parcels.sent-back")
def _send_back(
    rows: Sequence[Parcel], station: UUID, words: str, *, actor: Actor, now: datetime, request_id: UUID
) -> None:
    custody.leave(
        rows, to={row.id: AccountRef(row.sender_id, State.RETURNED) for row in rows if row.sender_id},
        state=Parcel.State.SENT_BACK, kind=ParcelAct.Kind.SENT_BACK, reason=Reason.RETURN,
        actor=actor, now=now, request_id=request_id, note=words,
    )  # fmt: skip
    record(
        kind="delivery.parcels.sent-back", actor=actor, now=now, subject=station,
        data={"parcels": len(rows), "note": words},
    )  # fmt: skip


@transaction.atomic
def report_lost(
    *, station: UUID, scans: Sequence[str], words: str, actor: Actor, now: datetime, request_id: UUID
) -> Scanned:
    """
    What nobody finds any more, wherever it was on its way from this station: written off under a LOSS_REPORT, at the charge
    of whoever had it (of a cart: the station that loaded it).

    words  what happened
    The same request again gives the same answer.
    Raises NotYourPlace, UnusableInput (no words), ParcelUnusable (another station's), AlreadyHandedOver, NotHere,
    NoSuchParcels.
    """
    actor.require(*KEEPERS, at=station)
    found, unknown = find(scans)
    before = custody.done_before(request_id)
    if before:
        return Scanned(tuple(row.code for row in before), unknown=tuple(unknown))
    if not found:
        raise nothing(unknown, "can be reported lost")
    rows = custody.lock_parcels(row.id for row in found.values())
    known = [row for row in rows.values() if row.state == Parcel.State.LOST and row.station_id == station]
    told = {row.id for row in known}
    lost = [row for row in rows.values() if row.id not in told]
    for row in lost:
        custody.refuse_handed_over(row)
        if row.state not in SOMEWHERE:
            custody.refuse_elsewhere(row, states=SOMEWHERE)
    elsewhere = [row.code for row in lost if row.station_id != station]
    if elsewhere:
        raise ParcelUnusable(
            f"{', '.join(elsewhere[:10])} came from another station, which reports what is lost. Nothing was written off.",
            where=elsewhere[0],
            found=elsewhere[:50],
            expected="parcels of this station",
            cure="Leave these out, and tell their station.",
        )
    words = _said(words)
    if lost:
        _report_lost(lost, station, words, actor=actor, now=now, request_id=request_id)
    return Scanned(tuple(row.code for row in lost), tuple(row.code for row in known), tuple(unknown))


@recorded("delivery.parcels.lost")
def _report_lost(
    rows: Sequence[Parcel], station: UUID, words: str, *, actor: Actor, now: datetime, request_id: UUID
) -> None:
    charged = {row.id: station if row.state == Parcel.State.ON_CART else row.holder_id or station for row in rows}
    items = {lot.id: lot.item for lot in book.lots({row.lot for row in rows if row.lot})}
    names = party_names([station, *charged.values()])
    sums: Counter[tuple[UUID, UUID]] = Counter()
    for row in rows:
        if row.lot is not None:
            sums[row.lot, charged[row.id]] += row.amount
    document = draw_up(
        kind="LOSS_REPORT",
        title=f"包裹遗失单 {names[station][0]}",
        body={
            "where": names[station][0],
            "words": words,
            "at": now.isoformat(),
            "by": actor.name,
            "parcels": [row.code for row in rows],
            "lines": [
                {
                    "position": number,
                    "lot": str(lot),
                    "item": str(items[lot]),
                    "amount": amount,
                    "note": names[party][0],
                }
                for number, ((lot, party), amount) in enumerate(sorted(sums.items(), key=str), 1)
            ],
        },
        subjects=[station, *dict.fromkeys(row.lot for row in rows if row.lot)],
        actor=actor,
        now=now,
        request_id=derived_id("delivery.loss-report", request_id),
    )
    custody.leave(
        rows, to={row.id: AccountRef(charged[row.id], State.LOST) for row in rows},
        state=Parcel.State.LOST, kind=ParcelAct.Kind.LOST, reason=Reason.LOSS,
        actor=actor, now=now, request_id=request_id, document=document, note=words,
    )  # fmt: skip
    record(
        kind="delivery.parcels.lost", actor=actor, now=now, subject=station, document=document,
        data={"parcels": len(rows), "note": words},
    )  # fmt: skip


def _said(words: str) -> str:
    words = " ".join(words.split())
    if not words:
        raise UnusableInput(
            "Say why these parcels are sent back or lost, and who has seen or taken them. Nothing was changed.",
            where="words",
            found="",
            expected="what happened, in a few words",
            cure="Write it down.",
        )
    return words
