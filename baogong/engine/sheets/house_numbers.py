"""
Numbers of buildings, units and rooms as people write them: the name without its kind, and the order people expect.

    5号楼 → 5     ５＃ → 5     五号楼 → 5     A座 → A     12-1幢 → 12-1     2单元 → 2     301室 → 301     东楼 → 东楼
"""

from __future__ import annotations

import re
import unicodedata

from baogong.engine.pinyin import syllables
from baogong.engine.sheets.names import fold

STEMS = "甲乙丙丁戊己庚辛壬癸"
_BUILDING = re.compile(r"(?:号楼|楼号|号院|号|栋|幢|座|楼|#)$")
_UNIT = re.compile(r"(?:单元|号门|门|梯|号)$")
_ROOM = re.compile(r"(?:室|房间|房|号)$")
_NUMBERED = re.compile(rf"[0-9a-zA-Z{STEMS}]")
_DIGITS = {sign: value for value, signs in enumerate(("零〇○", "一幺", "二两", *"三四五六七八九")) for sign in signs}
_TENS = {"十": 10, "百": 100, "千": 1000}
_CHINESE = re.compile("[零〇一二两三四五六七八九十百廿卅卌]+")
_SHORT_TENS = str.maketrans({"廿": "二十", "卅": "三十", "卌": "四十"})
_ZERO, _DIGIT = "[零〇○]", "[一幺二两三四五六七八九]"
_COUNTED = re.compile(
    rf"(?!{_ZERO})(?:{_DIGIT}千)?(?:{_ZERO}?{_DIGIT}百)?(?:{_ZERO}?{_DIGIT}?十)?(?:(?<!十){_ZERO}{_DIGIT}|{_DIGIT})?"
)
_FLOOR = re.compile(f"{_DIGIT}?十({_DIGIT})?")
_SPOKEN_MOST, _DOOR_MOST = 9, 20
_DASHES = str.maketrans(dict.fromkeys("‐‑‒–—―−－﹣", "-"))
_PARTS = re.compile(rf"\d+|[a-z]+|[{STEMS}]|[\u3400-\u9fff]+|[^\w]+|.", re.DOTALL)


def plain(text: str) -> str:
    """Half-width, without blanks, one kind of dash, capital letters."""
    return re.sub(r"\s+", "", unicodedata.normalize("NFKC", text)).translate(_DASHES).upper()


def building_name(text: str) -> str:
    """A building's number or name without the word building."""
    return _without(text, _BUILDING)


def unit_name(text: str) -> str:
    """A unit's number or name without the word unit."""
    return _without(text, _UNIT)


def room_name(text: str) -> str:
    """A room's number without the word room."""
    return _without(text, _ROOM)


def _without(text: str, word: re.Pattern[str]) -> str:
    written = plain(text).strip("-")
    bare = word.sub("", written)
    if _CHINESE.fullmatch(bare) and bare != written:
        is_one = _TENS.keys().isdisjoint(bare.translate(_SHORT_TENS)) or len(chinese_numbers(bare)) == 1
        return str(chinese_number(bare)) if is_one else written
    if found := re.fullmatch(f"第({_CHINESE.pattern}|\\d+)", bare):
        return found[1] if found[1].isdigit() else str(chinese_number(found[1]))
    return bare if _NUMBERED.search(bare) else written


def chinese_number(text: str) -> int:
    """三 → 3, 十二 → 12, 二十 → 20, 廿三 → 23, 一百零三 → 103, 一二 → 12, 十二零三 → 1203; only these signs."""
    text = text.translate(_SHORT_TENS)
    if _TENS.keys().isdisjoint(text):
        return int("".join(str(_DIGITS[sign]) for sign in text))
    ways = chinese_numbers(text)
    return int(ways[0]) if ways else _sum(text)


def chinese_numbers(text: str) -> tuple[str, ...]:
    """
    What a number with 十, 百 or 千 in it can mean, the likeliest first: counted, or a floor with its door behind it.

    二十一 → 21     十二零三 → 1203     二十零一 → 2001     十二一二 → 1212     二十一二 → 2012, 2102     一百二 → 102, 120
    Nothing for what is said in none of these ways, such as 二十一十二零三.
    """
    found: dict[str, None] = {}
    text = text.translate(_SHORT_TENS)
    if _COUNTED.fullmatch(text):
        total = _sum(text)
        found[str(total)] = None
        if text[-2:-1] in ("百", "千"):
            found[str(total + _DIGITS[text[-1]] * (_TENS[text[-2]] // 10 - 1))] = None
    for cut in range(1, len(text) if len(text) <= _SPOKEN_MOST else 0):
        floor = _FLOOR.fullmatch(text[:cut])
        if floor is None:
            continue
        said = text[cut:]
        if re.fullmatch(f"{_ZERO}{_DIGIT}|{_DIGIT}(?:{_ZERO}|{_DIGIT})", said):
            found["".join(map(str, (_sum(floor[0]), *(_DIGITS[sign] for sign in said))))] = None
        elif _FLOOR.fullmatch(said) and _sum(said) <= _DOOR_MOST:
            found[f"{_sum(floor[0])}{_sum(said)}"] = None
        elif floor[1] and re.fullmatch(_DIGIT, said):  # a zero may be lost
            found[f"{_sum(floor[0])}0{_DIGITS[said]}"] = None
    return tuple(found)


def _sum(text: str) -> int:
    total, last = 0, 0
    for sign in text:
        if sign in _TENS:
            total, last = total + (last or 1) * _TENS[sign], 0
        else:
            last = _DIGITS[sign]
    return total + last


def house_key(text: str) -> str:
    """The key of a building's name: equal keys are one building. 5号楼, 5# and 五号楼 have one."""
    name = building_name(text)
    return name.casefold() if _NUMBERED.search(name) else fold(name)


def natural_key(text: str) -> str:
    """
    What sorts as people count: 2 < 10 < 12 < 12-1 < A < B < 甲 < 乙 < 丙 < 东楼, and A2 < A10.

    Only 0-9, a-z and blanks, so that every collation agrees.
    """
    key = []
    for part in _PARTS.findall(plain(text).casefold()):
        if part.isascii() and part.isdigit():
            key.append("0" + part.lstrip("0").zfill(7)[-7:])
        elif part.isascii() and part.isalpha():
            key.append("1" + part)
        elif part in STEMS:
            key.append(f"2{STEMS.index(part)}")
        elif re.match("[\u3400-\u9fff]", part):
            key.append("3" + "".join(syllables(part, with_tones=True)))
    return " ".join(key)
