"""Roll call on a phone: present, absent or excused for each; who is absent leads to a stand-in."""

from __future__ import annotations

from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baogong.crew import queries, services
from baogong.crew.services import WRITERS
from baogong.web.crew.views.places import own_place, page_of
from baogong.web.pages import PageRequest, page, uuid_from, uuid_in, uuid_or_none

BEGINS = "answer_"


@page(at_a_place=WRITERS)
def roll(request: PageRequest, place: UUID) -> HttpResponse:
    """Everybody expected now, or at a call's muster; earlier calls of the roll below."""
    here = own_place(request, place)
    call = uuid_or_none(request, "call")
    if request.method == "POST":
        answers = {
            uuid_in(field.removeprefix(BEGINS), "person"): str(answer)
            for field, answer in request.POST.items()
            if field.startswith(BEGINS)
        }
        services.call_roll(
            place=place,
            call=call,
            answers=answers,
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        absent_count = sum(answer == "ABSENT" for answer in answers.values())
        if absent_count:
            told = ngettext(
                "The roll is called; %(counter)s is not accounted for. The tower raises an alert until they are found.",
                "The roll is called; %(counter)s are not accounted for. The tower raises an alert until they are found.",
                absent_count,
            )
            messages.warning(request, told % {"counter": absent_count})
        else:
            messages.success(request, _("The roll is called; everybody is accounted for."))
        return redirect("crew:roll", place=place)
    past = queries.roll_calls(place, limit=5)
    absent = {person for person, _name, answer in past[0].answers if answer != "PRESENT"} if past else set()
    context = {
        "call": call,
        "expected": queries.expected(place, request.now, call=call),
        "past": past,
        "missing": [view for view in queries.running(place, request.now) if view.person in absent] if absent else [],
    }
    return render(request, "crew/roll.html", page_of(request, here, "roll", **context))
