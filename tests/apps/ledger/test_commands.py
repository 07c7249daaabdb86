"""`baogong book …` as an auditor runs it: one JSON document on stdout, exit codes that mean something."""

from __future__ import annotations

import contextlib
import io
import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from rich.console import Console

from baogong.ops import runtime as runtimes
from baogong.ops.cli import load_commands
from baogong.ops.output import progress
from tests.apps.ledger.conftest import World


class OpenBook:
    """The book that the test has open already."""

    home = Path()

    @contextlib.contextmanager
    def book(self) -> Iterator[None]:
        yield


@pytest.fixture
def run(real_world: World, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Any:
    monkeypatch.setattr(runtimes, "_installed", [OpenBook()])
    app = load_commands()

    def call(*arguments: str) -> tuple[int, Any]:
        code = app(list(arguments), prog_name="baogong", standalone_mode=False)
        return code if isinstance(code, int) else 0, capsys.readouterr().out

    return call


def test_verify_prints_the_agreed_document_and_exits_0(run: Any, real_world: World) -> None:
    real_world.count(5)
    code, out = run("book", "verify", "--json")
    assert code == 0
    assert json.loads(out) == {
        "ok": True,
        "movements": 1,
        "accounts": 2,
        "holds_open": 0,
        "faults": [],
        "stamp_chain_ok": True,
        "stamped": 0,
    }
    assert "sound" in run("book", "verify")[1]


@pytest.mark.parametrize("is_watched", [True, False])
def test_who_watches_sees_how_far_it_is_and_who_does_not_sees_nothing(is_watched: bool) -> None:
    screen = io.StringIO()
    with progress("Replaying the book", Console(file=screen, force_terminal=is_watched, width=80)) as tell:
        tell(30_000, 90_000)
    assert ("30000/90000" in screen.getvalue()) is is_watched
    assert is_watched or not screen.getvalue()


def test_verify_exits_1_when_the_book_has_faults(run: Any, real_world: World) -> None:
    from django.db import connection

    real_world.count(5)
    with connection.cursor() as cursor:
        cursor.execute("UPDATE ledger_balance SET posted = posted + 1 WHERE NOT is_outside")
    code, out = run("book", "verify", "--json")
    document = json.loads(out)
    assert (code, document["ok"]) == (1, False)
    assert [fault["kind"] for fault in document["faults"]] == ["balance-wrong"]
    assert "NOT SOUND" in run("book", "verify")[1]


def test_stamp_proof_and_stamps_fit_together(run: Any, real_world: World) -> None:
    (movement,) = real_world.count(5).line_ids
    assert json.loads(run("book", "stamp", "--json")[1]) == {"stamped": []}
    (stamp,) = json.loads(run("book", "stamp", "--today", "--json")[1])["stamped"]
    proof = json.loads(run("book", "proof", str(movement), "--json")[1])
    assert proof["stamp"] == stamp
    assert json.loads(run("book", "stamps", "--json")[1]) == {"stamps": [stamp]}
    assert stamp["root"] in run("book", "stamps")[1]


def test_what_is_no_id_is_unusable(run: Any) -> None:
    from baogong.kernel.errors import UnusableInput

    with pytest.raises(UnusableInput, match="no movement"):
        run("book", "proof", "seven")
