"""
Shuttles: from a station outside to the gates of sealed communities, whole road zones on a cart, cold goods first.

A gate takes so many carts in a slot of time and no cart waits in front of it: it leaves the station so that it arrives in
its slot. One cart after the other is filled with what is most urgent, then with other zones of the same gate that are
ready and fit. A zone that is more than any cart carries goes in parts.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Iterator
from dataclasses import dataclass, field, replace

from baogong.engine.faults import Fault, FaultyProblem
from baogong.engine.rounds.problem import DAY_S, Span
from baogong.engine.rounds.reasons import clock


class UnusableShuttles(FaultyProblem):
    code, so = "rounds.unusable-shuttles", "no cart was loaded"


@dataclass(frozen=True, slots=True)
class Mouth:
    """
    A gate where carts hand over.

    ride_s       from the station, one way
    carts_count  how many may arrive in a slot
    opens        a cart arrives and is unloaded within one of them; empty: always
    slot_s       how long its slots are; None: as the problem says
    taken_s      arrivals that are promised to other carts already
    """

    id: str
    ride_s: int
    carts_count: int
    opens: tuple[Span, ...] = ()
    slot_s: int | None = None
    taken_s: tuple[int, ...] = ()


@dataclass(frozen=True, slots=True)
class Cart:
    """shift: loading for the first trip begins, the last trip is back, within it."""

    id: str
    capacity_g: int
    capacity_pieces: int
    shift: Span


@dataclass(frozen=True, slots=True)
class Load:
    """What one road zone gets; ready_s: from then on it can be put on a cart."""

    id: str
    zone: str
    gate: str
    weight_g: int
    pieces: int
    cold: bool = False
    ready_s: int = 0


@dataclass(frozen=True, slots=True)
class ShuttleProblem:
    """
    Slots of `slot_s` follow each other from midnight on.

    one_zone_per_trip  a cart is not filled up with other zones
    Raises UnusableShuttles with all faults at once.
    """

    gates: tuple[Mouth, ...]
    carts: tuple[Cart, ...]
    loads: tuple[Load, ...]
    slot_s: int = 900
    load_s: int = 600
    unload_s: int = 300
    one_zone_per_trip: bool = False

    def __post_init__(self) -> None:
        faults = [*_faults(self)]
        if faults:
            raise UnusableShuttles(faults)

    def slot(self, gate: Mouth, at_s: int) -> int:
        """The number of the slot of this gate that the moment lies in, counted from midnight."""
        return at_s // (gate.slot_s or self.slot_s)


@dataclass(frozen=True, slots=True)
class ShuttleTrip:
    """Loading begins `load_s` before `leaves_s`; `loads` are in the order in which they are handed over."""

    id: str
    cart: str
    gate: str
    zones: tuple[str, ...]
    loads: tuple[str, ...]
    leaves_s: int
    arrives_s: int
    back_s: int
    weight_g: int
    pieces: int
    reason_en: str
    reason_zh: str


@dataclass(frozen=True, slots=True)
class LeftOutside:
    """A load that no cart brings, and why."""

    load: str
    code: str
    reason_en: str
    reason_zh: str


@dataclass(frozen=True, slots=True)
class ShuttlePlan:
    """Every load is on exactly one trip or in `left`. ends_s: when the last cart is back; 0: none leaves."""

    trips: tuple[ShuttleTrip, ...]
    left: tuple[LeftOutside, ...]
    ends_s: int


@dataclass(frozen=True, slots=True)
class _Lot:
    """A whole road zone, or a part of one that no cart can carry whole; cold goods first."""

    zone: str
    gate: str
    loads: tuple[Load, ...]
    is_whole: bool = True

    @property
    def weight_g(self) -> int:
        return sum(load.weight_g for load in self.loads)

    @property
    def pieces(self) -> int:
        return sum(load.pieces for load in self.loads)

    @property
    def ready_s(self) -> int:
        return max(load.ready_s for load in self.loads)

    @property
    def urgency(self) -> tuple[bool, int, int, str]:
        """Cold goods first, then what is ready first, then what is heaviest."""
        return not any(load.cold for load in self.loads), self.ready_s, -self.weight_g, self.zone


@dataclass(slots=True)
class _Day:
    """When each cart is free, and how many carts each gate has taken in each slot."""

    problem: ShuttleProblem
    free_s: dict[str, int] = field(default_factory=dict)
    taken: Counter[tuple[str, int]] = field(default_factory=Counter)

    def __post_init__(self) -> None:
        self.free_s = {cart.id: cart.shift[0] for cart in self.problem.carts}
        self.taken = _promised(self.problem)

    def arrives_s(self, cart: Cart, gate: Mouth, ready_s: int) -> int | None:
        """The earliest arrival with a place in its slot; None: the cart or the gate has no time left."""
        problem = self.problem
        at_s = max(self.free_s[cart.id], ready_s) + problem.load_s + gate.ride_s
        latest_s = cart.shift[1] - gate.ride_s - problem.unload_s
        while at_s <= latest_s:
            opens_s = _open_at(gate, at_s, problem.unload_s)
            if opens_s is None:
                return None
            if opens_s > at_s:
                at_s = opens_s
                continue
            slot = problem.slot(gate, at_s)
            if self.taken[gate.id, slot] < gate.carts_count:
                return at_s
            at_s = (slot + 1) * (gate.slot_s or problem.slot_s)
        return None


def _promised(problem: ShuttleProblem) -> Counter[tuple[str, int]]:
    """How many carts come in each gate's slots before anything is planned."""
    return Counter((gate.id, problem.slot(gate, at_s)) for gate in problem.gates for at_s in gate.taken_s)


def _open_at(gate: Mouth, at_s: int, unload_s: int) -> int | None:
    """The first moment from `at_s` on when a cart may arrive and be unloaded; None: not again."""
    if not gate.opens:
        return at_s
    return next((max(a, at_s) for a, b in gate.opens if max(a, at_s) + unload_s <= b), None)


def plan_shuttles(problem: ShuttleProblem) -> ShuttlePlan:
    """The most urgent zone onto the cart that brings it soonest, filled up with others of its gate; until none is left."""
    day = _Day(problem)
    gates = {gate.id: gate for gate in problem.gates}
    waiting, left = _lots(problem)
    waiting.sort(key=lambda lot: lot.urgency)
    trips: list[ShuttleTrip] = []
    while waiting:
        first = waiting.pop(0)
        gate = gates[first.gate]
        choices = [
            (at_s, cart.capacity_g, cart.capacity_pieces, cart.id, cart)
            for cart in problem.carts
            if _fits(cart, [first]) and (at_s := day.arrives_s(cart, gate, first.ready_s)) is not None
        ]
        if not choices:
            left += [_no_time(problem, gate, load) for load in first.loads]
            continue
        at_s, *_, cart = min(choices)
        aboard = [first]
        for lot in list(waiting):
            is_ready = lot.ready_s <= at_s - gate.ride_s - problem.load_s
            is_allowed = lot.zone == first.zone or not problem.one_zone_per_trip
            if lot.gate == gate.id and is_allowed and is_ready and _fits(cart, [*aboard, lot]):
                aboard.append(lot)
                waiting.remove(lot)
        day.taken[gate.id, problem.slot(gate, at_s)] += 1
        day.free_s[cart.id] = at_s + problem.unload_s + gate.ride_s
        trips.append(_trip(problem, cart, gate, aboard, at_s))
    trips.sort(key=lambda trip: (trip.leaves_s, trip.cart))
    named = tuple(replace(trip, id=f"S{n:03}") for n, trip in enumerate(trips, 1))
    return ShuttlePlan(named, tuple(left), max((trip.back_s for trip in named), default=0))


def _lots(problem: ShuttleProblem) -> tuple[list[_Lot], list[LeftOutside]]:
    """Road zones, those too large for every cart in as many parts as need be, the heaviest loads first."""
    zones: dict[str, list[Load]] = defaultdict(list)
    for load in problem.loads:
        zones[load.zone].append(load)
    lots, left = [], []
    for zone, loads in zones.items():
        loads.sort(key=lambda load: (not load.cold, -load.weight_g, load.id))
        whole = _Lot(zone, loads[0].gate, tuple(loads))
        if any(_fits(cart, [whole]) for cart in problem.carts):
            lots.append(whole)
            continue
        parts: list[list[Load]] = []
        for load in loads:
            if not any(_carries(cart, [load]) for cart in problem.carts):
                left.append(_too_much(problem, load))
                continue
            for part in parts:
                if any(_carries(cart, [*part, load]) for cart in problem.carts):
                    part.append(load)
                    break
            else:
                parts.append([load])
        lots += [_Lot(zone, loads[0].gate, tuple(part), is_whole=False) for part in parts]
    return lots, left


def _carries(cart: Cart, loads: Iterable[Load]) -> bool:
    loads = list(loads)
    weight_g, pieces = sum(load.weight_g for load in loads), sum(load.pieces for load in loads)
    return weight_g <= cart.capacity_g and pieces <= cart.capacity_pieces


def _fits(cart: Cart, lots: list[_Lot]) -> bool:
    return _carries(cart, [load for lot in lots for load in lot.loads])


def _trip(problem: ShuttleProblem, cart: Cart, gate: Mouth, lots: list[_Lot], at_s: int) -> ShuttleTrip:
    loads = sorted((load for lot in lots for load in lot.loads), key=lambda load: not load.cold)
    zones = tuple(dict.fromkeys(lot.zone for lot in lots))
    weight_g, pieces = sum(load.weight_g for load in loads), sum(load.pieces for load in loads)
    parts = [lot.zone for lot in lots if not lot.is_whole]
    if parts:
        reason = (
            f"{parts[0]} is more than any cart carries and goes in parts.",
            f"{parts[0]}超过任何一车的载量，分车运送。",
        )
    elif problem.one_zone_per_trip:
        reason = (
            f"All that stands for {zones[0]}: {weight_g:,} of {cart.capacity_g:,} g, {pieces:,} of "
            f"{cart.capacity_pieces:,} pieces; the first free slot of {gate.id}.",
            f"{zones[0]}现有全部：{weight_g:,}克（上限{cart.capacity_g:,}），{pieces:,}件（上限{cart.capacity_pieces:,}）；"
            f"{gate.id}最早的空档。",
        )
    else:
        reason = (
            f"{len(zones)} whole road zones, {weight_g:,} of {cart.capacity_g:,} g, {pieces:,} of "
            f"{cart.capacity_pieces:,} pieces; nothing else for {gate.id} was ready and fitted.",
            f"整装{len(zones)}个路区，{weight_g:,}克（上限{cart.capacity_g:,}），{pieces:,}件（上限{cart.capacity_pieces:,}）；"
            f"{gate.id}没有其他备妥且装得下的路区。",
        )
    leaves_s, back_s = at_s - gate.ride_s, at_s + problem.unload_s + gate.ride_s
    names = tuple(load.id for load in loads)
    return ShuttleTrip("", cart.id, gate.id, zones, names, leaves_s, at_s, back_s, weight_g, pieces, *reason)


def _too_much(problem: ShuttleProblem, load: Load) -> LeftOutside:
    most_g = max((cart.capacity_g for cart in problem.carts), default=0)
    most = max((cart.capacity_pieces for cart in problem.carts), default=0)
    return LeftOutside(
        load.id,
        "TOO_MUCH_FOR_A_CART",
        f"{load.weight_g:,} g and {load.pieces:,} pieces; a cart carries up to {most_g:,} g and {most:,} pieces. Split it.",
        f"重{load.weight_g:,}克、{load.pieces:,}件；一车最多{most_g:,}克、{most:,}件。请拆开。",
    )


def _no_time(problem: ShuttleProblem, gate: Mouth, load: Load) -> LeftOutside:
    hours = _hours(gate.opens, "", " the next day")
    hours_zh = _hours(gate.opens, "次日", "")
    minutes = (gate.slot_s or problem.slot_s) // 60
    return LeftOutside(
        load.id,
        "NO_SLOT",
        f"Ready at {_told(load.ready_s, '', ' the next day')}; no cart that carries its zone has time for a free slot of {gate.id} "
        f"({gate.carts_count} carts in {minutes} minutes{', open ' + hours if hours else ''}). Add a cart, a slot or hours.",
        f"{_told(load.ready_s, '次日', '')}备妥；能装下该路区的车都赶不上{gate.id}的空档（每{minutes}分钟{gate.carts_count}车"
        f"{'，开放' + hours_zh if hours else ''}）。请增加车辆、空档或开放时间。",
    )


def _told(at_s: int, before: str, after: str) -> str:
    """08:05; of a day after it the clock of that day, with the words for it."""
    return f"{before}{clock(at_s % DAY_S)}{after}" if at_s >= DAY_S else clock(at_s)


def _hours(spans: Iterable[Span], before: str, after: str) -> str:
    return "、".join(
        f"{before}{clock(a % DAY_S)}–{clock(b - a // DAY_S * DAY_S)}{after}" if a >= DAY_S else f"{clock(a)}–{clock(b)}"
        for a, b in spans
    )


def check_shuttles(problem: ShuttleProblem, plan: ShuttlePlan) -> list[str]:
    """Everything that is wrong with the plan, in words, from problem and plan alone; [] if it holds."""
    loads, gates = {load.id: load for load in problem.loads}, {gate.id: gate for gate in problem.gates}
    carts = {cart.id: cart for cart in problem.carts}
    told = Counter([name for trip in plan.trips for name in trip.loads] + [one.load for one in plan.left])
    faults = [f"load {name} is not in the plan" for name in sorted(set(loads) - set(told))]
    faults += [f"load {name} occurs {n} times" for name, n in sorted(told.items()) if n > 1]
    faults += [f"the plan names the unknown load {name}" for name in sorted(set(told) - set(loads))]
    faults += [
        f"{trip.id}: unknown cart {trip.cart} or gate {trip.gate}, or nothing aboard"
        for trip in plan.trips
        if trip.cart not in carts or trip.gate not in gates or not trip.loads
    ]
    if faults:
        return faults
    arrivals = _promised(problem)
    on_trips: dict[str, set[str]] = defaultdict(set)
    for trip in plan.trips:
        aboard, gate, cart = [loads[name] for name in trip.loads], gates[trip.gate], carts[trip.cart]
        weight_g, pieces = sum(load.weight_g for load in aboard), sum(load.pieces for load in aboard)
        if (weight_g, pieces) != (trip.weight_g, trip.pieces):
            faults.append(f"{trip.id}: says {trip.weight_g} g and {trip.pieces} pieces; it is {weight_g} and {pieces}")
        if weight_g > cart.capacity_g or pieces > cart.capacity_pieces:
            faults.append(f"{trip.id}: {weight_g} g and {pieces} pieces; {cart.id} carries less")
        if {load.zone for load in aboard} != set(trip.zones):
            faults.append(f"{trip.id}: names the zones {', '.join(trip.zones)}")
        if problem.one_zone_per_trip and len(set(trip.zones)) > 1:
            faults.append(f"{trip.id}: holds {len(set(trip.zones))} road zones; a trip serves one")
        if any(load.gate != gate.id for load in aboard):
            faults.append(f"{trip.id}: holds a load for another gate than {gate.id}")
        if [load.cold for load in aboard] != sorted((load.cold for load in aboard), reverse=True):
            faults.append(f"{trip.id}: cold goods are not handed over first")
        if any(load.ready_s > trip.leaves_s - problem.load_s for load in aboard):
            faults.append(f"{trip.id}: is loaded before its goods are ready")
        times = trip.arrives_s - trip.leaves_s, trip.back_s - trip.arrives_s
        if times != (gate.ride_s, problem.unload_s + gate.ride_s):
            faults.append(f"{trip.id}: {times[0]} s there and {times[1]} s back; the ride takes {gate.ride_s}")
        if gate.opens and not any(
            a <= trip.arrives_s and trip.arrives_s + problem.unload_s <= b for a, b in gate.opens
        ):
            faults.append(f"{trip.id}: {gate.id} is not open at {trip.arrives_s} s long enough")
        slot_s = gate.slot_s or problem.slot_s
        slot = trip.arrives_s // slot_s
        arrivals[gate.id, slot] += 1
        if arrivals[gate.id, slot] > gate.carts_count:
            faults.append(f"{gate.id}: more than {gate.carts_count} carts in the slot from {slot * slot_s} s")
        for load in aboard:
            on_trips[load.zone].add(trip.id)
    for cart in problem.carts:
        free_s = cart.shift[0]
        for trip in sorted((trip for trip in plan.trips if trip.cart == cart.id), key=lambda trip: trip.leaves_s):
            if trip.leaves_s - problem.load_s < free_s:
                faults.append(f"{cart.id}: {trip.id} is loaded before it is back, or before the shift")
            free_s = trip.back_s
        if free_s > cart.shift[1]:
            faults.append(f"{cart.id}: is back at {free_s} s; the shift ends at {cart.shift[1]}")
    for zone, trips in on_trips.items():
        own = [load for load in problem.loads if load.zone == zone]
        weight_g, pieces = sum(load.weight_g for load in own), sum(load.pieces for load in own)
        could = any(weight_g <= cart.capacity_g and pieces <= cart.capacity_pieces for cart in problem.carts)
        if could and (len(trips) > 1 or any(told_.load in {load.id for load in own} for told_ in plan.left)):
            faults.append(f"road zone {zone} is split, and a cart could carry it whole")
    ends_s = max((trip.back_s for trip in plan.trips), default=0)
    if ends_s != plan.ends_s:
        faults.append(f"the plan ends at {plan.ends_s} s; the last cart is back at {ends_s}")
    return faults


def _faults(problem: ShuttleProblem) -> Iterator[Fault]:
    kinds = (
        ("gates", [gate.id for gate in problem.gates]),
        ("carts", [cart.id for cart in problem.carts]),
        ("loads", [load.id for load in problem.loads]),
    )
    for kind, ids in kinds:
        for name, count in Counter(ids).items():
            if count > 1:
                yield Fault(f"{kind}[{name}].id", name, "an id that occurs once", f"It occurs {count} times: rename.")
    for where, found, least in (
        ("slot_s", problem.slot_s, 60), ("load_s", problem.load_s, 0), ("unload_s", problem.unload_s, 0),
    ):  # fmt: skip
        if not least <= found <= DAY_S:
            yield Fault(where, found, f"{least} to {DAY_S} seconds", "A quarter of an hour is 900.")
    for gate in problem.gates:
        if not 0 <= gate.ride_s <= DAY_S:
            yield Fault(f"gates[{gate.id}].ride_s", gate.ride_s, f"0 to {DAY_S} seconds", "Correct it.")
        if gate.carts_count < 1:
            yield Fault(f"gates[{gate.id}].carts_count", gate.carts_count, "at least 1", "A shut gate has no loads.")
        if gate.slot_s is not None and not 60 <= gate.slot_s <= DAY_S:
            yield Fault(
                f"gates[{gate.id}].slot_s", gate.slot_s, f"60 to {DAY_S} seconds", "A quarter of an hour is 900."
            )
        yield from _spans(f"gates[{gate.id}].opens", gate.opens)
    for cart in problem.carts:
        yield from _spans(f"carts[{cart.id}].shift", (cart.shift,))
        if cart.capacity_g < 1 or cart.capacity_pieces < 1:
            yield Fault(f"carts[{cart.id}].capacity_g", cart.capacity_g, "at least 1 g and 1 piece", "Correct it.")
    known = {gate.id for gate in problem.gates}
    gate_of: dict[str, str] = {}
    for load in problem.loads:
        where = f"loads[{load.id}]"
        if load.gate not in known:
            yield Fault(f"{where}.gate", load.gate, "the id of a gate", "Correct the id or add the gate.")
        if gate_of.setdefault(load.zone, load.gate) != load.gate:
            yield Fault(f"{where}.gate", load.gate, f"{gate_of[load.zone]}, as its road zone", "A zone has one gate.")
        if load.weight_g < 0 or load.pieces < 0 or not 0 <= load.ready_s <= 7 * DAY_S:
            yield Fault(where, [load.weight_g, load.pieces, load.ready_s], "no negative number", "Correct it.")


def _spans(where: str, spans: tuple[Span, ...]) -> Iterator[Fault]:
    before = -1
    for a, b in spans:
        if not before < a < b <= 7 * DAY_S:
            yield Fault(where, [a, b], "a beginning before its end, spans in order", "Write [from, until).")
        before = b
