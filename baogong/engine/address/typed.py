"""Fields that a resident typed beside the text: they win, and where the text says otherwise there is a flag."""

from __future__ import annotations

import re
from dataclasses import dataclass, replace

from baogong.engine.address.reader import KNOWN, TYPO, read
from baogong.engine.address.reading import Address, Field
from baogong.engine.address.register import Register
from baogong.engine.address.scan import Number, scan
from baogong.engine.address.signs import bare, is_unsure, number, plain
from baogong.engine.address.words import TOWER, Word

ROOM_DIGITS_MIN = 3


@dataclass(frozen=True, slots=True)
class Typed:
    """As typed, with or without their words; "" where a field was left empty."""

    lane: str = ""
    building: str = ""
    unit: str = ""
    room: str = ""


def read_typed(text: str, typed: Typed, register: Register | None = None) -> Address:
    """
    The address of a line with fields of its own.

    What was typed wins over the text. A building's field that holds the room once more, or a gate's number, is read where
    it belongs. Two doors that differ in building and room are perhaps somebody else's order: one flag says so.
    """
    said = read(text, register)
    lane, building, unit, room = (_value(each) for each in (typed.lane, typed.building, typed.unit, typed.room))
    flags: list[str] = []
    given = {Field.LANE: lane, Field.BUILDING: building, Field.UNIT: unit, Field.ROOM: room}
    if building and _is_room(building, room):
        flags.append("field-misplaced")
        is_door = lane is not None and lane.word is Word.DOOR and bare(lane.value) != said.lane
        given[Field.BUILDING] = lane if is_door else None
        if is_door:
            given[Field.LANE] = None
    wins = {field: number for field, number in given.items() if number is not None}
    values = {field: _name(number, field) for field, number in wins.items()}
    read_ = {
        Field.LANE: said.lane, Field.BUILDING: said.building, Field.UNIT: said.unit, Field.ROOM: said.room
    }  # fmt: skip
    if register is not None:
        values |= _registered(register, values)
    for field, value in values.items():
        if read_[field] and bare(read_[field].partition("-")[0] if field is Field.LANE else read_[field]) != bare(
            value
        ):
            flags.append(f"{field.value.lower()}-differs")
    if {"building-differs", "room-differs"} <= set(flags):
        flags.append("other-household")
    if any(number.is_typo for number in wins.values()):
        flags.append("typo")
    if any(number.is_unsure for number in wins.values()):
        flags.append("ambiguous")
    if any(map(_is_unread, (typed.lane, typed.building, typed.unit, typed.room))):
        flags.append("unread")
    if not values:
        return replace(said, flags=(*said.flags, *flags))
    return _merged(said, values, flags, register, wins)


def _merged(
    said: Address, values: dict[Field, str], flags: list[str], register: Register | None, wins: dict[Field, Number]
) -> Address:
    """The text's address with the typed values in it, doubted anew."""
    kept = {Field.LANE: said.lane, Field.BUILDING: said.building, Field.UNIT: said.unit, Field.ROOM: said.room} | values
    is_elsewhere = Field.BUILDING in values and bare(values[Field.BUILDING]) != bare(said.building)
    if (is_elsewhere or "unit-from-register" in said.flags) and Field.UNIT not in values:
        kept[Field.UNIT] = ""  # of another door
    settled = {"no-building": Field.BUILDING, "no-room": Field.ROOM, "off-pattern": Field.BUILDING}
    looked_up = {"building-unknown", "unit-unknown", "room-unknown", "unit-from-register"}
    doubts = [
        flag for flag in said.flags if flag not in looked_up and not (flag in settled and settled[flag] in values)
    ]
    sure = {field: said.sure[field] for field in said.sure if kept.get(field, "") or field not in kept}
    sure |= {field: KNOWN * (TYPO if wins[field].is_typo else 1) for field in values}
    merged = replace(
        said, lane=kept[Field.LANE], building=kept[Field.BUILDING], unit=kept[Field.UNIT], room=kept[Field.ROOM]
    )
    if register is not None and merged.building:
        again = read(
            "-".join(
                filter(
                    None,
                    (
                        f"{merged.building}号楼",
                        merged.unit and f"{merged.unit}单元",
                        merged.room and f"{merged.room}室",
                    ),
                )
            ),
            register,
        )
        doubts += [flag for flag in again.flags if flag in looked_up]
        if again.unit and not merged.unit:
            merged, sure[Field.UNIT] = replace(merged, unit=again.unit), again.sure[Field.UNIT]
    return replace(merged, flags=tuple(dict.fromkeys((*doubts, *flags))), sure=sure)


def _registered(register: Register, values: dict[Field, str]) -> dict[Field, str]:
    """As the register writes what it knows."""
    building = register.building(values.get(Field.BUILDING, ""))
    if building is None:
        return {}
    found = {Field.BUILDING: building}
    unit = register.unit(building, values.get(Field.UNIT, ""))
    if unit:
        found[Field.UNIT] = unit
    room = values.get(Field.ROOM, "")
    if room and (door := register.room(building, unit or "", room)) is not None:
        found[Field.ROOM] = door
    return found


def _value(said: str) -> Number | None:
    """The last number of a field with its word, else a tower's name; None: nothing to read, such as 嘉怡水岸."""
    text = plain(said)
    if numbers := _numbers(text):
        return numbers[-1] if numbers[-1].value else None
    if found := re.fullmatch(r" *(?:[零〇一二两三四五六七八九十百]+|[A-Z]) *", text):
        said = found[0].strip()
        return Number(0, len(text), Word.BARE, number(said), is_unsure=is_unsure(said)) if number(said) else None
    if found := TOWER.search(text):
        return Number(*found.span(), Word.BUILDING, found[0])
    return None


def _numbers(text: str) -> list[Number]:
    numbers = [each for each in scan(text) if isinstance(each, Number)]
    return [each for each in numbers if each.word not in (Word.NAME, Word.TELEPHONE)]


def _is_unread(said: str) -> bool:
    """A number said in a way that nobody counts in."""
    return any(not each.value for each in _numbers(plain(said)))


def _is_room(building: Number, room: Number | None) -> bool:
    """603 beside room 603, 906室: a room in the building's field."""
    if building.word is Word.ROOM:
        return True
    is_same = room is not None and bare(building.value) == bare(room.value)
    return is_same and building.word is Word.BARE and building.digits >= ROOM_DIGITS_MIN


def _name(number: Number, field: Field) -> str:
    return number.value if field is Field.ROOM else bare(number.value)
