"""Workbooks that leave the house: no cell of them is taken for a formula, whoever wrote what stands in it."""

from __future__ import annotations

import io
import re
from collections.abc import Iterable, Sequence

import openpyxl

TITLE_MAX = 31  # characters of a sheet's name
_IN_A_SHEET = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # what a workbook cannot hold
_NOT_IN_A_TITLE = re.compile(r"[\[\]:*?/\\]")
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def harmless(cell: object) -> object:
    """A text that a program would run as a formula gets an apostrophe before it; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell


def workbook_bytes(pages: Iterable[tuple[str | None, Iterable[Sequence[object]]]]) -> bytes:
    """An XLSX of these sheets: (name, rows) each; None: the program's own name for it."""
    book = openpyxl.Workbook(write_only=True)
    for title, rows in pages:
        sheet = book.create_sheet(_NOT_IN_A_TITLE.sub(" ", title)[:TITLE_MAX] if title else None)
        for row in rows:
            sheet.append([_IN_A_SHEET.sub("", cell) if isinstance(cell, str) else cell for cell in map(harmless, row)])
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()
