"""Losers' memory: the shares the field has measured, and next odds that add up to the places."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.draw.memory import (
    LONGEST_WAITING,
    NO_MEMORY,
    PAUSE,
    PAUSE_AND_WEIGHTS,
    Memory,
    UnsoundMemory,
    odds,
    simulate,
)


@pytest.mark.parametrize(
    ("memory", "never_served"), [(NO_MEMORY, 0.34), (PAUSE, 0.21), (PAUSE_AND_WEIGHTS, 0.16), (LONGEST_WAITING, 0.0)]
)
def test_thirty_days_at_three_and_a_half_percent(memory: Memory, never_served: float) -> None:
    outcome = simulate(memory, daily_odds=0.035, days=30)
    assert abs(outcome.never_served - never_served) < 0.01
    assert simulate(memory, daily_odds=0.035, days=30) == outcome


def test_what_each_does_to_the_next_draw() -> None:
    none, weighted = (
        simulate(memory, daily_odds=0.035, days=30).next_odds for memory in (NO_MEMORY, PAUSE_AND_WEIGHTS)
    )
    assert none
    assert all(abs(each.odds - 0.035) < 1e-9 for each in none)
    rising = [each.odds for each in weighted if each.losses <= 9]
    assert rising == sorted(rising)
    assert rising[9] > 5 * rising[0]
    waiting = simulate(LONGEST_WAITING, daily_odds=0.035, days=20).next_odds
    assert waiting[-1].odds > 0
    assert waiting[0].odds == 0


@given(
    st.dictionaries(st.integers(0, 40), st.integers(1, 10**6), min_size=1, max_size=12),
    st.integers(0, 10**6),
    st.sampled_from(
        [NO_MEMORY, PAUSE_AND_WEIGHTS, LONGEST_WAITING, Memory(weight_per_loss=3, weight_max=7, by_waiting=True)]
    ),
)
def test_the_odds_fill_the_places_and_no_more(people: dict[int, int], places: int, memory: Memory) -> None:
    found = odds(people, memory, places)
    assert set(found) == set(people)
    assert all(0 <= share <= 1 for share in found.values())
    expected = min(places, sum(people.values()))
    assert sum(found[losses] * people[losses] for losses in people) == pytest.approx(expected, rel=1e-6, abs=1e-3)


@pytest.mark.parametrize(
    "wrong", [{"pause_days": -1}, {"weight_max": 0}, {"weight_max": 1001}, {"weight_per_loss": 101}]
)
def test_a_memory_that_makes_no_sense_is_refused(wrong: dict[str, Any]) -> None:
    with pytest.raises(UnsoundMemory):
        Memory(**wrong)
