"""What the planner returns: legs with their stops, each load's way, the score, and what was rejected and why."""

from __future__ import annotations

from dataclasses import dataclass, field

from baogong.engine.freight.rule import Stopped

Carry = tuple[str, int]  # load id, cartons


@dataclass(frozen=True, slots=True)
class Stop:
    """
    One vehicle at one site.

    arrive_s             at the gate (the leg's first stop: when it was free to load)
    start_s, end_s       at a dock; equal where nothing is loaded or unloaded
    depart_s             leaves; of the leg's last stop: `end_s`
    loaded, unloaded     cartons by load
    """

    site: str
    arrive_s: int
    start_s: int
    end_s: int
    depart_s: int
    loaded: tuple[Carry, ...] = ()
    unloaded: tuple[Carry, ...] = ()


@dataclass(frozen=True, slots=True)
class Leg:
    """
    One vehicle's journey from its first loading until it is empty (one waybill), or an empty run between two sites.

    stops  two or more; goods are loaded at the first ones and unloaded at the others
    equipment_count  roll cages or trailers that ride along
    """

    id: str
    vehicle: str
    offer: str
    mode: str  # ROAD or AIR
    stops: tuple[Stop, ...]
    equipment_count: int = 0

    @property
    def origin(self) -> str:
        return self.stops[0].site

    @property
    def destination(self) -> str:
        return self.stops[-1].site

    @property
    def depart_s(self) -> int:
        return self.stops[0].depart_s

    @property
    def arrive_s(self) -> int:
        return self.stops[-1].arrive_s

    @property
    def carries(self) -> tuple[Carry, ...]:
        """Cartons by load over the whole leg; empty for an empty run."""
        total: dict[str, int] = {}
        for stop in self.stops:
            for load, cartons in stop.loaded:
                total[load] = total.get(load, 0) + cartons
        return tuple(sorted(total.items()))


@dataclass(frozen=True, slots=True)
class Route:
    """Cartons of one load that ride together, and the legs they ride in turn; `arrive_s` at the receiver's gate."""

    load: str
    cartons: int
    legs: tuple[str, ...]
    arrive_s: int


@dataclass(frozen=True, slots=True, order=True)
class Score:
    """
    Compared in this order: nothing left behind, then lateness, then the last arrival, then cost.

    left_cartons    cartons no vehicle can bring
    late_carton_s   Σ over cartons of the seconds after `due_s` at which they reach the receiver's gate
    last_arrival_s  of the last carton to reach a receiver
    """

    left_cartons: int
    late_carton_s: int
    last_arrival_s: int
    cost_fen: int


@dataclass(frozen=True, slots=True)
class Left:
    """Cartons that stay behind: a shortage of vehicles is a result, not an error."""

    load: str
    site: str
    cartons: int
    why_en: str
    why_zh: str


@dataclass(frozen=True, slots=True)
class Rejected:
    """An alternative that was considered, and the figures that spoke against it."""

    what: str  # AIR, SEAL, ROUTE, HUB or VEHICLE, a colon, and ids
    why_en: str
    why_zh: str
    figures: tuple[tuple[str, int], ...] = ()


@dataclass(frozen=True, slots=True)
class Plan:
    """
    legs      in order of departure
    hub       where goods merge; None where everything goes direct
    bound     no plan has less lateness, nor an earlier last arrival, were every carton to travel alone at once
    gap       the largest share of cost left open by an origin's integer program; 0.0 where each was proven
    moves_done    complete schedules tried for this hub; a search cut by time is repeated by this `moves_count`
    frozen    legs that had left when the plan was made (by `replan`)
    """

    legs: tuple[Leg, ...]
    routes: tuple[Route, ...]
    hub: str | None
    score: Score
    bound: Score
    left: tuple[Left, ...] = ()
    rejected: tuple[Rejected, ...] = ()
    rule_version: str = ""
    stopped_because: Stopped = Stopped.SETTLED
    moves_done: int = 0
    gap: float = 0.0
    frozen: tuple[str, ...] = field(default=())

    def leg(self, leg_id: str) -> Leg:
        return next(leg for leg in self.legs if leg.id == leg_id)
