"""Which trucks an origin sends: the program against every choice of trucks, and the aggregated model for many loads."""

from __future__ import annotations

from itertools import product

from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.freight import FreightRule, Load, Offer, Problem, Site, feeders
from baogong.engine.freight.feeders import Truck, feed
from baogong.engine.freight.roads import Roads, drive_fen
from baogong.engine.freight.schedule import World, vehicles_of
from baogong.engine.freight.solve import sources_at_origins
from tests.engine.freight.story import HOUR, ZERO_AT

RULE = FreightRule("test", mip_gap=1e-9)
SITES = (Site("origin", 31.0, 114.0, service_s=1800), Site("hub", 30.0, 114.0))
FAR_S = 10**8


def world_of(loads: tuple[Load, ...], offers: tuple[Offer, ...]) -> World:
    problem = Problem(ZERO_AT, SITES, loads, offers)
    return World(problem, Roads(problem), "hub", vehicles_of(problem), sources_at_origins(problem))


def planned(world: World, limits_s: dict[str, int]) -> tuple[Truck, ...]:
    vehicles = tuple(world.vehicles.values())
    return feed(world, "origin", "hub", world.sources, vehicles, limits_s=limits_s, rule=RULE)[0]


def paid_fen(world: World, trucks: tuple[Truck, ...]) -> int:
    far_m = world.roads.road("origin", "hub").distance_m
    used = [world.vehicles[truck.vehicle] for truck in trucks]
    return sum(vehicle.fixed_fen + drive_fen(far_m, vehicle.fen_per_km) for vehicle in used)


@settings(max_examples=25, deadline=None)
@given(
    cartons=st.lists(st.integers(1, 9), min_size=1, max_size=3),
    fixed=st.tuples(st.integers(1, 50), st.integers(1, 50)),
)
def test_no_cheaper_choice_of_trucks_holds_the_goods(cartons: list[int], fixed: tuple[int, int]) -> None:
    loads = tuple(Load(f"load {n}", "origin", "hub", count, 1000, 1000) for n, count in enumerate(cartons))
    offers = (
        Offer("small", "c", "small", "origin", 3, 7_000, 7_000, fixed[0] * 100, 10),
        Offer("large", "c", "large", "origin", 3, 11_000, 11_000, fixed[1] * 100, 15),
    )
    world = world_of(loads, offers)
    trucks = planned(world, {load.id: FAR_S for load in loads})
    far_m = world.roads.road("origin", "hub").distance_m
    prices = [offer.fixed_fen + drive_fen(far_m, offer.fen_per_km) for offer in offers]
    cheapest = min(
        small * prices[0] + large * prices[1]
        for small, large in product(range(4), range(4))
        if 7 * small + 11 * large >= sum(cartons)
    )
    assert paid_fen(world, trucks) == cheapest
    assert sum(count for truck in trucks for _, count in truck.carries) == sum(cartons)


def test_a_load_that_can_wait_rides_with_the_later_one() -> None:
    loads = (
        Load("early", "origin", "hub", 5, 1000, 1000, ready_s=0),
        Load("late", "origin", "hub", 5, 1000, 1000, ready_s=3 * HOUR),
    )
    world = world_of(loads, (Offer("lorry", "c", "lorry", "origin", 2, 20_000, 20_000, 100, 10),))
    assert len(planned(world, {"early": FAR_S, "late": FAR_S})) == 1
    assert len(planned(world, {"early": 3 * HOUR, "late": FAR_S})) == 2


def test_many_loads_go_by_the_aggregated_model_and_still_hold() -> None:
    loads = tuple(
        Load(f"load {n:03d}", "origin", "hub", 10 + n % 7, 8_000 + 500 * (n % 5), 60_000, ready_s=(n % 12) * HOUR)
        for n in range(120)
    )
    offers = (
        Offer("small", "c", "small", "origin", 40, 3_000_000, 18_000_000, 30_000, 300),
        Offer("large", "c", "large", "origin", 40, 10_000_000, 38_000_000, 60_000, 500),
    )
    world = world_of(loads, offers)
    limits_s = {load.id: load.ready_s + 9 * HOUR for load in loads}
    options = feeders._options(world, "origin", "hub", world.sources, tuple(world.vehicles.values()))
    assert len(options) * len(loads) > feeders.COLUMNS_MAX
    trucks = planned(world, limits_s)
    by_id = {load.id: load for load in loads}
    left = {load.id: load.cartons for load in loads}
    for truck in trucks:
        vehicle = world.vehicles[truck.vehicle]
        assert sum(n * by_id[name].carton_g for name, n in truck.carries) <= vehicle.capacity_g
        assert sum(n * by_id[name].carton_cm3 for name, n in truck.carries) <= vehicle.capacity_cm3
        for name, cartons in truck.carries:
            assert truck.loading_s >= by_id[name].ready_s
            left[name] -= cartons
    assert not any(left.values())
    assert len({truck.vehicle for truck in trucks}) == len(trucks)
    drive_s = world.roads.road("origin", "hub").drive_s(65)
    assert all(truck.loading_s + 1800 + drive_s <= limits_s[name] for truck in trucks for name, _ in truck.carries)
