"""Addresses as residents write them; whatever the text, each of its signs is in one part."""

from __future__ import annotations

import random
import time
from dataclasses import replace

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.address import DOUBTS, Field, Register, Typed, door_alone, read, read_typed, written
from tests.engine.address.figures import SETS, Line, lines

DOORS = [
    ("5", "1", "301"),
    ("5", "2", "301"),
    ("5", "2", "302"),
    ("12号楼", "", "0301"),
    ("商务楼", "", "807"),
    ("88", "", ""),
]
REGISTER = Register(DOORS)
MAY_BE_SAID = {"no-room"}


@pytest.mark.parametrize("line", [line for name in SETS for line in lines(name)], ids=lambda line: line.text)
def test_a_labelled_line_raises_its_flags_and_no_other(line: Line) -> None:
    flags = set(read(line.text, line.register).flags)
    assert line.flags <= flags
    assert flags - MAY_BE_SAID <= line.flags


def test_the_parts_say_where_each_field_stands() -> None:
    text = "闵行区虹梅路1200弄梅苑34号902室（放门口）"
    said = [(text[part.start : part.end], part.field) for part in read(text).parts]
    assert said == [
        ("闵行区", Field.DISTRICT),
        ("虹梅路", Field.STREET),
        ("1200弄", Field.LANE),
        ("梅苑", Field.COMMUNITY),
        ("34号", Field.BUILDING),
        ("902室", Field.ROOM),
        ("（", Field.SEPARATOR),
        ("放门口", Field.NOTE),
        ("）", Field.SEPARATOR),
    ]


def test_a_number_written_as_one_is_parted_within_its_own_signs() -> None:
    text = "34902室"
    assert [(text[part.start : part.end], part.field) for part in read(text).parts] == [
        ("34", Field.BUILDING),
        ("902室", Field.ROOM),
    ]


def test_a_second_address_is_unread_and_the_first_stays() -> None:
    address = read("34号902室 36号101室")
    assert address.place == ("34", "", "902")
    assert [address.text[part.start : part.end] for part in address.unread] == ["36号", "101室"]


def test_the_register_gives_a_unit_only_where_one_has_the_room() -> None:
    assert read("5-302", REGISTER).place == ("5", "2", "302")
    assert read("5-301", REGISTER).place == ("5", "", "301")
    assert read("12号301", REGISTER).place == ("12", "", "0301")


def test_the_register_decides_between_two_readings() -> None:
    assert read("12-2").flags == ("ambiguous",)
    assert read("12-2", Register([("12", "2", "101")])).place == ("12", "2", "")
    assert read("12-2", Register([("12", "", "2")])).place == ("12", "", "2")
    assert read("21603", Register([("21", "", "603")])).place == ("21", "", "603")
    assert read("21603", Register([("2", "", "1603")])).place == ("2", "", "1603")


def test_what_the_register_does_not_have_is_doubted_and_left_as_written() -> None:
    unknown = read("6号楼301", REGISTER)
    assert (unknown.place, unknown.flags) == (("6", "", "301"), ("building-unknown",))
    assert unknown.sure[Field.BUILDING] < 0.5 < read("6号楼301").sure[Field.BUILDING]
    assert read("5号楼2单元401", REGISTER).flags == ("room-unknown",)


def test_a_villa_of_the_register_needs_no_room() -> None:
    assert read("88号").flags == ("no-room",)
    assert read("88号", REGISTER).flags == ()


def test_words_are_surer_than_chains_and_chains_surer_than_guesses() -> None:
    sure = [read(text).sure[Field.BUILDING] for text in ("34号902室", "34-902", "34902")]
    assert sure == sorted(sure, reverse=True)
    assert len(set(sure)) == 3
    assert read("34好902室").sure[Field.BUILDING] < sure[0]


@pytest.mark.parametrize(
    ("text", "door"),
    [
        ("5号楼2单元301室", ("5", "2", "301")),
        ("，５栋２单元３０１", ("5", "2", "301")),
        ("五号楼301", ("5", "", "301")),
        ("5-2-301", ("5", "2", "301")),
        ("5-301室", ("5", "", "301")),
        ("12-1幢3单元12层1203室", ("12-1", "3", "1203")),
        ("第3栋", ("3", "", "")),
        ("A座1801", ("A", "", "1801")),
        ("门口的小卖部", None),
        ("对面的5号楼301", None),
        ("5号楼301对面", None),
        ("12602", None),
        ("12-2", None),
        ("5号楼301室 6号楼301室", None),
        ("", None),
    ],
)
def test_a_door_alone_is_nothing_else_and_nothing_doubtful(text: str, door: tuple[str, str, str] | None) -> None:
    assert door_alone(text) == door


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("三号楼二单元十二零三", ("3", "2", "1203")),
        ("3号楼二十零一室", ("3", "", "2001")),
        ("3号楼二十一零二", ("3", "", "2102")),
        ("二十一-十二零三", ("21", "", "1203")),
        ("3号楼十二一二室", ("3", "", "1212")),
        ("3号楼一千二百零三室", ("3", "", "1203")),
        ("一百一十二号楼一百零三室", ("112", "", "103")),
        ("3号楼十二室", ("3", "", "12")),
    ],
)
def test_a_spoken_number_is_what_was_said(text: str, place: tuple[str, str, str]) -> None:
    address = read(text)
    assert (address.place, address.flags) == (place, ())


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("3号楼二十一二室", ("3", "", "2012")),
        ("3号楼二十二十室", ("3", "", "2020")),
        ("3号楼一百二室", ("3", "", "102")),
    ],
)
def test_a_spoken_number_with_two_meanings_is_flagged(text: str, place: tuple[str, str, str]) -> None:
    address = read(text)
    assert (address.place, address.flags) == (place, ("ambiguous",))
    assert read_typed("", Typed(building="3", room=text.removeprefix("3号楼"))).flags == ("ambiguous",)


def test_a_number_that_nobody_counts_so_is_unread() -> None:
    for text in ("3号楼二十一十二零三室", "3号楼一百二十零一室"):
        address = read(text)
        assert (address.place, address.flags) == (("3", "", ""), ("unread", "no-room"))
    typed = read_typed("3号楼101", Typed(building="3", room="一百二十零一室"))
    assert "unread" in typed.flags


SPOKEN = "零一二三四五六七八九"


def counted(number: int) -> str:
    tens, ones = divmod(number, 10)
    return ("" if tens < 2 else SPOKEN[tens]) + ("十" if tens else "") + (SPOKEN[ones] if ones or not tens else "")


@pytest.mark.parametrize("floor", range(1, 34))
def test_a_floor_and_its_door_are_read_however_they_are_said(floor: int) -> None:
    for door in range(1, 21):
        room, doors = f"{floor}{door:02}", "".join(SPOKEN[int(sign)] for sign in f"{door:02}")
        said = ["".join(SPOKEN[int(sign)] for sign in room)]
        said += [counted(floor) + doors] if floor >= 10 else []
        said += [counted(floor) + counted(door)] if floor >= 10 and door >= 10 else []
        for words in said:
            address = read(f"三号楼{words}室")
            assert address.room == room or "ambiguous" in address.flags, words


def test_every_flag_is_a_sentence_in_both_languages() -> None:
    raised = {flag for name in SETS for line in lines(name) for flag in read(line.text, line.register).flags}
    assert raised <= set(DOUBTS)
    assert all(en.isascii() and en.endswith(".") and zh.endswith("。") for en, zh in DOUBTS.values())


SIGNS = st.sampled_from(
    "虹梅路弄支号楼幢栋座单元门层室房户院期区村组别墅商务东甲A座oOlIL第一二三十百零幺好农懂是市份斤先生 -—/、，（）#:0123456789１２"
)


@given(st.one_of(st.text(max_size=60), st.text(SIGNS, max_size=40)), st.booleans())
def test_each_sign_is_in_one_part_whatever_the_text(text: str, is_registered: bool) -> None:
    address = read(text, REGISTER if is_registered else None)
    assert "".join(text[part.start : part.end] for part in address.parts) == text
    assert all(part.start < part.end for part in address.parts)
    values = (address.street, address.lane, address.community, *address.place, address.floor)
    assert len(address.sure) == sum(map(bool, values))
    assert all(0 < sure <= 1 for sure in address.sure.values())
    assert set(address.flags) <= set(DOUBTS)
    assert bool(address.unread) == bool({"unread", "second-address"} & set(address.flags))


@given(st.text(SIGNS, max_size=40))
def test_whatever_door_is_read_is_read_again_from_its_one_sure_way(text: str) -> None:
    door = replace(read(text), street="", community="")
    again = read(written(door))
    assert (again.lane, *again.place) == (door.lane, *door.place), written(door)


WORDS = {
    "lane": ("{}弄", "{} 弄", "{}弄，"),
    "building": ("{}号", "{}号楼", "{}幢", "{}栋", "{}#", "{}楼", "第{}栋"),
    "unit": ("{}单元", "{}门", "第{}单元", "{}号门"),
    "room": ("{}室", "{}", "{}房", " {}", "-{}", "{}房间"),
}
PREFIXES = ("", "上海市闵行区", "虹梅路", "梅苑小区")
NOTES = ("", " 2份", "（放门口）", " 王女士", " 13812345678")


def write_address(dice: random.Random) -> tuple[str, tuple[str, str, str, str]]:
    """An address in one of the ways people write them, and what it says."""
    lane = str(dice.randint(1, 3000)) if dice.random() < 0.5 else ""
    building = dice.choice((str(dice.randint(1, 199)), "A", f"甲{dice.randint(1, 20)}", f"{dice.randint(1, 20)}-2"))
    unit = str(dice.randint(1, 6)) if dice.random() < 0.5 else ""
    room = f"{dice.randint(1, 33)}{dice.randint(1, 12):02}"
    if dice.random() < 0.3 and building.isdigit():
        joint = dice.choice("-—/－ ")
        text = joint.join(filter(None, (building, unit, room)))
        text = f"{lane}弄{text}" if lane else text
    else:
        word = dice.choice(WORDS["building"] if building.isdigit() else ("{}幢", "{}栋"))
        text = dice.choice(WORDS["lane"]).format(lane) if lane else ""
        text += word.format(building)
        text += dice.choice(WORDS["unit"]).format(unit) if unit else ""
        text += dice.choice(WORDS["room"]).format(room)
    prefix = dice.choice(PREFIXES) if lane else dice.choice((PREFIXES[0], PREFIXES[3]))
    text = prefix + text + dice.choice(NOTES)
    if dice.random() < 0.2:
        text = "".join(chr(ord(sign) + 0xFEE0) if sign.isascii() and sign.isdigit() else sign for sign in text)
    return text, (lane, building, unit, room)


@given(st.integers(0, 2**32))
def test_an_address_is_read_as_it_was_written(seed: int) -> None:
    text, said = write_address(random.Random(seed))
    address = read(text)
    assert (address.lane, *address.place) == said, text
    assert address.unread == ()
    once = read(written(address))
    assert (once.lane, *once.place) == said
    assert written(once) == written(address)


@given(st.integers(0, 2**32))
def test_a_register_confirms_and_changes_no_number(seed: int) -> None:
    text, (lane, building, unit, room) = write_address(random.Random(seed))
    register = Register([(building, unit, room), ("999", "", "101")])
    address = read(text, register)
    assert (address.lane, *address.place) == (lane, building, unit, room), text
    assert address.sure[Field.ROOM] == 0.99


@pytest.mark.parametrize(
    "piece", ["12-3-301 ", "虹梅路12号", "34号902室、", "1期", "一二三", "A ", "其中", "9", "5号楼(", "街路街道"]
)
def test_the_time_grows_with_the_text_and_no_faster(piece: str) -> None:
    started = time.process_time()
    read(piece * (100_000 // len(piece)), REGISTER)
    assert time.process_time() - started < 10


def test_short_tens_are_not_dropped_beside_a_register_that_has_both_buildings() -> None:
    register = Register([("3", "", "501"), ("23", "", "501"), ("4", "", "902"), ("34", "", "902")])
    assert read("廿三号楼五零一", register).place == ("23", "", "501")
    assert read("卅四号九零二室", register).place == ("34", "", "902")
    assert Register([("廿三号楼", "", "501")]).building("23") is not None


def test_a_letter_for_the_last_digit_of_a_room_is_a_mistyped_digit() -> None:
    register = Register([("3", "1", "501"), ("3", "1", "50")])
    address = read("3号楼1单元50l", register)
    assert (address.room, "typo" in address.flags) == ("501", True)


def test_a_lift_behind_the_room_is_no_unit_and_one_before_it_is() -> None:
    assert read("34号902室2梯").unit == ""
    assert read("34号2梯902室").unit == "2"
