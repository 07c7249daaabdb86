"""Tables to take away: CSV that a spreadsheet program opens as text, whoever wrote what stands in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Sequence

from django.http import HttpResponse

_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_download(
    name: str, head: Sequence[str], rows: Iterable[Sequence[object]], *, tags: Sequence[str] = ()
) -> HttpResponse:
    """
    UTF-8 with the mark that spreadsheet programs look for; no cell is taken for a formula.

    tags   HXL hashtags of the columns, written as the row under the headers
    """
    text = io.StringIO()
    writer = csv.writer(text)
    writer.writerow(head)
    if tags:
        writer.writerow(tags)
    writer.writerows([harmless(cell) for cell in row] for row in rows)
    response = HttpResponse("\ufeff" + text.getvalue(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def harmless(cell: object) -> object:
    """A text that a program would run as a formula gets an apostrophe before it; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell
