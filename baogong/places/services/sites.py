"""Writes of places: sites, sealed areas, lanes and their closures."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.engine.geo import gcj02_to_wgs84, road_estimate_m
from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.places.models import Closure, Lane, SealedArea, Site

TRUCK_KMH = 65  # average of a truck with two drivers, where a lane does not say better (estimate)


class SiteUnusable(UnusableInput):
    code = "places.site-unusable"


class LaneUnusable(UnusableInput):
    code = "places.lane-unusable"


class SiteDiffers(BaogongError):
    """The party is a site already, and other things are known of it."""

    kind, code = Kind.CONFLICT, "places.site-differs"


class AreaDiffers(BaogongError):
    kind, code = Kind.CONFLICT, "places.area-differs"


@transaction.atomic
def add_site(
    *,
    party: UUID,
    role: str,
    address: str = "",
    lat: float | None = None,
    lon: float | None = None,
    system: str = "WGS84",
    is_located: bool = False,
    area: UUID | None = None,
    docks_count: int = 1,
    service_s: int = 1800,
    opens_at: time | None = None,
    closes_at: time | None = None,
) -> UUID:
    """
    Say where a party is. The site's id is the party's. Saying the same again changes nothing.

    lat, lon    degrees; `system` GCJ02 (Chinese map services) is turned into WGS84
    is_located  the point is the door; False: only the town
    service_s   to load or unload one truck
    Raises SiteUnusable, and SiteDiffers where the site is known with other words (see `change_site`).
    """
    point = point_of(lat, lon, system)
    given = _checked(
        {
            "role": role,
            "address": address.strip(),
            **point,
            "is_located": is_located and point["lat"] is not None,
            "area_id": area,
            "docks_count": docks_count,
            "service_s": service_s,
            "opens_at": opens_at,
            "closes_at": closes_at,
        }
    )
    row, is_new = Site.objects.get_or_create(party_id=party, defaults=given)
    differing = [] if is_new else [field for field, value in given.items() if getattr(row, field) != value]
    if differing:
        raise SiteDiffers(
            "This site is known already, with other words; nothing was changed.",
            where=str(party),
            found=", ".join(f"{field}: {given[field]}" for field in differing),
            expected=", ".join(f"{field}: {getattr(row, field)}" for field in differing),
            cure="Change the site instead of adding it.",
        )
    return party


@transaction.atomic
def change_site(
    *,
    site: UUID,
    role: str | None = None,
    address: str | None = None,
    lat: float | None = None,
    lon: float | None = None,
    system: str = "WGS84",
    is_located: bool | None = None,
    docks_count: int | None = None,
    service_s: int | None = None,
    opens_at: time | None = None,
    closes_at: time | None = None,
) -> None:
    """Change what is known of a site; None leaves a field. Raises NotFound, SiteUnusable."""
    row = Site.objects.select_for_update(of=("self",)).filter(pk=site).first()
    if row is None:
        raise _no_site(site)
    changes: dict[str, Any] = {
        "role": role,
        "address": None if address is None else address.strip(),
        "is_located": is_located,
        "docks_count": docks_count,
        "service_s": service_s,
        "opens_at": opens_at,
        "closes_at": closes_at,
        **(point_of(lat, lon, system) if lat is not None or lon is not None else {}),
    }
    given = _checked({field: value for field, value in changes.items() if value is not None})
    for field, value in given.items():
        setattr(row, field, value)
    row.save(update_fields=list(given))


@transaction.atomic
def add_sealed_area(*, name: str, sealed_at: datetime, lifted_at: datetime | None = None) -> UUID:
    """
    An area under seal from `sealed_at`. The same name and moment again is the same area. Returns its id.

    Raises AreaDiffers where the area is known with another moment.
    """
    row, _ = SealedArea.objects.get_or_create(
        name=name.strip(),
        defaults={"id": derived_id("sealed-area", name.strip()), "sealed_at": sealed_at, "lifted_at": lifted_at},
    )
    if (row.sealed_at, row.lifted_at) != (sealed_at, lifted_at):
        raise AreaDiffers(
            f"{row.name} is known as sealed from {row.sealed_at:%Y-%m-%d %H:%M} UTC; nothing was changed.",
            where=name,
            found=f"{sealed_at:%Y-%m-%d %H:%M}",
            expected=f"{row.sealed_at:%Y-%m-%d %H:%M}",
            cure="Lift the seal, or name a new area.",
        )
    return row.pk


@transaction.atomic
def seal(*, area: UUID, site: UUID) -> None:
    """Put a site inside a sealed area. Raises NotFound."""
    if not SealedArea.objects.filter(pk=area).exists():
        raise NotFound(f"There is no sealed area {area}.", where=str(area), cure="Add the area first.")
    if not Site.objects.filter(pk=site).update(area_id=area):
        raise _no_site(site)


@transaction.atomic
def lift_seal(*, area: UUID, at: datetime) -> None:
    """End a seal: from `at` on the area is open. Raises NotFound, SiteUnusable where `at` is not after the sealing."""
    row = SealedArea.objects.select_for_update().filter(pk=area).first()
    if row is None:
        raise NotFound(f"There is no sealed area {area}.", where=str(area), cure="Look the area up by name.")
    if at <= row.sealed_at:
        raise SiteUnusable(
            f"{row.name} cannot be lifted before it was sealed.",
            where="at",
            found=f"{at:%Y-%m-%d %H:%M}",
            expected=f"after {row.sealed_at:%Y-%m-%d %H:%M}",
            cure="Check the moment.",
        )
    row.lifted_at = at
    row.save(update_fields=["lifted_at"])


@transaction.atomic
def add_lane(
    *,
    origin: UUID,
    target: UUID,
    mode: str = Lane.Mode.ROAD.value,
    distance_m: int | None = None,
    duration_s: int | None = None,
    lead_time_s: int = 0,
) -> UUID:
    """
    A known way between two sites, in this direction; the last word on its length and time counts. Returns its id.

    distance_m   None: the great circle × 1.22
    duration_s   None: the distance at a truck's average (by road only)
    lead_time_s  notice the carrier wants before it leaves
    Raises NotFound, LaneUnusable.
    """
    ends = {row.pk: row for row in Site.objects.filter(pk__in=(origin, target))}
    for end in (origin, target):
        if end not in ends:
            raise _no_site(end)
    if distance_m is None:
        distance_m = _estimate_m(ends[origin], ends[target])
    if duration_s is None and mode == Lane.Mode.ROAD:
        duration_s = round(distance_m * 3.6 / TRUCK_KMH)
    is_sound = origin != target and mode in Lane.Mode.values and distance_m >= 0 and lead_time_s >= 0
    if not is_sound or duration_s is None or duration_s < 0:
        raise LaneUnusable(
            "A lane joins two different sites, by a known mode, with its length and time.",
            where="lane",
            found=f"{mode}, {distance_m} m, {duration_s} s",
            expected=f"{', '.join(Lane.Mode.values)}; for air and rail also the time",
            cure="Fill in what is missing.",
        )
    row, _ = Lane.objects.update_or_create(
        origin_id=origin,
        target_id=target,
        mode=mode,
        defaults={"distance_m": distance_m, "duration_s": duration_s, "lead_time_s": lead_time_s},
        create_defaults={
            "id": derived_id("lane", origin, target, mode),
            "distance_m": distance_m,
            "duration_s": duration_s,
            "lead_time_s": lead_time_s,
        },
    )
    return row.pk


@transaction.atomic
def close_lane(*, lane: UUID, start_at: datetime, end_at: datetime | None = None, reason: str) -> UUID:
    """
    Nothing goes along the lane in [start_at, end_at); None: until further notice. The same again is the same closure.

    Raises NotFound, LaneUnusable.
    """
    if not Lane.objects.filter(pk=lane).exists():
        raise NotFound(f"There is no lane {lane}.", where=str(lane), cure="Look the lane up by its sites.")
    if end_at is not None and end_at <= start_at:
        raise LaneUnusable(
            "A closure ends after it begins.",
            where="end_at",
            found=f"{end_at:%Y-%m-%d %H:%M}",
            expected=f"after {start_at:%Y-%m-%d %H:%M}",
            cure="Check the two moments.",
        )
    row, _ = Closure.objects.get_or_create(
        id=derived_id("closure", lane, start_at.isoformat(), end_at and end_at.isoformat(), reason),
        defaults={"lane_id": lane, "start_at": start_at, "end_at": end_at, "reason": reason},
    )
    return row.pk


def point_of(lat: float | None, lon: float | None, system: str) -> dict[str, float | None]:
    """Both coordinates or neither, as WGS84. [0, 0] is what programs write for "unknown"."""
    if lat is None or lon is None or (lat == 0 and lon == 0):
        if (lat is None) != (lon is None):
            raise SiteUnusable(
                "A point needs both latitude and longitude.",
                where="lat, lon",
                found=f"{lat}, {lon}",
                expected="two numbers, or none",
                cure="Fill in the other one.",
            )
        return {"lat": None, "lon": None}
    if not (-90 <= lat <= 90 and -180 <= lon <= 180):
        raise SiteUnusable(
            "This point is not on the earth.",
            where="lat, lon",
            found=f"{lat}, {lon}",
            expected="latitude -90 to 90, longitude -180 to 180",
            cure="Check whether the two are swapped.",
        )
    if system == "GCJ02":
        lat, lon = gcj02_to_wgs84(lat, lon)
    return {"lat": lat, "lon": lon}


def _checked(given: dict[str, Any]) -> dict[str, Any]:
    if given.get("role", Site.Role.HUB) not in Site.Role.values:
        raise SiteUnusable(
            f"“{given['role']}” is no role of a site.",
            where="role",
            found=given["role"],
            expected=", ".join(Site.Role.values),
            cure="Use one of the roles named.",
        )
    if given.get("docks_count", 1) < 1 or given.get("service_s", 0) < 0:
        raise SiteUnusable(
            "A site has at least one dock, and loading takes some time.",
            where="docks_count, service_s",
            found=f"{given.get('docks_count')}, {given.get('service_s')}",
            expected="docks from 1, seconds from 0",
            cure="Correct the numbers.",
        )
    return given


def _estimate_m(origin: Site, target: Site) -> int:
    if origin.lat is None or origin.lon is None or target.lat is None or target.lon is None:
        raise LaneUnusable(
            "The length of this lane cannot be estimated: one of its sites has no point.",
            where=str(origin.pk if origin.lat is None else target.pk),
            found="no coordinates",
            expected="the lane's length, or the points of both sites",
            cure="Write the length in kilometres.",
        )
    return road_estimate_m(origin.lat, origin.lon, target.lat, target.lon)


def _no_site(site: UUID) -> NotFound:
    return NotFound(f"There is no site {site}.", where=str(site), cure="Add the site first.")
