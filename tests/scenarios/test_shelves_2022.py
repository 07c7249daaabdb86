"""Shelves at every unit: the story, played again into its own book, and a failure planted in it."""

from __future__ import annotations

import pytest

from baogong.ops.scenarios.last_mile.ways import DOCUMENT
from baogong.tower.stories import FOLDER
from tests.scenarios.holding import PlayedStory, changes_nothing, falls, holds, play_kept, rehearses_as_planned
from tests.scenarios.killed_plays import Stand

STORY, WHERE_IT_COMES_FROM = "shelves-2022", "sealed-subdistrict-2022"


@pytest.fixture(scope="module")
def shelves(at: Stand) -> PlayedStory:
    return play_kept(at, STORY)


def test_the_story_holds(shelves: PlayedStory) -> None:
    holds(shelves)


@pytest.mark.long
def test_played_again_into_its_book_it_changes_nothing(at: Stand, shelves: PlayedStory) -> None:
    changes_nothing(at, shelves)


def test_with_nothing_random_its_rehearsal_is_its_plan(at: Stand, shelves: PlayedStory) -> None:
    rows = rehearses_as_planned(at, shelves)
    assert {row["about"] for row in rows} == {"LAST"} | {"ROUND", "SHELF"}


def test_the_cap_was_reached_and_somebody_was_served_at_the_door(shelves: PlayedStory) -> None:
    facts = shelves.document["facts"]
    assert facts["most_called_to_a_shelf_in_a_window"] == 2
    assert facts["parcels_for_the_door"] > 0
    one, full, fewer = facts["parcels_by_day"].split()
    assert int(one) < int(full) == int(fewer)


def test_it_opens_from_the_very_document_that_the_sealed_sub_district_wrote() -> None:
    documents = [(FOLDER / story / "data" / DOCUMENT).read_bytes() for story in (STORY, WHERE_IT_COMES_FROM)]
    assert documents[0] == documents[1]


@pytest.mark.long
@pytest.mark.parametrize("broken", ["called_over_cap"])
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    falls(at, STORY, broken)
