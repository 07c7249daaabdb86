"""
What is asked of every story: it holds; played again into its own book it changes nothing; a planted failure fells its own.

`make test` plays each story once and asks the rest of three of them; `make soak` asks it of all.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from baogong.tower.stories import expectations
from tests.scenarios.killed_plays import BAOGONG, Stand


@dataclass(frozen=True, slots=True)
class PlayedStory:
    """A play kept, and its book's lines."""

    story: str
    code: int
    document: dict[str, Any]
    told: list[str]

    @property
    def book(self) -> str:
        return str(self.document["kept_as"])


def play_kept(at: Stand, story: str) -> PlayedStory:
    code, document = at.run(BAOGONG, "scenario", "play", story, "--keep", "--json")
    return PlayedStory(story, code, document, at.told(document["kept_as"]))


def holds(played: PlayedStory) -> None:
    """Every expectation and the book hold; what it planned that moves or opens keeps its plan where nothing is random."""
    document = played.document
    assert document["rehearsal"] is None or document["rehearsal"]["is_near"], document["rehearsal"]
    assert [row["name"] for row in document["expectations"] if not row["ok"]] == []
    assert (played.code, document["ok"], document["book"]["verified"]) == (0, True, True)
    assert [row["name"] for row in document["expectations"]] == [one.name for one in expectations(played.story)]
    assert all(type(fact) in (int, str) for fact in document["facts"].values())


def changes_nothing(at: Stand, played: PlayedStory) -> None:
    """Played into once more, the book says the same word for word."""
    document = played.document
    code, again = at.run(BAOGONG, "scenario", "play", played.story, "--reopen", played.book, "--json")
    assert (code, again["expectations"], again["facts"]) == (0, document["expectations"], document["facts"])
    assert at.told(played.book) == played.told


def falls(at: Stand, story: str, broken: str) -> list[str]:
    """The planted failure fells its expectation, and says what broke it; every expectation that fell."""
    expected = {one.name: one for one in expectations(story)}
    code, document = at.run(BAOGONG, "scenario", "play", story, "--break", broken, "--json")
    fallen = {row["name"]: row for row in document["expectations"] if not row["ok"]}
    assert (code, document["ok"]) == (1, False)
    assert broken in fallen
    assert fallen[broken]["broke_by"]
    assert "no effect" not in fallen[broken]["broke_by"]
    assert not expected[broken].holds(fallen[broken]["got"])
    return list(fallen)


def rehearses_as_planned(at: Stand, played: PlayedStory) -> list[dict[str, Any]]:
    """With nothing random, the last finish and every promise of all that was planned are within a tenth of the plan."""
    kept = ("env", "BAOGONG_BOOK=play", f"BAOGONG_PLAY={played.book}")
    code, document = at.run(*kept, BAOGONG, "rehearse", "check", "--json")
    assert code == 0
    rows: list[dict[str, Any]] = document["items"]
    assert [row for row in rows if not row["is_near"]] == []
    assert [row["about"] for row in rows].count("LAST") == 1
    assert all(0 <= row["share"] <= 0.1 for row in rows)
    return rows
