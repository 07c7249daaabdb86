"""`baogong address read`: a line of standard input each, one JSON document, no database."""

from __future__ import annotations

import io
import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from baogong.config import cli

Call = Callable[..., Any]


@pytest.fixture
def call(capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch) -> Call:
    """`call(text, "--typed")`: the document; `code` is the exit code expected."""

    def run(text: str, *words: object, code: int = 0) -> Any:
        monkeypatch.setattr("sys.stdin", io.StringIO(text))
        capsys.readouterr()
        assert cli.run(["address", "read", *map(str, words), "--json"]) == code
        return json.loads(capsys.readouterr().out)

    return run


@pytest.fixture
def register(tmp_path: Path) -> Path:
    file = tmp_path / "doors.csv"
    file.write_text("building,unit,room\n5号楼,2单元,301室\n12,,602\n", encoding="utf-8-sig")
    return file


def test_an_address_a_line_in_order_whatever_is_in_it(call: Call) -> None:
    said = call("虹梅路1200弄34号902室\n\n谢谢\n5-2-301\n")
    assert [(each["building"], each["unit"], each["room"]) for each in said] == [
        ("34", "", "902"),
        ("", "", ""),
        ("", "", ""),
        ("5", "2", "301"),
    ]
    assert [each["text"] for each in said] == ["虹梅路1200弄34号902室", "", "谢谢", "5-2-301"]
    assert said[0]["flags"] == said[0]["reasons"] == []
    assert said[2]["flags"] == ["no-building"]
    assert set(said[2]["reasons"][0]) == {"flag", "en", "zh"}
    assert call("") == []


def test_spans_cover_the_line_and_each_field_says_how_sure_it_is(call: Call) -> None:
    (said,) = call("梅苑34号902室（放门口）\n")
    assert "".join(said["text"][slice(*part["span"])] for part in said["parts"]) == said["text"]
    assert set(said["confidence"]) == {"community", "building", "room"}


def test_the_register_fills_in_and_doubts(call: Call, register: Path) -> None:
    known, unknown = call("5-301\n6-301\n", "--register", register)
    assert (known["unit"], known["flags"]) == ("2", ["unit-from-register"])
    assert unknown["flags"] == ["building-unknown"]


def test_typed_fields_win(call: Call) -> None:
    (said,) = call("text,building,room\n虹梅路1200弄40号601室,17号,1702\n", "--typed")
    assert (said["building"], said["room"]) == ("17", "1702")
    assert said["flags"] == ["building-differs", "room-differs", "other-household"]


def test_a_file_that_is_no_register_and_a_table_without_text_are_refused(call: Call, tmp_path: Path) -> None:
    file = tmp_path / "doors.csv"
    for content, found in ((b"house,room\n5,301\n", "house, room"), (b"\xff\xfe\x00", None), (None, None)):
        if content is None:
            file.unlink()
        else:
            file.write_bytes(content)
        error = call("5-301\n", "--register", file, code=2)["error"]
        assert set(error) >= {"code", "message", "where", "found", "expected", "cure"}
        assert found is None or error["found"] == found
    assert call("5-301\n", "--typed", code=2)["error"]["where"] == "standard input"
