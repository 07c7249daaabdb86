"""Promises whose address waits for a person, and where the parcels of promises are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baogong.delivery.models import Parcel, Placing

PLACINGS_MAX = 200


@dataclass(frozen=True, slots=True)
class PlacingView:
    """One promise to be placed by hand. No address is in it: `services.placing.show_address` reads that, and keeps who did."""

    id: UUID
    room: str
    source: UUID
    office: UUID
    asks: str
    community: UUID | None
    community_name: str
    building_name: str
    unit_name: str
    due_at: datetime | None


def placings(offices: Collection[UUID] | None) -> tuple[PlacingView, ...]:
    """Those that wait, of these offices (None: all), the first promised first."""
    rows = Placing.objects.filter(ended_at=None).select_related("community__party", "building", "unit")
    if offices is not None:
        rows = rows.filter(office__in=offices)
    return tuple(_view(row) for row in rows.order_by("due_at", "id")[:PLACINGS_MAX])


def placings_count(offices: Collection[UUID] | None) -> int:
    rows = Placing.objects.filter(ended_at=None)
    return (rows if offices is None else rows.filter(office__in=offices)).count()


def states_of_promises(room: str, sources: Collection[UUID]) -> dict[UUID, tuple[str, str]]:
    """Promise → code and state of its parcel; those that are none yet are left out. One query."""
    rows = Parcel.objects.filter(room=room, source__in=sources)
    return {source: (code, state) for source, code, state in rows.values_list("source", "code", "state")}


def parcels_of_promises(room: str, sources: Collection[UUID]) -> dict[UUID, UUID]:
    """Promise → its parcel; those that are none yet are left out. One query."""
    return dict(Parcel.objects.filter(room=room, source__in=sources).values_list("source", "id"))


def _view(row: Placing) -> PlacingView:
    return PlacingView(
        id=row.id,
        room=row.room,
        source=row.source,
        office=row.office_id,
        asks=row.asks,
        community=row.community_id,
        community_name=row.community.party.name if row.community else "",
        building_name=row.building.name if row.building else "",
        unit_name=row.unit.name if row.unit else "",
        due_at=row.due_at,
    )
