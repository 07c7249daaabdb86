"""Floors that cannot be kept are refused, all of them by name and no others."""

from __future__ import annotations

import pytest

from baogong.engine.fairshare import FairnessRule, InfeasibleFloors, Lot, Need, Problem, Requester, solve
from baogong.kernel.errors import Kind


def refused(problem: Problem) -> dict[tuple[str, str], str]:
    with pytest.raises(InfeasibleFloors) as refusal:
        solve(problem, rule=FairnessRule())
    assert refusal.value.kind is Kind.UNUSABLE
    named = {(floor["requester"], floor["item"]): floor["why"] for floor in refusal.value.data["floors"]}
    assert all(f"{who}/{item}" in refusal.value.message for who, item in named)
    return named


def floored(name: str, pieces: int, **more: object) -> Requester:
    return Requester(name, floor={"mask": pieces}, **more)  # type: ignore[arg-type]


def test_floors_that_compete_are_named_together_and_the_others_are_not() -> None:
    problem = Problem(
        (floored("a", 8), floored("b", 7), floored("c", 5), floored("d", 0), Requester("e")),
        (Lot("L", "mask", 12, "s"), Lot("M", "mask", 50, "t")),
        tuple(Need(name, "mask", 20) for name in "abcde"),
        reach=frozenset({("s", "a"), ("s", "b"), ("t", "c"), ("s", "d"), ("t", "b"), ("t", "e")} - {("t", "b")}),
    )
    assert refused(problem) == {
        ("a", "mask"): "2 floors together ask 15 of lots that hold 12",
        ("b", "mask"): "2 floors together ask 15 of lots that hold 12",
    }


def test_a_floor_that_could_step_aside_is_not_named() -> None:
    """B may use both lots and leaves the first to A; A alone asks more than it holds."""
    problem = Problem(
        (floored("a", 5), floored("b", 4)),
        (Lot("L", "mask", 4, "s"), Lot("M", "mask", 4, "t")),
        (Need("a", "mask", 9), Need("b", "mask", 9)),
        reach=frozenset({("s", "a"), ("s", "b"), ("t", "b")}),
    )
    assert refused(problem) == {("a", "mask"): "the lots it may use hold 4"}


def test_two_shortages_are_told_apart() -> None:
    problem = Problem(
        (floored("a", 5), floored("b", 9)),
        (Lot("L", "mask", 4, "s"), Lot("M", "mask", 8, "t")),
        (Need("a", "mask", 9), Need("b", "mask", 9)),
        reach=frozenset({("s", "a"), ("t", "b")}),
    )
    assert refused(problem) == {
        ("a", "mask"): "the lots it may use hold 4",
        ("b", "mask"): "the lots it may use hold 8",
    }


def test_a_floor_above_need_or_cap_or_on_nothing_asked_is_named_beside_the_rest() -> None:
    problem = Problem(
        (
            floored("a", 9),
            floored("b", 9, cap={"mask": 8}),
            Requester("c", floor={"gown": 1}),
            floored("d", 99),
        ),
        (Lot("L", "mask", 90, "s"),),
        (Need("a", "mask", 8), Need("b", "mask", 20), Need("d", "mask", 100)),
    )
    assert refused(problem) == {
        ("a", "mask"): "only 8 are asked for",
        ("b", "mask"): "its cap is 8",
        ("c", "gown"): "only 0 are asked for",
        ("d", "mask"): "3 floors together ask 115 of lots that hold 90",
    }


def test_floors_that_take_all_stock_are_kept() -> None:
    problem = Problem(
        (floored("a", 8), floored("b", 4)),
        (Lot("L", "mask", 12, "s"),),
        (Need("a", "mask", 20), Need("b", "mask", 20)),
    )
    assert [met.exact for met in solve(problem, rule=FairnessRule()).met] == [8, 4]


def test_floors_of_goods_that_lie_in_broken_cartons_are_kept_as_far_as_cartons_go() -> None:
    problem = Problem(
        (floored("a", 7), floored("b", 7)),
        (Lot("L", "mask", 14, "s", carton=5),),
        (Need("a", "mask", 20), Need("b", "mask", 20)),
    )
    shared = solve(problem, rule=FairnessRule())
    assert [met.got for met in shared.met] == [5, 5]
    assert all("below its floor" in met.reason_en and "低于其保底数" in met.reason_zh for met in shared.met)
