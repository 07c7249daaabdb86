"""The failures that `--break` plants: each a real wrong movement or a real omission, one for every expectation."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import timedelta
from uuid import UUID

from baogong.crew import services as crew
from baogong.crew.queries import SignUpView
from baogong.delivery import queries as delivery_
from baogong.freight import queries as freight_
from baogong.ledger import queries as book
from baogong.ledger.services import AccountRef
from baogong.ledger.states import Reason, State
from baogong.ops.scenarios.by_hand import move_by_hand
from baogong.ops.scenarios.last_mile.measures import moves
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import FIRST, STREET
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import crew as crew_inside
from baogong.ops.scenarios.stage import LOCAL, Stage, local
from baogong.places import services as places

MISTYPED, WRONG_ZONE, RIGHT_ZONE = "枣园西里", "B2", "B1"
FORGOTTEN = "JX041500023"


# Before anybody goes in


def zone_typed_wrong(stage: Stage) -> None:
    if stage.broken("off_their_zones_trip", "one community was typed under another road zone for a day"):
        _zone(stage, WRONG_ZONE)


def _zone(stage: Stage, zone: str) -> None:
    places.change_community(community=stage.party(MISTYPED), road_zone=zone, actor=stage.actors["wu"], now=stage.now)


def one_withdraws(stage: Stage, fit: list[SignUpView]) -> list[SignUpView]:
    if stage.broken("listed_and_fit", "one of the forty withdrew, and nobody took the place"):
        crew.withdraw_sign_up(sign_up=fit[-1].id, why="planted", actor=stage.actors["wu"], now=stage.now)
        return fit[:-1]
    return fit


def who_comes(stage: Stage, people: Sequence[UUID]) -> Sequence[UUID]:
    if stage.broken("refused_at_the_gate", "the guard sent the one with fever away and wrote nothing down"):
        return people[:-1]
    return people


# At work


def does_not_come(stage: Stage, day: int, work: str, community: UUID) -> bool:
    return (day, work, community) == (15, "CARRY_WASTE", stage.party("万红里")) and stage.broken(
        "duty_minutes_uncovered", "nobody came to carry the waste of one community"
    )


def stays_in_bed(stage: Stage, day: int, work: str, station: str) -> bool:
    return (
        day == 15
        and work != "DELIVER"
        and station == FIRST
        and stage.broken("people_at_work", "one who sorts did not come on the third day")
    )


def a_van_comes(stage: Stage, day: int) -> None:
    """No page lets it in: it sets down a piece past the station's keeper."""
    if day != 13 or not stage.broken(
        "outside_vehicles_inside", "a van from outside drove through the gate to the station"
    ):
        return
    van = next(vehicle.id for vehicle in freight_.vehicles() if not vehicle.passes)
    lot = next(move.lot for move in moves())
    owner, aboard = AccountRef(book.lot(lot).owner, State.OUTSIDE), AccountRef(van, State.ABOARD)
    move_by_hand(stage, "aboard", owner, aboard, lot, 1, Reason.CONSIGNMENT)
    move_by_hand(stage, "inside", aboard, AccountRef(stage.party(FIRST), State.AVAILABLE), lot, 1, Reason.UNLOAD)


def goes_on(stage: Stage) -> bool:
    return stage.broken("handed_over_without_proof", "nobody stopped the courier whose test had run out")


def who_stays(stage: Stage, stands_in: UUID, others: Sequence[UUID]) -> UUID:
    if stage.broken("others_rounds_changed", "what was left went to a courier who had walked a whole round already"):
        return others[0]
    return stands_in


def does_anothers_round(stage: Stage, day: int, courier: UUID) -> bool:
    return (
        day == 13
        and courier == crew_inside(stage)[0]
        and stage.broken(
            "minutes_from_equal_permille",
            "one courier stayed at the station; a colleague walked those rounds after the own",
        )
    )


def forgets(stage: Stage, waybill: str) -> bool:
    return waybill == FORGOTTEN and stage.broken("not_handed_over_once", "one parcel stayed in its courier's bag")


def sorts_on_the_last_day(stage: Stage) -> UUID:
    """At the first station; hands nothing over that day, and came in through the gate days before."""
    return crew_inside(stage)[-6]


def after_the_rounds(stage: Stage, day: int) -> None:
    if day == 13 and stage.breaking == "off_their_zones_trip":
        _zone(stage, RIGHT_ZONE)
    if day != 15:
        return
    if stage.broken("assigned_without_proof", "in the evening the antigen test of one who sorted was another person's"):
        _void_antigen_of_today(stage, sorts_on_the_last_day(stage))
    parcel = delivery_.parcel(FORGOTTEN)
    lot = next(move.lot for move in book.movements(holders=[parcel.community], limit=1))
    owner, station = AccountRef(book.lot(lot).owner, State.OUTSIDE), AccountRef(parcel.station, State.AVAILABLE)
    if stage.broken("pieces_unaccounted_for", "a piece nobody had promised was lost under no document"):
        move_by_hand(stage, "in", owner, station, lot, 1, Reason.CONSIGNMENT)
        move_by_hand(stage, "lost", station, AccountRef(parcel.station, State.LOST), lot, 1, Reason.LOSS)
    if stage.broken("pieces_handed_over", "a piece went into a household's hands that was no parcel"):
        door = AccountRef(parcel.community, State.HANDED_OVER)
        move_by_hand(stage, "in", owner, station, lot, 1, Reason.CONSIGNMENT)
        move_by_hand(stage, "door", station, door, lot, 1, Reason.HANDOVER)


def changes_the_gate(stage: Stage, community: str) -> None:
    if stage.broken("way_of_working_differs", "a gate's slots were changed before the way of working was kept"):
        places.set_gate(
            community=stage.party(community),
            name="东门",
            carts_per_slot=9,
            actor=stage.actors["lin"],
            now=stage.now,
        )


def late_at_night(stage: Stage, day: int) -> None:
    """When the morning's antigen tests count no more; nobody's work begins then."""
    if day != 13 or not stage.broken(
        "let_in_without_proof", "late at night one was let in with another person's antigen test"
    ):
        return
    person, place = crew_inside(stage)[1], stage.party(STREET)
    stage.move_to(local("2022-04-13 23:00"))
    test = crew.record_test(
        person=person,
        place=place,
        kind="ANTIGEN",
        result="NEGATIVE",
        sampled_at=stage.now - timedelta(minutes=20),
        actor=stage.actors["gao"],
        now=stage.now,
        request_id=stage.request_id("break", "antigen"),
    )
    crew.let_in(
        place=place,
        person=person,
        actor=stage.actors["gao"],
        now=stage.now,
        request_id=stage.request_id("break", "in"),
    )
    crew.void_test(test=test, why="planted", actor=stage.actors["lin"], now=stage.now)


def _void_antigen_of_today(stage: Stage, person: UUID) -> None:
    lin = stage.actors["lin"]
    told = crew.read_tests(person=person, place=stage.party(STREET), why="planted", actor=lin, now=stage.now)
    for test in told.tests:
        if test.kind == "ANTIGEN" and test.sampled_at.astimezone(LOCAL).date() == stage.now.astimezone(LOCAL).date():
            crew.void_test(test=test.id, why="planted", actor=lin, now=stage.now)
