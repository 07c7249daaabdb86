"""Volunteers' hours: signed on and off, corrected by two, summed; overlaps and endless days are refused."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.db import transaction
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.crew import queries
from baogong.crew.models import Correction, Shift
from baogong.crew.services import OnDutyAlready, ShiftEnded, ShiftUnusable, shifts
from baogong.journal.services import sign
from baogong.journal.services.documents import SignedForOneself
from baogong.kernel.errors import RequestIdReused
from baogong.kernel.ids import new_id
from baogong.people.services.parties import register_party
from tests.apps.supply.world import World, assert_refused_without_trace, make_world, rows_everywhere
from tests.books import Built
from tests.cast import NOW, person_of
from tests.races import Meeting, race

HOUR = timedelta(hours=1)


@pytest.fixture
def world(built: Built) -> World:
    return built(make_world)


def volunteer(name: str = "李志愿") -> UUID:
    return register_party(kind="PERSON", name=name, city="上海", now=NOW)


def on(world: World, person: UUID, start_h: float = 0, end_h: float | None = None, **changed: Any) -> UUID:
    """On duty at the hub from so many hours after NOW − 24 h."""
    day = NOW - 24 * HOUR
    asked: dict[str, Any] = {
        "person": person,
        "place": world.cast.hub,
        "party": world.company,
        "work": "carrying packs",
        "start_at": day + start_h * HOUR,
        "end_at": None if end_h is None else day + end_h * HOUR,
        "actor": world.cast.bao,
        "now": NOW,
        "request_id": new_id(),
    }
    return shifts.sign_on(**{**asked, **changed})


def correct(world: World, shift: UUID, start_h: float | None, end_h: float | None, **changed: Any) -> UUID:
    day = NOW - 24 * HOUR
    asked: dict[str, Any] = {
        "shift": shift,
        "start_at": None if start_h is None else day + start_h * HOUR,
        "end_at": None if end_h is None else day + end_h * HOUR,
        "why": "the sheet says otherwise",
        "actor": world.cast.bao,
        "now": NOW,
        "request_id": new_id(),
    }
    return shifts.correct_shift(**{**asked, **changed})


def minutes(**window: Any) -> dict[str, int]:
    return {row.person_name: row.minutes for row in queries.hours(queries.shifts(**window), **window)}


def test_on_and_off_and_summed_by_person_and_party(world: World) -> None:
    li, wang = volunteer(), volunteer("王志愿")
    shift = on(world, li, start_h=20, start_at=NOW)
    assert [view.id for view in queries.shifts(is_open=True)] == [shift]
    assert queries.hours(queries.shifts()) == ()  # who is still on duty counts once signed off
    shifts.sign_off(shift=shift, actor=world.cast.bao, now=NOW + 4 * HOUR)
    shifts.sign_off(shift=shift, actor=world.cast.bao, now=NOW + 4 * HOUR)
    on(world, li, 2, 5, party=None)
    on(world, wang, 2, 4.5)
    found = {(row.person_name, row.party_name): (row.shifts, row.minutes) for row in queries.hours(queries.shifts())}
    assert found == {("李志愿", "东行商城"): (1, 240), ("李志愿", ""): (1, 180), ("王志愿", "东行商城"): (1, 150)}


def test_only_what_lies_in_the_days_asked_about_counts(world: World) -> None:
    on(world, volunteer(), 2, 10)
    day = NOW - 24 * HOUR
    assert minutes(since=day + 4 * HOUR, until=day + 7 * HOUR) == {"李志愿": 180}
    assert minutes(since=day + 10 * HOUR) == {}


def test_overlaps_and_endless_shifts_are_refused_and_leave_no_trace(world: World) -> None:
    li = volunteer()
    on(world, li, 2, 10)
    on(world, li, 10, 12)  # half-open: one begins when the other ends
    before = rows_everywhere()
    for start_h, end_h in ((1, 3), (3, 4), (9, 11), (1, 14), (9, None)):
        with pytest.raises(OnDutyAlready):
            on(world, li, start_h, end_h)
    with pytest.raises(OnDutyAlready):
        on(world, li, 4, 5, place=world.langfang, actor=world.cast.lin)
    for start_h, end_h in ((-20, -3), (14, 14), (15, 14), (23, 25), (25, None), (-24 * 40, None)):
        with pytest.raises(ShiftUnusable):
            on(world, li, start_h, end_h)
    odd: tuple[dict[str, Any], ...] = (
        {"work": " "},
        {"person": world.cast.hub},
        {"person": new_id()},
        {"party": new_id()},
    )
    for changed in odd:
        with pytest.raises(ShiftUnusable):
            on(world, **{"person": li, "start_h": 14, "end_h": 15, **changed})
    assert rows_everywhere() == before


def test_who_forgot_to_sign_off_is_not_paid_a_night(world: World) -> None:
    shift = on(world, volunteer(), 20, start_at=NOW)
    with pytest.raises(ShiftUnusable) as refused:
        shifts.sign_off(shift=shift, actor=world.cast.bao, now=NOW + 17 * HOUR)
    assert refused.value.found == "17.0 h"
    shifts.sign_off(shift=shift, end_at=NOW + 6 * HOUR, actor=world.cast.bao, now=NOW + 17 * HOUR)
    with pytest.raises(ShiftEnded):
        shifts.sign_off(shift=shift, end_at=NOW + 7 * HOUR, actor=world.cast.bao, now=NOW + 17 * HOUR)


def test_a_correction_holds_once_a_second_person_has_signed(world: World) -> None:
    shift = on(world, volunteer(), 2, 10)
    paper = correct(world, shift, 3, 9)
    assert queries.shift(shift).minutes == 480
    sign(document=paper, actor=world.cast.lin, now=NOW)
    view = queries.shift(shift)
    assert (view.minutes, view.corrections) == (360, 1)
    kept = Correction.objects.get()
    assert (kept.was_start_at, kept.was_end_at, kept.document) == (NOW - 22 * HOUR, NOW - 14 * HOUR, paper)
    sign(document=correct(world, shift, None, None), actor=world.cast.mei, now=NOW)
    assert (queries.shift(shift).is_void, minutes()) == (True, {})
    on(world, queries.shift(shift).person, 2, 10)  # the time is free again


def test_nobody_signs_for_the_own_hours(world: World) -> None:
    shift = on(world, person_of(world.cast.lin), 2, 10)
    paper = correct(world, shift, 3, 11)
    with pytest.raises(SignedForOneself):
        sign(document=paper, actor=world.cast.lin, now=NOW)
    with pytest.raises(SignedForOneself):
        correct(world, shift, 3, 11, actor=world.cast.lin)
    assert queries.shift(shift).minutes == 480


def test_a_correction_that_became_impossible_is_refused_at_the_second_signature(world: World) -> None:
    li = volunteer()
    shift = on(world, li, 2, 5)
    paper = correct(world, shift, 2, 8)
    on(world, li, 6, 7)
    with pytest.raises(OnDutyAlready), transaction.atomic():
        sign(document=paper, actor=world.cast.lin, now=NOW)
    assert queries.shift(shift).minutes == 180
    for start_h, end_h, why in ((3, None, "x"), (3, 2, "x"), (2, 4, " "), (-20, 2, "x")):
        with pytest.raises(ShiftUnusable):
            correct(world, shift, start_h, end_h, why=why)


def test_the_same_request_signs_on_once(world: World) -> None:
    li, request = volunteer(), new_id()
    assert on(world, li, 2, 4, request_id=request) == on(world, li, 2, 4, request_id=request)
    with pytest.raises(RequestIdReused):
        on(world, li, 2, 5, request_id=request)


def test_strangers_and_keepers_of_other_sites_write_no_hours(world: World) -> None:
    li = volunteer()
    shift = on(world, li, 20, start_at=NOW)
    for who in (world.cast.stranger, world.kai):
        assert_refused_without_trace(partial(on, world, volunteer_once(who.name), 2, 4, actor=who))
        assert_refused_without_trace(partial(shifts.sign_off, shift=shift, actor=who, now=NOW + HOUR))
        assert_refused_without_trace(partial(correct, world, shift, 2, 4, actor=who))


def volunteer_once(name: str) -> UUID:
    return volunteer(f"志愿者{name}")


@settings(max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.tuples(st.integers(0, 22), st.integers(1, 20)), max_size=8))
def test_whatever_is_written_nobody_is_at_two_places_and_sums_are_those_of_the_shifts(
    world: World, asked: list[tuple[int, int]]
) -> None:
    with transaction.atomic():
        li, accepted = volunteer(f"志愿者{new_id()}"), []
        for start_h, length_h in asked:
            try:
                on(world, li, start_h, start_h + length_h)
            except (OnDutyAlready, ShiftUnusable):
                continue
            accepted.append((start_h, start_h + length_h))
        accepted.sort()
        assert all(end <= start for (_, end), (start, _) in pairwise(accepted))
        assert all(end - start <= 16 and end <= 24 for start, end in accepted)
        (row,) = queries.hours(queries.shifts(person=li)) or (None,)
        assert (row.minutes if row else 0) == 60 * sum(end - start for start, end in accepted)
        # What was left out lies over something accepted, or cannot have been.
        for start_h, length_h in asked:
            end_h = start_h + length_h
            if (start_h, end_h) not in accepted:
                assert length_h > 16 or end_h > 24 or any(s < end_h and start_h < e for s, e in accepted)


def two_sheets(monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool) -> list[Any]:
    """Two keepers write the same person down for the same hours at two places; they meet after looking."""
    with transaction.atomic():
        world, li = make_world(), volunteer()
    meeting = Meeting(is_guarded=is_guarded)
    looked: Callable[..., None] = shifts._refuse_overlap

    def look_and_wait(*given: Any, **named: Any) -> None:
        looked(*given, **named)
        meeting.wait()

    monkeypatch.setattr(shifts, "_refuse_overlap", look_and_wait)
    return race(
        lambda: on(world, li, 2, 10),
        lambda: on(world, li, 4, 8, place=world.langfang, actor=world.cast.lin),
    )


def test_two_sheets_at_once_count_an_hour_once(fresh_book: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = two_sheets(monkeypatch, is_guarded=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["OnDutyAlready", "UUID"]
    assert Shift.objects.count() == 1


def test_without_the_guard_the_person_is_at_two_places(fresh_book: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(shifts, "lock_word", lambda word: None)
    answers = two_sheets(monkeypatch, is_guarded=False)
    assert [type(answer).__name__ for answer in answers] == ["UUID", "UUID"]
    assert sum(view.minutes for view in queries.shifts()) == 12 * 60
