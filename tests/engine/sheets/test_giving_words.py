"""What givers write into one cell: for whom, how packed, several goods, a standard."""

from __future__ import annotations

from decimal import Decimal

import pytest

from baogong.engine.sheets.amounts import UnreadAmount
from baogong.engine.sheets.earmarks import NOT_FOR_WHOM, read_earmark, read_earmark_cell, read_remark
from baogong.engine.sheets.goods import read_goods_name
from baogong.engine.sheets.quantities import read_quantities, read_quantity


@pytest.mark.parametrize(
    ("text", "rest", "receiver"),
    [
        ("口罩（定向捐赠江夏红十字）", "口罩", "江夏红十字"),
        ("带阀口罩 KN95（）定向捐赠同济医院病理科", "带阀口罩 KN95", "同济医院病理科"),
        ("口罩 定向：武汉协和", "口罩", "武汉协和"),
        ("定向武汉协和：口罩", "口罩", "武汉协和"),
        ("口罩【定向：金银潭】", "口罩", "金银潭"),
        ("口罩，指定捐给武汉三院", "口罩", "武汉三院"),
        ("指定给武汉三院的N95", "N95", "武汉三院"),
        ("给武汉协和的口罩", "口罩", "武汉协和"),
        ("口罩（给武汉协和的）", "口罩", "武汉协和"),
        ("口罩 给武汉协和", "口罩", "武汉协和"),
        ("口罩→武汉协和", "口罩", "武汉协和"),
        ("口罩（武汉协和专用）", "口罩", "武汉协和"),
        ("武汉协和专用防护服", "防护服", "武汉协和"),
        ("口罩（捐给武汉协和医院使用）", "口罩", "武汉协和医院"),
        ("口罩（定向：武汉协和（西院））", "口罩", "武汉协和（西院）"),
        ("masks (for Wuhan Union Hospital)", "masks", "Wuhan Union Hospital"),
        ("masks earmarked for Wuhan Union", "masks", "Wuhan Union"),
        ("防护服（定向武汉协和", "防护服", "武汉协和"),
        ("口罩（只给武汉协和）", "口罩", "武汉协和"),
        ("口罩【定向】武汉协和", "口罩", "武汉协和"),
    ],
)
def test_for_whom_is_read_in_any_wording(text: str, rest: str, receiver: str) -> None:
    found = read_earmark(text)
    assert (found.rest, found.receivers, found.doubts) == (rest, (receiver,), ())


@pytest.mark.parametrize("text", ["口罩（给协和）", "口罩（捐给协和）", "口罩(送往金银)"])
def test_a_name_of_two_characters_in_brackets_is_read_and_asked_about(text: str) -> None:
    found = read_earmark(text)
    assert (found.rest, len(found.receivers[0]), found.is_vague) == ("口罩", 2, True)
    assert found.doubts[0].startswith("it may say for whom: ")
    assert read_earmark(text, only_strong=True).receivers == ()


@pytest.mark.parametrize(
    "text",
    [
        "医用防护口罩（N95折叠）",
        "护目镜（1*100）日本",
        "口罩（赠品）",
        "口罩（给力牌）",
        "口罩（送货上门）",
        "口罩（限量版）",
        "口罩（捐赠品）",
        "口罩（捐100只）",
        "口罩（支援物资）",
        "口罩（给水）",
    ],
)
def test_other_words_in_brackets_are_no_earmark(text: str) -> None:
    found = read_earmark(text)
    assert (found.rest, found.is_there, found.doubts) == (text, False, ())


@pytest.mark.parametrize("text", ["口罩（非定向捐赠）", "口罩（非定向）", "口罩（定向：无）", "口罩（不指定用途）"])
def test_not_earmarked_is_no_earmark_for_nobody(text: str) -> None:
    found = read_earmark(text)
    assert (found.rest, found.is_there, found.is_denied) == ("口罩", False, True)


@pytest.mark.parametrize(
    ("text", "doubt"),
    [
        ("口罩（定向捐赠）", NOT_FOR_WHOM),
        ("口罩（定向协和、同济）", "the earmark names several receivers: 协和、同济"),
        ("口罩（定向武汉协和500只）", "an amount stands beside the receiver: 武汉协和500只"),
        ("口罩（定向各社区）", "the earmark names no one receiver: 各社区"),
        ("口罩（定向武汉协和）（定向同济）", "another earmark stands beside it: 口罩（定向同济）"),
        ("口罩（捐武汉协和）", "it may say for whom: 捐武汉协和"),
        ("口罩（限武汉协和使用）", "it may say for whom: 限武汉协和使用"),
        ("口罩（非定向）（定向协和）", "it says both that it is earmarked and that it is not"),
    ],
)
def test_what_an_earmark_leaves_open_is_a_doubt(text: str, doubt: str) -> None:
    assert doubt in read_earmark(text).doubts


def test_a_remark_names_a_receiver_only_in_plain_words() -> None:
    assert read_earmark("请送到仓库，给保管员", only_strong=True).receivers == ()
    assert read_earmark("定向武汉协和", only_strong=True).receivers == ("武汉协和",)


@pytest.mark.parametrize(
    "text",
    [
        "武汉协和专用", "只给武汉协和", "给武汉协和", "请转交武汉协和", "收货单位：武汉协和", "→ 武汉协和", "定向武汉协和",
        "本批物资请转交武汉协和，谢谢", "给武汉协和的口罩", "（只给武汉协和）", "武汉协和专用，请转交武汉协和", "only for 武汉协和",
    ],
)  # fmt: skip
def test_a_remark_says_for_whom(text: str) -> None:
    found = read_remark(text)
    assert (found.receivers, found.is_vague, found.doubts) == (("武汉协和",), False, ())


@pytest.mark.parametrize(
    "text", ["送到武汉协和", "原定给武汉协和", "不给武汉协和", "武汉协和收", "发票寄给武汉协和", "支援武汉协和"]
)
def test_words_that_say_many_things_are_doubted_in_a_remark(text: str) -> None:
    found = read_remark(text)
    assert (found.receivers, found.is_vague) == (("武汉协和",), True)
    assert found.doubts == (f"it may say for whom: {text}",)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "送货前电话给保管员",
        "请送到仓库，给保管员",
        "给我打电话",
        "送到3号库",
        "请给开发票",
        "支援武汉",
        "与下一家同车",
        "给予支持",
    ],
)
def test_a_remark_about_other_matters_is_no_earmark(text: str) -> None:
    assert not read_remark(text).is_there


@pytest.mark.parametrize("text", ["无", "/", "不限", "非定向"])
def test_the_earmarks_own_column_may_say_none(text: str) -> None:
    assert not read_earmark_cell(text).is_there


def test_the_earmarks_own_column_holds_a_name_with_or_without_the_word() -> None:
    for text in ("武汉协和", "定向：武汉协和", "指定武汉协和使用"):
        assert read_earmark_cell(text).receivers == ("武汉协和",)
    assert read_earmark_cell("是").doubts == (NOT_FOR_WHOM,)


@pytest.mark.parametrize(
    ("text", "number", "unit", "spec"),
    [
        ("1600套", 1600, "套", ""),
        ("共1600套", 1600, "套", ""),
        ("1 600套".replace(" ", ","), 1600, "套", ""),
        ("20箱*50套", 20, "箱", "50套/箱"),
        ("20箱×50套/箱", 20, "箱", "50套/箱"),
        ("50套/箱*20箱", 20, "箱", "50套/箱"),
        ("20箱（50套/箱）", 20, "箱", "50套/箱"),
        ("20箱，每箱50套", 20, "箱", "50套/箱"),
        ("每箱50套，20箱", 20, "箱", "50套/箱"),
        ("20箱*12盒*50只", 20, "箱", "600只/箱"),
        ("1600套（32箱）", 1600, "套", "50套/箱"),
        ("1600 套 32 箱", 1600, "套", "50套/箱"),
        ("32箱，共1600套", 1600, "套", "50套/箱"),
        ("2000只,每箱500只", 2000, "只", "500只/箱"),
        ("1600套(已到)", 1600, "套", ""),
    ],
)
def test_an_amount_is_read_with_its_packing(text: str, number: int, unit: str, spec: str) -> None:
    found = read_quantity(text)
    assert (found.number, found.amount.unit, found.spec, found.amount.doubts) == (Decimal(number), unit, spec, ())


@pytest.mark.parametrize(
    "text", ["20箱（100套）", "32箱1600套", "500+300只", "1600套（含赠品）", "1601套（33箱）", "20箱*50"]
)
def test_an_amount_that_can_be_read_in_two_ways_is_doubted(text: str) -> None:
    assert read_quantity(text).amount.doubts


@pytest.mark.parametrize("text", ["20*50", "若干", "20*50套", "3000只+20箱"])
def test_what_is_no_amount_is_refused(text: str) -> None:
    with pytest.raises(UnreadAmount):
        read_quantity(text)


def test_digits_with_a_space_between_are_two_numbers_unless_they_are_thousands() -> None:
    assert read_quantity("12 000只").number == 12_000
    found = read_quantity("2009 20箱").amount
    assert (int(found.number), found.item) == (20, "2009")


def test_several_goods_in_one_cell_come_apart() -> None:
    found = read_quantities("3000*n95口罩;500*防护服；防护服 20箱*50套")
    assert [(each.amount.item, int(each.number), each.spec) for each in found] == [
        ("n95口罩", 3000, ""),
        ("防护服", 500, ""),
        ("防护服", 20, "50套/箱"),
    ]
    assert [each.spec for each in read_quantities("20箱，每箱50套")] == ["50套/箱"]
    with pytest.raises(UnreadAmount):
        read_quantities("3000只、500套")


@pytest.mark.parametrize(
    ("text", "name", "spec", "standard"),
    [
        ("医用防护服（50套/箱）", "医用防护服", "50套/箱", ""),
        ("医用防护口罩 GB19083-2010", "医用防护口罩", "", "GB19083-2010"),
        ("N95口罩（GB 19083-2010，400只/箱）", "N95口罩", "400只/箱", "GB 19083-2010"),
        ("护目镜（1*100）日本", "护目镜（1*100）日本", "", ""),
        ("医用防护口罩（N95）", "医用防护口罩（N95）", "", ""),
    ],
)
def test_packing_and_standard_are_told_from_the_name(text: str, name: str, spec: str, standard: str) -> None:
    found = read_goods_name(text)
    assert (found.name, found.spec, found.standard) == (name, spec, standard)


@pytest.mark.parametrize(
    ("text", "number", "unit", "spec"),
    [
        ("13箱*252件", 13, "箱", "252件/箱"),
        ("452件/箱*8箱", 8, "箱", "452件/箱"),
        ("28箱（292件/箱）", 28, "箱", "292件/箱"),
        ("16箱，每箱22件", 16, "箱", "22件/箱"),
        ("16箱，共2592件", 2592, "件", "162件/箱"),
        ("5502件（21箱）", 5502, "件", "262件/箱"),
        ("1600件，每箱50件", 1600, "件", "50件/箱"),
        ("20件*50套", 20, "件", "50套/件"),
    ],
)
def test_jian_is_what_stands_in_a_carton_beside_one_and_a_carton_by_itself(
    text: str, number: int, unit: str, spec: str
) -> None:
    read = read_quantity(text)
    assert (read.amount.number, read.amount.unit, read.spec, read.amount.doubts) == (Decimal(number), unit, spec, ())
