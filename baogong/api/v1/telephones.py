"""Couriers' telephones: given out and withdrawn, what they told that a keeper has to see; households' private links."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import caller
from baogong.api.v1.fields import Moment
from baogong.api.v1.handling import shown_once
from baogong.api.v1.requests import Key, MadeOut, once
from baogong.delivery import queries
from baogong.delivery.services import devices, residents, sync
from baogong.delivery.services.stations import KEEPERS

router = Router(tags=["delivery"])


class DeviceIn(Schema):
    person: UUID
    station: UUID
    from_at: Moment
    until_at: Moment


class DeviceOut(Schema):
    """The token, shown this once: "" where the same request is sent again."""

    token: str


class SyncedOut(Schema):
    id: UUID
    kind: str
    answer: str
    courier_name: str
    parcel: str
    at_device: datetime
    at: datetime
    by: str


class SyncedList(Schema):
    items: list[SyncedOut]


class LinkIn(Schema):
    """`subject`: a door or a parcel; `code`: the second factor, told on another way."""

    subject: UUID
    code: str = Field(min_length=4, max_length=20)


@router.post("/devices", response={201: DeviceOut}, operation_id="device_give")
def device_give(request: HttpRequest, key: Key, given: DeviceIn) -> Status[dict[str, str]]:
    """A token for one person's telephone and one shift; under another key it is another one, and the earlier one only tells."""
    return shown_once(request, key, devices.give_device, given)


@router.post("/devices/{device}/withdraw", response=MadeOut, operation_id="device_withdraw")
def device_withdraw(request: HttpRequest, device: UUID, key: Key) -> dict[str, UUID]:
    who = caller(request)
    once(request, key, lambda: devices.withdraw_device(device=device, actor=who.actor, now=who.now))
    return {"id": device}


@router.get("/stations/{station}/to-look-at", response=SyncedList, operation_id="synced_list")
def synced_list(request: HttpRequest, station: UUID) -> dict[str, Any]:
    """
    What telephones told late, without every proof, against what somebody else had done, or what was refused, and nobody
    has looked at.
    """
    caller(request).require(*KEEPERS, at=station)
    return {"items": queries.to_look_at(station)}


@router.post("/synced/{act}/see", response=MadeOut, operation_id="synced_see")
def synced_see(request: HttpRequest, act: UUID, key: Key) -> dict[str, UUID]:
    who = caller(request)
    once(request, key, lambda: sync.see(act=act, actor=who.actor, now=who.now))
    return {"id": act}


@router.post("/synced/{act}/accept", response=MadeOut, operation_id="synced_accept")
def synced_accept(request: HttpRequest, act: UUID, key: Key) -> dict[str, UUID]:
    """What was refused is written now, as the telephone told it; 409 where something stands against it still."""
    who = caller(request)
    once(request, key, lambda: sync.accept(act=act, actor=who.actor, now=who.now))
    return {"id": act}


@router.post("/links", response={201: DeviceOut}, operation_id="parcel_link_make")
def parcel_link_make(request: HttpRequest, key: Key, given: LinkIn) -> Status[dict[str, str]]:
    """The token of a household's private link, shown this once."""
    return shown_once(request, key, residents.make_parcels_link, given)
