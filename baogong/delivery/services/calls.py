"""What came of a call to a household: it comes to its shelf, when; nobody answered; it wants its door."""

from __future__ import annotations

from collections.abc import Collection
from datetime import datetime, timedelta
from uuid import UUID

from baogong.delivery.comings import most_beside
from baogong.delivery.errors import ParcelUnusable, ShelfCrowded
from baogong.delivery.models import Calling, Parcel, Serving
from baogong.delivery.queries.calls import comings
from baogong.delivery.services import custody
from baogong.journal.clock import house_moment
from baogong.journal.locks import lock_rows, lock_word
from baogong.kernel.actor import Actor

OUTCOMES = ("COMES", "NO_ANSWER", "TO_DOOR")
TOLD_AHEAD_MAX = timedelta(hours=24)


def tick(
    calling: UUID | None, outcome: str, come_at: datetime | None, *, by: Actor, at: datetime, station: UUID
) -> ShelfCrowded | None:
    """
    A household of the station's call list was called at that moment; the last call counts.

    come_at  from when it was told to come; None: from its window on, at once where that has begun or there is none
    Returns what is wrong where more are told to come to the shelf at that time than it takes: it was said, so it is written
    all the same. Raises ParcelUnusable.
    """
    found, waiting = None, dict[UUID, Parcel]()
    if calling is not None:
        waiting = custody.lock_parcels(Parcel.objects.filter(calling=calling).values_list("id", flat=True))
        rows = Calling.objects.filter(cancelled_at=None).select_related("shelf")
        found = next(iter(lock_rows(rows, [calling])), None)
    if found is None or not _is_of(found, station) or outcome not in OUTCOMES:
        raise ParcelUnusable(
            "A call is of a line of the call list and has a known outcome; nothing was kept.",
            where=str(calling or ""),
            found=outcome,
            expected=list(OUTCOMES),
            cure="Load the call list again.",
        )
    if come_at is not None and abs(come_at - at) > TOLD_AHEAD_MAX:
        raise ParcelUnusable(
            "A household is told to come within a day of the call; nothing was kept.",
            where="come_at",
            found=house_moment(come_at),
            expected=f"within a day of {house_moment(at)}",
            cure="Set the telephone's clock right and tick the call again.",
        )
    crowded = None
    if found.called_at is None or at >= found.called_at:
        found.called_at, found.called_by_id, found.called_by_name, found.outcome = at, by.person_id, by.name, outcome
        if outcome == "COMES":
            found.from_at = come_at or max(at, found.from_at or at)
            found.until_at = found.from_at + timedelta(minutes=found.shelf.window_minutes)
            crowded = _crowded(found, found.from_at)
        found.save(update_fields=["called_at", "called_by", "called_by_name", "outcome", "from_at", "until_at"])
    if outcome == "TO_DOOR":
        still = Parcel.objects.filter(id__in=waiting, calling=found)
        still.exclude(state=Parcel.State.HANDED_OVER).update(wants_door=True)
    return crowded


def _is_of(calling: Calling, station: UUID) -> bool:
    """A call is of the station whose parcels wait for it, or that serves the community of its shelf."""
    own = Parcel.objects.filter(calling=calling, station=station)
    serving = Serving.objects.filter(community__shelves=calling.shelf_id, station=station, until_at=None)
    return own.exists() or serving.exists()


def _crowded(found: Calling, come_at: datetime) -> ShelfCrowded | None:
    """Of two who tell of one shelf at the same moment the second sees what the first told."""
    shelf = found.shelf
    lock_word(f"calls to shelf {shelf.id}")
    window = timedelta(minutes=shelf.window_minutes)
    told = comings([shelf.id], since=come_at - window).get(shelf.id, {})
    others: Collection[datetime] = [moment for calling, moment in told.items() if calling != found.id]
    people = most_beside(come_at, others, window) + 1
    if people <= shelf.people_max:
        return None
    return ShelfCrowded(
        f"{people} households are told to come to shelf {shelf.name} within {shelf.window_minutes} minutes around "
        f"{house_moment(come_at)}. It was written as it was said.",
        where=shelf.name,
        found=people,
        expected=f"at most {shelf.people_max} in {shelf.window_minutes} minutes",
        cure="Ring one of them again and name a later time, or let somebody keep them apart at the shelf.",
        people=people,
        people_max=shelf.people_max,
        minutes=shelf.window_minutes,
        at=house_moment(come_at),
    )
