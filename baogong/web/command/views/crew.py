"""Volunteers as the office sees them: who is on duty, hours summed by person and party, a table to take away."""

from __future__ import annotations

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.crew import queries
from baogong.kernel.actor import Duty
from baogong.web.command.views.group import OFFICE
from baogong.web.crew.hours import correct, days_of
from baogong.web.downloads import csv_download
from baogong.web.pages import PageRequest, page

SHOWN = 300


@page(*OFFICE)
def volunteers(request: PageRequest) -> HttpResponse:
    """Shifts and sums of the days asked about; put one right, which a second person signs."""
    if request.method == "POST":
        correct(request)
        messages.success(request, _("The correction is drawn up; it holds once a second person has signed it."))
        return redirect("command:volunteers")
    since, until, asked = days_of(request)
    shifts = queries.shifts(since=since, until=until)
    sums = queries.hours(shifts, since=since, until=until)
    context = {
        **asked,
        "shifts": shifts[:SHOWN],
        "sums": sums,
        "people_count": len({each.person for each in sums}),
        "shifts_count": sum(each.shifts for each in sums),
        "minutes": sum(each.minutes for each in sums),
        "may_correct": request.actor.may_any(Duty.COMMAND, Duty.CLERK),
    }
    return render(request, "command/volunteers.html", context)


@page(*OFFICE)
def volunteer_hours(request: PageRequest) -> HttpResponse:
    """Hours by person and party as a table to take away."""
    since, until, _asked = days_of(request)
    sums = queries.hours(queries.shifts(since=since, until=until), since=since, until=until)
    rows = [(each.person_name, each.party_name, each.shifts, each.minutes) for each in sums]
    return csv_download("hours", [_("Volunteer"), _("Of which team"), _("Shifts"), _("Minutes")], rows)
