"""What each rule gives to those whom one of them serves worst: three bars a need, the rule of the share itself marked."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

RULES = ("leximin", "pro_rata", "first_come")
CHOSEN = RULES[0]  # shares are made by it; the others stand beside it
BAR = 400
SHOWN_MAX = 8


@dataclass(frozen=True, slots=True)
class RuleBar:
    """What one rule gives of what was asked; `width` of the bar's `BAR`."""

    rule: str
    got: int
    ratio: float
    width: float

    @property
    def is_chosen(self) -> bool:
        return self.rule == CHOSEN


@dataclass(frozen=True, slots=True)
class NeedBars:
    receiver: str
    goods: str
    unit: str
    asked: int
    bars: tuple[RuleBar, ...]


@dataclass(frozen=True, slots=True)
class WorstServed:
    """`needs` that some rule serves worst, worst first; `more_count` are not shown, `unserved_count` no rule can serve."""

    needs: tuple[NeedBars, ...]
    more_count: int
    unserved_count: int


def need_bars(receiver: str, goods: str, unit: str, asked: int, got: Mapping[str, int]) -> NeedBars:
    bars = []
    for rule in RULES:
        ratio = got[rule] / asked if asked else 0.0
        bars.append(RuleBar(rule, got[rule], ratio, round(BAR * min(1.0, ratio), 1)))
    return NeedBars(receiver, goods, unit, asked, tuple(bars))


def worst_served(needs: Iterable[NeedBars]) -> WorstServed:
    """By the least that any rule gives, then by what this share gives, then by name."""
    found = list(needs)
    served = [need for need in found if any(bar.got for bar in need.bars)]
    served.sort(key=lambda need: (min(bar.ratio for bar in need.bars), need.bars[0].ratio, need.receiver, need.goods))
    return WorstServed(tuple(served[:SHOWN_MAX]), len(served[SHOWN_MAX:]), len(found) - len(served))
