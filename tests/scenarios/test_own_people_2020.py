"""The company's own people: the story, played again into its own book; failures planted in it."""

from __future__ import annotations

import pytest

from tests.scenarios.holding import PlayedStory, changes_nothing, falls, holds, play_kept
from tests.scenarios.killed_plays import Stand

STORY = "own-people-2020"


@pytest.fixture(scope="module")
def staff(at: Stand) -> PlayedStory:
    return play_kept(at, STORY)


def test_the_story_holds(staff: PlayedStory) -> None:
    holds(staff)


@pytest.mark.long
def test_played_again_into_its_book_it_changes_nothing(at: Stand, staff: PlayedStory) -> None:
    changes_nothing(at, staff)


@pytest.mark.long
@pytest.mark.parametrize("broken", ["staff_kit_out_of_relief"])
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    falls(at, STORY, broken)
