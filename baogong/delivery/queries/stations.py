"""A station's board: what is where, what to sort into which road zone, carts, disinfection."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum

from baogong.delivery.models import Disinfection, Parcel, Serving, Shuttle, ShuttleParcel, VisitParcel
from baogong.delivery.queries.parcels import ParcelView, parcel, parcels
from baogong.places import queries as places
from baogong.places.queries import buildings_counted

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
    """`by_state`: parcels whose station this is, by state; `zones` by name; `failed`: tried in vain, still with a courier or back here."""

    station: UUID
    by_state: dict[str, int]
    zones: tuple[ZoneCount, ...]
    failed: int
    in_person: int


@dataclass(frozen=True, slots=True)
class ServingView:
    """`buildings_count`: listed in the community."""

    community: UUID
    community_name: str
    station: UUID
    station_name: str
    outer: UUID | None
    outer_name: str
    buildings_count: int


@dataclass(frozen=True, slots=True)
class StrayView:
    """A parcel where nobody brings it to its door from; `station_name` "": no station serves its community."""

    code: str
    community_name: str
    road_zone_name: str
    station_name: str


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
    capacity_g: int | None
    capacity_pieces: int | None
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


def zone_counts(station: UUID) -> tuple[ZoneCount, ...]:
    """What stands there by road zone. One query."""
    standing = Parcel.objects.filter(station=station, state=Parcel.State.AT_STATION, holder=station)
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
    return tuple(
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


def board(station: UUID) -> Board:
    """Two queries, however many parcels."""
    rows = Parcel.objects.filter(station=station)
    stands = Q(state=Parcel.State.AT_STATION, holder=station)
    out = Q(state__in=(Parcel.State.WITH_COURIER, Parcel.State.AT_STATION))
    marks = (
        rows.order_by()
        .values("state")
        .annotate(
            count=Count("id"),
            failed=Count("id", filter=out & Q(attempts_count__gt=0)),
            in_person=Count("id", filter=stands & ~Q(modes__contains=["CONTACTLESS"])),
        )
    )
    by_state = {row["state"]: row["count"] for row in marks}
    return Board(
        station,
        by_state,
        zone_counts(station),
        sum(row["failed"] for row in marks),
        sum(row["in_person"] for row in marks),
    )


def sort_of(scan: str) -> tuple[ParcelView, str]:
    """A scanned parcel and the road zone it is sorted into, "" where its community has none. Raises ParcelNotThere."""
    view = parcel(scan)
    return view, view.road_zone_name


def point_of(station: UUID, now: datetime) -> tuple[float, float] | None:
    """Where it stands, or lies as a site; None where nobody knows. Two queries."""
    stand = next((one for one in places.stations_at(now) if one.station == station), None)
    if stand is not None and stand.lat is not None and stand.lon is not None:
        return stand.lat, stand.lon
    site = next(iter(places.sites(ids=[station])), None)
    return (site.lat, site.lon) if site is not None and site.lat is not None and site.lon is not None else None


def servings(
    *,
    station: UUID | None = None,
    communities: Collection[UUID] | None = None,
    beside: UUID | None = None,
    at: datetime | None = None,
) -> tuple[ServingView, ...]:
    """Who serves whom at a moment (without one: now on), by community. `beside`: all of the station that serves this one."""
    rows = Serving.objects.select_related("community__party", "station", "outer").annotate(
        its_buildings=buildings_counted("community")
    )
    if at is None:
        rows = rows.filter(until_at=None)
    else:
        rows = rows.filter(Q(until_at=None) | Q(until_at__gt=at), from_at__lte=at)
    if station is not None:
        rows = rows.filter(station=station)
    if beside is not None:
        rows = rows.filter(station__in=Serving.objects.filter(community=beside, until_at=None).values("station"))
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
            row.its_buildings or 0,
        )
        for row in rows.order_by("community__party__sort_key", "community")
    )


def leads_to(station: UUID) -> QuerySet[Serving]:
    """Whose parcels a cart may bring there: communities that it serves, or that others serve with what starts from it."""
    return Serving.objects.filter(Q(station=station) | Q(outer=station), until_at=None)


def strays(station: UUID) -> tuple[StrayView, ...]:
    """Parcels that stand at a station which neither serves their community nor sends carts to it, by number. One query."""
    serving = Serving.objects.filter(community=OuterRef("community"), until_at=None).values("station__name")
    rows = (
        Parcel.objects.filter(station=station, holder=station, state=Parcel.State.AT_STATION)
        .exclude(community__in=leads_to(station).values("community"))
        .annotate(served_by=Subquery(serving[:1]))
        .order_by("number")
    )
    facts = ("code", "community__party__name", "community__road_zone__name", "served_by")
    return tuple(
        StrayView(code, name, zone or "", served_by or "")
        for code, name, zone, served_by in rows.values_list(*facts)[:SHOWN_MAX]
    )


def to_load(shuttle: UUID) -> tuple[ParcelView, ...]:
    """
    What stands at the trip's station to go on its cart, by number.

    What it was planned to carry; where no plan says so, all of its road zone that the station it goes to serves and
    no other cart was planned to carry.
    """
    trip = Shuttle.objects.get(pk=shuttle)
    standing = Parcel.objects.filter(holder=trip.origin_id, station=trip.origin_id, state=Parcel.State.AT_STATION)
    if trip.plan is not None:
        rows = standing.filter(rides__shuttle=trip, rides__loaded_at=None)
    else:
        open_states = (Shuttle.State.PLANNED, Shuttle.State.LOADED)
        others = ShuttleParcel.objects.filter(shuttle__state__in=open_states, loaded_at=None).values("parcel")
        on_rounds = VisitParcel.objects.filter(ended_at=None).values("parcel")
        rows = (
            standing.exclude(id__in=others)
            .exclude(id__in=on_rounds)
            .filter(community__in=leads_to(trip.target_id).values("community"), community__road_zone=trip.road_zone_id)
        )
    return parcels(ids=rows.values_list("id", flat=True))


def shuttles(
    *,
    origin: UUID | None = None,
    target: UUID | None = None,
    station: UUID | None = None,
    plan: UUID | None = None,
    ids: Collection[UUID] | None = None,
    since: datetime | None = None,
) -> tuple[ShuttleView, ...]:
    """Carts' trips, by departure. `station`: those that leave from it and those that come to it."""
    rows = Shuttle.objects.select_related("cart", "origin", "target", "road_zone", "gate").annotate(
        aboard=Count("parcels", filter=Q(parcels__loaded_at__isnull=False)),
        missing=Count("parcels", filter=Q(parcels__loaded_at__isnull=False, parcels__unloaded_at=None)),
    )
    for name, value in (("origin", origin), ("target", target), ("plan", plan)):
        if value is not None:
            rows = rows.filter(**{name: value})
    if station is not None:
        rows = rows.filter(Q(origin=station) | Q(target=station))
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
            row.capacity_g,
            row.capacity_pieces,
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
