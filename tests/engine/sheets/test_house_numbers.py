"""Spoken numbers of buildings and rooms."""

from __future__ import annotations

import pytest

from baogong.engine.sheets.house_numbers import building_name, chinese_number, chinese_numbers, room_name


@pytest.mark.parametrize(
    ("said", "ways"),
    [
        ("十", ("10",)),
        ("二十一", ("21",)),
        ("一百零三", ("103",)),
        ("一百二十一", ("121",)),
        ("一千零二十", ("1020",)),
        ("十二零三", ("1203",)),
        ("二十零一", ("2001",)),
        ("十二一二", ("1212",)),
        ("十二十二", ("1212",)),
        ("二十一二", ("2012", "2102")),
        ("一百二", ("102", "120")),
        ("二十一十二零三", ()),
        ("一百二十零一", ()),
        ("十" * 1_000, ()),
    ],
)
def test_a_number_is_counted_or_a_floor_with_its_door(said: str, ways: tuple[str, ...]) -> None:
    assert chinese_numbers(said) == ways
    if ways:
        assert chinese_number(said) == int(ways[0])


def test_a_name_with_two_meanings_stays_as_written() -> None:
    assert room_name("十二零三室") == "1203"
    assert room_name("二十一二室") == "二十一二室"
    assert building_name("十二号楼") == "12"
