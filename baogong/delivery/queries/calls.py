"""The call list of a shelf: whom to call when, so that nobody gathers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baogong.delivery.models import Calling, Parcel


@dataclass(frozen=True, slots=True)
class CallingView:
    """One household: `address` as “5-2-301”, its parcels by code; `outcome` "" until it was called."""

    id: UUID
    shelf: UUID
    shelf_name: str
    community: UUID
    address: str
    from_at: datetime
    until_at: datetime
    parcels: tuple[str, ...]
    on_shelf: int
    called_at: datetime | None
    called_by_name: str
    outcome: str


def call_list(
    *,
    shelves: Collection[UUID] | None = None,
    communities: Collection[UUID] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
) -> tuple[CallingView, ...]:
    """By window, shelf and address; two queries."""
    rows = Calling.objects.filter(cancelled_at=None).select_related("shelf")
    if shelves is not None:
        rows = rows.filter(shelf__in=list(shelves))
    if communities is not None:
        rows = rows.filter(shelf__community__in=list(communities))
    if since is not None:
        rows = rows.filter(until_at__gt=since)
    if until is not None:
        rows = rows.filter(from_at__lt=until)
    found = list(rows.order_by("from_at", "shelf__sort_key", "household", "id")[:10_000])
    carried: defaultdict[UUID, list[Parcel]] = defaultdict(list)
    waiting = Parcel.objects.filter(calling__in=[row.id for row in found]).select_related("building", "unit", "door")
    for row in waiting.order_by("number"):
        if row.calling_id is not None:
            carried[row.calling_id].append(row)
    return tuple(
        CallingView(
            row.id,
            row.shelf_id,
            row.shelf.name,
            row.shelf.community_id,
            _address(carried[row.id]),
            row.from_at,
            row.until_at,
            tuple(each.code for each in carried[row.id]),
            sum(each.state == Parcel.State.ON_SHELF for each in carried[row.id]),
            row.called_at,
            row.called_by_name,
            row.outcome,
        )
        for row in found
    )


def _address(rows: list[Parcel]) -> str:
    if not rows:
        return ""
    row = rows[0]
    room = row.door.room if row.door else row.room_text
    parts = (row.building.name if row.building else "", row.unit.name if row.unit else "", room)
    return "-".join(part for part in parts if part)
