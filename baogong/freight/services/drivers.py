"""A driver sits in one truck at a time."""

from __future__ import annotations

from collections.abc import Collection, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from baogong.freight.errors import DriverElsewhere
from baogong.freight.models import Waybill
from baogong.freight.services.acts import take_turns
from baogong.freight.snapshots import UNDERWAY


@dataclass(frozen=True, slots=True)
class Run:
    """One run of one truck that keeps its driver within [start_at, end_at); `row` is the first of its waybills."""

    row: Waybill
    start_at: datetime
    end_at: datetime

    def keeps(self, start_at: datetime, end_at: datetime) -> bool:
        return self.start_at < end_at and start_at < self.end_at


def lock_drivers(drivers: Collection[UUID]) -> None:
    """Until the transaction ends, who names one of them waits. Taken after the waybills' own locks, in one order."""
    take_turns("freight driver", drivers)


def refuse_double(driver: UUID, vehicle: UUID, trip: Sequence[Waybill], now: datetime) -> None:
    """Raises DriverElsewhere where another truck's run keeps the driver while this one goes."""
    lock_drivers([driver])
    mine = run_of(trip, now)
    for other in runs_of([driver], now)[driver]:
        if (
            other.row.trip != mine.row.trip
            and other.row.vehicle_id != vehicle
            and other.keeps(mine.start_at, mine.end_at)
        ):
            raise _elsewhere(other, mine)


def refuse_absent(row: Waybill, now: datetime) -> None:
    """Raises DriverElsewhere where the driver is still under way with another truck."""
    if row.driver_id is None:
        return
    lock_drivers([row.driver_id])
    for other in runs_of([row.driver_id], now)[row.driver_id]:
        if other.row.state in UNDERWAY and other.row.vehicle_id != row.vehicle_id:
            raise _elsewhere(other, run_of([row], now))


def runs_of(drivers: Collection[UUID], now: datetime) -> dict[UUID, list[Run]]:
    """What each of them is named for and has not ended, in order of number. One query."""
    rows = Waybill.objects.filter(driver__in=drivers, state__in=(Waybill.State.PLANNED, *UNDERWAY))
    by_run: dict[tuple[UUID, UUID], list[Waybill]] = {}
    for row in rows.select_related("driver", "vehicle").order_by("number"):
        assert row.driver_id is not None
        by_run.setdefault((row.driver_id, row.trip), []).append(row)
    found: dict[UUID, list[Run]] = {driver: [] for driver in drivers}
    for (driver, _trip), trip in by_run.items():
        found[driver].append(run_of(trip, now))
    return found


def run_of(trip: Sequence[Waybill], now: datetime) -> Run:
    """From its first loading until its last unloading, as far as that is known; what is under way lasts until now."""
    under_way = [row for row in trip if row.state in UNDERWAY]
    start_at = min(row.load_start_at for row in trip)
    end_at = max(max(row.unload_end_at, row.expected_arrive_at) for row in trip)
    if under_way:
        return Run(under_way[0], min(start_at, now), max(end_at, now))
    return Run(trip[0], start_at, end_at)


def _elsewhere(other: Run, mine: Run) -> DriverElsewhere:
    name = other.row.driver.name if other.row.driver else ""
    plate = other.row.vehicle.plate if other.row.vehicle else other.row.truck
    return DriverElsewhere(
        f"{name} drives {plate} under waybill {other.row.number} from {other.start_at:%Y-%m-%d %H:%M} to "
        f"{other.end_at:%Y-%m-%d %H:%M} UTC; {mine.row.number} goes from {mine.start_at:%Y-%m-%d %H:%M} to "
        f"{mine.end_at:%Y-%m-%d %H:%M} UTC. Nothing was changed.",
        where=mine.row.number,
        found=name,
        expected=f"{mine.start_at.isoformat()} to {mine.end_at.isoformat()}",
        cure="Name another driver, who is free in this time, for one of the two trucks.",
        other=other.row.number,
        plate=plate,
    )
