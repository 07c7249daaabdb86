"""Things to be lent, a serial number a row. Numbers that look alike wait until somebody has read both again."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from baogong.catalogue.queries import FoundStatus, ItemView
from baogong.engine.sheets.kinds import LineOutcome, Status, refused
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.profiles import Column
from baogong.engine.sheets.rows import need_text
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.kernel.actor import Actor
from baogong.kernel.ids import derived_id
from baogong.ledger.states import State
from baogong.supply.imports.columns import ITEM, SITE
from baogong.supply.imports.rows import chosen, each_row
from baogong.supply.models import LentUnit
from baogong.supply.queries.loans import UnitView, look_key, serial_key, units_alike
from baogong.supply.services.loans import take_in
from baogong.supply.sheets import Line, Reader, settled

SERIAL_COLUMNS = (
    Column("serial", "序列号", "serial number", is_required=True, also=("机身号", "编号", "SN", "S/N", "serial"), longest=longest(LentUnit, "serial")),
    ITEM,
    Column("lender", "出借方", "lender", is_required=True, also=("出借单位", "物主", "lent by")),
    SITE,
    Column("note", "备注", "note", longest=longest(LentUnit, "note")),
)  # fmt: skip


def classify_serials(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """One outcome a thing; a number that is here already, or that stands above, changes nothing."""
    reader = Reader("serials", table, SERIAL_COLUMNS, profile, now)
    lines = list(each_row(reader, _read_serial))
    read = [line for line in lines if isinstance(line, Line)]
    above: dict[str, Line] = {}
    for line in read:
        above.setdefault(serial_key(line.payload["serial"]), line)
    known: dict[str, list[UnitView]] = defaultdict(list)
    for unit in units_alike([line.payload["serial"] for line in read]):
        known[look_key(unit.serial)].append(unit)
    alike: dict[str, list[str]] = defaultdict(list)
    for line in above.values():
        alike[look_key(line.payload["serial"])].append(line.payload["serial"])
    return tuple(_judged(line, above, known, alike) if isinstance(line, Line) else line for line in lines)


def _read_serial(reader: Reader, row: Row) -> Line:
    line = Line(row.where)
    cell = reader.heads.cell(row, "serial")
    serial = need_text(cell, "the number on the thing")
    if not serial_key(serial):
        raise BadCell(
            f"Cell {cell.where} says “{serial}”, which is no number of a thing.",
            where=cell.where,
            found=serial,
            expected="the number on the thing",
            cure="Read the number again.",
        )
    item = _piece(reader, reader.or_above(row, "item", "the goods' name", line=line))
    lender = reader.or_above(row, "lender", "whose things they are", line=line)
    reader.find_party(line, "lender", lender, may_be_new=False)
    site = reader.or_above(row, "site", "a place of the register of sites", line=line)
    reader.find_party(line, "site", site, kinds=["SITE"], may_be_new=False, is_place=True)
    line.payload |= {"serial": serial, "item": str(item.id), "note": reader.text(row, "note")}
    line.text = f"{serial} · {item.name_zh} · {lender.text}"
    return line


def _piece(reader: Reader, cell: Cell) -> ItemView:
    found = reader.items.find(cell.text)
    if found.status is FoundStatus.EXACT and found.item is not None and found.item.unit == "PIECE":
        return found.item
    raise BadCell(
        f"Cell {cell.where} says “{cell.text}”, which is nothing of the catalogue counted in pieces.",
        where=cell.where,
        found=cell.text,
        expected="、".join(one.item.name_zh for one in found.candidates) or "an item counted in pieces",
        cure="Write its name as in the catalogue.",
    )


def _judged(
    line: Line, above: dict[str, Line], known: dict[str, list[UnitView]], alike: dict[str, list[str]]
) -> LineOutcome:
    serial = line.payload["serial"]
    key, look = serial_key(serial), look_key(serial)
    if above[key] is not line:
        line.notes.append(f"the same number stands above: {above[key].where}")
        return line.unchanged()
    for unit in known[look]:
        if serial_key(unit.serial) != key:
            continue
        said, has = (line.payload["item"], line.payload["lender"]), (str(unit.item), str(unit.lender))
        if line.payload["lender"] and said != has:
            return refused(line.where, _another_s(line, unit))
        if unit.state != State.OUTSIDE:
            return line.unchanged()
    others = [unit.serial for unit in known[look] if serial_key(unit.serial) != key]
    others += [other for other in alike[look] if other != serial and other not in others]
    if others:
        line.doubts.append(f"{serial} looks like {', '.join(others)}: read both again")
    return line.outcome()


def _another_s(line: Line, unit: UnitView) -> BadCell:
    return BadCell(
        f"The number {unit.serial} is on {unit.item_zh} of {unit.lender_name}.",
        where=line.where,
        found=line.text,
        expected=f"{unit.serial} · {unit.item_zh} · {unit.lender_name}",
        cure="Read the number again, or correct whose it is.",
    )


def apply_serials(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """Things of one lender come to one site under one paper; a number a person has read again is sure."""
    groups: dict[tuple[str, str, str, str, bool], list[str]] = {}
    for line in lines:
        if not line.status.is_sound:
            continue
        payload = settled(line.payload)
        where = (payload["item"], chosen(payload, "lender"), chosen(payload, "site"), payload["note"])
        groups.setdefault((*where, line.status is Status.MATCHED), []).append(payload["serial"])
    for (item, lender, site, note, is_sure), serials in groups.items():
        take_in(
            item=UUID(item),
            lender=UUID(lender),
            site=UUID(site),
            serials=serials,
            is_sure=is_sure,
            note=note,
            actor=actor,
            now=now,
            request_id=derived_id("serials", document, site, *serials),
        )
