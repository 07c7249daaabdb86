"""
The snapshot a freight plan is made from: sites, loads, roads, and what carriers offer.

Times are whole seconds since `Problem.zero_at`, an aware datetime that only turns them into words and back. Weights are
grams, volumes cubic centimetres, distances metres, money fen; all integers.
"""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import datetime, timedelta

from baogong.kernel.errors import BaogongError, Kind

Span = tuple[int, int]  # [from_s, until_s)
EARTH_M = 6_371_000


class UnusableProblem(BaogongError):
    """The snapshot contradicts itself; every fault found is listed in `data["faults"]`."""

    kind, code = Kind.UNUSABLE, "freight.unusable-problem"


@dataclass(frozen=True, slots=True)
class Site:
    """
    A place where vehicles load or unload.

    inside_seal  roads between inside and outside cross the seal
    docks_count  vehicles served at the same moment; None: as many as come
    service_s    how long one vehicle takes to load or unload here, whatever it carries
    windows      [from_s, until_s) in which a service must lie whole; empty: always open
    leaves_from_s   no vehicle leaves here with goods aboard before this moment
    """

    id: str
    lat: float
    lon: float
    inside_seal: bool = False
    docks_count: int | None = None
    service_s: int = 0
    windows: tuple[Span, ...] = ()
    leaves_from_s: int = 0


@dataclass(frozen=True, slots=True)
class Load:
    """
    Cartons of one kind from one site to one receiver; may be split between vehicles by whole cartons.

    carton_g, carton_cm3  of one carton, >= 0
    ready_s   on the dock: loading may begin
    leaves_from_s  does not leave its origin before this moment
    due_s     to arrive by; later is late. None: nobody waits for it by the clock
    feeds     origins it may first be brought to, to ride on from there with their loads
    """

    id: str
    origin: str
    receiver: str
    cartons: int
    carton_g: int
    carton_cm3: int
    ready_s: int = 0
    due_s: int | None = None
    leaves_from_s: int = 0
    feeds: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Lane:
    """A road known better than by its great circle, one way; None keeps the estimate. `requires_pass`: crosses a seal."""

    origin: str
    destination: str
    distance_m: int | None = None
    duration_s: int | None = None
    requires_pass: bool = False


@dataclass(frozen=True, slots=True)
class Closure:
    """No vehicle is on the road from `origin` to `destination` at any moment of [from_s, until_s); None: for ever."""

    origin: str
    destination: str
    from_s: int
    until_s: int | None = None


@dataclass(frozen=True, slots=True)
class Outage:
    """One vehicle takes no new work before `until_s`; None: it is out for good (and need not come home)."""

    vehicle: str
    until_s: int | None = None


@dataclass(frozen=True, slots=True)
class Offer:
    """
    What a carrier offers: `count` like vehicles, at `base` from `from_s` on.

    has_pass, may_cross_seal  a vehicle crosses the seal only with the paper and with a driver who will
    fixed_fen, driver_bonus_fen  once for each vehicle used; fen_per_km for every kilometre, loaded or empty
    speed_kmh   None: the problem's
    until_s     the vehicle's last work (and way home, if it returns) ends by then
    returns     comes back to its base after its last drop
    range_m     it works no farther from its base by road than this; None: anywhere
    equipment_count  roll cages or trailers that ride with the vehicle and come home with it
    """

    id: str
    carrier: str
    kind: str
    base: str
    count: int
    capacity_g: int
    capacity_cm3: int
    fixed_fen: int = 0
    fen_per_km: int = 0
    driver_bonus_fen: int = 0
    speed_kmh: int | None = None
    has_pass: bool = False
    may_cross_seal: bool = False
    from_s: int = 0
    until_s: int | None = None
    returns: bool = False
    range_m: int | None = None
    equipment_count: int = 0

    @property
    def can_cross(self) -> bool:
        return self.has_pass and self.may_cross_seal


@dataclass(frozen=True, slots=True)
class Air:
    """One flight's worth of room between two sites, bookable `lead_s` ahead of the moment of planning."""

    id: str
    carrier: str
    origin: str
    destination: str
    lead_s: int
    duration_s: int
    capacity_g: int
    capacity_cm3: int
    fixed_fen: int = 0
    fen_per_kg: int = 0


@dataclass(frozen=True, slots=True)
class Problem:
    """
    Everything a plan may depend on.

    hubs        sites where goods of many origins may merge; a plan uses one of them, or none
    start_s     the moment of planning: nothing is planned before it
    road_factor road metres per great-circle metre where no lane says better (estimate for China's trunk roads: 1.22)
    Raises UnusableProblem with all faults at once.
    """

    zero_at: datetime
    sites: tuple[Site, ...]
    loads: tuple[Load, ...]
    offers: tuple[Offer, ...]
    hubs: tuple[str, ...] = ()
    lanes: tuple[Lane, ...] = ()
    closures: tuple[Closure, ...] = ()
    air: tuple[Air, ...] = ()
    outages: tuple[Outage, ...] = ()
    start_s: int = 0
    road_factor: float = 1.22
    speed_kmh: int = 65

    def __post_init__(self) -> None:
        faults = _faults(self)
        if faults:
            raise UnusableProblem(
                "The freight problem cannot be planned: " + "; ".join(faults) + ".",
                where="problem",
                found="; ".join(faults),
                expected="ids once and known, amounts and times that make sense",
                cure="Correct these lines and plan again.",
                faults=faults,
            )

    def seconds(self, moment: datetime) -> int:
        """Whole seconds from `zero_at` to an aware moment, rounded up: never earlier than the moment itself."""
        return math.ceil((moment - self.zero_at).total_seconds())

    def moment(self, seconds: int) -> datetime:
        return self.zero_at + timedelta(seconds=seconds)


def great_circle_m(a: Site, b: Site) -> float:
    """Haversine on a sphere of 6,371 km; exact enough beside the road factor."""
    rise = math.radians(b.lat - a.lat)
    turn = math.radians(b.lon - a.lon)
    half = (
        math.sin(rise / 2) ** 2
        + math.cos(math.radians(a.lat)) * math.cos(math.radians(b.lat)) * math.sin(turn / 2) ** 2
    )
    return 2 * EARTH_M * math.asin(min(1.0, math.sqrt(half)))


def _twice(kind: str, ids: list[str]) -> list[str]:
    return [f"{kind} {name} occurs {ids.count(name)} times" for name in sorted(set(ids)) if ids.count(name) > 1]


def _faults(problem: Problem) -> list[str]:
    """Whatever makes no sense, in the order of the problem's fields."""
    known = {site.id for site in problem.sites}
    faults = [] if problem.zero_at.tzinfo is not None else ["zero_at has no time zone"]
    faults += _twice("site", [site.id for site in problem.sites])
    faults += _twice("load", [load.id for load in problem.loads])
    faults += _twice("vehicle", [offer.id for offer in problem.offers] + [air.id for air in problem.air])
    named = [(f"hub {hub}", hub) for hub in problem.hubs]
    named += [(f"load {load.id}", at) for load in problem.loads for at in (load.origin, load.receiver, *load.feeds)]
    named += [(f"offer {offer.id}", offer.base) for offer in problem.offers]
    named += [
        (f"lane {lane.origin}-{lane.destination}", at)
        for lane in problem.lanes
        for at in (lane.origin, lane.destination)
    ]
    named += [(f"closure {c.origin}-{c.destination}", at) for c in problem.closures for at in (c.origin, c.destination)]
    named += [(f"air {air.id}", at) for air in problem.air for at in (air.origin, air.destination)]
    faults += [f"{what} names the unknown site {at}" for what, at in named if at not in known]
    for site in problem.sites:
        if site.docks_count is not None and site.docks_count < 1:
            faults.append(f"site {site.id} has {site.docks_count} docks")
        if site.service_s < 0:
            faults.append(f"site {site.id} has service_s {site.service_s}")
        faults += [f"site {site.id} has the window {a} to {b}" for a, b in site.windows if b <= a]
    for load in problem.loads:
        if load.cartons < 1 or load.carton_g < 0 or load.carton_cm3 < 0:
            faults.append(f"load {load.id} has {load.cartons} cartons of {load.carton_g} g and {load.carton_cm3} cm3")
        if load.origin == load.receiver:
            faults.append(f"load {load.id} goes from {load.origin} to itself")
    for offer in problem.offers:
        if offer.count < 0 or offer.capacity_g <= 0 or offer.capacity_cm3 <= 0:
            faults.append(f"offer {offer.id} has {offer.count} of {offer.capacity_g} g and {offer.capacity_cm3} cm3")
        if min(offer.fixed_fen, offer.fen_per_km, offer.driver_bonus_fen) < 0 or (offer.speed_kmh or 1) <= 0:
            faults.append(f"offer {offer.id} has a price below 0 or a speed of 0")
    for lane in problem.lanes:
        if (lane.distance_m or 0) < 0 or (lane.duration_s or 0) < 0:
            faults.append(f"lane {lane.origin}-{lane.destination} is negative")
    for closure in problem.closures:
        if closure.until_s is not None and closure.until_s <= closure.from_s:
            faults.append(f"closure {closure.origin}-{closure.destination} ends at {closure.until_s}, before it begins")
    for air in problem.air:
        if air.lead_s < 0 or air.duration_s <= 0 or air.capacity_g <= 0 or air.capacity_cm3 <= 0:
            faults.append(f"air {air.id} has no room, no duration or a negative notice")
    vehicles = {f"{offer.id}-{n}" for offer in problem.offers for n in range(1, offer.count + 1)}
    vehicles |= {air.id for air in problem.air}
    faults += [f"an outage names the unknown vehicle {o.vehicle}" for o in problem.outages if o.vehicle not in vehicles]
    if problem.road_factor < 1 or problem.speed_kmh <= 0:
        faults.append(f"road factor {problem.road_factor} at {problem.speed_kmh} km/h")
    return faults
