"""
Names of regions by their code of GB/T 2260: every prefecture, and the districts and counties of Shanghai, Chongqing, Hubei and the
prefectures whose rules and stories the house brings. As of 2020. Another county is called by its prefecture.
"""

from __future__ import annotations

import csv
from collections.abc import Mapping
from dataclasses import dataclass
from functools import cache
from importlib import resources

from baogong.kernel.identity import PROVINCES


@dataclass(frozen=True, slots=True)
class Region:
    """
    What a code stands for.

    zh, en  a district's with its prefecture before or after it; a city of a county's rank is called by itself
    rest    the digits that are not named: a street's, or those of a county not kept here
    """

    zh: str
    en: str
    rest: str = ""


def region_of(code: str) -> Region | None:
    """The narrowest region with a name that the code lies in, below its province; None where only that is known."""
    names = _names()
    prefecture = names.get(f"{code[:4]}00")
    county = names.get(code[:6]) if len(code) >= 6 else None
    if county is None or county == prefecture:
        rest = code if len(code) > 4 and code[4:] != "00" else ""
        return Region(*prefecture, rest) if prefecture else None
    rest = code if len(code) > 6 else ""
    if prefecture is None or county[0].endswith("市"):
        return Region(*county, rest)
    return Region(f"{prefecture[0]}{county[0]}", f"{county[1]}, {prefecture[1]}", rest)


def english_of(name: str) -> str:
    """The English name of the region that is called so in Chinese, with its rank or without: 江津 or 江津区; "" of none, or of several."""
    found = {en for zh, en in _names().values() if zh == name or (zh[:-1] == name and zh[-1] in "市区县")}
    return found.pop() if len(found) == 1 else ""


def is_region(code: str) -> bool:
    """
    Whether a code can stand for a region: it, or the prefecture it lies in, is named here.

    Also a province, and what a province governs without a prefecture (its third and fourth digits are 90).
    """
    is_of_province = code[:2].isdecimal() and int(code[:2]) in PROVINCES
    return region_of(code) is not None or (is_of_province and (not code[2:].strip("0") or code[2:4] == "90"))


@cache
def _names() -> Mapping[str, tuple[str, str]]:
    text = resources.files("baogong.places").joinpath("data/regions.csv").read_text("utf-8")
    return {row["code"]: (row["zh"], row["en"]) for row in csv.DictReader(text.splitlines())}
