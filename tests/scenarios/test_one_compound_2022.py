"""One compound: the story, played again into its own book; a failure planted in it; the model it opens from."""

from __future__ import annotations

import pytest

from baogong.tower.stories import FOLDER
from tests.scenarios.holding import PlayedStory, changes_nothing, falls, holds, play_kept, rehearses_as_planned
from tests.scenarios.killed_plays import Stand

STORY = "one-compound-2022"


@pytest.fixture(scope="module")
def compound(at: Stand) -> PlayedStory:
    return play_kept(at, STORY)


def test_it_opens_from_the_document_that_the_sealed_sub_district_leaves() -> None:
    name = "data/60-way-of-working.json"
    assert (FOLDER / STORY / name).read_bytes() == (FOLDER / "sealed-subdistrict-2022" / name).read_bytes()


def test_the_story_holds(compound: PlayedStory) -> None:
    holds(compound)


@pytest.mark.long
def test_played_again_into_its_book_it_changes_nothing(at: Stand, compound: PlayedStory) -> None:
    changes_nothing(at, compound)


def test_with_nothing_random_its_rehearsal_is_its_plan(at: Stand, compound: PlayedStory) -> None:
    rows = rehearses_as_planned(at, compound)
    assert {row["about"] for row in rows} == {"LAST"} | {"ROUND"}


@pytest.mark.long
@pytest.mark.parametrize("broken", ["helped_before_own_done"])
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    falls(at, STORY, broken)
