"""Pacing without its guard: a look at the count, and then a count of one more, instead of one statement for both."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from baogong.people.models import Pace
from baogong.people.services import limits
from tests.races import Meeting


def look_then_count(monkeypatch: pytest.MonkeyPatch, racers: int) -> Meeting:
    """All racers have looked before the first of them counts."""
    meeting = Meeting(racers, is_guarded=False)

    def take_each(*asked: tuple[str, str, int], window_s: int, now: datetime) -> list[int]:
        start_at = datetime.fromtimestamp(int(now.timestamp()) // window_s * window_s, UTC)
        keys = {limits._key(what, who): most for what, who, most in asked}
        before = dict(Pace.objects.filter(key__in=keys, window_start_at=start_at).values_list("key", "count"))
        meeting.wait()
        if any(before.get(key, 0) >= most for key, most in keys.items()):
            raise limits.TooOften("too often")
        for key in sorted(keys):
            facts = {"window_start_at": start_at, "count": before.get(key, 0) + 1}
            Pace.objects.update_or_create(key=key, defaults=facts)
        return [before.get(key, 0) + 1 for key in keys]

    monkeypatch.setattr(limits, "take_each", take_each)
    return meeting
