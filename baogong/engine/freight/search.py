"""
One hub's plan: trucks by origin first, then the relay, then a local search over the whole schedule.

Every step is judged by `play`, so docks, seals, closures and windows hold in every draft that is kept, and the score is
compared as a whole: cartons left, lateness, last arrival, cost. Steps are tried in a fixed order; what is disturbed is
drawn from the rule's seed; work is counted in schedules played. Equal input, equal plan.
"""

from __future__ import annotations

import random
import time
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from itertools import pairwise

from baogong.engine.freight.feeders import feed
from baogong.engine.freight.plan import Score
from baogong.engine.freight.problem import Load, UnusableProblem
from baogong.engine.freight.relay import shortest_order, tours
from baogong.engine.freight.rule import FreightRule, Stopped
from baogong.engine.freight.schedule import (
    Draft,
    Journey,
    Played,
    Shipment,
    Source,
    Vehicle,
    World,
    can_drive,
    play,
    tidy,
)

QUIET_ROUNDS = 6  # disturbances in a row without gain after which the search has settled
INSERTED_ONE_BY_ONE = 10  # receivers; above it the relay's first draft comes from PyVRP
FAR_FUTURE_S = 10**9


class Search:
    """A draft, its times, and the moves that better it."""

    def __init__(self, world: World, rule: FreightRule) -> None:
        self.world, self.rule = world, rule
        self.moves_done, self.gap = 0, 0.0
        self.stopped = Stopped.SETTLED
        self._ends_at = time.monotonic() + rule.limit_s
        self._random = random.Random(rule.seed)
        self._can: dict[tuple[str, str, str], bool] = {}
        self.draft = Draft()
        played = play(world, self.draft)
        if played is None:
            raise UnusableProblem(
                "A vehicle that is under way cannot come home: its road is closed or its time is up.",
                where="vehicles",
                found=", ".join(sorted(v.id for v in world.vehicles.values() if v.is_away)),
                expected="a way home for each vehicle that must return",
                cure="Open the road, extend the vehicle's time, or report the vehicle as out for good.",
            )
        self.best: Played = played

    # -- the way in -----------------------------------------------------------------------------------------------

    def run(self, start: Draft | None = None) -> None:
        """Improve `start` (a draft to keep close to) or a draft made from nothing, whichever ends better."""
        drafts = [self._first_draft(is_direct) for is_direct in ((True, False) if self.world.hub else (True,))]
        if start is not None:
            drafts.insert(0, self._complete(start))
        played = [(draft, play(self.world, draft)) for draft in drafts]
        chosen = min(
            ((draft, times) for draft, times in played if times is not None),
            key=lambda pair: pair[1].score,
            default=None,
        )
        if chosen is None:
            return
        self.draft, self.best = chosen
        quiet = 0
        self._settle()
        while quiet < QUIET_ROUNDS and not self._is_spent():
            before = self.best.score
            self._disturb()
            quiet = 0 if self.best.score < before else quiet + 1

    def _is_spent(self) -> bool:
        if self.moves_done >= self.rule.moves_count:
            self.stopped = Stopped.MOVES
        elif time.monotonic() > self._ends_at:
            self.stopped = Stopped.TIME
        else:
            return False
        return True

    def _try(self, draft: Draft | None) -> Played | None:
        if draft is None:
            return None
        self.moves_done += 1
        return play(self.world, draft)

    def _keep_if_better(self, draft: Draft | None) -> bool:
        played = self._try(draft)
        if draft is None or played is None or played.score >= self.best.score:
            return False
        self.draft, self.best = draft, played
        return True

    # -- what is possible -----------------------------------------------------------------------------------------

    def can(self, vehicle: Vehicle, origin: str, destination: str) -> bool:
        key = (vehicle.offer, origin, destination)
        known = self._can.get(key)
        if known is None:
            known = self._can[key] = can_drive(self.world, vehicle, origin, destination)
        return known

    def _serves(self, vehicle: Vehicle, origin: str, destination: str) -> bool:
        """The vehicle can get to `origin`, go on to `destination`, and home if it must."""
        if vehicle.flight is not None:
            return (origin, destination) == (vehicle.flight.origin, vehicle.flight.destination)
        return (
            (vehicle.at == origin or self.can(vehicle, vehicle.at, origin))
            and self.can(vehicle, origin, destination)
            and (vehicle.home is None or self.can(vehicle, destination, vehicle.home))
        )

    def ways(self, source: Source) -> list[tuple[str, ...]]:
        """The sites its cartons may pass: straight, by the hub, or first to an origin they feed."""
        load = source.load
        fed = [site for site in load.feeds if source.site == load.origin and site not in (source.site, load.receiver)]
        longer = [(source.site, *way) for site in fed if site != self.world.hub for way in self._onward(site, load)]
        return [way for way in (*self._onward(source.site, load), *longer) if self._is_served(way)]

    def _onward(self, site: str, load: Load) -> list[tuple[str, ...]]:
        """Straight to the receiver or by the hub, from wherever cartons of the load are."""
        ways: list[tuple[str, ...]] = [(site, load.receiver)]
        hub = self.world.hub
        if hub is not None and hub not in (site, load.receiver):
            ways.append((site, hub, load.receiver))
        return [way for way in ways if self._is_served(way)]

    def _is_served(self, way: tuple[str, ...]) -> bool:
        vehicles = self.world.vehicles.values()
        return all(any(self._serves(vehicle, a, b) for vehicle in vehicles) for a, b in pairwise(way))

    # -- a first draft --------------------------------------------------------------------------------------------

    def _first_draft(self, is_direct: bool) -> Draft:
        """All goods straight where a vehicle can, or all by the hub where one can: trucks by origin, then the rest."""
        chosen: dict[str, tuple[str, ...]] = {}
        for source in self.world.sources:
            ways = self.ways(source)
            fitting = [way for way in ways if (len(way) == 2) == is_direct]
            if fitting or ways:
                chosen[source.id] = (fitting or ways)[0]
        critical_s = self._critical_s(chosen)
        draft = Draft()
        groups: dict[tuple[str, str], list[Source]] = {}
        for source in self.world.sources:
            way = chosen.get(source.id)
            if way is not None:
                groups.setdefault((way[0], way[1]), []).append(source)
        # The farthest is arranged first: it has the least time to lose.
        for (origin, destination), sources in sorted(
            groups.items(), key=lambda item: (-self.world.roads.road(*item[0]).distance_m, item[0])
        ):
            limits_s = {
                source.id: max(
                    self._soonest_s(source, destination),
                    min(critical_s, self._deadline_s(source, destination)),
                )
                for source in sources
            }
            draft = self._fed(draft, origin, destination, sources, limits_s)
        return self._complete(draft, chosen)

    def _soonest_s(self, source: Source, destination: str) -> int:
        """When its cartons could arrive if they left alone at once; far in the future if they cannot."""
        return self._ride_s(source.site, destination, source.ready_s, source.leaves_from_s)

    def _ride_s(self, origin: str, destination: str, ready_s: int, leaves_from_s: int) -> int:
        """The earliest arrival of goods ready at `ready_s`, were every vehicle and every dock free for them alone."""
        site = self.world.roads.sites[origin]
        soonest = FAR_FUTURE_S
        for vehicle in self.world.vehicles.values():
            if not self._serves(vehicle, origin, destination):
                continue
            if vehicle.flight is not None:
                there_s, drive_s = vehicle.free_s, vehicle.flight.duration_s
            else:
                empty_s = 0 if vehicle.at == origin else self._drive_s(vehicle, vehicle.at, origin)
                there_s, drive_s = vehicle.free_s + empty_s, self._drive_s(vehicle, origin, destination)
            leaves_s = max(max(there_s, ready_s) + site.service_s, leaves_from_s, site.leaves_from_s)
            soonest = min(soonest, leaves_s + drive_s)
        return soonest

    def _drive_s(self, vehicle: Vehicle, origin: str, destination: str) -> int:
        return self.world.roads.road(origin, destination).drive_s(vehicle.speed_kmh)

    def soonest_at_receiver_s(self, source: Source) -> int:
        """A lower bound on its arrival by any of its ways; far in the future where it has none."""
        soonest = FAR_FUTURE_S
        for way in self.ways(source):
            at_s, leaves_s = source.ready_s, source.leaves_from_s
            for a, b in pairwise(way):
                arrive_s = self._ride_s(a, b, at_s, leaves_s)
                at_s, leaves_s = arrive_s + self.world.roads.sites[b].service_s, 0
            soonest = min(soonest, arrive_s)
        return soonest

    def _critical_s(self, chosen: dict[str, tuple[str, ...]]) -> int:
        """Until when goods may reach the hub without making the last arrival later: when the slowest can be there."""
        firsts = [self._soonest_s(s, chosen[s.id][1]) for s in self.world.sources if s.id in chosen]
        known = [moment for moment in firsts if moment < FAR_FUTURE_S]
        return max(known, default=FAR_FUTURE_S)

    def _deadline_s(self, source: Source, destination: str) -> int:
        load = source.load
        if load.due_s is None:
            return FAR_FUTURE_S
        if destination == load.receiver:
            return load.due_s
        there = self.world.roads.sites[destination]
        speed_kmh = max((v.speed_kmh for v in self.world.vehicles.values()), default=1)
        return load.due_s - 2 * there.service_s - self.world.roads.road(destination, load.receiver).drive_s(speed_kmh)

    def _fed(
        self, draft: Draft, origin: str, destination: str, sources: Sequence[Source], limits_s: dict[str, int]
    ) -> Draft:
        """The draft with the cheapest trucks for these sources' first ride; vehicles already in it are not used."""
        free = [
            v for v in self.world.vehicles.values() if v.id not in draft.turns and self._serves(v, origin, destination)
        ]
        trucks, gap = feed(self.world, origin, destination, sources, free, limits_s=limits_s, rule=self.rule)
        self.gap = max(self.gap, gap)
        by_id = {source.id: source for source in sources}
        journeys, turns, shipments = dict(draft.journeys), dict(draft.turns), dict(draft.shipments)
        for truck in trucks:
            number = max(journeys, default=0) + 1
            journeys[number] = Journey((origin,), (destination,))
            turns[truck.vehicle] = (number,)
            for name, cartons in truck.carries:
                shipment = Shipment(by_id[name], cartons, ((origin, destination, number),))
                shipments[max(shipments, default=0) + 1] = shipment
        return Draft(journeys, turns, shipments)

    def _complete(self, draft: Draft, chosen: dict[str, tuple[str, ...]] | None = None) -> Draft:
        """Give every carton the rides it still lacks: the relay by tours where receivers are many, then one by one."""
        waiting = [
            (shipment, shipment.rides[-1][1])
            for _, shipment in sorted(draft.shipments.items())
            if shipment.rides[-1][1] != shipment.source.load.receiver
        ]
        done = Draft(
            draft.journeys,
            draft.turns,
            {n: s for n, s in draft.shipments.items() if s.rides[-1][1] == s.source.load.receiver},
        )
        lacking: list[tuple[Shipment, str]] = []
        by_site: dict[str, list[Shipment]] = {}
        for shipment, site in waiting:
            by_site.setdefault(site, []).append(shipment)
        for site, shipments in sorted(by_site.items()):
            if len({shipment.source.load.receiver for shipment in shipments}) > INSERTED_ONE_BY_ONE:
                done, shipments = self._toured(done, site, shipments)
            lacking += [(shipment, site) for shipment in shipments]
        covered: dict[str, int] = {}
        for shipment in draft.shipments.values():
            covered[shipment.source.id] = covered.get(shipment.source.id, 0) + shipment.cartons
        lacking += [
            (Shipment(source, source.cartons - covered.get(source.id, 0), ()), source.site)
            for source in self.world.sources
            if source.cartons > covered.get(source.id, 0)
        ]
        lacking.sort(key=lambda pair: (pair[0].source.load.due_s or FAR_FUTURE_S, pair[0].source.ready_s))
        for shipment, site in lacking:
            if shipment.rides:
                done = self._insert(done, shipment, self._onward(site, shipment.source.load))
            else:
                done = self._insert(done, shipment, self.ways(shipment.source))
        return tidy(done)

    def _toured(self, draft: Draft, site: str, shipments: list[Shipment]) -> tuple[Draft, list[Shipment]]:
        """PyVRP's tours from a hub with many receivers; returns what no tour takes."""
        free = [
            v
            for v in self.world.vehicles.values()
            if v.id not in draft.turns and v.flight is None and (v.at == site or self.can(v, v.at, site))
        ]
        journeys, turns, placed = dict(draft.journeys), dict(draft.turns), dict(draft.shipments)
        left: list[Shipment] = []
        groups: dict[bool, list[Shipment]] = {}
        for shipment in shipments:
            crosses = self.world.roads.road(site, shipment.source.load.receiver).crosses_seal
            groups.setdefault(crosses, []).append(shipment)
        for crosses, group in sorted(groups.items()):
            able = [v for v in free if (v.can_cross if crosses else not v.can_cross) and v.id not in turns]
            made, missing = tours(self.world, site, group, able, self.rule)
            left += missing
            for vehicle, riding in made:
                number = max(journeys, default=0) + 1
                drops = tuple(dict.fromkeys(s.source.load.receiver for s in riding))
                journeys[number] = Journey((site,), drops)
                turns[vehicle] = (number,)
                for s in riding:
                    ride = (site, s.source.load.receiver, number)
                    placed[max(placed, default=0) + 1] = replace(s, rides=(*s.rides, ride))
        return Draft(journeys, turns, placed), left

    # -- inserting ------------------------------------------------------------------------------------------------

    def _insert(self, draft: Draft, shipment: Shipment, ways: Iterable[tuple[str, ...]]) -> Draft:
        """
        The shipment added where the score is best, along one of `ways` (which begin where its rides end).

        What no single vehicle can take is split at the largest part one has room for; a rest nobody can take is left.
        """
        ways = list(ways)
        best = self._best_insertion(draft, shipment, ways)
        if best is not None:
            return best
        part = self._largest_part(draft, shipment, ways)
        if part < 1:
            # Rides already given would end nowhere useful, but where goods already are is where they are.
            return draft if not shipment.rides else _with(draft, shipment)
        draft = self._insert(draft, replace(shipment, cartons=part), ways)
        return self._insert(draft, replace(shipment, cartons=shipment.cartons - part), ways)

    def _best_insertion(self, draft: Draft, shipment: Shipment, ways: list[tuple[str, ...]]) -> Draft | None:
        best: tuple[tuple[int, int, int, int], Draft] | None = None
        for way in ways:
            partial = [(draft, shipment)]
            for a, b in pairwise(way):
                extended: list[tuple[int, tuple[int, int, int, int], Draft, Shipment]] = []
                for before, riding in partial:
                    for after, number in self._places(before, riding, a, b):
                        if number in [journey for _, _, journey in riding.rides]:
                            continue
                        rides = replace(riding, rides=(*riding.rides, (a, b, number)))
                        full = _with(after, rides)
                        played = self._try(full)
                        if played is not None:
                            hand_s = played.at_hand_s[max(full.shipments)][-1]
                            extended.append((hand_s, played.score, after, rides))
                extended.sort(key=lambda row: row[1])
                if b == way[-1]:
                    if extended and (best is None or extended[0][1] < best[0]):
                        best = extended[0][1], _with(extended[0][2], extended[0][3])
                    break
                soonest = sorted(extended, key=lambda row: (row[0], row[1]))[:2]
                cheapest = [row for row in extended if row not in soonest][:2]
                partial = [(after, rides) for _, _, after, rides in soonest + cheapest]
        return best[1] if best is not None else None

    def _places(self, draft: Draft, shipment: Shipment, a: str, b: str) -> Iterator[tuple[Draft, int]]:
        """Drafts in which some journey goes from a to b: one that does, one led past a or b, or a new one."""
        vehicle_of = {number: name for name, row in draft.turns.items() for number in row}
        load_of = _loaded(draft)
        for number, journey in draft.journeys.items():
            vehicle = self.world.vehicles[vehicle_of[number]]
            if not _fits(vehicle, load_of.get(number, (0, 0)), shipment):
                continue
            if vehicle.flight is not None:
                if (journey.picks[0], journey.drops[0]) == (a, b):
                    yield draft, number
                continue
            picks = [journey.picks] if a in journey.picks else _inserted(journey.picks, a)
            drops = [journey.drops] if b in journey.drops else _inserted(journey.drops, b)
            if len(picks) > 1 and len(drops) > 1:
                continue  # a detour at both ends is another journey
            if a in journey.drops or b in journey.picks:
                continue
            for pick in picks:
                for drop in drops:
                    if (pick, drop) == (journey.picks, journey.drops):
                        yield draft, number
                    else:
                        yield _changed(draft, number, Journey(pick, drop)), number
        for vehicle in self._candidates(draft):
            if not (self._serves(vehicle, a, b) and _fits(vehicle, (0, 0), shipment)):
                continue
            row = draft.turns.get(vehicle.id, ())
            number = draft.next_journey()
            for place in range(len(row), -1, -1):
                turns = {**draft.turns, vehicle.id: (*row[:place], number, *row[place:])}
                yield Draft({**draft.journeys, number: Journey((a,), (b,))}, turns, draft.shipments), number

    def _candidates(self, draft: Draft) -> list[Vehicle]:
        """Every vehicle in use, and of those that are alike and unused the first."""
        seen: set[tuple[str, str, int, bool]] = set()
        chosen = []
        for vehicle in self.world.vehicles.values():
            key = (vehicle.offer, vehicle.at, vehicle.free_s, vehicle.is_away)
            if vehicle.id in draft.turns:
                chosen.append(vehicle)
            elif key not in seen:
                seen.add(key)
                chosen.append(vehicle)
        return chosen

    def _largest_part(self, draft: Draft, shipment: Shipment, ways: list[tuple[str, ...]]) -> int:
        """Fewer cartons than the shipment has, which some journey or vehicle has room for on its next ride."""
        load, parts = shipment.source.load, [0]
        load_of = _loaded(draft)
        vehicle_of = {number: name for name, row in draft.turns.items() for number in row}
        edges = [edge for way in ways for edge in pairwise(way)]
        rooms = [(self.world.vehicles[vehicle_of[n]], load_of.get(n, (0, 0))) for n in draft.journeys]
        rooms += [(vehicle, (0, 0)) for vehicle in self._candidates(draft)]
        for vehicle, (weight_g, volume_cm3) in rooms:
            if any(self._serves(vehicle, a, b) for a, b in edges):
                by_weight = (vehicle.capacity_g - weight_g) // load.carton_g if load.carton_g else shipment.cartons
                by_volume = (vehicle.capacity_cm3 - volume_cm3) // load.carton_cm3 if load.carton_cm3 else by_weight
                parts.append(min(by_weight, by_volume))
        fitting = [part for part in parts if part < shipment.cartons]
        return (
            max(fitting, default=0)
            if max(parts) < shipment.cartons
            else min(max(fitting, default=0), shipment.cartons // 2)
        )

    # -- alternatives ---------------------------------------------------------------------------------------------

    def goes(self, source: Source, *, is_direct: bool) -> bool:
        """Some of the source's cartons go straight (or by the hub) in the best draft."""
        return any(s.source.id == source.id and (len(s.rides) == 1) == is_direct for s in self.draft.shipments.values())

    def forced(self, sources: Sequence[Source], *, is_direct: bool) -> Score | None:
        """The score if these sources all went straight (or all by the hub); None where they cannot."""
        draft = self._forced(sources, is_direct=is_direct)
        played = play(self.world, draft) if draft is not None else None
        return Score(*played.score) if played is not None else None

    def _forced(self, sources: Sequence[Source], *, is_direct: bool) -> Draft | None:
        names = {source.id for source in sources}
        rest = {n: s for n, s in self.draft.shipments.items() if s.source.id not in names}
        draft = tidy(Draft(self.draft.journeys, self.draft.turns, rest))
        for source in sources:
            ways = [way for way in self.ways(source) if (len(way) == 2) == is_direct]
            draft = self._insert(draft, Shipment(source, source.cartons, ()), ways)
        draft = tidy(draft)
        carried = sum(s.cartons for s in draft.shipments.values() if s.source.id in names)
        return draft if carried == sum(source.cartons for source in sources) else None

    def with_offer(self, offer: str) -> Score | None:
        """The best score in which a vehicle of this offer takes over one of the draft's journeys; None: it cannot."""
        mine = [v for v in self.world.vehicles.values() if v.offer == offer and v.id not in self.draft.turns]
        scores = []
        for vehicle in mine[:1]:
            for name, row in self.draft.turns.items():
                for number in row:
                    rest = {**self.draft.turns, name: tuple(n for n in row if n != number)}
                    turns = {**{k: v for k, v in rest.items() if v}, vehicle.id: (number,)}
                    played = play(self.world, Draft(self.draft.journeys, turns, self.draft.shipments))
                    if played is not None:
                        scores.append(played.score)
        return Score(*min(scores)) if scores else None

    def _challenge(self) -> bool:
        """Each origin's goods sent the other way as a whole; kept where that is better."""
        for site in sorted({source.site for source in self.world.sources}):
            for is_direct in (True, False):
                sources = [s for s in self.world.sources if s.site == site and self.goes(s, is_direct=not is_direct)]
                if not sources or self._is_spent():
                    continue
                if self._keep_if_better(self._forced(sources, is_direct=is_direct)):
                    return True
        return False

    # -- moves ----------------------------------------------------------------------------------------------------

    def _settle(self) -> None:
        """All moves in turn until none betters the plan."""
        improved = True
        while improved and not self._is_spent():
            improved = False
            for moves in (self._merges, self._orders, self._transfers):
                for draft in moves():
                    if self._is_spent():
                        return
                    if self._keep_if_better(draft):
                        improved = True
                        break
            if not improved:
                improved = self._refeed() or self._challenge() or self._reinsert_each() or self._stay_aboard()

    def _merges(self) -> Iterator[Draft]:
        """One journey's goods ride on another that shares its first or its last site."""
        journeys = self.draft.journeys
        for a, one in journeys.items():
            for b, other in journeys.items():
                if a == b or not (set(one.picks) & set(other.picks) or set(one.drops) & set(other.drops)):
                    continue
                picks = (*other.picks, *(site for site in one.picks if site not in other.picks))
                drops = (*other.drops, *(site for site in one.drops if site not in other.drops))
                if set(picks) & set(drops):
                    continue
                shipments = {
                    n: replace(s, rides=tuple((x, y, b if j == a else j) for x, y, j in s.rides))
                    for n, s in self.draft.shipments.items()
                }
                for pick in dict.fromkeys((picks, shortest_order(self.world, None, picks, drops[0]))):
                    drop = shortest_order(self.world, pick[-1], drops, None)
                    yield tidy(Draft({**journeys, b: Journey(pick, drop)}, self.draft.turns, shipments))

    def _orders(self) -> Iterator[Draft]:
        """Stretches of a journey's drops, or of its pick-ups, turned round or moved."""
        for number, journey in self.draft.journeys.items():
            for drops in _reordered(journey.drops):
                yield _changed(self.draft, number, Journey(journey.picks, drops))
            for picks in _reordered(journey.picks):
                yield _changed(self.draft, number, Journey(picks, journey.drops))

    def _transfers(self) -> Iterator[Draft]:
        """A whole journey given to another vehicle, or to another turn of its own."""
        draft = self.draft
        for name, row in draft.turns.items():
            for number in row:
                journey = draft.journeys[number]
                rest = {**draft.turns, name: tuple(n for n in row if n != number)}
                for vehicle in self._candidates(draft):
                    if not all(self._serves(vehicle, journey.picks[0], site) for site in journey.drops):
                        continue
                    turns = rest.get(vehicle.id, ())
                    for place in range(len(turns) + 1):
                        moved = {**rest, vehicle.id: (*turns[:place], number, *turns[place:])}
                        if moved.get(name) == row:
                            continue
                        yield Draft(draft.journeys, {k: v for k, v in moved.items() if v}, draft.shipments)

    def _refeed(self) -> bool:
        """Each origin's trucks chosen anew by its program, as late as the relay can wait for them."""
        groups: dict[tuple[str, str], list[int]] = {}
        for number, shipment in self.draft.shipments.items():
            groups.setdefault(shipment.rides[0][:2], []).append(number)
        for (origin, destination), numbers in sorted(groups.items()):
            if self._is_spent():
                return False
            chosen = [self.draft.shipments[n] for n in numbers]
            journeys = {s.rides[0][2] for s in chosen}
            riders = {n for n, s in self.draft.shipments.items() if journeys & {j for _, _, j in s.rides}}
            alone = riders == set(numbers) and all(
                self.draft.journeys[j] == Journey((origin,), (destination,)) for j in journeys
            )
            if not alone:
                continue
            if self._keep_if_better(self._refed(origin, destination, numbers, journeys)):
                return True
        return False

    def _refed(self, origin: str, destination: str, numbers: list[int], journeys: set[int]) -> Draft | None:
        """
        The draft with these first rides replaced. Cartons of one source that go on differently stay apart: each
        shipment is its own source to the program, with the moment its next ride begins as its limit.
        """
        draft, best = self.draft, self.best
        there = self.world.roads.sites[destination]
        sources, limits_s = [], {}
        for number in numbers:
            shipment = draft.shipments[number]
            name = str(number)
            sources.append(replace(shipment.source, id=name, cartons=shipment.cartons))
            if len(shipment.rides) > 1:
                limits_s[name] = best.loading_s[shipment.rides[1][2]] - there.service_s
            else:
                due_s = shipment.source.load.due_s
                limits_s[name] = max(
                    best.arrive_s.get(number, 0), min(best.score[2], FAR_FUTURE_S if due_s is None else due_s)
                )
        turns = {name: tuple(n for n in row if n not in journeys) for name, row in draft.turns.items()}
        rest = Draft(
            {n: j for n, j in draft.journeys.items() if n not in journeys},
            {name: row for name, row in turns.items() if row},
            {n: s for n, s in draft.shipments.items() if n not in numbers},
        )
        fed = self._fed(rest, origin, destination, sources, limits_s)
        shipments = dict(rest.shipments)
        brought = dict.fromkeys(numbers, 0)
        for number in sorted(set(fed.shipments) - set(rest.shipments)):
            made = fed.shipments[number]
            old = draft.shipments[int(made.source.id)]
            brought[int(made.source.id)] += made.cartons
            shipments[max([*shipments, *numbers]) + 1] = Shipment(
                old.source, made.cartons, (made.rides[0], *old.rides[1:])
            )
        if any(draft.shipments[n].cartons != cartons for n, cartons in brought.items()):
            return None
        return tidy(Draft(fed.journeys, fed.turns, shipments))

    def _reinsert_each(self) -> bool:
        """Groups that share an origin, a receiver or a journey are taken out and put back where they fit best."""
        groups: list[tuple[int, ...]] = []
        keyed: dict[tuple[str, str], list[int]] = {}
        for number, shipment in self.draft.shipments.items():
            load = shipment.source.load
            for key in (("load", load.id), ("pair", f"{load.origin}>{load.receiver}"), ("origin", load.origin)):
                keyed.setdefault(key, []).append(number)
            for _, _, journey in shipment.rides:
                keyed.setdefault(("journey", str(journey)), []).append(number)
        for row in keyed.values():
            if tuple(row) not in groups:
                groups.append(tuple(row))
        for group in sorted(groups, key=lambda row: (len(row), row)):
            if self._is_spent():
                return False
            if self._keep_if_better(self._reinserted(group)):
                return True
        return False

    def _reinserted(self, numbers: Sequence[int]) -> Draft:
        taken: dict[str, Shipment] = {}
        for number in numbers:
            shipment = self.draft.shipments[number]
            known = taken.get(shipment.source.id)
            cartons = shipment.cartons + (known.cartons if known is not None else 0)
            taken[shipment.source.id] = Shipment(shipment.source, cartons, ())
        rest = {n: s for n, s in self.draft.shipments.items() if n not in set(numbers)}
        draft = tidy(Draft(self.draft.journeys, self.draft.turns, rest))
        for shipment in taken.values():
            draft = self._insert(draft, shipment, self.ways(shipment.source))
        return tidy(draft)

    def _stay_aboard(self) -> bool:
        """What a vehicle would unload and load again at one site stays aboard; there it only loads what waits."""
        journeys, shipments = self.draft.journeys, self.draft.shipments
        for name, row in self.draft.turns.items():
            for a, b in pairwise(row):
                picks = (*journeys[a].picks, *(site for site in journeys[b].picks if site not in journeys[a].picks))
                through = {n: _through(s, a, b) for n, s in shipments.items() if a in {j for *_, j in s.rides}}
                if None in through.values() or set(picks) & set(journeys[b].drops):
                    continue
                draft = Draft(
                    {**journeys, b: Journey(picks, journeys[b].drops)},
                    {**self.draft.turns, name: tuple(n for n in row if n != a)},
                    {n: through.get(n) or s for n, s in shipments.items()},
                )
                if self._keep_if_better(tidy(draft)):
                    return True
        return False

    def _disturb(self) -> None:
        """Two to four loads drawn by the seed are put back in a drawn order, and all moves are tried from there."""
        kept = self.draft, self.best
        loads = sorted({s.source.load.id for s in self.draft.shipments.values()})
        if len(loads) < 2:
            return
        drawn = set(self._random.sample(loads, min(len(loads), self._random.randint(2, 4))))
        numbers = [n for n, s in self.draft.shipments.items() if s.source.load.id in drawn]
        self._random.shuffle(numbers)
        draft = self._reinserted(numbers)
        played = self._try(draft)
        if played is None:
            return
        self.draft, self.best = draft, played
        self._settle()
        if self.best.score >= kept[1].score:
            self.draft, self.best = kept


def _through(shipment: Shipment, a: int, b: int) -> Shipment | None:
    """The shipment riding through on journey b, where it would go from a straight to b; None where it does not."""
    rides = shipment.rides
    for at, (one, other) in enumerate(pairwise(rides)):
        if (one[2], other[2]) == (a, b):
            return replace(shipment, rides=(*rides[:at], (one[0], other[1], b), *rides[at + 2 :]))
    return None


def _loaded(draft: Draft) -> dict[int, tuple[int, int]]:
    """Grams and cubic centimetres by journey."""
    loaded: dict[int, tuple[int, int]] = {}
    for shipment in draft.shipments.values():
        for _, _, journey in shipment.rides:
            weight_g, volume_cm3 = loaded.get(journey, (0, 0))
            loaded[journey] = weight_g + shipment.weight_g, volume_cm3 + shipment.volume_cm3
    return loaded


def _fits(vehicle: Vehicle, loaded: tuple[int, int], shipment: Shipment) -> bool:
    return (
        loaded[0] + shipment.weight_g <= vehicle.capacity_g and loaded[1] + shipment.volume_cm3 <= vehicle.capacity_cm3
    )


def _with(draft: Draft, shipment: Shipment) -> Draft:
    return Draft(draft.journeys, draft.turns, {**draft.shipments, draft.next_shipment(): shipment})


def _changed(draft: Draft, number: int, journey: Journey) -> Draft:
    return Draft({**draft.journeys, number: journey}, draft.turns, draft.shipments)


def _inserted(row: tuple[str, ...], site: str) -> list[tuple[str, ...]]:
    return [(*row[:place], site, *row[place:]) for place in range(len(row) + 1)]


def _reordered(row: tuple[str, ...]) -> Iterator[tuple[str, ...]]:
    """Every stretch turned round, every site moved elsewhere."""
    for first in range(len(row)):
        for last in range(first + 1, len(row)):
            yield (*row[:first], *reversed(row[first : last + 1]), *row[last + 1 :])
    for place, site in enumerate(row):
        rest = (*row[:place], *row[place + 1 :])
        for other in range(len(row)):
            if abs(other - place) > 1:
                yield (*rest[:other], site, *rest[other:])
