"""Telephone numbers of a call list, for the courier whose work it is to call; each reading stays in the book."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.delivery.models import Calling
from baogong.delivery.services.devices import DeviceView
from baogong.people.services.identity import What, reveal_for_work
from baogong.places import queries as places
from baogong.places.services.communities import PHONE_PURPOSE


@transaction.atomic
def phones_for(*, device: DeviceView, callings: Collection[UUID], now: datetime) -> dict[UUID, str]:
    """Calling → number, as far as one is known. The caller names only lines of this courier's own shelves."""
    doors: dict[str, UUID] = {}
    rows = list(Calling.objects.filter(id__in=list(callings), cancelled_at=None).select_related("shelf"))
    for community in sorted({row.shelf.community_id for row in rows}):
        doors |= {str(door.id): door.person for door in places.doors_of(community, now) if door.person is not None}
    persons = {row.id: doors[row.household] for row in rows if row.household in doors}
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
