"""Purchases: what was ordered, came, was billed and paid, and which funds pay."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib.postgres.expressions import ArraySubquery
from django.db.models import Count, Exists, F, OuterRef, Q, QuerySet, Sum
from django.db.models.functions import JSONObject

from baogong.engine.sourcing import PriceVerdict
from baogong.kernel.actor import Actor, Duty
from baogong.ledger import queries as book
from baogong.people.queries.merges import houses
from baogong.supply.errors import PurchaseNotThere
from baogong.supply.models import (
    Delivery,
    DeliveryLine,
    Invoice,
    InvoiceLine,
    OrderedLine,
    Payment,
    Purchase,
    Refund,
    RefundLine,
)
from baogong.supply.queries.figures import LineFigures, line_figures
from baogong.supply.queries.offers import AgainstMedian, verdict_of

PURCHASES_MAX = 200


@dataclass(frozen=True, slots=True)
class PaidBy:
    """
    What one fund gives for a line: still set aside, paid ahead, in goods that came.

    purpose  in its giver's words: nobody has computed whether the line serves it, so a person reads it
    """

    fund: UUID
    name: str
    purpose: str
    open_fen: int
    ahead_fen: int
    goods_fen: int

    @property
    def drawn_fen(self) -> int:
        return self.ahead_fen + self.goods_fen


@dataclass(frozen=True, slots=True)
class PurchaseLineView(AgainstMedian):
    """
    One line, in base units and fen.

    price_fen      as it stands; ordered_fen as it was ordered
    worth_fen      of what came and stayed: what has to be paid so far
    owed_fen       of it, not paid yet
    price          of one base unit as it was ordered, against what was asked and paid for the item before
    ahead_fen      paid for what has not come; refundable_fen of it, for what was called off
    """

    id: UUID
    no: int
    item: UUID
    item_zh: str
    item_en: str
    unit: str
    amount: int
    received: int
    cancelled: int
    returned: int
    ordered_fen: int
    price_fen: int
    open_fen: int
    worth_fen: int
    credited_fen: int
    ahead_fen: int
    refundable_fen: int
    billed_fen: int
    paid_fen: int
    owed_fen: int
    standard: str
    receiver: UUID | None
    receiver_name: str
    due_at: datetime | None
    paid_by: tuple[PaidBy, ...]
    price: PriceVerdict

    @property
    def to_come(self) -> int:
        return self.amount - self.received - self.cancelled


_OFFICE = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.AUDITOR)


@dataclass(frozen=True, slots=True)
class DeliveredView:
    no: int
    amount: int
    refused: int
    returned: int
    value_fen: int
    lot: UUID | None


@dataclass(frozen=True, slots=True)
class DeliveryView:
    id: UUID
    site: UUID
    site_name: str
    document: UUID
    at: datetime
    lines: tuple[DeliveredView, ...]


@dataclass(frozen=True, slots=True)
class BilledView:
    no: int
    billed_fen: int
    payable_fen: int
    paid_fen: int


@dataclass(frozen=True, slots=True)
class PaymentView:
    id: UUID
    amount_fen: int
    ahead_fen: int
    reference: str
    document: UUID
    at: datetime


@dataclass(frozen=True, slots=True)
class InvoiceView:
    id: UUID
    reference: str
    state: str
    document: UUID
    settled_under: UUID | None
    at: datetime
    lines: tuple[BilledView, ...]
    payments: tuple[PaymentView, ...]

    @property
    def billed_fen(self) -> int:
        return sum(line.billed_fen for line in self.lines)

    @property
    def left_fen(self) -> int:
        return sum(line.payable_fen - line.paid_fen for line in self.lines)


@dataclass(frozen=True, slots=True)
class RefundView:
    id: UUID
    why: str
    document: UUID
    at: datetime
    fen: int
    cash_fen: int


@dataclass(frozen=True, slots=True)
class PurchaseView:
    """
    state  ORDERED, UNDER_WAY (something came or was paid), COMPLETE (nothing more comes, all is paid), CANCELLED
    """

    id: UUID
    number: str
    buyer: UUID
    buyer_name: str
    supplier: UUID
    supplier_name: str
    chosen: tuple[UUID, ...]
    is_paid_by_others: bool
    note: str
    document: UUID
    ordered_at: datetime
    lines: tuple[PurchaseLineView, ...]
    deliveries: tuple[DeliveryView, ...]
    invoices: tuple[InvoiceView, ...]
    refunds: tuple[RefundView, ...]

    @property
    def places(self) -> frozenset[UUID]:
        """Where something of it came, and for whom it is meant."""
        meant = {line.receiver for line in self.lines if line.receiver is not None}
        return frozenset(meant | {delivery.site for delivery in self.deliveries})

    def is_seen_by(self, actor: Actor) -> bool:
        """Whether the actor is of the buyer's office, or keeps a place that some of it is for or came to."""
        if actor.may_any(*_OFFICE, at=self.buyer):
            return True
        return any(actor.may(Duty.KEEPER, place) for place in houses().family(self.places))

    def require_sight(self, actor: Actor) -> None:
        """Raises NotYourPlace unless `is_seen_by`."""
        if not self.is_seen_by(actor):
            actor.require(*_OFFICE, at=self.buyer)

    @property
    def price_fen(self) -> int:
        return sum(line.price_fen for line in self.lines)

    @property
    def ordered_fen(self) -> int:
        return sum(line.ordered_fen for line in self.lines)

    @property
    def committed_fen(self) -> int:
        return sum(line.open_fen for line in self.lines)

    @property
    def drawn_fen(self) -> int:
        return sum(part.drawn_fen for line in self.lines for part in line.paid_by)

    @property
    def owed_fen(self) -> int:
        return sum(line.owed_fen for line in self.lines)

    @property
    def state(self) -> str:
        to_come = sum(line.to_come for line in self.lines)
        if not to_come and not any(line.received for line in self.lines):
            return "UNDER_WAY" if any(line.refundable_fen for line in self.lines) else "CANCELLED"
        if not to_come and not self.owed_fen and not any(line.refundable_fen for line in self.lines):
            return "COMPLETE"
        is_touched = any(line.received or line.paid_fen for line in self.lines)
        return "UNDER_WAY" if is_touched else "ORDERED"


@dataclass(frozen=True, slots=True)
class PurchaseHead:
    """
    A purchase in a list.

    price_fen     as it stands
    lines_count   of them, came_count brought something and closed_count have nothing more to come
    is_paid       something of it was paid
    """

    id: UUID
    number: str
    supplier_name: str
    price_fen: int
    document: UUID
    ordered_at: datetime
    lines_count: int
    came_count: int
    closed_count: int
    is_paid: bool
    is_paid_by_others: bool

    @property
    def has_moved(self) -> bool:
        """It cannot be called off as if nothing had been ordered."""
        return self.is_paid or self.came_count > 0


def purchases(
    *, buyer: UUID | None = None, supplier: UUID | None = None, fund: UUID | None = None, receiver: UUID | None = None
) -> tuple[PurchaseView, ...]:
    """The newest first; of one buyer, supplier, fund that pays, receiver."""
    rows = Purchase.objects.order_by("-ordered_at", "-id")
    if buyer is not None:
        rows = rows.filter(buyer_id=buyer)
    if supplier is not None:
        rows = rows.filter(supplier_id=supplier)
    if receiver is not None:
        rows = rows.filter(lines__receiver_id__in=houses().family([receiver])).distinct()
    if fund is not None:
        rows = rows.filter(pk__in=_paid_from(fund))
    return _views(rows[:PURCHASES_MAX])


def purchase_heads(*, fund: UUID | None = None) -> tuple[PurchaseHead, ...]:
    """The newest first, in one query; of one fund that pays."""
    rows = Purchase.objects.order_by("-ordered_at", "-id")
    if fund is not None:
        rows = rows.filter(pk__in=_paid_from(fund))
    return _heads(rows[:PURCHASES_MAX])


def purchase_head(purchase_id: UUID) -> PurchaseHead:
    """One query. Raises PurchaseNotThere."""
    found = _heads(Purchase.objects.filter(pk=purchase_id))
    if not found:
        raise PurchaseNotThere("There is no such purchase.", where=str(purchase_id))
    return found[0]


def purchases_made_under(request_ids: Collection[UUID]) -> tuple[PurchaseHead, ...]:
    """The purchases these requests ordered, in the order of their numbers; one query."""
    return _heads(Purchase.objects.filter(request_id__in=request_ids).order_by("number"))


def _heads(rows: QuerySet[Purchase]) -> tuple[PurchaseHead, ...]:
    closed = Q(lines__amount=F("lines__received") + F("lines__cancelled"))
    found = rows.select_related("supplier").annotate(
        price_fen=Sum("lines__price_fen"),
        lines_count=Count("lines"),
        came_count=Count("lines", filter=Q(lines__received__gt=0)),
        closed_count=Count("lines", filter=closed),
        is_paid=Exists(Payment.objects.filter(invoice__purchase=OuterRef("pk"))),
    )
    return tuple(
        PurchaseHead(
            row.id,
            row.number,
            row.supplier.name,
            row.price_fen,
            row.document,
            row.ordered_at,
            row.lines_count,
            row.came_count,
            row.closed_count,
            row.is_paid,
            row.is_paid_by_others,
        )
        for row in found
    )


def _paid_from(fund: UUID) -> QuerySet[OrderedLine, UUID]:
    pays = Q(commitments__fund=fund) | Q(draws__fund=fund)
    return OrderedLine.objects.filter(pays).values_list("purchase", flat=True)


def purchase(purchase_id: UUID) -> PurchaseView:
    """Raises PurchaseNotThere."""
    found = _views(Purchase.objects.filter(pk=purchase_id))
    if not found:
        raise PurchaseNotThere("There is no such purchase.", where=str(purchase_id))
    return found[0]


def _views(rows: QuerySet[Purchase]) -> tuple[PurchaseView, ...]:
    found = list(
        rows.select_related("buyer", "supplier").annotate(
            funds=ArraySubquery(Purchase.chosen.through.objects.filter(purchase=OuterRef("pk")).values("fund"))
        )
    )
    ids = [row.pk for row in found]
    ordered = list(
        OrderedLine.objects.filter(purchase__in=ids).select_related("item", "receiver").order_by("purchase", "no")
    )
    bills = list(
        InvoiceLine.objects.filter(invoice__purchase__in=ids)
        .select_related("invoice", "line")
        .annotate(payments=ArraySubquery(_payments_of("invoice")))
        .order_by("invoice__at", "invoice", "line__no")
    )
    refunds = list(
        RefundLine.objects.filter(refund__purchase__in=ids).select_related("refund").order_by("refund__at", "refund")
    )
    figures = line_figures([line.pk for line in ordered], refunds=refunds, bills=bills)
    deliveries, returned = _deliveries(ids)
    invoices, paid_back = _invoices(bills), _refunds(refunds)
    purposes = _purposes({lot for money in figures.values() for lot in money.lots.values()})
    lines: dict[UUID, list[PurchaseLineView]] = defaultdict(list)
    for line in ordered:
        lines[line.purchase_id].append(_line(line, figures[line.pk], returned.get(line.pk, 0), purposes))
    return tuple(
        PurchaseView(
            id=row.pk,
            number=row.number,
            buyer=row.buyer_id,
            buyer_name=row.buyer.name,
            supplier=row.supplier_id,
            supplier_name=row.supplier.name,
            chosen=tuple(sorted(row.funds)),
            is_paid_by_others=row.is_paid_by_others,
            note=row.note,
            document=row.document,
            ordered_at=row.ordered_at,
            lines=tuple(lines[row.pk]),
            deliveries=tuple(deliveries[row.pk]),
            invoices=tuple(invoices[row.pk]),
            refunds=tuple(paid_back[row.pk]),
        )
        for row in found
    )


def _purposes(lots: Collection[UUID]) -> dict[UUID, str]:
    """Of these funds' lots, by lot; empty where the giver wrote none."""
    return {lot.id: lot.earmark.purpose if lot.earmark else "" for lot in book.lots(lots)} if lots else {}


def _line(line: OrderedLine, money: LineFigures, returned: int, purposes: Mapping[UUID, str]) -> PurchaseLineView:
    paying = sorted({*money.open, *money.ahead, *money.goods}, key=lambda fund: money.names[fund])
    return PurchaseLineView(
        id=line.pk,
        no=line.no,
        item=line.item_id,
        item_zh=line.item.name_zh,
        item_en=line.item.name_en,
        unit=line.item.unit,
        amount=line.amount,
        received=line.received,
        cancelled=line.cancelled,
        returned=returned,
        ordered_fen=line.ordered_fen,
        price_fen=line.price_fen,
        open_fen=money.open_fen,
        worth_fen=money.worth_fen,
        credited_fen=money.credited_fen,
        ahead_fen=money.ahead_fen,
        refundable_fen=money.refundable_fen(line.price_fen),
        billed_fen=money.billed_fen,
        paid_fen=money.paid_fen,
        owed_fen=money.owed_fen,
        standard=line.standard,
        receiver=line.receiver_id,
        receiver_name=line.receiver.name if line.receiver else "",
        due_at=line.due_at,
        paid_by=tuple(
            PaidBy(
                fund=fund,
                name=money.names[fund],
                purpose=purposes[money.lots[fund]],
                open_fen=money.open.get(fund, 0),
                ahead_fen=money.ahead.get(fund, 0),
                goods_fen=money.goods.get(fund, 0),
            )
            for fund in paying
        ),
        price=verdict_of(line),
    )


def _deliveries(ids: list[UUID]) -> tuple[dict[UUID, list[DeliveryView]], dict[UUID, int]]:
    """By purchase; and what was sent back, by line. A delivery has at least one line."""
    lines: dict[Delivery, list[DeliveredView]] = defaultdict(list)
    returned: dict[UUID, int] = defaultdict(int)
    for line in (
        DeliveryLine.objects.filter(delivery__purchase__in=ids)
        .select_related("line", "delivery__site__party")
        .order_by("delivery__at", "delivery", "line__no")
    ):
        returned[line.line_id] += line.returned
        lines[line.delivery].append(
            DeliveredView(line.line.no, line.amount, line.refused, line.returned, line.value_fen, line.lot)
        )
    found: dict[UUID, list[DeliveryView]] = defaultdict(list)
    for row, came in lines.items():
        found[row.purchase_id].append(
            DeliveryView(row.pk, row.site_id, row.site.party.name, row.document, row.at, tuple(came))
        )
    return found, returned


def _payments_of(invoice: str) -> QuerySet[Payment, Any]:
    """Each as an object, the oldest first, of the invoice that this field of a row names."""
    told = JSONObject(
        id="pk", amount_fen="amount_fen", ahead_fen="ahead_fen", reference="reference", document="document", at="at"
    )
    return Payment.objects.filter(invoice=OuterRef(invoice)).order_by("at", "id").values_list(told)


def _invoices(bills: Iterable[Any]) -> dict[UUID, list[InvoiceView]]:
    """By purchase, from their lines, each with its bill's payments: an invoice has at least one."""
    lines: dict[Invoice, list[BilledView]] = defaultdict(list)
    for one in bills:
        lines[one.invoice].append(BilledView(one.line.no, one.billed_fen, one.payable_fen, one.paid_fen))
    payments: dict[UUID, list[PaymentView]] = {}
    for one in bills:
        payments[one.invoice_id] = [
            PaymentView(
                id=UUID(paid["id"]),
                amount_fen=paid["amount_fen"],
                ahead_fen=paid["ahead_fen"],
                reference=paid["reference"],
                document=UUID(paid["document"]),
                at=datetime.fromisoformat(paid["at"]),
            )
            for paid in one.payments
        ]
    found: dict[UUID, list[InvoiceView]] = defaultdict(list)
    for row, billed in lines.items():
        found[row.purchase_id].append(
            InvoiceView(
                id=row.pk,
                reference=row.reference,
                state=row.state,
                document=row.document,
                settled_under=row.settled_under,
                at=row.at,
                lines=tuple(billed),
                payments=tuple(payments[row.pk]),
            )
        )
    return found


def _refunds(refunds: Iterable[RefundLine]) -> dict[UUID, list[RefundView]]:
    """By purchase, from their lines: a refund has at least one."""
    sums: dict[Refund, list[int]] = defaultdict(lambda: [0, 0])
    for line in refunds:
        sums[line.refund][0] += line.fen
        sums[line.refund][1] += line.cash_fen
    found: dict[UUID, list[RefundView]] = defaultdict(list)
    for row, (fen, cash_fen) in sums.items():
        found[row.purchase_id].append(RefundView(row.pk, row.why, row.document, row.at, fen, cash_fen))
    return found
