"""Reads of places."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime, time
from uuid import UUID

from baogong.engine.geo import road_estimate_m
from baogong.engine.sheets.limits import longest
from baogong.kernel.errors import NotFound
from baogong.kernel.windows import Window
from baogong.places.models import Lane, SealedArea, Site

ADDRESS_MAX = longest(Site, "address")
SITES_MAX = 5_000
LANES_MAX = 20_000


@dataclass(frozen=True, slots=True)
class SiteView:
    """
    A site and its party's name; `id` is the party's. lat, lon in WGS84, None where nobody knows the point.

    is_located  the point is the door, not only the town
    sealed      when the site stood or stands under seal; None: in no sealed area
    """

    id: UUID
    name: str
    name_en: str
    city: str
    role: str
    address: str
    lat: float | None
    lon: float | None
    is_located: bool
    area: UUID | None
    area_name: str
    sealed: Window | None
    docks_count: int
    service_s: int
    opens_at: time | None
    closes_at: time | None

    def is_sealed(self, at: datetime) -> bool:
        return self.sealed is not None and self.sealed.contains(at)


@dataclass(frozen=True, slots=True)
class ClosureView:
    window: Window
    reason: str


@dataclass(frozen=True, slots=True)
class LaneView:
    """A way in one direction."""

    id: UUID
    origin: UUID
    target: UUID
    mode: str
    distance_m: int
    duration_s: int
    lead_time_s: int
    closures: tuple[ClosureView, ...] = ()

    def is_closed(self, at: datetime) -> bool:
        return any(closure.window.contains(at) for closure in self.closures)


@dataclass(frozen=True, slots=True)
class AreaView:
    id: UUID
    name: str
    sealed: Window


@dataclass(frozen=True, slots=True)
class Distance:
    """Metres by road; an estimate where no lane says better."""

    distance_m: int
    is_estimate: bool


def site(site_id: UUID) -> SiteView:
    """Raises NotFound."""
    found = sites(ids=[site_id])
    if not found:
        raise NotFound(f"There is no site {site_id}.", where=str(site_id), cure="Add the site first.")
    return found[0]


def sites(
    role: str | None = None, *, ids: Collection[UUID] | None = None, most: int | None = SITES_MAX
) -> tuple[SiteView, ...]:
    """Sites in the order of their names, at most `most` (None: all)."""
    rows = Site.objects.select_related("party", "area")
    if role is not None:
        rows = rows.filter(role=role)
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    return tuple(_view(row) for row in rows.order_by("party__sort_key", "party_id")[:most])


def lanes(*, origin: UUID | None = None, target: UUID | None = None) -> tuple[LaneView, ...]:
    """Lanes with their closures, earliest closure first."""
    rows = Lane.objects.prefetch_related("closures")
    if origin is not None:
        rows = rows.filter(origin_id=origin)
    if target is not None:
        rows = rows.filter(target_id=target)
    return tuple(
        LaneView(
            row.pk,
            row.origin_id,
            row.target_id,
            row.mode,
            row.distance_m,
            row.duration_s,
            row.lead_time_s,
            tuple(
                ClosureView(Window(closure.start_at, closure.end_at), closure.reason)
                for closure in sorted(row.closures.all(), key=lambda closure: (closure.start_at, closure.id))
            ),
        )
        for row in rows.order_by("origin_id", "target_id", "mode")[:LANES_MAX]
    )


def sealed_areas() -> tuple[AreaView, ...]:
    return tuple(
        AreaView(row.pk, row.name, Window(row.sealed_at, row.lifted_at))
        for row in SealedArea.objects.order_by("sealed_at", "id")
    )


def is_sealed(site_id: UUID, at: datetime) -> bool:
    """Whether the site stands under seal at that moment. Raises NotFound."""
    return site(site_id).is_sealed(at)


def road_between(origin: UUID, target: UUID) -> Distance | None:
    """By the lane where there is one, else estimated from the two points; None where a point is unknown."""
    for lane in lanes(origin=origin, target=target):
        if lane.mode == Lane.Mode.ROAD:
            return Distance(lane.distance_m, False)
    one, other = site(origin), site(target)
    if one.lat is None or one.lon is None or other.lat is None or other.lon is None:
        return None
    return Distance(road_estimate_m(one.lat, one.lon, other.lat, other.lon), True)


def _view(row: Site) -> SiteView:
    return SiteView(
        row.pk,
        row.party.name,
        row.party.name_en,
        row.party.city,
        row.role,
        row.address,
        row.lat,
        row.lon,
        row.is_located,
        row.area_id,
        row.area.name if row.area else "",
        Window(row.area.sealed_at, row.area.lifted_at) if row.area else None,
        row.docks_count,
        row.service_s,
        row.opens_at,
        row.closes_at,
    )
