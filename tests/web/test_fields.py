"""Fields of forms are called what they hold, in both languages."""

from __future__ import annotations

from itertools import groupby

import pytest
from django.utils import translation

from baogong.web.fields import FIELDS, label_of

# Keys of one meaning: pages name the field differently, people are told the same word.
ALIKE = (
    {"amount", "quantity"},
    {"arrive_at", "arrives_at", "later_at"},
    {"codes", "scans"},
    {"day", "on"},
    {"days", "days_count"},
    {"end_at", "until", "until_at"},
    {"expires", "expires_on"},
    {"from", "from_at", "start_at"},
    {"missing", "short"},
    {"packed", "per_carton_new", "pieces"},
    {"place", "site"},
    {"room", "typed"},
    {"state", "zone"},
)


def test_fields_of_different_meaning_share_no_message() -> None:
    def message(key: str) -> str:
        return repr(FIELDS[key]._args)  # type: ignore[attr-defined]  # context and msgid, before any language

    by_message = groupby(sorted(FIELDS, key=message), key=message)
    shared = [keys for _, group in by_message if len(keys := set(group)) > 1]
    assert [keys for keys in shared if not any(keys <= alike for alike in ALIKE)] == []


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("weight", "重量"),
        ("address", "地址"),
        ("url", "网址"),
        ("basket", "拼单"),
        ("from_at", "开始时间"),
        ("person_name", "姓名"),
        ("pickup_code", "取货码"),
    ],
)
def test_one_english_word_of_two_meanings_is_two_words_in_chinese(field: str, told: str) -> None:
    with translation.override("zh-hans"):
        assert label_of(field) == told


def test_a_room_may_call_a_field_otherwise() -> None:
    with translation.override("zh-hans"):
        assert (label_of("code"), label_of("code", "release")) == ("验证码", "代号")
