"""What scales said, and what is lent: everywhere, as the office sees it; a delivery held against its packs."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.kernel.actor import Duty
from baogong.supply import queries
from baogong.web.command.views.group import OFFICE
from baogong.web.pages import PageRequest, page
from baogong.web.scales import CAUSES, hold_against


@page(*OFFICE)
def weighing(request: PageRequest) -> HttpResponse:
    """Every weighing and every statement; hold trucks against packs."""
    if request.method == "POST":
        request.actor.require(Duty.COMMAND)
        hold_against(request)
        messages.success(request, _("The delivery is held against its packs."))
        return redirect("command:weighing")
    weighings = queries.weighings()
    may_compare = request.actor.may(Duty.COMMAND)
    context = {
        "weighings": weighings,
        "trucks": [view for view in weighings if view.what == "TRUCK"],
        "statements": queries.statements(),
        "kits": queries.kits() if may_compare else (),
        "causes": CAUSES,
        "may_compare": may_compare,
    }
    return render(request, "command/weighing.html", context)


@page(*OFFICE)
def loans(request: PageRequest) -> HttpResponse:
    """Things with serial numbers: where each is, what is overdue."""
    units = queries.units()
    context = {
        "late": sorted((view for view in units if view.is_overdue(request.now)), key=lambda view: view.serial),
        "loans": queries.loans(),
        "units": units,
        "now": request.now,
    }
    return render(request, "command/loans.html", context)


@page(*OFFICE)
def loan_unit(request: PageRequest, unit: UUID) -> HttpResponse:
    """Every hand one thing passed."""
    context = {"unit": queries.unit(unit), "acts": queries.unit_acts(unit), "now": request.now}
    return render(request, "command/loan_unit.html", context)
