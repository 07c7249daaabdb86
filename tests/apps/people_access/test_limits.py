from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from baogong.people.models import Pace
from baogong.people.services import limits
from tests.cast import NOW
from tests.races import Meeting, race


def take(who: str = "203.0.113.9", most: int = 3, **options: Any) -> int:
    return limits.take(**{"what": "login", "who": who, "most": most, "window_s": 60, "now": NOW, **options})


@pytest.mark.usefixtures("db")
def test_what_is_beyond_the_limit_is_refused_and_says_when_it_opens_again() -> None:
    assert [take(), take(), take()] == [1, 2, 3]
    with pytest.raises(limits.TooOften) as caught:
        take(now=NOW + timedelta(seconds=13))
    assert caught.value.data["retry_after_s"] == 47
    assert take(now=NOW + timedelta(seconds=60)) == 1


@pytest.mark.usefixtures("db")
def test_a_clock_set_back_opens_a_new_window() -> None:
    for _ in range(3):
        take()
    assert take(now=NOW - timedelta(minutes=5)) == 1


@pytest.mark.usefixtures("db")
def test_two_accounts_do_not_share_a_window() -> None:
    assert take("lin") == take("mei") == take("lin", what="link-code") == 1


@pytest.mark.usefixtures("db")
def test_of_several_asked_at_once_the_one_beyond_its_most_is_named_and_the_others_count() -> None:
    def both() -> list[int]:
        return limits.take_each(("link", "one", 2), ("address", "home", 9), window_s=60, now=NOW)

    assert [both(), both()] == [[1, 1], [2, 2]]
    with pytest.raises(limits.TooOften) as caught:
        both()
    assert caught.value.where == "link"
    assert take("home", what="address", most=9) == 4


@pytest.mark.usefixtures("db")
def test_no_name_or_address_is_stored() -> None:
    take("203.0.113.9")
    key = Pace.objects.get().key
    assert "203" not in key.removeprefix("login:")
    assert key.startswith("login:")
    assert len(key) == len("login:") + 64


@pytest.mark.usefixtures("db")
def test_old_windows_are_forgotten() -> None:
    take()
    assert limits.forget_paces(now=NOW + timedelta(hours=1)) == 0
    assert limits.forget_paces(now=NOW + timedelta(days=2)) == 1


@pytest.mark.usefixtures("db")
@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=25, deadline=None)
@given(steps=st.lists(st.tuples(st.integers(0, 200), st.sampled_from("ab")), max_size=25))
def test_no_window_ever_lets_through_more_than_its_most(steps: list[tuple[int, str]]) -> None:
    Pace.objects.all().delete()
    taken: dict[tuple[str, int], int] = {}
    second = int(NOW.timestamp())
    for wait_s, who in steps:
        second += wait_s
        window = (who, second // 60)
        try:
            count = take(who, now=NOW.fromtimestamp(second, NOW.tzinfo))
        except limits.TooOften:
            assert taken[window] == 3
        else:
            taken[window] = taken.get(window, 0) + 1
            assert count == taken[window] <= 3


@pytest.mark.parametrize("guarded", [False, True])
def test_two_at_once_cannot_share_the_last_place(
    fresh_book: str, monkeypatch: pytest.MonkeyPatch, guarded: bool
) -> None:
    meeting = Meeting(is_guarded=guarded)
    take(most=2)

    def look_then_write() -> int:
        """The same limit as a textbook would write it: two statements."""
        pace = Pace.objects.get()
        meeting.wait()
        if pace.count >= 2:
            raise limits.TooOften("full")
        Pace.objects.filter(key=pace.key).update(count=pace.count + 1)
        return pace.count + 1

    act = (lambda: take(most=2)) if guarded else look_then_write
    answers = race(act, act)
    allowed = sum(isinstance(answer, int) for answer in answers)
    assert allowed == (1 if guarded else 2)
