"""Communities down to their doors, stations that move, zone notices and what they put into which zone, and its rules."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime, time
from typing import Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, REGISTRARS, caller, office
from baogong.api.v1.fields import Moment
from baogong.api.v1.requests import After, Key, Limit, Page, once, once_made, page_of
from baogong.engine.sheets.house_numbers import room_name
from baogong.kernel.actor import Duty
from baogong.people.services import identity
from baogong.places import queries, services
from baogong.places.services.communities import PHONE_PURPOSE

router = Router(tags=["places"])
SEES = (*OFFICE, Duty.KEEPER)
AT_THE_DOORS = (Duty.COMMAND, Duty.CLERK, Duty.KEEPER)  # an auditor reads no household's troubles

ZoneCode = Literal["SEALED", "CONTROLLED", "PRECAUTION"]


class GateHoursIn(Schema):
    """A span of every day, by the house's clock."""

    opens_at: time
    closes_at: time


class GateIn(Schema):
    """Without hours it is open always; `carts_per_slot` 0: as many as come."""

    name: str = Field(min_length=1, max_length=60)
    hours: list[GateHoursIn] = Field([], max_length=12)
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)
    slot_minutes: int = Field(15, ge=1, le=1440)
    carts_per_slot: int = Field(0, ge=0, le=1440)


class UnitIn(Schema):
    name: str = Field("", max_length=20)
    households_count: int | None = Field(None, ge=0, le=100_000)


class BuildingIn(Schema):
    """A building by its number however written; `footprint` a GeoJSON Polygon or MultiPolygon, which gives the point too."""

    name: str = Field(min_length=1, max_length=40)
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)
    footprint: dict[str, Any] | None = None
    floors_count: int | None = Field(None, ge=1, le=200)
    has_lift: bool | None = None
    units: list[UnitIn] = Field([], max_length=100)


class PlaceIn(Schema):
    """A compound one enters through its gates only; `is_new`: it is none of those with a near name."""

    name: str = Field(min_length=1, max_length=200)
    name_en: str = Field("", max_length=200)
    city: str = Field("", max_length=60)
    street: str = Field("", max_length=60, description="As zone notices name it.")
    address: str = Field("", max_length=240)
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)
    road_zone: str = Field("", max_length=60)
    is_new: bool = False


class BuildingsIn(Schema):
    buildings: list[BuildingIn] = Field(min_length=1, max_length=2000)


class ShelfIn(Schema):
    """
    At most `people_max` are called to it within `window_minutes`. A unit has one shelf. Absent: as known.

    `parcels_max` 0: as many as fit.
    """

    name: str = Field(min_length=1, max_length=60)
    units: list[UUID] | None = Field(None, max_length=5000)
    people_max: int | None = Field(None, ge=1, le=1000)
    window_minutes: int | None = Field(None, ge=1, le=1440)
    parcels_max: int | None = Field(None, ge=0, le=1_000_000)


class DoorIn(Schema):
    """A household's door; absent: as known. Who is served at the door is so for a reason (`why`)."""

    unit: UUID
    room: str = Field(min_length=1, max_length=20)
    takes_at_door: bool | None = None
    why: str | None = Field(None, max_length=120)
    note: str | None = Field(None, max_length=240, description="For whoever stands before it.")
    phone: str | None = Field(None, max_length=30, description="Kept enciphered, and never told back.")
    has_left: bool | None = None


class DoorsIn(Schema):
    doors: list[DoorIn] = Field(min_length=1, max_length=2000)


class DoorOut(Schema):
    """`unit` "" where the building has only one. No telephone: whether there is one."""

    id: UUID
    building: str
    unit: UUID
    unit_name: str
    room: str
    takes_at_door: bool
    why: str
    note: str
    has_phone: bool


class DoorPage(Page):
    items: list[DoorOut]


class ZoneRuleIn(Schema):
    """What a state means from a moment on. `days` null: until lifted; `issuer` "": the house's own rule."""

    zone: ZoneCode
    service: Literal["DOOR", "SHELF", "FREE"]
    from_at: Moment
    text_zh: str = Field(min_length=1, max_length=400)
    text_en: str = Field(min_length=1, max_length=400)
    days: int | None = Field(None, ge=1, le=366)
    issuer: str = Field("", max_length=60)
    source: str = Field("", max_length=240)


class ZoneRuleOut(Schema):
    id: UUID
    issuer: str
    zone: str
    from_at: datetime
    service: str
    days: int | None
    text_zh: str
    text_en: str
    source: str


class ZoneRuleList(Schema):
    """By issuer, moment and state: of one issuer and state the latest that has begun counts."""

    items: list[ZoneRuleOut]


class StandIn(Schema):
    """Inside a community, or at a point on the street."""

    community: UUID | None = None
    from_at: Moment
    lat: float | None = Field(None, ge=-90, le=90)
    lon: float | None = Field(None, ge=-180, le=180)
    note: str = Field("", max_length=120)


class GateHoursOut(Schema):
    opens_at: time
    closes_at: time


class GateOut(Schema):
    id: UUID
    name: str
    lat: float | None
    lon: float | None
    slot_minutes: int
    carts_per_slot: int
    hours: list[GateHoursOut]

    @staticmethod
    def resolve_hours(gate: queries.GateView) -> list[dict[str, time]]:
        return [{"opens_at": opens, "closes_at": closes} for opens, closes in gate.hours]


class ZoneOut(Schema):
    """`state` "": in no zone. `until_at`: the state stays beyond it until a notice says otherwise."""

    state: str
    service: str
    notice: UUID | None
    from_at: datetime | None
    until_at: datetime | None
    text_zh: str
    text_en: str


class PlaceUnitOut(Schema):
    id: UUID
    name: str
    households_count: int | None
    zone: ZoneOut


class BuildingOut(Schema):
    """`is_located` false: laid out by its place in the natural order."""

    id: UUID
    name: str
    lat: float
    lon: float
    is_located: bool
    footprint: dict[str, Any] | None
    floors_count: int | None
    has_lift: bool | None
    zone: ZoneOut
    units: list[PlaceUnitOut]


class ShelfOut(Schema):
    id: UUID
    name: str
    units: list[UUID]
    people_max: int
    window_minutes: int
    parcels_max: int | None


class PlaceOut(Schema):
    """A community as it stands now; buildings in natural order. Doors are shown on its own pages only."""

    id: UUID
    name: str
    name_en: str
    city: str
    street: str
    address: str
    lat: float | None
    lon: float | None
    road_zone_name: str
    is_located: bool
    zone: ZoneOut
    gates: list[GateOut]
    buildings: list[BuildingOut]
    shelves: list[ShelfOut]


class PlaceRowOut(Schema):
    id: UUID
    name: str
    name_en: str
    city: str
    street: str
    address: str
    road_zone_name: str
    lat: float | None
    lon: float | None
    buildings_count: int
    located_count: int
    households_count: int
    gates_count: int
    shelves_count: int


class PlacePage(Page):
    items: list[PlaceRowOut]


class StandOut(Schema):
    id: UUID
    station: UUID
    station_name: str
    community: UUID | None
    community_name: str
    from_at: datetime
    until_at: datetime | None
    lat: float | None
    lon: float | None
    note: str


class StandListOut(Schema):
    items: list[StandOut]


class ZoneNoticeIn(Schema):
    """A published list as it is. `state`: of what stands before its first heading."""

    text: str = Field(min_length=1, max_length=400_000)
    issuer: str = Field("", max_length=60)
    title: str = Field("", max_length=200)
    published_at: Moment
    from_at: Moment | None = None
    state: ZoneCode | None = None


class ZoneNoticeRowOut(Schema):
    id: UUID
    issuer: str
    title: str
    published_at: datetime
    from_at: datetime
    read_at: datetime
    read_by_name: str
    withdrawn_at: datetime | None
    lines_count: int
    waiting_count: int


class ZoneNoticePage(Page):
    items: list[ZoneNoticeRowOut]


class ZoneLineOut(Schema):
    """`scope` 1 all others (of a street, or of a community), 2 a community, 3 a building, 4 a unit; [start, end) are characters of the text."""

    id: UUID
    scope: int
    street: str
    community: UUID | None
    building: UUID | None
    unit: UUID | None
    state: str
    from_at: datetime
    until_at: datetime | None
    start: int
    end: int


class ZoneDoubtOut(Schema):
    """What waits for a person: [start, end) of the text; `names` what it may mean, best first."""

    id: UUID
    start: int
    end: int
    why: str
    scope: int | None
    state: str
    street: str
    name: str
    community: UUID | None
    building: str
    unit: str
    names: list[dict[str, Any]]
    settled_at: datetime | None
    settled_by_name: str


class ZoneNoticeOut(Schema):
    notice: ZoneNoticeRowOut
    text: str
    lines: list[ZoneLineOut]
    doubts: list[ZoneDoubtOut]


class ZoneSettleIn(Schema):
    """A community (or a building, a unit of it) or a street; none of them: nothing of this house."""

    community: UUID | None = None
    building: UUID | None = None
    unit: UUID | None = None
    street: str = Field("", max_length=60)
    state: ZoneCode | None = None
    remember: bool = Field(False, description="The address means this community from now on.")


@router.get("/places", response=PlacePage, operation_id="place_list")
def place_list(request: HttpRequest, after: After = None, limit: Limit = 100) -> dict[str, Any]:
    """Open communities, of the caller's places."""
    own = caller(request).sites(*SEES)
    return page_of(queries.communities(ids=own), after=after, limit=limit)


@router.get("/places/{community}", response=PlaceOut, operation_id="place_get")
def place_get(request: HttpRequest, community: UUID) -> dict[str, Any]:
    """A community's plan and the zone of each of its buildings and units, as of now."""
    who = caller(request)
    who.require(*SEES, at=community)
    return _place(community, who.now)


@router.post("/places", response={201: PlaceOut}, operation_id="place_open")
def place_open(request: HttpRequest, key: Key, given: PlaceIn) -> Status[dict[str, Any]]:
    """Open a community; again with the same name it is the same one. A near name is refused until `is_new`."""
    who = caller(request)
    who.require(*REGISTRARS)
    made = once_made(request, key, lambda: services.open_community(**given.dict(), actor=who.actor, now=who.now), given)
    return Status(201, _place(made, who.now))


@router.post("/places/{community}/buildings", response=PlaceOut, operation_id="place_buildings_add")
def place_buildings_add(request: HttpRequest, community: UUID, key: Key, given: BuildingsIn) -> dict[str, Any]:
    """Buildings and units in bulk: new ones are added, known ones get what is said of them."""
    who = caller(request)
    buildings = [
        services.BuildingGiven(
            **(each.dict() | {"units": tuple(services.UnitGiven(**unit.dict()) for unit in each.units)})
        )
        for each in given.buildings
    ]
    once(
        request,
        key,
        lambda: services.add_buildings(community=community, buildings=buildings, actor=who.actor, now=who.now),
        given,
    )
    return _place(community, who.now)


@router.post("/places/{community}/gates", response=PlaceOut, operation_id="place_gate_set")
def place_gate_set(request: HttpRequest, community: UUID, key: Key, given: GateIn) -> dict[str, Any]:
    """A gate by its name, with its hours; the last word counts."""
    who = caller(request)
    facts = given.dict() | {"hours": [(each.opens_at, each.closes_at) for each in given.hours]}
    once(
        request,
        key,
        lambda: services.set_gate(community=community, **facts, actor=who.actor, now=who.now),
        given,
    )
    return _place(community, who.now)


@router.post("/places/{community}/shelves", response=PlaceOut, operation_id="place_shelf_set")
def place_shelf_set(request: HttpRequest, community: UUID, key: Key, given: ShelfIn) -> dict[str, Any]:
    """A shelf by its name, and the units that share it."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.set_shelf(community=community, **given.dict(), actor=who.actor, now=who.now),
        given,
    )
    return _place(community, who.now)


@router.post("/places/{community}/shelves/{shelf}/close", response=PlaceOut, operation_id="place_shelf_close")
def place_shelf_close(request: HttpRequest, community: UUID, shelf: UUID, key: Key) -> dict[str, Any]:
    """Nothing is put there from now on; written down again it is open again."""
    who = caller(request)
    who.require(*AT_THE_DOORS, at=community)
    once(request, key, lambda: services.close_shelf(shelf=shelf, at=who.now, actor=who.actor, now=who.now))
    return _place(community, who.now)


@router.post("/places/{community}/gates/{gate}/close", response=PlaceOut, operation_id="place_gate_close")
def place_gate_close(request: HttpRequest, community: UUID, gate: UUID, key: Key) -> dict[str, Any]:
    """Nobody passes here from now on; written down again it is open again."""
    who = caller(request)
    who.require(*AT_THE_DOORS, at=community)
    once(request, key, lambda: services.close_gate(gate=gate, at=who.now, actor=who.actor, now=who.now))
    return _place(community, who.now)


@router.get("/places/{community}/doors", response=DoorPage, operation_id="door_list")
def door_list(
    request: HttpRequest,
    community: UUID,
    building: UUID | None = None,
    takes_at_door: bool | None = None,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """Doors of the households that are there, with what each needs; for whoever brings things to them."""
    who = caller(request)
    who.require(*AT_THE_DOORS, at=community)
    doors = [
        door
        for door in queries.doors_of(community, who.now)
        if building in (None, door.building) and takes_at_door in (None, door.takes_at_door)
    ]
    page = page_of(doors, after=after, limit=limit)
    return page | {"items": _doors(community, page["items"], who.now)}


@router.post("/places/{community}/doors", response=DoorPage, operation_id="door_set")
def door_set(request: HttpRequest, community: UUID, key: Key, given: DoorsIn) -> dict[str, Any]:
    """Doors in bulk: new ones are added, known ones get what is said of them. The answer: these, as they are now."""
    who = caller(request)
    # A number is kept nowhere that a hash of it would give it away.
    content = [each.model_dump(mode="json") | {"phone": _mark(each.phone)} for each in given.doors]
    doors = [services.DoorGiven(**each.dict()) for each in given.doors]
    once(
        request,
        key,
        lambda: services.set_doors(community=community, doors=doors, actor=who.actor, now=who.now),
        content,
    )
    said = {(each.unit, room_name(each.room).casefold()) for each in doors}
    found = [door for door in queries.doors_of(community, who.now) if (door.unit, door.room.casefold()) in said]
    return {"items": _doors(community, found, who.now), "next": None}


@router.get("/zone-rules", response=ZoneRuleList, operation_id="zone_rule_list")
def zone_rule_list(request: HttpRequest) -> dict[str, Any]:
    """What each state means, by version."""
    office(request)
    return {"items": queries.rules_of()}


@router.post("/zone-rules", response={201: ZoneRuleOut}, operation_id="zone_rule_set")
def zone_rule_set(request: HttpRequest, key: Key, given: ZoneRuleIn) -> Status[queries.RuleView]:
    """The next version; earlier ones stay as they were."""
    who = caller(request)
    made = once_made(request, key, lambda: services.set_zone_rule(**given.dict(), actor=who.actor, now=who.now), given)
    return Status(201, next(rule for rule in queries.rules_of(given.issuer.strip()) if rule.id == made))


@router.get("/stations", response=StandListOut, operation_id="station_list")
def station_list(request: HttpRequest) -> dict[str, Any]:
    """Where every station stands now."""
    who = caller(request)
    own = who.sites(*SEES)
    stands = queries.stations_at(who.now)
    return {"items": [each for each in stands if own is None or each.station in own or each.community in own]}


@router.post("/stations/{station}/stands", response=StandListOut, operation_id="station_move")
def station_move(request: HttpRequest, station: UUID, key: Key, given: StandIn) -> dict[str, Any]:
    """From a moment on the station stands there, until its next stand begins."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.move_station(station=station, **given.dict(), actor=who.actor, now=who.now),
        given,
    )
    return {"items": [each for each in queries.stations_at(max(given.from_at, who.now)) if each.station == station]}


@router.get("/zone-notices", response=ZoneNoticePage, operation_id="zone_notice_list")
def zone_notice_list(request: HttpRequest, after: After = None, limit: Limit = 100) -> dict[str, Any]:
    office(request)
    return page_of(queries.notices(), after=after, limit=limit)


@router.get("/zone-notices/{notice}", response=ZoneNoticeOut, operation_id="zone_notice_get")
def zone_notice_get(request: HttpRequest, notice: UUID) -> dict[str, Any]:
    """A notice's text, what was read in it, what waits."""
    office(request)
    return _notice(notice)


@router.post("/zone-notices", response={201: ZoneNoticeOut}, operation_id="zone_notice_read")
def zone_notice_read(request: HttpRequest, key: Key, given: ZoneNoticeIn) -> Status[dict[str, Any]]:
    """Read a published list and keep it: lines where the register is sure, doubts for everything else."""
    who = caller(request)
    made = once_made(request, key, lambda: services.read_notice(**given.dict(), actor=who.actor, now=who.now), given)
    return Status(201, _notice(made))


@router.post("/zone-notices/{notice}/withdraw", response=ZoneNoticeOut, operation_id="zone_notice_withdraw")
def zone_notice_withdraw(request: HttpRequest, notice: UUID, key: Key) -> dict[str, Any]:
    """It says nothing any more; what it said until now stays."""
    who = caller(request)
    once(request, key, lambda: services.withdraw_notice(notice=notice, actor=who.actor, now=who.now))
    return _notice(notice)


@router.post("/zone-notices/{notice}/doubts/{doubt}", response=ZoneNoticeOut, operation_id="zone_doubt_settle")
def zone_doubt_settle(request: HttpRequest, notice: UUID, doubt: UUID, key: Key, given: ZoneSettleIn) -> dict[str, Any]:
    """A person says what the words mean."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.settle_doubt(doubt=doubt, **given.dict(), actor=who.actor, now=who.now),
        given,
    )
    return _notice(notice)


def _place(community: UUID, now: datetime) -> dict[str, Any]:
    plan = queries.community_plan(community, now, with_doors=False)
    zones = queries.zones_at(communities=[community], at=now)
    facts = {name: getattr(plan, name) for name in PlaceOut.model_fields if hasattr(plan, name)}
    buildings = [
        {name: getattr(each, name) for name in BuildingOut.model_fields if hasattr(each, name)}
        | {
            "zone": zones[each.id],
            "units": [
                {"id": unit.id, "name": unit.name, "households_count": unit.households_count, "zone": zones[unit.id]}
                for unit in each.units
            ],
        }
        for each in plan.buildings
    ]
    return facts | {"zone": zones[community], "buildings": buildings}


def _mark(phone: str | None) -> str:
    return identity.tag(what=identity.What.PHONE, purpose=PHONE_PURPOSE, value=phone).hex() if phone else ""


def _doors(community: UUID, doors: Sequence[queries.DoorView], now: datetime) -> list[dict[str, Any]]:
    plan = queries.community_plan(community, now, with_doors=False)
    names = {unit.id: (each.name, unit.name) for each in plan.buildings for unit in each.units}
    facts = ("id", "unit", "room", "takes_at_door", "why", "note")
    return [
        {name: getattr(door, name) for name in facts}
        | {"building": names[door.unit][0], "unit_name": names[door.unit][1], "has_phone": door.person is not None}
        for door in doors
    ]


def _notice(notice: UUID) -> dict[str, Any]:
    found = queries.notice(notice)
    return {"notice": found.head, "text": found.text, "lines": found.lines, "doubts": found.doubts}
