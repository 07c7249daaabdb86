"""
Columns of a batch as PostgreSQL reads them: one binary array each, joined at C speed.

psycopg's own arrays call a Python function for each element, which alone would cost more than the write.
Format: dimensions, has-null flag, element type, length, lower bound, then (size, bytes) for each element, size -1 = null.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from psycopg import Connection, Cursor
from psycopg.abc import Buffer
from psycopg.adapt import Dumper
from psycopg.pq import Format

_NULL = b"\xff\xff\xff\xff"
_SIZE_8, _SIZE_16, _SIZE_32 = (struct.pack(">i", size) for size in (8, 16, 32))
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_MICROSECOND = timedelta(microseconds=1)


class UuidArray(bytes):
    """uuid[]"""


class BigintArray(bytes):
    """bigint[]"""


class BytesArray(bytes):
    """bytea[]"""


class TextArray(bytes):
    """text[]"""


class TimeArray(bytes):
    """timestamptz[]"""


class BoolArray(bytes):
    """boolean[]"""


def _array(element_oid: int, parts: list[bytes]) -> bytes:
    if not parts:
        return struct.pack(">iiI", 0, 0, element_oid)
    return struct.pack(">iiIii", 1, 1, element_oid, len(parts), 1) + b"".join(parts)


def uuids(values: Iterable[UUID | None]) -> UuidArray:
    return UuidArray(_array(2950, [_NULL if value is None else _SIZE_16 + value.bytes for value in values]))


def raw_uuids(values: Iterable[bytes]) -> UuidArray:
    """From 16 bytes each."""
    return UuidArray(_array(2950, [_SIZE_16 + value for value in values]))


def bigints(values: Iterable[int]) -> BigintArray:
    return BigintArray(_array(20, [_SIZE_8 + value.to_bytes(8, "big", signed=True) for value in values]))


def hashes(values: Iterable[bytes]) -> BytesArray:
    """From 32 bytes each."""
    return BytesArray(_array(17, [_SIZE_32 + value for value in values]))


def texts(values: Sequence[str]) -> TextArray:
    sized = {value: struct.pack(">i", len(value.encode())) + value.encode() for value in set(values)}
    return TextArray(_array(25, [sized[value] for value in values]))


def times(values: Iterable[datetime | None]) -> TimeArray:
    return TimeArray(
        _array(
            1184,
            [
                _NULL
                if value is None
                else _SIZE_8 + ((value - _POSTGRES_EPOCH) // _MICROSECOND).to_bytes(8, "big", signed=True)
                for value in values
            ],
        )
    )


def bools(values: Iterable[bool]) -> BoolArray:
    return BoolArray(_array(16, [b"\x00\x00\x00\x01\x01" if value else b"\x00\x00\x00\x01\x00" for value in values]))


class _AsItIs(Dumper):
    format = Format.BINARY

    def dump(self, obj: bytes) -> Buffer:
        return bytes(obj)


def _dumper(array_oid: int) -> type[Dumper]:
    return type(f"ArrayDumper{array_oid}", (_AsItIs,), {"oid": array_oid})


_DUMPERS: dict[type, type[Dumper]] = {
    UuidArray: _dumper(2951),
    BigintArray: _dumper(1016),
    BytesArray: _dumper(1001),
    TextArray: _dumper(1009),
    TimeArray: _dumper(1185),
    BoolArray: _dumper(1000),
}


def open_cursor(connection: Connection[Any]) -> Cursor[Any]:
    """A cursor that sends the arrays above and reads binary answers; Django's own binds on the client's side."""
    cursor: Cursor[Any] = Cursor(connection)
    cursor.format = Format.BINARY
    for kind, dumper in _DUMPERS.items():
        cursor.adapters.register_dumper(kind, dumper)
    return cursor
