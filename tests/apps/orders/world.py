"""
A compound with a basket: four buildings, a committee, a supplier; Wu pastes, Mei signs for the committee.

Building 4 has two units; every unit has doors 101 to 302.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.apps import apps
from django.db import connection, transaction

from baogong.catalogue.services import add_item
from baogong.journal.services import EvidenceIn
from baogong.journal.services import documents as papers
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import new_id
from baogong.orders import queries, services
from baogong.orders.services import Counted, Decision, ItemIn
from baogong.people.services.parties import register_party
from baogong.places import queries as places
from baogong.places.services import BuildingGiven, DoorGiven, UnitGiven, add_buildings, open_community, set_doors
from tests.cast import log_in_as

NOW = datetime(2022, 4, 26, 1, 0, tzinfo=UTC)  # 09:00
DAY = date(2022, 4, 27)
HOUR = timedelta(hours=1)
ROOMS = ("101", "102", "201", "202", "301", "302")
CHAIN = """#接龙
菜篮子 4月27日
1. 云朵 1-101 A2份
2. 李四 2-202 A1
3. 老王 3-301 B两份
4. 云朵 改成A1份
"""


@dataclass
class World:
    lin: Actor
    mei: Actor
    wu: Actor
    bao: Actor
    stranger: Actor
    committee: UUID
    supplier: UUID
    community: UUID
    item: UUID

    def draft(self, **changed: Any) -> UUID:
        return services.draft_basket(**(self.said() | changed))

    def said(self) -> dict[str, Any]:
        return {
            "office": self.committee, "community": self.community, "supplier": self.supplier, "title": "菜篮子",
            "organiser": "云朵", "building": "1", "room": "101", "on": DAY, "closes_at": NOW + 9 * HOUR,
            "items": [ItemIn("A", "蔬菜套餐", self.item, price_fen=6_000), ItemIn("B", "鸡蛋", self.item, 30, 2_500)],
            "actor": self.wu, "now": NOW, "request_id": new_id(),
        }  # fmt: skip

    def open(self, **changed: Any) -> UUID:
        basket = self.draft(**changed)
        document = services.report_basket(
            basket=basket,
            licence="SP-1",
            driver="赵师傅",
            plate="京A12345",
            actor=self.wu,
            now=NOW,
            request_id=new_id(),
        )
        papers.sign(document=document, actor=self.mei, now=NOW)
        return basket

    def paste(self, basket: UUID, text: str = CHAIN, **changed: Any) -> UUID:
        asked: dict[str, Any] = {"basket": basket, "text": text, "actor": self.wu, "now": NOW, "request_id": new_id()}
        return services.paste_chain(**asked | changed)

    def ordered(self, text: str = CHAIN, **changed: Any) -> UUID:
        basket = self.open(**changed)
        self.paste(basket, text)
        self.order(basket)
        return basket

    def order(self, basket: UUID) -> None:
        asked: dict[str, Any] = {"basket": basket, "actor": self.wu, "now": NOW + 9 * HOUR}
        services.close_basket(**asked, request_id=new_id())
        services.order_basket(**asked, request_id=new_id())

    def settle(self, basket: UUID, line: UUID, what: str = "COUNT", **decision: Any) -> None:
        services.settle_lines(basket=basket, lines=[line], decision=Decision(what, **decision), actor=self.wu, now=NOW)

    def check_in(self, basket: UUID, *counted: tuple[str, int, int], **changed: Any) -> UUID:
        at = NOW + 24 * HOUR
        asked: dict[str, Any] = {
            "basket": basket, "driver": "赵师傅", "plate": "京a 12345", "signed_in_at": at, "sprayed_at": at,
            "counted": [Counted(*one) for one in counted], "actor": self.bao, "now": at, "request_id": new_id(),
        }  # fmt: skip
        return services.check_in(**(asked | changed))

    def share(self, basket: UUID) -> UUID:
        return services.share_out(basket=basket, actor=self.bao, now=NOW + 24 * HOUR, request_id=new_id())

    def hand_over(self, basket: UUID, *households: UUID) -> None:
        services.hand_over(
            basket=basket, households=households or [one.id for one in queries.households_of(basket)],
            evidence=[EvidenceIn("WITNESS", by_name="楼组长")], actor=self.bao, now=NOW + 25 * HOUR, request_id=new_id(),
        )  # fmt: skip

    def given(self, basket: UUID) -> dict[tuple[str, ...], dict[str, int | None]]:
        return {one.place: {p.code: p.given for p in one.portions} for one in queries.households_of(basket)}


@transaction.atomic
def make_world() -> World:
    lin = log_in_as("Lin", [(Duty.COMMAND, None)], NOW)
    committee = register_party(kind="ORGANISATION", name="滨江居委会", city="北京", now=NOW)
    supplier = register_party(kind="ORGANISATION", name="朝阳菜篮子公司", city="北京", now=NOW)
    community = open_community(name="滨江苑", city="北京", actor=lin, now=NOW)
    add_buildings(
        community=community,
        buildings=[BuildingGiven(f"{number}号楼", units=(UnitGiven("1"),)) for number in (1, 2, 3)]
        + [BuildingGiven("4号楼", units=(UnitGiven("1"), UnitGiven("2")))],
        actor=lin,
        now=NOW,
    )
    units = [unit.id for building in places.community_plan(community, NOW).buildings for unit in building.units]
    set_doors(
        community=community, doors=[DoorGiven(unit, room) for unit in units for room in ROOMS], actor=lin, now=NOW
    )
    return World(
        lin=lin,
        mei=log_in_as("Mei", [(Duty.APPROVER, committee)], NOW),
        wu=log_in_as("Wu", [(Duty.CLERK, committee)], NOW),
        bao=log_in_as("Bao", [(Duty.KEEPER, committee)], NOW),
        stranger=log_in_as("Stranger", [], NOW),
        committee=committee,
        supplier=supplier,
        community=community,
        item=add_item(code="vegetables", name_zh="蔬菜", name_en="Vegetables", unit="PACK"),
    )


def everything_written() -> str:
    """Every row of every table of the house, as text."""
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)})
    found = []
    with connection.cursor() as cursor:
        for table in tables:
            cursor.execute(f'SELECT t::text FROM "{table}" t')
            found += [row[0] for row in cursor.fetchall()]
    return "\n".join(found)
