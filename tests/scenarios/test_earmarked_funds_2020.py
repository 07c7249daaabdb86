"""Money for five hospitals: the story, and two failures planted in it, through the installed command."""

from __future__ import annotations

import pytest

from baogong.ops.scenarios.folder import Expectation, expectations
from tests.scenarios.killed_plays import BAOGONG, Stand

STORY = "earmarked-funds-2020"
EXPECTED: dict[str, Expectation] = {expectation.name: expectation for expectation in expectations(STORY)}


def test_the_story_holds_and_played_again_into_its_book_changes_nothing(at: Stand) -> None:
    code, document = at.run(BAOGONG, "scenario", "play", STORY, "--keep", "--json")
    assert [row["name"] for row in document["expectations"] if not row["ok"]] == []
    assert (code, document["ok"], document["book"]["verified"]) == (0, True, True)
    assert [row["name"] for row in document["expectations"]] == list(EXPECTED)
    assert document["facts"]["greedy_strands_fen"] > 0
    assert document["facts"]["money_batches_checked"] > 50
    told = at.told(document["kept_as"])
    code, again = at.run(BAOGONG, "scenario", "play", STORY, "--reopen", document["kept_as"], "--json")
    assert (code, again["expectations"], again["facts"]) == (0, document["expectations"], document["facts"])
    assert at.told(document["kept_as"]) == told


@pytest.mark.parametrize(
    "broken", ["events_that_do_not_add_up", "earmark_moved_by_two", "bought_units_unaccounted_for"]
)
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    code, document = at.run(BAOGONG, "scenario", "play", STORY, "--break", broken, "--json")
    fallen = {row["name"]: row for row in document["expectations"] if not row["ok"]}
    assert (code, document["ok"]) == (1, False)
    assert broken in fallen
    assert fallen[broken]["broke_by"]
    assert "no effect" not in fallen[broken]["broke_by"]
    assert not EXPECTED[broken].holds(fallen[broken]["got"])
