"""Volunteers at a site and in the office: signed on and off, put right by two, taken away as a table."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from baogong.crew import queries
from baogong.journal import queries as journal
from baogong.journal.clock import set_clock
from baogong.journal.services import sign
from baogong.kernel.ids import new_id
from tests.apps.crew.test_crew import on, volunteer
from tests.apps.supply.world import World, make_house, rows_everywhere
from tests.books import Built
from tests.cast import NOW
from tests.web.visits import read, send, visit


@pytest.fixture
def house(built: Built) -> World:
    return built(make_house)


def form(act: str, **given: Any) -> dict[str, Any]:
    return {"act": act, "request_id": new_id(), **given}


def test_a_keeper_signs_on_and_off_and_the_office_sums(house: World) -> None:
    volunteer()
    bao, path = visit("bao"), f"/site/{house.cast.hub}/volunteers/"
    page = send(bao, path, form("on", person="李志愿", party="东行商城", work="搬运"))
    assert 'On duty now <span class="tag">1</span>' in page
    page = send(bao, path, form("on", person="李志愿", work="搬运", next=path))
    assert "is on duty from" in page
    (shift,) = queries.shifts()
    set_clock(NOW + timedelta(hours=4))
    assert "Nobody is on duty here" in send(bao, path, form("off", shift=shift.id))
    given = {"shift": shift.id, "start_at": "2020-01-23T15:00", "end_at": "2020-01-23T17:30", "why": "签到表为准"}
    send(bao, path, form("correct", **given))
    (paper,) = journal.documents(kind="HOURS")
    sign(document=paper.id, actor=house.cast.lin, now=NOW + timedelta(hours=4))
    lin = visit("lin", "zh-hans")
    page = read(lin, "/command/packs/volunteers/")
    assert "已更正" in page
    table = lin.get("/command/packs/volunteers/hours/").content.decode()
    assert "李志愿,东行商城,1,150" in table
    page = read(lin, "/command/packs/volunteers/?since=2020-01-01&until=2020-01-02")
    assert "这些天没有工时" in page
    read(lin, "/command/packs/volunteers/?since=yesterday&until=2020-13-01")


def test_a_name_that_a_program_would_run_is_taken_away_as_text(house: World) -> None:
    on(house, volunteer("=HYPERLINK(1)"), 2, 4)
    assert "'=HYPERLINK(1)" in visit("lin").get("/command/packs/volunteers/hours/").content.decode()


def test_pages_stay_cheap_and_shut_to_others(house: World) -> None:
    for number in range(12):
        on(house, volunteer(f"志愿者{number}"), 20, 22 if number % 2 else None)
    site, office = f"/site/{house.cast.hub}/volunteers/", "/command/packs/volunteers/"
    read(visit("bao"), site)
    read(visit("lin"), office)
    stranger, kai = visit("stranger"), visit("kai")
    before = rows_everywhere()
    assert [who.get(page).status_code for who, page in ((kai, site), (stranger, office))] == [403, 403]
    assert stranger.get(f"{office}hours/").status_code == 403
    assert [who.post(page, form("off")).status_code for who, page in ((kai, site), (stranger, office))] == [403, 403]
    assert rows_everywhere() == before
