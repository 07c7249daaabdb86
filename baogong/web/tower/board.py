"""
One screen: what is late and why, what runs out when, who has too much to do, which promise is at risk, and where.

Six pages that are read apart, each a glance of its own; with htmx the screen shows them together, and asks for them again
as soon as the book has grown: by the live stream where the house serves one, else every minute.
"""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from urllib.parse import quote
from uuid import UUID

from django.conf import settings
from django.http import HttpResponse
from django.utils.translation import ngettext

from baogong.delivery import queries as delivery
from baogong.delivery.queries import ParcelFlow
from baogong.freight import queries as freight
from baogong.journal.queries import newest_mark
from baogong.needs.queries import unconfirmed_count
from baogong.places import queries as places
from baogong.places.queries import CommunityRow, StandView
from baogong.tower import causes, queries
from baogong.tower.causes import RUNS_OUT_WITHIN, Running
from baogong.tower.tickets import ticket_for
from baogong.web import pictures
from baogong.web.command import charts
from baogong.web.compounds import CompoundMap, Progress, cells, compound_map
from baogong.web.middleware import CONTENT_SECURITY_POLICY
from baogong.web.names import called, item_names, party_names
from baogong.web.pages import PageRequest, page, show
from baogong.web.pictures import MapFlow, MapPoint
from baogong.web.station.board import DAY, Standing, standings
from baogong.web.templatetags.baogong import listed
from baogong.web.tower.rows import OFFICE, rows_of, rows_of_alerts
from baogong.web.words import WORDS

SHOWN_MAX = 60
NOT_LEFT = ("PLANNED", "LOADED")
GOODS_MAX = 24
COMMUNITIES_MAX = 40
FOOTPRINTS_MAX = 4  # each is a picture of its own, and the screen is asked for again as the book grows
CITY_SPAN = 0.01  # degrees: a kilometre


@page(*OFFICE)
def board(request: PageRequest) -> HttpResponse:
    """The alerts that are open, and the places of the other parts of the screen."""
    found = queries.alerts()
    rule = queries.watch_rule()
    context = {
        "alerts": rows_of_alerts(found[:SHOWN_MAX], request.actor),
        "alerts_count": len(found),
        "untaken_count": sum(alert.owner is None for alert in found),
        "is_quiet": queries.is_quiet(rule, request.now),
        "rule": rule,
        "live": _stream(request),
        "mark": newest_mark(),
        "now": request.now,
    }
    response = show(request, "tower/board.html", context, partial="alerts")
    if context["live"]:
        response.headers["Content-Security-Policy"] = CONTENT_SECURITY_POLICY.replace(
            "connect-src 'self'", f"connect-src 'self' {_origin(request)}"
        )
    return response


def _origin(request: PageRequest) -> str:
    """Of the process that serves the stream: this house's name, its other port."""
    host = request.get_host()
    name = host.rpartition(":")[0] if ":" in host.rpartition("]")[2] else host
    return f"{request.scheme}://{name}:{settings.BAOGONG_CLAIMS_PORT}"


def _stream(request: PageRequest) -> str:
    """Where the screen hears that the book has grown; "" where this house serves no stream."""
    if settings.BAOGONG_CLAIMS_PORT is None:
        return ""
    return f"{_origin(request)}/live?ticket={quote(ticket_for(request.actor.person_id))}"


@page(*OFFICE)
def late(request: PageRequest) -> HttpResponse:
    """Trucks, rounds, tasks and signatures behind their time, and why."""
    found = (
        *causes.late_trucks(request.now),
        *causes.late_rounds(request.now),
        *causes.late_papers(request.now),
    )
    return _shown(request, "late", found, unconfirmed=unconfirmed_count(request.now))


@page(*OFFICE)
def promises(request: PageRequest) -> HttpResponse:
    """Claims, parcels and goods whose promised time runs out."""
    return _shown(request, "promises", causes.promises(request.now))


@page(*OFFICE)
def load(request: PageRequest) -> HttpResponse:
    """Couriers beyond a day's work, stations at which more stands than goes."""
    return _shown(request, "load", causes.overloaded(request.now))


def _shown(request: PageRequest, part: str, found: Collection[causes.Cause], **more: object) -> HttpResponse:
    rows = rows_of(tuple(found), request.actor)
    context = {"rows": rows[:SHOWN_MAX], "rows_count": len(rows), "part": part, "now": request.now} | more
    return show(request, f"tower/{part}.html", context, partial="body")


@dataclass(frozen=True, slots=True)
class GoodsRow:
    """`is_near`: within two days; `share`: of those two days, in hundredths, for the bar."""

    running: Running
    place: str
    item: str
    is_near: bool
    share: int


@page(*OFFICE)
def goods(request: PageRequest) -> HttpResponse:
    """What goes at what pace, and when the last of it does."""
    found = causes.running_out(request.now)
    shown = [each for each in found if each.out_at is not None][:GOODS_MAX]
    gone = [each for each in found if each.out_at is None][:GOODS_MAX]
    places_ = party_names({each.holder for each in (*shown, *gone)}) if found else {}
    items = item_names() if found else {}

    def row(each: Running) -> GoodsRow:
        left = (each.out_at or request.now) - request.now
        share = min(100, round(100 * left / RUNS_OUT_WITHIN))
        return GoodsRow(
            each, places_.get(each.holder, ""), items.get(each.item, ""), left <= RUNS_OUT_WITHIN, max(share, 0)
        )

    context = {"goods": [row(each) for each in shown], "gone": [row(each) for each in gone], "now": request.now}
    return show(request, "tower/goods.html", context, partial="body")


@page(*OFFICE)
def roads(request: PageRequest) -> HttpResponse:
    """Trucks between places; those that have not left are not on the road yet."""
    rows = freight.waybills(now=request.now, states=causes.MOVING)
    behind = [(row.origin, row.target) for row in rows if row.is_late]
    leaving = sum(row.state in NOT_LEFT for row in rows)
    context = {
        "maps": charts.maps_of(charts.ways_of(freight.flows(), behind)),
        "moving": len(rows) - leaving,
        "leaving": leaving,
    }
    return show(request, "tower/map.html", context, partial="body")


@page(*OFFICE)
def ground(request: PageRequest) -> HttpResponse:
    """Stations, the communities they serve, and the buildings of those for which most is under way."""
    flows = delivery.parcel_flows()[:COMMUNITIES_MAX]
    stands = places.stations_at(request.now)
    found = {row.id: row for row in places.communities(ids={flow.community for flow in flows})} if flows else {}
    context = {
        "map": _city(flows, stands, found),
        "flows": [(flow, found[flow.community].name) for flow in flows if flow.community in found],
        "stations": {stand.station: called(stand.station_name) for stand in stands},
        "footprints": _footprints(flows, request.now) if flows else [],
        "legend": list(WORDS["building"]),
        "communities_count": len({flow.community for flow in flows}),
    }
    return show(request, "tower/ground.html", context, partial="body")


def _city(
    flows: Collection[ParcelFlow], stands: Collection[StandView], found: dict[UUID, CommunityRow]
) -> pictures.FlowMap | None:
    points = [
        MapPoint(str(stand.station), called(stand.station_name), stand.lat, stand.lon, "hub", stand.note)
        for stand in stands
        if stand.lat is not None and stand.lon is not None
    ]
    points += [
        MapPoint(str(row.id), called(row.name), row.lat, row.lon, "receiver")  # the list beside the picture leads on
        for row in found.values()
        if row.lat is not None and row.lon is not None
    ]
    arrows = [
        MapFlow(
            str(flow.station),
            str(flow.community),
            flow.count,
            "moving" if flow.with_courier else "planned",
            ngettext("%(count)s parcel under way", "%(count)s parcels under way", flow.count) % {"count": flow.count},
        )
        for flow in flows
    ]
    return pictures.flow_map(points, arrows, least_height=300, most_height=420, least_span=CITY_SPAN)


def _footprints(flows: Collection[ParcelFlow], now: datetime) -> list[tuple[UUID, str, CompoundMap]]:
    """(community, its name, picture) of those for which most is under way; four queries."""
    most = list(dict.fromkeys(flow.community for flow in flows))[:FOOTPRINTS_MAX]
    counts = delivery.building_counts(*most, since=now - DAY)
    found = []
    for plan in places.community_plans(most, now, with_doors=False):
        progress = {
            building.id: Progress(standing.state.lower(), _how_far(standing))
            for building, standing in zip(plan.buildings, standings(plan.buildings, counts), strict=True)
        }
        if plan.is_located and (drawn := compound_map(plan, cells(plan, {}, progress), (), now)):
            found.append((plan.id, plan.name, drawn))
    return found


def _how_far(standing: Standing) -> str:
    """Each of waiting, failed and served that there is, with its count."""
    counts = (("WAITING", standing.waiting), ("FAILED", standing.failed), ("SERVED", standing.served))
    told = [f"{WORDS['building'][state]} {count:,}" for state, count in counts if count]
    return listed(told) if told else str(WORDS["building"]["NOTHING"])
