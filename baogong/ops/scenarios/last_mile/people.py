"""Who may work: rules of places, passes, tests and temperatures of a morning, who does what, who is there."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from baogong.crew import queries as crew_
from baogong.crew import services as crew
from baogong.crew.queries import PlanView
from baogong.engine.sheets.kinds import LineOutcome
from baogong.engine.sheets.readers import read_table
from baogong.engine.sheets.rows import number_of
from baogong.kernel.windows import Window
from baogong.ops.scenarios.lists import drop_in
from baogong.ops.scenarios.stage import Stage

FEVER_TENTHS = 372
PCR_HOURS, ANTIGEN_HOURS = 48, 16


def names_in(stage: Stage, file_name: str) -> list[str]:
    """The first column of a list, each name once, in its order."""
    rows = read_table(file_name, stage.data(file_name)).rows
    return list(dict.fromkeys(row.cells[0].text for row in rows if row.cells[0].text))


def new_and_negative(line: LineOutcome) -> dict[str, Any]:
    """A near name is somebody else; “-” stands for a negative result; the same row twice counts once."""
    if line.asks == "person":
        return {"new": True}
    if line.asks:
        return {"candidate": "NEGATIVE"}
    return {"drop": True} if "=" in line.found else {"accept": True}


def set_entry_rules(stage: Stage, places: Mapping[str, bool], source: str) -> None:
    """What every place asks of whoever works there, from now on; name → whether also a pass."""
    for place, needs_pass in places.items():
        crew.set_entry_rule(
            place=stage.party(place),
            from_at=stage.now,
            needs_pass=needs_pass,
            pcr_hours=PCR_HOURS,
            antigen_hours=ANTIGEN_HOURS,
            temperature_max_tenths=FEVER_TENTHS,
            source=source,
            actor=stage.actors["lin"],
            now=stage.now,
            request_id=stage.request_id("rule", place),
        )


def ask_without_tests(
    stage: Stage, place: str, source: str, *key: object, needs_pass: bool = False, fever_tenths: int | None = None
) -> None:
    """The place asks for no test; for a pass or the day's temperature where said."""
    crew.set_entry_rule(
        place=stage.party(place),
        from_at=stage.now,
        needs_pass=needs_pass,
        pcr_hours=None,
        antigen_hours=None,
        temperature_max_tenths=fever_tenths,
        source=source,
        actor=stage.actors["lin"],
        now=stage.now,
        request_id=stage.request_id("rule", *key),
    )


def ask_for_temperature(stage: Stage, place: str, *key: object) -> None:
    """The place asks for a temperature, and for nothing else."""
    ask_without_tests(stage, place, "站点：当天体温（I）", *key, fever_tenths=FEVER_TENTHS)


def take_temperatures(stage: Stage, file_name: str, place: str, keeper: str, *key: object) -> None:
    """As read at the door: the last column of a team's list, whose doubled rows come last."""
    for row in read_table(file_name, stage.data(file_name)).rows[: len(names_in(stage, file_name))]:
        who = row.cells[0].text
        crew.take_temperature(
            person=stage.party(who),
            place=stage.party(place),
            tenths=round(number_of(row.cells[-1]) * 10),
            actor=stage.actors[keeper],
            now=stage.now,
            request_id=stage.request_id("temperature", *key, who),
        )


def grant_passes(
    stage: Stage,
    places: Iterable[str],
    persons: Sequence[UUID],
    *,
    prefix: str,
    until_at: datetime,
    first: int = 1,
    call: UUID | None = None,
) -> None:
    """
    Applied for and granted; one number, from `first` on, for all places.

    call  of volunteers, for which the pass of the first place is
    """
    for number, place in enumerate(places):
        granted = {one.person for one in crew_.passes(place=stage.party(place), state="GRANTED")}
        if granted.issuperset(persons):
            continue
        held = crew.apply_for_pass(
            place=stage.party(place),
            persons=persons,
            call=None if number else call,
            actor=stage.actors["wu"],
            now=stage.now,
        )
        crew.grant_pass(
            passes=held,
            from_at=stage.now,
            until_at=until_at,
            numbers={each: f"{prefix}-{at:03}" for at, each in enumerate(held, start=first)},
            actor=stage.actors["lin"],
            now=stage.now,
        )


def take_tests(stage: Stage, file_name: str, *, place: str, keeper: str, day: int) -> None:
    """The list of the morning: PCR of the evening before, antigen at dawn; temperatures as read at the door."""
    drop_in(stage, "crew", file_name, by="wu", decide=new_and_negative)
    table = read_table(file_name, stage.data(file_name))
    column = next(number for number, cell in enumerate(table.columns) if cell.text == "体温")
    seen: set[str] = set()
    for row in table.rows:
        who = row.cells[0].text
        if who in seen:
            continue
        seen.add(who)
        crew.take_temperature(
            person=stage.party(who),
            place=stage.party(place),
            tenths=round(number_of(row.cells[column]) * 10),
            actor=stage.actors[keeper],
            now=stage.now,
            request_id=stage.request_id("temperature", day, who),
        )


def assign(
    stage: Stage, person: UUID, place: UUID, work: str, start_at: datetime, end_at: datetime, *, day: object
) -> None:
    crew.assign(
        person=person,
        place=place,
        work=work,
        start_at=start_at,
        end_at=end_at,
        actor=stage.actors["wu"],
        now=stage.now,
        request_id=stage.request_id("assign", day, person, work, start_at),
    )


def sign_on(
    stage: Stage,
    station: str,
    places: Iterable[str],
    *,
    day: Window,
    at_work: Window,
    keeper: str,
    key: object,
    is_missing: Callable[[PlanView], bool] = lambda _row: False,
) -> list[PlanView]:
    """
    Who is planned at these places between the moments of `at_work` is signed on at the station; those who came.

    day  what was signed on before within it is not signed on again
    """
    there = {
        shift.person for shift in crew_.shifts(places=[stage.party(station)], since=day.start_at, until=day.end_at)
    }
    come = []
    for name in places:
        for row in crew_.plan(stage.party(name), window=at_work, now=stage.now):
            if row.person in there or is_missing(row):
                continue
            crew.sign_on(
                person=row.person,
                place=stage.party(station),
                work=row.work,
                actor=stage.actors[keeper],
                now=stage.now,
                request_id=stage.request_id("on", key, row.person),
            )
            come.append(row)
    return come


def sign_off(stage: Stage, keepers: Mapping[str, str]) -> None:
    """The shift ends for all who are still there; station → its keeper."""
    for station, keeper in keepers.items():
        for shift in crew_.shifts(places=[stage.party(station)], is_open=True):
            crew.sign_off(shift=shift.id, actor=stage.actors[keeper], now=stage.now)
