"""How well the labelled lines are read; `python -m tests.engine.chain.labelled` prints it all."""

from __future__ import annotations

import re
from collections.abc import Callable
from dataclasses import replace

import pytest

from baogong.engine.chain import Entry, Ordered, Reading
from tests.engine.chain.labelled import (
    BY_ANOTHER_HAND,
    FIELDS,
    HALVES,
    Case,
    Label,
    cases,
    entries_labelled,
    measured,
    read_case,
)

LEAST = 0.98
EACH_HALF_MIN = 180


@pytest.mark.parametrize("half", HALVES)
def test_every_field_of_the_labelled_lines_is_read_as_labelled(half: str) -> None:
    scores, differing = measured(half)
    poor = {
        name: (score.precision, score.recall)
        for name, score in scores.items()
        if min(score.precision, score.recall) < LEAST
    }
    assert not poor, "\n".join(differing)


def test_the_lines_by_another_hand_are_read_as_labelled() -> None:
    scores, differing = measured(BY_ANOTHER_HAND)
    for name in set(FIELDS) - {"note", "doubts"}:
        assert min(scores[name].precision, scores[name].recall) == 1, "\n".join(differing)


def test_the_labelled_set_is_as_large_as_promised_and_its_halves_share_no_line() -> None:
    assert all(entries_labelled(half) >= EACH_HALF_MIN for half in HALVES)
    worked, held = ({case.lines[at] for case in cases(half) for at in case.labels} for half in HALVES)
    assert not worked & held


# The traps of the clause, each as what shows it in a labelled line or paste.


def line_has(pattern: str) -> Callable[[Case], bool]:
    """A line with a label of its own says it."""
    found = re.compile(pattern).search
    return lambda case: any(found(case.lines[at]) for at in {*case.labels, *case.waiting})


def paste_has(pattern: str) -> Callable[[Case], bool]:
    """A line without a label says it: heads, menus, examples."""
    found = re.compile(pattern).search
    return lambda case: any(
        found(line) for at, line in enumerate(case.lines) if at not in case.labels and at not in case.waiting
    )


def label_has(holds: Callable[[Label, str], bool]) -> Callable[[Case], bool]:
    """An entry is labelled so; its line beside it."""
    return lambda case: any(holds(label, case.lines[at]) for at, labels in case.labels.items() for label in labels)


def numbers(case: Case) -> list[int]:
    return [int(label.no) for labels in case.labels.values() for label in labels[:1] if label.no]


def repeats(case: Case, key: Callable[[Label], object], differs: Callable[[Label], object]) -> bool:
    """Two labels of one key that differ in another."""
    seen: dict[object, object] = {}
    labels = [label for at in sorted(case.labels) for label in case.labels[at] if label.name]
    return any(seen.setdefault(key(label), differs(label)) != differs(label) for label in labels)


TRAPS: dict[str, Callable[[Case], bool]] = {
    # quantities
    "2份": line_has("2份"), "两份": line_has("两份"), "一份": line_has("一份"), "1分": line_has(r"\d分"), "x2": line_has(r"x ?\d"),
    "×2": line_has(r"×\d"), "*2": line_has(r"\*\d"), "+1": line_has(r"\+\d"), "加2": line_has(r"加\d"), "共3份": line_has(r"共\d份"), "2A": line_has(r"\d[A-D]"),
    "no quantity": label_has(lambda label, line: not re.search(r"[份分x×*+取改共各加]| \d$|[A-D]\d", line)), "a range": line_has("2-3份"), "half of one": line_has("半"),
    # additions and withdrawals
    "one more": label_has(lambda label, line: bool(re.search(r"\+1|加1份|再来", line))), "-N": line_has(r" -\d"), "-3份": line_has("-3份"),
    "取消": line_has("取消$"), "取消1份": line_has("取消1份"), "取消A": line_has("取消[A-D]$"), "取消A2份": line_has(r"取消[A-D]\d份"),
    "nothing to take back": label_has(lambda label, line: "取消" in line and label.is_asked), "改成": line_has("改[成为]"), "不要了 or 退出": line_has("不要了|退出|cancel"),
    # who and where
    "splits in brackets that do not add": label_has(lambda label, line: bool(re.search(r"（.*\d份.*，.*份.*）", line) and label.note)),
    "splits that name the items": line_has(r"份（A\d份，"), "several lines of one person": lambda case: repeats(case, lambda label: (label.name, label.place), lambda label: id(label)),
    "several households in a line": lambda case: any(len({label.place for label in labels}) > 1 for labels in case.labels.values()),
    "a note": label_has(lambda label, _: bool(label.note)), "payment words": label_has(lambda label, _: bool(re.search("付|转", label.note))),
    "building-room": line_has(r"\d-\d{3}"), "building-unit-room": line_has(r"\d-\d-\d{3}"), "unit in words": line_has(r"号楼\d单元\d"), "in numerals": line_has("号楼[一二三]单元"),
    "a lane of Shanghai": label_has(lambda label, line: bool(label.place[0]) and "弄" in line), "a gate of Beijing": label_has(lambda label, line: bool(label.place[0]) and "号院" in line),
    "a room in numerals": line_has("[零〇].室|[零〇].[ 室]"), "a mistyped door": line_has(r"\d好\d|o弄"), "a villa": line_has("别墅"), "a compound's name": line_has("小区|家园"),
    "another lane": label_has(lambda label, line: "弄" in line and label.is_asked), "E1份": line_has(r"[EF]\d份"), "F区-1份": line_has(r"F区-\d份"),
    "full width": line_has("[０-９]"),
    # around the lines
    "#接龙": paste_has("#接龙$"), "#Group Note": paste_has("#Group Note"), "HTML": line_has("<p>"), "XML": lambda case: "<appmsg" in case.text,
    "例": paste_has("^例|^格式"), "an example in English": paste_has("Example|^例：Ann"), "an announcement": paste_has("截止|各位|大家"), "a menu with prices": paste_has(r"^A .*元"),
    "an indented menu": paste_has(r"^ +1\.红烧鲈鱼"), "an export": paste_has(r"\d{1,2}:\d{2}"), "lost newlines": lambda case: any(len({label.no for label in labels}) > 1 for labels in case.labels.values()),
    "two chains in one paste": lambda case: case.text.count("接龙\n") > 1 and not case.waiting, "a line that vanished": lambda case: "#接龙" in case.text and any("份" in case.lines[at] and not re.match("一?共", case.lines[at]) for at in case.waiting),
    "a total that differs": lambda case: any(re.match("一?共", case.lines[at]) for at in case.waiting), "no numbers": label_has(lambda label, _: not label.no),
    "1.": line_has(r"^1\. "), "1、": line_has("^1、"), "1)": line_has(r"^\d\) "), "（1）": line_has("^（[14]）"), "①": line_has("^[①②⑤⑥]"),
    "gaps": lambda case: any(later - earlier > 1 for earlier, later in zip(numbers(case), numbers(case)[1:], strict=False)),
    "numbers that repeat": lambda case: len(numbers(case)) > len(set(numbers(case))) and "\n\n#接龙" not in case.text,
    # names and meals that hold numerals
    "三杯杏鲍菇": line_has("三杯杏鲍菇"), "四季豆": line_has("四季豆"), "641℃": label_has(lambda label, _: label.name == "641℃"), "933~": label_has(lambda label, _: label.name == "933~"),
    "。": label_has(lambda label, _: label.name == "。"), "a name of digits": label_has(lambda label, _: label.name.isdigit()), "a name that begins with a code": label_has(lambda label, _: bool(re.match("[A-D][小哥&]", label.name))),
    "a meal before its quantity": line_has("鲈鱼 ?[12一两]份"), "a meal behind its quantity": line_has("[12一两]份(红烧鲈鱼|番茄|四季豆|三杯鸡)"),
    "meals without a menu": label_has(lambda label, _: any("包" in item for item, _ in label.items)), "for whom": line_has("大人"),
}  # fmt: skip


@pytest.mark.parametrize("half", HALVES)
def test_every_trap_of_the_clause_is_labelled_in_both_halves(half: str) -> None:
    held = cases(half)
    assert not [trap for trap, shows in TRAPS.items() if not any(map(shows, held))]


# The measure itself: whatever is damaged in a reading lowers the figures of that field, and of no other.


def changed(reading: Reading, change: Callable[[Entry], Entry | None]) -> Reading:
    """The first entry of every chain changed, or left out where the change gives none."""
    return replace(
        reading,
        chains=tuple(
            replace(chain, entries=tuple(filter(None, (*map(change, chain.entries[:1]), *chain.entries[1:]))))
            for chain in reading.chains
        ),
    )


def with_more(entry: Entry) -> Entry:
    first = entry.items[0]
    return replace(entry, items=(Ordered(first.item, first.quantity + 1, first.code), *entry.items[1:]))


DAMAGES: dict[str, tuple[Callable[[Entry], Entry | None], set[str]]] = {
    "one more of an item": (with_more, {"items"}),
    "an item of another name": (lambda entry: replace(entry, items=(Ordered("别的", 1),)), {"items"}),
    "the next room": (lambda entry: replace(entry, room=f"{entry.room}9"), {"room"}),
    "unit for building": (lambda entry: replace(entry, building=entry.unit, unit=entry.building), {"building", "unit"}),
    "no name": (lambda entry: replace(entry, name=""), {"name"}),
    "words left out of the note": (lambda entry: replace(entry, note=f"{entry.note}."), {"note"}),
    "withdrawn or not": (lambda entry: replace(entry, withdrawn=not entry.withdrawn), {"withdrawn"}),
    "another number": (lambda entry: replace(entry, no=(entry.no or 0) + 1), {"no"}),
    "an entry lost": (lambda entry: None, {"entry"}),
    "somebody asked for nothing": (lambda entry: replace(entry, doubts=("pairing",)), {"asked"}),
}


@pytest.mark.parametrize("half", HALVES)
@pytest.mark.parametrize("damage", DAMAGES)
def test_a_reading_that_is_damaged_measures_worse_in_the_field_that_was(half: str, damage: str) -> None:
    change, fields = DAMAGES[damage]
    whole, _ = measured(half)
    scores, differing = measured(half, lambda case: changed(read_case(case), change))
    for name in fields:
        before, after = whole[name], scores[name]
        assert min(after.precision, after.recall) < min(before.precision, before.recall), name
        assert differing
    if "entry" not in fields:
        others = set(FIELDS) - fields - {"asked", "doubts"}
        assert {name for name in others if (scores[name].right, scores[name].read) != (whole[name].right, whole[name].read)} == set()  # fmt: skip


def test_an_entry_that_nobody_wrote_lowers_the_precision_and_one_that_is_not_read_the_recall() -> None:
    def twice(case: Case) -> Reading:
        reading = read_case(case)
        chains = tuple(replace(chain, entries=(*chain.entries[:1], *chain.entries)) for chain in reading.chains)
        return replace(reading, chains=chains)

    more, _ = measured("held", twice)
    assert more["entry"].precision < LEAST
    assert more["entry"].recall == 1
    fewer, _ = measured("held", lambda case: changed(read_case(case), lambda entry: None))
    assert fewer["entry"].recall < LEAST
    assert fewer["entry"].precision == 1
    silent, _ = measured("held", lambda case: replace(read_case(case), unread=()))
    assert silent["unread"].recall == 0
