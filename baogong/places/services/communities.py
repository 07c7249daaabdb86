"""
Writes of communities: the compound, its gates, ways, buildings, units, shelves and doors.

Everything here says what is so: saying the same again changes nothing, and None leaves what is known.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, time
from typing import Any
from uuid import UUID

from django.db import transaction
from django.dispatch import Signal

from baogong.engine.outlines import middle_of
from baogong.engine.sheets.house_numbers import building_name, house_key, natural_key, room_name, unit_name
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.names import fold, sort_key
from baogong.engine.sheets.ports import party_book
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.places.models import Building, Community, Door, Gate, GateHours, Path, RoadZone, Shelf, Unit
from baogong.places.recording import record
from baogong.places.services.sites import point_of

REGISTRARS = (Duty.COMMAND, Duty.CLERK)
LOCAL = (Duty.COMMAND, Duty.CLERK, Duty.KEEPER)  # who may say, at a community, how it is there
NEAR_NAME = 0.9
BUILDINGS_MAX, DOORS_MAX = 2_000, 20_000
PHONE_PURPOSE = "last-100-metres"


class CommunityUnusable(UnusableInput):
    """No compound, gate, building, shelf or door can be like this; its kinds say which."""

    code = "places.community-unusable"


class NameUnusable(CommunityUnusable):
    """A name needs a letter or a digit, and an end."""

    code = "places.name-unusable"


class NameOfAnother(CommunityUnusable):
    """Another building of the community has that name."""

    code = "places.name-of-another"


class TooLong(CommunityUnusable):
    code = "places.too-long"


class TooMany(CommunityUnusable):
    code = "places.too-many"


class OutOfBounds(CommunityUnusable):
    code = "places.out-of-bounds"


class GateHoursUnusable(CommunityUnusable):
    """Hours that end before they begin, or overlap."""

    code = "places.gate-hours-unusable"


class WayUnusable(CommunityUnusable):
    code = "places.way-unusable"


class FootprintUnusable(CommunityUnusable):
    code = "places.footprint-unusable"


class DoorWithoutReason(CommunityUnusable):
    """Who is served at the door is so for a reason."""

    code = "places.door-without-reason"


class CommunityInDoubt(BaogongError):
    """A name near that of somebody known: a person says whether it is that one."""

    kind, code = Kind.CONFLICT, "places.community-in-doubt"


@dataclass(frozen=True, slots=True)
class UnitGiven:
    """A unit as it is said to be; None: not said. `name` "" is the only unit of a building that has none."""

    name: str = ""
    households_count: int | None = None
    lat: float | None = None
    lon: float | None = None


@dataclass(frozen=True, slots=True)
class BuildingGiven:
    """A building as it is said to be; None: not said. `footprint` GeoJSON, [lon, lat]; it gives the point too."""

    name: str
    also: tuple[str, ...] = ()
    lat: float | None = None
    lon: float | None = None
    footprint: dict[str, Any] | None = None
    floors_count: int | None = None
    has_lift: bool | None = None
    units: tuple[UnitGiven, ...] = ()


@dataclass(frozen=True, slots=True)
class DoorGiven:
    """A door as it is said to be; None: not said. `phone` is kept enciphered, under a person without a name."""

    unit: UUID
    room: str
    takes_at_door: bool | None = None
    why: str | None = None
    note: str | None = None
    phone: str | None = None
    has_left: bool | None = None


@transaction.atomic
def open_community(
    *,
    name: str = "",
    party: UUID | None = None,
    name_en: str = "",
    city: str = "",
    street: str = "",
    address: str = "",
    lat: float | None = None,
    lon: float | None = None,
    system: str = "WGS84",
    road_zone: str = "",
    is_new: bool = False,
    actor: Actor,
    now: datetime,
) -> UUID:
    """
    A compound that one enters through its gates only; its id is the party's. Again, with the same name: the same one.

    party      of the register; None: the one of this name, or a new one
    street     as notices name it: 华灵路
    is_new     it is none of those with a near name
    Raises CommunityInDoubt with the candidates, CommunityUnusable, NotYourPlace.
    """
    actor.require(*REGISTRARS)
    if party is None:
        party = _party_named(name, name_en, city, is_new, now)
    facts = _place(street, address, lat, lon, system, road_zone)
    row, is_added = Community.objects.get_or_create(party_id=party, defaults=facts)
    if is_added:
        record(kind="places.community.opened", actor=actor, now=now, subject=party)
        return party
    said = {field: value for field, value in facts.items() if value not in (None, "")}
    _changed(row, said, actor, now)
    return party


@transaction.atomic
def change_community(
    *,
    community: UUID,
    street: str | None = None,
    address: str | None = None,
    lat: float | None = None,
    lon: float | None = None,
    system: str = "WGS84",
    road_zone: str | None = None,
    actor: Actor,
    now: datetime,
) -> None:
    """Change what is known of a community; None leaves a field. Raises NotFound, CommunityUnusable, NotYourPlace."""
    row = locked_community(community, actor)
    facts = _place(street or "", address or "", lat, lon, system, road_zone or "")
    given: dict[str, object] = {"street": street, "address": address, "lat": lat, "lon": lon, "road_zone_id": road_zone}
    _changed(row, {field: facts[field] for field, value in given.items() if value is not None}, actor, now)


@transaction.atomic
def set_gate(
    *,
    community: UUID,
    name: str,
    lat: float | None = None,
    lon: float | None = None,
    system: str = "WGS84",
    hours: Sequence[tuple[time, time]] | None = None,
    slot_minutes: int | None = None,
    carts_per_slot: int | None = None,
    actor: Actor,
    now: datetime,
) -> UUID:
    """
    A gate and when it may be passed; returns its id. The last word counts; a gate that was closed is open again.

    hours           spans of every day by the house's clock; empty: always; None: as known
    carts_per_slot  0: as many as come
    Raises CommunityUnusable, NotFound, NotYourPlace.
    """
    row = locked_community(community, actor)
    name = _named(name, "gate", longest(Gate, "name"))
    spans = sorted(hours or ())
    for number, (opens, closes) in enumerate(spans):
        if closes <= opens or (number and opens < spans[number - 1][1]):
            raise GateHoursUnusable(
                "A gate's hours begin before they end and do not overlap; nothing was changed.",
                where="hours",
                found=", ".join(f"{start:%H:%M}-{end:%H:%M}" for start, end in spans),
                expected="06:00-09:00, 16:00-19:00",
                cure="Write each span once; one over midnight as two.",
            )
    for field, value, least in (("slot_minutes", slot_minutes, 1), ("carts_per_slot", carts_per_slot, 0)):
        _bounded(field, value, least, 1440)
    facts: dict[str, Any] = {"slot_minutes": slot_minutes, "carts_per_slot": carts_per_slot}
    if lat is not None or lon is not None:
        facts |= point_of(lat, lon, system)
    said = {field: value for field, value in facts.items() if value is not None}
    gate, is_new = Gate.objects.get_or_create(
        community=row, name=name, defaults=said | {"id": derived_id("gate", community, name)}
    )
    before = [] if is_new else list(gate.hours.order_by("opens_at").values_list("opens_at", "closes_at"))
    if hours is not None and before != spans:
        gate.hours.all().delete()
        GateHours.objects.bulk_create(GateHours(gate=gate, opens_at=start, closes_at=end) for start, end in spans)
    changes = {f: v for f, v in (said | {"closed_at": None}).items() if getattr(gate, f) != v}
    for field, value in changes.items():
        setattr(gate, field, value)
    if changes:
        gate.save(update_fields=list(changes))
    if is_new or changes or (hours is not None and before != spans):
        told = [f"{start:%H:%M}-{end:%H:%M}" for start, end in (spans if hours is not None else before)]
        record(
            kind="places.gate.set",
            actor=actor,
            now=now,
            subject=community,
            data={"gate": str(gate.id), "name": name, "hours": told},
        )
    return gate.id


@transaction.atomic
def close_gate(*, gate: UUID, at: datetime, actor: Actor, now: datetime) -> None:
    """From `at` on nobody passes here. Raises NotFound, NotYourPlace."""
    row = Gate.objects.select_for_update().filter(pk=gate).first()
    if row is None:
        raise _nothing("gate", gate)
    actor.require(*LOCAL, at=row.community_id)
    if row.closed_at == at:
        return
    row.closed_at = at
    row.save(update_fields=["closed_at"])
    record(kind="places.gate.closed", actor=actor, now=now, subject=row.community_id, data={"gate": str(gate)})


@transaction.atomic
def draw_paths(
    *, community: UUID, lines: Iterable[Sequence[Sequence[float]]], anew: bool = False, actor: Actor, now: datetime
) -> int:
    """
    Ways that walks inside keep to, each a line of [lat, lon]; returns how many are new. The same line again is one.

    anew   only these from now on
    Raises CommunityUnusable, NotFound, NotYourPlace.
    """
    row = locked_community(community, actor)
    wanted = {}
    for line in lines:
        points = [[float(lat), float(lon)] for lat, lon in line]
        if len(points) < 2 or any(not (-90 <= lat <= 90 and -180 <= lon <= 180) for lat, lon in points):
            raise WayUnusable(
                "A way is a line of two points or more on the earth; nothing was drawn.",
                where="lines",
                found=str(points[:2]),
                expected="[[31.23, 121.47], …]",
                cure="Check whether latitude and longitude are swapped.",
            )
        wanted[derived_id("path", community, points)] = points
    known = set(row.paths.values_list("id", flat=True))
    added = [Path(id=key, community=row, line=points) for key, points in wanted.items() if key not in known]
    gone = known - wanted.keys() if anew else set()
    Path.objects.bulk_create(added)
    if gone:
        Path.objects.filter(pk__in=gone).delete()
    if added or gone:
        record(
            kind="places.paths.drawn",
            actor=actor,
            now=now,
            subject=community,
            data={"added": len(added), "gone": len(gone)},
        )
    return len(added)


@transaction.atomic
def add_buildings(
    *, community: UUID, buildings: Sequence[BuildingGiven], actor: Actor, now: datetime
) -> dict[str, UUID]:
    """
    Buildings and their units in bulk: new ones are added, known ones get what is said of them. Ids by name as given.

    A building is known by its number however written (5号楼, 5#, 五号楼) or by what it is `also` called. One without units
    has one whose name is empty. Raises CommunityUnusable, NotFound, NotYourPlace.
    """
    row = locked_community(community, actor)
    known = list(row.buildings.prefetch_related("units"))
    by_key = {key: each for each in known for key in (house_key(each.name), *each.also)}
    added: dict[UUID, Building] = {}
    changed: dict[UUID, Building] = {}
    answer: dict[str, UUID] = {}
    wanted_units: list[tuple[Building, tuple[UnitGiven, ...]]] = []
    for given in buildings:
        name = _named(building_name(given.name), "building", longest(Building, "name"))
        keys = dict.fromkeys((house_key(name), *map(house_key, given.also)))
        found = next((by_key[key] for key in keys if key in by_key), None)
        facts = _of_building(given)
        if found is None:
            found = Building(id=new_id(), community=row, name=name, sort_key=natural_key(name)[:80], **facts)
            added[found.pk] = found
        else:
            for field, value in facts.items():
                if getattr(found, field) != value:
                    setattr(found, field, value)
                    if found.pk not in added:
                        changed[found.pk] = found
        more = [key for key in keys if key != house_key(found.name) and key not in found.also]
        if more:
            found.also = [*found.also, *more]
            if found.pk not in added:
                changed[found.pk] = found
        by_key |= dict.fromkeys(keys, found)
        answer[given.name] = found.pk
        wanted_units.append((found, given.units))
    if len(known) + len(added) > BUILDINGS_MAX:
        raise TooMany(
            f"A community has at most {BUILDINGS_MAX:,} buildings; nothing was written.",
            where="buildings",
            found=len(known) + len(added),
            expected=BUILDINGS_MAX,
            cure="Divide it into several communities.",
        )
    Building.objects.bulk_create(added.values())
    Building.objects.bulk_update(
        changed.values(), ("also", "lat", "lon", "footprint", "floors_count", "has_lift"), batch_size=500
    ) if changed else None
    units = _add_units(known, wanted_units)
    if added or changed or units:
        record(
            kind="places.buildings.listed",
            actor=actor,
            now=now,
            subject=community,
            data={"added": len(added), "changed": len(changed), "units": units},
        )
    return answer


@transaction.atomic
def draw_buildings(
    *,
    community: UUID,
    buildings: Sequence[BuildingGiven],
    lines: Iterable[Sequence[Sequence[float]]] = (),
    actor: Actor,
    now: datetime,
) -> None:
    """Footprints and the ways between them from one file, all or nothing. Raises as `add_buildings` and `draw_paths`."""
    add_buildings(community=community, buildings=buildings, actor=actor, now=now)
    draw_paths(community=community, lines=lines, actor=actor, now=now)


def _of_building(given: BuildingGiven) -> dict[str, Any]:
    """What is said, ready for the row; the footprint gives the point where none is said."""
    facts: dict[str, Any] = {"floors_count": given.floors_count, "has_lift": given.has_lift}
    _bounded("floors_count", given.floors_count, 1, 200)
    if given.footprint is not None:
        try:
            lat, lon = middle_of(given.footprint)
        except ValueError as error:
            raise FootprintUnusable(
                f"The footprint of building {given.name} cannot be drawn: {error}. Nothing was written.",
                where=given.name,
                expected="a GeoJSON Polygon or MultiPolygon in WGS84",
                cure="Leave the footprint out, or draw it again.",
            ) from error
        shape = {"type": given.footprint["type"], "coordinates": given.footprint["coordinates"]}
        facts |= {"footprint": shape, "lat": lat, "lon": lon}
    if given.lat is not None or given.lon is not None:
        facts |= point_of(given.lat, given.lon, "WGS84")
    return {field: value for field, value in facts.items() if value is not None}


def _add_units(known: Sequence[Building], wanted: Sequence[tuple[Building, tuple[UnitGiven, ...]]]) -> int:
    """New units and what is said of known ones; returns how many rows were touched."""
    standing = {building.pk: {unit.name.casefold(): unit for unit in building.units.all()} for building in known}
    added: dict[UUID, Unit] = {}
    changed: dict[UUID, Unit] = {}
    for building, units in wanted:
        mine = standing.setdefault(building.pk, {})
        for given in units or (() if mine else (UnitGiven(),)):
            name = unit_name(given.name)[: longest(Unit, "name")]
            facts: dict[str, Any] = {"households_count": given.households_count}
            _bounded("households_count", given.households_count, 0, 100_000)
            if given.lat is not None or given.lon is not None:
                facts |= point_of(given.lat, given.lon, "WGS84")
            said = {field: value for field, value in facts.items() if value is not None}
            unit = mine.get(name.casefold())
            if unit is None and name and set(mine) == {""} and len(units) == 1:
                # The building's only unit gets its name: what was counted for it stays.
                unit = mine.pop("")
                unit.name, unit.sort_key = name, natural_key(name)[:40]
                mine[name.casefold()] = unit
                if unit.pk not in added:
                    changed[unit.pk] = unit
            if unit is None:
                unit = Unit(id=new_id(), building=building, name=name, sort_key=natural_key(name)[:40])
                mine[name.casefold()] = added[unit.pk] = unit
            for field, value in said.items():
                if getattr(unit, field) != value:
                    setattr(unit, field, value)
                    if unit.pk not in added:
                        changed[unit.pk] = unit
    Unit.objects.bulk_create(added.values())
    if changed:
        fields = ("name", "sort_key", "households_count", "lat", "lon")
        Unit.objects.bulk_update(changed.values(), fields, batch_size=500)
    return len(added) + len(changed)


@transaction.atomic
def rename_building(*, building: UUID, name: str, actor: Actor, now: datetime) -> None:
    """Its number from now on; the one before still finds it. Raises CommunityUnusable, NotFound, NotYourPlace."""
    row = Building.objects.filter(pk=building).first()
    if row is None:
        raise _nothing("building", building)
    community = locked_community(row.community_id, actor)
    name = _named(building_name(name), "building", longest(Building, "name"))
    key, old = house_key(name), house_key(row.name)
    for other in community.buildings.exclude(pk=building):
        if key in (house_key(other.name), *other.also):
            raise NameOfAnother(
                f"Building {other.name} of this community has that name; nothing was changed.",
                where="name",
                found=name,
                expected="a name that no other building here has",
                cure="Choose another name.",
            )
    if row.name == name:
        return
    row.also = [*(each for each in row.also if each != key), *([old] if old != key else [])]
    row.name, row.sort_key = name, natural_key(name)[:80]
    row.save(update_fields=["name", "sort_key", "also"])
    record(kind="places.building.renamed", actor=actor, now=now, subject=community.pk, data={"building": str(building)})


@transaction.atomic
def set_shelf(
    *,
    community: UUID,
    name: str,
    units: Iterable[UUID] | None = None,
    people_max: int | None = None,
    window_minutes: int | None = None,
    parcels_max: int | None = None,
    actor: Actor,
    now: datetime,
) -> UUID:
    """
    A shelf, the units that share it and how many people may be called to it in one window; returns its id.

    A unit has one shelf: given to this one it leaves the other. A closed shelf is open again. parcels_max 0: as many as
    fit.
    Raises CommunityUnusable, NotFound, NotYourPlace.
    """
    row = locked_community(community, actor)
    name = _named(name, "shelf", longest(Shelf, "name"))
    _bounded("people_max", people_max, 1, 1000)
    _bounded("window_minutes", window_minutes, 1, 1440)
    _bounded("parcels_max", parcels_max, 0, 1_000_000)
    facts = {"people_max": people_max, "window_minutes": window_minutes}
    said: dict[str, Any] = {field: value for field, value in facts.items() if value is not None}
    if parcels_max is not None:
        said["parcels_max"] = parcels_max or None
    shelf, is_new = Shelf.objects.get_or_create(
        community=row,
        name=name,
        defaults=said | {"id": derived_id("shelf", community, name), "sort_key": natural_key(name)[:120]},
    )
    changes = {field: value for field, value in (said | {"closed_at": None}).items() if getattr(shelf, field) != value}
    for field, value in changes.items():
        setattr(shelf, field, value)
    if changes:
        shelf.save(update_fields=list(changes))
    is_moved = units is not None and _share_shelf(row, shelf, set(units))
    if is_new or changes or is_moved:
        record(
            kind="places.shelf.set",
            actor=actor,
            now=now,
            subject=community,
            data={"shelf": str(shelf.id), "people_max": shelf.people_max, "window_minutes": shelf.window_minutes},
        )
    return shelf.id


def _share_shelf(community: Community, shelf: Shelf, units: set[UUID]) -> bool:
    """These units and no others share the shelf; whether that is a change."""
    ours = set(Unit.objects.filter(building__community=community, pk__in=units).values_list("id", flat=True))
    if ours != units:
        raise _nothing("unit", next(iter(units - ours)))
    links = Shelf.units.through.objects
    taken = links.filter(unit_id__in=units).exclude(shelf=shelf)
    before = set(links.filter(shelf=shelf).values_list("unit_id", flat=True))
    if before == units and not taken.exists():
        return False
    taken.delete()
    shelf.units.set(Unit.objects.filter(pk__in=units))
    return True


@transaction.atomic
def close_shelf(*, shelf: UUID, at: datetime, actor: Actor, now: datetime) -> None:
    """From `at` on nothing is put there. Raises NotFound, NotYourPlace."""
    row = Shelf.objects.select_for_update().filter(pk=shelf).first()
    if row is None:
        raise _nothing("shelf", shelf)
    actor.require(*LOCAL, at=row.community_id)
    if row.closed_at == at:
        return
    row.closed_at = at
    row.save(update_fields=["closed_at"])
    record(kind="places.shelf.closed", actor=actor, now=now, subject=row.community_id, data={"shelf": str(shelf)})


# Rooms above that hold addresses as text listen: `doors` are (id, unit, room) of those new or changed and lived in.
doors_listed = Signal()


@transaction.atomic
def set_doors(*, community: UUID, doors: Sequence[DoorGiven], actor: Actor, now: datetime) -> int:
    """
    Households' doors in bulk; returns how many are new or changed.

    Raises CommunityUnusable (a door that must be served has to say why), NotFound, NotYourPlace.
    """
    row = locked_community(community, actor)
    units = set(Unit.objects.filter(building__community=row).values_list("id", flat=True))
    if len(doors) > DOORS_MAX:
        raise TooMany(
            f"At most {DOORS_MAX:,} doors are written at a time; nothing was written.",
            where="doors",
            found=len(doors),
            expected=DOORS_MAX,
            cure="Divide the list.",
        )
    if unknown := {given.unit for given in doors} - units:
        raise _nothing("unit", next(iter(unknown)))
    known = {
        (door.unit_id, door.room.casefold()): door
        for door in Door.objects.filter(unit_id__in={given.unit for given in doors})
    }
    added: dict[UUID, Door] = {}
    changed: dict[UUID, Door] = {}
    for given in doors:
        room = _named(room_name(given.room), "room", longest(Door, "room"))
        door = known.get((given.unit, room.casefold()))
        if door is None:
            door = Door(id=new_id(), unit_id=given.unit, room=room, sort_key=natural_key(room)[:40])
            known[given.unit, room.casefold()] = added[door.pk] = door
        facts = {"takes_at_door": given.takes_at_door, "why": given.why, "note": given.note}
        for field, value in facts.items():
            if value is not None and getattr(door, field) != value:
                setattr(door, field, value)
                if door.pk not in added:
                    changed[door.pk] = door
        if given.has_left is not None and given.has_left != (door.left_at is not None):
            door.left_at = now if given.has_left else None
            if door.pk not in added:
                changed[door.pk] = door
        if given.takes_at_door is False and door.why:
            door.why = ""
        _require_sound(door)
        if given.phone:
            person = party_book().keep_phone(
                party=door.person_id, key=f"door {door.pk}", phone=given.phone, purpose=PHONE_PURPOSE, now=now
            )
            if door.person_id != person:
                door.person_id = person
                if door.pk not in added:
                    changed[door.pk] = door
    Door.objects.bulk_create(added.values(), batch_size=2000)
    if changed:
        Door.objects.bulk_update(
            changed.values(), ("takes_at_door", "why", "note", "person", "left_at"), batch_size=500
        )
    if added or changed:
        doors_listed.send(
            Door,
            doors=[
                (each.pk, each.unit_id, each.room) for each in (*added.values(), *changed.values()) if not each.left_at
            ],
        )
        record(
            kind="places.doors.listed",
            actor=actor,
            now=now,
            subject=community,
            data={"added": len(added), "changed": len(changed)},
        )
    return len(added) + len(changed)


def _require_sound(door: Door) -> None:
    if door.takes_at_door and not door.why:
        raise DoorWithoutReason(
            f"Room {door.room} is to be served at the door, and nothing says why; nothing was written.",
            where=door.room,
            found="no reason",
            expected="old, ill, alone, with an infant …",
            cure="Write the reason: whoever plans sees how many there are and what for.",
        )
    for field in ("why", "note"):
        if len(getattr(door, field)) > longest(Door, field):
            raise TooLong(
                f"The words about room {door.room} are longer than the book keeps; nothing was written.",
                where=field,
                found=len(getattr(door, field)),
                expected=longest(Door, field),
                cure="Shorten them.",
            )


def locked_community(community: UUID, actor: Actor) -> Community:
    """The community, locked, for one who may say how it is there. Raises NotFound, NotYourPlace."""
    actor.require(*LOCAL, at=community)
    row = Community.objects.select_for_update(of=("self",)).filter(pk=community).first()
    if row is None:
        raise _nothing("community", community)
    return row


def _party_named(name: str, name_en: str, city: str, is_new: bool, now: datetime) -> UUID:
    name = _named(name, "community", 200)
    found = party_book().name_index(kinds=("SITE", "ORGANISATION")).resolve(name, city=city)
    if found.entry:
        return UUID(found.entry.key)
    near = [each for each in found.candidates if each.score >= NEAR_NAME]
    if near and not is_new:
        raise CommunityInDoubt(
            f"“{name}” may be one that is known already; nothing was opened.",
            where="name",
            found=name,
            expected=[each.entry.name for each in near],
            cure="Choose the one it is, or say that it is new.",
            candidates=[{"id": each.entry.key, "name": each.entry.name, "why": each.why} for each in near],
        )
    return party_book().register(kind="SITE", name=name, name_en=name_en.strip(), city=city, aliases=(), now=now)


def _place(
    street: str, address: str, lat: float | None, lon: float | None, system: str, road_zone: str
) -> dict[str, Any]:
    facts = {"street": street.strip(), "address": address.strip()}
    for field, text in (*facts.items(), ("road_zone", road_zone.strip())):
        most = longest(RoadZone, "name") if field == "road_zone" else longest(Community, field)
        if len(text) > most:
            raise TooLong(
                "This is longer than the book keeps; nothing was changed.",
                where=field,
                found=len(text),
                expected=most,
                cure="Shorten it.",
            )
    return {**facts, **point_of(lat, lon, system), "road_zone_id": _road_zone(road_zone.strip())}


def _road_zone(name: str) -> UUID | None:
    """The road zone of this name, made where it is new."""
    if not name:
        return None
    row, _ = RoadZone.objects.get_or_create(
        name=name, defaults={"id": derived_id("road-zone", fold(name) or name), "sort_key": sort_key(name)[:120]}
    )
    return row.pk


def _changed(row: Community, said: dict[str, Any], actor: Actor, now: datetime) -> None:
    changes = {field: value for field, value in said.items() if getattr(row, field) != value}
    for field, value in changes.items():
        setattr(row, field, value)
    if changes:
        row.save(update_fields=list(changes))
        data = {"fields": sorted(field.removesuffix("_id") for field in changes)}
        record(kind="places.community.changed", actor=actor, now=now, subject=row.pk, data=data)


def _named(name: str, what: str, most: int) -> str:
    name = name.strip()
    if name and len(name) <= most and fold(name):
        return name
    raise NameUnusable(
        f"A {what} has a name of at most {most} characters, with a letter or a digit in it; nothing was written.",
        where=what,
        found=name[:60],
        expected=most,
        cure="Write its name as people use it.",
    )


def _bounded(field: str, value: int | None, least: int, most: int) -> None:
    if value is not None and not least <= value <= most:
        raise OutOfBounds(
            "This number is out of bounds; nothing was changed.",
            where=field,
            found=value,
            expected=f"{least}–{most}",
            cure="Correct the number.",
        )


def _nothing(what: str, which: UUID) -> NotFound:
    return NotFound(f"There is no {what} {which}.", where=str(which), cure="Open the list again and choose from it.")
