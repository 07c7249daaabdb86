"""
One line of a chain: whose it is, where they live, what they order, and what else they say; of all households that it names.

A line is read by its own words, the menu and the register alone; what it does to other lines is settled afterwards. How: at
once, where it is of the commonest (`at_once`); else its tokens are settled (`parts`) and put where they belong (`household`).
"""

from __future__ import annotations

import re
from bisect import bisect_right
from collections.abc import Sequence
from itertools import pairwise

from baogong.engine.chain.at_once import at_once
from baogong.engine.chain.draft import Draft, Element
from baogong.engine.chain.household import House, Households
from baogong.engine.chain.pairing import STRONG
from baogong.engine.chain.parts import with_nickname
from baogong.engine.chain.places import NOWHERE
from baogong.engine.chain.tokens import Part
from baogong.engine.chain.words import (
    A_NUMBER_ALONE,
    BEFORE,
    BESIDE,
    CLOSE,
    CORRECTED_ASIDE,
    COUNT,
    COUNTED_OR_NAMED,
    DOOR_IN_NAME,
    EACH,
    ITEM,
    LETTER,
    NOT_SETTLED,
    NUMBER,
    ODD_FIGURE,
    OPEN,
    PLACE,
    STRUCK,
    TAKEN_BACK_ASIDE,
    TOTAL,
    UNDECIDED,
    WORD,
    names_so_many,
)

_NOBODY = re.compile(
    "(?:家[里中])?(?:[没无]人|人?不在|已经?[领发拿取有]|领过|领了|空[关房置着]|不需要?|不用|不要|放弃|暂不|免|无需?|没有|有了)(?:了|家|居住|住|需要)?"
)
"""What stands at a door where a quantity is left out, and means none."""
_BRACKETS, _LETTERS, _NUMBERS, _ITEMS = 1 << OPEN | 1 << CLOSE, 1 << LETTER, 1 << NUMBER, 1 << ITEM
_ORDERS = sum(1 << kind for kind in (ITEM, COUNT, BEFORE, TOTAL, EACH))
_GUESSED = {"name-by-guess", "not-on-menu", "number-not-read", "which-item"}
"""A word that was taken for something, with one of these doubts, may as well be what 取消 is of."""


class Line(Households):
    """The reading of characters [start, end) of `text`; `raw` has them as they were written."""

    def read(self, no: int | None, start: int, body: int, end: int) -> list[Draft]:
        """Its households; the line begins at `start` with its number, what it says at `body`."""
        text = self.text
        if (common := self._at_once(no, start, body, end)) is not None:
            return [common]
        parts, kinds = self.grammar.parts(text, body, end)
        self.doubts, self.beside = [], []
        if kinds & _ITEMS and self.grammar.menu:
            self._settle_letter_names(parts)
        if len(parts) > 1:
            parts = with_nickname(text, parts, kinds)
            if kinds & _BRACKETS:
                parts = self._without_brackets(parts)
            if kinds & _LETTERS:
                self._doubt_letters(parts)
                self._settle_letters(parts)
        if kinds & _NUMBERS:
            self._settle_numbers(parts)
        self.name, self.name_end = "", -1
        self.neighbour = ("", 0)  # whom a word right before another door names, and where
        self.dashed = False
        houses = [House(start)]
        begins = [0]  # with which doubt those of each household begin
        for index, part in enumerate(parts):
            doubts = len(self.doubts)
            self._take(index, part, parts, houses)
            if len(houses) > len(begins):
                begins.append(doubts)
        self.has_guessed = any(code in _GUESSED for code, _, _ in self.doubts)
        for house, next_house in pairwise(houses):
            next_house.name = next_house.name or house.name
        if len(houses) > 1:
            self._share_each(houses)
        drafts = [self._draft(no, house, end) for house in houses]
        if not kinds & _ORDERS and not any(part.kind in STRONG for part in parts):
            self._doubt_who_counts_none(parts, drafts[0])
        if len(houses) > 1:
            if any(not house.elements and not house.cancels for house in houses):
                for draft in drafts:  # 3-101 3-102 2份, 帮3-501带1份
                    draft.doubt("pairing", "items", 0.5)
            for draft, following in pairwise(drafts):
                draft.end = _trimmed(text, draft.start, following.start)
        for index, (code, name, confidence) in enumerate(self.doubts):
            drafts[bisect_right(begins, index) - 1].doubt(code, name, confidence)
        self._doubt_words(parts, drafts)
        is_counted = any(part.kind in STRONG for part in parts)
        for draft in drafts:
            self._doubt_what_may_be_a_number(draft, is_counted=is_counted)
        if not self.grammar.menu and [part.kind for part in parts[:4]] == [WORD, COUNT, WORD, PLACE]:
            drafts[0].doubt("which-item", "name", 0.4)  # 红烧鲈鱼 1份 张三 3-101: which of the two is the name?
        if kinds & _BRACKETS and kinds & _ORDERS and not any(draft.cancels for draft in drafts):
            self._doubt_what_is_said_aside(body, end, drafts)
        if STRUCK.search(text, body, end):
            for draft in drafts:
                draft.doubt("not-wanted", "withdrawn", 0.4)
                draft.is_unsure = True
        if self.grammar.packed and self._counts_what_it_holds(parts, drafts):
            for draft in drafts:
                draft.doubt("pairing", "items", 0.4)
        return drafts

    def _doubt_who_counts_none(self, parts: Sequence[Part], draft: Draft) -> None:
        """101 2大1小, 402 没人, 602 已领: no quantity is one, but hardly here."""
        if draft.cancels or draft.changes:
            return
        if any(part.sign == "persons" for part in parts):
            draft.doubt("number-not-read", "items", 0.4)
        elif _NOBODY.fullmatch(draft.name) or _NOBODY.match(draft.note):
            draft.doubt("not-wanted", "items", 0.4)

    def _doubt_what_is_said_aside(self, body: int, end: int, drafts: Sequence[Draft]) -> None:
        """A1（已退）, A2（改3份）: a note in brackets that takes the order back or corrects it."""
        is_taken_back = TAKEN_BACK_ASIDE.search(self.text, body, end)
        if not is_taken_back and not CORRECTED_ASIDE.search(self.text, body, end):
            return
        for draft in drafts:
            draft.doubt("not-wanted" if is_taken_back else "pairing", "items", 0.4)
            draft.is_unsure = True

    def _doubt_what_may_be_a_number(self, draft: Draft, *, is_counted: bool) -> None:
        """A quantity or a door that was taken for a name or a note: 3-104 十, 3-102 同上, A², B俩, 九零二 A1."""
        name, note = draft.name, draft.note
        is_silent = not (is_counted or draft.cancels or draft.changes)
        if (is_silent and (A_NUMBER_ALONE.search(name) or A_NUMBER_ALONE.search(note) or NOT_SETTLED.search(note))) or (
            ODD_FIGURE.search(note)
            or UNDECIDED.search(note)
            or (draft.items and names_so_many(self.grammar.menu, name))
        ):
            draft.doubt("number-not-read", "items", 0.4)
        if draft.place is NOWHERE and DOOR_IN_NAME.search(name):
            draft.doubt("no-place", "building", 0.4)
        if (
            not self.grammar.menu
            and name[-1:].isdigit()
            and any(item in ("L", "G", "M", "K") for item, _ in draft.items)
        ):
            draft.doubt("pairing", "items", 0.4)  # 可乐2L x3

    def _counts_what_it_holds(self, parts: Sequence[Part], drafts: Sequence[Draft]) -> bool:
        """鸡蛋60枚 where the menu has 鸡蛋30枚."""
        packed = self.grammar.packed
        units = {packed[item] for draft in drafts for item, _ in draft.items if item in packed}
        counted = [self.text[part.start : part.end] for part in parts if part.kind in STRONG]
        return any(said.endswith(unit) for said in counted for unit in units)

    def _doubt_words(self, parts: Sequence[Part], drafts: Sequence[Draft]) -> None:
        """Words beside an item that may not order it: the line does nothing before somebody has looked."""
        if self.name and (found := BESIDE.match(self.name)) and not self.name[found.end() :].strip("了的:： "):
            self.beside.append(self.name)
        if any(draft.cancels for draft in drafts):  # 取消 请退款
            self.beside = [word for word in self.beside if "退" not in word and "重复" not in word]
        if self.beside and any(part.kind in COUNTED_OR_NAMED for part in parts):
            for draft in drafts:
                draft.doubt("words-beside", "items", 0.4)
                draft.is_unsure = True

    def _at_once(self, no: int | None, start: int, body: int, end: int) -> Draft | None:
        return at_once(self.grammar, self.text, self.raw, no, start, body, end)

    def _share_each(self, houses: Sequence[House]) -> None:
        """3-101 3-102各1份, 3-101和3-102各2份A: what is said once of each is every household's."""
        for index in range(len(houses) - 2, -1, -1):
            house, following = houses[index], houses[index + 1]
            if not house.elements and any(kind is EACH for kind, *_ in following.elements):
                following.elements = _items_first(following.elements)
                house.elements = following.elements


def _items_first(elements: list[Element]) -> list[Element]:
    """各2份A of several doors as A各2份, 各A2份 as A2份: the word is of the doors."""
    if elements[0][0] is not EACH or len(elements) < 2:
        return elements
    if not elements[0][2]:
        return elements[1:]
    return [*elements[1:], elements[0]] if all(kind is ITEM for kind, *_ in elements[1:]) else elements


def _trimmed(text: str, start: int, end: int) -> int:
    while end > start and text[end - 1].isspace():
        end -= 1
    return end
