"""
Places as people write them in a chain, held against the community's own register, which is data.

    3-502  3/502  3#502  6号502  5号楼2单元301室  三号楼一单元201  5-1-301  7-2  E区  E12-301  502室     read here
    虹梅路1200弄34号902室  10号院5号楼1单元302  三十四号九零二室  8号楼2-603  34好801  88号别墅            by engine.address
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from baogong.engine import address as addresses
from baogong.engine.chain.reading import DOUBTED
from baogong.engine.sheets.house_numbers import STEMS, building_name, chinese_number, room_name, unit_name

_CN = "[一二三四五六七八九十廿卅]"
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

_SPOKEN = "[零〇一二两三四五六七八九十百幺廿卅]"
_A_HOUSE = rf"(?:\d{{1,3}}[A-Z]?|{_SPOKEN}{{1,4}}|[A-Z])"
_GATE = rf"(?:\d[\dOIL]{{0,4}}|{_SPOKEN}{{1,7}})\ ?(?:支?弄|号大?院)"
_PIECE = (
    rf"(?:\d[\dOIL]{{0,3}}|[A-Z{STEMS}](?=座|栋|幢|单元)|[{STEMS}](?=门\ ?\d)|{_SPOKEN}{{1,5}})\ ?"
    rf"(?:支弄|号别墅|号楼|\#楼?|号|栋|幢|座|楼|层(?=[\d\s-]|$)|单元|门(?=[\d\s-]|$)|室|房(?!间)|好(?=\d)|单[园源员远原])"
)
_BARE_ROOM = rf"(?:\d{{1,3}}(?:-\d{{1,2}})?-\d{{3,4}}(?!\d)|\d[\dOIL]{{2,3}}(?![\d.A-Z]|-\d{{3}})|{_SPOKEN}{{3,5}}(?!{_SPOKEN}|\ ?[份盒箱袋套个包斤]))"
LONG = (
    # 1200弄34号902室, 10号院5号楼1单元302, 1200弄9-502: the compound's gate, and what stands behind it
    rf"(?<!\d)(?:{_GATE}(?:[\ ,-]?{_PIECE}){{0,4}}(?:[\ ,-]?{_BARE_ROOM}室?)?"
    # 8号楼2-603, 8楼-2-603
    rf"|{_A_HOUSE}(?:号楼|楼|栋|幢|座|\#楼?|号(?=\d|-))\ ?[-/]?\ ?\d{{1,2}}[-/]\d{{3,4}}(?!\d)室?"
    # 3号5楼502室, 5号楼3层01室, 5号楼丙单元301, 五号楼三单元四零二, 三十四号九零二室
    rf"|{_A_HOUSE}(?:号楼?|楼|栋|幢|座|\#楼?)\ ?-?(?:"
    rf"\d{{1,2}}(?:楼|层)\ ?\d{{2,4}}(?!\d)(?:室|房(?!间))?"
    rf"|[{STEMS}](?:单元|门)\ ?\d{{3,4}}(?!\d)(?:室|房(?!间))?"
    rf"|(?:(?:\d{{1,2}}|{_SPOKEN}{{1,3}})(?:单元|门)\ ?-?)?(?:{_SPOKEN}{{2,5}}[室房]|{_SPOKEN}{{3,5}}(?!{_SPOKEN}|\ ?[份盒箱袋套个包斤]))"
    rf"|\d{{1,2}}单[园源员远原]\ ?\d{{3,4}}(?!\d)室?"
    rf"|(?=\d+[OIL])\d[\dOIL]{{2,3}}(?![\dA-Z])室?|\d{{3,4}}[市是式](?=[\s,]|$))"
    rf"|\d{{1,3}}好楼?\ ?-?\d{{3,4}}(?!\d)室?|\d{{1,3}}号(?:别墅|洋房)"
    # 甲4号楼1单元301
    rf"|[{STEMS}]\d{{1,3}}(?:号楼|栋|幢|座)(?:[\ ,-]?{_PIECE}){{0,3}}(?:[\ ,-]?{_BARE_ROOM}室?)?"
    # 1200-34-902
    r"|\d{4}-\d{1,3}-\d{3,4}(?!\d))"
)
"""What `PLACE` does not cover; `engine.address` reads it."""
AHEAD = re.compile(
    r"[\u4e00-\u9fff]{1,18}(?:路|街|大道|公路|巷|胡同|小区|花园|新村|家园|公寓|社区|嘉园|佳苑|名苑|华庭|公馆|[一二三四五六七八九十东西南北]区)\ ?$"
)
"""What names a street or a compound right before a place."""
AHEAD_ENDS = "路街道巷同区园村寓苑庭馆"
GATE = re.compile(rf"(?<!\d){_GATE}")

_PARTS = re.compile(
    rf"(?:(?P<area>[A-Z])区?-?(?=\d|{_CN}|$))?"
    rf"(?:(?P<house>\d{{1,3}}[A-Z]?|{_CN}{{1,3}}|[A-Z{STEMS}])(?:号楼|栋|幢|座|\#楼?|[号楼]|(?=[-/]))\ ?[-/]?)?"
    rf"(?:(?P<unit>\d{{1,2}}|{_CN}{{1,3}})(?:(?:单元|门)\ ?[-/]?|[-/]|$(?<=-\d)|$(?<=-\d\d)))?"
    rf"(?P<room>\d{{3,4}})?(?:室|房)?"
)


@dataclass(frozen=True, slots=True)
class Place:
    """
    Numbers without their words, "" where not said; `is_known` None without a register.

    compound  what stands before the building, as written: 虹梅路1200弄
    lane      the number of its gate
    doubts    codes
    """

    building: str = ""
    unit: str = ""
    room: str = ""
    is_known: bool | None = None
    compound: str = ""
    lane: str = ""
    doubts: tuple[str, ...] = ()

    def joined(self, other: Place) -> Place | None:
        """Both together, 3号楼 and 302; None where they speak of two."""
        pairs = zip((*self.key, self.lane), (*other.key, other.lane), strict=True)
        if any(mine and theirs and mine != theirs for mine, theirs in pairs):
            return None
        return Place(
            self.building or other.building, self.unit or other.unit, self.room or other.room, None,
            self.compound or other.compound, self.lane or other.lane, self.doubts or other.doubts,
        )  # fmt: skip

    @property
    def key(self) -> tuple[str, str, str]:
        return self.building, self.unit, self.room


class Register:
    """
    The doors of a community: (building, unit, room), "" where it has none; empty: nothing is known of the place.

    A building or unit of which no room is listed may have any.
    """

    def __init__(self, doors: Iterable[tuple[str, str, str]] = ()) -> None:
        doors = tuple(doors)
        self._addresses = addresses.Register(doors) if doors else None
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
        place = _parted(written) or _addressed(written, self._addresses)
        if "-" in written and place.unit and not place.room and self._doors and not self.knows(place):
            as_room = Place(place.building, "", place.unit)  # 7-2: the second number may be a room
            if self.knows(as_room):
                place = as_room
        return replace(place, is_known=self.knows(place))


NOWHERE = Place()
NO_REGISTER = Register()


_ABOUT_THE_DOOR = {addresses.Field.BUILDING, addresses.Field.UNIT, addresses.Field.FLOOR, addresses.Field.ROOM}


def _addressed(written: str, register: addresses.Register | None) -> Place:
    """What `engine.address` reads in it; a unit that only the register says is not the line's."""
    address = addresses.read(written, register)
    ends = min((part.start for part in address.parts if part.field in _ABOUT_THE_DOOR), default=len(written))
    return Place(
        address.building,
        "" if "unit-from-register" in address.flags else address.unit,
        address.room,
        None,
        written[:ends].strip(" ,-"),
        address.lane,
        tuple(flag for flag in address.flags if flag in DOUBTED),
    )


def _parted(written: str) -> Place | None:
    """The place in the short forms; None where they do not cover it."""
    if re.fullmatch(r"\d{3,4}(?:室|房)?", written):
        return Place(room=written.rstrip("室房"))
    if re.fullmatch("[A-Z]区?", written):
        return Place(building=written[0])
    found = _PARTS.fullmatch(written)
    if found is None:
        return None
    house, area = _digits(found["house"] or ""), found["area"] or ""
    return Place(f"{area}{house}", _digits(found["unit"] or ""), found["room"] or "")


def _digits(written: str) -> str:
    return str(chinese_number(written)) if re.fullmatch(f"{_CN}+", written) else written
