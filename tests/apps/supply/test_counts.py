"""Stock sheets: what they bring in, what a recount moves, who may post them."""

from __future__ import annotations

from datetime import datetime, timedelta

import pytest

from baogong.kernel.errors import RequestIdReused
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import Reason, State
from baogong.supply import queries
from baogong.supply.errors import CountBelowPromised, CountIsOlder, CountNotYet, MoneyAmongGoods
from baogong.supply.services import Counted, PaidOrder, count_stock, hold_for_order
from tests.apps.supply.world import World, assert_refused_without_trace, rows_everywhere
from tests.cast import NOW

LATER = NOW + timedelta(hours=5)


def masks(world: World, amount: int, **facets: object) -> Counted:
    return Counted(item=world.item("surgical-mask"), amount=amount, **facets)  # type: ignore[arg-type]


def test_a_count_comes_in_from_outside_with_its_facets(world: World) -> None:
    world.count(masks(world, 2400, standard="YY 0469-2011", pieces_per_carton=2000, owner=world.company, batch="LF-M1"))
    (view,) = book.balances(holders=[world.langfang], states=[State.AVAILABLE])
    assert view.posted == 2400
    assert (view.lot.owner, view.lot.standard, view.lot.pieces_per_carton) == (world.company, "YY 0469-2011", 2000)
    (row,) = queries.stock_board()
    assert (row.counted, row.sold, row.committed, row.retail_free) == (2400, 0, 0, 2400)


def test_money_is_never_counted_as_stock(world: World) -> None:
    with pytest.raises(MoneyAmongGoods) as refusal:
        world.count(masks(world, 10), Counted(item=world.item("money"), amount=500_000))
    assert (refusal.value.found, refusal.value.expected) == ("资金", "goods, not money")
    assert book.balances(holders=[world.langfang]) == ()


def test_the_same_request_twice_counts_once_and_other_content_is_refused(world: World) -> None:
    request = new_id()
    first = world.count(masks(world, 300), request_id=request)
    assert world.count(masks(world, 300), request_id=request) == first
    assert world.standing(State.AVAILABLE) == 300
    with pytest.raises(RequestIdReused):
        world.count(masks(world, 301), request_id=request)


def test_a_recount_moves_the_difference_and_names_what_it_corrects(world: World) -> None:
    world.count(masks(world, 1000))
    world.count(masks(world, 1030), now=LATER)
    world.count(masks(world, 950), now=LATER + timedelta(hours=1))
    assert world.standing(State.AVAILABLE) == 950
    steps = [step for step in book.movements(holders=[world.langfang]) if step.reason is Reason.CORRECTION]
    assert [(step.amount, step.corrects is not None) for step in steps] == [(30, False), (30, True), (50, True)]
    (row,) = queries.stock_board()
    assert row.counted == 950


def test_a_recount_that_agrees_moves_nothing(world: World) -> None:
    world.count(masks(world, 1000))
    before = len(book.movements(holders=[world.langfang]))
    world.count(masks(world, 1000), now=LATER)
    assert len(book.movements(holders=[world.langfang])) == before


def test_a_count_below_what_is_promised_is_refused_with_the_figure(world: World) -> None:
    world.count(masks(world, 100))
    hold_for_order(
        site=world.langfang,
        order=PaidOrder(world.item("surgical-mask"), 60),
        actor=world.kai,
        now=NOW,
        request_id=new_id(),
    )
    with pytest.raises(CountBelowPromised) as refusal:
        world.count(masks(world, 50), now=LATER)
    assert refusal.value.expected == "at least 60"
    assert world.standing(State.AVAILABLE) == 100


def test_an_older_sheet_does_not_undo_a_newer_one(world: World) -> None:
    world.count(masks(world, 90), now=LATER)
    with pytest.raises(CountIsOlder):
        world.count(masks(world, 100), now=NOW)
    assert world.standing(State.AVAILABLE) == 90


def test_lines_of_one_lot_are_added_up(world: World) -> None:
    world.count(masks(world, 40), masks(world, 60))
    assert world.standing(State.AVAILABLE) == 100


def test_a_keeper_counts_at_home_and_nowhere_else(world: World) -> None:
    line = masks(world, 10)

    def count(actor: object, site: object) -> object:
        return count_stock(site=site, lines=[line], counted_at=NOW, actor=actor, now=NOW, request_id=new_id())  # type: ignore[arg-type]

    count(world.kai, world.langfang)
    assert_refused_without_trace(lambda: count(world.kai, world.cast.hub))
    assert_refused_without_trace(lambda: count(world.cast.stranger, world.langfang))


def test_a_count_of_the_future_keeps_no_honest_one_out(world: World) -> None:
    def count(counted_at: datetime) -> None:
        lines = [Counted(item=world.item("goggles"), amount=5)]
        count_stock(
            site=world.langfang, lines=lines, counted_at=counted_at, actor=world.cast.lin, now=NOW, request_id=new_id()
        )

    before = rows_everywhere()
    with pytest.raises(CountNotYet):
        count(NOW.replace(year=NOW.year + 99))
    assert rows_everywhere() == before
    count(NOW + timedelta(hours=9))  # a sheet that says only the day
