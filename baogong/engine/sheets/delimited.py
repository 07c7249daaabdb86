"""CSV, tab- and semicolon-separated text, in the encodings Chinese and Western programs write."""

from __future__ import annotations

import csv
import io
from collections import Counter

from baogong.engine.sheets.limits import Limits
from baogong.engine.sheets.tables import Cell, Table, UnreadableFile, address, table_from_cells

DELIMITERS = (",", "\t", ";")
_BOMS = ((b"\xef\xbb\xbf", "utf-8-sig"), (b"\xff\xfe", "utf-16"), (b"\xfe\xff", "utf-16"))


def decode(name: str, data: bytes) -> str:
    """
    Text from bytes: a byte order mark decides; else UTF-8 where every byte fits it, else GB 18030.

    Raises UnreadableFile where neither fits, or where the bytes are no text.
    """
    encodings = [encoding for mark, encoding in _BOMS if data.startswith(mark)] or ["utf-8", "gb18030"]
    for encoding in encodings:
        try:
            text = data.decode(encoding)
        except UnicodeDecodeError:
            continue
        if "\x00" not in text:
            return text
    raise UnreadableFile(
        "This file is no text that can be read.",
        where=name,
        found="bytes that are neither UTF-8 nor GB 18030",
        expected="CSV or text in UTF-8 or GB 18030, or an XLSX workbook",
        cure="Open it in a spreadsheet program and save it as XLSX or as CSV (UTF-8).",
    )


def read_delimited(name: str, text: str, limits: Limits) -> Table:
    """The table of a delimited text; the delimiter is the one under which most lines have the same width."""
    delimiter = find_delimiter(text)
    csv.field_size_limit(max(csv.field_size_limit(), limits.cell_characters + 1))
    lines: list[list[Cell]] = []
    try:
        for number, fields in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter), start=1):
            limits.check_row(name, number, len(fields))
            lines.append(
                [
                    Cell(limits.checked_text(field.strip().strip("\ufeff"), where), where)
                    for where, field in ((address(number, column), field) for column, field in enumerate(fields))
                ]
            )
    except csv.Error as error:
        raise UnreadableFile(
            "This text has a line that cannot be split into cells.",
            where=name,
            found=str(error),
            expected="one row a line, quotes in pairs",
            cure="Open it in a spreadsheet program and save it again.",
        ) from error
    return table_from_cells(name, lines)


def find_delimiter(text: str, lines_looked_at: int = 50) -> str:
    """Comma, tab or semicolon; a comma where nothing tells."""
    best, best_score = ",", (0, 0)
    for delimiter in DELIMITERS:
        widths: Counter[int] = Counter()
        try:
            for number, fields in enumerate(csv.reader(io.StringIO(text, newline=""), delimiter=delimiter)):
                if number >= lines_looked_at:
                    break
                if len(fields) > 1:
                    widths[len(fields)] += 1
        except csv.Error:
            continue
        if widths:
            width, count = max(widths.items(), key=lambda entry: (entry[1], entry[0]))
            if (count, width) > best_score:
                best, best_score = delimiter, (count, width)
    return best
