"""Vegetable baskets: the story, played again into its own book, and failures planted in it."""

from __future__ import annotations

import pytest

from tests.scenarios.holding import PlayedStory, changes_nothing, falls, holds, play_kept
from tests.scenarios.killed_plays import Stand

STORY = "vegetable-basket-2022"


@pytest.fixture(scope="module")
def baskets(at: Stand) -> PlayedStory:
    return play_kept(at, STORY)


def test_the_story_holds(baskets: PlayedStory) -> None:
    holds(baskets)


def test_played_again_into_its_book_it_changes_nothing(at: Stand, baskets: PlayedStory) -> None:
    changes_nothing(at, baskets)


def test_as_many_lines_reposts_and_short_households_as_the_story_says(baskets: PlayedStory) -> None:
    facts = baskets.document["facts"]
    assert facts["chat_lines"] >= 1_800
    assert facts["reposts"] == 5
    assert 0 < facts["households_answered"] < facts["households"]
    assert facts["packs_given"] < facts["packs_asked"]
    assert facts["lists_not_read_back"] == 0


@pytest.mark.long
@pytest.mark.parametrize("broken", ["short_and_not_answered"])
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    falls(at, STORY, broken)
