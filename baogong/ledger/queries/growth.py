"""The book as it grew: what each stretch of time changed, for a replay. A few scans, however many moments are asked for."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.db import connection

from baogong.engine.book import Tense
from baogong.ledger.states import Reason, State

_TICK = timedelta(microseconds=1)

# Which of the moments a batch belongs to: the first that is not before it.
_MOMENT = "width_bucket(batch.at, %(after)s::timestamptz[])"
_BATCHES = "ledger_movement AS movement JOIN ledger_batch AS batch ON batch.id = movement.batch_id"
_KINDS = """JOIN ledger_lot AS lot ON lot.id = {lot}
JOIN unnest(%(items)s::uuid[], %(kinds)s::int[]) AS kind (item, number) ON kind.item = lot.item_id"""

_CHANGES = f"""
WITH line AS (
    SELECT {_MOMENT} AS moment, source_id, target_id, lot_id, sum(amount) AS amount
    FROM {_BATCHES} WHERE tense = '{Tense.POSTED}' AND batch.at <= %(last)s GROUP BY 1, 2, 3, 4
), change AS (
    SELECT moment, source_id AS account_id, lot_id, -amount AS amount FROM line
    UNION ALL SELECT moment, target_id, lot_id, amount FROM line
)
SELECT moment, place.number - 1, account.state, kind.number, sum(change.amount)::bigint
FROM change JOIN ledger_account AS account ON account.id = change.account_id
{_KINDS.format(lot="change.lot_id")}
LEFT JOIN unnest(%(holders)s::uuid[]) WITH ORDINALITY AS place (holder, number) ON place.holder = account.holder_id
GROUP BY 1, 2, 3, 4 HAVING sum(change.amount) <> 0 ORDER BY 1, 2, 3, 4
"""
_HOLDS = f"""
SELECT {_MOMENT} AS moment, kind.number, count(*), count(*) FILTER (WHERE tense = '{Tense.HELD}'),
       count(*) FILTER (WHERE tense = '{Tense.POSTED}'),
       sum(CASE WHEN tense = '{Tense.HELD}' THEN amount
                WHEN tense IN ('{Tense.VOIDED}', '{Tense.EXPIRED}') OR tense = '{Tense.POSTED}' AND hold IS NOT NULL
                THEN -amount ELSE 0 END)::bigint
FROM {_BATCHES} {_KINDS.format(lot="movement.lot_id")}
WHERE batch.at <= %(last)s GROUP BY 1, 2 ORDER BY 1, 2
"""
_LINES = f"""
WITH ranked AS (
    SELECT id, at, reason, count, document, {_MOMENT} AS moment,
           row_number() OVER (PARTITION BY {_MOMENT} ORDER BY count DESC, at DESC, id) AS place
    FROM ledger_batch AS batch WHERE at > %(first)s AND at <= %(last)s
)
SELECT moment, ranked.at, ranked.reason, ranked.count, ranked.document, line.id, line.tense, line.amount, lot.item_id,
       source.holder_id, target.holder_id, source.state, target.state
FROM ranked
JOIN LATERAL (
    SELECT * FROM ledger_movement WHERE batch_id = ranked.id ORDER BY amount DESC, seq LIMIT 1
) AS line ON TRUE
JOIN ledger_lot AS lot ON lot.id = line.lot_id
JOIN ledger_account AS source ON source.id = line.source_id
JOIN ledger_account AS target ON target.id = line.target_id
WHERE place <= %(most)s ORDER BY moment, ranked.at, line.seq
"""
_BUSIEST = """
SELECT account.holder_id FROM (
    SELECT source_id AS account_id, count(*) AS count FROM ledger_movement GROUP BY 1
    UNION ALL SELECT target_id, count(*) FROM ledger_movement GROUP BY 1
) AS end_of JOIN ledger_account AS account ON account.id = end_of.account_id
WHERE account.holder_id = ANY(%s) AND account.state <> ALL(%s)
GROUP BY 1 ORDER BY sum(end_of.count) DESC, 1 LIMIT %s
"""
_MINUTES = """
SELECT max(at), sum(count)::bigint FROM ledger_batch
WHERE (%(start)s::timestamptz IS NULL OR at >= %(start)s) AND (%(end)s::timestamptz IS NULL OR at < %(end)s)
GROUP BY date_trunc('minute', at) ORDER BY 1
"""


@dataclass(frozen=True, slots=True)
class Change:
    """
    Net change of what stands, of all lots of a kind, at one place in one state.

    moment  index of the moment by which it had happened, and not by the one before
    place   index of the holder; None: at all others together
    kind    as the items were given
    """

    moment: int
    place: int | None
    state: State
    kind: int
    amount: int


@dataclass(frozen=True, slots=True)
class Written:
    """How many lines were written in a stretch, how many of them promised or moved something; `held` the net change."""

    moment: int
    kind: int
    count: int
    held_count: int
    posted_count: int
    held: int


@dataclass(frozen=True, slots=True)
class GreatBatch:
    """One of the largest batches of a stretch, by its line with the greatest amount."""

    moment: int
    at: datetime
    reason: Reason
    count: int
    document: UUID | None
    movement: UUID
    tense: Tense
    amount: int
    item: UUID
    source: UUID
    target: UUID
    source_state: str
    target_state: str


def busy_minutes(
    *, start_at: datetime | None = None, end_at: datetime | None = None
) -> tuple[tuple[datetime, int], ...]:
    """(the minute's last moment, lines written) of every minute in which something was, in their order."""
    with connection.cursor() as cursor:
        cursor.execute(_MINUTES, {"start": start_at, "end": end_at})
        return tuple(cursor.fetchall())


def newest_seq() -> int:
    """The number of the last line written; 0 in an empty book."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT coalesce(max(seq), 0) FROM ledger_movement")
        return int(cursor.fetchone()[0])


def busiest(holders: Collection[UUID], *, limit: int) -> tuple[UUID, ...]:
    """Of these holders those with the most lines of the book, most first; what lies outside the book counts nothing."""
    outside = [state.value for state in State if state.is_outside]
    with connection.cursor() as cursor:
        cursor.execute(_BUSIEST, [list(holders), outside, limit])
        return tuple(holder for (holder,) in cursor.fetchall())


def changes_by(
    moments: Sequence[datetime], *, holders: Sequence[UUID], kinds: Mapping[UUID, int]
) -> tuple[Change, ...]:
    """
    What had moved by each of the moments, since the one before; by the first, since the book began.

    moments  ascending, at least one
    holders  told apart; all others are one
    kinds    item → kind, of every item; amounts of one kind are added up
    """
    with connection.cursor() as cursor:
        cursor.execute(_CHANGES, _values(moments, kinds) | {"holders": list(holders)})
        return tuple(
            Change(moment, place, State(state), kind, amount)
            for moment, place, state, kind, amount in cursor.fetchall()
        )


def written_by(moments: Sequence[datetime], *, kinds: Mapping[UUID, int]) -> tuple[Written, ...]:
    """What had been written by each of the moments; as `changes_by`."""
    with connection.cursor() as cursor:
        cursor.execute(_HOLDS, _values(moments, kinds))
        return tuple(Written(*row) for row in cursor.fetchall())


def great_batches(moments: Sequence[datetime], *, most: int) -> tuple[GreatBatch, ...]:
    """Of each stretch after the first moment at most so many batches, those with the most lines; in their order."""
    with connection.cursor() as cursor:
        cursor.execute(_LINES, _values(moments, {}) | {"first": moments[0], "most": most})
        return tuple(
            GreatBatch(moment, at, Reason(reason), count, document, movement, Tense(tense), *rest)
            for moment, at, reason, count, document, movement, tense, *rest in cursor.fetchall()
        )


def _values(moments: Sequence[datetime], kinds: Mapping[UUID, int]) -> dict[str, Any]:
    return {
        "after": [moment + _TICK for moment in moments],  # a stretch ends with its moment, not before it
        "last": moments[-1],
        "items": list(kinds),
        "kinds": list(kinds.values()),
    }
