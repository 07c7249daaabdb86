"""Communities: the list, one on its map and as a grid, opened from a plain list of buildings, its paper."""

from __future__ import annotations

import json
from collections.abc import Sequence
from datetime import datetime, time
from typing import Any
from uuid import UUID, uuid4

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils.translation import gettext as _

from baogong.engine.geo import great_circle_m
from baogong.engine.outlines import contains, line_of, middle_of, rings_of
from baogong.engine.sheets.house_numbers import house_key
from baogong.engine.sheets.kinds import LineOutcome, Status
from baogong.engine.sheets.limits import Limits
from baogong.engine.sheets.readers import read_table
from baogong.engine.sheets.tables import BadCell
from baogong.kernel.actor import Duty
from baogong.kernel.errors import BaogongError
from baogong.places import queries, services
from baogong.places.imports.buildings import classify_buildings, hours_in, open_from_list
from baogong.places.queries import CommunityView
from baogong.web.compounds import CompoundMap, cells, compound_map
from baogong.web.pages import PageRequest, UnusableForm, number_from, page, sentence, text_from, uuid_from, written

OFFICE = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.AUDITOR)
SEES = (*OFFICE, Duty.KEEPER)
WRITERS = (Duty.COMMAND, Duty.CLERK, Duty.KEEPER)
REGISTRARS = (Duty.COMMAND, Duty.CLERK)
FEATURES_MAX = 400
RADIUS_M = 300


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


@page(at_a_place=SEES)
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
    here = {each.station for each in stands if each.community == community}
    may_write = request.actor.may_any(*WRITERS, at=community)
    context = {
        "plan": plan,
        "zone": zones.get(community),
        "cells": found,
        "map": compound_map(plan, found, [each for each in stands if each.community in (community, None)], request.now),
        "stands": [each for each in stands if each.community == community],
        "stations": [each for each in queries.sites("STATION") if each.id not in here] if may_write else (),
        "gates": [(gate, gate.is_open(request.now)) for gate in plan.gates],
        "may_write": may_write,
        "states": sorted({cell.zone.state for cell in found}),
    }
    return render(request, "command/place.html", context)


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
        given["list"] = _list_of(request)
        context["given"] = given
        try:
            outcomes = _classified(request, given)
            gates = _gates(given["gates"])
            if request.POST.get("act") == "open":
                made = open_from_list(
                    outcomes,
                    name=given["name"],
                    facts={key: given[key] for key in ("name_en", "city", "street", "address", "road_zone")},
                    point=(_degrees(given["lat"], "lat", 90), _degrees(given["lon"], "lon", 180)),
                    gates=gates,
                    station=given["station"],
                    is_new=bool(request.POST.get("is_new")),
                    actor=request.actor,
                    now=request.now,
                )
                messages.success(request, _("The community is open."))
                return redirect("command:place", community=made)
        except BaogongError as refusal:
            context |= {"refusal": sentence(refusal), "is_near": refusal.code == "places.community-in-doubt"}
            return render(request, "command/open_place.html", context, status=200)
        sound = [line for line in outcomes if line.status in (Status.ADDED, Status.MATCHED, Status.UNCHANGED)]
        context |= {
            "is_looked_at": True,
            "sound": sound,
            "refused": [_told(line) for line in outcomes if line.status is Status.REFUSED],
            "buildings_count": len({house_key(name) for line in sound for name in line.payload["buildings"]}),
            "units_count": sum(len(line.payload["buildings"]) * len(line.payload["units"]) for line in sound),
            "households_count": sum(
                len(line.payload["buildings"]) * (count or 0)
                for line in sound
                for _name, count in line.payload["units"]
            ),
            "gates": gates,
        }
    return render(request, "command/open_place.html", context)


FIELDS = ("name", "name_en", "city", "street", "address", "lat", "lon", "road_zone", "gates", "station")


def _told(line: LineOutcome) -> str:
    """A line that cannot be read, as a sentence."""
    return sentence(BadCell(line.text, where=line.where, found=line.found, expected=line.expected, cure=line.cure))


def _list_of(request: PageRequest) -> str:
    """What was pasted, or the file's rows as text, so that the second look needs no second file."""
    file = request.FILES.get("file")
    if file is None:
        return request.POST.get("list", "").strip()
    assert file.name is not None
    table = read_table(file.name, file.read(Limits().file_bytes + 1))
    lines = [[cell.text for cell in table.columns], *([cell.text for cell in row.cells] for row in table.rows)]
    return "\n".join("\t".join(text.replace("\t", " ").replace("\n", " ") for text in line) for line in lines)


def _classified(request: PageRequest, given: dict[str, str]) -> Sequence[LineOutcome]:
    name, text = text_from(request, "name"), given["list"]
    if not text:
        raise UnusableForm(
            _("There is no list of buildings. Nothing was opened."),
            where="list",
            expected=_("one building a line, or a table"),
            cure=_("Paste the list, or choose its file."),
        )
    table = read_table("pasted.txt", text.encode())
    heads = {cell.text.strip() for cell in table.columns}
    if not any(any(sign.isalpha() and not sign.isdigit() for sign in head) and not _is_number(head) for head in heads):
        table = read_table("pasted.txt", ("楼号\n" + text).encode())
    return classify_buildings(table, None, request.now, community=name, city=given["city"])


def _is_number(head: str) -> bool:
    """1号楼 or 1-12栋 is a building, no header."""
    return any(sign.isdigit() for sign in head)


def _gates(text: str) -> list[tuple[str, list[tuple[time, time]]]]:
    """One gate a line: 南门 06:00-09:00 16:00-19:00."""
    found = []
    for line in filter(None, (each.strip() for each in text.splitlines())):
        name, spans = hours_in(line)
        found.append((name, [(time.fromisoformat(start), time.fromisoformat(end)) for start, end in spans]))
    return found


def _degrees(text: str, field: str, most: int) -> float | None:
    if not text:
        return None
    try:
        number = float(text)
    except ValueError:
        number = most + 1.0
    if not -most <= number <= most:
        raise UnusableForm(
            _("“%s” is no place on the earth. Nothing was written.") % text[:40],
            where=field,
            found=text[:40],
            expected=f"-{most}–{most}",
            cure=_("Write decimal degrees."),
        )
    return number


def _act(request: PageRequest, community: UUID) -> None:
    act = request.POST.get("act", "")
    facts: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if act == "gate":
        (name, spans), *_rest = _gates(text_from(request, "gate")) or [("", [])]
        services.set_gate(
            community=community,
            name=name,
            hours=spans,
            lat=_degrees(written(request, "lat"), "lat", 90),
            lon=_degrees(written(request, "lon"), "lon", 180),
            carts_per_slot=number_from(request, "carts_per_slot", default=0),
            **facts,
        )
        messages.success(request, _("The gate is written down."))
    elif act == "close_gate":
        services.close_gate(gate=uuid_from(request, "gate"), at=request.now, **facts)
        messages.success(request, _("The gate is closed from now on."))
    elif act == "shelf":
        wanted = {
            house_key(each)
            for each in text_from(request, "buildings").replace("，", "、").replace(",", "、").split("、")
            if each.strip()
        }
        plan = queries.community_plan(community, request.now, with_doors=False)
        units = [unit.id for each in plan.buildings if house_key(each.name) in wanted for unit in each.units]
        services.set_shelf(
            community=community,
            name=text_from(request, "shelf"),
            units=units,
            people_max=number_from(request, "people_max", least=1, default=5),
            **facts,
        )
        messages.success(request, _("The shelf is written down."))
    elif act == "station":
        services.move_station(station=uuid_from(request, "station"), community=community, from_at=request.now, **facts)
        messages.success(request, _("The station stands here from now on."))
    elif act == "point":
        services.change_community(
            community=community,
            street=written(request, "street"),
            address=written(request, "address"),
            lat=_degrees(written(request, "lat"), "lat", 90),
            lon=_degrees(written(request, "lon"), "lon", 180),
            **facts,
        )
        messages.success(request, _("Written down."))
    else:
        raise UnusableForm(_("This page has no such button."), where="act", found=act, cure=_("Reload the page."))


@page(at_a_place=WRITERS)
def place_footprints(request: PageRequest, community: UUID) -> HttpResponse:
    """Footprints from a GeoJSON file: which lie here, which have a number; a person numbers the others by the picture."""
    request.actor.require(*WRITERS, at=community)
    plan = queries.community_plan(community, request.now, with_doors=False)
    context: dict[str, Any] = {"plan": plan, "radius": RADIUS_M}
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
