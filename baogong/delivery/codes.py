"""
The short code of a parcel, as it is printed, scanned and typed.

31 signs: no 0/O, 1/I/L. Five or more digits and a check sign: any one wrong sign and any two neighbours swapped are
noticed (the weights and their differences are not 0 modulo 31, which is prime). Counted up, but strewn, so that two
parcels side by side differ in more than their last sign.
"""

from __future__ import annotations

import unicodedata

from baogong.kernel.ids import SIGNS

BASE = len(SIGNS)
DIGITS = 5
_STREW = 11_400_709  # shares no factor with a power of 31
_VALUE = {sign: value for value, sign in enumerate(SIGNS)}
_LOOKS_LIKE = str.maketrans("", "", " -·.")


def code_of(number: int) -> str:
    """The code of the parcel with this number, counted from 0."""
    width, begins = DIGITS, 0
    while number - begins >= BASE**width:
        begins += BASE**width
        width += 1
    strewn = (number - begins) * _STREW % BASE**width
    digits = []
    for _ in range(width):
        strewn, digit = divmod(strewn, BASE)
        digits.append(digit)
    return "".join(SIGNS[digit] for digit in digits) + SIGNS[_check(digits)]


def is_code(text: str) -> bool:
    """Whether a tidied text can be a code: its signs are ours and its check sign fits."""
    values = [_VALUE.get(sign, -1) for sign in text]
    return len(text) > DIGITS and min(values) >= 0 and _check(values[:-1]) == values[-1]


def tidy(text: str) -> str:
    """What was scanned or typed, as the book keeps it: half-width capitals without blanks and hyphens."""
    return unicodedata.normalize("NFKC", text).upper().translate(_LOOKS_LIKE)


def _check(digits: list[int]) -> int:
    return sum((place + 2) * digit for place, digit in enumerate(digits)) % BASE
