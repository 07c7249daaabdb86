"""Taking packs apart again: a tally that was wrong, or a whole run, by corrections."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_row
from baogong.journal.services import draw_up, record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import derived_id
from baogong.ledger import queries as book
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef, BatchRefused
from baogong.ledger.states import Reason, State
from baogong.supply.models import PackingLayer, PackingRun, PackingTally, PackingTallyPart
from baogong.supply.services.packing.shared import PACKERS, PacksHaveLeft, end, ended, need_words, release


@transaction.atomic
@recorded("supply.packing.tally-undone")
def undo_tally(*, tally: UUID, why: str, actor: Actor, now: datetime, request_id: UUID) -> None:
    """
    Packs were counted that are not there: corrections take them apart again, and an open run keeps their goods.

    Raises PacksHaveLeft, RunEnded, NotYourPlace.
    """
    found = PackingTally.objects.select_related("run").filter(pk=tally).first()
    row = lock_row(PackingRun.objects.all(), found.run_id if found else tally)
    mine = PackingTally.objects.get(pk=tally)
    actor.require(*PACKERS, at=row.site_id)
    if mine.undone_under == request_id:
        return
    if mine.undone_at is not None or row.state == PackingRun.State.UNDONE:
        raise ended(row, f"The tally {mine.first_no}–{mine.last_no} was taken back before; nothing was changed.")
    need_words(why, row.number)
    _take_apart(row, mine, why=why, actor=actor, now=now, request_id=request_id)
    record(
        kind="supply.packing.tally-undone",
        actor=actor,
        now=now,
        subject=row.site_id,
        document=row.document,
        data={"run": str(row.id), "packs": mine.packs, "why": why},
    )


@transaction.atomic
@recorded("supply.packing.undone")
def undo_run(*, run: UUID, why: str, actor: Actor, now: datetime, request_id: UUID) -> None:
    """
    Take a whole run back by corrections: every pack apart again, every waste back, nothing set aside any more.

    All or nothing. Raises PacksHaveLeft where a pack is promised or gone, RunEnded, NotYourPlace.
    """
    row = lock_row(PackingRun.objects.all(), run)
    actor.require(Duty.COMMAND, at=row.site_id)
    if row.state == PackingRun.State.UNDONE:
        if row.ended_under == request_id:
            return
        raise ended(row, f"{row.number} was taken back before; nothing was changed.")
    need_words(why, row.number)
    document = draw_up(
        kind="PACKING_UNDO",
        title=f"{row.number}: {why}"[:120],
        body={"run": str(run), "site": str(row.site_id), "why": why},
        subjects=[row.site_id],
        actor=actor,
        now=now,
        request_id=derived_id(request_id, "document"),
    )
    if row.state == PackingRun.State.OPEN:
        layers = list(row.layers.order_by("no").prefetch_related("parts"))
        release(row, layers, document, actor=actor, now=now, request_id=derived_id(request_id, "release"))
    row.state = PackingRun.State.UNDONE  # nothing that comes apart now is set aside again
    for tally in row.tallies.filter(undone_at=None).order_by("-first_no"):
        _take_apart(row, tally, why=why, actor=actor, now=now, request_id=derived_id(request_id, tally.id))
    for waste in row.wastes.filter(undone_at=None).order_by("-at", "-id"):
        moves = book.movements(ids=[UUID(line) for line in waste.movements])
        ledger.post(
            lines=[ledger.correct_line(move, id=derived_id(request_id, move.id)) for move in moves],
            actor=actor,
            reason=Reason.CORRECTION,
            document=document,
            request_id=derived_id(request_id, waste.id),
            now=now,
        )
        waste.undone_at = now
        waste.save(update_fields=["undone_at"])
    end(row, PackingRun.State.UNDONE, why, document, now, request_id)
    record(
        kind="supply.packing.undone",
        actor=actor,
        now=now,
        subject=row.site_id,
        document=document,
        data={"run": str(run), "why": why},
    )


def _take_apart(
    row: PackingRun, tally: PackingTally, *, why: str, actor: Actor, now: datetime, request_id: UUID
) -> None:
    for part in tally.parts.select_related("layer").order_by("-first_no"):
        layer = part.layer
        _correct(row, part, actor=actor, now=now, request_id=derived_id(request_id, layer.no))
        layer.made -= part.packs
        if row.state == PackingRun.State.OPEN:
            _set_aside_again(
                row, layer, part, actor=actor, now=now, request_id=derived_id(request_id, layer.no, "again")
            )
        else:
            layer.packs -= part.packs
        layer.save(update_fields=["made", "packs"])
    tally.undone_at, tally.undone_under, tally.undone_why = now, request_id, why[:240]
    tally.save(update_fields=["undone_at", "undone_under", "undone_why"])


def _set_aside_again(
    row: PackingRun, layer: PackingLayer, part: PackingTallyPart, *, actor: Actor, now: datetime, request_id: UUID
) -> None:
    lines = []
    for piece in layer.parts.all():
        line = ledger.hold_line(
            AccountRef(row.site_id, State(piece.state)),
            AccountRef(row.site_id, State.CONVERSION),
            piece.lot,
            part.packs * piece.amount_each,
            id=derived_id(request_id, piece.id),
        )
        lines.append(line)
        piece.holds = [*piece.holds, str(line.id)]
        piece.save(update_fields=["holds"])
    ledger.post(
        lines=lines, actor=actor, reason=Reason.CONVERSION, document=row.document, request_id=request_id, now=now
    )


def _correct(row: PackingRun, part: PackingTallyPart, *, actor: Actor, now: datetime, request_id: UUID) -> None:
    moves = book.movements(ids=[UUID(line) for line in part.movements])
    try:
        ledger.post(
            lines=[ledger.correct_line(move, id=derived_id(request_id, move.id)) for move in moves],
            actor=actor,
            reason=Reason.CORRECTION,
            document=row.document,
            request_id=request_id,
            now=now,
        )
    except BatchRefused as refusal:
        raise PacksHaveLeft(
            f"Packs of {row.number} are promised, loaded or handed over; they cannot be taken apart. Nothing was changed.",
            where=row.number,
            found=len(refusal.refused),
            expected="packs that stand here and are promised to nobody",
            cure="Undo the promises first; what is gone is corrected where it was received.",
        ) from refusal
