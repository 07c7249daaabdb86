"""`baogong crew …`: called, listed, passed, mustered, answered for; volunteers signed on and off, their hours summed."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.errors import UnusableInput
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import moment, moment_if, only, party, party_if, sure_id

crew = typer.Typer(
    help="Couriers and volunteers: called, listed, passed, mustered; on duty where, from when to when.",
    no_args_is_help=True,
)

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


CALL = sheet(
    "title place_name works people_count closes_at muster_at muster_where is_open signed_count listed_count id"
)
MUSTER = rows("name employer_name state works pass_code pass_state missing why")
PASSES = rows("code name state from_at until_at why")
AtPlace = Annotated[str, typer.Argument(help="The place's name.")]
OfCall = Annotated[str, typer.Argument(help="The call's title or id, as `baogong crew calls` shows it.")]
Names = Annotated[list[str] | None, typer.Argument(help="Who; all that wait if nobody is named.")]


@reads(
    crew,
    "calls",
    rows("title place_name muster_at muster_where people_count signed_count listed_count passes_count is_open id"),
    example="baogong crew calls --place 酒仙桥街道",
)
def calls_(look: Look, place: Place = None) -> Any:
    """Calls for people, the newest muster first."""
    from baogong.crew.queries import calls

    return calls(places=[party(place)] if place else None, now=look.now)


@writes(
    crew,
    "call",
    CALL,
    example="baogong crew call 酒仙桥街道 志愿者招募 --work DELIVER --people 40 --closes '2022-04-12 22:00' "
    "--muster '2022-04-13 05:00' --where 南门 --as lin",
)
def call_(
    desk: Desk,
    place: AtPlace,
    title: Annotated[str, typer.Argument(help="What is called for, in a few words.")],
    work: Annotated[list[str], typer.Option(help="DELIVER, KEEP_ORDER …; may be given again.")],
    people: Annotated[int, typer.Option(min=1, help="How many are wanted.")],
    closes: Annotated[str, typer.Option(metavar="WHEN", help="When the list closes.")],
    muster: Annotated[str, typer.Option(metavar="WHEN", help="When they come together.")],
    where: Annotated[str, typer.Option(help="Where they come together.")],
    note: Annotated[str, typer.Option(help="What else they should know.")] = "",
) -> Any:
    """So many people are wanted; the link at which they sign up is made on the call's page."""
    from baogong.crew.queries import call
    from baogong.crew.services import open_call

    def opened() -> UUID:
        return open_call(
            place=party(place),
            title=title,
            works=work,
            people_count=people,
            closes_at=moment(closes, desk.now, "--closes"),
            muster_at=moment(muster, desk.now, "--muster"),
            muster_where=where,
            note=note,
            **desk.signed,
        )

    return call(desk.once_made(opened), now=desk.now)


@writes(crew, "close", CALL, example="baogong crew close 志愿者招募 --as lin")
def close(desk: Desk, call: OfCall) -> Any:
    """Nobody signs up any more."""
    from baogong.crew.queries import call as view_of
    from baogong.crew.services import close_call

    about = _call(call, desk.now)
    desk.once(lambda: close_call(call=about, actor=desk.actor, now=desk.now))
    return view_of(about, now=desk.now)


@reads(crew, "muster", MUSTER, example="baogong crew muster 志愿者招募")
def muster_(look: Look, call: OfCall) -> Any:
    """Who answered, who is on the list, whose pass is granted, and what each still lacks at the muster."""
    return _answers(_call(call, look.now), look.now)


@writes(crew, "enlist", MUSTER, example="baogong crew enlist 志愿者招募 赵一 钱二 --as lin")
def enlist(desk: Desk, call: OfCall, names: Names = None) -> Any:
    """These are on the list; all who wait if nobody is named."""
    from baogong.crew.services import list_up

    about = _call(call, desk.now)
    desk.once(lambda: list_up(sign_ups=_chosen(about, names, "SIGNED", desk.now), actor=desk.actor, now=desk.now))
    return {"items": _answers(about, desk.now)}


@writes(crew, "decline", MUSTER, example="baogong crew decline 志愿者招募 孙三 --why 名额已满 --as lin")
def decline_(
    desk: Desk,
    call: OfCall,
    names: Annotated[list[str], typer.Argument(help="Who.")],
    why: Annotated[str, typer.Option(help="The reason, as they read it.")],
) -> Any:
    """These are not on the list."""
    from baogong.crew.services import decline

    about = _call(call, desk.now)
    desk.once(lambda: decline(sign_ups=_chosen(about, names, "", desk.now), why=why, actor=desk.actor, now=desk.now))
    return {"items": _answers(about, desk.now)}


@writes(crew, "withdraw", MUSTER, example="baogong crew withdraw 志愿者招募 孙三 --why 发烧 --as lin")
def withdraw(
    desk: Desk,
    call: OfCall,
    name: Annotated[str, typer.Argument(help="Who.")],
    why: Annotated[str, typer.Option(help="Why.")] = "",
) -> Any:
    """Somebody does not come after all: what was planned for them shows as uncovered."""
    from baogong.crew.services import withdraw_sign_up

    about = _call(call, desk.now)

    def withdrawn() -> None:
        (chosen,) = _chosen(about, [name], "", desk.now)
        withdraw_sign_up(sign_up=chosen, why=why, actor=desk.actor, now=desk.now)

    desk.once(withdrawn)
    return {"items": _answers(about, desk.now)}


@writes(
    crew,
    "pass",
    PASSES,
    example="baogong crew pass 志愿者招募 --from '2022-04-13 00:00' --until '2022-04-16 00:00' --as lin",
)
def pass_(
    desk: Desk,
    call: OfCall,
    start: Annotated[str | None, typer.Option("--from", metavar="WHEN", help="Granted from then.")] = None,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="Granted until then.")] = None,
    refused: Annotated[str, typer.Option(metavar="WHY", help="The authority refuses those that wait.")] = "",
) -> Any:
    """
    Apply for the passes of everybody on the list; with --from and --until they are granted, with --refused not.
    """
    from baogong.crew import services
    from baogong.crew.queries import call as view_of
    from baogong.crew.queries import passes

    about = view_of(_call(call, desk.now), now=desk.now)
    if (start is None) != (until is None) or (start and refused):
        raise UnusableInput(
            "A pass is granted from one moment until another, or it is refused. Nothing was done.",
            where="--from, --until, --refused",
            found=f"{start or ''} {until or ''} {refused}".strip(),
            expected="--from and --until, or --refused, or none of them",
            cure="Write both moments, or only the refusal.",
        )

    def applied() -> None:
        act: dict[str, Any] = {"actor": desk.actor, "now": desk.now}
        listed = [each.person for each in _sign_ups(about.id, desk.now) if each.state == "LISTED"]
        made = services.apply_for_pass(place=about.place, persons=listed, call=about.id, **act)
        waiting = [each.id for each in passes(ids=made) if each.state == "APPLIED"]
        if start and until:
            services.grant_pass(
                passes=waiting,
                from_at=moment(start, desk.now, "--from"),
                until_at=moment(until, desk.now, "--until"),
                **act,
            )
        elif refused:
            services.refuse_pass(passes=waiting, why=refused, **act)

    desk.once(applied)
    people = {each.person for each in _sign_ups(about.id, desk.now) if each.state == "LISTED"}
    return {"items": [each for each in passes(place=about.place) if each.person in people]}


@writes(crew, "revoke", PASSES, example="baogong crew revoke 酒仙桥街道 K7M2QX --why 名单更正 --as lin")
def revoke(
    desk: Desk,
    place: AtPlace,
    code: Annotated[str, typer.Argument(help="The pass's code.")],
    why: Annotated[str, typer.Option(help="Why.")],
) -> Any:
    """A granted pass ends now; who is inside shows as lapsed."""
    from baogong.crew.queries import passes
    from baogong.crew.services import revoke_pass

    held = only(
        {each.code: each.id for each in passes(place=party(place)) if each.code == code.strip().upper()},
        "pass",
        code,
        "Look at the list: `baogong crew muster CALL`.",
    )
    desk.once(lambda: revoke_pass(pass_id=held, why=why, actor=desk.actor, now=desk.now))
    return {"items": passes(ids=[held])}


@reads(crew, "board", rows("name"), example="baogong crew board 酒仙桥街道")
def board(look: Look, place: AtPlace) -> Any:
    """Everybody who has to be answered for at the place now: inside, or planned."""
    from baogong.crew.queries import expected

    return [{"person": person, "name": name} for person, name in expected(party(place), look.now).items()]


@writes(
    crew,
    "roll",
    sheet("place at counts id"),
    example="baogong crew roll 酒仙桥街道 --absent 孙三 --rest PRESENT --as gao",
)
def roll(
    desk: Desk,
    place: AtPlace,
    present: Annotated[list[str] | None, typer.Option(help="Who is there; may be given again.")] = None,
    absent: Annotated[list[str] | None, typer.Option(help="Who is not.")] = None,
    excused: Annotated[list[str] | None, typer.Option(help="Who is excused.")] = None,
    rest: Annotated[str, typer.Option(help="PRESENT, ABSENT or EXCUSED for everybody else expected.")] = "",
    call: Annotated[str | None, typer.Option(help="At this call's muster.")] = None,
) -> Any:
    """Call the roll: everybody expected has an answer, or nothing is written."""
    from baogong.crew.queries import expected, roll_call
    from baogong.crew.services import call_roll

    def called() -> UUID:
        at, of = party(place), _call(call, desk.now) if call else None
        answers = dict.fromkeys(expected(at, desk.now, call=of), rest.upper()) if rest else {}
        for answer, names in (("PRESENT", present), ("ABSENT", absent), ("EXCUSED", excused)):
            answers |= {party(name, "PERSON"): answer for name in names or ()}
        return call_roll(place=at, call=of, answers=answers, **desk.signed)

    return roll_call(desk.once_made(called))


def _call(text: str, now: Any) -> UUID:
    """The call of this id, or the only one of this title. Raises NotFound, UnusableInput."""
    from baogong.crew.queries import calls

    found = {str(each.id): each for each in calls(now=now)}
    if text in found:
        return found[text].id
    return only({key: each.id for key, each in found.items() if each.title == text.strip()}, "call", text)


def _sign_ups(call: UUID, now: Any, *, with_fitness: bool = False) -> Any:
    from baogong.crew.queries import sign_ups

    return sign_ups(call, now=now, with_fitness=with_fitness)


def _answers(call: UUID, now: Any) -> list[dict[str, Any]]:
    """Everybody who answered, with what they still lack in words; no telephone."""
    from baogong.ops.tables import plain

    return [
        {**plain(each), "missing": [reason.text_en for reason in each.fitness.reasons] if each.fitness else []}
        for each in _sign_ups(call, now, with_fitness=True)
    ]


def _chosen(call: UUID, names: list[str] | None, state: str, now: Any) -> list[UUID]:
    """The sign-ups of these people, or of all in this state if nobody is named."""
    found = _sign_ups(call, now)
    if not names:
        return [each.id for each in found if each.state == state]
    by_person = {each.person: each.id for each in found}
    return [
        only({name: by_person[person]} if (person := party(name, "PERSON")) in by_person else {}, "sign-up", name)
        for name in names
    ]
