"""Couriers' rounds from a station: planned, looked at, given out."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import caller
from baogong.api.v1.fields import NAMES_MAX, Moment
from baogong.api.v1.handling import READERS, Codes, ScannedOut, scanned
from baogong.api.v1.requests import Key, MadeOut, made
from baogong.delivery import queries
from baogong.delivery.services import rounds, stations
from baogong.delivery.services.stations import Scanned
from baogong.kernel.errors import UnusableInput
from baogong.kernel.windows import Window

router = Router(tags=["delivery"])


class LeftBehindIn(Schema):
    left: Codes = Field(default_factory=list)


class RoundsIn(Schema):
    """
    `limits`: the engine's, such as {"one_courier_per": "building_category", "balance": 0.15}; `without`: who carries nothing.
    What is null is as the way of working says that the communities were opened from.
    """

    station: UUID
    from_at: Moment
    until_at: Moment
    communities: list[UUID] = Field([], max_length=NAMES_MAX)
    capacity_g: int | None = Field(None, ge=1, le=2_000_000)
    capacity_pieces: int | None = Field(None, ge=1, le=10_000)
    limits: dict[str, Any] | None = None
    without: list[UUID] = Field([], max_length=NAMES_MAX)


class RoundOut(Schema):
    id: UUID
    plan: UUID
    name: str
    station: UUID
    courier: UUID
    courier_name: str
    leaves_at: datetime
    back_at: datetime
    weight_g: int
    walk_s: int
    work_s: int
    state: str
    reason_zh: str
    reason_en: str
    parcels_count: int
    open_count: int


class RoundList(Schema):
    items: list[RoundOut]


@router.post("/rounds/plan", response={201: MadeOut}, operation_id="round_plan")
def round_plan(request: HttpRequest, key: Key, given: RoundsIn) -> Status[dict[str, UUID]]:
    """A draft of rounds; another person approves it under `/plans`."""
    return made(request, key, rounds.plan_rounds, given, request_id=key)


@router.get("/stations/{station}/rounds", response=RoundList, operation_id="round_list")
def round_list(
    request: HttpRequest, station: UUID, since: Moment | None = None, until: Moment | None = None
) -> dict[str, Any]:
    caller(request).require(*READERS, at=station)
    if since is not None and until is not None and until <= since:
        raise UnusableInput(
            "The end comes before the beginning.", where="until", found=until, expected="later", cure="Correct it."
        )
    return {"items": queries.rounds(station=station, window=Window(since, until))}


@router.post("/rounds/{round}/load", response=ScannedOut, operation_id="round_load")
def round_load(request: HttpRequest, round: UUID, key: Key, given: LeftBehindIn) -> Scanned:
    """A round's parcels into its courier's hands; who lacks a pass or a test is given nothing."""
    return scanned(request, key, stations.load_round, given, round=round)
