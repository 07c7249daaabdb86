"""Kit off the place's own shelf: a movement in the book, never relief, back on the shelf when it comes back."""

from __future__ import annotations

from datetime import date
from typing import Any
from uuid import UUID

import pytest

from baogong.crew import queries, services
from baogong.crew.services import BackOnTheShelf, MoreThanIssued, NotEnoughOwn
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.ledger import queries as book
from baogong.ledger.states import Reason, State
from baogong.supply.queries import stock_board
from baogong.supply.services import Counted, count_stock
from tests.apps.crew.inside import make_inside
from tests.apps.supply.packs import give
from tests.apps.supply.world import World, make_world
from tests.books import Built
from tests.cast import NOW

SUIT, MASK = "protective-suit", "surgical-mask"


@pytest.fixture
def world(built: Built) -> World:
    return built(make_world)


def shelve(world: World, code: str, *lots: tuple[int, date | None], owner: UUID | None = None) -> None:
    """So many of the item's lots in the hub, by a stock sheet."""
    lines = [Counted(world.item(code), amount, owner, expires_on=day) for amount, day in lots]
    count_stock(site=world.cast.hub, lines=lines, counted_at=NOW, actor=world.cast.lin, now=NOW, request_id=new_id())


def stands(world: World, state: State) -> int:
    return sum(view.posted for view in book.balances(holders=[world.cast.hub], states=[state]))


def issue(world: World, person: UUID, code: str, count: int, **changed: Any) -> UUID:
    asked: dict[str, Any] = {
        "place": world.cast.hub, "person": person, "item": world.item(code), "count": count, "actor": world.cast.lin,
        "now": NOW, "request_id": new_id(),
    }  # fmt: skip
    return services.issue_from_stock(**{**asked, **changed})


def test_kit_leaves_the_shelf_by_a_movement_and_stands_there_again_when_it_comes_back(world: World) -> None:
    zhao = make_inside(world).person("赵一")
    shelve(world, SUIT, (5, date(2021, 1, 1)), (3, date(2020, 6, 1)))
    key = new_id()
    given = issue(world, zhao, SUIT, 4, must_return=True, request_id=key)
    assert issue(world, zhao, SUIT, 4, must_return=True, request_id=key) == given
    moved = {move.lot: move for move in book.movements(reasons=[Reason.LOAN])}
    by_day = {view.expires_on: view.id for view in book.lots(list(moved))}
    assert {day: moved[lot].amount for day, lot in by_day.items()} == {date(2020, 6, 1): 3, date(2021, 1, 1): 1}
    assert (stands(world, State.AVAILABLE), stands(world, State.LENT)) == (4, 4)
    used = issue(world, zhao, SUIT, 2)
    assert stands(world, State.USED) == 2
    act: dict[str, Any] = {"actor": world.cast.lin, "now": NOW}
    for _ in range(2):
        services.take_back_kit(issue=given, returned_count=3, **act)
        assert (stands(world, State.AVAILABLE), stands(world, State.LENT)) == (5, 1)
    with pytest.raises(BackOnTheShelf):
        services.take_back_kit(issue=given, returned_count=2, **act)
    with pytest.raises(MoreThanIssued):
        services.take_back_kit(issue=given, returned_count=5, **act)
    services.take_back_kit(issue=used, returned_count=1, **act)  # a box that nobody opened
    services.take_back_kit(issue=given, returned_count=4, **act)
    assert [stands(world, state) for state in (State.AVAILABLE, State.LENT, State.USED)] == [7, 0, 1]
    assert queries.kit(world.cast.hub, is_out=True) == ()
    assert book.verify_book().ok


def test_what_was_given_or_is_anothers_is_never_the_crews_kit(world: World) -> None:
    inside = make_inside(world)
    zhao = inside.person("赵一")
    give(world, MASK, 100, terms="CONSIGNMENT", receiver=world.cast.hospital)
    give(world, MASK, 50)
    shelve(world, MASK, (40, None), owner=world.alumni)
    before = stock_board()
    assert queries.own_stock(world.cast.hub, place=world.cast.hub) == ()
    with pytest.raises(NotEnoughOwn):
        issue(world, zhao, MASK, 1)
    shelve(world, SUIT, (2, None))
    assert [(view.item, view.free) for view in queries.own_stock(world.cast.hub, place=world.cast.hub)] == [
        (world.item(SUIT), 2)
    ]
    with pytest.raises(NotEnoughOwn):
        issue(world, zhao, SUIT, 3)
    issue(world, zhao, SUIT, 2)
    (suits,) = set(stock_board()) - set(before)
    assert (suits.item, suits.counted, suits.relief_free, suits.retail_free, suits.given) == (
        world.item(SUIT),
        2,
        0,
        0,
        0,
    )
    for stranger in (world.cast.stranger, inside.hong):
        with pytest.raises(NotYourPlace):
            issue(world, zhao, SUIT, 1, actor=stranger)


def test_a_whole_list_gets_the_same_or_nobody_does(world: World) -> None:
    inside = make_inside(world)
    people = [inside.person(name) for name in ("赵一", "钱二", "孙三")]
    shelve(world, MASK, (25, date(2021, 1, 1)), (10, date(2020, 6, 1)))
    key = new_id()
    all_of_them: dict[str, Any] = {
        "place": world.cast.hub, "persons": people, "item": world.item(MASK), "actor": world.cast.lin, "now": NOW,
    }  # fmt: skip
    with pytest.raises(NotEnoughOwn) as refused:
        services.issue_to_all(**all_of_them, each=12, request_id=key)
    assert (refused.value.found, stands(world, State.AVAILABLE), queries.kit(world.cast.hub)) == (36, 35, ())
    for _ in range(2):
        assert services.issue_to_all(**all_of_them, each=10, request_id=key) == 3
    assert sorted((each.person, each.issued_count) for each in queries.kit(world.cast.hub)) == [
        (person, 10) for person in sorted(people)
    ]
    assert (stands(world, State.AVAILABLE), stands(world, State.USED)) == (5, 30)
    moves = book.movements(reasons=[Reason.USE])
    days = {view.id: view.expires_on for view in book.lots([move.lot for move in moves])}
    first = sum(move.amount for move in moves if days[move.lot] == date(2020, 6, 1))
    assert first == 10, "what expires first is given out first"
    (one, *_rest) = queries.kit(world.cast.hub)
    services.take_back_kit(issue=one.id, returned_count=4, actor=world.cast.lin, now=NOW)
    assert (stands(world, State.AVAILABLE), stands(world, State.USED)) == (9, 26)
    assert book.verify_book().ok
    with pytest.raises(NotYourPlace):
        services.issue_to_all(**(all_of_them | {"actor": inside.hong}), each=1, request_id=new_id())
