"""Amounts as an operator types them: a comma counts only where it parts thousands."""

from __future__ import annotations

import pytest

from baogong.kernel.errors import UnusableInput
from baogong.ops import words


@pytest.mark.parametrize(
    ("text", "found"), [("1200", 120_000), ("6.50", 650), ("1,200", 120_000), (" 1,234,567.8 ", 123_456_780)]
)
def test_a_price_is_read_in_yuan(text: str, found: int) -> None:
    assert words.fen(text, "price") == found


@pytest.mark.parametrize("text", ["1,5", "1,50", "12,34", "1,2345", ",500", "", "x", "-1", "1.234"])
def test_a_price_in_doubt_is_refused(text: str) -> None:
    with pytest.raises(UnusableInput):
        words.fen(text, "price")


def test_a_whole_number_is_read_with_its_thousands_and_refused_in_doubt() -> None:
    assert [words.whole(one, "units") for one in ("7", "1,000", "1,234,567")] == [7, 1_000, 1_234_567]
    for text in ("1,5", "10,00", "1,0000", "1.0"):
        with pytest.raises(UnusableInput):
            words.whole(text, "units")
