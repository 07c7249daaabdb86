"""At the origin: a truck is named, goods change hands from keeper to truck."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.freight.errors import NothingToMove, TruckDoesNotFit, TruckNotNamed
from baogong.freight.models import Carried, Vehicle, Waybill, WaybillAct, WaybillLine
from baogong.freight.services import drivers, promises, trucks
from baogong.freight.services.acts import (
    Acted,
    LineDifference,
    by_line,
    content_hash,
    expect_state,
    find_waybill,
    lock_trip,
    replayed,
    sign,
)
from baogong.journal import services as journal
from baogong.journal.services import recorded
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, UnusableInput
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State


@transaction.atomic
def name_truck(
    *, waybill: UUID, vehicle: UUID, driver: UUID | None = None, actor: Actor, now: datetime, request_id: UUID
) -> Acted:
    """
    Say which vehicle, and who drives it, for the whole run of a truck; without `driver` the vehicle's own drives.

    Raises TruckDoesNotFit (another carrier's, or too small for what is planned), TruckElsewhere (named for another run
    at the same time), DriverElsewhere (named for another truck at the same time), WaybillMoved, NotYourPlace.
    """
    actor.require(Duty.COMMAND, Duty.CARRIER, at=find_waybill(waybill).carrier_id)
    content = content_hash(act="NAME_TRUCK", waybill=waybill, vehicle=vehicle, driver=driver)
    trip = lock_trip(find_waybill(waybill))
    if (answer := replayed(request_id, content)) is not None:
        return answer
    row = next(each for each in trip if each.id == waybill)
    expect_state(row, Waybill.State.PLANNED)
    truck = Vehicle.objects.select_related("kind").filter(party_id=vehicle).first()
    if truck is None:
        raise NotFound("There is no such vehicle.", where=str(vehicle), cure="Register its plate first.")
    _refuse_unfit(truck, trip)
    who = driver or truck.driver_id
    ahead = [each for each in trip if each.state == Waybill.State.PLANNED]
    trucks.refuse_double(truck, ahead, now)
    if who is not None:
        drivers.refuse_double(who, vehicle, ahead, now)
    for each in ahead:
        each.vehicle, each.driver_id = truck, who
        each.save(update_fields=["vehicle", "driver"])
    journal.record(
        kind="freight.truck.named",
        actor=actor,
        now=now,
        subject=row.id,
        document=row.document,
        data={"waybill": row.number, "plate": truck.plate, "driver": str(who) if who else None},
    )
    return sign(row, WaybillAct.Act.NAME_TRUCK, actor=actor, now=now, request_id=request_id, content=content)


def _refuse_unfit(truck: Vehicle, trip: list[Waybill]) -> None:
    row = trip[0]
    if truck.kind.carrier_id != row.carrier_id:
        raise TruckDoesNotFit(
            f"{truck.plate} belongs to another carrier than the one waybill {row.number} was agreed with.",
            where=truck.plate,
            cure="Name one of this carrier's vehicles, or plan again.",
        )
    weight_g, volume_cm3 = lading(trip)
    if weight_g > truck.kind.capacity_g or volume_cm3 > truck.kind.capacity_cm3:
        raise TruckDoesNotFit(
            f"{truck.plate} takes {truck.kind.capacity_g} g and {truck.kind.capacity_cm3} cm³; "
            f"{weight_g} g and {volume_cm3} cm³ are planned aboard. Nothing was changed.",
            where=truck.plate,
            found=[weight_g, volume_cm3],
            expected=[truck.kind.capacity_g, truck.kind.capacity_cm3],
            cure="Name a larger vehicle, or plan again with this one.",
        )


def lading(rows: Sequence[Waybill]) -> tuple[int, int]:
    """Grams and cubic centimetres of the most that is aboard at once: what all stops of a run carry, by whole cartons."""
    weight_g = volume_cm3 = 0
    for line in WaybillLine.objects.filter(waybill__in=rows):
        cartons = -(-line.amount // line.pieces_per_carton)
        weight_g += cartons * line.carton_g
        volume_cm3 += cartons * line.carton_cm3
    return weight_g, volume_cm3


@transaction.atomic
def load(
    *,
    waybill: UUID,
    differences: Sequence[LineDifference] = (),
    given_to_name: str = "",
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> Acted:
    """
    Load a waybill as planned, but for what is `left`: custody passes from the site to the vehicle, line by line, and
    each promise travels on.

    given_to_name  the driver's name as signed on the paper
    Raises GoodsNotHere, TruckNotNamed, TruckElsewhere and DriverElsewhere (still on another road), NothingToMove,
    WaybillMoved.
    """
    actor.require(Duty.KEEPER, at=find_waybill(waybill).origin_id)
    content = content_hash(act="LOAD", waybill=waybill, differences=sorted(differences, key=lambda d: str(d.line)))
    trip = lock_trip(find_waybill(waybill))
    if (answer := replayed(request_id, content)) is not None:
        return answer
    row = next(each for each in trip if each.id == waybill)
    expect_state(row, Waybill.State.PLANNED)
    if row.vehicle is None:
        raise TruckNotNamed(
            f"No vehicle is named for waybill {row.number} ({row.truck}).",
            where=row.number,
            cure="Ask the carrier which vehicle comes, and name it.",
        )
    trucks.refuse_absent(row.vehicle, row, now)
    drivers.refuse_absent(row, now)
    return _load(row, differences, given_to_name, content=content, actor=actor, now=now, request_id=request_id)


@recorded("freight.waybill.loaded")
def _load(
    row: Waybill,
    differences: Sequence[LineDifference],
    given_to_name: str,
    *,
    content: str,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> Acted:
    assert row.vehicle_id is not None
    lines = list(row.lines.select_related("parcel").order_by("position"))
    found = by_line((line.id for line in lines), differences, allowed={"left"})
    truck = AccountRef(row.vehicle_id, State.ABOARD)
    holds = promises.standing((line.parcel_id for line in lines), at=row.origin_id)
    left: dict[UUID, int] = {}
    batch, carried = [], []
    for line in lines:
        behind = found[line.id].left if line.id in found else 0
        if behind > line.amount:
            raise UnusableInput(
                f"Line {line.position} of {row.number} has {line.amount}; {behind} cannot be left behind.",
                where=f"{row.number}/{line.position}",
                found=behind,
                expected=f"0 to {line.amount}",
                cure="Correct the amount.",
            )
        line.loaded = line.amount - behind
        target = promises.end_of(line.parcel) if line.is_last else AccountRef(row.target_id, State.AVAILABLE)
        what = f"{row.number}/{line.position}"
        for hold, units in promises.take(holds[line.parcel_id], line.loaded, left=left, what=what):
            onward = promises.onward_id(request_id, line.id, hold.id)
            batch += [
                ledger.void_line(hold, units),
                ledger.post_line(hold.source, truck, hold.lot, units),
                ledger.hold_line(truck, target, hold.lot, units, id=onward, continues=hold.id),
            ]
            carried.append((onward, line, row.vehicle_id, True, units))
    if not batch:
        raise NothingToMove(
            f"Nothing would be loaded on waybill {row.number}.",
            where=row.number,
            cure="Cancel the waybill if the truck leaves without these goods.",
        )
    ledger.post(lines=batch, actor=actor, reason=Reason.LOAD, document=row.document, request_id=request_id, now=now)
    for line in lines:
        line.save(update_fields=["loaded"])
    promises.carry(carried)
    row.state, row.loaded_at = Waybill.State.LOADED, now
    row.save(update_fields=["state", "loaded_at"])
    promises.trim_waybills((line.parcel_id for line in lines), at=row.target_id)
    journal.record(
        kind="freight.waybill.loaded",
        actor=actor,
        now=now,
        subject=row.id,
        document=row.document,
        data={
            "waybill": row.number,
            "loaded": sum(line.loaded for line in lines),
            "left": sum(line.amount - line.loaded for line in lines),
            "given_to": given_to_name,
            "notes": [each.note for each in differences if each.note],
        },
    )
    return sign(
        row,
        WaybillAct.Act.LOAD,
        actor=actor,
        now=now,
        request_id=request_id,
        content=content,
        given_to_name=given_to_name,
        documents=(row.document,),
    )


@transaction.atomic
def cancel_waybill(*, waybill: UUID, reason: str, actor: Actor, now: datetime, request_id: UUID) -> Acted:
    """Take a waybill back before it is loaded; its goods stay promised where they stand. Raises WaybillMoved."""
    actor.require(Duty.COMMAND)
    content = content_hash(act="CANCEL", waybill=waybill, reason=reason)
    trip = lock_trip(find_waybill(waybill))
    if (answer := replayed(request_id, content)) is not None:
        return answer
    row = next(each for each in trip if each.id == waybill)
    expect_state(row, Waybill.State.PLANNED)
    cancel(row, reason=reason, actor=actor, now=now)
    promises.trim_waybills(row.lines.values_list("parcel_id", flat=True), at=row.target_id)
    return sign(row, WaybillAct.Act.CANCEL, actor=actor, now=now, request_id=request_id, content=content)


def cancel(row: Waybill, *, reason: str, actor: Actor, now: datetime) -> None:
    """Mark a waybill that was not loaded as cancelled, and say why."""
    assert not Carried.objects.filter(line__waybill=row).exists()
    row.state = Waybill.State.CANCELLED
    row.save(update_fields=["state"])
    journal.record(
        kind="freight.waybill.cancelled",
        actor=actor,
        now=now,
        subject=row.id,
        document=row.document,
        data={"waybill": row.number, "reason": reason},
    )
