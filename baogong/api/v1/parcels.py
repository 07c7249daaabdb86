"""Parcels and the stations they stand at: what is there, what is received, brought back, sent back, lost, disinfected."""

from __future__ import annotations

from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import caller
from baogong.api.v1.fields import Moment
from baogong.api.v1.handling import READERS, Codes, Kind, ScannedOut, ScansIn, scanned
from baogong.api.v1.requests import After, Key, Limit, MadeOut, Page, made, once_made, page_of
from baogong.delivery import queries
from baogong.delivery.services import counter, endings, sealing, stations
from baogong.delivery.services.expecting import expect_one
from baogong.delivery.services.parcels import WEIGHT_MAX_G
from baogong.delivery.services.stations import Scanned
from baogong.journal.media import SIGNATURE_BYTES_MAX

router = Router(tags=["delivery"])


class ParcelOut(Schema):
    """`address` as building-unit-room. `modes`: the ways it may be handed over; without CONTACTLESS never on a shelf."""

    id: UUID
    code: str
    waybill: str
    category: str
    category_zh: str
    category_en: str
    community: UUID
    community_name: str
    road_zone_name: str
    address: str
    weight_g: int
    is_cold: bool
    modes: list[str]
    wants_door: bool
    state: str
    holder: UUID | None
    holder_name: str
    station: UUID
    shelf_name: str
    moved_at: datetime
    attempts: int
    disinfected_at: datetime | None
    calling_from_at: datetime | None
    calling_until_at: datetime | None


class ParcelPage(Page):
    items: list[ParcelOut]


class ParcelActOut(Schema):
    kind: str
    why: str
    mode: str
    from_name: str
    to_name: str
    at_device: datetime
    at: datetime
    by_name: str
    note: str


class ParcelStoryOut(Schema):
    parcel: ParcelOut
    acts: list[ParcelActOut]


class ZoneCountOut(Schema):
    road_zone: UUID | None
    road_zone_name: str
    parcels: int
    cold: int
    weight_g: int
    unplanned: int


class BoardOut(Schema):
    station: UUID
    by_state: dict[str, int]
    zones: list[ZoneCountOut]
    failed: int
    in_person: int


class ReceiveIn(Schema):
    """Scans, or the document of the list they came with but for what is missing."""

    scans: Codes = Field(default_factory=list)
    manifest: UUID | None = None
    missing: Codes = Field(default_factory=list)


class BroughtBackIn(Schema):
    """`why`: code → the reason an attempt failed. `note`: why they come back without one."""

    scans: Codes
    why: dict[str, Kind] = Field(default_factory=dict)
    note: str = Field("", max_length=240)


class OverCounterIn(Schema):
    """
    `mode` CONTACTLESS, WITNESSED or SIGNED, as each of the parcels allows; `signature` of SIGNED: the strokes as JSON, or an SVG
    of lines. `proxy_name` and `proxy_last_four` (of the own document): who comes for another household.
    """

    scans: Codes
    mode: Kind
    proxy_name: str = Field("", max_length=60)
    proxy_last_four: str = Field("", max_length=4)
    signature: str = Field("", max_length=SIGNATURE_BYTES_MAX)


class ParcelsOut(Schema):
    items: list[ParcelOut]


class EndingIn(Schema):
    """`words`: why, and who has seen or taken them."""

    scans: Codes
    words: str = Field(min_length=1, max_length=240)


class DisinfectIn(Schema):
    what: Kind
    means: str = Field(min_length=1, max_length=60)
    scans: Codes = Field(default_factory=list)
    cart: UUID | None = None
    shelf: UUID | None = None


class ExpectIn(Schema):
    """
    One parcel as its sender tells it: `building`, `unit` and `room` as written, looked up in the register.

    `waybill`: the same number for the same address is the same parcel. `station` null: the first stop on the way to the
    community. `weight_g`, `modes` null: those of its kind. `room_is_new`: none of the rooms that are listed.
    """

    community: UUID
    building: str = Field(min_length=1, max_length=40)
    unit: str = Field("", max_length=20)
    room: str = Field("", max_length=20)
    room_is_new: bool = False
    waybill: str = Field("", max_length=40)
    category: str = Field("parcel", max_length=40)
    station: UUID | None = None
    sender: UUID | None = None
    weight_g: int | None = Field(None, ge=0, le=WEIGHT_MAX_G)
    modes: list[Kind] | None = Field(None, max_length=3)
    due_from_at: Moment | None = None
    due_until_at: Moment | None = None


class ServeIn(Schema):
    community: UUID
    outer: UUID | None = None


@router.get("/parcels", response=ParcelPage, operation_id="parcel_list")
def parcel_list(
    request: HttpRequest,
    station: UUID,
    state: Annotated[str | None, Query(max_length=16)] = None,
    community: UUID | None = None,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """Of one station, in the order they were written down."""
    caller(request).require(*READERS, at=station)
    rows = queries.parcels(
        station=station, states=[state] if state else None, communities=[community] if community else None
    )
    return page_of(rows, after=after, limit=limit)


@router.post("/parcels", response={201: ParcelOut}, operation_id="parcel_expect")
def parcel_expect(request: HttpRequest, key: Key, given: ExpectIn) -> Status[queries.ParcelView]:
    """A parcel its station is to expect; whole lists come in under `/imports`, kind `manifest`."""
    who = caller(request)
    made = once_made(
        request, key, lambda: expect_one(**given.dict(), actor=who.actor, now=who.now, request_id=key), given
    )
    (view,) = queries.parcels(ids=[made])
    return Status(201, view)


@router.get("/parcels/find", response=ParcelStoryOut, operation_id="parcel_get")
def parcel_get(request: HttpRequest, scan: Annotated[str, Query(max_length=60)]) -> dict[str, Any]:
    """By code or another carrier's number, as scanned: the parcel and every hand it went through."""
    view = queries.parcel(scan)
    caller(request).require(*READERS, at=view.station)
    return {"parcel": view, "acts": queries.acts_of(view.id)}


@router.get("/stations/{station}/board", response=BoardOut, operation_id="station_board")
def station_board(request: HttpRequest, station: UUID) -> queries.Board:
    caller(request).require(*READERS, at=station)
    return queries.board(station)


@router.post("/stations/{station}/serve", response={201: MadeOut}, operation_id="station_serve")
def station_serve(request: HttpRequest, station: UUID, key: Key, given: ServeIn) -> Status[dict[str, UUID]]:
    """From now on its couriers serve a community."""
    return made(request, key, stations.serve, given, station=station)


@router.post("/stations/{station}/receive", response=ScannedOut, operation_id="parcel_receive")
def parcel_receive(request: HttpRequest, station: UUID, key: Key, given: ReceiveIn) -> Scanned:
    return scanned(request, key, stations.receive, given, station=station)


@router.post("/stations/{station}/take-back", response=ScannedOut, operation_id="parcel_take_back")
def parcel_take_back(request: HttpRequest, station: UUID, key: Key, given: BroughtBackIn) -> Scanned:
    """What a courier, a cart or a shelf still had, back at the station, to be planned again."""
    return scanned(request, key, stations.take_back, given, station=station)


@router.post("/stations/{station}/counter", response=ScannedOut, operation_id="parcel_hand_out")
def parcel_hand_out(request: HttpRequest, station: UUID, key: Key, given: OverCounterIn) -> Scanned:
    """What stands there, over the counter to who has come for it, where the household's people may move freely."""

    def handed_out(*, signature: str, **asked: Any) -> Scanned:
        return counter.hand_out(**asked, signature=signature.encode() or None)

    return scanned(request, key, handed_out, given, station=station)


@router.post("/stations/{station}/counter/undo", response=ScannedOut, operation_id="parcel_hand_out_undo")
def parcel_hand_out_undo(request: HttpRequest, station: UUID, key: Key, given: EndingIn) -> Scanned:
    """Handed over the counter by mistake, within ten minutes: at the station again, promised as before."""
    return scanned(request, key, counter.take_back, given, station=station)


@router.get("/stations/{station}/sealed-shelves", response=ParcelsOut, operation_id="parcel_sealed_list")
def parcel_sealed_list(request: HttpRequest, station: UUID) -> dict[str, Any]:
    """What lies on shelves of houses that are sealed since: nobody may come down for it."""
    who = caller(request)
    who.require(*READERS, at=station)
    return {"items": queries.sealed_on_shelves(who.now, station=station)}


@router.post("/stations/{station}/bring-up", response=ScannedOut, operation_id="parcel_bring_up")
def parcel_bring_up(request: HttpRequest, station: UUID, key: Key, given: ScansIn) -> Scanned:
    """From shelves of sealed houses up to the doors, by the next rounds; their households are called down no more."""
    return scanned(request, key, sealing.bring_up, given, station=station)


@router.post("/stations/{station}/send-back", response=ScannedOut, operation_id="parcel_send_back")
def parcel_send_back(request: HttpRequest, station: UUID, key: Key, given: EndingIn) -> Scanned:
    """Out of the station to their senders: no household gets them."""
    return scanned(request, key, endings.send_back, given, station=station)


@router.post("/stations/{station}/lost", response=ScannedOut, operation_id="parcel_report_lost")
def parcel_report_lost(request: HttpRequest, station: UUID, key: Key, given: EndingIn) -> Scanned:
    """Written off under a loss report, at the charge of whoever had them."""
    return scanned(request, key, endings.report_lost, given, station=station)


@router.post("/stations/{station}/found", response=ScannedOut, operation_id="parcel_find_again")
def parcel_find_again(request: HttpRequest, station: UUID, key: Key, given: EndingIn) -> Scanned:
    """Reported lost and there after all: at the station again, promised as before; the report stays, corrected."""
    return scanned(request, key, endings.find_again, given, station=station)


@router.post("/stations/{station}/disinfect", response={201: MadeOut}, operation_id="disinfection_keep")
def disinfection_keep(request: HttpRequest, station: UUID, key: Key, given: DisinfectIn) -> Status[dict[str, UUID]]:
    return made(request, key, stations.disinfect, given, station=station, request_id=key)
