"""Holds and what became of them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from django.db import connection

from baogong.kernel.errors import NotFound
from baogong.ledger.facts import AccountRef, HoldFate, HoldView
from baogong.ledger.states import State

_COLUMNS = """
SELECT hold.id, source.holder_id, source.state, target.holder_id, target.state, movement.lot_id, hold.amount,
       hold.posted, hold.voided, hold.continued, hold.expires_at, movement.hold, batch.document
FROM ledger_hold AS hold
JOIN ledger_movement AS movement ON movement.id = hold.id
JOIN ledger_account AS source ON source.id = movement.source_id
JOIN ledger_account AS target ON target.id = movement.target_id
JOIN ledger_batch AS batch ON batch.id = movement.batch_id
"""
_IS_OPEN = "hold.amount > hold.posted + hold.voided"

_CHAINS = """
WITH RECURSIVE chain AS (
    SELECT hold.id AS first, hold.id, hold.amount, hold.posted, hold.voided, movement.source_id, movement.target_id,
           movement.seq, NULL::uuid AS continues
    FROM ledger_hold AS hold JOIN ledger_movement AS movement ON movement.id = hold.id WHERE hold.id = ANY(%s)
    UNION ALL
    SELECT chain.first, hold.id, hold.amount, hold.posted, hold.voided, movement.source_id, movement.target_id,
           movement.seq, movement.hold
    FROM chain
    JOIN ledger_movement AS movement ON movement.hold = chain.id AND movement.tense = 'HELD'
    JOIN ledger_hold AS hold ON hold.id = movement.id
)
SELECT first, id, amount, posted, voided, source_id, target_id, continues FROM chain ORDER BY first, seq
"""


def hold(id: UUID) -> HoldView:
    """Raises NotFound."""
    found = holds([id])
    if not found:
        raise NotFound(f"The book has no hold {id}.", where=str(id))
    return found[0]


def holds(ids: Collection[UUID]) -> tuple[HoldView, ...]:
    """Those that exist, ordered by id."""
    return _views(f"{_COLUMNS} WHERE hold.id = ANY(%s) ORDER BY hold.id", [list(ids)])


def open_holds(
    *,
    holders: Collection[UUID] | None = None,
    lots: Collection[UUID] | None = None,
    targets: Collection[UUID] | None = None,
    documents: Collection[UUID] | None = None,
) -> tuple[HoldView, ...]:
    """
    Holds with an open part, ordered by id (the order they were made in); None is any.

    holders    whose things are promised
    targets    to whom they are promised
    documents  placed under these
    """
    conditions: list[str] = [_IS_OPEN]
    values: list[Any] = []
    for column, wanted in (
        ("source.holder_id", holders),
        ("movement.lot_id", lots),
        ("target.holder_id", targets),
        ("batch.document", documents),
    ):
        if wanted is not None:
            conditions.append(f"{column} = ANY(%s)")
            values.append(list(wanted))
    return _views(f"{_COLUMNS} WHERE {' AND '.join(conditions)} ORDER BY hold.id", values)


def holds_expired_by(now: datetime, *, limit: int) -> tuple[HoldView, ...]:
    """Open holds whose end has passed, the earliest end first."""
    return _views(
        f"{_COLUMNS} WHERE {_IS_OPEN} AND hold.expires_at <= %s ORDER BY hold.expires_at, hold.id LIMIT %s",
        [now, limit],
    )


def hold_fate(id: UUID) -> HoldFate:
    """Follow a hold through every hold that continues it. Raises NotFound."""
    fate = hold_fates([id]).get(id)
    if fate is None:
        raise NotFound(f"The book has no hold {id}.", where=str(id))
    return fate


def hold_fates(ids: Collection[UUID]) -> dict[UUID, HoldFate]:
    """
    What became of many holds, in one query; those the book does not have are left out.

    What travels on from the hold's own target had arrived there (a hub promises on what it received); what travels
    on from elsewhere had been given up (a truck is loaded with what the warehouse had promised).
    """
    with connection.cursor() as cursor:
        cursor.execute(_CHAINS, [list(ids)])
        rows = cursor.fetchall()
    return {first: _fate([_Link(*row[1:]) for row in chain]) for first, chain in groupby(rows, key=itemgetter(0))}


def _fate(chain: Sequence[_Link]) -> HoldFate:
    """The hold itself first, then what continues it, oldest first."""
    first = chain[0]
    further: defaultdict[UUID | None, list[_Link]] = defaultdict(list)
    for link in chain:
        further[link.continues].append(link)
    arrived = travelling = given_up = 0
    for link in chain:
        continued = sum(other.amount for other in further[link.id])
        from_target = sum(other.amount for other in further[link.id] if other.source == link.target)
        from_posted = min(link.posted, max(from_target, continued - link.voided))
        arrived += link.posted - from_posted
        given_up += link.voided - (continued - from_posted)
        travelling += link.open
    return HoldFate(
        id=first.id,
        amount=first.amount,
        posted=first.posted,
        voided=first.voided,
        open=first.open,
        continued_by=tuple(link.id for link in further[first.id]),
        arrived=arrived,
        travelling=travelling,
        given_up=given_up,
    )


@dataclass(frozen=True, slots=True)
class _Link:
    """One hold of a chain."""

    id: UUID
    amount: int
    posted: int
    voided: int
    source: UUID
    target: UUID
    continues: UUID | None

    @property
    def open(self) -> int:
        return self.amount - self.posted - self.voided


def _views(sql: str, values: Sequence[Any]) -> tuple[HoldView, ...]:
    with connection.cursor() as cursor:
        cursor.execute(sql, values)
        return tuple(_view(row) for row in cursor.fetchall())


def _view(row: Sequence[Any]) -> HoldView:
    id, source, source_state, target, target_state, *rest = row
    return HoldView(id, AccountRef(source, State(source_state)), AccountRef(target, State(target_state)), *rest)
