"""`baogong bulletin`: a day drawn, looked at line by line, taken away as a workbook, published."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import openpyxl

from tests.apps.freight.world import World
from tests.ops.conftest import Terminal


def test_a_day_is_drawn_shown_and_published_at_the_terminal(world: World, terminal: Terminal, tmp_path: Path) -> None:
    world.allot("langfang masks", world.hospital, 600)

    def told(*words: str) -> dict[str, Any]:
        answer = terminal("bulletin", *words, "--json")
        assert answer.code == 0, answer.err
        return answer.document

    made = told("draw", "2020-01-23", "--for", "superiors", "--as", "lin")
    (promised,) = [each for each in made["figures"] if each["what"] == "promised" and not each["by"]]
    assert (promised["name_zh"], promised["amount"]) == ("已承诺未交", 600)
    file = tmp_path / "day.xlsx"
    shown = told("show", made["id"], "--figure", str(promised["number"]), "--xlsx", str(file), "--english")
    assert sum(line["amount"] for line in shown["lines"]["lines"]) == 600
    assert "Stock by warehouse" in openpyxl.load_workbook(file).sheetnames
    told("words", made["id"], "--zh", "平稳", "--en", "Calm", "--as", "lin")
    assert told("publish", made["id"], "--as", "lin")["state"] == "PUBLISHED"
    assert [each["state"] for each in told("list")["items"]] == ["PUBLISHED"]


def test_what_makes_no_sense_is_told(world: World, terminal: Terminal) -> None:
    for words, where in ((("tomorrow",), "DAY"), (("2020-01-23", "--for", "press"), "--for"), (("2031-01-01",), "day")):
        answer = terminal("bulletin", "draw", *words, "--as", "lin", "--json")
        assert (answer.code, answer.error["where"]) == (2, where), words
