"""A community's own list of doors, against which an address is read."""

from __future__ import annotations

from collections.abc import Iterable

from baogong.engine.address.signs import bare, plain
from baogong.engine.sheets.house_numbers import building_name, room_name, unit_name


class Register:
    """
    Buildings, their units, their rooms; names without their words, and zeros in front are no difference.

    rows  (building, unit, room) as written in the list; a unit or room that is "" is none
    """

    def __init__(self, rows: Iterable[tuple[str, str, str]]) -> None:
        self._names: dict[str, str] = {}  # of each building: key → as the list has it
        self._rooms: dict[str, dict[str, dict[str, str]]] = {}  # building → unit → room, keys → as the list has it
        self._units: dict[tuple[str, str], str] = {}
        for building, unit, room in rows:
            name, part, door = building_name(building), unit_name(unit) if unit else "", room_name(room) if room else ""
            if not name:
                continue
            house = self._rooms.setdefault(bare(name), {})
            self._names.setdefault(bare(name), name)
            self._units.setdefault((bare(name), bare(part)), part)
            house.setdefault(bare(part), {})[bare(door)] = door
        self.named = tuple(
            sorted(
                (name for name in self._names.values() if len(name) > 1 and not _is_numbered(name)),
                key=lambda name: (-len(name), name),
            )
        )

    def building(self, name: str) -> str | None:
        """As the list has it."""
        return self._names.get(bare(plain(name))) if name else None

    def unit(self, building: str, unit: str) -> str | None:
        return self._units.get((bare(plain(building)), bare(plain(unit)))) if unit else None

    def has_units(self, building: str) -> bool:
        return any(self._rooms.get(bare(plain(building)), {}))

    def room(self, building: str, unit: str, room: str) -> str | None:
        """In that unit; without a unit in any of the building's."""
        units = self._rooms.get(bare(plain(building)), {})
        rooms = [units.get(bare(plain(unit)), {})] if unit else list(units.values())
        return next((each[bare(room)] for each in rooms if bare(room) in each), None)

    def units_with(self, building: str, room: str) -> list[str]:
        """The units of a building in which the room is."""
        house = bare(plain(building))
        return [self._units[house, unit] for unit, rooms in self._rooms.get(house, {}).items() if bare(room) in rooms]

    def lists_rooms(self, building: str) -> bool:
        """Whether any room of the building is listed; a villa has none."""
        return any(any(rooms) for rooms in self._rooms.get(bare(plain(building)), {}).values())


def _is_numbered(name: str) -> bool:
    return any(sign.isascii() and sign.isalnum() for sign in name)
