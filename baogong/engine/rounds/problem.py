"""
The snapshot that rounds are planned from: stations, communities behind gates, stops, couriers, limits.

Places are metres east (`x_m`) and north (`y_m`) of any fixed point. Times are whole seconds since a midnight, spans
half-open `[from_s, until_s)`. Weights are grams.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field
from enum import StrEnum
from itertools import pairwise
from math import isfinite

from baogong.engine.faults import Fault, FaultyProblem

ENGINE_VERSION = "rounds-1"
Span = tuple[int, int]
Pair = tuple[str, str, str]
"""Community, building, category."""
BUILDING_CATEGORY = "building_category"
DAY_S = 86_400
METRES_MAX = 1_000_000
"""Farther from the origin than a thousand kilometres is a slip of the pen, not a walk."""


class Handover(StrEnum):
    """How goods change hands at a stop."""

    CONTACTLESS = "CONTACTLESS"  # left on the shelf or at the door
    WITNESSED = "WITNESSED"  # the courier sees it taken, at a distance
    SIGNED = "SIGNED"


class UnusableProblem(FaultyProblem):
    code, so = "rounds.unusable-problem", "nothing was planned"


@dataclass(frozen=True, slots=True)
class Station:
    """Where trips begin and end and goods wait; it stands on the street."""

    id: str
    x_m: float
    y_m: float


@dataclass(frozen=True, slots=True)
class Gate:
    """A way through a community's wall. `opens`: when one may pass, in order; empty: always."""

    id: str
    x_m: float
    y_m: float
    opens: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Community:
    """
    A walled compound: one comes in and goes out through its gates only.

    zone   road zone; a trip serves one only
    paths  lines of (x_m, y_m) that walks inside keep to; empty: straight
    """

    id: str
    gates: tuple[Gate, ...]
    zone: str = ""
    paths: tuple[tuple[tuple[float, float], ...], ...] = ()


@dataclass(frozen=True, slots=True)
class Stop:
    """
    A unit's shelf or a door, and what is brought there.

    community  None: it stands on the street
    station    None: the nearest
    service_s  None: that of its handover
    window     the service begins and ends inside it; None: whenever its gate is open
    """

    id: str
    x_m: float
    y_m: float
    community: str | None = None
    building: str = ""
    unit: str = ""
    station: str | None = None
    weight_g: int = 0
    pieces: int = 1
    category: str = ""
    cold: bool = False
    handover: Handover = Handover.CONTACTLESS
    service_s: int | None = None
    window: Span | None = None


@dataclass(frozen=True, slots=True)
class Courier:
    """
    Who walks. capacity_*: of one trip. shift: loading for the first trip begins, the last trip is back, within it.

    communities  those that may be entered; None: all
    """

    id: str
    station: str
    capacity_g: int
    capacity_pieces: int
    shift: Span
    communities: frozenset[str] | None = None


@dataclass(frozen=True, slots=True)
class Limits:
    """
    What holds for every trip.

    walk_m_per_min       speed of a courier on the move
    street_factor        street metres per straight metre, outside communities
    load_s               loading at the station before each trip; counts as work
    trip_price_s         what one trip more is worth, in seconds of work
    trip_s_max           from leaving the station to being back; None: the shift
    trip_stops_max       None: as many as can be carried
    cold_first           a trip serves its cold goods before the others
    cold_within_s        cold goods are reached so soon after leaving the station; None: whenever
    service_s            by handover, where a stop says nothing else
    one_courier_per      "building_category": all stops of a building and a category have one courier; None: any
    helping              who has finished may bring the rest of another's building and category (`help_early`)
    balance              nobody shall work more than this share more or less than the mean; None: least work counts
    """

    walk_m_per_min: float = 75.0
    street_factor: float = 1.0
    load_s: int = 300
    trip_price_s: int = 0
    trip_s_max: int | None = None
    trip_stops_max: int | None = None
    cold_first: bool = True
    cold_within_s: int | None = None
    service_s: dict[Handover, int] = field(
        default_factory=lambda: {Handover.CONTACTLESS: 60, Handover.WITNESSED: 120, Handover.SIGNED: 180}
    )
    one_courier_per: str | None = None
    helping: bool = False
    balance: float | None = None


@dataclass(frozen=True, slots=True)
class Problem:
    """Everything a plan may depend on. Raises UnusableProblem with all faults at once."""

    stations: tuple[Station, ...]
    stops: tuple[Stop, ...]
    couriers: tuple[Courier, ...]
    communities: tuple[Community, ...] = ()
    limits: Limits = field(default_factory=Limits)

    def __post_init__(self) -> None:
        faults = [*_double_ids(self), *_unknown_names(self), *_numbers(self)]
        if faults:
            raise UnusableProblem(faults)

    def service_s(self, stop: Stop) -> int:
        return self.limits.service_s[stop.handover] if stop.service_s is None else stop.service_s

    def pair_of(self, stop: Stop) -> Pair | None:
        """What one courier brings whole; None: nothing is asked, or the stop belongs to no building."""
        if self.limits.one_courier_per is None or not stop.building:
            return None
        return stop.community or "", stop.building, stop.category


def _double_ids(problem: Problem) -> Iterator[Fault]:
    kinds: tuple[tuple[str, Iterable[str]], ...] = (
        ("stations", (station.id for station in problem.stations)),
        ("communities", (community.id for community in problem.communities)),
        ("gates", (gate.id for community in problem.communities for gate in community.gates)),
        ("stops", (stop.id for stop in problem.stops)),
        ("couriers", (courier.id for courier in problem.couriers)),
    )
    for kind, ids in kinds:
        for name, count in Counter(ids).items():
            if count > 1:
                yield Fault(f"{kind}[{name}].id", name, "an id that occurs once", f"It occurs {count} times: rename.")


def _unknown_names(problem: Problem) -> Iterator[Fault]:
    stations = {station.id for station in problem.stations}
    communities = {community.id for community in problem.communities}
    if not stations:
        yield Fault("stations", [], "at least one station", "Add the station that trips begin at.")
    for stop in problem.stops:
        if stop.community is not None and stop.community not in communities:
            yield _unknown(f"stops[{stop.id}].community", stop.community, "community")
        if stop.station is not None and stop.station not in stations:
            yield _unknown(f"stops[{stop.id}].station", stop.station, "station")
    for courier in problem.couriers:
        if courier.station not in stations:
            yield _unknown(f"couriers[{courier.id}].station", courier.station, "station")
        for name in sorted((courier.communities or frozenset()) - communities):
            yield _unknown(f"couriers[{courier.id}].communities", name, "community")
    for community in problem.communities:
        if not community.gates:
            yield Fault(f"communities[{community.id}].gates", [], "at least one gate", "Add the gate that is open.")


def _unknown(where: str, name: str, kind: str) -> Fault:
    return Fault(where, name, f"the id of a {kind} of this document", f"Correct the id or add the {kind}.")


def _numbers(problem: Problem) -> Iterator[Fault]:
    places: list[tuple[str, float, float]] = [(f"stations[{s.id}]", s.x_m, s.y_m) for s in problem.stations]
    places += [(f"stops[{s.id}]", s.x_m, s.y_m) for s in problem.stops]
    for community in problem.communities:
        places += [(f"gates[{gate.id}]", gate.x_m, gate.y_m) for gate in community.gates]
        where = f"communities[{community.id}].paths"
        places += [(where, x_m, y_m) for path in community.paths for x_m, y_m in path]
        for gate in community.gates:
            for span in gate.opens:
                yield from _span(f"gates[{gate.id}].opens", span)
            for span, after in pairwise(gate.opens):
                if after[0] <= span[1]:
                    yield Fault(
                        f"gates[{gate.id}].opens", list(after), f"a span after {span[1]}", "Sort and join them."
                    )
    for where, x_m, y_m in places:
        if not (isfinite(x_m) and isfinite(y_m) and abs(x_m) <= METRES_MAX and abs(y_m) <= METRES_MAX):
            yield Fault(where, [x_m, y_m], f"metres within {METRES_MAX}", "Correct the place.")
    for stop in problem.stops:
        where = f"stops[{stop.id}]"
        yield from _at_least(f"{where}.weight_g", stop.weight_g, 0)
        yield from _at_least(f"{where}.pieces", stop.pieces, 0)
        yield from _at_least(f"{where}.service_s", stop.service_s, 0, DAY_S)
        if stop.window is not None:
            yield from _span(f"{where}.window", stop.window)
    for courier in problem.couriers:
        where = f"couriers[{courier.id}]"
        yield from _at_least(f"{where}.capacity_g", courier.capacity_g, 1)
        yield from _at_least(f"{where}.capacity_pieces", courier.capacity_pieces, 1)
        yield from _span(f"{where}.shift", courier.shift)
    yield from _limits(problem.limits)


def _limits(limits: Limits) -> Iterator[Fault]:
    if not (isfinite(limits.walk_m_per_min) and 1 <= limits.walk_m_per_min <= 2000):
        yield Fault("limits.walk_m_per_min", limits.walk_m_per_min, "1 to 2,000 metres a minute", "Walking is 60–90.")
    if not (isfinite(limits.street_factor) and 1 <= limits.street_factor <= 10):
        yield Fault("limits.street_factor", limits.street_factor, "1 to 10", "1 is straight; streets have 1.2–1.4.")
    yield from _at_least("limits.load_s", limits.load_s, 0, DAY_S)
    yield from _at_least("limits.trip_price_s", limits.trip_price_s, 0, DAY_S)
    yield from _at_least("limits.trip_s_max", limits.trip_s_max, 1)
    yield from _at_least("limits.trip_stops_max", limits.trip_stops_max, 1)
    yield from _at_least("limits.cold_within_s", limits.cold_within_s, 1)
    if limits.one_courier_per not in (None, BUILDING_CATEGORY):
        yield Fault(
            "limits.one_courier_per", limits.one_courier_per, BUILDING_CATEGORY, "Use this word or leave it out."
        )
    if limits.balance is not None and not (isfinite(limits.balance) and 0 <= limits.balance <= 10):
        yield Fault(
            "limits.balance", limits.balance, "a share from 0 to 10", "0.15 is 15 % more or less than the mean."
        )
    for handover in Handover:
        yield from _at_least(f"limits.service_s.{handover}", limits.service_s.get(handover, -1), 0, DAY_S)


def _at_least(where: str, found: int | None, least: int, most: int = 10**9) -> Iterator[Fault]:
    if found is not None and not least <= found <= most:
        yield Fault(where, found, f"{least} to {most}", "Correct the number.")


def _span(where: str, span: Span) -> Iterator[Fault]:
    if not 0 <= span[0] < span[1] <= 7 * DAY_S:
        yield Fault(where, list(span), "a beginning before its end, within seven days", "Write [from, until).")
