"""The stories: what happened to a lot, at a holder, under a document, in the order it was written."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from datetime import date
from typing import Any
from uuid import UUID

from django.db import connection

from baogong.engine.book import Tense
from baogong.kernel.errors import NotFound
from baogong.kernel.windows import Window
from baogong.ledger.facts import AccountRef, MovementView
from baogong.ledger.states import Reason, State

_COLUMNS = """
SELECT movement.id, seq, batch_id, batch.at, batch.day, tense, source.holder_id, source.state, target.holder_id,
       target.state, lot_id, amount, hold, corrects, expires_at, batch.actor_id, batch.document, batch.reason
FROM ledger_movement AS movement
JOIN ledger_batch AS batch ON batch.id = movement.batch_id
JOIN ledger_account AS source ON source.id = movement.source_id
JOIN ledger_account AS target ON target.id = movement.target_id
"""
# Two index scans instead of one over the whole book: an OR over joined tables would read every movement.
_AT_HOLDERS = """movement.id IN (
    SELECT id FROM ledger_movement WHERE source_id IN (SELECT id FROM ledger_account WHERE holder_id = ANY(%s))
    UNION ALL
    SELECT id FROM ledger_movement WHERE target_id IN (SELECT id FROM ledger_account WHERE holder_id = ANY(%s))
)"""


def movement(id: UUID) -> MovementView:
    """Raises NotFound."""
    found = movements(ids=[id])
    if not found:
        raise NotFound(f"The book has no movement {id}.", where=str(id))
    return found[0]


def movements(
    *,
    ids: Collection[UUID] | None = None,
    lots: Collection[UUID] | None = None,
    holders: Collection[UUID] | None = None,
    documents: Collection[UUID] | None = None,
    requests: Collection[UUID] | None = None,
    holds: Collection[UUID] | None = None,
    reasons: Collection[Reason] | None = None,
    items: Collection[UUID] | None = None,
    donors: Collection[UUID] | None = None,
    receivers: Collection[UUID] | None = None,
    tenses: Collection[Tense] | None = None,
    ends: Collection[State] | None = None,
    window: Window | None = None,
    since_seq: int = 0,
    upto_seq: int | None = None,
    limit: int = 1_000,
) -> tuple[MovementView, ...]:
    """
    Ordered by seq, those after `since_seq`, at most `limit`: the last one's seq asks for the next page. None is any.

    holders    gave or received
    requests   of the batches that these made
    holds      placed, kept, ended or continued these holds
    items      of lots of these goods
    donors     of lots these gave
    receivers  into, or promised into, accounts of these
    ends       out of accounts in one of these states, or into them
    window     when the house says it happened (the batch's `at`)
    upto_seq   none that was written after this one
    """
    conditions: list[str] = ["seq > %s"]
    values: list[Any] = [since_seq]
    if upto_seq is not None:
        conditions.append("seq <= %s")
        values.append(upto_seq)
    for condition, wanted in (
        ("movement.id = ANY(%s)", ids),
        ("lot_id = ANY(%s)", lots),
        (_AT_HOLDERS, holders),
        ("batch.document = ANY(%s)", documents),
        ("batch.request_id = ANY(%s)", requests),
        ("(movement.hold = ANY(%s) OR movement.id = ANY(%s))", holds),
        ("batch.reason = ANY(%s)", None if reasons is None else [reason.value for reason in reasons]),
        ("lot_id IN (SELECT id FROM ledger_lot WHERE item_id = ANY(%s))", items),
        ("lot_id IN (SELECT id FROM ledger_lot WHERE donor_id = ANY(%s))", donors),
        ("target.holder_id = ANY(%s)", receivers),
        ("tense = ANY(%s)", None if tenses is None else [tense.value for tense in tenses]),
        ("(source.state = ANY(%s) OR target.state = ANY(%s))", None if ends is None else [end.value for end in ends]),
    ):
        if wanted is not None:
            conditions.append(condition)
            values += [list(wanted)] * condition.count("%s")
    for condition, moment in (
        ("batch.at >= %s", window.start_at if window else None),
        ("batch.at < %s", window.end_at if window else None),
    ):
        if moment is not None:
            conditions.append(condition)
            values.append(moment)
    with connection.cursor() as cursor:
        cursor.execute(f"{_COLUMNS} WHERE {' AND '.join(conditions)} ORDER BY seq LIMIT %s", [*values, limit])
        return tuple(_view(row) for row in cursor.fetchall())


def days_of(reasons: Collection[Reason], *, zone: str, limit: int = 400) -> tuple[date, ...]:
    """The calendar days of the zone on which something was written for one of the reasons, newest first."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT DISTINCT (at AT TIME ZONE %s)::date AS day FROM ledger_batch WHERE reason = ANY(%s)"
            " ORDER BY day DESC LIMIT %s",
            [zone, [reason.value for reason in reasons], limit],
        )
        return tuple(day for (day,) in cursor.fetchall())


def donors_and_receivers() -> tuple[frozenset[UUID], frozenset[UUID]]:
    """Whoever gave a lot of this book, and whoever signed for one."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT donor_id, TRUE FROM ledger_lot WHERE donor_id IS NOT NULL"
            " UNION SELECT holder_id, FALSE FROM ledger_account WHERE state = %s",
            [State.HANDED_OVER.value],
        )
        rows = cursor.fetchall()
    return (
        frozenset(party for party, is_donor in rows if is_donor),
        frozenset(party for party, is_donor in rows if not is_donor),
    )


def _view(row: Sequence[Any]) -> MovementView:
    (
        id, seq, batch, at, day, tense, source, source_state, target, target_state, lot, amount, hold, corrects,
        expires_at, actor, document, reason,
    ) = row  # fmt: skip
    return MovementView(
        id=id,
        seq=seq,
        batch=batch,
        at=at,
        day=day,
        tense=Tense(tense),
        source=AccountRef(source, State(source_state)),
        target=AccountRef(target, State(target_state)),
        lot=lot,
        amount=amount,
        hold=hold,
        corrects=corrects,
        expires_at=expires_at,
        actor=actor,
        document=document,
        reason=Reason(reason),
    )
