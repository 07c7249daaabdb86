"""
What weights say: an estimate from a sample, a figure that was typed in another unit, and a difference explained.

All weights are whole grams.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from math import isqrt

Z_PERMILLE = 1_960  # 1.96: the half-width that holds 19 times of 20


class Misread(StrEnum):
    """How a figure so far from what is expected probably came to be."""

    KG_AS_G = "KG_AS_G"  # 5 g for a pack of 5 kg
    G_AS_KG = "G_AS_KG"  # 5,000 kg for a pack of 5 kg
    JIN_AS_KG = "JIN_AS_KG"  # 10 斤 written down as 10 kg
    KG_AS_JIN = "KG_AS_JIN"  # 5 kg written down as 5 斤
    T_AS_KG = "T_AS_KG"  # 21 kg for a truck of 21 t
    FAR = "FAR"  # no known slip, and yet not possible


_SLIPS = (
    (Misread.KG_AS_G, 1, 1_000),
    (Misread.G_AS_KG, 1_000, 1),
    (Misread.JIN_AS_KG, 2, 1),
    (Misread.KG_AS_JIN, 1, 2),
)
_NEAR_PERMILLE = 200  # a slip is recognised within a fifth
_LEAST_PERMILLE, _MOST_PERMILLE = 600, 1_600


def misread(found_g: int, expected_g: int) -> Misread | None:
    """
    Why a weight cannot be right; None where it can.

    It can be right from six tenths of what is expected to sixteen tenths: 斤 taken for kg and the reverse fall outside.
    """
    if expected_g <= 0 or _LEAST_PERMILLE * expected_g <= 1_000 * found_g <= _MOST_PERMILLE * expected_g:
        return None
    for slip, times, part in _SLIPS:
        meant = found_g * part
        if abs(meant - expected_g * times) * 1_000 <= _NEAR_PERMILLE * expected_g * times:
            if slip is Misread.KG_AS_G and expected_g >= 1_000_000:
                return Misread.T_AS_KG
            return slip
    return Misread.FAR


@dataclass(frozen=True, slots=True)
class Estimate:
    """
    What a weighing says about all the packs it stands for.

    mean_mg   of one pack, thousandths of a gram, rounded
    total_g   of all packs
    margin_g  the total lies within ± this, 19 times of 20; 0 where every pack was weighed or only their sum is known
    """

    packs: int
    weighed: int
    mean_mg: int
    total_g: int
    margin_g: int


def estimate(weights_g: Sequence[int], packs: int, *, sum_g: int | None = None, weighed: int | None = None) -> Estimate:
    """
    From the single weights, or from the sum of `weighed` packs, to all `packs`.

        total = packs × mean      margin = 1.96 × packs × s / √n × √(1 − n / packs)

    n, s  how many were weighed, and the standard deviation of their weights (divisor n − 1)
    Source: Cochran, Sampling Techniques, 3rd ed., section 2.6. Raises ValueError for fewer than one weight.
    """
    count = len(weights_g) if weighed is None else weighed
    total = sum(weights_g) if sum_g is None else sum_g
    if count < 1 or count > packs or total <= 0:
        raise ValueError("some of the packs are weighed, and they weigh something")
    margin = 0
    if 1 < len(weights_g) == count < packs:
        # Whole numbers throughout: the square of the margin, then its root.
        spread = count * sum(weight * weight for weight in weights_g) - total * total  # n (n − 1) s²
        square = Z_PERMILLE**2 * packs * packs * spread * (packs - count)
        margin = isqrt(square // (1_000_000 * count * count * (count - 1) * packs))
    return Estimate(packs, count, _rounded(1_000 * total, count), _rounded(packs * total, count), margin)


def _rounded(amount: int, by: int) -> int:
    return (2 * amount + by) // (2 * by)


@dataclass(frozen=True, slots=True)
class Explained:
    """One cause of a difference: `grams` above 0 where the delivery weighed more because of it."""

    cause: str
    grams: int
    why: str = ""


@dataclass(frozen=True, slots=True)
class Comparison:
    """
    A delivery held against its packs.

    difference_g   delivered − packs × nominal
    unexplained_g  the difference less all its causes
    allowed_g      what may stay unexplained: tolerance of what was delivered, rounded down
    """

    delivered_g: int
    packs: int
    nominal_g: int
    difference_g: int
    explained: tuple[Explained, ...]
    unexplained_g: int
    allowed_g: int

    @property
    def is_within(self) -> bool:
        return abs(self.unexplained_g) <= self.allowed_g


def compare(
    *, delivered_g: int, packs: int, nominal_g: int, explained: Sequence[Explained], tolerance_permille: int
) -> Comparison:
    """Hold what was delivered against so many packs of the nominal weight, with the causes that are known."""
    difference = delivered_g - packs * nominal_g
    return Comparison(
        delivered_g=delivered_g,
        packs=packs,
        nominal_g=nominal_g,
        difference_g=difference,
        explained=tuple(explained),
        unexplained_g=difference - sum(cause.grams for cause in explained),
        allowed_g=delivered_g * tolerance_permille // 1_000,
    )
