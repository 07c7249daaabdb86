"""A city's first day: the story, played again into its own book; a failure planted in it."""

from __future__ import annotations

import pytest

from tests.scenarios.holding import PlayedStory, changes_nothing, falls, holds, play_kept
from tests.scenarios.killed_plays import Stand

STORY = "first-come-2020"


@pytest.fixture(scope="module")
def first_day(at: Stand) -> PlayedStory:
    return play_kept(at, STORY)


def test_the_story_holds(first_day: PlayedStory) -> None:
    holds(first_day)


@pytest.mark.long
def test_played_again_into_its_book_it_changes_nothing(at: Stand, first_day: PlayedStory) -> None:
    changes_nothing(at, first_day)


@pytest.mark.long
@pytest.mark.parametrize("broken", ["late_without_an_alert"])
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    falls(at, STORY, broken)
