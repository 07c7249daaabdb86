"""The volunteers' sheet, typed in line by line; what cannot have been is asked about."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace
from datetime import date, datetime, time, timedelta

from django.db import transaction

from baogong.crew import queries as crew_
from baogong.crew import services as crew
from baogong.crew.services import OnDutyAlready, ShiftUnusable
from baogong.engine.sheets.readers import read_table
from baogong.engine.sheets.rows import date_of, time_of
from baogong.engine.sheets.tables import Row
from baogong.journal.services import sign
from baogong.kernel.errors import BaogongError
from baogong.ops.scenarios.stage import LOCAL, Stage
from baogong.ops.scenarios.vegetable_packs_2022 import breaks
from baogong.ops.scenarios.vegetable_packs_2022.asides import ask_about

SHEET = "62-volunteers-sheet.csv"
AT_TWO_PLACES, TOO_LONG, NOBODY_SIGNED_OFF = ("徐俊", 15), ("程欣", 16), ("董玲", 16)
# (who, day of April) → when they really went, as they said on the telephone
ASKED = {TOO_LONG: time(12, 30), NOBODY_SIGNED_OFF: time(12, 30)}
LEFT_THE_HUB = time(15, 0)


@dataclass(frozen=True, slots=True)
class Entry:
    """One row; `end` None where nobody signed off. An end before the start is on the next day."""

    no: int
    who: str
    team: str
    place: str
    work: str
    day: date
    start: time
    end: time | None

    @property
    def key(self) -> tuple[str, int]:
        return self.who, self.day.day

    @property
    def start_at(self) -> datetime:
        return datetime.combine(self.day, self.start, LOCAL)

    @property
    def end_at(self) -> datetime | None:
        if self.end is None:
            return None
        next_day = timedelta(days=1 if self.end <= self.start else 0)
        return datetime.combine(self.day + next_day, self.end, LOCAL)


def entries(stage: Stage) -> Iterator[Entry]:
    """A blank team is the one above."""
    team = ""
    for no, row in enumerate(read_table(SHEET, stage.data(SHEET)).rows, start=1):
        team = row.cells[1].text or team
        yield _entry(no, row, team)


def _entry(no: int, row: Row, team: str) -> Entry:
    who, _team, place, work, day, start, end = row.cells[:7]
    found, began = date_of(day), time_of(start)
    assert found is not None, row.where
    assert began is not None, row.where
    return Entry(no, who.text, team, place.text, work.text, found, began, time_of(end))


def type_the_sheet(stage: Stage) -> None:
    for entry in entries(stage):
        if breaks.page_lost(stage, entry.no):
            break
        try:
            _type(stage, entry, "typed")
        except (OnDutyAlready, ShiftUnusable) as refusal:
            stage.say(f"    {SHEET} {entry.no}: {refusal.message}")
            _put_right(stage, entry, refusal)


def _type(stage: Stage, entry: Entry, how: str) -> None:
    """Raises OnDutyAlready, ShiftUnusable."""
    crew.sign_on(
        person=breaks.person(stage, entry.who, is_elsewhere=entry.key == AT_TWO_PLACES and entry.start == LEFT_THE_HUB),
        place=stage.party(entry.place),
        party=stage.party(entry.team),
        work=entry.work,
        start_at=entry.start_at,
        end_at=entry.end_at,
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("shift", entry.no, how),
    )


def _put_right(stage: Stage, entry: Entry, refusal: BaogongError) -> None:
    title = f"志愿者签到表第 {entry.no} 行：{entry.who}"
    if entry.key in ASKED:
        with transaction.atomic():  # asked and written: both, or none
            ask_about(stage, f"shift {entry.no}", title, f"{entry.who}电话里说 {ASKED[entry.key]:%H:%M} 走的")
            _type(stage, replace(entry, end=ASKED[entry.key]), "asked")
        return
    if entry.key != AT_TWO_PLACES:
        ask_about(stage, f"shift {entry.no}", title, "同一行抄了两遍，不算")
        return
    with transaction.atomic():
        ask_about(stage, f"shift {entry.no}", title, f"{entry.who} 15:00 已离开中转点去五村，中转点那行写错")
        (hub,) = (
            shift
            for shift in crew_.shifts(person=stage.party(entry.who))
            if shift.start_at < entry.start_at < (shift.end_at or stage.now)
        )
        paper = crew.correct_shift(
            shift=hub.id,
            start_at=hub.start_at,
            end_at=entry.start_at,
            why="卸车到 15:00 为止，之后在五村送货",
            actor=stage.actors["wu"],
            now=stage.now,
            request_id=stage.request_id("shift", entry.no, "correct"),
        )
        sign(document=paper, actor=stage.actors["zhao"], now=stage.now)
        _type(stage, entry, "typed")
