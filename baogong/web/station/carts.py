"""Carts between two stations: plan a trip for one road zone, load it scan by scan, unload it and say what is missing."""

from __future__ import annotations

from datetime import timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from baogong.delivery import queries as delivery
from baogong.delivery.queries import ShuttleView
from baogong.delivery.services import stations
from baogong.kernel.errors import NotFound
from baogong.places import queries as places
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    moment_from,
    page,
    party_from,
    show,
    text_from,
    uuid_from,
    uuid_or_none,
    written,
)
from baogong.web.station.board import KEEPERS, own_station
from baogong.web.station.goods import scans_in, tell

DAY = timedelta(hours=24)


@page(at_a_place=KEEPERS, keeps=("cart", "target", "road_zone", "leaves_at", "arrives_at"))
def carts(request: PageRequest, station: UUID) -> HttpResponse:
    """Trips that leave from here and that come here; one more can be planned."""
    here = own_station(request, station)
    if request.method == "POST":
        made = stations.plan_shuttle(
            cart=party_from(request, "cart", kinds=["VEHICLE"]),
            origin=station,
            target=uuid_from(request, "target"),
            road_zone=uuid_or_none(request, "road_zone"),
            leaves_at=moment_from(request, "leaves_at"),
            arrives_at=moment_from(request, "arrives_at"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The trip is planned. Load it now."))
        return redirect("station:cart", station=station, shuttle=made)
    since = request.now - DAY / 2
    context = {
        "station": here,
        "leaving": delivery.shuttles(origin=station, since=since),
        "coming": delivery.shuttles(target=station, since=since),
        "zones": delivery.board(station).zones,
        "targets": [site for site in places.sites("STATION") if site.id != station],
        "leaves_at": request.now,
        "arrives_at": request.now + timedelta(minutes=20),
    }
    return show(request, "station/carts.html", context)


@page(at_a_place=KEEPERS, keeps=("scans", "missing"))
def cart(request: PageRequest, station: UUID, shuttle: UUID) -> HttpResponse:
    """One trip: what can ride on it, what does; at its end, what came."""
    here = own_station(request, station)
    trip = _trip(station, shuttle)
    if request.method == "POST":
        _act(request, trip)
        return redirect("station:cart", station=station, shuttle=shuttle)
    is_origin = trip.origin == station
    standing = delivery.parcels(station=station, states=["AT_STATION"], unplanned=True) if is_origin else ()
    context = {
        "station": here,
        "trip": trip,
        "is_origin": is_origin,
        "fitting": [view for view in standing if view.road_zone == trip.road_zone and view.holder == station],
        "may_load": is_origin and trip.state in ("PLANNED", "LOADED"),
        "may_unload": not is_origin and trip.state == "LOADED",
    }
    return show(request, "station/cart.html", context)


def _trip(station: UUID, shuttle: UUID) -> ShuttleView:
    """Raises NotFound where the trip neither leaves from here nor comes here."""
    found = delivery.shuttles(ids=[shuttle])
    if not found or station not in (found[0].origin, found[0].target):
        raise NotFound("No such trip leaves from here or comes here.", cure="Open the list of carts.")
    return found[0]


def _act(request: PageRequest, trip: ShuttleView) -> None:
    act = written(request, "act")
    who: dict[str, Any] = {"actor": request.actor, "now": request.now, "request_id": uuid_from(request, "request_id")}
    if act == "load":
        scans = scans_in(text_from(request, "scans"))
        tell(request, stations.load_cart(shuttle=trip.id, scans=scans, **who), _("Loaded: %(n)s (%(codes)s)"))
    elif act == "load-all":
        standing = delivery.parcels(station=trip.origin, states=["AT_STATION"], unplanned=True)
        codes = [view.code for view in standing if view.road_zone == trip.road_zone and view.holder == trip.origin]
        tell(request, stations.load_cart(shuttle=trip.id, scans=codes, **who), _("Loaded: %(n)s (%(codes)s)"))
    elif act == "unload":
        missing = scans_in(written(request, "missing"))
        tell(request, stations.unload_cart(shuttle=trip.id, missing=missing, **who), _("Unloaded: %(n)s (%(codes)s)"))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
