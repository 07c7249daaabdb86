"""
The entries of a draw: fixed-width records, sorted by entry id, under one root.

A record is 52 bytes, integers big-endian:

entry       16  random; the only name an entrant has in public
commitment  16  the first bytes of H("baogong entry 1\\n" || draw 16 || entry 16 || nonce 16). The entrant's own nonce makes it
                impossible to give two people the same entry. Of an entry that was carried over from an earlier draw the
                nonce is made of the entrant's own: the first bytes of H("baogong carried 1\\n" || key 32 || draw 16), the key
                being H("baogong stay 1\\n" || nonce 16)
household   16  random for this draw, shared by entries of one household; zeros for none
weight       2  at least 1
stratum      2  whoever stands in a lower one comes first, whatever the lot

The tree is that of RFC 6962 over a head, H(0x00 || "baogong draw 1\\n" || H(announcement) 32), and the records' leaves in order:
one published root fixes the announcement too. A leaf is H(0x00 || record).
"""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import lru_cache
from hashlib import sha256
from typing import TypeVar

import numpy as np
from numpy.typing import NDArray

from baogong.engine.book import merkle

Answer = TypeVar("Answer")
Records = NDArray[np.uint8]
"""Shape (n, 52)."""

RECORD_SIZE, ID_SIZE, NONCE_SIZE = 52, 16, 16
HEAD_PREFIX, ENTRY_PREFIX = b"baogong draw 1\n", b"baogong entry 1\n"
STAY_PREFIX, CARRIED_PREFIX = b"baogong stay 1\n", b"baogong carried 1\n"
NO_HOUSEHOLD = bytes(ID_SIZE)
BLOCK_LEVELS = 10
BLOCK_LEAVES = 1 << BLOCK_LEVELS
_CHUNK_LEAVES = 1 << 16


@dataclass(frozen=True, slots=True)
class Entry:
    """One record, read."""

    entry: bytes
    commitment: bytes
    household: bytes = NO_HOUSEHOLD
    weight: int = 1
    stratum: int = 0

    def record(self) -> bytes:
        """52 bytes."""
        return b"".join(
            (
                self.entry,
                self.commitment,
                self.household,
                self.weight.to_bytes(2, "big"),
                self.stratum.to_bytes(2, "big"),
            )
        )

    @classmethod
    def of(cls, record: bytes) -> Entry:
        return cls(
            record[:16], record[16:32], record[32:48], int.from_bytes(record[48:50], "big"), int.from_bytes(record[50:], "big")
        )  # fmt: skip


def commitment_of(*, draw: bytes, entry: bytes, nonce: bytes) -> bytes:
    """16 bytes that bind an entry to the nonce its entrant chose."""
    return sha256(ENTRY_PREFIX + draw + entry + nonce).digest()[:ID_SIZE]


def stay_key_of(nonce: bytes) -> bytes:
    """32 bytes that carry an entry on to later draws; they do not tell the nonce, which only the entrant can show."""
    return sha256(STAY_PREFIX + nonce).digest()


def carried_nonce_of(*, draw: bytes, key: bytes) -> bytes:
    """16 bytes: what stands for the entrant's nonce in a later draw. Another in each, so nobody sees that two are one's."""
    return sha256(CARRIED_PREFIX + key + draw).digest()[:NONCE_SIZE]


def is_opened_by(commitment: bytes, *, draw: bytes, entry: bytes, nonce: bytes) -> bool:
    """Whether the commitment was made with this nonce of the entrant's, in this draw or carried here from an earlier one."""
    carried = carried_nonce_of(draw=draw, key=stay_key_of(nonce))
    return commitment in (commitment_of(draw=draw, entry=entry, nonce=one) for one in (nonce, carried))


def records_of(data: bytes | list[Entry]) -> Records:
    """Bytes of records side by side, or entries one by one. The length is a multiple of 52."""
    joined = data if isinstance(data, bytes) else b"".join(entry.record() for entry in data)
    return np.frombuffer(joined, np.uint8).reshape(-1, RECORD_SIZE)


def weights_of(records: Records) -> NDArray[np.int64]:
    return _uint16(records, 48)


def strata_of(records: Records) -> NDArray[np.int64]:
    return _uint16(records, 50)


def _uint16(records: Records, at: int) -> NDArray[np.int64]:
    return (records[:, at].astype(np.int64) << 8) | records[:, at + 1]


def halves_of(ids: Records) -> tuple[NDArray[np.uint64], NDArray[np.uint64]]:
    """The first and the last eight bytes of ids, as numbers that order as the bytes do. `ids`: shape (n, at least 16)."""
    first, last = (np.ascontiguousarray(ids[:, at : at + 8]).view(">u8").reshape(-1) for at in (0, 8))
    return first.astype(np.uint64), last.astype(np.uint64)


def order_of(records: Records) -> NDArray[np.int64]:
    """The rows in order of their entry ids."""
    first, last = halves_of(records)
    order = np.argsort(first)
    ordered = first[order]
    if (ordered[1:] == ordered[:-1]).any():
        return np.lexsort((last, first))
    return order


def in_order(records: Records) -> Records:
    """The records sorted by entry id; each is copied in one piece, which is twenty times as fast as by its bytes."""
    whole = np.ascontiguousarray(records).view(f"V{RECORD_SIZE}").reshape(-1)
    return whole[order_of(records)].view(np.uint8).reshape(-1, RECORD_SIZE)


def first_out_of_order(records: Records) -> int:
    """The first row whose entry id is not above that of the row before; -1 where all are."""
    first, last = halves_of(records)
    wrong = (first[1:] < first[:-1]) | ((first[1:] == first[:-1]) & (last[1:] <= last[:-1]))
    return int(wrong.argmax()) + 1 if wrong.any() else -1


def head_leaf_of(announcement_hash: bytes) -> bytes:
    """32 bytes: the first leaf of the draw's tree."""
    return merkle.hash_leaf(HEAD_PREFIX + announcement_hash)


def leaves_of(records: Records) -> bytes:
    """32 bytes a record."""
    if not merkle.is_many(len(records)):
        return b"".join(merkle.hash_leaf(record.tobytes()) for record in records)
    from baogong.engine.book.hashing import hash_rows

    return hash_rows(records, prefix=b"\x00").tobytes()


@dataclass(frozen=True, slots=True)
class Tree:
    """
    A draw's tree, kept by the roots of its blocks of 1,024 leaves: with them and the records any proof is made in a moment.

    blocks  32 bytes each
    """

    head: bytes
    blocks: bytes
    root: bytes

    def paths(self, records: Records, rows: Sequence[int]) -> list[tuple[bytes, ...]]:
        """The audit path of each record, from the bottom up; the leaf of a row stands at row + 1 of n + 1. Each block is hashed once."""
        above = _levels_of(self.blocks)
        made: dict[int, tuple[bytes, ...]] = {}
        levels: list[bytes] = []
        current = -1
        for row in sorted(rows):
            block, within = divmod(row + 1, BLOCK_LEAVES)
            if block != current:
                first = block * BLOCK_LEAVES - 1
                level = leaves_of(records[max(0, first) : first + BLOCK_LEAVES])
                levels, current = merkle.levels_of(level if first >= 0 else self.head + level), block
            made[row] = merkle.path_in(levels, within) + merkle.path_in(above, block)
        return [made[row] for row in rows]


@lru_cache(maxsize=8)
def _levels_of(blocks: bytes) -> list[bytes]:
    """Kept: every proof of a draw goes through them."""
    return merkle.levels_of(blocks)


def tree_of(announcement_hash: bytes, records: Records) -> Tree:
    """The tree over sorted records; large ones on all processors."""
    head = head_leaf_of(announcement_hash)
    starts = range(0, len(records) + 1, _CHUNK_LEAVES)

    def chunk(start: int) -> bytes:
        level = leaves_of(records[max(0, start - 1) : start - 1 + _CHUNK_LEAVES])
        level = level if start else head + level
        for _ in range(BLOCK_LEVELS):
            level = merkle.next_level(level)
        return level

    blocks = b"".join(on_all_processors(chunk, starts))
    return Tree(head, blocks, merkle.root_of(blocks))


def on_all_processors(work: Callable[[int], Answer], starts: Sequence[int]) -> list[Answer]:
    """The answers in order. The compiled loops hold no lock."""
    if len(starts) < 2:
        return [work(start) for start in starts]
    with ThreadPoolExecutor(os.cpu_count()) as executor:
        return list(executor.map(work, starts))
