"""Half-open stretches of time: [start_at, end_at)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime


@dataclass(frozen=True, slots=True)
class Window:
    """From `start_at` up to, not including, `end_at`; None means open on that side."""

    start_at: datetime | None = None
    end_at: datetime | None = None

    def __post_init__(self) -> None:
        if self.start_at is not None and self.end_at is not None and self.end_at <= self.start_at:
            raise ValueError(f"a window must end after it starts: {self.start_at} to {self.end_at}")

    def contains(self, moment: datetime) -> bool:
        return (self.start_at is None or moment >= self.start_at) and (self.end_at is None or moment < self.end_at)
