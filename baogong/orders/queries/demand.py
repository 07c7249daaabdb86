"""A day's demand: what every committee, every supplier and every truck has to see, summed from the same portions."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Sum

from baogong.orders.models import Basket, Portion, Truck
from baogong.orders.queries.baskets import BasketRow, baskets

TRUCKS_MAX = 200


@dataclass(frozen=True, slots=True)
class DemandRow:
    """Of one committee, supplier or basket: packs by what the item is called."""

    id: UUID
    name: str
    baskets: int
    households: int
    packs: tuple[tuple[str, int], ...]

    @property
    def total(self) -> int:
        return sum(packs for _, packs in self.packs)


@dataclass(frozen=True, slots=True)
class TruckView:
    """`over`: packs of its baskets that do not go onto it; `items`: what does, by what it is called."""

    id: UUID
    name: str
    plate: str
    supplier: UUID
    supplier_name: str
    packs_max: int
    packs: int
    loaded: int
    loaded_at: datetime | None
    communities: tuple[str, ...]
    baskets: int
    items: tuple[tuple[str, int], ...]

    @property
    def over(self) -> int:
        return max(self.packs - self.packs_max, 0)


@dataclass(frozen=True, slots=True)
class Demand:
    on: date
    baskets: tuple[BasketRow, ...]
    by_office: tuple[DemandRow, ...]
    by_supplier: tuple[DemandRow, ...]
    by_basket: tuple[DemandRow, ...]
    trucks: tuple[TruckView, ...]
    items: tuple[str, ...]


def demand_on(on: date, *, offices: Collection[UUID] | None = None) -> Demand:
    """The day's baskets side by side. Trucks are the whole house's: shown where all offices are."""
    rows = baskets(offices=offices, on=on)
    by_name: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    loaded: defaultdict[UUID, Counter[str]] = defaultdict(Counter)
    sums = (
        Portion.objects.filter(household__basket__in=[row.id for row in rows])
        .values_list("household__basket", "item__name")
        .annotate(packs=Sum("ordered"), onto=Sum("loaded"))
        .order_by("household__basket", "item__name")
    )
    for basket, name, packs, onto in sums:
        by_name[basket][name] += packs
        loaded[basket][name] += onto
    names = sorted({name for counter in by_name.values() for name in counter})
    return Demand(
        on,
        rows,
        _summed(rows, by_name, names, lambda row: (row.office, row.office_name)),
        _summed(rows, by_name, names, lambda row: (row.supplier, row.supplier_name)),
        tuple(
            DemandRow(
                row.id,
                f"{row.community_name} {row.title}",
                1,
                row.households,
                tuple((name, by_name[row.id][name]) for name in names),
            )
            for row in rows
        ),
        _trucks(on, rows, loaded) if offices is None else (),
        tuple(names),
    )


def _summed(
    rows: Collection[BasketRow],
    by_name: Mapping[UUID, Counter[str]],
    names: Collection[str],
    whose: Callable[[BasketRow], tuple[UUID, str]],
) -> tuple[DemandRow, ...]:
    packs: defaultdict[tuple[UUID, str], Counter[str]] = defaultdict(Counter)
    count: Counter[tuple[UUID, str]] = Counter()
    households: Counter[tuple[UUID, str]] = Counter()
    for row in rows:
        packs[whose(row)].update(by_name[row.id])
        count[whose(row)] += 1
        households[whose(row)] += row.households
    return tuple(
        DemandRow(key[0], key[1], count[key], households[key], tuple((name, packs[key][name]) for name in names))
        for key in sorted(packs, key=lambda key: (key[1], key[0]))
    )


def _trucks(on: date, rows: Collection[BasketRow], loaded: Mapping[UUID, Counter[str]]) -> tuple[TruckView, ...]:
    found = []
    for cart in (
        Truck.objects.filter(on=on).select_related("supplier").order_by("supplier__name", "name", "id")[:TRUCKS_MAX]
    ):
        its = [row for row in rows if row.truck == cart.id and row.state != Basket.State.CALLED_OFF]
        onto = sum((loaded[row.id] for row in its if row.id in loaded), Counter[str]())
        found.append(
            TruckView(
                cart.id,
                cart.name,
                cart.plate,
                cart.supplier_id,
                cart.supplier.name,
                cart.packs_max,
                sum(row.packs for row in its),
                onto.total(),
                cart.loaded_at,
                tuple(dict.fromkeys(row.community_name for row in its)),
                len(its),
                tuple(sorted(onto.items())),
            )
        )
    return tuple(found)
