"""Shifts and hours as others read them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Q, QuerySet

from baogong.crew.models import Shift
from baogong.kernel.errors import NotFound

TURNS_MAX = 5_000


class ShiftNotThere(NotFound):
    code = "crew.shift-not-there"


@dataclass(frozen=True, slots=True)
class ShiftView:
    """One stay on duty; `end_at` None: on duty now. `corrections` is how often it was put right."""

    id: UUID
    person: UUID
    person_name: str
    place: UUID
    place_name: str
    party: UUID | None
    party_name: str
    work: str
    start_at: datetime
    end_at: datetime | None
    on_by_name: str
    off_by_name: str
    is_void: bool
    corrections: int

    @property
    def minutes(self) -> int:
        """0 until it is signed off."""
        return round((self.end_at - self.start_at).total_seconds() / 60) if self.end_at and not self.is_void else 0


@dataclass(frozen=True, slots=True)
class Hours:
    """What one person did for one party: whole minutes of shifts that are signed off."""

    person: UUID
    person_name: str
    party: UUID | None
    party_name: str
    shifts: int
    minutes: int


def shifts(
    *,
    places: Collection[UUID] | None = None,
    person: UUID | None = None,
    party: UUID | None = None,
    since: datetime | None = None,
    until: datetime | None = None,
    is_open: bool = False,
    limit: int = TURNS_MAX,
) -> tuple[ShiftView, ...]:
    """Those that touch `[since, until)`, the newest first; two queries."""
    rows = Shift.objects.order_by("-start_at", "-id")
    if places is not None:
        rows = rows.filter(place__in=places)
    if person is not None:
        rows = rows.filter(person=person)
    if party is not None:
        rows = rows.filter(party=party)
    if since is not None:
        rows = rows.filter(Q(end_at=None) | Q(end_at__gt=since))
    if until is not None:
        rows = rows.filter(start_at__lt=until)
    if is_open:
        rows = rows.filter(end_at=None, is_void=False)
    return _views(rows[:limit])


def shift(shift_id: UUID) -> ShiftView:
    """Raises ShiftNotThere."""
    found = _views(Shift.objects.filter(pk=shift_id))
    if not found:
        raise ShiftNotThere("There is no such shift.", where=str(shift_id), cure="Choose one from the list.")
    return found[0]


def hours(
    found: Collection[ShiftView], *, since: datetime | None = None, until: datetime | None = None
) -> tuple[Hours, ...]:
    """
    Sums by person and party of these shifts, by name; only what lies in `[since, until)` counts.

    Who is still on duty counts once signed off.
    """
    sums: dict[tuple[str, UUID, str, UUID | None], list[float]] = defaultdict(lambda: [0, 0.0])
    for view in found:
        if view.end_at is None or view.is_void:
            continue
        start_at = max(view.start_at, since) if since else view.start_at
        end_at = min(view.end_at, until) if until else view.end_at
        if end_at > start_at:
            held = sums[view.person_name, view.person, view.party_name, view.party]
            held[0] += 1
            held[1] += (end_at - start_at).total_seconds()
    ordered = sorted(sums.items(), key=lambda pair: tuple(str(part) for part in pair[0]))
    return tuple(
        Hours(person, person_name, party, party_name, int(count), round(seconds / 60))
        for (person_name, person, party_name, party), (count, seconds) in ordered
    )


def _views(rows: QuerySet[Shift]) -> tuple[ShiftView, ...]:
    found = rows.select_related("person", "place", "party").prefetch_related("corrections")
    return tuple(
        ShiftView(
            id=row.id,
            person=row.person_id,
            person_name=row.person.name,
            place=row.place_id,
            place_name=row.place.name,
            party=row.party_id,
            party_name=row.party.name if row.party else "",
            work=row.work,
            start_at=row.start_at,
            end_at=row.end_at,
            on_by_name=row.on_by_name,
            off_by_name=row.off_by_name,
            is_void=row.is_void,
            corrections=len(row.corrections.all()),
        )
        for row in found
    )
