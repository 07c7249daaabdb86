"""
Reads a published zone notice: text → addresses with their state, each by its characters.

    一、封控区（3个）                           a heading: what follows is SEALED
    华灵路541、561、591弄                        three compounds of one street
    原平路528弄1-29号                            buildings 1 to 29 of a compound
    运光路15弄（7、8、9号除外）                   a compound without three of its buildings
    崧泽村1、6、13组                             groups of a village
    欣安小区5号楼2单元                           a staircase
    其余区域为防范区 · 华灵路其余均为管控区         every other address (of that street)

Nothing is dropped: the pieces of a reading cover the text from the first character to the last, each READ, SKIPPED with
a reason, or UNREAD. What is doubtful is UNREAD, for a person; nothing is guessed. Whether the register knows an address
is not asked here. Pure; no clock: a date without a year takes the year of `day`.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, replace
from datetime import date
from enum import IntEnum, StrEnum

from baogong.engine.sheets.house_numbers import STEMS
from baogong.engine.sheets.names import city_names, province_names

RANGE_MAX = 400
TEXT_MAX = 400_000


class State(StrEnum):
    SEALED = "SEALED"
    CONTROLLED = "CONTROLLED"
    PRECAUTION = "PRECAUTION"


class Scope(IntEnum):
    """How far an address goes; the larger is the more specific."""

    STREET = 1
    COMMUNITY = 2
    BUILDING = 3
    UNIT = 4


class PieceKind(StrEnum):
    READ = "READ"
    SKIPPED = "SKIPPED"
    UNREAD = "UNREAD"


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters [start, end) of the text and what became of them; `reason` a code (web/words has the sentence)."""

    start: int
    end: int
    kind: PieceKind
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One address of a notice, as characters [start, end) of its text give it.

    state     None: an exception, taken out of the line before it
    street    华灵路; "" for one known by its name alone; with scope STREET "" is everywhere that is not named
    name      541弄, 100号, 崧泽村, 欣安小区: the compound; "" with scope STREET
    building  5, 12-1, 6组 (a village's group keeps its word); unit 2
    from_day, until_day   as the notice says above or beside it
    """

    start: int
    end: int
    scope: Scope
    state: State | None
    street: str = ""
    name: str = ""
    building: str = ""
    unit: str = ""
    from_day: date | None = None
    until_day: date | None = None

    @property
    def address(self) -> str:
        return f"{self.street}{self.name}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a notice. `pieces` tile its text in order; `entries` stand in the order of the text."""

    text: str
    entries: tuple[Entry, ...]
    pieces: tuple[Piece, ...]

    @property
    def unread(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.kind is PieceKind.UNREAD)


_STATES = {"封控": State.SEALED, "管控": State.CONTROLLED, "防范": State.PRECAUTION}
_NUMBER = rf"(?:[{STEMS}A-Z]?\d{{1,5}}(?:-\d{{1,3}}(?=(?:号楼|幢|栋|座)))?[{STEMS}A-Z]?|[A-Z](?=座|栋|幢|号楼)|[{STEMS}](?=座|栋|幢|号|单元))"
_LANE, _VILLAGE_PART = "支弄|弄", "村民组|小组|组|队|宅"
_BUILDING, _DOOR, _UNIT = "号楼|幢|栋|座", "号", "单元|号门|门"
_DOOR_LETTER = rf"号[{STEMS}](?![座栋幢号单支])"
_SUFFIX = f"{_LANE}|{_VILLAGE_PART}|{_BUILDING}|{_UNIT}|{_DOOR_LETTER}|{_DOOR}"
_TAIL = rf"(?: *({_SUFFIX})|(?![\d日月年个例处]))"
_BETWEEN = r" *(?:[、,，;；和及与]|以及)? *"
_ITEM = re.compile(rf"({_NUMBER}){_TAIL}(?: *(?:-|至|到) *({_NUMBER}){_TAIL})?")
_ROOM = re.compile(r"\d{1,5} *(?:室|房|户)")
_LIST = re.compile(rf" *[:,、]? *(?:{_NUMBER} *(?:[、,和]|-|至) *)*{_NUMBER} *(?:{_SUFFIX})")
_SEPARATOR = re.compile(r"[\s、,，;；。.:：\-·•|/]+|(?:以及|及|和|与)(?=\S)")
_STREET = re.compile(
    r"([\u4e00-\u9fff]{1,12}?(?:公路|大道|大街|支路|胡同|路|街|道|巷))(?![\u4e00-\u9fff]*(?:街道))(?=\s*(?:\d|[(]|全路|全线|全段|沿线|其余|其他|除|均|都|全部|为[封管防]|[、,;。\n)]|$|:))"
)
_CITIES = "|".join(sorted(city_names() | set(province_names()), key=lambda name: (-len(name), name)))
_ADMIN = re.compile(
    rf"(?:(?:{_CITIES})市)?(?:[\u4e00-\u9fff]{{2,4}}?(?:新区|(?<![小社园院街一二三四五六七八九十东西南北])区|县))?"
    r"(?:[\u4e00-\u9fff]{2,6}?(?:街道|镇|乡|工业区))?"
)
_HEADING = re.compile(
    r"[ \t]*(?:第?[一二三四五六七八九十]{1,3}[、.．)]|[(][一二三四五六七八九十\d]{1,3}[)]|\d{1,2}[.．、)]\s*(?=[封管防]))?[ \t]*[【\[《]?[ \t]*(?:划定|列为|以下为|以下|新增|本轮|各类|调整为)?[ \t]*"
    r"(?P<state>封控|管控|防范)(?:区域|区|小区|单元)?(?:范围|名单|清单|列表|如下|情况|明细|为|包括|具体)*[】\]》]?"
)
_COUNT = re.compile(
    r"[(]\s*(?:共|合计|总计)?\s*\d+\s*(?:个|处|家|条|栋|户)(?:小区|区域|点位|单元|地址)?\s*[)]|(?:共|合计|总计)\s*\d+\s*(?:个|处|家|条|栋|户)(?:小区|区域|点位|单元|地址)?"
)
_DATE = re.compile(
    r"(?:自|从|于|至|到|截至|截止|-|—)?\s*(?:(\d{4})\s*年)?\s*(\d{1,2})\s*月\s*(\d{1,2})\s*日(?:\s*(?:\d{1,2})\s*(?:时|点|:\d{2}))?\s*(?:起|始|止|前|后|零时|公布|发布|更新)*"
)
_ALL_OTHERS = re.compile(
    r"(?:全[市区镇县]|本[镇区市]|该[路街]|以上|上述)?(?:以外的?)?(?:其余|其他|其它|剩余)(?:的)?(?:区域|地址|地区|住宅|小区|居民区|门牌|号码|点位|部分|楼栋)?(?:小区|区域)?"
)
_BECOMES = re.compile(
    r"(?:全部|一律|均|都|皆)?(?:划定|划分|列|定|调整|划|降级|转|实行|实施|属于|属)?(?:为|成|按)?(?P<state>封控|管控|防范)(?:区域|区)?(?:管理|措施)*"
)
_WHOLE = re.compile(r"(?:全路|全线|全段|沿线|全部)(?:段)?")
_EXCEPT_BEFORE = re.compile(r"(?:除去|除了|除|不含|不包括|不包含|剔除)")
_EXCEPT_AFTER = re.compile(r"(?:除外|以外的?|之外的?|外(?!\w))|外(?=[,，、]?(?:其余|其他|其它|均|全部|都|为))")
_VILLAGE = re.compile(r"([\u4e00-\u9fff]{1,10}(?:村|居委|社区|居民区))(?=\s*\d)")
_NAMED = re.compile(
    r"[\u4e00-\u9fffA-Z·]{2,20}(?:[(][\u4e00-\u9fff\dA-Z]{1,6}[)])?(?:[一二三四五六七八九十\d]{1,3}(?:期|区|村|街坊)(?:[东南西北])?)?"
)
_PROSE = re.compile(
    r"的|请|将|应|须|已|了|把|被|根据|按照|为进一步|为了|市民|居民|疫情|防控工作|通告|公告|通知|公布|发布|现将|实行|落实|严格|期间|措施|健康|核酸|检测|病例|感染|原则|"
    r"要求|规定|解除|动态|调整|划分|更新|截至|如下|名单|范围|领导小组|指挥部|办公室|附件|来源|说明|备注|注意|足不出户|人不出|服务|上门|管理|类别|序号|地址$|三区"
)


def read_notice(text: str, *, day: date | None = None, state: State | None = None) -> Reading:
    """
    What a notice says.

    day     the day of publication, for dates without a year
    state   of what stands before the first heading; None: then it has none, and is UNREAD
    """
    return _Reader(text, day, state).read()


def _level(suffix: str) -> str:
    if suffix in _LANE.split("|"):
        return "lane"
    if suffix in _VILLAGE_PART.split("|"):
        return "part"
    if suffix in _UNIT.split("|"):
        return "unit"
    return "building" if suffix in _BUILDING.split("|") else "door"


@dataclass
class _Number:
    start: int
    end: int
    names: list[str]
    level: str


class _Reader:
    """One pass over the text; `plain` has its characters one for one, half-width."""

    def __init__(self, text: str, day: date | None, state: State | None) -> None:
        self.text, self.day = text, day
        self.plain = "".join(map(_half_width, text))
        self.pieces: list[Piece] = []
        self.entries: list[Entry] = []
        self.state = state
        self.from_day: date | None = None
        self.until_day: date | None = None
        self.clause = 0  # index of the first entry of the clause that a later "为…区" may speak of
        self.anchor = Entry(0, 1, Scope.COMMUNITY, None)  # where a bare number belongs
        self.street = ""
        self.excepting = 0  # how many brackets or words of exception are open
        self.brackets: list[
            tuple[bool, str, Entry]
        ] = []  # of each open one: an exception?, the street and anchor before
        self.taken_out: set[int] = set()  # where exceptions begin
        self.exceptions_from = -1  # index of the first entry of an exception that opened before its word
        self.at = 0

    def read(self) -> Reading:
        while self.at < len(self.plain):
            before = self.at
            for step in (self._newline, self._heading, self._date, self._count, self._bracket, self._others,
                         self._becomes, self._exception, self._separator, self._room, self._numbers, self._admin,
                         self._street, self._village, self._named):  # fmt: skip
                if step():
                    break
            else:
                self._take(self.at + 1, PieceKind.UNREAD, "sign")
            assert self.at > before, "a step must move on"
        self._unread_without_state()
        return Reading(self.text, tuple(sorted(self.entries, key=lambda each: each.start)), self._tiled())

    def _take(self, end: int, kind: PieceKind, reason: str = "") -> bool:
        self.pieces.append(Piece(self.at, end, kind, reason))
        self.at = end
        return True

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.plain, self.at)
        return found if found and found.end() > self.at else None

    def _newline(self) -> bool:
        if self.plain[self.at] not in "\n。;":
            return False
        if self.plain[self.at] == "\n":
            self.anchor, self.street = Entry(0, 1, Scope.COMMUNITY, None), ""
            self.brackets, self.excepting = [], 0
        self.clause = len(self.entries)
        self.exceptions_from = -1
        return self._take(self.at + 1, PieceKind.SKIPPED, "separator")

    def _separator(self) -> bool:
        found = self._match(_SEPARATOR)
        if not found:
            return False
        end = found.end()
        for at in range(self.at, end):
            if self.plain[at] in "\n。;" and at > self.at:
                end = at
                break
        return self._take(end, PieceKind.SKIPPED, "separator")

    def _date(self) -> bool:
        found = self._match(_DATE)
        if not found:
            return False
        year = int(found[1]) if found[1] else (self.day.year if self.day else 0)
        try:
            day = date(year, int(found[2]), int(found[3]))
        except ValueError:
            return self._take(found.end(), PieceKind.SKIPPED, "date")
        words = found[0].strip()
        if re.match("至|到|截至|截止|-|—", words) or "止" in words:
            self.until_day = day
        elif re.match("自|从", words) or "起" in words or "始" in words:
            self.from_day = day
        return self._take(found.end(), PieceKind.SKIPPED, "date")

    def _count(self) -> bool:
        found = self._match(_COUNT)
        return bool(found) and self._take(found.end(), PieceKind.SKIPPED, "count")  # type: ignore[union-attr]

    def _is_line_start(self) -> bool:
        line = self.plain[self.plain.rfind("\n", 0, self.at) + 1 : self.at]
        return not line.strip()

    def _line(self) -> str:
        end = self.plain.find("\n", self.at)
        return self.plain[self.at : end if end >= 0 else len(self.plain)]

    def _heading(self) -> bool:
        """封控区: at the start of a line; what follows in the line must be nothing, a count, a date, a colon or a list."""
        found = self._match(_HEADING)
        if not found or not self._is_line_start():
            return False
        rest = self._line()[found.end() - self.at :]
        if re.match(r"\s*[、,和及与]\s*(?:封控|管控|防范)|[\u4e00-\u9fff]", rest):
            return self._prose()
        self.state = _STATES[found["state"]]
        self.from_day = self.until_day = None
        self.clause = len(self.entries)
        return self._take(found.end(), PieceKind.READ, "heading")

    def _prose(self) -> bool:
        """Words around the list, up to the end of the sentence; UNREAD where a number with a word of addresses is in it."""
        found = re.compile(r"[^\n。;]+").match(self.plain, self.at)
        assert found
        is_address = re.search(rf"\d\s*(?:{_LANE}|{_DOOR}|{_BUILDING}|{_UNIT}|{_VILLAGE_PART})", found[0])
        kind, reason = (PieceKind.UNREAD, "address-in-prose") if is_address else (PieceKind.SKIPPED, "prose")
        return self._take(found.end(), kind, reason)

    def _bracket(self) -> bool:
        sign = self.plain[self.at]
        if sign == "(":
            close = self.plain.find(")", self.at)
            inside = self.plain[self.at + 1 : close] if close >= 0 else ""
            is_exception = bool(_EXCEPT_BEFORE.match(inside.strip()) or _EXCEPT_AFTER.search(inside))
            self.brackets.append((is_exception, self.street, self.anchor))
            self.excepting += is_exception
            return self._take(self.at + 1, PieceKind.SKIPPED, "bracket")
        if sign == ")":
            if self.brackets:
                was_exception, self.street, self.anchor = self.brackets.pop()
                self.excepting -= was_exception
            return self._take(self.at + 1, PieceKind.SKIPPED, "bracket")
        return sign in "【】[]《》<>\"'“”*#" and self._take(self.at + 1, PieceKind.SKIPPED, "bracket")

    def _exception(self) -> bool:
        """除A、B外: what stands between is taken out; in brackets the words alone are taken."""
        after = self._match(_EXCEPT_AFTER)
        if after and (self.excepting or self.exceptions_from >= 0):
            if self.exceptions_from >= 0:
                self.exceptions_from = -1
                self.excepting -= 1
            return self._take(after.end(), PieceKind.READ, "exception")
        before = self._match(_EXCEPT_BEFORE)
        if before and (self.excepting or "外" in self._sentence()):
            if not self.excepting:
                self.exceptions_from = len(self.entries)
                self.excepting += 1
            return self._take(before.end(), PieceKind.READ, "exception")
        return False

    def _sentence(self) -> str:
        found = re.compile(r"[^\n。;]*").match(self.plain, self.at)
        return found[0] if found else ""

    def _others(self) -> bool:
        """其余均为防范区: of the street that the clause is about, or everywhere."""
        found = self._match(_ALL_OTHERS)
        if not found:
            return False
        becomes = re.compile(rf"\s*(?:{_BECOMES.pattern})").match(self.plain, found.end())
        state = _STATES[becomes["state"]] if becomes else self.state
        end = becomes.end() if becomes else found.end()
        self._add(self.at, end, Scope.STREET, state=state, street=self.street)
        self.clause = len(self.entries)
        return self._take(end, PieceKind.READ, "all-others")

    def _becomes(self) -> bool:
        """…为封控区: speaks of the clause before it."""
        found = self._match(_BECOMES)
        if not found or (self._is_line_start() and not found[0].startswith("为")):
            return False
        if self.clause == len(self.entries):
            return self._prose()
        state = _STATES[found["state"]]
        self.entries[self.clause :] = [
            entry if entry.state is None and entry.start in self.taken_out else replace(entry, state=state)
            for entry in self.entries[self.clause :]
        ]
        self.clause = len(self.entries)
        return self._take(found.end(), PieceKind.READ, "state")

    def _room(self) -> bool:
        """Down to a room: the book keeps zones down to units; the whole address is left to a person."""
        found = re.compile(rf"(?:{_NUMBER}\s*(?:{_SUFFIX})\s*)*{_ROOM.pattern}(?:\s*[、,和]\s*{_ROOM.pattern})*").match(
            self.plain, self.at
        )
        if not found:
            return False
        return self._take(found.end(), PieceKind.UNREAD, "room")

    def _admin(self) -> bool:
        """宝山区大场镇: where it is; the register is one city's."""
        found = self._match(_ADMIN)
        if not found:
            return False
        rest = self.plain[found.end() :]
        stands_alone = re.match(r"\s*(?:[\n:(]|$)", rest) and self._is_line_start()
        before_address = re.match(r"[\u4e00-\u9fff]{1,10}(?:路|街|道|村|小区|苑|园|弄)", rest)
        return bool(stands_alone or before_address) and self._take(found.end(), PieceKind.SKIPPED, "district")

    def _street(self) -> bool:
        found = self._match(_STREET)
        if not found or _PROSE.search(found[1]):
            return False
        start, self.street = self.at, found[1]
        self.anchor = Entry(start, found.end(), Scope.STREET, self.state, street=self.street)
        self._take(found.end(), PieceKind.READ, "street")
        whole = self._match(_WHOLE)
        end = whole.end() if whole else self.at
        rest = self.plain[end : end + 40]
        follows = re.match(
            r"\s*(?:[、,)\n。;]|$|除|外|以外|均|都|全部|为[封管防]|[(][^)]*(?:除外|以外|不含|不包括))", rest
        )
        if whole or (follows and not self._is_numbers_next(end)):
            self._add(start, end, Scope.STREET, street=self.street)
            if whole:
                self._take(end, PieceKind.READ, "street")
        return True

    def _is_numbers_next(self, at: int) -> bool:
        """Whether a list of numbers with a word of addresses stands there; in brackets it would be an exception."""
        return bool(_LIST.match(self.plain, at))

    def _village(self) -> bool:
        found = self._match(_VILLAGE)
        if not found or _PROSE.search(found[1]):
            return False
        if not re.match(
            rf"\s*(?:{_NUMBER}[、,和\s\-至]*)+(?:{_VILLAGE_PART}|{_DOOR}|{_BUILDING})", self.plain[found.end() :]
        ):
            return False
        self.street = ""
        self.anchor = Entry(self.at, found.end(), Scope.COMMUNITY, self.state, name=found[1])
        return self._take(found.end(), PieceKind.READ, "compound")

    def _named(self) -> bool:
        """欣安小区, 大华二村: a run of letters that is no prose."""
        found = self._match(_NAMED)
        if not found:
            return False
        name, end = found[0], found.end()
        if re.match(_SUFFIX, name):
            return self._take(end, PieceKind.UNREAD, "no-number")
        if cut := re.search(
            rf"其余|其他|其它|均为|都为|为封控|为管控|为防范|除外|以外|[A-Z{STEMS}](?=座|栋|幢|号楼)", name
        ):
            if not cut.start():
                return False
            name, end = name[: cut.start()], self.at + cut.start()
        if _PROSE.search(name) or len(name) < 2:
            return self._prose()
        self.street = ""
        start = self.at
        self.anchor = Entry(start, end, Scope.COMMUNITY, self.state, name=name)
        self._take(end, PieceKind.READ, "compound")
        if not self._is_numbers_next(end):
            self._add(start, end, Scope.COMMUNITY, name=name)
        return True

    def _numbers(self) -> bool:
        """A list of numbers with their words: 541、561、591弄 · 1-29号 · 5、6号楼2单元."""
        numbers, ends = [], self.at
        at = self.at
        while found := _ITEM.match(self.plain, at):
            if _ROOM.match(self.plain, found.start()):
                break
            numbers.append(found)
            ends = found.end()
            gap = re.compile(_BETWEEN).match(self.plain, ends)
            at = gap.end() if gap else ends
        while numbers and not (numbers[-1][2] or numbers[-1][4]):
            numbers.pop()
        if not numbers or _ROOM.match(self.plain, numbers[-1].end()):
            return False
        if not (self.street or self.anchor.name):
            return self._take(numbers[-1].end(), PieceKind.UNREAD, "no-street")
        groups = self._grouped(numbers)
        if groups is None:
            return self._take(numbers[-1].end(), PieceKind.UNREAD, "numbers")
        self._place(groups, numbers)
        return self._take(numbers[-1].end(), PieceKind.READ, "numbers")

    def _grouped(self, numbers: list[re.Match[str]]) -> list[_Number] | None:
        """Each number with its word: one without takes the next one's. None where a range makes no sense."""
        groups: list[_Number] = []
        suffix = ""
        for found in reversed(numbers):
            suffix = found[4] or found[2] or suffix
            first, dash, last = found[1].partition("-")
            if found[3] is not None:
                names = _range(found[1], found[3])
            elif dash and first.isdigit() and int(first) < int(last):  # 1-5号楼; 12-1幢 is one building
                names = _range(first, last)
            else:
                names = [found[1]]
            if names is None or (found[4] and found[2] and _level(found[2]) != _level(found[4])):
                return None
            level = _level(suffix)
            if level in ("lane", "part"):
                names = [f"{name}{suffix}" for name in names]
            elif level == "door" and suffix != _DOOR:  # 12号甲
                names, suffix = [f"{name}{suffix}" for name in names], _DOOR
            groups.append(_Number(found.start(), found.end(), names, level))
        return groups[::-1]

    def _place(self, groups: list[_Number], numbers: list[re.Match[str]]) -> None:
        """
        Which compound each number belongs to.

        号 right behind a compound, or behind another 号 of it, is a building; 号 behind a street, or behind a bare lane
        and a comma, is a number of the street. A unit belongs to every building of the group before it.
        """
        compound = self.anchor if self.anchor.scope != Scope.STREET else None
        is_bare = compound is not None and compound.scope == Scope.COMMUNITY and bool(compound.name)
        houses: list[Entry] = []  # the buildings that a unit would belong to
        previous: list[Entry] = []
        pending: Entry | None = None  # a compound not yet said, until it is known whether buildings follow
        first = self.anchor.start if self.anchor.end == self.at else groups[0].start
        house_level = ""
        for index, group in enumerate(groups):
            start = first if index == 0 else group.start
            is_close = index == 0 or groups[index - 1].end == group.start
            if group.level == "lane":
                if pending is not None:
                    self._put(pending)
                for name in group.names[:-1]:
                    self._add(start, group.end, Scope.COMMUNITY, street=self.street, name=name)
                compound = Entry(
                    start, group.end, Scope.COMMUNITY, self.state, street=self.street, name=group.names[-1]
                )
                pending, houses, is_bare, house_level = compound, [], True, ""
            elif group.level == "unit":
                if pending is not None and not houses:
                    # a compound of one building: the unit is its building's
                    houses = [replace(pending, scope=Scope.BUILDING, building="")]
                for house in houses:
                    for name in group.names:
                        self._add(start, group.end, Scope.UNIT, street=house.street, name=house.name,
                                  building=house.building, unit=name)  # fmt: skip
                pending = None
                if houses and houses[0] in self.entries:
                    self.entries = [entry for entry in self.entries if entry not in houses]
            elif compound is not None and (group.level != "door" or is_close or house_level or not is_bare):
                pending = None
                houses = [
                    self._add(
                        start, group.end, Scope.BUILDING, street=compound.street, name=compound.name, building=name
                    )
                    for name in group.names
                ]
                if index and groups[index - 1].level == group.level and self._share_units(groups, index):
                    houses = [*previous, *houses]
                previous = houses
                house_level, is_bare = group.level, False
            elif self.street:
                if pending is not None:
                    self._put(pending)
                    pending = None
                compound = None
                for name in group.names:
                    number = name if "号" in name else f"{name}号"
                    self._add(start, group.end, Scope.COMMUNITY, street=self.street, name=number)
                last = self.entries[-1]
                houses, is_bare = [], True
                if (
                    index + 1 < len(groups)
                    and groups[index + 1].level in ("building", "unit")
                    and group.end == groups[index + 1].start
                ):
                    pending = compound = self.entries.pop()
                else:
                    self.anchor = replace(last, scope=Scope.STREET, name="")
        if pending is not None:
            self._put(pending)
        if compound is not None:
            self.anchor = replace(
                compound,
                start=numbers[-1].start(),
                end=numbers[-1].end(),
                scope=Scope.BUILDING if houses else Scope.COMMUNITY,
            )

    def _share_units(self, groups: list[_Number], index: int) -> bool:
        """5、6号楼2单元: whether the numbers of this list go on to a unit."""
        rest = [group.level for group in groups[index:]]
        return "unit" in rest and rest[: rest.index("unit")].count(groups[index].level) == rest.index("unit")

    def _put(self, entry: Entry) -> Entry:
        return self._add(entry.start, entry.end, entry.scope, street=entry.street, name=entry.name)

    def _add(
        self, start: int, end: int, scope: Scope, *, state: State | None = None, street: str = "", name: str = "",
        building: str = "", unit: str = "",
    ) -> Entry:  # fmt: skip
        is_out = self.excepting > 0
        if is_out:
            self.taken_out.add(start)
        entry = Entry(start, end, scope, None if is_out else state or self.state, street, name, building, unit,
                      self.from_day, self.until_day)  # fmt: skip
        self.entries.append(entry)
        return entry

    def _unread_without_state(self) -> None:
        """An address whose state nobody told is none that was read."""
        for entry in [each for each in self.entries if each.state is None and each.start not in self.taken_out]:
            self.entries.remove(entry)
            self.pieces = [
                replace(piece, kind=PieceKind.UNREAD, reason="no-state")
                if piece.kind is PieceKind.READ and piece.start < entry.end and entry.start < piece.end
                else piece
                for piece in self.pieces
            ]

    def _tiled(self) -> tuple[Piece, ...]:
        """Neighbours of one kind and reason joined; the tiling checked."""
        joined: list[Piece] = []
        for piece in self.pieces:
            last = joined[-1] if joined else None
            if last and (last.kind, last.reason, last.end) == (piece.kind, piece.reason, piece.start):
                joined[-1] = replace(last, end=piece.end)
            else:
                joined.append(piece)
        assert [piece.start for piece in joined] == [0, *(piece.end for piece in joined)][: len(joined)]
        assert (joined[-1].end if joined else 0) == len(self.text)
        return tuple(joined)


def _half_width(sign: str) -> str:
    """One character for one: full-width digits, letters and marks as half-width, all dashes as one."""
    plain = unicodedata.normalize("NFKC", sign)
    plain = plain if len(plain) == 1 else sign
    if plain in "‐‑‒–—―−~～〜":
        return "-"
    if plain in "\r\t\u3000\u00a0":
        return " "
    return {"〔": "(", "〕": ")", "；": ";", "，": ",", "：": ":"}.get(
        plain, plain.upper() if plain.isascii() else plain
    )


def _range(first: str, last: str) -> list[str] | None:
    """The numbers from one to another, both included; None where they are no numbers, turn back or are too many."""
    if not (first.isdigit() and last.isdigit()) or not 0 < int(last) - int(first) < RANGE_MAX:
        return None
    return [str(number) for number in range(int(first), int(last) + 1)]
