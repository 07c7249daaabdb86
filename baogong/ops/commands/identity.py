"""`baogong id check`: numbers of identity documents from standard input, none of them repeated."""

from __future__ import annotations

import sys
from typing import Annotated, Any

import typer
from rich.console import Console

from baogong.kernel.identity import DocumentType, read_identity
from baogong.ops.output import JsonFlag, show


def check(lines: list[str], document: DocumentType) -> list[dict[str, Any]]:
    """An answer a line, in order."""
    read = (read_identity(line, document) for line in lines)
    return [{"valid": one.is_valid, "why": one.why} for one in read]


def register(app: typer.Typer) -> None:
    """Add `id` to the command line."""
    ids = typer.Typer(help="Numbers of identity documents, checked and never shown.", no_args_is_help=True)
    app.add_typer(ids, name="id")

    @ids.command("check", epilog="Example: baogong id check --json < numbers.txt")
    def check_numbers(
        document: Annotated[
            DocumentType, typer.Option(help="Which document the numbers are from.")
        ] = DocumentType.RESIDENT_ID,
        json: JsonFlag = False,
    ) -> None:
        """Check a number a line of standard input; nothing of it is printed or kept."""
        show(check(sys.stdin.read().removesuffix("\n").split("\n"), document), json, _tell)

    @ids.callback()
    def noun() -> None:
        """Numbers of identity documents, checked and never shown."""


def _tell(console: Console, answers: list[dict[str, Any]]) -> None:
    for number, answer in enumerate(answers, 1):
        console.print(f"{number}: {'[green]valid[/]' if answer['valid'] else answer['why']}")
