"""Rounds, carts' trips and calls as planned, with which parcel is where: what a rehearsal is made of. Ids and moments only."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import TypeVar
from uuid import UUID

from django.db.models import F, Max, Min, Model, QuerySet

from baogong.delivery.models import Calling, Round, Shuttle, ShuttleParcel, Visit, VisitParcel
from baogong.kernel.windows import Window

M = TypeVar("M", bound=Model)


@dataclass(frozen=True, slots=True)
class PlannedVisit:
    """`parcels` → until when each is due; None: nobody said."""

    community: UUID
    shelf: UUID | None
    arrive_at: datetime
    start_at: datetime
    end_at: datetime
    parcels: dict[UUID, datetime | None]


@dataclass(frozen=True, slots=True)
class PlannedRound:
    """`load_s`: at the station before it leaves."""

    id: UUID
    plan: UUID
    name: str
    station: UUID
    courier: UUID
    leaves_at: datetime
    back_at: datetime
    load_s: int
    visits: tuple[PlannedVisit, ...]


@dataclass(frozen=True, slots=True)
class PlannedTrip:
    id: UUID
    name: str
    cart: UUID
    origin: UUID
    target: UUID
    gate: UUID | None
    slot_at: datetime | None
    leaves_at: datetime
    arrives_at: datetime
    parcels: tuple[UUID, ...]


@dataclass(frozen=True, slots=True)
class PlannedCall:
    """`people_max` called to its shelf in one window of `window_minutes`."""

    id: UUID
    shelf: UUID
    shelf_name: str
    people_max: int
    window_minutes: int
    from_at: datetime
    until_at: datetime
    parcels: tuple[UUID, ...]


def planned_rounds(window: Window) -> tuple[PlannedRound, ...]:
    """Those in force that touch the window, by departure; with their visits. Three queries."""
    rows = _within(Round.objects.exclude(state__in=(Round.State.REPLACED, Round.State.CANCELLED)), window, "back_at")
    rounds = list(rows.order_by("leaves_at", "name", "id"))
    parcels: defaultdict[UUID, dict[UUID, datetime | None]] = defaultdict(dict)
    planned = VisitParcel.objects.filter(visit__round__in=[row.id for row in rounds])
    for visit, parcel, due_at in planned.order_by("id").values_list("visit", "parcel", "parcel__due_until_at"):
        parcels[visit][parcel] = due_at
    visits: defaultdict[UUID, list[PlannedVisit]] = defaultdict(list)
    for row in Visit.objects.filter(round__in=[row.id for row in rounds]).order_by("round", "position"):
        visits[row.round_id].append(
            PlannedVisit(row.community_id, row.shelf_id, row.arrive_at, row.start_at, row.end_at, parcels[row.id])
        )
    return tuple(
        PlannedRound(
            row.id, row.plan, row.name, row.station_id, row.courier_id, row.leaves_at, row.back_at,
            max(0, row.work_s - round((row.back_at - row.leaves_at).total_seconds())), tuple(visits[row.id]),
        )
        for row in rounds
    )  # fmt: skip


def planned_trips(window: Window) -> tuple[PlannedTrip, ...]:
    """Carts' trips in force that touch the window, by departure. Two queries."""
    rows = _within(Shuttle.objects.exclude(state=Shuttle.State.CANCELLED), window, "arrives_at")
    trips = list(rows.order_by("leaves_at", "name", "id"))
    aboard: defaultdict[UUID, list[UUID]] = defaultdict(list)
    riding = ShuttleParcel.objects.filter(shuttle__in=[row.id for row in trips])
    for shuttle, parcel in riding.order_by("id").values_list("shuttle", "parcel"):
        aboard[shuttle].append(parcel)
    return tuple(
        PlannedTrip(
            row.id, row.name, row.cart_id, row.origin_id, row.target_id, row.gate_id, row.slot_at, row.leaves_at,
            row.arrives_at, tuple(aboard[row.id]),
        )
        for row in trips
    )  # fmt: skip


def planned_calls(window: Window) -> tuple[PlannedCall, ...]:
    """Households called to a shelf within the window, by time. Two queries."""
    rows = Calling.objects.filter(cancelled_at=None, from_at__isnull=False).select_related("shelf")
    rows = _within(rows, window, "until_at", begins="from_at")
    calls = list(rows.order_by("from_at", "shelf", "household", "id"))
    parcels: defaultdict[UUID, list[UUID]] = defaultdict(list)
    of_calls = VisitParcel.objects.filter(parcel__calling__in=[row.id for row in calls])
    pairs = of_calls.annotate(calling=F("parcel__calling")).order_by("parcel").values_list("calling", "parcel")
    for calling, parcel in pairs.distinct():
        parcels[calling].append(parcel)
    return tuple(
        PlannedCall(
            row.id, row.shelf_id, row.shelf.name, row.shelf.people_max, row.shelf.window_minutes, row.from_at,
            row.until_at, tuple(parcels[row.id]),
        )
        for row in calls
        if row.from_at is not None and row.until_at is not None
    )  # fmt: skip


def rounds_leaving(at: datetime, *, before: bool = False) -> datetime | None:
    """When the next round or cart's trip in force leaves, from then on; the last one before, if that is asked."""
    moments = []
    for rows in (
        Round.objects.exclude(state__in=(Round.State.REPLACED, Round.State.CANCELLED)),
        Shuttle.objects.exclude(state=Shuttle.State.CANCELLED),
    ):
        if before:
            moments.append(rows.filter(leaves_at__lt=at).aggregate(at=Max("leaves_at"))["at"])
        else:
            moments.append(rows.filter(leaves_at__gte=at).aggregate(at=Min("leaves_at"))["at"])
    return (max if before else min)((moment for moment in moments if moment is not None), default=None)


def _within(rows: QuerySet[M], window: Window, ends: str, *, begins: str = "leaves_at") -> QuerySet[M]:
    if window.start_at is not None:
        rows = rows.filter(**{f"{ends}__gt": window.start_at})
    if window.end_at is not None:
        rows = rows.filter(**{f"{begins}__lt": window.end_at})
    return rows
