"""Fields typed beside the text: they win, and a difference is flagged."""

from __future__ import annotations

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.address import Field, Register, Typed, read, read_typed

TEXT = "虹梅路1200弄40号601室"


@pytest.mark.parametrize(
    ("typed", "place", "flags"),
    [
        (Typed("1200弄", "40号", "", "601"), ("40", "", "601"), ()),
        (Typed("虹梅路1200弄", " 40 ", "", "601室"), ("40", "", "601"), ()),
        (Typed("一，1200弄", "40号楼", "", "601房"), ("40", "", "601"), ()),
        (Typed("12o0弄", "40", "", "6o1"), ("40", "", "601"), ("typo",)),
        (Typed("梅苑", "40", "", "601"), ("40", "", "601"), ()),
        (Typed("", "四十号", "2单元", "601"), ("40", "2", "601"), ()),
        (Typed(), ("40", "", "601"), ()),
        (Typed("1200", "40", "", "602"), ("40", "", "602"), ("room-differs",)),
        (Typed("1200", "41", "", ""), ("41", "", "601"), ("building-differs",)),
        (Typed("500弄", "40", "", "601"), ("40", "", "601"), ("lane-differs",)),
        (Typed("1200", "17", "", "1702"), ("17", "", "1702"), ("building-differs", "room-differs", "other-household")),
        (Typed("40号", "601", "", "601"), ("40", "", "601"), ("field-misplaced",)),
        (Typed("1200弄", "601室", "", "601"), ("40", "", "601"), ("field-misplaced",)),
    ],
)
def test_what_was_typed_wins_and_what_differs_is_flagged(
    typed: Typed, place: tuple[str, str, str], flags: tuple[str, ...]
) -> None:
    address = read_typed(TEXT, typed)
    assert (address.place, address.flags) == (place, flags)
    assert address.parts == read(TEXT).parts


def test_fields_settle_what_the_text_left_open() -> None:
    assert read_typed("梅苑小区", Typed(building="12", room="602")).flags == ()
    assert read_typed("龙吴路5899号603 梅苑商务楼", Typed("5899号", "603", "", "603")).place == ("商务楼", "", "603")


def test_a_unit_of_the_texts_building_is_none_of_another() -> None:
    assert read_typed("5号楼2单元301", Typed(building="6", room="301")).place == ("6", "", "301")


def test_the_register_looks_at_what_was_typed() -> None:
    register = Register([("40", "1", "601"), ("40", "2", "602")])
    assert read_typed(TEXT, Typed(building="40", room="602"), register).place == ("40", "2", "602")
    unknown = read_typed(TEXT, Typed(building="41", room="601"), register)
    assert unknown.flags == ("building-unknown", "building-differs")


@given(st.integers(1, 199), st.integers(1, 33), st.integers(1, 12), st.text(max_size=30))
def test_a_typed_door_is_the_door_whatever_the_text(building: int, floor: int, door: int, text: str) -> None:
    room = f"{floor}{door:02}"
    address = read_typed(text, Typed(building=f"{building}号", room=f"{room}室"))
    assert (address.building, address.room) == (str(building), room)
    assert address.sure[Field.BUILDING] == address.sure[Field.ROOM] == 0.99
