"""Every title that the house gives a paper is told in both languages, its moment on the house's clock."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from django.utils import translation

import baogong
from baogong.web.titles import title_in_words

ROOMS = ("freight", "needs", "planning", "supply")
# A title without a word is the same in both; one with " · " stands in both by itself.
HAS_WORDS = re.compile(r"^(?!.* · ).*([a-z]{3}|[\u4e00-\u9fff])")


def titles() -> Iterator[str]:
    """What the services write, each part that is filled in replaced by something of its sort."""
    for room in ROOMS:
        for file in Path(baogong.__path__[0], room).rglob("*.py"):
            for node in ast.walk(ast.parse(file.read_text())):
                if isinstance(node, ast.keyword) and node.arg == "title":
                    yield from _samples(node.value)


def _samples(node: ast.expr) -> Iterator[str]:
    if isinstance(node, ast.Constant) and isinstance(node.value, str):
        yield node.value
    if isinstance(node, ast.BinOp):
        for left in _samples(node.left):
            yield from (left, f"{left} in part")
    if isinstance(node, ast.JoinedStr):
        yield "".join(str(part.value) if isinstance(part, ast.Constant) else _filled(part) for part in node.values)


def _filled(part: ast.expr) -> str:
    assert isinstance(part, ast.FormattedValue)
    said = ast.unparse(part)
    if "%Y" in said:
        return "2020-01-22 02:00"
    if "row.kind" in said:
        return "SHARE"
    if "yuan(" in said:
        return "1,200.00"
    return "3" if "len(" in said else "X"


def test_no_title_stays_in_one_language() -> None:
    found = {title for title in titles() if HAS_WORDS.match(title)}
    assert len(found) > 20
    for title in sorted(found):
        with translation.override("zh-hans"):
            chinese = title_in_words(title)
        with translation.override("en"):
            english = title_in_words(title)
        assert re.search(r"[\u4e00-\u9fff]", chinese), f"{title}: add it to baogong/web/titles.py"
        assert not re.search(r"[\u4e00-\u9fff]", english), f"{title}: add it to baogong/web/titles.py"


@pytest.mark.parametrize(
    ("title", "chinese", "english"),
    [
        ("Count 2020-01-22 22:30", "盘点 2020-01-23 06:30", "Count of 2020-01-23 06:30"),
        ("SHARE 2020-01-23 07:00", "分配 · 2020-01-23 15:00", "share of 2020-01-23 15:00"),
        ("运单 东行物流 4.2米厢车-1", "运单 东行物流 4.2米厢车-1", "Waybill of 东行物流 4.2米厢车-1"),
        ("PO-0001: bill 77-A, 1,200.50 yuan", "PO-0001：发票 77-A，1,200.50 元", "PO-0001: bill 77-A, 1,200.50 yuan"),
        ("灾情最急处优先", "灾情最急处优先", "灾情最急处优先"),
    ],
)
def test_a_title_is_told(title: str, chinese: str, english: str) -> None:
    with translation.override("zh-hans"):
        assert title_in_words(title) == chinese
    with translation.override("en"):
        assert title_in_words(title) == english
