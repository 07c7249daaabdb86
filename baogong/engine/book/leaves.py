"""
The bytes that are hashed. Published: `tools/verify_proof.py` builds the same ones without this package.

All integers are big-endian; a missing id is 16 zero bytes, a missing time is 0; times are microseconds since 1970 UTC.

head    H("baogong batch 1\\n" || id 16 || at 8 || day, days since 0001-01-01 with that day as 1, 4 || actor 16
        || document 16 || content_hash 32 || count 4 || reason, ASCII padded with spaces, 16)
body    tense, ASCII padded with spaces, 8 || source 16 || target 16 || lot 16 || amount 8 || hold 16 || corrects 16
        || expires_at 8
leaf    H(0x00 || id 16 || head 32 || body 104 || nonce 16)

A stamp's tree has its own leaf in front of the movements', so that one root fixes all the stamps before it as well:
stamp   H(0x00 || "baogong stamp 1\n" || number 4 || day 4 || first_seq 8 || last_seq 8 || count 8 || previous_root 32)
"""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta
from hashlib import sha256
from uuid import UUID

from baogong.engine.book.lines import Line, Tense

BODY_SIZE = 104
NONCE_SIZE = 16
HEAD_PREFIX = b"baogong batch 1\n"
STAMP_PREFIX = b"baogong stamp 1\n"
_NONE = bytes(16)
_NEVER = bytes(8)
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)
_TENSES = {tense: tense.value.ljust(8).encode() for tense in Tense}


def microseconds(moment: datetime) -> int:
    """Since 1970, exactly."""
    return (moment - _EPOCH) // _MICROSECOND


def head_of(
    *,
    batch: UUID,
    at: datetime,
    day: date,
    actor: UUID | None,
    document: UUID | None,
    content_hash: bytes,
    count: int,
    reason: str,
) -> bytes:
    """The batch in 32 bytes: who, when, why, under which document, what was asked for, how many lines it wrote."""
    return sha256(
        b"".join(
            (
                HEAD_PREFIX,
                batch.bytes,
                microseconds(at).to_bytes(8, "big", signed=True),
                day.toordinal().to_bytes(4, "big"),
                actor.bytes if actor else _NONE,
                document.bytes if document else _NONE,
                content_hash,
                count.to_bytes(4, "big"),
                reason.ljust(16).encode(),
            )
        )
    ).digest()


def body_of(line: Line) -> bytes:
    """What the line itself says but for its id: the 104 bytes of the record from tense to expires_at."""
    hold, corrects, expires_at = line.hold, line.corrects, line.expires_at
    return b"".join(
        (
            _TENSES[line.tense],
            line.source.int.to_bytes(16, "big"),
            line.target.int.to_bytes(16, "big"),
            line.lot.int.to_bytes(16, "big"),
            line.amount.to_bytes(8, "big"),
            _NONE if hold is None else hold.bytes,
            _NONE if corrects is None else corrects.bytes,
            _NEVER if expires_at is None else microseconds(expires_at).to_bytes(8, "big"),
        )
    )


def leaf_of(line_id: bytes, head: bytes, body: bytes, nonce: bytes) -> bytes:
    """32 bytes."""
    return sha256(b"\x00" + line_id + head + body + nonce).digest()


def stamp_leaf_of(*, number: int, day: date, first_seq: int, last_seq: int, count: int, previous_root: bytes) -> bytes:
    """32 bytes: the first leaf of a stamp's tree."""
    return sha256(
        b"".join(
            (
                b"\x00",
                STAMP_PREFIX,
                number.to_bytes(4, "big"),
                day.toordinal().to_bytes(4, "big"),
                first_seq.to_bytes(8, "big"),
                last_seq.to_bytes(8, "big"),
                count.to_bytes(8, "big"),
                previous_root,
            )
        )
    ).digest()
