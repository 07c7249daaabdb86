"""
One run through a night: every truck, cart and courier is a SimPy process, every place with docks a SimPy resource.

Whoever is late carries a ledger of why: seconds by cause. Waiting for goods takes over the ledger of who brought them, a
late beginning that of the run before, and an appointment that is kept clears it; so what a broken promise names is the
cause that weighs most on its own critical path.
"""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Generator, Iterable
from dataclasses import dataclass, field, replace
from typing import Any

import simpy

from baogong.engine.rehearsal.chances import Chances, Luck, RunLuck
from baogong.engine.rehearsal.night import Gate, Kind, Mover, Night, Opening, Run, Shelf, Span, Stop

DAY_S = 86_400
SPARE_S = 1800  # a truck that waits with its driver is there so soon
Cause = tuple[str, str]  # what (BREAKDOWN, ABSENT, …), and which truck, gate or place
Steps = Generator[simpy.Event, Any, None]
Ledger = Counter[Cause]


@dataclass(frozen=True, slots=True)
class Broken:
    """The promise that was broken first, by the moment it was due; and what weighed most."""

    promise: str
    cause: Cause


@dataclass(slots=True)
class Outcome:
    """
    kept_s     promise → when it was kept, whole; missing: never
    late       promise → the cause, for those not kept in time
    ends_s     run → when its mover was free again; missing: nobody did it
    waited_s   (DOCK, GATE or GOODS, id) → seconds waited there, all together
    pieces     where every piece ended: DELIVERED, SHORT (was not there), LEFT (where it lay)
    services   (place, from, until) of each at a place with docks, and (gate, slot) arrivals, for whoever checks
    """

    kept_s: dict[str, int] = field(default_factory=dict)
    late: dict[str, Cause] = field(default_factory=dict)
    ends_s: dict[str, int] = field(default_factory=dict)
    waited_s: Counter[Cause] = field(default_factory=Counter)
    pieces: Counter[str] = field(default_factory=Counter)
    services: list[tuple[str, int, int]] = field(default_factory=list)
    passed: Counter[tuple[str, int]] = field(default_factory=Counter)
    called: Counter[tuple[str, int]] = field(default_factory=Counter)
    first: Broken | None = None

    @property
    def last_s(self) -> int:
        """The last thing done."""
        return max([*self.ends_s.values(), *self.kept_s.values()], default=0)


def run_once(night: Night, chances: Chances, seed: int, number: int) -> Outcome:
    """Run `number` of the night; the same arguments give the same outcome, to the second."""
    return _Twin(night, Luck(chances, seed, number)).play()


class _Twin:
    def __init__(self, night: Night, luck: Luck) -> None:
        self.night, self.luck, self.chances = night, luck, luck.chances
        self.env = simpy.Environment(initial_time=min(0, night.begins_s))
        self.out = Outcome()
        self.places = {place.id: place for place in night.places}
        self.movers = {mover.id: mover for mover in night.movers}
        self.docks = {
            place.id: simpy.PriorityResource(self.env, place.docks_count)
            for place in night.places
            if place.docks_count is not None
        }
        self.more = {
            place.id: simpy.PriorityResource(self.env, 1) for place in night.places if place.docks_count and place.more
        }
        self.spare = simpy.Resource(self.env, 1)
        self.gates = {gate.id: gate for gate in night.gates}
        until_s = night.planned_s
        self.shut = {gate.id: luck.shut(gate.id, night.begins_s, until_s) for gate in night.gates}
        self.booked = Counter(
            (stop.gate, self._slot(self.gates[stop.gate], stop.appointed_s))
            for run in night.runs
            if self.movers[run.mover].kind == Kind.CART
            for stop in run.stops
            if stop.gate is not None and self.gates[stop.gate].slot_count is not None
        )
        self.stock: Counter[tuple[str, str]] = Counter()  # (load, place) → pieces that lie there
        self.coming: Counter[tuple[str, str]] = Counter()  # pieces that somebody is still to bring
        self.brought: dict[tuple[str, str], Ledger] = {}
        self.news: dict[str, simpy.Event] = {}
        self.waiting: dict[str, dict[str, Run]] = defaultdict(dict)  # mover → runs not begun, in order
        self.owner = {run.id: run.mover for run in night.runs}
        self.idle: dict[str, dict[str, simpy.Event]] = defaultdict(dict)  # team → mover → its call
        self.absent: set[str] = set()
        self.done_s: dict[tuple[str, int], int] = {}
        self.why: dict[tuple[str, int], Ledger] = {}
        self.reasons: defaultdict[str, Ledger] = defaultdict(Counter)  # promise → what kept its last part
        self.missing: set[str] = set()
        self.shorted: dict[str, Cause] = {}  # load → the place that had less of it
        self.feeders: defaultdict[tuple[str, str], list[tuple[str, int]]] = defaultdict(list)  # who brings what where
        self.live: dict[str, Ledger] = {}  # of runs that were begun
        self.late_runs: dict[str, list[Run]] = defaultdict(list)
        self.ledgers: dict[str, Ledger] = {}

    def play(self) -> Outcome:
        self._lay_out()
        for run in sorted(self.night.runs, key=lambda one: (one.begins_s, one.id)):
            self.waiting[run.mover][run.id] = run
        for place in self.more:  # before anybody can ask for it
            self.env.process(self._keep_shut(place))
        for mover in self.night.movers:
            if mover.kind != Kind.TRUCK and self.luck.happens(_absence(self.chances, mover), f"mover:{mover.id}"):
                self.absent.add(mover.id)
            else:
                self.env.process(self._work(mover))
        for run in self.night.runs:
            self.env.process(self._alarm(run))
        self.env.run()
        for shelf in self.night.shelves:
            self._call(shelf)
        for opening in self.night.openings:
            self._open(opening)
        self._judge()
        self._count()
        return self.out

    # Goods.

    def _lay_out(self) -> None:
        share = {place.id: self.luck.there(place.id) for place in self.night.places}
        for load in self.night.loads:
            there = load.pieces if load.is_scanned else int(load.pieces * share[load.place])
            if there < load.pieces:
                self.shorted[load.id] = ("SHORT", load.place)
                self.out.pieces["SHORT"] += load.pieces - there
            key = load.id, load.place
            if load.ready_s <= self.env.now:
                self.stock[key] += there
            else:
                self.coming[key] += load.pieces
                self.env.process(self._ready(key, load.pieces, there, load.ready_s))
        taken: Counter[tuple[str, str]] = Counter()
        for run in self.night.runs:
            for stop in run.stops:
                for name, pieces in stop.loads:
                    taken[name, stop.place] += pieces
        for run in self.night.runs:
            for number, stop in enumerate(run.stops):
                for name, pieces in stop.unloads:
                    if taken[name, stop.place]:  # somebody waits for it there
                        self.coming[name, stop.place] += pieces
                        self.feeders[name, stop.place].append((run.id, number))

    def _ready(self, key: tuple[str, str], planned: int, there: int, at_s: int) -> Steps:
        yield self.env.timeout(at_s - self.env.now)
        self._put(key, planned, there, Counter())

    def _put(self, key: tuple[str, str], planned: int, pieces: int, ledger: Ledger) -> None:
        self.coming[key] -= min(planned, self.coming[key])
        self.stock[key] += pieces
        self.brought[key] = Counter(ledger)
        news = self.news.pop(key[1], None)
        if news is not None:
            news.succeed()

    def _lacks(self, stop: Stop) -> list[tuple[str, str]]:
        """What is to be loaded here, is not here, and is still to come."""
        return [
            (name, stop.place)
            for name, pieces in stop.loads
            if self.stock[name, stop.place] < pieces and self.coming[name, stop.place] > 0
        ]

    # Movers.

    def _work(self, mover: Mover) -> Steps:
        if mover.kind == Kind.TRUCK and self.luck.happens(self.chances.absent_truck, f"mover:{mover.id}"):
            own = self.waiting[mover.id]
            begins_s = min((run.begins_s for run in own.values()), default=self.env.now)
            self.absent.add(mover.id)
            yield self.env.timeout(max(0, begins_s - self.env.now))
            yield from self._stand_in(mover, next(iter(own.values()), None), int(self.env.now))
        for from_s, _ in mover.shifts:
            self.env.process(self._wake(mover, from_s))
        while True:
            run = self._choose(mover)
            if run is None:
                call = self.env.event()
                self.idle[mover.team or mover.id][mover.id] = call
                run = yield call
            if run is None:  # a shift begins: perhaps something is late
                continue
            del self.waiting[self.owner[run.id]][run.id]
            yield from self._do(mover, run)

    def _stand_in(self, mover: Mover, first: Run | None, from_s: int) -> Steps:
        """A driver does not come: the spare truck does the first run, or a truck comes from afar after `stand_in_s`."""
        comes_s = from_s + self.chances.stand_in_s
        spare = None
        if first is not None:
            spare = yield from self._ask_spare(self.chances.stand_in_s, first.length_s)
        if spare is not None and first is not None:
            yield self.env.timeout(SPARE_S)
            self.ledgers[mover.id] = Counter({("ABSENT", mover.id): int(self.env.now) - from_s})
            del self.waiting[mover.id][first.id]
            yield from self._do(mover, first, on_spare=True)
            self.spare.release(spare)
        if spare is None or self.env.now < comes_s:
            yield self.env.timeout(max(0, comes_s - self.env.now))
            self.ledgers[mover.id] = Counter({("ABSENT", mover.id): self.chances.stand_in_s})

    def _ask_spare(self, otherwise_s: int, needed_s: int) -> Generator[simpy.Event, Any, Any]:
        """The spare truck, for `needed_s` of work, if that is sooner than what comes otherwise; else None."""
        patience_s = otherwise_s - SPARE_S
        if not self.night.spare or patience_s <= 0:
            return None
        asked = self.spare.request()
        yield asked | self.env.timeout(patience_s)
        until_s = self.env.now + SPARE_S + needed_s
        if asked.triggered and any(a <= self.env.now and until_s <= b for a, b in self.night.spare):
            return asked
        if asked.triggered:
            self.spare.release(asked)
        else:
            asked.cancel()
        return None

    def _wake(self, mover: Mover, from_s: int) -> Steps:
        """Whoever is there for some hours only looks for what is late when these begin."""
        yield self.env.timeout(max(0, from_s - self.env.now))
        call = self.idle[mover.team or mover.id].pop(mover.id, None)
        if call is not None:
            call.succeed(None)

    def _keep_shut(self, place: str) -> Steps:
        """One dock more is nobody's outside the hours in which it is there; whoever is at it has left before."""
        docks = self.more[place]
        for from_s, until_s in self.places[place].more:
            with docks.request(priority=-DAY_S * DAY_S) as shut:
                yield shut
                yield self.env.timeout(max(0, from_s - self.env.now))
            yield self.env.timeout(max(0, until_s - self.env.now))
        yield docks.request(priority=-DAY_S * DAY_S)

    def _choose(self, mover: Mover) -> Run | None:
        """Its own run when that is due; else one that is late and nobody has begun, if there is time for it."""
        now = self.env.now
        own = next((run for run in self.waiting[mover.id].values() if self._fits(mover, run)), None)
        if own is not None and own.begins_s <= now:
            return own
        if mover.team:
            late = self.late_runs[mover.team]
            late[:] = [run for run in late if run.id in self.waiting[self.owner[run.id]]]
            for run in late:
                if self._fits(mover, run) and (own is None or now + run.length_s <= own.begins_s):
                    return run
        return None

    def _fits(self, mover: Mover, run: Run) -> bool:
        begins_s = max(self.env.now, run.begins_s)
        ends_s = begins_s + run.length_s
        if mover.shifts and not any(a <= begins_s and ends_s <= b for a, b in mover.shifts):
            return False
        return mover.until_s is None or ends_s <= mover.until_s

    def _alarm(self, run: Run) -> Steps:
        """Calls the owner when the run is due; and, when it is late and not begun, whoever is free."""
        owner = self.movers[run.mover]
        team = owner.team or owner.id
        yield self.env.timeout(run.begins_s - self.env.now)
        if run.id in self.waiting[owner.id]:
            call = self.idle[team].get(owner.id)
            if call is not None and self._fits(owner, run):
                del self.idle[team][owner.id]
                call.succeed(run)
        if not owner.team:
            return
        yield self.env.timeout(self.chances.late_s)
        # Whoever was called at this very moment has the turn first.
        yield self.env.timeout(0)
        if run.id not in self.waiting[owner.id]:
            return
        for name, call in list(self.idle[team].items()):
            mover = self.movers[name]
            own = next(iter(self.waiting[name].values()), None)
            has_time = own is None or own.begins_s >= self.env.now + run.length_s
            if name != owner.id and has_time and self._fits(mover, run):
                del self.idle[team][name]
                call.succeed(run)
                return
        self.late_runs[owner.team].append(run)

    def _do(self, mover: Mover, run: Run, *, on_spare: bool = False) -> Steps:
        """Stop by stop; what cannot be loaded or brought stays where it is."""
        spare = None
        luck = RunLuck(self.luck, run.id, walks=mover.kind == Kind.COURIER)
        late_s = self.env.now - run.begins_s
        ledger: Ledger = Counter(self.ledgers.get(mover.id)) if late_s > 0 else Counter()
        if late_s > 0 and mover.id != run.mover:
            ledger = Counter({("ABSENT" if run.mover in self.absent else "OUT", run.mover): late_s})
        self.live[run.id] = ledger
        aboard: Counter[str] = Counter()
        breaks_at = 0
        if luck.repair_s:
            breaks_at = min(1, len(run.stops) - 1) if len(run.stops) > 1 else -1
        for number, stop in enumerate(run.stops):
            travel_s = luck.travel_s(stop.travel_s)
            if number and travel_s > stop.travel_s:
                ledger["ROAD" if mover.kind != Kind.COURIER else "WALK", mover.id] += travel_s - stop.travel_s
            if luck.repair_s and number == breaks_at:
                broke_s = int(self.env.now)
                ledger["BREAKDOWN", mover.id] += luck.repair_s  # from now on: whoever waits for its goods asks why
                if mover.kind == Kind.TRUCK and not on_spare:
                    left_s = run.planned_s - (run.stops[number - 1].planned_s if number else run.begins_s)
                    spare = yield from self._ask_spare(luck.repair_s, left_s)
                # It is repaired when it is, or the spare truck has come and goes on with its goods to the end of the run.
                if spare is None:
                    yield self.env.timeout(max(0, broke_s + luck.repair_s - self.env.now))
                else:
                    yield self.env.timeout(SPARE_S)
                    ledger["BREAKDOWN", mover.id] += int(self.env.now) - broke_s - luck.repair_s
            if travel_s:
                yield self.env.timeout(travel_s)
            gate = self.gates[stop.gate] if stop.gate is not None else None
            if gate is not None and mover.kind != Kind.CART:
                gate = replace(gate, slot_count=None)
            if gate is not None and not (yield from self._pass(gate, stop, ledger)):
                ledger["GATE", gate.id] += DAY_S
                self.why[run.id, number] = Counter(ledger)
                continue
            if self.env.now <= stop.appointed_s:
                ledger.clear()
                if self.env.now < stop.appointed_s:
                    yield self.env.timeout(stop.appointed_s - self.env.now)
            if stop.loads:
                self.live[run.id] = ledger = yield from self._wait_for_goods(stop, ledger)
            yield from self._serve(run, number, luck.service_s(stop.service_s), aboard, ledger)
            if self.env.now < stop.leaves_s:
                yield self.env.timeout(stop.leaves_s - self.env.now)
        back_s = luck.travel_s(run.back_s)
        if back_s:
            yield self.env.timeout(back_s)
        for pieces in aboard.values():
            self.out.pieces["LEFT"] += pieces
        self.out.ends_s[run.id] = int(self.env.now)
        self.ledgers[mover.id] = ledger
        if spare is not None:
            self.spare.release(spare)

    def _pass(self, gate: Gate, stop: Stop, ledger: Ledger) -> Generator[simpy.Event, Any, bool]:
        """
        Into a slot that has room, while the gate is open; round by another gate where that is sooner.

        False: it does not open again.
        """
        arrived_s = int(self.env.now)
        earliest_s = arrived_s if gate.slot_count is None else max(arrived_s, stop.appointed_s)
        at_s = self._slot_from(gate, earliest_s, stop)
        shut = self.shut[gate.id]
        if shut is not None and shut[0] <= earliest_s < shut[1] and gate.detour_s is not None:
            at_s = min(earliest_s + gate.detour_s, shut[1] if at_s is None else at_s)
        if at_s is None:
            return False
        if gate.slot_count is not None:
            slot = self._slot(gate, at_s)
            if slot != self._slot(gate, stop.appointed_s):
                self.booked[gate.id, slot] += 1
            self.out.passed[gate.id, slot] += 1
        waited_s = at_s - max(arrived_s, stop.appointed_s)
        if waited_s > 0:
            ledger["GATE", gate.id] += waited_s
            self.out.waited_s["GATE", gate.id] += waited_s
        if at_s > arrived_s:
            yield self.env.timeout(at_s - arrived_s)
        return True

    def _slot_from(self, gate: Gate, at_s: int, stop: Stop) -> int | None:
        """The first moment from then on when this gate lets one more in; None: not again. A booked slot is one's own."""
        own = self._slot(gate, stop.appointed_s)
        while True:
            opens_s = _next_open(gate.opens, self.shut[gate.id], at_s)
            if opens_s is None:
                return None
            slot = self._slot(gate, opens_s)
            count = gate.slot_count_of(slot)
            if count is None or slot == own or self.booked[gate.id, slot] < count:
                return opens_s
            at_s = (slot + 1) * gate.slot_s

    @staticmethod
    def _slot(gate: Gate, at_s: int) -> int:
        return at_s // gate.slot_s

    def _wait_for_goods(self, stop: Stop, ledger: Ledger) -> Generator[simpy.Event, Any, Ledger]:
        arrived_s = int(self.env.now)
        while lacks := self._lacks(stop):
            left_s = arrived_s + self.chances.wait_s - self.env.now
            if left_s <= 0:
                for key in lacks:
                    ledger += self._why_not_there(key)
                break
            news = self.news.setdefault(stop.place, self.env.event())
            yield news | self.env.timeout(left_s)
            if not self._lacks(stop):
                # What came last is why: its own ledger says what kept it.
                ledger = Counter(self.brought.get(lacks[0], Counter()))
        waited_s = int(self.env.now) - arrived_s
        if waited_s:
            self.out.waited_s["GOODS", stop.place] += waited_s
            if not ledger:
                ledger["GOODS", stop.place] += waited_s
        return ledger

    def _why_not_there(self, key: tuple[str, str]) -> Ledger:
        """Goods that are not waited for any longer: what keeps those who were to bring them, and have not."""
        found: Ledger = Counter()
        for run_id, number in self.feeders[key]:
            if (run_id, number) not in self.done_s:
                live = self.live.get(run_id)
                found += live if live else Counter({self._unbegun(run_id): self.chances.wait_s})
        return found or Counter({("GOODS", key[1]): self.chances.wait_s})

    def _serve(self, run: Run, number: int, service_s: int, aboard: Counter[str], ledger: Ledger) -> Steps:
        """At a dock where there are docks, within the hours; loading takes what is there, unloading what is aboard."""
        stop, place = run.stops[number], self.places[run.stops[number].place]
        docks = self.docks.get(stop.place)
        asked_s = int(self.env.now)
        held = None
        if docks is not None and stop.service_s > 0:
            docks, held = yield from self._dock(stop, docks, service_s)
        begins_s = _fits_from(place.opens, int(self.env.now), stop.service_s)
        if begins_s is None:
            ledger["HOURS", stop.place] += DAY_S
            self.why[run.id, number] = Counter(ledger)
            if held is not None and docks is not None:
                docks.release(held)
            return
        if begins_s > self.env.now:
            yield self.env.timeout(begins_s - self.env.now)
        waited_s = begins_s - asked_s
        if waited_s > 0:
            ledger["DOCK", stop.place] += waited_s
            self.out.waited_s["DOCK", stop.place] += waited_s
        is_short = False
        for name, pieces in stop.loads:
            took = min(pieces, self.stock[name, stop.place])
            self.stock[name, stop.place] -= took
            aboard[name] += took
            is_short = is_short or took < pieces
        if service_s > stop.service_s:
            ledger["SERVICE", stop.place] += service_s - stop.service_s
        if service_s:
            yield self.env.timeout(service_s)
        if held is not None and docks is not None:
            docks.release(held)
            self.out.services.append((stop.place, begins_s, int(self.env.now)))
        for name, pieces in stop.unloads:
            gave = min(pieces, aboard[name])
            aboard[name] -= gave
            key = name, stop.place
            if self.coming[key] > 0:
                self._put(key, pieces, gave, ledger)
            else:
                self.out.pieces["DELIVERED"] += gave
            if gave < pieces:
                is_short = True
                if name in self.shorted:
                    ledger[self.shorted[name]] += DAY_S
        self.done_s[run.id, number] = int(self.env.now)
        self.why[run.id, number] = Counter(ledger)
        if is_short and stop.promise is not None:
            self.missing.add(stop.promise)

    def _dock(
        self, stop: Stop, docks: simpy.PriorityResource, service_s: int
    ) -> Generator[simpy.Event, Any, tuple[simpy.PriorityResource, Any]]:
        """The dock that is free first; at the one more only what is over before its hours are."""
        own, more = docks.request(priority=stop.appointed_s), self.more.get(stop.place)
        if more is not None and not own.triggered:
            place = self.places[stop.place]
            other = more.request(priority=stop.appointed_s)
            yield own | other
            begins_s = _fits_from(place.opens, int(self.env.now), stop.service_s)
            is_in_time = begins_s is not None and any(
                a <= self.env.now and begins_s + max(service_s, stop.service_s) <= b for a, b in place.more
            )
            if other.triggered and is_in_time and not own.triggered:
                own.cancel()
                return more, other
            if other.triggered:
                more.release(other)
            else:
                other.cancel()
        yield own
        return docks, own

    # What follows from the rounds.

    def _call(self, shelf: Shelf) -> None:
        """Households in the order they were told; each when its goods lie there, into the first window with room."""
        ready: list[tuple[int, int, Ledger]] = []
        lost = Counter[Cause]()
        for number, call in enumerate(shelf.calls):
            ends = [self.done_s.get(stop) for stop in call.stops]
            if any(end is None for end in ends):
                lost += self._why_undone(call.stops)
                continue
            last = max(call.stops, key=lambda stop: self.done_s[stop], default=None)
            there_s = self.done_s[last] if last is not None else call.at_s
            ledger = self.why[last] if last is not None and there_s > call.at_s else Counter[Cause]()
            ready.append((max(call.at_s, there_s), number, ledger))
        kept_s, why = 0, Counter[Cause]()
        for at_s, _, ledger in sorted(ready, key=lambda one: one[:2]):
            window = at_s // shelf.window_s
            first = window
            while self.out.called[shelf.id, window] >= shelf.cap_count:
                window += 1
            self.out.called[shelf.id, window] += 1
            if (window + 1) * shelf.window_s > kept_s:
                kept_s = (window + 1) * shelf.window_s
                why = Counter(ledger)
                if window > first:
                    why["SHELF", shelf.id] += (window - first) * shelf.window_s
        self._note(shelf.promise, kept_s or None, lost or why, is_whole=not lost)

    def _why_undone(self, stops: Iterable[tuple[str, int]]) -> Ledger:
        """Why these were not served: the run was never begun, or the place had closed."""
        found: Ledger = Counter()
        for run_id, number in stops:
            if (run_id, number) in self.done_s:
                continue
            found += self.why.get((run_id, number)) or Counter({self._unbegun(run_id): DAY_S})
        return found

    def _unbegun(self, run_id: str) -> Cause:
        owner = self.owner[run_id]
        return ("ABSENT" if owner in self.absent else "HANDS", owner)

    def _open(self, opening: Opening) -> None:
        """Second by second: who has come, less who was answered."""
        factor = 1 + (self.chances.rush_factor - 1) * self.luck.stream(f"opening:{opening.id}").random()
        asked = round(opening.requests * factor)
        rush_s = max(1, opening.rush_s)
        queue, at_s, come = 0, opening.at_s, 0
        for second in range(1, rush_s + 1):
            now = asked * second // rush_s
            queue, come = max(0, queue + now - come - opening.answers_per_s), now
            at_s = opening.at_s + second
        at_s += -(-queue // opening.answers_per_s)
        self._note(opening.promise, at_s, Counter({("RUSH", opening.id): 1}), is_whole=True)

    def _note(self, promise: str, at_s: int | None, ledger: Ledger, *, is_whole: bool) -> None:
        """One part of a promise: it is kept when its last part is, and whole when all are."""
        if at_s is not None:
            self.out.kept_s[promise] = max(at_s, self.out.kept_s.get(promise, at_s))
        if not is_whole:
            self.missing.add(promise)
        if ledger and (not is_whole or at_s == self.out.kept_s.get(promise)):
            self.reasons[promise].update(ledger)

    def _judge(self) -> None:
        """When each promise was kept and, where it was not, why."""
        for run in self.night.runs:
            for number, stop in enumerate(run.stops):
                if stop.promise is None:
                    continue
                at_s = self.done_s.get((run.id, number))
                if at_s is None:
                    self._note(stop.promise, None, self._why_undone([(run.id, number)]), is_whole=False)
                    continue
                if at_s >= self.out.kept_s.get(stop.promise, at_s):
                    self.out.kept_s[stop.promise] = at_s
        for run in self.night.runs:
            for number, stop in enumerate(run.stops):
                key = run.id, number
                if stop.promise is None or key not in self.done_s:
                    continue
                if self.done_s[key] == self.out.kept_s[stop.promise] or stop.promise in self.missing:
                    self.reasons[stop.promise].update(self.why[key])
        broken: list[tuple[int, str]] = []
        for promise in self.night.promises:
            if promise.id in self.missing:
                self.out.kept_s.pop(promise.id, None)
            kept_s = self.out.kept_s.get(promise.id)
            if promise.is_planned_late:
                self.out.late[promise.id] = ("PLAN", promise.id)
                broken.append((promise.due_s, promise.id))
            elif kept_s is None or kept_s > promise.due_s:
                why = self.reasons[promise.id]
                self.out.late[promise.id] = max(
                    why, key=lambda cause: (why[cause], cause), default=("PLAN", promise.id)
                )
                broken.append((promise.due_s, promise.id))
        if broken:
            first = min(broken)[1]
            self.out.first = Broken(first, self.out.late[first])

    def _count(self) -> None:
        """What still lies somewhere was left; so every piece of the night has ended once."""
        self.out.pieces["LEFT"] += sum(pieces for pieces in self.stock.values() if pieces > 0)


def _absence(chances: Chances, mover: Mover) -> float:
    return chances.absent_cart if mover.kind == Kind.CART else chances.absent_courier


def _next_open(opens: tuple[Span, ...], shut: Span | None, at_s: int) -> int | None:
    """The first moment from `at_s` on when one may pass; None: not again this night."""
    for _ in range(2):  # an opening may lie in the time that it is shut
        if shut is not None and shut[0] <= at_s < shut[1]:
            at_s = shut[1]
        if not opens:
            return at_s
        found = min((max(a, at_s) for a, b in opens if at_s < b), default=None)
        if found is None or found == at_s:
            return found
        at_s = found
    return _next_open(opens, None, at_s)


def _fits_from(opens: tuple[Span, ...], at_s: int, service_s: int) -> int | None:
    """When a service that is asked for at `at_s` can begin so that it is over before closing; None: not again."""
    if not opens:
        return at_s
    return min((max(a, at_s) for a, b in opens if max(a, at_s) + service_s <= b), default=None)
