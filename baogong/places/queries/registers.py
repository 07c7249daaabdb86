"""A community's doors as rows against which what people write is read."""

from __future__ import annotations

from collections import Counter
from datetime import datetime
from uuid import UUID

from baogong.places.models import Unit
from baogong.places.queries.communities import doors_of


def register_rows(community: UUID, at: datetime) -> tuple[tuple[str, str, str], ...]:
    """
    (building, unit, room), in their natural order. A unit of which not every door is listed has one row without a room:
    whoever lives there may have any.
    """
    doors: dict[UUID, list[str]] = {}
    for door in doors_of(community, at):
        doors.setdefault(door.unit, []).append(door.room)
    listed = Counter({unit: len(rooms) for unit, rooms in doors.items()})
    rows = []
    units = Unit.objects.filter(building__community=community).select_related("building")
    for unit in units.order_by("building__sort_key", "building_id", "sort_key", "id"):
        is_whole = listed[unit.pk] > 0 and listed[unit.pk] >= (unit.households_count or 0)
        rooms = doors[unit.pk] if is_whole else [""]
        rows += [(unit.building.name, unit.name, room) for room in rooms]
    return tuple(rows)
