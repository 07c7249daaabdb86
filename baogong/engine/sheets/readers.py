"""Any file or pasted text → a Table."""

from __future__ import annotations

from baogong.engine.sheets import notices, wuhan2020
from baogong.engine.sheets.delimited import decode, read_delimited
from baogong.engine.sheets.limits import Limits
from baogong.engine.sheets.tables import Table, UnreadableFile
from baogong.engine.sheets.workbook import read_workbook

_ZIP, _OLD_EXCEL = b"PK\x03\x04", b"\xd0\xcf\x11\xe0"


def read_table(name: str, data: bytes, *, sheet: str | None = None, limits: Limits | None = None) -> Table:
    """
    Read a file by what is in it, not by its name's ending: XLSX, hospital JSON, CSV, tab- or semicolon-separated text,
    a published correction.

    sheet  which sheet of a workbook; None where it has one filled sheet
    Raises UnreadableFile (too large, damaged, empty, an old XLS) and BadCell for a cell beyond the limits.
    """
    limits = limits or Limits()
    limits.check_file(name, len(data))
    if data.startswith(_ZIP):
        return read_workbook(name, data, limits, sheet)
    if data.startswith(_OLD_EXCEL):
        raise UnreadableFile(
            "This is a workbook of the old kind (XLS), which is not read.",
            where=name,
            found="XLS",
            expected="XLSX or CSV",
            cure="Open it in a spreadsheet program and save it as XLSX.",
        )
    if wuhan2020.is_hospital_file(name, data):
        return wuhan2020.read_json(name, data, limits)
    text = decode(name, data)
    return notices.read_notice(name, text, limits) or read_delimited(name, text, limits)


def read_pasted(text: str, *, name: str = "pasted") -> Table:
    """Text pasted from a spreadsheet or a chat: rows a line, cells by tab, comma or semicolon. Raises as `read_table`."""
    return read_table(name, text.encode("utf-8"))
