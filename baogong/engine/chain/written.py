"""
A list as a chat message that people can go on with, and that the reader reads back exactly.

    #接龙
    4月18日晚餐
    【菜单】
      A. 红烧鲈鱼套餐（余12份）
    【接龙】
    1. 云朵｜3号楼502室｜A×2、D×1｜不要辣
    2. 641℃｜1200弄 5号楼2单元301室｜A×1｜｜取消
"""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping

from baogong.engine.chain.reading import Chain, Dish, Entry
from baogong.engine.chain.words import QUANTITY_MAX
from baogong.kernel.errors import BaogongError, Kind

BAR, BETWEEN, TIMES, CANCELLED, UNNUMBERED, NAMELESS = "｜", "、", "×", "取消", "·", "-"
MENU, ENTRIES = "【菜单】", "【接龙】"
_LINE = re.compile(
    rf"(?:(?P<no>\d{{1,4}})\.|{UNNUMBERED}) (?P<name>[^｜]*)｜(?P<place>[^｜]*)｜(?P<items>[^｜]+)"
    rf"(?:｜(?P<note>[^｜]*))?(?:｜(?P<cancelled>{CANCELLED}))?"
)
_PLACE = re.compile(
    r"(?:(?P<compound>.+) )?(?:(?P<building>[^ ]+?)号楼)?(?:(?P<unit>[^ ]+?)单元)?(?:(?P<room>[^ ]+?)室)?"
)
_ITEM = re.compile(rf"(?P<item>.*)×(?P<quantity>-?[1-9]\d{{0,{len(str(QUANTITY_MAX)) - 1}}})")
_DISH = re.compile(rf"  (?:(?P<code>[^\s.]{{1,12}})\.|{UNNUMBERED}) (?P<item>.+?)(?:（余(?P<left>\d{{1,6}})份）)?")


class UnwritableChain(BaogongError):
    """A name, a place or an item holds signs that the message is made of."""

    kind, code = Kind.UNUSABLE, "chain.unwritable"


class WrittenLine:
    """A line of the form above, read: the fields of an entry, in their order."""

    __slots__ = ("building", "compound", "is_withdrawn", "items", "name", "no", "note", "room", "unit")

    def __init__(self, found: re.Match[str], place: re.Match[str], items: list[tuple[str | None, int]]) -> None:
        self.no = int(found["no"]) if found["no"] else None
        self.name = found["name"]
        self.building, self.unit, self.room = (place[part] or "" for part in ("building", "unit", "room"))
        self.compound = place["compound"] or ""
        self.items = items
        self.note = found["note"] or ""
        self.is_withdrawn = bool(found["cancelled"])


def read_written(line: str, items_by_code: Mapping[str, str]) -> WrittenLine | None:
    """An entry of the form `write` gives it; None for any other line."""
    found = _LINE.fullmatch(line)
    if found is None:
        return None
    place = _PLACE.fullmatch(found["place"])
    items: list[tuple[str | None, int]] = []
    for part in found["items"].split(BETWEEN):
        item = _ITEM.fullmatch(part)
        if item is None:
            return None
        said = item["item"]
        items.append((items_by_code.get(said, said) or None, int(item["quantity"])))
    return WrittenLine(found, place, items) if place else None


def read_dish(line: str) -> Dish | None:
    """A dish between 【菜单】 and 【接龙】."""
    found = _DISH.fullmatch(line)
    if found is None:
        return None
    return Dish(found["code"] or "", found["item"], int(found["left"]) if found["left"] else None)


def written(chain: Chain) -> str:
    """The message, without the proof that it reads back."""
    lines = ["#接龙"]
    if chain.title:
        lines.append(chain.title)
    if chain.menu:
        lines.append(MENU)
        lines += [_dish(dish) for dish in chain.menu]
    lines.append(ENTRIES)
    codes = {dish.item: dish.code for dish in reversed(chain.menu) if dish.code}
    lines += [_entry(entry, codes) for entry in chain.entries]
    return "\n".join(lines) + "\n"


def _dish(dish: Dish) -> str:
    head = f"{dish.code}." if dish.code else UNNUMBERED
    return f"  {head} {dish.item}" + (f"（余{dish.left}份）" if dish.left is not None else "")


def _entry(entry: Entry, codes: Mapping[str, str]) -> str:
    head = UNNUMBERED if entry.no is None else f"{entry.no}."
    words = zip((entry.building, entry.unit, entry.room), ("号楼", "单元", "室"), strict=True)
    place = f"{entry.compound} " if entry.compound else ""
    place += "".join(f"{part}{word}" for part, word in words if part)
    items = BETWEEN.join(_ordered(each.item, each.quantity, codes) for each in entry.items)
    fields = [f"{head} {entry.name}", place, items]
    if entry.note or entry.withdrawn:
        fields.append(entry.note)
    if entry.withdrawn:
        fields.append(CANCELLED)
    return BAR.join(fields)


def _ordered(item: str | None, quantity: int, codes: Mapping[str, str]) -> str:
    return f"{codes.get(item, item) if item else ''}{TIMES}{quantity}"


def first_difference(chain: Chain, back: Iterable[Chain]) -> tuple[str, object] | None:
    """(where, what) of the first thing that another reading of the message has otherwise; None where they are the same."""
    read = list(back)
    if len(read) != 1:
        return "title", chain.title
    got = read[0]
    if got.title != chain.title:
        return "title", chain.title
    for index, dish in enumerate(chain.menu):
        if index >= len(got.menu) or got.menu[index] != dish:
            return f"menu.{index}", f"{dish.code} {dish.item}"
    for index, entry in enumerate(chain.entries):
        if index >= len(got.entries) or said(got.entries[index]) != said(entry):
            return f"entries.{index}", f"{entry.name} {entry.building} {entry.unit} {entry.room} {entry.note}"
    return (
        None
        if len(got.entries) == len(chain.entries) and len(got.menu) == len(chain.menu)
        else ("entries", len(got.entries))
    )


def said(entry: Entry) -> tuple[object, ...]:
    """What an entry says, without where it stood and how sure the reading is."""
    items = tuple((each.item, each.quantity) for each in entry.items)
    return (
        entry.no,
        entry.name,
        entry.building,
        entry.unit,
        entry.room,
        items,
        entry.note,
        entry.withdrawn,
        entry.compound,
    )
