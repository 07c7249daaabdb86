"""Sheets for hands without a telephone: a courier's run, a community's buildings, a shelf's calls, parcels' labels."""

from __future__ import annotations

from collections import defaultdict
from datetime import datetime, timedelta
from itertools import groupby
from uuid import UUID

from django.http import HttpResponse
from django.shortcuts import render
from django.urls import reverse

from baogong.delivery import queries as delivery
from baogong.delivery.queries import Brought, CallingView, PlaceStop, RoundView
from baogong.kernel.errors import NotFound
from baogong.kernel.windows import Window
from baogong.places import queries as places
from baogong.places.queries import CommunityRow, CommunityView
from baogong.web.pages import PageRequest, number_from, page, uuid_or_none
from baogong.web.station.board import DAY, KEEPERS, Standing, own_station, require_served, standings

LABELS_MAX, PAGES_MAX = 120, 100_000
AHEAD = timedelta(hours=16)


@page(at_a_place=KEEPERS)
def run_sheet(request: PageRequest, station: UUID, round_id: UUID) -> HttpResponse:
    """One courier's round, stop by stop, with a QR for each parcel and room for a tick or a signature."""
    here = own_station(request, station)
    found, stops = round_of(station, round_id)
    context = {"station": here, "round": found, "stops": stops, "now": request.now}
    return render(request, "station/paper/run.html", context)


def round_of(station: UUID, round_id: UUID) -> tuple[RoundView, tuple[PlaceStop, ...]]:
    """A round of this station with the stops that are still to be made. Raises NotFound."""
    found = delivery.round_view(round_id)
    if found.station != station:
        raise NotFound("No such round leaves from here.", cure="Open the list of rounds.")
    return found, delivery.stops_of([visit for visit in found.visits if any(each.is_open for each in visit.parcels)])


@page(at_a_place=KEEPERS)
def building_list(request: PageRequest, station: UUID, community: UUID) -> HttpResponse:
    """Buildings and units in natural order with what is to be brought to each, by whom, and a code that opens it here."""
    here = own_station(request, station)
    plan, rows = standings_of(station, community, request.now)
    base = request.build_absolute_uri(reverse("station:buildings", args=[station, community]))
    context = {
        "station": here,
        "community": plan,
        "address": base,
        "buildings": [(each, brought, f"{base}?building={building}") for each, brought, building in rows],
        "now": request.now,
    }
    return render(request, "station/paper/buildings.html", context)


def standings_of(
    station: UUID, community: UUID, now: datetime
) -> tuple[CommunityView, list[tuple[Standing, list[Brought], UUID]]]:
    """The community, and each building with how far it is, who brings there, and its id. Raises NotFound."""
    require_served(station, community)
    plan = places.community_plan(community, now, with_doors=False)
    brought: defaultdict[UUID, list[Brought]] = defaultdict(list)
    for each in delivery.who_brings(community, Window(now - DAY / 2, now + AHEAD)):
        brought[each.building].append(each)
    standing = standings(plan.buildings, delivery.building_counts(community, since=now - DAY))
    rows = [(each, brought[building.id], building.id) for each, building in zip(standing, plan.buildings, strict=True)]
    return plan, rows


@page(at_a_place=KEEPERS)
def call_list(request: PageRequest, station: UUID, community: UUID) -> HttpResponse:
    """Whom to call to which shelf when, with room for a tick. No numbers: paper lies about."""
    here = own_station(request, station)
    found, calls, late, unplanned = calls_of(station, community, request.now)
    context = {
        "station": here,
        "community": found,
        "shelves": [(name, list(rows)) for name, rows in groupby(calls, key=lambda call: call.shelf_name)],
        "late": late,
        "unplanned": unplanned,
        "now": request.now,
    }
    return render(request, "station/paper/calls.html", context)


def calls_of(
    station: UUID, community: UUID, now: datetime
) -> tuple[CommunityRow, list[CallingView], set[UUID], set[UUID]]:
    """
    The community, its calls shelf by shelf, which of them are overdue, and which had no window.

    Whoever's window is over and whose parcels lie there still comes first, with the next free time, and so does at the end who
    has none. Raises NotFound.
    """
    require_served(station, community)
    found = delivery.call_list(communities=[community], since=now, until=now + AHEAD, at=now)
    told = delivery.comings({call.shelf for call in found}, since=now - DAY)
    late = {call.id for call in found if call.is_overdue(now)}
    unplanned = {call.id for call in found if call.from_at is None}
    calls = sorted(delivery.offered(found, told, now), key=lambda call: (call.shelf_name, str(call.shelf)))
    return places.communities(ids=[community])[0], calls, late, unplanned


@page(at_a_place=KEEPERS)
def labels(request: PageRequest, station: UUID) -> HttpResponse:
    """A label for each parcel that stands here, some on a page: code, QR, address, how it may be handed over."""
    here = own_station(request, station)
    road_zone = uuid_or_none(request, "road_zone")
    number = number_from(request, "page", least=1, default=1, most=PAGES_MAX)
    skip = (number - 1) * LABELS_MAX
    total, found = delivery.to_label(station, road_zone=road_zone, skip=skip, limit=LABELS_MAX)
    context = {
        "station": here,
        "parcels": found,
        "first": skip + 1,
        "last": skip + len(found),
        "total": total,
        "previous": number - 1,
        "next": number + 1 if skip + len(found) < total else None,
        "road_zone": road_zone,
        "road_zones": [zone for zone in delivery.zone_counts(station) if zone.road_zone is not None],
        "now": request.now,
    }
    return render(request, "station/paper/labels.html", context)
