"""The list of volunteers' hours: a paper sheet of who was where from when to when, read, previewed, written."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from baogong.crew.models import Shift
from baogong.crew.services import WRITERS, check_hours, sign_on
from baogong.engine.sheets.dates import read_date
from baogong.engine.sheets.kinds import Candidate, ImportKind, LineOutcome, Status, refused, register_kind
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.names import NameIndex, ResolutionStatus
from baogong.engine.sheets.profiles import Column, Headers, match_headers
from baogong.engine.sheets.rows import (
    AS_ABOVE,
    RowsAbove,
    check_lengths,
    date_of,
    need_columns,
    need_text,
    sound_text,
    time_of,
)
from baogong.engine.sheets.tables import BadCell, Row, Table
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError
from baogong.kernel.ids import derived_id
from baogong.people.queries.parties import NAME_MAX, name_index
from baogong.people.services.parties import add_alias, register_party

COLUMNS = (
    Column("person", "志愿者", "volunteer", is_required=True, longest=NAME_MAX, also=("姓名", "志愿者姓名", "volunteer name")),
    Column("place", "服务地点", "place", is_required=True, longest=NAME_MAX, also=("地点", "服务社区", "站点", "where")),
    Column("work", "工作", "work", is_required=True, longest=longest(Shift, "work"), also=("岗位", "工作内容", "服务内容", "task")),
    Column("day", "日期", "day", also=("服务日期", "date"), help_zh="上岗那天；时间列带日期时可空", help_en="when it began; blank where the times have a day"),
    Column("start", "上岗", "start", is_required=True, also=("上岗时间", "签到", "签到时间", "开始", "开始时间", "from", "sign on")),
    Column("end", "下岗", "end", is_required=True, also=("下岗时间", "签退", "签退时间", "结束", "结束时间", "until", "sign off"), help_zh="早于上岗则为次日", help_en="before the start: on the next day"),
    Column("party", "所属单位", "of", longest=NAME_MAX, also=("单位", "派出单位", "队伍", "服务队", "志愿服务队", "team", "organisation"), help_zh="谁派的志愿者；空白即没有，与上一行相同请写“同上”", help_en="whose volunteer; blank is nobody's, “ditto” is the row above's"),
)  # fmt: skip

BLANK_TEAM = "no team: the cell is empty, and only 同上 or “ditto” means the row above's"


def classify(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """One outcome a row. Nobody may be at two places at once, in the book or in the list."""
    heads = match_headers(table, COLUMNS, profile, kind="hours")
    need_columns(table, COLUMNS, heads)
    reading = _Reading(table, heads, now)
    outcomes = []
    for row in table.rows:
        try:
            opened = reading.above.opened(row)
            check_lengths(opened, COLUMNS, heads)
            outcomes.append(reading.line(opened))
        except BaogongError as error:
            line = refused(row.where, error)
            outcomes.append(line if isinstance(error, BadCell) else replace(line, where=row.where))
    return tuple(outcomes)


@dataclass(slots=True)
class _Reading:
    """The registers and what was read so far, for the rows of one list."""

    table: Table
    heads: Headers
    now: datetime
    people: NameIndex = field(default_factory=lambda: name_index(kinds=["PERSON"]))
    places: NameIndex = field(default_factory=lambda: name_index(kinds=["SITE", "ORGANISATION", "TEAM"]))
    above: RowsAbove = field(default_factory=RowsAbove)
    taken: dict[str, list[tuple[datetime, datetime, str]]] = field(default_factory=lambda: defaultdict(list))

    def line(self, row: Row) -> LineOutcome:
        name = need_text(self.heads.cell(row, "person"), "the volunteer's name")
        start_at, end_at, is_next_day = self._times(row)
        payload: dict[str, Any] = {
            "person_text": name,
            "person": None,
            "place": self._registered(row, "place"),
            "party": self._registered(row, "party") if sound_text(self.heads.cell(row, "party")) else None,
            "work": need_text(self.heads.cell(row, "work"), "what the volunteer did"),
            "start_at": start_at.isoformat(),
            "end_at": end_at.isoformat(),
        }
        hours = f"{timezone.localtime(start_at):%Y-%m-%d %H:%M}–{timezone.localtime(end_at):%H:%M}"
        text = f"{name} · {payload['work']} · {hours}"
        notes = (*(("it ends on the next day",) if is_next_day else ()), *self._read_from_above(row))
        found = self.people.resolve(name)
        if found.status is ResolutionStatus.EXACT and found.entry:
            payload["person"] = found.entry.key
            if Shift.objects.filter(request_id=_key(payload)).exists():
                return LineOutcome(row.where, Status.UNCHANGED, payload, text, notes=notes)
            check_hours(person=UUID(found.entry.key), start_at=start_at, end_at=end_at, now=self.now)
        else:
            check_hours(person=None, start_at=start_at, end_at=end_at, now=self.now)
        self._once(payload["person"] or name, start_at, end_at, row.where)
        if payload["person"]:
            return LineOutcome(row.where, Status.ADDED, payload, text, notes=notes)
        choices = tuple(
            Candidate(each.entry.key, f"{each.entry.name} {each.entry.city}".strip(), each.score, each.why)
            for each in found.candidates
        )
        return LineOutcome(
            row.where,
            Status.WAITING,
            payload,
            text,
            sure=max((each.score for each in choices), default=0.0),
            found=name,
            candidates=choices,
            asks="person",
            notes=notes,
        )

    def _read_from_above(self, row: Row) -> Iterator[str]:
        """What was taken from the row above; and that a blank team is nobody's, where a reader of the list may take it so."""
        for index in self.heads.by_key.values():
            if row.cells[index].flaw == AS_ABOVE:
                yield f"{self.table.columns[index].text}: as above, {row.cells[index].text}"
        if not self.heads.text(row, "party") and self.above.stands_above(self.heads.by_key.get("party")):
            yield BLANK_TEAM

    def _times(self, row: Row) -> tuple[datetime, datetime, bool]:
        """From, until, and whether the second is on the day after; aware."""
        day = date_of(self.heads.cell(row, "day"))
        start = self._moment(row, "start", day)
        end = self._moment(row, "end", start.date())
        is_next_day = end <= start and not isinstance(read_date(self.heads.cell(row, "end").text), datetime)
        if is_next_day:
            end += timedelta(days=1)
        zone = timezone.get_default_timezone()
        return timezone.make_aware(start, zone), timezone.make_aware(end, zone), is_next_day

    def _moment(self, row: Row, key: str, day: date | None) -> datetime:
        cell = self.heads.cell(row, key)
        found = read_date(need_text(cell, "a time, for example 08:00"))
        if isinstance(found, datetime):
            return found
        clock = time_of(cell)
        if day is None or clock is None:
            raise BadCell(
                f"Cell {cell.where} says “{cell.text}”, and no day stands beside it.",
                where=cell.where,
                found=cell.text,
                expected="a date, perhaps with a time, for example 2020-01-26 14:30",
                cure="Write year, month, day and the time of day.",
            )
        return datetime.combine(day, clock)

    def _registered(self, row: Row, key: str) -> str:
        cell = self.heads.cell(row, key)
        text = need_text(cell, "a name of the register")
        found = self.places.resolve(text)
        if found.status is not ResolutionStatus.EXACT or found.entry is None:
            raise BadCell(
                f"Cell {cell.where} says “{text}”, which the register does not surely know.",
                where=cell.where,
                found=text,
                expected="、".join(each.entry.name for each in found.candidates[:5]) or "a name of the register",
                cure="Write the name as it is registered, or add this one as an alias.",
            )
        return found.entry.key

    def _once(self, person: str, start_at: datetime, end_at: datetime, where: str) -> None:
        for other_start, other_end, other in self.taken[person]:
            if start_at < other_end and other_start < end_at:
                raise BadCell(
                    f"{other} has the same person on duty at that time.",
                    where=where,
                    found=f"{timezone.localtime(start_at):%Y-%m-%d %H:%M}",
                    expected=f"after {other}, or before it",
                    cure="Keep one of the two rows, or correct its times.",
                )
        self.taken[person].append((start_at, end_at, where))


def _key(payload: dict[str, Any]) -> UUID:
    """The same row is the same request, in whatever file it stands."""
    said = ("person", "place", "party", "work", "start_at", "end_at")
    return derived_id("crew.hours", *(str(payload[name]) for name in said))


def apply(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """A shift a line. Who was said to be new is registered once, however many rows name them."""
    for line in lines:
        if not line.status.is_sound:
            continue
        payload = {**line.payload}
        name = payload["person_text"]
        if payload["person"] is None:
            known = name_index(kinds=["PERSON"]).resolve(name)
            payload["person"] = (
                known.entry.key if known.entry else str(register_party(kind="PERSON", name=name, city="", now=now))
            )
        elif line.status is Status.MATCHED:
            add_alias(party=UUID(payload["person"]), text=name, now=now, confirmed_by=actor.person_id)
        sign_on(
            person=UUID(payload["person"]),
            place=UUID(payload["place"]),
            party=UUID(payload["party"]) if payload["party"] else None,
            work=payload["work"],
            start_at=datetime.fromisoformat(payload["start_at"]),
            end_at=datetime.fromisoformat(payload["end_at"]),
            actor=actor,
            now=now,
            request_id=_key(payload),
        )


KIND = ImportKind(
    "hours",
    "志愿者工时表",
    "Volunteers' hours",
    COLUMNS,
    classify,
    apply,
    duties=WRITERS,
    place="place",
    readers=(Duty.AUDITOR,),
    is_private=True,
)


def register() -> None:
    """Called when the room starts."""
    register_kind(KIND)
