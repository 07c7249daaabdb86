"""How far each building of a community is: served, waiting, failed; and who brings what to it."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import Count, Q

from baogong.delivery.models import Parcel, Round, Visit
from baogong.kernel.windows import Window

State = Parcel.State
GOES_UP = Q(wants_door=True) | Q(out_of_place_at__isnull=False)  # as `Parcel.goes_up`


@dataclass(frozen=True, slots=True)
class BuildingCount:
    """
    Parcels for one unit; `building` None: nobody knows the address.

    served   handed over since the moment asked for, or on a shelf where it may lie, however long
    waiting  still to be brought, up from its shelf too; failed: of these, tried in vain before
    """

    building: UUID | None
    unit: UUID | None
    served: int
    waiting: int
    failed: int


def building_counts(*communities: UUID, since: datetime) -> tuple[BuildingCount, ...]:
    """Of all these; one query. What was sent back or lost is counted nowhere."""
    is_served = Q(state=State.HANDED_OVER, moved_at__gte=since) | (Q(state=State.ON_SHELF) & ~GOES_UP)
    is_on_its_way = ~Q(state__in=(State.HANDED_OVER, State.ON_SHELF, State.SENT_BACK, State.LOST, State.WITHDRAWN))
    is_open = is_on_its_way | (Q(state=State.ON_SHELF) & GOES_UP)
    rows = (
        Parcel.objects.filter(is_served | is_open, community__in=communities)
        .order_by()
        .values("building", "unit")
        .annotate(
            served=Count("id", filter=is_served),
            waiting=Count("id", filter=is_open & Q(attempts_count=0)),
            failed=Count("id", filter=is_open & Q(attempts_count__gt=0)),
        )
        .order_by("building", "unit")
    )
    return tuple(
        BuildingCount(row["building"], row["unit"], row["served"], row["waiting"], row["failed"]) for row in rows
    )


@dataclass(frozen=True, slots=True)
class Bringer:
    person: UUID
    name: str


@dataclass(frozen=True, slots=True)
class Brought:
    """One kind of parcels of a building and who brings it, by departure; more than one where several bring a part."""

    building: UUID
    category: str
    category_zh: str
    category_en: str
    couriers: tuple[Bringer, ...]


def who_brings(community: UUID, window: Window) -> tuple[Brought, ...]:
    """By building and kind, from the rounds that touch the window and that no other replaced; one query."""
    states = (Round.State.PLANNED, Round.State.STARTED, Round.State.DONE)
    rows = Visit.objects.filter(
        community=community, building__isnull=False, category__isnull=False, round__state__in=states
    )
    if window.start_at is not None:
        rows = rows.filter(round__back_at__gt=window.start_at)
    if window.end_at is not None:
        rows = rows.filter(round__leaves_at__lt=window.end_at)
    found: defaultdict[tuple[UUID, str, str, str], dict[UUID, str]] = defaultdict(dict)
    fields = (
        "building", "category__code", "category__name_zh", "category__name_en", "round__courier", "round__courier__name"
    )  # fmt: skip
    rows = rows.order_by("building", "category__code", "round__leaves_at", "round__name", "id")
    for building, code, name_zh, name_en, person, name in rows.values_list(*fields):
        found[building, code, name_zh, name_en].setdefault(person, name)
    return tuple(Brought(*what, tuple(Bringer(*each) for each in who.items())) for what, who in found.items())
