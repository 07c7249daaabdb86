"""Receivers' thank-you notes, and whom they may thank."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from uuid import UUID

from django.db.models import Q

from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.people.queries.parties import NAMED_IN_PUBLIC, without_contacts
from baogong.supply.models import GiftLine, ThankYou
from baogong.supply.views import SignedGift, ThankYouView


def signed_gifts(receiver: UUID) -> frozenset[UUID]:
    """Gifts of which this receiver signed for anything."""
    lots = [row.lot.id for row in book.balances(holders=[receiver], states=[State.HANDED_OVER]) if row.posted > 0]
    return frozenset(GiftLine.objects.filter(lot__in=lots).values_list("gift_id", flat=True))


def signed_by(receiver: UUID) -> tuple[SignedGift, ...]:
    """What a receiver may thank for: each gift with its giver and what was signed for, newest gift first."""
    amounts = {
        row.lot.id: row.posted
        for row in book.balances(holders=[receiver], states=[State.HANDED_OVER])
        if row.posted > 0
    }
    lines: dict[UUID, list[GiftLine]] = defaultdict(list)
    for line in (
        GiftLine.objects.filter(lot__in=list(amounts))
        .select_related("gift__donor", "item")
        .order_by("-gift__offered_at", "gift", "no")
    ):
        lines[line.gift_id].append(line)
    return tuple(
        SignedGift(
            gift=gift,
            number=of_gift[0].gift.number,
            giver=of_gift[0].gift.donor_id,
            giver_name=of_gift[0].gift.donor.name,
            giver_name_en=of_gift[0].gift.donor.name_en,
            goods=tuple(
                (line.item.name_zh, line.item.name_en, amounts[line.lot]) for line in of_gift if line.lot in amounts
            ),
        )
        for gift, of_gift in lines.items()
    )


def notes_by_gift(receivers_of: Mapping[UUID, Collection[UUID]]) -> dict[UUID, tuple[ThankYouView, ...]]:
    """
    Gift → the notes its giver reads, newest first.

    receivers_of  gift → who signed for any of it
    """
    receivers = {receiver for signed in receivers_of.values() for receiver in signed}
    if not receivers:
        return {}
    rows = _views(
        ThankYou.objects.filter(
            Q(gift__in=list(receivers_of)) | Q(gift=None), receiver__in=receivers, withdrawn_at=None
        )
    )
    return {
        gift: tuple(note for note in rows if note.gift == gift or (note.gift is None and note.receiver in signed))
        for gift, signed in receivers_of.items()
    }


def notes_of(receiver: UUID) -> tuple[ThankYouView, ...]:
    """What this receiver wrote and has not taken back, newest first."""
    return _views(ThankYou.objects.filter(receiver=receiver, withdrawn_at=None))


def public_notes(*, limit: int = 50) -> tuple[ThankYouView, ...]:
    """The newest notes of receivers that are named in public; never a person's own."""
    rows = ThankYou.objects.filter(withdrawn_at=None, receiver__kind__in=NAMED_IN_PUBLIC)
    return _views(rows, limit=limit)


def _views(rows: Iterable[ThankYou], *, limit: int = 200) -> tuple[ThankYouView, ...]:
    found = rows.select_related("receiver").order_by("-at", "-id")[:limit]  # type: ignore[attr-defined]
    return tuple(
        ThankYouView(
            id=row.id,
            receiver=row.receiver_id,
            receiver_name=without_contacts(row.receiver.name),
            receiver_name_en=without_contacts(row.receiver.name_en or row.receiver.name),
            gift=row.gift_id,
            text=row.text,
            way=row.way,
            at=row.at,
        )
        for row in found
    )
