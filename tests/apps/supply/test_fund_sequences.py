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
from baogong.engine import funds as engine
from baogong.engine.book import rules
from baogong.journal.clock import house_day
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import new_id
from baogong.kernel.money import split_exactly
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.people.queries.merges import merges
from baogong.people.services.merges import merge, undo_merge
from baogong.people.services.parties import register_party
from baogong.supply import queries
from baogong.supply.services import Refunded, Settled, receive_money, register_money_gift, settle_invoice
from baogong.supply.services.money_out import share
from tests.apps.supply.purse import MASK, METER, SUIT, Purses, assert_adds_up, make_purses
from tests.cast import NOW

GOODS = [MASK, SUIT, METER]
# The soak's own count reaches this.
EXAMPLES = 6 if settings.get_current_profile_name() == "house" else settings().max_examples
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
    """
    One federation's money on its way; every refusal must leave the book as it was.

    Union has a second name: merged by a person, parted again, merged again, while money for either name is spent.
    """

    purses: Purses  # set by the test

    def __init__(self) -> None:
        super().__init__()
        self.undo = transaction.atomic()
        self.undo.__enter__()
        self.now: datetime = NOW
        self.orders: list[UUID] = []
        self.bills: list[UUID] = []
        self.announced: list[UUID] = []  # gifts of which nothing has come

    @initialize()
    def give(self) -> None:
        purses = self.purses
        self.other_name = register_party(kind="SITE", name="协和（江汉）", city="武汉", now=NOW)
        self.receivers = [None, purses.union, purses.zhongnan, self.other_name]
        self.own = purses.give(purses.slice(400), trustee=purses.world.company)
        purses.give(
            purses.slice(300, to=[purses.union]),
            purses.slice(300, items=[MASK]),
            purses.slice(200, to=[purses.union, purses.zhongnan], items=[MASK, SUIT], until=LAST_DAY),
            purses.slice(250),
            purses.slice(150, to=[self.other_name]),
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

    @rule(code=st.sampled_from(GOODS), amount=st.integers(1, 40), fen=st.integers(40, 30_000), to=st.integers(0, 3))
    def order(self, code: str, amount: int, fen: int, to: int) -> None:
        wanted = self.purses.line(code, amount, fen / 100, to=self.receivers[to])
        made = self.trying(lambda: self.purses.order(wanted, now=self.now))
        self.orders += [made] if made else []

    @rule(which=st.integers(0, 9), line=st.integers(0, 1), tenths=st.integers(1, 10))
    def receive(self, which: int, line: int, tenths: int) -> None:
        if order := self.pick(self.orders, which):
            lines = queries.purchase(order).lines
            at = line % len(lines)
            amounts = [0] * at + [max(lines[at].to_come * tenths // 10, 1)]
            self.trying(lambda: self.purses.receive(order, *amounts, now=self.now))

    @rule(which=st.integers(0, 9), percent=st.sampled_from([30, 100, 120]))
    def bill(self, which: int, percent: int) -> None:
        if order := self.pick(self.orders, which):
            yuan = [max(line.price_fen * percent // 100, 1) / 100 for line in queries.purchase(order).lines]
            made = self.trying(lambda: self.purses.bill(order, *yuan, now=self.now))
            self.bills += [made] if made else []

    @rule(which=st.integers(0, 9), settled=st.sampled_from(list(Settled)))
    def settle(self, which: int, settled: Settled) -> None:
        """A bill above the order: a person lets the ordered price stand, or what is still to come costs more."""
        if bill := self.pick(self.bills, which):
            said: dict[str, Any] = {"why": "rung", "actor": self.purses.lin, "now": self.now, "request_id": new_id()}
            self.trying(lambda: settle_invoice(invoice=bill, settled=settled, **said))

    @rule(which=st.integers(0, 9), fen=st.one_of(st.none(), st.integers(1, 9_000)), is_ahead=st.booleans())
    def pay(self, which: int, fen: int | None, is_ahead: bool) -> None:
        if bill := self.pick(self.bills, which):
            self.trying(lambda: self.purses.pay(bill, fen=fen, is_ahead=is_ahead, now=self.now))

    @rule(
        which=st.integers(0, 9),
        line=st.integers(0, 1),
        fen=st.integers(1, 4_000),
        amount=st.integers(0, 5),
        of_delivery=st.booleans(),
    )
    def refund(self, which: int, line: int, fen: int, amount: int, of_delivery: bool) -> None:
        if order := self.pick(self.orders, which):
            view = queries.purchase(order)
            no = 1 + line % len(view.lines)
            arrived = [one.id for one in view.deliveries if no in {got.no for got in one.lines}]
            said = Refunded(no, fen, arrived[0], amount) if of_delivery and arrived else Refunded(no, fen)
            self.trying(lambda: self.purses.refund(order, said, now=self.now))

    @rule()
    def merge_or_part(self) -> None:
        """A person says that Union's two names are one house, or that they are two after all."""
        by: dict[str, Any] = {"why": "looked at both", "by": None, "now": self.now}
        in_force = merges(party=self.other_name, in_force=True)
        if in_force:
            self.trying(lambda: undo_merge(merge=in_force[0].id, **by))
        else:
            self.trying(
                lambda: merge(kept=self.purses.union, merged=self.other_name, evidence=[], request_id=new_id(), **by)
            )

    @rule(yuan=st.integers(1, 90), to=st.integers(0, 3))
    def announce(self, yuan: int, to: int) -> None:
        receiver = self.receivers[to]
        terms = self.purses.slice(yuan, to=[receiver] if receiver else [])
        made = self.trying(lambda: self.purses.give(terms, came=False, now=self.now))
        self.announced += [queries.fund(fund).gift for fund in made or ()]

    @rule(which=st.integers(0, 9), yuan=st.integers(1, 90), comes=st.booleans())
    def tell_anew_or_let_come(self, which: int, yuan: int, comes: bool) -> None:
        """A corrected notice: the gift was another sum; or the bank has it now."""
        if not (gift := self.pick(self.announced, which)):
            return
        said: dict[str, Any] = {"actor": self.purses.lin, "now": self.now, "request_id": new_id()}
        if comes:
            self.trying(lambda: receive_money(gift=gift, **said))
            return
        view = queries.money_gift(gift)
        made = self.trying(
            lambda: register_money_gift(
                donor=view.donor, trustee=view.trustee, slices=[self.purses.slice(yuan)], corrects=gift, **said
            )
        )
        self.announced += [made] if made else []

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


@pytest.mark.usefixtures("db")
def test_drawn_committed_and_unspent_are_the_gift_whatever_happens() -> None:
    Money.purses = make_purses()
    run_state_machine_as_test(
        Money,
        settings=settings(
            max_examples=EXAMPLES,
            stateful_step_count=16,
            deadline=None,
            suppress_health_check=list(HealthCheck),
            database=None,
        ),
    )


def spend_outside() -> Money:
    """Thermometers for Zhongnan, which the free money would pay; without a guard the narrow money does. They come in."""
    money = Money()
    money.give()
    money.order(METER, 10, 20_000, to=2)
    money.receive(0, 0, 10)
    return money


@pytest.mark.usefixtures("db")
def test_with_no_guard_at_all_the_earmark_is_seen_broken(monkeypatch: pytest.MonkeyPatch) -> None:
    """The test's own failing half: what it looks for is there when nobody minds the earmarks."""
    Money.purses = make_purses()
    monkeypatch.setattr(engine.Line, "bars", lambda line, fund: ())
    monkeypatch.setattr(rules, "_keeps_earmark", lambda state, parent, child: True)
    money = spend_outside()
    with pytest.raises(AssertionError):
        money.every_fen_is_somewhere_and_in_its_place()
    transaction.set_rollback(True)
    money.undo.__exit__(None, None, None)


@pytest.mark.usefixtures("db")
def test_where_the_division_is_careless_the_book_still_lets_no_fen_out(monkeypatch: pytest.MonkeyPatch) -> None:
    Money.purses = make_purses()
    monkeypatch.setattr(engine.Line, "bars", lambda line, fund: ())
    money = spend_outside()
    assert len(money.orders) == 1
    assert queries.purchase(money.orders[0]).deliveries == ()  # refused by the book, without a trace
    money.every_fen_is_somewhere_and_in_its_place()
    money.teardown()


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
