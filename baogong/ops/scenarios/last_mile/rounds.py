"""Rounds: approved, walked, and told by telephones in their own good time."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from functools import partial
from uuid import UUID

from baogong.delivery import queries as delivery_
from baogong.delivery.queries import ParcelView, RoundView, VisitView
from baogong.delivery.services import devices, stations
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.sync import Act, sync
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Actor
from baogong.kernel.windows import Window
from baogong.ops.scenarios.last_mile import pace
from baogong.ops.scenarios.last_mile.pace import Walked
from baogong.ops.scenarios.stage import Stage
from baogong.people.queries.parties import party_names
from baogong.planning import services as planning

Event = tuple[datetime, Callable[[], None]]


def approve(stage: Stage, made: UUID, *key: object) -> None:
    """By another than who planned."""
    planning.approve(plan=made, actor=stage.actors["zhao"], now=stage.now, request_id=stage.request_id("approve", *key))


def device(
    stage: Stage, station: str, person: UUID, from_at: datetime, until_at: datetime, *, keeper: str
) -> DeviceView:
    """The person's telephone of that shift; given out where there is none yet."""
    for row in delivery_.devices(stage.party(station), now=stage.now, since=from_at):
        if (row.person, row.from_at) == (person, from_at):
            actor = Actor(person, row.person_name, {})
            return DeviceView(row.id, person, stage.party(station), row.from_at, row.until_at, actor)
    token = devices.give_device(
        person=person,
        station=stage.party(station),
        from_at=from_at,
        until_at=until_at,
        actor=stage.actors[keeper],
        now=stage.now,
    )
    return devices.recognise(token, stage.now, to_read=False)


def walk(
    stage: Stage,
    keepers: Mapping[str, str],
    day: Window,
    until: datetime,
    *,
    come_back: Callable[[RoundView, str], None],
    on_the_way: Callable[[RoundView, Walked], Iterable[Event]] = lambda _one, _walked: (),
    is_left: Callable[[RoundView], bool] = lambda _one: False,
) -> None:
    """
    Everybody leaves and comes back at the own pace, up to `until`; the clock ends there.

    keepers     station → who loads the rounds there
    come_back   what happens then, of a round that was not told yet
    on_the_way  what else happens at which moment of such a round
    is_left     rounds that nobody walks
    """
    events: list[tuple[datetime, int, str, str, Callable[[], None]]] = []
    for station, keeper in keepers.items():
        place = stage.party(station)
        rows = delivery_.rounds(station=place, window=day, states=["PLANNED", "STARTED", "DONE"], with_visits=True)
        standing = [one for one in rows if one.state == "DONE" or not is_left(one)]
        walks = pace.day(stage, standing)
        for one in standing:
            walked = walks[one.id]
            if one.state == "DONE" or walked.leaves_at >= until:
                continue
            if one.state == "PLANNED":
                events.append((walked.leaves_at, 0, one.name, station, partial(leave, stage, one, keeper)))
            if f"told {one.id}" in stage.ids:
                continue
            for moment, act in on_the_way(one, walked):
                events.append((moment, 1, one.name, station, act))
            if walked.back_at <= until:
                events.append((walked.back_at, 2, one.name, station, partial(_back, stage, one, station, come_back)))
    for moment, *_order, act in sorted(events, key=lambda each: each[:4]):
        if moment <= until:
            stage.move_to(moment)
            act()
    stage.move_to(until)


def _back(stage: Stage, one: RoundView, station: str, come_back: Callable[[RoundView, str], None]) -> None:
    stage.ids[f"told {one.id}"] = one.id
    come_back(one, station)


def leave(stage: Stage, one: RoundView, keeper: str) -> None:
    """The keeper gives the courier the round's parcels."""
    stations.load_round(
        round=one.id,
        actor=stage.actors[keeper],
        now=stage.now,
        request_id=stage.request_id("round", one.plan, one.name),
    )


def has_no_signal(courier: UUID) -> bool:
    """Every eleventh telephone tells in the evening only."""
    return number_of(courier) % 11 == 3


def tell(phone: DeviceView, acts: Sequence[Act], now: datetime) -> None:
    """Some telephones tell the later half first, some tell twice."""
    number = number_of(phone.person)
    half = len(acts) // 2 if number % 5 == 1 else 0
    for part in (acts[half:], acts[:half]):
        if part:
            sync(device=phone, acts=part, now=now)
    if number % 7 == 2:
        sync(device=phone, acts=acts[:6], now=now)


def handed_over(act: UUID, visit: VisitView, moment: datetime, code: str) -> Act:
    """Shown as the visit's mode asks."""
    shown = {
        "CONTACTLESS": EvidenceIn("CODE", text=code),
        "WITNESSED": EvidenceIn("WITNESS", by_name="收件人"),
        "SIGNED": EvidenceIn("SIGNATURE", payload=b"[[[8, 40], [30, 12], [52, 44]]]", by_name="收件人"),
    }[visit.mode]
    return Act(act, "HANDED_OVER", moment, code, mode=visit.mode, evidence=(shown,))


def each_handed_over(
    stage: Stage, one: RoundView, walked: Walked, *, is_left: Callable[[ParcelView], bool] = lambda _parcel: False
) -> list[Act]:
    """Every parcel of the round at its door, when the courier has done with it there; `is_left`: nobody tells of it."""
    return [
        handed_over(stage.request_id("act", one.id, carried.parcel.code), visit, ends_at, carried.parcel.code)
        for visit, ends_at in zip(one.visits, walked.ends_at, strict=True)
        for carried in visit.parcels
        if not is_left(carried.parcel)
    ]


def number_of(person: UUID) -> int:
    """A number of a person that is the same in every play."""
    return sum(map(ord, party_names([person])[person][0]))
