"""
Nothing is counted twice: needs that are one need, and needs that are part of another.

A hospital asks for 1,000 masks and its fever ward, on its own, for 300 of them; the volunteers ask for the same 1,000
once more. A person ties the ward's need to the hospital's as PART and the volunteers' as SAME. Then

    eff(n)  = max(asked(n), Σ eff(parts of n))       what a need comes to with its parts
    own(n)  = eff(n) − Σ eff(parts of n)             what it stands for itself; a need tied as SAME stands for nothing
    got(n)  = what was promised or signed for on it, and on all that are the SAME as it
    open(n) = max(own(n) − got(n) − covered(n), 0)

Where the one that counts has ended and a double of it has not, the most urgent and oldest of those steps into its place
(`living`), with its parts, its whole and its goods: ending one of two never loses the other.

What a need got beyond its own figure covers its parts, the most urgent and oldest first, for they are in the same
house; what a part got beyond its own stays where it is. So Σ own over a tree is eff of its root, exactly, and adding a
tie never raises the sum of what is open.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from enum import StrEnum


class TieKind(StrEnum):
    SAME = "SAME"
    PART = "PART"


@dataclass(frozen=True, slots=True)
class Asking:
    """
    One need as it was written down.

    asked   base units; None: no amount is set
    got     base units promised or signed for on this very need
    rank    the smaller, the earlier it is covered from above (urgency, time)
    is_over cancelled; it asks for nothing any more, what it got stays
    """

    id: str
    asked: int | None
    got: int = 0
    rank: tuple[int, float] = (0, 0.0)
    is_over: bool = False


@dataclass(frozen=True, slots=True)
class Tie:
    """`child` is the SAME need as `parent`, or a PART of it."""

    kind: TieKind
    child: str
    parent: str


@dataclass(frozen=True, slots=True)
class Counted:
    """
    own      base units this need stands for; None where no amount is set and nobody speaks for it
    covered  of `own`, what others' goods cover: a double's, or the whole's it is a part of
    open     neither promised nor signed for
    """

    own: int | None
    covered: int
    open: int | None


def count_once(askings: Iterable[Asking], ties: Iterable[Tie]) -> dict[str, Counted]:
    """
    What each need stands for and what of it is open. Ties to needs that are not given are passed over.

    Each need is tied upwards at most once, and ties lead nowhere in a circle (`would_turn_back` keeps them so).
    """
    rows = {asking.id: asking for asking in askings}
    kept = living(rows.values(), ties)
    same = {tie.child: tie.parent for tie in kept if tie.kind is TieKind.SAME}
    part_of = {
        tie.child: _speaker(same, tie.parent) for tie in kept if tie.kind is TieKind.PART and tie.child not in same
    }
    parts: dict[str, list[str]] = defaultdict(list)
    for child, parent in part_of.items():
        parts[parent].append(child)
    beside: dict[str, int] = defaultdict(int)  # what the doubles of a need got
    for child in same:
        beside[_speaker(same, child)] += rows[child].got
    effective: dict[str, int] = {}
    counted = {child: Counted(0, 0, 0) for child in same}
    for root in (need for need in rows if need not in same and need not in part_of):
        order = _downwards(root, parts)
        for need in reversed(order):
            below = sum(effective[part] for part in parts[need])
            effective[need] = max(0 if rows[need].is_over else rows[need].asked or 0, below)
        _share_out(order, rows, parts, effective, beside, counted)
    return counted


def living(askings: Iterable[Asking], ties: Iterable[Tie]) -> list[Tie]:
    """The ties that count: between needs that are given, and with a living double in the place of one that is over."""
    rows = {asking.id: asking for asking in askings}
    up = {tie.child: tie for tie in ties if tie.child in rows and tie.parent in rows}
    same = {child: tie.parent for child, tie in up.items() if tie.kind is TieKind.SAME}
    heirs: dict[str, str] = {}
    for child in sorted(same, key=lambda need: (rows[need].rank, need)):
        speaker = _speaker(same, child)
        if rows[speaker].is_over and not rows[child].is_over:
            heirs.setdefault(speaker, child)
    for speaker, heir in heirs.items():
        above = up.get(speaker)
        del up[heir]
        if above is not None:
            up[heir] = Tie(above.kind, heir, above.parent)
        up[speaker] = Tie(TieKind.SAME, speaker, heir)
    return list(up.values())


def _share_out(
    order: Sequence[str],
    rows: Mapping[str, Asking],
    parts: Mapping[str, list[str]],
    effective: Mapping[str, int],
    beside: Mapping[str, int],
    counted: dict[str, Counted],
) -> None:
    """From the root down: what each need stands for, and what flows over to its parts."""
    poured: dict[str, int] = defaultdict(int)
    for need in order:
        own = effective[need] - sum(effective[part] for part in parts.get(need, ()))
        has_amount = rows[need].is_over or rows[need].asked is not None
        from_others = beside.get(need, 0) + poured[need]
        over = max(rows[need].got + from_others - own, 0)
        covered = min(from_others, max(own - rows[need].got, 0))
        is_open = max(own - rows[need].got - covered, 0)
        if has_amount or parts.get(need):
            counted[need] = Counted(own, covered, is_open)
        else:
            counted[need] = Counted(None, 0, None)
        for part in sorted(parts.get(need, ()), key=lambda part: (rows[part].rank, part)):
            flowing = min(over, max(_room(part, rows, parts, effective, beside), 0))
            poured[part] += flowing
            over -= flowing


def _room(
    need: str,
    rows: Mapping[str, Asking],
    parts: Mapping[str, list[str]],
    effective: Mapping[str, int],
    beside: Mapping[str, int],
) -> int:
    """What a need and all below it can still take."""
    own = effective[need] - sum(effective[part] for part in parts.get(need, ()))
    below = sum(_room(part, rows, parts, effective, beside) for part in parts.get(need, ()))
    return max(own + below - rows[need].got - beside.get(need, 0), 0)


def _downwards(root: str, parts: Mapping[str, list[str]]) -> list[str]:
    order, waiting = [], [root]
    while waiting:
        need = waiting.pop(0)
        order.append(need)
        waiting += parts.get(need, [])
    return order


def _speaker(same: Mapping[str, str], need: str) -> str:
    """The need that stands for this one; a circle of doubles would be a defect, and ends."""
    seen = {need}
    while need in same and same[need] not in seen:
        need = same[need]
        seen.add(need)
    return need


def would_turn_back(ties: Iterable[Tie], *, child: str, parent: str) -> bool:
    """Whether tying `child` under `parent` closes a circle."""
    above = {tie.child: tie.parent for tie in ties}
    seen = {child}
    while parent not in seen:
        if parent not in above:
            return False
        seen.add(parent)
        parent = above[parent]
    return parent == child or parent in seen
