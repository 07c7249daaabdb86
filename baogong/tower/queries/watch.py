"""How the watch is kept now."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, time

from django.utils import timezone

from baogong.tower.models import WatchRule


@dataclass(frozen=True, slots=True)
class WatchView:
    """
    quiet_from, quiet_until  on the house's clock; None: no quiet hours
    uncounted  kinds of alerts that the last recount could not count; `whole_at`: the last that counted all
    """

    quiet_from: time | None
    quiet_until: time | None
    escalates_after_s: int
    grave_escalates_after_s: int
    uncounted: tuple[str, ...] = ()
    whole_at: datetime | None = None


def watch_rule() -> WatchView:
    """As it was set, or as it is where nobody set it; one query."""
    row = WatchRule.objects.first() or WatchRule()
    return WatchView(
        row.quiet_from,
        row.quiet_until,
        row.escalates_after_s,
        row.grave_escalates_after_s,
        tuple(row.uncounted),
        row.whole_at,
    )


def is_quiet(rule: WatchView, now: datetime) -> bool:
    """Whether the house's clock stands in the quiet hours, which begin with their first minute and end before their last."""
    if rule.quiet_from is None or rule.quiet_until is None:
        return False
    at = timezone.localtime(now, timezone.get_default_timezone()).time()
    if rule.quiet_from < rule.quiet_until:
        return rule.quiet_from <= at < rule.quiet_until
    return at >= rule.quiet_from or at < rule.quiet_until
