"""Two households at the last pack and at the last place of a slot, in two connections; and what happens without the locks."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from baogong.ledger import posting
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.orders.models import ShopDay, ShopOrder
from baogong.orders.queries import shops as shops_
from baogong.orders.services import shop_orders
from baogong.orders.shop_errors import SlotFull, SoldOut
from tests.apps.orders.neighbourhood import Neighbourhood, make_neighbourhood
from tests.cast import Cast
from tests.races import Meeting, meet_at_the_row, race, without


@pytest.fixture
def here(fresh_cast: Cast) -> Neighbourhood:
    return make_neighbourhood(fresh_cast)


def both(here: Neighbourhood, day: Any) -> list[Any]:
    return race(*(lambda at=at: here.place(day, {"蔬菜包": 1}, at=at) for at in range(2)))


def promised(here: Neighbourhood) -> tuple[int, int]:
    """(there, promised) packs of the shop."""
    (balance,) = book.balances(holders=[here.shop], states=[State.AVAILABLE])
    return balance.posted, balance.held


def test_the_last_pack_is_one_households(here: Neighbourhood, monkeypatch: pytest.MonkeyPatch) -> None:
    day = here.open_day({"蔬菜包": 1})
    meet_at_the_row(monkeypatch, shop_orders, ShopDay, is_guarded=True)
    answers = both(here, day)
    assert sorted(type(one).__name__ for one in answers) == ["SoldOut", "UUID"]
    assert promised(here) == (1, 1)


def test_without_the_shops_lock_the_book_still_gives_the_last_pack_once(
    here: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    day = here.open_day({"蔬菜包": 1})
    meeting = meet_at_the_row(monkeypatch, shop_orders, ShopDay, is_guarded=False)
    answers = both(here, day)
    assert meeting.happened
    assert sum(isinstance(one, SoldOut) for one in answers) == 1
    assert promised(here) == (1, 1)


def test_without_any_lock_the_last_pack_would_be_sold_twice(
    here: Neighbourhood, monkeypatch: pytest.MonkeyPatch, drop: Callable[[str, str], None]
) -> None:
    """The failing half: what the locks of shop and book keep from happening."""
    drop("ledger_balance", "balance_not_overdrawn")
    day = here.open_day({"蔬菜包": 1})
    meet_at_the_row(monkeypatch, shop_orders, ShopDay, is_guarded=False)
    monkeypatch.setattr(shop_orders, "_take_place", lambda *_: None)  # whose rows would make the second wait
    without(monkeypatch, posting, "LOCK_BALANCES", "FOR UPDATE OF balance")
    meet_before(monkeypatch, posting, "decide", is_guarded=False)
    both(here, day)
    assert ShopOrder.objects.count() == 2
    assert promised(here) == (1, 2)
    assert not book.verify_book().ok  # and the book would say so


def meet_before(monkeypatch: pytest.MonkeyPatch, module: object, name: str, *, is_guarded: bool) -> Meeting:
    """Both have read what they judge by, and neither has written."""
    meeting, act = Meeting(is_guarded=is_guarded), getattr(module, name)

    def met(*args: Any) -> Any:
        meeting.wait()
        return act(*args)

    monkeypatch.setattr(module, name, met)
    return meeting


def test_the_last_place_of_a_slot_is_one_households(here: Neighbourhood, monkeypatch: pytest.MonkeyPatch) -> None:
    day = here.open_day({"蔬菜包": 9}, slots=(1,))
    meet_before(monkeypatch, shop_orders, "_take_place", is_guarded=True)
    answers = both(here, day)
    assert sum(isinstance(one, SlotFull) for one in answers) == 1
    assert shops_.day(day).slots[0].packs_taken == promised(here)[1] == 1


def test_without_the_lock_a_slot_would_hold_more_than_its_riders_bring(
    here: Neighbourhood, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failing half."""
    day = here.open_day({"蔬菜包": 9}, slots=(1,))
    meet_at_the_row(monkeypatch, shop_orders, ShopDay, is_guarded=False)
    assert meet_before(monkeypatch, shop_orders, "_take_place", is_guarded=False)
    both(here, day)
    assert promised(here)[1] == 2 > shops_.day(day).slots[0].packs_taken
