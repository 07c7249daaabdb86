"""A clock is handed in, never asked for: a drill runs on its own."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Protocol

AHEAD_MAX = timedelta(days=1)
"""How far ahead of the house's clock something that happened may be dated: days are written without hours."""


class Clock(Protocol):
    """Answers the present moment, timezone-aware, in UTC."""

    def now(self) -> datetime: ...


class SystemClock:
    """The machine's clock."""

    def now(self) -> datetime:
        return datetime.now(UTC)


class SetClock:
    """A drill's clock: stands where it was set until it is set again."""

    def __init__(self, at: datetime) -> None:
        if at.tzinfo is None:
            raise ValueError("a clock is set to a moment with a time zone")
        self._at = at.astimezone(UTC)

    def now(self) -> datetime:
        return self._at

    def set(self, at: datetime) -> None:
        self._at = at.astimezone(UTC)
