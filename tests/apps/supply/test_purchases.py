"""Purchases paid from earmarked funds, from the order to the last refund."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from datetime import timedelta
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.journal import queries as journal
from baogong.journal.clock import house_day
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotYourPlace, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.people.queries.merges import merges
from baogong.people.queries.parties import party_names
from baogong.people.services.merges import merge, undo_merge
from baogong.people.services.parties import register_party
from baogong.supply import queries
from baogong.supply import services as supply
from baogong.supply.errors import (
    ArrivalWorthNothing,
    EarmarkForbidsPurchase,
    EarmarkRanOut,
    FundsTooSmall,
    InvoiceInDoubt,
    InvoiceKnown,
    OrderLineMakesNoSense,
    PaysAhead,
    PurchaseNotAtThisStep,
    RefundExceedsDraw,
    WeighedLineMakesNoSense,
)
from baogong.supply.services import Refunded, Settled
from tests.apps.supply.packs import run_of, tally
from tests.apps.supply.purse import MASK, METER, SUIT, Purses, assert_adds_up, make_purses
from tests.apps.supply.world import assert_refused_without_trace
from tests.books import Built
from tests.cast import NOW, log_in_as


@pytest.fixture
def purses(built: Built) -> Purses:
    return built(make_purses)


def paying(preview: Sequence[supply.LinePreview]) -> list[dict[UUID, int]]:
    """Of each line, fund → fen"""
    return [{part.fund: part.fen for part in line.paid_by} for line in preview]


def test_a_purchase_goes_from_order_to_payment(purses: Purses) -> None:
    tight, free = purses.give(purses.slice(1000, to=[purses.zhongnan]), purses.slice(5000))
    order = purses.order(purses.line(MASK, 700, 1500.01, to=purses.zhongnan))
    assert queries.purchase(order).state == "ORDERED"
    assert purses.split(order) == {tight: 1000, free: 500}
    purses.receive(order, 300)
    purses.receive(order, 150)
    purses.pay(purses.bill(order, 1500.01), is_ahead=True)
    assert_adds_up()
    assert queries.purchase(order).state == "UNDER_WAY"
    purses.receive(order, 250)
    assert_adds_up()
    assert queries.purchase(order).state == "COMPLETE"
    assert queries.fund(tight).drawn_fen == 100_000
    assert queries.fund(free).drawn_fen == 50_001
    assert book.verify_book().ok


def test_the_funds_are_in_the_boxes_to_the_fen_whatever_the_partial_deliveries(purses: Purses) -> None:
    funds = purses.give(purses.slice(333.33, to=[purses.zhongnan]), purses.slice(333.34))
    order = purses.order(purses.line(MASK, 997, 666.67, to=purses.zhongnan))
    for amount in (1, 1, 500, 3, 492):
        purses.receive(order, amount)
    lots = {line.lot for delivery in queries.purchase(order).deliveries for line in delivery.lines}
    fen = dict.fromkeys((queries.fund(fund).lot for fund in funds), 0)
    amounts = {view.lot.id: view.posted for view in book.balances(lots=[lot for lot in lots if lot]) if view.posted > 0}
    for source in book.sources_of([lot for lot in lots if lot]):
        made, rest = divmod(amounts[source.child] * source.parent_amount, source.child_amount)
        assert rest == 0
        fen[source.parent] += made
    assert list(fen.values()) == [33_333, 33_334]


def test_bought_goods_are_relief_stock_for_whom_they_were_bought(purses: Purses) -> None:
    purses.give(purses.slice(1000))
    order = purses.order(purses.line(MASK, 100, 500, to=purses.zhongnan), purses.line(SUIT, 5, 500))
    purses.receive(order, 100, 5)
    masks, suits = sorted(queries.relief_stock(sites=[purses.world.langfang]), key=lambda row: -row.posted)
    assert masks.earmark_parties == (purses.zhongnan,)
    assert suits.earmark_parties == ()
    assert masks.donor == suits.donor == purses.world.company
    assert masks.owner == purses.federation
    assert queries.retail_balances(sites=[purses.world.langfang]) == ()


def test_money_held_at_a_site_is_no_stock(purses: Purses) -> None:
    purses.give(purses.slice(1000), trustee=purses.zhongnan)
    assert queries.stock_board(sites=[purses.zhongnan]) == ()
    assert queries.relief_stock(sites=[purses.zhongnan]) == ()


def test_narrow_money_is_not_stranded(purses: Purses) -> None:
    hospital, masks = purses.give(purses.slice(1000, to=[purses.union]), purses.slice(1000, items=[MASK]))
    first = purses.order(purses.line(MASK, 100, 1000, to=purses.union))
    assert purses.split(first) == {hospital: 1000}
    second = purses.order(purses.line(METER, 10, 1000, to=purses.union))
    assert purses.split(first) == {masks: 1000}
    assert purses.split(second) == {hospital: 1000}
    assert_adds_up()


def test_what_is_drawn_never_moves(purses: Purses) -> None:
    hospital, masks = purses.give(purses.slice(1000, to=[purses.union]), purses.slice(1000, items=[MASK]))
    first = purses.order(purses.line(MASK, 100, 1000, to=purses.union))
    purses.receive(first, 40)
    with pytest.raises(FundsTooSmall) as refusal:
        purses.order(purses.line(METER, 10, 1000, to=purses.union))
    assert refusal.value.data["short_fen"] == 40_000
    purses.order(purses.line(METER, 6, 600, to=purses.union))
    assert purses.split(first) == {hospital: 400, masks: 600}
    assert queries.fund(hospital).drawn_fen == 40_000


def test_a_refusal_names_the_earmark_that_forbids_and_the_fund_that_would_allow(purses: Purses) -> None:
    hospital, masks = purses.give(purses.slice(1000, to=[purses.union]), purses.slice(900, items=[MASK]))
    [own] = purses.give(purses.slice(7000), trustee=purses.world.company)
    names = {fund.id: fund.name for fund in queries.funds()}
    with pytest.raises(EarmarkForbidsPurchase) as refusal:
        purses.order(purses.line(SUIT, 1, 100, to=purses.zhongnan))
    assert [(one["name"], one["bars"]) for one in refusal.value.data["forbidding"]] == [
        (names[hospital], ["RECEIVER"]),
        (names[masks], ["ITEM"]),
    ]
    assert refusal.value.data["allowing"] == [
        {"fund": str(own), "name": names[own], "bars": ["HOLDER"], "free_fen": 700_000}
    ]
    with pytest.raises(EarmarkForbidsPurchase) as chosen:
        purses.order(purses.line(MASK, 100, 100, to=purses.zhongnan), funds=[hospital])
    assert [one["name"] for one in chosen.value.data["forbidding"]] == [names[hospital]]
    assert (names[masks], 90_000) in [(one["name"], one["free_fen"]) for one in chosen.value.data["allowing"]]
    assert queries.purchases() == ()


def test_money_in_other_hands_is_never_drawn(purses: Purses) -> None:
    [trust] = purses.give(purses.slice(1000))
    [own] = purses.give(purses.slice(600), trustee=purses.world.company)
    order = purses.order(purses.line(MASK, 100, 600), buyer=purses.world.company)
    assert purses.split(order) == {own: 600}
    with pytest.raises(EarmarkForbidsPurchase):
        purses.order(purses.line(MASK, 1, 1), buyer=purses.world.company, funds=[trust])
    with pytest.raises(FundsTooSmall):
        purses.order(purses.line(MASK, 1, 1), buyer=purses.world.company)
    assert queries.fund(trust).unspent_fen == 100_000


def test_a_preview_says_what_the_order_will_do_and_writes_nothing(purses: Purses) -> None:
    tight, free = purses.give(purses.slice(100, to=[purses.union]), purses.slice(100))
    line = purses.line(MASK, 10, 150, to=purses.union)
    preview = supply.preview_purchase(supplier=purses.supplier, lines=[line], buyer=purses.federation, now=NOW)
    assert paying(preview) == [{tight: 10_000, free: 5_000}]
    assert queries.purchases() == ()
    assert purses.split(purses.order(line)) == {tight: 100, free: 50}


def test_after_its_last_day_nothing_is_drawn_from_a_fund(purses: Purses) -> None:
    today = house_day(NOW)
    [short] = purses.give(purses.slice(500, until=today))
    order = purses.order(purses.line(MASK, 100, 500))
    tomorrow = NOW + timedelta(days=1)
    with pytest.raises(EarmarkRanOut) as refusal:
        purses.receive(order, 10, now=tomorrow)
    assert refusal.value.expected == f"until {today}"
    with pytest.raises(EarmarkForbidsPurchase) as late:
        purses.order(purses.line(MASK, 1, 1), now=tomorrow)
    assert late.value.data["forbidding"][0]["bars"] == ["UNTIL"]
    [free] = purses.give(purses.slice(500), now=tomorrow)
    purses.receive(order, 10, now=tomorrow)  # another fund keeps the promise now
    assert purses.split(order) == {free: 500}
    assert queries.fund(short).unspent_fen == 50_000


def test_a_fund_does_not_promise_what_comes_after_its_last_day(purses: Purses) -> None:
    purses.give(purses.slice(500, until=house_day(NOW) + timedelta(days=2)))
    purses.order(purses.line(MASK, 1, 100, due_at=NOW + timedelta(days=2)))
    with pytest.raises(EarmarkForbidsPurchase):
        purses.order(purses.line(MASK, 1, 100, due_at=NOW + timedelta(days=3)))


def test_goods_are_paid_once_they_came_and_ahead_only_when_somebody_says_so(purses: Purses) -> None:
    [fund] = purses.give(purses.slice(1000))
    order = purses.order(purses.line(MASK, 100, 1000))
    purses.receive(order, 25)
    bill = purses.bill(order, 1000)
    with pytest.raises(PaysAhead) as refusal:
        purses.pay(bill)
    assert refusal.value.data["ahead_fen"] == 75_000
    purses.pay(bill, fen=25_000)
    assert queries.fund(fund).drawn_fen == 25_000
    purses.pay(bill, is_ahead=True)
    [line] = queries.purchase(order).lines
    assert (line.ahead_fen, line.open_fen, line.paid_fen, line.owed_fen) == (75_000, 0, 100_000, 0)
    with pytest.raises(PurchaseNotAtThisStep):
        purses.pay(bill)
    purses.receive(order, 75)
    assert queries.purchase(order).lines[0].ahead_fen == 0
    assert_adds_up()


def test_several_bills_are_checked_against_the_order_together(purses: Purses) -> None:
    purses.give(purses.slice(1000))
    order = purses.order(purses.line(MASK, 100, 600), purses.line(SUIT, 4, 400))
    purses.bill(order, 400, 0, reference="A1")
    purses.bill(order, 200, 300, reference="A2")
    with pytest.raises(InvoiceKnown):
        purses.bill(order, 0, 100, reference="A2")
    over = purses.bill(order, 0, 101, reference="A3")
    assert [invoice.state for invoice in queries.purchase(order).invoices] == ["RECORDED", "RECORDED", "DOUBTED"]
    purses.receive(order, 100, 4)
    with pytest.raises(InvoiceInDoubt):
        purses.pay(over)


def settle(purses: Purses, invoice: object, settled: Settled, **more: object) -> object:
    asked = {"why": "rang the supplier", "actor": purses.lin, "now": NOW, "request_id": new_id()} | more
    return supply.settle_invoice(invoice=invoice, settled=settled, **asked)  # type: ignore[arg-type]


def test_a_person_decides_which_price_holds_and_the_decision_is_a_document(purses: Purses) -> None:
    purses.give(purses.slice(2000))
    order = purses.order(purses.line(MASK, 100, 1000))
    purses.receive(order, 50)
    bill = purses.bill(order, 1200, reference="B-7")
    request = new_id()
    document = settle(purses, bill, Settled.BILLED, request_id=request)
    assert settle(purses, bill, Settled.BILLED, request_id=request) == document
    body = journal.document(document).body  # type: ignore[arg-type]
    assert [figure["amount"] for figure in body["figures"]] == [100_000, 120_000]
    assert body["chosen"] == 120_000
    [line] = queries.purchase(order).lines
    assert (line.price_fen, line.open_fen, line.worth_fen) == (120_000, 70_000, 50_000)
    purses.receive(order, 50)
    purses.pay(bill)
    assert queries.purchase(order).state == "COMPLETE"
    with pytest.raises(PurchaseNotAtThisStep):
        settle(purses, bill, Settled.ORDERED)
    assert_adds_up()


def test_the_ordered_price_holds_where_the_goods_have_come(purses: Purses) -> None:
    [fund] = purses.give(purses.slice(2000))
    order = purses.order(purses.line(MASK, 100, 1000))
    purses.receive(order, 100)
    bill = purses.bill(order, 1200)
    with pytest.raises(PurchaseNotAtThisStep):
        settle(purses, bill, Settled.BILLED)
    settle(purses, bill, Settled.ORDERED)
    purses.pay(bill)
    assert queries.purchase(order).state == "COMPLETE"
    assert queries.fund(fund).drawn_fen == 100_000


def test_a_dearer_bill_paid_ahead_takes_new_money(purses: Purses) -> None:
    [fund] = purses.give(purses.slice(1100))
    order = purses.order(purses.line(MASK, 100, 1000))
    purses.pay(purses.bill(order, 1000), is_ahead=True)
    more = purses.bill(order, 100)
    settle(purses, more, Settled.BILLED)
    assert queries.fund(fund).committed_fen == 10_000
    purses.receive(order, 100)
    purses.pay(more)
    assert queries.purchase(order).state == "COMPLETE"
    assert_adds_up()


def test_a_refund_returns_to_the_fund_it_came_from_by_a_correction(purses: Purses) -> None:
    first, second = purses.give(purses.slice(100, to=[purses.union]), purses.slice(900))
    order = purses.order(purses.line(MASK, 100, 1000, to=purses.union))
    delivery = purses.receive(order, 100)
    purses.pay(purses.bill(order, 1000))
    purses.refund(order, Refunded(1, 20_000, delivery, 20))
    assert (queries.fund(first).unspent_fen, queries.fund(second).unspent_fen) == (2_000, 18_000)
    back = [move for move in book.movements(lots=[queries.fund(second).lot]) if move.corrects]
    assert [(move.target.holder, move.amount) for move in back] == [(purses.federation, 18_000)]
    assert purses.world.standing(State.RETURNED, holder=purses.supplier) == 20
    [line] = queries.purchase(order).lines
    assert (line.returned, line.paid_fen, line.worth_fen, line.owed_fen) == (20, 80_000, 80_000, 0)
    with pytest.raises(RefundExceedsDraw):
        purses.refund(order, Refunded(1, 80_001, delivery))
    with pytest.raises(RefundExceedsDraw):
        purses.refund(order, Refunded(1, 1, delivery, 81))
    assert_adds_up()
    assert book.verify_book().ok


def test_what_was_not_paid_yet_is_credited_without_cash(purses: Purses) -> None:
    [fund] = purses.give(purses.slice(1000))
    order = purses.order(purses.line(MASK, 100, 1000))
    delivery = purses.receive(order, 100)
    bill = purses.bill(order, 1000)
    purses.refund(order, Refunded(1, 10_000, delivery))
    [refund] = queries.purchase(order).refunds
    assert (refund.fen, refund.cash_fen) == (10_000, 0)
    with pytest.raises(PurchaseNotAtThisStep):
        purses.pay(bill, fen=100_000)
    purses.pay(bill)
    assert queries.purchase(order).lines[0].paid_fen == 90_000
    assert queries.fund(fund).unspent_fen == 10_000


def test_called_off_goods_free_their_money_and_what_was_paid_ahead_comes_back(purses: Purses) -> None:
    [fund] = purses.give(purses.slice(1000))
    order = purses.order(purses.line(MASK, 100, 1000))
    purses.receive(order, 20)
    purses.pay(purses.bill(order, 500), is_ahead=True)
    with pytest.raises(RefundExceedsDraw):
        purses.refund(order, Refunded(1, 30_000))  # those goods are still to come
    purses.call_off(order, {1: 30})
    assert queries.fund(fund).unspent_fen == 30_000
    purses.call_off(order)
    [line] = queries.purchase(order).lines
    assert (queries.fund(fund).unspent_fen, line.refundable_fen) == (50_000, 30_000)
    assert queries.purchase(order).state == "UNDER_WAY"
    purses.refund(order, Refunded(1, 30_000))
    assert queries.fund(fund).unspent_fen == 80_000
    assert queries.purchase(order).state == "COMPLETE"
    with pytest.raises(PurchaseNotAtThisStep):
        purses.call_off(order)
    assert_adds_up()


def test_refused_units_are_still_to_come_and_nothing_is_drawn_for_them(purses: Purses) -> None:
    [fund] = purses.give(purses.slice(1000))
    order = purses.order(purses.line(MASK, 100, 1000))
    supply.receive_purchase(
        purchase=order,
        site=purses.world.langfang,
        deliveries=[supply.Delivered(1, 0, refused=100, note="wet cartons")],
        actor=purses.lin,
        now=NOW,
        request_id=new_id(),
    )
    assert queries.fund(fund).drawn_fen == 0
    with pytest.raises(PurchaseNotAtThisStep):
        purses.receive(order, 101)
    purses.receive(order, 100)
    assert_adds_up()


def test_the_same_request_again_has_one_effect(purses: Purses) -> None:
    [fund] = purses.give(purses.slice(1000))
    request = new_id()
    order = purses.order(purses.line(MASK, 10, 100), request_id=request)
    assert purses.order(purses.line(MASK, 10, 100), request_id=request) == order
    with pytest.raises(RequestIdReused):
        purses.order(purses.line(MASK, 10, 101), request_id=request)
    again = new_id()
    assert purses.receive(order, 4, request_id=again) == purses.receive(order, 4, request_id=again)
    assert queries.fund(fund).drawn_fen == 4_000
    assert len(queries.purchases()) == 1


@pytest.mark.parametrize(("amount", "yuan"), [(0, 10), (1001, 10), (-1, 10)])
def test_a_line_costs_at_least_a_fen_for_each_unit(purses: Purses, amount: int, yuan: float) -> None:
    purses.give(purses.slice(1000))
    with pytest.raises(UnusableInput):
        purses.order(purses.line(MASK, amount, yuan))


def test_what_is_weighed_is_bought_at_its_real_price_and_no_part_of_it_for_nothing(purses: Purses) -> None:
    (fund,) = purses.give(purses.slice(20_000))
    order = purses.order(purses.line("cabbage", 6_200_000, 16_120))  # 2.6 yuan a kilogram
    purses.receive(order, 2_000_000)
    with pytest.raises(ArrivalWorthNothing):
        purses.receive(order, 3)  # 0.78 fen
    purses.receive(order, 4_200_000)
    assert_adds_up()
    assert queries.fund(fund).drawn_fen == 1_612_000
    with pytest.raises(WeighedLineMakesNoSense):
        purses.order(purses.line("cabbage", 1_001, 0.01))
    with pytest.raises(OrderLineMakesNoSense) as refused:
        purses.order(purses.line(MASK, 3, 0.02))
    assert not isinstance(refused.value, WeighedLineMakesNoSense)


def test_who_sold_and_whose_money_stand_behind_packs(purses: Purses) -> None:
    purses.give(purses.slice(1_000))
    order = purses.order(purses.line("potato", 30_000, 96), purses.line("carrot", 20_000, 40))
    purses.receive(order, 30_000, 20_000)
    run = run_of(purses.world, 10, site=purses.world.langfang, actor=purses.lin)
    tally(purses.world, run, 4, actor=purses.lin)
    view = queries.packing_run(run)
    sold_by = party_names([purses.supplier])[purses.supplier][0]
    assert {part.supplier_name for layer in view.layers for part in layer.parts} == {sold_by}
    ((_who, _label, fen),) = queries.money_in_run(view)
    assert fen == 4 * (960 + 400)


def test_money_is_for_its_duty_at_its_holder_and_a_stranger_leaves_no_trace(purses: Purses) -> None:
    [fund] = purses.give(purses.slice(1000), purses.slice(1000))[:1]
    order = purses.order(purses.line(MASK, 100, 1000))
    delivery = purses.receive(order, 50)
    bill = purses.bill(order, 1000)
    doubted = purses.bill(order, 1)
    stranger = {"actor": purses.world.cast.stranger, "now": NOW, "request_id": new_id()}
    acts = {
        "order": lambda: purses.order(purses.line(MASK, 1, 1), actor=purses.world.cast.stranger),
        "receive": lambda: purses.receive(order, 1, actor=purses.world.cast.stranger),
        "bill": lambda: supply.record_invoice(
            purchase=order,
            reference="X",
            lines=[supply.Billed(1, 1)],
            **stranger,  # type: ignore[arg-type]
        ),
        "settle": lambda: settle(purses, doubted, Settled.ORDERED, actor=purses.world.cast.stranger),
        "pay": lambda: supply.pay_invoice(invoice=bill, fen=1, **stranger),  # type: ignore[arg-type]
        "refund": lambda: supply.refund_purchase(
            purchase=order,
            lines=[Refunded(1, 1, delivery)],
            why="x",
            **stranger,  # type: ignore[arg-type]
        ),
        "cancel": lambda: supply.cancel_purchase(purchase=order, why="x", **stranger),  # type: ignore[arg-type]
        "give": lambda: supply.register_money_gift(
            donor=purses.world.company,
            trustee=purses.federation,
            slices=[purses.slice(1)],
            **stranger,  # type: ignore[arg-type]
        ),
        "come": lambda: supply.receive_money(gift=queries.fund(fund).gift, **stranger),  # type: ignore[arg-type]
        "move": lambda: supply.propose_re_earmark(
            fund=fund,
            terms=purses.slice(1),
            why="x",
            consent_by=purses.world.company,
            consent_text="x",
            **stranger,  # type: ignore[arg-type]
        ),
    }
    for act in acts.values():
        assert_refused_without_trace(act)


def test_a_keeper_signs_for_goods_only_at_the_own_place(purses: Purses) -> None:
    purses.give(purses.slice(1000))
    order = purses.order(purses.line(MASK, 100, 1000))
    purses.receive(order, 1, actor=purses.world.kai)
    with pytest.raises(NotYourPlace):
        purses.receive(order, 1, actor=purses.world.cast.bao)
    with pytest.raises(NotYourPlace):
        purses.order(purses.line(MASK, 1, 1), actor=purses.world.kai)


def test_the_goods_come_from_the_supplier_and_their_path_is_seen(purses: Purses) -> None:
    purses.give(purses.slice(1000))
    order = purses.order(purses.line(MASK, 100, 1000))
    purses.receive(order, 100)
    [delivery] = queries.purchase(order).deliveries
    moves = book.movements(lots=[line.lot for line in delivery.lines if line.lot])
    assert [(move.source, move.target) for move in moves] == [
        (AccountRef(purses.supplier, State.CONVERSION), AccountRef(purses.supplier, State.AVAILABLE)),
        (AccountRef(purses.supplier, State.AVAILABLE), AccountRef(purses.world.langfang, State.AVAILABLE)),
    ]
    assert {move.document for move in moves} == {delivery.document}


def hand_over(purses: Purses, lot: UUID, amount: int) -> None:
    """Zhongnan takes it over at Langfang's gate."""
    source, target = AccountRef(purses.world.langfang, State.AVAILABLE), AccountRef(purses.zhongnan, State.HANDED_OVER)
    with transaction.atomic():
        ledger.post(
            lines=[ledger.post_line(source, target, lot, amount)],
            actor=purses.lin,
            reason=Reason.HANDOVER,
            document=None,
            request_id=new_id(),
            now=NOW,
        )


def test_a_giver_of_money_sees_the_boxes_and_the_signatures(purses: Purses) -> None:
    first, second = purses.give(purses.slice(250, to=[purses.zhongnan]), purses.slice(750))
    order = purses.order(purses.line(MASK, 100, 1000, to=purses.zhongnan))
    purses.receive(order, 40)
    [path] = [one for one in queries.money_page(purses.world.company) if one.fund.id == first]
    [bought] = path.bought
    assert (bought.amount, bought.value_fen, bought.fen, bought.share_permille) == (40, 40_000, 10_000, 250)
    assert (path.signed_fen, path.fund.committed_fen) == (0, 15_000)
    hand_over(purses, bought.lot, 40)
    assert queries.fund_path(second).signed_fen == 30_000
    [path] = [one for one in queries.money_page(purses.world.company) if one.fund.id == second]
    assert (path.signed_fen, path.bought[0].path.signers) == (30_000, frozenset({purses.zhongnan}))
    assert [step.target_name for step in path.bought[0].path.steps][-1] == "武汉大学中南医院"


def test_what_was_sent_back_does_not_keep_the_rest_from_being_signed_for(purses: Purses) -> None:
    [fund] = purses.give(purses.slice(1000, to=[purses.zhongnan]))
    order = purses.order(purses.line(MASK, 100, 1000, to=purses.zhongnan))
    delivery = purses.receive(order, 100)
    purses.refund(order, Refunded(1, 20_000, delivery, 20))
    [bought] = queries.fund_path(fund).bought
    hand_over(purses, bought.lot, 79)
    assert queries.fund_path(fund).signed_fen == 0
    hand_over(purses, bought.lot, 1)
    assert queries.fund_path(fund).signed_fen == 80_000


@pytest.fixture
def by_another_name(purses: Purses) -> UUID:
    """A second name for Zhongnan, merged into it."""
    other = register_party(kind="SITE", name="中南医院（武昌）", city="武汉", now=NOW)
    merge(kept=purses.zhongnan, merged=other, evidence=[], why="one house", by=None, now=NOW, request_id=new_id())
    return other


@pytest.mark.parametrize("is_written_kept", [True, False])
def test_money_for_either_name_of_a_merged_house_pays_for_both(
    purses: Purses, by_another_name: UUID, is_written_kept: bool
) -> None:
    names = [purses.zhongnan, by_another_name]
    written, asked = names if is_written_kept else reversed(names)
    tight, free = purses.give(purses.slice(1000, to=[written]), purses.slice(5000))
    line = purses.line(MASK, 700, 1000, to=asked)
    preview = supply.preview_purchase(supplier=purses.supplier, lines=[line], buyer=purses.federation, now=NOW)
    assert paying(preview) == [{tight: 100_000}]
    order = purses.order(line)
    assert purses.split(order) == {tight: 1000}  # narrow money first, also by another name
    purses.receive(order, 700)
    [arrived] = queries.purchase(order).deliveries
    lot = book.lot(arrived.lines[0].lot)  # type: ignore[arg-type]
    assert lot.earmark is not None
    assert lot.earmark.parties == {written}  # the book keeps the giver's word
    assert [one.id for one in queries.purchases(receiver=asked)] == [order]
    queries.purchase(order).require_sight(log_in_as("Yu", [(Duty.KEEPER, asked)]))
    with pytest.raises(NotYourPlace):
        queries.purchase(order).require_sight(log_in_as("Yan", [(Duty.KEEPER, purses.union)]))
    # What is ordered next finds the tight fund empty.
    assert purses.split(purses.order(purses.line(MASK, 1, 10, to=asked))) == {free: 10}
    assert_adds_up()
    assert book.verify_book().ok


def test_money_for_both_names_of_a_house_pays_one_line_of_goods_for_each_name(
    purses: Purses, by_another_name: UUID
) -> None:
    kept, other = purses.give(purses.slice(300, to=[purses.zhongnan]), purses.slice(700, to=[by_another_name]))
    line = purses.line(MASK, 100, 1000, to=purses.zhongnan)
    preview = supply.preview_purchase(supplier=purses.supplier, lines=[line], buyer=purses.federation, now=NOW)
    assert paying(preview) == [{kept: 30_000, other: 70_000}]
    order = purses.order(line)
    view = queries.purchase(order)
    assert [(one.no, one.amount, one.price_fen, one.receiver) for one in view.lines] == [
        (1, 30, 30_000, purses.zhongnan),
        (2, 70, 70_000, by_another_name),
    ]
    assert (purses.split(order, 1), purses.split(order, 2)) == ({kept: 300}, {other: 700})
    purses.receive(order, 30, 70)
    [arrived] = queries.purchase(order).deliveries
    marks = [lot.earmark for lot in book.lots([one.lot for one in arrived.lines if one.lot])]
    assert {mark.parties for mark in marks if mark} == {frozenset({purses.zhongnan}), frozenset({by_another_name})}
    assert [one.id for one in queries.purchases(receiver=purses.zhongnan)] == [order]
    assert queries.on_order([purses.zhongnan]) == {(purses.zhongnan, purses.item(MASK), ""): 0}
    assert_adds_up()
    assert book.verify_book().ok


def test_narrow_money_for_either_name_goes_before_free_money_to_the_fen(purses: Purses, by_another_name: UUID) -> None:
    kept, other, free = purses.give(
        purses.slice(300.5, to=[purses.zhongnan]), purses.slice(500, to=[by_another_name]), purses.slice(5000)
    )
    order = purses.order(purses.line(MASK, 100, 1000, to=purses.zhongnan), purses.line(SUIT, 1, 100))
    paid: Counter[UUID] = Counter()
    for line in queries.purchase(order).lines:
        paid.update({part.fund: part.open_fen for part in line.paid_by})
    assert paid == {kept: 30_050, other: 50_000, free: 29_950}
    assert queries.on_order([purses.zhongnan]) == {(purses.zhongnan, purses.item(MASK), ""): 100}
    assert_adds_up()


def test_a_piece_nobody_can_cut_is_for_one_name(purses: Purses, by_another_name: UUID) -> None:
    """Half a ventilator for each name is no goods: who may not pay a whole one pays none."""
    purses.give(purses.slice(300, to=[purses.zhongnan]), purses.slice(700, to=[by_another_name]))
    with pytest.raises(FundsTooSmall) as refusal:
        purses.order(purses.line(METER, 1, 1000, to=purses.zhongnan))
    assert refusal.value.data["line"] == 1


@pytest.fixture
def two_names(purses: Purses, by_another_name: UUID) -> tuple[Purses, UUID]:
    return purses, by_another_name


@contextmanager
def undone() -> Iterator[None]:
    with transaction.atomic():
        yield
        transaction.set_rollback(True)


@given(
    money=st.tuples(st.integers(0, 400), st.integers(0, 400), st.integers(0, 200)),
    amount=st.integers(1, 7),
    fen=st.integers(7, 900),
)
@settings(max_examples=25, deadline=None, database=None, suppress_health_check=list(HealthCheck))
def test_a_line_for_two_names_is_never_paid_outside_either(
    two_names: tuple[Purses, UUID], money: tuple[int, int, int], amount: int, fen: int
) -> None:
    """Whatever the sums: the parts are the line, each paid by its own name's money or by free money; tight money first."""
    purses, other = two_names
    # So many units for the first name: what free money has to add, with the odd fen in either part.
    cuts = []
    for units in range(amount + 1):
        first = {fen * units // amount, fen - fen * (amount - units) // amount}
        adds = [max(fen_ - money[0], 0) + max(fen - fen_ - money[1], 0) for fen_ in first]
        cuts.append((min(adds), max(adds)))
    terms = [[purses.zhongnan], [other], []]
    slices = [purses.slice(yuan / 100, to=to) for yuan, to in zip(money, terms, strict=True) if yuan]
    with undone():
        funds = purses.give(*slices) if slices else []
        for_whom = dict(zip(funds, [to for yuan, to in zip(money, terms, strict=True) if yuan], strict=True))
        try:
            order = purses.order(purses.line(MASK, amount, fen / 100, to=purses.zhongnan))
        except (FundsTooSmall, EarmarkForbidsPurchase):
            assert all(most > money[2] for _, most in cuts)
            return
        lines = queries.purchase(order).lines
        assert (sum(line.amount for line in lines), sum(line.price_fen for line in lines)) == (amount, fen)
        free_fen = 0
        for line in lines:
            for part in line.paid_by:
                assert not for_whom[part.fund] or for_whom[part.fund] == [line.receiver]
                free_fen += 0 if for_whom[part.fund] else part.open_fen
        assert min(least for least, _ in cuts) <= free_fen <= min(most for _, most in cuts)
        assert_adds_up()


def test_after_a_merge_is_undone_money_keeps_to_the_written_name(purses: Purses, by_another_name: UUID) -> None:
    purses.give(purses.slice(1000, to=[by_another_name]))
    order = purses.order(purses.line(MASK, 10, 100, to=purses.zhongnan))
    [one] = merges()
    undo_merge(merge=one.id, why="they are two", by=None, now=NOW)
    with pytest.raises(EarmarkForbidsPurchase):
        purses.order(purses.line(MASK, 10, 100, to=purses.zhongnan))
    purses.receive(order, 10)
    assert_adds_up()


def test_who_else_has_money_for_a_merged_house_is_told(purses: Purses, by_another_name: UUID) -> None:
    [theirs] = purses.give(purses.slice(90, to=[by_another_name]), trustee=purses.world.company)
    with pytest.raises(EarmarkForbidsPurchase) as refusal:
        purses.order(purses.line(MASK, 10, 100, to=purses.zhongnan))
    assert [one["fund"] for one in refusal.value.data["allowing"]] == [str(theirs)]


def test_a_price_far_from_those_before_is_kept_with_the_order_and_said_before_it(purses: Purses) -> None:
    purses.give(purses.slice(90_000), now=NOW - timedelta(days=4))
    for days, yuan in enumerate((100, 110, 90), start=1):
        purses.order(purses.line(MASK, 100, yuan), now=NOW - timedelta(days=days))
    dear, cheap = purses.line(MASK, 100, 300), purses.line(MASK, 100, 109)
    strange = purses.line(SUIT, 1, 500)  # nobody asked or paid for one before
    said = supply.preview_purchase(
        supplier=purses.supplier, lines=[dear, cheap, strange], buyer=purses.federation, now=NOW
    )
    assert [(one.is_far_from_median, one.median_fen, one.median_ratio) for one in said] == [
        (True, 100.0, 3.0),
        (False, 100.0, 1.09),
        (False, None, None),
    ]
    order = purses.order(dear, cheap, strange)
    for yuan in (300, 310, 320, 330, 340):  # a later panic does not make it an ordinary price
        purses.order(purses.line(MASK, 100, yuan))
    lines = queries.purchase(order).lines
    assert [(one.is_far_from_median, one.median_fen, one.median_ratio) for one in lines] == [
        (True, 100.0, 3.0),
        (False, 100.0, 1.09),
        (False, None, None),
    ]
    [far] = journal.document(queries.purchase(order).document).body["far_prices"]
    assert (far["line"], far["item_zh"], far["median_fen"], far["median_ratio"]) == (1, lines[0].item_zh, 100.0, 3.0)


@pytest.mark.parametrize(("yuan", "is_far"), [(50, True), (50.01, False), (149.99, False), (150, True)])
def test_half_as_dear_again_or_half_is_far(purses: Purses, yuan: float, is_far: bool) -> None:
    purses.give(purses.slice(90_000), now=NOW - timedelta(days=4))
    for days in (1, 2, 3):
        purses.order(purses.line(MASK, 100, 100), now=NOW - timedelta(days=days))
    [line] = queries.purchase(purses.order(purses.line(MASK, 100, yuan))).lines
    assert line.is_far_from_median is is_far


def test_a_purpose_in_words_is_read_by_a_person_and_drawn_last(purses: Purses) -> None:
    worded, free = purses.give(purses.slice(1000, purpose="只用于呼吸机"), purses.slice(500))
    first = purses.order(purses.line(MASK, 10, 300))
    assert purses.split(first) == {free: 300}
    [part] = queries.purchase(first).lines[0].paid_by
    assert part.purpose == ""
    second = purses.order(purses.line(MASK, 10, 300))
    paid_by = {part.fund: part for part in queries.purchase(second).lines[0].paid_by}
    assert (paid_by[free].open_fen, paid_by[worded].open_fen) == (20_000, 10_000)
    assert paid_by[worded].purpose == "只用于呼吸机"


def test_a_house_of_fourteen_spellings_is_paid_for_under_all_of_them(purses: Purses) -> None:
    names = [purses.zhongnan]
    for at in range(13):
        spelling = register_party(kind="SITE", name=f"中南医院第{at}种写法", city="武汉", now=NOW)
        merge(
            kept=purses.zhongnan, merged=spelling, evidence=[], why="one house", by=None, now=NOW, request_id=new_id()
        )
        names.append(spelling)
    for name in names:
        purses.give(purses.slice(100, to=[name]))
    line = purses.line(MASK, 1_400, 1_000, to=purses.zhongnan)
    order = purses.order(line)
    assert sum(queries.fund(row.id).committed_fen for row in queries.funds()) == line.price_fen
    assert queries.purchase(order).state == "ORDERED"
