"""Two people at one basket, in two connections; and what happens without the lock on it."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any
from uuid import UUID

import pytest

from baogong.journal.services import EvidenceIn
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.orders import queries, services
from baogong.orders.errors import BasketMoved
from baogong.orders.models import Basket, BasketAct, ChainLine, Paste
from baogong.orders.services import chains, handing, steps
from tests.apps.orders.world import CHAIN, HOUR, NOW, World
from tests.races import Meeting, meet_at_the_row, race


def twice(act: Callable[[], Any]) -> list[Any]:
    return race(act, act)


def closed(world: World, basket: UUID) -> list[Any]:
    return twice(lambda: services.close_basket(basket=basket, actor=world.wu, now=NOW, request_id=new_id()))


def acts(kind: str) -> int:
    return BasketAct.objects.filter(kind=kind).count()


def test_two_who_close_a_basket_close_it_once(fresh_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    basket = fresh_world.open()
    meet_at_the_row(monkeypatch, steps, Basket, is_guarded=True)
    assert sum(isinstance(one, BasketMoved) for one in closed(fresh_world, basket)) == 1
    assert acts("closed") == 1


def test_without_the_lock_a_basket_would_be_closed_twice(fresh_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    """The failing half."""
    basket = fresh_world.open()
    meeting = meet_at_the_row(monkeypatch, steps, Basket, is_guarded=False)
    assert closed(fresh_world, basket) == [None, None]
    assert meeting.happened
    assert acts("closed") == 2


def ordered_packs(basket: UUID) -> int:
    return sum(packs for line in queries.lines_of(basket, states=["COUNTED"]) for _, packs in line.items)


def test_one_chain_pasted_by_two_counts_once(fresh_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    basket = fresh_world.open()
    meet_at_the_row(monkeypatch, steps, Basket, is_guarded=True)
    answers = twice(lambda: fresh_world.paste(basket, CHAIN))
    assert all(isinstance(one, UUID) for one in answers)
    assert sorted(Paste.objects.values_list("number", flat=True)) == [1, 2]
    assert ordered_packs(basket) == 4


def test_without_the_lock_a_chain_pasted_by_two_would_count_twice(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch, drop: Callable[[str, str], None]
) -> None:
    """The failing half: neither sees the other's paste, so neither supersedes it."""
    drop("orders_paste", "paste_number_once")
    basket = fresh_world.open()
    meeting, written, supersede = (
        meet_at_the_row(monkeypatch, steps, Basket, is_guarded=False),
        Meeting(is_guarded=False),
        chains._supersede,
    )

    def superseded(paste: Paste, rows: list[ChainLine]) -> tuple[int, dict[UUID, ChainLine]]:
        """Each has looked for what it supersedes before either commits."""
        vanished = supersede(paste, rows)
        written.wait()
        return vanished

    monkeypatch.setattr(chains, "_supersede", superseded)
    answers = twice(lambda: fresh_world.paste(basket, CHAIN))
    assert (meeting.happened, written.happened) == (True, True)
    assert all(isinstance(one, UUID) for one in answers), answers
    assert ordered_packs(basket) == 8


def arrived(world: World) -> UUID:
    basket = world.ordered()
    world.check_in(basket, ("A", 1, 0), ("B", 2, 0))
    return basket


def portions(world: World, state: State) -> int:
    return sum(
        one.held if state is State.AVAILABLE else one.posted
        for one in book.balances(holders=[world.community], states=[state])
    )


def test_two_who_share_out_share_it_once(fresh_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    basket = arrived(fresh_world)
    meet_at_the_row(monkeypatch, steps, Basket, is_guarded=True)
    answers = twice(lambda: fresh_world.share(basket))
    assert sorted(type(one).__name__ for one in answers) == ["BasketMoved", "UUID"]
    assert portions(fresh_world, State.AVAILABLE) == 1 + 60


def test_without_the_lock_a_basket_would_be_shared_out_twice_but_no_pack_promised_twice(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The failing half: two papers say what each household gets; in the book a portion is one hold, whoever writes it."""
    basket = arrived(fresh_world)
    meeting = meet_at_the_row(monkeypatch, steps, Basket, is_guarded=False)
    answers = twice(lambda: fresh_world.share(basket))
    assert meeting.happened
    assert all(isinstance(one, UUID) for one in answers), answers
    assert acts("shared") == 2
    assert portions(fresh_world, State.AVAILABLE) == 1 + 60


def handed(world: World, basket: UUID) -> list[Any]:
    households = [one.id for one in queries.households_of(basket)]

    def hand_over() -> None:
        services.hand_over(
            basket=basket, households=households, evidence=[EvidenceIn("WITNESS", by_name="楼组长")], actor=world.bao,
            now=NOW + 25 * HOUR, request_id=new_id(),
        )  # fmt: skip

    return twice(hand_over)


def test_a_portion_is_handed_over_once(fresh_world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    basket = arrived(fresh_world)
    fresh_world.share(basket)
    meet_at_the_row(monkeypatch, steps, Basket, is_guarded=True)
    assert sum(isinstance(one, BasketMoved) for one in handed(fresh_world, basket)) == 1
    assert portions(fresh_world, State.HANDED_OVER) == 61


def test_without_any_lock_of_the_room_the_book_hands_a_portion_over_once(
    fresh_world: World, monkeypatch: pytest.MonkeyPatch
) -> None:
    basket = arrived(fresh_world)
    fresh_world.share(basket)
    meeting = meet_at_the_row(monkeypatch, steps, Basket, is_guarded=False)
    monkeypatch.setattr(handing, "lock_rows", lambda rows, ids: list(rows.filter(id__in=ids).order_by("id")))
    answers = handed(fresh_world, basket)
    assert meeting.happened
    assert sum(one is None for one in answers) == 1, answers
    assert portions(fresh_world, State.HANDED_OVER) == 61
    assert book.verify_book().ok
