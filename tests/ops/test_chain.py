"""`baogong chain read`: the contract's document, from a file and from standard input, whatever stands in it."""

from __future__ import annotations

import io
import json
from pathlib import Path
from typing import Any

import pytest

from baogong.config import cli

PASTE = """#接龙
4月18日晚餐
例 李四 3-502 A1份

1. 云朵 3-502 A2份 B1份
2. 641℃ 5-1-301 A 两份 已付
3. 云朵 3-502 -1份B
4. 641℃ 取消
好的
"""


def answered(capsys: pytest.CaptureFixture[str], *words: str) -> tuple[int, Any]:
    code = cli.run(["chain", "read", *words, "--json"])
    return code, json.loads(capsys.readouterr().out)


@pytest.fixture
def files(tmp_path: Path) -> tuple[str, str, str]:
    paste, register, menu = tmp_path / "paste.txt", tmp_path / "register.csv", tmp_path / "menu.csv"
    paste.write_text(PASTE, "utf-8")
    register.write_text("building,unit,room\n3,1,502\n5,1,301\n", "utf-8")
    menu.write_text("code,item\nA,红烧鲈鱼\nB,三杯杏鲍菇\n", "utf-8")
    return str(paste), str(register), str(menu)


def test_the_document_has_the_keys_of_the_contract(
    files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    paste, register, menu = files
    code, document = answered(capsys, paste, "--register", register, "--menu", menu)
    assert code == 0
    assert document.keys() >= {"chains", "ignored", "unread"}
    (chain,) = document["chains"]
    assert chain["title"] == "4月18日晚餐"
    first = chain["entries"][0]
    assert {name: first[name] for name in ("no", "name", "building", "unit", "room", "note", "withdrawn")} == {
        "no": 1, "name": "云朵", "building": "3", "unit": "", "room": "502", "note": "", "withdrawn": False,
    }  # fmt: skip
    assert [(each["item"], each["quantity"]) for each in first["items"]] == [("红烧鲈鱼", 2), ("三杯杏鲍菇", 1)]
    assert first["confidence"] == 1
    assert [entry["withdrawn"] for entry in chain["entries"]] == [False, True, False, True]
    assert chain["entries"][1]["paid"] is True
    assert [PASTE[slice(*each["span"])] for each in document["unread"]] == ["好的"]
    assert document["unread"][0].keys() >= {"span", "why", "suggestion"}


def test_the_spans_cover_the_text_but_for_blanks(
    files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]
) -> None:
    _, document = answered(capsys, files[0])
    spans = [each["span"] for name in ("ignored", "unread") for each in document[name]]
    spans += [entry["span"] for chain in document["chains"] for entry in chain["entries"]]
    left = list(PASTE)
    for start, end in spans:
        assert "" not in left[start:end]
        left[start:end] = [""] * (end - start)
    assert not "".join(left).strip()


def test_standard_input_is_read_where_the_file_is_a_dash(
    capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    class Stdin:
        buffer = io.BytesIO(PASTE.encode("gb18030", errors="replace"))

    monkeypatch.setattr("sys.stdin", Stdin)
    code, document = answered(capsys, "-")
    assert code == 0
    assert document["chains"][0]["entries"][0]["name"] == "云朵"


@pytest.mark.parametrize("text", ["", "\n\n", "今天没有接龙", "((((", "<p>", "1."])
def test_whatever_stands_in_the_file_the_reader_exits_0(
    text: str, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    path = tmp_path / "x.txt"
    path.write_text(text, "utf-8")
    code, document = answered(capsys, str(path))
    assert code == 0
    assert not [entry for chain in document["chains"] for entry in chain["entries"]]
    assert bool(document["unread"] or document["ignored"]) == bool(text.strip())


def test_a_file_that_is_not_there_and_a_register_without_columns_are_refused(
    files: tuple[str, str, str], tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    code, document = answered(capsys, str(tmp_path / "none.txt"))
    assert code == 2
    assert document["error"].keys() >= {"code", "message", "where", "found", "expected", "cure"}
    code, document = answered(capsys, files[0], "--register", files[2])
    assert (code, document["error"]["code"]) == (2, "chain.missing-columns")


def test_for_a_person_it_is_a_table(files: tuple[str, str, str], capsys: pytest.CaptureFixture[str]) -> None:
    assert cli.run(["chain", "read", files[0]]) == 0
    out = capsys.readouterr().out
    assert "云朵" in out
    assert "withdrawn" in out
    assert "waits" in out
