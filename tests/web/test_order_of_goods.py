"""Goods stand in the order of their pinyin in Chinese, of their letters in English, wherever they are listed."""

from __future__ import annotations

from typing import Any

import pytest

from baogong.journal.clock import mark_drill
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.supply.services import Counted, ForSale, Scope, freeze_stock, note_offer
from baogong.supply.views import OptionConsidered
from tests.apps.supply.world import World, make_world
from tests.cast import NOW, log_in_as
from tests.web.visits import read, visit

# by code point 体 4F53 < 医 533B < 手 624B < 护 62A4
CODES = ("goggles", "gloves", "thermometer", "surgical-mask")
IN_ORDER = ("护目镜", "体温计", "医用手套", "医用外科口罩")


@pytest.fixture
def world(db: None, settings: Any) -> World:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    mark_drill(name="test", at=NOW)
    world = make_world()
    world.count(*(Counted(world.item(code), 100, owner=world.company) for code in CODES))
    for code in CODES:
        note_offer(
            supplier=world.company,
            goods=ForSale(world.item(code), 1_000, 5),
            actor=world.cast.lin,
            now=NOW,
            request_id=new_id(),
        )
    return world


def places_in(text: str) -> list[int]:
    main = text[text.index("<main") :]
    return [main.index(name) for name in IN_ORDER]


@pytest.mark.parametrize(
    "path",
    ["/command/stock/freeze/", "/site/{site}/goods/", "/site/{site}/count/"],
)
def test_what_is_retail_on_offer_or_on_the_floor_stands_by_pinyin(world: World, path: str) -> None:
    log_in_as("Every", [(duty, None) for duty in (Duty.COMMAND, Duty.KEEPER)])
    text = read(visit("Every", "zh-hans"), path.format(site=world.langfang))
    assert places_in(text) == sorted(places_in(text))


def test_what_is_frozen_stands_by_pinyin_on_the_form_of_a_share_and_the_board_of_stock(world: World) -> None:
    freeze_stock(
        scopes=[Scope(site=world.langfang)],
        decided_by=world.company,
        basis="OWN_DECISION",
        reason="test",
        options=[OptionConsidered(text="freeze", is_chosen=True, why="test")],
        actor=world.cast.lin,
        now=NOW,
        request_id=new_id(),
    )
    for path in ("/command/shares/make/", "/command/stock/", "/book/why/"):
        text = read(visit("Lin", "zh-hans"), path)
        assert places_in(text) == sorted(places_in(text)), path
