"""Four shops on the same rounds: the story, played again into its own book, and failures planted in it."""

from __future__ import annotations

import pytest

from tests.scenarios.holding import PlayedStory, changes_nothing, falls, holds, play_kept, rehearses_as_planned
from tests.scenarios.killed_plays import Stand

STORY = "community-shops-2022"


@pytest.fixture(scope="module")
def played(at: Stand) -> PlayedStory:
    return play_kept(at, STORY)


def test_the_story_holds(played: PlayedStory) -> None:
    holds(played)


@pytest.mark.long
def test_played_again_into_its_book_it_changes_nothing(at: Stand, played: PlayedStory) -> None:
    changes_nothing(at, played)


def test_with_nothing_random_its_rehearsal_is_its_plan(at: Stand, played: PlayedStory) -> None:
    rows = rehearses_as_planned(at, played)
    assert {row["about"] for row in rows} == {"LAST"} | {"ROUND"}


def test_shared_rounds_are_less_way_than_a_rider_for_each_shop(played: PlayedStory) -> None:
    facts = played.document["facts"]
    assert facts["shops"] == 4
    assert facts["given_up"] == 6
    assert facts["told_late"] == 21  # of a cart that broke down, in time and with the reason
    assert facts["minutes_of_rounds"] < facts["minutes_of_one_rider_a_shop"]


@pytest.mark.long
@pytest.mark.parametrize("broken", ["packs_oversold", "not_in_slot_untold"])
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    falls(at, STORY, broken)
