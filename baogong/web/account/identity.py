"""
The desk for identity documents: register one, find it by its last four with a reason, erase it.

Everything that was typed travels in the body of a form, never in an address, and is shown by no message: a refusal
says what is wrong and does not repeat it. What is found stands in the answer alone, which nobody keeps.
"""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _
from django.utils.translation import ngettext
from django.views.decorators.debug import sensitive_post_parameters

from baogong.kernel.actor import Duty
from baogong.kernel.clock import SystemClock
from baogong.kernel.errors import BaogongError
from baogong.people.queries import desk as reading
from baogong.people.services import desk, identity
from baogong.release import queries
from baogong.web.pages import STATUS, PageRequest, page, private, sentence, text_from, uuid_from


@sensitive_post_parameters()
@page(*identity.READERS)
def documents(request: PageRequest) -> HttpResponse:
    """One page; each form does one thing. It reads persons of every place, so a duty at one place does not open it."""
    if request.method != "POST":
        return _desk(request, {})
    act = request.POST.get("act", "")
    try:
        if act == "look_up":
            return _desk(request, _look_up(request))
        if act == "show":
            return _desk(request, _show(request))
        _change(request, act)
    except BaogongError as refusal:
        messages.error(request, sentence(refusal))
        typed = {name: request.POST.get(name, "") for name in ("person", "purpose", "why")}
        return _desk(request, {"typed": typed, "act": act}, status=STATUS[refusal.kind])
    return redirect("account:identity")


def _look_up(request: PageRequest) -> dict[str, Any]:
    why, purpose = text_from(request, "why"), text_from(request, "purpose")
    found = desk.look_up(
        last_four=request.POST.get("last_four", ""),
        purpose=purpose,
        why=why,
        actor=request.actor,
        now=request.now,
        paced_at=SystemClock().now(),
    )
    return {"found": found, "why": why, "purpose": purpose}


def _show(request: PageRequest) -> dict[str, Any]:
    number = desk.show_document(
        datum=uuid_from(request, "datum"),
        why=request.POST.get("why", ""),
        actor=request.actor,
        now=request.now,
        paced_at=SystemClock().now(),
    )
    return {"number": number}


def _change(request: PageRequest, act: str) -> None:
    actor, now = request.actor, request.now
    if act == "keep":
        desk.register_document(
            name=text_from(request, "person"),
            number=request.POST.get("number", ""),
            is_resident_card=request.POST.get("kind") == "RESIDENT",
            purpose=text_from(request, "purpose"),
            replaces=request.POST.get("replaces") == "1",
            actor=actor,
            now=now,
        )
        messages.success(request, _("Kept, enciphered. It can be found by its last four characters, with a reason."))
    elif act == "erase":
        identity.erase(datum=uuid_from(request, "datum"), actor=actor, now=now)
        messages.success(request, _("Erased. That it was here, and who looked at it, stays."))
    elif act == "end":
        count = identity.erase_purpose(purpose=text_from(request, "purpose"), actor=actor, now=now)
        text = ngettext(
            "The purpose has ended: its key is gone, and with it %(count)s entry in every copy.",
            "The purpose has ended: its key is gone, and with it %(count)s entries in every copy.",
            count,
        )
        messages.success(request, text % {"count": count})


@dataclass(frozen=True, slots=True)
class Purpose:
    """
    What documents are kept for. `title`: as people call it, "" where `name` is what they called it themselves.

    room, office  whose own it is: it ends on that room's own page for this office; None: nobody's any more
    """

    name: str
    title_zh: str
    title_en: str
    city: str
    room: str
    office: UUID | None
    count: int
    erased_at: datetime | None


def _named(view: reading.PurposeView) -> Purpose:
    room = identity.room_of_purpose(view.name)
    city = queries.city_of_purpose(view.name) if room == "release" and view.erased_at is None else None
    names = (city.name, city.name_en, city.city) if city is not None else ("", "", "")
    return Purpose(view.name, *names, room, city.id if city is not None else None, view.count, view.erased_at)


def _desk(request: PageRequest, more: dict[str, Any], *, status: int = 200) -> HttpResponse:
    known = [_named(purpose) for purpose in reading.purposes()]
    is_administrator = request.actor.may(Duty.ADMIN)
    context = {
        "purposes": [one for one in known if one.erased_at is None],
        "own": [one for one in known if one.erased_at is None and not one.room],
        "of_cities": [one for one in known if one.erased_at is None and one.room],
        "ended": [one for one in known if one.erased_at is not None],
        "may_register": request.actor.may_somewhere(*desk.REGISTRARS),
        "is_administrator": is_administrator,
        "reads": reading.reads() if is_administrator else (),
        "looks_max": desk.LOOK_UPS_MAX,
        "window_min": desk.WINDOW_S // 60,
    }
    return private(render(request, "account/identity.html", context | more, status=status))
