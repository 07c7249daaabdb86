"""
What of an event may leave the house: figures, ids, moments, numbers of papers, codes of closed lists.

Whatever people wrote may name somebody, so a text goes out only where its shape or its key says that nobody wrote it.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Keys whose texts are words of closed lists, or codes the house gave.
CODES = frozenset(
    {
        "answer",
        "code",
        "decision",
        "duty",
        "evidence",
        "group",
        "how",
        "kind",
        "kinds",
        "kit",
        "outcome",
        "proof",
        "settled",
        "sort",
        "state",
        "verdict",
        "way",
    }
)
_CODE = re.compile(r"[A-Za-z][A-Za-z0-9_.:*-]{0,59}|\*")
_FACT = re.compile(
    r"[0-9a-f]{8}(-[0-9a-f]{4}){3}-[0-9a-f]{12}"  # an id
    r"|[0-9a-f]{32,128}"  # a hash
    r"|\d{4}-\d\d-\d\d([T ]\d\d:\d\d(:\d\d(\.\d+)?)?([+-]\d\d:?\d\d|Z)?)?"  # a day, a moment
    r"|[A-Z]{2,4}-\d{4,}(-\d+)?"  # a paper's number
)
_NOTHING: Any = object()


def bare(data: Mapping[str, Any]) -> dict[str, Any]:
    """An event's data without any text a person wrote; what is left out leaves no key."""
    return {
        key: kept
        for key, value in data.items()
        if (_CODE.fullmatch(key) or _FACT.fullmatch(key)) and (kept := _bare(key, value)) is not _NOTHING
    }


def _bare(key: str, value: Any) -> Any:
    if value is None or isinstance(value, bool | int | float):
        return value
    if isinstance(value, Mapping):
        return bare(value)
    if isinstance(value, list | tuple):
        return [kept for each in value if (kept := _bare(key, each)) is not _NOTHING]
    text = str(value)
    is_known = not text or _FACT.fullmatch(text) or (key in CODES and _CODE.fullmatch(text))
    return text if is_known else _NOTHING
