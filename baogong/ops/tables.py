"""What commands answer: views as plain JSON, and the same as tables for a person, names in Chinese as they are stored."""

from __future__ import annotations

import inspect
from collections.abc import Callable, Mapping
from dataclasses import fields, is_dataclass
from datetime import UTC, date, datetime, time
from enum import Enum
from functools import cache
from typing import Any
from uuid import UUID
from zoneinfo import ZoneInfo

from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.measure import Measurement
from rich.table import Table

from baogong.kernel.money import yuan

Human = Callable[[Console, Any], None]
IDS = {"id", "lot", "run"}
MEASURES = {
    "_g": (1000, "kg"),
    "_m": (1000, "km"),
    "_cm3": (1_000_000, "m³"),
}  # as stored, so many to one that is shown
MOMENTS = {"at", "since", "until"}
WHOLE = ("_at", "_until", "_on")  # a moment in two lines is read wrongly
RATIOS = {"ratio", "exact_ratio", "worst", "mean", "worst_ratio", "score"}


def plain(value: Any) -> Any:
    """A view as JSON: its fields and what it computes of them, ids and codes as text, moments in UTC."""
    if is_dataclass(value) and not isinstance(value, type):
        return {name: plain(getattr(value, name)) for name in _names(type(value))}
    if isinstance(value, Mapping):
        return {str(key): plain(each) for key, each in value.items()}
    if isinstance(value, list | tuple | set | frozenset):
        return [plain(each) for each in value]
    if isinstance(value, Enum):
        return plain(value.value)
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat()
    if isinstance(value, date | time):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


@cache
def _names(kind: type) -> tuple[str, ...]:
    own = [each.name for each in fields(kind)]
    computed = [name for name, _member in inspect.getmembers(kind, lambda member: isinstance(member, property))]
    return (*own, *computed)


def rows(columns: str) -> Human:
    """A list as a table; `columns` are the names of what each row shows."""

    def human(console: Console, document: Any) -> None:
        table(console, document["items"], columns)

    return human


def sheet(facts: str, **lists: str) -> Human:
    """One thing: its facts one under another, then each list it holds as a table. Dots lead into parts: `gift.number`."""

    def human(console: Console, document: Any) -> None:
        grid = Table.grid(padding=(0, 2))
        for path in facts.split():
            value = _at(document, path)
            if value is False or not _is_empty(value):
                grid.add_row(f"[dim]{_head(path)}[/]", _cell(path, value))
        console.print(grid)
        for name, columns in lists.items():
            found = _at(document, name)
            if isinstance(found, Mapping):  # facts by name
                found = [{"name": key, **value} for key, value in found.items()]
            if found:
                table(console, found, columns, title=_head(name))

    return human


def table(console: Console, found: list[dict[str, Any]], columns: str, title: str | None = None) -> None:
    """
    What no row has is no column. Where a table is wider than the terminal, ids go first (names and numbers say the
    same), then what is 0 in every row; the line below says so.
    """
    if not found:
        console.print("Nothing to show.")
        return
    paths = [path for path in columns.split() if any(not _is_empty(_at(row, path)) for row in found)]
    laid_out, missing = _laid_out(found, paths, title), []
    if _width(console, laid_out).maximum > console.width and (ids := [path for path in paths if _last(path) in IDS]):
        paths = [path for path in paths if path not in ids]
        laid_out, missing = _laid_out(found, paths, title), ["ids in a wider terminal, or with --json"]
    if _width(console, laid_out).minimum > console.width:
        zeros = [path for path in paths if not any(_at(row, path) for row in found)]
        paths = [path for path in paths if path not in zeros]
        laid_out = _laid_out(found, paths, title)
        missing += [f"all 0: {', '.join(map(_head, zeros))}"] if zeros else []
    console.print(laid_out)
    if missing:
        console.print("; ".join(missing), style="dim", markup=False)


def _width(console: Console, laid_out: Table) -> Measurement:
    return Measurement.get(console, console.options.update(max_width=10_000), laid_out)


def _laid_out(found: list[dict[str, Any]], paths: list[str], title: str | None) -> Table:
    laid_out = Table(
        title=title, title_justify="left", box=SIMPLE_HEAD, show_edge=False, pad_edge=False, padding=(0, 0, 0, 1)
    )
    for path in paths:
        values = [_at(row, path) for row in found]
        is_number = all(map(_is_number, values))
        is_code = all(map(_is_code, values))
        head = _head(path)
        laid_out.add_column(
            head,
            justify="right" if is_number else "left",
            overflow="fold",
            no_wrap=(is_number or is_code or _last(path) in IDS or path.endswith(WHOLE)) and " " not in head,
            min_width=max(map(len, head.split())),
        )
    for row in found:
        laid_out.add_row(*(_cell(path, _at(row, path)) for path in paths))
    return laid_out


def _is_code(value: Any) -> bool:
    """A word of the house, or nothing: PARTLY_MET."""
    return value is None or (isinstance(value, str) and value.isascii() and " " not in value)


def _last(path: str) -> str:
    return path.split(".")[-1]


def _is_empty(value: Any) -> bool:
    return value is None or value is False or value in ("", [], {})


def _is_number(value: Any) -> bool:
    return value is None or (isinstance(value, int | float) and not isinstance(value, bool))


def _at(document: Any, path: str) -> Any:
    for part in path.split("."):
        document = document.get(part) if isinstance(document, Mapping) else None
    return document


def _head(path: str) -> str:
    name = _last(path).replace("_at_bound", "_bound").replace("_s_bound", "_bound")
    for end in ("_at", "_name", "_fen", "_zh", "_en", "_count", "_s", *MEASURES):
        name = name.removesuffix(end)
    name = name.removeprefix("fen_")
    return name.replace("_", " ")


def _cell(path: str, value: Any) -> str:
    name = _last(path).removesuffix("_bound")
    if value is None:
        return ""
    if isinstance(value, bool):
        return "yes" if value else ""
    if isinstance(value, int) and name.endswith("_fen"):
        return f"¥ {yuan(value)}"
    if isinstance(value, int) and name.startswith("fen_per_"):
        return f"¥ {yuan(value)}"
    if isinstance(value, int) and (measure := next((end for end in MEASURES if name.endswith(end)), None)):
        parts, unit = MEASURES[measure]
        return f"{value / parts:,.3f}".rstrip("0").rstrip(".") + f" {unit}"
    if isinstance(value, int) and name.endswith("_s"):
        hours, rest = divmod(value, 3600)
        return f"{hours}:{rest // 60:02d} h"
    if isinstance(value, float | int) and name in RATIOS:
        return f"{value:.1%}"
    if isinstance(value, int):
        return f"{value:,}"
    if isinstance(value, float):
        return f"{value:.3f}"
    if isinstance(value, list):
        return "\n".join(_in_one_line(each) for each in value)
    text = _in_one_line(value) if isinstance(value, Mapping) else str(value)
    return _local(text) if name in MOMENTS or name.endswith(WHOLE[:2]) else text


def _in_one_line(value: Any) -> str:
    if isinstance(value, Mapping):
        return " ".join(str(each) for each in value.values() if not _is_empty(each))
    return str(value)


def _local(text: str) -> str:
    from django.conf import settings

    return datetime.fromisoformat(text).astimezone(ZoneInfo(settings.TIME_ZONE)).strftime("%Y-%m-%d %H:%M")
