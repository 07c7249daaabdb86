"""Who may log in for a drill, as the terminal tells it: the duty in both languages, the place, a page that is there."""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pytest
from django.test import Client
from django.urls import resolve

from baogong.journal.clock import mark_drill
from baogong.kernel.actor import Duty
from baogong.ops.who import AT_A_SHOP, AT_A_STATION, BY_TELEPHONE, WORK, cast_of, told
from baogong.people.services.access import DEMO_PASSWORD, make_login
from tests.apps.delivery.world import NOW, make_world
from tests.apps.orders.neighbourhood import NOW as QUARTER_NOW
from tests.apps.orders.neighbourhood import make_neighbourhood
from tests.cast import make_cast


def test_every_duty_is_told_with_a_page_that_is_there() -> None:
    assert set(WORK) == set(Duty)
    for _zh, _en, page in (*WORK.values(), AT_A_SHOP, AT_A_STATION, BY_TELEPHONE):
        assert resolve(page)


@pytest.mark.usefixtures("db")
def test_the_page_that_is_told_is_the_one_a_log_in_leads_to(settings: Any) -> None:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    settings.BAOGONG_BINDS_BEYOND_LOCALHOST = False
    mark_drill(name="the quarter", at=QUARTER_NOW)
    here = make_neighbourhood(make_cast())
    people: list[tuple[str, Duty, UUID | None]] = [(duty.value.lower(), duty, None) for duty in Duty]
    for username, duty, at in (*people, ("merchant", Duty.KEEPER, here.shop)):
        make_login(name=username, username=username, password=DEMO_PASSWORD, duties=[(duty, at)], now=NOW, is_demo=True)
    found = cast_of(NOW)
    assert len(found) == len(Duty) + 1
    for part in found:
        client = Client()
        client.post("/log-in/", {"username": part.username, "password": part.password})
        assert client.get("/").headers["Location"] == part.page, part.username


@pytest.mark.usefixtures("db")
def test_a_drills_people_are_told_with_all_they_do_and_where_the_office_first() -> None:
    world = make_world()
    people: dict[str, tuple[str, list[tuple[Duty, UUID | None]]]] = {
        "keeper": ("鲍", [(Duty.KEEPER, world.inner)]),
        "both": ("赵", [(Duty.APPROVER, None), (Duty.COMMAND, None)]),
        "nobody": ("梅", []),
    }
    for username, (name, duties) in people.items():
        make_login(name=name, username=username, password=DEMO_PASSWORD, duties=duties, now=NOW, is_demo=True)
    both, keeper, nobody = (part for part in cast_of(NOW) if part.username in people)
    assert (both.username, both.duty_en, both.page) == ("both", "command office, approver", "/command/")
    assert (keeper.duty_zh, keeper.places, keeper.page) == ("站点管理", ("酒仙桥内站",), "/station/")
    assert nobody.page == "/courier/"
    (line,) = told([keeper], "http://127.0.0.1:8300")
    assert line.endswith("鲍 · 站点管理 station keeper · 酒仙桥内站 → http://127.0.0.1:8300/station/")
