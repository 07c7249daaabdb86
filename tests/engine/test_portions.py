"""Whole packs in rounds: nothing is lost, nobody gets more than asked, nobody two less than a neighbour who still waits."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis.strategies import integers, lists, text

from baogong.engine.portions import share_out

ASKED = lists(integers(0, 60), max_size=40)


def names(asked: list[int]) -> list[str]:
    return [str(at) for at in range(len(asked))]


def test_the_example_by_hand() -> None:
    assert sorted(share_out(7, [1, 5, 3], names([1, 5, 3]), seed="s")) == [1, 3, 3]


@given(left=integers(0, 900), asked=ASKED, seed=text(max_size=8))
def test_nothing_is_lost_and_nobody_gets_more_than_asked(left: int, asked: list[int], seed: str) -> None:
    got = share_out(left, asked, names(asked), seed=seed)
    assert sum(got) == min(left, sum(asked))
    assert all(0 <= packs <= wish for packs, wish in zip(got, asked, strict=True))


@given(left=integers(0, 900), asked=ASKED, seed=text(max_size=8))
def test_nobody_gets_two_packs_less_than_another_while_waiting_for_more(left: int, asked: list[int], seed: str) -> None:
    got = share_out(left, asked, names(asked), seed=seed)
    most = max(got, default=0)
    assert all(packs >= min(wish, most - 1) for packs, wish in zip(got, asked, strict=True))


def test_the_last_round_is_drawn_and_not_always_the_first_door_s() -> None:
    firsts = {share_out(1, [1, 1, 1], "abc", seed=str(seed)) for seed in range(40)}
    assert firsts == {(1, 0, 0), (0, 1, 0), (0, 0, 1)}
    assert share_out(1, [1, 1, 1], "abc", seed="7") == share_out(1, [1, 1, 1], "abc", seed="7")


@pytest.mark.parametrize(("left", "asked", "who"), [(-1, [1], "a"), (1, [-1], "a"), (1, [1, 1], "aa")])
def test_what_makes_no_sense_is_refused(left: int, asked: list[int], who: str) -> None:
    with pytest.raises(ValueError, match="packs"):
        share_out(left, asked, who, seed="s")
