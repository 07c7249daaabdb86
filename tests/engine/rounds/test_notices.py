"""Calls to shelves: never more people than the cap, nobody called who is served at the door, and as early as can be."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from math import ceil

import pytest
from hypothesis import given
from hypothesis import strategies as st

from baogong.engine.rounds.notices import (
    Household,
    NoticeProblem,
    Notices,
    Shelf,
    UnusableNotices,
    call_households,
    check_notices,
)
from tests.engine.rounds.towns import HOUR


@st.composite
def mornings(draw: st.DrawFn) -> NoticeProblem:
    shelves = tuple(
        Shelf(f"shelf {n}", draw(st.integers(1, 4)), (8 * HOUR, 8 * HOUR + draw(st.integers(1, 6)) * 1800))
        for n in range(draw(st.integers(1, 3)))
    )
    households = tuple(
        Household(
            f"household {n}",
            draw(st.sampled_from(shelves)).id,
            tuple(draw(st.lists(st.integers(7 * HOUR, 10 * HOUR), min_size=1, max_size=3))),
            draw(st.integers(0, 4)) == 0,
        )
        for n in range(draw(st.integers(0, 25)))
    )
    return NoticeProblem(shelves, households, draw(st.sampled_from((300, 600, 700))))


@given(problem=mornings())
def test_every_household_is_called_once_within_every_cap_or_served_or_told(problem: NoticeProblem) -> None:
    notices = call_households(problem)
    assert check_notices(problem, notices) == []
    assert set(notices.doors) == {household.id for household in problem.households if household.wants_door}
    assert all(one.reason_en and one.reason_zh for one in notices.left)


@given(problem=mornings())
def test_no_calls_could_end_earlier(problem: NoticeProblem) -> None:
    """Whoever is ready in window r or later needs as many windows from r on as the cap makes of them."""
    shelves = tuple(replace(shelf, opens=(shelf.opens[0], 100 * HOUR)) for shelf in problem.shelves)
    problem = replace(problem, shelves=shelves)
    notices = call_households(problem)
    assert not notices.left
    bound = 0
    for shelf in problem.shelves:
        ready = [
            ceil(max(shelf.opens[0], *household.arrive_s) / problem.window_s)
            for household in problem.households
            if household.shelf == shelf.id and not household.wants_door
        ]
        for first in ready:
            windows = ceil(sum(one >= first for one in ready) / shelf.cap_count)
            bound = max(bound, (first + windows) * problem.window_s)
    assert notices.ends_s == bound


def test_seven_thousand_households_at_two_hundred_shelves() -> None:
    """A day of ten communities: thirty-five households a shelf, four at a time in ten minutes, one in twelve at the door."""
    shelves = tuple(Shelf(f"S{n}", 4, (8 * HOUR, 18 * HOUR)) for n in range(200))
    households = tuple(Household(f"H{n}", f"S{n % 200}", (9 * HOUR + n // 200 * 60,), n % 12 == 0) for n in range(7000))
    problem = NoticeProblem(shelves, households)
    notices = call_households(problem)
    assert check_notices(problem, notices) == []
    assert not notices.left
    assert len(notices.doors) == 584
    assert notices.ends_s <= 11 * HOUR


def test_too_many_for_the_day_and_too_late_are_told_apart() -> None:
    shelf = Shelf("shelf", 1, (8 * HOUR, 8 * HOUR + 1200))
    early = [Household(name, "shelf", (8 * HOUR,)) for name in ("Lin", "Wu", "Tao")]
    households = (*early, Household("Mei", "shelf", (8 * HOUR + 900,)))
    notices = call_households(NoticeProblem((shelf,), households))
    assert [(one.household, one.code) for one in notices.left] == [("Tao", "NO_WINDOW"), ("Mei", "TOO_LATE")]
    assert "takes 1 people in 10 minutes" in notices.left[0].reason_en
    assert "08:20关闭" in notices.left[1].reason_zh


@pytest.mark.parametrize(
    ("plant", "told"),
    [
        (lambda n: replace(n, calls=n.calls[1:]), "is not in the notices"),
        (lambda n: replace(n, doors=(*n.doors, n.calls[0].household)), "is told 2 times"),
        (lambda n: replace(n, calls=n.calls[1:], doors=(*n.doors, n.calls[0].household)), "did not ask for the door"),
        (
            lambda n: replace(n, calls=(replace(n.calls[0], household="Wu"), *n.calls[1:]), doors=("Lin",)),
            "the door and",
        ),
        (lambda n: replace(n, calls=(replace(n.calls[0], shelf="B"), *n.calls[1:])), "called to B"),
        (lambda n: replace(n, calls=(replace(n.calls[0], at_s=0), *n.calls[1:])), "outside the window"),
        (lambda n: moved(n, -600), "before its parcels"),
        (lambda n: moved(n, 600), "more than 1 people"),
        (lambda n: moved(n, 600), "at once"),
        (lambda n: moved(n, 12 * HOUR), "is closed"),
        (lambda n: replace(n, ends_s=0), "the last window ends"),
    ],
)
def test_the_fault_is_found_and_named(plant: Callable[[Notices], Notices], told: str) -> None:
    shelves = (Shelf("A", 1, (8 * HOUR, 18 * HOUR)), Shelf("B", 1))
    households = (
        Household("Lin", "A", (9 * HOUR,)),
        Household("Bao", "A", (9 * HOUR,)),
        Household("Wu", "A", (9 * HOUR,), wants_door=True),
    )
    problem = NoticeProblem(shelves, households)
    notices = call_households(problem)
    assert check_notices(problem, notices) == []
    assert any(told in fault for fault in check_notices(problem, plant(notices)))


def moved(notices: Notices, by_s: int) -> Notices:
    first, *rest = notices.calls
    return replace(notices, calls=(replace(first, window_s=first.window_s + by_s, at_s=first.at_s + by_s), *rest))


def test_every_fault_of_the_input_is_told_at_once() -> None:
    with pytest.raises(UnusableNotices) as refused:
        NoticeProblem(
            (Shelf("A", 0), Shelf("A", 1, (5, 5))), (Household("Lin", "B", ()), Household("Wu", "A", (-1,))), window_s=5
        )
    assert {fault["where"] for fault in refused.value.data["problems"]} == {
        "window_s",
        "shelves[A].id",
        "shelves[A].cap_count",
        "shelves[A].opens",
        "households[Lin].shelf",
        "households[Lin].arrive_s",
        "households[Wu].arrive_s",
    }
