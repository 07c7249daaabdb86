"""What no text of the book may hold: NUL, which PostgreSQL cannot store, and half a character (a lone surrogate)."""

from __future__ import annotations

import re
from collections.abc import Iterable
from typing import Any

from baogong.kernel.errors import UnusableInput

_UNWRITABLE = re.compile("[\x00\ud800-\udfff]")


class UnwritableText(UnusableInput):
    """A text holds a character that cannot be stored or shown."""

    code = "kernel.unwritable-text"


def refuse_unwritable(value: Any, where: str) -> None:
    """Look through a text, or whatever JSON can say, down to its last text. Raises UnwritableText with the place."""
    if isinstance(value, str):
        if met := _UNWRITABLE.search(value):
            raise UnwritableText(
                f"The text holds U+{ord(met.group()):04X}, which is no character of any script. Nothing was done.",
                where=where,
                found=f"U+{ord(met.group()):04X}",
                expected="text without NUL and without halves of characters",
                cure="Remove it, or type the text again, and send it once more.",
            )
        return
    if isinstance(value, dict):
        for name, part in value.items():
            refuse_unwritable(name, where)
            refuse_unwritable(part, f"{where}.{name}" if where else str(name))
    elif isinstance(value, Iterable) and not isinstance(value, bytes):
        for number, part in enumerate(value):
            refuse_unwritable(part, f"{where}.{number}" if where else str(number))
