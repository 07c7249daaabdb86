"""Chains that come into a basket: nothing is dropped, what is doubtful waits, a repost supersedes."""

from __future__ import annotations

import io
from datetime import timedelta
from typing import Any

import openpyxl
import pytest

from baogong.engine.chain import read
from baogong.kernel.errors import NotYourPlace, RequestIdReused
from baogong.kernel.ids import new_id
from baogong.orders import queries, services
from baogong.orders.errors import BasketMoved, DoorUnknown, LineMoved, LineUnusable, PasteUnusable
from baogong.orders.models import Paste
from baogong.orders.reading import ASKED, ASKED_OF_WITHDRAWN, TO_DO, WORDS
from baogong.orders.services import ItemIn
from tests.apps.orders.world import CHAIN, HOUR, NOW, ROOMS, World

DOUBTFUL = """#接龙
1. 云朵 1-101 A1
2. 小满 9-101 A1
3. 阿福 A2
4. 大刘 4-101 A1
谢谢团长，辛苦了
6. 老王 3号楼 B1
"""


NEIGHBOURS = ("云朵", "李四", "老王", "小满", "阿福", "大刘", "周姐", "顾女士", "秋水")


def waiting(basket: Any) -> dict[str, queries.LineView]:
    return {line.why: line for line in queries.lines_of(basket, states=["WAITING"])}


def counted(basket: Any) -> list[tuple[str, tuple[str, str, str], tuple[tuple[str, int], ...]]]:
    return [(line.name, line.place, line.items) for line in queries.lines_of(basket, states=["COUNTED"])]


def test_a_chain_is_kept_whole_and_every_character_of_it_is_in_a_line(world: World) -> None:
    basket = world.open()
    world.paste(basket)
    (paste,) = queries.pastes_of(basket)
    assert paste.text == CHAIN
    assert paste.unaccounted == 0
    assert [line.words for line in queries.lines_of(basket)] == [line.strip() for line in CHAIN.strip().split("\n")]
    assert counted(basket) == [
        ("李四", ("2", "1", "202"), (("A", 1),)),
        ("老王", ("3", "1", "301"), (("B", 2),)),
        ("云朵", ("1", "1", "101"), (("A", 1),)),
    ]


def test_what_is_doubtful_waits_with_its_reason_and_is_not_counted(world: World) -> None:
    basket = world.open()
    world.paste(basket, DOUBTFUL)
    assert [line.why for line in queries.lines_of(basket, states=["WAITING"])] == [
        "unknown-place", "no-place", "which-unit", "remark", "no-room",
    ]  # fmt: skip
    assert [name for name, _, _ in counted(basket)] == ["云朵"]


def test_in_a_basket_of_one_good_a_plain_number_is_of_it(world: World) -> None:
    basket = world.open(items=[ItemIn("A", "蔬菜包", world.item)])
    world.paste(basket, "#接龙\n1. 云朵 1-101 2份\n2. 李四 1-102\n3. 老王 1-201 鸡蛋\n")
    assert counted(basket) == [("云朵", ("1", "1", "101"), (("A", 2),)), ("李四", ("1", "1", "102"), (("A", 1),))]
    assert {why: line.words for why, line in waiting(basket).items()} == {"which-item": "3. 老王 1-201 鸡蛋"}


def test_a_quantity_that_nobody_said_waits_for_a_person(world: World) -> None:
    basket = world.open()
    lines = {
        "1-101 A两份*3": "pairing",
        "1-102 A x2 两份": "pairing",
        "1-201 4份（2荤1素）": "total-differs",
        "1-202 A一份 -1": "dash",
        "1-301 A2-3份": "range",
        "1-302 帮501带A1份": "number-not-read",
        "2-101 不要A，要B2份": "not-wanted",
        "2-102 不要A": "not-wanted",
        "2-201 A半份": "number-not-read",
    }
    text = "#接龙\n" + "".join(
        f"{no}. {name} {line}\n" for no, (name, line) in enumerate(zip(NEIGHBOURS, lines, strict=True), 1)
    )
    world.paste(basket, text)
    got = {line.words.split(maxsplit=2)[2]: line.why for line in queries.lines_of(basket, states=["WAITING"])}
    assert counted(basket) == []
    assert got == lines


def test_a_person_settles_each_line_and_nothing_is_left(world: World) -> None:
    basket = world.open()
    world.paste(basket, DOUBTFUL)
    lines = waiting(basket)
    world.settle(basket, lines["no-place"].id, building="2号楼", room="102室")
    world.settle(basket, lines["which-unit"].id, building="4", unit="2单元", room="101", items=(("B", 3),))
    world.settle(basket, lines["no-room"].id, "WITHDRAW")
    world.settle(basket, lines["remark"].id, "LEAVE_OUT", reason="道谢")
    with pytest.raises(DoorUnknown):
        world.settle(basket, lines["unknown-place"].id)
    world.settle(basket, lines["unknown-place"].id, is_sure=True)
    assert waiting(basket) == {}
    assert ("阿福", ("2", "1", "102"), (("A", 2),)) in counted(basket)
    assert ("大刘", ("4", "2", "101"), (("B", 3),)) in counted(basket)


def test_a_suggestion_says_what_to_do_and_not_the_reason_again(world: World) -> None:
    basket = world.open()
    world.paste(basket, DOUBTFUL)
    world.paste(basket, "#接龙\n2. 小满 9-101 A1\n3. 阿福 A2\n4. 大刘 4-101 A1\n谢谢团长，辛苦了\n6. 老王 3号楼 B1\n")
    lines = waiting(basket)
    assert {"vanished", "remark", "unknown-place", "which-unit"} <= set(lines)
    for why, line in lines.items():
        assert line.suggestion
        assert line.suggestion not in WORDS[why]
    assert set(TO_DO) >= ASKED | ASKED_OF_WITHDRAWN | {"vanished", "remark", "empty-number"}


@pytest.mark.parametrize(
    "decision",
    [
        {"what": "LEAVE_OUT"},
        {"what": "COUNT", "items": (("Z", 1),)},
        {"what": "COUNT", "items": ()},
        {"what": "COUNT"},
        {"what": "FORGET"},
    ],
)
def test_a_decision_that_makes_no_order_changes_nothing(world: World, decision: dict[str, Any]) -> None:
    basket = world.open()
    world.paste(basket, DOUBTFUL)
    line = waiting(basket)["no-place"]
    with pytest.raises(LineUnusable):
        world.settle(basket, line.id, **decision)
    assert waiting(basket)["no-place"] == line


def test_a_repost_supersedes_and_what_is_lost_in_it_is_asked_about(world: World) -> None:
    basket = world.open()
    world.paste(basket)
    world.paste(basket, "#接龙\n菜篮子 4月27日\n1. 云朵 1-101 A1\n2. 李四 2-202 A3\n3. 新邻居 4-2-301 A1\n")
    lost = waiting(basket)["vanished"]
    assert lost.words == "3. 老王 3-301 B两份"
    world.settle(basket, lost.id)
    assert sorted(counted(basket)) == [
        ("云朵", ("1", "1", "101"), (("A", 1),)),
        ("新邻居", ("4", "2", "301"), (("A", 1),)),
        ("李四", ("2", "1", "202"), (("A", 3),)),
        ("老王", ("3", "1", "301"), (("B", 2),)),
    ]
    assert [paste.is_newest for paste in queries.pastes_of(basket)] == [True, False]
    assert all(paste.unaccounted == 0 for paste in queries.pastes_of(basket))


def test_what_was_decided_holds_on_where_the_line_comes_again(world: World) -> None:
    basket = world.open()
    world.paste(basket, DOUBTFUL)
    lines = waiting(basket)
    world.settle(basket, lines["no-place"].id, building="2", room="102")
    world.settle(basket, lines["remark"].id, "LEAVE_OUT", reason="道谢")
    world.paste(basket, DOUBTFUL + "7. 新来 2-301 A1\n")
    assert set(waiting(basket)) == {"unknown-place", "which-unit", "no-room"}
    assert ("阿福", ("2", "1", "102"), (("A", 2),)) in counted(basket)


AFTER = {"now": NOW + 9 * HOUR}  # the deadline itself


def test_what_is_read_after_the_deadline_for_the_first_time_waits_as_late(world: World) -> None:
    basket = world.open()
    world.paste(basket, "#接龙\n1. 云朵 1-101 A2\n2. 李四 2-202 A1\n", now=NOW + 9 * HOUR - timedelta(seconds=1))
    assert not queries.lines_of(basket, states=["WAITING"])
    more = "#接龙\n1. 云朵 1-101 A2\n2. 李四 2-202 A1\n3. 老王 3-301 B2\n4. 阿福 A2\n5. 李四 取消\n"
    for _time in range(2):  # pasted again it is late still
        world.paste(basket, more, **AFTER)
        lines = {line.words: (line.state, line.why, "late" in line.doubts) for line in queries.lines_of(basket) if line.state in ("COUNTED", "WAITING")}  # fmt: skip
        assert lines["1. 云朵 1-101 A2"] == ("COUNTED", "", False)
        assert lines["2. 李四 2-202 A1"] == ("WAITING", "taken-back-late", False)
        assert lines["3. 老王 3-301 B2"] == ("WAITING", "late", False)
        assert lines["4. 阿福 A2"] == ("WAITING", "no-place", True)
    late = next(line for line in queries.lines_of(basket, states=["WAITING"]) if line.why == "late")
    assert late.suggestion == TO_DO["late"][1]
    world.settle(basket, late.id)
    world.paste(basket, more, **AFTER)
    assert "3. 老王 3-301 B2" in [
        line.words for line in queries.lines_of(basket, states=["COUNTED"])
    ]  # decided holds on


def test_a_name_that_was_read_wrongly_is_put_right_and_stays_so(world: World) -> None:
    basket, chain = world.open(), "#接龙\n1. 云朵儿 9-999 A2\n"
    world.paste(basket, chain)
    (line,) = queries.lines_of(basket, states=["WAITING"])
    world.settle(basket, line.id, building="1", room="101", name=" 云  朵 ")
    (counted,) = queries.lines_of(basket, states=["COUNTED"])
    assert (counted.name, counted.place) == ("云 朵", ("1", "1", "101"))
    world.paste(basket, chain)
    assert [one.name for one in queries.lines_of(basket, states=["COUNTED"])] == ["云 朵"]


def test_another_group_s_chain_stands_beside_it(world: World) -> None:
    basket = world.open()
    world.paste(basket, group="1-2号楼群")
    world.paste(basket, "#接龙\n1. 小满 4-1-102 A1\n", group="4号楼群")
    assert "vanished" not in waiting(basket)
    assert len(counted(basket)) == 4


def test_what_households_say_again_under_another_day_is_asked_once_of_the_chain(world: World) -> None:
    basket, two = world.open(), "1. 云朵 1-101 A2\n2. 李四 2-202 A1\n"
    world.paste(basket, f"#接龙\n4月26日菜篮子\n{two}#接龙\n4月27日菜篮子\n{two}3. 小满 4-1-102 A1\n")
    asked = queries.lines_of(basket, states=["WAITING"])
    assert [(line.name, line.why, line.where) for line in asked] == [
        ("云朵", "other-day", "4月27日菜篮子"), ("李四", "other-day", "4月27日菜篮子"),
    ]  # fmt: skip
    (row,) = read(queries.chat_of(queries.basket(basket), "queue")).chains[0].entries
    assert (row.name, row.items[0].quantity) == ("4月27日菜篮子", 2)
    assert "李四" in row.note


def test_the_same_lines_under_another_group_s_name_wait(world: World) -> None:
    basket, chain = world.open(), "#接龙\n1. 云朵 1-101 A2\n2. 李四 2-202 A1\n"
    world.paste(basket, chain)
    world.paste(basket, chain + "3. 小满 4-1-102 A1\n", group="1群")
    asked = [(line.words, line.why) for line in queries.lines_of(basket, states=["WAITING"])]
    assert asked == [("1. 云朵 1-101 A2", "said-again"), ("2. 李四 2-202 A1", "said-again")]
    assert sorted(name for name, _, _ in counted(basket)) == ["云朵", "小满", "李四"]
    for line in queries.lines_of(basket, states=["WAITING"]):
        world.settle(basket, line.id, "LEAVE_OUT", reason="两边贴了同一个接龙")
    world.paste(basket, chain + "3. 小满 4-1-102 A1\n", group="1群")
    world.paste(basket, chain)
    assert not queries.lines_of(basket, states=["WAITING"])  # decided holds on
    assert sorted(name for name, _, _ in counted(basket)) == ["云朵", "小满", "李四"]


def test_the_same_request_pastes_once_and_another_under_its_id_is_refused(world: World) -> None:
    basket, request = world.open(), new_id()
    assert world.paste(basket, request_id=request) == world.paste(basket, request_id=request)
    assert Paste.objects.count() == 1
    with pytest.raises(RequestIdReused):
        world.paste(basket, "#接龙\n1. 云朵 1-101 A1\n", request_id=request)


def test_nothing_is_pasted_into_a_basket_that_is_not_open(world: World) -> None:
    with pytest.raises(BasketMoved):
        world.paste(world.draft())
    with pytest.raises(PasteUnusable):
        world.paste(world.open(title="又一个"), "  \n ")


def test_a_stranger_is_refused_and_leaves_no_trace(world: World) -> None:
    basket = world.open()
    with pytest.raises(NotYourPlace):
        world.paste(basket, actor=world.stranger)
    assert queries.pastes_of(basket) == ()


def test_a_superseded_line_is_settled_no_more(world: World) -> None:
    basket = world.open()
    world.paste(basket, DOUBTFUL)
    old = waiting(basket)["no-place"]
    world.paste(basket, DOUBTFUL)
    with pytest.raises(LineMoved):
        world.settle(basket, old.id, "WITHDRAW")


def sheet(*rows: tuple[object, ...]) -> bytes:
    book = openpyxl.Workbook()
    page = book.active
    assert page is not None
    for row in rows:
        page.append(list(row))
    held = io.BytesIO()
    book.save(held)
    return held.getvalue()


def paste_table(world: World, basket: Any, data: bytes, profile: str) -> None:
    services.paste_table(
        basket=basket, file_name="导出.xlsx", data=data, profile=profile, actor=world.wu, now=NOW, request_id=new_id()
    )


def test_orders_exported_by_kuaituantuan_each_name_their_cell(world: World) -> None:
    basket = world.open()
    data = sheet(
        ("跟团号", "下单人", "商品", "数量", "楼号", "房号", "团员备注", "订单状态"),
        ("1", "云朵", "蔬菜套餐", 2, "1号楼", "101", "不要辣", "已支付"),
        ("2", "李四", "鸡蛋", 1, "2", "202", "", "已取消"),
        ("3", "小满", "牛奶", 1, "3", "301", "", "待支付"),
        ("4", "阿福", "鸡蛋", 1, "8", "101", "", "已支付"),
    )
    paste_table(world, basket, data, "kuaituantuan")
    lines = {line.name: line for line in queries.lines_of(basket) if line.kind == "ENTRY"}
    assert (lines["云朵"].state, lines["云朵"].place, lines["云朵"].items) == (
        "COUNTED",
        ("1", "1", "101"),
        (("A", 2),),
    )
    assert lines["云朵"].is_paid
    assert lines["李四"].state == "WITHDRAWN"
    assert (lines["小满"].why, lines["小满"].where) == ("not-on-menu", "Sheet!C4")
    assert (lines["阿福"].why, lines["阿福"].where) == ("unknown-place", "Sheet!E5")
    assert all(paste.unaccounted == 0 for paste in queries.pastes_of(basket))


def test_orders_exported_by_qunjielong_have_several_items_in_one_cell(world: World) -> None:
    basket = world.open()
    data = sheet(
        ("序号", "昵称", "接龙内容", "地址"),
        ("1", "云朵", "蔬菜套餐2份，鸡蛋1份", "滨江苑1号楼101室"),
        ("2", "李四", "A1 B2", "4号楼2单元302"),
    )
    paste_table(world, basket, data, "qunjielong")
    assert counted(basket) == [
        ("云朵", ("1", "1", "101"), (("A", 2), ("B", 1))),
        ("李四", ("4", "2", "302"), (("A", 1), ("B", 2))),
    ]


def export(*goods: tuple[object, object]) -> bytes:
    """Goods and their quantity, one row after another, of people who live where nothing is doubtful."""
    doors = [("1", room) for room in ROOMS] + [("2", room) for room in ROOMS]
    rows = [(name, *one, *door) for name, one, door in zip("甲乙丙丁戊己庚辛壬癸", goods, doors, strict=False)]
    return sheet(("下单人", "商品", "数量", "楼号", "房号"), *rows)


def test_a_quantity_of_an_export_that_is_no_number_of_packs_waits(world: World) -> None:
    basket = world.open()
    asked = ("0", "-1", "1.5", "2斤", "2-3", "一二", None, "12345")
    paste_table(world, basket, export(*(("蔬菜套餐", packs) for packs in asked)), "kuaituantuan")
    assert counted(basket) == []
    waits = queries.lines_of(basket, states=["WAITING"])
    assert [line.why for line in waits] == ["number-not-read"] * len(asked)


def test_a_quantity_of_an_export_may_be_written_in_words(world: World) -> None:
    basket = world.open()
    asked = ("2份", "两份", "２", "2.0", "十二份", "二十", 3)
    paste_table(world, basket, export(*(("蔬菜套餐", packs) for packs in asked)), "kuaituantuan")
    assert [items for _, _, items in counted(basket)] == [(("A", n),) for n in (2, 2, 2, 2, 12, 20, 3)]


def test_goods_of_an_export_that_the_quantity_need_not_belong_to_wait(world: World) -> None:
    basket = world.open()
    asked = {
        ("蔬菜套餐2份2份", 2): "pairing",
        ("蔬菜套餐半份", 1): "number-not-read",
        ("蔬菜套餐 羊肉", 2): "goods-left",
        ("蔬菜套餐2份", 1): "total-differs",
        ("蔬菜套餐、鸡蛋", 3): "total-differs",
        ("取消蔬菜套餐", 1): "nothing-to-withdraw",
        ("", 1): "which-item",
    }
    paste_table(world, basket, export(*asked, ("蔬菜套餐（微辣）", 2), ("蔬菜套餐、鸡蛋", 2)), "kuaituantuan")
    assert [line.why for line in queries.lines_of(basket, states=["WAITING"])] == list(asked.values())
    assert [items for _, _, items in counted(basket)] == [(("A", 2),), (("A", 1), ("B", 1))]
    assert [line.note for line in queries.lines_of(basket, states=["COUNTED"])] == ["微辣", ""]


def test_a_row_with_a_cell_that_is_not_to_be_trusted_waits(world: World) -> None:
    basket = world.open()
    book = openpyxl.load_workbook(io.BytesIO(export(("蔬菜套餐", 2), ("鸡蛋", 1), ("鸡蛋", 1))))
    assert book.active is not None
    book.active.merge_cells("C2:C3")
    held = io.BytesIO()
    book.save(held)
    paste_table(world, basket, held.getvalue(), "kuaituantuan")
    assert [line.why for line in queries.lines_of(basket, states=["WAITING"])] == ["cell-flawed"] * 2
    assert [name for name, _, _ in counted(basket)] == ["丙"]


PLACED = ("下单人", "商品", "数量", "楼号", "单元", "房号", "详细地址")


def waits_at(world: World, *rows: tuple[object, ...]) -> list[tuple[str, str]]:
    basket = world.open()
    paste_table(world, basket, sheet(PLACED, *rows), "kuaituantuan")
    return [(line.why, line.where.removeprefix("Sheet!")) for line in queries.lines_of(basket) if line.why]


def test_a_complaint_about_a_row_names_the_cell_that_it_is_about(world: World) -> None:
    assert waits_at(
        world,
        ("甲", "蔬菜套餐", 1, "8", "", "101", ""),
        ("乙", "蔬菜套餐", 1, "4", "3", "101", ""),
        ("丙", "蔬菜套餐", 1, "1", "1", "909", ""),
        ("丁", "蔬菜套餐", 1, "", "", "", "8号楼101室"),
        ("戊", "蔬菜套餐", 1, "4", "", "101", ""),
        ("己", "蔬菜套餐", 1, "1", "", "", ""),
        ("庚", "蔬菜套餐", 1, "", "", "", ""),
        ("辛", "蔬菜套餐", 0, "1", "", "101", ""),
        ("壬", "蔬菜套餐、鸡蛋", 3, "1", "", "102", ""),
        ("癸", "牛奶", 1, "1", "", "201", ""),
        ("子", "蔬菜套餐半份", 1, "1", "", "202", ""),
    ) == [
        ("unknown-place", "D2"),
        ("unknown-place", "E3"),
        ("unknown-place", "F4"),
        ("unknown-place", "G5"),
        ("which-unit", "E6"),
        ("no-room", "F7"),
        ("no-place", "D8"),
        ("number-not-read", "C9"),
        ("total-differs", "C10"),
        ("not-on-menu", "B11"),
        ("number-not-read", "B12"),
    ]


def test_fields_and_address_of_a_row_that_do_not_agree_wait(world: World) -> None:
    assert waits_at(
        world,
        ("甲", "蔬菜套餐", 1, "1", "", "101", "滨江苑1号楼102室"),
        ("乙", "蔬菜套餐", 1, "2", "", "101", "滨江苑1号楼101室"),
        ("丙", "蔬菜套餐", 1, "4", "2", "101", "滨江苑4号楼1单元101室"),
        ("丁", "蔬菜套餐", 1, "2", "", "102", "滨江苑1号楼101室"),
        ("戊", "蔬菜套餐", 1, "", "", "", "1号楼101室 2号楼102室"),
        ("己", "蔬菜套餐", 1, "1", "", "1o2", ""),
        ("庚", "蔬菜套餐", 1, "", "", "", "1号楼2o2室"),
        ("辛", "蔬菜套餐", 1, "1", "", "201", "滨江苑1号楼201室"),
    ) == [
        ("room-differs", "F2"),
        ("building-differs", "D3"),
        ("unit-differs", "E4"),
        ("other-household", "D5"),
        ("second-address", "G6"),
        ("typo", "F7"),
        ("typo", "G8"),
    ]


def test_a_door_that_is_doubtful_is_nobody_else_s(world: World) -> None:
    assert waits_at(
        world,
        ("甲", "蔬菜套餐", 1, "1", "", "101", "滨江苑1号楼102室"),
        ("甲", "鸡蛋", 1, "", "", "", ""),
    ) == [("room-differs", "F2"), ("no-place", "D3")]


def test_a_table_without_addresses_is_refused_with_its_columns(world: World) -> None:
    basket = world.open()
    with pytest.raises(PasteUnusable) as refused:
        paste_table(world, basket, sheet(("昵称", "商品"), ("云朵", "鸡蛋")), "kuaituantuan")
    assert refused.value.found == "昵称, 商品"
    assert queries.pastes_of(basket) == ()
