"""Trucks as they went, and promises as they were kept: for a replay of the book."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Max, Q, Sum

from baogong.freight.models import Parcel, Waybill


@dataclass(frozen=True, slots=True)
class TruckTrip:
    """A waybill that left. `there_at`: when it arrived, or is expected where `is_there` is False."""

    waybill: UUID
    number: str
    origin: UUID
    target: UUID
    left_at: datetime
    there_at: datetime
    is_there: bool
    amount: int


def truck_trips(until: datetime, *, limit: int) -> tuple[TruckTrip, ...]:
    """Those that had left by then, the largest loads first."""
    rows = (
        Waybill.objects.filter(departed_at__lte=until)
        .annotate(amount=Sum("lines__loaded", default=0))
        .order_by("-amount", "id")[:limit]
    )
    return tuple(
        TruckTrip(
            row.id,
            row.number,
            row.origin_id,
            row.target_id,
            row.departed_at,
            row.arrived_at or max(row.expected_arrive_at, row.departed_at),
            row.arrived_at is not None,
            row.amount,
        )
        for row in rows
        if row.departed_at is not None
    )


def promises_met() -> tuple[tuple[datetime, datetime | None], ...]:
    """(due, when the last of it was signed for) of everything that was promised by a moment and put on a truck; None: not yet."""
    last = Q(lines__is_last=True)
    closed, cancelled = Q(lines__waybill__state="CLOSED"), Q(lines__waybill__state="CANCELLED")
    rows = (
        Parcel.objects.filter(due_at__isnull=False)
        .annotate(
            closed=Count("lines", filter=last & closed),
            open=Count("lines", filter=last & ~closed & ~cancelled),
            met_at=Max("lines__waybill__closed_at", filter=last & closed),
        )
        .filter(Q(closed__gt=0) | Q(open__gt=0))
        .order_by("due_at", "id")
    )
    return tuple((row.due_at, None if row.open else row.met_at) for row in rows if row.due_at is not None)
