"""Shares as bars: how many of those who came were served."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BAR_WIDTH = 400


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: `part` of `whole`. The widest whole fills BAR_WIDTH."""

    label: str
    part: int
    whole: int
    part_width: float
    whole_width: float

    @property
    def percent(self) -> str:
        """Below ten with one decimal: in a draw of many, every row would read the same."""
        share = 100 * self.part / self.whole if self.whole else 0
        return f"{share:.1f}" if 0 < share < 10 else f"{share:.0f}"


@dataclass(frozen=True, slots=True)
class Bars:
    rows: tuple[Bar, ...]
    width: int = BAR_WIDTH


def bars(rows: Iterable[tuple[str, int, int]]) -> Bars:
    """(label, part, whole) → bars of equal scale."""
    given = list(rows)
    most = max((whole for _label, _part, whole in given), default=0) or 1
    return Bars(
        tuple(
            Bar(label, part, whole, round(BAR_WIDTH * part / most, 1), round(BAR_WIDTH * whole / most, 1))
            for label, part, whole in given
        )
    )
