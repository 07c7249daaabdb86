"""
Which trucks carry one origin's goods to one destination, loaded with what, leaving when: an integer program by origin.

    y[v, d] = 1 if vehicle v begins loading at moment d     x[l, v, d] cartons of load l aboard it
    Σ_v,d x[l, v, d] + left[l] = cartons[l]                 every carton once, or left
    Σ_l g[l]·x[l, v, d] <= capacity_g[v]·y[v, d]            and the same by volume
    Σ_d y[v, d] <= 1                                        a vehicle leaves once

A truck gains nothing by beginning later than the moment its last goods are ready, so the moments d are the ready times
and the vehicles' own arrivals: no grid of time is needed. Minimised one after the other, each held at its best before
the next: cartons left, carton-seconds after `limit_s`, fen.

Where an origin has so many loads that the program would be large, the aggregated model of `consolidate` takes its place,
on the volume that one truck surely takes (one carton's room is kept back, for cartons are whole).
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from itertools import pairwise

from baogong.engine.freight.consolidate import Batch, TruckKind, consolidate
from baogong.engine.freight.program import INFINITE, Program
from baogong.engine.freight.roads import drive_fen
from baogong.engine.freight.rule import FreightRule
from baogong.engine.freight.schedule import Source, Vehicle, World, drive

COLUMNS_MAX = 1_500


@dataclass(frozen=True, slots=True)
class Truck:
    """One vehicle's load from the origin: cartons by source."""

    vehicle: str
    loading_s: int
    carries: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class _Option:
    """A vehicle that begins loading at one moment."""

    vehicle: Vehicle
    loading_s: int
    arrive_s: int
    fen: int


def feed(
    world: World,
    origin: str,
    destination: str,
    sources: Sequence[Source],
    vehicles: Sequence[Vehicle],
    *,
    limits_s: dict[str, int],
    rule: FreightRule,
) -> tuple[tuple[Truck, ...], float]:
    """
    The cheapest trucks from `origin` to `destination` among those that are least late.

    sources   goods at `origin` now or later
    vehicles  free to be used, each for one journey
    limits_s  by source id: the arrival after which its cartons count as late here
    Returns the trucks and the share of cost left open; cartons that fit no vehicle are simply not aboard.
    """
    options = _options(world, origin, destination, sources, vehicles)
    if len(options) * len(sources) > COLUMNS_MAX:
        trucks = _consolidated(world, options, sources, limits_s=limits_s, rule=rule)
        if trucks is not None:
            return trucks
    return _exact(world, options, sources, limits_s=limits_s, rule=rule)


def _options(
    world: World, origin: str, destination: str, sources: Sequence[Source], vehicles: Sequence[Vehicle]
) -> list[_Option]:
    """Every (vehicle, moment) worth looking at; of like vehicles only as many as could be needed."""
    site = world.roads.sites[origin]
    weight_g = sum(source.cartons * source.load.carton_g for source in sources)
    volume_cm3 = sum(source.cartons * source.load.carton_cm3 for source in sources)
    ready = sorted({_begin_s(world, source) for source in sources})
    alike: dict[tuple[str, str, int], int] = {}
    options = []
    for vehicle in sorted(vehicles, key=lambda v: (v.fixed_fen > 0, v.offer, v.free_s, v.id)):
        key = (vehicle.offer, vehicle.at, vehicle.free_s)
        needed = max(-(-weight_g // vehicle.capacity_g), -(-volume_cm3 // vehicle.capacity_cm3)) + len(ready)
        if alike.get(key, 0) >= needed:
            continue
        there_s, fen = vehicle.free_s, vehicle.fixed_fen
        if vehicle.at != origin:
            came = drive(world, vehicle, vehicle.at, origin, vehicle.free_s)
            if came is None:
                continue
            there_s = came[1]
            fen += drive_fen(world.roads.road(vehicle.at, origin).distance_m, vehicle.fen_per_km)
        fen += drive_fen(world.roads.road(origin, destination).distance_m, vehicle.fen_per_km)
        if vehicle.home is not None:
            fen += drive_fen(world.roads.road(destination, vehicle.home).distance_m, vehicle.fen_per_km)
        made = []
        for moment in sorted({max(there_s, moment) for moment in ready}):
            went = drive(world, vehicle, origin, destination, max(moment + site.service_s, site.leaves_from_s))
            if went is not None and (vehicle.until_s is None or went[1] <= vehicle.until_s):
                made.append(_Option(vehicle, moment, went[1], fen))
        alike[key] = alike.get(key, 0) + bool(made)
        options += made
    return options


def _begin_s(world: World, source: Source) -> int:
    """When loading it may begin without waiting, loaded, for the moment it may leave."""
    return max(source.ready_s, source.leaves_from_s - world.roads.sites[source.site].service_s)


def _exact(
    world: World, options: list[_Option], sources: Sequence[Source], *, limits_s: dict[str, int], rule: FreightRule
) -> tuple[tuple[Truck, ...], float]:
    program = Program(rule)
    used = [program.column(upper=1.0, whole=True) for _ in options]
    aboard = {
        (n, source.id): program.column(upper=float(source.cartons), whole=True)
        for n, option in enumerate(options)
        for source in sources
        if _begin_s(world, source) <= option.loading_s
    }
    left = {source.id: program.column(upper=float(source.cartons)) for source in sources}
    for source in sources:
        mine = [(column, 1.0) for (_, name), column in aboard.items() if name == source.id]
        program.row(float(source.cartons), float(source.cartons), [*mine, (left[source.id], 1.0)])
    for n, option in enumerate(options):
        # Kilograms and litres: HiGHS is at ease with numbers near one.
        for size, capacity in (
            ({s.id: s.load.carton_g / 1000 for s in sources}, option.vehicle.capacity_g / 1000),
            ({s.id: s.load.carton_cm3 / 1000 for s in sources}, option.vehicle.capacity_cm3 / 1000),
        ):
            riding = [(aboard[n, s.id], size[s.id]) for s in sources if (n, s.id) in aboard]
            program.row(-INFINITE, 0.0, [*riding, (used[n], -capacity)])
    for name in sorted({option.vehicle.id for option in options}):
        program.row(0.0, 1.0, [(used[n], 1.0) for n, option in enumerate(options) if option.vehicle.id == name])
    _break_ties(program, options, used)
    late = {
        column: (options[n].arrive_s - limits_s[name]) / 3600
        for (n, name), column in aboard.items()
        if options[n].arrive_s > limits_s[name]
    }
    costs = {column: options[n].fen / 100 for n, column in enumerate(used)}
    answer, gap = None, 0.0
    for goal in (dict.fromkeys(left.values(), 1.0), late, costs):
        if not goal:
            continue
        answer = program.minimise(goal)
        assert answer is not None, "leaving everything behind is always possible"
        gap = answer.gap
        program.row(-INFINITE, answer.objective + 1e-6, goal.items())
    assert answer is not None
    trucks = []
    for n, option in enumerate(options):
        carries = tuple(
            (source.id, round(answer.values[aboard[n, source.id]]))
            for source in sources
            if (n, source.id) in aboard and round(answer.values[aboard[n, source.id]]) > 0
        )
        if carries:
            trucks.append(Truck(option.vehicle.id, option.loading_s, carries))
    return tuple(trucks), gap


def _break_ties(program: Program, options: list[_Option], used: list[int]) -> None:
    """Of vehicles that are alike in everything, the earlier is used first: the program need not try their orders."""
    by_vehicle: dict[str, list[int]] = {}
    for n, option in enumerate(options):
        by_vehicle.setdefault(option.vehicle.id, []).append(n)
    previous: list[int] | None = None
    for row in by_vehicle.values():
        if previous is not None:
            a, b = options[previous[0]], options[row[0]]
            alike = (a.vehicle.offer, a.vehicle.at, a.fen, a.vehicle.free_s) == (
                b.vehicle.offer,
                b.vehicle.at,
                b.fen,
                b.vehicle.free_s,
            )
            if alike and len(previous) == len(row):
                program.row(0.0, INFINITE, [(used[n], 1.0) for n in previous] + [(used[n], -1.0) for n in row])
        previous = row


def _consolidated(
    world: World, options: list[_Option], sources: Sequence[Source], *, limits_s: dict[str, int], rule: FreightRule
) -> tuple[tuple[Truck, ...], float] | None:
    """The aggregated model over the moments; None where it finds no plan (then the exact program decides what stays)."""
    moments = sorted({option.loading_s for option in options})
    slot_of = {moment: slot for slot, moment in enumerate(moments)}
    carton_cm3 = max(source.load.carton_cm3 for source in sources)
    carton_g = max(source.load.carton_g for source in sources)
    g_per_litre = max(1000 * s.load.carton_g / max(1, s.load.carton_cm3) for s in sources)
    kinds: dict[str, TruckKind] = {}
    free: dict[str, list[Vehicle]] = {}
    for option in options:
        v = option.vehicle
        if v not in free.setdefault(v.offer, []):
            free[v.offer].append(v)
        surely_cm3 = min(v.capacity_cm3 - carton_cm3, int(1000 * (v.capacity_g - carton_g) / max(g_per_litre, 1e-9)))
        if surely_cm3 > 0:
            kinds[v.offer] = TruckKind(v.offer, surely_cm3, option.fen / 100, count=len(free[v.offer]))
    arrive_s = {moment: min(o.arrive_s for o in options if o.loading_s == moment) for moment in moments}
    batches = tuple(
        Batch(
            source.id,
            source.cartons * source.load.carton_cm3,
            next((slot for slot, moment in enumerate(moments) if moment >= _begin_s(world, source)), 0),
            max((slot_of[m] for m in moments if arrive_s[m] <= limits_s[source.id]), default=-1),
        )
        for source in sources
    )
    # One cubic metre an hour late outweighs any truck: lateness comes before cost.
    dearest = max((kind.cost for kind in kinds.values()), default=0.0)
    steps = [arrive_s[b] - arrive_s[a] for a, b in pairwise(moments)] + [0]
    prices = tuple(dearest * 10 / 1e6 * step / 3600 for step in steps)
    if not kinds:
        return None
    plan = consolidate(batches, tuple(kinds.values()), late_prices=prices, rule=rule)
    if plan is None:
        return None
    due_order = sorted(sources, key=lambda s: (limits_s[s.id], s.id))
    left = {source.id: source.cartons for source in sources}
    trucks = []
    for departure in plan.departures:
        moment = moments[departure.slot]
        fitting = [o.vehicle for o in options if o.loading_s == moment and o.vehicle in free[departure.kind]]
        vehicle = next((v for v in fitting if v.offer == departure.kind), None)
        if vehicle is None:
            return None
        free[departure.kind].remove(vehicle)
        room_g, room_cm3, carries = vehicle.capacity_g, vehicle.capacity_cm3, []
        for source in due_order:
            if _begin_s(world, source) > moment or not left[source.id]:
                continue
            cartons = min(
                left[source.id],
                room_g // source.load.carton_g if source.load.carton_g else left[source.id],
                room_cm3 // source.load.carton_cm3 if source.load.carton_cm3 else left[source.id],
            )
            if cartons > 0:
                left[source.id] -= cartons
                room_g -= cartons * source.load.carton_g
                room_cm3 -= cartons * source.load.carton_cm3
                carries.append((source.id, cartons))
        if carries:
            trucks.append(Truck(vehicle.id, moment, tuple(carries)))
    return None if any(left.values()) else (tuple(trucks), plan.gap)
