"""Numbers, amounts and packings as people write them."""

from __future__ import annotations

import csv
from decimal import Decimal
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.sheets.amounts import (
    GRAMS,
    UNIT_KINDS,
    UnitKind,
    UnreadAmount,
    parse_amount,
    parse_entries,
    parse_mass_spec,
    parse_spec,
    printed_size_cm,
)
from baogong.engine.sheets.doubts import Figure, powers_of_ten
from baogong.engine.sheets.numbers import UnreadNumber, read_number
from baogong.engine.sheets.standards import StandardRef, read_standards

PLAIN, CAPITAL = ("零一二三四五六七八九", "十百千"), ("零壹贰叁肆伍陆柒捌玖", "拾佰仟")


def in_words(number: int, digits: str, units: str) -> str:
    """A whole number below 10^12 as Chinese writes it: the reader's inverse, for the tests."""
    if number == 0:
        return digits[0]
    words = ""
    for unit, word in ((10**8, "亿"), (10**4, "万"), (1, "")):
        part, number = divmod(number, unit)
        if not part:
            continue
        if words and part < 1_000:
            words += digits[0]
        words += _below_ten_thousand(part, digits, units) + word
    return words


def _below_ten_thousand(part: int, digits: str, units: str) -> str:
    words, gap = "", False
    for place in (3, 2, 1, 0):
        digit = part // 10**place % 10
        if digit == 0:
            gap = bool(words)
            continue
        words += (digits[0] if gap else "") + digits[digit] + (units[place - 1] if place else "")
        gap = False
    return words


whole = st.integers(0, 10**12 - 1)


@given(whole)
def test_a_number_in_words_is_read_back(number: int) -> None:
    for digits, units in (PLAIN, CAPITAL):
        assert read_number(in_words(number, digits, units)) == (Decimal(number), ())


@given(whole)
def test_a_number_in_digits_is_read_back_in_every_dress(number: int) -> None:
    full_width = str(number).translate(str.maketrans("0123456789", "０１２３４５６７８９"))
    for text in (str(number), f"{number:,}", f" {number} ", full_width, f"{number:,}".replace(",", "，")):
        assert read_number(text) == (Decimal(number), ())


@given(st.integers(1, 9_999), st.integers(0, 9_999))
def test_four_digits_behind_wan_are_what_they_say(left: int, right: int) -> None:
    number, doubts = read_number(f"{left}万{right:04d}" if right >= 1000 or right == 0 else f"{left}万零{right}")
    assert (number, doubts) == (Decimal(left * 10_000 + right), ())


@given(st.integers(1, 9_999), st.integers(1, 9))
def test_one_digit_behind_wan_is_the_next_place_and_doubted(left: int, right: int) -> None:
    number, doubts = read_number(f"{left}万{right}")
    assert number == left * 10_000 + right * 1_000
    assert doubts


@given(st.text(max_size=12))
def test_any_text_is_a_number_or_refused(text: str) -> None:
    try:
        number, _ = read_number(text)
    except UnreadNumber:
        return
    assert number.is_finite()


@pytest.mark.parametrize(
    ("text", "number", "is_doubted"),
    [
        ("1万3", 13_000, True),
        ("一万三", 13_000, True),
        ("三千五", 3_500, True),
        ("一百一", 110, True),
        ("1.5万", 15_000, False),
        ("两百", 200, False),
        ("十二", 12, False),
        ("二〇二〇", 2020, False),
        ("一亿二千万", 120_000_000, False),
        ("3万亿", 3 * 10**12, False),
        ("2w", 20_000, False),
        ("3000余", 3_000, True),
        ("约3000", 3_000, True),
        ("1万30", 10_030, True),
        ("-3", -3, False),
        ("0.01", Decimal("0.01"), False),
    ],
)
def test_common_ways_of_writing_numbers(text: str, number: int, is_doubted: bool) -> None:
    found, doubts = read_number(text)
    assert (found, bool(doubts)) == (Decimal(number), is_doubted)


@pytest.mark.parametrize("text", ["", "500-1000", "若干", "万", "3个", "1,00", "1.2.3", "一二三万"])
def test_what_is_no_number_is_refused(text: str) -> None:
    with pytest.raises(UnreadNumber):
        read_number(text)


@pytest.mark.parametrize(
    ("text", "number", "unit", "item"),
    [
        ("3000*n95口罩", 3000, "", "n95口罩"),
        ("n95口罩 3000", 3000, "", "n95口罩"),
        ("n95口罩*3000", 3000, "", "n95口罩"),
        ("N95口罩×3000个", 3000, "个", "n95口罩"),
        ("3000只N95口罩", 3000, "只", "n95口罩"),
        ("N95口罩3000只", 3000, "只", "n95口罩"),
        ("N95口罩 3000 只", 3000, "只", "n95口罩"),
        ("n95口罩3000", 3000, "", "n95口罩"),
        ("防护服1万", 10_000, "", "防护服"),
        ("护目镜3千", 3_000, "", "护目镜"),
        ("N95口罩五千", 5_000, "", "n95口罩"),
        ("50套防护服", 50, "套", "防护服"),
        ("一万套防护服", 10_000, "套", "防护服"),
        ("84消毒液 20箱", 20, "箱", "84消毒液"),
        ("75%酒精*100瓶", 100, "瓶", "75%酒精"),
        ("医用外科口罩：2,000", 2_000, "", "医用外科口罩"),
        ("20箱", 20, "箱", ""),
        ("１００ 副", 100, "副", ""),
        ("10吨", 10, "吨", ""),
        ("5kg", 5, "kg", ""),
        ("300万元", 3_000_000, "元", ""),
    ],
)
def test_amounts_beside_their_goods(text: str, number: int, unit: str, item: str) -> None:
    amount = parse_amount(text)
    assert (amount.number, amount.unit, amount.item) == (Decimal(number), unit, item)


@pytest.mark.parametrize(
    ("text", "grams"),
    [
        ("3斤2两", 1_600),
        ("三斤二两", 1_600),
        ("2斤半", 1_250),
        ("一斤半", 750),
        ("半斤", 250),
        ("1公斤500克", 1_500),
        ("1 吨 200 公斤", 1_200_000),
        ("10市斤", 5_000),
        ("二两", 100),
        ("21吨", 21_000_000),
        ("5.25kg", 5_250),
    ],
)
def test_weights_are_read_in_jin_and_liang_too(text: str, grams: int) -> None:
    amount = parse_amount(text)
    assert amount.item == ""
    assert amount.number * GRAMS[amount.unit] == grams


@pytest.mark.parametrize(
    ("text", "grams", "outer"), [("20公斤/筐", 20_000, "筐"), ("大土豆 40斤/袋", 20_000, "袋"), ("2000只/件", None, "")]
)
def test_the_weight_of_a_crate_is_read_beside_it(text: str, grams: int | None, outer: str) -> None:
    found = parse_mass_spec(text)
    assert (found.grams, found.outer) == (grams, outer) if found else grams is None


@pytest.mark.parametrize("text", ["", "84消毒液", "一次性口罩", "第三医院", "3*4", "若干口罩", "95%"])
def test_a_number_that_may_belong_to_the_name_is_no_amount(text: str) -> None:
    with pytest.raises(UnreadAmount):
        parse_amount(text)


@given(st.integers(1, 10**9), st.sampled_from(sorted(UNIT_KINDS)), st.sampled_from(["n95口罩", "防护服", "84消毒液"]))
def test_amount_unit_and_goods_are_read_back_in_every_order(number: int, unit: str, item: str) -> None:
    for text in (
        f"{number}{unit}*{item}",
        f"{item}*{number}{unit}",
        f"{item} {number}{unit}",
        f"{item} {number} {unit}",
    ):
        amount = parse_amount(text)
        assert (amount.number, amount.unit, amount.item) == (Decimal(number), unit, item)
    alone = parse_amount(f"{number:,}{unit}")
    assert (alone.number, alone.unit) == (Decimal(number), unit)
    assert alone.unit_kind is UNIT_KINDS[unit]


def test_several_amounts_in_one_cell() -> None:
    entries = parse_entries("3000*n95口罩;500*防护服，2,000*手套、20箱84消毒液\n")
    assert [(int(entry.number), entry.item) for entry in entries] == [
        (3000, "n95口罩"), (500, "防护服"), (2000, "手套"), (20, "84消毒液"),
    ]  # fmt: skip
    with pytest.raises(UnreadAmount) as refusal:
        parse_entries("3000*n95口罩;防护服")
    assert refusal.value.found == "防护服"


@pytest.mark.parametrize(
    ("text", "pieces", "unit", "outer"),
    [
        ("2000只/件", 2000, "只", "件"),
        ("45件/箱", 45, "件", "箱"),
        ("100副/件", 100, "副", "件"),
        ("简装小,2000只/件", 2000, "只", "件"),
        ("7.5,1000只/件", 1000, "只", "件"),
        ("1715，300只/件", 300, "只", "件"),
        ("600PLNS   XL号，100套/件", 100, "套", "件"),
        ("17.5*9.5cm 三层 耳挂式，2000只/件", 2000, "只", "件"),
        ("长方形绑带（17cm*9cm），1000只/件", 1000, "只", "件"),
        ("30ml*240/箱", 240, "", "箱"),
        ("50ml/瓶   1瓶/盒*100盒/箱", 100, "瓶", "箱"),
        ("25片/盒   400盒/箱", 10_000, "片", "箱"),
        ("1只/袋 50袋/盒 12盒/箱", 600, "只", "箱"),
        ("10盒/箱，10支/盒", 100, "支", "箱"),
        ("30只*80盒/箱", 2_400, "只", "箱"),
        ("24粒X10小盒X40/箱", 9_600, "粒", "箱"),
        ("65只*36盒,2340只/件", 2_340, "只", "件"),
        ("80箱*100", 100, "", "箱"),
        ("12件*100个", 100, "个", "件"),
        ("2,000只/件", 2_000, "只", "件"),
        ("700/箱", 700, "", "箱"),
    ],
)
def test_packings(text: str, pieces: int, unit: str, outer: str) -> None:
    spec = parse_spec(text)
    assert spec is not None
    assert (spec.pieces, spec.unit, spec.outer) == (pieces, unit, outer)


@pytest.mark.parametrize("text", ["", "33*27*28", "XL", "医用WS2718.80副/件", "P1*100只"])
def test_what_names_no_packing_gives_none(text: str) -> None:
    assert parse_spec(text) is None


def test_a_printed_size_is_no_packing() -> None:
    assert printed_size_cm("33*27*28") == (Decimal(33), Decimal(27), Decimal(28))
    assert printed_size_cm("2000只/件") is None


@given(
    st.integers(1, 20_000),
    st.sampled_from(["只", "个", "套", "副", "双", "片", "支"]),
    st.sampled_from(["件", "箱"]),
    st.sampled_from(["", "XL，", "M号,", "N9501-A型,", "平面型耳带式，"]),
)
def test_a_packing_is_read_back(pieces: int, unit: str, outer: str, before: str) -> None:
    spec = parse_spec(f"{before}{pieces}{unit}/{outer}")
    assert spec is not None
    assert (spec.pieces, spec.unit, spec.outer, spec.doubts) == (pieces, unit, outer, ())


def test_nearly_all_real_packings_are_read(real_data: Path) -> None:
    """Of 362 written packings 5 stand in the wrong column, 3 are printed sizes, and 4 say nothing that can be counted."""
    rows = list(csv.DictReader((real_data / "cartons.csv").open(encoding="utf-8")))
    unread = [row["spec"] for row in rows if parse_spec(row["spec"]) is None]
    assert len(rows) == 362
    assert sorted(filter(None, unread)) == sorted(
        ["33*27*28", "55*28*56", "55*28*56", "33*30只", "医用WS2718.80副/件", "0.15*7瓶/盒", "P1*100只"]
    )
    doubted = [row["spec"] for row in rows if (spec := parse_spec(row["spec"])) and spec.doubts]
    assert len(doubted) <= 8


def test_a_power_of_ten_between_two_documents_is_found_and_nothing_else() -> None:
    def figure(amount: int, document: str, purpose: str = "relief") -> Figure:
        return Figure("foundation", "money", purpose, amount, document)

    doubts = powers_of_ten(
        [figure(300_000_00, "retelling"), figure(3_000_000_00, "notice"), figure(10_000_000_00, "notice", "hospitals")]
    )
    assert [(doubt.smaller.document, doubt.greater.document, doubt.exponent) for doubt in doubts] == [
        ("retelling", "notice", 1)
    ]
    assert powers_of_ten([figure(300, "a"), figure(600, "b")]) == ()
    assert powers_of_ten([figure(300, "a"), figure(300, "b")]) == ()
    assert powers_of_ten([figure(300, "a"), figure(3000, "a")]) == ()
    assert powers_of_ten([figure(0, "a"), figure(0, "b")]) == ()


@given(st.integers(1, 10**9), st.integers(1, 8))
def test_every_power_of_ten_is_found(amount: int, exponent: int) -> None:
    figures = [Figure("p", "i", "", amount * 10**exponent, "b"), Figure("p", "i", "", amount, "a")]
    (doubt,) = powers_of_ten(figures)
    assert (doubt.smaller.amount, doubt.exponent) == (amount, exponent)


def test_standards_are_read_however_they_are_written() -> None:
    text = "医用外科口罩：YY0469-2011；符合GB19083-2010，yy/t 0969—2013 GB 2626，GB19082-2009《医用一次性防护服》"
    assert read_standards(text) == (
        StandardRef("YY 0469", "2011"),
        StandardRef("GB 19083", "2010"),
        StandardRef("YY/T 0969", "2013"),
        StandardRef("GB 2626"),
        StandardRef("GB 19082", "2009"),
    )
    assert read_standards("3M 1860, N95") == ()


def test_every_unit_word_has_one_kind() -> None:
    assert UNIT_KINDS["件"] is UnitKind.JIAN
    assert UNIT_KINDS["箱"] is UnitKind.CARTON
    assert UNIT_KINDS["双"] is UNIT_KINDS["副"] is UnitKind.PAIR
