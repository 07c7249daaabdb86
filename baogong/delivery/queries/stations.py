"""A station's board: what is where, what to sort into which road zone, carts, disinfection."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q, Sum

from baogong.delivery.models import Disinfection, Parcel, Serving, Shuttle, VisitParcel
from baogong.delivery.queries.parcels import ParcelView, parcel

SHOWN_MAX = 500


@dataclass(frozen=True, slots=True)
class ZoneCount:
    """What stands at a station for one road zone, and how much of it is on no round and no cart yet."""

    road_zone: UUID | None
    road_zone_name: str
    parcels: int
    cold: int
    weight_g: int
    unplanned: int


@dataclass(frozen=True, slots=True)
class Board:
    """`by_state`: parcels whose station this is, by state; `zones` by name; `failed`: back after a vain attempt."""

    station: UUID
    by_state: dict[str, int]
    zones: tuple[ZoneCount, ...]
    failed: int
    in_person: int


@dataclass(frozen=True, slots=True)
class ServingView:
    community: UUID
    community_name: str
    station: UUID
    station_name: str
    outer: UUID | None
    outer_name: str


@dataclass(frozen=True, slots=True)
class ShuttleView:
    """`aboard`: parcels that ride or rode on it; `missing`: loaded and not unloaded."""

    id: UUID
    name: str
    plan: UUID | None
    cart: UUID
    cart_name: str
    origin: UUID
    origin_name: str
    target: UUID
    target_name: str
    road_zone: UUID | None
    road_zone_name: str
    leaves_at: datetime
    arrives_at: datetime
    gate: UUID | None
    gate_name: str
    slot_at: datetime | None
    state: str
    aboard: int
    missing: int


@dataclass(frozen=True, slots=True)
class DisinfectionView:
    id: UUID
    what: str
    means: str
    parcels: int
    cart_name: str
    shelf_name: str
    at: datetime
    by_name: str


def board(station: UUID) -> Board:
    """Three queries, however many parcels."""
    rows = Parcel.objects.filter(station=station)
    by_state = dict(rows.order_by().values_list("state").annotate(Count("id")))
    standing = rows.filter(state=Parcel.State.AT_STATION, holder=station)
    planned = VisitParcel.objects.filter(ended_at=None, parcel__station=station).values("parcel")
    grouped = (
        standing.order_by()
        .values("community__road_zone", "community__road_zone__name", "community__road_zone__sort_key")
        .annotate(
            count=Count("id"),
            cold=Count("id", filter=Q(is_cold=True)),
            weight=Sum("weight_g"),
            unplanned=Count("id", filter=~Q(id__in=planned)),
        )
        .order_by("community__road_zone__sort_key", "community__road_zone")
    )
    zones = tuple(
        ZoneCount(
            row["community__road_zone"],
            row["community__road_zone__name"] or "",
            row["count"],
            row["cold"],
            row["weight"] or 0,
            row["unplanned"],
        )
        for row in grouped
    )
    marks = standing.aggregate(
        failed=Count("id", filter=Q(attempts_count__gt=0)),
        in_person=Count("id", filter=~Q(modes__contains=["CONTACTLESS"])),
    )
    return Board(station, by_state, zones, marks["failed"], marks["in_person"])


def sort_of(scan: str) -> tuple[ParcelView, str]:
    """A scanned parcel and the road zone it is sorted into, "" where its community has none. Raises ParcelNotThere."""
    view = parcel(scan)
    return view, view.road_zone_name


def servings(
    *, station: UUID | None = None, communities: Collection[UUID] | None = None, at: datetime | None = None
) -> tuple[ServingView, ...]:
    """Who serves whom at a moment (without one: now on), by community."""
    rows = Serving.objects.select_related("community__party", "station", "outer")
    if at is None:
        rows = rows.filter(until_at=None)
    else:
        rows = rows.filter(Q(until_at=None) | Q(until_at__gt=at), from_at__lte=at)
    if station is not None:
        rows = rows.filter(station=station)
    if communities is not None:
        rows = rows.filter(community__in=list(communities))
    return tuple(
        ServingView(
            row.community_id,
            row.community.party.name,
            row.station_id,
            row.station.name,
            row.outer_id,
            row.outer.name if row.outer else "",
        )
        for row in rows.order_by("community__party__sort_key", "community")
    )


def shuttles(
    *,
    origin: UUID | None = None,
    target: UUID | None = None,
    plan: UUID | None = None,
    ids: Collection[UUID] | None = None,
    since: datetime | None = None,
) -> tuple[ShuttleView, ...]:
    """Carts' trips, by departure."""
    rows = Shuttle.objects.select_related("cart", "origin", "target", "road_zone", "gate").annotate(
        aboard=Count("parcels", filter=Q(parcels__loaded_at__isnull=False)),
        missing=Count("parcels", filter=Q(parcels__loaded_at__isnull=False, parcels__unloaded_at=None)),
    )
    for name, value in (("origin", origin), ("target", target), ("plan", plan)):
        if value is not None:
            rows = rows.filter(**{name: value})
    if ids is not None:
        rows = rows.filter(id__in=list(ids))
    if since is not None:
        rows = rows.filter(arrives_at__gte=since)
    return tuple(
        ShuttleView(
            row.id,
            row.name,
            row.plan,
            row.cart_id,
            row.cart.name,
            row.origin_id,
            row.origin.name,
            row.target_id,
            row.target.name,
            row.road_zone_id,
            row.road_zone.name if row.road_zone else "",
            row.leaves_at,
            row.arrives_at,
            row.gate_id,
            row.gate.name if row.gate else "",
            row.slot_at,
            row.state,
            row.aboard,
            row.missing,
        )
        for row in rows.order_by("leaves_at", "name", "id")[:SHOWN_MAX]
    )


def disinfections(station: UUID, *, since: datetime | None = None) -> tuple[DisinfectionView, ...]:
    """The newest first."""
    rows = Disinfection.objects.filter(station=station).select_related("cart", "shelf")
    if since is not None:
        rows = rows.filter(at__gte=since)
    return tuple(
        DisinfectionView(
            row.id,
            row.what,
            row.means,
            row.parcels_count,
            row.cart.name if row.cart else "",
            row.shelf.name if row.shelf else "",
            row.at,
            row.by_name,
        )
        for row in rows.order_by("-at", "-id")[:SHOWN_MAX]
    )
