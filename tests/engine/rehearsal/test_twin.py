"""The twin: with nothing random it is the plan; with chance, docks and slots hold no more than they can, and nothing vanishes."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.rehearsal import (
    NOTHING,
    Chances,
    Kind,
    Mover,
    Night,
    Opening,
    Place,
    Promise,
    Run,
    Stop,
    UnusableNight,
    calm,
    drifts,
    run_once,
)
from tests.engine.rehearsal.nights import doors, pool, relay

seeds = st.integers(0, 10_000)
ROUGH = Chances(
    road_sigma=0.5, service_sigma=0.5, walk_sigma=0.4, breakdown=0.3, absent_truck=0.2, absent_cart=0.2,
    absent_courier=0.4, gate_shut=0.5, short=0.5,
)  # fmt: skip
both = pytest.mark.parametrize("night_of", [relay, doors])


@both
@settings(max_examples=40, deadline=None)
@given(seed=seeds)
def test_with_nothing_random_every_run_and_promise_is_as_planned(night_of: Callable[[int], Night], seed: int) -> None:
    night = night_of(seed)
    found = calm(night)
    assert {run.id: run.planned_s for run in night.runs} == found.ends_s
    assert {one.id: one.planned_s for one in night.promises} == found.kept_s
    assert found.late == {}
    assert all(drift.share == 0 for drift in drifts(night))


def test_a_plan_that_its_docks_cannot_keep_is_seen() -> None:
    night = relay(3, trucks=6, docks=6)
    cramped = replace(night, places=tuple(replace(p, docks_count=1) if p.id == "hub" else p for p in night.places))
    assert not all(drift.is_near for drift in drifts(cramped))


def test_how_far_a_promise_is_counts_against_its_own_run_not_against_the_days_before() -> None:
    works = Mover("mei", "mei", Kind.COURIER)
    early = Run("early", "early", "mei", (Stop("compound", 0, 60, 0, 60),))
    at_s = 10 * 86_400
    # Half an hour of service in a plan that says twenty minutes: 600 s off, of 1,200 planned, ten days into the night.
    late = Run("late", "late", "mei", (Stop("compound", 0, 1_800, at_s, at_s + 1_200, promise="door"),))
    night = Night(
        (Place("compound", "compound"),), movers=(works,), runs=(early, late),
        promises=(Promise("door", "ROUND", "compound", at_s + 1_200, at_s + 9_000),),
    )  # fmt: skip
    assert [(one.what, one.share, one.is_near) for one in drifts(night)] == [("last", 0.5, False), ("door", 0.5, False)]


def test_what_is_planned_later_than_promised_is_late_in_every_night_by_the_plan_and_is_the_plan_all_the_same() -> None:
    night = doors(2)
    compound, shelf = night.promises
    hasty = replace(night, promises=(replace(compound, due_s=compound.planned_s - 1), shelf))
    for number in range(20):
        assert run_once(hasty, ROUGH, 0, number).late["compound"] == ("PLAN", "compound")
    quiet = calm(hasty)
    assert quiet.late == {"compound": ("PLAN", "compound")}
    assert quiet.kept_s["compound"] == compound.planned_s
    assert all(drift.share == 0 for drift in drifts(hasty))  # against the plan's own hour, not against the promise
    in_time = replace(night, promises=(replace(compound, due_s=compound.planned_s), shelf))
    assert calm(in_time).late == {}


def test_an_opening_is_held_against_no_plan() -> None:
    opening = Opening("o", "masks", 3_600, 6_000, 60, 2_000, "answered")
    promise = Promise("answered", "OPENING", "masks", 3_660, 3_720)
    alone = Night(openings=(opening,), promises=(promise,))
    assert calm(alone).kept_s == {"answered": 3_660}
    assert drifts(alone) == ()
    beside = replace(relay(1), openings=(opening,), promises=(*relay(1).promises, promise))
    assert [one.what for one in drifts(beside)] == ["last", *(one.id for one in relay(1).promises)]


@both
@settings(max_examples=60, deadline=None)
@given(seed=seeds, number=st.integers(0, 50))
def test_docks_slots_and_shelves_never_hold_more_than_they_can(
    night_of: Callable[[int], Night], seed: int, number: int
) -> None:
    night = night_of(seed)
    found = run_once(night, ROUGH, seed, number)
    docks = {place.id: place.docks_count for place in night.places if place.docks_count is not None}
    assert {name for name, _, _ in found.services} <= docks.keys()
    for place in docks:
        edges = sorted(
            edge for name, from_s, until_s in found.services if name == place for edge in ((from_s, 1), (until_s, -1))
        )
        at_once = most = 0
        for _, step in edges:
            at_once += step
            most = max(most, at_once)
        assert most <= docks[place]
    slots = {gate.id: gate.slot_count for gate in night.gates if gate.slot_count is not None}
    assert all(count <= slots[gate] for (gate, _), count in found.passed.items())
    caps = {shelf.id: shelf.cap_count for shelf in night.shelves}
    assert all(count <= caps[shelf] for (shelf, _), count in found.called.items())


@both
@settings(max_examples=60, deadline=None)
@given(seed=seeds, number=st.integers(0, 50))
def test_each_piece_ends_exactly_once(night_of: Callable[[int], Night], seed: int, number: int) -> None:
    night = night_of(seed)
    found = run_once(night, ROUGH, seed, number)
    assert found.pieces.total() == sum(load.pieces for load in night.loads)
    assert all(count >= 0 for count in found.pieces.values())


@both
@settings(max_examples=30, deadline=None)
@given(seed=seeds)
def test_a_run_that_is_done_is_done_once_and_no_earlier_than_people_were_told(
    night_of: Callable[[int], Night], seed: int
) -> None:
    night = night_of(seed)
    found = run_once(night, ROUGH, seed, 1)
    begins = {run.id: run.begins_s for run in night.runs}
    assert set(found.ends_s) <= set(begins)
    assert all(ends_s >= begins[name] for name, ends_s in found.ends_s.items())


@settings(max_examples=60, deadline=None)
@given(works_s=st.lists(st.integers(60, 5_000), min_size=1, max_size=12), couriers=st.integers(1, 5))
def test_one_courier_more_is_never_later_where_rounds_are_taken_in_turn(works_s: list[int], couriers: int) -> None:
    """Rounds in one line, whoever is free takes the next: sorted free times with one more are nowhere later (induction)."""
    few, more = calm(pool(works_s, couriers)), calm(pool(works_s, couriers + 1))
    assert set(few.ends_s) == set(more.ends_s) == {f"round {n}" for n in range(len(works_s))}
    assert more.last_s <= few.last_s
    assert all(more.ends_s[name] <= few.ends_s[name] for name in few.ends_s)


def test_a_courier_who_does_not_come_is_stood_in_for_and_named() -> None:
    night = doors(1, couriers=2, rounds=6)
    absent = replace(NOTHING, absent_courier=1.0)
    nobody = run_once(night, absent, 0, 0)
    assert nobody.ends_s.keys() & {f"round {n}" for n in range(6)} == set()
    assert nobody.late["compound"][0] == "ABSENT"
    assert nobody.pieces["LEFT"] == 72
    half = replace(NOTHING, absent_courier=0.5)
    one_absent = next(
        found for number in range(50) if len((found := run_once(night, half, 0, number)).ends_s) == len(night.runs)
        and found.last_s > night.planned_s
    )  # fmt: skip
    assert one_absent.pieces["DELIVERED"] == 72
    assert set(one_absent.late.values()) == {("ABSENT", one_absent.late["compound"][1])}


def test_a_gate_that_is_shut_is_gone_round_where_there_is_another() -> None:
    night = doors(2)
    shut = replace(NOTHING, gate_shut=1.0, gate_shut_s=4 * 3600)
    worst = max((run_once(night, shut, 0, number) for number in range(20)), key=lambda one: one.last_s)
    assert ("GATE", "gate") in worst.late.values()
    another = replace(night, gates=tuple(replace(gate, detour_s=120) for gate in night.gates))
    assert all(
        run_once(another, shut, 0, number).last_s <= run_once(night, shut, 0, number).last_s for number in range(20)
    )


def test_a_place_that_is_short_breaks_the_promise_of_what_it_was_to_give() -> None:
    night = relay(5)
    found = run_once(night, replace(NOTHING, short=1.0, short_share=0.9), 0, 0)
    assert found.pieces["SHORT"] > 0
    assert {what for what, _ in found.late.values()} == {"SHORT"}
    assert found.ends_s.keys() == {run.id for run in night.runs}


def test_a_truck_without_driver_keeps_those_waiting_that_take_its_goods_on() -> None:
    night = relay(7, trucks=3)
    found = run_once(night, replace(NOTHING, absent_truck=1.0, stand_in_s=2 * 3600), 0, 0)
    assert found.late
    assert {what for what, _ in found.late.values()} == {"ABSENT"}
    assert found.pieces["DELIVERED"] == sum(load.pieces for load in night.loads)


def test_draws_are_the_runs_own() -> None:
    night = doors(4)
    again = Counter(run_once(night, ROUGH, 9, number).last_s for number in (3, 4, 3))
    assert again[run_once(night, ROUGH, 9, 3).last_s] == 2
    assert run_once(night, ROUGH, 10, 3).last_s != run_once(night, ROUGH, 9, 3).last_s


def test_a_night_that_contradicts_itself_tells_every_fault() -> None:
    night = relay(1)
    with pytest.raises(UnusableNight) as caught:
        Night(places=(Place("hub", "hub", 0),), runs=night.runs)
    where = {problem["where"] for problem in caught.value.data["problems"]}
    assert {"places[hub].docks_count", "runs[to the hub 0].mover", "runs[into the city 0].stops[1].gate"} <= where
