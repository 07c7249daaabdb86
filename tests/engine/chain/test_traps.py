"""What chains say that is easily read otherwise; each docstring or case is the message."""

from __future__ import annotations

import pytest

from baogong.engine.chain import (
    NO_MENU,
    Chain,
    Dish,
    Entry,
    Menu,
    Ordered,
    Reading,
    Register,
    doors_from,
    menu_from,
    read,
)
from baogong.engine.chain.written import said as words_of
from baogong.engine.sheets.readers import read_table
from baogong.kernel.errors import UnusableInput
from baogong.orders.reading import ASKED, ASKED_OF_WITHDRAWN

MENU = Menu((Dish("A", "红烧鲈鱼"), Dish("B", "三杯杏鲍菇"), Dish("C", "四季豆")))
AREAS = Register((letter, "", "") for letter in "EFGH")

Told = tuple[str, str, tuple[tuple[str | None, int], ...], str]


def entries(reading: Reading) -> list[Entry]:
    return [entry for chain in reading.chains for entry in chain.entries]


def told(text: str, menu: Menu = MENU, register: Register | None = None) -> Told:
    """Name, place, items and note of the only entry in a line."""
    reading = read(f"1. {text}", menu=menu, register=register or Register())
    (entry,) = entries(reading)
    assert not reading.unread
    place = "-".join(filter(None, (entry.building, entry.unit, entry.room)))
    return entry.name, place, tuple((each.item, each.quantity) for each in entry.items), entry.note


def delivered(reading: Reading) -> dict[str | None, int]:
    """The sum over entries that are not withdrawn."""
    total: dict[str | None, int] = {}
    for entry in entries(reading):
        for each in entry.items if not entry.withdrawn else ():
            total[each.item] = total.get(each.item, 0) + each.quantity
    return total


@pytest.mark.parametrize(
    "many",
    ["2份", "两份", "２份", "2分", "x2", "×2", "*2", "X 2", "+2", "加2", "共2份", "2", "俩份", "二份", "2 份", "要2份"],
)
def test_two_however_it_is_written(many: str) -> None:
    assert told(f"云朵 3-502 {many}", Menu()) == ("云朵", "3-502", ((None, 2),), "")


@pytest.mark.parametrize(
    ("many", "quantity"),
    [("", 1), ("十份", 10), ("十二份", 12), ("二十份", 20), ("-3份", -3), ("取消1份", -1), ("退2份", -2)],
)
def test_other_quantities(many: str, quantity: int) -> None:
    assert told(f"云朵 3-502 {many}", Menu())[2] == ((None, quantity),)


@pytest.mark.parametrize(
    ("place", "read_as"),
    [
        ("3-502", "3-502"), ("3/502", "3-502"), ("3#502", "3-502"), ("3号502", "3-502"), ("3栋502室", "3-502"), ("３－５０２", "3-502"),
        ("三号楼502", "3-502"), ("3号楼 502", "3-502"), ("5号楼2单元301", "5-2-301"), ("5-2-301", "5-2-301"), ("五号楼二单元301室", "5-2-301"),
        ("E12-301", "E12-301"), ("E区12号楼301", "E12-301"), ("3号楼5楼502", "3-502"), ("502室", "502"), ("12号楼1单元", "12-1"),
    ],
)  # fmt: skip
def test_places_however_they_are_written(place: str, read_as: str) -> None:
    assert told(f"云朵 {place} 2份", Menu()) == ("云朵", read_as, ((None, 2),), "")


@pytest.mark.parametrize(
    ("place", "read_as", "compound"),
    [
        ("虹梅路1200弄34号902室", "34-902", "虹梅路1200弄"), ("1200弄34号902", "34-902", "1200弄"), ("1200弄 34号 902室", "34-902", "1200弄"),
        ("上海市闵行区虹梅路1200弄3号101室", "3-101", "上海市闵行区虹梅路1200弄"), ("1200弄9-502", "9-502", "1200弄"), ("五百弄三号楼五零二", "3-502", "五百弄"),
        ("10号院5号楼1单元302室", "5-1-302", "10号院"), ("酒仙桥路10号院9号楼3单元602", "9-3-602", "酒仙桥路10号院"), ("阳光家园7号楼2单元1101", "7-2-1101", "阳光家园"),
        ("三十四号九零二室", "34-902", ""), ("五号楼三单元四零二", "5-3-402", ""), ("8号楼2-603", "8-2-603", ""), ("8号楼-2-603", "8-2-603", ""), ("8楼-2-603", "8-2-603", ""),
        ("5号楼丙单元301", "5-丙-301", ""), ("5号楼3层01室", "5-301", ""), ("3号5楼502室", "3-502", ""), ("88号别墅", "88", ""),
        ("廿三号楼五零一", "23-501", ""), ("廿三号楼301", "23-301", ""), ("卅四号九零二室", "34-902", ""), ("甲2号楼丙门301", "甲2-丙-301", ""),
    ],
)  # fmt: skip
def test_full_addresses_are_read_by_the_reader_of_addresses(place: str, read_as: str, compound: str) -> None:
    for said in (f"云朵 {place} 2份", f"{place} 云朵 2份"):
        assert told(said, Menu()) == ("云朵", read_as, ((None, 2),), "")
        (entry,) = entries(read(f"1. {said}"))
        assert (entry.compound, set(entry.doubts) & ASKED) == (compound, set())


@pytest.mark.parametrize(
    ("place", "read_as", "doubt"),
    [("34好801", "34-801", "typo"), ("3号楼2单园501", "3-2-501", "typo"), ("3号楼5O2", "3-502", "typo"), ("1200弄34号二十一二室", "34-2012", "ambiguous")],
)  # fmt: skip
def test_doors_that_are_mistyped_or_said_in_two_ways_are_read_and_asked_about(
    place: str, read_as: str, doubt: str
) -> None:
    assert told(f"云朵 {place} 2份", Menu())[:3] == ("云朵", read_as, ((None, 2),))
    assert doubt in set(entries(read(f"1. 云朵 {place} 2份"))[0].doubts) & ASKED


def test_another_lane_than_the_chain_s_is_asked_about() -> None:
    for text in (
        "1200弄鸡蛋团\n1. 云朵 34号902 1份\n2. 小鹿 1300弄3号101 1份",
        "1. 云朵 1200弄34号902 1份\n2. 小鹿 1300弄3号101 1份",
    ):
        one, other = entries(read(text))
        assert not set(one.doubts) & ASKED
        assert "other-lane" in other.doubts


def test_the_register_is_asked_about_full_addresses_too() -> None:
    register = Register([("34", "", "902"), ("28", "", "601")])
    known, unknown = entries(read("1. 云朵 1200弄34号902 1份\n2. 小鹿 1200弄34号903 1份", register=register))
    assert known.surest == 1
    assert "unknown-place" in unknown.doubts


def test_a_letter_is_an_area_where_the_register_has_it_and_a_code_where_the_menu_has_it() -> None:
    assert told("E1份 余", Menu(), AREAS) == ("余", "E", ((None, 1),), "")
    assert told("E1份 余", Menu()) == ("余", "E", ((None, 1),), "")
    assert told("余 3-502 A1份") == ("余", "3-502", (("红烧鲈鱼", 1),), "")


def test_the_dash_behind_an_area_is_no_minus() -> None:
    assert told("F区-1份 白云", Menu(), AREAS) == ("白云", "F", ((None, 1),), "")
    assert told("白云 F区 -3份", Menu(), AREAS)[2] == ((None, -3),)


def test_a_dash_behind_a_name_is_a_minus_only_where_there_is_something_to_take_from() -> None:
    alone, after = (
        entries(read("1. 张三-1份\n2. 李四 2份\n3. 李四-1份"))[0],
        entries(read("1. 李四 2份\n2. 李四-1份"))[1],
    )
    assert [alone.items[0].quantity, after.items[0].quantity] == [1, -1]
    assert "dash" in alone.doubts
    assert "dash" in after.doubts


@pytest.mark.parametrize(
    ("said", "items"),
    [
        ("三杯杏鲍菇", (("三杯杏鲍菇", 1),)), ("三杯杏鲍菇两份", (("三杯杏鲍菇", 2),)), ("2份三杯杏鲍菇 1份四季豆", (("三杯杏鲍菇", 2), ("四季豆", 1))),
        ("四季豆2", (("四季豆", 2),)), ("A1 B2", (("红烧鲈鱼", 1), ("三杯杏鲍菇", 2))), ("A1B2", (("红烧鲈鱼", 1), ("三杯杏鲍菇", 2))),
        ("1A2B", (("红烧鲈鱼", 1), ("三杯杏鲍菇", 2))), ("A+B", (("红烧鲈鱼", 1), ("三杯杏鲍菇", 1))), ("A、C各2份", (("红烧鲈鱼", 2), ("四季豆", 2))),
        ("ABC各一份", (("红烧鲈鱼", 1), ("三杯杏鲍菇", 1), ("四季豆", 1))), ("2×A", (("红烧鲈鱼", 2),)), ("a2份", (("红烧鲈鱼", 2),)), ("鲈鱼2份", (("红烧鲈鱼", 2),)),
        ("3份（A2份，B1份）", (("红烧鲈鱼", 2), ("三杯杏鲍菇", 1))), ("A套餐2份", (("红烧鲈鱼", 2),)), ("A2份改成3份", (("红烧鲈鱼", 3),)), ("A1份 C2份 共3份", (("红烧鲈鱼", 1), ("四季豆", 2))),
    ],
)  # fmt: skip
def test_items_and_their_quantities(said: str, items: tuple[tuple[str, int], ...]) -> None:
    assert told(f"云朵 3-502 {said}") == ("云朵", "3-502", items, "")


@pytest.mark.parametrize(
    "name",
    [
        "641℃",
        "933~",
        "。",
        "…",
        "张三",
        "赵六",
        "王十一",
        "🌸小花🌸",
        "B哥",
        "A&B",
        "520小仙女",
        "小王520",
        "Lily Wang",
        "12345上山打老虎",
        "付阿姨",
        "六六",
    ],
)
def test_nicknames_before_and_behind_the_place(name: str) -> None:
    assert told(f"{name} 3-502 A1份") == (name, "3-502", (("红烧鲈鱼", 1),), "")
    if name not in ("。", "…"):
        assert told(f"3-502 {name} A1份") == (name, "3-502", (("红烧鲈鱼", 1),), "")


@pytest.mark.parametrize(
    "note", ["不要辣", "放门口，谢谢", "已付", "支付宝已转", "自己2份，代隔壁1份", "电话13800001234"]
)
def test_a_bracket_that_says_something_else_adds_nothing(note: str) -> None:
    assert told(f"云朵 3-502 3份（{note}）", Menu()) == ("云朵", "3-502", ((None, 3),), note)


def read_one(text: str, menu: Menu = MENU) -> tuple[list[tuple[str | None, int]], set[str], float]:
    """Items, doubts and confidence of the only entry in a line."""
    (entry,) = entries(read(f"1. {text}", menu=menu))
    return [(each.item, each.quantity) for each in entry.items], set(entry.doubts), entry.surest


@pytest.mark.parametrize(
    ("said", "first", "doubt"),
    [
        ("2份×3", 2, "pairing"), ("2份2份", 2, "pairing"), ("x2 x2", 2, "pairing"), ("2份、1份", 2, "pairing"), ("2份 各1份", 2, "pairing"),
        ("一份 -1", 1, "dash"), ("2份 -1份", 2, "dash"), ("一份 1", 1, "pairing"), ("1份5斤", 1, "pairing"), ("共2份 共3份", 2, "pairing"),
    ],
)  # fmt: skip
def test_counts_that_nothing_joins_are_not_added(said: str, first: int, doubt: str) -> None:
    items, doubts, sure = read_one(f"云朵 3-502 {said}", Menu())
    assert items == [(None, first)]
    assert doubt in doubts
    assert sure < 0.5


@pytest.mark.parametrize("said", ["2份+1份", "2份 +1", "2份加1份", "2份再加1份", "2份和1份", "2份 再 1份", "2份又1份"])
def test_counts_that_a_word_joins_are_added_without_doubt(said: str) -> None:
    assert read_one(f"云朵 3-502 {said}", Menu()) == ([(None, 3)], set(), 1.0)
    assert read_one(f"云朵 3-502 A{said}") == ([("红烧鲈鱼", 3)], set(), 1.0)


def test_the_reading_of_a_size_and_a_code_waits() -> None:
    """A menu of A and 大份: A两份*3, A x2 两份."""
    menu = Menu((Dish("A", "大份"),))
    for said in ("A两份*3", "A x2 两份", "大份 x2 两份"):
        items, doubts, sure = read_one(f"云朵 3-301 {said}", menu)
        assert (items, doubts) == ([("大份", 2)], {"pairing"})
        assert sure < 0.5


@pytest.mark.parametrize(
    ("said", "is_doubted"),
    [
        ("4份（2荤1素）", True), ("4份（2荤2素）", False), ("三份（红烧肉2，鱼2）", True), ("三份（红烧肉2，鱼1）", False),
        ("2份（3份）", True), ("1箱（12盒）", False), ("3份（1份不要葱）", False), ("2份（5楼，老人80岁）", False),
        ("4份（荤素各2份）", False), ("4份（荤素各3份）", True), ("3份（2份自家，13800001234）", False), ("（2荤1素）", True),
    ],
)  # fmt: skip
def test_a_split_adds_nothing_and_is_doubted_where_it_comes_to_another_sum(said: str, is_doubted: bool) -> None:
    items, doubts, sure = read_one(f"云朵 3-502 {said}", Menu())
    assert items == [(None, {"4": 4, "三": 3, "3": 3, "2": 2}.get(said[0], 1))]
    assert ("total-differs" in doubts) == is_doubted
    assert is_doubted == (sure < 0.5)


def test_a_split_by_a_menu_that_comes_to_another_sum_is_doubted() -> None:
    assert read_one("云朵 3-502 3份（A2 B2）")[:2] == ([(None, 3)], {"total-differs", "which-item"})
    assert read_one("云朵 3-502 A1份 B2份（共4份）")[1] == {"total-differs"}
    assert read_one("云朵 3-502 4份（A、B各2份）") == ([("红烧鲈鱼", 2), ("三杯杏鲍菇", 2)], set(), 1.0)


def test_what_is_not_wanted_is_not_ordered() -> None:
    assert read_one("云朵 3-502 不要A，要B2份")[:2] == ([("三杯杏鲍菇", 2)], {"not-wanted"})
    reading = read("1. 云朵 3-502 A2份\n2. 云朵 3-502 不要A\n3. 小鹿 3-503 不要A2份", menu=MENU)
    assert delivered(reading) == {}
    assert all("not-wanted" in entry.doubts for entry in entries(reading)[1:])


@pytest.mark.parametrize(
    ("said", "doubt"),
    [("A2份，如果没有就B2份", "which-item"), ("A2份，B不要", "not-wanted"), ("A不要了，B2份", "not-wanted"), ("取消A 要B2份", "not-wanted")],
)  # fmt: skip
def test_one_item_instead_of_another_is_doubted(said: str, doubt: str) -> None:
    assert doubt in read_one(f"云朵 3-502 {said}")[1]


@pytest.mark.parametrize("said", ["半份", "1.5份", "一份半", "十几份", "几份", "若干"])
def test_a_quantity_that_is_no_whole_number_is_doubted(said: str) -> None:
    assert "number-not-read" in read_one(f"云朵 3-502 {said}", Menu())[1]
    assert read_one(f"云朵 3-502 A{said}")[:2] == ([("红烧鲈鱼", 1)], {"number-not-read"})


@pytest.mark.parametrize("said", ["2-3份", "2~3份", "2到3份", "2份或3份", "两三份", "二到三份"])
def test_a_range_is_doubted_and_makes_no_second_household(said: str) -> None:
    assert read_one(f"云朵 3-310 {said}", Menu())[:2] == ([(None, 2)], {"range"})
    assert read_one(f"3-310 {said}", Menu())[:2] == ([(None, 2)], {"range"})


@pytest.mark.parametrize(("said", "quantity"), [("张三四份", 4), ("李四-1份", 1), ("赵六七份", 7)])
def test_a_numeral_that_ends_a_name_begins_no_range(said: str, quantity: int) -> None:
    items, doubts, _ = read_one(f"{said} 3-310", Menu())
    assert items == [(None, quantity)]
    assert "range" not in doubts


@pytest.mark.parametrize("said", ["3-308 帮3-501带1份", "3-101 3-102 2份", "3-310 2-3"])
def test_of_two_doors_one_of_which_says_no_quantity_both_are_doubted(said: str) -> None:
    found = entries(read(f"1. 云朵 {said}"))
    assert len(found) == 2
    assert all("pairing" in entry.doubts for entry in found)


def test_doubts_of_a_line_that_goes_on_below_are_the_entry_s() -> None:
    (entry,) = entries(read("1. 云朵 3-502\nA x2 两份", menu=MENU))
    assert "pairing" in entry.doubts
    (entry,) = entries(read("1. 云朵 3-502 A1份\nA1份", menu=MENU))
    assert "pairing" in entry.doubts
    changed = read("1. 云朵 3-502 A1份\n改成3份", menu=MENU)
    assert [stretch.why for stretch in changed.unread] == ["remark"]


def test_payment_words_are_kept_and_told() -> None:
    paid, unpaid = entries(read("1. 云朵 3-502 1份 已付\n2. 小鹿 3-301 1份 未付款"))
    assert (paid.paid, paid.note) == (True, "已付")
    assert (unpaid.paid, unpaid.note) == (False, "未付款")


@pytest.mark.parametrize(
    "marks",
    [
        "1. 2. 3.",
        "1、 2、 3、",
        "1) 2) 3)",
        "1） 2） 3）",
        "（1） （2） （3）",
        "① ② ③",
        "1． 2． 3．",
        "1: 2: 3:",
        "1️⃣ 2️⃣ 3️⃣",
        "⑴ ⑵ ⑶",
        "2. 2. 9.",
    ],
)
def test_numbers_of_lines(marks: str) -> None:
    numbered = marks.split(" ")
    text = "\n".join(f"{mark}张三 3-10{at} 1份" for at, mark in enumerate(numbered, 1))
    got = entries(read(text))
    assert [entry.room for entry in got] == ["101", "102", "103"]
    assert [entry.no for entry in got] == ([2, 2, 9] if marks.startswith("2") else [1, 2, 3])


def test_a_number_glued_to_its_place_and_a_day_above_the_entries() -> None:
    """4.18号晚餐
    1.3-502张三2份
    2.12-301李四"""
    reading = read(str(test_a_number_glued_to_its_place_and_a_day_above_the_entries.__doc__))
    assert reading.chains[0].title == "4.18号晚餐"
    assert [(entry.no, entry.building, entry.name) for entry in entries(reading)] == [
        (1, "3", "张三"),
        (2, "12", "李四"),
    ]


def test_one_line_for_two_households_is_two_entries_side_by_side() -> None:
    text = "1. 张三 3-101、3-102各2份"
    one, other = entries(read(text))
    assert (one.name, one.room, one.items[0].quantity) == ("张三", "101", 2)
    assert (other.name, other.room, other.items[0].quantity) == ("张三", "102", 2)
    assert text[one.start : one.end] + text[other.start : other.end] == text


def test_lost_newlines_come_back_but_counts_and_codes_do_not_part_a_line() -> None:
    got = entries(read("1. 张三 3-101 2份2. 李四 3-102 x23. 王五 3-103 +1"))
    assert [(entry.no, entry.name, entry.items[0].quantity) for entry in got] == [
        (1, "张三", 2),
        (2, "李四", 2),
        (3, "王五", 1),
    ]
    assert len(entries(read("1. 张三 3-101 A2、B1份", menu=MENU))) == 1


def test_withdrawals_and_changes() -> None:
    """1. 张三 3-101 A2份
    2. 李四 3-102 B1份
    3. 王五 3-103 C1份
    4. 李四 取消
    5. 张三 3-101 取消1份
    6. 3-103 改成C3份
    7. 张三 +1"""
    reading = read(str(test_withdrawals_and_changes.__doc__), menu=MENU)
    assert [entry.no for entry in entries(reading) if entry.withdrawn] == [2, 3, 4]
    assert delivered(reading) == {"红烧鲈鱼": 2, "四季豆": 3}


def test_a_withdrawal_of_what_nobody_ordered_is_doubted() -> None:
    (entry,) = entries(read("1. 张三 3-101 -2"))
    assert entry.items[0].quantity == -2
    assert "nothing-to-withdraw" in entry.doubts
    assert entry.surest <= 0.5


def test_a_later_version_supersedes_and_a_line_that_vanished_is_asked_about() -> None:
    text = "#接龙\n大米\n1. 范 1-101 1份\n2. 彭 1-204 2份\n#接龙\n大米\n1. 范 1-101 3份\n2. 史 2-404 1份"
    reading = read(text)
    assert [(entry.name, entry.items[0].quantity) for entry in entries(reading)] == [("范", 3), ("史", 1)]
    assert [(text[each.start : each.end], each.why) for each in reading.unread] == [("2. 彭 1-204 2份", "vanished")]
    assert "1. 范 1-101 1份" in [text[each.start : each.end] for each in reading.ignored if each.why == "superseded"]


def test_chains_of_two_titles_stand_side_by_side_even_with_the_same_people() -> None:
    chains = read("#接龙\n大米\n1. 范 1-101 1份\n#接龙\n鸡蛋\n1. 范 1-101 2份").chains
    assert [(chain.title, chain.entries[0].items[0].quantity) for chain in chains] == [("大米", 1), ("鸡蛋", 2)]


def test_a_menu_in_the_head_is_learned_and_its_own_numbers_are_no_entries() -> None:
    """1.红烧鲈鱼
      2.三杯鸡
    1. 张三 3-101 三杯鸡2份
    2. 李四 3-102 1号1份"""
    (chain,) = read(str(test_a_menu_in_the_head_is_learned_and_its_own_numbers_are_no_entries.__doc__)).chains
    assert [(dish.code, dish.item) for dish in chain.menu] == [("1", "红烧鲈鱼"), ("2", "三杯鸡")]
    assert [[(each.item, each.quantity) for each in entry.items] for entry in chain.entries] == [
        [("三杯鸡", 2)],
        [("红烧鲈鱼", 1)],
    ]


@pytest.mark.parametrize(
    "line", ["例 李四 3-502 A1份", "例：3-502 2份", "例如 张三 2份", "格式：楼号 姓名 份数", "Example. Mei 3-502 2"]
)
def test_an_example_is_no_entry(line: str) -> None:
    assert [entry.name for entry in entries(read(f"#接龙\n晚餐\n{line}\n\n1. 云朵 3-101 1份"))] == ["云朵"]


def test_wrappers_leave_the_same_entries_and_spans_in_what_was_pasted() -> None:
    wrapped = {
        "plain": "#接龙\n盐\n1. 苗 9-201 1份\n2. A&B 9-202 2份",
        "html": "<div><p>#接龙</p><p>盐</p><p>1. <b>苗</b> 9-201 1份</p><p>2. A&amp;B 9-202 2份</p></div>",
        "xml": "<msg><appmsg><title><![CDATA[#接龙\n盐\n1. 苗 9-201 1份\n2. A&B 9-202 2份]]></title><type>53</type></appmsg></msg>",
        "entities": "<msg><appmsg><title>#Group Note&#x0A;盐&#x0A;1. 苗 9-201 1份&#x0A;2. A&amp;B 9-202 2份</title></appmsg></msg>",
    }
    for text in wrapped.values():
        reading = read(text)
        assert [(entry.name, entry.room, entry.items[0].quantity) for entry in entries(reading)] == [
            ("苗", "201", 1),
            ("A&B", "202", 2),
        ]
        assert [text[entry.start : entry.end][:3] for entry in entries(reading)] == ["1. ", "2. "]
        assert reading.chains[0].title == "盐"


def test_what_is_not_understood_waits_with_a_reason_and_a_suggestion_may_come_from_outside() -> None:
    text = "#接龙\n盐\n1. 苗 9-201 1份\n什么时候到？\n2."
    reading = read(text)
    assert [(text[each.start : each.end], each.why) for each in reading.unread] == [
        ("什么时候到？", "remark"),
        ("2.", "empty-number"),
    ]
    assert all(each.suggestion for each in reading.unread)
    asked = read(text, suggester=lambda pieces: [f"{why}: {said}" for said, why in pieces])
    assert [each.suggestion for each in asked.unread] == ["remark: 什么时候到？", "empty-number: 2."]
    assert (asked.chains, asked.ignored) == (reading.chains, reading.ignored)


def test_the_register_says_which_doors_there_are() -> None:
    register = Register([("7", "2", "301"), ("8", "", "12")])
    assert told("雷 7-2 1份", Menu(), register)[1] == "7-2"
    (known, unknown) = entries(read("1. 雷 8-12 1份\n2. 贺 9-101 1份", register=register))
    assert (known.building, known.unit, known.room) == ("8", "", "12")
    assert known.surest == 1
    assert "unknown-place" in unknown.doubts


def test_lists_as_people_keep_them() -> None:
    register = Register(doors_from(read_table("楼栋.csv", "楼栋,单元,房号\n3号楼,1单元,502室\n".encode())))
    assert register.knows(register.read("3-1-502")) is True
    assert register.knows(register.read("4-1-502")) is False
    menu = menu_from(read_table("menu.csv", b"code,item\nA,Rice box\nB,Noodles\n"))
    assert told("Bob 3-502 rice box x2, B1", menu) == ("Bob", "3-502", (("Rice box", 2), ("Noodles", 1)), "")
    with pytest.raises(UnusableInput, match="no column building"):
        doors_from(read_table("x.csv", b"house,door\n1,2\n"))


def test_an_empty_paste_and_a_chain_nobody_joined() -> None:
    assert read("") == Reading("", (), (), ())
    assert read("#接龙\n盐\n").chains == (Chain("盐", (), ()),)


GOODS = Menu((Dish("A", "红烧鲈鱼套餐"), Dish("B", "三杯杏鲍菇套餐"), Dish("C", "四季豆套餐"), Dish("D", "鸡蛋30枚")))


def counted(text: str, menu: Menu = GOODS) -> tuple[str, set[str]]:
    """What is delivered of lines that do not wait, as codes with their numbers; and the doubts of those that do."""
    total: dict[str, int] = {}
    waiting: set[str] = set()
    reading = read(text, menu=menu)
    for entry in entries(reading):
        asked = set(entry.doubts) & (ASKED_OF_WITHDRAWN if entry.withdrawn else ASKED)
        waiting |= asked
        for each in entry.items if not entry.withdrawn and not asked else ():
            said = each.code or each.item or "-"
            total[said] = total.get(said, 0) + each.quantity
    waiting |= {each.why for each in reading.unread}
    return " ".join(f"{code}{many}" for code, many in sorted(total.items()) if many), waiting


@pytest.mark.parametrize(
    ("first", "second", "ordered", "doubt"),
    [
        ("A2份B2份", "取消A", "B2", ""), ("A2份B2份", "B不要了", "A2", ""), ("A2份B2份", "取消 B", "A2", ""), ("A2份B2份", "取消AB", "", ""),
        ("A2份B2份", "取消", "", ""), ("A2份B2份", "A取消1份", "A1 B2", ""), ("A2份B2份", "取消1份B", "A2 B1", ""), ("A2份B2份", "不要A", "A2 B2", "not-wanted"),
        ("A2份B2份", "取消A3份", "A2 B2", "nothing-to-withdraw"), ("A2份B2份", "取消C", "A2 B2", "nothing-to-withdraw"), ("A2份B2份", "取消A1份和B", "A2 B2", "not-wanted"),
        ("A5份", "取消A2份", "A3", ""), ("A5份", "取消A两份", "A3", ""), ("A5份", "取消A1份", "A4", ""), ("A5份", "取消A5份", "", ""), ("A5份", "取消A", "", ""),
        ("A5份", "A5份 取消", "", ""), ("A5份", "A3份 取消", "A5", "not-wanted"), ("A5份", "取消A6份", "A5", "nothing-to-withdraw"),
        ("A2份B2份", "B改成C", "A2 B2", "which-item"), ("A2份B2份", "A改成1份", "A2 B2", "which-item"), ("A2份B2份", "改成C1份", "A2 B2", "which-item"),
        ("A5份", "A改成B", "B5", ""), ("A5份", "改成B", "A5", "pairing"), ("A5份", "改成B3份", "B3", ""), ("A5份", "A2份改成B", "A5", "pairing"),
        ("A2份B2份", "A不要了 换成B", "A2 B2", "not-wanted"), ("A2份B2份", "-A1份", "A2 B2", "dash"), ("A2份B2份", "取消 谢谢", "", ""), ("A2份B2份", "全部取消", "", ""),
        ("A2份B2份", "取消，请退款", "", ""), ("A2份B2份", "取消青菜", "A2 B2", "not-wanted"), ("A5份", "改成", "A5", "which-item"), ("A5份", "A改成", "A5", "which-item"), ("A5份", "改成3份", "A3", ""),
    ],
)  # fmt: skip
def test_what_is_taken_back_or_changed_touches_only_what_it_names(
    first: str, second: str, ordered: str, doubt: str
) -> None:
    assert counted(f"1. 张三 3-502 {first}\n2. 张三 3-502 {second}") == (ordered, {doubt} if doubt else set())


def test_without_a_menu_what_is_named_beside_a_withdrawal_is_not_all_of_the_lines() -> None:
    first = "1. 张三 3-502 菜包2份 肉包1份\n2. 张三 3-502"
    assert counted(f"{first} 取消菜包", NO_MENU) == ("肉包1 菜包2", {"not-wanted"})
    assert counted(f"{first} 取消菜包1份", NO_MENU) == ("肉包1 菜包1", set())
    assert counted(f"{first} 取消", NO_MENU) == ("", set())


def test_what_is_taken_back_of_a_line_that_waits_waits_too() -> None:
    assert counted("1. 张三 3-502 A2份B2份A1份\n2. 张三 3-502 取消A") == ("", {"pairing", "not-wanted"})


@pytest.mark.parametrize(
    ("second", "doubt"),
    [
        ("退A1份", "words-beside"), ("退 A1份", "words-beside"), ("A退了", "words-beside"), ("去掉A", "words-beside"), ("更正：A1份", "words-beside"),
        ("A换B", "words-beside"), ("不取消 A2份", "not-wanted"), ("A2份 退了", "words-beside"),
        ("A2份 撤", "words-beside"), ("A2份 删", "words-beside"), ("A2份 谢谢 退了", "words-beside"), ("A2份 对B过敏", "words-beside"), ("A2份 对 B 过敏", "words-beside"),
        ("A2份 B过敏", "words-beside"), ("A2份 不吃B", "words-beside"), ("没有B", "words-beside"), ("A还有吗？", "words-beside"),
        ("A 请问还有吗？", "words-beside"), ("A收到了", "words-beside"), ("少了A1份", "words-beside"), ("昨天的A还没到", "words-beside"), ("上次A2份 这次B1份", "words-beside"),
    ],
)  # fmt: skip
def test_words_of_taking_back_refusing_asking_and_reporting_beside_an_item_make_the_line_wait(
    second: str, doubt: str
) -> None:
    assert counted(f"1. 张三 3-502 A5份\n2. 张三 3-502 {second}") == ("A5", {doubt})
    assert doubt in counted(f"1. 张三 3-502 A5份\n3-502 张三 {second}")[1]


@pytest.mark.parametrize(
    "said",
    [
        "A2 取消了吗", "A1 可以取消吗", "A1份 不要取消", "A1份 不想取消", "A1份 不能取消哦", "A1 如果没有就不要了", "A1 到货晚就取消", "A1 超过50元就不要了", "A1 葱不要了", "A1 姜不要了",
        "A1 葱 不要了", "A1 塑料袋不要了谢谢", "A1份 退出群了电话联系", "A1份 之前取消的补上", "A1份 上面取消", "A1份可以取消1份吗",
    ],
)  # fmt: skip
def test_a_word_of_withdrawal_beside_words_that_are_not_read_is_asked_about(said: str) -> None:
    for who in ("张三 3-502", "3-502"):
        ordered, doubts = counted(f"1. {who} {said}")
        assert (ordered, "not-wanted" in doubts) == ("", True)


@pytest.mark.parametrize("said", ["取消了吗", "不想取消", "葱不要了", "如果没有就取消1份", "如果没有就取消"])
def test_what_may_be_no_withdrawal_touches_no_other_line(said: str) -> None:
    for who in ("张三 3-502", "3-502"):
        assert counted(f"1. {who} A3份\n2. {who} {said}") == ("A3", {"not-wanted"})


@pytest.mark.parametrize(
    "said",
    [
        "取消", "取消A", "取消A3份", "不要了", "A3份 取消", "A不要了", "上面取消", "前面的取消", "取消 谢谢", "A3份 取消 重复了", "有事取消", "已经买到了，取消吧", "麻烦取消一下", "都取消，已付款", "取消 13800001234",
        "全部不要了，不好意思",
    ],
)  # fmt: skip
def test_a_clear_withdrawal_waits_for_nobody(said: str) -> None:
    assert counted(f"1. 张三 3-502 A3份\n2. 张三 3-502 {said}") == ("", set())


@pytest.mark.parametrize(
    "line", ["张三 3-502 A1份（取消）", "张三 3-502 【取消】A1", "（取消）张三 3-502 A2", "【取消】张三 3-502 A1份"]
)
def test_a_withdrawal_in_brackets_is_of_its_own_line(line: str) -> None:
    assert counted(f"1. 李四 3-501 B1\n2. {line}") == ("B1", set())
    assert counted(f"1. 李四 3-501 B1\n{line}") == ("B1", set())


@pytest.mark.parametrize(
    "line",
    [
        "张三 3-502 A1份 ❌",
        "❌张三 3-502 A1份",
        "张三 3-502 ✗ A1份",
        "张三 3-502 A1份 ×",
        "张三 3-502 A2份（一份不要了）",
        "张三 3-502 A1份（葱不要了）",
    ],
)
def test_what_is_struck_out_or_perhaps_withdrawn_in_part_waits(line: str) -> None:
    ordered, doubts = counted(f"1. {line}")
    assert (ordered, "not-wanted" in doubts) == ("", True)
    assert counted("1. 张三 3-502 A1份（不要葱）") == ("A1", set())
    assert counted("1. 张三 3-502 A × 2份") == ("A2", set())


@pytest.mark.parametrize(
    ("line", "name", "ordered", "doubt"),
    [
        ("Ada 3-502 A2份", "Ada", "A2", ""), ("3-502 Bea B1", "Bea", "B1", ""), ("Ada Wang 3-502 B1", "Ada Wang", "B1", ""), ("Wang Ada 3-502 B1", "Wang Ada", "B1", ""),
        ("A2份 Abe 3-501", "Abe", "A2", ""), ("Ada 3-502", "Ada", "", "which-item"), ("Ed 3-502", "Ed", "", "which-item"), ("ada 3-502", "", "", "which-item"), ("ABE 3-501", "", "", "which-item"),
        ("AB 3-502", "", "", "which-item"), ("A 3-502 B1", "", "", "pairing"), ("张三 3-502 Ab", "张三", "", "which-item"), ("张三 3-502 AB", "张三", "A1 B1", ""), ("张三 3-502 Ab各1份", "张三", "A1 B1", ""),
        ("3-502 AB", "", "A1 B1", ""), ("3-502 ab各2份", "", "A2 B2", ""), ("A 3-502", "", "A1", ""),
    ],
)  # fmt: skip
def test_a_nickname_of_letters_of_the_menu_orders_nothing(line: str, name: str, ordered: str, doubt: str) -> None:
    menu = Menu(Dish(code, f"{code}类菜") for code in "ABCDE")
    assert [entry.name for entry in entries(read(f"1. {line}", menu=menu))] == [name]
    assert counted(f"1. {line}", menu) == (ordered, {doubt} if doubt else set())


@pytest.mark.parametrize(
    "line",
    [
        "张三 3-502 A2份 王五 3-501 B3份", "张三3-502A2、王五3-501B3", "3-502 张三 A2份 3-501 王五 B3份", "张三 3-502 A2份，王五 3-501 B3份", "张三 3-502 A2份 不要辣 王五 3-501 B3份",
        "张三 3-502 A2份，3-501 王五 B3份",
    ],
)  # fmt: skip
def test_a_second_household_of_a_line_has_its_own_name(line: str) -> None:
    one, other = entries(read(f"1. {line}", menu=GOODS))
    assert [(one.name, one.room), (other.name, other.room)] == [("张三", "502"), ("王五", "501")]
    assert counted(f"1. {line}\n2. 王五 3-501 取消") == ("A2", set())
    assert "王五" not in one.note + other.note


def test_a_second_door_of_the_same_household_keeps_its_name_and_somebody_without_a_door_is_asked_about() -> None:
    for line in ("张三 3-502 A2份 3-501 B3份", "张三 3-502 A2份 代收 3-501 B3份"):
        assert {entry.name for entry in entries(read(f"1. {line}", menu=GOODS))} == {"张三"}
    assert counted("1. 张三 3-502 A2份 王五 B3份") == ("", {"words-beside"})
    names = [entry.name for entry in entries(read("1. 张三 3-502 A2份 王五 3-501、3-503 各1份", menu=GOODS))]
    assert names == ["张三", "王五", "王五"]


@pytest.mark.parametrize(
    ("said", "doubt"),
    [
        ("A1O份", "not-on-menu"), ("F1份", "not-on-menu"), ("A1份 F2份", "not-on-menu"), ("(A1+B1)×2", "pairing"), ("（A1、B1）2份", "pairing"), ("2份A×2", "pairing"),
        ("A1 重复了", "words-beside"), ("A1份（重复请忽略）", "words-beside"), ("A1（重复请忽略）", "words-beside"), ("A1份 测试", "words-beside"), ("A1份（测试）", "words-beside"),
        ("A1份 点错了", "words-beside"), ("A1份 请忽略", "words-beside"), ("重复 A1", "words-beside"),
    ],
)  # fmt: skip
def test_what_is_off_the_menu_multiplied_or_perhaps_no_order_waits(said: str, doubt: str) -> None:
    ordered, doubts = counted(f"1. 张三 3-502 {said}")
    assert (ordered, doubt in doubts) == ("", True)


def test_a_line_of_a_test_waits_and_a_split_of_a_number_does_not() -> None:
    assert counted("1. 测试 3-502 A1") == ("", {"words-beside"})
    assert counted("1. 张三 3-502 2份（A1、B1）") == ("A1 B1", set())
    assert counted("1. 张三 3-502 （A1、B1）共2份") == ("A1 B1", set())
    assert counted("1. 张三 3-502 A1份 麻烦写上名字") == ("A1", set())


ONE_LIST = "1. 张三 3-502 A2\n2. 李四 3-501 B1\n3. 王五 3-503 A1\n"


@pytest.mark.parametrize(
    "title", ["菜 还差5份", "菜（更新）", "菜【已接12份】", "最新版 菜", "菜（还剩3份，抓紧）", "菜 第2版"]
)
def test_a_repost_under_a_title_with_something_added_is_a_later_version(title: str) -> None:
    text = f"#接龙\n菜\n{ONE_LIST}#接龙\n{title}\n{ONE_LIST}4. 赵六 3-504 B1"
    assert counted(text) == ("A3 B2", set())
    assert len(read(text, menu=GOODS).chains) == 1


def test_what_a_household_says_in_a_second_chain_or_line_is_asked_about() -> None:
    assert counted(f"#接龙\n菜\n{ONE_LIST}#接龙\n晚餐\n{ONE_LIST}4. 赵六 3-504 B1") == ("A3 B2", {"said-again"})
    less = "#接龙\n菜\n1. 张三 3-502 A3\n2. 钱 4-101 A1\n3. 孙 4-102 A1\n"
    assert counted(f"#接龙\n菜\n{ONE_LIST}{less}") == ("A5 B1", {"said-again"})  # under one title whatever it says
    assert counted("1. 张三 3-502 A2\n2. 张三 3-502 A2") == ("A2", {"said-again"})
    assert counted("1. 张三 3-502 A2\n1. 张三 3-502 A2") == ("A2", {"said-again"})
    assert counted("1. 张三 3-502 A2\n2. 张三 3-502 取消\n3. 张三 3-502 A2") == ("A2", set())
    assert counted("1. 张三 3-502 A2\n2. 张三 3-502 +1\n3. 张三 3-502 +1") == ("A4", set())
    assert counted("1. 张三 3-502 A2\n2. 张三 3-502 A1\n3. 张三 3-501 A2") == ("A5", set())


@pytest.mark.parametrize(
    ("first", "second", "why"),
    [
        ("4月18日晚餐", "4月19日晚餐", "other-day"),
        ("4.18号晚餐", "4.19号午餐", "other-day"),
        ("周二蔬菜", "周三蔬菜", "other-day"),
        ("18号菜", "十九号菜", "said-again"),  # no day is read in the second
        ("4月18日晚餐", "4-18 蔬菜", "said-again"),  # one day under two titles
        ("4月8日晚餐", "08号蔬菜", "said-again"),
        ("1-2号楼的菜", "3-4号楼的菜", "said-again"),  # buildings
        ("1.5L牛奶", "2.5L牛奶", "said-again"),  # how much it holds
        ("今天晚餐", "明天晚餐", "other-day"),
    ],
)
def test_what_is_said_again_under_another_day_is_a_question_of_the_whole_chain(
    first: str, second: str, why: str
) -> None:
    assert counted(f"#接龙\n{first}\n{ONE_LIST}#接龙\n{second}\n{ONE_LIST}4. 赵六 3-504 B1") == ("A3 B2", {why})


def test_what_is_taken_back_in_both_of_two_lists_is_taken_back_once_before_somebody_has_looked() -> None:
    taken = "1. 张三 3-502 A5\n2. 张三 3-502 取消1份\n"
    assert counted(f"#接龙\n菜\n{taken}#接龙\n晚餐\n{taken}") == ("A4", {"said-again"})


def test_chains_of_two_rounds_are_no_versions_of_one() -> None:
    for first, second in (("第1次团菜", "第2次团菜"), ("4月18日菜", "4月19日菜"), ("菜A组", "菜B组")):
        assert len(read(f"#接龙\n{first}\n{ONE_LIST}#接龙\n{second}\n{ONE_LIST}", menu=GOODS).chains) == 2


@pytest.mark.parametrize(
    ("second", "ordered", "doubt"),
    [
        ("一共A3份", "", "total-replaces"), ("共 A3份", "", "total-replaces"), ("共3份", "", "total-replaces"), ("总共3份", "", "total-replaces"),
        ("一共A5份", "A5", ""), ("一共5份", "A5", ""), ("一共一份", "", "total-replaces"),
    ],
)  # fmt: skip
def test_a_total_in_a_line_of_the_household_s_own_replaces_its_lines_and_is_asked_about(
    second: str, ordered: str, doubt: str
) -> None:
    assert counted(f"1. 张三 3-502 A5份\n2. 张三 3-502 {second}") == (ordered, {doubt} if doubt else set())
    assert counted("1. 张三 3-502 A5份 B1份\n2. 张三 3-502 一共A3份") == ("A5 B1", {"total-differs"})


@pytest.mark.parametrize(
    ("last", "ordered", "why"),
    [
        ("共6份", "A3 B3", ""), ("一共6份", "A3 B3", ""), ("合计：A3份 B3份", "A3 B3", ""), ("合计\nA 3份\nB 3份", "A3 B3", ""), ("截至目前共6份", "A3 B3", ""),
        ("共3份", "A3 B3", ""), ("共7份", "A3 B3", "total-differs"), ("一共A2份", "A3 B3", "total-differs"), ("合计：\nA 3份\nB 4份", "A3 B3", "total-differs"),
        ("目前已接龙2人", "A3 B3", ""), ("共6份，麻烦尽快送", "A3 B3", ""), ("共7份，麻烦尽快发货", "A3 B3", "total-differs"), ("一共没几份", "A3 B3", ""),
    ],
)  # fmt: skip
def test_an_unnumbered_total_orders_nothing_and_is_held_against_the_lines_above_it(
    last: str, ordered: str, why: str
) -> None:
    assert counted(f"1. 张三 3-502 A2份 B1份\n2. 李四 3-501 A1份 B2份\n{last}") == (ordered, {why} if why else set())


def test_a_total_is_held_against_what_stood_above_it_then() -> None:
    text = "1. 张三 3-502 A2份\n2. 李四 3-501 A1份\n共3份\n3. 李四 3-501 取消\n4. 王五 3-503 A4份\n共6份"
    assert counted(text) == ("A6", set())
    assert [each.why for each in read(text, menu=GOODS).ignored] == ["total", "total"]


@pytest.mark.parametrize(
    ("said", "note"),
    [("大人A2份 小孩B1份", "大人 小孩"), ("老人A2份，孩子B1份", "老人 孩子"), ("自己A2份 爸妈B1份", "自己 爸妈"), ("给孩子A2份 B1份", "给孩子")],
)  # fmt: skip
def test_for_whom_each_item_is_is_a_note(said: str, note: str) -> None:
    assert counted(f"1. 张三 3-502 {said}") == ("A2 B1", set())
    assert told(f"张三 3-502 {said}", GOODS)[3] == note


@pytest.mark.parametrize(
    "line", ["2. 第1条取消", "2. 李四取消1号", "2. 取消熊 3-503 A1", "A还有吗？", "A收到了", "退A1份", "少了A1份"]
)
def test_a_line_that_withdraws_nothing_or_reports_waits(line: str) -> None:
    ordered, waiting = counted(f"1. 张三 3-502 A2份\n{line}")
    assert ordered == "A2"
    assert waiting


@pytest.mark.parametrize(
    "said",
    [
        "A2份 不要辣", "A2份 麻烦放门口", "我要A2份", "再来2份A", "A2份 家里没有微波炉", "A2份 花生过敏", "A2份 请问几点到？", "A2份 还没付款", "A2份 不吃辣", "要A2份",
        "晚餐：A2份", "给我家A2份", "A2份不要葱", "退休老王 A2份",
    ],
)  # fmt: skip
def test_words_that_go_with_an_order_leave_it_one(said: str) -> None:
    assert counted(f"1. 张三 3-502 {said}") == ("A2", set())


@pytest.mark.parametrize(
    "line",
    [
        "例如王五 3-301 A2份", "例如 王五 3-301 A2份", "比如：3-301 A2份", "比如王五 3-301 A2份", "如：3-301 A2份", "例王五 3-301 A2份", "示例王五 3-301 A2份", "2. 例子 3-301 A1份",
        "2. 例如王五 3-301 A2份",
    ],
)  # fmt: skip
def test_an_example_below_entries_is_no_order(line: str) -> None:
    text = f"1. 张三 3-502 A1份\n{line}"
    assert counted(text) == ("A1", set())
    assert [each.why for each in read(text, menu=GOODS).ignored] == ["example"]


def test_an_example_or_somebody_of_that_name_waits_and_longer_names_are_names() -> None:
    for line in ("如 3-301 A2份", "2. 如 3-301 A2份"):
        assert counted(f"1. 张三 3-502 A1份\n{line}") == ("A1", {"remark"})
    assert counted("1. 张三 3-502 A1份\n2. 如意 3-301 A2份") == ("A3", set())


@pytest.mark.parametrize(
    ("said", "ordered", "doubt"),
    [
        ("A壹份", "A1", ""), ("A贰份", "A2", ""), ("A叁份", "A3", ""), ("A拾份", "A10", ""), ("A廿份", "A20", ""), ("A廿五份", "A25", ""), ("A一百份", "A100", ""),
        ("A一百零二份", "A102", ""), ("A两百份", "A200", ""), ("A②", "", "number-not-read"), ("A俩", "", "number-not-read"), ("A两", "", "number-not-read"),
        ("A 两", "", "number-not-read"), ("A二", "", "number-not-read"), ("A二十", "", "number-not-read"), ("A一双", "", "number-not-read"), ("A 一双", "", "number-not-read"),
        ("A一起送", "A1", ""), ("鸡蛋60枚", "", "pairing"), ("D60枚", "", "pairing"), ("D 60枚", "", "pairing"), ("60枚鸡蛋", "", "pairing"), ("鸡蛋30枚2份", "D2", ""), ("鸡蛋30枚", "D1", ""),
    ],
)  # fmt: skip
def test_a_number_beside_an_item_is_read_or_waits(said: str, ordered: str, doubt: str) -> None:
    assert counted(f"1. 张三 3-502 {said}") == (ordered, {doubt} if doubt else set())


@pytest.mark.parametrize(
    ("said", "doubt"),
    [("N95口罩10个", "pairing"), ("纸尿裤L码2包", "pairing"), ("XL码T恤2件", "pairing"), ("两", "number-not-read")],
)
def test_without_a_menu_letters_within_a_word_and_bare_numerals_wait(said: str, doubt: str) -> None:
    assert counted(f"1. 张三 3-502 {said}", NO_MENU) == ("", {doubt})


# What a committee's clerk pastes without a menu.


@pytest.mark.parametrize(
    ("said", "items", "is_asked"),
    [
        ("苹果2箱 橙子1箱", [("苹果", 2), ("橙子", 1)], False), ("橙子一箱苹果一箱", [("橙子", 1), ("苹果", 1)], False), ("苹果+1 橙子+1", [("苹果", 1), ("橙子", 1)], False),
        ("苹果 1箱。橙子 1箱。", [("苹果", 1), ("橙子", 1)], False), ("厄贝沙坦 3盒", [(None, 3)], True), ("两箱苹果", [(None, 2)], True), ("老张 2份", [(None, 2)], False),
        ("2人2份", [(None, 2)], False), ("2大1小", [(None, 1)], True), ("一家三口", [(None, 1)], True), ("3人", [(None, 1)], True), ("没人", [(None, 1)], True), ("已领", [(None, 1)], True),
        ("1份 在家隔离", [(None, 1)], False),
    ],
)  # fmt: skip
def test_behind_a_door_goods_are_no_names_and_persons_no_quantities(
    said: str, items: list[tuple[str | None, int]], is_asked: bool
) -> None:
    (entry,) = entries(read(f"1. 3-502 {said}"))
    assert [(each.item, each.quantity) for each in entry.items] == items
    assert bool(set(entry.doubts) & ASKED) == is_asked


def test_a_building_in_the_head_is_that_of_the_rooms_below() -> None:
    """【3号楼 抗原登记】
    1. 101 2份
    2. 202 王老师 3份
    3. 5-301 1份"""
    text = str(test_a_building_in_the_head_is_that_of_the_rooms_below.__doc__)
    found = entries(read(text))
    assert [(entry.building, entry.room, entry.name) for entry in found] == [
        ("3", "101", ""), ("3", "202", "王老师"), ("5", "301", ""),
    ]  # fmt: skip
    assert not any(set(entry.doubts) & ASKED for entry in found)
    register = Register([("3", "", "101"), ("5", "", "301")])
    assert [("unknown-place" in entry.doubts) for entry in entries(read(text, register=register))] == [
        False,
        True,
        False,
    ]


@pytest.mark.parametrize("line", ["团长：34号902 Linda", "提货地点：3号楼101", "联系人:3-502张三"])
def test_who_leads_it_and_where_it_is_fetched_orders_nothing(line: str) -> None:
    assert [entry.name for entry in entries(read(f"鸡蛋团\n{line}\n1. 云朵 3-101 1份"))] == ["云朵"]


@pytest.mark.parametrize(
    ("menu", "dishes"),
    [
        ("1️⃣ 吐司 25/条\n2️⃣ 可颂 15/个（2个起）", [("1", "吐司"), ("2", "可颂")]), ("套餐一：88元（8种菜） 套餐二：128元", [("1", "套餐一"), ("2", "套餐二")]),
        ("A蔬菜包50元 B猪肉2斤80元 C鸡蛋30枚30元", [("A", "蔬菜包"), ("B", "猪肉2斤"), ("C", "鸡蛋30枚")]), ("10kg大米 75元一袋，5L油 95元一桶", [("", "10kg大米"), ("", "5L油")]),
    ],
)  # fmt: skip
def test_menus_as_groups_write_them(menu: str, dishes: list[tuple[str, str]]) -> None:
    (chain,) = read(f"#接龙\n团购\n{menu}\n1. 云朵 3-101 1份").chains
    assert [(dish.code, dish.item) for dish in chain.menu] == dishes
    assert [entry.name for entry in chain.entries] == ["云朵"]


@pytest.mark.parametrize(
    ("said", "ordered"),
    [
        ("套餐一2份", "12"), ("套餐一、套餐二各1份", "11 21"), ("一号套餐3份", "13"), ("套餐二", "21"), ("2号2份", "22"), ("红菜苔套餐1份", "C1"), ("C套2份", "C2"),
    ],
)  # fmt: skip
def test_sets_by_number_and_by_what_is_in_them(said: str, ordered: str) -> None:
    menu = Menu((Dish("1", "套餐一"), Dish("2", "套餐二"), Dish("C", "红菜苔莴苣")))
    assert counted(f"1. 张三 3-502 {said}", menu) == (ordered, set())


@pytest.mark.parametrize(
    "said", ["①2 ③1", "①2③1", "①×2 ③", "1️⃣2份 3️⃣1份", "1号2 3号1", "吐司2、③1份", "吐司2 光明1", "吐司2光明1"]
)
def test_circled_figures_are_codes_where_the_menu_counts(said: str) -> None:
    menu = Menu((Dish("1", "吐司"), Dish("2", "可颂"), Dish("3", "光明鲜奶")))
    assert counted(f"1. 张三 3-502 {said}", menu) == ("12 31", set())
    assert counted("1. 张三 3-502 ④2份", menu)[1]
    odd = Menu((Dish("①", "吐司"), Dish("²", "可颂"), Dish("٣", "鲜奶")))
    assert counted("1. 张三 3-502 ①2份", odd) == ("①2", set())


def test_two_packs_of_a_set_without_a_number_are_not_set_two() -> None:
    menu = Menu((Dish("1", "荤菜"), Dish("2", "素菜")))
    assert counted("1. 张三 3-502 套餐2份", menu)[0] == ""


@pytest.mark.parametrize(
    ("said", "ordered", "doubt"),
    [("A（1）B（2）", "A1 B2", ""), ("A(3)", "A3", ""), ("A-C各一份", "", "pairing"), ("A1（1份不要葱）", "A1", "")],
)  # fmt: skip
def test_a_count_in_brackets_is_one_and_a_stretch_of_the_menu_is_asked_about(
    said: str, ordered: str, doubt: str
) -> None:
    assert counted(f"1. 张三 3-502 {said}") == (ordered, {doubt} if doubt else set())


def test_a_surname_that_is_a_word_of_thanks_is_a_name_behind_the_door() -> None:
    assert told("2-601 谢 A、B")[0] == "谢"
    assert told("云朵 2-601 A1份 谢谢")[3] == "谢谢"


def test_money_is_no_total_and_what_is_said_for_another_door_is_that_door_s_doubt() -> None:
    assert counted("1. 张三 3-502 A1份 B1份 共55元") == ("A1 B1", set())
    assert counted("1. 谢 4-103 A1份（帮楼上5-103带B1份）") == ("", {"pairing"})
    assert counted("1. 谢 4-103 A1（帮楼上5-103带B1）") == ("", {"pairing"})
    one, other = entries(read("1. 谢 4-103 A（帮楼上5-103带一个烤鸭）", menu=GOODS))
    assert not set(one.doubts) & ASKED
    assert set(other.doubts) & ASKED


def test_a_change_of_what_nobody_ordered_is_asked_about() -> None:
    assert counted("1. 张三 3-502 改成A3份") == ("", {"nothing-to-withdraw"})
    assert counted("1. 张三 3-502 A1份改成A3份") == ("A3", set())


def test_a_chain_that_begins_again_keeps_the_menu_of_its_head() -> None:
    text = "#接龙\nA 鱼 30元\nB 鸡 20元\n云朵 3-101 A1份\n1. 云朵 3-101 A1份\n2. 小鹿 3-102 鸡2份"
    (chain,) = read(text).chains
    assert [[(each.item, each.quantity) for each in entry.items] for entry in chain.entries] == [
        [("鱼", 1)],
        [("鸡", 2)],
    ]


@pytest.mark.parametrize(
    "said",
    [
        "（已退）A1", "A1（退了）", "A1（不需要了）", "A2份（已经不要）", "A2份(不要)", "A1【已退款】", "A1（算了）", "A1（没要）", "A1（已退",
        "A2（改3份）", "A2(实际要3份)", "A2（现在只要1份）", "A2份（更正：3份）", "A2份（写错了，3份）", "A2（改三份）", "A2（应该是3）", "A2（其实要一份）", "A1 (refunded)",
    ],
)  # fmt: skip
def test_what_is_taken_back_or_corrected_in_brackets_is_asked_about(said: str) -> None:
    ordered, doubts = counted(f"1. 周八 3-101 {said}")
    assert ordered == ""
    assert doubts & ASKED


@pytest.mark.parametrize(
    "said",
    [
        "A1（不要葱）", "A1（退休教师）", "A1（放门口，不用敲门）", "A1（1份不要葱）", "A1（现在在家）", "A1（5楼）", "A1（已付）", "A1（微辣）", "A1（只要瘦的）", "A1（下午送）",
    ],
)  # fmt: skip
def test_a_note_in_brackets_takes_nothing_back(said: str) -> None:
    assert counted(f"1. 周八 3-101 {said}") == ("A1", set())


SETS = Menu((Dish("A", "红烧鲈鱼套餐"), Dish("B", "三杯杏鲍菇"), Dish("C", "四季豆炒肉"), Dish("D", "千张包")))
_CHAIN = "1. 张三 3-101 A1\n2. 李四 3-102 B2"


@pytest.mark.parametrize(
    ("head", "menu"),
    [
        ("A 红烧鲈鱼 32元\nB 三杯杏鲍菇 18元\n 1.红烧鲈鱼\n 2.三杯杏鲍菇\n", NO_MENU),
        ("今天的菜：\n  1.红烧鲈鱼\n  2.三杯杏鲍菇（微辣）\n  3.四季豆\n", SETS),
        ("菜单：\n1.红烧鲈鱼 2.三杯杏鲍菇\n  3.四季豆炒肉\n", SETS),
        ("菜单：\n1.红烧鲈鱼\n2.三杯杏鲍菇\n接龙开始：\n", SETS),
        ("A套餐：\n  1.红烧鲈鱼\n  2.四季豆\nB套餐：\n  1.三杯杏鲍菇\n  2.千张包\n", NO_MENU),
        ("A套餐：\n  1.红烧鲈鱼\n  2.四季豆\nB套餐：\n  1.三杯杏鲍菇\n  2.千张包\n", SETS),
    ],
)  # fmt: skip
def test_a_numbered_menu_above_the_chain_orders_nothing(head: str, menu: Menu) -> None:
    reading = read(f"{head}{_CHAIN}", menu=menu)
    assert [(each.name, [one.quantity for one in each.items]) for each in entries(reading)] == [
        ("张三", [1]), ("李四", [2]),
    ]  # fmt: skip
    assert not {code for each in entries(reading) for code in each.doubts} & ASKED
    assert not reading.unread


def test_an_indented_menu_above_a_chain_that_begins_at_two_orders_nothing() -> None:
    for menu, order in ((SETS, "A1"), (NO_MENU, "1份")):
        reading = read(f"今天的菜：\n  1.红烧鲈鱼\n  2.三杯杏鲍菇\n2. 李四 3-102 {order}", menu=menu)
        assert [each.name for each in entries(reading)] == ["李四"]


def test_names_above_a_line_that_goes_on_are_entries_however_they_are_indented() -> None:
    reading = read("抗原登记\n  1. 张三\n  2. 李四\n3. 王五 3-103")
    assert [each.name for each in entries(reading)] == ["张三", "李四", "王五"]
    assert len(entries(read("#接龙\n1. A\n2. B\n1. 张三 3-101 A1", menu=SETS))) == 3


def test_what_nobody_orders_at_no_door_is_asked_about() -> None:
    assert counted("1. A2\n2. 张三 3-101 B1") == ("B1", {"no-place"})


def test_a_set_without_a_list_below_it_is_the_title_of_its_chain() -> None:
    (chain,) = read("A套餐：\n1. 张三 3-101 2份").chains
    assert (chain.title, [each.quantity for each in chain.entries[0].items]) == ("A套餐：", [2])


VEGETABLES = Menu((Dish("A", "蔬菜包"),))


@pytest.mark.parametrize("said", ["2份", "2份 已付", "x2 谢谢", "+2", "两份（放门口）", "蔬菜包2份", "A2"])
def test_of_a_menu_of_one_item_nobody_is_asked_which(said: str) -> None:
    for title in ("", "#接龙\n4月18日 团菜\n"):
        (entry,) = entries(read(f"{title}1. 张三 3-101 {said}", menu=VEGETABLES))
        assert [each.quantity for each in entry.items] == [2]
        assert not set(entry.doubts) & ASKED
    assert not set(entries(read("1. 张三 3-101", menu=VEGETABLES))[0].doubts) & ASKED


@pytest.mark.parametrize(
    "line",
    [
        "张三 3-101 鸡蛋",
        "张三 3-101 鸡蛋2份",
        "张三 3-101 2份鸡蛋",
        "张三 3-101 2份 鸡蛋",
        "张三 鸡蛋 3-101 2份",
        "张三 3-101 牛奶 2份",
    ],
)
def test_beside_another_good_the_only_item_of_a_menu_is_not_concluded(line: str) -> None:
    assert counted(f"1. {line}", VEGETABLES)[0] == ""


def test_of_two_chains_a_nameless_one_is_of_the_only_item_where_its_title_says_so() -> None:
    text = "#接龙\n牛奶\n1. 张三 3-101 1份\n#接龙\n蔬菜\n1. 李四 3-102 3份"
    assert counted(text, VEGETABLES) == ("-3", {"which-item"})


@pytest.mark.parametrize(
    ("line", "menu", "doubt"),
    [
        ("3-102 同上", NO_MENU, "number-not-read"), ("3-104 十", NO_MENU, "number-not-read"), ("3-202 两", NO_MENU, "number-not-read"),
        ("3-201 张 五", NO_MENU, "number-not-read"), ("3-204 不确定", NO_MENU, "number-not-read"), ("3-103 two", NO_MENU, "number-not-read"),
        ("赵六3-1042份", NO_MENU, "number-not-read"), ("可乐2L x3 3-105 周", NO_MENU, "pairing"), ("五号楼三零二 A1 B俩", SETS, "number-not-read"),
        ("B俩 5-302 A1", SETS, "number-not-read"), ("张 3-302 A²", SETS, "number-not-read"), ("张 3-302 A Ⅱ份", SETS, "number-not-read"),
        ("九零二 A1", SETS, "no-place"), ("3号门201 A2", SETS, "no-place"), ("3~502 A1", SETS, "no-place"), ("3.502 A1", SETS, "no-place"),
    ],
)  # fmt: skip
def test_a_number_or_a_door_that_was_taken_for_a_word_is_asked_about(line: str, menu: Menu, doubt: str) -> None:
    ordered, doubts = counted(f"1. {line}", menu)
    assert ordered == ""
    assert doubt in doubts


@pytest.mark.parametrize("line", ["十一 3-302 A1份", "小五 3-302 A1份", "张三 3-302 A1份 一样的包装", "B哥 3-302 A1份"])
def test_a_name_with_a_numeral_beside_a_quantity_is_a_name(line: str) -> None:
    assert counted(f"1. {line}", SETS) == ("A1", set())


@pytest.mark.parametrize("head", ["3号楼接龙", "【3号楼 团购接龙】", "3栋报名："])
def test_a_building_in_the_head_of_a_chain_is_that_of_its_rooms(head: str) -> None:
    for register in (Register(), Register([("3", "", "101"), ("4", "", "101")])):
        (entry,) = entries(read(f"{head}\n1. 101 张 A1", menu=SETS, register=register))
        assert (entry.building, entry.room) == ("3", "101")


def test_a_building_that_a_notice_speaks_of_is_nobodys() -> None:
    for head in ("3号楼楼下自提，接龙截止今晚5点", "3号楼自提接龙", "3号楼团长接龙"):
        (entry,) = entries(read(f"{head}\n1. 101 张 A1", menu=SETS))
        assert entry.building == ""


def test_which_of_two_words_around_a_quantity_is_the_name_is_asked_about_without_a_menu() -> None:
    assert counted("1. 红烧鲈鱼 1份 张三 3-101", NO_MENU) == ("", {"which-item"})


@pytest.mark.parametrize(
    ("said", "many"),
    [
        ("3-101三份", ((None, 3),)), ("3-101两份", ((None, 2),)), ("3号楼101十二份", ((None, 12),)), ("3-101两份A", (("红烧鲈鱼", 2),)),
        ("3号楼101三份红烧鲈鱼", (("红烧鲈鱼", 3),)), ("3-101四份A两份B", (("红烧鲈鱼", 4), ("三杯杏鲍菇", 2))),
    ],
)  # fmt: skip
def test_a_door_glued_to_a_numeral_keeps_its_quantity(said: str, many: tuple[tuple[str | None, int], ...]) -> None:
    menu = Menu() if many[0][0] is None else MENU
    assert told(f"王 {said}", menu) == ("王", "3-101", many, "")
    assert told(f"王{said}", menu) == ("王", "3-101", many, "")


@pytest.mark.parametrize("doors", ["3-101和3-102", "3-101、3-102 ", "3-101 3-102"])
@pytest.mark.parametrize("each", ["各2份A", "各两份A", "各A2份", "A各2份", "各2份红烧鲈鱼"])
def test_so_many_of_each_is_every_door_s(doors: str, each: str) -> None:
    got = entries(read(f"1. 张三 {doors}{each}", menu=MENU))
    assert [(entry.name, entry.room) for entry in got] == [("张三", "101"), ("张三", "102")]
    assert [(entry.items, entry.doubts) for entry in got] == [((Ordered("红烧鲈鱼", 2, "A"),), ())] * 2


def test_what_of_each_is_meant_of_is_asked_at_every_door() -> None:
    for line in ("1. 张三 3-101、3-102各2份红烧鲈鱼 1份B", "1. 张三 3-101各2份A"):
        assert all(set(entry.doubts) & ASKED for entry in entries(read(line, menu=MENU)))


@pytest.mark.parametrize(
    "numbers",
    [("①", "②", "③"), ("（1）", "（2）", "（3）"), ("1)", "2)", "3)"), ("1）", "2）", "3）"), ("1️⃣", "2️⃣", "3️⃣")],
)
@pytest.mark.parametrize("between", ["", " "])
def test_lost_newlines_come_back_however_lines_are_numbered(numbers: tuple[str, str, str], between: str) -> None:
    one, two, three = numbers
    text = f"{one}张三 3-101 2份{between}{two}李四 3-102 1份{between}{three}王五 3-103 3份"
    for head in ("", "牛奶 "):
        reading = read(head + text)
        assert [(entry.no, entry.name, entry.room, entry.items[0].quantity) for entry in entries(reading)] == [
            (1, "张三", "101", 2), (2, "李四", "102", 1), (3, "王五", "103", 3),
        ]  # fmt: skip
        assert not any(set(entry.doubts) & ASKED for entry in entries(reading))


def test_a_number_that_may_begin_no_line_is_asked_about_on_both_sides() -> None:
    got = entries(read("①张三2份②李四1份"))
    assert [(entry.name, entry.items[0].quantity) for entry in got] == [("张三", 2), ("李四", 1)]
    assert all("number-not-read" in entry.doubts for entry in got)


def test_counts_in_brackets_and_codes_in_circles_part_no_line() -> None:
    counts = Menu((Dish("1", "鸡蛋"), Dish("2", "牛奶"), Dish("3", "油")))
    for text, menu in (
        ("（1）张三 3-101 A（2）B（1）", MENU),
        ("1)张三 3-101 A(2)B(1)", MENU),
        ("① 张三 3-101 ②2 ③1", counts),
    ):
        (entry,) = entries(read(text, menu=menu))
        assert [each.quantity for each in entry.items] == [2, 1]
    assert len(entries(read("①张三 3-101 2份（②号桌）"))) == 1
    assert len(entries(read("（1）张三 3-101 2份2. 李四 3-102 1份"))) == 2


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("#接龙\n鸡蛋\n1. 张三 3-101 鸡蛋2\n2. 李四 3-102 鸡蛋1", "牛奶接龙：\n1. 张三 3-101 牛奶1\n2. 李四 3-102 牛奶3\n3. 王五 3-103 牛奶3"),
        ("一期接龙\n1. 张三 3-101 鸡蛋2\n2. 李四 3-102 鸡蛋1", "二期接龙\n1. 张三 3-101 鸡蛋1\n2. 李四 3-102 牛奶3"),
        ("鸡蛋 25元/份\n1. 张三 3-101 2份\n2. 李四 3-102 1份", "牛奶 60元/份\n1. 张三 3-101 1份\n2. 李四 3-102 3份"),
        ("鸡蛋接龙：\n1. 张三 3-101 2份\n2. 李四 3-102 1份", "牛奶接龙：\n1. 张三 3-101 1份\n2. 李四 3-102 3份"),
        ("【团购一】蔬菜包\n1. 张三 3-101 2份\n2. 李四 3-102 1份", "【团购二】水果箱\n1. 张三 3-101 1份\n2. 王五 3-103 3份"),
        ("【鸡蛋】\n1. 张三 3-101 2份\n2. 李四 3-102 1份", "【牛奶】\n1. 张三 3-101 1份\n2. 李四 3-102 3份"),
        ("1. 张三 3-101 2份", "牛奶接龙\n1. 张三 3-101 1份"),
        ("鸡蛋接龙\n张三 3-101 2份\n李四 3-102 1份", "牛奶接龙\n张三 3-101 1份\n李四 3-102 3份"),
        ("3号楼接龙\n1. 101 张 2份\n2. 102 李 1份", "5号楼接龙\n1. 101 王 3份\n2. 102 赵 1份"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("menu", [Menu(), Menu((Dish("A", "鸡蛋"), Dish("B", "牛奶")))])
def test_a_chain_under_another_title_is_a_second_chain_and_loses_nothing_of_the_first(
    first: str, second: str, menu: Menu
) -> None:
    reading = read(f"{first}\n{second}", menu=menu)
    alone, other = read(first, menu=menu).chains[0], read(second, menu=menu).chains[0]
    assert [[words_of(entry) for entry in chain.entries] for chain in reading.chains] == [
        [words_of(entry) for entry in chain.entries] for chain in (alone, other)
    ]
    assert not reading.unread
    assert not any(each.why == "superseded" for each in reading.ignored)
    ours = [entry.doubts for entry in entries(reading)]
    assert ours == [entry.doubts for entry in (*alone.entries, *other.entries)]


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ("1. 张三 3-101 鸡蛋2份\n2. 李四 3-102 鸡蛋1份", "1. 张三 3-101 牛奶1份\n2. 李四 3-102 牛奶3份"),  # no item is the same
        ("1. 张三 3-101 2份\n2. 李四 3-102 1份", "1. 张三 3-101 1份\n2. 李四 3-102 3份"),  # nobody says the same, no title
        ("#接龙\n菜\n1. 张三 3-101 鸡蛋2份\n2. 李四 3-102 鸡蛋1份", "#接龙\n菜\n1. 张三 3-101 牛奶2份\n2. 李四 3-102 牛奶1份"),
        ("鸡蛋 25元/份\n1. 张三 3-101 2份\n2. 李四 3-102 1份", "鸡蛋 26元/份\n1. 张三 3-101 2份\n2. 李四 3-102 3份"),  # a new price
    ],
)  # fmt: skip
def test_what_may_be_a_second_chain_or_a_later_version_is_asked_about(first: str, second: str) -> None:
    reading = read(f"{first}\n\n{second}")
    assert [len(chain.entries) for chain in reading.chains] == [2, 2]
    assert not any(set(entry.doubts) & ASKED for entry in reading.chains[0].entries)
    assert all("said-again" in entry.doubts for entry in reading.chains[1].entries)


@pytest.mark.parametrize(
    "between", ["", "继续接龙", "今晚五点截止", "@所有人 请大家接龙", "菜接龙", "菜接龙（更新）", "菜接龙 还差5份"]
)
def test_a_list_sent_again_below_itself_is_a_later_version(between: str) -> None:
    one = "1. 张三 3-101 2份\n2. 李四 3-102 1份\n"
    (chain,) = read(f"菜接龙\n{one}{between}\n{one}3. 王五 3-103 1份").chains
    assert [(entry.name, entry.items[0].quantity, entry.doubts) for entry in chain.entries] == [
        ("张三", 2, ()), ("李四", 1, ()), ("王五", 1, ()),
    ]  # fmt: skip


def test_an_item_alone_in_a_line_is_a_title_above_line_one_and_else_more_of_the_entry() -> None:
    goods = Menu((Dish("A", "鸡蛋"), Dish("B", "牛奶")))
    (chain,) = read("1. 张三 3-101 鸡蛋2\n2. 李四 3-102 鸡蛋1\n牛奶\n3. 王五 3-103 鸡蛋1", menu=goods).chains
    assert [len(entry.items) for entry in chain.entries] == [1, 2, 1]
    first, second = read("1. 张三 3-101 鸡蛋2\n2. 李四 3-102 鸡蛋1\n牛奶\n1. 王五 3-103 鸡蛋1", menu=goods).chains
    assert (second.title, first.entries[1].doubts) == ("牛奶", ("pairing",))
