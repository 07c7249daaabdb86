"""Messages of lists that a person copies: every row comes back, and a shop's day with its address, prices and times."""

from __future__ import annotations

from datetime import timedelta
from types import SimpleNamespace
from typing import Any, cast

import pytest
from hypothesis import given, settings
from hypothesis.strategies import booleans, integers, lists, sampled_from, text, tuples

from baogong.engine.chain import read, said
from baogong.engine.listed import plain
from baogong.kernel.ids import new_id
from baogong.orders.queries import Cut, plain_chats, shop_chats
from baogong.orders.queries.lessons import LessonView
from tests.apps.orders.neighbourhood import CUT_OFF, NOW, TODAY

WORDS = text("云朵小满阿福Bob520 ｜×、（）.-取消改成份号楼室：，", min_size=1, max_size=10)
FEW = settings(max_examples=40)
ADDRESS = "http://10.0.0.7:8000/shops/k7q2m9/"


def rows_of(message: str) -> list[tuple[str, str]]:
    reading = read(message)
    (chain,) = reading.chains
    assert not reading.unread
    return [(one.name, one.note) for one in chain.entries]


@FEW
@given(rows=lists(tuples(WORDS, WORDS, booleans()), max_size=6))
def test_the_stations_schedule_reads_back(rows: Any) -> None:
    stands = [
        SimpleNamespace(station_name=name, community_name=where, note="", from_at=NOW, until_at=CUT_OFF if ends else None)
        for name, where, ends in rows
    ]  # fmt: skip
    got = rows_of(plain_chats.stations_chat(cast(Any, stands)))
    assert [name for name, _note in got] == [plain(name) for name, _where, _ends in rows]
    assert all("4月20日 09:00 起" in note for _name, note in got)


@FEW
@given(rows=lists(tuples(WORDS, WORDS, booleans()), max_size=6))
def test_lessons_and_who_was_there_read_back(rows: Any) -> None:
    its = [
        LessonView(new_id(), new_id(), title, teacher, "直播间 8", NOW, CUT_OFF, NOW if off else None, 1, 1)
        for title, teacher, off in rows
    ]  # fmt: skip
    message = plain_chats.lessons_chat(its)
    assert [name for name, _note in rows_of(message)] == [plain(one.title) for one in its]
    (chain,) = read(message).chains
    assert [one.withdrawn for one in chain.entries] == [one.called_off_at is not None for one in its]
    if its:
        there = [(cast(Any, SimpleNamespace(name=name)), down, not down) for name, _teacher, down in rows]
        (chain,) = read(plain_chats.attendance_chat(its[0], there)).chains
        assert [(one.name, one.items[0].item) for one in chain.entries] == [
            (plain(name), "报了名没有到" if down else "到课") for name, _teacher, down in rows
        ]


@FEW
@given(
    rows=lists(tuples(WORDS, sampled_from(["", "1", "12"]), sampled_from(["", "101"]), WORDS), max_size=6), title=WORDS
)
def test_the_queue_reads_back_and_counts_as_no_order(rows: Any, title: str) -> None:
    lines = [
        SimpleNamespace(words=words, name=name, place=(building, "", room if building else ""), why="no-place", doubts=())
        for name, building, room, words in rows
    ]  # fmt: skip
    message = plain_chats.queue_chat(cast(Any, SimpleNamespace(title=title)), cast(Any, lines))
    got = rows_of(message)
    assert [name for name, _note in got] == [plain(line.name) for line in lines]
    assert all(plain(line.words) in note for line, (_name, note) in zip(lines, got, strict=True))
    (chain,) = read(message).chains
    assert {each.item for one in chain.entries for each in one.items} <= {"待问"}


@FEW
@given(
    rows=lists(
        tuples(WORDS, sampled_from(["", "1", "12"]), WORDS, integers(1, 99), sampled_from(["MAXIMUM", "TRUCK", "SHORT", "OFF"])),
        max_size=6,
    ),
    title=WORDS,
)  # fmt: skip
def test_those_cut_read_back_and_count_as_no_order(rows: Any, title: str) -> None:
    cuts = [
        Cut((building, "", "101" if building else ""), name, item, less + 3, 3, ((why, less),))
        for name, building, item, less, why in rows
    ]
    message = plain_chats.cuts_chat(cast(Any, SimpleNamespace(title=title)), cuts)
    (chain,) = read(message).chains
    assert sum(each.quantity for one in chain.entries for each in one.items) == sum(row[3] for row in rows)
    assert {each.item for one in chain.entries for each in one.items} <= {"少给"}
    assert all(any(plain(f"{cut.item} {cut.asked}改3") in one.note for one in chain.entries) for cut in cuts)


@FEW
@given(
    packs=lists(tuples(sampled_from(["蔬菜包", "肉蛋包", "水饺（12只）", "A套餐", "5斤大米", "鲜牛奶1L"]), integers(0, 99_999), integers(0, 99)), min_size=1, max_size=4, unique_by=lambda one: one[0]),
    bags=lists(lists(integers(0, 9), min_size=4, max_size=4), max_size=5),
    minimum=sampled_from([0, 6000]),
    slots=integers(1, 3),
)  # fmt: skip
def test_a_shops_day_tells_address_prices_and_times_and_reads_back_to_the_same_bags(
    packs: Any, bags: Any, minimum: int, slots: int
) -> None:
    offered = [SimpleNamespace(pack=SimpleNamespace(name=name), price_fen=fen, left=left) for name, fen, left in packs]
    times = [(CUT_OFF + timedelta(hours=at), CUT_OFF + timedelta(hours=at + 1)) for at in range(slots)]
    day = SimpleNamespace(
        packs=offered, on=TODAY, cut_off_at=CUT_OFF, minimum_fen=minimum,
        slots=[SimpleNamespace(from_at=start, until_at=end) for start, end in times],
    )  # fmt: skip
    orders = [
        SimpleNamespace(
            code=f"7KQ2M9X{number}", from_at=times[0][0], community_name="华灵小区",
            lines=[SimpleNamespace(name=name, there=count) for (name, _fen, _left), count in zip(packs, counts, strict=False)],
        )
        for number, counts in enumerate(bags, start=1)
    ]  # fmt: skip
    shop: Any = SimpleNamespace(name="陈记生鲜")
    message = shop_chats.day_chat(shop, cast(Any, day), cast(Any, orders), ADDRESS)
    meant = shop_chats.day_chain(shop, cast(Any, day), cast(Any, orders))
    reading = read(message)
    (chain,) = reading.chains
    assert (chain.title, chain.menu, [said(one) for one in chain.entries]) == (
        meant.title, meant.menu, [said(one) for one in meant.entries],
    )  # fmt: skip
    assert not reading.unread
    for told in (ADDRESS, "11:00 截单", "11:00–12:00", f"A {packs[0][1] / 100:.2f}元"):
        assert told in message
    assert ("起送60.00元" in message) is bool(minimum)


@pytest.mark.parametrize("name", ["陈记×生鲜", "小林｜便当、面"])
def test_a_shops_name_with_signs_of_the_message_is_written_without_them(name: str) -> None:
    day = SimpleNamespace(packs=[], on=TODAY, cut_off_at=CUT_OFF, minimum_fen=0, slots=[])
    message = shop_chats.day_chat(cast(Any, SimpleNamespace(name=name)), cast(Any, day), [], ADDRESS)
    assert read(message).chains[0].title == f"{plain(name)} 4月20日"
