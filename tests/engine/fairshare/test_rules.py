"""The two other rules and the figures that compare them."""

from __future__ import annotations

import numpy as np
import pytest

from baogong.engine.fairshare import FairnessRule, Lot, Need, Problem, Requester, solve
from baogong.engine.fairshare.rules import statistics


def test_first_come_serves_in_the_order_of_the_needs() -> None:
    problem = Problem(
        (Requester("a"), Requester("b"), Requester("c")),
        (Lot("L", "mask", 100, "s", carton=10),),
        (Need("c", "mask", 55), Need("a", "mask", 200), Need("b", "mask", 10)),
    )
    assert [met.first_come for met in solve(problem, rule=FairnessRule()).met] == [50, 50, 0]


def test_pro_rata_divides_by_what_is_asked_and_knows_no_weights() -> None:
    problem = Problem(
        (Requester("a", weight=9, earlier_met=1), Requester("b")),
        (Lot("L", "mask", 60, "s"),),
        (Need("a", "mask", 200), Need("b", "mask", 100)),
    )
    assert [met.pro_rata for met in solve(problem, rule=FairnessRule()).met] == [40, 20]


def test_leximin_lifts_the_worst_where_reach_binds() -> None:
    """Pro rata gives b, whose own depot has served it already, a part of the depot that is a's only one."""
    problem = Problem(
        (Requester("a"), Requester("b")),
        (Lot("L", "mask", 60, "s"), Lot("M", "mask", 60, "t")),
        (Need("a", "mask", 100), Need("b", "mask", 100)),
        reach=frozenset({("s", "a"), ("s", "b"), ("t", "b")}),
    )
    rules = solve(problem, rule=FairnessRule()).rules
    assert (rules["leximin"].worst, rules["pro_rata"].worst) == (0.6, 0.43)


def test_the_other_rules_hand_out_what_is_earmarked_before_what_is_for_anyone() -> None:
    """In whichever order the lots are listed: else they would look worse than whoever uses them would do."""
    lots = (Lot("A", "mask", 60, "s"), Lot("B", "mask", 40, "s", earmark=frozenset({"a"})))
    for listed in (lots, tuple(reversed(lots))):
        problem = Problem((Requester("a"), Requester("b")), listed, (Need("a", "mask", 80), Need("b", "mask", 80)))
        met = solve(problem, rule=FairnessRule()).met
        assert [one.pro_rata for one in met] == [60, 40]  # 40, then 60 by 40 : 80
        assert [one.first_come for one in met] == [80, 20]


@pytest.mark.parametrize(
    ("got", "worst", "mean", "gini", "unserved"),
    [
        ([10, 10, 10, 10], 1.0, 1.0, 0.0, 0),
        ([0, 0, 0, 10], 0.0, 0.25, 0.75, 3),
        ([0, 0, 0, 0], 0.0, 0.0, 0.0, 4),
        ([2, 4, 6, 8], 0.2, 0.5, 0.25, 0),
    ],
)
def test_the_figures_of_four_ratios(got: list[int], worst: float, mean: float, gini: float, unserved: int) -> None:
    figures = statistics(np.array(got), np.array([10, 10, 10, 10]))
    assert (figures.worst, figures.mean, figures.unserved) == pytest.approx((worst, mean, unserved))
    assert figures.gini == pytest.approx(gini)
