"""Bulletins: a day in figures, drawn from the book, published under a paper; the lines each figure is made of."""

from __future__ import annotations

from base64 import b64encode
from datetime import date, datetime
from typing import Annotated, Any, Literal
from uuid import UUID

from django.http import HttpRequest
from ninja import Path, Query, Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import Day, Words
from baogong.api.v1.requests import LIST_MAX, After, Key, Limit, MadeOut, Page, once, once_made, page_of
from baogong.tower.bulletins.measures import Audience
from baogong.tower.bulletins.sheets import workbook_of
from baogong.tower.queries import bulletins as queries
from baogong.tower.services import bulletins as services

router = Router(tags=["bulletins"])

Number = Annotated[int, Path(ge=1, le=100_000, description="The figure's number in the bulletin.")]
OwnWords = Annotated[str, Field(max_length=services.WORDS_MAX)]
Seq = Annotated[int, Query(ge=0, lt=2**63, description="The `next_after` of the page before; absent: the first page.")]


class BulletinIn(Schema):
    """`why`: once a version is published, what changed and why."""

    day: Day
    audience: Audience
    why: Words = ""


class BulletinWordsIn(Schema):
    """In both languages, or none."""

    words_zh: OwnWords = ""
    words_en: OwnWords = ""


class BulletinPublishIn(Schema):
    """`alone`: nobody else is on duty; what everyone reads is out at once, the second signature due within 12 hours."""

    alone: bool = False


class BulletinHeadOut(Schema):
    """`state` DRAWN, WAITING, PUBLISHED or DROPPED; hashes in hexadecimal, `hash` once published."""

    id: UUID
    day: date
    audience: Literal["PUBLIC", "SUPERIORS"]
    version: int
    state: str
    why: str
    words_zh: str
    words_en: str
    drawn_at: datetime
    drawn_by_name: str
    published_at: datetime | None
    document: UUID | None
    hash: str
    content_hash: str
    upto_seq: int
    corrected_by: UUID | None


class BulletinPage(Page):
    items: list[BulletinHeadOut]


class BulletinFigureOut(Schema):
    """`amount` in base units of the item, fen of money, parcels, or what a list counts; `at` these parties, with `is_rest` all but these."""

    number: int
    what: str
    amount: int
    lines: int
    item: UUID | None
    by: str
    at: list[UUID]
    is_rest: bool
    name: str


class BulletinLaterOut(Schema):
    id: UUID
    at: datetime
    item: UUID
    amount: int
    what: list[str]
    reason: str


class BulletinOut(BulletinHeadOut):
    """
    `text`: the very text whose SHA-256 is `content_hash`; figures and facts come of it. `later_has_more`: `later` has only
    the first of what was written later.
    """

    figures: list[BulletinFigureOut]
    later: list[BulletinLaterOut]
    later_has_more: bool
    text: str


class BulletinPartyOut(Schema):
    """Names empty where only the kind may be told."""

    kind: str
    zh: str
    en: str


class BulletinLineOut(Schema):
    """
    `id` of the movement; null for an act of a parcel and for a row of a list that the bulletin keeps. `amount` with its sign.

    Of such a row `source` is whom it is about, `about_zh` and `about_en` say what else it tells, `subject` is its need or basket.
    """

    id: UUID | None
    seq: int
    at: datetime
    kind: str
    amount: int
    source: BulletinPartyOut
    target: BulletinPartyOut
    waybill: str
    about_zh: str
    about_en: str
    subject: UUID | None


class BulletinLinesOut(Schema):
    figure: BulletinFigureOut
    lines: list[BulletinLineOut]
    sum: int
    next_after: int | None


class BulletinWorkbookOut(Schema):
    """An XLSX in base64."""

    name: str
    content_base64: str


@router.get("", response=BulletinPage, operation_id="bulletin_list")
def bulletin_list(
    request: HttpRequest,
    audience: Audience | None = None,
    is_published: bool | None = None,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """Those that stand, the last drawn first."""
    who = caller(request)
    who.require(*OFFICE)
    found = queries.bulletins(audience=audience, is_published=is_published, limit=LIST_MAX)
    return page_of(found, after=after, limit=limit, newest_first=True)


@router.post("", response={201: MadeOut}, operation_id="bulletin_draw")
def bulletin_draw(request: HttpRequest, key: Key, given: BulletinIn) -> Status[dict[str, UUID]]:
    """Take a day out of the book; one drawn before and not published is dropped."""
    who = caller(request)
    drawn = once_made(
        request,
        key,
        lambda: services.draw(
            day=given.day, audience=given.audience, why=given.why, actor=who.actor, now=who.now, request_id=key
        ),
        given,
    )
    return Status(201, {"id": drawn})


@router.get("/{bulletin}", response=BulletinOut, operation_id="bulletin_get")
def bulletin_get(request: HttpRequest, bulletin: UUID) -> dict[str, Any]:
    """One with all it says, and what was written later for its day."""
    who = caller(request)
    view = queries.bulletin(bulletin, seen_by=who.actor)
    later = queries.later_lines(view)
    return {
        **_head(view.head),
        "figures": [_figure(each) for each in view.figures],
        "later": later.lines,
        "later_has_more": later.has_more,
        "text": queries.text_of(bulletin),
    }


@router.post("/{bulletin}/words", response=BulletinHeadOut, operation_id="bulletin_words")
def bulletin_words(request: HttpRequest, bulletin: UUID, key: Key, given: BulletinWordsIn) -> dict[str, Any]:
    """The operator's words above the figures."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.write_words(bulletin=bulletin, **given.dict(), actor=who.actor, now=who.now),
        given,
    )
    return _head(queries.bulletin(bulletin, seen_by=who.actor).head)


@router.post("/{bulletin}/publish", response=BulletinHeadOut, operation_id="bulletin_publish")
def bulletin_publish(request: HttpRequest, bulletin: UUID, key: Key, given: BulletinPublishIn) -> dict[str, Any]:
    """Sign it for publication; what everyone reads waits for a second person's signature under `document`."""
    who = caller(request)
    once_made(
        request,
        key,
        lambda: services.publish(bulletin=bulletin, alone=given.alone, actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return _head(queries.bulletin(bulletin, seen_by=who.actor).head)


@router.get("/{bulletin}/figures/{number}", response=BulletinLinesOut, operation_id="bulletin_figure")
def bulletin_figure(
    request: HttpRequest, bulletin: UUID, number: Number, after: Seq = 0, limit: Limit = 100
) -> dict[str, Any]:
    """
    The lines of the book, or the acts of parcels, a figure is the sum of, a page at a time; read on while there is a
    `next_after`, also where a page holds fewer than asked for.
    """
    who = caller(request)
    found = queries.lines_of(queries.bulletin(bulletin, seen_by=who.actor), number, after=after, limit=limit)
    return {
        "figure": _figure(found.figure), "lines": found.lines, "sum": found.sum, "next_after": found.next_after,
    }  # fmt: skip


@router.get("/{bulletin}/workbook", response=BulletinWorkbookOut, operation_id="bulletin_workbook")
def bulletin_workbook(request: HttpRequest, bulletin: UUID, language: Literal["zh", "en"] = "zh") -> dict[str, str]:
    """The bulletin as a workbook, a sheet for each table."""
    who = caller(request)
    view = queries.bulletin(bulletin, seen_by=who.actor)
    made = workbook_of(view, is_chinese=language == "zh")
    name = f"baogong-{view.head.day.isoformat()}-{view.head.audience.lower()}-{view.head.version}.xlsx"
    return {"name": name, "content_base64": b64encode(made).decode()}


def _head(head: queries.BulletinHead) -> dict[str, Any]:
    return {name: getattr(head, name) for name in BulletinHeadOut.model_fields}


def _figure(figure: queries.Figure) -> dict[str, Any]:
    told = {name: getattr(figure, name) for name in BulletinFigureOut.model_fields}
    return told | {"at": sorted(figure.at, key=str)}
