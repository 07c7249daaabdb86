"""Waiting for a fuller truck or leaving at once: small cases by hand, then random ones against every possibility."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.freight.consolidate import Batch, TruckKind, consolidate, late_cost, load_earliest_due_first
from baogong.engine.freight.rule import FreightRule, Stopped
from baogong.kernel.errors import UnusableInput

RULE = FreightRule("2020-01-23", mip_gap=1e-9)
VAN, LORRY = TruckKind("van", 4, 40.0), TruckKind("lorry", 10, 70.0)


def test_the_guide_s_worked_example_is_what_the_model_finds() -> None:
    batches = (Batch("masks", 6, 0, 1), Batch("suits", 5, 1, 1), Batch("gloves", 3, 2, 3))
    plan = consolidate(batches, (VAN, LORRY), late_prices=(2.0,) * 4, rule=RULE)
    assert plan is not None
    assert (plan.trucks_cost, plan.late_cost) == (110.0, 2.0)
    assert plan.stopped_because is Stopped.PROVEN
    assert sum(units for departure in plan.departures for _, units in departure.carries) == 14


def test_a_small_rest_waits_late_when_a_second_truck_costs_more() -> None:
    batches = (Batch("a", 10, 0, 0), Batch("b", 1, 0, 0), Batch("c", 9, 1, 1))
    plan = consolidate(batches, (LORRY,), late_prices=(5.0, 5.0), rule=RULE)
    assert plan is not None
    assert (plan.trucks_cost, plan.late_cost) == (140.0, 5.0)


def test_no_plan_is_made_where_the_trucks_are_too_few() -> None:
    kinds = (TruckKind("van", 4, 40.0, count=2),)
    assert consolidate((Batch("a", 9, 0, 0),), kinds, late_prices=(0.0, 0.0), rule=RULE) is None


def test_all_faults_of_the_input_are_named_at_once() -> None:
    with pytest.raises(UnusableInput) as refusal:
        consolidate((Batch("a", -1, 7, 0),), (TruckKind("van", 0, 1.0),), late_prices=(0.0,), rule=RULE)
    assert all(word in refusal.value.message for word in ("size -1", "slot 7", "capacity 0"))


BATCHES = st.lists(st.tuples(st.integers(0, 9), st.integers(0, 3), st.integers(-1, 4)), min_size=1, max_size=4).map(
    lambda rows: tuple(Batch(str(n), *row) for n, row in enumerate(rows))
)


def cheapest_by_trying_everything(batches: tuple[Batch, ...], prices: tuple[float, ...]) -> float:
    """Every number of vans and lorries in every slot; loading the earliest due first is best for given trucks."""
    best = float("inf")
    total = sum(batch.size for batch in batches)
    for counts in product(range(4), repeat=2 * len(prices)):  # four vans cost more than two lorries
        leaving = [
            (slot, kind)
            for slot in range(len(prices))
            for kind, count in zip((VAN, LORRY), counts[2 * slot : 2 * slot + 2], strict=True)
            for _ in range(count)
        ]
        cost = sum(kind.cost for _, kind in leaving)
        if cost >= best or sum(kind.capacity for _, kind in leaving) < total:
            continue
        try:
            departures = load_earliest_due_first(batches, leaving)
        except AssertionError:
            continue
        best = min(best, cost + late_cost(batches, departures, prices))
    return best


@settings(max_examples=25, deadline=None)
@given(batches=BATCHES, price=st.integers(0, 30))
def test_no_choice_of_trucks_is_cheaper(batches: tuple[Batch, ...], price: int) -> None:
    batches = tuple(Batch(b.id, min(b.size, 7), min(b.ready_slot, 2), b.due_slot) for b in batches)
    prices = (float(price),) * 3
    plan = consolidate(batches, (VAN, LORRY), late_prices=prices, rule=RULE)
    assert plan is not None
    assert plan.cost == pytest.approx(cheapest_by_trying_everything(batches, prices))
    assert plan.bound <= plan.cost + 1e-6


@settings(max_examples=40, deadline=None)
@given(batches=BATCHES, price=st.integers(0, 30))
def test_everything_leaves_once_ready_and_within_the_trucks(batches: tuple[Batch, ...], price: int) -> None:
    plan = consolidate(batches, (VAN, LORRY), late_prices=(float(price),) * 4, rule=RULE)
    assert plan is not None
    capacity = {"van": 4, "lorry": 10}
    left = {batch.id: batch.size for batch in batches}
    ready = {batch.id: batch.ready_slot for batch in batches}
    for departure in plan.departures:
        assert sum(units for _, units in departure.carries) <= capacity[departure.kind]
        for name, units in departure.carries:
            assert departure.slot >= ready[name]
            left[name] -= units
    assert not any(left.values())
