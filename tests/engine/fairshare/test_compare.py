"""What if: two allocations beside each other, told in words."""

from __future__ import annotations

from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.fairshare import FairnessRule, Lot, Names, Need, Problem, Requester, compare
from tests.engine.fairshare.snapshots import random_problem, with_feasible_floors

RULE = FairnessRule()
NAMES = Names({"A": "Ward A", "B": "Ward B"}, {"mask": "masks"}, {"mask": "口罩"})
problems = st.integers(0, 2**32).map(lambda seed: with_feasible_floors(random_problem(seed)))


def two_wards(*, weight: float = 1.0, need: int = 100) -> Problem:
    return Problem(
        (Requester("A", weight=weight), Requester("B")),
        (Lot("L", "mask", 90, "s"),),
        (Need("A", "mask", need), Need("B", "mask", 100)),
    )


def test_twice_the_weight_is_told_as_gain_and_loss() -> None:
    found = compare(two_wards(), two_wards(weight=2), rule=RULE)
    assert [(change.requester, change.difference) for change in found.changes] == [("B", -15), ("A", 15)]
    assert found.changes[0].told_en(NAMES) == "Ward B, masks: loses 15, from 45 of 100 to 30 (45% → 30%)."
    assert found.changes[1].told_zh(NAMES) == "Ward A 口罩：多得 15 件，由 45 到 60（需要 100 件，45% → 60%）。"
    assert found.told_en(NAMES) == (
        "1 need gains, 1 need loses. The worst served falls from 45% to 30% (now Ward B, masks). "
        "Gini 0.000 → 0.167; 0 get nothing, as before."
    )
    assert found.told_zh(NAMES) == (
        "1 项需求多得，1 项少得。最低满足率由 45% 降到 30%（现为Ward B 口罩）。基尼系数 0.000 → 0.167；一件未得的仍为 0 项。"
    )


def test_who_leaves_who_joins_and_who_asks_for_more_are_told_as_such() -> None:
    alone = replace(two_wards(), needs=(Need("B", "mask", 100),))
    left = compare(two_wards(), alone, rule=RULE)
    assert left.changes[0].told_en(NAMES) == "Ward A, masks: takes no part any more; it got 45 of 100."
    joined = compare(alone, two_wards(), rule=RULE)
    assert joined.changes[-1].told_zh(NAMES) == "Ward A 口罩：新参与分配，得 45 件（需要 100 件，45%）。"
    more = compare(two_wards(), two_wards(need=200), rule=RULE)
    assert {change.requester: change.told_en(NAMES) for change in more.changes}["A"] == (
        "Ward A, masks: gains 15, from 45 of 100 to 60 of 200 (45% → 30%)."
    )


def test_the_same_twice_changes_nothing() -> None:
    found = compare(two_wards(), two_wards(), rule=RULE)
    assert found.told_en() == "Nothing changes for anybody."
    assert found.told_zh() == "对谁都没有变化。"
    assert found.changes[0].told_en(NAMES) == "Ward A, masks: keeps 45 of 100 (45%)."
    nobody = Problem((), (), ())
    assert compare(nobody, nobody, rule=RULE).worst_after is None


def test_the_rule_may_change_instead_of_the_snapshot() -> None:
    problem = replace(two_wards(), requesters=(Requester("A", earlier_met=0.5), Requester("B")))
    found = compare(problem, problem, rule=RULE, changed_rule=FairnessRule(memory=0))
    assert {change.requester: change.difference for change in found.changes} == {"A": 25, "B": -25}


@given(problems, problems)
@settings(max_examples=25, deadline=None)
def test_every_pair_of_both_is_there_once_and_losses_stand_first(one: Problem, other: Problem) -> None:
    found = compare(one, other, rule=RULE)
    pairs = {(need.requester, need.item) for need in one.needs + other.needs}
    assert {(change.requester, change.item) for change in found.changes} == pairs
    assert len(found.changes) == len(pairs)
    moves = [change.ratio_after - change.ratio_before for change in found.changes]
    assert moves == sorted(moves)
    back = compare(other, one, rule=RULE)
    assert {c.requester + c.item: c.difference for c in found.changes} == {
        c.requester + c.item: -c.difference for c in back.changes
    }
    for change in found.changes:
        assert change.told_en().endswith(".")
        assert change.told_zh().endswith("。")


@given(problems, st.integers(0, 5), st.sampled_from([2.0, 3.5]))
@settings(max_examples=25, deadline=None)
def test_a_greater_weight_never_costs_its_holder_a_piece_of_the_exact_share(
    problem: Problem, which: int, times: float
) -> None:
    requesters = list(problem.requesters)
    chosen = which % len(requesters)
    requesters[chosen] = replace(requesters[chosen], weight=requesters[chosen].weight * times, earlier_met=0.0)
    plain = replace(problem, requesters=tuple(replace(r, earlier_met=0.0) for r in problem.requesters))
    heavier = replace(plain, requesters=tuple(replace(r, earlier_met=0.0) for r in requesters))
    for change in compare(plain, heavier, rule=RULE).changes:
        if change.requester == requesters[chosen].id:
            assert change.exact_after >= change.exact_before - 1e-6 * max(1, change.need_before)
        assert change.need_before == pytest.approx(change.need_after)
