"""The call list of a shelf: whom to call when, so that nobody gathers."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Exists, OuterRef, Q

from baogong.delivery.comings import free_from
from baogong.delivery.models import Calling, Parcel
from baogong.delivery.queries.houses import zones_of

State = Parcel.State
TO_COME = (State.EXPECTED, State.AT_STATION, State.ON_CART, State.WITH_COURIER, State.ON_SHELF)


@dataclass(frozen=True, slots=True)
class CallingView:
    """
    One household (the door's id, where it is known): `address` as “5-2-301”, its parcels by code; `outcome` "" until it was called.

    from_at, until_at  as planned, or as told to who COMES; None: no window was left
    people_max         of its shelf in `window_minutes`
    """

    id: UUID
    shelf: UUID
    shelf_name: str
    people_max: int
    window_minutes: int
    community: UUID
    household: str
    address: str
    from_at: datetime | None
    until_at: datetime | None
    parcels: tuple[str, ...]
    on_shelf: int
    waiting: int  # on the shelf, or still to come to it
    called_at: datetime | None
    called_by_name: str
    outcome: str

    def is_overdue(self, at: datetime) -> bool:
        """Its window is over, and something lies there still or comes late."""
        return self.until_at is not None and self.until_at <= at and self.waiting > 0


def call_list(
    *,
    shelves: Collection[UUID] | None = None,
    communities: Collection[UUID] | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    at: datetime | None = None,
) -> tuple[CallingView, ...]:
    """
    By window, shelf and address; those without a window last, as long as something is to come for them. Two queries.

    since  with those whose window was over by then and whose parcels lie there still, or come late
    at     leaves out whose house lets nobody come down then, and whose parcels go up to the door; at most three queries more
    """
    own = Parcel.objects.filter(calling=OuterRef("pk"))
    rows = Calling.objects.filter(cancelled_at=None).select_related("shelf")
    rows = rows.filter(Q(from_at__isnull=False) | Exists(own.filter(state__in=TO_COME)))
    if shelves is not None:
        rows = rows.filter(shelf__in=list(shelves))
    if communities is not None:
        rows = rows.filter(shelf__community__in=list(communities))
    if since is not None:
        rows = rows.filter(Q(until_at__gt=since) | Exists(own.filter(state__in=TO_COME)))
    if until is not None:
        rows = rows.filter(Q(from_at__lt=until) | Q(from_at=None))
    found = list(rows.order_by("from_at", "shelf__sort_key", "household", "id")[:10_000])
    carried: defaultdict[UUID, list[Parcel]] = defaultdict(list)
    waiting = Parcel.objects.filter(calling__in=[row.id for row in found]).select_related("building", "unit", "door")
    for row in waiting.order_by("number"):
        if row.calling_id is not None:
            carried[row.calling_id].append(row)
    if at is not None:
        kept_in = _kept_in(carried, at)
        found = [row for row in found if row.id not in kept_in]
    return tuple(
        CallingView(
            row.id,
            row.shelf_id,
            row.shelf.name,
            row.shelf.people_max,
            row.shelf.window_minutes,
            row.shelf.community_id,
            row.household,
            _address(carried[row.id]),
            row.from_at,
            row.until_at,
            tuple(each.code for each in carried[row.id]),
            sum(each.state == State.ON_SHELF for each in carried[row.id]),
            sum(each.state in TO_COME for each in carried[row.id]),
            row.called_at,
            row.called_by_name,
            row.outcome,
        )
        for row in found
    )


def comings(shelves: Collection[UUID], *, since: datetime) -> dict[UUID, dict[UUID, datetime]]:
    """Shelf → call → from when that household was told to come, of those whose time was not over by then. One query."""
    rows = Calling.objects.filter(shelf__in=list(shelves), outcome="COMES", cancelled_at=None, until_at__gt=since)
    found: defaultdict[UUID, dict[UUID, datetime]] = defaultdict(dict)
    for shelf, calling, from_at in rows.order_by("from_at", "id").values_list("shelf", "id", "from_at"):
        if from_at is not None:
            found[shelf][calling] = from_at
    return dict(found)


def offered(
    calls: Iterable[CallingView], told: Mapping[UUID, Mapping[UUID, datetime]], at: datetime
) -> list[CallingView]:
    """
    The calls with the time to name to each: of those who are overdue, or for whom no window was left, the next free one of
    their shelf; the overdue first, then by window.

    told  as of `comings`
    """
    shelves: defaultdict[UUID, list[CallingView]] = defaultdict(list)
    for call in calls:
        shelves[call.shelf].append(call)
    found = []
    for shelf, theirs in shelves.items():
        late = [call for call in theirs if call.from_at is None or call.is_overdue(at)]
        planned = [call for call in theirs if call.from_at is not None and not call.is_overdue(at)]
        named = {call.id: call.from_at for call in planned if call.from_at is not None} | {**told.get(shelf, {})}
        for call in sorted(late, key=lambda one: (one.from_at is None, one.from_at or at)):
            window = timedelta(minutes=call.window_minutes)
            others = [moment for calling, moment in named.items() if calling != call.id]
            named[call.id] = free_from(at, others, call.people_max, window)
            found.append(replace(call, from_at=named[call.id], until_at=named[call.id] + window))
        found += planned
    return found


def _kept_in(carried: Mapping[UUID, list[Parcel]], at: datetime) -> set[UUID]:
    """Calls for which nobody comes down."""
    houses = {row.id: (row.community_id, row.building_id, row.unit_id) for rows in carried.values() for row in rows}
    zones = zones_of(houses.values(), at)

    def comes(row: Parcel) -> bool:
        zone = zones.get(houses[row.id])
        return not row.goes_up and (zone is None or zone.service != "DOOR")

    return {call for call, rows in carried.items() if not any(map(comes, rows))}


def _address(rows: list[Parcel]) -> str:
    if not rows:
        return ""
    row = rows[0]
    room = row.door.room if row.door else row.room_text
    parts = (row.building.name if row.building else "", row.unit.name if row.unit else "", room)
    return "-".join(part for part in parts if part)
