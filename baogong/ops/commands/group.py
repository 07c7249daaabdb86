"""`baogong group …`: the working group, its watches, and what one shift leaves to the next."""

from __future__ import annotations

from datetime import timedelta
from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.actor import Duty
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import As, Desk, Look, actor_or_house, reads, writes
from baogong.ops.words import moment, party

group = typer.Typer(help="The working group: members, watches, the shift change.", no_args_is_help=True)

MEMBERS = rows("name duty_text joined_at tasks_open")
OFFICE = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.AUDITOR)
MEMBER_KINDS = ("PERSON", "TEAM", "ORGANISATION")

Name = Annotated[str, typer.Argument(metavar="PERSON", help="The person's name, or a team's.")]


def register(app: typer.Typer) -> None:
    app.add_typer(group, name="group")


@reads(group, "list", MEMBERS, example="baogong group list")
def list_(look: Look) -> Any:
    """Its members, the first to join first."""
    from baogong.journal.queries import working_group

    return working_group()


@reads(
    group,
    "shift",
    sheet(
        "since until waiting_lines",
        on_watch="name duty_text end_at",
        next_watch="name duty_text start_at end_at",
        tasks_open="title duty owner_name due_at",
        tasks_done="title owner_name done_at outcome",
        signatures_short="number title drawn_by_name drawn_at",
        overdue="number title drawn_by_name second_due_at",
        refused_in_force="number title ended_why",
        calls="at name whom about outcome",
        documents="number kind title drawn_by_name drawn_at",
    ),
    example="baogong group shift --hours 12 --as lin",
)
def shift(
    look: Look, hours: Annotated[int, typer.Option(min=1, max=240, help="How far back.")] = 12, as_: As = ""
) -> Any:
    """What the next shift has to know, made from the book: what changed, open promises, who is next."""
    from baogong.journal.queries import shift_change

    actor = actor_or_house(as_, look.now)
    actor.require(*OFFICE)
    return shift_change(look.now - timedelta(hours=hours), look.now, seen_by=actor)


@writes(group, "join", MEMBERS, example="baogong group join '录入 吴' --duty '找货、录表' --as lin")
def join(desk: Desk, name: Name, duty: Annotated[str, typer.Option(help="As the group words it.")]) -> Any:
    """Somebody belongs to the working group from now on."""
    from baogong.journal.queries import working_group
    from baogong.journal.services import join_working_group

    def joined() -> UUID:
        found = party(name, *MEMBER_KINDS)
        join_working_group(party=found, duty_text=duty, actor=desk.actor, now=desk.now)
        return found

    desk.once_made(joined)
    return {"items": working_group()}


@writes(group, "leave", MEMBERS, example="baogong group leave '录入 吴' --as lin")
def leave(desk: Desk, name: Name) -> Any:
    """Somebody leaves the working group."""
    from baogong.journal.queries import working_group
    from baogong.journal.services import leave_working_group

    def left() -> UUID:
        found = party(name, *MEMBER_KINDS)
        leave_working_group(party=found, actor=desk.actor, now=desk.now)
        return found

    desk.once_made(left)
    return {"items": working_group()}


@writes(
    group, "watch", rows("name duty_text start_at end_at"), example="baogong group watch '录入 吴' --until +8h --as lin"
)
def watch(
    desk: Desk,
    name: Name,
    until: Annotated[str, typer.Option(metavar="WHEN", help="On duty until.")],
    start: Annotated[str, typer.Option("--from", metavar="WHEN", help="On duty from.")] = "now",
) -> Any:
    """Say when a member is on duty; the same start again moves the end."""
    from baogong.journal.queries import watches
    from baogong.journal.services import set_watch

    def set_() -> UUID:
        found = party(name, *MEMBER_KINDS)
        set_watch(
            party=found,
            start_at=moment(start, desk.now, "--from"),
            end_at=moment(until, desk.now, "--until"),
            actor=desk.actor,
            now=desk.now,
        )
        return found

    desk.once_made(set_)
    return {"items": watches(since=desk.now - timedelta(days=1), until=desk.now + timedelta(days=14))}
