"""
Sums of money as people print them: `1000万元`, `壹仟万元整`, `3,000,000.50`, `12元5角`, "1 billion yuan ($1,441,586)".

A sum printed beside its worth in dollars is checked against it: what no rate of those years explains is a doubt, and
the figure the dollars speak for is named, never taken.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from dataclasses import dataclass
from decimal import Decimal
from functools import cache
from importlib import resources
from typing import Any

from baogong.engine.sheets.numbers import CHARACTERS, UnreadNumber, read_number
from baogong.kernel.errors import BaogongError, Kind
from baogong.kernel.money import yuan

_DOLLARS = re.compile(
    r"\(?\s*(?:约|合|about|or|approx\.?|≈)?\s*(?:us\$|us\s*\$|\$|usd|美元)\s*([\d,.]+)\s*(million|billion)?\s*\)?"
)
_DOLLARS_AFTER = re.compile(rf"[(,，]?\s*(?:约|合|折合|about)?\s*([\d,.{CHARACTERS}]+)\s*美元\s*\)?")
_MARKS = re.compile(r"人民币|rmb|cny|¥|yuan(?:\s+renminbi)?|renminbi")
_SMALL = re.compile(rf"^(?P<yuan>.*?)[元圆块](?:(?P<jiao>[\d{CHARACTERS}])角)?(?:(?P<fen>[\d{CHARACTERS}])分)?$")
_ROUGH_BEFORE = re.compile(
    r"^(?:价值|worth|总额|共计?|合计|more than|over|at least|nearly|almost|about|around|some)\s*"
)


class UnreadMoney(BaogongError):
    """The text is no sum of money."""

    kind, code = Kind.REFUSED, "sheets.unread-money"


@dataclass(frozen=True, slots=True)
class Sum:
    """
    fen        as printed
    is_rough   more than, about, nearly: the figure is not the whole truth
    dollars    printed beside it, whole ones
    other_fen  what the dollars speak for, where they contradict what is printed; None: they do not
    doubts     in words
    """

    fen: int
    is_rough: bool = False
    dollars: int | None = None
    other_fen: int | None = None
    doubts: tuple[str, ...] = ()


@cache
def _words() -> dict[str, Any]:
    return tomllib.loads(resources.files(__package__).joinpath("money.toml").read_text("utf-8"))


def parse_money(text: str) -> Sum:
    """Raises UnreadMoney, also for sums finer than a fen and for less than nothing."""
    plain = unicodedata.normalize("NFKC", text).strip().casefold()
    plain, dollars = _without_dollars(plain, text)
    plain = _MARKS.sub(" ", plain).strip(" ()")
    bare = plain
    while found := _ROUGH_BEFORE.match(bare):
        bare = bare[found.end() :]
    is_rough = bare != plain and not plain.startswith(("总", "共", "合"))
    amount, doubts = _yuan(bare, text)
    if "only a rough figure" in doubts:
        is_rough, doubts = True, tuple(doubt for doubt in doubts if doubt != "only a rough figure")
    fen = amount * 100
    if fen != fen.to_integral_value() or fen <= 0:
        raise _unread(text)
    other = _spoken_for(int(fen), dollars) if dollars else None
    if other is not None:
        doubts = (
            *doubts,
            f"{yuan(int(fen))} yuan is printed beside {dollars:,} dollars, which speak for {yuan(other)} yuan",
        )
    return Sum(int(fen), is_rough, dollars, other, doubts)


def _without_dollars(plain: str, text: str) -> tuple[str, int | None]:
    for pattern in (_DOLLARS, _DOLLARS_AFTER):
        found = pattern.search(plain)
        if found:
            factor = _words()["words"][found[2]] if pattern is _DOLLARS and found[2] else 1
            return (plain[: found.start()] + plain[found.end() :]).strip(), round(_number(found[1], text)[0] * factor)
    return plain, None


def _yuan(plain: str, text: str) -> tuple[Decimal, tuple[str, ...]]:
    words: dict[str, int] = _words()["words"]
    named = re.fullmatch(rf"([\d,.]+)\s*({'|'.join(words)})", plain)
    if named:
        number, doubts = _number(named[1], text)
        return number * words[named[2]], doubts
    plain = re.sub(r"整$|正$", "", plain.replace(" ", ""))
    parted = _SMALL.match(plain)
    if parted is None:
        return _number(plain, text)
    amount, doubts = _number(parted["yuan"], text)
    for name, worth in (("jiao", Decimal("0.1")), ("fen", Decimal("0.01"))):
        if parted[name]:
            amount += _number(parted[name], text)[0] * worth
    return amount, doubts


def _spoken_for(fen: int, dollars: int) -> int | None:
    """The printed sum times a power of ten that the dollars fit; None where they fit the sum as printed, or nothing."""
    low, high = (Decimal(rate) * 100 for rate in _words()["yuan_per_dollar"])
    for exponent in (0, 1, -1, 2, -2, 3, -3, 4, -4):
        other = Decimal(fen).scaleb(exponent)
        if low <= other / dollars <= high:
            return int(other) if exponent and other == int(other) else None
    return None


def _number(text: str, original: str) -> tuple[Decimal, tuple[str, ...]]:
    try:
        return read_number(text)
    except UnreadNumber as error:
        raise _unread(original) from error


def _unread(text: str) -> UnreadMoney:
    return UnreadMoney(
        f"“{text}” is no sum of money." if text.strip() else "The sum is empty.",
        found=text,
        expected="a sum above 0, for example 1000万元, 3,000,000 or 壹仟万元整",
        cure="Write the sum in yuan, to the fen at most.",
    )
