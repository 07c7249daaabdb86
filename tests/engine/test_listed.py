"""Lists that hold no orders, as messages: the chain reader gives the same rows back, whatever their words are."""

from __future__ import annotations

from hypothesis import given, settings
from hypothesis.strategies import booleans, builds, characters, integers, lists, one_of, sampled_from, text, tuples

from baogong.engine.chain import read
from baogong.engine.listed import Listed, listed, plain

SAID = one_of(
    text("云朵小满阿福Bob520 ｜×、（）.-取消改成份号楼室单元@#【】「」：,，", max_size=16),
    text(characters(codec="utf-8", exclude_categories=["Cs", "Cc", "Cf"]), max_size=12),
)
COUNTED = lists(tuples(sampled_from(["待问", "站点", "包裹", "到课"]), integers(1, 9_999)), min_size=1, max_size=2, unique_by=lambda one: one[0])  # fmt: skip
ROWS = lists(builds(Listed, name=SAID, note=SAID, what=COUNTED.map(tuple), is_off=booleans()), max_size=8)


@settings(max_examples=150)
@given(rows=ROWS, title=SAID)
def test_any_rows_read_back_as_they_were_written(rows: list[Listed], title: str) -> None:
    message = listed([title, "清单"], rows)
    reading = read(message)
    (chain,) = reading.chains
    assert [(one.name, one.note, one.withdrawn) for one in chain.entries] == [
        (plain(row.name), plain(row.note), row.is_off) for row in rows
    ]
    assert [tuple((each.item, each.quantity) for each in one.items) for one in chain.entries] == [
        row.what for row in rows
    ]
    assert chain.title in (plain(title), "清单")
    assert not reading.unread


def test_a_place_that_would_not_read_back_stands_in_the_note() -> None:
    rows = [
        Listed("云朵", "没有房号", (("待问", 1),), ("1", "", "101")),
        Listed("小满", "", (("待问", 1),), ("3号楼旁", "", "")),
    ]
    (chain,) = read(listed(["待问"], rows)).chains
    told = [(one.name, (one.building, one.unit, one.room), one.note) for one in chain.entries]
    assert told in (
        [("云朵", ("1", "", "101"), "没有房号"), ("小满", ("3号楼旁", "", ""), "")],
        [("云朵", ("", "", ""), "1-101 没有房号"), ("小满", ("", "", ""), "3号楼旁")],
    )


def test_what_is_pasted_into_orders_by_mistake_is_counted_as_nothing_on_the_menu() -> None:
    (chain,) = read(
        listed(["待问"], [Listed("云朵", "「1. 云朵 1-101 A2」没有房号", (("待问", 1),), ("1", "", "101"))])
    ).chains
    assert [(each.item, each.quantity) for one in chain.entries for each in one.items] == [("待问", 1)]
