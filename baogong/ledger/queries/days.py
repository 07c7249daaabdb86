"""
What a day's lines come to: sums by what moved, from where to where, and why.

A step is all of a line that a figure can depend on. Sums are made of steps and lists of lines are chosen by them, so that
who defines a figure on steps gets both from one definition.
"""

from __future__ import annotations

from dataclasses import dataclass
from uuid import UUID

from django.db import OperationalError, connection, transaction

from baogong.engine.book import Tense
from baogong.kernel.errors import BaogongError, Kind
from baogong.kernel.windows import Window
from baogong.ledger.facts import AccountRef, LotView, MovementView
from baogong.ledger.posting import DAY_LOCKS
from baogong.ledger.queries.movements import movements
from baogong.ledger.states import Reason, State

# Whoever posts holds his day's lock in share mode until he commits: once both days' locks were ours, whatever has a smaller
# number than the last line we then see is committed. They are let go at once; nobody waits for more than one look.
_LOCK = "SELECT pg_advisory_xact_lock(%s, day) FROM unnest(%s) AS day"
_LOCK_WAIT_MS = 3000
_GIVEN_WAY = ("55P03", "40P01")  # waited too long; each waited for the other
_DAYS = "SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date - DATE '2000-01-01'"

_SUMS = """
SELECT lot.item_id, lot.donor_id, batch.reason, movement.tense, movement.hold IS NOT NULL,
       source.holder_id, source.state, target.holder_id, target.state, batch.at >= %(start)s,
       sum(movement.amount), count(*), min(movement.seq), max(movement.seq)
FROM ledger_movement AS movement
JOIN ledger_batch AS batch ON batch.id = movement.batch_id
JOIN ledger_account AS source ON source.id = movement.source_id
JOIN ledger_account AS target ON target.id = movement.target_id
JOIN ledger_lot AS lot ON lot.id = movement.lot_id
WHERE movement.seq <= %(upto)s AND batch.at < %(end)s
GROUP BY 1, 2, 3, 4, 5, 6, 7, 8, 9, 10
"""
_CORRECTIONS = """
SELECT later.id
FROM ledger_movement AS later
JOIN ledger_movement AS first ON first.id = later.corrects
JOIN ledger_batch AS batch ON batch.id = first.batch_id
WHERE later.seq > %s AND batch.at >= %s AND batch.at < %s
ORDER BY later.seq LIMIT %s
"""


class BookBusy(BaogongError):
    """Somebody posts, or stamps, for longer than people wait. Nothing was read."""

    kind, code = Kind.CONFLICT, "ledger.busy"


@dataclass(frozen=True, slots=True)
class Step:
    """What moved, whose gift it was, why, in which tense, from where to where; `names_hold`: it names an earlier hold."""

    item: UUID
    donor: UUID | None
    reason: Reason
    tense: Tense
    names_hold: bool
    source: AccountRef
    target: AccountRef


@dataclass(frozen=True, slots=True)
class StepSum:
    """All lines of one step: base units (fen of money), how many, the first and the last; `in_window`, or before it."""

    step: Step
    in_window: bool
    amount: int
    lines_count: int
    first_seq: int
    last_seq: int


def settled_seq() -> int:
    """
    The last line of the book, when all before it are written and every later one will draw a higher number.

    The locks belong to a savepoint that is rolled back, whatever happens, so that none can be left behind. Raises BookBusy.
    """
    try:
        with transaction.atomic(), connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{_LOCK_WAIT_MS}ms"])
            cursor.execute(_DAYS)
            ((today,),) = cursor.fetchall()
            cursor.execute(_LOCK, [DAY_LOCKS, [today - 1, today]])
            cursor.execute("SELECT coalesce(max(seq), 0) FROM ledger_movement")
            ((last,),) = cursor.fetchall()
            transaction.set_rollback(True)
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") not in _GIVEN_WAY:
            raise
        raise BookBusy(
            "Somebody is writing in the book, or stamping it, for longer than this waits. Nothing was read or written.",
            cure="Try again in a few seconds.",
        ) from error
    return int(last)


def sums_of_steps(window: Window, *, upto_seq: int) -> tuple[StepSum, ...]:
    """Of every line up to the window's end and up to this one; reads the whole book once. One query."""
    with connection.cursor() as cursor:
        cursor.execute(_SUMS, {"start": window.start_at, "end": window.end_at, "upto": upto_seq})
        return tuple(
            StepSum(
                Step(
                    item,
                    donor,
                    Reason(reason),
                    Tense(tense),
                    names_hold,
                    AccountRef(source, State(source_state)),
                    AccountRef(target, State(target_state)),
                ),
                in_window,
                int(amount),
                count,
                first,
                last,
            )
            for (
                item, donor, reason, tense, names_hold, source, source_state, target, target_state, in_window, amount, count,
                first, last,
            ) in cursor.fetchall()
        )  # fmt: skip


def step_of(move: MovementView, lot: LotView) -> Step:
    return Step(lot.item, lot.donor, move.reason, move.tense, move.hold is not None, move.source, move.target)


def corrections_of(window: Window, *, since_seq: int, limit: int = 200) -> tuple[MovementView, ...]:
    """Lines written after `since_seq` that take back lines of the window, in order; two queries."""
    with connection.cursor() as cursor:
        cursor.execute(_CORRECTIONS, [since_seq, window.start_at, window.end_at, limit])
        ids = [row[0] for row in cursor.fetchall()]
    return movements(ids=ids, limit=limit) if ids else ()
