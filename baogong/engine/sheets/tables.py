"""A table as read: headers, rows, and every cell knowing where it stood."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from baogong.kernel.errors import BaogongError, Kind, UnusableInput

TAG_ROW_MAX = 25  # a row of hashtags stands within the first 25 rows, as the HXL standard has it
_HASHTAG = re.compile(r"#\s*[A-Za-z]\w*(\s*\+\s*\w+)*")


class UnreadableFile(UnusableInput):
    """The file as a whole cannot be read: wrong type, damaged, too large, no table in it."""

    code = "sheets.unreadable-file"


class BadCell(BaogongError):
    """One cell does not say what its column needs. Other rows are not affected."""

    kind, code = Kind.REFUSED, "sheets.bad-cell"


class BadLine(BadCell):
    """The same of a line that was typed or pasted into a box and has no cells."""

    code = "sheets.bad-line"


@dataclass(frozen=True, slots=True)
class Cell:
    """
    One cell.

    text   trimmed text; numbers without trailing zeros, dates as YYYY-MM-DD (HH:MM)
    where  "B7", or "库存!B7" in a workbook
    flaw   why the text must not be trusted ("" for a sound cell): spread from a merged cell, a formula without value
    """

    text: str
    where: str
    flaw: str = ""


@dataclass(frozen=True, slots=True)
class Row:
    """One row under the headers, as many cells as there are headers."""

    where: str
    cells: tuple[Cell, ...]


@dataclass(frozen=True, slots=True)
class Table:
    """
    name     the file's name
    columns  the header cells
    rows     the rows that hold anything
    form     "rows" for headers and rows; the name of a form read whole otherwise ("wuhan2020")
    title    what stood above the headers
    tags     what a row of HXL hashtags says of each column, "" for none; empty where there is no such row
    """

    name: str
    columns: tuple[Cell, ...]
    rows: tuple[Row, ...]
    form: str = "rows"
    title: str = ""
    tags: tuple[str, ...] = ()


@lru_cache(maxsize=1_024)  # asked for each cell
def column_letters(index: int) -> str:
    """0 → A, 25 → Z, 26 → AA."""
    letters = ""
    index += 1
    while index:
        index, rest = divmod(index - 1, 26)
        letters = chr(ord("A") + rest) + letters
    return letters


def address(row: int, column: int, sheet: str = "") -> str:
    """`row` from 1, `column` from 0: (7, 1) → "B7", with a sheet "库存!B7"."""
    cell = f"{column_letters(column)}{row}"
    return f"{sheet}!{cell}" if sheet else cell


def table_from_cells(name: str, lines: list[list[Cell]], *, form: str = "rows") -> Table:
    """
    Find the headers and square the rows.

    The headers are the first line that fills more than half as many cells as the fullest line, and at least two (one,
    where no line has two), or the one above a row of HXL hashtags; what stands above is the title. Lines without any text are left out; columns without header and without text likewise.
    Raises UnreadableFile where no line holds anything.
    """
    filled = [line for line in lines if any(cell.text or cell.flaw for cell in line)]
    widest = max((sum(1 for cell in line if cell.text) for line in filled), default=0)
    if not filled or widest == 0:
        raise UnreadableFile(
            "There is nothing in this list.",
            where=name,
            found="0 rows",
            expected="headers and rows",
            cure="Open the file, check that it is the right sheet, and save it again.",
        )
    least = max(min(2, widest), widest // 2 + 1)
    start = next(at for at, line in enumerate(filled) if sum(1 for cell in line if cell.text) >= least)
    tagged = next((at for at, line in enumerate(filled[:TAG_ROW_MAX]) if _is_tagged(line, min(2, widest))), None)
    if tagged is not None:  # the row of hashtags ends the headers, however many rows of them there are
        start = max(tagged - 1, 0)
    head, body = filled[start], filled[start + 1 if tagged is None else tagged + 1 :]
    width = max(len(line) for line in filled[start:])
    while width and not any(
        len(line) >= width and (line[width - 1].text or line[width - 1].flaw) for line in [head, *body]
    ):
        width -= 1
    rows = tuple(Row(line[0].where, _squared(line, width)) for line in body)
    title = " ".join(cell.text for line in filled[:start] for cell in line if cell.text)
    tags = () if tagged is None else tuple(cell.text for cell in _squared(filled[tagged], width))
    return Table(name, _squared(head, width), rows, form, title, tags)


def _is_tagged(line: list[Cell], least: int) -> bool:
    """Whether a row holds HXL hashtags and nothing else, at least so many."""
    texts = [cell.text for cell in line if cell.text]
    return len(texts) >= least and all(_HASHTAG.fullmatch(text) for text in texts)


def _squared(line: list[Cell], width: int) -> tuple[Cell, ...]:
    if len(line) >= width:
        return tuple(line[:width])
    prefix, _, last = line[-1].where.rpartition("!")
    row = int("".join(character for character in last if character.isdigit()))
    missing = (Cell("", address(row, column, prefix)) for column in range(len(line), width))
    return (*line, *missing)
