"""A truck goes one run at a time."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from baogong.freight.errors import TruckElsewhere
from baogong.freight.models import Vehicle, Waybill
from baogong.freight.services.acts import take_turns
from baogong.freight.services.drivers import Run, run_of
from baogong.freight.snapshots import UNDERWAY


def lock_vehicles(vehicles: Sequence[UUID]) -> None:
    """Until the transaction ends, who names or loads one of them waits. Taken after the waybills' locks, before the drivers'."""
    take_turns("freight vehicle", vehicles)


def refuse_double(truck: Vehicle, trip: Sequence[Waybill], now: datetime) -> None:
    """Raises TruckElsewhere where another run keeps the vehicle while this one goes; one named for it already stays."""
    lock_vehicles([truck.party_id])
    if all(row.vehicle_id == truck.party_id for row in trip):
        return
    mine = run_of(trip, now)
    for other in runs_of(truck, now):
        if other.row.trip != mine.row.trip and other.keeps(mine.start_at, mine.end_at):
            raise TruckElsewhere(
                f"{truck.plate} goes under waybill {other.row.number} from {other.start_at:%Y-%m-%d %H:%M} to "
                f"{other.end_at:%Y-%m-%d %H:%M} UTC; {mine.row.number} goes from {mine.start_at:%Y-%m-%d %H:%M} to "
                f"{mine.end_at:%Y-%m-%d %H:%M} UTC. Nothing was changed.",
                where=truck.plate,
                found=other.row.number,
                expected=f"{mine.start_at.isoformat()} to {mine.end_at.isoformat()}",
                cure="Name another vehicle, which is free in this time, for one of the two.",
            )


def refuse_absent(truck: Vehicle, row: Waybill, now: datetime) -> None:
    """Raises TruckElsewhere where the vehicle is still under way on another run."""
    lock_vehicles([truck.party_id])
    for other in runs_of(truck, now):
        if other.row.state in UNDERWAY and other.row.trip != row.trip:
            raise TruckElsewhere(
                f"{truck.plate} is still under waybill {other.row.number} ({other.row.get_state_display()}). "
                "Nothing was changed.",
                where=truck.plate,
                found=other.row.number,
                cure="Close that waybill first, or name another vehicle.",
            )


def runs_of(truck: Vehicle, now: datetime) -> list[Run]:
    """What it is named for and has not ended, in order of number. One query."""
    by_trip: dict[UUID, list[Waybill]] = {}
    for row in Waybill.objects.filter(vehicle=truck, state__in=(Waybill.State.PLANNED, *UNDERWAY)).order_by("number"):
        by_trip.setdefault(row.trip, []).append(row)
    return [run_of(trip, now) for trip in by_trip.values()]
