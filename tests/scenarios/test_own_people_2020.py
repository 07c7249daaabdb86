"""The company's own people: the story, played again into its own book; failures planted in it."""

from __future__ import annotations

import pytest

from tests.scenarios.holding import PlayedStory, falls, holds_and_changes_nothing, play_kept
from tests.scenarios.killed_plays import Stand

STORY = "own-people-2020"


@pytest.fixture(scope="module")
def staff(at: Stand) -> PlayedStory:
    return play_kept(at, STORY)


def test_the_story_holds_and_played_again_into_its_book_changes_nothing(at: Stand, staff: PlayedStory) -> None:
    holds_and_changes_nothing(at, staff)


@pytest.mark.parametrize("broken", ["staff_kit_out_of_relief"])
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    falls(at, STORY, broken)
