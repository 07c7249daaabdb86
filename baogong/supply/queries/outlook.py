"""How many packs can be made at a site, from which lots; what is missing; what lies there and may not go in."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import date, datetime
from enum import StrEnum
from uuid import UUID

from baogong.engine.packs import Choice, Pile, RecipeLine, plan_packs
from baogong.journal.clock import house_day
from baogong.ledger import queries as book
from baogong.ledger.states import State
from baogong.supply.models import Gift, GiftLine
from baogong.supply.pack_views import KitView
from baogong.supply.queries.board import relief_stock
from baogong.supply.views import ReliefStock


class LeftOutWhy(StrEnum):
    """Why goods that lie there do not go into a pack."""

    EXPIRED = "EXPIRED"  # or its earmark is over
    FOR_OTHERS = "FOR_OTHERS"  # earmarked for receivers these packs are not for
    NO_CONSENT = "NO_CONSENT"  # its giver or owner has not agreed to packing


@dataclass(frozen=True, slots=True)
class LeftOut:
    stock: ReliefStock
    item_zh: str
    item_en: str
    why: LeftOutWhy


@dataclass(frozen=True, slots=True)
class PlannedPart:
    """`amount_each` base units of the lot go into each pack of the layer."""

    stock: ReliefStock
    amount_each: int
    is_substitute: bool

    @property
    def purpose(self) -> str:
        return self.stock.earmark_purpose

    @property
    def lot(self) -> UUID:
        return self.stock.lot

    @property
    def item(self) -> UUID:
        return self.stock.item

    @property
    def state(self) -> State:
        return State(self.stock.state)


@dataclass(frozen=True, slots=True)
class PlannedLayer:
    packs: int
    parts: tuple[PlannedPart, ...]


@dataclass(frozen=True, slots=True)
class Short:
    """What a line of the kit lacks for all that was wanted, in base units of its own item."""

    no: int
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    amount: int


@dataclass(frozen=True, slots=True)
class Outlook:
    wanted: int
    packs: int
    layers: tuple[PlannedLayer, ...]
    missing: tuple[Short, ...]
    left_out: tuple[LeftOut, ...]


def outlook(*, kit: KitView, site: UUID, wanted: int, now: datetime, receivers: Sequence[UUID] = ()) -> Outlook:
    """
    Plan so many packs of the kit from the site's free relief stock. Writes nothing.

    receivers  whom alone the packs are for; empty: anyone, and then goods earmarked for somebody stay out

    What expires first goes in first; of equal ones what is earmarked before what is not.
    """
    names = {line.item: (line.item_zh, line.item_en) for line in kit.lines}
    names |= {one.item: (one.item_zh, one.item_en) for line in kit.lines for one in line.substitutes}
    stock = relief_stock(sites=[site], items=sorted(names))
    unconsenting = _consigned({row.lot for row in stock})
    usable: list[ReliefStock] = []
    left_out: list[LeftOut] = []
    for row in stock:
        why = _why_left_out(row, kit.item, frozenset(receivers), row.lot in unconsenting, house_day(now))
        if why is None:
            usable.append(row)
        else:
            left_out.append(LeftOut(row, *names[row.item], why))
    usable.sort(key=lambda row: (row.expires_on or date.max, not row.earmark_parties, row.lot, row.state))
    rows = {f"{row.lot}/{row.state}": row for row in usable}
    plan = plan_packs(
        [
            RecipeLine(
                line.no,
                tuple(
                    Choice(str(item), amount)
                    for item, amount in (
                        (line.item, line.amount),
                        *((one.item, one.amount) for one in line.substitutes),
                    )
                ),
            )
            for line in kit.lines
        ],
        [Pile(key, str(row.item), row.free) for key, row in rows.items()],
        wanted,
    )
    own = {line.no: line for line in kit.lines}
    layers = []
    for layer in plan.layers:
        amounts: dict[tuple[str, bool], int] = defaultdict(int)
        for filling in layer.fillings:
            amounts[filling.pile, UUID(filling.item) != own[filling.no].item] += filling.amount_each
        merged: dict[str, PlannedPart] = {}
        for (pile, is_substitute), amount in amounts.items():
            before = merged.get(pile)
            merged[pile] = PlannedPart(
                rows[pile],
                amount + (before.amount_each if before else 0),
                is_substitute or (before.is_substitute if before else False),
            )
        layers.append(PlannedLayer(layer.packs, tuple(merged.values())))
    return Outlook(
        wanted=wanted,
        packs=plan.packs,
        layers=tuple(layers),
        missing=tuple(
            Short(
                short.no,
                own[short.no].item,
                own[short.no].item_zh,
                own[short.no].item_en,
                own[short.no].unit,
                short.amount,
            )
            for short in plan.missing
        ),
        left_out=tuple(left_out),
    )


def _why_left_out(
    row: ReliefStock, pack: UUID, receivers: frozenset[UUID], is_consigned: bool, today: date
) -> LeftOutWhy | None:
    """An earmark that names items is kept by packing only where the pack is one of them: then its giver agreed to it."""
    if any(end is not None and end < today for end in (row.expires_on, row.earmark_until)):
        return LeftOutWhy.EXPIRED
    if row.earmark_parties and not (receivers and receivers <= set(row.earmark_parties)):
        return LeftOutWhy.FOR_OTHERS
    has_consent = pack in row.earmark_items
    if (row.earmark_items or is_consigned) and not has_consent:
        return LeftOutWhy.NO_CONSENT
    return None


def _consigned(lots: set[UUID]) -> set[UUID]:
    """Those that are carried for somebody, or were made from what is."""
    edges = book.sources_of(lots)
    above: dict[UUID, set[UUID]] = {lot: {lot} for lot in lots}
    for lot in lots:
        waiting = [lot]
        while waiting:
            child = waiting.pop()
            for edge in edges:
                if edge.child == child and edge.parent not in above[lot]:
                    above[lot].add(edge.parent)
                    waiting.append(edge.parent)
    every = set().union(*above.values()) if above else set()
    consigned = set(
        GiftLine.objects.filter(lot__in=every, gift__terms=Gift.Terms.CONSIGNMENT).values_list("lot", flat=True)
    )
    return {lot for lot in lots if above[lot] & consigned}
