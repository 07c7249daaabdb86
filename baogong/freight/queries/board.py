"""What command, keepers and drivers look at: late things first, next arrivals, whose turn it is."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta
from uuid import UUID

from django.db.models import Count, Q, Sum

from baogong.freight.models import CarrierAsk, Waybill, WaybillLine
from baogong.freight.queries.waybills import WaybillRow, rows_of
from baogong.freight.snapshots import waiting_parcels
from baogong.kernel.actor import Actor, Duty
from baogong.people.queries import parties as people
from baogong.places import queries as places

BOARD_MAX = 200
MOVING = (Waybill.State.PLANNED, Waybill.State.LOADED, Waybill.State.DEPARTED, Waybill.State.ARRIVED)
FAR = timedelta(days=3650)


@dataclass(frozen=True, slots=True)
class ConvoyBoard:
    """`rows`: everything not yet signed for, late ones first; `counts` by state over all waybills."""

    rows: tuple[WaybillRow, ...]
    counts: dict[str, int]
    late_count: int
    asks_open: int


@dataclass(frozen=True, slots=True)
class Flow:
    """All waybills between two places in one state, for the map; amounts in base units, points WGS84 or None."""

    origin: UUID
    origin_name: str
    origin_point: tuple[float, float] | None
    target: UUID
    target_name: str
    target_point: tuple[float, float] | None
    state: str
    amount: int
    waybills_count: int


@dataclass(frozen=True, slots=True)
class NotMoving:
    """Promised goods on no waybill: at a place now, or there from `ready_at` on."""

    parcel: UUID
    room: str
    room_id: str
    item: UUID
    lot: UUID
    amount: int
    site: UUID
    site_name: str
    receiver: UUID
    receiver_name: str
    due_at: datetime | None
    urgency: int
    ready_at: datetime | None

    def is_overdue(self, now: datetime) -> bool:
        return self.due_at is not None and self.due_at <= now


@dataclass(frozen=True, slots=True)
class DriverTask:
    """`act` is whose turn it is: LOAD and RECEIVE a keeper's, DEPART, ARRIVE and HAND_OVER the driver's."""

    row: WaybillRow
    act: str
    is_drivers: bool


def convoy_board(*, now: datetime, plan: UUID | None = None) -> ConvoyBoard:
    """Late things first, then by expected arrival; of one plan, or of all."""
    found = Waybill.objects.filter(plan=plan) if plan is not None else Waybill.objects.all()
    rows = rows_of(found.filter(state__in=MOVING), now=now)
    ordered = sorted(rows, key=lambda row: (not row.is_late, -row.late_s, row.expected_arrive_at, row.number))
    counts = dict(found.values_list("state").annotate(Count("id")).order_by("state"))
    asks = CarrierAsk.objects.filter(answer=CarrierAsk.Answer.ASKED)
    return ConvoyBoard(
        rows=tuple(ordered[:BOARD_MAX]),
        counts=counts,
        late_count=sum(row.is_late for row in rows),
        asks_open=(asks.filter(plan=plan) if plan is not None else asks).count(),
    )


def next_arrivals(site: UUID, *, now: datetime, limit: int = BOARD_MAX) -> tuple[WaybillRow, ...]:
    """What comes to a site: who already stands at the gate, then by expected arrival."""
    rows = rows_of(Waybill.objects.filter(target=site, state__in=MOVING), now=now)
    ordered = sorted(rows, key=lambda row: (row.arrived_at is None, row.expected_arrive_at, row.number))
    return tuple(ordered[:limit])


def next_departures(site: UUID, *, now: datetime, limit: int = BOARD_MAX) -> tuple[WaybillRow, ...]:
    """What is to be loaded at or to leave a site, by planned departure."""
    states = (Waybill.State.PLANNED, Waybill.State.LOADED)
    return rows_of(Waybill.objects.filter(origin=site, state__in=states), now=now, limit=limit)


def driver_tasks(actor: Actor, *, now: datetime, limit: int = BOARD_MAX) -> tuple[DriverTask, ...]:
    """What a driver carries and does next: waybills named for the person, and of vehicles within the duty's reach."""
    mine = Q(driver=actor.person_id) if actor.person_id is not None else Q(pk__in=())
    reach = actor.reach.get(Duty.DRIVER)
    if reach:
        mine |= Q(vehicle__in=reach)
    rows = rows_of(Waybill.objects.filter(mine, state__in=MOVING), now=now, limit=limit)
    return tuple(_task(row) for row in rows)


def _task(row: WaybillRow) -> DriverTask:
    if row.state == Waybill.State.ARRIVED:
        return DriverTask(row, "HAND_OVER", True) if row.receiver else DriverTask(row, "RECEIVE", False)
    act = {Waybill.State.PLANNED: "LOAD", Waybill.State.LOADED: "DEPART", Waybill.State.DEPARTED: "ARRIVE"}[
        Waybill.State(row.state)
    ]
    return DriverTask(row, act, act != "LOAD")


def flows(*, plan: UUID | None = None) -> tuple[Flow, ...]:
    """For the map: between which places how much moves or moved, by state. Cancelled waybills are left out."""
    lines = WaybillLine.objects.exclude(waybill__state=Waybill.State.CANCELLED)
    if plan is not None:
        lines = lines.filter(waybill__plan=plan)
    grouped = (
        lines.values("waybill__origin", "waybill__target", "waybill__state")
        .annotate(planned=Sum("amount"), loaded=Sum("loaded"), bills=Count("waybill", distinct=True))
        .order_by("waybill__origin", "waybill__target", "waybill__state")[:BOARD_MAX]
    )
    rows = list(grouped)
    ends = {row["waybill__origin"] for row in rows} | {row["waybill__target"] for row in rows}
    sites = {site.id: site for site in places.sites(ids=ends)}
    return tuple(
        Flow(
            origin=row["waybill__origin"],
            origin_name=sites[row["waybill__origin"]].name,
            origin_point=_point(sites[row["waybill__origin"]]),
            target=row["waybill__target"],
            target_name=sites[row["waybill__target"]].name,
            target_point=_point(sites[row["waybill__target"]]),
            state=row["waybill__state"],
            amount=row["planned"] if row["waybill__state"] == Waybill.State.PLANNED else row["loaded"],
            waybills_count=row["bills"],
        )
        for row in rows
    )


def _point(site: places.SiteView) -> tuple[float, float] | None:
    return (site.lat, site.lon) if site.lat is not None and site.lon is not None else None


def not_moving(*, now: datetime, limit: int | None = BOARD_MAX) -> tuple[NotMoving, ...]:
    """Promised goods on no waybill, those due first first; `limit` None: all. Goods promised where they stand are not listed."""
    waiting = waiting_parcels({"until_at": (now + FAR).isoformat(), "only_parcels": []})
    waiting = [each for each in waiting if each.site not in (each.parcel.receiver, each.parcel.receiver_site)]
    far = now + FAR
    waiting.sort(key=lambda each: (each.parcel.due_at or far, each.parcel.urgency, each.parcel.id, each.site))
    waiting = waiting[:limit]
    named = {each.site for each in waiting} | {each.parcel.receiver for each in waiting}
    names = {party: name for party, (name, _english) in people.party_names(named).items()} if named else {}
    return tuple(
        NotMoving(
            parcel=each.parcel.id,
            room=each.parcel.room,
            room_id=each.parcel.room_id,
            item=each.parcel.item,
            lot=each.parcel.lot,
            amount=each.amount,
            site=each.site,
            site_name=names[each.site],
            receiver=each.parcel.receiver,
            receiver_name=names[each.parcel.receiver],
            due_at=each.parcel.due_at,
            urgency=each.parcel.urgency,
            ready_at=each.ready_at,
        )
        for each in waiting
    )


@dataclass(frozen=True, slots=True)
class Bar:
    """A stretch of a truck's time: LOAD, DRIVE, UNLOAD. `is_done` once it has really ended."""

    waybill: UUID
    number: str
    what: str
    site: UUID
    site_name: str
    start_at: datetime
    end_at: datetime
    is_done: bool
    is_late: bool


@dataclass(frozen=True, slots=True)
class TruckRow:
    trip: UUID
    truck: str
    plate: str
    carrier_name: str
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class DockRow:
    """One dock of a site; `dock` counts from 1. One above the site's own number is a truck that has to wait."""

    site: UUID
    site_name: str
    dock: int
    is_beyond: bool
    bars: tuple[Bar, ...]


@dataclass(frozen=True, slots=True)
class Gantt:
    """Trucks × legs, and the same loading and unloading by dock, within [start_at, end_at]."""

    start_at: datetime | None
    end_at: datetime | None
    trucks: tuple[TruckRow, ...]
    docks: tuple[DockRow, ...]


def gantt(*, now: datetime, plan: UUID | None = None, since: datetime | None = None) -> Gantt:
    """Every run of every truck as it went, goes and is expected to go; waybills closed before `since` are left out."""
    found = Waybill.objects.exclude(state=Waybill.State.CANCELLED)
    if plan is not None:
        found = found.filter(plan=plan)
    if since is not None:
        found = found.exclude(closed_at__lt=since)
    return gantt_of(rows_of(found, now=now))


def gantt_of(bills: Iterable[WaybillRow]) -> Gantt:
    """The same for waybills already read, cancelled ones apart: one query more."""
    trips: dict[UUID, list[WaybillRow]] = defaultdict(list)
    for row in bills:
        if row.state != Waybill.State.CANCELLED:
            trips[row.trip].append(row)
    trucks = []
    for trip, rows in trips.items():
        bars = sorted(_bars(rows), key=lambda bar: (bar.start_at, bar.end_at, bar.number))
        trucks.append(TruckRow(trip, rows[0].truck, rows[0].plate, rows[0].carrier_name, tuple(bars)))
    trucks.sort(key=lambda row: (row.bars[0].start_at, row.truck, str(row.trip)))
    every = [bar for row in trucks for bar in row.bars]
    return Gantt(
        start_at=min((bar.start_at for bar in every), default=None),
        end_at=max((bar.end_at for bar in every), default=None),
        trucks=tuple(trucks),
        docks=_docks([bar for bar in every if bar.what != "DRIVE"]),
    )


def _bars(rows: list[WaybillRow]) -> list[Bar]:
    """A run's bars; stops loaded or unloaded at one place at one time share theirs."""
    bars: dict[tuple[str, UUID, datetime], Bar] = {}
    for row in sorted(rows, key=lambda row: (row.planned_depart_at, row.planned_arrive_at, row.number)):
        moved = row.expected_arrive_at - row.planned_arrive_at
        left_at = row.departed_at or row.planned_depart_at
        came_at = row.arrived_at or row.expected_arrive_at
        late = row.is_late
        loading = (row.load_start_at, row.loaded_at or row.planned_depart_at)
        unloading = (max(row.unload_start_at + moved, came_at), row.closed_at or row.unload_end_at + moved)
        for what, site, name, (start_at, end_at), is_done in (
            ("LOAD", row.origin, row.origin_name, loading, row.loaded_at is not None),
            ("DRIVE", row.target, row.target_name, (left_at, came_at), row.arrived_at is not None),
            ("UNLOAD", row.target, row.target_name, unloading, row.closed_at is not None),
        ):
            bar = Bar(row.id, row.number, what, site, name, min(start_at, end_at), max(start_at, end_at), is_done, late)
            bars.setdefault((what, site, row.load_start_at if what == "LOAD" else row.unload_start_at), bar)
    return list(bars.values())


def _docks(bars: list[Bar]) -> tuple[DockRow, ...]:
    """Each service at the first dock that is free when it begins."""
    sites = {site.id: site for site in places.sites(ids={bar.site for bar in bars})}
    docks: dict[UUID, list[list[Bar]]] = defaultdict(list)
    for bar in sorted(bars, key=lambda bar: (bar.start_at, bar.end_at, bar.number)):
        free = next((dock for dock in docks[bar.site] if dock[-1].end_at <= bar.start_at), None)
        if free is None:
            docks[bar.site].append([bar])
        else:
            free.append(bar)
    return tuple(
        DockRow(site, sites[site].name, number, number > sites[site].docks_count, tuple(taken))
        for site in sorted(docks, key=lambda site: (sites[site].name, site))
        for number, taken in enumerate(docks[site], start=1)
    )
