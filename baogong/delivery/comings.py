"""
Who comes down to a shelf when: no more people than its cap in any stretch as long as its window.

A telephone reckons the same without network (`static/courier/round.js`, `freeFrom`).
"""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta


def most_beside(come_at: datetime, others: Collection[datetime], window: timedelta) -> int:
    """Of the others, the most who come in one stretch of a window in which somebody comes at that moment."""
    begins = [come_at, *(one for one in others if come_at - window < one < come_at)]
    return max(sum(begin <= one < begin + window for one in others) for begin in begins)


def free_from(earliest: datetime, others: Collection[datetime], people_max: int, window: timedelta) -> datetime:
    """The first moment, not before the earliest, at which one more may be told to come."""
    later = sorted(one + window for one in others if one + window > earliest)
    return next(at for at in (earliest, *later) if most_beside(at, others, window) < people_max)
