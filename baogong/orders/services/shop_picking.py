"""
Picking: each order's packs are taken from the shelf, and what is short is settled as its orderer had agreed.

What is not there leaves the book with its promise, so that it is promised to nobody else; a substitute is held for the
orderer in the same transaction, as far as it is free.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.services import EvidenceIn, hand_over, record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.facts import AccountRef
from baogong.ledger.states import Reason, State
from baogong.orders.models import ShopOrder, ShopOrderLine
from baogong.orders.services.shop_days import free_of, let_go
from baogong.orders.services.shop_orders import lock_order
from baogong.orders.services.shop_texts import put_out_texts
from baogong.orders.services.shops import require_keeper
from baogong.orders.shop_errors import OrderMoved, OrderUnusable

Line = ShopOrderLine.State


@dataclass(frozen=True, slots=True)
class Picked:
    """An order as it was packed: packs in the bag, of these in place of others, and packs short."""

    packs: int
    instead: int
    short: int


@transaction.atomic
@recorded("orders.order.picked")
def pick_order(
    *, order: UUID, got: Mapping[UUID, int] | None = None, actor: Actor, now: datetime, request_id: UUID
) -> Picked:
    """
    The order is packed. From the cut-off on, when nobody gives it up any more; the same again gives the same answer.

    got  line → packs that were there; a line not named is there in full
    Raises NotYourPlace, OrderMoved (given up, or the cut-off is to come), OrderUnusable.
    """
    row = lock_order(order)
    require_keeper(actor, row.day.shop.pk, row.day.shop.office_id)
    lines = list(row.lines.select_related("pack__pack", "instead").order_by("id"))
    if row.picked_at is None:
        _refuse_early(row, now)
        found = {one.id: one.packs for one in lines} | dict(got or {})
        if set(found) != {one.id for one in lines} or any(not 0 <= found[one.id] <= one.packs for one in lines):
            raise OrderUnusable(
                "What was there is from nought to what was ordered, of lines of this order; nothing was changed.",
                where=row.code, found=sorted(found.values()), expected="0 to what was ordered", cure="Correct the number.",
            )  # fmt: skip
        _take_off(row, [(one, one.packs - found[one.id]) for one in lines], actor=actor, now=now, request_id=request_id)
        for one in lines:
            one.got, one.moved_at = found[one.id], now
            one.state = Line.PICKED if one.got else Line.SHORT
            one.save(update_fields=["got", "state", "moved_at"])
        lines += _substitutes(row, lines, actor=actor, now=now, request_id=request_id)
        row.picked_at = now
        row.save(update_fields=["picked_at"])
        if row.day.closed_at is not None:  # what was kept for it to be replaced with
            let_go(row.day, derived_id("orders.pick.left", row.id), actor=actor, now=now)
        missing = sum(one.packs - (one.got or 0) for one in lines)
        if missing:
            instead = sum(one.got or 0 for one in lines if one.instead_of_id is not None)
            put_out_texts([row], "short", now, short=missing, instead=instead)
    there = sum(one.got or 0 for one in lines)
    instead = sum(one.got or 0 for one in lines if one.instead_of_id is not None)
    record(
        kind="orders.order.picked", actor=actor, now=now, subject=order,
        data={"packs": there, "instead": instead, "short": row.packs - there},
    )  # fmt: skip
    return Picked(there, instead, row.packs - there)


@transaction.atomic
@recorded("orders.order.handed-over")
def hand_over_order(
    *, order: UUID, evidence: Sequence[EvidenceIn], actor: Actor, now: datetime, request_id: UUID
) -> None:
    """
    The shop's own hand gives a picked order to whoever ordered it, at the counter or the door.

    What travels as a parcel is handed over by its courier. Raises NotYourPlace, OrderMoved, journal's NoEvidence.
    """
    row = lock_order(order)
    require_keeper(actor, row.day.shop.pk, row.day.shop.office_id)
    lines = list(row.lines.filter(state=Line.PICKED).order_by("id"))
    if not lines and not row.lines.filter(state=Line.HANDED_OVER).exists():
        raise OrderMoved(
            f"Nothing of order {row.code} is picked and waits in the shop; nothing was changed.",
            where=row.code, expected=Line.PICKED.value, cure="Pick it first; what a courier carries, the courier hands over.",
        )  # fmt: skip
    if lines:
        hand_over(
            lines=[ledger.post_hold_line(hold) for hold in book.holds([one.hold for one in lines])],
            evidence=evidence, actor=actor, document=None, reason=Reason.HANDOVER,
            request_id=derived_id("orders.hand-over", order, request_id), now=now,
        )  # fmt: skip
        ShopOrderLine.objects.filter(id__in=[one.id for one in lines]).update(state=Line.HANDED_OVER, moved_at=now)
    record(kind="orders.order.handed-over", actor=actor, now=now, subject=order, data={"lines": len(lines)})


def _refuse_early(row: ShopOrder, now: datetime) -> None:
    if row.cancelled_at is not None or now < row.day.cut_off_at:
        raise OrderMoved(
            f"Order {row.code} was given up, or may still be until {row.day.cut_off_at.isoformat(timespec='minutes')}. "
            "Nothing was changed.",
            where=row.code, found="CANCELLED" if row.cancelled_at else "PLACED", expected="an order past its cut-off",
            cure="Pick from the cut-off on.",
        )  # fmt: skip


def _take_off(
    row: ShopOrder, short: Sequence[tuple[ShopOrderLine, int]], *, actor: Actor, now: datetime, request_id: UUID
) -> None:
    """What is not there: the promise of it ends, and it leaves the shop's account."""
    short = [(one, by) for one, by in short if by]
    if not short:
        return
    shop = row.day.shop_id
    holds = {hold.id: hold for hold in book.holds([one.hold for one, _ in short])}
    lines = []
    for one, by in short:
        lines.append(ledger.void_line(holds[one.hold], by))
        lines.append(
            ledger.post_line(AccountRef(shop, State.AVAILABLE), AccountRef(shop, State.OUTSIDE), one.pack.lot_id, by)
        )
    ledger.post(
        lines=lines,
        actor=actor,
        reason=Reason.COUNT,
        document=None,
        request_id=derived_id("orders.short", row.id, request_id),
        now=now,
    )


def _substitutes(
    row: ShopOrder, lines: Sequence[ShopOrderLine], *, actor: Actor, now: datetime, request_id: UUID
) -> list[ShopOrderLine]:
    """As agreed when ordering, as many as are free; a line each."""
    shop = row.day.shop_id
    wanted = [
        (one, one.packs - (one.got or 0)) for one in lines if one.instead is not None and one.packs > (one.got or 0)
    ]
    free = free_of([one.instead.lot_id for one, _ in wanted if one.instead], shop)
    made = []
    for one, count in wanted:
        assert one.instead is not None
        count = min(count, free[one.instead.lot_id])
        free[one.instead.lot_id] -= count
        if count:
            made.append(
                ShopOrderLine(
                    id=derived_id("orders.instead", one.id), order=row, pack=one.instead, instead_of=one, packs=count, got=count,
                    price_fen=min(one.price_fen, one.instead.price_fen),  # never dearer than what was ordered
                    hold=derived_id("orders.instead-hold", one.id), state=Line.PICKED, due_at=one.due_at, moved_at=now,
                )
            )  # fmt: skip
    if made:
        here, theirs = AccountRef(shop, State.AVAILABLE), AccountRef(row.orderer_id, State.HANDED_OVER)
        ledger.post(
            lines=[ledger.hold_line(here, theirs, one.pack.lot_id, one.packs, id=one.hold) for one in made],
            actor=actor, reason=Reason.SALE, document=None, request_id=derived_id("orders.instead", row.id, request_id), now=now,
        )  # fmt: skip
        ShopOrderLine.objects.bulk_create(made)
    return made
