"""Where the replay takes place, as pictures: everything, and the surroundings of its middle where most lies close together."""

from __future__ import annotations

import math
from collections import Counter
from dataclasses import dataclass

from baogong.tower.queries import Replay, ReplayPlace
from baogong.web import pictures
from baogong.web.command.charts import INSET_PX, NEAR_DEGREES
from baogong.web.names import is_chinese
from baogong.web.pictures import FlowMap, MapFlow, MapPoint

LABELS_MAX, APART_PX = 24, 18
CITY_SPAN = 0.01  # degrees: a kilometre
LEAST_R, MORE_R = 3, 17  # radius in pixels: of nothing, and so much more of the most
STANDS, HANDED_OVER = 0, 2


@dataclass(frozen=True, slots=True)
class Spot:
    """A place on a picture: what stands there and what was handed over there at the end, as radii."""

    number: int
    x: float
    y: float
    label: str
    label_x: float
    label_y: float
    anchor: str
    role: str
    stands_r: float
    handed_r: float


@dataclass(frozen=True, slots=True)
class ReplayMap:
    """`ways` are (source, target, path) of places between which anything went."""

    picture: FlowMap
    spots: tuple[Spot, ...]
    ways: tuple[tuple[str, str, str], ...]
    gridlines: tuple[tuple[float, float, float, float, str], ...]


def radius(amount: int, most: int) -> float:
    """By area; the script draws the same."""
    return round(LEAST_R + MORE_R * math.sqrt(amount / most), 1) if amount > 0 and most > 0 else 0


def most_of(played: Replay, kind: int) -> int:
    """The most that ever stands or was handed over at one place that is shown."""
    sums: Counter[tuple[int, int]] = Counter()
    most = 0
    for frame in played.frames:
        for place, of, group, amount in frame.changes:
            if of == kind and group in (STANDS, HANDED_OVER):
                sums[place, group] += amount
                if played.places[place].id is not None:
                    most = max(most, sums[place, group])
    return most


def maps_of(played: Replay, kind: int) -> list[ReplayMap]:
    """One or two; none where no place has a point."""
    shown = [(number, place) for number, place in enumerate(played.places) if place.id is not None]
    if not shown:
        return []
    trips = Counter((trip.source, trip.target) for trip in played.trips)
    busy: Counter[int] = Counter()
    for (source, target), count in trips.items():
        busy[source] += count
        busy[target] += count
    middle = played.places[max(shown, key=lambda each: (busy[each[0]], -each[0]))[0]]
    near = {number for number, place in shown if _is_near(place, middle)}
    everything = {number for number, _place in shown}
    if len(near) < 3 or len(near) == len(everything):
        return [_map(played, kind, everything, everything, trips)]
    hidden = near - {number for number, place in shown if place is middle}
    far = Counter({way: count for way, count in trips.items() if not set(way) <= near})
    return [
        _map(played, kind, everything, everything - hidden, far, frame=near),
        _map(played, kind, near, near, trips, width=INSET_PX),
    ]


def _is_near(place: ReplayPlace, middle: ReplayPlace) -> bool:
    assert place.lat is not None and place.lon is not None and middle.lat is not None and middle.lon is not None  # noqa: PT018
    return abs(place.lat - middle.lat) < NEAR_DEGREES and abs(place.lon - middle.lon) < NEAR_DEGREES


def _map(
    played: Replay,
    kind: int,
    on_it: set[int],
    named: set[int],
    trips: Counter[tuple[int, int]],
    *,
    frame: set[int] = frozenset(),  # type: ignore[assignment]
    width: int = 760,
) -> ReplayMap:
    points = {number: _point(number, played.places[number], is_named=number in named) for number in sorted(on_it)}
    labelled = set(sorted(named)[:LABELS_MAX])  # the busiest come first
    drawn = [point if number in labelled else _nameless(point) for number, point in points.items()]
    flows = [MapFlow(str(a), str(b), count, "done") for (a, b), count in sorted(trips.items()) if {a, b} <= on_it]
    picture = pictures.flow_map(
        drawn,
        flows,
        width=width,
        least_height=300,
        most_height=520,
        frame_of=[points[number] for number in sorted(frame)],
        least_span=CITY_SPAN,
    )
    assert picture is not None
    readable = _readable(picture)
    most = most_of(played, kind)
    ends: Counter[tuple[int, int]] = Counter()
    for each in played.frames:
        for place, of, group, amount in each.changes:
            if of == kind:
                ends[place, group] += amount
    spots = tuple(
        Spot(
            int(placed.point.key),
            placed.x,
            placed.y,
            placed.point.label if placed.point.key in readable else "",
            placed.label_x,
            placed.label_y,
            placed.anchor,
            placed.point.role,
            radius(ends[int(placed.point.key), STANDS], most),
            radius(ends[int(placed.point.key), HANDED_OVER], most),
        )
        for placed in picture.points
    )
    ways = tuple((flow.flow.source, flow.flow.target, flow.path) for flow in picture.flows)
    return ReplayMap(picture, spots, ways, picture.gridlines)


def _readable(picture: FlowMap) -> set[str]:
    """Whose names do not lie on each other: the busiest come first, and a crowd of places is named by them."""
    chosen: list[tuple[float, float]] = []
    found = set()
    for placed in sorted(picture.points, key=lambda placed: int(placed.point.key)):
        if placed.point.label and all(math.dist((placed.x, placed.y), other) >= APART_PX for other in chosen):
            chosen.append((placed.x, placed.y))
            found.add(placed.point.key)
    return found


def _point(number: int, place: ReplayPlace, *, is_named: bool) -> MapPoint:
    name = (place.zh or place.en) if is_chinese() else (place.en or place.zh)
    assert place.lat is not None and place.lon is not None  # noqa: PT018
    role = {"STATION": "hub", "COMMUNITY": "receiver"}.get(place.role, place.role.lower())
    return MapPoint(str(number), name if is_named else "", place.lat, place.lon, role)


def _nameless(point: MapPoint) -> MapPoint:
    return MapPoint(point.key, "", point.lat, point.lon, point.role)
