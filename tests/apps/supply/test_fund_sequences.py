"""Whatever the order of events: no fen is lost, spent twice, or spent outside its earmark."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from hypothesis import HealthCheck, settings
from hypothesis import strategies as st
from hypothesis.stateful import RuleBasedStateMachine, initialize, invariant, rule, run_state_machine_as_test

from baogong.catalogue.queries import MONEY
from baogong.journal.clock import house_day
from baogong.kernel.errors import BaogongError
from baogong.kernel.money import split_exactly
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.supply import queries
from baogong.supply.services import Refunded
from baogong.supply.services.draws import share
from tests.apps.supply.purse import MASK, METER, SUIT, Purses, assert_adds_up, make_purses
from tests.cast import NOW

GOODS = [MASK, SUIT, METER]
LAST_DAY = house_day(NOW) + timedelta(days=4)


def traces() -> list[int]:
    """How many rows there are of what any act leaves."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT (SELECT count(*) FROM ledger_movement), (SELECT count(*) FROM journal_event), "
            "(SELECT count(*) FROM journal_document), (SELECT count(*) FROM supply_orderedline)"
        )
        return list(cursor.fetchone())


class Money(RuleBasedStateMachine):
    """One federation's money on its way; every refusal must leave the book as it was."""

    purses: Purses  # set by the test

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now: datetime = NOW
        self.orders: list[UUID] = []
        self.bills: list[UUID] = []

    @initialize()
    def give(self) -> None:
        purses = self.purses
        self.own = purses.give(purses.slice(400), trustee=purses.world.company)
        purses.give(
            purses.slice(300, to=[purses.union]),
            purses.slice(300, items=[MASK]),
            purses.slice(200, to=[purses.union, purses.zhongnan], items=[MASK, SUIT], until=LAST_DAY),
            purses.slice(250),
        )
        # Huaxin, which sells to the federation, gives too.
        self.suppliers = purses.give(purses.slice(150, items=[METER]), purses.slice(100), donor=purses.supplier)

    def trying(self, act: Callable[[], Any]) -> Any:
        """What the act gives; None where it is refused, and then nothing has changed."""
        before = traces()
        try:
            with transaction.atomic():
                return act()
        except BaogongError:
            assert traces() == before
            return None

    @rule(code=st.sampled_from(GOODS), amount=st.integers(1, 40), fen=st.integers(40, 30_000), to=st.integers(0, 2))
    def order(self, code: str, amount: int, fen: int, to: int) -> None:
        receiver = [None, self.purses.union, self.purses.zhongnan][to]
        wanted = self.purses.line(code, amount, fen / 100, to=receiver)
        made = self.trying(lambda: self.purses.order(wanted, now=self.now))
        self.orders += [made] if made else []

    @rule(which=st.integers(0, 9), tenths=st.integers(1, 10))
    def receive(self, which: int, tenths: int) -> None:
        if order := self.pick(self.orders, which):
            to_come = queries.purchase(order).lines[0].to_come
            amount = max(to_come * tenths // 10, 1)
            self.trying(lambda: self.purses.receive(order, amount, now=self.now))

    @rule(which=st.integers(0, 9), percent=st.sampled_from([30, 100, 120]))
    def bill(self, which: int, percent: int) -> None:
        if order := self.pick(self.orders, which):
            yuan = max(queries.purchase(order).price_fen * percent // 100, 1) / 100
            made = self.trying(lambda: self.purses.bill(order, yuan, now=self.now))
            self.bills += [made] if made else []

    @rule(which=st.integers(0, 9), fen=st.one_of(st.none(), st.integers(1, 9_000)), is_ahead=st.booleans())
    def pay(self, which: int, fen: int | None, is_ahead: bool) -> None:
        if bill := self.pick(self.bills, which):
            self.trying(lambda: self.purses.pay(bill, fen=fen, is_ahead=is_ahead, now=self.now))

    @rule(which=st.integers(0, 9), fen=st.integers(1, 4_000), amount=st.integers(0, 5), of_delivery=st.booleans())
    def refund(self, which: int, fen: int, amount: int, of_delivery: bool) -> None:
        if order := self.pick(self.orders, which):
            arrived = queries.purchase(order).deliveries
            said = Refunded(1, fen, arrived[0].id, amount) if of_delivery and arrived else Refunded(1, fen)
            self.trying(lambda: self.purses.refund(order, said, now=self.now))

    @rule(which=st.integers(0, 9), is_all=st.booleans())
    def call_off(self, which: int, is_all: bool) -> None:
        if order := self.pick(self.orders, which):
            self.trying(lambda: self.purses.call_off(order, None if is_all else {1: 1}, now=self.now))

    @rule(which=st.integers(0, 9), yuan=st.integers(1, 200))
    def move_earmark(self, which: int, yuan: int) -> None:
        funds = [fund.id for fund in queries.funds(trustee=self.purses.federation)]
        terms = self.purses.slice(yuan, to=[self.purses.zhongnan])
        self.trying(lambda: self.purses.move(self.pick(funds, which), terms, now=self.now))

    @rule(days=st.integers(1, 3))
    def wait(self, days: int) -> None:
        self.now += timedelta(days=days)

    @staticmethod
    def pick(known: list[UUID], which: int) -> Any:
        return known[which % len(known)] if known else None

    @invariant()
    def every_fen_is_somewhere_and_in_its_place(self) -> None:
        views, purchases = assert_adds_up()
        funds = {fund.lot: fund for fund in views}
        # Of what a supplier gave, what it pays back is no second gift.
        given = sum(fund.came_fen for fund in views if fund.donor == self.purses.supplier)
        assert given == sum(fund.announced_fen for fund in views if fund.id in self.suppliers) == 25_000
        # Nobody draws on what another holds.
        assert [fund.unspent_fen for fund in views if fund.id in self.own] == [40_000]
        lots = [line.lot for one in purchases for arrived in one.deliveries for line in arrived.lines if line.lot]
        goods = {lot.id: lot for lot in book.lots(lots)}
        for source in book.sources_of(lots):
            fund, lot = funds.get(source.parent), goods.get(source.child)
            if fund is None or lot is None:
                continue  # a fund made from another fund
            assert not fund.items or lot.item in {item.id for item in fund.items}
            if fund.receivers:
                assert lot.earmark is not None
                assert frozenset() < lot.earmark.parties <= {party.id for party in fund.receivers}
        late = [fund for fund in views if fund.until]
        assert all(
            move.target.holder != self.purses.supplier or house_day(move.at) <= LAST_DAY
            for move in book.movements(lots=[fund.lot for fund in late])
            if move.tense == "POSTED"
            and move.corrects is None
            and move.source.state is not State.OUTSIDE
            and move.source.holder == self.purses.federation
        )

    def teardown(self) -> None:
        report = book.verify_book()
        transaction.set_rollback(True)
        self.undo.__exit__(None, None, None)
        assert report.ok, report.faults


@pytest.mark.django_db
def test_drawn_committed_and_unspent_are_the_gift_whatever_happens() -> None:
    Money.purses = make_purses()
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=5,
            stateful_step_count=14,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


@pytest.mark.parametrize("fen", [0, 1, 7, 100])
def test_a_share_of_a_pool_leaves_no_fund_out_and_never_takes_more_than_it_has(fen: int) -> None:
    pool = {UUID(int=1): 61, UUID(int=2): 38, UUID(int=3): 1}
    parts = share(pool, fen)
    assert sum(parts.values()) == fen
    assert all(0 < part <= pool[fund] for fund, part in parts.items())
    assert sum(split_exactly(fen, list(pool.values()))) == fen


def test_money_is_the_item_counted_in_fen(db: None) -> None:
    make_purses()
    from baogong.catalogue.queries import item

    assert item(MONEY).unit == "FEN"
