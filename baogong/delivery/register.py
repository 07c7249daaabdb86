"""Addresses of a list against the register of communities: which building, unit and door a row means, and what to ask."""

from __future__ import annotations

import re
from collections.abc import Collection, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from functools import cache
from typing import Any
from uuid import UUID

from rapidfuzz import fuzz

from baogong.engine.sheets.addresses import community_in
from baogong.engine.sheets.house_numbers import building_name, house_key, room_name, unit_name
from baogong.engine.sheets.kinds import Candidate, LineOutcome, Status
from baogong.engine.sheets.names import CANDIDATES_MAX, NameIndex, fold_city
from baogong.engine.sheets.tables import BadCell
from baogong.people.queries import parties as people
from baogong.places import queries as places
from baogong.places.queries import BuildingView, CommunityView, DoorView, UnitView

NEAR_MIN = 0.5


@dataclass(frozen=True, slots=True)
class House:
    """A building with its units and doors."""

    building: BuildingView
    doors: dict[UUID, dict[str, DoorView]]

    def unit(self, text: str) -> UnitView | None:
        """By its name; the only one where none is written."""
        units = self.building.units
        if not text:
            return units[0] if len(units) == 1 else None
        return next((unit for unit in units if unit.name == unit_name(text)), None)


class Register:
    """
    Communities by name, and the plan of each once it is asked for.

    Reads communities once and each community's plan once, however many rows there are.
    """

    def __init__(self, at: datetime, wanted: Collection[str] | None = None) -> None:
        self._at = at
        self.rows = {str(row.id): row for row in places.communities()}
        self._names = NameIndex(
            entry
            for entry in people.name_index().entries
            if entry.key in self.rows and (not wanted or entry.key in wanted)
        )
        self.resolve = cache(self._names.resolve)
        self._plans: dict[str, CommunityView] = {}
        self._houses: dict[str, dict[str, House]] = {}

    def within(self, text: str, *, city: str) -> tuple[str, str] | None:
        """
        The community whose name, or another way of writing it, stands in the text, and what is written after it; None: none
        for certain.

        city  whose addresses these are; a community of another city is none of them
        """
        wanted = fold_city(city)
        names = [
            (name, entry.key)
            for entry in self._names.entries
            if not wanted or not entry.city or fold_city(entry.city) == wanted
            for name in (entry.name, *entry.aliases)
        ]
        return community_in(text, names)

    def plan(self, community: str) -> CommunityView:
        if community not in self._plans:
            self._plans[community] = places.community_plan(UUID(community), self._at)
        return self._plans[community]

    def houses(self, community: str) -> dict[str, House]:
        """By every way a building's name may be written, as keys."""
        if community not in self._houses:
            plan = self.plan(community)
            doors: dict[UUID, dict[str, DoorView]] = {}
            for door in plan.doors:
                doors.setdefault(door.unit, {})[door.room] = door
            found: dict[str, House] = {}
            for building in plan.buildings:
                house = House(building, {unit.id: doors.get(unit.id, {}) for unit in building.units})
                for name in (*building.also, building.name):  # its own name before another's second one
                    found[house_key(name)] = house
            self._houses[community] = found
        return self._houses[community]

    def house(self, community: str, building: str) -> House:
        return next(house for house in self.houses(community).values() if str(house.building.id) == building)


def addressed(line: LineOutcome, register: Register) -> LineOutcome:
    """
    A line with its address looked up as far as nobody has to be asked: sound, or waiting for one answer.

    The payload has `community_text`, `building_text`, `unit_text`, `room_text`; found ids go to `community`, `building`,
    `unit`, `door`. `asked` holds what a person was asked already: it is not asked twice.
    """
    payload: dict[str, Any] = dict(line.payload)
    for step in (_community, _building, _unit, _room):
        waits = step(replace(line, payload=payload), payload, register)
        if waits is not None:
            return waits
    return replace(line, payload=payload)


def _community(line: LineOutcome, payload: dict[str, Any], register: Register) -> LineOutcome | None:
    if payload["community"]:
        return None
    text = payload["community_text"]
    found = register.resolve(text)
    if found.entry is not None:
        payload["community"] = found.entry.key
        return None
    near = [Candidate(each.entry.key, each.entry.name, each.score, each.why) for each in found.candidates]
    if not near:
        raise BadCell(
            f"“{text}” is no community of this house.",
            where=line.where,
            found=text,
            expected=", ".join(row.name for row in register.rows.values())[:200] or "a community that was opened",
            cure="Write its name as it was opened, or open the community first.",
        )
    return _waits(line, payload, near, text, "community")


def _building(line: LineOutcome, payload: dict[str, Any], register: Register) -> LineOutcome | None:
    if payload["building"]:
        return None
    text, houses = payload["building_text"], register.houses(payload["community"])
    house = houses.get(house_key(text))
    if house is not None:
        payload["building"] = str(house.building.id)
        return None
    each = {house.building.id: house.building for house in houses.values()}
    name = building_name(text)
    near = _near(name, [(str(one.id), one.name) for one in each.values() if _numbers_agree(name, one.name)])
    if near:
        return _waits(line, payload, near, text, "building")
    community = register.rows[payload["community"]].name
    cure = f"Building {text} is not in the register of {community}. Add it to that community's list of buildings, then look it up again."
    return _waits(line, payload, near, text, "building", cure=cure, may_look_again=True)


def _numbers_agree(one: str, other: str) -> bool:
    """Whether two names can be one building's: 12 and 12-1 can, 2 and 12 are two buildings however alike they look."""
    mine, theirs = (set(re.findall(r"\d+", name)) for name in (one, other))
    return (not mine and not theirs) or bool(mine & theirs)


def _unit(line: LineOutcome, payload: dict[str, Any], register: Register) -> LineOutcome | None:
    if payload["unit"] or "unit" in payload["asked"]:
        return None
    house = register.house(payload["community"], payload["building"])
    unit = house.unit(payload["unit_text"])
    if unit is not None:
        payload["unit"] = str(unit.id)
        return None
    if not house.building.units:
        return None
    units = [
        Candidate(str(one.id), one.name or house.building.name, 0.0, "a unit of this building")
        for one in house.building.units
    ]
    return _waits(line, payload, units, payload["unit_text"] or "unit", "unit")


def _room(line: LineOutcome, payload: dict[str, Any], register: Register) -> LineOutcome | None:
    if payload["door"]:
        return None
    house = register.house(payload["community"], payload["building"])
    doors = house.doors.get(UUID(payload["unit"]), {}) if payload["unit"] else {}
    room = room_name(payload["room_text"]) if payload["room_text"] else ""
    if room in doors:
        payload["door"], payload["room"] = str(doors[room].id), room
        return None
    payload["room"] = room
    if "door" in payload["asked"] or (room and not doors):
        return None  # a person has said so, or nobody has listed this unit's doors: the room as written is the address
    near = _near(room, [(str(door.id), door.room) for door in doors.values()])
    # "None of these" is an answer: it goes to the unit's shelf, or to a room nobody has listed yet.
    found = payload["room_text"] or "room"
    return _waits(line, payload, near, found, "door", may_be_new=True, types="room_text")


def _near(text: str, names: Sequence[tuple[str, str]]) -> list[Candidate]:
    """What is like it, the likeliest first; nothing where nothing is."""
    scored = [(fuzz.ratio(text.casefold(), name.casefold()) / 100 if text else 0.0, key, name) for key, name in names]
    scored.sort(key=lambda one: -one[0])
    return [
        Candidate(key, name, round(score, 2), f"{round(score * 100)} % of the characters agree")
        for score, key, name in scored[:CANDIDATES_MAX]
        if score >= NEAR_MIN
    ]


def _waits(
    line: LineOutcome,
    payload: dict[str, Any],
    near: Sequence[Candidate],
    found: str,
    asks: str,
    *,
    may_be_new: bool = False,
    types: str = "",
    cure: str = "",
    may_look_again: bool = False,
) -> LineOutcome:
    payload["asked"] = sorted({*payload["asked"], asks})
    return replace(
        line,
        status=Status.WAITING,
        payload=payload,
        sure=near[0].score if near else 0.0,
        found=found,
        candidates=tuple(near),
        asks=asks,
        may_be_new=may_be_new,
        types=types,
        cure=cure,
        may_look_again=may_look_again,
    )
