"""
How much of what: taking an amount from several lots, and what a recount moves.

Pure functions over integers of the item's base unit. For every origin the book keeps
    committed = counted − sold
where committed is what a freeze over everything sets aside, and sold what paid customers' orders hold or shipped.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Generic, TypeVar

Key = TypeVar("Key")


@dataclass(frozen=True, slots=True)
class Taking(Generic[Key]):
    """What is taken from each key, in the order asked, and what could not be found."""

    taken: tuple[tuple[Key, int], ...]
    missing: int

    @property
    def total(self) -> int:
        return sum(amount for _, amount in self.taken)


def take_in_order(free: Sequence[tuple[Key, int]], amount: int | None) -> Taking[Key]:
    """
    Take `amount` from the first keys that have some free; None takes everything.

    free   (key, free amount); amounts below zero count as nothing
    """
    left = sum(max(have, 0) for _, have in free) if amount is None else amount
    taken = []
    for key, have in free:
        part = min(max(have, 0), left)
        if part > 0:
            taken.append((key, part))
            left -= part
    return Taking(tuple(taken), left)


@dataclass(frozen=True, slots=True)
class Recount:
    """
    What a count of one lot at one site moves.

    brought_in     from outside into available, when more was found than the book had
    from_available, from_frozen   out again, when less was found; promised goods are never taken
    missing        what would have to be taken from promised goods: the count is refused while this is above zero
    """

    brought_in: int
    from_available: int
    from_frozen: int
    missing: int


def recount(counted: int, *, available: int, available_free: int, frozen: int = 0, frozen_free: int = 0) -> Recount:
    """Compare a count with the book. What is on the shelf is available + frozen; shops' stock gives way first."""
    difference = counted - available - frozen
    if difference >= 0:
        return Recount(difference, 0, 0, 0)
    taking = take_in_order([("available", available_free), ("frozen", frozen_free)], -difference)
    parts = dict(taking.taken)
    return Recount(0, parts.get("available", 0), parts.get("frozen", 0), taking.missing)
