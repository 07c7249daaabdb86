"""The guide names every column of the lists it explains."""

from __future__ import annotations

from pathlib import Path

import pytest

from baogong.engine.sheets.kinds import kind_named
from baogong.engine.sheets.profiles import profile_names

GUIDE = Path(__file__).parents[3] / "docs/guides/spreadsheets.md"


@pytest.mark.parametrize(
    "kind",
    [
        "parties",
        "sites",
        "lanes",
        "items",
        "buildings",
        "doors",
        "winners",
        "redeemed",
        "claims",
        "entrants",
        "addresses",
    ],
)
def test_the_guide_names_every_column_in_both_languages(kind: str) -> None:
    text = GUIDE.read_text("utf-8")
    section = text.partition(f"**{kind} {kind_named(kind).title_zh}**")[2].partition("\n\n")[0]
    flat = " ".join(section.split())
    for column in kind_named(kind).columns:
        star = "\\*" if column.is_required else ""
        assert f"{column.title_zh} {column.title_en}{star}" in flat, f"add {column.key} to {GUIDE.name}"


def test_the_guide_names_every_profile() -> None:
    text = GUIDE.read_text("utf-8")
    assert [name for name in profile_names() if f"- `{name}`" not in text] == []
