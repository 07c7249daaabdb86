"""
The labelled lines and how well they are read: precision and recall per field.

    python -m tests.engine.chain.labelled            both halves, and the lines by another hand (`another.txt`)
    python -m tests.engine.chain.labelled worked -v  one half, with what was read otherwise

`worked.txt` was looked at while the rules were written, and grew by what a review found later; `held.txt` was written
before the rules and not looked at until they were done. The same people wrote both. Their form:

    § a case register=garden menu=meals doubts=labelled
    1. 张三 3-502 A2份 不要辣
    ⇒ no | name | building/unit/room@lane | items | note | w if withdrawn | doubts an entry that begins in the line above
    ⇒ ?                                                                            the line above waits for a person
    !6 w                                                                           entry 6 of this case is withdrawn

Doubts are held against the labels in cases that say doubts=labelled. In these, and in those that say asked=labelled, it is
counted too whether somebody is asked about an entry, for whatever reason: there a ? stands for the doubts.
"""

from __future__ import annotations

import csv
import re
import sys
from collections import Counter, defaultdict
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import cache
from pathlib import Path

from baogong.engine import address as addresses
from baogong.engine.chain import (
    ASKED,
    ASKED_OF_WITHDRAWN,
    NO_MENU,
    NO_REGISTER,
    Dish,
    Entry,
    Menu,
    Reading,
    Register,
    read,
)

HERE = Path(__file__).parent
FIELDS = (
    "entry", "no", "name", "lane", "building", "unit", "room", "items", "note", "withdrawn", "unread", "asked", "doubts",
)  # fmt: skip
HALVES = ("worked", "held")
BY_ANOTHER_HAND = "another"
"""Lines of a review that looked for what is dropped or invented; labelled is who orders what and whether somebody is asked."""


@dataclass
class Label:
    no: str
    name: str
    place: tuple[str, str, str, str]  # lane, building, unit, room
    items: Counter[tuple[str, int]]
    note: str = ""
    is_withdrawn: bool = False
    doubts: frozenset[str] = frozenset()

    @property
    def is_asked(self) -> bool:
        return bool(self.doubts & ((ASKED_OF_WITHDRAWN if self.is_withdrawn else ASKED) | {"?"}))


@dataclass
class Case:
    """One paste: its text; for each line (by number) the entries that begin there; lines that wait."""

    title: str
    register: str
    menu: str
    has_doubts: bool = False
    has_asked: bool = False
    lines: list[str] = field(default_factory=list)
    labels: dict[int, list[Label]] = field(default_factory=lambda: defaultdict(list))
    waiting: set[int] = field(default_factory=set)

    @property
    def text(self) -> str:
        return "\n".join(self.lines)


@dataclass
class Score:
    """Of one field: how often something was read, how often it should have been, how often both agree."""

    read: int = 0
    labelled: int = 0
    right: int = 0

    @property
    def precision(self) -> float:
        return self.right / self.read if self.read else 1.0

    @property
    def recall(self) -> float:
        return self.right / self.labelled if self.labelled else 1.0


def cases(half: str) -> list[Case]:
    found: list[Case] = []
    for line in (HERE / f"{half}.txt").read_text("utf-8").split("\n"):
        if line.startswith("§ "):
            options = dict(re.findall(r"(\w+)=(\w+)", line))
            has_doubts = "doubts" in options
            register, menu = options.get("register", ""), options.get("menu", "")
            found.append(Case(line[2:], register, menu, has_doubts, has_doubts or "asked" in options))
        elif line.startswith("⇒ "):
            _label(found[-1], line[2:])
        elif re.fullmatch(r"!\d+ w", line):
            for label in (label for labels in found[-1].labels.values() for label in labels if label.no == line[1:-2]):
                label.is_withdrawn = True
        elif found:
            found[-1].lines.append(line)
    return found


def _label(case: Case, written: str) -> None:
    line = len(case.lines) - 1
    if written == "?":
        case.waiting.add(line)
        return
    no, name, place, items, note, withdrawn, doubts = [part.strip() for part in f"{written} | | | ".split("|")][:7]
    door, _, lane = place.partition("@")
    building, unit, room = door.split("/") if "/" in door else ("", "", "")
    codes = {dish.code: dish.item for dish in menu_of(case.menu).dishes}
    counted: Counter[tuple[str, int]] = Counter()
    for item in items.split():
        said, _, quantity = item.rpartition("×")
        counted["" if said == "-" else codes.get(said, said), int(quantity)] += 1
    case.labels[line].append(
        Label(
            "" if no == "-" else no,
            name,
            (lane, building, unit, room),
            counted,
            note,
            withdrawn == "w",
            frozenset(doubts.split()),
        )
    )


@cache
def menu_of(name: str) -> Menu:
    path = HERE / f"{name}.csv"
    if not name or not path.exists():
        return NO_MENU
    with path.open(encoding="utf-8") as file:
        return Menu(Dish(row["code"], row["item"]) for row in csv.DictReader(file))


@cache
def register_of(name: str) -> Register:
    if not name:
        return NO_REGISTER
    with (HERE / f"{name}.csv").open(encoding="utf-8") as file:
        return Register((row["building"], row["unit"], row["room"]) for row in csv.DictReader(file))


def lines_count(half: str) -> int:
    return sum(1 for case in cases(half) for line in case.lines if line.strip())


def entries_labelled(half: str) -> int:
    """Entries, withdrawals and lines that wait, as they are labelled."""
    return sum(len(case.waiting) + sum(map(len, case.labels.values())) for case in cases(half))


Reads = Callable[[Case], Reading]


def read_case(case: Case) -> Reading:
    return read(case.text, register=register_of(case.register), menu=menu_of(case.menu))


def measured(half: str, reads: Reads = read_case) -> tuple[dict[str, Score], list[str]]:
    """(score by field, what was read otherwise, a line each); `reads` stands for the reader."""
    scores = {name: Score() for name in FIELDS}
    differing: list[str] = []
    for case in cases(half):
        reading = reads(case)
        starts = [0]
        for said in case.lines:
            starts.append(starts[-1] + len(said) + 1)
        by_line: dict[int, list[Entry]] = defaultdict(list)
        for chain in reading.chains:
            for entry in chain.entries:
                by_line[_line_of(starts, entry.start)].append(entry)
        waiting = {_line_of(starts, stretch.start) for stretch in reading.unread}
        for line in sorted({*by_line, *case.labels}):
            got, wanted = sorted(by_line[line], key=lambda entry: entry.start), case.labels.get(line, [])
            _count(scores["entry"], len(got), len(wanted), min(len(got), len(wanted)))
            if len(got) != len(wanted):
                differing.append(f"{case.title}: {case.lines[line]}: {len(got)} entries, not {len(wanted)}")
            for entry, label in zip(got, wanted, strict=False):
                differing += [f"{case.title}: {case.lines[line]}: {what}" for what in _compare(scores, entry, label)]
                doubts = set(entry.doubts)
                if case.has_asked:
                    is_asked = bool(doubts & (ASKED_OF_WITHDRAWN if entry.withdrawn else ASKED))
                    _count(scores["asked"], is_asked, label.is_asked, is_asked and label.is_asked)
                    if is_asked != label.is_asked:
                        differing.append(f"{case.title}: {case.lines[line]}: asked {is_asked} {sorted(doubts)}")
                if case.has_doubts:
                    _count(scores["doubts"], len(doubts), len(label.doubts), len(doubts & label.doubts))
                    if doubts != label.doubts:
                        differing.append(f"{case.title}: {case.lines[line]}: doubts {sorted(doubts)}")
        _count(scores["unread"], len(waiting), len(case.waiting), len(waiting & case.waiting))
        differing += [f"{case.title}: {case.lines[line]}: waits" for line in sorted(waiting - case.waiting)]
        differing += [f"{case.title}: {case.lines[line]}: does not wait" for line in sorted(case.waiting - waiting)]
    return scores, differing


def _line_of(starts: list[int], at: int) -> int:
    return max(index for index, start in enumerate(starts) if start <= at)


def _count(score: Score, read_count: int, labelled: int, right: int) -> None:
    score.read += read_count
    score.labelled += labelled
    score.right += right


def _compare(scores: dict[str, Score], entry: Entry, label: Label) -> Iterator[str]:
    lane, building, unit, room = label.place
    for name, got, wanted in (
        ("no", "" if entry.no is None else str(entry.no), label.no),
        ("name", entry.name, label.name),
        ("lane", addresses.read(entry.compound).lane, lane),
        ("building", entry.building, building),
        ("unit", entry.unit, unit),
        ("room", entry.room, room),
        ("note", entry.note, label.note),
        ("withdrawn", "w" if entry.withdrawn else "", "w" if label.is_withdrawn else ""),
    ):
        _count(scores[name], bool(got), bool(wanted), bool(got) and got == wanted)
        if got != wanted:
            yield f"{name} {got!r}, not {wanted!r}"
    items = Counter((each.item or "", each.quantity) for each in entry.items)
    _count(scores["items"], items.total(), label.items.total(), (items & label.items).total())
    if items != label.items:
        yield f"items {dict(items)}, not {dict(label.items)}"


def main(words: list[str]) -> None:
    parts = (*HALVES, BY_ANOTHER_HAND)
    for half in [word for word in words if word in parts] or parts:
        scores, differing = measured(half)
        sys.stdout.write(f"{half}: {lines_count(half)} lines\n{'':12}{'precision':>10}{'recall':>10}\n")
        for name, score in scores.items():
            sys.stdout.write(
                f"{name:12}{score.precision:10.3f}{score.recall:10.3f}  {score.right} of {score.read} read, {score.labelled} labelled\n"
            )
        if "-v" in words:
            sys.stdout.write("".join(f"  {line}\n" for line in differing))


if __name__ == "__main__":
    main(sys.argv[1:])
