"""Roll cages and trailers: taken along on a vehicle, put down again. They are goods in the book like any other."""

from __future__ import annotations

from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.freight.models import EquipmentMove, Vehicle
from baogong.freight.services.acts import content_hash
from baogong.journal import services as journal
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.errors import NotFound, RequestIdReused, UnusableInput
from baogong.ledger import services as ledger
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State


@transaction.atomic
def take_equipment(
    *, vehicle: UUID, site: UUID, lot: UUID, amount: int, actor: Actor, now: datetime, request_id: UUID
) -> None:
    """So many leave the site with the vehicle. Raises ledger.BatchRefused where fewer stand there."""
    _move(EquipmentMove.Way.OUT, vehicle, site, lot, amount, actor=actor, now=now, request_id=request_id)


@transaction.atomic
def put_down_equipment(
    *, vehicle: UUID, site: UUID, lot: UUID, amount: int, actor: Actor, now: datetime, request_id: UUID
) -> None:
    """So many come off the vehicle: at home again, or left elsewhere. Raises ledger.BatchRefused where it has fewer."""
    _move(EquipmentMove.Way.BACK, vehicle, site, lot, amount, actor=actor, now=now, request_id=request_id)


def _move(
    way: EquipmentMove.Way,
    vehicle: UUID,
    site: UUID,
    lot: UUID,
    amount: int,
    *,
    actor: Actor,
    now: datetime,
    request_id: UUID,
) -> None:
    actor.require(Duty.KEEPER, at=site)
    # The row of the vehicle is what two keepers at it wait for.
    truck = Vehicle.objects.select_for_update(of=("self",)).filter(party_id=vehicle).first()
    if truck is None:
        raise NotFound("There is no such vehicle.", where=str(vehicle))
    if amount <= 0:
        raise UnusableInput("At least one has to be moved.", where="amount", found=amount, expected="1 or more")
    content = content_hash(way=way, vehicle=vehicle, site=site, lot=lot, amount=amount)
    known = EquipmentMove.objects.filter(id=request_id).first()
    if known is not None:
        if known.content_hash != content:
            raise RequestIdReused("This request moved other equipment before; that stands.", where=str(request_id))
        return
    here, aboard = AccountRef(site, State.AVAILABLE), AccountRef(vehicle, State.ABOARD)
    is_out = way == EquipmentMove.Way.OUT
    source, target = (here, aboard) if is_out else (aboard, here)
    ledger.post(
        lines=[ledger.post_line(source, target, lot, amount)],
        actor=actor,
        reason=Reason.LOAD if is_out else Reason.RETURN,
        document=None,
        request_id=request_id,
        now=now,
    )
    EquipmentMove.objects.create(
        id=request_id,
        vehicle=truck,
        site_id=site,
        lot=lot,
        amount=amount,
        way=way,
        at=now,
        by_name=actor.name,
        content_hash=content,
    )
    journal.record(
        kind="freight.equipment.taken" if is_out else "freight.equipment.put-down",
        actor=actor,
        now=now,
        subject=vehicle,
        data={"site": str(site), "lot": str(lot), "amount": amount},
    )
