"""What holds for every allocation, whatever the snapshot."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace
from datetime import date

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.fairshare import Allocation, FairnessRule, Lot, Need, Problem, Requester, UnsoundRule, solve
from tests.engine.fairshare.snapshots import may_use, random_problem, with_feasible_floors, without_floors

RULE = FairnessRule()
problems = st.integers(0, 2**32).map(lambda seed: with_feasible_floors(random_problem(seed)))
whole_lots = st.integers(0, 2**32).map(
    lambda seed: _in_whole_cartons(without_floors(random_problem(seed, cartons=(1, 4, 12, 30))))
)
few = settings(max_examples=60, deadline=None)


def _in_whole_cartons(problem: Problem) -> Problem:
    return replace(
        problem, lots=tuple(replace(lot, amount=lot.amount - lot.amount % lot.carton) for lot in problem.lots)
    )


@given(problems)
@few
def test_nothing_is_lost_nobody_gets_more_than_asked_and_every_lot_goes_where_it_may(problem: Problem) -> None:
    shared = solve(problem, rule=RULE)
    lots = {lot.id: lot for lot in problem.lots}
    needs = {(need.requester, need.item): need for need in problem.needs}
    caps = {requester.id: requester.cap for requester in problem.requesters}
    got, given_out = Counter[tuple[str, str]](), Counter[str]()
    for share in shared.shares:
        lot, need = lots[share.lot], needs[share.requester, share.item]
        assert share.amount > 0
        assert share.amount % lot.carton == 0
        assert may_use(problem, share.requester, lot, need)
        got[share.requester, share.item] += share.amount
        given_out[share.lot] += share.amount
    left = {entry.lot: entry.amount for entry in shared.left}
    for lot in problem.lots:
        assert given_out[lot.id] + left.get(lot.id, 0) == lot.amount
    for met, need in zip(shared.met, problem.needs, strict=True):
        assert (met.requester, met.item, met.need) == (need.requester, need.item, need.amount)
        assert met.got == got[met.requester, met.item]
        ceiling = min(met.need, caps[met.requester].get(met.item, met.need))
        assert met.got <= ceiling
        assert met.exact <= ceiling
        assert max(met.first_come, met.pro_rata) <= ceiling
        assert (
            met.exact
            >= dict(next(r.floor for r in problem.requesters if r.id == met.requester)).get(met.item, 0) - 1e-9
        )


@given(whole_lots)
@few
def test_everyone_is_within_one_carton_of_the_exact_share(problem: Problem) -> None:
    needs = {(need.requester, need.item): need for need in problem.needs}
    for met in solve(problem, rule=RULE).met:
        need = needs[met.requester, met.item]
        usable = [lot.carton for lot in problem.lots if lot.amount and may_use(problem, met.requester, lot, need)]
        assert abs(met.got - met.exact) <= max(usable, default=0) + 1e-6


@given(problems, st.randoms(use_true_random=False))
@few
def test_the_order_of_the_lists_changes_nothing_but_first_come(problem: Problem, random: object) -> None:
    shuffle = random.shuffle  # type: ignore[attr-defined]
    requesters, lots, needs = list(problem.requesters), list(problem.lots), list(problem.needs)
    for rows in (requesters, lots, needs):
        shuffle(rows)
    shuffled = replace(problem, requesters=tuple(requesters), lots=tuple(lots), needs=tuple(needs))
    one, other = solve(problem, rule=RULE), solve(shuffled, rule=RULE)
    assert set(one.shares) == set(other.shares)
    assert set(one.left) == set(other.left)
    assert {replace(met, first_come=0) for met in one.met} == {replace(met, first_come=0) for met in other.met}


@given(problems, st.integers(0, 10), st.integers(1, 300))
@few
def test_more_stock_never_lowers_the_worst_level(problem: Problem, which: int, more: int) -> None:
    lots = list(problem.lots)
    lots[which % len(lots)] = replace(lots[which % len(lots)], amount=lots[which % len(lots)].amount + more)

    def worst(shared: Allocation) -> float:
        return min((met.level for met in shared.met if met.need), default=0)

    before, after = solve(problem, rule=RULE), solve(replace(problem, lots=tuple(lots)), rule=RULE)
    assert worst(after) >= worst(before) - 1e-9


@given(problems)
@few
def test_no_other_rule_lifts_the_worst_level_higher(problem: Problem) -> None:
    """Of pieces: leximin's exact worst is at least the worst of any whole allocation that keeps the same floors."""
    plain = without_floors(problem)
    plain = replace(plain, requesters=tuple(replace(r, weight=1.0, earlier_met=0.0) for r in plain.requesters))
    shared = solve(plain, rule=RULE)
    worst = min((met.exact_ratio for met in shared.met if met.need), default=1)
    assert worst >= max(shared.rules["pro_rata"].worst, shared.rules["first_come"].worst) - 1e-9


@given(problems)
@few
def test_the_same_snapshot_gives_the_same_allocation(problem: Problem) -> None:
    assert solve(problem, rule=RULE) == solve(problem, rule=RULE)


def test_single_pieces_may_leave_where_the_rule_says_so() -> None:
    problem = Problem((Requester("a"),), (Lot("L", "mask", 57, "s", carton=50),), (Need("a", "mask", 57),))
    assert solve(problem, rule=RULE).met[0].got == 50
    assert solve(problem, rule=FairnessRule(version="by-the-piece", whole_cartons=False)).met[0].got == 57


def test_a_broken_carton_stays_and_is_told() -> None:
    problem = Problem((Requester("a"),), (Lot("L", "mask", 57, "s", carton=50),), (Need("a", "mask", 80),))
    shared = solve(problem, rule=RULE)
    assert shared.met[0].exact == 57
    assert [(left.lot, left.amount) for left in shared.left] == [("L", 7)]
    assert "whole carton of 50" in shared.left[0].why_en


def test_a_floor_is_first_in_line_for_a_whole_carton() -> None:
    asks = {"a": 10, "b": 10, "c": 10}
    floored = Requester("c", floor={"mask": 6})
    problem = Problem(
        (Requester("a"), Requester("b"), floored),
        (Lot("L", "mask", 20, "s", carton=5),),
        tuple(Need(name, "mask", amount) for name, amount in asks.items()),
    )
    assert {met.requester: met.got for met in solve(problem, rule=RULE).met}["c"] == 10


def test_the_lot_that_expires_first_leaves_first() -> None:
    lots = (
        Lot("old", "mask", 10, "s", expires_on=date(2020, 3, 1)),
        Lot("any", "mask", 10, "s"),
        Lot("new", "mask", 10, "s", expires_on=date(2021, 3, 1)),
    )
    shared = solve(Problem((Requester("a"),), lots, (Need("a", "mask", 15),)), rule=RULE)
    assert [(share.lot, share.amount) for share in shared.shares] == [("old", 10), ("new", 5)]


def test_costs_choose_the_lots_and_leave_the_fills_alone() -> None:
    lots = (Lot("near", "mask", 100, "n"), Lot("far", "mask", 100, "f"))
    needs = (Need("a", "mask", 100), Need("b", "mask", 100))
    cost = {("n", "a"): 1, ("f", "a"): 2, ("n", "b"): 1, ("f", "b"): 9}
    problem = Problem((Requester("a"), Requester("b")), lots, needs, cost=cost)
    shared = solve(problem, rule=RULE)
    assert {(share.requester, share.lot): share.amount for share in shared.shares} == {
        ("a", "far"): 100,
        ("b", "near"): 100,
    }
    assert shared.transport_fen == 300


@pytest.mark.parametrize("seed", range(40))
def test_transport_is_never_dearer_than_without_looking_at_costs(seed: int) -> None:
    problem = with_feasible_floors(random_problem(seed))
    sites = sorted({lot.site for lot in problem.lots})
    random = np.random.default_rng(seed)
    cost = {(site, r.id): float(random.integers(1, 50)) for site in sites for r in problem.requesters}
    careless, cheapest = solve(replace(problem, cost=None), rule=RULE), solve(replace(problem, cost=cost), rule=RULE)
    site_of = {lot.id: lot.site for lot in problem.lots}
    spent = sum(cost[site_of[share.lot], share.requester] * share.amount for share in careless.shares)
    assert [met.got for met in cheapest.met] == [met.got for met in careless.met]
    assert cheapest.transport_fen is not None
    assert cheapest.transport_fen <= spent + 1e-6


@pytest.mark.parametrize("bad", [{"version": " "}, {"memory": 1.5}, {"memory": float("nan")}])
def test_a_rule_checks_itself(bad: dict[str, object]) -> None:
    with pytest.raises(UnsoundRule):
        FairnessRule(**bad)  # type: ignore[arg-type]
