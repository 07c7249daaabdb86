"""Sums of money as they are printed, and the doubt where two figures side by side cannot both be right."""

from __future__ import annotations

from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.sheets.money import UnreadMoney, parse_money
from baogong.kernel.money import yuan


@pytest.mark.parametrize(
    ("text", "yuan_meant"),
    [
        ("1000万元", "10000000"),
        ("１０００万元", "10000000"),
        ("人民币壹仟万元整", "10000000"),
        ("一千万元", "10000000"),
        ("3,000,000", "3000000"),
        ("¥3,000,000.50", "3000000.50"),
        ("12元5角3分", "12.53"),
        ("贰拾万圆整", "200000"),
        ("1.2亿元", "120000000"),
        ("RMB 1.5 million", "1500000"),
        ("300,000 yuan", "300000"),
        ("2bn yuan", "2000000000"),
        ("共计600万元", "6000000"),
    ],
)
def test_a_sum_is_read_to_the_fen(text: str, yuan_meant: str) -> None:
    assert Decimal(parse_money(text).fen) == Decimal(yuan_meant) * 100


@pytest.mark.parametrize("text", ["超过300万元", "价值超过300万元", "more than 3,000,000 yuan", "about 5 million yuan"])
def test_a_rough_sum_says_so(text: str) -> None:
    assert parse_money(text).is_rough


def test_dollars_that_agree_are_no_doubt() -> None:
    read = parse_money("300,000 yuan ($43,247)")
    assert (read.fen, read.dollars, read.other_fen, read.doubts) == (30_000_000, 43_247, None, ())


def test_dollars_that_contradict_name_the_figure_they_speak_for() -> None:
    """What an English retelling of 1000万 printed: both figures cannot be right."""
    read = parse_money("1 billion yuan ($1,441,586)")
    assert (read.fen, read.other_fen) == (100_000_000_000, 1_000_000_000)
    assert read.doubts == (
        "1,000,000,000.00 yuan is printed beside 1,441,586 dollars, which speak for 10,000,000.00 yuan",
    )


def test_dollars_in_chinese_are_dollars_too() -> None:
    assert parse_money("1000万元（约144万美元）").other_fen is None
    assert parse_money("1000万元（约14.4万美元）").other_fen == 100_000_000


@pytest.mark.parametrize("text", ["", "many", "0元", "-5元", "0.001元", "1-2万元"])
def test_what_is_no_sum_is_refused_with_its_cure(text: str) -> None:
    with pytest.raises(UnreadMoney) as refusal:
        parse_money(text)
    assert refusal.value.found == text
    assert refusal.value.cure


@given(st.integers(1, 10**13))
def test_what_the_house_prints_it_reads(fen: int) -> None:
    assert parse_money(f"{yuan(fen)}元").fen == fen
