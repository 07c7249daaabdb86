"""`baogong scenario list` and `baogong scenario play NAME`."""

from __future__ import annotations

import sys
from functools import partial
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from baogong.ops.output import JsonFlag, show


def register(app: typer.Typer) -> None:
    scenario = typer.Typer(help="Real operations, played from an empty book.", no_args_is_help=True)
    app.add_typer(scenario, name="scenario")

    @scenario.command("list")
    def list_(json: JsonFlag = False) -> None:
        """Every scenario that this house can play."""
        from baogong.tower.stories import every_scenario

        show(every_scenario(), json, _print_list)

    @scenario.command("play")
    def play_(
        name: str,
        breaking: Annotated[
            str, typer.Option("--break", metavar="EXPECTATION", help="Plant the failure of one expectation.")
        ] = "",
        keep: Annotated[bool, typer.Option("--keep", help="Keep the played book and print its name.")] = False,
        reopen: Annotated[
            str, typer.Option("--reopen", metavar="BOOK", help="Go on in a kept book, under the same request ids.")
        ] = "",
        json: JsonFlag = False,
    ) -> None:
        """Play one scenario in a throw-away book; exit 1 when an expectation or the book does not hold."""
        from baogong.ops.runtime import runtime
        from baogong.tower.stories import describe

        describe(name)
        console = Console(file=sys.stderr, highlight=False)
        with runtime().throwaway_book(keep=keep, reopen=reopen or None) as book_name:
            if keep:
                console.print(f"kept as {book_name}")
            from baogong.ops.scenarios.play import play

            document = play(name, breaking=breaking, say=partial(console.print, soft_wrap=True))
            if keep:
                from baogong.journal.clock import current_clock
                from baogong.ops.who import as_json, cast_of

                document["kept_as"] = book_name
                document["logins"] = as_json(cast_of(current_clock().now()))
        show(document, json, _print_play)
        if not document["ok"]:
            raise typer.Exit(1)


def _print_list(console: Console, rows: list[dict[str, Any]]) -> None:
    table = Table("name", "title", "标题", "door")
    for row in rows:
        table.add_row(row["name"], row["title_en"], row["title_zh"], row["door"])
    console.print(table)


def _print_play(console: Console, document: dict[str, Any]) -> None:
    table = Table("expectation", "expected", "got", "", title=document["scenario"])
    for outcome in document["expectations"]:
        mark = "[green]holds[/]" if outcome["ok"] else f"[red]broken[/] {outcome.get('broke_by', '')}"
        table.add_row(outcome["name"], f"{outcome['how']} {outcome['expected']}", str(outcome["got"]), mark)
    console.print(table)
    book = document["book"]
    console.print(f"{book['movements']} movements, verified: {book['verified']}, {document['seconds']} s")
    if "kept_as" in document:
        from baogong.ops.who import Part, told

        name = document["kept_as"]
        console.print(
            f"\n账本已保留 · The book is kept as {name}. 打开 · Open it:\n  baogong demo --book {name}", soft_wrap=True
        )
        console.print("登录名、密码、谁、职责、打开的页面 · log-in, password, who, duty, the page to open:")
        for line in told([Part(**each) for each in document["logins"]]):
            console.print(line, soft_wrap=True)
