"""Where no page can answer, the visitor still reads what happened and what to do, in the own language."""

from __future__ import annotations

from typing import Any

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.db import OperationalError
from django.test import Client, RequestFactory
from django.utils import translation

from baogong.journal.clock import mark_drill
from baogong.web import errors
from baogong.web.templatetags.baogong import when
from tests.cast import NOW


@pytest.mark.parametrize(("language", "title"), [("en", "There is no such page"), ("zh-hans", "没有这个页面")])
def test_a_broken_proof_address_is_answered_in_words(db: None, language: str, title: str) -> None:
    client = Client()
    client.cookies["baogong_language"] = language
    answer = client.get("/book/proof/xx/")
    assert answer.status_code == 404
    assert f"<h1>{title}</h1>" in answer.content.decode()


def test_an_unknown_address_of_a_drill_says_where_its_clock_stands(db: None) -> None:
    def page() -> str:
        answer = Client(headers={"accept-language": "en"}).get("/no/such/page/")
        assert answer.status_code == 404
        return answer.content.decode()

    assert 'class="drill"' not in page(), "this book is no drill"
    mark_drill(name="relay", at=NOW)
    assert f"The drill&#x27;s clock stands at {when(NOW)}" in page().replace("drill's", "drill&#x27;s")


def test_an_unknown_address_is_answered_where_the_book_cannot_be_read(monkeypatch: pytest.MonkeyPatch) -> None:
    def unreadable(request: object) -> object:
        raise OperationalError("gone")

    monkeypatch.setattr(errors, "drill_of", unreadable)
    answer = errors.not_found(RequestFactory().get("/"), Exception())
    assert (answer.status_code, b'class="drill"' in answer.content) == (404, False)


def test_a_form_without_its_token_is_answered_in_words(db: None) -> None:
    client = Client(enforce_csrf_checks=True)
    client.cookies["baogong_language"] = "zh-hans"
    answer = client.post("/log-in/", {"username": "x", "password": "y"})
    assert answer.status_code == 403
    assert "<h1>这份表单没有被接受</h1>" in answer.content.decode()


def test_the_pages_of_trouble_read_nothing_from_the_book() -> None:
    """No database is open to this test: a query would fail it."""
    request = RequestFactory().get("/")
    with translation.override("zh-hans"):
        answers = [errors.broken(request), errors.forbidden(request, PermissionError())]
    assert [answer.status_code for answer in answers] == [500, 403]
    assert "系统出了故障" in answers[0].content.decode()
    assert "您不能打开这个页面" in answers[1].content.decode()


NUL_EVERYWHERE = [
    ("get", "/book/needs/?city=%00", {}),
    ("get", "/book/needs/?%00=x", {}),
    ("get", "/site/paper/WB-%00/", {}),
    ("post", "/log-in/", {"username": "li\x00n", "password": "x"}),
    ("post", "/log-in/", {"user\x00name": "lin"}),
    ("post", "/lists/", {"fi\x00le": SimpleUploadedFile("a.csv", b"a")}),
]


@pytest.mark.parametrize(("method", "path", "form"), NUL_EVERYWHERE)
def test_a_character_that_no_book_can_hold_is_refused_at_the_door(
    db: None, method: str, path: str, form: dict[str, Any]
) -> None:
    client = Client(raise_request_exception=False)
    client.cookies["baogong_language"] = "zh-hans"
    answer = getattr(client, method)(path, form)
    assert answer.status_code == 400
    text = answer.content.decode()
    assert "U+0000" in text
    assert "未作任何改动" in text
    assert "Content-Security-Policy" in answer.headers


def test_a_cookie_with_such_a_character_is_refused_before_the_session_is_looked_up(db: None) -> None:
    client = Client(raise_request_exception=False, headers={"Cookie": 'sessionid="aaaaaaaaaaaa\\000"'})
    answer = client.get("/")
    assert answer.status_code == 400
    assert "U+0000" in answer.content.decode()


def test_too_many_fields_and_broken_forms_are_told_so(db: None) -> None:
    client = Client(raise_request_exception=False)
    client.cookies["baogong_language"] = "en"
    many = client.get("/book/?" + "&".join(f"a{number}=1" for number in range(1_001)))
    assert many.status_code == 400
    assert "This is too large" in many.content.decode()
    broken = client.post("/log-in/", b"--x\r\n", content_type="multipart/form-data")
    assert broken.status_code == 400
    assert "This could not be read" in broken.content.decode()
