"""What a planted failure writes past every service."""

from __future__ import annotations

from uuid import UUID

from django.db import transaction

from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
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
    with transaction.atomic():
        ledger.post(
            lines=[ledger.post_line(source, target, lot, amount)],
            actor=stage.actors["lin"],
            reason=reason,
            document=document,
            request_id=stage.request_id("break", what),
            now=stage.now,
        )
