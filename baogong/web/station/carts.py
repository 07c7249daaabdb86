"""Carts between two stations: plan a trip for one road zone, load it scan by scan, unload it and say what is missing."""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from baogong.delivery import queries as delivery
from baogong.delivery.queries import ShuttleView
from baogong.delivery.services import stations
from baogong.freight import queries as freight
from baogong.freight.queries import PassView, VehicleView
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound
from baogong.places import queries as places
from baogong.places.queries import GateView
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
from baogong.web.station.trips import CART_KG, CART_PIECES, KG_MAX, PIECES_MAX, whole

DAY = timedelta(hours=24)


@page(at_a_place=KEEPERS, keeps=("cart", "target", "road_zone", "gate", "kg", "pieces", "leaves_at", "arrives_at"))
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
            gate=uuid_or_none(request, "gate"),
            capacity_g=whole(written(request, "kg"), "kg", KG_MAX) * 1000,
            capacity_pieces=whole(written(request, "pieces"), "pieces", PIECES_MAX),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The trip is planned. Load it now."))
        return redirect("station:cart", station=station, shuttle=made)
    since = request.now - DAY / 2
    vehicles = freight.vehicles()
    trips = delivery.shuttles(station=station, since=since)
    context = {
        "station": here,
        "leaving": [trip for trip in trips if trip.origin == station],
        "coming": [trip for trip in trips if trip.target == station],
        "zones": delivery.zone_counts(station),
        "vehicles": [(each, _pass_of(each, request.now)) for each in vehicles],
        "may_register": request.actor.may_any(Duty.COMMAND),
        "targets": [site for site in places.sites("STATION") if site.id != station],
        "gates": _gates_behind(station, request.now),
        "kg": CART_KG,
        "pieces": CART_PIECES,
        "kg_max": KG_MAX,
        "pieces_max": PIECES_MAX,
        "leaves_at": request.now,
        "arrives_at": request.now + timedelta(minutes=20),
    }
    return show(request, "station/carts.html", context)


def _gates_behind(station: UUID, now: datetime) -> list[tuple[str, str, GateView]]:
    """Station, community and gate of all that carts start to from here, but for gates that are given up."""
    served = [each for each in delivery.servings() if each.outer == station]
    gates = places.gates_of([each.community for each in served])
    return [
        (each.station_name, each.community_name, gate)
        for each in served
        for gate in gates.get(each.community, ())
        if gate.closed_at is None or gate.closed_at > now
    ]


def _pass_of(vehicle: VehicleView, now: datetime) -> PassView | None:
    """One that is valid now, the last to end."""
    return next((each for each in vehicle.passes if each.is_valid(now)), None)


@page(at_a_place=KEEPERS, keeps=("scans", "missing"))
def cart(request: PageRequest, station: UUID, shuttle: UUID) -> HttpResponse:
    """One trip: what can ride on it, what does; at its end, what came."""
    here = own_station(request, station)
    trip = trip_of(station, shuttle)
    if request.method == "POST":
        _act(request, trip)
        return redirect("station:cart", station=station, shuttle=shuttle)
    is_origin = trip.origin == station
    may_load = is_origin and trip.state in ("PLANNED", "LOADED")
    context = {
        "station": here,
        "trip": trip,
        "is_origin": is_origin,
        "fitting": delivery.to_load(trip.id) if may_load else (),
        "may_load": may_load,
        "may_unload": not is_origin and trip.state == "LOADED",
    }
    return show(request, "station/cart.html", context)


def trip_of(station: UUID, shuttle: UUID) -> ShuttleView:
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
        codes = [view.code for view in delivery.to_load(trip.id)]
        tell(request, stations.load_cart(shuttle=trip.id, scans=codes, **who), _("Loaded: %(n)s (%(codes)s)"))
    elif act == "unload":
        missing = scans_in(written(request, "missing"))
        tell(request, stations.unload_cart(shuttle=trip.id, missing=missing, **who), _("Unloaded: %(n)s (%(codes)s)"))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))
