"""Tables to take away: CSV that a spreadsheet program opens as text, whoever wrote what stands in it."""

from __future__ import annotations

import csv
import io
import re
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

import openpyxl
from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language, override

_IN_A_SHEET = re.compile("[\x00-\x08\x0b\x0c\x0e-\x1f]")  # what a workbook cannot hold
_FORMULA_STARTS = ("=", "+", "-", "@", "\t", "\r")


def csv_download(
    name: str, head: Sequence[str], rows: Iterable[Sequence[object]], *, tags: Sequence[str] = ()
) -> HttpResponse:
    """
    UTF-8 with the mark that spreadsheet programs look for; no cell is taken for a formula.

    tags   HXL hashtags of the columns, written as the row under the headers
    """
    heads = [head, tags] if tags else [head]
    text = _lines(heads) + _lines([harmless(cell) for cell in row] for row in rows)
    response = HttpResponse("\ufeff" + text, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def csv_stream(name: str, head: Sequence[str], pages: Iterable[Iterable[Sequence[object]]]) -> StreamingHttpResponse:
    """The same table, sent page by page while `pages` is read, in the language the visitor asked in."""
    language = get_language() or settings.LANGUAGE_CODE

    def parts() -> Iterator[str]:
        rows = iter(pages)
        yield "\ufeff" + _lines([head])
        while True:
            # The answer is read when the request's own language is put away already.
            with override(language):
                page = next(rows, None)
                if page is None:
                    return
                text = _lines([harmless(cell) for cell in row] for row in page)
            yield text

    response = StreamingHttpResponse(parts(), content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.csv"'
    return response


def xlsx_download(
    name: str, head: Sequence[str], rows: Iterable[Sequence[object]], *, title: str | None = None
) -> HttpResponse:
    """A workbook of one sheet; no cell is taken for a formula."""
    book = openpyxl.Workbook(write_only=True)
    sheet = book.create_sheet(title)
    for row in (head, *rows):
        sheet.append([_IN_A_SHEET.sub("", cell) if isinstance(cell, str) else cell for cell in map(harmless, row)])
    held = io.BytesIO()
    book.save(held)
    response = HttpResponse(
        held.getvalue(), content_type="application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
    )
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def local(moment: datetime | None) -> datetime | str:
    """A moment as a workbook holds it: the house's own time, without a zone; "" where there is none."""
    return "" if moment is None else timezone.localtime(moment).replace(tzinfo=None)


def _lines(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()


def harmless(cell: object) -> object:
    """A text that a program would run as a formula gets an apostrophe before it; numbers stay numbers."""
    if isinstance(cell, str) and cell.startswith(_FORMULA_STARTS):
        return f"'{cell}"
    return cell
