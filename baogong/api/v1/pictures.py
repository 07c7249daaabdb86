"""Pictures in requests: JPEG, PNG or WebP as base64; the journal keeps them without where and when they were taken."""

from __future__ import annotations

import base64
from typing import Annotated

from pydantic import Field

from baogong.kernel.errors import UnusableInput

PICTURE_CHARACTERS_MAX = 8_000_000
Picture = Annotated[
    str,
    Field(max_length=PICTURE_CHARACTERS_MAX, description="A JPEG, PNG or WebP picture; kept without where and when."),
]


def picture_in(text: str) -> bytes | None:
    """The picture's bytes; None where there is none. Raises UnusableInput."""
    if not text:
        return None
    try:
        return base64.b64decode(text, validate=True)
    except ValueError:  # binascii.Error is one
        raise UnusableInput("The picture is not in base64; nothing was kept.", where="photo_base64") from None
