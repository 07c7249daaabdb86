"""One day of orders in figures: what each shop was asked for, and what one pack of anything costs, at shops and in baskets."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from uuid import UUID

from django.db.models import Count, F, Q, Sum
from django.db.models.functions import Coalesce

from baogong.orders.models import Basket, BasketItem, DayPack, ShopDay, ShopOrderLine

DAY_MAX = 5_000
NOT_COMING = (ShopOrderLine.State.CANCELLED, ShopOrderLine.State.SHORT, ShopOrderLine.State.IN_VAIN)


@dataclass(frozen=True, slots=True)
class ShopDayRow:
    """
    What was ordered of one shop for one day.

    orders   that stand, given_up: that do not
    packs    promised or given: as picked where it was, else as ordered; worth_fen: of these
    handed_over  of these packs
    """

    day: UUID
    shop: UUID
    code: str
    orders: int
    given_up: int
    packs: int
    handed_over: int
    worth_fen: int


@dataclass(frozen=True, slots=True)
class PriceRow:
    """What one pack costs at one seller. `weight_g` of a shop's, `units` of the item in a basket's; 0: it is not said."""

    item: UUID
    seller: UUID
    shop_code: str
    name: str
    weight_g: int
    units: int
    fen: int


def shops_on(on: date) -> tuple[ShopDayRow, ...]:
    """Every shop that offered something on that day; two queries."""
    counted = Coalesce(F("lines__got"), F("lines__packs"))
    orders = ShopDay.objects.filter(on=on).annotate(
        standing=Count("orders", filter=Q(orders__cancelled_at=None)),
        ended=Count("orders", filter=Q(orders__cancelled_at__isnull=False)),
    )
    days = list(orders.order_by("shop__party__sort_key", "id").select_related("shop")[:DAY_MAX])
    coming = ~Q(lines__state__in=NOT_COMING)
    packs = DayPack.objects.filter(day__in=days).annotate(
        taken=Sum(counted, filter=coming, default=0),
        handed=Sum(counted, filter=Q(lines__state=ShopOrderLine.State.HANDED_OVER), default=0),
        worth=Sum(counted * F("lines__price_fen"), filter=coming, default=0),
    )
    sums: dict[UUID, list[int]] = {row.id: [0, 0, 0] for row in days}
    for day, *found in packs.values_list("day", "taken", "handed", "worth"):
        sums[day] = [known + more for known, more in zip(sums[day], found, strict=True)]
    return tuple(ShopDayRow(row.id, row.shop_id, row.shop.code, row.standing, row.ended, *sums[row.id]) for row in days)


def prices_on(on: date) -> tuple[PriceRow, ...]:
    """
    Prices of the day by item, the cheapest first; two queries.

    Many baskets of one supplier with the same menu are one row. Baskets that were only drafted or called off have none.
    """
    offers = DayPack.objects.filter(day__on=on).values_list(
        "pack__item", "day__shop", "day__shop__code", "pack__name", "pack__weight_g", "price_fen"
    )
    rows = {
        PriceRow(item, shop, code, name, weight, 0, fen) for item, shop, code, name, weight, fen in offers[:DAY_MAX]
    }
    menus = BasketItem.objects.filter(basket__on=on, price_fen__gt=0).exclude(
        basket__state__in=(Basket.State.DRAFT, Basket.State.CALLED_OFF)
    )
    menu = menus.values_list("item", "basket__supplier", "name", "units_per_pack", "price_fen").distinct()
    rows |= {PriceRow(item, supplier, "", name, 0, units, fen) for item, supplier, name, units, fen in menu[:DAY_MAX]}
    return tuple(sorted(rows, key=lambda row: (str(row.item), row.fen, row.name, str(row.seller), row.weight_g)))
