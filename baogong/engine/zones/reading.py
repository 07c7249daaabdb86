"""What a notice says: entries, and the pieces that cover its text from the first character to the last."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import date
from enum import IntEnum, StrEnum


class State(StrEnum):
    SEALED = "SEALED"
    CONTROLLED = "CONTROLLED"
    PRECAUTION = "PRECAUTION"


class Scope(IntEnum):
    """How far an address goes; the larger is the more specific."""

    STREET = 1
    COMMUNITY = 2
    BUILDING = 3
    UNIT = 4


class PieceKind(StrEnum):
    READ = "READ"
    SKIPPED = "SKIPPED"
    UNREAD = "UNREAD"


@dataclass(frozen=True, slots=True)
class Piece:
    """Characters [start, end) of the text and what became of them; `reason` a code (web/words has the sentence)."""

    start: int
    end: int
    kind: PieceKind
    reason: str = ""


@dataclass(frozen=True, slots=True)
class Entry:
    """
    One address of a notice, as characters [start, end) of its text give it.

    state     None: an exception, taken out of the line before it
    street    华灵路; "" for one known by its name alone; with scope STREET "" is everywhere that is not named
    name      541弄, 100号, 崧泽村, 欣安小区: the compound; "" with scope STREET
    building  5, 12-1, 6组 (a village's group keeps its word); unit 2
    from_day, until_day   as the notice says above or beside it
    """

    start: int
    end: int
    scope: Scope
    state: State | None
    street: str = ""
    name: str = ""
    building: str = ""
    unit: str = ""
    from_day: date | None = None
    until_day: date | None = None

    @property
    def address(self) -> str:
        return f"{self.street}{self.name}"


@dataclass(frozen=True, slots=True)
class Reading:
    """What became of a notice. `pieces` tile its text in order; `entries` stand in the order of the text."""

    text: str
    entries: tuple[Entry, ...]
    pieces: tuple[Piece, ...]

    @property
    def unread(self) -> tuple[Piece, ...]:
        return tuple(piece for piece in self.pieces if piece.kind is PieceKind.UNREAD)
