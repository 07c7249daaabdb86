"""Needs: written down, counted, kept fresh, verified, ended."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.asked import GroupUse, quantity_for
from baogong.journal.services import draw_up
from baogong.kernel.errors import RequestIdReused, UnusableInput
from baogong.kernel.ids import new_id
from baogong.needs import queries
from baogong.needs.errors import AmountUnclear, NeedClosed, NeedLooksDoubled
from baogong.needs.services import Asked, Proof, ProofKind, add_proof, ask, cancel, renew, set_amount, verify
from baogong.needs.views import NeedState
from tests.apps.supply.world import World, assert_refused_without_trace, rows_everywhere
from tests.cast import NOW

TOMORROW, IN_TWO_DAYS = NOW + timedelta(days=1), NOW + timedelta(hours=48)


def asking(world: World, code: str = "surgical-mask", **facts: Any) -> Any:
    options = {
        key: facts.pop(key) for key in ("actor", "request_id", "is_verified", "apart_from", "now") if key in facts
    }
    if not {"quantity", "people_count", "has_no_limit"} & set(facts):
        facts["quantity"] = 1000
    need = Asked(receiver=facts.pop("receiver", world.cast.hospital), item=world.item(code), **facts)
    return ask(need=need, **{"actor": world.cast.wu, "now": NOW, "request_id": new_id(), **options})


@given(people=st.integers(1, 5000), days=st.integers(1, 60), daily=st.integers(1, 20_000))
def test_people_days_and_use_round_up_to_whole_units(people: int, days: int, daily: int) -> None:
    quantity = quantity_for([GroupUse(people, daily)], days_count=days)
    assert 0 <= quantity * 1000 - people * days * daily < 1000


def test_a_need_by_people_takes_the_daily_use_of_the_catalogue_and_shows_it(world: World) -> None:
    view = queries.need(asking(world, people_count=30, days_count=7))
    assert (view.quantity, view.daily_use_milli, view.basis) == (840, 4000, "PEOPLE")
    assert (view.people_count, view.days_count) == (30, 7)


def test_no_upper_limit_waits_for_a_person_to_set_an_amount(world: World) -> None:
    need = asking(world, has_no_limit=True)
    assert queries.need(need).quantity is None
    assert queries.needs_board(NOW, has_amount=False)[0].id == need
    set_amount(need=need, quantity=5000, why="先给五千", actor=world.cast.wu, now=NOW)
    view = queries.need(need)
    assert (view.quantity, view.open, view.had_no_limit) == (5000, 5000, True)
    set_amount(need=need, people_count=100, days_count=3, daily_use_milli=2500, actor=world.cast.wu, now=NOW)
    assert queries.need(need).quantity == 750


@pytest.mark.parametrize(
    "facts",
    [
        {"quantity": 0},
        {"quantity": 5, "has_no_limit": True},
        {"quantity": 5, "people_count": 1, "days_count": 1},
        {"people_count": 3},
        {"people_count": 3, "days_count": 0},
        {"people_count": -3, "days_count": -2},
    ],
)
def test_an_unclear_amount_is_refused(world: World, facts: dict[str, Any]) -> None:
    with pytest.raises(AmountUnclear):
        asking(world, **facts)
    assert queries.open_needs() == ()


def test_standards_are_kept_by_family_whatever_edition_is_written(world: World) -> None:
    view = queries.need(asking(world, standards=("YY0469-2011", "GB 19083-2010")))
    assert view.standards == ("GB 19083", "YY 0469")


def test_the_same_receiver_and_item_again_is_asked_about(world: World) -> None:
    first = asking(world)
    with pytest.raises(NeedLooksDoubled) as refusal:
        asking(world, quantity=1200)
    assert refusal.value.found == [str(first)]
    second = asking(world, quantity=1200, apart_from=[first])
    assert {view.id for view in queries.open_needs()} == {first, second}


def test_the_same_request_twice_is_one_need(world: World) -> None:
    request = new_id()
    need = asking(world, request_id=request)
    assert asking(world, request_id=request) == need
    with pytest.raises(RequestIdReused):
        asking(world, request_id=request, quantity=7)


def test_a_proof_nobody_kept_is_refused_and_one_that_was_kept_goes_with_the_need(world: World) -> None:
    first = asking(world)
    seen = Proof(ProofKind.SEEN, text="the letter on the ward's wall")
    proof = add_proof(needs=[first], proof=seen, actor=world.cast.wu, now=NOW, request_id=new_id())
    need = asking(world, "gloves", proof=proof)
    assert queries.need(need).proof == proof
    count = draw_up(kind="COUNT", title="x", body={}, actor=world.cast.wu, now=NOW, request_id=new_id())
    for wrong in (new_id(), count):
        with pytest.raises(UnusableInput) as refusal:
            asking(world, "goggles", proof=wrong)
        assert (refusal.value.where, refusal.value.found) == ("proof", str(wrong))


def test_a_need_is_fresh_for_48_hours_unless_renewed(world: World) -> None:
    need = asking(world)
    assert not queries.need(need).is_stale(IN_TWO_DAYS - timedelta(seconds=1))
    assert queries.need(need).is_stale(IN_TWO_DAYS)
    renew(need=need, actor=world.cast.wu, now=TOMORROW)
    assert not queries.need(need).is_stale(IN_TWO_DAYS)
    assert [view.id for view in queries.needs_board(TOMORROW + timedelta(hours=48), is_stale=True)] == [need]


def test_a_stale_need_no_longer_counts_as_a_double(world: World) -> None:
    asking(world)
    assert asking(world, now=IN_TWO_DAYS)


def test_a_cancelled_need_is_closed_for_good(world: World) -> None:
    need = asking(world)
    cancel(need=need, why="重复登记", actor=world.cast.wu, now=NOW)
    assert queries.need(need).state is NeedState.CANCELLED
    with pytest.raises(NeedClosed):
        renew(need=need, actor=world.cast.wu, now=NOW)


def test_the_public_sees_verified_needs_without_notes_or_sources(world: World) -> None:
    shown = asking(world, source="护士长 13900000000", note="找王姐")
    asking(world, "gloves")
    verify(need=shown, actor=world.cast.wu, now=NOW, how="回拨总机")
    (row,) = queries.public_needs(NOW)
    assert (row.id, row.receiver_name, row.city) == (shown, "武汉大学中南医院", "武汉")
    assert "13900000000" not in repr(row)
    assert "王姐" not in repr(row)


def test_a_natural_person_is_not_named_in_public(world: World) -> None:
    lin = world.cast.lin.person_id
    asking(world, receiver=lin, is_verified=True)
    (row,) = queries.public_needs(NOW)
    assert "Lin" not in repr(row)


def test_strangers_ask_change_and_end_nothing(world: World) -> None:
    need, stranger = asking(world), world.cast.stranger
    for act in (
        lambda: asking(world, "gloves", actor=stranger),
        lambda: set_amount(need=need, quantity=1, actor=stranger, now=NOW),
        lambda: renew(need=need, actor=stranger, now=NOW),
        lambda: verify(need=need, actor=stranger, now=NOW),
        lambda: cancel(need=need, why="x", actor=stranger, now=NOW),
    ):
        assert_refused_without_trace(act)


def test_nothing_stays_fresh_for_having_been_asked_on_a_day_to_come(world: World) -> None:
    before = rows_everywhere()
    with pytest.raises(UnusableInput):
        asking(world, asked_at=NOW + timedelta(days=18_000))
    assert rows_everywhere() == before
    view = queries.need(asking(world, asked_at=NOW + timedelta(hours=9)))
    assert (view.asked_at, view.fresh_until) == (NOW, NOW + timedelta(hours=48))
