"""
Whole packs shared out when there are too few: everybody one, then everybody a second, until they are gone.

    left 7, asked 1, 5, 3   →   1, 3, 3

Nobody has two more than another who still waits. Where the last round does not reach all, a draw over the names decides,
the same each time it is made and not always for the first door.
"""

from __future__ import annotations

from collections.abc import Sequence
from hashlib import sha256


def share_out(left: int, asked: Sequence[int], names: Sequence[str], *, seed: str) -> tuple[int, ...]:
    """
    Of each its packs, in their order; the sum is min(left, sum(asked)).

    names  one for each, all different: what the draw of the last round goes by, with `seed`
    """
    if left < 0 or any(packs < 0 for packs in asked) or len(set(names)) != len(asked):
        raise ValueError("packs are 0 or more, and each who asks has a name of its own")
    level = level_of(left, asked)
    got = [min(packs, level) for packs in asked]
    rest = min(left, sum(asked)) - sum(got)
    drawn = sorted(
        (at for at, packs in enumerate(asked) if packs > level),
        key=lambda at: sha256(f"{seed}\x1f{names[at]}".encode()).digest(),
    )
    for at in drawn[:rest]:
        got[at] += 1
    return tuple(got)


def level_of(left: int, asked: Sequence[int]) -> int:
    """How many rounds reach everybody who still waits: the most packs up to which all are served."""
    level, waiting, packs = 0, len(asked), left
    for wish in sorted(asked):
        if (wish - level) * waiting > packs:
            return level + packs // waiting
        packs -= (wish - level) * waiting
        level, waiting = wish, waiting - 1
    return level
