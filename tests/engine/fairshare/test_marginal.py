"""What more goods would lift, held against solving the whole snapshot anew for every option there is."""

from __future__ import annotations

from dataclasses import replace
from itertools import pairwise

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.fairshare import (
    Capacity,
    FairnessRule,
    Gain,
    Limit,
    Lot,
    Need,
    Option,
    Problem,
    Requester,
    Size,
    UnsoundRule,
    advice_en,
    advice_zh,
    marginal_gains,
    solve,
)
from baogong.engine.fairshare.levels import solve_levels
from tests.engine.fairshare.snapshots import laid_out, random_problem, with_feasible_floors, with_trucks, without_floors

RULE = FairnessRule()
problems = st.integers(0, 2**32).map(lambda seed: with_feasible_floors(random_problem(seed, requesters=6, lots=6)))
few = settings(max_examples=30, deadline=None)


def levels_with(problem: Problem, item: str, option: Option, pieces: int) -> list[float]:
    """The levels of all pairs, rising, with so many pieces more: everything solved anew."""
    lot = Lot("more", item, pieces, option.site, earmark=option.earmark, standard=option.standard)
    return levels_of(replace(problem, lots=(*problem.lots, lot)))


def levels_of(problem: Problem) -> list[float]:
    layout, tables = laid_out(problem)
    columns = layout.columns
    exact = solve_levels(tables, tables.pool_amount, columns.floor).exact
    return sorted(((columns.earlier + exact / columns.need) / columns.weight).tolist())


def is_fairer(one: list[float], other: list[float]) -> bool:
    """Leximin: at the first place where the rising rows differ, the higher one."""
    return next((mine > theirs for mine, theirs in zip(one, other, strict=True) if abs(mine - theirs) > 1e-7), False)


@given(problems, st.integers(1, 300))
@few
def test_the_ranking_is_that_of_all_snapshots_solved_anew(problem: Problem, pieces: int) -> None:
    gains = marginal_gains(problem, rule=RULE, pieces=pieces)
    anew = [[levels_with(problem, gain.item, option, pieces) for option in gain.options] for gain in gains]
    for rows in anew:  # options told as one do have one effect
        assert all(row == pytest.approx(rows[0], abs=1e-7) for row in rows)
    for better, worse in pairwise(anew):
        assert not is_fairer(worse[0], better[0])
    assert [gain.rank for gain in gains] == list(range(1, len(gains) + 1))


@given(problems, st.integers(1, 300))
@few
def test_the_told_figures_are_those_of_a_snapshot_solved_anew(problem: Problem, pieces: int) -> None:
    before = levels_of(problem)
    for gain in marginal_gains(problem, rule=RULE, pieces=pieces):
        after = levels_with(problem, gain.item, gain.options[0], pieces)
        first = next((k for k, level in enumerate(after) if level > before[k] + 1e-7), None)
        if first is None:
            assert gain.lifted_to - gain.lifted_from <= 2e-7
            continue
        assert gain.lifted_from == pytest.approx(before[first], abs=1e-7)
        assert gain.lifted_count > 0
        assert 0 < gain.used <= pieces + 1e-6


@given(problems, st.integers(1, 300))
@few
def test_only_goods_that_touch_the_lowest_classes_can_raise_the_lowest_level(problem: Problem, pieces: int) -> None:
    """The theorem the search rests on: no option that it calls out of reach lifts the worst served, solved anew."""
    before = levels_of(problem)
    for gain in marginal_gains(problem, rule=RULE, pieces=pieces):
        after = levels_with(problem, gain.item, gain.options[0], pieces)
        if gain.raises_worst and gain.worst_count and gain.lifted_from <= before[0] + 1e-9:
            # Who is wholly met can stand as low as the worst served, and nothing lifts them: then one fewer stands there.
            lowest_count = sum(level <= before[0] + 1e-9 for level in before)
            assert after[0] > before[0] if lowest_count == gain.worst_count else is_fairer(after, before)
        if not gain.worst_lifted:
            assert after[0] <= before[0] + 1e-7


@given(problems, st.integers(1, 8))
@few
def test_looking_at_fewer_options_leaves_out_those_that_serve_the_higher(problem: Problem, most: int) -> None:
    everything = [(gain.item, gain.options) for gain in marginal_gains(problem, rule=RULE, pieces=50)]
    some = [(gain.item, gain.options) for gain in marginal_gains(problem, rule=RULE, pieces=50, most=most)]
    assert len(some) == min(most, len(everything))
    assert [entry for entry in everything if entry in some] == some


@given(st.integers(0, 2**32), st.integers(1, 300))
@few
def test_with_trucks_for_the_whole_round_the_ranking_is_that_of_snapshots_solved_anew(seed: int, pieces: int) -> None:
    problem = with_trucks(without_floors(random_problem(seed, requesters=6, lots=6)), seed, of_the_whole=True)
    gains = marginal_gains(problem, rule=RULE, pieces=pieces)
    anew = []
    for gain in gains:
        option = gain.options[0]
        lot = Lot("more", gain.item, pieces, option.site, earmark=option.earmark, standard=option.standard)
        met = solve(replace(problem, lots=(*problem.lots, lot)), rule=RULE).met
        anew.append(sorted(entry.level for entry in met if entry.need))
    for better, worse in pairwise(anew):
        assert not is_fairer(worse, better)


def test_full_trucks_are_told_and_lanes_are_not_answered() -> None:
    sizes = {"mask": Size(10), "glove": Size(10)}
    full = replace(relief(), capacity=Capacity(sizes, (Limit(weight_g=2_000),)))
    best = marginal_gains(full, rule=RULE)[0]
    assert best.item == "mask"
    assert "The trucks are full: 2 would get less for it." in best.told_en()
    assert "车已满：2 项会因此少得。" in best.told_zh()
    with pytest.raises(UnsoundRule):
        marginal_gains(replace(full, capacity=Capacity(sizes, (Limit(weight_g=9, site="East"),))), rule=RULE)


def relief(*lots: Lot) -> Problem:
    """A needs medical masks of GB 19083 and has none; B has most of its masks; C has all its gloves."""
    return Problem(
        (Requester("A"), Requester("B"), Requester("C")),
        (Lot("plain", "mask", 300, "East", standard="YY 0469"), Lot("pairs", "glove", 500, "East"), *lots),
        (
            Need("A", "mask", 1000, frozenset({"GB 19083"})),
            Need("B", "mask", 400),
            Need("C", "glove", 500),
        ),
    )


def found(gains: tuple[Gain, ...]) -> dict[tuple[str, str], Gain]:
    return {(gain.item, option.standard): gain for gain in gains for option in gain.options}


def test_masks_of_the_standard_asked_for_come_first_and_gloves_last() -> None:
    gains = marginal_gains(relief(), rule=RULE)
    by_kind = found(gains)
    best = by_kind["mask", "GB 19083"]
    assert best.rank == 1
    assert best.raises_worst
    assert best.lifted[0].requester == "A"
    assert (best.lifted[0].ratio_before, best.lifted[0].ratio_after) == pytest.approx((0, 0.9286), abs=1e-4)
    assert not by_kind["mask", "YY 0469"].worst_lifted
    assert by_kind["glove", ""].lifted_count == 0
    assert by_kind["glove", ""].rank == len(gains)
    assert advice_en(gains) == "Look for mask of GB 19083 for A, not glove."
    assert advice_zh(gains) == "先为A找mask（GB 19083），而不是glove。"


def test_every_gain_says_why_in_both_languages() -> None:
    by_kind = found(marginal_gains(relief(), rule=RULE))
    assert by_kind["mask", "GB 19083"].told_en() == (
        "1,000 more mask of GB 19083 at East: the worst served, A, rises from 0% to 92.9%; 2 rise in all."
    )
    assert by_kind["mask", "YY 0469"].told_en() == (
        "1,000 more mask at East: does not reach the worst served (A, mask); lifts B from 75% to 100%. 900 of them would stay."
    )
    assert by_kind["glove", ""].told_zh() == (
        "在East再添glove 1,000 件：谁也不会多得；能用它的单位都已得足所需或达到上限。"
    )


def test_two_who_stand_lowest_apart_are_not_both_lifted_by_one_lot() -> None:
    problem = Problem(
        (Requester("A"), Requester("B")),
        (Lot("L", "mask", 10, "East"), Lot("M", "mask", 10, "West")),
        (Need("A", "mask", 100), Need("B", "mask", 100)),
        reach=frozenset({("East", "A"), ("West", "B")}),
    )
    gains = marginal_gains(problem, rule=RULE, pieces=20)
    assert [(gain.worst_lifted, gain.worst_count, gain.raises_worst) for gain in gains] == [(1, 2, False)] * 2
    assert "lifts 1 of the 2 worst served (A)" in gains[0].told_en()


def test_goods_at_another_door_free_those_nearer_for_the_lowest() -> None:
    """B may use both depots: more in West lets B leave East to A."""
    problem = Problem(
        (Requester("A"), Requester("B")),
        (Lot("L", "mask", 100, "East"), Lot("M", "mask", 10, "West")),
        (Need("A", "mask", 200), Need("B", "mask", 100)),
        reach=frozenset({("East", "A"), ("East", "B"), ("West", "B")}),
    )
    by_site = {gain.options[0].site: gain for gain in marginal_gains(problem, rule=RULE, pieces=30)}
    assert by_site["West"].raises_worst
    assert by_site["West"].lifted_to == pytest.approx(140 / 300)


def test_where_sites_make_no_difference_one_entry_says_so() -> None:
    problem = relief(Lot("other", "mask", 5, "West", standard="YY 0469"))
    best = marginal_gains(problem, rule=RULE)[0]
    assert best.is_anywhere
    assert best.told_en().startswith("1,000 more mask of GB 19083 anywhere: ")
    assert best.told_zh().startswith("不论何处再添mask（GB 19083） 1,000 件：")


def test_no_pieces_are_refused() -> None:
    with pytest.raises(UnsoundRule):
        marginal_gains(relief(), rule=RULE, pieces=0)
