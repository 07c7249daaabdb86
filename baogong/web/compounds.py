"""
A compound as a picture and as a grid: footprints or squares, gates, stations, shelves, each with its zone in words.

Metres on flat ground around the compound's middle, drawn by the templates as SVG (decision 0007): no tiles, no script.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from math import cos, radians
from uuid import UUID

from baogong.engine.outlines import rings_of
from baogong.places.queries import NO_ZONE, BuildingView, CommunityView, StandView, ZoneView
from baogong.web.names import called

_M_PER_DEGREE = 111_195.0
WIDTH, HEIGHT_MIN, HEIGHT_MAX, MARGIN = 960, 260, 900, 46
SQUARE_M = 22  # side of the square drawn for a building without a footprint


@dataclass(frozen=True, slots=True)
class Progress:
    """How far a building is served: `state` a css word (waiting, served, failed, part), `text` in words. For the rounds."""

    state: str
    text: str


@dataclass(frozen=True, slots=True)
class Cell:
    """A building in the grid. `zones`: its own, and of units that differ from it."""

    building: BuildingView
    zone: ZoneView
    unit_zones: tuple[tuple[str, ZoneView], ...]
    shelves: tuple[str, ...]
    progress: Progress | None


@dataclass(frozen=True, slots=True)
class Shape:
    """A building as drawn; `size` of its number."""

    cell: Cell
    path: str
    x: float
    y: float
    size: int


@dataclass(frozen=True, slots=True)
class Mark:
    """A gate, a station or a shelf; `note` in words."""

    kind: str
    label: str
    x: float
    y: float
    note: str
    is_open: bool


@dataclass(frozen=True, slots=True)
class CompoundMap:
    """`scale_px` pixels are `scale_m` metres."""

    width: int
    height: int
    shapes: tuple[Shape, ...]
    paths: tuple[str, ...]
    marks: tuple[Mark, ...]
    scale_px: float
    scale_m: int
    is_located: bool


def cells(
    plan: CommunityView, zones: Mapping[UUID, ZoneView], progress: Mapping[UUID, Progress] | None = None
) -> tuple[Cell, ...]:
    """The buildings in natural order, with their zone and, where a round serves them, how far it is."""
    on = {unit: shelf.name for shelf in plan.shelves for unit in shelf.units}
    found = []
    for building in plan.buildings:
        own = zones.get(building.id, NO_ZONE)
        differing = tuple(
            (unit.name, zones[unit.id])
            for unit in building.units
            if unit.id in zones and zones[unit.id].state != own.state
        )
        shelves = tuple(dict.fromkeys(on[unit.id] for unit in building.units if unit.id in on))
        found.append(Cell(building, own, differing, shelves, (progress or {}).get(building.id)))
    return tuple(found)


def compound_map(
    plan: CommunityView, found: Iterable[Cell], stands: Iterable[StandView], at: datetime, *, width: int = WIDTH
) -> CompoundMap | None:
    """The picture; None where there is no building."""
    drawn = tuple(found)
    if not drawn:
        return None
    ground = _Ground(plan, drawn, stands, width)
    shapes = tuple(ground.shape(cell) for cell in drawn)
    marks = [
        Mark("gate", gate.name, *ground.at(gate.lat, gate.lon), _hours(gate.hours), gate.is_open(at))
        for gate in plan.gates
        if gate.lat is not None and gate.lon is not None
    ]
    marks += [
        Mark("station", called(stand.station_name), *ground.at(stand.lat, stand.lon), stand.note, True)
        for stand in ground.stands
        if stand.lat is not None and stand.lon is not None
    ]
    paths = tuple(
        "M" + "L".join(f"{x} {y}" for x, y in (ground.at(lat, lon) for lat, lon in path.line)) for path in plan.paths
    )
    scale_m = next(step for step in (10, 20, 50, 100, 200, 500, 1000, 100_000) if step * ground.scale >= 60)
    return CompoundMap(
        width, ground.height, shapes, paths, tuple(marks), round(scale_m * ground.scale, 1), scale_m, plan.is_located
    )


class _Ground:
    """Degrees → pixels: everything the compound has lies within the margins."""

    def __init__(self, plan: CommunityView, drawn: tuple[Cell, ...], stands: Iterable[StandView], width: int) -> None:
        first = drawn[0].building
        self.lat0, self.lon0 = first.lat, first.lon
        self.east = _M_PER_DEGREE * max(cos(radians(self.lat0)), 0.01)
        half = SQUARE_M / 2
        spots = [
            (x + dx, y + dy)
            for cell in drawn
            for x, y in [self._metres(cell.building.lat, cell.building.lon)]
            for dx in (-half, half)
            for dy in (-half, half)
        ]
        spots += [
            self._metres(lat, lon)
            for cell in drawn
            if cell.building.footprint
            for polygon in rings_of(cell.building.footprint)
            for lon, lat in polygon[0]
        ]
        spots += [
            self._metres(gate.lat, gate.lon) for gate in plan.gates if gate.lat is not None and gate.lon is not None
        ]
        spots += [self._metres(lat, lon) for path in plan.paths for lat, lon in path.line]
        wide = max(x for x, _ in spots) - min(x for x, _ in spots)
        # A station far off would shrink the compound to a dot: it is told in words instead.
        middle_x = (max(x for x, _ in spots) + min(x for x, _ in spots)) / 2
        self.stands = [
            stand
            for stand in stands
            if stand.lat is not None
            and stand.lon is not None
            and abs(self._metres(stand.lat, stand.lon)[0] - middle_x) < wide + 200
        ]
        spots += [
            self._metres(stand.lat, stand.lon)
            for stand in self.stands
            if stand.lat is not None and stand.lon is not None
        ]
        self.left, self.top = min(x for x, _ in spots), max(y for _, y in spots)
        wide = max(max(x for x, _ in spots) - self.left, 1.0)
        high = max(self.top - min(y for _, y in spots), 1.0)
        self.scale = min((width - 2 * MARGIN) / wide, (HEIGHT_MAX - 2 * MARGIN) / high)
        self.height = max(HEIGHT_MIN, round(high * self.scale + 2 * MARGIN))
        self.shift_x = (width - wide * self.scale) / 2
        self.shift_y = (self.height - high * self.scale) / 2

    def _metres(self, lat: float, lon: float) -> tuple[float, float]:
        return (lon - self.lon0) * self.east, (lat - self.lat0) * _M_PER_DEGREE

    def at(self, lat: float, lon: float) -> tuple[float, float]:
        x, y = self._metres(lat, lon)
        return round((x - self.left) * self.scale + self.shift_x, 1), round(
            (self.top - y) * self.scale + self.shift_y, 1
        )

    def shape(self, cell: Cell) -> Shape:
        building = cell.building
        x, y = self.at(building.lat, building.lon)
        half = round(SQUARE_M / 2 * self.scale, 1)
        path, room = f"M{x - half:.1f} {y - half:.1f}h{2 * half}v{2 * half}h{-2 * half}z", 2 * half
        if building.footprint:
            rings = [ring for polygon in rings_of(building.footprint) for ring in polygon]
            corners = [[self.at(lat, lon) for lon, lat in ring] for ring in rings]
            path = "".join("M" + "L".join(f"{a} {b}" for a, b in ring) + "z" for ring in corners)
            room = max(a for a, _ in corners[0]) - min(a for a, _ in corners[0])
        size = max(9, min(18, round(room / max(len(building.name), 1) * 1.3)))
        return Shape(cell, path, x, round(y + size * 0.35, 1), size)


def _hours(spans: Iterable[tuple[object, object]]) -> str:
    return ", ".join(f"{opens:%H:%M}–{closes:%H:%M}" for opens, closes in spans)
