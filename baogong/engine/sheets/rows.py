"""Reading cells of a row: each function returns what the column means or raises BadCell, which names the cell."""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable, Mapping
from dataclasses import replace
from datetime import date, datetime, time, tzinfo
from decimal import Decimal
from typing import TypeVar

from baogong.engine.sheets.amounts import AMOUNT_MAX, IDENTITY, TELEPHONE, looks_like_a_number_of_a_person
from baogong.engine.sheets.dates import read_date, read_time
from baogong.engine.sheets.numbers import UnreadNumber, read_number
from baogong.engine.sheets.profiles import Column, Headers, fold_header
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table, UnreadableFile
from baogong.kernel.windows import midnight

_AS_ABOVE = frozenset(
    {"同上", "同前", "同上行", "同上列", "〃", "″", '"', "''", "”", "“", "ditto", "do", "idem", "↑", "′′"}
)
AS_ABOVE = "it says “as above”"
_SHOWN_MAX = 60
Read = TypeVar("Read")


class ColumnMissing(UnreadableFile):
    """The list lacks a column its kind cannot do without."""

    code = "sheets.column-missing"


def need_columns(table: Table, columns: tuple[Column, ...], heads: Headers) -> None:
    """Raises ColumnMissing, naming the missing columns and the headers found."""
    if not heads.missing:
        return
    wanted = [column for column in columns if column.key in heads.missing]
    missing = ", ".join(f"{column.title_zh} ({column.title_en})" for column in wanted)
    in_english = ", ".join(f"{column.title_en} ({column.title_zh})" for column in wanted)
    raise ColumnMissing(
        f"This list has no column {in_english}; nothing was read.",
        where=table.columns[0].where if table.columns else table.name,
        found=", ".join(cell.text for cell in table.columns if cell.text),
        expected=missing,
        cure="Head the columns as in the template, or choose the profile of the list's source.",
    )


class Faults:
    """What is wrong in one row, gathered so that one bad cell does not hide the next."""

    def __init__(self) -> None:
        self._found: list[BadCell] = []

    def of(self, read: Callable[[], Read]) -> Read | None:
        """What `read` gives; None where it raises BadCell, which is kept: the first of each cell."""
        try:
            return read()
        except BadCell as error:
            if error.where not in {known.where for known in self._found}:
                self._found.append(error)
            return None

    def refuse(self) -> None:
        """Raises BadCell with all of them, each under its cell; nothing where the row is sound."""
        if len(self._found) == 1:
            raise self._found[0]
        if self._found:
            raise BadCell(
                " ".join(error.message for error in self._found),
                where=self._found[0].where,
                found="; ".join(f"{error.where}: {error.found or 'empty'}" for error in self._found),
                expected="; ".join(f"{error.where}: {error.expected}" for error in self._found),
                cure=" ".join(dict.fromkeys(error.cure for error in self._found)),
            )


def sound_text(cell: Cell) -> str:
    """The cell's text, empty allowed; text spread from a merged cell counts, a formula without value does not."""
    if cell.flaw and not cell.text:
        raise BadCell(
            f"Cell {cell.where} cannot be read: {cell.flaw}.",
            where=cell.where,
            found=cell.flaw,
            expected="a value",
            cure="Write the value itself into the cell and save the file again.",
        )
    return cell.text


def need_text(cell: Cell, expected: str) -> str:
    """The cell's text; raises BadCell where it is empty."""
    text = sound_text(cell)
    if not text:
        raise BadCell(
            f"Cell {cell.where} is empty.", where=cell.where, found="", expected=expected, cure="Fill in the cell."
        )
    return text


def check_length(cell: Cell, longest: int, text: str | None = None) -> None:
    """Raises BadCell where the cell, or the text understood from it, is longer than the book keeps."""
    length = len(cell.text if text is None else text)
    if length > longest:
        raise BadCell(
            f"Cell {cell.where} holds {length:,} characters, more than the book keeps.",
            where=cell.where,
            found=f"{length:,} characters",
            expected=f"at most {longest:,} characters",
            cure="Shorten the text in this cell.",
        )


def check_lengths(row: Row, columns: tuple[Column, ...], heads: Headers) -> None:
    """Raises BadCell for the first cell of the row that is longer than its column allows."""
    for column in columns:
        if column.longest:
            check_length(heads.cell(row, column.key), column.longest)


def check_bound(cell: Cell, amount: Decimal | int, most: int = AMOUNT_MAX) -> None:
    """Raises BadCell where a cell comes to more than anybody can mean; what looks like a person's number is told so."""
    if amount <= most:
        return
    cures = {
        TELEPHONE: "This looks like a telephone number; write how many there are.",
        IDENTITY: "This looks like an identity number; write how many there are.",
    }
    raise BadCell(
        f"Cell {cell.where} says “{shown(cell.text)}”, which comes to more than {most:,}.",
        where=cell.where,
        found=shown(cell.text),
        expected=f"an amount above 0 and at most {most:,}",
        cure=cures.get(looks_like_a_number_of_a_person(cell.text), "Check the number, its unit and its packing."),
    )


def shown(text: str) -> str:
    """A cell's text, its beginning where it is long."""
    return text if len(text) <= _SHOWN_MAX else f"{text[:_SHOWN_MAX]}…"


def is_as_above(text: str) -> bool:
    """The marks people write for “the same as above”: 同上, 〃, ditto."""
    return unicodedata.normalize("NFKC", text).casefold().strip(" -—.") in _AS_ABOVE


class RowsAbove:
    """What stands above each cell of a list, for the rows that only say “as above”."""

    def __init__(self) -> None:
        self._last: dict[int, Cell] = {}

    def opened(self, row: Row) -> Row:
        """
        The row with 同上, 〃 and “ditto” replaced by what they stand for, such cells flawed `AS_ABOVE`.

        Raises BadCell where nothing stands above.
        """
        cells = []
        for index, cell in enumerate(row.cells):
            if cell.text and is_as_above(cell.text):
                above = self._last.get(index)
                if above is None:
                    raise BadCell(
                        f"Cell {cell.where} says “{cell.text}”, and nothing stands above it.",
                        where=cell.where,
                        found=cell.text,
                        expected="a value",
                        cure="Write the value itself into the cell and save the file again.",
                    )
                cell = replace(cell, text=above.text, flaw=AS_ABOVE)
            elif cell.text:
                self._last[index] = cell
            cells.append(cell)
        return replace(row, cells=tuple(cells))

    def stands_above(self, index: int | None) -> bool:
        """Whether a row read before says anything in this column."""
        return index in self._last


def split_list(text: str) -> list[str]:
    """A cell of several names: "协和；武汉协和" → two."""
    return [part.strip() for part in re.split(r"[;；、\n|]", text) if part.strip()]


def choice_of(cell: Cell, words: Mapping[str, str], *, default: str | None = None) -> str:
    """
    One of a few words. `words` maps each way of writing (folded) to its meaning; a meaning may be written itself.

    Raises BadCell where the word is none of them, or where the cell is empty and there is no default.
    """
    text = sound_text(cell)
    if not text and default is not None:
        return default
    meanings = set(words.values())
    key = fold_header(text)
    for written, meaning in words.items():
        if key == fold_header(written):
            return meaning
    for meaning in meanings:
        if key == fold_header(meaning):
            return meaning
    raise BadCell(
        f"Cell {cell.where} says “{text}”.",
        where=cell.where,
        found=text,
        expected=", ".join(words),
        cure="Use one of the words named.",
    )


def number_of(
    cell: Cell,
    *,
    default: Decimal | None = None,
    least: Decimal | int = 0,
    most: Decimal | int | None = None,
    is_whole: bool = False,
) -> Decimal:
    """
    A number as people write it; see `numbers.read_number`. A doubtful reading is refused here.

    Raises BadCell where the cell is empty without default, spread from a merged cell, no number, or out of range.
    """
    text = sound_text(cell)
    if not text and default is not None:
        return default
    wanted = f"{'a whole' if is_whole else 'a'} number, {least} or more" + (
        f", at most {most}" if most is not None else ""
    )
    if cell.flaw:
        raise BadCell(
            f"Cell {cell.where} is part of a merged cell: its number may belong to all of the rows together.",
            where=cell.where,
            found=text,
            expected="one number for each row",
            cure="Unmerge the cells and write each row's own number.",
        )
    try:
        number, doubts = read_number(text)
    except UnreadNumber as error:
        raise BadCell(error.message, where=cell.where, found=text, expected=wanted, cure=error.cure) from error
    if most is None:
        check_bound(cell, number)
    if doubts or number < least or (most is not None and number > most) or (is_whole and number != int(number)):
        raise BadCell(
            f"Cell {cell.where} says “{text}”" + (f": {'; '.join(doubts)}." if doubts else "."),
            where=cell.where,
            found=text,
            expected=wanted,
            cure="Write the number in plain digits.",
        )
    return number


def date_of(cell: Cell) -> date | None:
    """A date as people and spreadsheets write it, None where the cell is empty. Raises BadCell."""
    text = sound_text(cell)
    if not text:
        return None
    found = read_date(text)
    if found is None:
        raise BadCell(
            f"Cell {cell.where} says “{text}”, which is no date.",
            where=cell.where,
            found=text,
            expected="a date, for example 2020-01-26",
            cure="Write year, month and day.",
        )
    return found.date() if isinstance(found, datetime) else found


def moment_of(cell: Cell, zone: tzinfo, *, example: str = "2020-01-23 20:00") -> datetime | None:
    """A moment of the zone's clock, a day alone being its midnight; None where the cell is empty. Raises BadCell."""
    text = sound_text(cell)
    if not text:
        return None
    found = read_date(text)
    if found is None:
        raise BadCell(
            f"Cell {cell.where} says “{text}”, which is no moment.",
            where=cell.where,
            found=text,
            expected=f"a day, perhaps with a time: {example}",
            cure="Write year, month, day, and the time if it matters.",
        )
    moment = found if isinstance(found, datetime) else midnight(found, zone)
    return moment.replace(tzinfo=moment.tzinfo or zone)


def time_of(cell: Cell) -> time | None:
    """A time of day, None where the cell is empty. Raises BadCell."""
    text = sound_text(cell)
    if not text:
        return None
    found = read_time(text)
    if found is None:
        raise BadCell(
            f"Cell {cell.where} says “{text}”, which is no time of day.",
            where=cell.where,
            found=text,
            expected="a time, for example 08:00",
            cure="Write hour and minute.",
        )
    return found
