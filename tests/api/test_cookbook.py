"""The recipes of docs/api.md, run as they stand against a served house."""

from __future__ import annotations

import os
import re
import shlex
import threading
import urllib.request
from collections.abc import Iterator
from datetime import datetime, timedelta
from pathlib import Path
from socketserver import ThreadingMixIn
from uuid import UUID
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from baogong.journal.clock import current_clock, mark_drill, set_clock
from baogong.journal.services.tasks import add_task
from baogong.kernel.actor import Actor, Duty
from baogong.kernel.ids import new_id
from baogong.tower.services.alerts import recount
from tests.api.conftest import token_for
from tests.apps.delivery import world as street
from tests.apps.freight import world as road
from tests.apps.orders import neighbourhood
from tests.apps.orders import world as basket
from tests.apps.supply.world import make_house
from tests.web.visits import make_world_in_drill

DOCUMENT = Path(__file__).parents[2] / "docs" / "api.md"
COOKBOOK = DOCUMENT.read_text()


class Server(ThreadingMixIn, WSGIServer):
    daemon_threads = True


class Quiet(WSGIRequestHandler):
    def log_message(self, format: str, *args: object) -> None: ...


@pytest.fixture
def address(fresh_book: str) -> Iterator[str]:
    from django.core.wsgi import get_wsgi_application
    from django.db import connections

    application = get_wsgi_application()

    def serve(environ: dict[str, object], start_response: object) -> object:
        try:
            return application(environ, start_response)  # type: ignore[arg-type]
        finally:
            connections.close_all()

    with make_server("127.0.0.1", 0, serve, server_class=Server, handler_class=Quiet) as server:  # type: ignore[arg-type]
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def blocks(language: str, heading: str = "Cookbook") -> list[str]:
    """Those of a chapter, each under as many empty lines as stand above it, so that a failure names its line."""
    begins = COOKBOOK.index(f"\n## {heading}\n") + 1
    ends = COOKBOOK.find("\n## ", begins)
    found = re.compile(rf"^```{language}\n(.*?)^```", re.MULTILINE | re.DOTALL).finditer(COOKBOOK, begins, ends)
    return ["\n" * COOKBOOK.count("\n", 0, block.start(1)) + block[1] for block in found]


def run(recipes: list[str], names: dict[str, object] | None = None) -> dict[str, object]:
    names = {} if names is None else names
    for recipe in recipes:
        exec(compile(recipe, str(DOCUMENT), "exec"), names)
    return names


def test_every_recipe_works_as_it_stands(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_house()
    monkeypatch.setenv("BAOGONG_ADDRESS", address)
    monkeypatch.setenv("BAOGONG_TOKEN", token_for(world.cast.lin))
    monkeypatch.setenv("BAOGONG_APPROVERS_TOKEN", token_for(world.cast.mei))
    monkeypatch.setenv("BAOGONG_KEEPERS_TOKEN", token_for(world.cast.bao))
    recipes = blocks("python")
    assert len(recipes) == 13
    names: dict[str, object] = {}
    for recipe in recipes:
        if "/tower/alerts" in recipe:
            due_at = current_clock().now() - timedelta(hours=1)
            add_task(
                title="call the carrier", duty=Duty.COMMAND, due_at=due_at, actor=world.cast.lin,
                now=due_at - timedelta(hours=1), request_id=new_id(),
            )  # fmt: skip
            recount(now=current_clock().now())  # what the house does each minute: somebody's task is late
        run([recipe], names)
    told = capsys.readouterr().out
    assert "'found': '许多'" in told
    assert "leximin" in told
    assert "仙桃中转仓 AVAILABLE 1586" in told

    (shell,) = blocks("sh")
    program, *arguments = shlex.split(os.path.expandvars(shell))
    assert program == "curl"
    name, _, value = arguments[arguments.index("-H") + 1].partition(": ")
    with urllib.request.urlopen(urllib.request.Request(arguments[-1], headers={name: value})) as answer:
        assert answer.status == 200


def test_the_recipes_of_a_street_work_as_they_stand(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mark_drill(name="the street", at=street.NOW)
    world = street.make_world()
    monkeypatch.setenv("BAOGONG_ADDRESS", address)
    monkeypatch.setenv("BAOGONG_TOKEN", lasting(world.lin, street.NOW))
    monkeypatch.setenv("BAOGONG_KEEPERS_TOKEN", lasting(world.bao, street.NOW))
    run(blocks("python")[:1] + blocks("python", "Cookbook of a street"))


def test_the_recipe_of_a_basket_works_as_it_stands(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mark_drill(name="the neighbourhood", at=basket.NOW)
    world = basket.make_world()
    monkeypatch.setenv("BAOGONG_ADDRESS", address)
    monkeypatch.setenv("BAOGONG_TOKEN", lasting(world.wu, basket.NOW))
    monkeypatch.setenv("BAOGONG_APPROVERS_TOKEN", lasting(world.mei, basket.NOW))
    run([*beginning(), *blocks("python", "Cookbook of a basket")])


def test_the_recipes_of_a_convoy_work_as_they_stand(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    world = make_world_in_drill()
    monkeypatch.setenv("BAOGONG_ADDRESS", address)
    monkeypatch.setenv("BAOGONG_TOKEN", lasting(world.lin, road.NOW))
    monkeypatch.setenv("BAOGONG_APPROVERS_TOKEN", lasting(world.mei, road.NOW))
    monkeypatch.setenv("BAOGONG_KEEPERS_TOKEN", lasting(world.fang, road.NOW))
    monkeypatch.setenv("BAOGONG_DRIVERS_TOKEN", lasting(world.tao, road.NOW))
    planned, handed = blocks("python", "Cookbook of a convoy")
    names = run([*beginning(), planned])
    world.agree(UUID(str(names["convoy"]["plan"]["id"])))  # type: ignore[index]
    set_clock(world.bill(origin=world.langfang).planned_depart_at)
    run([handed], names)


def test_the_recipes_of_a_shop_work_as_they_stand(address: str, monkeypatch: pytest.MonkeyPatch) -> None:
    mark_drill(name="the quarter", at=neighbourhood.NOW)
    quarter = neighbourhood.make_quarter()
    monkeypatch.setenv("BAOGONG_ADDRESS", address)
    monkeypatch.setenv("BAOGONG_TOKEN", lasting(quarter.chen, neighbourhood.NOW))
    monkeypatch.setenv("BAOGONG_CLERKS_TOKEN", lasting(quarter.cast.wu, neighbourhood.NOW))
    sold, picked = blocks("python", "Cookbook of a shop")
    names = run([*beginning(), sold])
    set_clock(neighbourhood.AFTER)
    run([picked], names)


def beginning() -> list[str]:
    """`call` and `party`, as the chapters after the first presume them."""
    helper = blocks("python", "Cookbook of a street")[0].partition("\n\n\ncommunity, station")[0]
    return [*blocks("python")[:1], helper]


def lasting(actor: Actor, now: datetime) -> str:
    return token_for(actor, now=now, expires_at=now + timedelta(days=30))
