"""
Picked packs that ride the rounds: what waits to be brought, and what becomes of a line while others carry it.

Each line of an order is one promise and one parcel. Whoever carries it is a room above; it asks what is due and tells each
step in the transaction in which the book moves the goods. The line's own hold is what travels.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.journal.locks import lock_rows
from baogong.journal.promises import AddressOf, PromiseDue
from baogong.journal.services import record
from baogong.kernel.actor import Actor
from baogong.kernel.errors import NotFound
from baogong.kernel.ids import derived_id
from baogong.ledger import services as ledger
from baogong.ledger.facts import AccountRef, HoldView
from baogong.ledger.states import Reason, State
from baogong.orders.models import ShopOrderLine
from baogong.orders.services.shop_days import free_of
from baogong.orders.services.shop_orders import purpose_of
from baogong.orders.services.shop_texts import put_out_texts
from baogong.orders.services.shops import OFFICE, require_keeper
from baogong.orders.shop_errors import OrderMoved, SoldOut
from baogong.people.services.identity import reveal_for_work

Line = ShopOrderLine.State
NOBODYS = (Line.CANCELLED, Line.IN_VAIN, Line.SHORT)  # of which nobody gets anything any more
HANDOVER, VISITS_MAX, DUE_MAX = ("CONTACTLESS", "WITNESSED"), 2, 5_000


def deliveries_due(office: UUID, *, ids: Collection[UUID] | None = None) -> tuple[PromiseDue, ...]:
    """Picked lines of the district's shops, those of the first slot first. None is any."""
    rows = ShopOrderLine.objects.filter(state=Line.PICKED, order__day__shop__office=office)
    if ids is not None:
        rows = rows.filter(id__in=ids)
    rows = rows.select_related("order__day__shop__office", "order__slot", "pack__pack")
    return tuple(_due(row) for row in rows.order_by("due_at", "id")[:DUE_MAX])


def _due(row: ShopOrderLine) -> PromiseDue:
    shop = row.order.day.shop
    return PromiseDue(
        id=row.id, code=row.order.code, office=shop.office_id, city=shop.office.city, hold=row.hold, lot=row.pack.lot_id,
        item=row.pack.pack.item_id, amount=row.got or row.packs, handover=HANDOVER, visits_max=VISITS_MAX, due_at=row.due_at,
        due_from_at=row.order.slot.from_at, unit_weight_g=row.pack.pack.weight_g,
    )  # fmt: skip


def addresses_for_work(
    *, office: UUID, claims: Collection[UUID], why: str, actor: Actor, now: datetime, known_since: datetime
) -> tuple[AddressOf, ...]:
    """The addresses of these lines in clear, for the work they are kept for; who read them when and why stays. Raises NotYourPlace."""
    actor.require(*OFFICE, at=office)
    rows = (
        ShopOrderLine.objects.filter(id__in=claims, order__day__shop__office=office)
        .select_related("order")
        .order_by("id")
    )
    persons = {row.id: row.order.orderer_id for row in rows}
    texts = reveal_for_work(
        parties=set(persons.values()), what="ADDRESS", purpose=purpose_of(office), actor=actor, now=now, why=why,
        known_since=known_since,
    )  # fmt: skip
    return tuple(
        AddressOf(line, texts.get(person, ""), "" if texts.get(person) else "NONE") for line, person in persons.items()
    )


def purposes_of(claims: Collection[UUID]) -> dict[UUID, str]:
    """None: who signs for what was ordered stays in the evidence."""
    del claims
    return {}


# What the carrying room tells, in its own transaction.


def lock(claims: Collection[UUID]) -> None:
    """Until the transaction ends they are the caller's."""
    _locked(claims)


def leave_shop(claims: Collection[UUID], now: datetime) -> None:
    """The goods of these lines go on their way. Raises OrderMoved where one is not picked, or has ended."""
    rows = _locked(claims)
    for row in rows:
        if row.state != Line.PICKED:
            raise OrderMoved(
                f"A line of order {row.order.code} is “{row.get_state_display()}”; it cannot go on its way. Nothing was changed.",
                where=row.order.code, found=row.state, expected=Line.PICKED.value, cure="Leave it out.",
            )  # fmt: skip
    _say(rows, Line.UNDERWAY, now)


def ended(claims: Collection[UUID]) -> set[UUID]:
    """Those that no courier brings any more: given up, brought in vain, or handed over by the shop itself."""
    states = (*NOBODYS, Line.HANDED_OVER)
    return set(ShopOrderLine.objects.filter(id__in=claims, state__in=states).values_list("id", flat=True))


def refuse_ended(claims: Collection[UUID]) -> None:
    """Locks them, so that none ends between this look and its handover. Raises OrderMoved."""
    for row in _locked(claims):
        if row.state in NOBODYS:
            raise OrderMoved(
                f"A line of order {row.order.code} is “{row.get_state_display()}”: its goods are nobody's to have. Nothing was changed.",
                where=row.order.code, found=row.state, expected=Line.UNDERWAY.value,
                cure="Bring it back to the station, which gives it back to the shop.",
            )  # fmt: skip


def come_down(claims: Mapping[UUID, Mapping[str, Any]], now: datetime) -> None:
    """A courier sets out: the order's own page says when it comes, by its slot and its state; a text says that it comes now."""
    rows = ShopOrderLine.objects.filter(id__in=list(claims)).select_related("order")
    for row in rows:
        put_out_texts([row.order], "come-down", now, once=claims[row.id].get("round", ""))


def arrive(claims: Collection[UUID], now: datetime) -> None:
    """They are in their households' hands; the caller has posted the hold that travelled."""
    _say([row for row in _locked(claims) if row.state == Line.UNDERWAY], Line.HANDED_OVER, now)


def go_on(claims: Collection[UUID], now: datetime) -> None:
    """What `arrive` told was taken back: they are on their way again."""
    _say([row for row in _locked(claims) if row.state == Line.HANDED_OVER], Line.UNDERWAY, now)


def go_missing(claims: Collection[UUID], *, actor: Actor, now: datetime) -> None:
    """Nobody finds their goods any more: the shop brings others, or gives the money back."""
    rows = [row for row in _locked(claims) if row.state == Line.UNDERWAY]
    _say(rows, Line.LOST, now)
    put_out_texts([row.order for row in rows], "lost", now, once=now.isoformat())
    for row in rows:
        record(
            kind="orders.line.lost",
            actor=actor,
            now=now,
            subject=row.order_id,
            data={"line": str(row.id), "packs": row.got},
        )


def come_to_light(claims: Collection[UUID], now: datetime) -> None:
    """Goods written off are there after all: whoever still waits gets them."""
    _say([row for row in _locked(claims) if row.state == Line.LOST], Line.UNDERWAY, now)


def bring_again(claim: UUID, *, actor: Actor, now: datetime, request_id: UUID) -> PromiseDue:
    """
    Other packs of the same lot are promised to a line whose goods were lost.

    Raises NotYourPlace, OrderMoved (nothing of it was lost), SoldOut, NotFound.
    """
    (row,) = _locked([claim]) or (None,)
    if row is None:
        raise NotFound("There is no such line; nothing was changed.", where=str(claim), cure="Open the list anew.")
    shop = row.order.day.shop
    require_keeper(actor, shop.pk, shop.office_id)
    if row.state != Line.LOST:
        raise OrderMoved(
            f"A line of order {row.order.code} is “{row.get_state_display()}”: nothing of it was lost. Nothing was changed.",
            where=row.order.code, found=row.state, expected=Line.LOST.value, cure="Open the list anew.",
        )  # fmt: skip
    count, lot = row.got or row.packs, row.pack.lot_id
    free = free_of([lot], shop.pk)[lot]
    if free < count:
        raise SoldOut(
            f"{free} of these packs are free; {count} were lost. Nothing was changed.",
            where="packs", found=count, expected=free, told=f"{row.pack.pack.name}: {free}",
            cure="Add to the day’s stock, or give the money back.",
        )  # fmt: skip
    own = derived_id("orders.again", row.id, request_id)
    here, theirs = AccountRef(shop.pk, State.AVAILABLE), AccountRef(row.order.orderer_id, State.HANDED_OVER)
    ledger.post(
        lines=[ledger.hold_line(here, theirs, lot, count, id=own)],
        actor=actor, reason=Reason.SALE, document=None, request_id=own, now=now,
    )  # fmt: skip
    row.state, row.hold, row.moved_at = Line.PICKED, own, now
    row.save(update_fields=["state", "hold", "moved_at"])
    put_out_texts([row.order], "again", now, once=own)
    return _due(row)


def offered_by(claims: Collection[UUID]) -> dict[UUID, AccountRef]:
    """Line → the account its goods were sold from, and go back to."""
    rows = ShopOrderLine.objects.filter(id__in=claims).values_list("id", "order__day__shop")
    return {id: AccountRef(shop, State.AVAILABLE) for id, shop in rows}


def come_back(claims: Mapping[UUID, HoldView], *, actor: Actor, now: datetime, request_id: UUID) -> None:
    """Goods that no courier brings any more stand in their shop again, free: nobody was at home as often as is promised."""
    rows = _locked(claims)
    _say([row for row in rows if row.state == Line.UNDERWAY], Line.IN_VAIN, now)
    for row in rows:
        record(kind="orders.line.came-back", actor=actor, now=now, subject=row.order_id, data={"line": str(row.id)})


def _locked(claims: Iterable[UUID]) -> list[ShopOrderLine]:
    return lock_rows(
        ShopOrderLine.objects.select_related("order__day__shop__office", "order__slot", "pack__pack"), set(claims)
    )


def _say(rows: Iterable[ShopOrderLine], state: ShopOrderLine.State, now: datetime) -> None:
    ShopOrderLine.objects.filter(id__in=[row.id for row in rows]).update(state=state, moved_at=now)
