"""Stamping: publishing one hash that fixes every movement of a day."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime
from typing import Any

import psycopg

from baogong.engine.book import merkle
from baogong.ledger.arrays import open_cursor
from baogong.ledger.facts import StampView
from baogong.ledger.posting import DAY_LOCKS
from baogong.ledger.services.transactions import callers_transaction

STAMPING_LOCK = 0x6BA0F0B2
LEAVES_MAX = 1 << 16  # read at a time: a day may have ten million

LOCK_STAMPING = "SELECT pg_advisory_xact_lock(%s), current_setting('transaction_isolation')"
# Days whose batches hold more movements than their stamps. Counted from batches: one row for a thousand movements.
FIND_DUE_DAYS = """
SELECT day FROM (SELECT day, sum(count) AS movements FROM ledger_batch GROUP BY day) AS posted
LEFT JOIN (SELECT day, sum(count) AS movements FROM ledger_stamp GROUP BY day) AS stamped USING (day)
WHERE posted.movements > coalesce(stamped.movements, 0)
  AND (%(today_too)s OR day < (clock_timestamp() AT TIME ZONE 'UTC')::date)
ORDER BY day
"""
# Whoever posts on this day holds its lock in share mode to the end of his transaction: we wait for all of them, and
# whoever comes after us draws higher numbers.
LOCK_DAY = "SELECT pg_advisory_xact_lock(%(days)s, %(day)s::date - DATE '2000-01-01')"
# Who began before midnight may still be posting on the day before, unseen: its stamp must come before today's.
LOCK_DAY_BEFORE = (
    "SELECT pg_advisory_xact_lock(%s, (clock_timestamp() AT TIME ZONE 'UTC')::date - 1 - DATE '2000-01-01')"
)
FIND_LAST = "SELECT number, root FROM ledger_stamp ORDER BY number DESC LIMIT 1"
FIND_STRETCH = """
SELECT min(seq), max(seq), count(*)
FROM ledger_movement AS movement JOIN ledger_batch AS batch ON batch.id = movement.batch_id
WHERE batch.day = %(day)s
  AND seq > coalesce((SELECT max(last_seq) FROM ledger_stamp WHERE day = %(day)s), 0)
"""
READ_LEAVES = """
SELECT string_agg(leaf, NULL::bytea) FROM (
    SELECT leaf FROM ledger_movement AS movement JOIN ledger_batch AS batch ON batch.id = movement.batch_id
    WHERE batch.day = %(day)s AND seq BETWEEN %(first)s AND %(last)s
    ORDER BY seq
) AS stretch
"""
WRITE = """
INSERT INTO ledger_stamp (number, day, first_seq, last_seq, count, root, previous_root, made_at)
VALUES (%s, %s, %s, %s, %s, %s, %s, %s)
"""


def stamp_days(*, now: datetime, today_too: bool = False) -> tuple[StampView, ...]:
    """
    Stamp every day that has movements no stamp covers yet; the stamps made, in order.

    today_too  also the day that still runs: what is posted on it later gets a stamp of its own
    A stamped stretch never gets additions: whoever is posting on a day is waited for.
    """
    with callers_transaction() as connection, open_cursor(connection) as cursor:
        row = cursor.execute(LOCK_STAMPING, [STAMPING_LOCK]).fetchone()
        if row is None or row[1] != "read committed":
            raise RuntimeError("days are stamped under READ COMMITTED: an older snapshot misses what locks waited for")
        cursor.execute(LOCK_DAY_BEFORE, [DAY_LOCKS])
        due = [row[0] for row in cursor.execute(FIND_DUE_DAYS, {"today_too": today_too}).fetchall()]
        return tuple(stamp for day in due if (stamp := _stamp(cursor, day, now)) is not None)


def _stamp(cursor: psycopg.Cursor[Any], day: date, now: datetime) -> StampView | None:
    cursor.execute(LOCK_DAY, {"days": DAY_LOCKS, "day": day})
    last = cursor.execute(FIND_LAST).fetchone()
    number, previous_root = (last[0] + 1, bytes(last[1])) if last else (1, bytes(merkle.HASH_SIZE))
    ((first_seq, last_seq, count),) = cursor.execute(FIND_STRETCH, {"day": day}).fetchall()
    if not count:
        return None
    unsealed = StampView(
        number=number,
        day=day,
        first_seq=first_seq,
        last_seq=last_seq,
        count=count,
        root=b"",
        previous_root=previous_root,
    )
    tree = merkle.GrowingTree()
    tree.add(unsealed.leaf)
    for first in range(first_seq, last_seq + 1, LEAVES_MAX):
        last = min(first + LEAVES_MAX - 1, last_seq)
        ((leaves,),) = cursor.execute(READ_LEAVES, {"day": day, "first": first, "last": last}).fetchall()
        tree.add(leaves or b"")
    stamp = replace(unsealed, root=tree.root())
    cursor.execute(
        WRITE,
        [
            stamp.number,
            stamp.day,
            stamp.first_seq,
            stamp.last_seq,
            stamp.count,
            stamp.root,
            stamp.previous_root,
            now,
        ],
    )
    return stamp
