"""
Which stops a stop may come to stand beside: the nearest, and the nearest in other communities.

The nearest alone all live behind the same gate, and then no trip would ever learn of the community next door.
"""

from __future__ import annotations

import numpy as np

from baogong.engine.compiled import compiled
from baogong.engine.rounds.ground import Small

NEAREST, BEYOND, BEYOND_EACH = 16, 14, 3


@compiled
def _slot(kept: Small, lengths: Small, filled: int, length: int) -> int:
    """Where a length belongs in the first `filled` of a sorted list; equal ones stay before it."""
    at = filled
    while at > 0 and lengths[kept[at - 1]] > length:
        at -= 1
    return at


@compiled
def _insert(kept: Small, filled: int, at: int, stop: int) -> None:
    for k in range(filled, at, -1):
        kept[k] = kept[k - 1]
    kept[at] = stop


@compiled
def neighbours(matrix: Small, community: Small, nearest: int, beyond: int, beyond_each: int) -> Small:
    """
    Shape (points, nearest + beyond), sorted by length, 0 where there are no more.

    nearest of any community; `beyond` more of others than the stop's own, at most `beyond_each` of each
    """
    count = len(matrix)
    out = np.zeros((count, nearest + beyond), np.int32)
    near = np.zeros(nearest + 1, np.int32)
    far = np.zeros(beyond + 1, np.int32)
    for stop in range(1, count):
        lengths = matrix[stop]
        nears, fars = 0, 0
        for other in range(1, count):
            if other == stop:
                continue
            if nears < nearest or lengths[other] < lengths[near[nears - 1]]:
                _insert(near, nears, _slot(near, lengths, nears, lengths[other]), other)
                nears = min(nears + 1, nearest)
            if beyond == 0 or community[other] == community[stop]:
                continue
            if fars == beyond and lengths[other] >= lengths[far[fars - 1]]:
                continue
            same, last = 0, 0
            for k in range(fars):
                if community[far[k]] == community[other] and community[other] >= 0:
                    same, last = same + 1, k
            if same >= beyond_each:
                if lengths[far[last]] <= lengths[other]:
                    continue
                for k in range(last, fars - 1):
                    far[k] = far[k + 1]
                fars -= 1
            _insert(far, fars, _slot(far, lengths, fars, lengths[other]), other)
            fars = min(fars + 1, beyond)
        row, filled = out[stop], nears
        row[:nears] = near[:nears]
        for k in range(fars):
            is_new = True
            for h in range(nears):
                if near[h] == far[k]:
                    is_new = False
            if is_new:
                _insert(row, filled, _slot(row, lengths, filled, lengths[far[k]]), far[k])
                filled += 1
    return out


def near_lists(matrix: Small, community: Small) -> Small:
    """Neighbours as the search wants them; where nobody lives behind a gate, the nearest thirty."""
    if len(np.unique(community)) < 3:
        return np.asarray(neighbours(matrix, community, NEAREST + BEYOND, 0, 0))
    return np.asarray(neighbours(matrix, community, NEAREST, BEYOND, BEYOND_EACH))
