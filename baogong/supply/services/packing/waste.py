"""What of the goods set aside went into no pack."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_row
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef, BookLine
from baogong.ledger.states import Reason, State
from baogong.supply.models import PackingRun, PackingWaste
from baogong.supply.requests import content_of, made_before
from baogong.supply.services.packing.shared import PACKERS, MoreWasteThanStock, refuse_ended, taken


@dataclass(frozen=True, slots=True)
class Waste:
    """`amount` base units of one item that went into no pack; cause is a value of PackingWaste.Cause."""

    item: UUID
    amount: int
    cause: str


@transaction.atomic
@recorded("supply.packing.waste")
def record_waste(
    *, run: UUID, wastes: Sequence[Waste], actor: Actor, now: datetime, request_id: UUID, note: str = ""
) -> UUID:
    """
    What went into no pack: leaves cut off, rotten or broken goods. Returns the damage report's id.

    It is taken from what lies free of the run's lots, then from what is set aside for its last packs: then fewer can
    be made. Raises MoreWasteThanStock, RunEnded, NotYourPlace, RequestIdReused.
    """
    row = lock_row(PackingRun.objects.all(), run)
    actor.require(*PACKERS, at=row.site_id)
    content = content_of(run=run, wastes=[repr(waste) for waste in wastes], note=note)
    earlier = made_before(PackingWaste, derived_id(request_id, 0), content)
    if earlier is not None:
        return earlier.document
    refuse_ended(row)
    if not wastes or any(waste.amount < 1 or waste.cause not in PackingWaste.Cause.values for waste in wastes):
        raise UnusableInput(
            "Say of at least one item how much went into no pack, and why. Nothing was changed.",
            where=row.number,
            found=len(wastes),
            expected=", ".join(PackingWaste.Cause.values),
        )
    document = draw_up(
        kind="DAMAGE_REPORT",
        title=f"{row.number}: not packed",
        body={
            "run": str(run),
            "site": str(row.site_id),
            "note": note,
            "lines": [{"item": str(waste.item), "amount": waste.amount, "cause": waste.cause} for waste in wastes],
        },
        subjects=[row.site_id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    for number, waste in enumerate(wastes):
        lines = _thrown_away(row, waste, derived_id(request_id, "lines", number))
        ledger.post(
            lines=lines,
            actor=actor,
            reason=Reason.DAMAGE,
            document=document,
            request_id=derived_id(request_id, "post", number),
            now=now,
        )
        PackingWaste.objects.create(
            request_id=derived_id(request_id, number),
            content=content,
            run=row,
            item_id=waste.item,
            cause=waste.cause,
            amount=waste.amount,
            document=document,
            movements=[str(line.id) for line in lines if line.hold is None],
            at=now,
        )
    record(
        kind="supply.packing.waste",
        actor=actor,
        now=now,
        subject=row.site_id,
        document=document,
        data={"run": str(run), "amount": sum(waste.amount for waste in wastes)},
    )
    return document


def _thrown_away(row: PackingRun, waste: Waste, request_id: UUID) -> list[BookLine]:
    layers = list(row.layers.order_by("-no").prefetch_related("parts"))
    places = {
        (part.lot, State(part.state)): 0
        for layer in reversed(layers)
        for part in layer.parts.all()
        if part.item_id == waste.item
    }
    free = {
        (view.lot.id, view.state): view.free
        for view in book.balances(holders=[row.site_id], lots=[lot for lot, _ in places])
        if (view.lot.id, view.state) in places
    }
    lines: list[BookLine] = []
    left = waste.amount
    for place in places:
        found = min(left, free.get(place, 0))
        places[place] += found
        left -= found
    for layer in layers:
        each = sum(part.amount_each for part in layer.parts.all() if part.item_id == waste.item)
        open_packs = layer.packs - layer.made
        if left == 0 or each == 0 or open_packs == 0:
            continue
        cut = min(open_packs, -(-left // each))
        lines += [
            ledger.void_line(hold, amount, id=derived_id(request_id, hold.id)) for hold, amount in taken(layer, cut)
        ]
        layer.packs -= cut
        layer.save(update_fields=["packs"])
        for part in layer.parts.all():
            if part.item_id == waste.item:
                amount = min(left, cut * part.amount_each)
                places[part.lot, State(part.state)] += amount
                left -= amount
    if left:
        raise MoreWasteThanStock(
            f"{row.number} has {waste.amount - left:,} of this left; {waste.amount:,} were said to be waste. "
            "Nothing was changed.",
            where=row.number,
            found=waste.amount,
            expected=f"at most {waste.amount - left}",
            cure="Weigh again. Take back a tally first if fewer packs were made than counted.",
        )
    for (lot, state), amount in places.items():
        if amount:
            lines.append(
                ledger.post_line(
                    AccountRef(row.site_id, state),
                    AccountRef(row.site_id, State.SPOILED),
                    lot,
                    amount,
                    id=derived_id(request_id, lot, state),
                )
            )
    return lines
