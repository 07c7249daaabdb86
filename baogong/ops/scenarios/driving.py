"""What trucks and keepers do in a story: all that the waybills say is due, in order of time, up to a moment."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from baogong.freight import queries as freight_
from baogong.freight import services as freight
from baogong.freight.queries import WaybillRow
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Actor
from baogong.ops.scenarios.stage import LOCAL, Stage
from baogong.places import queries as places

OPEN = ("PLANNED", "LOADED", "DEPARTED", "ARRIVED")
WAYBILLS_MAX = 500

Differences = Callable[[Stage, WaybillRow], tuple[freight.LineDifference, ...]]


def nothing_differs(_stage: Stage, _row: WaybillRow) -> tuple[freight.LineDifference, ...]:
    return ()


def at_its_time(_stage: Stage, _row: WaybillRow, moment: datetime) -> datetime:
    return moment


def nothing_more(_stage: Stage, _row: WaybillRow) -> None:
    return


@dataclass(frozen=True, slots=True)
class Ways:
    """
    How a story's people go about it.

    driver            who writes this truck down
    keeper            who keeps the store of this name
    signer            who signs at this waybill's door
    at_the_store      what is found when a store takes over
    at_the_door       what is found when a receiver signs; what is refused goes back to `back_to`, a store's name
    due               when the next thing is done, given when it is due
    after_leaving     what happens once a truck has left
    insists_on_arriving  whether drivers say twice that they have arrived, against the page's doubt
    """

    driver: Callable[[Stage, WaybillRow], Actor]
    keeper: Callable[[Stage, str], Actor]
    signer: Callable[[WaybillRow], str]
    at_the_store: Differences = nothing_differs
    at_the_door: Differences = nothing_differs
    back_to: str = ""
    due: Callable[[Stage, WaybillRow, datetime], datetime] = at_its_time
    after_leaving: Callable[[Stage, WaybillRow], None] = nothing_more
    insists_on_arriving: Callable[[Stage], bool] = lambda _stage: False


def drive(
    stage: Stage,
    until: datetime,
    ways: Ways,
    *,
    moving: Callable[[Sequence[WaybillRow]], Sequence[WaybillRow]] = lambda rows: rows,
) -> None:
    """Do all that is due by `until` of the waybills that are `moving`, each at its own time; the clock ends at `until`."""
    while True:
        rows = moving(freight_.waybills(now=stage.now, states=OPEN, limit=WAYBILLS_MAX))
        due = [(moment, row.number, row) for row in rows if (moment := ways.due(stage, row, _due(row))) <= until]
        if not due:
            break
        moment, _number, row = min(due, key=lambda found: found[:2])
        stage.move_to(moment)
        _act(stage, row, ways)
    stage.move_to(until)


def _due(row: WaybillRow) -> datetime:
    """When the next thing happens to this waybill, as last reported."""
    if row.state == "PLANNED":
        return row.load_start_at
    if row.state == "LOADED":
        return row.planned_depart_at
    if row.state == "DEPARTED":
        return row.expected_arrive_at
    assert row.arrived_at is not None
    if row.receiver is not None:
        return _opening(row)  # signed for at the door
    return row.arrived_at + (row.unload_end_at - row.unload_start_at)


def _opening(row: WaybillRow) -> datetime:
    """When somebody there takes over: at once, or when the gate opens that day."""
    assert row.arrived_at is not None
    site = places.site(row.target)
    if site.opens_at is None:
        return row.arrived_at
    day = row.arrived_at.astimezone(LOCAL).date()
    return max(row.arrived_at, datetime.combine(day, site.opens_at, LOCAL))


def _act(stage: Stage, row: WaybillRow, ways: Ways) -> None:
    given: dict[str, Any] = {"waybill": row.id, "now": stage.now, "request_id": stage.request_id(row.state, row.id)}
    driver = ways.driver(stage, row)
    if row.state == "PLANNED":
        freight.load(given_to_name=row.driver_name, actor=ways.keeper(stage, row.origin_name), **given)
    elif row.state == "LOADED":
        freight.depart(actor=driver, **given)
        ways.after_leaving(stage, row)
    elif row.state == "DEPARTED":
        freight.arrive(confirmed=ways.insists_on_arriving(stage), actor=driver, **given)
    elif row.receiver is not None:
        signer, differences = ways.signer(row), ways.at_the_door(stage, row)
        freight.hand_over(
            signed_by=signer,
            evidence=[EvidenceIn(kind="SIGNATURE", by_name=signer, text=f"{row.number} 收讫")],
            differences=differences,
            back_to=stage.party(ways.back_to) if differences and ways.back_to else None,
            actor=driver,
            **given,
        )
    else:
        freight.receive(
            differences=ways.at_the_store(stage, row),
            given_to_name=row.driver_name,
            actor=ways.keeper(stage, row.target_name),
            **given,
        )
