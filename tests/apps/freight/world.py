"""
A small relay: two warehouses, a hub outside the seal, a hospital, a command office and a visiting team inside it.

Masks and suits are counted, frozen and promised; one carrier has trucks that will not go in, one has vehicles based
inside with passes. Everything is made through the rooms' own services.
"""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.catalogue import services as catalogue
from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.queries import WaybillRow
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.needs.services import Promise, allot
from baogong.people.services.parties import register_party
from baogong.places import services as places
from baogong.planning import queries as plans
from baogong.planning import services as planning
from baogong.supply.services import Counted, Scope, count_stock, freeze_stock
from baogong.supply.views import OptionConsidered
from tests.cast import log_in_as

NOW = datetime(2020, 1, 23, 7, 0, tzinfo=UTC)  # 15:00 in Xiantao, five hours after the city was sealed
HOUR = timedelta(hours=1)
DAY = timedelta(days=1)


@dataclass
class World:
    """Ids by what they are; the persons as actors."""

    lin: Actor  # commands
    mei: Actor  # approves
    bao: Actor  # keeps the hub
    fang: Actor  # keeps the warehouse at Langfang
    ezhou_keeper: Actor
    tao: Actor  # drives for both carriers
    dispatcher: Actor  # of the long-haul carrier
    relay_dispatcher: Actor
    stranger: Actor
    langfang: UUID
    ezhou: UUID
    hub: UUID
    hospital: UUID
    office: UUID
    team: UUID
    wuhan: UUID
    haulier: UUID
    relay: UUID
    trucks: UUID
    vans: UUID
    masks: UUID
    suits: UUID
    lots: dict[str, UUID] = field(default_factory=dict)

    def allot(self, lot: str, receiver: UUID, amount: int, due_at: datetime | None = None) -> UUID:
        """Promise goods of a lot (by its site and item, "langfang masks") and return the hold."""
        site = self.langfang if lot.startswith("langfang") else self.ezhou
        request_id = new_id()
        allot(
            promise=Promise(
                receiver=receiver,
                lot=self.lots[lot],
                site=site,
                amount=amount,
                due_at=due_at or NOW + 2 * DAY,
                urgency=1,
            ),
            reason="first batch",
            actor=self.lin,
            now=NOW,
            request_id=request_id,
        )
        return next(
            hold.id
            for hold in book.open_holds(holders=[site], lots=[self.lots[lot]], targets=[receiver])
            if hold.amount == amount and hold.continues is None
        )

    def plan(self, now: datetime = NOW, **params: Any) -> UUID:
        given: dict[str, Any] = {"from_at": now, "until_at": now + 5 * DAY, "hubs": [self.hub], **params}
        return services.plan_convoy(**given, actor=self.lin, now=now, request_id=new_id())

    def approve(self, plan: UUID, now: datetime = NOW) -> None:
        planning.approve(plan=plan, actor=self.mei, now=now, request_id=new_id())

    def agree(self, plan: UUID, now: datetime = NOW) -> None:
        """Every carrier asked says yes."""
        for asked in services.ask_carriers(plan=plan, actor=self.lin, now=now):
            if asked.answer == "ASKED":
                services.answer_ask(
                    ask=asked.ask,
                    answer="ACCEPTED",
                    actor=self.dispatcher if asked.carrier == self.haulier else self.relay_dispatcher,
                    now=now,
                    request_id=new_id(),
                )

    def convoy(self, **params: Any) -> UUID:
        """A plan made, approved and agreed to."""
        plan = self.plan(**params)
        self.approve(plan)
        self.agree(plan)
        return plan

    def bills(self, plan: UUID | None = None, **where: Any) -> list[WaybillRow]:
        """Waybills in order of departure, with these values in their rows."""
        rows = freight.waybills(now=NOW, plan=plan)
        return [row for row in rows if all(getattr(row, name) == value for name, value in where.items())]

    def bill(self, plan: UUID | None = None, **where: Any) -> WaybillRow:
        (found,) = self.bills(plan, **where)
        return found

    def keeper_at(self, site: UUID) -> Actor:
        return {self.langfang: self.fang, self.ezhou: self.ezhou_keeper, self.hub: self.bao}[site]

    def send(self, bill: WaybillRow, at: datetime | None = None, **load: Any) -> None:
        """Load and leave."""
        services.load(
            waybill=bill.id,
            actor=self.keeper_at(bill.origin),
            now=bill.load_start_at,
            request_id=new_id(),
            **load,
        )
        services.depart(waybill=bill.id, actor=self.tao, now=at or bill.planned_depart_at, request_id=new_id())

    def bring(self, bill: WaybillRow, **load: Any) -> datetime:
        """Load, leave and arrive as planned; returns the arrival."""
        self.send(bill, **load)
        services.arrive(waybill=bill.id, actor=self.tao, now=bill.planned_arrive_at, request_id=new_id())
        return bill.planned_arrive_at

    def vehicle(self, bill: WaybillRow) -> UUID:
        assert bill.vehicle is not None
        return bill.vehicle

    def line(self, bill: WaybillRow, lot: str | None = None) -> UUID:
        """The waybill's line, or the one of this lot."""
        lines = freight.waybill(bill.id, now=NOW).lines
        (found,) = [line.id for line in lines if lot is None or line.lot == self.lots[lot]]
        return found

    def posted(self, holder: UUID, state: State, lot: str) -> int:
        found = book.balances(holders=[holder], states=[state], lots=[self.lots[lot]])
        return found[0].posted if found else 0

    def free(self, holder: UUID, state: State, lot: str) -> int:
        found = book.balances(holders=[holder], states=[state], lots=[self.lots[lot]])
        return found[0].free if found else 0


def site(name: str, city: str, role: str, lat: float, lon: float, docks_count: int = 2) -> UUID:
    party = register_party(kind="SITE", name=name, city=city, now=NOW)
    places.add_site(party=party, role=role, lat=lat, lon=lon, docks_count=docks_count, service_s=1800)
    return party


def goods(world: World, place: str, item: UUID, name: str, amount: int) -> None:
    """Counted at a site, and set aside for relief."""
    at = getattr(world, place)
    count_stock(
        site=at,
        lines=[Counted(item=item, amount=amount, pieces_per_carton=100)],
        counted_at=NOW - DAY,
        actor=world.lin,
        now=NOW - DAY,
        request_id=new_id(),
    )
    freeze_stock(
        scopes=[Scope(site=at, item=item)],
        decided_by=at,
        basis="OWN_DECISION",
        reason="for relief",
        options=[OptionConsidered("send all", is_chosen=True)],
        actor=world.lin,
        now=NOW - DAY,
        request_id=new_id(),
    )
    (lot,) = book.find_lots(items=[item], owners=[at])
    world.lots[f"{place} {name}"] = lot.id


def make_world() -> World:
    """The relay as it stands at 15:00: goods counted and frozen, carriers' offers in, nothing promised yet."""
    with transaction.atomic():
        return _make_world()


def _make_world() -> World:
    langfang = site("廊坊仓", "廊坊", "WAREHOUSE", 39.52079, 116.71471)
    ezhou = site("鄂州仓", "鄂州", "WAREHOUSE", 30.39607, 114.88655)
    hub = site("仙桃中转仓", "仙桃", "HUB", 30.3708, 113.44294)
    hospital = site("武汉大学中南医院", "武汉", "RECEIVER", 30.556, 114.352)
    office = site("武汉市疫情防控指挥部", "武汉", "COMMAND", 30.60, 114.30)
    wuhan = places.add_sealed_area(name="武汉", sealed_at=NOW - 5 * HOUR)
    for inside in (hospital, office):
        places.seal(area=wuhan, site=inside)
    team = register_party(kind="TEAM", name="北京协和医院援鄂医疗队", city="武汉", now=NOW)
    haulier = register_party(kind="ORGANISATION", name="东行物流", now=NOW)
    relay = register_party(kind="ORGANISATION", name="华中卡车联盟", city="武汉", now=NOW)
    masks = catalogue.add_item(code="masks", name_zh="口罩", name_en="Masks")
    suits = catalogue.add_item(code="suits", name_zh="防护服", name_en="Suits", unit="SET")
    for item, weight_g in ((masks, 7_000), (suits, 15_000)):
        catalogue.add_carton(item=item, pieces=100, length_mm=600, width_mm=400, height_mm=400, weight_g=weight_g)
    lin = log_in_as("Lin", [(Duty.COMMAND, None)], NOW)
    for carrier in (haulier, relay):
        services.add_carrier(party=carrier, actor=lin, now=NOW)
    trucks = services.offer_vehicles(
        carrier=haulier,
        name="9.6米厢车",
        capacity_g=10_000_000,
        capacity_cm3=50_000_000,
        vehicles_count=4,
        fixed_fen=80_000,
        fen_per_km=650,
        actor=lin,
        now=NOW,
    )
    vans = services.offer_vehicles(
        carrier=relay,
        name="4.2米厢车",
        capacity_g=2_000_000,
        capacity_cm3=16_000_000,
        vehicles_count=3,
        based_at=office,
        is_inside=True,
        drivers_cross=True,
        fixed_fen=30_000,
        fen_per_km=450,
        bonus_fen=200_000,
        actor=lin,
        now=NOW,
    )
    for number in range(1, 5):
        services.add_vehicle(kind=trucks, plate=f"冀R{number:05d}", actor=lin, now=NOW, request_id=new_id())
    for number in range(1, 4):
        van = services.add_vehicle(kind=vans, plate=f"鄂A{number:05d}", actor=lin, now=NOW, request_id=new_id())
        services.grant_pass(
            vehicle=van,
            area=wuhan,
            valid_from_at=NOW,
            valid_until_at=NOW + 10 * DAY,
            granted_by=office,
            actor=lin,
            now=NOW,
            request_id=new_id(),
        )
    world = World(
        lin=lin,
        mei=log_in_as("Mei", [(Duty.APPROVER, None)], NOW),
        bao=log_in_as("Bao", [(Duty.KEEPER, hub)], NOW),
        fang=log_in_as("Fang", [(Duty.KEEPER, langfang)], NOW),
        ezhou_keeper=log_in_as("Ezhou", [(Duty.KEEPER, ezhou)], NOW),
        tao=log_in_as("Tao", [(Duty.DRIVER, haulier), (Duty.DRIVER, relay)], NOW),
        dispatcher=log_in_as("Dispatcher", [(Duty.CARRIER, haulier)], NOW),
        relay_dispatcher=log_in_as("Relay", [(Duty.CARRIER, relay)], NOW),
        stranger=log_in_as("Stranger", [], NOW),
        langfang=langfang,
        ezhou=ezhou,
        hub=hub,
        hospital=hospital,
        office=office,
        team=team,
        wuhan=wuhan,
        haulier=haulier,
        relay=relay,
        trucks=trucks,
        vans=vans,
        masks=masks,
        suits=suits,
    )
    goods(world, "langfang", masks, "masks", 1_000)
    goods(world, "langfang", suits, "suits", 400)
    goods(world, "ezhou", masks, "masks", 500)
    return world


def two_trucks(world: World) -> tuple[WaybillRow, WaybillRow, WaybillRow]:
    """Two trucks on the road at once, one from each warehouse, and the van that waits for one of them at the hub."""
    world.allot("langfang masks", world.hospital, 600)
    world.allot("ezhou masks", world.hub, 300, due_at=NOW + DAY)
    world.convoy()
    near, far = world.bill(origin=world.ezhou), world.bill(origin=world.langfang)
    assert near.load_start_at < far.unload_end_at
    assert far.load_start_at < near.unload_end_at
    return near, far, world.bill(origin=world.hub)


def plan_view(plan: UUID) -> plans.PlanView:
    return plans.plan(plan)
