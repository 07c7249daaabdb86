"""Reads of communities: the plan of one, the list of all, its doors; where stations stand."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass, replace
from datetime import datetime, time
from math import cos, radians
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import JSONObject
from django.utils import timezone

from baogong.engine.sheets.limits import longest
from baogong.kernel.errors import NotFound
from baogong.places.models import (
    Building,
    Community,
    Door,
    Gate,
    GateHours,
    Path,
    RoadZone,
    Shelf,
    Site,
    StationStand,
    Unit,
)
from baogong.places.queries.zones import NO_WORDING, Wording, wording_columns, wording_from

STANDS_MAX = 500
COMMUNITIES_MAX = 10_000
ROW_BUILDINGS, APART_M = 10, 40
"""Buildings without a point are laid out in rows of ten, so far apart."""

NAME_MAX = longest(Building, "name")
_M_PER_DEGREE = 111_195.0


@dataclass(frozen=True, slots=True)
class GateView:
    """A way through the wall. `hours`: spans of every day by the house's clock; none: always."""

    id: UUID
    name: str
    lat: float | None
    lon: float | None
    slot_minutes: int
    carts_per_slot: int
    hours: tuple[tuple[time, time], ...]
    closed_at: datetime | None

    def is_open(self, at: datetime) -> bool:
        if self.closed_at is not None and self.closed_at <= at:
            return False
        clock = timezone.localtime(at).time()
        return not self.hours or any(opens <= clock < closes for opens, closes in self.hours)


@dataclass(frozen=True, slots=True)
class UnitView:
    """A staircase; `name` "" where the building has only one. `households_count` None: nobody counted."""

    id: UUID
    building: UUID
    name: str
    lat: float | None
    lon: float | None
    households_count: int | None


@dataclass(frozen=True, slots=True)
class BuildingView:
    """
    A building. lat, lon are always there; `is_located` False: laid out by its place in the natural order, as is every
    building without a point (walks are then estimated from the order of buildings, and whoever shows them says so).
    """

    id: UUID
    name: str
    also: tuple[str, ...]
    lat: float
    lon: float
    is_located: bool
    footprint: dict[str, Any] | None
    floors_count: int | None
    has_lift: bool | None
    units: tuple[UnitView, ...]

    @property
    def households_count(self) -> int | None:
        """Of all its units; None where nobody counted any."""
        counted = [unit.households_count for unit in self.units if unit.households_count is not None]
        return sum(counted) if counted else None


@dataclass(frozen=True, slots=True)
class ShelfView:
    """At most `people_max` people are called to it within `window_minutes`."""

    id: UUID
    name: str
    units: tuple[UUID, ...]
    people_max: int
    window_minutes: int
    parcels_max: int | None
    closed_at: datetime | None


@dataclass(frozen=True, slots=True)
class DoorView:
    """A household's door; whose is still there (`left_at` None or later)."""

    id: UUID
    unit: UUID
    building: UUID
    room: str
    takes_at_door: bool
    why: str
    note: str
    person: UUID | None
    left_at: datetime | None


@dataclass(frozen=True, slots=True)
class PathView:
    """A way inside; points are (lat, lon)."""

    id: UUID
    line: tuple[tuple[float, float], ...]


@dataclass(frozen=True, slots=True)
class CommunityView:
    """
    A compound as it stands at a moment: buildings in natural order with their units, shelves in service, doors of
    households that are there.

    lat, lon    its own point, or the middle of its located buildings, or of its located gates; None where nothing is
    gates       those that are there, closed for the day or not; one bricked up is not
    wording     what zones mean there, and its notices, where they were asked for
    """

    id: UUID
    name: str
    name_en: str
    city: str
    street: str
    address: str
    lat: float | None
    lon: float | None
    road_zone: UUID | None
    road_zone_name: str
    gates: tuple[GateView, ...]
    paths: tuple[PathView, ...]
    buildings: tuple[BuildingView, ...]
    shelves: tuple[ShelfView, ...]
    doors: tuple[DoorView, ...]
    wording: Wording = NO_WORDING

    @property
    def is_located(self) -> bool:
        """Whether every building has a point; if not, walks are estimated from the order of buildings."""
        return all(building.is_located for building in self.buildings)

    @property
    def gates_to_locate(self) -> tuple[GateView, ...]:
        """Those without a point: walks through them are estimated as if they stood in its middle."""
        return tuple(gate for gate in self.gates if gate.lat is None)

    @property
    def has_known_walks(self) -> bool:
        """Whether walks in it are measured: every building has a point, and so has every gate, of which one is known."""
        return self.is_located and bool(self.gates) and not self.gates_to_locate

    @property
    def households_count(self) -> int:
        """As far as anybody counted."""
        return sum(building.households_count or 0 for building in self.buildings)

    @property
    def uncounted_count(self) -> int:
        """Buildings with a unit of which nobody counted the households."""
        return sum(any(unit.households_count is None for unit in building.units) for building in self.buildings)


@dataclass(frozen=True, slots=True)
class CommunityRow:
    """A community in a list. `located_count`: buildings with a point; `door_count`: doors to be served."""

    id: UUID
    name: str
    name_en: str
    city: str
    street: str
    address: str
    road_zone_name: str
    lat: float | None
    lon: float | None
    buildings_count: int
    located_count: int
    households_count: int
    gates_count: int
    shelves_count: int


@dataclass(frozen=True, slots=True)
class StandView:
    """Where a station stands from `from_at` on; `until_at`: when its next stand begins. `community` None: on the street."""

    id: UUID
    station: UUID
    station_name: str
    community: UUID | None
    community_name: str
    from_at: datetime
    until_at: datetime | None
    lat: float | None
    lon: float | None
    note: str


def buildings_counted(community: str) -> Subquery:
    """For a query of another room: how many buildings are listed in the community that this column names; None: none."""
    own = Building.objects.filter(community=OuterRef(community)).order_by().values("community")
    return Subquery(own.annotate(n=Count("id")).values("n"))


def communities(*, ids: Collection[UUID] | None = None, most: int = COMMUNITIES_MAX) -> tuple[CommunityRow, ...]:
    """In the order of their names; one query."""
    rows = Community.objects.select_related("party", "road_zone")
    if ids is not None:
        rows = rows.filter(pk__in=ids)
    own: dict[str, Any] = {"community": OuterRef("pk")}

    def counted(rows: Any, what: Any) -> Subquery:
        return Subquery(rows.order_by().values("community").annotate(n=what).values("n"))

    in_building = Unit.objects.filter(building__community=OuterRef("pk")).order_by().values("building__community")
    found = rows.annotate(
        buildings_count=counted(Building.objects.filter(**own), Count("id")),
        located_count=counted(Building.objects.filter(**own, lat__isnull=False), Count("id")),
        gates_count=counted(Gate.objects.filter(**own, closed_at=None), Count("id")),
        shelves_count=counted(Shelf.objects.filter(**own, closed_at=None), Count("id")),
        households=Subquery(in_building.annotate(n=Sum("households_count")).values("n")),
    ).order_by("party__sort_key", "party_id")
    return tuple(
        CommunityRow(
            row.pk,
            row.party.name,
            row.party.name_en,
            row.party.city,
            row.street,
            row.address,
            row.road_zone.name if row.road_zone else "",
            row.lat,
            row.lon,
            row.buildings_count or 0,
            row.located_count or 0,
            row.households or 0,
            row.gates_count or 0,
            row.shelves_count or 0,
        )
        for row in found[:most]
    )


def community_plan(
    community: UUID, at: datetime, *, with_doors: bool = True, with_wording: bool = False
) -> CommunityView:
    """
    All of a community that a plan or a picture needs; four queries, three without doors. Raises NotFound.

    with_doors    False: `doors` is empty (who is ill or alone is nobody's business who only draws the map)
    with_wording  True: `wording` is filled
    """
    return community_plans([community], at, with_doors=with_doors, with_wording=with_wording)[0]


def community_plans(
    communities: Collection[UUID], at: datetime, *, with_doors: bool = True, with_wording: bool = False
) -> tuple[CommunityView, ...]:
    """The same of several, in their order; four queries for all of them. Raises NotFound."""
    hours = GateHours.objects.filter(gate=OuterRef("pk")).order_by("opens_at")
    gates = (
        Gate.objects.filter(community=OuterRef("pk"))
        .annotate(spans=ArraySubquery(hours.values(row=JSONObject(opens="opens_at", closes="closes_at"))))
        .order_by("name", "id")
    )
    gate_facts = ("id", "name", "lat", "lon", "slot_minutes", "carts_per_slot", "closed_at", "spans")
    paths = Path.objects.filter(community=OuterRef("pk")).order_by("id")
    rows = {
        row.pk: row
        for row in Community.objects.filter(pk__in=communities)
        .select_related("party", "road_zone")
        .annotate(
            its_gates=ArraySubquery(gates.values(row=JSONObject(**{fact: fact for fact in gate_facts}))),
            its_paths=ArraySubquery(paths.values(row=JSONObject(id="id", line="line"))),
            **(wording_columns(at) if with_wording else {}),
        )
    }
    for community in communities:
        if community not in rows:
            raise NotFound(
                f"There is no community {community}.", where=str(community), cure="Open the community first."
            )
    unit_facts = ("id", "name", "lat", "lon", "households_count")
    units = Unit.objects.filter(building=OuterRef("pk")).order_by("sort_key", "name")
    buildings: dict[UUID, list[Any]] = {community: [] for community in rows}
    for building in (
        Building.objects.filter(community__in=rows)
        .annotate(its_units=ArraySubquery(units.values(row=JSONObject(**{fact: fact for fact in unit_facts}))))
        .order_by("sort_key", "name", "id")
    ):
        buildings[building.community_id].append(building)
    shelves: dict[UUID, list[ShelfView]] = {community: [] for community in rows}
    shared = Unit.objects.filter(shelves=OuterRef("pk")).order_by("building__sort_key", "sort_key", "id")
    for shelf in (
        Shelf.objects.filter(community__in=rows)
        .filter(Q(closed_at=None) | Q(closed_at__gt=at))
        .annotate(its_units=ArraySubquery(shared.values("id")))
        .order_by("sort_key", "name", "id")
    ):
        shelves[shelf.community_id].append(
            ShelfView(
                shelf.pk,
                shelf.name,
                tuple(shelf.its_units),
                shelf.people_max,
                shelf.window_minutes,
                shelf.parcels_max,
                shelf.closed_at,
            )
        )
    doors: dict[UUID, tuple[DoorView, ...]] = _doors(tuple(rows), at) if with_doors else {}
    return tuple(
        _plan(rows[community], buildings[community], tuple(shelves[community]), doors.get(community, ()), at)
        for community in communities
    )


def gates_of(communities: Collection[UUID]) -> dict[UUID, tuple[GateView, ...]]:
    """Community → its gates, given up ones too, by name; one query."""
    hours = GateHours.objects.filter(gate=OuterRef("pk")).order_by("opens_at")
    facts = {fact: fact for fact in ("id", "name", "lat", "lon", "slot_minutes", "carts_per_slot", "closed_at")}
    rows = (
        Gate.objects.filter(community__in=communities)
        .annotate(spans=ArraySubquery(hours.values(row=JSONObject(opens="opens_at", closes="closes_at"))))
        .order_by("name", "id")
        .values_list("community", JSONObject(**facts, spans="spans"))
    )
    found: dict[UUID, tuple[GateView, ...]] = {}
    for community, said in rows:
        found[community] = (*found.get(community, ()), _gate(said))
    return found


def doors_of(community: UUID, at: datetime) -> tuple[DoorView, ...]:
    """Doors of the households that are there, by building, unit and room in natural order; one query."""
    return _doors((community,), at).get(community, ())


def persons_at(doors: Collection[UUID], at: datetime) -> dict[UUID, UUID]:
    """Door → whose number is kept for it, of those of these doors whose household is there; one query."""
    rows = Door.objects.filter(pk__in=doors, person__isnull=False).filter(Q(left_at=None) | Q(left_at__gt=at))
    return {door: person for door, person in rows.values_list("pk", "person") if person is not None}


def stations_at(now: datetime, *, communities: Collection[UUID] | None = None) -> tuple[StandView, ...]:
    """Where every station stands at that moment, by name: a station's last stand that has begun. One query."""
    rows = _standing_after(now).filter(from_at__lte=now)
    if communities is not None:
        rows = rows.filter(community__in=communities)
    return _stands(rows.order_by("station__party__sort_key", "station_id"))


def station_schedule(now: datetime) -> tuple[StandView, ...]:
    """Where every station stands now and is to stand, by name and time. One query."""
    return _stands(_standing_after(now).order_by("station__party__sort_key", "station_id", "from_at")[:STANDS_MAX])


def _standing_after(now: datetime) -> QuerySet[StationStand]:
    next_stand = StationStand.objects.filter(station=OuterRef("station"), from_at__gt=OuterRef("from_at"))
    return (
        StationStand.objects.filter(station__role=Site.Role.STATION)
        .annotate(until_at=Subquery(next_stand.order_by("from_at").values("from_at")[:1]))
        .filter(Q(until_at=None) | Q(until_at__gt=now))
        .select_related("station__party", "community__party")
    )


def _stands(rows: Iterable[Any]) -> tuple[StandView, ...]:
    return tuple(
        StandView(
            row.pk,
            row.station_id,
            row.station.party.name,
            row.community_id,
            row.community.party.name if row.community else "",
            row.from_at,
            row.until_at,
            row.lat if row.lat is not None or row.community is None else row.community.lat,
            row.lon if row.lon is not None or row.community is None else row.community.lon,
            row.note,
        )
        for row in rows
    )


def road_zones() -> tuple[tuple[UUID, str], ...]:
    """(id, name) of every road zone, in the order of their names."""
    return tuple(RoadZone.objects.order_by("sort_key", "id").values_list("id", "name"))


def _doors(communities: Collection[UUID], at: datetime) -> dict[UUID, tuple[DoorView, ...]]:
    found: dict[UUID, list[DoorView]] = {}
    rows = (
        Door.objects.filter(unit__building__community__in=communities)
        .filter(Q(left_at=None) | Q(left_at__gt=at))
        .select_related("unit__building")
        .order_by("unit__building__sort_key", "unit__building_id", "unit__sort_key", "unit_id", "sort_key", "room")
    )
    for row in rows:
        found.setdefault(row.unit.building.community_id, []).append(
            DoorView(
                row.pk,
                row.unit_id,
                row.unit.building_id,
                row.room,
                row.takes_at_door,
                row.why,
                row.note,
                row.person_id,
                row.left_at,
            )
        )
    return {community: tuple(doors) for community, doors in found.items()}


def _plan(
    row: Any, buildings: list[Any], shelves: tuple[ShelfView, ...], doors: tuple[DoorView, ...], at: datetime
) -> CommunityView:
    lat, lon = row.lat, row.lon
    gates = tuple(gate for each in row.its_gates if (gate := _gate(each)).closed_at is None or gate.closed_at > at)
    located = [each for each in buildings if each.lat is not None] or [each for each in gates if each.lat is not None]
    if lat is None and located:
        lat = sum(each.lat for each in located) / len(located)
        lon = sum(each.lon for each in located) / len(located)
    places = _laid_out(len(buildings), lat, lon)
    return CommunityView(
        row.pk,
        row.party.name,
        row.party.name_en,
        row.party.city,
        row.street,
        row.address,
        lat,
        lon,
        row.road_zone_id,
        row.road_zone.name if row.road_zone else "",
        gates,
        tuple(PathView(UUID(each["id"]), tuple((y, x) for y, x in each["line"])) for each in row.its_paths),
        tuple(_building(building, place) for building, place in zip(buildings, places, strict=True)),
        shelves,
        doors,
        wording_from(row) if hasattr(row, "its_rules") else NO_WORDING,
    )


def _gate(said: dict[str, Any]) -> GateView:
    return GateView(
        UUID(said["id"]),
        said["name"],
        said["lat"],
        said["lon"],
        said["slot_minutes"],
        said["carts_per_slot"],
        tuple((time.fromisoformat(span["opens"]), time.fromisoformat(span["closes"])) for span in said["spans"]),
        datetime.fromisoformat(said["closed_at"]) if said["closed_at"] else None,
    )


def _building(row: Any, place: tuple[float, float]) -> BuildingView:
    is_located = row.lat is not None
    return BuildingView(
        row.pk,
        row.name,
        tuple(row.also),
        row.lat if is_located else place[0],
        row.lon if is_located else place[1],
        is_located,
        row.footprint,
        row.floors_count,
        row.has_lift,
        tuple(
            UnitView(UUID(unit["id"]), row.pk, unit["name"], unit["lat"], unit["lon"], unit["households_count"])
            for unit in row.its_units
        ),
    )


def laid_out_around(plan: CommunityView, lat: float, lon: float) -> CommunityView:
    """A community of which nobody knows where it lies, its buildings laid out around this point; any other as it is."""
    if plan.lat is not None:
        return plan
    spots = zip(plan.buildings, _laid_out(len(plan.buildings), lat, lon), strict=True)
    buildings = tuple(replace(each, lat=spot[0], lon=spot[1]) for each, spot in spots)
    return replace(plan, lat=lat, lon=lon, buildings=buildings)


def _laid_out(count: int, lat: float | None, lon: float | None) -> list[tuple[float, float]]:
    """Rows of ten from the north-west, 40 m apart, with their middle at the point; without one at 0, 0."""
    lat, lon = lat or 0.0, lon or 0.0
    columns, rows = min(count, ROW_BUILDINGS), -(-count // ROW_BUILDINGS)
    north = APART_M / _M_PER_DEGREE
    east = north / max(cos(radians(lat)), 0.01)
    return [
        (
            lat + ((rows - 1) / 2 - number // ROW_BUILDINGS) * north,
            lon + (number % ROW_BUILDINGS - (columns - 1) / 2) * east,
        )
        for number in range(count)
    ]
