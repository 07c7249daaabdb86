"""
Purchases that one gathers for many who pay the supplier themselves: no fund of the house is in them.

What stands in the book is the supplier's promise of the goods, a hold for each line; what comes is posted against it. The
room that gathers says so here, within its own transaction and under its own papers.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import F

from baogong.journal import queries as journal
from baogong.journal.locks import lock_rows
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import derived_id, new_id
from baogong.kernel.money import yuan
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.supply.errors import BuysFromOneself
from baogong.supply.models import Cancellation, OrderedLine, Purchase
from baogong.supply.queries.offers import judge_prices
from baogong.supply.requests import content_of

BUYERS = (Duty.COMMAND, Duty.CLERK)
HANDS = (*BUYERS, Duty.KEEPER)


@dataclass(frozen=True, slots=True)
class Gathered:
    """`amount`: base units; `price_fen`: of the whole line, 0 where nobody said; `label`: what its lot is called."""

    item: UUID
    amount: int
    price_fen: int
    label: str


@dataclass(frozen=True, slots=True)
class OrderedFor:
    """The purchase, its paper, and of each line in order the lot and the supplier's promise of it."""

    purchase: UUID
    document: UUID
    lots: tuple[UUID, ...]
    holds: tuple[UUID, ...]


@recorded("supply.purchase.ordered")
def order_gathered(
    *,
    supplier: UUID,
    buyer: UUID,
    holder: UUID,
    lines: Sequence[Gathered],
    note: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> OrderedFor:
    """
    Order what many want, once; its price is on the paper and among the prices paid. The caller's request is its first.

    buyer   the office it is gathered at; holder: whose stock the goods come to
    Raises NotYourPlace, BuysFromOneself.
    """
    actor.require(*BUYERS, at=buyer)
    if supplier == buyer:
        raise BuysFromOneself(
            "Nobody buys from oneself. Nothing was ordered.", where="supplier", found=str(supplier), expected="another"
        )
    verdicts = judge_prices([(line.item, line.price_fen / line.amount) for line in lines], now)
    total = sum(line.price_fen for line in lines)
    document = draw_up(
        kind="PURCHASE",
        title=f"{len(lines)} line(s), {yuan(total)} yuan",
        body={
            "supplier": str(supplier),
            "buyer": str(buyer),
            "lines": [{"item": str(one.item), "amount": one.amount, "price_fen": one.price_fen} for one in lines],
            "is_paid_by_others": True,
            "note": note,
        },
        subjects=[supplier, buyer],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "purchase document"),
    )
    row = Purchase.objects.create(
        request_id=derived_id(request_id, "purchase"),
        content=content_of(
            supplier=supplier, buyer=buyer, holder=holder, lines=[repr(one) for one in lines], note=note
        ),
        number=journal.document(document).number,
        buyer_id=buyer,
        supplier_id=supplier,
        note=note,
        is_paid_by_others=True,
        document=document,
        ordered_at=now,
    )
    lots = tuple(ledger.open_lot(item=one.item, owner=supplier, label=one.label, now=now) for one in lines)
    holds = tuple(new_id() for _ in lines)
    OrderedLine.objects.bulk_create(
        OrderedLine(
            purchase=row,
            no=no,
            item_id=one.item,
            amount=one.amount,
            ordered_fen=one.price_fen,
            price_fen=one.price_fen,
            median_fen=verdict.median_fen if one.price_fen else None,
            prices_before=verdict.observations if one.price_fen else 0,
            hold=hold,
        )
        for no, (one, verdict, hold) in enumerate(zip(lines, verdicts, holds, strict=True), start=1)
    )
    outside, here = AccountRef(supplier, State.OUTSIDE), AccountRef(holder, State.AVAILABLE)
    ledger.post(
        lines=[
            ledger.hold_line(outside, here, lot, one.amount, id=hold)
            for one, lot, hold in zip(lines, lots, holds, strict=True)
        ],
        actor=actor,
        reason=Reason.PURCHASE,
        document=document,
        request_id=derived_id(request_id, "promise"),
        now=now,
    )
    record(
        kind="supply.purchase.ordered",
        actor=actor,
        now=now,
        subject=supplier,
        document=document,
        data={"purchase": str(row.id), "price_fen": total},
    )
    return OrderedFor(row.id, document, lots, holds)


def take_in_gathered(
    *, buyer: UUID, came: Mapping[UUID, int], document: UUID, actor: Actor, now: datetime, request_id: UUID
) -> dict[UUID, int]:
    """
    What came is posted against the supplier's promises: hold → base units, of which more than promised is the caller's.

    document  under which it was counted in. Returns hold → what was taken in. Raises NotYourPlace.
    """
    actor.require(*HANDS, at=buyer)
    lines = _locked(came)
    taken = {hold.id: min(came[hold.id], hold.open) for hold in book.holds(list(came))}
    posted = [ledger.post_hold_line(hold, taken[hold.id]) for hold in book.holds(list(came)) if taken[hold.id]]
    if posted:
        ledger.post(
            lines=posted,
            actor=actor,
            reason=Reason.PURCHASE,
            document=document,
            request_id=derived_id(request_id, "came"),
            now=now,
        )
    for line in lines:
        assert line.hold is not None
        OrderedLine.objects.filter(pk=line.pk).update(received=F("received") + taken[line.hold])
    return taken


def call_off_gathered(
    *,
    buyer: UUID,
    off: Mapping[UUID, int | None],
    why: str,
    document: UUID,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> None:
    """
    What does not come: hold → base units, None: all that is still promised. The supplier's promise of it is given up.

    document  under which it was decided. Raises NotYourPlace.
    """
    actor.require(*HANDS, at=buyer)
    lines = {line.hold: line for line in _locked(off)}
    voided = []
    for hold in book.holds(list(off)):
        wanted = off[hold.id]
        amount = hold.open if wanted is None else min(wanted, hold.open)
        if amount:
            voided.append(ledger.void_line(hold, amount))
            if (line := lines.get(hold.id)) is not None:
                line.cancelled += amount
                line.price_fen -= line.ordered_fen * amount // line.amount
                line.save(update_fields=["cancelled", "price_fen"])
    if not voided:
        return
    ledger.post(
        lines=voided,
        actor=actor,
        reason=Reason.UNDO,
        document=document,
        request_id=derived_id(request_id, "called off"),
        now=now,
    )
    for purchase in sorted({line.purchase_id for line in lines.values()}):
        own = derived_id(request_id, "called off", purchase)
        Cancellation.objects.create(
            request_id=own, content=own, purchase_id=purchase, why=why, document=document, at=now
        )


def _locked(holds: Mapping[UUID, object]) -> list[OrderedLine]:
    """Their lines; a promise of before purchases were kept has none."""
    found = OrderedLine.objects.filter(hold__in=list(holds))
    return lock_rows(OrderedLine.objects.all(), found.values_list("pk", flat=True))
