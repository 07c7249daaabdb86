"""
Books that tests write in and take back.

A world (goods, people, carriers) costs a second to make and most tests begin from the same one. So each worker makes
a world once, in a book of its own that keeps it, and every test begins there in a transaction that is rolled back.
"""

from __future__ import annotations

import copy
import secrets
from collections.abc import Callable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, Protocol, TypeVar

if TYPE_CHECKING:
    from django.db.transaction import Atomic

    from baogong.config.servers import EmbeddedBook

World = TypeVar("World")


class Built(Protocol):
    """What the fixture of this name gives: `built(make_world)`."""

    def __call__(self, make: Callable[[], World]) -> World: ...


@dataclass
class Shelf:
    """One worker's books: the empty one, and one for each world that has been made so far."""

    server: EmbeddedBook
    empty: str
    made: dict[Callable[[], Any], tuple[str, Any]] = field(default_factory=dict)
    _open: Atomic | None = None

    def open(self, database: str) -> None:
        """Begin a transaction in this book that `close` takes back."""
        from django.db import connection, transaction

        from baogong.config.database import point_django_at
        from baogong.web import names

        names.forget()
        assert self._open is None, "a test writes in one book at a time"
        if connection.settings_dict["NAME"] != database or connection.connection is None:
            point_django_at(self.server, database)
        atomic = transaction.atomic()
        atomic._from_testcase = True  # type: ignore[attr-defined]  # as Django's TestCase: services may ask for the outermost
        atomic.__enter__()
        self._open = atomic

    def close(self) -> None:
        """Take everything back; a constraint that waits for the commit is looked at first."""
        from django.db import connection, transaction

        atomic, self._open = self._open, None
        assert atomic is not None
        try:
            if connection.is_usable() and not connection.needs_rollback:
                connection.check_constraints()
        finally:
            transaction.set_rollback(True)
            atomic.__exit__(None, None, None)
            connection.close()

    def world(self, make: Callable[[], World]) -> World:
        """
        The world that `make` writes, in a book that holds nothing else.

        The caller gets a copy: what a test changes in it, the next does not see.
        Raises AssertionError where the test has already written into the book it leaves.
        """
        assert not self._has_written(), (
            "what the test wrote before it asked for a world would be lost: make it afterwards"
        )
        self.close()
        if make not in self.made:
            database = f"world_{secrets.token_hex(6)}"
            self.made[make] = database, self.make_world(make, database)
        database, world = self.made[make]
        self.open(database)
        return copy.deepcopy(world)  # type: ignore[no-any-return]

    def make_world(self, make: Callable[[], World], database: str) -> World:
        """Write the world into a new book of this name and leave it there."""
        from django.db import connection, transaction

        from baogong.config.database import copy_template, pointed_at

        copy_template(self.server, database)
        with pointed_at(self.server, database), transaction.atomic():
            world = make()
            connection.run_on_commit = []  # as in a test that is rolled back: nothing is sent after it
        return world

    def _has_written(self) -> bool:
        from django.db import connection

        with connection.cursor() as cursor:
            cursor.execute("SELECT pg_current_xact_id_if_assigned() IS NOT NULL")
            return bool(cursor.fetchone()[0])
