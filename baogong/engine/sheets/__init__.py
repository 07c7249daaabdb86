"""Reading what people already have: spreadsheets, pasted lists, volunteers' files. Pure: no database, no clock."""

from baogong.engine.sheets.amounts import parse_amount, parse_entries, parse_spec
from baogong.engine.sheets.readers import read_pasted, read_table
from baogong.engine.sheets.tables import Cell, Row, Table

__all__ = ["Cell", "Row", "Table", "parse_amount", "parse_entries", "parse_spec", "read_pasted", "read_table"]
