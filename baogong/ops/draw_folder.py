"""A draw's folder: its papers as files, written once; and the lists of entries an office has."""

from __future__ import annotations

import csv
import json
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn

from baogong.kernel.errors import BaogongError, Kind, UnusableInput
from baogong.ops.json_file import decoded, unreadable

if TYPE_CHECKING:
    from baogong.engine.draw import Records

PAPER_BYTES_MAX = 4 * 1024**3
KEY_MODE = 0o600
COLUMNS = ("entry", "commitment", "household", "weight", "stratum")


class AlreadyDrawn(BaogongError):
    """There is never a second draw."""

    kind, code = Kind.CONFLICT, "ops.already-drawn"


class AlreadyWritten(BaogongError):
    """A paper stands where another one was to go."""

    kind, code = Kind.CONFLICT, "ops.already-written"


def paper(folder: Path, name: str, *, cure: str) -> bytes:
    """A paper that must be there. Raises UnusableInput."""
    try:
        return (folder / name).read_bytes()
    except FileNotFoundError:
        raise UnusableInput(
            f"{folder} holds no {name}. Nothing was done.",
            where=str(folder / name),
            found="no such file",
            expected=name,
            cure=cure,
        ) from None
    except OSError as error:
        raise unreadable(folder / name, error, so="Nothing was done.") from error


def papers(folder: Path) -> dict[str, bytes]:
    """Every file of a draw in the folder but the list, by name. Raises UnusableInput: no such folder."""
    from baogong.engine.draw.bundle import is_part

    try:
        return {
            file.name: file.read_bytes() for file in sorted(folder.iterdir()) if is_part(file.name) and file.is_file()
        }
    except OSError as error:
        raise unreadable(folder, error, so="Nothing was checked.") from error


def records(folder: Path) -> Records:
    """The closed list, read as it is needed. Raises UnusableInput."""
    import numpy as np

    from baogong.engine.draw.entries import RECORD_SIZE

    file = folder / "leaves.bin"
    try:
        size = file.stat().st_size
        if size % RECORD_SIZE:
            raise UnusableInput(
                f"{file} has {size:,} bytes, which are not whole records of {RECORD_SIZE}. Nothing was done.",
                where=str(file),
                found=size,
                expected=f"a multiple of {RECORD_SIZE}",
                cure="Copy the whole file again.",
            )
        if not size:
            return np.empty((0, RECORD_SIZE), np.uint8)
        return np.memmap(file, np.uint8, "r").reshape(-1, RECORD_SIZE)
    except OSError as error:
        raise unreadable(file, error, so="Nothing was done.") from error


def entries_of(file: Path) -> Records:
    """
    An office's list: 52-byte records (.bin), or a CSV with a row an entry.

    Its columns are `entry` and, if there are any, commitment, household (32 hex digits each; empty: zeros), weight, stratum.
    Raises UnusableInput with the line.
    """
    from baogong.engine.draw import records_of

    if file.suffix == ".bin":
        content = paper(file.parent, file.name, cure="Check the path.")
        if len(content) % 52:
            _bad(file, len(content), "whole records of 52 bytes")
        return records_of(content)
    try:
        with file.open(newline="", encoding="utf-8-sig") as lines:
            reader = csv.DictReader(lines, strict=True)
            names = reader.fieldnames or []
            if "entry" not in names or set(names) - set(COLUMNS):
                _bad(file, list(names), f"the columns {', '.join(COLUMNS)}, of which entry is needed")
            return records_of(b"".join(_record(file, reader.line_num, row) for row in reader))
    except OSError as error:
        raise unreadable(file, error, so="Nothing was closed.") from error
    except (csv.Error, UnicodeDecodeError) as error:
        _bad(file, str(error), "a CSV in UTF-8")


def _record(file: Path, line: int, row: dict[str, Any]) -> bytes:
    def sixteen(name: str, *, may_be_empty: bool = True) -> bytes:
        text = (row.get(name) or "").strip().lower()
        try:
            made = bytes.fromhex(text)
        except ValueError:
            made = b"?"
        if len(made) == 16 or (not made and may_be_empty):
            return made or bytes(16)
        _bad(file, text[:40], f"32 hex digits in {name}", line)

    def number(name: str, otherwise: int) -> bytes:
        text = (row.get(name) or "").strip()
        if text and not (text.isascii() and text.isdigit() and int(text) <= 0xFFFF):
            _bad(file, text[:40], f"a whole number up to 65535 in {name}", line)
        return (int(text) if text else otherwise).to_bytes(2, "big")

    if None in row:
        _bad(file, len(row[None]), "as many cells as columns", line)  # type: ignore[index]
    return b"".join(
        (
            sixteen("entry", may_be_empty=False),
            sixteen("commitment"),
            sixteen("household"),
            number("weight", 1),
            number("stratum", 0),
        )
    )


def _bad(file: Path, found: object, expected: str, line: int | None = None) -> NoReturn:
    where = str(file) if line is None else f"{file}, line {line}"
    raise UnusableInput(
        f"{where} cannot be read as entries. Nothing was closed.",
        where=where,
        found=found,
        expected=expected,
        cure="Correct the list; docs/algorithms/draw.md shows one.",
    )


@contextmanager
def written_whole(file: Path) -> Iterator[Path]:
    """A name to write under; the file has its own only once it is whole."""
    beside = file.with_name(file.name + ".part")
    try:
        yield beside
        os.replace(beside, file)
    except OSError as error:
        raise unwritable(file, error) from error
    finally:
        beside.unlink(missing_ok=True)


def write_once(folder: Path, made: Mapping[str, bytes]) -> None:
    """Papers that stay as they are: one that stands already must be the same. Raises AlreadyWritten, UnusableInput."""
    for name, content in made.items():
        file = folder / name
        if file.exists() and file.read_bytes() != content:
            raise AlreadyWritten(
                f"{file} is there already and says something else. Nothing was written.",
                where=str(file),
                found=name,
                expected="the same paper, or none",
                cure="Use a folder of its own for each draw; what was published stays.",
            )
    for name, content in made.items():
        if not (folder / name).exists():
            with written_whole(folder / name) as beside:
                beside.write_bytes(content)


def rewrite(folder: Path, made: Mapping[str, bytes]) -> None:
    """Files that follow from others."""
    for name, content in made.items():
        with written_whole(folder / name) as beside:
            beside.write_bytes(content)


def unwritable(file: Path, error: OSError) -> UnusableInput:
    return UnusableInput(
        f"{file} cannot be written: {error.strerror}. The draw stands as it stood.",
        where=str(file),
        found=error.strerror,
        expected="a folder that may be written to",
        cure="Check the folder, its rights and the space left.",
    )


def write_key(file: Path, document: dict[str, Any]) -> None:
    """A drill's key, for its holder alone. Raises AlreadyWritten, UnusableInput."""
    try:
        descriptor = os.open(file, os.O_WRONLY | os.O_CREAT | os.O_EXCL, KEY_MODE)
    except FileExistsError:
        raise AlreadyWritten(
            f"{file} is there already. Nothing was written.",
            where=str(file),
            found=file.name,
            expected="a new file",
            cure="Use the key that is there, or another name.",
        ) from None
    except OSError as error:
        raise unwritable(file, error) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as out:
        json.dump(document, out, indent=1)
        out.write("\n")


def object_of(file: Path) -> dict[str, Any]:
    """One JSON object. Raises UnusableInput."""
    content = paper(file.parent, file.name, cure="Check the path.")
    document = decoded(content, where=str(file), so="Nothing was done.")
    if isinstance(document, dict):
        return document
    raise UnusableInput(
        f"{file} holds no JSON object. Nothing was done.",
        where=str(file),
        found=type(document).__name__,
        expected="an object",
        cure="Give the file as it was made.",
    )
