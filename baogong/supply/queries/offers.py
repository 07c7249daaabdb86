"""Offers that stand, and what was asked and paid for an item before."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import Q, QuerySet

from baogong.engine.sourcing import PriceVerdict, against_median, judge_price
from baogong.journal.clock import house_day
from baogong.kernel.errors import NotFound
from baogong.people.queries.merges import houses
from baogong.supply.models import OfferTaken, OrderedLine, SupplyOffer

OFFERS_MAX = 500
HISTORY_MAX = 2_000


@dataclass(frozen=True, slots=True)
class OfferView:
    """
    cartons_left  of `cartons_max`, what is not ordered yet
    price         what one base unit costs, held against what was asked and paid for the item before it
    """

    id: UUID
    number: str
    supplier: UUID
    supplier_name: str
    supplier_name_en: str
    item: UUID
    item_zh: str
    item_en: str
    standard: str
    pieces_per_carton: int
    carton_fen: int
    cartons_max: int
    cartons_left: int
    cartons_min: int
    lead_s: int
    valid_until: datetime | None
    papers: str
    note: str
    document: UUID
    offered_at: datetime
    withdrawn_at: datetime | None
    withdrawn_why: str
    price: PriceVerdict

    @property
    def unit_fen(self) -> float:
        return self.carton_fen / self.pieces_per_carton

    @property
    def lead(self) -> timedelta:
        return timedelta(seconds=self.lead_s)

    def is_open(self, now: datetime) -> bool:
        return self.withdrawn_at is None and (self.valid_until is None or self.valid_until > now)


@dataclass(frozen=True, slots=True)
class PriceSeen:
    """One price of an item: asked in an offer, or agreed in a purchase; fen per base unit."""

    at: datetime
    supplier: UUID
    supplier_name: str
    unit_fen: float
    was_paid: bool
    subject: UUID


def offer(offer_id: UUID) -> OfferView:
    """Raises NotFound."""
    found = _views(SupplyOffer.objects.filter(pk=offer_id))
    if not found:
        raise NotFound("There is no such offer.", where=str(offer_id), cure="Open the list again.")
    return found[0]


def offers(*, item: UUID | None = None) -> tuple[OfferView, ...]:
    """The newest first, ended ones included."""
    rows = SupplyOffer.objects.all()
    return _views(rows if item is None else rows.filter(item=item))


@dataclass(frozen=True, slots=True)
class Market:
    """Offers, the newest first, ended ones included; item → what was asked and paid for it, oldest first."""

    offers: tuple[OfferView, ...]
    prices: dict[UUID, tuple[PriceSeen, ...]]


def market() -> Market:
    """Everything offered and what it cost before; prices are read once."""
    found = _newest_first(SupplyOffer.objects.all())
    prices = _history(found)
    return Market(_of_rows(found, prices), prices)


def open_offers(now: datetime, *, items: Collection[UUID] | None = None) -> tuple[OfferView, ...]:
    """What can be ordered now, the newest first."""
    rows = SupplyOffer.objects.filter(Q(valid_until=None) | Q(valid_until__gt=now), withdrawn_at=None)
    return _views(rows if items is None else rows.filter(item__in=items))


def prices_of(items: Collection[UUID]) -> dict[UUID, tuple[PriceSeen, ...]]:
    """Item → what was asked and paid for it, oldest first; two queries."""
    seen: dict[UUID, list[PriceSeen]] = defaultdict(list)
    for row in (
        SupplyOffer.objects.filter(item__in=items)
        .select_related("supplier")
        .order_by("-offered_at", "-id")[:HISTORY_MAX]
    ):
        seen[row.item_id].append(
            PriceSeen(
                row.offered_at,
                row.supplier_id,
                row.supplier.name,
                row.carton_fen / row.pieces_per_carton,
                False,
                row.id,
            )
        )
    for line in (
        OrderedLine.objects.filter(item__in=items, ordered_fen__gt=0)
        .select_related("purchase__supplier")
        .order_by("-purchase__ordered_at", "-id")[:HISTORY_MAX]
    ):
        seen[line.item_id].append(
            PriceSeen(
                line.purchase.ordered_at,
                line.purchase.supplier_id,
                line.purchase.supplier.name,
                line.ordered_fen / line.amount,
                True,
                line.id,
            )
        )
    return {item: tuple(sorted(prices, key=lambda price: (price.at, price.subject))) for item, prices in seen.items()}


def _observed(prices: Iterable[PriceSeen]) -> list[float]:
    """
    What one item cost, fen per base unit: the last price of each supplier and day.

    An offer and the order made of it are one price, and so are ten orders in a row: else one dear supplier makes the
    median, and the honest ones look far from it.
    """
    last: dict[tuple[UUID, date], PriceSeen] = {}
    for price in prices:
        at = price.supplier, house_day(price.at)
        if at not in last or (last[at].at, last[at].was_paid) <= (price.at, price.was_paid):
            last[at] = price
    return [price.unit_fen for price in last.values()]


class AgainstMedian:
    """What is told of a line that has a `price`."""

    __slots__ = ()
    price: PriceVerdict

    @property
    def is_far_from_median(self) -> bool:
        return self.price.is_far

    @property
    def median_fen(self) -> float | None:
        return self.price.median_fen

    @property
    def median_ratio(self) -> float | None:
        return self.price.ratio


def judge_prices(prices: Iterable[tuple[UUID, float]], now: datetime) -> list[PriceVerdict]:
    """Each (item, fen per base unit), in order, against what was asked and paid for the item until now."""
    asked = list(prices)
    history = prices_of({item for item, _ in asked})
    return [
        judge_price(fen, _observed(price for price in history.get(item, ()) if price.at <= now)) for item, fen in asked
    ]


def verdict_of(line: OrderedLine) -> PriceVerdict:
    """What was agreed for a line, against the prices before it."""
    return against_median(line.ordered_fen / line.amount, line.median_fen, line.prices_before)


def cartons_left(rows: Iterable[SupplyOffer]) -> dict[UUID, int]:
    """Offer → cartons not ordered yet, or called off again; one query. A carton called off in part is not sold again."""
    left = {row.pk: row.cartons_max for row in rows}
    for taken in OfferTaken.objects.filter(offer__in=left).select_related("line"):
        called_off = taken.cartons * taken.line.cancelled // taken.line.amount
        left[taken.offer_id] -= taken.cartons - called_off
    return left


def on_order(receivers: Collection[UUID]) -> dict[tuple[UUID, UUID, str], int]:
    """
    (receiver, item, standard as ordered) → base units bought for them, under any name of their houses, not come yet.
    """
    merged = houses()
    asked = {merged.root(receiver): receiver for receiver in receivers}
    sums: dict[tuple[UUID, UUID, str], int] = defaultdict(int)
    for line in OrderedLine.objects.filter(receiver__in=merged.family(receivers)):
        assert line.receiver_id is not None
        sums[asked[merged.root(line.receiver_id)], line.item_id, line.standard] += line.to_come
    return dict(sums)


def _views(rows: QuerySet[SupplyOffer]) -> tuple[OfferView, ...]:
    found = _newest_first(rows)
    return _of_rows(found, _history(found))


def _newest_first(rows: QuerySet[SupplyOffer]) -> list[SupplyOffer]:
    return list(rows.select_related("supplier", "item").order_by("-offered_at", "-id")[:OFFERS_MAX])


def _history(found: Collection[SupplyOffer]) -> dict[UUID, tuple[PriceSeen, ...]]:
    return prices_of({row.item_id for row in found}) if found else {}


def _of_rows(found: Collection[SupplyOffer], history: Mapping[UUID, Iterable[PriceSeen]]) -> tuple[OfferView, ...]:
    left = cartons_left(found)
    return tuple(_view(row, left[row.id], history) for row in found)


def _view(row: SupplyOffer, left: int, history: Mapping[UUID, Iterable[PriceSeen]]) -> OfferView:
    # Only what was seen until the offer: a later panic does not make an early price look cheap.
    before = _observed(
        price for price in history.get(row.item_id, ()) if price.subject != row.id and price.at <= row.offered_at
    )
    return OfferView(
        id=row.id,
        number=row.number,
        supplier=row.supplier_id,
        supplier_name=row.supplier.name,
        supplier_name_en=row.supplier.name_en or row.supplier.name,
        item=row.item_id,
        item_zh=row.item.name_zh,
        item_en=row.item.name_en,
        standard=row.standard,
        pieces_per_carton=row.pieces_per_carton,
        carton_fen=row.carton_fen,
        cartons_max=row.cartons_max,
        cartons_left=left,
        cartons_min=row.cartons_min,
        lead_s=row.lead_s,
        valid_until=row.valid_until,
        papers=row.papers,
        note=row.note,
        document=row.document,
        offered_at=row.offered_at,
        withdrawn_at=row.withdrawn_at,
        withdrawn_why=row.withdrawn_why,
        price=judge_price(row.carton_fen / row.pieces_per_carton, before),
    )
