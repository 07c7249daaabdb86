"""Communities: the list, one on its map and as a grid, opened from a plain list of buildings, its paper."""

from __future__ import annotations

import json
import re
from collections import Counter
from collections.abc import Mapping, Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.db import transaction
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from baogong.crew.services import WRITERS as CREW_WRITERS
from baogong.delivery import queries as delivery
from baogong.delivery.services import stations
from baogong.delivery.services.rounds import PLANNERS
from baogong.engine.geo import great_circle_m
from baogong.engine.outlines import contains, line_of, middle_of, rings_of
from baogong.engine.sheets.house_numbers import house_key
from baogong.engine.sheets.kinds import LineOutcome, Status
from baogong.engine.sheets.limits import Limits
from baogong.engine.sheets.names import fold
from baogong.engine.sheets.profiles import match_headers
from baogong.engine.sheets.readers import read_table
from baogong.engine.sheets.tables import BadCell, BadLine, Table
from baogong.kernel.actor import Duty
from baogong.kernel.errors import BaogongError, NotFound
from baogong.places import queries, services
from baogong.places.imports.buildings import (
    COLUMNS,
    classify_buildings,
    hours_in,
    houses_named,
    open_from_list,
    typed_table,
)
from baogong.places.queries import CommunityView
from baogong.web.compounds import Cell, CompoundMap, cells, compound_map
from baogong.web.pages import (
    PageRequest,
    UnusableForm,
    degrees,
    number_from,
    page,
    sentence,
    text_from,
    uuid_from,
    uuid_or_none,
    written,
)

OFFICE = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.AUDITOR)
SEES = (*OFFICE, Duty.KEEPER)
WRITERS = (Duty.COMMAND, Duty.CLERK, Duty.KEEPER)
REGISTRARS = (Duty.COMMAND, Duty.CLERK)
FEATURES_MAX = 400
RADIUS_M = 300
ZONES = ("SEALED", "CONTROLLED", "PRECAUTION", "")  # "": in none
DOORS_SHOWN = 300
SHELF_FIELDS = ("act", "shelf", "buildings", "people_max", "window_minutes", "parcels_max")
GATE_FIELDS = ("gate", "lat", "lon", "carts_per_slot")
POINT_FIELDS = ("street", "address", "road_zone")


@page(at_a_place=SEES)
def places(request: PageRequest) -> HttpResponse:
    """Communities of the own places, or all, with what is known of each."""
    rows = queries.communities()
    if not request.actor.may_any(*SEES):
        rows = tuple(row for row in rows if request.actor.may_any(*SEES, at=row.id))
    context = {
        "communities": rows,
        "stands": queries.stations_at(request.now) if request.actor.may_any(*SEES) else (),
        "may_open": request.actor.may_any(*REGISTRARS),
    }
    return render(request, "command/places.html", context)


@page(at_a_place=SEES, keeps=(*SHELF_FIELDS, *GATE_FIELDS, *POINT_FIELDS))
def place(request: PageRequest, community: UUID) -> HttpResponse:
    """One community: its map, its buildings as a grid, gates, shelves, stations, zones."""
    request.actor.require(*SEES, at=community)
    if request.method == "POST":
        _act(request, community)
        return redirect("command:place", community=community)
    plan = queries.community_plan(community, request.now, with_doors=False)
    zones = queries.zones_at(communities=[community], at=request.now)
    found = cells(plan, zones)
    stands = queries.stations_at(request.now)
    context = next_steps(request, plan) | {
        "may_serve": request.actor.may_any(Duty.COMMAND),
        "zone": zones.get(community),
        "of_zones": _of_zones(found, zones.get(community, queries.NO_ZONE).state),
        "cells": found,
        "map": compound_map(plan, found, [each for each in stands if each.community in (community, None)], request.now),
        "stands": [each for each in stands if each.community == community],
        "shelves": _shelves(plan),
        "gates": [(gate, gate.is_open(request.now)) for gate in plan.gates],
        "states": sorted({cell.zone.state for cell in found}),
        "may_link": request.actor.may_any(*REGISTRARS, at=community),
    }
    return render(request, "command/place.html", context)


def next_steps(request: PageRequest, plan: CommunityView) -> dict[str, Any]:
    """What command/next_steps.html says of a community: what is written of it, and which step the visitor may take."""
    serving = next(iter(delivery.servings(communities=[plan.id])), None)
    return {
        "plan": plan,
        "serving": serving,
        "shelves": plan.shelves,
        "may_write": request.actor.may_any(*WRITERS, at=plan.id),
        "may_see_board": serving and request.actor.may_any(*stations.KEEPERS, at=serving.station),
        "may_plan": serving and request.actor.may_any(*PLANNERS, at=serving.station),
        "may_call": serving and request.actor.may_any(*CREW_WRITERS, at=serving.station),
    }


def _of_zones(found: Sequence[Cell], own: str) -> list[tuple[str, int]]:
    """How many buildings lie in each zone, the strictest first; [] where all lie in that of the community, `own`."""
    counts = Counter(cell.zone.state for cell in found)
    return [] if counts.keys() <= {own} else [(state, counts[state]) for state in ZONES if counts[state]]


@page(at_a_place=WRITERS)
def place_stations(request: PageRequest, community: UUID) -> HttpResponse:
    """Which station stands in a community, and which brings its parcels: both are changed from now on."""
    request.actor.require(*WRITERS, at=community)
    if request.method == "POST":
        _act(request, community)
        return redirect("command:place", community=community)
    (row,) = queries.communities(ids=[community]) or (None,)
    if row is None:
        raise NotFound(f"There is no community {community}.", where=str(community), cure="Open the community first.")
    stands = [each for each in queries.stations_at(request.now, communities=[community]) if each.community == community]
    here = {each.station for each in stands}
    known = queries.sites("STATION")
    context = {
        "community": row,
        "stands": stands,
        "serving": next(iter(delivery.servings(communities=[community])), None),
        "may_serve": request.actor.may_any(Duty.COMMAND),
        "all_stations": known,
        "stations": [each for each in known if each.id not in here],
    }
    return render(request, "command/place_stations.html", context)


def _shelves(plan: CommunityView) -> list[tuple[queries.ShelfView, str]]:
    """Each with the buildings that share it, as they are typed: 1、2、5-2."""
    found = []
    for shelf in plan.shelves:
        units, names = set(shelf.units), []
        for house in plan.buildings:
            mine = [unit.name for unit in house.units if unit.id in units]
            names += (
                [house.name] if len(mine) == len(house.units) and mine else [f"{house.name}-{name}" for name in mine]
            )
        found.append((shelf, "、".join(names)))
    return found


@page(at_a_place=WRITERS)
def place_doors(request: PageRequest, community: UUID) -> HttpResponse:
    """
    Households' doors, for whoever brings things to them: who is served at the door and why.

    Without a building only those that need something; a telephone is written here and never shown.
    """
    request.actor.require(*WRITERS, at=community)
    if request.method == "POST":
        services.set_doors(
            community=community,
            doors=[
                services.DoorGiven(
                    uuid_from(request, "unit"),
                    text_from(request, "room"),
                    takes_at_door=bool(request.POST.get("takes_at_door")),
                    why=written(request, "why"),
                    note=written(request, "note"),
                    phone=written(request, "phone") or None,
                    has_left=bool(request.POST.get("has_left")),
                )
            ],
            actor=request.actor,
            now=request.now,
        )
        messages.success(request, _("The door is written down."))
        return redirect(request.get_full_path())
    plan = queries.community_plan(community, request.now)
    chosen = uuid_or_none(request, "building")
    units = {unit.id: (house.name, unit.name) for house in plan.buildings for unit in house.units}
    wanted = [door for door in plan.doors if (door.building == chosen if chosen else door.takes_at_door or door.note)]
    context = {
        "plan": plan,
        "chosen": chosen,
        "doors": [(door, *units[door.unit]) for door in wanted[:DOORS_SHOWN]],
        "unshown_count": max(len(wanted) - DOORS_SHOWN, 0),
        "served_count": sum(door.takes_at_door for door in plan.doors),
        "why": sorted({door.why for door in plan.doors if door.why}),
        "units": [
            (unit.id, f"{house.name}-{unit.name}" if unit.name else house.name)
            for house in plan.buildings
            if chosen in (None, house.id)
            for unit in house.units
        ],
    }
    return render(request, "command/place_doors.html", context)


@page(at_a_place=SEES)
def place_paper(request: PageRequest, community: UUID) -> HttpResponse:
    """The buildings on paper, each with a code that opens it."""
    request.actor.require(*SEES, at=community)
    plan = queries.community_plan(community, request.now, with_doors=False)
    zones = queries.zones_at(communities=[community], at=request.now)
    base = request.build_absolute_uri(reverse("command:place", args=[community]))
    context = {"plan": plan, "rows": [(cell, f"{base}#b-{cell.building.id}") for cell in cells(plan, zones)]}
    return render(request, "command/place_paper.html", context)


@page(*REGISTRARS)
def open_place(request: PageRequest) -> HttpResponse:
    """One page opens a community: its name, its list of buildings, gates with hours, a station; seen before it is written."""
    context: dict[str, Any] = {"given": {}, "outcomes": (), "is_looked_at": False}
    if request.method == "POST":
        given = {key: written(request, key) for key in FIELDS}
        given["list"] = list_of(request)
        context["given"] = given
        try:
            table, outcomes = classified(request, given)
            gates = _gates(given["gates"])
            context["known"] = known = _known(given["name"])
            if request.POST.get("act") == "open":
                if known is not None and request.POST.get("to_known") != "1":
                    raise _open_already(known)
                with transaction.atomic():
                    made = open_from_list(
                        outcomes,
                        name=given["name"],
                        facts={key: given[key] for key in ("name_en", "city", "street", "address", "road_zone")},
                        point=(degrees(given["lat"], "lat", 90), degrees(given["lon"], "lon", 180)),
                        gates=gates,
                        station=given["station"],
                        is_new=bool(request.POST.get("is_new")),
                        actor=request.actor,
                        now=request.now,
                    )
                    _served_from_inside(request, made)
                messages.success(request, _("The community is open."))
                return redirect("command:place", community=made)
        except BaogongError as refusal:
            context |= {"refusal": sentence(refusal), "is_near": refusal.code == "places.community-in-doubt"}
            return render(request, "command/open_place.html", context, status=200)
        context |= as_read(table, outcomes) | {"gates": gates}
    return render(request, "command/open_place.html", context)


def _known(name: str) -> queries.CommunityRow | None:
    """The community that is open under this very name."""
    return next((row for row in queries.communities() if fold(row.name) == fold(name)), None)


def _open_already(known: queries.CommunityRow) -> UnusableForm:
    return UnusableForm(
        _("“%(name)s” is open already, with %(n)s buildings. Nothing was written.")
        % {"name": known.name, "n": known.buildings_count},
        where="name",
        found=known.name,
        expected=_("a name that is not taken"),
        cure=_("Tick that the list belongs to it, or give the new community another name."),
    )


def _served_from_inside(request: PageRequest, community: UUID) -> None:
    """The station that was named for a new community brings its parcels; who may not say so leaves it to the command."""
    if not request.actor.may_any(Duty.COMMAND):
        return
    for stand in queries.stations_at(request.now, communities=[community]):
        if stand.community == community:
            stations.serve(community=community, station=stand.station, actor=request.actor, now=request.now)


FIELDS = ("name", "name_en", "city", "street", "address", "lat", "lon", "road_zone", "gates", "station")


def told_line(line: LineOutcome) -> str:
    """A line that cannot be read, as a sentence; it stands in a line of the box, in no cell."""
    message = re.sub(r"Cell (line \d+) says", r"In \1 stands", line.text)
    return sentence(BadLine(message, where=line.where, found=line.found, expected=line.expected, cure=line.cure))


def list_of(request: PageRequest) -> str:
    """What was pasted, or the file's rows as text, so that the second look needs no second file."""
    file = request.FILES.get("file")
    if file is None:
        return request.POST.get("list", "").strip()
    assert file.name is not None
    table = read_table(file.name, file.read(Limits().file_bytes + 1))
    lines = [[cell.text for cell in table.columns], *([cell.text for cell in row.cells] for row in table.rows)]
    return "\n".join("\t".join(text.replace("\t", " ").replace("\n", " ") for text in line) for line in lines)


def as_read(table: Table, outcomes: Sequence[LineOutcome]) -> dict[str, Any]:
    """How a list of buildings is read, for command/as_read.html: its columns, lines and sums; nothing is written."""
    sound = [line for line in outcomes if line.status in (Status.ADDED, Status.MATCHED, Status.UNCHANGED)]
    heads = match_headers(table, COLUMNS, kind="buildings")
    meant = {heads.by_key[column.key]: column for column in COLUMNS if column.key in heads.by_key}
    return {
        "is_looked_at": True,
        "sound": sound,
        "refused": [told_line(line) for line in outcomes if line.status is Status.REFUSED],
        "columns": [(cell.text, meant.get(index)) for index, cell in enumerate(table.columns) if cell.text]
        if table.form == "rows"
        else (),
        "buildings_count": len({house_key(name) for line in sound for name in line.payload["buildings"]}),
        "units_count": sum(len(line.payload["buildings"]) * len(line.payload["units"]) for line in sound),
        "uncounted_count": len(
            {
                house_key(name)
                for line in sound
                for name in line.payload["buildings"]
                if any(count is None for _name, count in line.payload["units"])
            }
        ),
        "households_count": sum(
            len(line.payload["buildings"]) * (count or 0) for line in sound for _name, count in line.payload["units"]
        ),
    }


def classified(request: PageRequest, given: dict[str, str]) -> tuple[Table, Sequence[LineOutcome]]:
    """The list as a table, and what each of its lines comes to."""
    name, text = text_from(request, "name"), given["list"]
    if not text:
        raise UnusableForm(
            _("There is no list of buildings. Nothing was opened."),
            where="list",
            expected=_("one building a line, or a table"),
            cure=_("Paste the list, or choose its file."),
        )
    table = typed_table(text)
    return table, classify_buildings(table, None, request.now, community=name, city=given["city"])


def _gates(text: str) -> list[tuple[str, list[tuple[time, time]]]]:
    """One gate a line: 南门 06:00-09:00 16:00-19:00."""
    found = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        name, spans = hours_in(line)
        found.append((name, [(time.fromisoformat(start), time.fromisoformat(end)) for start, end in spans]))
    return found


def _act(request: PageRequest, community: UUID) -> None:
    act = request.POST.get("act", "")
    facts: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if act == "gate":
        (name, spans), *_rest = _gates(text_from(request, "gate")) or [("", [])]
        services.set_gate(
            community=community,
            name=name,
            hours=spans,
            lat=degrees(written(request, "lat"), "lat", 90),
            lon=degrees(written(request, "lon"), "lon", 180),
            carts_per_slot=number_from(request, "carts_per_slot", default=0),
            **facts,
        )
        messages.success(request, _("The gate is written down."))
    elif act == "close_gate":
        services.close_gate(gate=uuid_from(request, "gate"), at=request.now, **facts)
        messages.success(request, _("The gate is closed from now on."))
    elif act == "shelf":
        services.set_shelf(
            community=community,
            name=text_from(request, "shelf"),
            units=_units_of(request, community),
            people_max=number_from(request, "people_max", least=1, default=5),
            window_minutes=number_from(request, "window_minutes", least=1, default=10),
            parcels_max=number_from(request, "parcels_max", default=0),
            **facts,
        )
        messages.success(request, _("The shelf is written down."))
    elif act == "close_shelf":
        services.close_shelf(shelf=uuid_from(request, "shelf_id"), at=request.now, **facts)
        messages.success(request, _("The shelf is closed: nothing is put there from now on."))
    elif act == "station":
        services.move_station(station=uuid_from(request, "station"), community=community, from_at=request.now, **facts)
        messages.success(request, _("The station stands here from now on."))
    elif act == "serve":
        stations.serve(
            community=community, station=uuid_from(request, "station"), outer=uuid_or_none(request, "outer"), **facts
        )
        messages.success(request, _("This station serves the community from now on."))
    elif act == "point":
        services.change_community(
            community=community,
            street=written(request, "street"),
            address=written(request, "address"),
            road_zone=request.POST["road_zone"].strip() if "road_zone" in request.POST else None,
            lat=degrees(written(request, "lat"), "lat", 90),
            lon=degrees(written(request, "lon"), "lon", 180),
            **facts,
        )
        messages.success(request, _("Written down."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))


def _units_of(request: PageRequest, community: UUID) -> list[UUID]:
    """The units of the buildings named, 5号楼 all of its units, 5-2 only that one, 1-3号楼 all three. Raises UnusableForm for one unknown."""
    text = text_from(request, "buildings")
    plan = queries.community_plan(community, request.now, with_doors=False)
    units: dict[str, list[UUID]] = {}
    for house in plan.buildings:
        for key in (house_key(house.name), *house.also):
            units[key] = [unit.id for unit in house.units]
            units |= {f"{key}-{unit.name.casefold()}": [unit.id] for unit in house.units if unit.name}
    found: list[UUID] = []
    for name in filter(None, (each.strip() for each in re.split("[、,，;；]", text))):
        house, dash, unit = name.rpartition("-")
        known = units.get(house_key(name)) or units.get(f"{house_key(house)}-{unit.casefold()}" if dash else "")
        if known is None and dash:
            known = _of_range(name, units)
        if known is None:
            raise UnusableForm(
                _("“%s” is no building of this community. Nothing was written.") % name[:40],
                where="buildings",
                found=name[:40],
                expected=", ".join(each.name for each in plan.buildings[:20]),
                cure=_("Write the numbers as they stand in the list, or a range of them, 1-3, with 、 between them."),
            )
        found += known
    return found


def _of_range(name: str, units: Mapping[str, list[UUID]]) -> list[UUID] | None:
    """The units of all buildings of a range, as the list of buildings reads it; None where one of them is not there."""
    try:
        keys = [house_key(each) for each in houses_named(name)]
    except BadCell:
        return None
    return [unit for key in keys for unit in units[key]] if all(key in units for key in keys) else None


@page(at_a_place=WRITERS)
def place_footprints(request: PageRequest, community: UUID) -> HttpResponse:
    """Footprints from a GeoJSON file: which lie here, which have a number; a person numbers the others by the picture."""
    request.actor.require(*WRITERS, at=community)
    plan = queries.community_plan(community, request.now, with_doors=False)
    houses = [{"name": each.name, "is_located": each.is_located} for each in plan.buildings]
    context: dict[str, Any] = {"plan": plan, "radius": RADIUS_M, "houses": houses}
    if request.method == "POST" and request.POST.get("act") == "write":
        written_count = _write_footprints(request, community)
        messages.success(request, _("Footprints written: %s.") % written_count)
        return redirect("command:place", community=community)
    if request.method == "POST":
        context |= _looked_at(request, plan)
    return render(request, "command/place_footprints.html", context)


def _looked_at(request: PageRequest, plan: CommunityView) -> dict[str, Any]:
    file = request.FILES.get("file")
    radius = number_from(request, "radius", least=10, default=RADIUS_M, most=5000)
    try:
        found = json.loads(file.read(Limits().file_bytes + 1) if file else "")
        features = found["features"]
        assert isinstance(features, list)
    except (ValueError, KeyError, TypeError, AssertionError):
        raise UnusableForm(
            _("This file is no GeoJSON collection of features. Nothing was written."),
            where="file",
            expected="FeatureCollection",
            cure=_("Export buildings as GeoJSON, for example from OpenStreetMap."),
        ) from None
    outlines = [each for each in features if _is_outline(each, plan.name)]
    if not outlines and plan.lat is None:
        raise UnusableForm(
            _("Nobody knows where this community lies, so nobody knows which footprints are its own."),
            where="lat",
            expected=_("the community's point"),
            cure=_("Write the community's point down first, on its own page."),
        )
    rows: list[dict[str, Any]] = []
    lines: list[tuple[tuple[float, float], ...]] = []
    elsewhere = 0
    for each in features:
        shape, facts = each.get("geometry"), each.get("properties") or {}
        try:
            if shape and shape.get("type") in ("LineString", "MultiLineString"):
                lines += [
                    line
                    for line in line_of(shape)
                    if any(_is_here(lat, lon, outlines, plan, radius) for lat, lon in line)
                ]
                continue
            rings_of(shape)
            lat, lon = middle_of(shape)
        except ValueError:
            continue
        if each in outlines or not _is_building(facts):
            continue
        if not _is_here(lat, lon, outlines, plan, radius):
            elsewhere += 1
            continue
        name = str(_number_of(facts) or facts.get("name") or "")[: queries.NAME_MAX]
        rows.append(
            {
                "number": len(rows) + 1,
                "name": name,
                "shape": json.dumps(_rounded(shape)),
                "lat": lat,
                "lon": lon,
                "footprint": shape,
            }
        )
    rows = rows[:FEATURES_MAX]
    known = {key for building in plan.buildings for key in (house_key(building.name), *building.also)}
    return {
        "rows": rows,
        "named_count": sum(bool(row["name"]) for row in rows),
        "known_count": sum(bool(row["name"]) and house_key(str(row["name"])) in known for row in rows),
        "elsewhere": elsewhere,
        "paths": json.dumps([[[round(lat, 6), round(lon, 6)] for lat, lon in line] for line in lines[:FEATURES_MAX]]),
        "paths_count": len(lines[:FEATURES_MAX]),
        "map": footprint_map(rows, request.now),
        "shapes": [row["footprint"] for row in rows],
        "has_outline": bool(outlines),
        "radius": radius,
        "is_looked_at": True,
    }


def footprint_map(rows: Sequence[dict[str, Any]], now: datetime) -> CompoundMap | None:
    """The footprints as they lie, each under its number in the list."""
    buildings = tuple(
        queries.BuildingView(
            uuid4(), str(row["number"]), (), row["lat"], row["lon"], True, row["footprint"], None, None, ()
        )
        for row in rows
    )
    plan = CommunityView(uuid4(), "", "", "", "", "", None, None, None, "", (), (), buildings, (), ())
    return compound_map(plan, cells(plan, {}), (), now) if buildings else None


def _is_building(facts: dict[str, Any]) -> bool:
    """As OpenStreetMap tags one, or as its vector tiles do."""
    return bool(facts.get("building") or facts.get("kind") == "building" or _number_of(facts))


def _number_of(facts: dict[str, Any]) -> object:
    return facts.get("addr:housenumber") or facts.get("addr_housenumber")


def _is_outline(feature: Any, name: str) -> bool:
    facts = feature.get("properties") or {} if isinstance(feature, dict) else {}
    return bool(name) and str(facts.get("name", "")).strip() == name and not _is_building(facts)


def _is_here(lat: float, lon: float, outlines: Sequence[Any], plan: CommunityView, radius_m: int) -> bool:
    if outlines:
        return any(contains(each["geometry"], lat, lon) for each in outlines)
    return plan.lat is not None and plan.lon is not None and great_circle_m(plan.lat, plan.lon, lat, lon) <= radius_m


def _rounded(shape: Any) -> Any:
    """Decimetres are fine enough, and a form stays small."""

    def rounded(part: Any) -> Any:
        return [rounded(each) for each in part] if isinstance(part, list) else round(part, 6)

    return {"type": shape["type"], "coordinates": rounded(shape["coordinates"])}


def _write_footprints(request: PageRequest, community: UUID) -> int:
    names, shapes = request.POST.getlist("name"), request.POST.getlist("shape")
    try:
        given = [
            services.BuildingGiven(name.strip(), footprint=json.loads(shape))
            for name, shape in zip(names, shapes, strict=True)
            if name.strip()
        ]
        lines = json.loads(request.POST.get("paths") or "[]")
    except ValueError:
        raise UnusableForm(
            _("The form lacks a usable %(field)s.") % {"field": "shape"},
            where="shape",
            expected="GeoJSON",
            cure=_("Go back, reload the page and send the form again."),
        ) from None
    facts: dict[str, Any] = {"community": community, "actor": request.actor, "now": request.now}
    services.draw_buildings(buildings=given, lines=lines if request.POST.get("with_paths") else (), **facts)
    return len(given)
