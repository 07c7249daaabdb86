"""Where no page can answer, the visitor still reads what happened and what to do, in the own language."""

from __future__ import annotations

import pytest
from django.test import Client, RequestFactory
from django.utils import translation

from baogong.web import errors


@pytest.mark.parametrize(("language", "title"), [("en", "There is no such page"), ("zh-hans", "没有这个页面")])
def test_a_broken_proof_address_is_answered_in_words(db: None, language: str, title: str) -> None:
    client = Client()
    client.cookies["baogong_language"] = language
    answer = client.get("/book/proof/xx/")
    assert answer.status_code == 404
    assert f"<h1>{title}</h1>" in answer.content.decode()


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
