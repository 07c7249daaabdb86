"""Files of every make become the same table, and every cell knows where it stood."""

from __future__ import annotations

import io
import zipfile
from datetime import date, datetime, time

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.sheets.dates import from_serial, read_date, read_time
from baogong.engine.sheets.limits import Limits
from baogong.engine.sheets.profiles import Column, UnknownProfile, load_profile, match_headers, profile_names
from baogong.engine.sheets.readers import read_pasted, read_table
from baogong.engine.sheets.rows import ColumnMissing, choice_of, date_of, need_columns, need_text, number_of, sound_text
from baogong.engine.sheets.tables import BadCell, Cell, Table, UnreadableFile, address

moment = datetime.fromisoformat  # a sheet knows no time zone
TEXT = "名称,数量\n口罩,3000\n防护服,500\n"


def texts(table: Table) -> list[list[str]]:
    return [[cell.text for cell in row.cells] for row in table.rows]


def workbook(*sheets: tuple[str, list[list[object]]]) -> openpyxl.Workbook:
    book = openpyxl.Workbook()
    for sheet in book.worksheets:
        book.remove(sheet)
    for title, rows in sheets:
        sheet = book.create_sheet(title)
        for row in rows:
            sheet.append(row)
    return book


def saved(book: openpyxl.Workbook) -> bytes:
    file = io.BytesIO()
    book.save(file)
    return file.getvalue()


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "gb18030", "utf-16"])
@pytest.mark.parametrize("delimiter", [",", "\t", ";"])
def test_text_is_read_in_its_encoding_and_with_its_delimiter(encoding: str, delimiter: str) -> None:
    table = read_table("stock.csv", TEXT.replace(",", delimiter).encode(encoding))
    assert [cell.text for cell in table.columns] == ["名称", "数量"]
    assert texts(table) == [["口罩", "3000"], ["防护服", "500"]]
    assert table.rows[1].cells[1].where == "B3"


def test_a_workbook_reads_as_the_text_does_with_the_sheet_in_its_addresses() -> None:
    table = read_table("x.xlsx", saved(workbook(("库存", [["名称", "数量"], ["口罩", 3000], ["防护服", 500.0]]))))
    assert texts(table) == texts(read_pasted(TEXT))
    assert table.rows[1].cells[1].where == "库存!B3"


def test_the_name_ending_does_not_matter() -> None:
    assert texts(read_table("x.csv", saved(workbook(("库存", [["名称", "数量"], ["口罩", 3000]]))))) == [
        ["口罩", "3000"]
    ]


def test_a_title_above_and_empty_rows_between_are_passed_over() -> None:
    table = read_pasted("廊坊仓库存表,,,\n日期,1月22日,,\n\n名称,规格,数量,单位\n,,,\n口罩,2000只/件,20,件\n")
    assert [cell.text for cell in table.columns] == ["名称", "规格", "数量", "单位"]
    assert table.title == "廊坊仓库存表 日期 1月22日"
    assert table.rows[0].where == "A6"


def test_dates_and_numbers_in_a_workbook_read_as_people_say_them() -> None:
    rows: list[list[object]] = [
        ["a", "b", "c", "d"],
        [moment("2020-01-26"), moment("2020-01-26 08:30"), 0.5, time(6)],
    ]
    assert texts(read_table("x.xlsx", saved(workbook(("s", rows))))) == [
        ["2020-01-26", "2020-01-26 08:30", "0.5", "06:00"]
    ]


def test_a_merged_name_speaks_for_its_rows_but_a_merged_number_is_refused() -> None:
    book = workbook(("s", [["仓", "名称", "数量"], ["廊坊", "口罩", 3000], [None, "手套", None], [None, "面罩", 5]]))
    book["s"].merge_cells("A2:A4")
    book["s"].merge_cells("C2:C3")
    table = read_table("x.xlsx", saved(book))
    assert [sound_text(row.cells[0]) for row in table.rows] == ["廊坊"] * 3
    for row in table.rows[:2]:
        with pytest.raises(BadCell) as refusal:
            number_of(row.cells[2])
        assert refusal.value.where == row.cells[2].where
    assert number_of(table.rows[2].cells[2]) == 5


def test_a_formula_without_a_value_is_named_and_not_taken_for_an_empty_cell() -> None:
    book = workbook(("s", [["名称", "数量"], ["口罩", "=1000*3"]]))
    with pytest.raises(BadCell) as refusal:
        sound_text(read_table("x.xlsx", saved(book)).rows[0].cells[1])
    assert refusal.value.where == "s!B2"
    assert "formula" in refusal.value.message


def test_sheets_with_the_same_headers_are_one_list_and_hidden_ones_are_left_out() -> None:
    book = workbook(
        ("一", [["名称", "数量"], ["口罩", 1]]), ("二", [["名称", "数量"], ["手套", 2]]), ("值", [["x", "y"]])
    )
    book["值"].sheet_state = "hidden"
    table = read_table("x.xlsx", saved(book))
    assert [row.cells[0].where for row in table.rows] == ["一!A2", "二!A2"]


def test_sheets_that_differ_are_refused_unless_one_is_named() -> None:
    data = saved(workbook(("库存", [["名称", "数量"], ["口罩", 1]]), ("站点", [["站点", "角色"], ["仙桃", "中转仓"]])))
    with pytest.raises(UnreadableFile) as refusal:
        read_table("x.xlsx", data)
    assert "库存, 站点" in str(refusal.value.found)
    assert texts(read_table("x.xlsx", data, sheet="站点")) == [["仙桃", "中转仓"]]
    with pytest.raises(UnreadableFile):
        read_table("x.xlsx", data, sheet="没有")


@pytest.mark.parametrize(
    "data",
    [
        b"",
        b"\n\n",
        b",,\n",
        b"PK\x03\x04 not a zip",
        b"\xd0\xcf\x11\xe0 old",
        b"[1, 2]",
        b"[]",
        b"\xff\xff\x00\x01",
        b"[[[",
    ],
)
def test_what_is_no_list_is_refused_with_a_cure(data: bytes) -> None:
    with pytest.raises(UnreadableFile) as refusal:
        read_table("thing", data)
    assert refusal.value.cure


def test_a_zip_that_is_no_workbook_is_refused() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w") as archive:
        archive.writestr("hello.txt", "hello")
    with pytest.raises(UnreadableFile):
        read_table("x.xlsx", file.getvalue())


def test_a_workbook_that_unpacks_too_far_is_refused_before_it_is_unpacked() -> None:
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as archive:
        archive.writestr("xl/worksheets/sheet1.xml", b"0" * 5_000_000)
    with pytest.raises(UnreadableFile) as refusal:
        read_table("bomb.xlsx", file.getvalue())
    assert "unpack" in str(refusal.value.found)


def test_an_xml_entity_bomb_in_a_workbook_is_refused() -> None:
    data = saved(workbook(("s", [["a", "b"], ["c", "d"]])))
    bomb = b'<?xml version="1.0"?><!DOCTYPE x [<!ENTITY a "aaaa">]><workbook>&a;</workbook>'
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(data)) as old, zipfile.ZipFile(file, "w") as new:
        for entry in old.namelist():
            new.writestr(entry, bomb if entry == "xl/workbook.xml" else old.read(entry))
    with pytest.raises(UnreadableFile):
        read_table("x.xlsx", file.getvalue())


def test_limits_name_what_went_over() -> None:
    limits = Limits(file_bytes=100, rows=3, columns=3, cell_characters=10)
    for data, word in ((b"a," * 60, "bytes"), (b"a,b\n" * 5, "rows"), (b"a,b,c,d\n", "columns")):
        with pytest.raises(UnreadableFile) as refusal:
            read_table("x.csv", data, limits=limits)
        assert word in str(refusal.value.found)
    with pytest.raises(BadCell) as too_long:
        read_table("x.csv", b"a,b\n1,aaaaaaaaaaaa\n", limits=limits)
    assert too_long.value.where == "B2"


cells = st.text(st.characters(codec="gb18030", exclude_categories=("C", "Z")), min_size=1, max_size=8).filter(
    lambda text: text == text.strip()
)


@given(
    st.lists(st.lists(cells, min_size=2, max_size=5), min_size=1, max_size=6), st.sampled_from(["utf-8-sig", "utf-16"])
)
def test_what_a_spreadsheet_writes_is_read_back(rows: list[list[str]], encoding: str) -> None:
    import csv

    width = max(map(len, rows))
    square = [row + [""] * (width - len(row)) for row in [["h"] * width, *rows]]
    file = io.StringIO(newline="")
    csv.writer(file).writerows(square)
    table = read_table("x.csv", file.getvalue().encode(encoding))
    assert [[cell.text for cell in row.cells] for row in table.rows] == square[1:]


@given(st.binary(max_size=200))
def test_any_bytes_are_a_table_or_refused_with_a_cure(data: bytes) -> None:
    try:
        table = read_table("x", data)
    except (UnreadableFile, BadCell) as refusal:
        cure = refusal.cure
    else:
        cure = "none needed"
        assert all(len(row.cells) == len(table.columns) for row in table.rows)
    assert cure


@pytest.mark.parametrize(
    ("row", "column", "expected"), [(1, 0, "A1"), (7, 1, "B7"), (3, 25, "Z3"), (3, 26, "AA3"), (1, 702, "AAA1")]
)
def test_addresses_are_those_of_spreadsheets(row: int, column: int, expected: str) -> None:
    assert address(row, column) == expected


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("2020-01-26", date(2020, 1, 26)),
        ("2020/1/26", date(2020, 1, 26)),
        ("2020年1月26日", date(2020, 1, 26)),
        ("20200126", date(2020, 1, 26)),
        ("43856", date(2020, 1, 26)),
        ("43856.5", moment("2020-01-26 12:00")),
        ("2020-01-26 08:30", moment("2020-01-26 08:30")),
        ("2020年1月26日 8点", moment("2020-01-26 08:00")),
        ("2020-13-40", None),
        ("12345", None),
        ("明天", None),
        ("2020-01-26 25:00", None),
    ],
)
def test_dates_as_people_and_spreadsheets_write_them(text: str, expected: date | None) -> None:
    assert read_date(text) == expected


@given(st.dates(date(2000, 1, 1), date(2099, 12, 31)))
def test_a_serial_is_its_day(day: date) -> None:
    moment = from_serial((day - date(1899, 12, 30)).days)
    assert moment is not None
    assert moment.date() == day


def test_times_of_day() -> None:
    assert [read_time(text) for text in ("08:00", "8点", "8时30分", "0.75", "25:00", "x")] == [
        time(8), time(8), time(8, 30), time(18), None, None,
    ]  # fmt: skip


COLUMNS = (
    Column("item", "物资", "item", is_required=True),
    Column("amount", "数量", "amount", is_required=True),
    Column("unit", "单位", "unit"),
    Column("note", "备注", "note"),
)


def test_headers_are_matched_in_chinese_and_english_with_their_hints() -> None:
    heads = match_headers(read_pasted("品名,数量（箱）,Remarks,颜色\nx,1,,"), COLUMNS)
    assert heads.by_key == {"item": 0, "amount": 1, "note": 2}
    assert heads.hints == {"amount": "箱"}
    assert [cell.text for cell in heads.unknown] == ["颜色"]
    english = match_headers(read_pasted("Product\tQTY *\tUoM\nx\t1\tbox"), COLUMNS)
    assert english.by_key == {"item": 0, "amount": 1, "unit": 2}


def test_a_missing_column_is_named() -> None:
    table = read_pasted("品名,颜色\nx,红")
    with pytest.raises(ColumnMissing) as refusal:
        need_columns(table, COLUMNS, match_headers(table, COLUMNS))
    assert refusal.value.expected == "数量 (amount)"


def test_every_profile_loads_and_an_unknown_one_is_refused_with_the_names_there_are() -> None:
    assert {"default", "wuhan2020"} <= set(profile_names())
    for name in profile_names():
        assert load_profile(name)["title_zh"]
    with pytest.raises(UnknownProfile) as refusal:
        load_profile("nowhere")
    assert "wuhan2020" in str(refusal.value.expected)


def test_cells_that_do_not_fit_are_refused_by_their_address() -> None:
    for read in (
        lambda: need_text(Cell("", "B7"), "a name"),
        lambda: number_of(Cell("若干", "B7")),
        lambda: number_of(Cell("-1", "B7")),
        lambda: number_of(Cell("1.5", "B7"), is_whole=True),
        lambda: number_of(Cell("1万3", "B7")),
        lambda: choice_of(Cell("蓝", "B7"), {"红": "RED"}),
        lambda: date_of(Cell("明天", "B7")),
    ):
        with pytest.raises(BadCell) as refusal:
            read()
        assert refusal.value.where == "B7"
        assert refusal.value.cure
