"""Carts between a station and its communities: trips proposed and accepted, loaded, unloaded."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import caller
from baogong.api.v1.fields import Digest, Moment
from baogong.api.v1.handling import READERS, Codes, ScannedOut, ScansIn, scanned
from baogong.api.v1.requests import Key, MadeOut, made, once
from baogong.delivery import queries
from baogong.delivery.services import stations, trips
from baogong.delivery.services.stations import Scanned

router = Router(tags=["delivery"])


class MissingIn(Schema):
    missing: Codes = Field(default_factory=list)


class ShuttleIn(Schema):
    cart: UUID
    origin: UUID
    target: UUID
    road_zone: UUID | None = None
    leaves_at: Moment
    arrives_at: Moment
    gate: UUID | None = None
    slot_at: Moment | None = None
    capacity_g: int | None = Field(None, ge=1, le=5_000_000)
    capacity_pieces: int | None = Field(None, ge=1, le=10_000)


class CartIn(Schema):
    cart: UUID
    capacity_g: int = Field(ge=1, le=5_000_000)
    capacity_pieces: int = Field(ge=1, le=10_000)


class TripsIn(Schema):
    """Carts that are there in these hours, and what each carries."""

    carts: list[CartIn] = Field(min_length=1, max_length=200)
    from_at: Moment
    until_at: Moment

    def given(self) -> dict[str, Any]:
        return {
            "carts": [trips.CartGiven(**one.dict()) for one in self.carts],
            "from_at": self.from_at,
            "until_at": self.until_at,
        }


class TripsAcceptIn(TripsIn):
    """`digest`: of the proposal that was shown."""

    digest: Digest


class TripOut(Schema):
    """`parcels`: codes in the order in which they are unloaded."""

    cart: UUID
    cart_name: str
    target: UUID
    target_name: str
    road_zone: UUID | None
    road_zone_name: str
    gate: UUID | None
    gate_name: str
    slot_at: datetime | None
    leaves_at: datetime
    arrives_at: datetime
    back_at: datetime
    weight_g: int
    pieces: int
    parcels: list[str]
    reason_zh: str
    reason_en: str


class LeftStandingOut(Schema):
    parcel: str
    code: str
    reason_zh: str
    reason_en: str


class ProposalOut(Schema):
    """Nothing is written: a keeper accepts it by its digest."""

    digest: str
    trips: list[TripOut]
    left: list[LeftStandingOut]


class MadeTripsOut(Schema):
    items: list[UUID]


class ShuttleOut(Schema):
    id: UUID
    name: str
    cart_name: str
    origin: UUID
    target: UUID
    road_zone_name: str
    leaves_at: datetime
    arrives_at: datetime
    gate_name: str
    slot_at: datetime | None
    capacity_g: int | None
    capacity_pieces: int | None
    state: str
    aboard: int
    missing: int


class ShuttleList(Schema):
    items: list[ShuttleOut]


@router.get("/stations/{station}/shuttles", response=ShuttleList, operation_id="shuttle_list")
def shuttle_list(request: HttpRequest, station: UUID, since: Moment | None = None) -> dict[str, Any]:
    """Carts that leave it or come to it, by departure."""
    caller(request).require(*READERS, at=station)
    found = {row.id: row for row in queries.shuttles(origin=station, since=since)}
    found |= {row.id: row for row in queries.shuttles(target=station, since=since)}
    return {"items": sorted(found.values(), key=lambda row: (row.leaves_at, row.name))}


@router.post("/stations/{station}/trips/propose", response=ProposalOut, operation_id="trip_propose")
def trip_propose(request: HttpRequest, station: UUID, key: Key, given: TripsIn) -> trips.Proposal:
    """Carts' trips for what stands there, one road zone each, in free slots of the gates; nothing is written."""
    who = caller(request)
    return trips.propose_trips(origin=station, **given.given(), actor=who.actor, now=who.now)


@router.post("/stations/{station}/trips/accept", response={201: MadeTripsOut}, operation_id="trip_accept")
def trip_accept(request: HttpRequest, station: UUID, key: Key, given: TripsAcceptIn) -> Status[dict[str, Any]]:
    """Write the trips that were proposed, if nothing has changed since."""
    who = caller(request)

    def accepted() -> tuple[UUID, ...]:
        return trips.accept_trips(
            origin=station, **given.given(), digest=given.digest, actor=who.actor, now=who.now, request_id=key
        )

    once(request, key, accepted, given)
    return Status(201, {"items": list(accepted())})  # the service itself tells what it wrote


@router.post("/shuttles", response={201: MadeOut}, operation_id="shuttle_plan")
def shuttle_plan(request: HttpRequest, key: Key, given: ShuttleIn) -> Status[dict[str, UUID]]:
    """A cart's trip for one road zone."""
    return made(request, key, stations.plan_shuttle, given, request_id=key)


@router.post("/shuttles/{shuttle}/load", response=ScannedOut, operation_id="shuttle_load")
def shuttle_load(request: HttpRequest, shuttle: UUID, key: Key, given: ScansIn) -> Scanned:
    return scanned(request, key, stations.load_cart, given, shuttle=shuttle)


@router.post("/shuttles/{shuttle}/unload", response=ScannedOut, operation_id="shuttle_unload")
def shuttle_unload(request: HttpRequest, shuttle: UUID, key: Key, given: MissingIn) -> Scanned:
    return scanned(request, key, stations.unload_cart, given, shuttle=shuttle)
