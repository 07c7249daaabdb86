"""Rows of a list that are no line of it: headings, headers repeated on a new page, subtotals and totals."""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from decimal import Decimal

from baogong.engine.sheets.amounts import NegativeAmount, UnreadAmount
from baogong.engine.sheets.profiles import fold_header
from baogong.engine.sheets.quantities import read_quantity
from baogong.engine.sheets.tables import Cell, Row, Table

_SUB = frozenset({"小计", "分计", "本页小计", "subtotal"})
_ALL = frozenset({"合计", "总计", "共计", "累计", "总和", "合计数", "总合计", "total", "grandtotal", "sum", "totals"})
_HEADING = re.compile(
    r"^(?:[（(]?[一二三四五六七八九十]+[)）]|[一二三四五六七八九十]+\s*[、.．:：]|第[一二三四五六七八九十\d]+(?:批|部分|页|组)|"
    r"注\s*[:：]|说明\s*[:：]|制表|填表|审核人|负责人|以上|截至|截止|附[:：])"
)
_DATES = re.compile(r"\d{2,4}\s*[年./-]|\d{1,2}\s*[月日号时点]|\d{1,2}[./:-]\d{1,2}|第\d+")


@dataclass(frozen=True, slots=True)
class TotalRow:
    """
    word      as written: 小计, 合计
    is_part   a subtotal: of the lines since the last one, not of all
    cell      where its number stands; no text where it states none
    """

    word: str
    is_part: bool
    cell: Cell

    @property
    def number(self) -> Decimal | None:
        """What it states, None where it states nothing that can be read."""
        try:
            return read_quantity(self.cell.text).amount.number if self.cell.text else None
        except (UnreadAmount, NegativeAmount):
            return None


def total_row(row: Row, amount_at: int | None) -> TotalRow | None:
    """The row as a subtotal or total, None where it is a line. `amount_at`: the column of amounts, None for none."""
    filled = [(index, cell) for index, cell in enumerate(row.cells) if cell.text]
    for _index, cell in filled[:3]:
        plain = unicodedata.normalize("NFKC", cell.text)
        word, _, behind = plain.partition(":")
        key = fold_header(word)
        is_part = key in _SUB or (key.endswith("小计") and not behind)
        if not is_part and key not in _ALL:
            continue
        amount = row.cells[amount_at] if amount_at is not None and row.cells[amount_at].text else None
        if amount is cell or amount is None:
            others = [other for _at, other in filled if other is not cell and re.search(r"\d", other.text)]
            amount = Cell(behind.strip(), cell.where) if behind.strip() else others[0] if len(others) == 1 else None
        return TotalRow(word.strip(), is_part, amount or Cell("", cell.where))
    return None


def is_heading(row: Row) -> bool:
    """
    A text over or under a block of lines: one cell, worded as a heading, and no amount in it.

    Merged sideways it is one cell as well. With an amount it may be goods, and is read as a line.
    """
    filled = [cell.text for cell in row.cells if cell.text]
    if len(set(filled)) != 1:
        return False
    text = unicodedata.normalize("NFKC", filled[0])
    return bool(_HEADING.match(text)) and not re.search(r"\d", _DATES.sub("", _HEADING.sub("", text)))


def is_header_again(row: Row, table: Table) -> bool:
    """The headers once more, as printed on every page."""
    pairs = [(cell.text, head.text) for cell, head in zip(row.cells, table.columns, strict=True) if cell.text]
    return len(pairs) > 1 and all(fold_header(text) == fold_header(head) for text, head in pairs)


@dataclass(slots=True)
class Sums:
    """What the lines read so far add up to: as written, and in base units; since the last subtotal, and in all."""

    _parts: list[tuple[Decimal, Decimal]] = field(default_factory=list)
    _since: int = 0
    unread: int = 0

    def add(self, written: Decimal, base: Decimal | None) -> None:
        self._parts.append((written, written if base is None else base))

    def found(self, total: TotalRow) -> tuple[Decimal, ...]:
        """What the total may be of: the lines since the last subtotal for a part, all lines for a total; both readings."""
        part, whole = self._parts[self._since :], self._parts
        chosen = [part] if total.is_part else [whole, part]
        sums = [sum((entry[at] for entry in entries), Decimal(0)) for entries in chosen for at in (0, 1)]
        return tuple(dict.fromkeys(sums))

    def close_part(self) -> None:
        """A subtotal was met: the next one counts from here."""
        self._since = len(self._parts)
