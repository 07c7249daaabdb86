"""Vegetable packs by need: the story, wrong things put into its finished book, two failures planted in it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import pytest

from baogong.tower.stories import Expectation, expectations
from tests.scenarios.holding import PlayedStory, changes_nothing, falls, holds, play_kept
from tests.scenarios.killed_plays import Stand

STORY = "vegetable-packs-2022"
EXPECTED: dict[str, Expectation] = {expectation.name: expectation for expectation in expectations(STORY)}
MINUTES = int(EXPECTED["volunteer_minutes"].expected)


@dataclass(frozen=True, slots=True)
class PlayedPacks:
    """A play kept; and, by what is wrong in its book, the measures that moved."""

    story: PlayedStory
    spoilt: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def packs(at: Stand) -> PlayedPacks:
    story = play_kept(at, STORY)
    spoilt_code, spoilt = at.run(sys.executable, "-m", "tests.scenarios.spoil", story.book, STORY)
    assert spoilt_code == 0, at.said()
    return PlayedPacks(story, spoilt)


def test_the_story_holds(packs: PlayedPacks) -> None:
    holds(packs.story)


@pytest.mark.long
def test_played_again_into_its_book_it_changes_nothing(at: Stand, packs: PlayedPacks) -> None:
    changes_nothing(at, packs.story)


def test_the_three_rules_stand_beside_each_other(packs: PlayedPacks) -> None:
    worst = next(
        row["got"] for row in packs.story.document["expectations"] if row["name"] == "worst_community_permille"
    )
    facts = packs.story.document["facts"]
    assert worst > facts["worst_under_pro_rata_permille"] > facts["worst_under_first_come_permille"] == 0


@pytest.mark.parametrize(
    ("what", "measures"),
    [
        ("packs of the store are lost under no document", {"packs_unaccounted_for": 3}),
        ("packs of the store are lost under a paper that states no loss", {"packs_unaccounted_for": 3}),
        ("packs of the store are lost, and a report says so", {}),
        ("packs of the store are lost under a report of nothing", {"packs_unaccounted_for": 3}),
        ("packs of the store are lost, and a report states fewer", {"packs_unaccounted_for": 3}),
        ("packs of the store are lost under a report of potatoes", {"packs_unaccounted_for": 3}),
        ("packs that nobody packed come into the store", {"packs_unaccounted_for": 7}),
        ("potatoes leave the farms with nobody's signature", {"vegetables_unaccounted_g": 1_000}),
        ("a computer was the town's for good on its way home", {"consigned_or_lent_in_strange_hands": 1}),
        ("a carried mask was packed into something else", {"consigned_or_lent_in_strange_hands": 1}),
        (
            "a volunteer's shift was entered for another place at the same time",
            {"at_two_places_at_once": 1, "volunteer_minutes": MINUTES + 10},
        ),
        ("a shift of a minute touches the next", {"volunteer_minutes": MINUTES + 1}),
    ],
)
def test_one_wrong_thing_in_the_book_moves_its_own_measure_alone(
    packs: PlayedPacks, what: str, measures: dict[str, int]
) -> None:
    assert packs.spoilt[what] == measures


def test_a_community_that_asked_for_more_is_the_worst_served(packs: PlayedPacks) -> None:
    moved = packs.spoilt["the worst served community had asked for more"]
    assert moved["worst_community_permille"] < 500
    assert moved.keys() <= {"worst_community_permille", "better_than_pro_rata_permille"}


@pytest.mark.long
@pytest.mark.parametrize("broken", ["late_or_broken_on_paper"])
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    falls(at, STORY, broken)
