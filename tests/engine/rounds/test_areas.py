"""One courier for each building and category, equal working minutes, and helping when one is done early."""

from __future__ import annotations

import random
from collections import defaultdict
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.rounds import (
    Community,
    Courier,
    Gate,
    Handover,
    Help,
    Limits,
    Plan,
    Problem,
    RoundsRule,
    Station,
    Stop,
    UnusableProblem,
    as_document,
    check,
    help_early,
    leave_out,
    replan,
    sizing,
    solve,
)
from tests.engine.rounds.towns import DAY, HOUR, town

RULE = RoundsRule("test", turns_per_stop=10)
COMPILED = replace(RULE, plain_stops=0)
CATEGORIES = ("fresh food", "parcels", "takeaway")


def in_buildings(problem: Problem, seed: int, *, helping: bool = False, balance: float | None = None) -> Problem:
    """The same town with buildings and categories, each pair one courier's."""
    draw = random.Random(seed)
    stops = tuple(
        replace(stop, building=draw.choice(("", "1", "2", "3")), category=draw.choice(CATEGORIES[:2]))
        for stop in problem.stops
    )
    limits = replace(problem.limits, one_courier_per="building_category", helping=helping, balance=balance)
    return replace(problem, stops=stops, limits=limits)


def couriers_by_pair(problem: Problem, plan: Plan) -> dict[tuple[str | None, str, str], set[str]]:
    stops = {stop.id: stop for stop in problem.stops}
    found = defaultdict(set)
    for trip in plan.trips:
        for visit in trip.visits:
            stop = stops[visit.stop]
            if stop.building:
                found[stop.community, stop.building, stop.category].add(trip.courier)
    return found


def subdistrict(seed: int, *, couriers_count: int, parcels_count: int) -> Problem:
    """Two stations, eight communities of twelve buildings of four units; shelves and some doors."""
    draw = random.Random(seed)
    communities, doors = [], []
    for n in range(8):
        x_m, y_m = n % 4 * 320, n // 4 * 300
        gates = (Gate(f"gate {n}", x_m + draw.choice((0, 240)), y_m + draw.uniform(40, 180)),)
        communities.append(Community(f"community {n}", gates, f"zone {n // 2}"))
        for number in range(12):
            for door in range(4):
                east_m, north_m = x_m + 20 + number % 4 * 60 + door * 12, y_m + 30 + number // 4 * 60
                doors.append((f"community {n}", f"{number + 1}", f"{door + 1}", east_m, north_m))
    stops = []
    for n in range(parcels_count):
        community, building, unit, x_m, y_m = draw.choice(doors)
        to_door = draw.random() < 0.1
        stops.append(
            Stop(
                f"parcel {n}",
                x_m,
                y_m,
                community,
                building,
                unit,
                weight_g=round(draw.gammavariate(2, 1500)),
                category=draw.choice(CATEGORIES),
                handover=Handover.SIGNED if to_door else Handover.CONTACTLESS,
            )
        )
    stations = (Station("north", 600, 620), Station("south", 600, -60))
    couriers = tuple(
        Courier(f"courier {n}", ("north", "south")[n % 2], 120_000, 60, (8 * HOUR, 18 * HOUR))
        for n in range(couriers_count)
    )
    return Problem(stations, tuple(stops), couriers, tuple(communities), Limits(balance=0.15))


def check_help(problem: Problem, made: Plan, before: Plan, at_s: int) -> list[str]:
    """The checker's faults of a plan of help: what can change begins at `at_s` and ends with the last return before it."""
    return check(problem, made, at_s=at_s, until_s=max((trip.back_s for trip in before.trips), default=0.0))


@settings(max_examples=60, deadline=None)
@given(seed=st.integers(0, 100_000), stops_count=st.integers(0, 30), couriers_count=st.integers(1, 6))
def test_every_pair_has_one_courier(seed: int, stops_count: int, couriers_count: int) -> None:
    problem = in_buildings(town(seed, stops_count=stops_count, couriers_count=couriers_count), seed)
    for rule in (RULE, COMPILED):
        plan = solve(problem, rule)
        assert check(problem, plan) == []
        assert all(len(couriers) == 1 for couriers in couriers_by_pair(problem, plan).values())
        assert all(left.reason_en and left.reason_zh for left in plan.left)


@settings(max_examples=30, deadline=None)
@given(seed=st.integers(0, 100_000), stops_count=st.integers(4, 30), couriers_count=st.integers(2, 6))
def test_after_a_change_every_pair_still_has_one_courier(seed: int, stops_count: int, couriers_count: int) -> None:
    problem = in_buildings(town(seed, stops_count=stops_count, couriers_count=couriers_count), seed)
    plan = solve(problem, RULE)
    draw = random.Random(seed)
    heavier = replace(draw.choice(problem.stops), weight_g=20_000)
    now = replace(
        problem,
        couriers=tuple(c for c in problem.couriers if c.id != "courier 0") or problem.couriers,
        stops=tuple(heavier if stop.id == heavier.id else stop for stop in problem.stops),
    )
    again = replan(now, plan)
    assert check(now, again.plan) == []
    assert all(len(couriers) == 1 for couriers in couriers_by_pair(now, again.plan).values())


def test_no_change_leaves_areas_alone() -> None:
    problem = in_buildings(town(5, stops_count=60, couriers_count=6), 5)
    plan = solve(problem, COMPILED)
    assert replan(problem, plan).touched == ()


def test_a_pair_no_courier_can_bring_whole_is_told() -> None:
    """Building 1 has a heavy box for Mei alone and, by its own station's name, one that only Bao's station brings."""
    stations = (Station("A", 0, 0), Station("B", 100, 0))
    stops = (
        Stop("a", 10, 0, building="1", category="rice", station="A"),
        Stop("b", 20, 0, building="1", category="rice", station="A"),
        Stop("c", 30, 0, building="1", category="rice", station="B"),
    )
    couriers = (Courier("Mei", "A", 9000, 9, DAY), Courier("Bao", "B", 9000, 9, DAY))
    problem = Problem(stations, stops, couriers, limits=Limits(one_courier_per="building_category"))
    plan = solve(problem, RULE)
    assert check(problem, plan) == []
    (left,) = plan.left
    assert (left.stop, left.code) == ("c", "NOT_BY_ITS_COURIER")
    assert "all rice for building 1" in left.reason_en
    assert "1的rice" in left.reason_zh


def test_a_pair_too_long_for_its_couriers_shift_is_told_and_not_split() -> None:
    stops = tuple(Stop(f"s{n}", n, 0, building="1", service_s=1000) for n in range(10))
    couriers = tuple(Courier(name, "A", 9000, 9, (0, HOUR)) for name in ("Mei", "Bao"))
    problem = Problem((Station("A", 0, 0),), stops, couriers, limits=Limits(one_courier_per="building_category"))
    plan = solve(problem, RULE)
    assert check(problem, plan) == []
    assert {left.code for left in plan.left} == {"ITS_COURIER_IS_FULL"}
    (courier,) = {trip.courier for trip in plan.trips}
    assert f"{courier} brings all goods for building 1" in plan.left[0].reason_en


def test_the_checker_finds_a_pair_with_two_couriers_and_a_false_balance() -> None:
    problem = in_buildings(town(5, stops_count=40, couriers_count=4), 5)
    plan = solve(problem, COMPILED)
    shared = replace(
        problem, stops=tuple(replace(s, building="9", category="", community=s.community) for s in problem.stops)
    )
    assert any("bring it; one may" in fault for fault in check(shared, plan))
    lie = replace(plan, balance=replace(plan.balance, most_s=plan.balance.most_s - 60))
    assert any("the balance says" in fault for fault in check(problem, lie))
    lie = replace(plan, balance=replace(plan.balance, spread=plan.balance.spread - 0.01))
    assert any("from the mean" in fault for fault in check(problem, lie))
    lie = replace(plan, balance=replace(plan.balance, idle_count=plan.balance.idle_count + 1))
    assert any("have nothing to do" in fault for fault in check(problem, lie))
    (trip, *_) = plan.trips
    unasked = replace(plan, helped=(Help(trip.visits[0].stop, "courier 1", trip.courier, 0),))
    assert any("no help is allowed" in fault for fault in check(problem, unasked))


def test_a_word_that_is_not_known_is_refused() -> None:
    with pytest.raises(UnusableProblem) as refused:
        Problem((Station("A", 0, 0),), (), (), limits=Limits(one_courier_per="building", balance=-1.0))
    assert {fault["where"] for fault in refused.value.data["problems"]} == {"limits.one_courier_per", "limits.balance"}


@pytest.mark.parametrize("is_paired", [False, True])
def test_eighty_couriers_work_equally_long(is_paired: bool) -> None:
    """A day of a sealed sub-district: 2,000 parcels, eight communities, every courier within 15 % of the mean."""
    problem = subdistrict(4, couriers_count=80, parcels_count=2000)
    if is_paired:
        problem = replace(problem, limits=replace(problem.limits, one_courier_per="building_category"))
    plan = solve(problem, RULE)
    assert check(problem, plan) == []
    assert not plan.left
    told = plan.balance
    assert told.most_s <= 1.15 * told.mean_s
    assert told.least_s >= 0.85 * told.mean_s
    assert told.spread <= 0.15
    assert "up to 15% were asked" in told.reason_en
    document = as_document(problem, plan, [])
    assert document["balance"]["spread"] == told.spread
    if is_paired:
        assert all(len(pair["couriers"]) == 1 for pair in document["pairs"])
        assert len(document["pairs"]) == 8 * 12 * 3


def test_a_share_that_cannot_be_reached_is_told() -> None:
    stops = (Stop("a", 10, 0, building="1"), Stop("b", 20, 0, building="1"))
    couriers = tuple(Courier(name, "A", 9000, 9, DAY) for name in ("Mei", "Bao"))
    limits = Limits(one_courier_per="building_category", balance=0.1)
    plan = solve(Problem((Station("A", 0, 0),), stops, couriers, limits=limits), RULE)
    assert plan.balance.spread == 1.0
    assert "no whole building and category was found that could be moved" in plan.balance.reason_en


def test_one_of_ten_who_got_nothing_is_not_equal() -> None:
    """The mean is hardly lower for it, so whoever has most seems near: it is the one with nothing who is far from it."""
    stops = tuple(Stop(f"s{n}", 10, 0, building=f"{n}") for n in range(9))
    couriers = tuple(Courier(f"c{n}", "A", 9000, 9, DAY) for n in range(10))
    limits = Limits(one_courier_per="building_category", balance=0.15)
    problem = Problem((Station("A", 0, 0),), stops, couriers, limits=limits)
    plan = solve(problem, RULE)
    assert check(problem, plan) == []
    assert (plan.balance.idle_count, plan.balance.least_s, plan.balance.spread) == (1, 0.0, 1.0)
    assert plan.balance.most_s <= 1.15 * plan.balance.mean_s
    assert "the least loaded 100% less (1 has nothing to do); up to 15% were asked, but no" in plan.balance.reason_en
    assert "1人没有分到" in plan.balance.reason_zh


@settings(max_examples=8, deadline=None)
@given(seed=st.integers(0, 100_000), shift_s=st.integers(1200, 3600))
def test_where_stops_are_left_nobody_has_time_for_them(seed: int, shift_s: int) -> None:
    """Equal work is never paid for with a stop that somebody could still bring."""
    problem = subdistrict(seed, couriers_count=4, parcels_count=40)
    couriers = tuple(replace(courier, shift=(8 * HOUR, 8 * HOUR + shift_s)) for courier in problem.couriers)
    problem = replace(problem, couriers=couriers)
    plan = solve(problem, RULE)
    assert check(problem, plan) == []
    back_s = {courier.id: float(courier.shift[0]) for courier in couriers}
    for trip in plan.trips:
        back_s[trip.courier] = max(back_s[trip.courier], trip.back_s)
    stations = {visit.stop: trip.station for trip in plan.trips for visit in trip.visits}
    by_community = {stop.community: stations[stop.id] for stop in problem.stops if stop.id in stations}
    for left in plan.left:
        stop = next(stop for stop in problem.stops if stop.id == left.stop)
        if stop.community in by_community:
            own = replace(stop, station=by_community[stop.community])
            alone_s = solve(replace(problem, stops=(own,)), RULE).cost.work_s
            free = [courier for courier in couriers if courier.station == own.station]
            assert all(back_s[courier.id] + alone_s > courier.shift[1] for courier in free) or not alone_s


def test_sizing_keeps_pairs_whole() -> None:
    problem = replace(
        subdistrict(7, couriers_count=8, parcels_count=200),
        limits=Limits(one_courier_per="building_category"),
    )
    plan = solve(problem, RULE)
    size = sizing(problem, plan)
    assert size.is_enough
    assert 0 < size.bound_count <= len(size.couriers) <= 8
    kept = replace(problem, couriers=tuple(c for c in problem.couriers if c.id in size.couriers))
    assert not solve(kept, replace(RULE, turns_per_stop=0)).left


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    stops_count=st.integers(1, 40),
    at_s=st.integers(7 * HOUR, 19 * HOUR),
    helping=st.booleans(),
)
def test_help_never_ends_later_and_holds(seed: int, stops_count: int, at_s: int, helping: bool) -> None:
    problem = in_buildings(town(seed, stops_count=stops_count, couriers_count=4), seed, helping=helping)
    plan = solve(problem, RULE)
    help_ = help_early(problem, plan, at_s)
    assert check_help(problem, help_.plan, plan, at_s) == []
    assert help_.ends_s <= help_.alone_ends_s
    assert {left.stop for left in help_.plan.left} <= {left.stop for left in plan.left}
    begun = [trip for trip in plan.trips if trip.leaves_s - problem.limits.load_s <= at_s]
    assert set(begun) <= set(help_.plan.trips)
    if not helping:
        assert all(len(couriers) == 1 for couriers in couriers_by_pair(problem, help_.plan).values())
    for moved in help_.moved:  # who helps has done all that was their own
        own = [trip for trip in plan.trips if trip.courier == moved.now]
        assert set(own) <= set(help_.plan.trips)
        taken = next(trip for trip in help_.plan.trips if moved.stop in {visit.stop for visit in trip.visits})
        assert all(trip.back_s <= taken.leaves_s - problem.limits.load_s for trip in own)
    again = help_early(problem, help_.plan, at_s + 600)
    assert check_help(problem, again.plan, help_.plan, at_s + 600) == []
    assert again.ends_s <= help_.ends_s


@settings(max_examples=40, deadline=None)
@given(
    seed=st.integers(0, 100_000),
    stops_count=st.integers(2, 40),
    at_s=st.integers(7 * HOUR, 19 * HOUR),
    share=st.floats(0.1, 1),
)
def test_what_nobody_is_to_bring_any_more_leaves_its_trips_and_help_holds(
    seed: int, stops_count: int, at_s: int, share: float
) -> None:
    problem = in_buildings(town(seed, stops_count=stops_count, couriers_count=4), seed, helping=seed % 2 == 0)
    plan = solve(problem, RULE)
    gone = {stop.id for stop in problem.stops[: round(share * stops_count)]}
    loaded = frozenset(trip.id for trip in plan.trips[::3])
    rest, thinned = leave_out(problem, plan, gone, loaded)
    before, after = ({trip.id: trip for trip in each.trips} for each in (plan, thinned))
    assert all(after[name] == before[name] for name in loaded)
    assert all(before[name].leaves_s <= trip.leaves_s for name, trip in after.items())
    assert all(before[name].back_s >= trip.back_s for name, trip in after.items())
    stays = {visit.stop for name in loaded for visit in before[name].visits}
    assert {stop.id for stop in problem.stops} - gone <= {stop.id for stop in rest.stops}
    assert not {left.stop for left in thinned.left} & gone
    assert sum(visit.stop in gone - stays for trip in thinned.trips for visit in trip.visits) <= 1
    help_ = help_early(rest, thinned, at_s, loaded)
    back_s = max((trip.back_s for trip in thinned.trips), default=0.0)
    assert check(rest, help_.plan, at_s=at_s, loaded=loaded, until_s=back_s) == []


def one_slow_one_done() -> tuple[Problem, Plan]:
    """Mei has two buildings and three trips of each, Bao none: planned by hand as by a morning that went otherwise."""
    stops = tuple(Stop(f"s{n}", 10 + n, 0, building=f"{n // 6}", pieces=1) for n in range(12))
    couriers = tuple(Courier(name, "A", 9000, 2, DAY) for name in ("Mei", "Bao"))
    problem = Problem((Station("A", 0, 0),), stops, couriers[:1], limits=Limits(one_courier_per="building_category"))
    alone = solve(problem, RULE)
    problem = replace(problem, couriers=couriers)
    return problem, replan(problem, alone).plan


def test_a_building_not_begun_on_goes_whole_to_who_is_done() -> None:
    problem, plan = one_slow_one_done()
    help_ = help_early(problem, plan, int(plan.trips[0].leaves_s))
    assert check(problem, help_.plan) == []
    assert help_.ends_s < help_.alone_ends_s - 600
    assert {(moved.was, moved.now) for moved in help_.moved} == {("Mei", "Bao")}
    assert len(help_.moved) == 6
    assert help_.plan.helped == ()


def test_what_was_loaded_sooner_than_planned_is_not_given_away() -> None:
    """Mei was faster than her plan, and has everything on the way already."""
    problem, plan = one_slow_one_done()
    at_s = int(plan.trips[0].leaves_s)
    assert {moved.stop for moved in help_early(problem, plan, at_s).moved} > set()
    loaded = frozenset(trip.id for trip in plan.trips)
    help_ = help_early(problem, plan, at_s, loaded)
    assert (help_.moved, help_.plan.trips) == ((), plan.trips)


@settings(max_examples=15, deadline=None)
@given(seed=st.integers(0, 100_000), at_s=st.integers(8 * HOUR, 16 * HOUR))
def test_where_no_pair_is_asked_any_stop_may_move(seed: int, at_s: int) -> None:
    problem = town(seed, stops_count=40, couriers_count=5)
    plan = solve(problem, RULE)
    help_ = help_early(problem, plan, at_s)
    assert check_help(problem, help_.plan, plan, at_s) == []
    assert help_.ends_s <= help_.alone_ends_s
    assert help_.plan.helped == ()


def test_a_building_that_was_begun_on_is_split_only_where_helping_is_allowed() -> None:
    problem, plan = one_slow_one_done()
    stops = {stop.id: stop for stop in problem.stops}
    served: set[str] = set()
    at_s = 0
    for trip in plan.trips:  # until both buildings were begun on
        served |= {stops[visit.stop].building for visit in trip.visits}
        at_s = int(trip.leaves_s)
        if len(served) == 2:
            break
    assert help_early(problem, plan, at_s).moved == ()
    allowed = replace(problem, limits=replace(problem.limits, helping=True))
    help_ = help_early(allowed, plan, at_s)
    assert check(allowed, help_.plan) == []
    assert help_.ends_s < help_.alone_ends_s
    assert {(one.owner, one.helper, one.at_s) for one in help_.plan.helped} == {("Mei", "Bao", at_s)}
    assert any("no help is allowed" in fault for fault in check(problem, help_.plan))
    early = replace(help_.plan, helped=tuple(replace(one, at_s=at_s + 5 * HOUR) for one in help_.plan.helped))
    assert any("took" in fault for fault in check(allowed, early))
    (pair, *_) = [pair for pair in as_document(allowed, help_.plan, [])["pairs"] if len(pair["couriers"]) > 1]
    assert pair["couriers"] == ["Mei", "Bao"]
