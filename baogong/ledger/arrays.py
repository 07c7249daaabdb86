"""
Columns of a batch as PostgreSQL reads them: one binary array each, joined at C speed.

psycopg's own arrays call a Python function for each element, which alone would cost more than the write.
Format: dimensions, has-null flag, element type, length, lower bound, then (size, bytes) for each element, size -1 = null.
"""

from __future__ import annotations

import struct
from collections.abc import Iterable, Sequence
from datetime import UTC, date, datetime, timedelta
from typing import Any, Self
from uuid import UUID
from weakref import WeakSet

from psycopg import Connection, Cursor
from psycopg.abc import Buffer, Params, Query
from psycopg.adapt import Dumper
from psycopg.pq import Format

_NULL = b"\xff\xff\xff\xff"
_SIZE_4, _SIZE_8, _SIZE_16, _SIZE_32 = (struct.pack(">i", size) for size in (4, 8, 16, 32))
_POSTGRES_EPOCH = datetime(2000, 1, 1, tzinfo=UTC)
_POSTGRES_DAY = _POSTGRES_EPOCH.toordinal()
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


class IntegerArray(bytes):
    """integer[]"""


class DateArray(bytes):
    """date[]"""


def _array(element_oid: int, parts: list[bytes]) -> bytes:
    if not parts:
        return struct.pack(">iiI", 0, 0, element_oid)
    return struct.pack(">iiIii", 1, 1, element_oid, len(parts), 1) + b"".join(parts)


def uuids(values: Iterable[UUID | None]) -> UuidArray:
    return UuidArray(
        _array(2950, [_NULL if value is None else _SIZE_16 + value.int.to_bytes(16, "big") for value in values])
    )


def raw_uuids(values: Iterable[bytes]) -> UuidArray:
    """From 16 bytes each."""
    return UuidArray(_array(2950, [_SIZE_16 + value for value in values]))


def bigints(values: Iterable[int]) -> BigintArray:
    return BigintArray(_array(20, [_SIZE_8 + value.to_bytes(8, "big", signed=True) for value in values]))


def integers(values: Iterable[int | None]) -> IntegerArray:
    return IntegerArray(
        _array(23, [_NULL if value is None else _SIZE_4 + value.to_bytes(4, "big", signed=True) for value in values])
    )


def dates(values: Iterable[date | None]) -> DateArray:
    return DateArray(
        _array(
            1082,
            [
                _NULL
                if value is None
                else _SIZE_4 + (value.toordinal() - _POSTGRES_DAY).to_bytes(4, "big", signed=True)
                for value in values
            ],
        )
    )


def hashes(values: Iterable[bytes | None]) -> BytesArray:
    """From 32 bytes each."""
    return BytesArray(_array(17, [_NULL if value is None else _SIZE_32 + value for value in values]))


def texts(values: Sequence[str]) -> TextArray:
    sized = {value: struct.pack(">i", len(value.encode())) + value.encode() for value in set(values)}
    return TextArray(_array(25, [sized[value] for value in values]))


def times(values: Iterable[datetime | None]) -> TimeArray:
    moments = list(values)
    sized = {
        value: _SIZE_8 + ((value - _POSTGRES_EPOCH) // _MICROSECOND).to_bytes(8, "big", signed=True)
        for value in set(moments)
        if value is not None
    }
    return TimeArray(_array(1184, [_NULL if value is None else sized[value] for value in moments]))


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
    IntegerArray: _dumper(1007),
    DateArray: _dumper(1182),
}


# A plan made while a table was empty would read all of it for ever, and make a writer ten times slower: so none is kept
# but where no plan may read a whole table. Whatever is looked up here has its key.
_BY_KEY_ONLY = """
SET plan_cache_mode = force_generic_plan; SET enable_seqscan = off; SET enable_hashjoin = off; SET enable_mergejoin = off
"""
_keepers: WeakSet[Connection[Any]] = WeakSet()
_able: WeakSet[Connection[Any]] = WeakSet()  # they know how the arrays above are sent


def keep_plans(connection: Connection[Any]) -> None:
    """
    From now on this connection keeps the plans of what `open_cursor`'s cursors ask: a quarter of what a small batch costs.

    Outside a transaction, for a connection that does nothing else.
    """
    if connection not in _keepers:
        connection.execute(_BY_KEY_ONLY)
        connection.prepare_threshold = 0
        _keepers.add(connection)


class _Cursor(Cursor[Any]):
    def execute(
        self, query: Query, params: Params | None = None, *, prepare: bool | None = None, binary: bool | None = None
    ) -> Self:
        if prepare is None:
            prepare = self.connection in _keepers
        # Two signatures of psycopg's in one, with and without a template.
        return super().execute(query, params, prepare=prepare, binary=binary)  # type: ignore[arg-type]


def open_cursor(connection: Connection[Any]) -> Cursor[Any]:
    """A cursor that sends the arrays above and reads binary answers; Django's own binds on the client's side."""
    if connection not in _able:
        for kind, dumper in _DUMPERS.items():
            connection.adapters.register_dumper(kind, dumper)
        _able.add(connection)
    cursor = _Cursor(connection)
    cursor.format = Format.BINARY
    return cursor
