"""A district with one shop that serves one compound: what the tests of shops start from."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, timedelta
from uuid import UUID

from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.orders.queries import shops as shops_
from baogong.orders.services import shop_days, shop_orders, shops
from baogong.orders.services.shop_days import PackIn, SlotIn
from baogong.orders.services.shop_orders import Orderer, Wanted
from baogong.people.services.parties import register_party
from baogong.places.queries.communities import community_plan
from baogong.places.services.communities import (
    BuildingGiven,
    DoorGiven,
    UnitGiven,
    add_buildings,
    open_community,
    set_doors,
)
from tests.cast import Cast, log_in_as, make_cast

TODAY = date(2022, 4, 20)
NOW = datetime(2022, 4, 20, 1, 0, tzinfo=UTC)  # 09:00 in Shanghai
CUT_OFF = NOW + timedelta(hours=2)
AFTER = CUT_OFF + timedelta(minutes=1)
ROOMS = ("101", "102", "201", "202")


@dataclass
class Neighbourhood:
    """Lin commands and Wu clerks the district; Chen keeps the shop."""

    cast: Cast
    office: UUID
    shop: UUID
    community: UUID
    chen: Actor
    packs: dict[str, UUID] = field(default_factory=dict)

    def open_day(
        self,
        stock: dict[str, int],
        *,
        slots: Sequence[int] = (40, 40, 40),
        on: date = TODAY,
        minimum_fen: int = 0,
        packs_max: int | None = None,
        per_order_max: int = 5,
        riders: int = 2,
        request_id: UUID | None = None,
    ) -> UUID:
        return shop_days.open_day(
            shop=self.shop,
            on=on,
            opens_at=NOW,
            cut_off_at=CUT_OFF + (on - TODAY),
            packs=[
                PackIn(self.packs[name], 3000 + 100 * at, count, per_order_max)
                for at, (name, count) in enumerate(stock.items())
            ],
            slots=[
                SlotIn(
                    CUT_OFF + (on - TODAY) + timedelta(hours=at), CUT_OFF + (on - TODAY) + timedelta(hours=at + 1), most
                )
                for at, most in enumerate(slots)
            ],
            riders=riders,
            minimum_fen=minimum_fen,
            packs_max=packs_max,
            actor=self.chen,
            now=NOW,
            request_id=request_id or new_id(),
        )

    def place(
        self,
        day: UUID,
        wanted: dict[str, int],
        *,
        at: int = 0,
        slot: int = 0,
        instead: dict[str, str] | None = None,
        order: UUID | None = None,
        now: datetime = NOW,
        community: UUID | None = None,
    ) -> UUID:
        """By the household number `at`; the order's id."""
        view = shops_.day(day)
        offered = {one.pack.name: one.id for one in view.packs}
        order = order or new_id()
        shop_orders.place_order(
            order=order,
            day=day,
            slot=view.slots[slot].id,
            community=community or self.community,
            wanted=[
                Wanted(offered[name], count, offered[(instead or {})[name]] if name in (instead or {}) else None)
                for name, count in wanted.items()
            ],
            orderer=Orderer(f"住户{at}", f"1390000{at:04d}", f"1号楼1单元{ROOMS[at % len(ROOMS)]}"),
            now=now,
        )
        return order

    def free(self, day: UUID) -> dict[str, int]:
        return {one.pack.name: one.left for one in shops_.day(day).packs}

    def standing(self) -> dict[State, int]:
        """Packs of this shop by what its own account says."""
        found: dict[State, int] = {}
        for one in book.balances(holders=[self.shop]):
            found[one.state] = found.get(one.state, 0) + one.posted
        return found


def make_quarter() -> Neighbourhood:
    return make_neighbourhood(make_cast())


def make_neighbourhood(cast: Cast) -> Neighbourhood:
    office = register_party(kind="ORGANISATION", name="宝山区商务委", city="上海", now=NOW)
    shop = register_party(kind="ORGANISATION", name="陈记生鲜", city="上海", now=NOW)
    community = open_community(name="华灵小区", city="上海", address="华灵路 100 弄", actor=cast.lin, now=NOW)
    add_buildings(community=community, buildings=[BuildingGiven("1", units=(UnitGiven("1"),))], actor=cast.lin, now=NOW)
    (unit,) = community_plan(community, NOW).buildings[0].units
    set_doors(community=community, doors=[DoorGiven(unit.id, room) for room in ROOMS], actor=cast.lin, now=NOW)
    chen = log_in_as("Chen", [(Duty.KEEPER, shop)], NOW)
    here = Neighbourhood(cast, office, shop, community, chen)
    shops.open_shop(
        merchant=shop,
        office=office,
        trade="FRESH",
        about="蔬菜、肉蛋",
        communities=[community],
        actor=chen,
        now=NOW,
        request_id=new_id(),
    )
    for name, sort, weight_g in (("蔬菜包", "VEGETABLES", 5000), ("肉蛋包", "GOODS", 3000)):
        here.packs[name] = shops.add_pack(
            shop=shop, name=name, sort=sort, weight_g=weight_g, actor=chen, now=NOW, request_id=new_id()
        )
    return here
