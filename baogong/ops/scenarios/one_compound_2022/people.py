"""Ten couriers from another city: what the compound asks of them, where they sleep, when they work."""

from __future__ import annotations

from baogong.crew import queries as crew_
from baogong.crew import services as crew
from baogong.kernel.windows import Window
from baogong.ops.scenarios.last_mile import people
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.one_compound_2022 import breaks
from baogong.ops.scenarios.one_compound_2022.cast import COMPOUND, ENDS, KEEPER, STATION, TEAM, at, couriers, whole
from baogong.ops.scenarios.stage import Stage, local

HOUSE, BEDS = "居委会活动室", 10


def list_the_team(stage: Stage) -> None:
    drop_in(stage, "crew", TEAM, by="wu", decide=people.new_and_negative)
    places = {STATION: True, COMPOUND: True}
    people.set_entry_rules(stage, places, "居委会：48小时核酸、上岗前抗原、当天体温（I）")
    people.grant_passes(stage, places, couriers(stage), prefix="PJHY", until_at=local("2022-05-01 00:00"))


def give_beds(stage: Stage) -> None:
    """They cannot go home at night: each has a bed in the compound."""
    compound, wu = stage.party(COMPOUND), stage.actors["wu"]
    house = next((one.id for one in crew_.lodgings(compound) if one.name == HOUSE), None)
    if house is None:
        house = crew.set_lodging(place=compound, name=HOUSE, beds_count=BEDS, actor=wu, now=stage.now)
    for number, person in enumerate(breaks.who_gets_a_bed(stage, couriers(stage)), start=1):
        crew.lodge(
            lodging=house,
            person=person,
            room=f"{number}号床",
            actor=wu,
            now=stage.now,
            request_id=stage.request_id("bed", person),
        )


def take_tests(stage: Stage, day: int) -> None:
    """The list of the morning, temperatures as read at the station's door; then the ten are assigned."""
    people.take_tests(stage, f"40-tests-04{day}.csv", place=STATION, keeper=KEEPER, day=day)
    starts = breaks.opens_at(stage, day)
    for person in couriers(stage):
        people.assign(stage, person, stage.party(STATION), "DELIVER", at(day, starts), at(day, ENDS), day=day)


def sign_on(stage: Stage, day: int) -> None:
    starts = at(day, breaks.opens_at(stage, day))
    at_work = Window(starts, at(day, ENDS))
    people.sign_on(stage, STATION, [STATION], day=whole(day), at_work=at_work, keeper=KEEPER, key=day)


def sign_off(stage: Stage) -> None:
    people.sign_off(stage, {STATION: KEEPER})
