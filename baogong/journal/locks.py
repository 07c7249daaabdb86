"""The one way to lock rows outside the ledger: sorted, read, bounded, inside a transaction."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from typing import Any, TypeVar

from django.db import OperationalError, connection, transaction
from django.db.models import Model, QuerySet

from baogong.kernel.errors import BaogongError, Kind, NotFound

LOCK_WAIT_MS = 3000
# lock_not_available: waited too long; deadlock_detected: each waited for the other, and this one was chosen to give way.
GIVEN_WAY = ("55P03", "40P01")
_Row = TypeVar("_Row", bound=Model)


class Busy(BaogongError):
    """Somebody else holds the row for longer than people wait, or waits for what is held here. Nothing was changed."""

    kind, code = Kind.CONFLICT, "journal.busy"


def require_transaction() -> None:
    """Building blocks join their caller's transaction; outside one, half of an act could stay."""
    if not connection.in_atomic_block:
        raise transaction.TransactionManagementError("this service joins its caller's transaction; open one first")


def lock_rows(rows: QuerySet[_Row], ids: Iterable[Any]) -> list[_Row]:
    """The rows, ordered by id, locked until the transaction ends. Raises Busy after three seconds, or in a deadlock."""
    require_transaction()
    with _giving_way():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_WAIT_MS}ms"])
        locked = list(rows.order_by("pk").select_for_update(of=("self",)).filter(pk__in=list(ids)))
        with connection.cursor() as cursor:
            cursor.execute("SET LOCAL lock_timeout TO DEFAULT")
        return locked


@contextmanager
def _giving_way() -> Iterator[None]:
    """PostgreSQL has given the lock to another: in the house's words. The transaction is over. Raises Busy."""
    try:
        yield
    except OperationalError as error:
        if getattr(error.__cause__, "sqlstate", "") not in GIVEN_WAY:
            raise
        raise Busy(
            "Somebody else is working on this at the moment; nothing was changed.", cure="Try again in a few seconds."
        ) from error


def lock_row(rows: QuerySet[_Row], row_id: Any) -> _Row:
    """One row, locked. Raises NotFound, Busy."""
    locked = lock_rows(rows, [row_id])
    if not locked:
        raise NotFound(
            "There is no such entry in this book; nothing was changed.",
            where=f"{rows.model.__name__} {row_id}",
            cure="Open the list again and choose from it.",
        )
    return locked[0]


@contextmanager
def when_settled(word: str) -> Iterator[None]:
    """
    Once nobody holds the word who took it shared (`pg_advisory_xact_lock_shared`), read what they all have written; at the
    block's end the word is let go and whatever was written in it is undone. Raises Busy after three seconds.
    """
    with _giving_way(), transaction.atomic():
        with connection.cursor() as cursor:
            cursor.execute("SELECT set_config('lock_timeout', %s, true)", [f"{LOCK_WAIT_MS}ms"])
            cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [word])
        yield
        transaction.set_rollback(True)


def lock_word(word: str) -> None:
    """
    Whoever asks for the same word waits until this transaction ends: for what no single row stands for.

    Raises Busy in a deadlock.
    """
    require_transaction()
    with _giving_way(), connection.cursor() as cursor:
        cursor.execute("SELECT pg_advisory_xact_lock(hashtextextended(%s, 0))", [word])
