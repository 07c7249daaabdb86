"""The divisible shares, held against linear programs and against hand-made cases."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from baogong.engine.fairshare import FairnessRule, Lot, Need, Problem, Requester, solve
from baogong.engine.fairshare.levels import solve_levels
from baogong.engine.fairshare.oracle import lp_shares
from baogong.engine.fairshare.tables import merge
from baogong.ops.bench.fairshare import instance
from tests.engine.fairshare.snapshots import laid_out, random_problem, with_feasible_floors

RULE = FairnessRule()


def exact_of(problem: Problem) -> dict[str, float]:
    return {met.requester: met.exact for met in solve(problem, rule=RULE).met}


def one_item(needs: dict[str, int], *lots: Lot, requesters: tuple[Requester, ...] = (), **rest: object) -> Problem:
    named = {requester.id for requester in requesters}
    others = tuple(Requester(name) for name in needs if name not in named)
    asked = tuple(Need(name, "mask", amount) for name, amount in needs.items())
    return Problem((*requesters, *others), lots, asked, **rest)  # type: ignore[arg-type]


@pytest.mark.parametrize("block", range(8))
def test_four_hundred_random_snapshots_agree_with_the_linear_programs(block: int) -> None:
    compared = 0
    for seed in range(block * 50, block * 50 + 50):
        layout, tables = laid_out(with_feasible_floors(random_problem(seed)))
        exact = solve_levels(tables, tables.pool_amount, layout.columns.floor).exact
        theirs, _ = lp_shares(layout.columns)
        assert np.abs((exact - theirs) / layout.columns.need).max(initial=0) <= 1e-8, seed
        compared += len(exact)
    assert compared > 300


def crowded(seed: int) -> Problem:
    """Up to forty requesters who may all use the same lots: one class whose members bend at levels of their own."""
    problem = random_problem(seed, requesters=40)
    return with_feasible_floors(
        replace(
            problem,
            lots=tuple(replace(lot, earmark=frozenset(), amount=lot.amount * 3) for lot in problem.lots),
            needs=tuple(replace(need, standards=frozenset()) for need in problem.needs),
            reach=None,
            arrives_on=None,
            arrivals={},
        )
    )


def test_a_hundred_crowded_classes_agree_with_the_linear_programs() -> None:
    bends = 0
    for seed in range(100):
        layout, tables = laid_out(crowded(seed))
        exact = solve_levels(tables, tables.pool_amount, layout.columns.floor).exact
        theirs, _ = lp_shares(layout.columns)
        assert np.abs((exact - theirs) / layout.columns.need).max(initial=0) <= 1e-8, seed
        bends += int((layout.columns.floor > 0).sum() + (layout.columns.ceiling < layout.columns.need).sum())
    assert bends > 700


def test_random_snapshots_do_contain_what_they_are_meant_to_test() -> None:
    problems = [with_feasible_floors(random_problem(seed)) for seed in range(400)]
    requesters = [requester for problem in problems for requester in problem.requesters]
    lots = [lot for problem in problems for lot in problem.lots]
    assert sum(any(requester.floor.values()) for requester in requesters) > 100
    assert sum(bool(requester.cap) for requester in requesters) > 100
    assert sum(requester.earlier_met > 0 and requester.weight != 1 for requester in requesters) > 100
    assert sum(bool(lot.earmark) for lot in lots) > 100
    assert sum(lot.expires_on is not None for lot in lots) > 100
    assert sum(bool(need.standards) for problem in problems for need in problem.needs) > 100
    assert sum(problem.reach is not None for problem in problems) > 100


def test_a_middling_snapshot_agrees_with_the_linear_programs() -> None:
    columns = instance(300, 12, 3)
    random = np.random.default_rng(5)
    weight = np.array([1.0, 2.0, 5.0])[random.integers(0, 3, 300)][columns.pair_requester]
    columns = replace(columns, weight=weight, ceiling=np.minimum(columns.need, 180))
    tables = merge(columns)
    exact = solve_levels(tables, tables.pool_amount, columns.floor).exact
    theirs, programs = lp_shares(columns)
    assert programs > 10
    assert np.abs((exact - theirs) / columns.need).max() <= 1e-8


def test_amounts_of_a_billion_beside_amounts_of_one_stay_exact() -> None:
    """The one who asks a single piece shares a pool with giants and must not drown in their rounding."""
    problem = one_item(
        {"giant": 2_000_000_000, "clinic": 1, "ward": 3},
        Lot("L1", "mask", 1_000_000_000, "s"),
        Lot("L2", "mask", 3, "t"),
        reach=frozenset({("s", "giant"), ("s", "clinic"), ("t", "clinic"), ("t", "ward")}),
    )
    exact = exact_of(problem)
    assert exact["giant"] == pytest.approx(1_000_000_000 - (exact["clinic"] + exact["ward"] - 3), rel=1e-15)
    assert exact["clinic"] + exact["ward"] == pytest.approx(3, abs=1e-6)
    assert exact["clinic"] == pytest.approx(0.75, abs=1e-6)


def test_twice_the_weight_is_twice_the_met_share() -> None:
    urgent = Requester("urgent", weight=2)
    assert exact_of(one_item({"urgent": 100, "calm": 100}, Lot("L", "mask", 90, "s"), requesters=(urgent,))) == (
        pytest.approx({"urgent": 60, "calm": 30})
    )


def test_what_was_received_earlier_counts_as_already_filled() -> None:
    """Levels are earlier + now: 0.5 + 0.25 on one side, 0 + 0.75 on the other."""
    helped = Requester("helped", earlier_met=0.5)
    problem = one_item({"helped": 100, "new": 100}, Lot("L", "mask", 100, "s"), requesters=(helped,))
    assert exact_of(problem) == pytest.approx({"helped": 25, "new": 75})
    forgetful = solve(problem, rule=FairnessRule(version="no-memory", memory=0))
    assert [met.exact for met in forgetful.met] == pytest.approx([50, 50])


def test_one_who_had_all_earlier_waits_until_the_others_are_met() -> None:
    sated = Requester("sated", earlier_met=1)
    assert exact_of(one_item({"sated": 10, "new": 10}, Lot("L", "mask", 10, "s"), requesters=(sated,))) == (
        pytest.approx({"sated": 0, "new": 10})
    )


def test_a_cap_leaves_the_rest_to_others_and_a_floor_takes_it_from_them() -> None:
    lot = Lot("L", "mask", 90, "s")
    assert exact_of(
        one_item({"a": 100, "b": 100}, lot, requesters=(Requester("a", cap={"mask": 20}),))
    ) == pytest.approx({"a": 20, "b": 70})
    assert exact_of(
        one_item({"a": 100, "b": 100}, lot, requesters=(Requester("a", floor={"mask": 80}),))
    ) == pytest.approx({"a": 80, "b": 10})


def test_earmarked_lots_free_the_open_ones_for_the_rest() -> None:
    problem = one_item(
        {"a": 100, "b": 100}, Lot("gift", "mask", 60, "s", earmark=frozenset({"a"})), Lot("open", "mask", 40, "s")
    )
    shared = solve(problem, rule=RULE)
    assert {met.requester: met.exact for met in shared.met} == pytest.approx({"a": 60, "b": 40})
    assert {(share.requester, share.lot) for share in shared.shares} == {("a", "gift"), ("b", "open")}


def test_items_do_not_compete() -> None:
    problem = Problem(
        (Requester("a"), Requester("b")),
        (Lot("L", "mask", 10, "s"), Lot("M", "gown", 3, "s")),
        (Need("a", "mask", 10), Need("b", "gown", 6)),
    )
    assert exact_of(problem) == pytest.approx({"a": 10, "b": 3})


def test_a_snapshot_without_anything_is_shared_into_nothing() -> None:
    shared = solve(Problem((), (), ()), rule=RULE)
    assert (shared.shares, shared.met, shared.left) == ((), (), ())
    assert shared.worst_ratio == 1
