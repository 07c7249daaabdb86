"""Customers' paid retail orders: they hold stock before any freeze can take it, and ship whatever else happens."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_row, lock_rows
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.supply.arithmetic import Taking, take_in_order
from baogong.supply.errors import ItemDelisted, NotEnoughForOrder, OrderClosed
from baogong.supply.models import RetailHold, RetailOrder, Shipment
from baogong.supply.queries.board import retail_balances
from baogong.supply.queries.freezes import delisted_items
from baogong.supply.requests import content_of, made_before


@dataclass(frozen=True, slots=True)
class PaidOrder:
    """
    One line of the shop's list: what is paid for and not yet shipped. Never who bought it.

    amount   base units, above 0
    paid_at  None: the list does not say, which is taken as before any freeze
    """

    item: UUID
    amount: int
    reference: str = ""
    paid_at: datetime | None = None


def available_for(site: UUID, order: PaidOrder) -> Taking[UUID]:
    """From which lots the order would be served: what expires first goes first."""
    free = sorted(
        retail_balances(sites=[site], items=[order.item]),
        key=lambda view: (view.lot.expires_on is None, view.lot.expires_on, view.lot.id),
    )
    return take_in_order([(view.lot.id, view.free) for view in free], order.amount)


@transaction.atomic
@recorded("supply.order.held")
def hold_for_order(*, site: UUID, order: PaidOrder, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    Set goods aside for a paid order; returns the order's id.

    Raises NotEnoughForOrder, ItemDelisted (paid after the item was set aside for relief), NotYourPlace,
    RequestIdReused; none leaves a trace.
    """
    actor.require(Duty.KEEPER, Duty.CLERK, Duty.COMMAND, at=site)
    content = content_of(site=site, order=repr(order))
    earlier = made_before(RetailOrder, request_id, content)
    if earlier is not None:
        return earlier.id
    if order.amount <= 0:
        raise UnusableInput("An order is for at least one.", where=order.reference, found=order.amount, expected="≥ 1")
    refuse_delisted(site, order)
    taking = available_for(site, order)
    if taking.missing:
        raise NotEnoughForOrder(
            f"Order {order.reference or '(no number)'} asks for {order.amount}; {taking.total} are free at this site. "
            "Nothing was held.",
            where=order.reference,
            found=order.amount,
            expected=f"at most {taking.total}",
            cure="Count the site again, or lift part of a freeze: an order paid before a freeze still ships.",
            free=taking.total,
        )
    row = RetailOrder.objects.create(
        request_id=request_id,
        content=content,
        site_id=site,
        item_id=order.item,
        reference=order.reference[:80],
        amount=order.amount,
        paid_at=order.paid_at,
        created_at=now,
    )
    source, target = AccountRef(site, State.AVAILABLE), AccountRef(site, State.SOLD)
    holds = {derived_id(request_id, lot): (lot, amount) for lot, amount in taking.taken}
    ledger.post(
        lines=[ledger.hold_line(source, target, lot, amount, id=hold) for hold, (lot, amount) in holds.items()],
        actor=actor,
        reason=Reason.SALE,
        document=None,
        request_id=derived_id(request_id, "hold"),
        now=now,
    )
    RetailHold.objects.bulk_create([RetailHold(hold=hold, order=row) for hold in holds])
    record(
        kind="supply.order.held",
        actor=actor,
        now=now,
        subject=site,
        data={"order": str(row.id), "amount": order.amount},
    )
    return row.id


@transaction.atomic
@recorded("supply.orders.shipped")
def ship_orders(
    *, site: UUID, actor: Actor, now: datetime, request_id: UUID, orders: Sequence[UUID] | None = None
) -> UUID:
    """
    The carrier took the parcels of these paid orders (None: all open ones of the site). Returns the document's id.

    Raises OrderClosed where one was shipped or cancelled before, NotYourPlace.
    """
    actor.require(Duty.KEEPER, Duty.COMMAND, at=site)
    content = content_of(site=site, orders=None if orders is None else sorted(map(str, orders)))
    earlier = made_before(Shipment, request_id, content)
    if earlier is not None:
        return earlier.document
    rows = _open_orders(site, orders)
    document = draw_up(
        kind="SHIPMENT",
        title=f"Paid orders shipped: {len(rows)}",
        body={"site": str(site), "orders": [str(row.id) for row in rows]},
        subjects=[site],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    held = book.holds([hold.hold for row in rows for hold in row.holds.all()])
    ledger.post(
        lines=[ledger.post_hold_line(hold) for hold in held if hold.open],
        actor=actor,
        reason=Reason.SALE,
        document=document,
        request_id=derived_id(request_id, "post"),
        now=now,
    )
    Shipment.objects.create(request_id=request_id, content=content, site_id=site, document=document, at=now)
    RetailOrder.objects.filter(pk__in=[row.pk for row in rows]).update(
        state=RetailOrder.State.SHIPPED, closed_at=now, closed_under=request_id
    )
    record(
        kind="supply.orders.shipped",
        actor=actor,
        now=now,
        subject=site,
        document=document,
        data={"orders": len(rows), "amount": sum(row.amount for row in rows)},
    )
    return document


@transaction.atomic
@recorded("supply.order.cancelled")
def cancel_order(*, order: UUID, why: str, actor: Actor, now: datetime, request_id: UUID) -> None:
    """The customer was paid back: what the order held is free again. Raises OrderClosed, NotYourPlace."""
    row = lock_row(RetailOrder.objects.all(), order)
    actor.require(Duty.KEEPER, Duty.CLERK, Duty.COMMAND, at=row.site_id)
    if row.closed_under == request_id:
        return
    if row.state != RetailOrder.State.OPEN:
        raise _closed(row)
    ledger.post(
        lines=[ledger.void_line(hold) for hold in book.holds([held.hold for held in row.holds.all()]) if hold.open],
        actor=actor,
        reason=Reason.SALE,
        document=None,
        request_id=derived_id(request_id, "void"),
        now=now,
    )
    row.state, row.closed_at, row.closed_under = RetailOrder.State.CANCELLED, now, request_id
    row.save(update_fields=["state", "closed_at", "closed_under"])
    record(
        kind="supply.order.cancelled",
        actor=actor,
        now=now,
        subject=row.site_id,
        data={"order": str(row.id), "why": why},
    )


def _open_orders(site: UUID, orders: Sequence[UUID] | None) -> list[RetailOrder]:
    rows = RetailOrder.objects.filter(site_id=site)
    if orders is None:
        orders = list(rows.filter(state=RetailOrder.State.OPEN).values_list("pk", flat=True))
    found = lock_rows(rows.prefetch_related("holds"), orders)
    if len(found) != len(set(orders)):
        raise NotFound("Some of these orders are not of this site.", found=len(found), expected=len(set(orders)))
    for row in found:
        if row.state != RetailOrder.State.OPEN:
            raise _closed(row)
    if not found:
        raise OrderClosed(
            "No paid order is waiting to be shipped here.", where=str(site), cure="Look at the list again."
        )
    return found


def _closed(row: RetailOrder) -> OrderClosed:
    return OrderClosed(
        f"Order {row.reference or row.pk} is {row.get_state_display().lower()} already; nothing was changed.",
        where=str(row.pk),
        found=row.state,
        expected=RetailOrder.State.OPEN,
        cure="Look at the list again.",
    )


def refuse_delisted(site: UUID, order: PaidOrder) -> None:
    """Raises ItemDelisted where the order was paid after its item went off sale at the site."""
    if order.paid_at is None:
        return
    for entry in delisted_items(order.paid_at, sites=[site]):
        if entry.item == order.item and entry.since <= order.paid_at and entry.may_sell < order.amount:
            raise ItemDelisted(
                f"The item was set aside for relief {entry.since:%Y-%m-%d %H:%M}; this order was paid "
                f"{order.paid_at:%Y-%m-%d %H:%M}. Nothing was held.",
                where=order.reference,
                found=order.paid_at.isoformat(),
                expected=f"before {entry.since.isoformat()}",
                cure="Pay the customer back, or lift part of the freeze.",
            )
