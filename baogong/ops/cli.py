"""The `baogong` command: every module of `baogong.ops.commands` that has `register(app)` adds its own part."""

from __future__ import annotations

import importlib
import pkgutil

import typer

from baogong.ops import commands


def load_commands() -> typer.Typer:
    """
    The whole command line.

    Modules are imported before Django is set up: they import services and queries inside their functions.
    """
    app = typer.Typer(
        name="baogong",
        help="保供: one system that keeps a sealed place supplied, and one book that shows where every box went.",
        no_args_is_help=True,
        add_completion=False,
        pretty_exceptions_enable=False,
    )
    for module in pkgutil.iter_modules(commands.__path__):
        register = getattr(importlib.import_module(f"{commands.__name__}.{module.name}"), "register", None)
        if register is not None:
            register(app)
    return app
