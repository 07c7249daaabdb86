"""The administrator's pages: log-ins, duties at places, passwords, API tokens, dismissal."""

from __future__ import annotations

import re
from uuid import UUID

import pytest
from django.test import Client

from baogong.journal.clock import mark_drill
from baogong.kernel.actor import Duty
from baogong.people.queries.access import LoginView, links_to, log_ins
from tests.apps.supply.world import World, make_world, rows_everywhere
from tests.books import Built
from tests.cast import NOW, PASSWORD, log_in_as
from tests.web.visits import read, send, visit

OTHER = "another kettle orchard"


@pytest.fixture
def world(built: Built) -> World:
    return built(make_house)


def make_house() -> World:
    mark_drill(name="test", at=NOW)
    made = make_world()
    log_in_as("Zhen", [(Duty.ADMIN, None)])
    return made


def login_of(username: str) -> LoginView:
    return next(login for login in log_ins(now=NOW) if login.username == username)


def page_of(username: str) -> str:
    return f"/people/{login_of(username).id}/"


def token_on(page: str) -> str:
    found = re.search(r'<code id="token">([^<]+)</code>', page)
    assert found is not None
    return found[1]


def asked_with(token: str) -> int:
    return Client(headers={"Authorization": f"Bearer {token}"}).get("/api/v1/stock").status_code


def test_a_new_log_in_has_a_duty_at_one_place(world: World) -> None:
    admin = visit("zhen")
    form = {"name": "房", "username": "Fang", "password": OTHER, "duty": "KEEPER", "at": "廊坊仓", "at_desk": "1"}
    page = send(admin, "/people/", form)
    assert "warehouse keeper · 廊坊仓" in page
    (duty,) = login_of("fang").duties
    assert (duty.duty, duty.at) == (Duty.KEEPER, world.langfang)
    assert "fang" in read(admin, "/people/")


@pytest.mark.usefixtures("world")
def test_a_refused_log_in_gives_back_what_was_typed_and_never_the_password() -> None:
    admin = visit("zhen")
    form = {"name": "房某", "username": "fang", "password": OTHER, "duty": "KEEPER", "at": "没有的仓", "at_desk": "1"}
    page = send(admin, "/people/", form | {"next": "/people/"})
    assert "names no known site" in page
    for kept in ('value="房某"', 'value="fang"', 'value="没有的仓"', 'value="KEEPER" selected', 'value="1" checked'):
        assert kept in page
    assert OTHER not in page


@pytest.mark.parametrize(
    ("wrong", "said"),
    [
        ({"at": "没有的仓"}, "names no known site"),
        ({"duty": "KING"}, "is no duty"),
        ({"password": "short"}, "at least 10"),
        ({"username": "lin"}, "belongs to somebody"),
        ({"name": ""}, "empty"),
    ],
)
def test_a_log_in_that_makes_no_sense_is_not_made(world: World, wrong: dict[str, str], said: str) -> None:
    admin, before = visit("zhen"), len(log_ins(now=NOW))
    form = {"name": "房", "username": "fang", "password": OTHER, "duty": "KEEPER", "at": "", "next": "/people/"}
    assert said in send(admin, "/people/", form | wrong)
    assert len(log_ins(now=NOW)) == before


def test_duties_are_given_and_ended(world: World) -> None:
    admin, path = visit("zhen"), page_of("bao")
    page = send(admin, path, {"act": "give", "duty": "KEEPER", "at": "廊坊仓"})
    assert "warehouse keeper · 廊坊仓" in page
    send(admin, path, {"act": "end", "duty": "KEEPER", "at": str(world.cast.hub)})
    assert [duty.at for duty in login_of("bao").duties] == [world.langfang]
    send(admin, page_of("lin"), {"act": "end", "duty": "COMMAND", "at": ""})
    assert login_of("lin").duties == ()


def test_the_last_administrator_stays(world: World) -> None:
    admin, path = visit("zhen"), page_of("zhen")
    assert "last administrator" in send(admin, path, {"act": "end", "duty": "ADMIN", "at": "", "next": path})
    assert "last administrator" in send(admin, path, {"act": "dismiss", "next": path})
    assert "btn danger" not in read(admin, path)


def test_a_new_password_and_a_dismissal_end_sessions_at_once(world: World) -> None:
    admin, lin = visit("zhen"), visit("lin")
    send(admin, page_of("lin"), {"act": "password", "password": OTHER})
    assert lin.get("/doors/").status_code == 302
    assert Client().post("/log-in/", {"username": "lin", "password": PASSWORD}).status_code == 200
    assert Client().post("/log-in/", {"username": "lin", "password": OTHER}).status_code == 302
    wu = visit("wu")
    send(admin, page_of("wu"), {"act": "dismiss"})
    assert wu.get("/doors/").status_code == 302
    assert "closed" in read(admin, "/people/")


def test_an_api_token_is_shown_once_works_and_is_ended(world: World) -> None:
    admin, path = visit("zhen"), page_of("lin")
    answer = admin.post(path, {"act": "token", "days": "7"})
    assert answer.status_code == 200
    assert answer.headers["Cache-Control"] == "no-store"
    token = token_on(answer.content.decode())
    assert asked_with(token) == 200
    again = read(admin, path)
    assert token not in again
    assert "used once" in again
    (row,) = links_to(login_of("lin").id, now=NOW)
    send(admin, path, {"act": "end_token", "token": str(row.id)})
    assert asked_with(token) == 401


def test_a_token_ends_with_its_log_in_and_opens_only_that_log_ins_duties(world: World) -> None:
    admin = visit("zhen")
    token = token_on(admin.post(page_of("stranger"), {"act": "token", "days": "1"}).content.decode())
    assert asked_with(token) == 403
    token = token_on(admin.post(page_of("lin"), {"act": "token", "days": "1"}).content.decode())
    send(admin, page_of("lin"), {"act": "dismiss"})
    assert asked_with(token) == 401


@pytest.mark.parametrize("days", ["0", "365", "many"])
def test_a_token_never_runs_longer_than_offered(world: World, days: str) -> None:
    admin, path = visit("zhen"), page_of("lin")
    answer = admin.post(path, {"act": "token", "days": days})
    assert answer.status_code == 302
    assert links_to(login_of("lin").id, now=NOW) == ()


def test_anothers_token_is_not_ended_from_this_page(world: World) -> None:
    admin = visit("zhen")
    token = token_on(admin.post(page_of("lin"), {"act": "token", "days": "1"}).content.decode())
    (row,) = links_to(login_of("lin").id, now=NOW)
    send(admin, page_of("wu"), {"act": "end_token", "token": str(row.id)})
    assert asked_with(token) == 200


def test_only_an_administrator_comes_here(world: World) -> None:
    lins = page_of("lin")
    clients = {name: visit(name) for name in ("lin", "mei", "bao", "tao", "wu", "stranger")}
    before = rows_everywhere()
    for name, client in clients.items():
        for path in ("/people/", lins):
            assert client.get(path).status_code == 403, name
        for act in ("give", "end", "password", "dismiss", "token", "end_token"):
            form = {"act": act, "duty": "ADMIN", "password": OTHER, "days": "1", "token": str(UUID(int=1))}
            assert client.post(lins, form).status_code == 403, (name, act)
        assert client.post("/people/", {"name": "x", "username": "x", "password": OTHER}).status_code == 403
    assert rows_everywhere() == before
    assert read(visit("zhen"), "/people/")
