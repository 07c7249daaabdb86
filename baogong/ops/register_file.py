"""A community's doors from a file, for commands that read chains and addresses without a book."""

from __future__ import annotations

from pathlib import Path

from baogong.engine.chain import doors_from
from baogong.engine.sheets.readers import read_table
from baogong.ops.json_file import read_bytes

BYTES_MAX = 64 * 1024 * 1024


def read_doors(path: Path) -> tuple[tuple[str, str, str], ...]:
    """(building, unit, room) of each row; unit and room may be left out. Raises UnusableInput."""
    data = read_bytes(
        path, bytes_max=BYTES_MAX, so="Nothing was read.", cure="Leave out what is no door of the community."
    )
    return doors_from(read_table(path.name, data))
