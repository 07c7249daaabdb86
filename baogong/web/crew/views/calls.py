"""Calls: opened, linked, closed; who answered, who is on the list, whose pass is applied for and granted."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _
from django.utils.translation import ngettext

from baogong.crew import queries, services
from baogong.crew.queries import CallView
from baogong.crew.services import OFFICE, WRITERS
from baogong.people.queries.access import reach
from baogong.people.queries.parties import NameUnknown, name_index, parties
from baogong.web.crew.views.places import no_such_button, own_place, page_of, works
from baogong.web.offered import next_evening
from baogong.web.pages import (
    PageRequest,
    moment_from,
    number_from,
    page,
    party_from,
    text_from,
    uuid_from,
    uuids_from,
    written,
)

FIELDS = ("place", "title", "people_count", "closes_at", "muster_at", "muster_where", "note", "work", "other_works")
MUSTER_HOUR = 7  # what the form offers, the morning after the list closed


@page(at_a_place=WRITERS, keeps=FIELDS)
def home(request: PageRequest) -> HttpResponse:
    """The calls and the places of the visitor; whose office it is opens another call."""
    if request.method == "POST":
        made = services.open_call(
            place=party_from(request, "place", kinds=["ORGANISATION", "SITE", "TEAM"]),
            title=text_from(request, "title"),
            works=[*request.POST.getlist("work"), *re.split(r"[,，、;；]", written(request, "other_works"))],
            people_count=number_from(request, "people_count", least=1),
            closes_at=moment_from(request, "closes_at"),
            muster_at=moment_from(request, "muster_at"),
            muster_where=text_from(request, "muster_where"),
            note=written(request, "note"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The call is open. Make its link and send it to the group."))
        return redirect("crew:call", call=made)
    own = reach(request.actor, *WRITERS)
    shown = queries.places() if own is None else own
    closes_at = next_evening(request.now)
    context = {
        "closes_at": closes_at,
        "muster_at": (closes_at + timedelta(days=1)).replace(hour=MUSTER_HOUR),
        "calls": queries.calls(places=own, now=request.now),
        "places": parties(ids=shown) if shown else (),
        "works": works(),
        "may_open": request.actor.may_somewhere(*OFFICE),
    }
    return render(request, "crew/home.html", context)


@page(at_a_place=OFFICE)
def call(request: PageRequest, call: UUID) -> HttpResponse:
    """One call: its link, who answered, and each step in one go for those who are ticked."""
    about = queries.call(call, now=request.now)
    place = own_place(request, about.place, *OFFICE)
    link = None
    if request.method == "POST":
        if request.POST.get("act") != "link":
            _act(request, about)
            return redirect("crew:call", call=call)
        link = services.make_call_link(call=call, actor=request.actor, now=request.now)
    found = queries.sign_ups(call, now=request.now)
    context = {
        "call": about,
        "sign_ups": found,
        "link": link,
        "address": request.build_absolute_uri(reverse("crew:join", args=[link.token])) if link else "",
        "applied": [each for each in found if each.pass_state == "APPLIED"],
        "waiting_count": sum(each.state == "SIGNED" for each in found),
        "listed_count": sum(each.state == "LISTED" for each in found),
    }
    return render(request, "crew/call.html", page_of(request, place, "calls", **context))


@page(at_a_place=WRITERS)
def muster(request: PageRequest, call: UUID) -> HttpResponse:
    """Who is on the list, with pass code and what is still missing: a sheet to print for the gate."""
    about = queries.call(call, now=request.now)
    place = own_place(request, about.place)
    context = {"call": about, "sheet": queries.muster_sheet(call, now=request.now)}
    return render(request, "crew/muster.html", page_of(request, place, "calls", **context))


def _act(request: PageRequest, about: CallView) -> None:
    act, chosen = request.POST.get("act", ""), uuids_from(request, "sign_up")
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if act == "close":
        services.close_call(call=about.id, **who)
        messages.success(request, _("The list is closed."))
    elif act == "list":
        count = services.list_up(sign_ups=chosen, **who)
        messages.success(
            request, ngettext("%(count)s person listed.", "%(count)s people listed.", count) % {"count": count}
        )
    elif act == "decline":
        services.decline(sign_ups=chosen, why=text_from(request, "why"), **who)
        messages.success(request, _("They are not on the list, and read why on their own page."))
    elif act == "withdraw":
        services.withdraw_sign_up(sign_up=uuid_from(request, "withdraw"), why=written(request, "why"), **who)
        messages.success(request, _("The sign-up is withdrawn; what was planned for them shows as uncovered."))
    elif act == "apply":
        listed = [each.person for each in queries.sign_ups(about.id, now=request.now) if each.state == "LISTED"]
        made = services.apply_for_pass(place=about.place, persons=listed, call=about.id, **who)
        messages.success(
            request,
            ngettext("%(count)s pass applied for.", "%(count)s passes applied for.", len(made)) % {"count": len(made)},
        )
    elif act in ("grant", "refuse"):
        passes = uuids_from(request, "pass")
        if act == "grant":
            count = services.grant_pass(
                passes=passes, from_at=moment_from(request, "from_at"), until_at=moment_from(request, "until_at"), **who
            )
            told = ngettext("%(count)s pass granted.", "%(count)s passes granted.", count)
        else:
            count = services.refuse_pass(passes=passes, why=text_from(request, "why"), **who)
            told = ngettext("%(count)s pass refused.", "%(count)s passes refused.", count)
        messages.success(request, told % {"count": count})
    elif act == "add":
        services.sign_up(
            call=about.id,
            name=text_from(request, "name"),
            phone=text_from(request, "phone"),
            employer=party_from(request, "employer", kinds=["ORGANISATION"]) if written(request, "employer") else None,
            home=written(request, "home"),
            request_id=uuid_from(request, "request_id"),
            **who,
        )
        messages.success(request, _("Signed up."))
    elif act == "roster":
        persons = _of_roster(text_from(request, "roster"))
        count = services.list_all(call=about.id, persons=persons, request_id=uuid_from(request, "request_id"), **who)
        messages.success(
            request, ngettext("%(count)s person listed.", "%(count)s people listed.", count) % {"count": count}
        )
    else:
        raise no_such_button(act)


def _of_roster(text: str) -> list[UUID]:
    """Who is meant by a column of names; raises NameUnknown, telling every name the register does not surely know."""
    index = name_index(kinds=["PERSON"])
    found, unknown = [], []
    for line in filter(None, (line.strip() for line in text.splitlines())):
        entry = index.resolve(line).entry
        if entry is None:
            unknown.append(line)
        else:
            found.append(UUID(entry.key))
    if unknown:
        shown = "、".join(unknown[:10])
        raise NameUnknown(
            _("The register does not surely know %(count)s of these names: %(names)s. Nothing was written.")
            % {"count": len(unknown), "names": shown},
            where="roster",
            found=shown,
            expected=_("names of the register, one a line"),
            cure=_("Bring the people in as a list first, or correct the names."),
        )
    return found
