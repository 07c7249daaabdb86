"""The volunteers' hospital files of six cities, and a stock that covers 40 % of what can be counted of them."""

from __future__ import annotations

from collections import Counter, defaultdict
from pathlib import Path
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.catalogue import queries as catalogue
from baogong.journal.services import imports
from baogong.kernel.ids import new_id
from baogong.needs import queries
from baogong.planning import queries as plans
from baogong.planning.services import approve, make_plan
from baogong.supply.services import Counted, Scope, count_stock, freeze_stock
from baogong.supply.views import OptionConsidered
from tests.apps.supply.test_imports import counts
from tests.apps.supply.world import World
from tests.cast import NOW

LINES = {
    "huanggangshi": 350,
    "jingmenshi": 102,
    "jingzhoushi": 114,
    "wuhanshi": 384,
    "xiantaoshi": 30,
    "xiaoganshi": 158,
}


def load_cities(folder: Path, world: World) -> dict[str, dict[str, int]]:
    told = {}
    for city in LINES:
        file = folder / "wuhan2020" / "hospital" / f"{city}.json"
        run = imports.preview(
            kind="needs",
            file_name=file.name,
            data=file.read_bytes(),
            profile="wuhan2020",
            actor=world.cast.wu,
            now=NOW,
        )
        told[city] = counts(imports.apply(run=run.id, actor=world.cast.wu, now=NOW))
    return told


def usual_standard(item: UUID) -> str:
    return next(iter(catalogue.item(item).standards), "")


def stock_for(world: World, share_percent: int) -> dict[UUID, int]:
    """Item → base units frozen: so much of what the countable needs ask for, in two warehouses, of the usual standard."""
    asked: Counter[UUID] = Counter()
    for view in queries.open_needs():
        asked[view.item] += view.quantity or 0
    amounts = {item: amount * share_percent // 100 for item, amount in asked.items() if amount * share_percent >= 100}
    for site, half in ((world.langfang, 0), (world.cast.hub, 1)):
        count_stock(
            site=site,
            lines=[
                Counted(item, (amount + half) // 2, standard=usual_standard(item)) for item, amount in amounts.items()
            ],
            counted_at=NOW,
            actor=world.cast.lin,
            now=NOW,
            request_id=new_id(),
        )
    freeze_stock(
        scopes=[Scope()],
        decided_by=world.company,
        basis="OWN_DECISION",
        reason="支援湖北",
        options=[OptionConsidered("全部支援", is_chosen=True)],
        actor=world.cast.lin,
        now=NOW,
        request_id=new_id(),
    )
    return amounts


def test_every_line_of_the_six_cities_is_accounted_for_and_twice_changes_nothing(real_data: Path, world: World) -> None:
    first, second = load_cities(real_data, world), load_cities(real_data, world)
    for city, lines in LINES.items():
        for told in (first[city], second[city]):
            parts = ("added", "matched", "unchanged", "refused", "waiting")
            assert told["lines"] == lines == sum(told[part] for part in parts)
            assert told["refused"] == 0
        assert second[city]["added"] == second[city]["matched"] == 0
        assert second[city]["unchanged"] == first[city]["added"]
    assert sum(told["added"] for told in first.values()) == len(queries.open_needs())
    # 84 wishes without limit and one count stand under no review at Wuhan, two more at Xiaogan.
    assert first["wuhanshi"]["waiting"] >= 85
    assert first["xiaoganshi"]["waiting"] >= 2
    assert {view.verified_by for view in queries.open_needs()} == {world.cast.wu.person_id}


def test_a_stock_of_forty_percent_is_shared_fairly_over_the_countable_needs(real_data: Path, world: World) -> None:
    load_cities(real_data, world)
    stock = stock_for(world, 40)
    asked = {view.id: view for view in queries.open_needs() if view.quantity}
    plan = make_plan(
        kind="SHARE",
        params={},
        rule={"version": "leximin-1"},
        actor=world.cast.lin,
        now=NOW,
        request_id=new_id(),
    )
    with transaction.atomic():
        approve(plan=plan, actor=world.cast.mei, now=NOW, request_id=new_id())
    result: Any = plans.plan(plan).result
    promised: dict[UUID, int] = defaultdict(int)
    by_item: Counter[UUID] = Counter()
    for given in queries.allotments(plan=plan):
        assert given.need is not None
        promised[given.need] += given.amount
        by_item[given.item] += given.amount
    shared = 0
    for item in stock:
        of_item = [view for view in asked.values() if view.item == item]
        if any(view.standards and usual_standard(item) not in view.standards for view in of_item):
            continue  # somebody wants another standard: the others share without them
        shared += 1
        total = sum(view.quantity or 0 for view in of_item)
        assert by_item[item] == min(stock[item], total)
        for view in of_item:
            exact = stock[item] * (view.quantity or 0) / total
            assert abs(promised[view.id] - exact) <= 1
    assert shared >= 8
    rules = result["rules"]
    assert rules["leximin"]["worst"] >= 0.39
    assert rules["leximin"]["unserved"] == 0
    assert rules["first_come"]["worst"] == 0
    assert rules["first_come"]["unserved"] > 0
    assert len(result["met"]) == len(asked)
    assert all(entry["reason_zh"] and entry["reason_en"] for entry in result["met"])
