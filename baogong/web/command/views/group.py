"""The working group: tasks, calls, documents that wait for a signature, the change of shift."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from django.contrib import messages
from django.http import HttpResponse
from django.shortcuts import redirect, render
from django.utils.translation import gettext as _

from baogong.freight import queries as freight
from baogong.journal import queries
from baogong.journal.services import documents as documents_
from baogong.journal.services import tasks as tasks_
from baogong.kernel.actor import Duty
from baogong.orders.queries import baskets
from baogong.people.queries.access import log_ins
from baogong.web.command import papers
from baogong.web.names import item_names, party_names
from baogong.web.order_words import ORDER_PAPERS
from baogong.web.pages import PageRequest, back, choice_from, moment_from, page, text_from, uuid_from, uuid_or_none

WORKERS = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK)
OFFICE = (*WORKERS, Duty.AUDITOR)
SHIFT_H = 12
DOCUMENTS_STEP = 40
DOCUMENTS_MAX = 2000
KIND_MAX = 60


@page(*OFFICE)
def tasks(request: PageRequest) -> HttpResponse:
    """Every open task, the late ones first; add one, take one, end one, log a call."""
    if request.method == "POST":
        _do(request, request.POST.get("act", ""))
        return redirect(back(request))
    open_tasks = queries.tasks(open_only=True)
    context = {
        "tasks": open_tasks,
        "convoys": {head.id for head in freight.convoys()},
        "done": queries.tasks(open_only=False, done_since=request.now - timedelta(hours=SHIFT_H)),
        "late": {task.id for task in open_tasks if task.is_late(request.now)},
        "group": queries.working_group(),
        "calls": queries.calls(limit=20),
        "people": [login for login in log_ins(now=request.now) if login.is_active],
        "duties": list(Duty),
        "now": request.now,
        "may_write": request.actor.may_any(*WORKERS),
    }
    return render(request, "command/tasks.html", context)


def _do(request: PageRequest, act: str) -> None:
    if act == "add":
        tasks_.add_task(
            title=text_from(request, "title"),
            duty=choice_from(request, "duty", Duty, Duty.COMMAND),
            owner=uuid_or_none(request, "owner"),
            due_at=moment_from(request, "due_at"),
            actor=request.actor,
            now=request.now,
            request_id=uuid_from(request, "request_id"),
        )
        messages.success(request, _("The task is on the list."))
    elif act == "take":
        tasks_.take_task(task=uuid_from(request, "task"), actor=request.actor, now=request.now)
    elif act == "finish":
        tasks_.finish_task(
            task=uuid_from(request, "task"), outcome=text_from(request, "outcome"), actor=request.actor, now=request.now
        )
        messages.success(request, _("The task has ended."))
    elif act == "call":
        tasks_.log_call(
            whom=text_from(request, "whom"),
            about=text_from(request, "about"),
            outcome=text_from(request, "outcome"),
            task=uuid_or_none(request, "task"),
            actor=request.actor,
            now=request.now,
        )
        messages.success(request, _("The call is logged."))
    elif act == "join":
        tasks_.join_working_group(
            party=uuid_from(request, "party"),
            duty_text=text_from(request, "duty_text"),
            actor=request.actor,
            now=request.now,
        )


@page(*OFFICE)
def documents(request: PageRequest) -> HttpResponse:
    """What waits for this person's signature first, then the latest papers."""
    if request.method == "POST":
        document = uuid_from(request, "document")
        if request.POST.get("act") == "sign":
            documents_.sign(document=document, actor=request.actor, now=request.now)
            messages.success(request, _("Signed."))
        else:
            documents_.refuse(document=document, why=text_from(request, "why"), actor=request.actor, now=request.now)
            messages.success(request, _("Refused; the reason is on record."))
        return redirect(back(request))
    kind = request.GET.get("kind", "")[:KIND_MAX] or None
    shown = min(number_in(request, "shown", DOCUMENTS_STEP), DOCUMENTS_MAX)
    latest = queries.documents(kind=kind, limit=shown + 1)
    context = {
        "waiting": queries.pending_signatures(request.actor),
        "overdue": queries.signatures_overdue(request.now),
        "latest": latest[:shown],
        "more": shown + DOCUMENTS_STEP if len(latest) > shown else 0,
        "kind": kind,
    }
    return render(request, "command/documents.html", context)


def number_in(request: PageRequest, field: str, default: int) -> int:
    """A count in the address; `default` where it says none."""
    text = request.GET.get(field, "")
    return int(text) if text.isascii() and text.isdigit() and 0 < len(text) < 7 and int(text) else default


@page(*OFFICE)
def document(request: PageRequest, document: UUID) -> HttpResponse:
    view = queries.document(document)
    ids = papers.ids_in(view.body)
    names = {**item_names(), **party_names(ids)} if ids else {}
    if ids and view.kind in ORDER_PAPERS:
        names |= {one.id: one.title for one in baskets(ids=ids)}
    if view.kind == "TRUCK_LOAD":
        names[UUID(view.body["truck"])] = view.title
    context = {
        "document": view,
        "body": papers.readable(view.body, names),
        "events": queries.events(document=document, limit=100),
        "kept": queries.evidence_under([document]),
        "is_waybill": view.kind == "WAYBILL" and request.actor.may_any(*OFFICE),
        "may_sign": bool(queries.pending_signatures(request.actor, document=document)),
    }
    return render(request, "command/document.html", context)


@page(*OFFICE)
def shift(request: PageRequest) -> HttpResponse:
    """Made from the book: what changed in the last twelve hours, open promises, who is next."""
    until = request.now + timedelta(microseconds=1)  # what happened in this moment too
    change = queries.shift_change(request.now - timedelta(hours=SHIFT_H), until, seen_by=request.actor)
    return render(request, "command/shift.html", {"change": change, "promises_count": len(change.promises)})
