"""Shares as bars: how many of those who came were served."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

BAR_WIDTH, LABEL_WIDTH, ROW_HEIGHT = 400, 170, 30


@dataclass(frozen=True, slots=True)
class Bar:
    """One row: `part` of `whole`; widths and y in pixels. The widest whole fills the width."""

    label: str
    part: int
    whole: int
    y: int
    part_width: float
    whole_width: float

    @property
    def percent(self) -> int:
        return round(100 * self.part / self.whole) if self.whole else 0


@dataclass(frozen=True, slots=True)
class Bars:
    """`told` reads the picture aloud."""

    rows: tuple[Bar, ...]
    told: str

    @property
    def height(self) -> int:
        return ROW_HEIGHT * len(self.rows) + 6

    @property
    def width(self) -> int:
        return LABEL_WIDTH + BAR_WIDTH + 150


def bars(rows: Iterable[tuple[str, int, int]]) -> Bars:
    """(label, part, whole) → bars of equal scale."""
    given = list(rows)
    most = max((whole for _label, _part, whole in given), default=0) or 1
    made = tuple(
        Bar(label, part, whole, ROW_HEIGHT * at, round(BAR_WIDTH * part / most, 1), round(BAR_WIDTH * whole / most, 1))
        for at, (label, part, whole) in enumerate(given)
    )
    return Bars(made, "; ".join(f"{one.label}: {one.part:,}/{one.whole:,} ({one.percent} %)" for one in made))
