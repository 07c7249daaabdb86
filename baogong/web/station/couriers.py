"""Who is out: rounds to load, how far each is, telephones to set up and to withdraw."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.urls import reverse
from django.utils.translation import gettext as _

from baogong.delivery import queries as delivery
from baogong.delivery.services import devices, pairings, stations
from baogong.delivery.services.pairings import OPEN_FOR
from baogong.kernel.windows import Window
from baogong.people.queries.parties import party_names
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    moment_from,
    page,
    party_from,
    private,
    show,
    uuid_from,
    written,
)
from baogong.web.station.board import KEEPERS, SHOWN_ROUNDS, by_urgency, own_station
from baogong.web.station.goods import scans_in, tell

DAY = timedelta(hours=24)
SHIFT = timedelta(hours=12)


@page(at_a_place=KEEPERS, keeps=("person", "from_at", "until_at"))
def couriers(request: PageRequest, station: UUID) -> HttpResponse:
    """Rounds with their couriers and telephones. A code that sets one up is shown once, on the answer to the form."""
    here = own_station(request, station)
    code, whose = "", ""
    if request.method == "POST":
        code, whose = _act(request, station)
        if not code:
            return redirect("station:couriers", station=station)
    window = Window(request.now - DAY / 2, request.now + DAY)
    open_rounds, done_rounds = by_urgency(delivery.rounds(station=station, window=window, states=SHOWN_ROUNDS))
    context = {
        "station": here,
        "open_rounds": open_rounds,
        "done_rounds": done_rounds,
        "bags": delivery.left_in_bags(station, now=request.now),
        "devices": delivery.devices(station, now=request.now, since=request.now - DAY),
        "from_at": request.now,
        "until_at": request.now + SHIFT,
        "code": code,
        "whose": whose,
        "address": request.build_absolute_uri(reverse("courier:home")) + (f"#/pair/{code}" if code else ""),
        "open_min": OPEN_FOR.seconds // 60,
        "is_secure": request.is_secure(),
        "now": request.now,
    }
    return private(show(request, "station/couriers.html", context))


def _act(request: PageRequest, station: UUID) -> tuple[str, str]:
    """A code for a telephone and whose it is, where one was asked for."""
    act = written(request, "act")
    if act == "pair":
        person = (
            uuid_from(request, "courier")
            if written(request, "courier")
            else party_from(request, "person", kinds=["PERSON"])
        )
        code = pairings.offer_pairing(
            person=person,
            station=station,
            from_at=moment_from(request, "from_at"),
            until_at=moment_from(request, "until_at"),
            actor=request.actor,
            now=request.now,
        )
        return code, party_names([person])[person][0]
    if act == "retire":
        devices.withdraw_device(
            device=uuid_from(request, "device"), actor=request.actor, now=request.now, still_tells=True
        )
        messages.success(request, _("The telephone shows nothing any more; what was done on it still comes in."))
    elif act == "withdraw":
        devices.withdraw_device(device=uuid_from(request, "device"), actor=request.actor, now=request.now)
        messages.success(request, _("The telephone opens nothing any more."))
    elif act == "load":
        done = stations.load_round(
            round=uuid_from(request, "round"),
            left=scans_in(written(request, "left")),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        tell(request, done, _("Given to the courier: %(n)s (%(codes)s)"))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
    return "", ""
