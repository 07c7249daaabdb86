"""Carriers, their offers, vehicles and passes; what they were asked and said; equipment that is out."""

from __future__ import annotations

from collections import defaultdict
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from django.db.models import Q

from baogong.freight.models import Carrier, CarrierAsk, EquipmentMove, Pass, Vehicle, VehicleKind
from baogong.kernel.errors import NotFound

FLEET_MAX = 1_000


@dataclass(frozen=True, slots=True)
class CarrierView:
    id: UUID
    name: str
    channel: str
    note: str


@dataclass(frozen=True, slots=True)
class KindView:
    """A carrier's offer of one kind of vehicle. `based_at` None: where goods wait."""

    id: UUID
    carrier: UUID
    carrier_name: str
    name: str
    mode: str
    capacity_g: int
    capacity_cm3: int
    vehicles_count: int
    based_at: UUID | None
    based_at_name: str
    is_inside: bool
    drivers_cross: bool
    has_passes: bool
    fixed_fen: int
    fen_per_km: int
    bonus_fen: int
    available_from_at: datetime | None
    available_until_at: datetime | None
    note: str


@dataclass(frozen=True, slots=True)
class PassView:
    id: UUID
    vehicle: UUID
    plate: str
    area: UUID
    area_name: str
    granted_by_name: str
    document: UUID
    valid_from_at: datetime
    valid_until_at: datetime
    revoked_at: datetime | None

    def is_valid(self, at: datetime) -> bool:
        return self.revoked_at is None and self.valid_from_at <= at < self.valid_until_at

    def was_valid(self, at: datetime) -> bool:
        """At a moment that may lie before it was withdrawn."""
        return self.valid_from_at <= at < self.valid_until_at and (self.revoked_at is None or at < self.revoked_at)


@dataclass(frozen=True, slots=True)
class VehicleView:
    """The vehicle's id is its party's; `passes` those not revoked, the latest ending first."""

    id: UUID
    plate: str
    kind: UUID
    kind_name: str
    carrier: UUID
    carrier_name: str
    driver: UUID | None
    driver_name: str
    is_inside: bool
    passes: tuple[PassView, ...]


@dataclass(frozen=True, slots=True)
class AskView:
    """One plan put to one carrier; `terms` of a counter by vehicle kind id."""

    id: UUID
    plan: UUID
    carrier: UUID
    carrier_name: str
    answer: str
    terms: dict[str, Any]
    note: str
    asked_at: datetime
    answered_at: datetime | None
    suggested_plan: UUID | None


@dataclass(frozen=True, slots=True)
class EquipmentOut:
    """Units of a lot a vehicle has taken along and not put down."""

    vehicle: UUID
    plate: str
    lot: UUID
    out: int
    back: int

    @property
    def missing(self) -> int:
        return self.out - self.back


def carriers() -> tuple[CarrierView, ...]:
    """By name."""
    rows = Carrier.objects.select_related("party").order_by("party__sort_key", "party_id")[:FLEET_MAX]
    return tuple(CarrierView(row.party_id, row.party.name, row.channel, row.note) for row in rows)


def kinds(*, carrier: UUID | None = None) -> tuple[KindView, ...]:
    """By carrier, then name."""
    rows = VehicleKind.objects.select_related("carrier__party", "based_at__party")
    if carrier is not None:
        rows = rows.filter(carrier=carrier)
    return tuple(
        KindView(
            id=row.id,
            carrier=row.carrier_id,
            carrier_name=row.carrier.party.name,
            name=row.name,
            mode=row.mode,
            capacity_g=row.capacity_g,
            capacity_cm3=row.capacity_cm3,
            vehicles_count=row.vehicles_count,
            based_at=row.based_at_id,
            based_at_name=row.based_at.party.name if row.based_at else "",
            is_inside=row.is_inside,
            drivers_cross=row.drivers_cross,
            has_passes=row.has_passes,
            fixed_fen=row.fixed_fen,
            fen_per_km=row.fen_per_km,
            bonus_fen=row.bonus_fen,
            available_from_at=row.available_from_at,
            available_until_at=row.available_until_at,
            note=row.note,
        )
        for row in rows.order_by("carrier__party__sort_key", "name", "id")[:FLEET_MAX]
    )


def vehicles(*, carrier: UUID | None = None, kind: UUID | None = None) -> tuple[VehicleView, ...]:
    """By plate, with their passes."""
    rows = Vehicle.objects.select_related("kind__carrier__party", "driver")
    if carrier is not None:
        rows = rows.filter(kind__carrier=carrier)
    if kind is not None:
        rows = rows.filter(kind=kind)
    found = list(rows.order_by("plate")[:FLEET_MAX])
    granted: dict[UUID, list[PassView]] = defaultdict(list)
    for each in passes(vehicles=[row.party_id for row in found]):
        if each.revoked_at is None:
            granted[each.vehicle].append(each)
    return tuple(
        VehicleView(
            id=row.party_id,
            plate=row.plate,
            kind=row.kind_id,
            kind_name=row.kind.name,
            carrier=row.kind.carrier_id,
            carrier_name=row.kind.carrier.party.name,
            driver=row.driver_id,
            driver_name=row.driver.name if row.driver else "",
            is_inside=row.kind.is_inside,
            passes=tuple(granted[row.party_id]),
        )
        for row in found
    )


def passes(*, vehicles: list[UUID] | None = None) -> tuple[PassView, ...]:
    """The latest ending first, revoked ones included."""
    rows = Pass.objects.select_related("vehicle", "area", "granted_by")
    if vehicles is not None:
        rows = rows.filter(vehicle__in=vehicles)
    return tuple(
        PassView(
            id=row.id,
            vehicle=row.vehicle_id,
            plate=row.vehicle.plate,
            area=row.area_id,
            area_name=row.area.name,
            granted_by_name=row.granted_by.name,
            document=row.document,
            valid_from_at=row.valid_from_at,
            valid_until_at=row.valid_until_at,
            revoked_at=row.revoked_at,
        )
        for row in rows.order_by("-valid_until_at", "id")[:FLEET_MAX]
    )


def asks(*, plan: UUID | None = None, carrier: UUID | None = None) -> tuple[AskView, ...]:
    """What was put to carriers, newest first."""
    wanted = Q()
    if plan is not None:
        wanted &= Q(plan=plan)
    if carrier is not None:
        wanted &= Q(carrier=carrier)
    rows = CarrierAsk.objects.filter(wanted).select_related("carrier__party").order_by("-asked_at", "id")
    return tuple(_ask(row) for row in rows[:FLEET_MAX])


def ask(ask_id: UUID) -> AskView:
    """What a carrier's private link opens. Raises NotFound."""
    row = CarrierAsk.objects.filter(id=ask_id).select_related("carrier__party").first()
    if row is None:
        raise NotFound("There is no such request to a carrier.", where=str(ask_id))
    return _ask(row)


def _ask(row: CarrierAsk) -> AskView:
    return AskView(
        id=row.id,
        plan=row.plan,
        carrier=row.carrier_id,
        carrier_name=row.carrier.party.name,
        answer=row.answer,
        terms=row.terms,
        note=row.note,
        asked_at=row.asked_at,
        answered_at=row.answered_at,
        suggested_plan=row.suggested_plan,
    )


def equipment(*, missing_only: bool = True) -> tuple[EquipmentOut, ...]:
    """What each vehicle took along and put down, by plate; only what is still out, unless asked for all."""
    sums: dict[tuple[str, UUID, UUID], list[int]] = defaultdict(lambda: [0, 0])
    for row in EquipmentMove.objects.select_related("vehicle").order_by("id"):
        sums[row.vehicle.plate, row.vehicle_id, row.lot][row.way == EquipmentMove.Way.BACK] += row.amount
    found = (
        EquipmentOut(vehicle, plate, lot, out, back)
        for (plate, vehicle, lot), (out, back) in sorted(sums.items(), key=lambda kv: (kv[0][0], str(kv[0][2])))
    )
    return tuple(each for each in found if each.missing or not missing_only)[:FLEET_MAX]
