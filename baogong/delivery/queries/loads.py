"""Who has too much to do, what is behind its time, what runs out of time: of the whole house, a row for each, one query each."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Exists, F, Max, Min, OuterRef, Q, Sum

from baogong.delivery.models import Parcel, Round, VisitParcel

ROWS_MAX = 200
LEAVES_WITHIN = timedelta(minutes=10)  # loading takes a while: a round that stands so long has not just been held up
DAY = timedelta(hours=24)
UNDERWAY = (
    Parcel.State.EXPECTED,
    Parcel.State.AT_STATION,
    Parcel.State.ON_CART,
    Parcel.State.WITH_COURIER,
    Parcel.State.ON_SHELF,
)


@dataclass(frozen=True, slots=True)
class LateRound:
    """A round that should have left (`has_left` False) or be back, with parcels still to bring. `since`: when it should have."""

    id: UUID
    name: str
    station: UUID
    courier: UUID
    since: datetime
    has_left: bool
    open_count: int


@dataclass(frozen=True, slots=True)
class StationLoad:
    """
    What stands at a station to be brought.

    unplanned  on no round and no cart
    since      for how long the first of those has stood there; None: all are planned
    planned    on rounds under way, or leaving within a day
    """

    station: UUID
    standing: int
    unplanned: int
    since: datetime | None
    planned: int


@dataclass(frozen=True, slots=True)
class CourierLoad:
    """A courier's rounds of a day: `work_s` planned, with `parcels_count` parcels still to bring."""

    courier: UUID
    station: UUID
    leaves_at: datetime
    back_at: datetime
    work_s: int
    parcels_count: int


@dataclass(frozen=True, slots=True)
class ParcelsDue:
    """Parcels of a station promised by a moment that is near, and not handed over; `late_count` past it."""

    station: UUID
    count: int
    late_count: int
    first_due_at: datetime


def late_rounds(now: datetime, *, limit: int | None = ROWS_MAX) -> tuple[LateRound, ...]:
    """The longest late first; `limit` None: all, as of each read here that may be asked so."""
    has_left = Q(state=Round.State.STARTED, back_at__lte=now)
    stands = Q(state=Round.State.PLANNED, leaves_at__lte=now - LEAVES_WITHIN)
    rows = (
        Round.objects.filter(has_left | stands)
        .annotate(open_count=Count("visits__parcels", filter=Q(visits__parcels__ended_at=None)))
        .filter(open_count__gt=0)
        .order_by("back_at", "id")[:limit]
    )
    found = [
        LateRound(
            row.id,
            row.name,
            row.station_id,
            row.courier_id,
            row.back_at if row.state == Round.State.STARTED else row.leaves_at,
            row.state == Round.State.STARTED,
            row.open_count,
        )
        for row in rows
    ]
    return tuple(sorted(found, key=lambda each: (each.since, each.id)))


def station_loads(now: datetime, *, limit: int | None = ROWS_MAX) -> tuple[StationLoad, ...]:
    """Of every station at which something stands, the most unplanned first; two queries."""
    on_a_round = VisitParcel.objects.filter(parcel=OuterRef("pk"), ended_at=None)
    standing = Parcel.objects.filter(state=Parcel.State.AT_STATION, holder=F("station")).annotate(
        is_planned=Exists(on_a_round)
    )
    rows = (
        standing.order_by()
        .values("station")
        .annotate(
            count=Count("id"),
            unplanned=Count("id", filter=Q(is_planned=False)),
            since=Min("moved_at", filter=Q(is_planned=False)),
        )
        .order_by("-unplanned", "station")[:limit]
    )
    going = Round.objects.filter(
        Q(state=Round.State.STARTED) | Q(state=Round.State.PLANNED, leaves_at__lt=now + DAY), back_at__gt=now - DAY
    )
    planned = dict(
        VisitParcel.objects.filter(ended_at=None, visit__round__in=going)
        .order_by()
        .values_list("visit__round__station")
        .annotate(count=Count("id"))
    )
    return tuple(
        StationLoad(row["station"], row["count"], row["unplanned"], row["since"], planned.get(row["station"], 0))
        for row in rows
    )


def courier_loads(now: datetime, *, least_s: int = 0, limit: int | None = ROWS_MAX) -> tuple[CourierLoad, ...]:
    """Whose rounds of the twelve hours before and after come to more than `least_s`, the most first."""
    rows = (
        Round.objects.filter(
            state__in=(Round.State.PLANNED, Round.State.STARTED, Round.State.DONE),
            leaves_at__gte=now - DAY / 2,
            leaves_at__lt=now + DAY / 2,
        )
        .order_by()
        .values("courier", "station")
        .annotate(first=Min("leaves_at"), last=Max("back_at"), work=Sum("work_s"))
        .filter(work__gt=least_s)
        .order_by("-work", "courier", "station")[:limit]
    )
    return tuple(
        CourierLoad(row["courier"], row["station"], row["first"], row["last"], row["work"], counts)
        for row, counts in zip(rows, _still_to_bring([row["courier"] for row in rows]), strict=True)
    )


def parcels_due(until: datetime, *, now: datetime, limit: int | None = ROWS_MAX) -> tuple[ParcelsDue, ...]:
    """By station, the first promised first."""
    rows = (
        Parcel.objects.filter(state__in=UNDERWAY, due_until_at__lte=until)
        .order_by()
        .values("station")
        .annotate(count=Count("id"), late=Count("id", filter=Q(due_until_at__lte=now)), first=Min("due_until_at"))
        .order_by("first", "station")[:limit]
    )
    return tuple(ParcelsDue(row["station"], row["count"], row["late"], row["first"]) for row in rows)


def _still_to_bring(couriers: list[UUID]) -> list[int]:
    """Of each of these couriers, in their order; one query, none for nobody."""
    if not couriers:
        return []
    counts = dict(
        VisitParcel.objects.filter(
            ended_at=None,
            visit__round__courier__in=couriers,
            visit__round__state__in=(Round.State.PLANNED, Round.State.STARTED),
        )
        .order_by()
        .values_list("visit__round__courier")
        .annotate(count=Count("id"))
    )
    return [counts.get(courier, 0) for courier in couriers]


@dataclass(frozen=True, slots=True)
class ParcelFlow:
    """Parcels between a station and a community that are not handed over yet; `with_courier` of them on their way."""

    station: UUID
    community: UUID
    count: int
    with_courier: int


def parcel_flows(*, limit: int = ROWS_MAX) -> tuple[ParcelFlow, ...]:
    """The most first; one query."""
    rows = (
        Parcel.objects.filter(state__in=UNDERWAY)
        .order_by()
        .values("station", "community")
        .annotate(count=Count("id"), out=Count("id", filter=Q(state=Parcel.State.WITH_COURIER)))
        .order_by("-count", "station", "community")[:limit]
    )
    return tuple(ParcelFlow(row["station"], row["community"], row["count"], row["out"]) for row in rows)
