"""What a planted failure writes past every service."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.delivery.services import custody
from baogong.journal.services import draw_up
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef, BookLine
from baogong.ledger.states import Reason
from baogong.ops.scenarios.stage import Stage


def move_by_hand(
    stage: Stage,
    what: str,
    source: AccountRef,
    target: AccountRef,
    lot: UUID,
    amount: int,
    reason: Reason,
    document: UUID | None = None,
) -> None:
    """A movement straight into the book, under no document or another's: what no page of the house does."""
    _post(stage, what, ledger.post_line(source, target, lot, amount), reason, document)


def promise_by_hand(stage: Stage, what: str, source: AccountRef, target: AccountRef, lot: UUID, amount: int) -> None:
    """A promise of what lies there, under no document."""
    _post(stage, what, ledger.hold_line(source, target, lot, amount), Reason.ALLOT, None)


def put_by_hand(stage: Stage, parcel: UUID, shelf: UUID, at: datetime) -> None:
    """A parcel out of its courier's hands onto a shelf, whatever it asks for: past the service that looks at that."""
    request_id = stage.request_id("break", "shelf", parcel)
    with transaction.atomic():
        row = custody.lock_parcel(parcel)
        assert row is not None
        if custody.done_before(request_id):
            return
        custody.move(
            [row],
            to=row.community_id,
            state=row.State.ON_SHELF,
            kind=custody.Kind.ON_SHELF,
            reason=Reason.UNLOAD,
            actor=stage.actors["lin"],
            at_device=at,
            now=stage.now,
            request_id=request_id,
            shelf=shelf,
        )
        custody.end_visits([parcel], stage.now)


def empty_report(stage: Stage) -> UUID:
    """A loss report that states no loss."""
    with transaction.atomic():
        return draw_up(
            kind="LOSS_REPORT",
            title="planted",
            body={},
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("break", "report"),
        )


def _post(stage: Stage, what: str, line: BookLine, reason: Reason, document: UUID | None) -> None:
    with transaction.atomic():
        ledger.post(
            lines=[line],
            actor=stage.actors["lin"],
            reason=reason,
            document=document,
            request_id=stage.request_id("break", what),
            now=stage.now,
        )
