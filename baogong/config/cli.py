"""The `baogong` program: every refusal becomes a sentence, an exit code and, with --json, one document."""

from __future__ import annotations

import json
import sys
import traceback
from typing import Any

import typer
from rich.console import Console

from baogong.config.commands import register
from baogong.config.runtime import LocalRuntime
from baogong.kernel.errors import BaogongError, UnusableInput
from baogong.ops.cli import load_commands
from baogong.ops.runtime import install

UNUSABLE = 2


def main() -> None:
    """
    Exit 0 on success, 1 where what a command checks does not hold, 2 on unusable input and everything unforeseen.

    Locale settings of the terminal never decide how text is written: it is UTF-8.
    """
    for stream in (sys.stdin, sys.stdout, sys.stderr):
        stream.reconfigure(encoding="utf-8", errors="surrogateescape")  # type: ignore[union-attr]
    sys.exit(run(sys.argv[1:]))


def run(arguments: list[str]) -> int:
    """The exit code of one call."""
    install(LocalRuntime())
    wants_json = "--json" in arguments
    app = load_commands()
    register(app)
    try:
        code = app(arguments, prog_name="baogong", standalone_mode=False)
        return code if isinstance(code, int) else 0
    except BaogongError as refusal:
        error = refusal
    except typer.Abort:
        return 130
    except BrokenPipeError:
        sys.stderr.close()  # whoever read our answer has heard enough
        return 0
    except Exception as problem:  # a program that calls us must always get its one document
        error = _usage(problem) or _unforeseen(problem)
    _tell(error, wants_json)
    return UNUSABLE


def _usage(problem: Any) -> BaogongError | None:
    """A wrong option or a missing argument, which typer words itself."""
    if not hasattr(problem, "format_message"):
        return None
    context = getattr(problem, "ctx", None)
    command = context.command_path if context else "baogong"
    error = UnusableInput(problem.format_message(), where=command, cure=f"See `{command} --help`.")
    error.code = "usage"
    return error


def _unforeseen(problem: Exception) -> BaogongError:
    traceback.print_exception(problem)
    error = BaogongError(
        f"Something unforeseen stopped the command: {type(problem).__name__}.",
        cure="The lines above say where; nothing that was not acknowledged has been kept.",
    )
    error.code = "internal"
    return error


def _tell(error: BaogongError, wants_json: bool) -> None:
    if wants_json:
        sys.stdout.write(json.dumps({"error": error.as_dict()}, ensure_ascii=False) + "\n")
        return
    console = Console(stderr=True, highlight=False, soft_wrap=True)
    console.print(error.message, style="bold red", markup=False)
    for label, value in (("where", error.where), ("found", error.found), ("expected", error.expected)):
        if value not in ("", [], None):
            said = ", ".join(map(str, value)) if isinstance(value, list | tuple) else value
            console.print(f"  {label}: {said}", markup=False)
    if error.cure:
        console.print(error.cure, markup=False)
