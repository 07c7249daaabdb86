"""Small towns for the tests of rounds: two stations, walled communities, stops with windows, couriers unlike each other."""

from __future__ import annotations

import random

from hypothesis import strategies as st

from baogong.engine.rounds import (
    Community,
    Courier,
    Gate,
    Handover,
    Limits,
    Problem,
    Station,
    Stop,
)

HOUR = 3600
DAY = (8 * HOUR, 20 * HOUR)


def town(seed: int, *, stops_count: int, couriers_count: int = 3, communities_count: int = 3) -> Problem:
    """Anything that the room knows of, drawn from a seed."""
    draw = random.Random(seed)
    communities = tuple(_community(draw, n) for n in range(communities_count))
    couriers = tuple(
        Courier(
            f"courier {n}",
            "AB"[n % 2],
            capacity_g=draw.choice((40_000, 50_000)),
            capacity_pieces=30,
            shift=draw.choice(((8 * HOUR, 12 * HOUR), (8 * HOUR, 18 * HOUR), (13 * HOUR, 20 * HOUR))),
            communities=None if draw.random() < 0.7 else frozenset(c.id for c in communities if draw.random() < 0.7),
        )
        for n in range(couriers_count)
    )
    limits = Limits(
        trip_price_s=draw.choice((0, 600)),
        cold_within_s=draw.choice((None, 1800)),
        trip_s_max=draw.choice((None, 5400)),
        trip_stops_max=draw.choice((None, 8)),
        street_factor=draw.choice((1.0, 1.3)),
        cold_first=draw.random() < 0.7,
    )
    stations = (Station("A", -50, -50), Station("B", 350, 200))
    return Problem(
        stations, tuple(_stop(draw, n, communities_count) for n in range(stops_count)), couriers, communities, limits
    )


def _corner(n: int) -> tuple[int, int]:
    return n % 4 * 200, n // 4 * 200


def _community(draw: random.Random, n: int) -> Community:
    x_m, y_m = _corner(n)
    hours = ((8 * HOUR, 12 * HOUR), (13 * HOUR, 20 * HOUR))
    gates = tuple(
        Gate(
            f"gate {n}-{k}",
            x_m + draw.choice((0, 100)),
            y_m + draw.uniform(0, 100),
            hours if draw.random() < 0.5 else (),
        )
        for k in range(draw.randint(1, 2))
    )
    lines = (
        ((x_m, y_m + 50), (x_m + 50, y_m + 50), (x_m + 100, y_m + 50)),
        ((x_m + 50, y_m + 50), (x_m + 50, y_m + 100)),
    )
    return Community(f"community {n}", gates, f"zone {n % 2}", lines if draw.random() < 0.5 else ())


def _stop(draw: random.Random, n: int, communities_count: int) -> Stop:
    inside = draw.randrange(-1, communities_count)
    x_m, y_m = _corner(inside)
    opens_s = draw.randint(7, 16) * HOUR
    return Stop(
        f"stop {n}",
        x_m + draw.uniform(0, 100),
        y_m + draw.uniform(0, 100),
        community=None if inside < 0 else f"community {inside}",
        weight_g=draw.randint(0, 15_000),
        pieces=draw.randint(1, 4),
        cold=draw.random() < 0.3,
        handover=draw.choice(list(Handover)),
        window=(opens_s, opens_s + draw.randint(1, 4) * HOUR) if draw.random() < 0.4 else None,
    )


@st.composite
def towns(draw: st.DrawFn, *, stops_max: int) -> Problem:
    return town(
        draw(st.integers(0, 100_000)),
        stops_count=draw(st.integers(0, stops_max)),
        couriers_count=draw(st.integers(1, 6)),
    )


def block(seed: int, *, stops_count: int, couriers_count: int = 8) -> Problem:
    """One station, two communities, couriers alike: nothing is left, so costs of plans may be compared."""
    draw = random.Random(seed)
    communities = tuple(Community(f"community {n}", (Gate(f"gate {n}", n * 200, 50),)) for n in range(2))
    stops = tuple(
        Stop(
            f"stop {n}",
            n % 2 * 200 + draw.uniform(0, 100),
            draw.uniform(0, 100),
            community=f"community {n % 2}",
            weight_g=draw.randint(1, 9) * 1000,
            cold=draw.random() < 0.3,
            window=(8 * HOUR, 10 * HOUR) if draw.random() < 0.3 else None,
        )
        for n in range(stops_count)
    )
    couriers = tuple(Courier(f"courier {n}", "A", 20_000, 100, DAY) for n in range(couriers_count))
    return Problem((Station("A", 150, -80),), stops, couriers, communities, Limits(trip_price_s=120))
