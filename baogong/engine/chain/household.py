"""One household of a line: each part put where it belongs, and what comes of it."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass, field, replace
from itertools import pairwise

from baogong.engine.chain.draft import Draft, Element
from baogong.engine.chain.pairing import STRONG, lacks_counts, paired
from baogong.engine.chain.parts import Parts
from baogong.engine.chain.places import NOWHERE, Place
from baogong.engine.chain.tokens import UNIT, Part, Token
from baogong.engine.chain.words import (
    A_NOTE,
    BEFORE,
    BEHIND_ITEM,
    BESIDE,
    CANCEL,
    CHANGE,
    COUNT,
    EACH,
    EDGES,
    GOODS_UNIT,
    HAS_LETTER,
    ITEM,
    NOTE,
    PLACE,
    TOTAL,
    WORD,
    is_name,
)

_TOTALLING = re.compile("(?:一共|总共|合计|总计|共计|共)[要订]?")
_FOR_WHOM = re.compile(
    "(?:[给帮替]|我[家们]?)?(?:大人|成人|[小男女]孩|孩子|小朋友|儿童|宝宝|老人家?|老年人|[爸妈爷奶姥婆公]{1,2}|外[公婆]|父母|岳[父母]|老[公婆]|[儿女]子|女儿|自己|自家|本人)吃?"
)
"""Before an item it says for whom that is: 大人A2份 小孩B1份."""
_ADDING = {"add", "take", "plus", "less"}
_JOINING = re.compile("[+&和与及再又加]|外加|另加|再来|再要|还有|还要|以及")
_UP_TO = re.compile("[-~至到]")
_REFUSING = re.compile("(?:不要|不用|不想要|不需要|不订|不买|不来|没要|没订|别要)$")
_REFUSED = re.compile("(?:就|都)?(?:不要|不用|不需要|不订|不买)(?:了)?")
_INSTEAD = re.compile("如果|要是|没有|否则|不然|或|任选|[二三]选一|随便")
"""Of what stands in the line not everything is ordered: A2份，没有就B2份."""
_ASKING = re.compile("[?]|[吗么嘛]$")
_ORDERING = re.compile(
    "了?[我你们咱家给帮请麻烦再另外还也加多就只都想需要来点订定买拿带选个份和跟与及套餐早中午晚今明天饭替代接龙报名:.、~!-]{0,10}"
)
"""What may stand right before an item that is ordered: 我要A, 再来个A, 晚餐:A."""
_CIRCLED = "\u2460-\u249b\u2776-\u2793\u3251-\u325f"
_NUMERAL = f"一二两三四五六七八九十俩仨壹贰叁肆伍陆柒捌玖拾廿卅百千零〇几数{_CIRCLED}"
_UNREAD_NUMBER = re.compile(f"[{_CIRCLED}]|(?:[{_NUMERAL}]{{1,8}}|[一两几][双对打])(?:{UNIT}|双|对|打)?$")
_NUMBER_BEHIND = re.compile(f"(?!一[起定样直般并会下点些律])[{_NUMERAL}]")
"""A number that is no count, by itself and right behind an item: A②, A俩, A一双."""
_NOT_CANCELLED = re.compile("[不别没勿未莫]$")
_CLEAR = re.compile(
    "(?:(?:还?[没未]|已)?付(?:款|了|过)?(?:微信|支付宝)?|(?:微信|支付宝)?已?转(?:账|了|过)?|全部?|都|[了吧啦哦啊呀哈,.。!~;、: ]|多谢|谢|感谢|辛苦|请|麻烦|帮[我忙]?|一下"
    "|不好意思|抱歉|对不起|退款|我们?的?|[本这]?单|订单|接龙|(?:临时)?有事|重复|(?:已经?)?买到了?|已经?|先|团长|群主|老师|1[3-9][0-9]{9})*+"
)
"""What may stand beside 取消 and leaves it clear: 全部, 谢谢, 请退款. With any other word it may be no withdrawal."""
_BEFORE_THIS = re.compile("(?:上面|前面|之前|以前)的?")
"""Beside 取消 in a line that orders nothing itself it is clear too."""
_PARTICLES = re.compile("[了的吗么吧呢嘛啊哦呀啦哈?!~]")
_WANTING = re.compile("(?<!不)要|换")


@dataclass(slots=True)
class House:
    """A household while its line is read."""

    start: int
    place: Place = NOWHERE
    elements: list[Element] = field(default_factory=list)
    notes: list[tuple[int, int]] = field(default_factory=list)
    changed_from: list[Element] | None = None
    cancels: bool = False
    is_joined: bool = False  # what was read last says that the next is added: 2份和1份
    refused: list[Element] = field(default_factory=list)
    is_refusing: bool = False
    cancelled_at: int = 0  # so many elements stand before 取消
    is_cancelled_aside: bool = False  # A1份（取消）: in brackets it is of the line that they stand in
    is_total: bool = False  # 共A2份B1份
    name: str = ""  # its own, where the line names a second household


class Households(Parts):
    """Parts taken one after the other into the household that they belong to; a second door begins another."""

    name: str
    name_end: int
    neighbour: tuple[str, int]
    dashed: bool
    has_guessed: bool

    def _look_beside(self, part: Part, word: str, before: Part | None, after: Part | None) -> None:
        """Whether a word that is no name says something of the item beside it."""
        is_glued = after is not None and after.kind is ITEM and after.start == part.end
        if _UNREAD_NUMBER.match(word) or (
            before is not None and before.kind is ITEM and before.end == part.start and _NUMBER_BEHIND.match(word)
        ):
            self.doubts.append(("number-not-read", "items", 0.4))
        if after is not None and after.kind is ITEM and _REFUSING.search(word):
            return  # doubted by itself
        if (
            BESIDE.match(word)
            or (is_glued and not _ORDERING.fullmatch(word) and not _INSTEAD.search(word))
            or (before is not None and before.kind is ITEM and BEHIND_ITEM.search(word))
            or (before is not None and before.kind in STRONG and before.end == part.start and _ASKING.search(word))
        ):
            self.beside.append(word)

    def _take(self, index: int, part: Part, parts: Sequence[Part], houses: list[House]) -> None:
        """Put one token where it belongs."""
        house, kind = houses[-1], part.kind
        if self._refuses(index, part, parts, house):
            self._note(house, part.start, part.end)
            return
        if kind is WORD and self._names_neighbour(index, part, parts, houses):
            return
        if kind is WORD:
            self._take_word(index, part, parts, house)
        elif kind is COUNT:
            value = part.value
            if part.sign == "less" and index and parts[index - 1].end == part.start:
                before = parts[index - 1]
                value = -value
                if before.kind is not PLACE:
                    self.dashed = True
            if value == 0:
                house.cancels = True
            else:
                is_told = part.sign in _ADDING
                house.elements.append((kind, (), value, "and" if house.is_joined and not is_told else part.sign))
                house.is_joined = False
            if part.sign == "range":
                self.doubts.append(("range", "items", 0.4))
        elif kind is PLACE:
            self._take_place(part, houses)
        elif kind is ITEM:
            said = self.text[part.start : part.end]
            items = self.grammar.menu.items_of(said)
            if not items:  # a letter that no menu lists
                if self.grammar.menu:
                    self.doubts.append(("not-on-menu", "items", 0.5))
                items = (re.sub("套餐|[餐款]", "", said),)
            house.elements.append((kind, items, 0, "and" if house.is_joined else ""))
            house.is_joined = False
        elif kind in (TOTAL, EACH, BEFORE):
            house.elements.append((kind, (), part.value, part.sign))
        elif kind is CANCEL and index and _NOT_CANCELLED.search(self.text, parts[index - 1].start, part.start):
            self.doubts.append(("not-wanted", "items", 0.5))  # 不取消
            self._note(house, part.start, part.end)
        elif kind is CANCEL:
            house.cancels, house.cancelled_at = True, len(house.elements)
            house.is_cancelled_aside = part.sign == "aside"
        elif kind is CHANGE:
            house.changed_from = house.elements
            house.elements = []
        elif kind is NOTE:
            if part.sign == "fraction":
                self.doubts.append(("number-not-read", "items", 0.4))
            self._note(house, part.start, part.end)

    def _refuses(self, index: int, part: Part, parts: Sequence[Part], house: House) -> bool:
        """不要A, and what goes on with it: 不要A、B, 不要A2份."""
        text, kind = self.text, part.kind
        before = parts[index - 1] if index else None
        if kind is ITEM:
            if before is not None and before.kind is WORD and _REFUSING.search(text, before.start, before.end):
                house.is_refusing = True
            elif index + 1 < len(parts) and parts[index + 1].kind is WORD:
                following = parts[index + 1]
                if _REFUSED.fullmatch(text, following.start, following.end):  # A2份，B不要
                    house.is_refusing = True
            if house.is_refusing:
                items = self.grammar.menu.items_of(text[part.start : part.end]) or (text[part.start : part.end],)
                house.refused.append((kind, items, 0, ""))
        elif kind is COUNT and house.is_refusing and before is not None and before.kind is ITEM:
            house.refused.append((kind, (), part.value, part.sign))
        elif kind is not Token.SEPARATOR or text[part.start] not in "、/":
            house.is_refusing = False
        return house.is_refusing and kind in (ITEM, COUNT)

    def _take_place(self, part: Part, houses: list[House]) -> None:
        register = self.grammar.register
        said = self.text[part.start : part.end]
        place = Place(building=said) if part.sign == "bare house" else register.read(said)
        house = houses[-1]
        (name, start), self.neighbour = self.neighbour, ("", 0)
        if house.place is NOWHERE and part.sign == "place":
            house.place = place
            return
        if part.sign == "guess":
            self.doubts.append(("place-by-guess", "building", 0.8))
        if house.place.building and _is_floor(said, place):
            place = Place(room=place.room)
        joined = house.place.joined(place)
        if joined is None:
            houses.append(House(start if name else part.start, place, name=name))
        else:
            house.place = replace(joined, is_known=register.knows(joined))

    def _names_neighbour(self, index: int, part: Part, parts: Sequence[Part], houses: list[House]) -> bool:
        """
        Whether a word is the name of a second household: 张三 3-502 A2份 王五 3-501 B3份, 3-502 张三 A2份 3-501 王五 B3份.

        Where the line names none, all its doors are the first's: 施大爷 3-201 1份 3-304 2份.
        """
        self.neighbour = ("", 0)
        house, word = houses[-1], self.text[part.start : part.end].strip("。.!~:")
        if not self.name or not is_name(word) or A_NOTE.match(word) or BESIDE.match(word):
            return False
        if _FOR_WHOM.fullmatch(word) or _JOINING.fullmatch(word) or self.grammar.menu.like(word) is not None:
            return False
        written = self.raw[part.start : part.end].strip("。.！!~：:")
        if house.elements or house.cancels:
            after = parts[index + 1] if index + 1 < len(parts) else None
            if after is None or after.kind is not PLACE or after.sign != "place" or house.place is NOWHERE:
                return False
            place = self.grammar.register.read(self.text[after.start : after.end])
            if not place.room or house.place.joined(place) is not None:
                return False
            self.neighbour = (written, part.start)
            return True
        is_behind_door = parts[index - 1].kind is PLACE and len(houses) > 1 and bool(houses[-2].elements)
        if is_behind_door and not house.name:
            house.name = written
            return True
        return False

    def _take_word(self, index: int, part: Part, parts: Sequence[Part], house: House) -> None:
        """A name, an item that no menu has, or a note."""
        text, raw = self.text, self.raw
        start, end = part.start, part.end
        while end - start > 1 and text[start] in EDGES:
            start += 1
        while end - start > 1 and text[end - 1] in "-:：":
            end -= 1
        if index and parts[index - 1].kind in STRONG and parts[index - 1].end == start:
            while end - start > 1 and text[start] in "。.!~":  # 苹果1箱。橙子1箱
                start += 1
        word = text[start:end]
        after = parts[index + 1] if index + 1 < len(parts) else None
        before = parts[index - 1] if index else None
        is_counted = after is not None and after.kind in STRONG and after.sign not in ("add", "take")
        if house.elements and after is not None and _JOINING.fullmatch(word):
            house.is_joined = after.kind in (COUNT, BEFORE, ITEM, EACH)
            if house.is_joined:
                return
        is_item_behind = after is not None and after.kind is ITEM
        if is_item_behind and not house.elements and _TOTALLING.fullmatch(word):
            house.is_total = True
            return
        if is_item_behind and after is not None and after.start == part.end and _FOR_WHOM.fullmatch(word):
            self._note(house, start, end)
            return
        if index and self._is_of_cancel(word, part, before, after, house):
            self._note(house, start, end)
            return
        if not index and word not in ("-", ":", "+") and not (after and after.kind is ITEM and _REFUSING.search(word)):
            self.name, self.name_end = raw[start:end], part.end
            return
        if before is not None and after is not None and before.kind is ITEM is after.kind and _UP_TO.fullmatch(word):
            self.doubts.append(("pairing", "items", 0.4))  # A-E各一份
        if not HAS_LETTER.search(word):
            if word == "-" and after is not None and after.kind is ITEM and text[start - 1 : after.start] == " -":
                self.doubts.append(("dash", "items", 0.4))  # -A1份
            if self.name or index or not word.strip("-:+·.。~!！"):
                is_stop = before is not None and before.kind in STRONG and before.end == part.start
                if index and not self.name and not is_stop and not word.strip("~。…"):
                    self.name, self.name_end = raw[start:end], part.end
                elif _is_speech(word):
                    self._note(house, start, end)
            return
        if A_NOTE.match(word):
            self._look_beside(part, word, before, after)
            self._note(house, start, end)
            return
        menu = self.grammar.menu
        if (item := menu.like(word)) is not None and (self.name or is_counted):
            house.elements.append((ITEM, (item,), 0, ""))
        elif (
            not self.name
            and not menu
            and is_counted
            and (any(each[0] is ITEM for each in house.elements) or self._is_first_of_items(index, parts))
        ):
            self._literal(house, raw[start:end])
        elif not self.name:
            self.name, self.name_end = raw[start:end], part.end
            beside = after if is_counted else before
            if not menu and beside is not None and beside.kind is COUNT and self._is_of_goods(beside):
                self.doubts.append(("which-item", "name", 0.4))
            if before is not None and before.kind in STRONG:
                self.doubts.append(("name-by-guess", "name", 0.8))
        elif before is not None and self.name_end == before.end and before.kind is WORD and (
            not is_counted or (word.isascii() and self.name.isascii())
        ) and not BESIDE.match(word):  # fmt: skip
            self.name, self.name_end = f"{self.name}{raw[self.name_end : start]}{raw[start:end]}", part.end
        elif self._names_an_item(part, before, house, is_counted=is_counted):
            self._literal(house, raw[start:end])
            if BESIDE.match(word):
                self.beside.append(word)
        else:
            self._look_beside(part, word, before, after)
            if is_item_behind and before is not None and before.kind in STRONG and is_name(word):
                self.beside.append(word)  # 张三 3-502 A2份 王五 B3份
            self._note(house, start, end)

    def _is_of_cancel(self, word: str, part: Part, before: Part | None, after: Part | None, house: House) -> bool:
        """取消了吗, 葱不要了, 退出群了 behind an order: a word glued to that of withdrawal is nobody's name."""
        if after is not None and after.kind is CANCEL and after.start == part.end:
            return True
        is_glued = before is not None and before.kind is CANCEL and before.end == part.start
        return is_glued and bool(house.elements or _PARTICLES.match(word))

    def _is_first_of_items(self, index: int, parts: Sequence[Part]) -> bool:
        """苹果2箱 橙子1箱 behind a door: words that counts stand behind, one after the other."""
        behind = [part for part in parts[index:] if part.kind is not Token.SEPARATOR]
        said = [
            one
            for one, other in pairwise(behind)
            if one.kind is WORD and other.kind is COUNT and (one.end == other.start or self._is_of_goods(other))
        ]
        return len(said) > 1 and said[0] is parts[index]

    def _is_of_goods(self, count: Part) -> bool:
        return bool(GOODS_UNIT.search(self.text, count.start, count.end))

    def _names_an_item(self, part: Part, before: Part | None, house: House, *, is_counted: bool) -> bool:
        """A word that a count stands at, on the side where this household's counts stand."""
        if self._is_count_first(house):
            return before is not None and before.kind in (COUNT, BEFORE)
        return is_counted or (before is not None and before.kind is COUNT and before.end == part.start)

    def _is_count_first(self, house: House) -> bool:
        """Whether this household counts before it names: 一份三文鱼 两份千张."""
        return bool(house.elements) and house.elements[0][0] in (COUNT, BEFORE)

    def _literal(self, house: House, item: str) -> None:
        if self.grammar.menu:
            self.doubts.append(("not-on-menu", "items", 0.5))
        else:
            self.doubts.append(("", "items", 0.9))
        house.elements.append((ITEM, (item,), 0, ""))

    def _note(self, house: House, start: int, end: int) -> None:
        if house.notes and not self.text[house.notes[-1][1] : start].strip(" ,;、/。"):
            house.notes[-1] = (house.notes[-1][0], end)  # one sentence
        else:
            house.notes.append((start, end))

    def _said(self, house: House) -> str:
        return " ".join(self.raw[start:end] for start, end in house.notes)

    def _draft(self, no: int | None, house: House, end: int) -> Draft:
        draft = Draft(no, house.start, end, house.name or self.name, house.place)
        if house.name:
            draft.doubt("lost-newline", "name", 0.9)
        if house.notes:
            draft.note = self._said(house)
        draft.cancels, draft.changes = house.cancels, house.changed_from is not None
        elements = house.elements
        if house.changed_from:
            earlier = [items for kind, items, _, _ in house.changed_from if kind is ITEM]
            is_counted = any(kind in STRONG for kind, *_ in house.changed_from)
            changed = paired(house.changed_from, Draft(None, 0, 0))
            draft.changed = [(item, quantity if is_counted else 0) for item, quantity in changed]
            if not elements:  # A改成, and nothing that was understood
                elements = house.changed_from
                draft.doubt("which-item", "items", 0.4)
                draft.is_unsure = True
            elif len(earlier) == 1 and not any(kind is ITEM for kind, *_ in elements):
                elements = [(ITEM, earlier[0], 0, ""), *elements]
        if house.refused:
            draft.doubt("not-wanted", "items", 0.5)
            if not elements and not draft.cancels:
                draft.cancels, elements = True, house.refused
        elif (
            draft.cancels and elements and (_WANTING.search(draft.note) or 0 < house.cancelled_at < len(house.elements))
        ):  # 取消A 要B2份, A不要了，B2份
            draft.doubt("not-wanted", "items", 0.5)
            draft.is_unsure = True
        is_taking = (draft.cancels and not house.refused) or any(sign == "take" for *_, sign in elements)
        if (draft.cancels and draft.changes) or (is_taking and not self._is_clear(house, elements)):
            draft.doubt("not-wanted", "items", 0.5)  # A不要了 换成B, 取消菜包, A1 可以取消吗, A1 葱不要了
            draft.is_unsure = True
            draft.is_question = house.cancelled_at > 0 and not draft.changes
        if draft.cancels or draft.changes:
            draft.is_counted = any(kind in STRONG for kind, *_ in elements)
            draft.is_own = house.cancelled_at > 0 or house.is_cancelled_aside
            if draft.is_counted and lacks_counts(elements):  # 取消A2份和B
                draft.doubt("not-wanted", "items", 0.5)
                draft.is_unsure = True
        draft.items = paired(elements, draft)
        if len(draft.items) > 1 and _INSTEAD.search(draft.note):
            draft.doubt("which-item", "items", 0.5)
        if elements and not draft.items:  # A1份 -1: what is left is nobody's to say
            draft.doubt("pairing", "items", 0.3)
        for _, _, _, sign in elements:
            if sign in _ADDING:
                draft.is_added = True
            elif sign == "total":
                draft.is_total = not any(each[0] in (COUNT, EACH, BEFORE) for each in elements)
        draft.is_total = draft.is_total or house.is_total
        draft.is_dashed = self.dashed
        for code in house.place.doubts:
            draft.doubt(code, "building", 0.6)
        if house.place.is_known is False:
            draft.doubt("unknown-place", "room" if house.place.room else "building", 0.6)
        if self.name and house.place is NOWHERE and self.grammar.register:
            draft.doubt("", "building", 0.5)
        return draft

    def _is_clear(self, house: House, elements: Sequence[Element]) -> bool:
        """Whether nothing stands beside 取消 that was not read: it could ask, deny, set a condition, or be of something else."""
        if self.has_guessed:
            return False
        said = " ".join(self.text[start:end] for start, end in house.notes)
        if not elements:
            said = _BEFORE_THIS.sub("", said)
        return _CLEAR.fullmatch(said) is not None


def _is_floor(said: str, place: Place) -> bool:
    """3号楼 5楼502: the second is a floor, for the room begins with it."""
    return "楼" in said and "号楼" not in said and place.building != "" and place.building == place.room[:-2]


def _is_speech(word: str) -> bool:
    """Whether signs without letters say something, as a picture does; dots and dashes between words do not."""
    return bool(word.strip("-:：+·.。~!！?？,;、=_*#@&'\"“”‘’…^"))
