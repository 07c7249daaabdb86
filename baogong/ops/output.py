"""How a command answers: one JSON document on stdout, or a readable page there; everything else goes to stderr."""

from __future__ import annotations

import json as json_module
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from typing import Annotated, Any

import typer
from rich.console import Console
from rich.progress import BarColumn, MofNCompleteColumn, Progress, TextColumn, TimeRemainingColumn

JsonFlag = Annotated[bool, typer.Option("--json", help="Print one JSON document and nothing else on stdout.")]


def show(document: Any, json: bool, human: Callable[[Console, Any], None] | None = None) -> None:
    """
    Print a command's answer.

    document  what --json prints; only lists, dictionaries with text keys, text, numbers, booleans and None
    human     prints the document for a person; without it the JSON is printed indented
    """
    if json:
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False, allow_nan=False) + "\n")
    elif human is None:
        sys.stdout.write(json_module.dumps(document, ensure_ascii=False, allow_nan=False, indent=2) + "\n")
    else:
        human(Console(highlight=False), document)
    sys.stdout.flush()


def say(sentence: str) -> None:
    """Progress and warnings for the person watching."""
    Console(stderr=True, highlight=False, soft_wrap=True).print(sentence, markup=False)


@contextmanager
def progress(what: str, console: Console | None = None) -> Iterator[Callable[[int, int], None]]:
    """A bar for the person watching, gone when it is done; nothing where nobody watches. Yields tell(done, total)."""
    console = console or Console(stderr=True)
    columns = (TextColumn(what), BarColumn(), MofNCompleteColumn(), TimeRemainingColumn())
    with Progress(*columns, console=console, transient=True, disable=not console.is_terminal) as bar:
        task = bar.add_task(what, total=None)
        yield lambda done, total: bar.update(task, completed=done, total=total)
