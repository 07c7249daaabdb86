"""What a page refused, asked about by somebody: kept as a task, with what came of it."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from baogong.journal import queries as journal_
from baogong.journal import services as journal
from baogong.kernel.actor import Duty
from baogong.ops.scenarios.stage import Stage


def ask_about(stage: Stage, name: str, title: str, outcome: str, *, by: str = "wu") -> UUID:
    """A task given, taken up and ended at once; asked again in a resumed play it is the same one."""
    actor = stage.actors[by]
    task = journal.add_task(
        title=title,
        duty=Duty.CLERK if by == "wu" else Duty.KEEPER,
        owner=actor.person_id,
        due_at=stage.now + timedelta(hours=4),
        actor=actor,
        now=stage.now,
        request_id=stage.request_id("ask", name),
    )
    if any(one.id == task for one in journal_.tasks(open_only=True)):
        journal.finish_task(task=task, outcome=outcome, actor=actor, now=stage.now)
    return task
