"""What the counted lines of a basket come to, door by door: before it is ordered and when it is."""

from __future__ import annotations

from collections import Counter, defaultdict
from collections.abc import Iterable
from typing import Protocol

Door = tuple[str, str, str]


class Line(Protocol):
    """A counted line of a chain: of the table, or as a query read it."""

    @property
    def building(self) -> str: ...
    @property
    def unit(self) -> str: ...
    @property
    def room(self) -> str: ...
    @property
    def name(self) -> str: ...
    @property
    def items(self) -> Iterable[tuple[str, int]]: ...


def asked_by_door(lines: Iterable[Line]) -> tuple[dict[Door, Counter[str]], dict[Door, str]]:
    """Door → code → packs asked for, and door → the names it ordered by; in the order the doors come."""
    asked: defaultdict[Door, Counter[str]] = defaultdict(Counter)
    names: defaultdict[Door, dict[str, None]] = defaultdict(dict)
    for line in lines:
        door = (line.building, line.unit, line.room)
        if line.name:
            names[door][line.name] = None
        for code, packs in line.items:
            asked[door][code] += packs
    return dict(asked), {door: "、".join(names[door])[:80] for door in asked}


def within(packs: int, household_max: int) -> int:
    """So many of one item a household is ordered; `household_max` counts each item for itself, 0: any number."""
    return min(packs, household_max or packs)
