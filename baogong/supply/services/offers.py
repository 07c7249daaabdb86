"""Offers of factories and shops: written down, ordered from, withdrawn."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Mapping, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db import transaction

from baogong.journal import queries as journal
from baogong.journal.locks import lock_row, lock_rows
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.supply.errors import OfferEnded
from baogong.supply.models import OfferTaken, OrderedLine, Purchase, SupplyOffer
from baogong.supply.queries.offers import cartons_left
from baogong.supply.requests import content_of, made_before
from baogong.supply.services.purchases import PurchaseLine, commit_purchase

DAYS_MAX = 365


@dataclass(frozen=True, slots=True)
class ForSale:
    """
    What a supplier would sell.

    pieces_per_carton  base units; 1 where it is sold loose
    carton_fen         the price of one carton, at least a fen for each unit in it
    cartons_max        what there is; cartons_min: the smallest order, 0 for any
    lead_s             from an order to the goods at the buyer's door
    """

    item: UUID
    carton_fen: int
    cartons_max: int
    pieces_per_carton: int = 1
    cartons_min: int = 0
    lead_s: int = 0
    standard: str = ""
    valid_until: datetime | None = None
    papers: str = ""
    note: str = ""


@transaction.atomic
@recorded("supply.offer.noted")
def note_offer(*, supplier: UUID, goods: ForSale, actor: Actor, now: datetime, request_id: UUID) -> UUID:
    """
    Write down what a supplier would sell; returns the offer's id. Nothing is ordered.

    Raises UnusableInput, NotYourPlace, RequestIdReused.
    """
    actor.require(Duty.CLERK, Duty.COMMAND)
    content = content_of(supplier=supplier, goods=repr(goods))
    earlier = made_before(SupplyOffer, request_id, content)
    if earlier is not None:
        return earlier.id
    _check(goods, now)
    document = draw_up(
        kind="OFFER",
        title="Offer of a supplier",
        body={"supplier": str(supplier), **asdict(goods)},
        subjects=[supplier],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    row = SupplyOffer.objects.create(
        request_id=request_id,
        content=content,
        number=journal.document(document).number,
        supplier_id=supplier,
        item_id=goods.item,
        standard=goods.standard[:40],
        pieces_per_carton=goods.pieces_per_carton,
        carton_fen=goods.carton_fen,
        cartons_max=goods.cartons_max,
        cartons_min=goods.cartons_min,
        lead_s=goods.lead_s,
        valid_until=goods.valid_until,
        papers=goods.papers[:240],
        note=goods.note[:240],
        document=document,
        offered_at=now,
    )
    record(
        kind="supply.offer.noted",
        actor=actor,
        now=now,
        subject=supplier,
        document=document,
        data={"offer": row.id, "carton_fen": goods.carton_fen, "cartons_max": goods.cartons_max},
    )
    return row.id


@transaction.atomic
@recorded("supply.offer.withdrawn")
def withdraw_offer(*, offer: UUID, why: str, actor: Actor, now: datetime) -> None:
    """
    The supplier would not sell it any more. What was ordered stays ordered; a second time changes nothing.

    Raises NotFound, UnusableInput, NotYourPlace.
    """
    actor.require(Duty.CLERK, Duty.COMMAND)
    row = lock_row(SupplyOffer.objects.all(), offer)
    if not why.strip():
        raise UnusableInput("Say why the offer ends. Nothing was changed.", where="why", cure="Write the reason.")
    if row.withdrawn_at is None:
        row.withdrawn_at, row.withdrawn_why = now, why.strip()[:240]
        row.save(update_fields=["withdrawn_at", "withdrawn_why"])
    record(
        kind="supply.offer.withdrawn",
        actor=actor,
        now=now,
        subject=row.supplier_id,
        document=row.document,
        data={"offer": offer, "why": row.withdrawn_why},
    )


@dataclass(frozen=True, slots=True)
class FromOffer:
    """
    So many cartons of an offer.

    receiver  for whom they are bought; None: for whoever will need them
    due_at    by when they have to come; None: when the supplier says they will
    """

    offer: UUID
    cartons: int
    receiver: UUID | None = None
    due_at: datetime | None = None


@transaction.atomic
def order_from_offers(
    *,
    supplier: UUID,
    orders: Sequence[FromOffer],
    buyer: UUID,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    funds: Collection[UUID] = (),
    note: str = "",
) -> UUID:
    """
    Order from one supplier at the prices offered; returns the purchase's id. Money is set aside as by `commit_purchase`.

    It has to last until the goods are due: what is ordered without a date is due when the supplier says it will come.

    Raises OfferEnded, UnusableInput and whatever `commit_purchase` does; none leaves a trace.
    """
    actor.require(Duty.COMMAND, at=buyer)
    rows = {row.pk: row for row in lock_rows(SupplyOffer.objects.all(), {order.offer for order in orders})}
    earlier = Purchase.objects.filter(request_id=request_id).first()
    ordered_at = now if earlier is None else earlier.ordered_at
    lines = [_line(rows.get(order.offer), order, supplier, ordered_at) for order in orders]
    if earlier is None:
        _check_left(rows, orders, now)
    purchase = commit_purchase(
        supplier=supplier,
        lines=lines,
        buyer=buyer,
        actor=actor,
        now=now,
        request_id=request_id,
        funds=funds,
        note=note,
    )
    if earlier is None:
        _tie(purchase, orders, lines)
    return purchase


def _tie(purchase: UUID, orders: Sequence[FromOffer], lines: Sequence[PurchaseLine]) -> None:
    """
    Whose cartons each ordered line takes. A line ordered in parts for several names follows its parts; a carton that is
    cut between two counts with the later one.
    """
    ordered = iter(OrderedLine.objects.filter(purchase=purchase).order_by("no"))
    taken = []
    for order, line in zip(orders, lines, strict=True):
        upto, cartons = 0, 0
        while upto < line.amount:
            part = next(ordered)
            upto += part.amount
            now = order.cartons * upto // line.amount
            if now > cartons:
                taken.append(OfferTaken(offer_id=order.offer, line=part, cartons=now - cartons))
            cartons = now
    OfferTaken.objects.bulk_create(taken)


def _line(row: SupplyOffer | None, order: FromOffer, supplier: UUID, ordered_at: datetime) -> PurchaseLine:
    if row is None or row.supplier_id != supplier or order.cartons < 1:
        raise UnusableInput(
            "An order names offers of its supplier, at least a carton of each. Nothing was ordered.",
            where=str(order.offer),
            found=order.cartons,
            cure="Choose from the supplier's offers.",
        )
    return PurchaseLine(
        item=row.item_id,
        amount=order.cartons * row.pieces_per_carton,
        price_fen=order.cartons * row.carton_fen,
        standard=row.standard,
        receiver=order.receiver,
        due_at=order.due_at or ordered_at + timedelta(seconds=row.lead_s),
    )


def _check_left(rows: Mapping[UUID, SupplyOffer], orders: Sequence[FromOffer], now: datetime) -> None:
    wanted: Counter[UUID] = Counter()
    for order in orders:
        wanted[order.offer] += order.cartons
    left = cartons_left(rows.values())
    for offer, cartons in wanted.items():
        row = rows[offer]
        has_ended = row.withdrawn_at is not None or (row.valid_until is not None and row.valid_until <= now)
        if has_ended or not row.cartons_min <= cartons <= left[offer]:
            raise OfferEnded(
                f"{row.number} cannot be ordered like this any more. Nothing was ordered.",
                where=row.number,
                found=f"{cartons} cartons",
                expected="no more: it has ended" if has_ended else f"{row.cartons_min} to {left[offer]} cartons",
                cure="Ask the supplier, or choose another offer.",
            )


def _check(goods: ForSale, now: datetime) -> None:
    if goods.pieces_per_carton < 1 or goods.carton_fen < goods.pieces_per_carton:
        raise UnusableInput(
            "A carton holds at least one unit, and each unit costs at least a fen. Nothing was written.",
            where="carton_fen",
            found=f"{goods.carton_fen} fen for {goods.pieces_per_carton}",
            cure="Write what cannot be paid for as a gift.",
        )
    if goods.cartons_max < 1 or not 0 <= goods.cartons_min <= goods.cartons_max:
        raise UnusableInput(
            "There is at least one carton, and the smallest order is not above what there is. Nothing was written.",
            where="cartons_max",
            found=f"{goods.cartons_min} to {goods.cartons_max}",
        )
    if not 0 <= goods.lead_s <= DAYS_MAX * 86_400:
        raise UnusableInput(
            "The time until delivery is between 0 days and a year. Nothing was written.",
            where="lead_s",
            found=goods.lead_s,
            expected=f"0 to {DAYS_MAX} days",
        )
    if goods.valid_until is not None and goods.valid_until <= now:
        raise UnusableInput(
            "The offer has ended already. Nothing was written.",
            where="valid_until",
            found=goods.valid_until.isoformat(),
            expected=f"later than {now.isoformat()}",
        )
