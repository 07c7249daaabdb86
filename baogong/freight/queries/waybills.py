"""Waybills as pages show and print them: rows for boards, one in full, its packing list."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import date, datetime, timedelta
from uuid import UUID

from django.db.models import F, Min, OuterRef, Q, QuerySet, Subquery, Sum
from django.db.models.functions import Ceil

from baogong.freight.models import CarrierAsk, Surplus, Waybill, WaybillAct, WaybillLine
from baogong.kernel.errors import NotFound
from baogong.ledger import queries as book
from baogong.people.queries import parties as people

ROWS_MAX = 500
LINES_MAX = 2_000
# A plan reckons with 65 km/h over a whole day: four times as fast no truck drives on any road.
SOONEST_PART = 4


@dataclass(frozen=True, slots=True)
class PassMissing:
    """A seal crossed without a valid pass. `why` NONE, ENDED, REVOKED or NOT_YET; `at` when the pass ended or begins."""

    area_name: str
    why: str
    at: datetime | None


@dataclass(frozen=True, slots=True)
class WaybillRow:
    """
    One waybill on a board.

    expected_arrive_at  as last reported
    late_s        how much later than planned it is or will be, as of `now`; 0 while it is on time
    due_at        the earliest moment a receiver at its end asked for; None where a hub is its end or nobody asked
    misses_due    it is expected after that
    without_pass  the seals it had crossed without a valid pass when it arrived
    carrier_answer  ASKED, ACCEPTED, COUNTERED, DECLINED; "" where the carrier was not asked
    """

    id: UUID
    number: str
    document: UUID
    state: str
    plan: UUID | None
    trip: UUID
    leg: str
    stop_no: int
    truck: str
    vehicle: UUID | None
    plate: str
    driver: UUID | None
    driver_name: str
    carrier: UUID
    carrier_name: str
    carrier_answer: str
    origin: UUID
    origin_name: str
    target: UUID
    target_name: str
    receiver: UUID | None
    receiver_name: str
    is_return: bool
    distance_m: int
    cost_fen: int
    earliest_depart_at: datetime
    load_start_at: datetime
    planned_depart_at: datetime
    planned_arrive_at: datetime
    expected_arrive_at: datetime
    unload_start_at: datetime
    unload_end_at: datetime
    loaded_at: datetime | None
    departed_at: datetime | None
    arrived_at: datetime | None
    closed_at: datetime | None
    amount: int
    loaded: int
    cartons_count: int
    due_at: datetime | None
    late_s: int
    without_pass: tuple[PassMissing, ...]

    @property
    def road_s(self) -> int:
        """How long the way is planned to take."""
        return int((self.planned_arrive_at - self.planned_depart_at).total_seconds())

    @property
    def soonest_arrive_at(self) -> datetime | None:
        """Before this an arrival has to be confirmed; None while it has not left."""
        if self.departed_at is None:
            return None
        return self.departed_at + (self.planned_arrive_at - self.planned_depart_at) / SOONEST_PART

    @property
    def misses_due(self) -> bool:
        return self.due_at is not None and (self.arrived_at or self.expected_arrive_at) > self.due_at

    @property
    def is_late(self) -> bool:
        return self.late_s > 0 or self.misses_due


@dataclass(frozen=True, slots=True)
class LineView:
    """
    One line as printed; amounts in base units of the item.

    loaded … refused  as far as the waybill has come
    weight_g, volume_cm3  of its whole cartons
    class_code  of GB/T 38565-2020, "" where the catalogue has none
    """

    id: UUID
    position: int
    parcel: UUID
    lot: UUID
    lot_label: str
    item: UUID
    item_zh: str
    item_en: str
    class_code: str
    unit: str
    standard: str
    expires_on: date | None
    owner: UUID
    owner_name: str
    receiver: UUID
    receiver_name: str
    due_at: datetime | None
    amount: int
    pieces_per_carton: int
    cartons_count: int
    weight_g: int
    volume_cm3: int
    is_last: bool
    loaded: int
    received: int
    short: int
    lost_on_road: int
    damaged: int
    refused: int

    @property
    def can_arrive(self) -> int:
        """What was loaded, without what was reported lost on the way."""
        return self.loaded - self.lost_on_road


@dataclass(frozen=True, slots=True)
class ActView:
    """Who signed for what, when; `document` the first one it drew up."""

    id: UUID
    act: str
    at: datetime
    by: UUID | None
    by_name: str
    given_to_name: str
    document: UUID | None


@dataclass(frozen=True, slots=True)
class SurplusView:
    id: UUID
    line: UUID
    position: int
    waybill: UUID
    number: str
    amount: int
    decision: str
    document: UUID
    found_at: datetime


@dataclass(frozen=True, slots=True)
class WaybillView:
    """A waybill in full, for its page and for print."""

    row: WaybillRow
    document: UUID
    lines: tuple[LineView, ...]
    acts: tuple[ActView, ...]
    surpluses: tuple[SurplusView, ...]

    @property
    def weight_g(self) -> int:
        return sum(line.weight_g for line in self.lines)

    @property
    def volume_cm3(self) -> int:
        return sum(line.volume_cm3 for line in self.lines)

    @property
    def cartons_count(self) -> int:
        return sum(line.cartons_count for line in self.lines)


@dataclass(frozen=True, slots=True)
class PackedLine:
    """`full` cartons of `pieces_per_carton`, and one more with `rest` units where that is above 0."""

    line: LineView
    full: int
    rest: int


@dataclass(frozen=True, slots=True)
class PackingList:
    """What is on one truck's waybill, carton by carton, in the order it is unloaded last first."""

    row: WaybillRow
    lines: tuple[PackedLine, ...]
    cartons_count: int
    weight_g: int
    volume_cm3: int


def waybill_row(key: UUID | str, *, now: datetime) -> WaybillRow:
    """By id, or by number ("WB-0007"), as on a board. Raises NotFound."""
    wanted = Q(id=key) if isinstance(key, UUID) else Q(number=key)
    found = rows_of(Waybill.objects.filter(wanted), now=now)
    if not found:
        raise NotFound("There is no such waybill.", where=str(key), cure="Look it up on the board.")
    return found[0]


def waybill(key: UUID | str, *, now: datetime) -> WaybillView:
    """By id or by number, in full. Raises NotFound."""
    row = waybill_row(key, now=now)
    return WaybillView(
        row=row,
        document=row.document,
        lines=lines_of(WaybillLine.objects.filter(waybill=row.id)),
        acts=tuple(
            ActView(act.id, act.act, act.at, act.by_id, act.by_name, act.given_to_name, act.document)
            for act in WaybillAct.objects.filter(waybill=row.id).order_by("at", "id")
        ),
        surpluses=surpluses(waybill=row.id),
    )


def waybills(
    *,
    now: datetime,
    states: Sequence[str] | None = None,
    plan: UUID | None = None,
    vehicle: UUID | None = None,
    trip: UUID | None = None,
    since: datetime | None = None,
    limit: int | None = ROWS_MAX,
) -> tuple[WaybillRow, ...]:
    """In order of planned departure, at most `limit` (None: all); `since` leaves out those closed before it."""
    found = Waybill.objects.all()
    for name, value in (("plan", plan), ("vehicle", vehicle), ("trip", trip)):
        if value is not None:
            found = found.filter(**{name: value})
    if states is not None:
        found = found.filter(state__in=states)
    if since is not None:
        found = found.exclude(closed_at__lt=since)
    return rows_of(found, now=now, limit=limit)


def packing_list(key: UUID | str, *, now: datetime) -> PackingList:
    """What was loaded, or is to be; an opened carton counts as one. Raises NotFound."""
    view = waybill(key, now=now)
    packed = []
    for line in view.lines:
        amount = line.loaded if view.row.loaded_at is not None else line.amount
        packed.append(PackedLine(line, *divmod(amount, line.pieces_per_carton)))
    return PackingList(
        row=view.row,
        lines=tuple(packed),
        cartons_count=sum(each.full + (each.rest > 0) for each in packed),
        weight_g=view.weight_g,
        volume_cm3=view.volume_cm3,
    )


def surpluses(*, waybill: UUID | None = None, open_only: bool = False) -> tuple[SurplusView, ...]:
    """What was counted above a waybill, oldest first."""
    found = Surplus.objects.select_related("line__waybill").order_by("found_at", "id")
    if waybill is not None:
        found = found.filter(line__waybill=waybill)
    if open_only:
        found = found.filter(decision=Surplus.Decision.OPEN)
    return tuple(
        SurplusView(
            id=each.id,
            line=each.line_id,
            position=each.line.position,
            waybill=each.line.waybill_id,
            number=each.line.waybill.number,
            amount=each.amount,
            decision=each.decision,
            document=each.document,
            found_at=each.found_at,
        )
        for each in found[:ROWS_MAX]
    )


def rows_of(found: QuerySet[Waybill], *, now: datetime, limit: int | None = ROWS_MAX) -> tuple[WaybillRow, ...]:
    """One query for any number of rows."""
    totals = found.annotate(
        amount=Sum("lines__amount", default=0),
        units_loaded=Sum("lines__loaded", default=0),
        cartons=Sum(Ceil(F("lines__amount") * 1.0 / F("lines__pieces_per_carton")), default=0),
        due_at=Min("lines__parcel__due_at", filter=Q(lines__is_last=True)),
        answer=Subquery(
            CarrierAsk.objects.filter(plan=OuterRef("plan"), carrier=OuterRef("carrier")).values("answer")[:1]
        ),
    )
    rows = list(
        totals.select_related(
            "vehicle", "driver", "carrier__party", "origin__party", "target__party", "receiver"
        ).order_by("planned_depart_at", "number")[:limit]
    )
    return tuple(
        WaybillRow(
            id=row.id,
            number=row.number,
            document=row.document,
            state=row.state,
            plan=row.plan,
            trip=row.trip,
            leg=row.leg,
            stop_no=row.stop_no,
            truck=row.truck,
            vehicle=row.vehicle_id,
            plate=row.vehicle.plate if row.vehicle else "",
            driver=row.driver_id,
            driver_name=row.driver.name if row.driver else "",
            carrier=row.carrier_id,
            carrier_name=row.carrier.party.name,
            carrier_answer=row.answer or "",
            origin=row.origin_id,
            origin_name=row.origin.party.name,
            target=row.target_id,
            target_name=row.target.party.name,
            receiver=row.receiver_id,
            receiver_name=row.receiver.name if row.receiver else "",
            is_return=row.is_return,
            distance_m=row.distance_m,
            cost_fen=row.cost_fen,
            earliest_depart_at=row.earliest_depart_at,
            load_start_at=row.load_start_at,
            planned_depart_at=row.planned_depart_at,
            planned_arrive_at=row.planned_arrive_at,
            expected_arrive_at=row.expected_arrive_at,
            unload_start_at=row.unload_start_at,
            unload_end_at=row.unload_end_at,
            loaded_at=row.loaded_at,
            departed_at=row.departed_at,
            arrived_at=row.arrived_at,
            closed_at=row.closed_at,
            amount=row.amount,
            loaded=row.units_loaded,
            cartons_count=int(row.cartons),
            due_at=row.due_at,
            late_s=_late_s(row, now),
            without_pass=tuple(
                PassMissing(each["area"], each["why"], datetime.fromisoformat(each["at"]) if each["at"] else None)
                for each in row.without_pass
            ),
        )
        for row in rows
    )


def _late_s(row: Waybill, now: datetime) -> int:
    """Against the plan: what was reported, what the clock shows, and once it has arrived what it was."""
    if row.state == Waybill.State.CANCELLED:
        return 0
    if row.arrived_at is not None:
        late = row.arrived_at - row.planned_arrive_at
    elif row.departed_at is not None:
        late = max(row.expected_arrive_at, now) - row.planned_arrive_at
    else:
        late = max(now - row.planned_depart_at, row.expected_arrive_at - row.planned_arrive_at)
    return max(0, int(late / timedelta(seconds=1)))


def lines_of(found: QuerySet[WaybillLine]) -> tuple[LineView, ...]:
    """Lines with their goods, in order of waybill and position."""
    rows = list(
        found.select_related("parcel__item", "parcel__receiver").order_by("waybill__number", "position")[:LINES_MAX]
    )
    lots = {lot.id: lot for lot in book.lots({row.parcel.lot for row in rows})}
    owners = _names({lot.owner for lot in lots.values()})
    views = []
    for row in rows:
        lot, item = lots[row.parcel.lot], row.parcel.item
        count = -(-row.amount // row.pieces_per_carton)
        views.append(
            LineView(
                id=row.id,
                position=row.position,
                parcel=row.parcel_id,
                lot=lot.id,
                lot_label=lot.label,
                item=item.id,
                item_zh=item.name_zh,
                item_en=item.name_en,
                class_code=item.class_code,
                unit=item.unit,
                standard=lot.standard,
                expires_on=lot.expires_on,
                owner=lot.owner,
                owner_name=owners[lot.owner],
                receiver=row.parcel.receiver_id,
                receiver_name=row.parcel.receiver.name,
                due_at=row.parcel.due_at,
                amount=row.amount,
                pieces_per_carton=row.pieces_per_carton,
                cartons_count=count,
                weight_g=count * row.carton_g,
                volume_cm3=count * row.carton_cm3,
                is_last=row.is_last,
                loaded=row.loaded,
                received=row.received,
                short=row.short,
                lost_on_road=row.lost_on_road,
                damaged=row.damaged,
                refused=row.refused,
            )
        )
    return tuple(views)


def _names(parties: Iterable[UUID]) -> dict[UUID, str]:
    return {party: name for party, (name, _english) in people.party_names(list(parties)).items()}
