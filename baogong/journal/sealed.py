"""
Texts in which somebody may be named: sealed as they are written, under the key of the purpose whose people they are about.

Rows of the journal are never changed. When the purpose ends its key goes, and with it what these texts said; the rows stay, and
so does every hash, which is over what is stored.
"""

from __future__ import annotations

import json
from base64 import b64decode, b64encode
from collections.abc import Callable
from datetime import datetime
from functools import cache
from typing import Any

from baogong.people.services.identity import opener, sealer

SEALED = "sealed"


def sealed_text(text: str, *, purpose: str, now: datetime) -> dict[str, str]:
    """What stands in an event's data in place of what somebody typed. Raises Erased."""
    return {SEALED: sealer(purpose=purpose, now=now)(text)}


def opened_data(data: dict[str, Any], opened: Callable[[str], str]) -> dict[str, Any]:
    """The data of an event as they were told; "" for what was forgotten since."""
    return {
        key: opened(value[SEALED]) if isinstance(value, dict) and value.keys() == {SEALED} else value
        for key, value in data.items()
    }


def piece_sealer(*, now: datetime) -> Callable[[str, str, str], str]:
    """(purpose, text, name) of a piece of evidence → what is kept of both. Each purpose's key is read once. Raises Erased."""
    seal = cache(lambda purpose: sealer(purpose=purpose, now=now))
    return lambda purpose, text, name: seal(purpose)(json.dumps([text, name], ensure_ascii=False))


def opened_piece(sealed: str, opened: Callable[[str], str]) -> tuple[str, str]:
    """The text and the name; "" for both where they were forgotten."""
    told = opened(sealed)
    if not told:
        return "", ""
    text, name = json.loads(told)
    return text, name


def sealed_picture(payload: bytes, *, purpose: str, now: datetime) -> bytes:
    """A photo or drawn signature, as it is kept. Raises Erased."""
    return sealer(purpose=purpose, now=now)(b64encode(payload).decode()).encode()


def opened_picture(payload: bytes) -> bytes | None:
    """None where it was forgotten."""
    told = opener()(payload.decode())
    return b64decode(told) if told else None
