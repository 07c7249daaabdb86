"""Telephone numbers of a call list, for the courier whose work it is to call; each reading stays in the book."""

from __future__ import annotations

from collections.abc import Collection, Iterable
from contextlib import suppress
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.delivery.queries import CallingView
from baogong.delivery.services.devices import DeviceView
from baogong.people.services.identity import What, reveal_for_work
from baogong.places import queries as places
from baogong.places.services.communities import PHONE_PURPOSE


@transaction.atomic
def phones_for(*, device: DeviceView, calls: Collection[CallingView], now: datetime) -> dict[UUID, str]:
    """Calling → number, as far as one is known. The caller names only lines of this courier's own shelves."""
    households = {call.id: call.household for call in calls}
    doors = {str(door): person for door, person in places.persons_at(doors_in(households.values()), now).items()}
    persons = {calling: doors[household] for calling, household in households.items() if household in doors}
    numbers = reveal_for_work(
        parties=set(persons.values()),
        what=What.PHONE,
        purpose=PHONE_PURPOSE,
        actor=device.actor,
        now=now,
        why="call list of a shelf",
        known_since=device.from_at,
    )
    return {calling: numbers[person] for calling, person in persons.items() if person in numbers}


def doors_in(households: Iterable[str]) -> set[UUID]:
    """Those of the households that are registered doors; the others are known by unit and room only."""
    found = set()
    for household in households:
        with suppress(ValueError):
            found.add(UUID(household))
    return found
