"""`baogong rounds`: one document on stdout, exit codes, no database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from baogong.config import cli
from tests.engine.rounds.test_cvrplib import SMALL

PAGE = Path(__file__).parents[2] / "docs" / "algorithms" / "rounds.md"


@pytest.fixture
def morning(tmp_path: Path) -> Path:
    file = tmp_path / "morning.json"
    file.write_text(PAGE.read_text(encoding="utf-8").split("```json\n")[1].split("```")[0], encoding="utf-8")
    return file


def test_a_plan_is_one_checked_document(morning: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["rounds", "plan", str(morning), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert document["checked"] is True
    assert document["problems"] == []
    assert {visit["stop"] for trip in document["trips"] for visit in trip["visits"]} == {"a", "b", "c"}
    assert cli.run(["rounds", "plan", str(morning)]) == 0
    assert "13 minutes of work in 2 trips" in capsys.readouterr().out


@pytest.mark.parametrize(
    ("content", "where"),
    [
        (b"{", ""),
        (b"\xff\xfe", ""),
        (b"[NaN]", ""),
        (b'{"stops": [], "stops": [1]}', ""),
        (b'{"stations": [], "stops": [], "couriers": [], "trucks": []}', "the document.trucks"),
    ],
)
def test_unusable_input_is_refused_with_its_place(
    tmp_path: Path, capsys: pytest.CaptureFixture[str], content: bytes, where: str
) -> None:
    file = tmp_path / "x.json"
    file.write_bytes(content)
    assert cli.run(["rounds", "plan", str(file), "--json"]) == 2
    error = json.loads(capsys.readouterr().out)["error"]
    assert error["where"] == (where or str(file))
    assert error["cure"]


def test_a_missing_file_is_refused(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["rounds", "plan", str(tmp_path / "none.json"), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["found"] == "No such file or directory"


def test_an_instance_is_solved_and_compared(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    instance, known, wrong = (tmp_path / name for name in ("small.vrp", "small.sol", "wrong.sol"))
    instance.write_text(SMALL, encoding="utf-8")
    known.write_text("Route #1: 1 2\nRoute #2: 3 4\nCost 43\n", encoding="utf-8")
    wrong.write_text("Route #1: 1 2\nCost 43\n", encoding="utf-8")
    assert cli.run(["rounds", "solve", str(instance), "--seconds", "0.3", "--sol", str(known), "--json"]) == 0
    document = json.loads(capsys.readouterr().out)
    assert (document["cost"], document["known_cost"], document["gap"]) == (43, 43, 0)
    assert sorted(customer for route in document["routes"] for customer in route) == [1, 2, 3, 4]
    assert cli.run(["rounds", "solve", str(instance), "--seconds", "0.3", "--sol", str(wrong), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["where"] == str(wrong)
    assert cli.run(["rounds", "solve", str(known), "--json"]) == 2
    assert json.loads(capsys.readouterr().out)["error"]["where"] == "line 1"
