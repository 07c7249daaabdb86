"""Whose need it is decides who may touch it: the duty holds at the receiver, or at who speaks for it."""

from __future__ import annotations

from uuid import UUID

from baogong.kernel.actor import Actor, Duty
from baogong.people.queries.merges import houses


def require_at(actor: Actor, receiver: UUID, *duties: Duty) -> None:
    """Raises NotYourPlace unless one of the duties holds at the receiver or at any it was merged with."""
    duties = duties or (Duty.CLERK, Duty.COMMAND)
    if any(actor.may(duty, receiver) for duty in duties):
        return
    family = houses().family([receiver])
    if not any(actor.may(duty, party) for duty in duties for party in family):
        actor.require(*duties, at=receiver)
