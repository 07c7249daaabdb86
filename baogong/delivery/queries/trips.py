"""Carts and couriers as they went, and promises as they were kept: for a replay of the book."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.contrib.postgres.fields import ArrayField
from django.db.models import Case, Count, DateTimeField, F, Func, IntegerField, Max, Min, Q, Value, When

from baogong.delivery.models import Parcel, Shuttle, VisitParcel

_TICK = timedelta(microseconds=1)
# Whose promise nobody can break any more.
_NO_PROMISE = (Parcel.State.WITHDRAWN, Parcel.State.SENT_BACK)


@dataclass(frozen=True, slots=True)
class CartTrip:
    """A cart between two stations. `there_at`: when it was unloaded, or is expected where `is_there` is False."""

    trip: UUID
    name: str
    origin: UUID
    target: UUID
    left_at: datetime
    there_at: datetime
    is_there: bool
    parcels_count: int


@dataclass(frozen=True, slots=True)
class Walk:
    """A courier's round for one community, there and back. `back_at`: or expected, where `is_back` is False."""

    round: UUID
    name: str
    station: UUID
    community: UUID
    left_at: datetime
    back_at: datetime
    is_back: bool
    parcels_count: int


def cart_trips(until: datetime, *, limit: int) -> tuple[CartTrip, ...]:
    """Those that had left by then, the fullest first."""
    rows = (
        Shuttle.objects.annotate(
            left=Max("parcels__loaded_at"), unloaded=Min("parcels__unloaded_at"), count=Count("parcels__loaded_at")
        )
        .filter(left__lte=until)
        .order_by("-count", "id")[:limit]
    )
    return tuple(
        CartTrip(
            row.id,
            row.name,
            row.origin_id,
            row.target_id,
            row.left,
            max(row.unloaded or row.arrives_at, row.left),
            row.unloaded is not None,
            row.count,
        )
        for row in rows
    )


def walks(until: datetime, *, limit: int) -> tuple[Walk, ...]:
    """Rounds that had been begun by then, apart for each community they go to, those with the most parcels first."""
    rows = (
        VisitParcel.objects.filter(visit__round__started_at__lte=until)
        .order_by()
        .values(
            "visit__round",
            "visit__round__name",
            "visit__round__station",
            "visit__round__started_at",
            "visit__round__ended_at",
            "visit__round__back_at",
            "visit__community",
        )
        .annotate(count=Count("id"))
        .order_by("-count", "visit__round", "visit__community")[:limit]
    )
    found = []
    for row in rows:
        left_at, ended_at = row["visit__round__started_at"], row["visit__round__ended_at"]
        assert left_at is not None
        found.append(
            Walk(
                row["visit__round"],
                row["visit__round__name"],
                row["visit__round__station"],
                row["visit__community"],
                left_at,
                max(ended_at or row["visit__round__back_at"], left_at),
                ended_at is not None,
                row["count"],
            )
        )
    return tuple(found)


def promises_by(moments: Sequence[datetime]) -> tuple[tuple[int, int, int], ...]:
    """
    (moment, kept, late) of parcels promised by a moment: the index of the one by which, and not by the one before, they
    were handed over in time, or their time was over. `moments` ascend; what lies after the last is left out.
    """
    is_kept = Q(state=Parcel.State.HANDED_OVER, moved_at__lte=F("due_until_at"))
    after = Value([moment + _TICK for moment in moments], output_field=ArrayField(DateTimeField()))
    settled = Case(When(is_kept, then=F("moved_at")), default=F("due_until_at"), output_field=DateTimeField())
    rows = (
        Parcel.objects.filter(due_until_at__isnull=False)
        .exclude(state__in=_NO_PROMISE)
        .annotate(moment=Func(settled, after, function="width_bucket", output_field=IntegerField()))
        .filter(moment__lt=len(moments))
        .order_by()
        .values("moment")
        .annotate(kept=Count("id", filter=is_kept), late=Count("id", filter=~is_kept))
        .order_by("moment")
    )
    return tuple((row["moment"], row["kept"], row["late"]) for row in rows)
