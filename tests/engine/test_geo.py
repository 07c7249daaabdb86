"""Distances and the shifted coordinates of Chinese map services."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.geo import (
    gcj02_to_wgs84,
    great_circle_m,
    is_shifted_here,
    road_estimate_m,
    wgs84_to_gcj02,
)

# Points published with the open implementations of the shift (eviltransform): WGS84, GCJ-02.
PUBLISHED = [
    ((31.1774276, 121.5272106), (31.17530398364597, 121.531541859215)),
    ((22.543847, 113.912316), (22.540796131694766, 113.9171764808363)),
    ((39.911954, 116.377817), (39.91334545536069, 116.38404722455657)),
]


@pytest.mark.parametrize(("wgs", "gcj"), PUBLISHED)
def test_the_published_points_agree_both_ways_to_a_metre(wgs: tuple[float, float], gcj: tuple[float, float]) -> None:
    assert great_circle_m(*wgs84_to_gcj02(*wgs), *gcj) < 1
    assert great_circle_m(*gcj02_to_wgs84(*gcj), *wgs) < 1


@given(st.floats(18, 53.5), st.floats(73.5, 135))
def test_there_and_back_is_the_same_point_to_a_millimetre(lat: float, lon: float) -> None:
    assert great_circle_m(*gcj02_to_wgs84(*wgs84_to_gcj02(lat, lon)), lat, lon) < 0.001


@given(st.floats(-89, 89), st.floats(-179, 179))
def test_outside_china_nothing_is_shifted(lat: float, lon: float) -> None:
    if not is_shifted_here(lat, lon):
        assert wgs84_to_gcj02(lat, lon) == gcj02_to_wgs84(lat, lon) == (lat, lon)


@pytest.mark.parametrize(
    ("origin", "km"),
    [
        ((39.52079, 116.71471), 1060),
        ((30.39607, 114.88655), 139),
        ((23.7, 113.03333), 743),
        ((30.66667, 104.06667), 898),
    ],
)
def test_known_distances_to_the_hub(origin: tuple[float, float], km: int) -> None:
    hub = (30.3708, 113.44294)
    assert great_circle_m(*origin, *hub) == pytest.approx(km * 1000, rel=0.005)
    assert road_estimate_m(*origin, *hub) == pytest.approx(km * 1220, rel=0.005)


points = st.tuples(st.floats(-90, 90), st.floats(-180, 180))


@given(points, points, points)
def test_a_distance_is_a_distance(a: tuple[float, float], b: tuple[float, float], c: tuple[float, float]) -> None:
    assert great_circle_m(*a, *b) == pytest.approx(great_circle_m(*b, *a), abs=1e-3)
    assert great_circle_m(*a, *a) < 1e-3
    assert great_circle_m(*a, *c) <= great_circle_m(*a, *b) + great_circle_m(*b, *c) + 1
