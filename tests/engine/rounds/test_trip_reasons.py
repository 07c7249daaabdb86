"""Why a trip ends where it ends: hours are blamed only where they keep the nearest stop out."""

from __future__ import annotations

from dataclasses import replace

from baogong.engine.rounds import Community, Courier, Gate, Limits, Problem, RoundsRule, Station, Stop, solve

HOUR = 3600
APART = "What lies nearest cannot be served on the same trip within its window and gate hours."
NOTHING = "Nothing else that this courier brings would shorten the day."


def side_by_side(*windows: tuple[int, int] | None, limits: Limits | None = None, weight_g: int = 1_000) -> Problem:
    """Stops side by side behind a gate that shuts at noon, and one courier."""
    gate = Gate("gate", 0, 50, ((8 * HOUR, 12 * HOUR),))
    stops = tuple(
        Stop(f"stop {n}", 50, 50 + n, community="c", weight_g=weight_g, pieces=1, window=window)
        for n, window in enumerate(windows)
    )
    courier = Courier("courier", "s", capacity_g=50_000, capacity_pieces=30, shift=(8 * HOUR, 20 * HOUR))
    community = Community("c", (gate,))
    return Problem((Station("s", -50, 0),), stops, (courier,), (community,), limits or Limits())


def reasons(problem: Problem) -> list[str]:
    return [trip.reason_en for trip in solve(problem, RoundsRule("test", turns_per_stop=10)).trips]


def test_windows_that_do_not_meet_are_the_reason() -> None:
    assert reasons(side_by_side((8 * HOUR, 9 * HOUR), (11 * HOUR, 12 * HOUR))) == [APART, APART]


def test_gate_hours_that_keep_nothing_out_are_no_reason() -> None:
    assert reasons(side_by_side(None, None)) == [NOTHING]


def test_what_would_not_fit_by_weight_is_blamed_on_weight_with_or_without_hours() -> None:
    heavy = "Its nearest stop would make it too heavy: 60 of 50 kg."
    apart = side_by_side((8 * HOUR, 9 * HOUR), (11 * HOUR, 12 * HOUR), weight_g=30_000)
    assert reasons(apart) == [heavy, heavy]
    assert reasons(side_by_side(None, None, weight_g=30_000)) == [heavy, heavy]


def test_what_would_not_fit_by_pieces_is_blamed_on_pieces() -> None:
    apart = side_by_side(None, None)
    many = replace(apart, stops=tuple(replace(stop, pieces=20) for stop in apart.stops))
    assert reasons(many) == ["Its nearest stop would make it too many pieces: 40 of 30."] * 2


def test_where_several_couriers_could_bring_it_nothing_near_is_what_is_told() -> None:
    alone = side_by_side(None, None)
    both = replace(alone, couriers=(*alone.couriers, replace(alone.couriers[0], id="another")))
    assert reasons(both) == ["Nothing else near that would shorten the day."]
