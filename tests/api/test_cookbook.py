"""The recipes of docs/api.md, run as they stand against a served house."""

from __future__ import annotations

import os
import re
import shlex
import threading
import urllib.request
from collections.abc import Iterator
from pathlib import Path
from socketserver import ThreadingMixIn
from wsgiref.simple_server import WSGIRequestHandler, WSGIServer, make_server

import pytest

from tests.api.conftest import token_for
from tests.apps.supply.world import make_house

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


def blocks(language: str) -> list[str]:
    """Each under as many empty lines as stand above it in the document, so that a failure names its line."""
    found = re.finditer(rf"^```{language}\n(.*?)^```", COOKBOOK, re.MULTILINE | re.DOTALL)
    return ["\n" * COOKBOOK.count("\n", 0, block.start(1)) + block[1] for block in found]


def test_every_recipe_works_as_it_stands(
    address: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    world = make_house()
    monkeypatch.setenv("BAOGONG_ADDRESS", address)
    monkeypatch.setenv("BAOGONG_TOKEN", token_for(world.cast.lin))
    monkeypatch.setenv("BAOGONG_APPROVERS_TOKEN", token_for(world.cast.mei))
    monkeypatch.setenv("BAOGONG_KEEPERS_TOKEN", token_for(world.cast.bao))
    recipes = blocks("python")
    assert len(recipes) == 11
    names: dict[str, object] = {}
    for recipe in recipes:
        exec(compile(recipe, str(DOCUMENT), "exec"), names)
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
