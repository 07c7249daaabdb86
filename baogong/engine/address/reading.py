"""What an address says: its fields, how sure each is, and the parts that cover its text."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from enum import StrEnum


class Field(StrEnum):
    """What a stretch of an address is. Those up to ROOM have a value, NOTE and SEPARATOR none, UNREAD nobody understood."""

    STREET = "STREET"
    LANE = "LANE"
    COMMUNITY = "COMMUNITY"
    BUILDING = "BUILDING"
    UNIT = "UNIT"
    FLOOR = "FLOOR"
    ROOM = "ROOM"
    DISTRICT = "DISTRICT"
    NOTE = "NOTE"
    SEPARATOR = "SEPARATOR"
    UNREAD = "UNREAD"


@dataclass(frozen=True, slots=True)
class Part:
    """Code points [start, end) of the text and what they are; what is said twice is two parts."""

    start: int
    end: int
    field: Field


@dataclass(frozen=True, slots=True)
class Address:
    """
    One address. A field is its number or name without its word (34, A, 12-1, 商务楼), "" where nothing says it.

    lane      of Shanghai's 500弄 or Beijing's 10号院: the compound's gate; 500-20 is 500弄20支弄
    floor     only where it is written; else the room tells it
    parts     tile the text in order
    flags     what is doubtful, each once, in the order met; keys of words.DOUBTS
    sure      of each field that has a value: 0 to 1; by the way it is written and by the register, not measured
    """

    text: str
    street: str = ""
    lane: str = ""
    community: str = ""
    building: str = ""
    unit: str = ""
    floor: str = ""
    room: str = ""
    parts: tuple[Part, ...] = ()
    flags: tuple[str, ...] = ()
    sure: Mapping[Field, float] = field(default_factory=dict)

    @property
    def unread(self) -> tuple[Part, ...]:
        return tuple(part for part in self.parts if part.field is Field.UNREAD)

    @property
    def place(self) -> tuple[str, str, str]:
        """Building, unit, room: the door within its community."""
        return self.building, self.unit, self.room


def written(address: Address) -> str:
    """The address in one sure way, which reads back as the same fields (floor and notes aside)."""
    lane, _, branch = address.lane.partition("-")
    said = [address.street]
    said.append(f"{lane}弄" if lane else "")
    said.append(f"{branch}支弄" if branch else "")
    said.append(address.community)
    is_numbered = any(sign.isdigit() for sign in address.building)
    word = "号楼" if is_numbered else "座" if len(address.building) == 1 else ""
    said.append(address.building + word)
    said.append(f"{address.unit}单元" if address.unit else "")
    said.append(f"{address.room}室" if address.room else "")
    return "".join(said)
