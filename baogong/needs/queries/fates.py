"""What became of many promises at once, in one query however many there are."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from uuid import UUID

from baogong.ledger import queries as book


@dataclass(frozen=True, slots=True)
class Fate:
    """
    Base units of one promise: signed for, still promised anywhere, of that not yet set out, and given up.

    amount = arrived + travelling + given_up
    """

    arrived: int = 0
    travelling: int = 0
    at_origin: int = 0
    given_up: int = 0


def fates_of(holds: Collection[UUID]) -> dict[UUID, Fate]:
    """Follow each promise through every promise that continues it; one the book does not have has moved nothing."""
    followed = book.hold_fates(holds) if holds else {}
    return {
        hold: Fate(fate.arrived, fate.travelling, fate.open, fate.given_up)
        if (fate := followed.get(hold)) is not None
        else Fate()
        for hold in holds
    }
