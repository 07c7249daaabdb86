"""What an amount in any unit comes to in an item's base unit."""

from __future__ import annotations

from dataclasses import dataclass
from decimal import Decimal

from baogong.engine.sheets.amounts import (
    GRAMS,
    UNIT_KINDS,
    NegativeAmount,
    Spec,
    UnitKind,
    parse_mass_spec,
    parse_spec,
)
from baogong.kernel.errors import BaogongError, Kind


class UnitUnclear(BaogongError):
    """The amount cannot be turned into whole base units of the item without guessing."""

    kind, code = Kind.REFUSED, "catalogue.unit-unclear"


@dataclass(frozen=True, slots=True)
class Measure:
    """
    How an item is counted.

    unit             the base unit: PIECE, SET, PAIR, BOTTLE, PACK, G, FEN
    pieces_per_unit  pieces in one base unit (a pair of boots: 2)
    units_per_pair   base units that 双 or 副 counts (gloves counted in pieces: 2; goggles: 1)
    carton_units     base units in the item's usual carton, None where none is known
    carton_weight_g  what that carton weighs
    """

    name: str
    unit: str
    pieces_per_unit: int = 1
    units_per_pair: int = 1
    carton_units: int | None = None
    carton_weight_g: int | None = None
    is_carton_estimate: bool = True


@dataclass(frozen=True, slots=True)
class BaseAmount:
    """
    amount              base units
    pieces_per_carton   base units in one carton where the amount or its packing says so
    doubts              why the reading is not the only one; none of nothing is nothing, however it is packed
    """

    amount: int
    pieces_per_carton: int | None = None
    doubts: tuple[str, ...] = ()


def in_base_units(measure: Measure, number: Decimal, unit_text: str = "", spec_text: str = "") -> BaseAmount:
    """
    `number` of `unit_text` as base units. The packing written beside it wins over the item's usual carton.

    件 is a carton where the packing counts something per 件, else a piece; without any packing it is a piece, with a
    doubt. Raises UnitUnclear for a unit that fits neither the item nor its packing, and where the result is no whole
    number; NegativeAmount.
    """
    if number < 0:
        raise NegativeAmount(f"{number} {unit_text}".strip())
    if measure.unit == "G":
        return _in_grams(measure, number, unit_text, spec_text)
    spec = parse_spec(spec_text) if spec_text.strip() else None
    doubts = list(spec.doubts) if spec else []
    carton = (
        _inner_units(measure, spec) * spec.pieces
        if spec and spec.outer in ("箱", "件", "大箱", "ctn", "carton")
        else None
    )
    if spec and carton is None and spec.outer == "":
        carton = _inner_units(measure, spec) * spec.pieces
    unit = unit_text.strip().casefold()
    kind = UNIT_KINDS.get(unit)
    if unit and kind is None:
        raise _unclear(measure, number, unit_text, "a known unit")
    each = _units_each(measure, unit, kind, spec, carton, doubts, number, unit_text)
    amount = number * each
    if amount != int(amount):
        raise _unclear(measure, number, unit_text, f"a whole number of {measure.unit.lower()}s, 0 or more")
    per_carton = int(carton) if carton is not None and carton == int(carton) else None
    return BaseAmount(int(amount), per_carton, tuple(dict.fromkeys(doubts)) if amount else ())


def _in_grams(measure: Measure, number: Decimal, unit_text: str, spec_text: str) -> BaseAmount:
    """
    What is sold loose: a weight, or crates whose weight is written beside (20公斤/筐) or usual.

    A bare number is refused: one reads grams, another kilograms, a third 斤.
    """
    unit = unit_text.strip().casefold()
    kind = UNIT_KINDS.get(unit)
    written = parse_mass_spec(spec_text)
    doubts: list[str] = []
    per_crate: int | None = None
    if kind is UnitKind.MASS_G:
        each = GRAMS[unit]
    elif written is not None and unit and unit == written.outer:
        each = per_crate = written.grams
    elif kind is UnitKind.CARTON and measure.carton_units is not None:
        each = measure.carton_units
        doubts.append(f"a crate of {each:,} g is assumed")
    else:
        raise _unclear(measure, number, unit_text, "a weight with its unit: 克, 两, 斤, 公斤, 吨, g, kg or t")
    grams = number * each
    if grams != int(grams):
        raise _unclear(measure, number, unit_text, "whole grams, 0 or more")
    return BaseAmount(int(grams), per_crate, tuple(doubts) if grams else ())


def _units_each(
    measure: Measure,
    unit: str,
    kind: UnitKind | None,
    spec: Spec | None,
    carton: Decimal | None,
    doubts: list[str],
    number: Decimal,
    unit_text: str,
) -> Decimal:
    """Base units in one of the unit written."""
    if spec and unit and unit == spec.outer:
        return spec.pieces * _inner_units(measure, spec)
    if kind is UnitKind.CARTON:
        if carton is not None:
            return carton
        if measure.carton_units is not None:
            if measure.carton_units > 1 or measure.is_carton_estimate:
                doubts.append(f"a carton of {measure.carton_units:,} is assumed")
            return Decimal(measure.carton_units)
        raise _unclear(measure, number, unit_text, "how many are in a carton, for example 2000只/件")
    if kind is UnitKind.JIAN:
        if spec is None:
            doubts.append("件 is read as one piece: no packing is written")
        return Decimal(1)
    if kind is UnitKind.MASS_G:
        if not measure.carton_units or not measure.carton_weight_g:
            raise _unclear(measure, number, unit_text, "a count, or a known weight")
        doubts.append(f"{measure.carton_weight_g / measure.carton_units:,.0f} g each is assumed")
        return Decimal(GRAMS[unit]) * measure.carton_units / measure.carton_weight_g
    each = _plain_units(measure, unit, kind)
    if each is None:
        raise _unclear(measure, number, unit_text, f"{measure.unit.lower()}s, or cartons with their packing")
    return each


def _inner_units(measure: Measure, spec: Spec) -> Decimal:
    """Base units in one inner unit of a packing: gloves at 2000副/件 are 4,000 pieces."""
    each = _plain_units(measure, spec.unit, UNIT_KINDS.get(spec.unit))
    return Decimal(1) if each is None else each


def _plain_units(measure: Measure, unit: str, kind: UnitKind | None) -> Decimal | None:
    """Base units in a unit that needs no packing; None where it does."""
    if not unit:
        return Decimal(1)
    if measure.unit == "FEN":
        return {
            "元": Decimal(100),
            "圆": Decimal(100),
            "yuan": Decimal(100),
            "rmb": Decimal(100),
            "块": Decimal(100),
        }.get(unit)
    if kind is UnitKind.PAIR:
        return Decimal(1) if measure.unit == "PAIR" else Decimal(measure.units_per_pair)
    if kind is UnitKind.PIECE:
        return Decimal(1) / measure.pieces_per_unit
    if kind in (UnitKind.SET, UnitKind.JIAN):
        return Decimal(1)
    if kind is UnitKind.BOTTLE:
        return Decimal(1) if measure.unit == "BOTTLE" else None
    if kind is UnitKind.PACK or (kind is UnitKind.BOX and measure.unit == "PACK"):
        return Decimal(1) if measure.unit == "PACK" else None
    return None


def _plural(measure: Measure) -> str:
    return "grams" if measure.unit == "G" else f"{measure.unit.lower()}s"


def _unclear(measure: Measure, number: Decimal, unit_text: str, expected: str) -> UnitUnclear:
    return UnitUnclear(
        f"{number} {unit_text} of {measure.name} cannot be counted in {_plural(measure)} without guessing.",
        found=f"{number} {unit_text}".strip(),
        expected=expected,
        cure="Write the number in the item's own unit, or add the packing.",
    )
