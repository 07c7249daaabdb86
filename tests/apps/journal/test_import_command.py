from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from typer.testing import CliRunner

from baogong.engine.sheets.kinds import UnknownKind
from baogong.kernel.errors import UnusableInput
from baogong.ops import cli
from baogong.ops.commands import imports as command
from tests.apps.journal.ward import LIST, Ward
from tests.cast import rows_in_book


class Here:
    """The machine as the command sees it: the book Django speaks to is open already."""

    def book(self) -> Any:
        from contextlib import nullcontext

        return nullcontext()


@pytest.fixture
def call(monkeypatch: pytest.MonkeyPatch, db: None) -> Any:
    monkeypatch.setattr(command, "runtime", Here)

    def call(*arguments: str) -> Any:
        return CliRunner().invoke(cli.load_commands(), ["import", *arguments])

    return call


@pytest.fixture
def file(tmp_path: Path) -> str:
    path = tmp_path / "名单.csv"
    path.write_bytes(LIST)
    return str(path)


def test_the_document_is_the_contracts(call: Any, file: str, ward: Ward) -> None:
    answer = call("ward", file, "--json")
    assert answer.exit_code == 1  # a line was refused
    document = json.loads(answer.stdout)
    assert {key: document[key] for key in ("kind", "lines", "added", "matched", "unchanged")} == {
        "kind": "ward",
        "lines": 5,
        "added": 2,
        "matched": 0,
        "unchanged": 0,
    }
    assert document["refused"] == [{"where": "B4", "found": "-1", "expected": "0 or more", "cure": "Correct the cell."}]
    assert [(line["where"], line["found"]) for line in document["waiting"]] == [("A3", "协和"), ("A5", "协和")]
    assert [candidate["text"] for candidate in document["waiting"][0]["candidates"]] == ["武汉协和医院", "北京协和"]
    counted = sum(document[key] for key in ("added", "matched", "unchanged"))
    assert document["lines"] == counted + len(document["refused"]) + len(document["waiting"])


def test_a_second_call_changes_nothing(call: Any, file: str, ward: Ward) -> None:
    call("ward", file, "--json")
    applied = list(ward.applied)
    document = json.loads(call("ward", file, "--json").stdout)
    assert (document["added"], document["unchanged"]) == (0, 2)
    assert ward.applied == applied


def test_a_dry_run_says_the_same_and_writes_nothing(call: Any, file: str, ward: Ward) -> None:
    before = rows_in_book()
    document = json.loads(call("ward", file, "--dry-run", "--json").stdout)
    assert (document["added"], len(document["waiting"])) == (2, 2)
    assert rows_in_book() == before
    assert ward.applied == []


def test_a_list_without_faults_ends_well(call: Any, tmp_path: Path, ward: Ward) -> None:
    good = tmp_path / "good.csv"
    good.write_text("name,amount\n中南医院,10\n", encoding="utf-8")
    assert call("ward", str(good)).exit_code == 0


def test_for_a_person_the_bad_and_the_doubtful_are_tables(call: Any, file: str, ward: Ward) -> None:
    answer = call("ward", file)
    assert "5 lines, 2 added" in answer.stdout
    assert "武汉协和医院 (80%)" in answer.stdout


def test_what_cannot_be_read_is_said(call: Any, file: str, tmp_path: Path, ward: Ward) -> None:
    assert isinstance(call("nonsense", file).exception, UnknownKind)
    assert isinstance(call("ward", str(tmp_path / "missing.csv")).exception, UnusableInput)
