"""
Profiles: how a source words its headers and what its values mean. Each is a TOML file in this folder.

`[headers]` lists, per column key, the ways of writing it (any kind of list); `[kinds.<kind>.headers]` adds ways for
one kind only; anything else in the file belongs to the reader of that source.
"""

from __future__ import annotations

import re
import tomllib
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass, field, replace
from functools import cache
from importlib import resources
from typing import Any

from baogong.engine.sheets.hxl import match_tags
from baogong.engine.sheets.tables import Cell, Row, Table
from baogong.kernel.errors import UnusableInput

DEFAULT = "default"


class UnknownProfile(UnusableInput):
    """There is no profile of this name."""

    code = "sheets.unknown-profile"


@dataclass(frozen=True, slots=True)
class Column:
    """
    A column of a kind of list. Its key and both titles are headers people may write; `also` are further ways.

    help_zh, help_en  what to put in, for the template and the guide
    longest           how many characters the book keeps of it, 0: as many as a cell holds
    """

    key: str
    title_zh: str
    title_en: str
    is_required: bool = False
    also: tuple[str, ...] = ()
    help_zh: str = ""
    help_en: str = ""
    longest: int = 0


@dataclass(frozen=True, slots=True)
class Headers:
    """
    Which column of the table stands for which key.

    by_key   key → column index
    hints    key → what stood in brackets in the header: the unit of 数量（箱）, the standard of a supply
    unknown  headers that no column of the kind understands
    missing  required keys that the table lacks
    """

    by_key: dict[str, int] = field(default_factory=dict)
    hints: dict[str, str] = field(default_factory=dict)
    unknown: tuple[Cell, ...] = ()
    missing: tuple[str, ...] = ()

    def cell(self, row: Row, key: str) -> Cell:
        """The row's cell of this column; an empty one, at the row's own place, where the table has none."""
        index = self.by_key.get(key)
        return row.cells[index] if index is not None else Cell("", row.where)

    def text(self, row: Row, key: str) -> str:
        return self.cell(row, key).text


def profile_names() -> tuple[str, ...]:
    """The profiles there are."""
    files = resources.files(__package__).iterdir()
    return tuple(sorted(entry.name.removesuffix(".toml") for entry in files if entry.name.endswith(".toml")))


@cache
def load_profile(name: str) -> Mapping[str, Any]:
    """The profile's facts, as its file states them. Raises UnknownProfile, naming the profiles there are."""
    if name not in profile_names():
        raise UnknownProfile(
            f"There is no profile “{name}”.",
            found=name,
            expected=", ".join(profile_names()),
            cure="Choose one of the profiles named, or none.",
        )
    return tomllib.loads(resources.files(__package__).joinpath(f"{name}.toml").read_text("utf-8"))


def fold_header(text: str) -> str:
    """A header without case, spaces, width, punctuation and bracketed remarks: " 数量（只）*" → "数量"."""
    text = unicodedata.normalize("NFKC", text).casefold()
    text = re.sub(r"\([^()]*\)|\[[^\[\]]*\]|【[^【】]*】", "", text)
    return re.sub(r"[\W_]+", "", text)


def header_hint(text: str) -> str:
    """What stands in the header's brackets, "" where there are none."""
    found = re.search(r"\(([^()]*)\)|\[([^\[\]]*)\]|【([^【】]*)】", unicodedata.normalize("NFKC", text))
    return next((part.strip() for part in found.groups() if part), "") if found else ""


def match_headers(table: Table, columns: tuple[Column, ...], profile: str | None = None, *, kind: str = "") -> Headers:
    """
    Match the table's headers to a kind's columns: by HXL hashtags where the table has them, then by the profile's
    words and, behind them, the default profile's.

    Each header is used once and each key takes the first header that fits; a header that fits two keys goes to the
    one whose own title it is, else to the earlier column.
    """
    names = list(dict.fromkeys((profile or DEFAULT, DEFAULT)))
    ways = {column.key: _ways(column, names, kind) for column in columns}
    by_key = match_tags(table.tags, _patterns(columns, names, kind)) if table.tags else {}
    hints = {key: hint for key, index in by_key.items() if (hint := header_hint(table.columns[index].text))}
    used = set(by_key.values())
    for rank in range(2):  # own titles first, then the other ways of writing
        for column in columns:
            for index, cell in enumerate(table.columns):
                if column.key in by_key or index in used or not cell.text:
                    continue
                if fold_header(cell.text) in ways[column.key][rank]:
                    by_key[column.key] = index
                    used.add(index)
                    if hint := header_hint(cell.text):
                        hints[column.key] = hint
    unknown = tuple(cell for index, cell in enumerate(table.columns) if cell.text and index not in used)
    missing = tuple(column.key for column in columns if column.is_required and column.key not in by_key)
    return Headers(by_key, hints, unknown, missing)


def with_both_headers(
    table: Table, columns: tuple[Column, ...], profile: str | None = None, *, kind: str = ""
) -> Table:
    """
    The table with its headers read from two rows, where one row does not do: 捐赠物资 over 品名, 数量 and 单位.

    The second row is taken in only where more columns are understood with it than without.
    """
    heads = match_headers(table, columns, profile, kind=kind)
    if table.form != "rows" or table.tags or not table.rows or len(heads.by_key) == len(columns):
        return table
    below = table.rows[0]
    both = tuple(
        low if low.text and not low.flaw else head for head, low in zip(table.columns, below.cells, strict=True)
    )
    deeper = replace(table, columns=both, rows=table.rows[1:])
    known = match_headers(deeper, columns, profile, kind=kind)
    if any(re.search(r"\d", cell.text) for cell in below.cells if not cell.flaw):
        return table  # a row with figures is a line
    return deeper if len(known.by_key) > len(heads.by_key) and not set(heads.by_key) - set(known.by_key) else table


def _ways(column: Column, profiles: list[str], kind: str) -> tuple[frozenset[str], frozenset[str]]:
    own = frozenset(map(fold_header, (column.key, column.title_zh, column.title_en)))
    other = set(map(fold_header, column.also))
    for name in profiles:
        facts = load_profile(name)
        shared = facts.get("headers", {}).get(column.key, [])
        for_kind = facts.get("kinds", {}).get(kind, {}).get("headers", {}).get(column.key, [])
        other.update(map(fold_header, (*shared, *for_kind)))
    return own, frozenset(other)


def hxl_tag(key: str, kind: str = "") -> str:
    """The hashtag a column of ours is given when it leaves the house; "" where the profile names none."""
    ways = _tag_ways(key, [DEFAULT], kind)
    return ways[0] if ways else ""


def _patterns(columns: tuple[Column, ...], profiles: list[str], kind: str) -> dict[str, list[str]]:
    return {column.key: _tag_ways(column.key, profiles, kind) for column in columns}


def _tag_ways(key: str, profiles: list[str], kind: str) -> list[str]:
    """The kind's own tags first: they are the ones that leave the house."""
    ways: list[str] = []
    for name in profiles:
        facts = load_profile(name)
        for tags in (facts.get("kinds", {}).get(kind, {}).get("hxl", {}), facts.get("hxl", {})):
            ways += tags.get(key, [])
    return ways
