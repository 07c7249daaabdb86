"""Writes of the catalogue."""

from __future__ import annotations

import tomllib
from collections.abc import Collection, Mapping
from datetime import datetime
from decimal import Decimal
from importlib import resources
from typing import Any
from uuid import UUID

from django.db import transaction
from django.utils.text import slugify

from baogong.catalogue.barcodes import read_barcode
from baogong.catalogue.models import Carton, Gtin, Item, ItemAlias, Standard
from baogong.engine.pinyin import syllables
from baogong.engine.sheets.items import fold_item
from baogong.engine.sheets.names import sort_key
from baogong.engine.sheets.standards import StandardRef
from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput
from baogong.kernel.ids import derived_id

DATA = resources.files("baogong.catalogue") / "data"


class AliasTaken(BaogongError):
    """A way of writing names one item only."""

    kind, code = Kind.CONFLICT, "catalogue.alias-taken"


class CodeTaken(BaogongError):
    """Another item has this code."""

    kind, code = Kind.CONFLICT, "catalogue.code-taken"


class ItemUnusable(UnusableInput):
    code = "catalogue.item-unusable"


def code_from(name_en: str, name_zh: str) -> str:
    """A code for an item without one: its English name, else its pinyin."""
    return slugify(name_en)[:60] or slugify("-".join(syllables(name_zh)))[:60]


@transaction.atomic
def add_item(
    *,
    name_zh: str,
    name_en: str = "",
    code: str = "",
    unit: str = Item.Unit.PIECE.value,
    pieces_per_unit: int = 1,
    units_per_pair: int = 1,
    category: str = "",
    class_code: str = "",
    daily_use: Decimal | int | None = None,
    aliases: Collection[str] = (),
) -> UUID:
    """
    Add an item, or find the one of this code and names; either way with these aliases. Returns its id.

    code       made from the name where it is ""
    daily_use  base units per clinician and day, to a thousandth
    Raises ItemUnusable, CodeTaken (the code stands for another name), AliasTaken.
    """
    name_zh, name_en = name_zh.strip(), name_en.strip()
    code = code.strip() or code_from(name_en, name_zh)
    if not fold_item(name_zh) or not code or slugify(code) != code:
        raise ItemUnusable(
            "An item needs a name, and a code of small letters, digits and hyphens.",
            where="code",
            found=code or name_zh,
            expected="a name and a code such as n95-mask",
            cure="Write both.",
        )
    if unit not in Item.Unit.values or pieces_per_unit < 1 or units_per_pair < 1:
        raise ItemUnusable(
            f"“{unit}” with {pieces_per_unit} pieces a unit is no way of counting.",
            where="unit",
            found=unit,
            expected=", ".join(Item.Unit.values),
            cure="Use one of the units named, and whole numbers from 1.",
        )
    row, is_new = Item.objects.get_or_create(
        code=code,
        defaults={
            "id": derived_id("item", code),
            "name_zh": name_zh,
            "name_en": name_en or name_zh,
            "unit": unit,
            "pieces_per_unit": pieces_per_unit,
            "units_per_pair": units_per_pair,
            "category": category,
            "class_code": class_code,
            "daily_use_milli": None if daily_use is None else round(Decimal(daily_use) * 1000),
            "sort_key": sort_key(name_zh),
        },
    )
    if not is_new and (fold_item(row.name_zh), row.unit) != (fold_item(name_zh), unit):
        raise CodeTaken(
            f"The code {code} stands for {row.name_zh}, counted in {row.unit}; nothing was changed.",
            where="code",
            found=f"{code}: {name_zh}, {unit}",
            expected=f"{row.name_zh}, {row.unit}, or another code",
            cure="Choose another code.",
        )
    for text in (name_zh, row.name_en, code, *aliases):
        add_item_alias(item=row.pk, text=text)
    return row.pk


@transaction.atomic
def change_item(
    *,
    item: UUID,
    name_en: str | None = None,
    category: str | None = None,
    class_code: str | None = None,
    daily_use: Decimal | int | None = None,
) -> None:
    """Change what does not say how an item is counted; None leaves a field. Raises NotFound."""
    row = _item(item)
    row.name_en = row.name_en if name_en is None else name_en.strip()
    row.category = row.category if category is None else category
    row.class_code = row.class_code if class_code is None else class_code
    row.daily_use_milli = row.daily_use_milli if daily_use is None else round(Decimal(daily_use) * 1000)
    row.save(update_fields=["name_en", "category", "class_code", "daily_use_milli"])


@transaction.atomic
def add_item_alias(*, item: UUID, text: str) -> None:
    """From now on this text names the item. Saying it again changes nothing. Raises AliasTaken, NotFound."""
    key = fold_item(text)
    if not key:
        return
    row, _ = ItemAlias.objects.get_or_create(key=key, defaults={"item_id": _item(item).pk, "text": text.strip()})
    if row.item_id != item:
        raise AliasTaken(
            f"“{text}” already names {row.item.name_zh}; nothing was changed.",
            where="alias",
            found=text,
            expected="a text that names no other item",
            cure="Use a longer, clearer name.",
        )


@transaction.atomic
def add_carton(
    *,
    item: UUID,
    pieces: int,
    length_mm: int,
    width_mm: int,
    height_mm: int,
    weight_g: int,
    is_default: bool = False,
    is_estimate: bool = True,
) -> None:
    """
    Say how an item is boxed; one carton for each number of `pieces` (base units), the last word counts.

    The first carton of an item, and one said to be the default, answers where a list gives none.
    Raises NotFound, ItemUnusable.
    """
    if min(pieces, length_mm, width_mm, height_mm, weight_g) < 1:
        raise ItemUnusable(
            "A carton needs pieces, length, width, height and weight above zero.",
            where="carton",
            found=f"{pieces} pieces, {length_mm}×{width_mm}×{height_mm} mm, {weight_g} g",
            expected="whole numbers from 1",
            cure="Measure one carton.",
        )
    row = _item(item, lock=True)
    known = Carton.objects.filter(item=row)
    is_default = is_default or not known.exclude(pieces=pieces).filter(is_default=True).exists()
    if is_default:
        known.exclude(pieces=pieces).update(is_default=False)
    Carton.objects.update_or_create(
        item=row,
        pieces=pieces,
        defaults={
            "length_mm": length_mm,
            "width_mm": width_mm,
            "height_mm": height_mm,
            "weight_g": weight_g,
            "is_default": is_default,
            "is_estimate": is_estimate,
        },
    )


@transaction.atomic
def add_standard(*, ref: StandardRef, name_zh: str = "", name_en: str = "", items: Collection[UUID] = ()) -> None:
    """Know a standard, and that these items are made to it. A later edition replaces the earlier one."""
    row, _ = Standard.objects.get_or_create(
        family=ref.family,
        defaults={"edition": ref.edition, "name_zh": name_zh or ref.family, "name_en": name_en or ref.family},
    )
    if ref.edition > row.edition:
        row.edition = ref.edition
        row.save(update_fields=["edition"])
    row.items.add(*Item.objects.filter(pk__in=items))


@transaction.atomic
def add_gtin(*, item: UUID, gtin: str, pieces: int = 1) -> None:
    """
    Know a bar code: the item, and how many base units one scan stands for. The last word on `pieces` counts.

    Raises `barcodes.UnreadBarcode`, NotFound, AliasTaken where the number is another item's.
    """
    number = read_barcode(gtin).gtin
    row, is_new = Gtin.objects.get_or_create(gtin=number, defaults={"item_id": _item(item).pk, "pieces": pieces})
    if row.item_id != item:
        raise AliasTaken(
            f"The bar code {number} is that of {row.item.name_zh}; nothing was changed.",
            where="gtin",
            found=number,
            expected="a bar code of no other item",
            cure="Scan the carton again.",
        )
    if not is_new and row.pieces != pieces:
        row.pieces = pieces
        row.save(update_fields=["pieces"])


@transaction.atomic
def seed_catalogue(now: datetime | None = None) -> int:
    """
    Put the items and standards of `data/` into the catalogue; again changes nothing. Returns how many were new.

    What people changed since stays: an item that is there is left as it is, and a name people gave to another item
    stays with that. The catalogue is undated: `now` is taken as every service takes it, and not kept.
    """
    known = set(Item.objects.values_list("code", flat=True))
    items = [_SeedItem(given) for given in _data("items.toml")["item"] if given["code"] not in known]
    if items:
        # A book opens with these some hundred rows: written in bulk, once, they take a moment instead of seconds.
        Item.objects.bulk_create([seed.item for seed in items])
        ItemAlias.objects.bulk_create([alias for seed in items for alias in seed.aliases], ignore_conflicts=True)
        Carton.objects.bulk_create([seed.carton for seed in items if seed.carton])
    families = set(Standard.objects.values_list("family", flat=True))
    ids = dict(Item.objects.values_list("code", "id"))
    for given in _data("standards.toml")["standard"]:
        if given["family"] not in families:
            add_standard(
                ref=StandardRef(given["family"], given["edition"]),
                name_zh=given["name_zh"],
                name_en=given["name_en"],
                items=[ids[code] for code in given["items"]],
            )
    return len(items)


def is_as_seeded() -> bool:
    """Nobody has added an item or a bar code to what every book opens with."""
    seeded = {given["code"] for given in _data("items.toml")["item"]}
    return not Item.objects.exclude(code__in=seeded).exists() and not Gtin.objects.exists()


class _SeedItem:
    """The rows of one entry of `data/items.toml`."""

    def __init__(self, given: Mapping[str, Any]) -> None:
        name_zh, name_en, use = given["name_zh"], given["name_en"], given.get("daily_use")
        self.item = Item(
            id=derived_id("item", given["code"]),
            code=given["code"],
            name_zh=name_zh,
            name_en=name_en,
            unit=given.get("unit", Item.Unit.PIECE.value),
            pieces_per_unit=given.get("pieces_per_unit", 1),
            units_per_pair=given.get("units_per_pair", 1),
            category=given.get("category", ""),
            class_code=given.get("class_code", ""),
            daily_use_milli=None if use is None else round(Decimal(str(use)) * 1000),
            sort_key=sort_key(name_zh),
        )
        texts = {fold_item(text): text for text in (name_zh, name_en, given["code"], *given.get("aliases", ()))}
        self.aliases = [ItemAlias(item=self.item, text=text, key=key) for key, text in texts.items()]
        self.carton: Carton | None = None
        if carton := given.get("carton"):
            length_mm, width_mm, height_mm = carton["size_mm"]
            self.carton = Carton(
                item=self.item,
                pieces=carton["pieces"],
                length_mm=length_mm,
                width_mm=width_mm,
                height_mm=height_mm,
                weight_g=carton["weight_g"],
                is_default=True,
                is_estimate=carton.get("is_estimate", True),
            )


def _data(name: str) -> Mapping[str, Any]:
    return tomllib.loads(DATA.joinpath(name).read_text("utf-8"))


def _item(item: UUID, *, lock: bool = False) -> Item:
    rows = Item.objects.select_for_update(of=("self",)) if lock else Item.objects.all()
    row = rows.filter(pk=item).first()
    if row is None:
        raise NotFound(f"There is no item {item}.", where=str(item), cure="Look it up by name.")
    return row
