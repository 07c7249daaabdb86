"""`baogong crew …`: volunteers signed on and off, their hours put right by two, and summed."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import moment, moment_if, party, party_if, sure_id

crew = typer.Typer(help="Volunteers: on duty where, from when to when, for whom.", no_args_is_help=True)

TURNS = rows("person_name place_name party_name work start_at end_at minutes corrections is_void id")
TURN = sheet(
    "person_name place_name party_name work start_at end_at minutes on_by_name off_by_name corrections is_void id"
)
Shift = Annotated[str, typer.Argument(help="The shift's id, as `baogong crew list` shows it.")]
Since = Annotated[str | None, typer.Option(metavar="WHEN", help="From when.")]
Until = Annotated[str | None, typer.Option(metavar="WHEN", help="Until when.")]
Place = Annotated[str | None, typer.Option(help="Only here.")]


def register(app: typer.Typer) -> None:
    app.add_typer(crew, name="crew")


@reads(crew, "list", TURNS, example="baogong crew list --place 仙桃中转仓 --open")
def list_(
    look: Look,
    place: Place = None,
    person: Annotated[str | None, typer.Option(help="Only this one.")] = None,
    since: Since = None,
    until: Until = None,
    open_: Annotated[bool, typer.Option("--open", help="Only who is on duty now.")] = False,
) -> Any:
    """The newest first."""
    from baogong.crew.queries import shifts

    return shifts(
        places=[party(place)] if place else None,
        person=party_if(person),
        since=moment_if(since, look.now, "--since"),
        until=moment_if(until, look.now, "--until"),
        is_open=open_,
    )


@reads(
    crew,
    "hours",
    rows("person_name party_name shifts minutes"),
    example="baogong crew hours --place 仙桃中转仓 --since 2020-01-22",
)
def hours(look: Look, place: Place = None, since: Since = None, until: Until = None) -> Any:
    """Minutes by person and party; only what lies between counts."""
    from baogong.crew.queries import hours as summed
    from baogong.crew.queries import shifts

    start, end = moment_if(since, look.now, "--since"), moment_if(until, look.now, "--until")
    found = shifts(places=[party(place)] if place else None, since=start, until=end)
    return summed(found, since=start, until=end)


@writes(crew, "on", TURN, example="baogong crew on 李志愿 仙桃中转仓 --work 搬运 --for 东行商城 --as bao")
def on(
    desk: Desk,
    person: Annotated[str, typer.Argument(help="Who.")],
    place: Annotated[str, typer.Argument(help="Where.")],
    work: Annotated[str, typer.Option(help="What they do.")],
    for_: Annotated[str | None, typer.Option("--for", help="Whose volunteer.")] = None,
    start: Annotated[str | None, typer.Option(metavar="WHEN", help="From a paper list; now if not said.")] = None,
    end: Annotated[str | None, typer.Option(metavar="WHEN", help="From a paper list: a whole shift.")] = None,
) -> Any:
    """A volunteer is on duty."""
    from baogong.crew.queries import shift
    from baogong.crew.services import sign_on

    def signed_on() -> UUID:
        return sign_on(
            person=party(person, "PERSON"),
            place=party(place),
            party=party_if(for_),
            work=work,
            start_at=moment_if(start, desk.now, "--start"),
            end_at=moment_if(end, desk.now, "--end"),
            **desk.signed,
        )

    return shift(desk.once_made(signed_on))


@writes(crew, "off", TURN, example="baogong crew off 018f0000-0000-7000-8000-000000000001 --as bao")
def off(
    desk: Desk, shift: Shift, end: Annotated[str | None, typer.Option(metavar="WHEN", help="Now if not said.")] = None
) -> Any:
    """The volunteer goes home."""
    from baogong.crew.queries import shift as view_of
    from baogong.crew.services import sign_off

    about = sure_id(shift, "shift")
    desk.once(lambda: sign_off(shift=about, end_at=moment_if(end, desk.now, "--end"), actor=desk.actor, now=desk.now))
    return view_of(about)


@writes(
    crew,
    "correct",
    sheet("number title state", signatures="name at"),
    example="baogong crew correct 018f0000-0000-7000-8000-000000000001 --start '2020-01-22 08:00' "
    "--end '2020-01-22 12:00' --why 签到表为准 --as bao",
)
def correct(
    desk: Desk,
    shift: Shift,
    why: Annotated[str, typer.Option(help="Why.")],
    start: Annotated[str | None, typer.Option(metavar="WHEN", help="When it really began.")] = None,
    end: Annotated[str | None, typer.Option(metavar="WHEN", help="When it really ended.")] = None,
    never: Annotated[bool, typer.Option("--never", help="It never was.")] = False,
) -> Any:
    """Say what a shift really was; it holds once a second person has signed."""
    from baogong.crew.services import correct_shift
    from baogong.journal.queries import document

    def corrected() -> UUID:
        return correct_shift(
            shift=sure_id(shift, "shift"),
            start_at=None if never or not start else moment(start, desk.now, "--start"),
            end_at=None if never or not end else moment(end, desk.now, "--end"),
            why=why,
            **desk.signed,
        )

    return document(desk.once_made(corrected))
