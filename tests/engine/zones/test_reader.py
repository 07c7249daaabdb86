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


@pytest.mark.parametrize(
    "others",
    [
        "三、防范区\n除封控区、管控区以外的其他区域",
        "三、防范区：除上述区域外的其他区域",
        "防范区：除上述封控区、管控区以外的区域",
        "防范区\n封控区、管控区以外的区域",
        "防范区：其余",
        "所有其他小区均为防范区",
        "全街道其他区域均划为防范区",
    ],
)
@pytest.mark.parametrize("gap", ["\n", "；", "。"])
def test_whatever_is_outside_the_zones_named_is_everywhere_else(others: str, gap: str) -> None:
    text = f"封控区：华灵路541弄{gap}管控区：原平路528弄{gap if others.startswith('防范区：') else chr(10)}{others}"
    assert told(text) == [
        (SEALED, "华灵路541弄", "", ""),
        (CONTROLLED, "原平路528弄", "", ""),
        (PRECAUTION, "", "", ""),
    ]
    assert read(text).unread == ()


def test_others_do_not_take_the_heading_of_the_next_line_for_their_state() -> None:
    assert told("防范区：其余\n封控区\n华灵路541弄") == [(PRECAUTION, "", "", ""), (SEALED, "华灵路541弄", "", "")]


def test_others_are_of_a_street_only_where_no_second_one_is_spoken_of() -> None:
    sealed = [(SEALED, "华灵路541弄", "", ""), (SEALED, "原平路528弄", "", "")]
    assert told("封控区：华灵路541弄、原平路528弄，其余均为防范区") == [*sealed, (PRECAUTION, "", "", "")]
    assert told("封控区：华灵路541弄、欣安小区，其余均为防范区")[-1] == (PRECAUTION, "", "", "")
    assert told("封控区：华灵路541弄、原平路3弄5号501室，其余均为防范区")[-1] == (PRECAUTION, "", "", "")
    assert told("封控区：华灵路541弄、原平路528弄，华灵路其余均为防范区") == [*sealed, (PRECAUTION, "华灵路", "", "")]
    assert told("华灵路541弄为封控区，其余为管控区；原平路528弄为封控区，其余为防范区") == [
        sealed[0],
        (CONTROLLED, "华灵路", "", ""),
        sealed[1],
        (PRECAUTION, "原平路", "", ""),
    ]


def test_other_buildings_are_those_of_the_compound_before_them() -> None:
    whole = (CONTROLLED, "华灵路541弄", "", "")
    for noun in ("楼栋", "楼", "号楼", "幢", "号"):
        assert told(f"华灵路541弄3号楼为封控区，其余{noun}为管控区") == [(SEALED, "华灵路541弄", "3", ""), whole]
    assert told("封控区：华灵路541弄1、3号，其余楼栋为管控区")[-1] == whole
    assert told("欣安小区5号楼2单元为封控区，其余单元为管控区") == [
        (SEALED, "欣安小区", "5", "2"),
        (CONTROLLED, "欣安小区", "5", ""),
    ]


def test_a_date_in_brackets_is_of_the_address_before_it() -> None:
    def dated(text: str) -> list[tuple[str, date | None, date | None]]:
        return [(each.address + each.building, each.from_day, each.until_day) for each in read(text).entries]

    until, start = date(2022, 4, 20), date(2022, 4, 12)
    for gap in ("\n", "、", "；"):
        assert dated(f"封控区\n华灵路541弄（至4月20日）{gap}原平路528弄") == [
            ("华灵路541弄", None, until),
            ("原平路528弄", None, None),
        ]
    assert dated("封控区（4月8日起）\n华灵路541、561弄（4月12日起至4月20日）\n欣安小区3号楼") == [
        ("华灵路541弄", start, until),
        ("华灵路561弄", start, until),
        ("欣安小区3", date(2022, 4, 8), None),
    ]
    assert dated("封控区：欣安小区1号楼、3号楼（4月12日起）、5号楼") == [
        ("欣安小区1", None, None),
        ("欣安小区3", start, None),
        ("欣安小区5", None, None),
    ]
    assert dated("封控区：华灵路541弄（3号除外）（4月12日起）、561弄")[::2] == [
        ("华灵路541弄", start, None),
        ("华灵路561弄", None, None),
    ]
    assert dated("华灵路541弄为封控区（4月12日起），原平路528弄为管控区") == [
        ("华灵路541弄", start, None),
        ("原平路528弄", None, None),
    ]


@pytest.mark.parametrize(("word", "left"), [("单号", 1), ("双号", 0), ("奇数", 1), ("偶数号", 0)])
def test_odd_and_even_numbers_of_a_range(word: str, left: int) -> None:
    if word.endswith("数"):
        word += "号"
    lanes = [(SEALED, f"华灵路{n}弄", "", "") for n in range(541, 592) if n % 2 == left]
    assert told(f"封控区：华灵路541-591弄（{word}）、原平路1弄") == [*lanes, (SEALED, "原平路1弄", "", "")]
    assert told(f"封控区：华灵路541-591弄{word}") == lanes
    doors = [(SEALED, "原平路528弄", str(n), "") for n in range(1, 30) if n % 2 == left]
    assert told(f"封控区\n原平路528弄1-29号（{word}）") == doors


def test_compounds_by_name_with_buildings_and_units() -> None:
    assert told("封控区\n大华二村、欣安小区5号楼2单元") == [
        (SEALED, "大华二村", "", ""),
        (SEALED, "欣安小区", "5", "2"),
    ]
    units = {(SEALED, "金色家园", building, unit) for building in "56" for unit in "12"}
    assert set(told("封控区\n金色家园5、6号楼1、2单元")) == units
    assert told("封控区\n金色家园A座、12-1幢") == [(SEALED, "金色家园", "A", ""), (SEALED, "金色家园", "12-1", "")]
    assert told("封控区\n金色家园1-3号楼") == [(SEALED, "金色家园", n, "") for n in "123"]


def test_a_unit_belongs_to_the_building_right_before_it() -> None:
    whole = [(SEALED, "浦江花园", n, "") for n in "123"]
    assert told("封控区：浦江花园1-3号楼、5号楼2单元") == [*whole, (SEALED, "浦江花园", "5", "2")]
    assert told("封控区：浦江花园1、2、3号楼2单元") == [(SEALED, "浦江花园", n, "2") for n in "123"]
    assert told("封控区：浦江花园5号楼（2单元除外）") == [(SEALED, "浦江花园", "5", ""), (None, "浦江花园", "5", "2")]
    assert told("封控区：浦江花园5、6号楼（2单元）") == [(SEALED, "浦江花园", n, "2") for n in "56"]
    assert told("封控区：浦江花园2单元") == [(SEALED, "浦江花园", "", "2")]
    assert told("封控区：浦江苑（8号楼除外）") == [(SEALED, "浦江苑", "", ""), (None, "浦江苑", "8", "")]


def test_an_address_with_a_unit_is_pointed_at_with_its_building() -> None:
    text = "封控区：浦江花园1-3号楼、5号楼2单元、3单元"
    found = [text[each.start : each.end] for each in read(text).entries]
    assert found == ["浦江花园1-3号楼"] * 3 + ["5号楼2单元", "3单元"]


@given(st.integers(0, 2**32))
def test_parts_that_name_their_word_are_read_each_for_itself(seed: int) -> None:
    dice = random.Random(seed)
    word, at = dice.choice(("号楼", "幢", "栋")), 0
    parts: list[str] = []
    said: list[Address] = []
    for _ in range(dice.randint(1, 6)):
        first = at + dice.randint(1, 3)
        kind = dice.randint(0, 2)
        numbers = [[first], [first, first + 1, first + 2], [first, first + 2]][kind]
        at = numbers[-1]
        units: list[int] = dice.choice(([], [], [dice.randint(1, 4)], [1, 3]))
        listed = f"{first}{dice.choice('-至~')}{at}" if kind == 1 else "、".join(map(str, numbers))
        parts.append(listed + word + ("、".join(map(str, units)) + "单元" if units else ""))
        named = [str(unit) for unit in units] or [""]
        said += [(SEALED, "欣安小区", str(n), unit) for n in numbers for unit in named]
    out = dice.choice((None, at + 1))
    ending = f"（{out}{word}1单元除外）" if out else ""
    text = "封控区\n欣安小区" + dice.choice("、，,").join(parts) + ending
    if out:
        said.append((None, "欣安小区", str(out), "1"))
    assert sorted(map(repr, told(text))) == sorted(map(repr, said)), text
    assert read(text).unread == ()


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
        ("封控区\n：2单元", "2单元", "no-street"),
        ("封控区\n请华灵路541弄居民做核酸", "请华灵路541弄居民做核酸", "address-in-prose"),
        ("防范区\n是指除上列各处以外的地方", "是指除上列各处以外的地方", "zone-in-prose"),
        ("防范区\n请封控区外的居民减少聚集", "请封控区外的居民减少聚集", "zone-in-prose"),
        ("封控区：欣安小区以外的地方", "欣安小区以外的地方", "zone-in-prose"),
        ("防范区\n请其余居民减少聚集", "请其余居民减少聚集", "zone-in-prose"),
        ("封控区\n其余楼栋为管控区", "其余楼栋为管控区", "others-of-what"),
        ("封控区：华灵路541弄（双号）", "华灵路541弄（双号）", "parity"),
        ("封控区：华灵路542、551-559弄（单号）", "华灵路542、551-559弄（单号）", "parity"),
    ],
)
def test_what_is_doubtful_is_left_to_a_person(text: str, unread: str, reason: str) -> None:
    reading = read(text)
    assert [(text[piece.start : piece.end], piece.reason) for piece in reading.unread] == [(unread, reason)]
    assert not any(entry.name for entry in reading.entries)


def test_every_entry_points_at_its_own_characters() -> None:
    text = "封控区\n华灵路541、561弄7号（8号除外）"
    assert [text[each.start : each.end] for each in read(text).entries] == ["华灵路541", "7号", "8号"]


def test_all_others_of_the_sub_district_are_everywhere_else() -> None:
    sealed = (SEALED, "华灵路541弄", "", "")
    for others in ("街道其他区域", "该街道其余区域", "酒仙桥街道其他区域", "大场镇其余小区"):
        assert told(f"封控区：华灵路541弄\n{others}均为防范区") == [sealed, (PRECAUTION, "", "", "")]
        assert told(f"华灵路541弄为封控区，{others}均为防范区") == [sealed, (PRECAUTION, "", "", "")]
        assert told(f"封控区：华灵路541弄\n防范区：{others}") == [sealed, (PRECAUTION, "", "", "")]


def test_a_part_is_of_the_compound_named_before_it() -> None:
    said = [(CONTROLLED, "欣安小区", "", ""), (SEALED, "欣安小区", "3", "")]
    for text in (
        "欣安小区为管控区，其中3号楼为封控区",
        "欣安小区为管控区。其中：3号楼为封控区",
        "管控区：欣安小区，其中3号楼为封控区",
        "管控区\n欣安小区（其中第3号楼为封控区）",
    ):
        assert told(text) == said, text
        assert read(text).unread == ()
    assert told("华灵路541弄为管控区，其中3、5号为封控区") == [
        (CONTROLLED, "华灵路541弄", "", ""),
        (SEALED, "华灵路541弄", "3", ""),
        (SEALED, "华灵路541弄", "5", ""),
    ]
    assert told("欣安小区5号楼为管控区，其中2单元为封控区") == [
        (CONTROLLED, "欣安小区", "5", ""),
        (SEALED, "欣安小区", "5", "2"),
    ]
    assert told("管控区：欣安小区、金色家园（其中3号楼为封控区）")[2:] == [(SEALED, "金色家园", "3", "")]
    assert told("管控区：华灵路541弄，其中3号楼为封控区；原平路528弄，其中5号楼为封控区")[3] == (
        SEALED,
        "原平路528弄",
        "5",
        "",
    )


@pytest.mark.parametrize(
    "text",
    [
        "管控区：欣安小区、金色家园，其中3号楼为封控区",
        "管控区：华灵路，其中3号为封控区",
        "封控区：欣安小区，其中3号楼",
        "管控区：欣安小区，其中部分为封控区",
        "管控区\n其中3号楼为封控区",
    ],
)
def test_a_part_of_nobody_knows_what_is_left_to_a_person(text: str) -> None:
    reading = read(text)
    assert [(text[each.start : each.end], each.reason) for each in reading.unread] == [
        (text[text.index("其中") :], "others-of-what")
    ]
    assert not any(entry.building for entry in reading.entries)


def test_numbers_with_the_word_for_their_order() -> None:
    assert told("封控区\n欣安小区第1至6栋") == [(SEALED, "欣安小区", str(n), "") for n in range(1, 7)]
    assert told("封控区\n欣安小区第1、3、5栋") == [(SEALED, "欣安小区", n, "") for n in "135"]
    assert told("封控区\n欣安小区第3号楼第2单元") == [(SEALED, "欣安小区", "3", "2")]
    assert told("封控区\n崧泽村第1、6组") == [(SEALED, "崧泽村", "1组", ""), (SEALED, "崧泽村", "6组", "")]


@pytest.mark.parametrize(
    ("text", "lifted", "left"),
    [
        ("欣安小区解封", "欣安小区解封", []),
        ("华灵路541弄解除封控管理，561弄为管控区", "华灵路541弄解除封控管理", [(CONTROLLED, "华灵路561弄", "", "")]),
        ("封控区\n大华二村\n欣安小区已解封", "欣安小区已解封", [(SEALED, "大华二村", "", "")]),
        ("解封区：\n欣安小区\n封控区\n大华二村", "欣安小区", [(SEALED, "大华二村", "", "")]),
        ("一、解封名单（1个）\n欣安小区3号楼", "欣安小区3号楼", []),
        ("以下小区予以解封：欣安小区", "欣安小区", []),
    ],
)
def test_what_is_lifted_is_no_zone_and_no_name(text: str, lifted: str, left: list[Address]) -> None:
    reading = read(text)
    assert [(text[each.start : each.end], each.reason) for each in reading.unread] == [(lifted, "lifted")]
    assert told(text) == left


def test_a_word_of_lifting_in_a_sentence_is_none() -> None:
    assert told("封控区\n欣安小区\n解封时间另行通知") == [(SEALED, "欣安小区", "", "")]
    assert read("封控区\n欣安小区\n解封时间另行通知").unread == ()


def test_a_date_without_brackets_is_of_the_address_right_before_it() -> None:
    def dated(text: str) -> list[tuple[str, date | None, date | None]]:
        return [(each.address + each.building, each.from_day, each.until_day) for each in read(text).entries]

    start, until = date(2022, 4, 8), date(2022, 4, 21)
    other = ("原平路528弄", None, None)
    assert dated("封控区\n欣安小区自4月8日起\n原平路528弄") == [("欣安小区", start, None), other]
    assert dated("封控区\n华灵路541弄 4月8日至4月21日、原平路528弄") == [("华灵路541弄", start, until), other]
    assert dated("封控区\n华灵路541弄4月8日-21日；原平路528弄") == [("华灵路541弄", start, until), other]
    assert dated("封控区\n欣安小区，自4月8日起封控\n原平路528弄") == [("欣安小区", start, None), other]
    assert dated("封控区\n欣安小区4月21日解封\n原平路528弄") == [("欣安小区", None, until), other]
    assert dated("封控区\n华灵路自2022年4月8日起封控。原平路528弄") == [("华灵路", start, None), other]
    assert dated("4月8日起，欣安小区为封控区\n原平路528弄为管控区") == [("欣安小区", start, None), other]
    assert dated("自4月8日起，以下为封控区：\n欣安小区") == [("欣安小区", start, None)]
    text = "封控区\n欣安小区，4月8日起，原平路528弄"
    assert dated(text) == [("欣安小区", None, None), other]
    assert [(text[each.start : each.end], each.reason) for each in read(text).unread] == [("4月8日起", "day-of-what")]


def unread(text: str) -> list[tuple[str, str]]:
    return [(text[piece.start : piece.end], piece.reason) for piece in read(text).unread]


@pytest.mark.parametrize(
    "said",
    [
        "欣安小区5号楼、6号楼除外",
        "欣安小区5、6号楼除外",
        "欣安小区，5号楼、6号楼除外",
        "欣安小区 5、6号楼除外",
        "欣安小区5号楼和6号楼以外",
        "欣安小区除5号楼、6号楼外",
        "欣安小区除5号楼、6号楼以外均为封控区",
        "欣安小区除5、6号楼外封控",
        "欣安小区不含5号楼、6号楼",
        "欣安小区，不包括5号楼、6号楼",
        "欣安小区（除5号楼、6号楼外）",
        "欣安小区（5、6号楼除外）",
        "除欣安小区5、6号楼外，欣安小区均为封控区",
    ],
)
def test_an_exception_without_brackets_is_of_the_one_compound_of_its_sentence(said: str) -> None:
    for text in (f"封控区\n{said}", f"封控区：{said}。", f"封控区\n{said}\n大华二村"):
        whole, out = (SEALED, "欣安小区", "", ""), [(None, "欣安小区", n, "") for n in "56"]
        found = [each for each in told(text) if each[1] != "大华二村"]
        assert sorted(found, key=repr) == sorted([whole, *out], key=repr), text
        assert unread(text) == []
        assert (SEALED, "大华二村", "", "") in told(text) or "大华" not in text


def test_an_exception_of_a_lane_or_of_a_whole_street() -> None:
    assert told("封控区\n华灵路541弄5、6号除外") == [
        (SEALED, "华灵路541弄", "", ""),
        (None, "华灵路541弄", "5", ""),
        (None, "华灵路541弄", "6", ""),
    ]
    assert told("四平路全路段封控，3弄除外") == [(SEALED, "四平路", "", ""), (None, "四平路3弄", "", "")]
    text = "封控区\n欣安小区5号楼、6号楼除外"
    assert [text[each.start : each.end] for each in read(text).entries] == ["欣安小区", "5号楼", "6号楼"]


@pytest.mark.parametrize(
    "said",
    [
        "四平路全路段封控，3号楼除外",
        "欣安小区1-10号楼，5号楼除外",
        "欣安小区5号楼 6号楼除外",
        "欣安小区5号楼，6号楼除外",
        "欣安小区、金色家园（均不含5号楼）",
        "欣安小区（5号楼不封）",
        "欣安小区除5号楼外的其他楼栋",
        "欣安小区5号楼封控，6号楼除外",
        "欣安小区（5号楼）除外",
        "欣安小区、金色家园5号楼除外",
        "欣安小区、金色家园除5号楼外",
        "欣安小区、金色家园，不含5号楼",
        "欣安小区不含5号楼、金色家园",
        "欣安小区5号楼2单元除外",
        "华灵路541弄除外",
        "欣安小区除外",
        "欣安小区5号楼除外，其余楼栋均为封控区",
        "欣安小区；5号楼除外",
        "欣安小区5号楼不封控",
        "欣安小区5号楼不在此列",
        "欣安小区除5号楼501室外",
        "除5号楼外，欣安小区",
    ],
)
def test_an_exception_of_nobody_knows_what_leaves_its_whole_sentence_to_a_person(said: str) -> None:
    text = f"封控区\n大华二村\n{said}\n大华三村"
    assert unread(text) == [(said, "exception-of-what")]
    assert told(text) == [(SEALED, "大华二村", "", ""), (SEALED, "大华三村", "", "")]


OUT = ("{}除外", "除{}外", "除{}以外", "{}以外", "{}之外", "不含{}", "不包括{}", "（除{}外）", "（{}除外）", "（不含{}）", "除了{}之外", "剔除{}", "（{}）除外", "{}不在内", "{}不封控")  # fmt: skip


@given(st.sampled_from(OUT), st.sampled_from(("", "，", "、", " ", "；", "\n", "·")), st.sampled_from((5, 6, 7)),
       st.sampled_from(("欣安小区", "华灵路541弄", "四平路", "四平路全路段封控", "金色家园、欣安小区", "欣安小区3号楼", "大华二村1-9号楼")),
       st.sampled_from(("{}号楼", "{}号", "{}弄", "{}号楼、8号楼", "{}号楼2单元", "第{}号楼", "欣安小区{}号楼")),
       st.sampled_from(("", "均为封控区", "，其余均为管控区", "、大华三村", "。", "封控")))  # fmt: skip
def test_what_is_excepted_is_never_sealed_behind_a_persons_back(
    out: str, gap: str, number: int, whole: str, part: str, ending: str
) -> None:
    text = f"封控区\n{whole}{gap}{out.format(part.format(number))}{ending}"
    sealed = [each for each in read(text).entries if each.state is SEALED and str(number) in (each.building, each.name.rstrip("弄号"))]  # fmt: skip
    is_in_range = whole.endswith("1-9号楼") and all(text[each.start : each.end].endswith("1-9号楼") for each in sealed)
    assert not sealed or is_in_range, text
    assert read(text).unread or any(each.state is None for each in read(text).entries), text


@pytest.mark.parametrize("gap", [" ", "\u3000", "  ", "·", ".", "：", " · "])
def test_what_joins_the_parts_of_an_address_is_no_comma(gap: str) -> None:
    for text, said in (
        (f"华灵路541弄{gap}12号", ("华灵路541弄", "12", "")),
        (f"华灵路{gap}541弄{gap}12号", ("华灵路541弄", "12", "")),
        (f"欣安小区{gap}5号楼{gap}2单元", ("欣安小区", "5", "2")),
        (f"欣安小区{gap}12号楼", ("欣安小区", "12", "")),
    ):
        assert told(f"封控区\n{text}") == [(SEALED, *said)], text
        assert unread(f"封控区\n{text}") == []
    assert told("封控区\n华灵路541弄 12号、13号") == [(SEALED, "华灵路541弄", n, "") for n in ("12", "13")]


def test_a_blank_that_may_be_a_comma_or_nothing_is_left_to_a_person() -> None:
    for said in ("541弄 561弄 12号", "5 41弄", "541弄/12号"):
        assert unread(f"封控区\n华灵路{said}") == [(said, "numbers")]
        assert not any(entry.name for entry in read(f"封控区\n华灵路{said}").entries)


@pytest.mark.parametrize(
    ("above", "below"),
    [("欣安小区", "5号楼"), ("华灵路541弄", "12号"), ("华灵路", "541弄"), ("欣安小区5号楼", "2单元"), ("欣安小区", "（5号楼除外）")],
)  # fmt: skip
def test_a_line_of_parts_makes_the_name_above_it_doubtful(above: str, below: str) -> None:
    text = f"封控区\n大华二村\n{above}\n{below}"
    assert told(text) == [(SEALED, "大华二村", "", "")]
    assert [said for said, _ in unread(text)] == [above, below.strip("（）").removesuffix("除外")]


@pytest.mark.parametrize(
    ("said", "left"),
    [
        ("华灵路541弄（5号、6号）", []),  # the lane, or these two
        ("欣安小区（限5号楼、6号楼）", []),
        ("华灵路541弄（欣安小区）5号", []),
        ("华灵路（原平路-沪太路）", []),  # a stretch, and neither street
        ("劲松五区501楼", []),
        ("桃园小区 5排", ["桃园小区", "5排"]),
        ("东一路3号院5号楼", ["东一路3号院", "5号楼"]),
        ("欣安小区，5号楼已解封", []),
        ("华灵路（共3处）", ["华灵路"]),
    ],
)
def test_a_part_that_is_not_read_takes_its_whole_along(said: str, left: list[str]) -> None:
    text = f"封控区\n大华二村\n{said}\n大华三村"
    assert told(text) == [(SEALED, "大华二村", "", ""), (SEALED, "大华三村", "", "")]
    assert [words for words, _ in unread(text)] == (left or [said])


def test_signs_that_stand_for_the_word_of_a_building() -> None:
    assert told("封控区\n桃园小区3#楼、5#、7＃楼2单元") == [
        (SEALED, "桃园小区", "3", ""),
        (SEALED, "桃园小区", "5", ""),
        (SEALED, "桃园小区", "7", "2"),
    ]
    assert told("封控区\n欣安小区5号楼A单元") == [(SEALED, "欣安小区", "5", "A")]


def test_behind_a_bracket_a_comma_counts_and_an_exception_without_its_last_word_is_one() -> None:
    assert told("封控区\n华灵路541弄（3号除外）、600号")[2:] == [(SEALED, "华灵路600号", "", "")]
    for words in ("除541弄", "除541弄外", "除541弄以外", "不含541弄"):
        assert told(f"封控区\n华灵路（{words}）") == [(SEALED, "华灵路", "", ""), (None, "华灵路541弄", "", "")]


def test_a_day_without_a_year_is_read_by_the_days_the_notice_gives_or_by_nobody() -> None:
    def until(text: str, day: date | None = None) -> list[date | None]:
        return [each.until_day for each in read_notice(text, day=day).entries]

    text = "封控区\n华灵路541弄（至4月20日）"
    assert until(text) == [None]
    assert [(text[each.start : each.end], each.reason) for each in read_notice(text).unread] == [
        ("至4月20日", "day-without-year")
    ]
    assert until(f"{text}\n2022年4月12日") == [date(2022, 4, 20)]
    assert read_notice(f"{text}\n2022年4月12日").unread == ()
    assert until(f"{text}\n2022年4月12日、2020年4月12日") == [None]
    turn = "封控区\n欣安小区（12月28日至1月5日）、大华二村（至1月5日）"
    assert until(turn, date(2021, 12, 23)) == [date(2022, 1, 5)] * 2
    for wrong in ("至2月30日", "4月20日至4月8日"):
        said = f"封控区\n欣安小区（{wrong}）"
        assert until(said, DAY) == [None]
        assert unread(said) == [(wrong, "day-without-year")]


SIGNS = st.sampled_from(
    "华灵路原平弄号楼单元村组封控管控防范区其余均为除外以、，,。；（）() \n-—~至0123456789１２甲A座全路小区室日月年4自起单双奇他上述第其中解街道镇到"
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
