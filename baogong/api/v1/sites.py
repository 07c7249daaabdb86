"""Sites and the lanes between them."""

from __future__ import annotations

from datetime import datetime, time
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import EVERY_DUTY, REGISTRARS, caller
from baogong.api.v1.fields import Number
from baogong.api.v1.requests import After, Key, Limit, Page, once_made, page_of
from baogong.places import queries, services

router = Router(tags=["sites"])

Role = Literal["WAREHOUSE", "HUB", "PICKUP", "RECEIVER", "COMMAND"]


class SiteIn(Schema):
    """Where a party is. `system` GCJ02: the point comes from a Chinese map service."""

    party: UUID
    role: Role
    address: str = Field("", max_length=240)
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)
    system: Literal["WGS84", "GCJ02"] = "WGS84"
    is_located: bool = Field(False, description="The point is the door, not only the town.")
    docks_count: Number = Field(1, ge=1)
    service_s: Number = Field(1800, ge=0, description="To load or unload one truck.")
    opens_at: time | None = None
    closes_at: time | None = None


class WindowOut(Schema):
    """[start_at, end_at); null is open."""

    start_at: datetime | None
    end_at: datetime | None


class SiteOut(Schema):
    id: UUID
    name: str
    name_en: str
    city: str
    role: str
    address: str
    lat: float | None
    lon: float | None
    is_located: bool
    area_name: str
    sealed: WindowOut | None
    docks_count: int
    service_s: int
    opens_at: time | None
    closes_at: time | None


class SitePage(Page):
    items: list[SiteOut]


class LaneIn(Schema):
    """Without a distance it is estimated from the two points; without a time, from a truck's average."""

    origin: UUID
    target: UUID
    mode: Literal["ROAD", "AIR", "RAIL"] = "ROAD"
    distance_m: Number | None = Field(None, ge=1)
    duration_s: Number | None = Field(None, ge=1)
    lead_time_s: Number = Field(0, ge=0)


class LaneOut(Schema):
    id: UUID
    origin: UUID
    target: UUID
    mode: str
    distance_m: int
    duration_s: int
    lead_time_s: int


class LanePage(Page):
    items: list[LaneOut]


@router.get("/sites", response=SitePage, operation_id="site_list")
def site_list(
    request: HttpRequest, role: Role | None = None, after: After = None, limit: Limit = 100
) -> dict[str, Any]:
    caller(request).require_somewhere(*EVERY_DUTY)
    return page_of(queries.sites(role), after=after, limit=limit)


@router.get("/sites/{site}", response=SiteOut, operation_id="site_get")
def site_get(request: HttpRequest, site: UUID) -> queries.SiteView:
    caller(request).require_somewhere(*EVERY_DUTY)
    return queries.site(site)


@router.post("/sites", response={201: SiteOut}, operation_id="site_add")
def site_add(request: HttpRequest, key: Key, given: SiteIn) -> Status[queries.SiteView]:
    """Say where a party is; the site's id is the party's."""
    caller(request).require(*REGISTRARS)
    return Status(201, queries.site(once_made(request, key, lambda: services.add_site(**given.dict()), given)))


@router.get("/lanes", response=LanePage, operation_id="lane_list")
def lane_list(
    request: HttpRequest,
    origin: UUID | None = None,
    target: UUID | None = None,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    caller(request).require_somewhere(*EVERY_DUTY)
    return page_of(queries.lanes(origin=origin, target=target), after=after, limit=limit)


@router.post("/lanes", response={201: LaneOut}, operation_id="lane_add")
def lane_add(request: HttpRequest, key: Key, given: LaneIn) -> Status[queries.LaneView]:
    """A known way between two sites, in this direction; the last word on its length and time counts."""
    caller(request).require(*REGISTRARS)
    made = once_made(request, key, lambda: services.add_lane(**given.dict()), given)
    return Status(201, next(lane for lane in queries.lanes(origin=given.origin) if lane.id == made))
