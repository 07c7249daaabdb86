"""Ways of working: saved from a running community, compared with it, and a new community opened from one."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.requests import Key, MadeOut, made
from baogong.delivery.queries.ways import differences, ways
from baogong.delivery.services import ways as services
from baogong.places.services import BuildingGiven, UnitGiven

router = Router(tags=["delivery"])

Degrees = Annotated[float, Field(ge=-180, le=180)]


class WayOut(Schema):
    id: UUID
    name: str
    version: int
    note: str
    made_at: datetime
    made_by_name: str
    content: dict[str, Any]


class WayList(Schema):
    items: list[WayOut]


class WayIn(Schema):
    name: str = Field(min_length=1, max_length=60)
    community: UUID
    rounds: dict[str, Any] = Field(default_factory=dict)
    note: str = Field("", max_length=240)


class WayBuildingIn(Schema):
    name: str = Field(min_length=1, max_length=40)
    lat: Degrees | None = None
    lon: Degrees | None = None
    units: list[Annotated[str, Field(max_length=20)]] = Field([], max_length=200)


class WayOpenIn(Schema):
    """
    A new community with its building list; `station` serves it.

    kinds  where the way has a kind of parcel, or what a zone means, otherwise than this house: WAY (for all communities) or
           HOUSE
    """

    name: str = Field(min_length=1, max_length=200)
    buildings: list[WayBuildingIn] = Field(min_length=1, max_length=2_000)
    station: UUID
    outer: UUID | None = None
    city: str = Field("", max_length=60)
    lat: Degrees | None = None
    lon: Degrees | None = None
    kinds: Literal["WAY", "HOUSE"] | None = None


class DifferenceOut(Schema):
    where: str
    a: Any
    b: Any


class DifferenceList(Schema):
    items: list[DifferenceOut]


@router.get("/ways", response=WayList, operation_id="way_list")
def way_list(request: HttpRequest, newest_only: bool = True) -> dict[str, Any]:
    caller(request).require(*OFFICE)
    return {"items": ways(newest_only=newest_only)}


@router.post("/ways", response={201: MadeOut}, operation_id="way_save")
def way_save(request: HttpRequest, key: Key, given: WayIn) -> Status[dict[str, UUID]]:
    """A running community's way of working, kept as the next version under its name."""
    return made(request, key, services.save_way_of_working, given)


@router.post("/ways/{way}/open", response={201: MadeOut}, operation_id="way_open")
def way_open(request: HttpRequest, way: UUID, key: Key, given: WayOpenIn) -> Status[dict[str, UUID]]:
    """A new community from a saved way and its building list."""
    buildings = [
        BuildingGiven(one.name, lat=one.lat, lon=one.lon, units=tuple(UnitGiven(name) for name in one.units))
        for one in given.buildings
    ]
    return made(request, key, services.open_from, given, way=way, buildings=buildings)


@router.get("/ways/{way}/differences", response=DifferenceList, operation_id="way_differences")
def way_differences(request: HttpRequest, way: UUID, community: UUID) -> dict[str, Any]:
    """Between a saved way and how a community works now."""
    who = caller(request)
    who.require(*OFFICE)
    kept = services.way_named(way).content
    return {"items": differences(kept, services.content_of(community, who.now))}
