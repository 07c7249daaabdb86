"""A price against what was asked and paid for the same item before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from statistics import median

OBSERVATIONS_MIN = 3
FAR_ABOVE, FAR_BELOW = 1.5, 0.5


@dataclass(frozen=True, slots=True)
class PriceVerdict:
    """
    median_fen  per base unit, over the observations; None where there are fewer than three
    ratio       price over median
    is_far      half as dear again as the median, or half of it and less: a person looks before anybody signs
    """

    price_fen: float
    median_fen: float | None
    ratio: float | None
    observations: int

    @property
    def is_far(self) -> bool:
        return self.ratio is not None and not FAR_BELOW < self.ratio < FAR_ABOVE


def judge_price(price_fen: float, before: Sequence[float]) -> PriceVerdict:
    """
    price_fen, before   fen per base unit; `before` in any order, this price not among them

    The median, because one profiteer or one typing error moves a mean as far as he likes.
    """
    middle = median(before) if len(before) >= OBSERVATIONS_MIN else None
    return against_median(price_fen, middle, len(before))


def against_median(price_fen: float, median_fen: float | None, observations: int) -> PriceVerdict:
    """The verdict again where the median was kept; all in fen per base unit."""
    return PriceVerdict(price_fen, median_fen, price_fen / median_fen if median_fen else None, observations)
