"""
Couriers' rounds planned by hand: the day's hours and couriers, the plan as a picture, compared, approved, made again after
a change. Whoever keeps the station proposes; whoever approves plans approves.
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import groupby, takewhile
from typing import Any
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from baogong.crew.queries import PlanView as AssignmentView
from baogong.crew.queries import Reason
from baogong.crew.services import WRITERS as CREW_WRITERS
from baogong.delivery import crewing
from baogong.delivery import queries as delivery
from baogong.delivery.queries import ServingView
from baogong.delivery.queries.ways import usual_rounds
from baogong.delivery.services import rounds as rounds_
from baogong.delivery.services.rounds import PLANNERS
from baogong.delivery.snapshots import CAPACITY_G, CAPACITY_PIECES, KIND
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound
from baogong.kernel.windows import Window
from baogong.people.queries.access import reach
from baogong.places import queries as places
from baogong.places.queries import SiteView
from baogong.planning import queries as plans
from baogong.planning.queries import PlanHead, PlanView
from baogong.web.command.views.group import OFFICE
from baogong.web.command.views.plans import acts_of, decide
from baogong.web.compounds import Progress, cells, compound_map
from baogong.web.names import is_chinese
from baogong.web.pages import (
    PageRequest,
    moment_from,
    number_from,
    page,
    show,
    uuid_from,
    uuid_or_none,
    uuids_from,
    written,
)
from baogong.web.pictures import Gantt, GanttBar, GanttRow, gantt
from baogong.web.station.board import DAY, KEEPERS, SHOWN_ROUNDS, by_urgency, standings
from baogong.web.templatetags.baogong import clock_time, listed, when

SEES = (*OFFICE, Duty.KEEPER)
CAR_M_PER_MIN = 400  # in a town, with stops (estimate)
PLAN_FIELDS = (
    "from_at",
    "until_at",
    "communities",
    "couriers",
    "capacity_kg",
    "capacity_pieces",
    "balance",
    "pairs",
    "drop_min",
)
SHIFT = timedelta(hours=8)
PLANS_READ, PLANS_SHOWN = 300, 40
BALANCE_PERCENT = 15  # how far working minutes may lie apart
DAY_S = 86_400
OF_ONE_BUILDING_MAX = 3  # couriers named in a building's square
BAR_WIDTH = 200
BAR_OF = {"PLANNED": "planned", "STARTED": "moving", "DONE": "done", "REPLACED": "planned", "CANCELLED": "planned"}


@dataclass(frozen=True, slots=True)
class TripRow:
    """One round of a plan. `visits`: (what, when); `is_changed`: it is not as the plan before had it."""

    name: str
    courier: str
    leaves_at: datetime
    back_at: datetime
    weight_g: int
    pieces: int
    walk_s: float
    reason: str
    visits: tuple[tuple[str, datetime], ...]
    state: str
    is_changed: bool


@dataclass(frozen=True, slots=True)
class LackingRow:
    """Who is assigned to deliver and may not yet; `reasons` () where the visitor may not read them."""

    person: UUID
    name: str
    place: UUID
    place_name: str
    start_at: datetime
    end_at: datetime
    reasons: tuple[Reason, ...]


@dataclass(frozen=True, slots=True)
class ShiftRow:
    """One courier's day; `width` of the bar of working minutes, in pixels. Who has nothing to do has no times."""

    courier: str
    rounds_count: int
    begins_at: datetime | None
    ends_at: datetime | None
    work_s: float
    width: float


@dataclass(frozen=True, slots=True)
class Block:
    """One reason for which stops are left out: how many stops, of which communities, why."""

    code: str
    stops_count: int
    communities: tuple[tuple[str, str], ...]
    reason: str


@dataclass(frozen=True, slots=True)
class ShutGate:
    """A community none of whose gates is open in the plan's hours; `opens` as people write it."""

    community: str
    name: str
    opens: str


@dataclass(frozen=True, slots=True)
class Sums:
    """What a plan comes to."""

    rounds: int
    couriers: int
    stops: int
    parcels: int
    left: int
    work_s: float
    walk_s: float
    ends_at: datetime | None
    spread: float


def station_seen(request: PageRequest, station: UUID) -> SiteView:
    """Raises NotYourPlace before anything is read of a station that is not the visitor's; NotFound for no station."""
    request.actor.require(*SEES, at=station)
    found = places.site(station)
    if found.role != "STATION":
        raise NotFound("This is no station.", where=found.name, cure="Open the list of stations.")
    return found


def _tabs(request: PageRequest, station: UUID) -> dict[str, bool]:
    """Whose tabs stand over the page: the station's for who works there, else the office's."""
    return {"is_keeper": request.actor.may_any(*KEEPERS, at=station)}


@page(at_a_place=SEES)
def rounds_home(request: PageRequest) -> HttpResponse:
    """The stations whose rounds one may see, with what waits for approval; straight to the only one."""
    found = places.sites("STATION", ids=reach(request.actor, *SEES))
    if len(found) == 1:
        return redirect("station:rounds", station=found[0].id)
    waiting: defaultdict[str, int] = defaultdict(int)
    for head in plans.plans(KIND, "PROPOSED", limit=PLANS_READ):
        waiting[head.params["station"]] += 1
    stations = [(each, waiting[str(each.id)]) for each in found]
    context = {"stations": stations, "may_open": request.actor.may_any(Duty.COMMAND)}
    return show(request, "station/rounds_home.html", context)


@page(at_a_place=SEES)
def rounds(request: PageRequest, station: UUID) -> HttpResponse:
    """A station's rounds of the day, and its plans, the newest first."""
    here = station_seen(request, station)
    own = plans.plans(KIND, params={"station": str(station)}, limit=PLANS_SHOWN)
    window = Window(request.now - DAY / 2, request.now + DAY)
    open_rounds, done_rounds = by_urgency(delivery.rounds(station=station, window=window, states=SHOWN_ROUNDS))
    apart = _told_apart(own)
    replaced = {head.params.get("supersedes") for head in own if head.state == "APPROVED"}
    context = {
        "station": here,
        "plans": [(head, _span(head), str(head.id) in replaced, apart[head.id]) for head in own],
        "shown": {head.id for head in own},
        "open_rounds": open_rounds,
        "done_rounds": done_rounds,
        "may_plan": request.actor.may_any(*PLANNERS, at=station),
        **_tabs(request, station),
    }
    return show(request, "station/rounds.html", context)


def _told_apart(heads: Sequence[PlanHead]) -> dict[UUID, str]:
    """Plan → its communities, and where two of one minute have the same ones, which of them it is."""
    wanted = {UUID(one) for head in heads for one in head.params["communities"]}
    names = {row.id: row.name for row in places.communities(ids=wanted)} if wanted else {}
    alike: defaultdict[tuple[str, str], list[UUID]] = defaultdict(list)
    for head in reversed(heads):
        told = listed(names[id] for id in map(UUID, head.params["communities"]) if id in names)
        alike[when(head.made_at), told].append(head.id)
    return {
        id: f"{told} ({number})" if len(ids) > 1 else told
        for (_minute, told), ids in alike.items()
        for number, id in enumerate(ids, 1)
    }


def _span(head: PlanHead) -> tuple[datetime, datetime]:
    return datetime.fromisoformat(head.params["from_at"]), datetime.fromisoformat(head.params["until_at"])


@page(at_a_place=PLANNERS, keeps=PLAN_FIELDS)
def plan_rounds(request: PageRequest, station: UUID) -> HttpResponse:
    """The day's hours, communities and couriers: the engine proposes, nobody is given anything."""
    request.actor.require(*PLANNERS, at=station)
    here = station_seen(request, station)
    served = delivery.servings(station=station)
    if request.method == "POST":
        made = _propose(request, station, [each.community for each in served])
        return redirect("station:rounds_plan", plan=made)
    communities = [each.community for each in served]
    until_at, usual = request.now + SHIFT, usual_rounds(station, communities)
    views, lacking = crewing.couriers_and_lacking(
        station, communities, Window(request.now, request.now + DAY), request.now
    )
    context = {
        "station": here,
        "served": served,
        "couriers": views,
        "lacking": _lacking(request, here, served, lacking),
        "from_at": request.now,
        "until_at": until_at,
        "capacity_kg": usual["capacity_g"] // 1000,
        "capacity_pieces": usual["capacity_pieces"],
        "balance": _usual_balance(usual),
        "is_paired": usual["limits"].get("one_courier_per") == "building_category",
        **_tabs(request, station),
    }
    return show(request, "station/plan_rounds.html", context)


def _usual_balance(usual: dict[str, Any]) -> int | str:
    """Percent; "" where the way that is worked by asks for none. Where there is no way, equal minutes are proposed."""
    if usual["way"] is None:
        return BALANCE_PERCENT
    share = usual["limits"].get("balance")
    return "" if share is None else max(1, round(share * 100))


def _lacking(
    request: PageRequest, station: SiteView, served: Sequence[ServingView], views: Sequence[AssignmentView]
) -> list[LackingRow]:
    """By name. What is missing is told to whoever may enter it; of others' places only who it is."""
    names = {station.id: station.name, **{each.community: each.community_name for each in served}}
    rows = [
        LackingRow(
            view.person,
            view.name,
            view.place,
            names[view.place],
            view.start_at,
            view.end_at,
            view.fitness.reasons if request.actor.may_any(*CREW_WRITERS, at=view.place) else (),
        )
        for view in views
    ]
    return sorted(rows, key=lambda row: (row.name, row.start_at, row.person))


def _propose(request: PageRequest, station: UUID, served: Sequence[UUID]) -> UUID:
    from_at, until_at = moment_from(request, "from_at"), moment_from(request, "until_at")
    communities, chosen = uuids_from(request, "communities"), set(uuids_from(request, "couriers"))
    limits: dict[str, Any] = {
        **{
            key: value
            for key, value in usual_rounds(station, communities)["limits"].items()
            if key not in {"one_courier_per", "balance"}
        },
    }
    if written(request, "balance"):  # nothing written: the least work, however it is shared
        limits["balance"] = number_from(request, "balance", least=1, most=1000) / 100
    if request.POST.get("pairs") == "1":
        limits["one_courier_per"] = "building_category"
    if written(request, "drop_min"):
        limits["walk_m_per_min"] = CAR_M_PER_MIN
    asked: dict[str, Any] = {
        "station": station,
        "from_at": from_at,
        "until_at": until_at,
        "communities": communities if set(communities) != set(served) else (),
        "capacity_g": number_from(request, "capacity_kg", least=1, default=CAPACITY_G // 1000, most=2_000) * 1000,
        "capacity_pieces": number_from(request, "capacity_pieces", least=1, default=CAPACITY_PIECES, most=10_000),
        "limits": limits,
        "drop_min": number_from(request, "drop_min", least=1, most=1_000) if written(request, "drop_min") else None,
        "actor": request.actor,
        "now": request.now,
        "request_id": uuid_from(request, "request_id"),
    }
    # Who was not shown (a later day's) is not left out by not being ticked.
    without = set(uuids_from(request, "shown")) - chosen if chosen else set()
    return rounds_.plan_rounds(**asked, without=sorted(without, key=str))


@page(at_a_place=SEES)
def rounds_plan(request: PageRequest, plan: UUID) -> HttpResponse:
    """One plan: who goes when with what, how equal the work is, what one courier fewer would cost; approve, undo, again."""
    view = _plan_seen(request, plan)
    station = rounds_.place_of(view.params)
    if request.method == "POST":
        return redirect("station:rounds_plan", plan=_act(request, plan))
    given = {row.name: row.state for row in delivery.rounds(plan=plan)} if view.state == "APPROVED" else {}
    changed = _changed(view)
    rows, shifts = _trips(view, given, changed), _shifts(view)
    earlier = view.snapshot.get("earlier")
    context = {
        "station": places.site(station),
        "span": _span(view),
        "sums": sums_of(view),
        "rows": rows,
        "shifts": shifts,
        "chart": _chart(rows, request.now),
        "balance": view.result["plan"]["balance"],
        "left_out": view.snapshot.get("left_out", ()),
        "sizing": view.result["sizing"],
        "needed": len(view.result["sizing"]["couriers"]),
        "there": len({one["person"] for one in view.snapshot["couriers"].values()}),
        "faults": view.result["problems"],
        "left": view.result["plan"]["left"],
        "uncalled": delivery.uncalled(view),
        "is_empty_plan": not rows and not earlier,
        "blocks": () if rows else _blocks(view),
        "shut": () if rows else _shut(view),
        "estimated": view.snapshot["estimated"],
        "nowhere": view.snapshot.get("nowhere", ()),
        "communities": view.snapshot["communities"],
        "supersedes": view.params.get("supersedes"),
        "changed": changed,
        "moved": [
            name for name in view.result["touched"] if name not in changed and name in {row.name for row in rows}
        ],
        "before_count": len(earlier["trips"]) if earlier else 0,
        "help": _help(view),
        "persons": sorted({(one["name"], one["person"]) for one in view.snapshot["couriers"].values()}),
        "helps_at": _help_from(_span(view), request.now),
        **_tabs(request, station),
        **acts_of(request, view, kept=_why_kept(given)),
    }
    return show(request, "station/rounds_plan.html", context)


def _plan_seen(request: PageRequest, plan: UUID) -> PlanView:
    """Raises NotFound, NotYourPlace."""
    view = plans.plan(plan)
    if view.kind != KIND:
        raise NotFound("This is no plan of rounds.", cure="Open the list of rounds.")
    request.actor.require(*SEES, at=rounds_.place_of(view.params))
    return view


def _act(request: PageRequest, plan: UUID) -> UUID:
    act = request.POST.get("act")
    who: dict[str, Any] = {"actor": request.actor, "now": request.now}
    if act == "replan":
        made = rounds_.plan_again(
            plan=plan, without=uuids_from(request, "without"), request_id=uuid_from(request, "request_id"), **who
        )
        messages.success(request, _("Planned again from what is true now. Here is what it touches."))
        return made
    if act == "help":
        made = rounds_.plan_help(
            plan=plan, at=moment_from(request, "helps_at"), request_id=uuid_from(request, "request_id"), **who
        )
        messages.success(request, _("Here is who would help whom."))
        return made
    return decide(request, plan)


def _help_from(span: tuple[datetime, datetime], now: datetime) -> datetime | None:
    """Now, or when the plan's hours begin, to the minute as a form says it; None where they are over: nobody helps any more."""
    from_at, until_at = span
    at = max(now, from_at)
    whole = at.replace(second=0, microsecond=0)
    if whole < from_at:
        whole += timedelta(minutes=1)
    return whole if whole < until_at and now < until_at else None


def _why_kept(given: Mapping[str, str]) -> str:
    """Why approved rounds cannot be undone any more."""
    begun = sorted(name for name, state in given.items() if state in ("STARTED", "DONE"))
    if not begun:
        return ""
    return _("Loaded already: %s. Plan again below: what nobody has loaded is planned anew.") % ", ".join(begun[:8])


def _changed(view: PlanView) -> list[str]:
    """The rounds with another courier, other stops or another order than in the plan before; [] where there is none."""
    earlier = view.snapshot.get("earlier")
    if not earlier:
        return []
    before = _walks(earlier)
    return sorted(trip["id"] for trip in view.result["plan"]["trips"] if _walk(trip) not in before)


def _trips(view: PlanView, given: Mapping[str, str], changed: Sequence[str]) -> list[TripRow]:
    """By courier, then departure."""
    at = _clock(view)
    language = "zh" if is_chinese() else "en"
    rows = [
        TripRow(
            name=trip["id"],
            courier=view.snapshot["couriers"][trip["courier"]]["name"],
            leaves_at=at(trip["leaves_s"]),
            back_at=at(trip["back_s"]),
            weight_g=trip["weight_g"],
            pieces=trip["pieces"],
            walk_s=trip["walk_s"],
            reason=trip[f"reason_{language}"],
            visits=_stops_of(view.snapshot["stops"], trip["visits"], at),
            state=given.get(trip["id"], ""),
            is_changed=trip["id"] in changed,
        )
        for trip in view.result["plan"]["trips"]
    ]
    return sorted(rows, key=lambda row: (row.courier, row.leaves_at, row.name))


def _stops_of(
    facts: Mapping[str, Any], visits: Sequence[Mapping[str, Any]], at: Callable[[float], datetime]
) -> tuple[tuple[str, datetime], ...]:
    """
    Where the courier stops, with what, and when: visits to one shelf or door that follow one another are one stop.

    The plan names a visit by its place and kind of goods, so what several have in common is the place.
    """
    stops = [list(group) for _place, group in groupby(visits, key=lambda visit: _place_of(facts, visit["stop"]))]
    return tuple((_in_one([visit["stop"] for visit in group]), at(group[0]["arrive_s"])) for group in stops)


def _place_of(facts: Mapping[str, Any], stop: str) -> tuple[Any, ...]:
    """Of a door that is not registered only the building and unit are kept: then its name up to the kind of goods."""
    fact = facts[stop]
    if fact["shelf"] or fact["door"]:
        return fact["shelf"], fact["door"]
    return fact["community"], fact["building"], fact["unit"], stop.rpartition(" ")[0]


def _in_one(names: Sequence[str]) -> str:
    if len(names) == 1:
        return names[0]
    words = [name.split(" ") for name in names]
    shared = len(list(takewhile(lambda each: len(set(each)) == 1, zip(*words, strict=False))))
    return " ".join([*words[0][:shared], listed(" ".join(each[shared:]) for each in words)])


def _clock(view: PlanView) -> Any:
    midnight = datetime.fromisoformat(view.snapshot["midnight"])
    return lambda seconds: midnight + timedelta(seconds=seconds)


def _shifts(view: PlanView) -> list[ShiftRow]:
    """Whoever works longest first, at the end who has nothing to do."""
    at, found = _clock(view), view.result["plan"]["shifts"]
    most = max((shift["work_s"] for shift in found), default=0) or 1
    busy = {shift["courier"] for shift in found if shift["trips"]}
    idle = sorted(set(view.snapshot["couriers"]) - busy)
    return [
        ShiftRow(
            shift["courier"],
            len(shift["trips"]),
            at(shift["begins_s"]),
            at(shift["ends_s"]),
            shift["work_s"],
            round(BAR_WIDTH * shift["work_s"] / most, 1),
        )
        for shift in sorted(found, key=lambda shift: (-shift["work_s"], shift["courier"]))
        if shift["trips"]
    ] + [ShiftRow(courier, 0, None, None, 0.0, 0.0) for courier in idle]


def sums_of(view: PlanView) -> Sums:
    trips, at = view.result["plan"]["trips"], _clock(view)
    cost, ends = view.result["plan"]["cost"], [trip["back_s"] for trip in trips]
    return Sums(
        rounds=len(trips),
        couriers=len({view.snapshot["couriers"][trip["courier"]]["person"] for trip in trips}),
        stops=sum(len(trip["visits"]) for trip in trips),
        parcels=sum(trip["pieces"] for trip in trips),
        left=len(view.result["plan"]["left"]),
        work_s=cost["work_s"],
        walk_s=cost["walk_s"],
        ends_at=at(max(ends)) if ends else None,
        spread=view.result["plan"]["balance"]["spread"],
    )


def _chart(rows: Sequence[TripRow], now: datetime) -> Gantt | None:
    """A line a courier, a bar a round, which leads to the round's own line below."""
    of: defaultdict[str, list[GanttBar]] = defaultdict(list)
    for row in rows:
        state = "dock" if row.is_changed and row.state in ("", "PLANNED") else BAR_OF.get(row.state, "planned")
        told = _("%(courier)s, round %(round)s: %(from)s–%(until)s, %(n)s parcels, %(stops)s stops") % {
            "courier": row.courier,
            "round": row.name,
            "from": clock_time(row.leaves_at),
            "until": clock_time(row.back_at),
            "n": row.pieces,
            "stops": len(row.visits),
        }
        of[row.courier].append(
            GanttBar(row.leaves_at, row.back_at, f"{row.name} ×{row.pieces}", state, f"#{row.name}", told)
        )
    return gantt([GanttRow(courier, tuple(bars)) for courier, bars in of.items()], now=now)


def _blocks(view: PlanView) -> list[Block]:
    """What keeps every stop out of an empty plan, the reason that keeps most of them first."""
    language = "zh" if is_chinese() else "en"
    of: defaultdict[tuple[str, str], list[str]] = defaultdict(list)
    for each in view.result["plan"]["left"]:
        of[each["code"], each[f"reason_{language}"]].append(view.snapshot["stops"][each["stop"]]["community"])
    names = view.snapshot["communities"]
    found = [
        Block(code, len(places_), tuple((id, names[id]) for id in sorted(set(places_), key=names.__getitem__)), reason)
        for (code, reason), places_ in of.items()
    ]
    return sorted(found, key=lambda each: (-each.stops_count, each.reason))


def _shut(view: PlanView) -> list[ShutGate]:
    """Communities whose gates are all shut for as long as anybody of the plan works."""
    document, ids = view.snapshot["document"], {name: id for id, name in view.snapshot["communities"].items()}
    spans = [courier["shift"] for courier in document["couriers"]]
    found = []
    for community, id in sorted(ids.items()):
        opens = [gate["opens"] for gate in document["gates"] if gate["community"] == community]
        hours = sorted(tuple(span) for gate in opens for span in gate)
        if all(opens) and not any(_meet(span, hours_) for span in spans for hours_ in hours):
            told = listed(f"{_of_day(start)}–{_of_day(end)}" for start, end in hours)
            found.append(ShutGate(id, community, told))
    return found


def _meet(shift: Sequence[int], hours: Sequence[int]) -> bool:
    """Whether a shift, in seconds from the plan's midnight, meets a gate's hours of that day or of the day after."""
    return any(max(shift[0], hours[0] + day) < min(shift[1], hours[1] + day) for day in (0, DAY_S))


def _of_day(second: int) -> str:
    return f"{second // 3600:02}:{second % 3600 // 60:02}"


def _help(view: PlanView) -> dict[str, Any] | None:
    helped = view.result["help"]
    if helped is None:
        return None
    at = _clock(view)
    return {
        "ends_at": at(helped["ends_s"]),
        "alone_ends_at": at(helped["alone_ends_s"]),
        "moved_count": len(helped["moved"]),
    }


@page(at_a_place=SEES)
def rounds_map(request: PageRequest, plan: UUID, community: UUID) -> HttpResponse:
    """A community's buildings under a plan: who comes to each, when; once approved, how far each is served."""
    view = _plan_seen(request, plan)
    if str(community) not in view.snapshot["communities"]:
        raise NotFound("The plan brings nothing to this community.", cure="Open the plan again.")
    ground = places.community_plan(community, request.now, with_doors=False)
    states = {}
    if view.state == "APPROVED":
        counts = delivery.building_counts(community, since=request.now - DAY)
        for building, standing in zip(ground.buildings, standings(ground.buildings, counts), strict=True):
            states[building.id] = standing.state.lower()
    progress = {
        building: Progress(states.get(building, "waiting"), text) for building, text in _comers(view, community).items()
    }
    found = cells(ground, {}, progress)
    station = rounds_.place_of(view.params)
    context = {
        "plan": view,
        "station": places.site(station),
        "community": ground,
        "communities": view.snapshot["communities"],
        "cells": found,
        "map": compound_map(ground, found, (), request.now),
        **_tabs(request, station),
    }
    return show(request, "station/rounds_map.html", context, partial="body")


def _comers(view: PlanView, community: UUID) -> dict[UUID, str]:
    """Building → who comes there and when first, in words."""
    at = _clock(view)
    first: defaultdict[UUID, dict[str, datetime]] = defaultdict(dict)
    for trip in view.result["plan"]["trips"]:
        name = view.snapshot["couriers"][trip["courier"]]["name"]
        for visit in trip["visits"]:
            stop, moment = view.snapshot["stops"][visit["stop"]], at(visit["arrive_s"])
            if stop["community"] == str(community) and stop["building"]:
                told = first[UUID(stop["building"])]
                told[name] = min(moment, told.get(name, moment))
    texts = {}
    for building, comers in first.items():
        turn = sorted(comers.items(), key=lambda one: (one[1], one[0]))
        said = [f"{name} {clock_time(moment)}" for name, moment in turn[:OF_ONE_BUILDING_MAX]]
        more = len(turn) - len(said)
        texts[building] = listed(said) + (f" +{more}" if more else "")
    return texts


@page(at_a_place=SEES)
def compare_rounds(request: PageRequest) -> HttpResponse:
    """Two plans of one station beside each other: what each comes to, who works how long, how many rounds are the same."""
    ids = [uuid_or_none(request, name) for name in ("a", "b")]
    views = [_plan_seen(request, each) for each in ids if each is not None]
    if len(views) != 2:
        raise NotFound("Two plans are compared, and one of them is not named.", cure="Choose two plans from the list.")
    one, other = views
    work: defaultdict[str, list[float]] = defaultdict(lambda: [0.0, 0.0])
    for number, view in enumerate(views):
        for shift in view.result["plan"]["shifts"]:
            work[shift["courier"]][number] += shift["work_s"]
    same = _walks(one.result["plan"]) & _walks(other.result["plan"])
    station = rounds_.place_of(one.params)
    apart = _told_apart(sorted({view.id: view for view in views}.values(), key=lambda view: view.made_at, reverse=True))
    context = {
        "a": one,
        "b": other,
        "sums": [sums_of(one), sums_of(other)],
        "spans": [_span(one), _span(other)],
        "apart": [apart[view.id] for view in views],
        "sizings": [one.result["sizing"], other.result["sizing"]],
        "work": sorted((name, *both) for name, both in work.items() if any(both)),
        "same_count": len(same),
        "is_same_state": one.snapshot_hash == other.snapshot_hash,
        "station": places.site(station),
        **_tabs(request, station),
    }
    return show(request, "station/compare_rounds.html", context)


def _walks(plan: Mapping[str, Any]) -> set[tuple[str, tuple[str, ...]]]:
    """Each round as who walks to what in which order."""
    return {_walk(trip) for trip in plan["trips"]}


def _walk(trip: Mapping[str, Any]) -> tuple[str, tuple[str, ...]]:
    return trip["courier"], tuple(visit["stop"] for visit in trip["visits"])
