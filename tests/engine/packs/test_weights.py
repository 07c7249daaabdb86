"""Weights: estimated, misread, explained."""

from __future__ import annotations

import random
import statistics
from math import sqrt

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.packs import Explained, Misread, compare, estimate, misread


@pytest.mark.parametrize(
    ("found_g", "expected_g", "slip"),
    [
        (5_120, 5_000, None),
        (3_000, 5_000, None),
        (8_000, 5_000, None),
        (5, 5_000, Misread.KG_AS_G),
        (5_100_000, 5_000, Misread.G_AS_KG),
        (10_200, 5_000, Misread.JIN_AS_KG),
        (2_550, 5_000, Misread.KG_AS_JIN),
        (21_000, 21_000_000, Misread.T_AS_KG),
        (42_000_000, 21_000_000, Misread.JIN_AS_KG),
        (70_000, 5_000, Misread.FAR),
        (0, 5_000, Misread.FAR),
        (5, 0, None),
    ],
)
def test_a_weight_in_another_unit_is_recognised(found_g: int, expected_g: int, slip: Misread | None) -> None:
    assert misread(found_g, expected_g) is slip


def test_a_sample_speaks_for_all_with_its_margin() -> None:
    weights = [5_080, 5_140, 5_110, 5_150, 5_120]
    found = estimate(weights, 4_000)
    assert (found.mean_mg, found.total_g) == (5_120_000, 20_480_000)
    by_hand = 1.96 * 4_000 * statistics.stdev(weights) / sqrt(5) * sqrt(1 - 5 / 4_000)
    assert found.margin_g == pytest.approx(by_hand, abs=1)
    assert estimate(weights, 5).margin_g == 0
    assert estimate([], 4_000, sum_g=25_600, weighed=5) == estimate([], 4_000, sum_g=25_600, weighed=5)
    assert estimate([], 4_000, sum_g=25_600, weighed=5).total_g == 20_480_000


@pytest.mark.parametrize("weights", [[], [0], [1] * 11])
def test_a_sample_of_nothing_or_of_more_than_there_is_is_refused(weights: list[int]) -> None:
    with pytest.raises(ValueError, match="weighed"):
        estimate(weights, 10)


def test_the_margin_holds_nineteen_times_of_twenty() -> None:
    chance = random.Random(2022)
    packs = [round(chance.gauss(5_100, 60)) for _ in range(4_000)]
    held = 0
    for _ in range(400):
        found = estimate(chance.sample(packs, 60), len(packs))
        held += abs(found.total_g - sum(packs)) <= found.margin_g
    assert 0.91 <= held / 400 <= 0.985


def test_twenty_one_tonnes_against_four_thousand_packs() -> None:
    found = compare(
        delivered_g=21_000_000,
        packs=4_000,
        nominal_g=5_000,
        explained=[Explained("PACKAGING", 480_000), Explained("OVERFILL", 480_000)],
        tolerance_permille=5,
    )
    assert (found.difference_g, found.unexplained_g, found.allowed_g, found.is_within) == (
        1_000_000,
        40_000,
        105_000,
        True,
    )


@given(st.integers(1, 10**8), st.integers(1, 10**5), st.integers(1, 10**4), st.lists(st.integers(-(10**6), 10**6)))
def test_a_difference_is_what_is_explained_and_what_is_not(
    delivered_g: int, packs: int, nominal_g: int, causes: list[int]
) -> None:
    found = compare(
        delivered_g=delivered_g,
        packs=packs,
        nominal_g=nominal_g,
        explained=[Explained("OTHER", grams) for grams in causes],
        tolerance_permille=5,
    )
    assert found.difference_g == sum(causes) + found.unexplained_g == delivered_g - packs * nominal_g
