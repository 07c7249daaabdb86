"""The menu of a chain: codes and items, which are data; and how people shorten them."""

from __future__ import annotations

import re
from collections.abc import Iterable

from baogong.engine.chain.plain import plain
from baogong.engine.chain.reading import Dish

SHORT_FORM_MIN = 2
ITEM_CHARACTERS_MAX = 40
_SETS = ("套餐", "套")
_FIGURES = "一二三四五六七八九"
_CIRCLED = "①②③④⑤⑥⑦⑧⑨⑩⑪⑫⑬⑭⑮⑯⑰⑱⑲⑳"
_UNITS = "份分套盒箱袋个"


class Menu:
    """
    Items by code, by name, and by any part of a name (two characters or more) that only one of them has.

    codes   CODE → item: letters as A or B1; 1 is understood as 1号
    """

    def __init__(self, dishes: Iterable[Dish] = ()) -> None:
        self.dishes = tuple(dishes)
        self.codes: dict[str, str] = {}
        self._by_name: dict[str, str] = {}
        for dish in self.dishes:
            if dish.code:
                self.codes.setdefault(dish.code.upper(), dish.item)
            if dish.item:
                self._by_name.setdefault(_folded(dish.item), dish.item)
        self.has_blanks = any(re.search(r"\S\s+\S", dish.item) for dish in self.dishes)
        self._short = _short_forms(self._by_name)
        self.code_of = {item: code for code, item in reversed(self.codes.items())}

    def __bool__(self) -> bool:
        return bool(self.dishes)

    def pattern(self) -> str:
        """What finds full names and codes in plain text, the longest first; "" for an empty menu."""
        written = {" ".join(plain(dish.item).text.split()) for dish in self.dishes if dish.item}
        names = sorted(written, key=lambda name: (-len(name), name))
        letters = sorted(
            (code for code in self.codes if code.isascii() and not code.isdigit()), key=lambda c: (-len(c), c)
        )
        figures = sorted((code for code in self.codes if code.isascii() and code.isdigit()), key=lambda c: (-len(c), c))
        words = sorted((code for code in self.codes if not code.isascii()), key=lambda c: (-len(c), c))
        parts = [re.escape(name).replace("\\ ", r"\ *") for name in (*names, *words)]
        if letters:
            one = "|".join(map(re.escape, letters))
            # A, AC, A套餐, 套餐A; not the A of Amy
            parts.append(
                rf"(?:套餐)?(?<![A-Z])(?:{one})(?:(?:{one})*)(?![A-WYZ]|X(?!\d))(?:\ ?(?:套餐|餐|款|类|号餐|套|号(?!楼)))?"
            )
        if figures:
            one = "|".join(figures)
            parts.append(
                rf"(?<![\d\-])(?:{one})号(?:套餐|餐)?(?!楼|\ ?-?\d{{3,4}}(?!\d))|套餐(?:{one})(?!\d|\ ?[{_UNITS}])"
            )
            spoken = "".join(_FIGURES[int(code) - 1] for code in figures if len(code) == 1 and code != "0")
            if spoken:  # 一号套餐, 套餐二
                parts.append(rf"[{spoken}]号(?:套餐|餐)|套餐[{spoken}](?!\ ?[{_UNITS}])")
            if circled := self._circled():  # ①2 ③1, 1️⃣
                parts.append(rf"[{circled}]|(?<![\d\-])(?:{one})\ufe0f?\u20e3")
        return "|".join(parts)

    def beginnings(self) -> list[str]:
        """What `pattern` finds begins with one of these, with 套, or with a digit."""
        return [name for name in (*self._by_name, *self.codes, *self._circled()) if name]

    def _circled(self) -> str:
        """The circled figures of codes from 1 to 20."""
        figures = (int(code) for code in self.codes if code.isdecimal() and code.isascii())
        return "".join(_CIRCLED[figure - 1] for figure in figures if 0 < figure <= len(_CIRCLED))

    def items_of(self, written: str) -> tuple[str, ...]:
        """The items in what `pattern` found."""
        if name := self._by_name.get(written.replace(" ", "")):
            return (name,)
        if (item := self.codes.get(written)) is not None:
            return (item,)
        bare = re.sub("套餐|号餐|[餐款类套号 ]", "", written)
        if (item := self.codes.get(bare)) is not None:
            return (item,)
        if (item := self.codes.get(_figure(bare))) is not None:
            return (item,)
        found, at = [], 0
        while at < len(bare):
            size = next((size for size in (3, 2, 1) if bare[at : at + size] in self.codes), 0)
            if not size:
                return ()
            found.append(self.codes[bare[at : at + size]])
            at += size
        return tuple(found)

    def like(self, word: str) -> str | None:
        """The only item that has this word, as plain text without blanks, in its name."""
        found = self._by_name.get(word) or self._short.get(word)
        if found is None and word.endswith(_SETS):
            bare = word.removesuffix("餐").removesuffix("套")
            found = self._by_name.get(bare) or self._short.get(bare)  # 红菜苔套餐
        return found


def _figure(said: str) -> str:
    """①, 1️⃣ and 一 as 1; whatever else it is stays."""
    said = said.rstrip("\ufe0f\u20e3")
    for figures in (_CIRCLED, _FIGURES):
        if len(said) == 1 and said in figures:
            return str(figures.index(said) + 1)
    return said


def _folded(text: str) -> str:
    return re.sub(r"\s", "", plain(text).text)


def _short_forms(names: dict[str, str]) -> dict[str, str]:
    owners: dict[str, set[str]] = {}
    for key, item in names.items():
        key = key[:ITEM_CHARACTERS_MAX]
        for start in range(len(key)):
            for end in range(start + SHORT_FORM_MIN, len(key) + 1):
                owners.setdefault(key[start:end], set()).add(item)
    return {part: next(iter(items)) for part, items in owners.items() if len(items) == 1}


NO_MENU = Menu()
