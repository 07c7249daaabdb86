"""Vegetable packs by need: the story, wrong things put into its finished book, two failures planted in it."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from typing import Any

import pytest

from baogong.ops.scenarios.folder import Expectation, expectations
from tests.scenarios.killed_plays import BAOGONG, Stand

STORY = "vegetable-packs-2022"
EXPECTED: dict[str, Expectation] = {expectation.name: expectation for expectation in expectations(STORY)}
MINUTES = int(EXPECTED["volunteer_minutes"].expected)


@dataclass(frozen=True, slots=True)
class PlayedPacks:
    """A play kept; its book's lines; and, by what is wrong in the book, the measures that moved."""

    code: int
    document: dict[str, Any]
    told: list[str]
    spoilt: dict[str, dict[str, Any]]


@pytest.fixture(scope="module")
def packs(at: Stand) -> PlayedPacks:
    code, document = at.run(BAOGONG, "scenario", "play", STORY, "--keep", "--json")
    book = document["kept_as"]
    told = at.told(book)
    spoilt_code, spoilt = at.run(sys.executable, "-m", "tests.scenarios.spoil", book, STORY)
    assert spoilt_code == 0, at.said()
    return PlayedPacks(code, document, told, spoilt)


def test_the_story_holds_and_played_again_into_its_book_changes_nothing(at: Stand, packs: PlayedPacks) -> None:
    document = packs.document
    assert [row["name"] for row in document["expectations"] if not row["ok"]] == []
    assert (packs.code, document["ok"], document["book"]["verified"]) == (0, True, True)
    assert [row["name"] for row in document["expectations"]] == list(EXPECTED)
    code, again = at.run(BAOGONG, "scenario", "play", STORY, "--reopen", document["kept_as"], "--json")
    assert (code, again["expectations"], again["facts"]) == (0, document["expectations"], document["facts"])
    assert at.told(document["kept_as"]) == packs.told


def test_the_three_rules_stand_beside_each_other(packs: PlayedPacks) -> None:
    worst = next(row["got"] for row in packs.document["expectations"] if row["name"] == "worst_community_permille")
    facts = packs.document["facts"]
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


@pytest.mark.parametrize("broken", ["late_or_broken_on_paper", "better_than_pro_rata_permille"])
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    code, document = at.run(BAOGONG, "scenario", "play", STORY, "--break", broken, "--json")
    fallen = {row["name"]: row for row in document["expectations"] if not row["ok"]}
    assert (code, document["ok"]) == (1, False)
    assert broken in fallen
    assert fallen[broken]["broke_by"]
    assert "no effect" not in fallen[broken]["broke_by"]
    assert not EXPECTED[broken].holds(fallen[broken]["got"])
