"""Makers of lines. Nothing is written here. An id not given is new and time-ordered."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from baogong.engine.book import Tense
from baogong.kernel.ids import new_id
from baogong.ledger.facts import AccountRef, BookLine, HoldView, MovementView


def post_line(
    source: AccountRef,
    target: AccountRef,
    lot: UUID,
    amount: int,
    *,
    id: UUID | None = None,
    corrects: UUID | None = None,
) -> BookLine:
    """It happened. Takes from what the source has free."""
    return BookLine(
        id=id or new_id(),
        tense=Tense.POSTED,
        source=source.id,
        target=target.id,
        lot=lot,
        amount=amount,
        corrects=corrects,
        source_ref=source,
        target_ref=target,
    )


def hold_line(
    source: AccountRef,
    target: AccountRef,
    lot: UUID,
    amount: int,
    *,
    id: UUID | None = None,
    expires_at: datetime | None = None,
    continues: UUID | None = None,
) -> BookLine:
    """It is promised. `continues` names the hold whose ended part travels on under this one."""
    return BookLine(
        id=id or new_id(),
        tense=Tense.HELD,
        source=source.id,
        target=target.id,
        lot=lot,
        amount=amount,
        hold=continues,
        expires_at=expires_at,
        source_ref=source,
        target_ref=target,
    )


def post_hold_line(hold: HoldView, amount: int | None = None, *, id: UUID | None = None) -> BookLine:
    """The hold is kept, in part or, without an amount, in all that is open."""
    return _of_hold(Tense.POSTED, hold, amount, id)


def void_line(hold: HoldView, amount: int | None = None, *, id: UUID | None = None) -> BookLine:
    """The hold is given up, in part or, without an amount, in all that is open."""
    return _of_hold(Tense.VOIDED, hold, amount, id)


def expire_line(hold: HoldView, *, id: UUID | None = None) -> BookLine:
    """The hold has run out."""
    return _of_hold(Tense.EXPIRED, hold, None, id)


def extend_line(hold: HoldView, expires_at: datetime | None, *, id: UUID | None = None) -> BookLine:
    """The hold gets another end; None is never."""
    return _of_hold(Tense.EXTENDED, hold, None, id, expires_at)


def correct_line(movement: MovementView, amount: int | None = None, *, id: UUID | None = None) -> BookLine:
    """A posted movement goes back the way it came, in part or, without an amount, in all of it."""
    return post_line(
        movement.target,
        movement.source,
        movement.lot,
        movement.amount if amount is None else amount,
        id=id,
        corrects=movement.id,
    )


def _of_hold(
    tense: Tense, hold: HoldView, amount: int | None, id: UUID | None, expires_at: datetime | None = None
) -> BookLine:
    return BookLine(
        id=id or new_id(),
        tense=tense,
        source=hold.source.id,
        target=hold.target.id,
        lot=hold.lot,
        amount=hold.open if amount is None else amount,
        hold=hold.id,
        expires_at=expires_at,
        source_ref=hold.source,
        target_ref=hold.target,
    )
