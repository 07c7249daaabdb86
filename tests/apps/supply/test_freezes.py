"""Freezes: what they take, what still ships, what is lifted, what shops and the public are told."""

from __future__ import annotations

from datetime import date, timedelta
from functools import partial
from typing import Any

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.journal import queries as journal
from baogong.kernel.errors import RequestIdReused
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.states import Reason, State
from baogong.supply import queries
from baogong.supply.errors import (
    ItemDelisted,
    LiftExceedsFreeze,
    NotEnoughForOrder,
    NothingToFreeze,
    OptionsIncomplete,
    OrderClosed,
)
from baogong.supply.services import (
    Counted,
    Lifting,
    PaidOrder,
    Scope,
    cancel_order,
    freeze_stock,
    hold_for_order,
    lift_freeze,
    ship_orders,
)
from baogong.supply.views import OptionConsidered
from tests.apps.supply.world import World, assert_refused_without_trace, make_world
from tests.cast import NOW

LATER = NOW + timedelta(hours=3)
SEND_ALL = OptionConsidered("全部支援湖北", is_chosen=True)
KEEP_SOME = OptionConsidered("留一部分给其他地区", declined_by="商城总经理", why="湖北最急")


def freeze(world: World, *scopes: Scope, now: Any = NOW, **changes: Any) -> Any:
    asked = {
        "scopes": scopes or (Scope(site=world.langfang),),
        "decided_by": world.company,
        "basis": "OWN_DECISION",
        "reason": "支援湖北",
        "options": [SEND_ALL, KEEP_SOME],
        "actor": world.cast.lin,
        "now": now,
        "request_id": new_id(),
    }
    return freeze_stock(**{**asked, **changes})


def order(world: World, amount: int, *, code: str = "surgical-mask", now: Any = NOW, **facts: Any) -> Any:
    return hold_for_order(
        site=world.langfang,
        order=PaidOrder(world.item(code), amount, **facts),
        actor=world.kai,
        now=now,
        request_id=new_id(),
    )


def count_masks(world: World, amount: int, **facets: Any) -> None:
    world.count(Counted(item=world.item("surgical-mask"), amount=amount, **facets))


def test_paid_orders_still_ship_and_the_rest_is_frozen(world: World) -> None:
    count_masks(world, 2400)
    order(world, 560)
    freeze(world)
    (row,) = queries.stock_board(sites=[world.langfang])
    assert (row.counted, row.sold, row.committed, row.frozen, row.retail_free) == (2400, 560, 1840, 1840, 0)
    ship_orders(site=world.langfang, actor=world.kai, now=LATER, request_id=new_id())
    assert world.standing(State.SOLD) == 560
    (row,) = queries.stock_board(sites=[world.langfang])
    assert row.committed == row.counted - row.sold == 1840


def test_orders_ship_once_whatever_is_repeated(world: World) -> None:
    count_masks(world, 100)
    order(world, 40)
    request = new_id()
    document = ship_orders(site=world.langfang, actor=world.kai, now=NOW, request_id=request)
    assert ship_orders(site=world.langfang, actor=world.kai, now=LATER, request_id=request) == document
    with pytest.raises(OrderClosed):
        ship_orders(site=world.langfang, actor=world.kai, now=LATER, request_id=new_id())
    assert world.standing(State.SOLD) == 40


def test_a_cancelled_order_gives_its_goods_back(world: World) -> None:
    count_masks(world, 100)
    placed, request = order(world, 40), new_id()
    for _ in range(2):
        cancel_order(order=placed, why="退款", actor=world.kai, now=LATER, request_id=request)
    (row,) = queries.stock_board(sites=[world.langfang])
    assert (row.sold, row.retail_free) == (0, 100)


def test_an_order_is_served_from_what_expires_first(world: World) -> None:
    count_masks(world, 50, expires_on=date(2023, 1, 1))
    count_masks(world, 50, expires_on=date(2022, 1, 1))
    order(world, 60)
    held = {
        view.lot.expires_on: view.held for view in book.balances(holders=[world.langfang], states=[State.AVAILABLE])
    }
    assert held == {date(2022, 1, 1): 50, date(2023, 1, 1): 10}


def test_more_than_is_free_is_not_sold(world: World) -> None:
    count_masks(world, 50)
    with pytest.raises(NotEnoughForOrder) as refusal:
        order(world, 51)
    assert refusal.value.data["free"] == 50
    assert queries.open_orders() == ()


def test_both_options_stay_on_record_in_the_document(world: World) -> None:
    count_masks(world, 100)
    view = queries.freeze(freeze(world))
    assert view.options == (SEND_ALL, KEEP_SOME)
    assert journal.document(view.document).body["options"][1]["declined_by"] == "商城总经理"
    assert view.number.startswith("FZ-")


@pytest.mark.parametrize(
    "options",
    [
        [],
        [SEND_ALL, SEND_ALL],
        [SEND_ALL, OptionConsidered("留一部分")],
        [KEEP_SOME],
    ],
)
def test_a_freeze_without_a_full_record_of_options_is_refused(world: World, options: list[OptionConsidered]) -> None:
    count_masks(world, 100)
    with pytest.raises(OptionsIncomplete):
        freeze(world, options=options)
    assert world.standing(State.FROZEN) == 0


def test_scopes_by_item_owner_and_amount_reach_no_further(world: World) -> None:
    gloves = Counted(item=world.item("gloves"), amount=70)
    count_masks(world, 100, owner=world.company)
    count_masks(world, 30)
    world.count(gloves)
    freeze(world, Scope(item=world.item("surgical-mask"), owner=world.company, amount=80))
    assert world.standing(State.FROZEN) == 80
    assert world.standing(State.AVAILABLE) == 50
    assert world.standing(State.FROZEN, code="gloves") == 0
    freeze(world, Scope(site=world.langfang), Scope(item=world.item("gloves")))
    assert world.standing(State.FROZEN, code="gloves") == 70


def test_nothing_free_is_nothing_to_freeze(world: World) -> None:
    count_masks(world, 40)
    order(world, 40)
    with pytest.raises(NothingToFreeze):
        freeze(world)


def test_the_same_freeze_twice_freezes_once(world: World) -> None:
    count_masks(world, 100)
    request = new_id()
    first = freeze(world, request_id=request)
    assert freeze(world, request_id=request) == first
    with pytest.raises(RequestIdReused):
        freeze(world, request_id=request, reason="另一个理由")
    assert world.standing(State.FROZEN) == 100


def test_part_of_a_freeze_is_lifted_and_sold_again(world: World) -> None:
    count_masks(world, 100)
    frozen = freeze(world)
    (gone,) = queries.delisted_items(LATER)
    assert (gone.item, gone.may_sell) == (world.item("surgical-mask"), 0)
    with pytest.raises(ItemDelisted):
        order(world, 10, paid_at=LATER)
    request, part = new_id(), [Lifting(world.langfang, world.lot_of("surgical-mask"), 30)]
    for _ in range(2):
        lift_freeze(freeze=frozen, reason="本地需要", lines=part, actor=world.cast.lin, now=LATER, request_id=request)
    (row,) = queries.stock_board(sites=[world.langfang])
    assert (row.committed, row.frozen, row.retail_free) == (70, 70, 30)
    order(world, 20, paid_at=LATER)
    (gone,) = queries.delisted_items(LATER)
    assert gone.may_sell == 10
    with pytest.raises(LiftExceedsFreeze):
        lift_freeze(
            freeze=frozen,
            reason="全部",
            lines=[Lifting(world.langfang, part[0].lot, 71)],
            actor=world.cast.lin,
            now=LATER,
            request_id=new_id(),
        )


def test_lifting_the_rest_ends_the_delisting(world: World) -> None:
    count_masks(world, 100)
    frozen = freeze(world)
    lift_freeze(freeze=frozen, reason="疫情结束", actor=world.cast.lin, now=LATER, request_id=new_id())
    assert queries.delisted_items(LATER) == ()
    assert world.standing(State.FROZEN) == 0


def test_a_freeze_outside_its_period_delists_nothing(world: World) -> None:
    count_masks(world, 100)
    freeze(world, end_at=LATER)
    assert queries.delisted_items(NOW)
    assert queries.delisted_items(LATER) == ()
    assert queries.freeze_board(is_active_at=LATER) == ()


def test_the_public_reads_where_the_goods_went(world: World) -> None:
    count_masks(world, 1000)
    freeze(world)
    lot, actor = world.lot_of("surgical-mask"), world.cast.lin
    frozen = ledger.AccountRef(world.langfang, State.FROZEN)
    assert actor.person_id is not None
    with transaction.atomic():
        ledger.post(
            lines=[
                ledger.post_line(frozen, ledger.AccountRef(world.cast.hospital, State.HANDED_OVER), lot, 400),
                ledger.post_line(frozen, ledger.AccountRef(world.cast.truck, State.ABOARD), lot, 250),
                ledger.post_line(frozen, ledger.AccountRef(world.cast.truck, State.LOST), lot, 50),
                ledger.post_line(
                    frozen,
                    ledger.AccountRef(actor.person_id, State.HANDED_OVER),
                    lot,
                    10,
                ),
            ],
            actor=actor,
            reason=Reason.HANDOVER,
            document=None,
            request_id=new_id(),
            now=LATER,
        )
    told = queries.where_it_went(world.item("surgical-mask"))
    assert (told.set_aside, told.handed_over, told.on_the_way, told.written_off, told.still_here) == (
        1000, 410, 250, 50, 290,
    )  # fmt: skip
    assert [(to.receiver, to.amount, to.share_permille) for to in told.to] == [
        ("武汉大学中南医院", 400, 400),
        ("个人 · a person", 10, 10),
    ]
    (decision,) = told.decisions
    assert (decision.decided_by, decision.reason, decision.at) == ("东行商城", "支援湖北", NOW)


def test_nothing_is_said_of_an_item_nobody_froze(world: World) -> None:
    told = queries.where_it_went(world.item("gloves"))
    assert (told.decisions, told.set_aside, told.handed_permille) == ((), 0, 0)


def test_strangers_and_keepers_freeze_and_lift_nothing(world: World) -> None:
    count_masks(world, 100)
    frozen = freeze(world)
    count_masks(world, 150)
    for actor in (world.cast.stranger, world.kai, world.cast.wu):
        lift = partial(lift_freeze, freeze=frozen, reason="x", actor=actor, now=NOW, request_id=new_id())
        assert_refused_without_trace(partial(freeze, world, actor=actor))
        assert_refused_without_trace(lift)
    assert_refused_without_trace(
        lambda: ship_orders(site=world.langfang, actor=world.cast.stranger, now=NOW, request_id=new_id())
    )


@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    piles=st.lists(st.integers(1, 5000), min_size=1, max_size=4),
    sold=st.lists(st.integers(1, 3000), max_size=4),
    shipped_first=st.booleans(),
    lifted=st.integers(0, 500),
)
def test_committed_is_counted_less_sold_whatever_happens(
    db: None, piles: list[int], sold: list[int], shipped_first: bool, lifted: int
) -> None:
    with transaction.atomic():
        world = make_world()
        world.count(*(Counted(world.item("surgical-mask"), pile, batch=str(n)) for n, pile in enumerate(piles)))
        taken = 0
        for amount in sold:
            if taken + amount < sum(piles):
                order(world, amount)
                taken += amount
        if taken and shipped_first:
            ship_orders(site=world.langfang, actor=world.kai, now=NOW, request_id=new_id())
        frozen = queries.freeze(freeze(world))
        if taken and not shipped_first:
            ship_orders(site=world.langfang, actor=world.kai, now=NOW, request_id=new_id())
        (row,) = queries.stock_board(sites=[world.langfang])
        assert row.counted == sum(piles)
        assert row.sold == taken == world.standing(State.SOLD)
        assert row.committed == row.counted - row.sold == row.frozen
        first = frozen.lines[0]
        back = min(lifted, first.amount)
        if back:
            lift_freeze(
                freeze=frozen.id,
                reason="本地需要",
                lines=[Lifting(first.site, first.lot, back)],
                actor=world.cast.lin,
                now=LATER,
                request_id=new_id(),
            )
        (row,) = queries.stock_board(sites=[world.langfang])
        assert row.committed == row.counted - row.sold - row.retail_free
        assert row.retail_free == back
        transaction.set_rollback(True)
