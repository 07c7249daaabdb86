"""
From decisions to times: each vehicle's journeys in turn, every departure as early as ready goods, docks and roads allow.

A draft says which vehicle makes which journeys in which order and which journeys each shipment rides; `play` gives the
times. Lateness and the last arrival never gain from waiting, so leaving as early as possible is best for given
decisions. Journeys are scheduled in the order in which they could begin, and take docks in that order.
"""

from __future__ import annotations

import heapq
from dataclasses import dataclass, field, replace

from baogong.engine.freight.plan import Leg, Route, Stop
from baogong.engine.freight.problem import Air, Load, Offer, Problem, Span
from baogong.engine.freight.roads import Roads, drive_fen, service_start_s


@dataclass(frozen=True, slots=True)
class Vehicle:
    """One vehicle where and when it is free; `fixed_fen` is 0 once it has been paid (a frozen leg used it)."""

    id: str
    offer: str
    at: str
    free_s: int
    capacity_g: int
    capacity_cm3: int
    speed_kmh: int
    fixed_fen: int
    fen_per_km: int
    can_cross: bool
    until_s: int | None = None
    home: str | None = None  # where it must end
    equipment_count: int = 0
    flight: Air | None = None
    base: str = ""
    range_m: int | None = None
    is_away: bool = False  # has been used by a frozen leg: must come home even if it does nothing more

    @property
    def mode(self) -> str:
        return "ROAD" if self.flight is None else "AIR"


@dataclass(frozen=True, slots=True)
class Source:
    """Cartons of one load waiting at one site."""

    id: str
    load: Load
    site: str
    cartons: int
    ready_s: int
    leaves_from_s: int
    rode: tuple[str, ...] = ()  # frozen legs that brought it here


@dataclass(frozen=True, slots=True)
class Shipment:
    """Cartons of one source that ride together; `rides` in turn: (from, to, journey)."""

    source: Source
    cartons: int
    rides: tuple[tuple[str, str, int], ...]

    @property
    def weight_g(self) -> int:
        return self.cartons * self.source.load.carton_g

    @property
    def volume_cm3(self) -> int:
        return self.cartons * self.source.load.carton_cm3


@dataclass(frozen=True, slots=True)
class Journey:
    """Sites to load at, then sites to unload at."""

    picks: tuple[str, ...]
    drops: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Draft:
    """Decisions without times: journeys by number, each vehicle's journeys in turn, shipments by number."""

    journeys: dict[int, Journey] = field(default_factory=dict)
    turns: dict[str, tuple[int, ...]] = field(default_factory=dict)
    shipments: dict[int, Shipment] = field(default_factory=dict)

    def next_journey(self) -> int:
        return max(self.journeys, default=0) + 1

    def next_shipment(self) -> int:
        return max(self.shipments, default=0) + 1


ScoreKey = tuple[int, int, int, int]  # left_cartons, late_carton_s, last_arrival_s, cost_fen


@dataclass(frozen=True, slots=True)
class World:
    """What stays the same while drafts change. The `frozen_` fields tell of legs that have already left."""

    problem: Problem
    roads: Roads
    hub: str | None
    vehicles: dict[str, Vehicle]
    sources: tuple[Source, ...]
    frozen_legs: tuple[Leg, ...] = ()
    frozen_routes: tuple[Route, ...] = ()
    frozen_score: ScoreKey = (0, 0, 0, 0)
    frozen_docks: dict[str, tuple[Span, ...]] = field(default_factory=dict)


@dataclass(slots=True)
class Played:
    """A draft with its times. `at_hand_s[shipment]`: when it is unloaded after each of its rides."""

    score: ScoreKey
    runs: list[tuple[str, int | None, list[Stop]]]  # vehicle, journey (None: empty run), stops
    at_hand_s: dict[int, list[int]]
    arrive_s: dict[int, int]
    loading_s: dict[int, int]  # journey: start of its first loading


def vehicles_of(problem: Problem) -> dict[str, Vehicle]:
    """Each single vehicle on offer and in order, by id: `offer-1`, `offer-2`, …; flights under their own id."""
    made = [_of_offer(problem, offer, number) for offer in problem.offers for number in range(1, offer.count + 1)]
    made += [
        Vehicle(
            id=air.id,
            offer=air.id,
            at=air.origin,
            free_s=problem.start_s + air.lead_s,
            capacity_g=air.capacity_g,
            capacity_cm3=air.capacity_cm3,
            speed_kmh=1,
            fixed_fen=air.fixed_fen,
            fen_per_km=0,
            can_cross=True,
            flight=air,
        )
        for air in problem.air
    ]
    out = {outage.vehicle: outage.until_s for outage in problem.outages}
    return {
        vehicle.id: replace(vehicle, free_s=max(vehicle.free_s, out.get(vehicle.id) or 0))
        for vehicle in made
        if vehicle.id not in out or out[vehicle.id] is not None
    }


def _of_offer(problem: Problem, offer: Offer, number: int) -> Vehicle:
    return Vehicle(
        id=f"{offer.id}-{number}",
        offer=offer.id,
        at=offer.base,
        free_s=max(problem.start_s, offer.from_s),
        capacity_g=offer.capacity_g,
        capacity_cm3=offer.capacity_cm3,
        speed_kmh=offer.speed_kmh or problem.speed_kmh,
        fixed_fen=offer.fixed_fen + offer.driver_bonus_fen,
        fen_per_km=offer.fen_per_km,
        can_cross=offer.can_cross,
        until_s=offer.until_s,
        home=offer.base if offer.returns else None,
        equipment_count=offer.equipment_count,
        base=offer.base,
        range_m=offer.range_m,
    )


def drive(world: World, vehicle: Vehicle, origin: str, destination: str, earliest_s: int) -> tuple[int, int] | None:
    """When it leaves and arrives; None where this vehicle cannot go there."""
    if vehicle.flight is not None:
        if (origin, destination) != (vehicle.flight.origin, vehicle.flight.destination):
            return None
        return earliest_s, earliest_s + vehicle.flight.duration_s
    road = world.roads.road(origin, destination)
    if road.crosses_seal and not vehicle.can_cross:
        return None
    if vehicle.range_m is not None and not in_range(world.roads, vehicle.base, destination, vehicle.range_m):
        return None
    drive_s = road.drive_s(vehicle.speed_kmh)
    leave_s = road.leave_s(earliest_s, drive_s)
    return None if leave_s is None else (leave_s, leave_s + drive_s)


def in_range(roads: Roads, base: str, site: str, range_m: int) -> bool:
    return base == site or roads.road(base, site).distance_m <= range_m


def can_drive(world: World, vehicle: Vehicle, origin: str, destination: str) -> bool:
    """Whether seal, flight or lasting closure lets this vehicle go there at all."""
    return drive(world, vehicle, origin, destination, vehicle.free_s) is not None


def play(world: World, draft: Draft) -> Played | None:
    """The draft's times and score; None where some vehicle cannot do what the draft asks."""
    return _Player(world, draft).play()


class _Player:
    """One run of `play`; the fields are its running state."""

    def __init__(self, world: World, draft: Draft) -> None:
        self.world, self.draft = world, draft
        self.takes: dict[int, dict[str, list[int]]] = {number: {} for number in draft.journeys}
        self.gives: dict[int, dict[str, list[int]]] = {number: {} for number in draft.journeys}
        self.after: dict[int, list[int]] = {number: [] for number in draft.journeys}
        self.waits: dict[int, int] = dict.fromkeys(draft.journeys, 0)
        self.ready_s: dict[int, int] = {}
        self.docks: dict[str, list[Span]] = {site: list(spans) for site, spans in world.frozen_docks.items()}
        self.at: dict[str, tuple[str, int]] = {}
        self.runs: list[tuple[str, int | None, list[Stop]]] = []
        self.at_hand_s: dict[int, list[int]] = {number: [] for number in draft.shipments}
        self.arrive_s: dict[int, int] = {}
        self.loading_s: dict[int, int] = {}
        self.delivered = self.cost_fen = self.late = 0
        self.last_s = 0

    def play(self) -> Played | None:
        draft = self.draft
        vehicle_of: dict[int, str] = {}
        if not self._read_shipments():
            return None
        for name, turns in draft.turns.items():
            vehicle = self.world.vehicles[name]
            if vehicle.flight is not None and len(turns) > 1:
                return None
            self.at[name] = (vehicle.at, vehicle.free_s)
            for before, number in zip((None, *turns), turns, strict=False):
                vehicle_of[number] = name
                if before is not None:
                    self.waits[number] += 1
                    self.after[before].append(number)
            if turns:
                self.cost_fen += vehicle.fixed_fen
        heap = [(self._could_begin_s(n, vehicle_of[n]), n) for n, waits in self.waits.items() if not waits]
        heapq.heapify(heap)
        done = 0
        while heap:
            _, number = heapq.heappop(heap)
            if not self._travel(number, self.world.vehicles[vehicle_of[number]]):
                return None
            done += 1
            for later in self.after[number]:
                self.waits[later] -= 1
                if not self.waits[later]:
                    heapq.heappush(heap, (self._could_begin_s(later, vehicle_of[later]), later))
        if done < len(draft.journeys) or not all(self._go_home(name) for name in sorted(self.world.vehicles)):
            return None
        left, late, last, cost = self.world.frozen_score
        total = sum(source.cartons for source in self.world.sources)
        score = (left + total - self.delivered, late + self.late, max(last, self.last_s), cost + self.cost_fen)
        return Played(score, self.runs, self.at_hand_s, self.arrive_s, self.loading_s)

    def _read_shipments(self) -> bool:
        """Who loads and unloads what where, what waits for what, and whether it fits."""
        weight_g = dict.fromkeys(self.draft.journeys, 0)
        volume_cm3 = dict.fromkeys(self.draft.journeys, 0)
        for number, shipment in self.draft.shipments.items():
            self.ready_s[number] = shipment.source.ready_s
            before = None
            for origin, destination, journey in shipment.rides:
                self.takes[journey].setdefault(origin, []).append(number)
                self.gives[journey].setdefault(destination, []).append(number)
                weight_g[journey] += shipment.weight_g
                volume_cm3[journey] += shipment.volume_cm3
                if before is not None:
                    if before == journey:
                        return False
                    self.waits[journey] += 1
                    self.after[before].append(journey)
                before = journey
        for name, turns in self.draft.turns.items():
            vehicle = self.world.vehicles[name]
            for journey in turns:
                if weight_g[journey] > vehicle.capacity_g or volume_cm3[journey] > vehicle.capacity_cm3:
                    return False
                if vehicle.flight is not None:
                    self.cost_fen += -(-weight_g[journey] * vehicle.flight.fen_per_kg // 1000)
        return True

    def _could_begin_s(self, number: int, vehicle: str) -> int:
        first = self.draft.journeys[number].picks[0]
        ready = max((self.ready_s[s] for s in self.takes[number].get(first, ())), default=0)
        return max(ready, self.at[vehicle][1])

    def _drive(self, vehicle: Vehicle, origin: str, destination: str, earliest_s: int) -> tuple[int, int] | None:
        times = drive(self.world, vehicle, origin, destination, earliest_s)
        if times is not None and vehicle.flight is None:
            self.cost_fen += drive_fen(self.world.roads.road(origin, destination).distance_m, vehicle.fen_per_km)
        return times

    def _serve(self, site: str, earliest_s: int, floor_s: int) -> Span | None:
        """A service from `earliest_s` on; one that would wait for `floor_s` anyway ends then, if a dock is free then."""
        place = self.world.roads.sites[site]
        taken = self.docks.setdefault(site, [])
        start = service_start_s(place, taken, max(earliest_s, floor_s - place.service_s))
        if start is None or start + place.service_s > max(floor_s, earliest_s + place.service_s):
            start = service_start_s(place, taken, earliest_s)
        if start is None:
            return None
        span = (start, start + place.service_s)
        if place.docks_count is not None and place.service_s:
            taken.append(span)
        return span

    def _travel(self, number: int, vehicle: Vehicle) -> bool:
        journey, world, shipments = self.draft.journeys[number], self.world, self.draft.shipments
        at, free_s = self.at[vehicle.id]
        arrive_s, empty = free_s, None
        if at != journey.picks[0]:
            empty = self._drive(vehicle, at, journey.picks[0], free_s)
            if empty is None:
                return False
            arrive_s = empty[1]
        stops: list[Stop] = []
        sites = journey.picks + journey.drops
        for place, site in enumerate(sites):
            takes = self.takes[number].get(site, ()) if place < len(journey.picks) else ()
            gives = self.gives[number].get(site, ()) if place >= len(journey.picks) else ()
            floor_s = max(
                [world.roads.sites[site].leaves_from_s if place < len(sites) - 1 else 0]
                + [shipments[s].source.leaves_from_s for s in takes if shipments[s].source.site == site]
            )
            span = self._serve(site, max([arrive_s, *(self.ready_s[s] for s in takes)]), floor_s)
            if span is None:
                return False
            if place == 0:
                self.loading_s[number] = span[0]
                if empty is not None:
                    self._add_empty_run(vehicle, at, empty, site, span[0])
                    arrive_s = self.runs[-1][2][-1].arrive_s
            leave_s = max(span[1], floor_s)
            for s in gives:
                self._unload(s, site, arrive_s, span[1])
            departs_s, next_arrive_s = leave_s, leave_s
            if place < len(sites) - 1:
                drove = self._drive(vehicle, site, sites[place + 1], leave_s)
                if drove is None:
                    return False
                departs_s, next_arrive_s = drove
            loaded = tuple((shipments[s].source.load.id, shipments[s].cartons) for s in takes)
            unloaded = tuple((shipments[s].source.load.id, shipments[s].cartons) for s in gives)
            stops.append(Stop(site, arrive_s, span[0], span[1], departs_s, loaded, unloaded))
            arrive_s = next_arrive_s
        self.runs.append((vehicle.id, number, stops))
        self.at[vehicle.id] = (sites[-1], stops[-1].end_s)
        return vehicle.until_s is None or stops[-1].end_s <= vehicle.until_s

    def _unload(self, number: int, site: str, arrive_s: int, end_s: int) -> None:
        shipment = self.draft.shipments[number]
        load = shipment.source.load
        self.ready_s[number] = end_s
        self.at_hand_s[number].append(end_s)
        if site == load.receiver:
            self.arrive_s[number] = arrive_s
            self.delivered += shipment.cartons
            self.last_s = max(self.last_s, arrive_s)
            if load.due_s is not None and arrive_s > load.due_s:
                self.late += shipment.cartons * (arrive_s - load.due_s)

    def _add_empty_run(self, vehicle: Vehicle, at: str, times: tuple[int, int], to: str, needed_s: int) -> None:
        """An empty run leaves so late that it arrives when loading can begin, where no closure forbids it."""
        leave_s, arrive_s = times
        drive_s = arrive_s - leave_s
        later = drive(self.world, vehicle, at, to, needed_s - drive_s)
        if later == (needed_s - drive_s, needed_s) and needed_s > arrive_s:
            leave_s, arrive_s = later
        self.runs.append(
            (
                vehicle.id,
                None,
                [Stop(at, leave_s, leave_s, leave_s, leave_s), Stop(to, arrive_s, arrive_s, arrive_s, arrive_s)],
            )
        )

    def _go_home(self, name: str) -> bool:
        vehicle = self.world.vehicles[name]
        if vehicle.home is None or not (self.draft.turns.get(name) or vehicle.is_away):
            return True
        at, free_s = self.at.get(name, (vehicle.at, vehicle.free_s))
        if at == vehicle.home:
            return True
        times = self._drive(vehicle, at, vehicle.home, free_s)
        if times is None or (vehicle.until_s is not None and times[1] > vehicle.until_s):
            return False
        self._add_empty_run(vehicle, at, times, vehicle.home, times[1])
        return True


def tidy(draft: Draft) -> Draft:
    """Drop journeys nobody rides and sites nobody needs, join shipments that ride alike, number journeys in order."""
    together: dict[tuple[str, tuple[tuple[str, str, int], ...]], Shipment] = {}
    for number in sorted(draft.shipments):
        shipment = draft.shipments[number]
        key = (shipment.source.id, shipment.rides)
        known = together.get(key)
        together[key] = shipment if known is None else replace(known, cartons=known.cartons + shipment.cartons)
    shipments = dict(enumerate((s for s in together.values() if s.rides), 1))
    picks: dict[int, set[str]] = {}
    drops: dict[int, set[str]] = {}
    for shipment in shipments.values():
        for origin, destination, journey in shipment.rides:
            picks.setdefault(journey, set()).add(origin)
            drops.setdefault(journey, set()).add(destination)
    journeys = {
        number: Journey(
            tuple(site for site in journey.picks if site in picks[number]),
            tuple(site for site in journey.drops if site in drops[number]),
        )
        for number, journey in draft.journeys.items()
        if number in picks
    }
    turns = {name: tuple(n for n in row if n in journeys) for name, row in draft.turns.items()}
    return Draft(journeys, {name: row for name, row in turns.items() if row}, shipments)
