"""
Tables as columns of numpy, a stretch at a time.

The server joins each column of a stretch into one value: no dearer for it than sending rows, and what is left to do
here is nothing for a single row. A row as a Python object would cost more than all that is checked in it.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import psycopg
from numpy.typing import NDArray

Kind = tuple[str, tuple[int, ...]]
Arrays = dict[str, NDArray[Any]]

_BLOCKS = 256  # of a table to a stretch: what is joined stays in the processor's own memory
_EPOCH_2000_US = 946_684_800_000_000
_NEVER = 0x7FFF_FFFF_FFFF_FFFE  # no moment the database knows, not even infinity
_NO_ID = f"'\\x{bytes(16).hex()}'::bytea"


@dataclass(frozen=True, slots=True)
class Column:
    """
    kind        of each value, as numpy says it; big-endian, as the server sends it
    expression  a bytea of the kind's size
    where       which rows have one; all, where nothing is said
    """

    name: str
    kind: Kind
    expression: str
    where: str = ""

    @property
    def size(self) -> int:
        return np.dtype(self.kind).itemsize

    def joined(self, *, whatever_size: bool) -> str:
        value = self.expression
        if whatever_size:
            zeros = f"'\\x{bytes(self.size).hex()}'::bytea"
            value = f"CASE WHEN octet_length({value}) = {self.size} THEN {value} ELSE {zeros} END"
        return f"string_agg({value}, NULL::bytea){f' FILTER (WHERE {self.where})' if self.where else ''}"


# The server's columns, under their own names where no other is given.


def id(name: str, column: str = "") -> Column:
    """16 bytes."""
    return Column(name, ("u1", (16,)), f"uuid_send({column or name})")


def id_or_none(name: str, column: str = "") -> Column:
    """16 bytes; zeros where there is none."""
    return Column(name, ("u1", (16,)), f"coalesce(uuid_send({column or name}), {_NO_ID})")


def hash32(name: str) -> Column:
    """A bytea of 32 bytes."""
    return Column(name, ("u1", (32,)), name)


def number(name: str) -> Column:
    """A bigint."""
    return Column(name, (">i8", ()), f"int8send({name})")


def count(name: str) -> Column:
    """An integer."""
    return Column(name, (">i4", ()), f"int4send({name})")


def day(name: str) -> Column:
    """Days since 2000-01-01."""
    return Column(name, (">i4", ()), f"date_send({name})")


def flag(name: str) -> Column:
    """0 or 1."""
    return Column(name, ("u1", ()), f"boolsend({name})")


def text(name: str, *, size: int) -> Column:
    """ASCII, padded with spaces."""
    return Column(name, ("u1", (size,)), f"textsend(rpad({name}, {size}))")


def moment(name: str) -> Column:
    """For `since_1970`."""
    return Column(name, (">i8", ()), f"coalesce(timestamptz_send({name}), '\\x{_NEVER:016x}'::bytea)")


def since_1970(moments: NDArray[Any]) -> NDArray[Any]:
    """Microseconds, big-endian as they came; 0 where there is no moment."""
    return np.where(moments == _NEVER, 0, moments.astype(np.int64) + _EPOCH_2000_US).astype(">i8")


def read(connection: psycopg.Connection[Any], columns: Sequence[Column], source: str) -> tuple[int, Arrays]:
    """How many rows `source` (FROM …) has, and each column as one array, all in the same order."""
    count, values = _read(connection, columns, source, whatever_size=False)
    if not all(_fits(column, count, value) for column, value in zip(columns, values, strict=True)):
        # Somebody wrote what no row of ours can hold. It becomes zeros, and is found to be wrong like any other value.
        count, values = _read(connection, columns, source, whatever_size=True)
    arrays = {}
    for column, value in zip(columns, values, strict=True):
        cell = np.dtype(column.kind)
        arrays[column.name] = np.frombuffer(value, cell.base).reshape(-1, *cell.shape)
    return count, arrays


def read_table(connection: psycopg.Connection[Any], table: str, columns: Sequence[Column]) -> Iterator[Arrays]:
    """All of a table in stretches, in the order in which it lies there; none of them is empty."""
    size = f"SELECT pg_relation_size('{table}') / current_setting('block_size')::int"
    with psycopg.Cursor(connection) as cursor:
        ((blocks_count,),) = cursor.execute(size.encode()).fetchall()
    for first in range(0, blocks_count, _BLOCKS):
        stretch = f"FROM {table} WHERE ctid >= '({first},0)' AND ctid < '({first + _BLOCKS},0)'"
        count, arrays = read(connection, columns, stretch)
        if count:
            yield arrays


def _read(
    connection: psycopg.Connection[Any], columns: Sequence[Column], source: str, *, whatever_size: bool
) -> tuple[int, list[bytes]]:
    joined = ", ".join(column.joined(whatever_size=whatever_size) for column in columns)
    with psycopg.Cursor(connection) as cursor:
        ((count, *values),) = cursor.execute(f"SELECT count(*), {joined} {source}".encode(), binary=True).fetchall()
    return count, [value or b"" for value in values]


def _fits(column: Column, count: int, value: bytes) -> bool:
    return len(value) % column.size == 0 if column.where else len(value) == count * column.size


def ids(column: NDArray[np.uint8]) -> NDArray[np.uint64]:
    """16 bytes each as two uint64: what `KeyIndex` looks up."""
    return np.ascontiguousarray(column).view(np.uint64)
