"""The command line in this process, on the small relay of the freight room's tests; its clock stands at 15:00."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from functools import cache
from typing import Any
from uuid import UUID

import pytest
import typer

from baogong.config import cli
from baogong.ops.cli import load_commands
from tests.apps.freight.world import NOW, World, make_world
from tests.books import Built


@pytest.fixture(autouse=True)
def quick_passwords(settings: Any) -> None:
    """Hashing slowly is for attackers, not for tests."""
    settings.PASSWORD_HASHERS = ["django.contrib.auth.hashers.MD5PasswordHasher"]


@pytest.fixture
def world(built: Built) -> World:
    return built(make_relay)


def make_relay() -> World:
    from baogong.journal.clock import mark_drill

    mark_drill(name="the small relay", at=NOW)
    return make_world()


@dataclass(frozen=True)
class Answer:
    """What a command left: its exit code, all of stdout, all of stderr."""

    code: int
    out: str
    err: str

    @property
    def document(self) -> dict[str, Any]:
        """The one JSON document on stdout: a second word there fails."""
        document: dict[str, Any] = json.loads(self.out)
        return document

    @property
    def error(self) -> dict[str, Any]:
        error: dict[str, Any] = self.document["error"]
        return error


class BookAtHand:
    """The book the tests speak to, where a command would open one."""

    @contextlib.contextmanager
    def book(self) -> Iterator[None]:
        yield


Terminal = Callable[..., Answer]


@cache
def whole() -> Any:
    """Every command, built once: what typer makes of the functions does not change."""
    return typer.main.get_command(load_commands())


@pytest.fixture
def terminal(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Terminal:
    """`terminal("need", "list", "--json")`; `stdin` is what is typed into it."""
    monkeypatch.setattr(cli, "LocalRuntime", BookAtHand)
    monkeypatch.setattr(cli, "load_commands", whole)
    monkeypatch.setattr(cli, "register", lambda app: None)

    def call(*words: object, stdin: str = "") -> Answer:
        monkeypatch.setattr("sys.stdin", io.StringIO(stdin))
        capsys.readouterr()
        code = cli.run([str(word) for word in words])
        captured = capsys.readouterr()
        return Answer(code, captured.out, captured.err)

    return call


Ask = Callable[..., dict[str, Any]]


@pytest.fixture
def ask(terminal: Terminal) -> Ask:
    """`ask("Lin", "share plan --item masks")`: the document of a command that succeeds; words with spaces go in a list."""

    def asked(
        who: str, command: str, *words: object, stdin: str = "", request_id: UUID | None = None
    ) -> dict[str, Any]:
        named = ["--as", who] if who else []
        request = ["--request-id", request_id] if request_id else []
        answer = terminal(*command.split(), *words, *named, *request, "--json", stdin=stdin)
        assert answer.code == 0, answer.out + answer.err
        return answer.document

    return asked
