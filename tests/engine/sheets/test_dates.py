"""Days that people write without the year."""

from __future__ import annotations

from datetime import date, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.sheets.dates import read_date, read_near_date

TODAY = date(2020, 1, 23)


@pytest.mark.parametrize(
    ("text", "day"),
    [
        ("1月31日", date(2020, 1, 31)),
        ("1 月 31 号", date(2020, 1, 31)),
        ("１/３１", date(2020, 1, 31)),
        ("1月31日前", date(2020, 1, 31)),
        ("12月30日", date(2019, 12, 30)),
        ("2月29日", date(2020, 2, 29)),
        ("前天", date(2020, 1, 21)),
        ("今天", date(2020, 1, 23)),
        ("明天", date(2020, 1, 24)),
        ("后天", date(2020, 1, 25)),
        ("大后天", date(2020, 1, 26)),
        ("明天 8:30", datetime(2020, 1, 24, 8, 30)),  # noqa: DTZ001
        ("1月31日18点前", datetime(2020, 1, 31, 18)),  # noqa: DTZ001
    ],
)
def test_a_day_without_its_year_is_the_nearest_such_day(text: str, day: date | datetime) -> None:
    assert read_date(text) is None
    assert read_near_date(text, TODAY) == day


@pytest.mark.parametrize(
    "text", ["", "尽快", "31/1", "13月1日", "2月30日", "1/2/20", "1", "0.5", "明天的事", "1月", "500"]
)
def test_what_is_no_day_is_not_guessed(text: str) -> None:
    assert read_near_date(text, TODAY) is None


@given(st.dates(date(2001, 1, 1), date(2098, 12, 31)), st.integers(-180, 180))
def test_every_day_within_half_a_year_is_read_back(today: date, days: int) -> None:
    day = today + timedelta(days=days)
    if (day.month, day.day) == (2, 29):
        return
    assert read_near_date(f"{day.month}月{day.day}日", today) == day
    assert read_near_date(f"{day.month}/{day.day}", today) == day
