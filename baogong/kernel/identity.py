"""
Numbers of identity documents: read, normalised, checked. What is said about one never repeats it.

A resident identity number (GB 11643-1999): 6 digits of region, 8 of birth date, 3 of serial, a check character (ISO 7064 MOD
11-2). Foreigners' and Taiwan, Hong Kong and Macau residents' permits to live here have numbers of the same build.
"""

from __future__ import annotations

import re
import unicodedata
from dataclasses import dataclass, field
from datetime import date
from enum import StrEnum
from operator import mul


class DocumentType(StrEnum):
    """Which paper a number is from; part of what its tag is made of."""

    RESIDENT_ID = "RESIDENT_ID"
    PASSPORT = "PASSPORT"
    HK_MACAO_PERMIT = "HK_MACAO_PERMIT"
    TAIWAN_PERMIT = "TAIWAN_PERMIT"
    FOREIGN_PR = "FOREIGN_PR"


_SHAPES = {
    DocumentType.PASSPORT: (r"[A-Z0-9]{5,15}", "5 to 15 letters and digits"),
    DocumentType.HK_MACAO_PERMIT: (r"[HM]\d{8}(?:\d{2})?", "H or M and 8 or 10 digits"),
    DocumentType.TAIWAN_PERMIT: (r"\d{8}|\d{10}[A-Z]?", "8 digits, or 10 and perhaps a letter"),
    DocumentType.FOREIGN_PR: (r"[A-Z]{3}\d{12}", "3 letters and 12 digits, or a resident's 18 beginning with 9"),
}
_WEIGHTS = (7, 9, 10, 5, 8, 4, 2, 1, 6, 3, 7, 9, 10, 5, 8, 4, 2)
_ZEROS = sum(_WEIGHTS) * ord("0")
_CHECKS = "10X98765432"
# GB/T 2260, the first two digits: provinces, then 81 to 83 for permits to live here. A foreigner's (since 2023) has a 9 before them.
PROVINCES = frozenset(
    [*range(11, 16), *range(21, 24), *range(31, 38), *range(41, 47), *range(50, 55), *range(61, 66), 71, 81, 82, 83]
)


@dataclass(frozen=True, slots=True)
class Identity:
    """
    What a text says.

    is_valid   it can be a number of this kind of document
    why        what is wrong, without a digit of it; empty where nothing is
    number     normalised; kept out of what a log or an error would show
    """

    document: DocumentType
    is_valid: bool
    why: str
    number: str = field(repr=False)

    @property
    def last_four(self) -> str:
        """All that may be shown; empty where the number is not valid."""
        return self.number[-4:] if self.is_valid else ""


def normalised(text: str) -> str:
    """Full-width characters made narrow, white space and invisible marks left out, letters upper case."""
    narrow = unicodedata.normalize("NFKC", text)
    return "".join(sign for sign in narrow if not sign.isspace() and unicodedata.category(sign) != "Cf").upper()


def check_character(seventeen: str) -> str:
    """Of a resident's number, from its first 17 digits (GB 11643, over ISO 7064 MOD 11-2)."""
    return _CHECKS[(sum(map(mul, seventeen.encode(), _WEIGHTS)) - _ZEROS) % 11]


def read_identity(text: str, document: DocumentType = DocumentType.RESIDENT_ID) -> Identity:
    """Never raises: what is wrong stands in `why`."""
    number = normalised(text)
    has_residents = document is DocumentType.RESIDENT_ID or (
        document is DocumentType.FOREIGN_PR and len(number) == 18 and number[0] == "9"
    )
    why = _resident_fault(number) if has_residents else _shape_fault(number, document)
    return Identity(document, not why, why, number)


def expected_of(document: DocumentType) -> str:
    """What numbers of this kind of document look like, in words."""
    return "18 characters whose last one checks the others" if document not in _SHAPES else _SHAPES[document][1]


def _shape_fault(number: str, document: DocumentType) -> str:
    shape, expected = _SHAPES[document]
    if not number:
        return "Nothing is written."
    return "" if re.fullmatch(shape, number, re.ASCII) else f"This document's numbers have {expected}."


def _resident_fault(number: str) -> str:
    if not number:
        return "Nothing is written."
    if re.fullmatch(r"[0-9]{15}", number):
        return "15 digits are a number of the first kind, replaced by 18: ask for the present document."
    if len(number) != 18:
        return f"{len(number)} characters; a number has 18."
    if not re.fullmatch(r"[0-9]{6}", number[:6]):
        return "The region, the first 6, is not all digits."
    if not re.fullmatch(r"[0-9]{11}", number[6:17]):
        return "Birth date and serial, the 7th to the 17th, are not all digits."
    if not re.fullmatch(r"[0-9X]", number[17]):
        return "The last character is neither a digit nor X."
    if int(number[1:3] if number[0] == "9" else number[:2]) not in PROVINCES:
        return "The first two digits are no province's."
    try:
        date(int(number[6:10]), int(number[10:12]), int(number[12:14]))
    except ValueError:
        return "The birth date is no date."
    if check_character(number[:17]) != number[17]:
        return "The check character does not fit: one character is mistyped, or two are swapped."
    return ""
