"""`baogong pack …`: goods set aside, packs counted, what went into none, what is left."""

from __future__ import annotations

from typing import Annotated, Any
from uuid import UUID

import typer

from baogong.ops.commands.kits import kit_named
from baogong.ops.tables import rows, sheet
from baogong.ops.terminal import Desk, Look, reads, writes
from baogong.ops.words import item as item_of
from baogong.ops.words import moment_if, only, pairs, party, party_if, whole

pack = typer.Typer(help="Packing runs: goods set aside are turned into packs by the book.", no_args_is_help=True)

SHOWN = sheet(
    "head.number head.kit_zh head.site_name head.line_name head.state head.wanted head.planned head.made head.left "
    "rate_per_h head.ended_why",
    layers="no packs made lot",
    tallies="first_no last_no packs at by_name is_undone why id",
    wastes="item_zh cause amount unit at",
)
CAUSES = ("TRIMMING", "ROTTEN", "BROKEN", "MOISTURE")
Number = Annotated[str, typer.Argument(metavar="RUN", help="Its number (PK-0001) or id.")]
Why = Annotated[str, typer.Option(help="Why it is taken back.")]


def register(app: typer.Typer) -> None:
    app.add_typer(pack, name="pack")


def _run(text: str) -> UUID:
    from baogong.supply.queries import packing_runs

    found = {run.number: run.id for run in packing_runs() if text.strip().upper() in (run.number, str(run.id).upper())}
    return only(found, "packing run", text, "`baogong pack list` shows them.")


def _shown(run: UUID) -> Any:
    from baogong.supply.queries import packing_run

    return packing_run(run)


@reads(
    pack,
    "list",
    rows("number kit_zh site_name line_name state wanted planned made left opened_at id"),
    example="baogong pack list --site 仙桃中转仓 --open",
)
def list_(
    look: Look,
    site: Annotated[str | None, typer.Option(help="Only at this site.")] = None,
    open_: Annotated[bool, typer.Option("--open", help="Only those being packed.")] = False,
) -> Any:
    """The newest first."""
    from baogong.supply.queries import packing_runs

    return packing_runs(site=party_if(site), states=["OPEN"] if open_ else None)


@reads(pack, "show", SHOWN, example="baogong pack show PK-0001")
def show(look: Look, number: Number) -> Any:
    """One run: from which lots its packs are filled, what is done, what was thrown away."""
    return _shown(_run(number))


@writes(pack, "start", SHOWN, example="baogong pack start vegetable-pack-5kg 仙桃中转仓 4000 --as bao")
def start(
    desk: Desk,
    name: Annotated[str, typer.Argument(metavar="KIT", help="Its code, or its name.")],
    site: Annotated[str, typer.Argument(help="Where they are packed.")],
    packs: Annotated[int, typer.Argument(min=1, max=1_000_000, help="How many are wanted.")],
    receiver: Annotated[list[str] | None, typer.Option(help="For whom alone; may be given again.")] = None,
    line: Annotated[str, typer.Option(help="Which table or line packs them.")] = "",
    due: Annotated[str | None, typer.Option(metavar="WHEN", help="Until when.")] = None,
) -> Any:
    """Set goods aside for so many packs, or for as many as there can be; what is missing stands in the run."""
    from baogong.supply.services import open_run

    def opened() -> UUID:
        return open_run(
            kit=kit_named(name).id,
            site=party(site),
            packs=packs,
            receivers=[party(each) for each in receiver or ()],
            line_name=line,
            due_at=moment_if(due, desk.now, "--due"),
            **desk.signed,
        )

    return _shown(desk.once_made(opened))


@writes(pack, "tally", SHOWN, example="baogong pack tally PK-0001 400 --as bao")
def tally(
    desk: Desk, number: Number, packs: Annotated[int, typer.Argument(min=1, help="How many more are done.")]
) -> Any:
    """So many packs more are done."""
    from baogong.supply.services import tally_packs

    def tallied() -> UUID:
        run = _run(number)
        tally_packs(run=run, packs=packs, **desk.signed)
        return run

    return _shown(desk.once_made(tallied))


@writes(pack, "waste", SHOWN, example="baogong pack waste PK-0001 --line potato=1200 --cause ROTTEN --as bao")
def waste(
    desk: Desk,
    number: Number,
    line: Annotated[list[str], typer.Option(metavar="ITEM=AMOUNT", help="In base units.")],
    cause: Annotated[str, typer.Option(help=f"One of {', '.join(CAUSES)}.")] = "TRIMMING",
    note: str = "",
) -> Any:
    """What of the goods set aside went into no pack."""
    from baogong.supply.services import Waste, record_waste

    def wasted() -> UUID:
        run = _run(number)
        wastes = [
            Waste(item_of(name), whole(amount, "--line", 1), cause.upper()) for name, amount in pairs(line, "--line")
        ]
        record_waste(run=run, wastes=wastes, note=note, **desk.signed)
        return run

    return _shown(desk.once_made(wasted))


@writes(pack, "close", SHOWN, example="baogong pack close PK-0001 --as bao")
def close(desk: Desk, number: Number, note: str = "") -> Any:
    """The run is over; what was set aside and not packed is free again."""
    from baogong.supply.services import close_run

    def closed() -> UUID:
        run = _run(number)
        close_run(run=run, note=note, **desk.signed)
        return run

    return _shown(desk.once_made(closed))


@writes(pack, "undo", SHOWN, example="baogong pack undo PK-0001 --tally 1 --why 数错 --as bao")
def undo(
    desk: Desk,
    number: Number,
    why: Why,
    tally: Annotated[
        int | None, typer.Option(min=1, metavar="FIRST_NO", help="Only the tally that begins with this pack's number.")
    ] = None,
) -> Any:
    """Take the packs of a run, or of one tally, apart again, by corrections."""
    from baogong.supply.services import undo_run, undo_tally

    def undone() -> UUID:
        run = _run(number)
        if tally is None:
            undo_run(run=run, why=why, **desk.signed)
        else:
            found = {str(each.first_no): each.id for each in _shown(run).tallies if each.first_no == tally}
            undo_tally(tally=only(found, "tally", str(tally)), why=why, **desk.signed)
        return run

    return _shown(desk.once_made(undone))
