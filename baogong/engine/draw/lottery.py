"""
A draw out of a state lottery's announced numbers: RFC 3797, sections 4 and 5, for places and times without a beacon.

Pick k (from 0) of the remaining m is the one at MD5(k 2 || key || k 2) mod m, counted from 0 in the order of the pool; MD5 here
only spreads numbers that nobody could choose. Weights and strata have no place in it.
"""

from __future__ import annotations

from bisect import bisect_right, insort
from collections.abc import Iterator, Sequence
from hashlib import md5

PICKS_MAX = 65_536


def key_of(sources: Sequence[Sequence[int]], are_ordered: Sequence[bool]) -> str:
    """The numbers of each source, the smallest first unless its order counts: `9319./2.5.8.10.12./`."""
    return "".join(
        "".join(f"{number}." for number in (numbers if ordered else sorted(numbers))) + "/"
        for numbers, ordered in zip(sources, are_ordered, strict=True)
    )


def digests(key: str) -> Iterator[int]:
    """128 bits for each pick in turn, at most 65,536."""
    said = key.encode("ascii")
    for pick in range(PICKS_MAX):
        counter = pick.to_bytes(2, "big")
        yield int.from_bytes(md5(counter + said + counter, usedforsecurity=False).digest(), "big")


def picks(key: str, count: int) -> Iterator[int]:
    """Rows of a pool of `count`, from 0, in the order they are picked, until all or 65,536 are."""
    taken: list[int] = []
    for remaining, digest in zip(range(count, 0, -1), digests(key), strict=False):
        place = digest % remaining
        row, below = place, bisect_right(taken, place)
        while row != place + below:  # as many taken rows lie at or below it as it must step over
            row = place + below
            below = bisect_right(taken, row)
        insort(taken, row)
        yield row
