"""Pack lists: one row for each thing in a pack. A kit goes in whole, or not at all."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from baogong.catalogue import queries as catalogue
from baogong.catalogue.queries import FoundStatus, ItemView
from baogong.engine.sheets.amounts import COUNT_MAX, GRAMS, Amount, parse_amount
from baogong.engine.sheets.kinds import LineOutcome, Status, refused
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.numbers import UnreadNumber, read_number
from baogong.engine.sheets.profiles import Column
from baogong.engine.sheets.rows import check_bound, need_text, split_list
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import derived_id
from baogong.supply.imports.columns import AMOUNT, ITEM, UNIT
from baogong.supply.models import Kit
from baogong.supply.services.kits import KitPart, check_kit, kit_code, kit_content, write_kit
from baogong.supply.sheets import Line, Reader

TOLERANCE_PERMILLE = 30
KIT_COLUMNS = (
    Column(
        "kit", "套餐", "kit", is_required=True, also=("套餐名称", "包名", "品种", "pack list", "kit name"),
        longest=longest(Kit, "name_zh"), help_zh="同一套餐的各行可以只写第一行", help_en="the rows below may leave it out",
    ),
    ITEM,
    AMOUNT,
    UNIT,
    Column(
        "substitutes", "可替换", "substitutes", also=("替换", "替代品", "可换"),
        help_zh="例：红薯、芋头 900克", help_en="for example: sweet potatoes; taro 900 g",
    ),
    Column("line_tolerance", "允差", "tolerance", also=("误差", "±"), help_zh="例：±5%", help_en="for example ±5%"),
    Column("makes", "成品", "makes", also=("成品名称", "包装成品")),
    Column("nominal", "整包重量", "pack weight", also=("标准重量", "每包重量", "净重")),
    Column("packaging", "包装重量", "packaging weight", also=("袋重", "皮重")),
    Column("note", "备注", "note"),
)  # fmt: skip


def classify_kits(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """One outcome a row. A kit with one row that cannot be read for certain is refused in all its rows."""
    reader = Reader("kits", table, KIT_COLUMNS, profile, now)
    read: list[tuple[str, Line | LineOutcome]] = []
    for row in table.rows:
        name = ""
        try:
            reader.check_lengths(row)
            begun = Line(row.where)
            name = reader.or_above(row, "kit", "the kit's name", line=begun).text
            read.append((name, _read_row(reader, row, name, begun)))
        except BaogongError as error:
            read.append((name, refused(row.where, error)))
    broken = {name for name, line in read if isinstance(line, LineOutcome)}
    kits: dict[str, list[Line]] = {}
    for name, line in read:
        if isinstance(line, Line):
            kits.setdefault(name, []).append(line)
    told: dict[str, LineOutcome | None] = {name: _whole(name, lines) for name, lines in kits.items()}
    return tuple(
        line if isinstance(line, LineOutcome) else _judged(line, name in broken, told[name]) for name, line in read
    )


def _read_row(reader: Reader, row: Row, name: str, line: Line) -> Line:
    cell = reader.heads.cell(row, "item")
    item = _certain(reader, cell, need_text(cell, "the goods' name"))
    amount = _base(reader, row, item, reader.amount(row).amount)
    line.payload |= {
        "kit": name,
        "item": str(item.id),
        "amount": amount,
        "tolerance_permille": _permille(reader.heads.cell(row, "line_tolerance"), 0),
        "substitutes": [
            [str(one.id), much] for one, much in _substitutes(reader, reader.heads.cell(row, "substitutes"), amount)
        ],
        "makes": None,
        "nominal_g": _grams(reader.heads.cell(row, "nominal")),
        "packaging_g": _grams(reader.heads.cell(row, "packaging")),
        "note": reader.text(row, "note"),
    }
    makes = reader.heads.cell(row, "makes")
    if makes.text:
        line.payload["makes"] = str(_certain(reader, makes, makes.text).id)
    elif (found := reader.items.find(name)).status is FoundStatus.EXACT and found.item and found.item.unit == "PACK":
        line.payload["makes"] = str(found.item.id)
    line.text = f"{name} · {item.name_zh} × {amount:,}"
    return line


def _certain(reader: Reader, cell: Cell, text: str) -> ItemView:
    """The item a text surely names: a kit is no place for guesses. Raises BadCell with what it may mean."""
    found = reader.items.find(text)
    if found.status is FoundStatus.EXACT and found.item is not None:
        return found.item
    likely = "、".join(candidate.item.name_zh for candidate in found.candidates)
    raise BadCell(
        f"The catalogue has no item “{text}”.",
        where=cell.where,
        found=text,
        expected=likely or "an item of the catalogue, by name, code or alias",
        cure="Write one of these names, or add the item to the catalogue.",
    )


def _base(reader: Reader, row: Row, item: ItemView, amount: Amount) -> int:
    cell = reader.heads.cell(row, "amount")
    unit = amount.unit or reader.text(row, "unit") or reader.heads.hints.get("amount", "")
    return _units(cell, item, amount, unit)


def _units(cell: Cell, item: ItemView, amount: Amount, unit: str) -> int:
    check_bound(cell, amount.number)
    try:
        base = catalogue.to_base_units(item, amount.number, unit)
    except BaogongError as error:
        raise BadCell(
            error.message, where=cell.where, found=error.found, expected=error.expected, cure=error.cure
        ) from error
    check_bound(cell, base.amount)
    doubts = [*amount.doubts, *(doubt for doubt in base.doubts if unit != "件")]
    if doubts or base.amount < 1:
        raise BadCell(
            f"Cell {cell.where} says “{cell.text}”: {'; '.join(doubts) or 'nothing'}.",
            where=cell.where,
            found=cell.text,
            expected="exactly how much of it goes into one pack",
            cure="Write the amount with its unit, for example 1公斤, 500克, 2个.",
        )
    return base.amount


def _substitutes(reader: Reader, cell: Cell, amount: int) -> list[tuple[ItemView, int]]:
    """Each with its own amount where one is written, else as much as of what it stands in for."""
    found = []
    for text in split_list(cell.text):
        try:
            written = parse_amount(text)
        except BaogongError:
            found.append((_certain(reader, cell, text), amount))
            continue
        item = _certain(reader, cell, written.item or text)
        found.append((item, _units(cell, item, written, written.unit)))
    return found


def _permille(cell: Cell, default: int) -> int:
    """±5% → 50. Raises BadCell."""
    text = cell.text.strip().lstrip("±＋+-－").rstrip("%％").strip()
    if not text:
        return default
    try:
        percent, doubts = read_number(text)
    except UnreadNumber:
        percent, doubts = Decimal(-1), ()
    if doubts or not 0 <= percent <= 50 or percent * 10 != int(percent * 10):
        raise BadCell(
            f"Cell {cell.where} says “{cell.text}”.",
            where=cell.where,
            found=cell.text,
            expected="a percentage from 0 to 50, for example ±5%",
            cure="Write how far one pack may differ, in percent.",
        )
    return int(percent * 10)


def _grams(cell: Cell) -> int:
    """A weight with its unit; 0 where the cell is empty. Raises BadCell."""
    if not cell.text:
        return 0
    return weight_in(cell)


def weight_in(cell: Cell, unit: str = "") -> int:
    """
    The weight a cell says, in grams: 5公斤, 10斤, 3斤2两, 21吨, 5.2kg; `unit` is the column's, for a bare number.

    Raises BadCell, also for a bare number where no unit is known.
    """
    try:
        amount = parse_amount(cell.text)
    except BaogongError as error:
        raise BadCell(
            error.message, where=cell.where, found=cell.text, expected="a weight with its unit", cure=error.cure
        ) from error
    each = GRAMS.get(amount.unit or unit.strip().casefold())
    grams = amount.number * each if each else Decimal(-1)
    if each is None or amount.item or amount.doubts or grams != int(grams):
        raise BadCell(
            f"Cell {cell.where} says “{cell.text}”, which is no weight for certain.",
            where=cell.where,
            found=cell.text,
            expected="a weight with its unit: 克, 两, 斤, 公斤, 吨, g, kg or t",
            cure="Write the number and its unit.",
        )
    check_bound(cell, grams, COUNT_MAX)
    return int(grams)


def _whole(name: str, lines: Sequence[Line]) -> LineOutcome | None:
    """None: this kit can be written; else the outcome all its rows have."""
    if (contradiction := _contradiction(lines)) is not None:
        return contradiction
    asked = _asked(lines)
    if asked["item"] is None:
        first = lines[0]
        return LineOutcome(
            first.where,
            Status.REFUSED,
            sure=0.0,
            found=name,
            expected="what the pack is, in the column 成品 (makes): an item counted in packs",
            cure="Write for example 蔬菜包.",
        )
    content = kit_content(
        code=kit_code(name),
        item=UUID(asked["item"]),
        parts=asked["parts"],
        nominal_g=asked["nominal_g"],
        packaging_g=asked["packaging_g"],
        tolerance_permille=TOLERANCE_PERMILLE,
    )
    latest = Kit.objects.filter(code=kit_code(name)).order_by("-version").first()
    if latest is not None and latest.content == content:
        return LineOutcome(lines[0].where, Status.UNCHANGED)
    try:
        _check(name, asked)
    except BaogongError as error:
        return refused(lines[0].where, error)
    return None


def _contradiction(lines: Sequence[Line]) -> LineOutcome | None:
    """What a pack is and weighs may stand in any of its rows, and must be the same wherever it does."""
    for key, column in (
        ("makes", "成品 (makes)"),
        ("nominal_g", "整包重量 (pack weight)"),
        ("packaging_g", "包装重量 (packaging weight)"),
    ):
        told = [line for line in lines if line.payload[key]]
        other = next((line for line in told if line.payload[key] != told[0].payload[key]), None)
        if other is not None:
            return LineOutcome(
                other.where,
                Status.REFUSED,
                sure=0.0,
                found=f"{column}: {told[0].where}, {other.where}",
                expected="the same in every row of a kit that says it",
                cure="Correct the other rows of this kit: a kit goes in whole or not at all.",
            )
    return None


def _check(name: str, asked: dict[str, Any]) -> None:
    check_kit(
        code=kit_code(name),
        name_zh=name,
        item=UUID(asked["item"]),
        parts=asked["parts"],
        nominal_g=asked["nominal_g"],
        tolerance_permille=TOLERANCE_PERMILLE,
    )


def _asked(lines: Sequence[Line]) -> dict[str, Any]:
    return _kit_of([line.payload for line in lines])


def _kit_of(payloads: Sequence[dict[str, Any]]) -> dict[str, Any]:
    """What the rows of one kit say together; a pack's weights stand in any of its rows."""
    return {
        "item": next((payload["makes"] for payload in payloads if payload["makes"]), None),
        "nominal_g": next((payload["nominal_g"] for payload in payloads if payload["nominal_g"]), 0),
        "packaging_g": next((payload["packaging_g"] for payload in payloads if payload["packaging_g"]), 0),
        "parts": [
            KitPart(
                UUID(payload["item"]),
                payload["amount"],
                payload["tolerance_permille"],
                tuple((UUID(item), amount) for item, amount in payload["substitutes"]),
            )
            for payload in payloads
        ],
    }


def _judged(line: Line, is_broken: bool, whole: LineOutcome | None) -> LineOutcome:
    if is_broken:
        return LineOutcome(
            line.where,
            Status.REFUSED,
            text=line.text,
            sure=0.0,
            found=line.text,
            expected="every row of its kit readable",
            cure="Correct the other rows of this kit: a kit goes in whole or not at all.",
        )
    if whole is None:
        return line.outcome()
    if whole.status is Status.UNCHANGED:
        return LineOutcome(line.where, Status.UNCHANGED, line.payload, line.text)
    return LineOutcome(
        line.where,
        Status.REFUSED,
        text=line.text,
        sure=0.0,
        found=whole.found,
        expected=whole.expected,
        cure=whole.cure,
    )


def apply_kits(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """One kit for the rows of one name, in the order of the list."""
    kits: dict[str, list[dict[str, Any]]] = {}
    for line in lines:
        if line.status.is_sound:
            kits.setdefault(line.payload["kit"], []).append(line.payload)
    for name, payloads in kits.items():
        asked = _kit_of(payloads)
        write_kit(
            name_zh=name,
            item=UUID(asked["item"]),
            parts=asked["parts"],
            nominal_g=asked["nominal_g"],
            packaging_g=asked["packaging_g"],
            tolerance_permille=TOLERANCE_PERMILLE,
            note="; ".join(dict.fromkeys(payload["note"] for payload in payloads if payload["note"])),
            actor=actor,
            now=now,
            request_id=derived_id("kit", document, name),
        )
