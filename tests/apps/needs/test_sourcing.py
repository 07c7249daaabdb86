"""What to buy: the plan, what approving it orders, what undoing it calls off, and two who want the last cartons."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction

from baogong.journal.clock import house_day, mark_drill
from baogong.kernel.errors import NotYourPlace, RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.needs.errors import NothingToBuy, PurchaseHasMoved
from baogong.needs.services import Asked, ask, check
from baogong.needs.sourcing import KIND, purchases_of
from baogong.people.services.merges import merge
from baogong.people.services.parties import register_party
from baogong.planning import queries as plans
from baogong.planning import services as planning
from baogong.planning.services import PlanOvertaken
from baogong.supply import queries
from baogong.supply.errors import OfferEnded
from baogong.supply.queries.offers import judge_prices
from baogong.supply.services import ForSale, FromOffer, note_offer, order_from_offers, withdraw_offer
from tests.apps.supply.purse import MASK, METER, SUIT, Purses, assert_adds_up, make_purses
from tests.apps.supply.world import assert_refused_without_trace
from tests.books import Built
from tests.cast import NOW
from tests.races import Meeting, race


@dataclass(frozen=True)
class Market:
    """Huaxin sells cheap and little, Yongan dear and much; the federation holds 30,000 yuan, 10,000 of it for Union."""

    purses: Purses
    yongan: UUID
    tight: UUID
    free: UUID
    cheap: UUID
    dear: UUID

    def need(self, receiver: UUID, amount: int, code: str = MASK, apart_from: Sequence[UUID] = (), **more: Any) -> UUID:
        return ask(
            need=Asked(receiver, self.purses.item(code), quantity=amount, **more),
            actor=self.purses.lin,
            now=NOW,
            request_id=new_id(),
            apart_from=apart_from,
        )

    def plan(self, now: datetime = NOW, **params: Any) -> UUID:
        return planning.make_plan(
            kind=KIND,
            params={"buyer": str(self.purses.federation), **params},
            rule={"version": "basket-1"},
            actor=self.purses.lin,
            now=now,
            request_id=new_id(),
        )

    def approve(self, plan: UUID, now: datetime = NOW, request_id: UUID | None = None) -> None:
        planning.approve(plan=plan, actor=self.purses.world.cast.mei, now=now, request_id=request_id or new_id())


def offered(purses: Purses, supplier: UUID, code: str, **goods: Any) -> UUID:
    sold: dict[str, Any] = {"pieces_per_carton": 50, "carton_fen": 10_000, "cartons_max": 40} | goods
    return note_offer(
        supplier=supplier, goods=ForSale(purses.item(code), **sold), actor=purses.lin, now=NOW, request_id=new_id()
    )


def make_market() -> Market:
    purses = make_purses()
    yongan = register_party(kind="ORGANISATION", name="永安劳保", city="仙桃", now=NOW)
    tight, free = purses.give(purses.slice(10_000, to=[purses.union]), purses.slice(20_000))
    return Market(
        purses,
        yongan,
        tight,
        free,
        cheap=offered(purses, purses.supplier, MASK, carton_fen=9_000, cartons_max=20),
        dear=offered(purses, yongan, MASK, carton_fen=10_000, cartons_max=500),
    )


def make_market_in_drill() -> Market:
    mark_drill(name="market", at=NOW)
    return make_market()


@pytest.fixture
def market(built: Built) -> Market:
    return built(make_market)


def test_approving_orders_from_each_supplier_and_sets_the_money_aside(market: Market) -> None:
    market.need(market.purses.union, 1_500)
    market.need(market.purses.zhongnan, 500)
    plan = market.plan()
    view = plans.plan(plan)
    assert view.result["cost_fen"] == 20 * 9_000 + 20 * 10_000
    assert view.result["open"] == []
    assert queries.purchases() == ()
    request_id = new_id()
    market.approve(plan, request_id=request_id)
    market.approve(plan, request_id=request_id)
    bought = {purchase.supplier_name: purchase.price_fen for purchase in queries.purchases()}
    assert bought == {"华信医疗器械": 180_000, "永安劳保": 200_000}
    assert {line.receiver for purchase in queries.purchases() for line in purchase.lines} == {
        market.purses.union,
        market.purses.zhongnan,
    }
    assert queries.fund(market.tight).committed_fen + queries.fund(market.free).committed_fen == 380_000
    assert queries.fund(market.tight).committed_fen >= 270_000  # all that Union's masks cost: tight money first
    assert_adds_up()
    assert queries.offer(market.cheap).cartons_left == 0
    with pytest.raises(NothingToBuy):
        market.plan()  # all of it is on order


def test_money_for_the_other_name_of_a_merged_house_is_planned_spent_and_not_spent_twice(market: Market) -> None:
    purses = market.purses
    other = register_party(kind="SITE", name="协和（江汉）", city="武汉", now=NOW)
    merge(kept=purses.union, merged=other, evidence=[], why="one house", by=None, now=NOW, request_id=new_id())
    [theirs] = purses.give(purses.slice(4_000, to=[other]))
    market.need(purses.union, 1_500)
    view = plans.plan(plan := market.plan(funds=[str(market.tight), str(theirs)]))
    assert view.result["open"] == []
    market.approve(plan)
    paid = {fund: queries.fund(fund).committed_fen for fund in (theirs, market.tight)}
    assert sum(paid.values()) == view.result["cost_fen"]
    lines = [line for purchase in queries.purchases() for line in purchase.lines]
    for line in lines:  # each part is paid by money for its own name
        names = {party.id for part in line.paid_by for party in queries.fund(part.fund).receivers}
        assert names == {line.receiver}
    assert (
        sum(line.amount for line in lines)
        == queries.on_order([purses.union])[purses.union, purses.item(MASK), ""]
        == 1_500
    )
    taken = {offer: queries.offer(offer).cartons_left for offer in (market.cheap, market.dear)}
    assert taken == {market.cheap: 0, market.dear: 490}
    with pytest.raises(NothingToBuy):
        market.plan()
    assert_adds_up()


def test_undoing_calls_everything_off_and_the_cartons_are_on_offer_again(market: Market) -> None:
    market.need(market.purses.union, 1_000)
    plan = market.plan()
    market.approve(plan)
    (head,) = purchases_of(plans.plan(plan))
    purchase = head.id
    planning.undo(plan=plan, actor=market.purses.world.cast.mei, now=NOW)
    assert queries.purchase(purchase).state == "CANCELLED"
    assert queries.offer(market.cheap).cartons_left == 20
    assert queries.fund(market.tight).committed_fen == 0
    assert_adds_up()


def test_what_has_come_is_not_undone(market: Market) -> None:
    market.need(market.purses.union, 1_000)
    plan = market.plan()
    market.approve(plan)
    (head,) = purchases_of(plans.plan(plan))
    purchase = head.id
    market.purses.receive(purchase, 50)
    with pytest.raises(PurchaseHasMoved):
        planning.undo(plan=plan, actor=market.purses.world.cast.mei, now=NOW)
    assert plans.plan(plan).state == "APPROVED"
    assert queries.purchase(purchase).lines[0].to_come == 950


def test_what_was_bought_for_a_receiver_and_has_come_is_not_bought_again(market: Market) -> None:
    """Come in full, in part, promised: each unit counts once, for the receiver it was bought for and nobody else."""
    purses = market.purses
    need = market.need(purses.union, 500)
    market.approve(plan := market.plan())
    (head,) = purchases_of(plans.plan(plan))
    later = NOW + timedelta(hours=1)
    purses.receive(head.id, 500)
    with pytest.raises(NothingToBuy):
        market.plan(now=later)
    market.need(purses.zhongnan, 100)
    assert [row["amount"] for row in plans.plan(market.plan(now=later)).snapshot["wants"]] == [100]
    share = planning.make_plan(
        kind="SHARE",
        params={"needs": [str(need)]},
        rule={"version": "leximin-1", "whole_cartons": False, "memory": 0},
        actor=purses.lin,
        now=later,
        request_id=new_id(),
    )
    planning.approve(plan=share, actor=purses.world.cast.mei, now=later, request_id=new_id())
    assert {row["receiver"] for row in plans.plan(market.plan(now=later)).snapshot["wants"]} == {str(purses.zhongnan)}
    market.need(purses.union, 200, apart_from=[need])  # what came is promised: it answers no other need
    assert {row["receiver"]: row["amount"] for row in plans.plan(market.plan(now=later)).snapshot["wants"]} == {
        str(purses.zhongnan): 100,
        str(purses.union): 200,
    }


def test_a_plan_is_overtaken_when_its_goods_have_come_another_way(market: Market) -> None:
    purses = market.purses
    market.need(purses.union, 500)
    plan = market.plan()
    purses.receive(order(market, orders=[FromOffer(market.cheap, 10, purses.union)]), 500)
    with pytest.raises(PlanOvertaken) as overtaken:
        market.approve(plan)
    assert "nothing of it has to be bought any more" in str(overtaken.value)


def test_goods_that_lie_free_for_anybody_are_left_to_the_share(market: Market) -> None:
    purses = market.purses
    market.need(purses.union, 500)
    purses.receive(order(market, orders=[FromOffer(market.cheap, 10)]), 500)
    assert [row["amount"] for row in plans.plan(market.plan()).snapshot["wants"]] == [500]


@pytest.mark.parametrize("has_come", [False, True])
def test_a_need_that_asks_for_a_standard_is_answered_by_goods_that_meet_it(market: Market, has_come: bool) -> None:
    purses = market.purses
    surgical = offered(purses, purses.supplier, MASK, standard="YY 0469-2011")
    for receiver in (purses.union, purses.zhongnan):
        bought = order(market, orders=[FromOffer(market.cheap, 2, receiver), FromOffer(surgical, 4, receiver)])
        if has_come:
            purses.receive(bought, 100, 200)
    anything = market.need(purses.union, 250)
    strict = market.need(purses.union, 300, standards=("YY 0469",), apart_from=[anything])
    wants = {row["need"]: row["amount"] for row in plans.plan(market.plan()).snapshot["wants"]}
    # The need that takes anything asked first: the 100 of no standard are its own, and 50 of the 200 that 300 wait for.
    assert wants == {str(strict): 250}
    market.need(purses.zhongnan, 300, standards=("GB 19083",))
    assert [
        row["amount"] for row in plans.plan(market.plan()).snapshot["wants"] if row["receiver"] == str(purses.zhongnan)
    ] == [300]


def test_a_need_found_wrong_is_not_bought_for_and_overtakes_the_plan_that_did(market: Market) -> None:
    purses = market.purses
    need = market.need(purses.union, 500)
    plan = market.plan()
    check(
        need=need,
        outcome="WRONG",
        how="RANG_BACK",
        why="科室说只要三百",
        actor=purses.lin,
        now=NOW,
        request_id=new_id(),
    )
    with pytest.raises(PlanOvertaken) as overtaken:
        market.approve(plan)
    assert "found wrong when it was checked" in str(overtaken.value)
    assert queries.purchases() == ()
    with pytest.raises(NothingToBuy):
        market.plan()
    with pytest.raises(NothingToBuy):
        market.plan(needs=[str(need)])


@pytest.mark.parametrize("change", ["offer withdrawn", "money spent", "need smaller", "too late by now"])
def test_a_plan_that_was_overtaken_orders_nothing(market: Market, change: str) -> None:
    purses = market.purses
    later = NOW
    need = market.need(purses.union, 1_000, due_at=NOW + timedelta(days=1))
    plan = market.plan()
    if change == "offer withdrawn":
        withdraw_offer(offer=market.cheap, why="sold to others", actor=purses.lin, now=NOW)
    elif change == "money spent":
        purses.order(purses.line(SUIT, 10, 29_900, to=purses.union))
    elif change == "need smaller":
        from baogong.needs.services.requests import cancel

        cancel(need=need, why="has enough", actor=purses.lin, now=NOW)
    else:
        later = NOW + timedelta(days=2)
        # Whatever else grows stale with time, this offer cannot arrive in time any more.
    before = len(queries.purchases())
    with pytest.raises(PlanOvertaken):
        market.approve(plan, now=later)
    assert len(queries.purchases()) == before


def test_more_offers_and_more_money_do_not_overtake_a_plan(market: Market) -> None:
    market.need(market.purses.union, 1_000)
    plan = market.plan()
    offered(market.purses, market.yongan, MASK, carton_fen=20_000)
    market.purses.give(market.purses.slice(5))
    market.approve(plan)
    assert len(queries.purchases()) == 1


HALF_PAST_MIDNIGHT = datetime(2020, 1, 26, 16, 30, tzinfo=UTC)
"""On the 27th in Wuhan; the 26th in Greenwich."""


def test_a_plan_uses_money_only_where_ordering_may_to_the_day_of_the_house(market: Market) -> None:
    purses = market.purses
    [until_26] = purses.give(purses.slice(5_000, to=[purses.zhongnan], until=date(2020, 1, 26)))
    [until_27] = purses.give(purses.slice(5_000, to=[purses.zhongnan], until=date(2020, 1, 27)))
    market.need(purses.zhongnan, 500, due_at=HALF_PAST_MIDNIGHT)
    with_26 = plans.plan(market.plan(funds=[str(until_26)]))
    assert (with_26.result["buys"], [row["why"] for row in with_26.result["open"]]) == ([], ["NO_MONEY"])
    market.approve(market.plan(funds=[str(until_27)]))
    assert queries.fund(until_27).committed_fen == 90_000


@pytest.mark.parametrize("days", [1, 2])
def test_without_a_due_date_money_has_to_last_until_the_goods_come(market: Market, days: int) -> None:
    """What is planned is ordered, and what is ordered is drawn on the day it comes."""
    purses = market.purses
    last = house_day(NOW) + timedelta(days=1)
    [ending] = purses.give(purses.slice(5_000, items=[SUIT], until=last))
    offered(purses, purses.supplier, SUIT, lead_s=days * 86_400)
    market.need(purses.zhongnan, 50, SUIT)
    if days == 2:
        left = plans.plan(market.plan(funds=[str(ending)]))
        assert (left.result["buys"], [row["why"] for row in left.result["open"]]) == ([], ["NO_MONEY"])
        market.approve(plan := market.plan())  # money that lasts is there besides
    else:
        market.approve(plan := market.plan(funds=[str(ending)]))
    (head,) = purchases_of(plans.plan(plan))
    [line] = queries.purchase(head.id).lines
    assert {part.fund for part in line.paid_by} == {market.free if days == 2 else ending}
    assert line.due_at == NOW + timedelta(days=days)  # the supplier's own word
    purses.receive(head.id, 50, now=NOW + timedelta(days=days))
    assert_adds_up()


def test_a_plan_approved_too_late_for_its_money_to_last_is_overtaken(market: Market) -> None:
    purses = market.purses
    [ending] = purses.give(purses.slice(5_000, items=[SUIT], until=house_day(NOW) + timedelta(days=1)))
    offered(purses, purses.supplier, SUIT, lead_s=86_400)
    market.need(purses.zhongnan, 50, SUIT)
    plan = market.plan(funds=[str(ending)])
    with pytest.raises(PlanOvertaken) as overtaken:
        market.approve(plan, now=NOW + timedelta(days=1))
    assert "ends before the goods come" in str(overtaken.value)


def test_an_order_from_an_offer_without_a_date_is_the_same_when_asked_again_later(market: Market) -> None:
    request_id = new_id()
    first = order(market, request_id=request_id)
    assert order(market, request_id=request_id, now=NOW + timedelta(hours=1)) == first


def test_a_price_far_from_the_median_is_marked_in_the_list_and_in_the_plan(market: Market) -> None:
    seller = register_party(kind="ORGANISATION", name="第一厂", now=NOW)
    offered(market.purses, seller, MASK, carton_fen=9_500)
    panic = offered(market.purses, market.yongan, MASK, carton_fen=50_000)
    price = queries.offer(panic).price
    assert (price.is_far, price.observations) == (True, 3)
    assert not queries.offer(market.cheap).price.is_far
    market.need(market.purses.union, 100)
    marked = [row["offer"] for row in plans.plan(market.plan()).snapshot["offers"] if row["is_far"]]
    assert marked == [str(panic)]


def test_an_early_offer_is_judged_by_what_was_seen_until_then_whatever_is_asked_later(market: Market) -> None:
    purses = market.purses
    early = offered(purses, market.yongan, SUIT, carton_fen=10_000)
    before = queries.offer(early).price
    for day in range(1, 6):
        note_offer(
            supplier=register_party(kind="ORGANISATION", name=f"高价商行{day}", now=NOW),
            goods=ForSale(purses.item(SUIT), 90_000, 40, pieces_per_carton=50),
            actor=purses.lin,
            now=NOW + timedelta(days=day),
            request_id=new_id(),
        )
    assert queries.offer(early).price == before
    last = queries.offers()[0].price
    assert (last.is_far, last.observations) == (False, 5)  # by then it is what everybody asks


def test_an_offer_is_noted_once_and_impossible_ones_are_refused(market: Market) -> None:
    purses = market.purses
    item, request_id = purses.item(MASK), new_id()

    def note(goods: ForSale, request: UUID) -> UUID:
        return note_offer(supplier=market.yongan, goods=goods, actor=purses.lin, now=NOW, request_id=request)

    first = note(ForSale(item, 100, 5), request_id)
    assert note(ForSale(item, 100, 5), request_id) == first
    with pytest.raises(RequestIdReused):
        note(ForSale(item, 101, 5), request_id)
    for bad in (
        ForSale(item, 49, 5, pieces_per_carton=50),
        ForSale(item, 100, 0),
        ForSale(item, 100, 5, cartons_min=6),
        ForSale(item, 100, 5, lead_s=-1),
        ForSale(item, 100, 5, valid_until=NOW),
    ):
        with pytest.raises(UnusableInput):
            note(bad, new_id())
    assert len(queries.offers()) == 3


def test_strangers_note_order_and_withdraw_nothing(market: Market) -> None:
    purses = market.purses
    who = {"actor": purses.world.cast.stranger, "now": NOW}
    goods = ForSale(purses.item(MASK), 100, 5)
    assert_refused_without_trace(
        lambda: note_offer(supplier=market.yongan, goods=goods, request_id=new_id(), **who)  # type: ignore[arg-type]
    )
    assert_refused_without_trace(lambda: withdraw_offer(offer=market.cheap, why="x", **who))  # type: ignore[arg-type]
    assert_refused_without_trace(lambda: order(market, actor=purses.world.cast.stranger))
    market.need(purses.union, 10)
    with pytest.raises(NotYourPlace):
        planning.make_plan(
            kind=KIND,
            params={"buyer": str(purses.federation)},
            rule={},
            actor=purses.world.cast.stranger,
            now=NOW,
            request_id=new_id(),
        )


def order(market: Market, **changed: Any) -> UUID:
    asked: dict[str, Any] = {
        "supplier": market.purses.supplier,
        "orders": [FromOffer(market.cheap, 15, market.purses.union)],
        "buyer": market.purses.federation,
        "actor": market.purses.lin,
        "now": NOW,
        "request_id": new_id(),
    } | changed
    return order_from_offers(**asked)


def test_one_dear_order_does_not_make_the_honest_seller_look_strange(market: Market) -> None:
    purses = market.purses
    honest = [register_party(kind="ORGANISATION", name=f"第{no}厂", now=NOW) for no in range(3)]
    facts: dict[str, Any] = {"pieces_per_carton": 1, "cartons_max": 500}
    fair = [
        offered(purses, seller, METER, carton_fen=fen, **facts)
        for seller, fen in zip(honest, (80, 90, 100), strict=True)
    ]
    dear = offered(purses, market.yongan, METER, carton_fen=1_200, **facts)
    for _ in range(3):  # the order of an offer, and more of it the same day, is one price
        said = purses.order(purses.line(METER, 1, 12), supplier=market.yongan)
        [line] = queries.purchase(said).lines
        assert (line.median_fen, line.is_far_from_median) == (95.0, True)
    assert [queries.offer(one).price.is_far for one in fair] == [False, False, False]
    assert [queries.offer(one).price.median_fen for one in fair] == [100.0, 100.0, 90.0]
    assert queries.offer(dear).price.is_far
    purses.order(purses.line(METER, 1, 12), supplier=market.yongan, now=NOW + timedelta(days=1))
    [another_day] = judge_prices([(purses.item(METER), 80)], NOW + timedelta(days=1))
    assert (another_day.observations, another_day.median_fen) == (5, 100.0)


def test_no_more_is_ordered_than_is_on_offer(market: Market) -> None:
    request_id = new_id()
    first = order(market, request_id=request_id)
    assert order(market, request_id=request_id) == first
    with pytest.raises(OfferEnded) as refused:
        order(market)
    assert "0 to 5 cartons" in str(refused.value.expected)
    with pytest.raises(UnusableInput):
        order(market, orders=[FromOffer(market.dear, 1)])


@pytest.mark.parametrize("is_guarded", [False, True])
def test_two_at_once_never_order_the_same_last_cartons(
    fresh_book: str, monkeypatch: pytest.MonkeyPatch, is_guarded: bool
) -> None:
    """Fifteen of twenty cartons, twice. Without the lock both look, both order: thirty."""
    from baogong.supply.services import offers as service

    with transaction.atomic():
        market = make_market()
    meeting = Meeting(is_guarded=is_guarded)
    look = queries.cartons_left

    def look_and_wait(*asked: Any) -> dict[UUID, int]:
        found = look(*asked)
        meeting.wait()
        return found

    monkeypatch.setattr(service, "cartons_left", look_and_wait)
    if not is_guarded:
        monkeypatch.setattr(service, "lock_rows", lambda rows, ids: list(rows.filter(pk__in=ids)))
    answers = race(lambda: order(market), lambda: order(market))
    refused = [answer for answer in answers if isinstance(answer, OfferEnded)]
    assert len(refused) == (1 if is_guarded else 0)
    assert queries.offer(market.cheap).cartons_left == (5 if is_guarded else -10)
