"""A sealed sub-district: the story, played again into its own book, and a failure planted in it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

import pytest

from baogong.ops.scenarios.folder import Expectation, expectations
from tests.scenarios.killed_plays import BAOGONG, Stand

STORY = "sealed-subdistrict-2022"
EXPECTED: dict[str, Expectation] = {expectation.name: expectation for expectation in expectations(STORY)}


@dataclass(frozen=True, slots=True)
class PlayedStreet:
    """A play kept, and its book's lines."""

    code: int
    document: dict[str, Any]
    told: list[str]


@pytest.fixture(scope="module")
def street(at: Stand) -> PlayedStreet:
    code, document = at.run(BAOGONG, "scenario", "play", STORY, "--keep", "--json")
    return PlayedStreet(code, document, at.told(document["kept_as"]))


def test_the_story_holds_and_played_again_into_its_book_changes_nothing(at: Stand, street: PlayedStreet) -> None:
    document = street.document
    assert [row["name"] for row in document["expectations"] if not row["ok"]] == []
    assert (street.code, document["ok"], document["book"]["verified"]) == (0, True, True)
    assert [row["name"] for row in document["expectations"]] == list(EXPECTED)
    code, again = at.run(BAOGONG, "scenario", "play", STORY, "--reopen", document["kept_as"], "--json")
    assert (code, again["expectations"], again["facts"]) == (0, document["expectations"], document["facts"])
    assert at.told(document["kept_as"]) == street.told


@pytest.mark.parametrize("broken", ["outside_vehicles_inside"])
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    code, document = at.run(BAOGONG, "scenario", "play", STORY, "--break", broken, "--json")
    fallen = {row["name"]: row for row in document["expectations"] if not row["ok"]}
    assert (code, document["ok"]) == (1, False)
    assert broken in fallen
    assert fallen[broken]["broke_by"]
    assert "no effect" not in fallen[broken]["broke_by"]
    assert not EXPECTED[broken].holds(fallen[broken]["got"])
