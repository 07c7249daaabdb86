"""
How well addresses are read: precision and recall of each field, on the labelled lines and on orders from the field.

    .venv/bin/python -m tests.engine.address.figures
    BAOGONG_REAL_DATA=FOLDER .venv/bin/python -m tests.engine.address.figures    with the real orders as well

A field that is read counts as right only if it is what the line means; one that is read and wrong counts against both.
"""

from __future__ import annotations

import csv
import os
import re
import sys
from collections import Counter
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path

from baogong.engine.address import Address, Register, Typed, read, read_typed

HERE = Path(__file__).parent
FIELDS = {"L": "lane", "B": "building", "U": "unit", "R": "room"}
SETS = ("seen", "held_out")
REAL = "shanghai_groupbuy_half.csv"


@dataclass(frozen=True)
class Line:
    """A labelled line: what its fields are, and the flags it must raise."""

    text: str
    truth: dict[str, str]
    flags: frozenset[str]
    register: Register | None


@dataclass
class Figures:
    """Counts by field: read and right, read in all, meant in all."""

    right: Counter[str] = field(default_factory=Counter)
    read: Counter[str] = field(default_factory=Counter)
    meant: Counter[str] = field(default_factory=Counter)
    lines: int = 0
    whole: int = 0  # lines of which every field is right
    wrong: list[str] = field(default_factory=list)

    def count(self, text: str, got: dict[str, str], truth: dict[str, str]) -> None:
        self.lines += 1
        self.whole += got == truth
        if got != truth:
            self.wrong.append(f"{text} => {_said(got)}, meant {_said(truth)}")
        for name in {*got, *truth}:
            self.read[name] += name in got
            self.meant[name] += name in truth
            self.right[name] += name in got and got[name] == truth.get(name)

    def precision(self, name: str) -> float:
        return self.right[name] / self.read[name] if self.read[name] else 1.0

    def recall(self, name: str) -> float:
        return self.right[name] / self.meant[name] if self.meant[name] else 1.0

    def rows(self, title: str) -> Iterator[str]:
        """As the document's table has them."""
        for name in FIELDS.values():
            if self.meant[name]:
                yield (
                    f"| {title} | {name} | {self.meant[name]} | {self.read[name]} | {self.right[name]} "
                    f"| {self.precision(name):.3f} | {self.recall(name):.3f} |"
                )
        yield f"| {title} | whole line | {self.lines} | {self.lines} | {self.whole} | {self.whole / self.lines:.3f} | |"


def lines(name: str) -> Iterator[Line]:
    register: Register | None = None
    for said in (HERE / f"{name}.txt").read_text("utf-8").splitlines():
        if said.startswith("## "):
            _, word, *doors = said.split(" ")
            register = None
            if word == "register":
                register = Register([_door(each) for each in doors])
        elif said and not said.startswith("#"):
            text, _, label = said.rpartition(" => ")
            words = label.split(" ")
            truth = {FIELDS[word[0]]: word[1:] for word in words if not word.startswith("!")}
            yield Line(text, truth, frozenset(word[1:] for word in words if word.startswith("!")), register)


def _door(said: str) -> tuple[str, str, str]:
    building, unit, room = said.split(",")
    return building, unit, room


def fields(address: Address, names: tuple[str, ...] = tuple(FIELDS.values())) -> dict[str, str]:
    return {name: value for name in names if (value := getattr(address, name))}


def labelled(name: str) -> Figures:
    figures = Figures()
    for line in lines(name):
        figures.count(line.text, fields(read(line.text, line.register)), line.truth)
    return figures


def orders(folder: Path) -> list[tuple[str, Typed]]:
    """Orders from the field: the address as text, and what the resident typed into fields of its own."""
    with (folder / "addresses" / REAL).open(encoding="utf-8-sig") as file:
        return [
            (row["address_text"], Typed(row["field_lane"], row["field_building"], room=row["field_room"]))
            for row in csv.DictReader(file)
        ]


def digits(typed: str) -> str:
    """A typed field as a plain number, or a name, by rules of its own so that the reader does not judge itself."""
    said = re.sub(r"(?<=\d)[oO]", "0", typed).strip()
    numbers = re.findall(r"\d+", said)
    return numbers[-1].lstrip("0") if numbers else said


def real(folder: Path) -> Figures:
    """
    The text's reading against the fields, which are another person's hand: a line in which they truly differ counts as
    wrong here. A building's field that repeats the room, and a gate's that names no number, say nothing of theirs.
    """
    figures = Figures()
    for text, typed in orders(folder):
        truth = {"lane": digits(typed.lane), "building": digits(typed.building), "room": digits(typed.room)}
        if truth["building"] == truth["room"]:
            del truth["building"]
        if not truth["lane"].isdigit():
            del truth["lane"]
        figures.count(text, fields(read(text), tuple(truth)), truth)
    return figures


def settled(folder: Path) -> Counter[str]:
    """How often each flag is raised where text and fields are read together."""
    return Counter(flag for text, typed in orders(folder) for flag in read_typed(text, typed).flags)


def _said(values: dict[str, str]) -> str:
    return " ".join(f"{name}={value}" for name, value in values.items()) or "nothing"


def main() -> None:
    tables = {name.replace("_", " "): labelled(name) for name in SETS}
    folder = os.environ.get("BAOGONG_REAL_DATA")
    if folder:
        tables["real half"] = real(Path(folder))
    say = sys.stdout.write
    say("| set | field | meant | read | right | precision | recall |\n|---|---|---|---|---|---|---|\n")
    for title, figures in tables.items():
        say("".join(f"{row}\n" for row in figures.rows(title)))
    for title, figures in tables.items():
        say("".join(f"{title}: {line}\n" for line in figures.wrong) if "--wrong" in sys.argv else "")
    if folder:
        say("".join(f"| {flag} | {count} |\n" for flag, count in sorted(settled(Path(folder)).items())))


if __name__ == "__main__":
    main()
