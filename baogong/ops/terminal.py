"""
Who acts at the terminal: a command that writes bears a person's log-in and a request id, and is done once.

    @writes(freeze, "lift", SHOWN, example="baogong freeze lift FZ-0001 --reason … --as lin")
    def lift(desk: Desk, number: Number, reason: Reason) -> Any:

Whoever may open the book's folder may name any log-in: the operating system keeps that door. From there on everything
is as on the site: the duties and places of the log-in decide, two signatures are two log-ins', and every write leaves
beside its own event one that names the command and the account of the machine it was typed under.
"""

from __future__ import annotations

import getpass
import inspect
import os
import sys
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import datetime
from functools import wraps
from pathlib import Path
from typing import Annotated, Any, Concatenate, ParamSpec, TypeVar, get_type_hints
from uuid import UUID

import typer

from baogong.kernel.actor import Actor
from baogong.kernel.errors import UnusableInput
from baogong.kernel.ids import new_id
from baogong.ops.output import JsonFlag, say, show
from baogong.ops.runtime import runtime
from baogong.ops.tables import Human, plain

P = ParamSpec("P")
T = TypeVar("T")
C = TypeVar("C", bound=Callable[..., Any])

As = Annotated[
    str,
    typer.Option("--as", envvar="BAOGONG_AS", metavar="LOGIN", help="The log-in whose act it is.", show_default=False),
]
RequestId = Annotated[
    UUID | None,
    typer.Option(
        "--request-id",
        metavar="UUID",
        help="The command given again under the same id has one effect. Without one it gets a new id, which it prints.",
    ),
]


class NobodyActs(UnusableInput):
    """A write without a person, or in the name of one who may not be named here."""

    code = "ops.nobody-acts"


@dataclass(frozen=True, slots=True)
class Look:
    """A command that only reads, and its one reading of the clock."""

    now: datetime
    failed: list[bool] = field(default_factory=list)

    def fails(self) -> None:
        """What the command checks does not hold: it is printed all the same, and the program ends with 1."""
        self.failed.append(True)


@dataclass(frozen=True, slots=True)
class Desk:
    """A command that writes: the log-in, what it may do, the one reading of the clock, the request."""

    user: UUID
    actor: Actor
    now: datetime
    request_id: UUID
    command: str
    content: bytes

    @property
    def signed(self) -> dict[str, Any]:
        """What every service wants to know of its caller."""
        return {"actor": self.actor, "now": self.now, "request_id": self.request_id}

    def once(self, act: Callable[[], object]) -> None:
        """Carry the command out; given again under its id it does nothing. `act` looks names up itself."""

        def nothing_made() -> None:
            act()

        self._once(nothing_made)

    def once_made(self, act: Callable[[], UUID]) -> UUID:
        """As `once`, for what the answer is about: its id, also when the command is given again."""
        made = self._once(act)
        assert made is not None
        return made

    def once_told(self, act: Callable[[], T]) -> T:
        """As `once`, for a service that itself tells what it did when it is asked again."""
        told: list[T] = []
        self.once(lambda: told.append(act()))
        return told[0] if told else act()

    def _once(self, act: Callable[[], UUID | None]) -> UUID | None:
        from baogong.journal.services import record
        from baogong.journal.services.requests import once

        def act_and_tell() -> UUID | None:
            result = act()
            said = {"command": self.command, "account": _account(), "request": self.request_id}
            record(kind="ops.command.given", actor=self.actor, now=self.now, data=said)
            return result

        return once(request_id=self.request_id, content=self.content, act=act_and_tell, now=self.now)


def reads(
    app: typer.Typer, name: str, human: Human, *, example: str
) -> Callable[[Callable[Concatenate[Look, P], Any]], Callable[Concatenate[Look, P], Any]]:
    """Make a function that returns a view, or several, a command that prints it; `example` ends its help."""

    def wrap(command: Callable[Concatenate[Look, P], Any]) -> Callable[Concatenate[Look, P], Any]:
        @wraps(command)
        def inner(*, json: bool, **given: Any) -> None:
            with runtime().book():
                from baogong.journal.clock import current_clock

                look = Look(current_clock().now())
                document = _document(command(look, **given))  # type: ignore[call-arg]
            show(document, json, human)
            if look.failed:
                raise typer.Exit(1)

        _offer(app, name, command, inner, example, {"json": (JsonFlag, False)})
        return command

    return wrap


def writes(
    app: typer.Typer, name: str, human: Human, *, example: str
) -> Callable[[Callable[Concatenate[Desk, P], Any]], Callable[Concatenate[Desk, P], Any]]:
    """As `reads`, for a command that writes: it takes --as and --request-id, and its document names the request."""

    def wrap(command: Callable[Concatenate[Desk, P], Any]) -> Callable[Concatenate[Desk, P], Any]:
        @wraps(command)
        def inner(ctx: typer.Context, *, as_: str, request_id: UUID | None, json: bool, **given: Any) -> None:
            request = request_id or new_id()
            say(f"request {request}")  # before anything is done: whoever has to give the command again needs it
            words = ctx.command_path.partition(" ")[2]
            with runtime().book():
                document = _document(command(desk_of(as_, request, words, given), **given))  # type: ignore[call-arg]
            show({**document, "request_id": str(request)}, json, human)

        extra = {"as_": (As, ""), "request_id": (RequestId, None), "json": (JsonFlag, False)}
        _offer(app, name, command, inner, example, extra)
        return command

    return wrap


def desk_of(username: str, request_id: UUID, command: str, given: dict[str, Any]) -> Desk:
    """The desk of this log-in. Raises NobodyActs, people.UnknownLogin for one dismissed."""
    from baogong.journal.clock import current_clock
    from baogong.journal.mapping import content_hash

    now = current_clock().now()
    user, actor = actor_named(username, now)
    asked = {name: str(value) if isinstance(value, Path) else value for name, value in given.items()}
    return Desk(user, actor, now, request_id, command, content_hash("command", command, user, asked))


def actor_named(username: str, now: datetime) -> tuple[UUID, Actor]:
    """The log-in of this name and who it is at this moment. Raises NobodyActs, people.UnknownLogin."""
    from baogong.journal.queries import book_mark
    from baogong.people.queries.access import login_named
    from baogong.people.services.access import actor_of

    if not username.strip():
        raise NobodyActs(
            "This command asks whose act it is, and nobody is named. Nothing was done.",
            where="--as",
            expected="the name of a log-in",
            cure="Name yourself: --as LOGIN, or BAOGONG_AS for the whole session. `baogong login list` shows them.",
        )
    found = login_named(username, now)
    if found is None or (found.is_demo and not book_mark().is_drill):
        raise NobodyActs(
            f"This book has no log-in “{username}” that may act. Nothing was done.",
            where="--as",
            found=username,
            expected="the name of a log-in",
            cure="Look it up: `baogong login list`. An administrator adds one: `baogong login add`.",
        )
    return found.id, actor_of(found.id, now)


def actor_or_house(username: str, now: datetime) -> Actor:
    """
    The log-in's actor; without a name the house itself, while nobody could be named: before the first administrator.

    Raises NobodyActs, people.UnknownLogin.
    """
    from baogong.kernel.actor import THE_HOUSE
    from baogong.people.services.access import has_administrator

    if username.strip() or has_administrator(now):
        return actor_named(username, now)[1]
    return THE_HOUSE


def typed_apart(prompt: str, *, twice: bool = False) -> str:
    """What is never an argument: what stands in a command line stands in the machine's list of processes. From standard input."""
    if sys.stdin.isatty():
        typed: str = typer.prompt(prompt, hide_input=True, confirmation_prompt=twice, err=True)
        return typed
    return sys.stdin.readline().rstrip("\r\n")


def _offer(
    app: typer.Typer,
    name: str,
    command: Callable[..., Any],
    inner: Callable[..., None],
    example: str,
    extra: dict[str, tuple[Any, Any]],
) -> None:
    """Typer reads what a command takes from its signature: that of `command` without its desk, and what is shared."""
    hints = get_type_hints(command, include_extras=True)
    own = list(inspect.signature(command).parameters.values())[1:]
    parameters = [each.replace(annotation=hints[each.name], kind=inspect.Parameter.KEYWORD_ONLY) for each in own]
    parameters += [
        inspect.Parameter(key, inspect.Parameter.KEYWORD_ONLY, default=default, annotation=hint)
        for key, (hint, default) in extra.items()
    ]
    if "as_" in extra:
        parameters.insert(
            0, inspect.Parameter("ctx", inspect.Parameter.POSITIONAL_OR_KEYWORD, annotation=typer.Context)
        )
    inner.__signature__ = inspect.Signature(parameters)  # type: ignore[attr-defined]
    inner.__annotations__ = {each.name: each.annotation for each in parameters}
    del inner.__wrapped__  # type: ignore[attr-defined]  # its signature is not this one's
    app.command(name, epilog=f"Example: {example}")(inner)


def _document(answer: Any) -> dict[str, Any]:
    document = plain(answer)
    return {"items": document} if isinstance(document, list) else document


def _account() -> str:
    """Under which account of this machine the command was typed."""
    if behind := os.environ.get("SUDO_USER"):
        return behind
    try:
        return getpass.getuser()
    except (KeyError, OSError):
        return f"uid {os.getuid()}"
