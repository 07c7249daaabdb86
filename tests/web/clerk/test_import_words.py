"""A clerk who reads Chinese meets no English sentence of the readers of lists."""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator
from decimal import Decimal
from itertools import product
from pathlib import Path

import pytest
from django.utils import translation

import baogong
from baogong.catalogue.units import Measure, UnitUnclear, in_base_units
from baogong.engine.sheets.amounts import NegativeAmount, parse_amount
from baogong.kernel.errors import BaogongError
from baogong.web.clerk.words import told

HOUSE = Path(baogong.__file__).parent
READERS = (
    *sorted((HOUSE / "engine" / "sheets").rglob("*.py")),
    *(HOUSE / path for path in ("catalogue/units.py", "catalogue/queries.py", "catalogue/barcodes.py")),
    *(HOUSE / "supply" / "services" / f"{noun}.py" for noun in ("counts", "orders", "corrections", "weighing")),
    *sorted((HOUSE / "supply" / "sheets").glob("*.py")),
    *sorted((HOUSE / "supply" / "imports").glob("*.py")),
    HOUSE / "crew" / "people_lists.py",
    HOUSE / "crew" / "services" / "shifts.py",
    *sorted((HOUSE / "places" / "imports").glob("*.py")),
    *sorted((HOUSE / "release" / "imports").glob("*.py")),
    *(HOUSE / room / "imports.py" for room in ("catalogue", "people", "needs", "freight", "crew", "delivery")),
    HOUSE / "delivery" / "register.py",
)
FIELDS = {"found", "expected", "cure", "flaw", "why"}
SAID_BY_PLACE = {  # which argument is a sentence for the clerk
    "Candidate": 3, "NameCandidate": 2, "ItemCandidate": 2, "need_text": 1, "or_above": 2, "_unclear": 3,
    "_too_large": 1, "Cell": 2, "as_candidate": 2, "_noted": 1, "_doubted": 1, "_bad": 1,
}  # fmt: skip
HOLES = {  # what stands in a hole that no 7 can fill
    "measure.unit.lower()": ("piece", "set", "pair", "bottle", "pack", "fen"),
    "found.entry.kind.lower()": ("site", "team", "organisation"),
    "names": ("carton weight in kg", "carton height in cm, carton weight in kg"),
    "unread": ("", " (7 of the lines above could not be read)"),
    "there": ("carton length in cm, carton width in cm",),
}
CODES = re.compile(r"n95-mask|K?N95|GB|YY|CSV|XLSX?|UTF|GS1|key|value|type")
ENGLISH = re.compile(r"[A-Za-z]{3,}")


def shapes(node: ast.expr | None) -> list[str]:
    """Every text an expression can give, a 7 in each hole; none where it holds no text of its own."""
    match node:
        case ast.Constant(value=str(text)):
            return [text]
        case ast.IfExp(body=body, orelse=other):
            return shapes(body) + shapes(other)
        case ast.BoolOp(values=values):
            return [text for value in values for text in shapes(value)]
        case ast.Tuple(elts=parts) | ast.List(elts=parts):
            return [text for part in parts for text in shapes(part)]
        case ast.ListComp(elt=part) | ast.GeneratorExp(elt=part) | ast.Starred(value=part):
            return shapes(part)
        case ast.BinOp(left=left, op=ast.Add(), right=right):
            return ["".join(parts) for parts in product(shapes(left) or ["7"], shapes(right) or ["7"])]
        case ast.FormattedValue(value=value):
            hole = ast.unparse(value)
            return list(HOLES.get(hole, ())) or shapes(value) or ["7"]
        case ast.JoinedStr(values=parts):
            return ["".join(chosen) for chosen in product(*map(shapes, parts))]
        case _:
            return []


def said(tree: ast.AST) -> Iterator[ast.expr]:
    """The expressions of a module that a clerk may come to read."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            name = node.func.id if isinstance(node.func, ast.Name) else getattr(node.func, "attr", "")
            yield from (given.value for given in node.keywords if given.arg in FIELDS)
            if name in SAID_BY_PLACE:
                yield from node.args[SAID_BY_PLACE[name] :][:2]
            if name == "append" and ast.unparse(node.func).endswith(("doubts.append", "notes.append")):
                yield from node.args
        elif isinstance(node, ast.Assign | ast.AugAssign):
            targets = ast.unparse(node.targets[0] if isinstance(node, ast.Assign) else node.target)
            if re.search(r"\b(why|doubts?|wanted|flaw|MERGED|NO_VALUE|AS_ABOVE|NOT_FOR_WHOM|unread)\b", targets):
                yield node.value


def sentences() -> list[str]:
    found = {
        text
        for path in READERS
        for expression in said(ast.parse(path.read_text("utf-8")))
        for text in shapes(expression)
        if ENGLISH.search(CODES.sub("", text)) and (" " in text or text.islower())
    }
    return sorted(found)


def english_left(text: str) -> list[str]:
    with translation.override("zh-hans"):
        return ENGLISH.findall(CODES.sub("", told(text)))


@pytest.mark.parametrize("amount", ["1万2", "约3000", "3万500", "-4件", "3*4", "口罩"])
def test_amounts_that_wait_or_are_refused_are_told_in_chinese(amount: str) -> None:
    try:
        parts = [f"{amount}: {doubt}" for doubt in parse_amount(amount).doubts]
    except BaogongError as error:
        parts = [str(error.expected), error.cure]
    assert parts
    assert [english_left(part) for part in parts] == [[]] * len(parts)


@pytest.mark.parametrize(
    ("number", "unit", "packing"),
    [("1.5", "只", ""), ("3", "箱", ""), ("3", "kg", ""), ("3", "瓶", ""), ("3", "x", "")],
)
def test_amounts_without_a_unit_of_the_item_are_told_in_chinese(number: str, unit: str, packing: str) -> None:
    with pytest.raises(UnitUnclear) as refusal:
        in_base_units(Measure("口罩", "PIECE"), Decimal(number), unit, packing)
    assert not english_left(str(refusal.value.expected))
    assert not english_left(refusal.value.cure)


def test_a_number_below_nothing_is_refused_as_such() -> None:
    with pytest.raises(NegativeAmount) as refusal:
        parse_amount("N95口罩 -4 件")
    assert refusal.value.expected == "an amount of 0 or more"
    assert "packing" not in refusal.value.cure
    with pytest.raises(NegativeAmount):
        in_base_units(Measure("口罩", "PIECE"), Decimal(-4), "件")


def test_several_faults_of_one_row_are_told_in_chinese() -> None:
    text = "C2: latitude -90 to 90, longitude -180 to 180; E2: a whole number, 1 or more, at most 100; F2: empty"
    with translation.override("zh-hans"):
        assert told(text) == "C2：纬度 -90 至 90，经度 -180 至 180；E2：1 至 100 的整数；F2：空白"
        assert told("Fill in the cell. Write hour and minute. Use one of the words named.") == (
            "填写这一格。写时和分。用所列的词。"
        )


def test_every_sentence_of_the_readers_has_chinese() -> None:
    found = sentences()
    assert "the spelling is near" in found
    assert "7 % of the characters agree" in found
    assert {text: told(text) for text in found if english_left(text)} == {}


def test_columns_that_are_missing_are_named_in_chinese_alone() -> None:
    with translation.override("zh-hans"):
        assert told("载重 (load), 箱长（厘米） (length_cm)") == "载重、箱长（厘米）"
        assert told("武汉 (86 %)") == "武汉 (86 %)"
