"""Random small relays: every plan passes the checker, none is worse than the best of all plans without splits."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from itertools import pairwise, permutations, product

from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.freight import FreightRule, Late, Load, Offer, Problem, Site, check, replan, solve
from baogong.engine.freight.roads import Roads
from baogong.engine.freight.schedule import Draft, Journey, Shipment, World, play, vehicles_of
from baogong.engine.freight.solve import sources_at_origins
from tests.engine.freight.story import ZERO_AT

RULE = FreightRule("test", moves_count=1_500)
HOUR = 3600
PLACES = {"north": (31.6, 113.9), "west": (30.4, 112.9), "hub": (30.7, 113.6), "depot": (30.6, 114.2)}
RECEIVERS = {"clinic": (30.62, 114.3), "hospital": (30.5, 114.35)}


@st.composite
def relays(draw: st.DrawFn, *, loads_max: int, cartons_max: int = 12) -> Problem:
    """Two origins, a hub with one dock or two, two receivers inside; lorries outside, box trucks inside."""
    service_s = draw(st.sampled_from((0, 600, 1800)))
    inside = draw(st.booleans())
    docks = draw(st.sampled_from((None, 1, 2)))
    opens_s = draw(st.integers(0, 6)) * HOUR
    sites = tuple(
        Site(
            name,
            *where,
            inside_seal=inside and (name == "depot" or name in RECEIVERS),
            service_s=service_s,
            docks_count=docks if name == "hub" else None,
            leaves_from_s=opens_s if name == "hub" else 0,
            windows=((opens_s, 90 * HOUR),) if name == "clinic" else (),
        )
        for name, where in {**PLACES, **RECEIVERS}.items()
    )
    loads = tuple(
        Load(
            f"load {n}",
            draw(st.sampled_from(("north", "west"))),
            draw(st.sampled_from(tuple(RECEIVERS))),
            draw(st.integers(1, cartons_max)),
            draw(st.integers(1, 20)) * 1000,
            draw(st.integers(1, 9)) * 10_000,
            ready_s=draw(st.integers(0, 4)) * HOUR,
            due_s=draw(st.none() | st.integers(2, 12).map(lambda hour: hour * HOUR)),
        )
        for n in range(draw(st.integers(1, loads_max)))
    )
    fen = st.integers(0, 5).map(lambda yuan: yuan * 10_000)
    offers = (
        Offer("lorry", "carrier", "lorry", "north", 1, 300_000, 1_200_000, draw(fen), draw(st.integers(1, 600))),
        Offer(
            "box",
            "city",
            "box truck",
            "depot",
            draw(st.integers(1, 2)),
            draw(st.sampled_from((150_000, 240_000))),
            900_000,
            draw(fen),
            draw(st.integers(1, 600)),
            has_pass=True,
            may_cross_seal=True,
            returns=draw(st.booleans()),
        ),
    )
    return Problem(ZERO_AT, sites, loads, offers, hubs=("hub",), start_s=0)


@settings(max_examples=30, deadline=None)
@given(problem=relays(loads_max=6, cartons_max=40))
def test_every_plan_passes_the_checker_and_is_no_better_than_the_bound(problem: Problem) -> None:
    plan = solve(problem, replace(RULE, moves_count=300))
    assert check(problem, plan) == []
    assert (plan.score.left_cartons, plan.score.late_carton_s) >= (plan.bound.left_cartons, plan.bound.late_carton_s)
    assert plan.left or plan.score.last_arrival_s >= plan.bound.last_arrival_s


@settings(max_examples=20, deadline=None)
@given(problem=relays(loads_max=4), now_h=st.integers(0, 8), by_h=st.integers(0, 6), which=st.integers(0, 20))
def test_every_replan_passes_the_checker_and_keeps_what_has_left(
    problem: Problem, now_h: int, by_h: int, which: int
) -> None:
    rule = replace(RULE, moves_count=200)
    plan = solve(problem, rule)
    now_s = now_h * HOUR
    frozen = [leg.id for leg in plan.legs if leg.stops[0].start_s <= now_s]
    late = [Late(frozen[which % len(frozen)], by_h * HOUR)] if frozen else []
    again = replan(problem, plan, frozen, events=late, now_s=now_s, rule=rule)
    assert check(again.problem, again.plan) == []
    for name in frozen:
        before, now = plan.leg(name), again.plan.leg(name)
        assert (before.vehicle, before.carries, before.depart_s) == (now.vehicle, now.carries, now.depart_s)


@settings(max_examples=12, deadline=None)
@given(problem=relays(loads_max=2))
def test_no_plan_without_splits_is_better(problem: Problem) -> None:
    plan = solve(problem, RULE)
    best = min(score for world, draft in every_draft(problem) if (score := _score(world, draft)) is not None)
    mine = plan.score
    assert (mine.left_cartons, mine.late_carton_s, mine.last_arrival_s, mine.cost_fen) <= best


def test_goods_stay_aboard_where_their_truck_also_loads_at_the_hub() -> None:
    """The box truck comes by the hub with a carton from the west: unloading it there and loading it again costs 600 s."""
    sites = tuple(
        Site(name, *where, inside_seal=name == "depot" or name in RECEIVERS, service_s=600)
        for name, where in {**PLACES, **RECEIVERS}.items()
    )
    loads = (
        Load("load 0", "north", "clinic", 1, 1_000, 10_000),
        Load("load 1", "west", "hospital", 1, 1_000, 10_000),
    )
    offers = (
        Offer("lorry", "carrier", "lorry", "north", 1, 300_000, 1_200_000, 0, 1),
        Offer("box", "city", "box truck", "depot", 1, 150_000, 900_000, 0, 1, has_pass=True, may_cross_seal=True),
    )
    plan = solve(Problem(ZERO_AT, sites, loads, offers, hubs=("hub",), start_s=0), RULE)
    handled = [stop for leg in plan.legs if leg.offer == "box" for stop in leg.stops if stop.site == "hub"]
    assert [(stop.loaded, stop.unloaded) for stop in handled] == [((("load 0", 1),), ())]


def _score(world: World, draft: Draft) -> tuple[int, int, int, int] | None:
    played = play(world, draft)
    return None if played is None else played.score


def every_draft(problem: Problem) -> Iterator[tuple[World, Draft]]:
    """Each load whole or left behind, straight or by the hub; each grouping of rides; each vehicle, order and turn."""
    sources = sources_at_origins(problem)
    vehicles = vehicles_of(problem)
    world = World(problem, Roads(problem), "hub", vehicles, sources)
    yield world, Draft()
    for ways in product(*([None, *_ways(source.site, source.load.receiver)] for source in sources)):
        rides = [(n, a, b) for n, way in enumerate(ways) if way for a, b in pairwise(way)]
        for grouping in _partitions(rides):
            for journeys in product(*(_journeys(group) for group in grouping)):
                number_of = {ride: number for number, group in enumerate(grouping, 1) for ride in group}
                shipments = {
                    n + 1: Shipment(
                        sources[n],
                        sources[n].cartons,
                        tuple((a, b, number_of[n, a, b]) for a, b in pairwise(way)),
                    )
                    for n, way in enumerate(ways)
                    if way
                }
                for order in permutations(range(1, len(journeys) + 1)):
                    for chosen in product(vehicles, repeat=len(order)):
                        turns: dict[str, tuple[int, ...]] = {}
                        for number, name in zip(order, chosen, strict=True):
                            turns[name] = (*turns.get(name, ()), number)
                        yield world, Draft(dict(enumerate(journeys, 1)), turns, shipments)


def _ways(origin: str, receiver: str) -> list[tuple[str, ...]]:
    return [(origin, receiver), (origin, "hub", receiver)]


def _partitions(items: list[tuple[int, str, str]]) -> Iterator[list[list[tuple[int, str, str]]]]:
    if not items:
        yield []
        return
    for rest in _partitions(items[1:]):
        yield [[items[0]], *rest]
        for n, group in enumerate(rest):
            yield [*rest[:n], [items[0], *group], *rest[n + 1 :]]


def _journeys(group: list[tuple[int, str, str]]) -> list[Journey]:
    picks, drops = {a for _, a, _ in group}, {b for _, _, b in group}
    if picks & drops:
        return []
    return [Journey(a, b) for a in permutations(sorted(picks)) for b in permutations(sorted(drops))]
