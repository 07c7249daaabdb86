"""
Merkle trees over leaf hashes as in RFC 6962, section 2.1.

H is SHA-256. A leaf's hash is H(0x00 || record), a node's H(0x01 || left || right); a tree of n leaves splits at the
largest power of two below n. Pairing level by level, an odd last hash carried up as it is, gives the same tree.
"""

from __future__ import annotations

import sys
from collections.abc import Sequence
from hashlib import sha256

EMPTY_ROOT = sha256(b"").digest()
HASH_SIZE = 32
# So many hashes are worth the start of the compiled loop, and so many its call once it runs.
_MANY_TO_START, _MANY_TO_CALL = 1 << 14, 1 << 6


def hash_leaf(record: bytes) -> bytes:
    """32 bytes."""
    return sha256(b"\x00" + record).digest()


def hash_node(left: bytes, right: bytes) -> bytes:
    """32 bytes from two of 32."""
    return sha256(b"\x01" + left + right).digest()


def is_many(count: int) -> bool:
    """Whether so many hashes are better made by `hashing.hash_rows` than one by one."""
    return count >= (_MANY_TO_CALL if "baogong.engine.book.hashing" in sys.modules else _MANY_TO_START)


def next_level(level: bytes) -> bytes:
    """From 32 n bytes of hashes to 32 ceil(n / 2)."""
    even = len(level) & ~(2 * HASH_SIZE - 1)
    if is_many(even // (2 * HASH_SIZE)):
        import numpy as np

        from baogong.engine.book.hashing import hash_rows

        pairs = hash_rows(np.frombuffer(level, np.uint8, even).reshape(-1, 2 * HASH_SIZE), prefix=b"\x01").tobytes()
    else:
        pairs = b"".join(
            [sha256(b"\x01" + level[at : at + 2 * HASH_SIZE]).digest() for at in range(0, even, 2 * HASH_SIZE)]
        )
    return pairs + level[even:]


def root_of(leaves: bytes) -> bytes:
    """The tree head over 32 n bytes of leaf hashes; of none, H()."""
    if not leaves:
        return EMPTY_ROOT
    while len(leaves) > HASH_SIZE:
        leaves = next_level(leaves)
    return leaves


class GrowingTree:
    """A root over leaves that come in pieces; keeps one hash for each 65,536 leaves that are complete."""

    _BLOCK = HASH_SIZE << 16

    def __init__(self) -> None:
        self.count = 0
        self._complete: list[bytes] = []
        self._rest = b""

    def add(self, leaves: bytes) -> None:
        """32 n more bytes."""
        self.count += len(leaves) // HASH_SIZE
        rest = self._rest + leaves
        whole = len(rest) - len(rest) % self._BLOCK
        self._complete += [root_of(rest[at : at + self._BLOCK]) for at in range(0, whole, self._BLOCK)]
        self._rest = rest[whole:]

    def root(self) -> bytes:
        """As if all leaves had come at once: a complete block is a node of the tree, the rest its last branch."""
        return root_of(b"".join(self._complete) + (root_of(self._rest) if self._rest else b""))


def levels_of(leaves: bytes) -> list[bytes]:
    """The leaves, the level above them, and so on up to the root; 32 n bytes each."""
    levels = [leaves]
    while len(levels[-1]) > HASH_SIZE:
        levels.append(next_level(levels[-1]))
    return levels


def path_in(levels: Sequence[bytes], index: int) -> tuple[bytes, ...]:
    """The audit path of leaf `index` through the levels of a tree, from the bottom up."""
    path = []
    for level in levels[:-1]:
        sibling = (index ^ 1) * HASH_SIZE
        if sibling < len(level):
            path.append(level[sibling : sibling + HASH_SIZE])
        index >>= 1
    return tuple(path)


def path_of(leaves: bytes, index: int) -> tuple[bytes, ...]:
    """The audit path of leaf `index` (0 <= index < n), from the bottom up: RFC 6962, 2.1.1."""
    if not 0 <= index < len(leaves) // HASH_SIZE:
        raise IndexError(f"leaf {index} of {len(leaves) // HASH_SIZE}")
    return path_in(levels_of(leaves), index)


def root_from_path(leaf: bytes, index: int, count: int, path: Sequence[bytes]) -> bytes | None:
    """The root a path leads to (RFC 9162, 2.1.3.2); None where it is too long or too short for its place."""
    if not 0 <= index < count:
        return None
    last, found = count - 1, leaf
    for sibling in path:
        if last == 0:
            return None
        if index & 1 or index == last:
            found = hash_node(sibling, found)
            while index and not index & 1:
                index, last = index >> 1, last >> 1
        else:
            found = hash_node(found, sibling)
        index, last = index >> 1, last >> 1
    return found if last == 0 else None
