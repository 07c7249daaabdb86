"""The gate lets nobody in without proof and writes both down; a roll call leaves nobody out; tests, beds, meals, kit."""

from __future__ import annotations

from datetime import timedelta
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import pytest
from django.db import IntegrityError, transaction

from baogong.crew import queries, services
from baogong.crew.models import Entry, Meal, Stay
from baogong.crew.services import (
    InsideAlready,
    KeepUnusable,
    LodgedAlready,
    MoreThanIssued,
    NoBed,
    NotInside,
    NotOfThisPlace,
    RollUnusable,
    Unaccounted,
    gate,
)
from baogong.journal.clock import house_day
from baogong.kernel.ids import new_id
from baogong.people.models import PersonalRead
from tests.apps.crew.inside import DAWN, HOUR, NOON, Inside, make_inside
from tests.apps.supply.world import assert_refused_without_trace, rows_everywhere
from tests.books import Built
from tests.cast import NOW
from tests.races import Meeting, race


@pytest.fixture
def inside(built: Built) -> Inside:
    return built(make_inside)


def test_in_with_every_proof_and_out_again(inside: Inside) -> None:
    zhao = inside.ready("赵一")
    seen = inside.let_in(zhao, DAWN)
    assert (seen.was_allowed, seen.reasons, seen.fit_until) == (True, (), DAWN + 18 * HOUR)
    assert queries.on_duty(inside.place, DAWN + HOUR) == {zhao: DAWN}
    with pytest.raises(InsideAlready):
        inside.let_in(zhao, DAWN + HOUR)
    out: Any = partial(services.let_out, place=inside.place, person=zhao, actor=inside.gao, now=NOON)
    request = new_id()
    assert out(request_id=request) == out(request_id=request)
    with pytest.raises(NotInside):
        out(request_id=new_id())
    assert queries.on_duty(inside.place, NOON) == {}
    assert [each.way for each in queries.entries(inside.place)] == ["OUT", "IN"]


def test_a_refusal_is_a_fact_and_nobody_gets_in(inside: Inside) -> None:
    zhao, request = inside.person("赵一"), new_id()
    seen = inside.let_in(zhao, DAWN, request_id=request)
    assert (seen.was_allowed, seen.reasons) == (
        False,
        ("NO_PASS", "PCR_MISSING", "ANTIGEN_MISSING", "TEMPERATURE_MISSING"),
    )
    assert inside.let_in(zhao, DAWN, request_id=request) == seen
    unknown = inside.let_in(None, DAWN, told="王某")
    assert (unknown.was_allowed, unknown.reasons, unknown.told) == (False, ("UNKNOWN",), "王某")
    assert queries.on_duty(inside.place, DAWN) == {}
    assert len(queries.entries(inside.place, is_refused=True)) == 2
    with pytest.raises(IntegrityError), transaction.atomic():  # the table itself lets nobody in without a person
        Entry.objects.create(
            place_id=inside.place,
            way="IN",
            was_allowed=True,
            at=DAWN,
            by_name="x",
            request_id=new_id(),
            content=new_id(),
        )
    with pytest.raises(IntegrityError), transaction.atomic():
        Entry.objects.create(
            place_id=inside.place, person_id=zhao, way="IN", was_allowed=True, reasons=["NO_PASS"], at=DAWN,
            by_name="x", request_id=new_id(), content=new_id(),
        )  # fmt: skip


def test_the_gate_knows_codes_and_names_of_its_own_people(inside: Inside) -> None:
    zhao = inside.ready("赵一")
    code = queries.passes(person=zhao)[0].code
    assert queries.who_is(inside.place, f" {code.lower()} ") == (zhao,)
    assert queries.who_is(inside.place, "赵一") == (zhao,)
    assert queries.who_is(inside.other, "赵一") == queries.who_is(inside.other, code) == ()
    assert queries.who_is(inside.place, "ABCDEF") == ()


def test_the_antigen_test_is_that_of_the_shift(inside: Inside) -> None:
    zhao = inside.ready("赵一")
    night = DAWN + 15 * HOUR  # 21:00; the morning's test is too old for another shift
    assert inside.let_in(zhao, night).reasons == ("ANTIGEN_MISSING",)
    inside.assign(zhao, DAWN, DAWN + 16 * HOUR)
    assert inside.let_in(zhao, night).was_allowed  # back from a break of the shift it was taken for


def test_whoever_is_inside_with_a_revoked_pass_shows(inside: Inside) -> None:
    zhao = inside.ready("赵一")
    inside.let_in(zhao, DAWN)
    (held,) = queries.passes(person=zhao)
    services.revoke_pass(pass_id=held.id, why="名单更正", actor=inside.lin, now=DAWN + HOUR)
    (gone,) = queries.lapsed(inside.place, DAWN + HOUR)
    assert ([each.code for each in gone.reasons], gone.since_at) == (["PASS_ENDED"], DAWN + HOUR)


def test_who_is_inside_without_the_days_temperature_is_named(inside: Inside) -> None:
    services.set_entry_rule(
        place=inside.place, from_at=NOW, needs_pass=False, pcr_hours=None, antigen_hours=None,
        temperature_max_tenths=None, source="没有要求", actor=inside.lin, now=NOW, request_id=new_id(),
    )  # fmt: skip
    measured, forgotten, stayed = inside.ready("赵一"), inside.person("钱二"), inside.ready("孙三")
    midnight = DAWN.astimezone(ZoneInfo("Asia/Shanghai")).replace(hour=0, minute=0)
    day: Any = partial(queries.untaken, inside.place, since=midnight, until=midnight + 24 * HOUR)
    for person in (measured, forgotten, stayed):
        inside.let_in(person, DAWN)
    assert [name for _day, _person, name in day()] == ["钱二"]
    for person in (measured, forgotten):
        services.let_out(place=inside.place, person=person, actor=inside.gao, now=NOON, request_id=new_id())
    tomorrow: Any = partial(queries.untaken, inside.place, since=midnight + 24 * HOUR, until=midnight + 48 * HOUR)
    assert [(told, name) for told, _person, name in tomorrow()] == [((midnight + 24 * HOUR).date(), "孙三")]
    services.take_temperature(
        person=stayed, place=inside.place, tenths=365, actor=inside.gao, now=DAWN + 24 * HOUR, request_id=new_id()
    )
    assert tomorrow() == ()


def test_a_roll_call_leaves_nobody_out(inside: Inside) -> None:
    zhao, qian, sun = (inside.ready(name) for name in ("赵一", "钱二", "孙三"))
    inside.assign(zhao)
    inside.let_in(qian, DAWN)
    called: Any = partial(
        services.call_roll, place=inside.place, actor=inside.gao, now=DAWN + HOUR, request_id=new_id()
    )
    before = rows_everywhere()
    with pytest.raises(Unaccounted) as refused:
        called(answers={zhao: "ABSENT"})
    assert (refused.value.found, refused.value.data["missing_count"]) == ("钱二", 1)
    for answers in (
        {zhao: "HERE", qian: "PRESENT"},
        {zhao: "ABSENT", qian: "PRESENT", inside.person("外人"): "PRESENT"},
    ):
        with pytest.raises(RollUnusable):
            called(answers=answers)
    assert rows_everywhere() == {**before, "people_party": before["people_party"] + 1}
    made = called(answers={zhao: "ABSENT", qian: "PRESENT", sun: "PRESENT"})
    assert called(answers={zhao: "ABSENT", qian: "PRESENT", sun: "PRESENT"}) == made
    assert [(name, answer) for _, name, answer in queries.roll_call(made).answers] == [
        ("孙三", "PRESENT"),
        ("赵一", "ABSENT"),
        ("钱二", "PRESENT"),
    ]


def test_a_test_is_what_was_shown_and_may_be_taken_back(inside: Inside) -> None:
    zhao = inside.passed_and_tested("赵一")
    first = inside.tested(zhao, NOW - 2 * HOUR, kind="ANTIGEN")
    assert inside.tested(zhao, NOW - 2 * HOUR, kind="ANTIGEN") == first
    with pytest.raises(services.TestDiffers):
        inside.tested(zhao, NOW - 2 * HOUR, kind="ANTIGEN", result="POSITIVE")
    odd: tuple[dict[str, Any], ...] = (
        {"kind": "BLOOD"},
        {"result": "阴"},
        {"now": NOW - 5 * HOUR},
        {"now": NOW + timedelta(days=40)},
    )
    for changed in odd:
        with pytest.raises(services.TestUnusable):
            inside.tested(zhao, NOW - 3 * HOUR, **changed)
    for tenths in (36, 300, 450):
        with pytest.raises(services.TestUnusable):
            inside.warm(zhao, NOW, tenths)
    with pytest.raises(services.TestUnusable):
        services.void_test(test=first, why=" ", actor=inside.lin, now=NOW)
    for _ in range(2):
        services.void_test(test=first, why="看错了", actor=inside.lin, now=NOW)
    again = inside.tested(zhao, NOW - 2 * HOUR, kind="ANTIGEN", result="POSITIVE")
    assert again != first
    seen = services.read_tests(person=zhao, place=inside.place, actor=inside.gao, now=NOW, why="复核")
    assert sorted((each.kind, each.result, each.is_void) for each in seen.tests) == [
        ("ANTIGEN", "NEGATIVE", True),
        ("ANTIGEN", "POSITIVE", False),
        ("PCR", "NEGATIVE", False),
    ]


def test_tests_and_telephones_are_read_by_the_place_alone_and_each_time_is_kept(inside: Inside) -> None:
    call = inside.call()
    up = inside.sign_up(call, "赵一", "13800001111")
    zhao = queries.sign_up(up, now=NOW).person
    inside.tested(zhao, NOW - HOUR)
    asked: dict[str, Any] = {"person": zhao, "place": inside.place, "now": NOW, "why": "岗前复核"}
    assert len(services.read_tests(**asked, actor=inside.gao).tests) == 1
    assert services.read_phone(**asked, actor=inside.gao) == "13800001111"
    assert services.read_phone(**{**asked, "person": inside.ready("钱二")}, actor=inside.gao) == ""
    kept = PersonalRead.objects.filter(act="REVEAL").values_list("reader", "purpose", "why")
    assert list(kept) == [(inside.gao.person_id, "crew", "岗前复核")] * 2
    for who in (inside.world.cast.stranger, inside.hong, inside.world.cast.mei):
        assert_refused_without_trace(partial(services.read_tests, **asked, actor=who))
        assert_refused_without_trace(partial(services.read_phone, **asked, actor=who))
    before = rows_everywhere()
    for read in (services.read_tests, services.read_phone):
        with pytest.raises(NotOfThisPlace):
            read(**{**asked, "place": inside.other}, actor=inside.hong)
    assert rows_everywhere() == before


def test_beds_meals_and_kit(inside: Inside) -> None:
    zhao, qian = inside.ready("赵一"), inside.ready("钱二")
    said: dict[str, Any] = {"actor": inside.gao, "now": DAWN}
    house = services.set_lodging(place=inside.place, name="如家", beds_count=1, **said)
    stay = services.lodge(lodging=house, person=zhao, room="301", request_id=new_id(), **said)
    with pytest.raises(LodgedAlready):
        services.lodge(lodging=house, person=zhao, request_id=new_id(), **said)
    with pytest.raises(NoBed):
        services.lodge(lodging=house, person=qian, request_id=new_id(), **said)
    day = house_day(DAWN)
    inside.assign(qian)
    eats = {meal.which: [name for _, name in meal.persons] for meal in queries.meals(inside.place, day)}
    assert eats == {"BREAKFAST": ["赵一", "钱二"], "LUNCH": ["赵一"], "SUPPER": ["赵一"], "NIGHT": []}
    served: Any = partial(services.serve_meal, place=inside.place, which="BREAKFAST", day=day, **said)
    assert [served(persons=[zhao]), served(persons=[zhao, qian])] == [1, 1]
    assert Meal.objects.count() == 2
    assert queries.meals(inside.place, day)[0].open_count == 0
    odd: tuple[dict[str, Any], ...] = ({"which": "TEA"}, {"persons": []}, {"day": day + timedelta(days=3)})
    for changed in odd:
        with pytest.raises(KeepUnusable):
            served(**{"persons": [zhao], **changed})
    services.move_out(stay=stay, actor=inside.gao, now=NOON)
    assert queries.lodgings(inside.place)[0].free_count == 1
    given = services.issue_kit(
        place=inside.place, person=zhao, thing="防护服", count=3, must_return=True, request_id=new_id(), **said
    )
    services.issue_kit(place=inside.place, person=qian, thing="防护服", count=2, request_id=new_id(), **said)
    services.take_back_kit(issue=given, returned_count=1, **said)
    with pytest.raises(MoreThanIssued):
        services.take_back_kit(issue=given, returned_count=4, **said)
    assert [each.out_count for each in queries.kit(inside.place, is_out=True)] == [2]
    assert queries.kit_sums(inside.place) == (("防护服", 5),)
    with pytest.raises(KeepUnusable):
        services.issue_kit(place=inside.place, person=zhao, thing=" ", count=1, request_id=new_id(), **said)
    for who in (inside.world.cast.stranger, inside.hong):
        act: dict[str, Any] = {"actor": who, "now": DAWN}
        for refused in (
            partial(services.set_lodging, place=inside.place, name="x", beds_count=1, **act),
            partial(services.lodge, lodging=house, person=qian, request_id=new_id(), **act),
            partial(services.move_out, stay=stay, **act),
            partial(services.serve_meal, place=inside.place, which="LUNCH", day=day, persons=[qian], **act),
            partial(
                services.issue_kit, place=inside.place, person=zhao, thing="x", count=1, request_id=new_id(), **act
            ),
            partial(services.take_back_kit, issue=given, returned_count=2, **act),
            partial(services.call_roll, place=inside.place, answers={zhao: "PRESENT"}, request_id=new_id(), **act),
            partial(services.let_out, place=inside.place, person=zhao, request_id=new_id(), **act),
        ):
            assert_refused_without_trace(refused)


def two_gates(monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool) -> list[Any]:
    """Two guards let one person in at the same moment; they meet after looking whether they are inside."""
    with transaction.atomic():
        inside = make_inside()
        zhao = inside.ready("赵一")
    meeting, looked = Meeting(is_guarded=is_guarded), gate._is_inside

    def look_and_wait(*given: Any) -> bool:
        found = looked(*given)
        meeting.wait()
        return found

    monkeypatch.setattr(gate, "_is_inside", look_and_wait)
    return race(partial(inside.let_in, zhao, DAWN), partial(inside.let_in, zhao, DAWN))


def test_without_the_lock_one_person_enters_twice(fresh_book: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(gate, "lock_word", lambda word: None)
    answers = two_gates(monkeypatch, is_guarded=False)
    assert [type(answer).__name__ for answer in answers] == ["EntryView", "EntryView"]


def test_of_two_guards_one_lets_in(fresh_book: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = two_gates(monkeypatch, is_guarded=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["EntryView", "InsideAlready"]
    assert Entry.objects.count() == 1


def test_the_last_bed_is_slept_in_by_one(fresh_book: str) -> None:
    with transaction.atomic():
        inside = make_inside()
        people = [inside.person(name) for name in ("赵一", "钱二")]
        house = services.set_lodging(place=inside.place, name="如家", beds_count=1, actor=inside.gao, now=NOW)
    answers = race(
        *(
            partial(services.lodge, lodging=house, person=person, actor=inside.gao, now=NOW, request_id=new_id())
            for person in people
        )
    )
    assert sorted(type(answer).__name__ for answer in answers) == ["NoBed", "UUID"]
    assert Stay.objects.count() == 1
