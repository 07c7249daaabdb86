"""Whose need it is decides who may touch it: the duty holds at the receiver, or at who speaks for it."""

from __future__ import annotations

from uuid import UUID

from baogong.kernel.actor import Actor, Duty
from baogong.needs.queries.sight import require_sight


def require_at(actor: Actor, receiver: UUID, *duties: Duty) -> None:
    """Raises NotYourPlace unless one of the duties holds at the receiver or at any it was merged with."""
    require_sight(actor, receiver, *(duties or (Duty.CLERK, Duty.COMMAND)))
