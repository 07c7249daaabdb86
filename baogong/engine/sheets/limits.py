"""How much of a file is read before it is refused: a small house must not fall over one upload."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from baogong.engine.sheets.tables import BadCell, UnreadableFile


def longest(model: Any, field: str) -> int:
    """How many characters a model's field takes; 0 where it takes any number of them."""
    return int(model._meta.get_field(field).max_length or 0)  # noqa: SLF001


@dataclass(frozen=True, slots=True)
class Limits:
    """Bounds of one file. `unzip_ratio` is unpacked bytes over packed bytes."""

    file_bytes: int = 20_000_000
    rows: int = 100_000
    columns: int = 500
    cell_characters: int = 10_000
    unzipped_bytes: int = 300_000_000
    unzip_ratio: int = 200

    def check_file(self, name: str, size_bytes: int) -> None:
        if size_bytes > self.file_bytes:
            raise _too_large(name, f"{size_bytes:,} bytes", f"at most {self.file_bytes:,} bytes")

    def check_row(self, name: str, number: int, width: int) -> None:
        if number > self.rows:
            raise _too_large(name, f"more than {self.rows:,} rows", f"at most {self.rows:,} rows")
        if width > self.columns:
            raise _too_large(name, f"{width:,} columns in row {number}", f"at most {self.columns:,} columns")

    def check_unzip(self, name: str, packed_bytes: int, unpacked_bytes: int) -> None:
        if unpacked_bytes > self.unzipped_bytes or unpacked_bytes > self.unzip_ratio * max(packed_bytes, 1):
            raise _too_large(
                name,
                f"{packed_bytes:,} bytes that unpack to {unpacked_bytes:,}",
                f"at most {self.unzipped_bytes:,} bytes and {self.unzip_ratio} times the packed size",
            )

    def checked_text(self, text: str, where: str) -> str:
        if len(text) > self.cell_characters:
            raise BadCell(
                f"Cell {where} holds {len(text):,} characters; the file was not read.",
                where=where,
                found=f"{len(text):,} characters",
                expected=f"at most {self.cell_characters:,}",
                cure="Shorten the cell, or check that the file's quotes are closed.",
            )
        return text


def _too_large(name: str, found: str, expected: str) -> UnreadableFile:
    return UnreadableFile(
        f"This file is too large: {found}; nothing was read.",
        where=name,
        found=found,
        expected=expected,
        cure="Split it into smaller files.",
    )
