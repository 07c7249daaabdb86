"""What the acts of a packing run share: who packs, what is refused, what is set aside."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.queries import HoldView
from baogong.ledger.states import Reason
from baogong.supply.models import PackingLayer, PackingRun

PACKERS = (Duty.KEEPER, Duty.COMMAND)


class NothingToPack(BaogongError):
    """Not one pack can be made of what lies free here."""

    kind, code = Kind.REFUSED, "supply.nothing-to-pack"


class MorePacksThanPlanned(BaogongError):
    """More packs were counted than goods were set aside for."""

    kind, code = Kind.REFUSED, "supply.more-packs-than-planned"


class RunEnded(BaogongError):
    """The run is closed, or was taken back."""

    kind, code = Kind.CONFLICT, "supply.run-ended"


class PacksHaveLeft(BaogongError):
    """Packs that are promised, loaded or handed over cannot be taken apart again."""

    kind, code = Kind.CONFLICT, "supply.packs-have-left"


class MoreWasteThanStock(BaogongError):
    """More was thrown away than the run has of it."""

    kind, code = Kind.REFUSED, "supply.more-waste-than-stock"


def taken(layer: PackingLayer, packs: int) -> list[tuple[HoldView, int]]:
    """
    From which promises the parts of so many packs are taken.

    Raises MorePacksThanPlanned where promises have ended since, and less is set aside than the layer was planned with.
    """
    parts = list(layer.parts.all())
    views = {str(hold.id): hold for hold in book.holds([UUID(hold) for part in parts for hold in part.holds])}
    reach = min(sum(views[hold].open for hold in part.holds) // part.amount_each for part in parts)
    if reach < packs:
        raise MorePacksThanPlanned(
            f"Goods for {reach:,} more packs are still set aside in {layer.run.number}; {packs:,} were counted. "
            "Nothing was changed.",
            where=layer.run.number,
            found=packs,
            expected=f"1 to {reach}",
            cure="Close this run, and open another one for what is still to be packed.",
        )
    taken: list[tuple[HoldView, int]] = []
    for part in parts:
        left = packs * part.amount_each
        for hold in part.holds:
            amount = min(left, views[hold].open)
            if amount:
                taken.append((views[hold], amount))
                left -= amount
        assert left == 0, f"{part} has less set aside than its layer needs"
    return taken


def release(
    row: PackingRun, layers: Sequence[PackingLayer], document: UUID, *, actor: Actor, now: datetime, request_id: UUID
) -> None:
    """What is set aside and not packed is free again."""
    holds = book.holds([UUID(hold) for layer in layers for part in layer.parts.all() for hold in part.holds])
    lines = [ledger.void_line(hold, id=derived_id(request_id, hold.id)) for hold in holds if hold.open]
    if lines:
        ledger.post(lines=lines, actor=actor, reason=Reason.UNDO, document=document, request_id=request_id, now=now)
    for layer in layers:
        layer.packs = layer.made
        layer.save(update_fields=["packs"])


def end(row: PackingRun, state: str, why: str, document: UUID, now: datetime, request_id: UUID) -> None:
    row.state, row.ended_at, row.ended_under = state, now, request_id
    row.ended_document, row.ended_why = document, why[:240]
    row.save(update_fields=["state", "ended_at", "ended_under", "ended_document", "ended_why"])


def refuse_ended(row: PackingRun) -> None:
    if row.state != PackingRun.State.OPEN:
        raise ended(row, f"{row.number} is over: {row.get_state_display().lower()}. Nothing was changed.")


def ended(row: PackingRun, message: str) -> RunEnded:
    return RunEnded(
        message,
        where=row.number,
        found=row.state,
        expected=PackingRun.State.OPEN,
        cure="Look at the run again; open another one for what is still to be packed.",
    )


def need_words(why: str, where: str) -> None:
    if not why.strip():
        raise UnusableInput("Say why it is taken back. Nothing was changed.", where=where, expected="some words")
