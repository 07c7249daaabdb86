"""The list of items: reading it, previewing it, writing it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from django.utils.text import slugify

from baogong.catalogue import queries, services
from baogong.catalogue.barcodes import read_barcode
from baogong.catalogue.models import Gtin, Item, ItemAlias
from baogong.engine.sheets.amounts import COUNT_MAX
from baogong.engine.sheets.items import fold_item
from baogong.engine.sheets.kinds import Candidate, ImportKind, LineOutcome, Status, line_by_line, register_kind
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.profiles import Column, Headers, load_profile, match_headers
from baogong.engine.sheets.rows import (
    check_length,
    check_lengths,
    choice_of,
    need_columns,
    need_text,
    number_of,
    sound_text,
    split_list,
)
from baogong.engine.sheets.standards import StandardRef, read_standards
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError

COLUMNS = (
    Column("item", "名称", "item", is_required=True, also=("物资名称", "name"), longest=longest(Item, "name_zh"), help_zh="中文名", help_en="its name"),
    Column("code", "编码", "code", longest=longest(Item, "code"), help_zh="小写字母、数字、连字符；空白则自动", help_en="small letters, digits, hyphens; made from the name where blank"),
    Column("name_en", "英文名", "name_en", longest=longest(Item, "name_en")),
    Column("unit", "基本单位", "unit", help_zh="只、套、双、瓶、份；账上按它记整数", help_en="piece, set, pair, bottle, pack: the book counts whole ones"),
    Column("aliases", "别名", "aliases", help_zh="用分号隔开", help_en="separated by semicolons"),
    Column("standard", "标准", "standard", help_zh="如 GB 19083-2010", help_en="such as GB 19083-2010"),
    Column("category", "品类", "category", longest=longest(Item, "category")),
    Column("class_code", "分类代码", "class_code", longest=longest(Item, "class_code"), help_zh="GB/T 38565-2020", help_en="GB/T 38565-2020"),
    Column("daily_use", "日用量", "daily_use", help_zh="每名医护每天，按基本单位", help_en="per clinician and day, in the base unit"),
    Column("pieces_per_carton", "每箱数量", "pieces_per_carton", help_zh="按基本单位；与箱长、宽、高、重一起填，缺了不写入", help_en="in the base unit; kept only together with size and weight"),
    Column("length_cm", "箱长（厘米）", "length_cm"),
    Column("width_cm", "箱宽（厘米）", "width_cm"),
    Column("height_cm", "箱高（厘米）", "height_cm"),
    Column("weight_kg", "箱重（公斤）", "weight_kg"),
    Column("gtin", "条码", "gtin", help_zh="一个基本单位的商品条码", help_en="the bar code of one base unit"),
)  # fmt: skip
_CARTON = {
    "pieces_per_carton": "pieces per carton",
    "length_cm": "carton length in cm",
    "width_cm": "carton width in cm",
    "height_cm": "carton height in cm",
    "weight_kg": "carton weight in kg",
}
_SIZES = ("length_cm", "width_cm", "height_cm")
SAME_AGAIN_SCORE = 0.9


def classify(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    heads = match_headers(table, COLUMNS, profile, kind="items")
    need_columns(table, COLUMNS, heads)
    index = queries.item_index()
    codes = {view.code: view for view in index.items}
    seen: dict[str, tuple[str, dict[str, Any]]] = {}
    claims: dict[str, str] = {}

    def read(row: Row) -> LineOutcome:
        check_lengths(row, COLUMNS, heads)
        line = _line(row, heads, index, codes, seen, claims)
        return replace(line, notes=_not_kept(row, heads, line.payload["item"]))

    return line_by_line(table, read)


def _line(
    row: Row,
    heads: Headers,
    index: queries.ItemIndex,
    codes: dict[str, queries.ItemView],
    seen: dict[str, tuple[str, dict[str, Any]]],
    claims: dict[str, str],
) -> LineOutcome:
    payload = _payload(row, heads)
    where, name = row.where, payload["name"]
    earlier = seen.get(fold_item(name))
    if earlier:
        if earlier[1] == payload:
            return LineOutcome(where, Status.UNCHANGED, payload, name, found=f"the same as {earlier[0]}")
        raise BadCell(
            f"{name} stands in {earlier[0]} already, with other words beside it.",
            where=heads.cell(row, "item").where,
            found=name,
            expected=f"the same as {earlier[0]}, or another name",
            cure="Keep one of the two rows.",
        )
    seen[fold_item(name)] = (where, dict(payload))
    found = index.find(name)
    _check_claims(row, heads, payload, found.item, index, claims)
    holder = codes.get(payload["code"])
    if holder and (found.item is None or found.item.id != holder.id):
        raise BadCell(
            f"The code {holder.code} stands for {holder.name_zh}.",
            where=heads.cell(row, "code").where,
            found=payload["code"],
            expected=f"{holder.name_zh}, or another code",
            cure="Choose another code, or write the item's own name.",
        )
    if found.item:
        view = found.item
        # 套 and 件 are both written for one suit; anything else would count other things.
        if payload["unit"] not in ("", view.unit) and {payload["unit"], view.unit} != {"PIECE", "SET"}:
            raise BadCell(
                f"{view.name_zh} is counted in {view.unit}; its unit cannot change once the book knows it.",
                where=heads.cell(row, "unit").where,
                found=heads.text(row, "unit"),
                expected=view.unit,
                cure="Leave the unit blank, or give the goods a name of their own.",
            )
        payload["item"] = str(view.id)
        status = Status.UNCHANGED if _says_nothing_new(payload, view) else Status.MATCHED
        return LineOutcome(where, status, payload, name)
    close = [given for given in found.candidates if given.score >= SAME_AGAIN_SCORE]
    if close:
        return LineOutcome(
            where,
            Status.WAITING,
            payload,
            name,
            sure=close[0].score,
            found=name,
            candidates=tuple(Candidate(str(c.item.id), c.item.name_zh, c.score, c.why) for c in close),
            asks="item",
        )
    return LineOutcome(where, Status.ADDED, payload, name)


def _check_claims(
    row: Row,
    heads: Headers,
    payload: dict[str, Any],
    view: queries.ItemView | None,
    index: queries.ItemIndex,
    claims: dict[str, str],
) -> None:
    """A name, code or bar code stands for one item: neither another item nor an earlier row may have it."""
    owner = str(view.id) if view else fold_item(payload["name"])
    claimed = [
        ("item", payload["name"]),
        *(("aliases", text) for text in payload["aliases"]),
        ("code", payload["code"]),
    ]
    for column, text in claimed:
        if not text:
            continue
        other = index.find(text).item
        holder = str(other.id) if other else claims.setdefault(fold_item(text), owner)
        if holder != owner:
            raise _taken(heads.cell(row, column), text, other.name_zh if other else "an earlier row")
    if payload["gtin"]:
        known = Gtin.objects.filter(gtin=payload["gtin"]).values_list("item_id", flat=True).first()
        holder = str(known) if known else claims.setdefault(payload["gtin"], owner)
        if holder != owner:
            raise _taken(heads.cell(row, "gtin"), payload["gtin"], "another item")


def _taken(cell: Cell, text: str, holder: str) -> BadCell:
    return BadCell(
        f"“{text}” in cell {cell.where} already stands for {holder}.",
        where=cell.where,
        found=text,
        expected="a text that stands for no other item",
        cure="Take it out, or write a longer, clearer one.",
    )


def _payload(row: Row, heads: Headers) -> dict[str, Any]:
    words = load_profile("default")["item_units"]
    name = need_text(heads.cell(row, "item"), "the item's name")
    if not fold_item(name):
        raise BadCell(
            "This name has no letter or digit.",
            where=heads.cell(row, "item").where,
            found=name,
            expected="a name",
            cure="Write the item's name.",
        )
    code = sound_text(heads.cell(row, "code"))
    name_en = sound_text(heads.cell(row, "name_en"))
    if code and slugify(code) != code:
        raise BadCell(
            f"“{code}” is no code.",
            where=heads.cell(row, "code").where,
            found=code,
            expected="small letters, digits and hyphens, such as n95-mask",
            cure="Change the code, or leave it blank.",
        )
    aliases = split_list(sound_text(heads.cell(row, "aliases")))
    for column, texts in (("item", [name]), ("aliases", aliases)):
        for said in texts:
            check_length(heads.cell(row, column), longest(ItemAlias, "text"), max(said, fold_item(said), key=len))
    daily_use = heads.text(row, "daily_use")
    gtin = sound_text(heads.cell(row, "gtin"))
    try:
        gtin = read_barcode(gtin).gtin if gtin else ""
    except BaogongError as error:
        raise BadCell(
            error.message,
            where=heads.cell(row, "gtin").where,
            found=gtin,
            expected=str(error.expected),
            cure=error.cure,
        ) from error
    return {
        "item": None,
        "name": name,
        "code": code,
        "name_en": name_en,
        "unit": choice_of(heads.cell(row, "unit"), words, default=""),
        "aliases": aliases,
        "standards": [
            {"family": ref.family, "edition": ref.edition}
            for ref in read_standards(sound_text(heads.cell(row, "standard")))
        ],
        "category": sound_text(heads.cell(row, "category")),
        "class_code": sound_text(heads.cell(row, "class_code")),
        "daily_use": str(number_of(heads.cell(row, "daily_use"), most=COUNT_MAX // 1000)) if daily_use else "",
        "carton": _carton(row, heads),
        "gtin": gtin,
    }


def _carton(row: Row, heads: Headers) -> dict[str, int] | None:
    """
    All five figures of a carton, or none: half a carton helps nobody to fill a truck.

    Many lists know the pieces alone: the item is sound without them, and `_not_kept` says so.
    """
    given = [key for key in _CARTON if heads.text(row, key)]
    if not given:
        return None
    if given != ["pieces_per_carton"] and len(given) < len(_CARTON):
        missing = [key for key in _CARTON if key not in given]
        names, there = (", ".join(_CARTON[key] for key in keys) for keys in (missing, given))
        cell = heads.cell(row, next((key for key in missing if key in heads.by_key), given[0]))
        raise BadCell(
            f"Cell {cell.where}: of a carton the list gives {there}, and not {names}.",
            where=cell.where,
            found=cell.text,
            expected=f"{names}, beside {there}",
            cure="Write all five, for example 2000, 60, 40, 45 and 8.5, or the pieces alone.",
        )
    pieces = number_of(heads.cell(row, "pieces_per_carton"), least=1, most=COUNT_MAX, is_whole=True)
    if len(given) == 1:
        return None
    millimetres = [
        round(number_of(heads.cell(row, key), least=Decimal("0.1"), most=COUNT_MAX // 10) * 10) for key in _SIZES
    ]
    grams = round(number_of(heads.cell(row, "weight_kg"), least=Decimal("0.001"), most=COUNT_MAX // 1000) * 1000)
    return {
        "pieces": int(pieces),
        "length_mm": millimetres[0],
        "width_mm": millimetres[1],
        "height_mm": millimetres[2],
        "weight_g": grams,
    }


def _not_kept(row: Row, heads: Headers, item: str | None) -> tuple[str, ...]:
    """What a row says of its carton that is too little to be written."""
    if [key for key in _CARTON if heads.text(row, key)] != ["pieces_per_carton"]:
        return ()
    pieces = int(number_of(heads.cell(row, "pieces_per_carton")))
    if item is not None and any(carton.pieces == pieces for carton in queries.cartons(UUID(item))):
        return ()
    return (
        f"{pieces:,} per carton is not written: it needs the carton's length, width, height and weight too, "
        "for example 60, 40, 45 cm and 8.5 kg",
    )


def _says_nothing_new(payload: dict[str, Any], view: queries.ItemView) -> bool:
    known = {fold_item(text) for text in (view.name_zh, view.name_en, view.code, *view.aliases)}
    standards = {standard.family: standard.edition for standard in queries.standards() if view.code in standard.items}
    carton = payload["carton"]
    use = payload["daily_use"]
    return (
        all(fold_item(text) in known for text in payload["aliases"])
        and payload["name_en"] in ("", view.name_en)
        and payload["category"] in ("", view.category)
        and payload["class_code"] in ("", view.class_code)
        and (not use or round(Decimal(use) * 1000) == view.daily_use_milli)
        and all(ref["edition"] <= standards.get(ref["family"], "!") for ref in payload["standards"])
        and (carton is None or any(_is_same_carton(carton, known) for known in queries.cartons(view.id)))
        and (not payload["gtin"] or Gtin.objects.filter(gtin=payload["gtin"], item_id=view.id, pieces=1).exists())
    )


def _is_same_carton(given: dict[str, int], known: queries.CartonView) -> bool:
    return not known.is_estimate and all(getattr(known, key) == value for key, value in given.items())


def apply(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """Add the new items, and to the known ones what the list says."""
    KIND.require(actor)
    for line in lines:
        if not line.status.is_sound:
            continue
        given = line.payload
        if given["item"] is None:
            item = services.add_item(
                name_zh=given["name"],
                name_en=given["name_en"],
                code=given["code"],
                unit=given["unit"] or Item.Unit.PIECE.value,
                aliases=given["aliases"],
            )
        else:
            item = UUID(given["item"])
            for text in (given["name"], *given["aliases"]):
                services.add_item_alias(item=item, text=text)
        services.change_item(
            item=item,
            name_en=given["name_en"] or None,
            category=given["category"] or None,
            class_code=given["class_code"] or None,
            daily_use=Decimal(given["daily_use"]) if given["daily_use"] else None,
        )
        if given["carton"]:
            services.add_carton(item=item, **given["carton"], is_default=True, is_estimate=False)
        for ref in given["standards"]:
            services.add_standard(ref=StandardRef(ref["family"], ref["edition"]), items=[item])
        if given["gtin"]:
            services.add_gtin(item=item, gtin=given["gtin"])


KIND = ImportKind("items", "物资目录", "Items", COLUMNS, classify, apply)


def register() -> None:
    """Called once when the room starts."""
    register_kind(KIND)
