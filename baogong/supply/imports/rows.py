"""What reading any of this room's lists shares: rows read, noted or refused, rows known from before."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Sequence
from dataclasses import replace
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from baogong.engine.sheets.amounts import without_numbers_of_persons
from baogong.engine.sheets.kinds import LineOutcome, Status, refused
from baogong.engine.sheets.tables import BadCell, Row
from baogong.engine.sheets.totals import TotalRow, is_header_again, is_heading, total_row
from baogong.kernel.errors import BaogongError
from baogong.supply.models import ReadRow
from baogong.supply.sheets import Line, Reader

Read = Callable[[Reader, Row], Line | Sequence[Line] | None]


def each_row(reader: Reader, read: Read, *, rows: Sequence[Row] | None = None) -> Iterator[Line | LineOutcome]:
    """
    Every row read or refused; one bad row never hides the next. A row without goods (amount 0) is no line.

    A heading and the headers printed again are noted; so is a total that agrees with the lines above it. One that does
    not is refused: a line is missing, doubled or misread, and a person has to find it.
    """
    amount_at = reader.heads.by_key.get("amount")
    for row in reader.table.rows if rows is None else rows:
        if (is_again := is_header_again(row, reader.table)) or is_heading(row):
            if not is_again:  # printed at the top of each page, it ends nothing
                reader.cut()
            yield _noted(row, " ".join(dict.fromkeys(cell.text for cell in row.cells if cell.text)))
            continue
        if (total := total_row(row, amount_at)) is not None:
            reader.cut()
            yield _checked(reader, row, total)
            continue
        try:
            opened = reader.opened(row)
            reader.check_lengths(opened)
            found = read(reader, opened)
        except BaogongError as error:
            reader.sums.unread += 1
            yield replace(refused(row.where, error), written=written(row))
            continue
        for line in (found,) if isinstance(found, Line) else found or ():
            line.written = written(row)
            if line.payload.get("number"):
                base = line.payload.get("amount")
                reader.sums.add(Decimal(line.payload["number"]), None if base is None else Decimal(base))
            yield line


def written(row: Row) -> str:
    """The row as it stands in the list, but for the numbers of persons: previews and their lines are kept."""
    return without_numbers_of_persons(" | ".join(cell.text for cell in row.cells if cell.text))


def _noted(row: Row, text: str) -> LineOutcome:
    return LineOutcome(row.where, Status.NOTED, text=text, written=written(row))


def _checked(reader: Reader, row: Row, total: TotalRow) -> LineOutcome:
    """A total as the list states it, held against what was read."""
    number, sums = total.number, reader.sums.found(total)
    if total.is_part:
        reader.sums.close_part()
    if number is None:
        return _noted(row, f"{total.word}: no number")
    if number in sums:
        return _noted(row, f"{total.word} {number:,}: as the lines above add up")
    unread = f" ({reader.sums.unread} of the lines above could not be read)" if reader.sums.unread else ""
    return LineOutcome(
        total.cell.where,
        Status.REFUSED,
        text=f"{total.word} {number:,}",
        sure=0.0,
        found=f"{total.word} {number:,}",
        expected=f"{sums[0]:,}, what the lines above add up to{unread}",
        cure="Look for a line that is missing, written twice or misread; the total itself is never written.",
        written=written(row),
    )


def known_keys(lines: Sequence[Line | LineOutcome]) -> set[str]:
    """Keys of rows that are in the book already."""
    keys = [line.payload["key"] for line in lines if isinstance(line, Line)]
    return {str(key) for key in ReadRow.objects.filter(key__in=keys).values_list("key", flat=True)}


def remember(kind: str, keys: Sequence[str], subject: UUID, now: datetime) -> None:
    """From now on these rows change nothing."""
    ReadRow.objects.bulk_create(
        [ReadRow(key=UUID(key), kind=kind, subject=subject, read_at=now) for key in keys], ignore_conflicts=True
    )


def chosen(payload: dict[str, Any], key: str) -> str:
    """A register's entry that a person must have chosen: “new” is no answer where goods already stand."""
    if not payload.get(key):
        raise BadCell(
            "The line names a place no register knows; nothing was changed.",
            where=key,
            expected="a registered site",
            cure="Register the site first, then choose it for this line.",
        )
    return str(payload[key])
