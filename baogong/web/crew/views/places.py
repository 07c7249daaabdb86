"""Which place a page of the crew is about, and what every one of its pages shows."""

from __future__ import annotations

from collections.abc import Iterable
from typing import Any
from uuid import UUID

from django.utils.translation import gettext as _

from baogong.crew.services import OFFICE, WORKS, WRITERS
from baogong.kernel.actor import Duty
from baogong.people.queries.parties import PartyView, parties
from baogong.web.pages import SHOWN_MAX, PageRequest, UnusableForm, decimal_in, text_from, written
from baogong.web.words import word


def own_place(request: PageRequest, place: UUID, *duties: Duty) -> PartyView:
    """Raises NotYourPlace before anything is read of a place that is another's."""
    request.actor.require(*(duties or WRITERS), at=place)
    (found,) = parties(ids=[place]) or (None,)
    if found is None:
        raise UnusableForm(
            _("There is no such place."), where="place", found=str(place), cure=_("Choose one from the list.")
        )
    return found


def page_of(request: PageRequest, place: PartyView, tab: str, **more: Any) -> dict[str, Any]:
    """The context of a page of the place."""
    is_office = request.actor.may_any(*OFFICE, at=place.id)
    return {"place": place, "tab": tab, "is_office": is_office, "now": request.now, **more}


def works(known: Iterable[str] = ()) -> list[tuple[str, str]]:
    """(code, as it is told) to choose from; those in use besides the four."""
    codes = dict.fromkeys([*WORKS, *sorted(known)])
    return [(code, word(code, "work")) for code in codes]


def tenths_from(request: PageRequest) -> int:
    """Tenths of a degree out of the field "degrees". Raises UnusableForm."""
    degrees = decimal_in(text_from(request, "degrees"), "degrees")
    if degrees is None:
        found = written(request, "degrees")[:SHOWN_MAX]
        raise UnusableForm(
            _("“%s” is no temperature. Nothing was written.") % found,
            where="degrees",
            found=found,
            expected="36.5",
            cure=_("Write it as 36.5."),
        )
    return round(degrees * 10)


def no_such_button(act: str) -> UnusableForm:
    return UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
