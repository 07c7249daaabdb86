"""What commands ask of the machine they run on: a book to work in. `baogong.config` installs the answer."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import AbstractContextManager
from pathlib import Path
from typing import Protocol


class Runtime(Protocol):
    """Inside each context a server runs, the schema is current and Django speaks to the book as the application."""

    @property
    def home(self) -> Path:
        """The folder of the real book: database, keys, logs."""

    def book(self) -> AbstractContextManager[None]:
        """The real book (or the one $BAOGONG_BOOK names)."""

    def throwaway_book(self, *, keep: bool = False, reopen: str | None = None) -> AbstractContextManager[str]:
        """
        An empty book of its own, dropped afterwards; yields its database's name.

        keep    leave it for a later `reopen`, also when this process is killed
        reopen  the name of a kept one, instead of a new one
        """

    def dump_book(self, file: Path) -> AbstractContextManager[None]:
        """
        Inside, Django sees the book as of one moment; on leaving without an error `file` holds exactly that state.

        The file gets its name only when it is whole.
        """

    def load_book(
        self, file: Path, *, keys_file: Path | None, may_replace: Callable[[], bool], verify: Callable[[], bool]
    ) -> bool:
        """
        Put a dump in the place of the real book; False where `verify` said no and nothing was changed.

        keys_file    the keys that belong to the dump; None where the home has them
        may_replace  asked while Django speaks to the book that is there; it says no where that would lose something
        verify       asked while Django speaks to the restored one, before it takes the other's place
        Killed at any moment, either the old book is there or the new one, whole.
        """

    def copy_keys(self, file: Path) -> None:
        """Write the book's keys into a new file of mode 0600."""


_installed: list[Runtime] = []


def install(runtime: Runtime) -> None:
    """Say what `runtime()` answers from now on."""
    _installed[:] = [runtime]


def runtime() -> Runtime:
    """The machine this process runs on."""
    assert _installed, "baogong.config.runtime installs one before any command runs"
    return _installed[0]
