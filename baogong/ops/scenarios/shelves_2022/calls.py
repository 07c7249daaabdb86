"""Households are called down to their shelves, one after the other, and fetch what is theirs."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Iterator
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.comings import free_from
from baogong.delivery.queries import CallingView
from baogong.delivery.services.sync import Act, sync
from baogong.journal.services import EvidenceIn
from baogong.ops.scenarios.last_mile import pace
from baogong.ops.scenarios.shelves_2022 import breaks
from baogong.ops.scenarios.shelves_2022.cast import COMMUNITIES, STATION, whole
from baogong.ops.scenarios.shelves_2022.parcels import ALL
from baogong.ops.scenarios.shelves_2022.rounds import phone
from baogong.ops.scenarios.stage import Stage

FETCHES = timedelta(minutes=4)  # from the call to the shelf
NO_ANSWER = (
    31  # every so manieth call is not answered; that household is called again when the others of its shelf were
)


@dataclass(frozen=True, slots=True)
class Call:
    """
    `vain_at`: when nobody answered. `at`: from when it was told to come, and that it was called then; `is_told`: the house
    knows that already.
    """

    calling: CallingView
    courier: UUID
    at: datetime
    vain_at: datetime | None
    is_told: bool


def call_all(stage: Stage, day: int) -> None:
    """What the telephones say in the evening: who was called when, then who fetched what."""
    calls: defaultdict[UUID, list[Act]] = defaultdict(list)
    fetched: defaultdict[UUID, list[Act]] = defaultdict(list)
    there = {one.code for one in delivery_.parcels(states=["ON_SHELF"], limit=ALL)}
    for call in calls_of(stage, day):
        one = call.calling
        if there.isdisjoint(one.parcels):  # nothing to fetch, or fetched before in a resumed play
            continue
        if call.vain_at is not None:
            calls[call.courier].append(_called(stage, one, call.vain_at, "NO_ANSWER"))
        if not call.is_told and not breaks.comes_uncalled(stage, day, one):
            calls[call.courier].append(_called(stage, one, call.at, "COMES"))
        for code in sorted(there.intersection(one.parcels)):
            fetched[call.courier].append(
                Act(
                    stage.request_id("fetched", code),
                    "HANDED_OVER",
                    call.at + FETCHES,
                    code,
                    mode="CONTACTLESS",
                    evidence=(EvidenceIn("CODE", text=code),),
                )
            )
    for acts in (calls, fetched):
        for courier, theirs in acts.items():
            sync(device=phone(stage, courier, day), acts=theirs, now=stage.now)


def _called(stage: Stage, one: CallingView, moment: datetime, outcome: str) -> Act:
    come_at = moment if outcome == "COMES" else None
    act = stage.request_id("called", one.id, outcome)
    return Act(act, "CALLED", moment, why=outcome, calling=one.id, come_at=come_at)


def calls_of(stage: Stage, day: int) -> Iterator[Call]:
    """
    Each shelf's households one after the other, not before the windows they were planned for, by whoever put the last of
    theirs there; whose parcels do not lie there yet when their turn comes wait until they do. At which moment the shelf is
    free for one more the house says, as on the couriers' telephones.
    """
    communities = [stage.party(name) for name in COMMUNITIES]
    window = whole(day)
    put_by = _put_by(stage, day)
    lines = delivery_.call_list(communities=communities, since=window.start_at, until=window.end_at)
    planned = sorted(
        (one for one in lines if one.parcels),
        key=lambda one: (max(put_by[code] for code in one.parcels)[0], one.shelf_name, one.address),
    )
    assert window.start_at is not None
    told = {
        shelf: dict(its)
        for shelf, its in delivery_.comings({one.shelf for one in planned}, since=window.start_at).items()
    }
    last_at = {one.shelf: one.until_at for one in sorted(planned, key=_ends) if one.until_at is not None}

    def turn(one: CallingView, from_at: datetime) -> datetime:
        earliest = max([from_at, *(put_by[code][0] for code in one.parcels)])
        its = told.setdefault(one.shelf, {})
        others = [moment for calling, moment in its.items() if calling != one.id]
        its[one.id] = free_from(earliest, others, one.people_max, timedelta(minutes=one.window_minutes))
        return its[one.id]

    for number, one in enumerate(planned, start=1):
        courier = max(put_by[code] for code in one.parcels)[1]
        from_at = one.from_at or window.start_at
        if one.outcome == "COMES":
            yield Call(one, courier, from_at, None, True)
            continue
        vain_at = None
        moment = turn(one, from_at)
        if number % NO_ANSWER == 0 and one.outcome != "NO_ANSWER":
            vain_at, moment = moment, turn(one, max(moment, last_at.get(one.shelf, moment)))
        moment = breaks.call_at(stage, day, one, moment, planned)
        yield Call(one, courier, moment, vain_at, False)


def _ends(one: CallingView) -> datetime:
    return one.until_at or datetime.min.replace(tzinfo=UTC)


def _put_by(stage: Stage, day: int) -> dict[str, tuple[datetime, UUID]]:
    """Parcel's code → when it was put on its shelf, by whom."""
    rows = delivery_.rounds(station=stage.party(STATION), window=whole(day), with_visits=True)
    return {
        carried.parcel.code: (ends_at, one.courier)
        for one in rows
        if one.state in ("STARTED", "DONE")
        for visit, ends_at in zip(one.visits, pace.walked(stage, one).ends_at, strict=True)
        for carried in visit.parcels
    }
