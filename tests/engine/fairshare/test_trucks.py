"""Trucks that cannot carry all: exact shares under limits, whole cartons that fit, reasons that name the truck."""

from __future__ import annotations

from collections import Counter
from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.fairshare import (
    Allocation,
    Capacity,
    FairnessRule,
    InfeasibleFloors,
    Limit,
    Lot,
    Need,
    Problem,
    Requester,
    Size,
    TooManyForTrucks,
    UnusableProblem,
    coupled,
    solve,
)
from baogong.engine.fairshare.capacity import pool_sites, rows_of
from baogong.engine.fairshare.coupled import Program, cut_levels
from baogong.engine.fairshare.layout import lay_out
from baogong.engine.fairshare.levels import solve_levels
from baogong.engine.fairshare.oracle import lp_shares_within
from baogong.engine.fairshare.tables import merge
from tests.engine.fairshare.snapshots import may_use, random_problem, with_feasible_floors, with_trucks, without_floors

RULE = FairnessRule()
few = settings(max_examples=25, deadline=None)
seeds = st.integers(0, 2**32)


def within_trucks(seed: int, *, floors: bool = True, **kind: bool) -> Problem:
    problem = random_problem(seed, requesters=6, lots=6)
    return with_trucks(with_feasible_floors(problem) if floors else without_floors(problem), seed, **kind)


def solved(problem: Problem) -> Allocation | None:
    """None where the floors do not fit the trucks."""
    try:
        return solve(problem, rule=RULE)
    except InfeasibleFloors:
        return None


@pytest.mark.parametrize("block", range(2))
def test_sixty_snapshots_with_trucks_agree_with_plain_linear_programs(block: int) -> None:
    bound = 0
    for seed in range(block * 30, block * 30 + 30):
        problem = within_trucks(seed)
        shared = solved(problem)
        if shared is None or not problem.capacity:
            continue
        layout = lay_out(problem, RULE)
        theirs, _ = lp_shares_within(layout.columns, rows_of(problem.capacity, layout), layout.lot_site)
        exact = {(met.requester, met.item): met.exact for met in shared.met}
        for need, pieces in zip(layout.needs, theirs, strict=True):
            assert exact[need.requester, need.item] == pytest.approx(pieces, abs=1e-7 * max(need.amount, 1)), seed
        bound += any(load.is_full for load in shared.loads)
    assert bound > 8


@given(seeds)
@few
def test_limits_of_the_whole_are_cut_as_the_sequence_of_programs_cuts_them(seed: int) -> None:
    problem = within_trucks(seed, floors=False, of_the_whole=True)
    assert problem.capacity is not None
    layout = lay_out(problem, RULE)
    tables, columns = merge(layout.columns), layout.columns
    rows = rows_of(problem.capacity, layout)
    levels = solve_levels(tables, tables.pool_amount, columns.floor)
    quick = cut_levels(tables, columns.floor, levels, rows)
    slow = Program(tables, tables.pool_amount, columns.floor, rows, pool_sites(tables, layout)).levels()
    assert np.abs((quick.exact - slow.exact) / columns.need).max(initial=0) <= 1e-7


@given(seeds, st.booleans())
@few
def test_trucks_stock_ceilings_and_cartons_hold_and_nothing_is_lost(seed: int, of_the_whole: bool) -> None:
    problem = within_trucks(seed, of_the_whole=of_the_whole)
    shared = solved(problem)
    if shared is None or problem.capacity is None:
        return
    lots = {lot.id: lot for lot in problem.lots}
    needs = {(need.requester, need.item): need for need in problem.needs}
    requesters = {requester.id: requester for requester in problem.requesters}
    got, out = Counter[tuple[str, str]](), Counter[str]()
    for share in shared.shares:
        assert may_use(problem, share.requester, lots[share.lot], needs[share.requester, share.item])
        assert share.amount % lots[share.lot].carton == 0
        got[share.requester, share.item] += share.amount
        out[share.lot] += share.amount
    left = {entry.lot: entry.amount for entry in shared.left}
    assert all(out[lot.id] + left.get(lot.id, 0) == lot.amount for lot in problem.lots)
    for met in shared.met:
        floor = requesters[met.requester].floor.get(met.item, 0)
        ceiling = min(met.need, requesters[met.requester].cap.get(met.item, met.need))
        assert met.got == got[met.requester, met.item] <= ceiling
        assert floor - 1e-6 <= met.exact <= ceiling + 1e-6
        assert max(met.first_come, met.pro_rata) <= ceiling
    for limit, kind, room in told_limits(problem.capacity):
        used = sum(
            getattr(problem.capacity.sizes[share.item], kind) * share.amount
            for share in shared.shares
            if (limit.site is None or lots[share.lot].site == limit.site)
            and (not limit.requesters or share.requester in limit.requesters)
        )
        assert used <= room * (1 + 1e-9) + 1e-9


def told_limits(capacity: Capacity) -> list[tuple[Limit, str, float]]:
    return [
        (limit, kind, getattr(limit, kind))
        for limit in capacity.limits
        for kind in ("weight_g", "volume_cm3")
        if getattr(limit, kind) is not None
    ]


@given(seeds)
@few
def test_trucks_with_room_for_all_change_nothing(seed: int) -> None:
    problem = within_trucks(seed)
    assert problem.capacity is not None
    roomy = tuple(
        replace(limit, weight_g=1e12 if limit.weight_g is not None else None, volume_cm3=1e12)
        for limit in problem.capacity.limits
    )
    shared = solve(replace(problem, capacity=replace(problem.capacity, limits=roomy)), rule=RULE)
    plain = solve(replace(problem, capacity=None), rule=RULE)
    assert (shared.shares, shared.left, shared.rules) == (plain.shares, plain.left, plain.rules)
    assert shared.met == plain.met
    assert not any(load.is_full for load in shared.loads)


@given(seeds)
@few
def test_the_sequence_of_programs_without_a_truck_is_the_exact_solver(seed: int) -> None:
    problem = within_trucks(seed)
    assert problem.capacity is not None
    layout = lay_out(problem, RULE)
    tables, columns = merge(layout.columns), layout.columns
    rows = rows_of(replace(problem.capacity, limits=()), layout)
    slow = Program(tables, tables.pool_amount, columns.floor, rows, pool_sites(tables, layout)).levels()
    exact = solve_levels(tables, tables.pool_amount, columns.floor).exact
    assert np.abs((slow.exact - exact) / columns.need).max(initial=0) <= 1e-7


@given(seeds, st.booleans())
@few
def test_who_is_below_the_exact_share_has_no_carton_lying_that_a_truck_has_room_for(
    seed: int, of_the_whole: bool
) -> None:
    problem = within_trucks(seed, floors=False, of_the_whole=of_the_whole)
    problem = replace(
        problem, lots=tuple(replace(lot, amount=lot.amount // lot.carton * lot.carton) for lot in problem.lots)
    )
    shared = solve(problem, rule=RULE)
    assert problem.capacity is not None
    if not any(load.is_full for load in shared.loads):
        return
    lots = {lot.id: lot for lot in problem.lots}
    needs = {(need.requester, need.item): need for need in problem.needs}
    caps = {requester.id: requester.cap for requester in problem.requesters}
    for met in shared.met:
        if met.got >= met.exact - 1e-6:
            continue
        for entry in shared.left:
            lot = lots[entry.lot]
            if entry.amount < lot.carton or not may_use(problem, met.requester, lot, needs[met.requester, met.item]):
                continue
            if met.got + lot.carton > min(met.need, caps[met.requester].get(met.item, met.need)):
                continue
            assert any(
                load.used
                + getattr(problem.capacity.sizes[met.item], "weight_g" if load.is_weight else "volume_cm3") * lot.carton
                > load.room * (1 - 1e-9)
                for load in shared.loads
                for limit in [problem.capacity.limits[load.limit]]
                if (limit.site is None or limit.site == lot.site)
                and (not limit.requesters or met.requester in limit.requesters)
            ), (met, lot)


def relief(*limits: Limit, floors: dict[str, int] | None = None, amount: int = 760) -> Problem:
    """The worked example: masks of 10 g in East and West, and gloves of 20 g that only C asks for."""
    floors = floors or {}
    return Problem(
        tuple(Requester(name, floor={"mask": floors[name]} if name in floors else {}) for name in "ABC"),
        (
            Lot("E", "mask", 360, "East", carton=40),
            Lot("W", "mask", amount, "West", carton=40),
            Lot("g", "glove", 500, "West", carton=10),
        ),
        (Need("A", "mask", 1000), Need("B", "mask", 400), Need("C", "mask", 600), Need("C", "glove", 500)),
        reach=frozenset({("East", "A"), ("East", "B"), ("West", "B"), ("West", "C")}),
        capacity=Capacity({"mask": Size(10), "glove": Size(20)}, limits),
    )


def got(shared: Allocation) -> dict[tuple[str, str], int]:
    return {(met.requester, met.item): met.got for met in shared.met}


def test_a_full_truck_levels_goods_that_do_not_compete_for_stock_and_says_so() -> None:
    shared = solve(relief(Limit(weight_g=12_000)), rule=RULE)
    assert [round(met.exact_ratio, 4) for met in shared.met] == [0.36, 0.42, 0.42, 0.42]
    assert got(shared) == {("A", "mask"): 360, ("B", "mask"): 160, ("C", "mask"): 240, ("C", "glove"): 210}
    glove = shared.met[3]
    assert glove.reason_en == (
        "Asked for 500, gets 210 (42%): the truck, not the stock, is the limit (full: all trucks together, 12 kg). "
        "3 needs ride under it, levelled at 42%."
    )
    assert glove.reason_zh == (
        "需要 500 件，分得 210 件（42%）：限制在车，不在货（已满：全部车辆，12 公斤）。3 项需求同受此限，拉平到 42%。"
    )
    assert "truck" not in shared.met[0].reason_en
    assert {entry.lot: entry.why_en for entry in shared.left} == dict.fromkeys(
        "gW", "The trucks that would bring it to those who still need it are full."
    )


def test_a_lane_binds_those_who_ride_it_and_the_stock_it_leaves_goes_to_others() -> None:
    shared = solve(relief(Limit(weight_g=2_000, site="East", requesters=frozenset("A"), name="truck 3")), rule=RULE)
    exact = {met.requester + met.item: met.exact for met in shared.met}
    assert exact["Amask"] == pytest.approx(200)
    assert exact["Bmask"] + exact["Cmask"] == pytest.approx(160 + 760)
    assert shared.met[0].reason_en.startswith(
        "Asked for 1,000, gets 200 (20%): the truck, not the stock, is the limit (full: truck 3, 2 kg). 1 need rides under it"
    )
    assert "full" not in shared.met[1].reason_en


def test_who_lacks_only_a_carton_for_want_of_room_is_told() -> None:
    shared = solve(relief(Limit(weight_g=12_000)), rule=RULE)
    assert shared.met[1].reason_en.endswith(
        "The exact share is 168; whole cartons of 40 make it 160. No truck has room for a further carton "
        "(full: all trucks together, 12 kg)."
    )
    assert shared.met[1].reason_zh.endswith(
        "应得 168 件，按每箱 40 件整箱发放为 160 件。再多一箱就装不下（已满：全部车辆，12 公斤）。"
    )


def test_floors_come_first_in_a_full_truck() -> None:
    shared = solve(relief(Limit(weight_g=6_000), floors={"C": 400}), rule=RULE)
    assert got(shared)["C", "mask"] == 400
    lanes = solve(relief(Limit(weight_g=4_400, site="West"), floors={"C": 400}), rule=RULE)
    assert got(lanes)["C", "mask"] == 400


@pytest.mark.parametrize("site", [None, "West"])
def test_floors_that_no_truck_can_bring_are_refused_by_name(site: str | None) -> None:
    with pytest.raises(InfeasibleFloors) as refusal:
        solve(relief(Limit(weight_g=5_000, site=site), floors={"C": 600}), rule=RULE)
    assert [(floor["requester"], floor["item"], floor["floor"]) for floor in refusal.value.data["floors"]] == [
        ("C", "mask", 600)
    ]
    assert "does not fit the trucks" in refusal.value.message
    assert "5 kg" in refusal.value.message


def test_the_other_rules_ride_the_same_trucks() -> None:
    free, bound = (solve(relief(*limits), rule=RULE) for limits in ((), (Limit(weight_g=12_000),)))
    for rule in ("first_come", "pro_rata"):
        assert bound.rules[rule].mean < free.rules[rule].mean
    assert [met.first_come for met in bound.met] == [360, 400, 360, 40]


def test_costs_choose_the_way_where_lanes_allow_it() -> None:
    problem = Problem(
        (Requester("A"), Requester("B")),
        (Lot("near", "mask", 100, "n"), Lot("far", "mask", 100, "f")),
        (Need("A", "mask", 100), Need("B", "mask", 100)),
        cost={("n", "A"): 1, ("f", "A"): 2, ("n", "B"): 1, ("f", "B"): 9},
        capacity=Capacity({"mask": Size(1)}, (Limit(weight_g=60, site="n", requesters=frozenset("B")),)),
    )
    shared = solve(problem, rule=RULE)
    sent = {(share.requester, share.lot): share.amount for share in shared.shares}
    assert sent == {("A", "near"): 40, ("A", "far"): 60, ("B", "near"): 60, ("B", "far"): 40}
    assert shared.transport_fen == 40 + 120 + 60 + 360


def test_more_ways_than_are_solved_in_minutes_are_refused_with_what_to_do(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(coupled, "SIZE_MAX", 3)
    with pytest.raises(TooManyForTrucks) as refusal:
        solve(relief(Limit(weight_g=2_000, site="West")), rule=RULE)
    assert "whole round" in refusal.value.cure
    assert solve(relief(Limit(weight_g=12_000)), rule=RULE).loads[0].is_full  # of the whole: any size


def test_a_limit_of_an_unknown_place_and_goods_of_unknown_weight_are_faults() -> None:
    problem = relief(Limit(weight_g=1, site="Wets"), Limit(), Limit(volume_cm3=-1, requesters=frozenset("Z")))
    with pytest.raises(UnusableProblem) as refusal:
        solve(problem, rule=RULE)
    places = {fault["where"] for fault in refusal.value.data["problems"]}
    assert places == {
        "capacity.limits[0].site",
        "capacity.limits[1]",
        "capacity.limits[2].volume_cm3",
        "capacity.limits[2].requesters",
        "capacity.items[glove].volume_cm3",
        "capacity.items[mask].volume_cm3",
    }
