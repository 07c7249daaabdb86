"""Reads of the catalogue: items, how a text finds one, what its cartons are, what an amount comes to."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from dataclasses import dataclass
from decimal import Decimal
from enum import StrEnum
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import OuterRef, QuerySet
from rapidfuzz import fuzz

from baogong.catalogue.barcodes import Barcode, read_barcode
from baogong.catalogue.models import Carton, Gtin, Item, ItemAlias, Standard
from baogong.catalogue.units import BaseAmount, Measure, in_base_units
from baogong.engine.sheets.items import fold_item
from baogong.kernel.errors import BaogongError, Kind, NotFound, UnusableInput
from baogong.kernel.ids import derived_id

__all__ = [
    "MONEY",
    "BaseAmount",
    "CartonView",
    "Found",
    "FoundStatus",
    "ItemCandidate",
    "ItemInDoubt",
    "ItemIndex",
    "ItemUnknown",
    "ItemView",
    "StandardView",
    "carton_for",
    "cartons",
    "find_item",
    "item",
    "item_index",
    "item_names",
    "items",
    "scan",
    "standards",
    "sure_item",
    "to_base_units",
]

MONEY = derived_id("item", "money")  # the item whose unit is FEN: ids of items are made from their codes
CANDIDATES_MAX = 5
LIKELY_SCORE_MIN = 0.6


class CartonUnknown(BaogongError):
    """Nobody has said how this item is boxed."""

    kind, code = Kind.NOT_FOUND, "catalogue.carton-unknown"


class ItemInDoubt(UnusableInput):
    """A name that may mean one of several items. A person says which; nobody guesses."""

    code = "catalogue.name-in-doubt"


class ItemUnknown(NotFound):
    """A name that no item has, nor one near it."""

    code = "catalogue.name-unknown"


@dataclass(frozen=True, slots=True)
class ItemView:
    """A kind of good; `daily_use_milli` is thousandths of the base unit per clinician and day."""

    id: UUID
    code: str
    name_zh: str
    name_en: str
    unit: str
    pieces_per_unit: int
    units_per_pair: int
    category: str
    class_code: str
    daily_use_milli: int | None
    sort_key: str
    aliases: tuple[str, ...] = ()
    standards: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class CartonView:
    """A carton of an item: `pieces` base units, outer size, gross weight."""

    pieces: int
    length_mm: int
    width_mm: int
    height_mm: int
    weight_g: int
    is_estimate: bool

    @property
    def volume_cm3(self) -> int:
        """Rounded up: what a truck must have room for."""
        return -(-self.length_mm * self.width_mm * self.height_mm // 1_000)


@dataclass(frozen=True, slots=True)
class StandardView:
    family: str
    edition: str
    name_zh: str
    name_en: str
    items: tuple[str, ...]  # codes of the items made to it


class FoundStatus(StrEnum):
    EXACT = "EXACT"  # the name, the code or a confirmed alias
    LIKELY = "LIKELY"  # a person has to choose
    NONE = "NONE"


@dataclass(frozen=True, slots=True)
class ItemCandidate:
    item: ItemView
    score: float
    why: str


@dataclass(frozen=True, slots=True)
class Found:
    """EXACT with `item`; LIKELY with `candidates`, best first; NONE with neither."""

    status: FoundStatus
    item: ItemView | None = None
    candidates: tuple[ItemCandidate, ...] = ()


class ItemIndex:
    """All items' names folded once, to be asked many times."""

    def __init__(self, known: Iterable[ItemView]) -> None:
        self.items = tuple(known)
        self._by_key: dict[str, ItemView] = {}
        for view in self.items:
            for text in (*view.aliases, view.code, view.name_en, view.name_zh):
                self._by_key[fold_item(text)] = view
        self._by_key.pop("", None)

    def find(self, text: str) -> Found:
        """Exact by code, name or alias; otherwise suggestions and never a choice."""
        key = fold_item(text)
        if not key:
            return Found(FoundStatus.NONE)
        if view := self._by_key.get(key):
            return Found(FoundStatus.EXACT, view)
        best: dict[UUID, ItemCandidate] = {}
        for known, view in self._by_key.items():
            score, why = fuzz.ratio(key, known) / 100, "the spelling is near"
            shorter, longer = sorted((key, known), key=len)
            if len(shorter) >= 2 and shorter in longer and score < 0.85:
                score, why = 0.85, f"“{shorter}” is in both"
            if score >= LIKELY_SCORE_MIN and (view.id not in best or score > best[view.id].score):
                best[view.id] = ItemCandidate(view, score, why)
        ranked = sorted(best.values(), key=lambda candidate: (-candidate.score, candidate.item.code))
        return Found(FoundStatus.LIKELY if ranked else FoundStatus.NONE, None, tuple(ranked[:CANDIDATES_MAX]))


def item(key: UUID | str) -> ItemView:
    """By id, or by code. Raises NotFound."""
    rows = Item.objects.filter(pk=key) if isinstance(key, UUID) else Item.objects.filter(code=key)
    found = _views(rows)
    if not found:
        raise NotFound(
            f"There is no item {key}.", where=str(key), cure="Look it up by name, or add it to the catalogue."
        )
    return found[0]


def items() -> tuple[ItemView, ...]:
    """All items, in the order of their names."""
    return _views(Item.objects.order_by("sort_key", "id"))


def item_names() -> dict[UUID, tuple[str, str]]:
    """All items' Chinese and English names, in the order of their names; one query."""
    rows = Item.objects.order_by("sort_key", "id").values_list("id", "name_zh", "name_en")
    return {item_id: (name_zh, name_en) for item_id, name_zh, name_en in rows}


def item_units() -> dict[UUID, tuple[str, str, str]]:
    """All items' Chinese and English names and base units, in the order of their names; one query."""
    rows = Item.objects.order_by("sort_key", "id").values_list("id", "name_zh", "name_en", "unit")
    return {item_id: (name_zh, name_en, unit) for item_id, name_zh, name_en, unit in rows}


def goods_names() -> dict[UUID, tuple[str, str]]:
    """As `item_names`, without what is counted in fen: what can be bought."""
    rows = Item.objects.exclude(unit=Item.Unit.FEN).order_by("sort_key", "id")
    return {id: (zh, en) for id, zh, en in rows.values_list("id", "name_zh", "name_en")}


def money_items() -> frozenset[UUID]:
    """Items counted in fen."""
    return frozenset(Item.objects.filter(unit=Item.Unit.FEN).values_list("id", flat=True))


def item_index() -> ItemIndex:
    return ItemIndex(items())


def find_item(text: str) -> Found:
    """What a text names. For many texts take `item_index()` once."""
    return item_index().find(text)


def sure_item(text: str) -> ItemView:
    """The one item a text surely means, by code, name, alias or id. Raises ItemInDoubt with the candidates, ItemUnknown."""
    try:
        return item(UUID(text))
    except ValueError:
        found = find_item(text)
    if found.item is not None:
        return found.item
    if not found.candidates:
        raise ItemUnknown(
            f"The catalogue has no “{text}”. Nothing was written.",
            where=text,
            found=text,
            expected="an item's name, alias or code",
            cure="Look it up in the list of items, or add it.",
        )
    likely = [candidate.item.name_zh for candidate in found.candidates]
    raise ItemInDoubt(
        f"“{text}” names no item for certain. Nothing was written.",
        where=text,
        found=text,
        expected=likely,
        cure=f"Did you mean {' or '.join(likely)}? Write the name in full, or the code.",
        candidates=[
            {"id": str(each.item.id), "code": each.item.code, "name": each.item.name_zh, "why": each.why}
            for each in found.candidates
        ],
    )


def standards() -> tuple[StandardView, ...]:
    return tuple(
        StandardView(row.family, row.edition, row.name_zh, row.name_en, tuple(sorted(i.code for i in row.items.all())))
        for row in Standard.objects.prefetch_related("items").order_by("family")
    )


def cartons(item_id: UUID) -> tuple[CartonView, ...]:
    """The cartons known for an item; the usual one first."""
    rows = Carton.objects.filter(item_id=item_id).order_by("-is_default", "pieces", "id")
    return tuple(_carton_view(row) for row in rows)


def usual_cartons(items: Collection[UUID]) -> dict[UUID, CartonView]:
    """Of those items of which a carton is known; one query."""
    found: dict[UUID, CartonView] = {}
    for row in Carton.objects.filter(item__in=items).order_by("item_id", "-is_default", "pieces", "id"):
        found.setdefault(row.item_id, _carton_view(row))
    return found


def carton_for(item_id: UUID, pieces: int | None = None) -> CartonView:
    """
    The carton of so many base units, or the item's usual one.

    A size nobody has recorded is the usual carton made higher or lower in proportion, marked as an estimate.
    Raises CartonUnknown where the item has no carton at all.
    """
    known = cartons(item_id)
    if not known:
        raise CartonUnknown(
            "How this item is boxed is not known.",
            where=str(item_id),
            found="no carton",
            expected="pieces, size and weight of a carton",
            cure="Add a carton to the item in the catalogue.",
        )
    usual = known[0]
    if pieces is None:
        return usual
    if same := next((carton for carton in known if carton.pieces == pieces), None):
        return same
    height_mm = max(1, -(-usual.height_mm * pieces // usual.pieces))
    weight_g = max(1, -(-usual.weight_g * pieces // usual.pieces))
    return CartonView(pieces, usual.length_mm, usual.width_mm, height_mm, weight_g, True)


def to_base_units(
    item_id: UUID | ItemView, amount: Decimal | int, unit_text: str = "", spec: str | None = None
) -> BaseAmount:
    """
    An amount in any unit as whole base units of the item, with the doubts of that reading.

    unit_text  件 箱 套 只 双 瓶 kg … or "" for the base unit; spec is the packing beside it ("2000只/件"), which wins
    Raises NotFound and `units.UnitUnclear`.
    """
    view = item_id if isinstance(item_id, ItemView) else item(item_id)
    usual = next(iter(cartons(view.id)), None)
    measure = Measure(
        view.name_zh,
        view.unit,
        view.pieces_per_unit,
        view.units_per_pair,
        usual.pieces if usual else None,
        usual.weight_g if usual else None,
        usual.is_estimate if usual else True,
    )
    return in_base_units(measure, Decimal(amount), unit_text, spec or "")


@dataclass(frozen=True, slots=True)
class Scan:
    """A bar code and the item it stands for, where its number is in the catalogue."""

    barcode: Barcode
    item: ItemView | None
    pieces: int | None


def scan(text: str) -> Scan:
    """Read a GS1 bar code and look its number up. Raises `barcodes.UnreadBarcode`."""
    barcode = read_barcode(text)
    row = Gtin.objects.filter(gtin=barcode.gtin).first() if barcode.gtin else None
    return Scan(barcode, item(row.item_id) if row else None, row.pieces if row else None)


def _carton_view(row: Carton) -> CartonView:
    return CartonView(row.pieces, row.length_mm, row.width_mm, row.height_mm, row.weight_g, row.is_estimate)


def _views(rows: QuerySet[Item]) -> tuple[ItemView, ...]:
    aliases = ItemAlias.objects.filter(item=OuterRef("pk")).order_by("text", "id").values("text")
    met = Standard.items.through.objects.filter(item=OuterRef("pk")).order_by("standard_id").values("standard")
    found = rows.annotate(written=ArraySubquery(aliases), met=ArraySubquery(met))
    return tuple(
        ItemView(
            row.pk,
            row.code,
            row.name_zh,
            row.name_en,
            row.unit,
            row.pieces_per_unit,
            row.units_per_pair,
            row.category,
            row.class_code,
            row.daily_use_milli,
            row.sort_key,
            tuple(row.written),
            tuple(row.met),
        )
        for row in found
    )
