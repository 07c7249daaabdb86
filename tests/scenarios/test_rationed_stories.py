"""The stories of a rationed release: each played, played again into its own book, and a failure planted in it."""

from __future__ import annotations

import pytest

from tests.scenarios.holding import falls, holds_and_changes_nothing, play_kept
from tests.scenarios.killed_plays import Stand

# story → the failure planted here; tools/soak plants all of them
STORIES = {
    "booked-2020": "booked_twice_in_a_window",
    "imported-winners-2020": "given_without_a_right",
    "assisted-2020": "out_and_not_visited_again",
    "own-draw-2020": "won_undrawn",
    "one-fen-2020": "vanished",
}


@pytest.mark.parametrize("story", STORIES)
def test_the_story_holds_and_played_again_into_its_book_changes_nothing(at: Stand, story: str) -> None:
    holds_and_changes_nothing(at, play_kept(at, story))


@pytest.mark.parametrize(("story", "broken"), STORIES.items())
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, story: str, broken: str) -> None:
    falls(at, story, broken)
