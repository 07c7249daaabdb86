"""Values on their way into the journal: plain JSON, one spelling, one hash."""

from __future__ import annotations

import json
from hashlib import sha256
from typing import Any

from django.core.serializers.json import DjangoJSONEncoder


def canonical(value: Any) -> str:
    """The one JSON text of a value: sorted keys, no spaces; ids, moments, days and enums as text."""
    return json.dumps(
        value, cls=DjangoJSONEncoder, sort_keys=True, separators=(",", ":"), ensure_ascii=False, allow_nan=False
    )


def plain(value: Any) -> Any:
    """The value with nothing in it that JSON does not know."""
    return json.loads(canonical(value))


def content_hash(*parts: Any) -> bytes:
    """32 bytes; equal for equal content, whatever order its keys were in."""
    return sha256(canonical(parts).encode()).digest()
