"""`baogong book verify | proof | stamp | stamps`: the book for those who do not take our word for it."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any
from uuid import UUID

import typer
from rich.console import Console

from baogong.kernel.errors import UnusableInput
from baogong.ops.output import JsonFlag, progress, show
from baogong.ops.runtime import runtime


def register(app: typer.Typer) -> None:
    book = typer.Typer(help="The book: replay it, stamp its days, prove a movement.", no_args_is_help=True)
    app.add_typer(book, name="book")

    @book.command()
    def verify(
        kept: Annotated[
            str, typer.Option("--kept", metavar="BOOK", help="A book kept by `scenario play --keep`, not the real one.")
        ] = "",
        json: JsonFlag = False,
    ) -> None:
        """Replay the book from zero and make every hash again; exit 1 when it has faults."""
        with runtime().throwaway_book(reopen=kept) if kept else runtime().book():
            from baogong.ledger.queries import verify_book

            with progress("Replaying the book") as tell:
                report = verify_book(progress=tell)
        show(report.as_dict(), json, _print_report)
        if not report.ok:
            raise typer.Exit(1)

    @book.command()
    def proof(
        movement_id: Annotated[str, typer.Argument(help="A movement's id, as pages and receipts show it.")],
        json: JsonFlag = False,
    ) -> None:
        """Print the proof that a movement stands under a published stamp; tools/verify_proof.py checks it."""
        with runtime().book():
            from baogong.ledger import queries

            document = queries.proof(_movement_id(movement_id))
        show(document, json)

    @book.command()
    def stamp(
        today: Annotated[bool, typer.Option("--today", help="Also the day that still runs (UTC).")] = False,
        json: JsonFlag = False,
    ) -> None:
        """Stamp every day that has movements no stamp covers; publish the roots it prints."""
        with runtime().book():
            from django.db import transaction

            from baogong.ledger import services

            with transaction.atomic(durable=True):
                made = services.stamp_days(now=datetime.now(UTC), today_too=today)
        show({"stamped": [one.as_dict() for one in made]}, json, _print_made)

    @book.command()
    def stamps(json: JsonFlag = False) -> None:
        """Print all stamps: what is published, and what tools/verify_proof.py reads as --stamps."""
        with runtime().book():
            from baogong.ledger import queries

            all_stamps = queries.stamps()
        show({"stamps": [one.as_dict() for one in all_stamps]}, json, _print_all)


def _movement_id(text: str) -> UUID:
    try:
        return UUID(text)
    except ValueError:
        raise UnusableInput(
            f"“{text}” is no movement's id.",
            where="MOVEMENT_ID",
            found=text,
            expected="32 hexadecimal digits, with or without dashes",
            cure="Copy it from the movement's page.",
        ) from None


def _print_report(console: Console, report: dict[str, Any]) -> None:
    verdict = "[green]sound[/]" if report["ok"] else "[red]NOT SOUND[/]"
    console.print(
        f"The book is {verdict}: {report['movements']:,} movements, {report['accounts']:,} accounts, "
        f"{report['holds_open']:,} open holds, {report['stamped']:,} movements stamped."
    )
    for fault in report["faults"]:
        console.print(f"  [red]{fault['kind']}[/] {fault['where']}: {fault['detail']}")


def _print_made(console: Console, document: dict[str, Any]) -> None:
    if not document["stamped"]:
        console.print("Every finished day is stamped already.")
    _print_stamps(console, document["stamped"])


def _print_all(console: Console, document: dict[str, Any]) -> None:
    if not document["stamps"]:
        console.print("No day is stamped yet.")
    _print_stamps(console, document["stamps"])


def _print_stamps(console: Console, stamps: list[dict[str, Any]]) -> None:
    for stamp in stamps:
        console.print(f"{stamp['number']}  {stamp['day']}  {stamp['count']:,} movements  {stamp['root']}")
