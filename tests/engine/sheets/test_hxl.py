"""A row of hashtags under the headers says what each column is, whatever language the headers are in."""

from __future__ import annotations

import pytest

from baogong.engine.sheets.profiles import Column, hxl_tag, match_headers
from baogong.engine.sheets.readers import read_table
from baogong.engine.sheets.tables import Table

COLUMNS = (
    Column("receiver", "接收单位", "receiver", is_required=True),
    Column("item", "物资", "item", is_required=True),
    Column("code", "编码", "code"),
    Column("amount", "数量", "amount"),
    Column("people", "人数", "people"),
    Column("note", "备注", "note"),
)


def read(text: str) -> Table:
    return read_table("list.csv", text.encode())


def test_french_headers_are_read_by_their_tags() -> None:
    table = read(
        "Structure,Article,Réf,Quantité,Remarque\n#org +receiver,#item+name,#item+code,#item+quantity,\nCHU,Masques,M-1,500,vite\n"
    )
    heads = match_headers(table, COLUMNS)
    assert heads.by_key == {"receiver": 0, "item": 1, "code": 2, "amount": 3}
    assert [cell.text for cell in table.columns] == ["Structure", "Article", "Réf", "Quantité", "Remarque"]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [["CHU", "Masques", "M-1", "500", "vite"]]
    assert table.rows[0].where == "A3"
    assert [cell.text for cell in heads.unknown] == ["Remarque"]


def test_tags_alone_are_headers_and_a_plain_title_beside_them_still_counts() -> None:
    alone = read("#org,#item,#inneed\n中南医院,口罩,30\n")
    assert match_headers(alone, COLUMNS).by_key == {"receiver": 0, "item": 1, "people": 2}
    mixed = read("医院需求表,,\n谁,物品,备注\n#org,#item+name,\n中南医院,口罩,急\n")
    assert match_headers(mixed, COLUMNS).by_key == {"receiver": 0, "item": 1, "note": 2}
    assert mixed.title == "医院需求表"
    assert len(mixed.rows) == 1


def test_the_tag_that_says_most_wins_whatever_stands_first() -> None:
    table = read("a,b,c\n#item+code,#item+name,#org\nM-1,口罩,中南医院\n")
    assert match_headers(table, COLUMNS).by_key == {"receiver": 2, "item": 1, "code": 0}


@pytest.mark.parametrize(
    "text",
    [
        "接收单位,物资,数量\n#3 楼,口罩,5\n中南医院,口罩,6\n",  # a building, not a tag
        "接收单位,物资,数量\n#tag,,\n中南医院,口罩,6\n",  # one mark alone in a row of three
        "接收单位,物资,数量\n#org,#item,六\n中南医院,口罩,6\n",  # a line like any other
    ],
)
def test_what_is_no_row_of_tags_stays_a_line(text: str) -> None:
    table = read(text)
    assert table.tags == ()
    assert len(table.rows) == 2


def test_tags_that_leave_the_house_are_hxl_and_come_back_to_the_same_column() -> None:
    from hxl.model import Column as HxlColumn

    from baogong.engine.sheets.hxl import match_tags
    from baogong.engine.sheets.profiles import load_profile

    facts = load_profile("default")["hxl"]
    for key in facts:
        tag = hxl_tag(key)
        assert HxlColumn.parse(tag), tag
        assert match_tags([tag], facts) == {key: 0}, tag
