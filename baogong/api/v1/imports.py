"""Lists: sent as a file, previewed line by line, applied, doubts settled by a person."""

from __future__ import annotations

from datetime import datetime
from hashlib import sha256
from typing import Annotated, Any
from uuid import UUID

from django.http import HttpRequest
from ninja import File, Form, Router, Schema, Status
from ninja.files import UploadedFile
from pydantic import Field

from baogong.api.v1.access import caller
from baogong.api.v1.errors import UnusableRequest
from baogong.api.v1.fields import Chosen, Name
from baogong.api.v1.requests import After, Key, Limit, Page, once, once_made, page_of
from baogong.engine.sheets import kinds
from baogong.engine.sheets.kinds import LineOutcome
from baogong.engine.sheets.limits import Limits
from baogong.engine.sheets.readers import read_table
from baogong.journal import queries
from baogong.journal.queries import ImportView
from baogong.journal.services import imports as services
from baogong.kernel.actor import Duty

router = Router(tags=["imports"])

READERS = (*services.IMPORTERS, Duty.AUDITOR)
WAITING_MAX = 5_000


class RefusedLineOut(Schema):
    where: str
    found: str
    expected: str
    cure: str


class LineCandidateOut(Schema):
    key: str
    text: str
    score: float
    why: str


class WaitingLineOut(Schema):
    """
    `line` is what `import_resolve` decides; `may_be_new`: whether `new` is an answer, `may_type`: whether `typed` is,
    `may_look_again`: whether `again` is. `cure` says what the line waits for, where no answer fits yet. `new_place`: what
    the list calls a place that no register knows, and that `import_new_place` registers; empty where there is none.
    """

    line: UUID
    where: str
    found: str
    text: str
    candidates: list[LineCandidateOut]
    may_be_new: bool
    may_type: bool
    may_look_again: bool
    new_place: str
    cure: str


class ImportOut(Schema):
    """
    lines = added + matched + unchanged + refused + waiting. `state` PREVIEWED (nothing is written), APPLIED, or LAPSED (a
    list of people that nobody wrote in time).

    `unread_columns`: headers of columns that hold something and were not read.
    """

    id: UUID
    state: str
    file_name: str
    profile: str
    made_at: datetime
    applied_at: datetime | None
    document: UUID | None
    kind: str
    lines: int
    added: int
    matched: int
    unchanged: int
    refused: list[RefusedLineOut]
    waiting: list[WaitingLineOut]
    unread_columns: list[str]


class QueuedLineOut(WaitingLineOut):
    run: UUID
    kind: str
    file_name: str
    since: datetime


class QueuePage(Page):
    items: list[QueuedLineOut]


class ResolveIn(Schema):
    """
    Exactly one of: `candidate` (its key), `new` (none of them), `typed` (in your own words), `again` (look it up anew, now
    that the book has it), `accept` (right as it stands), `drop` (leave it out).

    With `alike`, all lines of the run that wait with the same value and the same question are decided so.
    """

    candidate: Name | None = None
    new: bool = False
    typed: Name | None = None
    again: bool = False
    accept: bool = False
    drop: bool = False
    alike: bool = False


class NewPlaceIn(Schema):
    """
    The place a waiting line names, which no register knows. `role`: what goods do there. What the list calls it becomes
    its other name.
    """

    name: Name
    role: Chosen
    city: Annotated[str, Field(max_length=60)] = ""


class ImportForm(Schema):
    """`kind` empty: what the file itself looks like, if that is sure."""

    kind: str = Field("", max_length=40)
    profile: str = Field("", max_length=40)


@router.post("", response={201: ImportOut}, operation_id="import_preview")
def import_preview(
    request: HttpRequest, key: Key, file: Annotated[UploadedFile, File()], given: Annotated[ImportForm, Form()]
) -> Status[dict[str, Any]]:
    """Send a list (multipart form, field `file`). Nothing is written; the answer says what each line would do."""
    who = caller(request)
    name = file.name or "list"
    Limits().check_file(name, file.size or 0)
    data = file.read()
    made = once_made(
        request,
        key,
        lambda: (
            services.preview(
                kind=given.kind or _guessed(name, data, given.profile or None),
                file_name=name,
                data=data,
                profile=given.profile or None,
                actor=who.actor,
                now=who.now,
            ).id
        ),
        given,
        name,
        sha256(data).hexdigest(),
    )
    return Status(201, _shown(queries.import_run(made, seen_by=who.actor)))


@router.get("/waiting", response=QueuePage, operation_id="import_waiting")
def import_waiting(
    request: HttpRequest, kind: Chosen | None = None, after: After = None, limit: Limit = 100
) -> dict[str, Any]:
    """Lines of applied lists that wait for a person."""
    who = caller(request)
    who.require_somewhere(*READERS)
    page = page_of(queries.waiting_lines(kind, limit=WAITING_MAX, seen_by=who.actor), after=after, limit=limit)
    page["items"] = [
        _waiting(row.id, row.outcome) | {name: getattr(row, name) for name in ("run", "kind", "file_name", "since")}
        for row in page["items"]
    ]
    return page


@router.get("/{run}", response=ImportOut, operation_id="import_get")
def import_get(request: HttpRequest, run: UUID) -> dict[str, Any]:
    who = caller(request)
    who.require_somewhere(*READERS)
    return _shown(queries.import_run(run, seen_by=who.actor))


@router.post("/{run}/apply", response=ImportOut, operation_id="import_apply")
def import_apply(request: HttpRequest, run: UUID, key: Key) -> dict[str, Any]:
    """Write every sound line, all or none; refused lines stay out, waiting ones wait on."""
    who = caller(request)
    once(request, key, lambda: services.apply(run=run, actor=who.actor, now=who.now))
    return _shown(queries.import_run(run, seen_by=who.actor))


@router.post("/lines/{line}/resolve", response=ImportOut, operation_id="import_resolve")
def import_resolve(request: HttpRequest, line: UUID, key: Key, given: ResolveIn) -> dict[str, Any]:
    """A person's decision on a waiting line; applied at once where its list was applied."""
    who = caller(request)
    choice = given.dict(exclude={"alike"}, exclude_defaults=True)
    if len(choice) != 1:
        raise UnusableRequest(
            "A waiting line is decided in exactly one way. Nothing was decided.",
            where="body",
            found=sorted(choice),
            expected="one of candidate, new, typed, again, accept, drop",
            cure="Send one of them.",
        )
    run = once_made(
        request,
        key,
        lambda: services.resolve(line=line, choice=choice, alike=given.alike, actor=who.actor, now=who.now).id,
        given,
    )
    return _shown(queries.import_run(run, seen_by=who.actor))


@router.post("/lines/{line}/place", response=ImportOut, operation_id="import_new_place")
def import_new_place(request: HttpRequest, line: UUID, key: Key, given: NewPlaceIn) -> dict[str, Any]:
    """Register the place a waiting line names (its `new_place`): every line of that list that names it goes there."""
    who = caller(request)

    def made() -> UUID:
        view, _site, _count = services.register_place(line=line, **given.dict(), actor=who.actor, now=who.now)
        return view.id

    return _shown(queries.import_run(once_made(request, key, made, given, str(line)), seen_by=who.actor))


def _guessed(name: str, data: bytes, profile: str | None) -> str:
    guesses = kinds.guess_kind(read_table(name, data), profile)
    likely = kinds.likely_kinds(guesses)
    if len(likely) == 1:
        return likely[0]
    raise UnusableRequest(
        "What kind of list this is cannot be told for certain. Nothing was read.",
        where="kind",
        found=[guess.kind for guess in guesses],
        expected="one kind",
        cure="Name the kind.",
    )


def _shown(view: ImportView) -> dict[str, Any]:
    return view.summary | {
        "id": view.id,
        "state": view.state,
        "file_name": view.file_name,
        "profile": view.profile,
        "made_at": view.made_at,
        "applied_at": view.applied_at,
        "document": view.document,
        "waiting": [
            _waiting(line.id, line.outcome) for line in view.lines if line.outcome.status is kinds.Status.WAITING
        ],
    }


def _waiting(line: UUID, outcome: LineOutcome) -> dict[str, Any]:
    return {
        "line": line,
        "where": outcome.where,
        "found": outcome.found,
        "text": outcome.text,
        "candidates": [candidate.as_dict() for candidate in outcome.candidates],
        "may_be_new": bool(outcome.asks) and outcome.may_be_new,
        "may_type": bool(outcome.types),
        "may_look_again": outcome.may_look_again,
        "new_place": outcome.place_name if outcome.place else "",
        "cure": outcome.cure,
    }
