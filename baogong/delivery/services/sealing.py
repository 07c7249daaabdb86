"""What lies on the shelf of a house that is sealed since: up to the door by courier, its household called down no more."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from django.db import transaction

from baogong.delivery.errors import NotSealed
from baogong.delivery.models import Parcel, ParcelAct
from baogong.delivery.queries.houses import sealed_on_shelves
from baogong.delivery.services import custody
from baogong.delivery.services.endings import begin
from baogong.delivery.services.stations import KEEPERS, Scanned
from baogong.journal.services import record, recorded
from baogong.kernel.actor import Actor

SEALED = "SEALED"  # the note of such an act: a word, said to the reader


@transaction.atomic
def bring_up(*, station: UUID, scans: Sequence[str], actor: Actor, now: datetime, request_id: UUID) -> Scanned:
    """
    The next rounds from this station take these up from their shelves to the doors.

    What goes up already is `known`. The same request again gives the same answer.
    Raises NotYourPlace (of the station, or of the one a parcel came from), NotSealed (its household may come down),
    AlreadyHandedOver, WithSomebodyElse, NotHere, NoSuchParcels.
    """
    actor.require(*KEEPERS, at=station)
    before, rows, unknown = begin(scans, request_id, "lies on a shelf")
    if before is not None:
        return before
    for row in rows:
        if row.station_id != station:
            actor.require(*KEEPERS, at=row.station_id)
        custody.refuse_elsewhere(row, states=(Parcel.State.ON_SHELF,))
    known = [row for row in rows if row.goes_up]
    fresh = [row for row in rows if not row.goes_up]
    sealed = {view.id for view in sealed_on_shelves(now, ids=[row.id for row in fresh])} if fresh else set()
    free = [row.code for row in fresh if row.id not in sealed]
    if free:
        raise NotSealed(
            f"The households of {', '.join(free[:10])} may come down to their shelf; nothing was changed.",
            where=free[0],
            found=free[:50],
            expected="parcels on the shelf of a sealed house",
            cure="Leave these out. If a house is sealed, let the notice be read that says so.",
        )
    if fresh:
        _bring_up(fresh, station, actor=actor, now=now, request_id=request_id)
    return Scanned(tuple(row.code for row in fresh), tuple(row.code for row in known), tuple(unknown))


@recorded("delivery.parcels.go-up")
def _bring_up(rows: Sequence[Parcel], station: UUID, *, actor: Actor, now: datetime, request_id: UUID) -> None:
    acts = [
        custody.act_of(
            row, ParcelAct.Kind.GOES_UP, to=row.holder_id, actor=actor, at_device=now, now=now, note=SEALED,
            batch=request_id,
        )
        for row in rows
    ]  # fmt: skip
    ParcelAct.objects.bulk_create(acts, batch_size=2000)
    Parcel.objects.filter(id__in=[row.id for row in rows]).update(out_of_place_at=now)
    custody.call_off(rows, now)
    record(kind="delivery.parcels.go-up", actor=actor, now=now, subject=station, data={"parcels": len(rows)})
