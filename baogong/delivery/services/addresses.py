"""Open parcels whose room was only text when they were listed: they get their door as soon as it is registered."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from uuid import UUID

from baogong.delivery.models import Calling, Parcel
from baogong.engine.sheets.house_numbers import room_name
from baogong.places.services.communities import doors_listed

_PAST = (Parcel.State.HANDED_OVER, Parcel.State.SENT_BACK, Parcel.State.LOST, Parcel.State.WITHDRAWN)


def tie_doors(doors: Sequence[tuple[UUID, UUID, str]]) -> int:
    """
    Parcels of these units that have no door and whose room is one of these; returns how many were tied.

    doors  (id, unit, room). Calls to a shelf that were made for the room as written count for its door from now on.
    """
    by_room = {(unit, room.casefold()): door for door, unit, room in doors}
    rows = (
        Parcel.objects.select_for_update(of=("self",))
        .filter(unit__in={unit for unit, _room in by_room}, door=None)
        .exclude(state__in=_PAST)
        .order_by("id")
    )
    found: defaultdict[UUID, list[Parcel]] = defaultdict(list)
    for row in rows:
        assert row.unit_id is not None
        door = by_room.get((row.unit_id, room_name(row.room_text).casefold())) if row.room_text else None
        if door is not None:
            found[door].append(row)
    for door, parcels in found.items():
        Parcel.objects.filter(id__in=[row.id for row in parcels]).update(door=door)
        calls = [row.calling_id for row in parcels if row.calling_id is not None]
        Calling.objects.filter(id__in=calls).update(household=str(door))
    return sum(map(len, found.values()))


def _listed(doors: Sequence[tuple[UUID, UUID, str]], **_more: object) -> None:
    tie_doors(doors)


def register() -> None:
    doors_listed.connect(_listed, dispatch_uid="delivery.addresses")
