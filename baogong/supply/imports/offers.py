"""Price lists of factories and shops: one offer a line."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from baogong.engine.sheets.amounts import COUNT_MAX, parse_amount
from baogong.engine.sheets.kinds import LineOutcome, Status
from baogong.engine.sheets.profiles import Column
from baogong.engine.sheets.rows import check_bound
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import derived_id
from baogong.kernel.money import fen_from_yuan
from baogong.supply.imports.columns import AMOUNT, CARTON, ITEM, NOTE, PAPERS, SPEC, STANDARD, UNIT
from baogong.supply.imports.rows import each_row, known_keys, remember
from baogong.supply.services.offers import ForSale, note_offer
from baogong.supply.sheets import Line, Reader, counted_again, settled

DAY_S = 86_400
OFFER_COLUMNS = (
    Column(
        "supplier", "供应商", "supplier", is_required=True, also=("厂家", "厂商", "商家", "店铺", "vendor", "factory")
    ),
    ITEM,
    Column(
        "price",
        "单价",
        "unit price",
        is_required=True,
        also=("单价（元）", "单价(元)", "价格", "报价", "price", "yuan"),
        help_zh="元，按“单位”一栏所写的单位",
        help_en="yuan for one of the unit named beside the amount",
    ),
    AMOUNT,
    UNIT,
    SPEC,
    CARTON,
    STANDARD,
    Column("least", "起订量", "smallest order", also=("最小起订量", "moq", "minimum order")),
    Column("lead_days", "交期天数", "days to arrival", also=("交期", "到货天数", "lead days", "delivery days")),
    Column("valid_until", "报价有效期", "stands until", also=("有效至", "valid until")),
    PAPERS,
    NOTE,
)


def classify_offers(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """One outcome a row. A price a power of ten from another of the same list and item waits for a person."""
    reader = Reader("offers", table, OFFER_COLUMNS, profile, now)
    lines = list(each_row(reader, _read))
    known = known_keys(lines)
    _doubt_powers_of_ten([line for line in lines if isinstance(line, Line)])
    return tuple(
        line
        if not isinstance(line, Line)
        else LineOutcome(line.where, Status.UNCHANGED, line.payload, line.text)
        if line.payload["key"] in known
        else line.outcome()
        for line in lines
    )


def _read(reader: Reader, row: Row) -> Line | None:
    line = Line(row.where)
    supplier = reader.or_above(row, "supplier", "who sells it", line=line)
    reader.goods(line, row)
    if line.payload.get("amount") == 0:
        return None
    reader.find_party(line, "supplier", supplier, kinds=["ORGANISATION"], may_be_new=False)
    valid_until = reader.moment(row, "valid_until", line=line)
    lead_days = _number(reader, row, "lead_days")
    check_bound(reader.heads.cell(row, "lead_days"), lead_days, COUNT_MAX // DAY_S)
    line.payload |= {
        "item_text": reader.text(row, "item"),
        "price_fen": _price_fen(reader, row),
        "least": _number(reader, row, "least"),
        "lead_days": lead_days,
        "valid_until": valid_until.isoformat() if valid_until else None,
        "papers": reader.text(row, "papers"),
        "note": reader.text(row, "note"),
    }
    if line.payload.get("amount") is not None:
        _goods(line.payload, where=reader.heads.cell(row, "price").where)  # refused here rather than when it is applied
    key, before = reader.key(
        supplier.text,
        *(line.payload.get(name) for name in ("item_text", "number", "unit", "spec", "price_fen", "valid_until")),
    )
    line.payload["key"] = str(key)
    if before:
        line.doubts.append("the same row stands above")
    line.text = f"{supplier.text} · {line.payload['item_text']} ¥{line.payload['price_fen'] / 100:.2f}"
    return line


def _number(reader: Reader, row: Row, key: str) -> int:
    """0 where the cell is empty. Raises BadCell."""
    cell = reader.heads.cell(row, key)
    if not reader.text(row, key) or cell.text.strip() == "0":
        return 0
    return reader.whole(row, key) or 0


def _price_fen(reader: Reader, row: Row) -> int:
    cell = reader.heads.cell(row, "price")
    text = reader.text(row, "price").lstrip("¥￥").removesuffix("元").strip()
    try:
        fen = fen_from_yuan(parse_amount(text).number)
    except (BaogongError, ValueError):
        fen = 0
    check_bound(cell, fen)
    if fen <= 0:
        raise BadCell(
            f"Cell {cell.where} says “{cell.text}”, which is no price.",
            where=cell.where,
            found=cell.text,
            expected="yuan above 0, at most two places behind the point",
            cure="Write for example 125.50; a price below a fen for each unit is written for the carton.",
        )
    return fen


def _doubt_powers_of_ten(lines: Sequence[Line]) -> None:
    """Two prices of one item and unit ten times apart: one of the two was mistyped, and nobody guesses which."""
    seen: dict[tuple[Any, ...], list[Line]] = {}
    for line in lines:
        place = (line.payload.get("item") or line.payload["item_text"], line.payload["unit"], line.payload["spec"])
        for other in seen.get(place, ()):
            low, high = sorted((line.payload["price_fen"], other.payload["price_fen"]))
            if high >= 8 * low:
                doubt = f"¥{low / 100:.2f} and ¥{high / 100:.2f} for the same goods"
                for each in (line, other):
                    if doubt not in each.doubts:
                        each.doubts.append(doubt)
        seen.setdefault(place, []).append(line)


def _goods(payload: dict[str, Any], *, where: str = "") -> ForSale:
    """The price is of the unit in which the amount was counted: so many base units cost so many fen."""
    number, amount = Decimal(payload["number"]), int(payload["amount"])
    per_unit = amount / number if number else Decimal(1)
    if per_unit != int(per_unit):
        raise BadCell(
            "The amount is no whole number of what the price is for.",
            where=where,
            found=f"{payload['number']} {payload['unit']}",
            expected="whole units",
            cure="Write how many there are of the unit the price is for.",
        )
    sold_by = int(per_unit)
    carton = int(payload.get("pieces_per_carton") or sold_by)
    if sold_by < carton and carton % sold_by == 0 and amount >= carton:
        times = carton // sold_by  # priced by the piece, sold by the carton
    else:
        times, carton = 1, sold_by
    carton_fen = payload["price_fen"] * times
    check_bound(Cell(f"{payload['number']} {payload['unit']}".strip(), where), amount // carton, COUNT_MAX)
    check_bound(Cell(str(payload["price_fen"]), where), carton_fen)
    if carton_fen < carton:
        raise BadCell(
            "A unit would cost less than a fen.",
            where=where,
            found=f"{carton_fen} fen for {carton}",
            expected="at least a fen for each unit",
            cure="Check price and unit; what costs nothing is a gift.",
        )
    least = -(-payload["least"] * sold_by // carton)
    return ForSale(
        item=UUID(payload["item"]) if payload.get("item") else UUID(int=0),
        carton_fen=carton_fen,
        cartons_max=amount // carton,
        pieces_per_carton=carton,
        cartons_min=min(least, amount // carton),
        lead_s=payload["lead_days"] * DAY_S,
        standard=payload["standard"],
        valid_until=datetime.fromisoformat(payload["valid_until"]) if payload["valid_until"] else None,
        papers=payload["papers"],
        note=payload["note"],
    )


def apply_offers(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """One offer a line."""
    for line in lines:
        if line.status.is_sound:
            payload = counted_again(settled(line.payload))
            if not payload.get("supplier"):
                raise BadCell(
                    "The line names a supplier no register knows; nothing was changed.",
                    where=line.where,
                    expected="a registered organisation",
                    cure="Register the supplier first, then choose it for this line.",
                )
            offer = note_offer(
                supplier=UUID(payload["supplier"]),
                goods=_goods(payload),
                actor=actor,
                now=now,
                request_id=derived_id("offer", payload["key"]),
            )
            remember("offers", [payload["key"]], offer, now)
