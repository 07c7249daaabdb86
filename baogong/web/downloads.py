"""Tables to take away: CSV that a spreadsheet program opens as text, whoever wrote what stands in it."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterable, Iterator, Sequence
from datetime import datetime

from django.conf import settings
from django.http import HttpResponse, StreamingHttpResponse
from django.utils import timezone
from django.utils.translation import get_language, override

from baogong.engine.sheets.written import harmless, workbook_bytes

XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"


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
    return workbook_download(name, workbook_bytes([(title, (head, *rows))]))


def workbook_download(name: str, workbook: bytes) -> HttpResponse:
    """A workbook that is made already."""
    response = HttpResponse(workbook, content_type=XLSX)
    response.headers["Content-Disposition"] = f'attachment; filename="{name}.xlsx"'
    return response


def local(moment: datetime | None) -> datetime | str:
    """A moment as a workbook holds it: the house's own time, without a zone; "" where there is none."""
    return "" if moment is None else timezone.localtime(moment).replace(tzinfo=None)


def _lines(rows: Iterable[Sequence[object]]) -> str:
    text = io.StringIO()
    csv.writer(text).writerows(rows)
    return text.getvalue()
