"""Rounds as approved, as they stand, and as a courier's telephone holds them."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from django.db.models import QuerySet

from baogong.delivery.errors import RoundMoved
from baogong.delivery.models import Device, Parcel, ParcelAct, Round, SyncedAct, Visit, VisitParcel
from baogong.delivery.queries.parcels import ParcelView, view_of
from baogong.kernel.errors import NotFound
from baogong.kernel.windows import Window

ROUNDS_MAX = 2_000


@dataclass(frozen=True, slots=True)
class VisitParcelView:
    """`is_open`: still to be brought by this round."""

    parcel: ParcelView
    is_open: bool
    taken_at: datetime | None


@dataclass(frozen=True, slots=True)
class VisitView:
    id: UUID
    position: int
    community: UUID
    community_name: str
    building_name: str
    unit_name: str
    shelf: UUID | None
    shelf_name: str
    door: UUID | None
    door_note: str
    category: str
    mode: str
    arrive_at: datetime
    start_at: datetime
    end_at: datetime
    parcels: tuple[VisitParcelView, ...]

    @property
    def is_shelf(self) -> bool:
        return self.shelf is not None


@dataclass(frozen=True, slots=True)
class RoundView:
    """`parcels_count`, `open_count`: planned for it, and of those still to be brought. `visits` only where asked for."""

    id: UUID
    plan: UUID
    name: str
    station: UUID
    station_name: str
    courier: UUID
    courier_name: str
    leaves_at: datetime
    back_at: datetime
    weight_g: int
    walk_s: int
    work_s: int
    state: str
    started_at: datetime | None
    ended_at: datetime | None
    reason_zh: str
    reason_en: str
    parcels_count: int
    open_count: int
    visits: tuple[VisitView, ...] = ()


@dataclass(frozen=True, slots=True)
class SyncedView:
    """An act of a telephone that somebody should look at: what the courier says, and who it was planned for or who did it."""

    id: UUID
    kind: str
    answer: str
    courier_name: str
    parcel: str
    at_device: datetime
    at: datetime
    by: str
    told: dict[str, object]


@dataclass(frozen=True, slots=True)
class DeviceRow:
    id: UUID
    person: UUID
    person_name: str
    from_at: datetime
    until_at: datetime
    heard_at: datetime | None
    free_at: datetime | None
    is_open: bool


@dataclass(frozen=True, slots=True)
class DeviceSheet:
    """All a telephone holds: this person's rounds of this shift, and no other's."""

    person_name: str
    station_name: str
    until_at: datetime
    rounds: tuple[RoundView, ...]
    whys: tuple[str, ...]


def rounds(
    *,
    station: UUID | None = None,
    courier: UUID | None = None,
    plan: UUID | None = None,
    window: Window | None = None,
    states: Collection[str] | None = None,
    ids: Collection[UUID] | None = None,
    with_visits: bool = False,
) -> tuple[RoundView, ...]:
    """By departure, then name; those that touch the window. At most four queries."""
    rows = Round.objects.all()
    for name, value in (("station", station), ("courier", courier), ("plan", plan)):
        if value is not None:
            rows = rows.filter(**{name: value})
    if ids is not None:
        rows = rows.filter(id__in=list(ids))
    if states is not None:
        rows = rows.filter(state__in=list(states))
    if window is not None and window.start_at is not None:
        rows = rows.filter(back_at__gt=window.start_at)
    if window is not None and window.end_at is not None:
        rows = rows.filter(leaves_at__lt=window.end_at)
    return _views(rows, with_visits=with_visits)


def round_view(round_id: UUID) -> RoundView:
    """With its visits. Raises NotFound."""
    found = rounds(ids=[round_id], with_visits=True)
    if not found:
        raise NotFound("There is no such round.", where=str(round_id), cure="Look at the rounds of the station again.")
    return found[0]


def device_sheet(device: UUID) -> DeviceSheet:
    """What this telephone may hold now. Raises RoundMoved where there is no such telephone."""
    row = Device.objects.select_related("person", "station").filter(pk=device).first()
    if row is None:
        raise RoundMoved("There is no such telephone.", where=str(device), cure="Ask the station to set it up.")
    own = rounds(
        courier=row.person_id,
        window=Window(row.from_at, row.until_at),
        states=(Round.State.PLANNED, Round.State.STARTED, Round.State.DONE),
        with_visits=True,
    )
    return DeviceSheet(row.person.name, row.station.name, row.until_at, own, tuple(ParcelAct.Why.values))


def devices(station: UUID, *, now: datetime, since: datetime | None = None) -> tuple[DeviceRow, ...]:
    """The station's telephones, by shift and name."""
    rows = Device.objects.filter(station=station).select_related("person")
    if since is not None:
        rows = rows.filter(until_at__gte=since)
    return tuple(
        DeviceRow(
            row.id,
            row.person_id,
            row.person.name,
            row.from_at,
            row.until_at,
            row.heard_at,
            row.free_at,
            row.revoked_at is None and now < row.until_at,
        )
        for row in rows.order_by("from_at", "person__sort_key", "id")[:ROUNDS_MAX]
    )


def to_look_at(station: UUID, *, limit: int = 200) -> tuple[SyncedView, ...]:
    """Late and conflicting acts, and what was taken without every proof, that no keeper has looked at yet; the oldest first."""
    answers = (SyncedAct.Answer.LATE, SyncedAct.Answer.UNFIT, SyncedAct.Answer.CONFLICT)
    rows = SyncedAct.objects.filter(answer__in=answers, seen_at=None, device__station=station).select_related(
        "device__person", "parcel"
    )
    return tuple(
        SyncedView(
            row.id,
            row.kind,
            row.answer,
            row.device.person.name,
            row.parcel.code if row.parcel else "",
            row.at_device,
            row.at,
            str(row.told.get("by", "")),
            row.told,
        )
        for row in rows.order_by("at", "id")[:limit]
    )


def _views(rows: QuerySet[Round], *, with_visits: bool) -> tuple[RoundView, ...]:
    found = list(rows.select_related("station", "courier").order_by("leaves_at", "name", "id")[:ROUNDS_MAX])
    ids = [row.id for row in found]
    counts: defaultdict[UUID, list[int]] = defaultdict(lambda: [0, 0])
    facts = VisitParcel.objects.filter(visit__round__in=ids).values_list("visit__round", "ended_at")
    for round_id, ended_at in facts:
        counts[round_id][0] += 1
        counts[round_id][1] += ended_at is None
    visits = _visits(ids) if with_visits else {}
    return tuple(
        RoundView(
            row.id,
            row.plan,
            row.name,
            row.station_id,
            row.station.name,
            row.courier_id,
            row.courier.name,
            row.leaves_at,
            row.back_at,
            row.weight_g,
            row.walk_s,
            row.work_s,
            row.state,
            row.started_at,
            row.ended_at,
            row.reason_zh,
            row.reason_en,
            counts[row.id][0],
            counts[row.id][1],
            tuple(visits.get(row.id, ())),
        )
        for row in found
    )


def _visits(rounds_: Collection[UUID]) -> dict[UUID, list[VisitView]]:
    carried: defaultdict[UUID, list[VisitParcelView]] = defaultdict(list)
    linked = VisitParcel.objects.filter(visit__round__in=rounds_)
    parcels = Parcel.objects.filter(id__in=linked.values("parcel")).select_related(
        "category", "community__party", "community__road_zone", "building", "unit", "door", "holder", "shelf", "calling"
    )
    views = {row.id: view_of(row) for row in parcels}
    for link in linked.order_by("parcel__number"):
        view = views[link.parcel_id]
        carried[link.visit_id].append(VisitParcelView(view, link.ended_at is None, link.taken_at))
    found: defaultdict[UUID, list[VisitView]] = defaultdict(list)
    rows = Visit.objects.filter(round__in=rounds_).select_related(
        "community__party", "building", "unit", "shelf", "door", "category"
    )
    for row in rows.order_by("round", "position"):
        found[row.round_id].append(
            VisitView(
                row.id,
                row.position,
                row.community_id,
                row.community.party.name,
                row.building.name if row.building else "",
                row.unit.name if row.unit else "",
                row.shelf_id,
                row.shelf.name if row.shelf else "",
                row.door_id,
                row.door.note if row.door else "",
                row.category.code if row.category else "",
                row.mode,
                row.arrive_at,
                row.start_at,
                row.end_at,
                tuple(carried[row.id]),
            )
        )
    return found
