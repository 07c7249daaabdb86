"""
Which trucks leave one origin in which slot, when loads may wait for one another and lateness has a price.

Loads due at the same place compete only for room, so who rides where need not be decided with the trucks. Let C(s, t)
be the room of all trucks leaving in slots s to t, and A(s, t) the sizes of all batches ready in slot s or later and due
in slot t or earlier. A batch may use any slot from its ready slot on, so slots usable form nested suffixes, and by
max-flow min-cut what is overdue and still waiting after slot t is exactly

    B(t) = max(0, max over s of A(s, t) - C(s, t)),

reached for every t at once by loading the earliest due batch first. The model therefore has one integer per (slot,
kind) and one number per slot instead of one per (batch, slot):

    minimise    Σ cost[kind]·trucks[slot, kind] + Σ late_price[slot]·B[slot]
    subject to  C(s, t) + B(t) >= A(s, t)   for all s, t      (B of the last slot is 0: everything leaves)

Exact, and small enough that HiGHS proves the optimum of 28 slots × 3 kinds in hundredths of a second.
Source: the cut condition is Hoffman's circulation theorem (1960) on an interval network; the lot-sizing view is Pochet &
Wolsey, Production Planning by Mixed Integer Programming, 2006, chapter 10 (backlogging).
"""

from __future__ import annotations

from dataclasses import dataclass

from baogong.engine.freight.program import INFINITE, Program
from baogong.engine.freight.rule import FreightRule, Stopped
from baogong.kernel.errors import UnusableInput


@dataclass(frozen=True, slots=True)
class Batch:
    """
    One load at the origin, divisible into units.

    size        whole units (kg, litres, …), >= 0
    ready_slot  first slot it may leave in
    due_slot    last slot in which it leaves without being late; may lie before `ready_slot` or beyond the last slot
    """

    id: str
    size: int
    ready_slot: int
    due_slot: int


@dataclass(frozen=True, slots=True)
class TruckKind:
    """capacity in the batches' units, > 0; cost of one trip; `count` trucks in all, None for as many as wanted."""

    id: str
    capacity: int
    cost: float
    count: int | None = None


@dataclass(frozen=True, slots=True)
class Departure:
    """One truck: its kind, its slot, and the units of each batch aboard."""

    slot: int
    kind: str
    carries: tuple[tuple[str, int], ...]


@dataclass(frozen=True, slots=True)
class Consolidation:
    """cost = trucks_cost + late_cost; `bound` is proven: no plan costs less."""

    departures: tuple[Departure, ...]
    trucks_cost: float
    late_cost: float
    bound: float
    stopped_because: Stopped

    @property
    def cost(self) -> float:
        return self.trucks_cost + self.late_cost

    @property
    def gap(self) -> float:
        return max(0.0, self.cost - self.bound) / max(1.0, self.cost)


def consolidate(
    batches: tuple[Batch, ...], kinds: tuple[TruckKind, ...], *, late_prices: tuple[float, ...], rule: FreightRule
) -> Consolidation | None:
    """
    The cheapest departures of one origin.

    late_prices  one per slot: what a unit costs that is due and still waits when the slot ends, >= 0; their number is
                 the number of slots
    Returns None where the trucks cannot take everything within the slots. Raises UnusableInput.
    """
    _refuse_unusable(batches, kinds, late_prices)
    slots = range(len(late_prices))
    program = Program(rule)
    total = sum(batch.size for batch in batches)
    unit = float(min(kind.capacity for kind in kinds)) / 10  # HiGHS is quicker with numbers of two digits than of five
    trucks = {
        (slot, kind.id): program.column(kind.cost, float(-(-total // kind.capacity)), whole=True)
        for slot in slots
        for kind in kinds
    }
    waiting = {slot: program.column(late_prices[slot] * unit) for slot in slots[:-1]}
    for first in sorted({batch.ready_slot for batch in batches}):
        for last in slots:
            is_end = last == slots[-1]
            demand = sum(b.size for b in batches if b.ready_slot >= first and (is_end or b.due_slot <= last))
            if demand == 0:
                continue
            room = [(trucks[slot, kind.id], kind.capacity / unit) for slot in range(first, last + 1) for kind in kinds]
            program.row(demand / unit, INFINITE, room if is_end else [*room, (waiting[last], 1.0)])
    for kind in kinds:
        if kind.count is not None:
            program.row(0.0, float(kind.count), [(trucks[slot, kind.id], 1.0) for slot in slots])
    answer = program.minimise()
    if answer is None:
        return None
    leaving = [
        (slot, kind) for slot in slots for kind in kinds for _ in range(round(answer.values[trucks[slot, kind.id]]))
    ]
    departures = load_earliest_due_first(batches, leaving)
    cost_of = {kind.id: kind.cost for kind in kinds}
    return Consolidation(
        departures=departures,
        trucks_cost=sum(cost_of[departure.kind] for departure in departures),
        late_cost=late_cost(batches, departures, late_prices),
        bound=answer.bound,
        stopped_because=answer.stopped,
    )


def load_earliest_due_first(batches: tuple[Batch, ...], leaving: list[tuple[int, TruckKind]]) -> tuple[Departure, ...]:
    """Fill the trucks in slot order with what is ready, earliest due first. A truck left empty is not listed."""
    left = {batch.id: batch.size for batch in batches}
    in_turn = sorted(batches, key=lambda batch: (batch.due_slot, batch.id))
    departures = []
    for slot, kind in leaving:
        room, aboard = kind.capacity, []
        for batch in in_turn:
            units = min(room, left[batch.id]) if batch.ready_slot <= slot else 0
            if units:
                aboard.append((batch.id, units))
                left[batch.id] -= units
                room -= units
        if aboard:
            departures.append(Departure(slot, kind.id, tuple(aboard)))
    assert not any(left.values())
    return tuple(departures)


def late_cost(batches: tuple[Batch, ...], departures: tuple[Departure, ...], late_prices: tuple[float, ...]) -> float:
    """Σ over units of the prices of the slots from the due slot up to, not including, the slot it leaves in."""
    due = {batch.id: batch.due_slot for batch in batches}
    return sum(
        units * sum(late_prices[max(0, due[name]) : departure.slot])
        for departure in departures
        for name, units in departure.carries
    )


def _refuse_unusable(batches: tuple[Batch, ...], kinds: tuple[TruckKind, ...], late_prices: tuple[float, ...]) -> None:
    slots_count = len(late_prices)
    faults = [f"batch {b.id} has size {b.size}" for b in batches if b.size < 0]
    faults += [
        f"batch {b.id} is ready in slot {b.ready_slot}, outside 0..{slots_count - 1}"
        for b in batches
        if not 0 <= b.ready_slot < slots_count
    ]
    faults += [f"truck kind {k.id} has capacity {k.capacity}" for k in kinds if k.capacity <= 0]
    faults += [f"slot {slot} has late price {price}" for slot, price in enumerate(late_prices) if price < 0]
    if len({b.id for b in batches}) < len(batches) or len({k.id for k in kinds}) < len(kinds):
        faults.append("an id occurs twice")
    if faults:
        raise UnusableInput(
            "The consolidation cannot be planned: " + "; ".join(faults) + ".",
            where="batches, kinds, late_prices",
            found="; ".join(faults),
            expected="sizes >= 0, ready slots within the slots, capacities > 0, prices >= 0, ids once",
            cure="Correct these lines.",
        )
