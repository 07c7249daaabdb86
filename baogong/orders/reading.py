"""Text and tables as people bring them, to lines of a basket: the engine's readers, the community's register, the menu."""

from __future__ import annotations

import re
import unicodedata
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from functools import cached_property

from baogong.engine import address as addresses
from baogong.engine import chain as chains
from baogong.engine.chain import SENTENCES, Dish, Entry, Menu, Reading, Register, Stretch, read
from baogong.engine.sheets.house_numbers import building_name, chinese_number, natural_key, room_name, unit_name
from baogong.engine.sheets.profiles import Column, Headers, load_profile, match_headers
from baogong.engine.sheets.tables import Cell, Row, Table
from baogong.orders.errors import PasteUnusable
from baogong.orders.models import ChainLine

Kind, State = ChainLine.Kind, ChainLine.State
# A line with one of these is not counted before a person has looked at it; other doubts are shown beside it.
ASKED = chains.ASKED | {
    "which-unit", "no-room", "other-household", "building-differs", "unit-differs", "room-differs", "second-address",
    "unread", "typo", "ambiguous", "floor-differs", "goods-left", "cell-flawed",
}  # fmt: skip
ASKED_OF_WITHDRAWN = chains.ASKED_OF_WITHDRAWN | {"cell-flawed"}
OWN_SENTENCES: dict[str, tuple[str, str]] = {
    "which-unit": ("The building has several units and the line does not say which. Ask.", "这栋楼有几个单元，没有写是哪个单元，请问清。"),
    "no-room": ("Says the building and no room. Ask for the door.", "只写了楼号，没有房号，请问清。"),
    "other-household": (
        "Address and fields name two doors: perhaps bought for another household. Ask which.", "地址和填写的门牌不一致，可能是代别家买的，请问清。",
    ),
    "building-differs": ("The building in its field is not the address's. Ask which.", "填写的楼号和地址里的不同，请问清是哪一栋。"),
    "unit-differs": ("The unit in its field is not the address's. Ask which.", "填写的单元和地址里的不同，请问清是哪个单元。"),
    "room-differs": ("The room in its field is not the address's. Ask which.", "填写的房号和地址里的不同，请问清是哪一户。"),
    "second-address": ("Two addresses are written that differ. Ask which.", "写了两个不同的地址，请问清是哪一个。"),
    "unread": ("A part of the address was not understood. Ask for the door.", "地址里有一部分没有读懂，请核对房号。"),
    "typo": ("A word or a digit of the door is mistyped; it was read as what looks or sounds like it. Check it.", "门牌里有错字，按形近或音近的字读了，请核对。"),
    "ambiguous": ("The door can be read in two ways. Ask which.", "门牌有两种读法，请问清。"),
    "floor-differs": ("The floor that is written is not the room's. Ask for the door.", "写的楼层和房号对不上，请核对房号。"),
    "goods-left": (
        "The cell of the goods says more than the item, and the quantity need not be that of both. Ask.", "商品栏里除了这一种还写了别的，数量不一定是它的，请问清。",
    ),
    "cell-flawed": (
        "A cell of this row is merged with others, or a formula without its result. Look into the list and ask.",
        "这一行有合并单元格，或公式没有结果，请对照原表，问清再算。",
    ),
    "vanished": ("Was in the earlier version and is not in the newer one. Ask whether it was withdrawn.", "上一版里有这一行，新版里没有了。请问清是否取消。"),
    "late": ("Was read after the deadline. Ask whether it was written in time.", "截单以后才读到，请问清是不是截单前接的。"),
    "taken-back-late": ("Was taken back after the deadline. Ask whether in time.", "截单以后才读到退掉，请问清是不是截单前退的。"),
    "place-of-name": ("The door is that of this name's other line.", "门牌取自同名的另一行。"),
}  # fmt: skip
# What the address's reader says besides and nobody has to ask about.
TOLD = ("glued", "room-from-floor", "field-misplaced", "off-pattern")
WORDS = SENTENCES | {code: addresses.DOUBTS[code] for code in TOLD} | OWN_SENTENCES
_DOOR = (
    "Put the right door in and count it; where the register lacks it, say that the door is right.",
    "把楼号、单元、房号改对再登记；名册里确实没有的，勾选“门牌无误”。",
)
_QUANTITY = ("Put the packs of each item in and count it.", "把每一种的份数改对再登记。")
_TAKEN_BACK = (
    "If it was taken back, say that it was withdrawn; else put the packs in and count it.", "不要了就按“已取消”；还要就把份数改对再登记。",
)  # fmt: skip
_PERHAPS = (
    "If it is an order, put door and packs in and count it; else leave it out.", "是订单就补上门牌和份数再登记；不是就按“不是订单，不算”。",
)  # fmt: skip
# What to do about a line that waits, by why it does.
TO_DO: dict[str, tuple[str, str]] = {
    **dict.fromkeys(
        (
            "unknown-place", "no-place", "place-by-guess", "which-unit", "no-room", "other-household", "building-differs",
            "unit-differs", "room-differs", "second-address", "unread", "typo", "ambiguous", "floor-differs",
            "other-lane",
        ),
        _DOOR,
    ),
    **dict.fromkeys(
        ("which-item", "not-on-menu", "total-differs", "dash", "pairing", "range", "number-not-read", "goods-left", "total-replaces"),
        _QUANTITY,
    ),
    **dict.fromkeys(("nothing-to-withdraw", "not-wanted", "words-beside", "vanished"), _TAKEN_BACK),
    **dict.fromkeys(("remark", "empty-number"), _PERHAPS),
    "said-again": ("If it is wanted twice, count it; else leave it out as said twice.", "真要两遍就登记；重复的按“不是订单，不算”，写明重复。"),
    "other-day": (
        "If that day is wanted too, count all of the chain's lines together; else leave them out.",
        "这一天的也要，就把这个接龙的几行一起登记；不要就一起按“不是订单，不算”。",
    ),
    "late": (
        "If it was written in time, count it; else leave it out with the reason.", "截单前接的就登记；截单后才接的按“不是订单，不算”，写明理由。",
    ),
    "taken-back-late": (
        "If it was taken back in time, say that it was withdrawn; else count it.", "截单前退的就按“已取消”；截单后才退的照样登记。",
    ),
    "cell-flawed": ("Look the cell up in the list, put in what it says and count it.", "对照原表里的这一格，改对再登记。"),
}  # fmt: skip
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
_PACKS = re.compile(
    r"0*([1-9][0-9]{0,3})(?:\.0+)? ?份?|([一二两三四五六七八九]|[二三四五六七八九]?十[一二三四五六七八九]?) ?份?"
)
"""What says so many packs and nothing else: 2, 2份, 两份; 2斤 and 一二 could be something else."""
# Whose column each doubt of a row is about, the likeliest first; all others are the goods'.
_ABOUT: dict[str, tuple[str, ...]] = {
    "building-unknown": ("house", "where_to", "door"),
    "unit-unknown": ("stair", "where_to", "door"),
    "room-unknown": ("door", "where_to", "house"),
    "no-place": ("house", "where_to", "door"),
    "which-unit": ("stair", "where_to", "house"),
    "no-room": ("door", "where_to", "house"),
    "other-household": ("house",),
    "building-differs": ("house",),
    "unit-differs": ("stair",),
    "room-differs": ("door",),
    "field-misplaced": ("house",),
    **dict.fromkeys(
        ("second-address", "unread", "ambiguous", "floor-differs", "glued", "room-from-floor", "off-pattern"),
        ("where_to", "door", "house"),
    ),
}
_WANTED = ("no-place", "which-unit", "no-room")  # what is to be filled in: an empty cell is the one
_ASIDE = re.compile(r"[(（\[【][^()（）\[\]【】]*[)）\]】]")
WHERE_MAX = 40
_BAR = str.maketrans({"｜": "/", "|": "/", "\n": " ", "\r": " ", "\t": " "})


@dataclass(frozen=True, slots=True)
class LineRead:
    """
    A stretch of a text; `items` are (code of the basket's item, packs).

    where  the cell of a table; in a text of several chains the title of its own
    """

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
    text = ""
    rows: list[_RowSaid] = []
    starts: list[int] = []
    for row in table.rows:
        starts.append(len(text))
        rows.append(_row_line(row, heads, profile, doors, menu))
        text += f"{rows[-1].line}\n"

    def row_of(line: LineRead) -> _RowSaid:
        return rows[bisect_right(starts, line.start) - 1]

    def doubted(line: LineRead) -> LineRead:
        return replace(line, doubts=tuple(dict.fromkeys((*line.doubts, *row_of(line).doubts))))

    lines = _lines(read(text, register=doors.chain, menu=menu), doors, menu, doubted)
    return text, tuple(replace(line, where=row_of(line).where(line, doors)) for line in lines)


@dataclass(frozen=True, slots=True)
class _RowSaid:
    """A row as the line of a chain; its cells by their columns; what is doubtful besides, each with its cell."""

    line: str
    cells: Mapping[str, Cell]
    doubts: Mapping[str, str]

    def where(self, line: LineRead, doors: Doors) -> str:
        """The cell to look at: of what the line waits for, else of the goods."""
        if line.why in self.doubts:
            return self.doubts[line.why]
        why = line.why
        if why == "unknown-place":
            is_known = doors.knows_building(line.building)
            has_unit = is_known and doors.knows(line.building, line.unit, "")
            why = "room-unknown" if has_unit else "unit-unknown" if is_known else "building-unknown"
        return _cell_about(why, self.cells)


def _cell_about(why: str, cells: Mapping[str, Cell]) -> str:
    asked = [cells[key] for key in _ABOUT.get(why, ()) if key in cells]
    if why not in _WANTED:
        asked = [cell for cell in asked if cell.text] or asked
    return asked[0].where if asked else cells["goods"].where


def _row_line(row: Row, heads: Headers, profile: str, doors: Doors, menu: Menu) -> _RowSaid:
    cells = {key: row.cells[index] for key, index in heads.by_key.items()}
    said = {key: cell.text.translate(_BAR).strip() for key, cell in cells.items()}
    facts = load_profile(profile)
    place = addresses.read_typed(
        said.get("where_to", ""),
        addresses.Typed(building=said.get("house", ""), unit=said.get("stair", ""), room=said.get("door", "")),
        doors.address,
    )
    number = re.sub(r"\D", "", said.get("order_no", ""))[-4:]
    words = "".join(f"{part}{word}" for part, word in zip(place.place, ("号楼", "单元", "室"), strict=True) if part)
    goods = _goods(said["goods"], said.get("packs"), menu)
    note = " ".join(filter(None, (goods.note, said.get("said", ""))))
    if any(word in said.get("order_state", "") for word in facts["paid"]):
        note = f"{note} 已付".strip()
    fields = [
        f"{int(number)}. {said.get('orderer', '')}" if number else f"· {said.get('orderer', '')}",
        words,
        goods.words,
    ]
    is_over = any(word in said.get("order_state", "") for word in facts["ended"])
    if note or is_over:
        fields.append(note)
    if is_over:
        fields.append("取消")
    doubts = {code: cells[key].where for code, key in goods.doubts}
    for flag in place.flags:
        is_told = "other-household" in place.flags and flag in ("building-differs", "room-differs")
        if (flag in ASKED or flag in TOLD) and flag not in ("no-room", "typo") and not is_told:
            doubts.setdefault(flag, _cell_about(flag, cells))
    if "typo" in place.flags:
        doubts.setdefault("typo", _mistyped(said, cells, doors))
    if flawed := [cell for cell in cells.values() if cell.flaw]:
        doubts["cell-flawed"] = flawed[0].where
    return _RowSaid("｜".join(fields), cells, doubts)


def _mistyped(said: Mapping[str, str], cells: Mapping[str, Cell], doors: Doors) -> str:
    """The first cell of the place in which something is mistyped."""
    alone = {
        "house": addresses.Typed(building=said.get("house", "")),
        "stair": addresses.Typed(unit=said.get("stair", "")),
        "door": addresses.Typed(room=said.get("door", "")),
    }
    for key, typed in alone.items():
        if key in cells and "typo" in addresses.read_typed("", typed, doors.address).flags:
            return cells[key].where
    return _cell_about("unread", cells)


@dataclass(frozen=True, slots=True)
class _Goods:
    """Items with their packs as a line of a chain writes them, what else the cell says, and what is doubtful."""

    words: str
    note: str
    doubts: tuple[tuple[str, str], ...]  # (code, column)


def _goods(goods: str, packs: str | None, menu: Menu) -> _Goods:
    """One item with its packs beside it, or several in one cell; as they stand where they are not understood."""
    count = _packs(packs) if packs is not None else None
    doubts = [("number-not-read", "packs")] if packs is not None and count is None else []
    entries = [
        entry for chain in read(f"#接龙\n1. 某某 1号楼101室 {goods}", menu=menu).chains for entry in chain.entries
    ]
    items = [item for entry in entries for item in entry.items if item.item]
    if not items:
        if not goods:
            doubts.append(("which-item", "goods"))
        as_it_stands = goods.translate({ord("×"): "x", ord("、"): " "})
        return _Goods(f"{as_it_stands}×{count or 1}", "", tuple(doubts))
    doubts = [(doubt, "goods") for entry in entries for doubt in entry.doubts] + doubts
    if any(entry.withdrawn for entry in entries):
        doubts.append(("nothing-to-withdraw", "goods"))
    if len(entries) > 1:
        doubts.append(("pairing", "goods"))
    note = " ".join(entry.note for entry in entries if entry.note)
    if packs is not None and any(word in _ASIDE.sub(" ", goods) for word in note.strip("/份").split()):
        doubts.append(("goods-left", "goods"))
    if len(items) == 1 and items[0].quantity == 1 and count is not None:
        return _Goods(f"{items[0].item}×{count}", note, tuple(doubts))
    if count is not None and sum(item.quantity for item in items) != count:
        doubts.append(("total-differs", "packs"))
    return _Goods("、".join(f"{item.item}×{item.quantity}" for item in items), note, tuple(doubts))


def _packs(said: str) -> int | None:
    """A positive whole number of packs; None where it is not certain to be one."""
    found = _PACKS.fullmatch(unicodedata.normalize("NFKC", said).strip())
    if found is None:
        return None
    return int(found[1]) if found[1] else chinese_number(found[2])


def _lines(
    reading: Reading, doors: Doors, menu: Menu, doubted: Callable[[LineRead], LineRead] | None = None
) -> tuple[LineRead, ...]:
    """`doubted` adds what the row of a table leaves open; a row without a door is nobody else's."""
    is_one = len(reading.chains) == 1
    lines = [
        _entry(entry, doors, menu, "" if is_one else chain.title) for chain in reading.chains for entry in chain.entries
    ]
    lines = [*map(doubted, lines)] if doubted else _one_door_a_name(lines)
    lines += [_stretch(one, Kind.UNREAD, State.WAITING) for one in reading.unread]
    lines += [_stretch(one, Kind.SKIPPED, State.SKIPPED) for one in reading.ignored]
    return tuple(sorted(map(_asked, lines), key=lambda line: (line.start, line.end)))


def _stretch(one: Stretch, kind: str, state: str) -> LineRead:
    return LineRead(kind, state, one.start, one.end, why=one.why, suggestion=to_do(one.why))


def _entry(entry: Entry, doors: Doors, menu: Menu, where: str) -> LineRead:
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
    if not (entry.building or entry.unit or entry.room):
        doubts = [one for one in doubts if one != "unknown-place"]
    return LineRead(
        Kind.ENTRY,
        State.WITHDRAWN if entry.withdrawn else State.COUNTED,
        entry.start,
        entry.end,
        where=where[:WHERE_MAX],
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
        return replace(line, state=State.WAITING, why=asked[0], suggestion=to_do(asked[0]))
    if line.state == State.WITHDRAWN and (asked := [one for one in line.doubts if one in ASKED_OF_WITHDRAWN]):
        return replace(line, state=State.WAITING, why=asked[0], suggestion=to_do(asked[0]))
    return line


def to_do(why: str) -> str:
    """In the house's first language, as a line keeps it."""
    return TO_DO.get(why, ("", ""))[1]


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
    "ASKED", "COLUMNS", "PROFILES", "TO_DO", "WORDS", "Doors", "LineRead", "door_order", "floor_of", "menu_of",
    "place_typed", "read_chat", "read_export", "to_do",
]  # fmt: skip
