"""The administrator ends a city: what still needs its people, what will be lost, and the one button that erases them."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.journal.queries import events
from baogong.kernel.actor import Duty
from baogong.release import queries, services
from baogong.web.pages import PageRequest, UnusableForm, page, private, written


@page(Duty.ADMIN)
def cities(request: PageRequest) -> HttpResponse:
    """Every city that has had a release, a list of people or a verified address."""
    return private(render(request, "release/cities.html", {"cities": queries.cities()}))


@page(Duty.ADMIN)
def ending(request: PageRequest, office: UUID) -> HttpResponse:
    """One city. The form asks for a tick; what blocks it is asked once more when it is sent."""
    if request.method == "POST":
        if written(request, "is_sure") != "1":
            raise UnusableForm(
                _("Nothing was erased: the box beside the button was not ticked."),
                where="is_sure",
                cure=_("Tick it if nobody needs them any more."),
            )
        count = services.forget_people(office=office, actor=request.actor, now=request.now)
        messages.success(
            request, _("Erased: %(n)s numbers, names, telephones and addresses, in every copy.") % {"n": count}
        )
        return redirect("release:ending", office=office)
    view = queries.ending(office)
    ended = None
    if view.can_end and not view.holds_somebody:
        ended = next(iter(events(kinds=["release.people.forgotten"], subject=office, limit=1)), None)
    return private(render(request, "release/ending.html", {"view": view, "ended": ended}))
