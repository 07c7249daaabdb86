"""
`book verify`: the book replayed from zero, and every hash made again.

Movements come in stretches of their order; threads read the next ones while this one hashes, looks up and adds up the
one before. They are read as columns and worked on by compiled loops, so two processors are busy: the database's and
ours. What is kept grows with accounts, lots, batches, balances and holds, not with movements (docs/algorithms/book.md).
"""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterator, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from contextlib import ExitStack, closing, contextmanager
from dataclasses import dataclass, field
from datetime import date, timedelta
from itertools import cycle
from typing import Any, cast
from uuid import UUID

import numpy as np
import psycopg
from django.db import connection, transaction
from numpy.typing import NDArray

from baogong.engine.book import Line, LotFacts, Origin, Tense, merkle
from baogong.engine.book import State as BookState
from baogong.engine.book.leaves import HEAD_PREFIX
from baogong.engine.book.lines import TENSE_CODES
from baogong.engine.book.rules import fault_of_conversion
from baogong.ledger import columns
from baogong.ledger.columns import ids, read_table, since_1970
from baogong.ledger.facts import Fault, StampView, VerifyReport, account_ids, batch_ids, earmark_id, lot_id
from baogong.ledger.queries.movement_columns import Movements, read_movements
from baogong.ledger.queries.proofs import stamps
from baogong.ledger.states import Reason, State

KINDS = {
    "leaf-wrong": "a movement's row and its leaf do not agree: one of them was changed",
    "movement-orphan": "a movement names an account, lot, batch, hold or movement that does not exist",
    "movement-overdraws": "a movement took more than was free when it was written",
    "movement-backdated": "a movement stands on a day before one that is stamped, under no stamp itself",
    "balance-wrong": "a balance is not the sum of its movements, or says of itself what its account does not",
    "balance-overdrawn": "a balance that must not be is below what is held, or below zero",
    "hold-wrong": "a hold's figures are not the sum of its movements",
    "hold-overdrawn": "a hold ended more than once, or travels on with more than has ended",
    "hold-mismatch": "a movement acts on a hold from or to other accounts",
    "batch-altered": "a batch's row and its head do not agree, or it is not the batch of its request",
    "batch-incomplete": "a batch has lost or gained movements",
    "account-edited": "an account's id is not that of its holder and state",
    "lot-edited": "a lot's id is not that of its facets",
    "earmark-edited": "an earmark's id is not that of what it says",
    "earmark-broken": "goods were handed over to someone their earmark does not name",
    "owner-changed": "one owner's goods were repacked as another's",
    "conversion-ratio": "what went into a conversion and what came out disagree with the recorded ratio",
    "correction-wrong": "a correction goes another way than back, or takes back more than was moved",
    "stamp-root-wrong": "a stamp's root is not that of its movements",
    "stamp-count-wrong": "a stamped stretch has lost or gained movements",
    "stamp-chain-broken": "a stamp does not name the root before it",
}
FAULTS_MAX = 100  # of a kind; the rest is counted

_CHUNK = 1 << 14  # a stretch's columns stay in the processor's own memory, here and in the database
_ZERO = "'00000000-0000-0000-0000-000000000000'"
_EPOCH_2000 = date(2000, 1, 1)

_ACCOUNTS = """
SELECT state, is_outside, string_agg(uuid_send(id), ''), string_agg(holder_id::text, '')
FROM ledger_account GROUP BY state, is_outside ORDER BY state, is_outside
"""
_LOTS = """
SELECT id, item_id, owner_id, donor_id, earmark_id, standard, expires_on, pieces_per_carton, label
FROM ledger_lot ORDER BY id
"""
_EARMARKS = """
SELECT id, request_id, purpose, until,
       ARRAY(SELECT party_id FROM ledger_earmarkparty AS p WHERE p.earmark_id = earmark.id),
       ARRAY(SELECT item_id FROM ledger_earmarkitem AS i WHERE i.earmark_id = earmark.id)
FROM ledger_earmark AS earmark ORDER BY id
"""
_BALANCES = (
    columns.id("account", "account_id"), columns.id("lot", "lot_id"), columns.number("posted"), columns.number("held"),
    columns.flag("is_outside"),
)  # fmt: skip
_HOLDS = (
    columns.id("id"), columns.number("amount"), columns.number("posted"), columns.number("voided"),
    columns.number("continued"), columns.moment("expires_at"),
)  # fmt: skip
_BATCHES = (
    columns.id("id"), columns.id("request", "request_id"), columns.moment("at"), columns.day("day"),
    columns.id_or_none("actor", "actor_id"), columns.id_or_none("document"), columns.hash32("content_hash"),
    columns.count("count"),
    columns.text("reason", size=16), columns.hash32("head"),
)  # fmt: skip
# A correction goes the exact way back, and all corrections of a movement together take back at most its amount.
_BAD_CORRECTIONS = """
SELECT back.id, CASE WHEN posted.id IS NULL THEN 'what it corrects does not exist'
                     WHEN (back.source_id, back.target_id, back.lot_id)
                          <> (posted.target_id, posted.source_id, posted.lot_id) THEN 'it goes another way than back'
                     ELSE 'more was taken back than was moved' END
FROM ledger_movement AS back
LEFT JOIN ledger_movement AS posted ON posted.id = back.corrects AND posted.tense = 'POSTED'
WHERE back.corrects IS NOT NULL AND (
    posted.id IS NULL
    OR (back.source_id, back.target_id, back.lot_id) <> (posted.target_id, posted.source_id, posted.lot_id)
    OR posted.amount < (SELECT sum(amount) FROM ledger_movement AS other WHERE other.corrects = posted.id)
)
ORDER BY back.seq
"""
_BROKEN_EARMARKS = """
SELECT movement.id, account.holder_id
FROM ledger_lot AS lot
JOIN ledger_movement AS movement ON movement.lot_id = lot.id AND movement.tense = 'POSTED'
JOIN ledger_account AS account ON account.id = movement.target_id AND account.state = 'HANDED_OVER'
WHERE EXISTS (SELECT FROM ledger_earmarkparty AS party WHERE party.earmark_id = lot.earmark_id)
  AND NOT EXISTS (SELECT FROM ledger_earmarkparty AS party
                  WHERE party.earmark_id = lot.earmark_id AND party.party_id = account.holder_id)
ORDER BY movement.seq
"""
_CONVERSIONS = """
SELECT batch_id, batch.reason, account.id, movement.id, tense, source_id, target_id, lot_id, amount, hold, corrects,
       expires_at
FROM ledger_account AS account
JOIN ledger_movement AS movement ON movement.source_id = account.id OR movement.target_id = account.id
JOIN ledger_batch AS batch ON batch.id = movement.batch_id
WHERE account.state = 'CONVERSION' AND tense = 'POSTED'
ORDER BY batch_id, account.id, seq
"""
_ORIGINS = "SELECT child_id, parent_id, parent_amount, child_amount FROM ledger_lotsource ORDER BY child_id, parent_id"


Progress = Callable[[int, int], None]


def verify_book(*, progress: Progress | None = None) -> VerifyReport:
    """
    Replay the book from zero and make every hash again; says what cannot be, by kind and place. Only reads.

    progress  told from time to time how far the movements are read, and how far they go
    All is seen as of one moment: a snapshot of its own, or the caller's transaction.
    """
    with _one_moment() as connections:
        return _Verifier(connections, progress).run()


@contextmanager
def _one_moment() -> Iterator[tuple[psycopg.Connection[Any], ...]]:
    """Connections that see the same: two, so that reading keeps up with checking; one inside a caller's transaction."""
    if connection.in_atomic_block:
        with connection.wrap_database_errors:
            connection.ensure_connection()
            yield (_raw(),)
        return
    with transaction.atomic(), connection.cursor() as cursor, connection.wrap_database_errors:
        cursor.execute("SET TRANSACTION ISOLATION LEVEL REPEATABLE READ READ ONLY")
        cursor.execute("SELECT pg_export_snapshot()")
        (snapshot,) = cursor.fetchone()
        second: psycopg.Connection[Any] = connection.get_new_connection(connection.get_connection_params())
        with closing(second):
            second.execute("BEGIN ISOLATION LEVEL REPEATABLE READ READ ONLY")
            second.execute(f"SET TRANSACTION SNAPSHOT '{snapshot}'".encode())
            yield _raw(), second


def _raw() -> psycopg.Connection[Any]:
    return cast("psycopg.Connection[Any]", connection.connection)


@dataclass
class _Faults:
    """Faults by kind, each kind's list bounded."""

    found: list[Fault] = field(default_factory=list)
    counts: dict[str, int] = field(default_factory=dict)

    def add(self, kind: str, where: object, detail: str) -> None:
        assert kind in KINDS, kind
        self.counts[kind] = self.counts.get(kind, 0) + 1
        if self.counts[kind] <= FAULTS_MAX:
            self.found.append(Fault(kind, str(where), detail))

    def listed(self) -> tuple[Fault, ...]:
        rest = [
            Fault(kind, "", f"{count - FAULTS_MAX} more of this kind are not listed")
            for kind, count in sorted(self.counts.items())
            if count > FAULTS_MAX
        ]
        return (*self.found, *rest)


@dataclass
class _StampCheck:
    """A stamp and the tree of the movements met in its stretch."""

    view: StampView
    tree: merkle.GrowingTree

    @property
    def day(self) -> int:
        return (self.view.day - _EPOCH_2000).days


class _Verifier:
    def __init__(self, connections: Sequence[psycopg.Connection[Any]], progress: Progress | None = None) -> None:
        # The compiler is started where it is needed, not with the house.
        from baogong.engine.book import hashing, kernels

        self._kernels = kernels
        self._hash_rows = hashing.hash_rows
        self._connections = connections
        self._progress = progress
        self._faults = _Faults()
        self._last_seq = 0
        self._movements_count = 0

    def run(self) -> VerifyReport:
        self._read_accounts()
        self._read_lots()
        self._check_earmarks()
        self._read_batches()
        self._read_balances()
        self._read_holds()
        self._read_stamps()
        for chunk in self._chunks():
            self._check_chunk(chunk)
        self._check_batches()
        self._check_balances()
        self._check_holds()
        self._check_corrections()
        self._check_handovers()
        self._check_conversions()
        chain_ok = self._check_stamps()
        return VerifyReport(
            ok=not self._faults.counts,
            movements=self._movements_count,
            accounts=len(self._accounts.keys),
            holds_open=self._holds_open,
            faults=self._faults.listed(),
            stamp_chain_ok=chain_ok,
            stamped=sum(stamp.view.count for stamp in self._stamps),
        )

    # -- what movements speak of ----------------------------------------------------------------------------------

    def _rows(self, sql: str, *, binary: bool = False) -> list[tuple[Any, ...]]:
        with psycopg.Cursor(self._connections[0]) as cursor:
            return cursor.execute(sql.encode(), binary=binary).fetchall()

    def _read_accounts(self) -> None:
        keys, outside = [], []
        for state, is_outside, found, holders in self._rows(_ACCOUNTS, binary=True):
            known = State(state) if state in set(State) else None
            fits = known is not None and is_outside == known.is_outside
            made = account_ids((holders[at : at + 36] for at in range(0, len(holders), 36)), state)
            id = np.frombuffer(found, np.uint8).reshape(-1, 16)
            for row in np.flatnonzero((id != np.frombuffer(made, np.uint8).reshape(-1, 16)).any(axis=1) | (not fits)):
                holder = holders[36 * row : 36 * row + 36]
                self._faults.add("account-edited", _uuid(id[row]), f"it says {holder} {state}, outside: {is_outside}")
            keys.append(ids(id))
            outside.append(np.full(len(id), known is not None and known.is_outside))
        self._accounts = self._kernels.KeyIndex(_joined(keys, (2,), np.uint64))
        self._account_is_outside = _joined(outside, (), np.bool_)

    def _read_lots(self) -> None:
        rows = self._rows(_LOTS)
        for id, item, owner, donor, earmark, standard, expires_on, pieces, label in rows:
            made = lot_id(
                item=item,
                owner=owner,
                donor=donor,
                earmark=earmark,
                standard=standard,
                expires_on=expires_on,
                pieces_per_carton=pieces,
                label=label,
            )
            if id != made:
                self._faults.add("lot-edited", id, f"a lot of these facets has the id {made}")
        keys = np.frombuffer(b"".join([row[0].bytes for row in rows]), np.uint64).reshape(-1, 2)
        self._lots = self._kernels.KeyIndex(keys)
        self._lot_rows = {row[0]: row for row in rows if row[4] is not None}
        self._items = {row[0]: row[1] for row in rows}
        self._owners = {row[0]: row[2] for row in rows}

    def _check_earmarks(self) -> None:
        self._earmarks: dict[UUID, tuple[frozenset[UUID], frozenset[UUID]]] = {}
        for id, request_id, purpose, until, parties, items in self._rows(_EARMARKS):
            made = earmark_id(request_id=request_id, purpose=purpose, until=until, parties=parties, items=items)
            if id != made:
                self._faults.add("earmark-edited", id, f"an earmark that says this has the id {made}")
            self._earmarks[id] = (frozenset(parties), frozenset(items))

    def _read_batches(self) -> None:
        keys, heads, on_days, counts = [], [], [], []
        for rows in read_table(self._connections[0], "ledger_batch", _BATCHES):
            days = (rows["day"].astype(np.int64) + _EPOCH_2000.toordinal()).astype(">i4")
            made = self._hash_rows(
                rows["id"], _bytes_of(since_1970(rows["at"])), _bytes_of(days), rows["actor"], rows["document"], rows["content_hash"],
                _bytes_of(rows["count"]), rows["reason"], prefix=HEAD_PREFIX,
            )  # fmt: skip
            for row in np.flatnonzero((made != rows["head"]).any(axis=1)):
                self._faults.add("batch-altered", _uuid(rows["id"][row]), "its row was changed after it was written")
            of_requests = np.frombuffer(batch_ids(rows["request"].tobytes()), np.uint8).reshape(-1, 16)
            for row in np.flatnonzero((of_requests != rows["id"]).any(axis=1)):
                self._faults.add(
                    "batch-altered",
                    _uuid(rows["id"][row]),
                    f"it is not the batch of request {_uuid(rows['request'][row])}",
                )
            keys.append(ids(rows["id"]))
            heads.append(rows["head"])
            on_days.append(rows["day"].astype(np.int32))
            counts.append(rows["count"].astype(np.int32))
        self._batches = self._kernels.KeyIndex(_joined(keys, (2,), np.uint64))
        self._batch_heads = _joined(heads, (32,), np.uint8)
        self._batch_days = _joined(on_days, (), np.int32)
        self._batch_counts = _joined(counts, (), np.int32)
        self._batch_found = np.zeros(len(self._batch_counts), np.int32)

    def _read_balances(self) -> None:
        keys, figures, outside = [], [], []
        for rows in read_table(self._connections[0], "ledger_balance", _BALANCES):
            account, lot = self._accounts.find(ids(rows["account"])), self._lots.find(ids(rows["lot"]))
            orphans = (account < 0) | (lot < 0)
            for row in np.flatnonzero(orphans):
                place = _place(rows["account"][row], rows["lot"][row])
                self._faults.add("balance-wrong", place, "its account or lot does not exist")
            # An orphan has no movement that could find it either: it is named here, and left out.
            keys.append(_place_keys(account, lot)[~orphans])
            # Whether more may be taken than stands there is said by the account; the balance only repeats it.
            by_account = self._account_is_outside[account[~orphans]]
            for row in np.flatnonzero(rows["is_outside"][~orphans].astype(np.bool_) != by_account):
                place = _place(rows["account"][~orphans][row], rows["lot"][~orphans][row])
                self._faults.add("balance-wrong", place, f"it says of itself outside: {not by_account[row]}")
            figures.append(np.stack([rows["posted"], rows["held"]], axis=1)[~orphans].astype(np.int64))
            outside.append(by_account)
        self._places = self._kernels.KeyIndex(_joined(keys, (2,), np.uint64))
        self._balances = _joined(figures, (2,), np.int64)
        self._is_outside = _joined(outside, (), np.bool_)
        self._posted = np.zeros(len(self._balances), np.int64)
        self._held = np.zeros(len(self._balances), np.int64)

    def _read_holds(self) -> None:
        keys, stands = [], []
        for rows in read_table(self._connections[0], "ledger_hold", _HOLDS):
            keys.append(ids(rows["id"]))
            figures = [
                *(rows[name] for name in ("amount", "posted", "voided", "continued")),
                since_1970(rows["expires_at"]),
            ]
            stands.append(np.stack(figures, axis=1).astype(np.int64))
        self._hold_index = self._kernels.KeyIndex(_joined(keys, (2,), np.uint64))
        self._holds = _joined(stands, (5,), np.int64)
        self._holds_open = int((self._holds[:, 0] > self._holds[:, 1] + self._holds[:, 2]).sum())
        self._hold_figures = np.zeros((len(self._holds), 8), np.int64)

    def _read_stamps(self) -> None:
        self._stamps = [_StampCheck(view, merkle.GrowingTree()) for view in stamps()]
        for stamp in self._stamps:
            stamp.tree.add(stamp.view.leaf)

    # -- movements ------------------------------------------------------------------------------------------------

    def _chunks(self) -> Iterator[Movements]:
        """In order; while one is worked on, the connections read the next ones, each in a thread, two each ahead."""
        ((last,),) = self._rows("SELECT coalesce(max(seq), 0) FROM ledger_movement")
        with ExitStack() as threads:
            readers = [(one, threads.enter_context(ThreadPoolExecutor(1))) for one in self._connections]
            ahead: deque[Future[Movements]] = deque()
            for (raw, thread), after in zip(cycle(readers), range(0, last, _CHUNK), strict=False):
                ahead.append(thread.submit(read_movements, raw, after, after + _CHUNK))
                if len(ahead) > 2 * len(readers):
                    yield self._next_of(ahead, last)
            while ahead:
                yield self._next_of(ahead, last)

    def _next_of(self, ahead: deque[Future[Movements]], last: int) -> Movements:
        chunk = ahead.popleft().result()
        if self._progress is not None and len(chunk):
            self._progress(int(chunk.seq[-1]), last)
        return chunk

    def _check_chunk(self, rows: Movements) -> None:
        if not len(rows):
            return
        self._movements_count += len(rows)
        batch = self._batches.find(ids(rows.batch))
        self._kernels.tally(batch, self._batch_found)
        self._check_leaves(rows, batch)
        self._replay(rows, batch)
        self._gather_for_stamps(rows, batch)

    def _check_leaves(self, rows: Movements, batch: NDArray[np.int64]) -> None:
        heads = self._batch_heads[batch] if len(self._batch_heads) else np.zeros((len(rows), 32), np.uint8)
        made = self._hash_rows(
            rows.id, heads, _bytes_of(_TENSES[rows.tense]), rows.source, rows.target, rows.lot, _bytes_of(rows.amount),
            rows.hold, rows.corrects, _bytes_of(rows.expires_us), rows.nonce, prefix=b"\x00",
        )  # fmt: skip
        differs = made.view(np.uint64) != rows.leaf.view(np.uint64)
        if differs.any():
            for row in np.flatnonzero(differs.any(axis=1) & (batch >= 0)):
                self._faults.add("leaf-wrong", _uuid(rows.id[row]), "the row and its leaf do not agree")

    def _replay(self, rows: Movements, batch: NDArray[np.int64]) -> None:
        k = self._kernels
        is_posted, is_held = rows.tense == TENSE_CODES[Tense.POSTED], rows.tense == TENSE_CODES[Tense.HELD]
        giver, taker = self._accounts.find(ids(rows.source)), self._accounts.find(ids(rows.target))
        lot = self._lots.find(ids(rows.lot))
        source, target = self._places.find(_place_keys(giver, lot)), self._places.find(_place_keys(taker, lot))
        made = np.full(len(rows), -1, np.int64)
        made[is_held] = self._hold_index.find(ids(rows.id[is_held]))
        hold = np.full(len(rows), -1, np.int64)
        hold[rows.names_hold] = self._hold_index.find(ids(rows.hold[rows.names_hold]))
        fault = np.zeros(len(rows), np.uint8)
        k.replay(
            rows.tense, rows.amount.astype(np.int64), source, target, taker, made, hold,
            rows.expires_us.astype(np.int64), self._is_outside, self._posted, self._held, self._hold_figures, fault,
        )  # fmt: skip
        no_account, no_lot = (giver < 0) | (taker < 0), lot < 0
        for kind, code_or_rows, detail in (
            ("movement-orphan", batch < 0, "its batch does not exist"),
            ("movement-orphan", no_account, "one of its accounts does not exist"),
            ("movement-orphan", no_lot, "its lot does not exist"),
            ("movement-orphan", rows.names_hold & (hold < 0), "the hold it names does not exist"),
            ("hold-wrong", is_held & (made < 0), "the hold it made has no row"),
            (
                "balance-wrong",
                ~no_account & ~no_lot & ((source < 0) | (is_posted & (target < 0))),
                "it moved something where no balance stands",
            ),
            ("movement-overdraws", (fault & k.OVERDRAWN) > 0, "more than was free there"),
            ("movement-overdraws", (fault & k.OVER_HELD) > 0, "more was released than was held there"),
            ("hold-overdrawn", (fault & k.OVER_ENDED) > 0, "more of the hold ended than was promised"),
            ("hold-overdrawn", (fault & k.OVER_CONTINUED) > 0, "more of the hold travels on than has ended"),
            ("hold-mismatch", (fault & k.NOT_THE_HOLD) > 0, "its accounts or lot are not the hold's"),
        ):
            for row in np.flatnonzero(code_or_rows):
                self._faults.add(kind, _uuid(rows.id[row]), detail)

    def _gather_for_stamps(self, rows: Movements, batch: NDArray[np.int64]) -> None:
        seq = rows.seq
        touched = [stamp for stamp in self._stamps if stamp.view.first_seq <= seq[-1] and stamp.view.last_seq >= seq[0]]
        if not touched:
            return
        day = np.where(batch >= 0, self._batch_days[batch], -1)
        for stamp in touched:
            members = (day == stamp.day) & (seq >= stamp.view.first_seq) & (seq <= stamp.view.last_seq)
            stamp.tree.add(rows.leaf[members].tobytes())

    # -- what must come out ---------------------------------------------------------------------------------------

    def _check_batches(self) -> None:
        for row in np.flatnonzero(self._batch_found != self._batch_counts):
            self._faults.add(
                "batch-incomplete",
                _uuid(self._batches.keys[row]),
                f"{self._batch_found[row]} movements; it was written with {self._batch_counts[row]}",
            )

    def _check_balances(self) -> None:
        posted, held = self._balances[:, 0], self._balances[:, 1]
        for row in np.flatnonzero((posted != self._posted) | (held != self._held)):
            self._faults.add(
                "balance-wrong",
                self._place_at(row),
                f"{posted[row]} posted, {held[row]} held; its movements add up to "
                f"{self._posted[row]} and {self._held[row]}",
            )
        for row in np.flatnonzero((held < 0) | (~self._is_outside & (posted < held))):
            self._faults.add("balance-overdrawn", self._place_at(row), f"{posted[row]} posted, {held[row]} held")

    def _place_at(self, row: np.intp) -> str:
        account, lot = self._places.keys[row]
        return _place(self._accounts.keys[account], self._lots.keys[lot])

    def _check_holds(self) -> None:
        stands, made = self._holds, self._hold_figures
        for row in np.flatnonzero((stands != made[:, :5]).any(axis=1) | (made[:, 7] != 1)):
            self._faults.add(
                "hold-wrong",
                _uuid(self._hold_index.keys[row]),
                f"amount, posted, voided, continued, end: {stands[row].tolist()}; "
                f"its movements make {made[row, :5].tolist()}",
            )

    def _check_corrections(self) -> None:
        for id, detail in self._rows(_BAD_CORRECTIONS):
            self._faults.add("correction-wrong", id, detail)

    def _check_handovers(self) -> None:
        for id, holder in self._rows(_BROKEN_EARMARKS):
            self._faults.add("earmark-broken", id, f"handed over to {holder}")

    def _check_conversions(self) -> None:
        rows = self._rows(_CONVERSIONS)
        if not rows:
            return
        origins: dict[UUID, tuple[Origin, ...]] = {}
        for child, parent, parent_amount, child_amount in self._rows(_ORIGINS):
            origins[child] = (*origins.get(child, ()), Origin(parent, parent_amount, child_amount))
        state = BookState(accounts={}, lots={lot: self._lot_facts(lot) for lot in self._items}, origins=origins)
        groups: dict[tuple[UUID, UUID], list[Line]] = {}
        reasons: dict[UUID, Reason] = {}
        for batch_id, reason, account, id, tense, *rest in rows:
            groups.setdefault((batch_id, account), []).append(Line(id, Tense(tense), *rest))
            reasons[batch_id] = Reason(reason)
        for (batch_id, account), lines in groups.items():
            if any(line.lot not in self._items for line in lines):
                continue  # named already, as an orphan
            may_change = reasons[batch_id] is Reason.RE_EARMARK
            code, message = fault_of_conversion(state, account, lines, may_change_earmark=may_change)
            if code:
                kinds = {"earmark-forbids": "earmark-broken", "owner-changed": "owner-changed"}
                kind = kinds.get(code, "conversion-ratio")
                self._faults.add(kind, batch_id, message)

    def _lot_facts(self, lot: UUID) -> LotFacts:
        row = self._lot_rows.get(lot)
        parties, items = self._earmarks.get(row[4], (None, None)) if row is not None else (None, None)
        return LotFacts(self._items[lot], parties or None, items or None, self._owners[lot])

    def _check_stamps(self) -> bool:
        self._check_days()
        before, faults_before = bytes(merkle.HASH_SIZE), len(self._faults.found)
        for at, stamp in enumerate(self._stamps, start=1):
            view = stamp.view
            if at > 1 and view.day < self._stamps[at - 2].view.day:
                self._faults.add(
                    "stamp-chain-broken",
                    view.number,
                    f"stamp {view.number} is of {view.day}, after one of {self._stamps[at - 2].view.day}",
                )
            if view.number != at or view.previous_root != before:
                self._faults.add(
                    "stamp-chain-broken",
                    view.number,
                    f"stamp {view.number} names the root {view.previous_root.hex()}; before it stands {before.hex()}",
                )
            found = stamp.tree.count - 1
            if found != view.count:
                self._faults.add(
                    "stamp-count-wrong", view.number, f"{found} movements in a stretch stamped with {view.count}"
                )
            if stamp.tree.root() != view.root:
                self._faults.add("stamp-root-wrong", view.number, "its movements lead to another root")
            before = view.root
        return len(self._faults.found) == faults_before

    def _check_days(self) -> None:
        """Days are stamped in their order, each to its end: nothing can come to a day before the last one stamped."""
        last = max((stamp.day for stamp in self._stamps), default=None)
        if last is None:
            return
        days, at = np.unique(self._batch_days, return_inverse=True)
        posted = np.bincount(at, weights=self._batch_found, minlength=len(days)).astype(np.int64)
        for day, count in zip(days.tolist(), posted.tolist(), strict=True):
            stamped = sum(stamp.tree.count - 1 for stamp in self._stamps if stamp.day == day)
            if day < last and count > stamped:
                self._faults.add(
                    "movement-backdated",
                    _EPOCH_2000 + timedelta(days=day),
                    f"{count - stamped} movements of that day are under no stamp, though a later day is stamped",
                )


def _place_keys(account: NDArray[np.int64], lot: NDArray[np.int64]) -> NDArray[np.uint64]:
    """Rows of accounts and lots; a missing one is -1, and no place has that."""
    return np.stack([account, lot], axis=1).view(np.uint64)


def _joined(pieces: list[NDArray[Any]], shape: tuple[int, ...], kind: type[Any]) -> NDArray[Any]:
    return np.concatenate([np.empty((0, *shape), kind), *pieces])


def _bytes_of(numbers: NDArray[Any]) -> NDArray[np.uint8]:
    """Each big-endian number as its bytes, as the database sent them."""
    size = numbers.dtype.itemsize
    return np.ascontiguousarray(numbers).view(np.uint8).reshape(len(numbers), size)


def _uuid(value: NDArray[Any]) -> UUID:
    return UUID(bytes=value.tobytes())


def _place(account: NDArray[Any], lot: NDArray[Any]) -> str:
    return f"account {_uuid(account)} lot {_uuid(lot)}"


# What each code of a tense stands for, in the bytes that are hashed.
_TENSES = np.zeros(256, "S8")
for _tense, _code in TENSE_CODES.items():
    _TENSES[_code] = f"{_tense:8}".encode()
