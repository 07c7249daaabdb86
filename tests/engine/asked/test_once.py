"""Nothing is counted twice: the arithmetic of doubles and parts."""

from __future__ import annotations

from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.asked import Asking, Counted, Tie, TieKind, count_once, living, would_turn_back

SAME, PART = TieKind.SAME, TieKind.PART


@st.composite
def families(draw: st.DrawFn) -> tuple[list[Asking], list[Tie]]:
    """Up to nine needs; each but the first may be tied to an earlier one, so no circle can arise."""
    count = draw(st.integers(1, 9))
    askings = [
        Asking(
            id=f"n{index}",
            asked=draw(st.one_of(st.none(), st.integers(0, 200))),
            got=draw(st.one_of(st.just(0), st.integers(0, 250))),
            rank=(draw(st.integers(1, 4)), float(index)),
            is_over=draw(st.booleans()) and draw(st.booleans()),
        )
        for index in range(count)
    ]
    ties = [
        Tie(draw(st.sampled_from([SAME, PART])), f"n{index}", f"n{draw(st.integers(0, index - 1))}")
        for index in range(1, count)
        if draw(st.booleans())
    ]
    return askings, ties


def open_in_all(counted: dict[str, Counted]) -> int:
    return sum(each.open or 0 for each in counted.values())


@given(families())
def test_what_needs_stand_for_adds_up_to_what_their_roots_come_to(family: tuple[list[Asking], list[Tie]]) -> None:
    askings, ties = family[0], living(*family)
    same = {tie.child: tie.parent for tie in ties if tie.kind is SAME}

    def speaker(need: str) -> str:
        return speaker(same[need]) if need in same else need

    parts: dict[str, list[str]] = {}
    for tie in ties:
        if tie.kind is PART:
            parts.setdefault(speaker(tie.parent), []).append(tie.child)
    asked = {asking.id: 0 if asking.is_over else asking.asked or 0 for asking in askings}

    def comes_to(need: str) -> int:
        return max(asked[need], sum(comes_to(part) for part in parts.get(need, [])))

    children = {tie.child for tie in ties}
    counted = count_once(askings, ties)
    assert sum(each.own or 0 for each in counted.values()) == sum(
        comes_to(asking.id) for asking in askings if asking.id not in children
    )


@given(families())
def test_no_tie_ever_raises_what_is_open(family: tuple[list[Asking], list[Tie]]) -> None:
    askings, ties = family
    for kept in range(len(ties)):
        assert open_in_all(count_once(askings, ties[: kept + 1])) <= open_in_all(count_once(askings, ties[:kept]))


@given(families())
def test_nothing_open_is_lost_and_nothing_covered_is_invented(family: tuple[list[Asking], list[Tie]]) -> None:
    askings, ties = family
    counted = count_once(askings, ties)
    got = sum(asking.got for asking in askings)
    stood_for = sum(each.own or 0 for each in counted.values())
    assert open_in_all(counted) >= stood_for - got
    assert sum(each.covered for each in counted.values()) <= got
    for asking in askings:
        own, covered, still_open = counted[asking.id].own, counted[asking.id].covered, counted[asking.id].open
        if own is None:
            assert still_open is None
            continue
        assert still_open == max(own - asking.got - covered, 0)


@given(families())
def test_taking_the_ties_back_restores_every_figure(family: tuple[list[Asking], list[Tie]]) -> None:
    askings, ties = family
    before = count_once(askings, [])
    count_once(askings, ties)
    assert count_once(askings, []) == before


@given(families())
def test_a_double_stands_for_nothing_and_the_kept_one_has_its_goods(family: tuple[list[Asking], list[Tie]]) -> None:
    askings, ties = family
    counted = count_once(askings, ties)
    assert all(counted[tie.child] == Counted(0, 0, 0) for tie in living(askings, ties) if tie.kind is SAME)


@given(families())
def test_ending_one_of_two_never_loses_the_other(family: tuple[list[Asking], list[Tie]]) -> None:
    askings, ties = family
    is_over = {asking.id: asking.is_over for asking in askings}
    by_need = {tie.child: tie for tie in ties}

    def speaker(need: str) -> str:
        tie = by_need.get(need)
        return speaker(tie.parent) if tie is not None and tie.kind is SAME else need

    doubles = {tie.child for tie in living(askings, ties) if tie.kind is SAME}
    groups: dict[str, list[str]] = {}
    for need in is_over:
        groups.setdefault(speaker(need), []).append(need)
    for members in groups.values():
        (counts,) = set(members) - doubles  # of those that are one need, one counts
        assert not is_over[counts] or all(is_over[need] for need in members)


@given(families(), st.randoms(use_true_random=False))
def test_the_order_of_the_ties_changes_nothing(family: tuple[list[Asking], list[Tie]], shuffle: Random) -> None:
    askings, ties = family
    shuffled = shuffle.sample(ties, len(ties))
    assert count_once(askings, shuffled) == count_once(askings, ties)


def test_the_worked_example() -> None:
    """The hospital's 1,000 hold the ward's 300; the volunteers' 1,000 are the hospital's once more."""
    askings = [Asking("hospital", 1000), Asking("ward", 300, got=100), Asking("volunteers", 1000, got=50)]
    ties = [Tie(PART, "ward", "hospital"), Tie(SAME, "volunteers", "hospital")]
    assert count_once(askings, ties) == {
        "hospital": Counted(own=700, covered=50, open=650),
        "ward": Counted(own=300, covered=0, open=200),
        "volunteers": Counted(0, 0, 0),
    }


def test_a_double_steps_into_the_place_of_the_one_that_was_cancelled() -> None:
    """With its part, its whole and the goods that were promised to it."""
    askings = [
        Asking("house", 2000),
        Asking("kept", 1000, got=100, is_over=True),
        Asking("ward", 300),
        Asking("volunteers", 1000),
    ]
    ties = [Tie(PART, "kept", "house"), Tie(SAME, "volunteers", "kept"), Tie(PART, "ward", "kept")]
    counted = count_once(askings, ties)
    assert counted["kept"] == Counted(0, 0, 0)
    assert counted["volunteers"] == Counted(own=700, covered=100, open=600)
    assert (counted["house"].own, counted["ward"].own) == (1000, 300)


def test_what_the_whole_got_for_everyone_covers_its_parts() -> None:
    askings = [Asking("hospital", 100, got=100), Asking("a", 60, rank=(1, 0.0)), Asking("b", 40, rank=(2, 0.0))]
    counted = count_once(askings, [Tie(PART, "a", "hospital"), Tie(PART, "b", "hospital")])
    assert [counted[need].open for need in ("hospital", "a", "b")] == [0, 0, 0]
    some = count_once(
        [Asking("hospital", 100, got=70), *askings[1:]], [Tie(PART, "a", "hospital"), Tie(PART, "b", "hospital")]
    )
    assert [some[need].open for need in ("hospital", "a", "b")] == [0, 0, 30]


@pytest.mark.parametrize(("child", "parent", "turns"), [("a", "c", True), ("c", "d", False), ("a", "a", True)])
def test_a_circle_is_seen_before_it_closes(child: str, parent: str, turns: bool) -> None:
    ties = [Tie(PART, "b", "a"), Tie(PART, "c", "b")]
    assert would_turn_back(ties, child=child, parent=parent) is turns
