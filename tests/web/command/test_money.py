"""Money on the office's pages: given, come, spent as its givers wish, followed on the giver's own page."""

from __future__ import annotations

import html
import re
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from baogong.journal import queries as journal
from baogong.journal.services import sign
from baogong.kernel.actor import Duty
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.people.queries import parties
from baogong.supply import queries
from baogong.supply.models import MoneyGift
from tests.apps.supply.purse import MASK, SUIT, Purses, assert_adds_up, make_purses_in_drill
from tests.books import Built
from tests.cast import NOW, log_in_as
from tests.web.visits import read, send, visit

# An order and a fund tell their whole story on one page; they read so many tables, however many rows.
LINK_QUERIES_MAX = 15  # looking a private link up, pacing it and noting its use are three of them, English names one
FUNDS, PURCHASES = "/command/money/", "/command/money/purchases/"


@pytest.fixture
def purses(built: Built) -> Purses:
    return built(make_purses_in_drill)


def name_of(party: UUID) -> str:
    return parties.party(party).name


def test_a_gift_of_money_is_written_down_part_by_part_and_comes(purses: Purses) -> None:
    lin = visit("lin")
    form = {
        "donor": name_of(purses.world.company), "trustee": name_of(purses.federation), "amount_text": "1000万元",
        "amount_1": "6,000,000", "receivers_1": f"{name_of(purses.zhongnan)}、{name_of(purses.union)}",
        "amount_2": "4000000.00", "item_2": str(purses.item(MASK)), "purpose_2": "masks first", "until_2": "2020-06-30",
        "request_id": str(new_id()),
    }  # fmt: skip
    page = send(lin, FUNDS, form)
    assert "¥10,000,000.00" in page
    assert "1000万元" in page
    (gift,) = queries.money_gifts()
    assert [fund.announced_fen for fund in gift.funds] == [600_000_000, 400_000_000]
    assert {one.id for one in gift.funds[0].receivers} == {purses.zhongnan, purses.union}
    send(lin, FUNDS, form)  # a second tap
    assert MoneyGift.objects.count() == 1
    came = {"fen_1": "6000000", "fen_2": "1500000.50", "reference": "ICBC 7", "request_id": str(new_id())}
    page = send(lin, f"/command/money/gifts/{gift.id}/", came)
    assert "¥7,500,000.50" in page
    assert [fund.unspent_fen for fund in queries.funds()] == [600_000_000, 150_000_050]
    assert "masks first" in read(lin, FUNDS)


def test_what_was_typed_stays_where_a_gift_is_refused(purses: Purses) -> None:
    lin = visit("lin")
    form = {
        "donor": name_of(purses.world.company),
        "amount_1": "dear",
        "purpose_1": "kept",
        "request_id": str(new_id()),
    }
    page = send(lin, FUNDS, form, status=422)
    assert "is no amount in yuan" in page
    assert 'value="kept"' in page
    page = send(lin, FUNDS, {**form, "amount_1": "5", "receivers_1": "无此医院"}, status=422)
    assert "names nobody for certain" in page
    assert not queries.money_gifts()


def test_an_order_is_looked_at_placed_received_billed_and_paid(purses: Purses) -> None:
    tight, free = purses.give(purses.slice(1000, to=[purses.zhongnan]), purses.slice(5000))
    lin = visit("lin")
    form = {
        "buyer": str(purses.federation), "supplier": name_of(purses.supplier), "item_1": str(purses.item(MASK)),
        "amount_1": "700", "price_1": "1500.01", "receiver_1": name_of(purses.zhongnan), "request_id": str(new_id()),
    }  # fmt: skip
    page = send(lin, PURCHASES, {**form, "act": "look"}, status=200)
    assert f"{queries.fund(tight).name} ¥1,000.00" in page
    assert 'value="1500.01"' in page
    assert not queries.purchases()
    page = send(lin, PURCHASES, {**form, "act": "order"})
    (order,) = queries.purchases()
    where = f"{PURCHASES}{order.id}/"
    assert "¥1,500.01" in page
    bao = visit("bao")  # the hub's keeper
    taken = {"act": "receive", "site": str(purses.world.cast.hub), "amount_1": "700", "request_id": str(new_id())}
    assert "700" in send(bao, where, taken)
    send(lin, where, {"act": "bill", "reference": "FP-1", "fen_1": "1500.01", "request_id": str(new_id())})
    (bill,) = queries.purchase(order.id).invoices
    page = send(lin, where, {"act": "pay", "invoice": str(bill.id), "fen": "", "request_id": str(new_id())})
    assert "complete" in page.lower()
    assert_adds_up()
    fund = read(lin, f"/command/money/funds/{free}/")
    assert "¥500.01" in fund
    assert read(visit("lin", "zh-hans"), where).count("¥1,500.01") >= 1
    assert book.verify_book().ok


def test_a_price_far_from_those_before_is_said_at_once_and_stays_with_the_order(purses: Purses) -> None:
    purses.give(purses.slice(90_000), now=NOW - timedelta(days=4))
    for days in (1, 2, 3):
        purses.order(purses.line(MASK, 100, 100), now=NOW - timedelta(days=days))
    form = {
        "buyer": str(purses.federation), "supplier": name_of(purses.supplier), "item_1": str(purses.item(MASK)),
        "amount_1": "100", "price_1": "320", "item_2": str(purses.item(MASK)), "amount_2": "100", "price_2": "100",
        "request_id": str(new_id()),
    }  # fmt: skip
    log_in_as("Yan", [(Duty.AUDITOR, None)])
    lin, auditor = visit("lin"), visit("yan", "zh-hans")
    assert send(lin, PURCHASES, {**form, "act": "look"}, status=200).count("3.2 × the median") == 1
    page = html.unescape(send(lin, PURCHASES, {**form, "act": "order"}))
    assert "3.2 times the median of what was asked and paid before (¥1.00 each)" in page
    assert page.count("3.2 × the median") == 1
    order = queries.purchases()[0]
    where = f"{PURCHASES}{order.id}/"
    assert "times the median" not in html.unescape(read(lin, where))  # said once; what stays is the mark on the line
    assert "3.2" in read(auditor, where)
    assert "3.2 times the median" in html.unescape(read(lin, f"/command/documents/{order.document}/"))


def test_an_order_shows_the_words_of_the_money_that_pays_it(purses: Purses) -> None:
    (worded,) = purses.give(purses.slice(1000, purpose="只用于呼吸机"))
    form = {
        "buyer": str(purses.federation), "supplier": name_of(purses.supplier), "item_1": str(purses.item(MASK)),
        "amount_1": "10", "price_1": "100", "request_id": str(new_id()), "act": "look",
    }  # fmt: skip
    page = send(visit("lin"), PURCHASES, form, status=200)
    assert f"{queries.fund(worded).name} «只用于呼吸机» ¥100.00" in page
    where = f"{PURCHASES}{purses.order(purses.line(MASK, 10, 100))}/"
    assert "Purpose, in the giver's words: «只用于呼吸机»" in html.unescape(read(visit("lin"), where))
    assert "用途（捐赠人原话）: «只用于呼吸机»" in read(visit("lin", "zh-hans"), where)


def test_a_refused_order_names_the_earmark_and_the_fund_that_would_allow_it(purses: Purses) -> None:
    (tight, other) = purses.give(
        purses.slice(1000, to=[purses.zhongnan], items=[SUIT]), purses.slice(9, to=[purses.union])
    )
    lin = visit("lin")
    form = {
        "buyer": str(purses.federation), "supplier": name_of(purses.supplier), "item_1": str(purses.item(MASK)),
        "amount_1": "100", "price_1": "100", "receiver_1": name_of(purses.zhongnan), "request_id": str(new_id()),
    }  # fmt: skip
    for language in ("en", "zh-hans"):
        page = send(visit("lin", language), PURCHASES, {**form, "act": "order"}, status=422)
        assert queries.fund(tight).name in page or queries.fund(other).name in page
        assert 'value="100"' in page
    assert not queries.purchases()
    assert read(lin, PURCHASES)


def test_an_earmark_moves_when_a_second_person_has_signed(purses: Purses) -> None:
    (fund,) = purses.give(purses.slice(1000, to=[purses.zhongnan]))
    where = f"/command/money/funds/{fund}/"
    assert "Only the giver can agree" in read(visit("lin"), f"{where}move/")
    form = {
        "amount": "400", "receivers": name_of(purses.union), "why": "enough", "consent_text": "letter of 24 January",
        "request_id": str(new_id()),
    }  # fmt: skip
    page = send(visit("lin"), f"{where}move/", form)
    assert "DoesNotExist" not in page
    assert queries.fund(fund).unspent_fen == 100_000
    assert re.search(r"RE-\d+", page) is not None
    (document,) = journal.documents(kind="RE_EARMARK")
    sign(document=document.id, actor=purses.world.cast.mei, now=NOW)
    assert queries.fund(fund).unspent_fen == 60_000
    assert "moved" in read(visit("lin"), where)


def test_a_wrong_bill_waits_a_refund_returns_and_the_rest_is_called_off(purses: Purses) -> None:
    (fund,) = purses.give(purses.slice(5000))
    order = purses.order(purses.line(MASK, 100, 1000))
    delivery = purses.receive(order, 40)
    purses.bill(order, 1200)
    lin, where = visit("lin"), f"{PURCHASES}{order}/"
    assert "asks for more than was ordered" in read(lin, where)
    (bill,) = queries.purchase(order).invoices
    send(lin, where, {"act": "settle", "invoice": str(bill.id), "settled": "ORDERED", "why": "agreed", "request_id": str(new_id())})  # fmt: skip
    send(lin, where, {"act": "pay", "invoice": str(bill.id), "fen": "400", "request_id": str(new_id())})
    back = {"act": "refund", f"back_{delivery}_1": "100", f"units_{delivery}_1": "10", "why": "wet", "request_id": str(new_id())}  # fmt: skip
    assert "wet" in send(lin, where, back)
    send(lin, where, {"act": "cancel", "why": "too late", "request_id": str(new_id())})
    assert queries.purchase(order).lines[0].to_come == 0
    assert queries.fund(fund).unspent_fen == 500_000 - 30_000
    assert_adds_up()


def test_the_giver_sees_the_boxes_its_money_became(purses: Purses) -> None:
    (fund,) = purses.give(purses.slice(5000, to=[purses.zhongnan]))
    order = purses.order(purses.line(MASK, 100, 1000, to=purses.zhongnan))
    purses.receive(order, 100)
    (gift,) = queries.money_gifts()
    page = send(visit("lin"), f"/command/money/gifts/{gift.id}/", {"act": "link"})
    found = re.search(r'<code id="link">[^<]*?(/g/[^<]+|/[^<]*/)</code>', page)
    assert found is not None
    path = re.sub(r"^https?://[^/]+", "", found[0].split(">")[1].split("<")[0])
    assert Client().get(path).headers["Location"] == f"{path}money/"
    page = read(Client(headers={"Accept-Language": "en"}), f"{path}money/", most=LINK_QUERIES_MAX)
    for told in (queries.fund(fund).name, "¥1,000.00", "¥4,000.00"):
        assert told in page


def test_others_neither_see_nor_spend(purses: Purses) -> None:
    purses.give(purses.slice(5000))
    for path in (FUNDS, PURCHASES):
        assert Client().get(path).status_code == 302
        assert visit("stranger").get(path).status_code == 403
    wu = visit("wu")  # a clerk writes gifts down and orders nothing
    form = {
        "buyer": str(purses.federation), "supplier": name_of(purses.supplier), "item_1": str(purses.item(MASK)),
        "amount_1": "1", "price_1": "1", "act": "order", "request_id": str(new_id()),
    }  # fmt: skip
    wu.post(PURCHASES, form)
    assert not queries.purchases()


def test_many_funds_and_orders_take_no_more_queries_than_few(purses: Purses) -> None:
    (fund,) = purses.give(purses.slice(5000))
    order = purses.order(purses.line(MASK, 100, 100))
    lin = visit("lin")
    pages = (FUNDS, PURCHASES, f"{PURCHASES}{order}/", f"/command/money/funds/{fund}/")

    def queries_of(path: str) -> int:
        with CaptureQueriesContext(connection) as counted:
            read(lin, path)
        return len(counted)

    few = [queries_of(path) for path in pages]
    for path in (FUNDS, PURCHASES):
        read(lin, path)
    for _ in range(12):
        purses.give(purses.slice(50, to=[purses.zhongnan]), purses.slice(7))
        purses.order(purses.line(MASK, 10, 20), purses.line(SUIT, 10, 20))
    purses.receive(order, 40)
    purses.bill(order, 40)
    assert [queries_of(path) for path in pages] <= [count + 2 for count in few]
