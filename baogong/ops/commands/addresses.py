"""`baogong address read`: addresses from standard input, a line each, down to building, unit and room; without a book."""

from __future__ import annotations

import csv
import sys
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape

from baogong.kernel.errors import UnusableInput
from baogong.ops.output import JsonFlag, show

if TYPE_CHECKING:
    from baogong.engine.address import Address, Register

TYPED = ("lane", "building", "unit", "room")


def register(app: typer.Typer) -> None:
    """Add `address` to the command line."""
    addresses = typer.Typer(help="Addresses as residents write them, down to the door.", no_args_is_help=True)
    app.add_typer(addresses, name="address")

    @addresses.command("read", epilog="Example: baogong address read --register doors.csv --json < addresses.txt")
    def read_addresses(
        register: Annotated[
            Path | None, typer.Option(metavar="FILE", help="CSV of the community's doors: building, unit, room.")
        ] = None,
        typed: Annotated[
            bool, typer.Option("--typed", help="Input is CSV: text, and what was typed as lane, building, unit, room.")
        ] = False,
        json: JsonFlag = False,
    ) -> None:
        """Read an address a line: its building, unit and room, how sure each is, and what is doubtful."""
        from baogong.engine.address import Register
        from baogong.ops.register_file import read_doors

        doors = Register(read_doors(register)) if register else None
        show(read_lines(_input(), doors, typed=typed), json, _tell)

    @addresses.callback()
    def noun() -> None:
        """Addresses as residents write them, down to the door."""


def read_lines(text: str, register: Register | None, *, typed: bool = False) -> list[dict[str, Any]]:
    """An answer a line, in order. Raises UnusableInput."""
    from baogong.engine.address import Typed, read, read_typed

    if not text:
        return []
    text = text.removesuffix("\n")
    if not typed:
        return [_document(read(line.removesuffix("\r"), register)) for line in text.split("\n")]
    try:
        rows = csv.DictReader(text.split("\n"))
        if "text" not in (rows.fieldnames or ()):
            raise UnusableInput(
                "The input has no column text. Nothing was read.",
                where="standard input",
                found=", ".join(rows.fieldnames or ()),
                expected=", ".join(("text", *TYPED)),
                cure="Write the names of the columns into the first line, or leave --typed away.",
            )
        return [
            _document(read_typed(row["text"] or "", Typed(*(row.get(name) or "" for name in TYPED)), register))
            for row in rows
        ]
    except csv.Error as error:
        raise UnusableInput(
            f"The input cannot be read as CSV: {error}. Nothing was read.",
            where="standard input",
            found=str(error),
            expected="CSV in UTF-8",
            cure="Save the list as CSV in UTF-8.",
        ) from error


def _document(address: Address) -> dict[str, Any]:
    from baogong.engine.address import DOUBTS

    names = ("street", "lane", "community", "building", "unit", "floor", "room")
    return {
        "text": address.text,
        **{name: getattr(address, name) for name in names},
        "flags": list(address.flags),
        "reasons": [{"flag": flag, "en": DOUBTS[flag][0], "zh": DOUBTS[flag][1]} for flag in address.flags],
        "confidence": {field.value.lower(): sure for field, sure in address.sure.items()},
        "parts": [{"span": [part.start, part.end], "field": part.field.value.lower()} for part in address.parts],
    }


def _input() -> str:
    try:
        return sys.stdin.read().removeprefix("\ufeff")
    except UnicodeDecodeError as error:
        raise UnusableInput(
            f"The input is not text in UTF-8: {error}. Nothing was read.",
            where="standard input",
            found=str(error),
            expected="text in UTF-8",
            cure="Save the list as text in UTF-8.",
        ) from error


def _tell(console: Console, answers: list[dict[str, Any]]) -> None:
    for answer in answers:
        door = "-".join(filter(None, (answer["building"], answer["unit"], answer["room"])))
        console.print(f"[bold]{escape(door or '?'):12}[/bold] {escape(answer['text'])}")
        for reason in answer["reasons"]:
            console.print(f"{'':12} {escape(reason['en'])} {escape(reason['zh'])}")
