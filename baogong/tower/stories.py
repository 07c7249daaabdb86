"""The scenarios' folders: what there is, what must hold, and what a card in the gallery says of each. Needs no book."""

from __future__ import annotations

import csv
import tomllib
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from datetime import date, datetime
from functools import cache
from pathlib import Path
from typing import Any

from baogong.kernel.errors import UnusableInput

FOLDER = Path(__file__).resolve().parents[2] / "scenarios"


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


@dataclass(frozen=True, slots=True)
class Figure:
    """One of a story's figures, as its card draws it: `per` of it is one dot. `mark` R, N or I."""

    number: int
    per: int
    mark: str
    zh: str
    en: str


@dataclass(frozen=True, slots=True)
class Spot:
    """A place of the story's own list of sites, by its point; `role` as the list words it."""

    name: str
    role: str
    lat: float
    lon: float


@dataclass(frozen=True, slots=True)
class Card:
    """
    A story on one card, all of it from its own folder.

    number     1 to 16
    told       what happens, in one sentence
    first_day, last_day   of the story's own clock
    plays_s    how long a play took when it was last measured on two cores; None: it never was
    marks      how many of its expectations are R (reported), N (from a public notice), I (invented)
    spots      those of its sites that have a point
    """

    name: str
    number: int
    door: str
    title_zh: str
    title_en: str
    told_zh: str
    told_en: str
    first_day: date
    last_day: date
    plays_s: int | None
    figures: tuple[Figure, ...]
    marks: Mapping[str, int]
    spots: tuple[Spot, ...]


@cache
def cards() -> tuple[Card, ...]:
    """Every story of the folder, by its number; none where this Baogong came without them."""
    return tuple(sorted((_card(folder.name) for folder in _folders()), key=lambda card: card.number))


def card_of(title_en: str) -> Card | None:
    """The story of this English title: a drill is named after the one that was played into it."""
    return next((card for card in cards() if card.title_en == title_en), None)


def _card(name: str) -> Card:
    told = describe(name)
    marks = Counter(expectation.mark for expectation in expectations(name))
    return Card(
        name=name,
        number=told["story"],
        door=told["door"],
        title_zh=told["title_zh"],
        title_en=told["title_en"],
        told_zh=told["told_zh"],
        told_en=told["told_en"],
        first_day=told["first_day"],
        last_day=told["last_day"],
        plays_s=told.get("plays_s"),
        figures=tuple(Figure(**figure) for figure in told["figure"]),
        marks={mark: marks[mark] for mark in "RNI" if marks[mark]},
        spots=tuple(_spots(name)),
    )


def _spots(name: str) -> Iterator[Spot]:
    """The lists are as an operator would have them: a row without a readable point is none."""
    for path in sorted((FOLDER / name / "data").glob("0?-sites.csv")):
        for row in csv.DictReader(path.read_text("utf-8-sig").splitlines()):
            try:
                lat, lon = float(row["纬度"]), float(row["经度"])
            except (TypeError, ValueError):
                continue
            if lat and lon:
                yield Spot(row["名称"], row["用途"], lat, lon)
