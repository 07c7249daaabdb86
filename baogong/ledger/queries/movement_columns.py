"""Movements as columns, a stretch of their order at a time: what `verify_book` reads."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

from baogong.engine.book.lines import TENSE_CODES
from baogong.ledger import columns
from baogong.ledger.columns import Column, since_1970

_STRETCH = "FROM (SELECT * FROM ledger_movement WHERE seq > {after} AND seq <= {upto} ORDER BY seq) AS movement"
_CASES = " ".join(f"WHEN '{tense}' THEN '\\x{code:02x}'::bytea" for tense, code in TENSE_CODES.items())
_NUMBERS = (columns.number("seq"),)
# An id or number more, and the server needs a second block of memory for each row: an eighth slower.
_ALWAYS = (
    columns.id("id"),
    columns.id("batch", "batch_id"),
    Column("tense", ("u1", ()), f"CASE tense {_CASES} ELSE '\\x00'::bytea END"),
    columns.id("source", "source_id"),
    columns.id("target", "target_id"),
    columns.id("lot", "lot_id"),
    columns.number("amount"),
    columns.id("nonce"),
    columns.hash32("leaf"),
)
# Most movements have none of these: each comes with the number of the movement it belongs to.
_SOMETIMES = (
    Column("hold", ("u1", (24,)), "int8send(seq) || uuid_send(hold)", "hold IS NOT NULL"),
    Column("corrects", ("u1", (24,)), "int8send(seq) || uuid_send(corrects)", "corrects IS NOT NULL"),
    Column("expires", ("u1", (16,)), "int8send(seq) || timestamptz_send(expires_at)", "expires_at IS NOT NULL"),
)


@dataclass(frozen=True, slots=True)
class Movements:
    """
    A stretch of the book in its order: n rows, in the bytes that are hashed.

    seq                                     int64
    id batch source target lot nonce leaf   uint8, shape (n, 16); a leaf (n, 32)
    tense                                   its code; 0 where it is no tense
    amount                                  big-endian int64
    hold corrects                           (n, 16); zeros where there is none
    names_hold                              whether there is one
    expires_us                              big-endian int64, since 1970; 0 where there is none
    """

    seq: NDArray[np.int64]
    id: NDArray[np.uint8]
    batch: NDArray[np.uint8]
    tense: NDArray[np.uint8]
    source: NDArray[np.uint8]
    target: NDArray[np.uint8]
    lot: NDArray[np.uint8]
    amount: NDArray[Any]
    hold: NDArray[np.uint8]
    names_hold: NDArray[np.bool_]
    corrects: NDArray[np.uint8]
    expires_us: NDArray[Any]
    nonce: NDArray[np.uint8]
    leaf: NDArray[np.uint8]

    def __len__(self) -> int:
        return len(self.seq)


def read_movements(connection: psycopg.Connection[Any], after: int, upto: int) -> Movements:
    """Those with after < seq <= upto."""
    stretch = _STRETCH.format(after=after, upto=upto)
    count, found = columns.read(connection, (*_ALWAYS, *_SOMETIMES), stretch)
    if count == upto - after:
        seq = np.arange(after + 1, upto + 1)
    else:  # the last stretch, or somebody drew numbers and did not keep them
        seq = columns.read(connection, _NUMBERS, stretch)[1]["seq"].astype(np.int64)
    sometimes = [found.pop(column.name) for column in _SOMETIMES]
    (hold, names_hold), (corrects, _), (expires, does_expire) = [_spread(values, seq) for values in sometimes]
    expires_us = np.where(does_expire, since_1970(expires.view(">i8").reshape(count)), 0).astype(">i8")
    return Movements(seq=seq, hold=hold, names_hold=names_hold, corrects=corrects, expires_us=expires_us, **found)


def _spread(found: NDArray[np.uint8], seq: NDArray[np.int64]) -> tuple[NDArray[np.uint8], NDArray[np.bool_]]:
    """The values at their movements' places, zeros at the others; and which have one."""
    values, has_one = np.zeros((len(seq), found.shape[1] - 8), np.uint8), np.zeros(len(seq), np.bool_)
    if len(found):
        at = np.searchsorted(seq, np.ascontiguousarray(found[:, :8]).view(">i8").reshape(-1))
        values[at], has_one[at] = found[:, 8:], True
    return values, has_one
