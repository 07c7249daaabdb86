"""Zone notices as districts published them, read address by address; whatever the text, no character is dropped."""

from __future__ import annotations

import random
from datetime import date

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.zones import Entry, PieceKind, Reading, Scope, State, read_notice

DAY = date(2022, 4, 12)
SEALED, CONTROLLED, PRECAUTION = State.SEALED, State.CONTROLLED, State.PRECAUTION
Address = tuple[State | None, str, str, str]


def read(text: str) -> Reading:
    return read_notice(text, day=DAY)


def told(text: str) -> list[Address]:
    """(state, compound or street, building, unit) of each entry."""
    return [(each.state, each.address, each.building, each.unit) for each in read(text).entries]


def test_a_list_of_lanes_takes_its_word_from_the_last() -> None:
    assert told("封控区\n华灵路541、561、591弄") == [(SEALED, f"华灵路{n}弄", "", "") for n in (541, 561, 591)]


def test_a_range_of_doors_is_every_door_of_the_lane() -> None:
    assert told("封控区\n原平路528弄1-29号") == [(SEALED, "原平路528弄", str(n), "") for n in range(1, 30)]


def test_an_exception_in_brackets_takes_out_of_the_line_before() -> None:
    whole = (SEALED, "运光路15弄", "", "")
    out = [(None, "运光路15弄", n, "") for n in "789"]
    assert told("封控区\n运光路15弄（7、8、9号除外）") == [whole, *out]
    assert told("封控区\n运光路15弄（不含7、8、9号）") == [whole, *out]
    assert told("封控区：华灵路（运光路15弄7、8、9号除外）、600弄") == [
        (SEALED, "华灵路", "", ""),
        *out,
        (SEALED, "华灵路600弄", "", ""),
    ]


def test_groups_of_a_village() -> None:
    assert told("管控区\n崧泽村1、6、13组") == [(CONTROLLED, "崧泽村", f"{n}组", "") for n in (1, 6, 13)]


def test_all_others_of_a_street_and_of_everywhere() -> None:
    assert told("华灵路541、561弄为封控区，其余均为管控区") == [
        (SEALED, "华灵路541弄", "", ""),
        (SEALED, "华灵路561弄", "", ""),
        (CONTROLLED, "华灵路", "", ""),
    ]
    assert told("封控区\n华灵路除541、561弄外均为封控区") == [
        (SEALED, "华灵路", "", ""),
        (None, "华灵路541弄", "", ""),
        (None, "华灵路561弄", "", ""),
    ]
    assert told("封控区\n除华灵路541弄外，华灵路均为封控区") == [
        (None, "华灵路541弄", "", ""),
        (SEALED, "华灵路", "", ""),
    ]
    assert told("封控区\n欣安小区\n其余区域为防范区") == [(SEALED, "欣安小区", "", ""), (PRECAUTION, "", "", "")]
    assert told("管控区\n漕宝路全路") == [(CONTROLLED, "漕宝路", "", "")]


def test_compounds_by_name_with_buildings_and_units() -> None:
    assert told("封控区\n大华二村、欣安小区5号楼2单元") == [
        (SEALED, "大华二村", "", ""),
        (SEALED, "欣安小区", "5", "2"),
    ]
    units = {(SEALED, "金色家园", building, unit) for building in "56" for unit in "12"}
    assert set(told("封控区\n金色家园5、6号楼1、2单元")) == units
    assert told("封控区\n金色家园A座、12-1幢") == [(SEALED, "金色家园", "A", ""), (SEALED, "金色家园", "12-1", "")]
    assert told("封控区\n金色家园1-3号楼") == [(SEALED, "金色家园", n, "") for n in "123"]


def test_a_number_behind_a_bare_lane_and_a_comma_is_one_of_the_street() -> None:
    assert told("管控区\n华灵路541弄、600号、602号甲") == [
        (CONTROLLED, "华灵路541弄", "", ""),
        (CONTROLLED, "华灵路600号", "", ""),
        (CONTROLLED, "华灵路602号甲", "", ""),
    ]
    assert told("管控区\n华灵路541弄7号、8号、20弄3号") == [
        (CONTROLLED, "华灵路541弄", "7", ""),
        (CONTROLLED, "华灵路541弄", "8", ""),
        (CONTROLLED, "华灵路20弄", "3", ""),
    ]


def test_full_width_signs_districts_and_headings_of_all_sorts() -> None:
    text = "根据防控要求，现将封控区、管控区名单公布如下：\n一、【封控区】（共２个）\n上海市宝山区华灵路５４１弄；大场镇原平路528弄\n（二）管控区名单：\n宝山区：\n欣安小区"
    assert told(text) == [
        (SEALED, "华灵路541弄", "", ""),
        (SEALED, "原平路528弄", "", ""),
        (CONTROLLED, "欣安小区", "", ""),
    ]
    assert read(text).unread == ()


def test_days_in_a_heading_hold_for_its_list() -> None:
    first, second = read("封控区（4月8日起至4月14日）\n华灵路541弄\n管控区（自2022年4月11日起）\n欣安小区").entries
    assert (first.from_day, first.until_day) == (date(2022, 4, 8), date(2022, 4, 14))
    assert (second.from_day, second.until_day) == (date(2022, 4, 11), None)


@pytest.mark.parametrize(
    ("text", "unread", "reason"),
    [
        ("华灵路541弄", "华灵路541弄", "no-state"),
        ("封控区\n华灵路541弄3号501室", "541弄3号501室", "room"),
        ("封控区\n5号楼", "5号楼", "no-street"),
        ("封控区\n原平路528弄29-1号", "528弄29-1号", "numbers"),
        ("封控区\n请华灵路541弄居民做核酸", "请华灵路541弄居民做核酸", "address-in-prose"),
    ],
)
def test_what_is_doubtful_is_left_to_a_person(text: str, unread: str, reason: str) -> None:
    reading = read(text)
    assert [(text[piece.start : piece.end], piece.reason) for piece in reading.unread] == [(unread, reason)]
    assert not any(entry.name for entry in reading.entries)


def test_every_entry_points_at_its_own_characters() -> None:
    text = "封控区\n华灵路541、561弄7号（8号除外）"
    assert [text[each.start : each.end] for each in read(text).entries] == ["华灵路541", "7号", "8号"]


SIGNS = st.sampled_from(
    "华灵路原平弄号楼单元村组封控管控防范区其余均为除外以、，,。；（）() \n-—~至0123456789１２甲A座全路小区室日月年4自起"
)


@given(st.one_of(st.text(max_size=60), st.text(SIGNS, max_size=60)))
def test_no_character_is_dropped_whatever_the_text(text: str) -> None:
    reading = read(text)
    assert "".join(text[piece.start : piece.end] for piece in reading.pieces) == text
    assert all(piece.start < piece.end for piece in reading.pieces)
    assert all(0 <= entry.start < entry.end <= len(text) for entry in reading.entries)
    unread = [(piece.start, piece.end) for piece in reading.unread]
    assert not any(start <= entry.start and entry.end <= end for entry in reading.entries for start, end in unread)


STREETS = ("华灵路", "原平路", "沪青平公路", "中山北一路", "南京西路", "人民大道")
COMPOUNDS = ("欣安小区", "金色家园", "大华二村", "万科城市花园", "崧泽华城")
HEADINGS = {SEALED: ("封控区", "一、封控区：", "【封控区】（共9个）"), CONTROLLED: ("管控区", "（二）管控区名单"), PRECAUTION: ("防范区", "三、防范区：")}  # fmt: skip


def write_notice(dice: random.Random) -> tuple[str, list[Address]]:
    """A notice in one of the ways they are written, and what it says."""
    lines, said = [], []
    for state in dice.sample(list(State), dice.randint(1, 3)):
        lines.append(dice.choice(HEADINGS[state]))
        for _ in range(dice.randint(1, 5)):
            text, entries = write_line(dice, state)
            lines.append(full_width(text) if dice.random() < 0.2 else text)
            said += entries
    return "\n".join(lines), said


def write_line(dice: random.Random, state: State) -> tuple[str, list[Address]]:
    comma, street, lane = dice.choice("、，,"), dice.choice(STREETS), dice.randint(1, 3000)
    numbers = sorted(dice.sample(range(1, 60), dice.randint(1, 5)))
    listed = comma.join(map(str, numbers))
    kind = dice.randint(0, 7)
    if kind == 0:
        lanes = sorted(dice.sample(range(1, 3000), 3))
        return f"{street}{comma.join(map(str, lanes))}弄", [(state, f"{street}{n}弄", "", "") for n in lanes]
    if kind == 1:
        last = lane % 20 + 2
        return f"{street}{lane}弄1{dice.choice('-—~至')}{last}号", [
            (state, f"{street}{lane}弄", str(n), "") for n in range(1, last + 1)
        ]
    if kind == 2:
        out: list[Address] = [(None, f"{street}{lane}弄", str(n), "") for n in numbers]
        return f"{street}{lane}弄（{listed}号除外）", [(state, f"{street}{lane}弄", "", ""), *out]
    if kind == 3:
        return f"崧泽村{listed}组", [(state, "崧泽村", f"{n}组", "") for n in numbers]
    if kind == 4:
        return f"{street}除{lane}弄外均为{ {'SEALED': '封控', 'CONTROLLED': '管控', 'PRECAUTION': '防范'}[state] }区", [
            (state, street, "", ""),
            (None, f"{street}{lane}弄", "", ""),
        ]
    if kind == 5:
        name = dice.choice(COMPOUNDS)
        return f"{name}{listed}号楼{lane % 4 + 1}单元", [(state, name, str(n), str(lane % 4 + 1)) for n in numbers]
    if kind == 6:
        names = dice.sample(COMPOUNDS, 2)
        return comma.join(names), [(state, name, "", "") for name in names]
    doors = comma.join(f"{n}号" for n in numbers)
    return f"{street}{lane}弄{doors}", [(state, f"{street}{lane}弄", str(n), "") for n in numbers]


def full_width(text: str) -> str:
    return "".join(chr(ord(sign) + 0xFEE0) if sign.isdigit() and sign.isascii() else sign for sign in text)


@given(st.integers(0, 2**32))
def test_a_notice_is_read_as_it_was_written(seed: int) -> None:
    text, said = write_notice(random.Random(seed))
    reading = read(text)
    assert sorted(map(repr, told(text))) == sorted(map(repr, said)), text
    assert [text[piece.start : piece.end] for piece in reading.unread] == []


def test_a_city_wide_notice_is_read_in_a_second_or_two() -> None:
    dice = random.Random(1)
    text = "封控区\n" + "\n".join(write_line(dice, SEALED)[0] for _ in range(5_000))
    reading = read(text)
    assert len(reading.entries) > 15_000
    assert all(piece.kind is not PieceKind.UNREAD for piece in reading.pieces)
    assert all(isinstance(entry, Entry) and entry.scope in Scope for entry in reading.entries)
