"""Log-in and its limits, the first administrator's link, the doors, the language, the page that teaches trust."""

from __future__ import annotations

import logging
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest
from django.test import Client

from baogong.journal.clock import mark_drill
from baogong.kernel.actor import THE_HOUSE, Duty
from baogong.people.queries.access import log_ins
from baogong.people.services import links
from baogong.people.services.access import DEMO_PASSWORD, make_login
from tests.cast import NOW, PASSWORD, make_cast
from tests.web.visits import read, visit

FORM = {"name": "甄", "username": "zhen", "password": "four words that differ", "again": "four words that differ"}


@pytest.fixture
def empty_house(db: None) -> str:
    """The address that the terminal shows."""
    mark_drill(name="empty", at=NOW)
    token = links.first_administrator_link(now=NOW)
    assert token is not None
    return f"/first/{token}/"


def is_private(headers: Any) -> bool:
    return (
        headers["Cache-Control"] == "no-store"
        and headers["Referrer-Policy"] == "same-origin"
        and "noindex" in headers["X-Robots-Tag"]
    )


def test_the_one_time_link_makes_one_administrator_and_shows_the_doors(empty_house: str) -> None:
    client = Client(enforce_csrf_checks=True)
    shown = client.get(empty_house)
    assert shown.status_code == 200
    assert is_private(shown.headers)
    made = client.post(empty_house, FORM)
    assert (made.status_code, made.headers["Location"]) == (302, "/doors/")
    (admin,) = log_ins(now=NOW)
    assert {duty.duty for duty in admin.duties} == {Duty.ADMIN, Duty.COMMAND, Duty.CLERK}
    assert client.get("/people/").status_code == 200
    again = Client().post(empty_house, FORM | {"username": "other"})
    assert again.status_code == 404
    assert is_private(again.headers)
    assert len(log_ins(now=NOW)) == 1


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"again": "something else"}, "differ"),
        ({"password": "short", "again": "short"}, "at least 10"),
        ({"name": " "}, "empty"),
    ],
)
def test_a_first_administrator_who_mistypes_tries_again_with_the_same_link(
    empty_house: str, wrong: dict[str, str], said: str
) -> None:
    client = Client(headers={"Accept-Language": "en"})
    page = client.post(empty_house, FORM | wrong)
    assert page.status_code == 200
    assert said in page.content.decode()
    assert log_ins(now=NOW) == ()
    assert client.post(empty_house, FORM).status_code == 302


@pytest.mark.parametrize("what", ["wrong", "expired", "revoked"])
def test_a_first_link_that_has_ended_says_how_to_get_another(db: None, what: str) -> None:
    mark_drill(name="empty", at=NOW)
    path = "/first/AAAAAAAAAAAAAAAAAAAAAA/"
    if what == "expired":
        path = f"/first/{links.first_administrator_link(now=NOW - timedelta(hours=2))}/"
    elif what == "revoked":
        path = f"/first/{links.first_administrator_link(now=NOW)}/"
        links.first_administrator_link(now=NOW)
    client = Client(headers={"Accept-Language": "en"})
    for answer in (client.get(path), client.post(path, FORM)):
        assert answer.status_code == 404
        assert is_private(answer.headers)
        assert "prints a new link on the terminal" in answer.content.decode()
    assert log_ins(now=NOW) == ()


def test_the_house_has_five_doors(db: None) -> None:
    make_cast()
    page = read(visit("lin"), "/doors/")
    doors = page.split('<ul class="doors">')[1].split("</ul>")[0]
    assert doors.count("<a href=") == 5
    assert "Relief convoy" in page
    assert 'href="/command/"' in page
    assert 'href="/command/places/"' in page
    assert 'href="/release/office/"' in page


def test_a_wrong_password_says_nothing_about_the_name_and_the_tenth_is_the_last(db: None) -> None:
    make_cast()
    client = Client(headers={"Accept-Language": "en"})
    told = set()
    for name in ("lin", "nobody"):
        page = client.post("/log-in/", {"username": name, "password": "not the password"}).content.decode()
        told.add(page.split('role="alert">')[1].split("</div>")[0])
    assert len(told) == 1
    for _ in range(9):
        client.post("/log-in/", {"username": "lin", "password": "not the password"})
    locked = client.post("/log-in/", {"username": "lin", "password": PASSWORD})
    assert locked.status_code == 200
    assert "asked 10 times" in locked.content.decode()
    assert client.post("/log-in/", {"username": "mei", "password": PASSWORD}).status_code == 302


def test_logging_in_leads_to_ones_own_pages_or_where_one_wanted_to_go(db: None) -> None:
    make_cast()
    assert Client().get("/").headers["Location"] == "/log-in/"
    starts = {name: visit(name).get("/").headers["Location"] for name in ("lin", "wu", "bao", "tao", "stranger")}
    assert starts == {"lin": "/command/", "wu": "/lists/", "bao": "/site/", "tao": "/drive/", "stranger": "/doors/"}
    wanted = Client().post("/log-in/", {"username": "lin", "password": PASSWORD, "next": "/command/tasks/"})
    assert wanted.headers["Location"] == "/command/tasks/"
    elsewhere = Client().post("/log-in/", {"username": "lin", "password": PASSWORD, "next": "https://evil.example/"})
    assert elsewhere.headers["Location"] == "/"


def test_logging_out_ends_the_session(db: None) -> None:
    make_cast()
    lin = visit("lin")
    assert lin.post("/log-out/").headers["Location"] == "/log-in/"
    assert lin.get("/doors/").status_code == 302


def test_the_language_is_the_visitors_to_choose_and_leads_back_only_here(db: None) -> None:
    make_cast()
    client = Client()
    answer = client.post("/language/", {"language": "en", "next": "/log-in/?next=/doors/"})
    assert answer.headers["Location"] == "/log-in/?next=/doors/"
    assert "Log in" in client.get("/log-in/").content.decode()
    client.post("/language/", {"language": "zh-hans"})
    assert "登录" in client.get("/log-in/").content.decode()
    assert client.post("/language/", {"language": "en", "next": "//evil.example"}).headers["Location"] == "/"
    before = client.cookies["baogong_language"].value
    client.post("/language/", {"language": "xx"})
    assert client.cookies["baogong_language"].value == before


def test_demonstration_log_ins_are_one_tap_in_a_drill_on_this_machine_and_not_told_elsewhere(
    db: None, settings: Any
) -> None:
    mark_drill(name="drill", at=NOW)
    make_login(name="林", username="lin", password=DEMO_PASSWORD, duties=[(Duty.COMMAND, None)], now=NOW, is_demo=True)
    settings.BAOGONG_BINDS_BEYOND_LOCALHOST = True
    assert DEMO_PASSWORD not in Client().get("/log-in/").content.decode()
    assert Client().post("/log-in/", {"username": "lin", "password": DEMO_PASSWORD}).status_code == 200
    settings.BAOGONG_BINDS_BEYOND_LOCALHOST = False
    assert f'name="password" value="{DEMO_PASSWORD}"' in Client().get("/log-in/").content.decode()
    assert Client().post("/log-in/", {"username": "lin", "password": DEMO_PASSWORD}).status_code == 302


def test_the_trust_page_gives_the_authoritys_certificate_where_there_is_one(
    db: None, settings: Any, tmp_path: Path
) -> None:
    make_cast()
    client = Client(headers={"Accept-Language": "en"})
    assert "nothing has to be installed" in client.get("/trust/").content.decode()
    assert client.get("/trust/baogong-authority.crt").status_code == 404
    certificate = tmp_path / "authority.crt"
    certificate.write_text("-----BEGIN CERTIFICATE-----")
    settings.BAOGONG_AUTHORITY_FILE = str(certificate)
    page = client.get("/trust/").content.decode()
    assert "<svg" in page
    file = client.get("/trust/baogong-authority.crt")
    assert file.headers["Content-Type"] == "application/x-x509-ca-cert"
    assert b"".join(file.streaming_content) == b"-----BEGIN CERTIFICATE-----"  # type: ignore[attr-defined]


def test_no_log_line_and_no_page_holds_a_password_or_a_private_address(
    empty_house: str, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_login(name="Lin", username="lin", password=PASSWORD, duties=[(Duty.COMMAND, None)], now=NOW, actor=THE_HOUSE)
    caplog.set_level(logging.DEBUG)
    for name in ("django", "django.request", "django.security", "baogong"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    client = Client(raise_request_exception=False)
    token = empty_house.split("/")[2]
    pages = [
        client.post("/log-in/", {"username": "lin", "password": PASSWORD + "x"}),
        client.post("/log-in/", {"username": "lin", "password": PASSWORD}),
        client.get("/first/" + token + "x/"),
        client.get("/first/" + token + "/nothing/"),
        client.post(empty_house, FORM | {"again": "other words here"}),
    ]

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("baogong.web.private.links.look_up", broken)
    pages.append(client.get(empty_house))
    assert pages[-1].status_code == 500
    assert "a defect" in caplog.text
    # A line of django.request that is no error is not written: see LOGGING.
    said = "\n".join(
        f"{record.getMessage()} {record.exc_text or ''}"
        for record in caplog.records
        if record.name != "django.request" or record.levelno >= logging.ERROR
    )
    assert "Internal Server Error: /first/(private)/" in said
    for secret in (PASSWORD, FORM["password"], token):
        assert not any(secret in page.content.decode() for page in pages)
        assert secret not in said
