"""14 April: a test turns out to be another person's; the one before runs out in mid-shift, and somebody stands in."""

from __future__ import annotations

from datetime import timedelta
from uuid import UUID

from baogong.crew import queries as crew_
from baogong.crew import services as crew
from baogong.delivery import queries as delivery_
from baogong.delivery.services import devices, rounds, stations
from baogong.delivery.services.sync import sync
from baogong.kernel.windows import Window
from baogong.ops.scenarios.last_mile.rounds import approve
from baogong.ops.scenarios.sealed_subdistrict_2022 import breaks
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import (
    COMMUNITIES,
    KEEPERS,
    STREET,
    TEST_RUNS_OUT,
    TRIKE_G,
    TRIKE_PIECES,
    station_of,
)
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import crew as crew_inside
from baogong.ops.scenarios.sealed_subdistrict_2022.people import SHIFT, at, sorters
from baogong.ops.scenarios.sealed_subdistrict_2022.rounds import (
    RULE,
    acts_of,
    device,
    walk,
)
from baogong.ops.scenarios.stage import Stage

DAY = 14
MIXED_UP, RUNS_OUT, GOES_ON, STAYS_UNTIL = "10:20", "10:30", "10:45", "12:00"


def stop_and_stand_in(stage: Stage) -> None:
    person = crew_inside(stage)[TEST_RUNS_OUT]
    community = _works_in(stage, person)
    station = station_of(community)
    walk(stage, DAY, at(DAY, MIXED_UP))
    _void_the_test(stage, person)
    walk(stage, DAY, at(DAY, RUNS_OUT))
    if breaks.goes_on(stage):
        return
    place, keeper = stage.party(station), stage.actors[KEEPERS[station]]
    for view in crew_.lapsed(place, stage.now):
        stage.say(f"      lapsed: {view.name}: {'; '.join(reason.text_en for reason in view.reasons)}")
    _stop(stage, person, station)
    stage.move_to(at(DAY, RUNS_OUT) + timedelta(minutes=10))
    back = [one.code for one in delivery_.parcels(states=["WITH_COURIER"], limit=10_000) if one.holder == person]
    if back:
        stations.take_back(
            station=place, scans=back, actor=keeper, now=stage.now, request_id=stage.request_id("stopped", "back")
        )
    stands_in = _stand_in(stage, person, station, community)
    device(stage, station, stands_in, DAY)
    stage.move_to(at(DAY, GOES_ON))
    again = rounds.plan_rounds(
        station=place,
        communities=[stage.party(community)],
        from_at=at(DAY, GOES_ON),
        until_at=at(DAY, STAYS_UNTIL),
        capacity_g=TRIKE_G,
        capacity_pieces=TRIKE_PIECES,
        limits={"cold_first": False},
        rule=RULE,
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("rounds again", DAY, community),
    )
    approve(stage, again, "rounds again", DAY, community)


def _works_in(stage: Stage, person: UUID) -> str:
    """The community in which the person delivers that day."""
    window = Window(at(DAY, "10:00"), at(DAY, "10:15"))
    return next(
        name
        for name in COMMUNITIES
        for row in crew_.plan(stage.party(name), window=window, now=stage.now)
        if row.person == person and row.work == "DELIVER"
    )


def _void_the_test(stage: Stage, person: UUID) -> None:
    """The laboratory: the sample of the evening before was somebody else's."""
    window = Window(stage.now, at(DAY, SHIFT[1]))
    judged = crew_.fitness([person], place=stage.party(STREET), window=window, now=stage.now)[person]
    if judged.fit_until is not None and judged.fit_until <= at(DAY, RUNS_OUT):
        return
    told = crew.read_tests(
        person=person,
        place=stage.party(STREET),
        why="检测机构来电：样本贴错条码",
        actor=stage.actors["lin"],
        now=stage.now,
    )
    since = at(DAY - 1, "12:00")
    for test in told.tests:
        if test.kind == "PCR" and test.sampled_at >= since and not test.is_void:
            crew.void_test(test=test.id, why="样本贴错条码，不是本人的", actor=stage.actors["lin"], now=stage.now)


def _stop(stage: Stage, person: UUID, station: str) -> None:
    """What he has done is told; then his telephone opens nothing any more."""
    window = Window(at(DAY, "00:00"), at(DAY, "23:59"))
    phone = device(stage, station, person, DAY)
    for one in delivery_.rounds(courier=person, window=window, states=["STARTED"]):
        stage.ids[f"told {one.id}"] = one.id
        acts = acts_of(stage, delivery_.round_view(one.id), DAY, until=stage.now)
        sync(device=phone, acts=acts, now=stage.now)
    keeper = stage.actors[KEEPERS[station]]
    rows = delivery_.devices(stage.party(station), now=stage.now, since=phone.from_at)
    if any(row.id == phone.id and row.is_open for row in rows):
        devices.withdraw_device(device=phone.id, actor=keeper, now=stage.now)
    for shift in crew_.shifts(person=person, is_open=True):
        crew.sign_off(shift=shift.id, actor=keeper, now=stage.now)


def _stand_in(stage: Stage, person: UUID, station: str, community: str) -> UUID:
    """Whoever sorts at the station today leaves that and takes the rest of the shift over."""
    place, keeper = stage.party(station), stage.actors[KEEPERS[station]]
    stands_in = sorters(stage, DAY)[station]
    window = Window(at(DAY, SHIFT[0]), at(DAY, SHIFT[1]))
    sorts = [
        row
        for row in crew_.plan(place, window=window, now=stage.now)
        if row.person == stands_in and row.end_at > stage.now
    ]
    for row in sorts:
        crew.unassign(assignment=row.id, why="顶替配送", actor=keeper, now=stage.now)
        for shift in crew_.shifts(person=stands_in, is_open=True):
            crew.sign_off(shift=shift.id, actor=keeper, now=stage.now)
    rows = crew_.plan(stage.party(community), window=window, now=stage.now, with_withdrawn=True)
    crew.stand_in(
        assignment=next(row.id for row in rows if row.person == person and row.work == "DELIVER"),
        person=stands_in,
        why="核酸过期",
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("stand in"),
    )
    others = [row.person for row in rows if row.person not in (person, stands_in) and row.work == "DELIVER"]
    crew.assign(
        person=breaks.who_stays(stage, stands_in, others),
        place=stage.party(community),
        work="DELIVER",
        start_at=at(DAY, SHIFT[1]),
        end_at=at(DAY, STAYS_UNTIL),
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("stays longer"),
    )
    stage.move_to(stage.now + timedelta(minutes=1))
    crew.sign_on(
        person=stands_in,
        place=place,
        work="DELIVER",
        actor=keeper,
        now=stage.now,
        request_id=stage.request_id("on", "stand in"),
    )
    return stands_in
