"""What a fix does is what its price buys: one truck stands in for one failure at a time, and nothing is there outside the hours paid."""

from __future__ import annotations

import json
from dataclasses import replace
from itertools import pairwise

from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.rehearsal import (
    NOTHING,
    Chances,
    Gate,
    Kind,
    Mover,
    Night,
    Place,
    Prices,
    Promise,
    Run,
    Stop,
    What,
    as_document,
    calm,
    read_night,
    run_once,
)
from baogong.engine.rehearsal.fixes import Fix, apply, hours_of
from tests.engine.rehearsal.nights import HOUR_S, doors, relay

DAY_S = 24 * HOUR_S
seeds = st.integers(0, 10_000)


def bought(what: What, where: str, night: Night, prices: Prices | None = None) -> Fix:
    hours = hours_of(what, where, night)
    return Fix(what, where, (prices or Prices()).of(what, hours), hours=hours)


def helped(what: What, where: str, night: Night) -> Night:
    changed, _ = apply(bought(what, where, night), night, NOTHING)
    return changed


def trucks(begins_s: list[int], *, lasts_s: int = 4 * HOUR_S, kind: Kind = Kind.TRUCK) -> Night:
    """Each drives a run of its own, promised within an hour of the plan; nobody takes over from anybody."""
    runs, promises = [], []
    for n, at_s in enumerate(begins_s):
        end_s = at_s + lasts_s
        stops = (
            Stop("depot", 0, 0, at_s, at_s),
            Stop("city", lasts_s - 600, 600, 0, end_s, promise=f"arrival {n}"),
        )
        runs.append(Run(f"run {n}", f"run {n}", f"mover {n}", stops))
        promises.append(Promise(f"arrival {n}", "ARRIVAL", "city", end_s, end_s + HOUR_S))
    movers = tuple(Mover(f"mover {n}", f"mover {n}", kind) for n in range(len(begins_s)))
    return Night(
        (Place("depot", "depot"), Place("city", "city")), movers=movers, runs=tuple(runs), promises=tuple(promises)
    )


ALL_ABSENT = replace(NOTHING, absent_truck=1.0, absent_cart=1.0, stand_in_s=3 * HOUR_S)
ALL_BREAK = replace(NOTHING, breakdown=1.0, repair_s=7 * DAY_S)  # far longer than any run of these, on average


def late(night: Night, chances: Chances) -> set[str]:
    return set(run_once(night, chances, 0, 0).late)


def test_one_spare_truck_serves_one_of_two_that_fail_at_once() -> None:
    night = trucks([0, 0])
    for chances in (ALL_ABSENT, ALL_BREAK):
        assert len(late(night, chances)) == 2
        assert len(late(helped(What.SPARE_TRUCK, "", night), chances)) == 1


def test_ten_drivers_who_do_not_come_are_not_cured_by_one_truck() -> None:
    night = trucks([0] * 10)
    assert len(late(helped(What.SPARE_TRUCK, "", night), ALL_ABSENT)) == 9


def test_a_spare_truck_is_free_again_when_its_trip_is_done() -> None:
    night = trucks([0, 5 * HOUR_S])  # the first is over half an hour before: half an hour later than planned
    assert late(helped(What.SPARE_TRUCK, "", night), ALL_ABSENT) == set()
    near = trucks([0, 3 * HOUR_S])  # still out: the second waits for it, and is too late
    assert late(helped(What.SPARE_TRUCK, "", near), ALL_ABSENT) == {"arrival 1"}


def test_a_spare_truck_is_no_cart() -> None:
    night = trucks([0], kind=Kind.CART)
    for chances in (ALL_ABSENT, ALL_BREAK):
        assert late(replace(night, spare=((0, DAY_S),)), chances) == {"arrival 0"}
    assert hours_of(What.SPARE_TRUCK, "", night) == 0  # no truck: none to be bought


def test_a_spare_truck_helps_nobody_outside_the_nights_that_are_paid() -> None:
    night = trucks([0])
    assert late(replace(night, spare=((0, 4 * HOUR_S + 1800),)), ALL_ABSENT) == set()
    assert late(replace(night, spare=((0, 4 * HOUR_S + 1799),)), ALL_ABSENT) == {"arrival 0"}
    assert late(replace(night, spare=((1, DAY_S),)), ALL_ABSENT) == {"arrival 0"}


def test_what_is_there_longer_costs_more() -> None:
    one, three = trucks([0]), trucks([0, DAY_S, 2 * DAY_S])
    assert bought(What.SPARE_TRUCK, "", one) == Fix(What.SPARE_TRUCK, "", 150_000, hours=24)
    assert bought(What.SPARE_TRUCK, "", three) == Fix(What.SPARE_TRUCK, "", 450_000, hours=72)
    short, long = docks_at([0]), docks_at([0, 8 * HOUR_S])
    assert bought(What.DOCK_MORE, "hub", short) == Fix(What.DOCK_MORE, "hub", 40_000, hours=2)
    assert bought(What.DOCK_MORE, "hub", long) == Fix(What.DOCK_MORE, "hub", 80_000, hours=4)
    days = replace(short, places=(Place("hub", "hub", 3, ((0, 2 * HOUR_S),)),))
    assert bought(What.DOCK_HOUR, "hub", days) == Fix(What.DOCK_HOUR, "hub", 60_000, hours=3)  # each of three docks
    far = replace(days, places=(Place("hub", "hub", 3, ((0, 2 * HOUR_S), (DAY_S, DAY_S + HOUR_S))),))
    assert bought(What.DOCK_HOUR, "hub", far).hours == 3  # the next day is not of this night
    assert helped(What.DOCK_HOUR, "hub", far).places[0].opens == ((0, 3 * HOUR_S), (DAY_S, DAY_S + HOUR_S))
    gate = replace(short, gates=(Gate("gate", "gate", ((0, HOUR_S), (2 * HOUR_S, 3 * HOUR_S))),))
    assert bought(What.GATE_HOUR, "gate", gate) == Fix(What.GATE_HOUR, "gate", 10_000, hours=1)
    walks = doors(1)
    one_courier, two = (bought(what, "station", walks) for what in (What.ONE_COURIER, What.TWO_COURIERS))
    assert (one_courier.hours, one_courier.price_fen) == (8, 30_000)
    assert (two.hours, two.price_fen) == (16, 60_000)


def test_a_night_with_help_is_the_same_after_json_and_one_kept_before_knows_of_none() -> None:
    night = helped(What.ONE_COURIER, "station", helped(What.GATE_SLOT, "gate", doors(1)))
    for one in (night, helped(What.SPARE_TRUCK, "", helped(What.DOCK_MORE, "hub", relay(1)))):
        assert read_night(json.loads(json.dumps(as_document(one)))) == one
    earlier = json.loads(json.dumps(as_document(relay(1))))
    del earlier["spare"]
    for kind, name in (("places", "more"), ("gates", "more"), ("movers", "shifts")):
        for part in earlier[kind]:
            del part[name]
    assert read_night(earlier) == relay(1)


def docks_at(begins_s: list[int]) -> Night:
    """At each of these moments one is served for an hour, at one dock."""
    movers = tuple(Mover(f"truck {n}", f"truck {n}", Kind.TRUCK) for n in range(len(begins_s)))
    runs = tuple(
        Run(f"run {n}", f"run {n}", f"truck {n}", (Stop("hub", 0, HOUR_S, at_s, at_s + HOUR_S),))
        for n, at_s in enumerate(begins_s)
    )
    return Night((Place("hub", "hub", 1),), movers=movers, runs=runs)


def test_a_dock_more_is_there_in_its_hours_only() -> None:
    both = docks_at([0, 0])
    assert calm(both).last_s == 2 * HOUR_S
    assert calm(helped(What.DOCK_MORE, "hub", both)).last_s == HOUR_S
    too_short = replace(both, places=(Place("hub", "hub", 1, more=((0, HOUR_S - 1),)),))
    assert calm(too_short).last_s == 2 * HOUR_S
    later = replace(both, places=(Place("hub", "hub", 1, more=((1800, 2 * HOUR_S),)),))
    assert calm(later).last_s == 1800 + HOUR_S


ROUGH = Chances(
    road_sigma=0.5, service_sigma=0.5, walk_sigma=0.4, breakdown=0.3, absent_truck=0.3, absent_cart=0.2,
    absent_courier=0.4, gate_shut=0.5,
)  # fmt: skip


@settings(max_examples=40, deadline=None)
@given(seed=seeds, number=st.integers(0, 20))
def test_no_dock_more_is_used_for_longer_than_is_paid(seed: int, number: int) -> None:
    night = relay(seed, trucks=8)
    night = replace(night, places=tuple(replace(p, docks_count=1) if p.id == "hub" else p for p in night.places))
    fix = bought(What.DOCK_MORE, "hub", night)
    changed = helped(What.DOCK_MORE, "hub", night)
    spans = next(place.more for place in changed.places if place.id == "hub")
    assert sum(b - a for a, b in spans) == fix.hours * HOUR_S
    assert fix.price_fen == fix.hours * Prices().dock_hour_fen
    services = [(a, b) for place, a, b in run_once(changed, ROUGH, seed, number).services if place == "hub" and b > a]
    used_s = 0
    moments = sorted({moment for span in services for moment in span})
    for from_s, until_s in pairwise(moments):
        at_once = sum(a <= from_s and until_s <= b for a, b in services)
        assert at_once <= 1 + any(a <= from_s and until_s <= b for a, b in spans)
        used_s += (at_once > 1) * (until_s - from_s)
    assert used_s <= fix.hours * HOUR_S


@settings(max_examples=40, deadline=None)
@given(seed=seeds, number=st.integers(0, 20))
def test_no_cart_more_is_let_into_a_slot_than_is_paid(seed: int, number: int) -> None:
    night = doors(seed)
    fix, changed = bought(What.GATE_SLOT, "gate", night), helped(What.GATE_SLOT, "gate", night)
    (gate,) = changed.gates
    assert sum(b - a for a, b in gate.more) == fix.hours * HOUR_S
    first, last = gate.more[0][0] // gate.slot_s, gate.more[-1][1] // gate.slot_s
    more = sum((gate.slot_count_of(slot) or 0) - 1 for slot in range(first - 8, last + 8))
    assert more * gate.slot_s == fix.hours * HOUR_S
    passed = run_once(changed, ROUGH, seed, number).passed
    assert all(count <= (gate.slot_count_of(slot) or 0) for (_, slot), count in passed.items())


@settings(max_examples=40, deadline=None)
@given(seed=seeds, couriers=st.integers(1, 3), what=st.sampled_from([What.ONE_COURIER, What.TWO_COURIERS]))
def test_couriers_more_are_there_for_the_shifts_that_are_paid(seed: int, couriers: int, what: What) -> None:
    night = doors(seed, couriers=couriers, rounds=12)
    fix, changed = bought(what, "station", night), helped(what, "station", night)
    more = [mover for mover in changed.movers if mover not in night.movers]
    assert sum(b - a for mover in more for a, b in mover.shifts) == fix.hours * HOUR_S
    assert fix.price_fen * 8 == fix.hours * Prices().courier_fen


def test_a_courier_more_begins_nothing_outside_the_shift_and_takes_up_what_is_late_when_it_begins() -> None:
    gone = Mover("gone", "gone", Kind.COURIER, "station", until_s=1)
    run = Run("round", "round", "gone", (Stop("compound", 0, HOUR_S, 0, HOUR_S),))
    night = Night((Place("compound", "compound"),), movers=(gone,), runs=(run,))
    for shifts, ends in (
        (((0, 2 * HOUR_S),), {"round": 600 + HOUR_S}),
        (((0, HOUR_S + 599),), {}),
        (((5 * HOUR_S, 6 * HOUR_S),), {"round": 6 * HOUR_S}),
        (((5 * HOUR_S, 6 * HOUR_S - 1), (9 * HOUR_S, 17 * HOUR_S)), {"round": 10 * HOUR_S}),
    ):
        helper = Mover("more", "more", Kind.COURIER, "station", shifts=shifts)
        assert calm(replace(night, movers=(gone, helper))).ends_s == ends
