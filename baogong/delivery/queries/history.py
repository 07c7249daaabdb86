"""What happened to parcels over some days, in bulk: every hand, every ride."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import OuterRef, Q, Subquery

from baogong.delivery.models import ParcelAct, Serving, ShuttleParcel

HANDS_MAX = 1_000_000


@dataclass(frozen=True, slots=True)
class Hand:
    """One act: of which parcel, of which community, by whom; `at_device` as they say, `at` when the book heard of it."""

    parcel: UUID
    waybill: str
    community: UUID
    kind: str
    mode: str
    by: UUID | None
    from_party: UUID | None
    to_party: UUID | None
    at_device: datetime
    at: datetime


@dataclass(frozen=True, slots=True)
class Ride:
    """
    A parcel that was loaded on a trip; `road_zone` is the trip's, `parcel_zone` its community's as the register has it.

    served_by  the station that served its community when it was loaded; None: none did
    """

    parcel: UUID
    shuttle: UUID
    cart: UUID
    target: UUID
    road_zone: UUID | None
    parcel_zone: UUID | None
    served_by: UUID | None
    loaded_at: datetime
    unloaded_at: datetime | None


def hands(kinds: Collection[str], *, since: datetime | None = None, until: datetime | None = None) -> tuple[Hand, ...]:
    """Acts of these kinds in `[since, until)` by the clock of whoever did them, in that order. One query."""
    rows = ParcelAct.objects.filter(kind__in=list(kinds))
    if since is not None:
        rows = rows.filter(at_device__gte=since)
    if until is not None:
        rows = rows.filter(at_device__lt=until)
    fields = (
        "parcel_id", "parcel__waybill", "parcel__community_id", "kind", "mode", "by_id", "from_party_id", "to_party_id",
        "at_device", "at",
    )  # fmt: skip
    return tuple(Hand(*row) for row in rows.order_by("at_device", "id").values_list(*fields)[:HANDS_MAX])


def rides() -> tuple[Ride, ...]:
    """Every parcel that was loaded on a cart, by trip and parcel. One query."""
    serving = Serving.objects.filter(
        Q(until_at=None) | Q(until_at__gt=OuterRef("loaded_at")),
        community=OuterRef("parcel__community"), from_at__lte=OuterRef("loaded_at"),
    )  # fmt: skip
    rows = ShuttleParcel.objects.filter(loaded_at__isnull=False).annotate(
        served_by=Subquery(serving.order_by("-from_at").values("station")[:1])
    )
    fields = (
        "parcel_id", "shuttle_id", "shuttle__cart_id", "shuttle__target_id", "shuttle__road_zone_id",
        "parcel__community__road_zone_id", "served_by", "loaded_at", "unloaded_at",
    )  # fmt: skip
    return tuple(Ride(*row) for row in rows.order_by("shuttle", "parcel").values_list(*fields)[:HANDS_MAX])
