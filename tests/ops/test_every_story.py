"""`scenario play --all`: which stories are played, what their answers become, and when the run fails."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from baogong.kernel.errors import UnusableInput
from baogong.ops.scenarios import every
from baogong.ops.scenarios.every import names_with, play_every
from baogong.tower.stories import every_scenario
from tests.ops.conftest import Terminal

HELD = {"name": "first", "ok": True}
FELL = {"name": "second", "ok": False}


@pytest.fixture
def answering(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """In the program's place one that tells, for each story, the answer that stands in a file of its name."""
    program = tmp_path / "baogong"
    program.write_text(f'#!/bin/sh\nprintf "%s " "$@" >> {tmp_path}/asked\n. {tmp_path}/"$3"\n')
    program.chmod(0o755)
    monkeypatch.setattr(every, "BAOGONG", program)
    return tmp_path


NEAR: dict[str, object] = {
    "runs_count": 3,
    "openings_count": 0,
    "promises_count": 2,
    "farthest": 0.0005,
    "is_near": True,
}
FAR: dict[str, object] = NEAR | {"farthest": 0.3, "is_near": False}


def will_answer(
    at: Path,
    story: str,
    *outcomes: dict[str, object],
    verified: bool = True,
    code: int = 0,
    rehearsal: dict[str, object] | None = None,
) -> None:
    document = {
        "scenario": story,
        "ok": verified and all(outcome["ok"] for outcome in outcomes),
        "expectations": list(outcomes),
        "book": {"movements": 12, "verified": verified, "stamp": ""},
        "rehearsal": rehearsal,
        "kept_as": "play_1",
        "seconds": 1.0,
    }
    (at / story).write_text(f"cat <<'END'\n{json.dumps(document)}\nEND\nexit {code}\n")


def test_all_are_played_in_the_order_of_their_numbers_or_those_whose_name_holds_a_word() -> None:
    every_name = names_with([])
    assert sorted(every_name) == sorted(row["name"] for row in every_scenario())
    assert every_name[0] == "hubei-relay-2020"
    assert names_with(["winners", "draw"]) == ["imported-winners-2020", "own-draw-2020"]
    with pytest.raises(UnusableInput, match="No scenario's name holds “atlantis”"):
        names_with(["winners", "atlantis"])


def test_each_answer_becomes_a_row_and_one_that_falls_fails_the_run(answering: Path) -> None:
    will_answer(answering, "booked-2020", HELD, HELD)
    will_answer(answering, "own-draw-2020", HELD, FELL, code=1)
    will_answer(answering, "one-fen-2020", HELD, verified=False, code=1)
    (answering / "shelves-2022").write_text("echo killed >&2\nexit 137\n")
    said: list[str] = []
    names = ["booked-2020", "own-draw-2020", "one-fen-2020", "shelves-2022"]
    document = play_every(names, keep=True, say=said.append)
    rows = {row["scenario"]: row for row in document["stories"]}
    assert document["ok"] is False
    assert [rows[name]["ok"] for name in names] == [True, False, False, False]
    assert (rows["booked-2020"]["held"], rows["booked-2020"]["expectations"]) == (2, 2)
    assert (rows["own-draw-2020"]["held"], rows["own-draw-2020"]["broken"]) == (1, ["second"])
    assert (rows["one-fen-2020"]["movements"], rows["one-fen-2020"]["verified"]) == (12, False)
    assert "exit 137" in rows["shelves-2022"]["error"]["message"]
    assert rows["booked-2020"]["kept_as"] == "play_1"
    assert said[0].startswith("[1/4] booked-2020")
    asked = (answering / "asked").read_text().split()
    assert asked[:5] == ["scenario", "play", "booked-2020", "--json", "--keep"]
    assert play_every(["booked-2020"], say=said.append)["ok"] is True


def test_the_command_prints_a_table_and_ends_with_1_where_a_story_falls(answering: Path, terminal: Terminal) -> None:
    will_answer(answering, "booked-2020", HELD, rehearsal=NEAR)
    will_answer(answering, "own-draw-2020", FELL, code=1)
    answer = terminal("scenario", "play", "--all", "--only", "booked", "--only", "own-draw")
    assert answer.code == 1
    assert "1 of 2 stories hold" in answer.out
    assert "broken own-draw-2020: second" in answer.out
    rows = {cells[0]: cells for line in answer.out.splitlines() if "verified" in (cells := line.split())}
    booked, own_draw = rows["booked-2020"], rows["own-draw-2020"]
    assert (booked[0], booked[1], booked[4:]) == ("booked-2020", "1/1", ["verified", "0.05%", "holds"])
    assert (own_draw[0], own_draw[1], own_draw[4:]) == ("own-draw-2020", "0/1", ["verified", "—", "broken"])
    answer = terminal("scenario", "play", "--all", "--only", "booked", "--json")
    assert answer.code == 0
    assert json.loads(answer.out)["stories"][0]["held"] == 1
    answer = terminal("scenario", "play", "booked-2020", "--all", "--json")
    assert (answer.code, answer.error["where"]) == (2, "NAME")
    assert terminal("scenario", "play", "--json").error["where"] == "NAME"


def test_a_story_whose_rehearsal_with_nothing_random_is_not_its_plan_fails_the_run(
    answering: Path, terminal: Terminal
) -> None:
    will_answer(answering, "shelves-2022", HELD, rehearsal=NEAR)
    will_answer(answering, "first-come-2020", HELD, rehearsal=FAR)
    document = play_every(["shelves-2022", "first-come-2020"], say=lambda _text: None)
    assert [(row["ok"], row["broken"]) for row in document["stories"]] == [(True, []), (False, [])]
    assert [row["rehearsal"]["farthest"] for row in document["stories"]] == [0.0005, 0.3]
    answer = terminal("scenario", "play", "--all", "--only", "first-come")
    assert answer.code == 1
    assert "broken first-come-2020: its rehearsal is not its plan" in answer.out
    assert "30.00%" in answer.out
