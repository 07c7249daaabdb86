"""Dates and times as people and spreadsheets write them."""

from __future__ import annotations

import re
import unicodedata
from datetime import date, datetime, time, timedelta

SERIAL_MIN, SERIAL_MAX = 36_526, 73_050  # 2000-01-01 to 2099-12-31: other numbers are no dates in these lists
_DAY = re.compile(r"(\d{4})\s*[-/.年]\s*(\d{1,2})\s*[-/.月]\s*(\d{1,2})\s*日?")
_COMPACT = re.compile(r"(20\d{2})(\d{2})(\d{2})")
_SHORT = re.compile(r"(\d{1,2})\s*(?:月\s*(\d{1,2})\s*[日号]?|/\s*(\d{1,2})(?![\d/]))")
_NEAR = {"前天": -2, "昨天": -1, "昨日": -1, "今天": 0, "今日": 0, "明天": 1, "明日": 1, "后天": 2, "大后天": 3}
_TAIL = re.compile(r"(?:之|以)?前|当天|止|截止")
_TIME = re.compile(r"(\d{1,2})\s*[:时点]\s*(\d{1,2})?\s*(?:[:分]\s*(\d{1,2})?\s*秒?)?")


def from_serial(serial: float) -> datetime | None:
    """An Excel serial (days since 1899-12-30) as a naive local moment, to the second; None out of range."""
    if not SERIAL_MIN <= serial < SERIAL_MAX + 1:
        return None
    return datetime(1899, 12, 30) + timedelta(seconds=round(serial * 86_400))  # noqa: DTZ001 a sheet knows no zone


def read_date(text: str) -> date | datetime | None:
    """
    2020-01-26, 2020/1/26, 2020年1月26日, 20200126, the serial 43856, each with a time behind it or not.

    Returns a date, a naive datetime where the text has a time of day, or None where it is neither.
    """
    plain = unicodedata.normalize("NFKC", text).strip().replace("T", " ")
    if re.fullmatch(r"\d{5}(\.\d+)?", plain):
        moment = from_serial(float(plain))
        return moment if moment is None or moment.time() != time() else moment.date()
    found = _DAY.match(plain) or _COMPACT.match(plain)
    if not found:
        return None
    try:
        day = date(int(found[1]), int(found[2]), int(found[3]))
    except ValueError:
        return None
    rest = plain[found.end() :].strip()
    if not rest:
        return day
    clock = read_time(rest)
    return datetime.combine(day, clock) if clock else None


def read_near_date(text: str, today: date) -> date | datetime | None:
    """
    A day without its year, as people write it: 1月31日, 1月31号, 1/31, 今天, 明天, 后天, each with a time behind it or not.

    Returns the nearest such day to `today`, or None where the text is none. It is a guess: whoever reads it so says so.
    """
    plain = unicodedata.normalize("NFKC", text).strip()
    if word := next((word for word in sorted(_NEAR, key=len, reverse=True) if plain.startswith(word)), ""):
        day, rest = today + timedelta(days=_NEAR[word]), plain[len(word) :]
    elif found := _SHORT.match(plain):
        days = [
            _day_of(year, int(found[1]), int(found[2] or found[3])) for year in range(today.year - 1, today.year + 2)
        ]
        known = [day for day in days if day is not None]
        if not known:
            return None
        day, rest = min(known, key=lambda day: abs(day - today)), plain[found.end() :]
    else:
        return None
    rest = rest.strip()
    if not rest or _TAIL.fullmatch(rest):
        return day
    clock = read_time(_TAIL.sub("", rest).strip())
    return datetime.combine(day, clock) if clock else None


def _day_of(year: int, month: int, day: int) -> date | None:
    try:
        return date(year, month, day)
    except ValueError:
        return None


def read_time(text: str) -> time | None:
    """08:00, 8点, 8时30分, or a day's fraction as spreadsheets store it (0.5); None otherwise."""
    plain = unicodedata.normalize("NFKC", text).strip()
    if re.fullmatch(r"0(\.\d+)?", plain):
        seconds = round(float(plain) * 86_400)
        return time(seconds // 3600, seconds // 60 % 60, seconds % 60) if seconds < 86_400 else None
    found = _TIME.fullmatch(plain)
    if not found:
        return None
    try:
        return time(int(found[1]), int(found[2] or 0), int(found[3] or 0))
    except ValueError:
        return None
