"""`baogong task …`: what the working group has to see to, and what came of it."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotFound, UnusableInput
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import As, Desk, Look, actor_named, reads, writes
from baogong.ops.words import key, moment, moment_if, only, party_if

task = typer.Typer(help="Tasks of the working group.", no_args_is_help=True)

LIST_MAX = 5_000
SHOWN = sheet("title duty place_name owner_name due_at made_at taken_at done_at outcome document_number id")

Which = Annotated[str, typer.Argument(metavar="TASK", help="Its title where one open task has it, or its id.")]


def register(app: typer.Typer) -> None:
    app.add_typer(task, name="task")


@reads(
    task,
    "list",
    rows("title duty place_name owner_name due_at done_at outcome id"),
    example="baogong task list --mine --as lin",
)
def list_(
    look: Look,
    every: Annotated[bool, typer.Option("--all", help="The finished ones too.")] = False,
    mine: Annotated[bool, typer.Option("--mine", help="Mine, and those free for one of my duties.")] = False,
    as_: As = "",
) -> Any:
    """The first due first."""
    from baogong.journal.queries import tasks

    if not mine:
        return tasks(not every, limit=LIST_MAX)
    _user, actor = actor_named(as_, look.now)
    return tasks(not every, seen_by=actor, limit=LIST_MAX)


@writes(task, "add", SHOWN, example="baogong task add '问仙桃市：有没有临时仓' --duty COMMAND --due +6h --as lin")
def add(
    desk: Desk,
    title: Annotated[str, typer.Argument(help="What is to be done.")],
    duty: Annotated[str, typer.Option(help=f"Whose: one of {', '.join(Duty)}.")],
    due: Annotated[str, typer.Option(metavar="WHEN", help="By when.")],
    owner: Annotated[str | None, typer.Option(help="The person; left out, whoever of the duty takes it.")] = None,
) -> Any:
    """A task for one person, or for whoever of a duty takes it first."""
    from baogong.journal.services import add_task

    def added() -> UUID:
        if duty.upper() not in list(Duty):
            raise UnusableInput(
                f"“{duty}” is no duty.", where="--duty", found=duty, expected=[each.value for each in Duty]
            )
        return add_task(
            title=title,
            duty=Duty(duty.upper()),
            due_at=moment(due, desk.now, "--due"),
            owner=party_if(owner, "PERSON"),
            **desk.signed,
        )

    return _task(desk.once_made(added))


@writes(task, "take", SHOWN, example="baogong task take '问仙桃市：有没有临时仓' --as lin")
def take(desk: Desk, which: Which) -> Any:
    """It is mine now."""
    from baogong.journal.services import take_task

    def taken() -> UUID:
        found = _open(which)
        take_task(task=found, actor=desk.actor, now=desk.now)
        return found

    return _task(desk.once_made(taken))


@writes(task, "give", SHOWN, example="baogong task give '问仙桃市：有没有临时仓' '复核 赵' --as lin")
def give(
    desk: Desk,
    which: Which,
    owner: Annotated[str | None, typer.Argument(help="To whom; left out, back to the duty.")] = None,
    due: Annotated[str | None, typer.Option(metavar="WHEN", help="Another time.")] = None,
) -> Any:
    """Hand a task to another person, or back to its duty."""
    from baogong.journal.services import give_task

    def given() -> UUID:
        found = _open(which)
        give_task(
            task=found,
            owner=party_if(owner, "PERSON"),
            due_at=moment_if(due, desk.now, "--due"),
            actor=desk.actor,
            now=desk.now,
        )
        return found

    return _task(desk.once_made(given))


@writes(task, "end", SHOWN, example="baogong task end '问仙桃市：有没有临时仓' --outcome '有，三个月台' --as lin")
def end(
    desk: Desk,
    which: Which,
    outcome: Annotated[str, typer.Option(help="What came of it, in a sentence.")] = "",
    document: Annotated[str | None, typer.Option(help="Or the document it ended in, by number.")] = None,
) -> Any:
    """The task ends, in a document or in a sentence."""
    from baogong.journal.queries import document as view_of
    from baogong.journal.services import finish_task

    def ended() -> UUID:
        found = _open(which)
        paper = view_of(key(document)).id if document else None
        finish_task(task=found, document=paper, outcome=outcome, actor=desk.actor, now=desk.now)
        return found

    return _task(desk.once_made(ended))


@writes(
    task,
    "call",
    sheet("whom about outcome name at id"),
    example="baogong task call 仙桃市商务局 --about 临时仓 --outcome '有，明早看' --as lin",
)
def call(
    desk: Desk,
    whom: Annotated[str, typer.Argument(help="The office or function that was rung; never a number.")],
    about: Annotated[str, typer.Option(help="What about.")],
    outcome: Annotated[str, typer.Option(help="What came of it.")],
    which: Annotated[str | None, typer.Option("--task", help="The task it was for.")] = None,
) -> Any:
    """Write a telephone call down."""
    from baogong.journal.queries import calls
    from baogong.journal.services import log_call

    def logged() -> UUID:
        return log_call(whom=whom, about=about, outcome=outcome, task=_open(which) if which else None, **desk.signed)

    made = desk.once_made(logged)
    return next(each for each in calls(limit=LIST_MAX) if each.id == made)


def _open(which: str) -> UUID:
    from baogong.journal.queries import tasks

    try:
        return UUID(which)
    except ValueError:
        found = {
            f"{each.id} {each.title}": each.id
            for each in tasks(limit=LIST_MAX)
            if which in (each.title, *_halves(each))
        }
        return only(found, "open task", which)


def _halves(each: Any) -> list[str]:
    """A task the house made is titled in two languages."""
    return [half.strip() for half in each.title.split(" · ")]


def _task(found: UUID) -> Any:
    from baogong.journal.queries import tasks

    for each in tasks(False, limit=LIST_MAX):
        if each.id == found:
            return each
    raise NotFound("There is no such task.", where=str(found))
