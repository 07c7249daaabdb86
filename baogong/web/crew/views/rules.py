"""What a place asks of whoever works there, in dated versions, and the firms whose people may."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.crew import queries, services
from baogong.crew.services import OFFICE
from baogong.web.crew.views.places import no_such_button, own_place, page_of
from baogong.web.pages import (
    PageRequest,
    decimal_in,
    moment_from,
    number_from,
    page,
    party_from,
    text_from,
    uuid_from,
    written,
)


@page(at_a_place=OFFICE)
def rules(request: PageRequest, place: UUID) -> HttpResponse:
    """The rule that counts now, a form for the next version, earlier ones, and the list of firms."""
    here = own_place(request, place, *OFFICE)
    if request.method == "POST":
        _act(request, place)
        return redirect("crew:rules", place=place)
    context = {
        "current": queries.rule_of(place, request.now),
        "versions": queries.rule_versions(place),
        "firms": queries.firms_listed(place, request.now),
    }
    return render(request, "crew/rules.html", page_of(request, here, "rules", **context))


def _act(request: PageRequest, place: UUID) -> None:
    act = request.POST.get("act", "")
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if act == "rule":
        degrees = decimal_in(written(request, "degrees"), "degrees") if written(request, "degrees") else None
        services.set_entry_rule(
            place=place,
            from_at=moment_from(request, "from_at"),
            needs_pass=request.POST.get("needs_pass") == "1",
            needs_firm_listed=request.POST.get("needs_firm_listed") == "1",
            pcr_hours=number_from(request, "pcr_hours", least=1) if written(request, "pcr_hours") else None,
            antigen_hours=number_from(request, "antigen_hours", least=1) if written(request, "antigen_hours") else None,
            temperature_max_tenths=None if degrees is None else int(degrees * 10),
            temperature_same_day=request.POST.get("temperature_same_day") == "1",
            source=text_from(request, "source"),
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        messages.success(request, _("The rule counts from that moment on."))
    elif act == "firm":
        services.list_firm(
            firm=party_from(request, "firm", kinds=["ORGANISATION"]),
            place=place,
            from_at=request.now,
            source=written(request, "source"),
            **who,
        )
        messages.success(request, _("The firm is on the list."))
    elif act == "unlist":
        services.unlist_firm(listing=uuid_from(request, "listing"), **who)
        messages.success(request, _("The firm is off the list."))
    else:
        raise no_such_button(act)
