"""The residents' committee's list of households: counts by group, codes for doors, names masked as they are read."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.engine.sheets.kinds import ImportKind, LineOutcome, Status, refused, register_kind
from baogong.engine.sheets.names import ResolutionStatus, fold
from baogong.engine.sheets.numbers import UnreadNumber, read_number
from baogong.engine.sheets.profiles import Column, Headers, match_headers
from baogong.engine.sheets.rows import need_columns, need_text
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError
from baogong.needs.models import Household
from baogong.needs.queries.households import COUNTS
from baogong.needs.services.households import Counts, count_household, door_code, masked
from baogong.people.queries.parties import name_index

COLUMNS = (
    Column("community", "社区", "community", is_required=True, also=("小区", "居委会", "社区居委会")),
    Column("code", "门牌", "household", is_required=True, also=("户号", "房号", "楼栋房号", "household code"), help_zh="楼-单元-室", help_en="building-unit-room"),
    Column("name", "户主", "name", also=("姓名", "户主姓名"), help_zh="只留打码后的姓名", help_en="kept masked only"),
    Column("adults", "成人", "adults", also=("成年人", "其他人")),
    Column("old", "70岁以上", "70 and older", also=("老人", "高龄老人", "70岁及以上", "old")),
    Column("infants", "3岁以下", "under 3", also=("婴幼儿", "婴儿", "infants")),
    Column("chronic", "慢性病", "chronic illness", also=("慢病", "长期用药", "chronic")),
    Column("pregnant", "孕妇", "pregnant"),
)  # fmt: skip
PERSONS_MAX = 60


def register() -> None:
    """Called when the room starts."""
    register_kind(
        ImportKind(
            "households",
            "住户清单",
            "Households",
            COLUMNS,
            classify,
            apply,
            duties=(Duty.CLERK,),
            place="community",
            readers=(),
            is_private=True,
        )
    )


def classify(table: Table, profile: str | None, now: datetime) -> tuple[LineOutcome, ...]:
    """One outcome a household. A list never makes a community: an unknown one is refused with those it may mean."""
    heads = match_headers(table, COLUMNS, profile, kind="households")
    need_columns(table, COLUMNS, heads)
    index = name_index(kinds=["SITE", "ORGANISATION"])
    seen: dict[tuple[str, str], str] = {}
    outcomes: list[LineOutcome] = []
    for row in table.rows:
        try:
            payload = _read(row, heads)
            payload["community"] = _community(heads.cell(row, "community"), index)
            place = (payload["community"], fold(payload["code"]))
            if place in seen:
                raise BadCell(
                    f"This household stands in {seen[place]} already.",
                    where=heads.cell(row, "code").where,
                    found=payload["code"],
                    expected="each household once",
                    cure="Keep one of the two rows.",
                )
            seen[place] = row.where
        except BaogongError as error:
            outcomes.append(refused(row.where, error))
            continue
        outcomes.append(LineOutcome(row.where, Status.ADDED, payload, _in_words(payload)))
    return _unchanged_marked(outcomes)


def apply(lines: Sequence[LineOutcome], *, actor: Actor, document: UUID | None, now: datetime) -> None:
    """One count a line. Raises NotYourPlace where a community is not the actor's to count."""
    for line in lines:
        if line.status.is_sound:
            payload = line.payload
            count_household(
                community=UUID(payload["community"]),
                code=payload["code"],
                name=payload["name"],
                counts=Counts(**payload["counts"]),
                source=str(document or ""),
                actor=actor,
                now=now,
            )


def _read(row: Row, heads: Headers) -> dict[str, Any]:
    counts = {field: _count(heads.cell(row, field)) for field in COUNTS}
    if counts["adults"] + counts["old"] + counts["infants"] == 0:
        raise BadCell(
            "Nobody lives in this household by its counts.",
            where=heads.cell(row, "adults").where or row.where,
            found="0",
            expected="at least one person",
            cure="Count the household again.",
        )
    return {
        "code": door_code(need_text(heads.cell(row, "code"), "building, unit and room")),
        # Masked before it goes anywhere: previews and their lines are kept.
        "name": masked(heads.text(row, "name")),
        "counts": counts,
    }


def _count(cell: Cell) -> int:
    text = cell.text.strip()
    if not text:
        return 0
    try:
        number, doubts = read_number(text)
        is_sound = not doubts and number == int(number) and 0 <= number <= PERSONS_MAX
    except UnreadNumber:
        is_sound = False
    if not is_sound:
        raise BadCell(
            f"Cell {cell.where} is no number of persons.",
            where=cell.where,
            found=text,
            expected=f"a whole number from 0 to {PERSONS_MAX}",
            cure="Write digits.",
        )
    return int(number)


def _community(cell: Cell, index: Any) -> str:
    found = index.resolve(need_text(cell, "the community's name"))
    if found.status is not ResolutionStatus.EXACT or found.entry is None:
        likely = ", ".join(candidate.entry.name for candidate in found.candidates)
        raise BadCell(
            f"“{cell.text}” is no community of the register for certain.",
            where=cell.where,
            found=cell.text,
            expected=likely or "a registered community",
            cure="Write the name as it stands in the register, or register the community first.",
        )
    return str(found.entry.key)


def _in_words(payload: dict[str, Any]) -> str:
    counts = payload["counts"]
    return f"{payload['code']} · {counts['adults']} + {counts['old']} (≥ 70) + {counts['infants']} (< 3)"


def _unchanged_marked(outcomes: list[LineOutcome]) -> tuple[LineOutcome, ...]:
    """What stands in the book already changes nothing; a household known with other counts is matched."""
    named = {line.payload["community"] for line in outcomes if line.payload}
    known = {
        (str(row.community_id), row.code): {field: getattr(row, f"{field}_count") for field in COUNTS}
        for row in Household.objects.filter(community__in=named, left_at=None)
    }
    marked = []
    for line in outcomes:
        held = known.get((line.payload.get("community", ""), line.payload.get("code", "")))
        if held is None:
            marked.append(line)
            continue
        status = Status.UNCHANGED if held == line.payload["counts"] else Status.MATCHED
        marked.append(LineOutcome(line.where, status, line.payload, line.text))
    return tuple(marked)
