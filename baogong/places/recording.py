"""
The house's events, as places record them: the room that keeps them is above this one and offers itself when it starts.
"""

from __future__ import annotations

from datetime import datetime
from typing import Any, Protocol
from uuid import UUID

from baogong.kernel.actor import Actor


class Record(Protocol):
    def __call__(
        self, *, kind: str, actor: Actor, now: datetime, subject: UUID | None = None, data: dict[str, Any] | None = None
    ) -> Any: ...


_record: Record | None = None


def record_with(record: Record) -> None:
    """Called once by the room that keeps events."""
    global _record
    _record = record


def record(
    *, kind: str, actor: Actor, now: datetime, subject: UUID | None = None, data: dict[str, Any] | None = None
) -> None:
    """Append an event in the caller's transaction. A programming error where nobody keeps events."""
    if _record is None:
        raise RuntimeError("nobody keeps events; is baogong.journal installed?")
    _record(kind=kind, actor=actor, now=now, subject=subject, data=data)
