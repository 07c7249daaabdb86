"""
Reads an address down to its door: text → lane, building, unit, room, each by its signs.

    上海市闵行区紫龙路500弄34号902室          Shanghai: lane 500, building 34, room 902
    酒仙桥路10号院5号楼2单元301               Beijing: gate 10, building 5, unit 2, room 301
    5-2-301 · 12-602 · 500弄34-1201          building-unit-room, building-room
    五百号三号楼 · 50o弄 · 34好902市          numerals, digits and words mistyped
    龙吴路5899号嘉怡水岸商务楼807             a tower outside the compound's pattern
    88号别墅                                 a villa: no room

A text is taken apart by words and by the shape of its numbers. Where they can be read in two ways the community's
register decides; without one the usual way is taken and flagged. Nothing is dropped: the parts tile the text, and what
nothing explains is UNREAD. Linear; pure.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import replace

from baogong.engine.address.reading import Address, Field, Part
from baogong.engine.address.register import Register
from baogong.engine.address.scan import Letters, Number, are_joined, scan
from baogong.engine.address.signs import bare, plain
from baogong.engine.address.words import DISTRICT, LETTER, PERSON, STREET, TOWER, VILLA, Word

AHEAD_MAX = 6
"""So many numbers ahead are looked at to tell a gate from a building."""
GATE_MIN = 100
"""A smaller number is a building's rather than a compound's gate, unless a street stands before it."""
UNITS_MOST = 12
GAP_MOST = 3
"""So many blanks between a street and its number."""
NAME_MOST = 40
BUILDINGS_MOST, FLOORS_MOST, DOORS_MOST = 199, 33, 20
"""What a number without a break may be parted into."""

SAID, CHAINED, BARE, GUESSED = 0.98, 0.9, 0.8, 0.6
TYPO, KNOWN, UNKNOWN = 0.85, 0.99, 0.4

_Way = tuple[Field, ...]  # what each number of a chain is; shorter than the chain: the rest is unread
_DOOR = (Field.BUILDING, Field.UNIT, Field.ROOM)
_OF_A_DOOR = {*_DOOR, Field.FLOOR, Field.SEPARATOR}
_CERTAIN = {"no-room", "off-pattern", "room-from-floor", "unit-from-register"}


def read(text: str, register: Register | None = None) -> Address:
    """
    What the text says, read against the community's register where there is one.

    The register decides between readings, gives a unit that is not written where only one has the room, and doubts what
    it does not have; it never changes a number.
    """
    return _Reader(text, register).read()


def door_alone(text: str, register: Register | None = None) -> tuple[str, str, str] | None:
    """
    Building, unit and room of a text that is nothing but a door, such as what stands behind a community's name; None where
    it says anything else, or anything of it is doubtful.
    """
    address = read(text, register)
    is_alone = all(part.field in _OF_A_DOOR for part in address.parts) and set(address.flags) <= _CERTAIN
    return address.place if is_alone and address.building else None


class _Reader:
    def __init__(self, text: str, register: Register | None) -> None:
        self.text, self.plain, self.register = text, plain(text), register
        self.items = scan(self.plain)
        self.numbers = [each for each in self.items if isinstance(each, Number)]
        self.values: dict[Field, str] = {}
        self.sure: dict[Field, float] = {}
        self.flags: list[str] = []
        self.parts: list[Part] = []
        self.street_end = -1  # where a street's name ended last
        self.building_word = Word.BARE  # what made the building one
        self.is_street_number = False  # the building is a number right behind a street
        self.is_villa = False
        self.has_unread = False

    def read(self) -> Address:
        at = number_at = 0
        while at < len(self.items):
            item = self.items[at]
            if isinstance(item, Letters):
                self._letters(item)
                at += 1
                continue
            taken = self._number(item, number_at, at)
            at, number_at = at + taken, number_at + taken
        self._check_floor()
        if self.register is not None:
            self._look_up(self.register)
        self._say_what_is_missing()
        get = self.values.get
        return Address(
            self.text,
            street=get(Field.STREET, ""),
            lane=get(Field.LANE, ""),
            community=get(Field.COMMUNITY, ""),
            building=get(Field.BUILDING, ""),
            unit=get(Field.UNIT, ""),
            floor=get(Field.FLOOR, ""),
            room=get(Field.ROOM, ""),
            parts=self._tiled(),
            flags=tuple(dict.fromkeys(self.flags)),
            sure={field: self.sure[field] for field in self.values},
        )

    # What is taken down

    def _part(self, start: int, end: int, field: Field) -> None:
        if start < end:
            self.parts.append(Part(start, end, field))

    def _give(self, field: Field, number: Number, sure: float, value: str | None = None) -> None:
        """A field's value; said again it is a part more, said differently it is a second address."""
        value = number.value if value is None else value
        if field in (Field.BUILDING, Field.UNIT, Field.LANE):
            value = bare(value)
        known = self.values.get(field)
        if number.is_unsure:
            self.flags.append("ambiguous")
        if known is not None and bare(known) != bare(value):
            self.flags.append("second-address")
            self._part(number.start, number.end, Field.UNREAD)
            return
        self._part(number.start, number.end, field)
        if known is None:
            self.values[field] = value
            self.sure[field] = round(sure * (TYPO if number.is_typo else 1), 3)
            if number.is_typo:
                self.flags.append("typo")

    def _unread(self, number: Number) -> None:
        self.has_unread = True
        self._part(number.start, number.end, Field.UNREAD)

    def _has(self, field: Field) -> bool:
        return field in self.values

    # Letters

    def _letters(self, run: Letters) -> None:
        """Districts, streets, a tower; before the door what is left is the community's name, behind it a note."""
        at = run.start
        while found := DISTRICT.match(self.plain, at, run.end):
            self._part(at, found.end(), Field.DISTRICT)
            at = found.end()
        while found := STREET.match(self.plain, at, run.end):
            self.values[Field.STREET], self.sure[Field.STREET] = self.text[at : found.end()], BARE
            self._part(at, found.end(), Field.STREET)
            at = self.street_end = found.end()
        self.is_villa |= bool(VILLA.search(self.plain, at, run.end))
        start, end = self._tower(at, run.end)
        self._name(at, start)
        self._name(end, run.end)

    def _name(self, start: int, end: int) -> None:
        if start == end:
            return
        is_note = self._has(Field.BUILDING) or self._has(Field.ROOM) or PERSON.search(self.plain, start, end)
        if not is_note:
            said = self.text[start:end]
            last = self.parts[-1] if self.parts else None
            if last and last.field is Field.COMMUNITY and last.end == start and end - last.start <= NAME_MOST:
                said = self.values[Field.COMMUNITY] + said
            self.values[Field.COMMUNITY], self.sure[Field.COMMUNITY] = said, BARE
        self._part(start, end, Field.NOTE if is_note else Field.COMMUNITY)

    def _tower(self, start: int, end: int) -> tuple[int, int]:
        """商务楼: a building by its name; a number right before on the street is its gate. Where it stands; (end, end): none."""
        known = next(
            (
                (at, at + len(name))
                for name in (self.register.named if self.register else ())
                if (at := self.plain.find(name, start, end)) >= 0
            ),
            None,
        )
        if known is None and (found := TOWER.search(self.plain, start, end)):
            known = found.span()
        is_free = not self._has(Field.BUILDING)
        if known is None or not (is_free or (self.is_street_number and not self._has(Field.LANE))):
            return end, end
        if not is_free:
            self._move_to_gate()
        self._give(Field.BUILDING, Number(*known, Word.BUILDING, self.plain[slice(*known)]), CHAINED)
        self.building_word = Word.BUILDING
        self.flags.append("off-pattern")
        return known

    def _move_to_gate(self) -> None:
        """The number taken for a building is the compound's gate."""
        self.values[Field.LANE], self.sure[Field.LANE] = self.values.pop(Field.BUILDING), self.sure.pop(Field.BUILDING)
        self.parts = [replace(each, field=Field.LANE) if each.field is Field.BUILDING else each for each in self.parts]
        self.is_street_number = False

    # Numbers

    def _number(self, number: Number, index: int, at: int) -> int:
        """Takes a number, or a chain of them; how many items that were."""
        if not number.value:
            self._unread(number)
            return 1
        match number.word:
            case Word.NAME:
                self._name_with_number(number)
            case Word.AMOUNT | Word.TELEPHONE:
                self._part(number.start, number.end, Field.NOTE)
            case Word.LANE:
                self._lane(number)
            case Word.BRANCH:
                self._branch(number)
            case Word.DOOR:
                self._door(number, index)
            case Word.BUILDING:
                self._building(number)
            case Word.STOREY:
                self._storey(number, index)
            case Word.UNIT:
                self._unit(number)
            case Word.FLOOR:
                self._give(Field.FLOOR, number, SAID)
            case Word.ROOM:
                self._room(number, SAID)
            case Word.BARE:
                chain = self._chain(at)
                self._chained(chain, index, at + len(chain))
                return len(chain)
        return 1

    def _name_with_number(self, number: Number) -> None:
        """3期, 6组, 2村: of the community's name."""
        self._name(number.start, number.end)

    def _lane(self, number: Number) -> None:
        if self._has(Field.BUILDING) and not self._has(Field.LANE) and not self._has(Field.ROOM):
            self._move_to_gate()  # 紫龙路12号500弄
            self.values.pop(Field.LANE)
        self._give(Field.LANE, number, SAID)

    def _branch(self, number: Number) -> None:
        lane = self.values.get(Field.LANE, "")
        if lane and "-" not in lane:
            self.values[Field.LANE] = f"{lane}-{bare(number.value)}"
            self._part(number.start, number.end, Field.LANE)
        else:
            self._give(Field.LANE, number, SAID)

    def _ahead(self, index: int) -> list[Number]:
        """The next few numbers that belong to the address, up to another lane."""
        found = []
        for each in self.numbers[index + 1 : index + 1 + AHEAD_MAX]:
            if each.word is Word.LANE:
                break
            if each.word not in (Word.NAME, Word.AMOUNT, Word.TELEPHONE):
                found.append(each)
        return found

    def _is_behind_street(self, number: Number) -> bool:
        gap = number.start - self.street_end
        return self.street_end >= 0 and gap <= GAP_MOST and not self.plain[self.street_end : number.start].strip(" ")

    def _is_gate(self, number: Number, ahead: Sequence[Number]) -> bool:
        """500号28号902室, 10号3号楼: a number of the street, behind which the buildings are."""
        if not ahead or self._has(Field.LANE):
            return False
        if any(each.word is Word.BUILDING for each in ahead):
            return True
        if not (self._is_behind_street(number) or number.size >= GATE_MIN):
            return False
        first = ahead[0]
        if first.word is Word.DOOR:
            return first.digits < 3
        if first.word is Word.STOREY:
            return len(ahead) > 1 and _floor(ahead[1].value) != first.size
        is_chain = len(ahead) > 1 and first.word is Word.BARE and are_joined(self.plain, first, ahead[1])
        if is_chain and first.digits <= 2:
            if len(ahead) == 2:
                self.flags.append("ambiguous")
            return True
        return False

    def _door(self, number: Number, index: int) -> None:
        ahead = self._ahead(index)
        if not self._has(Field.BUILDING):
            if self._is_gate(number, ahead):
                self._give(Field.LANE, number, BARE)
                return
            self.is_street_number = self._is_behind_street(number) and not self._has(Field.LANE)
            self.building_word = Word.DOOR
            self._give(Field.BUILDING, number, SAID)
        elif self._has(Field.ROOM):
            is_room = number.digits >= 3 or bare(number.value) != self.values[Field.BUILDING]
            self._give(Field.ROOM if is_room else Field.BUILDING, number, SAID)
        elif number.digits >= 3 or self._has(Field.UNIT):
            self._room(number, BARE)
        elif self.building_word is Word.DOOR or bare(number.value) == self.values[Field.BUILDING]:
            self._give(Field.BUILDING, number, SAID)
        elif any(each.digits >= 3 for each in ahead):
            self._give(Field.UNIT, number, BARE)
        else:
            self.flags.append("ambiguous")
            self._room(number, GUESSED)

    def _building(self, number: Number) -> None:
        first, dash, last = number.value.partition("-")
        if (
            dash
            and not self._has(Field.LANE)
            and (self._is_behind_street(number) or (first.isdigit() and int(first) >= GATE_MIN))
        ):
            middle = self.plain.index("-", number.start)
            self._give(Field.LANE, replace(number, end=middle, value=first), CHAINED)
            number = replace(number, start=middle + 1, value=last)
        known = self.values.get(Field.BUILDING)
        if known and LETTER.fullmatch(number.value) and known.isdigit() and not self._has(Field.ROOM):
            if self.building_word is Word.DOOR and not self._has(Field.LANE):
                self._move_to_gate()  # 3号A座
            else:
                self.values[Field.BUILDING] = known + number.value
                self._part(number.start, number.end, Field.BUILDING)
                return
        elif known and self.building_word is Word.DOOR and known != bare(number.value) and not self._has(Field.LANE):
            self._move_to_gate()
        self.building_word = Word.BUILDING
        self.is_villa |= bool(VILLA.search(self.plain, number.start, number.end))
        self._give(Field.BUILDING, number, SAID)

    def _storey(self, number: Number, index: int) -> None:
        """49楼1202室 is a building, 5楼502 a floor."""
        ahead = self._ahead(index)
        if self._has(Field.BUILDING):
            self._give(Field.FLOOR, number, SAID)
        elif ahead and _floor(ahead[0].value) == number.size:
            self._give(Field.FLOOR, number, BARE)
        else:
            if not ahead:
                self.flags.append("ambiguous")
            self.building_word = Word.STOREY
            self._give(Field.BUILDING, number, BARE if ahead else GUESSED)

    def _unit(self, number: Number) -> None:
        """2单元, 2门; 2梯 behind the room is perhaps how many lifts there are."""
        if self._has(Field.ROOM) and not self._has(Field.UNIT) and self.plain[number.end - 1] == "梯":
            self._unread(number)
        else:
            self._give(Field.UNIT, number, SAID)

    def _room(self, number: Number, sure: float) -> None:
        """A room; one of two digits behind a floor is the floor's, a long one without a building has it in front."""
        floor = self.values.get(Field.FLOOR, "")
        if not number.digits:
            self._unread(number)
        elif (
            floor.isdigit()
            and len(floor) <= 2
            and number.value.isdigit()
            and number.digits <= 2
            and not self._has(Field.ROOM)
        ):
            self.flags.append("room-from-floor")
            self._give(Field.ROOM, number, BARE, f"{bare(floor)}{number.value:0>2}")
        elif number.digits >= 5 and not self._has(Field.BUILDING) and number.value.isdigit():
            self._glued(number)
        else:
            self._give(Field.ROOM, number, sure)

    # Chains

    def _chain(self, at: int) -> list[Number]:
        """From here the numbers without a word that stand together; the last may have the word room."""
        chain: list[Number] = []
        for place in range(at, len(self.items)):
            item = self.items[place]
            if not isinstance(item, Number) or item.word not in (Word.BARE, Word.ROOM):
                break
            if not item.value or (chain and not are_joined(self.plain, chain[-1], item)):
                break
            chain.append(item)
            if item.word is Word.ROOM:
                break
        return chain

    def _chained(self, chain: list[Number], index: int, next_at: int) -> None:
        ways = self._ways(chain, index, next_at)
        if not ways:
            return
        way = ways[0]
        if len(ways) > 1:
            way = self._as_registered(chain, ways) or way
            if self.register is None:
                self.flags.append("ambiguous")
        sure = BARE if len(chain) == 1 else CHAINED if len(ways) == 1 else GUESSED
        for number, field in zip(chain, way, strict=False):
            if field is Field.ROOM:
                self._room(number, max(sure, SAID if number.word is Word.ROOM else 0))
            else:
                self._give(field, number, sure)
        for number in chain[len(way) :]:
            self._unread(number)

    def _as_registered(self, chain: list[Number], ways: list[_Way]) -> _Way | None:
        """The first of the ways that the register knows best; None: none of them at all."""
        if self.register is None:
            return None
        scored = [(self._known(chain, way), way) for way in ways]
        best = max(score for score, _ in scored)
        return next(way for score, way in scored if score == best) if best else None

    def _known(self, chain: Sequence[Number], way: _Way) -> int:
        """How much of a way the register has: 1 for the building, 2 for its unit, 4 for its room."""
        register = self.register
        said = self.values | {field: number.value for field, number in zip(way, chain, strict=False)}
        building, unit, room = (said.get(field, "") for field in _DOOR)
        if register is None or register.building(building) is None:
            return 0
        has_unit = register.unit(building, unit) is not None
        has_room = bool(room) and register.room(building, unit, room) is not None
        return 1 + 2 * has_unit + 4 * has_room

    def _ways(self, chain: list[Number], index: int, next_at: int) -> list[_Way]:
        """In which ways the numbers of a chain can be meant, the usual first; []: it is taken down already."""
        lane, building, unit, room, floor = Field.LANE, Field.BUILDING, Field.UNIT, Field.ROOM, Field.FLOOR
        digits = [each.digits for each in chain]
        first = chain[0]
        is_on_street = self._is_behind_street(first) and not self._has(lane)
        if len(chain) == 1:
            return self._ways_of_one(first, index, next_at, is_on_street=is_on_street)
        if self._has(room):  # the address once more, or another one
            return [_DOOR] if len(chain) == 3 else [(building, room)] if len(chain) == 2 else [()]
        if self._has(building):
            if len(chain) == 3 and bare(first.value) == self.values[building]:
                return [_DOOR]
            if digits[0] >= 3:
                return [(room,)]
            if self._has(unit):
                return [(room,)] if digits[1] < 3 else [(floor, room)]
            if len(chain) >= 3 and _floor(chain[2].value) == chain[1].size:
                return [(unit, floor, room)]
            if len(chain) == 3 and digits[1] < 3 <= digits[2]:  # 5号楼2-1-301: the room, and no way to read the others
                self._unread(chain[0])
                self._unread(chain[1])
                self._room(chain[2], GUESSED)
                return []
            return [(unit, room)]
        if len(chain) == 2:
            if digits[1] <= 2 and (is_on_street or first.size >= GATE_MIN) and not self._has(lane):
                return [(lane, building), (building, room)]
            return [(building, room), (building, unit)] if max(digits) <= 2 else [(building, room)]
        if len(chain) == 3:
            if digits[1] >= 3 and digits[2] <= 2:
                return [(building, room)]
            if self._has(lane):
                return [(building, unit, room)]
            is_lane = is_on_street or chain[1].size > UNITS_MOST
            if is_lane:
                return [(lane, building, room)]
            ways: list[_Way] = [(building, unit, room)]
            return [*ways, (lane, building, room)] if first.size >= GATE_MIN else ways
        if len(chain) == 4 and not self._has(lane):
            return [(lane, building, unit, room)]
        return [()]

    def _ways_of_one(self, number: Number, index: int, next_at: int, *, is_on_street: bool) -> list[_Way]:
        ahead = self._ahead(index)
        if self._has(Field.BUILDING):
            return self._ways_behind_building(number, ahead)
        if found := re.fullmatch(r"([A-Z])(\d{3,4})", number.value):
            middle = number.start + self.plain[number.start : number.end].index(found[1]) + 1
            self._give(Field.BUILDING, replace(number, end=middle, value=found[1]), BARE)
            self._give(Field.ROOM, replace(number, start=middle, value=found[2]), BARE)
            return []
        has_house = any(each.word in (Word.DOOR, Word.BUILDING, Word.STOREY) for each in ahead)
        has_letters = next_at < len(self.items) and isinstance(self.items[next_at], Letters)
        if is_on_street and (has_house or (has_letters and ahead) or (not ahead and number.digits >= 3)):
            return [(Field.LANE,)]
        if number.digits <= 2 or (ahead and ahead[0].word in (Word.UNIT, Word.FLOOR)):
            return [(Field.BUILDING,)]
        if number.digits >= 5 or (_floor(number.value) > FLOORS_MOST and number.digits == 4):
            if not number.value.isdigit():
                return [()]
            self._glued(number)
            return []
        if number.digits == 3 and number.value.isdigit() and int(number.value[-2:]) > DOORS_MOST:
            return [(Field.BUILDING,), (Field.ROOM,)]  # 500弄145: hardly the 45th door of a floor
        return [(Field.ROOM,)]

    def _ways_behind_building(self, number: Number, ahead: Sequence[Number]) -> list[_Way]:
        if self._has(Field.ROOM):
            is_repeat = bare(number.value) in (bare(self.values[Field.ROOM]), self.values[Field.BUILDING])
            if is_repeat and bare(number.value) == bare(self.values[Field.ROOM]):
                return [(Field.ROOM,)]
            if is_repeat:
                return [(Field.BUILDING,)]
            return [(Field.ROOM,)] if number.digits >= 3 else [()]
        has_room = any(each.word in (Word.BARE, Word.ROOM) for each in ahead)
        if number.digits <= 2 and has_room and not self._has(Field.UNIT) and not self._has(Field.FLOOR):
            return [(Field.UNIT,)]
        building = self.values[Field.BUILDING]
        if number.digits >= 5 and number.value.startswith(building):  # 34号34902
            self._give(Field.ROOM, number, GUESSED, number.value[len(building) :])
            self.flags.append("glued")
            return []
        return [(Field.ROOM,)]

    def _glued(self, number: Number) -> None:
        """34902: building and room, if there is one place where it can be parted, or one that the register knows."""
        said = number.value
        ways = []
        for cut in range(1, len(said) - 2):
            building, room = said[:cut], said[cut:]
            is_house = building[0] != "0" and int(building) <= BUILDINGS_MOST
            if is_house and len(room) <= 4 and 1 <= _floor(room) <= FLOORS_MOST and 1 <= int(room[-2:]) <= DOORS_MOST:
                ways.append((building, room))
        if self.register is not None:
            known = [way for way in ways if self.register.room(way[0], self.values.get(Field.UNIT, ""), way[1])]
            ways = known or ways
        if len(ways) != 1:
            self.flags.append("ambiguous")
            self._unread(number)
            return
        building, room = ways[0]
        middle = number.start + len(building)
        if number.is_typo or self.plain[number.start : middle] != building:  # written in other signs than digits
            self._give(Field.ROOM, number, GUESSED, room)
            self.values[Field.BUILDING], self.sure[Field.BUILDING] = building, GUESSED
        else:
            self._give(Field.BUILDING, replace(number, end=middle, value=building), GUESSED)
            self._give(Field.ROOM, replace(number, start=middle, value=room), GUESSED)
        self.flags.append("glued")

    # When all is taken down

    def _check_floor(self) -> None:
        floor, room = self.values.get(Field.FLOOR), self.values.get(Field.ROOM)
        if floor and room and _floor(room) and bare(floor) != str(_floor(room)):
            self.flags.append("floor-differs")

    def _look_up(self, register: Register) -> None:
        building, unit, room = (self.values.get(field, "") for field in _DOOR)
        if not building:
            return
        known = register.building(building)
        if known is None:
            self._doubt(Field.BUILDING, "building-unknown")
            return
        self._know(Field.BUILDING, known)
        self.flags = [flag for flag in self.flags if flag != "off-pattern"]
        if unit:
            part = register.unit(known, unit)
            if part is None:
                self._doubt(Field.UNIT, "unit-unknown")
            else:
                self._know(Field.UNIT, part)
        elif room and len(units := register.units_with(known, room)) == 1 and units[0]:
            self._know(Field.UNIT, units[0])
            self.flags.append("unit-from-register")
        if not room:
            self.is_villa |= not register.lists_rooms(known)
        elif (door := register.room(known, unit, room)) is not None:
            self._know(Field.ROOM, door)
        elif register.lists_rooms(known) and "unit-unknown" not in self.flags:
            self._doubt(Field.ROOM, "room-unknown")

    def _know(self, field: Field, value: str) -> None:
        self.values[field] = value
        self.sure[field] = KNOWN

    def _doubt(self, field: Field, flag: str) -> None:
        self.sure[field] = min(self.sure[field], UNKNOWN)
        self.flags.append(flag)

    def _say_what_is_missing(self) -> None:
        if self.has_unread:
            self.flags.append("unread")
        if not self._has(Field.BUILDING):
            self.flags.append("no-building")
        elif not self._has(Field.ROOM) and not self.is_villa:
            self.flags.append("no-room")

    def _tiled(self) -> tuple[Part, ...]:
        """The parts in order, and what stands between them."""
        tiled: list[Part] = []
        at = 0
        for part in sorted(self.parts, key=lambda each: each.start):
            if at < part.start:
                tiled.append(Part(at, part.start, Field.SEPARATOR))
            assert part.start >= at, "parts do not overlap"
            tiled.append(part)
            at = part.end
        if at < len(self.text):
            tiled.append(Part(at, len(self.text), Field.SEPARATOR))
        return tuple(tiled)


def _floor(room: str) -> int:
    """902 → 9, 1202 → 12; 0 for what has no floor."""
    return int(room[:-2]) if room.isdecimal() and len(room) >= 3 else 0
