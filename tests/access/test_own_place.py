"""Who has a duty at one place works there as everybody does: with the own things, and with nobody else's."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

import pytest

from baogong.catalogue.queries import item
from baogong.journal.queries import shift_change, tasks
from baogong.journal.services import imports
from baogong.journal.services.tasks import finish_task, take_task
from baogong.kernel.actor import Duty
from baogong.kernel.errors import NotYourPlace
from baogong.kernel.ids import new_id
from baogong.people.queries.access import login_named
from baogong.people.services import access, links
from tests.access.books import house
from tests.access.rows import Book
from tests.api.conftest import Api, token_for
from tests.cast import NOW, log_in_as
from tests.web.visits import read, visit

TWO_SITES = (
    "仓库,物资名称,数量,单位,盘点时间\n廊坊仓,医用外科口罩,3000,只,2020-01-22\n仙桃中转仓,护目镜,400,只,2020-01-22\n"
)


@pytest.fixture
def book(db: None, settings: Any) -> Book:
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]
    return house()


def actor_named(username: str) -> Any:
    found = login_named(username, NOW)
    assert found is not None
    return access.actor_of(found.id, NOW)


def test_a_hospitals_clerk_is_led_to_the_own_needs_and_to_no_page_of_the_house(book: Book) -> None:
    union = book.things["union"]
    shu = log_in_as("Shu", [(Duty.CLERK, union)])
    browser, lin = visit("shu"), visit("lin")
    page = read(browser, "/command/needs/")
    assert "同济医学院附属协和医院" in page
    assert "武汉大学中南医院" not in page
    assert "幸福里社区" not in page
    assert 'href="/command/needs/"' in page
    for shut in ("/command/", "/command/shares/", "/command/documents/", "/command/needs/one-house/"):
        assert f'href="{shut}"' not in page
        assert f'href="{shut}"' in read(lin, "/command/needs/")
    assert 'href="/command/"' not in read(browser, "/doors/")
    assert 'href="/command/"' in read(lin, "/doors/")
    form = {"way": "quantity", "quantity": "5", "source": "own", "urgency": "3", "item": str(item("thermometer").id)}
    for receiver, status in (("武汉协和", 302), ("武汉大学中南医院", 403)):
        sent = {**form, "receiver": receiver, "request_id": str(new_id())}
        assert browser.post("/command/needs/add/", sent).status_code == status, receiver
    kinds = {party["kind"] for party in Api(token_for(shu)).get("/parties", limit=500)["items"]}
    assert kinds == {"ORGANISATION", "SITE", "VEHICLE"}
    asked: dict[str, Any] = {"purpose": "RENEW_NEED", "expires_at": NOW + timedelta(days=1), "actor": shu, "now": NOW}
    links.make_link(subject=union, party=union, **asked)
    with pytest.raises(NotYourPlace):
        links.make_link(subject=book.things["alumni"], party=book.things["alumni"], **asked)


def test_a_keeper_sees_of_a_list_the_lines_of_the_own_site_and_writes_no_part_of_anothers(book: Book) -> None:
    wu = actor_named("wu")
    run = imports.preview(
        kind="stock", file_name="two.csv", data=TWO_SITES.encode(), profile=None, actor=wu, now=NOW
    ).id
    for who, count in (("kai", 1), ("bao", 1), ("wu", 2), ("lin", 2)):
        assert Api(token_for(actor_named(who))).get(f"/imports/{run}")["lines"] == count, who
    for who in ("kai", "bao"):
        Api(token_for(actor_named(who))).post(f"/imports/{run}/apply", status=403)
    far = log_in_as("Far", [(Duty.KEEPER, book.things["elsewhere"])])
    Api(token_for(far)).get(f"/imports/{run}", status=403)
    assert shift_change(NOW - timedelta(hours=12), NOW, seen_by=actor_named("mei")).waiting_lines == 0
    assert shift_change(NOW - timedelta(hours=12), NOW, seen_by=wu).waiting_lines == 1


def test_who_commands_one_place_takes_no_task_of_the_house_and_a_keeper_any_of_the_keepers(book: Book) -> None:
    ding = log_in_as("Ding", [(Duty.COMMAND, book.things["langfang"]), (Duty.CLERK, book.things["langfang"])])
    for act in (take_task, finish_task):
        with pytest.raises(NotYourPlace) as refusal:
            act(task=book.things["task"], actor=ding, now=NOW, **({"outcome": "x"} if act is finish_task else {}))
        assert refusal.value.data["is_house_wide"]
    assert Api(token_for(ding)).get("/tasks")["items"] == []
    take_task(task=book.things["keepers_task"], actor=actor_named("kai"), now=NOW)
    assert {task.owner_name for task in tasks()} == {"", "Kai"}
