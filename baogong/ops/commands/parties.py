"""`baogong party …`: whoever can own, hold, give or receive, and the names they go by."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.actor import Duty
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import party as party_of

party = typer.Typer(help="Parties: organisations, sites, visiting teams, persons, vehicles.", no_args_is_help=True)

KINDS = ("ORGANISATION", "SITE", "TEAM", "PERSON", "VEHICLE")
REGISTRARS = (Duty.COMMAND, Duty.CLERK)
SHOWN = sheet("name name_en kind city note aliases nevers id")

Name = Annotated[str, typer.Argument(metavar="NAME", help="A name, an alias or an id.")]
KindOf = Annotated[str, typer.Option("--kind", help=f"One of {', '.join(KINDS)}.")]


def register(app: typer.Typer) -> None:
    app.add_typer(party, name="party")


@reads(party, "list", rows("name kind city aliases id"), example="baogong party list --kind TEAM")
def list_(
    look: Look,
    kind: Annotated[str | None, typer.Option("--kind", help=f"One of {', '.join(KINDS)}.")] = None,
    city: Annotated[str | None, typer.Option(help="With or without 市.")] = None,
) -> Any:
    """The register of parties, by name."""
    from baogong.people.queries.parties import parties

    return parties(kinds=[kind.upper()] if kind else None, city=city)


@reads(party, "show", SHOWN, example="baogong party show 武汉大学中南医院")
def show(look: Look, name: Name) -> Any:
    """One party: its names, and what must never mean it."""
    from baogong.people.queries.parties import party as view_of

    return view_of(party_of(name))


@reads(
    party,
    "resolve",
    sheet("status party.name party.id", candidates="party.name party.city score why party.id"),
    example="baogong party resolve 北京协和",
)
def resolve(
    look: Look,
    text: Annotated[str, typer.Argument(help="As somebody wrote it.")],
    city: Annotated[str, typer.Option(help="Where it is said to be.")] = "",
) -> Any:
    """Whom a text means: EXACT only for an equal name or alias; else those it may mean, for a person to choose."""
    from baogong.people.queries.parties import resolve as meaning_of

    return meaning_of(text, city=city)


@writes(party, "add", SHOWN, example="baogong party add 武汉大学校友会 --kind ORGANISATION --city 北京 --as wu")
def add(
    desk: Desk,
    name: Annotated[str, typer.Argument(help="The full name.")],
    kind: KindOf,
    city: Annotated[str, typer.Option(help="Tells parties of one name apart.")] = "",
    name_en: Annotated[str, typer.Option("--name-en", help="The name in English.")] = "",
    alias: Annotated[list[str] | None, typer.Option(help="Another way of writing it.")] = None,
) -> Any:
    """Register a party, or find the one of this kind, name and city."""
    from baogong.people.queries.parties import party as view_of
    from baogong.people.services.parties import register_party

    def registered() -> UUID:
        desk.actor.require(*REGISTRARS)
        return register_party(
            kind=kind.upper(),
            name=name,
            name_en=name_en,
            city=city,
            aliases=alias or (),
            now=desk.now,
            request_id=desk.request_id,
            confirmed_by=desk.actor.person_id,
        )

    return view_of(desk.once_made(registered))


@writes(party, "alias", SHOWN, example="baogong party alias 武汉大学中南医院 中南医院 --as wu")
def alias(
    desk: Desk,
    name: Name,
    text: Annotated[str, typer.Argument(help="The other way of writing it.")],
    never: Annotated[bool, typer.Option("--never", help="This text must never mean the party.")] = False,
) -> Any:
    """From now on this text means the party, or must never mean it."""
    from baogong.people.queries.parties import party as view_of
    from baogong.people.services import parties as services

    def said() -> UUID:
        desk.actor.require(*REGISTRARS)
        found = party_of(name)
        say = services.never_alias if never else services.add_alias
        say(party=found, text=text, now=desk.now, confirmed_by=desk.actor.person_id)
        return found

    return view_of(desk.once_made(said))
