"""Price lists as suppliers send them: by the piece or the carton, a blank supplier, a price ten times another."""

from __future__ import annotations

import pytest

from baogong.journal.queries import waiting_lines
from baogong.journal.services import imports
from baogong.people.services.parties import register_party
from baogong.supply import queries
from tests.apps.supply.test_imports import counts, load
from tests.apps.supply.world import World, make_world
from tests.books import Built
from tests.cast import NOW

LIST = """供应商,物资名称,单价（元）,数量,单位,规格,执行标准,起订量,交期天数,检测报告
华信医疗器械,医用外科口罩,1.80,20000,只,2000只/箱,YY 0469-2011,4000,2,有
,医用外科口罩,3600,12,箱,2000只/箱,YY0469-2011,,1,
,防护服,¥95,300,套,50套/箱,GB 19082-2009,,,
永安劳保,医用外科口罩,18,20000,只,2000只/箱,,,,
永安劳保,护目镜,面议,100,个,,,,,
永安劳保,医用手套,0.001,5000,只,,,,,
没听过的厂,体温计,25,40,支,,,,,
"""


@pytest.fixture
def world(built: Built) -> World:
    return built(make_town)


def make_town() -> World:
    for name in ("华信医疗器械", "永安劳保"):
        register_party(kind="ORGANISATION", name=name, now=NOW)
    return make_world()


def test_a_price_list_becomes_offers_by_the_carton_and_doubts_wait(world: World) -> None:
    view = load("offers", LIST, world)
    assert counts(view) == {"lines": 7, "added": 2, "matched": 0, "unchanged": 0, "refused": 2, "waiting": 3}
    refused = {line.outcome.where for line in view.lines if line.outcome.status == "REFUSED"}
    assert refused == {"C6", "C7"}
    waiting = [line.outcome.found for line in view.lines if line.outcome.status == "WAITING"]
    assert sum("for the same goods" in found for found in waiting) == 2  # 1.80 and 18: nobody guesses which
    sold = {(view.item_zh, view.pieces_per_carton): view for view in queries.offers()}
    cartons = sold["医用外科口罩", 2_000]
    assert (cartons.carton_fen, cartons.cartons_max, cartons.lead_s) == (360_000, 12, 86_400)
    suits = next(view for (name, _), view in sold.items() if "防护服" in name)
    assert (suits.pieces_per_carton, suits.carton_fen, suits.cartons_max) == (50, 475_000, 6)
    assert counts(load("offers", LIST + "\n", world))["unchanged"] == 2


def test_what_a_person_confirms_becomes_an_offer(world: World) -> None:
    load("offers", LIST, world)
    line = next(line for line in waiting_lines() if "¥1.80" in line.outcome.text)
    imports.resolve(line=line.id, choice={"accept": True}, actor=world.cast.lin, now=NOW)
    (offer,) = [view for view in queries.offers() if view.cartons_max == 10]
    assert (offer.carton_fen, offer.cartons_min, offer.standard) == (360_000, 2, "YY 0469-2011")
