"""A fund as a bar: drawn, promised to orders, unspent, announced and not come."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy

from baogong.kernel.money import yuan
from baogong.supply.queries import FundView

BAR_WIDTH = 320
KINDS: tuple[tuple[str, str | Promise], ...] = (
    ("drawn", gettext_lazy("drawn")),
    ("committed", gettext_lazy("promised to orders")),
    ("unspent", gettext_lazy("unspent")),
    ("awaited", gettext_lazy("announced, not come")),
)


@dataclass(frozen=True, slots=True)
class FundBar:
    """A fund with its bar: (what, x, width) in pixels; `told` reads the bar aloud."""

    fund: FundView
    parts: tuple[tuple[str, float, float], ...]
    told: str


def bars_of(views: Sequence[FundView]) -> list[FundBar]:
    """Drawn, promised, unspent and awaited as parts of one bar each; the longest fills the width."""
    most = max((view.gift_fen + view.awaited_fen for view in views), default=0) or 1
    bars = []
    for view in views:
        fen = (view.drawn_fen, view.committed_fen, view.unspent_fen, view.awaited_fen)
        parts, x = [], 0.0
        for (kind, _name), amount in zip(KINDS, fen, strict=True):
            width = round(BAR_WIDTH * amount / most, 1)
            if width:
                parts.append((kind, x, width))
            x += width
        told = "; ".join(f"{name} ¥{yuan(amount)}" for (_kind, name), amount in zip(KINDS, fen, strict=True) if amount)
        bars.append(FundBar(view, tuple(parts), told))
    return bars
