"""What of the needs is already answered by goods that are there or on their way."""

from __future__ import annotations

from collections import defaultdict, deque
from collections.abc import Collection, Sequence
from itertools import pairwise


def covered(asked: Sequence[int], there: Sequence[int], fits: Collection[tuple[int, int]]) -> list[int]:
    """
    How much of each need the goods answer, each unit once, the first need first and altogether as much as can be.

    asked  base units of each need; there: of each pool of goods
    fits   (need, pool): this pool may answer this need

    An earlier need keeps what it has but gives way where another pool serves it too: one that accepts any standard
    does not use up the goods that a later one alone can use.
    """
    pools_of: dict[int, list[int]] = defaultdict(list)
    for need, pool in sorted(fits):
        pools_of[need].append(pool)
    left = list(there)
    taken: dict[int, dict[int, int]] = defaultdict(lambda: defaultdict(int))  # pool → need → base units
    found = []
    for need, amount in enumerate(asked):
        got = 0
        while got < amount and (way := _way(need, pools_of, left, taken)):
            # Each step takes of a pool what the next one's need had of it; the last pool still has some left.
            freed = [taken[pool][after] for (_, pool), (after, _) in pairwise(way)]
            units = min(amount - got, left[way[-1][1]], *freed)
            for (taker, pool), (after, _) in pairwise(way):
                taken[pool][taker] += units
                taken[pool][after] -= units
            last, pool = way[-1]
            taken[pool][last] += units
            left[pool] -= units
            got += units
        found.append(got)
    return found


def _way(
    need: int, pools_of: dict[int, list[int]], left: list[int], taken: dict[int, dict[int, int]]
) -> list[tuple[int, int]]:
    """The shortest chain of (need, pool), each giving way to the one before, to a pool with some left; else empty."""
    came: dict[int, tuple[int, int] | None] = {need: None}  # need → (need, pool) through which it is asked to give way
    waiting = deque([need])
    seen: set[int] = set()
    while waiting:
        here = waiting.popleft()
        for pool in pools_of[here]:
            if pool in seen:
                continue
            seen.add(pool)
            if left[pool]:
                way = [(here, pool)]
                while (before := came[way[0][0]]) is not None:
                    way.insert(0, before)
                return way
            for other, units in taken[pool].items():
                if units and other not in came:
                    came[other] = here, pool
                    waiting.append(other)
    return []
