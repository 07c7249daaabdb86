"""Several days: what is remembered decides who goes without."""

from __future__ import annotations

import itertools
from dataclasses import replace

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from baogong.engine.fairshare import FairnessRule, Lot, Memory, Need, Problem, Requester, UnsoundRule, over_days, solve
from baogong.engine.fairshare.days import told_en, told_zh
from tests.engine.fairshare.snapshots import random_problem, without_floors

RULE = FairnessRule()
few = settings(max_examples=30, deadline=None)
problems = st.integers(0, 2**32).map(lambda seed: without_floors(random_problem(seed, requesters=6, lots=5)))


def one_carton_a_day(*, people: int = 4, days: int = 8) -> list[Problem]:
    """Ten masks in one carton arrive every day; everybody asks for ten every day."""
    names = [f"p{number}" for number in range(people)]
    day = Problem(
        tuple(map(Requester, names)),
        (Lot("daily", "mask", 10, "depot", carton=10),),
        tuple(Need(name, "mask", 10) for name in names),
    )
    return [day] * days


def test_without_memory_the_same_ones_go_without_and_with_it_nobody_does() -> None:
    courses = over_days(one_carton_a_day(), rule=RULE, pause_days=3)
    assert {memory: len(course.never_served) for memory, course in courses.items()} == {
        Memory.NONE: 3,
        Memory.EARLIER_MET: 0,
        Memory.PAUSE: 0,
    }
    assert [pair.days_served for pair in courses[Memory.EARLIER_MET].pairs] == [2, 2, 2, 2]
    assert courses[Memory.EARLIER_MET].figures.gini == pytest.approx(0)
    assert courses[Memory.NONE].figures.gini == pytest.approx(0.75)
    assert told_en(courses, 3) == (
        "After 8 days: Without memory, 3 never get anything, Gini 0.750; counting what was received, nobody goes without, "
        "Gini 0.000; pausing 3 days after being served, nobody goes without, Gini 0.000."
    )
    assert told_zh(courses, 3) == (
        "8 天后，不记前几天：3 项始终未得，基尼系数 0.750；计入已得：没有谁始终未得，基尼系数 0.000；"
        "得后停 3 天：没有谁始终未得，基尼系数 0.000。"
    )


def test_a_pause_keeps_goods_lying_where_all_wait_and_they_are_there_the_next_day() -> None:
    courses = over_days(one_carton_a_day(people=1, days=3), rule=RULE, pause_days=2)
    assert courses[Memory.PAUSE].pairs[0].got == (10, 0, 0)
    assert courses[Memory.PAUSE].left == 20
    assert courses[Memory.NONE].pairs[0].got == (10, 10, 10)


def test_who_joins_later_is_counted_from_then_on() -> None:
    first, *rest = one_carton_a_day(people=1, days=3)
    joined = [
        replace(day, requesters=(*day.requesters, Requester("new")), needs=(*day.needs, Need("new", "mask", 10)))
        for day in rest
    ]
    course = over_days([first, *joined], rule=RULE)[Memory.EARLIER_MET]
    assert [(pair.requester, pair.asked, pair.got) for pair in course.pairs] == [
        ("p0", (10, 10, 10), (10, 0, 10)),
        ("new", (0, 10, 10), (0, 10, 0)),
    ]


def test_what_was_received_before_the_first_day_counts_as_one_day_more() -> None:
    days = [
        replace(day, requesters=(Requester("p0", earlier_met=1.0), Requester("p1")))
        for day in one_carton_a_day(people=2, days=2)
    ]
    course = over_days(days, rule=RULE)[Memory.EARLIER_MET]
    assert [pair.got for pair in course.pairs] == [(0, 10), (10, 0)]


@given(problems, st.integers(1, 4), st.integers(1, 3))
@few
def test_no_piece_is_lost_or_given_twice_and_nobody_gets_more_than_asked(
    problem: Problem, days: int, pause: int
) -> None:
    for course in over_days([problem] * days, rule=RULE, pause_days=pause).values():
        given_out = sum(sum(pair.got) for pair in course.pairs)
        assert given_out + course.left == days * sum(lot.amount for lot in problem.lots)
        caps = {requester.id: requester.cap for requester in problem.requesters}
        for pair in course.pairs:
            cap = caps[pair.requester].get(pair.item, max(pair.asked))
            assert all(got <= min(asked, cap) for got, asked in zip(pair.got, pair.asked, strict=True))


@given(problems)
@few
def test_the_first_day_is_an_ordinary_share(problem: Problem) -> None:
    shared = solve(problem, rule=RULE)
    course = over_days([problem], rule=RULE)[Memory.EARLIER_MET]
    assert {(pair.requester, pair.item): pair.got for pair in course.pairs} == {
        (met.requester, met.item): (met.got,) for met in shared.met if met.need
    }
    assert course.figures == shared.rules["leximin"]


@given(problems, st.integers(2, 4), st.integers(1, 3))
@few
def test_a_pause_is_kept(problem: Problem, days: int, pause: int) -> None:
    for pair in over_days([problem] * days, rule=RULE, pause_days=pause)[Memory.PAUSE].pairs:
        served = [day for day, got in enumerate(pair.got) if got]
        assert all(later - sooner > pause for sooner, later in itertools.pairwise(served))


@pytest.mark.parametrize(("days", "pause"), [(0, 1), (61, 1), (3, 0)])
def test_no_days_too_many_and_no_pause_are_refused(days: int, pause: int) -> None:
    with pytest.raises(UnsoundRule):
        over_days(one_carton_a_day(days=1) * days, rule=RULE, pause_days=pause)
