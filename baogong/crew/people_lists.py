"""The list of people who are to work inside: employer, home, tests, pass; read, previewed, written."""

from __future__ import annotations

import unicodedata
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import date, datetime, time, timedelta
from typing import Any
from uuid import UUID

from django.utils import timezone

from baogong.crew.models import FirmListing, Member, Pass, Test
from baogong.crew.services.calls import set_member
from baogong.crew.services.duties import OFFICE
from baogong.crew.services.passes import apply_for_pass, grant_pass, list_firm
from baogong.crew.services.proofs import CLOCKS_DIFFER, WRITTEN_WITHIN, record_test
from baogong.engine.sheets.dates import read_date, read_near_date
from baogong.engine.sheets.kinds import Candidate, ImportKind, LineOutcome, Status, line_by_line, register_kind
from baogong.engine.sheets.limits import longest
from baogong.engine.sheets.names import NameIndex, ResolutionStatus, fold
from baogong.engine.sheets.profiles import Column, Headers, match_headers
from baogong.engine.sheets.rows import check_lengths, choice_of, need_columns, need_text, sound_text
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.journal.clock import house_day, house_moment
from baogong.kernel.actor import Actor
from baogong.kernel.ids import derived_id
from baogong.people.queries.parties import NAME_MAX, name_index, party
from baogong.people.services.parties import add_alias, register_party

COLUMNS = (
    Column("person", "姓名", "name", is_required=True, longest=NAME_MAX, also=("队员", "骑手", "骑手姓名", "快递员", "person", "courier")),
    Column("place", "入场地点", "place", is_required=True, longest=NAME_MAX, also=("服务社区", "服务地点", "地点", "社区", "where")),
    Column("employer", "所属单位", "employer", longest=NAME_MAX, also=("单位", "企业", "公司", "用工单位", "of"), help_zh="一人一个单位，须已登记", help_en="one a person, registered before"),
    Column("home", "居住小区", "home community", longest=longest(Member, "home"), also=("住址", "居住地", "现住小区", "home")),
    Column("pcr_at", "核酸采样时间", "pcr sampled at", also=("核酸时间", "采样时间", "核酸采样", "pcr time"), help_zh="采样而不是出结果的时间", help_en="when it was sampled, not when the result came"),
    Column("pcr", "核酸结果", "pcr result", also=("核酸", "核酸检测结果", "pcr"), help_zh="阴性或阳性", help_en="negative or positive"),
    Column("antigen_at", "抗原时间", "antigen taken at", also=("抗原检测时间", "antigen time")),
    Column("antigen", "抗原结果", "antigen result", also=("抗原", "抗原检测结果")),
    Column("firm", "企业白名单", "firm listed", also=("单位白名单", "firm white list"), help_zh="是：单位在该地点的白名单上", help_en="yes: the employer is on the place's list"),
    Column("has_pass", "人员白名单", "pass", also=("通行证", "个人白名单", "person white list"), help_zh="是：准入；或写通行证号", help_en="yes, or the number of the pass"),
    Column("pass_until", "通行证有效期至", "pass until", also=("有效期至", "有效期", "valid until"), help_zh="只写日期即到当天结束", help_en="a day alone: to its end"),
)  # fmt: skip
NEGATIVE, POSITIVE, NONE = Test.Result.NEGATIVE.value, Test.Result.POSITIVE.value, "NONE"
_RESULTS = {
    "阴": NEGATIVE, "阴性": NEGATIVE, "阴性-": NEGATIVE, "未检出": NEGATIVE, "negative": NEGATIVE, "neg": NEGATIVE,
    "阳": POSITIVE, "阳性": POSITIVE, "阳性+": POSITIVE, "检出": POSITIVE, "positive": POSITIVE, "pos": POSITIVE,
}  # fmt: skip
_SIGNS = {"-": NEGATIVE, "--": NEGATIVE, "—": NEGATIVE, "+": POSITIVE, "/": NEGATIVE}  # a result, or nothing at all
_YES_OR_NO = {
    "是": "yes", "有": "yes", "√": "yes", "已办": "yes", "准入": "yes", "yes": "yes", "y": "yes",
    "否": "no", "无": "no", "未办": "no", "×": "no", "no": "no", "n": "no",
}  # fmt: skip


def classify(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """One outcome a row. What can be read in one way only is written; one doubt waits for a person, two are refused."""
    heads = match_headers(table, COLUMNS, profile, kind="crew")
    need_columns(table, COLUMNS, heads)
    reading = _Reading(heads, now)

    def read(row: Row) -> LineOutcome:
        check_lengths(row, COLUMNS, heads)
        return reading.line(row)

    return line_by_line(table, read)


@dataclass(frozen=True, slots=True)
class _Doubt:
    """What a person has to say; `asks` "": yes or no."""

    cell: Cell
    found: str
    asks: str = ""
    candidates: tuple[Candidate, ...] = ()
    may_be_new: bool = False


@dataclass(slots=True)
class _Reading:
    """The registers and the names read so far, for the rows of one list."""

    heads: Headers
    now: datetime
    people: NameIndex = field(default_factory=lambda: name_index(kinds=["PERSON"]))
    places: NameIndex = field(default_factory=lambda: name_index(kinds=["SITE", "ORGANISATION"]))
    seen: dict[tuple[str, str], str] = field(default_factory=dict)

    def line(self, row: Row) -> LineOutcome:
        doubts: list[_Doubt] = []
        notes: list[str] = []
        cell = self.heads.cell(row, "person")
        name = need_text(cell, "the person's name")
        place = self._registered(row, "place")
        payload: dict[str, Any] = {
            "person_text": name,
            "person": None,
            "place": place,
            "employer": self._registered(row, "employer") if sound_text(self.heads.cell(row, "employer")) else None,
            "home": sound_text(self.heads.cell(row, "home")),
            **self._test(row, "pcr", doubts, notes),
            **self._test(row, "antigen", doubts, notes),
            **self._pass(row),
        }
        payload["firm"] = choice_of(self.heads.cell(row, "firm"), _YES_OR_NO, default="no") == "yes"
        if payload["firm"] and not payload["employer"]:
            raise BadCell(
                f"Cell {self.heads.cell(row, 'firm').where} lists an employer, and none stands in the row.",
                where=self.heads.cell(row, "firm").where,
                found=self.heads.text(row, "firm"),
                expected="the employer in the same row",
                cure="Write whose employee this is.",
            )
        self._who(cell, name, place, payload, doubts, notes)
        if len(doubts) > 1:
            raise BadCell(
                f"Row {row.where} is in doubt in more than one cell.",
                where=doubts[1].cell.where,
                found="；".join(doubt.found for doubt in doubts),
                expected="one doubt in a row",
                cure="Write results as 阴性 or 阳性, times with year and hour, and one row for each person.",
            )
        text = " · ".join(
            part for part in (name, self.heads.text(row, "place"), self.heads.text(row, "employer")) if part
        )
        if doubts:
            (doubt,) = doubts
            return LineOutcome(
                row.where,
                Status.WAITING,
                payload,
                text,
                sure=max((each.score for each in doubt.candidates), default=0.5),
                found=doubt.found,
                candidates=doubt.candidates,
                asks=doubt.asks,
                notes=tuple(notes),
                may_be_new=doubt.may_be_new,
            )
        return LineOutcome(row.where, self._status(payload), payload, text, notes=tuple(notes))

    def _who(
        self, cell: Cell, name: str, place: str, payload: dict[str, Any], doubts: list[_Doubt], notes: list[str]
    ) -> None:
        """Whom the name means; an equal name is one person, a near one and one that came before are asked about."""
        key = (fold(name), place)
        if key in self.seen:
            doubts.append(_Doubt(cell, f"{name} = {self.seen[key]}"))
            notes.append("the same name stands in a row above")
        else:
            self.seen[key] = cell.where
        found = self.people.resolve(name)
        if found.status is ResolutionStatus.EXACT and found.entry:
            payload["person"] = found.entry.key
        elif found.candidates:
            choices = tuple(
                Candidate(each.entry.key, f"{each.entry.name} {each.entry.city}".strip(), each.score, each.why)
                for each in found.candidates
            )
            doubts.append(_Doubt(cell, name, "person", choices, may_be_new=True))
        held = Member.objects.filter(person=payload["person"]).first() if payload["person"] else None
        if held and held.employer_id and payload["employer"] not in (None, str(held.employer_id)):
            doubts.append(
                _Doubt(cell, f"{name}：{party(held.employer_id).name} → {party(UUID(payload['employer'])).name}")
            )
            notes.append("works for another employer so far")

    def _test(self, row: Row, kind: str, doubts: list[_Doubt], notes: list[str]) -> dict[str, Any]:
        """When it was sampled and what came of it; both or neither."""
        cell, clock = self.heads.cell(row, kind), self.heads.cell(row, f"{kind}_at")
        text = unicodedata.normalize("NFKC", sound_text(cell)).strip().casefold()
        at = self._sampled(clock, doubts, notes) if sound_text(clock) else None
        if not text and at is None:
            return {kind: NONE, f"{kind}_at": None}
        result = _RESULTS.get(text.strip("()[]。. "))
        if text in _SIGNS and at is not None:
            read = _SIGNS[text]
            choices = (
                Candidate(read, "阴性" if read == NEGATIVE else "阳性", 0.5, "a sign may stand for a result"),
                Candidate(NONE, "没有结果", 0.5, "a sign may stand for nothing written"),
            )
            doubts.append(_Doubt(cell, sound_text(cell), kind, choices))
            return {kind: read, f"{kind}_at": at.isoformat()}
        if text in _SIGNS and at is None:
            return {kind: NONE, f"{kind}_at": None}
        if result is None or at is None:
            wrong = cell if result is None else clock
            raise BadCell(
                f"Cell {wrong.where} says “{wrong.text}”: a test has a result and the moment of its sampling.",
                where=wrong.where,
                found=wrong.text,
                expected="阴性, 阳性, negative or positive"
                if result is None
                else "when it was sampled: 2020-01-26 14:30",
                cure="Write both, or leave both empty.",
            )
        return {kind: result, f"{kind}_at": at.isoformat()}

    def _sampled(self, cell: Cell, doubts: list[_Doubt], notes: list[str]) -> datetime:
        found: date | datetime | None = read_date(cell.text)
        if found is None:
            found = read_near_date(cell.text, house_day(self.now))
            if found is not None:
                doubts.append(_Doubt(cell, f"{cell.text} → {found:%Y-%m-%d %H:%M}"))
        if found is None:
            raise BadCell(
                f"Cell {cell.where} says “{cell.text}”, which is no date.",
                where=cell.where,
                found=cell.text,
                expected="a date, perhaps with a time, for example 2020-01-26 14:30",
                cure="Write year, month, day and the time of day.",
            )
        if not isinstance(found, datetime):
            found = datetime.combine(found, time())
            notes.append("a day without an hour counts from its midnight")
        at = timezone.make_aware(found, timezone.get_default_timezone())
        if not self.now - WRITTEN_WITHIN <= at <= self.now + CLOCKS_DIFFER:
            raise BadCell(
                f"Cell {cell.where}: a sample of {house_moment(at)} is in the future, or more than 31 days old.",
                where=cell.where,
                found=house_moment(at),
                expected="a moment of the last 31 days",
                cure="Read the sampling time again.",
            )
        return at

    def _pass(self, row: Row) -> dict[str, Any]:
        cell, until = self.heads.cell(row, "has_pass"), self.heads.cell(row, "pass_until")
        text = sound_text(cell)
        said = _YES_OR_NO.get(fold(text)) or _YES_OR_NO.get(text)
        if not text or said == "no" or text in _SIGNS:
            return {"has_pass": False, "number": "", "pass_until": None}
        found = read_date(need_text(until, "until when the pass holds"))
        if found is None:
            raise BadCell(
                f"Cell {until.where} says “{until.text}”, which is no date.",
                where=until.where,
                found=until.text,
                expected="a date, for example 2020-01-26",
                cure="Write year, month and day.",
            )
        if not isinstance(found, datetime):
            found = datetime.combine(found + timedelta(days=1), time())
        at = timezone.make_aware(found, timezone.get_default_timezone())
        if at <= self.now:
            raise BadCell(
                f"Cell {until.where}: the pass ended on {house_moment(at)}.",
                where=until.where,
                found=until.text,
                expected="a day to come",
                cure="Write the pass that holds now, or leave the cell empty.",
            )
        return {"has_pass": True, "number": "" if said else text[:60], "pass_until": at.isoformat()}

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

    def _status(self, payload: dict[str, Any]) -> Status:
        """New to the crew, known and changed, or exactly what the book says."""
        held = Member.objects.filter(person=payload["person"]).first() if payload["person"] else None
        if held is None:
            return Status.ADDED
        is_same = (payload["employer"] or str(held.employer_id or "")) == str(held.employer_id or "") and (
            payload["home"] or held.home
        ) == held.home
        for kind in ("pcr", "antigen"):
            is_same = is_same and (
                payload[kind] == NONE
                or Test.objects.filter(
                    person=held.person_id,
                    kind=kind.upper(),
                    sampled_at=payload[f"{kind}_at"],
                    result=payload[kind],
                    is_void=False,
                ).exists()
            )
        if payload["has_pass"]:
            is_same = is_same and _holds(held.person_id, payload)
        if payload["firm"]:
            is_same = (
                is_same
                and FirmListing.objects.filter(firm=payload["employer"], place=payload["place"], until_at=None).exists()
            )
        return Status.UNCHANGED if is_same else Status.MATCHED


def _holds(person: UUID, payload: dict[str, Any]) -> bool:
    """Whether the person has the pass the line tells of already."""
    return Pass.objects.filter(
        person=person,
        place=payload["place"],
        state=Pass.State.GRANTED,
        until_at=datetime.fromisoformat(payload["pass_until"]),
    ).exists()


def apply(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """Person, employer, tests and pass of each line; what the book has already is left as it is."""
    people = name_index(kinds=["PERSON"])
    new: dict[str, UUID] = {}
    for line in lines:
        if not line.status.is_sound:
            continue
        payload = line.payload
        place = UUID(payload["place"])
        person = _person(payload, people, new, actor, now)
        held = Member.objects.filter(person=person).first()
        employer = UUID(payload["employer"]) if payload["employer"] else held.employer_id if held else None
        home = payload["home"] or (held.home if held else "")
        if held is None or (held.employer_id, held.home) != (employer, home):
            set_member(person=person, employer=employer, home=home, place=place, actor=actor, now=now)
        for kind in ("pcr", "antigen"):
            if payload[kind] != NONE and payload[f"{kind}_at"]:
                record_test(
                    person=person,
                    place=place,
                    kind=kind.upper(),
                    result=payload[kind],
                    sampled_at=datetime.fromisoformat(payload[f"{kind}_at"]),
                    actor=actor,
                    now=now,
                    request_id=derived_id("crew.list", person, kind, payload[f"{kind}_at"], payload[kind]),
                )
        if payload["firm"] and employer:
            list_firm(firm=employer, place=place, from_at=now, actor=actor, now=now)
        if payload["has_pass"] and not _holds(person, payload):
            _grant(person, place, payload, actor, now)


def _person(payload: dict[str, Any], people: NameIndex, new: dict[str, UUID], actor: Actor, now: datetime) -> UUID:
    """Whom the line means: whom a person chose, who has the name by now, who was new a line above, or somebody new."""
    name = payload["person_text"]
    if payload["person"]:
        add_alias(party=UUID(payload["person"]), text=name, now=now, confirmed_by=actor.person_id)
        return UUID(payload["person"])
    known, key = people.resolve(name), fold(name)
    if known.entry is None and key not in new:
        new[key] = register_party(kind="PERSON", name=name, city="", now=now)
    return UUID(known.entry.key) if known.entry else new[key]


def _grant(person: UUID, place: UUID, payload: dict[str, Any], actor: Actor, now: datetime) -> None:
    """A pass until the day the list says: one applied for before is granted, one that holds for less is followed by it."""
    asked = (
        Pass.objects.filter(person=person, place=place, state=Pass.State.APPLIED).values_list("id", flat=True).first()
    )
    if asked is None:
        (asked,) = apply_for_pass(place=place, persons=[person], is_renewal=True, actor=actor, now=now)
    grant_pass(
        passes=[asked],
        from_at=now,
        until_at=datetime.fromisoformat(payload["pass_until"]),
        numbers={asked: payload["number"]},
        actor=actor,
        now=now,
    )


KIND = ImportKind(
    "crew",
    "入场人员名单",
    "People who work inside",
    COLUMNS,
    classify,
    apply,
    duties=OFFICE,
    place="place",
    readers=(),
    is_private=True,
)


def register() -> None:
    """Called when the room starts."""
    register_kind(KIND)
