"""`baogong backup FILE` and `baogong restore FILE`."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console

from baogong.kernel.errors import UnusableInput
from baogong.ops.output import JsonFlag, progress, say, show
from baogong.ops.runtime import runtime


def register(app: typer.Typer) -> None:
    @app.command()
    def backup(
        file: Annotated[Path, typer.Argument(help="Where the book is written, whole or not at all.")],
        keys: Annotated[
            Path | None, typer.Option(help="Another file, best on another disk, for the keys to the personal data.")
        ] = None,
        json: JsonFlag = False,
    ) -> None:
        """Verify the book and write exactly what was verified into one file; exit 1 when the book has faults."""
        keys = keys or _ask_where_keys_go(json)
        if keys is not None and keys.resolve() == file.resolve():
            raise UnusableInput(
                "The keys never go into the same file as the book; nothing was written.",
                where="--keys",
                found=str(keys),
                cure="Name another file, best on another disk.",
            )
        with runtime().dump_book(file):
            from baogong.ledger.queries import verify_book

            with progress("Replaying the book") as tell:
                report = verify_book(progress=tell)
        if keys is None:
            say("The keys are not in this file: without them the personal data in it stays closed. See --keys.")
        else:
            runtime().copy_keys(keys)
        _answer(file, report.ok, report.movements, json)

    @app.command()
    def restore(
        file: Annotated[Path, typer.Argument(help="What `baogong backup` wrote.")],
        keys: Annotated[Path | None, typer.Option(help="The file with the keys that belong to it.")] = None,
        json: JsonFlag = False,
    ) -> None:
        """Put a backup in the place of an empty book once it has been verified; exit 1 when it does not verify."""
        movements = 0

        def verify() -> bool:
            from baogong.ledger.queries import verify_book

            nonlocal movements
            with progress("Replaying the book") as tell:
                report = verify_book(progress=tell)
            movements = report.movements
            return bool(report.ok)

        is_sound = runtime().load_book(file, keys_file=keys, may_replace=lambda: not filled_tables(), verify=verify)
        if not is_sound:
            say("The book in this backup does not verify; it was not put in place.")
        _answer(file, is_sound, movements, json)


def _answer(file: Path, is_sound: bool, movements: int, json: bool) -> None:
    document = {"ok": is_sound, "bytes": file.stat().st_size, "movements": movements, "verified": is_sound}
    show(document, json, _print)
    if not is_sound:
        raise typer.Exit(1)


def _print(console: Console, document: dict[str, Any]) -> None:
    state = "verified" if document["verified"] else "[red]NOT verified[/]"
    console.print(f"{document['movements']:,} movements, {state}, {document['bytes']:,} bytes")


def _ask_where_keys_go(json: bool) -> Path | None:
    if json or not sys.stdin.isatty():
        return None
    answer = typer.prompt(
        "Where shall the keys go (a new file, best on another disk; empty: nowhere)", default="", show_default=False
    )
    return Path(answer) if answer else None


# What the house writes by itself before anyone has entered anything.
_WRITTEN_BY_THE_HOUSE = {"people_link", "people_linkuse", "people_pace", "people_keycheck"}


def filled_tables() -> list[str]:
    """The tables in which somebody has entered something; the goods and kinds every book opens with are not."""
    from django.apps import apps
    from django.db import connection

    from baogong.catalogue.services import is_as_seeded
    from baogong.delivery.services.parcels import are_categories_as_seeded

    rooms = {config.label for config in apps.get_app_configs() if config.name.startswith("baogong.")}
    tables = [name for name in connection.introspection.django_table_names() if name.split("_")[0] in rooms]
    if is_as_seeded():
        tables = [name for name in tables if not name.startswith("catalogue_")]
    if are_categories_as_seeded():
        tables.remove("delivery_category")
    filled = []
    with connection.cursor() as cursor:
        for table in sorted(set(tables) - _WRITTEN_BY_THE_HOUSE):
            cursor.execute(f"SELECT EXISTS (SELECT 1 FROM {connection.ops.quote_name(table)})")
            if cursor.fetchone()[0]:
                filled.append(table)
    return filled
