"""The station's board: what stands where, what is late or contested, how far the rounds and the buildings are."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect
from django.utils.translation import gettext as _

from baogong.delivery import queries as delivery
from baogong.delivery.queries import BuildingCount, RoundView
from baogong.delivery.services import sync
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound
from baogong.kernel.windows import Window
from baogong.people.queries.access import reach
from baogong.places import queries as places
from baogong.places.queries import BuildingView, SiteView
from baogong.web.pages import PageRequest, page, show, uuid_from, uuid_or_none
from baogong.web.words import WORDS

KEEPERS = (Duty.KEEPER, Duty.COMMAND)
DAY = timedelta(hours=24)
STILL_TO_COME = ("EXPECTED", "AT_STATION", "ON_CART", "WITH_COURIER", "ON_SHELF")
SHOWN_MAX = 200
SHOWN_ROUNDS = ("STARTED", "PLANNED", "DONE")


def own_station(request: PageRequest, station: UUID) -> SiteView:
    """Raises NotYourPlace before anything is read of a station that is another keeper's; NotFound for no station."""
    request.actor.require(*KEEPERS, at=station)
    found = places.site(station)
    if found.role != "STATION":
        raise NotFound("This is no station.", where=found.name, cure="Open the list of stations.")
    return found


@page(at_a_place=KEEPERS)
def home(request: PageRequest) -> HttpResponse:
    """Straight to the one station of a keeper who has one; else the stations to choose from."""
    found = places.sites("STATION", ids=reach(request.actor, *KEEPERS))
    if len(found) == 1:
        return redirect("station:board", station=found[0].id)
    return show(request, "station/home.html", {"stations": found, "may_open": request.actor.may_any(Duty.COMMAND)})


@page(at_a_place=KEEPERS)
def board(request: PageRequest, station: UUID) -> HttpResponse:
    """What stands where; late, contested and refused acts to look at; rounds and carts of the day."""
    here = own_station(request, station)
    if request.method == "POST":
        act = uuid_from(request, "act_id")
        if request.POST.get("act") == "accept":
            sync.accept(act=act, actor=request.actor, now=request.now)
            messages.success(request, _("Written as the telephone told it."))
        else:
            sync.see(act=act, actor=request.actor, now=request.now)
            messages.success(request, _("Marked as seen."))
        return redirect("station:board", station=station)
    window = Window(request.now - DAY / 2, request.now + DAY)
    open_rounds, done_rounds = by_urgency(delivery.rounds(station=station, window=window, states=SHOWN_ROUNDS))
    context = {
        "station": here,
        "board": delivery.board(station),
        "run_outs": delivery.run_outs(station),
        "to_look_at": delivery.to_look_at(station),
        "open_rounds": open_rounds,
        "done_rounds": done_rounds,
        "strays": delivery.strays(station),
        "servings": delivery.servings(station=station),
        "at_door": delivery.parcels(station=station, states=STILL_TO_COME, wants_door=True, limit=SHOWN_MAX),
        "may_keep_goods": request.actor.may_any(Duty.KEEPER, at=station),
        "now": request.now,
    }
    return show(request, "station/board.html", context)


def by_urgency(rounds: Iterable[RoundView]) -> tuple[list[RoundView], list[RoundView]]:
    """What somebody still has to look after, those under way before those that wait; and what is done, the last one first."""
    rounds = list(rounds)
    started, planned, done = ([each for each in rounds if each.state == state] for state in SHOWN_ROUNDS)
    return started + planned, done[::-1]


@dataclass(frozen=True, slots=True)
class Standing:
    """How far a building or a unit of it is; `state` says it in one word, the worst first."""

    name: str
    served: int
    waiting: int
    failed: int
    units: tuple[Standing, ...] = ()

    @property
    def state(self) -> str:
        counts = (("FAILED", self.failed), ("WAITING", self.waiting), ("SERVED", self.served))
        return next((state for state, count in counts if count), "NOTHING")

    @property
    def total(self) -> int:
        return self.served + self.waiting + self.failed


@page(at_a_place=KEEPERS)
def buildings(request: PageRequest, station: UUID, community: UUID) -> HttpResponse:
    """
    Every building in natural order: served, waiting, failed; colour never alone. `building`, which the code on the printed
    list opens: its parcels one by one.
    """
    here = own_station(request, station)
    require_served(station, community)
    plan = places.community_plan(community, request.now, with_doors=False)
    asked = uuid_or_none(request, "building")
    chosen = next((building for building in plan.buildings if building.id == asked), None)
    if asked is not None and chosen is None:
        raise NotFound("This community has no such building.", cure="Open it from the list of its buildings.")
    counts = delivery.building_counts(community, since=request.now - DAY)
    context = {
        "station": here,
        "community": plan,
        "buildings": standings(plan.buildings, counts),
        "legend": list(WORDS["building"]),
        "chosen": chosen,
        "parcels": delivery.parcels(building=chosen.id, states=STILL_TO_COME, limit=SHOWN_MAX) if chosen else (),
        "nowhere": sum(count.waiting + count.failed for count in counts if count.building is None),
        "now": request.now,
    }
    return show(request, "station/buildings.html", context)


def standings(buildings_: Iterable[BuildingView], counts: Iterable[BuildingCount]) -> list[Standing]:
    """In the order of the buildings; parcels whose unit nobody knows count for the building alone."""
    of: defaultdict[UUID | None, list[BuildingCount]] = defaultdict(list)
    for count in counts:
        of[count.building].append(count)
    return [
        _standing(
            building.name,
            of[building.id],
            tuple(
                _standing(unit.name, [each for each in of[building.id] if each.unit == unit.id])
                for unit in building.units
            ),
        )
        for building in buildings_
    ]


def _standing(name: str, counts: list[BuildingCount], units: tuple[Standing, ...] = ()) -> Standing:
    return Standing(
        name,
        sum(count.served for count in counts),
        sum(count.waiting for count in counts),
        sum(count.failed for count in counts),
        units,
    )


def require_served(station: UUID, community: UUID) -> None:
    """Raises NotFound for a community that other stations serve: whoever keeps this one learns nothing of it."""
    if not any(station in (row.station, row.outer) for row in delivery.servings(communities=[community])):
        raise NotFound("This station does not serve this community.", cure="Open it from the station's board.")
