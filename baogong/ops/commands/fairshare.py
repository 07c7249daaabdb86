"""`baogong fairshare FILE.json`: share goods from a file, without a database."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from baogong.kernel.errors import UnusableInput
from baogong.ops.output import JsonFlag, show

BYTES_MAX = 512 * 1024 * 1024


def run(path: Path) -> dict[str, Any]:
    """
    The document of the contract for the snapshot in a file (docs/algorithms/fairshare.md lists its keys).

    Raises UnusableInput (no readable JSON), UnusableProblem (every fault), InfeasibleFloors (every such floor).
    """
    # Imported here: the engine loads a compiler, which the other commands need not wait for.
    from baogong.engine.fairshare import FairnessRule, as_document, read_problem, solve

    return as_document(solve(read_problem(_load(path)), rule=FairnessRule()))


def _load(path: Path) -> object:
    try:
        size = path.stat().st_size
        if size > BYTES_MAX:
            raise UnusableInput(
                f"{path} has {size:,} bytes; up to {BYTES_MAX:,} are read. Nothing was shared.",
                where=str(path),
                found=size,
                expected=f"at most {BYTES_MAX} bytes",
                cure="Share item by item: items do not compete.",
            )
        return json.loads(path.read_bytes(), parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole)
    except OSError as error:
        raise UnusableInput(
            f"{path} cannot be read: {error.strerror}. Nothing was shared.",
            where=str(path),
            found=error.strerror,
            expected="a file of JSON",
            cure="Check the path and the rights of the file.",
        ) from error
    except (ValueError, RecursionError) as error:
        raise UnusableInput(
            f"{path} is not JSON: {error}. Nothing was shared.",
            where=str(path),
            found=str(error),
            expected="JSON in UTF-8",
            cure="Save the file as JSON in UTF-8; look at the line and column named.",
        ) from error


def _finite(text: str) -> float:
    """1e400 is JSON, and no number a program can share by. Raises ValueError."""
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text[:40]} is larger than any number that can be counted with")
    return number


def _whole(text: str) -> int:
    """An integer within what can be weighed. Raises ValueError."""
    _finite(text)
    return int(text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")


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
