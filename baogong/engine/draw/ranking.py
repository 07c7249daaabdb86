"""
Who comes when: a score for each entry out of one seed, and the order under the household rule.

seed   = H("baogong seed 1\\n" || draw 16 || root 32 || entries 8 || units 8 || chain hash 32 || round 8 || randomness 32)
score  = the least, over j = 0 .. weight - 1, of HMAC-SHA256(seed, "baogong score 1\\n" || entry 16 || j 2)

The least of `weight` equal draws comes first with a chance in proportion to its weight: exactly weighted sampling without
replacement, in integers. Order: (stratum, score, entry); an entry whose household has its winners already is passed over.
"""

from __future__ import annotations

import hmac
from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from hashlib import sha256

import numpy as np
from numpy.typing import NDArray

from baogong.engine.book import merkle
from baogong.engine.draw.entries import NO_HOUSEHOLD, Records, halves_of, on_all_processors, strata_of, weights_of

SEED_PREFIX, SCORE_PREFIX = b"baogong seed 1\n", b"baogong score 1\n"
_CHUNK = 1 << 16


@dataclass(frozen=True, slots=True, order=True)
class Key:
    """What entries are ordered by."""

    stratum: int
    score: bytes
    entry: bytes


def seed_of(
    *, draw: bytes, root: bytes, entries: int, units: int, chain_hash: bytes, round_number: int, randomness: bytes
) -> bytes:
    """32 bytes."""
    return sha256(
        b"".join(
            (
                SEED_PREFIX,
                draw,
                root,
                entries.to_bytes(8, "big"),
                units.to_bytes(8, "big"),
                chain_hash,
                round_number.to_bytes(8, "big"),
                randomness,
            )
        )
    ).digest()


def score_of(seed: bytes, entry: bytes, weight: int) -> bytes:
    """32 bytes."""
    return min(hmac.digest(seed, SCORE_PREFIX + entry + j.to_bytes(2, "big"), "sha256") for j in range(weight))


def scores_of(seed: bytes, records: Records) -> Records:
    """`score_of` each record; shape (n, 32)."""
    if not merkle.is_many(len(records)):
        weights = weights_of(records).tolist()
        one_by_one = (
            score_of(seed, record[:16].tobytes(), weight) for record, weight in zip(records, weights, strict=True)
        )
        return np.frombuffer(b"".join(one_by_one), np.uint8).reshape(-1, 32)
    from baogong.engine.book.hashing import hash_rows, state_after

    padded = seed + bytes(64 - len(seed))
    inner, outer = (state_after(bytes(byte ^ mask for byte in padded)) for mask in (0x36, 0x5C))

    def digests(ids: Records, j: int) -> Records:
        number = np.broadcast_to(np.array([j >> 8, j & 0xFF], np.uint8), (len(ids), 2))
        return hash_rows(hash_rows(ids, number, prefix=SCORE_PREFIX, after=inner), prefix=b"", after=outer)

    ids, weights = records[:, :16], weights_of(records)
    scores = digests(ids, 0)
    for j in range(1, int(weights.max(initial=1))):
        rows = np.flatnonzero(weights > j)
        other = digests(ids[rows], j)
        less = rows[_is_less(other, scores[rows])]
        scores[less] = other[np.searchsorted(rows, less)]
    return scores


def _is_less(one: Records, other: Records) -> NDArray[np.bool_]:
    """Row by row, as bytes order."""
    a, b = (np.ascontiguousarray(rows).view(">u8") for rows in (one, other))
    differs = a != b
    first = differs.argmax(axis=1)
    at = np.arange(len(a))
    less: NDArray[np.bool_] = differs.any(axis=1) & (a[at, first] < b[at, first])
    return less


def order(seed: bytes, records: Records, places: int, household_max: int) -> list[int]:
    """
    The rows of the first `places` entries in order, fewer where there are no more; each household at most `household_max` times.

    household_max  0: as often as it comes
    """
    count = len(records)
    places = min(places, count)
    starts = range(0, count, _CHUNK)
    heads = on_all_processors(
        lambda start: (
            np.ascontiguousarray(scores_of(seed, records[start : start + _CHUNK])[:, :8])
            .view(">u8")
            .reshape(-1)
            .astype(np.uint64)
        ),
        starts,
    )
    head = np.concatenate(heads) if heads else np.empty(0, np.uint64)
    strata = strata_of(records)
    looked_at = places
    while True:
        rows = _first(strata, head, looked_at)
        chosen = np.ascontiguousarray(records[rows])
        scores = scores_of(seed, chosen)
        a, b, c, d = (np.ascontiguousarray(scores[:, at : at + 8]).view(">u8").reshape(-1) for at in (0, 8, 16, 24))
        first, last = halves_of(chosen)
        ordered = np.lexsort((last, first, d, c, b, a, strata[rows]))
        if household_max == 0:
            return [int(row) for row in rows[ordered[:places]]]
        houses = (chosen[at, 32:48].tobytes() for at in ordered)
        placed = list(
            within_households(zip((int(row) for row in rows[ordered]), houses, strict=True), household_max, places)
        )
        if len(placed) == places or len(rows) == count:
            return placed
        looked_at = min(count, 2 * len(rows) + 1)


def _first(strata: NDArray[np.int64], head: NDArray[np.uint64], wanted: int) -> NDArray[np.int64]:
    """The rows that come first by stratum and the first eight bytes of their score: `wanted`, and whoever ties with the last."""
    if wanted == 0:
        return np.empty(0, np.int64)
    last = int(np.partition(strata, wanted - 1)[wanted - 1])
    inside, edge = np.flatnonzero(strata < last), np.flatnonzero(strata == last)
    left = wanted - len(inside)
    bound = np.partition(head[edge], left - 1)[left - 1]
    return np.concatenate((inside, edge[head[edge] <= bound]))


def within_households(ordered: Iterable[tuple[int, bytes]], household_max: int, places: int) -> Iterator[int]:
    """The rows that are placed, in order, of rows and their households; household_max 0 is no limit."""
    taken: Counter[bytes] = Counter()
    placed = 0
    for row, household in ordered:
        if placed == places:
            return
        if household_max and household != NO_HOUSEHOLD:
            if taken[household] == household_max:
                continue
            taken[household] += 1
        placed += 1
        yield row
