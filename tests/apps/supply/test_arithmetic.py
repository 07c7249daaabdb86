"""How much of what: the sums behind counts and freezes."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from baogong.supply.arithmetic import recount, take_in_order

amounts = st.integers(0, 10_000)


@given(free=st.lists(st.tuples(st.integers(), st.integers(-50, 500))), amount=amounts)
def test_taking_never_takes_more_than_is_free_and_says_what_is_missing(
    free: list[tuple[int, int]], amount: int
) -> None:
    free = [(place, have) for place, (_, have) in enumerate(free)]
    taking = take_in_order(free, amount)
    assert taking.total + taking.missing == amount
    assert all(0 < part <= dict(free)[key] for key, part in taking.taken)
    assert taking.missing == 0 or taking.total == sum(max(have, 0) for _, have in free)


@given(free=st.lists(st.integers(-50, 500)))
def test_taking_everything_leaves_nothing_free(free: list[int]) -> None:
    taking = take_in_order(list(enumerate(free)), None)
    assert taking.total == sum(max(have, 0) for have in free)
    assert taking.missing == 0


@given(counted=amounts, available=amounts, frozen=amounts, held=amounts, held_frozen=amounts)
def test_a_recount_brings_the_shelf_to_what_was_counted_or_says_what_is_promised(
    counted: int, available: int, frozen: int, held: int, held_frozen: int
) -> None:
    free, free_frozen = available - min(held, available), frozen - min(held_frozen, frozen)
    move = recount(counted, available=available, available_free=free, frozen=frozen, frozen_free=free_frozen)
    after = available + frozen + move.brought_in - move.from_available - move.from_frozen
    assert after == counted + move.missing
    assert move.from_available <= free
    assert move.from_frozen <= free_frozen
    assert move.missing == max(available + frozen - free - free_frozen - counted, 0)


@given(counted=amounts, sold=amounts)
def test_a_freeze_over_everything_commits_what_was_counted_less_what_was_sold(counted: int, sold: int) -> None:
    held = take_in_order([("shop", counted)], min(sold, counted)).total
    committed = take_in_order([("shop", counted - held)], None).total
    assert committed == counted - held
