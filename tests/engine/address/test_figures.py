"""The document's tables, recomputed: its worked example, the labelled lines, and where they are the orders from the field."""

from __future__ import annotations

import re
from pathlib import Path

from baogong.engine.address import read, read_typed
from tests.engine.address.figures import SETS, Figures, fields, labelled, lines, orders, real, settled

DOC = (Path(__file__).parents[3] / "docs" / "algorithms" / "addresses.md").read_text("utf-8")
ERRORS_MOST = 0.05


def test_the_worked_example_is_read_as_the_document_says() -> None:
    rows = re.findall(r"^\| `(.+?)` \|(.*)\|$", DOC, re.MULTILINE)
    assert len(rows) >= 15
    for text, cells in rows:
        *values, flags = (cell.strip() for cell in cells.split("|"))
        address = read(text)
        assert [address.lane, *address.place] == values, text
        assert ", ".join(flag for flag in address.flags if flag != "no-room") == flags, text


def test_the_labelled_lines_are_read_as_often_as_the_document_says() -> None:
    assert sum(1 for name in SETS for _ in lines(name)) >= 150
    for name in SETS:
        figures = labelled(name)
        assert figures.wrong == []
        assert_told(name.replace("_", " "), figures)


def test_a_wrong_reading_costs_precision_and_recall_and_a_missing_one_recall() -> None:
    figures = Figures()
    figures.count("one", {"room": "301"}, {"room": "302"})
    figures.count("two", {}, {"room": "302"})
    figures.count("three", {"room": "302"}, {"room": "302"})
    assert (figures.precision("room"), round(figures.recall("room"), 3), figures.whole) == (0.5, 0.333, 1)


def test_orders_from_the_field_are_read_as_often_as_the_document_says(real_data: Path) -> None:
    figures = real(real_data)
    for name in ("building", "room"):
        assert figures.precision(name) >= 1 - ERRORS_MOST
        assert figures.recall(name) >= 1 - ERRORS_MOST
    assert_told("real half", figures)
    told = dict(re.findall(r"^\| ([a-z-]+) \| (\d+) \|$", DOC, re.MULTILINE))
    assert {flag: str(count) for flag, count in settled(real_data).items()} == told


def test_no_order_from_the_field_has_a_sign_that_nothing_explains(real_data: Path) -> None:
    for text, typed in orders(real_data):
        address = read_typed(text, typed)
        assert address.unread == (), text
        assert "".join(text[part.start : part.end] for part in address.parts) == text
        assert fields(address).keys() >= {"building", "room"}, text


def assert_told(title: str, figures: Figures) -> None:
    for row in figures.rows(title):
        assert row in DOC, f"write into addresses.md: {row}"
