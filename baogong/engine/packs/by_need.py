"""How many packs households need of one kind, from how many of them have how many persons it is for."""

from __future__ import annotations

from collections.abc import Mapping


def packs_by_need(households: Mapping[int, int], per_persons: int) -> int:
    """
    households   persons of the group in one household → how many such households; 0 persons need nothing
    per_persons  one pack for so many of them in a household, begun ones counted whole; 0: one pack a household

    Raises ValueError for numbers below 0.
    """
    if per_persons < 0 or any(persons < 0 or count < 0 for persons, count in households.items()):
        raise ValueError("persons, households and persons a pack are 0 or more")
    return sum(
        count * (-(-persons // per_persons) if per_persons else 1) for persons, count in households.items() if persons
    )
