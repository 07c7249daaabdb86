"""
Pictures as numbers: a flow map and a Gantt chart laid out here, drawn as SVG by the templates.

Server-made SVG needs no tiles, no script and no network, prints sharply and can be read by a screen reader.
"""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from django.utils import timezone


@dataclass(frozen=True, slots=True)
class MapPoint:
    """A place: degrees WGS84; `role` is a css word (warehouse, hub, receiver, command, pickup)."""

    key: str
    label: str
    lat: float
    lon: float
    role: str
    note: str = ""
    url: str = ""


@dataclass(frozen=True, slots=True)
class MapFlow:
    """Goods between two points; `state` is a css word (planned, moving, done, late)."""

    source: str
    target: str
    amount: int
    state: str
    label: str = ""


AWAY_MAX = 9  # rows of labels that one may stand off its point


@dataclass(frozen=True, slots=True)
class PlacedPoint:
    """`leader`: the line from the point to a label that found no room beside it; "" where it stands beside it."""

    point: MapPoint
    x: float
    y: float
    label_x: float
    label_y: float
    anchor: str
    leader: str = ""


@dataclass(frozen=True, slots=True)
class PlacedFlow:
    flow: MapFlow
    path: str
    width: float
    label_x: float
    label_y: float


@dataclass(frozen=True, slots=True)
class FlowMap:
    """`gridlines` are (x1, y1, x2, y2, text); the frame of an inset is drawn on the larger map."""

    width: int
    height: int
    points: tuple[PlacedPoint, ...]
    flows: tuple[PlacedFlow, ...]
    gridlines: tuple[tuple[float, float, float, float, str], ...]
    frame: tuple[float, float, float, float] | None = None


def _mercator(lat: float) -> float:
    return math.degrees(math.log(math.tan(math.pi / 4 + math.radians(lat) / 2)))


def flow_map(
    points: Sequence[MapPoint],
    flows: Sequence[MapFlow],
    *,
    width: int = 760,
    least_height: int = 420,
    most_height: int = 620,
    frame_of: Sequence[MapPoint] = (),
    least_span: float = 0.05,
) -> FlowMap | None:
    """
    Web-Mercator layout of the points with a margin; arcs bend to one side so that there and back can be told apart.

    least_span  degrees that the picture covers at least, however close the points lie
    """
    if not points:
        return None
    lons = [point.lon for point in points]
    lats = [_mercator(point.lat) for point in points]
    span_x = max(max(lons) - min(lons), least_span)
    span_y = max(max(lats) - min(lats), least_span)
    margin = 64
    scale = (width - 2 * margin) / span_x
    height = int(span_y * scale + 2 * margin)
    if height > most_height:
        scale = (most_height - 2 * margin) / span_y
        height = most_height
    height = max(height, least_height)
    middle_lon, middle_lat = (max(lons) + min(lons)) / 2, (max(lats) + min(lats)) / 2

    def place(lat: float, lon: float) -> tuple[float, float]:
        return (
            round(width / 2 + (lon - middle_lon) * scale, 1),
            round(height / 2 - (_mercator(lat) - middle_lat) * scale, 1),
        )

    spots = {point.key: place(point.lat, point.lon) for point in points}
    most = max((flow.amount for flow in flows), default=1) or 1
    return FlowMap(
        width=width,
        height=height,
        points=tuple(_place_labels(points, spots, width, height)),
        flows=tuple(_arc(flow, spots, most) for flow in flows if flow.source in spots and flow.target in spots),
        gridlines=tuple(_gridlines(place, width, height, middle_lat, middle_lon, scale)),
        frame=_frame([place(point.lat, point.lon) for point in frame_of]),
    )


def _frame(spots: list[tuple[float, float]]) -> tuple[float, float, float, float] | None:
    if not spots:
        return None
    left, top = min(x for x, _ in spots) - 10, min(y for _, y in spots) - 10
    return left, top, max(x for x, _ in spots) + 10 - left, max(y for _, y in spots) + 10 - top


def _place_labels(
    points: Sequence[MapPoint], spots: dict[str, tuple[float, float]], width: int, height: int
) -> list[PlacedPoint]:
    """
    Each label goes to the nearest place where it covers no point, no earlier label and not the edge; the hub and the
    cities choose first. One that stands further off than beside its point has a line to it.
    """
    order = {"hub": 0, "command": 1, "warehouse": 2, "pickup": 3}
    taken: list[tuple[float, float, float, float]] = [(x - 8, y - 8, x + 8, y + 8) for x, y in spots.values()]
    placed = []
    for point in sorted(points, key=lambda point: (order.get(point.role, 9), point.key)):
        x, y = spots[point.key]
        wide = sum(15 if ord(letter) > 0x2E7F else 8 for letter in point.label)
        sides = [
            (x + 11, y + 5, "start", x + 11),
            (x - 11, y + 5, "end", x - 11 - wide),
            (x, y - 13, "middle", x - wide / 2),
            (x, y + 24, "middle", x - wide / 2),
            (x + 11, y - 12, "start", x + 11),
            (x + 11, y + 22, "start", x + 11),
            (x - 11, y - 12, "end", x - 11 - wide),
            (x - 11, y + 22, "end", x - 11 - wide),
        ]
        beside = len(sides)
        for away in range(1, AWAY_MAX):
            for side_y in (y + 5 - 20 * away, y + 5 + 20 * away):
                for side_x in (16 + 6 * away, 16 + 30 * away):
                    sides.append((x + side_x, side_y, "start", x + side_x))
                    sides.append((x - side_x, side_y, "end", x - side_x - wide))

        def crowding(side: tuple[float, float, str, float], wide: float = wide) -> float:
            left, top, right, bottom = side[3], side[1] - 14, side[3] + wide, side[1] + 4
            overlaps = sum(
                max(0.0, min(right, box[2]) - max(left, box[0])) * max(0.0, min(bottom, box[3]) - max(top, box[1]))
                for box in taken
            )
            is_outside = left < 0 or right > width or top < 0 or bottom > height
            return overlaps + (10_000 if is_outside else 0)

        best = min(range(len(sides)), key=lambda number: (crowding(sides[number]), number))
        label_x, label_y, anchor, left = sides[best]
        leader = f"M{x} {y}L{label_x:.1f} {label_y - 4:.1f}" if best >= beside else ""
        taken.append((left, label_y - 14, left + wide, label_y + 4))
        placed.append(PlacedPoint(point, x, y, round(label_x, 1), round(label_y, 1), anchor, leader))
    return placed


def _arc(flow: MapFlow, spots: dict[str, tuple[float, float]], most: int) -> PlacedFlow:
    (x1, y1), (x2, y2) = spots[flow.source], spots[flow.target]
    bend = 0.12
    control_x, control_y = (x1 + x2) / 2 - (y2 - y1) * bend, (y1 + y2) / 2 + (x2 - x1) * bend
    return PlacedFlow(
        flow,
        f"M{x1} {y1} Q{control_x:.1f} {control_y:.1f} {x2} {y2}",
        round(1.5 + 6 * math.sqrt(flow.amount / most), 1),
        round((x1 + 2 * control_x + x2) / 4, 1),
        round((y1 + 2 * control_y + y2) / 4 - 4, 1),
    )


def _gridlines(
    place: object, width: int, height: int, middle_lat: float, middle_lon: float, scale: float
) -> list[tuple[float, float, float, float, str]]:
    """Whole-degree lines (or finer on a small map) so that an empty ground still gives direction and size."""
    assert callable(place)
    span = width / scale
    step = next((step for step in (0.1, 0.25, 0.5, 1.0, 2.0, 5.0, 10.0) if span / step <= 8), 10.0)
    digits = 0 if step >= 1 else 2
    lines = []
    lon = math.floor((middle_lon - span / 2) / step) * step
    while lon <= middle_lon + span / 2:
        x = place(0.0, lon)[0]
        if 0 < x < width:
            lines.append((x, 0.0, x, float(height), f"{lon:.{digits}f}°E"))
        lon += step
    lat = -80.0
    while lat <= 80:
        y = place(lat, middle_lon)[1]
        if 0 < y < height:
            lines.append((0.0, y, float(width), y, f"{lat:.{digits}f}°N"))
        lat = round(lat + step, 4)
    return lines


@dataclass(frozen=True, slots=True)
class GanttBar:
    """`state` is a css word (planned, moving, done, late, dock)."""

    start_at: datetime
    end_at: datetime
    label: str
    state: str
    url: str = ""
    title: str = ""


@dataclass(frozen=True, slots=True)
class GanttRow:
    label: str
    bars: tuple[GanttBar, ...]


@dataclass(frozen=True, slots=True)
class PlacedBar:
    bar: GanttBar
    x: float
    y: float
    width: float
    label: str


@dataclass(frozen=True, slots=True)
class Gantt:
    """`ticks` are (x, text, is_midnight); `now_x` is None where now lies outside."""

    width: int
    height: int
    left: int
    rows: tuple[tuple[float, str], ...]
    bars: tuple[PlacedBar, ...]
    ticks: tuple[tuple[float, str, bool], ...]
    now_x: float | None


def _both_ends(label: str, room: int) -> str:
    """
    The ends of a label that is wider than `room` pixels: names of one fleet differ in their last signs, those of houses in
    their first.
    """
    widths = [13 if sign > "\u2e80" else 8 for sign in label]
    if sum(widths) <= room:
        return label
    head = 0
    while sum(widths[: head + 1]) <= room // 3:
        head += 1
    kept = len(label)
    while kept > head and sum(widths[:head]) + sum(widths[kept - 1 :]) <= room - 13:
        kept -= 1
    return f"{label[:head]}…{label[kept:]}"


def gantt(rows: Sequence[GanttRow], *, now: datetime, width: int = 1180, left: int = 190) -> Gantt | None:
    """One line a row; time from the first start to the last end, ticks every 1 to 12 hours."""
    bars = [bar for row in rows for bar in row.bars]
    if not bars:
        return None
    start = min(bar.start_at for bar in bars)
    end = max(max(bar.end_at for bar in bars), start + timedelta(hours=1))
    span_s = (end - start).total_seconds()
    scale = (width - left - 16) / span_s

    def at(moment: datetime) -> float:
        return round(left + (moment - start).total_seconds() * scale, 1)

    row_height, top = 34, 34
    placed = []
    for index, row in enumerate(rows):
        for bar in row.bars:
            wide = max(4.0, at(bar.end_at) - at(bar.start_at))
            room = int(wide / 9)
            label = bar.label if len(bar.label) <= room else (bar.label[: max(0, room - 1)] + "…" if room > 3 else "")
            placed.append(PlacedBar(bar, at(bar.start_at), top + index * row_height + 5, round(wide, 1), label))
    step_h = next((step for step in (1, 2, 3, 6, 12) if span_s / 3600 / step <= 14), 24)
    local = timezone.localtime(start)
    tick = local.replace(minute=0, second=0, microsecond=0) + timedelta(hours=1)
    while tick.hour % step_h:
        tick += timedelta(hours=1)
    ticks = []
    while tick < end:
        ticks.append((at(tick), tick.strftime("%m-%d") if tick.hour == 0 else tick.strftime("%H:%M"), tick.hour == 0))
        tick += timedelta(hours=step_h)
    return Gantt(
        width=width,
        height=top + row_height * len(rows) + 8,
        left=left,
        rows=tuple((top + index * row_height, _both_ends(row.label, left - 12)) for index, row in enumerate(rows)),
        bars=tuple(placed),
        ticks=tuple(ticks),
        now_x=at(now) if start <= now <= end else None,
    )
