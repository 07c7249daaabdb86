"""`baogong tower …`: what is late, runs out, is too much or at risk; alerts, and how the watch is kept."""

from __future__ import annotations

from datetime import time
from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.errors import UnusableInput
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes

tower = typer.Typer(help="The tower: what needs somebody now.", no_args_is_help=True)

SHOWN = sheet("kind said_zh state is_grave since duty owner_name taken_at closed_at closed_why id")
RULE = sheet("quiet_from quiet_until escalates_after_s grave_escalates_after_s is_quiet")
Which = Annotated[str, typer.Argument(metavar="ALERT", help="Its id, or the beginning of it that only one open has.")]


def register(app: typer.Typer) -> None:
    app.add_typer(tower, name="tower")


@reads(tower, "board", rows("kind said_zh is_grave since alert"), example="baogong tower board")
def board(look: Look) -> Any:
    """Everything that needs somebody, as it stands now; its alert is made by the next minute."""
    from baogong.tower import causes, queries
    from baogong.tower.words import in_words, names_in

    found = causes.standing(look.now)
    names, known = names_in([each.facts for each in found]), queries.alerts_by_cause([each.key for each in found])
    return [
        {
            "kind": each.kind.value,
            "said_zh": in_words(each.kind, each.facts, names, is_chinese=True),
            "said_en": in_words(each.kind, each.facts, names, is_chinese=False),
            "is_grave": each.is_grave,
            "since": (known[each.key].since if each.key in known else each.since).isoformat(),
            "alert": str(known[each.key].id) if each.key in known else None,
        }
        for each in found
    ]


@reads(tower, "list", rows("kind said_zh state is_grave since duty owner_name id"), example="baogong tower list")
def list_(
    look: Look, closed: Annotated[bool, typer.Option("--closed", help="The closed ones, the last first.")] = False
) -> Any:
    """Open alerts, the gravest first."""
    from baogong.tower import queries

    return [_told(each) for each in queries.alerts(is_open=not closed)]


@reads(tower, "show", RULE, example="baogong tower show")
def show(look: Look) -> Any:
    """How the watch is kept: quiet hours, and when an alert goes to the next duty."""
    return _rule(look.now)


@writes(
    tower,
    "recount",
    sheet("opened graver escalated closed told"),
    example="baogong tower recount --as lin",
)
def recount(desk: Desk) -> Any:
    """Look at everything now instead of at the next minute."""
    from baogong.kernel.actor import Duty
    from baogong.tower import services

    made: list[Any] = []

    def counted() -> None:
        desk.actor.require(Duty.COMMAND, Duty.APPROVER, Duty.CLERK)
        made.append(services.recount(now=desk.now))

    desk.once(counted)
    return made[0] if made else services.Recount()


@writes(tower, "take", SHOWN, example="baogong tower take 0190f5a2 --as lin")
def take(desk: Desk, which: Which) -> Any:
    """I see to it from now on, also where another did."""
    from baogong.tower import services

    def taken() -> UUID:
        found = _named(which)
        services.take_alert(alert=found, actor=desk.actor, now=desk.now)
        return found

    return _alert(desk.once_made(taken))


@writes(tower, "close", SHOWN, example="baogong tower close 0190f5a2 --why '车找到了' --as lin")
def close(desk: Desk, which: Which, why: Annotated[str, typer.Option(help="What was done about it.")]) -> Any:
    """Nothing more is to be done about it; while its cause stands it is not told again."""
    from baogong.tower import services

    def closed() -> UUID:
        found = _named(which)
        services.close_alert(alert=found, why=why, actor=desk.actor, now=desk.now)
        return found

    return _alert(desk.once_made(closed))


@writes(
    tower, "quiet", RULE, example="baogong tower quiet --from 22:00 --until 06:30 --after 30 --grave-after 10 --as lin"
)
def quiet(
    desk: Desk,
    from_: Annotated[
        str, typer.Option("--from", metavar="HH:MM", help="When quiet begins; left out, there is none.")
    ] = "",
    until: Annotated[str, typer.Option(metavar="HH:MM", help="When it ends.")] = "",
    after: Annotated[int, typer.Option(metavar="MINUTES", help="Until an alert goes to the next duty.")] = 30,
    grave_after: Annotated[int, typer.Option(metavar="MINUTES", help="The same where it is grave.")] = 10,
) -> Any:
    """In quiet hours only the gravest is sent, the rest when they are over."""
    from baogong.tower import services

    def kept() -> None:
        services.set_watch_rule(
            quiet_from=_time(from_, "--from"),
            quiet_until=_time(until, "--until"),
            escalates_after_s=60 * after,
            grave_escalates_after_s=60 * grave_after,
            actor=desk.actor,
            now=desk.now,
        )

    desk.once(kept)
    return _rule(desk.now)


def _time(text: str, where: str) -> time | None:
    if not text.strip():
        return None
    try:
        return time.fromisoformat(text.strip())
    except ValueError:
        raise UnusableInput(
            f"“{text}” is no time of the day. Nothing was changed.", where=where, found=text, expected="22:00"
        ) from None


def _rule(now: Any) -> dict[str, Any]:
    from baogong.tower import queries

    rule = queries.watch_rule()
    return {
        "quiet_from": rule.quiet_from.isoformat("minutes") if rule.quiet_from else None,
        "quiet_until": rule.quiet_until.isoformat("minutes") if rule.quiet_until else None,
        "escalates_after_s": rule.escalates_after_s,
        "grave_escalates_after_s": rule.grave_escalates_after_s,
        "is_quiet": queries.is_quiet(rule, now),
    }


def _named(which: str) -> UUID:
    """Raises UnusableInput where none or several open ones begin so."""
    from baogong.tower import queries

    try:
        return UUID(which)
    except ValueError:
        found = [each.id for each in queries.alerts() if which and str(each.id).startswith(which.lower())]
        if len(found) == 1:
            return found[0]
        raise UnusableInput(
            f"“{which}” names no single open alert. Nothing was changed.",
            where="ALERT",
            found=len(found),
            expected="an id that `baogong tower list` shows",
            cure="Type more of the id.",
        ) from None


def _alert(found: UUID) -> dict[str, Any]:
    from baogong.tower import queries

    return _told(queries.alert(found))


def _told(each: Any) -> dict[str, Any]:
    from baogong.ops.tables import plain
    from baogong.tower.words import in_words, names_in

    names = names_in([each.facts])
    said = {
        "said_zh": in_words(each.kind, each.facts, names, is_chinese=True),
        "said_en": in_words(each.kind, each.facts, names, is_chinese=False),
    }
    shown: dict[str, Any] = plain(each)
    return shown | said
