"""Opening what goods are known by. Nothing here is ever edited."""

from __future__ import annotations

from collections.abc import Collection
from datetime import date, datetime
from uuid import UUID

from baogong.kernel.errors import RequestIdReused
from baogong.ledger.facts import earmark_id, lot_id
from baogong.ledger.models import Earmark, EarmarkItem, EarmarkParty, Lot
from baogong.ledger.services.transactions import callers_transaction


def open_earmark(
    *,
    parties: Collection[UUID],
    items: Collection[UUID],
    purpose: str,
    until: date | None = None,
    request_id: UUID,
) -> UUID:
    """
    Say for whom and for what something may be used. No parties is anyone, no items is anything.

    Raises RequestIdReused.
    """
    id = earmark_id(request_id=request_id, purpose=purpose, until=until, parties=parties, items=items)
    with callers_transaction():
        # A second try at the same moment waits here for the first, and then finds its row.
        Earmark.objects.bulk_create(
            [Earmark(id=id, request_id=request_id, purpose=purpose, until=until)], ignore_conflicts=True
        )
        if Earmark.objects.get(request_id=request_id).id != id:
            raise RequestIdReused(
                f"Request {request_id} opened another earmark before. That one stands; nothing was opened now.",
                where=str(request_id),
                cure="Use a new request id for another earmark.",
            )
        EarmarkParty.objects.bulk_create(
            [EarmarkParty(earmark_id=id, party_id=party) for party in sorted(set(parties))], ignore_conflicts=True
        )
        EarmarkItem.objects.bulk_create(
            [EarmarkItem(earmark_id=id, item_id=item) for item in sorted(set(items))], ignore_conflicts=True
        )
    return id


def open_lot(
    *,
    item: UUID,
    owner: UUID,
    donor: UUID | None = None,
    earmark: UUID | None = None,
    standard: str = "",
    expires_on: date | None = None,
    pieces_per_carton: int | None = None,
    label: str = "",
    now: datetime,
) -> UUID:
    """Give units with these facets one id; the same facets find the same lot again."""
    opened = Lot(
        id=lot_id(
            item=item,
            owner=owner,
            donor=donor,
            earmark=earmark,
            standard=standard,
            expires_on=expires_on,
            pieces_per_carton=pieces_per_carton,
            label=label,
        ),
        item_id=item,
        owner_id=owner,
        donor_id=donor,
        earmark_id=earmark,
        standard=standard,
        expires_on=expires_on,
        pieces_per_carton=pieces_per_carton,
        label=label,
        opened_at=now,
    )
    with callers_transaction():
        Lot.objects.bulk_create([opened], ignore_conflicts=True)
    return opened.id
