from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.journal.mapping import canonical, content_hash, plain

PLAIN = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=4) | st.dictionaries(st.text(), inner, max_size=4),
    max_leaves=12,
)


@given(PLAIN)
def test_what_was_written_is_read_back_and_written_the_same(value: Any) -> None:
    assert plain(value) == value
    assert canonical(json.loads(canonical(value))) == canonical(value)


@given(st.dictionaries(st.text(), PLAIN, max_size=5), st.randoms())
def test_the_order_of_keys_changes_no_hash(value: dict[str, Any], random: Any) -> None:
    keys = list(value)
    random.shuffle(keys)
    assert content_hash({key: value[key] for key in keys}) == content_hash(value)


@given(PLAIN, PLAIN)
def test_other_content_has_another_hash(one: Any, other: Any) -> None:
    assert (content_hash(one) == content_hash(other)) == (canonical(one) == canonical(other))


@given(PLAIN)
def test_parts_do_not_run_into_each_other(value: Any) -> None:
    assert content_hash("ab", "c", value) != content_hash("a", "bc", value)


def test_what_is_no_number_has_no_text() -> None:
    with pytest.raises(ValueError, match="JSON"):
        canonical(float("nan"))
