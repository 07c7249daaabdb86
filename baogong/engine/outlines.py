"""
GeoJSON outlines of buildings and walls: whether one is sound, its middle, what lies in it.

Shapes are as in the file: {"type": "Polygon" | "MultiPolygon", "coordinates": …}, WGS84, longitude first. Buildings are
small: the earth is taken as flat within one.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import cos, isfinite, radians
from typing import Any

Ring = list[tuple[float, float]]
POINTS_MAX = 20_000


def rings_of(shape: Any) -> tuple[tuple[Ring, ...], ...]:
    """
    The polygons of a shape, each its outer ring first and then its holes, as (lon, lat).

    Raises ValueError, in words, where it is no Polygon or MultiPolygon on the earth.
    """
    if not isinstance(shape, Mapping) or shape.get("type") not in ("Polygon", "MultiPolygon"):
        found = shape.get("type") if isinstance(shape, Mapping) else type(shape).__name__
        raise ValueError(f"{found} is no Polygon and no MultiPolygon")
    polygons = shape.get("coordinates")
    if shape["type"] == "Polygon":
        polygons = [polygons]
    read = tuple(tuple(_rings(polygon)) for polygon in _listed(polygons))
    if not read or not all(read):
        raise ValueError("it has no ring")
    if sum(len(ring) for polygon in read for ring in polygon) > POINTS_MAX:
        raise ValueError(f"it has more than {POINTS_MAX:,} corners")
    return read


def line_of(shape: Any) -> tuple[tuple[tuple[float, float], ...], ...]:
    """The lines of a LineString or MultiLineString as (lat, lon). Raises ValueError, in words."""
    if not isinstance(shape, Mapping) or shape.get("type") not in ("LineString", "MultiLineString"):
        found = shape.get("type") if isinstance(shape, Mapping) else type(shape).__name__
        raise ValueError(f"{found} is no LineString")
    lines = shape.get("coordinates")
    if shape["type"] == "LineString":
        lines = [lines]
    read = tuple(tuple((lat, lon) for lon, lat in map(_corner, _listed(line))) for line in _listed(lines))
    if not read or any(len(line) < 2 for line in read):
        raise ValueError("a line has two points or more")
    return read


def middle_of(shape: Any) -> tuple[float, float]:
    """(lat, lon) of the centroid of the largest polygon; the mean of its corners where it has no area. Raises ValueError."""
    ring = max((polygon[0] for polygon in rings_of(shape)), key=area_m2)
    base_lon, base_lat = ring[0]
    twice = lon_sum = lat_sum = 0.0
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        x1, x2, y1, y2 = x1 - base_lon, x2 - base_lon, y1 - base_lat, y2 - base_lat
        cross = x1 * y2 - x2 * y1
        twice += cross
        lon_sum += (x1 + x2) * cross
        lat_sum += (y1 + y2) * cross
    if abs(twice) < 1e-16:
        return sum(lat for _, lat in ring) / len(ring), sum(lon for lon, _ in ring) / len(ring)
    return base_lat + lat_sum / (3 * twice), base_lon + lon_sum / (3 * twice)


def area_m2(ring: Ring) -> float:
    """Square metres within one ring."""
    base_lon, base_lat = ring[0]
    north = 111_195.0
    east = north * cos(radians(base_lat))
    twice = sum(
        (x1 - base_lon) * (y2 - base_lat) - (x2 - base_lon) * (y1 - base_lat)
        for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True)
    )
    return abs(twice) / 2 * north * east


def contains(shape: Any, lat: float, lon: float) -> bool:
    """Whether a point lies in the shape and in none of its holes; a point on an edge may be told either way."""
    return any(
        _is_within(polygon[0], lat, lon) and not any(_is_within(hole, lat, lon) for hole in polygon[1:])
        for polygon in rings_of(shape)
    )


def _is_within(ring: Ring, lat: float, lon: float) -> bool:
    inside = False
    for (x1, y1), (x2, y2) in zip(ring, ring[1:] + ring[:1], strict=True):
        if (y1 > lat) != (y2 > lat) and lon < (x2 - x1) * (lat - y1) / (y2 - y1) + x1:
            inside = not inside
    return inside


def _rings(polygon: Any) -> Iterator[Ring]:
    for ring in _listed(polygon):
        corners = [_corner(corner) for corner in _listed(ring)]
        if corners[:1] == corners[-1:]:
            corners = corners[:-1]
        if len(corners) < 3:
            raise ValueError("a ring has three corners or more")
        yield corners


def _listed(value: Any) -> list[Any]:
    if not isinstance(value, list):
        raise ValueError("its coordinates are no list")
    return value


def _corner(value: Any) -> tuple[float, float]:
    if not isinstance(value, list) or len(value) < 2 or not all(_is_number(each) for each in value[:2]):
        raise ValueError("a corner is [longitude, latitude]")
    lon, lat = float(value[0]), float(value[1])
    if not (-180 <= lon <= 180 and -90 <= lat <= 90):
        raise ValueError(f"{lon}, {lat} is no place on the earth")
    return lon, lat


def _is_number(value: Any) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool) and isfinite(value)
