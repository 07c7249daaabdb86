"""`baogong scenario list`, `baogong scenario play NAME` and `baogong scenario play --all`."""

from __future__ import annotations

import sys
from functools import partial
from typing import Annotated, Any

import typer
from rich.box import SIMPLE_HEAD
from rich.console import Console
from rich.table import Table

from baogong.kernel.errors import UnusableInput
from baogong.ops.output import JsonFlag, say, show


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
        name: Annotated[str, typer.Argument(help="A story's name, as `baogong scenario list` prints it.")] = "",
        breaking: Annotated[
            str, typer.Option("--break", metavar="EXPECTATION", help="Plant the failure of one expectation.")
        ] = "",
        keep: Annotated[bool, typer.Option("--keep", help="Keep the played book and print its name.")] = False,
        reopen: Annotated[
            str, typer.Option("--reopen", metavar="BOOK", help="Go on in a kept book, under the same request ids.")
        ] = "",
        every: Annotated[
            bool, typer.Option("--all", help="Every story, one after another, each in its own book.")
        ] = False,
        only: Annotated[
            list[str] | None, typer.Option("--only", metavar="WORD", help="With --all: stories whose name holds it.")
        ] = None,
        json: JsonFlag = False,
    ) -> None:
        """Play one scenario in a throw-away book, or all; exit 1 when an expectation or a book does not hold."""
        if every or only:
            _refuse_beside_all(name, breaking, reopen)
            _play_all(only or [], keep, json)
            return
        if not name:
            raise UnusableInput(
                "No story was named. Nothing was played.",
                where="NAME",
                expected="a name that `baogong scenario list` prints, or --all",
                cure="Name one, or play them all: `baogong scenario play --all`.",
            )
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


def _refuse_beside_all(name: str, breaking: str, reopen: str) -> None:
    beside = [word for word, is_there in (("NAME", name), ("--break", breaking), ("--reopen", reopen)) if is_there]
    if beside:
        raise UnusableInput(
            f"{beside[0]} is about one story, --all about every one. Nothing was played.",
            where=beside[0],
            found=name or breaking or reopen,
            expected="--all with --only, --keep or nothing",
            cure="Leave one of the two out; `--all --only WORD` plays the stories whose name holds the word.",
        )


def _play_all(only: list[str], keep: bool, json: bool) -> None:
    from baogong.ops.scenarios.every import names_with, play_every

    document = play_every(names_with(only), keep=keep, say=say)
    show(document, json, _print_all)
    if not document["ok"]:
        raise typer.Exit(1)


def _print_all(console: Console, document: dict[str, Any]) -> None:
    """One table that fits into 80 columns; why a story is broken stands below it."""
    table = Table(box=SIMPLE_HEAD, pad_edge=False, collapse_padding=True)
    table.add_column("story", no_wrap=True)
    for head in ("held", "movements", "seconds", "book", "off plan"):
        table.add_column(head, justify="left" if head == "book" else "right")
    table.add_column("")
    for row in document["stories"]:
        mark = "[green]holds[/]" if row["ok"] else "[red]broken[/]"
        if "held" in row:
            book, held = "verified" if row["verified"] else "faults", f"{row['held']}/{row['expectations']}"
            figures = held, f"{row['movements']:,}", str(row["seconds"]), book, _off_plan(row["rehearsal"])
        else:
            figures = "", "", str(row["seconds"]), "", ""
        table.add_row(row["scenario"], *figures, mark)
    console.print(table)
    held_count = sum(row["ok"] for row in document["stories"])
    console.print(f"{held_count} of {len(document['stories'])} stories hold, {document['seconds']} s")
    console.print(
        "off plan: all that moves by plan, played with nothing random; how far the farthest promise is from its planned "
        "time, of how long the run takes that keeps it, 10% at most; —: nothing moves by plan",
        soft_wrap=True,
    )
    for row in document["stories"]:
        if not row["ok"]:
            told = ", ".join(row.get("broken", ())) or _why(row)
            console.print(f"  [red]broken[/] {row['scenario']}: {told}", soft_wrap=True)
        if "kept_as" in row:
            console.print(f"  baogong demo --book {row['kept_as']}   {row['scenario']}", soft_wrap=True)


def _off_plan(calm: dict[str, Any] | None) -> str:
    if calm is None:
        return "—"
    return "never" if calm["farthest"] is None else f"{calm['farthest']:.2%}"


def _why(row: dict[str, Any]) -> str:
    if "error" in row:
        return str(row["error"]["message"])
    return "its rehearsal is not its plan" if row["verified"] else "the book does not verify"


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
