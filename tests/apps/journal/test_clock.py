from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from django.db import transaction

from baogong.journal import queries
from baogong.journal.clock import NotADrill, current_clock, mark_drill, name_book, set_clock, tell_step
from baogong.journal.services import record
from baogong.journal.services.drills import ClockGoesForward, move_clock
from baogong.kernel.actor import THE_HOUSE, Actor, Duty
from baogong.kernel.errors import NotYourPlace
from tests.cast import NOW, log_in_as, rows_in_book

pytestmark = pytest.mark.usefixtures("db")


def test_a_real_book_runs_on_the_machines_clock() -> None:
    assert abs(current_clock().now() - datetime.now(UTC)) < timedelta(seconds=5)
    name_book(name="Relief group", now=datetime.now(UTC))
    assert not queries.book_mark().is_drill
    with pytest.raises(NotADrill), transaction.atomic():
        set_clock(NOW)
    assert abs(current_clock().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_drill_runs_on_its_own() -> None:
    mark_drill(name="hubei-relay-2020", at=NOW)
    assert current_clock().now() == NOW
    set_clock(NOW + timedelta(hours=9))
    assert current_clock().now() == NOW + timedelta(hours=9)
    set_clock(None)
    assert abs(current_clock().now() - datetime.now(UTC)) < timedelta(seconds=5)


def test_a_book_with_real_work_never_becomes_a_drill() -> None:
    record(kind="a.b.c", actor=THE_HOUSE, now=NOW)
    with pytest.raises(NotADrill):
        mark_drill(name="x", at=NOW)
    assert not queries.book_mark().is_drill


def test_a_story_is_told_in_a_drill_and_in_no_real_book() -> None:
    with pytest.raises(NotADrill), transaction.atomic():
        tell_step(number=1, at=NOW, title="封城 · the seal")
    mark_drill(name="hubei-relay-2020", at=NOW)
    tell_step(number=1, at=NOW + timedelta(hours=1), title="封城 · the seal")
    assert [(step.number, step.at, step.title) for step in queries.drill_steps()] == [
        (1, NOW + timedelta(hours=1), "封城 · the seal")
    ]
    assert current_clock().now() == NOW + timedelta(hours=1)


def test_a_named_book_never_becomes_a_drill() -> None:
    name_book(name="Relief group", now=NOW)
    with pytest.raises(NotADrill):
        mark_drill(name="x", at=NOW)


@pytest.fixture
def admin() -> Actor:
    return log_in_as("Ann", [(Duty.ADMIN, None)])


def test_an_administrator_sets_a_drills_clock_forward_and_it_stays_on_record(admin: Actor) -> None:
    mark_drill(name="x", at=NOW)
    move_clock(to=NOW + timedelta(hours=6), actor=admin, now=NOW)
    assert current_clock().now() == NOW + timedelta(hours=6)
    (event,) = queries.events(kinds=["journal.clock.moved"])
    assert (event.at, event.name, event.data["to"]) == (NOW, "Ann", "2020-01-23T13:00:00Z")


@pytest.mark.parametrize("to", [NOW, NOW - timedelta(seconds=1), NOW + timedelta(days=32)])
def test_a_drills_clock_never_goes_back_and_never_far(admin: Actor, to: datetime) -> None:
    mark_drill(name="x", at=NOW)
    before = rows_in_book()
    with pytest.raises(ClockGoesForward):
        move_clock(to=to, actor=admin, now=NOW)
    assert (current_clock().now(), rows_in_book()) == (NOW, before)


def test_a_real_book_has_no_clock_to_set(admin: Actor) -> None:
    name_book(name="Relief group", now=NOW)
    before = rows_in_book()
    with pytest.raises(NotADrill):
        move_clock(to=NOW + timedelta(hours=1), actor=admin, now=NOW)
    assert (queries.book_mark().clock_at, rows_in_book()) == (None, before)


def test_nobody_but_an_administrator_sets_it() -> None:
    mark_drill(name="x", at=NOW)
    others = [log_in_as("Stranger", []), log_in_as("Lin", [(Duty.COMMAND, None)])]
    before = rows_in_book()
    for actor in others:
        with pytest.raises(NotYourPlace):
            move_clock(to=NOW + timedelta(hours=1), actor=actor, now=NOW)
    assert (current_clock().now(), rows_in_book()) == (NOW, before)
