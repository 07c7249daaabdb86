"""A household's private link to its parcels: made for one door, printed with its picture, ended again."""

from __future__ import annotations

import secrets
from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.http import urlencode
from django.utils.translation import gettext as _

from baogong.delivery import queries as delivery
from baogong.delivery.queries import ParcelView
from baogong.delivery.services import residents
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound
from baogong.people.queries.access import links_to
from baogong.places import queries as places
from baogong.web.pages import PageRequest, UnusableForm, number_from, page, private, sentence, written

MAKERS = (Duty.COMMAND, Duty.CLERK)
DAYS_MAX = 30


@page(at_a_place=MAKERS)
def household_link(request: PageRequest, community: UUID) -> HttpResponse:
    """By a parcel's code the household it is for; its links, and a new one that is shown this once."""
    request.actor.require(*MAKERS, at=community)
    code = written(request, "code")[:60]
    unfound: NotFound | None = None
    try:
        found = _of(community, code) if code else None
    except NotFound as refusal:
        if request.method == "POST":
            raise
        found, unfound = None, refusal
    context: dict[str, Any] = {
        "community": places.community_plan(community, request.now, with_doors=False),
        "code": code,
        "found": found,
        "unfound": sentence(unfound) if unfound else "",
        "days": residents.OPEN_FOR.days,
        "days_max": DAYS_MAX,
    }
    if found is not None and request.method == "POST":
        subject = found.door or found.id
        if request.POST.get("act") == "end":
            ended = residents.end_parcels_links(subject=subject, actor=request.actor, now=request.now)
            messages.success(request, _("The household's links open nothing any more: %s.") % ended)
            return redirect(f"{request.path}?{urlencode({'code': code})}")
        if request.POST.get("act") != "make":
            raise UnusableForm(
                _("This page has no such button."),
                where="act",
                found=request.POST.get("act"),
                cure=_("Reload the page."),
            )
        context |= _make(request, subject)
    if found is not None:
        rows = links_to(found.door or found.id, now=request.now)
        context["links"] = [each for each in rows if each.purpose == residents.LINK]
    return private(render(request, "command/household_link.html", context, status=404 if unfound else 200))


def _of(community: UUID, code: str) -> ParcelView:
    """Raises NotFound for another community's parcel: whoever is of this one learns nothing of it."""
    found = delivery.parcel(code)
    if found.community != community:
        raise NotFound("Nothing of this code has come for this community.", cure="Compare it with the label.")
    return found


def _make(request: PageRequest, subject: UUID) -> dict[str, Any]:
    """The address and the code that goes with it: nowhere kept, so shown on this answer only."""
    days = number_from(request, "days", least=1, default=residents.OPEN_FOR.days, most=DAYS_MAX)
    secret = f"{secrets.randbelow(1_000_000):06d}"
    token = residents.make_parcels_link(
        subject=subject, code=secret, open_for=timedelta(days=days), actor=request.actor, now=request.now
    )
    address = request.build_absolute_uri(reverse("resident:parcels", args=[token]))
    return {"address": address, "secret": secret, "expires_at": request.now + timedelta(days=days)}
