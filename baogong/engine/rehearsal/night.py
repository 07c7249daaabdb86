"""
A night as it is planned: who drives, rides and walks where, when, with what, through which docks and gates; and what was
promised. Times are whole seconds since any zero that all of a night share.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from enum import StrEnum

from baogong.engine.faults import Fault, FaultyProblem

Span = tuple[int, int]  # [from_s, until_s)
Carry = tuple[str, int]  # load, pieces
PIECES_MAX = 10**9


class UnusableNight(FaultyProblem):
    code, so = "rehearsal.unusable-night", "nothing was rehearsed"


class Kind(StrEnum):
    TRUCK = "TRUCK"
    CART = "CART"
    COURIER = "COURIER"


@dataclass(frozen=True, slots=True)
class Place:
    """
    Where goods change hands.

    docks_count  movers served at the same moment; None: as many as come
    opens        a service begins so that it ends inside one of them; empty: always
    more         when there is one dock more; what is served at it ends inside one of these
    """

    id: str
    name: str
    docks_count: int | None = None
    opens: tuple[Span, ...] = ()
    more: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Gate:
    """
    A way through a wall or a seal.

    opens       when one may pass; empty: always
    slot_count  carts that may arrive in a slot of `slot_s`; None: any number. Who walks and what drives on passes any time
    detour_s    how much longer the way by another gate is; None: there is no other
    more        slots that lie inside one of these let one more in
    """

    id: str
    name: str
    opens: tuple[Span, ...] = ()
    slot_s: int = 900
    slot_count: int | None = None
    detour_s: int | None = None
    more: tuple[Span, ...] = ()

    def slot_count_of(self, slot: int) -> int | None:
        """Carts that may arrive in this slot, counted from the night's zero."""
        if self.slot_count is None:
            return None
        from_s = slot * self.slot_s
        return self.slot_count + any(a <= from_s and from_s + self.slot_s <= b for a, b in self.more)


@dataclass(frozen=True, slots=True)
class Load:
    """
    Pieces that lie at a place from `ready_s` on and travel together or in parts; parts of one may lie at several.

    is_scanned  each piece was scanned where it lies: no count of it is found wrong
    """

    id: str
    place: str
    pieces: int
    ready_s: int = 0
    is_scanned: bool = False


@dataclass(frozen=True, slots=True)
class Stop:
    """
    One service of a run.

    travel_s     on the way here from the stop before; of the first: 0, it stands here
    appointed_s  people here were told this moment: no service begins earlier
    leaves_s     nor does anybody leave here earlier
    gate         passed just before
    promise      what is kept once this service has ended
    planned_s    when the plan says that the service ends
    """

    place: str
    travel_s: int
    service_s: int
    appointed_s: int
    planned_s: int
    leaves_s: int = 0
    gate: str | None = None
    loads: tuple[Carry, ...] = ()
    unloads: tuple[Carry, ...] = ()
    promise: str | None = None


@dataclass(frozen=True, slots=True)
class Run:
    """
    A truck's leg, a cart's trip or a courier's round: from its first service until its mover is free again.

    back_s  on the way home after the last stop
    """

    id: str
    name: str
    mover: str
    stops: tuple[Stop, ...]
    back_s: int = 0

    @property
    def begins_s(self) -> int:
        return self.stops[0].appointed_s

    @property
    def planned_s(self) -> int:
        return self.stops[-1].planned_s + self.back_s

    @property
    def length_s(self) -> int:
        return self.planned_s - self.begins_s


@dataclass(frozen=True, slots=True)
class Mover:
    """
    team     those of one team may take over each other's runs; "": nobody may
    until_s  no run is begun that would, as planned, end later; None: as long as it takes
    shifts   nor one that would not, as planned, lie inside one of these; empty: any
    """

    id: str
    name: str
    kind: Kind
    team: str = ""
    until_s: int | None = None
    shifts: tuple[Span, ...] = ()


@dataclass(frozen=True, slots=True)
class Call:
    """A household is called down to a shelf at `at_s`, for what these stops (run, number) bring there."""

    household: str
    at_s: int
    stops: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Shelf:
    """No more than `cap_count` households are called in one window of `window_s`, counted from the night's zero."""

    id: str
    name: str
    cap_count: int
    window_s: int
    opens: Span
    calls: tuple[Call, ...]
    promise: str


@dataclass(frozen=True, slots=True)
class Opening:
    """
    The opening minute of a release: `requests` come within `rush_s`, `answers_per_s` are answered.

    Whoever asks is answered in turn; the last answer's moment is what the promise is about.
    """

    id: str
    name: str
    at_s: int
    requests: int
    rush_s: int
    answers_per_s: int
    promise: str


@dataclass(frozen=True, slots=True)
class Promise:
    """
    planned_s  when the plan keeps it; due_s: later is a broken promise
    about      what kind of promise: ARRIVAL, TRIP, ROUND, SHELF or OPENING; `where` it is kept
    """

    id: str
    about: str
    where: str
    planned_s: int
    due_s: int

    @property
    def is_planned_late(self) -> bool:
        """The plan itself breaks it, in every night: that a lucky one may make up for it is no plan."""
        return self.planned_s > self.due_s


@dataclass(frozen=True, slots=True)
class Night:
    """
    Everything a rehearsal may depend on but chance. Raises UnusableNight with all faults at once.

    spare  when one truck with a driver waits for whichever truck fails: one at a time
    """

    places: tuple[Place, ...] = ()
    gates: tuple[Gate, ...] = ()
    loads: tuple[Load, ...] = ()
    movers: tuple[Mover, ...] = ()
    runs: tuple[Run, ...] = ()
    shelves: tuple[Shelf, ...] = ()
    openings: tuple[Opening, ...] = ()
    promises: tuple[Promise, ...] = field(default=())
    spare: tuple[Span, ...] = ()

    def __post_init__(self) -> None:
        faults = [*_faults(self)]
        if faults:
            raise UnusableNight(faults)

    @property
    def begins_s(self) -> int:
        """The first moment of anything planned; 0 of an empty night."""
        starts = [run.begins_s for run in self.runs] + [one.at_s for one in self.openings]
        starts += [call.at_s for shelf in self.shelves for call in shelf.calls]
        return min(starts, default=0)

    @property
    def planned_s(self) -> int:
        """When the last thing planned is done."""
        ends = [run.planned_s for run in self.runs] + [one.planned_s for one in self.promises]
        return max(ends, default=0)


def _faults(night: Night) -> Iterator[Fault]:
    kinds: tuple[tuple[str, list[str]], ...] = (
        ("places", [one.id for one in night.places]),
        ("gates", [one.id for one in night.gates]),
        ("loads", [f"{one.id} at {one.place}" for one in night.loads]),
        ("movers", [one.id for one in night.movers]),
        ("runs", [one.id for one in night.runs]),
        ("shelves", [one.id for one in night.shelves]),
        ("promises", [one.id for one in night.promises]),
    )
    for kind, ids in kinds:
        for name, count in Counter(ids).items():
            if count > 1:
                yield Fault(f"{kind}[{name}].id", name, "an id that occurs once", f"It occurs {count} times: rename.")
    known = {kind: set(ids) for kind, ids in kinds} | {"loads": {one.id for one in night.loads}}
    stops_of = {run.id: len(run.stops) for run in night.runs}
    yield from _spans("spare", night.spare)
    for mover in night.movers:
        yield from _spans(f"movers[{mover.id}].shifts", mover.shifts)
    for place in night.places:
        if place.docks_count is not None and place.docks_count < 1:
            yield Fault(f"places[{place.id}].docks_count", place.docks_count, "at least 1", "Leave it out or count.")
        yield from _spans(f"places[{place.id}].opens", place.opens)
        yield from _spans(f"places[{place.id}].more", place.more)
    for gate in night.gates:
        yield from _spans(f"gates[{gate.id}].opens", gate.opens)
        yield from _spans(f"gates[{gate.id}].more", gate.more)
        if gate.slot_s < 1 or (gate.slot_count is not None and gate.slot_count < 1) or (gate.detour_s or 0) < 0:
            yield Fault(f"gates[{gate.id}]", [gate.slot_s, gate.slot_count], "1 or more", "Correct the slots.")
    for load in night.loads:
        yield from _named(f"loads[{load.id}].place", load.place, known["places"])
        if not 0 <= load.pieces <= PIECES_MAX:
            yield Fault(f"loads[{load.id}].pieces", load.pieces, "0 or more", "Correct the number.")
    for run in night.runs:
        where = f"runs[{run.id}]"
        yield from _named(f"{where}.mover", run.mover, known["movers"])
        if not run.stops:
            yield Fault(f"{where}.stops", [], "at least one stop", "Leave the run out.")
        for number, stop in enumerate(run.stops):
            yield from _named(f"{where}.stops[{number}].place", stop.place, known["places"])
            if stop.gate is not None:
                yield from _named(f"{where}.stops[{number}].gate", stop.gate, known["gates"])
            if stop.promise is not None:
                yield from _named(f"{where}.stops[{number}].promise", stop.promise, known["promises"])
            if min(stop.travel_s, stop.service_s, run.back_s) < 0:
                yield Fault(f"{where}.stops[{number}]", [stop.travel_s, stop.service_s], "0 or more", "Correct it.")
            for name, pieces in (*stop.loads, *stop.unloads):
                yield from _named(f"{where}.stops[{number}].loads", name, known["loads"])
                if pieces < 1:
                    yield Fault(f"{where}.stops[{number}].loads", pieces, "1 or more", "Correct the number.")
    for shelf in night.shelves:
        where = f"shelves[{shelf.id}]"
        yield from _named(f"{where}.promise", shelf.promise, known["promises"])
        yield from _spans(f"{where}.opens", (shelf.opens,))
        if shelf.cap_count < 1 or shelf.window_s < 1:
            yield Fault(where, [shelf.cap_count, shelf.window_s], "1 or more", "Correct cap and window.")
        for call in shelf.calls:
            for run_id, number in call.stops:
                if not 0 <= number < stops_of.get(run_id, 0):
                    yield Fault(f"{where}.calls[{call.household}]", [run_id, number], "a stop of a run", "Correct it.")
    for one in night.openings:
        yield from _named(f"openings[{one.id}].promise", one.promise, known["promises"])
        if min(one.requests, one.rush_s) < 0 or one.answers_per_s < 1:
            yield Fault(f"openings[{one.id}]", [one.requests, one.answers_per_s], "1 or more", "Correct the numbers.")


def _named(where: str, found: str, known: set[str]) -> Iterator[Fault]:
    if found not in known:
        yield Fault(where, found, "the id of a part of this night", "Correct the id or add the part.")


def _spans(where: str, spans: tuple[Span, ...]) -> Iterator[Fault]:
    before: int | None = None
    for opens, closes in spans:
        if opens >= closes or (before is not None and opens < before):
            yield Fault(where, [opens, closes], "a beginning before its end, spans in order", "Write [from, until).")
        before = closes
