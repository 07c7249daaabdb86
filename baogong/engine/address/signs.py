"""Text one sign for one: half-width, capital letters, one kind of dash, today's forms of the words of addresses; numbers."""

from __future__ import annotations

import re
import unicodedata

from baogong.engine.sheets.house_numbers import chinese_number, chinese_numbers

_ODD = str.maketrans(
    dict.fromkeys("‐‑‒–—―−﹣~～〜－", "-")
    | dict.fromkeys("\r\n\t\u3000\u00a0", " ")
    | {"號": "号", "樓": "楼", "單": "单", "棟": "栋", "層": "层", "戶": "户", "門": "门", "區": "区", "鎮": "镇",
       "園": "园", "間": "间", "﹟": "#", "♯": "#", "，": ",", "；": ";", "：": ":", "（": "(", "）": ")", "〔": "(", "〕": ")",
       "【": "(", "】": ")", "[": "(", "]": ")", "\\": "/", "|": "/"}
)  # fmt: skip
_CHINESE = re.compile("[零〇○一二两三四五六七八九十百千幺廿卅卌]+")
_HAS_TENS = re.compile("[十百千廿卅卌]")
_LIKE_DIGITS = str.maketrans("OIL", "011")


def plain(text: str) -> str:
    """As many signs as the text has."""
    return "".join(map(_plain_sign, text)).translate(_ODD)


def _plain_sign(sign: str) -> str:
    if sign.isascii():
        return sign.upper()
    half = unicodedata.normalize("NFKC", sign)
    return half.upper() if len(half) == 1 and half.isascii() else half if len(half) == 1 else sign


def number(said: str) -> str:
    """三十四 → 34, 九零二 → 902, 十二零三 → 1203, 廿三 → 23, 12OO → 1200, 07 → 07; "" for 二十一十二零三; whatever is no number stays."""
    if not _CHINESE.fullmatch(said):
        return re.sub(r"(?<=\d)[OIL]+(?![A-Z])", lambda found: found[0].translate(_LIKE_DIGITS), said)
    if not _HAS_TENS.search(said):
        return "".join(str(chinese_number(sign)) for sign in said)  # 零五 keeps its zero
    return next(iter(chinese_numbers(said)), "")


def is_unsure(said: str) -> bool:
    """Whether a spoken number can be meant in more than one way."""
    return bool(_CHINESE.fullmatch(said) and _HAS_TENS.search(said)) and len(chinese_numbers(said)) > 1


def bare(value: str) -> str:
    """Without the zeros in front: 05 and 5 are one building."""
    return re.sub("^0+(?=[0-9])", "", value)
