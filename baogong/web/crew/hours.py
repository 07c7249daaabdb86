"""Forms about volunteers that the command office and a keeper share."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from uuid import UUID

from django.utils.dateparse import parse_date

from baogong.crew import services
from baogong.journal.clock import house_day, house_midnight
from baogong.web.pages import PageRequest, moment_from, text_from, uuid_from

DAYS = 7


def days_of(request: PageRequest) -> tuple[datetime, datetime, dict[str, str]]:
    """The days the address asks about, the last one counted in, else the last seven; and both as the form shows them."""
    today = house_day(request.now)
    first = _day(request, "since") or today - timedelta(days=DAYS - 1)
    last = max(_day(request, "until") or today, first)
    start, end = (house_midnight(day) for day in (first, last + timedelta(days=1)))
    return start, end, {"since": first.isoformat(), "until": last.isoformat()}


def correct(request: PageRequest) -> UUID:
    """Draw up what a shift really was, or that it never was."""
    never = request.POST.get("never") == "1"
    return services.correct_shift(
        shift=uuid_from(request, "shift"),
        start_at=None if never else moment_from(request, "start_at"),
        end_at=None if never else moment_from(request, "end_at"),
        why=text_from(request, "why"),
        actor=request.actor,
        now=request.now,
        request_id=uuid_from(request, "request_id"),
    )


def _day(request: PageRequest, field: str) -> date | None:
    try:
        return parse_date(request.GET.get(field, "").strip())
    except ValueError:
        return None
