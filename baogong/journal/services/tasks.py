"""The working group: its members and watches, its tasks and the document each ends in, its calls."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.journal.locks import lock_row, lock_rows
from baogong.journal.mapping import content_hash
from baogong.journal.models import Call, Member, Task, Watch
from baogong.journal.queries.working_group import duties_of_tasks
from baogong.journal.services.documents import WRITERS
from baogong.journal.services.events import record, recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import BaogongError, Kind, NotFound, RequestIdReused, UnusableInput
from baogong.kernel.ids import derived_id, new_id
from baogong.people.services.access import require_somewhere


class TaskTaken(BaogongError):
    kind, code = Kind.CONFLICT, "journal.task-taken"


class TaskDone(BaogongError):
    kind, code = Kind.CONFLICT, "journal.task-done"


@transaction.atomic
@recorded("journal.task.added")
def add_task(
    *,
    title: str,
    duty: Duty,
    due_at: datetime,
    actor: Actor,
    now: datetime,
    request_id: UUID,
    owner: UUID | None = None,
    place: UUID | None = None,
    subject: UUID | None = None,
) -> UUID:
    """
    A task for one person, or for whoever of the duty takes it first. Returns its id. Raises RequestIdReused.

    place  for whoever has the duty there, and for command; None: the whole group's
    """
    require_somewhere(actor, *WRITERS)
    content = content_hash(title, duty, owner, due_at, subject, actor.person_id, *([place] if place else []))
    task = Task(
        id=new_id(),
        title=title,
        duty=duty.value,
        place_id=place,
        owner_id=owner,
        due_at=due_at,
        subject=subject,
        made_by_id=actor.person_id,
        made_at=now,
        taken_at=now if owner else None,
        request_id=request_id,
        content_hash=content,
    )
    Task.objects.bulk_create([task], ignore_conflicts=True)  # the same request at the same moment waits here
    kept = Task.objects.get(request_id=request_id)
    if bytes(kept.content_hash) != content:
        raise RequestIdReused(
            "This request added another task before; that one stands, this one was not added.",
            where=str(request_id),
            found=title,
            cure="Send the new task under a new request id.",
        )
    if kept.id == task.id:
        record(
            kind="journal.task.added",
            actor=actor,
            now=now,
            subject=subject,
            data={"task": str(kept.id), "title": title, "duty": duty, "due_at": due_at},
        )
    return kept.id


@transaction.atomic
@recorded("journal.task.taken")
def take_task(*, task: UUID, actor: Actor, now: datetime) -> None:
    """It is the actor's now. Raises TaskTaken where another was first, TaskDone, NotYourPlace (another duty's)."""
    row = lock_row(Task.objects.all(), task)
    _require_its_duty(row, actor)
    _refuse_done(row)
    if row.owner_id is not None and row.owner_id != actor.person_id:
        raise TaskTaken(
            f"Somebody else has taken “{row.title}”; nothing was changed.",
            where=str(task),
            cure="Ask them to hand it over, or take another task.",
        )
    row.owner_id, row.taken_at = actor.person_id, now
    row.save(update_fields=["owner", "taken_at"])
    record(kind="journal.task.taken", actor=actor, now=now, subject=row.subject, data={"task": str(task)})


@transaction.atomic
@recorded("journal.task.given")
def give_task(*, task: UUID, owner: UUID | None, due_at: datetime | None = None, actor: Actor, now: datetime) -> None:
    """Hand a task to another (None: back to the duty), or move its time. Its owner or command may."""
    row = lock_row(Task.objects.all(), task)
    _require_own(row, actor)
    _refuse_done(row)
    row.owner_id, row.taken_at = owner, now if owner else None
    row.due_at = due_at or row.due_at
    row.save(update_fields=["owner", "taken_at", "due_at"])
    data = {"task": str(task), "owner": owner, "due_at": row.due_at}
    record(kind="journal.task.given", actor=actor, now=now, subject=row.subject, data=data)


@transaction.atomic
@recorded("journal.task.finished")
def finish_task(*, task: UUID, actor: Actor, now: datetime, document: UUID | None = None, outcome: str = "") -> None:
    """
    The task ends, in a document or in a sentence. Its owner may, anyone of its duty where nobody owns it, and command.

    Raises TaskDone, NotYourPlace, UnusableInput (neither document nor outcome).
    """
    row = lock_row(Task.objects.all(), task)
    _require_own(row, actor)
    _refuse_done(row)
    if document is None and not outcome.strip():
        raise UnusableInput(
            f"“{row.title}” cannot end in nothing; it stays open.",
            where="outcome",
            expected="the document it ended in, or a sentence",
            cure="Say what came of it.",
        )
    _finish(row, actor=actor, now=now, document=document, outcome=outcome.strip())


def end_task(*, made_by: UUID, document: UUID, outcome: str, actor: Actor, now: datetime) -> None:
    """
    What a task was about turned out not to be so: it ends in the document that says it, drawn up by `actor`, who needs no
    duty of the task's. One that is finished stays as it is. Joins its caller's transaction.

    made_by  the request id under which the task was added
    """
    ids = Task.objects.filter(request_id=made_by).values_list("id", flat=True)
    for found in lock_rows(Task.objects.filter(done_at=None), ids):
        _finish(found, actor=actor, now=now, document=document, outcome=outcome)


@transaction.atomic
@recorded("journal.call.logged")
def log_call(
    *,
    whom: str,
    about: str,
    outcome: str,
    actor: Actor,
    now: datetime,
    task: UUID | None = None,
    request_id: UUID | None = None,
) -> UUID:
    """
    Whom one rang, what about, what came of it. Names a function or an office; numbers stay in the register.

    With a request id the same call sent twice is one.
    """
    require_somewhere(actor, *WRITERS)
    call = Call(
        id=derived_id("journal.call", request_id) if request_id else new_id(),
        at=now,
        person_id=actor.person_id,
        name=actor.name,
        whom=whom,
        about=about,
        outcome=outcome,
        task_id=task,
    )
    if request_id and Call.objects.filter(id=call.id).exists():
        return call.id
    call.save(force_insert=True)
    record(kind="journal.call.logged", actor=actor, now=now, data={"call": str(call.id), "task": task})
    return call.id


@transaction.atomic
@recorded("journal.group.joined")
def join_working_group(*, party: UUID, duty_text: str, actor: Actor, now: datetime) -> None:
    """A person or team belongs to the working group from now on; said again, the duty's wording changes."""
    actor.require(Duty.ADMIN, Duty.COMMAND)
    Member.objects.update_or_create(
        party_id=party,
        defaults={"duty_text": duty_text, "left_at": None},
        create_defaults={"duty_text": duty_text, "joined_at": now},
    )
    record(kind="journal.group.joined", actor=actor, now=now, subject=party, data={"duty_text": duty_text})


@transaction.atomic
@recorded("journal.group.left")
def leave_working_group(*, party: UUID, actor: Actor, now: datetime) -> None:
    """The member leaves. Raises NotFound."""
    actor.require(Duty.ADMIN, Duty.COMMAND)
    if Member.objects.filter(party=party, left_at=None).update(left_at=now) != 1:
        raise NotFound("Nobody of this name belongs to the working group.", where=str(party))
    record(kind="journal.group.left", actor=actor, now=now, subject=party)


@transaction.atomic
@recorded("journal.watch.set")
def set_watch(*, party: UUID, start_at: datetime, end_at: datetime, actor: Actor, now: datetime) -> None:
    """A member is on duty from `start_at` up to `end_at`; the same start again moves the end. Raises NotFound."""
    actor.require(Duty.ADMIN, Duty.COMMAND)
    if end_at <= start_at:
        raise UnusableInput(
            "A watch must end after it starts; nothing was set.",
            where="end_at",
            found=end_at,
            expected=f"after {start_at}",
        )
    if not Member.objects.filter(party=party, left_at=None).exists():
        raise NotFound(
            "This person does not belong to the working group; nothing was set.",
            where=str(party),
            cure="Let the person join it first.",
        )
    Watch.objects.update_or_create(
        member_id=party,
        start_at=start_at,
        defaults={"end_at": end_at},
        create_defaults={"id": new_id(), "end_at": end_at},
    )
    data = {"start_at": start_at, "end_at": end_at}
    record(kind="journal.watch.set", actor=actor, now=now, subject=party, data=data)


@recorded("journal.task.finished")
def _finish(row: Task, *, actor: Actor, now: datetime, document: UUID | None, outcome: str) -> None:
    row.done_at, row.done_by_id, row.document_id, row.outcome = now, actor.person_id, document, outcome
    row.save(update_fields=["done_at", "done_by", "document", "outcome"])
    record(
        kind="journal.task.finished",
        actor=actor,
        now=now,
        subject=row.subject,
        document=document,
        data={"task": str(row.id), "title": row.title, "late": now > row.due_at},
    )


def _require_own(task: Task, actor: Actor) -> None:
    """Raises NotYourPlace unless it is the actor's own, nobody's of their duty, or they command."""
    is_own = actor.person_id is not None and task.owner_id == actor.person_id
    if not is_own:
        if task.owner_id is None:
            _require_its_duty(task, actor)
        else:
            actor.require(Duty.COMMAND, at=task.place_id)


def _require_its_duty(task: Task, actor: Actor) -> None:
    """Raises NotYourPlace unless the task is free for one of the actor's duties, at its place if it has one, or they command."""
    if task.place_id is not None or Duty(task.duty) not in duties_of_tasks(actor):
        actor.require(Duty(task.duty), Duty.COMMAND, at=task.place_id)


def _refuse_done(task: Task) -> None:
    if task.done_at is not None:
        raise TaskDone(
            f"“{task.title}” is finished; nothing was changed.",
            where=str(task.id),
            found=task.outcome,
            cure="Add a new task.",
        )
