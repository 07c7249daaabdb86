"""The gate: a code or a name, then a large yes or no with the reasons; and who is inside."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.crew import queries, services
from baogong.crew.services import WRITERS
from baogong.journal.clock import house_midnight
from baogong.kernel.ids import derived_id
from baogong.people.queries.parties import party_names
from baogong.web.crew.views.places import no_such_button, own_place, page_of, tenths_from
from baogong.web.pages import PageRequest, page, text_from, uuid_from, uuid_or_none, written

SHOWN = 12


@page(at_a_place=WRITERS)
def gate(request: PageRequest, place: UUID) -> HttpResponse:
    """Let somebody in, or not; let somebody out."""
    here = own_place(request, place)
    if request.method == "POST":
        return _act(request, place)
    seen_id = uuid_or_none(request, "seen")
    seen = queries.entry(seen_id) if seen_id else None
    if seen is not None and seen.place != place:
        seen = None
    inside = queries.here(place, request.now)
    several = [UUID(each) for each in request.GET.getlist("one_of") if _is_uuid(each)]
    names = party_names(several) if several else {}
    context = {
        "seen": seen,
        "lacks_temperature": seen is not None and "TEMPERATURE_MISSING" in seen.reasons,
        "entries": queries.entries(place, limit=SHOWN),
        "inside": sorted((name, person, since) for person, (name, since) in inside.items()),
        "untaken": _untaken(place, request.now),
        "several": [(person, name) for person, (name, _en) in names.items() if person in several],
    }
    return render(request, "crew/gate.html", page_of(request, here, "gate", **context))


def _untaken(place: UUID, now: datetime) -> list[tuple[UUID, str]]:
    """Who is inside today without a temperature of today; nobody, where the place does not ask for one."""
    if queries.rule_of(place, now).rule.temperature_max_tenths is None:
        return []
    return [(person, name) for _day, person, name in queries.untaken(place, since=house_midnight(now), until=now)]


def _act(request: PageRequest, place: UUID) -> HttpResponse:
    act, request_id = request.POST.get("act", ""), uuid_from(request, "request_id")
    if act == "out":
        services.let_out(
            place=place,
            person=uuid_from(request, "person"),
            actor=request.actor,
            now=request.now,
            request_id=request_id,
        )
        messages.success(request, _("Let out."))
        return redirect("crew:gate", place=place)
    if act != "in":
        raise no_such_button(act)
    person, told = uuid_or_none(request, "person"), request.POST.get("told", "")
    if person is None:
        found = queries.who_is(place, text_from(request, "told"))
        if len(found) > 1:
            response = redirect("crew:gate", place=place)
            response["Location"] += "?" + "&".join(f"one_of={each}" for each in found)
            return response
        person = found[0] if found else None
    who: dict[str, Any] = {"place": place, "actor": request.actor, "now": request.now}
    if person is not None and written(request, "degrees"):
        services.take_temperature(
            person=person, tenths=tenths_from(request), request_id=derived_id(request_id, "temperature"), **who
        )
    made = services.let_in(person=person, told=told, request_id=request_id, **who)
    response = redirect("crew:gate", place=place)
    response["Location"] += f"?seen={made}"
    return response


def _is_uuid(text: str) -> bool:
    try:
        UUID(text)
    except ValueError:
        return False
    return True
