"""What must hold, each read from the book and from what the rooms keep as facts, never from a plan's output."""

from __future__ import annotations

import json
from collections import defaultdict
from collections.abc import Sequence
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from uuid import UUID

from baogong.crew import queries as crew_
from baogong.crew.queries import PlanView, ShiftView, WantedView
from baogong.delivery import queries as delivery_
from baogong.delivery.queries import ways as ways_
from baogong.freight import queries as freight_
from baogong.journal import queries as journal_
from baogong.kernel.windows import Window
from baogong.ledger.states import State
from baogong.ops.scenarios.last_mile.measures import (
    ALL,
    assignments,
    at_work,
    moves,
    not_handed_over_once,
    pieces_handed_over,
    pieces_unaccounted_for,
    shifts,
    unfit,
)
from baogong.ops.scenarios.last_mile.ways import DOCUMENT, MODEL, kept
from baogong.ops.scenarios.sealed_subdistrict_2022 import stopped
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import COMMUNITIES, DAYS, OUTER, STATIONS, STREET
from baogong.ops.scenarios.sealed_subdistrict_2022.people import WANTED, at
from baogong.ops.scenarios.stage import LOCAL, Stage

WHOLE = Window(at(9, "00:00"), at(16, "00:00"))


# Proofs


def _assignments(stage: Stage) -> list[PlanView]:
    return assignments(stage, (*STATIONS, *COMMUNITIES), WHOLE)


def assigned_without_proof(stage: Stage) -> int:
    """Assignments that began without pass, tests or temperature."""
    at_start = ((row.person, row.start_at) for row in _assignments(stage))
    return unfit(stage, at_start, STREET).total()


def let_in_without_proof(stage: Stage) -> int:
    """Persons who were let in and lacked something at that moment."""
    entries = crew_.entries(stage.party(STREET), limit=ALL)
    let_in = ((one.person, one.at) for one in entries if one.was_allowed and one.person)
    return unfit(stage, let_in, STREET).total()


def refused_at_the_gate(stage: Stage) -> int:
    """Persons turned away: a test run out, fever."""
    refused = crew_.entries(stage.party(STREET), is_refused=True, limit=ALL)
    return sum(bool({"PCR_EXPIRED", "TEMPERATURE_HIGH"} & set(entry.reasons)) for entry in refused)


def handed_over_without_proof(stage: Stage) -> int:
    """Parcels that somebody handed over who at that moment lacked something."""
    at_doors = ((hand.by, hand.at_device) for hand in delivery_.hands(["HANDED_OVER"]) if hand.by)
    return unfit(stage, at_doors, STREET).total()


def listed_and_fit(stage: Stage) -> int:
    """On the list of the call, with a pass, and let in on the first morning."""
    (call,) = crew_.calls(places=[stage.party(STREET)], now=stage.now)
    entered = {entry.person for entry in crew_.entries(stage.party(STREET), limit=ALL) if entry.was_allowed}
    return sum(
        view.state == "LISTED" and view.pass_state == "GRANTED" and view.person in entered
        for view in crew_.sign_ups(call.id, now=stage.now)
    )


# Work


def people_at_work(stage: Stage) -> int:
    """On the day with the fewest: how many were signed on at the stations inside."""
    by_day = at_work(stage, STATIONS)
    return min((len(by_day[day]) for day in DAYS), default=0)


def minutes_from_equal_permille(stage: Stage) -> int:
    """
    On the worst day: how far the courier farthest from the mean is from it, of a thousand. A courier's minutes: from the
    first parcel taken to the last moment of being free, by keeper and telephone; none of who is signed on to deliver and
    takes nothing. Who was stopped and who stood in that day are left out.
    """
    worst = 0
    for day in DAYS:
        minutes = minutes_of_day(stage, day)
        mean = sum(minutes.values()) / len(minutes)
        worst = max(worst, *(round(abs(value - mean) * 1000 / mean) for value in minutes.values()))
    return worst


def minutes_of_day(stage: Stage, day: int) -> dict[UUID, float]:
    window = Window(at(day, "00:00"), at(day, "23:59"))
    begins: dict[UUID, datetime] = {}
    ends: dict[UUID, datetime] = {}
    for hand in delivery_.hands(["TAKEN", "HANDED_OVER", "RETURNED"], since=window.start_at, until=window.end_at):
        if hand.kind == "TAKEN" and hand.to_party:
            begins.setdefault(hand.to_party, hand.at_device)
        elif hand.from_party in begins or hand.by in begins:
            who = hand.by if hand.by in begins else hand.from_party
            assert who is not None
            ends[who] = max(hand.at_device, ends.get(who, hand.at_device))
    for station in STATIONS:
        for phone in delivery_.devices(stage.party(station), now=stage.now, since=window.start_at):
            if phone.free_at and phone.free_at.astimezone(LOCAL).day == day and phone.person in begins:
                ends[phone.person] = max(phone.free_at, ends.get(phone.person, phone.free_at))
    instead = _instead_of(stage)
    part = {person for (on, one), other in instead.items() if on == day for person in (one, other)}
    there = {
        shift.person
        for shift in shifts(stage, STATIONS)
        if shift.work == "DELIVER" and shift.start_at.astimezone(LOCAL).day == day
    }
    idle = dict.fromkeys(there - begins.keys() - part, 0.0)
    return idle | {
        person: (ends.get(person, begin) - begin).total_seconds() / 60
        for person, begin in begins.items()
        if person not in part
    }


def _instead_of(stage: Stage) -> dict[tuple[int, UUID], UUID]:
    """(day, who stands in) → for whom."""
    rows = {row.id: row for row in _assignments(stage)}
    return {
        (row.start_at.astimezone(LOCAL).day, row.person): rows[row.stands_in_for].person
        for row in rows.values()
        if row.stands_in_for in rows
    }


def duty_minutes_uncovered(stage: Stage) -> int:
    """Of what every community wants, minutes at which fewer were signed on; by the communities' papers."""
    there = defaultdict(list)
    for shift in shifts(stage, COMMUNITIES):
        there[shift.place, shift.work].append(shift)
    wanted = crew_.wanted([stage.party(name) for name in COMMUNITIES], WHOLE)
    return sum(_minutes_short(want, there[want.place, want.work]) for want in wanted)


def _minutes_short(want: WantedView, there: Sequence[ShiftView]) -> int:
    """Minutes of what is wanted, begun ones whole, with fewer persons signed on than asked; a shift without an end covers none."""
    ended = [(shift.person, shift.start_at, shift.end_at) for shift in there if shift.end_at is not None]
    edges = {want.start_at, want.end_at}
    edges |= {edge for _, *both in ended for edge in both if want.start_at < edge < want.end_at}
    short = timedelta()
    for start, end in pairwise(sorted(edges)):
        on = {person for person, from_at, until_at in ended if from_at <= start and end <= until_at}
        if len(on) < want.people_count:
            short += end - start
    return -(-short // timedelta(minutes=1))


def others_rounds_changed(stage: Stage) -> int:
    """Couriers but the two concerned who walked a round more, or another one, once somebody had to stop."""
    rows = [
        row
        for name in STATIONS
        for row in delivery_.rounds(
            station=stage.party(name), window=Window(at(stopped.DAY, "00:00"), at(stopped.DAY, "23:59"))
        )
    ]
    concerned = {one for (day, *two) in _instead_of(stage).items() if day[0] == stopped.DAY for one in (day[1], *two)}
    changed = {
        row.courier for row in rows if row.state == "REPLACED" or row.leaves_at >= at(stopped.DAY, stopped.RUNS_OUT)
    }
    return len(changed - concerned)


# Goods


def outside_vehicles_inside(stage: Stage) -> int:
    """Pieces that came into a station inside from a vehicle that had no pass for the area at that moment."""
    passes = defaultdict(list)
    for held in freight_.passes():
        if held.area == stage.ids["area"]:
            passes[held.vehicle].append(held)
    inside = {stage.party(name) for name in STATIONS}
    crew = {shift.person for shift in shifts(stage, STATIONS)}
    return sum(
        move.amount
        for move in moves()
        if move.target.holder in inside
        and move.source.state is State.ABOARD
        and not any(held.was_valid(move.at) for held in passes[move.source.holder])
        and move.source.holder not in crew
    )


def off_their_zones_trip(stage: Stage) -> int:
    """Parcels handed over that did not ride exactly one trip, of their own road zone, to the station that serves them."""
    trips: defaultdict[UUID, list[bool]] = defaultdict(list)
    for ride in delivery_.rides():
        is_its_zone = ride.road_zone is not None and ride.road_zone == ride.parcel_zone
        trips[ride.parcel].append(is_its_zone and ride.target == ride.served_by)
    return sum(trips[hand.parcel] != [True] for hand in delivery_.hands(["HANDED_OVER"]))


def way_of_working_differs(stage: Stage) -> int:
    """Points in which the way of working that was kept differs from the document that other places open from; -1: none."""
    own = kept(MODEL)
    document = json.loads(stage.data(DOCUMENT))
    return -1 if own is None else len(ways_.differences(own.content, document))


MEASURES: dict[str, Any] = {
    "listed_and_fit": listed_and_fit,
    "refused_at_the_gate": refused_at_the_gate,
    "let_in_without_proof": let_in_without_proof,
    "assigned_without_proof": assigned_without_proof,
    "handed_over_without_proof": handed_over_without_proof,
    "people_at_work": people_at_work,
    "minutes_from_equal_permille": minutes_from_equal_permille,
    "duty_minutes_uncovered": duty_minutes_uncovered,
    "others_rounds_changed": others_rounds_changed,
    "outside_vehicles_inside": outside_vehicles_inside,
    "off_their_zones_trip": off_their_zones_trip,
    "not_handed_over_once": lambda _stage: not_handed_over_once(),
    "pieces_handed_over": lambda _stage: pieces_handed_over(),
    "pieces_unaccounted_for": lambda stage: pieces_unaccounted_for(stage, (OUTER, *STATIONS)),
    "way_of_working_differs": way_of_working_differs,
}

FACTS: dict[str, Any] = {
    "communities": lambda _stage: len(COMMUNITIES),
    "signed_up": lambda stage: len(crew_.sign_ups(stage.ids["call"], now=stage.now)),
    "wanted": lambda _stage: WANTED,
    "late_or_known_acts_of_telephones": lambda stage: sum(
        len(delivery_.to_look_at(stage.party(name))) for name in STATIONS
    ),
    "trips_of_carts": lambda stage: len(delivery_.shuttles(origin=stage.party(OUTER))),
    "documents": lambda _stage: len(journal_.documents(limit=ALL)),
    "ended_at": lambda stage: stage.now.astimezone(LOCAL).isoformat(),
}
