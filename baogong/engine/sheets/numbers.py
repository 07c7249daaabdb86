"""
Numbers as people write them: full width, thousands separators, 万 千 亿, capital numerals, `1万3`.

A reading that is not the only one comes with its doubt in words; whoever asked decides what a doubt means.
"""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal, InvalidOperation

from baogong.kernel.errors import BaogongError, Kind


class UnreadNumber(BaogongError):
    """The text is no number."""

    kind, code = Kind.REFUSED, "sheets.unread-number"


_DIGITS = {character: value for value, characters in enumerate(("零〇", "一壹弌", "二贰貳两兩", "三叁參叄", "四肆", "五伍", "六陆陸", "七柒", "八捌", "九玖")) for character in characters}  # fmt: skip
_SMALL = {"十": 10, "拾": 10, "百": 100, "佰": 100, "千": 1_000, "仟": 1_000}
_LARGE = {"万": 10_000, "萬": 10_000, "w": 10_000, "亿": 100_000_000, "億": 100_000_000}
_UNITS = {**_SMALL, **_LARGE}
CHARACTERS = "".join((*_DIGITS, *_SMALL, "万萬亿億"))
_ABOUT_BEFORE = re.compile(r"^(大约|大概|约|近|将近|至少|超过|约为|~|≈|>|≥)+")
_ABOUT_AFTER = re.compile(r"(余|多|左右|以上|\+)$")
_WITH_UNITS = re.compile(
    r"(?:(\d+(?:\.\d+)?)|([零〇一壹弌二贰貳两兩三叁參叄四肆五伍六陆陸七柒八捌九玖]+)|([十拾百佰千仟万萬w亿億]))"
)


def read_number(text: str) -> tuple[Decimal, tuple[str, ...]]:
    """
    The number a text says, and the doubts about that reading.

    "３，０００" → 3000; "1.5万" → 15000; "一万三千" → 13000; "壹仟贰佰元整" is left to whoever strips the unit.
    "1万3", "三千五" → 13000, 3500 with a doubt; "3000余", "约3000" → 3000 with a doubt.
    Raises UnreadNumber, also for ranges ("500-1000"), fractions finer than Decimal reads, and empty text.
    """
    wide = unicodedata.normalize("NFKC", text)
    if re.search(r"\d\s+\d", wide) and not re.fullmatch(r"\D*\d{1,3}(\s\d{3})+\D*", wide):
        raise _unread(text)  # 2009 20 is two numbers; 12 000 is one
    plain = re.sub(r"\s+", "", wide).casefold()
    doubts: list[str] = []
    bare = _ABOUT_AFTER.sub("", _ABOUT_BEFORE.sub("", plain))
    if bare != plain:
        doubts.append("only a rough figure")
    sign = 1
    if bare[:1] in ("-", "+", "−", "负"):
        sign, bare = (1 if bare[0] == "+" else -1), bare[1:]
    number = _digits_only(bare)
    if number is None:
        number = _with_units(bare, text, doubts)
    return sign * number, tuple(doubts)


def _digits_only(text: str) -> Decimal | None:
    if re.fullmatch(r"\d{1,3}(,\d{3})+(\.\d+)?", text):
        text = text.replace(",", "")
    if not re.fullmatch(r"\d+(\.\d+)?|\.\d+", text):
        return None
    try:
        return Decimal(text)
    except InvalidOperation:
        return None


def _with_units(text: str, original: str, doubts: list[str]) -> Decimal:
    """
    Digits and units from left to right: each small unit multiplies the number before it, each large unit all since
    the last larger one. A last bare digit stands for the next place down: 1万3 is 13,000.
    """
    text = re.sub(r"(?<=\d),(?=\d{3}(?!\d))", "", text)
    parts = _parts(text, original)
    total = section = Decimal(0)
    pending: Decimal | None = None
    last_unit = last_large = 0
    had_zero = False
    for kind, value in parts:
        if kind == "number":
            if pending is not None:
                raise _unread(original)
            pending = value
            continue
        if kind == "zero":
            had_zero = True
            continue
        unit = int(value)
        if unit in _LARGE.values():
            section += pending if pending is not None else 0
            if unit > last_large > 0:  # 3万亿: the larger unit takes all that came before
                section, total = total + section, Decimal(0)
            if section == 0:
                raise _unread(original)
            total, section, last_large = total + section * unit, Decimal(0), unit
        else:
            if pending is None and unit != 10:  # 十 alone is ten; 百 and 千 want a number before them
                raise _unread(original)
            section += (pending if pending is not None else 1) * unit
        pending, last_unit, had_zero = None, unit, False
    if pending is not None:
        is_one_digit = pending == int(pending) and 0 < pending < 10
        if last_unit > 10 and is_one_digit and not had_zero:
            doubts.append(
                f"read as {total + section + pending * last_unit / 10:,.0f}: the last digit stands for the next place"
            )
            pending = pending * last_unit / 10
        elif last_unit >= 10_000 and 0 < pending < 1_000 and not had_zero and len(parts) > 1:
            doubts.append(f"read as {total + section + pending:,.0f}: digits after {last_unit:,} are fewer than four")
        section += pending
    return total + section


def _parts(text: str, original: str) -> list[tuple[str, Decimal]]:
    parts: list[tuple[str, Decimal]] = []
    at = 0
    for found in _WITH_UNITS.finditer(text):
        if found.start() != at:
            raise _unread(original)
        at = found.end()
        digits, numerals, unit = found.groups()
        if digits:
            parts.append(("number", Decimal(digits)))
        elif unit:
            parts.append(("unit", Decimal(_UNITS[unit])))
        else:
            parts += _numerals(numerals, original, is_alone=numerals == text)
    if at != len(text) or not parts:
        raise _unread(original)
    return parts


def _numerals(numerals: str, original: str, *, is_alone: bool) -> list[tuple[str, Decimal]]:
    """A run of numerals without units: 零三 between units, or positional digits like 二〇二〇 alone."""
    values = [_DIGITS[character] for character in numerals]
    if is_alone:
        return [("number", Decimal("".join(map(str, values))))]
    zeros = [("zero", Decimal(0))] * (1 if values[0] == 0 else 0)
    rest = [value for value in values if value] if zeros else values
    if len(rest) > 1 or (not zeros and 0 in rest):
        raise _unread(original)
    return zeros + [("number", Decimal(value)) for value in rest]


def _unread(text: str) -> UnreadNumber:
    return UnreadNumber(
        f"“{text}” is no number.",
        found=text,
        expected="a number, for example 3000, 1.5万 or 叁仟",
        cure="Write one number in plain digits.",
    )
