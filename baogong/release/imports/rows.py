"""What every list of people of a release has in common: which tranche a row means, and whose number stands in it."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field, replace
from datetime import date, datetime
from functools import cache
from typing import Any
from uuid import UUID

from baogong.engine.sheets.kinds import LineOutcome, refused
from baogong.engine.sheets.profiles import Column, Headers
from baogong.engine.sheets.rows import check_lengths, date_of, need_text, number_of
from baogong.engine.sheets.tables import BadCell, Cell, Row, Table
from baogong.engine.sheets.totals import total_row
from baogong.kernel.actor import Actor
from baogong.kernel.errors import BaogongError
from baogong.people.services.identity import sealer
from baogong.release.errors import PersonUnusable
from baogong.release.identity import Person, person, purpose_of
from baogong.release.models import Tranche
from baogong.release.services.claims import DESK

DOCUMENT_WORDS = {
    "RESIDENT_ID": "RESIDENT_ID", "身份证": "RESIDENT_ID", "居民身份证": "RESIDENT_ID", "二代身份证": "RESIDENT_ID",
    "PASSPORT": "PASSPORT", "护照": "PASSPORT",
    "HK_MACAO_PERMIT": "HK_MACAO_PERMIT", "港澳居民来往内地通行证": "HK_MACAO_PERMIT", "回乡证": "HK_MACAO_PERMIT",
    "TAIWAN_PERMIT": "TAIWAN_PERMIT", "台湾居民来往大陆通行证": "TAIWAN_PERMIT", "台胞证": "TAIWAN_PERMIT",
    "FOREIGN_PR": "FOREIGN_PR", "外国人永久居留身份证": "FOREIGN_PR",
    "OTHER": "OTHER", "其他": "OTHER",
}  # fmt: skip
WHICH = (
    Column("release", "投放代号", "release", is_required=True, longest=60, also=("投放", "代号")),
    Column("office", "投放单位", "office", longest=200, help_zh="几个单位用同一代号时填写", help_en="where several offices use the same code"),
    Column("day", "投放日期", "day", is_required=True, also=("投放日",)),
    Column("region", "地区代码", "region", longest=12, also=("地区编码", "区划代码"), help_zh="如 511602", help_en="as 511602"),
    Column("document", "证件类型", "document", also=("证件种类",), help_zh="空白即居民身份证", help_en="blank is a resident’s card"),
    Column("number", "证件号码", "document number", is_required=True, also=("身份证号", "身份证号码", "证件号"), help_zh="读入即转为标记，不保存号码", help_en="becomes a tag as it is read; the number is not kept"),
)  # fmt: skip
TAGGED = (
    Column("phone", "手机号", "telephone", also=("手机", "联系电话", "手机号码")),
    Column("household", "户口簿号", "household register", also=("户号",)),
    Column("address", "收货地址", "address", also=("配送地址", "住址")),
)


def fresh(lines: Sequence[LineOutcome]) -> list[dict[str, Any]]:
    """What is to be written of them."""
    return [line.payload for line in lines if line.status.is_sound]


_TAGS = ("person", *(column.key for column in TAGGED))


def seal_person(who: Person, seal: Callable[[str], str]) -> str:
    """A person's tags and birth date, for a line's payload: under the city's key, so that no line tells them once it has gone."""
    tags = {name: tag.hex() for name in _TAGS if (tag := getattr(who, name)) is not None}
    return seal(json.dumps([who.document, who.document_region, str(who.born_on or ""), tags]))


def unseal_person(sealed: str, unseal: Callable[[str], str]) -> Person:
    """The inverse of `seal_person`. Raises what `unseal` raises."""
    document, region, born_on, tags = json.loads(unseal(sealed))
    return Person(
        document=document,
        document_region=region,
        born_on=date.fromisoformat(born_on) if born_on else None,
        **{name: bytes.fromhex(tag) for name, tag in tags.items()},
    )


def each_row(
    table: Table,
    heads: Headers,
    columns: tuple[Column, ...],
    read: Callable[[Row], LineOutcome],
    total: Callable[[Row, Cell], LineOutcome] | None,
) -> list[LineOutcome]:
    outcomes = []
    for row in table.rows:
        stated = total_row(row, heads.by_key.get("units")) if total is not None else None
        try:
            if stated is not None and total is not None:
                outcomes.append(total(row, stated.cell))
                continue
            check_lengths(row, columns, heads)
            outcomes.append(read(row))
        except BaogongError as error:
            line = refused(row.where, error)
            outcomes.append(line if isinstance(error, BadCell) else replace(line, where=row.where))
    return outcomes


def within(actor: Actor) -> Callable[[Tranche], bool]:
    """Whether a tranche is of an office at whose desk the actor works."""
    return lambda tranche: actor.may_any(*DESK, at=tranche.release.office_id)


@dataclass(slots=True)
class Which:
    """
    Which tranche and which person a row names. The registers are read once for all rows.

    A tranche that is not the reader's is refused as one that is not there.
    """

    heads: Headers
    now: datetime
    is_own: Callable[[Tranche], bool]  # whether the reader's duty reaches it
    found: dict[tuple[str, str, Any, str], Tranche] = field(default_factory=dict)
    purpose: Callable[[UUID], str] = field(default_factory=lambda: cache(purpose_of))  # the same for the whole list
    sealers: dict[UUID, Callable[[str], str]] = field(default_factory=dict)
    seen: dict[tuple[UUID, bytes], str] = field(default_factory=dict)

    def seal(self, office: UUID, text: str) -> str:
        """Under the key of the city's purpose: what a line tells opens no more once the city forgets its people."""
        if office not in self.sealers:
            self.sealers[office] = sealer(purpose=self.purpose(office), now=self.now)
        return self.sealers[office](text)

    def tranche(self, row: Row) -> Tranche:
        code_cell, office = self.heads.cell(row, "release"), self.heads.text(row, "office")
        code, region = need_text(code_cell, "the release's code"), self.heads.text(row, "region")
        day_cell = self.heads.cell(row, "day")
        need_text(day_cell, "the day of the tranche, as 2020-02-05")
        day = date_of(day_cell)
        assert day is not None  # the cell is not empty
        key = (code, office, day, region)
        if key not in self.found:
            rows = Tranche.objects.select_related("release__rule", "release__office", "shop").filter(
                release__code=code, on=day
            )
            if office:
                rows = rows.filter(release__office__name=office)
            fit = [one for one in rows if (not one.region or region.startswith(one.region)) and self.is_own(one)]
            if len(fit) != 1:
                names = "、".join(sorted({one.release.office.name for one in fit}))
                raise BadCell(
                    f"Cell {code_cell.where} with its day and region names {len(fit)} tranches.",
                    where=code_cell.where,
                    found=f"{code} {day} {region}".strip(),
                    expected=names or "the code and the day of a tranche that was put out",
                    cure="Write the code as the release has it, the tranche's day, the region's code, and the office where "
                    "several use that code.",
                )
            self.found[key] = fit[0]
        return self.found[key]

    def first(self, row: Row, tranche: Tranche) -> Person:
        """The person, who stands in no earlier row for this tranche that was `remember`ed. Raises BadCell."""
        found = self.person(row, tranche)
        earlier = self.seen.get((tranche.id, found.person))
        if earlier is not None:
            raise BadCell(
                f"The same person stands in {earlier} already.",
                where=self.heads.cell(row, "number").where,
                found=earlier,
                expected="each person once",
                cure="Keep one of the two rows, and ask whoever wrote the list which.",
            )
        return found

    def remember(self, row: Row, tranche: Tranche, who: Person) -> None:
        self.seen[tranche.id, who.person] = row.where

    def person(self, row: Row, tranche: Tranche) -> Person:
        cell = self.heads.cell(row, "number")
        word = self.heads.text(row, "document").strip().upper() or "RESIDENT_ID"
        number = need_text(cell, "the number of the document")
        document = DOCUMENT_WORDS.get(word)
        if document is None:
            kind = self.heads.cell(row, "document")
            raise BadCell(
                f"Cell {kind.where} is no kind of document that is known here.",
                where=kind.where,
                found=word[:20],
                expected="居民身份证、护照、回乡证、台胞证、外国人永久居留身份证、其他",
                cure="Write one of these kinds.",
            )
        try:
            return person(
                tranche.release.office_id,
                document=document,
                number=number,
                phone=self.heads.text(row, "phone"),
                household=self.heads.text(row, "household"),
                address=self.heads.text(row, "address"),
                purpose=self.purpose(tranche.release.office_id),
            )
        except PersonUnusable as error:
            key = error.where if error.where in ("number", "phone", "document") else "number"
            at = self.heads.cell(row, key).where
            raise BadCell(
                f"Cell {at} is no such number.",
                where=at,
                found="",
                expected=str(error.expected),
                cure="Ask the source for it; it is not repeated here.",
            ) from None


def whole_number(cell: Cell, most: int) -> int:
    return int(number_of(cell, least=1, most=most, is_whole=True))
