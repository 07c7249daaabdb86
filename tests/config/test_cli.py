"""What every command promises: one document on stdout, its exit codes, and no database where none is needed."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from pathlib import Path

import pytest
import typer

from baogong.config import cli
from baogong.kernel.errors import BaogongError, UnusableInput

BAOGONG = str(Path(sys.executable).with_name("baogong"))


def call(*words: str, **env: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run([BAOGONG, *words], env=os.environ | env, capture_output=True, check=False)


@pytest.fixture
def command(monkeypatch: pytest.MonkeyPatch) -> typer.Typer:
    """A command line of our own: what it does is put in by the test."""
    app = typer.Typer(pretty_exceptions_enable=False)
    app.callback()(lambda: None)
    monkeypatch.setattr(cli, "load_commands", lambda: app)
    monkeypatch.setattr(cli, "register", lambda app: None)
    return app


def test_a_refusal_is_one_document_with_its_six_fields(
    command: typer.Typer, capsys: pytest.CaptureFixture[str]
) -> None:
    @command.command()
    def refuse(json: bool = typer.Option(False, "--json")) -> None:
        raise UnusableInput("It 不行.", where="B7", found=3, expected="up to 2", cure="Ask less.")

    assert cli.run(["refuse", "--json"]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out) == {
        "error": {
            "code": "kernel.unusable-input",
            "message": "It 不行.",
            "where": "B7",
            "found": 3,
            "expected": "up to 2",
            "cure": "Ask less.",
        }
    }
    assert cli.run(["refuse"]) == 2
    captured = capsys.readouterr()
    assert captured.out == ""
    assert all(part in captured.err for part in ("It 不行.", "B7", "up to 2", "Ask less."))


def test_what_does_not_hold_exits_one_and_keeps_its_document(
    command: typer.Typer, capsys: pytest.CaptureFixture[str]
) -> None:
    @command.command()
    def verify(json: bool = typer.Option(False, "--json")) -> None:
        typer.echo('{"ok": false}')
        raise typer.Exit(1)

    assert cli.run(["verify", "--json"]) == 1
    assert json.loads(capsys.readouterr().out) == {"ok": False}


def test_the_unforeseen_is_a_document_too_with_its_trace_on_stderr(
    command: typer.Typer, capsys: pytest.CaptureFixture[str]
) -> None:
    @command.command()
    def stumble(json: bool = typer.Option(False, "--json")) -> None:
        raise ZeroDivisionError

    assert cli.run(["stumble", "--json"]) == 2
    captured = capsys.readouterr()
    assert json.loads(captured.out)["error"]["code"] == "internal"
    assert "ZeroDivisionError" in captured.err


@pytest.mark.parametrize("words", [["no-such"], ["bench"], ["bench", "x", "--no-such"], ["backup"], []])
def test_wrong_use_is_a_document_that_names_the_help(words: list[str]) -> None:
    ran = call(*words, "--json")
    assert ran.returncode == 2
    error = json.loads(ran.stdout)["error"]
    assert set(error) >= {"code", "message", "where", "found", "expected", "cure"}
    assert "--help" in error["cure"]


def test_an_unknown_benchmark_lists_the_known_ones() -> None:
    error = json.loads(call("bench", "no-such", "--json").stdout)["error"]
    assert "fairshare" in error["expected"]
    assert "report" not in error["expected"]


@pytest.mark.parametrize("weight", ["1e400", "-1e400", "1" * 400, "Infinity", "NaN"])
def test_a_number_nobody_can_count_with_is_refused_in_the_contracts_document(tmp_path: Path, weight: str) -> None:
    file = tmp_path / "problem.json"
    file.write_text(f'{{"requesters": [{{"id": "a", "weight": {weight}}}], "lots": [], "needs": []}}')
    ran = call("fairshare", str(file), "--json")
    assert ran.returncode == 2
    error = json.loads(ran.stdout, parse_constant=pytest.fail)["error"]
    assert error.keys() >= {"code", "message", "where", "found", "expected", "cure"}
    assert weight[:40] in error["found"]


def test_asking_for_help_touches_no_home(tmp_path: Path) -> None:
    ran = call("--help", BAOGONG_HOME=str(tmp_path / "home"))
    assert ran.returncode == 0
    assert list(tmp_path.iterdir()) == []


@pytest.mark.parametrize("locale", [{"LC_ALL": "C"}, {"LC_ALL": "xx_YY.UTF-8"}, {"LANG": "zh_CN.GB18030"}])
def test_chinese_is_written_as_utf_8_under_any_locale(locale: dict[str, str]) -> None:
    ran = call("bench", "保供", "--json", PYTHONUTF8="0", PYTHONCOERCECLOCALE="0", **locale)
    assert json.loads(ran.stdout.decode())["error"]["found"] == "保供"


def test_down_with_nothing_running_makes_nothing(tmp_path: Path) -> None:
    ran = call("down", "--json", BAOGONG_HOME=str(tmp_path / "home"))
    assert json.loads(ran.stdout) == {"closed": [], "in_use": []}
    assert list(tmp_path.iterdir()) == []


def test_a_refusal_code_given_to_one_error_does_not_stick_to_its_class() -> None:
    cli._unforeseen(ValueError())
    assert BaogongError("x").code != "internal"
