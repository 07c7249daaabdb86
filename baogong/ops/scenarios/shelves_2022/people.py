"""Twenty-two couriers: passes, the tests of each morning, who works until when."""

from __future__ import annotations

from uuid import UUID

from baogong.crew import queries as crew_
from baogong.crew import services as crew
from baogong.ops.scenarios.last_mile import people, rounds
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.shelves_2022 import breaks
from baogong.ops.scenarios.shelves_2022.cast import COMMUNITIES, COURIERS, ENDS, KEEPER, STARTS, STATION, at, whole
from baogong.ops.scenarios.stage import Stage, local


def list_couriers(stage: Stage) -> None:
    """Their list, and what the station and the communities ask of whoever works there; passes for the station."""
    drop_in(stage, "crew", COURIERS, by="wu", decide=people.new_and_negative)
    asked = {STATION: True} | dict.fromkeys(COMMUNITIES, False)  # who has the station's pass may go to its communities
    people.set_entry_rules(stage, asked, "街道：48小时核酸、上岗前抗原、当天体温（I）")
    persons = [stage.party(name) for name in people.names_in(stage, COURIERS)]
    people.grant_passes(stage, [STATION], persons, prefix="LS", until_at=local("2022-05-01 00:00"))


def tests_of(day: int) -> str:
    return f"40-tests-04{day}.csv"


def on(stage: Stage, day: int) -> list[UUID]:
    """Who works that day: as many as its parcels need, and the morning's list has."""
    return [stage.party(name) for name in people.names_in(stage, tests_of(day))]


def start_the_day(stage: Stage, day: int) -> None:
    people.take_tests(stage, tests_of(day), place=STATION, keeper=KEEPER, day=day)
    until = breaks.until(stage, day, ENDS)
    for person in on(stage, day):
        people.assign(stage, person, stage.party(STATION), "DELIVER", at(day, STARTS), at(day, until), day=day)


def stay_until(stage: Stage, day: int, clock: str) -> None:
    """All who are planned that day stay longer."""
    for row in crew_.plan(stage.party(STATION), window=whole(day), now=stage.now):
        if row.end_at < at(day, clock):
            crew.unassign(assignment=row.id, why="送不完，延到晚上", actor=stage.actors["wu"], now=stage.now)
    for person in on(stage, day):
        people.assign(
            stage, person, stage.party(STATION), "DELIVER", at(day, STARTS), at(day, clock), day=f"{day} longer"
        )


def sign_on(stage: Stage, day: int) -> None:
    """At the start: who is there; each gets a telephone until late."""
    come = people.sign_on(
        stage,
        STATION,
        [STATION],
        day=whole(day),
        at_work=whole(day),
        keeper=KEEPER,
        key=day,
        is_missing=lambda row: breaks.is_forgotten(stage, day, row.person),
    )
    for row in come:
        rounds.device(stage, STATION, row.person, at(day, STARTS), at(day, "22:00"), keeper=KEEPER)


def sign_off(stage: Stage) -> None:
    people.sign_off(stage, {STATION: KEEPER})
