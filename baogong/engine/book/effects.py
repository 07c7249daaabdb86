"""What accepted lines change. The ledger writes it, the verifier adds it up again from zero."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from baogong.engine.book.lines import Line, Place, Tense


@dataclass(slots=True)
class HoldChange:
    """What is added to a hold that stood before the batch."""

    posted: int = 0
    voided: int = 0
    continued: int = 0
    has_new_end: bool = False
    expires_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Effects:
    """
    posted, held  base units to add, by place; a place in `held` is in `posted` too
    holds         what is added to each hold that was touched, one made in the same batch included
    """

    posted: dict[Place, int] = field(default_factory=dict)
    held: dict[Place, int] = field(default_factory=dict)
    holds: dict[UUID, HoldChange] = field(default_factory=dict)


def effects(lines: Iterable[Line]) -> Effects:
    """Sum up lines that `decide` has accepted."""
    changes = Effects()
    posted, held, holds = changes.posted, changes.held, changes.holds
    for line in lines:
        tense, amount, lot = line.tense, line.amount, line.lot.int
        place = (line.source.int, lot)
        if tense is Tense.POSTED:
            posted[place] = posted.get(place, 0) - amount
            goal = (line.target.int, lot)
            posted[goal] = posted.get(goal, 0) + amount
            if line.hold is None:
                continue
            holds.setdefault(line.hold, HoldChange()).posted += amount
            amount = -amount
        elif tense is Tense.HELD:
            if line.hold is not None:
                holds.setdefault(line.hold, HoldChange()).continued += amount
        else:
            assert line.hold is not None
            change = holds.setdefault(line.hold, HoldChange())
            if tense is Tense.EXTENDED:
                change.has_new_end, change.expires_at = True, line.expires_at
                continue
            change.voided += amount
            amount = -amount
        held[place] = held.get(place, 0) + amount
        posted.setdefault(place, 0)
    return changes
