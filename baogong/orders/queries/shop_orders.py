"""Orders as the shop picks them and as their orderers see them. No word of a person."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F, Q

from baogong.kernel.errors import NotFound
from baogong.orders.models import ShopOrder, ShopOrderLine
from baogong.orders.queries.shops import DayView
from baogong.orders.services.shop_orders import TRAVELLING
from baogong.people.services.links import LinkView

ORDERS_MAX, LINES_MAX, LOST_MAX = 2_000, 20_000, 500
_ORDER_OF_STATES = ("PLACED", "PICKED", "UNDERWAY", "LOST", "IN_VAIN", "HANDED_OVER", "SHORT", "CANCELLED")


@dataclass(frozen=True, slots=True)
class LineView:
    """`instead`: agreed for when it is short; `takes_place_of`: the pack it was put in for."""

    id: UUID
    name: str
    sort: str
    pack: UUID
    packs: int
    got: int | None
    price_fen: int
    state: str
    instead: str
    takes_place_of: str
    told_until_at: datetime | None
    told_why: str

    @property
    def there(self) -> int:
        return self.packs if self.got is None else self.got

    @property
    def short(self) -> int:
        return self.packs - self.there


@dataclass(frozen=True, slots=True)
class OrderView:
    """`state`: the first of its lines' states, as they follow each other."""

    id: UUID
    code: str
    shop: UUID
    shop_name: str
    shop_code: str
    day: UUID
    cut_off_at: datetime
    slot: UUID
    from_at: datetime
    until_at: datetime
    community: UUID
    community_name: str
    at: datetime
    cancelled_at: datetime | None
    picked_at: datetime | None
    lines: tuple[LineView, ...]

    @property
    def state(self) -> str:
        states = {one.state for one in self.lines}
        return next((state for state in _ORDER_OF_STATES if state in states), "CANCELLED")

    @property
    def packs(self) -> int:
        return sum(one.there for one in self.lines if one.state != "CANCELLED")

    @property
    def to_pay_fen(self) -> int:
        """What is there, at the price agreed; what is short is not paid for."""
        return sum(one.there * one.price_fen for one in self.lines if one.state not in ("CANCELLED", "IN_VAIN"))

    @property
    def short(self) -> int:
        """Packs neither there nor replaced."""
        instead = sum(one.there for one in self.lines if one.takes_place_of)
        return sum(one.short for one in self.lines if not one.takes_place_of) - instead

    @property
    def told_until_at(self) -> datetime | None:
        """By when what misses its slot comes after all, as its orderer was told; None: nothing does."""
        return max((one.told_until_at for one in self.lines if one.told_until_at is not None), default=None)

    @property
    def told_why(self) -> str:
        """Of what comes last of it."""
        told = [one for one in self.lines if one.told_until_at is not None]
        return max(told, key=lambda one: (one.told_until_at, one.told_why)).told_why if told else ""

    @property
    def travels(self) -> bool:
        """Whether some of it is still to come into its orderer's hands."""
        return any(one.state in TRAVELLING for one in self.lines)

    def may_cancel(self, now: datetime) -> bool:
        return self.cancelled_at is None and self.picked_at is None and now < self.cut_off_at


@dataclass(frozen=True, slots=True)
class LostLine:
    """Packs of an order that nobody finds any more."""

    id: UUID
    code: str
    shop: UUID
    shop_name: str
    community_name: str
    name: str
    packs: int
    lost_at: datetime


def order(order_id: UUID) -> OrderView:
    """Raises NotFound."""
    found = _views(ids=[order_id])
    if not found:
        raise NotFound("There is no such order.", where=str(order_id), cure="Look it up by its code.")
    return found[0]


def order_of_code(code: str) -> OrderView:
    """As people read it out. Raises NotFound."""
    tidied = "".join(sign for sign in code.upper() if sign.isalnum())
    found = ShopOrder.objects.filter(code=tidied).values_list("id", flat=True).first()
    if found is None:
        raise NotFound(
            "There is no order of this code.", where=code[:20], cure="Read it once more, or look at the day’s list."
        )
    return order(found)


def order_of_link(link: LinkView) -> OrderView:
    """The one a private link shows. Raises NotFound."""
    assert link.subject is not None
    return order(link.subject)


def orders_of(day: UUID, *, most: int = ORDERS_MAX) -> tuple[OrderView, ...]:
    """A day's orders, slot by slot, in the order they came."""
    return _views(day=day, most=most)


@dataclass(frozen=True, slots=True)
class LateOrder:
    """
    An order that misses its time, and whose orderer was not told so.

    has_passed  its slot is over; else its slot has more packs than its riders bring, and it was among the last to come
    """

    order: OrderView
    has_passed: bool


def late_orders(day: DayView, orders: Sequence[OrderView], now: datetime) -> tuple[LateOrder, ...]:
    """Of a day's orders those to tell why they are late; who was told a time that is still to come is not among them."""
    bring, taken, found = {one.id: one.riders_bring for one in day.slots}, Counter[UUID](), []
    for one in orders:
        if one.cancelled_at is not None:
            continue
        taken[one.slot] += one.packs
        has_passed = one.until_at <= now
        is_told = one.told_until_at is not None and one.told_until_at > now
        if one.travels and not is_told and (has_passed or taken[one.slot] > bring.get(one.slot, 0)):
            found.append(LateOrder(one, has_passed))
    return tuple(found)


def shop_of_line(line: UUID) -> tuple[UUID, UUID]:
    """(shop, its district's office) of a line of an order. Raises NotFound."""
    found = ShopOrderLine.objects.filter(id=line).values_list("order__day__shop", "order__day__shop__office").first()
    if found is None:
        raise NotFound("There is no such line of an order.", where=str(line), cure="Open the list anew.")
    return found


def lost_lines(offices: Collection[UUID] | None) -> tuple[LostLine, ...]:
    """Lines whose goods were lost on the way, the longest waiting first: each is brought again, or paid back. None: any office."""
    rows = ShopOrderLine.objects.filter(state=ShopOrderLine.State.LOST)
    if offices is not None:
        rows = rows.filter(Q(order__day__shop__office__in=offices) | Q(order__day__shop__in=offices))
    rows = rows.select_related("order__day__shop__party", "order__community__party", "pack__pack")
    return tuple(
        LostLine(
            row.id, row.order.code, row.order.day.shop_id, row.order.day.shop.party.name,
            row.order.community.party.name, row.pack.pack.name, row.packs if row.got is None else row.got, row.moved_at,
        )
        for row in rows.order_by("moved_at", "id")[:LOST_MAX]
    )  # fmt: skip


def lines_of(office: UUID) -> list[UUID]:
    """Every line that a district's shops have sold, given up ones too, by id."""
    rows = ShopOrderLine.objects.filter(order__day__shop__office=office).order_by("id")
    return list(rows.values_list("id", flat=True)[:LINES_MAX])


def _views(*, ids: list[UUID] | None = None, day: UUID | None = None, most: int = ORDERS_MAX) -> tuple[OrderView, ...]:
    rows = ShopOrder.objects.select_related("day__shop__party", "slot", "community__party")
    rows = rows.filter(day=day) if day is not None else rows.filter(id__in=ids or [])
    found = list(rows.order_by("slot__from_at", "at", "id")[:most])
    lines: dict[UUID, list[LineView]] = {row.id: [] for row in found}
    told = ShopOrderLine.objects.filter(order__in=lines).select_related(
        "pack__pack", "instead__pack", "instead_of__pack__pack"
    )
    # What was put in for another pack stands after what was ordered.
    for line in told.order_by("pack__pack__made_at", F("instead_of").asc(nulls_first=True), "id"):
        lines[line.order_id].append(
            LineView(
                line.id,
                line.pack.pack.name,
                line.pack.pack.sort,
                line.pack_id,
                line.packs,
                line.got,
                line.price_fen,
                line.state,
                line.instead.pack.name if line.instead else "",
                line.instead_of.pack.pack.name if line.instead_of else "",
                line.told_until_at,
                line.told_why,
            )
        )
    return tuple(
        OrderView(
            row.id,
            row.code,
            row.day.shop_id,
            row.day.shop.party.name,
            row.day.shop.code,
            row.day_id,
            row.day.cut_off_at,
            row.slot_id,
            row.slot.from_at,
            row.slot.until_at,
            row.community_id,
            row.community.party.name,
            row.at,
            row.cancelled_at,
            row.picked_at,
            tuple(lines[row.id]),
        )
        for row in found
    )
