"""The rooms' facts as pictures: flows on two maps, trucks and docks on a Gantt chart, bars of a need."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from django.urls import reverse
from django.utils.translation import gettext as _

from baogong.freight.queries import Bar, ConvoyView, Flow, Gantt, LegView
from baogong.places.queries import SiteView
from baogong.web import pictures
from baogong.web.names import called, called_within, party_names, place_in
from baogong.web.pictures import FlowMap, GanttBar, GanttRow, MapFlow, MapPoint

INSET_PX = 480
NEAR_DEGREES = 2.2  # the hub's surroundings: about 200 km
STATE_OF_WAYBILL = {
    "PLANNED": "planned",
    "LOADED": "moving",
    "DEPARTED": "moving",
    "ARRIVED": "moving",
    "CLOSED": "done",
}


@dataclass(frozen=True, slots=True)
class Maps:
    """`country` shows everything; `around` the hub's surroundings, None where nothing lies close together."""

    country: FlowMap | None
    around: FlowMap | None


@dataclass(frozen=True, slots=True)
class Way:
    """Goods between two places, one state."""

    origin: UUID
    origin_name: str
    origin_point: tuple[float, float] | None
    target: UUID
    target_name: str
    target_point: tuple[float, float] | None
    amount: int
    state: str


def ways_of(flows: Iterable[Flow], late: Iterable[tuple[UUID, UUID]] = ()) -> tuple[Way, ...]:
    """Flows with their colour: planned, moving, done; late where a waybill between the two places is."""
    behind = set(late)
    return tuple(
        Way(
            flow.origin,
            flow.origin_name,
            flow.origin_point,
            flow.target,
            flow.target_name,
            flow.target_point,
            flow.amount,
            "late" if (flow.origin, flow.target) in behind and flow.state != "CLOSED" else STATE_OF_WAYBILL[flow.state],
        )
        for flow in flows
    )


def ways_of_plan(bills: Iterable[Mapping[str, object]], sites: Mapping[UUID, SiteView]) -> tuple[Way, ...]:
    """The waybills a plan proposes, before they are written."""
    amounts: dict[tuple[UUID, UUID], int] = defaultdict(int)
    for bill in bills:
        lines = bill["lines"]
        assert isinstance(lines, list)
        amounts[UUID(str(bill["origin"])), UUID(str(bill["target"]))] += sum(line["amount"] for line in lines)
    return tuple(
        Way(
            origin,
            sites[origin].name,
            _point(sites[origin]),
            target,
            sites[target].name,
            _point(sites[target]),
            amount,
            "planned",
        )
        for (origin, target), amount in sorted(amounts.items())
    )


def _point(site: SiteView) -> tuple[float, float] | None:
    return (site.lat, site.lon) if site.lat is not None and site.lon is not None else None


def maps_of(ways: Sequence[Way]) -> Maps:
    """
    The country, and as an inset what lies near the hub: the place through which most goods pass.

    A place's role follows from its flows: only from it, through it, only to it.
    """
    points: dict[UUID, tuple[str, tuple[float, float]]] = {}
    out: dict[UUID, int] = defaultdict(int)
    come: dict[UUID, int] = defaultdict(int)
    for way in ways:
        if way.origin_point is None or way.target_point is None:
            continue
        points[way.origin] = called(way.origin_name), way.origin_point
        points[way.target] = called(way.target_name), way.target_point
        out[way.origin] += way.amount
        come[way.target] += way.amount
    if not points:
        return Maps(None, None)
    middle = max(points, key=lambda place: (min(out[place], come[place]), come[place], str(place)))
    spots = [
        MapPoint(
            key=str(place),
            label=name,
            lat=lat,
            lon=lon,
            role="receiver" if not out[place] else ("hub" if come[place] else "warehouse"),
            note=_("out %(out)s, in %(come)s") % {"out": f"{out[place]:,}", "come": f"{come[place]:,}"},
        )
        for place, (name, (lat, lon)) in sorted(points.items(), key=lambda pair: str(pair[0]))
    ]
    arrows = [
        MapFlow(
            str(way.origin),
            str(way.target),
            way.amount,
            way.state,
            f"{called(way.origin_name)} → {called(way.target_name)}: {way.amount:,}",
        )
        for way in ways
        if way.origin in points and way.target in points
    ]
    lat, lon = points[middle][1]
    near = [spot for spot in spots if abs(spot.lat - lat) < NEAR_DEGREES and abs(spot.lon - lon) < NEAR_DEGREES]
    if len(near) < 3 or len(near) == len(spots):
        return Maps(pictures.flow_map(spots, arrows), None)
    close = {spot.key for spot in near}
    far = [replace(spot, label="") if spot.key in close and spot.key != str(middle) else spot for spot in spots]
    return Maps(
        pictures.flow_map(far, [arrow for arrow in arrows if not {arrow.source, arrow.target} <= close], frame_of=near),
        pictures.flow_map(
            near, [arrow for arrow in arrows if {arrow.source, arrow.target} <= close], width=INSET_PX, least_height=300
        ),
    )


def gantt_of_waybills(chart: Gantt, *, now: datetime) -> pictures.Gantt | None:
    """Trucks × legs as they went, go and are expected, then the docks they stand at."""
    rows = [
        GanttRow(row.plate or called_within(row.truck), tuple(_bar(bar, now) for bar in row.bars))
        for row in chart.trucks
    ]
    rows += [
        GanttRow(
            _dock(row.site_name, row.dock, is_beyond=row.is_beyond),
            tuple(replace(_bar(bar, now), label=bar.number) for bar in row.bars),
        )
        for row in chart.docks
    ]
    return pictures.gantt(rows, now=now)


def _bar(bar: Bar, now: datetime) -> GanttBar:
    moves = bar.what == "DRIVE"
    if bar.is_done:
        state = "done"
    elif bar.is_late:
        state = "late"
    elif not moves:
        state = "dock"
    else:
        state = "moving" if bar.start_at <= now else "planned"
    return GanttBar(
        bar.start_at,
        bar.end_at,
        f"→ {called(bar.site_name)}" if moves else _what(bar.what),
        state,
        url=reverse("command:waybill", args=[bar.waybill]),
        title=f"{bar.number} · {_what(bar.what)} · {called(bar.site_name)}",
    )


def _what(what: str) -> str:
    return {"LOAD": _("load"), "DRIVE": _("drive"), "UNLOAD": _("unload")}[what]


def gantt_of_plan(view: ConvoyView, docks: Mapping[UUID, int], *, now: datetime) -> pictures.Gantt | None:
    """The legs a plan proposes, and where they stand at docks; `docks` are the sites' own numbers."""
    trucks: dict[str, list[GanttBar]] = defaultdict(list)
    stands: dict[UUID, list[tuple[datetime, datetime, str]]] = defaultdict(list)
    names: dict[UUID, str] = {}
    for leg in view.legs:
        trucks[leg.vehicle] += _bars_of_leg(leg)
        for stop in leg.stops:
            if stop.cartons_loaded or stop.cartons_unloaded:
                names[stop.site] = called(stop.site_name)
                stands[stop.site].append((stop.start_at, stop.end_at, leg.vehicle))
    rows = [
        GanttRow(called_within(truck), tuple(bars))
        for truck, bars in sorted(trucks.items(), key=lambda pair: pair[1][0].start_at)
    ]
    for site in sorted(stands, key=place_in(party_names(stands) if stands else {})):
        for number, taken in enumerate(_at_docks(stands[site]), start=1):
            label = _dock(names[site], number, is_beyond=number > docks.get(site, number))
            rows.append(GanttRow(label, tuple(GanttBar(start, end, who, "dock") for start, end, who in taken)))
    return pictures.gantt(rows, now=now)


def _dock(site_name: str, number: int, *, is_beyond: bool) -> str:
    """Above the site's own number of docks a truck has to wait."""
    label = _("%(site)s dock %(number)s") % {"site": called(site_name), "number": number}
    return label + " · " + _("waits") if is_beyond else label


def _bars_of_leg(leg: LegView) -> list[GanttBar]:
    bars = []
    for stop, following in zip(leg.stops, [*leg.stops[1:], None], strict=True):
        if stop.cartons_loaded or stop.cartons_unloaded:
            label = _("load") if stop.cartons_loaded else _("unload")
            cartons = stop.cartons_loaded or stop.cartons_unloaded
            title = _("%(what)s %(cartons)s cartons at %(site)s") % {
                "what": label,
                "cartons": cartons,
                "site": called(stop.site_name),
            }
            bars.append(GanttBar(stop.start_at, stop.end_at, label, "dock", title=title))
        if following is not None:
            label = f"→ {called(following.site_name)}" + (" · " + _("empty") if leg.is_empty else "")
            state = "moving" if leg.is_frozen else "planned"
            bars.append(
                GanttBar(
                    stop.depart_at, following.arrive_at, label, state, title=f"{called_within(leg.vehicle)} {label}"
                )
            )
    return bars


def _at_docks(stands: list[tuple[datetime, datetime, str]]) -> list[list[tuple[datetime, datetime, str]]]:
    """Each at the first dock that is free when it begins."""
    docks: list[list[tuple[datetime, datetime, str]]] = []
    for stand in sorted(stands):
        free = next((dock for dock in docks if dock[-1][1] <= stand[0]), None)
        if free is None:
            docks.append([stand])
        else:
            free.append(stand)
    return docks
