"""
Bought goods arrive: the money that pays for them turns into a lot, exact to the fen.

Whatever the partial deliveries, a line's parts add up to its price: each arrival takes its share of what is left, and
the last takes the rest. What was paid ahead is used first; otherwise the funds' promises are drawn now.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import date, datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef, BookLine
from baogong.ledger.states import Reason, State
from baogong.supply.errors import ArrivalWorthNothing, PurchaseNotAtThisStep, ReceiptMakesNoSense
from baogong.supply.models import Delivery, DeliveryLine, DeliveryPart, OrderedLine, Purchase
from baogong.supply.queries.figures import line_figures
from baogong.supply.requests import content_of, made_before
from baogong.supply.services.money_out import draw_lines, keep_draws, keep_in_time, share
from baogong.supply.services.purchases import locked_purchase
from baogong.supply.services.purse import Purse


@dataclass(frozen=True, slots=True)
class Delivered:
    """
    What came of one line.

    amount   base units taken in; refused went back with the driver and is still to come
    """

    no: int
    amount: int
    refused: int = 0
    expires_on: date | None = None
    pieces_per_carton: int | None = None
    note: str = ""


@transaction.atomic
@recorded("supply.purchase.received")
def receive_purchase(
    *, purchase: UUID, site: UUID, deliveries: Sequence[Delivered], actor: Actor, now: datetime, request_id: UUID
) -> UUID:
    """
    Sign for bought goods at a site; returns the delivery's id. Its document is a goods received note (GRN).

    Every line that came becomes a lot of its own, made from the funds that pay for it.
    Raises PurchaseNotAtThisStep, ReceiptMakesNoSense, EarmarkRanOut, NotYourPlace, RequestIdReused; none leaves a trace.
    """
    actor.require(Duty.KEEPER, Duty.CLERK, Duty.COMMAND, at=site)
    content = content_of(purchase=purchase, site=site, deliveries=[repr(one) for one in deliveries])
    purse, row, lines = locked_purchase(purchase, now)
    earlier = made_before(Delivery, request_id, content)
    if earlier is not None:
        return earlier.id
    _check(row, lines, deliveries)
    document = draw_up(
        kind="GRN",
        title=f"{row.number} received",
        body={
            "purchase": str(purchase),
            "site": str(site),
            "lines": [{**asdict(one), "to_come": lines[one.no].to_come - one.amount} for one in deliveries],
        },
        subjects=[row.supplier_id, row.buyer_id, site],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    keep_in_time(purse, [lines[one.no] for one in deliveries], actor, document, request_id, now)
    delivery = Delivery.objects.create(
        request_id=request_id, content=content, purchase=row, site_id=site, document=document, at=now
    )
    figures = line_figures([line.pk for line in lines.values()])
    drawn: list[BookLine] = []
    arrivals = []
    for one in deliveries:
        line, money = lines[one.no], figures[lines[one.no].pk]
        value = (line.price_fen - money.value_fen) * one.amount // line.to_come
        if one.amount and not value:
            raise ArrivalWorthNothing(
                f"{one.amount} of line {one.no} are not worth a fen. Nothing was changed.",
                where=f"{row.number}/{one.no}",
                found=one.amount,
                expected="a fen's worth or more",
                cure="Take it in together with more of it.",
            )
        parts = share(money.ahead, min(value, money.ahead_fen))
        moved = draw_lines(money.holds, value - sum(parts.values()))
        keep_draws(line, moved, document)
        for fund, movement in moved:
            parts[fund] = parts.get(fund, 0) + movement.amount
            drawn.append(movement)
        line.received += one.amount
        line.save(update_fields=["received"])
        arrivals.append(_Arrival(one, line, value, parts))
    if drawn:
        ledger.post(
            lines=drawn,
            actor=actor,
            reason=Reason.PURCHASE,
            document=document,
            request_id=derived_id(request_id, "draw"),
            now=now,
        )
    for arrival in arrivals:
        _take_in(row, delivery, arrival, purse, actor, request_id, now)
    record(
        kind="supply.purchase.received",
        actor=actor,
        now=now,
        subject=row.supplier_id,
        document=document,
        data={
            "purchase": str(purchase),
            "site": str(site),
            "amount": sum(one.amount for one in deliveries),
            "value_fen": sum(arrival.value_fen for arrival in arrivals),
        },
    )
    return delivery.id


@dataclass(frozen=True, slots=True)
class _Arrival:
    """parts  fund → fen of it in what came; they add up to `value_fen`"""

    said: Delivered
    line: OrderedLine
    value_fen: int
    parts: Mapping[UUID, int]


def _take_in(
    row: Purchase, delivery: Delivery, arrival: _Arrival, purse: Purse, actor: Actor, request_id: UUID, now: datetime
) -> None:
    """At the supplier the money becomes goods; the goods come to the site."""
    said, line = arrival.said, arrival.line
    kept = DeliveryLine.objects.create(
        id=new_id(),
        delivery=delivery,
        line=line,
        amount=said.amount,
        refused=said.refused,
        value_fen=arrival.value_fen,
    )
    if not said.amount:
        return
    kept.lot = _open_lot(row, kept, arrival, purse, now)
    kept.save(update_fields=["lot"])
    DeliveryPart.objects.bulk_create(
        [DeliveryPart(delivery_line=kept, fund_id=fund, fen=fen) for fund, fen in sorted(arrival.parts.items())]
    )
    ledger.convert(
        at_holder=row.supplier_id,
        parts=[(purse.funds[fund].lot, fen) for fund, fen in sorted(arrival.parts.items())],
        into=[(kept.lot, said.amount)],
        reason=Reason.PURCHASE,
        request_id=derived_id(request_id, "made", line.no),
        actor=actor,
        document=delivery.document,
        now=now,
    )
    ledger.post(
        lines=[
            ledger.post_line(
                AccountRef(row.supplier_id, State.AVAILABLE),
                AccountRef(delivery.site_id, State.AVAILABLE),
                kept.lot,
                said.amount,
            )
        ],
        reason=Reason.PURCHASE,
        request_id=derived_id(request_id, "came", line.no),
        actor=actor,
        document=delivery.document,
        now=now,
    )


def _open_lot(row: Purchase, kept: DeliveryLine, arrival: _Arrival, purse: Purse, now: datetime) -> UUID:
    """
    Every arrival's own: the funds in it and their fen never change. It is relief stock, for whom it was bought.

    With one donor behind the money the goods are that donor's gift; with several, the lot's sources say whose.
    """
    line, said = arrival.line, arrival.said
    funds = [purse.funds[fund] for fund in sorted(arrival.parts)]
    marks = [purse.balances[fund.pk].lot.earmark for fund in funds]
    purposes = sorted({mark.purpose for mark in marks if mark is not None and mark.purpose})
    donors = {fund.gift.donor_id for fund in funds}
    return ledger.open_lot(
        item=line.item_id,
        owner=row.buyer_id,
        donor=donors.pop() if len(donors) == 1 else None,
        earmark=ledger.open_earmark(
            parties=[line.receiver_id] if line.receiver_id else [],
            items=[],
            purpose=("; ".join(purposes) or row.number)[:200],
            request_id=derived_id(kept.pk, "earmark"),
        ),
        standard=line.standard,
        expires_on=said.expires_on,
        pieces_per_carton=said.pieces_per_carton,
        label=f"{row.number}/{line.no}-{kept.delivery.pk.hex[-6:]}",
        now=now,
    )


def _check(row: Purchase, lines: Mapping[int, OrderedLine], deliveries: Sequence[Delivered]) -> None:
    numbers = [one.no for one in deliveries]
    if not deliveries or len(set(numbers)) < len(numbers) or set(numbers) - lines.keys():
        raise UnusableInput(
            f"Name lines of {row.number} that came, each once. Nothing was changed.",
            where=row.number,
            found=numbers,
            expected=f"1 to {len(lines)}",
        )
    for one in deliveries:
        where, to_come = f"{row.number}/{one.no}", lines[one.no].to_come
        if one.amount < 0 or one.refused < 0 or not one.amount + one.refused:
            raise ReceiptMakesNoSense(
                "An amount is below 0, or nothing came at all. Nothing was changed.",
                where=where,
                found=f"{one.amount} taken in, {one.refused} refused",
                expected="amounts of 0 or more, one above 0",
            )
        if one.amount > to_come:
            raise PurchaseNotAtThisStep(
                f"{one.amount} came of line {one.no}, of which {to_come} were still to come. Nothing was changed.",
                where=where,
                found=one.amount,
                expected=f"at most {to_come}",
                cure="Send back what is too much, or order it; what the supplier gives on top is a gift.",
                to_come=to_come,
            )
