"""`baogong document …`: papers with a number and one or two signatures."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import As, Desk, Look, actor_named, reads, writes
from baogong.ops.words import key

document = typer.Typer(help="Documents and their signatures.", no_args_is_help=True)

SHOWN = sheet(
    "number kind title state drawn_by_name drawn_at was_alone second_due_at ended_at ended_why id", signatures="name at"
)

Number = Annotated[str, typer.Argument(metavar="DOCUMENT", help="Its number (PA-0001) or id.")]


def register(app: typer.Typer) -> None:
    app.add_typer(document, name="document")


@reads(
    document,
    "list",
    rows("number kind title state drawn_by_name drawn_at second_due_at"),
    example="baogong document list --mine --as mei",
)
def list_(
    look: Look,
    kind: Annotated[str | None, typer.Option(help="FREEZE, WAYBILL, GRN, PLAN_APPROVAL …")] = None,
    state: Annotated[str | None, typer.Option(help="WAITING, SIGNED, ALONE, REFUSED or CANCELLED.")] = None,
    overdue: Annotated[bool, typer.Option("--overdue", help="Done alone, the second signature past its time.")] = False,
    mine: Annotated[bool, typer.Option("--mine", help="What waits for a signature I may give.")] = False,
    as_: As = "",
    limit: Annotated[int, typer.Option(min=1, max=5_000)] = 200,
) -> Any:
    """The newest first."""
    from baogong.journal import queries

    if overdue:
        found = queries.signatures_overdue(look.now)
    elif mine:
        found = queries.pending_signatures(actor_named(as_, look.now)[1], limit=limit)
    else:
        return queries.documents(kind.upper() if kind else None, states=[state.upper()] if state else None, limit=limit)
    wanted = (kind or "").upper(), (state or "").upper()
    return [row for row in found if wanted[0] in ("", row.kind) and wanted[1] in ("", row.state)]


@reads(document, "show", SHOWN, example="baogong document show PA-0001")
def show(look: Look, number: Number) -> Any:
    """One document: its facts and its signatures."""
    from baogong.journal.queries import document as view_of

    return view_of(key(number))


@writes(document, "sign", SHOWN, example="baogong document sign PA-0001 --as mei")
def sign(desk: Desk, number: Number) -> Any:
    """Put one's name under it: the signature it waits for, or the second under what was done alone."""
    from baogong.journal import services
    from baogong.journal.queries import document as view_of

    def signed() -> UUID:
        found = view_of(key(number)).id
        services.sign(document=found, actor=desk.actor, now=desk.now)
        return found

    return view_of(desk.once_made(signed))


@writes(document, "refuse", SHOWN, example="baogong document refuse PA-0001 --why '数量与盘点不符' --as mei")
def refuse(desk: Desk, number: Number, why: Annotated[str, typer.Option(help="Why.")]) -> Any:
    """Say no to a document that waits for a signature. What was done alone stands until it is corrected."""
    from baogong.journal import services
    from baogong.journal.queries import document as view_of

    def refused() -> UUID:
        found = view_of(key(number)).id
        services.refuse(document=found, why=why, actor=desk.actor, now=desk.now)
        return found

    return view_of(desk.once_made(refused))
