"""Shuttle trips: whole road zones, cold first, never more carts at a gate than its slot takes, and every load accounted for."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.rounds.shuttles import (
    Cart,
    LeftOutside,
    Load,
    Mouth,
    ShuttlePlan,
    ShuttleProblem,
    ShuttleTrip,
    UnusableShuttles,
    check_shuttles,
    plan_shuttles,
)
from tests.engine.rounds.towns import HOUR

DAY = (7 * HOUR, 17 * HOUR)


@st.composite
def mornings(draw: st.DrawFn) -> ShuttleProblem:
    gates = tuple(
        Mouth(
            f"gate {n}",
            draw(st.integers(60, 1800)),
            draw(st.integers(1, 2)),
            draw(st.sampled_from(((), (DAY,), ((7 * HOUR, 9 * HOUR), (13 * HOUR, 14 * HOUR))))),
            draw(st.sampled_from((None, 600, 1800))),
            draw(st.sampled_from(((), (7 * HOUR + 900,), (7 * HOUR + 1800, 7 * HOUR + 2000, 8 * HOUR)))),
        )
        for n in range(draw(st.integers(1, 3)))
    )
    carts = tuple(
        Cart(f"cart {n}", draw(st.integers(100, 400)) * 1000, draw(st.integers(20, 60)), DAY)
        for n in range(draw(st.integers(0, 3)))
    )
    zones = {f"zone {n}": draw(st.sampled_from(gates)).id for n in range(draw(st.integers(1, 5)))}
    loads = []
    for n in range(draw(st.integers(0, 14))):
        zone = draw(st.sampled_from(sorted(zones)))
        kg, pieces = draw(st.integers(1, 450)), draw(st.integers(1, 30))
        is_cold, ready_s = draw(st.booleans()), draw(st.integers(6 * HOUR, 12 * HOUR))
        loads.append(Load(f"load {n}", zone, zones[zone], kg * 1000, pieces, is_cold, ready_s))
    return ShuttleProblem(gates, carts, tuple(loads), one_zone_per_trip=draw(st.booleans()))


@given(problem=mornings())
def test_every_load_is_on_one_trip_within_every_limit_or_told(problem: ShuttleProblem) -> None:
    plan = plan_shuttles(problem)
    assert check_shuttles(problem, plan) == []
    for told in (*plan.left, *plan.trips):
        assert isinstance(told, LeftOutside | ShuttleTrip)
        assert told.reason_en
        assert told.reason_zh


@given(problem=mornings())
def test_a_day_without_end_leaves_only_what_no_cart_can_carry(problem: ShuttleProblem) -> None:
    carts = tuple(replace(cart, shift=(cart.shift[0], 7 * 24 * HOUR)) for cart in problem.carts)
    problem = replace(problem, gates=tuple(replace(gate, opens=()) for gate in problem.gates), carts=carts)
    plan = plan_shuttles(problem)
    assert check_shuttles(problem, plan) == []
    for one in plan.left:
        load = next(load for load in problem.loads if load.id == one.load)
        assert one.code == "TOO_MUCH_FOR_A_CART"
        assert all(load.weight_g > cart.capacity_g or load.pieces > cart.capacity_pieces for cart in carts)


@given(problem=mornings())
def test_no_zone_without_cold_goods_goes_before_a_cold_one_that_was_ready(problem: ShuttleProblem) -> None:
    carts = tuple(Cart(f"cart {n}", 10**7, 10**4, DAY) for n in range(2))
    loads = tuple(replace(load, ready_s=6 * HOUR) for load in problem.loads)
    problem = replace(problem, carts=carts, loads=loads)
    plan = plan_shuttles(problem)
    assert check_shuttles(problem, plan) == []
    cold = {load.zone for load in loads if load.cold}
    for gate in problem.gates:
        own = [trip for trip in plan.trips if trip.gate == gate.id]
        first_cold, first_other = (
            min((trip.arrives_s for trip in own if bool(cold & set(trip.zones)) == is_cold), default=None)
            for is_cold in (True, False)
        )
        if first_cold is not None and first_other is not None:
            assert first_cold <= first_other


def morning() -> ShuttleProblem:
    """Two gates, two carts; a zone for one cart, two small zones that share one, and one for more than a cart."""
    gates = (Mouth("east", 600, 1, (DAY,)), Mouth("west", 900, 1))
    carts = (Cart("C1", 200_000, 100, DAY), Cart("C2", 200_000, 100, DAY))
    loads = (
        Load("a", "north", "east", 120_000, 30),
        Load("b", "north", "east", 60_000, 30, cold=True),
        Load("c", "south", "east", 90_000, 20),
        Load("d", "centre", "east", 80_000, 20),
        Load("e", "harbour", "west", 150_000, 50),
        Load("f", "harbour", "west", 150_000, 50),
    )
    return ShuttleProblem(gates, carts, loads)


def test_a_morning_by_hand() -> None:
    """North is cold and goes first; both carts are at work at once; south and centre share a cart; harbour goes in parts."""
    problem = morning()
    plan = plan_shuttles(problem)
    assert check_shuttles(problem, plan) == []
    told = [(trip.gate, trip.zones, trip.loads, trip.leaves_s - 7 * HOUR) for trip in plan.trips]
    assert told[:2] == [("east", ("north",), ("b", "a"), 600), ("west", ("harbour",), ("e",), 600)]
    assert ("east", ("south", "centre"), ("c", "d")) in {trip[:3] for trip in told}
    assert len(told) == 4
    assert "goes in parts" in next(trip for trip in plan.trips if trip.gate == "west").reason_en
    assert "2 whole road zones" in next(trip for trip in plan.trips if len(trip.zones) == 2).reason_en


def test_what_no_slot_is_left_for_is_told() -> None:
    problem = morning()
    gates = tuple(replace(gate, opens=((7 * HOUR, 7 * HOUR + 1800),)) for gate in problem.gates)
    plan = plan_shuttles(replace(problem, gates=gates))
    assert {one.code for one in plan.left} == {"NO_SLOT"}
    assert "1 carts in 15 minutes, open 07:00–07:30" in plan.left[0].reason_en
    assert "每15分钟1车" in plan.left[0].reason_zh


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (lambda p: replace(p, trips=p.trips[1:]), "is not in the plan"),
        (lambda p: with_first(p, loads=(*p.trips[0].loads, "c")), "occurs 2 times"),
        (lambda p: with_first(p, cart="C9"), "unknown cart C9"),
        (lambda p: with_first(p, weight_g=1), "says 1 g"),
        (lambda p: with_first(p, zones=("south",)), "names the zones south"),
        (lambda p: with_first(p, gate="west"), "another gate"),
        (lambda p: with_first(p, loads=p.trips[0].loads[::-1]), "not handed over first"),
        (lambda p: with_first(p, leaves_s=p.trips[0].leaves_s - 60), "the ride takes 600"),
        (lambda p: shifted(p, -2 * HOUR), "is not open"),
        (lambda p: shifted(p, -2 * HOUR), "before the shift"),
        (lambda p: shifted(p, 12 * HOUR), "the shift ends"),
        (lambda p: replace(p, ends_s=1), "the last cart is back"),
        (lambda p: with_first(p, loads=("b",), weight_g=60_000, pieces=30, left="a"), "is split"),
    ],
)
def test_the_fault_is_found_and_named(plant: Callable[[ShuttlePlan], ShuttlePlan], told: str) -> None:
    problem = morning()
    faults = check_shuttles(problem, plant(plan_shuttles(problem)))
    assert any(told in fault for fault in faults), faults


def test_too_much_unready_and_crowded_trips_are_found() -> None:
    problem = morning()
    plan = plan_shuttles(problem)
    small = replace(problem, carts=tuple(replace(cart, capacity_g=1000) for cart in problem.carts))
    assert any("carries less" in fault for fault in check_shuttles(small, plan))
    late = replace(problem, loads=tuple(replace(load, ready_s=16 * HOUR) for load in problem.loads))
    assert any("before its goods are ready" in fault for fault in check_shuttles(late, plan))
    wide = replace(problem, slot_s=6 * HOUR)
    assert any("more than 1 carts" in fault for fault in check_shuttles(wide, plan))


def with_first(plan: ShuttlePlan, left: str | None = None, **changes: object) -> ShuttlePlan:
    first, *rest = plan.trips
    made = replace(plan, trips=(replace(first, **changes), *rest))  # type: ignore[arg-type]
    return made if left is None else replace(made, left=(LeftOutside(left, "NO_SLOT", "", ""),))


def shifted(plan: ShuttlePlan, by_s: int) -> ShuttlePlan:
    first = plan.trips[0]
    moved = {key: getattr(first, key) + by_s for key in ("leaves_s", "arrives_s", "back_s")}
    return with_first(plan, **moved)


def test_every_fault_of_the_input_is_told_at_once() -> None:
    with pytest.raises(UnusableShuttles) as refused:
        ShuttleProblem(
            (Mouth("east", -1, 0, ((5, 5),)), Mouth("west", 1, 1)),
            (Cart("C", 0, 1, DAY), Cart("C", 1, 1, (9, 8))),
            (Load("a", "north", "east", 1, 1), Load("b", "north", "west", -1, 1), Load("c", "south", "south", 1, 1)),
            slot_s=0,
        )
    assert {fault["where"] for fault in refused.value.data["problems"]} == {
        "slot_s",
        "gates[east].ride_s",
        "gates[east].carts_count",
        "gates[east].opens",
        "carts[C].id",
        "carts[C].capacity_g",
        "carts[C].shift",
        "loads[b]",
        "loads[b].gate",
        "loads[c].gate",
    }


def test_a_trip_of_one_zone_takes_no_other_and_no_slot_that_is_promised() -> None:
    gate = Mouth("gate", 600, 1, (DAY,), slot_s=1800, taken_s=(7 * HOUR + 1200,))
    loads = (Load("a", "zone a", "gate", 1000, 1), Load("b", "zone b", "gate", 1000, 1))
    carts = tuple(Cart(name, 100_000, 40, DAY) for name in ("one", "two"))
    problem = ShuttleProblem((gate,), carts, loads, one_zone_per_trip=True)
    plan = plan_shuttles(problem)
    assert check_shuttles(problem, plan) == []
    assert [(trip.zones, trip.arrives_s) for trip in plan.trips] == [
        (("zone a",), 7 * HOUR + 1800),
        (("zone b",), 7 * HOUR + 3600),
    ]
    both = plan_shuttles(replace(problem, one_zone_per_trip=False))
    assert [trip.zones for trip in both.trips] == [("zone a", "zone b")]
    assert check_shuttles(problem, both) == ["S001: holds 2 road zones; a trip serves one"]
    early = replace(plan.trips[0], leaves_s=7 * HOUR + 600, arrives_s=7 * HOUR + 1200, back_s=7 * HOUR + 2100)
    crowded = check_shuttles(problem, replace(plan, trips=(early, *plan.trips[1:])))
    assert crowded == [f"gate: more than 1 carts in the slot from {7 * HOUR} s"]
