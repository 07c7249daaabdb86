"""The desk's page: what is typed stays in the form's body, what is found stands in one answer, and nobody keeps either."""

from __future__ import annotations

import logging
import re
from typing import Any

import pytest
from django.test import Client

from baogong.journal.clock import mark_drill
from baogong.kernel.actor import Duty
from baogong.people.models import PersonalRead
from baogong.people.services import desk
from tests.apps.supply.world import rows_everywhere
from tests.cast import NOW, log_in_as, make_cast
from tests.web.visits import read, send, visit

PATH = "/identity/"
NUMBER = "11010519491231002X"
KEEP = {"act": "keep", "person": "张伟", "kind": "RESIDENT", "number": NUMBER, "purpose": "口罩预约二月"}
LOOK = {"act": "look_up", "purpose": "口罩预约二月", "last_four": "002x", "why": "在窗口核对证件"}


@pytest.fixture
def house(db: None) -> None:
    mark_drill(name="test", at=NOW)
    make_cast()
    log_in_as("Zhen", [(Duty.ADMIN, None)])
    log_in_as("Kay", [(Duty.KEEPER, None)])


def is_kept_by_nobody(answer: Any) -> bool:
    return bool(answer.headers["Cache-Control"] == "no-store" and answer.headers["Referrer-Policy"] == "same-origin")


def datum_on(page: str) -> str:
    found = re.search(r'name="datum" value="([^"]+)"', page)
    assert found is not None
    return found[1]


@pytest.mark.usefixtures("house")
def test_a_clerk_registers_a_keeper_compares_and_the_administrator_sees_who_looked() -> None:
    clerk, keeper, admin = visit("wu"), visit("kay"), visit("zhen")
    assert "No document is kept yet" in read(clerk, PATH)
    assert "Kept, enciphered" in send(clerk, PATH, KEEP)
    assert "Register a document" not in read(keeper, PATH)
    found = send(keeper, PATH, LOOK, status=200)
    assert "1 document ends in these four" in found
    assert "张伟" in found
    assert "002" not in found
    answer = keeper.post(PATH, {"act": "show", "datum": datum_on(found), "why": LOOK["why"]})
    assert NUMBER in answer.content.decode()
    assert is_kept_by_nobody(answer)
    assert NUMBER not in read(keeper, PATH)
    page = read(admin, PATH)
    for words in ("looked up by the last four", "shown in full", "registered", "在窗口核对证件", "Kay", "1 found"):
        assert words in page
    assert "Who looked at what" not in read(clerk, PATH)


@pytest.mark.usefixtures("house")
def test_a_document_is_erased_and_a_purpose_ends() -> None:
    clerk, admin = visit("wu"), visit("zhen")
    send(clerk, PATH, KEEP)
    send(clerk, PATH, KEEP | {"person": "李娜", "number": "440524188001010014"})
    datum = datum_on(send(clerk, PATH, LOOK, status=200))
    assert "Erased." in send(clerk, PATH, {"act": "erase", "datum": datum})
    assert "0 documents end in these four" in send(clerk, PATH, LOOK, status=200)
    assert clerk.post(PATH, {"act": "end", "purpose": KEEP["purpose"]}).status_code == 403
    assert "with it 1 entry" in send(admin, PATH, {"act": "end", "purpose": KEEP["purpose"]})
    assert "ended" in read(admin, PATH)
    assert [row.act for row in PersonalRead.objects.order_by("id")] == [
        "KEEP", "KEEP", "LOOK_UP", "ERASE", "LOOK_UP", "END_PURPOSE",
    ]  # fmt: skip


@pytest.mark.usefixtures("house")
@pytest.mark.parametrize(
    ("form", "status", "said"),
    [
        (KEEP | {"number": "110105194912310021"}, 400, "not the number of such a document"),
        (KEEP | {"person": " "}, 400, "is empty"),
        (LOOK | {"last_four": "12345"}, 400, "last four characters"),
        (LOOK | {"why": "x"}, 400, "stated reason"),
        ({"act": "show", "datum": "none", "why": "at the counter"}, 400, "lacks a usable datum"),
    ],
)
def test_what_makes_no_sense_is_said_beside_what_was_typed_but_for_the_number(
    form: dict[str, str], status: int, said: str
) -> None:
    clerk = visit("wu")
    send(clerk, PATH, KEEP)
    page = send(clerk, PATH, form, status=status)
    assert said in page
    for secret in (form.get("number", NUMBER), "12345", "002x"):
        assert secret not in page
    if form["act"] == "keep" and form["person"].strip():
        assert 'value="张伟"' in page


@pytest.mark.usefixtures("house")
def test_a_shut_door_says_when_it_opens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(desk, "LOOK_UPS_MAX", 1)
    clerk = visit("wu")
    send(clerk, PATH, KEEP)
    send(clerk, PATH, LOOK, status=200)
    assert "opens again" in send(clerk, PATH, LOOK, status=429)


@pytest.mark.usefixtures("house")
def test_stranger_driver_and_visitor_see_nothing_and_leave_no_trace() -> None:
    send(visit("wu"), PATH, KEEP)
    browsers = [visit("stranger"), visit("tao"), visit("bao")]  # Bao keeps one place
    before = rows_everywhere()
    for browser in browsers:
        assert browser.get(PATH).status_code == 403
        for form in (KEEP, LOOK, {"act": "erase"}, {"act": "end", "purpose": KEEP["purpose"]}):
            assert browser.post(PATH, form).status_code == 403
    assert Client().get(PATH).status_code == 302
    assert rows_everywhere() == before


@pytest.mark.usefixtures("house")
def test_no_address_no_log_line_no_cookie_and_no_other_answer_holds_any_of_it(
    caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    caplog.set_level(logging.DEBUG)
    for name in ("django", "django.request", "django.security", "baogong"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    clerk = visit("wu")
    clerk.raise_request_exception = False
    answers = [clerk.post(PATH, KEEP), clerk.post(PATH, KEEP | {"person": "李娜"}), clerk.post(PATH, LOOK)]
    datum = datum_on(answers[-1].content.decode())
    shown = clerk.post(PATH, {"act": "show", "datum": datum, "why": LOOK["why"]})
    assert NUMBER in shown.content.decode()
    answers += [clerk.get(PATH), visit("zhen").get(PATH), clerk.post(PATH, {"act": "erase", "datum": datum})]

    def broken(**_: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("baogong.web.account.identity.desk.register_document", broken)
    answers.append(clerk.post(PATH, KEEP))
    assert answers[-1].status_code == 500
    assert "a defect" in caplog.text
    everything = [
        record.getMessage() + (record.exc_text or "")
        for record in caplog.records
        if not record.name.startswith("django.db")
    ]
    for answer in answers:
        everything += [
            answer.content.decode(),
            str(answer.headers),
            answer.request["PATH_INFO"],
            answer.request.get("QUERY_STRING", ""),
        ]
    everything += [str(answer.headers) for answer in [shown]] + [cookie.value for cookie in clerk.cookies.values()]
    for secret in (NUMBER, "19491231", "002X", "002x"):
        assert not [text for text in everything if secret in text], secret


@pytest.mark.usefixtures("house")
def test_the_page_is_in_chinese_and_every_field_has_its_label() -> None:
    clerk = visit("wu", "zh-hans")
    send(clerk, PATH, KEEP)
    page = clerk.get(PATH).content.decode()
    assert "证件" in page
    main = page[page.index('<main id="main">') : page.index("</main>")]
    fields = re.findall(r'<(?:input|select)(?![^>]*type="(?:hidden|checkbox)")[^>]* id="([^"]+)"', main)
    assert len(fields) == 7
    assert all(f'for="{field}"' in main for field in fields)
    assert "tabindex" not in main
