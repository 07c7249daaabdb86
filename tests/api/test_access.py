"""Who the API recognises, and what a stranger leaves behind: nothing."""

from __future__ import annotations

import json
import logging
from datetime import timedelta
from typing import Any

import pytest
from django.test import Client

from baogong.api.v1 import access
from baogong.api.v1.api import SCHEMA_FILE
from baogong.kernel.actor import THE_HOUSE, Duty
from baogong.kernel.ids import new_id
from baogong.people.services import links
from baogong.people.services.access import dismiss
from tests.api.conftest import Api, token_for, user_of
from tests.apps.supply.world import World, rows_everywhere
from tests.cast import NOW, PASSWORD, log_in_as

WATCHED_ALREADY = ("people_linkuse", "people_pace")  # that a token was shown is kept, and how often

OPERATIONS = [
    (method.upper(), path, operation)
    for path, methods in json.loads(SCHEMA_FILE.read_text())["paths"].items()
    for method, operation in methods.items()
]
PRIVATE = [
    (method, path) for method, path, operation in OPERATIONS if "/public/" not in path and "/courier/" not in path
]


def rows_that_count() -> dict[str, int]:
    return {table: count for table, count in rows_everywhere().items() if table not in WATCHED_ALREADY}


def filled(path: str) -> str:
    """Some address of this operation."""
    parts = [str(new_id()) if part.startswith("{") else part for part in path.split("/")]
    return "/".join(parts)


@pytest.mark.parametrize("bearer", ["", "Bearer", "Bearer nonsense", "Basic bGluOmxpbg=="])
def test_without_a_token_nothing_opens(world: World, bearer: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "GUESSES_MAX", len(PRIVATE))  # whoever guesses is stopped sooner than this list ends
    before = rows_that_count()
    for method, path in PRIVATE:
        headers = {"Authorization": bearer} if bearer else {}
        response = Client(headers=headers).generic(method, filled(path), headers={"Idempotency-Key": str(new_id())})
        assert response.status_code == 401, (method, path)
        assert response.json()["error"]["code"] == "api.not-recognised"
        assert response.headers["WWW-Authenticate"] == "Bearer"
    assert rows_that_count() == before


def test_a_stranger_with_a_token_and_no_duty_is_refused_everywhere_and_leaves_no_trace(world: World) -> None:
    stranger, lin = Api(token_for(world.cast.stranger)), Api(token_for(world.cast.lin))
    before = rows_that_count()
    for method, path in PRIVATE:
        response = stranger.client.generic(
            method,
            filled(path),
            data="{}",
            content_type="application/json",
            headers={"Idempotency-Key": str(new_id())},
        )
        assert response.status_code == 403, (method, path)
        assert response.json()["error"]["code"] == "kernel.not-your-place"
    assert rows_that_count() == before
    assert lin.get("/stock")["items"] == []  # the same request by another is fine


@pytest.mark.parametrize("what", ["expired", "revoked", "dismissed", "for something else"])
def test_a_token_that_has_ended_is_no_token(world: World, what: str) -> None:
    subject = user_of(world.cast.lin)
    token = token_for(world.cast.lin)
    assert Api(token).get("/stock")["items"] == []
    if what == "expired":
        token = token_for(world.cast.lin, now=NOW - timedelta(days=9), expires_at=NOW)
    elif what == "revoked":
        links.revoke_for(subject, purpose="API", actor=THE_HOUSE, now=NOW)
    elif what == "dismissed":
        dismiss(user=subject, actor=THE_HOUSE, now=NOW)
    else:
        token = token_for(world.cast.lin, purpose="GIVER")
    assert Api(token).get("/stock", status=401)["error"]["code"] == "api.not-recognised"


def test_a_token_asked_too_often_waits(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "CALLS_MAX", 3)
    lin, mei = Api(token_for(world.cast.lin)), Api(token_for(world.cast.mei))
    for _ in range(3):
        lin.get("/stock")
    response = lin.client.get("/api/v1/stock")
    assert response.status_code == 429
    assert response.json()["error"]["code"] == "people.too-often"
    assert 0 < int(response.headers["Retry-After"]) <= access.CALLS_WINDOW_S
    mei.get("/stock")


def test_guessing_tokens_ends_soon(world: World, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(access, "GUESSES_MAX", 2)
    guesses = [Api(f"guess-{number}").client.get("/api/v1/stock").status_code for number in range(3)]
    assert guesses == [401, 401, 429]


def logged_in(actor_name: str, **client: Any) -> Client:
    opened = Client(**client)
    page = opened.post("/log-in/", {"username": actor_name, "password": PASSWORD})
    assert page.status_code == 302
    return opened


def test_a_session_of_the_site_may_read_but_changes_nothing_without_the_sites_mark(world: World, settings: Any) -> None:
    page = logged_in("lin")
    assert page.get("/api/v1/stock").status_code == 200

    strict = Client(enforce_csrf_checks=True)
    strict.cookies["sessionid"] = page.cookies["sessionid"].value
    given = {"name_zh": "测试物资", "name_en": "test goods"}
    asked: dict[str, Any] = {"content_type": "application/json", "headers": {"Idempotency-Key": str(new_id())}}
    response = strict.post("/api/v1/items", given, **asked)
    assert response.status_code == 403
    assert response.json()["error"]["code"] == "api.not-from-this-site"

    html = page.get("/log-in/").content.decode()
    mark = html.split('"X-CSRFToken": "')[1].split('"')[0]
    strict.cookies["csrftoken"] = page.cookies["csrftoken"].value
    asked["headers"] = {"Idempotency-Key": str(new_id()), "X-CSRFToken": mark}
    assert strict.post("/api/v1/items", given, **asked).status_code == 201


def test_a_token_never_reaches_a_log_line_an_error_or_an_address(
    world: World, caplog: pytest.LogCaptureFixture, monkeypatch: pytest.MonkeyPatch
) -> None:
    token = token_for(world.cast.lin)
    caplog.set_level(logging.DEBUG)
    for name in ("django", "django.request", "baogong"):
        monkeypatch.setattr(logging.getLogger(name), "propagate", True)
    api = Api(token)
    said = [
        api.client.get("/api/v1/stock").content,
        api.client.get("/api/v1/needs/not-an-id").content,
        api.client.get("/api/v1/nothing").content,
        api.client.post("/api/v1/needs", "{", content_type="application/json").content,
        Api(token + "x").client.get("/api/v1/stock").content,
    ]

    def broken(*_: Any, **__: Any) -> None:
        raise RuntimeError("a defect")

    monkeypatch.setattr("baogong.supply.queries.stock_board", broken)
    fault = api.client.get("/api/v1/stock")
    assert fault.status_code == 500
    assert fault.json()["error"]["code"] == "api.fault"
    said.append(fault.content)
    assert "GET /api/v1/stock failed" in caplog.text
    assert token not in caplog.text
    assert PASSWORD not in caplog.text
    assert not any(token.encode() in each for each in said)


def test_a_keeper_sees_the_own_site_and_what_comes_to_it(world: World) -> None:
    bao, lin = Api(token_for(world.cast.bao)), Api(token_for(world.cast.lin))
    assert bao.get("/stock", site=str(world.langfang))["items"] == []
    assert bao.get("/movements", status=403, holder=str(world.langfang))["error"]["expected"] == [str(world.cast.hub)]
    assert bao.get("/movements")["items"] == []
    for path in ("/needs", "/shares", "/freezes", "/documents", f"/lots/{new_id()}/story"):
        bao.get(path, status=403)
    assert "PERSON" not in {party["kind"] for party in bao.get("/parties")["items"]}
    assert "PERSON" in {party["kind"] for party in lin.get("/parties")["items"]}
    bao.get(f"/parties/{world.cast.lin.person_id}", status=404)


def test_an_administrator_subscribes_another_system_and_nobody_else_does(world: World, settings: Any) -> None:
    settings.BAOGONG_WEBHOOK_NETWORKS = ("127.0.0.0/8",)
    given, key = {"url": "http://127.0.0.1:9/hook", "kinds": ["supply.*"]}, new_id()
    Api(token_for(world.cast.bao)).post("/webhooks", given, status=403)
    Api(token_for(world.cast.bao)).get("/webhooks", status=403)
    ada = Api(token_for(log_in_as("Ada", [(Duty.ADMIN, None)])))
    made = ada.post("/webhooks", given, key=key, status=201)
    assert made["secret"].startswith("whsec_")
    assert ada.post("/webhooks", given, key=key, status=201) == made
    assert [hook["kinds"] for hook in ada.get("/webhooks")["items"]] == [["supply.*"]]
    assert ada.post(f"/webhooks/{made['id']}/end")["items"][0]["ended_at"]
    settings.BAOGONG_WEBHOOK_NETWORKS = ()
    ada.post("/webhooks", given, status=422)
