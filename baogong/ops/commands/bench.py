"""`baogong bench NAME`: our figures beside a peer's, on the same input in the same call."""

from __future__ import annotations

import importlib
import pkgutil
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.table import Table

from baogong.kernel.errors import UnusableInput
from baogong.ops import bench as benches
from baogong.ops.output import JsonFlag, show


def register(app: typer.Typer) -> None:
    @app.command()
    def bench(
        name: Annotated[str, typer.Argument(help="Which benchmark; a wrong name lists them all.")],
        quick: Annotated[bool, typer.Option("--quick", help="Less work, one run, at most a minute.")] = False,
        json: JsonFlag = False,
    ) -> None:
        """Measure one benchmark; exit 1 when a check (correctness, never speed) fails."""
        if name not in bench_names():
            raise UnusableInput(
                f"There is no benchmark called “{name}”. Nothing was measured.",
                where="NAME",
                found=name,
                expected=bench_names(),
                cure="Choose one of these names.",
            )
        document = importlib.import_module(f"{benches.__name__}.{name}").run(quick=quick).as_dict()
        show(document, json, _print)
        if not document["ok"]:
            raise typer.Exit(1)


def bench_names() -> list[str]:
    """The modules beside `report`; each has `run(*, quick: bool) -> Report`."""
    return sorted(module.name for module in pkgutil.iter_modules(benches.__path__) if module.name != "report")


def _print(console: Console, document: dict[str, Any]) -> None:
    table = Table("target", "measured", "floor", "goal", "", title=f"bench {document['bench']}")
    for target in document["targets"]:
        mark = {None: "not measured", False: "[red]below the floor[/]", True: "[green]meets the floor[/]"}
        goal = "[green]meets the goal[/]" if target["meets_goal"] else mark[target["meets_floor"]]
        measured = "" if target["measured"] is None else f"{target['measured']:,.4g}"
        table.add_row(target["name"], measured, f"{target['floor']:,}", f"{target['goal']:,}", goal)
    console.print(table)
    for check in document["checks"]:
        console.print(f"{'[green]holds[/]' if check['ok'] else '[red]fails[/]'}  {check['name']}")
