"""People by group × days × use, with every figure kept: how a community's or a ward's need is reached."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class GroupUse:
    """
    What one group uses of one item.

    people_count   persons of the group, >= 0
    amount_milli   thousandths of the item's base unit that one person uses in `per_days` days, >= 0
    per_days       days that figure is for, >= 1: 250 g of soap a month is one bar in 30
    """

    people_count: int
    amount_milli: int
    per_days: int = 1


def quantity_for(uses: Iterable[GroupUse], *, days_count: int) -> int:
    """
    Base units for all groups over `days_count` days, rounded up once, at the end.

        ceil( Σ people × days × amount_milli / per_days / 1000 )
    """
    numerator, denominator = 0, 1
    for use in uses:
        if use.people_count < 0 or use.amount_milli < 0 or use.per_days < 1 or days_count < 0:
            raise ValueError(f"figures below their bounds: {use}, {days_count} days")
        share, per = use.people_count * days_count * use.amount_milli, use.per_days * 1000
        numerator, denominator = numerator * per + share * denominator, denominator * per
    return -(-numerator // denominator)
