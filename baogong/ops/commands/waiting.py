"""`baogong waiting …`: lines of imported lists that a person has to decide: near names, amounts in doubt."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import UnusableInput
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import As, Desk, Look, actor_or_house, reads, writes
from baogong.ops.words import only

waiting = typer.Typer(help="Lines of lists that wait for a person.", no_args_is_help=True)

READERS = (Duty.CLERK, Duty.COMMAND, Duty.KEEPER, Duty.AUDITOR)
LINES = "file_name where text found choices"
DECIDED = sheet("kind file_name state added matched unchanged", waiting="where found")


def register(app: typer.Typer) -> None:
    app.add_typer(waiting, name="waiting")


@reads(waiting, "list", rows(LINES), example="baogong waiting list --kind needs --as wu")
def list_(
    look: Look, kind: Annotated[str | None, typer.Option(help="Only lists of this kind.")] = None, as_: As = ""
) -> Any:
    """What waits for this person, the oldest list first, with what each line may mean."""
    from baogong.journal.queries import waiting_lines
    from baogong.people.services.access import require_somewhere

    seen_by = actor_or_house(as_, look.now)
    require_somewhere(seen_by, *READERS)

    return [
        {
            "line": each.id,
            "run": each.run,
            "kind": each.kind,
            "file_name": each.file_name,
            "since": each.since,
            "where": each.outcome.where,
            "text": each.outcome.text,
            "found": each.outcome.found,
            "cure": each.outcome.cure,
            "new_place": each.outcome.place_name if each.outcome.place else "",
            "candidates": [candidate.as_dict() for candidate in each.outcome.candidates],
            "choices": [f"{no} {candidate.text}" for no, candidate in enumerate(each.outcome.candidates, 1)],
        }
        for each in waiting_lines(kind, seen_by=seen_by)
    ]


@writes(
    waiting,
    "decide",
    DECIDED,
    example="baogong waiting decide A3 --file 41-needs.csv --candidate 1 --as wu",
)
def decide(
    desk: Desk,
    line: Annotated[str, typer.Argument(metavar="LINE", help="Where it stands in its file (A3), or its id.")],
    file: Annotated[str | None, typer.Option("--file", help="Of which file, where several lists wait.")] = None,
    candidate: Annotated[
        str | None,
        typer.Option(metavar="NO", help="It means this one, by its number or key; the name becomes an alias."),
    ] = None,
    new: Annotated[bool, typer.Option("--new", help="It is somebody, or something, new.")] = False,
    typed: Annotated[
        str | None, typer.Option("--typed", metavar="TEXT", help="In your own words: the room of a parcel without one.")
    ] = None,
    again: Annotated[bool, typer.Option("--again", help="Look it up anew, now that the book has it.")] = False,
    accept: Annotated[bool, typer.Option("--accept", help="It is right as it was read.")] = False,
    drop: Annotated[bool, typer.Option("--drop", help="Leave it out.")] = False,
    alike: Annotated[bool, typer.Option("--alike", help="All lines of the list that ask the same.")] = False,
) -> Any:
    """Decide a line in exactly one way; it is written at once."""
    from baogong.journal.queries import import_run
    from baogong.journal.services import imports

    said: dict[str, object] = {
        "candidate": candidate,
        "new": new,
        "typed": typed,
        "again": again,
        "accept": accept,
        "drop": drop,
    }
    choice = {name: value for name, value in said.items() if value}
    if len(choice) != 1:
        raise UnusableInput(
            "A waiting line is decided in exactly one way. Nothing was decided.",
            where="LINE",
            found=sorted(choice),
            expected="one of --candidate, --new, --typed, --again, --accept, --drop",
            cure="Give one of them.",
        )

    def decided() -> UUID:
        about = _line(line, file, desk.actor)
        if candidate is not None:
            choice["candidate"] = _key(about, candidate)
        return imports.resolve(line=about.id, choice=choice, alike=alike, actor=desk.actor, now=desk.now).id

    return _shown(import_run(desk.once_made(decided), seen_by=desk.actor))


@writes(
    waiting,
    "place",
    DECIDED,
    example="baogong waiting place A3 --file 41-gifts.csv --name 汉口北仓 --role WAREHOUSE --as wu",
)
def place(
    desk: Desk,
    line: Annotated[str, typer.Argument(metavar="LINE", help="Where it stands in its file (A3), or its id.")],
    role: Annotated[str, typer.Option(help="What goods do there: WAREHOUSE, HUB, PICKUP, STATION or RECEIVER.")],
    name: Annotated[str | None, typer.Option(help="Its name; without it, as the list has it.")] = None,
    city: Annotated[str, typer.Option(help="Its city.")] = "",
    file: Annotated[str | None, typer.Option("--file", help="Of which file, where several lists wait.")] = None,
) -> Any:
    """Register the new place that a line names; every line of the list that names it goes there."""
    from baogong.journal.queries import import_run
    from baogong.journal.services import imports

    def made() -> UUID:
        about = _line(line, file, desk.actor)
        view, _site, _count = imports.register_place(
            line=about.id,
            name=name or about.outcome.place_name,
            role=role.upper(),
            city=city,
            actor=desk.actor,
            now=desk.now,
        )
        return view.id

    return _shown(import_run(desk.once_made(made), seen_by=desk.actor))


def _shown(view: Any) -> dict[str, Any]:
    from baogong.engine.sheets.kinds import Status

    left = [each for each in view.lines if each.outcome.status is Status.WAITING]
    return {
        **view.summary,
        "id": view.id,
        "file_name": view.file_name,
        "state": view.state,
        "waiting": [
            {"line": each.id, "where": each.outcome.where, "found": each.outcome.found, "text": each.outcome.text}
            for each in left
        ],
    }


def _line(text: str, file: str | None, actor: Actor) -> Any:
    """By id, or by where it stands in its file."""
    from baogong.journal.queries import waiting_lines

    found = {
        f"{each.file_name} {each.outcome.where} {each.outcome.text} ({each.id})": each
        for each in waiting_lines(None, seen_by=actor)
        if text in (each.outcome.where, str(each.id)) and file in (None, each.file_name)
    }
    return only(found, "waiting line", text)


def _key(line: Any, candidate: str) -> str:
    """A candidate by its number in the list, or by its key."""
    keys: list[str] = [each.key for each in line.outcome.candidates]
    if candidate in keys:
        return candidate
    if candidate.isdecimal() and 0 < int(candidate) <= len(keys):
        return keys[int(candidate) - 1]
    raise UnusableInput(
        f"“{candidate}” is none of what this line may mean. Nothing was decided.",
        where="--candidate",
        found=candidate,
        expected=[f"{no} {each.text}" for no, each in enumerate(line.outcome.candidates, 1)],
        cure="Give one of the numbers, or --new.",
    )
