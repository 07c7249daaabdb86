"""How far each building of a community is: served, waiting, failed."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from baogong.delivery.models import Parcel

State = Parcel.State
SERVED = (State.HANDED_OVER, State.ON_SHELF)


@dataclass(frozen=True, slots=True)
class BuildingCount:
    """
    Parcels for one unit; `building` None: nobody knows the address.

    served   handed over, or on the shelf, since the moment asked for
    waiting  still to be brought; failed: of these, tried in vain before
    """

    building: UUID | None
    unit: UUID | None
    served: int
    waiting: int
    failed: int


def building_counts(community: UUID, *, since: datetime) -> tuple[BuildingCount, ...]:
    """One query. What was sent back or lost is counted nowhere."""
    is_served = Q(state__in=SERVED, moved_at__gte=since)
    is_open = ~Q(state__in=(*SERVED, State.SENT_BACK, State.LOST))
    rows = (
        Parcel.objects.filter(is_served | is_open, community=community)
        .order_by()
        .values("building", "unit")
        .annotate(
            served=Count("id", filter=is_served),
            waiting=Count("id", filter=is_open & Q(attempts_count=0)),
            failed=Count("id", filter=is_open & Q(attempts_count__gt=0)),
        )
        .order_by("building", "unit")
    )
    return tuple(
        BuildingCount(row["building"], row["unit"], row["served"], row["waiting"], row["failed"]) for row in rows
    )
