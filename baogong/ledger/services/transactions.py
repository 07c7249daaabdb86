"""Building blocks join the caller's transaction; without one they refuse."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, cast

import psycopg
from django.db import connection
from django.db.transaction import TransactionManagementError


@contextmanager
def callers_transaction() -> Iterator[psycopg.Connection[Any]]:
    """The psycopg connection of the transaction that Django has open; its errors come out as Django's."""
    if not connection.in_atomic_block:
        raise TransactionManagementError("the ledger's services run inside the caller's transaction.atomic")
    connection.validate_no_broken_transaction()
    connection.ensure_connection()
    with connection.wrap_database_errors:
        yield cast("psycopg.Connection[Any]", connection.connection)
