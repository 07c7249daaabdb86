"""
Over the counter: where people move freely, what stands at the station is fetched there. The counter refuses where a notice says
that they do not.

It is a handover like any other: the promise that came with the parcel is kept, and something shows it. A handover that was
pressed by mistake is taken back at the same counter within a few minutes; both stay in the book.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.delivery import sources
from baogong.delivery.errors import HandoverStands, NotOverTheCounter, ProxyUnclear
from baogong.delivery.models import Handover, Parcel, ParcelAct
from baogong.delivery.queries.houses import House, zones_of
from baogong.delivery.services import custody, handovers
from baogong.delivery.services.custody import Given
from baogong.delivery.services.endings import begin, said
from baogong.delivery.services.residents import HOUSEHOLD
from baogong.delivery.services.stations import KEEPERS, Scanned
from baogong.journal.services import EvidenceIn, record, recorded
from baogong.kernel.actor import Actor
from baogong.ledger import queries as book
from baogong.ledger.states import Reason

Kind, State = ParcelAct.Kind, Parcel.State
UNDO_WITHIN = timedelta(minutes=10)
PROXY_NOTE = "代取 · proxy"  # with the last four, as the desks of releases write it


@transaction.atomic
def hand_out(
    *,
    station: UUID,
    scans: Sequence[str],
    mode: str,
    proxy_name: str = "",
    proxy_last_four: str = "",
    signature: bytes | None = None,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> Scanned:
    """
    Parcels that stand at the station into the hands of who has come for them, all or none.

    mode                         CONTACTLESS its code is read where it is laid down; WITNESSED the keeper sees it taken; SIGNED
                                 `signature` was drawn
    proxy_name, proxy_last_four  who comes for another household, and the last four of that person's own document; both or
                                 neither: then somebody of the household has come
    The same request again gives the same answer.
    Raises NotYourPlace, ProxyUnclear, NotOverTheCounter, HandoverNotAllowed, NothingToShow, AlreadyHandedOver,
    WithSomebodyElse, NotHere, NoSuchParcels, and what the room says of which a promise has ended.
    """
    actor.require(*KEEPERS, at=station)
    before, rows, unknown = begin(scans, request_id, "can be handed over here")
    if before is not None:
        return before
    shown = _shown_by(mode, proxy_name, proxy_last_four, signature, actor)
    for row in rows:
        custody.refuse_elsewhere(row, at=station, states=(State.AT_STATION,))
    _refuse_unfree(rows, now)
    given = [Given(row, mode, [EvidenceIn("CODE", text=row.code), *shown], now) for row in rows]
    custody.call_off(rows, now)
    handovers.give(given, over_counter=True, actor=actor, now=now, request_id=request_id)
    return Scanned(tuple(row.code for row in rows), unknown=tuple(unknown))


def _shown_by(
    mode: str, proxy_name: str, proxy_last_four: str, signature: bytes | None, actor: Actor
) -> list[EvidenceIn]:
    """What shows who took it, beside its code. Raises ProxyUnclear."""
    name, four = " ".join(proxy_name.split())[:60], proxy_last_four.strip().upper()
    if bool(name) != bool(four) or (four and not (len(four) == 4 and four.isascii() and four.isalnum())):
        raise ProxyUnclear(
            "Who comes for another household is written with a name and the last four of the own document, no more. "
            "Nothing was handed over.",
            where="proxy_last_four" if name else "proxy_name",
            found=name or "",  # never the digits
            expected="a name and four signs, or neither",
            cure="Write both; leave both out where somebody of the household itself has come.",
        )
    shown = []
    if mode == Handover.WITNESSED:
        shown.append(EvidenceIn("WITNESS", by_name=actor.name))
    if mode == Handover.SIGNED and signature:
        shown.append(EvidenceIn("SIGNATURE", payload=signature, by_name=name or HOUSEHOLD.name))
    if name:
        shown.append(EvidenceIn("NOTE", text=f"{PROXY_NOTE} · {four}", by_name=name))
    return shown


def _refuse_unfree(rows: Sequence[Parcel], now: datetime) -> None:
    """Raises NotOverTheCounter where a household's people may not move freely now."""
    houses: dict[UUID, House] = {row.id: (row.community_id, row.building_id, row.unit_id) for row in rows}
    zones = zones_of(houses.values(), now)
    kept_in = {row.code: zone for row in rows if (zone := zones.get(houses[row.id])) and zone.service != "FREE"}
    if kept_in:
        first = next(iter(kept_in.values()))
        how = "come only down to their shelf when they are called" if first.service == "SHELF" else "may not leave home"
        raise NotOverTheCounter(
            f"The households of {', '.join(list(kept_in)[:10])} live in a {first.state} zone and {how}; nothing was handed "
            "over.",
            where=next(iter(kept_in)),
            found=first.state,
            expected="a house whose people may move freely",
            cure="Let a courier bring these. If the zone has ended, let the notice be read that says so.",
            codes=list(kept_in)[:50],
            service=first.service,
        )


@transaction.atomic
def take_back(
    *, station: UUID, scans: Sequence[str], words: str, actor: Actor, now: datetime, request_id: UUID
) -> Scanned:
    """
    What this counter handed over by mistake within `UNDO_WITHIN` stands at the station again, promised as before.

    words  what happened
    The same request again gives the same answer.
    Raises NotYourPlace, UnusableInput (no words), NotHere, NoSuchParcels, HandoverStands (from another's hands, too long ago,
    or its household has confirmed it).
    """
    actor.require(*KEEPERS, at=station)
    before, rows, unknown = begin(scans, request_id, "was handed over here")
    if before is not None:
        return before
    words = said(words)
    for row in rows:
        if row.state != State.HANDED_OVER:
            custody.refuse_elsewhere(row, states=(State.HANDED_OVER,))
        _refuse_standing(row, station, now)
    _take_back(rows, station, words, actor=actor, now=now, request_id=request_id)
    return Scanned(tuple(row.code for row in rows), unknown=tuple(unknown))


def _refuse_standing(row: Parcel, station: UUID, now: datetime) -> None:
    act = custody.handed_over(row)
    is_confirmed = ParcelAct.objects.filter(parcel=row, kind=Kind.CONFIRMED, at__gte=act.at).exists()
    if act.from_party_id == station and now - act.at <= UNDO_WITHIN and not is_confirmed:
        return
    raise HandoverStands(
        f"Only what this counter handed over in the last {UNDO_WITHIN.seconds // 60} minutes is taken back here, and not what "
        f"its household has confirmed. Parcel {row.code} was handed over by {act.by_name}; that stands.",
        where=row.code,
        found=act.by_name,
        expected=f"handed over here within {UNDO_WITHIN.seconds // 60} minutes",
        cure="Ask for the parcel; what comes back later is written down by the command office.",
    )


@recorded("delivery.handover.undone")
def _take_back(
    rows: Sequence[Parcel], station: UUID, words: str, *, actor: Actor, now: datetime, request_id: UUID
) -> None:
    moves = book.movements(holds=[row.hold for row in rows if row.hold], reasons=[Reason.HANDOVER], limit=len(rows))
    by_hold = {move.hold: move for move in moves}
    custody.take_again(
        {row.id: by_hold[row.hold] for row in rows}, rows, actor=actor, now=now, request_id=request_id, note=words
    )
    record(
        kind="delivery.handover.undone",
        actor=actor,
        now=now,
        subject=station,
        data={"parcels": len(rows), "note": sources.telling(rows, words)},
    )
