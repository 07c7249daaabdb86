"""Volunteers at one site: sign on, sign off, put a shift right."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.crew import queries, services
from baogong.kernel.actor import Duty
from baogong.people.queries.parties import organisations
from baogong.web.crew.hours import correct
from baogong.web.keeper.views.board import own_site
from baogong.web.pages import PageRequest, UnusableForm, moment_from, page, party_from, text_from, uuid_from

SHOWN = 60


@page(at_a_place=(Duty.KEEPER,))
def volunteers(request: PageRequest, site: UUID) -> HttpResponse:
    """Who is on duty here; sign one on, sign one off."""
    here = own_site(request, site)
    if request.method == "POST":
        _act(request, site)
        return redirect("keeper:volunteers", site=site)
    shifts = queries.shifts(places=[site], limit=SHOWN)
    context = {
        "site": here,
        "on_duty": [view for view in shifts if view.end_at is None and not view.is_void],
        "shifts": [view for view in shifts if view.end_at is not None],
        "organisations": organisations(),
        "may_correct": True,
    }
    return render(request, "keeper/volunteers.html", context)


def _act(request: PageRequest, site: UUID) -> None:
    act = request.POST.get("act", "")
    if act == "on":
        services.sign_on(
            person=party_from(request, "person", kinds=["PERSON"]),
            place=site,
            party=party_from(request, "party") if request.POST.get("party", "").strip() else None,
            work=text_from(request, "work"),
            start_at=moment_from(request, "start_at") if request.POST.get("start_at") else None,
            end_at=moment_from(request, "end_at") if request.POST.get("end_at") else None,
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Signed on."))
    elif act == "off":
        end_at = moment_from(request, "end_at") if request.POST.get("end_at") else None
        services.sign_off(shift=uuid_from(request, "shift"), end_at=end_at, actor=request.actor, now=request.now)
        messages.success(request, _("Signed off."))
    elif act == "correct":
        correct(request)
        messages.success(request, _("The correction is drawn up; it holds once a second person has signed it."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
