"""Purchases paid from funds: ordered, received, billed, paid, called off, refunded."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import LINES_MAX, Amount, Count, Day, Fen, ItemName, LineNo, Moment, Number
from baogong.api.v1.requests import Key, item_id, once, once_made
from baogong.kernel.actor import Duty
from baogong.supply import queries, services

router = Router(tags=["money"])


class OrderedIn(Schema):
    """
    `price_fen` is for the whole line, at least a fen for each unit (for each kilogram of what is counted in grams);
    `receiver` absent: for whoever will need it.
    """

    item: ItemName
    amount: Amount
    price_fen: Fen = Field(gt=0)
    standard: str = Field("", max_length=40)
    receiver: UUID | None = None
    due_at: Moment | None = None

    def as_line(self) -> services.PurchaseLine:
        return services.PurchaseLine(
            item_id(self.item), self.amount, self.price_fen, self.standard, self.receiver, self.due_at
        )


class OrderIn(Schema):
    """`buyer`: whose funds pay; `funds`: from these only, else from whichever allow it, the most restricted first."""

    buyer: UUID
    supplier: UUID
    lines: list[OrderedIn] = Field(min_length=1, max_length=LINES_MAX)
    funds: list[UUID] = Field([], max_length=LINES_MAX)
    note: str = Field("", max_length=240)


class PaysOut(Schema):
    """`purpose` in its giver's words, which no computer holds: a person reads whether the line serves it."""

    fund: UUID
    name: str
    purpose: str
    fen: int


class AgainstMedianOut(Schema):
    """
    What one base unit costs against the median of what was asked and paid for the item before; null below three prices.
    `is_far_from_median`: half as dear again, or half of it: ring and ask why.
    """

    median_fen: float | None
    median_ratio: float | None
    is_far_from_median: bool


class PreviewLineOut(AgainstMedianOut):
    no: int
    paid_by: list[PaysOut]


class PreviewOut(Schema):
    lines: list[PreviewLineOut]


class DeliveredIn(Schema):
    """`amount` taken in; `refused` went back with the driver and is still to come."""

    no: LineNo
    amount: Count
    refused: Count = 0
    expires_on: Day | None = None
    pieces_per_carton: Number | None = Field(None, ge=1)
    note: str = Field("", max_length=240)


class DeliveryIn(Schema):
    site: UUID
    lines: list[DeliveredIn] = Field(min_length=1, max_length=LINES_MAX)


class BilledIn(Schema):
    no: LineNo
    fen: Fen = Field(gt=0)


class BillIn(Schema):
    """`reference` is the supplier's own number; the same bill is entered once."""

    reference: str = Field(min_length=1, max_length=80)
    lines: list[BilledIn] = Field(min_length=1, max_length=LINES_MAX)


class SettleIn(Schema):
    """ORDERED pays what was ordered; BILLED makes what is still to come cost more."""

    settled: services.Settled
    why: str = Field(min_length=1, max_length=240)


class PayIn(Schema):
    """`fen` absent: all that is left. `is_ahead`: also for goods that have not come."""

    fen: Fen | None = Field(None, gt=0)
    is_ahead: bool = False
    reference: str = Field("", max_length=80)


class CancelIn(Schema):
    """`amounts`: number of the line → base units; absent: all that is still to come."""

    why: str = Field(min_length=1, max_length=240)
    amounts: dict[LineNo, Amount] | None = Field(None, max_length=LINES_MAX)


class RefundedIn(Schema):
    """`delivery` absent: paid ahead for goods that were called off. `amount` units went back; 0: a lower price."""

    no: LineNo
    fen: Fen = Field(ge=0)
    delivery: UUID | None = None
    amount: Count = 0


class RefundIn(Schema):
    lines: list[RefundedIn] = Field(min_length=1, max_length=LINES_MAX)
    why: str = Field(min_length=1, max_length=240)


class PaidByOut(Schema):
    """`purpose` in its giver's words, which no computer holds: a person reads whether the line serves it."""

    fund: UUID
    name: str
    purpose: str
    open_fen: int
    ahead_fen: int
    goods_fen: int


class PurchaseLineOut(AgainstMedianOut):
    no: int
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    amount: int
    received: int
    cancelled: int
    returned: int
    to_come: int
    ordered_fen: int
    price_fen: int
    worth_fen: int
    refundable_fen: int
    billed_fen: int
    paid_fen: int
    owed_fen: int
    standard: str
    receiver: UUID | None
    due_at: datetime | None
    paid_by: list[PaidByOut]


class DeliveredOut(Schema):
    no: int
    amount: int
    refused: int
    returned: int
    value_fen: int
    lot: UUID | None


class DeliveryOut(Schema):
    id: UUID
    site: UUID
    site_name: str
    document: UUID
    at: datetime
    lines: list[DeliveredOut]


class PaymentOut(Schema):
    id: UUID
    amount_fen: int
    ahead_fen: int
    reference: str
    document: UUID
    at: datetime


class BillOut(Schema):
    id: UUID
    reference: str
    state: str
    document: UUID
    settled_under: UUID | None
    at: datetime
    billed_fen: int
    left_fen: int
    payments: list[PaymentOut]


class RefundOut(Schema):
    id: UUID
    why: str
    document: UUID
    at: datetime
    fen: int
    cash_fen: int


class PurchaseOut(Schema):
    """`is_paid_by_others`: gathered for many who pay the supplier themselves; no fund of the house does."""

    id: UUID
    number: str
    state: str
    buyer: UUID
    buyer_name: str
    supplier: UUID
    supplier_name: str
    is_paid_by_others: bool
    note: str
    document: UUID
    ordered_at: datetime
    price_fen: int
    committed_fen: int
    drawn_fen: int
    owed_fen: int
    lines: list[PurchaseLineOut]
    deliveries: list[DeliveryOut]
    invoices: list[BillOut]
    refunds: list[RefundOut]


class PurchaseHeadOut(Schema):
    id: UUID
    number: str
    supplier_name: str
    price_fen: int
    document: UUID
    ordered_at: datetime
    lines_count: int
    came_count: int
    closed_count: int
    is_paid_by_others: bool


class PurchasesOut(Schema):
    items: list[PurchaseHeadOut]


@router.get("/purchases", response=PurchasesOut, operation_id="purchase_list")
def purchase_list(request: HttpRequest, fund: UUID | None = None) -> dict[str, Any]:
    """What was ordered, the newest first; of one fund that pays."""
    caller(request).require(*OFFICE)
    return {"items": queries.purchase_heads(fund=fund)}


@router.post("/purchases", response={201: PurchaseOut}, operation_id="purchase_order")
def purchase_order(request: HttpRequest, key: Key, given: OrderIn) -> Status[Any]:
    """
    Order and set the money aside; refused naming the earmark that forbids it and the fund that would allow it. A line
    that money for several names of one house pays comes back as several, one for each name.
    """
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.commit_purchase(
            supplier=given.supplier,
            buyer=given.buyer,
            lines=[line.as_line() for line in given.lines],
            funds=given.funds,
            note=given.note,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        given,
    )
    return Status(201, queries.purchase(made))


@router.post("/purchases/preview", response=PreviewOut, operation_id="purchase_preview")
def purchase_preview(request: HttpRequest, key: Key, given: OrderIn) -> dict[str, Any]:
    """Which funds would pay each line, and whether its price is far from those before; nothing is written."""
    who = caller(request)
    who.require(Duty.COMMAND, at=given.buyer)
    found = services.preview_purchase(
        supplier=given.supplier,
        buyer=given.buyer,
        lines=[line.as_line() for line in given.lines],
        funds=given.funds,
        now=who.now,
    )
    return {"lines": found}


@router.get("/purchases/{purchase}", response=PurchaseOut, operation_id="purchase_get")
def purchase_get(request: HttpRequest, purchase: UUID) -> Any:
    """The office sees what it bought; a keeper what is meant for the own site, or came there."""
    found = queries.purchase(purchase)
    found.require_sight(caller(request).actor)
    return found


@router.post("/purchases/{purchase}/receive", response=PurchaseOut, operation_id="purchase_receive")
def purchase_receive(request: HttpRequest, purchase: UUID, key: Key, given: DeliveryIn) -> Any:
    """Sign for goods that came; each line becomes a lot that keeps the funds that paid."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.receive_purchase(
            purchase=purchase,
            site=given.site,
            deliveries=[services.Delivered(**line.model_dump()) for line in given.lines],
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        purchase,
        given,
    )
    return queries.purchase(purchase)


@router.post("/purchases/{purchase}/cancel", response=PurchaseOut, operation_id="purchase_cancel")
def purchase_cancel(request: HttpRequest, purchase: UUID, key: Key, given: CancelIn) -> Any:
    """Call off what has not come; what was set aside for it is free in its funds again."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.cancel_purchase(
            purchase=purchase, why=given.why, amounts=given.amounts, actor=who.actor, now=who.now, request_id=key
        ),
        purchase,
        given,
    )
    return queries.purchase(purchase)


@router.post("/purchases/{purchase}/refund", response=PurchaseOut, operation_id="purchase_refund")
def purchase_refund(request: HttpRequest, purchase: UUID, key: Key, given: RefundIn) -> Any:
    """Money comes back, or need not be paid: it returns to the funds it was drawn from."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.refund_purchase(
            purchase=purchase,
            lines=[services.Refunded(**line.model_dump()) for line in given.lines],
            why=given.why,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        purchase,
        given,
    )
    return queries.purchase(purchase)


@router.post("/purchases/{purchase}/bills", response={201: PurchaseOut}, operation_id="bill_enter")
def bill_enter(request: HttpRequest, purchase: UUID, key: Key, given: BillIn) -> Status[Any]:
    """A supplier's bill; one that asks for more than was ordered waits for a person. It pays nothing."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.record_invoice(
            purchase=purchase,
            reference=given.reference,
            lines=[services.Billed(line.no, line.fen) for line in given.lines],
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        purchase,
        given,
    )
    return Status(201, queries.purchase(purchase))


@router.post("/purchases/{purchase}/bills/{bill}/settle", response=PurchaseOut, operation_id="bill_settle")
def bill_settle(request: HttpRequest, purchase: UUID, bill: UUID, key: Key, given: SettleIn) -> Any:
    """Decide about a bill that asks for more than was ordered."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.settle_invoice(
            invoice=bill, settled=given.settled, why=given.why, actor=who.actor, now=who.now, request_id=key
        ),
        bill,
        given,
    )
    return queries.purchase(purchase)


@router.post("/purchases/{purchase}/bills/{bill}/pay", response=PurchaseOut, operation_id="bill_pay")
def bill_pay(request: HttpRequest, purchase: UUID, bill: UUID, key: Key, given: PayIn) -> Any:
    """Money goes to the supplier."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.pay_invoice(
            invoice=bill,
            fen=given.fen,
            is_ahead=given.is_ahead,
            reference=given.reference,
            actor=who.actor,
            now=who.now,
            request_id=key,
        ),
        bill,
        given,
    )
    return queries.purchase(purchase)
