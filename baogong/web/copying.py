"""What is copied into a chat group; a list that has nobody in it yet says so, and has no button."""

from __future__ import annotations

import re

from django.utils.functional import Promise
from django.utils.translation import gettext_lazy as _

_ROW = re.compile(r"^\d+\. ", re.MULTILINE)
# By the name of the list; a menu has no rows, and is always worth copying.
NOTHING: dict[str, Promise] = {
    "orders": _("Nobody stands on this list yet: it is there once the basket is ordered from the supplier."),
    "total": _("There is no total yet: it is there once the basket is ordered from the supplier."),
    "answers": _("Nobody is to be answered yet: nothing is short."),
    "cuts": _("Nobody gets fewer than were asked for."),
    "queue": _("No line waits for a word of its household."),
    "baskets": _("No basket of this day is ordered yet, so there is nothing to copy."),
    "offices": _("No basket of this day is ordered yet, so there is nothing to copy."),
    "suppliers": _("No basket of this day is ordered yet, so there is nothing to copy."),
    "trucks": _("No truck of this day has anything to bring yet, so there is nothing to copy."),
    "stations": _("No movable station stands anywhere yet, so there is nothing to copy."),
    "lessons": _("No lesson is announced yet, so there is nothing to copy."),
    "attendance": _("No shop is on this list yet, so there is nothing to copy."),
    "approved": _("No shop is recommended yet, so there is nothing to copy."),
    "station": _("Nothing is on this list yet, so there is nothing to copy."),
}


def to_copy(text: str, what: str) -> dict[str, object]:
    """For `orders/copy.html`: the message, and what is said instead of it while it has no line."""
    return {"text": text, "nothing": "" if _ROW.search(text) else NOTHING.get(what, "")}
