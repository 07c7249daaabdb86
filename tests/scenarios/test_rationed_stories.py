"""The stories of a rationed release: each played, played again into its own book, and a failure planted in it."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from functools import lru_cache, partial
from typing import Any

import pytest

from tests.scenarios.holding import PlayedStory, changes_nothing, falls, holds, play_kept
from tests.scenarios.killed_plays import Stand

# story → the failure planted here; tools/soak plants all of them
STORIES = {
    "booked-2020": "booked_twice_in_a_window",
    "imported-winners-2020": "given_without_a_right",
    "assisted-2020": "out_and_not_visited_again",
    "own-draw-2020": "won_undrawn",
    "one-fen-2020": "vanished",
}


KEPT_SHORT = "one-fen-2020"  # of which `make test` asks everything, too


@pytest.fixture(scope="module")
def played(at: Stand) -> Callable[[str], PlayedStory]:
    """Each story played once, and kept."""
    return lru_cache(partial(play_kept, at))


def stories() -> Iterator[Any]:
    for story in STORIES:
        yield pytest.param(story, marks=() if story == KEPT_SHORT else pytest.mark.long)


@pytest.mark.parametrize("story", STORIES)
def test_the_story_holds(played: Callable[[str], PlayedStory], story: str) -> None:
    holds(played(story))


@pytest.mark.parametrize("story", stories())
def test_played_again_into_its_book_it_changes_nothing(
    at: Stand, played: Callable[[str], PlayedStory], story: str
) -> None:
    changes_nothing(at, played(story))


@pytest.mark.parametrize("story", stories())
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, story: str) -> None:
    falls(at, story, STORIES[story])
