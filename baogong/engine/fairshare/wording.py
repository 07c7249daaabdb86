"""Small words that every told reason shares: amounts, shares in percent, names for ids."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field


@dataclass(frozen=True, slots=True)
class Unit:
    """What amounts of an item are counted in: 双; 1 pair, 2 pairs. English tells a number alone where none is known."""

    zh: str = "件"
    one: str = ""
    many: str = ""

    def amount_en(self, amount: int) -> str:
        return f"{amount:,} {self.one if amount == 1 else self.many}".rstrip()


UNKNOWN_UNIT = Unit()


@dataclass(frozen=True, slots=True)
class Names:
    """What ids are called in sentences; an id without a name is called by itself."""

    requesters: Mapping[str, str] = field(default_factory=dict)
    items_en: Mapping[str, str] = field(default_factory=dict)
    items_zh: Mapping[str, str] = field(default_factory=dict)
    sites: Mapping[str, str] = field(default_factory=dict)
    units: Mapping[str, Unit] = field(default_factory=dict)

    def who(self, requester: str) -> str:
        return self.requesters.get(requester, requester)

    def site(self, site: str) -> str:
        return self.sites.get(site, site)

    def item_en(self, item: str) -> str:
        return self.items_en.get(item, item)

    def item_zh(self, item: str) -> str:
        return self.items_zh.get(item, item)

    def unit(self, item: str) -> Unit:
        return self.units.get(item, UNKNOWN_UNIT)


BY_ID = Names()


def pieces(amount: float) -> str:
    return f"{amount:,.1f}".removesuffix(".0")


def percent(share: float) -> str:
    return f"{100 * share:.1f}".removesuffix(".0") + "%"


def counted(count: int, noun: str, plural: str = "") -> str:
    """1 lot, 2 lots"""
    return f"1 {noun}" if count == 1 else f"{count:,} {plural or noun + 's'}"


def listed_en(names: Iterable[str], count: int = 0, most: int = 3) -> str:
    """A, B and C; A, B, C and 4 more. `count`: of how many these are the first; a name told twice is told once."""
    known = list(dict.fromkeys(names))
    more = max(count, len(known)) - min(len(known), most)
    shown = known[:most]
    if more:
        return f"{', '.join(shown)} and {more:,} more"
    return " and ".join([", ".join(shown[:-1]), shown[-1]]) if len(shown) > 1 else "".join(shown)


def listed_zh(names: Iterable[str], count: int = 0, most: int = 3) -> str:
    known = list(dict.fromkeys(names))
    many = max(count, len(known))
    shown = "、".join(known[:most])
    return f"{shown}等 {many:,} 家" if many > min(len(known), most) else shown
