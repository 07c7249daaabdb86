"""`baogong plan …`: what waits for approval, whether it still holds, and how a proposal ends that nobody approves."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.ops import plans as common
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes

plan = typer.Typer(help="Proposals of every kind: shares, convoys, baskets.", no_args_is_help=True)

SHOWN = sheet(
    "kind state made_by_name made_at checked_at is_stale ended_by_name ended_at ended_why replaced_by id",
    changes="text_zh text_en",
)

Why = Annotated[str, typer.Option(help="Why; whoever made it reads it.")]


def register(app: typer.Typer) -> None:
    app.add_typer(plan, name="plan")


@reads(plan, "list", rows(f"kind {common.LISTED} is_stale"), example="baogong plan list --state PROPOSED")
def list_(
    look: Look, state: Annotated[str | None, typer.Option(help="PROPOSED, APPROVED, UNDONE, WITHDRAWN, …")] = None
) -> Any:
    """Plans of every kind, the newest first; `is_stale` as far as was looked."""
    from baogong.planning.queries import plans

    return [_told(head) for head in plans(state=state.upper() if state else None)]


@writes(plan, "check", SHOWN, example="baogong plan check --as mei")
def check(desk: Desk, which: common.Which = None) -> Any:
    """Hold a proposal against what is true now: what has changed since it was made."""
    from baogong.planning import services

    def checked() -> UUID:
        found = common.of_kind(None, which, "PROPOSED")
        services.check(plan=found, actor=desk.actor, now=desk.now)
        return found

    return _shown(desk.once_made(checked))


@writes(plan, "withdraw", SHOWN, example="baogong plan withdraw --why 'counted twice' --as lin")
def withdraw(desk: Desk, why: Why, which: common.Which = None) -> Any:
    """Take a proposal back before anybody approved it."""
    from baogong.planning import services

    def withdrawn() -> UUID:
        found = common.of_kind(None, which, "PROPOSED")
        services.withdraw(plan=found, why=why, actor=desk.actor, now=desk.now)
        return found

    return _shown(desk.once_made(withdrawn))


@writes(plan, "reject", SHOWN, example="baogong plan reject --why 'the ward has closed' --as mei")
def reject(desk: Desk, why: Why, which: common.Which = None) -> Any:
    """Turn a proposal down. Who made it withdraws it instead."""
    from baogong.planning import services

    def rejected() -> UUID:
        found = common.of_kind(None, which, "PROPOSED")
        services.reject(plan=found, why=why, actor=desk.actor, now=desk.now)
        return found

    return _shown(desk.once_made(rejected))


@writes(plan, "again", SHOWN, example="baogong plan again --as lin")
def again(desk: Desk, which: common.Which = None) -> Any:
    """A new draft from what is true now, under the same rule and weights; the proposal is replaced by it."""
    from baogong.planning import services

    return _shown(
        desk.once_made(lambda: services.make_again(plan=common.of_kind(None, which, "PROPOSED"), **desk.signed))
    )


def _shown(found: UUID) -> dict[str, Any]:
    return common.head_of(found)


def _told(head: Any) -> dict[str, Any]:
    from baogong.ops.tables import plain

    return {**plain(head), "is_stale": head.is_stale}
