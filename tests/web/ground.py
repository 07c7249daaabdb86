"""
The last 100 metres as the pages meet them, in a drill at 08:00: two couriers' rounds, a shelf with a call list, doors.

Mei: the shelf of building 1 (three parcels, one of them cold), then the door of the lady who lives alone (medicine, in
person), then a door with one parcel. Tao: building 2.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.delivery import queries as delivery
from baogong.delivery.models import Calling, Parcel, Round, Visit, VisitParcel
from baogong.delivery.services import devices, parcels, stations, sync
from baogong.delivery.services.pairings import offer_pairing, pair
from baogong.delivery.services.sync import Act
from baogong.journal.clock import mark_drill
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Actor
from baogong.kernel.ids import new_id
from baogong.places.queries import DoorView, community_plan
from baogong.places.services import DoorGiven, set_doors
from tests.apps.delivery.world import HOUR, MINUTE, NOW, World, make_world
from tests.cast import person_of

PHONE = "13800001111"


@dataclass
class Ground:
    """`shelved`, `medicine`, `door`: codes of Mei's parcels; `taos`: of Tao's."""

    world: World
    mei: UUID
    tao: UUID
    shelf: UUID
    shelved: list[str]
    medicine: str
    door: str
    taos: list[str]
    calling: UUID

    def pairing(self, courier: Actor, *, now: datetime = NOW) -> str:
        return offer_pairing(
            person=person_of(courier),
            station=self.world.inner,
            from_at=NOW,
            until_at=NOW + 9 * HOUR,
            actor=self.world.bao,
            now=now,
        )

    @property
    def now(self) -> datetime:
        return NOW

    def state(self, code: str) -> str:
        return delivery.parcel(code).state


@transaction.atomic
def make_ground() -> Ground:
    mark_drill(name="the street", at=NOW)
    world = make_world()
    plan = world.plan(world.east)
    at_shelf, at_twos = plan.doors[0], plan.doors[4]
    alone, other = plan.doors[-1], plan.doors[-2]
    set_doors(
        community=world.east,
        doors=[
            DoorGiven(at_shelf.unit, at_shelf.room, phone=PHONE),
            DoorGiven(alone.unit, alone.room, note="敲门要重，等两分钟"),
        ],
        actor=world.lin,
        now=NOW,
    )
    world.plans[world.east] = community_plan(world.east, NOW)
    shelved = expect(world, [at_shelf, at_shelf, plan.doors[1]], ["parcel", "fresh", "parcel"])
    (medicine,) = expect(world, [alone], ["medicine"])
    (door,) = expect(world, [other], ["parcel"])
    taos = expect(world, [at_twos, plan.doors[5]], ["parcel", "parcel"])
    world.receive([*shelved, medicine, door, *taos])
    shelf = world.shelf(world.east)
    mei = round_of(
        world, world.mei, "T0001", [(shelved, shelf, at_shelf), ([medicine], None, alone), ([door], None, other)]
    )
    tao = round_of(world, world.tao, "T0002", [(taos, world.shelf(world.east, 1), at_twos)])
    calling = Calling.objects.create(
        shelf_id=shelf, household=str(at_shelf.id), from_at=NOW + 2 * HOUR, until_at=NOW + 2 * HOUR + 10 * MINUTE
    )
    Parcel.objects.filter(code__in=shelved[:2]).update(calling=calling)
    return Ground(world, mei, tao, shelf, shelved, medicine, door, taos, calling.id)


def expect(world: World, doors: Sequence[DoorView], kinds: Sequence[str]) -> list[str]:
    """One parcel of each kind for each door, expected at the inner station; their codes in this order."""
    made = parcels.expect(
        parcels=[
            parcels.ParcelIn(
                source=new_id(),
                community=world.east,
                station=world.inner,
                category=kind,
                building=door.building,
                unit=door.unit,
                door=door.id,
                room_text=door.room,
                sender=world.shop,
            )
            for door, kind in zip(doors, kinds, strict=True)
        ],
        document=None,
        actor=world.lin,
        now=NOW,
    )
    codes = {view.id: view.code for view in delivery.parcels(ids=made)}
    return [codes[each] for each in made]


def round_of(
    world: World, courier: Actor, name: str, stops: Sequence[tuple[Sequence[str], UUID | None, DoorView]]
) -> UUID:
    """A round as an approved plan leaves it: (codes, shelf or None for the door, the door it is about) for each stop."""
    row = Round.objects.create(
        plan=new_id(), name=name, station_id=world.inner, courier_id=person_of(courier), leaves_at=NOW + HOUR,
        back_at=NOW + 2 * HOUR, weight_g=9_000, walk_s=600, work_s=1800, reason_zh="楼栋相邻，一人一圈。",
        reason_en="Neighbouring buildings, one walk.",
    )  # fmt: skip
    for position, (codes, shelf, door) in enumerate(stops):
        at = NOW + HOUR + position * 5 * MINUTE
        found = Parcel.objects.filter(code__in=codes).order_by("number")
        visit = Visit.objects.create(
            round=row, position=position, stop=f"{name}/{position}", community_id=world.east, building_id=door.building,
            unit_id=door.unit, shelf_id=shelf, door_id=None if shelf else door.id,
            category=found[0].category, mode="CONTACTLESS" if shelf else "WITNESSED", arrive_at=at, start_at=at, end_at=at + 3 * MINUTE,
        )  # fmt: skip
        VisitParcel.objects.bulk_create(VisitParcel(visit=visit, parcel=each) for each in found)
    return row.id


def make_the_morning_busy(ground: Ground) -> UUID:
    """Mei is out, one door was tried in vain, Tao tells of a parcel that was Mei's; a cart comes. Returns its trip."""
    world = ground.world
    load(ground, ground.mei)
    telephones = {
        courier.name: devices.recognise(pair(code=ground.pairing(courier), now=NOW), NOW, to_read=True)
        for courier in (world.mei, world.tao)
    }

    def tell(who: Actor, kind: str, parcel: str = "", **more: Any) -> None:
        act = Act(id=new_id(), kind=kind, at=NOW, parcel=parcel, **more)
        sync.sync(device=telephones[who.name], acts=[act], now=NOW)

    seen = {"mode": "WITNESSED", "evidence": (EvidenceIn("WITNESS", by_name="Mei"),)}
    tell(world.mei, "HANDED_OVER", ground.medicine, **seen)
    tell(world.mei, "ON_SHELF", ground.shelved[0], shelf=ground.shelf)
    tell(world.mei, "FAILED", ground.door, why="NOBODY")
    tell(world.tao, "HANDED_OVER", ground.medicine, **seen)
    tell(world.tao, "FREE")
    stations.disinfect(
        station=world.inner, what="STATION", means="75% 酒精", actor=world.bao, now=NOW, request_id=new_id()
    )
    world.receive(expect(world, [world.plan(world.east).doors[2]], ["fresh"]), at=world.outer)
    trip = stations.plan_shuttle(
        cart=world.cart, origin=world.outer, target=world.inner, road_zone=world.plan(world.east).road_zone,
        leaves_at=NOW, arrives_at=NOW + 20 * MINUTE, actor=world.fang, now=NOW, request_id=new_id(),
    )  # fmt: skip
    standing = delivery.parcels(station=world.outer, states=["AT_STATION"])
    stations.load_cart(
        shuttle=trip, scans=[view.code for view in standing], actor=world.fang, now=NOW, request_id=new_id()
    )
    return trip


def load(ground: Ground, round_: UUID) -> None:
    """The keeper has given the courier all of the round's parcels."""
    stations.load_round(round=round_, actor=ground.world.bao, now=NOW, request_id=new_id())
