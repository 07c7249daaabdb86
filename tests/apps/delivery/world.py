"""
A sealed street: a station outside, one inside, two communities of two road zones, three buildings each.

Everything is made through the rooms' own services. Bao keeps the inner station, Fang the outer one; Mei and Tao are
couriers with a telephone each.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.crew import services as crew
from baogong.delivery import queries as delivery
from baogong.delivery.models import Parcel, Round, Visit, VisitParcel
from baogong.delivery.services import devices, handovers, parcels, stations, sync
from baogong.delivery.services.devices import DeviceView
from baogong.freight import services as freight
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.people.services.parties import register_party
from baogong.places import queries as places
from baogong.places.queries import CommunityView
from baogong.places.services import (
    BuildingGiven,
    DoorGiven,
    UnitGiven,
    add_buildings,
    add_sealed_area,
    add_site,
    move_station,
    open_community,
    seal,
    set_doors,
    set_gate,
    set_shelf,
)
from tests.cast import log_in_as, person_of

NOW = datetime(2022, 4, 13, 0, 0, tzinfo=UTC)  # 08:00 in Beijing
HOUR = timedelta(hours=1)
MINUTE = timedelta(minutes=1)


@dataclass
class World:
    lin: Actor
    bao: Actor
    fang: Actor
    mei: Actor
    tao: Actor
    stranger: Actor
    outer: UUID
    inner: UUID
    area: UUID
    cart: UUID
    shop: UUID
    east: UUID
    west: UUID
    plans: dict[UUID, CommunityView] = field(default_factory=dict)

    def plan(self, community: UUID) -> CommunityView:
        return self.plans[community]

    def shelf(self, community: UUID, number: int = 0) -> UUID:
        return self.plan(community).shelves[number].id

    def expect(
        self, count: int = 4, *, community: UUID | None = None, kind: str = "parcel", at: UUID | None = None
    ) -> list[str]:
        """So many parcels for doors of a community in turn, one after the other; their codes."""
        community = community or self.east
        plan = self.plan(community)
        doors = plan.doors
        made = parcels.expect(
            parcels=[
                parcels.ParcelIn(
                    source=new_id(),
                    community=community,
                    station=at or self.inner,
                    category=kind,
                    building=doors[number % len(doors)].building,
                    unit=doors[number % len(doors)].unit,
                    door=doors[number % len(doors)].id,
                    room_text=doors[number % len(doors)].room,
                    sender=self.shop,
                )
                for number in range(count)
            ],
            document=None,
            actor=self.lin,
            now=NOW,
        )
        return [view.code for view in delivery.parcels(ids=made)]

    def receive(self, codes: list[str], *, at: UUID | None = None, now: datetime = NOW) -> None:
        station = at or self.inner
        stations.receive(station=station, scans=codes, actor=self.keeper(station), now=now, request_id=new_id())

    def here(self, count: int = 4, **expected: object) -> list[str]:
        """So many parcels, received at the inner station."""
        codes = self.expect(count, **expected)  # type: ignore[arg-type]
        self.receive(codes)
        return codes

    def keeper(self, station: UUID) -> Actor:
        return self.fang if station == self.outer else self.bao

    def device(self, courier: Actor, *, from_at: datetime = NOW, until_at: datetime = NOW + 9 * HOUR) -> DeviceView:
        token = devices.give_device(
            person=person_of(courier), station=self.inner, from_at=from_at, until_at=until_at, actor=self.bao, now=NOW
        )
        return devices.recognise(token, from_at, to_read=True)

    def give_round(self, courier: Actor, codes: list[str], name: str = "T0001", at: datetime = NOW + HOUR) -> UUID:
        """A round of one visit as an approved plan would leave it."""
        row = Round.objects.create(
            plan=new_id(), name=name, station_id=self.inner, courier_id=person_of(courier), leaves_at=at,
            back_at=at + HOUR, weight_g=1, walk_s=60, work_s=600,
        )  # fmt: skip
        visit = Visit.objects.create(
            round=row, position=0, stop="door", community_id=self.east, mode="CONTACTLESS", arrive_at=at, start_at=at,
            end_at=at + MINUTE,
        )  # fmt: skip
        found = Parcel.objects.filter(code__in=codes)
        VisitParcel.objects.bulk_create(VisitParcel(visit=visit, parcel=each) for each in found)
        return row.id

    def parcel(self, code: str) -> delivery.ParcelView:
        return delivery.parcel(code)

    def stands(self, holder: UUID, state: State) -> int:
        """How many pieces of all lots stand there by the book."""
        return sum(view.posted for view in book.balances(holders=[holder], states=[state]))


def shown(code: str) -> list[EvidenceIn]:
    """The parcel's code read where it was left."""
    return [EvidenceIn("CODE", text=code)]


def act(kind: str, code: str = "", at: datetime = NOW + HOUR, **more: object) -> sync.Act:
    """One act of a telephone; a handover shows the code."""
    given: dict[str, object] = {"id": new_id(), "kind": kind, "parcel": code, "at": at}
    if kind == "HANDED_OVER":
        given |= {"mode": "CONTACTLESS", "evidence": tuple(shown(code))}
    if kind == "FAILED":
        given |= {"why": "NOBODY"}
    return sync.Act(**(given | more))  # type: ignore[arg-type]


def make_world() -> World:
    with transaction.atomic():
        return _make_world()


def _make_world() -> World:
    lin = log_in_as("Lin", [(Duty.COMMAND, None), (Duty.CLERK, None)], NOW)
    outer = register_party(kind="SITE", name="酒仙桥外站", city="北京", now=NOW)
    inner = register_party(kind="SITE", name="酒仙桥内站", city="北京", now=NOW)
    for station, lat in ((outer, 39.980), (inner, 39.976)):
        add_site(party=station, role="STATION", lat=lat, lon=116.49, is_located=True)
        move_station(station=station, from_at=NOW - HOUR, lat=lat, lon=116.49, actor=lin, now=NOW)
    area = add_sealed_area(name="酒仙桥封控区", sealed_at=NOW - 24 * HOUR)
    seal(area=area, site=inner)
    cart = vehicle("三轮 1", area=area, lin=lin)
    shop = register_party(kind="ORGANISATION", name="某平台", now=NOW)
    world = World(
        lin=lin,
        bao=log_in_as("Bao", [(Duty.KEEPER, inner)], NOW),
        fang=log_in_as("Fang", [(Duty.KEEPER, outer)], NOW),
        mei=log_in_as("Mei", [], NOW),
        tao=log_in_as("Tao", [], NOW),
        stranger=log_in_as("Stranger", [], NOW),
        outer=outer,
        inner=inner,
        area=area,
        cart=cart,
        shop=shop,
        east=make_community("东院", "路区一", 39.975, lin),
        west=make_community("西院", "路区二", 39.974, lin),
    )
    for courier in (world.mei, world.tao):
        make_fit(world, courier)
    for community in (world.east, world.west):
        stations.serve(community=community, station=inner, outer=outer, actor=lin, now=NOW)
        world.plans[community] = places.community_plan(community, NOW)
    return world


def make_fit(world: World, courier: Actor, *, until_at: datetime = NOW + 96 * HOUR, hours: int = 9) -> None:
    """With pass and tests for the inner station, and assigned there from now on."""
    make_fit_at(world.inner, courier, lin=world.lin, at=NOW, until_at=until_at, hours=hours)


def make_fit_at(place: UUID, courier: Actor, *, lin: Actor, at: datetime, until_at: datetime, hours: int = 9) -> None:
    person = person_of(courier)
    asked: dict[str, Any] = {"place": place, "actor": lin, "now": at}
    (held,) = crew.apply_for_pass(persons=[person], **asked)
    crew.grant_pass(passes=[held], from_at=at - HOUR, until_at=until_at, actor=lin, now=at)
    for kind in ("PCR", "ANTIGEN"):
        crew.record_test(
            person=person, kind=kind, result="NEGATIVE", sampled_at=at - HOUR, request_id=new_id(), **asked
        )  # fmt: skip
    crew.take_temperature(person=person, tenths=365, request_id=new_id(), **asked)
    crew.assign(
        person=person, work="DELIVER", start_at=at, end_at=at + hours * HOUR, request_id=new_id(), **asked
    )  # fmt: skip


def vehicle(
    plate: str, *, area: UUID | None, lin: Actor, from_at: datetime = NOW - HOUR, until_at: datetime = NOW + 96 * HOUR
) -> UUID:
    """A three-wheeler of the street's own carrier; `area`: what it has a pass for; None: it has none."""
    street = register_party(kind="ORGANISATION", name="内三轮车队", city="北京", now=NOW)
    freight.add_carrier(party=street, actor=lin, now=NOW)
    kind = freight.offer_vehicles(
        carrier=street,
        name="电动三轮",
        capacity_g=400_000,
        capacity_cm3=2_500_000,
        vehicles_count=9,
        actor=lin,
        now=NOW,
    )
    made = freight.add_vehicle(kind=kind, plate=plate, actor=lin, now=NOW, request_id=new_id())
    if area is not None:
        freight.grant_pass(
            vehicle=made, area=area, valid_from_at=from_at, valid_until_at=until_at, granted_by=street, actor=lin, now=NOW,
            request_id=new_id(),
        )  # fmt: skip
    return made


def make_community(name: str, road_zone: str, lat: float, lin: Actor) -> UUID:
    """Three buildings of two units and two doors each; a shelf at each building; the last door is served at the door."""
    community = open_community(name=name, city="北京", road_zone=road_zone, lat=lat, lon=116.49, actor=lin, now=NOW)
    set_gate(
        community=community,
        name=f"{name}南门",
        lat=lat - 0.0005,
        lon=116.49,
        slot_minutes=15,
        carts_per_slot=2,
        actor=lin,
        now=NOW,
    )
    add_buildings(
        community=community,
        buildings=[
            BuildingGiven(
                f"{number}号楼", lat=lat, lon=116.49 + number * 0.0004, units=(UnitGiven("1"), UnitGiven("2"))
            )
            for number in (1, 2, 3)
        ],
        actor=lin,
        now=NOW,
    )
    plan = places.community_plan(community, NOW)
    for building in plan.buildings:
        set_shelf(
            community=community,
            name=f"{building.name}架",
            units=[unit.id for unit in building.units],
            people_max=2,
            window_minutes=10,
            actor=lin,
            now=NOW,
        )
    doors = [
        DoorGiven(unit.id, room) for building in plan.buildings for unit in building.units for room in ("101", "102")
    ]
    doors[-1] = DoorGiven(doors[-1].unit, "102", takes_at_door=True, why="独居老人")
    set_doors(community=community, doors=doors, actor=lin, now=NOW)
    return community


__all__ = ["HOUR", "MINUTE", "NOW", "World", "act", "handovers", "make_world", "shown", "sync"]
