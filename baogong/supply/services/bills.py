"""Suppliers' bills: checked against what was ordered, decided where they ask for more, paid, and paid back."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from enum import StrEnum
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_row
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.kernel.money import yuan
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef, BookLine
from baogong.ledger.states import Reason, State
from baogong.supply.errors import (
    InvoiceInDoubt,
    InvoiceKnown,
    PaysAhead,
    PurchaseNotAtThisStep,
    RefundExceedsDraw,
)
from baogong.supply.models import (
    DeliveryLine,
    DeliveryPart,
    Invoice,
    InvoiceLine,
    OrderedLine,
    Payment,
    Purchase,
    Refund,
    RefundLine,
)
from baogong.supply.queries.figures import LineFigures, line_figures
from baogong.supply.requests import content_of, made_before
from baogong.supply.services.doubts import FigureRead, settle_doubt
from baogong.supply.services.money_out import draw_lines, give_back, keep_draws, keep_in_time, share
from baogong.supply.services.purchases import locked_purchase, promise
from baogong.supply.services.purse import Purse, Wanted, plan_purse

InvoiceState = Invoice.State


class Settled(StrEnum):
    """What a person decided about a bill that asks for more than was ordered."""

    ORDERED = "ORDERED"  # the ordered price is paid
    BILLED = "BILLED"  # the bill is paid: what is still to come costs more


@dataclass(frozen=True, slots=True)
class Billed:
    """So many fen for one line."""

    no: int
    fen: int


@dataclass(frozen=True, slots=True)
class Refunded:
    """
    What comes back for one line.

    delivery  the delivery it is for; None: paid ahead for goods that were called off
    amount    base units sent back to the supplier; 0 with a delivery is a lower price
    """

    no: int
    fen: int
    delivery: UUID | None = None
    amount: int = 0


@transaction.atomic
@recorded("supply.invoice.recorded")
def record_invoice(
    *, purchase: UUID, reference: str, lines: Sequence[Billed], actor: Actor, now: datetime, request_id: UUID
) -> UUID:
    """
    Enter a supplier's bill; returns its id. It pays nothing.

    reference  the supplier's own number: the same bill is entered once
    One that, with those before it, asks for more than a line's price waits until a person has decided (`settle_invoice`).
    Raises InvoiceKnown, UnusableInput, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    _, row, known = locked_purchase(purchase, now)
    actor.require(Duty.CLERK, Duty.COMMAND, at=row.buyer_id)
    content = content_of(purchase=purchase, reference=reference, lines=[repr(line) for line in lines])
    earlier = made_before(Invoice, request_id, content)
    if earlier is not None:
        return earlier.id
    reference = reference.strip()
    numbers = [line.no for line in lines]
    if (
        not reference
        or not lines
        or len(set(numbers)) < len(numbers)
        or set(numbers) - known.keys()
        or any(line.fen <= 0 for line in lines)
    ):
        raise UnusableInput(
            f"A bill has a number and names lines of {row.number}, each once, with an amount above 0. "
            "Nothing was entered.",
            where=row.number,
            found=numbers,
            expected=f"lines 1 to {len(known)}",
        )
    if Invoice.objects.filter(supplier_id=row.supplier_id, reference=reference).exists():
        raise InvoiceKnown(
            f"Bill {reference} of this supplier was entered before. Nothing was entered now.",
            where=reference,
            found=reference,
            cure="Look whether it came twice; another bill has another number.",
        )
    figures = line_figures([line.pk for line in known.values()])
    over = [line.no for line in lines if line.fen > _open_price(known[line.no], figures)]
    state = InvoiceState.DOUBTED if over else InvoiceState.RECORDED
    document = draw_up(
        kind="INVOICE",
        title=f"{row.number}: bill {reference}, {yuan(sum(line.fen for line in lines))} yuan",
        body={
            "purchase": str(purchase),
            "reference": reference,
            "lines": [asdict(line) for line in lines],
            "over": over,
        },
        subjects=[row.supplier_id, row.buyer_id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    invoice = Invoice.objects.create(
        request_id=request_id,
        content=content,
        purchase=row,
        supplier_id=row.supplier_id,
        reference=reference[:80],
        state=state,
        document=document,
        at=now,
    )
    InvoiceLine.objects.bulk_create(
        [
            InvoiceLine(invoice=invoice, line=known[line.no], billed_fen=line.fen, payable_fen=0 if over else line.fen)
            for line in lines
        ]
    )
    record(
        kind="supply.invoice.recorded",
        actor=actor,
        now=now,
        subject=row.supplier_id,
        document=document,
        data={"purchase": str(purchase), "invoice": str(invoice.id), "over": over},
    )
    return invoice.id


@transaction.atomic
@recorded("supply.invoice.settled")
def settle_invoice(*, invoice: UUID, settled: Settled, why: str, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    Decide about a bill that asks for more than was ordered; returns the id of the document that says so.

    ORDERED pays what was ordered. BILLED makes what is still to come cost more, and sets the difference aside; what
    has come keeps its price, because its money is in it to the fen.
    Raises PurchaseNotAtThisStep, EarmarkForbidsPurchase, FundsTooSmall, UnusableInput, NotYourPlace.
    """
    bill, purse, row, lines = _locked_invoice(invoice, now)
    actor.require(Duty.COMMAND, Duty.APPROVER, at=row.buyer_id)
    if bill.settled_by_request == request_id and bill.settled_under is not None:
        return bill.settled_under
    if bill.state != InvoiceState.DOUBTED:
        raise PurchaseNotAtThisStep(
            f"About bill {bill.reference} nothing is to be decided: {bill.get_state_display().lower()}. "
            "Nothing was changed.",
            where=bill.reference,
            found=bill.state,
            expected=InvoiceState.DOUBTED.value,
        )
    figures = line_figures([line.pk for line in lines.values()])
    by_id = {line.pk: line for line in lines.values()}
    billed = list(bill.lines.order_by("line__no"))
    rest = {one.line_id: max(_open_price(by_id[one.line_id], figures), 0) for one in billed}
    over = [one for one in billed if one.billed_fen > rest[one.line_id]]
    ordered_fen, billed_fen = sum(rest[one.line_id] for one in over), sum(one.billed_fen for one in over)
    document = settle_doubt(
        about=f"{row.number}: bill {bill.reference}",
        figures=[
            FigureRead(row.number, yuan(ordered_fen), ordered_fen),
            FigureRead(bill.reference, yuan(billed_fen), billed_fen),
        ],
        chosen=billed_fen if settled is Settled.BILLED else ordered_fen,
        why=why,
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "doubt"),
        subjects=[row.supplier_id, row.buyer_id],
    )
    if settled is Settled.BILLED:
        dearer = {one.line_id: one.billed_fen - rest[one.line_id] for one in over}
        _make_dearer(purse, row, by_id, dearer, actor, document, request_id, now)
    for one in billed:
        one.payable_fen = one.billed_fen if settled is Settled.BILLED else min(one.billed_fen, rest[one.line_id])
        one.save(update_fields=["payable_fen"])
    bill.state, bill.settled_under, bill.settled_by_request = InvoiceState.SETTLED, document, request_id
    bill.save(update_fields=["state", "settled_under", "settled_by_request"])
    record(
        kind="supply.invoice.settled",
        actor=actor,
        now=now,
        subject=row.supplier_id,
        document=document,
        data={"invoice": str(invoice), "settled": settled.value, "over_fen": billed_fen - ordered_fen},
    )
    return document


@transaction.atomic
@recorded("supply.invoice.paid")
def pay_invoice(
    *,
    invoice: UUID,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    fen: int | None = None,
    is_ahead: bool = False,
    reference: str = "",
) -> UUID:
    """
    Money goes to the supplier; returns the payment's id.

    fen        None: all that is left of the bill
    is_ahead   some of it is for goods that have not come: the funds are drawn for them now
    reference  the bank's
    What has come was drawn when it came. Raises InvoiceInDoubt, PaysAhead, EarmarkRanOut, PurchaseNotAtThisStep,
    NotYourPlace, RequestIdReused; none leaves a trace.
    """
    bill, purse, row, lines = _locked_invoice(invoice, now)
    actor.require(Duty.COMMAND, Duty.APPROVER, at=row.buyer_id)
    content = content_of(invoice=invoice, fen=fen, is_ahead=is_ahead, reference=reference)
    earlier = made_before(Payment, request_id, content)
    if earlier is not None:
        return earlier.id
    if bill.state == InvoiceState.DOUBTED:
        raise InvoiceInDoubt(
            f"Bill {bill.reference} asks for more than was ordered. Nothing was paid.",
            where=bill.reference,
            cure="Decide first which price holds.",
        )
    figures = line_figures([line.pk for line in lines.values()])
    by_id = {line.pk: line for line in lines.values()}
    billed = list(bill.lines.order_by("line__no"))
    due = {
        one.line_id: min(
            one.payable_fen - one.paid_fen,
            by_id[one.line_id].price_fen - figures[one.line_id].credited_fen - figures[one.line_id].paid_fen,
        )
        for one in billed
    }
    asked = sum(due.values()) if fen is None else fen
    if not 0 < asked <= sum(due.values()):
        raise PurchaseNotAtThisStep(
            f"Of bill {bill.reference} {yuan(sum(due.values()))} yuan are left to pay. Nothing was paid.",
            where=bill.reference,
            found=asked,
            expected=f"1 to {sum(due.values())} fen",
            cure="Look at what was paid and credited.",
        )
    paid: dict[UUID, int] = {}
    left = asked
    for line_id, most in due.items():
        paid[line_id] = min(most, left)
        left -= paid[line_id]
    ahead = {line_id: part - min(part, figures[line_id].owed_fen) for line_id, part in paid.items()}
    ahead_fen = sum(ahead.values())
    if ahead_fen and not is_ahead:
        raise PaysAhead(
            f"{yuan(ahead_fen)} yuan of it would be for goods that have not come. Nothing was paid.",
            where=bill.reference,
            found=asked,
            expected=f"at most {asked - ahead_fen} fen",
            cure="Pay what has come, or say that it is paid ahead.",
            ahead_fen=ahead_fen,
        )
    document = draw_up(
        kind="PAYMENT",
        title=f"{row.number}: {yuan(asked)} yuan for bill {bill.reference}",
        body={
            "invoice": str(invoice),
            "lines": {str(by_id[line_id].no): part for line_id, part in paid.items() if part},
            "ahead_fen": ahead_fen,
            "reference": reference,
        },
        subjects=[row.supplier_id, row.buyer_id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    if ahead_fen:
        early = [by_id[line_id] for line_id, part in ahead.items() if part]
        keep_in_time(purse, early, actor, document, request_id, now)
        figures = line_figures([line.pk for line in early])
        drawn: list[BookLine] = []
        for line in early:
            moved = draw_lines(figures[line.pk].holds, ahead[line.pk])
            keep_draws(line, moved, document)
            drawn += [movement for _, movement in moved]
        ledger.post(
            lines=drawn,
            actor=actor,
            reason=Reason.PURCHASE,
            document=document,
            request_id=derived_id(request_id, "draw"),
            now=now,
        )
    for one in billed:
        if paid[one.line_id]:
            one.paid_fen += paid[one.line_id]
            one.save(update_fields=["paid_fen"])
    payment = Payment.objects.create(
        request_id=request_id,
        content=content,
        invoice=bill,
        amount_fen=asked,
        ahead_fen=ahead_fen,
        reference=reference[:80],
        document=document,
        at=now,
    )
    record(
        kind="supply.invoice.paid",
        actor=actor,
        now=now,
        subject=row.supplier_id,
        document=document,
        data={"invoice": str(invoice), "fen": asked, "ahead_fen": ahead_fen},
    )
    return payment.id


@transaction.atomic
@recorded("supply.purchase.refunded")
def refund_purchase(
    *, purchase: UUID, lines: Sequence[Refunded], why: str, actor: Actor, now: datetime, request_id: UUID
) -> UUID:
    """
    Money comes back from the supplier, or need not be paid any more; returns the refund's id.

    It returns to the funds it was drawn from, by movements that correct the draws. Goods sent back leave the site
    where they came in. Raises RefundExceedsDraw, UnusableInput, NotYourPlace, RequestIdReused, ledger's BatchRefused
    (the goods are not free there any more); none leaves a trace.
    """
    _, row, known = locked_purchase(purchase, now)
    actor.require(Duty.CLERK, Duty.COMMAND, at=row.buyer_id)
    content = content_of(purchase=purchase, lines=[repr(line) for line in lines], why=why)
    earlier = made_before(Refund, request_id, content)
    if earlier is not None:
        return earlier.id
    named = [(line.no, line.delivery) for line in lines]
    if (
        not lines
        or not why.strip()
        or len(set(named)) < len(named)
        or {line.no for line in lines} - known.keys()
        or any(line.fen <= 0 or line.amount < 0 or (line.amount and line.delivery is None) for line in lines)
    ):
        raise UnusableInput(
            f"A refund names lines of {row.number}, amounts of money above 0 and why. Nothing was changed.",
            where=row.number,
            found=[line.no for line in lines],
            expected=f"lines 1 to {len(known)}, each once for a delivery",
        )
    document = draw_up(
        kind="REFUND",
        title=f"{row.number}: {yuan(sum(line.fen for line in lines))} yuan back",
        body={"purchase": str(purchase), "lines": [asdict(line) for line in lines], "why": why},
        subjects=[row.supplier_id, row.buyer_id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    refund = Refund.objects.create(
        request_id=request_id, content=content, purchase=row, why=why, document=document, at=now
    )
    goods: list[BookLine] = []
    money: list[BookLine] = []
    for said in lines:
        line = known[said.no]
        figures = line_figures([line.pk])[line.pk]  # anew: an earlier line of this refund may have changed them
        if said.delivery is None:
            parts = _back_from_ahead(row, line, figures, said)
            cash_fen, arrived = said.fen, None
        else:
            arrived, parts = _back_from_delivery(row, line, said)
            cash_fen = max(figures.paid_fen - figures.ahead_fen - (figures.worth_fen - said.fen), 0)
            if said.amount:
                assert arrived.lot is not None
                at, to = (
                    AccountRef(arrived.delivery.site_id, State.AVAILABLE),
                    AccountRef(row.supplier_id, State.RETURNED),
                )
                goods.append(ledger.post_line(at, to, arrived.lot, said.amount))
            # What turned into goods is at the supplier's no more: the money comes back from the world outside.
            outside, inside = AccountRef(row.supplier_id, State.OUTSIDE), AccountRef(row.supplier_id, State.AVAILABLE)
            lots = dict(line.draws.values_list("fund", "fund__lot"))
            money += [ledger.post_line(outside, inside, lots[fund], fen) for fund, fen in parts.items()]
        money += give_back(line.pk, parts)
        RefundLine.objects.create(
            refund=refund,
            line=line,
            delivery_line=arrived,
            amount=said.amount,
            fen=said.fen,
            cash_fen=min(cash_fen, said.fen),
        )
    for movements, reason in ((goods, Reason.RETURN), (money, Reason.CORRECTION)):
        if movements:
            ledger.post(
                lines=movements,
                actor=actor,
                reason=reason,
                document=document,
                request_id=derived_id(request_id, reason),
                now=now,
            )
    record(
        kind="supply.purchase.refunded",
        actor=actor,
        now=now,
        subject=row.supplier_id,
        document=document,
        data={"purchase": str(purchase), "fen": sum(line.fen for line in lines), "why": why},
    )
    return refund.id


def _locked_invoice(invoice: UUID, now: datetime) -> tuple[Invoice, Purse, Purchase, dict[int, OrderedLine]]:
    """Raises NotFound."""
    purchase = Invoice.objects.filter(pk=invoice).values_list("purchase", flat=True).first()
    if purchase is None:
        raise NotFound(
            "There is no such bill; nothing was changed.", where=str(invoice), cure="Choose it from the purchase."
        )
    purse, row, lines = locked_purchase(purchase, now)
    return lock_row(Invoice.objects.all(), invoice), purse, row, lines


def _open_price(line: OrderedLine, figures: Mapping[UUID, LineFigures]) -> int:
    """What of the line's price no bill before has asked for; what was credited is no part of it."""
    money = figures[line.pk]
    return line.price_fen - money.credited_fen - money.payable_fen


def _make_dearer(
    purse: Purse,
    row: Purchase,
    lines: Mapping[UUID, OrderedLine],
    dearer: Mapping[UUID, int],
    actor: Actor,
    document: UUID,
    request_id: UUID,
    now: datetime,
) -> None:
    """What is still to come of these lines costs so much more, and that is set aside."""
    for id in dearer:
        if not lines[id].to_come:
            raise PurchaseNotAtThisStep(
                f"Line {lines[id].no} of {row.number} has come in full at the ordered price; its money is in it to the "
                "fen. Nothing was changed.",
                where=f"{row.number}/{lines[id].no}",
                found=0,
                expected="something still to come",
                cure="Pay the ordered price, or order what the difference is for.",
            )
    chosen = frozenset(row.chosen.values_list("pk", flat=True)) or None
    unheld = [
        Wanted(
            id, lines[id].no, lines[id].item_id, lines[id].receiver_id, lines[id].to_come, fen, lines[id].due_at, chosen
        )
        for id, fen in dearer.items()
        if id not in purse.lines
    ]
    more = {id: fen for id, fen in dearer.items() if id in purse.lines}
    plan = plan_purse(purse, unheld, more)
    promise(purse, plan, {one.id: row.supplier_id for one in unheld}, actor, document, request_id, now)
    for id, fen in dearer.items():
        lines[id].price_fen += fen
        lines[id].save(update_fields=["price_fen"])


def _back_from_ahead(row: Purchase, line: OrderedLine, figures: LineFigures, said: Refunded) -> dict[UUID, int]:
    """fund → fen of what was paid ahead for goods called off"""
    most = figures.refundable_fen(line.price_fen)
    if said.fen > most:
        raise RefundExceedsDraw(
            f"{yuan(said.fen)} yuan were to come back for line {line.no} of {row.number}; {yuan(most)} yuan were paid "
            "ahead for goods that were called off. Nothing was changed.",
            where=f"{row.number}/{line.no}",
            found=said.fen,
            expected=f"at most {most} fen",
            cure="Call the goods off first, or name the delivery it is for.",
            most_fen=most,
        )
    return share(figures.ahead, said.fen)


def _back_from_delivery(row: Purchase, line: OrderedLine, said: Refunded) -> tuple[DeliveryLine, dict[UUID, int]]:
    """The delivery of this line, and fund → fen of what came with it."""
    arrived = DeliveryLine.objects.filter(delivery=said.delivery, line=line).select_related("delivery").first()
    if arrived is None:
        raise UnusableInput(
            f"Line {line.no} of {row.number} did not come with this delivery. Nothing was changed.",
            where=f"{row.number}/{line.no}",
            found=str(said.delivery),
        )
    parts = {part.fund_id: part for part in DeliveryPart.objects.filter(delivery_line=arrived)}
    pool = {fund: part.fen - part.returned_fen for fund, part in parts.items()}
    most, goods = sum(pool.values()), arrived.amount - arrived.returned
    if said.fen > most or said.amount > goods:
        raise RefundExceedsDraw(
            f"{said.amount} and {yuan(said.fen)} yuan were to go back for line {line.no} of {row.number}; {goods} and "
            f"{yuan(most)} yuan of this delivery can. Nothing was changed.",
            where=f"{row.number}/{line.no}",
            found=said.fen,
            expected=f"at most {goods}, and {most} fen",
            cure="Look at what came and what was sent back before.",
            most_fen=most,
        )
    back = share(pool, said.fen)
    for fund, fen in back.items():
        parts[fund].returned_fen += fen
        parts[fund].save(update_fields=["returned_fen"])
    if said.amount:
        arrived.returned += said.amount
        arrived.save(update_fields=["returned"])
    return arrived, back
