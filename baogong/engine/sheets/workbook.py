"""XLSX workbooks: values only, every cell by its address, merged cells known, formulas without a value named."""

from __future__ import annotations

import io
import posixpath
import zipfile
from collections.abc import Iterator
from dataclasses import dataclass, field, replace
from datetime import date, datetime, time
from typing import IO, Any
from xml.etree.ElementTree import ParseError

import openpyxl
from defusedxml import DefusedXmlException
from defusedxml.ElementTree import iterparse
from openpyxl.utils.cell import range_boundaries

from baogong.engine.sheets.limits import Limits
from baogong.engine.sheets.tables import Cell, Table, UnreadableFile, address, table_from_cells

_RELATION = "{http://schemas.openxmlformats.org/officeDocument/2006/relationships}id"
MERGED = "it is part of a merged cell"
NO_VALUE = "it holds a formula without a stored value"


@dataclass(slots=True)
class _Marks:
    """What openpyxl's reading mode leaves out of a sheet."""

    spread: dict[tuple[int, int], tuple[int, int]] = field(default_factory=dict)  # (row, column) → where it comes from
    formulas: set[str] = field(default_factory=set)  # addresses of formulas without a value


def read_workbook(name: str, data: bytes, limits: Limits, sheet: str | None = None) -> Table:
    """
    The table of a workbook's one filled visible sheet, or of the sheet named.

    Several filled sheets with the same headers are read one after the other. Raises UnreadableFile where the
    workbook is damaged or too large, where its sheets differ, or where the sheet named is not there.
    """
    try:
        with zipfile.ZipFile(io.BytesIO(data)) as archive:
            limits.check_unzip(name, len(data), sum(entry.file_size for entry in archive.infolist()))
            marks = {title: _marks(archive, path) for title, path in _sheet_files(archive).items()}
        workbook = openpyxl.load_workbook(io.BytesIO(data), read_only=True, data_only=True, keep_links=False)
        try:
            tables = list(_tables(name, workbook, marks, limits, sheet))
        finally:
            workbook.close()
    except (zipfile.BadZipFile, KeyError, ValueError, TypeError, EOFError, ParseError, DefusedXmlException) as error:
        raise UnreadableFile(
            "This workbook is damaged, or no XLSX workbook.",
            where=name,
            found=type(error).__name__,
            expected="an XLSX workbook",
            cure="Open it in a spreadsheet program and save it again as XLSX; old XLS files likewise.",
        ) from error
    return _one_table(name, tables, sheet)


def _tables(
    name: str, workbook: openpyxl.Workbook, marks: dict[str, _Marks], limits: Limits, sheet: str | None
) -> Iterator[Table]:
    for worksheet in workbook.worksheets:
        title = str(worksheet.title)
        if worksheet.sheet_state != "visible" if sheet is None else title != sheet:
            continue
        worksheet.reset_dimensions()
        lines = _lines(name, worksheet, title, marks.get(title, _Marks()), limits)
        if any(cell.text or cell.flaw for line in lines for cell in line):
            yield table_from_cells(name, lines)


def _lines(name: str, worksheet: Any, title: str, marks: _Marks, limits: Limits) -> list[list[Cell]]:
    lines: list[list[Cell]] = []
    texts: dict[tuple[int, int], str] = {}
    sources = set(marks.spread.values())
    covered: dict[int, int] = {}  # a row may end before the last merged cell that covers it
    for number, column in marks.spread:
        covered[number] = max(covered.get(number, 0), column + 1)
    for number, row in enumerate(worksheet.iter_rows(values_only=True), start=1):
        values = (*row, *(None,) * (covered.get(number, 0) - len(row)))
        limits.check_row(name, number, len(values))
        line = []
        for column, value in enumerate(values):
            where = address(number, column, title)
            text = limits.checked_text(_text(value), where)
            flaw = ""
            if (number, column) in sources:
                texts[number, column] = text
                flaw = MERGED
            elif (number, column) in marks.spread and not text:
                text, flaw = texts.get(marks.spread[number, column], ""), MERGED
            if not text:
                flaw = NO_VALUE if address(number, column) in marks.formulas else ""
            line.append(Cell(text, where, flaw))
        lines.append(line)
    return lines


def _text(value: object) -> str:
    """A value as its writer would read it out: 3000.0 → 3000, a date without a time as a date."""
    if value is None:
        return ""
    if isinstance(value, bool):
        return "TRUE" if value else "FALSE"
    if isinstance(value, float):
        return str(int(value)) if value.is_integer() else repr(value)
    if isinstance(value, datetime):
        return f"{value:%Y-%m-%d}" if value.time() == time() else f"{value:%Y-%m-%d %H:%M}"
    if isinstance(value, date):
        return f"{value:%Y-%m-%d}"
    if isinstance(value, time):
        return f"{value:%H:%M}"
    return str(value).strip()


def _one_table(name: str, tables: list[Table], sheet: str | None) -> Table:
    if not tables:
        raise UnreadableFile(
            "There is nothing in this workbook." if sheet is None else f"There is no filled sheet “{sheet}”.",
            where=name,
            found="no filled sheet",
            expected="headers and rows" if sheet is None else sheet,
            cure="Check that it is the right file, and that the sheet is not hidden.",
        )
    first = tables[0]
    heads = [tuple(cell.text for cell in table.columns) for table in tables]
    if len(set(heads)) > 1:
        titles = ", ".join(table.columns[0].where.rpartition("!")[0] for table in tables)
        raise UnreadableFile(
            f"This workbook has {len(tables)} filled sheets whose headers differ: {titles}; nothing was read.",
            where=name,
            found=titles,
            expected="one filled sheet, or sheets with the same headers",
            cure="Save the sheet you mean as a file of its own, or hide the others.",
        )
    rows = tuple(row for table in tables for row in table.rows)
    return replace(first, name=name, rows=rows)


def _sheet_files(archive: zipfile.ZipFile) -> dict[str, str]:
    """Sheet title → its file inside the archive."""
    targets: dict[str, str] = {}
    with archive.open("xl/_rels/workbook.xml.rels") as file:
        for _, element in iterparse(file):
            if element.tag.endswith("}Relationship"):
                target = element.get("Target", "")
                targets[element.get("Id", "")] = (
                    target.lstrip("/") if target.startswith("/") else posixpath.join("xl", target)
                )
    titles: dict[str, str] = {}
    with archive.open("xl/workbook.xml") as file:
        for _, element in iterparse(file):
            if element.tag.endswith("}sheet") and (path := targets.get(element.get(_RELATION, ""))):
                titles[element.get("name", "")] = path
    return titles


def _marks(archive: zipfile.ZipFile, path: str) -> _Marks:
    marks = _Marks()
    if path not in archive.namelist():
        return marks
    with archive.open(path) as file:
        _scan(file, marks)
    return marks


def _scan(file: IO[bytes], marks: _Marks) -> None:
    for _, element in iterparse(file):
        tag = element.tag.rpartition("}")[2]
        if tag == "c":
            children = {child.tag.rpartition("}")[2]: child for child in element}
            value = children.get("v")
            if "f" in children and (value is None or not value.text) and "is" not in children:
                marks.formulas.add(element.get("r", ""))
        elif tag == "mergeCell":
            # Sideways a merged cell is a title or one wide value; downwards it speaks for every row it covers.
            corners = range_boundaries(element.get("ref", ""))
            left, top, bottom = corners[0], corners[1], corners[3]
            if left is not None and top is not None and bottom is not None:
                for row in range(top + 1, bottom + 1):
                    marks.spread[row, left - 1] = (top, left - 1)
        if tag == "row":
            element.clear()
