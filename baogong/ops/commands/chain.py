"""`baogong chain read`: chains (接龙) of a chat group, read without a book."""

from __future__ import annotations

import os
import sys
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from baogong.engine.chain import (
    NO_MENU,
    NO_REGISTER,
    SENTENCES,
    Chain,
    Entry,
    Reading,
    Register,
    Stretch,
    menu_from,
    read,
)
from baogong.engine.sheets.delimited import decode
from baogong.engine.sheets.readers import read_table
from baogong.ops.json_file import read_bytes
from baogong.ops.output import JsonFlag, show
from baogong.ops.register_file import read_doors
from baogong.orders.suggesting import SETTING, program, said_by_program

BYTES_MAX = 64 * 1024 * 1024
SO = "Nothing was read."


def run(path: Path, *, register: Path | None = None, menu: Path | None = None) -> dict[str, Any]:
    """
    The document of the contract for a paste in a file (`-`: standard input); docs/algorithms/chain.md lists its keys. The
    operator's program is asked about what waits, where one is set (`orders.suggesting`).

    Raises UnusableInput (no text), MissingColumns (of the register or the menu).
    """
    rows = () if register is None else tuple(read_doors(register))
    doors = Register(rows) if rows else NO_REGISTER
    dishes = NO_MENU if menu is None else menu_from(read_table(menu.name, _bytes(menu)))
    suggester = program(os.environ.get(SETTING, ""), dishes, rows)
    return as_document(read(decode(str(path), _bytes(path)), register=doors, menu=dishes, suggester=suggester))


def as_document(reading: Reading) -> dict[str, Any]:
    """What `--json` prints."""
    return {
        "chains": [_chain(chain) for chain in reading.chains],
        "ignored": [{"span": [each.start, each.end], "why": each.why} for each in reading.ignored],
        "unread": [_waiting(reading.text, each) for each in reading.unread],
    }


def _chain(chain: Chain) -> dict[str, Any]:
    return {
        "title": chain.title,
        "menu": [{"code": dish.code, "item": dish.item, "left": dish.left} for dish in chain.menu],
        "entries": [_entry(entry) for entry in chain.entries],
    }


def _entry(entry: Entry) -> dict[str, Any]:
    return {
        "no": entry.no,
        "name": entry.name,
        "compound": entry.compound,
        "building": entry.building,
        "unit": entry.unit,
        "room": entry.room,
        "items": [{"item": each.item, "quantity": each.quantity, "code": each.code} for each in entry.items],
        "note": entry.note,
        "paid": entry.paid,
        "withdrawn": entry.withdrawn,
        "span": [entry.start, entry.end],
        "confidence": round(entry.surest, 2),
        "confidence_by_field": {
            name: entry.confidence.get(name, 1.0)
            for name in ("no", "name", "building", "unit", "room", "items", "note", "withdrawn")
        },
        "doubts": [{"code": code, "en": SENTENCES[code][0], "zh": SENTENCES[code][1]} for code in entry.doubts],
    }


def _waiting(text: str, stretch: Stretch) -> dict[str, Any]:
    return {
        "span": [stretch.start, stretch.end],
        "why": stretch.why,
        "text": text[stretch.start : stretch.end],
        "suggestion": stretch.suggestion,
        "why_en": SENTENCES[stretch.why][0],
        "why_zh": SENTENCES[stretch.why][1],
    }


def register(app: typer.Typer) -> None:
    """Add `chain` to the command line."""
    chain = typer.Typer(help="Chains of chat groups (接龙): who wants how many of what.", no_args_is_help=True)
    app.add_typer(chain, name="chain")

    @chain.command("read", epilog="Example: baogong chain read 接龙.txt --register 楼栋.csv --menu 菜单.csv --json")
    def read_chains(
        file: Annotated[Path, typer.Argument(help="The paste as text, HTML or XML; - for standard input.")],
        register: Annotated[
            Path | None, typer.Option("--register", help="The community's doors: columns building, unit, room.")
        ] = None,
        menu: Annotated[Path | None, typer.Option("--menu", help="What was on offer: columns code, item.")] = None,
        json: JsonFlag = False,
    ) -> None:
        """Read chains without a book: every entry with its characters, and whatever waits for a person."""
        show(run(file, register=register, menu=menu), json, _tell)

    @chain.callback()
    def noun() -> None:
        """Chains of chat groups (接龙): who wants how many of what."""


def _bytes(path: Path) -> bytes:
    if str(path) == "-":
        return sys.stdin.buffer.read()
    return read_bytes(path, bytes_max=BYTES_MAX, so=SO, cure="Paste the chains of fewer groups.")


def _tell(console: Console, document: dict[str, Any]) -> None:
    for chain in document["chains"]:
        table = Table("no", "name", "place", "items", "note", "", title=escape(chain["title"]) or None)
        for entry in chain["entries"]:
            place = "-".join(filter(None, (entry["compound"], entry["building"], entry["unit"], entry["room"])))
            items = " ".join(f"{each['item'] or ''}×{each['quantity']}" for each in entry["items"])
            mark = "withdrawn" if entry["withdrawn"] else ", ".join(doubt["code"] for doubt in entry["doubts"])
            table.add_row(
                str(entry["no"] or ""), escape(entry["name"]), escape(place), escape(items), escape(entry["note"]), mark
            )
        console.print(table)
    for each in document["unread"]:
        console.print(f"[bold]waits[/] {each['span'][0]}–{each['span'][1]} {escape(each['text'])}: {each['why_en']}")
        if said := said_by_program(each["suggestion"]):
            console.print(f"  a program suggests, unchecked: {escape(said)}")
