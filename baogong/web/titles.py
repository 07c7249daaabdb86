"""
Titles of papers in the visitor's language.

A paper is titled once, when it is drawn up, by the room that draws it; what a person wrote as a reason stays as it was
written. The titles that the house itself makes are told here in both languages, their moments on the house's clock.
"""

from __future__ import annotations

import re
from datetime import UTC, datetime

from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.web.names import called_within
from baogong.web.words import word

_MOMENT = r"\d{4}-\d\d-\d\d \d\d:\d\d"  # in UTC
_YUAN = r"-?[\d,]+(?:\.\d+)?"


def title_in_words(title: str) -> str:
    """The title as the house says it now; of one that a person wrote, only the names are those the reader knows."""
    for pattern, told in _told():
        if found := pattern.fullmatch(title):
            return called_within(told % {name: _shown(name, text) for name, text in found.groupdict().items()})
    return called_within(title)


def _shown(name: str, text: str) -> str:
    if name == "moment":
        moment = datetime.strptime(text, "%Y-%m-%d %H:%M").replace(tzinfo=UTC)
        return timezone.localtime(moment).strftime("%Y-%m-%d %H:%M")
    return word(text, "kind-of-plan") if name == "plan" else text


def _told() -> tuple[tuple[re.Pattern[str], str], ...]:
    """(how the room writes it, how it is told); looked up in the visitor's language at each call."""
    return (
        (_of(rf"(?P<plan>[A-Z]+) (?P<moment>{_MOMENT})"), _("%(plan)s of %(moment)s")),
        (_of(rf"Count (?P<moment>{_MOMENT})"), _("Count of %(moment)s")),
        (_of(r"(?P<lines>\d+) line\(s\) offered"), _("Lines offered: %(lines)s")),
        (_of(r"(?P<lines>\d+) line\(s\) to be carried"), _("Lines to be carried: %(lines)s")),
        (_of(rf"(?P<lines>\d+) line\(s\), (?P<yuan>{_YUAN}) yuan"), _("Lines ordered: %(lines)s, for %(yuan)s yuan")),
        (_of(rf"(?P<yuan>{_YUAN}) yuan"), _("%(yuan)s yuan")),
        (_of(rf"(?P<what>.+): (?P<yuan>{_YUAN}) yuan came"), _("%(what)s: %(yuan)s yuan came")),
        (_of(rf"(?P<what>.+): (?P<yuan>{_YUAN}) yuan back"), _("%(what)s: %(yuan)s yuan back")),
        (
            _of(rf"(?P<what>.+): (?P<yuan>{_YUAN}) yuan for another use"),
            _("%(what)s: %(yuan)s yuan for another use"),
        ),
        (
            _of(rf"(?P<what>.+): bill (?P<bill>.+), (?P<yuan>{_YUAN}) yuan"),
            _("%(what)s: bill %(bill)s, %(yuan)s yuan"),
        ),
        (
            _of(rf"(?P<what>.+): (?P<yuan>{_YUAN}) yuan for bill (?P<bill>.+)"),
            _("%(what)s: %(yuan)s yuan for bill %(bill)s"),
        ),
        (_of(r"(?P<what>.+) called off"), _("%(what)s called off")),
        (_of(r"(?P<what>.+) called off in part"), _("%(what)s called off in part")),
        (_of(r"(?P<what>.+) received"), _("%(what)s received")),
        (_of(r"(?P<what>.+): not packed"), _("%(what)s: not packed")),
        (_of(r"Acceptance of (?P<what>.+)"), _("Acceptance of %(what)s")),
        (_of(r"Answer to (?P<what>.+)"), _("Answer to %(what)s")),
        (_of(r"Offer of a supplier"), _("Offer of a supplier")),
        (_of(r"Thank-you note"), _("Thank-you note")),
        (_of(r"Paid orders shipped: (?P<count>\d+)"), _("Paid orders shipped: %(count)s")),
        (_of(r"Packs weighed: (?P<what>.+)"), _("Packs weighed: %(what)s")),
        (_of(r"Truck weighed: (?P<what>.+)"), _("Truck weighed: %(what)s")),
        (_of(r"Weights compared: (?P<what>.+)"), _("Weights compared: %(what)s")),
        (_of(r"Taken in to be lent: (?P<count>.+)"), _("Taken in to be lent: %(count)s")),
        (_of(r"Lent: (?P<count>[\d,]+), (?P<what>.+)"), _("Lent: %(count)s, %(what)s")),
        (_of(r"Came back from loan: (?P<count>.+)"), _("Came back from loan: %(count)s")),
        (_of(r"Lost on loan: (?P<count>.+)"), _("Lost on loan: %(count)s")),
        (_of(r"Sent back to the lender: (?P<count>.+)"), _("Sent back to the lender: %(count)s")),
        (_of(r"运单 (?P<what>.+)"), _("Waybill of %(what)s")),
        (_of(r"收货单 (?P<what>.+)"), _("Receipt of %(what)s")),
        (_of(r"损失单 (?P<what>.+)"), _("Loss on %(what)s")),
        (_of(r"破损单 (?P<what>.+)"), _("Damage on %(what)s")),
        (_of(r"到达更正 (?P<what>.+)"), _("Correction of an arrival, %(what)s")),
        (_of(r"途中损失单 (?P<what>.+)"), _("Loss on the road, %(what)s")),
        (_of(r"包裹遗失单 (?P<what>.+)"), _("Parcels lost, %(what)s")),
        (_of(r"包裹找回单 (?P<what>.+)"), _("Lost parcels found again, %(what)s")),
        (_of(r"退回 (?P<what>.+)"), _("Return of %(what)s")),
        (_of(r"多出 (?P<what>.+)"), _("More than on %(what)s")),
        (_of(r"通行证 (?P<what>.+)"), _("Pass for %(what)s")),
    )


def _of(pattern: str) -> re.Pattern[str]:
    return re.compile(pattern)  # the interpreter keeps them
