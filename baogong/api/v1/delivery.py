"""The last 100 metres: parcels, stations, carts, rounds, shelves; couriers' telephones; ways of working."""

from __future__ import annotations

import base64
import binascii
from collections.abc import Callable
from dataclasses import asdict
from datetime import datetime
from typing import Annotated, Any, cast
from uuid import UUID

from django.http import HttpRequest
from ninja import Query, Router, Schema, Status
from ninja.security import APIKeyHeader
from pydantic import Field

from baogong.api.v1.access import OFFICE, address, caller
from baogong.api.v1.errors import reads, writes
from baogong.api.v1.fields import NAMES_MAX, Code, Digest, Moment
from baogong.api.v1.requests import After, Key, Limit, Page, once, once_made, page_of
from baogong.delivery import queries
from baogong.delivery.errors import DeviceUnusable
from baogong.delivery.queries.ways import differences, ways
from baogong.delivery.services import devices, endings, residents, rounds, stations, sync, trips
from baogong.delivery.services import ways as ways_services
from baogong.delivery.services.devices import SCHEME, DeviceView
from baogong.delivery.services.stations import KEEPERS, Scanned
from baogong.journal.clock import current_clock
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Duty
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import UnusableInput
from baogong.kernel.windows import Window
from baogong.people.services.limits import take
from baogong.places.services import BuildingGiven, UnitGiven

router = Router(tags=["delivery"])
courier_router = Router(tags=["courier"])

READERS = (*OFFICE, Duty.KEEPER)
Codes = Annotated[list[Code], Field(max_length=10_000)]
Kind = Annotated[str, Field(max_length=16)]
Degrees = Annotated[float, Field(ge=-180, le=180)]


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


class ScannedOut(Schema):
    """`parcels`: codes it was done with; `known`: done before; `unknown`: no parcel; `others`: code and state, left alone."""

    parcels: list[str]
    known: list[str]
    unknown: list[str]
    others: list[list[str]]


class ReceiveIn(Schema):
    """Scans, or the document of the list they came with but for what is missing."""

    scans: Codes = Field(default_factory=list)
    manifest: UUID | None = None
    missing: Codes = Field(default_factory=list)


class ScansIn(Schema):
    scans: Codes


class MissingIn(Schema):
    missing: Codes = Field(default_factory=list)


class LeftBehindIn(Schema):
    left: Codes = Field(default_factory=list)


class BroughtBackIn(Schema):
    """`why`: code → the reason an attempt failed."""

    scans: Codes
    why: dict[str, Kind] = Field(default_factory=dict)


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


class ServeIn(Schema):
    community: UUID
    outer: UUID | None = None


class DeliveryMadeOut(Schema):
    id: UUID


class ShuttleIn(Schema):
    cart: UUID
    origin: UUID
    target: UUID
    road_zone: UUID | None = None
    leaves_at: Moment
    arrives_at: Moment
    gate: UUID | None = None
    slot_at: Moment | None = None


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
    state: str
    aboard: int
    missing: int


class ShuttleList(Schema):
    items: list[ShuttleOut]


class RoundsIn(Schema):
    """`limits`: the engine's, such as {"one_courier_per": "building_category", "balance": 0.15}."""

    station: UUID
    from_at: Moment
    until_at: Moment
    communities: list[UUID] = Field([], max_length=NAMES_MAX)
    capacity_g: int = Field(60_000, ge=1, le=2_000_000)
    capacity_pieces: int = Field(40, ge=1, le=10_000)
    limits: dict[str, Any] = Field(default_factory=dict)


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
    """A new community with its building list; `station` serves it."""

    name: str = Field(min_length=1, max_length=200)
    buildings: list[WayBuildingIn] = Field(min_length=1, max_length=2_000)
    station: UUID
    outer: UUID | None = None
    city: str = Field("", max_length=60)
    lat: Degrees | None = None
    lon: Degrees | None = None


class DifferenceOut(Schema):
    where: str
    a: Any
    b: Any


class DifferenceList(Schema):
    items: list[DifferenceOut]


class EvidenceOfAct(Schema):
    """`photo`: base64 of a picture."""

    kind: Kind
    text: str = Field("", max_length=400)
    by_name: str = Field("", max_length=200)
    photo: str = Field("", max_length=8_000_000)


class ActIn(Schema):
    """One act under the telephone's own id."""

    id: UUID
    kind: Kind
    at: Moment
    parcel: str = Field("", max_length=60)
    mode: str = Field("", max_length=12)
    why: str = Field("", max_length=16)
    note: str = Field("", max_length=240)
    shelf: UUID | None = None
    calling: UUID | None = None
    evidence: list[EvidenceOfAct] = Field([], max_length=5)


class SyncIn(Schema):
    acts: list[ActIn] = Field(max_length=sync.ACTS_MAX)


class ToldOut(Schema):
    """`answer`: TAKEN, KNOWN, LATE, UNFIT (`error`), CONFLICT (somebody else did it: `by`, `at`) or REFUSED (`error`)."""

    id: UUID
    answer: str
    parcel: str
    state: str
    by: str
    at: str
    error: dict[str, Any]


class SyncOut(Schema):
    items: list[ToldOut]


class SheetOut(Schema):
    """All a telephone may hold: its person's rounds of its shift."""

    person_name: str
    station_name: str
    until_at: datetime
    rounds: list[dict[str, Any]]
    whys: list[str]


def _scanned(request: HttpRequest, key: UUID, act: Callable[[], Scanned], *given: Any) -> Scanned:
    """Done once under the key; sent again, the service itself tells what it did."""
    answers: list[Scanned] = []
    once(request, key, lambda: answers.append(act()), *given)
    return answers[0] if answers else act()


def _shown_once(request: HttpRequest, key: UUID, make: Callable[[], str], given: Schema) -> Status[dict[str, str]]:
    """A token is kept nowhere: sent again the request makes no other one, and cannot tell it."""
    tokens: list[str] = []
    once(request, key, lambda: tokens.append(make()), given)
    return Status(201, {"token": tokens[0] if tokens else ""})


@router.get("/parcels", response=reads(ParcelPage), operation_id="parcel_list")
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


@router.get("/parcels/find", response=reads(ParcelStoryOut), operation_id="parcel_get")
def parcel_get(request: HttpRequest, scan: Annotated[str, Query(max_length=60)]) -> dict[str, Any]:
    """By code or another carrier's number, as scanned: the parcel and every hand it went through."""
    view = queries.parcel(scan)
    caller(request).require(*READERS, at=view.station)
    return {"parcel": view, "acts": queries.acts_of(view.id)}


@router.get("/stations/{station}/board", response=reads(BoardOut), operation_id="station_board")
def station_board(request: HttpRequest, station: UUID) -> queries.Board:
    caller(request).require(*READERS, at=station)
    return queries.board(station)


@router.post("/stations/{station}/serve", response=writes(DeliveryMadeOut, 201), operation_id="station_serve")
def station_serve(request: HttpRequest, station: UUID, key: Key, given: ServeIn) -> Status[dict[str, UUID]]:
    """From now on its couriers serve a community."""
    who = caller(request)
    made = once_made(
        request, key, lambda: stations.serve(station=station, **given.dict(), actor=who.actor, now=who.now), given
    )
    return Status(201, {"id": made})


@router.post("/stations/{station}/receive", response=writes(ScannedOut), operation_id="parcel_receive")
def parcel_receive(request: HttpRequest, station: UUID, key: Key, given: ReceiveIn) -> Scanned:
    who = caller(request)
    return _scanned(
        request,
        key,
        lambda: stations.receive(station=station, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )


@router.post("/stations/{station}/take-back", response=writes(ScannedOut), operation_id="parcel_take_back")
def parcel_take_back(request: HttpRequest, station: UUID, key: Key, given: BroughtBackIn) -> Scanned:
    """What a courier, a cart or a shelf still had, back at the station, to be planned again."""
    who = caller(request)
    return _scanned(
        request,
        key,
        lambda: stations.take_back(station=station, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )


@router.post("/stations/{station}/send-back", response=writes(ScannedOut), operation_id="parcel_send_back")
def parcel_send_back(request: HttpRequest, station: UUID, key: Key, given: EndingIn) -> Scanned:
    """Out of the station to their senders: no household gets them."""
    who = caller(request)
    return _scanned(
        request,
        key,
        lambda: endings.send_back(station=station, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )


@router.post("/stations/{station}/lost", response=writes(ScannedOut), operation_id="parcel_report_lost")
def parcel_report_lost(request: HttpRequest, station: UUID, key: Key, given: EndingIn) -> Scanned:
    """Written off under a loss report, at the charge of whoever had them."""
    who = caller(request)
    return _scanned(
        request,
        key,
        lambda: endings.report_lost(station=station, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )


@router.post("/stations/{station}/disinfect", response=writes(DeliveryMadeOut, 201), operation_id="disinfection_keep")
def disinfection_keep(request: HttpRequest, station: UUID, key: Key, given: DisinfectIn) -> Status[dict[str, UUID]]:
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: stations.disinfect(station=station, **given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, {"id": made})


@router.get("/stations/{station}/shuttles", response=reads(ShuttleList), operation_id="shuttle_list")
def shuttle_list(request: HttpRequest, station: UUID, since: Moment | None = None) -> dict[str, Any]:
    """Carts that leave it or come to it, by departure."""
    caller(request).require(*READERS, at=station)
    found = {row.id: row for row in queries.shuttles(origin=station, since=since)}
    found |= {row.id: row for row in queries.shuttles(target=station, since=since)}
    return {"items": sorted(found.values(), key=lambda row: (row.leaves_at, row.name))}


@router.post("/stations/{station}/trips/propose", response=writes(ProposalOut), operation_id="trip_propose")
def trip_propose(request: HttpRequest, station: UUID, key: Key, given: TripsIn) -> trips.Proposal:
    """Carts' trips for what stands there, one road zone each, in free slots of the gates; nothing is written."""
    who = caller(request)
    return trips.propose_trips(origin=station, **given.given(), actor=who.actor, now=who.now)


@router.post("/stations/{station}/trips/accept", response=writes(MadeTripsOut, 201), operation_id="trip_accept")
def trip_accept(request: HttpRequest, station: UUID, key: Key, given: TripsAcceptIn) -> Status[dict[str, Any]]:
    """Write the trips that were proposed, if nothing has changed since."""
    who = caller(request)

    def accepted() -> tuple[UUID, ...]:
        return trips.accept_trips(
            origin=station, **given.given(), digest=given.digest, actor=who.actor, now=who.now, request_id=key
        )

    once(request, key, accepted, given)
    return Status(201, {"items": list(accepted())})  # the service itself tells what it wrote


@router.post("/shuttles", response=writes(DeliveryMadeOut, 201), operation_id="shuttle_plan")
def shuttle_plan(request: HttpRequest, key: Key, given: ShuttleIn) -> Status[dict[str, UUID]]:
    """A cart's trip for one road zone."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: stations.plan_shuttle(**given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, {"id": made})


@router.post("/shuttles/{shuttle}/load", response=writes(ScannedOut), operation_id="shuttle_load")
def shuttle_load(request: HttpRequest, shuttle: UUID, key: Key, given: ScansIn) -> Scanned:
    who = caller(request)
    return _scanned(
        request,
        key,
        lambda: stations.load_cart(shuttle=shuttle, scans=given.scans, actor=who.actor, now=who.now, request_id=key),
        given,
    )


@router.post("/shuttles/{shuttle}/unload", response=writes(ScannedOut), operation_id="shuttle_unload")
def shuttle_unload(request: HttpRequest, shuttle: UUID, key: Key, given: MissingIn) -> Scanned:
    who = caller(request)
    return _scanned(
        request,
        key,
        lambda: stations.unload_cart(
            shuttle=shuttle, missing=given.missing, actor=who.actor, now=who.now, request_id=key
        ),
        given,
    )


@router.post("/rounds/plan", response=writes(DeliveryMadeOut, 201), operation_id="round_plan")
def round_plan(request: HttpRequest, key: Key, given: RoundsIn) -> Status[dict[str, UUID]]:
    """A draft of rounds; another person approves it under `/plans`."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: rounds.plan_rounds(**given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, {"id": made})


@router.get("/stations/{station}/rounds", response=reads(RoundList), operation_id="round_list")
def round_list(
    request: HttpRequest, station: UUID, since: Moment | None = None, until: Moment | None = None
) -> dict[str, Any]:
    caller(request).require(*READERS, at=station)
    if since is not None and until is not None and until <= since:
        raise UnusableInput(
            "The end comes before the beginning.", where="until", found=until, expected="later", cure="Correct it."
        )
    return {"items": queries.rounds(station=station, window=Window(since, until))}


@router.post("/rounds/{round}/load", response=writes(ScannedOut), operation_id="round_load")
def round_load(request: HttpRequest, round: UUID, key: Key, given: LeftBehindIn) -> Scanned:
    """A round's parcels into its courier's hands; who lacks a pass or a test is given nothing."""
    who = caller(request)
    return _scanned(
        request,
        key,
        lambda: stations.load_round(round=round, left=given.left, actor=who.actor, now=who.now, request_id=key),
        given,
    )


@router.post("/devices", response=writes(DeviceOut, 201), operation_id="device_give")
def device_give(request: HttpRequest, key: Key, given: DeviceIn) -> Status[dict[str, str]]:
    """A token for one person's telephone and one shift; under another key it is another one, and the earlier one ends."""
    who = caller(request)
    return _shown_once(request, key, lambda: devices.give_device(**given.dict(), actor=who.actor, now=who.now), given)


@router.post("/devices/{device}/withdraw", response=writes(DeliveryMadeOut), operation_id="device_withdraw")
def device_withdraw(request: HttpRequest, device: UUID, key: Key) -> dict[str, UUID]:
    who = caller(request)
    once(request, key, lambda: devices.withdraw_device(device=device, actor=who.actor, now=who.now))
    return {"id": device}


@router.get("/stations/{station}/to-look-at", response=reads(SyncedList), operation_id="synced_list")
def synced_list(request: HttpRequest, station: UUID) -> dict[str, Any]:
    """What telephones told late, without every proof, or against what somebody else had done, and nobody has looked at."""
    caller(request).require(*KEEPERS, at=station)
    return {"items": queries.to_look_at(station)}


@router.post("/synced/{act}/see", response=writes(DeliveryMadeOut), operation_id="synced_see")
def synced_see(request: HttpRequest, act: UUID, key: Key) -> dict[str, UUID]:
    who = caller(request)
    once(request, key, lambda: sync.see(act=act, actor=who.actor, now=who.now))
    return {"id": act}


@router.post("/links", response=writes(DeviceOut, 201), operation_id="parcel_link_make")
def parcel_link_make(request: HttpRequest, key: Key, given: LinkIn) -> Status[dict[str, str]]:
    """The token of a household's private link, shown this once."""
    who = caller(request)
    return _shown_once(
        request, key, lambda: residents.make_parcels_link(**given.dict(), actor=who.actor, now=who.now), given
    )


@router.get("/ways", response=reads(WayList), operation_id="way_list")
def way_list(request: HttpRequest, newest_only: bool = True) -> dict[str, Any]:
    caller(request).require(*OFFICE)
    return {"items": ways(newest_only=newest_only)}


@router.post("/ways", response=writes(DeliveryMadeOut, 201), operation_id="way_save")
def way_save(request: HttpRequest, key: Key, given: WayIn) -> Status[dict[str, UUID]]:
    """A running community's way of working, kept as the next version under its name."""
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: ways_services.save_way_of_working(**given.dict(), actor=who.actor, now=who.now),
        given,
    )
    return Status(201, {"id": made})


@router.post("/ways/{way}/open", response=writes(DeliveryMadeOut, 201), operation_id="way_open")
def way_open(request: HttpRequest, way: UUID, key: Key, given: WayOpenIn) -> Status[dict[str, UUID]]:
    """A new community from a saved way and its building list."""
    who = caller(request)
    buildings = [
        BuildingGiven(one.name, lat=one.lat, lon=one.lon, units=tuple(UnitGiven(name) for name in one.units))
        for one in given.buildings
    ]
    asked = given.dict() | {"buildings": buildings}
    made = once_made(
        request, key, lambda: ways_services.open_from(way=way, **asked, actor=who.actor, now=who.now), given
    )
    return Status(201, {"id": made})


@router.get("/ways/{way}/differences", response=reads(DifferenceList), operation_id="way_differences")
def way_differences(request: HttpRequest, way: UUID, community: UUID) -> dict[str, Any]:
    """Between a saved way and how a community works now."""
    who = caller(request)
    who.require(*OFFICE)
    kept = ways_services.way_named(way).content
    return {"items": differences(kept, ways_services.content_of(community, who.now))}


GUESSES_MAX, GUESSES_WINDOW_S = 300, 900
CALLS_MAX, CALLS_WINDOW_S = 120, 60


class Telephone(APIKeyHeader):
    """`Authorization: Device TOKEN`: one person's telephone for one shift."""

    param_name = "Authorization"

    def __init__(self, *, to_read: bool) -> None:
        super().__init__()
        self.to_read = to_read

    def authenticate(self, request: HttpRequest, key: str | None) -> DeviceView | None:
        scheme, _, token = (key or "").partition(" ")
        machine = SystemClock().now()
        if scheme != SCHEME or not token:
            return None
        try:
            found = devices.recognise(token, current_clock().now(), to_read=self.to_read)
        except DeviceUnusable:
            take(what="device-guess", who=address(request), most=GUESSES_MAX, window_s=GUESSES_WINDOW_S, now=machine)
            raise
        take(what="device", who=str(found.id), most=CALLS_MAX, window_s=CALLS_WINDOW_S, now=machine)
        return found


def telephone(request: HttpRequest) -> DeviceView:
    return cast(DeviceView, request.auth)  # type: ignore[attr-defined]


@courier_router.get("/sheet", response=reads(SheetOut), operation_id="courier_sheet", auth=Telephone(to_read=True))
def courier_sheet(request: HttpRequest) -> dict[str, Any]:
    """The telephone's own rounds, to be kept for when there is no net."""
    return asdict(queries.device_sheet(telephone(request).id))


@courier_router.post("/sync", response=writes(SyncOut), operation_id="courier_sync", auth=Telephone(to_read=False))
def courier_sync(request: HttpRequest, key: Key, given: SyncIn) -> dict[str, Any]:
    """What was done, each act under an id of its own; told again, under whatever key, it changes nothing."""
    acts = [
        sync.Act(
            one.id,
            one.kind,
            one.at,
            one.parcel,
            one.mode,
            one.why,
            one.note,
            one.shelf,
            one.calling,
            tuple(EvidenceIn(each.kind, each.text, _photo(each.photo), one.at, each.by_name) for each in one.evidence),
        )
        for one in given.acts
    ]
    told = sync.sync(device=telephone(request), acts=acts, now=current_clock().now())
    return {"items": [one.as_dict() for one in told]}


def _photo(text: str) -> bytes | None:
    if not text:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except binascii.Error as error:
        raise UnusableInput(
            "A picture cannot be read; nothing was written.",
            where="photo",
            found="not base64",
            expected="base64 of a picture",
            cure="Take it again, or type the parcel's code.",
        ) from error
