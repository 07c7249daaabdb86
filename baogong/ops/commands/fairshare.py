"""`baogong fairshare FILE.json`: share goods from a file, without a database."""

from __future__ import annotations

from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from baogong.ops.json_file import read_json
from baogong.ops.output import JsonFlag, show

BYTES_MAX = 512 * 1024 * 1024


def run(path: Path) -> dict[str, Any]:
    """
    The document of the contract for the snapshot in a file (docs/algorithms/fairshare.md lists its keys).

    Raises UnusableInput (no readable JSON), UnusableProblem (every fault), InfeasibleFloors (every such floor).
    """
    # Imported here: the engine loads a compiler, which the other commands need not wait for.
    from baogong.engine.fairshare import FairnessRule, as_document, read_problem, solve

    document = read_json(
        path, bytes_max=BYTES_MAX, so="Nothing was shared.", cure="Share item by item: items do not compete."
    )
    return as_document(solve(read_problem(document), rule=FairnessRule()))


def register(app: typer.Typer) -> None:
    """Add `fairshare` to the command line."""

    @app.command("fairshare")
    def fairshare(
        file: Annotated[Path, typer.Argument(help="Snapshot as JSON: requesters, lots, needs.")],
        json: JsonFlag = False,
    ) -> None:
        """Share scarce goods fairly: who gets what, and why not more."""
        show(run(file), json, _tell)


def _tell(console: Console, document: dict[str, Any]) -> None:
    shares = Table("requester", "item", "need", "got", "met", "why")
    for met in document["met"]:
        shares.add_row(
            met["requester"],
            met["item"],
            f"{met['need']:,}",
            f"{met['got']:,}",
            f"{met['ratio']:.0%}",
            escape(met["reason_en"]),
        )
    rules = Table("rule", "worst", "mean", "gini", "unserved")
    for name, figures in document["rules"].items():
        rules.add_row(
            name,
            f"{figures['worst']:.1%}",
            f"{figures['mean']:.1%}",
            f"{figures['gini']:.3f}",
            str(figures["unserved"]),
        )
    console.print(shares)
    console.print(rules)
