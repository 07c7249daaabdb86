"""Carriers, what they offer, their vehicles, and the passes that let one through a seal."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.freight.models import Carrier, MeetingPlace, Pass, Vehicle, VehicleKind
from baogong.journal import services as journal
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, RequestIdReused, UnusableInput
from baogong.kernel.ids import derived_id
from baogong.people.queries import parties as people
from baogong.people.services import parties


@transaction.atomic
def add_carrier(*, party: UUID, channel: str = "PAGE", note: str = "", actor: Actor, now: datetime) -> UUID:
    """Let an organisation carry. Said again, its channel and note are brought up to date."""
    actor.require(Duty.COMMAND, Duty.CLERK)
    Carrier.objects.update_or_create(party_id=party, defaults={"channel": channel, "note": note})
    return party


@transaction.atomic
def offer_vehicles(
    *,
    carrier: UUID,
    name: str,
    capacity_g: int,
    capacity_cm3: int,
    vehicles_count: int,
    based_at: UUID | None = None,
    is_inside: bool = False,
    drivers_cross: bool = False,
    has_passes: bool = False,
    fixed_fen: int = 0,
    fen_per_km: int = 0,
    bonus_fen: int = 0,
    equipment_count: int = 0,
    speed_kmh: int | None = None,
    available_from_at: datetime | None = None,
    available_until_at: datetime | None = None,
    flies_to: UUID | None = None,
    lead_time_s: int = 0,
    flight_s: int = 0,
    fen_per_kg: int = 0,
    note: str = "",
    actor: Actor,
    now: datetime,
) -> UUID:
    """
    What a carrier offers of one kind of vehicle at one base; the same (carrier, name, base) offered again replaces the
    figures and keeps its id. Without a base the vehicles stand where goods wait. `flies_to` makes it room by air: `lead_time_s` of notice, `flight_s` on the way.

    Raises UnusableInput, NotFound (no such carrier).
    """
    actor.require(Duty.COMMAND, Duty.CLERK, Duty.CARRIER, at=carrier)
    if not Carrier.objects.filter(party_id=carrier).exists():
        raise NotFound("This organisation is not a carrier yet.", where=str(carrier), cure="Add it as a carrier first.")
    amounts = (fixed_fen, fen_per_km, bonus_fen, equipment_count, lead_time_s, flight_s, fen_per_kg, vehicles_count)
    is_by_air = flies_to is not None
    if (
        capacity_g <= 0
        or capacity_cm3 <= 0
        or min(amounts) < 0
        or is_by_air != (flight_s > 0)
        or (is_by_air and flies_to == based_at)
    ):
        raise UnusableInput(
            f"The offer “{name}” makes no sense: {capacity_g} g, {capacity_cm3} cm³, counts, prices and times {amounts}.",
            where=name,
            found=list(amounts),
            expected="room above 0, nothing below 0; a flight has a duration and another end",
            cure="Correct the offer.",
        )
    kind, _ = VehicleKind.objects.update_or_create(
        carrier_id=carrier,
        name=name,
        based_at_id=based_at,
        flies_to_id=flies_to,
        defaults={
            "mode": VehicleKind.Mode.AIR if is_by_air else VehicleKind.Mode.ROAD,
            "capacity_g": capacity_g,
            "capacity_cm3": capacity_cm3,
            "vehicles_count": vehicles_count,
            "is_inside": is_inside,
            "drivers_cross": drivers_cross,
            "has_passes": has_passes,
            "fixed_fen": fixed_fen,
            "fen_per_km": fen_per_km,
            "bonus_fen": bonus_fen,
            "equipment_count": equipment_count,
            "speed_kmh": speed_kmh,
            "available_from_at": available_from_at,
            "available_until_at": available_until_at,
            "lead_time_s": lead_time_s,
            "flight_s": flight_s,
            "fen_per_kg": fen_per_kg,
            "note": note,
        },
    )
    journal.record(
        kind="freight.vehicles.offered",
        actor=actor,
        now=now,
        subject=carrier,
        data={"kind": str(kind.id), "name": name, "vehicles_count": vehicles_count},
    )
    return kind.id


@transaction.atomic
def add_vehicle(
    *, kind: UUID, plate: str, driver: UUID | None = None, actor: Actor, now: datetime, request_id: UUID
) -> UUID:
    """
    One truck of a kind, by its plate; returns its party. A plate already known keeps its party; its driver is changed.

    Raises RequestIdReused where the plate is another kind's.
    """
    offered = VehicleKind.objects.filter(id=kind).first()
    if offered is None:
        raise NotFound("There is no such kind of vehicle.", where=str(kind))
    actor.require(Duty.COMMAND, Duty.CLERK, Duty.CARRIER, at=offered.carrier_id)
    known = Vehicle.objects.filter(plate=plate).first()
    if known is not None:
        if known.kind_id != kind:
            raise RequestIdReused(
                f"{plate} is already registered as another kind of vehicle; nothing was changed.",
                where=plate,
                cure="Look the plate up, or correct it.",
            )
        if driver is not None and driver != known.driver_id:
            known.driver_id = driver
            known.save(update_fields=["driver"])
        return known.party_id
    named = people.resolve(plate, kinds=["VEHICLE"]).party
    party = (
        named.id
        if named is not None
        else parties.register_party(kind="VEHICLE", name=plate, now=now, request_id=derived_id("vehicle", request_id))
    )
    Vehicle.objects.create(party_id=party, kind=offered, plate=plate, driver_id=driver)
    journal.record(
        kind="freight.vehicle.added", actor=actor, now=now, subject=party, data={"plate": plate, "kind": str(kind)}
    )
    return party


@transaction.atomic
def grant_pass(
    *,
    vehicle: UUID,
    area: UUID,
    valid_from_at: datetime,
    valid_until_at: datetime,
    granted_by: UUID,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> UUID:
    """A vehicle may cross an area's seal within the window, under a PASS document. Returns the pass's id."""
    actor.require(Duty.COMMAND)
    truck = Vehicle.objects.filter(party_id=vehicle).first()
    if truck is None:
        raise NotFound("There is no such vehicle.", where=str(vehicle))
    if granted_by not in people.kinds_and_names([granted_by]):
        raise NotFound("There is no such authority.", where=str(granted_by))
    if valid_until_at <= valid_from_at:
        raise UnusableInput(
            f"A pass must end after it begins: {valid_from_at} to {valid_until_at}.", where="valid_until_at"
        )
    document = journal.draw_up(
        kind="PASS",
        title=f"通行证 {truck.plate}",
        body={
            "vehicle": str(vehicle),
            "plate": truck.plate,
            "area": str(area),
            "valid_from_at": valid_from_at.isoformat(),
            "valid_until_at": valid_until_at.isoformat(),
            "granted_by": str(granted_by),
        },
        subjects=(vehicle,),
        actor=actor,
        now=now,
        request_id=request_id,
    )
    granted, is_new = Pass.objects.get_or_create(
        document=document,
        defaults={
            "vehicle": truck,
            "area_id": area,
            "granted_by_id": granted_by,
            "valid_from_at": valid_from_at,
            "valid_until_at": valid_until_at,
        },
    )
    if is_new:
        journal.record(
            kind="freight.pass.granted",
            actor=actor,
            now=now,
            subject=vehicle,
            document=document,
            data={"pass": str(granted.id)},
        )
    return granted.id


@transaction.atomic
def revoke_pass(*, granted: UUID, why: str, actor: Actor, now: datetime) -> None:
    """The pass is worth nothing from now on. Said again, nothing changes."""
    actor.require(Duty.COMMAND)
    if Pass.objects.filter(id=granted, revoked_at=None).update(revoked_at=now):
        ended = Pass.objects.get(id=granted)
        journal.record(
            kind="freight.pass.revoked",
            actor=actor,
            now=now,
            subject=ended.vehicle_id,
            document=ended.document,
            data={"pass": str(granted), "why": why},
        )


@transaction.atomic
def set_meeting_place(*, party: UUID, site: UUID, note: str = "", actor: Actor, now: datetime) -> None:
    """A receiver that is no site is met at one; said again, nothing changes."""
    actor.require(Duty.COMMAND, Duty.CLERK)
    if MeetingPlace.objects.filter(party=party, site=site, note=note).exists():
        return
    MeetingPlace.objects.update_or_create(party_id=party, defaults={"site_id": site, "note": note})
    journal.record(
        kind="freight.meeting-place.set", actor=actor, now=now, subject=party, data={"site": str(site), "note": note}
    )
