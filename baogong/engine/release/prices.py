"""The price in parts: each part is paid by somebody to somebody, and nothing is lost between them."""

from __future__ import annotations

from dataclasses import dataclass

from baogong.engine.release.rule import Bearer, Part, Payee, PricePart, Rule
from baogong.kernel.money import split_exactly


@dataclass(frozen=True, slots=True)
class Charge:
    """`fen` that the bearer owes the payee for one part of one claim."""

    part: Part
    bearer: Bearer
    payee: Payee
    fen: int


def charge(rule: Rule, units: int, variant: str = "", *, is_brought: bool = True) -> tuple[Charge, ...]:
    """
    What one claim of so many units costs whom, in the rule's order of parts.

    For each part the charges add up to the part: several bearers share it by largest remainder. A share of the goods is
    rounded down to the fen.
    is_brought  False: fetched, and so without the parts for delivery
    """
    parts = [
        one for one in rule.price if one.variant in ("", variant) and (is_brought or one.part is not Part.DELIVERY)
    ]
    goods_fen = sum(_amount(one, units) for one in parts if one.part is Part.GOODS)
    charges = []
    for one in parts:
        fen = goods_fen * one.basis_points // 10_000 if one.basis_points else _amount(one, units)
        shares = split_exactly(fen, [weight for _bearer, weight in one.bearers])
        charges += [
            Charge(one.part, bearer, one.payee, share)
            for (bearer, _weight), share in zip(one.bearers, shares, strict=True)
            if share
        ]
    assert sum(one.fen for one in charges) == goods_fen + sum(
        goods_fen * one.basis_points // 10_000 if one.basis_points else _amount(one, units)
        for one in parts
        if one.part is not Part.GOODS
    )
    return tuple(charges)


def resident_fen(rule: Rule, units: int, variant: str = "", *, is_brought: bool = True) -> int:
    """What the resident pays in all."""
    return sum(one.fen for one in charge(rule, units, variant, is_brought=is_brought) if one.bearer is Bearer.RESIDENT)


def _amount(one: PricePart, units: int) -> int:
    return one.fen * units if one.per == "UNIT" else one.fen
