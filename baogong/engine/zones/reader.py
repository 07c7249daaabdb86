"""
Reads a published zone notice: text → addresses with their state, each by its characters.

    一、封控区（3个）                           a heading: what follows is SEALED
    华灵路541、561、591弄                        three compounds of one street
    原平路528弄1-29号                            buildings 1 to 29 of a compound
    运光路15弄（7、8、9号除外）                   a compound without three of its buildings
    欣安小区5号楼、6号楼除外                       the same, where its sentence speaks of one compound only
    崧泽村1、6、13组                             groups of a village
    欣安小区5号楼2单元                           a staircase
    其余区域为防范区 · 华灵路其余均为管控区         every other address (of that street)
    华灵路541弄3号楼为封控区，其余楼栋为管控区     every other building of that compound
    欣安小区为管控区，其中3号楼为封控区             a part of the compound named just before
    欣安小区解封                                a lifting: UNREAD, for a zone ends by a person's word only

Nothing is dropped: the pieces of a reading cover the text from the first character to the last, each READ, SKIPPED with
a reason, or UNREAD. What is doubtful is UNREAD, for a person; nothing is guessed. Whether the register knows an address
is not asked here. Pure; no clock: a date without a year takes the year in which it is
nearest to `day`, or to the days that the notice gives in full; without these it is UNREAD.
"""

from __future__ import annotations

import re
import unicodedata
from collections import Counter
from dataclasses import dataclass, replace
from datetime import date
from itertools import pairwise

from baogong.engine.sheets.house_numbers import STEMS
from baogong.engine.zones.reading import Entry, Piece, PieceKind, Reading, Scope, State
from baogong.engine.zones.words import (
    ADMIN,
    ALL_OTHERS,
    AMONG,
    BECOMES,
    BETWEEN,
    BUILDING,
    COUNT,
    DATE,
    DOOR,
    EXCEPT_AFTER,
    EXCEPT_BEFORE,
    EXCEPTING,
    HEADING,
    ITEM,
    JOINT,
    LANE,
    LIFTED,
    LIFTED_HEADING,
    LIST,
    NAME_ENDS,
    NAMED,
    NUMBER,
    OTHERS_WORD,
    PARITY,
    PROSE,
    ROOM,
    SEPARATOR,
    STATE_WORD,
    STATES,
    STREET,
    SUFFIX,
    UNIT,
    VILLAGE,
    VILLAGE_PART,
    WHOLE,
)

RANGE_MAX = 400
AMONG_MAX = 200
"""So many characters behind 其中 its state is looked for."""


def read_notice(text: str, *, day: date | None = None, state: State | None = None) -> Reading:
    """
    What a notice says.

    day     the day of publication, for dates without a year
    state   of what stands before the first heading; None: then it has none, and is UNREAD
    """
    return _Reader(text, day, state).read()


def _level(suffix: str) -> str:
    if suffix in LANE.split("|"):
        return "lane"
    if suffix in VILLAGE_PART.split("|"):
        return "part"
    if suffix in UNIT.split("|"):
        return "unit"
    return "building" if suffix in BUILDING.split("|") else "door"


@dataclass
class _Number:
    start: int
    end: int
    names: list[str]
    level: str
    has_word: bool  # 5号楼, 1-3号楼: says its own word; in 5、6号楼 the 5 does not


class _Reader:
    """One pass over the text; `plain` has its characters one for one, half-width."""

    def __init__(self, text: str, day: date | None, state: State | None) -> None:
        self.text, self.day = text, day
        self.plain = "".join(map(_half_width, text))
        self.pieces: list[Piece] = []
        self.entries: list[Entry] = []
        self.full_days = [
            date(*map(int, found.groups()))
            for found in re.finditer(r"(?<!\d)(\d{4}) *年 *(\d{1,2}) *月 *(\d{1,2}) *日", self.plain)
            if _is_day(*map(int, found.groups()))
        ]
        self.state = state
        self.from_day: date | None = None
        self.until_day: date | None = None
        self.clause = 0  # index of the first entry of the clause that a later "为…区" may speak of
        self.anchor = Entry(0, 1, Scope.COMMUNITY, None)  # where a bare number belongs
        self.houses: list[Entry] = []  # of the list of numbers read last
        self.street = ""
        self.excepting = 0  # how many brackets or words of exception are open
        # Of each open one: an exception?, the street and anchor before, the addresses that it stands right behind.
        self.brackets: list[tuple[bool, str, Entry, list[Entry]]] = []
        self.opened: list[tuple[int, int]] = []  # the first entry and piece of each
        self.closed: tuple[int, list[Entry]] = (-1, [])  # where a bracket ended, and the addresses it stands behind
        self.told: tuple[int, list[Entry]] = (-1, [])  # where a "为…区" ended, and the addresses it spoke of
        self.named: set[str] = set()  # streets, and compounds without one, since whatever "others" would reach back to
        self.named_from = (0, 0)  # the first entry and the first piece of these
        self.taken_out: set[int] = set()  # where exceptions begin
        self.exceptions_from = -1  # index of the first entry of an exception that opened before its word
        self.is_lifting = False  # under the heading of a list of lifted addresses
        self.lifted: set[int] = set()  # where the entries of such a list begin
        self.sentences = (0, 0)  # the first entry of the sentence before, and of this one
        self.sentence_pieces = (0, 0)  # the same of pieces
        self.loose: set[int] | None = None  # where the exceptions of this sentence begin that no bracket holds
        # The days in force when this line began; None: its heading sets them for the lines below it.
        self.days_before: tuple[date | None, date | None] | None = (None, None)
        self.line_from = 0  # the first entry of this line
        self.among_at = -1  # where a 其中 ended
        self.at = 0

    def read(self) -> Reading:
        while self.at < len(self.plain):
            before = self.at
            for step in (self._newline, self._others, self._among, self._heading, self._lifted, self._date, self._count,
                         self._parity, self._bracket, self._becomes, self._exception, self._separator, self._room, self._numbers, self._admin,
                         self._street, self._village, self._named):  # fmt: skip
                if step():
                    break
            else:
                self._sign()
            assert self.at > before, "a step must move on"
        self._end_sentence()
        self._unread_without_state()
        self._unread_without_entry()
        return Reading(self.text, tuple(sorted(self.entries, key=lambda each: each.start)), self._tiled())

    def _take(self, end: int, kind: PieceKind, reason: str = "") -> bool:
        self.pieces.append(Piece(self.at, end, kind, reason))
        self.at = end
        return True

    def _sign(self) -> None:
        """劲松五区501楼, 3号院5号楼: what goes on right behind an address narrows it; the larger one is not meant."""
        if re.match(r"[\dA-Z]|#|院 *[\dA-Z]", self.plain[self.at : self.at + 9]):
            here = len(self.plain[: self.at].rstrip(" "))
            ending = [entry for entry in self.entries[self.sentences[1] :] if entry.end == here]
            if ending:
                self._give_up(ending, "sign")
                self.anchor, self.street, self.houses = Entry(0, 1, Scope.COMMUNITY, None), "", []
        self._take(self.at + 1, PieceKind.UNREAD, "sign")

    def _match(self, pattern: re.Pattern[str]) -> re.Match[str] | None:
        found = pattern.match(self.plain, self.at)
        return found if found and found.end() > self.at else None

    def _newline(self) -> bool:
        if self.plain[self.at] not in "\n。;":
            return False
        has_entries = len(self.entries) > self.line_from
        self._end_sentence()
        if self.plain[self.at] == "\n":
            self._forget()
            if self.days_before is not None and has_entries:
                self.from_day, self.until_day = self.days_before
            self.days_before, self.line_from = (self.from_day, self.until_day), len(self.entries)
        self.clause = len(self.entries)
        self.sentences = (self.sentences[1], self.clause)
        self._take(self.at + 1, PieceKind.SKIPPED, "separator")
        self.sentence_pieces = (self.sentence_pieces[1], len(self.pieces))
        return True

    def _end_sentence(self) -> None:
        """
        A sentence that takes something out says so as it was read, or is UNREAD whole: read without its exception it would
        say the opposite. One without a name of its own takes the sentence before it along.
        """
        if self.exceptions_from >= 0:
            self.exceptions_from, self.excepting = -1, self.excepting - 1
        loose, self.loose = self.loose, None
        said, pieces = self.entries[self.sentences[1] :], self.pieces[self.sentence_pieces[1] :]
        if not pieces:
            return
        begin = pieces[0].start
        told = [
            piece for piece in pieces if piece.kind is PieceKind.READ and piece.reason in ("exception", "all-others")
        ]
        is_told = all(
            any(piece.start <= found.start() < piece.end for piece in told)
            for found in EXCEPTING.finditer(self.plain, begin, self.at)
        )
        if is_told and (loose is None or self._is_taken_out(loose, said, pieces)):
            return
        has_name = any(piece.reason in ("street", "compound") and piece.kind is PieceKind.READ for piece in pieces)
        is_of_parts = re.match(
            rf"[ (,、:]*(?:{EXCEPT_BEFORE.pattern})? *(?:第?{NUMBER} *[、,和]? *)*(?:{SUFFIX})",
            self.plain[begin : self.at],
        )
        if is_of_parts and not has_name:
            self._give_up_from(self.sentence_pieces[0], "exception-of-what")
        elif said or loose is not None:
            self._give_up_from(self.sentence_pieces[1], "exception-of-what")

    def _is_taken_out(self, loose: set[int], said: list[Entry], pieces: list[Piece]) -> bool:
        """Whether what was taken out without a bracket lies in the one address that this sentence is about."""
        out = [entry for entry in said if entry.start in loose and entry.state is None]
        wholes = [entry for entry in said if entry.start not in self.taken_out]
        others = [piece for piece in pieces if piece.reason == "all-others"]
        # 华灵路541弄除3号外为封控区，其余为管控区: out of the lane
        named = [entry for entry in wholes if not any(each.start <= entry.start < each.end for each in others)]
        wholes = named or wholes
        is_read = all(piece.kind is not PieceKind.UNREAD for piece in pieces)
        return is_read and bool(out) and len(wholes) == 1 and all(_is_part(entry, wholes[0]) for entry in out)

    def _give_up_from(self, first: int, reason: str) -> None:
        """All that was read since this piece, but for headings, is UNREAD after all, as one."""
        for index in range(first, len(self.pieces)):
            if self.pieces[index].reason == "heading":
                first = index + 1
        speaking = [
            index
            for index in range(first, len(self.pieces))
            if self.pieces[index].kind is not PieceKind.SKIPPED or self.pieces[index].reason == "prose"
        ]
        if not speaking:
            return
        begin, last = speaking[0], len(self.pieces)
        while self.pieces[last - 1].reason == "separator":
            last -= 1
        start = self.pieces[begin].start
        self.pieces[begin:last] = [
            replace(piece, kind=PieceKind.UNREAD, reason=reason) for piece in self.pieces[begin:last]
        ]
        self.entries = [entry for entry in self.entries if entry.start < start]
        self._keep_marks()
        self.closed = self.told = (-1, [])
        self.anchor, self.street, self.houses = Entry(0, 1, Scope.COMMUNITY, None), "", []

    def _forget(self) -> None:
        """A line, or a heading within one, begins: nothing reaches back over it."""
        self.anchor, self.street = Entry(0, 1, Scope.COMMUNITY, None), ""
        self.brackets, self.opened, self.excepting, self.houses = [], [], 0, []
        self._begin_naming()

    def _begin_naming(self) -> None:
        self.named, self.named_from = set(), (len(self.entries), len(self.pieces))

    def _separator(self) -> bool:
        found = self._match(SEPARATOR)
        if not found:
            return False
        end = found.end()
        for at in range(self.at, end):
            if self.plain[at] in "\n。;" and at > self.at:
                end = at
                break
        return self._take(end, PieceKind.SKIPPED, "separator")

    def _date(self) -> bool:
        """4月12日起 · 自4月8日至4月21日 · 4月8日-14日 · 至4月20日 · 4月20日解封."""
        found = self._match(DATE)
        if not found:
            return False
        years = {int(found["year"])} if found["year"] else self._years(int(found["month"]), int(found["day"]))
        days: dict[str, date] = {}
        is_until = bool(re.match("至|到|截至|截止|-", found["before"]) or re.search("止|解", found["after"]))
        is_from = bool(re.match("自|从", found["before"]) or re.search("起|始", found["after"]))
        if not (found["last"] or is_until or is_from):
            return self._take(found.end(), PieceKind.SKIPPED, "date")
        if len(years) != 1:
            return self._take(found.end(), PieceKind.UNREAD, "day-without-year")
        try:
            first = date(years.pop(), int(found["month"]), int(found["day"]))
            if found["last"]:
                month = int(found["last_month"] or first.month)
                # 12月28日至1月5日
                turns = found["last_month"] and not found["last_year"] and month < first.month
                last = date(int(found["last_year"] or first.year + bool(turns)), month, int(found["last"]))
                days = {"from_day": first, "until_day": last}
            else:
                days = {"until_day" if is_until else "from_day": first}
        except ValueError:
            return self._take(found.end(), PieceKind.UNREAD, "day-without-year")
        if days.get("until_day", date.max) < days.get("from_day", date.min):
            return self._take(found.end(), PieceKind.UNREAD, "day-without-year")
        if days and not self._set_days(days, found.end()):
            return self._take(found.end(), PieceKind.UNREAD, "day-of-what")
        return self._take(found.end(), PieceKind.SKIPPED, "date")

    def _years(self, month: int, day: int) -> set[int]:
        """
        The year of a day that names none: the one in which it is nearest to the day of publication, or else to the days
        that the notice itself gives in full; none of these, or they disagree: nobody knows.
        """
        return {
            min(
                (abs(date(year, month, day) - near), year)
                for year in (near.year - 1, near.year, near.year + 1)
                if _is_day(year, month, day)
            )[1]
            for near in ([self.day] if self.day else self.full_days)
            if any(_is_day(year, month, day) for year in (near.year - 1, near.year, near.year + 1))
        }

    def _set_days(self, days: dict[str, date], end: int) -> bool:
        """
        Of the addresses that the bracket stands behind; outside a bracket of those right before the day, or, behind a
        comma at the end of a sentence, of all its addresses; before any address of the line or under its heading, of
        what follows. False: it could be of those before it or behind it.
        """
        behind = self.brackets[-1][3] if self.brackets else self._behind(over_blanks=True)
        if not self.brackets and not behind and len(self.entries) > self.sentences[1]:
            if not re.match(rf" *(?:{BECOMES.pattern})? *(?:[\n。;]|$)", self.plain[end : end + 40]):
                return False
            behind = self.entries[self.sentences[1] :]
        if not behind:
            self.from_day, self.until_day = days.get("from_day", self.from_day), days.get("until_day", self.until_day)
            return True
        first = self.named_from[0]
        for index in range(min(first, self.sentences[1]), len(self.entries)):
            if self.entries[index] in behind:
                entry = self.entries[index]
                self.entries[index] = replace(
                    entry,
                    from_day=days.get("from_day", entry.from_day),
                    until_day=days.get("until_day", entry.until_day),
                )
                behind[behind.index(entry)] = self.entries[index]
        return True

    def _behind(self, *, over_blanks: bool = False) -> list[Entry]:
        """
        The addresses that end right here: all that share the last one's word (1、3-5号), those a bracket before this one
        stands behind, those of which the state was said just now.
        """
        here = self.at
        while over_blanks and here and self.plain[here - 1] == " ":
            here -= 1
        for end, entries in (self.closed, self.told):
            if end == here:
                return entries
        found: list[Entry] = []
        for entry in reversed(self.entries[self.named_from[0] :]):
            if not found:
                is_one = entry.end == here
            else:
                between = self.plain[entry.end : found[-1].start]
                shares = self.plain[entry.end - 1].isdigit() and re.fullmatch(BETWEEN, between)
                is_one = entry.scope == found[-1].scope and (entry.end == found[-1].end or bool(shares))
            if not is_one:
                break
            found.append(entry)
        return found[::-1]

    def _count(self) -> bool:
        found = self._match(COUNT)
        return bool(found) and self._take(found.end(), PieceKind.SKIPPED, "count")  # type: ignore[union-attr]

    def _is_line_start(self) -> bool:
        line = self.plain[self.plain.rfind("\n", 0, self.at) + 1 : self.at]
        return not line.strip()

    def _line(self) -> str:
        end = self.plain.find("\n", self.at)
        return self.plain[self.at : end if end >= 0 else len(self.plain)]

    def _heading(self) -> bool:
        """
        封控区: at the start of a line; what follows in the line must be nothing, a count, a date, a colon or a list. Within
        a line it begins a sentence and a colon follows.
        """
        found = self._match(HEADING)
        if not found:
            return False
        rest = self._line()[found.end() - self.at :]
        if not self._is_line_start():
            begins = self.plain[: self.at].rstrip(" ")[-1:] in (";", "。", ",")
            if not begins or not re.match(r" *(?:[(][^()\n]*[)])? *:", rest):
                return False
        elif re.match(r"\s*[、,和及与]\s*(?:封控|管控|防范)|[\u4e00-\u9fff]", rest) and not ALL_OTHERS.match(rest):
            return self._prose()
        self._begin_list(STATES[found["state"]])
        return self._take(found.end(), PieceKind.READ, "heading")

    def _begin_list(self, state: State | None) -> None:
        self._end_sentence()
        self._forget()
        self.state, self.is_lifting = state, state is None
        # 自4月12日起，以下为封控区：
        is_dated = (
            self.days_before not in (None, (self.from_day, self.until_day)) and len(self.entries) == self.line_from
        )
        if not is_dated:
            self.from_day = self.until_day = None
        self.days_before = None
        self.clause = self.line_from = len(self.entries)
        self.sentences = (self.clause, self.clause)
        self.sentence_pieces = (len(self.pieces) + 1, len(self.pieces) + 1)  # behind the heading

    def _lifted(self) -> bool:
        """
        解封: as a heading, or behind the addresses it speaks of. A zone ends by its day, a later line or a withdrawal; so
        what is lifted is UNREAD, and a person withdraws the line that this notice names.
        """
        if self._is_line_start() and (heading := self._match(LIFTED_HEADING)):
            self._begin_list(None)
            return self._take(heading.end(), PieceKind.READ, "heading")
        found = self._match(LIFTED)
        if not found or self.clause == len(self.entries):
            return False
        if self.clause == self.sentences[1]:  # 欣安小区，5号楼解封: with the name that its number belongs to
            anchor, street, houses = self.anchor, self.street, self.houses
            self._give_up_from(self.sentence_pieces[1], "lifted")
            self.anchor, self.street, self.houses = anchor, street, houses
        else:
            self._give_up(self.entries[self.clause :], "lifted")
        return self._take(found.end(), PieceKind.UNREAD, "lifted")

    def _among(self) -> bool:
        """
        其中3号楼为封控区: of the one compound of this sentence, or of the one before; in a bracket of the compound that it
        stands behind. Which of several, or why a part is named that has the state of the whole, a person says.
        """
        found = self._match(AMONG)
        if not found:
            return False
        rest = self._clause_end(found.end())
        said = self.entries[self.sentences[1] :] or self.entries[self.sentences[0] :]
        behind = self.brackets[-1][3] if self.brackets else said
        wholes = {(each.street, each.name) for each in behind if each.state is not None or not self.excepting}
        becomes = BECOMES.search(self.plain, found.end(), min(rest, found.end() + AMONG_MAX))
        is_part = bool(becomes) and len(wholes) == 1 and "" not in {name for _, name in wholes}
        if not is_part or self.excepting or not self._is_numbers_next(found.end()) or self.anchor.scope == Scope.STREET:
            return self._take(rest, PieceKind.UNREAD, "others-of-what")
        self.anchor = replace(self.anchor, start=self.at, end=found.end())
        self.clause, self.among_at = len(self.entries), found.end()
        return self._take(found.end(), PieceKind.READ, "compound")

    def _clause_end(self, at: int) -> int:
        found = re.compile(r"[^\n。;)]*").match(self.plain, at)
        return found.end() if found else at

    def _prose(self) -> bool:
        """
        Words around the list, up to the end of the sentence; UNREAD where a number with a word of addresses is in it, where
        they speak of others, or of a zone under the heading of one.
        """
        found = re.compile(r"[^\n。;]+").match(self.plain, self.at)
        assert found
        is_address = re.search(rf"\d\s*(?:{LANE}|{DOOR}|{BUILDING}|{UNIT}|{VILLAGE_PART})", found[0])
        if is_address:
            return self._take(found.end(), PieceKind.UNREAD, "address-in-prose")
        if OTHERS_WORD.search(found[0]) or (self.state is not None and STATE_WORD.search(found[0])):
            return self._take(found.end(), PieceKind.UNREAD, "zone-in-prose")
        return self._take(found.end(), PieceKind.SKIPPED, "prose")

    def _parity(self) -> bool:
        """541-591弄（单号）: the odd ones of a range. Of anything else it speaks of doors nobody listed: a person says which."""
        found = self._match(PARITY)
        behind = self._behind() if found else []
        if not found or not behind:
            return False
        is_range = any(one.start == other.start for one, other in pairwise(behind))
        fits = {entry: _number_of(entry) % 2 == bool(found["odd"]) for entry in behind if _number_of(entry)}
        together = Counter(one.start for one in behind)
        # 542、551-559弄（单号）: listed for itself, it does not agree
        contradicts = any(together[one.start] == 1 and not fits.get(one) for one in behind)
        if not is_range or len(fits) < len(behind) or contradicts or not any(fits.values()):
            self._give_up(behind, "parity")
            return self._take(found.end(), PieceKind.UNREAD, "parity")
        first = self.named_from[0]
        self.entries[first:] = [entry for entry in self.entries[first:] if fits.get(entry, True)]
        return self._take(found.end(), PieceKind.READ, "numbers")

    def _give_up(self, entries: list[Entry], reason: str, since: tuple[int, int] | None = None) -> None:
        """These addresses, and all that share characters that were read with them, are UNREAD after all."""
        spans = []
        first, first_piece = since or self.named_from
        for index in range(first_piece, len(self.pieces)):
            piece = self.pieces[index]
            if piece.kind is PieceKind.READ and any(
                piece.start < entry.end and entry.start < piece.end for entry in entries
            ):
                spans.append(piece)
                self.pieces[index] = replace(piece, kind=PieceKind.UNREAD, reason=reason)
        self.entries[first:] = [
            entry
            for entry in self.entries[first:]
            if not any(piece.start < entry.end and entry.start < piece.end for piece in spans)
        ]
        self._keep_marks()

    def _keep_marks(self) -> None:
        """Entries went: no mark points behind the last that is left."""
        count = len(self.entries)
        self.clause, self.line_from = min(self.clause, count), min(self.line_from, count)
        self.sentences = (min(self.sentences[0], count), min(self.sentences[1], count))
        self.named_from = (min(self.named_from[0], count), self.named_from[1])

    def _bracket(self) -> bool:
        sign = self.plain[self.at]
        if sign == "(":
            close = self.plain.find(")", self.at)
            inside = self.plain[self.at + 1 : close] if close >= 0 else ""
            is_exception = bool(EXCEPT_BEFORE.match(inside.strip()) or EXCEPT_AFTER.search(inside))
            self.brackets.append((is_exception, self.street, self.anchor, self._behind()))
            self.opened.append((len(self.entries), len(self.pieces)))
            self.excepting += is_exception
            return self._take(self.at + 1, PieceKind.SKIPPED, "bracket")
        if sign == ")":
            if self.brackets:
                was_exception, self.street, self.anchor, behind = self.brackets.pop()
                if not was_exception and self._is_narrowed(behind, *self.opened[-1]):
                    return self._unread_with_bracket(self.opened.pop()[1])
                self.opened.pop()
                self.excepting -= was_exception
                self.closed = (self.at + 1, behind) if behind else self.closed
            return self._take(self.at + 1, PieceKind.SKIPPED, "bracket")
        return sign in "【】[]《》<>\"'“”*#" and self._take(self.at + 1, PieceKind.SKIPPED, "bracket")

    def _is_narrowed(self, behind: list[Entry], first: int, piece: int) -> bool:
        """华灵路541弄（5号、6号）: the whole lane or these two; 华灵路（原平路-沪太路）: a stretch, and neither street."""
        inside = self.entries[first:]
        if self.plain.startswith("其中", self.pieces[piece].end):
            return False
        is_of_parts = any(_is_part(part, whole) for part in inside for whole in behind if whole.scope < Scope.BUILDING)
        return is_of_parts or any(entry.scope == Scope.STREET and entry.street for entry in inside)

    def _unread_with_bracket(self, opened: int) -> bool:
        self._take(self.at + 1, PieceKind.SKIPPED, "bracket")
        first = opened
        while first and self.pieces[first - 1].kind is PieceKind.READ and self.pieces[first - 1].reason != "heading":
            first -= 1
        self._give_up_from(first, "others-of-what")
        return True

    def _exception(self) -> bool:
        """除A、B外: what stands between is taken out; in brackets the words alone are taken."""
        after = self._match(EXCEPT_AFTER)
        if after and (self.excepting or self.exceptions_from >= 0):
            if self.exceptions_from >= 0:
                self.exceptions_from = -1
                self.excepting -= 1
            return self._take(after.end(), PieceKind.READ, "exception")
        if after:
            if self._takes_out_behind(after.end()):
                return self._take(after.end(), PieceKind.READ, "exception")
            return self._take(after.end(), PieceKind.UNREAD, "exception-of-what")
        before = self._match(EXCEPT_BEFORE)
        if before and (self.excepting or before["alone"] or EXCEPT_AFTER.search(self._sentence())):
            if not self.excepting:
                self.exceptions_from = len(self.entries)
                self.excepting += 1
                self.loose = self.loose or set()
            return self._take(before.end(), PieceKind.READ, "exception")
        return False

    def _takes_out_behind(self, end: int) -> bool:
        """
        欣安小区，5号楼除外 · 欣安小区5号楼、6号楼除外: certain where the sentence speaks of one compound or whole street and of
        nothing else than its parts; then these are taken out of it.
        """
        first = self.sentences[1]
        said = self.entries[first:]
        if (
            not said
            or self.brackets
            or not re.match(rf" *,? *(?:{BECOMES.pattern})? *(?:[\n。;]|$)", self.plain[end : end + 40])
        ):
            return False
        sentence = self.pieces[self.sentence_pieces[1] :]
        names = [at for at, piece in enumerate(sentence) if piece.reason in ("street", "compound")]
        if not names:
            return False
        pieces = sentence[names[0] :]
        if not all(piece.kind is PieceKind.READ or piece.reason == "separator" for piece in pieces):
            return False
        whole, parts = said[0], said[1:]
        if not (parts and all(_is_part(part, whole) for part in parts)):
            lists = [piece for piece in pieces if piece.reason == "numbers"]
            said_so = self.plain[lists[0].start : lists[0].end] if lists else ""
            # 1-10号楼，5号楼除外 · 5号楼 6号楼除外: are all out, or only the last?
            lanes = [found.end() for found in re.finditer(rf"{NUMBER} *(?:{LANE})", said_so)]
            listed = said_so[lanes[-1] if lanes else 0 :].strip()
            is_twice = len({each.building for each in said}) < len(said)
            if len(names) != 1 or len(lists) != 1 or re.search("[, ]", listed) or is_twice:
                return False
            at = lists[0].start + lanes[-1] if lanes else pieces[0].end
            whole = replace(said[0], start=pieces[0].start, end=at, scope=Scope.COMMUNITY, building="")
            parts = [replace(each, start=max(each.start, at)) for each in said]
            if any(each.scope != Scope.BUILDING or not _is_part(each, whole) for each in parts):
                return False
        house = rf"\d *(?:{BUILDING})"
        if whole.scope == Scope.STREET and any(re.search(house, self.plain[each.start : each.end]) for each in parts):
            return False
        self.entries[first:] = [whole, *(replace(part, state=None) for part in parts)]
        self.taken_out |= {part.start for part in parts}
        if self.clause > first:
            self.clause = len(self.entries)
        return True

    def _sentence(self) -> str:
        found = re.compile(r"[^\n。;]*").match(self.plain, self.at)
        return found[0] if found else ""

    def _others(self) -> bool:
        """
        其余均为防范区: of the one street that is spoken of, or everywhere; 其余楼栋: of the one compound, of which buildings
        were named; 其余单元: of the one building. Whose they are where several were named, or none, a person says.
        """
        found = self._match(ALL_OTHERS)
        if not found:
            return False
        becomes = re.compile(rf" *(?:{BECOMES.pattern})").match(self.plain, found.end())
        state = STATES[becomes["state"]] if becomes else self.state
        end = becomes.end() if becomes else found.end()
        if found["unit"] or found["house"]:
            whole = self._whole(Scope.BUILDING if found["unit"] else Scope.COMMUNITY)
            if whole is None:
                return self._take(end, PieceKind.UNREAD, "others-of-what")
            self._add(self.at, end, whole.scope, state=state, street=whole.street, name=whole.name,
                      building=whole.building)  # fmt: skip
        else:
            is_behind = self.anchor.end == self.at and self.anchor.scope == Scope.STREET
            is_everywhere = found["besides"] or found["wide"] or not (is_behind or self.named == {self.street})
            self._add(self.at, end, Scope.STREET, state=state, street="" if is_everywhere else self.street)
        self.clause = len(self.entries)
        self._take(end, PieceKind.READ, "all-others")
        self._begin_naming()
        return True

    def _whole(self, scope: Scope) -> Entry | None:
        """The one compound or building of which parts were named, and nothing else; None: none, or more than one."""
        said = self.entries[self.named_from[0] :]
        wholes = {
            replace(each, start=0, end=1, scope=scope, state=None, unit="", from_day=None, until_day=None,
                    building=each.building if scope == Scope.BUILDING else "")
            for each in said
        }  # fmt: skip
        is_read = all(piece.kind is not PieceKind.UNREAD for piece in self.pieces[self.named_from[1] :])
        is_of_parts = all(each.scope > scope for each in said)
        return wholes.pop() if len(wholes) == 1 and is_read and is_of_parts else None

    def _becomes(self) -> bool:
        """…为封控区: speaks of the clause before it."""
        found = self._match(BECOMES)
        if not found or (self._is_line_start() and not found[0].startswith("为")):
            return False
        if self.clause == len(self.entries):
            return self._prose()
        state = STATES[found["state"]]
        self.entries[self.clause :] = [
            entry if entry.state is None and entry.start in self.taken_out else replace(entry, state=state)
            for entry in self.entries[self.clause :]
        ]
        self.told = (found.end(), self.entries[self.clause :])
        self.clause = len(self.entries)
        return self._take(found.end(), PieceKind.READ, "state")

    def _room(self) -> bool:
        """Down to a room: the book keeps zones down to units; the whole address is left to a person."""
        found = re.compile(rf"(?:{NUMBER}\s*(?:{SUFFIX})\s*)*{ROOM.pattern}(?:\s*[、,和]\s*{ROOM.pattern})*").match(
            self.plain, self.at
        )
        if not found:
            return False
        return self._take(found.end(), PieceKind.UNREAD, "room")

    def _admin(self) -> bool:
        """宝山区大场镇: where it is; the register is one city's."""
        found = self._match(ADMIN)
        if not found:
            return False
        rest = self.plain[found.end() :]
        stands_alone = re.match(r"\s*(?:[\n:(]|$)", rest) and self._is_line_start()
        before_address = re.match(r"[\u4e00-\u9fff]{1,10}(?:路|街|道|村|小区|苑|园|弄)", rest)
        return bool(stands_alone or before_address) and self._take(found.end(), PieceKind.SKIPPED, "district")

    def _street(self) -> bool:
        found = self._match(STREET)
        if not found or PROSE.search(found[1]):
            return False
        start, self.street = self.at, found[1]
        self.named.add(self.street)
        self.anchor = Entry(start, found.end(), Scope.STREET, self.state, street=self.street)
        self._take(found.end(), PieceKind.READ, "street")
        whole = self._match(WHOLE)
        end = whole.end() if whole else self.at
        rest = self.plain[end : end + 40]
        follows = re.match(
            r"\s*(?:[、,)\n。;]|$|[自从至到]|\d{1,4} *[年月]|解封|除|外|以外|均|都|全部|为[封管防]|[(][^)]*(?:除|以外|之外|不含|不包|剔除))",
            rest,
        )
        if whole or (follows and not self._is_numbers_next(end)):
            self._add(start, end, Scope.STREET, street=self.street)
            if whole:
                self._take(end, PieceKind.READ, "street")
        return True

    def _is_numbers_next(self, at: int) -> bool:
        """Whether a list of numbers with a word of addresses stands there; in brackets it would be an exception."""
        return bool(LIST.match(self.plain, at))

    def _village(self) -> bool:
        found = self._match(VILLAGE)
        if not found or PROSE.search(found[1]):
            return False
        if not re.match(
            rf"\s*(?:{NUMBER}[、,和\s\-至]*)+(?:{VILLAGE_PART}|{DOOR}|{BUILDING})", self.plain[found.end() :]
        ):
            return False
        self.street = ""
        self.named.add(found[1])
        self.anchor = Entry(self.at, found.end(), Scope.COMMUNITY, self.state, name=found[1])
        return self._take(found.end(), PieceKind.READ, "compound")

    def _named(self) -> bool:
        """欣安小区, 大华二村: a run of letters that is no prose."""
        found = self._match(NAMED)
        if not found:
            return False
        name, end = found[0], found.end()
        if re.match(SUFFIX, name):
            return self._take(end, PieceKind.UNREAD, "no-number")
        if cut := NAME_ENDS.search(self.plain, self.at, end + 6):
            cut = None if cut.start() - self.at >= len(name) else cut
        if cut and cut.start() == self.at and EXCEPT_BEFORE.match(cut[0]):
            return self._prose()
        if cut:
            if cut.start() == self.at:
                return self._prose() if LIFTED.match(cut[0]) else False
            if cut[0] == "除外" and not self.excepting and not PROSE.search(name):
                return self._take(self._clause_end(self.at), PieceKind.UNREAD, "exception-of-what")
            if cut[0] in ("以外", "之外", "除外") and not self.excepting:
                return self._prose()
            name, end = name[: cut.start() - self.at], cut.start()
        if PROSE.search(name) or len(name) < 2 or (self.state is not None and STATE_WORD.search(name)):
            return self._prose()
        self.street = ""
        self.named.add(name)
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
        while found := ITEM.match(self.plain, at):
            if ROOM.match(self.plain, found.start()):
                break
            numbers.append(found)
            ends = found.end()
            gaps = [BETWEEN, JOINT] if found[2] or found[4] else [BETWEEN]
            gap = max(
                (re.compile(each).match(self.plain, ends) for each in gaps), key=lambda each: each.end() if each else 0
            )
            at = gap.end() if gap else ends
        while numbers and not (numbers[-1][2] or numbers[-1][4]):
            numbers.pop()
        if not numbers or ROOM.match(self.plain, numbers[-1].end()):
            return False
        if not (self.street or self.anchor.name):
            return self._no_street(numbers[-1].end())
        if self.closed[0] == self.at:  # 541弄（欣安小区）5号: not the whole lane
            first = len(self.pieces)
            while first and self.pieces[first - 1].end > self.closed[1][0].start:
                first -= 1
            self._take(numbers[-1].end(), PieceKind.UNREAD, "numbers")
            self._give_up_from(first, "numbers")
            return True
        groups = self._grouped(numbers)
        if groups is None or self._is_unit_of_nothing(groups) or self._is_spaced_twice(numbers, groups):
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
            elif level == "door" and suffix != DOOR:  # 12号甲
                names, suffix = [f"{name}{suffix}" for name in names], DOOR
            groups.append(_Number(found.start(), found.end(), names, level, bool(found[2] or found[4])))
        return groups[::-1]

    def _no_street(self, end: int) -> bool:
        """Numbers without an address; where a line begins with them, the name that the line before ends in is UNREAD too."""
        line = self.plain.rfind("\n", 0, self.at) + 1
        if re.fullmatch(rf"[ ,、:]*(?:[(] *(?:{EXCEPT_BEFORE.pattern})?)? *", self.plain[line : self.at]):
            before = len(self.plain[:line].rstrip(" \n"))
            ending = [entry for entry in self.entries[-RANGE_MAX:] if entry.end == before]
            is_unit = bool(re.match(rf"第?{NUMBER} *(?:{UNIT})", self.plain[self.at : end]))
            if ending and (is_unit or not ending[-1].building):
                first, last = len(self.entries), len(self.pieces)
                while first and self.entries[first - 1].end > ending[0].start:
                    first -= 1
                while last and self.pieces[last - 1].end > ending[0].start:
                    last -= 1
                self._give_up(ending, "no-street", (first, last))
        return self._take(end, PieceKind.UNREAD, "no-street")

    def _is_spaced_twice(self, numbers: list[re.Match[str]], groups: list[_Number]) -> bool:
        """
        Blanks that may be a comma or nothing: 5 41弄 is one number or two; in 541弄 561弄 12号 they part lanes, and the 号 is
        the street's or the last lane's. A stroke is no better.
        """
        blanks = [
            (one, other)
            for (one, before), (other, behind) in pairwise(zip(groups, numbers, strict=True))
            if not self.plain[before.end() : behind.start()].strip(" ") and before.end() < behind.start()
        ]
        if any(not one.has_word for one, _ in blanks):
            return True
        parts_equals = any(one.level == other.level == "lane" for one, other in blanks)
        is_stroke = any(
            one.level == "lane" and other.level == "door" and re.search(r"[/|]", self.plain[one.end : other.start])
            for one, other in pairwise(groups)
        )
        return is_stroke or (
            parts_equals and any(one.level == "lane" and other.level == "door" for one, other in blanks)
        )

    def _is_unit_of_nothing(self, groups: list[_Number]) -> bool:
        """2单元 with no building or compound right before it: whose it is a person says."""
        at = self.at - 1
        is_behind = self.anchor.end == self.at or (self.plain[at] == "(" and bool(self.houses))
        return groups[0].level == "unit" and not is_behind

    def _place(self, groups: list[_Number], numbers: list[re.Match[str]]) -> None:
        """
        Which compound each number belongs to.

        号 right behind a compound, or behind another 号 of it, is a building; 号 behind a street, or behind a bare lane
        and a comma, is a number of the street. A unit belongs to the building right before it and to those that share
        its word (5、6号楼2单元), never to one with a word of its own (1-3号楼、5号楼2单元).
        """
        compound = self.anchor if self.anchor.scope != Scope.STREET else None
        is_bare = compound is not None and compound.scope == Scope.COMMUNITY and bool(compound.name)
        # The buildings that a unit would belong to; in a bracket those before it: 5号楼(2单元除外), 5号楼，其中2单元.
        is_inside = self.plain[self.at - 1] == "(" or self.among_at == self.at
        houses = self.houses if groups[0].level == "unit" and is_inside else []
        is_taken_out = bool(houses) and self.excepting > 0
        has_unit = False
        previous: list[Entry] = []
        pending: Entry | None = None  # a compound not yet said, until it is known whether buildings follow
        first = self.anchor.start if self.anchor.end == self.at else groups[0].start
        house_level = ""
        for index, group in enumerate(groups):
            start = first if index == 0 else group.start
            # 541弄（3号除外）、600号: the comma counts behind a bracket too
            is_close = (
                not re.search(r"[、,;和及与] *$", self.plain[: group.start][-9:])
                if index == 0
                else bool(re.fullmatch(JOINT, self.plain[groups[index - 1].end : group.start]))
            )
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
                if compound is not None and not houses:
                    # a compound of one building: the unit is its building's
                    houses = [
                        replace(
                            pending or compound,
                            start=pending.start if pending else start,
                            scope=Scope.BUILDING,
                            building="",
                        )
                    ]
                for house in houses:
                    # The first unit begins with its building; one more of the same buildings with its own number.
                    at = start if is_taken_out or has_unit or self.among_at == self.at else house.start
                    for name in group.names:
                        self._add(at, group.end, Scope.UNIT, street=house.street, name=house.name,
                                  building=house.building, unit=name)  # fmt: skip
                pending, has_unit = None, True
                if houses and houses[0] in self.entries and not is_taken_out and self.among_at != self.at:
                    self.entries = [entry for entry in self.entries if entry not in houses]
            elif compound is not None and (
                group.level != "door" or is_close or house_level or not is_bare or not self.street
            ):
                pending = None
                houses = [
                    self._add(
                        start, group.end, Scope.BUILDING, street=compound.street, name=compound.name, building=name
                    )
                    for name in group.names
                ]
                if index and groups[index - 1].level == group.level and not groups[index - 1].has_word:
                    houses = [*previous, *houses]
                previous, has_unit, is_taken_out = houses, False, False
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
        self.houses = houses
        if compound is not None:
            self.anchor = replace(
                compound,
                start=numbers[-1].start(),
                end=numbers[-1].end(),
                scope=Scope.BUILDING if houses else Scope.COMMUNITY,
            )

    def _put(self, entry: Entry) -> Entry:
        return self._add(entry.start, entry.end, entry.scope, street=entry.street, name=entry.name)

    def _add(
        self, start: int, end: int, scope: Scope, *, state: State | None = None, street: str = "", name: str = "",
        building: str = "", unit: str = "",
    ) -> Entry:  # fmt: skip
        is_out = self.excepting > 0
        if is_out:
            self.taken_out.add(start)
            if self.exceptions_from >= 0 and self.loose is not None:
                self.loose.add(start)
        if self.is_lifting:
            self.lifted.add(start)
        entry = Entry(start, end, scope, None if is_out else state or self.state, street, name, building, unit,
                      self.from_day, self.until_day)  # fmt: skip
        self.entries.append(entry)
        return entry

    def _unread_without_state(self) -> None:
        """An address whose state nobody told is none that was read."""
        for entry in [each for each in self.entries if each.state is None and each.start not in self.taken_out]:
            self.entries.remove(entry)
            reason = "lifted" if entry.start in self.lifted else "no-state"
            self.pieces = [
                replace(piece, kind=PieceKind.UNREAD, reason=reason)
                if piece.kind is PieceKind.READ and piece.start < entry.end and entry.start < piece.end
                else piece
                for piece in self.pieces
            ]

    def _unread_without_entry(self) -> None:
        """A name that was to begin an address, and then no address came, nor a question about it."""
        known = {name for entry in self.entries for name in (entry.street, entry.name, entry.address)}
        is_asked = False
        for index in reversed(range(len(self.pieces))):
            piece = self.pieces[index]
            if piece.kind is PieceKind.READ and piece.reason in ("street", "compound") and not is_asked:
                said = self.plain[piece.start : piece.end]
                if said not in known and not WHOLE.fullmatch(said) and not AMONG.fullmatch(said):
                    self.pieces[index] = replace(piece, kind=PieceKind.UNREAD, reason="no-number")
            if piece.reason != "separator":
                is_asked = piece.kind is PieceKind.UNREAD

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


def _is_day(year: int, month: int, day: int) -> bool:
    try:
        date(year, month, day)
    except ValueError:
        return False
    return True


def _is_part(part: Entry, whole: Entry) -> bool:
    """Whether one address lies in another, which is larger; everywhere is larger than all."""
    if part.scope <= whole.scope or (whole.street and part.street != whole.street):
        return False
    return whole.scope == Scope.STREET or (
        (part.street, part.name) == (whole.street, whole.name)
        and (whole.scope == Scope.COMMUNITY or part.building == whole.building)
    )


def _number_of(entry: Entry) -> int:
    """The number an address ends in, 0 where it is none or has a letter."""
    said = re.match(r"(\d+)(?:\D*)$", entry.unit or entry.building or entry.name)
    return int(said[1]) if said and not re.search(rf"[{STEMS}A-Z]", said[0]) else 0


def _range(first: str, last: str) -> list[str] | None:
    """The numbers from one to another, both included; None where they are no numbers, turn back or are too many."""
    if not (first.isdigit() and last.isdigit()) or not 0 < int(last) - int(first) < RANGE_MAX:
        return None
    return [str(number) for number in range(int(first), int(last) + 1)]
