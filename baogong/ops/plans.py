"""What plans of every kind have in common at the terminal: which is meant, its approval, its undoing."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.kernel.errors import NotFound, UnusableInput
from baogong.ops.terminal import Desk
from baogong.ops.words import only, sure_id

NEWEST = "newest"
LISTED = "made_at made_by_name state approved_at id"

Which = Annotated[
    str | None, typer.Argument(metavar="[PLAN]", help="Its id, or `newest`; left out, the only one it can be.")
]
Newest = Annotated[str | None, typer.Argument(metavar="[PLAN]", help="Its id; left out, the newest.")]
Alone = Annotated[
    bool,
    typer.Option(
        "--alone",
        help="I made it and nobody else is on duty: it takes effect at once, and another person signs within 12 hours.",
    ),
]


def approve(desk: Desk, kind: str, which: str | None, *, alone: bool) -> UUID:
    from baogong.planning import services

    def approved() -> UUID:
        plan = of_kind(kind, which, "PROPOSED")
        services.approve(plan=plan, alone=alone, **desk.signed)
        return plan

    return desk.once_made(approved)


def undo(desk: Desk, kind: str, which: str | None) -> UUID:
    from baogong.planning import services

    def undone() -> UUID:
        plan = of_kind(kind, which, "APPROVED")
        services.undo(plan=plan, actor=desk.actor, now=desk.now)
        return plan

    return desk.once_made(undone)


def of_kind(kind: str | None, which: str | None, state: str | None = None) -> UUID:
    """
    The plan of this id, the newest one of the kind in this state, or the only one; without a state the newest. Without a
    kind of any kind.
    """
    from baogong.planning import queries

    if which is not None and which.lower() != NEWEST:
        found = queries.plan(sure_id(which, "plan"))
        if kind is not None and found.kind != kind:
            raise NotFound(
                f"This plan is no {kind.lower()}. Nothing was done.", where=which, found=found.kind, expected=kind
            )
        return found.id
    heads = queries.plans(kind, state)
    if state is None or which is not None:
        heads = heads[:1]
    what = f"{(state or '').lower()} {(kind or 'plan').lower()}".strip()
    if len(heads) > 1:
        raise UnusableInput(
            f"There are {len(heads)} of {what}; the newest is {heads[0].made_by_name}'s. Nothing was done.",
            where="PLAN",
            expected=[str(head.id) for head in heads[:20]],
            cure="Name one by its id, or write `newest`.",
        )
    return only({str(head.id): head.id for head in heads}, what)


def head_of(plan: UUID) -> dict[str, Any]:
    """The facts of a plan that stand above what it says."""
    from baogong.ops.tables import plain
    from baogong.planning import queries

    found = queries.plan(plan)
    facts: dict[str, Any] = {**plain(found), "is_stale": found.is_stale}
    for bulky in ("snapshot", "result", "lines"):
        facts.pop(bulky)
    return facts
