"""Money through programs: given, come, spent as its givers wish, paid back to where it came from."""

from __future__ import annotations

from datetime import timedelta

import pytest

from baogong.journal.services import sign
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from tests.api.conftest import Api, token_for
from tests.apps.supply.purse import MASK, SUIT, Purses, assert_adds_up, make_purses_in_drill
from tests.books import Built
from tests.cast import NOW


@pytest.fixture
def purses(built: Built) -> Purses:
    return built(make_purses_in_drill)


def test_from_a_gift_to_a_paid_bill_and_a_refund(purses: Purses) -> None:
    lin = Api(token_for(purses.lin))
    given = {
        "donor": str(purses.world.company),
        "trustee": str(purses.federation),
        "amount_text": "6000元",
        "slices": [{"amount_fen": 100_000, "receivers": [str(purses.zhongnan)]}, {"amount_fen": 500_000}],
    }
    key = new_id()
    gift = lin.post("/money/gifts", given, key=key, status=201)
    assert lin.post("/money/gifts", given, key=key, status=201) == gift
    assert lin.post(f"/money/gifts/{gift['id']}/receive", {})["came_fen"] == 600_000
    order = {
        "buyer": str(purses.federation),
        "supplier": str(purses.supplier),
        "lines": [{"item": MASK, "amount": 700, "price_fen": 150_001, "receiver": str(purses.zhongnan)}],
    }
    (line,) = lin.post("/money/purchases/preview", order)["lines"]
    assert sorted(part["fen"] for part in line["paid_by"]) == [50_001, 100_000]
    assert lin.get("/money/purchases")["items"] == []
    bought = lin.post("/money/purchases", order, status=201)
    path = f"/money/purchases/{bought['id']}"
    assert (bought["state"], bought["committed_fen"]) == ("ORDERED", 150_001)
    came = lin.post(f"{path}/receive", {"site": str(purses.world.langfang), "lines": [{"no": 1, "amount": 400}]})
    assert came["drawn_fen"] == 150_001 * 400 // 700
    billed = lin.post(f"{path}/bills", {"reference": "FP-1", "lines": [{"no": 1, "fen": 160_000}]}, status=201)
    bill = f"{path}/bills/{billed['invoices'][0]['id']}"
    assert lin.post(f"{bill}/pay", {}, status=409)["error"]["code"] == "supply.invoice-in-doubt"
    lin.post(f"{bill}/settle", {"settled": "ORDERED", "why": "as ordered"})
    assert lin.post(f"{bill}/pay", {"fen": 50_000})["invoices"][0]["left_fen"] == 100_001
    delivery = came["deliveries"][0]["id"]
    back = {"lines": [{"no": 1, "fen": 20_000, "delivery": delivery, "amount": 50}], "why": "wet"}
    assert lin.post(f"{path}/refund", back)["refunds"][0]["fen"] == 20_000
    assert lin.post(f"{path}/cancel", {"why": "too late"})["lines"][0]["to_come"] == 0
    assert_adds_up()
    for fund in lin.get("/money/funds")["items"]:
        assert fund["gift_fen"] == fund["drawn_fen"] + fund["committed_fen"] + fund["unspent_fen"]
        became = lin.get(f"/money/funds/{fund['id']}")
        assert became["in_goods_fen"] == sum(one["fen"] for one in became["bought"])
    assert lin.get("/money/gifts", donor=str(purses.zhongnan))["items"] == []
    assert book.verify_book().ok


def test_a_price_far_from_those_before_and_the_givers_words_come_with_preview_and_order(purses: Purses) -> None:
    (worded,) = purses.give(purses.slice(9_000, purpose="只用于呼吸机"), now=NOW - timedelta(days=4))
    for days in (1, 2, 3):
        purses.order(purses.line(MASK, 100, 100), now=NOW - timedelta(days=days))
    lin = Api(token_for(purses.lin))
    order = {
        "buyer": str(purses.federation),
        "supplier": str(purses.supplier),
        "lines": [{"item": MASK, "amount": 100, "price_fen": fen} for fen in (40_000, 10_000)],
    }
    far = {"is_far_from_median": True, "median_fen": 100.0, "median_ratio": 4.0}
    near = {"is_far_from_median": False, "median_fen": 100.0, "median_ratio": 1.0}
    told = lin.post("/money/purchases/preview", order)["lines"]
    name = next(fund["name"] for fund in lin.get("/money/funds")["items"] if fund["id"] == str(worded))
    assert told == [
        {"no": no, "paid_by": [{"fund": str(worded), "name": name, "purpose": "只用于呼吸机", "fen": fen}], **verdict}
        for no, fen, verdict in ((1, 40_000, far), (2, 10_000, near))
    ]
    bought = lin.post("/money/purchases", order, status=201)
    assert [{key: line[key] for key in far} for line in bought["lines"]] == [far, near]
    assert [{key: line[key] for key in far} for line in lin.get(f"/money/purchases/{bought['id']}")["lines"]] == [
        far,
        near,
    ]


def test_a_refused_order_names_what_forbids_it_and_an_earmark_takes_two(purses: Purses) -> None:
    (fund,) = purses.give(purses.slice(1000, to=[purses.zhongnan], items=[SUIT]))
    lin = Api(token_for(purses.lin))
    order = {
        "buyer": str(purses.federation),
        "supplier": str(purses.supplier),
        "lines": [{"item": MASK, "amount": 10, "price_fen": 1_000, "receiver": str(purses.zhongnan)}],
    }
    refusal = lin.post("/money/purchases", order, status=422)["error"]
    assert refusal["code"] == "supply.earmark-forbids-purchase"
    move = {
        "terms": {"amount_fen": 40_000, "receivers": [str(purses.zhongnan)], "items": [MASK]},
        "why": "suits are enough",
        "consent_by": str(purses.world.company),
        "consent_text": "letter of 24 January",
    }
    document = lin.post(f"/money/funds/{fund}/move", move, status=201)["document"]
    assert lin.post("/money/purchases", order, status=422)["error"]["code"] == refusal["code"]
    sign(document=document, actor=purses.world.cast.mei, now=NOW)
    assert lin.post("/money/purchases", order, status=201)["committed_fen"] == 1_000


def test_a_keeper_reads_no_funds_and_orders_nothing(purses: Purses) -> None:
    (fund,) = purses.give(purses.slice(1000))
    bao = Api(token_for(purses.world.cast.bao))
    bao.get("/money/funds", status=403)
    bao.get(f"/money/funds/{fund}", status=403)
    order = {
        "buyer": str(purses.federation),
        "supplier": str(purses.supplier),
        "lines": [{"item": MASK, "amount": 1, "price_fen": 1}],
    }
    bao.post("/money/purchases", order, status=403)
    bao.post("/money/purchases/preview", order, status=403)
    assert Api(token_for(purses.lin)).get("/money/purchases")["items"] == []
