"""What leaves the house by webhook: of every kind of event, of every act of a real book, never a word a person wrote."""

from __future__ import annotations

import ast
import re
from collections import defaultdict
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import pytest

from baogong.journal.models import Event
from baogong.journal.services.outward import CODES, bare
from baogong.people.models import Party
from tests.access.books import house, road
from tests.access.rows import Book

SOURCE = Path(__file__).parents[2] / "baogong"
WORDS = "call 王小明 13800000000 of ward 3"
# Keys that a service writes with what a person said, or with a name: what must never go out.
SAID = {
    "about", "account", "command", "duty_text", "given_to", "note", "notes", "reason", "signed_by", "terms", "title", "where",
    "why", "why_no_plan",
}  # fmt: skip


def records() -> Iterator[tuple[str, dict[str, str]]]:
    """Each call of `record`: its kind as written, and its data's keys with the code that fills them."""
    for path in sorted(SOURCE.rglob("*.py")):
        tree = ast.parse(path.read_text(encoding="utf-8"))
        named: dict[str, ast.Dict] = {
            target.id: node.value
            for node in ast.walk(tree)
            if isinstance(node, ast.Assign) and isinstance(node.value, ast.Dict)
            for target in node.targets
            if isinstance(target, ast.Name)
        }
        for node in ast.walk(tree):
            if not isinstance(node, ast.Call) or ast.unparse(node.func).rpartition(".")[2] != "record":
                continue
            given = {keyword.arg: keyword.value for keyword in node.keywords}
            if "kind" not in given or "actor" not in given:
                continue
            data = given.get("data")
            data = named.get(data.id) if isinstance(data, ast.Name) else data
            keys = {}
            if isinstance(data, ast.Dict):
                keys = {
                    ast.literal_eval(key): ast.unparse(value)
                    for key, value in zip(data.keys, data.values, strict=True)
                    if key
                }
            yield ast.unparse(given["kind"]), keys


@cache
def kinds() -> dict[str, frozenset[str]]:
    """Every kind of event the code can leave → the keys of its data."""
    found: dict[str, set[str]] = defaultdict(set)
    for written, keys in records():
        for kind in re.findall(r"'([a-z_]+(?:\.[a-z_-]+)+)'", written) or [written]:
            found[kind] |= keys.keys()
    return {kind: frozenset(keys) for kind, keys in found.items()}


def test_the_kinds_are_found() -> None:
    assert len(kinds()) > 100
    assert {"supply.purchase.cancelled", "freight.waybill.handed-over", "crew.signed-on"} <= kinds().keys()
    assert "why" in kinds()["supply.purchase.cancelled"]


@pytest.mark.parametrize("kind", sorted(kinds()))
def test_of_no_kind_a_written_word_leaves(kind: str) -> None:
    """Whatever stands under its keys, alone, in lists and in mappings: what a person could have typed stays inside."""
    for said in (WORDS, "王小明", "13800000000", "ward 3, ask for Lin"):
        for value in (said, [said], {"a": said}, [{"why": said}], {said: 1}):
            gone = bare(dict.fromkeys(kinds()[kind], value))
            assert not [word for word in texts(gone) if said in word], (kind, gone)
    assert bare(dict.fromkeys(kinds()[kind] & SAID, "Lin")) == {}


def test_what_people_say_is_no_code() -> None:
    """A key is a code's or a person's, never both; and every key of a person's words is known here."""
    assert not CODES & SAID
    texts_of = {
        key
        for _kind, keys in records()
        for key, code in keys.items()
        if re.fullmatch(r"(\w+\.)?(why|reason|note|title|signed_by|words|where|about)(\.strip\(\))?", code)
    }
    assert texts_of <= SAID, texts_of - SAID


@pytest.mark.parametrize("make", [house, road])
def test_of_all_that_happened_in_a_real_book_no_name_leaves(db: None, make: Callable[[], Book]) -> None:
    make()
    happened = list(Event.objects.all())
    names = {*Party.objects.values_list("name", flat=True), *(event.name for event in happened)}
    assert len({event.kind for event in happened}) > 15
    assert len(names) > 20
    kept = [bare(event.data) for event in happened]
    assert not {word for data in kept for word in texts(data)} & names
    # The way is not closed: figures, ids and codes do go out.
    assert sum(len(data) for data in kept) > len(happened)


def texts(value: Any) -> Iterator[str]:
    if isinstance(value, dict):
        for key, part in value.items():
            yield key
            yield from texts(part)
    elif isinstance(value, list):
        for part in value:
            yield from texts(part)
    elif isinstance(value, str):
        yield value
