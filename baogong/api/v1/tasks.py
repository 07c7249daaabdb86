"""Tasks of the working group: an owner, a due time, and the document they end in."""

from __future__ import annotations

from datetime import datetime
from typing import Any
from uuid import UUID

from django.http import HttpRequest
from ninja import Router, Schema, Status
from pydantic import Field

from baogong.api.v1.access import EVERY_DUTY, OFFICE, caller
from baogong.api.v1.fields import Moment, Words
from baogong.api.v1.requests import LIST_MAX, After, Key, Limit, Page, once, once_made, page_of
from baogong.journal import queries, services
from baogong.journal.queries import TaskView
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound

router = Router(tags=["tasks"])


class TaskIn(Schema):
    """`owner` absent: whoever of the duty takes it first."""

    title: str = Field(min_length=1, max_length=200)
    duty: Duty
    due_at: Moment
    owner: UUID | None = None
    subject: UUID | None = None


class FinishIn(Schema):
    """A document, or a sentence."""

    document: UUID | None = None
    outcome: Words = ""


class TaskOut(Schema):
    """`place`: for whoever has the duty there; null: the whole group's."""

    id: UUID
    title: str
    duty: Duty
    place: UUID | None
    place_name: str
    owner: UUID | None
    owner_name: str
    due_at: datetime
    subject: UUID | None
    made_at: datetime
    taken_at: datetime | None
    done_at: datetime | None
    document: UUID | None
    document_number: str
    outcome: str


class TaskPage(Page):
    items: list[TaskOut]


@router.get("", response=TaskPage, operation_id="task_list")
def task_list(request: HttpRequest, is_open: bool = True, after: After = None, limit: Limit = 100) -> dict[str, Any]:
    """The office sees all; others their own and those free for one of their duties."""
    who = caller(request)
    who.require_somewhere(*EVERY_DUTY)
    is_office = who.actor.may_any(*OFFICE)
    rows = queries.tasks(
        is_open,
        seen_by=None if is_office else who.actor,
        limit=LIST_MAX,
    )
    return page_of(rows, after=after, limit=limit)


@router.post("", response={201: TaskOut}, operation_id="task_add")
def task_add(request: HttpRequest, key: Key, given: TaskIn) -> Status[TaskView]:
    who = caller(request)
    made = once_made(
        request,
        key,
        lambda: services.add_task(**given.dict(), actor=who.actor, now=who.now, request_id=key),
        given,
    )
    return Status(201, _task(made))


@router.post("/{task}/take", response=TaskOut, operation_id="task_take")
def task_take(request: HttpRequest, task: UUID, key: Key) -> TaskView:
    """It is the caller's now."""
    who = caller(request)
    once(request, key, lambda: services.take_task(task=task, actor=who.actor, now=who.now))
    return _task(task)


@router.post("/{task}/finish", response=TaskOut, operation_id="task_finish")
def task_finish(request: HttpRequest, task: UUID, key: Key, given: FinishIn) -> TaskView:
    """The task ends, in a document or in a sentence."""
    who = caller(request)
    once(
        request,
        key,
        lambda: services.finish_task(task=task, **given.dict(), actor=who.actor, now=who.now),
        given,
    )
    return _task(task)


def _task(task: UUID) -> TaskView:
    found = next((row for row in queries.tasks(False, limit=LIST_MAX) if row.id == task), None)
    if found is None:
        raise NotFound("There is no such task.", where=str(task))
    return found
