"""
Places as people write them in a chain, held against the community's own register, which is data.

    3-502  3/502  3#502  6号502  5号楼2单元301室  三号楼一单元201  5-1-301  7-2  E区  E12-301  502室
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import lru_cache

from baogong.engine.sheets.house_numbers import STEMS, building_name, chinese_number, room_name, unit_name

_CN = "[一二三四五六七八九十]"
_NUMBER = rf"(?:\d{{1,3}}|{_CN}{{1,3}})"
_HOUSE = rf"(?:[A-Z]区?-?)?(?:\d{{1,3}}[A-Z]?|{_CN}{{1,3}}|[A-Z{STEMS}])"
_ROOM = r"\d{3,4}(?!\d)(?:室|房(?!间))?"
PLACE = (
    # 5号楼2单元301室, 6号502, 7#101, 8栋
    rf"(?<![月\d.])(?:{_HOUSE}(?:号楼|栋|幢|座|\#楼?)\ ?-?(?:{_NUMBER}(?:单元|门)\ ?-?)?(?:{_ROOM})?"
    rf"|{_HOUSE}[号楼]\ ?-?(?:{_NUMBER}(?:单元|门)\ ?-?{_ROOM}|{_ROOM})"
    rf"|{_NUMBER}单元\ ?-?(?:{_ROOM})?"
    # 5-1-301, 3-502, E12-301
    rf"|(?:[A-Z]区?-?)?\d{{1,3}}[-/]\d{{1,2}}[-/]{_ROOM}|(?:[A-Z]区?-?)?\d{{1,3}}[-/]{_ROOM}"
    # E区
    rf"|(?<![A-Z])[A-Z]区"
    rf"|\d{{3,4}}(?:室|房(?!间)))"
)
SHORT = r"(?<![\d.\-/])\d{1,3}-\d{1,2}(?![\d\-/.:]|\ ?[点时月日人岁元天楼层])"
"""7-2: a building and a unit, or a small room; not before a unit of goods."""

_PARTS = re.compile(
    rf"(?:(?P<area>[A-Z])区?-?(?=\d|{_CN}|$))?"
    rf"(?:(?P<house>\d{{1,3}}[A-Z]?|{_CN}{{1,3}}|[A-Z{STEMS}])(?:号楼|栋|幢|座|\#楼?|[号楼]|(?=[-/]))\ ?[-/]?)?"
    rf"(?:(?P<unit>\d{{1,2}}|{_CN}{{1,3}})(?:(?:单元|门)\ ?[-/]?|[-/]|$(?<=-\d)|$(?<=-\d\d)))?"
    rf"(?P<room>\d{{3,4}})?(?:室|房)?"
)


@dataclass(frozen=True, slots=True)
class Place:
    """Numbers without their words, "" where not said; `is_known` None without a register."""

    building: str = ""
    unit: str = ""
    room: str = ""
    is_known: bool | None = None

    def joined(self, other: Place) -> Place | None:
        """Both together, 3号楼 and 302; None where they speak of two."""
        pairs = ((self.building, other.building), (self.unit, other.unit), (self.room, other.room))
        if any(mine and theirs and mine != theirs for mine, theirs in pairs):
            return None
        return Place(self.building or other.building, self.unit or other.unit, self.room or other.room)

    @property
    def key(self) -> tuple[str, str, str]:
        return self.building, self.unit, self.room


class Register:
    """
    The doors of a community: (building, unit, room), "" where it has none; empty: nothing is known of the place.

    A building or unit of which no room is listed may have any.
    """

    def __init__(self, doors: Iterable[tuple[str, str, str]] = ()) -> None:
        self._doors: set[tuple[str, str, str]] = set()
        listed: set[tuple[str, str]] = set()  # of these units the rooms are listed
        unlisted: set[tuple[str, str]] = set()
        for building, unit, room in doors:
            named = building_name(building), unit_name(unit) if unit else "", room_name(room) if room else ""
            house, stair, door = named
            (listed if door else unlisted).add((house, stair))
            self._doors |= {
                (house, "", ""), (house, stair, ""), (house, stair, door), (house, "", door), ("", "", door),
            }  # fmt: skip
        self._open = unlisted - listed
        self._has_open = {house for house, _ in self._open}
        self.letters = "".join(sorted({house for house, _, _ in self._doors if re.fullmatch("[A-Z]", house)}))
        self.read = lru_cache(maxsize=65_536)(self._read)

    def __bool__(self) -> bool:
        return bool(self._doors)

    def knows(self, place: Place) -> bool | None:
        """None where there is nothing to hold it against."""
        if not self._doors:
            return None
        if place.key in self._doors:
            return True
        if not place.room or not place.building:
            return bool(place.room and not place.building and self._open)
        return (place.building, place.unit) in self._open or (not place.unit and place.building in self._has_open)

    def _read(self, written: str) -> Place:
        """The place in characters that `PLACE` or `SHORT` found, or in a bare room or letter."""
        place = _parted(written)
        if "-" in written and place.unit and not place.room and self._doors and not self.knows(place):
            as_room = Place(place.building, "", place.unit)  # 7-2: the second number may be a room
            if self.knows(as_room):
                place = as_room
        return Place(*place.key, self.knows(place))


NOWHERE = Place()
NO_REGISTER = Register()


def _parted(written: str) -> Place:
    if re.fullmatch(r"\d{3,4}(?:室|房)?", written):
        return Place(room=written.rstrip("室房"))
    if re.fullmatch("[A-Z]区?", written):
        return Place(building=written[0])
    found = _PARTS.fullmatch(written)
    if found is None:
        return Place(building=building_name(written))
    house, area = _digits(found["house"] or ""), found["area"] or ""
    return Place(f"{area}{house}", _digits(found["unit"] or ""), found["room"] or "")


def _digits(written: str) -> str:
    return str(chinese_number(written)) if re.fullmatch(f"{_CN}+", written) else written
