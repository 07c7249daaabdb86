"""Addresses in one line: whose community, and what stands after its name."""

from __future__ import annotations

import pytest

from baogong.engine.sheets.addresses import community_in

NAMES = [("阳光花园", 1), ("阳光花园二期", 2), ("东院", 3), ("西院", 4), ("东院", 5)]


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("广安市广安区阳光花园5-2-301", (1, "5-2-301")),
        ("阳光花园二期5-2-301", (2, "5-2-301")),
        ("城南 阳 光 花 园 五号楼", (1, "五号楼")),
        ("某处5-2-301", None),
        ("阳光花园对面的西院1-1-101", None),
        ("东院1-1-101", None),
    ],
)
def test_the_longest_name_is_meant_and_two_are_nobodys(text: str, found: tuple[int, str] | None) -> None:
    assert community_in(text, NAMES) == found
