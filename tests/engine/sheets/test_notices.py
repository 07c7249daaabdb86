"""Corrections as they are published, rows that are no lines, headers in two rows."""

from __future__ import annotations

from decimal import Decimal

import pytest

from baogong.engine.sheets.notices import FORM, corrected_amount, read_correction
from baogong.engine.sheets.profiles import Column, match_headers, with_both_headers
from baogong.engine.sheets.readers import read_pasted
from baogong.engine.sheets.totals import Sums, is_header_again, is_heading, total_row

COLUMNS = (
    Column("donor", "捐赠方", "donor", is_required=True),
    Column("item", "物资名称", "item", is_required=True),
    Column("amount", "数量", "amount", is_required=True),
    Column("receiver", "定向单位", "earmarked for"),
)


@pytest.mark.parametrize(
    ("text", "giver", "goods", "was", "now"),
    [
        ("更正：原公告校友会捐赠N95口罩5000只，应为500只", "校友会", "n95口罩", 5000, 500),
        ("更正：原“5000只”应为“500只”", "", "", 5000, 500),
        ("勘误：第3行数量5000应为500", "", "", 5000, 500),
        ("更正，原公告5000只", "", "", 5000, None),
        ("数量由5000更正为500", "", "", 5000, 500),
        ("Correction: 5000 masks should read 500", "", "masks", 5000, 500),
        ("更正：原公告中“中南医院”应为“武汉大学中南医院”", "", "", None, None),
    ],
)
def test_a_correction_says_what_was_and_what_should_be(
    text: str, giver: str, goods: str, was: int | None, now: int | None
) -> None:
    found = read_correction(text)
    assert found is not None
    figures = [None if side is None else side.number for side in (found.was, found.now)]
    assert (found.giver, found.goods) == (giver, goods)
    assert figures == [None if figure is None else Decimal(figure) for figure in (was, now)]


@pytest.mark.parametrize("text", ["已收", "改为自提", "口罩", "5000只"])
def test_other_words_correct_nothing(text: str) -> None:
    assert read_correction(text) is None


@pytest.mark.parametrize("text", ["5000只（更正为500只）", "5000→500只", "5000，应为500只", "原5000，现改为500只"])
def test_a_cell_may_hold_both_figures(text: str) -> None:
    found = corrected_amount(text)
    assert found is not None
    assert found[0].startswith("500")
    assert found[1].was is not None
    assert found[1].was.number == 5000


def test_a_pasted_notice_gives_a_line_for_each_correction() -> None:
    table = read_pasted("关于1月26日公示的更正公告\n各位：\n更正：原公告校友会捐赠N95口罩5000只，应为500只。\n1月27日")
    assert table.form == FORM
    assert [row.where for row in table.rows] == ["A3"]


def test_headers_in_two_rows_are_read_as_one() -> None:
    table = read_pasted("捐赠方,捐赠物资,,定向单位\n,物资名称,数量,\n校友会,口罩,500,\n")
    both = with_both_headers(table, COLUMNS)
    assert [cell.text for cell in both.columns] == ["捐赠方", "物资名称", "数量", "定向单位"]
    assert [row.where for row in both.rows] == ["A3"]
    assert match_headers(both, COLUMNS).missing == ()


def test_a_first_line_is_no_second_header() -> None:
    for text in ("捐赠方,物资名称,备注\n校友会,口罩500只,\n", "捐赠方,物资名称,数量\n校友会,口罩,500\n"):
        table = read_pasted(text)
        assert with_both_headers(table, COLUMNS) is table


def test_totals_headings_and_repeated_headers_are_told_from_lines() -> None:
    table = read_pasted(
        "捐赠方,物资名称,数量\n一、校友会,,\nA,口罩,500\n小计,,500\n捐赠方,物资名称,数量\n合计：,,1000\n二、粉丝会500只,,\n合计集团,口罩,5\n"
    )
    rows = table.rows
    assert [is_heading(row) for row in rows] == [True, False, False, False, False, False, False]
    assert [is_header_again(row, table) for row in rows].index(True) == 3
    totals = [total_row(row, 2) for row in rows]
    assert [(total.is_part, total.number) if total else None for total in totals] == [
        None, None, (True, Decimal(500)), None, (False, Decimal(1000)), None, None,
    ]  # fmt: skip


def test_a_subtotal_counts_from_the_last_one_and_a_total_counts_all() -> None:
    sums = Sums()
    table = read_pasted("a,b\n小计,5\n小计,7\n合计,12\n")
    part, later, whole = (total_row(row, 1) for row in table.rows)
    assert part is not None
    assert later is not None
    assert whole is not None
    sums.add(Decimal(5), Decimal(5))
    assert sums.found(part) == (Decimal(5),)
    sums.close_part()
    sums.add(Decimal(7), Decimal(70))
    assert set(sums.found(later)) == {Decimal(7), Decimal(70)}
    assert {Decimal(12), Decimal(75)} <= set(sums.found(whole))
