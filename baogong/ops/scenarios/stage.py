"""What a story stands on: its folder, its clock, its cast, and ids that are the same at every play."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Protocol
from uuid import UUID
from zoneinfo import ZoneInfo

from baogong.journal.clock import set_clock
from baogong.kernel.actor import Actor
from baogong.kernel.clock import SetClock
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import derived_id
from baogong.people.queries.parties import resolve

LOCAL = ZoneInfo("Asia/Shanghai")


@dataclass(slots=True)
class Stage:
    """
    Handed to every step of a story.

    say        progress for a person watching (stderr)
    breaking   the expectation to be broken in this play, "" for none
    broke_by   what the planted failure did, in words
    worlds     plan → what it was made from, read once
    """

    name: str
    folder: Path
    clock: SetClock
    breaking: str = ""
    broke_by: str = ""
    actors: dict[str, Actor] = field(default_factory=dict)
    ids: dict[str, UUID] = field(default_factory=dict)
    worlds: dict[UUID, object] = field(default_factory=dict)
    say: Callable[[str], None] = lambda _text: None

    @property
    def now(self) -> datetime:
        return self.clock.now()

    def request_id(self, *parts: object) -> UUID:
        """The same step of the same story always asks under the same id: playing again after a crash doubles nothing."""
        return derived_id("scenario", self.name, *parts)

    def party(self, name: str) -> UUID:
        """The one party of exactly this name or alias; the story stops where there is none."""
        if name not in self.ids:
            found = resolve(name)
            if found.party is None:
                raise UnusableInput(f"The story knows no “{name}”.", where=self.name, found=name)
            self.ids[name] = found.party.id
        return self.ids[name]

    def data(self, file_name: str) -> bytes:
        return (self.folder / "data" / file_name).read_bytes()

    def move_to(self, moment: datetime) -> None:
        """The story's clock, forwards only: what is overdue is done now."""
        if moment > self.now:
            self.clock.set(moment)
            set_clock(self.now)

    def broken(self, expectation: str, how: str) -> bool:
        """True where this play is to break `expectation`; notes what the planted failure did."""
        if self.breaking != expectation:
            return False
        self.broke_by = how
        return True


@dataclass(frozen=True, slots=True)
class Step:
    """One act of the story: at a local moment (YYYY-MM-DD HH:MM), what it is, and what is done."""

    at: datetime
    title: str
    act: Callable[[Stage], None]


class Story(Protocol):
    """What a story's module offers: its steps in order of time, and one measure per expectation, read from the book."""

    STEPS: tuple[Step, ...]
    MEASURES: dict[str, Callable[[Stage], int | str | bool | None]]
    FACTS: dict[str, Callable[[Stage], int | str]]


def local(text: str) -> datetime:
    """'2020-01-24 01:30' of the story's own zone."""
    return datetime.fromisoformat(text).replace(tzinfo=LOCAL)
