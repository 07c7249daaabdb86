"""
The volunteers' hospital files of 2020 (wuhan2020): what each hospital asked for.

A file is a list of hospitals, each a list of cells {key, value, type, specification?, coord?}. The value of a supply
is 1 where the hospital takes any number, 0 or empty where it needs none, and a count otherwise. The same grammar
stands in sheets made from these files: one row a hospital, one column a supply, a cell `count` or `count|spec`, the
usual standard in the header. Contacts are passed over and never kept.
"""

from __future__ import annotations

import json
import re
import unicodedata
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum
from typing import Any

from baogong.engine.sheets.limits import Limits
from baogong.engine.sheets.numbers import UnreadNumber, read_number
from baogong.engine.sheets.profiles import Column, header_hint, load_profile, match_headers
from baogong.engine.sheets.standards import read_standards
from baogong.engine.sheets.tables import Cell, Row, Table, UnreadableFile

FORM = "wuhan2020"
PROFILE = "wuhan2020"
COLUMNS = (
    Column("hospital", "医院名称", "hospital", is_required=True),
    Column("district", "区县", "district"),
    Column("city", "城市", "city"),
    Column("address", "医院地址", "address"),
    Column("review", "审核状态", "review"),
    Column("source", "官方链接", "source"),
)


class Review(StrEnum):
    """What the volunteers' checkers made of a hospital's entry. Only REVIEWED may be published."""

    REVIEWED = "REVIEWED"
    UNREVIEWED = "UNREVIEWED"
    WRONG = "WRONG"


@dataclass(frozen=True, slots=True)
class HospitalNeed:
    """
    One hospital's wish for one supply; zero and empty cells give none.

    city, district   as written or as the file's name says; "" where unknown
    item             the supply's header, as written
    header_spec      the usual standard, from the header
    count            how many; None: no upper limit
    spec             what this hospital wrote beside the count
    review           see Review
    receiver_kind    SITE, or ORGANISATION and TEAM where the name says that it is no hospital
    where            the cell
    repeats          the cell of the same hospital's earlier wish for the same supply, "" where there is none
    flaw             why the cell cannot be read ("" where it can); `count` means nothing then
    found            the cell's text
    """

    city: str
    district: str
    hospital: str
    address: str
    item: str
    header_spec: str
    count: int | None
    spec: str
    review: Review
    receiver_kind: str
    source: str
    where: str
    repeats: str = ""
    flaw: str = ""
    found: str = ""


def is_hospital_file(name: str, data: bytes) -> bool:
    return name.casefold().endswith(".json") or data.lstrip()[:1] == b"["


def read_json(name: str, data: bytes, limits: Limits) -> Table:
    """
    A hospital file as a table: one row a hospital, one column a key, supplies as `count|spec`.

    A cell is known as "3/医用外科口罩": the third hospital of the file, that key. Raises UnreadableFile.
    """
    try:
        hospitals = json.loads(data.decode("utf-8-sig"))
        keys: list[str] = []
        lines: list[dict[str, str]] = []
        for number, hospital in enumerate(hospitals, start=1):
            limits.check_row(name, number, len(hospital))
            line: dict[str, str] = {}
            for cell in hospital:
                key = str(cell["key"]).strip()
                if cell["type"] == "contact":
                    continue
                line[key] = limits.checked_text(_cell_text(cell), f"{number}/{key}")
            keys += [key for key in line if key not in keys]
            lines.append(line)
    except (ValueError, KeyError, TypeError, RecursionError) as error:
        raise UnreadableFile(
            "This JSON file is no hospital file of wuhan2020.",
            where=name,
            found=type(error).__name__,
            expected="a list of hospitals, each a list of cells with key, value and type",
            cure="Export it again, or give the list as CSV or XLSX.",
        ) from error
    if not lines or not keys:
        raise UnreadableFile(
            "There is no hospital in this file.",
            where=name,
            found="0 hospitals",
            expected="hospitals",
            cure="Check the file.",
        )
    columns = tuple(Cell(key, f"0/{key}") for key in keys)
    rows = tuple(
        Row(f"{number}", tuple(Cell(line.get(key, ""), f"{number}/{key}") for key in keys))
        for number, line in enumerate(lines, start=1)
    )
    return Table(name, columns, rows, FORM)


def _cell_text(cell: Mapping[str, Any]) -> str:
    value = "" if cell["value"] is None else str(cell["value"]).strip()
    spec = str(cell.get("specification") or "").strip()
    return f"{value}|{spec}" if cell["type"] == "supply" and spec else value


def read(source: Table | bytes, name: str = "") -> tuple[HospitalNeed, ...]:
    """
    Every wish in a hospital file (its bytes) or in a table of that grammar, in the file's order.

    name  the file's name where bytes are given: wuhanshi.json tells the city
    Raises UnreadableFile; a cell that cannot be read gives a HospitalNeed with a flaw.
    """
    table = source if isinstance(source, Table) else read_json(name, source, Limits())
    facts = load_profile(PROFILE)
    heads = match_headers(table, COLUMNS, PROFILE)
    if heads.missing:
        raise UnreadableFile(
            "This list has no column with the hospital's name; nothing was read.",
            where=table.name,
            found=", ".join(cell.text for cell in table.columns if cell.text),
            expected="医院名称",
            cure="Head the column of names 医院名称.",
        )
    passed_over = {_plain(header) for header in facts["passed_over"]}
    used = set(heads.by_key.values())
    supplies = [
        (index, cell.text)
        for index, cell in enumerate(table.columns)
        if cell.text and index not in used and _plain(cell.text) not in passed_over
    ]
    file_city = facts["cities"].get(table.name.rpartition("/")[2].rpartition(".")[0].casefold(), "")
    seen: dict[tuple[str, str, str], str] = {}
    needs: list[HospitalNeed] = []
    for row in table.rows:
        hospital = heads.text(row, "hospital").strip()
        city = heads.text(row, "city") or file_city
        for index, header in supplies:
            cell = row.cells[index]
            item, header_spec = _header(header)
            count, spec, flaw = _read_cell(cell, facts["no_upper_limit"])
            if not flaw and count == 0:
                continue
            key = (city, hospital, item)
            needs.append(
                HospitalNeed(
                    city,
                    heads.text(row, "district").strip(),
                    hospital,
                    heads.text(row, "address").strip(),
                    item,
                    header_spec,
                    count,
                    spec,
                    _review(heads.text(row, "review"), facts["review"]),
                    _receiver_kind(hospital, facts["receiver_kinds"]),
                    heads.text(row, "source").strip(),
                    cell.where,
                    seen.get(key, ""),
                    flaw,
                    cell.text,
                )
            )
            seen.setdefault(key, cell.where)
    return tuple(needs)


def _plain(text: str) -> str:
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).casefold()


def _header(header: str) -> tuple[str, str]:
    """医用外科口罩（YY 0469-2011） → the supply and its usual standard; a bracket without a standard stays in the name."""
    hint = header_hint(header)
    if hint and read_standards(hint):
        return re.sub(r"\s*[（(\[【].*$", "", header).strip(), hint
    return header.strip(), ""


def _read_cell(cell: Cell, no_upper_limit: list[str]) -> tuple[int | None, str, str]:
    """(count, spec, flaw): 0 for nothing asked, None for no upper limit."""
    if cell.flaw:
        return 0, "", cell.flaw
    value, _, spec = unicodedata.normalize("NFKC", cell.text).partition("|")
    value, spec = value.strip(), spec.strip()
    if value in ("", "0"):
        return 0, spec, ""
    if value in no_upper_limit:
        return None, spec, ""
    try:
        number, doubts = read_number(value)
    except UnreadNumber:
        return 0, spec, "it is no count"
    if doubts or number < 0 or number != int(number):
        return 0, spec, "; ".join(doubts) or "it is no whole count"
    return int(number), spec, ""


def _review(text: str, words: Mapping[str, str]) -> Review:
    return Review(words.get(text.strip(), Review.UNREVIEWED.value))


def _receiver_kind(name: str, patterns: Mapping[str, str]) -> str:
    return next((kind for kind, pattern in patterns.items() if re.search(pattern, name)), "SITE")
