"""The scenarios' folders: what there is, and what must hold. Needs no book."""

from __future__ import annotations

import tomllib
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from baogong.kernel.errors import UnusableInput

FOLDER = Path(__file__).resolve().parents[3] / "scenarios"


@dataclass(frozen=True, slots=True)
class Expectation:
    """
    One must-hold of a story, read from `expect.toml`.

    how       "equals", "at_least", "at_most" or "by" (a moment not later than `expected`)
    expected  integer, string, boolean or local ISO moment
    mark      R, N or I: where the figure comes from
    """

    name: str
    expected: int | str | bool
    how: str
    mark: str
    zh: str
    en: str

    def holds(self, got: object) -> bool:
        if self.how == "equals":
            return got == self.expected and type(got) is type(self.expected)
        if got is None or isinstance(got, bool):
            return False
        if self.how in ("at_most", "at_least"):
            assert isinstance(got, int)
            return got <= int(self.expected) if self.how == "at_most" else got >= int(self.expected)
        assert isinstance(got, str)  # "by": ISO moments of one zone compare as text only when parsed
        return got != "" and datetime.fromisoformat(got) <= datetime.fromisoformat(str(self.expected))


def describe(name: str) -> dict[str, Any]:
    """scenario.toml of one story: title_en, title_zh, door, story. Raises UnusableInput for an unknown name."""
    path = FOLDER / name / "scenario.toml"
    if "/" in name or not path.is_file():
        known = [folder.name for folder in _folders()]
        raise UnusableInput(
            f"There is no scenario called “{name}”.",
            where="NAME",
            found=name,
            expected=known,
            cure="Run `baogong scenario list` and use a name printed there.",
        )
    with path.open("rb") as file:
        return tomllib.load(file)


def _folders() -> list[Path]:
    return sorted(path.parent for path in FOLDER.glob("*/scenario.toml"))


def every_scenario() -> list[dict[str, Any]]:
    return [
        {
            "name": folder.name,
            **{key: describe(folder.name)[key] for key in ("title_en", "title_zh", "door", "story")},
        }
        for folder in _folders()
    ]


def expectations(name: str) -> tuple[Expectation, ...]:
    with (FOLDER / name / "expect.toml").open("rb") as file:
        rows = tomllib.load(file)["expect"]
    return tuple(
        Expectation(
            name=row["name"],
            expected=row["expected"],
            how=row.get("how", "equals"),
            mark=row["mark"],
            zh=row["zh"],
            en=row["en"],
        )
        for row in rows
    )
