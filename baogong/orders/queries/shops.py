"""Shops as their pages and the district's list show them."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from uuid import UUID

from django.db.models import Exists, F, Max, OuterRef, Q, QuerySet, Subquery
from django.utils import timezone

from baogong.kernel.errors import NotFound
from baogong.orders.models import ApprovedShop, DayPack, Shop, ShopDay, ShopOrderLine, ShopPack, ShopPhoto
from baogong.orders.services.shop_days import as_last, bring_in, free_of, last_before

SHOPS_MAX, PACKS_MAX, DAYS_MAX = 500, 200, 60
AT_HAND_MAX = 100  # a day may be opened sixty days ahead


@dataclass(frozen=True, slots=True)
class ShopView:
    """`approved_why`: what the district says of it; "" where it does not recommend it."""

    id: UUID
    office: UUID
    office_name: str
    name: str
    name_en: str
    code: str
    trade: str
    about: str
    has_photo: bool
    approved_why: str
    approved_at: datetime | None
    is_open: bool
    lat: float | None
    lon: float | None

    @property
    def is_approved(self) -> bool:
        return bool(self.approved_why)


@dataclass(frozen=True, slots=True)
class PackView:
    id: UUID
    name: str
    sort: str
    holds: str
    weight_g: int
    is_cold: bool
    has_photo: bool


@dataclass(frozen=True, slots=True)
class OfferedPack:
    """A pack on a day; `left`: neither ordered nor taken out; `is_full`: nothing of it has gone yet."""

    id: UUID
    pack: PackView
    lot: UUID
    price_fen: int
    per_order_max: int
    left: int
    ordered: int

    @property
    def stock(self) -> int:
        return self.left + self.ordered


@dataclass(frozen=True, slots=True)
class SlotView:
    """`riders_bring`: packs the day's riders can hand over in it, as `engine.rounds.riders` estimates."""

    id: UUID
    from_at: datetime
    until_at: datetime
    packs_max: int
    packs_taken: int
    riders_bring: int

    @property
    def left(self) -> int:
        return self.packs_max - self.packs_taken

    @property
    def capped(self) -> int:
        """What it takes once it is cut off at its riders: never less than is ordered."""
        return max(self.packs_taken, min(self.packs_max, self.riders_bring))

    @property
    def is_oversold_to_riders(self) -> bool:
        """More is ordered already than they can bring in it: one more of them is needed."""
        return self.packs_taken > self.riders_bring


@dataclass(frozen=True, slots=True)
class DayLine:
    """A day in the list of a shop's days."""

    id: UUID
    on: date
    opens_at: datetime
    cut_off_at: datetime
    packs_taken: int
    closed_at: datetime | None

    def is_open(self, now: datetime) -> bool:
        return self.closed_at is None and self.opens_at <= now < self.cut_off_at


@dataclass(frozen=True, slots=True)
class DayView:
    """A shop's day. What its riders can bring is reckoned slot by slot: nobody brings at six what was promised for noon."""

    id: UUID
    shop: UUID
    on: date
    opens_at: datetime
    cut_off_at: datetime
    minimum_fen: int
    riders: int
    packs_max: int | None
    packs_taken: int
    closed_at: datetime | None
    packs: tuple[OfferedPack, ...]
    slots: tuple[SlotView, ...]

    def is_open(self, now: datetime) -> bool:
        return self.closed_at is None and self.opens_at <= now < self.cut_off_at

    @property
    def stock(self) -> int:
        return sum(one.stock for one in self.packs)

    @property
    def left(self) -> int:
        """Packs that may still be ordered: what is there, and what can be brought."""
        bring = sum(one.left for one in self.slots)
        capped = bring if self.packs_max is None else min(bring, self.packs_max - self.packs_taken)
        return max(0, min(capped, sum(one.left for one in self.packs)))

    @property
    def riders_bring(self) -> int:
        """Packs its riders can hand over in all its slots."""
        return sum(one.riders_bring for one in self.slots)

    def promised_in(self, slot: SlotView) -> int:
        """Packs that may be ordered in this slot in all, as the day stands."""
        return slot.packs_taken + min(slot.left, self._still_to_order)

    @property
    def _still_to_order(self) -> int:
        """As the goods and the day's cap allow, whatever the slots take."""
        goods = sum(one.left for one in self.packs)
        return max(0, goods if self.packs_max is None else min(goods, self.packs_max - self.packs_taken))

    @property
    def promises(self) -> int:
        """Packs that may be ordered in all, as the day stands."""
        most = sum(one.packs_max for one in self.slots)
        return min(self.stock, most if self.packs_max is None else min(most, self.packs_max))

    @property
    def cap_to_ask(self) -> int | None:
        """
        What the page asks to cut the day off at, before the riders are oversold; None where they bring every slot's packs.

        Cut off there, each slot takes no more than they bring in it.
        """
        if not self.slots_too_wide:
            return None
        return sum(one.capped for one in self.slots)

    @property
    def slots_too_wide(self) -> tuple[tuple[SlotView, int], ...]:
        """(slot, packs that may be ordered in it) where more may be ordered than its riders bring."""
        told = [(one, self.promised_in(one)) for one in self.slots]
        return tuple((one, most) for one, most in told if most > max(one.riders_bring, one.packs_taken))

    @property
    def slots_oversold(self) -> tuple[SlotView, ...]:
        """Where more is ordered already than the riders bring: one more of them is needed."""
        return tuple(one for one in self.slots if one.is_oversold_to_riders)

    @property
    def beyond_riders(self) -> int:
        """Packs that may be ordered, or are, beyond what the riders bring, slot by slot."""
        return sum(max(0, self.promised_in(one) - one.riders_bring) for one in self.slots)

    @property
    def is_oversold_to_riders(self) -> bool:
        return bool(self.slots_oversold)


def shop(shop_id: UUID) -> ShopView:
    """Raises NotFound."""
    return _one(Shop.objects.filter(pk=shop_id), str(shop_id))


def shop_of_code(code: str) -> ShopView:
    """By the address people pass on. Raises NotFound."""
    return _one(Shop.objects.filter(code=code.strip().lower()), code[:8])


def shops(
    *,
    ids: Collection[UUID] | None = None,
    office: UUID | None = None,
    approved: bool | None = None,
    most: int = SHOPS_MAX,
) -> tuple[ShopView, ...]:
    """In the order of their names; `ids` and `office` None: any."""
    rows = Shop.objects.filter(ended_at=None)
    if ids is not None:
        rows = rows.filter(Q(pk__in=ids) | Q(office__in=ids))
    if office is not None:
        rows = rows.filter(office=office)
    found = _views(rows)
    if approved is not None:
        found = found.filter(Q(approved_word=approved))
    return tuple(_view(row) for row in found[:most])


def communities_of(shop_id: UUID) -> tuple[tuple[UUID, str], ...]:
    """Where a shop brings to, in the order of their names."""
    rows = Shop.communities.through.objects.filter(shop=shop_id).order_by("community__party__sort_key", "community")
    return tuple(rows.values_list("community", "community__party__name"))


def photo(of: UUID, *, shop: UUID | None = None) -> bytes | None:
    """The JPEG of a shop or of one of its packs; `shop`: only of this one's."""
    rows = ShopPhoto.objects.filter(id=of) if shop is None else ShopPhoto.objects.filter(id=of, shop=shop)
    row = rows.values_list("payload", flat=True).first()
    return None if row is None else bytes(row)


def packs_of(shop_id: UUID) -> tuple[PackView, ...]:
    """What it sells, in the order it was added."""
    rows = ShopPack.objects.filter(shop=shop_id, ended_at=None).annotate(has_photo=_pictured("pk"))
    return tuple(_pack(row, row.has_photo) for row in rows.order_by("made_at", "id")[:PACKS_MAX])


def days_of(shop_id: UUID) -> tuple[tuple[UUID, date, int, datetime | None], ...]:
    """(day, date, packs ordered, when closed), the latest first."""
    rows = ShopDay.objects.filter(shop=shop_id).order_by("-on")[:DAYS_MAX]
    return tuple(rows.values_list("id", "on", "packs_taken", "closed_at"))


def days_at_hand(shop_id: UUID, now: datetime) -> tuple[DayLine, ...]:
    """The days that are not over, the next first: of today or later, or still being brought; then the last that is over."""
    rows = (
        ShopDay.objects.filter(shop=shop_id).annotate(brought_at=Max("slots__until_at")).order_by("-on")[:AT_HAND_MAX]
    )
    at_hand: list[DayLine] = []
    over: list[DayLine] = []
    for row in rows:
        line = DayLine(row.id, row.on, row.opens_at, row.cut_off_at, row.packs_taken, row.closed_at)
        is_over = row.on < timezone.localdate(now) and row.brought_at <= now
        (over if is_over else at_hand).append(line)
    return (*reversed(at_hand), *over[:1])


def day(day_id: UUID) -> DayView:
    """Raises NotFound."""
    row = ShopDay.objects.filter(id=day_id).first()
    if row is None:
        raise NotFound("There is no such day of a shop.", where=str(day_id), cure="Open the shop’s page again.")
    return _day(row)


def day_on(shop_id: UUID, on: date) -> DayView:
    """Raises NotFound."""
    row = ShopDay.objects.filter(shop=shop_id, on=on).first()
    if row is None:
        raise NotFound("This shop offers nothing on that day.", where=str(on), cure="Look at its days.")
    return _day(row)


@dataclass(frozen=True, slots=True)
class NextOffer:
    """What a day would offer that is made from the last one: (name, packs, price) of each pack."""

    on: date
    packs: tuple[tuple[str, int, int], ...]
    cut_off_at: datetime
    slots: tuple[tuple[datetime, datetime], ...]


def next_offer(shop_id: UUID, to: date, packs: Sequence[PackView]) -> NextOffer | None:
    """For the merchant to read before the tap; `packs`: what the shop sells. None: there is no day to make it from."""
    last = last_before(shop_id, to)
    if last is None:
        return None
    offered, slots, cut_off_at = as_last(last, to)
    names = {one.id: one.name for one in packs}
    told = tuple((names[one.pack], one.stock, one.price_fen) for one in offered if one.pack in names)
    return NextOffer(to, told, cut_off_at, tuple((one.from_at, one.until_at) for one in slots))


def running_day(shop_id: UUID, now: datetime) -> DayView | None:
    """The one of `running_of`, whole."""
    line = running_of(days_at_hand(shop_id, now), now)
    return None if line is None else day(line.id)


def running_of(days: Sequence[DayLine], now: datetime) -> DayLine | None:
    """The day that takes orders now, the nearest cut-off first; else the next that will; else the last one."""
    to_come = [one for one in days if one.closed_at is None and now < one.cut_off_at]
    taking = [one for one in to_come if one.is_open(now)]
    if taking:
        return min(taking, key=lambda one: (one.cut_off_at, one.on))
    if to_come:
        return min(to_come, key=lambda one: (one.opens_at, one.cut_off_at, one.on))
    return max(days, key=lambda one: one.cut_off_at, default=None)


def _day(row: ShopDay) -> DayView:
    packs = list(
        DayPack.objects.filter(day=row)
        .select_related("pack")
        .annotate(has_photo=_pictured("pack"))
        .order_by("pack__made_at", "id")
    )
    free = free_of([one.lot_id for one in packs], row.shop_id)
    ordered = _ordered(row.id)
    return DayView(
        id=row.id,
        shop=row.shop_id,
        on=row.on,
        opens_at=row.opens_at,
        cut_off_at=row.cut_off_at,
        minimum_fen=row.minimum_fen,
        riders=row.riders,
        packs_max=row.packs_max,
        packs_taken=row.packs_taken,
        closed_at=row.closed_at,
        packs=tuple(
            OfferedPack(
                one.id, _pack(one.pack, one.has_photo), one.lot_id, one.price_fen, one.per_order_max,
                free[one.lot_id], ordered.get(one.id, 0),
            )
            for one in packs
        ),
        slots=tuple(
            SlotView(one.id, one.from_at, one.until_at, one.packs_max, one.packs_taken, bring_in(one, row.riders))
            for one in row.slots.order_by("from_at")
        ),
    )  # fmt: skip


def _ordered(day_id: UUID) -> dict[UUID, int]:
    """Pack of the day → packs promised or given: as picked where it was, else as ordered."""
    counted: dict[UUID, int] = {}
    rows = ShopOrderLine.objects.filter(pack__day=day_id).exclude(state__in=("CANCELLED", "SHORT", "IN_VAIN"))
    for pack, got, packs in rows.values_list("pack", "got", "packs"):
        counted[pack] = counted.get(pack, 0) + (packs if got is None else got)
    return counted


def _pictured(of: str) -> Exists:
    return Exists(ShopPhoto.objects.filter(id=OuterRef(of)))


def _pack(row: ShopPack, has_photo: bool) -> PackView:
    return PackView(row.id, row.name, row.sort, row.holds, row.weight_g, row.is_cold, has_photo)


def _views(rows: QuerySet[Shop]) -> QuerySet[Shop]:
    words = ApprovedShop.objects.filter(shop=OuterRef("pk")).order_by("-at", "-id")
    return rows.annotate(
        approved_word=Subquery(words.values("is_approved")[:1]),
        approved_why=Subquery(words.values("why")[:1]),
        approved_at=Subquery(words.values("at")[:1]),
        has_photo=_pictured("pk"),
        name=F("party__name"),
        name_en=F("party__name_en"),
        office_name=F("office__name"),
    ).order_by("party__sort_key", "pk")


def _view(row: Shop) -> ShopView:
    said = {name: getattr(row, name) for name in ("name", "name_en", "office_name", "has_photo", "approved_at")}
    return ShopView(
        id=row.pk,
        office=row.office_id,
        code=row.code,
        trade=row.trade,
        about=row.about,
        approved_why=getattr(row, "approved_why", "") or "" if getattr(row, "approved_word", None) else "",
        is_open=row.ended_at is None,
        lat=row.lat,
        lon=row.lon,
        **said,
    )


def _one(rows: QuerySet[Shop], where: str) -> ShopView:
    found: Iterable[Shop] = _views(rows)[:1]
    for row in found:
        return _view(row)
    raise NotFound(
        "There is no such shop.", where=where, cure="Read its code once more, or look at the district’s list."
    )
