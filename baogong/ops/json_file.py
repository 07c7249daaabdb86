"""One reader of JSON files for commands: whatever is wrong with the file is told with its path, what was found and a cure."""

from __future__ import annotations

import json
from math import isfinite
from pathlib import Path
from typing import Any

from baogong.kernel.errors import UnusableInput

DIGITS_SAFE = 300
"""No integer of so few digits is larger than the largest number."""


def read_json(path: Path, *, bytes_max: int, so: str, cure: str) -> object:
    """
    The decoded document. Raises UnusableInput.

    so    what therefore did not happen, such as "Nothing was planned."
    cure  what to do with a file of more than `bytes_max`
    """
    return decoded(read_bytes(path, bytes_max=bytes_max, so=so, cure=cure), where=str(path), so=so)


def read_bytes(path: Path, *, bytes_max: int, so: str, cure: str) -> bytes:
    """A file of whatever kind that is not too large; so, cure: as for `read_json`. Raises UnusableInput."""
    try:
        size = path.stat().st_size
        if size > bytes_max:
            raise UnusableInput(
                f"{path} has {size:,} bytes; up to {bytes_max:,} are read. {so}",
                where=str(path),
                found=size,
                expected=f"at most {bytes_max} bytes",
                cure=cure,
            )
        return path.read_bytes()
    except OSError as error:
        raise unreadable(path, error, so=so) from error


def decoded(text: bytes, *, where: str, so: str) -> object:
    """A document, or one line of a file of lines. Raises UnusableInput."""
    try:
        return json.loads(
            text, parse_constant=_refuse_constant, parse_float=_finite, parse_int=_whole, object_pairs_hook=_once_each
        )
    except (ValueError, RecursionError) as error:
        raise UnusableInput(
            f"{where} is not JSON: {error}. {so}",
            where=where,
            found=str(error),
            expected="JSON in UTF-8",
            cure="Save the file as JSON in UTF-8; look at the line and column named.",
        ) from error


def unreadable(path: Path, error: OSError, *, so: str) -> UnusableInput:
    return UnusableInput(
        f"{path} cannot be read: {error.strerror}. {so}",
        where=str(path),
        found=error.strerror,
        expected="a file that may be read",
        cure="Check the path and the rights of the file.",
    )


def _once_each(pairs: list[tuple[str, Any]]) -> dict[str, Any]:
    """A name given twice would silently lose its first value. Raises ValueError."""
    found = dict(pairs)
    if len(found) < len(pairs):
        twice = next(name for at, (name, _value) in enumerate(pairs) if name in dict(pairs[:at]))
        raise ValueError(f"“{twice[:40]}” stands twice in one object")
    return found


def _finite(text: str) -> float:
    """1e400 is JSON, and no number a program can count with. Raises ValueError."""
    number = float(text)
    if not isfinite(number):
        raise ValueError(f"{text[:40]} is larger than any number that can be counted with")
    return number


def _whole(text: str) -> int:
    """An integer within what can be weighed. Raises ValueError."""
    if len(text) > DIGITS_SAFE:
        _finite(text)
    return int(text)


def _refuse_constant(name: str) -> None:
    raise ValueError(f"{name} is not a number of JSON")
