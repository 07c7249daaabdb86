"""Ways of working: how a community is served, kept under a name, laid beside another, opened elsewhere with its buildings."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.urls import reverse
from django.utils import timezone
from django.utils.translation import gettext as _

from baogong.delivery.queries.ways import (
    WayView,
    differences,
    kinds_that_differ,
    notices_of,
    ways,
    zones_that_differ,
)
from baogong.delivery.services import ways as ways_
from baogong.kernel.actor import Duty
from baogong.kernel.errors import BaogongError, NotFound
from baogong.places import queries as places
from baogong.places.imports.buildings import buildings_in
from baogong.places.queries import CommunityView
from baogong.web.command.views.group import OFFICE
from baogong.web.command.views.places import as_read, classified, list_of, next_steps
from baogong.web.pages import PageRequest, degrees, page, sentence, text_from, uuid_from, uuid_in, uuid_or_none, written
from baogong.web.words import WORDS, word

FIELDS = ("name", "city", "street", "lat", "lon", "road_zone", "station", "outer", "list")
NOW = "now:"  # before the id of a community: how it works at this moment


@dataclass(frozen=True, slots=True)
class Part:
    """One thing in which two ways differ, in words."""

    where: str
    a: str
    b: str


@page(*OFFICE, keeps=("name", "community", "note"))
def all_ways(request: PageRequest) -> HttpResponse:
    """Every way that was kept; keep a running community's, lay two beside each other."""
    if request.method == "POST":
        made = ways_.save_way_of_working(
            name=text_from(request, "name"),
            community=uuid_from(request, "community"),
            note=written(request, "note"),
            actor=request.actor,
            now=request.now,
        )
        messages.success(request, _("This way of working is kept. Open another community from it below."))
        return redirect("command:way", way=made)
    found = ways(newest_only=False)
    context = {
        "ways": found,
        "communities": places.communities(),
        "may_command": request.actor.may(Duty.COMMAND),
    }
    return render(request, "command/ways.html", context)


@page(*OFFICE)
def way(request: PageRequest, way: UUID) -> HttpResponse:
    """One version in words; a new community from it and a list of buildings, seen before it is written."""
    view = _way(way)
    context: dict[str, Any] = {
        "way": view,
        "content": view.content,
        "others": [each for each in ways(newest_only=False) if each.id != way],
        "communities": places.communities(),
        "stations": places.sites("STATION"),
        "may_command": request.actor.may(Duty.COMMAND),
        "given": {},
    }
    if request.method == "POST":
        request.actor.require(Duty.COMMAND)
        try:
            made = _look_or_open(request, view, context)
        except BaogongError as refusal:
            context |= {"refusal": sentence(refusal), "is_near": refusal.code == "places.community-in-doubt"}
        else:
            if made is not None:
                messages.success(
                    request, _("The community is open. This is where it differs from the way it was opened from.")
                )
                return redirect(f"{reverse('command:compare_ways')}?a={way}&b={NOW}{made}")
    return render(request, "command/way.html", context)


def _look_or_open(request: PageRequest, view: WayView, context: dict[str, Any]) -> UUID | None:
    """The community, once it is opened; until then what is read goes to the page."""
    given = {key: written(request, key) for key in FIELDS}
    given["list"] = list_of(request)
    context["given"] = given
    table, lines = classified(request, given)
    context |= as_read(table, lines) | {
        "kinds": [
            Part(part_in_words(f"categories.{each.where}"), _value(each.a), _value(each.b))
            for each in kinds_that_differ(view.content)
        ]
        + [
            Part(part_in_words(f"zones.{each.where}"), _value(each.a), _value(each.b))
            for each in zones_that_differ(view.content, request.now)
        ],
    }
    if request.POST.get("act") != "open" or context["refused"]:
        return None
    return ways_.open_from(
        way=view.id,
        name=text_from(request, "name"),
        buildings=buildings_in([line.payload for line in lines]),
        station=uuid_from(request, "station"),
        outer=uuid_or_none(request, "outer"),
        city=given["city"],
        street=given["street"],
        lat=degrees(given["lat"], "lat", 90),
        lon=degrees(given["lon"], "lon", 180),
        road_zone=given["road_zone"],
        is_new=bool(request.POST.get("is_new")),
        kinds=request.POST.get("kinds") or None,
        actor=request.actor,
        now=request.now,
    )


@page(*OFFICE)
def compare_ways(request: PageRequest) -> HttpResponse:
    """Two ways, or a way and how a community works now: every part in which they differ."""
    sides = [_side(written(request, name), request.now) for name in ("a", "b")]
    (one, other), communities = (side[1] for side in sides), [side[2] for side in sides if side[2]]
    context = {
        "titles": [side[0] for side in sides],
        "parts": [Part(part_in_words(each.where), _value(each.a), _value(each.b)) for each in differences(one, other)],
        "opened": next((plan.id for plan in communities), None),
        "to_do": next((_to_do(plan) for plan in communities), None),
        "notices": _to_read(sides),
        "may_read": request.actor.may_any(Duty.COMMAND, Duty.CLERK),
        "now_naive": timezone.make_naive(request.now).strftime("%Y-%m-%dT%H:%M"),
    }
    for plan in communities[:1]:
        context |= next_steps(request, plan)
    return render(request, "command/compare_ways.html", context)


def _to_do(plan: CommunityView) -> dict[str, Any]:
    """What of a community has no point on the map yet: no way and no list of buildings need have any."""
    return {
        "is_nowhere": plan.lat is None,
        "gates": [gate.name for gate in plan.gates_to_locate],
        "buildings_count": sum(not each.is_located for each in plan.buildings),
    }


def _to_read(sides: list[tuple[str, dict[str, Any], CommunityView | None, str]]) -> list[dict[str, str]]:
    """The forms of the way's notices, where it stands beside a community that has none in that form: examples of wording."""
    (_one, content, of, _blank), (_other, here, community, _name) = sides
    if of is not None or community is None:
        return []
    known = {each["text"] for each in here["notices"]}
    return [each for each in notices_of(content) if each["text"] not in known]


def _way(way: UUID) -> WayView:
    return next((each for each in ways(newest_only=False) if each.id == way), None) or _none()


def _none() -> WayView:
    raise NotFound("There is no such way of working.", cure="Choose one from the list of saved ways.")


def _side(text: str, now: datetime) -> tuple[str, dict[str, Any], CommunityView | None, str]:
    """What it is called, what it says, and the community whose it is, with its name, where it is how one works now."""
    if text.startswith(NOW):
        community = uuid_in(text.removeprefix(NOW), "community")
        plan = places.community_plan(community, now, with_doors=False, with_wording=True)
        return _("%s as it works now") % plan.name, ways_.content_of(community, now, plan=plan), plan, plan.name
    view = _way(uuid_in(text, "way"))
    return f"{view.name} {view.version}", view.content, None, ""


def part_in_words(where: str) -> str:
    """“shelves.people_max” as people say it; what somebody named (a gate, a kind of parcel) stays as it is."""
    first, *middle = where.split(".")
    said = [word(first, "way-part")]
    for each in middle:
        code, _blank, rest = each.partition(" ")
        named = {"duties": "work", "zones": "zone"}.get(first, "")
        group = named if named and code in WORDS[named] else "way-part"
        said.append(f"{word(code, group)} {rest}".strip())
    return " · ".join(said)


def _value(value: Any) -> str:
    """A value of a way's content as a person reads it; “—” where one has it not."""
    if value is None or value in ("", [], {}):
        return "—"
    if isinstance(value, bool):
        return _("yes") if value else _("no")
    if isinstance(value, dict):
        return "; ".join(f"{part_in_words(str(key))}: {_value(each)}" for key, each in value.items())
    if isinstance(value, list):
        return ", ".join("–".join(map(str, each)) if isinstance(each, list) else _value(each) for each in value)
    return word(value, "way-value")
