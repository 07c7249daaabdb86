"""Two people at once, on two real connections; each race is first shown to be lost without its guard."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import timedelta
from typing import Any, cast
from uuid import UUID

import pytest
from django.db import close_old_connections, connection, transaction

from baogong.kernel.errors import BaogongError
from baogong.ledger import queries as book
from baogong.ledger.services import BatchRefused
from baogong.ledger.states import State
from baogong.supply import queries
from baogong.supply.errors import ArrivalWorthNothing, FundsTooSmall, GiftNotAtThisStep, PurchaseNotAtThisStep
from baogong.supply.services import Counted, counts, gifts, purchases, purse
from tests.apps.supply.purse import MASK, METER, SUIT, make_purses
from tests.apps.supply.test_gifts import judge, offer, receive
from tests.apps.supply.world import World, make_world
from tests.cast import NOW

HEAD_START_S, SOON_S = 0.5, 20


def race(first: Callable[[], object], second: Callable[[], object]) -> list[BaseException]:
    """`second` starts when `first` has done its work and not yet committed. Returns what was refused."""
    refused: list[BaseException] = []
    done = threading.Event()

    def run(act: Callable[[], object], wait_s: float) -> None:
        close_old_connections()
        try:
            with transaction.atomic():
                act()
                done.set()
                threading.Event().wait(wait_s)
        except BaogongError as refusal:
            refused.append(refusal)
        finally:
            done.set()
            connection.close()

    threads = [threading.Thread(target=run, args=(first, HEAD_START_S)), threading.Thread(target=run, args=(second, 0))]
    threads[0].start()
    assert done.wait(SOON_S)
    threads[1].start()
    for thread in threads:
        thread.join(SOON_S)
        assert not thread.is_alive()
    return refused


@pytest.fixture
def real_world(fresh_book: str) -> World:
    with transaction.atomic():
        return make_world()


def two_sheets(world: World) -> int:
    """Forty thermometers grew to a hundred, and two people count them at once; what the book has then."""

    def count(minutes: int) -> Callable[[], object]:
        at = NOW + timedelta(minutes=minutes)
        return lambda: world.count(Counted(world.item("thermometer"), 100), now=at)

    world.count(Counted(world.item("thermometer"), 40), now=NOW - timedelta(hours=1))
    assert race(count(0), count(1)) == []
    views = book.balances(holders=[world.langfang], states=[State.AVAILABLE])
    return sum(view.posted for view in views)


def test_two_sheets_at_once_count_the_same_goods_once(real_world: World) -> None:
    assert two_sheets(real_world) == 100


def test_without_the_guard_they_are_counted_twice(real_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(counts, "lock_numbers", lambda kind: None)
    assert two_sheets(real_world) == 160


def two_receipts(world: World) -> tuple[int, list[BaseException]]:
    """Two keepers sign for the same consignment at once; units in stock, and what was refused."""
    with transaction.atomic():
        gift = offer(world)
        judge(world, gift)
    refused = race(lambda: receive(world, gift), lambda: receive(world, gift))
    return sum(view.posted for view in book.balances(holders=[world.cast.hub], states=[State.AVAILABLE])), refused


def test_a_consignment_is_received_once_whoever_signs_at_the_same_time(real_world: World) -> None:
    units, refused = two_receipts(real_world)
    assert units == 1600
    assert [type(refusal) for refusal in refused] == [GiftNotAtThisStep]


def test_without_the_guard_it_is_received_twice(real_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    def unlocked(rows: Any, row_id: Any) -> Any:
        return rows.get(pk=row_id)

    monkeypatch.setattr(gifts, "lock_row", unlocked)
    units, _ = two_receipts(real_world)
    assert units == 3200


def two_orders(world_book: str) -> tuple[list[UUID], list[BaseException]]:
    """Two orders meet over a fund that can pay one of them; whose money stands in it, and what was refused."""
    with transaction.atomic():
        purses = make_purses()
        funds = purses.give(purses.slice(100))
        # Another fund that only the first order may use, once its promise moves.
        funds += purses.give(purses.slice(100, items=[MASK]))

    def order(code: str) -> Callable[[], object]:
        return lambda: purses.order(purses.line(code, 1, 100))

    refused = race(order(METER), order(SUIT))
    return funds, refused


def test_the_last_fen_is_promised_once_and_the_second_is_told_what_is_left(fresh_book: str) -> None:
    funds, refused = two_orders(fresh_book)
    assert [type(refusal) for refusal in refused] == [FundsTooSmall]
    assert cast("BaogongError", refused[0]).data["allowing"][0]["free_fen"] == 0
    assert [queries.fund(fund).committed_fen for fund in funds] == [10_000, 0]
    assert book.verify_book().ok


def test_without_the_lock_the_second_plans_on_money_that_is_gone(
    fresh_book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The book itself still refuses the last fen twice; but the second is not told why, and by which fund."""
    monkeypatch.setattr(purse, "lock_rows", lambda rows, ids: list(rows.filter(pk__in=ids)))
    funds, refused = two_orders(fresh_book)
    assert [type(refusal) for refusal in refused] == [BatchRefused]
    assert [queries.fund(fund).committed_fen for fund in funds] == [10_000, 0]


def two_deliveries(world_book: str) -> tuple[int, list[BaseException]]:
    """Two keepers sign for the same delivery at once; units in stock, and what was refused."""
    with transaction.atomic():
        purses = make_purses()
        purses.give(purses.slice(300))
        order = purses.order(purses.line(MASK, 100, 100))
    refused = race(lambda: purses.receive(order, 100), lambda: purses.receive(order, 100))
    return purses.world.standing(State.AVAILABLE, code=MASK), refused


def test_without_the_locks_the_second_keeper_is_told_of_no_first_one(
    fresh_book: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Each of the three would hold him back: the purse's, the purchase's, its lines'. He is told his goods are worthless."""
    monkeypatch.setattr(purchases, "lock_row", lambda rows, row_id: rows.get(pk=row_id))
    for module in (purchases, purse):
        monkeypatch.setattr(module, "lock_rows", lambda rows, ids: list(rows.filter(pk__in=ids)))
    units, refused = two_deliveries(fresh_book)
    assert (units, [type(refusal) for refusal in refused]) == (100, [ArrivalWorthNothing])


def test_bought_goods_are_received_once_whoever_signs_at_the_same_time(fresh_book: str) -> None:
    units, refused = two_deliveries(fresh_book)
    assert units == 100
    assert [type(refusal) for refusal in refused] == [PurchaseNotAtThisStep]
