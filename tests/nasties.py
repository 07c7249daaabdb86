"""
What careless programs, broken files and hostile visitors send: none of it may break the house.

`asked` sends one thing and takes back whatever it wrote, unless it was refused: a refusal must have written nothing, and
what it wrote all the same is found by counting the rows afterwards.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from typing import Any, TypeVar
from uuid import UUID
from zlib import crc32

from django.apps import apps
from django.db import connection, transaction
from psycopg.pq import TransactionStatus

Value = TypeVar("Value")

UNKNOWN = UUID("019a0000-0000-7000-8000-00000000dead")
LONG = "长" * 5_000 + "x" * 5_000
# In a form everything is text.
TEXTS: dict[str, str] = {
    "NUL": "a\x00b",
    "10^30": "1" + "0" * 30,
    "minus": "-1",
    "year 9999": "9999-12-31T23:59",
    "year 1": "0001-01-01",
    "empty": "",
    "long": LONG,
    "words": "若干",
    "unknown": str(UNKNOWN),
}
# In JSON a value can also have the wrong type.
VALUES: dict[str, Any] = {
    **TEXTS,
    "NUL": "a\x00b",
    "surrogate": "\ud800",
    "number 10^30": 10**30,
    "number -1": -1,
    "float": 0.5,
    "year 9999": "9999-12-31T23:59:59Z",
    "no zone": "2020-01-26T10:00:00",
    "null": None,
    "yes": True,
    "list": [[]],
    "object": {"a": {}},
}
# That somebody asked, and how often, is kept on purpose, also of what is refused.
KEPT_ON_PURPOSE = frozenset({"people_pace", "people_linkuse", "people_personallookup", "django_session"})


def some(nasties: Mapping[str, Value], where: str, is_whole: bool, count: int = 1) -> list[tuple[str, Value]]:
    """(name, what to send) there: all of them in `make soak`, in `make test` a few, others at the next place."""
    told = list(nasties.items())
    if is_whole or len(told) <= count:
        return told
    at = crc32(where.encode())
    return [told[(at + each) % len(told)] for each in range(count)]


def rows() -> dict[str, int]:
    """How many rows each of the house's tables holds; one statement."""
    tables = sorted({model._meta.db_table for model in apps.get_models(include_auto_created=True)} - KEPT_ON_PURPOSE)
    counts = ", ".join(f'(SELECT count(*) FROM "{table}")' for table in tables)
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT {counts}")
        return dict(zip(tables, cursor.fetchone(), strict=True))


def asked(send: Callable[[], Any], is_refused: Callable[[Any], bool]) -> Any:
    """The answer; what an accepted request wrote is taken back, what a refused one wrote stays to be found."""
    mark = transaction.savepoint()
    try:
        answer = send()
    except BaseException:
        transaction.savepoint_rollback(mark)
        raise
    # A read outside a transaction that the database refused breaks the test's own: in the house there is none.
    is_broken = connection.connection.info.transaction_status is TransactionStatus.INERROR
    if is_broken or not is_refused(answer):
        transaction.savepoint_rollback(mark)
    else:
        transaction.savepoint_commit(mark)
    return answer


def short(value: Any) -> str:
    return re.sub(r"(.{40}).+", r"\1…", ascii(value))
