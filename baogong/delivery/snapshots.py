"""
What rounds are planned from: the parcels that stand at a station, where they go, and who may carry them when.

The snapshot is plain JSON: `document` is the engine's problem; `stops` and `couriers` say what of the book each of its
names stands for; `shelves` what the call lists need. Moments are seconds since the house's midnight of the first day.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, time, timedelta
from itertools import count
from typing import Any
from uuid import UUID

from django.db.models import Q

from baogong.delivery import crewing, sources, visits
from baogong.delivery.errors import NobodyToPlanFor
from baogong.delivery.models import Calling, Handover, Parcel, Round, VisitParcel
from baogong.delivery.queries.stations import point_of, servings
from baogong.engine.sheets.house_numbers import natural_key
from baogong.journal.clock import house_midnight
from baogong.kernel.windows import Window
from baogong.places import queries as places
from baogong.places.queries import BuildingView, CommunityView

KIND = "ROUNDS"
CAPACITY_G = 60_000  # of one trip: a hand cart (estimate)
CAPACITY_PIECES = 40
PIECE_S = 10  # for each further piece at one stop (estimate)
SERVICE_S = {"CONTACTLESS": 60, "WITNESSED": 120, "SIGNED": 180}
STRETCH_MIN = timedelta(minutes=10)  # in less nobody walks a round
NO_ANSWER = "NO_ANSWER"  # what came of a call that reached nobody
OPEN_ROUNDS = (Round.State.PLANNED, Round.State.STARTED)


def take_snapshot(params: Mapping[str, Any], now: datetime) -> dict[str, Any]:
    """
    `params`: station, from_at, until_at, communities ([]: all it serves), capacity_g, capacity_pieces, piece_s, limits,
    supersedes (a plan whose rounds that nobody has loaded are planned anew), without (who carries nothing all the same).

    Raises NobodyToPlanFor.
    """
    station = UUID(params["station"])
    window = Window(datetime.fromisoformat(params["from_at"]), datetime.fromisoformat(params["until_at"]))
    assert window.start_at is not None
    assert window.end_at is not None
    midnight = house_midnight(window.start_at)
    served = [row.community for row in servings(station=station)]
    wanted = [UUID(one) for one in params["communities"]] or served
    supersedes = UUID(params["supersedes"]) if params.get("supersedes") else None
    rows = parcels_to_plan(station, wanted, window, supersedes)
    if not rows:
        raise NobodyToPlanFor(
            "No parcel for these communities stands at the station without being on a round already. Nothing was planned.",
            where=str(station),
            found=0,
            expected="parcels received at the station",
            cure="Receive what has come, or choose other communities.",
        )
    here = sorted({row.community_id for row in rows}, key=str)
    known = _told_apart(places.community_plans(here, now))
    nowhere = sorted(plan.name for plan in known if plan.lat is None)
    located = [(plan.lat, plan.lon) for plan in known if plan.lat is not None and plan.lon is not None]
    # Of a community with no point at all the station's is the best guess; without that either, all are in one spot.
    point = point_of(station, now) or next(iter(located), (0.0, 0.0))
    plans = {plan.id: places.laid_out_around(plan, *point) for plan in known}
    zones = places.zones_at(communities=here, at=now)
    ground = _Ground(station, point, list(plans.values()))
    stops = _Stops(plans, zones, params, window, midnight)
    few = _too_few(rows, params.get("drop_min"))
    for row in rows:
        if row.community_id not in few:
            stops.add(row)
    if len(few) == len(here):
        raise NobodyToPlanFor(
            f"No community here has {params['drop_min']} orders for one drop point. Nothing was planned.",
            where=str(station),
            found={plans[each].name: count for each, count in few.items()},
            expected=f"at least {params['drop_min']} orders at a drop point",
            cure="Gather orders of several communities where riders are driven to, or lower what a drop point needs.",
        )
    couriers, left_out = _couriers(station, wanted, window, midnight, params, plans, supersedes, now)
    if not couriers:
        raise NobodyToPlanFor(
            "Nobody who may deliver is assigned to this station in these hours, with every proof there. Nothing was planned.",
            where=str(station),
            found=0,
            expected="couriers assigned to DELIVER, with pass and tests",
            cure="Assign couriers, or enter the tests that are missing.",
        )
    engine_stops, facts = stops.as_json()
    return {
        "midnight": midnight.isoformat(),
        "document": {
            "stations": [ground.station],
            "gates": ground.gates,
            "communities": ground.communities,
            "stops": engine_stops,
            "couriers": [
                {name: value for name, value in one.items() if name not in ("person", "name")} for one in couriers
            ],
            "limits": {"service_s": SERVICE_S, **params["limits"]},
        },
        "stops": facts,
        "couriers": {one["id"]: {"person": one["person"], "name": one["name"]} for one in couriers},
        "left_out": left_out,
        "too_few": {plans[each].name: count for each, count in sorted(few.items(), key=lambda one: str(one[0]))},
        "communities": {str(plan.id): plan.name for plan in plans.values()},
        "estimated": sorted(plan.name for plan in plans.values() if not plan.has_known_walks),
        "nowhere": nowhere,
        "shelves": _shelves(plans.values(), [row.id for row in rows], window, midnight),
        "called": told([row.id for row in rows], midnight),
        "households": {str(row.id): household_of(row) for row in rows},
    }


def _told_apart(plans: Iterable[CommunityView]) -> list[CommunityView]:
    """By their names, which the engine knows them by; a second one of a name gets a number."""
    names: set[str] = set()
    found = []
    for plan in sorted(plans, key=lambda one: str(one.id)):
        free = (f"{plan.name} #{number}" if number > 1 else plan.name for number in count(1))
        name = next(one for one in free if one not in names)
        names.add(name)
        found.append(replace(plan, name=name))
    return found


def seconds(moment: datetime, midnight: datetime) -> int:
    return int((moment - midnight).total_seconds())


def _place_in_order(row: Parcel) -> tuple[str, ...]:
    """Building by building, entrance by entrance, room by room: the order in which the engine takes what stands in one spot."""
    return (
        str(row.community_id),
        row.building.sort_key if row.building else "",
        row.unit.sort_key if row.unit else "",
        row.door.sort_key if row.door else natural_key(row.room_text),
    )


def household_of(row: Parcel) -> str:
    """Who is called for it: the door, or unit and room as written; each parcel alone where no room is known."""
    if row.door_id is not None:
        return str(row.door_id)
    if row.room_text:
        return f"{row.unit_id or row.building_id or row.community_id} {row.room_text}"
    return str(row.id)


def unloaded(plan: UUID) -> list[VisitParcel]:
    """What an approved plan's rounds were to bring and nobody has loaded."""
    return list(
        VisitParcel.objects.filter(
            visit__round__plan=plan, visit__round__state__in=OPEN_ROUNDS, ended_at=None, taken_at=None
        ).select_related("visit__round")
    )


def to_bring(station: UUID) -> Q:
    """What stands at the station; and what lies on a shelf and goes to the door, to be taken up from there."""
    goes_up = Q(wants_door=True) | Q(out_of_place_at__isnull=False)
    return Q(holder=station, state=Parcel.State.AT_STATION) | Q(goes_up, station=station, state=Parcel.State.ON_SHELF)


def parcels_to_plan(
    station: UUID,
    communities: Sequence[UUID],
    window: Window,
    supersedes: UUID | None,
    *,
    among: Collection[UUID] | None = None,
) -> list[Parcel]:
    """By number. `supersedes`: what nobody has loaded of this plan counts as planned by nobody; `among`: of these only."""
    planned = VisitParcel.objects.filter(ended_at=None)
    if supersedes is not None:
        planned = planned.exclude(id__in=[link.id for link in unloaded(supersedes)])
    rows = Parcel.objects.filter(to_bring(station), community__in=communities).exclude(id__in=planned.values("parcel"))
    if among is not None:
        rows = rows.filter(id__in=list(among))
    assert window.end_at is not None
    rows = rows.exclude(due_from_at__gte=window.end_at)
    found = list(rows.select_related("category", "building", "unit", "door", "community__party").order_by("number"))
    # Nobody walks for what nobody is to have any more, or where nobody was at home as often as the rule says.
    over = sources.ended(found) | visits.used_up(found)
    return [row for row in found if row.id not in over]


def _too_few(rows: Sequence[Parcel], drop_min: int | None) -> dict[UUID, int]:
    """Communities whose orders make no drop point, and how many they have; none where doors are served."""
    counts: defaultdict[UUID, int] = defaultdict(int)
    for row in rows:
        counts[row.community_id] += 1
    return {each: count for each, count in counts.items() if drop_min is not None and count < drop_min}


class _Ground:
    """Station, gates and paths as the engine reads them: degrees."""

    def __init__(self, station: UUID, point: tuple[float, float], plans: Sequence[CommunityView]) -> None:
        site = next(iter(places.sites(ids=[station])), None)
        self.station = {"id": site.name if site else str(station), "lat": point[0], "lon": point[1]}
        self.gates: list[dict[str, Any]] = []
        self.communities: list[dict[str, Any]] = []
        for plan in plans:
            lat, lon = _middle(plan)
            gates = plan.gates or (None,)
            for gate in gates:
                located = gate is not None and gate.lat is not None
                self.gates.append(
                    {
                        "id": f"{plan.name} {gate.name if gate else '大门'}",
                        "community": plan.name,
                        "lat": gate.lat if located and gate else lat,
                        "lon": gate.lon if located and gate else lon,
                        "opens": [] if gate is None else _hours(gate.hours),
                    }
                )
            self.communities.append(
                {
                    "id": plan.name,
                    "zone": plan.road_zone_name,
                    "paths": [[list(point) for point in path.line] for path in plan.paths],
                }
            )


def _middle(plan: CommunityView) -> tuple[float, float]:
    assert plan.lat is not None, "a community without a point is laid out around the station"
    assert plan.lon is not None
    return plan.lat, plan.lon


def _hours(hours: Iterable[tuple[time, time]]) -> list[list[int]]:
    return [[_of_day(opens), _of_day(closes)] for opens, closes in hours]


def _of_day(moment: time) -> int:
    return moment.hour * 3600 + moment.minute * 60 + moment.second


class _Stops:
    """Parcels heaped into stops: a shelf or a door, one category and way of handing over, one window."""

    def __init__(
        self,
        plans: Mapping[UUID, CommunityView],
        zones: Mapping[UUID, places.ZoneView],
        params: Mapping[str, Any],
        window: Window,
        midnight: datetime,
    ) -> None:
        self._plans, self._zones, self._params = plans, zones, params
        self._window, self._midnight = window, midnight
        self._buildings = {b.id: b for plan in plans.values() for b in plan.buildings}
        self._units = {unit.id: unit for building in self._buildings.values() for unit in building.units}
        self._doors = {door.id: door for plan in plans.values() for door in plan.doors}
        self._shelf_of: dict[UUID, Any] = {}
        for plan in plans.values():
            for shelf in plan.shelves:
                for unit_id in shelf.units:
                    self._shelf_of.setdefault(unit_id, shelf)
        self._heaps: defaultdict[tuple[Any, ...], list[Parcel]] = defaultdict(list)

    def add(self, row: Parcel) -> None:
        zone = self._zones.get(row.unit_id or row.building_id or row.community_id) if row.building_id else None
        door = self._doors.get(row.door_id) if row.door_id else None
        is_door = (
            row.wants_door
            or row.out_of_place_at is not None
            or (door is not None and door.takes_at_door)
            or (zone is not None and zone.service == "DOOR")
        )
        shelf = self._shelf_of.get(row.unit_id) if row.unit_id else None
        is_in_person = Handover.CONTACTLESS not in row.modes
        mode = row.modes[0] if is_in_person else Handover.CONTACTLESS.value
        span = self._span(row)
        if self._params.get("drop_min"):
            # The courier stays beside the car and sees each taken; nothing is left at a gate.
            seen = next((one for one in row.modes if one != Handover.CONTACTLESS), Handover.WITNESSED.value)
            self._heaps[row.community_id, ("drop",), row.category.code, seen, row.is_cold, span].append(row)
            return
        if shelf is not None and not is_door and not is_in_person:
            place: tuple[Any, ...] = ("shelf", shelf.id)
        else:
            place = ("door", row.building_id, row.unit_id, row.door.room if row.door else row.room_text)
        self._heaps[row.community_id, place, row.category.code, mode, row.is_cold, span].append(row)

    def _span(self, row: Parcel) -> tuple[int, int] | None:
        if row.due_from_at is None and row.due_until_at is None:
            return None
        assert self._window.start_at is not None
        assert self._window.end_at is not None
        start = max(row.due_from_at or self._window.start_at, self._window.start_at)
        end = min(row.due_until_at or self._window.end_at, self._window.end_at)
        # What is late already is brought as soon as may be, not left for being late.
        return (seconds(start, self._midnight), seconds(end, self._midnight)) if start < end else None

    def as_json(self) -> tuple[list[dict[str, Any]], dict[str, dict[str, Any]]]:
        stops: list[dict[str, Any]] = []
        facts: dict[str, dict[str, Any]] = {}
        for (community, place, category, mode, is_cold, span), rows in sorted(
            self._heaps.items(), key=lambda heap: _place_in_order(heap[1][0])
        ):
            parts = self._parts(rows)
            for number, part in enumerate(parts, start=1):
                first = part[0]
                is_drop = place[0] == "drop"
                building = self._buildings.get(first.building_id) if first.building_id and not is_drop else None
                name = self._name(community, place, first, building, (len(parts) > 1 and number) or 0)
                while name in facts:
                    name += "'"
                stops.append(
                    {
                        "id": name,
                        **(
                            self._gate(community)
                            if is_drop
                            else self._point(community, first, building, is_shelf=place[0] == "shelf", shelf=place[1])
                        ),
                        "community": self._plans[community].name,
                        "building": building.name if building else "",
                        "unit": first.unit.name if first.unit and not is_drop else "",
                        "weight_g": sum(row.weight_g for row in part),
                        "pieces": len(part),
                        "category": category,
                        "cold": is_cold,
                        "handover": mode,
                        "service_s": self._service_s(first, mode, len(part)),
                        **({"window": list(span)} if span else {}),
                    }
                )
                is_shelf = place[0] == "shelf"
                facts[name] = {
                    "community": str(community),
                    "building": str(first.building_id) if first.building_id and not is_drop else None,
                    "unit": str(first.unit_id) if first.unit_id and not is_shelf and not is_drop else None,
                    "shelf": str(place[1]) if is_shelf else None,
                    "door": str(first.door_id) if first.door_id and not is_shelf and not is_drop else None,
                    "category": str(first.category_id),
                    "mode": mode,
                    "parcels": [str(row.id) for row in part],
                }
        return stops, facts

    def _service_s(self, row: Parcel, mode: str, count: int) -> int:
        own = row.category.service_s
        usual = {**SERVICE_S, **self._params["limits"].get("service_s", {})}[mode]
        return int((usual if own is None else own) + self._params["piece_s"] * (count - 1))

    def _parts(self, rows: Sequence[Parcel]) -> list[list[Parcel]]:
        """What one courier can carry at once, in turn."""
        parts: list[list[Parcel]] = [[]]
        weight = 0
        for row in rows:
            is_full = (
                len(parts[-1]) == self._params["capacity_pieces"] or weight + row.weight_g > self._params["capacity_g"]
            )
            if parts[-1] and is_full:
                parts.append([])
                weight = 0
            parts[-1].append(row)
            weight += row.weight_g
        return parts

    def _name(
        self, community: UUID, place: tuple[Any, ...], row: Parcel, building: BuildingView | None, part: int
    ) -> str:
        plan = self._plans[community]
        if place[0] == "drop":
            where = "下车点"
        elif place[0] == "shelf":
            where = next(shelf.name for shelf in plan.shelves if shelf.id == place[1])
        else:
            room = row.door.room if row.door else row.room_text
            where = "-".join(
                one for one in (building.name if building else "", row.unit.name if row.unit else "", room) if one
            )
        name = f"{plan.name} {where} {row.category.name_zh}"
        return f"{name} {part}" if part else name

    def _gate(self, community: UUID) -> dict[str, float]:
        """Where a car stops: the first gate that is on the map, else the community's middle."""
        plan = self._plans[community]
        for gate in plan.gates:
            if gate.lat is not None and gate.lon is not None:
                return {"lat": gate.lat, "lon": gate.lon}
        lat, lon = _middle(plan)
        return {"lat": lat, "lon": lon}

    def _point(
        self, community: UUID, row: Parcel, building: BuildingView | None, *, is_shelf: bool, shelf: Any
    ) -> dict[str, float]:
        unit = self._units.get(row.unit_id) if row.unit_id else None
        if is_shelf:  # a shelf stands at the first of its units
            units = next(one.units for one in self._plans[community].shelves if one.id == shelf)
            unit = self._units.get(units[0]) if units else unit
            building = self._buildings.get(unit.building) if unit is not None else building
        if unit is not None and unit.lat is not None and unit.lon is not None:
            return {"lat": unit.lat, "lon": unit.lon}
        if building is not None:
            return {"lat": building.lat, "lon": building.lon}
        lat, lon = _middle(self._plans[community])
        return {"lat": lat, "lon": lon}


def _couriers(
    station: UUID,
    communities: Sequence[UUID],
    window: Window,
    midnight: datetime,
    params: Mapping[str, Any],
    plans: Mapping[UUID, CommunityView],
    supersedes: UUID | None,
    now: datetime,
) -> tuple[list[dict[str, Any]], list[dict[str, Any]]]:
    """
    Each stretch in which somebody may carry, before, between and after the rounds they have already; and who has none left
    for these rounds, with why.
    """
    out = set(params.get("without", ()))
    views = [view for view in crewing.couriers(station, communities, window, now) if str(view.person) not in out]
    site = next(iter(places.sites(ids=[station])), None)
    running = Round.objects.filter(courier__in={view.person for view in views}, state__in=OPEN_ROUNDS)
    busy: defaultdict[UUID, list[Round]] = defaultdict(list)
    anew = {link.visit.round_id for link in unloaded(supersedes)} if supersedes else set()
    for row in running.exclude(id__in=anew).order_by("leaves_at", "back_at", "name"):
        busy[row.courier_id].append(row)
    found: list[dict[str, Any]] = []
    full: dict[UUID, str] = {}
    names: defaultdict[str, int] = defaultdict(int)
    for view in views:
        only = None if view.place == station else [plans[view.place].name] if view.place in plans else []
        if only == []:
            continue
        begins_at = max(view.start_at, now)
        free = _free(begins_at, view.end_at, busy[view.person])
        if not free and busy[view.person] and view.end_at - begins_at >= STRETCH_MIN:
            full[view.person] = view.name
        for start_at, end_at in free:
            names[view.name] += 1
            found.append(
                {
                    "id": view.name if names[view.name] == 1 else f"{view.name} ({names[view.name]})",
                    "station": site.name if site else str(station),
                    "capacity_g": params["capacity_g"],
                    "capacity_pieces": params["capacity_pieces"],
                    "shift": [seconds(start_at, midnight), seconds(end_at, midnight)],
                    **({"communities": only} if only else {}),
                    "person": str(view.person),
                    "name": view.name,
                }
            )
    counted = {one["person"] for one in found}
    left_out = [_left_out(person, name, busy[person]) for person, name in full.items() if str(person) not in counted]
    return found, sorted(left_out, key=lambda one: (one["name"], one["person"]))


def _free(start_at: datetime, end_at: datetime, taken: Iterable[Round]) -> list[tuple[datetime, datetime]]:
    """What of a stretch the rounds, in the order they leave, keep free: long enough to walk anywhere; loading counts."""
    free = []
    for row in taken:
        loads_at = min(row.leaves_at, row.back_at - timedelta(seconds=row.work_s), row.started_at or row.leaves_at)
        free.append((start_at, min(loads_at, end_at)))
        start_at = max(start_at, row.back_at)
    free.append((start_at, end_at))
    return [(start, end) for start, end in free if end - start >= STRETCH_MIN]


def _left_out(person: UUID, name: str, taken: Sequence[Round]) -> dict[str, Any]:
    rounds = [row.name for row in taken]
    return {
        "person": str(person),
        "name": name,
        "why_zh": f"{name} 这段时间已有派送 {'、'.join(rounds)}，没有再安排。",
        "why_en": f"{name} has rounds in these hours already ({', '.join(rounds)}) and was given nothing more.",
    }


def _shelves(
    plans: Iterable[CommunityView], parcels: Sequence[UUID], window: Window, midnight: datetime
) -> dict[str, dict[str, Any]]:
    """Caps, and from when each shelf is free of calls that stand already (others than for these parcels)."""
    assert window.start_at is not None
    assert window.end_at is not None
    shelves = {shelf.id: shelf for plan in plans for shelf in plan.shelves}
    free = free_from(shelves, parcels, window.start_at)
    closes_s = seconds(window.end_at, midnight)
    return {
        str(shelf.id): {
            "name": shelf.name,
            "people_max": shelf.people_max,
            "window_s": shelf.window_minutes * 60,
            "opens": [min(seconds(free.get(shelf.id, window.start_at), midnight), closes_s - 1), closes_s],
        }
        for shelf in shelves.values()
    }


def free_from(shelves: Collection[UUID], parcels: Collection[UUID], since: datetime) -> dict[UUID, datetime]:
    """Shelf → when the last call that stands is over, after `since`; calls for these parcels that nobody has made give way."""
    standing = Calling.objects.filter(shelf__in=list(shelves), cancelled_at=None, until_at__gt=since)
    again = Calling.objects.filter(parcels__in=list(parcels), called_at=None).values("id")
    free: dict[UUID, datetime] = {}
    for shelf_id, until_at in standing.exclude(id__in=again).values_list("shelf", "until_at"):
        assert until_at is not None  # asked for above
        free[shelf_id] = max(until_at, free.get(shelf_id, until_at))
    return free


def told(parcels: Collection[UUID] | Collection[str], midnight: datetime) -> dict[str, int]:
    """Parcel → from when its household was told that it can come for it; those who did not answer were told nothing."""
    called = Parcel.objects.filter(id__in=list(parcels), calling__called_at__isnull=False, calling__cancelled_at=None)
    rows = called.exclude(calling__outcome=NO_ANSWER).order_by("number").values_list("id", "calling__from_at")
    return {str(parcel): seconds(from_at, midnight) for parcel, from_at in rows if from_at is not None}
