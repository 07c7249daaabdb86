"""How fast stock goes, and what stands there still."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db import connection

from baogong.engine.book import Tense
from baogong.ledger.states import State

STOCK = (State.AVAILABLE, State.FROZEN, State.OFFERED)

# What leaves a holder's stock for another holder, or is sold or used up; what only changes its state there does not go.
_USE = """
WITH gone AS (
    SELECT source.holder_id AS holder, lot.item_id AS item, sum(movement.amount) AS used,
           min(batch.at) AS first_at, max(batch.at) AS last_at
    FROM ledger_batch AS batch
    JOIN ledger_movement AS movement ON movement.batch_id = batch.id
    JOIN ledger_account AS source ON source.id = movement.source_id
    JOIN ledger_account AS target ON target.id = movement.target_id
    JOIN ledger_lot AS lot ON lot.id = movement.lot_id
    WHERE batch.at >= %(since)s AND batch.at <= %(until)s AND movement.tense = %(posted)s
      AND source.state = ANY(%(stock)s) AND NOT lot.item_id = ANY(%(without)s)
      AND (target.holder_id <> source.holder_id OR target.state = ANY(%(gone)s))
    GROUP BY source.holder_id, lot.item_id
)
SELECT gone.holder, gone.item, gone.used, gone.first_at, gone.last_at,
       coalesce(sum(balance.posted), 0), coalesce(sum(balance.posted - balance.held), 0)
FROM gone
LEFT JOIN ledger_account AS account ON account.holder_id = gone.holder AND account.state = ANY(%(stock)s)
LEFT JOIN ledger_balance AS balance ON balance.account_id = account.id
    AND balance.lot_id IN (SELECT id FROM ledger_lot WHERE item_id = gone.item)
GROUP BY gone.holder, gone.item, gone.used, gone.first_at, gone.last_at
ORDER BY gone.holder, gone.item
LIMIT %(limit)s
"""


@dataclass(frozen=True, slots=True)
class StockInUse:
    """
    Goods of one holder of which some went in a stretch of time, in base units.

    used      what went
    first_at  when the first of it did; `last_at`: the last
    stands    what stands there still; `free`: and is promised to nobody
    """

    holder: UUID
    item: UUID
    used: int
    first_at: datetime
    last_at: datetime
    stands: int
    free: int


def stock_in_use(
    *, since: datetime, until: datetime, without: frozenset[UUID] = frozenset(), limit: int | None = 2_000
) -> tuple[StockInUse, ...]:
    """By holder and item; `without` these items (money, parcels); `limit` None: all. One query."""
    with connection.cursor() as cursor:
        cursor.execute(
            _USE,
            {
                "since": since,
                "until": until,
                "posted": Tense.POSTED.value,
                "stock": [state.value for state in STOCK],
                "gone": [State.SOLD.value, State.USED.value, State.HANDED_OVER.value, State.ABOARD.value],
                "without": list(without),
                "limit": limit,
            },
        )
        return tuple(
            StockInUse(holder, item, int(used), first_at, last_at, int(stands), int(free))
            for holder, item, used, first_at, last_at, stands, free in cursor.fetchall()
        )
