"""`baogong rounds`: one document on stdout, exit codes, no database."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from baogong.config import cli

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
