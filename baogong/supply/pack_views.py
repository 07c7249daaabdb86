"""What the queries about kits, packing and weighing return: frozen, in base units of the item and in grams."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID


@dataclass(frozen=True, slots=True)
class SubstituteView:
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    amount: int


@dataclass(frozen=True, slots=True)
class KitLineView:
    """`amount` base units in each pack."""

    no: int
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    amount: int
    tolerance_permille: int
    substitutes: tuple[SubstituteView, ...]


@dataclass(frozen=True, slots=True)
class KitView:
    """
    nominal_g    what a pack weighs without its packaging; 0 where nobody weighs it
    packaging_g  bag, net or box around one pack
    document     under which this version was written; none of the oldest
    """

    id: UUID
    code: str
    version: int
    name_zh: str
    name_en: str
    item: UUID
    nominal_g: int
    packaging_g: int
    tolerance_permille: int
    note: str
    document: UUID | None
    made_at: datetime
    lines: tuple[KitLineView, ...]


@dataclass(frozen=True, slots=True)
class PartView:
    """`used` of the lot went into packs; `set_aside` is still promised to them. Bought goods have a supplier, else ""."""

    lot: UUID
    label: str
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    donor: UUID | None
    donor_name: str
    supplier_name: str
    amount_each: int
    is_substitute: bool
    used: int
    set_aside: int


@dataclass(frozen=True, slots=True)
class LayerView:
    """Packs filled alike: `packs` planned, `made` of them done; `lot` is theirs in the book."""

    no: int
    lot: UUID
    packs: int
    made: int
    parts: tuple[PartView, ...]


@dataclass(frozen=True, slots=True)
class TallyView:
    id: UUID
    packs: int
    first_no: int
    last_no: int
    at: datetime
    by_name: str
    is_undone: bool
    why: str


@dataclass(frozen=True, slots=True)
class WasteView:
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    cause: str
    amount: int
    document: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class ShortView:
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    amount: int


@dataclass(frozen=True, slots=True)
class RunHead:
    """
    A packing run in a list.

    wanted, planned   asked for, and what goods were set aside for when it was opened
    left              what can still be made of what is set aside
    """

    id: UUID
    number: str
    kit: UUID
    kit_zh: str
    kit_en: str
    kit_version: int
    item: UUID
    nominal_g: int
    packaging_g: int
    site: UUID
    site_name: str
    line_name: str
    state: str
    wanted: int
    planned: int
    made: int
    left: int
    missing: tuple[ShortView, ...]
    document: UUID
    opened_at: datetime
    due_at: datetime | None
    ended_at: datetime | None
    ended_why: str

    @property
    def made_permille(self) -> int:
        return self.made * 1000 // self.wanted


@dataclass(frozen=True, slots=True)
class RunView:
    head: RunHead
    layers: tuple[LayerView, ...]
    tallies: tuple[TallyView, ...]
    wastes: tuple[WasteView, ...]

    @property
    def rate_per_h(self) -> int:
        """Packs an hour from the first tally to the last; 0 before there are two."""
        counted = [tally for tally in self.tallies if not tally.is_undone]
        if len(counted) < 2:
            return 0
        seconds = (counted[-1].at - counted[0].at).total_seconds()
        return round(sum(tally.packs for tally in counted[1:]) * 3600 / seconds) if seconds > 0 else 0


@dataclass(frozen=True, slots=True)
class Origin:
    """
    What one lot is made from, down to goods that were made from nothing here.

    amount, per   `amount` base units of it went into each `per` units of the lot asked about
    is_money      a fund: the amount is fen
    """

    lot: UUID
    source: UUID
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    owner: UUID
    owner_name: str
    donor: UUID | None
    donor_name: str
    label: str
    amount: int
    per: int
    is_money: bool
