"""Money for five hospitals: the story, and two failures planted in it, through the installed command."""

from __future__ import annotations

import pytest

from tests.scenarios.holding import PlayedStory, changes_nothing, falls, holds, play_kept
from tests.scenarios.killed_plays import Stand

STORY = "earmarked-funds-2020"


@pytest.fixture(scope="module")
def funds(at: Stand) -> PlayedStory:
    return play_kept(at, STORY)


def test_the_story_holds(funds: PlayedStory) -> None:
    holds(funds)
    assert funds.document["facts"]["greedy_strands_fen"] > 0
    assert funds.document["facts"]["money_batches_checked"] > 50


@pytest.mark.long
def test_played_again_into_its_book_it_changes_nothing(at: Stand, funds: PlayedStory) -> None:
    changes_nothing(at, funds)


@pytest.mark.long
@pytest.mark.parametrize(
    "broken", ["events_that_do_not_add_up", "earmark_moved_by_two", "bought_units_unaccounted_for"]
)
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    falls(at, STORY, broken)
