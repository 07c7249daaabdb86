"""`baogong import KIND FILE`: a list into the book, from the terminal of the machine it runs on."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from baogong.kernel.errors import UnusableInput
from baogong.ops.output import JsonFlag, show
from baogong.ops.runtime import runtime
from baogong.ops.terminal import As, actor_or_house


def register(app: typer.Typer) -> None:
    @app.command("import")
    def import_list(
        kind: Annotated[str, typer.Argument(help="What the list is; a wrong kind names them all.")],
        file: Annotated[Path, typer.Argument(help="CSV, TSV, XLSX or JSON.")],
        profile: Annotated[str | None, typer.Option(help="How the headers are to be read, as in wuhan2020.")] = None,
        dry_run: Annotated[
            bool, typer.Option("--dry-run", help="Say what each line would do and write nothing.")
        ] = False,
        as_: As = "",
        json: JsonFlag = False,
    ) -> None:
        """
        Import a list: sound lines go in together, doubtful ones wait for a person, bad ones are named.

        Exit 1 when a line was refused. Without --as the house itself brings it in, as long as it has no administrator.
        """
        data = _read(file)
        with runtime().book():
            document = run(kind, file.name, data, profile=profile, dry_run=dry_run, login=as_)
        show(document, json, _print)
        if document["refused"]:
            raise typer.Exit(1)


def run(
    kind: str, file_name: str, data: bytes, *, profile: str | None = None, dry_run: bool = False, login: str = ""
) -> dict[str, Any]:
    """
    The document of the contract, in the book Django speaks to.

    Raises UnusableInput; NobodyActs where a person must be named; NotYourPlace where `login` may not import this.
    """
    from baogong.engine.sheets.kinds import kind_named, summary
    from baogong.journal.clock import current_clock
    from baogong.journal.services import imports

    now = current_clock().now()
    actor = actor_or_house(login, now)
    if dry_run:
        kind_named(kind).require(actor)
        lines, unread = imports.read_lines(
            kind=kind, file_name=file_name, data=data, profile=profile, actor=actor, now=now
        )
        return summary(lines, kind, unread)
    view = imports.preview(kind=kind, file_name=file_name, data=data, profile=profile, actor=actor, now=now)
    return imports.apply(run=view.id, actor=actor, now=now).summary


def _read(file: Path) -> bytes:
    try:
        return file.read_bytes()
    except OSError as error:
        raise UnusableInput(
            f"{file} cannot be read: {error.strerror}. Nothing was imported.",
            where="FILE",
            found=str(file),
            expected="a file this user may read",
            cure="Correct the name, or the file's rights.",
        ) from error


def _print(console: Console, document: dict[str, Any]) -> None:
    counts = ", ".join(f"{document[name]} {name}" for name in ("added", "matched", "unchanged"))
    console.print(f"{document['kind']}: {document['lines']} lines, {counts}", markup=False)
    if document["unread_columns"]:
        console.print(f"These columns were not read: {', '.join(document['unread_columns'])}", markup=False)
    for name, columns in (
        ("refused", ("where", "found", "expected", "cure")),
        ("waiting", ("where", "found", "candidates")),
    ):
        if document[name]:
            table = Table(*columns, title=f"{len(document[name])} {name}")
            for line in document[name]:
                table.add_row(*(_cell(line[column]) for column in columns))
            console.print(table, markup=False)


def _cell(value: Any) -> str:
    if isinstance(value, list):
        return "\n".join(f"{candidate['text']} ({candidate['score']:.0%})" for candidate in value)
    return str(value)
