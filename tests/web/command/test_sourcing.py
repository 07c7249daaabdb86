"""Buying from the office's pages: note an offer, propose a basket, approve it, call it off."""

from __future__ import annotations

import html

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from baogong.journal import queries as journal
from baogong.kernel.ids import new_id
from baogong.people.services.parties import register_party
from baogong.planning import queries as plans
from baogong.supply import queries
from tests.apps.needs.test_sourcing import Market, make_market_in_drill, offered
from tests.apps.supply.purse import MASK, METER
from tests.books import Built
from tests.cast import NOW
from tests.web.visits import read, visit


@pytest.fixture
def market(built: Built) -> Market:
    return built(make_market_in_drill)


def test_an_offer_is_noted_and_its_price_stands_on_the_line(market: Market) -> None:
    lin = visit("lin")
    form = {
        "supplier": "永安劳保", "item": market.purses.item(MASK), "pieces": "50", "price": "500.00", "cartons_max": "9",
        "lead_days": "2", "request_id": new_id(),
    }  # fmt: skip
    assert lin.post("/command/offers/", form).status_code == 302
    assert lin.post("/command/offers/", form).status_code == 302  # a second tap
    assert len(queries.offers()) == 3
    page = read(lin, "/command/offers/")
    assert "¥500.00" in page
    assert page.count('<circle class="asked"') == 3
    assert (
        "is no amount in yuan"
        in lin.post("/command/offers/", {**form, "price": "dear", "request_id": new_id()}, follow=True).content.decode()
    )


def test_a_basket_is_proposed_approved_and_called_off(market: Market) -> None:
    market.need(market.purses.union, 1_500)
    lin, mei = visit("lin"), visit("mei")
    answer = lin.post("/command/sourcing/", {"buyer": market.purses.federation, "request_id": new_id()})
    page = read(lin, answer.headers["Location"])
    assert "¥2,800.00" in page or "¥2800.00" in page
    assert "华信医疗器械" in page
    assert read(visit("lin", "zh-hans"), answer.headers["Location"]).count("永安劳保") >= 1
    assert mei.post(answer.headers["Location"], {"act": "approve", "request_id": new_id()}).status_code == 302
    assert len(queries.purchases()) == 2
    assert "Call everything off" in read(mei, answer.headers["Location"])
    mei.post(answer.headers["Location"], {"act": "undo"})
    assert {purchase.state for purchase in queries.purchases()} == {"CANCELLED"}
    (plan,) = plans.plans("SOURCING")
    assert plan.state == "UNDONE"


def test_who_signs_second_reads_which_prices_are_far(market: Market) -> None:
    """A basket its maker approved alone waits for another hand; its prices stand where that hand signs."""
    for fen in (200, 210, 190):
        seller = register_party(kind="ORGANISATION", name=f"第{fen}厂", now=NOW)
        offered(market.purses, seller, METER, carton_fen=fen, pieces_per_carton=1, cartons_max=1)
    offered(market.purses, market.purses.supplier, METER, carton_fen=500, pieces_per_carton=1)
    market.need(market.purses.union, 20, METER)
    lin, mei = visit("lin"), visit("mei")
    where = lin.post("/command/sourcing/", {"buyer": market.purses.federation, "request_id": new_id()}).headers[
        "Location"
    ]
    assert "You made this plan: another person approves it" in read(lin, where)
    assert lin.post(where, {"act": "approve", "alone": "1", "request_id": new_id()}).status_code == 302
    waiting = html.unescape(read(mei, "/command/documents/"))
    assert "2.5 times the median of what was asked and paid before (¥2.00 each)" in waiting
    (paper,) = journal.documents(kind="PLAN_APPROVAL")
    assert [far["median_ratio"] for far in paper.body["far_prices"]] == [2.5]
    assert "成交中位价的 2.5 倍" in read(visit("mei", "zh-hans"), f"/command/documents/{paper.id}/")


def test_an_empty_house_teaches_what_comes_first(market: Market) -> None:
    page = read(visit("lin"), "/command/sourcing/")
    assert "Propose a basket" in page


def test_others_neither_see_nor_buy(market: Market) -> None:
    for path in ("/command/offers/", "/command/sourcing/"):
        assert Client().get(path).status_code == 302
        assert visit("bao").get(path).status_code == 403


def test_a_hundred_offers_take_no_more_queries_than_two(market: Market) -> None:
    lin = visit("lin")
    few = queries_of(lin)
    for number in range(40):
        offered(market.purses, market.yongan, MASK, carton_fen=9_000 + number)
    assert queries_of(lin) == few


def queries_of(client: Client) -> int:
    with CaptureQueriesContext(connection) as queries:
        read(client, "/command/offers/")
    return len(queries)


def test_a_refused_offer_keeps_what_was_typed(market: Market) -> None:
    lin, path = visit("lin"), "/command/offers/"
    told = {
        "supplier": "永安劳保", "standard": "GB 19083", "pieces": "50", "price": "dear", "cartons_max": "9",
        "cartons_min": "2", "lead_days": "3", "valid_until": "2020-02-01T12:00", "papers": "licence seen",
    }  # fmt: skip
    item = market.purses.item(METER)
    assert lin.post(path, {**told, "item": item, "request_id": new_id(), "next": path}).headers["Location"] == path
    page = read(lin, path)
    assert "is no amount in yuan" in page
    for field, text in told.items():
        assert f'name="{field}" value="{text}"' in page.replace(' list="suppliers"', "").replace(
            ' min="0" max="365"', ""
        )
    assert f'value="{item}" selected' in page
    assert "dear" not in read(lin, path)  # given back once
