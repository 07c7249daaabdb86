"""What the tokens of a line are, seen beside each other: brackets, letters and figures, before anybody is read out of them."""

from __future__ import annotations

import re
from collections.abc import Sequence

from baogong.engine.chain.pairing import STRONG
from baogong.engine.chain.tokens import Grammar, Part, Token
from baogong.engine.chain.words import (
    A_NOTE,
    BEFORE,
    CANCEL,
    CLOSE,
    COUNT,
    COUNTED_OR_NAMED,
    EACH,
    HAS_LETTER,
    ITEM,
    ITEMLIKE,
    LETTER,
    NOTE,
    NUMBER,
    OPEN,
    PLACE,
    QUANTITY_MAX,
    TOTAL,
    WORD,
)

_IGNORED = re.compile("重复|忽略|无视|测试|误[点接填发]|[点填写打]错")
"""In brackets, too, they say that the line may be none."""
_COUNTS_NOTHING = re.compile(r"\ ?[号楼栋幢座层岁人口点时分日天月年周级元块%:]")  # behind a figure: 5楼, 80岁
_IN_NAMES = {WORD, LETTER, NUMBER, ITEM}


class _Before:
    """What is counted outside brackets before one of them; it goes on from bracket to bracket, so that each part is seen once."""

    def __init__(self, counted: Sequence[tuple[Part, int]], text: str) -> None:
        self._counted, self._at, self._text = counted, 0, text
        self.sum_of_all = sum(many for _, many in counted)
        self.sum = 0
        self.last: int | None = None
        self.units: set[str] = set()  # 2份(3份) against 1箱(12盒)

    def go_on_to(self, start: int) -> None:
        while self._at < len(self._counted) and self._counted[self._at][0].end <= start:
            part, many = self._counted[self._at]
            self.sum, self.last = self.sum + many, many
            self._at += 1
            if part.kind in STRONG:
                self.units.add(self._text[part.end - 1])


class Parts:
    """Characters of `text` as tokens; `raw` has them as they were written. Tokens are changed where they stand."""

    doubts: list[tuple[str, str, float]]
    beside: list[str]

    def __init__(self, grammar: Grammar, text: str, raw: str) -> None:
        self.grammar, self.text, self.raw = grammar, text, raw

    def _settle_letter_names(self, parts: Sequence[Part]) -> None:
        """
        Letters of the menu where nobody is named: Ada is a name by its small letters; AB 3-502, ada, ABA could be one.

        Not beside a count, AB各1份, nor where somebody is named: 张三 3-502 AB.
        """
        if not any(part.kind is ITEM and self._is_letters(part) for part in parts):
            return
        name = next((part for part in parts if part.kind is WORD and self._may_be_name(part)), None)
        for index, part in enumerate(parts):
            if part.kind is not ITEM or not self._is_letters(part):
                continue
            written, before = self.raw[part.start : part.end], parts[index - 1] if index else None
            is_mixed = not written.isupper() and not written.islower()
            if self._is_counted(part, parts[index + 1] if index + 1 < len(parts) else None, is_mixed=is_mixed):
                continue
            beside = next((each for each in (before, *parts[index + 1 : index + 2]) if each is name), None)
            if is_mixed and (name is None or (beside is not None and self.text[beside.start].isascii())):
                part.kind, name = WORD, part
            elif is_mixed or (name is None and (not index or written.islower() or len(set(written)) < len(written))):
                self.doubts.append(("which-item", "name", 0.4))

    def _is_letters(self, part: Part) -> bool:
        said = self.text[part.start : part.end]
        return len(said) > 1 and said.isascii() and said.isalpha()

    def _may_be_name(self, word: Part) -> bool:
        return bool(HAS_LETTER.search(self.text, word.start, word.end)) and not A_NOTE.match(self.text, word.start)

    def _is_counted(self, part: Part, after: Part | None, *, is_mixed: bool) -> bool:
        if after is None:
            return False
        is_glued = after.start == part.end
        is_few = after.kind is NUMBER and after.end - after.start < 3 and is_glued
        return is_few or after.kind is EACH or (after.kind in STRONG and (is_glued or not is_mixed))

    def _doubt_letters(self, parts: Sequence[Part]) -> None:
        """N95口罩10个, 纸尿裤L码2包: without a menu a letter within a word may be part of the item's name."""
        if self.grammar.menu:
            return
        for index, letter in enumerate(parts):
            behind = index + 1
            if letter.kind is LETTER and behind < len(parts) and parts[behind].kind is NUMBER:
                behind += 1
            word = parts[behind] if behind < len(parts) else letter
            is_one_word = word.kind is WORD and word.start == parts[behind - 1].end
            if letter.kind is LETTER and is_one_word and not A_NOTE.match(self.text, word.start):
                self.doubts.append(("pairing", "items", 0.4))
                return

    def _without_brackets(self, parts: list[Part]) -> list[Part]:
        """Brackets that say where or what are read as if they were none; all others are notes, and add nothing."""
        pairs = _bracket_pairs(parts)
        inside = {index for first, last in pairs for index in range(first, last + 1)}
        outer = [part for index, part in enumerate(parts) if index not in inside]
        has_place = any(part.kind is PLACE for part in outer)
        counts = [
            part
            for at, part in enumerate(outer)
            if part.kind in STRONG
            or (part.kind is NUMBER and part.end - part.start < 3 and at and outer[at - 1].kind in ITEMLIKE)
        ]
        has_item = any(part.kind in ITEMLIKE for part in outer)
        many = sum(part.value for part in counts)
        last_count = max((part.start for part in counts if part.kind is not TOTAL), default=-1)
        before = _Before([(part, many) for part in outer for many in self._counts_in([part])], self.text)
        kept: list[Part] = []
        at = 0
        is_split = False
        for first, last in pairs:
            kept += parts[at:first]
            at = last + 1
            inner = parts[first + 1 : last]
            inner_kinds = {part.kind for part in inner}
            inner_counts = [part.value for part in inner if part.kind in STRONG or part.kind is NUMBER]
            is_count = len(inner) == 1 and inner[0].kind is NUMBER and inner[0].end - inner[0].start < 3
            if is_count and first and parts[first - 1].kind in ITEMLIKE:
                kept += inner  # A（1）B（2）
            elif CANCEL in inner_kinds and PLACE not in inner_kinds:
                self._doubt_aside(inner)
                kept += inner
            elif PLACE in inner_kinds and not has_place:
                kept += inner
                has_place = True
            elif (not counts and inner_kinds & (STRONG | {ITEM, CANCEL})) or self._is_total(inner):
                kept += inner
            elif (
                counts and not has_item and ITEM in inner_kinds
                and many == self._inner_sum(inner, inner_counts)
            ):  # fmt: skip
                is_split = True  # 3份(A2份, B1份): the three are the split's
                if last_count > inner[0].start:
                    self.doubts.append(("pairing", "items", 0.4))  # (A1+B1)×2: two in all, or two of each
                kept += inner
            elif inner:
                if PLACE in inner_kinds and inner_kinds & {*COUNTED_OR_NAMED, NUMBER}:
                    self.doubts.append(("pairing", "items", 0.4))  # A1份（帮5-103带B1份）
                self.beside += [
                    self.text[part.start : part.end]
                    for part in inner
                    if part.kind is WORD and _IGNORED.search(self.text, part.start, part.end)
                ]
                before.go_on_to(inner[0].start)
                self._check_split(inner, before)
                kept.append(Part(NOTE, inner[0].start, inner[-1].end, 0, "bracket"))
        kept += parts[at:]
        dropped = {id(part) for part in counts} if is_split else set()
        return [part for part in kept if id(part) not in dropped and part.kind not in (OPEN, CLOSE)]

    def _doubt_aside(self, inner: Sequence[Part]) -> None:
        """A1份（取消） is withdrawn; of A2份（一份不要了） and A2份（B取消） nobody knows how much."""
        for part in inner:
            if part.kind is CANCEL:
                part.sign = "aside"
        if any(part.kind in COUNTED_OR_NAMED or part.kind is NUMBER for part in inner):
            self.doubts.append(("not-wanted", "items", 0.4))

    def _inner_sum(self, inner: Sequence[Part], counts: Sequence[int]) -> int:
        if any(part.kind is EACH for part in inner):
            return self._sum_of_each(inner)
        if not any(part.kind is NUMBER for part in inner):
            return sum(counts) or sum(1 for part in inner if part.kind is ITEM)
        return sum(
            int(self.text[part.start : part.end]) if part.kind is NUMBER else part.value
            for part in inner
            if part.kind in STRONG or part.kind is NUMBER
        )

    def _sum_of_each(self, inner: Sequence[Part]) -> int:
        """A、B各2份: as many of each."""
        total = pending = 0
        for part in inner:
            if part.kind is ITEM:
                pending += len(self.grammar.menu.items_of(self.text[part.start : part.end])) or 1
            elif part.kind in STRONG or part.kind is NUMBER:
                many = part.value if part.kind is not NUMBER else int(self.text[part.start : part.end])
                total += (many or 1) * pending if part.kind is EACH else many
                pending = 0
        return total + pending

    def _is_total(self, inner: Sequence[Part]) -> bool:
        return bool(inner) and all(part.kind in (TOTAL, Token.SEPARATOR) for part in inner)

    def _check_split(self, inner: Sequence[Part], before: _Before) -> None:
        """4份(2荤1素) is four, and somebody looks; A2份(一份不要葱) speaks of one of the two and splits nothing."""
        split = self._counts_in(inner)
        came_to = {before.sum, before.sum_of_all, before.last} if before.last is not None else {1}
        each = [part.value or 1 for part in inner if part.kind is EACH]
        if each and not any(part.kind is ITEM for part in inner):  # 荤素各2份: of how many kinds nobody knows
            differs = len(each) == len(split) == 1 and all(many % each[0] or many == each[0] for many in came_to)
        elif each:
            differs = self._sum_of_each(inner) not in came_to
        elif len(split) == 1:
            differs = len(inner) == 1 and split[0] not in came_to and self.text[inner[0].end - 1] in before.units
        else:
            differs = bool(split) and sum(split) not in came_to
        if differs:
            self.doubts.append(("total-differs", "items", 0.4))

    def _counts_in(self, parts: Sequence[Part]) -> list[int]:
        """Counts, and figures that could be some: not 5楼, 80岁, a room or a telephone."""
        found = []
        for part in parts:
            if part.kind in STRONG:
                found.append(abs(part.value) or 1)
            elif part.kind is NUMBER and part.end - part.start < 3 and not _COUNTS_NOTHING.match(self.text, part.end):
                found.append(int(self.text[part.start : part.end]))
        return found

    def _settle_letters(self, parts: list[Part]) -> None:
        """A letter that nobody lists: an item beside a place or another letter, else the area of E1份."""
        letters = [part for part in parts if part.kind is LETTER]
        are_items = len({self.text[part.start : part.end] for part in letters}) > 1 or any(
            part.kind in (PLACE, ITEM) for part in parts
        )
        for index, part in enumerate(parts):
            if part.kind is not LETTER:
                continue
            following = parts[index + 1] if index + 1 < len(parts) else None
            before = parts[index - 1] if index else None
            if are_items:
                is_count = following is not None and following.kind in (STRONG | {NUMBER, LETTER})
                if not is_count and not (before is not None and before.kind in (STRONG | {NUMBER, LETTER})):
                    part.kind = WORD
                else:
                    part.kind = ITEM
            elif following is not None and following.kind in STRONG:
                part.kind, part.sign = PLACE, "guess"
            else:
                part.kind = WORD

    def _settle_numbers(self, parts: list[Part]) -> None:
        """What digits alone are: a room, a building before a room, a count, or part of what was said."""
        numbers = [index for index, part in enumerate(parts) if part.kind is NUMBER]
        text, register = self.text, self.grammar.register
        places = [register.read(text[part.start : part.end]) for part in parts if part.kind is PLACE]
        has_room = any(place.room for place in places)
        if places and _is_count_before_each(parts):
            for index in numbers:
                parts[index].kind, parts[index].value = BEFORE, int(text[parts[index].start : parts[index].end])
            return
        for index in numbers:
            part = parts[index]
            said = text[part.start : part.end]
            before = parts[index - 1] if index else None
            after = parts[index + 1] if index + 1 < len(parts) else None
            if not has_room and len(said) in (3, 4) and not (before and before.kind in ITEMLIKE):
                part.kind = PLACE
                has_room = True
                if not (register.knows(register.read(said)) or places):
                    self.doubts.append(("place-by-guess", "room", 0.7))
            elif not places and len(said) <= 2 and after and after.kind is NUMBER and after.end - after.start in (3, 4):
                part.kind, part.sign = PLACE, "bare house"  # 3 502
                self.doubts.append(("place-by-guess", "building", 0.7))
            elif after and after.kind is COUNT and after.sign == "less" and after.start == part.end and places:
                part.kind, part.value, part.sign, part.end = COUNT, int(said[:4]), "range", after.end  # 3-310 2-3份
                after.kind = Token.SEPARATOR
            elif after and after.kind is COUNT and after.sign == "less" and after.start == part.end:
                part.kind, part.sign = PLACE, "bare house"  # 3-2份
                self.doubts.append(("place-by-guess", "building", 0.6))
            elif len(said) <= 2 and int(said) <= QUANTITY_MAX:
                part.kind, part.value, part.sign = COUNT, int(said), "bare"
                if (
                    after
                    and after.kind in ITEMLIKE
                    and after.start == part.end
                    and not (before and before.kind in ITEMLIKE and before.end == part.start)
                ):
                    part.kind = BEFORE
                elif not (
                    before and (before.kind in ITEMLIKE or (before.end == part.start and self._is_short_name(before)))
                ):
                    self.doubts.append(("pairing", "items", 0.85))
            elif not index and not any(other.kind is WORD for other in parts):
                part.kind = WORD  # 1988 2-102 C1份
                self.doubts.append(("name-by-guess", "name", 0.7))
            else:
                part.kind = NOTE
                self.doubts.append(("number-not-read", "note", 0.5))

    def _is_short_name(self, part: Part) -> bool:
        """吐司1 鲜奶2: a part of a name that only one item of the menu has."""
        return part.kind is WORD and self.grammar.menu.like(self.text[part.start : part.end]) is not None


def with_nickname(text: str, parts: list[Part], kinds: int) -> list[Part]:
    """
    The line's first word with the number or letter that it is glued to: 641℃, 933~, B哥, 520小仙女, A&B, 小王520.

    Not 502张三 where no other place is named, nor a note such as A不要辣.
    """
    at = next((index for index, part in enumerate(parts) if part.kind is WORD), -1)
    if at < 0:
        return parts
    word = parts[at]
    begin, end = word.start, at + 1
    if at and parts[at - 1].end == word.start:
        first = parts[at - 1]
        if at > 1 and parts[at - 2].end == first.start:
            return parts
        said = text[first.start : first.end]
        if first.kind is NUMBER:
            is_room = len(said) in (3, 4) and "\u3400" <= text[word.start] <= "\u9fff"
            if is_room and not kinds & 1 << PLACE:
                return parts
        elif A_NOTE.match(text, word.start) or not (first.kind in ITEMLIKE or (first.kind is PLACE and len(said) == 1)):
            return parts
        begin = first.start
        while end < len(parts) and parts[end].start == parts[end - 1].end and parts[end].kind in _IN_NAMES:
            end += 1
        return [*parts[: at - 1], Part(WORD, begin, parts[end - 1].end), *parts[end:]]
    if end < len(parts) and parts[end].kind is NUMBER and parts[end].start == word.end:
        number = parts[end]
        goes_on = end + 1 < len(parts) and parts[end + 1].kind is WORD and parts[end + 1].start == number.end
        if goes_on and not at:
            end += 2
        elif any(part.kind in STRONG for part in parts[end + 1 :]) and (not at or number.end - number.start > 2):
            end += 1
    if end == at + 1:
        return parts
    return [*parts[:at], Part(WORD, begin, parts[end - 1].end), *parts[end:]]


def _is_count_before_each(parts: Sequence[Part]) -> bool:
    """1 A 2 C: a small number before each item and none behind, which leaves no other way to pair them."""
    said = [part for part in parts if part.kind in COUNTED_OR_NAMED or part.kind in (NUMBER, LETTER)]
    return len(said) > 1 and not len(said) % 2 and all(
        one.kind is NUMBER and 0 < one.end - one.start < 3 and other.kind is ITEM
        for one, other in zip(said[::2], said[1::2], strict=True)
    )  # fmt: skip


def _bracket_pairs(parts: Sequence[Part]) -> list[tuple[int, int]]:
    """Outermost pairs of brackets, as indices of tokens; a bracket without its other half is none."""
    pairs, opened, depth = [], -1, 0
    for index, part in enumerate(parts):
        if part.kind is OPEN:
            if depth == 0:
                opened = index
            depth += 1
        elif part.kind is CLOSE and depth:
            depth -= 1
            if depth == 0:
                pairs.append((opened, index))
    return pairs
