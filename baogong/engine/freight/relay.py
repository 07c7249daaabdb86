"""From the hub to the receivers: the order of drops, and tours over many receivers by PyVRP."""

from __future__ import annotations

from collections.abc import Sequence
from itertools import pairwise, permutations

import pyvrp
import pyvrp.stop

from baogong.engine.freight.rule import FreightRule
from baogong.engine.freight.schedule import Shipment, Vehicle, World

EXACT_SITES = 6
TOUR_ROUNDS = 150
HALVINGS = 5
PRIZE = 10**13  # of a shipment: far above any cost, so one is left only where no tour can take it


def shortest_order(world: World, start: str | None, sites: tuple[str, ...], end: str | None) -> tuple[str, ...]:
    """
    The sites in the order of the shortest road from `start` through all of them to `end`; None leaves that side open.

    Exact up to six sites, nearest neighbour above (the search's own moves go on from there).
    """
    if len(sites) < 2:
        return sites

    def length_m(row: tuple[str, ...]) -> int:
        whole = (*((start,) if start is not None else ()), *row, *((end,) if end is not None else ()))
        return sum(world.roads.road(a, b).distance_m for a, b in pairwise(whole))

    if len(sites) <= EXACT_SITES:
        return min(permutations(sites), key=lambda row: (length_m(row), row))
    left = sorted(sites)
    row: list[str] = []
    at = start if start is not None else left[0]
    while left:
        near = min(left, key=lambda site: (world.roads.road(at, site).distance_m, site))
        left.remove(near)
        row.append(near)
        at = near
    return tuple(row)


def tours(
    world: World, site: str, shipments: Sequence[Shipment], vehicles: Sequence[Vehicle], rule: FreightRule
) -> tuple[list[tuple[str, list[Shipment]]], list[Shipment]]:
    """
    Tours from one site to many receivers: first the shortest time in which all can be served, then the least cost.

    vehicles  each makes one tour; its price per kilometre counts, and its way home if it must go home
    Returns (vehicle id, its shipments in order of drops), and the shipments no tour takes. PyVRP runs a fixed number of
    rounds from the rule's seed, so equal input gives equal tours. The time is halved between the farthest receiver's
    and one tour over all; the last tours that serve as many as the longest time did are kept.
    """
    if not vehicles or not shipments:
        return [], list(shipments)
    speed_kmh = min(vehicle.speed_kmh for vehicle in vehicles)
    farthest_s = max(world.roads.road(site, s.source.load.receiver).drive_s(speed_kmh) for s in shipments)
    places = shortest_order(world, site, tuple(sorted({s.source.load.receiver for s in shipments})), None)
    whole = (site, *places)
    longest_s = sum(
        world.roads.road(a, b).drive_s(speed_kmh) + world.roads.sites[b].service_s for a, b in pairwise(whole)
    )
    kept = _toured(world, site, shipments, vehicles, rule, longest_s)
    low_s, high_s = farthest_s, longest_s
    for _ in range(HALVINGS):
        middle_s = (low_s + high_s) // 2
        made = _toured(world, site, shipments, vehicles, rule, middle_s)
        if len(made[1]) <= len(kept[1]):
            kept, high_s = made, middle_s
        else:
            low_s = middle_s
    return kept


def _toured(
    world: World,
    site: str,
    shipments: Sequence[Shipment],
    vehicles: Sequence[Vehicle],
    rule: FreightRule,
    longest_s: int,
) -> tuple[list[tuple[str, list[Shipment]]], list[Shipment]]:
    """One run of PyVRP in which no tour is longer than `longest_s`. Costs are in thousandths of a fen: fen/km × m."""
    model = pyvrp.Model()
    names = [site, *sorted({s.source.load.receiver for s in shipments})]
    locations = {}
    for name in names:
        place = world.roads.sites[name]
        locations[name] = model.add_location(place.lon, place.lat, name=name)
    depot = model.add_depot(locations[site])
    for s in shipments:
        model.add_client(
            locations[s.source.load.receiver],
            delivery=[s.weight_g, s.volume_cm3],
            service_duration=world.roads.sites[s.source.load.receiver].service_s,
            prize=PRIZE,
            required=False,
        )
    for vehicle in vehicles:
        # The way to the site is paid once whatever the tour; the way back costs what the way home does, or nothing.
        profile = model.add_profile(name=vehicle.id)
        empty_m = 0 if vehicle.at == site else world.roads.road(vehicle.at, site).distance_m
        for a in names:
            for b in names:
                if a == b:
                    continue
                if b == site:
                    home_m = world.roads.road(a, vehicle.home).distance_m if vehicle.home not in (None, a) else 0
                    model.add_edge(locations[a], locations[b], distance=home_m, duration=0, profile=profile)
                else:
                    road = world.roads.road(a, b)
                    model.add_edge(
                        locations[a],
                        locations[b],
                        distance=road.distance_m,
                        duration=road.drive_s(vehicle.speed_kmh),
                        profile=profile,
                    )
        model.add_vehicle_type(
            capacity=[vehicle.capacity_g, vehicle.capacity_cm3],
            start_depot=depot,
            end_depot=depot,
            fixed_cost=1000 * vehicle.fixed_fen + empty_m * vehicle.fen_per_km,
            unit_distance_cost=vehicle.fen_per_km,
            shift_duration=longest_s,
            profile=profile,
            name=vehicle.id,
        )
    result = model.solve(pyvrp.stop.MaxIterations(TOUR_ROUNDS), seed=rule.seed, collect_stats=False, display=False)
    if not result.best.is_feasible():
        return [], list(shipments)
    made: list[tuple[str, list[Shipment]]] = []
    served: set[int] = set()
    for route in result.best.routes():
        numbers = [visit.idx for visit in route if visit.is_client()]
        made.append((vehicles[route.vehicle_type()].id, [shipments[n] for n in numbers]))
        served.update(numbers)
    return made, [s for n, s in enumerate(shipments) if n not in served]
