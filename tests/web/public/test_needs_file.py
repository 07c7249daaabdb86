"""The public list of needs as a table another house can read in."""

from __future__ import annotations

import io

import hxl
import pytest
from django.test import Client

from baogong.engine.sheets.kinds import guess_kind
from baogong.engine.sheets.profiles import match_headers
from baogong.engine.sheets.readers import read_table
from baogong.needs.imports import COLUMNS, classify
from tests.apps.needs.test_requests import asking
from tests.apps.supply.world import World, make_world
from tests.cast import NOW


@pytest.fixture
def world(db: None) -> World:
    return make_world()


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_table_is_hxl_to_others_and_a_list_of_needs_to_another_house(world: World, language: str) -> None:
    asking(world, quantity=700, is_verified=True, note="李护士 13800000000")
    asking(world, "gloves", receiver=world.union, quantity=300)  # not verified
    anyone = Client()
    anyone.cookies["baogong_language"] = language
    answer = anyone.get("/book/needs.csv")
    assert answer.status_code == 200
    assert "13800000000" not in answer.content.decode()

    with hxl.data(hxl.make_input(io.BytesIO(answer.content), hxl.InputOptions(allow_local=True))) as table:
        assert {"#org+receiver", "#item+name", "#item+quantity", "#value+signed"} <= {
            column.display_tag for column in table.columns
        }
        (row,) = table
        assert (row.get("#org+receiver"), row.get("#item+quantity")) == ("武汉大学中南医院", "700")

    read = read_table("baogong-needs.csv", answer.content)
    assert guess_kind(read)[0].kind == "needs"
    assert {"receiver", "item", "amount", "unit", "asked_at"} <= set(match_headers(read, COLUMNS, kind="needs").by_key)
    (line,) = classify(read, None, NOW)
    assert (line.payload["amount"], line.payload["item"]) == (700, str(world.item("surgical-mask")))
