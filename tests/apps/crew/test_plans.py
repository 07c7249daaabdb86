"""Nobody unfit is assigned or counted on; a test that runs out in mid-shift stops; nobody is at two places."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime, timedelta
from functools import partial
from itertools import pairwise
from typing import Any
from uuid import UUID

import pytest
from django.db import connection, transaction
from django.test.utils import CaptureQueriesContext
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.crew import queries, services
from baogong.crew.models import Assignment
from baogong.crew.queries.fitness import proofs_of
from baogong.crew.services import AssignmentEnded, AssignmentUnusable, PlannedAlready, Unfit, plans
from baogong.kernel.errors import RequestIdReused
from baogong.kernel.ids import new_id
from baogong.kernel.windows import Window
from tests.apps.crew.inside import DAWN, HOUR, NOON, Inside, make_inside
from tests.apps.supply.world import assert_refused_without_trace, rows_everywhere
from tests.books import Built
from tests.cast import NOW
from tests.races import Meeting, race

SHIFT = Window(DAWN, NOON)


@pytest.fixture
def inside(built: Built) -> Inside:
    return built(make_inside)


def fit(inside: Inside, person: UUID, *, window: Window = SHIFT, now: datetime = NOW) -> queries.Fitness:
    return queries.fitness([person], place=inside.place, window=window, now=now)[person]


def codes(judged: queries.Fitness) -> list[str]:
    return [reason.code for reason in judged.reasons]


def counted(inside: Inside, **asked: Any) -> list[tuple[str, datetime, datetime]]:
    views = queries.assigned(inside.place, **{"window": SHIFT, "now": NOW, **asked})
    return [(view.name, view.start_at, view.end_at) for view in views]


def test_each_missing_proof_has_its_reason(inside: Inside) -> None:
    zhao = inside.person("赵一")
    assert codes(fit(inside, zhao)) == ["NO_PASS", "PCR_MISSING", "ANTIGEN_MISSING", "TEMPERATURE_MISSING"]
    held = inside.passed(zhao, from_at=DAWN + HOUR)
    assert codes(fit(inside, zhao))[0] == "PASS_NOT_YET"
    services.revoke_pass(pass_id=held, why="x", actor=inside.lin, now=NOW)
    inside.passed(zhao, until_at=DAWN + HOUR)
    inside.tested(zhao, DAWN - 49 * HOUR)
    assert codes(fit(inside, zhao))[0] == "PCR_EXPIRED"
    inside.tested(zhao, DAWN - 47 * HOUR)
    judged = fit(inside, zhao)
    assert (judged.is_fit, judged.is_expected, judged.fit_until) == (False, True, DAWN + HOUR)
    inside.tested(zhao, DAWN - HOUR, kind="ANTIGEN")
    inside.warm(zhao, DAWN - HOUR, 380)
    assert codes(fit(inside, zhao, now=DAWN)) == ["TEMPERATURE_HIGH"]
    inside.warm(zhao, DAWN - HOUR / 2, 370)
    judged = fit(inside, zhao, now=DAWN)
    assert (judged.is_fit, judged.reasons, judged.fit_until) == (True, (), DAWN + HOUR)
    inside.tested(zhao, DAWN - HOUR / 4, kind="ANTIGEN", result="POSITIVE")
    assert codes(fit(inside, zhao, now=DAWN)) == ["POSITIVE"]


def test_the_newest_rule_of_the_place_counts_at_its_moment(inside: Inside) -> None:
    zhao = inside.ready("赵一")
    inside.assign(zhao)
    assert counted(inside, now=DAWN) == [("赵一", DAWN, NOON)]
    rule: dict[str, Any] = {
        "place": inside.place,
        "needs_pass": True,
        "pcr_hours": 48,
        "antigen_hours": 12,
        "temperature_max_tenths": 372,
        "actor": inside.lin,
        "source": "疫情防控通告第 8 号",
    }
    services.set_entry_rule(**rule, from_at=DAWN + 2 * HOUR, needs_firm_listed=True, now=NOW, request_id=new_id())
    assert counted(inside, now=DAWN) == [("赵一", DAWN, DAWN + 2 * HOUR)]
    assert queries.rule_of(inside.place, DAWN).said_at is None
    assert queries.rule_of(inside.place, DAWN + 2 * HOUR).rule.needs_firm_listed
    services.set_member(person=zhao, employer=inside.firm, home="", place=inside.place, actor=inside.lin, now=NOW)
    listing = services.list_firm(firm=inside.firm, place=inside.place, from_at=NOW, actor=inside.lin, now=NOW)
    assert counted(inside, now=DAWN) == [("赵一", DAWN, NOON)]
    services.unlist_firm(listing=listing, actor=inside.lin, now=DAWN + 3 * HOUR)
    assert counted(inside, now=DAWN) == [("赵一", DAWN, DAWN + 3 * HOUR)]
    # Said again for the same moment: the later one counts. Another place is not touched.
    services.set_entry_rule(**rule, from_at=DAWN + 2 * HOUR, now=NOW + HOUR, request_id=new_id())
    assert counted(inside, now=DAWN) == [("赵一", DAWN, NOON)]
    assert queries.rule_versions(inside.other) == ()
    for changed in ({"pcr_hours": 0}, {"antigen_hours": 999}, {"temperature_max_tenths": 450}, {"source": " "}):
        with pytest.raises(services.RuleUnusable):
            services.set_entry_rule(**{**rule, **changed}, from_at=DAWN, now=NOW, request_id=new_id())


def test_a_place_where_staff_work_asks_for_todays_temperature_alone(inside: Inside) -> None:
    """The company's own building: no pass, no test, but nobody on site without today's temperature."""
    services.set_entry_rule(
        place=inside.place,
        from_at=NOW,
        needs_pass=False,
        pcr_hours=None,
        antigen_hours=None,
        temperature_max_tenths=372,
        source="办公室通知",
        actor=inside.lin,
        now=NOW,
        request_id=new_id(),
    )
    zhao = inside.person("赵一")
    inside.warm(zhao, DAWN - 12 * HOUR)  # yesterday
    assert codes(fit(inside, zhao, now=DAWN)) == ["TEMPERATURE_MISSING"]
    inside.warm(zhao, DAWN)
    judged = fit(inside, zhao, now=DAWN)
    assert judged.is_fit
    assert judged.fit_until == DAWN + 18 * HOUR  # the house's midnight


def test_a_test_that_runs_out_in_mid_shift_stops(inside: Inside) -> None:
    zhao = inside.ready("赵一", pcr_at=DAWN + 2 * HOUR - 48 * HOUR)
    inside.assign(zhao)
    assert counted(inside, now=DAWN) == [("赵一", DAWN, DAWN + 2 * HOUR)]
    (view,) = queries.assigned(inside.place, window=SHIFT, now=DAWN)
    assert (view.fit_until, view.planned_end_at) == (DAWN + 2 * HOUR, NOON)
    assert inside.let_in(zhao, DAWN).was_allowed
    assert queries.lapsed(inside.place, DAWN + 2 * HOUR - timedelta(seconds=1)) == ()
    (gone,) = queries.lapsed(inside.place, DAWN + 2 * HOUR)
    assert (gone.person, gone.since_at, [each.code for each in gone.reasons]) == (
        zhao,
        DAWN + 2 * HOUR,
        ["PCR_EXPIRED"],
    )
    assert counted(inside, window=Window(DAWN + 2 * HOUR, NOON), now=DAWN + 2 * HOUR) == []
    inside.tested(zhao, DAWN + 3 * HOUR)  # a new sample: counted on again from then
    assert queries.lapsed(inside.place, DAWN + 3 * HOUR) == ()
    assert counted(inside, now=DAWN + 4 * HOUR) == [
        ("赵一", DAWN, DAWN + 2 * HOUR),
        ("赵一", DAWN + 3 * HOUR, NOON),
    ]


def test_who_lacks_only_what_is_given_on_the_day_is_expected_and_not_yet_counted_on(inside: Inside) -> None:
    zhao = inside.passed_and_tested("赵一")
    inside.assign(zhao)
    assert counted(inside) == []
    assert counted(inside, and_expected=True) == [("赵一", DAWN, NOON)]
    assert [view.is_expected for view in queries.assigned(inside.place, window=SHIFT, now=NOW, and_expected=True)] == [
        True
    ]
    inside.tested(zhao, DAWN - HOUR, kind="ANTIGEN")
    inside.warm(zhao, DAWN - HOUR)
    assert counted(inside) == [("赵一", DAWN, NOON)]
    # Who comes without it is expected no longer once the shift has begun.
    qian = inside.passed_and_tested("钱二")
    inside.assign(qian)
    assert [name for name, *_ in counted(inside, and_expected=True)] == ["赵一", "钱二"]
    assert [name for name, *_ in counted(inside, and_expected=True, now=DAWN)] == ["赵一"]
    inside.tested(qian, DAWN + HOUR, kind="ANTIGEN")
    inside.warm(qian, DAWN + HOUR)
    assert ("钱二", DAWN + HOUR, NOON) in counted(inside, now=DAWN + HOUR)


def test_the_unfit_and_the_senseless_are_refused_without_trace(inside: Inside) -> None:
    zhao, bare = inside.ready("赵一"), inside.person("钱二")
    before = rows_everywhere()
    with pytest.raises(Unfit) as refused:
        inside.assign(bare)
    assert refused.value.data["reasons"][:2] == ["NO_PASS", "PCR_MISSING"]
    assert "没有通行证" in refused.value.data["told_zh"]
    for changed in (
        {"work": " "},
        {"end_at": DAWN},
        {"end_at": DAWN + 17 * HOUR},
        {"start_at": NOW - 3 * HOUR, "end_at": NOW - HOUR},
    ):
        with pytest.raises(AssignmentUnusable):
            inside.assign(zhao, **changed)
    with pytest.raises(AssignmentUnusable):
        services.assign_all(
            persons=[], place=inside.place, work="DELIVER", start_at=DAWN, end_at=NOON, actor=inside.gao, now=NOW,
            request_id=new_id(),
        )  # fmt: skip
    with pytest.raises(Unfit), transaction.atomic():
        services.assign_all(
            persons=[zhao, bare], place=inside.place, work="DELIVER", start_at=DAWN, end_at=NOON, actor=inside.gao,
            now=NOW, request_id=new_id(),
        )  # fmt: skip
    for who in (inside.world.cast.stranger, inside.hong, inside.world.cast.mei):
        assert_refused_without_trace(partial(inside.assign, zhao, actor=who))
        assert_refused_without_trace(partial(inside.tested, zhao, NOW, actor=who))
        assert_refused_without_trace(partial(inside.let_in, zhao, DAWN, actor=who))
    assert rows_everywhere() == before


def test_nobody_is_planned_twice_at_one_time(inside: Inside) -> None:
    zhao, request = inside.ready("赵一"), new_id()
    made = inside.assign(zhao, request_id=request)
    assert inside.assign(zhao, request_id=request) == made
    with pytest.raises(RequestIdReused):
        inside.assign(zhao, request_id=request, work="KEEP_ORDER")
    for start_at, end_at in ((DAWN - HOUR, DAWN + HOUR), (NOON - HOUR, NOON + HOUR), (DAWN, NOON)):
        with pytest.raises(PlannedAlready):
            inside.assign(zhao, start_at, end_at, work="KEEP_ORDER")
    inside.assign(zhao, NOON, NOON + HOUR)  # half-open
    services.unassign(assignment=made, why="换岗", actor=inside.gao, now=NOW)
    inside.assign(zhao, work="KEEP_ORDER")
    with pytest.raises(AssignmentEnded):
        services.unassign(assignment=made, why="x", actor=inside.gao, now=NOW)


def test_a_stand_in_takes_the_rest_over(inside: Inside) -> None:
    zhao, qian, sun = (inside.ready(name) for name in ("赵一", "钱二", "孙三"))
    made = inside.assign(zhao)
    inside.assign(sun, NOON, NOON + 2 * HOUR)
    proposed = queries.stand_ins(made, now=DAWN + HOUR)
    assert [(each.name, each.minutes) for each in proposed] == [("钱二", 0), ("孙三", 120)]
    with pytest.raises(Unfit), transaction.atomic():
        services.stand_in(
            assignment=made, person=inside.person("李四"), why="没来", actor=inside.gao, now=DAWN, request_id=new_id()
        )
    new = services.stand_in(
        assignment=made, person=qian, why="发烧", actor=inside.gao, now=DAWN + HOUR, request_id=new_id()
    )
    assert counted(inside, now=DAWN + HOUR) == [("赵一", DAWN, DAWN + HOUR), ("钱二", DAWN + HOUR, NOON)]
    assert queries.assignment(new, now=DAWN + HOUR).stands_in_for == made
    # Before it began the whole is taken over.
    third = services.stand_in(
        assignment=new, person=sun, why="换岗", actor=inside.gao, now=DAWN + HOUR, request_id=new_id()
    )
    assert queries.assignment(new, now=DAWN + HOUR).is_withdrawn
    assert queries.assignment(third, now=DAWN + HOUR).start_at == DAWN + HOUR
    assert queries.stand_ins(third, now=NOON) == ()


def test_uncovered_is_what_is_wanted_and_not_there(inside: Inside) -> None:
    for work, count in (("DELIVER", 2), ("KEEP_ORDER", 1)):
        services.want(
            place=inside.place, work=work, start_at=DAWN, end_at=NOON, people_count=count, actor=inside.gao, now=NOW
        )
    zhao = inside.ready("赵一")
    qian = inside.ready("钱二", pcr_at=DAWN + 2 * HOUR - 48 * HOUR)
    inside.assign(zhao)
    inside.assign(qian)
    found = [
        (gap.work, gap.start_at, gap.end_at, gap.missing) for gap in queries.uncovered(inside.place, SHIFT, now=DAWN)
    ]
    assert found == [
        ("KEEP_ORDER", DAWN, NOON, 1),
        ("DELIVER", DAWN + 2 * HOUR, NOON, 1),
    ]
    part = Window(DAWN, DAWN + HOUR)
    assert [gap.work for gap in queries.uncovered(inside.place, part, now=DAWN)] == ["KEEP_ORDER"]
    services.want(
        place=inside.place, work="KEEP_ORDER", start_at=DAWN, end_at=NOON, people_count=0, actor=inside.gao, now=NOW
    )
    assert queries.uncovered(inside.place, part, now=DAWN) == ()


def test_minutes_are_those_signed_and_those_still_planned(inside: Inside) -> None:
    zhao = inside.ready("赵一")
    inside.assign(zhao)
    shift = services.sign_on(
        person=zhao, place=inside.place, work="派送", actor=inside.gao, now=DAWN, request_id=new_id()
    )
    found = queries.minutes_of(since=NOW, until=NOON, now=DAWN + HOUR)
    assert [(each.worked, each.planned, each.total) for each in found] == [(60, 300, 360)]
    services.sign_off(shift=shift, actor=inside.gao, now=NOON)
    found = queries.minutes_of(since=NOW, until=NOON + HOUR, now=NOON, place=inside.place)
    assert [(each.worked, each.planned, each.name) for each in found] == [(360, 0, "赵一")]
    assert queries.minutes_of(since=NOW, until=NOON, now=NOON, place=inside.other) == ()


def test_a_hundred_people_take_as_few_queries_as_one(inside: Inside) -> None:
    def looked() -> int:
        with CaptureQueriesContext(connection) as found:
            queries.assigned([inside.place, inside.other], window=SHIFT, now=NOW)
            queries.uncovered(inside.place, SHIFT, now=NOW)
            queries.lapsed(inside.place, DAWN)
        return len(found)

    services.want(
        place=inside.place, work="DELIVER", start_at=DAWN, end_at=NOON, people_count=9, actor=inside.gao, now=NOW
    )
    inside.assign(inside.ready("赵一"))
    alone = looked()
    for number in range(12):
        inside.assign(inside.ready(f"骑手{number}"))
    assert looked() == alone
    assert len(counted(inside)) == 13


hours = st.integers(-12, 60)


def _sample(test: tuple[str, int]) -> tuple[str, int]:
    """One sample has one result."""
    return test[0].rstrip("+"), test[1]


@settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(
    st.lists(st.tuples(st.sampled_from(["PCR", "ANTIGEN", "ANTIGEN+"]), hours), max_size=6, unique_by=_sample),
    st.lists(st.tuples(hours, st.sampled_from([365, 380])), max_size=4, unique_by=lambda each: each[0]),
    st.lists(st.tuples(hours, st.integers(1, 14)), max_size=4),
    st.tuples(hours, st.integers(1, 60)),
    hours,
)
def test_nobody_counted_on_is_ever_unfit(
    inside: Inside,
    tests: list[tuple[str, int]],
    taken: list[tuple[int, int]],
    asked: list[tuple[int, int]],
    held: tuple[int, int],
    seen_h: int,
) -> None:
    """Whatever is tested, taken and planned: each view is fit from its first to its last moment, and not beyond."""
    with transaction.atomic():
        person = inside.person(f"骑手{new_id()}")
        start = NOW - 24 * HOUR
        (own,) = services.apply_for_pass(place=inside.place, persons=[person], actor=inside.lin, now=start)
        services.grant_pass(
            passes=[own],
            from_at=start + held[0] * HOUR,
            until_at=start + sum(held) * HOUR + HOUR * 13,
            actor=inside.lin,
            now=start + (held[0] - 1) * HOUR,
        )
        for kind, hour in tests:
            at = start + hour * HOUR
            services.record_test(
                person=person,
                place=inside.place,
                kind=kind.rstrip("+"),
                result="POSITIVE" if "+" in kind else "NEGATIVE",
                sampled_at=at,
                actor=inside.gao,
                now=at,
                request_id=new_id(),
            )
        for hour, tenths in taken:
            inside.warm(person, start + hour * HOUR, tenths)
        for start_h, length_h in asked:
            try:
                inside.assign(
                    person, start + start_h * HOUR, start + (start_h + length_h) * HOUR, now=start - 13 * HOUR
                )
            except (Unfit, PlannedAlready):
                continue
        now = start + seen_h * HOUR
        whole = Window(start - 24 * HOUR, start + 100 * HOUR)
        views = [view for view in queries.assigned(inside.place, window=whole, now=now) if view.person == person]
        for view in views:
            assert view.planned_start_at <= view.start_at < view.end_at <= view.planned_end_at
            assert view.fit_until is None or view.end_at <= view.fit_until
            book = proofs_of([person], [inside.place])
            for at in (view.start_at, view.end_at - timedelta(seconds=1)):
                judged = book.judge(person, inside.place, at=at, shift_at=view.planned_start_at, now=at)
                assert judged.is_fit, (view, judged)
            if view.end_at < view.planned_end_at:
                judged = book.judge(
                    person, inside.place, at=view.end_at, shift_at=view.planned_start_at, now=view.end_at
                )
                assert not judged.is_fit
        ordered = sorted((view.start_at, view.end_at) for view in views)
        assert all(one[1] <= other[0] for one, other in pairwise(ordered))


def two_clerks(monkeypatch: pytest.MonkeyPatch, *, is_guarded: bool) -> list[Any]:
    """Two clerks plan one person for overlapping hours; they meet after looking."""
    with transaction.atomic():
        inside = make_inside()
        zhao = inside.ready("赵一")
    meeting = Meeting(is_guarded=is_guarded)
    looked: Callable[..., None] = plans._refuse_overlap

    def look_and_wait(*given: Any) -> None:
        looked(*given)
        meeting.wait()

    monkeypatch.setattr(plans, "_refuse_overlap", look_and_wait)
    return race(
        partial(inside.assign, zhao),
        partial(inside.assign, zhao, DAWN + HOUR, NOON + HOUR, work="KEEP_ORDER", actor=inside.lin),
    )


def test_without_the_lock_two_clerks_plan_one_person_twice(fresh_book: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(plans, "lock_word", lambda word: None)
    answers = two_clerks(monkeypatch, is_guarded=False)
    assert [type(answer).__name__ for answer in answers] == ["UUID", "UUID"]
    assert Assignment.objects.count() == 2


def test_of_two_clerks_one_plans(fresh_book: str, monkeypatch: pytest.MonkeyPatch) -> None:
    answers = two_clerks(monkeypatch, is_guarded=True)
    assert sorted(type(answer).__name__ for answer in answers) == ["PlannedAlready", "UUID"]
    assert Assignment.objects.count() == 1
