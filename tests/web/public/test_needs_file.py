"""The public list of needs as a table another house can read in."""

from __future__ import annotations

import io

import hxl
import pytest
from django.test import Client

from baogong.engine.sheets.kinds import guess_kind
from baogong.engine.sheets.profiles import match_headers
from baogong.engine.sheets.readers import read_table
from baogong.needs import queries as needs
from baogong.needs.imports import COLUMNS, classify
from baogong.people.services.parties import register_party
from tests.apps.needs.test_allotments import frozen_masks, hand_over, promise
from tests.apps.needs.test_requests import asking
from tests.apps.supply.world import World, make_world
from tests.books import Built
from tests.cast import NOW


@pytest.fixture
def world(built: Built) -> World:
    return built(make_world)


@pytest.mark.parametrize("language", ["zh-hans", "en"])
def test_the_table_is_hxl_to_others_and_a_list_of_needs_to_another_house(world: World, language: str) -> None:
    need = asking(world, quantity=700, is_verified=True, note="李护士 13800000000")
    promise(world, frozen_masks(world, 200), 150, need=need)
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
        assert (row.get("#org+receiver"), row.get("#item+quantity")) == ("武汉大学中南医院", "550")
        assert (row.get("#value+asked"), row.get("#value+promised")) == ("700", "150")

    read = read_table("baogong-needs.csv", answer.content)
    assert guess_kind(read)[0].kind == "needs"
    assert {"receiver", "item", "amount", "unit", "asked_at"} <= set(match_headers(read, COLUMNS, kind="needs").by_key)
    (line,) = classify(read, None, NOW)
    assert (line.payload["amount"], line.payload["item"]) == (550, str(world.item("surgical-mask")))


def test_no_person_beside_a_house_is_named_on_the_public_list(world: World) -> None:
    ward = register_party(kind="ORGANISATION", name="光谷方舱（王护士长 13912345678）", city="武汉", now=NOW)
    asking(world, receiver=ward, quantity=700, is_verified=True)
    for address in ("/book/needs/", "/book/needs.csv", "/api/v1/public/needs"):
        answer = Client().get(address)
        is_json = answer.headers["Content-Type"].startswith("application/json")
        told = str(answer.json()) if is_json else answer.content.decode()
        assert "光谷方舱" in told, address
        assert "王护士长" not in told
        assert "13912345678" not in told


def test_what_is_promised_or_met_is_not_asked_for_again(world: World) -> None:
    need = asking(world, quantity=150, is_verified=True)
    allotment = needs.allotment(promise(world, frozen_masks(world, 150), 150, need=need))
    anyone = Client()
    promised = read_table("baogong-needs.csv", anyone.get("/book/needs.csv").content)
    assert len(promised.rows) == 1
    assert classify(promised, None, NOW) == ()

    hand_over(world, allotment.hold)
    assert read_table("baogong-needs.csv", anyone.get("/book/needs.csv").content).rows == ()
    met = read_table("baogong-needs.csv", anyone.get("/book/needs.csv", {"progress": "MET"}).content)
    assert len(met.rows) == 1
    assert classify(met, None, NOW) == ()
