"""The same request twice has one effect and the same answer, however it comes."""

from __future__ import annotations

from typing import Any

import pytest

from baogong.journal.models import DoneRequest
from baogong.journal.services import requests
from baogong.kernel.ids import new_id
from tests.api.conftest import Api, token_for
from tests.apps.supply.world import World, make_house, rows_everywhere
from tests.races import Meeting, race

WATCHED = ("people_linkuse", "people_pace")


def rows() -> dict[str, int]:
    return {name: count for name, count in rows_everywhere().items() if name not in WATCHED}


def need_of(world: World, **changed: Any) -> dict[str, Any]:
    return {"receiver": str(world.cast.hospital), "item": "n95-mask", "quantity": 800, **changed}


def test_a_request_sent_again_does_nothing_more_and_gets_the_same_answer(world: World, lin: Api) -> None:
    key = new_id()
    first = lin.post("/needs", need_of(world), key=key)
    before = rows()
    assert lin.post("/needs", need_of(world), key=key) == first
    renewed = new_id()
    lin.post(f"/needs/{first['id']}/cancel", {"why": "twice on the list"}, key=renewed)
    after = rows()
    assert lin.post(f"/needs/{first['id']}/cancel", {"why": "twice on the list"}, key=renewed)["state"] == "CANCELLED"
    assert rows() == after != before


@pytest.mark.parametrize("what", ["content", "address", "person"])
def test_a_request_id_that_comes_with_something_else_is_refused(world: World, lin: Api, what: str) -> None:
    key = new_id()
    need = lin.post("/needs", need_of(world), key=key)
    wu = Api(token_for(world.cast.wu))
    before = rows()
    if what == "content":
        refused = lin.post("/needs", need_of(world, quantity=900), key=key, status=409)
    elif what == "address":
        refused = lin.post(f"/needs/{need['id']}/renew", key=key, status=409)
    else:
        refused = wu.post("/needs", need_of(world), key=key, status=409)
    assert refused["error"]["code"] == "kernel.request-id-reused"
    assert rows() == before


def test_a_refused_request_leaves_no_trace_and_may_be_sent_again_under_its_id(world: World, lin: Api) -> None:
    lin.post("/needs", need_of(world))
    key, before = new_id(), rows()
    refused = lin.post("/needs", need_of(world), key=key, status=409)["error"]
    assert refused["code"] == "needs.need-looks-doubled"
    assert rows() == before
    other = lin.post("/needs", need_of(world, item="goggles"), key=key)
    assert other["item_en"] == "Goggles"


def test_the_same_request_at_the_same_moment_has_one_effect(
    fresh_book: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_house()
    token, key = token_for(world.cast.lin), new_id()
    meeting = Meeting()
    ask = DoneRequest.objects.create

    def create_together(**given: Any) -> Any:
        meeting.wait()  # both have looked and found nothing, unless the lock lets only one look
        return ask(**given)

    monkeypatch.setattr(DoneRequest.objects, "create", create_together)
    answers = race(*[lambda: Api(token).post("/needs", need_of(world), key=key)] * 2)
    assert not meeting.happened
    assert answers[0] == answers[1]
    assert len(Api(token).get("/needs")["items"]) == 1


def test_without_its_lock_the_second_of_two_would_be_refused(
    fresh_book: str, settings: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    world = make_house()
    token, key = token_for(world.cast.lin), new_id()
    name = {"name_zh": "测试", "name_en": "test goods"}
    meeting = Meeting(is_guarded=False)
    create = DoneRequest.objects.create

    def create_together(**given: Any) -> Any:
        meeting.wait()
        return create(**given)

    class NoLock:
        def cursor(self) -> Any:
            return self

        def __enter__(self) -> Any:
            return self

        def __exit__(self, *_: object) -> None: ...

        def execute(self, *_: object) -> None: ...

    monkeypatch.setattr(requests, "connection", NoLock())
    monkeypatch.setattr(DoneRequest.objects, "create", create_together)
    Api(token).get("/items")  # both start warm
    statuses = race(
        *[
            lambda: (
                Api(token)
                .client.post(
                    "/api/v1/items", name, content_type="application/json", headers={"Idempotency-Key": str(key)}
                )
                .status_code
            )
        ]
        * 2
    )
    assert sorted(statuses) == [201, 500]
