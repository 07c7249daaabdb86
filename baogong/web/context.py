"""What every template may read: the book's mark (drill or real) and the places this person may go."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from django.http import HttpRequest
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.journal.queries import BookMarkView, book_mark
from baogong.kernel.actor import Duty

# (url name, path prefix, label, the duties that see it; empty: everyone logged in)
PLACES: tuple[tuple[str, str, str, frozenset[Duty]], ...] = (
    ("command:board", "/command/", "Board", frozenset({Duty.COMMAND, Duty.APPROVER, Duty.AUDITOR})),
    ("clerk:drop", "/lists/", "Lists", frozenset({Duty.CLERK, Duty.COMMAND})),
    ("keeper:home", "/site/", "Warehouse", frozenset({Duty.KEEPER})),
    ("driver:home", "/drive/", "Drive", frozenset({Duty.DRIVER})),
    ("carrier:home", "/carrier/", "Carrier", frozenset({Duty.CARRIER})),
    ("account:identity", "/identity/", "Identity", frozenset({Duty.ADMIN, Duty.COMMAND, Duty.CLERK, Duty.KEEPER})),
    ("account:people", "/people/", "People", frozenset({Duty.ADMIN})),
)


def house(request: HttpRequest) -> dict[str, Any]:
    """`book_mark`, `nav_places`, `visitor` (the actor; None before `page`)."""
    actor = getattr(request, "actor", None)
    reach = set(actor.reach) if actor is not None else set()
    labels = {
        "Board": _("Board"),
        "Lists": _("Lists"),
        "Warehouse": _("Warehouse"),
        "Drive": _("Drive"),
        "Carrier": _("Carrier"),
        "Identity": _("Identity"),
        "People": _("People"),
    }
    mark = getattr(request, "book_mark", None) or book_mark()
    return {
        "book_mark": mark,
        "clock_steps": _clock_steps(request, mark) if mark.is_drill and Duty.ADMIN in reach else (),
        "visitor": actor,
        "nav_places": [
            {"url": reverse(name), "prefix": prefix, "label": labels[label]}
            for name, prefix, label, duties in PLACES
            if reach & duties
        ],
    }


def _clock_steps(request: HttpRequest, mark: BookMarkView) -> tuple[tuple[str, str], ...]:
    """How far the administrator of a drill may set its clock in one click: what the button says, the moment it sets."""
    at = mark.clock_at or getattr(request, "now", None)
    if at is None:  # a page that reads no clock
        return ()
    steps = (
        (_("10 minutes"), timedelta(minutes=10)),
        (_("1 hour"), timedelta(hours=1)),
        (_("6 hours"), timedelta(hours=6)),
        (_("1 day"), timedelta(days=1)),
    )
    return tuple((label, timezone.make_naive(at + step).isoformat()) for label, step in steps)
