"""
Reads chains (接龙) as people paste them: text → entries, each by its characters.

    #接龙                                    a wrapper; HTML and XML are others
    4月18日晚餐                               the title
    A 红烧鲈鱼套餐 32元                         the menu: codes and items
    例 李四 3-502 A1份                         skipped
    1. 云朵 3-502 A2份 B1份                    an entry
    2. 641℃ 5-1-301 三杯鸡 两份 已付             a nickname, a payment word in the note
    3. 云朵 3-502 改成A1份                      withdraws entry 1
    4. 胡 2-201 3份（自己2份，代隔壁1份）            a split that does not add: a note

Three passes, each linear: the text is cut into lines and these into entries, heads and the rest; withdrawals and changes
are settled within each chain; versions of one chain are held against each other. Nothing is dropped: whatever is not
understood waits with a reason. Pure; no clock; the register and the menu are data.
"""

from __future__ import annotations

import re
from collections import Counter, defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from functools import lru_cache
from itertools import pairwise

from baogong.engine.chain.draft import Draft
from baogong.engine.chain.heads import (
    ANNOUNCEMENT,
    EXAMPLE,
    HOUSE_OPENS,
    INFORMATION,
    LIMIT,
    MENU_ENDS,
    MENU_OPENS,
    PERHAPS_EXAMPLE,
    PICTURE,
    QUESTION,
    RULE,
    SENDER,
    SET_LISTS,
    SET_OPENS,
    SUMMARY,
    WRAPPER,
    Mark,
    counts_something,
    dish_of,
    dishes_in,
    first_mark_within,
    glued_marks,
    has_place,
    is_priced,
    mark_at,
)
from baogong.engine.chain.line import Line
from baogong.engine.chain.menu import NO_MENU, Menu
from baogong.engine.chain.places import GATE, NO_REGISTER, NOWHERE, Place, Register
from baogong.engine.chain.plain import gaps, plain
from baogong.engine.chain.reading import SENTENCES, Chain, Dish, Entry, Ordered, Reading, Stretch
from baogong.engine.chain.settling import Total, settle
from baogong.engine.chain.tokens import Grammar
from baogong.engine.chain.words import PAID
from baogong.engine.chain.written import (
    UnwritableChain,
    WrittenLine,
    first_difference,
    read_dish,
    read_written,
    written,
)

SAME_SHARE_MIN = 0.5
"""So much of an earlier version's entries must be in a later one of the same title."""

_NEWER = r"更新|最新|新版|重发|接上|第[一二三四五六七八九\d]+版"
_STAND = (
    r"(?:还|只|仅|就)?(?:差|缺|剩余?|余)\s*(?:最后)?\s*\d+\s*[份人单户套盒箱袋]?(?:成团|成单|起送|截单|满)?"
    r"|已(?:接|报|订|有)\s*\d+\s*[份人单户套盒箱袋]?|已满|快满了?"
)
_POSTED_AGAIN = re.compile(
    rf"[(（\[【][^()（）\[\]【】]{{0,30}}?(?:{_NEWER}|{_STAND})[^()（）\[\]【】]{{0,30}}[)）\]】]|(?:{_NEWER})版?|{_STAND}"
)
_DAY = re.compile(
    r"\d{1,2}月\d{1,2}|(?<![\d.])(?:1[0-2]|0?[1-9])[./-](?:3[01]|[12]\d|0?[1-9])(?![\dA-Za-z升斤公千克元块折]|号?[楼栋幢院])|\d{1,2}[日号](?![楼院门])|[一二三四五六七八九十]{1,3}月[初一二三四五六七八九十廿]{1,3}"
    r"|(?:周|星期|礼拜)[一二三四五六日天末]|[今明后][天日早晚]"
)
_TITLES = re.compile(r"接龙|团购|开团|元/|/份|报名|^【")
_TITLES_NOTHING = re.compile(
    "限|截[止至]|每[户人家]|满|起[订送]|大家|请|各位|邻居|@|通知|公告|送|发货|到货|统一|收款|货|自提|下楼|规格|产地|保质期|说明|注意|提示|备注|HTTPS?:|过时|[。!]"
)
"""What an announcement says that is no title of a chain below it."""
_OF_EVERY_CHAIN = re.compile("继续|接着|重新|开始|现在|下面|以下|接龙|团购|开团|报名|本群|[来了啦哦啊吧的新]")
_NAMES_A_CHAIN = re.compile("(?:接龙|团购)】?:?$")
_TITLE_CHARACTERS_MAX = 40
_PRICED = re.compile(r"\d+(?:\.\d+)?\s*[元块](?:\s*/\s*\S)?")
_SURE: tuple[Mapping[str, float], tuple[str, ...]] = ({}, ())

Suggester = Callable[[Sequence[tuple[str, str]]], Sequence[str]]
"""
(what stands there, why it waits) of each unread stretch → a suggestion for each, for the person who looks at it; "" is none.
Where a language model would plug in.
"""


def read(
    text: str, *, register: Register = NO_REGISTER, menu: Menu = NO_MENU, suggester: Suggester | None = None
) -> Reading:
    """
    What a paste of chains says.

    register   the community's doors
    menu       of all chains in the text; empty: each chain's own head gives it, if it does
    suggester  asked once for all unread stretches; it never changes what was read. Without one the rules' own words stand
    """
    reader = _Reader(text, register, menu)
    reader.cut()
    return reader.reading(suggester)


def write(chain: Chain) -> str:
    """
    A chain as a chat message: its menu with what is left, its entries, one a line.

    Reading it gives title, menu and entries back exactly. Raises UnwritableChain naming the first value that would not.
    """
    text = written(chain)
    differs = first_difference(chain, read(text).chains)
    if differs is not None:
        where, found = differs
        raise UnwritableChain(
            f"“{found}” cannot be written so that it reads back. Nothing was written.",
            where=where,
            found=found,
            expected="words on one line without ｜ 、 ×, and a menu whose codes and items differ",
            cure="Take these signs out of the name, place, item or note.",
        )
    return text


@dataclass(slots=True)
class _Pending:
    """A line below entries of which the next line says what it is: a title, or what `why` says, or `more` of the entry above."""

    start: int
    end: int
    why: str = "remark"
    more: Draft | None = None


@dataclass(slots=True)
class _Part:
    """A chain while it is read: `head` and `entries` as found, in order."""

    title: str = ""
    menu: list[Dish] = field(default_factory=list)
    drafts: list[Draft] = field(default_factory=list)
    is_in_menu: bool = False
    is_in_set: bool = False  # below A套餐: what it holds is listed
    last: int = 0  # the number of the last numbered line
    offered: int = 0  # so many drafts may be lines of a menu: 1. 红烧鲈鱼
    named: int = 0  # so many of these say an item that is known
    least_indent: int = 0  # of the numbered lines above
    is_wrapped: bool = False
    heads: list[Stretch] = field(default_factory=list)  # of the plain text
    totals: list[Total] = field(default_factory=list)
    lane: str = ""  # of the compound that its head names
    house: Place = NOWHERE  # the building that its head names
    has_own_title: bool = True  # not that of the chain above, where line 1 came again without one
    _items_by: dict[object, set[str | None]] | None = None
    _found_by: tuple[Counter[tuple[str, str, str]], Counter[str], Counter[str]] | None = None

    def found_by(self) -> tuple[Counter[tuple[str, str, str]], Counter[str], Counter[str]]:
        """How many entries each door, each name, and each name without a door has."""
        if self._found_by is None:
            named = [draft for draft in self.drafts if draft.name]
            self._found_by = (
                Counter(draft.place.key for draft in self.drafts if draft.place.room),
                Counter(draft.name.casefold() for draft in named),
                Counter(draft.name.casefold() for draft in named if not draft.place.room),
            )
        return self._found_by

    def items_by(self) -> dict[object, set[str | None]]:
        """What is said at each door and of each name; not by a line that only takes back."""
        if self._items_by is None:
            self._items_by = defaultdict(set)
            for draft in self.drafts:
                said = {item for item, _ in draft.items}
                for key in filter(None, (draft.place.room and draft.place.key, draft.name.casefold())):
                    if not draft.cancels or said != {None}:
                        self._items_by[key] |= said
        return self._items_by


@lru_cache(maxsize=256)
def _grammar_of(dishes: tuple[Dish, ...], register: Register) -> Grammar:
    return Grammar(Menu(dishes), register)


class _Reader:
    def __init__(self, source: str, register: Register, menu: Menu) -> None:
        self.plain = plain(source)
        self.text, self.raw = self.plain.text, self.plain.raw
        self.register, self.menu = register, menu
        self.parts = [_Part()]
        self.stretches: list[Stretch] = []  # of the plain text, what is ignored
        self.unread: list[Stretch] = []
        self.pending: list[_Pending] = []  # lines that may be a remark or the title of what follows
        self.is_right_below = False  # whether the line above is an entry of this chain
        self.is_adding_up = False  # whether the line above adds up what stands before it
        self._use(menu.dishes)

    @property
    def part(self) -> _Part:
        return self.parts[-1]

    def _use(self, dishes: Iterable[Dish]) -> None:
        self.grammar = _grammar_of(tuple(dishes), self.register)
        self.line = Line(self.grammar, self.text, self.raw)

    def _ignore(self, start: int, end: int, why: str) -> None:
        self.stretches.append(Stretch(start, end, why))

    # Lines

    def cut(self) -> None:
        """Every line once."""
        text, at = self.text, 0
        size = len(text)
        while at < size:
            newline = text.find("\n", at)
            end = newline if newline >= 0 else size
            start, last = at, end
            while start < last and text[start].isspace():
                start += 1
            while last > start and text[last - 1].isspace():
                last -= 1
            if start < last:
                self._line(at, start, last)
            else:
                self.is_right_below = False
            at = end + 1
        self._flush()

    def _line(self, line_start: int, start: int, end: int) -> None:
        text, part = self.text, self.part
        first = text[start]
        if part.is_wrapped and not part.drafts and self._is_title_of_written(start, end):
            self._title(start, end)  # of a list that was written by `write`
            return
        if first == "#" and (found := WRAPPER.match(text, start, end)):
            self._begin(is_wrapped=True)
            self._ignore(start, found.end(), "head")
            rest = found.end()
            while rest < end and text[rest] in " :,.、":
                rest += 1
            if rest < end and self._section(text[rest:end]):
                self._ignore(rest, end, "head")
            elif rest < end:
                self._head(rest, end)
            return
        if first == "【" and self._section(text[start:end]):
            self._ignore(start, end, "head")
            return
        if part.is_in_menu and (dish := read_dish(self.raw[line_start:end])):
            part.menu.append(dish)
            self._ignore(start, end, "menu")
            return
        if "｜" in self.raw[start:end] and (line := read_written(self.raw[start:end], self._codes())):
            self._flush()
            self._add_written(line, start, end)
            return
        mark = mark_at(text, start, end, part.last)
        if mark is not None and self._is_none(mark, start, end):
            mark = None
        if mark is not None and part.is_in_set and start > line_start and self._may_be_dish(mark.body, end):
            self._ignore(start, end, "menu")
            return
        part.is_in_set = False
        if mark is not None:
            self._numbered(mark, end)
        elif not part.drafts and self._opens_set(start, end):
            self._ignore(start, end, "menu")
        elif SENDER.fullmatch(text, start, end):
            self._flush()
            self._ignore(start, end, "sender")
            self.is_right_below = False
        elif RULE.fullmatch(text, start, end) or PICTURE.fullmatch(text, start, end):
            self._ignore(start, end, "sign")
            self.is_right_below = False
        elif EXAMPLE.match(text, start, end):
            self._ignore(start, end, "example")
            self.is_right_below = False
        elif PERHAPS_EXAMPLE.match(text, start, end):
            self.unread.append(Stretch(start, end, "remark"))
            self.is_right_below = False
        elif part.drafts:
            self._within(start, end)
        else:
            self._head(start, end)

    def _is_title_of_written(self, start: int, end: int) -> bool:
        """Whether it stands where `write` puts the title, whatever it says: 3号楼 2份."""
        part, text = self.part, self.text
        is_first = not (part.title or part.menu or part.is_in_menu)
        return (
            is_first
            and text.startswith((f"\n{MENU_OPENS}\n", f"\n{MENU_ENDS}\n"), end)
            and text[start:end] not in (MENU_OPENS, MENU_ENDS)
        )

    def _section(self, line: str) -> bool:
        if line == MENU_OPENS and not self.part.drafts:
            self.part.is_in_menu = True
        elif line == MENU_ENDS and not self.part.drafts:
            self.part.is_in_menu = False
            self._learn()
        else:
            return False
        return True

    def _is_none(self, mark: Mark, start: int, end: int) -> bool:
        """Whether a number at the head of a line numbers nothing: 4.18号晚餐, 1 号楼接龙, 2022-04-19 10:02:11."""
        text, is_head = self.text, not self.part.drafts
        if mark.is_bare and (text[mark.body] in "号栋幢座楼#" or (is_head and not has_place(text, mark.body, end))):
            return True
        is_glued = text[mark.body - 1] == "." and text[mark.body].isdigit() if mark.body < end else False
        if is_glued and is_head and 1 < mark.no <= 12 and not has_place(text, mark.body, end):
            return True
        return (
            text[start : start + 2] == "20" and mark.body - start > 3 and SENDER.fullmatch(text, start, end) is not None
        )

    def _begin(self, *, is_wrapped: bool = False) -> None:
        """Another chain begins here, unless nothing of this one was read yet."""
        self._flush()
        part = self.part
        if part.drafts or part.title or part.menu:
            self.parts.append(_Part())
            self._use(self.menu.dishes)
        self.part.is_wrapped = is_wrapped
        self.is_right_below = False

    def _learn(self) -> None:
        """The chain's own menu holds for it where none was given."""
        if not self.menu:
            self._use(self.part.menu)

    def _codes(self) -> dict[str, str]:
        return Menu(self.part.menu).codes if self.part.menu else self.menu.codes

    def _flush(self) -> None:
        """Lines in waiting were no title."""
        pending, self.pending = self.pending, []
        for each in pending:
            self._settle_pending(each)

    def _settle_pending(self, each: _Pending) -> None:
        if each.more is not None:
            self._go_on(each.more)
        elif each.why == "remark":
            self.unread.append(Stretch(each.start, each.end, each.why))
        else:
            self._ignore(each.start, each.end, each.why)

    def _titles(self) -> list[_Pending]:
        """Of the lines in waiting those that are titles if line 1 comes next."""
        return [each for each in self.pending if each.why != "announcement" or self._may_be_title(each.start, each.end)]

    def _may_be_title(self, start: int, end: int) -> bool:
        """牛奶接龙：, 牛奶 60元/份, 【团购二】水果箱; not 今晚五点截止, nor 继续接龙, which goes on with the chain above."""
        said = self.text[start:end]
        is_title = len(said) <= _TITLE_CHARACTERS_MAX and _TITLES.search(said) and not _TITLES_NOTHING.search(said)
        return bool(is_title) and any(map(str.isalnum, _OF_EVERY_CHAIN.sub("", _POSTED_AGAIN.sub("", said))))

    # What is no entry

    def _head(self, start: int, end: int) -> None:
        """A line above the entries: title, menu, announcement; or the first entry without a number."""
        part = self.part
        if mark := first_mark_within(self.text, start, end):
            title_end = mark.start
            while title_end > start and self.text[title_end - 1].isspace():
                title_end -= 1
            if title_end > start:
                self._title(start, title_end)
            self._numbered(mark, end)
            return
        dishes = dishes_in(self.text, self.raw, start, end, needs_code=not part.title or self._announces(start, end))
        if dishes and not has_place(self.text, start, end):
            part.menu += dishes
            self._learn()
            self._ignore(start, end, "menu")
        elif (
            not is_priced(self.text, start, end)
            and has_place(self.text, start, end)
            and (not self._announces(start, end) or HOUSE_OPENS.fullmatch(self.text, start, end))
            and not INFORMATION.match(self.text, start, end)
        ):
            drafts = self.line.read(None, start, start, end)
            place = drafts[0].place
            if len(drafts) == 1 and place.building and not (place.room or drafts[0].items):
                part.house = place  # 【3号楼 抗原试剂登记】: the building of the doors below
                self._title(start, end)
            elif any(draft.items or draft.name for draft in drafts):
                self._add(drafts)
            else:
                self._title(start, end)
        else:
            self._title(start, end)

    def _title(self, start: int, end: int) -> None:
        part = self.part
        if not part.lane and (gate := GATE.search(self.text, start, end)):
            part.lane = self.register.read(gate[0]).lane
        if not part.title:
            part.title = self.raw[start:end]
            part.heads.append(Stretch(start, end, "head"))
        else:
            part.heads.append(Stretch(start, end, "announcement" if self._announces(start, end) else "head"))

    def _announces(self, start: int, end: int) -> bool:
        return bool(ANNOUNCEMENT.search(self.text, start, end)) and not QUESTION.search(self.text, start, end)

    def _within(self, start: int, end: int) -> None:
        """A line without a number below entries: more of the entry above, an entry, an announcement, or nothing known."""
        text = self.text
        adds_up = SUMMARY.match(text, start, end)
        body = adds_up.end() if adds_up else start
        if (adds_up or self.is_adding_up) and not has_place(text, start, end) and self._adds_up(start, body, end):
            return
        self.is_adding_up = False
        drafts = self.line.read(None, start, start, end)
        first = drafts[0]
        is_placed = any(draft.place is not NOWHERE for draft in drafts)
        is_of_building = len(drafts) == 1 and not (
            first.place.room or first.items or _OF_EVERY_CHAIN.sub("", first.name)
        )
        if (not is_placed or (is_of_building and first.name)) and self._announces(start, end):  # or 5号楼接龙
            self.pending.append(_Pending(start, end, "announcement"))
            self.is_right_below = False
        elif (
            first.items
            and not first.name
            and not is_placed
            and self.is_right_below
            and not first.cancels
            and not first.changes
            and not first.is_unsure
        ):
            more = _Pending(start, end, "more", first)
            if self.pending or self._names_only_an_item(start, end):
                self.pending.append(more)
            else:
                self._go_on(first)
        elif (is_placed and (first.items or first.name or first.cancels or first.changes)) or (
            first.name and (first.items or first.cancels or first.changes)
        ):
            titles = self._titles() if not self.part.last else []
            if any(each.why == "announcement" and _NAMES_A_CHAIN.search(text, each.start, each.end) for each in titles):
                self._restart(titles)  # 牛奶接龙 between lines without numbers
            self._flush()
            self._add(drafts)
        else:
            self.pending.append(_Pending(start, end))
            self.is_right_below = False

    def _names_only_an_item(self, start: int, end: int) -> bool:
        """【牛奶】, 牛奶: an item without a number may be the title of a chain that begins in the next line."""
        return not any(map(str.isdigit, self.text[start:end])) and not counts_something(self.text, start, end)

    def _adds_up(self, start: int, body: int, end: int) -> bool:
        """合计：, 共9份, A5份 B4份: held against the lines above it once these are settled; False for anything else."""
        if body >= end:
            self.is_adding_up = True
        elif (mine := self._total_in(start, body, end)) is not None:
            self._flush()
            self.part.totals.append(
                Total(start, end, len(self.part.drafts), mine.items, self.is_right_below and not self.is_adding_up)
            )
            self.is_adding_up = True
            return True
        elif body == start or counts_something(self.text, body, end):
            return False
        self._ignore(start, end, "announcement")
        self.is_right_below = False
        return True

    def _total_in(self, start: int, body: int, end: int) -> Draft | None:
        """What a line adds up; None where it says anything else but, behind a word of adding up, a remark."""
        drafts = self.line.read(None, start, body, end)
        mine = drafts[0]
        is_else = mine.name or mine.doubts or mine.cancels or mine.changes or (mine.note and body == start)
        return mine if mine.items and not is_else and len(drafts) == 1 else None

    def _go_on(self, more: Draft) -> None:
        """An entry goes on in the next line: one span, one entry."""
        above = self.part.drafts[-1]
        above.end = more.end
        self.part.offered = -1  # a dish does not go on
        if {item for item, _ in above.items} & {item for item, _ in more.items} and not more.is_added:
            above.doubt("pairing", "items", 0.7)
        for doubt in more.doubts or ():
            above.doubt(*doubt)
        above.items = [*above.items, *more.items]
        above.note = " ".join(filter(None, (above.note, more.note)))

    # A menu that looks like entries

    def _opens_set(self, start: int, end: int) -> bool:
        """A套餐: above an indented list of what it holds; it is a dish of the menu itself."""
        found = SET_OPENS.fullmatch(self.text, start, end)
        first = SET_LISTS.match(self.text, end) if found else None
        if found is None or first is None or not self._may_be_dish(first.start("item"), first.end()):
            return False
        part = self.part
        part.menu.append(Dish(found["code"], self.raw[start : found.end("item")]))
        self._learn()
        part.is_in_set = True
        return True

    def _may_be_dish(self, body: int, end: int) -> bool:
        """No door, no number: 红烧鲈鱼, 三杯杏鲍菇（微辣）, 鸡蛋30枚 of the menu."""
        text = self.text
        if has_place(text, body, end):
            return False
        is_counted = counts_something(text, body, end) or any(map(str.isdigit, text[body:end]))
        return not is_counted or self.grammar.menu.like(text[body:end].replace(" ", "")) is not None

    def _count_offered(self, draft: Draft, body: int, end: int) -> None:
        is_else = draft.place is not NOWHERE or draft.cancels or draft.changes or (draft.name and draft.items)
        is_code = self.text[body:end].strip() in self.grammar.menu.codes
        if not is_else and not is_code and self._may_be_dish(body, end):
            self.part.offered += 1
            item = draft.items or self.grammar.menu.like(draft.name.replace(" ", ""))
            self.part.named += bool(item)

    def _is_menu_above(self, mark: Mark, indent: int) -> bool:
        """
        Whether the numbered lines so far only name dishes, and the chain begins here.

        Where the menu knows what they name, at a number that is no next one; where they could be names of neighbours too,
        if they are indented and this line is not.
        """
        part = self.part
        if not part.drafts or part.offered < len(part.drafts):
            return False
        is_less_indented = indent < part.least_indent
        if part.named == len(part.drafts) and mark.no <= part.last:
            return True
        return is_less_indented and (part.named > 0 or mark.no != part.last + 1)

    def _take_as_menu(self) -> None:
        """The numbered lines so far were dishes, not entries."""
        part = self.part
        for draft in part.drafts:
            body = mark_at(self.text, draft.start, draft.end, (draft.no or 1) - 1)
            start = body.body if body else draft.start
            dish = dish_of(self.text, self.raw, start, draft.end, str(draft.no))
            part.menu += [dish] if dish.item else []
            self._ignore(draft.start, draft.end, "menu")
        part.drafts, part.last, part.offered, part.named = [], 0, 0, 0
        self._learn()

    # Entries

    def _numbered(self, mark: Mark, end: int) -> None:
        part, indent = self.part, _indent(self.text, mark.start)
        if self._is_menu_above(mark, indent):
            above, self.pending = self.pending, []
            self._take_as_menu()
            for line in above:
                self._title(line.start, line.end)
        part.least_indent = min(part.least_indent, indent) if part.drafts else indent
        titles = self._titles() if mark.no == 1 and self.pending else []
        if mark.no == 1 and (titles or self.part.last > 1 or (self.part.drafts and self.part.last == 0)):
            self._restart(titles)
        elif self.pending:
            self._flush()
        marks = [mark, *glued_marks(self.text, mark.start, mark.body, end, mark.no)]
        if len(marks) == 1:
            self._one(mark, end)
            return
        for index, each in enumerate(marks):
            last = marks[index + 1].start if index + 1 < len(marks) else end
            while last > each.body and self.text[last - 1].isspace():
                last -= 1
            is_unsure = any(other.is_unsure for other in marks[index : index + 2])  # both sides of a doubtful cut
            self._one(each, last, is_cut=True, is_unsure=is_unsure)

    def _restart(self, titles: Sequence[_Pending]) -> None:
        """Line 1 again: below a title another chain; right below a list of dishes the entries; else a later version."""
        part = self.part
        if titles:
            kept = set(map(id, titles))
            others, self.pending = [each for each in self.pending if id(each) not in kept], []
            for each in others:
                self._settle_pending(each)
            for each in titles:
                self._doubt_title(each)
            self._begin()
            for each in titles:
                self._head(each.start, each.end)
        elif not any(draft.orders for draft in part.drafts):
            self._take_as_menu()
        else:
            self._begin()
            later = self.part
            later.has_own_title = False
            later.title, later.menu, later.lane, later.house = part.title, list(part.menu), part.lane, part.house
            self._learn()

    def _doubt_title(self, title: _Pending) -> None:
        """牛奶 alone above line 1 is a title, or more of the entry above: somebody is asked. 【牛奶】 and 牛奶： are titles."""
        said = self.text[title.start : title.end]
        if title.more is not None and said[0] not in "【[" and said[-1] != ":":
            self.part.drafts[-1].doubt("pairing", "items", 0.5)

    def _one(self, mark: Mark, end: int, *, is_cut: bool = False, is_unsure: bool = False) -> None:
        """One numbered line."""
        text, part = self.text, self.part
        start, body = mark.start, mark.body
        if body >= end:
            part.last = mark.no
            self.unread.append(Stretch(start, end, "empty-number"))
            return
        if EXAMPLE.match(text, body, end):
            self._ignore(start, end, "example")
            return
        if PERHAPS_EXAMPLE.match(text, body, end):
            part.last = mark.no
            self.unread.append(Stretch(start, end, "remark"))
            return
        if not part.drafts and not has_place(text, body, end):
            dish = dish_of(text, self.raw, body, end, str(mark.no))
            if dish.item and self._is_dish(body, end):
                part.menu.append(dish)
                self._learn()
                self._ignore(start, end, "menu")
                return
            if self._announces(body, end) and LIMIT.search(text, body, end):
                self._ignore(start, end, "announcement")
                return
        drafts = self.line.read(mark.no, start, body, end)
        if is_cut:
            drafts[0].doubt("lost-newline", "no", 0.9)
        if is_unsure:
            drafts[-1].doubt("number-not-read", "no", 0.5)
        part.last = mark.no
        if not any(draft.orders or draft.name for draft in drafts):
            self.unread.append(Stretch(start, end, "remark"))
            return
        self._add(drafts)
        if len(drafts) == 1:
            self._count_offered(drafts[0], body, end)

    def _is_dish(self, body: int, end: int) -> bool:
        if is_priced(self.text, body, end):
            return not PAID.search(self.text, body, end)
        item = self.menu.like(self.text[body:end].replace(" ", "")) if self.menu else None
        return item is not None and item == self.raw[body:end].strip()

    def _add(self, drafts: list[Draft]) -> None:
        house = self.part.house
        for draft in drafts if house is not NOWHERE else ():
            if draft.place.room and not draft.place.building and (place := house.joined(draft.place)) is not None:
                draft.place = replace(place, is_known=self.register.knows(place))
                draft.settle_place()
        self.part.drafts += drafts
        self.is_right_below = True

    def _add_written(self, line: WrittenLine, start: int, end: int) -> None:
        """A line as `write` gives it says all of itself: nothing is concluded from others."""
        place = Place(line.building, line.unit, line.room, None, line.compound)
        draft = Draft(
            line.no, start, end, line.name, NOWHERE if place == NOWHERE else place, list(line.items), line.note
        )
        draft.is_written = True
        draft.withdrawn = line.is_withdrawn
        if self.register.knows(place) is False:
            draft.doubt("unknown-place", "room" if line.room else "building", 0.6)
        self.part.last = line.no if line.no is not None else self.part.last
        self.part.drafts.append(draft)
        self.is_right_below = False

    # All together

    def reading(self, suggester: Suggester | None) -> Reading:
        parts = []
        for part in self.parts:
            if part.drafts or part.menu or part.is_wrapped:
                parts.append(part)
                self.stretches += part.heads
            else:  # the head of nothing
                self.unread += [Stretch(each.start, each.end, "remark") for each in part.heads]
        topics = {_topic(part.title) for part in parts}
        for part in parts:
            menu = Menu(part.menu) if part.menu and not self.menu else self.menu
            is_of_it = len(menu.dishes) == 1 and (len(topics) == 1 or _speaks_of(part.title, menu.dishes[0].item))
            settle(part.drafts, part.totals, has_menu=bool(menu), has_one_item=is_of_it)
            _doubt_lanes(part)
        living = self._versions(parts)
        latest = set(map(id, living))
        for part in parts:
            self._tell_totals(part, is_latest=id(part) in latest)
        self._doubt_what_is_said_again(living)
        chains = [self._chain(part) for part in living]
        return self._tiled(chains, suggester)

    def _tell_totals(self, part: _Part, *, is_latest: bool) -> None:
        for total in part.totals:
            if not is_latest:
                self._ignore(total.start, total.end, "superseded")
            elif total.agrees:
                self._ignore(total.start, total.end, "total")
            else:
                self.unread.append(Stretch(total.start, total.end, "total-differs"))

    def _versions(self, parts: list[_Part]) -> list[_Part]:
        """The latest of each chain; lines of an earlier version that no later one has wait."""
        kept: list[_Part] = []
        latest: dict[str, _Part] = {}
        nearest: dict[str, _Part] = {}
        for part in reversed(parts):
            key = _topic(part.title)
            if key in latest and (found := _found_again(part, latest[key])) is not None:
                between = _found_again(part, nearest[key]) or found
                self._supersede(part, [one or other for one, other in zip(found, between, strict=True)])
            else:
                latest[key] = part
                kept.append(part)
            nearest[key] = part
        return kept[::-1]

    def _doubt_what_is_said_again(self, living: list[_Part]) -> None:
        """
        A household that says in a later chain what it said in another: a repost under another title doubles nothing.

        Under one title whatever it says; of chains of other titles a nameless item is not the same. Where all their titles
        name a day, each another, it is one question of the whole chain, not of each household.
        """
        if len(living) < 2:
            return
        households: set[object] = set()
        orders: defaultdict[object, set[str]] = defaultdict(set)  # and under which days each was said, "" under none
        for part in living:
            topic, day = _topic(_PRICED.sub("", part.title)) or _topic(part.title), _day(part.title)
            mine: list[tuple[Draft, object, object]] = []
            for draft in part.drafts:
                if draft.withdrawn or (who := draft.household) is None:
                    continue
                said = draft.items
                items: object = said[0] if len(said) == 1 else frozenset(said)
                is_nameless = not self.menu and any(item is None for item, _ in said)
                mine.append((draft, (topic, who), (who, topic, items) if is_nameless else (who, items)))
            again = {household for _, household, order in mine if household in households or order in orders}
            for draft, household, order in mine:
                is_less = household in again and any(many < 0 for _, many in draft.items)
                if is_less or household in households:
                    draft.doubt("said-again", "items", 0.5)
                elif order in orders:
                    is_of_another = bool(day) and not orders[order] & {day, ""}
                    draft.doubt("other-day" if is_of_another else "said-again", "items", 0.5)
            households.update(household for _, household, _ in mine)
            for _, _, order in mine:
                orders[order].add(day)

    def _supersede(self, part: _Part, found: list[bool]) -> None:
        for draft, is_found in zip(part.drafts, found, strict=True):
            if is_found or draft.withdrawn:
                self._ignore(draft.start, draft.end, "superseded")
            else:
                self.unread.append(Stretch(draft.start, draft.end, "vanished"))

    def _chain(self, part: _Part) -> Chain:
        menu = Menu(part.menu) if part.menu and not self.menu else self.menu
        shared: dict[tuple[tuple[str | None, int], ...], tuple[Ordered, ...]] = {}
        entries = tuple([self._entry(draft, menu, shared) for draft in part.drafts])
        return Chain(part.title.strip(), tuple(part.menu), entries)

    def _entry(
        self, draft: Draft, menu: Menu, shared: dict[tuple[tuple[str | None, int], ...], tuple[Ordered, ...]]
    ) -> Entry:
        """`shared`: what the same items were read as before; a chain says few things many times."""
        start, end = self.plain.span(draft.start, draft.end)
        place, note, said = draft.place, draft.note, tuple(draft.items)
        items = shared.get(said)
        if items is None:
            codes = menu.code_of
            items = tuple([Ordered(item, quantity, codes.get(item, "") if item else "") for item, quantity in said])
            shared[said] = items
        confidence, doubts = draft.doubted() if draft.doubts else _SURE
        return Entry(
            draft.no, draft.name, place.building, place.unit, place.room, items, note,
            bool(note) and PAID.search(note) is not None, draft.withdrawn, start, end, confidence, doubts, place.compound,
        )  # fmt: skip

    def _tiled(self, chains: list[Chain], suggester: Suggester | None) -> Reading:
        """Spans in characters of what was pasted; whatever no pass has taken is told too."""
        source, span = self.plain.source, self.plain.span
        ignored = [Stretch(*span(each.start, each.end), each.why) for each in self.stretches]
        unread = [Stretch(*span(each.start, each.end), each.why) for each in self.unread]
        taken = sorted(
            [(each.start, each.end) for each in (*ignored, *unread)]
            + [(entry.start, entry.end) for chain in chains for entry in chain.entries]
        )
        for start, end in gaps(source, taken):
            if self.plain.starts is not None:
                ignored.append(Stretch(start, end, "markup"))
            elif any(sign.isalnum() for sign in source[start:end]):
                unread.append(Stretch(start, end, "remark"))
            else:
                ignored.append(Stretch(start, end, "sign"))
        ignored.sort(key=lambda each: each.start)
        unread.sort(key=lambda each: each.start)
        pieces = [(source[each.start : each.end], each.why) for each in unread]
        said = suggester(pieces) if suggester and pieces else [""] * len(pieces)
        suggested = tuple(
            replace(each, suggestion=suggestion or SENTENCES[each.why][1])
            for each, suggestion in zip(unread, said, strict=True)
        )
        return Reading(source, tuple(chains), tuple(ignored), suggested)


def _topic(title: str) -> str:
    """What a chain is about, without what is added to its title when it is posted again: 菜（更新）, 菜 还差5份."""
    said = title.casefold()
    return "".join(filter(str.isalnum, _POSTED_AGAIN.sub("", said))) or "".join(filter(str.isalnum, said))


def _speaks_of(title: str, item: str) -> bool:
    """Whether any two signs of an item stand in a title: 蔬菜包 in 4月18日 蔬菜接龙."""
    return any(one + other in title for one, other in pairwise(item) if not (one + other).isspace())


def _indent(text: str, start: int) -> int:
    """How many blanks stand before the first sign of a line; 0 within a line."""
    at = start
    while at and text[at - 1] in " \t\u3000":
        at -= 1
    return start - at if not at or text[at - 1] == "\n" else 0


def _day(title: str) -> str:
    """The day that a title names: of the month by its number alone, for 18号 and 4月18日 are one; "" for none."""
    found = _DAY.search(title)
    numbers = re.findall(r"\d+", found[0]) if found else ()
    return str(int(numbers[-1])) if numbers else found[0] if found else ""


def _doubt_lanes(part: _Part) -> None:
    """Lines of another lane or gate than the head's, or than the first that the chain names."""
    lane = part.lane
    for draft in part.drafts:
        lane = lane or draft.place.lane
        if draft.place.lane not in ("", lane):
            draft.doubt("other-lane", "building", 0.5)


def _found_again(part: _Part, later: _Part) -> list[bool] | None:
    """
    For each entry of an earlier version whether the later one has it: the same door, or the same name where one of the
    two gives no door. None where too few are, or order the same, for these to be versions of one chain.
    """
    doors, names, without_door = later.found_by()
    seen: Counter[object] = Counter()
    found = []
    items_by = later.items_by()
    told = alike = 0  # of those found so many say an item in both, and one of the same
    for draft in part.drafts:
        name, key = draft.name.casefold(), draft.place.key
        if draft.place.room:
            seen[key] += 1
            is_found = seen[key] <= doors[key] or bool(without_door[name])
        else:
            seen[name] += 1
            is_found = seen[name] <= names[name]
        found.append(is_found)
        again = (items_by.get(key) if draft.place.room else None) or items_by.get(name)
        if is_found and again and not draft.withdrawn:
            told += 1
            alike += not again.isdisjoint([item for item, _ in draft.items])
    if alike < told * SAME_SHARE_MIN or (not later.has_own_title and told > 1 and not _says_one_again(part, later)):
        return None
    return found if sum(found) >= max(1, len(found) * SAME_SHARE_MIN) else None


def _says_one_again(part: _Part, later: _Part) -> bool:
    """Whether one household at least orders the same in both: where nobody does, no title says that the later is a version."""
    said = {(draft.household, *draft.items) for draft in part.drafts}
    return any((draft.household, *draft.items) in said for draft in later.drafts)
