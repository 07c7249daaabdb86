"""Money for five hospitals: the story, and two failures planted in it, through the installed command."""

from __future__ import annotations

import pytest

from tests.scenarios.holding import falls, holds_and_changes_nothing, play_kept
from tests.scenarios.killed_plays import Stand

STORY = "earmarked-funds-2020"


def test_the_story_holds_and_played_again_into_its_book_changes_nothing(at: Stand) -> None:
    played = play_kept(at, STORY)
    holds_and_changes_nothing(at, played)
    assert played.document["facts"]["greedy_strands_fen"] > 0
    assert played.document["facts"]["money_batches_checked"] > 50


@pytest.mark.parametrize(
    "broken", ["events_that_do_not_add_up", "earmark_moved_by_two", "bought_units_unaccounted_for"]
)
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    falls(at, STORY, broken)
