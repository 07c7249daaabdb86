"""Documents: papers with a number and one or two signatures."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema
from pydantic import Field

from baogong.api.v1.access import OFFICE, caller
from baogong.api.v1.fields import Chosen, Note
from baogong.api.v1.requests import LIST_MAX, After, Key, Limit, Page, once, page_of
from baogong.journal import queries, services
from baogong.journal.queries import DocumentView
from baogong.kernel.actor import Duty

router = Router(tags=["documents"])


class SignatureOut(Schema):
    """`person` null: the house itself, or a hand known by name only."""

    person: UUID | None
    name: str
    at: datetime


class DocumentHeadOut(Schema):
    """`state` WAITING, SIGNED, ALONE (in force, second signature due), REFUSED or CANCELLED."""

    id: UUID
    kind: str
    number: str
    title: str
    state: str
    signatures_required: int
    signatures: list[SignatureOut]
    signers: list[Duty]
    at: UUID | None
    beneficiary: UUID | None
    subjects: list[UUID]
    drawn_by: UUID | None
    drawn_by_name: str
    drawn_at: datetime
    was_alone: bool
    second_due_at: datetime | None
    ended_at: datetime | None
    ended_why: str


class DocumentOut(DocumentHeadOut):
    """`body` holds the plain facts of it."""

    body: dict[str, Any]


class DocumentPage(Page):
    items: list[DocumentHeadOut]


class RefuseIn(Schema):
    why: Note = Field(min_length=1)


@router.get("", response=DocumentPage, operation_id="document_list")
def document_list(
    request: HttpRequest,
    kind: Chosen | None = None,
    subject: UUID | None = None,
    state: Chosen | None = None,
    is_mine_to_sign: bool = False,
    after: After = None,
    limit: Limit = 100,
) -> dict[str, Any]:
    """The newest first; `is_mine_to_sign`: what waits for a signature the caller may give."""
    who = caller(request)
    if is_mine_to_sign:
        rows = queries.pending_signatures(who.actor, limit=LIST_MAX)
        rows = tuple(row for row in rows if kind in (None, row.kind) and state in (None, row.state))
    else:
        who.require(*OFFICE)
        rows = queries.documents(kind, subject, states=[state] if state else None, limit=LIST_MAX)
    return page_of(rows, after=after, limit=limit, newest_first=True)


@router.get("/{document}", response=DocumentOut, operation_id="document_get")
def document_get(request: HttpRequest, document: UUID) -> DocumentView:
    """The office sees all; others what they drew up, signed or may sign."""
    found = queries.document(document)
    found.require_sight(caller(request).actor)
    return found


@router.post("/{document}/sign", response=DocumentOut, operation_id="document_sign")
def document_sign(request: HttpRequest, document: UUID, key: Key) -> DocumentView:
    """Put the caller's name under it."""
    who = caller(request)
    once(request, key, lambda: services.sign(document=document, actor=who.actor, now=who.now))
    return queries.document(document)


@router.post("/{document}/refuse", response=DocumentOut, operation_id="document_refuse")
def document_refuse(request: HttpRequest, document: UUID, key: Key, given: RefuseIn) -> DocumentView:
    """Say no to a document that waits for a signature."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.refuse(document=document, why=given.why, actor=who.actor, now=who.now),
        given,
    )
    return queries.document(document)
