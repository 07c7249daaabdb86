"""
Points on the earth: distance, estimated road length, and the shifted coordinates of Chinese map services.

Coordinates are degrees, latitude first. WGS84 is what GPS gives and what the book stores; GCJ-02 is what map services
in China show, some hundreds of metres off.
"""

from __future__ import annotations

from math import asin, cos, pi, radians, sin, sqrt

EARTH_RADIUS_M = 6_371_008.8  # mean radius, IUGG
ROAD_OVER_GREAT_CIRCLE = 1.22  # estimate for trunk roads; a lane's own length wins

_AXIS_M = 6_378_245.0  # Krasovsky 1940, the ellipsoid of the shift
_ECCENTRICITY = 0.006_693_421_622_965_943


def great_circle_m(lat: float, lon: float, other_lat: float, other_lon: float) -> float:
    """Metres along the great circle (haversine on a sphere; within 0.5 % of the ellipsoid)."""
    phi, other_phi = radians(lat), radians(other_lat)
    half = sin((other_phi - phi) / 2) ** 2 + cos(phi) * cos(other_phi) * sin(radians(other_lon - lon) / 2) ** 2
    return 2 * EARTH_RADIUS_M * asin(min(1.0, sqrt(half)))


def road_estimate_m(lat: float, lon: float, other_lat: float, other_lon: float) -> int:
    """Metres by road where no lane says better: the great circle × 1.22, rounded."""
    return round(great_circle_m(lat, lon, other_lat, other_lon) * ROAD_OVER_GREAT_CIRCLE)


def is_shifted_here(lat: float, lon: float) -> bool:
    """Whether GCJ-02 differs from WGS84 at this point: the rectangle the services use for China."""
    return 72.004 <= lon <= 137.8347 and 0.8293 <= lat <= 55.8271


def wgs84_to_gcj02(lat: float, lon: float) -> tuple[float, float]:
    """The shift as the services apply it; outside China the point itself."""
    if not is_shifted_here(lat, lon):
        return lat, lon
    x, y = lon - 105.0, lat - 35.0
    waves = (20.0 * sin(6.0 * x * pi) + 20.0 * sin(2.0 * x * pi)) * 2.0 / 3.0
    north = -100.0 + 2.0 * x + 3.0 * y + 0.2 * y * y + 0.1 * x * y + 0.2 * sqrt(abs(x)) + waves
    north += (20.0 * sin(y * pi) + 40.0 * sin(y / 3.0 * pi)) * 2.0 / 3.0
    north += (160.0 * sin(y / 12.0 * pi) + 320.0 * sin(y * pi / 30.0)) * 2.0 / 3.0
    east = 300.0 + x + 2.0 * y + 0.1 * x * x + 0.1 * x * y + 0.1 * sqrt(abs(x)) + waves
    east += (20.0 * sin(x * pi) + 40.0 * sin(x / 3.0 * pi)) * 2.0 / 3.0
    east += (150.0 * sin(x / 12.0 * pi) + 300.0 * sin(x / 30.0 * pi)) * 2.0 / 3.0
    phi = radians(lat)
    bend = 1 - _ECCENTRICITY * sin(phi) ** 2
    d_lat = north * 180.0 / (_AXIS_M * (1 - _ECCENTRICITY) / (bend * sqrt(bend)) * pi)
    d_lon = east * 180.0 / (_AXIS_M / sqrt(bend) * cos(phi) * pi)
    return lat + d_lat, lon + d_lon


def gcj02_to_wgs84(lat: float, lon: float) -> tuple[float, float]:
    """
    The inverse of the shift, to well under a millimetre.

    The shift has no closed inverse; it changes so slowly that subtracting it at the last guess converges by a factor
    of hundreds a step.
    """
    if not is_shifted_here(lat, lon):
        return lat, lon
    guess_lat, guess_lon = lat, lon
    for _ in range(8):
        there_lat, there_lon = wgs84_to_gcj02(guess_lat, guess_lon)
        guess_lat, guess_lon = guess_lat + lat - there_lat, guess_lon + lon - there_lon
    return guess_lat, guess_lon
