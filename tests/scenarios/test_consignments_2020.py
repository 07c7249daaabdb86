"""Goods of twelve others: the story and one failure of it, through the installed command."""

from __future__ import annotations

from baogong.tower.stories import expectations
from tests.scenarios.killed_plays import BAOGONG, Stand

STORY = "consignments-2020"


def test_the_story_holds(at: Stand) -> None:
    code, document = at.run(BAOGONG, "scenario", "play", STORY, "--json")
    assert [row["name"] for row in document["expectations"] if not row["ok"]] == []
    assert (code, document["ok"], document["book"]["verified"]) == (0, True, True)
    assert [row["name"] for row in document["expectations"]] == [one.name for one in expectations(STORY)]


def test_a_lot_written_over_to_the_carrier_is_seen(at: Stand) -> None:
    broken = "owner_changed_before_signature"
    code, document = at.run(BAOGONG, "scenario", "play", STORY, "--break", broken, "--json")
    (row,) = (row for row in document["expectations"] if row["name"] == broken)
    assert (code, document["ok"], row["ok"]) == (1, False, False)
    assert "no effect" not in row["broke_by"]
