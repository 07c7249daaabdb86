"""
Promises to households that others bring: what a room that promises tells the room that carries.

The rooms that promise stand below the one that carries and do not know of each other; what they all say stands here.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime
from itertools import islice
from uuid import UUID

from django.dispatch import Signal

AT_ONCE = 5_000  # promises named in one statement: a city's are a million

# room, claims: whoever brings them answers how many things of these are still on their way; asked before a purpose ends.
still_carried = Signal()
# room, office, claims, now: a purpose has ended; rooms above forget with it what they keep of its people. Told in parts.
people_forgotten = Signal()


def carried(room: str, claims: Iterable[UUID]) -> int:
    """How many things of these promises are on their way, as the rooms above tell."""
    told = (still_carried.send(sender=None, room=room, claims=some) for some in in_parts(claims))
    return sum(int(count or 0) for answers in told for _who, count in answers)


def tell_forgotten(room: str, office: UUID, claims: Iterable[UUID], now: datetime) -> None:
    """Rooms above forget what they keep of the people of these promises. Joins the caller's transaction."""
    for some in in_parts(claims):
        people_forgotten.send(sender=None, room=room, office=office, claims=some, now=now)


def in_parts(ids: Iterable[UUID]) -> Iterator[list[UUID]]:
    """Of any number no more at once than one statement names."""
    left = iter(ids)
    while some := list(islice(left, AT_ONCE)):
        yield some


@dataclass(frozen=True, slots=True)
class PromiseDue:
    """
    A promise that is ready to be brought.

    handover    ways allowed, the usual first; (): as the kind of parcel says
    visits_max  so often a courier comes where nobody is at home
    due_at      by when it is promised; None: nothing is
    waits_why   why nothing can be brought to its address now; "" where it can
    due_from_at  not before; None: as soon as may be
    unit_weight_g  of one, where the room knows it
    """

    id: UUID
    code: str
    office: UUID
    city: str
    hold: UUID
    lot: UUID
    item: UUID
    amount: int
    handover: tuple[str, ...]
    visits_max: int
    due_at: datetime | None
    waits_why: str = ""
    due_from_at: datetime | None = None
    unit_weight_g: int | None = None


@dataclass(frozen=True, slots=True)
class AddressOf:
    """What was typed as a promise's address; `doubt`: NONE none was kept, MOVED another than the one it was made with."""

    claim: UUID
    text: str
    doubt: str = ""
