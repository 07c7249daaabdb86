"""Parcels that no household gets: sent back to their sender, or lost; and lost ones that somebody finds again."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.delivery import sources, visits
from baogong.delivery.errors import ParcelUnusable
from baogong.delivery.models import Parcel, ParcelAct
from baogong.delivery.services import custody
from baogong.delivery.services.stations import KEEPERS, SCANNED_MAX, Scanned, find, nothing
from baogong.engine.book import Tense
from baogong.journal.queries import documents_by_id
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.facts import MovementView, batch_id
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
    before, rows, unknown = begin(scans, request_id, "can be sent back")
    if before is not None:
        return before
    known = [row for row in rows if row.state == Parcel.State.SENT_BACK and row.station_id == station]
    gone = {row.id for row in known}
    leaving = [row for row in rows if row.id not in gone]
    for row in leaving:
        custody.refuse_elsewhere(row, at=station, states=(Parcel.State.AT_STATION,))
    words = said(words)
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
        data={"parcels": len(rows), "note": sources.telling(rows, words)},
    )  # fmt: skip


@transaction.atomic
def give_back(*, station: UUID, scans: Sequence[str], actor: Actor, now: datetime, request_id: UUID) -> Scanned:
    """
    Parcels of promises that no courier brings any more go back to where they were promised: given up by their household, or
    nobody was at home as often as the rule says. What becomes of the right, that room's rule says.

    The same request again gives the same answer.
    Raises NotYourPlace, ParcelUnusable (another visit is due, or no room promised it), AlreadyHandedOver, WithSomebodyElse,
    NotHere, NoSuchParcels.
    """
    actor.require(*KEEPERS, at=station)
    before, rows, unknown = begin(scans, request_id, "can be given back")
    if before is not None:
        return before
    for row in rows:
        custody.refuse_elsewhere(row, at=station, states=(Parcel.State.AT_STATION,))
    over = sources.ended(rows) | visits.used_up(rows)
    early = [row.code for row in rows if row.room not in sources.CARRIED or row.id not in over]
    if early:
        raise ParcelUnusable(
            f"{', '.join(early[:10])} are still to be brought: nobody gave them up, and another visit is due. Nothing was "
            "changed.",
            where=early[0],
            found=early[:50],
            expected="parcels given up, or visited as often as the rule says",
            cure="Plan them into the next round.",
        )
    _give_back(rows, station, actor=actor, now=now, request_id=request_id)
    return Scanned(tuple(row.code for row in rows), unknown=tuple(unknown))


@recorded("delivery.parcels.given-back")
def _give_back(rows: Sequence[Parcel], station: UUID, *, actor: Actor, now: datetime, request_id: UUID) -> None:
    holds = {hold.id: hold for hold in book.holds([row.hold for row in rows if row.hold])}
    rooms, to = sources.by_room(rows), dict[UUID, AccountRef]()
    for room, its in rooms.items():
        sources.CARRIED[room].lock([row.source for row in its])
        offered = sources.CARRIED[room].offered_by([row.source for row in its])
        to |= {row.id: offered[row.source] for row in its}
    custody.leave(
        rows, to=to, state=Parcel.State.SENT_BACK, kind=ParcelAct.Kind.SENT_BACK, reason=Reason.RETURN,
        actor=actor, now=now, request_id=request_id,
    )  # fmt: skip
    for room, its in rooms.items():
        back = {row.source: holds[row.hold] for row in its if row.hold}
        sources.CARRIED[room].come_back(back, actor=actor, now=now, request_id=derived_id(request_id, room))
    record(kind="delivery.parcels.given-back", actor=actor, now=now, subject=station, data={"parcels": len(rows)})


@transaction.atomic
def report_lost(
    *, station: UUID, scans: Sequence[str], words: str, actor: Actor, now: datetime, request_id: UUID
) -> Scanned:
    """
    What nobody finds any more, wherever it was on its way from this station: written off under a LOSS_REPORT, at the charge
    of whoever had it (of a cart: the station that loaded it).

    words  what happened
    What a room below promised to a household waits there, to be brought again or ended. The same request again gives the
    same answer.
    Raises NotYourPlace, UnusableInput (no words), ParcelUnusable (another station's), AlreadyHandedOver, NotHere,
    NoSuchParcels.
    """
    actor.require(*KEEPERS, at=station)
    before, rows, unknown = begin(scans, request_id, "can be reported lost")
    if before is not None:
        return before
    known = [row for row in rows if row.state == Parcel.State.LOST and row.station_id == station]
    told = {row.id for row in known}
    lost = [row for row in rows if row.id not in told]
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
    words = said(words)
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
    sources.go_missing(rows, actor=actor, now=now)
    record(
        kind="delivery.parcels.lost", actor=actor, now=now, subject=station, document=document,
        data={"parcels": len(rows), "note": sources.telling(rows, words)},
    )  # fmt: skip


@transaction.atomic
def find_again(
    *, station: UUID, scans: Sequence[str], words: str, actor: Actor, now: datetime, request_id: UUID
) -> Scanned:
    """
    What was reported lost and is there after all: it stands at the station again, promised to its household's community.

    words  where it was, and who found it
    The loss report stays as it was written; movements that name the loss take it back, under a paper of their own. The same
    request again gives the same answer.
    Raises NotYourPlace, UnusableInput (no words), ParcelUnusable (another station's), AlreadyHandedOver, WithSomebodyElse,
    NotHere, NoSuchParcels.
    """
    actor.require(*KEEPERS, at=station)
    before, rows, unknown = begin(scans, request_id, "was reported lost")
    if before is not None:
        return before
    elsewhere = [row.code for row in rows if row.state == Parcel.State.LOST and row.station_id != station]
    if elsewhere:
        raise ParcelUnusable(
            f"{', '.join(elsewhere[:10])} came from another station, which takes back its report. Nothing was changed.",
            where=elsewhere[0],
            found=elsewhere[:50],
            expected="parcels of this station",
            cure="Leave these out, and bring them to their station.",
        )
    known = [row for row in rows if row.state == Parcel.State.AT_STATION and row.holder_id == station]
    here = {row.id for row in known}
    back = [row for row in rows if row.id not in here]
    for row in back:
        custody.refuse_elsewhere(row, states=(Parcel.State.LOST,))
    words = said(words)
    if back:
        _find_again(back, station, words, actor=actor, now=now, request_id=request_id)
    return Scanned(tuple(row.code for row in back), tuple(row.code for row in known), tuple(unknown))


@recorded("delivery.parcels.found")
def _find_again(
    rows: Sequence[Parcel], station: UUID, words: str, *, actor: Actor, now: datetime, request_id: UUID
) -> None:
    losses = _losses(rows)
    sums: Counter[MovementView] = Counter()
    for row in rows:
        sums[losses[row.id]] += row.amount
    names = party_names([station, *(loss.target.holder for loss in sums)])
    items = {lot.id: lot.item for lot in book.lots({loss.lot for loss in sums})}
    reports = documents_by_id({loss.document for loss in sums if loss.document is not None})
    document = draw_up(
        kind="FOUND_AGAIN",
        title=f"包裹找回单 {names[station][0]}",
        body={
            "where": names[station][0],
            "words": words,
            "at": now.isoformat(),
            "by": actor.name,
            "corrects": ", ".join(sorted(report.number for report in reports)),
            "parcels": [row.code for row in rows],
            "lines": [
                {
                    "position": number,
                    "lot": str(loss.lot),
                    "item": str(items[loss.lot]),
                    "amount": amount,
                    "note": names[loss.target.holder][0],
                }
                for number, (loss, amount) in enumerate(sorted(sums.items(), key=lambda one: one[0].seq), 1)
            ],
        },
        subjects=[station, *dict.fromkeys(loss.lot for loss in sums)],
        actor=actor,
        now=now,
        request_id=derived_id("delivery.found-again", request_id),
    )
    # First the way back of the loss, to whoever had it; then, as any other parcel that comes back, into the station.
    ledger.post(
        lines=[
            ledger.correct_line(loss, amount, id=derived_id("delivery.found", request_id, loss.id))
            for loss, amount in sums.items()
        ],
        actor=actor, reason=Reason.CORRECTION, document=document, request_id=derived_id("delivery.found", request_id),
        now=now,
    )  # fmt: skip
    custody.come_again(
        rows, {row.id: losses[row.id].source for row in rows}, station, note=words, actor=actor, document=document,
        now=now, request_id=request_id,
    )  # fmt: skip
    sources.come_to_light(rows, now)
    record(
        kind="delivery.parcels.found", actor=actor, now=now, subject=station, document=document,
        data={"parcels": len(rows), "note": sources.telling(rows, words)},
    )  # fmt: skip


def _losses(rows: Sequence[Parcel]) -> dict[UUID, MovementView]:
    """Parcel → the movement that wrote it off, with others of its lot that the same hands had."""
    acts = ParcelAct.objects.filter(parcel__in=rows, kind=ParcelAct.Kind.LOST).order_by("at", "id")
    # A parcel may be lost twice: the last time counts.
    request_of = {act.parcel_id: act.batch for act in acts if act.batch is not None}
    moves = book.movements(requests=set(request_of.values()), limit=2 * SCANNED_MAX)
    posted = {(move.batch, move.target.holder, move.lot): move for move in moves if move.tense is Tense.POSTED}
    found = {}
    for row in rows:
        assert row.holder_id is not None
        assert row.lot is not None
        found[row.id] = posted[batch_id(request_of[row.id]), row.holder_id, row.lot]
    return found


def begin(scans: Sequence[str], request_id: UUID, so: str) -> tuple[Scanned | None, list[Parcel], list[str]]:
    """
    (what this request was answered before, if it was; the parcels, locked; codes that are no parcel's).

    so  what of the scans could not be done where none of them is a parcel's
    """
    found, unknown = find(scans)
    before = custody.done_before(request_id)
    if before:
        return Scanned(tuple(row.code for row in before), unknown=tuple(unknown)), [], unknown
    if not found:
        raise nothing(unknown, so)
    return None, list(custody.lock_parcels(row.id for row in found.values()).values()), unknown


def said(words: str) -> str:
    words = " ".join(words.split())
    if not words:
        raise UnusableInput(
            "Say what happened to these parcels, and who has seen or taken them. Nothing was changed.",
            where="words",
            found="",
            expected="what happened, in a few words",
            cure="Write it down.",
        )
    return words
