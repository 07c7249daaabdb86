"""Whose needs a person sees: all, where a duty of the office reaches everywhere; else those of the own places."""

from __future__ import annotations

from uuid import UUID

from baogong.kernel.actor import Actor, Duty
from baogong.people.queries.access import reach
from baogong.people.queries.merges import Houses, houses

OFFICE = (Duty.COMMAND, Duty.APPROVER, Duty.CLERK, Duty.AUDITOR)


def receivers_within(actor: Actor, *duties: Duty, merged: Houses | None = None) -> frozenset[UUID] | None:
    """The receivers where one of the duties (of the office's, where none is named) holds, with all merged with them."""
    places = reach(actor, *(duties or OFFICE))
    return None if places is None else (merged or houses()).family(places)


def require_sight(actor: Actor, receiver: UUID, *duties: Duty) -> None:
    """Raises NotYourPlace unless one of the duties (of the office's) holds at the receiver or at who it was merged with."""
    duties = duties or OFFICE
    if actor.may_any(*duties, at=receiver):  # the usual case asks the book nothing
        return
    if receiver not in (receivers_within(actor, *duties) or ()):
        actor.require(*duties, at=receiver)
