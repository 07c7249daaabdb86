"""`baogong freeze …`: stock set aside for relief, by whom, why, and what else was considered."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.ops.tables import plain, rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import item, key, moment_if, named, parts, party, sure_id, whole

freeze = typer.Typer(help="Freezes: stock set aside for relief.", no_args_is_help=True)

SCOPE = ("site", "item", "owner", "amount")
LIFTED = ("site", "lot", "amount")
BASES = ("OWN_DECISION", "AUTHORITY_ORDER")
SHOWN = sheet(
    "number basis decided_by_name reason start_at end_at amount lifted",
    options="text is_chosen declined_by why",
    lines="site_name item_zh amount lifted lot",
)

Number = Annotated[str, typer.Argument(metavar="FREEZE", help="Its number (FZ-0001) or id.")]
Reason = Annotated[str, typer.Option(help="Why; it stands on the document.")]


def register(app: typer.Typer) -> None:
    app.add_typer(freeze, name="freeze")


@reads(
    freeze,
    "list",
    rows("number decided_by_name basis reason start_at end_at amount lifted"),
    example="baogong freeze list --in-force",
)
def list_(
    look: Look, in_force: Annotated[bool, typer.Option("--in-force", help="Only what holds now.")] = False
) -> Any:
    """Freezes, the newest first."""
    from baogong.supply.queries import freeze_board

    return freeze_board(is_active_at=look.now if in_force else None)


@reads(freeze, "show", SHOWN, example="baogong freeze show FZ-0001")
def show(look: Look, number: Number) -> Any:
    """One freeze: who decided, the options considered, every lot it took."""
    return _freeze(key(number))


@writes(
    freeze,
    "place",
    SHOWN,
    example="baogong freeze place --scope site=廊坊仓 --decided-by 东行商城 --reason 支援湖北 "
    "--chosen '余货全部支援' --declined '留一部分|物资组|别处尚可补货' --as lin",
)
def place(
    desk: Desk,
    scope: Annotated[
        list[str],
        typer.Option(metavar="PARTS", help=f"{', '.join(SCOPE)} as NAME=VALUE with commas; what is left out is any."),
    ],
    decided_by: Annotated[str, typer.Option(help="The owner, or the authority.")],
    reason: Reason,
    chosen: Annotated[str, typer.Option(metavar="WHAT[|WHY]", help="The option that was taken.")],
    declined: Annotated[
        list[str] | None, typer.Option(metavar="WHAT|WHO|WHY", help="An option that was not, who declined it and why.")
    ] = None,
    basis: Annotated[str, typer.Option(help=f"One of {', '.join(BASES)}.")] = "OWN_DECISION",
    start: Annotated[
        str | None, typer.Option("--from", metavar="WHEN", help="Off sale from then; now if not said.")
    ] = None,
    end: Annotated[str | None, typer.Option("--until", metavar="WHEN", help="Until then.")] = None,
) -> Any:
    """Set free retail stock aside for relief. Paid orders still ship."""
    from baogong.supply.services import freeze_stock
    from baogong.supply.views import OptionConsidered

    def placed() -> UUID:
        what, _sep, why = chosen.partition("|")
        options = [OptionConsidered(text=what.strip(), is_chosen=True, why=why.strip())]
        for text in declined or ():
            words = [word.strip() for word in (*text.split("|"), "", "")]
            options.append(OptionConsidered(text=words[0], declined_by=words[1], why=words[2]))
        return freeze_stock(
            scopes=[_scope(text) for text in scope],
            decided_by=party(decided_by),
            basis=basis.upper(),
            reason=reason,
            options=options,
            start_at=moment_if(start, desk.now, "--from"),
            end_at=moment_if(end, desk.now, "--until"),
            **desk.signed,
        )

    return _freeze(desk.once_made(placed))


@writes(freeze, "lift", SHOWN, example="baogong freeze lift FZ-0001 --reason 局部恢复供应 --as lin")
def lift(
    desk: Desk,
    number: Number,
    reason: Reason,
    line: Annotated[
        list[str] | None,
        typer.Option(
            metavar="PARTS", help="site, lot, amount as NAME=VALUE with commas; without any, all that is free."
        ),
    ] = None,
) -> Any:
    """Give frozen stock back to the shops, in whole or in part."""
    from baogong.supply.queries import freeze as view_of
    from baogong.supply.services import Lifting, lift_freeze

    def lifted() -> UUID:
        found = view_of(key(number)).id
        lift_freeze(
            freeze=found, reason=reason, lines=[_lifting(text) for text in line] if line else None, **desk.signed
        )
        return found

    def _lifting(text: str) -> Lifting:
        said = parts(text, LIFTED, "--line", needed=LIFTED)
        return Lifting(
            site=party(said["site"]),
            lot=sure_id(said["lot"], "lot"),
            amount=whole(said["amount"], text, 1),
        )

    return _freeze(desk.once_made(lifted))


def _scope(text: str) -> Any:
    from baogong.supply.services import Scope

    said = parts(text, SCOPE, "--scope")
    return Scope(
        site=party(said["site"]) if "site" in said else None,
        item=item(said["item"]) if "item" in said else None,
        owner=party(said["owner"]) if "owner" in said else None,
        amount=whole(said["amount"], "--scope", 1) if "amount" in said else None,
    )


def _freeze(found: UUID | str) -> Any:
    from baogong.supply.queries import freeze as view_of

    view = view_of(found)
    return {**plain(view), "lines": named(view.lines, site="party", item="item")}
