"""One table being read, row by row."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection
from dataclasses import replace
from datetime import date, datetime, time
from decimal import Decimal
from functools import cached_property
from uuid import UUID

from django.utils import timezone

from baogong.catalogue import queries as catalogue
from baogong.catalogue.queries import FoundStatus, ItemIndex, ItemView
from baogong.engine.sheets.amounts import (
    AMOUNT_MAX,
    COUNT_MAX,
    UNIT_KINDS,
    Amount,
    UnitKind,
    parse_amount,
    parse_spec,
)
from baogong.engine.sheets.dates import read_date, read_near_date
from baogong.engine.sheets.goods import GoodsName, read_goods_name
from baogong.engine.sheets.items import fold_item
from baogong.engine.sheets.kinds import Candidate
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.names import NameIndex, NameResolution, ResolutionStatus, fold, fold_city
from baogong.engine.sheets.profiles import Column, Headers, match_headers, with_both_headers
from baogong.engine.sheets.quantities import Quantity, read_quantities, read_quantity
from baogong.engine.sheets.rows import (
    AS_ABOVE,
    RowsAbove,
    check_bound,
    check_length,
    check_lengths,
    date_of,
    need_columns,
    need_text,
    sound_text,
)
from baogong.engine.sheets.standards import read_standards
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.engine.sheets.totals import Sums
from baogong.journal.clock import house_day
from baogong.kernel.clock import AHEAD_MAX
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import derived_id
from baogong.people.queries.parties import NAME_MAX, name_index
from baogong.supply.models.gifts import Gift, GiftLine
from baogong.supply.sheets.lines import Line, Question, refuse_money

_NUMBERS = frozenset({"item", "amount", "spec", "people", "days", "daily_use", "cartons", "pieces_per_carton", "sum"})
_ENDLESS = re.compile(r"[\d,.]{41}")  # the readers of numbers would look at them for minutes
_STANDARD_MAX = longest(GiftLine, "standard")


class Reader:
    """One table being read at `now`: its headers, the registers' names folded once, and how often each row was met."""

    def __init__(
        self, kind: str, table: Table, columns: tuple[Column, ...], profile: str | None, now: datetime
    ) -> None:
        self.kind = kind
        self._today = house_day(now)
        self._columns = columns
        self.table = with_both_headers(table, columns, profile, kind=kind)
        self.heads: Headers = match_headers(self.table, columns, profile, kind=kind)
        need_columns(self.table, columns, self.heads)
        self._met = Counter[UUID]()
        self._above: dict[str, Cell] = {}
        self._block: dict[str, Row] = {}
        self.sums = Sums()
        self._is_cut = False
        self._rows_above = RowsAbove()

    @cached_property
    def items(self) -> ItemIndex:
        return catalogue.item_index()

    @cached_property
    def parties(self) -> NameIndex:
        return name_index(kinds=["SITE", "TEAM", "ORGANISATION"])

    @cached_property
    def carried_to(self) -> tuple[tuple[str, str], ...]:
        """Consignor and receiver of goods carried before, the latest first; ids as text."""
        rows = GiftLine.objects.filter(gift__terms=Gift.Terms.CONSIGNMENT, receiver__isnull=False)
        pairs = rows.order_by("-gift__offered_at", "no").values_list("gift__donor_id", "receiver_id")
        return tuple(dict.fromkeys((str(donor), str(receiver)) for donor, receiver in pairs))

    def has(self, key: str) -> bool:
        return key in self.heads.by_key

    def text(self, row: Row, key: str) -> str:
        return sound_text(self.heads.cell(row, key))

    def opened(self, row: Row) -> Row:
        """The row with 同上, 〃 and “ditto” replaced by what they stand for. Raises BadCell where nothing stands above."""
        return self._rows_above.opened(row)

    def check_lengths(self, row: Row) -> None:
        """Raises BadCell for a cell longer than the book keeps, or with more digits in a row than a number has."""
        check_lengths(row, self._columns, self.heads)
        for key in self.heads.by_key:
            if key in _NUMBERS and _ENDLESS.search(self.heads.text(row, key)):
                check_bound(self.heads.cell(row, key), AMOUNT_MAX + 1)

    def cut(self) -> None:
        """A heading or a total ends a block: an empty name below it need not mean the one above."""
        self._is_cut = True

    def or_above(self, row: Row, key: str, expected: str, *, line: Line) -> Cell:
        """
        The row's cell, or where it is empty the one above: people write a name once for a block of rows. The line says so,
        and asks where something stands between the two.
        """
        cell = self.heads.cell(row, key)
        if sound_text(cell):
            self._above[key], self._block[key], self._is_cut = cell, row, False
        above = self._above.get(key)
        if above is None:
            need_text(cell, expected)
            raise AssertionError("need_text refuses an empty cell")
        if cell.text:
            return cell
        line.notes.append(f"empty, so as in the row above: {above.text}")
        if self._is_cut:
            line.doubts.append(f"a heading or a total stands between this row and “{above.text}”")
        return Cell(above.text, cell.where, above.flaw)

    def city_of(self, row: Row, key: str, *, line: Line) -> str:
        """
        The city of the party in the column `key`. A row that leaves both empty means what stands beside the name above;
        one that names another city and no party asks whether the one above is meant.
        """
        own = self.text(row, "city")
        block = self._block.get(key, row)
        if block is row:
            return own
        above = self.text(block, "city")
        if own and above and fold_city(own) != fold_city(above):
            line.doubts.append(f"another city than beside “{self.heads.text(block, key)}” above: {own}, not {above}")
        return own or above

    def key(self, *said: object) -> tuple[UUID, int]:
        """What a row says, as an id that tells equal rows of one list apart; and how many equal ones came before."""
        plain = self.plain_key(*said)
        before = self._met[plain]
        self._met[plain] += 1
        return derived_id(plain, before), before

    def plain_key(self, *said: object) -> UUID:
        """What a row says, as an id; equal rows have equal ones."""
        return derived_id(self.kind, *said)

    def told(self, row: Row, key: str, text: str) -> Row:
        """The row with another text in one column: what was understood there, apart from what else the cell held."""
        index = self.heads.by_key.get(key)
        if index is None:
            return row
        cells = list(row.cells)
        cells[index] = replace(cells[index], text=text.strip())
        return replace(row, cells=tuple(cells))

    def find_item(self, line: Line, cell: Cell, text: str | None = None) -> ItemView | None:
        """The item a text names; None where a person must choose. Raises BadCell where nothing is like it, and for money."""
        text = cell.text if text is None else text
        found = self.items.find(text)
        if found.status is FoundStatus.EXACT and found.item is not None:
            refuse_money(found.item, cell.where, text)
            line.payload["item"] = str(found.item.id)
            return found.item
        choices = [candidate for candidate in found.candidates if candidate.item.unit != "FEN"]
        if found.candidates and not choices:
            refuse_money(found.candidates[0].item, cell.where, text)
        if not choices:
            raise BadCell(
                f"The catalogue has no item “{text}”.",
                where=cell.where,
                found=text,
                expected="an item of the catalogue, by name, code or alias",
                cure="Add the item to the catalogue, or write this name as an alias of one.",
            )
        line.payload["item"] = None
        line.questions.append(
            Question(
                "item",
                text,
                tuple(
                    Candidate(str(candidate.item.id), candidate.item.name_zh, candidate.score, candidate.why)
                    for candidate in choices
                ),
                may_be_new=False,
            )
        )
        return None

    def find_party(
        self,
        line: Line,
        asks: str,
        cell: Cell,
        *,
        city: str = "",
        kinds: Collection[str] | None = None,
        text: str = "",
        may_be_new: bool = True,
        is_place: bool = False,
    ) -> NameResolution:
        """
        Whom a text names; a question is put where it is not certain, and `may_be_new` says what may be answered.

        is_place  where goods stand: it may be registered for the line
        """
        name = text or cell.text
        check_length(cell, NAME_MAX, max(name, fold(name), key=len))
        found = self.parties.resolve(name, city=city, kinds=kinds)
        line.payload[asks] = found.entry.key if found.status is ResolutionStatus.EXACT and found.entry else None
        if found.status is not ResolutionStatus.EXACT:
            line.questions.append(Question(asks, name, _choices(found), may_be_new, is_place))
        return found

    def goods(self, line: Line, row: Row) -> ItemView | None:
        """Item, amount, cartons, standard and expiry of a row, into the payload; the item where it is certain."""
        item_cell = self.heads.cell(row, "item")
        amount = self.amount(row)
        text = line.payload.get("item_text") or need_text(item_cell, "the goods' name")
        named = read_goods_name(text)
        item = self.find_item(line, item_cell, named.name or text)
        self.count(line, row, item, amount, named)
        return item

    def amount(self, row: Row) -> Quantity:
        """The amount cell with the unit beside it. Raises BadCell."""
        cell = self.heads.cell(row, "amount")
        text = need_text(cell, "a number, perhaps with a unit")
        if cell.flaw and cell.flaw != AS_ABOVE:
            raise BadCell(
                f"Cell {cell.where} is part of a merged cell: its number may belong to all of the rows together.",
                where=cell.where,
                found=text,
                expected="one number for each row",
                cure="Unmerge the cells and write each row's own number.",
            )
        if _names_several(text):
            raise BadCell(
                f"Cell {cell.where} names several goods.",
                where=cell.where,
                found=text,
                expected="one amount for each row",
                cure="Write one line for each of the goods.",
            )
        try:
            return read_quantity(text)
        except BaogongError as error:
            raise BadCell(
                error.message, where=cell.where, found=text, expected=error.expected, cure=error.cure
            ) from error

    def count(
        self, line: Line, row: Row, item: ItemView | None, read: Quantity | Amount, named: GoodsName | None = None
    ) -> None:
        """
        The amount in base units, into the payload. Without a certain item it stays as written until a person says.

        件 without a packing is a piece (the field's rule); a carton whose size is only assumed, a number that can be
        read in two ways, or two cells that say different things wait for a person.
        """
        amount, packing = (read.amount, read.spec) if isinstance(read, Quantity) else (read, "")
        cell = self.heads.cell(row, "amount")
        unit = amount.unit or self.text(row, "unit") or (self.heads.hints.get("amount", "") if not amount.unit else "")
        spec = self._packing(line, self.text(row, "spec"), packing, named.spec if named else "")
        line.payload |= {"number": str(amount.number), "unit": unit, "spec": spec}
        line.doubts += [f"{self.heads.text(row, 'amount')}: {doubt}" for doubt in amount.doubts]
        self._doubt_the_cells(line, row, amount)
        self._standard(line, row, named)
        check_bound(cell, amount.number)
        packed = parse_spec(spec)
        if packed is not None:
            check_bound(self._where_packed(row, packing), packed.pieces, COUNT_MAX)
        if item is None:
            if UNIT_KINDS.get(unit) is UnitKind.CARTON and not spec:
                line.doubts.append("cartons without a packing: the chosen item's usual carton is taken")
            return
        try:
            base = catalogue.to_base_units(item, amount.number, unit, spec)
        except BaogongError as error:
            raise BadCell(
                error.message, where=cell.where, found=error.found, expected=error.expected, cure=error.cure
            ) from error
        check_bound(cell, base.amount)
        if base.doubts:
            line.sure = min(line.sure, 0.8)
            if unit != "件" or parse_spec(spec) is not None:
                line.doubts += base.doubts
        per_carton = self.whole(row, "pieces_per_carton")
        if per_carton and base.pieces_per_carton and per_carton != base.pieces_per_carton:
            line.doubts.append(f"two packings are written: {per_carton}, {spec}")
        line.payload["amount"] = base.amount
        line.payload["pieces_per_carton"] = per_carton or base.pieces_per_carton
        if base.amount != amount.number or packing:
            line.notes.append(f"{self.heads.text(row, 'amount') or amount.number} = {base.amount:,}")
        self._compare_cartons(line, row, base.amount)
        check_bound(cell, line.payload["pieces_per_carton"] or 0, COUNT_MAX)

    def _packing(self, line: Line, own: str, beside: str, in_name: str) -> str:
        """The packing of a row, wherever it stands; its own column first."""
        found = [text for text in (own, beside, in_name) if text]
        sizes = {spec.pieces: text for text in found if (spec := parse_spec(text)) is not None}
        if len(sizes) > 1:
            line.doubts.append(f"two packings are written: {', '.join(sizes.values())}")
        if in_name and not own and not beside:
            line.notes.append(f"the packing stood in the goods' cell: {in_name}")
        readable = [text for text in found if parse_spec(text) is not None]
        return readable[0] if readable else own

    def _where_packed(self, row: Row, beside: str) -> Cell:
        """The cell a row's packing stands in."""
        if self.text(row, "spec"):
            return self.heads.cell(row, "spec")
        return self.heads.cell(row, "amount" if beside else "item")

    def _doubt_the_cells(self, line: Line, row: Row, amount: Amount) -> None:
        """What the amount's cell says beside the number must agree with the cells around it."""
        beside = self.text(row, "unit")
        kinds = UNIT_KINDS.get(amount.unit), UNIT_KINDS.get(beside.casefold())
        if amount.unit and beside and fold_item(amount.unit) != fold_item(beside) and kinds[0] is not kinds[1]:
            line.doubts.append(f"two units are written: {amount.unit}, {beside}")
        goods = self.text(row, "item")
        if amount.item and goods and fold_item(amount.item) not in fold_item(goods):
            line.doubts.append(f"the amount's cell names something else: {amount.item}")
        if self.heads.cell(row, "amount").flaw == AS_ABOVE:
            line.doubts.append("the amount is “as above”")
        for key, column in self.heads.by_key.items():
            if row.cells[column].flaw == AS_ABOVE and key != "amount":
                line.notes.append(f"{self.table.columns[column].text}: as above, {row.cells[column].text}")

    def _standard(self, line: Line, row: Row, named: GoodsName | None) -> None:
        text = self.text(row, "standard")
        in_name = named.standard if named else ""
        own, beside = read_standards(text), read_standards(in_name)
        if own and beside and own[0].family != beside[0].family:
            line.doubts.append(f"two standards are written: {own[0]}, {beside[0]}")
        if beside and not own:
            line.notes.append(f"the standard stood in the goods' cell: {beside[0]}")
        found = own or beside
        line.payload["standard"] = str(found[0]) if found else text
        check_length(self.heads.cell(row, "standard"), _STANDARD_MAX, line.payload["standard"])

    def _compare_cartons(self, line: Line, row: Row, amount: int) -> None:
        """Where the list also counts the cartons, they must hold the amount, or tell what a carton holds."""
        cartons = self.whole(row, "cartons")
        if cartons is None:
            return
        size = line.payload["pieces_per_carton"]
        if size is None and amount % cartons == 0:
            line.payload["pieces_per_carton"] = amount // cartons
            line.notes.append(f"{amount:,} in {cartons:,} cartons: {amount // cartons:,} in each")
        elif size is not None and -(-amount // size) != cartons:
            line.doubts.append(
                f"{amount:,} fill {-(-amount // size):,} cartons of {size:,}, not the {cartons:,} written"
            )

    def whole(self, row: Row, key: str) -> int | None:
        """A whole number above 0, None where the cell is empty. Raises BadCell."""
        cell = self.heads.cell(row, key)
        if not sound_text(cell):
            return None
        try:
            number = parse_amount(cell.text).number if cell.flaw in ("", AS_ABOVE) else Decimal(0)
        except BaogongError:
            number = Decimal(0)
        check_bound(cell, number, COUNT_MAX)
        if number <= 0 or number != int(number):
            raise BadCell(
                f"Cell {cell.where} says “{cell.text}”.",
                where=cell.where,
                found=cell.text,
                expected="a whole number, 1 or more",
                cure="Write the number in plain digits.",
            )
        return int(number)

    def day(self, row: Row, key: str, *, line: Line) -> date | None:
        """A date; one without its year is the nearest such day, and the line asks. Raises BadCell."""
        cell = self.heads.cell(row, key)
        near = self._near(cell, line)
        if near is None:
            return date_of(cell)
        return near.date() if isinstance(near, datetime) else near

    def _near(self, cell: Cell, line: Line) -> date | datetime | None:
        text = sound_text(cell)
        found = read_near_date(text, self._today) if text and read_date(text) is None else None
        if found is not None:
            shown = f"{found:%Y-%m-%d %H:%M}" if isinstance(found, datetime) else f"{found:%Y-%m-%d}"
            line.doubts.append(f"“{text}” read as {shown}, the nearest such day")
        return found

    def moment(self, row: Row, key: str, *, line: Line, happened_by: datetime | None = None) -> datetime | None:
        """
        A local date and time as an aware moment; a date alone is its beginning, one without its year the nearest such
        day, and then the line asks. Raises BadCell.

        happened_by   now, for what must have happened: more than a day later is a slip of the pen
        """
        cell = self.heads.cell(row, key)
        text = sound_text(cell)
        if not text:
            return None
        found = read_date(text) or self._near(cell, line)
        if found is None:
            raise BadCell(
                f"Cell {cell.where} says “{text}”, which is no date.",
                where=cell.where,
                found=text,
                expected="a date, perhaps with a time, for example 2020-01-26 14:30",
                cure="Write year, month, day and the time of day.",
            )
        naive = found if isinstance(found, datetime) else datetime.combine(found, time())
        moment = timezone.make_aware(naive, timezone.get_default_timezone())
        if happened_by is not None and moment > happened_by + AHEAD_MAX:
            raise BadCell(
                f"Cell {cell.where} says “{text}”, which has not come yet.",
                where=cell.where,
                found=text,
                expected=f"at the latest {timezone.localtime(happened_by + AHEAD_MAX):%Y-%m-%d %H:%M}",
                cure="Check the year and the day.",
            )
        return moment


def _names_several(text: str) -> bool:
    """Whether the text is several amounts, each with the name of its goods."""
    try:
        return len(read_quantities(text)) > 1
    except BaogongError:
        return False


def _choices(found: NameResolution) -> tuple[Candidate, ...]:
    return tuple(
        Candidate(candidate.entry.key, candidate.entry.name, candidate.score, candidate.why)
        for candidate in found.candidates
    )
