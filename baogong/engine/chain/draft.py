"""One household of a line, before the lines of a chain are settled with each other."""

from __future__ import annotations

from dataclasses import dataclass, field

from baogong.engine.chain.places import NOWHERE, Place
from baogong.engine.chain.tokens import Token

Element = tuple[Token, tuple[str, ...], int, str]
"""An item or a count as it stands in the line: kind, items, count, how the count was written."""


@dataclass(slots=True)
class Draft:
    """
    One household of a line.

    items      (item or None, quantity), in order; empty until defaults are set
    is_added   it speaks of more or less of what was ordered before: 再加1份, -1, 改成3份
    is_dashed  张三-1: a minus only if there is something to take from
    is_counted a number stands beside what is cancelled or changed to: 取消A2份, not 取消A
    is_own     what is cancelled stands before the word, as in a line of one's own: A2份 取消
    changed    (item or None, quantity or 0 where none is said) that gives way: A2份 in A2份改成B
    is_unsure  it does nothing to other lines before somebody has looked
    is_question  an order, and 取消 beside words that were not read: A1 可以取消吗
    """

    no: int | None
    start: int
    end: int
    name: str = ""
    place: Place = NOWHERE
    items: list[tuple[str | None, int]] = field(default_factory=list)
    note: str = ""
    cancels: bool = False
    changes: bool = False
    is_added: bool = False
    is_dashed: bool = False
    is_total: bool = False
    withdrawn: bool = False
    is_written: bool = False
    is_counted: bool = False
    is_own: bool = False
    changed: list[tuple[str | None, int]] = field(default_factory=list)
    is_unsure: bool = False
    is_question: bool = False
    doubts: list[tuple[str, str, float]] | None = None

    @property
    def household(self) -> tuple[str, ...] | None:
        """Name and door, by which what is said twice is known; None where neither is said."""
        if not self.name and self.place is NOWHERE:
            return None
        place = self.place
        return self.name.casefold(), place.building, place.unit, place.room, place.lane

    @property
    def orders(self) -> bool:
        """Whether it says anything that a chain is for: a place, items, a quantity, a withdrawal."""
        return bool(self.place is not NOWHERE or self.items or self.cancels or self.changes)

    def doubt(self, code: str, name: str, confidence: float) -> None:
        """A field is not sure, and why; a confidence without a code needs no word."""
        if self.doubts is None:
            self.doubts = []
        self.doubts.append((code, name, confidence))

    def settle_place(self) -> None:
        """The building came from the head: the room was no guess, and the register is asked anew."""
        self.doubts = [each for each in self.doubts or () if each[0] not in ("place-by-guess", "unknown-place")]
        if self.place.is_known is False:
            self.doubt("unknown-place", "room", 0.6)

    def doubted(self) -> tuple[dict[str, float], tuple[str, ...]]:
        """(field → its least confidence, codes in the order in which they came up)."""
        confidence: dict[str, float] = {}
        for _, name, sure in self.doubts or ():
            confidence[name] = min(sure, confidence.get(name, 1.0))
        return confidence, tuple(dict.fromkeys(code for code, _, _ in self.doubts or () if code))
