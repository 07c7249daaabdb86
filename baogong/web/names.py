"""Names for ids, in the visitor's language: one query a table, whatever the page shows."""

from __future__ import annotations

import re
import time
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import contextmanager
from contextvars import ContextVar
from functools import lru_cache
from uuid import UUID

from django.db import connection
from django.utils import translation

from baogong.catalogue import queries as catalogue
from baogong.engine.pinyin import syllables
from baogong.people.queries import parties


def is_chinese() -> bool:
    return (translation.get_language() or "").startswith("zh")


KEEP_S = 30
"""A new English name shows after so long at the latest; until then the Chinese one does."""

_is_page: ContextVar[bool] = ContextVar("is_page", default=False)
_read: dict[str, tuple[float, dict[str, str]]] = {}  # of each book: when its English names were read, and they
_HAN = re.compile("[\u3400-\u9fff]")
_ONLY_HAN = re.compile("[\u3400-\u9fff]+")
_NAME_STARTS = re.compile("(?<![\u3400-\u9fffA-Za-z0-9])[\u3400-\u9fffA-Za-z0-9]")


@contextmanager
def names_of_one_page() -> Iterator[None]:
    """Within, `called` names by the reader's language; outside of a page a name stays as it is."""
    token = _is_page.set(True)
    try:
        yield
    finally:
        _is_page.reset(token)


def called(name: str) -> str:
    """
    A place, an organisation or a team as the reader calls it: the English name where the reader reads English and there
    is one, else the name itself.

    One query twice a minute, for English pages that name somebody in Chinese.
    """
    if not _is_page.get() or is_chinese() or not _HAN.search(name):
        return name
    return english_names().get(name, name)


@lru_cache(maxsize=4096)
def _city_en(city: str) -> str:
    known = _OWN_SPELLING.get(city)
    if known:
        return known
    parts = syllables(city.removesuffix("市") if len(city) > 2 else city)
    told = "".join(f"'{part}" if number and part[:1] in "aeo" else part for number, part in enumerate(parts))
    return told[:1].upper() + told[1:]


_OWN_SPELLING = {
    "呼和浩特": "Hohhot",
    "乌鲁木齐": "Urumqi",
    "哈尔滨": "Harbin",
    "拉萨": "Lhasa",
    "香港": "Hong Kong",
    "澳门": "Macao",
}


def city(name: str) -> str:
    """A city as the reader writes it: in English as maps do, by its syllables. One that is written otherwise stays so."""
    return name if is_chinese() or not _ONLY_HAN.fullmatch(name) else _city_en(name)


def in_both(name: str) -> str:
    """As a paper names a place: it goes through hands that read Chinese and hands that read English."""
    name_en = english_names().get(name, "") if _HAN.search(name) else ""
    return f"{name} {name_en}".rstrip()


def called_within(text: str) -> str:
    """
    A told sentence with the names in it as the reader calls them: reasons, titles and what was weighed are kept as they
    were told, with Chinese names in them; a name is looked up when it is read.

    A name counts where it stands by itself: what is part of a longer Chinese word stays as it is. The longest wins.
    """
    if not _is_page.get() or is_chinese() or not _HAN.search(text):
        return text
    names = english_names()
    longest = max(map(len, names), default=0)
    parts, told_to = [], 0
    for found in _NAME_STARTS.finditer(text):
        start = found.start()
        if start < told_to:
            continue
        for end in range(min(len(text), start + longest), start, -1):
            name = text[start:end]
            if name in names and _HAN.search(name) and not _HAN.match(text, end):
                parts += [text[told_to:start], names[name]]
                told_to = end
                break
    return _TRUCK.sub(lambda found: f"{found[1]} m {_TRUCKS[found[2]]}", "".join(parts) + text[told_to:])


_TRUCKS = {
    "厢车": "box truck",
    "厢式货车": "box truck",
    "冷藏车": "refrigerated truck",
    "高栏车": "stake truck",
    "平板车": "flatbed truck",
    "货车": "truck",
}
"""Carriers call their trucks by length and body: 4.2米厢车. Nobody translates those for them."""
_TRUCK = re.compile(rf"(\d+(?:\.\d+)?)\s*米\s*({'|'.join(_TRUCKS)})")


def english_names() -> dict[str, str]:
    """As `parties.english_names`, at most KEEP_S old."""
    book, now_s = str(connection.settings_dict["NAME"]), time.monotonic()
    read_s, names = _read.get(book, (-KEEP_S, {}))
    if now_s - read_s >= KEEP_S:
        names = parties.english_names()
        _read[book] = now_s, names
    return names


def forget() -> None:
    """Read the English names anew: another book may have come under the same name."""
    _read.clear()


class GoodsName(str):
    """What an item is called, and the unit in which it is counted."""

    __slots__ = ("unit",)
    unit: str


def item_names() -> dict[UUID, str]:
    """In the order of their names as they are shown, Chinese ones by their pinyin; each name knows its unit."""
    goods = catalogue.item_units()
    found: dict[UUID, str] = {}
    for item, name in in_order({item: (zh, en) for item, (zh, en, _unit) in goods.items()}).items():
        found[item] = known = GoodsName(name)
        known.unit = goods[item][2]
    return found


def in_order(names: Mapping[UUID, tuple[str, str]]) -> dict[UUID, str]:
    """Out of Chinese and English names, in pinyin's order, those that are shown, in their own order."""
    if is_chinese():
        return {item: zh for item, (zh, _en) in names.items()}
    shown = {item: en or zh for item, (zh, en) in names.items()}
    return dict(sorted(shown.items(), key=lambda pair: pair[1].casefold()))


def place_in(names: Mapping[UUID, object]) -> Callable[[UUID], int]:
    """
    A key to sort ids by: their place in `names`, which stand as they are shown. Code points are no order of Chinese.

    What has no name comes last.
    """
    places = {key: number for number, key in enumerate(names)}
    return lambda key: places.get(key, len(places))


def items_in_order() -> list[catalogue.ItemView]:
    """The whole catalogue, in the order of the names as they are shown."""
    goods = catalogue.items()
    return list(goods) if is_chinese() else sorted(goods, key=lambda good: (good.name_en or good.name_zh).casefold())


def party_names(ids: Iterable[UUID] | None = None) -> dict[UUID, str]:
    """Of these parties, or of all, in the order of their names as they are shown: Chinese ones by their pinyin."""
    return in_order(parties.party_names(None if ids is None else set(ids)))
