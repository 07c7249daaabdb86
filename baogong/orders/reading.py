"""Text and tables as people bring them, to lines of a basket: the engine's readers, the community's register, the menu."""

from __future__ import annotations

import re
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from baogong.engine import address as addresses
from baogong.engine.chain import SENTENCES, Dish, Entry, Menu, Reading, Register, Stretch, read
from baogong.engine.sheets.house_numbers import building_name, natural_key, room_name, unit_name
from baogong.engine.sheets.profiles import Column, Headers, load_profile, match_headers
from baogong.engine.sheets.tables import Row, Table
from baogong.orders.errors import PasteUnusable
from baogong.orders.models import ChainLine

Kind, State = ChainLine.Kind, ChainLine.State
# A line with one of these is not counted before a person has looked at it; other doubts are shown beside it.
ASKED = frozenset({
    "nothing-to-withdraw", "which-item", "not-on-menu", "unknown-place", "no-place", "place-by-guess", "total-differs",
    "dash", "pairing", "range", "not-wanted", "number-not-read", "which-unit", "no-room",
    "other-household",
})  # fmt: skip
ASKED_OF_WITHDRAWN = frozenset({"nothing-to-withdraw", "not-wanted"})
OWN_SENTENCES: dict[str, tuple[str, str]] = {
    "which-unit": ("The building has several units and the line does not say which. Ask.", "这栋楼有几个单元，没有写是哪个单元，请问清。"),
    "no-room": ("Says the building and no room. Ask for the door.", "只写了楼号，没有房号，请问清。"),
    "other-household": (
        "Address and fields name two doors: perhaps bought for another household. Ask which.", "地址和填写的门牌不一致，可能是代别家买的，请问清。",
    ),
    "vanished": ("Was in the earlier version and is not in the newer one. Ask whether it was withdrawn.", "上一版里有这一行，新版里没有了。请问清是否取消。"),
    "place-of-name": ("The door is that of this name's other line.", "门牌取自同名的另一行。"),
}  # fmt: skip
WORDS = SENTENCES | OWN_SENTENCES
COLUMNS = (
    Column("order_no", "跟团号", "Order no."),
    Column("orderer", "昵称", "Name"),
    Column("goods", "商品", "Goods", is_required=True),
    Column("packs", "数量", "Packs"),
    Column("house", "楼号", "Building"),
    Column("stair", "单元", "Unit"),
    Column("door", "房号", "Room"),
    Column("where_to", "地址", "Address"),
    Column("said", "备注", "Note"),
    Column("order_state", "订单状态", "State"),
)
PROFILES = ("kuaituantuan", "qunjielong")
_BAR = str.maketrans({"｜": "/", "|": "/", "\n": " ", "\r": " ", "\t": " "})


@dataclass(frozen=True, slots=True)
class LineRead:
    """A stretch of a text; `items` are (code of the basket's item, packs)."""

    kind: str
    state: str
    start: int
    end: int
    where: str = ""
    why: str = ""
    suggestion: str = ""
    no: int | None = None
    name: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""
    items: tuple[tuple[str, int], ...] = ()
    note: str = ""
    is_paid: bool = False
    doubts: tuple[str, ...] = ()

    @property
    def place(self) -> tuple[str, str, str]:
        return self.building, self.unit, self.room


class Doors:
    """The community's register for both readers: one list of (building, unit, room)."""

    def __init__(self, rows: Sequence[tuple[str, str, str]]) -> None:
        self.rows = tuple(rows)
        self.chain = Register(self.rows)
        self.address = addresses.Register(self.rows)

    @cached_property
    def _units(self) -> Mapping[str, tuple[str, ...]]:
        found: defaultdict[str, dict[str, None]] = defaultdict(dict)
        for building, unit, _ in self.rows:
            found[building_name(building)][unit_name(unit) if unit else ""] = None
        return {building: tuple(units) for building, units in found.items()}

    def knows_building(self, building: str) -> bool:
        return not self.rows or building in self._units

    def knows(self, building: str, unit: str, room: str) -> bool:
        """Whether somebody may live there; without a register anybody may anywhere."""
        if not self.rows:
            return True
        if building not in self._units or (unit and unit not in self._units[building]):
            return False
        if not room or not self.address.lists_rooms(building):
            return True
        has_room = self.address.room(building, unit, room) is not None
        return has_room or any(
            not listed for house, stair, listed in self.rows
            if building_name(house) == building and (not unit or unit_name(stair) == unit)
        )  # fmt: skip

    def unit_of(self, building: str, room: str) -> str | None:
        """The only unit it can be; "" where the building has none; None where there are several."""
        units = self._units.get(building, ("",))
        if len(units) == 1:
            return units[0]
        found = self.address.units_with(building, room) if room else []
        return found[0] if len(found) == 1 else None


def read_chat(text: str, doors: Doors, menu: Menu) -> tuple[LineRead, ...]:
    """Every stretch of a paste, in its order."""
    return _lines(read(text, register=doors.chain, menu=menu), doors, menu)


def read_export(table: Table, profile: str, doors: Doors, menu: Menu) -> tuple[str, tuple[LineRead, ...]]:
    """
    The rows of an exported table as the chain that says the same, and its lines; each names its cell.

    Raises PasteUnusable where a column is missing that an order needs.
    """
    heads = match_headers(table, COLUMNS, profile)
    if heads.missing or not ({"where_to", "door", "house"} & heads.by_key.keys()):
        raise PasteUnusable(
            f"{table.name} has no column that says {'what is ordered' if heads.missing else 'who lives where'}. "
            "Nothing was read.",
            where=table.columns[0].where if table.columns else table.name,
            found=", ".join(cell.text for cell in table.columns if cell.text),
            expected=", ".join(column.title_zh for column in COLUMNS),
            cure="Export the orders with their goods and addresses, or choose the other profile.",
        )
    texts: list[str] = []
    of_row: dict[
        int, tuple[str, bool]
    ] = {}  # where its line starts → its cell, and whether it may be another household's
    at = 0
    for row in table.rows:
        line, is_doubtful = _row_line(row, heads, profile, doors, menu)
        of_row[at] = row.cells[heads.by_key["goods"]].where or row.where, is_doubtful
        texts.append(line)
        at += len(line) + 1
    text = "".join(f"{line}\n" for line in texts)
    lines = []
    for one in read_chat(text, doors, menu):
        cell, is_doubtful = of_row.get(one.start, ("", False))
        doubts = (*one.doubts, "other-household") if is_doubtful and one.kind == Kind.ENTRY else one.doubts
        lines.append(_asked(replace(one, where=cell, doubts=doubts)))
    return text, tuple(lines)


def _row_line(row: Row, heads: Headers, profile: str, doors: Doors, menu: Menu) -> tuple[str, bool]:
    said = {key: row.cells[index].text.translate(_BAR).strip() for key, index in heads.by_key.items()}
    facts = load_profile(profile)
    place = addresses.read_typed(
        said.get("where_to", ""),
        addresses.Typed(building=said.get("house", ""), unit=said.get("stair", ""), room=said.get("door", "")),
        doors.address,
    )
    number = re.sub(r"\D", "", said.get("order_no", ""))[-4:]
    words = "".join(f"{part}{word}" for part, word in zip(place.place, ("号楼", "单元", "室"), strict=True) if part)
    note = said.get("said", "")
    if any(word in said.get("order_state", "") for word in facts["paid"]):
        note = f"{note} 已付".strip()
    fields = [
        f"{int(number)}. {said.get('orderer', '')}" if number else f"· {said.get('orderer', '')}",
        words,
        _goods(said["goods"], said.get("packs", ""), menu),
    ]
    is_over = any(word in said.get("order_state", "") for word in facts["ended"])
    if note or is_over:
        fields.append(note)
    if is_over:
        fields.append("取消")
    return "｜".join(fields), "other-household" in place.flags


def _goods(goods: str, packs: str, menu: Menu) -> str:
    """One item with its packs beside it, or several in one cell; as they stand where they are not understood."""
    count = int(packs) if packs.isdigit() and int(packs) > 0 else None
    entries = [
        entry for chain in read(f"#接龙\n1. 某某 1号楼101室 {goods}", menu=menu).chains for entry in chain.entries
    ]
    items = [item for entry in entries for item in entry.items if item.item]
    if len(items) == 1 and count is not None:
        return f"{items[0].item}×{count}"
    if items and not (count is not None and sum(item.quantity for item in items) != count):
        return "、".join(f"{item.item}×{item.quantity}" for item in items)
    return f"{goods.translate({ord('×'): 'x', ord('、'): ' '})}×{count or 1}"


def _lines(reading: Reading, doors: Doors, menu: Menu) -> tuple[LineRead, ...]:
    entries = [entry for chain in reading.chains for entry in chain.entries]
    lines = _one_door_a_name([_entry(entry, doors, menu) for entry in entries])
    lines += [_stretch(one, Kind.UNREAD, State.WAITING) for one in reading.unread]
    lines += [_stretch(one, Kind.SKIPPED, State.SKIPPED) for one in reading.ignored]
    return tuple(sorted(map(_asked, lines), key=lambda line: (line.start, line.end)))


def _stretch(one: Stretch, kind: str, state: str) -> LineRead:
    return LineRead(kind, state, one.start, one.end, why=one.why, suggestion=one.suggestion[:300])


def _entry(entry: Entry, doors: Doors, menu: Menu) -> LineRead:
    only = menu.dishes[0].item if len(menu.dishes) == 1 else None
    codes = {dish.item: dish.code for dish in menu.dishes}
    items = tuple((codes.get(one.item or only or "", ""), one.quantity) for one in entry.items)
    doubts = list(entry.doubts)
    if any(not code for code, _ in items) and not {"which-item", "not-on-menu"} & set(doubts):
        doubts.append("which-item" if any(one.item is None for one in entry.items) else "not-on-menu")
    unit = entry.unit
    if entry.building and not unit:
        only_unit = doors.unit_of(entry.building, entry.room)
        if only_unit is None:
            doubts.append("which-unit")
        unit = only_unit or ""
    if entry.building and not entry.room:
        doubts.append("no-room")
    if not entry.building and "no-place" not in doubts:
        doubts.append("no-place")
    return LineRead(
        Kind.ENTRY,
        State.WITHDRAWN if entry.withdrawn else State.COUNTED,
        entry.start,
        entry.end,
        no=entry.no,
        name=entry.name[:80],
        building=entry.building[:40],
        unit=unit[:20],
        room=entry.room[:20],
        items=items,
        note=entry.note[:300],
        is_paid=entry.paid,
        doubts=tuple(doubts),
    )


def _one_door_a_name(lines: list[LineRead]) -> list[LineRead]:
    """A line without a door, of a name that has exactly one in its other lines, is of that door: 张三 +1."""
    doors: defaultdict[str, set[tuple[str, str, str]]] = defaultdict(set)
    for line in lines:
        if line.name and line.building and line.room and not ASKED & set(line.doubts):
            doors[line.name].add(line.place)
    found = []
    for line in lines:
        own = doors.get(line.name, set())
        if not line.building and not line.room and len(own) == 1:
            (place,) = own
            doubts = tuple(one for one in line.doubts if one != "no-place")
            line = replace(line, building=place[0], unit=place[1], room=place[2], doubts=(*doubts, "place-of-name"))
        found.append(line)
    return found


def _asked(line: LineRead) -> LineRead:
    if line.state == State.COUNTED and (asked := [one for one in line.doubts if one in ASKED]):
        return replace(line, state=State.WAITING, why=asked[0])
    if line.state == State.WITHDRAWN and (asked := [one for one in line.doubts if one in ASKED_OF_WITHDRAWN]):
        return replace(line, state=State.WAITING, why=asked[0])
    return line


def menu_of(items: Iterable[tuple[str, str]]) -> Menu:
    """(code, name) of a basket's items."""
    return Menu(Dish(code, name) for code, name in items)


def place_typed(building: str, unit: str, room: str) -> tuple[str, str, str]:
    """As the register writes them: 5号楼 → 5."""
    return (
        building_name(building)[:40] if building.strip() else "",
        unit_name(unit)[:20] if unit.strip() else "",
        room_name(room)[:20] if room.strip() else "",
    )


def door_order(building: str, unit: str, room: str) -> str:
    """What sorts doors as people count them; floors follow from the rooms."""
    return "|".join(natural_key(part) for part in (building, unit, room.zfill(6) if room.isdigit() else room))[:160]


def floor_of(room: str) -> str:
    """Of a room of three or four digits all but the last two; "" of any other."""
    return room[:-2] if room.isdigit() and len(room) in (3, 4) else ""


__all__ = [
    "ASKED", "COLUMNS", "PROFILES", "WORDS", "Doors", "LineRead", "door_order", "floor_of", "menu_of", "place_typed",
    "read_chat", "read_export",
]  # fmt: skip
