"""What was told while a story was played into a drill."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime

from baogong.journal.models import DrillStep

STEPS_MAX = 500


@dataclass(frozen=True, slots=True)
class DrillStepView:
    """`number` from 1; `at` when it began, on the drill's clock."""

    number: int
    at: datetime
    title: str


def drill_steps() -> tuple[DrillStepView, ...]:
    """In their order; none in a real book, or where nobody played a story."""
    rows = DrillStep.objects.order_by("number").values_list("number", "at", "title")[:STEPS_MAX]
    return tuple(DrillStepView(*row) for row in rows)
