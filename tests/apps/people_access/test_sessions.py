from __future__ import annotations

import logging
from collections.abc import Callable
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import pytest
from django.contrib.auth.middleware import AuthenticationMiddleware
from django.contrib.sessions.middleware import SessionMiddleware
from django.http import HttpRequest, HttpResponse
from django.test import RequestFactory

from baogong.kernel.actor import THE_HOUSE, Duty
from baogong.kernel.clock import SetClock
from baogong.people.models import User
from baogong.people.services import access, limits
from baogong.people.sessions import SessionGuard, log_in, log_out
from tests.cast import NOW, PASSWORD

pytestmark = pytest.mark.usefixtures("db")


class Browser:
    """Keeps the session cookie; every request goes through the three middlewares."""

    def __init__(self, clock: SetClock) -> None:
        self.clock = clock
        self.cookie = ""

    def ask(self, view: Callable[[HttpRequest], Any] = lambda request: None) -> Any:
        answer: list[Any] = []

        def page(request: HttpRequest) -> HttpResponse:
            answer.append(view(request))
            answer.append(request.user.pk)
            return HttpResponse()

        request = RequestFactory().get("/", REMOTE_ADDR="192.0.2.7")
        request.COOKIES["sessionid"] = self.cookie
        chain = SessionMiddleware(AuthenticationMiddleware(SessionGuard(page, self.clock)))
        response: Any = chain(request)
        if "sessionid" in response.cookies:
            self.cookie = response.cookies["sessionid"].value
        return answer[1]

    def log_in(self, username: str, password: str = PASSWORD) -> Any:
        return self.ask(lambda request: log_in(request, username=username, password=password, clock=self.clock))


@pytest.fixture
def clock() -> SetClock:
    return SetClock(NOW)


@pytest.fixture
def browser(clock: SetClock) -> Browser:
    return Browser(clock)


def make(username: str = "wu", **options: Any) -> UUID:
    return access.make_login(name="Wu", username=username, password=PASSWORD, duties=[], now=NOW, **options)


def after(clock: SetClock, **time: float) -> datetime:
    clock.set(clock.now() + timedelta(**time))
    return clock.now()


def test_log_in_gives_the_session_a_new_key(browser: Browser) -> None:
    make()
    browser.ask(lambda request: request.session.update({"planted": 1}))
    planted = browser.cookie
    assert browser.log_in("wu") is not None
    assert browser.cookie != planted
    assert browser.ask() is not None
    browser.cookie = planted
    assert browser.ask() is None


def test_a_staff_session_lasts_twelve_hours_and_no_longer(browser: Browser, clock: SetClock) -> None:
    user = make()
    browser.log_in("wu")
    for _ in range(11):
        after(clock, hours=1)
        assert browser.ask() == user
    after(clock, hours=1)
    assert browser.ask() is None


def test_a_desk_session_ends_after_thirty_idle_minutes(browser: Browser, clock: SetClock) -> None:
    user = make(at_desk=True)
    browser.log_in("wu")
    for _ in range(4):
        after(clock, minutes=29)
        assert browser.ask() == user
    after(clock, minutes=32)
    assert browser.ask() is None
    assert browser.ask() is None


def test_dismissal_ends_every_session_at_the_next_request(browser: Browser, clock: SetClock) -> None:
    user = make()
    phone = Browser(clock)
    assert browser.log_in("wu") == phone.log_in("wu") == user
    access.dismiss(user=user, actor=THE_HOUSE, now=NOW)
    assert browser.ask() is None
    assert phone.ask() is None


def test_a_dismissed_persons_old_session_does_not_open_again_when_the_log_in_does(browser: Browser) -> None:
    user = make()
    browser.log_in("wu")
    access.dismiss(user=user, actor=THE_HOUSE, now=NOW)
    User.objects.filter(id=user).update(is_active=True)
    assert browser.ask() is None


def test_a_new_password_ends_the_sessions_of_the_old_one(browser: Browser) -> None:
    user = make()
    browser.log_in("wu")
    access.change_password(user=user, password="another-kettle-here", actor=access.actor_of(user, NOW), now=NOW)
    assert browser.ask() is None
    assert browser.log_in("wu", "another-kettle-here") == user


def test_logging_out_leaves_nothing(browser: Browser) -> None:
    make()
    browser.log_in("wu")
    old = browser.cookie
    browser.ask(log_out)
    browser.cookie = old
    assert browser.ask() is None


def test_a_demo_session_ends_when_the_house_opens_to_others(browser: Browser, settings: Any) -> None:
    from baogong.journal.clock import mark_drill

    settings.BAOGONG_BINDS_BEYOND_LOCALHOST = False
    mark_drill(name="rehearsal", at=NOW)
    user = make("demo", is_demo=True)
    assert browser.log_in("demo") == user
    settings.BAOGONG_BINDS_BEYOND_LOCALHOST = True
    assert browser.ask() is None


def test_guessing_a_password_is_stopped_after_ten_tries(browser: Browser, clock: SetClock) -> None:
    user = make()
    for _ in range(10):
        with pytest.raises(access.WrongPassword):
            browser.log_in("wu", "a guess")
    with pytest.raises(limits.TooOften):
        browser.log_in("wu")
    after(clock, minutes=15)
    assert browser.log_in("wu") == user


def test_log_ins_are_logged_without_name_password_or_address(
    browser: Browser, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    user = make()
    spoken = logging.getLogger("baogong.people.sessions")
    monkeypatch.setattr(spoken, "handlers", [caplog.handler])
    monkeypatch.setattr(spoken, "propagate", False)
    caplog.set_level(logging.INFO, spoken.name)
    with pytest.raises(access.WrongPassword):
        browser.log_in("wu", "a guess")
    browser.log_in("wu")
    lines = [record.getMessage() for record in caplog.records if record.name.startswith("baogong")]
    assert lines == ["a log-in was refused: people.wrong-password", f"log-in of {user}"]


def test_an_account_without_duties_reaches_nothing(browser: Browser) -> None:
    make()
    user = browser.log_in("wu")
    assert user is not None
    actor = access.actor_of(user, NOW)
    assert not any(actor.may(duty) for duty in Duty)
