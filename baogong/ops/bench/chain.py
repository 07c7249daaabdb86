"""
`baogong bench chain`: chains of a whole city read on one processor.

Reading waits for nothing and uses one processor: its seconds are the processor's. Lines are made in twelve ways of
writing, with menus, nicknames and notes; what was meant is kept beside them, and every line must be read as it was meant.
"""

from __future__ import annotations

import gc
import random
import statistics
import time
from collections.abc import Callable

from baogong.engine.chain import Dish, Entry, Menu, Reading, Register, read
from baogong.ops.bench.report import Report, Target

LINES_PER_CHAIN = 60
DISHES = (
    Dish("A", "红烧鲈鱼套餐"), Dish("B", "三杯杏鲍菇套餐"), Dish("C", "四季豆炒肉套餐"), Dish("D", "番茄炒蛋套餐"),
)  # fmt: skip
NAMES = (
    "云朵",
    "641℃",
    "933~",
    "周阿婆",
    "张三",
    "李四",
    "赵六",
    "小鹿",
    "Lily Wang",
    "🌸小花",
    "王先生",
    "A小王",
    "老钱",
    "顾女士",
)
NOTES = ("", "", "", "", "不要辣", "放门口谢谢", "已付", "微信已转")
CHINESE = {1: "一", 2: "两", 3: "三"}

Meant = tuple[str, str, str, str, tuple[tuple[str | None, int], ...], str]
"""Name, building, unit, room, items, note."""


def run(*, quick: bool) -> Report:
    """Lines a second at 100,000 (quick: 20,000), and how time grows from a tenth of them."""
    lines = 20_000 if quick else 100_000
    runs = 3
    menu, register = Menu(DISHES), _register()
    text, meant = make(lines, seed=1)
    small, _ = make(lines // 10, seed=1)
    read(text, register=register, menu=menu)  # a warm-up: chunks are remembered
    large_s, wall_s = _spent_s(lambda: read(text, register=register, menu=menu), runs=runs)
    small_s, _ = _spent_s(lambda: read(small, register=register, menu=menu), runs=3 * runs)
    report = Report("chain", quick)
    report.ours = {"lines": lines, "characters": len(text), "processor_s": large_s, "wall_s": wall_s}
    report.targets = [
        Target("lines_per_s", text.count("\n") / large_s, "higher", 20_000, 100_000),
        Target("growth_10x", large_s / small_s / 10, "lower", 1.3, 1.1),
    ]
    reading = read(text, register=register, menu=menu)
    got = [entry for chain in reading.chains for entry in chain.entries]
    report.checks = {
        "every line is read as it was meant": [_said(entry) for entry in got] == meant,
        "the spans cover the text but for its blanks, and do not overlap": _is_tiled(reading),
        "nothing waits": not reading.unread,
    }
    return report


def _spent_s(work: Callable[[], object], *, runs: int) -> tuple[float, float]:
    """Medians of processor and of wall seconds."""
    spent: list[tuple[float, float]] = []
    gc.collect()
    gc.freeze()  # what the command line holds besides is not looked through again and again while text is read
    for _ in range(runs):
        started = time.process_time(), time.perf_counter()
        work()
        spent.append((time.process_time() - started[0], time.perf_counter() - started[1]))
    gc.unfreeze()
    return statistics.median(processor for processor, _ in spent), statistics.median(wall for _, wall in spent)


def _register() -> Register:
    return Register(
        (str(building), str(unit), f"{floor}0{door}")
        for building in range(1, 31)
        for unit in (1, 2)
        for floor in range(1, 7)
        for door in range(1, 5)
    )


def make(lines: int, *, seed: int) -> tuple[str, list[Meant]]:
    """Chains of about `lines` lines in all, and what each entry means, in order."""
    chance = random.Random(seed)
    text: list[str] = []
    meant: list[Meant] = []
    number = 0
    while len(text) < lines:
        number += 1
        text += [
            "#接龙",
            f"第{number}组晚餐，下午三点截止",
            *(f"{dish.code} {dish.item} 25元" for dish in DISHES),
            "例 王小二 1-101 A2份",
            "",
        ]
        for no in range(1, LINES_PER_CHAIN + 1):
            line, entry = _line(chance, no)
            text.append(line)
            meant.append(entry)
    return "\n".join(text) + "\n", meant


def _line(chance: random.Random, no: int) -> tuple[str, Meant]:
    """One line in one of twelve ways, and what it means. Each number of a chain has a door of its own."""
    name, note = chance.choice(NAMES), chance.choice(NOTES)
    building, unit, room = str(1 + no % 30), str(1 + no // 30 % 2), f"{chance.randint(1, 6)}0{chance.randint(1, 4)}"
    first, second = chance.sample(DISHES, 2)
    count, other = chance.randint(1, 3), chance.randint(1, 3)
    one = ((first.item, count),)
    two = ((first.item, count), (second.item, other))
    short = f"{building}-{room}"
    ways: tuple[tuple[str, str, tuple[tuple[str | None, int], ...]], ...] = (
        (f"{name} {short} {first.code}{count}份", "", one),
        (f"{name} {short} {first.code}{count} {second.code}{other}", "", two),
        (f"{short} {name} {first.item}{CHINESE[count]}份", "", one),
        (f"{name} {building}号楼{unit}单元{room}室 {first.code}×{count}", unit, one),
        (f"{name} {building}-{unit}-{room} {first.item} {count}份 {second.item} {other}份", unit, two),
        (f"{name} {short} {count}份{first.item} {other}份{second.item}", "", one if first == second else two),
        (f"{name} {short} {first.code}+{second.code}", "", ((first.item, 1), (second.item, 1))),
        (f"{name} {short} {first.code}、{second.code}各{count}份", "", ((first.item, count), (second.item, count))),
        (f"{name} {building}#{room} {first.code}*{count}", "", one),
        (f"{name} {building}栋{room} {first.code}{CHINESE[count]}份（自己吃）", "", one),
        (f"{name} {short} {first.code} {count}份 {second.code} {other}份 共{count + other}份", "", two),
        (f"{name} {short} {first.item}", "", ((first.item, 1),)),
    )  # fmt: skip
    said, unit_said, items = chance.choice(ways)
    notes = " ".join(filter(None, ("自己吃" if "自己吃" in said else "", note)))
    mark = chance.choice((". ", "、", ") ", "."))
    return f"{no}{mark}{said} {note}".rstrip(), (name, building, unit_said, room, items, notes)


def _said(entry: Entry) -> Meant:
    items = tuple((each.item, each.quantity) for each in entry.items)
    return (entry.name, entry.building, entry.unit, entry.room, items, entry.note)


def _is_tiled(reading: Reading) -> bool:
    spans = sorted(
        [(entry.start, entry.end) for chain in reading.chains for entry in chain.entries]
        + [(each.start, each.end) for each in (*reading.ignored, *reading.unread)]
    )
    at = 0
    for start, end in [*spans, (len(reading.text), len(reading.text))]:
        if start < at or reading.text[at:start].strip():
            return False
        at = end
    return True
