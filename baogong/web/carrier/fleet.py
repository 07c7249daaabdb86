"""A logged-in dispatcher's pages: what was asked, trucks to name, delays to tell, vehicles to register."""

from __future__ import annotations

from collections import defaultdict
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.freight import queries as freight
from baogong.freight import services
from baogong.freight.queries import WaybillRow
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound
from baogong.people.queries.access import LoginView, log_ins, reach
from baogong.web.pages import PageRequest, UnusableForm, moment_from, page, text_from, uuid_from
from baogong.web.paper.delays import DELAY_FIELDS, later_times

MOVING = ("PLANNED", "LOADED", "DEPARTED", "ARRIVED")
WHY_MAX = 120


@page(at_a_place=(Duty.CARRIER,))
def home(request: PageRequest) -> HttpResponse:
    """Requests without an answer first, then every truck under way or to come, late ones marked."""
    own = reach(request.actor, Duty.CARRIER)
    asks = [ask for ask in freight.asks() if own is None or ask.carrier in own]
    trips: dict[UUID, list[WaybillRow]] = defaultdict(list)
    for row in freight.waybills(now=request.now, states=MOVING):
        if own is None or row.carrier in own:
            trips[row.trip].append(row)
    context = {
        "open_asks": [ask for ask in asks if ask.answer == "ASKED"],
        "answered": [ask for ask in asks if ask.answer != "ASKED"][:20],
        "trips": list(trips.values()),
    }
    return render(request, "carrier/home.html", context)


@page(at_a_place=(Duty.CARRIER,), keeps=DELAY_FIELDS)
def trip(request: PageRequest, trip: UUID) -> HttpResponse:
    """One truck's run: which vehicle drives it, who, and whether it will be late."""
    rows = freight.waybills(now=request.now, trip=trip)
    if not rows:
        raise NotFound("There is no such run.", where=str(trip), cure="Open it again from the list.")
    request.actor.require(Duty.CARRIER, at=rows[0].carrier)
    if request.method == "POST":
        _act(request, rows)
        return redirect("carrier:trip", trip=trip)
    vehicles = freight.vehicles(carrier=rows[0].carrier)
    ahead = [row for row in rows if row.state in MOVING[:3]]
    context = {
        "rows": rows,
        "first": rows[0],
        "to_name": next((row for row in rows if row.state == "PLANNED"), None),
        "ahead": ahead,
        "vehicles": vehicles,
        "drivers": _drivers(request, rows[0].carrier, {vehicle.id for vehicle in vehicles}),
        "later": later_times(ahead[0], request.now) if ahead else None,
    }
    return render(request, "carrier/trip.html", context)


def _drivers(request: PageRequest, carrier: UUID, vehicles: set[UUID]) -> list[LoginView]:
    """Log-ins that may drive this carrier's vehicles; nobody else's name is shown."""
    here = vehicles | {carrier}
    return [
        login
        for login in log_ins(now=request.now)
        if login.is_active and any(duty.duty is Duty.DRIVER and duty.at in here for duty in login.duties)
    ]


def _act(request: PageRequest, rows: tuple[WaybillRow, ...]) -> None:
    act = request.POST.get("act", "")
    waybill = uuid_from(request, "waybill")
    if waybill not in {row.id for row in rows}:
        raise UnusableForm(_("That waybill is not part of this run."), where="waybill", cure=_("Reload the page."))
    if act == "name":
        driver = request.POST.get("driver", "")
        services.name_truck(
            waybill=waybill,
            vehicle=uuid_from(request, "vehicle"),
            driver=uuid_from(request, "driver") if driver else None,
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The truck is named; the warehouse sees its plate now."))
    elif act == "delay":
        services.report_delay(
            waybill=waybill,
            arrive_at=moment_from(request, "later_at" if request.POST.get("later_at") else "arrive_at"),
            why=text_from(request, "why")[:WHY_MAX],
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("Reported. The command office sees it now."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))


@page(at_a_place=(Duty.CARRIER,))
def vehicles(request: PageRequest) -> HttpResponse:
    """The carriers' vehicles by plate with their passes; register one."""
    own = reach(request.actor, Duty.CARRIER)
    kinds = [kind for kind in freight.kinds() if own is None or kind.carrier in own]
    if request.method == "POST":
        services.add_vehicle(
            kind=uuid_from(request, "kind"),
            plate=text_from(request, "plate"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The vehicle is registered."))
        return redirect("carrier:vehicles")
    context = {
        "kinds": kinds,
        "vehicles": [vehicle for vehicle in freight.vehicles() if own is None or vehicle.carrier in own],
        "now": request.now,
    }
    return render(request, "carrier/vehicles.html", context)
