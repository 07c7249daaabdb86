"""Whatever is pasted: the spans cover it, reading is repeatable, and a line changes only what it says."""

from __future__ import annotations

import gc
import random
import sys
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import replace

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from baogong.engine.chain import (
    NO_MENU,
    NO_REGISTER,
    Chain,
    Dish,
    Entry,
    Menu,
    Ordered,
    Reading,
    Register,
    UnwritableChain,
    read,
    said,
    write,
)
from baogong.engine.chain.line import Line
from baogong.engine.chain.plain import plain
from baogong.engine.chain.tokens import Grammar
from baogong.orders.reading import ASKED, ASKED_OF_WITHDRAWN
from tests.engine.chain.labelled import HALVES, cases, menu_of, register_of

SCRAPS = (
    "#接龙", "#Group Note", "\n", "\n\n", "例 ", "1. ", "2、", "3）", "（4）", "⑤", "6.", "10 ", "1️⃣", "张三", "李四", "641℃", "933~", "。",
    "3-502", "5号楼2单元301", "7-2", "E1份", "F区-1份", "A", "B", "AB", "A2", "+", "+1", "-3份", "-1", "加2", "共3份", "各1份", "两份", "2份",
    "一份", "1分", "x2", "×2", "*2", "0份", "取消", "取消1份", "改成", "（", "）", "(", ")", "、", "，", " ", "　", "三杯杏鲍菇", "四季豆", "已付", "不要辣",
    "<p>", "</p>", "<br>", "&amp;", "&#x0A;", "<![CDATA[", "]]>", "<msg><appmsg><title>", "</title>", "13800001234", "2022-04-12 10:00:01 张三",
    "18:30", "32元", "1.5份", "半份", "半", "号", "楼", "室", "份", "｜", "【菜单】", "【接龙】", "  A. 鱼（余3份）", "·", "🌸", "\u200b", "\r\n", "\x00", "٣", "¹", "ß",
    "1. 张三｜3号楼502室｜A×2｜", "截止", "谢谢", "----", "#", "@所有人", "\ufe0f\u20e3", "①②", "十一份", "三十份", "ﬁ", "İ", "2-3份", "两三份", "到3份", "不要A", "（2荤1素）", "和", "x2 两份", "帮501带",
    "1200弄", "虹梅路", "34号902室", "10号院", "阳光家园", "三十四号九零二室", "好801", "8号楼2-603", "别墅", "单元", "合计：", "一共", "总共", "共A3份", "大人", "【3号楼 登记】", "3人", "没人", "套餐一", "[图片]", "25/条", "团长：", "50O",
)  # fmt: skip
MENU = Menu((Dish("A", "红烧鲈鱼"), Dish("B", "三杯杏鲍菇"), Dish("1", "四季豆"), Dish("", "Rice box")))
REGISTER = Register(
    (str(house), str(unit), f"{floor}02") for house in range(1, 9) for unit in (1, 2) for floor in (3, 5)
)
AREAS = Register((letter, "", "") for letter in "EFGH")
KNOWLEDGE = ((NO_MENU, NO_REGISTER), (MENU, NO_REGISTER), (NO_MENU, AREAS), (MENU, REGISTER))

pastes = st.lists(st.sampled_from(SCRAPS), max_size=40).map("".join)
knowledge = st.sampled_from(KNOWLEDGE)


def entries(reading: Reading) -> list[Entry]:
    return [entry for chain in reading.chains for entry in chain.entries]


def assert_is_tiled(reading: Reading) -> None:
    spans = [(entry.start, entry.end) for entry in entries(reading)]
    spans += [(each.start, each.end) for each in (*reading.ignored, *reading.unread)]
    at = 0
    for start, end in sorted(spans):
        assert at <= start < end, (at, start, end)
        assert not reading.text[at:start].strip()
        at = end
    assert not reading.text[at:].strip()


@settings(max_examples=200, deadline=None)
@given(pastes, knowledge)
def test_the_spans_cover_every_paste_but_for_blanks_and_never_overlap(text: str, known: tuple[Menu, Register]) -> None:
    menu, register = known
    reading = read(text, menu=menu, register=register)
    assert_is_tiled(reading)
    for entry in entries(reading):
        assert entry.items
        assert all(item.quantity for item in entry.items)
        assert 0 <= entry.surest <= 1


@settings(max_examples=120, deadline=None)
@given(st.text(max_size=120))
def test_any_text_at_all_is_covered(text: str) -> None:
    assert_is_tiled(read(text, menu=MENU, register=REGISTER))


def assert_reads_the_same_when_written(reading: Reading, menu: Menu) -> int:
    """Every chain as a chat message, read again, says the same entries; how many could be written."""
    written, refused = 0, []
    for chain in reading.chains:
        try:
            message = write(chain)
        except UnwritableChain as found:
            refused.append(str(found.found))
            continue
        again = read(message)
        assert [said(entry) for entry in entries(again)] == [said(entry) for entry in chain.entries]
        assert not again.unread
        assert_is_tiled(again)
        assert message == "".join(map(write, again.chains))
        known = read(message, menu=menu)  # with the menu as data, too
        assert [said(entry) for entry in entries(known)] == [said(entry) for entry in chain.entries]
        written += 1
    assert all(set(found) & UNWRITABLE for found in refused), refused
    return written


UNWRITABLE = set("｜、×")
"""Signs that the message is made of."""


@settings(max_examples=150, deadline=None)
@given(pastes, knowledge)
def test_what_was_read_of_any_paste_reads_the_same_when_it_is_written_and_read_again(
    text: str, known: tuple[Menu, Register]
) -> None:
    menu, register = known
    reading = read(text, menu=menu, register=register)
    assert reading == read(text, menu=menu, register=register)
    assert_reads_the_same_when_written(reading, menu)


@pytest.mark.parametrize("half", HALVES)
def test_every_labelled_paste_reads_the_same_when_it_is_written_and_read_again(half: str) -> None:
    for case in cases(half):
        menu = menu_of(case.menu)
        reading = read(case.text, menu=menu, register=register_of(case.register))
        assert assert_reads_the_same_when_written(reading, menu) == len(reading.chains), case.title


BODIES = (
    "张三 3-502 A2份", "李四 5-302 两份", "641℃ 2-502 A1 B2", "933~ 3-302 三杯杏鲍菇一份", "8-502 王 3份（自己2份，代隔壁1份）",
    "赵六 4-302 A、B各1份", "小鹿 6-502 取消", "张三 3-502 改成B1份", "李四 5-302 -1份", "潘 7-302、7-502 各1份", "李四 +1",
    "云 1200弄34号902 A2份", "雪 1300弄8号楼2-603 B1份", "张三 3-502 一共A3份", "李四 共2份", "霜 六号三零一室 大人A2份 小孩B1份", "王五 2人2份",
)  # fmt: skip


@settings(max_examples=80, deadline=None)
@given(st.lists(st.sampled_from(BODIES), max_size=12))
def test_a_line_of_somebody_new_changes_nothing_but_adds_itself(bodies: list[str]) -> None:
    text = "#接龙\n晚餐\n" + "".join(f"{no}. {body}\n" for no, body in enumerate(bodies, 1))
    before = read(text, menu=MENU)
    after = read(text + f"{len(bodies) + 1}. 新来的 1-302 B3份\n", menu=MENU)
    old, new = entries(before), entries(after)
    assert new[: len(old)] == old
    assert [(entry.name, entry.room, entry.items) for entry in new[len(old) :]] == [
        ("新来的", "302", (Ordered("三杯杏鲍菇", 3, "B"),))
    ]
    assert after.unread == before.unread
    assert after.ignored[: len(before.ignored)] == before.ignored


@settings(max_examples=50, deadline=None)
@given(st.lists(st.sampled_from(BODIES[:6]), min_size=2, max_size=10), st.data())
def test_a_line_taken_out_leaves_the_others_as_they_were(bodies: list[str], data: st.DataObject) -> None:
    """Lines that speak of nobody else's: by its own words alone each is what it is."""
    gone = data.draw(st.integers(0, len(bodies) - 1))
    lines = [f"{no}. {body}" for no, body in enumerate(bodies, 1)]
    rest = [line for at, line in enumerate(lines) if at != gone]
    whole = entries(read("#接龙\n晚餐\n" + "\n".join(lines), menu=MENU))
    left = entries(read("#接龙\n晚餐\n" + "\n".join(rest), menu=MENU))
    assert [said(entry) for entry in left] == [said(entry) for entry in whole if entry.no != gone + 1]


CLEAN = ("A2份", "B1份", "A1份 B3份", "A2 B2", "三杯杏鲍菇两份", "四季豆2份", "A、B各2份")
WHO = ("", "云朵", "小鹿", "641℃", "王五")
WITHDRAWALS = (
    "取消{}", "{}取消", "{}不要了", "取消{}1份", "取消{}2份", "{}取消1份", "取消1份{}", "不要{}", "{}2份 取消", "{}改成1份",
    "{}改成3份", "取消了{}", "退{}1份", "去掉{}", "{} 退了", "不取消{}", "{}换四季豆", "一共{}1份", "少了{}1份", "对{}过敏", "没有{}",
)  # fmt: skip


@settings(max_examples=200, deadline=None)
@given(
    st.lists(st.tuples(st.integers(1, 4), st.sampled_from(CLEAN)), min_size=1, max_size=8, unique=True),
    st.sampled_from(WITHDRAWALS), st.sampled_from("AB"), st.data(),
)  # fmt: skip
def test_a_line_that_takes_back_changes_that_household_s_amount_of_that_item_or_waits(
    lines: list[tuple[int, str]], withdrawal: str, code: str, data: st.DataObject
) -> None:
    who = data.draw(st.sampled_from([house for house, _ in lines]))
    text = "#接龙\n晚餐\n" + "".join(
        f"{no}. {WHO[house]} {house}-502 {said}\n" for no, (house, said) in enumerate(lines, 1)
    )
    before, waited = amounts(read(text, menu=MENU))
    assume(not waited)  # what is said twice waits before anything is taken back
    last = f"{len(lines) + 1}. {WHO[who]} {who}-502 {withdrawal.format(code)}\n"
    after, waiting = amounts(read(text + last, menu=MENU))
    changed = {key for key in before.keys() | after.keys() if before.get(key, 0) != after.get(key, 0)}
    if waiting:
        assert changed <= ({(str(who), code)} if "不要" in withdrawal or "一共" in withdrawal else set())
    else:
        assert changed <= {(str(who), code)}
        assert after.get((str(who), code), 0) >= 0


def amounts(reading: Reading) -> tuple[Counter[tuple[str, str]], bool]:
    """How many each building has of each code in lines that do not wait; whether any waits."""
    found: Counter[tuple[str, str]] = Counter()
    waits = bool(reading.unread)
    for entry in entries(reading):
        if set(entry.doubts) & (ASKED_OF_WITHDRAWN if entry.withdrawn else ASKED):
            waits = True
        elif not entry.withdrawn:
            for each in entry.items:
                found[entry.building, each.code] += each.quantity
    return found, waits


@pytest.mark.parametrize("half", HALVES)
def test_every_labelled_paste_is_covered(half: str) -> None:
    for case in cases(half):
        assert_is_tiled(read(case.text, menu=menu_of(case.menu), register=register_of(case.register)))


@pytest.mark.parametrize(
    "piece",
    [
        "1. 张三 3-502 2份\n", "1. 张三 取消\n", "2. 张三 -1\n", "(", "1.", "<p", "<title>", "&amp;", "-", "9", "一", "张三 ", "A", "#接龙\n酱油\n1. 郎 8-101 1份\n",
        "#接龙\n", "例 ", "1份2. ", "+12. ", "各", "改成", "2份", "2-3份", "两三份", "2到", "不要A", "（2荤1素）", "和", "（1份", "3-", "<title><des>", "\n", "１", "A+", "退A", "不吃", "还没", "A②", "一百零", "号楼", "张三改成1份\n", "2022-04-12 10:00:01 张三\n", "共3份\n", "1. 张三 3-502 2份\n共3份\n",
        "合计：\nA3份\n", "1200弄34号", "1200弄", "五百弄", "阳光家园", "虹梅路", "虹梅路1200弄3号101 ", "套餐一", "3人", "号院", "8号楼2-", "大米 75元，",
    ],
)  # fmt: skip
def test_time_grows_with_the_text_alone(piece: str) -> None:
    """Eight times the text takes less than sixteen times the time, whatever it repeats."""

    def spent_s(times: int) -> float:
        text = piece * times
        best = float("inf")
        for _ in range(3):  # whatever else the machine does
            started = time.process_time()
            read(text, menu=MENU, register=REGISTER)
            best = min(best, time.process_time() - started)
        return best

    small = max(2_000 // len(piece), 1)
    assert spent_s(8 * small) < 16 * spent_s(small) + 0.1


LONG: dict[str, Callable[[int], str]] = {
    "one line of items": lambda size: "#接龙\n1. 张三 3-502 " + "A1 " * (25 * size),
    "chains of other titles": lambda size: "".join(f"#接龙\n第{n}团\n1. 张三 A1\n" for n in range(8 * size)),
    "households of one line": lambda size: "1. " + "".join(f"王{n} {n % 90}-501 A1 " for n in range(3 * size)),
    "brackets of one line": lambda size: "1. 张三 3-502 " + "A1份（2荤1素）" * (3 * size),
    "lines that lost their newlines": lambda size: "".join(f"{n}. 王{n} {n % 90}-501 2份" for n in range(1, 3 * size)),
    "lines in brackets that lost theirs": lambda size: "".join(f"({n}) 王{n} {n % 90}-501 2份" for n in range(1, 3 * size)),
    "the same line": lambda size: "#接龙\n菜\n" + "1. 张三 3-502 A1\n" * (3 * size),
}  # fmt: skip


@pytest.mark.parametrize("shape", LONG)
def test_what_is_long_in_one_way_takes_time_in_proportion(shape: str) -> None:
    """
    Where looking at each piece again for every other is an eighteenth of the time of a hundred pieces, forty times as many take
    more than 120 times the time. What a busy machine adds to the longer text, as it fits no cache, is half as much.
    """

    def spent_s(size: int, tries: int) -> float:
        text = LONG[shape](size)
        best = float("inf")
        gc.collect()
        gc.disable()  # what is kept alive besides is not this text's
        for _ in range(tries):  # the machine is shared: the best of several tells the reader's own time
            started = time.process_time()
            read(text, menu=MENU)
            best = min(best, time.process_time() - started)
        gc.enable()
        return best

    assert spent_s(4_000, 1) < 120 * spent_s(100, 4)


@pytest.mark.parametrize("shape", LONG)
def test_four_times_of_what_is_long_in_one_way_takes_four_times_the_steps(shape: str) -> None:
    """Calls and resumed generators, counted: whatever else the machine does."""

    def steps(size: int) -> int:
        text, count = LONG[shape](size), 0

        def see(frame: object, event: str, argument: object) -> None:
            nonlocal count
            count += 1

        sys.setprofile(see)
        try:
            read(text, menu=MENU)
        finally:
            sys.setprofile(None)
        return count

    assert steps(800) < 5 * steps(200)


def test_twelve_thousand_households_of_one_line_take_four_times_the_time_of_three() -> None:
    """A basket accepts so long a paste; a look at each piece for every other takes sixteen times the time."""

    def spent_s(size: int) -> float:
        text = LONG["households of one line"](size)
        best = float("inf")
        for _ in range(3):
            started = time.process_time()
            read(text)
            best = min(best, time.process_time() - started)
        return best

    assert spent_s(4_000) < 8 * spent_s(1_000)


def test_a_shuffled_heap_of_scraps_neither_stops_nor_slows_the_reader() -> None:
    chance = random.Random(7)
    for size in (10, 1_000, 8_000):
        text = "".join(chance.choice(SCRAPS) for _ in range(size))
        assert_is_tiled(read(text, menu=MENU, register=AREAS))


CHUNKS = (
    "张三", "Lily", "Wang", "🌸小花", "A小王", "520小仙女", "-严", "A&B", "小来", "毛毛加", "周1", "641℃", "3-502", "5-1-301", "3-502室", "99-901", "5号楼", "301", "A", "A2", "A2份", "B×1", "红烧鲈鱼2份", "2份", "x2", "份",
    "不要辣", "已付", "谢谢", "+1", "取消", "两份", "A1B2", "A1A2", "A+B", "A、B各2份", "红烧鲈鱼", "AB", "2份A", "各1份", "A2、B1", "B各2", "B1", "套餐", "。", "鲈鱼", "和", "再", "-1", "2-3份", "两三份", "A2份2份", "2份×3", "不要A", "不要", "2份AB", "(2荤1素)", "退", "退了", "1份B", "两份红烧鲈鱼", "2×A", "x2A", "没有", "请问还有吗?", "不吃", "对B过敏", "上次", "还没到", "我要A", "更正:A1份", "壹份", "②", "俩", "60枚", "A俩", "两",
)  # fmt: skip


class LongerWay(Line):
    def _at_once(self, no: int | None, start: int, body: int, end: int) -> None:
        return None


@settings(max_examples=400, deadline=None)
@given(st.lists(st.sampled_from(CHUNKS), min_size=1, max_size=6), st.sampled_from((" ", "  ")), knowledge)
def test_common_lines_are_read_at_once_as_the_longer_way_reads_them(
    chunks: list[str], blank: str, known: tuple[Menu, Register]
) -> None:
    menu, register = known
    text = f"1. {blank.join(chunks)}"
    grammar = Grammar(menu, register)
    at_once = Line(grammar, plain(text).text, text)._at_once(1, 0, 3, len(text))
    if at_once is not None:
        (longer,) = LongerWay(grammar, plain(text).text, text).read(1, 0, 3, len(text))
        assert replace(at_once, doubts=None) == replace(longer, doubts=None)
        assert at_once.doubted() == longer.doubted()


# Writing

words = st.text(
    st.characters(codec="utf-8", exclude_categories=("Cc", "Cs", "Zl", "Zp"), exclude_characters="｜"), max_size=12
)
numbers = st.from_regex(r"\A(?:[1-9][0-9]{0,2}|[A-Z]|[1-9]-[1-9])\Z")
items = st.sampled_from(("红烧鲈鱼", "三杯杏鲍菇", "四季豆", "641℃鱼", None))
ordered = st.builds(Ordered, items, st.integers(-9, 9_999).filter(bool))
DISHES = (Dish("A", "红烧鲈鱼", 12), Dish("B1", "三杯杏鲍菇", None), Dish("2", "四季豆", 0), Dish("", "Rice (big)", 3))


@st.composite
def chains(draw: st.DrawFn) -> Chain:
    rows = []
    for _ in range(draw(st.integers(0, 6))):
        rows.append(
            Entry(
                draw(st.none() | st.integers(1, 9_999)),
                draw(words | st.sampled_from(("641℃", "933~", "。", "", "张三 取消"))).strip(),
                draw(numbers | st.just("")),
                draw(numbers | st.just("")),
                draw(numbers | st.just("")),
                tuple(draw(st.lists(ordered, min_size=1, max_size=3, unique_by=lambda each: each.item))),
                draw(words | st.sampled_from(("已付", "不要辣"))).strip(),
                False,
                draw(st.booleans()),
                0,
                0,
            )
        )
    title = draw(st.sampled_from(("晚餐", "4月18日晚餐", "4.18号晚餐", "Dinner for 3", "")))
    return Chain(title, draw(st.sampled_from(((), DISHES, DISHES[:1]))), tuple(rows))


@settings(max_examples=120, deadline=None)
@given(chains())
def test_what_is_written_reads_back_exactly(chain: Chain) -> None:
    text = write(chain)
    back = read(text)
    assert [got.title for got in back.chains] == [chain.title]
    assert back.chains[0].menu == chain.menu
    assert [said(entry) for entry in back.chains[0].entries] == [said(entry) for entry in chain.entries]
    assert write(back.chains[0]) == text
    assert not back.unread
    assert_is_tiled(back)


@pytest.mark.parametrize("name", ["a｜b", "一行\n两行", "1. 李四｜｜×1"])
def test_what_would_not_read_back_is_refused_with_its_place(name: str) -> None:
    entry = Entry(1, name, "3", "", "502", (Ordered(None, 1),), "", False, False, 0, 0)
    with pytest.raises(UnwritableChain) as refused:
        write(Chain("晚餐", (), (entry,)))
    assert refused.value.where == "entries.0"


def test_people_go_on_under_a_written_list() -> None:
    chain = Chain(
        "晚餐", DISHES[:2], (Entry(1, "云朵", "3", "", "502", (Ordered("红烧鲈鱼", 2),), "", False, False, 0, 0),)
    )
    back = read(write(chain) + "2. 李四 3-301 A1份\n3. 云朵 3-502 改成B1 1份\n4. 周 2-101 三杯杏鲍菇\n")
    got = back.chains[0].entries
    assert [(entry.name, entry.withdrawn) for entry in got] == [
        ("云朵", True), ("李四", False), ("云朵", False), ("周", False),
    ]  # fmt: skip
    assert got[3].items == (Ordered("三杯杏鲍菇", 1, "B1"),)
