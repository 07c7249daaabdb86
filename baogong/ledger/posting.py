"""
The one way into the book: a batch, in one transaction of a few set-based statements.

Works on a bare psycopg connection, so that a path without Django can use it; `services.post` is the ordinary door.
The order is what makes it safe; each step's comment says against what.
"""

from __future__ import annotations

import os
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass
from datetime import date, datetime
from hashlib import sha256
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.pq import TransactionStatus

from baogong.engine.book import (
    Batch,
    Effects,
    HoldChange,
    HoldFacts,
    Line,
    LotFacts,
    Origin,
    Place,
    Posting,
    Tense,
    Verdict,
    decide,
    effects,
)
from baogong.engine.book import State as BookState
from baogong.engine.book.leaves import NONCE_SIZE, body_of, head_of, leaf_of
from baogong.kernel.errors import BaogongError, Kind, RequestIdReused, UnusableInput
from baogong.ledger import arrays
from baogong.ledger.facts import AccountRef, BatchResult, BookLine, batch_id
from baogong.ledger.states import Reason, State

DAY_LOCKS, REQUEST_LOCKS = 0x6BA0F0B0, 0x6BA0F0B1  # classes of advisory locks
LINES_MAX = 20_000

# The day is the database's, and its lock is held to the end: while we are open nobody stamps that day. The inner
# select is evaluated once, because a volatile function keeps it from being merged.
LOCK_DAY_AND_REQUEST = """
SELECT day, pg_advisory_xact_lock(%(requests)s, %(request)s),
       pg_advisory_xact_lock_shared(%(days)s, day - DATE '2000-01-01'),
       current_setting('transaction_isolation')
FROM (SELECT (clock_timestamp() AT TIME ZONE 'UTC')::date AS day) AS clock
"""
FIND_REQUEST = "SELECT id, content_hash FROM ledger_batch WHERE request_id = %s"
FIND_WRITTEN = "SELECT id FROM ledger_movement WHERE batch_id = %s ORDER BY seq"
FIND_LOTS = """
SELECT lot.id, lot.item_id, lot.owner_id, lot.earmark_id IS NOT NULL,
       ARRAY(SELECT party_id FROM ledger_earmarkparty AS p WHERE p.earmark_id = lot.earmark_id),
       ARRAY(SELECT item_id FROM ledger_earmarkitem AS i WHERE i.earmark_id = lot.earmark_id)
FROM ledger_lot AS lot WHERE lot.id = ANY(%s)
"""
FIND_ACCOUNTS = "SELECT id, holder_id, state FROM ledger_account WHERE id = ANY(%s)"
# Zeros first, amounts later: an upsert would show the CHECK a negative row and fail for every withdrawal.
OPEN_BALANCES = """
INSERT INTO ledger_balance (account_id, lot_id, posted, held, is_outside)
SELECT account, lot, 0, 0, is_outside
FROM unnest(%(accounts)s, %(lots)s, %(outside)s) AS wanted(account, lot, is_outside)
WHERE NOT EXISTS (SELECT FROM ledger_balance WHERE account_id = account AND lot_id = lot)
ORDER BY account, lot
ON CONFLICT DO NOTHING
RETURNING account_id
"""
OPEN_ACCOUNTS = """
INSERT INTO ledger_account (id, holder_id, state, is_outside)
SELECT id, holder, state, is_outside
FROM unnest(%(ids)s, %(holders)s, %(states)s, %(outside)s) AS wanted(id, holder, state, is_outside)
WHERE NOT EXISTS (SELECT FROM ledger_account AS known WHERE known.id = wanted.id)
ORDER BY id
ON CONFLICT DO NOTHING
"""
# In one order for everybody, so that two batches wait for each other and never in a ring.
LOCK_BALANCES = """
SELECT at, posted, held
FROM unnest(%(accounts)s, %(lots)s) WITH ORDINALITY AS wanted(account, lot, at)
JOIN ledger_balance AS balance ON balance.account_id = account AND balance.lot_id = lot
ORDER BY balance.account_id, balance.lot_id
FOR UPDATE OF balance
"""
LOCK_HOLDS = """
SELECT hold.id, source_id, target_id, lot_id, hold.amount, posted, voided, continued, hold.expires_at
FROM ledger_hold AS hold JOIN ledger_movement AS movement ON movement.id = hold.id
WHERE hold.id = ANY(%s)
ORDER BY hold.id
FOR UPDATE OF hold
"""
# After the locks: a second try under the same id has waited for the first one's balances and sees its rows.
FIND_SEEN = """
SELECT id, tense, source_id, target_id, lot_id, amount, hold, corrects, expires_at
FROM ledger_movement WHERE id = ANY(%s)
"""
FIND_POSTINGS = """
SELECT id, source_id, target_id, lot_id, amount,
       (SELECT coalesce(sum(amount), 0)::bigint FROM ledger_movement AS back WHERE back.corrects = movement.id)
FROM ledger_movement AS movement WHERE id = ANY(%s) AND tense = 'POSTED'
"""
FIND_ORIGINS = """
SELECT child_id, parent_id, parent_amount, child_amount
FROM ledger_lotsource WHERE child_id = ANY(%s) ORDER BY child_id, parent_id
"""
WRITE = """
WITH batch AS (
    INSERT INTO ledger_batch (id, request_id, content_hash, at, day, actor_id, document, reason, count, head)
    VALUES (%(batch)s, %(request)s, %(content)s, %(at)s, %(day)s, %(actor)s, %(document)s, %(reason)s, %(count)s,
            %(head)s)
), moved AS (
    INSERT INTO ledger_movement (id, batch_id, tense, source_id, target_id, lot_id, amount, hold, corrects,
                                 expires_at, nonce, leaf)
    SELECT id, %(batch)s, tense, source, target, lot, amount, hold, corrects, expires_at, nonce, leaf
    FROM unnest(%(ids)s, %(tenses)s, %(sources)s, %(targets)s, %(lots)s, %(amounts)s, %(holds)s, %(corrects)s,
                %(ends)s, %(nonces)s, %(leaves)s)
         AS line(id, tense, source, target, lot, amount, hold, corrects, expires_at, nonce, leaf)
), promised AS (
    INSERT INTO ledger_hold (id, amount, posted, voided, continued, expires_at)
    SELECT * FROM unnest(%(new_ids)s, %(new_amounts)s, %(new_posted)s, %(new_voided)s, %(new_continued)s, %(new_ends)s)
), changed AS (
    UPDATE ledger_hold AS hold
    SET posted = hold.posted + change.posted, voided = hold.voided + change.voided,
        continued = hold.continued + change.continued,
        expires_at = CASE WHEN change.has_new_end THEN change.expires_at ELSE hold.expires_at END
    FROM unnest(%(old_ids)s, %(old_posted)s, %(old_voided)s, %(old_continued)s, %(old_has_new_end)s, %(old_ends)s)
         AS change(id, posted, voided, continued, has_new_end, expires_at)
    WHERE hold.id = change.id
)
UPDATE ledger_balance AS balance
SET posted = balance.posted + change.posted, held = balance.held + change.held
FROM unnest(%(change_accounts)s, %(change_lots)s, %(change_posted)s, %(change_held)s)
     AS change(account, lot, posted, held)
WHERE balance.account_id = change.account AND balance.lot_id = change.lot
"""


class BatchRefused(BaogongError):
    """At least one line of an all-or-nothing batch was refused, so none was written. Names every refused line."""

    kind, code = Kind.REFUSED, "ledger.batch-refused"

    def __init__(self, verdicts: Sequence[Verdict], lines: Sequence[Line]) -> None:
        self.refused = tuple(verdict for verdict in verdicts if not verdict.ok)
        first = self.refused[0]
        others = len(self.refused) - 1
        super().__init__(
            f"{first.message} {f'{others} more lines were refused too. ' if others else ''}Nothing was posted.",
            where=str(first.line_id),
            found=first.code,
            expected=f"{len(lines)} lines that can all be posted",
            cure="Look at what is free and promised now, and propose it again.",
            refused=[
                {"line": str(verdict.line_id), "code": verdict.code, "message": verdict.message}
                for verdict in self.refused
            ],
        )


@dataclass(frozen=True, slots=True)
class PostRequest:
    """
    What is asked of the book in one transaction.

    request_id       the same request again has one effect and the same answer
    each_on_its_own  refused lines are left out; otherwise one refused line refuses all
    is_new           the ids of request and lines were made for this very call: nobody can have sent them before, so they are
                     not looked for (and if one stood in the book all the same, its key would refuse the batch)
    """

    lines: tuple[Line, ...]
    reason: Reason
    actor_id: UUID | None
    document: UUID | None
    request_id: UUID
    each_on_its_own: bool = False
    is_new: bool = False


def post_batch(connection: Connection[Any], request: PostRequest, now: datetime) -> BatchResult:
    """
    Judge and write a batch inside the caller's transaction (READ COMMITTED).

    Raises BatchRefused (all or nothing, and one line was refused), RequestIdReused, UnusableInput.
    """
    _check(connection, request, now)
    with arrays.open_cursor(connection) as cursor:
        return _Post(cursor, request, now).run()


def _check(connection: Connection[Any], request: PostRequest, now: datetime) -> None:
    if connection.autocommit and connection.info.transaction_status is TransactionStatus.IDLE:
        raise RuntimeError("the book is written inside a transaction of the caller's")
    if now.tzinfo is None:
        raise ValueError(f"a moment has a time zone: {now}")
    if not 0 < len(request.lines) <= LINES_MAX:
        raise UnusableInput(
            f"A batch has 1 to {LINES_MAX} lines; this one has {len(request.lines)}. Nothing was posted.",
            found=len(request.lines),
            expected=f"1 to {LINES_MAX}",
            cure="Split it.",
        )


class _Post:
    """One batch on its way into the book."""

    def __init__(self, cursor: Cursor[Any], request: PostRequest, now: datetime) -> None:
        self._execute = cursor.execute
        self._request = request
        self._lines = request.lines
        self._now = now
        self._bodies = [body_of(line) for line in request.lines]
        # A line for each way that goods take here: of a thousand claims of one tranche all take the same.
        self._ways = {
            (type(line), line.tense, line.source.int, line.target.int, line.lot.int): line for line in request.lines
        }.values()

    def run(self) -> BatchResult:
        day = self._lock_day_and_request()
        content = content_hash(self._request, self._bodies)
        first = None if self._request.is_new else self._find_first()
        if first is not None:
            return self._answer_again(*first, content)
        state = self._read_state()
        may_change_earmark = self._request.reason is Reason.RE_EARMARK
        verdicts = decide(state, Batch(self._lines, may_change_earmark), self._now)
        if not self._request.each_on_its_own and not all(verdict.ok for verdict in verdicts):
            raise BatchRefused(verdicts, self._lines)
        accepted = [at for at, verdict in enumerate(verdicts) if verdict.ok and not verdict.was_seen]
        if not accepted:
            return BatchResult(None, verdicts, was_replay=False)
        return BatchResult(self._write(accepted, day, content), verdicts, was_replay=False)

    def _lock_day_and_request(self) -> date:
        request_id = self._request.request_id
        row = self._execute(
            LOCK_DAY_AND_REQUEST,
            {
                "requests": REQUEST_LOCKS,
                "request": (request_id.int & 0xFFFFFFFF) - 0x80000000,
                "days": DAY_LOCKS,
            },
        ).fetchone()
        assert row is not None
        day: date = row[0]
        if row[3] != "read committed":
            # An older snapshot would not see what the locks have waited for.
            raise RuntimeError(f"the book is written under READ COMMITTED, not {row[3].upper()}")
        return day

    def _find_first(self) -> tuple[UUID, bytes] | None:
        return self._execute(FIND_REQUEST, [self._request.request_id]).fetchone()

    def _answer_again(self, batch: UUID, content_then: bytes, content: bytes) -> BatchResult:
        """The first answer: what stands in the book is ok; what was refused then left no row."""
        if content_then != content:
            raise RequestIdReused(
                f"Request {self._request.request_id} was answered before, with other content. "
                "The first one stands; this one did nothing.",
                where=str(self._request.request_id),
                cure="Use a new request id for a new request.",
            )
        written = [row[0] for row in self._execute(FIND_WRITTEN, [batch]).fetchall()]
        seen = self._find_seen()
        # Lines made anew for the retry carry new ids: they stand for the batch's other movements, in order.
        others = iter([] if self._request.each_on_its_own else [one for one in written if one not in seen])
        verdicts = []
        for line in self._lines:
            if line.id in seen:
                verdicts.append(Verdict(line.id, True, was_seen=True))
            elif self._request.each_on_its_own:
                verdicts.append(
                    Verdict(line.id, False, "refused-before", "It was refused when this request was first answered.")
                )
            else:
                verdicts.append(Verdict(next(others), True, was_seen=True))
        return BatchResult(batch, tuple(verdicts), was_replay=True)

    def _read_state(self) -> BookState:
        lots = self._find_lots()
        accounts = self._find_accounts()
        self._open_missing(accounts, lots)
        posted, held = self._lock_balances()
        return BookState(
            accounts=accounts,
            lots=lots,
            posted=posted,
            held=held,
            holds=self._lock_holds(),
            postings=self._find_postings(),
            origins=self._find_origins(accounts),
            seen={} if self._request.is_new else self._find_seen(),
        )

    def _find_lots(self) -> dict[UUID, LotFacts]:
        wanted = {line.lot for line in self._ways}
        rows = self._execute(FIND_LOTS, [arrays.uuids(wanted)]).fetchall()
        return {
            lot: LotFacts(
                item,
                frozenset(parties) if has_earmark and parties else None,
                frozenset(items) if has_earmark and items else None,
                owner,
            )
            for lot, item, owner, has_earmark, parties, items in rows
        }

    def _find_accounts(self) -> dict[UUID, AccountRef]:
        """What the lines say themselves; bare lines' accounts are looked up, and may turn out unknown."""
        refs: dict[UUID, AccountRef] = {}
        bare: set[UUID] = set()
        for line in self._ways:
            if isinstance(line, BookLine):
                refs[line.source] = line.source_ref
                refs[line.target] = line.target_ref
            else:
                bare |= {line.source, line.target}
        bare -= refs.keys()
        if bare:
            for account, holder, state in self._execute(FIND_ACCOUNTS, [arrays.uuids(bare)]).fetchall():
                refs[account] = AccountRef(holder, State(state))
        return refs

    def _open_missing(self, accounts: Mapping[UUID, AccountRef], lots: Collection[UUID]) -> None:
        """
        Zeros for the balances that something may come into.

        Where a source has none, nothing is there to take, unless it is outside.
        """
        missing: dict[Place, AccountRef] = {}
        named: dict[UUID, AccountRef] = {}
        for line in self._ways:
            source, target = accounts.get(line.source), accounts.get(line.target)
            if source is None or target is None or line.lot not in lots:
                continue
            if line.tense is Tense.POSTED:
                missing[target.id.int, line.lot.int] = target
            elif line.tense is Tense.HELD:
                named[target.id] = target  # it has no balance yet, but the hold names it
            if source.is_outside:
                missing[source.id.int, line.lot.int] = source
        if missing:
            opened = self._execute(
                OPEN_BALANCES,
                {**_columns_of_places(missing), "outside": arrays.bools(ref.is_outside for ref in missing.values())},
            ).fetchall()
            named |= {account: accounts[account] for (account,) in opened}
        if named:
            refs = list(named.values())
            self._execute(
                OPEN_ACCOUNTS,
                {
                    "ids": arrays.uuids(named),
                    "holders": arrays.uuids(ref.holder for ref in refs),
                    "states": arrays.texts([ref.state.value for ref in refs]),
                    "outside": arrays.bools(ref.is_outside for ref in refs),
                },
            )

    def _lock_balances(self) -> tuple[dict[Place, int], dict[Place, int]]:
        wanted: dict[Place, None] = {}
        for line in self._ways:
            lot = line.lot.int
            wanted[line.source.int, lot] = None
            if line.tense is Tense.POSTED:
                wanted[line.target.int, lot] = None
        places = list(wanted)
        rows = self._execute(LOCK_BALANCES, _columns_of_places(places)).fetchall()
        return {places[row[0] - 1]: row[1] for row in rows}, {places[row[0] - 1]: row[2] for row in rows}

    def _lock_holds(self) -> dict[UUID, HoldFacts]:
        wanted = {line.hold for line in self._lines if line.hold is not None}
        if not wanted:
            return {}
        rows = self._execute(LOCK_HOLDS, [arrays.uuids(wanted)]).fetchall()
        return {row[0]: HoldFacts(*row[1:]) for row in rows}

    def _find_postings(self) -> dict[UUID, Posting]:
        wanted = {line.corrects for line in self._lines if line.corrects is not None}
        if not wanted:
            return {}
        rows = self._execute(FIND_POSTINGS, [arrays.uuids(wanted)]).fetchall()
        return {row[0]: Posting(*row[1:]) for row in rows}

    def _find_origins(self, accounts: Mapping[UUID, AccountRef]) -> dict[UUID, tuple[Origin, ...]]:
        converting = {account for account, facts in accounts.items() if facts.is_conversion}
        children = {line.lot for line in self._ways if line.source in converting or line.target in converting}
        if not children:
            return {}
        origins: dict[UUID, tuple[Origin, ...]] = {}
        for child, parent, parent_amount, child_amount in self._execute(
            FIND_ORIGINS, [arrays.uuids(children)]
        ).fetchall():
            origins[child] = (*origins.get(child, ()), Origin(parent, parent_amount, child_amount))
        return origins

    def _find_seen(self) -> dict[UUID, Line]:
        rows = self._execute(FIND_SEEN, [arrays.uuids(line.id for line in self._lines)]).fetchall()
        return {row[0]: Line(row[0], Tense(row[1]), *row[2:]) for row in rows}

    def _write(self, accepted: Sequence[int], day: date, content: bytes) -> UUID:
        request, batch = self._request, batch_id(self._request.request_id)
        lines = [self._lines[at] for at in accepted]
        head = head_of(
            batch=batch,
            at=self._now,
            day=day,
            actor=request.actor_id,
            document=request.document,
            content_hash=content,
            count=len(lines),
            reason=request.reason.value,
        )
        randomness = os.urandom(NONCE_SIZE * len(lines))
        nonces = [randomness[at : at + NONCE_SIZE] for at in range(0, len(randomness), NONCE_SIZE)]
        changes = effects(lines)
        written = self._execute(
            WRITE,
            {
                "batch": batch,
                "request": request.request_id,
                "content": content,
                "at": self._now,
                "day": day,
                "actor": request.actor_id,
                "document": request.document,
                "reason": request.reason.value,
                "count": len(lines),
                "head": head,
                "ids": arrays.uuids(line.id for line in lines),
                "tenses": arrays.texts([line.tense for line in lines]),
                "sources": arrays.uuids(line.source for line in lines),
                "targets": arrays.uuids(line.target for line in lines),
                "lots": arrays.uuids(line.lot for line in lines),
                "amounts": arrays.bigints(line.amount for line in lines),
                "holds": arrays.uuids(line.hold for line in lines),
                "corrects": arrays.uuids(line.corrects for line in lines),
                "ends": arrays.times(line.expires_at for line in lines),
                "nonces": arrays.raw_uuids(nonces),
                "leaves": arrays.hashes(
                    leaf_of(line.id.bytes, head, self._bodies[at], nonce)
                    for line, at, nonce in zip(lines, accepted, nonces, strict=True)
                ),
                **_columns_of_holds(lines, changes),
                **_columns_of_balances(changes),
            },
        )
        if written.rowcount != len(changes.posted):
            raise AssertionError(f"{written.rowcount} of {len(changes.posted)} balances changed")
        return batch


def _columns_of_holds(lines: Sequence[Line], changes: Effects) -> dict[str, object]:
    """New holds with what the same batch already did to them, and changes to older ones."""
    untouched = HoldChange()
    new = [(line, changes.holds.get(line.id, untouched)) for line in lines if line.tense is Tense.HELD]
    made = {line.id for line, _ in new}
    old = [(hold, change) for hold, change in changes.holds.items() if hold not in made]
    return {
        "new_ids": arrays.uuids(line.id for line, _ in new),
        "new_amounts": arrays.bigints(line.amount for line, _ in new),
        "new_posted": arrays.bigints(change.posted for _, change in new),
        "new_voided": arrays.bigints(change.voided for _, change in new),
        "new_continued": arrays.bigints(change.continued for _, change in new),
        "new_ends": arrays.times(change.expires_at if change.has_new_end else line.expires_at for line, change in new),
        "old_ids": arrays.uuids(hold for hold, _ in old),
        "old_posted": arrays.bigints(change.posted for _, change in old),
        "old_voided": arrays.bigints(change.voided for _, change in old),
        "old_continued": arrays.bigints(change.continued for _, change in old),
        "old_has_new_end": arrays.bools(change.has_new_end for _, change in old),
        "old_ends": arrays.times(change.expires_at for _, change in old),
    }


def _columns_of_balances(changes: Effects) -> dict[str, object]:
    places = _columns_of_places(changes.posted)
    return {
        "change_accounts": places["accounts"],
        "change_lots": places["lots"],
        "change_posted": arrays.bigints(changes.posted.values()),
        "change_held": arrays.bigints([changes.held.get(place, 0) for place in changes.posted]),
    }


def _columns_of_places(places: Collection[Place]) -> dict[str, object]:
    return {
        "accounts": arrays.raw_uuids([account.to_bytes(16, "big") for account, _ in places]),
        "lots": arrays.raw_uuids([lot.to_bytes(16, "big") for _, lot in places]),
    }


def content_hash(request: PostRequest, bodies: Sequence[bytes]) -> bytes:
    """
    What makes two requests the same: who asks, why, under which document, for which lines in which order.

    All or nothing: ids that lines got when they were made do not count, so a retry may make them anew; a line that
    names another of the batch counts by that one's place. Each on its own: ids count, they tell lines apart.
    """
    digest = sha256(
        b"".join(
            (
                b"baogong request 1\n",
                request.actor_id.bytes if request.actor_id else bytes(16),
                request.document.bytes if request.document else bytes(16),
                request.reason.value.ljust(16).encode(),
                b"EACH" if request.each_on_its_own else b"ALL ",
            )
        )
    )
    if request.each_on_its_own:
        digest.update(b"".join([line.id.bytes for line in request.lines]))
        digest.update(b"".join(bodies))
        return digest.digest()
    if not any(line.hold is not None or line.corrects is not None for line in request.lines):
        digest.update(b"".join(bodies))
        return digest.digest()
    place = {line.id: UUID(int=at + 1) for at, line in enumerate(request.lines)}
    for line, body in zip(request.lines, bodies, strict=True):
        if line.hold in place:
            line = Line(
                line.id, line.tense, line.source, line.target, line.lot, line.amount, place[line.hold], line.corrects,
                line.expires_at,
            )  # fmt: skip
            body = body_of(line)
        digest.update(body)
    return digest.digest()
