"""
Needs that may be one need, or parts of one: candidates with their grounds, for a person.

The same receiver asks through a department, a campus, a group of volunteers, or the parent asks for the sum of its
departments. Nothing here decides: every couple comes with what speaks for it.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum
from itertools import combinations

COUPLES_MAX = 1_000
NEAR_S = 3 * 24 * 3600
SCORE_MIN = 0.5
PARTS_MAX = 12
"""Sums are looked for among at most this many wishes of one family: 4,095 subsets."""


class Ground(StrEnum):
    """What speaks for a couple; web/words has the sentences."""

    SAME_RECEIVER = "SAME_RECEIVER"
    ALIKE = "ALIKE"  # the two receivers' names may be one house
    PART = "PART"  # one receiver's name is a ward, a campus, a group of the other's
    SAME_CONTACT = "SAME_CONTACT"
    SAME_ITEM = "SAME_ITEM"
    SAME_FAMILY = "SAME_FAMILY"  # items of one family: masks
    SAME_AMOUNT = "SAME_AMOUNT"
    POWER_OF_TEN = "POWER_OF_TEN"
    SUM = "SUM"  # the amounts of several come to this one's
    WITHIN = "WITHIN"  # one amount is less than the other's
    NEAR = "NEAR"  # asked within three days


WEIGHT = {
    Ground.SAME_RECEIVER: 0.4,
    Ground.ALIKE: 0.3,
    Ground.PART: 0.35,
    Ground.SAME_CONTACT: 0.3,
    Ground.SAME_ITEM: 0.1,
    Ground.SAME_FAMILY: 0.0,
    Ground.SAME_AMOUNT: 0.3,
    Ground.POWER_OF_TEN: 0.15,
    Ground.SUM: 0.4,
    Ground.WITHIN: 0.05,
    Ground.NEAR: 0.1,
}


@dataclass(frozen=True, slots=True)
class Wish:
    """
    One open need.

    house     the receiver, merges resolved
    family    items counted in one unit that may stand for each other: the item's category
    asked_s   seconds since any fixed moment
    contacts  equal where a telephone is; they tell nothing else
    """

    id: str
    house: str
    item: str
    family: str
    amount: int | None
    asked_s: int
    contacts: frozenset[str] = frozenset()


@dataclass(frozen=True, slots=True)
class Couple:
    """
    `child` may be the same need as `parent`, or (`is_part`) a part of it; `score` from 0 to 1.

    others   with SUM: the needs that together with `child` come to the parent's amount
    """

    parent: str
    child: str
    is_part: bool
    score: float
    grounds: tuple[Ground, ...]
    others: tuple[str, ...] = ()


def likely_doubles(
    wishes: Iterable[Wish],
    *,
    alike: Collection[tuple[str, str]] = (),
    parts: Collection[tuple[str, str]] = (),
    settled: Collection[tuple[str, str]] = (),
) -> tuple[Couple, ...]:
    """
    Couples worth a person's look, the surest first, at most 1,000.

    alike    couples of houses that may be one
    parts    (house, part of it) by their names
    settled  couples of wishes that a person decided on; they are not shown again
    """
    known = list(wishes)
    near = {frozenset(couple) for couple in alike}
    under = set(parts)
    done = {frozenset(couple) for couple in settled}
    sums = _sums(known, near, under)
    found: list[Couple] = []
    for one, other in _couples(known, near, under):
        if frozenset((one.id, other.id)) in done:
            continue
        couple = _judged(one, other, near, under, sums)
        if couple.score >= SCORE_MIN:
            found.append(couple)
    found.sort(key=lambda couple: (-couple.score, couple.parent, couple.child))
    return tuple(found[:COUPLES_MAX])


def _couples(
    wishes: Sequence[Wish], alike: Collection[frozenset[str]], parts: Collection[tuple[str, str]]
) -> Iterator[tuple[Wish, Wish]]:
    """Wishes of one family of goods, whose houses have something to do with each other."""
    families = _families(wishes, alike, parts)
    for group in families.values():
        ordered = sorted(group, key=lambda wish: (wish.asked_s, wish.id))
        yield from combinations(ordered, 2)


def _families(
    wishes: Sequence[Wish], alike: Collection[frozenset[str]], parts: Collection[tuple[str, str]]
) -> dict[tuple[str, str], list[Wish]]:
    """Joined by house, by houses that may be one or a part, and by contact; then by the goods' family."""
    leader: dict[str, str] = {}

    def lead(key: str) -> str:
        while leader.setdefault(key, key) != key:
            key = leader[key]
        return key

    def join(one: str, other: str) -> None:
        first, second = sorted((lead(one), lead(other)))
        leader[second] = first

    for couple in (*map(tuple, alike), *parts):
        join(f"house {couple[0]}", f"house {couple[-1]}")
    for wish in wishes:
        for contact in wish.contacts:
            join(f"house {wish.house}", f"contact {contact}")
    groups: dict[tuple[str, str], list[Wish]] = defaultdict(list)
    for wish in wishes:
        groups[lead(f"house {wish.house}"), wish.family].append(wish)
    return groups


def _judged(
    one: Wish,
    other: Wish,
    alike: Collection[frozenset[str]],
    parts: Collection[tuple[str, str]],
    sums: Mapping[str, tuple[str, ...]],
) -> Couple:
    grounds: list[Ground] = []
    parent, child = one, other
    is_part = False
    if one.house == other.house:
        grounds.append(Ground.SAME_RECEIVER)
    elif (one.house, other.house) in parts:
        grounds.append(Ground.PART)
        is_part = True
    elif (other.house, one.house) in parts:
        grounds.append(Ground.PART)
        parent, child, is_part = other, one, True
    elif frozenset((one.house, other.house)) in alike:
        grounds.append(Ground.ALIKE)
    if one.contacts & other.contacts:
        grounds.append(Ground.SAME_CONTACT)
    grounds.append(Ground.SAME_ITEM if one.item == other.item else Ground.SAME_FAMILY)
    for whole, piece in ((one, other), (other, one)):
        if piece.id in sums.get(whole.id, ()):
            grounds.append(Ground.SUM)
            parent, child, is_part = whole, piece, True
            break
    grounds += _of_amounts(parent, child, is_part)
    if abs(one.asked_s - other.asked_s) <= NEAR_S:
        grounds.append(Ground.NEAR)
    score = min(0.99, round(sum(WEIGHT[ground] for ground in grounds), 3))
    rest = tuple(need for need in sums.get(parent.id, ()) if need != child.id) if Ground.SUM in grounds else ()
    return Couple(parent.id, child.id, is_part, score, tuple(grounds), rest)


def _of_amounts(parent: Wish, child: Wish, is_part: bool) -> list[Ground]:
    if not parent.amount or not child.amount:
        return []
    larger, smaller = max(parent.amount, child.amount), min(parent.amount, child.amount)
    if larger == smaller:
        return [Ground.SAME_AMOUNT]
    if larger % smaller == 0 and str(larger // smaller).strip("0") == "1":
        return [Ground.POWER_OF_TEN]
    return [Ground.WITHIN] if is_part and child.amount < parent.amount else []


def _sums(
    wishes: Sequence[Wish], alike: Collection[frozenset[str]], parts: Collection[tuple[str, str]]
) -> dict[str, tuple[str, ...]]:
    """Whole → the wishes of its family, two or more, whose amounts come to its own; the fewest that do."""
    found: dict[str, tuple[str, ...]] = {}
    for group in _families(wishes, alike, parts).values():
        counted = sorted((wish for wish in group if wish.amount), key=lambda wish: (-(wish.amount or 0), wish.id))
        for whole in counted:
            smaller = [wish for wish in counted if (wish.amount or 0) < (whole.amount or 0)][:PARTS_MAX]
            if len(smaller) >= 2 and (pieces := _summing_to(whole.amount or 0, smaller)):
                found[whole.id] = pieces
    return found


def _summing_to(amount: int, smaller: Sequence[Wish]) -> tuple[str, ...]:
    for size in range(2, len(smaller) + 1):
        for pieces in combinations(smaller, size):
            if sum(piece.amount or 0 for piece in pieces) == amount:
                return tuple(piece.id for piece in pieces)
    return ()
