"""New times of arrival to choose from by one tap."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone

from baogong.freight.queries import WaybillRow

DELAY_FIELDS = ("act", "why", "arrive_at")
LATER_MIN = (30, 60, 120, 240)


@dataclass(frozen=True, slots=True)
class LaterTimes:
    """
    `choices` are (minutes later, the moment for the form); `expected` fills the field for any other time.

    The moments are fixed when the page is made: the same tap sent twice names the same time.
    """

    choices: tuple[tuple[int, str], ...]
    expected: str


def later_times(row: WaybillRow, now: datetime) -> LaterTimes:
    base = max(row.expected_arrive_at, now)
    return LaterTimes(
        tuple((minutes, _for_form(base + timedelta(minutes=minutes))) for minutes in LATER_MIN),
        _for_form(row.expected_arrive_at),
    )


def _for_form(moment: datetime) -> str:
    """To the whole minute that is not before it."""
    return timezone.localtime(moment + timedelta(seconds=59)).strftime("%Y-%m-%dT%H:%M")
