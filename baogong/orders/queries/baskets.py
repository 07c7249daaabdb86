"""Baskets as lists and pages show them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass, replace
from datetime import date, datetime
from typing import Self
from uuid import UUID

from django.db.models import Count, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Coalesce

from baogong.orders.errors import BasketNotThere
from baogong.orders.models import (
    Arrival,
    ArrivalLine,
    Basket,
    BasketAct,
    BasketHousehold,
    BasketItem,
    ChainLine,
    Portion,
)
from baogong.orders.models.baskets import step_at

BASKETS_MAX = 500
HOUSEHOLDS_MAX = 5_000
LOST_MAX = 500
DAYS_MAX = 60
ARRIVALS_MAX = 100


@dataclass(frozen=True, slots=True)
class AtAStep:
    """What is at a step by the clock: past its deadline a basket is closed for orders, whether anybody closed it or not."""

    state: str
    closes_at: datetime

    def step(self, now: datetime) -> str:
        return step_at(self.state, self.closes_at, now)

    def at(self, now: datetime) -> Self:
        """The same, its state by the clock."""
        return replace(self, state=self.step(now))


@dataclass(frozen=True, slots=True)
class BasketRow(AtAStep):
    """`packs`: ordered; before that what the counted lines come to is not summed here."""

    id: UUID
    title: str
    office: UUID
    office_name: str
    community: UUID
    community_name: str
    supplier: UUID
    supplier_name: str
    on: date
    waiting: int
    households: int
    packs: int
    given: int
    truck: UUID | None
    truck_name: str


@dataclass(frozen=True, slots=True)
class ItemView:
    """Packs over all households; `counted`, `damaged`: at arrival."""

    id: UUID
    code: str
    name: str
    item: UUID
    units_per_pack: int
    price_fen: int
    lot: UUID | None
    asked: int
    ordered: int
    loaded: int
    given: int
    counted: int
    damaged: int


@dataclass(frozen=True, slots=True)
class BasketView(AtAStep):
    """`purchase`: supply's, once it is ordered."""

    id: UUID
    title: str
    office: UUID
    office_name: str
    community: UUID
    community_name: str
    supplier: UUID
    supplier_name: str
    organiser: str
    place: tuple[str, str, str]
    licence: str
    driver: str
    plate: str
    on: date
    packs_min: int
    household_max: int
    tolerance_permille: int
    document: UUID | None
    truck: UUID | None
    truck_name: str
    items: tuple[ItemView, ...]
    arrivals: int
    unsprayed: int
    forgotten_at: datetime | None = None
    purchase: UUID | None = None

    @property
    def ordered(self) -> int:
        return sum(item.ordered for item in self.items)

    @property
    def given(self) -> int:
        return sum(item.given for item in self.items)

    @property
    def is_beyond_tolerance(self) -> bool:
        """Whether what came falls further short of what was ordered than is usual."""
        return bool(self.ordered) and (self.ordered - self.given) * 1000 // self.ordered > self.tolerance_permille


@dataclass(frozen=True, slots=True)
class ArrivalView:
    """A vehicle that came. `sprayed_by`, `noted_at`: who wrote the spraying down, and when; at the check-in where nobody did later."""

    id: UUID
    driver: str
    plate: str
    why_other: str
    signed_in_at: datetime
    counted_by: str
    packs: int
    sprayed_at: datetime | None
    sprayed_by: str
    noted_at: datetime | None


@dataclass(frozen=True, slots=True)
class PortionView:
    code: str
    name: str
    price_fen: int
    asked: int
    ordered: int
    loaded: int
    given: int | None
    handed_at: datetime | None
    way: str = Portion.Way.HERE.value


@dataclass(frozen=True, slots=True)
class HouseholdView:
    """A door, by what names it ordered, and its portions in the order of the menu."""

    id: UUID
    building: str
    unit: str
    room: str
    name: str
    paid_fen: int
    refunded_fen: int
    portions: tuple[PortionView, ...]

    @property
    def place(self) -> tuple[str, str, str]:
        return self.building, self.unit, self.room

    @property
    def ordered_fen(self) -> int:
        return sum(one.ordered * one.price_fen for one in self.portions)

    @property
    def due_fen(self) -> int:
        """For what was ordered; once it is shared out, for what they get."""
        return sum((one.ordered if one.given is None else one.given) * one.price_fen for one in self.portions)

    @property
    def owed_fen(self) -> int:
        """Paid, and neither got for it nor paid back; 0 until it is shared out."""
        if any(one.given is None for one in self.portions):
            return 0
        return max(
            self.paid_fen - self.refunded_fen - sum((one.given or 0) * one.price_fen for one in self.portions), 0
        )

    @property
    def packs(self) -> int:
        """What is theirs as things stand."""
        return sum(one.loaded if one.given is None else one.given for one in self.portions)

    @property
    def travels(self) -> bool:
        """Whether some of it is on its way to the door, or was lost there."""
        return any(one.way != Portion.Way.HERE and one.handed_at is None for one in self.portions)

    @property
    def is_handed(self) -> bool:
        return all(one.handed_at is not None for one in self.portions if one.given)


@dataclass(frozen=True, slots=True)
class LostPortion:
    """A household's packs that nobody finds any more: others are brought, or what was paid is owed back."""

    id: UUID
    basket: UUID
    title: str
    office: UUID
    community_name: str
    building: str
    unit: str
    room: str
    code: str
    name: str
    packs: int


def baskets(
    *, offices: Collection[UUID] | None = None, on: date | None = None, ids: Collection[UUID] | None = None
) -> tuple[BasketRow, ...]:
    """The newest day first; None is any."""
    rows: QuerySet[Basket] = Basket.objects.select_related("office", "community__party", "supplier", "truck")
    if offices is not None:
        rows = rows.filter(office__in=offices)
    if on is not None:
        rows = rows.filter(on=on)
    if ids is not None:
        rows = rows.filter(id__in=ids)
    waiting = ChainLine.objects.filter(paste__basket=OuterRef("pk"), state=ChainLine.State.WAITING)
    portions = Portion.objects.filter(household__basket=OuterRef("pk")).values("household__basket")
    rows = rows.annotate(
        waiting_count=Coalesce(Subquery(waiting.values("paste__basket").annotate(n=Count("id")).values("n")), 0),
        households_count=Coalesce(Subquery(portions.annotate(n=Count("household", distinct=True)).values("n")), 0),
        packs_count=Coalesce(Subquery(portions.annotate(n=Sum("ordered")).values("n")), 0),
        given_count=Coalesce(Subquery(portions.annotate(n=Sum("given")).values("n")), 0),
    )
    return tuple(_row(row) for row in rows.order_by("-on", "community__party__name", "id")[:BASKETS_MAX])


def days_with_baskets(offices: Collection[UUID] | None, since: date) -> tuple[tuple[date, int], ...]:
    """The days from `since` on of these committees' baskets that were not called off, and how many; None: any committee."""
    rows = Basket.objects.filter(on__gte=since).exclude(state=Basket.State.CALLED_OFF)
    if offices is not None:
        rows = rows.filter(office__in=offices)
    return tuple(rows.values("on").annotate(n=Count("id")).order_by("on").values_list("on", "n")[:DAYS_MAX])


def _row(row: Basket) -> BasketRow:
    return BasketRow(
        id=row.id,
        title=row.title,
        office=row.office_id,
        office_name=row.office.name,
        community=row.community_id,
        community_name=row.community.party.name,
        supplier=row.supplier_id,
        supplier_name=row.supplier.name,
        state=row.state,
        on=row.on,
        closes_at=row.closes_at,
        waiting=getattr(row, "waiting_count", 0),
        households=getattr(row, "households_count", 0),
        packs=getattr(row, "packs_count", 0),
        given=getattr(row, "given_count", 0),
        truck=row.truck_id,
        truck_name=row.truck.name if row.truck else "",
    )


def basket_of_purchase(purchase: UUID) -> tuple[UUID, UUID] | None:
    """(basket, its office) that a purchase was gathered for; None: none was."""
    return Basket.objects.filter(purchase=purchase).values_list("id", "office").first()


def basket(id: UUID) -> BasketView:
    """Raises BasketNotThere."""
    row = Basket.objects.select_related("office", "community__party", "supplier", "truck").filter(id=id).first()
    if row is None:
        raise BasketNotThere("There is no such basket.", where=str(id), cure="Choose one from the day's list.")
    came = ArrivalLine.objects.filter(item=OuterRef("pk")).values("item")
    sums = Portion.objects.filter(item=OuterRef("pk")).values("item")
    items = BasketItem.objects.filter(basket=row).annotate(
        **{
            f"{field}_sum": Coalesce(Subquery(sums.annotate(n=Sum(field)).values("n")), 0)
            for field in ("asked", "ordered", "loaded", "given")
        },
        **{
            f"{field}_sum": Coalesce(Subquery(came.annotate(n=Sum(field)).values("n")), 0)
            for field in ("counted", "damaged")
        },
    )
    arrivals = row.arrivals.aggregate(all=Count("id"), unsprayed=Count("id", filter=Q(sprayed_at=None)))
    return BasketView(
        id=row.id,
        title=row.title,
        office=row.office_id,
        office_name=row.office.name,
        community=row.community_id,
        community_name=row.community.party.name,
        supplier=row.supplier_id,
        supplier_name=row.supplier.name,
        organiser=row.organiser,
        place=(row.building, row.unit, row.room),
        licence=row.licence,
        driver=row.driver,
        plate=row.plate,
        state=row.state,
        on=row.on,
        closes_at=row.closes_at,
        packs_min=row.packs_min,
        household_max=row.household_max,
        tolerance_permille=row.tolerance_permille,
        document=row.document,
        truck=row.truck_id,
        truck_name=row.truck.name if row.truck else "",
        items=tuple(_item(item) for item in items.order_by("code", "id")),
        arrivals=arrivals["all"],
        unsprayed=arrivals["unsprayed"],
        forgotten_at=row.forgotten_at,
        purchase=row.purchase,
    )


def arrivals_of(basket: UUID) -> tuple[ArrivalView, ...]:
    """What came for a basket, vehicle by vehicle, in the order they were signed in."""
    rows = list(
        Arrival.objects.filter(basket=basket)
        .select_related("counted_by")
        .annotate(packs=Coalesce(Sum("lines__counted"), 0))
        .order_by("signed_in_at", "id")[:ARRIVALS_MAX]
    )
    later = BasketAct.objects.filter(basket=basket, kind="sprayed").select_related("by")
    noted = {act.document: (act.by.name if act.by else "", act.at) for act in later}
    found = []
    for row in rows:
        counted_by = row.counted_by.name if row.counted_by else ""
        sprayed_by, noted_at = noted.get(row.document, (counted_by if row.sprayed_at else "", None))
        found.append(
            ArrivalView(
                row.id, row.driver, row.plate, row.why_other, row.signed_in_at, counted_by, row.packs, row.sprayed_at,
                sprayed_by, noted_at,
            )
        )  # fmt: skip
    return tuple(found)


def _item(row: BasketItem) -> ItemView:
    sums = {
        field: getattr(row, f"{field}_sum") for field in ("asked", "ordered", "loaded", "given", "counted", "damaged")
    }
    return ItemView(
        row.id, row.code, row.name, row.item_id, row.units_per_pack, row.price_fen, row.lot_id, **sums
    )  # fmt: skip


def lost_portions(offices: Collection[UUID] | None) -> tuple[LostPortion, ...]:
    """Of these committees' baskets, the oldest day first, in the order of doors. None: any."""
    rows = Portion.objects.filter(way=Portion.Way.LOST, handed_at=None)
    if offices is not None:
        rows = rows.filter(household__basket__office__in=offices)
    rows = rows.select_related("item", "household__basket__community__party")
    found = rows.order_by("household__basket__on", "household__basket", "household__sort_key", "id")
    return tuple(
        LostPortion(
            row.id, row.household.basket_id, row.household.basket.title, row.household.basket.office_id,
            row.household.basket.community.party.name, row.household.building, row.household.unit, row.household.room,
            row.item.code, row.item.name, row.given or 0,
        )
        for row in found[:LOST_MAX]
    )  # fmt: skip


def office_of_portion(portion: UUID) -> UUID:
    """Raises BasketNotThere."""
    found = Portion.objects.filter(id=portion).values_list("household__basket__office", flat=True).first()
    if found is None:
        raise BasketNotThere("There is no such portion.", where=str(portion), cure="Open the list anew.")
    return found


def households_of(basket: UUID) -> tuple[HouseholdView, ...]:
    """In the order of their doors, as people count them."""
    return _households(BasketHousehold.objects.filter(basket=basket))


def household(id: UUID) -> HouseholdView:
    """Raises BasketNotThere."""
    (found,) = _households(BasketHousehold.objects.filter(id=id)) or (None,)
    if found is None:
        raise BasketNotThere("There is no such household in a basket.", where=str(id), cure="Open the list anew.")
    return found


def _households(rows: QuerySet[BasketHousehold]) -> tuple[HouseholdView, ...]:
    portions: defaultdict[UUID, list[PortionView]] = defaultdict(list)
    its = Portion.objects.filter(household__in=rows).select_related("item").order_by("item__code", "id")
    for one in its:
        portions[one.household_id].append(
            PortionView(
                one.item.code,
                one.item.name,
                one.item.price_fen,
                one.asked,
                one.ordered,
                one.loaded,
                one.given,
                one.handed_at,
                one.way,
            )
        )
    return tuple(
        HouseholdView(
            row.id, row.building, row.unit, row.room, row.name, row.paid_fen, row.refunded_fen, tuple(portions[row.id])
        )
        for row in rows.order_by("sort_key", "id")[:HOUSEHOLDS_MAX]
    )
