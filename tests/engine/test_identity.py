"""Numbers of identity documents: the standard's examples, what must fail, and that none is repeated."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.kernel.identity import DocumentType, normalised, read_identity

VALID = ["11010519491231002X", "440524188001010014", "34052419800101001X"]


@pytest.mark.parametrize("number", VALID)
def test_the_standards_examples_are_valid(number: str) -> None:
    read = read_identity(number)
    assert (read.is_valid, read.why, read.number, read.last_four) == (True, "", number, number[-4:])


@pytest.mark.parametrize(
    ("text", "why"),
    [
        ("110105194912310021", "check character"),
        ("11010519490231002X", "no date"),
        ("1101051949123100", "16 characters"),
        ("A1010519491231002X", "region"),
        ("110105194912310O2X", "not all digits"),
        ("11010519491231002Y", "neither a digit nor X"),
        ("01010519491231002X", "province"),
        ("110105491231002", "first kind"),
        ("", "Nothing is written"),
        ("११०१०५१९४९१२३१००२X", "region"),
    ],
)
def test_what_is_wrong_is_told(text: str, why: str) -> None:
    read = read_identity(text)
    assert not read.is_valid
    assert why in read.why
    assert read.last_four == ""


@pytest.mark.parametrize(
    "text",
    [
        "11010519491231002x",
        "１１０１０５１９４９１２３１００２Ｘ",
        " 110105 19491231 002X ",
        "\ufeff110105\u200b19491231002X\t",
    ],
)
def test_one_number_however_it_is_typed(text: str) -> None:
    assert normalised(text) == "11010519491231002X"
    assert read_identity(text).is_valid


@given(st.sampled_from(VALID), st.integers(0, 16), st.integers(1, 9))
def test_one_mistyped_digit_is_always_found(number: str, at: int, by: int) -> None:
    wrong = number[:at] + str((int(number[at]) + by) % 10) + number[at + 1 :]
    assert not read_identity(wrong).is_valid


@given(st.text(max_size=20) | st.from_regex(r"[0-9]{17}[0-9X]", fullmatch=True))
def test_nothing_said_of_a_number_repeats_it(text: str) -> None:
    read = read_identity(text)
    assert repr(read).count(read.number) == 0 or len(read.number) < 6
    runs = {read.number[at : at + 4] for at in range(len(read.number) - 3)}
    assert not [run for run in runs if run in read.why and run.isdigit()]


@pytest.mark.parametrize(
    ("document", "good", "bad"),
    [
        (DocumentType.PASSPORT, "e12345678", "护照"),
        (DocumentType.HK_MACAO_PERMIT, "H12345678", "12345678"),
        (DocumentType.TAIWAN_PERMIT, "１２３４５６７８", "123456789"),
        (DocumentType.FOREIGN_PR, "FRA110000900101", "11010519491231002X"),
    ],
)
def test_other_documents_have_shapes_of_their_own(document: DocumentType, good: str, bad: str) -> None:
    assert read_identity(good, document).is_valid
    assert not read_identity(bad, document).is_valid


def test_a_foreigners_number_has_a_nine_before_its_province() -> None:
    first = "9110001990010100"
    assert [read_identity(f"{first}1{check}").is_valid for check in "0123456789X"].count(True) == 1
    assert "province" in read_identity("990000199001010011").why
