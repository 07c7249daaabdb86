"""Sheets for hands without a telephone: a courier's run, a community's buildings, a shelf's calls, parcels' labels."""

from __future__ import annotations

from datetime import timedelta
from itertools import groupby
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render

from baogong.delivery import queries as delivery
from baogong.kernel.errors import NotFound
from baogong.places import queries as places
from baogong.web.pages import PageRequest, page
from baogong.web.station.board import DAY, KEEPERS, own_station, require_served, standings

LABELS_MAX = 120
AHEAD = timedelta(hours=16)


@page(at_a_place=KEEPERS)
def run_sheet(request: PageRequest, station: UUID, round_id: UUID) -> HttpResponse:
    """One courier's round, stop by stop, with a QR for each parcel and room for a tick or a signature."""
    here = own_station(request, station)
    found = delivery.round_view(round_id)
    if found.station != station:
        raise NotFound("No such round leaves from here.", cure="Open the list of rounds.")
    stops = [visit for visit in found.visits if any(each.is_open for each in visit.parcels)]
    context = {"station": here, "round": found, "stops": stops, "now": request.now}
    return render(request, "station/paper/run.html", context)


@page(at_a_place=KEEPERS)
def building_list(request: PageRequest, station: UUID, community: UUID) -> HttpResponse:
    """Buildings and units in natural order with what is to be brought to each."""
    here = own_station(request, station)
    require_served(station, community)
    plan = places.community_plan(community, request.now, with_doors=False)
    context = {
        "station": here,
        "community": plan,
        "buildings": standings(plan.buildings, delivery.building_counts(community, since=request.now - DAY)),
        "now": request.now,
    }
    return render(request, "station/paper/buildings.html", context)


@page(at_a_place=KEEPERS)
def call_list(request: PageRequest, station: UUID, community: UUID) -> HttpResponse:
    """Whom to call to which shelf when, with room for a tick. No numbers: paper lies about."""
    here = own_station(request, station)
    require_served(station, community)
    calls = delivery.call_list(communities=[community], since=request.now, until=request.now + AHEAD)
    shelves = sorted(calls, key=lambda call: (call.shelf_name, str(call.shelf), call.from_at))
    context = {
        "station": here,
        "community": places.communities(ids=[community])[0],
        "shelves": [(name, list(rows)) for name, rows in groupby(shelves, key=lambda call: call.shelf_name)],
        "now": request.now,
    }
    return render(request, "station/paper/calls.html", context)


@page(at_a_place=KEEPERS)
def labels(request: PageRequest, station: UUID) -> HttpResponse:
    """A label for each parcel that stands here: code, QR, address, how it may be handed over."""
    here = own_station(request, station)
    found = delivery.parcels(station=station, states=["EXPECTED", "AT_STATION"], limit=LABELS_MAX)
    return render(request, "station/paper/labels.html", {"station": here, "parcels": found, "now": request.now})
