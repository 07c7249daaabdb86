"""
The night that a rehearsal plays: convoys, carts' trips, rounds, calls to shelves and openings, as they stand in the book.

Ids of the book name everything; a courier's or cart's name is looked up when the report is read. What was over before the
night begins counts as done: what it brought lies where it brought it.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime, time, timedelta
from typing import Any
from uuid import UUID

from baogong.delivery.queries.planned import (
    PlannedCall,
    PlannedRound,
    PlannedTrip,
    planned_calls,
    planned_rounds,
    planned_trips,
)
from baogong.engine.freight.plan import Leg
from baogong.engine.freight.plan import Stop as LegStop
from baogong.engine.geo import road_estimate_m
from baogong.engine.rehearsal import (
    Call,
    Gate,
    Kind,
    Load,
    Mover,
    Night,
    Opening,
    Place,
    Promise,
    Run,
    Shelf,
    Stop,
)
from baogong.engine.rounds.shuttles import ShuttleProblem
from baogong.freight.queries.planned import PlannedConvoy, planned_convoys
from baogong.journal.clock import house_midnight
from baogong.kernel.windows import Window
from baogong.places import queries as places
from baogong.places.queries import GateView
from baogong.planning import queries as plans
from baogong.release import queries as release

DAY_S = 86_400
# Where nobody named a time, a promise is the plan's own, and so much later is still in time (this house's assumption).
GRACE_TRUCK_S = 3600
GRACE_S = 900
WALK_M_S = 1.25  # 75 m a minute, as the rounds are planned
# An opening minute: so many ask for each unit (story 8: 30,000 for 5,000), all within a minute, and so many are answered
# in a second (this house's assumption, below what was measured on a slow disk).
REQUESTS_PER_UNIT, RUSH_S, ANSWERS_PER_S, ANSWERED_WITHIN_S = 6, 60, 2_000, 120
_CARTS = ShuttleProblem(gates=(), carts=(), loads=())
CART_LOAD_S, CART_UNLOAD_S = _CARTS.load_s, _CARTS.unload_s
SEAL = "seal"


@dataclass(frozen=True, slots=True)
class Taken:
    """zero_at: the house's midnight before anything of the night."""

    zero_at: datetime
    night: Night


def night_of(window: Window) -> Taken | None:
    """What is planned within the window, and whatever is still under way when it begins; None where nothing is."""
    convoys, trips, rounds = planned_convoys(), planned_trips(window), planned_rounds(window)
    calls, openings = planned_calls(window), release.tranches_opening(window)
    moments = [call.from_at for call in calls] + [tranche.opens_at for _, tranche in openings]
    moments += [trip.leaves_at for trip in trips] + [each.leaves_at for each in rounds]
    moments += [
        moment
        for convoy in convoys
        for leg in convoy.legs
        if _is_within(convoy.problem.moment(leg.depart_s), convoy.problem.moment(leg.stops[-1].end_s), window)
        for moment in (convoy.problem.moment(stop.start_s) for stop in leg.stops[:1])
    ]
    if not moments:
        return None
    zero_at = house_midnight(min(moments)) - timedelta(days=1)
    maker = _Maker(zero_at, window)
    for convoy in convoys:
        maker.convoy(convoy)
    maker.last_mile(trips, rounds, calls)
    for code, tranche in openings:
        maker.opening(code, tranche)
    return Taken(zero_at, maker.night())


def _is_within(begins_at: datetime, ends_at: datetime, window: Window) -> bool:
    return (window.start_at is None or ends_at > window.start_at) and (
        window.end_at is None or begins_at < window.end_at
    )


class _Maker:
    def __init__(self, zero_at: datetime, window: Window) -> None:
        self._zero_at, self._window = zero_at, window
        self._places: dict[str, Place] = {}
        self._gates: dict[str, Gate] = {}
        self._gate_names: dict[UUID, str] = {}
        self._loads: Counter[tuple[str, str]] = Counter()
        self._ready: dict[tuple[str, str], int] = {}
        self._movers: dict[str, Mover] = {}
        self._runs: list[Run] = []
        self._shelves: list[Shelf] = []
        self._openings: list[Opening] = []
        self._planned: dict[str, tuple[str, str, int, int]] = {}  # promise → about, where, planned_s, due_s

    def _s(self, moment: datetime) -> int:
        return int((moment - self._zero_at).total_seconds())

    def night(self) -> Night:
        return Night(
            places=tuple(self._places.values()),
            gates=tuple(self._gates.values()),
            loads=tuple(
                Load(load, place, pieces, self._ready.get((load, place), 0), (load, place) not in self._ready)
                for (load, place), pieces in self._loads.items()
                if pieces
            ),
            movers=tuple(self._movers.values()),
            runs=tuple(self._runs),
            shelves=tuple(self._shelves),
            openings=tuple(self._openings),
            promises=tuple(Promise(name, *facts) for name, facts in self._planned.items()),
        )

    def _promise(self, name: str, about: str, where: str, planned_s: int, due_s: int) -> str:
        """Several parts of one promise: planned for the last, due by the last."""
        known = self._planned.get(name)
        if known is not None:
            planned_s, due_s = max(planned_s, known[2]), max(due_s, known[3])
        self._planned[name] = (about, where, planned_s, due_s)
        return name

    # Freight.

    def convoy(self, convoy: PlannedConvoy) -> None:
        """Legs that are not over; docks hold by appointment, a lane across the seal passes its gate."""
        problem, mark = convoy.problem, str(convoy.plan)[-6:]
        shift_s = self._s(problem.zero_at)
        sites = {site.id: site for site in problem.sites}
        loads = {load.id: load for load in problem.loads}
        there: Counter[tuple[str, str]] = Counter({(load.id, load.origin): load.cartons for load in problem.loads})
        ready_s = {(load.id, load.origin): load.ready_s for load in problem.loads}
        to_come: list[Leg] = []
        for leg in sorted(convoy.legs, key=lambda one: (one.stops[-1].end_s, one.id)):
            if _is_within(problem.moment(leg.stops[0].start_s), problem.moment(leg.stops[-1].end_s), self._window):
                to_come.append(leg)
            elif self._window.start_at is not None and problem.moment(leg.stops[-1].end_s) <= self._window.start_at:
                for stop in leg.stops:
                    there.subtract({(load, stop.site): cartons for load, cartons in stop.loaded})
                    there.update({(load, stop.site): cartons for load, cartons in stop.unloaded})
        taken = Counter({(load, stop.site) for leg in to_come for stop in leg.stops for load, _ in stop.loaded})
        for (load, at), cartons in there.items():
            if cartons > 0 and taken[load, at]:
                key = f"{mark} {load}", str(convoy.sites[at])
                self._loads[key] += cartons
                self._ready[key] = max(0, shift_s + ready_s.get((load, at), 0))
        for leg in to_come:
            for stop in leg.stops:
                site = sites[stop.site]
                self._places[str(convoy.sites[stop.site])] = Place(
                    str(convoy.sites[stop.site]),
                    stop.site,
                    site.docks_count,
                    tuple((shift_s + begins, shift_s + ends) for begins, ends in site.windows),
                )
            mover = f"{mark} {leg.vehicle}"
            self._movers[mover] = Mover(mover, leg.vehicle, Kind.TRUCK)
            due = {load.id: load.due_s for load in problem.loads}
            stops = []
            for number, stop in enumerate(leg.stops):
                promise = None
                ends = [load for load, _ in stop.unloaded if loads[load].receiver == stop.site]
                if ends:
                    dues = [due_s for load in ends if (due_s := due[load]) is not None]
                    end_s = shift_s + stop.end_s
                    service_s = stop.end_s - stop.start_s
                    due_s = shift_s + min(dues) + service_s if dues else end_s + GRACE_TRUCK_S
                    name = f"arrival {mark} {convoy.sites[stop.site]} {min(dues) if dues else ''}".rstrip()
                    promise = self._promise(name, "ARRIVAL", stop.site, end_s, due_s)
                crosses = number > 0 and sites[leg.stops[number - 1].site].inside_seal != sites[stop.site].inside_seal
                if crosses:
                    inside = stop.site if sites[stop.site].inside_seal else leg.stops[number - 1].site
                    self._gates.setdefault(SEAL, Gate(SEAL, self._area_of(convoy.sites[inside])))
                stops.append(self._leg_stop(convoy, leg, number, stop, shift_s, mark, promise, crosses=crosses))
            self._runs.append(Run(f"{mark} {leg.id}", f"{leg.origin} → {leg.destination}", mover, tuple(stops)))

    @staticmethod
    def _area_of(site: UUID) -> str:
        """What the seal is called that goods for this site pass."""
        return next((row.area_name for row in places.sites(ids=[site])), "")

    @staticmethod
    def _leg_stop(
        convoy: PlannedConvoy,
        leg: Leg,
        number: int,
        stop: LegStop,
        shift_s: int,
        mark: str,
        promise: str | None,
        *,
        crosses: bool,
    ) -> Stop:
        handles = bool(stop.loaded or stop.unloaded)
        is_first = number == 0
        return Stop(
            place=str(convoy.sites[stop.site]),
            travel_s=0 if is_first else stop.arrive_s - leg.stops[number - 1].depart_s,
            service_s=stop.end_s - stop.start_s if handles else 0,
            appointed_s=shift_s + stop.start_s if handles or is_first else 0,
            planned_s=shift_s + stop.end_s,
            leaves_s=shift_s + stop.depart_s if stop is not leg.stops[-1] else 0,
            gate=SEAL if crosses else None,
            loads=tuple((f"{mark} {load}", cartons) for load, cartons in stop.loaded),
            unloads=tuple((f"{mark} {load}", cartons) for load, cartons in stop.unloaded),
            promise=promise,
        )

    # The last 100 metres.

    def last_mile(
        self, trips: Iterable[PlannedTrip], rounds: Iterable[PlannedRound], calls: Iterable[PlannedCall]
    ) -> None:
        trips, rounds, calls = tuple(trips), tuple(rounds), tuple(calls)
        here = {visit.community for each in rounds for visit in each.visits}
        names = {site.id: site.name for site in places.sites()}
        community_names = {row.id: row.name for row in places.communities(ids=here)}
        gates_of = places.gates_of(here)
        by_id = self._gates_named(gates_of, community_names)
        wanted = {trip.gate for trip in trips if trip.gate is not None} - set(by_id)
        if wanted:
            every = {row.id: row.name for row in places.communities()}
            by_id |= self._gates_named(places.gates_of(every), every)
        fed = self._trips(trips, rounds, by_id, names)
        hours = {
            head.id: datetime.fromisoformat(head.params["until_at"])
            for head in plans.plans(ids=[each.plan for each in rounds], limit=10_000)
            if head.params.get("until_at")
        }
        visits_of: defaultdict[UUID, list[tuple[str, int]]] = defaultdict(list)
        for each in rounds:
            self._round(each, fed, hours.get(each.plan), gates_of, names, community_names, visits_of)
        self._calls(calls, visits_of)

    def _gates_named(
        self, gates_of: Mapping[UUID, Iterable[GateView]], names: Mapping[UUID, str]
    ) -> dict[UUID, GateView]:
        """Every compound has an east gate: a gate is called by its community too."""
        found = {}
        for community, gates in gates_of.items():
            for gate in gates:
                found[gate.id] = gate
                self._gate_names[gate.id] = f"{names.get(community, '')} {gate.name}".strip()
        return found

    def _gate(self, gate: GateView, others: Iterable[GateView]) -> str:
        """Its hours on every day there may be; the way round by the nearest other that is not given up."""
        name = str(gate.id)
        if name not in self._gates:
            until = self._window.end_at or self._zero_at + timedelta(days=30)
            days = range(-1, max(2, (until - self._zero_at).days + 2))
            far = [
                road_estimate_m(gate.lat, gate.lon, other.lat, other.lon)
                for other in others
                if other.id != gate.id and other.closed_at is None
                if gate.lat is not None and gate.lon is not None
                if other.lat is not None and other.lon is not None
            ]
            self._gates[name] = Gate(
                name,
                self._gate_names.get(gate.id, gate.name),
                tuple(
                    (day * DAY_S + _of_day(opens), day * DAY_S + _of_day(closes))
                    for day in days
                    for opens, closes in gate.hours
                ),
                gate.slot_minutes * 60,
                gate.carts_per_slot or None,
                round(min(far) / WALK_M_S) if far else None,
            )
        return name

    def _trips(
        self,
        trips: tuple[PlannedTrip, ...],
        rounds: tuple[PlannedRound, ...],
        gates: Mapping[UUID, GateView],
        names: Mapping[UUID, str],
    ) -> dict[tuple[str, UUID], Counter[str]]:
        """Runs of carts; (round, station) → which loads, and how many pieces of each, carts bring there for it."""
        next_round: dict[UUID, PlannedRound] = {}
        for each in reversed(rounds):
            for visit in each.visits:
                for parcel in visit.parcels:
                    next_round[parcel] = each
        fed: defaultdict[tuple[str, UUID], Counter[str]] = defaultdict(Counter)
        free_s: dict[UUID, int] = {}
        for trip in trips:
            leaves_s, arrives_s = self._s(trip.leaves_at), self._s(trip.arrives_at)
            origin, target = str(trip.origin), str(trip.target)
            self._places.setdefault(origin, Place(origin, names.get(trip.origin, "")))
            self._places.setdefault(target, Place(target, names.get(trip.target, "")))
            loads: Counter[str] = Counter()
            for parcel in trip.parcels:
                later = next_round.get(parcel)
                is_next = later is not None and later.station == trip.target and later.leaves_at >= trip.arrives_at
                load = f"{trip.id} {later.id if later is not None and is_next else ''}".rstrip()
                loads[load] += 1
                if later is not None and is_next:
                    fed[str(later.id), later.station][load] += 1
            for load, pieces in loads.items():
                self._loads[load, origin] += pieces
            # Where the trips of a cart were entered by hand, closer together than loading takes, that is what was planned.
            load_s = max(0, min(CART_LOAD_S, leaves_s - free_s.get(trip.cart, leaves_s - CART_LOAD_S)))
            free_s[trip.cart] = arrives_s + CART_UNLOAD_S + arrives_s - leaves_s
            mover = str(trip.cart)
            self._movers[mover] = Mover(mover, "", Kind.CART, f"carts {origin}")
            gate = gates.get(trip.gate) if trip.gate is not None else None
            slot_s = gate.slot_minutes * 60 if gate is not None and trip.slot_at is not None else 0
            end_s = arrives_s + CART_UNLOAD_S
            due_s = end_s + max(GRACE_S, slot_s)
            promise = self._promise(
                f"trip {trip.id}", "TRIP", f"{names.get(trip.target, '')} {trip.name}", end_s, due_s
            )
            self._runs.append(
                Run(
                    str(trip.id),
                    trip.name,
                    mover,
                    (
                        Stop(origin, 0, load_s, leaves_s - load_s, leaves_s, leaves_s, loads=tuple(loads.items())),
                        Stop(
                            target,
                            arrives_s - leaves_s,
                            CART_UNLOAD_S,
                            arrives_s,
                            end_s,
                            gate=self._gate(gate, ()) if gate is not None else None,
                            unloads=tuple(loads.items()),
                            promise=promise,
                        ),
                    ),
                    back_s=arrives_s - leaves_s,
                )
            )
        return fed

    def _round(
        self,
        each: PlannedRound,
        fed: Mapping[tuple[str, UUID], Counter[str]],
        until_at: datetime | None,
        gates_of: Mapping[UUID, tuple[GateView, ...]],
        names: Mapping[UUID, str],
        community_names: Mapping[UUID, str],
        visits_of: defaultdict[UUID, list[tuple[str, int]]],
    ) -> None:
        if not each.visits:
            return
        station, mover, run = str(each.station), str(each.courier), str(each.id)
        self._places.setdefault(station, Place(station, names.get(each.station, "")))
        until_s = self._s(until_at) if until_at is not None else None
        known = self._movers.get(mover)
        if known is not None and (known.until_s is None or until_s is None):
            until_s = None
        elif known is not None and until_s is not None:
            until_s = max(until_s, known.until_s or 0)
        self._movers[mover] = Mover(mover, "", Kind.COURIER, f"station {station}", until_s)
        waiting = Counter(dict(fed.get((run, each.station), {})))
        own = f"{run} own"
        leaves_s = self._s(each.leaves_at)
        stops, before_s, gate_of = [], leaves_s, None
        taken: Counter[str] = Counter()
        for number, visit in enumerate(each.visits, start=1):
            community = str(visit.community)
            self._places.setdefault(community, Place(community, community_names.get(visit.community, "")))
            arrive_s, start_s, end_s = self._s(visit.arrive_at), self._s(visit.start_at), self._s(visit.end_at)
            unloads = _handed_over(len(visit.parcels), waiting, own)
            taken.update(unloads)
            dues = [self._s(due_at) for due_at in visit.parcels.values() if due_at is not None]
            # What people were told stands, also where the plan comes later: then it is the plan that breaks it.
            if dues:
                due_s = min(dues)
                about = f"round {community} by {due_s}"
            else:
                due_s = max(end_s, self._s(until_at) if until_at else end_s + GRACE_S)
                about = f"round {community} {due_s // GRACE_S}"
            promise = self._promise(about, "ROUND", community_names.get(visit.community, ""), end_s, due_s)
            gate = None
            if visit.community != gate_of and (gates := _standing(gates_of.get(visit.community, ()), visit.start_at)):
                gate = self._gate(gates[0], gates)
            gate_of = visit.community
            for parcel in visit.parcels:
                visits_of[parcel].append((run, number))
            stops.append(
                Stop(
                    community,
                    max(0, arrive_s - before_s),
                    max(0, end_s - start_s),
                    start_s if start_s > arrive_s else 0,
                    end_s,
                    gate=gate,
                    unloads=tuple(unloads.items()),
                    promise=promise,
                )
            )
            before_s = end_s
        if taken[own]:
            self._loads[own, station] += taken[own]
        first = Stop(
            station, 0, each.load_s, leaves_s - each.load_s, leaves_s, leaves_s, loads=tuple(sorted(taken.items()))
        )
        back_s = max(0, self._s(each.back_at) - before_s)
        self._runs.append(Run(run, each.name, mover, (first, *stops), back_s))

    def _calls(self, calls: Iterable[PlannedCall], visits_of: Mapping[UUID, list[tuple[str, int]]]) -> None:
        """By shelf; a household comes once what was planned for it lies there."""
        of_shelf: defaultdict[UUID, list[PlannedCall]] = defaultdict(list)
        for call in calls:
            of_shelf[call.shelf].append(call)
        for shelf, own in sorted(of_shelf.items(), key=lambda one: str(one[0])):
            name, window_s = str(shelf), own[0].window_minutes * 60
            last_s = max(self._s(call.until_at) for call in own)
            promise = self._promise(f"shelf {name}", "SHELF", own[0].shelf_name, last_s, last_s + GRACE_S)
            self._shelves.append(
                Shelf(
                    name, own[0].shelf_name, own[0].people_max, window_s,
                    (min(self._s(call.from_at) for call in own), last_s),
                    tuple(
                        Call(
                            str(call.id), self._s(call.from_at),
                            tuple(visits_of[parcel][0] for parcel in call.parcels if visits_of.get(parcel)),
                        )
                        for call in own
                    ),
                    promise,
                )
            )  # fmt: skip

    def opening(self, code: str, tranche: Any) -> None:
        """Its minute: with as many requests as a first day drew for each unit."""
        at_s, requests = self._s(tranche.opens_at), tranche.units * REQUESTS_PER_UNIT
        answered_s = at_s + max(RUSH_S, -(-requests // ANSWERS_PER_S))
        name = f"{code} {tranche.region}".strip()
        promise = self._promise(
            f"opening {tranche.id}", "OPENING", name, answered_s, max(answered_s, at_s + ANSWERED_WITHIN_S)
        )
        self._openings.append(Opening(str(tranche.id), name, at_s, requests, RUSH_S, ANSWERS_PER_S, promise))


def _of_day(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


def _standing(gates: Iterable[GateView], at: datetime) -> tuple[GateView, ...]:
    return tuple(gate for gate in gates if gate.closed_at is None or gate.closed_at > at)


def _handed_over(count: int, waiting: Counter[str], own: str) -> Counter[str]:
    """So many pieces of what carts bring for this round, in turn; the rest stood at the station already."""
    found: Counter[str] = Counter()
    for load in sorted(waiting):
        took = min(count - found.total(), waiting[load])
        if took:
            found[load] += took
            waiting[load] -= took
    if count > found.total():
        found[own] += count - found.total()
    return found
