"""One person of a place: employer, home, passes; tests, temperatures and telephone, each reading of which is kept."""

from __future__ import annotations

from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.crew import queries, services
from baogong.crew.services import WRITERS
from baogong.people.queries.parties import party
from baogong.web.crew.views.places import no_such_button, own_place, page_of, tenths_from
from baogong.web.pages import (
    PageRequest,
    moment_from,
    page,
    party_from,
    text_from,
    uuid_from,
    written,
)

WHY = "page of a crew member"


@page(at_a_place=WRITERS)
def person(request: PageRequest, place: UUID, person: UUID) -> HttpResponse:
    """Record a test or a temperature; change employer and home; revoke the pass."""
    here = own_place(request, place)
    phone = None
    who: dict[str, Any] = {"person": person, "place": place, "actor": request.actor, "now": request.now}
    if request.method == "POST":
        if request.POST.get("act") != "phone":
            _act(request, place, person)
            return redirect("crew:person", place=place, person=person)
        phone = services.read_phone(**who, why=text_from(request, "why"))
    context = {
        "personal": services.read_tests(**who, why=WHY),
        "person": party(person),
        "member": queries.members([person]).get(person),
        "phone": phone,
        "passes": queries.passes(person=person, place=place),
        "now_typed": f"{timezone.localtime(request.now):%Y-%m-%dT%H:%M}",
    }
    return render(request, "crew/person.html", page_of(request, here, "tonight", **context))


def _act(request: PageRequest, place: UUID, person: UUID) -> None:
    act = request.POST.get("act", "")
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if act == "test":
        services.record_test(
            person=person,
            place=place,
            kind=text_from(request, "kind"),
            result=text_from(request, "result"),
            sampled_at=moment_from(request, "sampled_at"),
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        messages.success(request, _("The test is written down."))
    elif act == "temperature":
        services.take_temperature(
            person=person,
            place=place,
            tenths=tenths_from(request),
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        messages.success(request, _("The temperature is written down."))
    elif act == "void":
        services.void_test(test=uuid_from(request, "test"), why=text_from(request, "why"), **who)
        messages.success(request, _("The test is taken back; it stays to be seen."))
    elif act == "member":
        services.set_member(
            person=person,
            employer=party_from(request, "employer", kinds=["ORGANISATION"]) if written(request, "employer") else None,
            home=written(request, "home"),
            place=place,
            **who,
        )
        messages.success(request, _("Written down."))
    elif act == "revoke":
        services.revoke_pass(pass_id=uuid_from(request, "pass"), why=text_from(request, "why"), **who)
        messages.success(request, _("The pass is revoked."))
    else:
        raise no_such_button(act)
