"""Half-open stretches of time: [start_at, end_at)."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date, datetime, time, tzinfo

FIRST_DAY, LAST_DAY = date(2000, 1, 1), date(2099, 12, 31)  # no page, list or program means a day outside them


def is_within_book(moment: date) -> bool:
    """Whether a day, or a moment by its own zone's calendar, is one the house can mean."""
    day = moment.date() if isinstance(moment, datetime) else moment
    return FIRST_DAY <= day <= LAST_DAY


def midnight(day: date, zone: tzinfo) -> datetime:
    """The moment at which a day begins; the house's own: `journal.clock.house_midnight`."""
    return datetime.combine(day, time(), zone)


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
