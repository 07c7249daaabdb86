"""What a form offers where a moment is asked for: the next fit one, so that most forms need no date typed."""

from __future__ import annotations

from datetime import datetime, timedelta

from django.utils import timezone

EVENING_HOUR, LEAST_H = 20, 2


def next_evening(now: datetime) -> datetime:
    """This evening on the house's clock, or tomorrow's where too little is left of it."""
    here = timezone.localtime(now)
    evening = here.replace(hour=EVENING_HOUR, minute=0, second=0, microsecond=0)
    return evening if evening - here >= timedelta(hours=LEAST_H) else evening + timedelta(days=1)
