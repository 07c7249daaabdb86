"""Buying through programs: an offer noted once, a basket proposed, approved by another, called off."""

from __future__ import annotations

import pytest

from baogong.kernel.ids import new_id
from tests.api.conftest import Api, token_for
from tests.apps.needs.test_sourcing import Market, make_market_in_drill
from tests.apps.supply.purse import MASK
from tests.books import Built


@pytest.fixture
def market(built: Built) -> Market:
    return built(make_market_in_drill)


def test_from_an_offer_to_an_order_and_back(market: Market) -> None:
    purses = market.purses
    lin, mei = Api(token_for(purses.lin)), Api(token_for(purses.world.cast.mei))
    given = {
        "supplier": str(market.yongan),
        "item": MASK,
        "carton_fen": 8_000,
        "cartons_max": 5,
        "pieces_per_carton": 50,
    }
    key = new_id()
    offer = lin.post("/sourcing/offers", given, key=key, status=201)
    assert lin.post("/sourcing/offers", given, key=key, status=201)["id"] == offer["id"]
    assert [row["unit_fen"] for row in lin.get(f"/sourcing/prices/{MASK}")["items"]] == [180.0, 200.0, 160.0]
    assert len(lin.get("/sourcing/offers")["items"]) == 3
    market.need(purses.union, 1_000)
    basket = lin.post("/sourcing/baskets", {"buyer": str(purses.federation)}, status=201)
    assert (basket["cost_fen"], basket["purchases"], basket["gap_fen"]) == (5 * 8_000 + 15 * 9_000, [], 0)
    path = f"/sourcing/baskets/{basket['plan']['id']}"
    approved = mei.post(f"{path}/approve", {})
    assert len(approved["purchases"]) == 2
    assert mei.post(f"{path}/undo")["plan"]["state"] == "UNDONE"
    assert lin.get("/sourcing/baskets", state="UNDONE")["items"][0]["id"] == basket["plan"]["id"]
    assert lin.get(path)["purchases"] == approved["purchases"]
    ended = lin.post(f"/sourcing/offers/{offer['id']}/withdraw", {"why": "sold out"})
    assert ended["withdrawn_why"] == "sold out"
    assert len(lin.get("/sourcing/offers", is_open=False)["items"]) == 3


def test_a_keeper_neither_reads_nor_buys(market: Market) -> None:
    bao = Api(token_for(market.purses.world.cast.bao))
    bao.get("/sourcing/offers", status=403)
    bao.post("/sourcing/baskets", {"buyer": str(market.purses.federation)}, status=403)
