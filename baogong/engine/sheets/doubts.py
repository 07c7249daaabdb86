"""Figures that contradict each other in a way a slip of the pen explains."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Figure:
    """One document's amount for one thing: who gave or asked, of what, for what."""

    party: str
    item: str
    purpose: str
    amount: int
    document: str
    where: str = ""


@dataclass(frozen=True, slots=True)
class PowerOfTen:
    """Two documents, the same thing, `greater.amount` = `smaller.amount` × 10^`exponent`, exponent ≥ 1."""

    smaller: Figure
    greater: Figure
    exponent: int


def powers_of_ten(figures: Iterable[Figure]) -> tuple[PowerOfTen, ...]:
    """
    Pairs of figures that only a power of ten parts: 300,000 and 3,000,000 yuan for the same gift.

    万 read as thousand, or a zero lost. Never averaged, never chosen here: a person decides. In the order of the
    figures given; two figures of one document are two things and no pair.
    """
    groups: dict[tuple[str, str, str], list[Figure]] = defaultdict(list)
    for figure in figures:
        if figure.amount > 0:
            groups[figure.party, figure.item, figure.purpose].append(figure)
    found = []
    for group in groups.values():
        for at, one in enumerate(group):
            for other in group[at + 1 :]:
                smaller, greater = sorted((one, other), key=lambda figure: figure.amount)
                if one.document != other.document and (exponent := _power(smaller.amount, greater.amount)):
                    found.append(PowerOfTen(smaller, greater, exponent))
    return tuple(found)


def _power(smaller: int, greater: int) -> int:
    """k where greater = smaller × 10^k and k ≥ 1, else 0."""
    ratio, rest = divmod(greater, smaller)
    digits = str(ratio)
    return len(digits) - 1 if rest == 0 and digits == "1" + "0" * (len(digits) - 1) else 0
