"""The short code: each number has its own, and a slip of the hand is noticed."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from baogong.delivery.codes import BASE, DIGITS, code_of, is_code, tidy
from baogong.kernel.ids import SIGNS

numbers = st.integers(min_value=0, max_value=BASE**DIGITS + BASE ** (DIGITS + 1) - 1)


def test_codes_of_one_house_are_all_different_and_hard_to_mistake() -> None:
    codes = [code_of(number) for number in range(20_000)]
    assert len(set(codes)) == 20_000
    assert all(len(code) == DIGITS + 1 and is_code(code) for code in codes)
    assert not set("".join(codes)) & set("01OIL")


def test_where_five_digits_are_used_up_a_sixth_begins() -> None:
    assert len(code_of(BASE**DIGITS - 1)) == DIGITS + 1
    assert len(code_of(BASE**DIGITS)) == DIGITS + 2


@given(number=numbers, place=st.integers(0, DIGITS), sign=st.sampled_from(SIGNS))
def test_one_wrong_sign_is_noticed(number: int, place: int, sign: str) -> None:
    code = code_of(number)
    assert is_code(code[:place] + sign + code[place + 1 :]) is (code[place] == sign)


@given(number=numbers, place=st.integers(0, DIGITS - 1))
def test_two_neighbours_swapped_are_noticed(number: int, place: int) -> None:
    code = code_of(number)
    swapped = code[:place] + code[place + 1] + code[place] + code[place + 2 :]
    assert is_code(swapped) is (swapped == code)


def test_what_is_typed_is_read_as_it_was_meant() -> None:
    code = code_of(12_345)
    assert tidy(f" {code[:3].lower()}-{code[3:].lower()} ") == code
    assert tidy("ｓｆ１２３ ４５６") == "SF123456"
