"""Rounds of a day: planned and approved, loaded by the keepers, walked, and told by telephones in their own good time."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime
from uuid import UUID

from baogong.crew import queries as crew_
from baogong.crew import services as crew
from baogong.delivery import queries as delivery_
from baogong.delivery.queries import RoundView, VisitView
from baogong.delivery.services import devices, rounds, stations
from baogong.delivery.services.devices import DeviceView
from baogong.delivery.services.sync import Act, sync
from baogong.journal.services import EvidenceIn
from baogong.kernel.actor import Actor
from baogong.kernel.windows import Window
from baogong.ops.scenarios.sealed_subdistrict_2022 import breaks
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import COMMUNITIES, KEEPERS, STATIONS, station_of
from baogong.ops.scenarios.sealed_subdistrict_2022.people import ENDS, SHIFT, at
from baogong.ops.scenarios.stage import Stage
from baogong.people.queries.parties import party_names
from baogong.planning import services as planning

LIMITS = {"balance": 0.08, "cold_first": False}  # a whole round takes less than an hour
RULE = {"turns_per_stop": 20, "passes": 1}
TRIKE_G, TRIKE_PIECES = 150_000, 80
NOBODY_AT_HOME, TRIED_ON = 97, (13, 14)  # every so manieth parcel of the first two days finds nobody
EVENING = "19:00"


def plan(stage: Stage, day: int) -> None:
    """Each community's, by one, approved by another."""
    for community in COMMUNITIES:
        made = rounds.plan_rounds(
            station=stage.party(station_of(community)),
            communities=[stage.party(community)],
            from_at=at(day, SHIFT[0]),
            until_at=at(day, SHIFT[1]),
            capacity_g=TRIKE_G,
            capacity_pieces=TRIKE_PIECES,
            limits=LIMITS,
            rule=RULE,
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("rounds", day, community),
        )
        approve(stage, made, "rounds", day, community)
        stage.ids[f"plan {day} {community}"] = made


def approve(stage: Stage, made: UUID, *key: object) -> None:
    planning.approve(plan=made, actor=stage.actors["zhao"], now=stage.now, request_id=stage.request_id("approve", *key))


def device(stage: Stage, station: str, person: UUID, day: int) -> DeviceView:
    """The person's telephone of that day; given out where there is none yet."""
    from_at, until_at = at(day, SHIFT[0]), at(day, ENDS)
    for row in delivery_.devices(stage.party(station), now=stage.now, since=from_at):
        if (row.person, row.from_at) == (person, from_at):
            actor = Actor(person, row.person_name, {})
            return DeviceView(row.id, person, stage.party(station), row.from_at, row.until_at, actor)
    token = devices.give_device(
        person=person,
        station=stage.party(station),
        from_at=from_at,
        until_at=until_at,
        actor=stage.actors[KEEPERS[station]],
        now=stage.now,
    )
    return devices.recognise(token, stage.now, to_read=False)


def walk(stage: Stage, day: int, until: datetime) -> None:
    """Everybody leaves and comes back at the planned time, up to `until`; the clock ends there."""
    window = Window(at(day, "00:00"), at(day, "23:59"))
    events: list[tuple[datetime, bool, str, RoundView, str]] = []
    for station in STATIONS:
        place = stage.party(station)
        for one in delivery_.rounds(station=place, window=window, states=["PLANNED", "STARTED"]):
            if breaks.does_anothers_round(stage, day, one.courier):
                continue
            if one.state == "PLANNED" and one.leaves_at < until:
                events.append((one.leaves_at, False, one.name, one, station))
            if one.leaves_at < until and one.back_at <= until and f"told {one.id}" not in stage.ids:
                events.append((one.back_at, True, one.name, one, station))
    for moment, is_back, _name, one, station in sorted(events, key=lambda each: (*each[:3], each[4])):
        stage.move_to(moment)
        if is_back:
            come_back(stage, one, station, day)
        else:
            _leave(stage, one, station)
    stage.move_to(until)


def _leave(stage: Stage, one: RoundView, station: str) -> None:
    stations.load_round(
        round=one.id,
        actor=stage.actors[KEEPERS[station]],
        now=stage.now,
        request_id=stage.request_id("round", one.plan, one.name),
    )


def come_back(stage: Stage, one: RoundView, station: str, day: int) -> None:
    """The telephone tells; some only in the evening, some twice, some the later half first."""
    stage.ids[f"told {one.id}"] = one.id
    if _number(one.courier) % 11 != 3:
        tell(stage, one, station, day)


def tell(stage: Stage, one: RoundView, station: str, day: int) -> None:
    acts = acts_of(stage, delivery_.round_view(one.id), day)
    phone, number = device(stage, station, one.courier, day), _number(one.courier)
    half = len(acts) // 2 if number % 5 == 1 else 0
    for part in (acts[half:], acts[:half]):
        if part:
            sync(device=phone, acts=part, now=stage.now)
    if number % 7 == 2:
        sync(device=phone, acts=acts[:6], now=stage.now)


def walk_anothers(stage: Stage, day: int) -> None:
    """Where a break left rounds to a colleague: taken at four, brought one after the other."""
    window = Window(at(day, "00:00"), at(day, "23:59"))
    for station in STATIONS:
        for one in delivery_.rounds(station=stage.party(station), window=window, states=["PLANNED"], with_visits=True):
            if not breaks.does_anothers_round(stage, day, one.courier):
                continue
            colleague = next(
                other.courier
                for other in delivery_.rounds(station=stage.party(station), window=window, states=["DONE"])
            )
            later = at(day, "16:00") - one.leaves_at
            acts = [
                replace(act, id=stage.request_id("act", "colleague", act.id), at=act.at + later)
                for act in acts_of(stage, one, day, is_taken=False)
            ]
            taken = [
                Act(stage.request_id("act", "take", act.id), "TAKEN", at(day, "16:00"), act.parcel)
                for act in acts
                if act.parcel
            ]
            sync(device=device(stage, station, colleague, day), acts=[*taken, *acts], now=stage.now)


def tell_the_rest(stage: Stage, day: int) -> None:
    """19:00: telephones that had no signal all day."""
    stage.move_to(at(day, EVENING))
    walk_anothers(stage, day)
    window = Window(at(day, "00:00"), at(day, "23:59"))
    for station in STATIONS:
        for one in delivery_.rounds(station=stage.party(station), window=window, states=["STARTED"]):
            tell(stage, one, station, day)


def acts_of(
    stage: Stage, one: RoundView, day: int, until: datetime | None = None, *, is_taken: bool = True
) -> list[Act]:
    """What the courier did on this round: at each stop what its parcels allow, and free when back."""
    found: list[Act] = []
    for visit in one.visits:
        for carried in visit.parcels:
            if (is_taken and carried.taken_at is None) or breaks.forgets(stage, carried.parcel.waybill):
                continue
            found += _at_the_door(stage, one, visit, carried.parcel.code, carried.parcel.waybill, day)
    found.append(Act(stage.request_id("act", one.id, "free"), "FREE", one.back_at))
    return [act for act in found if until is None or act.at <= until]


def _at_the_door(stage: Stage, one: RoundView, visit: VisitView, code: str, waybill: str, day: int) -> list[Act]:
    def act_id(kind: str) -> UUID:
        return stage.request_id("act", one.id, code, kind)

    if int(waybill[-5:]) % NOBODY_AT_HOME == 0 and day in TRIED_ON and waybill[2:6] == f"04{day}":
        return [
            Act(act_id("FAILED"), "FAILED", visit.end_at, code, why="NOBODY"),
            Act(act_id("RETURNED"), "RETURNED", one.back_at, code),
        ]
    shown = {
        "CONTACTLESS": EvidenceIn("CODE", text=code),
        "WITNESSED": EvidenceIn("WITNESS", by_name="收件人"),
        "SIGNED": EvidenceIn("SIGNATURE", by_name="收件人"),
    }[visit.mode]
    return [Act(act_id("HANDED_OVER"), "HANDED_OVER", visit.end_at, code, mode=visit.mode, evidence=(shown,))]


def sign_on(stage: Stage, day: int) -> None:
    """10:05: who delivers and who sorts is there; each courier gets a telephone for the shift."""
    window = Window(at(day, "10:00"), at(day, "12:00"))
    for station, (_, served) in STATIONS.items():
        today = crew_.shifts(places=[stage.party(station)], since=at(day, "00:00"), until=at(day, "23:59"))
        there = {shift.person for shift in today}
        for name in (station, *served):
            for row in crew_.plan(stage.party(name), window=window, now=stage.now):
                if row.person in there or breaks.stays_in_bed(stage, day, row.work, station):
                    continue
                crew.sign_on(
                    person=row.person,
                    place=stage.party(station),
                    work=row.work,
                    actor=stage.actors[KEEPERS[station]],
                    now=stage.now,
                    request_id=stage.request_id("on", day, row.person),
                )
                if row.work == "DELIVER":
                    device(stage, station, row.person, day)


def sign_off(stage: Stage, day: int) -> None:
    """17:45: the shift ends for all who are still there."""
    for station in STATIONS:
        for shift in crew_.shifts(places=[stage.party(station)], is_open=True):
            crew.sign_off(shift=shift.id, actor=stage.actors[KEEPERS[station]], now=stage.now)


def _number(person: UUID) -> int:
    """A number of a person that is the same in every play."""
    return sum(map(ord, party_names([person])[person][0]))
