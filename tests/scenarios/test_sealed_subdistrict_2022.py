"""A sealed sub-district: the story, played again into its own book, and a failure planted in it."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path
from types import SimpleNamespace
from typing import Any
from uuid import UUID, uuid4

import pytest

from baogong.crew import queries as crew_
from baogong.crew import services as crew_services
from baogong.delivery import queries as delivery_
from baogong.journal.clock import mark_drill
from baogong.kernel.clock import SetClock
from baogong.ops.scenarios.last_mile import pace
from baogong.ops.scenarios.last_mile.pace import Walked
from baogong.ops.scenarios.sealed_subdistrict_2022 import breaks, measures, rounds
from baogong.ops.scenarios.sealed_subdistrict_2022.cast import COMMUNITIES, FIRST, STATIONS, STREET
from baogong.ops.scenarios.sealed_subdistrict_2022.people import at as moment
from baogong.ops.scenarios.stage import Stage
from baogong.tower.stories import expectations
from tests.apps.delivery.world import HOUR, NOW, make_world
from tests.cast import person_of
from tests.scenarios.holding import PlayedStory, changes_nothing, falls, holds, play_kept, rehearses_as_planned
from tests.scenarios.killed_plays import Stand

STORY = "sealed-subdistrict-2022"


@pytest.fixture(scope="module")
def street(at: Stand) -> PlayedStory:
    return play_kept(at, STORY)


def test_the_story_holds(street: PlayedStory) -> None:
    holds(street)


@pytest.mark.long
def test_played_again_into_its_book_it_changes_nothing(at: Stand, street: PlayedStory) -> None:
    changes_nothing(at, street)


def test_with_nothing_random_its_rehearsal_is_its_plan(at: Stand, street: PlayedStory) -> None:
    rows = rehearses_as_planned(at, street)
    assert {row["about"] for row in rows} == {"LAST"} | {"ROUND", "TRIP"}


@pytest.mark.long
@pytest.mark.parametrize("broken", ["outside_vehicles_inside"])
def test_a_planted_failure_fells_its_expectation_and_says_what_broke_it(at: Stand, broken: str) -> None:
    falls(at, STORY, broken)


@pytest.mark.parametrize("broken", ["let_in_without_proof", "assigned_without_proof"])
def test_a_proof_that_was_another_persons_fells_its_own_expectation_and_no_other(
    db: None, monkeypatch: pytest.MonkeyPatch, broken: str
) -> None:
    """By the break that the play plants and the measure that the play reads, in a small street instead of a whole play."""
    mark_drill(name="the street", at=NOW)
    world = make_world()
    (code,) = world.here(1)
    stage = Stage(name=STORY, folder=Path(), clock=SetClock(NOW + 10 * HOUR), breaking=broken)
    stage.actors |= {"gao": world.lin, "lin": world.lin}
    stage.ids |= {**dict.fromkeys((*STATIONS, *COMMUNITIES), world.east), FIRST: world.inner, STREET: world.inner}
    mei, tao = person_of(world.mei), person_of(world.tao)
    monkeypatch.setattr(breaks, "crew_inside", lambda _stage: [tao, mei, tao, tao, tao, tao, tao])
    monkeypatch.setattr(breaks, "FORGOTTEN", code)

    def fallen() -> dict[str, int]:
        told = (measures.let_in_without_proof(stage), measures.assigned_without_proof(stage))
        return dict(zip(("let_in_without_proof", "assigned_without_proof"), told, strict=True))

    crew_services.let_in(place=world.inner, person=tao, actor=world.lin, now=NOW, request_id=uuid4())
    assert fallen() == {"let_in_without_proof": 0, "assigned_without_proof": 0}
    breaks.after_the_rounds(stage, 15)
    breaks.late_at_night(stage, 13)
    assert fallen() == {name: int(name == broken) for name in ("let_in_without_proof", "assigned_without_proof")}
    (expectation,) = [one for one in expectations(STORY) if one.name == broken]
    assert not expectation.holds(1)
    assert stage.broke_by


def _stage() -> Stage:
    return Stage(name=STORY, folder=Path(), clock=SetClock(moment(13, "12:00")))


def test_a_courier_tells_when_it_was_done_and_not_when_it_was_planned(monkeypatch: pytest.MonkeyPatch) -> None:
    done, back = moment(13, "10:31"), moment(13, "10:44")
    planned = done + timedelta(minutes=7)
    parcels = [
        SimpleNamespace(taken_at=planned, parcel=SimpleNamespace(code=f"P{n}", waybill=f"JX0413{n:05}"))
        for n in (1, rounds.NOBODY_AT_HOME)
    ]
    visits = [SimpleNamespace(parcels=parcels, end_at=planned, mode="CONTACTLESS")]
    one: Any = SimpleNamespace(id=uuid4(), visits=visits, back_at=planned)
    monkeypatch.setattr(pace, "walked", lambda _stage, _one: Walked(moment(13, "10:05"), (done,), back))
    told = [(act.kind, act.at) for act in rounds.acts_of(_stage(), one, 13)]
    assert told == [("HANDED_OVER", done), ("FAILED", done), ("RETURNED", back), ("FREE", back)]


def test_whoever_is_there_to_deliver_and_takes_nothing_counts_with_no_minute(monkeypatch: pytest.MonkeyPatch) -> None:
    busy, idle, sorts = (UUID(int=n) for n in (1, 2, 3))
    begins, ends = moment(13, "10:10"), moment(13, "10:50")
    shifts = [
        SimpleNamespace(person=person, work=work, start_at=moment(13, "10:05"))
        for person, work in ((busy, "DELIVER"), (idle, "DELIVER"), (sorts, "SORT"))
    ]
    hand: dict[str, Any] = {"from_party": None, "by": None}
    hands = [
        SimpleNamespace(**hand | {"kind": "TAKEN", "to_party": busy, "at_device": begins}),
        SimpleNamespace(**hand | {"kind": "HANDED_OVER", "to_party": None, "by": busy, "at_device": ends}),
    ]
    monkeypatch.setattr(delivery_, "hands", lambda *_args, **_more: hands)
    monkeypatch.setattr(delivery_, "devices", lambda *_args, **_more: ())
    monkeypatch.setattr(measures, "shifts", lambda *_args: shifts)
    monkeypatch.setattr(measures, "_instead_of", lambda _stage: {})
    stage = _stage()
    stage.ids |= dict.fromkeys(STATIONS, UUID(int=9))
    assert measures.minutes_of_day(stage, 13) == {busy: 40.0, idle: 0.0}


def test_minutes_are_uncovered_when_fewer_are_signed_on_than_asked_whoever_comes_beside(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    community, one, other, third = (UUID(int=n) for n in (9, 1, 2, 3))
    want = SimpleNamespace(
        place=community, work="CARRY_WASTE", start_at=moment(13, "08:00"), end_at=moment(13, "10:00"), people_count=2
    )

    def uncovered(*there: tuple[UUID, str, str | None]) -> int:
        papers = [
            SimpleNamespace(
                person=person, place=community, work="CARRY_WASTE", start_at=moment(13, start),
                end_at=moment(13, end) if end else None,
            )
            for person, start, end in there
        ]  # fmt: skip
        monkeypatch.setattr(measures, "shifts", lambda *_args: papers)
        monkeypatch.setattr(crew_, "wanted", lambda *_args: [want])
        stage = _stage()
        stage.ids |= dict.fromkeys(COMMUNITIES, community)
        return measures.duty_minutes_uncovered(stage)

    assert uncovered((one, "07:30", "10:00"), (other, "08:00", "10:30")) == 0
    assert uncovered((one, "08:00", "10:00"), (other, "08:00", "09:00"), (third, "09:00", "10:00")) == 0
    # three for the first hour are none too many for the second, when one is there
    assert uncovered((one, "08:00", "10:00"), (other, "08:00", "09:00"), (third, "08:00", "09:00")) == 60
    assert uncovered((one, "08:00", "10:00"), (one, "08:00", "10:00")) == 120  # one person is one
    assert uncovered((one, "08:00", "10:00"), (other, "08:00", None)) == 120
    assert uncovered() == 120
