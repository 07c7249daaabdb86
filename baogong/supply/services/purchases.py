"""
Purchases paid from funds: ordered, called off.

An order promises money: each line is held on the funds that will pay it, tightest first, and may move to other funds
while it is only promised. What is drawn never moves.
"""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db import transaction

from baogong.catalogue import queries as catalogue
from baogong.engine import funds as engine
from baogong.engine.sourcing import PriceVerdict
from baogong.journal import queries as journal
from baogong.journal.locks import lock_row, lock_rows
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.kernel.money import yuan
from baogong.ledger import services as ledger
from baogong.ledger.services import BookLine
from baogong.ledger.states import Reason
from baogong.supply.errors import (
    BuysFromOneself,
    FundNotThere,
    OrderLineMakesNoSense,
    PaidByOthers,
    PurchaseNotAtThisStep,
    PurchaseNotThere,
    WeighedLineMakesNoSense,
)
from baogong.supply.models import Cancellation, Commitment, Fund, OrderedLine, Purchase
from baogong.supply.models.purchases import GRAMS_A_FEN
from baogong.supply.queries.figures import LineFigures, line_figures
from baogong.supply.queries.offers import AgainstMedian, judge_prices, verdict_of
from baogong.supply.requests import content_of, made_before
from baogong.supply.services.purse import (
    Purse,
    Wanted,
    fund_name,
    lock_purse,
    plan_purse,
    read_purse,
    under_written_names,
    void_lines,
)


@dataclass(frozen=True, slots=True)
class PurchaseLine:
    """
    One item to be ordered.

    amount     base units of the item, above 0
    price_fen  for the whole line; at least a fen for each unit, or for each kilogram of what is counted in grams
    receiver   for whom it is bought, by any name of the house; None: for whoever will need it
    due_at     by when it has to come; a fund whose last day is before it does not pay
    """

    item: UUID
    amount: int
    price_fen: int
    standard: str = ""
    receiver: UUID | None = None
    due_at: datetime | None = None


@transaction.atomic
@recorded("supply.purchase.ordered")
def commit_purchase(
    *,
    supplier: UUID,
    lines: Sequence[PurchaseLine],
    buyer: UUID,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    funds: Collection[UUID] = (),
    note: str = "",
) -> UUID:
    """
    Order from a supplier and set the money aside; returns the purchase's id.

    buyer   whose funds pay: only what this party holds is ever drawn
    funds   to be paid from these only; none: from whichever funds allow it
    A line that money for several names of one house pays is ordered as several, one for each name.
    A price far from the median of what was asked and paid before is no refusal: it is kept with the line and stands in
    the document.
    The money is divided anew among this order and all that is only promised so far, so that narrow money is used
    first and none of it is stranded; promises that change their fund do so in the same batch.

    Raises EarmarkForbidsPurchase, FundsTooSmall, FundNotThere, UnusableInput, NotYourPlace, RequestIdReused;
    none leaves a trace.
    """
    actor.require(Duty.COMMAND, at=buyer)
    content = content_of(
        supplier=supplier,
        lines=[repr(line) for line in lines],
        buyer=buyer,
        funds=sorted(map(str, funds)),
        note=note,
    )
    purse = lock_purse(buyer, now)
    earlier = made_before(Purchase, request_id, content)
    if earlier is not None:
        return earlier.id
    weighed = _check(supplier, buyer, lines)
    wanted = under_written_names(purse, _wanted(lines, funds))
    plan = plan_purse(purse, wanted)
    verdicts = _judged(lines, now)
    ordered = [
        OrderedLine(
            id=one.id,
            no=no,
            item_id=one.item,
            amount=one.amount,
            is_weighed=one.item in weighed,
            ordered_fen=one.price_fen,
            price_fen=one.price_fen,
            median_fen=verdicts[one.no].median_fen,
            prices_before=verdicts[one.no].observations,
            standard=lines[one.no - 1].standard[:40],
            receiver_id=one.receiver,
            due_at=one.due_at,
        )
        for no, one in enumerate(wanted, start=1)
    ]
    total = sum(line.price_fen for line in lines)
    document = draw_up(
        kind="PURCHASE",
        title=f"{len(ordered)} line(s), {yuan(total)} yuan",
        body={
            "supplier": str(supplier),
            "buyer": str(buyer),
            "lines": [
                {
                    "item": str(line.item_id),
                    "amount": line.amount,
                    "price_fen": line.price_fen,
                    "standard": line.standard,
                    "receiver": line.receiver_id,
                    "due_at": line.due_at,
                }
                for line in ordered
            ],
            "funds": [str(fund) for fund in funds],
            "paid_from": [
                {"line": line.no, "fund": str(fund), "fen": fen}
                for line in ordered
                for fund, fen in plan.of_line(line.pk).items()
            ],
            "moved_fen": plan.moved_fen,
            "far_prices": _far_prices(ordered),
            "note": note,
        },
        subjects=[supplier, buyer],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    row = Purchase.objects.create(
        request_id=request_id,
        content=content,
        number=journal.document(document).number,
        buyer_id=buyer,
        supplier_id=supplier,
        note=note,
        document=document,
        ordered_at=now,
    )
    row.chosen.set(Fund.objects.filter(pk__in=list(funds)))
    for line in ordered:
        line.purchase = row
    OrderedLine.objects.bulk_create(ordered)
    promise(purse, plan, {one.id: supplier for one in wanted}, actor, document, request_id, now)
    record(
        kind="supply.purchase.ordered",
        actor=actor,
        now=now,
        subject=supplier,
        document=document,
        data={"purchase": str(row.id), "price_fen": total, "moved_fen": plan.moved_fen},
    )
    return row.id


@dataclass(frozen=True, slots=True)
class Pays:
    """
    So many fen of a fund for a line.

    purpose  in its giver's words: nobody has computed whether the line serves it, so a person reads it
    """

    fund: UUID
    name: str
    purpose: str
    fen: int


@dataclass(frozen=True, slots=True)
class LinePreview(AgainstMedian):
    """Which funds would pay a line, the tightest first, and what its price is against those before."""

    no: int
    paid_by: tuple[Pays, ...]
    price: PriceVerdict


def preview_purchase(
    *, supplier: UUID, lines: Sequence[PurchaseLine], buyer: UUID, now: datetime, funds: Collection[UUID] = ()
) -> tuple[LinePreview, ...]:
    """
    What ordering would do to each line, as things stand; nothing is written.

    Raises what `commit_purchase` would.
    """
    _check(supplier, buyer, lines)
    purse = read_purse(buyer, now)
    wanted = under_written_names(purse, _wanted(lines, funds))
    plan = plan_purse(purse, wanted)
    verdicts = _judged(lines, now)
    paid: dict[int, Counter[UUID]] = {no: Counter() for no in verdicts}
    for one in wanted:
        paid[one.no].update(plan.of_line(one.id))
    return tuple(
        LinePreview(
            no,
            tuple(Pays(fund, fund_name(purse.funds[fund]), purse.purpose(fund), fen) for fund, fen in sums.items()),
            verdicts[no],
        )
        for no, sums in paid.items()
    )


@transaction.atomic
@recorded("supply.purchase.cancelled")
def cancel_purchase(
    *,
    purchase: UUID,
    why: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    amounts: Mapping[int, int] | None = None,
) -> UUID:
    """
    Call off what has not come; returns the document's id. What was set aside for it is free in its funds again.

    amounts  line number → base units; None: all that is still to come
    What was paid ahead for it stays at the supplier until `refund_purchase` brings it back.
    Raises PurchaseNotAtThisStep, UnusableInput, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    row, lines = locked_purchase(purchase, now)[1:]
    actor.require(Duty.COMMAND, at=row.buyer_id)
    content = content_of(purchase=purchase, why=why, amounts=None if amounts is None else sorted(amounts.items()))
    earlier = made_before(Cancellation, request_id, content)
    if earlier is not None:
        return earlier.document
    off = {no: line.to_come for no, line in lines.items()} if amounts is None else dict(amounts)
    off = {no: amount for no, amount in off.items() if amount}
    if not why.strip() or off.keys() - lines.keys() or any(amount < 0 for amount in off.values()):
        raise UnusableInput(
            "Say which lines are called off, how much of each, and why. Nothing was changed.",
            where=row.number,
            found=off,
            expected=f"lines 1 to {len(lines)}, amounts of 0 or more, and a reason",
        )
    if not off or any(amount > lines[no].to_come for no, amount in off.items()):
        raise PurchaseNotAtThisStep(
            f"So much of {row.number} is not outstanding any more. Nothing was changed.",
            where=row.number,
            found=off,
            expected={no: line.to_come for no, line in lines.items()},
            cure="What has come can be sent back: record a refund.",
        )
    document = draw_up(
        kind="PURCHASE_CANCELLATION",
        title=f"{row.number} called off" + ("" if amounts is None else " in part"),
        body={"purchase": str(purchase), "amounts": {str(no): amount for no, amount in off.items()}, "why": why},
        subjects=[row.supplier_id, row.buyer_id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    Cancellation.objects.create(
        request_id=request_id, content=content, purchase=row, why=why, document=document, at=now
    )
    figures = line_figures([line.pk for line in lines.values()])
    given_up: list[BookLine] = []
    freed_fen = 0
    for no, amount in off.items():
        line = lines[no]
        voids, fen = _call_off(line, figures[line.pk], amount)
        given_up += voids
        freed_fen += fen
    if given_up:
        ledger.post(
            lines=given_up,
            actor=actor,
            reason=Reason.PURCHASE,
            document=document,
            request_id=derived_id(request_id, "void"),
            now=now,
        )
    record(
        kind="supply.purchase.cancelled",
        actor=actor,
        now=now,
        subject=row.supplier_id,
        document=document,
        data={"purchase": str(purchase), "freed_fen": freed_fen, "why": why},
    )
    return document


def locked_purchase(purchase: UUID, now: datetime) -> tuple[Purse, Purchase, dict[int, OrderedLine]]:
    """The buyer's funds, the purchase and its lines by number, locked in this order. Raises PurchaseNotThere."""
    buyer = Purchase.objects.filter(pk=purchase).values_list("buyer", flat=True).first()
    if buyer is None:
        raise PurchaseNotThere(
            "There is no such purchase; nothing was changed.", where=str(purchase), cure="Choose it from the list."
        )
    purse = lock_purse(buyer, now)
    row = lock_row(Purchase.objects.all(), purchase)
    if row.is_paid_by_others:
        raise PaidByOthers(
            f"Those who ordered {row.number} pay the supplier themselves. Nothing was changed.",
            where=row.number,
            cure="Count it in, or call it off, where the orders were gathered: on the basket's page.",
        )
    lines = lock_rows(OrderedLine.objects.all(), row.lines.values_list("pk", flat=True))
    return purse, row, {line.no: line for line in sorted(lines, key=lambda line: line.no)}


def promise(
    purse: Purse,
    plan: engine.FundPlan,
    suppliers: Mapping[UUID, UUID],
    actor: Actor,
    document: UUID | None,
    request_id: UUID,
    now: datetime,
) -> None:
    """Turn what the funds have promised into what the plan says, in one batch."""
    lines, rows = purse.change(plan, suppliers, request_id)
    if not lines:
        return
    ledger.post(
        lines=lines,
        actor=actor,
        reason=Reason.PURCHASE,
        document=document,
        request_id=derived_id(request_id, "promise"),
        now=now,
    )
    Commitment.objects.bulk_create(rows)


def _check(supplier: UUID, buyer: UUID, lines: Sequence[PurchaseLine]) -> frozenset[UUID]:
    """What of the lines is counted in grams."""
    weighed = frozenset(view.id for view in catalogue.items() if view.unit == "G")
    if supplier == buyer:
        raise BuysFromOneself(
            "Nobody buys from oneself. Nothing was ordered.", where="supplier", found=str(supplier), expected="another"
        )
    for no, line in enumerate(lines, start=1):
        least_fen = -(-line.amount // GRAMS_A_FEN) if line.item in weighed else line.amount
        if line.amount <= 0 or line.price_fen < least_fen:
            told = (
                f"Line {no} orders {line.amount} for {line.price_fen} fen; a line has an amount above 0 and costs at "
            )
            sense, each = (
                (WeighedLineMakesNoSense, "kilogram") if line.item in weighed else (OrderLineMakesNoSense, "unit")
            )
            raise sense(
                f"{told}least a fen for each {each}. Nothing was ordered.",
                where=f"line {no}",
                found=f"{line.amount} for {line.price_fen} fen",
                expected=f"at least 1, and at least {max(least_fen, 1)} fen",
                cure="Write the price of the whole line; what is given for nothing is a gift.",
                amount=line.amount,
                price_fen=line.price_fen,
            )
    if not lines:
        raise UnusableInput("An order has at least one line. Nothing was ordered.", where="lines", expected="1 or more")
    return weighed


def _wanted(lines: Sequence[PurchaseLine], funds: Collection[UUID]) -> list[Wanted]:
    known = set(Fund.objects.filter(pk__in=list(funds)).values_list("pk", flat=True)) if funds else set()
    missing = sorted(set(funds) - known)
    if missing:
        raise FundNotThere(
            "There is no such fund. Nothing was ordered.", where=str(missing[0]), cure="Choose it from the list."
        )
    return [
        Wanted(
            new_id(), no, line.item, line.receiver, line.amount, line.price_fen, line.due_at, frozenset(funds) or None
        )
        for no, line in enumerate(lines, start=1)
    ]


def _judged(lines: Sequence[PurchaseLine], now: datetime) -> dict[int, PriceVerdict]:
    """line number → what its price is against those before"""
    verdicts = judge_prices([(line.item, line.price_fen / line.amount) for line in lines], now)
    return dict(enumerate(verdicts, start=1))


def _far_prices(lines: Sequence[OrderedLine]) -> list[dict[str, Any]]:
    """What of the order a person looks at twice, as its document says it."""
    far = [(line, verdict) for line in lines if (verdict := verdict_of(line)).is_far]
    names = catalogue.item_names() if far else {}
    return [
        {
            "line": line.no,
            "item_zh": names[line.item_id][0],
            "item_en": names[line.item_id][1],
            "median_fen": round(verdict.median_fen or 0, 4),
            "median_ratio": round(verdict.ratio or 0, 3),
        }
        for line, verdict in far
    ]


def _call_off(line: OrderedLine, figures: LineFigures, amount: int) -> tuple[list[BookLine], int]:
    """The line without these units; the book's lines that free their money, and how many fen that is."""
    left_fen = line.price_fen - figures.value_fen
    cut = left_fen if amount == line.to_come else left_fen * amount // line.to_come
    free = min(cut, figures.open_fen)
    line.cancelled += amount
    line.price_fen -= cut
    line.save(update_fields=["cancelled", "price_fen"])
    voids: list[BookLine] = []
    left = free
    for fund, fen in figures.open.items():
        part = min(fen, left)
        if part:
            voids += void_lines(figures.holds, fund, part)
            left -= part
    return voids, free
