"""`baogong login …`: who may act, with which duties, where."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.actor import Duty
from baogong.kernel.errors import BaogongError, Kind, UnusableInput
from baogong.ops.output import JsonFlag, show
from baogong.ops.runtime import runtime
from baogong.ops.tables import plain, rows, sheet
from baogong.ops.terminal import Desk, Look, reads, typed_apart, writes
from baogong.ops.words import moment_if, party

login = typer.Typer(help="Log-ins and duties: who may do what, where.", no_args_is_help=True)

LIST = rows("username name may is_active is_demo")
SHOWN = sheet("username name language is_active is_demo", duties="duty at_name from_at until_at")
PLACES = ("ORGANISATION", "SITE", "VEHICLE")

Username = Annotated[str, typer.Argument(metavar="LOGIN", help="The log-in's name.")]
Name = Annotated[str, typer.Option("--name", help="The person's name.")]
Duties = Annotated[
    list[str],
    typer.Option("--duty", metavar="DUTY[@PLACE]", help=f"One of {', '.join(Duty)}; everywhere, or at a place."),
]
OneDuty = Annotated[str, typer.Argument(metavar="DUTY[@PLACE]", help=f"One of {', '.join(Duty)}; at a place.")]


class AdministratorThere(BaogongError):
    """The first administrator is made once; later log-ins are made by one."""

    kind, code = Kind.CONFLICT, "ops.administrator-there"


def register(app: typer.Typer) -> None:
    app.add_typer(login, name="login")


@reads(login, "list", LIST, example="baogong login list")
def list_(look: Look) -> Any:
    """Everybody with a log-in, with the duties that run now; the dismissed ones too."""
    from baogong.people.queries.access import log_ins

    return [
        {**plain(each), "may": [f"{held.duty}@{held.at_name}" if held.at else held.duty.value for held in each.duties]}
        for each in log_ins(now=look.now)
    ]


@reads(login, "show", SHOWN, example="baogong login show lin")
def show_(look: Look, username: Username) -> Any:
    """One log-in and its duties."""
    from baogong.people.queries.access import login_named

    found = login_named(username, look.now)
    if found is None:
        raise _unknown(username)
    return found


@login.command("first", epilog="Example: baogong login first lin --name 林")
def first(username: Username, name: Name, json: JsonFlag = False) -> None:
    """
    Make the first administrator, who may also command and enter lists; only where there is none yet.

    The password is typed twice, or it is the first line of standard input.
    """
    with runtime().book():
        from django.db import transaction

        from baogong.journal.clock import current_clock
        from baogong.people.queries.access import login as login_of
        from baogong.people.services import links

        now, secret = current_clock().now(), typed_apart("Password", twice=True)
        with transaction.atomic():
            token = links.first_administrator_link(now=now)
            if token is None:
                raise AdministratorThere(
                    "There is an administrator already; no log-in was made.",
                    where=username,
                    cure="Let an administrator add it: `baogong login add`.",
                )
            made = links.become_first_administrator(token=token, name=name, username=username, password=secret, now=now)
        document = plain(login_of(made, now))
    show(document, json, SHOWN)


@writes(login, "add", SHOWN, example="baogong login add bao --name 鲍 --duty KEEPER@仙桃中转仓 --as admin")
def add(
    desk: Desk,
    username: Username,
    name: Name,
    duty: Duties,
    language: Annotated[str, typer.Option(help="zh-hans or en: the site's language for this person.")] = "zh-hans",
) -> Any:
    """A new person with a log-in. The password is typed twice, or is the first line of standard input."""
    from baogong.people.services.access import make_login

    secret = typed_apart("Password", twice=True)

    def made() -> UUID:
        return make_login(
            name=name,
            username=username,
            password=secret,
            duties=[_duty(each) for each in duty],
            language=language,
            actor=desk.actor,
            now=desk.now,
        )

    return _login(desk, desk.once_made(made))


@writes(login, "give", SHOWN, example="baogong login give bao KEEPER@仙桃中转仓 --as admin")
def give(
    desk: Desk,
    username: Username,
    duty: OneDuty,
    until: Annotated[str | None, typer.Option(metavar="WHEN", help="When the duty ends by itself.")] = None,
) -> Any:
    """Give a log-in a duty, everywhere or at a place."""
    from baogong.people.services.access import give_duty

    def given() -> UUID:
        code, at = _duty(duty)
        user = _user(desk, username)
        until_at = moment_if(until, desk.now, "--until")
        give_duty(user=user, duty=code, at=at, until_at=until_at, actor=desk.actor, now=desk.now)
        return user

    return _login(desk, desk.once_made(given))


@writes(login, "end", SHOWN, example="baogong login end bao KEEPER@仙桃中转仓 --as admin")
def end(desk: Desk, username: Username, duty: OneDuty) -> Any:
    """End a duty, where it was given."""
    from baogong.people.services.access import end_duty

    def ended() -> UUID:
        code, at = _duty(duty)
        user = _user(desk, username)
        end_duty(user=user, duty=code, at=at, actor=desk.actor, now=desk.now)
        return user

    return _login(desk, desk.once_made(ended))


@writes(login, "password", SHOWN, example="baogong login password bao --as admin")
def password(desk: Desk, username: Username) -> Any:
    """A new password; every open session of the log-in ends. Typed twice, or the first line of standard input."""
    from baogong.people.services.access import change_password

    secret = typed_apart("Password", twice=True)

    def changed() -> UUID:
        user = _user(desk, username)
        change_password(user=user, password=secret, actor=desk.actor, now=desk.now)
        return user

    return _login(desk, desk.once_made(changed))


@writes(login, "dismiss", SHOWN, example="baogong login dismiss bao --as admin")
def dismiss(desk: Desk, username: Username) -> Any:
    """Close a log-in: its duties, sessions and tokens end at once."""
    from baogong.people.services.access import dismiss as end_all

    def dismissed() -> UUID:
        user = _user(desk, username)
        end_all(user=user, actor=desk.actor, now=desk.now)
        return user

    return _login(desk, desk.once_made(dismissed))


def _login(desk: Desk, user: UUID) -> Any:
    from baogong.people.queries.access import login as login_of

    return login_of(user, desk.now)


def _user(desk: Desk, username: str) -> UUID:
    from baogong.people.queries.access import login_named

    found = login_named(username, desk.now)
    if found is None:
        raise _unknown(username)
    return found.id


def _unknown(username: str) -> BaogongError:
    return UnusableInput(
        f"There is no log-in “{username}”. Nothing was done.",
        where="LOGIN",
        found=username,
        cure="Look it up: `baogong login list`.",
    )


def _duty(text: str) -> tuple[Duty, UUID | None]:
    code, _at, place = text.partition("@")
    try:
        duty = Duty(code.strip().upper())
    except ValueError:
        raise UnusableInput(
            f"“{code}” is no duty of this house. Nothing was done.",
            where="DUTY",
            found=code,
            expected=[each.value for each in Duty],
            cure="Choose one of these; behind @ stands the place.",
        ) from None
    return duty, party(place, *PLACES) if place else None
