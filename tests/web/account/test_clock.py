"""The banner of a drill: its administrator sets the clock forward in two clicks; nobody else, and in no real book."""

from __future__ import annotations

import re
from datetime import timedelta

import pytest

from baogong.journal.clock import current_clock, mark_drill, name_book, set_clock
from baogong.kernel.actor import Duty
from tests.cast import NOW, log_in_as
from tests.web.visits import read, send, visit

OFFER = re.compile(r'name="to" value="([^"]+)">\+ ([^<]+)<')


@pytest.fixture
def people(db: None) -> None:
    log_in_as("Zhen", [(Duty.ADMIN, None)])
    log_in_as("Lin", [(Duty.COMMAND, None)])


@pytest.mark.usefixtures("people")
def test_the_administrator_opens_the_banner_and_chooses_how_far() -> None:
    mark_drill(name="x", at=NOW)
    admin = visit("zhen")
    page = read(admin, "/people/")
    offers = {words: to for to, words in OFFER.findall(page)}
    assert set(offers) == {"10 minutes", "1 hour", "6 hours", "1 day"}
    assert "<summary>Set the clock forward</summary>" in page
    page = send(admin, "/drill/clock/", {"to": offers["6 hours"], "next": "/people/"})
    assert "21:00" in page
    assert "Day 1 of its story." in page
    assert current_clock().now() == NOW + timedelta(hours=6)
    # The page shown before, clicked again: the clock does not jump twice, nor back.
    assert "set forward, by a month at most" in send(
        admin, "/drill/clock/", {"to": offers["1 hour"], "next": "/people/"}
    )
    assert current_clock().now() == NOW + timedelta(hours=6)
    assert "往后拨" in visit("zhen", "zh-hans").get("/people/").content.decode()


@pytest.mark.usefixtures("people")
def test_others_see_the_clock_and_cannot_set_it() -> None:
    mark_drill(name="x", at=NOW)
    command = visit("lin")
    page = read(command, "/command/tasks/")
    assert "The drill's clock stands at" in page
    assert not OFFER.findall(page)
    assert command.post("/drill/clock/", {"to": "2020-01-23T21:00:00"}).status_code == 403
    assert current_clock().now() == NOW


@pytest.mark.usefixtures("people")
def test_a_real_book_has_no_such_banner_and_refuses_the_form() -> None:
    name_book(name="Relief group", now=NOW)
    admin = visit("zhen")
    assert not OFFER.findall(read(admin, "/people/"))
    form = {"to": "2099-01-01T00:00:00", "next": "/people/"}
    assert "cannot be set" in send(admin, "/drill/clock/", form)
    assert admin.get("/drill/clock/").status_code == 405


@pytest.mark.usefixtures("people")
def test_the_storys_day_is_counted_by_the_houses_calendar_also_where_the_clock_runs() -> None:
    """It opens at 15:00 of the first day; nine hours later is the second."""
    mark_drill(name="x", at=NOW)
    lin = visit("lin")
    assert "Day 1 of its story." in read(lin, "/command/tasks/")
    set_clock(NOW + timedelta(hours=9))
    assert "Day 2 of its story." in read(lin, "/command/tasks/")
    set_clock(None)  # it runs with the machine's from now on
    page = read(lin, "/command/tasks/")
    assert "clock stands at ." not in page
    assert re.search(r"Day \d{3,} of its story", page)
